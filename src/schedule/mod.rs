//! When reports are due: an interval or a crontab expression, by the clocks of a time zone; and what to do about times
//! that were missed. Pure: every function is handed the time.

mod cron;
mod job;
pub mod unit;

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp, Unit};

pub use cron::Cron;
pub use job::Job;

/// The shortest interval: a read of a whole account takes seconds to minutes.
const SHORTEST: i64 = 60;

/// As far as missed times are counted.
const MOST_MISSED: usize = 1_000;

/// How often.
#[derive(Debug, Clone)]
pub enum When {
    /// So long after the last time.
    Every(Every),
    /// At these times.
    Cron(Cron),
}

/// An interval: `15m`, `6h`, `1d`.
#[derive(Debug, Clone)]
pub struct Every {
    span: Span,
    text: String,
}

impl Every {
    /// Its length in minutes, when every day has 24 hours.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        let seconds = self.span.total((Unit::Second, SpanRelativeTo::days_are_24_hours())).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "an interval of whole minutes, at most years")]
        let minutes = (seconds / 60.0) as i64;
        minutes
    }
}

impl FromStr for Every {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "give hours, minutes or days, as `6h`, `90m` or `1d`";
        let span: Span = text.parse().map_err(|_| format!("`{text}` is no interval: {example}"))?;
        let seconds = span.total((Unit::Second, SpanRelativeTo::days_are_24_hours()));
        let seconds = seconds.map_err(|_| format!("`{text}` has no fixed length: {example}"))?;
        #[expect(clippy::cast_precision_loss, reason = "a minute is few")]
        let (shortest, minute) = (SHORTEST as f64, 60.0);
        if seconds < shortest {
            return Err(format!("`{text}` is too short: a minute is the least"));
        }
        if seconds % minute != 0.0 {
            return Err(format!("`{text}` is not whole minutes: {example}"));
        }
        Ok(Self { span, text: text.trim().to_owned() })
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(every) => write!(f, "every {every}"),
            Self::Cron(cron) => write!(f, "at `{cron}`"),
        }
    }
}

/// When something is due.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// How often.
    pub when: When,
    /// By whose clocks.
    pub zone: TimeZone,
}

/// What there is to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// The run that was due then; `missed` others before it will not be made up for.
    Now {
        /// The latest time that has come.
        at: Timestamp,
        /// How many times before it came and went.
        missed: usize,
    },
    /// Nothing until then.
    Later(Timestamp),
    /// Nothing ever again.
    Never,
}

impl Schedule {
    /// The first time after `after`.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match &self.when {
            When::Every(every) => {
                after.to_zoned(self.zone.clone()).checked_add(every.span).ok().map(|at| at.timestamp())
            }
            When::Cron(cron) => cron.next(after, &self.zone),
        }
    }

    /// What there is to do at `now`, when the last time that was run for is `last`. However many times went by, one
    /// run makes up for them. A clock that is set back repeats nothing.
    #[must_use]
    pub fn due(&self, last: Timestamp, now: Timestamp) -> Due {
        let Some(mut at) = self.next(last) else { return Due::Never };
        if at > now {
            return Due::Later(at);
        }
        let mut missed = 0;
        while let Some(next) = self.next(at).filter(|next| *next <= now) {
            // After a pause of months nobody needs the exact number, nor the grid of the interval.
            (at, missed) = if missed < MOST_MISSED { (next, missed + 1) } else { (now, missed) };
        }
        Due::Now { at, missed }
    }
}

#[cfg(test)]
mod tests;
