//! What a rule answered, and the verdict that follows. Undefined is not a pass.

use regorus::Value;
use serde::Deserialize;

use crate::audit::{Evidence, Severity};

/// What a rule answered about one resource.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::audit) struct Answer {
    /// The entries of `fail`, in a stable order.
    pub(super) fail: Vec<Failure>,
    /// Whether `pass` is true.
    pub(super) pass: bool,
    /// Whether `not_applicable` is true.
    pub(super) not_applicable: bool,
}

/// One entry of `fail`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failure {
    message: String,
    #[serde(default)]
    evidence: Vec<Evidence>,
    #[serde(default)]
    severity: Option<Severity>,
}

impl Failure {
    /// What two entries with the same message are told apart and ordered by.
    fn fields(&self) -> Vec<(Option<String>, String, String)> {
        let fields = self.evidence.iter().map(|e| (e.resource.clone(), e.field.clone(), e.value.to_string()));
        fields.collect()
    }
}

/// What follows from an answer.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::audit) enum Verdict {
    /// The fault is there.
    Fail {
        /// Every entry's message.
        message: String,
        /// Every entry's evidence, once.
        evidence: Vec<Evidence>,
        /// The worst entry's severity; an entry that names none has the rule's.
        severity: Severity,
    },
    /// The fault is not there.
    Pass,
    /// The rule does not apply.
    NotApplicable,
    /// The rule said nothing.
    Undecided,
    /// The rule said both that the fault is there and that it is not.
    Contradiction,
}

impl Verdict {
    /// The word for it in a report.
    pub(in crate::audit) const fn word(&self) -> &'static str {
        match self {
            Self::Fail { .. } => "FAIL",
            Self::Pass => "PASS",
            Self::NotApplicable => "NOT-APPLICABLE",
            Self::Undecided => "UNKNOWN",
            Self::Contradiction => "both PASS and FAIL",
        }
    }
}

impl Answer {
    /// Reads the values of `fail`, `pass` and `not_applicable`; what is wrong with one is told.
    pub(super) fn new(fail: &Value, pass: &Value, not_applicable: &Value) -> Result<Self, String> {
        let mut entries: Vec<Failure> = match fail {
            Value::Undefined => Vec::new(),
            Value::Set(entries) => entries.iter().map(failure).collect::<Result<_, _>>()?,
            other => return Err(format!("`fail` is not a set but {other}: write `fail contains {{...}} if {{...}}`")),
        };
        entries.sort_by_cached_key(|entry| (entry.message.clone(), entry.fields()));
        Ok(Self { fail: entries, pass: flag("pass", pass)?, not_applicable: flag("not_applicable", not_applicable)? })
    }

    /// The verdict that follows, for a rule of this severity.
    pub(in crate::audit) fn verdict(self, severity: Severity) -> Verdict {
        match (self.fail.is_empty(), self.not_applicable, self.pass) {
            (false, _, true) => Verdict::Contradiction,
            (false, _, false) => fail(self.fail, severity),
            (true, true, _) => Verdict::NotApplicable,
            (true, false, true) => Verdict::Pass,
            (true, false, false) => Verdict::Undecided,
        }
    }
}

fn failure(entry: &Value) -> Result<Failure, String> {
    let json = serde_json::to_value(entry).map_err(|error| format!("an entry of `fail` is not JSON: {error}"))?;
    serde_json::from_value(json).map_err(|error| {
        format!(
            "an entry of `fail` is not {{\"message\", \"evidence\": [{{\"field\", \"value\"}}], \"severity\"}}: {error}"
        )
    })
}

fn flag(name: &str, value: &Value) -> Result<bool, String> {
    match value {
        Value::Undefined => Ok(false),
        Value::Bool(value) => Ok(*value),
        other => Err(format!("`{name}` is neither true nor undefined but {other}")),
    }
}

fn fail(entries: Vec<Failure>, severity: Severity) -> Verdict {
    let severity = entries.iter().map(|entry| entry.severity.unwrap_or(severity)).max().unwrap_or(severity);
    let mut messages: Vec<String> = Vec::new();
    let mut evidence: Vec<Evidence> = Vec::new();
    for entry in entries {
        if !messages.contains(&entry.message) {
            messages.push(entry.message);
        }
        for item in entry.evidence {
            if !evidence.contains(&item) {
                evidence.push(item);
            }
        }
    }
    Verdict::Fail { message: messages.join("; "), evidence, severity }
}
