//! What to ask CloudWatch next: the metrics that are on the screen, in as few calls as it takes, as often as there
//! is something new and no oftener. It is pure: time is an argument, and somebody else makes the calls.
//!
//! A period's value changes for some time after its end, so the newest periods are provisional, and every read takes
//! some that were read before and corrects them. The price of a read does not depend on its length.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{Budget, MetricQuery, Price, Series, SeriesStatus, TelemetryError, Window, catalogue};
use crate::model::{AccountId, Region};

/// Metrics that one GetMetricData call takes.
const BATCH: usize = 500;
/// Periods that every read takes again.
const OVERLAP: i64 = 3;
/// Periods after its end in which a period's value may still change.
const SETTLE: i64 = 2;
/// How long after the end of a period to ask for it.
const DELAY: SignedDuration = SignedDuration::from_secs(5);
/// How long to wait after a failure, doubled by each further one up to the longest.
const FIRST_RETRY: i64 = 10;
const LONGEST_RETRY: i64 = 300;
/// Series that are kept although they are off the screen, to be there when it turns back.
const KEPT: usize = 2_000;

/// One GetMetricData call: metrics of one account, Region, period and window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// The period, in seconds.
    pub period: u32,
    /// From when to when, aligned to the period.
    pub window: Window,
    /// What to ask for, at most 500.
    pub queries: Vec<MetricQuery>,
    /// When it was planned.
    pub asked: Timestamp,
}

/// Plans the reading of metrics and keeps what was read.
#[derive(Debug, Clone)]
pub struct Planner {
    span: SignedDuration,
    visible: BTreeSet<MetricQuery>,
    known: BTreeMap<MetricQuery, Known>,
    shows: u64,
}

/// What is known of one metric.
#[derive(Debug, Clone)]
struct Known {
    series: Series,
    /// Read to here for good: what is older does not change.
    settled: Option<Timestamp>,
    /// When to ask next.
    due: Timestamp,
    asked: bool,
    failures: u32,
    /// When it was last on the screen, in counts of `show`.
    shown: u64,
}

impl Planner {
    /// Plans for charts that show the last `span`.
    #[must_use]
    pub fn new(span: SignedDuration) -> Self {
        Self { span, visible: BTreeSet::new(), known: BTreeMap::new(), shows: 0 }
    }

    /// Tells which metrics are on the screen: only these are asked for.
    pub fn show(&mut self, visible: impl IntoIterator<Item = MetricQuery>) {
        self.visible = visible.into_iter().collect();
        self.shows += 1;
        for query in &self.visible {
            let known = self.known.entry(query.clone()).or_insert_with(|| Known::new(query.clone()));
            known.shown = self.shows;
        }
        if self.known.len() > self.visible.len().max(KEPT) {
            self.forget();
        }
    }

    /// The calls to make now. What they ask for is not asked for again until it is [answered](Self::answered).
    pub fn due(&mut self, now: Timestamp) -> Vec<Batch> {
        let mut groups = BTreeMap::<_, Vec<MetricQuery>>::new();
        for query in &self.visible {
            let Some(known) = self.known.get_mut(query) else { continue };
            if known.asked || known.due > now {
                continue;
            }
            known.asked = true;
            let start = first_period(query.period, known.settled, self.span, now);
            let group = (query.account.clone(), query.region.clone(), query.period, start);
            groups.entry(group).or_default().push(query.clone());
        }
        let mut batches = Vec::new();
        for ((account, region, period, start), queries) in groups {
            let window = Window { start, end: floor(now, period) + periods(period, 1) };
            batches.extend(queries.chunks(BATCH).map(|queries| Batch {
                account: account.clone(),
                region: region.clone(),
                period,
                window,
                queries: queries.to_vec(),
                asked: now,
            }));
        }
        batches
    }

    /// When something is due next, if anything is on the screen that is not under way.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let visible = self.visible.iter().filter_map(|query| self.known.get(query));
        visible.filter(|known| !known.asked).map(|known| known.due).min()
    }

    /// Takes the answer to a batch. What could not be read keeps its points and says why in its status.
    pub fn answered(&mut self, batch: &Batch, answer: Result<Vec<Series>, TelemetryError>, now: Timestamp) {
        let (mut answers, otherwise) = match answer {
            Ok(series) => (series, "CloudWatch did not answer for it".to_owned()),
            Err(error) => (Vec::new(), error.to_string()),
        };
        answers.sort_by(|a, b| a.query.cmp(&b.query));
        for query in &batch.queries {
            let Some(known) = self.known.get_mut(query) else { continue };
            known.asked = false;
            let answer = answers.binary_search_by(|series| series.query.cmp(query)).ok();
            match answer.and_then(|index| answers.get(index)) {
                Some(series) => known.take(series, batch, now),
                None => known.fail(&otherwise, now),
            }
            let oldest = floor(now - self.span, query.period);
            known.series.points.retain(|point| point.at >= oldest);
        }
    }

    /// What was read of a metric so far; nothing before the first answer.
    #[must_use]
    pub fn series(&self, query: &MetricQuery) -> Option<&Series> {
        let known = self.known.get(query)?;
        (known.settled.is_some() || known.failures > 0).then_some(&known.series)
    }

    /// What an hour of the present screen costs.
    #[must_use]
    pub fn price_per_hour(&self) -> Price {
        let mut statistics = BTreeMap::<_, (usize, u64)>::new();
        for query in &self.visible {
            let place = (&query.account, &query.region, query.period);
            let metric = (place, &query.namespace, &query.metric, &query.dimensions);
            let reads = self.known.get(query).map_or(0, |known| 3600 / u64::from(known.interval().max(1)));
            let (count, most) = statistics.entry(metric).or_default();
            *count += 1;
            *most = reads.max(*most);
        }
        let cost = |(count, reads): &(usize, u64)| {
            let mut once = Budget::default();
            once.metric_data([*count]);
            once.spent.0 * reads
        };
        Price(statistics.values().map(cost).sum())
    }

    /// Drops the series that were off the screen for longest.
    fn forget(&mut self) {
        let mut hidden: Vec<u64> = self.known.values().map(|known| known.shown).collect();
        hidden.sort_unstable_by(|a, b| b.cmp(a));
        let oldest = hidden.get(KEPT).copied().unwrap_or_default();
        let shows = self.shows;
        self.known.retain(|_, known| known.shown > oldest || known.shown == shows);
    }
}

impl Known {
    fn new(query: MetricQuery) -> Self {
        let unit = catalogue::unit(&query.namespace, &query.metric, query.stat);
        let series = Series { query, unit, points: Vec::new(), status: SeriesStatus::Partial, provisional_from: None };
        Self { series, settled: None, due: Timestamp::MIN, asked: false, failures: 0, shown: 0 }
    }

    /// How often there is something new, in seconds: the metric's own period, which may be longer than the one
    /// asked for (an instance without detailed monitoring).
    fn interval(&self) -> u32 {
        self.series.native_period().unwrap_or(self.series.query.period).max(self.series.query.period)
    }

    fn take(&mut self, fresh: &Series, batch: &Batch, now: Timestamp) {
        if let SeriesStatus::Unreadable(why) = &fresh.status {
            return self.fail(why, now);
        }
        self.series.revise(fresh, batch.window);
        if fresh.status == SeriesStatus::Complete {
            let provisional = provisional_from(batch.asked, batch.period);
            self.series.provisional_from = Some(provisional);
            self.settled = Some(provisional);
            self.failures = 0;
            let interval = self.interval();
            self.due = floor(now - DELAY, interval) + periods(interval, 1) + DELAY;
        } else {
            self.retry(now);
        }
    }

    fn fail(&mut self, why: &str, now: Timestamp) {
        self.series.status = SeriesStatus::Unreadable(why.to_owned());
        self.retry(now);
    }

    fn retry(&mut self, now: Timestamp) {
        let wait = FIRST_RETRY.saturating_mul(1 << self.failures.min(10)).min(LONGEST_RETRY);
        self.failures = self.failures.saturating_add(1);
        self.due = now + SignedDuration::from_secs(wait);
    }
}

/// From when on values read at `read` may still change.
#[must_use]
pub fn provisional_from(read: Timestamp, period: u32) -> Timestamp {
    floor(read, period) - periods(period, SETTLE)
}

/// Where to begin reading: at the left edge of the chart or, when it was read before, at what may have changed
/// since; never before what CloudWatch keeps.
fn first_period(period: u32, settled: Option<Timestamp>, span: SignedDuration, now: Timestamp) -> Timestamp {
    let edge = floor(now - span.min(retention(period)), period);
    let overlap = floor(now, period) - periods(period, OVERLAP);
    settled.map_or(edge, |settled| settled.min(overlap).max(edge))
}

/// How long CloudWatch keeps points of a period. Asking for older ones gives none, without an error.
/// Source: `Metrics retention` in the CloudWatch User Guide, November 2026.
fn retention(period: u32) -> SignedDuration {
    SignedDuration::from_hours(match period {
        0..60 => 3,
        60..300 => 15 * 24,
        300..3600 => 63 * 24,
        _ => 455 * 24,
    })
}

/// The beginning of the period that `at` is in.
fn floor(at: Timestamp, period: u32) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(i64::from(period.max(1)))).unwrap_or(at)
}

fn periods(period: u32, count: i64) -> SignedDuration {
    SignedDuration::from_secs(i64::from(period) * count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{Point, Stat};

    /// 2026-09-21T12:00:00Z and some seconds.
    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_789_992_000 + second).unwrap()
    }

    fn query(region: &str, metric: &str, period: u32) -> MetricQuery {
        MetricQuery {
            account: "123456789012".into(),
            region: region.into(),
            namespace: "AWS/RDS".into(),
            metric: metric.into(),
            dimensions: Vec::new(),
            stat: Stat::Average,
            period,
        }
    }

    fn points(from: i64, to: i64, step: i64, value: f64) -> Vec<Point> {
        (from..to).step_by(usize::try_from(step).unwrap()).map(|s| Point { at: at(s), value }).collect()
    }

    fn answer(query: &MetricQuery, status: SeriesStatus, points: Vec<Point>) -> Series {
        Series {
            query: query.clone(),
            unit: catalogue::unit("", "", query.stat),
            points,
            status,
            provisional_from: None,
        }
    }

    fn minutes(count: i64) -> Planner {
        Planner::new(SignedDuration::from_mins(count))
    }

    fn refusal() -> TelemetryError {
        TelemetryError { action: "cloudwatch:GetMetricData", message: "throttled".into(), passing: true }
    }

    #[test]
    fn batches_are_of_one_account_region_period_and_window_and_of_at_most_500() {
        let mut planner = minutes(60);
        let many = (0..1_201).map(|n| query("eu-west-1", &format!("m{n:04}"), 60));
        let others = [query("us-east-1", "a", 60), query("eu-west-1", "slow", 300)];
        planner.show(many.chain(others));
        let batches = planner.due(at(30));
        let sizes: Vec<usize> = batches.iter().map(|b| b.queries.len()).collect();
        assert_eq!(sizes, [500, 500, 201, 1, 1]);
        for batch in &batches {
            assert!(batch.queries.iter().all(|q| q.region == batch.region && q.period == batch.period));
            assert!([batch.window.start, batch.window.end].iter().all(|t| floor(*t, batch.period) == *t));
        }
        assert_eq!(batches[0].window, Window { start: at(-3600), end: at(60) }, "with the minute under way");
        assert!(planner.due(at(31)).is_empty(), "all are under way");
        assert_eq!(planner.next_due(), None);
    }

    #[test]
    fn each_read_takes_an_overlap_and_corrects_it() {
        let (mut planner, q) = (minutes(60), query("eu-west-1", "CPUUtilization", 60));
        planner.show([q.clone()]);
        let first = planner.due(at(30)).remove(0);
        planner.answered(&first, Ok(vec![answer(&q, SeriesStatus::Complete, points(-3600, 60, 60, 1.0))]), at(31));
        assert_eq!(planner.series(&q).unwrap().provisional_from, Some(at(-120)));
        assert_eq!(planner.next_due(), Some(at(65)), "soon after the end of the period");
        assert!(planner.due(at(64)).is_empty());

        let second = planner.due(at(65)).remove(0);
        assert_eq!(second.window, Window { start: at(-120), end: at(120) });
        let mut fresh = points(-120, 120, 60, 2.0);
        fresh.retain(|point| point.at != at(-60));
        planner.answered(&second, Ok(vec![answer(&q, SeriesStatus::Complete, fresh)]), at(66));
        let series = planner.series(&q).unwrap();
        assert!(series.points.is_sorted_by_key(|point| point.at));
        let value = |second| series.points.iter().find(|p| p.at == at(second)).map(|p| p.value);
        assert_eq!((value(-180), value(-120), value(60)), (Some(1.0), Some(2.0), Some(2.0)));
        assert_eq!(value(-60), None, "missing stays missing, and is not zero");
        assert_eq!(series.provisional_from, Some(at(-60)));
        assert_eq!(series.points.first().unwrap().at, at(-3540), "older than the chart is dropped");
    }

    #[test]
    fn after_a_long_sleep_the_hole_is_read_too() {
        let (mut planner, q) = (minutes(180), query("eu-west-1", "CPUUtilization", 60));
        planner.show([q.clone()]);
        let first = planner.due(at(0)).remove(0);
        planner.answered(&first, Ok(vec![answer(&q, SeriesStatus::Complete, Vec::new())]), at(1));
        assert_eq!(planner.due(at(7200)).remove(0).window.start, at(-120));
    }

    #[test]
    fn what_is_off_the_screen_is_not_asked_for_but_kept() {
        let (mut planner, a, b) = (minutes(60), query("r", "a", 60), query("r", "b", 60));
        planner.show([a.clone(), b.clone()]);
        let batch = planner.due(at(0)).remove(0);
        let both = [&a, &b].map(|q| answer(q, SeriesStatus::Complete, points(-600, 0, 60, 1.0)));
        planner.answered(&batch, Ok(both.to_vec()), at(1));
        planner.show([b.clone()]);
        assert_eq!(planner.due(at(65)).remove(0).queries, [b]);
        assert_eq!(planner.series(&a).unwrap().points.len(), 10);
        planner.show((0..KEPT + 5).map(|n| query("r", &format!("m{n:05}"), 60)));
        planner.show([a]);
        assert!(planner.known.len() <= KEPT + 6);
    }

    #[test]
    fn a_slow_metric_is_asked_for_as_seldom_as_it_changes() {
        let (mut planner, q) = (minutes(60), query("r", "CPUUtilization", 60));
        planner.show([q.clone()]);
        let batch = planner.due(at(10)).remove(0);
        planner.answered(&batch, Ok(vec![answer(&q, SeriesStatus::Complete, points(-3600, 0, 300, 1.0))]), at(11));
        assert_eq!(planner.next_due(), Some(at(305)));
        let errors = MetricQuery { stat: Stat::Sum, ..q };
        planner.show([errors.clone()]);
        let batch = planner.due(at(10)).remove(0);
        planner.answered(&batch, Ok(vec![answer(&errors, SeriesStatus::Complete, points(-3600, 0, 300, 1.0))]), at(11));
        assert_eq!(planner.next_due(), Some(at(65)), "a counter may be silent and wake up");
    }

    #[test]
    fn failures_keep_the_points_are_told_and_are_tried_again_ever_more_seldom() {
        let (mut planner, a, b) = (minutes(60), query("r", "a", 60), query("r", "b", 60));
        planner.show([a.clone(), b.clone()]);
        let batch = planner.due(at(10)).remove(0);
        assert!(planner.series(&a).is_none());
        let forbidden = answer(&b, SeriesStatus::Unreadable("access denied".into()), Vec::new());
        let good = answer(&a, SeriesStatus::Complete, points(-600, 0, 60, 1.0));
        planner.answered(&batch, Ok(vec![good, forbidden]), at(11));
        assert_eq!(planner.series(&b).unwrap().status, SeriesStatus::Unreadable("access denied".into()));
        let again = planner.due(at(21));
        assert_eq!(again[0].queries, std::slice::from_ref(&b), "only the failed one");
        planner.answered(&again[0], Ok(Vec::new()), at(22));
        assert_eq!(planner.next_due(), Some(at(42)));

        planner.show([a.clone()]);
        let batch = planner.due(at(65)).remove(0);
        planner.answered(&batch, Err(refusal()), at(66));
        let series = planner.series(&a).unwrap();
        assert_eq!(series.points.len(), 10);
        assert_eq!(series.status, SeriesStatus::Unreadable("cloudwatch:GetMetricData: throttled".into()));
        assert_eq!(planner.due(at(76)).remove(0).window.start, batch.window.start);
    }

    #[test]
    fn a_partial_answer_adds_and_takes_nothing_away() {
        let (mut planner, q) = (minutes(60), query("r", "a", 60));
        planner.show([q.clone()]);
        let batch = planner.due(at(0)).remove(0);
        planner.answered(&batch, Ok(vec![answer(&q, SeriesStatus::Partial, points(-600, -300, 60, 1.0))]), at(1));
        assert_eq!(planner.series(&q).unwrap().points.len(), 5);
        let again = planner.due(at(11)).remove(0);
        assert_eq!(again.window.start, at(-3600), "from the beginning: nothing is settled");
        planner.answered(&again, Ok(vec![answer(&q, SeriesStatus::Partial, points(-360, -240, 60, 2.0))]), at(12));
        let values: Vec<f64> = planner.series(&q).unwrap().points.iter().map(|p| p.value).collect();
        assert_eq!(values, [1.0, 1.0, 1.0, 1.0, 2.0, 2.0]);
    }

    #[test]
    fn nothing_is_asked_for_that_cloudwatch_has_not_kept() {
        let mut planner = Planner::new(SignedDuration::from_hours(24 * 30));
        planner.show([query("r", "a", 60), query("r", "b", 300)]);
        let starts: Vec<Timestamp> = planner.due(at(0)).iter().map(|b| b.window.start).collect();
        assert_eq!(starts, [at(-15 * 86_400), at(-30 * 86_400)]);
    }

    #[test]
    fn the_price_counts_five_statistics_as_one() {
        let mut planner = minutes(60);
        let stats = [Stat::Average, Stat::Maximum, Stat::Minimum];
        planner.show(
            stats.map(|stat| MetricQuery { stat, ..query("r", "a", 60) }).into_iter().chain([query("r", "b", 300)]),
        );
        assert_eq!(planner.price_per_hour(), Price(60 * 10 + 12 * 10));
    }
}
