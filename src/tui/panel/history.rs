//! How findings stand over time: what was open after each run, for how long, how long fixing took, and what has been
//! open for more than a week, by owner.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Go, Panel, PanelId, Turn, View};
use crate::audit::{Fixed, Late, Open, Overdue, RunLine, Severity, Trend};
use crate::telemetry::{Point, Unit, Window};
use crate::tui::action::Action;
use crate::tui::look;
use crate::tui::theme::{Role, Theme};
use crate::tui::verdict::short_id;
use crate::tui::widget::chart::{Chart, Line as Curve};
use crate::tui::widget::number::{cells, real, span};
use crate::tui::widget::text::{column, column_right, fit, width};
use crate::tui::widget::{Cursor, scroll_bar, shown};
use crate::tui::world::{Selected, World};

/// What a history tells.
#[derive(Debug, Default)]
pub(crate) struct History {
    cursor: Cursor,
}

/// From this height on there is a chart.
const TALL: u16 = 13;
/// From this width on, what is overdue stands beside what is open.
const WIDE: u16 = 110;
/// The table of what is open: a severity with its sign, and each of its numbers.
const SEVERITY: usize = 12;
const NUMBERS: [(&str, usize); 6] =
    [("OPEN", 6), ("THEN", 7), ("MEAN AGE", 9), ("OLDEST", 8), ("FIXED", 7), ("TO FIX", 8)];
/// The chart has this many points at most.
const POINTS: usize = 500;

/// A line of what is overdue.
enum Row<'w> {
    Owner(&'w Overdue),
    Late(&'w Late),
    More(usize),
}

/// The findings that can be selected.
fn lates(world: &World) -> impl Iterator<Item = &Late> {
    world.past().overdue.iter().flat_map(|overdue| &overdue.worst)
}

impl Panel for History {
    fn facts(&self, world: &World) -> (String, String) {
        let part = world.part_name(world.selected.part);
        let trend = world.past();
        let [first, ..] = trend.runs.as_slice() else { return (part, String::new()) };
        let demo = if trend.runs.iter().any(|run| run.demo) { "DEMO, " } else { "" };
        let runs = if trend.runs.len() == 1 { "1 run".to_owned() } else { format!("{} runs", trend.runs.len()) };
        (format!("{demo}{part}"), format!("{runs} since {}", first.at.strftime("%d %b %Y")))
    }

    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        if action == Action::OpenLate {
            let Some(late) = lates(turn.world).nth(self.cursor.at) else { return };
            if let Some(index) = turn.world.late.get(&late.id).copied() {
                turn.world.selected.finding = Some(index);
                turn.go = Some(Go::Panel(PanelId::Detail));
            }
        } else {
            let rows = lates(turn.world).count();
            self.cursor.act(action, rows, usize::from(turn.area.height / 2));
        }
    }

    fn selected(&mut self, before: Selected, turn: &mut Turn<'_>) {
        if before.part != turn.world.selected.part {
            self.cursor = Cursor::default();
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let trend = view.world.past();
        if trend.runs.is_empty() {
            look::message(&nothing(view.world), Role::Dim, view.theme, area, buf);
            return;
        }
        let chart = if area.height < TALL || trend.runs.len() < 2 { 0 } else { (area.height * 2 / 5).clamp(5, 18) };
        draw_chart(trend, view.theme, Rect { height: chart, ..area }, buf);
        let rest = Rect { y: area.y + chart, height: area.height - chart, ..area };
        if area.width < WIDE {
            let used = draw_standing(trend, view.theme, rest, buf).min(rest.height);
            self.draw_overdue(view, Rect { y: rest.y + used, height: rest.height - used, ..rest }, buf);
        } else {
            let table = cells(SEVERITY + NUMBERS.iter().map(|(_, columns)| columns).sum::<usize>() + 2);
            draw_standing(trend, view.theme, Rect { width: table, ..rest }, buf);
            let beside = Rect { x: rest.x + table + 2, width: rest.width.saturating_sub(table + 2), ..rest };
            self.draw_overdue(view, beside, buf);
        }
    }
}

/// Why there is nothing to see, and what to do about it.
fn nothing(world: &World) -> Vec<String> {
    let begin = &world.history.begin;
    match &world.history.trouble {
        Some(trouble) => vec![format!("the history cannot be read: {trouble}")],
        None => vec![
            "no audit of these accounts was recorded yet, so nothing is known of what was before".to_owned(),
            format!("`{begin}` records one; from the second one on, a chart shows what changes"),
        ],
    }
}

/// A curve for each severity.
fn draw_chart(trend: &Trend, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let runs = trend.sample(POINTS);
    let (Some(first), Some(last), true) = (runs.first(), runs.last(), area.height > 0) else { return };
    let points = |severity| -> Vec<Point> {
        let open = |run: &RunLine| run.open.get(&severity).copied().unwrap_or_default();
        runs.iter().map(|run| Point { at: run.at, value: real(open(run)) }).collect()
    };
    let curves: Vec<_> = trend.severities().into_iter().map(|severity| (severity, points(severity))).collect();
    let lines = curves.iter().map(|(severity, points)| Curve {
        points,
        // However far runs are apart, a run that is missing is none.
        period: u32::MAX,
        provisional_from: None,
        role: Some(look::severity_role(*severity)),
    });
    let window = Window { start: first.at, end: last.at };
    Chart { lines: lines.collect(), window, unit: Unit::Count, threshold: None }.draw(theme, area, buf);
}

/// A table of what is open now and of what was fixed; returns the lines it took.
fn draw_standing(trend: &Trend, theme: &Theme, area: Rect, buf: &mut Buffer) -> u16 {
    let style = |role| theme.style(role);
    let fitting = NUMBERS.iter().scan(SEVERITY + 1, |used, number| {
        *used += number.1;
        (*used <= usize::from(area.width)).then_some(*number)
    });
    let numbers: Vec<(&str, usize)> = fitting.collect();
    let mut lines = Vec::new();
    let mut heads = vec![Span::styled(column(" SEVERITY", SEVERITY, ""), style(Role::Column))];
    heads.extend(
        numbers.iter().map(|(title, columns)| Span::styled(column_right(title, *columns, ""), style(Role::Column))),
    );
    lines.push(Line::from(heads));
    for severity in trend.severities() {
        let name = format!(" {} {}", look::severity_glyph(severity, theme.glyphs()), look::severity_word(severity));
        let mut spans = vec![Span::styled(column(&name, SEVERITY, ""), style(look::severity_role(severity)))];
        for (text, (_, columns)) in values(trend, severity).iter().zip(&numbers) {
            spans.push(Span::styled(column_right(text, *columns, ""), style(Role::Text)));
        }
        lines.push(Line::from(spans));
    }
    for note in notes(trend) {
        lines.push(Line::from(Span::styled(format!(" {note}"), style(Role::Dim))));
    }
    for (y, line) in (area.top()..area.bottom()).zip(&lines) {
        buf.set_line(area.x, y, line, area.width);
    }
    cells(lines.len())
}

/// The numbers of a severity, in the order of [`NUMBERS`].
fn values(trend: &Trend, severity: Severity) -> [String; 6] {
    let open: Option<&Open> = trend.open.get(&severity);
    let fixed: Option<&Fixed> = trend.fixed.get(&severity);
    let first = trend.runs.first().and_then(|run| run.open.get(&severity)).copied().unwrap_or_default();
    let time = |seconds: Option<i64>| seconds.map_or_else(|| "-".to_owned(), span);
    [
        open.map_or(0, |open| open.count).to_string(),
        first.to_string(),
        time(open.map(|open| open.mean)),
        time(open.map(|open| open.oldest)),
        fixed.map_or(0, |fixed| fixed.count).to_string(),
        time(fixed.map(|fixed| fixed.mean)),
    ]
}

fn notes(trend: &Trend) -> Vec<String> {
    let mut notes = Vec::new();
    if let [_] = trend.runs.as_slice() {
        notes.push("one run: from the second one on, a chart shows what changes".to_owned());
    }
    if trend.reopened > 0 {
        notes.push(format!("came back after it was fixed: {}", trend.reopened));
    }
    if trend.unseen > 0 {
        notes.push(format!("open, but not looked at in the last run: {}", trend.unseen));
    }
    notes
}

impl History {
    fn draw_overdue(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        if area.height == 0 {
            return;
        }
        let theme = view.theme;
        let trend = view.world.past();
        let title = column(" OPEN FOR MORE THAN 7 DAYS, BY OWNER", usize::from(area.width), theme.glyphs().ellipsis);
        buf.set_string(area.x, area.y, title, theme.style(Role::Column));
        let list = Rect { y: area.y + 1, height: area.height - 1, ..area };
        if trend.overdue.is_empty() {
            buf.set_stringn(list.x, list.y, " nothing", usize::from(list.width), theme.style(Role::Dim));
            return;
        }
        let mut rows = Vec::new();
        let mut at = 0;
        let mut lates = 0;
        for overdue in &trend.overdue {
            rows.push(Row::Owner(overdue));
            for late in &overdue.worst {
                if lates == self.cursor.at {
                    at = rows.len();
                }
                lates += 1;
                rows.push(Row::Late(late));
            }
            let more = overdue.total().saturating_sub(overdue.worst.len());
            if more > 0 {
                rows.push(Row::More(more));
            }
        }
        // With the first finding, its owner is shown.
        let middle = if self.cursor.at == 0 { 0 } else { at };
        let range = shown(middle, rows.len(), usize::from(list.height));
        for (line, row) in rows.iter().enumerate().skip(range.start).take(range.len()) {
            let place = Rect { y: list.y + cells(line - range.start), height: 1, ..list };
            buf.set_line(place.x, place.y, &row.line(line == at, view, usize::from(place.width)), place.width);
            if line == at {
                look::select(true, view, place, buf);
            }
        }
        scroll_bar(&range, rows.len(), theme, list, buf);
    }
}

impl Row<'_> {
    fn line(&self, selected: bool, view: &View<'_>, columns: usize) -> Line<'static> {
        let theme = view.theme;
        let (glyphs, style) = (theme.glyphs(), |role| theme.style(role));
        match self {
            Self::Owner(overdue) => {
                let facts = format!("  {} open, the oldest for {}", overdue.total(), span(overdue.oldest));
                let owner = overdue.owner.as_deref().unwrap_or("no owner is named");
                let owner = fit(owner, columns.saturating_sub(width(&facts) + 2), glyphs.ellipsis);
                let role = if overdue.owner.is_some() { Role::Strong } else { Role::Dim };
                let spans = [Span::styled(format!(" {owner}"), style(role)), Span::styled(facts, style(Role::Dim))];
                Line::from_iter(spans)
            }
            Self::Late(late) => {
                let sign = look::severity_glyph(late.severity, glyphs);
                let severity = format!("{sign} {}", look::severity_word(late.severity));
                let known = view.world.late.contains_key(&late.id);
                let age = if known { span(late.age) } else { format!("{} not seen now", span(late.age)) };
                let room = columns.saturating_sub(2 + 11 + width(&age) + 2);
                let resource = short_id(&late.resource);
                let title = fit(&late.title, room.saturating_sub(width(resource).min(room / 2) + 1), glyphs.ellipsis);
                let resource = fit(resource, room.saturating_sub(width(&title) + 1), glyphs.ellipsis);
                let text = column(&format!("{title} {resource}"), room, glyphs.ellipsis);
                let role = if known { Role::Text } else { Role::Dim };
                Line::from_iter([
                    look::mark(selected, theme),
                    Span::styled(column(&severity, 11, ""), style(look::severity_role(late.severity))),
                    Span::styled(text, style(role)),
                    Span::styled(format!(" {age} "), style(Role::Dim)),
                ])
            }
            Self::More(more) => Line::from(Span::styled(format!("  and {more} more"), style(Role::Dim))),
        }
    }
}
