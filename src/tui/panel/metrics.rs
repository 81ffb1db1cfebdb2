//! Charts of the metrics to look at first. Only what is on the screen is asked for: what nobody sees costs nothing.

mod tile;

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::tile::Tile;
use super::{Panel, Turn, View};
use crate::model::ResourceKey;
use crate::telemetry::catalogue::{self, MetricPanel};
use crate::telemetry::{Batch, MetricQuery, Planner, Window};
use crate::tui::action::Action;
use crate::tui::look;
use crate::tui::message::{Question, Reply};
use crate::tui::theme::Role;
use crate::tui::widget::chart::Threshold;
use crate::tui::widget::{Cursor, number};
use crate::tui::world::{Selected, World};

/// The charts.
#[derive(Debug)]
pub(crate) struct Metrics {
    charts: Vec<MetricChart>,
    planner: Planner,
    cursor: Cursor,
    /// Whether the selected chart has the whole panel.
    alone: bool,
    /// Which of [`SPANS`] is shown.
    span: usize,
    /// What is on the screen.
    shown: Vec<MetricQuery>,
    under_way: Vec<(u64, Batch)>,
}

/// Metrics that are read together, with the limit an alarm sets them.
#[derive(Debug, Clone)]
pub(super) struct MetricChart {
    pub(super) panel: MetricPanel,
    pub(super) subject: String,
    pub(super) threshold: Option<Threshold>,
}

/// The time windows, in hours, each with the shortest period that is worth asking for, in seconds.
const SPANS: [(i64, u32); 6] = [(1, 60), (3, 60), (12, 60), (24, 60), (72, 300), (168, 900)];
/// The window shown first.
const FIRST_SPAN: usize = 1;
/// Charts of one part; more than anyone pages through.
const MOST_CHARTS: usize = 400;
/// The smallest chart, in columns and rows.
const SMALLEST: (u16, u16) = (29, 9);
/// Charts beside each other: wider ones show more than more of them.
const MOST_ACROSS: usize = 4;

impl Default for Metrics {
    fn default() -> Self {
        Self {
            charts: Vec::new(),
            planner: Planner::new(hours(FIRST_SPAN)),
            cursor: Cursor::default(),
            alone: false,
            span: FIRST_SPAN,
            shown: Vec::new(),
            under_way: Vec::new(),
        }
    }
}

fn hours(span: usize) -> SignedDuration {
    SignedDuration::from_hours(SPANS.get(span).map_or(1, |(hours, _)| *hours))
}

impl Metrics {
    /// Takes the charts of the selected part.
    fn fill(&mut self, world: &World) {
        let part = world.selected.part;
        let wanted = |key: &ResourceKey| part.holds(world.environment_of(key));
        let (_, shortest) = SPANS.get(self.span).copied().unwrap_or_default();
        let mut panels = catalogue::panels(&world.estate, wanted, MOST_CHARTS);
        for query in panels.iter_mut().flat_map(|panel| &mut panel.lines) {
            query.period = query.period.max(shortest);
        }
        self.charts = panels.into_iter().map(|panel| tile::chart(panel, world)).collect();
        self.cursor.keep_within(self.charts.len());
    }

    fn change_span(&mut self, longer: bool, world: &World) {
        let to = if longer { self.span + 1 } else { self.span.saturating_sub(1) };
        if to != self.span && to < SPANS.len() {
            self.span = to;
            self.refresh();
            self.fill(world);
        }
    }

    /// How many charts fit beside each other and on top of each other.
    fn grid(&self, area: Rect) -> (usize, usize) {
        if self.alone {
            return (1, 1);
        }
        let fit = |length: u16, smallest: u16| usize::from((length / smallest).max(1));
        let across = fit(area.width + 1, SMALLEST.0 + 1).min(MOST_ACROSS).min(self.charts.len().max(1));
        let down = fit(area.height, SMALLEST.1).min(self.charts.len().div_ceil(across).max(1));
        (across, down)
    }

    /// The charts on the screen: the page the cursor is on.
    fn page(&self, area: Rect) -> std::ops::Range<usize> {
        let (across, down) = self.grid(area);
        let size = across * down;
        let start = self.cursor.at / size * size;
        start..self.charts.len().min(start + size)
    }

    fn window(&self, now: Timestamp) -> Window {
        // The minute under way belongs to it, and it moves once a minute.
        let second = now.as_second();
        let end = Timestamp::from_second(second - second.rem_euclid(60) + 60).unwrap_or(now);
        Window { start: end - hours(self.span), end }
    }
}

impl Panel for Metrics {
    fn facts(&self, world: &World) -> (String, String) {
        let (hours, _) = SPANS.get(self.span).copied().unwrap_or_default();
        let left = format!("{}, last {}, UTC", world.part_name(world.selected.part), number::span(hours * 3600));
        let right = match self.charts.len() {
            0 => String::new(),
            count => format!("${:.3}/h  {} of {count}", self.planner.price_per_hour().dollars(), self.cursor.at + 1),
        };
        let right = if world.budget.is_some() { right } else { String::new() };
        (left, right)
    }

    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        let (across, down) = self.grid(turn.area);
        match action {
            Action::OpenMetric => self.alone = !self.alone,
            Action::Back => self.alone = false,
            Action::LongerWindow => self.change_span(true, turn.world),
            Action::ShorterWindow => self.change_span(false, turn.world),
            Action::NextMetric => self.move_by(1, true),
            Action::PreviousMetric => self.move_by(1, false),
            Action::Down => self.move_by(across, true),
            Action::Up => self.move_by(across, false),
            Action::PageDown => self.move_by(across * down, true),
            Action::PageUp => self.move_by(across * down, false),
            other => {
                self.cursor.act(other, self.charts.len(), 1);
            }
        }
    }

    fn selected(&mut self, before: Selected, turn: &mut Turn<'_>) {
        if before.part != turn.world.selected.part || self.charts.is_empty() {
            self.cursor = Cursor::default();
            self.fill(turn.world);
        }
    }

    fn ask(&mut self, visible: bool, turn: &mut Turn<'_>) {
        if turn.world.budget.is_none() {
            return;
        }
        let page = if visible { self.page(turn.area) } else { 0..0 };
        let charts = self.charts.get(page).unwrap_or_default();
        let shown: Vec<_> = charts.iter().flat_map(|chart| chart.panel.lines.iter().cloned()).collect();
        if shown != self.shown {
            self.planner.show(shown.iter().cloned());
            self.shown = shown;
        }
        for batch in self.planner.due(turn.world.now) {
            let ask = turn.question(Question::Series(batch.queries.clone(), batch.window));
            self.under_way.push((ask, batch));
        }
    }

    /// What was read is forgotten; what is under way will be ignored when it comes.
    fn refresh(&mut self) {
        self.planner = Planner::new(hours(self.span));
        self.under_way.clear();
        self.shown.clear();
    }

    fn due(&self, _visible: bool, _world: &World) -> Option<Timestamp> {
        self.planner.next_due()
    }

    fn hear(&mut self, ask: u64, reply: &Reply, turn: &mut Turn<'_>) {
        let Reply::Series(answer) = reply else { return };
        let Some(at) = self.under_way.iter().position(|(number, _)| *number == ask) else { return };
        let (_, batch) = self.under_way.swap_remove(at);
        self.planner.answered(&batch, answer.clone(), turn.world.now);
        if batch.queries.iter().any(|query| self.shown.contains(query)) {
            turn.draw();
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        if view.world.budget.is_none() {
            let why = "what was read is a picture of one moment and has no metrics: open the live account to see them";
            look::message(&[why.to_owned()], Role::Dim, view.theme, area, buf);
            return;
        }
        if self.charts.is_empty() {
            let part = view.world.part_name(view.world.selected.part);
            let why = format!("nothing in {part} has metrics that are known to matter");
            look::message(&[why], Role::Dim, view.theme, area, buf);
            return;
        }
        let page = self.page(area);
        let grid = self.grid(area);
        for (place, index) in page.enumerate() {
            let Some(chart) = self.charts.get(index) else { continue };
            let tile = Tile {
                chart,
                planner: &self.planner,
                window: self.window(view.world.now),
                selected: view.focused && index == self.cursor.at && self.charts.len() > 1,
            };
            tile.draw(view.theme, cell(area, grid, place), buf);
        }
    }
}

impl Metrics {
    fn move_by(&mut self, count: usize, forward: bool) {
        let last = self.charts.len().saturating_sub(1);
        let to = if forward { self.cursor.at + count } else { self.cursor.at.saturating_sub(count) };
        if to <= last {
            self.cursor.at = to;
        }
    }
}

/// The place of the n-th chart in a grid; columns are a blank apart.
fn cell(area: Rect, (across, down): (usize, usize), place: usize) -> Rect {
    let cut =
        |length: u16, parts: usize, part: usize| -> u16 { number::cells(usize::from(length) * part / parts.max(1)) };
    let (column, row) = (place % across.max(1), place / across.max(1));
    let (left, right) = (cut(area.width, across, column), cut(area.width, across, column + 1));
    let (top, bottom) = (cut(area.height, down, row), cut(area.height, down, row + 1));
    let gap = u16::from(column + 1 < across);
    Rect { x: area.x + left, y: area.y + top, width: right - left - gap, height: bottom - top }
}
