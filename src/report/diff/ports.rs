//! Ports that the internet reaches in one of two estates only.

use serde::Serialize;
use serde_json::Value;

use super::super::wrap::{BOLD, DIM, PLAIN, Page};

/// What became of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// The internet reaches it, and was not known to.
    Opened,
    /// Whether it changed cannot be told: something was not read then, or is not now.
    Unknown,
    /// The internet reached it, and is seen not to.
    Closed,
}

/// What changed in what the internet reaches.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PortChanges {
    /// The changes: what opened first, then what cannot be told.
    pub changes: Vec<PortChange>,
    /// What was not read, then or now, and may lead to more.
    pub not_judged: Vec<String>,
}

/// So much of what was not read is told to people.
const TOLD: usize = 5;

/// Services that the internet reaches in one of two estates only, by one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PortChange {
    /// What became of them.
    pub became: Became,
    /// What was not read, where something was not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The account, where it is known.
    pub account: Option<String>,
    /// The Region, where it is known.
    pub region: Option<String>,
    /// The resource's type.
    pub resource_type: String,
    /// The resource.
    pub resource: String,
    /// Its name.
    pub name: Option<String>,
    /// Its VPC.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vpc: String,
    /// Its environment.
    pub environment: Option<String>,
    /// The services, in words.
    pub services: String,
    /// The same by protocol, as AWS writes it.
    pub ports: Value,
    /// By whom, in words.
    #[serde(skip)]
    pub from: String,
    /// The same as CIDRs.
    pub source_cidrs: Vec<String>,
    /// At which addresses.
    pub addresses: Vec<String>,
    /// What is in front of it.
    pub through: Option<String>,
    /// What requests need besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The way there, in a line.
    #[serde(skip)]
    pub path: String,
    /// The same in AWS's shape: of now, or of then where it is closed.
    pub forward_path_components: Value,
}

/// The changes for people.
pub(super) fn tell(page: &mut Page, ports: &PortChanges) {
    let changes = &ports.changes;
    let count = |became| changes.iter().filter(|change| change.became == became).count();
    let (opened, closed, unknown) = (count(Became::Opened), count(Became::Closed), count(Became::Unknown));
    let told = format!("reached from the internet: newly: {opened}; no longer: {closed}; cannot be told: {unknown}");
    page.line(&[(PLAIN, &told)]);
    for change in changes {
        let word = match change.became {
            Became::Opened => "  EXPOSED",
            Became::Unknown => "  UNKNOWN",
            Became::Closed => "  CLOSED ",
        };
        let name = change.name.as_ref().filter(|name| **name != change.resource);
        let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
        let environment = change.environment.as_deref().unwrap_or("no environment");
        let place = [&change.account, &change.region].map(|part| part.as_deref().unwrap_or_default());
        let place = format!("  {environment}, {}", place.join(" "));
        let what = format!("  {} of {} {}{name}", change.services, change.resource_type, change.resource);
        page.line(&[(BOLD, word), (PLAIN, &what), (DIM, place.trim_end())]);
        let at = change.through.iter().chain(&change.addresses).map(String::as_str).collect::<Vec<_>>().join(", ");
        let at = if at.is_empty() { "a public address that is not known" } else { &at };
        let by = if change.through.is_some() { "through" } else { "at" };
        page.folded(6, &format!("from {} {by} {at}", change.from));
        if !change.path.is_empty() {
            page.folded(6, &format!("by {}", change.path));
        }
        for told in change.needs.iter().chain(Some(&change.why).filter(|why| !why.is_empty())) {
            page.folded(6, told);
        }
    }
    for what in ports.not_judged.iter().take(TOLD) {
        page.folded(2, &format!("? not judged {what}"));
    }
    if let Some(more) = ports.not_judged.len().checked_sub(TOLD).filter(|more| *more > 0) {
        page.folded(2, &format!("? and {more} more that was not read"));
    }
}
