//! Verdicts as lists show and count them.

use std::collections::BTreeMap;

use super::widget::text::clean;
use super::world::Part;
use crate::audit::{Audit, Finding, Severity, Status};
use crate::model::{Attribution, Environment};

/// A finding as lists show it.
#[derive(Debug, Clone)]
pub(crate) struct FindingRow {
    /// How much it matters.
    pub(crate) severity: Severity,
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// The rule.
    pub(crate) rule: String,
    /// The resource.
    pub(crate) subject: String,
    /// The environment it belongs to.
    pub(crate) environment: Option<usize>,
    /// Everything a filter may look for, in lower case.
    pub(crate) haystack: String,
}

/// A [`Status`] without its reasons, in the order in which verdicts need a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// FAIL
    Fail,
    /// UNKNOWN
    Unknown,
    /// PASS
    Pass,
    /// WAIVED
    Waived,
    /// NOT-APPLICABLE
    NotApplicable,
}

impl Verdict {
    pub(crate) fn of(status: &Status) -> Self {
        match status {
            Status::Fail => Self::Fail,
            Status::Unknown { .. } => Self::Unknown,
            Status::Pass => Self::Pass,
            Status::NotApplicable => Self::NotApplicable,
            Status::Waived { .. } => Self::Waived,
        }
    }

    /// Whether somebody should look at it.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Fail | Self::Unknown)
    }
}

/// The verdicts of an audit.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    /// A line per finding, in the order of the audit.
    pub(crate) rows: Vec<FindingRow>,
    tallies: BTreeMap<Part, Tally>,
}

/// How many verdicts there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Faults by severity, the least first.
    pub(crate) faults: [usize; Severity::ALL.len()],
    /// Verdicts that could not be decided.
    pub(crate) unknown: usize,
    /// All verdicts.
    pub(crate) all: usize,
    /// Resources.
    pub(crate) resources: usize,
}

impl Tally {
    /// All faults.
    pub(crate) fn fails(&self) -> usize {
        self.faults.iter().sum()
    }

    /// The severity of the worst fault.
    pub(crate) fn worst(&self) -> Option<Severity> {
        let with_count = Severity::ALL.into_iter().zip(self.faults);
        with_count.rev().find(|(_, count)| *count > 0).map(|(severity, _)| severity)
    }

    fn add(&mut self, row: &FindingRow) {
        self.all += 1;
        let severity = Severity::ALL.iter().position(|severity| *severity == row.severity);
        match (row.verdict, severity.and_then(|index| self.faults.get_mut(index))) {
            (Verdict::Fail, Some(count)) => *count += 1,
            (Verdict::Unknown, _) => self.unknown += 1,
            _ => {}
        }
    }
}

impl Verdicts {
    /// The verdicts of an audit, and the resources they are about.
    pub(crate) fn new(audit: &Audit, environments: &[Environment], attribution: &Attribution) -> Self {
        let rows: Vec<_> = audit.findings.iter().map(|finding| row(finding, environments)).collect();
        let mut tallies: BTreeMap<Part, Tally> = BTreeMap::new();
        let mut count = |part: Part, resources: usize| {
            tallies.entry(part).or_default().resources = resources;
            tallies.entry(Part::All).or_default().resources += resources;
        };
        count(Part::Unattributed, attribution.unattributed);
        for (index, environment) in environments.iter().enumerate() {
            count(Part::Environment(index), attribution.count(&environment.name));
        }
        for row in &rows {
            let own = row.environment.map_or(Part::Unattributed, Part::Environment);
            for part in [Part::All, own] {
                tallies.entry(part).or_default().add(row);
            }
        }
        Self { rows, tallies }
    }

    /// How many there are in a part.
    pub(crate) fn tally(&self, part: Part) -> Tally {
        self.tallies.get(&part).copied().unwrap_or_default()
    }
}

fn row(finding: &Finding, environments: &[Environment]) -> FindingRow {
    let named = |name: &String| environments.iter().position(|environment| environment.name == *name);
    let subject = subject(finding);
    let rule = clean(&finding.rule);
    let parts = [
        finding.severity.word(),
        finding.status.word(),
        &rule,
        &subject,
        &finding.pack,
        &finding.title,
        &finding.subject.key.id,
        finding.subject.key.kind.name(),
        finding.environment.as_deref().unwrap_or("unattributed"),
    ];
    FindingRow {
        severity: finding.severity,
        verdict: Verdict::of(&finding.status),
        environment: finding.environment.as_ref().and_then(named),
        haystack: parts.join(" ").to_lowercase(),
        rule,
        subject,
    }
}

/// What a finding's resource is called in one line: its name before its id, its whole type when the listing itself
/// is meant.
fn subject(finding: &Finding) -> String {
    let key = &finding.subject.key;
    if key.id == "*" {
        return format!("every {}", key.kind);
    }
    let id = clean(short_id(&key.id));
    match finding.subject.name.as_deref().map(clean).filter(|name| !name.is_empty() && *name != id) {
        // A long id says little that the name does not; the detail has it.
        Some(name) if id.len() > 24 => name,
        Some(name) => format!("{name} ({id})"),
        None => id,
    }
}

/// An ARN without what every ARN of an account has in common.
pub(crate) fn short_id(id: &str) -> &str {
    if id.starts_with("arn:") { id.splitn(6, ':').last().unwrap_or(id) } else { id }
}
