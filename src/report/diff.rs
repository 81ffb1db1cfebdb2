//! What changed between two audits and, where both estates are at hand, between their resources: as text and as JSON.

mod ports;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::json;
use super::wrap::{BOLD, DIM, PLAIN, Page, of_severity};
use crate::audit::{Comparison, Fingerprint, Gone, Now, Severity, Side, Verdict};
use crate::model::{Change, Difference, ResourceKey, Unseen};

pub use ports::{Became, PortChange, PortChanges};

/// The version of the JSON document.
const VERSION: u32 = 1;

/// Two audits held against each other.
#[derive(Debug, Clone, Copy)]
pub struct Diff<'a> {
    /// The later audit; what it is compared with is in the comparison.
    pub now: &'a Side,
    /// What changed in the findings.
    pub comparison: &'a Comparison,
    /// What changed in the resources; reports do not hold them.
    pub resources: Option<&'a Difference>,
    /// What changed in what the internet reaches; only estates tell.
    pub ports: Option<&'a PortChanges>,
    /// Whether it is painted.
    pub paint: bool,
}

impl<'a> Diff<'a> {
    /// The findings of now by their ids.
    fn findings(&self) -> BTreeMap<String, (&'a Fingerprint, &'a Verdict)> {
        self.now.verdicts.iter().map(|(print, verdict)| (print.id(), (print, verdict))).collect()
    }

    /// It for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut page = Page::new(self.paint);
        let comparison = self.comparison;
        line(&mut page, &format!("then: {}", comparison.with));
        line(&mut page, &format!("now:  {}", self.now.label));
        line(&mut page, &format!("findings: {}", comparison.counts()));
        for note in &comparison.notes {
            line(&mut page, &format!("note: {note}"));
        }
        let findings = self.findings();
        let mut new: Vec<_> = comparison.new.iter().filter_map(|id| findings.get(id)).collect();
        new.sort_by_key(|(print, verdict)| (std::cmp::Reverse(verdict.severity), *print));
        for (print, verdict) in new {
            finding(&mut page, "NEW", print, verdict);
        }
        for (id, was) in &comparison.changed {
            let Some((print, verdict)) = findings.get(id) else { continue };
            finding(&mut page, "CHANGED", print, verdict);
            page.field("was", &format!("{}: {}", was.severity, was.message));
        }
        for gone in &comparison.gone {
            of_gone(&mut page, gone);
        }
        page.line(&[]);
        if let Some(difference) = self.resources {
            resources(&mut page, difference);
        } else {
            line(&mut page, "resources: not compared, because only estates hold them");
        }
        match self.ports {
            Some(ports) => ports::tell(&mut page, ports),
            None => line(&mut page, "reached from the internet: not compared, because only estates tell"),
        }
        page.finish()
    }

    /// It for programs.
    #[must_use]
    pub fn json(&self) -> String {
        let comparison = self.comparison;
        let findings = self.findings();
        let one = |id: &String| {
            let (print, verdict) = findings.get(id)?;
            Some(json!({
                "id": id,
                "rule": print.rule,
                "severity": verdict.severity.word(),
                "title": verdict.title,
                "account": print.account,
                "region": print.region,
                "resource_type": print.resource_type,
                "resource": print.resource,
                "name": verdict.name,
                "environment": verdict.environment,
                "message": verdict.message,
            }))
        };
        let changed = comparison.changed.iter().map(
            |(id, was)| json!({"finding": one(id), "was": {"severity": was.severity.word(), "message": was.message}}),
        );
        let gone = comparison.gone.iter().map(|gone| {
            let key = &gone.subject.key;
            json!({
                "id": gone.id,
                "rule": gone.rule,
                "severity": gone.severity.word(),
                "title": gone.title,
                "account": key.account,
                "region": key.region,
                "resource_type": key.kind.name(),
                "resource": key.id,
                "name": gone.subject.name,
                "environment": gone.environment,
                "now": gone.now.word(),
                "mended": gone.now.is_mended(),
                "why": gone.why,
            })
        });
        json::page(&json!({
            "format": "bartizan-diff",
            "version": VERSION,
            "then": comparison.with,
            "now": self.now.label,
            "new": comparison.new.iter().filter_map(one).collect::<Vec<_>>(),
            "changed": changed.collect::<Vec<_>>(),
            "known": comparison.known,
            "gone": gone.collect::<Vec<_>>(),
            "notes": comparison.notes,
            "resources": self.resources.map(of_resources),
            "reached_from_the_internet": self.ports,
        }))
    }
}

fn line(page: &mut Page, text: &str) {
    page.line(&[(PLAIN, text)]);
}

fn headline(page: &mut Page, (word, severity): (&str, Severity), title: &str, rule: &str) {
    let severe = severity.word().to_uppercase();
    let rule = format!("  [{rule}]");
    page.line(&[
        (BOLD, word),
        (PLAIN, " "),
        (of_severity(severity), &severe),
        (PLAIN, "  "),
        (BOLD, title),
        (DIM, &rule),
    ]);
}

fn finding(page: &mut Page, word: &str, print: &Fingerprint, verdict: &Verdict) {
    page.line(&[]);
    headline(page, (word, verdict.severity), &verdict.title, &print.rule);
    let (environment, name) = (verdict.environment.as_deref(), verdict.name.as_deref());
    page.field("where", &place((&print.resource_type, &print.resource), name, environment, print));
    page.field("what", &verdict.message);
    page.field("id", &print.id());
}

/// What failed then and does not now, and how that is known.
pub(super) fn of_gone(page: &mut Page, gone: &Gone) {
    let key = &gone.subject.key;
    let word = if gone.now.is_mended() { "GONE" } else { "UNSEEN" };
    let word = if gone.now == Now::Waived { "WAIVED" } else { word };
    page.line(&[]);
    headline(page, (word, gone.severity), &gone.title, &gone.rule);
    let print = Fingerprint::new(&gone.rule, key);
    let (environment, name) = (gone.environment.as_deref(), gone.subject.name.as_deref());
    page.field("where", &place((key.kind.name(), &key.id), name, environment, &print));
    let why = if gone.why.is_empty() { String::new() } else { format!(": {}", gone.why) };
    page.field("now", &format!("{}{why}", gone.now.told()));
    page.field("id", &gone.id);
}

fn place((kind, id): (&str, &str), name: Option<&str>, environment: Option<&str>, print: &Fingerprint) -> String {
    let name = name.filter(|name| *name != id).map(|name| format!(" ({name})")).unwrap_or_default();
    let environment = environment.unwrap_or("no environment");
    format!("{kind} {id}{name} in {environment}, {} {}", print.account, print.region)
}

/// A change of a field, in a line.
fn told(change: &Change) -> String {
    match (&change.was, &change.is) {
        (Some(was), Some(is)) => format!("{}: {was} -> {is}", change.field),
        (Some(was), None) => format!("{}: without {was}", change.field),
        (None, Some(is)) => format!("{}: with {is}", change.field),
        (None, None) => change.field.clone(),
    }
}

fn resources(page: &mut Page, difference: &Difference) {
    let (added, removed, changed) = (&difference.added, &difference.removed, &difference.changed);
    line(page, &format!("resources: added: {}; removed: {}; changed: {}", added.len(), removed.len(), changed.len()));
    for (sign, of) in [("+", added), ("-", removed)] {
        for (key, name) in of {
            let name = name.as_ref().filter(|name| **name != key.id).map(|name| format!(" ({name})"));
            line(page, &format!("  {sign} {}{}", named(key), name.unwrap_or_default()));
        }
    }
    for (key, changes) in changed {
        line(page, &format!("  ~ {}", named(key)));
        for change in changes {
            line(page, &format!("      {}", told(change)));
        }
    }
    for Unseen { account, region, kind, earlier, why } in &difference.unseen {
        let when = if *earlier { "then" } else { "now" };
        line(page, &format!("  ? {kind} in {account} {region}: not read {when}: {why}"));
    }
}

fn named(key: &ResourceKey) -> String {
    format!("{} {} in {} {}", key.kind, key.id, key.account, key.region)
}

#[derive(Serialize)]
struct ResourceOf<'a> {
    account: &'a str,
    region: &'a str,
    resource_type: &'static str,
    resource: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<&'a [Change]>,
}

fn of_resources(difference: &Difference) -> serde_json::Value {
    let one = |key: &'_ ResourceKey, name: Option<&str>, changes: Option<&[Change]>| {
        json!(ResourceOf {
            account: key.account.as_str(),
            region: key.region.as_str(),
            resource_type: key.kind.name(),
            resource: &key.id,
            name,
            changes,
        })
    };
    let list = |of: &BTreeMap<ResourceKey, Option<String>>| -> Vec<_> {
        of.iter().map(|(key, name)| one(key, name.as_deref(), None)).collect()
    };
    let changed: Vec<_> = difference.changed.iter().map(|(key, changes)| one(key, None, Some(changes))).collect();
    let unseen = difference.unseen.iter().map(|unseen| {
        json!({
            "account": unseen.account,
            "region": unseen.region,
            "resource_type": unseen.kind.name(),
            "when": if unseen.earlier { "then" } else { "now" },
            "why": unseen.why,
        })
    });
    json!({
        "added": list(&difference.added),
        "removed": list(&difference.removed),
        "changed": changed,
        "unseen": unseen.collect::<Vec<_>>(),
    })
}
