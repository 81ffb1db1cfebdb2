//! Adding a run: what it found is new, still there, waived, mended or back again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, named_params, params};

use super::{History, HistoryError};
use crate::audit::{Fingerprint, Severity, Side, Standing, Status, Verdict};
use crate::model::{Estate, SourceKind};

/// What is recorded of a run besides its verdicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// When the estate was read.
    pub at: Timestamp,
    /// The digest of what was read, which tells two readings apart.
    pub estate: String,
    /// Its accounts.
    pub accounts: BTreeSet<String>,
    /// What a reader would recognise it by.
    pub source: String,
    /// Whether it is a demo.
    pub demo: bool,
    /// Whether the estate was just read, so that an earlier time means a clock that was set back; an old snapshot
    /// must not undo what came after it.
    pub live: bool,
}

/// What became of the findings by a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The number of the run.
    pub run: i64,
    /// Findings never seen before, or seen again after they were mended.
    pub new: usize,
    /// Findings that were seen to be mended.
    pub resolved: usize,
}

/// A finding as it stands in the history.
struct Held {
    id: i64,
    state: String,
    severity: String,
    opened: i64,
}

impl Run {
    /// Describes an estate that is recorded now.
    #[must_use]
    pub fn new(estate: &Estate, live: bool, now: Timestamp) -> Self {
        let accounts = estate.shards.iter().map(|shard| shard.provenance.account.to_string());
        let demo = estate.origin.source == SourceKind::Demo;
        let source = estate.origin.label.clone();
        let (at, estate) = (estate.origin.taken_at.unwrap_or(now), estate.digest());
        Self { at, estate, accounts: accounts.collect(), source, demo, live }
    }

    /// The accounts as one text, which names the line of runs this one belongs to.
    pub(super) fn line(&self) -> String {
        json(&self.accounts)
    }
}

pub(super) fn json(texts: &BTreeSet<String>) -> String {
    serde_json::to_string(texts).unwrap_or_default()
}

impl History {
    /// Records a run: whole or not at all.
    ///
    /// # Errors
    /// When there is no room, another process holds the file for too long, or the estate is older than the last one.
    pub fn record(&mut self, run: &Run, side: &Side) -> Result<Recorded, HistoryError> {
        let path = self.path.clone();
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let work = write(&path, begun.map_err(|error| HistoryError::of(&path, &error))?, run, side)?;
        let recorded = work.recorded;
        work.transaction.commit().map_err(|error| HistoryError::of(&path, &error))?;
        Ok(recorded)
    }
}

/// Writes a run; it is recorded when the transaction is committed.
pub(super) fn write<'c>(
    path: &Path,
    transaction: Transaction<'c>,
    run: &Run,
    side: &Side,
) -> Result<Recorder<'c>, HistoryError> {
    let fail = |error: rusqlite::Error| HistoryError::of(path, &error);
    forward(path, &transaction, run)?;
    let mut work = Recorder { transaction, at: run.at.as_second(), recorded: Recorded::default() };
    work.run(run, side).map_err(fail)?;
    work.findings(run, side).map_err(fail)?;
    work.tally(run).map_err(fail)?;
    Ok(work)
}

/// Refuses an estate that was read before the last one: it must not undo what came after it.
pub(super) fn forward(path: &Path, connection: &Connection, run: &Run) -> Result<(), HistoryError> {
    let fail = |error: rusqlite::Error| HistoryError::of(path, &error);
    let last = "SELECT max(at) FROM run WHERE accounts = ?";
    let last: Option<i64> = connection.query_row(last, [run.line()], |row| row.get(0)).map_err(fail)?;
    let Some(last) = last.filter(|last| *last > run.at.as_second() && !run.live) else { return Ok(()) };
    let last = Timestamp::from_second(last).unwrap_or_default();
    Err(HistoryError::Older { path: path.to_owned(), read: run.at.to_string(), last: last.to_string() })
}

/// A run that is being written.
pub(super) struct Recorder<'c> {
    pub(super) transaction: Transaction<'c>,
    at: i64,
    recorded: Recorded,
}

impl Recorder<'_> {
    fn run(&mut self, run: &Run, side: &Side) -> rusqlite::Result<()> {
        let count = |is: fn(&Status) -> bool| side.verdicts.values().filter(|verdict| is(&verdict.status)).count();
        self.transaction.execute(
            "INSERT INTO run (at, accounts, rules, source, demo, version, passed, unknown, waived, estate)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                self.at,
                run.line(),
                json(&side.rules),
                run.source,
                run.demo,
                env!("CARGO_PKG_VERSION"),
                count(|status| *status == Status::Pass),
                count(Status::is_unknown),
                count(|status| matches!(status, Status::Waived { .. })),
                run.estate,
            ],
        )?;
        self.recorded.run = self.transaction.last_insert_rowid();
        let mut insert = self.transaction.prepare("INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)")?;
        for (key, whole) in &side.reads {
            let (account, region, action) = key;
            let why = side.gaps.get(key).filter(|_| !whole);
            insert.execute(params![self.recorded.run, account, region, action, whole, why])?;
        }
        Ok(())
    }

    fn findings(&mut self, run: &Run, side: &Side) -> rusqlite::Result<()> {
        let held = self.held(&run.line())?;
        for (print, verdict) in &side.verdicts {
            match (&verdict.status, held.get(print)) {
                (Status::Fail | Status::Waived { .. }, None) => self.first(print, verdict)?,
                (Status::Fail | Status::Waived { .. }, Some(held)) => self.again(held, verdict)?,
                (Status::Pass | Status::NotApplicable | Status::Unknown { .. }, _) => {}
            }
        }
        for (print, held) in held.iter().filter(|(_, held)| held.state != "resolved") {
            if side.standing(print) == Standing::Mended {
                self.resolved(held)?;
            }
        }
        Ok(())
    }

    /// What is known of the findings of these accounts.
    fn held(&self, accounts: &str) -> rusqlite::Result<BTreeMap<Fingerprint, Held>> {
        let mut select = self.transaction.prepare(
            "SELECT rule, account, region, resource_type, resource, id, state, severity, opened FROM finding
             WHERE account IN (SELECT value FROM json_each(?)) OR account = '*'",
        )?;
        let rows = select.query_map([accounts], |row| {
            let print = Fingerprint {
                rule: row.get(0)?,
                account: row.get(1)?,
                region: row.get(2)?,
                resource_type: row.get(3)?,
                resource: row.get(4)?,
            };
            Ok((print, Held { id: row.get(5)?, state: row.get(6)?, severity: row.get(7)?, opened: row.get(8)? }))
        })?;
        rows.collect()
    }

    fn first(&mut self, print: &Fingerprint, verdict: &Verdict) -> rusqlite::Result<()> {
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO finding (fingerprint, rule, account, region, resource_type, resource, title, message, severity,
                 name, environment, owner, state, waiver, first_seen, last_seen, last_run, opened, reopened)
             VALUES (:fingerprint, :rule, :account, :region, :type, :resource, :title, :message, :severity,
                 :name, :environment, :owner, :state, :waiver, :at, :at, :run, :at, 0)",
        )?;
        insert.execute(named_params! {
            ":fingerprint": print.id(),
            ":rule": print.rule,
            ":account": print.account,
            ":region": print.region,
            ":type": print.resource_type,
            ":resource": print.resource,
            ":title": verdict.title,
            ":message": verdict.message,
            ":severity": verdict.severity.word(),
            ":name": verdict.name,
            ":environment": verdict.environment,
            ":owner": verdict.owner,
            ":state": state(&verdict.status),
            ":waiver": waiver(&verdict.status),
            ":at": self.at,
            ":run": self.recorded.run,
        })?;
        let id = self.transaction.last_insert_rowid();
        self.recorded.new += 1;
        self.event(id, "opened", verdict.severity.word(), None)?;
        if verdict.status.is_fail() { Ok(()) } else { self.event(id, "waived", verdict.severity.word(), None) }
    }

    fn again(&mut self, held: &Held, verdict: &Verdict) -> rusqlite::Result<()> {
        let (severity, state) = (verdict.severity.word(), state(&verdict.status));
        let back = held.state == "resolved";
        self.before(held.id, verdict)?;
        let mut update = self.transaction.prepare_cached(
            "UPDATE finding SET title = :title, message = :message, severity = :severity, name = :name,
                 environment = :environment, owner = :owner, state = :state, waiver = :waiver, last_seen = :at,
                 last_run = :run, resolved = NULL, opened = CASE WHEN :back THEN :at ELSE opened END,
                 reopened = reopened + :back WHERE id = :id",
        )?;
        update.execute(named_params! {
            ":title": verdict.title,
            ":message": verdict.message,
            ":severity": severity,
            ":name": verdict.name,
            ":environment": verdict.environment,
            ":owner": verdict.owner,
            ":state": state,
            ":waiver": waiver(&verdict.status),
            ":at": self.at,
            ":run": self.recorded.run,
            ":back": back,
            ":id": held.id,
        })?;
        self.recorded.new += usize::from(back);
        if back {
            self.event(held.id, "reopened", severity, None)?;
        }
        match (held.state.as_str(), state) {
            ("open" | "resolved", "waived") => self.event(held.id, "waived", severity, None)?,
            ("waived", "open") => self.event(held.id, "waiver-ended", severity, None)?,
            _ => {}
        }
        if held.severity == severity { Ok(()) } else { self.event(held.id, "severity", severity, None) }
    }

    /// Keeps how a finding was, when it is another now.
    fn before(&self, finding: i64, now: &Verdict) -> rusqlite::Result<()> {
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO earlier SELECT id, :run, title, message, severity, name, environment, owner, state, waiver
             FROM finding WHERE id = :id AND (title, message, severity, name, environment, owner, state, waiver)
                 IS NOT (:title, :message, :severity, :name, :environment, :owner, :state, :waiver)",
        )?;
        insert.execute(named_params! {
            ":run": self.recorded.run,
            ":id": finding,
            ":title": now.title,
            ":message": now.message,
            ":severity": now.severity.word(),
            ":name": now.name,
            ":environment": now.environment,
            ":owner": now.owner,
            ":state": state(&now.status),
            ":waiver": waiver(&now.status),
        })?;
        Ok(())
    }

    fn resolved(&mut self, held: &Held) -> rusqlite::Result<()> {
        let before =
            "INSERT INTO earlier SELECT id, ?, title, message, severity, name, environment, owner, state, waiver
             FROM finding WHERE id = ?";
        self.transaction.prepare_cached(before)?.execute(params![self.recorded.run, held.id])?;
        let resolve = "UPDATE finding SET state = 'resolved', waiver = NULL, resolved = ?, last_run = ? WHERE id = ?";
        self.transaction.prepare_cached(resolve)?.execute(params![self.at, self.recorded.run, held.id])?;
        self.recorded.resolved += 1;
        // A clock that was set back makes no negative time.
        self.event(held.id, "resolved", &held.severity, Some((self.at - held.opened).max(0)))
    }

    fn event(&self, finding: i64, what: &str, severity: &str, lasted: Option<i64>) -> rusqlite::Result<()> {
        let insert = "INSERT INTO event (run, finding, what, severity, lasted) VALUES (?, ?, ?, ?, ?)";
        let values = params![self.recorded.run, finding, what, severity, lasted];
        self.transaction.prepare_cached(insert)?.execute(values).map(|_| ())
    }

    fn tally(&self, run: &Run) -> rusqlite::Result<()> {
        self.transaction.execute(
            "INSERT INTO tally SELECT ?, coalesce(environment, ''), severity, state, count(*) FROM finding
             WHERE state <> 'resolved' AND (account IN (SELECT value FROM json_each(?)) OR account = '*')
             GROUP BY 2, 3, 4",
            params![self.recorded.run, run.line()],
        )?;
        Ok(())
    }
}

fn state(status: &Status) -> &'static str {
    if status.is_fail() { "open" } else { "waived" }
}

fn waiver(status: &Status) -> Option<String> {
    matches!(status, Status::Waived { .. }).then(|| serde_json::to_string(status).unwrap_or_default())
}

/// A severity as it was written.
pub(super) fn severity(word: &str) -> Severity {
    word.parse().unwrap_or_default()
}
