//! A line chart of metric series: a gap where points are missing, points that may still change drawn hollow, the
//! part beyond the threshold in the alarm's colour.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::number::{cells, real, round_up_in, short, step};
use super::plot::{ACROSS, DOWN, Ink, Plot};
use super::text::{column_right, width};
use crate::telemetry::{Point, Unit, Window};
use crate::tui::theme::{Role, Theme};

/// One line of a chart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// Its points, oldest first.
    pub(crate) points: &'a [Point],
    /// Seconds from one point to the next.
    pub(crate) period: u32,
    /// From here on points may still change.
    pub(crate) provisional_from: Option<Timestamp>,
    /// How it looks, when not as the n-th of several metrics.
    pub(crate) role: Option<Role>,
}

/// Where an alarm rings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Threshold {
    /// The value.
    pub(crate) value: f64,
    /// Whether it rings below it rather than above.
    pub(crate) below: bool,
}

/// A chart.
#[derive(Debug)]
pub(crate) struct Chart<'a> {
    /// Its lines, the most important first.
    pub(crate) lines: Vec<Line<'a>>,
    /// The time it shows.
    pub(crate) window: Window,
    /// What its values count.
    pub(crate) unit: Unit,
    /// Where an alarm rings.
    pub(crate) threshold: Option<Threshold>,
}

/// What a line comes down to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Summary {
    /// The smallest settled value.
    pub(crate) min: Option<f64>,
    /// The largest settled value.
    pub(crate) max: Option<f64>,
    /// The newest settled value.
    pub(crate) last: Option<f64>,
    /// The newest value, when it may still change.
    pub(crate) provisional: Option<f64>,
}

impl Line<'_> {
    fn is_settled(&self, point: &Point) -> bool {
        point.value.is_finite() && self.provisional_from.is_none_or(|from| point.at < from)
    }

    /// The smallest, largest and newest of its values.
    pub(crate) fn summary(&self) -> Summary {
        let settled = || self.points.iter().filter(|point| self.is_settled(point)).map(|point| point.value);
        let newest = self.points.last().filter(|point| !self.is_settled(point));
        Summary {
            min: settled().reduce(f64::min),
            max: settled().reduce(f64::max),
            last: settled().next_back(),
            provisional: newest.map(|point| point.value),
        }
    }
}

/// The values at the ends of the vertical axis.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    low: f64,
    high: f64,
}

impl Range {
    /// Where between the top (0) and the bottom (1) a value is.
    fn depth(self, value: f64) -> f64 {
        1.0 - (value - self.low) / (self.high - self.low)
    }
}

impl Chart<'_> {
    /// Draws it with its axes; in an area too small for them, the lines alone.
    pub(crate) fn draw(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let range = self.range();
        let labels = [short(range.high, self.unit), short(range.low, self.unit)];
        let margin = labels.iter().map(|label| width(label)).max().unwrap_or_default() + 1;
        let with_axes = usize::from(area.width) > margin + 8 && area.height >= 3;
        if !with_axes {
            self.draw_lines(range, theme, area, buf);
            return;
        }
        let plot =
            Rect { x: area.x + cells(margin), width: area.width - cells(margin), height: area.height - 1, ..area };
        let axis = theme.style(Role::MetricAxis);
        let label_style = theme.style(Role::Dim);
        let ellipsis = theme.glyphs().ellipsis;
        for (label, y) in labels.iter().zip([plot.top(), plot.bottom() - 1]) {
            buf.set_string(area.x, y, column_right(label, margin - 1, ellipsis), label_style);
        }
        for y in plot.top()..plot.bottom() {
            buf.set_string(plot.x - 1, y, theme.glyphs().wall, axis);
        }
        self.draw_times(label_style, Rect { y: plot.bottom(), height: 1, ..plot }, buf);
        self.draw_lines(range, theme, plot, buf);
    }

    /// The vertical axis begins at zero, unless the values are a band far above it whose shape would be lost.
    fn range(&self) -> Range {
        let values = || self.lines.iter().flat_map(|line| line.points).map(|p| p.value).filter(|v| v.is_finite());
        let (low, high) = (values().reduce(f64::min).unwrap_or(0.0), values().reduce(f64::max).unwrap_or(0.0));
        let counted = matches!(self.unit, Unit::Count | Unit::Percent | Unit::CountPerSecond);
        if !counted && low > 0.0 && high - low < 0.25 * high {
            let room = ((high - low) * 0.25).max(high * 0.005);
            return Range { low: (low - room).max(0.0), high: high + room };
        }
        let reach = match self.threshold {
            // A threshold far above the values would flatten them.
            Some(threshold) if threshold.value <= high * 2.0 => high.max(threshold.value),
            _ => high,
        };
        let top = if self.unit == Unit::Percent && reach > 50.0 && reach <= 100.0 {
            100.0
        } else {
            round_up_in(reach, self.unit)
        };
        Range { low: low.min(0.0), high: top }
    }

    fn draw_lines(&self, range: Range, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let mut plot = Plot::new(usize::from(area.width), usize::from(area.height));
        let mut hollow = Vec::new();
        for (number, line) in self.lines.iter().enumerate() {
            self.plot_line(&mut plot, number, line, range);
            let open = line.points.iter().filter(|point| !line.is_settled(point) && point.value.is_finite());
            hollow.extend(open.map(|point| self.position(&plot, point, range)));
        }
        if let Some(threshold) = self.threshold {
            let row = step(range.depth(threshold.value), plot.height()) / DOWN;
            let inside = (range.low..=range.high).contains(&threshold.value);
            for column in (0..usize::from(area.width)).filter(|column| inside && plot.is_free(*column, row)) {
                let (x, y) = (area.x + cells(column), area.y + cells(row));
                buf.set_string(x, y, theme.glyphs().rule, theme.style(Role::MetricThreshold));
            }
        }
        for (x, y) in hollow {
            let (column, row) = (x / ACROSS, y / DOWN);
            if plot.is_free(column, row) {
                let (x, y) = (area.x + cells(column), area.y + cells(row));
                buf.set_string(x, y, theme.glyphs().hollow, theme.style(Role::MetricProvisional));
            }
        }
        let style = |ink: Ink| -> Style {
            match ink {
                Ink::Line(number) => {
                    let line = usize::MAX - number;
                    let role = self.lines.get(line).and_then(|line| line.role);
                    role.map_or_else(|| theme.series(line), |role| theme.style(role))
                }
                Ink::Beyond => theme.style(Role::MetricAbove),
            }
        };
        plot.draw(theme.glyphs().braille, style, area, buf);
    }

    /// Settled points and, between neighbours that no missing point separates, the way from one to the next.
    fn plot_line(&self, plot: &mut Plot, number: usize, line: &Line<'_>, range: Range) {
        let limit = self.threshold.map(|threshold| (step(range.depth(threshold.value), plot.height()), threshold));
        let ink = |y: usize| match limit {
            Some((at, threshold)) if (threshold.below && y > at) || (!threshold.below && y < at) => Ink::Beyond,
            _ => Ink::line(number),
        };
        let mut previous: Option<(&Point, (usize, usize))> = None;
        for point in line.points.iter().filter(|point| line.is_settled(point)) {
            let at = self.position(plot, point, range);
            let near = |earlier: &Point| {
                let apart = point.at.as_second() - earlier.at.as_second();
                apart * 2 <= i64::from(line.period) * 3
            };
            match previous.filter(|(earlier, _)| near(earlier)) {
                Some((_, from)) => plot.line(from, at, ink),
                None => plot.dot(at.0, at.1, ink(at.1)),
            }
            previous = Some((point, at));
        }
    }

    fn position(&self, plot: &Plot, point: &Point, range: Range) -> (usize, usize) {
        let seconds = |a: Timestamp, b: Timestamp| {
            let apart = usize::try_from(a.as_second() - b.as_second()).unwrap_or_default();
            real(apart)
        };
        let across = seconds(point.at, self.window.start) / seconds(self.window.end, self.window.start).max(1.0);
        (step(across, plot.width()), step(range.depth(point.value), plot.height()))
    }

    /// The times at both ends and, where there is room, in the middle.
    fn draw_times(&self, style: Style, area: Rect, buf: &mut Buffer) {
        let (start, end) = (self.window.start, self.window.end);
        let middle = Timestamp::from_second(i64::midpoint(start.as_second(), end.as_second())).unwrap_or(start);
        let days = end.as_second() - start.as_second() > 86_400;
        let label = |at: Timestamp| at.strftime(if days { "%d %b" } else { "%H:%M" }).to_string();
        let wide = cells(width(&label(start)));
        buf.set_string(area.x, area.y, label(start), style);
        if area.width > 2 * wide {
            buf.set_string(area.right() - wide, area.y, label(end), style);
        }
        if area.width >= 5 * wide {
            buf.set_string(area.x + (area.width - wide) / 2, area.y, label(middle), style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Abilities, Colours};

    fn points(values: &[(i64, f64)]) -> Vec<Point> {
        values.iter().map(|(minute, value)| Point { at: at(*minute), value: *value }).collect()
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 / 3600 * 3600 + minute * 60).expect("in range")
    }

    fn drawn(chart: &Chart<'_>, columns: u16, rows: u16, ascii: bool) -> Vec<String> {
        let themes = Theme::all(Abilities { colours: Colours::None, ascii }).expect("valid");
        let area = Rect::new(0, 0, columns, rows);
        let mut buf = Buffer::empty(area);
        chart.draw(&themes[0], area, &mut buf);
        let row = |cells: &[ratatui::buffer::Cell]| {
            cells.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned()
        };
        buf.content().chunks(usize::from(columns)).map(row).collect()
    }

    fn chart(points: &[Point], unit: Unit, provisional: Option<i64>) -> Chart<'_> {
        let line = Line { points, period: 60, provisional_from: provisional.map(at), role: None };
        Chart { lines: vec![line], window: Window { start: at(0), end: at(20) }, unit, threshold: None }
    }

    #[test]
    fn axes_gaps_and_hollow_points() {
        let mut values: Vec<_> = (0..8).map(|m| (m, f64::from(u8::try_from(m).unwrap()) * 10.0)).collect();
        values.extend((12..18).map(|m| (m, 50.0)));
        values.push((19, 20.0));
        let points = points(&values);
        let lines = [
            "100│",
            "   │      ⡠⠔",
            "   │   ⡠⠔⠊       ⠉⠉⠉⠉⠉⠉",
            "  0│⣀⠔⠉                 ◦",
            "    14:00            14:20",
        ];
        assert_eq!(drawn(&chart(&points, Unit::Count, Some(19)), 26, 5, false), lines);
        let lines = [
            "100|",
            "   |      .-",
            "   |   .--       ''''''",
            "  0|_-'                 o",
            "    14:00            14:20",
        ];
        assert_eq!(drawn(&chart(&points, Unit::Count, Some(19)), 26, 5, true), lines);
    }

    #[test]
    fn a_threshold_yields_to_the_line() {
        let points = points(&[(0, 10.0), (1, 10.0), (2, 10.0), (3, 90.0), (4, 90.0)]);
        let mut chart = chart(&points, Unit::Percent, None);
        chart.threshold = Some(Threshold { value: 80.0, below: false });
        let lines =
            ["100│   ⡤⠤", "   │──⢠⠃──────────────────", "   │  ⢸", "   │  ⡜", "  0│⠒⠒⠃", "    14:00            14:20"];
        assert_eq!(drawn(&chart, 26, 6, false), lines);
    }

    #[test]
    fn a_summary_is_of_settled_points() {
        let points = points(&[(0, 3.0), (1, 1.0), (2, 2.0), (3, 0.0)]);
        let line = Line { points: &points, period: 60, provisional_from: Some(at(3)), role: None };
        let expected = Summary { min: Some(1.0), max: Some(3.0), last: Some(2.0), provisional: Some(0.0) };
        assert_eq!(line.summary(), expected);
        let empty = Line { points: &[], period: 60, provisional_from: None, role: None };
        assert_eq!(empty.summary(), Summary::default());
    }

    #[test]
    fn a_band_far_from_zero_keeps_its_shape() {
        let high = points(&[(0, 8000.0), (1, 8100.0)]);
        assert_eq!(chart(&high, Unit::Count, None).range(), Range { low: 0.0, high: 10_000.0 });
        let range = chart(&high, Unit::Bytes, None).range();
        assert!(range.low > 7000.0 && range.high < 9000.0, "{range:?}");
        assert_eq!(chart(&[], Unit::Count, None).range(), Range { low: 0.0, high: 1.0 });
    }

    #[test]
    fn nothing_is_too_small_to_draw() {
        let points = points(&[(0, 1.0), (1, f64::NAN), (2, f64::INFINITY), (3, -4.0)]);
        for columns in 0..30 {
            for rows in 0..6 {
                let themes = Theme::all(Abilities::default()).expect("valid");
                let area = Rect::new(0, 0, columns, rows);
                chart(&points, Unit::None, Some(2)).draw(&themes[0], area, &mut Buffer::empty(area));
            }
        }
    }
}
