//! What failed and what could not be decided, rule by rule, in the room there is. Every finding is named. Those that
//! come first are shown with their evidence, the rest as lists of ids; when even these do not fit, lists leave out
//! what their ids have in common, and in the last resort they are counts.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{by_rule, change, cut, evidence, filled, missing, waiver};
use super::{Frame, Markup, NOWHERE, class, word};
use crate::audit::{Finding, Placeholders, RuleMeta, Status};

/// Every rule shows this many findings with their evidence before any shows more.
const FIRST: usize = 20;

/// The longest evidence that is shown.
const EVIDENCE: usize = 1200;

/// How a list names what is in it.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    /// By ids.
    Whole,
    /// By what follows their common beginning, which is given once.
    Shortened,
    /// Not at all: only how many there are where.
    Counted,
}

/// What one rule found.
struct Group<'a> {
    findings: Vec<&'a Finding>,
    /// One of those that matter most.
    worst: &'a Finding,
    names: Names,
    /// The findings that are shown with their evidence.
    rows: Vec<Markup>,
}

/// The sections, in at most `room` bytes, and the ids of the findings that are shown with their evidence.
pub(super) fn render<'a>(frame: &Frame<'a>, room: usize) -> (Markup, BTreeSet<&'a str>) {
    let mut page = Markup::default();
    let sections = [
        ("<h2 id=\"findings\">What is wrong</h2>\n", by_rule(frame.report, Status::is_fail)),
        ("<h2 id=\"unknown\">What could not be decided</h2>\n", by_rule(frame.report, Status::is_unknown)),
        ("<h2 id=\"waived\">Waived</h2>\n", by_rule(frame.report, |status| matches!(status, Status::Waived { .. }))),
    ];
    let mut counts = Vec::new();
    let mut groups = Vec::new();
    for (title, found) in sections {
        counts.push((title, found.len()));
        groups.extend(found.into_iter().filter_map(|mut findings| {
            let worst = *findings.first()?;
            // What is new is shown with its evidence before what has long been known.
            findings.sort_by_key(|finding| change(frame.report, finding) != Some("new"));
            Some(Group { findings, worst, names: Names::Whole, rows: Vec::new() })
        }));
    }
    fit(frame, &mut groups, room);
    let with_rows = groups.iter().flat_map(|group| group.findings.iter().take(group.rows.len()));
    let shown = with_rows.map(|finding| finding.id.as_str()).collect();
    let mut groups = groups.iter();
    for (title, count) in counts {
        if count > 0 {
            page.raw(title);
        }
        for group in groups.by_ref().take(count) {
            section(&mut page, frame, group);
        }
    }
    (page, shown)
}

/// Decides how much of each group is shown. What matters least gives way first.
fn fit(frame: &Frame<'_>, groups: &mut [Group<'_>], room: usize) {
    let size = |group: &Group<'_>| {
        let mut page = Markup::default();
        section(&mut page, frame, group);
        page.len()
    };
    // The titles of the sections.
    let room = room.saturating_sub(500);
    let mut used: usize = groups.iter().map(size).sum();
    for names in [Names::Shortened, Names::Counted] {
        for group in groups.iter_mut().rev() {
            if used <= room {
                break;
            }
            used -= size(group);
            group.names = names;
            used += size(group);
        }
    }
    let mut left = room.saturating_sub(used);
    for most in [FIRST, usize::MAX] {
        for group in groups.iter_mut() {
            left = enlarge(frame, group, left, most);
        }
    }
}

/// Shows more findings of a group with their evidence; returns the room that is left.
fn enlarge(frame: &Frame<'_>, group: &mut Group<'_>, mut left: usize, most: usize) -> usize {
    while let Some(finding) = group.findings.get(group.rows.len()).filter(|_| group.rows.len() < most) {
        let row = row(frame, finding, group.worst);
        if row.len() > left {
            break;
        }
        left -= row.len();
        group.rows.push(row);
    }
    left
}

/// What one rule found, why that matters, and what to do.
fn section(page: &mut Markup, frame: &Frame<'_>, group: &Group<'_>) {
    let first = group.worst;
    let anchor = match first.status {
        Status::Unknown { .. } => "u-",
        Status::Waived { .. } => "w-",
        _ => "r-",
    };
    let judge = frame.manifest.rule(first);
    page.raw("<section class=\"rule ").raw(class(first)).raw("\" id=\"").raw(anchor).text(&first.rule);
    page.raw("\"><header>");
    word(page, first);
    page.raw("<h3>").text(&first.title).raw("</h3><span class=\"dim\">").number(group.findings.len());
    page.raw(if group.findings.len() == 1 { " resource" } else { " resources" }).raw("; rule <code>");
    page.text(&first.rule).raw("</code></span></header>\n");
    let meta = judge.map(|judge| &judge.rule.meta);
    if let Some(meta) = meta {
        page.raw("<p>").text(if first.status.is_unknown() { &meta.description } else { &meta.rationale }).raw("</p>\n");
    }
    page.raw("<div class=\"two\"><div>\n");
    for row in &group.rows {
        page.append(row);
    }
    list(page, group);
    page.raw("</div><div>\n");
    if let Some(meta) = meta {
        remedy(page, meta, first.status.is_unknown(), &filled(frame.report, &group.findings));
    }
    page.raw("</div></div></section>\n");
}

/// One finding with its evidence. What it has in common with the `worst` of its group is not said again.
fn row(frame: &Frame<'_>, finding: &Finding, worst: &Finding) -> Markup {
    let mut page = Markup::default();
    let key = &finding.subject.key;
    page.raw("<div class=\"f\" id=\"f-").text(&finding.id).raw("\"");
    marks(&mut page, finding);
    page.raw("><p>");
    if worst.severity != finding.severity {
        word(&mut page, finding);
        page.raw(" ");
    }
    page.raw(match change(frame.report, finding) {
        Some("new") => "<span class=\"new\">NEW</span> ",
        Some("changed") => "<span class=\"new\">CHANGED</span> ",
        _ => "",
    });
    match key.id.strip_suffix('*') {
        Some("") => page.raw("every ").raw(key.kind.name()).raw(" there may be"),
        Some(parent) => {
            page.raw("every ").raw(key.kind.name()).raw(" there may be of <code>").text(parent).raw("</code>")
        }
        None => page.raw("<code>").text(&key.id).raw("</code>"),
    };
    if let Some(name) = finding.subject.name.as_ref().filter(|name| **name != key.id) {
        page.raw(" <b>").text(name).raw("</b>");
    }
    let environment = finding.environment.as_deref().unwrap_or(NOWHERE);
    let place = format!("{}; {environment}; {} {}", key.kind, key.account, key.region);
    page.raw(" <span class=\"dim\">").text(&place).raw("</span></p>\n<p>").text(&finding.message).raw("</p>");
    if let Some(was) = frame.report.comparison.and_then(|comparison| comparison.changed.get(&finding.id)) {
        page.raw("<p class=\"dim\">before: ").raw(was.severity.word()).raw(": ").text(&was.message).raw("</p>");
    }
    for item in &finding.evidence {
        page.raw("<code class=\"ev\">").text(&cut(&evidence(item), EVIDENCE)).raw("</code>");
    }
    for gap in missing(finding) {
        page.raw("<code class=\"ev\">not read: ").text(&cut(&gap, EVIDENCE)).raw("</code>");
    }
    if let Some(told) = waiver(finding) {
        page.raw("<p>").text(&told).raw("</p>");
    }
    if let Some(owner) = &finding.owner {
        page.raw("<p>owner: ").text(owner).raw("</p>");
    }
    page.raw("<p class=\"dim\">");
    if let Some(at) = frame.manifest.read_at(finding) {
        page.raw("read ").text(&at).raw("; ");
    }
    page.raw("finding <code>").text(&finding.id).raw("</code></p></div>\n");
    page
}

/// What the filter goes by.
fn marks(page: &mut Markup, finding: &Finding) {
    page.raw(" data-s=\"").raw(class(finding)).raw("\" data-e=\"");
    page.text(finding.environment.as_deref().unwrap_or(NOWHERE)).raw("\"");
}

/// The findings of a group that are not shown with their evidence: by severity and environment, then by place.
fn list(page: &mut Markup, group: &Group<'_>) {
    let rest = group.findings.get(group.rows.len()..).unwrap_or_default();
    let mut marked: BTreeMap<_, Vec<&Finding>> = BTreeMap::new();
    for finding in rest {
        marked.entry((std::cmp::Reverse(finding.severity), &finding.environment)).or_default().push(finding);
    }
    if !marked.is_empty() {
        page.raw("<h4>").number(rest.len()).raw(if group.rows.is_empty() { " findings</h4>" } else { " more</h4>" });
        page.raw("<p class=\"dim\">The JSON and CSV reports have the evidence of each.</p>\n");
    }
    for findings in marked.values() {
        let Some(first) = findings.first() else { continue };
        page.raw("<div class=\"ids\"");
        marks(page, first);
        page.raw(" data-n=\"").number(findings.len()).raw("\"><p>");
        word(page, first);
        let environment = first.environment.as_deref().unwrap_or(NOWHERE);
        page.raw(" ").number(findings.len()).text(&format!(" {}; {environment}", first.subject.key.kind));
        let ids: Vec<&str> = findings.iter().map(|finding| finding.subject.key.id.as_str()).collect();
        let common = if group.names == Names::Shortened && ids.len() > 1 { beginning(&ids) } else { 0 };
        if let Some(beginning) = ids.first().and_then(|id| id.get(..common)).filter(|beginning| !beginning.is_empty()) {
            page.raw("; each begins with <b>").text(beginning).raw("</b>");
        }
        page.raw("\n");
        places(page, findings, (group.names, common));
        page.raw("</div>\n");
    }
}

/// Ids by account and Region, without the beginning that is common to all.
fn places(page: &mut Markup, findings: &[&Finding], (names, common): (Names, usize)) {
    let mut places: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for finding in findings {
        let key = &finding.subject.key;
        places.entry((&key.account, &key.region)).or_default().push(&key.id);
    }
    for ((account, region), ids) in places {
        page.raw("<p><b>").text(account.as_str()).raw(" ").text(region.as_str()).raw("</b>");
        if names == Names::Counted {
            page.raw(" ").number(ids.len()).raw("\n");
            continue;
        }
        let separator = if ids.iter().any(|id| id.contains([' ', ','])) { " | " } else { " " };
        for (nth, id) in ids.iter().enumerate() {
            page.raw(if nth == 0 { " " } else { separator }).text(id.get(common..).unwrap_or_default());
        }
        page.raw("\n");
    }
}

/// How many bytes all of these begin with.
fn beginning(ids: &[&str]) -> usize {
    let Some((first, rest)) = ids.split_first() else { return 0 };
    let shared = |id: &&str| first.bytes().zip(id.bytes()).take_while(|(a, b)| a == b).count();
    let mut common = rest.iter().map(shared).min().unwrap_or_default();
    while ids.iter().any(|id| !id.is_char_boundary(common)) {
        common -= 1;
    }
    common
}

/// What to do about it.
fn remedy(page: &mut Markup, meta: &RuleMeta, unknown: bool, here: &Placeholders) {
    if !unknown {
        page.raw("<h4>How to fix</h4>\n");
        for (way, text) in meta.remediation.ways() {
            page.raw("<p class=\"dim\">").raw(way).raw("</p>");
            // What to type is kept as it is; what to click is prose.
            let (open, close) = if way == "Console" { ("<p>", "</p>\n") } else { ("<pre>", "</pre>\n") };
            page.raw(open).lines(&here.fill(text)).raw(close);
        }
    }
    if !meta.verify.is_empty() {
        page.raw("<h4>How to verify by hand</h4>\n<p>").text(&here.fill(&meta.verify)).raw("</p>\n");
    }
    if !meta.controls.is_empty() {
        page.raw("<h4>Controls</h4>\n<p>").text(&meta.controls.join("; ")).raw("</p>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_share_a_beginning_of_whole_characters() {
        assert_eq!(beginning(&["sg-01", "sg-02", "sg-0"]), 4);
        assert_eq!(beginning(&["a\u{e9}", "a\u{e8}"]), 1);
        assert_eq!(beginning(&["x", "y"]), 0);
        assert_eq!(beginning(&[]), 0);
    }
}
