//! Gaps: what could not be read, and why. Not read is never the same as not there.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// The caller lacks the permission named by the gap's action.
    AccessDenied,
    /// AWS kept refusing because of its request rate.
    Throttled,
    /// No answer in time.
    TimedOut,
    /// No connection, or it broke.
    Unreachable,
    /// The answer could not be understood.
    Malformed,
    /// The listing could not be followed to its end.
    Incomplete,
    /// The service answered with another error.
    Failed,
    /// The source (a dump, a snapshot, a plan) does not hold it.
    NotInSource,
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessDenied => "access denied",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed out",
            Self::Unreachable => "unreachable",
            Self::Malformed => "malformed answer",
            Self::Incomplete => "incomplete listing",
            Self::Failed => "failed",
            Self::NotInSource => "not in the source",
        })
    }
}

/// One thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Gap {
    /// The IAM action that would have read it, such as `ec2:DescribeVpcs`.
    pub action: String,
    /// Why it could not be read.
    pub reason: GapReason,
    /// The one resource this is about; `None` when the whole listing is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// What the service, the file system or the parser said.
    pub detail: String,
}

impl Gap {
    /// A gap in a whole listing.
    pub fn new(action: impl Into<String>, reason: GapReason, detail: impl Into<String>) -> Self {
        Self { action: action.into(), reason, resource: None, detail: detail.into() }
    }

    /// The same gap, about one resource only.
    #[must_use]
    pub fn about(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.action)?;
        if let Some(resource) = &self.resource {
            write!(f, " for `{resource}`")?;
        }
        write!(f, ": {}", self.reason)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}
