//! The events of a recorded log group: a pure function of the recording and the time.
//!
//! Time is cut into seconds. How many events a second holds, when exactly, what they say and when they can be read
//! all follow from the group's name and that second, so two readers of the same window see the same events.

use jiff::Timestamp;

use super::chance::Chance;
use super::recording::{LogGroup, Recording, Template};
use crate::telemetry::{LogEvent, LogPage, LogQuery};

/// The most events FilterLogEvents gives in one page.
const PAGE: u32 = 10_000;
/// How many seconds one page looks through before it answers, be it empty.
const REACH: i64 = 6 * 60 * 60;
const DAY: i64 = 24 * 60 * 60;
/// Digits of an event's id, as many as CloudWatch's have, and of the time it begins with.
const ID: usize = 56;
const ID_TIME: usize = 14;

/// One log group, ready to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Events<'a> {
    recording: &'a Recording,
    group: &'a LogGroup,
    chance: Chance,
}

impl<'a> Events<'a> {
    /// The log group of that name, when it receives anything.
    pub(super) fn find(recording: &'a Recording, name: &str) -> Option<Self> {
        let group = recording.log_groups.iter().find(|group| group.name == name)?;
        Some(Self { recording, group, chance: Chance::new(recording.seed).named("log").named(name) })
    }

    /// One page of a query's events, as they can be read at `now`.
    ///
    /// # Errors
    /// When the query's token is not one that an earlier page gave.
    pub(super) fn page(&self, query: &LogQuery, now: Timestamp) -> Result<LogPage, String> {
        let after = query.next_token.as_deref();
        let from = match after {
            Some(token) => second_of(token).ok_or_else(|| format!("`{token}` is not a token of an earlier page"))?,
            None => query.start.as_second(),
        };
        let oldest = now.as_second().saturating_sub(self.recording.logs.kept_days * DAY);
        let last = query.end.map_or(now, |end| end.min(now)).as_second();
        let wanted = usize::try_from(query.limit.clamp(1, PAGE)).unwrap_or(usize::MAX);
        let mut page = LogPage::default();
        let first = from.max(oldest);
        for second in first..=last {
            if second - first >= REACH {
                page.next_token = Some(id(second * 1000, 0, 0, 0));
                break;
            }
            let asked = |event: &LogEvent| {
                event.timestamp >= query.start
                    && query.end.is_none_or(|end| event.timestamp <= end)
                    && event.ingested <= now
                    && after.is_none_or(|token| event.id.as_str() > token)
            };
            page.events.extend(self.second(second).into_iter().filter(asked));
            if page.events.len() > wanted {
                page.events.truncate(wanted);
                page.next_token = page.events.last().map(|event| event.id.clone());
                break;
            }
        }
        Ok(page)
    }

    /// Every event of one second, in order, whether or not it can be read yet.
    fn second(&self, second: i64) -> Vec<LogEvent> {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
        let minute = second as f64 / 60.0;
        let shape = &self.recording.shape;
        let weights: Vec<f64> = self.group.templates.iter().map(|template| self.weight(template, minute)).collect();
        let usual: f64 = self.group.templates.iter().map(|template| template.weight).sum();
        let total: f64 = weights.iter().sum();
        let daily = self.group.daily.mul_add(shape.day(minute), 1.0);
        let rate = self.group.rate * daily * shape.load(minute) * total / usual.max(f64::EPSILON);
        let here = self.chance.at(second);
        let count = here.named("count").count(rate.max(0.0));
        let mut events = Vec::new();
        for n in 0..count {
            let chance = here.at(i64::from(n));
            let mut left = chance.named("template").share() * total;
            let chosen = self.group.templates.iter().zip(&weights).find(|(_, weight)| {
                left -= *weight;
                left < 0.0
            });
            if let Some((template, _)) = chosen {
                self.write(&mut events, template, second, (n, chance));
            }
        }
        events.sort_by(|a, b| a.id.cmp(&b.id));
        events
    }

    fn weight(&self, template: &Template, minute: f64) -> f64 {
        let times = template.incident.as_ref().map_or(1.0, |effect| {
            let height = self.recording.incident(&effect.id, self.group.environment.as_deref(), minute);
            (effect.times - 1.0).mul_add(height, 1.0)
        });
        template.weight * times
    }

    /// Adds what one happening writes: its lines are events of the same moment and the same stream.
    fn write(&self, events: &mut Vec<LogEvent>, template: &Template, second: i64, (n, chance): (u32, Chance)) {
        let millis = second * 1000 + i64::try_from(chance.named("time").below(1000)).unwrap_or_default();
        let arrives = millis + self.recording.logs.delay(chance.named("arrival"));
        let times = (Timestamp::from_millisecond(millis), Timestamp::from_millisecond(arrives));
        let (Ok(timestamp), Ok(ingested)) = times else { return };
        let streams = u64::try_from(self.group.streams.len()).unwrap_or_default();
        let any = usize::try_from(chance.named("stream").below(streams)).unwrap_or_default();
        let stream = template.stream.as_ref().or_else(|| self.group.streams.get(any)).cloned().unwrap_or_default();
        for (line, text) in (0..).zip(&template.lines) {
            events.push(LogEvent {
                id: id(millis, n, line, chance.bits()),
                stream: stream.clone(),
                timestamp,
                ingested,
                message: self.recording.logs.fill(text, timestamp, chance),
            });
        }
    }
}

/// An event's id: ids sort as their events do.
fn id(millis: i64, n: u32, line: u32, hash: u64) -> String {
    let time = millis.max(0);
    format!("{time:0ID_TIME$}{n:05}{line:03}{hash:034}")
}

/// The second in which an id's event happened.
fn second_of(id: &str) -> Option<i64> {
    let digits = id.len() == ID && id.bytes().all(|b| b.is_ascii_digit());
    let millis: i64 = id.get(..ID_TIME)?.parse().ok()?;
    digits.then(|| millis.div_euclid(1000))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::source::demo::sample;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    /// Every event of a query, page by page.
    fn read(query: &LogQuery, now: Timestamp) -> Vec<LogEvent> {
        let recording = sample::recording();
        let events = Events::find(&recording, "/ecs/api").expect("the group is recorded");
        let mut query = query.clone();
        let mut all = Vec::new();
        loop {
            let page = events.page(&query, now).expect("a page");
            assert!(page.events.len() <= query.limit as usize);
            all.extend(page.events);
            query.next_token = page.next_token;
            if query.next_token.is_none() {
                return all;
            }
        }
    }

    #[test]
    fn events_are_ordered_and_their_ids_are_unique() {
        let events = read(&sample::log_query("2026-11-18T11:00:00Z", 10_000), at("2026-11-18T12:00:00Z"));
        assert!(events.len() > 5_000, "{}", events.len());
        assert!(events.windows(2).all(|pair| pair[0].timestamp <= pair[1].timestamp));
        let ids: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids.len(), events.len());
        assert!(ids.iter().all(|id| id.len() == 56));
    }

    #[test]
    fn pages_hold_what_one_large_page_holds() {
        let now = at("2026-11-18T12:00:00Z");
        let whole = read(&sample::log_query("2026-11-18T11:50:00Z", 10_000), now);
        assert_eq!(read(&sample::log_query("2026-11-18T11:50:00Z", 7), now), whole);
    }

    #[test]
    fn nothing_is_lost_or_changed_as_time_goes_on() {
        let mut seen: BTreeMap<String, LogEvent> = BTreeMap::new();
        let mut late = 0;
        let end = at("2026-11-18T12:00:00Z");
        for second in (0..600).step_by(10) {
            let now = Timestamp::from_second(end.as_second() - 600 + second).expect("a time");
            let start = Timestamp::from_second(now.as_second() - 120).expect("a time").to_string();
            let newest = seen.values().map(|event| event.timestamp).max();
            for event in read(&sample::log_query(&start, 10_000), now) {
                late +=
                    usize::from(!seen.contains_key(&event.id) && newest.is_some_and(|newest| event.timestamp < newest));
                let before = seen.insert(event.id.clone(), event.clone());
                assert!(before.is_none_or(|before| before == event), "the same id is the same event");
            }
        }
        assert!(late > 20, "only {late} events came late");
        let query =
            LogQuery { end: Some(at("2026-11-18T11:58:00Z")), ..sample::log_query("2026-11-18T11:50:00Z", 10_000) };
        let truth = read(&query, at("2026-11-18T13:00:00Z"));
        assert!(truth.len() > 500 && truth.iter().all(|event| seen.get(&event.id) == Some(event)));
    }

    #[test]
    fn what_has_not_arrived_cannot_be_read() {
        let now = at("2026-11-18T12:00:00Z");
        let events = read(&sample::log_query("2026-11-18T11:59:00Z", 10_000), now);
        assert!(events.iter().all(|event| event.timestamp < event.ingested && event.ingested <= now));
    }

    #[test]
    fn an_incident_shows_in_the_lines_and_lines_of_one_error_stay_together() {
        // An even hour's minutes 60 to 80 are the outage.
        let calm = read(&sample::log_query("2026-11-18T12:30:00Z", 10_000), at("2026-11-18T12:45:00Z"));
        let outage = read(&sample::log_query("2026-11-18T13:00:00Z", 10_000), at("2026-11-18T13:15:00Z"));
        let errors = |events: &[LogEvent]| events.iter().filter(|event| event.message == "ERROR").count();
        assert!(errors(&outage) > 10 * errors(&calm).max(1), "{} and {}", errors(&outage), errors(&calm));
        for (n, event) in outage.iter().enumerate().filter(|(_, event)| event.message == "ERROR") {
            assert_eq!((event.stream.as_str(), outage[n + 1].message.as_str()), ("one", "  at line 2"));
            assert_eq!(outage[n + 1].timestamp, event.timestamp);
        }
    }

    #[test]
    fn a_long_silence_is_an_empty_page_with_a_token() {
        let mut recording = sample::recording();
        recording.log_groups[0].rate = 0.0;
        let events = Events::find(&recording, "/ecs/api").expect("recorded");
        let mut query = sample::log_query("2026-11-17T12:00:00Z", 10);
        let mut tokens = BTreeSet::new();
        loop {
            let page = events.page(&query, at("2026-11-18T12:00:00Z")).expect("a page");
            assert!(page.events.is_empty());
            query.next_token = page.next_token;
            match &query.next_token {
                Some(token) => assert!(tokens.insert(token.clone()), "a token is never repeated"),
                None => break,
            }
        }
        assert_eq!(tokens.len(), 4, "a day in pages of six hours");
    }

    #[test]
    fn a_token_of_another_kind_is_refused() {
        let recording = sample::recording();
        let query = LogQuery { next_token: Some("abc".into()), ..sample::log_query("2026-11-18T11:50:00Z", 7) };
        let error = Events::find(&recording, "/ecs/api").expect("recorded").page(&query, at("2026-11-18T12:00:00Z"));
        assert_eq!(error, Err("`abc` is not a token of an earlier page".to_owned()));
    }
}
