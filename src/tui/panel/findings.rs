//! The findings of the selected part: filtered, sorted, each with its severity and verdict as a word, a sign and a
//! colour.

use std::cmp::Reverse;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Go, Panel, PanelId, Turn, View};
use crate::tui::action::Action;
use crate::tui::look;
use crate::tui::theme::Role;
use crate::tui::verdict::FindingRow;
use crate::tui::widget::text::{column, fit};
use crate::tui::widget::{Cursor, Input, number::cells, scroll_bar, shown};
use crate::tui::world::{Selected, World};

/// The table of findings.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// What is shown, by its index in the audit.
    order: Option<Vec<usize>>,
    cursor: Cursor,
    filter: Input,
    sort: Sort,
    reversed: bool,
    show_all: bool,
}

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sort {
    #[default]
    Severity,
    Verdict,
    Rule,
    Resource,
    Environment,
}

impl Sort {
    const ALL: [Self; 5] = [Self::Severity, Self::Verdict, Self::Rule, Self::Resource, Self::Environment];

    fn next(self) -> Self {
        let at = Self::ALL.iter().position(|sort| *sort == self).map_or(0, |at| at + 1);
        Self::ALL.get(at % Self::ALL.len()).copied().unwrap_or_default()
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Severity => "SEVERITY",
            Self::Verdict => "STATUS",
            Self::Rule => "RULE",
            Self::Resource => "RESOURCE",
            Self::Environment => "ENVIRONMENT",
        }
    }
}

/// The width of a severity with its sign.
const SEVERITY: usize = 11;
/// The width of a verdict with its sign.
const STATUS: usize = 10;
/// The width of an environment's name.
const ENVIRONMENT: usize = 13;
/// From this width on, the environment has a column.
const WIDE: usize = 84;

impl Findings {
    /// What is shown, in order; made anew when the selection, the filter or the order changed.
    fn arrange(&mut self, world: &World) {
        let rows = &world.verdicts.rows;
        let wanted = |row: &FindingRow| {
            world.selected.part.holds(row.environment)
                && (self.show_all || row.verdict.is_open())
                && self.filter.passes(&row.haystack)
        };
        let mut order: Vec<usize> = rows.iter().enumerate().filter(|(_, row)| wanted(row)).map(|(i, _)| i).collect();
        let sort = self.sort;
        let by = |a: &usize, b: &usize| {
            let (Some(a), Some(b)) = (rows.get(*a), rows.get(*b)) else { return std::cmp::Ordering::Equal };
            match sort {
                Sort::Severity => (a.verdict.is_open(), a.severity, Reverse(a.verdict))
                    .cmp(&(b.verdict.is_open(), b.severity, Reverse(b.verdict)))
                    .reverse(),
                Sort::Verdict => (a.verdict, Reverse(a.severity)).cmp(&(b.verdict, Reverse(b.severity))),
                Sort::Rule => a.rule.cmp(&b.rule),
                Sort::Resource => a.subject.cmp(&b.subject),
                Sort::Environment => a.environment.cmp(&b.environment),
            }
        };
        order.sort_by(by);
        if self.reversed {
            order.reverse();
        }
        self.order = Some(order);
    }

    fn order(&self) -> &[usize] {
        self.order.as_deref().unwrap_or_default()
    }

    /// Arranges anew and stays on the finding that was selected, when it is still shown.
    fn rearrange(&mut self, turn: &mut Turn<'_>) {
        self.arrange(turn.world);
        let before = turn.world.selected.finding;
        let place = before.and_then(|finding| self.order().iter().position(|index| *index == finding));
        self.cursor.at = place.unwrap_or_default();
        self.point(turn);
    }

    fn point(&self, turn: &mut Turn<'_>) {
        turn.world.selected.finding = self.order().get(self.cursor.at).copied();
    }
}

impl Panel for Findings {
    fn facts(&self, world: &World) -> (String, String) {
        let part = world.part_name(world.selected.part);
        let what = if self.show_all { "every verdict" } else { "open" };
        let all = world.verdicts.tally(world.selected.part).all;
        (format!("{part}, {what}"), format!("{} of {all}", self.order().len()))
    }

    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        match action {
            Action::Filter => self.filter.active = true,
            Action::Back => {
                if self.filter.clear() {
                    self.rearrange(turn);
                }
            }
            Action::Sort => {
                self.sort = self.sort.next();
                self.rearrange(turn);
            }
            Action::Reverse => {
                self.reversed = !self.reversed;
                self.rearrange(turn);
            }
            Action::ShowAll => {
                self.show_all = !self.show_all;
                self.rearrange(turn);
            }
            Action::OpenFinding => turn.go = Some(Go::Panel(PanelId::Detail)),
            Action::OpenPath => turn.go = Some(Go::Path),
            Action::NextFinding => self.act(Action::Down, turn),
            Action::PreviousFinding => self.act(Action::Up, turn),
            other => {
                let page = usize::from(turn.area.height.saturating_sub(1));
                if self.cursor.act(other, self.order().len(), page) {
                    self.point(turn);
                }
            }
        }
    }

    fn selected(&mut self, before: Selected, turn: &mut Turn<'_>) {
        if self.order.is_none() || before.part != turn.world.selected.part {
            self.rearrange(turn);
        } else if let Some(finding) = turn.world.selected.finding {
            let place = self.order().iter().position(|index| *index == finding);
            self.cursor.at = place.unwrap_or(self.cursor.at);
        }
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.filter)
    }

    fn filtered(&mut self, turn: &mut Turn<'_>) {
        self.rearrange(turn);
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let mut area = area;
        if self.filter.active || !self.filter.text().is_empty() {
            look::filter(&self.filter, view.theme, Rect { height: 1, ..area }, buf);
            area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        }
        let widths = Widths::of(usize::from(area.width));
        self.draw_titles(&widths, view, area, buf);
        let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        if self.order().is_empty() {
            look::message(&self.nothing(view.world), Role::Dim, view.theme, list, buf);
            return;
        }
        let range = shown(self.cursor.at, self.order().len(), usize::from(list.height));
        for (line, at) in range.clone().enumerate() {
            let Some(row) = self.order().get(at).and_then(|index| view.world.verdicts.rows.get(*index)) else {
                continue;
            };
            let place = Rect { y: list.y + cells(line), height: 1, ..list };
            let spans = self.row_spans(row, at == self.cursor.at, &widths, view);
            buf.set_line(place.x, place.y, &Line::from(spans), place.width);
            look::select(at == self.cursor.at, view, place, buf);
        }
        scroll_bar(&range, self.order().len(), view.theme, list, buf);
    }
}

impl Findings {
    fn draw_titles(&self, widths: &Widths, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        let [up, down] = view.theme.glyphs().order;
        let titled = |(sort, columns): (Sort, usize)| {
            let sign = if self.reversed { up } else { down };
            let title = if sort == self.sort { format!("{}{sign}", sort.title()) } else { sort.title().to_owned() };
            let role = if sort == self.sort { Role::Key } else { Role::Column };
            Span::styled(column(&title, columns, ""), view.theme.style(role))
        };
        let mut spans = vec![Span::raw("  ")];
        spans.extend(Sort::ALL.into_iter().zip(widths.0).filter(|(_, columns)| *columns > 0).map(titled));
        buf.set_line(area.x, area.y, &Line::from(spans), area.width);
    }

    fn row_spans(&self, row: &FindingRow, selected: bool, widths: &Widths, view: &View<'_>) -> Vec<Span<'static>> {
        let glyphs = view.theme.glyphs();
        let style = |role| view.theme.style(role);
        let [severity, status, rule, resource, environment] = widths.0;
        let severity_text =
            format!("{} {}", look::severity_glyph(row.severity, glyphs), look::severity_word(row.severity));
        let (sign, word) = look::verdict_words(row.verdict, glyphs);
        // A severity is what a fault would have: where there is none it is said quietly.
        let severity_role = if row.verdict.is_open() { look::severity_role(row.severity) } else { Role::Dim };
        let mut spans = vec![
            look::mark(selected, view.theme),
            Span::styled(column(&severity_text, severity, ""), style(severity_role)),
            Span::styled(column(&format!("{sign} {word}"), status, ""), style(look::verdict_role(row.verdict))),
        ];
        for (text, columns) in [(&row.rule, rule), (&row.subject, resource)] {
            let cell = column(&fit(text, columns.saturating_sub(1), glyphs.ellipsis), columns, "");
            spans.extend(look::matches(&cell, &self.filter, Role::Text, view.theme));
        }
        if environment > 0 {
            let name = view.world.environment_name(row.environment);
            let cell = column(&fit(&name, environment - 1, glyphs.ellipsis), environment, "");
            spans.push(Span::styled(cell, style(Role::Dim)));
        }
        spans
    }

    fn nothing(&self, world: &World) -> Vec<String> {
        let part = world.part_name(world.selected.part);
        if !self.filter.text().is_empty() {
            return vec![format!("no finding of {part} matches `{}`; esc clears the filter", self.filter.text())];
        }
        match world.verdicts.tally(world.selected.part).all {
            0 => vec![format!("no rule has a verdict for {part}")],
            others => vec![format!(
                "nothing open in {part}: no FAIL and no UNKNOWN; {} shows the other {others}",
                Action::ShowAll.first_key()
            )],
        }
    }
}

/// The widths of the columns, in the order of [`Sort::ALL`]; nothing for a column that is left out.
struct Widths([usize; 5]);

impl Widths {
    fn of(columns: usize) -> Self {
        let environment = if columns >= WIDE { ENVIRONMENT } else { 0 };
        let rest = columns.saturating_sub(2 + SEVERITY + STATUS + environment + 1);
        let rule = (rest * 48 / 100).min(34);
        Self([SEVERITY, STATUS, rule, rest - rule, environment])
    }
}
