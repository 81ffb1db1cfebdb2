//! Reports in a directory that people and programs read while the next one is being made: one folder per environment,
//! one report per reading of the account in it, and `latest.json` that points at the newest.
//!
//! A report appears whole or not at all: it is written into a temporary folder, which then gets its name. A report that
//! is there is never written again. Whatever a crash leaves is swept by the next run that holds the environment's lock.

mod atomic;
mod fresh;
mod lock;
mod published;
mod retain;
mod shelf;

use std::io;
use std::path::{Path, PathBuf};

pub use atomic::replace;
pub use fresh::{Freshness, age, fresh};
pub use lock::Lock;
pub use published::{Counts, File, Latest, PackOf, Published, Since};
pub use retain::{Pruned, Retain};
pub use shelf::{Kept, SUMMARY, Shelf, folder};

/// Why reports cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Another run is at it.
    #[error("{}: another run {holder}: try again when it has ended", path.display())]
    Locked {
        /// The lock.
        path: PathBuf,
        /// Who holds it, and since when.
        holder: String,
    },
    /// The file system says no.
    #[error("{} cannot be {what}: {error}; {hint}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was to be done with it.
        what: &'static str,
        /// What the system said.
        error: io::Error,
        /// The way out.
        hint: &'static str,
    },
}

impl PublishError {
    fn io(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| {
            let hint = match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                    "free space there; what was there before is still there, whole"
                }
                io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "name a directory with --out",
                _ => "see to its permissions, or name another directory with --out",
            };
            Self::Io { path, what, error, hint }
        }
    }
}

#[cfg(test)]
mod tests;
