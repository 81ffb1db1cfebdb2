//! For people at a terminal.

use std::collections::BTreeMap;

use super::summary::Summary;
use super::wrap::{field, line, verbatim};
use super::{Report, place, subject};
use crate::audit::{Evidence, Finding, Remediation, RuleMeta, Status};

/// A group of verdicts that could not be decided names this many.
const NAMED: usize = 3;

/// The whole audit: what it lacks, its sum, every finding, and what could not be decided.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut page = String::new();
    for told in Summary::new(report).lines(report) {
        line(&mut page, &told);
    }
    for finding in report.audit.findings.iter().filter(|finding| finding.status.is_fail()) {
        page.push('\n');
        brief(&mut page, finding, report.meta(&finding.rule));
    }
    undecided(&mut page, report);
    waived(&mut page, report);
    if report.estate.is_demo() {
        page.push_str("\nDEMO: this estate is made up; its accounts do not exist.\n");
    }
    page
}

fn title(page: &mut String, finding: &Finding, word: &str) {
    line(page, &format!("{word}  {}  [{}]", finding.title, finding.rule));
    field(page, "where", &format!("{} in {}", subject(finding), place(finding)));
}

fn brief(page: &mut String, finding: &Finding, rule: Option<&RuleMeta>) {
    title(page, finding, &finding.severity.word().to_uppercase());
    field(page, "what", &finding.message);
    if let Some(rule) = rule {
        field(page, "why", &rule.rationale);
    }
    evidence(page, &finding.evidence);
    if let Some((way, text)) = rule.and_then(|rule| rule.remediation.ways().next()) {
        verbatim(page, "fix", &format!("{way}:\n{text}"));
    }
    field(page, "id", &format!("{0} (more: bartizan explain {0}, with the same source)", finding.id));
}

fn evidence(page: &mut String, evidence: &[Evidence]) {
    for (nth, item) in evidence.iter().enumerate() {
        let of = item.resource.as_ref().map(|resource| format!("{resource}: ")).unwrap_or_default();
        field(page, if nth == 0 { "evidence" } else { "" }, &format!("{of}{} = {}", item.field, item.value));
    }
}

/// Verdicts that could not be decided, those of one rule for one reason together.
fn undecided(page: &mut String, report: &Report<'_>) {
    let mut groups: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in &report.audit.findings {
        if let Status::Unknown { reason, .. } = &finding.status {
            groups.entry((&finding.rule, reason)).or_default().push(finding);
        }
    }
    for ((_, reason), findings) in groups {
        let Some(first) = findings.first() else { continue };
        page.push('\n');
        line(page, &format!("UNKNOWN  {}  [{}]", first.title, first.rule));
        field(page, "because", reason);
        for finding in findings.iter().take(NAMED) {
            field(page, "where", &format!("{} in {}  ({})", subject(finding), place(finding), finding.id));
        }
        if findings.len() > NAMED {
            field(page, "", &format!("and {} more", findings.len() - NAMED));
        }
    }
}

/// What somebody answers for: why, who and until when.
fn waived(page: &mut String, report: &Report<'_>) {
    for finding in &report.audit.findings {
        let Status::Waived { .. } = finding.status else { continue };
        page.push('\n');
        title(page, finding, "WAIVED");
        field(page, "what", &finding.message);
        waiver(page, &finding.status);
        field(page, "id", &finding.id);
    }
}

fn waiver(page: &mut String, status: &Status) {
    if let Status::Waived { reason, until, owner, ticket } = status {
        field(page, "because", reason);
        let ticket = ticket.as_ref().map(|ticket| format!(", see {ticket}")).unwrap_or_default();
        field(page, "by", &format!("{owner} until {until}{ticket}"));
    }
}

/// One finding in full, with everything its rule says.
#[must_use]
pub fn explain(report: &Report<'_>, finding: &Finding) -> String {
    let mut page = String::new();
    if report.estate.is_demo() {
        page.push_str("DEMO: this estate is made up; its accounts do not exist.\n");
    }
    let word = if finding.status.is_fail() {
        finding.severity.word().to_uppercase()
    } else {
        finding.status.word().to_owned()
    };
    title(&mut page, finding, &word);
    field(&mut page, "what", &finding.message);
    if let Status::Unknown { missing, .. } = &finding.status {
        for gap in missing {
            field(&mut page, "missing", &gap.to_string());
        }
    }
    waiver(&mut page, &finding.status);
    evidence(&mut page, &finding.evidence);
    if let Some(rule) = report.meta(&finding.rule) {
        about(&mut page, rule);
    }
    field(&mut page, "id", &finding.id);
    page
}

fn about(page: &mut String, rule: &RuleMeta) {
    field(page, "rule", &format!("{} of pack {}, {} by itself", rule.id, rule.pack, rule.severity));
    field(page, "decides", &rule.description);
    field(page, "why", &rule.rationale);
    field(page, "verify", &rule.verify);
    remediation(page, &rule.remediation);
    if !rule.controls.is_empty() {
        field(page, "controls", &rule.controls.join("\n"));
    }
}

fn remediation(page: &mut String, remediation: &Remediation) {
    for (nth, (way, text)) in remediation.ways().enumerate() {
        verbatim(page, if nth == 0 { "fix" } else { "" }, &format!("{way}:\n{text}"));
    }
}

/// A rule in full.
#[must_use]
pub fn rule(rule: &RuleMeta) -> String {
    let mut page = String::new();
    line(&mut page, &format!("{}  [{}]", rule.title, rule.id));
    field(&mut page, "judges", &format!("every {}", rule.resource));
    let rests = rule.resource.actions().iter().copied().chain(rule.reads.iter().map(String::as_str));
    field(&mut page, "reads", &rests.collect::<Vec<_>>().join("\n"));
    if !rule.facts.is_empty() {
        field(&mut page, "facts", &rule.facts.join(", "));
    }
    about(&mut page, rule);
    page
}
