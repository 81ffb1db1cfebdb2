//! Exit codes, in one table, and the errors that lead to them.

use std::process::ExitCode;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Nothing at or above `--fail-on`.
    Clean = 0,
    /// Findings at or above it.
    Findings = 1,
    /// Wrong usage, configuration, rule or input file.
    Usage = 2,
    /// Something needed could not be read.
    Incomplete = 3,
    /// The account could not be reached, or it did not let us in.
    Account = 4,
    /// Another run holds the lock.
    Locked = 5,
    /// A report was made, but did not get to everybody it should go to.
    Undelivered = 6,
}

impl Exit {
    /// Every end there is.
    const ALL: [Self; 7] =
        [Self::Clean, Self::Findings, Self::Usage, Self::Incomplete, Self::Account, Self::Locked, Self::Undelivered];

    /// How a run of this program ended that left this code; one that left none was ended, and is not complete.
    pub(super) fn of(code: Option<i32>) -> Self {
        Self::ALL.into_iter().find(|exit| code == Some(i32::from(*exit as u8))).unwrap_or(Self::Incomplete)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that ends a run: a message for the user and the exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// How the run ends.
    pub exit: Exit,
    /// What went wrong, where, and the way out.
    pub message: String,
}

impl Failure {
    /// Wrong usage, configuration, rule or input file.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into() }
    }
}

impl From<crate::publish::PublishError> for Failure {
    fn from(error: crate::publish::PublishError) -> Self {
        let locked = matches!(error, crate::publish::PublishError::Locked { .. });
        Self { exit: if locked { Exit::Locked } else { Exit::Usage }, message: error.to_string() }
    }
}

impl From<crate::source::SourceError> for Failure {
    fn from(error: crate::source::SourceError) -> Self {
        use crate::source::SourceError;
        let exit = match error {
            SourceError::Account(_) => Exit::Account,
            SourceError::Input { .. } | SourceError::Usage(_) => Exit::Usage,
        };
        Self { exit, message: error.to_string() }
    }
}
