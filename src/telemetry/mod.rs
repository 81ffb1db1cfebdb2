//! Telemetry: metric series, log lines and alarms, what to ask next and what it costs. No SDK: sources implement
//! [`Telemetry`].

mod alarm;
mod budget;
mod buffer;
pub mod catalogue;
mod follower;
mod horizon;
mod log;
mod planner;
mod series;
mod subject;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use alarm::{Alarm, AlarmState};
pub use budget::{Budget, Price};
pub use buffer::LogBuffer;
pub use follower::{Counts, Follower, LogGroupKey, LogLine, Watermark, filter_log_events_rate};
pub use log::{LogEvent, LogPage, LogQuery};
pub use planner::{Batch, Planner, provisional_from};
pub use series::{MetricQuery, Point, Series, SeriesStatus, Stat, Unit, Window};

use crate::model::{AccountId, Region};

/// An answer that arrives later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, TelemetryError>> + Send + 'a>>;

/// Where metrics, logs and alarms come from: a live account or a demo. A snapshot has none.
pub trait Telemetry: Send + Sync + fmt::Debug {
    /// The series of some metrics over a window, one per query and in the same order. A series that could not be
    /// read says so in its status; an error means that none could.
    fn series(&self, queries: Vec<MetricQuery>, window: Window) -> Answer<'_, Vec<Series>>;

    /// One page of the events of a log group.
    fn log_events(&self, query: LogQuery) -> Answer<'_, LogPage>;

    /// Every alarm of an account and Region with its state.
    fn alarms(&self, account: AccountId, region: Region) -> Answer<'_, Vec<Alarm>>;

    /// What was asked so far and what that cost.
    fn budget(&self) -> Budget;
}

/// Why telemetry could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{action}: {message}")]
pub struct TelemetryError {
    /// The IAM action that failed, such as `logs:FilterLogEvents`.
    pub action: &'static str,
    /// What was said, already safe to show.
    pub message: String,
    /// Whether asking again later may help.
    pub passing: bool,
}
