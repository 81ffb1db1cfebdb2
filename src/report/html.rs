//! HTML: one self-contained page that leads with the verdict and what changed, reads and prints without JavaScript,
//! and stays below two megabytes. No finding and no unknown is left out for that: lists become denser instead.

mod appendix;
mod findings;
mod trend;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::manifest::Manifest;
use super::markup::Markup;
use super::summary::{Summary, count};
use super::{Report, by_rule, cut};
use crate::audit::{Comparison, Finding, Gone, Now, Severity, Status};
use crate::model::UNATTRIBUTED;

/// A page is not larger.
const LARGEST: usize = 2_000_000;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/filter.js");

/// A list in the part that is always shown in full names this many.
const NAMED: usize = 20;

/// What every part of the page is made from.
struct Frame<'a> {
    report: &'a Report<'a>,
    manifest: Manifest<'a>,
    summary: Summary,
}

/// The audit as a page.
pub(super) fn render(report: &Report<'_>) -> String {
    let frame = Frame { report, manifest: Manifest::new(report), summary: Summary::new(report) };
    let (mut page, mut rest) = (Markup::default(), Markup::default());
    head(&mut page, &frame);
    environments(&mut rest, &frame);
    overview(&mut rest, &frame);
    rest.raw("<div class=\"filter\" id=\"filter\" hidden></div>\n");
    let mut tail = Markup::default();
    appendix::render(&mut tail, &frame);
    tail.raw("<script>").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    // What the trend links to is known once it is known how much room there is, so the longest links are counted.
    let targets = trend::Targets::new(&frame);
    let taken = page.len() + trend::render(&frame, &targets).len() + rest.len() + tail.len();
    let (findings, shown) = findings::render(&frame, LARGEST.saturating_sub(taken));
    page.append(&trend::render(&frame, &targets.shown(shown))).append(&rest).append(&findings).append(&tail);
    page.finish()
}

fn head(page: &mut Markup, frame: &Frame<'_>) {
    let report = frame.report;
    let title = format!("AWS audit of {}", report.subject());
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    // Whatever a name may smuggle in, nothing but our own style and script is obeyed, and nothing is fetched.
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
    page.text(&hash(STYLE)).raw("'; script-src 'sha256-").text(&hash(SCRIPT)).raw("'\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
    page.raw("<meta name=\"generator\" content=\"Bartizan ").raw(env!("CARGO_PKG_VERSION")).raw("\">\n<title>");
    page.text(&format!("{}: {title}", frame.summary.outcome(report))).raw("</title>\n<style>").raw(STYLE);
    page.raw("</style>\n</head>\n<body>\n<h1>").text(&title).raw("</h1>\n");
    verdict(page, frame);
    page.raw("<nav class=\"dim\">");
    if report.trend.is_some() {
        page.raw("<a href=\"#trend\">Trend</a> | ");
    }
    page.raw("<a href=\"#findings\">What is wrong</a> | <a href=\"#controls\">Controls</a> | ");
    page.raw("<a href=\"#rules\">Rules</a> | <a href=\"#coverage\">Coverage</a> | ");
    page.raw("<a href=\"#manifest\">What this rests on</a></nav>\n");
    if let Some(comparison) = report.comparison {
        changes(page, frame, comparison);
    }
}

/// The verdict, and what makes it incomplete.
fn verdict(page: &mut Markup, frame: &Frame<'_>) {
    let report = frame.report;
    let failed = frame.summary.at_or_above(report.fail_on) > 0;
    let incomplete = frame.summary.incomplete(report);
    let class = match (failed, incomplete.is_empty()) {
        (true, _) => "failed",
        (false, false) => "incomplete",
        (false, true) => "passed",
    };
    page.raw("<div class=\"banner ").raw(class).raw("\"><strong>").text(&frame.summary.outcome(report));
    page.raw("</strong>");
    let shown = format!("made {} by Bartizan {}", report.time(), env!("CARGO_PKG_VERSION"));
    let read = frame.manifest.interval().map(|(from, _)| format!("; the account was read from {from}"));
    page.raw("<p class=\"dim\">").text(&shown).text(&read.unwrap_or_default());
    let alone = report.comparison.is_none();
    page.raw(if alone { "; not compared with an earlier audit</p>" } else { "</p>" });
    if let Some((first, rest)) = incomplete.split_first() {
        page.raw("<p>").text(first).raw("</p>");
        items(page, rest);
        page.raw("<p class=\"dim\">What was not read is neither passed nor failed. Grant the IAM actions named, or ");
        page.raw("read again, and audit anew. The whole list is under <a href=\"#coverage\">Coverage</a>.</p>");
    }
    page.raw("</div>\n");
    if report.estate.is_demo() {
        page.raw("<div class=\"banner demo\"><strong>DEMO</strong>");
        page.raw("<p>This estate is made up; its accounts do not exist.</p></div>\n");
    }
    let notes = Summary::notes(report);
    if !notes.is_empty() {
        page.raw("<div class=\"banner waived\">");
        items(page, &notes);
        page.raw("</div>\n");
    }
}

fn items(page: &mut Markup, lines: &[String]) {
    page.raw("<ul>");
    for line in lines {
        page.raw("<li>").text(line.trim()).raw("</li>");
    }
    page.raw("</ul>");
}

/// What changed since an earlier audit.
fn changes(page: &mut Markup, frame: &Frame<'_>, comparison: &Comparison) {
    page.raw("<h2 id=\"changes\">Since ").text(&comparison.with).raw("</h2>\n<ul>");
    match comparison.new.len() {
        0 => page.raw("<li><strong>no new finding</strong>"),
        new => page.raw("<li><strong>").text(&count(new, "new finding")).raw("</strong>, marked NEW below"),
    };
    let failed = frame.report.audit.findings.iter().filter(|finding| finding.status.is_fail());
    let new: Vec<&Finding> = failed.filter(|finding| comparison.new.contains(&finding.id)).collect();
    page.raw(if new.is_empty() { "" } else { "<ul>" });
    for finding in new.iter().take(NAMED) {
        let key = &finding.subject.key;
        page.raw("<li>").raw(finding.severity.word()).raw(": <code>").text(&key.id).raw("</code>");
        page.text(&format!(" in {} {}: ", key.account, key.region)).raw("<a href=\"#r-").text(&finding.rule);
        page.raw("\">").text(&finding.title).raw("</a></li>");
    }
    if new.len() > NAMED {
        page.raw("<li>and ").number(new.len() - NAMED).raw(" more, under their rules</li>");
    }
    page.raw(if new.is_empty() { "</li>" } else { "</ul></li>" });
    if !comparison.changed.is_empty() {
        let changed = count(comparison.changed.len(), "finding");
        page.raw("<li><strong>").text(&changed).raw("</strong> worse, milder or told otherwise, marked CHANGED</li>");
    }
    page.raw("<li>").text(&count(comparison.known.len(), "finding")).raw(" as before</li>");
    for now in Now::ALL {
        let gone: Vec<&Gone> = comparison.gone.iter().filter(|gone| gone.now == now).collect();
        became(page, now, &gone);
    }
    for note in &comparison.notes {
        page.raw("<li>").text(note).raw("</li>");
    }
    page.raw("</ul>\n");
}

/// What became of the same of several earlier findings.
fn became(page: &mut Markup, now: Now, gone: &[&Gone]) {
    if gone.is_empty() {
        return;
    }
    page.raw("<li><strong>").text(&count(gone.len(), "earlier finding")).raw("</strong>: ").text(now.told());
    page.raw("<ul>");
    for gone in gone.iter().take(NAMED) {
        let key = &gone.subject.key;
        let why = if gone.why.is_empty() { String::new() } else { format!(" ({})", gone.why) };
        let place = format!(" in {} {}: {}{}", key.account, key.region, gone.title, cut(&why, 300));
        page.raw("<li>").text(gone.severity.word()).raw(": <code>").text(&key.id).raw("</code>").text(&place);
        page.raw("</li>");
    }
    if gone.len() > NAMED {
        page.raw("<li>and ").number(gone.len() - NAMED).raw(" more; the JSON report lists them</li>");
    }
    page.raw("</ul></li>");
}

/// How many of what, by environment.
fn environments(page: &mut Markup, frame: &Frame<'_>) {
    let mut rows: BTreeMap<(bool, &str), BTreeMap<&str, usize>> = BTreeMap::new();
    for finding in &frame.report.audit.findings {
        let column = if finding.status.is_fail() { finding.severity.word() } else { finding.status.word() };
        let name = finding.environment.as_deref();
        *rows.entry((name.is_none(), name.unwrap_or(NOWHERE))).or_default().entry(column).or_default() += 1;
    }
    let severities = Severity::ALL.iter().rev().map(|severity| (severity.word(), severity.word()));
    let others =
        [("UNKNOWN", "unknown"), ("WAIVED", "waived"), ("PASS", "passed"), ("NOT-APPLICABLE", "not applicable")];
    let columns: Vec<(&str, &'static str)> = severities.chain(others).collect();
    page.raw("<h2>By environment</h2>\n<div class=\"scroll\"><table><thead><tr><th>environment</th>");
    for (_, title) in &columns {
        page.raw("<th class=\"n\">").raw(title).raw("</th>");
    }
    page.raw("</tr></thead><tbody>\n");
    for ((_, environment), row) in rows {
        page.raw("<tr><td>").text(environment).raw("</td>");
        for (column, _) in &columns {
            page.raw("<td class=\"n\">");
            if let Some(number) = row.get(column) {
                page.number(*number);
            }
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n");
    let unattributed = frame.report.audit.unattributed;
    if unattributed > 0 {
        page.raw("<p class=\"dim\">Resources that belong to no environment: ").number(unattributed).raw("</p>\n");
    }
}

/// What stands for the environment of what belongs to none.
const NOWHERE: &str = UNATTRIBUTED;

/// Every rule that found something, with a link to it.
fn overview(page: &mut Markup, frame: &Frame<'_>) {
    let failed = by_rule(frame.report, Status::is_fail);
    let unknown = by_rule(frame.report, Status::is_unknown);
    if failed.is_empty() && unknown.is_empty() {
        return;
    }
    page.raw("<h2>At a glance</h2>\n<div class=\"scroll\"><table><thead><tr><th>severity</th><th>what is wrong</th>");
    page.raw("<th class=\"n\">resources</th><th>where</th></tr></thead><tbody>\n");
    for (anchor, groups) in [("#r-", &failed), ("#u-", &unknown)] {
        for findings in groups {
            let Some(first) = findings.first() else { continue };
            page.raw("<tr><td>");
            word(page, first);
            page.raw("</td><td><a href=\"").raw(anchor).text(&first.rule).raw("\">").text(&first.title);
            page.raw("</a></td><td class=\"n\">").number(findings.len());
            // A rule may weigh what it finds by what it finds it on.
            let worst = findings.iter().filter(|finding| finding.severity == first.severity).count();
            if worst < findings.len() && !first.status.is_unknown() {
                page.raw(", ").number(worst).raw(" ").raw(class(first));
            }
            page.raw("</td><td>");
            page.text(&places(findings)).raw("</td></tr>\n");
        }
    }
    page.raw("</tbody></table></div>\n");
}

/// The environments of several findings, the most frequent first.
fn places(findings: &[&Finding]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.environment.as_deref().unwrap_or(NOWHERE)).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<String> = counts.iter().take(6).map(|(name, count)| format!("{name} {count}")).collect();
    let more = if counts.len() > 6 { format!(", {} more", counts.len() - 6) } else { String::new() };
    format!("{}{more}", named.join(", "))
}

/// The class and the word of a finding: its severity, or that it is unknown.
fn class(finding: &Finding) -> &'static str {
    if finding.status.is_unknown() { "unknown" } else { finding.severity.word() }
}

fn word(page: &mut Markup, finding: &Finding) {
    page.raw("<span class=\"word ").raw(class(finding)).raw("\">").raw(class(finding)).raw("</span>");
}

/// The SHA-256 of a text in Base64, as a content security policy names it.
fn hash(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::with_capacity(44);
    for bytes in Sha256::digest(text).chunks(3) {
        let bits = bytes.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - bytes.len()));
        for nth in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * nth) & 63).ok().and_then(|digit| DIGITS.get(digit));
            encoded.push(if nth > bytes.len() { '=' } else { digit.map_or('=', |digit| char::from(*digit)) });
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn a_hash_is_that_of_a_policy() {
        // `printf "alert('Hello, world.');" | openssl dgst -sha256 -binary | base64`
        assert_eq!(hash("alert('Hello, world.');"), "qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
    }
}
