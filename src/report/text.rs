//! For people at a terminal.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use anstyle::Style;
use serde_json::Value;

use super::manifest::Manifest;
use super::summary::Summary;
use super::wrap::{BOLD, DIM, PLAIN, Page, UNKNOWN, of_severity, of_verdict};
use super::{Report, diff, here, place, subject};
use crate::audit::{Comparison, Evidence, Finding, Pack, Placeholders, RuleMeta, Severity, Status};

/// A group of verdicts that could not be decided names this many.
const NAMED: usize = 3;

const DEMO: &str = "DEMO: this estate is made up; its accounts do not exist.";

/// The whole audit: what it lacks, its sum, every finding, and what could not be decided.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut page = Page::new(report.paint);
    for told in Summary::new(report).lines(report) {
        let style = if told.starts_with("INCOMPLETE") { UNKNOWN } else { PLAIN };
        page.line(&[(style, &told)]);
    }
    let manifest = Manifest::new(report);
    let known = |finding: &Finding| report.comparison.is_some_and(|since| since.known.contains(&finding.id));
    for finding in report.audit.findings.iter().filter(|finding| finding.status.is_fail() && !known(finding)) {
        page.line(&[]);
        brief(&mut page, finding, report, &manifest);
    }
    if let Some(since) = report.comparison {
        as_before(&mut page, report, since);
        since.gone.iter().for_each(|gone| diff::of_gone(&mut page, gone));
    }
    undecided(&mut page, report);
    waived(&mut page, report);
    if report.estate.is_demo() {
        page.line(&[]);
        page.line(&[(BOLD, DEMO)]);
    }
    page.finish()
}

fn headline(page: &mut Page, word: (Style, &str), title: &str, rule: &str) {
    page.line(&[word, (PLAIN, "  "), (BOLD, title), (PLAIN, "  "), (DIM, &format!("[{rule}]"))]);
}

fn title(page: &mut Page, finding: &Finding, word: &str) {
    headline(page, (of_verdict(&finding.status, finding.severity), word), &finding.title, &finding.rule);
    page.field("where", &format!("{} in {}", subject(finding), place(finding)));
}

fn brief(page: &mut Page, finding: &Finding, report: &Report<'_>, manifest: &Manifest<'_>) {
    let rule = report.meta(&finding.rule);
    let was = report.comparison.and_then(|since| since.changed.get(&finding.id));
    let mark = report.comparison.map_or("", |_| if was.is_some() { "CHANGED " } else { "NEW " });
    title(page, finding, &format!("{mark}{}", finding.severity.word().to_uppercase()));
    page.field("what", &finding.message);
    if let Some(was) = was {
        page.field("was", &format!("{}: {}", was.severity, was.message));
    }
    if let Some(rule) = rule {
        page.field("why", &rule.rationale);
    }
    evidence(page, &finding.evidence);
    if let Some((way, text)) = rule.and_then(|rule| rule.remediation.ways().next()) {
        let here = here(manifest, finding);
        page.verbatim("fix", &here.fill(&format!("{way}:\n{text}")));
    }
    page.field("id", &finding.id);
    page.verbatim("more", &format!("bartizan explain {}{}", finding.id, report.again));
}

fn evidence(page: &mut Page, evidence: &[Evidence]) {
    for (nth, item) in evidence.iter().enumerate() {
        let of = item.resource.as_ref().map(|resource| format!("{resource}: ")).unwrap_or_default();
        // The hops of a path, one below the other.
        let steps = item.value.as_array().filter(|steps| steps.len() > 1 && steps.iter().all(Value::is_string));
        let value = match steps {
            Some(steps) => {
                steps.iter().filter_map(Value::as_str).fold(String::new(), |text, step| text + "\n  " + step)
            }
            None => format!(" {}", item.value),
        };
        page.field(if nth == 0 { "evidence" } else { "" }, &format!("{of}{} ={value}", item.field));
    }
}

/// What fails as it did in the earlier audit: how often by rule, because what is new is what a reader came for.
fn as_before(page: &mut Page, report: &Report<'_>, since: &Comparison) {
    let mut known: BTreeMap<(Reverse<Severity>, &str), usize> = BTreeMap::new();
    for finding in report.audit.findings.iter().filter(|finding| since.known.contains(&finding.id)) {
        *known.entry((Reverse(finding.severity), &finding.rule)).or_default() += 1;
    }
    if known.is_empty() {
        return;
    }
    page.line(&[]);
    page.line(&[(BOLD, "KNOWN"), (PLAIN, &format!("  as in {}; one by one in the other formats", since.with))]);
    for severity in Severity::ALL.into_iter().rev() {
        let of = known.iter().filter(|((of, _), _)| of.0 == severity);
        let rules: Vec<_> = of.map(|((_, rule), times)| format!("{rule} {times}")).collect();
        if !rules.is_empty() {
            page.field(severity.word(), &rules.join(", "));
        }
    }
}

/// Verdicts that could not be decided, those of one rule for one reason together.
fn undecided(page: &mut Page, report: &Report<'_>) {
    let mut groups: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in &report.audit.findings {
        if let Status::Unknown { reason, .. } = &finding.status {
            groups.entry((&finding.rule, reason)).or_default().push(finding);
        }
    }
    for ((_, reason), findings) in groups {
        let Some(first) = findings.first() else { continue };
        page.line(&[]);
        headline(page, (UNKNOWN, "UNKNOWN"), &first.title, &first.rule);
        page.field("because", reason);
        for finding in findings.iter().take(NAMED) {
            page.field("where", &format!("{} in {}  ({})", subject(finding), place(finding), finding.id));
        }
        if findings.len() > NAMED {
            page.field("", &format!("and {} more", findings.len() - NAMED));
        }
    }
}

/// What somebody answers for: why, who and until when.
fn waived(page: &mut Page, report: &Report<'_>) {
    for finding in &report.audit.findings {
        let Status::Waived { .. } = finding.status else { continue };
        page.line(&[]);
        title(page, finding, "WAIVED");
        page.field("what", &finding.message);
        waiver(page, &finding.status);
        page.field("id", &finding.id);
    }
}

fn waiver(page: &mut Page, status: &Status) {
    if let Status::Waived { reason, until, owner, ticket } = status {
        page.field("because", reason);
        let ticket = ticket.as_ref().map(|ticket| format!(", see {ticket}")).unwrap_or_default();
        page.field("by", &format!("{owner} until {until}{ticket}"));
    }
}

/// One finding in full, with everything its rule says.
#[must_use]
pub fn explain(report: &Report<'_>, finding: &Finding) -> String {
    let mut page = Page::new(report.paint);
    if report.estate.is_demo() {
        page.line(&[(BOLD, DEMO)]);
    }
    let word = if finding.status.is_fail() {
        finding.severity.word().to_uppercase()
    } else {
        finding.status.word().to_owned()
    };
    title(&mut page, finding, &word);
    page.field("what", &finding.message);
    if let Status::Unknown { missing, .. } = &finding.status {
        for gap in missing {
            page.field("missing", &gap.to_string());
        }
    }
    waiver(&mut page, &finding.status);
    evidence(&mut page, &finding.evidence);
    if let Some(rule) = report.meta(&finding.rule) {
        about(&mut page, rule, &Placeholders::of(report.estate, &finding.subject.key));
    }
    page.field("id", &finding.id);
    page.finish()
}

fn about(page: &mut Page, rule: &RuleMeta, here: &Placeholders) {
    page.field("rule", &format!("{} of pack {}, {} by itself", rule.id, rule.pack, rule.severity));
    page.field("decides", &rule.description);
    page.field("why", &rule.rationale);
    page.field("verify", &here.fill(&rule.verify));
    for (nth, (way, text)) in rule.remediation.ways().enumerate() {
        page.verbatim(if nth == 0 { "fix" } else { "" }, &here.fill(&format!("{way}:\n{text}")));
    }
    if !rule.controls.is_empty() {
        page.field("controls", &rule.controls.join("\n"));
    }
}

/// A rule in full, painted or not.
#[must_use]
pub fn rule(rule: &RuleMeta, paint: bool) -> String {
    let mut page = Page::new(paint);
    page.line(&[(BOLD, &rule.title), (PLAIN, "  "), (DIM, &format!("[{}]", rule.id))]);
    page.field("judges", &format!("every {}", rule.resource));
    let rests = rule.resource.actions().iter().copied().chain(rule.reads.iter().map(String::as_str));
    page.field("reads", &rests.collect::<Vec<_>>().join("\n"));
    if !rule.facts.is_empty() {
        page.field("facts", &rule.facts.join(", "));
    }
    about(&mut page, rule, &Placeholders::default());
    page.finish()
}

/// Every rule of some packs, a line each, painted or not.
#[must_use]
pub fn rules(packs: &[Pack], paint: bool) -> String {
    let mut page = Page::new(paint);
    for pack in packs {
        page.line(&[(BOLD, &pack.id), (PLAIN, &format!(" {}: {}", pack.version, pack.title))]);
        for RuleMeta { id, severity, resource, title, .. } in pack.rules.iter().map(|rule| &rule.meta) {
            let (id, word) = (format!("  {id:40} "), format!("{:14} ", severity.word()));
            let rest = format!("{:20} {title}", resource.name());
            page.line(&[(PLAIN, &id), (of_severity(*severity), &word), (PLAIN, &rest)]);
        }
    }
    page.finish()
}
