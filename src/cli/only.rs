//! What `--env` leaves.

use super::Failure;
use crate::model::{Environment, UNATTRIBUTED};

/// What `--env` leaves.
#[derive(Debug, Clone, Copy)]
pub(super) enum Only<'e> {
    /// What belongs to this environment.
    Environment(&'e str),
    /// What belongs to none.
    Unattributed,
}

impl<'e> Only<'e> {
    /// The word for it in a report.
    pub(super) const fn name(self) -> &'e str {
        match self {
            Self::Environment(name) => name,
            Self::Unattributed => UNATTRIBUTED,
        }
    }

    /// The environment meant, as it is declared; one that is declared under the word for none is meant by it.
    pub(super) fn named(name: &str, environments: &'e [Environment]) -> Result<Self, Failure> {
        if let Some(found) = environments.iter().find(|environment| environment.name.eq_ignore_ascii_case(name)) {
            return Ok(Self::Environment(&found.name));
        }
        if name.eq_ignore_ascii_case(UNATTRIBUTED) {
            return Ok(Self::Unattributed);
        }
        let known = environments.iter().map(|environment| environment.name.as_str());
        let known: Vec<&str> = known.chain([UNATTRIBUTED]).collect();
        Err(Failure::usage(format!("there is no environment `{name}`: there are {}", known.join(", "))))
    }

    /// Whether something is left: by its environment, or because it may have the one meant.
    pub(super) fn leaves(self, environment: Option<&str>, may_be: impl FnOnce() -> bool) -> bool {
        match (self, environment) {
            (Self::Environment(meant), Some(name)) => name == meant,
            (Self::Environment(_), None) => may_be(),
            (Self::Unattributed, name) => name.is_none(),
        }
    }
}
