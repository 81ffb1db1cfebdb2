//! The sum of an audit in a few lines: what failed, what could not be decided and why, what belongs nowhere.

use std::collections::BTreeMap;

use super::Report;
use crate::audit::{Severity, Status};
use crate::model::text::sanitise;

/// A summary has this many lines at most.
const LINES: usize = 20;

/// The sum of an audit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Findings by severity.
    pub fail: BTreeMap<Severity, usize>,
    /// What could not be decided.
    pub unknown: usize,
    /// What passed.
    pub pass: usize,
    /// What no rule applies to.
    pub not_applicable: usize,
    /// What somebody answers for.
    pub waived: usize,
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn new(report: &Report<'_>) -> Self {
        let mut summary = Self::default();
        for finding in &report.audit.findings {
            match finding.status {
                Status::Fail => *summary.fail.entry(finding.severity).or_default() += 1,
                Status::Unknown { .. } => summary.unknown += 1,
                Status::Pass => summary.pass += 1,
                Status::NotApplicable => summary.not_applicable += 1,
                Status::Waived { .. } => summary.waived += 1,
            }
        }
        summary
    }

    /// How many findings have this severity or a worse one.
    #[must_use]
    pub fn at_or_above(&self, severity: Severity) -> usize {
        self.fail.range(severity..).map(|(_, count)| count).sum()
    }

    /// The outcome in one line. Where something could not be decided it never says that all is well.
    #[must_use]
    pub fn outcome(&self, report: &Report<'_>) -> String {
        let (failed, severity) = (self.at_or_above(report.fail_on), report.fail_on);
        let found = if failed == 0 { "nothing".to_owned() } else { count(failed, "finding") };
        let found = format!("{found} at or above {severity}");
        match (failed > 0, report.complete()) {
            (true, true) => format!("FAILED: {found}"),
            (true, false) => format!("FAILED and INCOMPLETE: {found}; {}", self.undecided(report)),
            (false, true) => format!("PASSED: {found}"),
            (false, false) => format!("INCOMPLETE: {found} was found, but {}", self.undecided(report)),
        }
    }

    fn undecided(&self, report: &Report<'_>) -> String {
        let errors = count(report.audit.errors.len(), "broken rule");
        match (report.estate.shards.is_empty(), self.unknown) {
            (true, _) => "nothing was read".to_owned(),
            (false, 0) => errors,
            (false, unknown) => format!("{} could not be decided", count(unknown, "verdict")),
        }
    }

    /// At most 20 lines, what a reader must not miss first.
    #[must_use]
    pub fn lines(&self, report: &Report<'_>) -> Vec<String> {
        let mut lines = vec![format!("audit of {}", report.subject())];
        lines.extend(self.incomplete(report));
        lines.extend(Self::notes(report));
        lines.push(self.counts());
        let (fail_on, failing) = (report.fail_on, self.at_or_above(report.fail_on));
        if let Some(since) = report.comparison {
            lines.push(format!("since {}: {}", since.with, since.counts()));
            few(since.notes.iter().map(|note| format!("  note: {note}")).collect(), 5, "notes", &mut lines);
            let new = report.failing();
            lines.push(format!("new or worse, at or above --fail-on {fail_on}: {new} of {failing}"));
        } else {
            lines.push(format!("at or above --fail-on {fail_on}: {failing}"));
        }
        if report.audit.unattributed > 0 {
            lines.push(format!(
                "resources that belong to no environment (--env unattributed): {}",
                report.audit.unattributed
            ));
        }
        let lines: Vec<String> = lines.iter().map(|line| sanitise(line)).collect();
        lines.into_iter().take(LINES).collect()
    }

    /// What makes the audit incomplete, the sum of it first; nothing when it is complete.
    #[must_use]
    pub fn incomplete(&self, report: &Report<'_>) -> Vec<String> {
        if report.complete() {
            return Vec::new();
        }
        let coverage = &report.audit.coverage;
        let (missing, needed) = (coverage.missing.len(), coverage.needed);
        let reads = if missing == 0 { String::new() } else { format!("; reads missing: {missing} of {needed}") };
        let mut lines = vec![format!("INCOMPLETE: {}{reads}", self.undecided(report))];
        let errors = report.audit.errors.iter().map(|error| {
            format!("  broken rule: {}: {} (on {})", error.rule, error.message, count(error.resources, "resource"))
        });
        few(errors.collect(), 5, "broken rules", &mut lines);
        few(unread(report), 8, "missing reads", &mut lines);
        short(&lines)
    }

    /// What a reader should know besides: reads that are missing although every verdict could be reached without
    /// them, and what the source holds that is not understood.
    pub(super) fn notes(report: &Report<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        if report.complete() {
            few(unread(report), 8, "missing reads", &mut lines);
        }
        let strangers = &report.estate.not_understood;
        if !strangers.is_empty() {
            lines.push(format!("not understood in the source: {}: {}", strangers.len(), strangers.join("; ")));
        }
        short(&lines)
    }

    fn counts(&self) -> String {
        let fail = Severity::ALL
            .into_iter()
            .rev()
            .filter_map(|severity| self.fail.get(&severity).map(|count| format!("{count} {severity}")));
        let fail: Vec<String> = fail.collect();
        let fail = if fail.is_empty() { "none".to_owned() } else { fail.join(", ") };
        let waived = if self.waived == 0 { String::new() } else { format!("; waived: {}", self.waived) };
        let (unknown, pass, not_applicable) = (self.unknown, self.pass, self.not_applicable);
        format!("findings: {fail}; unknown: {unknown}; passed: {pass}; not applicable: {not_applicable}{waived}")
    }
}

fn unread(report: &Report<'_>) -> Vec<String> {
    let missing = &report.audit.coverage.missing;
    missing.iter().map(|read| format!("  not read in {} {}: {}", read.account, read.region, read.gap)).collect()
}

fn short(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| line.chars().take(400).collect()).collect()
}

/// The first lines of many, and how many more there are.
fn few(all: Vec<String>, most: usize, what: &str, lines: &mut Vec<String>) {
    let more = all.len().saturating_sub(most);
    lines.extend(all.into_iter().take(most));
    if more > 0 {
        lines.push(format!("  and {more} more {what}"));
    }
}

/// A number with its noun.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
