//! One finding in full: what, why, the evidence with field and value, and how to fix it. For UNKNOWN, what is missing
//! and the permission that would bring it.

use super::{Page, Piece};
use crate::audit::{Finding, Placeholders, Status};
use crate::model::Gap;
use crate::tui::look;
use crate::tui::theme::{Glyphs, Role};
use crate::tui::verdict::Verdict;
use crate::tui::widget::text::clean;
use crate::tui::world::World;

/// Writes the selected finding.
pub(super) fn write(page: &mut Page, world: &World, glyphs: &Glyphs) {
    let Some(finding) = world.finding() else { return };
    page.text("", &finding.message, Role::Strong);
    page.lines.push(verdict_line(finding, world, glyphs));
    page.text("", &place(finding), Role::Dim);
    match &finding.status {
        Status::Unknown { missing, reason } => unknown(page, missing, reason),
        Status::Waived { reason, until, owner, ticket } => {
            page.section("WAIVED");
            page.text("  ", reason, Role::Text);
            let ticket = ticket.as_ref().map(|ticket| format!(", see {ticket}")).unwrap_or_default();
            page.text("  ", &format!("by {owner} until {until}{ticket}"), Role::Dim);
        }
        Status::Fail | Status::Pass | Status::NotApplicable => {}
    }
    if !finding.evidence.is_empty() {
        page.section("EVIDENCE");
        for evidence in &finding.evidence {
            page.evidence(evidence);
        }
    }
    page.section("WHY");
    page.text("  ", &finding.title, Role::Text);
    if let Some(rule) = world.rules.get(&finding.rule) {
        page.text("  ", &rule.rationale, Role::Text);
        if !rule.remediation.is_empty() {
            page.section("HOW TO FIX");
        }
        let here = Placeholders::of(&world.estate, &finding.subject.key);
        for step in &rule.remediation {
            page.text("  ", &here.fill(step), Role::Text);
        }
    }
}

fn unknown(page: &mut Page, missing: &[Gap], reason: &str) {
    page.section("COULD NOT BE DECIDED");
    page.text("  ", reason, Role::Text);
    page.missing(missing);
}

fn verdict_line(finding: &Finding, of: &World, glyphs: &Glyphs) -> Vec<Piece> {
    let verdict = Verdict::of(&finding.status);
    let (sign, word) = look::verdict_words(verdict, glyphs);
    let severity = finding.severity;
    let environment = finding.environment.as_deref().map_or_else(|| of.environment_name(None), clean);
    vec![
        (format!("{sign} {word}  "), look::verdict_role(verdict)),
        (format!("{} {severity}  ", look::severity_glyph(severity, glyphs)), look::severity_role(severity)),
        (format!("{environment}  {}", clean(&finding.pack)), Role::Dim),
    ]
}

/// Where the resource is: everything needed to find it.
fn place(finding: &Finding) -> String {
    let key = &finding.subject.key;
    let id = if key.id == "*" { "every one" } else { &key.id };
    let name = finding.subject.name.as_deref().filter(|name| *name != key.id).map(|name| format!(" `{name}`"));
    format!("{} {id}{} in {} {}", key.kind, name.unwrap_or_default(), key.account, key.region)
}
