//! How findings stand over time, at a glance: what a history tells, and reports and the dashboard show.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Severity;

/// What is open for longer is overdue, in seconds.
pub const OVERDUE_AFTER: i64 = 7 * 24 * 3600;

/// One run, and what stood open after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunLine {
    /// Its number.
    pub run: i64,
    /// When the estate was read.
    pub at: Timestamp,
    /// What was read, as a reader would recognise it.
    pub source: String,
    /// Whether it was a demo.
    pub demo: bool,
    /// What stood open.
    pub open: BTreeMap<Severity, usize>,
    /// What stood waived.
    pub waived: usize,
    /// Verdicts that could not be decided, of all environments.
    pub unknown: usize,
    /// Reads that rested on a listing that was not read to its end.
    pub missing: usize,
    /// What failed for the first time, or again after it was mended.
    pub new: usize,
    /// What was seen to be mended.
    pub resolved: usize,
}

/// What stands open of one severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Open {
    /// How many.
    pub count: usize,
    /// How long on average, in seconds.
    pub mean: i64,
    /// How long the oldest has, in seconds.
    pub oldest: i64,
}

/// How long mending took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fixed {
    /// How many were mended.
    pub count: usize,
    /// How long that took on average, in seconds.
    pub mean: i64,
}

/// One finding that has been open for more than a week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Late {
    /// Its id.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub title: String,
    /// The resource it is about.
    pub resource: String,
    /// How long it has been open, in seconds.
    pub age: i64,
}

/// What one owner has had open for more than a week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overdue {
    /// The owner, by the resource's tag or its last waiver; none when nobody is named.
    pub owner: Option<String>,
    /// How many of each severity.
    pub open: BTreeMap<Severity, usize>,
    /// How long the oldest has been open, in seconds.
    pub oldest: i64,
    /// The first of them: the worst first, of these the oldest.
    pub worst: Vec<Late>,
}

/// What the last run could not read to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotRead {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The IAM action.
    pub action: String,
    /// Why; not known of runs of older versions.
    pub why: Option<String>,
}

/// A history at a glance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trend {
    /// Every run, the first one first.
    pub runs: Vec<RunLine>,
    /// What the last of them could not read to its end.
    pub unread: Vec<NotRead>,
    /// What stands open now.
    pub open: BTreeMap<Severity, Open>,
    /// How much of that could not be looked at in the last run of its account.
    pub unseen: usize,
    /// How long mending took.
    pub fixed: BTreeMap<Severity, Fixed>,
    /// What is open for more than a week, the owner of most first.
    pub overdue: Vec<Overdue>,
    /// How often something came back after it was mended.
    pub reopened: usize,
    /// What a reader should know of it, such as why something is missing.
    pub notes: Vec<String>,
}

impl RunLine {
    /// All that stood open.
    #[must_use]
    pub fn total(&self) -> usize {
        self.open.values().sum()
    }
}

impl Overdue {
    /// How many there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.open.values().sum()
    }
}

impl Trend {
    /// That of a history without a run.
    pub const NONE: Self = Self {
        runs: Vec::new(),
        unread: Vec::new(),
        open: BTreeMap::new(),
        unseen: 0,
        fixed: BTreeMap::new(),
        overdue: Vec::new(),
        reopened: 0,
        notes: Vec::new(),
    };

    /// How many findings stand open.
    #[must_use]
    pub fn total(&self) -> usize {
        self.open.values().map(|open| open.count).sum()
    }

    /// How many have been open for more than a week.
    #[must_use]
    pub fn late(&self) -> usize {
        self.overdue.iter().map(Overdue::total).sum()
    }

    /// The severities that something is or was open of, the worst first.
    #[must_use]
    pub fn severities(&self) -> Vec<Severity> {
        let was = |severity: Severity| self.runs.iter().any(|run| run.open.get(&severity).is_some_and(|n| *n > 0));
        let is = |severity: &Severity| self.open.contains_key(severity) || self.fixed.contains_key(severity);
        Severity::ALL.into_iter().rev().filter(|severity| is(severity) || was(*severity)).collect()
    }

    /// At most so many runs, from the first one to the last: the latest half of them one by one, of those before the
    /// last one of each of several equal spans of time.
    #[must_use]
    pub fn sample(&self, most: usize) -> Vec<&RunLine> {
        if self.runs.len() <= most {
            return self.runs.iter().collect();
        }
        let (earlier, latest) = self.runs.split_at(self.runs.len() - most / 2);
        let second = |run: &RunLine| run.at.as_second();
        let (Some(from), Some(to)) = (earlier.first().map(second), earlier.iter().map(second).max()) else {
            return latest.iter().collect();
        };
        let spans = i64::try_from(most - most / 2 - 1).unwrap_or(1).max(1);
        let of = |run: &RunLine| (second(run) - from).max(0) * spans / (to - from + 1).max(1);
        let mut kept: Vec<&RunLine> = earlier.iter().take(1).collect();
        for (nth, run) in earlier.iter().enumerate().skip(1) {
            if earlier.get(nth + 1).is_none_or(|next| of(next) > of(run)) {
                kept.push(run);
            }
        }
        kept.extend(latest);
        kept
    }
}

/// Seconds in the unit that says most.
#[must_use]
pub fn span(seconds: i64) -> String {
    match seconds {
        ..=5399 => format!("{} min", seconds / 60),
        5400..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(seconds: &[i64]) -> Trend {
        let run = |(nth, at): (i64, &i64)| RunLine {
            run: nth,
            at: Timestamp::from_second(*at).unwrap(),
            ..RunLine::default()
        };
        Trend { runs: (1..).zip(seconds).map(run).collect(), ..Trend::default() }
    }

    #[test]
    fn a_time_is_told_in_the_unit_that_says_most() {
        assert_eq!([59, 5399, 5400, 172_799, 172_800].map(span), ["0 min", "89 min", "1 h", "47 h", "2 days"]);
    }

    #[test]
    fn a_sample_keeps_the_first_the_latest_and_some_of_each_time_between() {
        let numbers = |trend: &Trend, most| trend.sample(most).iter().map(|run| run.run).collect::<Vec<_>>();
        let hourly: Vec<i64> = (0..1000).map(|nth| nth * 3600).collect();
        let trend = every(&hourly);
        let sample = numbers(&trend, 20);
        assert!(sample.len() <= 20 && sample.is_sorted(), "{sample:?}");
        assert_eq!((sample[0], &sample[sample.len() - 10..]), (1, &(991..=1000).collect::<Vec<_>>()[..]));
        assert!(sample.windows(2).all(|pair| pair[1] - pair[0] < 130), "no time is left out: {sample:?}");
        assert_eq!(numbers(&every(&[5, 6, 7]), 20), [1, 2, 3]);
        let still = every(&[7; 100]);
        assert_eq!(numbers(&still, 10), [1, 95, 96, 97, 98, 99, 100], "a clock that stands still");
        let back = every(&(0..100).rev().collect::<Vec<_>>());
        assert!(numbers(&back, 10).len() <= 10, "a clock that runs backwards");
        assert_eq!(numbers(&every(&[]), 10), Vec::<i64>::new());
    }
}
