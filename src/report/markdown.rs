//! Markdown for merge requests, wikis and GitHub's step summary, which takes one mebibyte: beyond that, rules keep
//! their place and lists of resources are cut, saying so.

use std::collections::BTreeMap;

use super::manifest::Manifest;
use super::summary::{Summary, count};
use super::{Report, by_rule, change, cut, evidence, filled, missing, place, subject, waiver};
use crate::audit::{Comparison, Finding, Open, Placeholders, RuleMeta, Severity, Status, Trend, span};
use crate::model::UNATTRIBUTED;
use crate::model::text::sanitise;

/// GitHub drops a larger summary whole.
const LARGEST: usize = 1_000_000;

/// What all lists of resources together may take when the whole would be too large.
const LISTS: usize = 500_000;

/// What is gone since an earlier audit names this many.
const NAMED: usize = 100;

/// The audit as a document.
pub(super) fn render(report: &Report<'_>) -> String {
    let whole = document(report, usize::MAX);
    if whole.len() <= LARGEST {
        return whole;
    }
    let lists = by_rule(report, Status::is_fail).len() + by_rule(report, Status::is_unknown).len() + 1;
    document(report, LISTS / lists)
}

fn document(report: &Report<'_>, share: usize) -> String {
    let manifest = Manifest::new(report);
    let summary = Summary::new(report);
    let mut page = format!("# AWS audit of {}\n\n", words(&report.subject()));
    if report.estate.is_demo() {
        page.push_str("**DEMO**: this estate is made up; its accounts do not exist.\n\n");
    }
    add(&mut page, format!("**{}**\n\n", words(&summary.outcome(report))));
    list(&mut page, &summary.incomplete(report));
    list(&mut page, &Summary::notes(report));
    if let Some(comparison) = report.comparison {
        changes(&mut page, comparison);
    }
    if let Some(trend) = report.trend {
        trends(&mut page, trend);
    }
    if report.trend.is_some() {
        page.push_str("## By environment\n\n");
    }
    counts(&mut page, report);
    for findings in by_rule(report, Status::is_fail) {
        failed(&mut page, report, &findings, (&manifest, share));
    }
    undecided(&mut page, report, share);
    waived(&mut page, report, share);
    rests_on(&mut page, report, &manifest);
    page
}

fn add(page: &mut String, text: impl AsRef<str>) {
    page.push_str(text.as_ref());
}

fn list(page: &mut String, lines: &[String]) {
    for line in lines {
        add(page, format!("- {}\n", words(line.trim())));
    }
    if !lines.is_empty() {
        page.push('\n');
    }
}

fn changes(page: &mut String, comparison: &Comparison) {
    add(page, format!("## Since {}\n\n", words(&comparison.with)));
    add(page, format!("- {}, marked NEW below\n", count(comparison.new.len(), "new finding")));
    add(page, format!("- {}, marked CHANGED\n", count(comparison.changed.len(), "changed finding")));
    add(page, format!("- {} as before\n", count(comparison.known.len(), "finding")));
    list(page, &comparison.notes);
    page.push('\n');
    add(page, format!("{} of then not here any more:\n\n", count(comparison.gone.len(), "finding")));
    for gone in comparison.gone.iter().take(NAMED) {
        let key = &gone.subject.key;
        add(
            page,
            format!(
                "- {}: {} {} in {} {}: {}\n",
                gone.severity,
                words(&gone.title),
                code(&key.id),
                key.account,
                key.region,
                words(&super::gone(gone))
            ),
        );
    }
    if comparison.gone.len() > NAMED {
        add(page, format!("- and {} more\n", comparison.gone.len() - NAMED));
    }
    page.push('\n');
}

/// How findings stand over time.
fn trends(page: &mut String, trend: &Trend) {
    page.push_str("## Trend\n\n");
    list(page, &trend.notes);
    let [first, .., last] = trend.runs.as_slice() else {
        if !trend.runs.is_empty() {
            page.push_str("This is the first run in the history.\n\n");
        }
        return;
    };
    let (since, then, now) = (first.at.strftime("%Y-%m-%d"), first.total(), last.total());
    let unseen =
        if trend.unseen > 0 { format!(", {} of them not looked at this time", trend.unseen) } else { String::new() };
    add(page, format!("{} since {since}: {then} open then, {now} now{unseen}.\n\n", count(trend.runs.len(), "run")));
    page.push_str("| severity | open then | open now | mean age | oldest | fixed | mean time to fix |\n|---|--:|--:|--:|--:|--:|--:|\n");
    for severity in trend.severities() {
        let then = first.open.get(&severity).copied().unwrap_or_default();
        let open = trend.open.get(&severity);
        let fixed = trend.fixed.get(&severity);
        let age = |of: fn(&Open) -> i64| open.map(|open| span(of(open))).unwrap_or_default();
        let (count, mean, oldest) = (open.map_or(0, |open| open.count), age(|open| open.mean), age(|open| open.oldest));
        let (mended, time) =
            (fixed.map_or(0, |fixed| fixed.count), fixed.map(|fixed| span(fixed.mean)).unwrap_or_default());
        add(page, format!("| {severity} | {then} | {count} | {mean} | {oldest} | {mended} | {time} |\n"));
    }
    page.push('\n');
    if trend.overdue.is_empty() {
        return;
    }
    page.push_str("Open for more than 7 days:\n\n| owner | open | oldest | the worst |\n|---|--:|--:|---|\n");
    for overdue in trend.overdue.iter().take(NAMED) {
        let owner =
            overdue.owner.as_deref().map_or_else(|| "*no owner is named*".to_owned(), |owner| cell(&cut(owner, 120)));
        let worst = overdue.worst.first().map(|late| {
            format!(
                "{} {}: {} `{}`",
                late.severity,
                code_cell(&cut(&late.resource, 120)),
                cell(&cut(&late.title, 120)),
                late.id
            )
        });
        let (open, oldest) = (overdue.total(), span(overdue.oldest));
        add(page, format!("| {owner} | {open} | {oldest} | {} |\n", worst.unwrap_or_default()));
    }
    let more = trend.overdue.len().saturating_sub(NAMED);
    if more > 0 {
        add(page, format!("\nAnd {}\n", count(more, "more owner")));
    }
    page.push('\n');
}

/// What there is, by environment.
fn counts(page: &mut String, report: &Report<'_>) {
    let mut rows: BTreeMap<Option<&str>, BTreeMap<&str, usize>> = BTreeMap::new();
    for finding in &report.audit.findings {
        let column = if finding.status.is_fail() { finding.severity.word() } else { finding.status.word() };
        *rows.entry(finding.environment.as_deref()).or_default().entry(column).or_default() += 1;
    }
    let severities = Severity::ALL.iter().rev().map(|severity| severity.word());
    let columns: Vec<&str> = severities.chain(["UNKNOWN", "WAIVED", "PASS", "NOT-APPLICABLE"]).collect();
    add(page, format!("| environment | {} |\n|---|{}\n", columns.join(" | "), "--:|".repeat(columns.len())));
    for (environment, row) in rows {
        let cells = columns.iter().map(|column| row.get(column).map(usize::to_string).unwrap_or_default());
        let cells: Vec<String> = cells.collect();
        let environment = cell(environment.unwrap_or(UNATTRIBUTED));
        add(page, format!("| {environment} | {} |\n", cells.join(" | ")));
    }
    page.push('\n');
}

fn failed(page: &mut String, report: &Report<'_>, findings: &[&Finding], (manifest, share): (&Manifest<'_>, usize)) {
    let Some(first) = findings.first() else { return };
    let worst = first.severity.word().to_uppercase();
    add(page, format!("## {worst}: {} ({})\n\n", words(&first.title), findings.len()));
    let judge = manifest.rule(first);
    if let Some(judge) = judge {
        add(page, format!("{}\n\n", words(&judge.rule.meta.rationale)));
    }
    page.push_str("| severity | where | what | evidence | finding |\n|---|---|---|---|---|\n");
    let rows = findings.iter().map(|finding| {
        let new = match change(report, finding) {
            Some("new") => "**NEW** ",
            Some("changed") => "**CHANGED** ",
            _ => "",
        };
        let evidence: Vec<String> = finding.evidence.iter().map(|item| code_cell(&evidence(item))).collect();
        let (severity, id) = (finding.severity, &finding.id);
        let (resource, place) = (code_cell(&subject(finding)), cell(&place(finding)));
        let (what, evidence) = (cell(&finding.message), evidence.join("<br>"));
        format!("| {new}{severity} | {resource} in {place} | {what} | {evidence} | `{id}` |\n")
    });
    some(page, rows, findings.len(), share);
    if let Some(judge) = judge {
        remedy(page, &judge.rule.meta, &filled(report, findings));
    }
}

/// As many rows as there is room for, and how many there are besides.
fn some(page: &mut String, rows: impl Iterator<Item = String>, all: usize, share: usize) {
    let (mut used, mut shown) = (0, 0);
    for row in rows {
        used += row.len();
        if shown > 0 && used > share {
            break;
        }
        page.push_str(&row);
        shown += 1;
    }
    page.push('\n');
    if shown < all {
        add(page, format!("**And {} more**: the formats csv, json and html list them.\n\n", all - shown));
    }
}

fn remedy(page: &mut String, meta: &RuleMeta, here: &Placeholders) {
    for (way, text) in meta.remediation.ways() {
        add(page, format!("Fix, {way}:\n\n"));
        fenced(page, &here.fill(text));
    }
    add(page, format!("Verify: {}\n\n", words(&here.fill(&meta.verify))));
    if !meta.controls.is_empty() {
        add(page, format!("Controls: {}\n\n", words(&meta.controls.join("; "))));
    }
    add(page, format!("Rule: {}\n\n", code(&meta.id)));
}

/// A block whose text stays as it is: its fence is longer than any in it.
fn fenced(page: &mut String, text: &str) {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    let lines: Vec<String> = text.lines().map(sanitise).collect();
    add(page, format!("{fence}\n{}\n{fence}\n\n", lines.join("\n")));
}

fn undecided(page: &mut String, report: &Report<'_>, share: usize) {
    for findings in by_rule(report, Status::is_unknown) {
        let Some(first) = findings.first() else { continue };
        add(page, format!("## UNKNOWN: {} ({})\n\n", words(&first.title), findings.len()));
        add(page, format!("Rule: {}\n\n", code(&first.rule)));
        page.push_str("| where | because | missing | finding |\n|---|---|---|---|\n");
        let rows = findings.iter().map(|finding| {
            let missing: Vec<String> = missing(finding).iter().map(|gap| cell(gap)).collect();
            let (what, place) = (code_cell(&subject(finding)), cell(&place(finding)));
            let (message, missing) = (cell(&finding.message), missing.join("<br>"));
            format!("| {what} in {place} | {message} | {missing} | `{}` |\n", finding.id)
        });
        some(page, rows, findings.len(), share);
    }
}

fn waived(page: &mut String, report: &Report<'_>, share: usize) {
    let waived: Vec<_> = report.audit.findings.iter().filter_map(|finding| Some((finding, waiver(finding)?))).collect();
    if waived.is_empty() {
        return;
    }
    page.push_str("## Waived\n\n| severity | what | where | waiver | finding |\n|---|---|---|---|---|\n");
    let rows = waived.iter().map(|(finding, waiver)| {
        let (title, id) = (cell(&finding.title), &finding.id);
        let (what, place) = (code_cell(&subject(finding)), cell(&place(finding)));
        format!("| {} | {title} | {what} in {place} | {} | `{id}` |\n", finding.severity, cell(waiver))
    });
    some(page, rows, waived.len(), share);
}

fn rests_on(page: &mut String, report: &Report<'_>, manifest: &Manifest<'_>) {
    let (from, to) = manifest.interval().unwrap_or_else(|| ("not known".to_owned(), "not known".to_owned()));
    let callers: Vec<String> = manifest.callers.iter().map(|caller| code(caller)).collect();
    let read = manifest.reads.iter().filter(|read| read.gaps.is_empty()).count();
    add(page, format!("## What this rests on\n\n- Bartizan {}\n", env!("CARGO_PKG_VERSION")));
    add(page, format!("- made {}; read {from} to {to}\n", report.time()));
    if !callers.is_empty() {
        add(page, format!("- read by {}\n", callers.join(", ")));
    }
    add(page, format!("- APIs read to the end: {read} of {}\n", manifest.reads.len()));
    add(page, format!("- estate `{}`\n", report.estate.digest()));
    for pack in report.packs {
        add(page, format!("- pack {} {} `{}`\n", words(&pack.id), words(&pack.version), pack.digest));
    }
}

/// Text in which nothing is taken for markup, in a line of its own or within one.
fn words(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.lines().map(sanitise).collect::<Vec<_>>().join(" ").chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '$' | '&' | '!' | '@' => {
                safe.push('\\');
                safe.push(c);
            }
            other => safe.push(other),
        }
    }
    // What begins a list or underlines a heading, and bare addresses, which would become links.
    let begins = if safe.starts_with(['-', '+', '=']) { "\\" } else { "" };
    format!("{begins}{}", safe.replace("://", "\\://").replace("www.", "www\\."))
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    words(text)
}

/// Text as code: it stays as it is, links and mentions included.
fn code(text: &str) -> String {
    let safe = sanitise(&text.lines().collect::<Vec<_>>().join(" "));
    let fence = "`".repeat(longest_run(&safe) + 1);
    let pad = if safe.starts_with(['`', ' ']) || safe.ends_with(['`', ' ']) || safe.is_empty() { " " } else { "" };
    format!("{fence}{pad}{safe}{pad}{fence}")
}

/// Code in a cell of a table, where a bar would end the cell even within code.
fn code_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_not_markup() {
        assert_eq!(words("a *b* [c](http://d) <e>\nf"), "a \\*b\\* \\[c\\](http\\://d) \\<e\\> f");
        assert_eq!(code("a `` b"), "```a `` b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code_cell("a|b"), "`a\\|b`");
    }
}
