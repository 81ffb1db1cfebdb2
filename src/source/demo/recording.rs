//! What `telemetry.toml` of a demo estate holds: the shape of every series and the wording of every log group.
//!
//! The file's own comments say what each value means; here it is only read and checked.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::chance::Chance;
use super::line::Wording;
use crate::telemetry::{Stat, Unit};

/// The telemetry of one demo estate.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recording {
    /// Changes every wiggle and every line.
    pub(super) seed: u64,
    /// What all series share.
    pub(super) shape: Shape,
    /// What happens now and then, by name.
    #[serde(default)]
    pub(super) incidents: BTreeMap<String, Incident>,
    /// Sets of series.
    #[serde(rename = "panel")]
    pub(super) panels: Vec<Panel>,
    /// What log lines are made of.
    pub(super) logs: Wording,
    /// The log groups that receive anything.
    #[serde(rename = "log_group")]
    pub(super) log_groups: Vec<LogGroup>,
}

/// What all series share.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shape {
    /// The busiest hour of the day, UTC.
    pub(super) peak_hour: f64,
    /// The load of Saturdays and Sundays.
    pub(super) weekend: Weekend,
    /// How long after its end a sample can be read.
    pub(super) settle: Settle,
    /// Minutes between the random points of each curve, and its weight.
    pub(super) noise: Vec<(f64, f64)>,
    /// How far each statistic lies from the recorded one, in units of a series' spread.
    #[serde(deserialize_with = "statistics")]
    pub(super) statistics: BTreeMap<Stat, f64>,
}

/// A share of the load, now and then.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct Weekend {
    /// The share that is left.
    pub(super) share: f64,
    /// When.
    #[serde(flatten)]
    pub(super) when: Recurrence,
}

/// The least and the greatest delay, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settle {
    /// The least.
    pub(super) from: i64,
    /// The greatest.
    pub(super) to: i64,
}

/// Something that comes back: all in minutes, counted from the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct Recurrence {
    /// The length of a round.
    pub(super) every: f64,
    /// When in a round it begins.
    pub(super) start: f64,
    /// How long it lasts.
    pub(super) minutes: f64,
    /// How long it takes to rise, and to fall.
    pub(super) ramp: f64,
}

/// Something that happens in one environment now and then.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Incident {
    /// Where.
    pub(super) environment: String,
    /// By which share its height varies from round to round.
    #[serde(default)]
    pub(super) vary: f64,
    /// When.
    #[serde(flatten)]
    pub(super) when: Recurrence,
}

/// The same series for several targets.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Panel {
    /// What it shows.
    pub(super) title: String,
    /// The Region that keeps these series.
    pub(super) region: String,
    /// Their namespace.
    pub(super) namespace: String,
    /// What they are about.
    pub(super) targets: Vec<Target>,
    /// The series.
    pub(super) series: Vec<Series>,
}

/// What a panel's series are about.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    /// The environment; none when it serves all of them.
    #[serde(default)]
    pub(super) environment: Option<String>,
    /// The dimensions that name it.
    pub(super) dimensions: BTreeMap<String, String>,
    /// Scales the series that follow the load.
    #[serde(default = "one")]
    pub(super) load: f64,
    /// Replaces the base of single series, by metric.
    #[serde(default)]
    pub(super) levels: BTreeMap<String, f64>,
}

/// One series of a panel.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Series {
    /// The metric's name.
    pub(super) metric: String,
    /// The statistic whose values these are.
    #[serde(deserialize_with = "parsed")]
    pub(super) stat: Stat,
    /// The unit, as CloudWatch writes it.
    #[serde(deserialize_with = "parsed")]
    pub(super) unit: Unit,
    /// Seconds between samples.
    #[serde(default = "minute")]
    pub(super) period: i64,
    /// The value on an average day.
    pub(super) base: f64,
    /// The swing over the day, as a share of the base.
    #[serde(default)]
    pub(super) daily: f64,
    /// The roughness, as a share of the base.
    #[serde(default)]
    pub(super) noise: f64,
    /// How far other statistics lie away, as a share of the value.
    #[serde(default)]
    pub(super) spread: f64,
    /// What is gained in a day, as a share of the base.
    #[serde(default)]
    pub(super) drift: f64,
    /// After how many days the drift starts over.
    #[serde(default = "one")]
    pub(super) drift_days: f64,
    /// The greatest value there can be.
    #[serde(default)]
    pub(super) ceiling: Option<f64>,
    /// Follows the target's load and the weekend.
    #[serde(default)]
    pub(super) load: bool,
    /// How it is made a whole number, when it is one.
    #[serde(default)]
    pub(super) whole: Option<Whole>,
    /// What incidents do to it.
    #[serde(default)]
    pub(super) incident: Vec<Effect>,
}

/// How a value is made a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Whole {
    /// By taking the nearest.
    Nearest,
    /// By drawing one of its two neighbours, the nearer one more often: right on average, also for rare things.
    Drawn,
}

/// What an incident does to a value.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Effect {
    /// The incident.
    pub(super) id: String,
    /// Multiplies the value at its height.
    #[serde(default = "one")]
    pub(super) times: f64,
    /// Is added to the value at its height.
    #[serde(default)]
    pub(super) plus: f64,
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogGroup {
    /// Its name.
    pub(super) name: String,
    /// The environment whose incidents it tells of.
    #[serde(default)]
    pub(super) environment: Option<String>,
    /// Events a second on an average day, when nothing happens.
    pub(super) rate: f64,
    /// The swing over the day, as a share of the rate.
    #[serde(default)]
    pub(super) daily: f64,
    /// Its streams.
    pub(super) streams: Vec<String>,
    /// Its kinds of events.
    pub(super) templates: Vec<Template>,
}

/// A kind of log event.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    /// How often, next to the group's other kinds.
    pub(super) weight: f64,
    /// What it says: each line is an event of its own, as log drivers split them.
    pub(super) lines: Vec<String>,
    /// The only stream it is in; any when absent.
    #[serde(default)]
    pub(super) stream: Option<String>,
    /// The incident that makes it more frequent.
    #[serde(default)]
    pub(super) incident: Option<Effect>,
}

const fn one() -> f64 {
    1.0
}

const fn minute() -> i64 {
    60
}

fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(text: D) -> Result<T, D::Error> {
    String::deserialize(text)?.parse().map_err(D::Error::custom)
}

fn statistics<'de, D: Deserializer<'de>>(table: D) -> Result<BTreeMap<Stat, f64>, D::Error> {
    let named = BTreeMap::<String, f64>::deserialize(table)?;
    named.into_iter().map(|(name, distance)| Ok((name.parse().map_err(D::Error::custom)?, distance))).collect()
}

impl Recording {
    /// Reads and checks a recording.
    ///
    /// # Errors
    /// When the text is not of this shape, or names an incident, a statistic or a placeholder that it does not
    /// define; the message says which.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let recording: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        recording.check()?;
        Ok(recording)
    }

    fn check(&self) -> Result<(), String> {
        for series in self.panels.iter().flat_map(|panel| &panel.series) {
            let place = format!("series `{}`", series.metric);
            if series.stat != Stat::Sum && !self.shape.statistics.contains_key(&series.stat) {
                return Err(format!("{place}: statistic `{}` is not under `shape.statistics`", series.stat));
            }
            if series.period < 1 {
                return Err(format!("{place}: the period is not positive"));
            }
            series.incident.iter().try_for_each(|effect| self.check_incident(&place, effect))?;
        }
        for group in &self.log_groups {
            let place = format!("log group `{}`", group.name);
            if group.streams.is_empty() || group.templates.is_empty() {
                return Err(format!("{place}: needs at least one stream and one template"));
            }
            for template in &group.templates {
                template.incident.iter().try_for_each(|effect| self.check_incident(&place, effect))?;
                template.lines.iter().try_for_each(|line| self.logs.check(&place, line))?;
            }
        }
        self.logs.check_words()
    }

    fn check_incident(&self, place: &str, effect: &Effect) -> Result<(), String> {
        let known = self.incidents.contains_key(&effect.id);
        known.then_some(()).ok_or_else(|| format!("{place}: incident `{}` is not under `incidents`", effect.id))
    }

    /// How much of an incident there is in `environment` at a time: 0 before and after, at most 1 at its height.
    pub(super) fn incident(&self, id: &str, environment: Option<&str>, minute: f64) -> f64 {
        let here = |incident: &&Incident| environment == Some(incident.environment.as_str());
        let Some(incident) = self.incidents.get(id).filter(here) else { return 0.0 };
        let chance = Chance::new(self.seed).named(id).at(incident.when.round(minute)).share();
        incident.when.height(minute) * incident.vary.mul_add(-chance, 1.0)
    }
}

impl Recurrence {
    /// The number of the round that a minute since the Unix epoch is in.
    pub(super) fn round(&self, minute: f64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "rounds since 1970 are far below 2^63")]
        let round = ((minute - self.start) / self.every).floor() as i64;
        round
    }

    /// How much of it there is at a minute since the Unix epoch: 0 to 1, changing smoothly.
    pub(super) fn height(&self, minute: f64) -> f64 {
        let into = (minute - self.start).rem_euclid(self.every);
        let ramp = self.ramp.max(f64::EPSILON);
        let rise = (into / ramp).clamp(0.0, 1.0);
        let fall = ((self.minutes - into) / ramp).clamp(0.0, 1.0);
        let smooth = |x: f64| x * x * 2.0_f64.mul_add(-x, 3.0);
        smooth(rise.min(fall))
    }
}

impl Shape {
    /// The swing of a day: -1 at its quietest, 1 at its peak hour.
    pub(super) fn day(&self, minute: f64) -> f64 {
        ((minute / 60.0 - self.peak_hour) / 24.0 * std::f64::consts::TAU).cos()
    }

    /// The share of a working day's load there is.
    pub(super) fn load(&self, minute: f64) -> f64 {
        (self.weekend.share - 1.0).mul_add(self.weekend.when.height(minute), 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Recurrence;

    #[test]
    fn what_recurs_rises_and_falls_smoothly_in_every_round() {
        let round = Recurrence { every: 100.0, start: 90.0, minutes: 20.0, ramp: 5.0 };
        let is = |minute: f64, height: f64| (round.height(minute) - height).abs() < 1e-9;
        assert!(is(89.9, 0.0));
        assert!(is(95.0, 1.0));
        assert!(is(104.0, 1.0), "it may reach into the next round");
        assert!(is(110.0, 0.0));
        assert!(is(200.0, 1.0));
        assert!(is(92.5, 0.5));
    }
}
