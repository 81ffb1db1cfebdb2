//! GitHub workflow commands: what is missing, then one annotation per rule that found something, because GitHub shows
//! only ten errors and ten warnings of a step. The step summary is the Markdown report.

use std::fmt::Write as _;

use super::manifest::Manifest;
use super::summary::{Summary, count};
use super::{Report, by_rule, change, cut, filled, place, subject};
use crate::audit::{Finding, RuleMeta, Status};
use crate::model::text::sanitise;

/// An annotation names this many resources.
const NAMED: usize = 10;

/// The longest annotation.
const LONGEST: usize = 4000;

/// The annotations, the worst first.
pub(super) fn render(report: &Report<'_>) -> String {
    let manifest = Manifest::new(report);
    let summary = Summary::new(report);
    let mut page = String::new();
    let incomplete = summary.incomplete(report);
    if !incomplete.is_empty() {
        command(&mut page, "error", "Bartizan: the audit is incomplete", &incomplete.join("\n"));
    }
    let notes = Summary::notes(report);
    if !notes.is_empty() {
        command(&mut page, "notice", "Bartizan", &notes.join("\n"));
    }
    for findings in by_rule(report, Status::is_fail) {
        let Some(first) = findings.first() else { continue };
        let level = if first.severity >= report.fail_on { "error" } else { "warning" };
        let title = format!("{}: {} [{}]", first.severity.word().to_uppercase(), first.title, first.rule);
        let meta = manifest.rule(first).map(|judge| &judge.rule.meta);
        command(&mut page, level, &title, &failed(report, &findings, meta));
    }
    let unknown = by_rule(report, Status::is_unknown);
    if !unknown.is_empty() {
        let title = format!("UNKNOWN: {} could not be decided", count(summary.unknown, "verdict"));
        let lines = unknown.iter().filter_map(|findings| {
            let first = findings.first()?;
            let resources = count(findings.len(), "resource");
            Some(format!("- {} [{}], {resources}: {}", first.title, first.rule, first.message))
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        command(&mut page, "warning", &title, &text);
    }
    command(&mut page, "notice", &format!("Bartizan: audit of {}", report.subject()), &summary.outcome(report));
    page
}

fn failed(report: &Report<'_>, findings: &[&Finding], meta: Option<&RuleMeta>) -> String {
    let mut lines = vec![count(findings.len(), "resource")];
    for finding in findings.iter().take(NAMED) {
        let new = if change(report, finding) == Some("new") { "NEW " } else { "" };
        lines.push(format!("- {new}{} in {}: {} ({})", subject(finding), place(finding), finding.message, finding.id));
    }
    if findings.len() > NAMED {
        lines.push(format!("- and {} more", findings.len() - NAMED));
    }
    let here = filled(report, findings);
    if let Some(meta) = meta {
        lines.push(format!("Why: {}", meta.rationale));
        lines.extend(meta.remediation.ways().next().map(|(way, text)| here.fill(&format!("Fix, {way}:\n{text}"))));
    }
    lines.push(format!("More: bartizan explain FINDING{}", report.again));
    lines.join("\n")
}

fn command(page: &mut String, level: &str, title: &str, message: &str) {
    let lines: Vec<String> = message.lines().map(sanitise).collect();
    let message = data(&cut(&lines.join("\n"), LONGEST));
    let title = data(&sanitise(title)).replace(':', "%3A").replace(',', "%2C");
    let _ = writeln!(page, "::{level} title={title}::{message}");
}

/// What a workflow command may carry: one line, and no way to begin another command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_give_a_command() {
        let mut page = String::new();
        command(&mut page, "error", "a,b: 100%", "one\ntwo\r\n::set-output name=x::y");
        assert_eq!(page, "::error title=a%2Cb%3A 100%25::one%0Atwo%0A::set-output name=x::y\n");
    }
}
