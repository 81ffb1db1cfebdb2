//! Log events, a page at a time.

use jiff::Timestamp;

use crate::model::{AccountId, Region};

/// What to read of a log group, after `logs:FilterLogEvents`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogQuery {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// The log group's name.
    pub group: String,
    /// The first moment, inclusive.
    pub start: Timestamp,
    /// The last moment, inclusive; open when absent.
    pub end: Option<Timestamp>,
    /// Where an earlier page ended.
    pub next_token: Option<String>,
    /// The most events wanted, at most 10,000.
    pub limit: u32,
}

/// One page of events. An empty page with a token is not the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogPage {
    /// The events, oldest first.
    pub events: Vec<LogEvent>,
    /// Where to go on.
    pub next_token: Option<String>,
}

/// One log event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Its id, unique in its log group.
    pub id: String,
    /// The stream it is in.
    pub stream: String,
    /// When its writer says it happened.
    pub timestamp: Timestamp,
    /// When CloudWatch received it, which may be much later.
    pub ingested: Timestamp,
    /// The text, as it came: it may be hostile.
    pub message: String,
}
