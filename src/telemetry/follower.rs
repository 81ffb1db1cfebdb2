//! Follows a log group without losing or repeating an event.
//!
//! CloudWatch shows an event seconds or minutes after the time it carries, so a tail that moves its start time on
//! to the newest event it saw loses whatever comes late. This one reads the recent past again and again, at three
//! horizons, and tells what it has not seen. It is a pure state machine: [`Follower::ask`] says what to read next,
//! [`Follower::answered`] takes what came and gives the new lines.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::horizon::{Horizon, Progress};
use super::{LogEvent, LogPage, LogQuery, TelemetryError};
use crate::model::{AccountId, Region};

/// How often and how far back each horizon reads, the deepest last: seconds, seconds.
const HORIZONS: [(i64, i64); 3] = [(2, 15), (20, 120), (120, 900)];
/// What the horizons ask for together when every sweep is one page, in calls a second.
const CALLS_PER_SECOND: f64 = 1.0 / 2.0 + 1.0 / 20.0 + 1.0 / 120.0;
/// The part of a Region's FilterLogEvents rate that following takes: others need it too.
const SHARE: f64 = 0.5;
/// Events CloudWatch received at least this much after their time are told as late.
const LATE: SignedDuration = SignedDuration::from_secs(5);
/// Ids that are remembered, about 100 bytes each.
const REMEMBERED: usize = 500_000;
/// The most events one FilterLogEvents page holds.
const PAGE: u32 = 10_000;

/// FilterLogEvents calls a second that an account may make in a Region; not adjustable.
/// Source: CloudWatch Logs quotas in the AWS General Reference, November 2026.
#[must_use]
pub fn filter_log_events_rate(region: &Region) -> u32 {
    match region.as_str() {
        "us-east-1" => 25,
        "eu-central-1" | "ap-northeast-3" | "ap-southeast-3" | "ca-west-1" | "il-central-1" => 5,
        _ => 10,
    }
}

/// The log group to follow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogGroupKey {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// The log group's name.
    pub group: String,
}

/// A line to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The event.
    pub event: LogEvent,
    /// How long after its time CloudWatch received it, when that was so late that newer lines were there before.
    pub late: Option<SignedDuration>,
}

/// How far a tail is complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watermark {
    /// Everything that CloudWatch had received by then is shown.
    pub received: Option<Timestamp>,
    /// Nothing with an older time can come any more, unless it is later than the deepest look-back.
    pub complete: Option<Timestamp>,
}

/// What a tail has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pages asked for.
    pub calls: u64,
    /// Lines given.
    pub lines: u64,
    /// Sweeps that ended in a circle.
    pub stopped: u64,
    /// Calls that were refused or failed.
    pub failed: u64,
    /// Ids forgotten for want of memory; the look-back was shortened by as much.
    pub forgotten: u64,
}

/// The state of one tail.
#[derive(Debug, Clone)]
pub struct Follower {
    key: LogGroupKey,
    opened: Timestamp,
    /// Nothing older is asked for or shown: its id is not remembered.
    floor: Timestamp,
    horizons: [Horizon; 3],
    /// The horizon whose page is under way.
    asking: Option<usize>,
    /// No call before this.
    resume: Timestamp,
    /// The least time from call to call.
    pace: SignedDuration,
    failures: u32,
    seen: BTreeSet<(Timestamp, Box<str>)>,
    remembered: usize,
    newest: Option<Timestamp>,
    counts: Counts,
}

impl Follower {
    /// Begins to follow at `now`, with the events since `since`.
    #[must_use]
    pub fn new(key: LogGroupKey, since: Timestamp, now: Timestamp) -> Self {
        let horizons = HORIZONS
            .map(|(every, back)| Horizon::new(SignedDuration::from_secs(every), SignedDuration::from_secs(back), now));
        let mut follower = Self {
            key,
            opened: now,
            floor: since.min(now),
            horizons,
            asking: None,
            resume: now,
            pace: SignedDuration::ZERO,
            failures: 0,
            seen: BTreeSet::new(),
            remembered: REMEMBERED,
            newest: None,
            counts: Counts::default(),
        };
        follower.share_among(1);
        follower
    }

    /// The same with another bound on the ids remembered.
    #[must_use]
    pub fn remembering(mut self, ids: usize) -> Self {
        self.remembered = ids.max(1);
        self
    }

    /// What is followed.
    #[must_use]
    pub fn key(&self) -> &LogGroupKey {
        &self.key
    }

    /// Shares the Region's rate with other tails in the same account and Region: all horizons read more seldom, and
    /// the shallow ones further back, so that they still overlap.
    pub fn share_among(&mut self, tails: usize) {
        let tails = f64::from(u32::try_from(tails.max(1)).unwrap_or(u32::MAX));
        let seconds = tails / (f64::from(filter_log_events_rate(&self.key.region)) * SHARE);
        let stretch = (seconds * CALLS_PER_SECOND).max(1.0);
        self.pace = SignedDuration::from_secs(1).mul_f64(seconds);
        let deepest = self.horizons.len() - 1;
        for (index, (horizon, (every, back))) in self.horizons.iter_mut().zip(HORIZONS).enumerate() {
            horizon.every = SignedDuration::from_secs(every).mul_f64(stretch);
            let back_stretch = if index == deepest { 1.0 } else { stretch };
            horizon.back = SignedDuration::from_secs(back).mul_f64(back_stretch);
        }
    }

    /// How often new lines are looked for, to be shown: it grows with the number of tails.
    #[must_use]
    pub fn interval(&self) -> SignedDuration {
        self.horizons.first().map(|hot| hot.every).unwrap_or_default()
    }

    /// The page to read now, if one is due. Nothing more is due until it is [answered](Self::answered).
    pub fn ask(&mut self, now: Timestamp) -> Option<LogQuery> {
        if self.asking.is_some() || now < self.resume {
            return None;
        }
        let waiting = self.horizons.iter().enumerate().filter(|(_, horizon)| horizon.wants(now));
        let (index, _) = waiting.min_by_key(|(_, horizon)| horizon.deadline())?;
        let start = self.start(index, now);
        let sweep = self.horizons.get_mut(index)?.sweep(now, start);
        let (start, next_token) = (sweep.start, sweep.token.clone());
        self.asking = Some(index);
        self.resume = now + self.pace;
        self.counts.calls += 1;
        Some(LogQuery {
            account: self.key.account.clone(),
            region: self.key.region.clone(),
            group: self.key.group.clone(),
            start,
            end: None,
            next_token,
            limit: PAGE,
        })
    }

    /// When to [ask](Self::ask) again; `None` while a page is under way.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        if self.asking.is_some() {
            return None;
        }
        let first = self.horizons.iter().map(|horizon| horizon.due).min()?;
        Some(first.max(self.resume))
    }

    /// Takes the answer to the page asked for and gives the lines not seen before, oldest first.
    pub fn answered(&mut self, answer: Result<LogPage, TelemetryError>, now: Timestamp) -> Vec<LogLine> {
        let Some(index) = self.asking.take() else { return Vec::new() };
        match answer {
            Ok(page) => {
                self.failures = 0;
                let newest = page.events.iter().map(|event| event.timestamp).max();
                let lines = self.unseen(page.events);
                let progress =
                    self.horizons.get_mut(index).map(|horizon| horizon.advance(newest, page.next_token, now));
                self.progressed(index, progress);
                lines
            }
            Err(error) => {
                self.failed(index, &error, now);
                Vec::new()
            }
        }
    }

    /// How far the tail is complete.
    #[must_use]
    pub fn watermark(&self) -> Watermark {
        let received = self.horizons.last().and_then(|deep| deep.finished);
        Watermark { received, complete: received.map(|_| self.floor) }
    }

    /// What keeps the tail from being complete, if anything; it goes on trying.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.horizons.iter().find_map(|horizon| horizon.trouble.as_deref())
    }

    /// What was done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Where a sweep of a horizon begins. The deepest one begins where the last one that was read to its end was
    /// bound to be complete, however long ago that is: so nothing is lost to a pause, a refusal or a failure.
    fn start(&self, index: usize, now: Timestamp) -> Timestamp {
        let Some(horizon) = self.horizons.get(index) else { return now };
        let deepest = index + 1 == self.horizons.len();
        let from = if deepest { horizon.finished } else { Some(now) };
        from.map_or(self.floor, |from| (from - horizon.back).max(self.floor))
    }

    fn unseen(&mut self, events: Vec<LogEvent>) -> Vec<LogLine> {
        let shown_before = self.newest;
        let mut lines = Vec::new();
        for event in events {
            if event.timestamp < self.floor || !self.seen.insert((event.timestamp, event.id.as_str().into())) {
                continue;
            }
            let behind = shown_before.is_some_and(|newest| event.timestamp < newest);
            let delay = event.ingested.duration_since(event.timestamp);
            let late = (behind && delay >= LATE && event.ingested >= self.opened).then_some(delay);
            self.newest = self.newest.max(Some(event.timestamp));
            lines.push(LogLine { event, late });
        }
        self.counts.lines += lines.len() as u64;
        lines
    }

    fn progressed(&mut self, index: usize, progress: Option<Progress>) {
        let deepest = index + 1 == self.horizons.len();
        match progress {
            Some(Progress::Finished) if deepest => {
                let next = self.start(index, self.opened);
                self.raise_floor(next);
            }
            Some(Progress::Stopped) => self.counts.stopped += 1,
            _ => {}
        }
        self.forget();
    }

    /// Keeps the memory bounded. An id that is forgotten could be shown twice, so nothing as old as it is shown any
    /// more: the look-back is shortened, and that is counted.
    fn forget(&mut self) {
        while self.seen.len() > self.remembered {
            let Some((oldest, _)) = self.seen.first() else { return };
            let before = self.seen.len();
            self.raise_floor(*oldest + SignedDuration::from_millis(1));
            self.counts.forgotten += (before - self.seen.len()) as u64;
        }
    }

    fn raise_floor(&mut self, floor: Timestamp) {
        self.floor = floor;
        self.seen = self.seen.split_off(&(floor, "".into()));
    }

    /// A refusal that may pass keeps the place in the listing; any other error may be about the token, so the sweep
    /// goes on without it.
    fn failed(&mut self, index: usize, error: &TelemetryError, now: Timestamp) {
        self.counts.failed += 1;
        self.failures = self.failures.saturating_add(1);
        let wait = if error.passing { 1_i64 << self.failures.min(5) } else { 60 };
        self.resume = now + SignedDuration::from_secs(wait.min(60));
        let Some(horizon) = self.horizons.get_mut(index) else { return };
        horizon.trouble = Some(error.to_string());
        if !error.passing {
            horizon.resume(self.resume);
        }
    }
}
