//! The values of a recorded series: a pure function of the recording and the time.

use jiff::Timestamp;

use super::chance::Chance;
use super::recording::{Panel, Recording, Series, Target, Whole};
use crate::telemetry::{MetricQuery, Point, Stat, Window};

/// For how many days CloudWatch keeps points of a period of at most so many seconds.
const RETENTION: [(i64, i64); 3] = [(60, 15), (300, 63), (i64::MAX, 455)];
const DAY: i64 = 24 * 60 * 60;

/// One series of one target, ready to be drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wave<'a> {
    recording: &'a Recording,
    target: &'a Target,
    series: &'a Series,
    chance: Chance,
}

impl<'a> Wave<'a> {
    /// The series a query asks for: the one recorded with that very statistic, or else with another.
    pub(super) fn find(recording: &'a Recording, query: &MetricQuery) -> Option<Self> {
        let asked = |panel: &&Panel| panel.namespace == query.namespace && panel.region == query.region.as_str();
        let mut found: Vec<Self> = Vec::new();
        for panel in recording.panels.iter().filter(asked) {
            for target in panel.targets.iter().filter(|target| is_about(target, query)) {
                let named = panel.series.iter().filter(|series| series.metric == query.metric);
                found.extend(named.map(|series| Self::new(recording, panel, target, series)));
            }
        }
        found.iter().find(|wave| wave.series.stat == query.stat).or(found.first()).copied()
    }

    fn new(recording: &'a Recording, panel: &Panel, target: &'a Target, series: &'a Series) -> Self {
        let named = Chance::new(recording.seed).named(&panel.namespace).named(&series.metric);
        let chance = target.dimensions.values().fold(named, |chance, value| chance.named(value));
        Self { recording, target, series, chance }
    }

    /// The series behind it.
    pub(super) const fn series(&self) -> &'a Series {
        self.series
    }

    /// The points of a statistic over a window, as they can be read at `now`: what is not yet settled is missing
    /// or, in the newest periods, still grows.
    pub(super) fn points(&self, query: &MetricQuery, window: Window, now: Timestamp) -> Vec<Point> {
        let step = self.step(query);
        let kept = RETENTION.iter().find(|(period, _)| i64::from(query.period) <= *period).map_or(0, |(_, days)| *days);
        let oldest = now.as_second().saturating_sub(kept * DAY);
        let start = window.start.as_second().max(oldest).div_euclid(step) * step;
        let end = window.end.as_second().min(now.as_second());
        let mut points = Vec::new();
        let mut bucket = start;
        while bucket < end {
            let value = self.bucket(bucket, step, query.stat, now.as_second());
            if let (Some(value), Ok(at)) = (value, Timestamp::from_second(bucket)) {
                points.push(Point { at, value });
            }
            bucket += step;
        }
        points
    }

    /// When the first period begins that may still change.
    pub(super) fn provisional_from(&self, query: &MetricQuery, now: Timestamp) -> Option<Timestamp> {
        let step = self.step(query);
        let settled = now.as_second() - self.recording.shape.settle.to;
        Timestamp::from_second(settled.div_euclid(step) * step).ok()
    }

    /// Seconds between points: the period asked for, in whole samples.
    const fn step(&self, query: &MetricQuery) -> i64 {
        let every = self.series.period;
        let samples = (query.period as i64 + every - 1) / every;
        if samples > 0 { samples * every } else { every }
    }

    /// One statistic over the samples of one period that can be read by now.
    fn bucket(&self, from: i64, step: i64, stat: Stat, now: i64) -> Option<f64> {
        let every = self.series.period;
        let samples: Vec<f64> = (0..step / every)
            .map(|n| from + n * every)
            .filter(|at| at + every + self.settles_after(*at) <= now)
            .map(|at| self.sample(at))
            .collect();
        if samples.is_empty() {
            return None;
        }
        let count = f64::from(u32::try_from(samples.len()).unwrap_or(u32::MAX));
        let sum: f64 = samples.iter().sum();
        let value = match stat {
            Stat::SampleCount => return Some(count),
            Stat::Sum => return Some(sum),
            Stat::Minimum => samples.iter().copied().fold(f64::INFINITY, f64::min),
            Stat::Maximum => samples.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Stat::Average | Stat::Percentile(_) => sum / count,
        };
        Some(self.within(value * self.shift(stat)))
    }

    /// How far a statistic lies from the recorded one.
    fn shift(&self, stat: Stat) -> f64 {
        let distances = &self.recording.shape.statistics;
        let of = |stat: Stat| {
            let below = |(other, _): &(&Stat, &f64)| {
                matches!(other, Stat::Percentile(_)) && matches!(stat, Stat::Percentile(_))
            };
            let exact = distances.get(&stat).copied();
            exact.or_else(|| distances.range(..stat).next_back().filter(below).map(|(_, distance)| *distance))
        };
        match (self.series.stat, of(stat), of(self.series.stat)) {
            (Stat::Sum, ..) => 1.0,
            (_, Some(asked), Some(recorded)) => self.series.spread.mul_add(asked - recorded, 1.0),
            _ => 1.0,
        }
    }

    /// The recorded value of the sample that begins at a second.
    fn sample(&self, at: i64) -> f64 {
        let (series, target, shape) = (self.series, self.target, &self.recording.shape);
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
        let minute = at as f64 / 60.0;
        let base = target.levels.get(&series.metric).copied().unwrap_or(series.base);
        let load = if series.load { target.load * shape.load(minute) } else { 1.0 };
        let daily = series.daily.mul_add(shape.day(minute), 1.0);
        let drift = series.drift.mul_add((minute / 1440.0).rem_euclid(series.drift_days), 1.0);
        let curves = (0..).zip(&shape.noise);
        let rough: f64 = curves.map(|(n, (every, weight))| self.chance.at(n).curve(minute, *every) * weight).sum();
        let mut value = base * load * daily * drift * series.noise.mul_add(rough, 1.0);
        for effect in &series.incident {
            let height = self.recording.incident(&effect.id, target.environment.as_deref(), minute);
            value = value * (effect.times - 1.0).mul_add(height, 1.0) + effect.plus * height;
        }
        match series.whole {
            Some(Whole::Drawn) => value = (value.max(0.0) + self.chance.named("count").at(at).share()).floor(),
            Some(Whole::Nearest) => value = value.round(),
            None => {}
        }
        self.within(value)
    }

    fn within(&self, value: f64) -> f64 {
        value.clamp(0.0, self.series.ceiling.unwrap_or(f64::INFINITY).max(0.0))
    }

    /// How many seconds after its end a sample can be read.
    fn settles_after(&self, at: i64) -> i64 {
        let settle = self.recording.shape.settle;
        let range = u64::try_from(settle.to - settle.from).unwrap_or_default() + 1;
        settle.from + i64::try_from(self.chance.named("settle").at(at).below(range)).unwrap_or_default()
    }
}

/// Whether a query names exactly the target's dimensions, in any order.
fn is_about(target: &Target, query: &MetricQuery) -> bool {
    let given = |(name, value): &(String, String)| target.dimensions.get(name) == Some(value);
    target.dimensions.len() == query.dimensions.len() && query.dimensions.iter().all(given)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::source::demo::sample;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn points(metric: &str, stat: Stat, period: u32, hours: i64) -> Vec<Point> {
        let recording = sample::recording();
        let query = sample::query(metric, stat, period);
        let now = at("2026-11-18T12:00:00Z");
        let wave = Wave::find(&recording, &query).expect("the series is recorded");
        wave.points(&query, Window { start: now - SignedDuration::from_hours(hours), end: now }, now)
    }

    #[test]
    fn the_same_time_has_the_same_value_whoever_asks() {
        let all = points("Latency", Stat::Percentile(900), 60, 6);
        assert_eq!(all, points("Latency", Stat::Percentile(900), 60, 6));
        let part = points("Latency", Stat::Percentile(900), 60, 1);
        assert!(part.len() > 50 && all.ends_with(&part));
    }

    #[test]
    fn values_move_smoothly_and_are_not_flat() {
        let values: Vec<f64> = points("Latency", Stat::Percentile(900), 60, 24).iter().map(|p| p.value).collect();
        let (low, high) = values.iter().fold((f64::MAX, 0.0_f64), |(l, h), v| (l.min(*v), h.max(*v)));
        assert!(low > 0.0 && high > low * 2.0, "{low} to {high}");
        let jump = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        assert!(jump < (high - low) / 3.0, "jumps by {jump} between {low} and {high}");
    }

    #[test]
    fn an_incident_is_seen_while_it_lasts_and_only_then() {
        // Of every two hours, minutes 60 to 80 after even hours.
        let values = points("Errors", Stat::Sum, 60, 12);
        let worst = values.iter().max_by(|a, b| a.value.total_cmp(&b.value)).expect("points");
        let into = worst.at.as_second().rem_euclid(7200) / 60;
        assert!(worst.value > 15.0 && (60..80).contains(&into), "{worst:?} at minute {into}");
        let calm = values.iter().filter(|p| !(59..=80).contains(&(p.at.as_second().rem_euclid(7200) / 60)));
        assert!(calm.map(|p| p.value).fold(0.0, f64::max) < 4.0);
    }

    #[test]
    fn statistics_keep_their_order() {
        let of = |stat| points("Latency", stat, 300, 1)[0].value;
        let [low, mean, p90, p99, high] =
            [Stat::Minimum, Stat::Average, Stat::Percentile(900), Stat::Percentile(990), Stat::Maximum].map(of);
        assert!(low < mean && mean < p90 && p90 < p99 && p99 <= high, "{low} {mean} {p90} {p99} {high}");
        assert!((of(Stat::SampleCount) - 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_sum_over_an_hour_is_the_sum_of_its_minutes() {
        let minutes = points("Errors", Stat::Sum, 60, 3);
        let hours = points("Errors", Stat::Sum, 3600, 3);
        let sum: f64 = minutes.iter().take(60).map(|p| p.value).sum();
        assert!(hours[0].at == minutes[0].at && (hours[0].value - sum).abs() < 1e-9);
    }

    #[test]
    fn the_newest_minutes_are_missing_until_they_settle() {
        let now = at("2026-11-18T12:00:00Z");
        let newest = points("Latency", Stat::Average, 60, 1).last().expect("points").at;
        let age = now.as_second() - newest.as_second();
        assert!((75..=240).contains(&age), "{age} s");
        let recording = sample::recording();
        let query = sample::query("Latency", Stat::Average, 60);
        let provisional =
            Wave::find(&recording, &query).expect("recorded").provisional_from(&query, now).expect("a time");
        assert!(provisional <= newest, "what may still come is not called settled");
    }

    #[test]
    fn a_finer_period_than_is_kept_has_no_points() {
        assert!(points("Latency", Stat::Average, 60, 24 * 20)[0].at >= at("2026-11-03T12:00:00Z"));
        assert_eq!(points("Latency", Stat::Average, 3600, 24 * 20).len(), 24 * 20);
    }

    #[test]
    fn a_series_of_five_minutes_has_no_points_between() {
        let times: Vec<i64> = points("Credits", Stat::Average, 60, 2).iter().map(|p| p.at.as_second() % 300).collect();
        assert!(times.len() > 20 && times.iter().all(|rest| *rest == 0), "{times:?}");
    }

    #[test]
    fn other_dimensions_are_another_series() {
        let recording = sample::recording();
        let mut query = sample::query("Latency", Stat::Average, 60);
        query.dimensions.reverse();
        assert!(Wave::find(&recording, &query).is_some());
        query.dimensions.pop();
        assert!(Wave::find(&recording, &query).is_none());
    }
}
