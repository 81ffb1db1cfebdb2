//! What comes into the dashboard and what it asks for. Time comes in with every message, so a recorded list of
//! messages replays any screen.

use crossterm::event::KeyEvent;
use jiff::Timestamp;

use super::ends::{Found, Search};
use crate::model::{AccountId, Region};
use crate::telemetry::{Alarm, Budget, LogPage, LogQuery, MetricQuery, Series, TelemetryError, Window};

/// Something that happened, and when.
#[derive(Debug, Clone)]
pub struct Message {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// The terminal has a new size.
    Resize {
        /// Its columns.
        columns: u16,
        /// Its rows.
        rows: u16,
    },
    /// Nothing but time passed.
    Tick,
    /// The program came back from the background.
    Resumed,
    /// A question was answered.
    Answer {
        /// Which one.
        ask: u64,
        /// How.
        reply: Reply,
        /// What was asked so far and what that cost.
        budget: Budget,
    },
    /// A search of the network ended.
    Found {
        /// Which one.
        ask: u64,
        /// With what.
        found: Found,
    },
}

/// The answer to a [`Question`].
#[derive(Debug, Clone)]
pub enum Reply {
    /// To [`Question::Series`].
    Series(Result<Vec<Series>, TelemetryError>),
    /// To [`Question::Logs`].
    Logs(Result<LogPage, TelemetryError>),
    /// To [`Question::Alarms`].
    Alarms(Result<Vec<Alarm>, TelemetryError>),
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Draw the screen: something visible changed.
    Draw,
    /// Draw every cell of the screen, whatever is believed to be on it.
    DrawAnew,
    /// End the program.
    Quit,
    /// Go to the background.
    Suspend,
    /// Ask the telemetry; the answer carries the number, and an answer that nobody waits for any more is ignored.
    Ask(u64, Question),
    /// Search the network; what is found carries the number. A newer search makes those before it pointless.
    Find(u64, Search),
}

/// A question to the telemetry.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Metric series over a window.
    Series(Vec<MetricQuery>, Window),
    /// One page of log events.
    Logs(LogQuery),
    /// The alarms of one account and Region.
    Alarms(AccountId, Region),
}

impl Question {
    /// The answer when the telemetry failed in a way it did not foresee.
    #[must_use]
    pub fn failed(&self, message: String) -> Reply {
        let error = |action| TelemetryError { action, message, passing: true };
        match self {
            Self::Series(..) => Reply::Series(Err(error("cloudwatch:GetMetricData"))),
            Self::Logs(_) => Reply::Logs(Err(error("logs:FilterLogEvents"))),
            Self::Alarms(..) => Reply::Alarms(Err(error("cloudwatch:DescribeAlarms"))),
        }
    }
}
