//! Runs and findings over time, in one SQLite file: when each finding was first and last seen, mended and reopened.
//!
//! A run is recorded whole or not at all, whatever happens to the program, the disk or the power in between; once
//! `record` has returned it is on the disk, as far as the disk keeps what it says it has written (WAL, `synchronous=FULL`). A finding counts as
//! resolved only when its rule was judged and a read shows that the fault is gone; a denied read resolves nothing.

mod read;
mod record;
mod reports;
mod schema;
mod trend;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

pub use record::{Recorded, Run};
pub use reports::Delivery;
use schema::{APPLICATION, MIGRATIONS};
pub use trend::Filter;

/// How long another process may hold the file before we give up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A history file.
#[derive(Debug)]
pub struct History {
    connection: Connection,
    path: PathBuf,
}

/// Why a history cannot be used. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is no such file.
    #[error("{}: there is no history here yet: `bartizan audit --record` begins one", .0.display())]
    Absent(PathBuf),
    /// It is another kind of file.
    #[error("{}: not a history of Bartizan's: name another file with --history FILE", .0.display())]
    Foreign(PathBuf),
    /// It was written by a newer Bartizan.
    #[error("{}: the history has version {found}, this Bartizan knows up to {known}: use a newer Bartizan, or another file with --history FILE", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
        /// Ours.
        known: usize,
    },
    /// Another process holds it.
    #[error("{}: another run holds the history: try again when it has ended", .0.display())]
    Locked(PathBuf),
    /// There is no room.
    #[error("{}: no room to write the history ({message}): free space on its disk, or name another file with --history FILE; nothing was recorded", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        message: String,
    },
    /// An estate that was read before the last one that was recorded.
    #[error("{}: the estate was read on {read}, before the last recorded run of {last}: a history only goes forward; name another file with --history FILE", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// When it was read.
        read: String,
        /// When the last one was.
        last: String,
    },
    /// What was known after a run cannot be told any more.
    #[error("{}: run {later} was recorded by an older Bartizan, which did not keep what it changed: what was known after run {run} cannot be told; name a run from {later} on", path.display())]
    Untraced {
        /// The file.
        path: PathBuf,
        /// The run that was asked for.
        run: i64,
        /// The run that hides it.
        later: i64,
    },
    /// Anything else.
    #[error("{}: the history cannot be used ({message}): name another file with --history FILE, or restore it from a backup", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What SQLite or the file system said.
        message: String,
    },
}

impl HistoryError {
    fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, message) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(path),
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => Self::Full { path, message },
            Some(ErrorCode::NotADatabase) => Self::Foreign(path),
            _ => Self::Broken { path, message },
        }
    }
}

fn busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// How often others may come first before a new file is given up.
const MOST_SWITCHES: usize = 64;

impl History {
    /// Opens a history to add to it; makes it when there is none, readable by its owner only.
    ///
    /// # Errors
    /// When it cannot be made, is no history, or was written by a newer Bartizan.
    pub fn create(path: &Path) -> Result<Self, HistoryError> {
        let broken = |error: std::io::Error| HistoryError::Broken { path: path.to_owned(), message: error.to_string() };
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(broken)?;
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map_err(broken)?;
        Self::open(path)
    }

    /// Opens a history that is there.
    ///
    /// # Errors
    /// When there is none, or it is no history, or was written by a newer Bartizan.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        if !path.exists() {
            return Err(HistoryError::Absent(path.to_owned()));
        }
        let fail = |error: rusqlite::Error| HistoryError::of(path, &error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
        connection.busy_timeout(PATIENCE).map_err(fail)?;
        let mut history = Self { connection, path: path.to_owned() };
        // Before anything is written: a stranger's file stays as it is.
        history.version()?;
        history.settle().map_err(fail)?;
        history.migrate()?;
        Ok(history)
    }

    /// The version of the tables; 0 for an empty file.
    fn version(&self) -> Result<usize, HistoryError> {
        let fail = |error: rusqlite::Error| HistoryError::of(&self.path, &error);
        // One statement, so that another process that makes the file meanwhile has either made it or not begun.
        let sql = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
                   FROM pragma_application_id, pragma_user_version";
        let numbers =
            |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
        let (application, version, tables) = self.connection.query_row(sql, [], numbers).map_err(fail)?;
        let empty = application == 0 && version == 0 && tables == 0;
        if !empty && application != i64::from(APPLICATION) {
            return Err(HistoryError::Foreign(self.path.clone()));
        }
        let found = usize::try_from(version).unwrap_or(usize::MAX);
        if found > MIGRATIONS.len() {
            return Err(HistoryError::Newer { path: self.path.clone(), found, known: MIGRATIONS.len() });
        }
        Ok(found)
    }

    fn settle(&self) -> rusqlite::Result<()> {
        let switch = || self.connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
        // SQLite does not wait when somebody else is switching; waiting for a lock is waiting for them.
        let mut switched = switch();
        for _ in 0..MOST_SWITCHES {
            match &switched {
                Err(error) if busy(error) => self.connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?,
                _ => break,
            }
            switched = switch();
        }
        switched?;
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        self.connection.pragma_update(None, "foreign_keys", "ON")
    }

    fn migrate(&mut self) -> Result<(), HistoryError> {
        if self.version()? == MIGRATIONS.len() {
            return Ok(());
        }
        let path = self.path.clone();
        let fail = |error: rusqlite::Error| HistoryError::of(&path, &error);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        // Another process may have been first.
        let version = transaction.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).map_err(fail)?;
        for step in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(usize::MAX)) {
            transaction.execute_batch(step).map_err(fail)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(fail)?;
        transaction.pragma_update(None, "user_version", MIGRATIONS.len()).map_err(fail)?;
        transaction.commit().map_err(fail)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn fail(&self) -> impl Fn(rusqlite::Error) -> HistoryError + use<> {
        let path = self.path.clone();
        move |error| HistoryError::of(&path, &error)
    }
}

#[cfg(test)]
mod tests;
