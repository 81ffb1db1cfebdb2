//! What a compliance engineer files: controls and how they stand, what passed, what was read, and what exactly the
//! report rests on.

use std::collections::{BTreeMap, BTreeSet};

use super::super::manifest::{Judge, Read};
use super::{Frame, Markup, NAMED};
use crate::audit::Status;

/// How many verdicts of each kind there are.
#[derive(Clone, Copy, Default)]
struct Tally {
    fail: usize,
    unknown: usize,
    waived: usize,
    pass: usize,
    other: usize,
}

impl Tally {
    fn add(&mut self, status: &Status) {
        match status {
            Status::Fail => self.fail += 1,
            Status::Unknown { .. } => self.unknown += 1,
            Status::Waived { .. } => self.waived += 1,
            Status::Pass => self.pass += 1,
            Status::NotApplicable => self.other += 1,
        }
    }

    fn plus(self, more: Self) -> Self {
        Self {
            fail: self.fail + more.fail,
            unknown: self.unknown + more.unknown,
            waived: self.waived + more.waived,
            pass: self.pass + more.pass,
            other: self.other + more.other,
        }
    }

    /// How it stands: its class and its word.
    const fn stands(&self) -> (&'static str, &'static str) {
        if self.fail > 0 {
            ("failed", "fails")
        } else if self.unknown > 0 {
            ("unknown", "unknown")
        } else if self.waived > 0 {
            ("waived", "waived")
        } else if self.pass > 0 {
            ("passed", "passes")
        } else {
            ("informational", "nothing to judge")
        }
    }

    fn cells(&self, page: &mut Markup) {
        for number in [self.fail, self.unknown, self.waived, self.pass, self.other] {
            page.raw("<td class=\"n\">");
            if number > 0 {
                page.number(number);
            }
            page.raw("</td>");
        }
        let (class, word) = self.stands();
        page.raw("<td><span class=\"word ").raw(class).raw("\">").raw(word).raw("</span></td></tr>\n");
    }
}

const COUNTS: &str = "<th class=\"n\">fail</th><th class=\"n\">unknown</th><th class=\"n\">waived</th>\
    <th class=\"n\">pass</th><th class=\"n\">n/a</th><th>stands</th></tr></thead><tbody>\n";

/// The rest of the page.
pub(super) fn render(page: &mut Markup, frame: &Frame<'_>) {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for finding in &frame.report.audit.findings {
        tallies.entry(&finding.rule).or_default().add(&finding.status);
    }
    controls(page, frame, &tallies);
    rules(page, frame, &tallies);
    coverage(page, frame);
    rests_on(page, frame);
}

fn controls(page: &mut Markup, frame: &Frame<'_>, tallies: &BTreeMap<&str, Tally>) {
    let mut controls: BTreeMap<&str, Vec<&Judge<'_>>> = BTreeMap::new();
    for judge in frame.manifest.rules() {
        for control in &judge.rule.meta.controls {
            controls.entry(control).or_default().push(judge);
        }
    }
    if controls.is_empty() {
        return;
    }
    page.raw("<h2 id=\"controls\">Controls</h2>\n<p class=\"dim\">What the rules here say of each requirement. A ");
    page.raw("requirement may ask for more than they look at.</p>\n<div class=\"scroll\"><table><thead><tr>");
    page.raw("<th>control</th><th>rules</th>").raw(COUNTS);
    for (control, judges) in controls {
        let ids = judges.iter().map(|judge| judge.rule.meta.id.as_str());
        let tally = ids.clone().filter_map(|id| tallies.get(id)).fold(Tally::default(), |sum, one| sum.plus(*one));
        page.raw("<tr><td>")
            .text(control)
            .raw("</td><td class=\"w\">")
            .text(&ids.collect::<Vec<_>>().join(", "))
            .raw("</td>");
        tally.cells(page);
    }
    page.raw("</tbody></table></div>\n");
}

fn rules(page: &mut Markup, frame: &Frame<'_>, tallies: &BTreeMap<&str, Tally>) {
    page.raw("<h2 id=\"rules\">Rules</h2>\n<div class=\"scroll\"><table><thead><tr><th>pack</th><th>rule</th>")
        .raw(COUNTS);
    for judge in frame.manifest.rules() {
        let meta = &judge.rule.meta;
        let tally = tallies.get(meta.id.as_str()).copied().unwrap_or_default();
        page.raw("<tr><td>").text(&meta.pack).raw("</td><td><code>").text(&meta.id).raw("</code><br>");
        page.raw("<span class=\"dim\">").text(&meta.title).raw("</span></td>");
        tally.cells(page);
    }
    page.raw("</tbody></table></div>\n");
}

/// Each IAM action: in how many places it was read, and where not and why.
fn coverage(page: &mut Markup, frame: &Frame<'_>) {
    let mut actions: BTreeMap<&str, Vec<&Read>> = BTreeMap::new();
    for read in &frame.manifest.reads {
        actions.entry(&read.action).or_default().push(read);
    }
    let needed = frame.report.audit.coverage.needed;
    let missing = frame.report.audit.coverage.missing.len();
    page.raw("<h2 id=\"coverage\">Coverage</h2>\n<p>Reads the rules rest on: ").number(needed);
    page.raw("; missing, wholly or in part: ").number(missing).raw("</p>\n");
    page.raw("<div class=\"scroll\"><table><thead><tr><th>IAM action</th><th class=\"n\">read in</th>");
    page.raw("<th>not read</th></tr></thead><tbody>\n");
    for (action, reads) in actions {
        let whole = reads.iter().filter(|read| read.gaps.is_empty()).count();
        page.raw("<tr><td><code>").text(action).raw("</code></td><td class=\"n\">").number(whole).raw(" of ");
        page.number(reads.len()).raw("</td><td class=\"w\">");
        let gaps = reads.iter().flat_map(|read| read.gaps.iter().map(move |gap| (read, gap)));
        for (read, gap) in gaps.clone().take(NAMED) {
            let of = gap.resource.as_ref().map(|resource| format!(" for {resource}")).unwrap_or_default();
            let detail = if gap.detail.is_empty() { String::new() } else { format!(": {}", gap.detail) };
            let told = format!("{} {}{of}: {}{detail}", read.account, read.region, gap.reason);
            page.text(&super::super::cut(&told, 300)).raw("<br>");
        }
        let more = gaps.count().saturating_sub(NAMED);
        if more > 0 {
            page.raw("and ").number(more).raw(" more; the JSON report lists them");
        }
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
    for error in &frame.report.audit.errors {
        page.raw("<p>Broken rule <code>").text(&error.rule).raw("</code>: ").text(&error.message).raw("</p>\n");
    }
}

/// What somebody needs to judge the same again.
fn rests_on(page: &mut Markup, frame: &Frame<'_>) {
    let report = frame.report;
    let unknown = || ("not known".to_owned(), "not known".to_owned());
    let (from, to) = frame.manifest.interval().unwrap_or_else(unknown);
    let places: BTreeSet<String> =
        report.estate.shards.iter().map(|s| format!("{} {}", s.provenance.account, s.provenance.region)).collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let environments: Vec<&str> = report.environments.iter().map(|environment| environment.name.as_str()).collect();
    let mut rows: Vec<(&'static str, String)> = vec![
        ("tool", format!("Bartizan {}", env!("CARGO_PKG_VERSION"))),
        ("made", report.time()),
        ("source", report.subject()),
        ("read from, to", format!("{from}, {to}")),
        ("read by", frame.manifest.callers.iter().copied().collect::<Vec<_>>().join(", ")),
        ("accounts and Regions", super::super::cut(&places.join("; "), 4000)),
        ("environments", environments.join(", ")),
        ("findings count from", report.fail_on.word().to_owned()),
        ("estate", report.estate.digest()),
        ("one finding in full", format!("bartizan explain FINDING{}", report.again)),
    ];
    let packs = report.packs.iter().map(|pack| ("pack", format!("{} {} {}", pack.id, pack.version, pack.digest)));
    rows.extend(packs);
    page.raw("<h2 id=\"manifest\">What this rests on</h2>\n<div class=\"scroll\"><table><tbody>\n");
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        page.raw("<tr><th>").raw(name).raw("</th><td class=\"w\">").text(value).raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n<p class=\"dim\">Verdicts: a rule fails, passes, does not apply, or could not ");
    page.raw("be decided (unknown), which is never a pass. Digests are SHA-256.</p>\n");
}
