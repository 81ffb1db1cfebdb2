//! Where estates come from. Whatever the source, what leaves this module is an [`Estate`]: nothing behind it can
//! tell a live account from a snapshot, a dump or a demo.

pub mod cli_dump;
pub mod demo;
#[cfg(feature = "aws")]
pub mod live;
pub mod progress;
pub mod snapshot;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::Estate;
use crate::telemetry::Telemetry;
pub use progress::Progress;

/// What was opened: an estate and, where there is any, telemetry.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What is there, and what could not be read.
    pub estate: Estate,
    /// Metrics, logs and alarms: a live account and a demo have them, a snapshot and a dump do not.
    pub telemetry: Option<Arc<dyn Telemetry>>,
}

/// Why nothing could be opened. Parts that cannot be read are gaps in the estate instead.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file or directory that cannot be read, or is not what it should be.
    #[error("{}: {message}", path.display())]
    Input {
        /// Which.
        path: PathBuf,
        /// What is wrong, where in it, and the way out.
        message: String,
    },
    /// No account could be reached, or it did not let us in.
    #[error("{0}")]
    Account(String),
    /// What was asked for cannot be: an unknown Region, a demo that does not exist.
    #[error("{0}")]
    Usage(String),
}

impl SourceError {
    /// An error about a file.
    pub fn input(path: &Path, message: impl Into<String>) -> Self {
        Self::Input { path: path.to_owned(), message: message.into() }
    }
}

/// Opens a snapshot file or a directory of AWS CLI output.
///
/// # Errors
/// When the path is neither, or cannot be read.
pub fn from_path(path: &Path) -> Result<Opened, SourceError> {
    let data = std::fs::metadata(path).map_err(|error| {
        SourceError::input(path, format!("{error}; it should be a snapshot or a directory of AWS CLI output"))
    })?;
    let estate = if data.is_dir() {
        cli_dump::open(path)?
    } else if snapshot::is_snapshot(path) || data.len() < 4 {
        snapshot::open(path)?
    } else {
        let hint = "neither a snapshot (made by `bartizan snapshot`) nor a directory of `aws ... describe-*` output";
        return Err(SourceError::input(path, hint));
    };
    Ok(Opened { estate, telemetry: None })
}
