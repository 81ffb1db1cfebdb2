//! The log tail against a simulated CloudWatch Logs with everything that makes tails lose or repeat events: late
//! arrivals, empty pages, tokens that lead in a circle, refusals.

use std::collections::BTreeMap;

use bartizan::telemetry::{Follower, LogEvent, LogGroupKey, LogLine, LogPage, LogQuery, TelemetryError};
use jiff::{SignedDuration, Timestamp};

/// A small deterministic generator (SplitMix64), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }
}

/// What goes wrong, each once in so many calls; 0 is never.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    pub(crate) empty_page: u64,
    pub(crate) circle: u64,
    pub(crate) throttle: u64,
    pub(crate) denied: u64,
}

/// A log group as CloudWatch would show it over time.
pub(crate) struct Group {
    /// Sorted as CloudWatch sorts: by time, then by when it was received, then by id.
    events: Vec<LogEvent>,
    page: usize,
    faults: Faults,
    dice: Dice,
    /// How often each fault happened.
    pub(crate) happened: BTreeMap<&'static str, u64>,
}

const MILLISECOND: SignedDuration = SignedDuration::from_millis(1);

pub(crate) fn at(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + millisecond).unwrap()
}

impl Group {
    /// `count` events, one each `gap` milliseconds: 90 % are received within a second or so, 9 % within 15 seconds,
    /// 1 % within 90, and one in 2,000 as late as the deepest horizon reaches.
    pub(crate) fn new(count: u64, gap: i64, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut events: Vec<LogEvent> = (0..count)
            .map(|n| {
                let delay = match dice.below(2000) {
                    0 => 90_000 + dice.below(800_000),
                    1..20 => 15_000 + dice.below(75_000),
                    20..200 => 3_000 + dice.below(12_000),
                    _ => 200 + dice.below(1_300),
                };
                let timestamp = at(i64::try_from(n).unwrap() * gap);
                let ingested = timestamp + SignedDuration::from_millis(i64::try_from(delay).unwrap());
                let id = format!("{:056}", u128::from(dice.roll()) << 64 | u128::from(n));
                LogEvent { id, stream: format!("s{}", n % 7), timestamp, ingested, message: format!("event {n}") }
            })
            .collect();
        events.sort_by(|a, b| (a.timestamp, a.ingested, &a.id).cmp(&(b.timestamp, b.ingested, &b.id)));
        Self { events, page: 1_000, faults: Faults::default(), dice, happened: BTreeMap::new() }
    }

    pub(crate) fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    fn strikes(&mut self, name: &'static str, once_in: u64) -> bool {
        let strikes = once_in > 0 && self.dice.below(once_in) == 0;
        *self.happened.entry(name).or_default() += u64::from(strikes);
        strikes
    }

    /// FilterLogEvents at `now`. A token is the place of the last event of the page before it and a serial number.
    pub(crate) fn read(&mut self, query: &LogQuery, now: Timestamp) -> Result<LogPage, TelemetryError> {
        let refusal = |message: &str, passing| TelemetryError {
            action: "logs:FilterLogEvents",
            message: message.to_owned(),
            passing,
        };
        if self.strikes("throttle", self.faults.throttle) {
            return Err(refusal("rate exceeded", true));
        }
        if self.strikes("denied", self.faults.denied) {
            return Err(refusal("access denied", false));
        }
        let from = match &query.next_token {
            Some(token) => token.split('/').next().unwrap().parse().unwrap(),
            None => self.events.partition_point(|e| e.timestamp < query.start),
        };
        if let Some(token) = &query.next_token
            && self.strikes("circle", self.faults.circle)
        {
            return Ok(LogPage { events: Vec::new(), next_token: Some(token.clone()) });
        }
        let serial = self.dice.roll();
        if self.strikes("empty page", self.faults.empty_page) {
            return Ok(LogPage { events: Vec::new(), next_token: Some(format!("{from}/{serial}")) });
        }
        let limit = self.page.min(usize::try_from(query.limit).unwrap());
        let mut events = Vec::new();
        let mut place = from;
        for (index, event) in self.events.iter().enumerate().skip(from) {
            if event.timestamp > now || events.len() == limit {
                break;
            }
            place = index + 1;
            if event.ingested <= now {
                events.push(event.clone());
            }
        }
        let next_token = (events.len() == limit).then(|| format!("{place}/{serial}"));
        Ok(LogPage { events, next_token })
    }
}

pub(crate) fn key() -> LogGroupKey {
    LogGroupKey { account: "123456789012".into(), region: "eu-west-1".into(), group: "/ecs/web".to_owned() }
}

/// Follows a group until `end`; a call takes 80 ms. Checks the watermark at every step.
fn follow(group: &mut Group, follower: &mut Follower, start: Timestamp, end: Timestamp) -> Vec<LogLine> {
    let mut now = start;
    let mut lines: Vec<LogLine> = Vec::new();
    let mut newest = None;
    while now < end {
        let Some(query) = follower.ask(now) else {
            now = follower.due().expect("nothing is under way").max(now + MILLISECOND);
            continue;
        };
        let answer = group.read(&query, now);
        now += SignedDuration::from_millis(80);
        let mark = follower.watermark();
        let fresh = follower.answered(answer, now);
        for LogLine { event, late } in &fresh {
            assert!(mark.complete.is_none_or(|mark| event.timestamp >= mark), "older than the watermark");
            let delay = event.ingested.duration_since(event.timestamp);
            let belated = Some(event.timestamp) < newest && delay >= SignedDuration::from_secs(5);
            assert_eq!(*late, belated.then_some(delay), "{event:?}");
        }
        newest = fresh.iter().map(|line| Some(line.event.timestamp)).max().unwrap_or_default().max(newest);
        lines.extend(fresh);
    }
    lines
}

/// How many events were lost, and how many shown more than once.
pub(crate) fn account_for(group: &Group, lines: &[LogLine], since: Timestamp, end: Timestamp) -> (usize, usize) {
    let mut shown = BTreeMap::<&str, usize>::new();
    for line in lines {
        *shown.entry(line.event.id.as_str()).or_default() += 1;
    }
    let due = group.events.iter().filter(|e| e.timestamp >= since && e.ingested <= end);
    let lost = due.filter(|e| !shown.contains_key(e.id.as_str())).count();
    (lost, shown.values().filter(|times| **times > 1).count())
}

#[test]
fn nothing_is_lost_and_nothing_repeated_whatever_goes_wrong() {
    let faults = Faults { empty_page: 5, circle: 40, throttle: 15, denied: 400 };
    let mut group = Group::new(120_000, 20, 7).with_faults(faults);
    let (start, last) = (at(0), at(120_000 * 20));
    let mut follower = Follower::new(key(), start, start);
    let end = last + SignedDuration::from_secs(1_200);
    let lines = follow(&mut group, &mut follower, start, end);
    // What was received after the last whole sweep began is not due yet.
    let received = follower.watermark().received.unwrap();
    assert!(received > last, "the tail kept up: {received}");
    assert_eq!(account_for(&group, &lines, start, received), (0, 0));
    assert_eq!(lines.len(), 120_000);
    assert!(lines.iter().filter(|line| line.late.is_some()).count() > 5_000, "late ones are told");
    assert!(group.happened.values().all(|times| *times >= 5), "everything went wrong: {:?}", group.happened);
    let counts = follower.counts();
    assert_eq!(counts.stopped, group.happened["circle"], "every circle was noticed");
    assert_eq!(counts.failed, group.happened["throttle"] + group.happened["denied"]);
    assert_eq!(counts.forgotten, 0);
}

/// The control: the tail of `aws logs tail` and its like, which moves its start to the newest event it saw.
#[test]
fn a_tail_that_moves_its_start_on_loses_events() {
    let mut group = Group::new(120_000, 20, 7);
    let (mut now, mut start) = (at(0), at(0));
    let end = at(120_000 * 20) + SignedDuration::from_secs(1_200);
    let mut lines: Vec<LogLine> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    while now < end {
        let mut token = None;
        loop {
            let query = LogQuery {
                account: key().account,
                region: key().region,
                group: key().group,
                start,
                end: None,
                next_token: token,
                limit: 10_000,
            };
            let page = group.read(&query, now).unwrap();
            let fresh = page.events.into_iter().filter(|e| seen.insert(e.id.clone()));
            lines.extend(fresh.map(|event| LogLine { event, late: None }));
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        start = lines.iter().map(|line| line.event.timestamp).max().unwrap_or(start);
        now += SignedDuration::from_secs(5);
    }
    let (lost, repeated) = account_for(&group, &lines, at(0), end);
    assert!(lost > 12_000, "only {lost} lost");
    assert_eq!(repeated, 0);
}

#[test]
fn a_pause_of_an_hour_costs_nothing() {
    let mut group = Group::new(20_000, 500, 11);
    let start = at(0);
    let mut follower = Follower::new(key(), start, start);
    let mut lines = follow(&mut group, &mut follower, start, at(1_000_000));
    lines.extend(follow(&mut group, &mut follower, at(4_600_000), at(12_000_000)));
    assert_eq!(account_for(&group, &lines, start, follower.watermark().received.unwrap()), (0, 0));
    assert_eq!(lines.len(), 20_000);
}

#[test]
fn forty_tails_share_a_slow_region_and_still_lose_nothing() {
    let mut slow = key();
    slow.region = "eu-central-1".into();
    let mut group = Group::new(20_000, 500, 13);
    let mut follower = Follower::new(slow, at(0), at(0));
    follower.share_among(40);
    assert!((16..=20).contains(&follower.interval().as_secs()), "{}", follower.interval());
    let end = at(14_000_000);
    let lines = follow(&mut group, &mut follower, at(0), end);
    assert_eq!(account_for(&group, &lines, at(0), follower.watermark().received.unwrap()), (0, 0));
    assert_eq!(lines.len(), 20_000);
    let most = end.duration_since(at(0)).as_secs().unsigned_abs() / 16 + 1;
    assert!(follower.counts().calls <= most, "{} calls, {most} is the share", follower.counts().calls);
}

#[test]
fn with_little_memory_nothing_is_repeated_and_what_is_forgotten_is_counted() {
    let mut group = Group::new(20_000, 20, 17);
    let mut follower = Follower::new(key(), at(0), at(0)).remembering(2_000);
    let lines = follow(&mut group, &mut follower, at(0), at(1_600_000));
    let (lost, repeated) = account_for(&group, &lines, at(0), at(1_600_000));
    assert_eq!(repeated, 0);
    assert!(follower.counts().forgotten > 0);
    assert!(lost < 20_000 / 100, "only what is later than the memory reaches back: {lost}");
}

#[test]
fn a_listing_that_leads_in_circles_all_the_time_still_comes_to_its_end() {
    let mut group = Group::new(10_000, 100, 19).with_faults(Faults { circle: 4, ..Faults::default() });
    group.page = 100;
    let mut follower = Follower::new(key(), at(0), at(0));
    let lines = follow(&mut group, &mut follower, at(0), at(2_500_000));
    let received = follower.watermark().received.unwrap();
    assert!(received > at(1_500_000), "whole sweeps are made: {received}");
    assert_eq!(account_for(&group, &lines, at(0), received), (0, 0));
    assert!(follower.counts().stopped > 100);
}
