//! Asking a history how things stand over time: its runs, what is open and for how long, how long mending takes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Row, Transaction, TransactionBehavior, params};

use super::read::print;
use super::record::{Run, json, severity, write};
use super::{History, HistoryError};
use crate::audit::{Fixed, Late, NotRead, OVERDUE_AFTER, Open, Overdue, RunLine, Severity, Side, Trend};

/// What to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The environment, empty for what belongs to none; all when none is given.
    pub environment: Option<String>,
    /// The accounts that a run was of, all of them together; every run when none are given.
    pub accounts: Option<BTreeSet<String>>,
}

/// Of the overdue findings of an owner this many are named.
const NAMED: usize = 10;

/// Which findings a filter leaves.
const LEFT: &str = "(?1 IS NULL OR coalesce(finding.environment, '') = ?1)
    AND (?2 IS NULL OR finding.account = '*' OR finding.account IN (SELECT value FROM json_each(?2)))";

impl Filter {
    fn line(&self) -> Option<String> {
        self.accounts.as_ref().map(json)
    }
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
            unread: self.unread(filter).map_err(&fail)?,
            open: self.open_now(filter, now).map_err(&fail)?,
            unseen: self.unseen(filter).map_err(&fail)?,
            fixed: self.fixed(filter).map_err(&fail)?,
            overdue: self.overdue(filter, now).map_err(&fail)?,
            reopened: self.reopened(filter).map_err(&fail)?,
            notes: Vec::new(),
        })
    }

    /// The history at a glance right after this run and as of its time, whether it is to be recorded or was already,
    /// as the run of that number. Nothing is changed.
    ///
    /// # Errors
    /// When the run could not be recorded, or the file cannot be read.
    pub fn trend_with(
        &self,
        (run, side): (&Run, &Side),
        recorded: Option<i64>,
        filter: &Filter,
    ) -> Result<Trend, HistoryError> {
        let fail = self.fail();
        let begun = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate).map_err(&fail)?;
        // Never committed: what is dropped is rolled back.
        let _changed = match recorded {
            Some(number) => rewind(begun, number, run.at).map_err(&fail)?,
            None => write(self.path(), begun, run, side)?.transaction,
        };
        let unseen = self.not_failing(side, filter).map_err(&fail)?;
        Ok(Trend { unseen, ..self.trend(filter, run.at)? })
    }

    /// How many open findings do not fail by an audit, and are not mended either.
    fn not_failing(&self, side: &Side, filter: &Filter) -> rusqlite::Result<usize> {
        let mut select = self.connection.prepare(&format!(
            "SELECT rule, account, region, resource_type, resource FROM finding WHERE state = 'open' AND {LEFT}"
        ))?;
        let open = select.query_map(params![filter.environment, filter.line()], print)?;
        let fails = |print| side.verdicts.get(&print).is_some_and(|verdict| verdict.status.is_fail());
        open.map(|print| Ok(usize::from(!fails(print?)))).sum()
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
             WHERE event.run = run.id AND (?1 IS NULL OR coalesce(finding.environment, '') = ?1) AND what IN";
        let mut select = self.connection.prepare(&format!(
            "SELECT id, at, source, demo, unknown,
                 (SELECT count(*) FROM coverage WHERE coverage.run = run.id AND NOT whole),
                 ({events} ('opened', 'reopened')), ({events} ('resolved'))
             FROM run WHERE ?2 IS NULL OR accounts = ?2 ORDER BY id"
        ))?;
        let rows = select.query_map(params![filter.environment, filter.line()], line)?;
        let mut runs: Vec<RunLine> = rows.collect::<Result<_, _>>()?;
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

    fn unread(&self, filter: &Filter) -> rusqlite::Result<Vec<NotRead>> {
        let mut select = self.connection.prepare(
            "SELECT account, region, action, why FROM coverage WHERE NOT whole
             AND run = (SELECT max(id) FROM run WHERE ?1 IS NULL OR accounts = ?1) ORDER BY 1, 2, 3",
        )?;
        let unread = select.query_map([filter.line()], |row| {
            Ok(NotRead { account: row.get(0)?, region: row.get(1)?, action: row.get(2)?, why: row.get(3)? })
        })?;
        unread.collect()
    }

    fn open_now(&self, filter: &Filter, now: Timestamp) -> rusqlite::Result<BTreeMap<Severity, Open>> {
        let mut select = self.connection.prepare(&format!(
            "SELECT severity, count(*), CAST(avg(max(?3 - opened, 0)) AS INTEGER), max(max(?3 - opened, 0))
             FROM finding WHERE state = 'open' AND {LEFT} GROUP BY severity"
        ))?;
        let rows = select.query_map(params![filter.environment, filter.line(), now.as_second()], |row| {
            let word: String = row.get(0)?;
            Ok((severity(&word), Open { count: row.get(1)?, mean: row.get(2)?, oldest: row.get(3)? }))
        })?;
        rows.collect()
    }

    fn unseen(&self, filter: &Filter) -> rusqlite::Result<usize> {
        let count = format!(
            "WITH latest AS (SELECT value AS account, max(run.id) AS run FROM run, json_each(run.accounts) GROUP BY 1)
             SELECT count(*) FROM finding JOIN latest ON latest.account = finding.account
             WHERE state = 'open' AND last_run < latest.run AND {LEFT}"
        );
        self.connection.query_row(&count, params![filter.environment, filter.line()], |row| row.get(0))
    }

    fn fixed(&self, filter: &Filter) -> rusqlite::Result<BTreeMap<Severity, Fixed>> {
        let mut select = self.connection.prepare(&format!(
            "SELECT event.severity, count(*), CAST(avg(lasted) AS INTEGER)
             FROM event JOIN finding ON finding.id = event.finding
             WHERE what = 'resolved' AND {LEFT} GROUP BY event.severity"
        ))?;
        let rows = select.query_map(params![filter.environment, filter.line()], |row| {
            let word: String = row.get(0)?;
            Ok((severity(&word), Fixed { count: row.get(1)?, mean: row.get(2)? }))
        })?;
        rows.collect()
    }

    fn overdue(&self, filter: &Filter, now: Timestamp) -> rusqlite::Result<Vec<Overdue>> {
        let rank = (0..).zip(Severity::ALL).map(|(rank, severity)| format!("WHEN '{severity}' THEN {rank}"));
        let rank = rank.collect::<Vec<_>>().join(" ");
        let mut select = self.connection.prepare(&format!(
            "SELECT owner, severity, fingerprint, rule, title, resource, ?3 - opened AS age FROM finding
             WHERE state = 'open' AND age > ?4 AND {LEFT}
             ORDER BY CASE severity {rank} END DESC, age DESC, fingerprint"
        ))?;
        let mut rows = select.query(params![filter.environment, filter.line(), now.as_second(), OVERDUE_AFTER])?;
        let mut owners: BTreeMap<Option<String>, Overdue> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (owner, late) = late(row)?;
            let fresh = || Overdue { owner: owner.clone(), ..Overdue::default() };
            let overdue = owners.entry(owner.clone()).or_insert_with(fresh);
            *overdue.open.entry(late.severity).or_default() += 1;
            overdue.oldest = overdue.oldest.max(late.age);
            if overdue.worst.len() < NAMED {
                overdue.worst.push(late);
            }
        }
        let mut overdue: Vec<Overdue> = owners.into_values().collect();
        overdue.sort_by_key(|overdue| std::cmp::Reverse(overdue.total()));
        Ok(overdue)
    }

    fn reopened(&self, filter: &Filter) -> rusqlite::Result<usize> {
        let sum = format!("SELECT coalesce(sum(reopened), 0) FROM finding WHERE {LEFT}");
        self.connection.query_row(&sum, params![filter.environment, filter.line()], |row| row.get(0))
    }
}

/// Takes back what later runs changed: what is left is as it was after the run of that number, which was at that time.
fn rewind(transaction: Transaction<'_>, run: i64, at: Timestamp) -> rusqlite::Result<Transaction<'_>> {
    let at = at.as_second();
    transaction.execute_batch(&format!(
        "PRAGMA defer_foreign_keys = ON;
         UPDATE run SET at = {at} WHERE id = {run};
         DELETE FROM event WHERE run > {run};
         DELETE FROM finding WHERE NOT EXISTS (SELECT 1 FROM event WHERE finding = finding.id);
         UPDATE finding SET
             (title, severity, environment, owner, state) =
                 (SELECT title, severity, environment, owner, state FROM earlier AS was WHERE was.finding = finding.id
                  AND was.run = (SELECT min(run) FROM earlier WHERE finding = finding.id AND run > {run}))
             WHERE EXISTS (SELECT 1 FROM earlier WHERE finding = finding.id AND run > {run});
         UPDATE finding SET
             opened = (SELECT at FROM event JOIN run ON run.id = event.run WHERE finding = finding.id
                 AND what IN ('opened', 'reopened') ORDER BY event.id DESC LIMIT 1),
             reopened = (SELECT count(*) FROM event WHERE finding = finding.id AND what = 'reopened')
             WHERE EXISTS (SELECT 1 FROM event WHERE finding = finding.id AND run <= {run});
         DELETE FROM run WHERE id > {run};"
    ))?;
    Ok(transaction)
}

fn late(row: &Row<'_>) -> rusqlite::Result<(Option<String>, Late)> {
    let word: String = row.get(1)?;
    let late = Late {
        severity: severity(&word),
        id: row.get(2)?,
        rule: row.get(3)?,
        title: row.get(4)?,
        resource: row.get(5)?,
        age: row.get(6)?,
    };
    Ok((row.get(0)?, late))
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
