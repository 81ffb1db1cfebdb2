//! Alarms and their states, with DescribeAlarms.

use std::collections::BTreeSet;

use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::types::{AlarmType, CompositeAlarm, Dimension, LogAlarm, MetricAlarm, StateValue};
use aws_smithy_types::DateTime;

use super::telemetry::{Place, Refusal, circle, timestamp};
use crate::model::text;
use crate::telemetry::{Alarm, AlarmState, Budget, TelemetryError};

pub(super) const ACTION: &str = "cloudwatch:DescribeAlarms";

/// Alarms a page holds at most.
const PAGE: i32 = 100;
/// What a service says to an alarm type it does not know.
const UNKNOWN_TYPE: [&str; 3] = ["ValidationError", "ValidationException", "InvalidParameterValue"];

/// Reads every alarm. A list that cannot be followed to its end is an error: an alarm that is missing looks like
/// one that is silent.
pub(super) async fn read(place: &Place) -> Result<Vec<Alarm>, TelemetryError> {
    // Log alarms are new: where they are not known, there are none.
    let mut types = vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm, AlarmType::LogAlarm];
    let mut alarms = Vec::new();
    let mut tokens = BTreeSet::new();
    let mut token: Option<String> = None;
    loop {
        let page = match page(place, &types, token.clone()).await {
            Err(refusal) if types.len() == 3 && token.is_none() && is_about_types(&refusal) => {
                types.pop();
                page(place, &types, None).await?
            }
            answer => answer?,
        };
        alarms.extend(page.metric_alarms.unwrap_or_default().into_iter().map(metric_alarm));
        alarms.extend(page.composite_alarms.unwrap_or_default().into_iter().map(composite_alarm));
        alarms.extend(page.log_alarms.unwrap_or_default().into_iter().map(log_alarm));
        let Some(next) = page.next_token.filter(|next| !next.is_empty()) else { break };
        if !tokens.insert(next.clone()) {
            return Err(circle(ACTION));
        }
        token = Some(next);
    }
    alarms.sort();
    Ok(alarms)
}

fn is_about_types(refusal: &Refusal) -> bool {
    refusal.code.as_deref().is_some_and(|code| UNKNOWN_TYPE.contains(&code))
}

async fn page(place: &Place, types: &[AlarmType], token: Option<String>) -> Result<DescribeAlarmsOutput, Refusal> {
    let call = place
        .clients
        .cloudwatch
        .describe_alarms()
        .set_alarm_types(Some(types.to_vec()))
        .max_records(PAGE)
        .set_next_token(token);
    place.ask(ACTION, Budget::request, call.send()).await
}

fn metric_alarm(alarm: MetricAlarm) -> Alarm {
    let in_math = alarm.metrics.unwrap_or_default().into_iter();
    let in_math = in_math.filter_map(|query| query.metric_stat?.metric?.dimensions).flatten();
    let mut dimensions = Vec::new();
    for Dimension { name, value, .. } in alarm.dimensions.unwrap_or_default().into_iter().chain(in_math) {
        let pair = (name.unwrap_or_default(), value.unwrap_or_default());
        if !dimensions.contains(&pair) {
            dimensions.push(pair);
        }
    }
    let state = State {
        value: alarm.state_value,
        reason: alarm.state_reason,
        changed: alarm.state_transitioned_timestamp.or(alarm.state_updated_timestamp),
    };
    Alarm { dimensions, ..state.alarm(alarm.alarm_name) }
}

fn composite_alarm(alarm: CompositeAlarm) -> Alarm {
    let changed = alarm.state_transitioned_timestamp.or(alarm.state_updated_timestamp);
    State { value: alarm.state_value, reason: alarm.state_reason, changed }.alarm(alarm.alarm_name)
}

fn log_alarm(alarm: LogAlarm) -> Alarm {
    let changed = alarm.state_transitioned_timestamp.or(alarm.state_updated_timestamp);
    State { value: alarm.state_value, reason: alarm.state_reason, changed }.alarm(alarm.alarm_name)
}

/// What every type of alarm tells of its state.
struct State {
    value: Option<StateValue>,
    reason: Option<String>,
    changed: Option<DateTime>,
}

impl State {
    fn alarm(self, name: Option<String>) -> Alarm {
        let state = match self.value {
            Some(StateValue::Ok) => AlarmState::Ok,
            Some(StateValue::Alarm) => AlarmState::Alarm,
            // A state that is not known is not well.
            _ => AlarmState::InsufficientData,
        };
        Alarm {
            state,
            name: name.unwrap_or_default(),
            reason: text::sanitise(&self.reason.unwrap_or_default()),
            since: self.changed.as_ref().and_then(timestamp),
            dimensions: Vec::new(),
        }
    }
}
