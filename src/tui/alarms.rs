//! The alarms of the estate: as they were read with it and, with telemetry, as they are now.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::widget::text::clean;
use super::world::Part;
use crate::model::resource::MetricAlarm;
use crate::model::{AccountId, Attribution, Environment, Estate, Gap, Kind, Region, Shard};
use crate::telemetry::{Alarm, AlarmState};

/// An account and a Region.
pub(crate) type Place = (AccountId, Region);

/// The alarms of the estate.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    /// Every alarm, the worst first.
    pub(crate) rows: Vec<AlarmRow>,
    /// Where alarms are; with telemetry, where to ask for them.
    pub(crate) places: Vec<Place>,
    /// Whether they are asked for while the dashboard runs.
    pub(crate) live: bool,
    /// When they were as `rows` has them.
    pub(crate) as_of: Option<Timestamp>,
    /// Why some are not known, by place.
    pub(crate) trouble: BTreeMap<Place, String>,
    heard: BTreeMap<Place, Vec<AlarmRow>>,
    owners: Owners,
}

/// An alarm as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AlarmRow {
    /// Its state.
    pub(crate) state: AlarmState,
    /// Its name.
    pub(crate) name: String,
    /// Why it is in that state.
    pub(crate) reason: String,
    /// Since when.
    pub(crate) since: Option<Timestamp>,
    /// The environment it belongs to.
    pub(crate) environment: Option<usize>,
    /// The values of its metric's dimensions.
    pub(crate) dimensions: Vec<(String, String)>,
}

impl Alarms {
    /// The alarms that were read with the estate.
    pub(crate) fn new(estate: &Estate, environments: &[Environment], attribution: &Attribution, live: bool) -> Self {
        let owners = Owners::new(estate, environments, attribution);
        let mut alarms = Self { live, as_of: estate.origin.taken_at, owners, ..Self::default() };
        for shard in estate.shards.iter().filter(|shard| shard.holds(Kind::MetricAlarm)) {
            let place = (shard.provenance.account.clone(), shard.provenance.region.clone());
            let read = shard.resources.metric_alarms.iter().map(recorded);
            let rows = read.map(|alarm| alarms.owners.row(alarm)).collect();
            alarms.heard.insert(place.clone(), rows);
            if let Some(gap) = shard.missing_kind(Kind::MetricAlarm) {
                alarms.trouble.insert(place.clone(), unread(&gap, shard));
            }
            alarms.places.push(place);
        }
        alarms.sort();
        alarms
    }

    /// Takes the alarms of a place as they are now, or why they are not known. What was known before stays, since an
    /// alarm that was ringing has not stopped because nobody could look.
    pub(crate) fn hear(&mut self, place: Place, answer: Result<Vec<Alarm>, String>, now: Timestamp) -> bool {
        let before = (self.rows.clone(), self.trouble.clone());
        match answer {
            Ok(alarms) => {
                let rows = alarms.into_iter().map(|alarm| self.owners.row(alarm)).collect();
                self.trouble.remove(&place);
                self.heard.insert(place, rows);
                self.as_of = Some(now);
            }
            Err(reason) => {
                self.trouble.insert(place, reason);
            }
        }
        self.sort();
        before != (self.rows.clone(), self.trouble.clone())
    }

    /// The alarms of a part.
    pub(crate) fn of(&self, part: Part) -> impl Iterator<Item = &AlarmRow> {
        self.rows.iter().filter(move |row| part.holds(row.environment))
    }

    /// The worst state in a part and how many alarms are in it.
    pub(crate) fn worst(&self, part: Part) -> Option<(AlarmState, usize)> {
        let state = self.of(part).map(|row| row.state).min()?;
        Some((state, self.of(part).filter(|row| row.state == state).count()))
    }

    fn sort(&mut self) {
        self.rows = self.heard.values().flatten().cloned().collect();
        self.rows.sort();
    }
}

/// The word AWS has for a state.
pub(crate) const fn state_word(state: AlarmState) -> &'static str {
    match state {
        AlarmState::Alarm => "ALARM",
        AlarmState::InsufficientData => "NO DATA",
        AlarmState::Ok => "OK",
    }
}

fn unread(gap: &Gap, shard: &Shard) -> String {
    format!("{} in {}: {}", gap.action, shard.provenance.region, gap.reason)
}

/// An alarm as the estate has it.
fn recorded(alarm: &MetricAlarm) -> Alarm {
    let state = match alarm.state_value.as_deref() {
        Some("ALARM") => AlarmState::Alarm,
        Some("OK") => AlarmState::Ok,
        _ => AlarmState::InsufficientData,
    };
    let direct = alarm.dimensions.iter();
    let nested = alarm.metrics.iter().filter_map(|query| query.metric_stat.as_ref()?.metric.as_ref());
    let dimensions = direct.chain(nested.flat_map(|metric| &metric.dimensions));
    Alarm {
        state,
        name: alarm.alarm_name.clone(),
        reason: alarm.state_reason.clone().unwrap_or_default(),
        since: alarm.state_updated_timestamp.as_deref().and_then(|text| text.parse().ok()),
        dimensions: dimensions.map(|d| (d.name.clone(), d.value.clone())).collect(),
    }
}

/// Which environment an alarm belongs to: its own attribution, or that of a resource its dimensions name.
#[derive(Debug, Default)]
struct Owners {
    by_alarm: BTreeMap<String, usize>,
    by_dimension: BTreeMap<String, usize>,
}

impl Owners {
    fn new(estate: &Estate, environments: &[Environment], attribution: &Attribution) -> Self {
        let mut owners = Self::default();
        for (shard, resource) in estate.resources() {
            let owner = attribution.get(&shard.key(resource));
            let index = owner.and_then(|name| environments.iter().position(|e| e.name == name));
            let Some(index) = index else { continue };
            if resource.kind() == Kind::MetricAlarm {
                owners.by_alarm.insert(resource.id().to_owned(), index);
                continue;
            }
            for value in dimension_values(resource.id(), resource.name()) {
                owners.by_dimension.entry(value).or_insert(index);
            }
        }
        owners
    }

    fn row(&self, alarm: Alarm) -> AlarmRow {
        let by_dimension = || alarm.dimensions.iter().find_map(|(_, value)| self.by_dimension.get(value)).copied();
        AlarmRow {
            environment: self.by_alarm.get(&alarm.name).copied().or_else(by_dimension),
            state: alarm.state,
            name: clean(&alarm.name),
            reason: clean(&alarm.reason),
            since: alarm.since,
            dimensions: alarm.dimensions,
        }
    }
}

/// What a metric's dimension may call a resource: its id, its name, or the end of its ARN (`app/lb/50dc6c495c0c9188`
/// of a load balancer, `targetgroup/api/943f017f100becff` of a target group).
fn dimension_values(id: &str, name: Option<&str>) -> Vec<String> {
    let mut values = vec![id.to_owned()];
    values.extend(name.map(str::to_owned));
    if let Some(end) = id.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').last()) {
        values.push(end.to_owned());
        values.extend(end.strip_prefix("loadbalancer/").map(str::to_owned));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_balancer_is_found_by_its_dimension() {
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/lb/50dc6c495c0c9188";
        let values = dimension_values(arn, Some("lb"));
        assert!(values.contains(&"app/lb/50dc6c495c0c9188".to_owned()), "{values:?}");
        assert!(values.contains(&"lb".to_owned()));
    }

    #[test]
    fn what_was_known_stays_when_nobody_can_look() {
        let place = (AccountId::from("111122223333"), Region::from("eu-west-1"));
        let ringing = Alarm {
            state: AlarmState::Alarm,
            name: "db-cpu".into(),
            reason: String::new(),
            since: None,
            dimensions: Vec::new(),
        };
        let mut alarms = Alarms::default();
        assert!(alarms.hear(place.clone(), Ok(vec![ringing.clone()]), Timestamp::UNIX_EPOCH));
        assert!(!alarms.hear(place.clone(), Ok(vec![ringing]), Timestamp::UNIX_EPOCH), "nothing new: nothing to draw");
        assert!(alarms.hear(place, Err("access denied".into()), Timestamp::UNIX_EPOCH));
        assert_eq!(alarms.worst(Part::All), Some((AlarmState::Alarm, 1)));
        assert_eq!(alarms.trouble.len(), 1);
    }
}
