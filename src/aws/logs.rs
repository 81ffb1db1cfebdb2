//! Log events, with FilterLogEvents.

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use jiff::Timestamp;

use super::telemetry::Place;
use crate::telemetry::{Budget, LogEvent, LogPage, LogQuery, TelemetryError};

pub(super) const ACTION: &str = "logs:FilterLogEvents";

/// The most events a page holds.
const PAGE: u32 = 10_000;

/// Reads one page.
pub(super) async fn read(place: &Place, query: LogQuery) -> Result<LogPage, TelemetryError> {
    let call = place
        .clients
        .logs
        .filter_log_events()
        .log_group_name(query.group)
        .start_time(query.start.as_millisecond())
        .set_end_time(query.end.map(Timestamp::as_millisecond))
        .set_next_token(query.next_token)
        .limit(i32::try_from(query.limit.clamp(1, PAGE)).unwrap_or(i32::MAX));
    let page = place.ask(ACTION, Budget::log_request, call.send()).await?;
    let events: Option<Vec<LogEvent>> = page.events.unwrap_or_default().into_iter().map(event).collect();
    let events = events.ok_or_else(|| TelemetryError {
        action: ACTION,
        message: "malformed answer: an event without a time".to_owned(),
        passing: true,
    })?;
    Ok(LogPage { events, next_token: page.next_token.filter(|token| !token.is_empty()) })
}

fn event(event: FilteredLogEvent) -> Option<LogEvent> {
    let timestamp = Timestamp::from_millisecond(event.timestamp?).ok()?;
    let ingested = event.ingestion_time.and_then(|time| Timestamp::from_millisecond(time).ok()).unwrap_or(timestamp);
    let stream = event.log_stream_name.unwrap_or_default();
    let message = event.message.unwrap_or_default();
    let id = event.event_id.unwrap_or_else(|| format!("{stream}/{timestamp}/{ingested}/{message}"));
    Some(LogEvent { id, stream, timestamp, ingested, message })
}
