//! What changed between two audits: what is new, what is gone and how that is known, and what can no longer be seen.

use std::collections::{BTreeMap, BTreeSet};

use super::{Severity, Subject};

/// An audit held against an earlier one. Findings of this audit are named by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What it is compared with, as a reader would say it: `the audit of 2026-11-20 06:00 UTC`.
    pub with: String,
    /// What fails now and did not fail then: it passed, could not be decided, was waived, or was not there.
    pub new: BTreeSet<String>,
    /// What fails now as then, but is worse, milder or told otherwise: what it was.
    pub changed: BTreeMap<String, Was>,
    /// What fails now exactly as then.
    pub known: BTreeSet<String>,
    /// What failed then and does not fail now; only some of it was seen to be mended.
    pub gone: Vec<Gone>,
    /// What could not be compared, and why; never empty when something was read in one audit only.
    pub notes: Vec<String>,
}

/// What a finding was in the earlier audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Was {
    /// How much it mattered.
    pub severity: Severity,
    /// What was found.
    pub message: String,
}

/// A finding that failed in the earlier audit and does not fail now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Its id.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// What was wrong, in a few words.
    pub title: String,
    /// How much it mattered.
    pub severity: Severity,
    /// What it was about.
    pub subject: Subject,
    /// The environment it belonged to.
    pub environment: Option<String>,
    /// What became of it.
    pub now: Now,
    /// Why that is so, where there is more to say.
    pub why: String,
}

/// What became of a finding. Only the first two are repairs that were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Now {
    /// The rule passes, or does not apply any more.
    Passes,
    /// The resource is no longer there, in a listing that was read to its end.
    Removed,
    /// It cannot be decided any more; it may well be there.
    Unknown,
    /// Somebody answers for it.
    Waived,
    /// Its rule or its part of the estate was not part of this audit.
    NotJudged,
}

impl Now {
    /// All of them, the surest first.
    pub const ALL: [Self; 5] = [Self::Passes, Self::Removed, Self::Unknown, Self::Waived, Self::NotJudged];

    /// The word for it, for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Removed => "removed",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::NotJudged => "not-judged",
        }
    }

    /// It in words, for people.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::Passes => "passes now",
            Self::Removed => "the resource is gone",
            Self::Unknown => "cannot be decided now; it may still be there",
            Self::Waived => "waived",
            Self::NotJudged => "not judged this time",
        }
    }

    /// Whether it was seen that the fault is no longer there.
    #[must_use]
    pub const fn is_mended(self) -> bool {
        matches!(self, Self::Passes | Self::Removed)
    }
}
