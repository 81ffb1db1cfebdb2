//! Metric series: what is asked for and what comes back.

use std::fmt;

use jiff::Timestamp;

use crate::model::{AccountId, Region};

/// One metric with one statistic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricQuery {
    /// The account it is asked in.
    pub account: AccountId,
    /// The Region it is asked in; `us-east-1` for CloudFront and Route 53.
    pub region: Region,
    /// The namespace, such as `AWS/ApplicationELB`.
    pub namespace: String,
    /// The metric, such as `RequestCount`.
    pub metric: String,
    /// Its dimensions, in the order AWS documents them.
    pub dimensions: Vec<(String, String)>,
    /// The statistic.
    pub stat: Stat,
    /// The period, in seconds.
    pub period: u32,
}

/// A CloudWatch statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stat {
    /// `Average`
    Average,
    /// `Sum`
    Sum,
    /// `Minimum`
    Minimum,
    /// `Maximum`
    Maximum,
    /// `SampleCount`
    SampleCount,
    /// A percentile in tenths: `p99.9` is 999.
    Percentile(u16),
}

impl fmt::Display for Stat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Average => f.write_str("Average"),
            Self::Sum => f.write_str("Sum"),
            Self::Minimum => f.write_str("Minimum"),
            Self::Maximum => f.write_str("Maximum"),
            Self::SampleCount => f.write_str("SampleCount"),
            Self::Percentile(tenths) if tenths % 10 == 0 => write!(f, "p{}", tenths / 10),
            Self::Percentile(tenths) => write!(f, "p{}.{}", tenths / 10, tenths % 10),
        }
    }
}

impl std::str::FromStr for Stat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "Average" => Self::Average,
            "Sum" => Self::Sum,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            "SampleCount" => Self::SampleCount,
            other => {
                let percentile = other.strip_prefix('p').and_then(|p| p.parse::<f64>().ok());
                let percentile = percentile.filter(|p| (0.0..=100.0).contains(p));
                let tenths = percentile.ok_or_else(|| format!("`{other}` is not a statistic of CloudWatch"))? * 10.0;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
                Self::Percentile(tenths.round() as u16)
            }
        })
    }
}

/// From when (inclusive) to when (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub start: Timestamp,
    /// The moment after the last.
    pub end: Timestamp,
}

/// A metric's points.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What was asked.
    pub query: MetricQuery,
    /// The unit CloudWatch gave or the catalogue knows; never converted silently.
    pub unit: Unit,
    /// The points, oldest first. A missing period is missing, never zero.
    pub points: Vec<Point>,
    /// Whether they are all there.
    pub status: SeriesStatus,
    /// From here on, points may still change: CloudWatch is still aggregating.
    pub provisional_from: Option<Timestamp>,
}

impl Series {
    /// Takes what a later read of `window` gave: its points replace what was known of that window, so that corrected
    /// values are corrected and a period without one has none. A read that is not complete corrects only what it
    /// has.
    pub fn revise(&mut self, fresh: &Self, window: Window) {
        let within = |point: &Point| window.start <= point.at && point.at < window.end;
        if fresh.status == SeriesStatus::Complete {
            self.points.retain(|point| !within(point));
        }
        for point in fresh.points.iter().filter(|point| within(point)) {
            match self.points.binary_search_by_key(&point.at, |known| known.at) {
                Ok(index) => self.points.splice(index..=index, [*point]).for_each(drop),
                Err(index) => self.points.insert(index, *point),
            }
        }
        self.status = fresh.status.clone();
        if fresh.unit != Unit::None {
            self.unit = fresh.unit;
        }
    }

    /// The metric's own period in seconds, when the points tell that it is longer than the one asked for. A metric
    /// with points only now and then does not tell, nor does one that counts events: it may be silent.
    #[must_use]
    pub fn native_period(&self) -> Option<u32> {
        if matches!(self.query.stat, Stat::Sum | Stat::SampleCount) {
            return None;
        }
        let steps = self.points.iter().zip(self.points.iter().skip(1)).map(|(a, b)| b.at.duration_since(a.at));
        let mut steps = steps.rev().take(REGULAR);
        let step = steps.next()?;
        let regular = steps.len() + 1 == REGULAR && steps.all(|other| other == step);
        let seconds = u32::try_from(step.as_secs()).ok()?;
        (regular && seconds > self.query.period && seconds <= SLOWEST).then_some(seconds)
    }
}

/// How many equal steps tell a metric's own period.
const REGULAR: usize = 4;
/// The longest period that points can tell: nobody waits longer for a metric that may have woken up.
const SLOWEST: u32 = 900;

/// One point: the value of the period that begins at `at`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When the period begins.
    pub at: Timestamp,
    /// The value.
    pub value: f64,
}

/// Whether a series is complete, after GetMetricData's `StatusCode`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeriesStatus {
    /// Everything that exists.
    Complete,
    /// More exists than was given.
    Partial,
    /// Not readable: the reason, safe to show.
    Unreadable(String),
}

/// What a value counts, after CloudWatch's `StandardUnit`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// `Count`
    Count,
    /// `Percent`
    Percent,
    /// `Seconds`
    Seconds,
    /// `Milliseconds`
    Milliseconds,
    /// `Bytes`
    Bytes,
    /// `Megabytes`
    Megabytes,
    /// `Bytes/Second`
    BytesPerSecond,
    /// `Count/Second`
    CountPerSecond,
    /// `None`, or not told.
    #[default]
    None,
}

/// Every unit with CloudWatch's name for it.
const UNITS: [(Unit, &str); 9] = [
    (Unit::Count, "Count"),
    (Unit::Percent, "Percent"),
    (Unit::Seconds, "Seconds"),
    (Unit::Milliseconds, "Milliseconds"),
    (Unit::Bytes, "Bytes"),
    (Unit::Megabytes, "Megabytes"),
    (Unit::BytesPerSecond, "Bytes/Second"),
    (Unit::CountPerSecond, "Count/Second"),
    (Unit::None, "None"),
];

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(UNITS.iter().find(|(unit, _)| unit == self).map_or("None", |(_, name)| name))
    }
}

impl std::str::FromStr for Unit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = UNITS.iter().find(|(_, name)| *name == text).map(|(unit, _)| *unit);
        named.ok_or_else(|| format!("`{text}` is not a unit of CloudWatch that is known here"))
    }
}
