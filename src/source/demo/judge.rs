//! What a declared alarm of a demo says now: its own threshold, held against what its metric recorded.

use jiff::{SignedDuration, Timestamp};

use super::recording::Recording;
use super::wave::Wave;
use crate::model::resource::MetricAlarm;
use crate::model::{AccountId, Region};
use crate::telemetry::{Alarm, AlarmState, MetricQuery, Point, Window};

/// How far back a change of state is looked for.
const HOURS: i64 = 24;

/// The alarm as it is at `now`; as it was declared when its metric is not recorded.
pub(super) fn judge(
    recording: &Recording,
    declared: &MetricAlarm,
    place: (&AccountId, &Region),
    now: Timestamp,
) -> Alarm {
    let told = as_declared(declared);
    let Some((points, periods)) = points(recording, declared, place, now) else { return told };
    let Some((breaches, limit)) = condition(declared) else { return told };
    let states: Vec<bool> =
        points.windows(periods).map(|part| part.iter().all(|point| breaches(point.value))).collect();
    let (Some(ringing), Some(last)) = (states.last().copied(), points.last()) else { return told };
    let state = if ringing { AlarmState::Alarm } else { AlarmState::Ok };
    let changed = states.iter().rposition(|state| *state != ringing);
    let since = match changed {
        Some(before) => points.get(before + periods).map(|point| point.at),
        None => told.since.filter(|_| told.state == state).or_else(|| points.first().map(|point| point.at)),
    };
    let verb = if ringing { "crosses" } else { "does not cross" };
    let reason = format!("the latest datapoint {:.1} {verb} the threshold {limit}", last.value);
    Alarm { state, reason, since, ..told }
}

fn as_declared(alarm: &MetricAlarm) -> Alarm {
    Alarm {
        state: match alarm.state_value.as_deref() {
            Some("ALARM") => AlarmState::Alarm,
            Some("OK") => AlarmState::Ok,
            _ => AlarmState::InsufficientData,
        },
        name: alarm.alarm_name.clone(),
        reason: alarm.state_reason.clone().unwrap_or_default(),
        since: alarm.state_updated_timestamp.as_deref().and_then(|text| text.parse().ok()),
        dimensions: alarm.dimensions.iter().map(|d| (d.name.clone(), d.value.clone())).collect(),
    }
}

/// What the alarm's metric recorded, and how many datapoints in a row decide.
fn points(
    recording: &Recording,
    alarm: &MetricAlarm,
    (account, region): (&AccountId, &Region),
    now: Timestamp,
) -> Option<(Vec<Point>, usize)> {
    let stat = alarm.statistic.as_deref().or(alarm.extended_statistic.as_deref())?;
    let query = MetricQuery {
        account: account.clone(),
        region: region.clone(),
        namespace: alarm.namespace.clone()?,
        metric: alarm.metric_name.clone()?,
        dimensions: alarm.dimensions.iter().map(|d| (d.name.clone(), d.value.clone())).collect(),
        stat: stat.parse().ok()?,
        period: u32::try_from(alarm.period?).ok()?,
    };
    let wave = Wave::find(recording, &query)?;
    let points = wave.points(&query, Window { start: now - SignedDuration::from_hours(HOURS), end: now }, now);
    let periods = usize::try_from(alarm.evaluation_periods?).ok().filter(|periods| *periods > 0)?;
    Some((points, periods))
}

/// Whether a value breaches the alarm's threshold, and that in words.
fn condition(alarm: &MetricAlarm) -> Option<(impl Fn(f64) -> bool, String)> {
    let limit = alarm.threshold?;
    let (sign, breaches): (&str, fn(f64, f64) -> bool) = match alarm.comparison_operator.as_deref()? {
        "GreaterThanOrEqualToThreshold" => (">=", |value, limit| value >= limit),
        "GreaterThanThreshold" => (">", |value, limit| value > limit),
        "LessThanThreshold" => ("<", |value, limit| value < limit),
        "LessThanOrEqualToThreshold" => ("<=", |value, limit| value <= limit),
        _ => return None,
    };
    Some((move |value| breaches(value, limit), format!("{sign} {limit:.1}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::demo::sample;

    fn declared(threshold: f64) -> MetricAlarm {
        serde_json::from_value(serde_json::json!({
            "AlarmName": "errors", "Namespace": "AWS/ApiGateway", "MetricName": "Errors", "Statistic": "Sum",
            "Period": 300, "EvaluationPeriods": 2, "Threshold": threshold, "StateValue": "INSUFFICIENT_DATA",
            "ComparisonOperator": "GreaterThanThreshold",
            "Dimensions": [{"Name": "ApiName", "Value": "api"}, {"Name": "Stage", "Value": "prod"}]}))
        .expect("an alarm")
    }

    fn at(alarm: &MetricAlarm, time: &str) -> Alarm {
        let (account, region) = (sample::ACCOUNT.into(), "eu-west-1".into());
        judge(&sample::recording(), alarm, (&account, &region), time.parse().expect("a time"))
    }

    #[test]
    fn an_alarm_rings_during_an_incident_and_says_since_when() {
        // Of every two hours, minutes 60 to 80 after even hours are the outage.
        let ringing = at(&declared(40.0), "2026-11-18T13:19:00Z");
        assert_eq!(ringing.state, AlarmState::Alarm, "{ringing:?}");
        let since = ringing.since.expect("a time").to_string();
        assert!(since.starts_with("2026-11-18T13:0") || since.starts_with("2026-11-18T13:1"), "{since}");
        assert!(ringing.reason.ends_with("crosses the threshold > 40.0"), "{}", ringing.reason);
        let calm = at(&declared(40.0), "2026-11-18T14:30:00Z");
        assert_eq!(calm.state, AlarmState::Ok, "{calm:?}");
        assert!(calm.since.expect("a time").to_string().starts_with("2026-11-18T13:2"), "{calm:?}");
    }

    #[test]
    fn without_a_recorded_metric_it_is_as_declared() {
        let strange = MetricAlarm { metric_name: Some("Nothing".into()), ..declared(1.0) };
        assert_eq!(at(&strange, "2026-11-18T13:15:00Z").state, AlarmState::InsufficientData);
    }
}
