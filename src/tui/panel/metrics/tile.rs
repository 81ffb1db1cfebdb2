//! One chart with its title and a legend that tells the newest, smallest and largest value of every line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::MetricChart;
use crate::model::resource::{Dimension, MetricAlarm};
use crate::telemetry::catalogue::MetricPanel;
use crate::telemetry::{MetricQuery, Planner, Series, SeriesStatus, Stat, Unit, Window};
use crate::tui::look;
use crate::tui::theme::{Role, Theme};
use crate::tui::verdict::short_id;
use crate::tui::widget::chart::{self, Chart, Threshold};
use crate::tui::widget::number::{self, cells};
use crate::tui::widget::text::{clean, column, column_right, fit, width};
use crate::tui::world::World;

/// A chart on its place.
#[derive(Debug)]
pub(super) struct Tile<'a> {
    pub(super) chart: &'a MetricChart,
    pub(super) planner: &'a Planner,
    pub(super) window: Window,
    pub(super) selected: bool,
}

/// The room of a legend, and that of each of its values.
#[derive(Debug, Clone, Copy)]
struct Columns {
    room: usize,
    value: usize,
}

/// The least room for what a line is: beside its newest value, beside the largest too, and beside the smallest too.
const LABELS: [usize; 3] = [0, 8, 14];

impl Columns {
    /// How many of `last`, `max` and `min` fit beside the name of the line.
    fn count(self) -> usize {
        let values = [6, 11, 16].iter().zip([1, 2, 3]).map(|(words, count)| words + count * self.value);
        values.zip(LABELS).take_while(|(values, label)| values + label <= self.room).count().max(1)
    }
}

impl Tile<'_> {
    /// Draws it.
    pub(super) fn draw(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        if area.height == 0 || area.width == 0 {
            return;
        }
        self.draw_title(theme, Rect { height: 1, ..area }, buf);
        let lines = &self.chart.panel.lines;
        // The plot is worth more than the legend of its least important lines.
        let legend = cells(lines.len()).min(area.height.saturating_sub(5).max(1));
        let known: Vec<Option<&Series>> = lines.iter().map(|query| self.planner.series(query)).collect();
        let columns = Columns { room: usize::from(area.width).saturating_sub(3), value: self.widest(&known) };
        for (number, (query, series)) in lines.iter().zip(&known).take(usize::from(legend)).enumerate() {
            let y = area.y + 1 + cells(number);
            if y < area.bottom() {
                let mark = Span::styled(format!(" {} ", theme.glyphs().legend), theme.series(number));
                let mut spans = vec![mark];
                spans.extend(self.legend(query, *series, columns, theme));
                buf.set_line(area.x, y, &Line::from(spans), area.width);
            }
        }
        let taken = (1 + legend).min(area.height);
        let plot = Rect { y: area.y + taken, height: area.height - taken, ..area };
        let with_points: Vec<_> = known.iter().flatten().filter(|series| !series.points.is_empty()).collect();
        if with_points.is_empty() {
            let why = if known.iter().any(Option::is_none) { "asking" } else { Self::why_empty(&known) };
            look::message(&[clean(why)], Role::Dim, theme, plot, buf);
            return;
        }
        let lines = known.iter().map(|series| line(*series)).collect();
        Chart { lines, window: self.window, unit: self.unit(&known), threshold: self.chart.threshold }
            .draw(theme, plot, buf);
    }

    fn draw_title(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let glyphs = theme.glyphs();
        let period = self.chart.panel.lines.iter().map(|query| query.period).max().unwrap_or_default();
        let (name, per) = (number::unit_name(self.chart.panel.unit), number::span(period.into()));
        let unit = match self.one_stat() {
            Some(Stat::Sum) => format!(" {name}/{per}"),
            Some(stat) => format!(" {} {name}", short_stat(stat)),
            None => format!(" {name}"),
        };
        let room = usize::from(area.width).saturating_sub(width(&unit) + 1);
        let title = fit(&self.chart.panel.title, room, glyphs.ellipsis);
        let subject = fit(&self.chart.subject, room.saturating_sub(width(&title) + 1), glyphs.ellipsis);
        let (mark, role) = if self.selected { (glyphs.selected, Role::TitleFocused) } else { (" ", Role::Strong) };
        let left = [
            Span::styled(mark, theme.style(Role::Key)),
            Span::styled(title, theme.style(role)),
            Span::styled(format!(" {subject}"), theme.style(Role::Text)),
        ];
        crate::tui::widget::bar(&left, &[Span::styled(unit, theme.style(Role::Dim))], area, buf);
    }

    /// What a line is and its newest, smallest and largest value; `columns` are the widths of the values.
    fn legend(
        &self,
        query: &MetricQuery,
        series: Option<&Series>,
        columns: Columns,
        theme: &Theme,
    ) -> Vec<Span<'static>> {
        let summary = line(series).summary();
        let mut values = Vec::new();
        let wanted =
            [("last", summary.last, Role::Strong), ("max", summary.max, Role::Text), ("min", summary.min, Role::Text)];
        for (word, value, role) in wanted.into_iter().take(columns.count()) {
            let text = column_right(&self.value(value), columns.value, "");
            values.push(Span::styled(format!(" {word} "), theme.style(Role::Dim)));
            values.push(Span::styled(text, theme.style(role)));
        }
        let taken: usize = values.iter().map(Span::width).sum();
        let label = match self.one_stat() {
            Some(_) => query.metric.clone(),
            None => format!("{} {}", short_stat(query.stat), query.metric),
        };
        let label = column(&label, columns.room.saturating_sub(taken), theme.glyphs().ellipsis);
        [Span::styled(label, theme.style(Role::Dim))].into_iter().chain(values).collect()
    }

    fn value(&self, value: Option<f64>) -> String {
        value.map_or_else(|| "-".to_owned(), |value| number::with_unit(value, self.chart.panel.unit))
    }

    /// The widest value of the legend.
    fn widest(&self, known: &[Option<&Series>]) -> usize {
        let summaries = known.iter().map(|series| line(*series).summary());
        let values = summaries.flat_map(|summary| [summary.last, summary.min, summary.max]);
        values.map(|value| width(&self.value(value))).max().unwrap_or_default()
    }

    /// The statistic, when all lines are of the same.
    fn one_stat(&self) -> Option<Stat> {
        let first = self.chart.panel.lines.first()?.stat;
        self.chart.panel.lines.iter().all(|query| query.stat == first).then_some(first)
    }

    /// Why there is nothing to draw although CloudWatch answered.
    fn why_empty<'s>(known: &[Option<&'s Series>]) -> &'s str {
        let unreadable = known.iter().flatten().find_map(|series| match &series.status {
            SeriesStatus::Unreadable(why) => Some(why.as_str()),
            SeriesStatus::Complete | SeriesStatus::Partial => None,
        });
        unreadable.unwrap_or("no point in this window")
    }

    fn unit(&self, known: &[Option<&Series>]) -> Unit {
        let told = known.iter().flatten().map(|series| series.unit).find(|unit| *unit != Unit::None);
        told.unwrap_or(self.chart.panel.unit)
    }
}

fn short_stat(stat: Stat) -> String {
    match stat {
        Stat::Average => "avg".to_owned(),
        Stat::Minimum => "min".to_owned(),
        Stat::Maximum => "max".to_owned(),
        Stat::Sum | Stat::SampleCount | Stat::Percentile(_) => stat.to_string(),
    }
}

fn line(series: Option<&Series>) -> chart::Line<'_> {
    match series {
        Some(series) => chart::Line {
            points: &series.points,
            period: series.native_period().unwrap_or(series.query.period),
            provisional_from: series.provisional_from,
            role: None,
        },
        None => chart::Line { points: &[], period: 60, provisional_from: None, role: None },
    }
}

/// A panel of the catalogue with what its subject is called and the limit an alarm sets.
pub(super) fn chart(panel: MetricPanel, world: &World) -> MetricChart {
    let resource = world.estate.resource(&panel.subject);
    let named = resource.and_then(|resource| resource.name().or_else(|| resource.dns_names().first().copied()));
    let name = named.unwrap_or_else(|| short_id(&panel.subject.id));
    MetricChart { subject: clean(name), threshold: limits(&panel, world), panel }
}

/// The limit that an alarm sets one of a panel's metrics.
fn limits(panel: &MetricPanel, world: &World) -> Option<Threshold> {
    let shard = world.estate.shards.iter().find(|shard| {
        shard.provenance.account == panel.subject.account
            && panel.lines.iter().any(|query| query.region == shard.provenance.region)
    })?;
    let alarms = &shard.resources.metric_alarms;
    let alarm = alarms.iter().find(|alarm| panel.lines.iter().any(|query| watches(alarm, query)))?;
    let below = alarm.comparison_operator.as_deref().is_some_and(|operator| operator.starts_with("LessThan"));
    Some(Threshold { value: alarm.threshold?, below })
}

fn watches(alarm: &MetricAlarm, query: &MetricQuery) -> bool {
    let has = |dimension: &Dimension| {
        query.dimensions.iter().any(|(name, value)| *name == dimension.name && *value == dimension.value)
    };
    let stat = alarm.statistic.as_deref().or(alarm.extended_statistic.as_deref());
    alarm.namespace.as_deref() == Some(&query.namespace)
        && alarm.metric_name.as_deref() == Some(&query.metric)
        && alarm.dimensions.len() == query.dimensions.len()
        && alarm.dimensions.iter().all(has)
        && stat.is_some_and(|stat| stat == query.stat.to_string())
}
