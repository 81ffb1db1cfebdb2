//! The alarms of the selected part, the worst first. With telemetry they are asked for every minute, whatever is on
//! the screen: one call covers everything that AWS itself watches.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Go, Panel, PanelId, Turn, View};
use crate::telemetry::AlarmState;
use crate::tui::action::Action;
use crate::tui::alarms::{AlarmRow, Place, state_word};
use crate::tui::look;
use crate::tui::message::{Question, Reply};
use crate::tui::theme::Role;
use crate::tui::widget::text::{clean, column, column_right, fit, width, wrap};
use crate::tui::widget::{Cursor, number, number::cells, scroll_bar, shown};
use crate::tui::world::{Part, Selected, World};

/// The list of alarms.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    cursor: Cursor,
    show_all: bool,
    due: Option<Timestamp>,
    asked: Vec<(u64, Place)>,
}

/// How often alarms are asked for.
const EVERY: SignedDuration = SignedDuration::from_secs(60);
/// The width of a state's word.
const STATE: usize = 7;
/// The width of the time since when.
const SINCE: usize = 8;
/// The lines kept for the reason of the selected alarm, where it has no column.
const REASON: u16 = 3;
/// From this width on, the reason has a column.
const WIDE: u16 = 52;

impl Alarms {
    fn rows<'w>(&self, world: &'w World) -> Vec<&'w AlarmRow> {
        let wanted = |row: &&AlarmRow| self.show_all || row.state != AlarmState::Ok;
        world.alarms.of(world.selected.part).filter(wanted).collect()
    }
}

impl Panel for Alarms {
    fn facts(&self, world: &World) -> (String, String) {
        let alarms = &world.alarms;
        let as_of = alarms.as_of.filter(|_| !alarms.live).map(|at| at.strftime("as of %d %b %H:%M").to_string());
        let total = alarms.of(world.selected.part).count();
        (as_of.unwrap_or_default(), format!("{} of {total}", self.rows(world).len()))
    }

    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        let rows = self.rows(turn.world).len();
        match action {
            Action::CycleAlarms => {
                self.show_all = !self.show_all;
                self.cursor = Cursor::default();
            }
            Action::OpenAlarm => {
                let environment = self.rows(turn.world).get(self.cursor.at).map(|row| row.environment);
                if let Some(Some(index)) = environment {
                    turn.world.selected.part = Part::Environment(index);
                }
                turn.go = Some(Go::Panel(PanelId::Metrics));
            }
            other => {
                self.cursor.act(other, rows, usize::from(turn.area.height));
            }
        }
    }

    fn selected(&mut self, before: Selected, turn: &mut Turn<'_>) {
        if before.part != turn.world.selected.part {
            self.cursor = Cursor::default();
        }
    }

    fn ask(&mut self, _visible: bool, turn: &mut Turn<'_>) {
        let now = turn.world.now;
        if !turn.world.alarms.live || self.due.is_some_and(|due| now < due) {
            return;
        }
        self.due = Some(now + EVERY);
        let places = turn.world.alarms.places.clone();
        let ask = |place: Place| (turn.question(Question::Alarms(place.0.clone(), place.1.clone())), place);
        self.asked = places.into_iter().map(ask).collect();
    }

    fn refresh(&mut self) {
        self.due = None;
    }

    fn due(&self, _visible: bool, world: &World) -> Option<Timestamp> {
        self.due.filter(|_| world.alarms.live)
    }

    fn hear(&mut self, ask: u64, reply: &Reply, turn: &mut Turn<'_>) {
        let Reply::Alarms(answer) = reply else { return };
        let Some(at) = self.asked.iter().position(|(number, _)| *number == ask) else { return };
        let (_, place) = self.asked.swap_remove(at);
        let answer =
            answer.clone().map_err(|error| clean(&format!("{} in {}: {}", error.action, place.1, error.message)));
        let now = turn.world.now;
        if turn.world.alarms.hear(place, answer, now) {
            let rows = self.rows(turn.world).len();
            self.cursor.keep_within(rows);
            turn.draw();
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let area = draw_trouble(view, area, buf);
        let rows = self.rows(view.world);
        if rows.is_empty() {
            let total = view.world.alarms.of(view.world.selected.part).count();
            let line = match (total, view.world.alarms.trouble.is_empty()) {
                (0, true) => "no alarm is defined here".to_owned(),
                (0, false) => "no alarm is known here".to_owned(),
                (total, _) => format!("every alarm is OK ({total}); {} shows them", Action::CycleAlarms.first_key()),
            };
            look::message(&[line], Role::Dim, view.theme, area, buf);
            return;
        }
        let selected = rows.get(self.cursor.at);
        let reason = if area.width < WIDE && area.height >= 3 + REASON { REASON } else { 0 };
        let list = Rect { height: area.height - reason, ..area };
        let range = shown(self.cursor.at, rows.len(), usize::from(list.height));
        for (line, index) in range.clone().enumerate() {
            let Some(alarm) = rows.get(index) else { continue };
            let row = Rect { y: list.y + cells(line), height: 1, ..list };
            buf.set_line(row.x, row.y, &alarm_line(alarm, index == self.cursor.at, view, row.width), row.width);
            look::select(index == self.cursor.at && view.focused, view, row, buf);
        }
        scroll_bar(&range, rows.len(), view.theme, list, buf);
        let below = Rect { y: list.bottom(), height: reason, ..area };
        if let Some(alarm) = selected.filter(|_| reason > 0) {
            let lines = wrap(&alarm.reason, usize::from(area.width.saturating_sub(2)));
            for (y, line) in (below.top()..below.bottom()).zip(lines) {
                buf.set_stringn(below.x + 2, y, line, usize::from(below.width) - 2, view.theme.style(Role::Dim));
            }
        }
    }
}

/// Why some alarms are not known takes the first lines.
fn draw_trouble(view: &View<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let reasons = view.world.alarms.trouble.values();
    let lines: Vec<_> = reasons.flat_map(|reason| wrap(reason, usize::from(area.width.saturating_sub(2)))).collect();
    let taken = cells(lines.len()).min(area.height / 2);
    for (y, line) in (area.y..area.y + taken).zip(lines) {
        buf.set_stringn(area.x + 2, y, line, usize::from(area.width) - 2, view.theme.style(Role::Unknown));
    }
    Rect { y: area.y + taken, height: area.height - taken, ..area }
}

fn alarm_line(alarm: &AlarmRow, selected: bool, view: &View<'_>, columns: u16) -> Line<'static> {
    let glyphs = view.theme.glyphs();
    let style = |role| view.theme.style(role);
    let since = alarm.since.map(|since| number::span(view.world.now.as_second() - since.as_second()));
    let state =
        format!("{} {}", look::alarm_glyph(alarm.state, glyphs), column(state_word(alarm.state), STATE + 1, ""));
    let room = usize::from(columns).saturating_sub(2 + width(&state) + SINCE + 1);
    let (name, reason) = if columns >= WIDE { (room * 45 / 100, room - room * 45 / 100) } else { (room, 0) };
    let mut spans = vec![
        look::mark(selected, view.theme),
        Span::styled(state, style(look::alarm_role(alarm.state))),
        Span::styled(column(&alarm.name, name, glyphs.ellipsis), style(Role::Text)),
        Span::styled(column_right(&since.unwrap_or_default(), SINCE, ""), style(Role::Dim)),
    ];
    if reason > 0 {
        spans.push(Span::styled(format!(" {}", fit(&alarm.reason, reason, glyphs.ellipsis)), style(Role::Dim)));
    }
    Line::from(spans)
}
