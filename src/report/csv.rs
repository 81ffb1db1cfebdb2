//! CSV (RFC 4180) for spreadsheets: one line per verdict. What makes the audit incomplete comes first, as lines of the
//! same columns. The columns are frozen: new ones are added at the end.

use super::manifest::Manifest;
use super::summary::Summary;
use super::{Report, change, evidence, here, missing, waiver};
use crate::audit::Finding;
use crate::model::text::sanitise;

const COLUMNS: [&str; 24] = [
    "status",
    "severity",
    "rule",
    "title",
    "account",
    "region",
    "environment",
    "resource_type",
    "resource",
    "name",
    "message",
    "evidence",
    "missing",
    "controls",
    "verify",
    "waiver",
    "owner",
    "change",
    "finding_id",
    "read_at",
    "pack",
    "pack_version",
    "pack_digest",
    "rule_digest",
];

/// Every verdict as a line.
pub(super) fn render(report: &Report<'_>) -> String {
    let manifest = Manifest::new(report);
    let mut page = String::new();
    line(&mut page, &COLUMNS.map(str::to_owned));
    let incomplete = Summary::new(report).incomplete(report);
    let incomplete = incomplete.iter().map(|told| ("INCOMPLETE", told));
    let notes = Summary::notes(report);
    for (status, told) in incomplete.chain(notes.iter().map(|told| ("NOTE", told))) {
        let cell = |column| match column {
            "status" => status.to_owned(),
            "message" => told.trim().to_owned(),
            _ => String::new(),
        };
        line(&mut page, &COLUMNS.map(cell));
    }
    for finding in &report.audit.findings {
        line(&mut page, &cells(report, &manifest, finding));
    }
    page
}

fn cells(report: &Report<'_>, manifest: &Manifest<'_>, finding: &Finding) -> [String; COLUMNS.len()] {
    let key = &finding.subject.key;
    let judge = manifest.rule(finding);
    let meta = judge.map(|judge| &judge.rule.meta);
    [
        finding.status.word().to_owned(),
        finding.severity.word().to_owned(),
        finding.rule.clone(),
        finding.title.clone(),
        key.account.to_string(),
        key.region.to_string(),
        finding.environment.clone().unwrap_or_default(),
        key.kind.name().to_owned(),
        key.id.clone(),
        finding.subject.name.clone().unwrap_or_default(),
        finding.message.clone(),
        finding.evidence.iter().map(evidence).collect::<Vec<_>>().join("\n"),
        missing(finding).join("\n"),
        meta.map(|meta| meta.controls.join("\n")).unwrap_or_default(),
        meta.map(|meta| here(manifest, finding).fill(&meta.verify)).unwrap_or_default(),
        waiver(finding).unwrap_or_default(),
        finding.owner.clone().unwrap_or_default(),
        change(report, finding).unwrap_or_default().to_owned(),
        finding.id.clone(),
        manifest.read_at(finding).unwrap_or_default(),
        finding.pack.clone(),
        judge.map(|judge| judge.pack.version.clone()).unwrap_or_default(),
        judge.map(|judge| judge.pack.digest.clone()).unwrap_or_default(),
        judge.map(|judge| judge.digest.clone()).unwrap_or_default(),
    ]
}

fn line(page: &mut String, cells: &[String]) {
    for (nth, text) in cells.iter().enumerate() {
        if nth > 0 {
            page.push(',');
        }
        cell(page, text);
    }
    page.push_str("\r\n");
}

/// A cell, quoted. What a spreadsheet would take for a formula gets an apostrophe before it, so that a name cannot
/// make the reader's machine do something.
fn cell(page: &mut String, text: &str) {
    let safe = text.lines().map(sanitise).collect::<Vec<_>>().join("\n");
    page.push('"');
    if safe.trim_start().starts_with(['=', '+', '-', '@']) {
        page.push('\'');
    }
    page.push_str(&safe.replace('"', "\"\""));
    page.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_neither_broken_out_of_nor_run() {
        let mut page = String::new();
        cell(&mut page, "=HYPERLINK(\"http://x\")\u{1b}[31m,\r\nnext");
        assert_eq!(page, "\"'=HYPERLINK(\"\"http://x\"\"),\nnext\"");
        page.clear();
        cell(&mut page, " -1");
        assert_eq!(page, "\"' -1\"");
        page.clear();
        cell(&mut page, "0.0.0.0/0");
        assert_eq!(page, "\"0.0.0.0/0\"");
    }
}
