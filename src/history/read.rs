//! Asking a history: its runs, what stands open and for how long, how long mending takes, and what the last run knew.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::record::{Run, severity};
use super::{History, HistoryError};
use crate::audit::{Fingerprint, Severity, Side, Status, Verdict};

/// What is open for longer is overdue, in seconds.
pub(super) const WEEK: i64 = 7 * 24 * 3600;

/// What to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The environment; all when none is given.
    pub environment: Option<String>,
}

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

/// What one owner has had open for more than a week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overdue {
    /// The owner, by the resource's tag or its last waiver; none when nobody is named.
    pub owner: Option<String>,
    /// How many of each severity.
    pub open: BTreeMap<Severity, usize>,
    /// How long the oldest has been open, in seconds.
    pub oldest: i64,
    /// The id of the oldest of the worst.
    pub worst: String,
}

/// What the last run could not read to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unread {
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
    pub unread: Vec<Unread>,
    /// What stands open now.
    pub open: BTreeMap<Severity, Open>,
    /// How long mending took.
    pub fixed: BTreeMap<Severity, Fixed>,
    /// What is open for more than a week, the owner of most first.
    pub overdue: Vec<Overdue>,
    /// How often something came back after it was mended.
    pub reopened: usize,
}

impl History {
    /// The history at a glance, as of `now`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn trend(&self, filter: &Filter, now: Timestamp) -> Result<Trend, HistoryError> {
        let fail = self.fail();
        Ok(Trend {
            runs: self.runs(filter).map_err(&fail)?,
            unread: self.unread().map_err(&fail)?,
            open: self.open_now(filter, now).map_err(&fail)?,
            fixed: self.fixed(filter).map_err(&fail)?,
            overdue: self.overdue(filter, now).map_err(&fail)?,
            reopened: self.reopened(filter).map_err(&fail)?,
        })
    }

    /// The environments that findings were in.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn environments(&self) -> Result<Vec<String>, HistoryError> {
        let distinct = "SELECT DISTINCT environment FROM finding WHERE environment IS NOT NULL ORDER BY 1";
        let all = || -> rusqlite::Result<Vec<String>> {
            self.connection.prepare(distinct)?.query_map([], |row| row.get(0))?.collect()
        };
        all().map_err(self.fail())
    }

    fn runs(&self, filter: &Filter) -> rusqlite::Result<Vec<RunLine>> {
        let events = "SELECT count(*) FROM event JOIN finding ON finding.id = event.finding
             WHERE event.run = run.id AND (?1 IS NULL OR finding.environment = ?1) AND what IN";
        let mut select = self.connection.prepare(&format!(
            "SELECT id, at, source, demo, unknown,
                 (SELECT count(*) FROM coverage WHERE coverage.run = run.id AND NOT whole),
                 ({events} ('opened', 'reopened')), ({events} ('resolved'))
             FROM run ORDER BY id"
        ))?;
        let mut runs: Vec<RunLine> = select.query_map([&filter.environment], line)?.collect::<Result<_, _>>()?;
        let mut select = self.connection.prepare(
            "SELECT severity, state, sum(count) FROM tally WHERE run = ?1 AND (?2 IS NULL OR environment = ?2)
             GROUP BY severity, state",
        )?;
        for run in &mut runs {
            let mut rows = select.query(params![run.run, filter.environment])?;
            while let Some(row) = rows.next()? {
                let (word, state, count): (String, String, usize) = (row.get(0)?, row.get(1)?, row.get(2)?);
                if state == "open" {
                    run.open.insert(severity(&word), count);
                } else {
                    run.waived += count;
                }
            }
        }
        Ok(runs)
    }

    fn unread(&self) -> rusqlite::Result<Vec<Unread>> {
        let mut select = self.connection.prepare(
            "SELECT account, region, action, why FROM coverage
             WHERE NOT whole AND run = (SELECT max(id) FROM run) ORDER BY 1, 2, 3",
        )?;
        let unread = select.query_map([], |row| {
            Ok(Unread { account: row.get(0)?, region: row.get(1)?, action: row.get(2)?, why: row.get(3)? })
        })?;
        unread.collect()
    }

    fn open_now(&self, filter: &Filter, now: Timestamp) -> rusqlite::Result<BTreeMap<Severity, Open>> {
        let mut select = self.connection.prepare(
            "SELECT severity, count(*), CAST(avg(max(?2 - opened, 0)) AS INTEGER), max(max(?2 - opened, 0))
             FROM finding WHERE state = 'open' AND (?1 IS NULL OR environment = ?1) GROUP BY severity",
        )?;
        let rows = select.query_map(params![filter.environment, now.as_second()], |row| {
            let word: String = row.get(0)?;
            Ok((severity(&word), Open { count: row.get(1)?, mean: row.get(2)?, oldest: row.get(3)? }))
        })?;
        rows.collect()
    }

    fn fixed(&self, filter: &Filter) -> rusqlite::Result<BTreeMap<Severity, Fixed>> {
        let mut select = self.connection.prepare(
            "SELECT event.severity, count(*), CAST(avg(lasted) AS INTEGER)
             FROM event JOIN finding ON finding.id = event.finding
             WHERE what = 'resolved' AND (?1 IS NULL OR environment = ?1) GROUP BY event.severity",
        )?;
        let rows = select.query_map([&filter.environment], |row| {
            let word: String = row.get(0)?;
            Ok((severity(&word), Fixed { count: row.get(1)?, mean: row.get(2)? }))
        })?;
        rows.collect()
    }

    fn overdue(&self, filter: &Filter, now: Timestamp) -> rusqlite::Result<Vec<Overdue>> {
        let mut select = self.connection.prepare(
            "SELECT owner, severity, fingerprint, ?2 - opened AS age FROM finding
             WHERE state = 'open' AND age > ?3 AND (?1 IS NULL OR environment = ?1) ORDER BY owner, age DESC, id",
        )?;
        let mut rows = select.query(params![filter.environment, now.as_second(), WEEK])?;
        let mut owners: BTreeMap<Option<String>, (Overdue, Severity)> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (owner, word, id, age): (Option<String>, String, String, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let severity = severity(&word);
            let fresh = (Overdue { owner: owner.clone(), oldest: age, ..Overdue::default() }, severity);
            let (overdue, worst) = owners.entry(owner).or_insert(fresh);
            if overdue.worst.is_empty() || severity > *worst {
                (overdue.worst, *worst) = (id, severity);
            }
            *overdue.open.entry(severity).or_default() += 1;
        }
        let mut overdue: Vec<Overdue> = owners.into_values().map(|(overdue, _)| overdue).collect();
        overdue.sort_by_key(|overdue| std::cmp::Reverse(overdue.open.values().sum::<usize>()));
        Ok(overdue)
    }

    fn reopened(&self, filter: &Filter) -> rusqlite::Result<usize> {
        let sum = "SELECT coalesce(sum(reopened), 0) FROM finding WHERE ?1 IS NULL OR environment = ?1";
        self.connection.query_row(sum, [&filter.environment], |row| row.get(0))
    }

    /// What the history knows of the accounts of a run, to compare with: nothing when none was recorded.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last(&self, run: &Run) -> Result<Option<Side>, HistoryError> {
        self.side(&run.line()).map_err(self.fail())
    }

    fn side(&self, accounts: &str) -> rusqlite::Result<Option<Side>> {
        let last = "SELECT max(id) FROM run WHERE accounts = ?";
        let Some(run) = self.connection.query_row(last, [accounts], |row| row.get(0))? else { return Ok(None) };
        let mut side = self.looked(run)?;
        let mut findings = self.connection.prepare(
            "SELECT rule, account, region, resource_type, resource, state, waiver, severity, title, message, name,
                 environment, owner
             FROM finding WHERE account IN (SELECT value FROM json_each(?)) OR account = '*'",
        )?;
        let verdicts = findings.query_map([accounts], finding)?;
        side.verdicts = verdicts.collect::<Result<_, _>>()?;
        Ok(Some(side))
    }

    /// What a run judged and read, without its verdicts.
    pub(super) fn looked(&self, run: i64) -> rusqlite::Result<Side> {
        let of_run = "SELECT at, rules, source, unknown FROM run WHERE id = ?";
        let (at, rules, source, undecided) = self.connection.query_row(of_run, [run], |row| {
            let (at, rules, source): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((Timestamp::from_second(at).unwrap_or_default(), rules, source, row.get(3)?))
        })?;
        let at = at.strftime("%Y-%m-%d %H:%M UTC");
        let side = Side {
            label: format!("run {run} of {source}, read on {at}"),
            rules: serde_json::from_str(&rules).unwrap_or_default(),
            undecided,
            ..Side::default()
        };
        let mut select =
            self.connection.prepare("SELECT account, region, action, whole FROM coverage WHERE run = ?")?;
        let reads = select.query_map([run], |row| Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?)))?;
        Ok(side.with_reads(reads.collect::<Result<_, _>>()?))
    }
}

/// A finding, from a row that has all of it.
pub(super) fn finding(row: &Row<'_>) -> rusqlite::Result<(Fingerprint, Verdict)> {
    Ok((print(row)?, verdict(row)?))
}

fn line(row: &Row<'_>) -> rusqlite::Result<RunLine> {
    Ok(RunLine {
        run: row.get(0)?,
        at: Timestamp::from_second(row.get(1)?).unwrap_or_default(),
        source: row.get(2)?,
        demo: row.get(3)?,
        unknown: row.get(4)?,
        missing: row.get(5)?,
        new: row.get(6)?,
        resolved: row.get(7)?,
        ..RunLine::default()
    })
}

fn print(row: &Row<'_>) -> rusqlite::Result<Fingerprint> {
    Ok(Fingerprint {
        rule: row.get(0)?,
        account: row.get(1)?,
        region: row.get(2)?,
        resource_type: row.get(3)?,
        resource: row.get(4)?,
    })
}

fn verdict(row: &Row<'_>) -> rusqlite::Result<Verdict> {
    let (state, waiver, word): (String, Option<String>, String) = (row.get(5)?, row.get(6)?, row.get(7)?);
    let written = || waiver.as_deref().and_then(|text| serde_json::from_str::<Status>(text).ok());
    let status = match state.as_str() {
        "open" => Status::Fail,
        "resolved" => Status::Pass,
        // A waiver that cannot be understood covers nothing.
        _ => written().unwrap_or_else(|| Status::Waived {
            reason: String::new(),
            until: String::new(),
            owner: String::new(),
            ticket: None,
        }),
    };
    Ok(Verdict {
        status,
        severity: severity(&word),
        title: row.get(8)?,
        message: row.get(9)?,
        name: row.get(10)?,
        environment: row.get(11)?,
        owner: row.get(12)?,
    })
}
