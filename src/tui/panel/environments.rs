//! The environments with what is worst in each: alarms, faults, what could not be decided. What belongs to none has
//! a line of its own.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Go, Panel, PanelId, Turn, View};
use crate::audit::Severity;
use crate::tui::action::Action;
use crate::tui::alarms::state_word;
use crate::tui::look;
use crate::tui::theme::Role;
use crate::tui::widget::text::{column, column_right};
use crate::tui::widget::{Cursor, number::cells, scroll_bar, shown};
use crate::tui::world::{Part, Selected, World};

/// The list of environments.
#[derive(Debug, Default)]
pub(crate) struct Environments {
    cursor: Cursor,
}

/// From this width on, faults are counted by severity.
const WIDE: u16 = 56;
/// The width of a count where there are few.
const NARROW: usize = 6;
/// The width of a count.
const COUNT: usize = 5;
/// The width of a count with the word for an alarm's state.
const ALARM: usize = 13;

impl Panel for Environments {
    fn facts(&self, world: &World) -> (String, String) {
        let count = world.environments.len();
        (String::new(), if count == 1 { "1 environment".to_owned() } else { format!("{count} environments") })
    }

    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        let parts = turn.world.parts();
        if action == Action::OpenEnvironment {
            turn.go = Some(Go::Panel(PanelId::Findings));
        } else if self.cursor.act(action, parts.len(), usize::from(turn.area.height)) {
            turn.world.selected.part = parts.get(self.cursor.at).copied().unwrap_or_default();
        }
    }

    fn selected(&mut self, _before: Selected, turn: &mut Turn<'_>) {
        let part = turn.world.selected.part;
        self.cursor.at = turn.world.parts().iter().position(|p| *p == part).unwrap_or_default();
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let wide = area.width >= WIDE;
        let counts_width = if wide { ALARM + 6 * COUNT } else { 3 * NARROW };
        let name = usize::from(area.width).saturating_sub(2 + counts_width + 1);
        let column_style = view.theme.style(Role::Column);
        let titles: &[(&str, usize)] = if wide {
            &[
                ("ALARM", ALARM),
                ("CRIT", COUNT),
                ("HIGH", COUNT),
                ("MED", COUNT),
                ("LOW", COUNT),
                ("UNKN", COUNT),
                ("RES", COUNT),
            ]
        } else {
            &[("ALARM", NARROW), ("FAIL", NARROW), ("UNKN", NARROW)]
        };
        let mut heads = vec![Span::styled(column("  environment", name + 2, ""), column_style)];
        heads.extend(titles.iter().map(|(title, wide)| Span::styled(column_right(title, *wide, ""), column_style)));
        buf.set_line(area.x, area.y, &Line::from(heads), area.width);

        let parts = view.world.parts();
        let height = usize::from(area.height.saturating_sub(1));
        let range = shown(self.cursor.at, parts.len(), height);
        for (line, index) in range.clone().enumerate() {
            let Some(part) = parts.get(index) else { continue };
            let row = Rect { y: area.y + 1 + cells(line), height: 1, ..area };
            let mut spans = vec![look::mark(index == self.cursor.at, view.theme), name_of(*part, (name, wide), view)];
            spans.extend(if wide { wide_counts(*part, view) } else { counts(*part, view) });
            buf.set_line(row.x, row.y, &Line::from(spans), row.width);
            look::select(index == self.cursor.at, view, row, buf);
        }
        let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        scroll_bar(&range, parts.len(), view.theme, list, buf);
    }
}

fn name_of(part: Part, (columns, wide): (usize, bool), view: &View<'_>) -> Span<'static> {
    let role = look::part_role(part, view.world);
    let mut name = view.world.part_name(part);
    if part == Part::Unattributed && !wide {
        name = format!("{name} ({})", view.world.verdicts.tally(part).resources);
    }
    Span::styled(column(&name, columns, view.theme.glyphs().ellipsis), view.theme.style(role))
}

/// The worst alarm, the faults with the sign of the worst, and what could not be decided.
fn counts(part: Part, view: &View<'_>) -> Vec<Span<'static>> {
    let tally = view.world.verdicts.tally(part);
    let glyphs = view.theme.glyphs();
    let (alarm, alarm_style) = alarm_cell(part, view, false);
    let (fails, fail_style) = match tally.worst() {
        Some(worst) => {
            let sign = look::severity_glyph(worst, glyphs);
            (format!("{sign}{:>3}", tally.fails()), view.theme.style(look::severity_role(worst)))
        }
        None => nothing(view),
    };
    let (unknown, unknown_style) = unknown_cell(tally.unknown, view);
    [(alarm, alarm_style), (fails, fail_style), (unknown, unknown_style)]
        .map(|(text, style)| Span::styled(column_right(&text, NARROW, ""), style))
        .into()
}

fn wide_counts(part: Part, view: &View<'_>) -> Vec<Span<'static>> {
    let tally = view.world.verdicts.tally(part);
    let (alarm, style) = alarm_cell(part, view, true);
    let mut spans = vec![Span::styled(column_right(&alarm, ALARM, ""), style)];
    for (severity, count) in Severity::ALL.into_iter().zip(tally.faults).skip(1).rev() {
        let (text, style) = if count == 0 {
            nothing(view)
        } else {
            let sign = look::severity_glyph(severity, view.theme.glyphs());
            (format!("{sign}{count:>3}"), view.theme.style(look::severity_role(severity)))
        };
        spans.push(Span::styled(column_right(&text, COUNT, ""), style));
    }
    let (text, style) = unknown_cell(tally.unknown, view);
    spans.push(Span::styled(column_right(&text, COUNT, ""), style));
    let resources = tally.resources.to_string();
    spans.push(Span::styled(column_right(&resources, COUNT, ""), view.theme.style(Role::Dim)));
    spans
}

fn alarm_cell(part: Part, view: &View<'_>, with_word: bool) -> (String, Style) {
    let alarms = &view.world.alarms;
    let glyphs = view.theme.glyphs();
    match alarms.worst(part) {
        Some((state, count)) => {
            let sign = look::alarm_glyph(state, glyphs);
            let text =
                if with_word { format!("{sign} {} {count}", state_word(state)) } else { format!("{sign}{count:>3}") };
            (text, view.theme.style(look::alarm_role(state)))
        }
        None if !alarms.trouble.is_empty() => ("?".to_owned(), view.theme.style(Role::Unknown)),
        None => nothing(view),
    }
}

fn unknown_cell(count: usize, view: &View<'_>) -> (String, Style) {
    match count {
        0 => nothing(view),
        count => (format!("?{count:>3}"), view.theme.style(Role::Unknown)),
    }
}

fn nothing(view: &View<'_>) -> (String, Style) {
    (view.theme.glyphs().dot.to_owned(), view.theme.style(Role::Rule))
}
