//! The live telemetry of a demo: its recording answered as CloudWatch would.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::Clock;
use super::events::Events;
use super::judge;
use super::recording::Recording;
use super::wave::Wave;
use crate::model::{AccountId, Estate, Region};
use crate::telemetry::{
    Alarm, Answer, Budget, LogPage, LogQuery, MetricQuery, Series, SeriesStatus, Telemetry, TelemetryError, Unit,
    Window,
};

/// The most metrics one GetMetricData call takes.
const QUERIES_PER_CALL: usize = 500;

/// The telemetry of a demo estate.
pub(super) struct DemoTelemetry {
    recording: Recording,
    estate: Arc<Estate>,
    clock: Clock,
    budget: Mutex<Budget>,
}

impl DemoTelemetry {
    /// The telemetry of `estate`, whose `recording` moves with `clock`.
    pub(super) fn new(recording: Recording, estate: Arc<Estate>, clock: Clock) -> Self {
        Self { recording, estate, clock, budget: Mutex::default() }
    }

    fn holds(&self, account: &AccountId) -> bool {
        self.estate.shards.iter().any(|shard| shard.provenance.account == *account)
    }

    fn count(&self, change: impl FnOnce(&mut Budget)) {
        change(&mut self.budget.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn one_series(&self, query: MetricQuery, window: Window, now: Timestamp) -> Series {
        let wave = Wave::find(&self.recording, &query).filter(|_| self.holds(&query.account));
        let points = wave.map(|wave| wave.points(&query, window, now)).unwrap_or_default();
        let unit = wave.map_or(Unit::None, |wave| wave.series().unit);
        let provisional_from = wave.and_then(|wave| wave.provisional_from(&query, now));
        // Like CloudWatch, a metric that does not exist is complete and empty.
        Series { query, unit, points, status: SeriesStatus::Complete, provisional_from }
    }

    fn page(&self, query: &LogQuery) -> Result<LogPage, TelemetryError> {
        let failed = |message: String| TelemetryError { action: "logs:FilterLogEvents", message, passing: false };
        let shard = self.estate.shard(&query.account, &query.region);
        let exists =
            shard.is_some_and(|s| s.resources.log_groups.iter().any(|group| group.log_group_name == query.group));
        if !exists {
            return Err(failed(format!("the log group `{}` does not exist", query.group)));
        }
        let now = (self.clock)();
        Events::find(&self.recording, &query.group)
            .map_or(Ok(LogPage::default()), |events| events.page(query, now).map_err(failed))
    }

    fn alarms_of(&self, account: &AccountId, region: &Region) -> Vec<Alarm> {
        let shard = self.estate.shard(account, region);
        let declared = shard.map(|shard| shard.resources.metric_alarms.as_slice()).unwrap_or_default();
        let now = (self.clock)();
        let judged = declared.iter().map(|alarm| judge::judge(&self.recording, alarm, (account, region), now));
        let mut alarms: Vec<Alarm> = judged.collect();
        alarms.sort();
        alarms
    }
}

impl fmt::Debug for DemoTelemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoTelemetry").field("estate", &self.estate.origin).finish_non_exhaustive()
    }
}

impl Telemetry for DemoTelemetry {
    fn series(&self, queries: Vec<MetricQuery>, window: Window) -> Answer<'_, Vec<Series>> {
        for call in queries.chunks(QUERIES_PER_CALL) {
            self.count(|budget| budget.metric_data(statistics(call)));
        }
        let now = (self.clock)();
        Box::pin(async move { Ok(queries.into_iter().map(|query| self.one_series(query, window, now)).collect()) })
    }

    fn log_events(&self, query: LogQuery) -> Answer<'_, LogPage> {
        self.count(Budget::log_request);
        Box::pin(async move { self.page(&query) })
    }

    fn alarms(&self, account: AccountId, region: Region) -> Answer<'_, Vec<Alarm>> {
        self.count(Budget::request);
        Box::pin(async move { Ok(self.alarms_of(&account, &region)) })
    }

    /// What the same questions would have cost a live account.
    fn budget(&self) -> Budget {
        *self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For each metric asked for, how many of its statistics are.
fn statistics(queries: &[MetricQuery]) -> Vec<usize> {
    let mut of: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for query in queries {
        let metric = (&query.account, &query.region, &query.namespace, &query.metric, &query.dimensions, query.period);
        of.entry(metric).or_default().insert(query.stat);
    }
    of.into_values().map(|stats| stats.len()).collect()
}
