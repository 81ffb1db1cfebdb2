//! Findings: one per rule and resource, each with the evidence it rests on.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Fingerprint;
use crate::model::{AccountId, Gap, Region, ResourceKey};

/// How much a fault matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    #[default]
    Informational,
    /// Small.
    Low,
    /// To be planned.
    Medium,
    /// To be done now.
    High,
    /// To be done before anything else.
    Critical,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl std::str::FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|s| s.word() == text);
        found.ok_or_else(|| format!("`{text}` is not a severity: use informational, low, medium, high or critical"))
    }
}

/// A verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum Status {
    /// The fault is there.
    Fail,
    /// It could not be decided; never a pass.
    Unknown {
        /// What is missing: the gaps, each with the IAM action that would close it.
        missing: Vec<Gap>,
        /// Why, in words.
        reason: String,
    },
    /// The fault is not there.
    Pass,
    /// The rule does not apply to this resource.
    NotApplicable,
    /// The fault is there and somebody answers for it.
    Waived {
        /// Why it is accepted.
        reason: String,
        /// The last day on which it is: `2026-12-31`.
        until: String,
        /// Who answers for it.
        owner: String,
        /// Where it is written down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<String>,
    },
}

impl Status {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Fail => "FAIL",
            Self::Unknown { .. } => "UNKNOWN",
            Self::Pass => "PASS",
            Self::NotApplicable => "NOT-APPLICABLE",
            Self::Waived { .. } => "WAIVED",
        }
    }

    /// Whether the fault is there and nobody answers for it.
    #[must_use]
    pub const fn is_fail(&self) -> bool {
        matches!(self, Self::Fail)
    }

    /// Whether it could not be decided.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }
}

/// A field and the value that decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The resource it was read from, when it is not the finding's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The field, as AWS names it: `IpPermissions[0].IpRanges[1].CidrIp`.
    pub field: String,
    /// Its value; null when the field is absent.
    pub value: Value,
}

/// What a finding is about: one resource, or a whole listing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// The resource's key; its id is `*` when the whole listing is meant.
    #[serde(flatten)]
    pub key: ResourceKey,
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// One rule's verdict on one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The id of its [`Fingerprint`]: the same in every audit.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// The pack the rule is in.
    pub pack: String,
    /// What is wrong, in a few words; the same for every finding of a rule.
    pub title: String,
    /// How much it matters here.
    pub severity: Severity,
    /// The verdict.
    #[serde(flatten)]
    pub status: Status,
    /// What it is about.
    pub subject: Subject,
    /// The environment the subject belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Whose it is to mend: the resource's tag `owner`, else the owner of its waiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What was found, in a sentence.
    pub message: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

impl Finding {
    /// What makes it the same finding in another audit.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::new(&self.rule, &self.subject.key)
    }
}

/// The outcome of judging an estate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// Every verdict, the worst first, then by rule and subject.
    pub findings: Vec<Finding>,
    /// How many resources belong to no environment.
    pub unattributed: usize,
    /// What went wrong in rules; their verdicts are UNKNOWN.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<RuleError>,
    /// How much of what the rules rest on was read.
    #[serde(default)]
    pub coverage: Coverage,
}

/// A rule that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleError {
    /// The rule; empty when no rule could be run.
    pub rule: String,
    /// What happened, with the place in the rule's file.
    pub message: String,
    /// On how many resources.
    pub resources: usize,
}

/// How much of what the rules rest on was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// How many reads the rules rest on: each IAM action in each account and Region once.
    pub needed: usize,
    /// Those that are missing, wholly or in part, in a stable order.
    pub missing: Vec<MissingRead>,
}

/// A read that rules rest on and that is missing, wholly or in part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MissingRead {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// What is missing and why; of several gaps of one action, the first.
    pub gap: Gap,
    /// The rules that rest on it.
    pub rules: Vec<String>,
}
