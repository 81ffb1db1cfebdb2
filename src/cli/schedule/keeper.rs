//! What a schedule remembers when it ends: the last time that it ran for, in a file that one process holds at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cli::{Exit, Failure, output};

/// The file of a schedule, held until this is dropped or the process ends, however it does.
#[derive(Debug)]
pub(super) struct Keeper {
    path: PathBuf,
    _lock: File,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    last: Timestamp,
}

impl Keeper {
    /// Holds the file of the schedule `name` in a directory, which is made when it is missing.
    pub(super) fn hold(directory: &Path, name: &str) -> Result<Self, Failure> {
        let path = directory.join(format!("{name}.json"));
        let wrong =
            |error: io::Error| Failure::usage(format!("{}: the schedule cannot be kept: {error}", path.display()));
        fs::create_dir_all(directory).map_err(wrong)?;
        let lock = File::create(directory.join(format!("{name}.lock"))).map_err(wrong)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Failure {
                exit: Exit::Locked,
                message: format!("a schedule `{name}` is running already: stop it, or give this one another --name"),
            }),
            Err(TryLockError::Error(error)) => Err(wrong(error)),
        }
    }

    /// The last time that was run for; none before the first.
    pub(super) fn last(&self) -> Result<Option<Timestamp>, Failure> {
        let told = |error: &dyn std::fmt::Display| {
            let path = self.path.display();
            Failure::usage(format!("{path}: not what a schedule keeps ({error}): delete it to begin anew"))
        };
        let text = match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| told(&error))?,
        };
        let kept: Kept = serde_json::from_str(&text).map_err(|error| told(&error))?;
        if kept.version != 1 {
            return Err(told(&format!("version {}, this Bartizan knows 1", kept.version)));
        }
        Ok(Some(kept.last))
    }

    /// Remembers it.
    pub(super) fn keep(&self, last: Timestamp) -> Result<(), Failure> {
        let text = serde_json::to_string(&Kept { version: 1, last });
        let text = text.map_err(|error| Failure::usage(format!("{}: {error}", self.path.display())))?;
        output::file(&self.path, &text)
    }
}
