//! What reports ask of a history and leave in it: what to compare with, which runs were reported, what was delivered.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::read::finding;
use super::record::{Run, forward, json};
use super::{History, HistoryError};
use crate::audit::Side;

/// What became of delivering a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The environment reported; none for the whole estate.
    pub environment: Option<String>,
    /// The digest of the report.
    pub report: String,
    /// Where to, by its name in the configuration.
    pub destination: String,
    /// When it ended.
    pub at: Timestamp,
    /// Whether it arrived.
    pub delivered: bool,
    /// The receipt, or what went wrong.
    pub told: String,
}

impl History {
    /// The number that this very reading was recorded under, when it was.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn recorded(&self, run: &Run) -> Result<Option<i64>, HistoryError> {
        let of_estate = "SELECT max(id) FROM run WHERE accounts = ? AND estate = ?";
        self.connection.query_row(of_estate, params![run.line(), run.estate], |row| row.get(0)).map_err(self.fail())
    }

    /// Whether the run could be recorded now: a history only goes forward.
    ///
    /// # Errors
    /// When it could not.
    pub fn takes(&self, run: &Run) -> Result<(), HistoryError> {
        forward(self.path(), &self.connection, run)
    }

    /// What a report of an environment is to be compared with: the run that it was last reported of, else the run that
    /// was last recorded; nothing when there is none. A reading that was recorded already looks back from there, so
    /// that it can be reported again as it was.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn since(&self, run: &Run, environment: Option<&str>) -> Result<Option<Side>, HistoryError> {
        let fail = self.fail();
        let end = self.recorded(run)?.unwrap_or(i64::MAX);
        let line = run.line();
        let reported = "SELECT max(run) FROM report JOIN run ON run.id = run
             WHERE accounts = ? AND run < ? AND environment = ?";
        let reported: Option<i64> = self
            .connection
            .query_row(reported, params![line, end, environment.unwrap_or_default()], |row| row.get(0))
            .map_err(&fail)?;
        let last = "SELECT max(id) FROM run WHERE accounts = ? AND id < ?";
        let last: Option<i64> = self.connection.query_row(last, params![line, end], |row| row.get(0)).map_err(&fail)?;
        match reported.or(last) {
            Some(earlier) => self.as_of(&line, earlier, last).map(Some).map_err(&fail),
            None => Ok(None),
        }
    }

    /// The number of the last run: of just these accounts, or of any.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn latest(&self, accounts: Option<&BTreeSet<String>>) -> Result<Option<i64>, HistoryError> {
        let last = "SELECT max(id) FROM run WHERE ?1 IS NULL OR accounts = ?1";
        self.connection.query_row(last, [accounts.map(json)], |row| row.get(0)).map_err(self.fail())
    }

    /// What was known after a run, with its accounts; nothing when there is no such run.
    ///
    /// # Errors
    /// When the file cannot be read, or a later run is of an older version, which did not keep what it changed.
    pub fn at(&self, run: i64) -> Result<Option<(Side, BTreeSet<String>)>, HistoryError> {
        let fail = self.fail();
        let of_run = "SELECT accounts FROM run WHERE id = ?";
        let accounts: Option<String> =
            self.connection.query_row(of_run, [run], |row| row.get(0)).optional().map_err(&fail)?;
        let Some(accounts) = accounts else { return Ok(None) };
        if let Some(later) = self.untraced(run).map_err(&fail)? {
            return Err(HistoryError::Untraced { path: self.path().to_owned(), run, later });
        }
        let side = self.as_of(&accounts, run, None).map_err(&fail)?;
        Ok(Some((side, serde_json::from_str(&accounts).unwrap_or_default())))
    }

    /// The last run after this one that did not keep what it changed.
    fn untraced(&self, run: i64) -> rusqlite::Result<Option<i64>> {
        let untraced = "SELECT max(id) FROM run WHERE id > ? AND estate IS NULL";
        self.connection.query_row(untraced, [run], |row| row.get(0))
    }

    /// What was known after a run. What runs of older versions changed cannot be taken back, so the latest of these is
    /// as far as it looks back.
    fn as_of(&self, accounts: &str, run: i64, last: Option<i64>) -> rusqlite::Result<Side> {
        let run = if self.untraced(run)?.is_some() { last.unwrap_or(run) } else { run };
        let mut side = self.looked(run)?;
        let mut select = self.connection.prepare(
            "SELECT rule, account, region, resource_type, resource,
                 iif(was.run IS NULL, now.state, was.state), iif(was.run IS NULL, now.waiver, was.waiver),
                 iif(was.run IS NULL, now.severity, was.severity), iif(was.run IS NULL, now.title, was.title),
                 iif(was.run IS NULL, now.message, was.message), iif(was.run IS NULL, now.name, was.name),
                 iif(was.run IS NULL, now.environment, was.environment),
                 iif(was.run IS NULL, now.owner, was.owner)
             FROM finding AS now LEFT JOIN earlier AS was ON was.finding = now.id AND was.run =
                 (SELECT min(run) FROM earlier WHERE finding = now.id AND run > ?2)
             WHERE (account IN (SELECT value FROM json_each(?1)) OR account = '*')
                 AND ?2 >= (SELECT min(run) FROM event WHERE finding = now.id)",
        )?;
        let verdicts = select.query_map(params![accounts, run], finding)?;
        side.verdicts = verdicts.collect::<Result<_, _>>()?;
        Ok(side)
    }

    /// Remembers that a run was reported of an environment.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn reported(&mut self, run: i64, environment: Option<&str>) -> Result<(), HistoryError> {
        let insert = "INSERT OR IGNORE INTO report VALUES (?, ?)";
        let done = self.connection.execute(insert, params![run, environment.unwrap_or_default()]);
        done.map(|_| ()).map_err(self.fail())
    }

    /// Remembers what became of a delivery.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn delivered(&mut self, run: i64, delivery: &Delivery) -> Result<(), HistoryError> {
        let insert = "INSERT INTO delivery (run, environment, report, destination, at, delivered, told)
             VALUES (?, ?, ?, ?, ?, ?, ?)";
        let Delivery { environment, report, destination, at, delivered, told } = delivery;
        let environment = environment.as_deref().unwrap_or_default();
        let values = params![run, environment, report, destination, at.as_second(), delivered, told];
        self.connection.execute(insert, values).map(|_| ()).map_err(self.fail())
    }

    /// Whether a report arrived at a destination before.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn has_arrived(&self, report: &str, destination: &str) -> Result<bool, HistoryError> {
        let arrived = "SELECT count(*) > 0 FROM delivery WHERE report = ? AND destination = ? AND delivered";
        self.connection.query_row(arrived, [report, destination], |row| row.get(0)).map_err(self.fail())
    }

    /// The deliveries that failed and were not made up for: of each environment and destination the last one, when it
    /// did not arrive.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn undelivered(&self) -> Result<Vec<Delivery>, HistoryError> {
        let last = "SELECT environment, report, destination, at, delivered, told FROM delivery
             WHERE id IN (SELECT max(id) FROM delivery GROUP BY environment, destination) AND NOT delivered
             ORDER BY environment, destination";
        let of = |row: &rusqlite::Row<'_>| {
            let (environment, at): (String, i64) = (row.get(0)?, row.get(3)?);
            Ok(Delivery {
                environment: Some(environment).filter(|name| !name.is_empty()),
                report: row.get(1)?,
                destination: row.get(2)?,
                at: Timestamp::from_second(at).unwrap_or_default(),
                delivered: row.get(4)?,
                told: row.get(5)?,
            })
        };
        let all = || self.connection.prepare(last)?.query_map([], of)?.collect::<rusqlite::Result<_>>();
        all().map_err(self.fail())
    }
}
