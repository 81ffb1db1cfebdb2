//! Asking a history what the last run knew.

use jiff::Timestamp;
use rusqlite::Row;

use super::record::{Run, severity};
use super::{History, HistoryError};
use crate::audit::{Fingerprint, Side, Status, Verdict};

impl History {
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

/// A fingerprint, from a row that begins with it.
pub(super) fn print(row: &Row<'_>) -> rusqlite::Result<Fingerprint> {
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
