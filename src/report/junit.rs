//! JUnit XML, as GitLab, Jenkins and others show it: a suite per rule, a test per resource. A fault is a failure, what
//! could not be decided is an error, what is waived or does not apply is skipped with its reason.

use std::collections::BTreeMap;

use super::manifest::Manifest;
use super::markup::Markup;
use super::summary::Summary;
use super::{Report, change, evidence, here, missing, place, subject, waiver};
use crate::audit::{Finding, Status};

/// The audit as test results.
pub(super) fn render(report: &Report<'_>) -> String {
    let manifest = Manifest::new(report);
    let summary = Summary::new(report);
    let mut page = Markup::default();
    page.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let incomplete = summary.incomplete(report);
    for told in &incomplete {
        // Two hyphens would end the comment.
        page.raw("<!-- ").text(&told.replace("--", "- -")).raw(" -->\n");
    }
    let mut suites: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.audit.findings {
        suites.entry(&finding.rule).or_default().push(finding);
    }
    for told in Summary::notes(report) {
        page.raw("<!-- ").text(&told.replace("--", "- -")).raw(" -->\n");
    }
    let total = Tally::of(&report.audit.findings.iter().collect::<Vec<_>>(), incomplete.len());
    page.raw("<testsuites name=\"").text(&format!("Bartizan audit of {}", report.subject())).raw("\"");
    total.attributes(&mut page);
    page.raw(">\n");
    coverage(&mut page, report, &manifest, &incomplete);
    for (rule, findings) in suites {
        suite(&mut page, report, (rule, &findings), &manifest);
    }
    page.raw("</testsuites>\n");
    page.finish()
}

/// How many tests there are, and how they ended.
struct Tally {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Tally {
    fn of(findings: &[&Finding], gaps: usize) -> Self {
        let count = |is: fn(&Status) -> bool| findings.iter().filter(|finding| is(&finding.status)).count();
        Self {
            tests: findings.len() + gaps.max(1),
            failures: count(Status::is_fail),
            errors: count(Status::is_unknown) + gaps,
            skipped: count(|status| matches!(status, Status::NotApplicable | Status::Waived { .. })),
        }
    }

    fn attributes(&self, page: &mut Markup) {
        page.raw(" tests=\"").number(self.tests).raw("\" failures=\"").number(self.failures);
        page.raw("\" errors=\"").number(self.errors).raw("\" skipped=\"").number(self.skipped);
        page.raw("\" time=\"0\"");
    }
}

/// Whether everything was read: one test when it was, one error for each thing that was not.
fn coverage(page: &mut Markup, report: &Report<'_>, manifest: &Manifest<'_>, incomplete: &[String]) {
    page.raw("  <testsuite name=\"coverage\"");
    Tally::of(&[], incomplete.len()).attributes(page);
    page.raw(" timestamp=\"").text(report.time().trim_end_matches('Z')).raw("\">\n    <properties>\n");
    let (from, to) = manifest.interval().unwrap_or_default();
    let callers: Vec<&str> = manifest.callers.iter().copied().collect();
    let mut properties = vec![
        ("tool_version", env!("CARGO_PKG_VERSION").to_owned()),
        ("demo", report.estate.is_demo().to_string()),
        ("estate_digest", report.estate.digest()),
        ("callers", callers.join(", ")),
        ("read_from", from),
        ("read_to", to),
    ];
    properties
        .extend(report.packs.iter().map(|pack| ("pack", format!("{} {} {}", pack.id, pack.version, pack.digest))));
    if let Some(since) = report.comparison {
        properties.push(("since", since.with.clone()));
        properties.push(("changes", since.counts()));
    }
    for (name, value) in properties {
        page.raw("      <property name=\"").raw(name).raw("\" value=\"").text(&value).raw("\"/>\n");
    }
    page.raw("    </properties>\n");
    if incomplete.is_empty() {
        page.raw("    <testcase classname=\"coverage\" name=\"everything was read\" time=\"0\"/>\n");
    }
    for told in incomplete {
        page.raw("    <testcase classname=\"coverage\" name=\"").text(told.trim()).raw("\" time=\"0\">");
        page.raw("<error type=\"INCOMPLETE\" message=\"").text(told.trim()).raw("\"/></testcase>\n");
    }
    page.raw("  </testsuite>\n");
}

fn suite(page: &mut Markup, report: &Report<'_>, (rule, findings): (&str, &[&Finding]), manifest: &Manifest<'_>) {
    let judge = findings.first().and_then(|finding| manifest.rule(finding));
    page.raw("  <testsuite name=\"").text(rule).raw("\"");
    let mut tally = Tally::of(findings, 0);
    tally.tests = findings.len();
    tally.attributes(page);
    page.raw(" timestamp=\"").text(report.time().trim_end_matches('Z')).raw("\">\n");
    if let Some(judge) = judge {
        page.raw("    <properties>\n      <property name=\"rule_digest\" value=\"").text(&judge.digest);
        page.raw("\"/>\n");
        for control in &judge.rule.meta.controls {
            page.raw("      <property name=\"control\" value=\"").text(control).raw("\"/>\n");
        }
        page.raw("    </properties>\n");
    }
    for finding in findings {
        case(page, report, finding, manifest);
    }
    page.raw("  </testsuite>\n");
}

fn case(page: &mut Markup, report: &Report<'_>, finding: &Finding, manifest: &Manifest<'_>) {
    page.raw("    <testcase classname=\"").text(&format!("{}.{}", finding.pack, finding.rule));
    page.raw("\" name=\"").text(&format!("{} in {}", subject(finding), place(finding))).raw("\" time=\"0\"");
    match &finding.status {
        Status::Pass => {
            page.raw("/>\n");
            return;
        }
        Status::Fail => {
            // A viewer shows the message alone: what is new since the baseline has to be seen in it.
            let change = change(report, finding).map(|change| format!("{}: ", change.to_uppercase()));
            let message = format!("{}{}: {}", change.unwrap_or_default(), finding.title, finding.message);
            page.raw("><failure type=\"").raw(finding.severity.word()).raw("\" message=\"").text(&message).raw("\">");
            page.lines(&body(report, finding, manifest)).raw("</failure>");
        }
        Status::Unknown { .. } => {
            page.raw("><error type=\"UNKNOWN\" message=\"").text(&finding.message).raw("\">");
            page.lines(&missing(finding).join("\n")).raw("</error>");
        }
        Status::NotApplicable => {
            page.raw("><skipped message=\"").text(&finding.message).raw("\"/>");
        }
        Status::Waived { .. } => {
            let message = format!("{}; {}", waiver(finding).unwrap_or_default(), finding.message);
            page.raw("><skipped message=\"").text(&message).raw("\"/>");
        }
    }
    page.raw("</testcase>\n");
}

/// What a reader of a failed test needs to act.
fn body(report: &Report<'_>, finding: &Finding, manifest: &Manifest<'_>) -> String {
    let meta = manifest.rule(finding).map(|judge| &judge.rule.meta);
    let here = here(manifest, finding);
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.evidence.iter().map(|item| format!("evidence: {}", evidence(item))));
    if let Some(meta) = meta {
        lines.push(format!("why: {}", meta.rationale));
        lines.extend(meta.remediation.ways().map(|(way, text)| here.fill(&format!("fix, {way}:\n{text}"))));
        lines.push(here.fill(&format!("verify: {}", meta.verify)));
    }
    lines.push(format!("more: bartizan explain {}{}", finding.id, report.again));
    lines.join("\n")
}
