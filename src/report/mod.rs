//! Outputs: one file per format. To add one: a file here with `render`, and a line in the table below; the values of
//! `--format` and its help come from it.
//!
//! Every format has its own structs, so that what others read does not change when the program does.

mod aws_name;
mod diff;
mod manifest;
mod markup;
mod reading;
mod signature;
mod summary;
mod verify;
pub(crate) mod wrap;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::audit::{Audit, Comparison, Evidence, Finding, Gone, Pack, Placeholders, RuleMeta, Severity, Status, Trend};
use crate::model::{Environment, Estate, Kind, SourceKind, UNATTRIBUTED};

pub use diff::{Became, Diff, PortChange, PortChanges};
pub(crate) use json::page as json_page;
pub(crate) use json::schema as json_schema;
pub use reading::read;
pub use signature::{NotSigned, Signer, Verifier};
pub use summary::Summary;
pub use text::{explain, rule, rules};
pub use verify::{Claims, Mismatch, claims, mismatch};

/// An audit and what a reader of it must know.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The audit.
    pub audit: &'a Audit,
    /// What was audited.
    pub estate: &'a Estate,
    /// With what.
    pub packs: &'a [Pack],
    /// The environments in force.
    pub environments: &'a [Environment],
    /// The one environment the findings were narrowed to, when they were.
    pub only: Option<&'a str>,
    /// What changed since an earlier audit, when there is one to compare with.
    pub comparison: Option<&'a Comparison>,
    /// How findings stand over time, this audit included, when there is a history.
    pub trend: Option<&'a Trend>,
    /// The severity from which a finding fails the audit.
    pub fail_on: Severity,
    /// When.
    pub at: Timestamp,
    /// Whether text is written in colour.
    pub paint: bool,
    /// The flags that bring a reader to the same estate and rules again, each behind a space.
    pub again: &'a str,
}

macro_rules! formats {
    ($($(#[doc = $about:literal])+ $Name:ident $module:ident $extension:literal $(if $feature:literal)?;)*) => {
        $($(#[cfg(feature = $feature)])? mod $module;)*

        /// The formats of a report.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Format {
            $($(#[cfg(feature = $feature)])? $(#[doc = $about])+ $Name,)*
        }

        impl Format {
            /// Every format.
            pub const ALL: &[Self] = &[$($(#[cfg(feature = $feature)])? Self::$Name),*];

            /// The word for it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $($(#[cfg(feature = $feature)])? Self::$Name => stringify!($module)),* }
            }

            /// How the name of a file in this format ends.
            #[must_use]
            pub const fn extension(self) -> &'static str {
                match self { $($(#[cfg(feature = $feature)])? Self::$Name => $extension),* }
            }

            /// What it is for.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $($(#[cfg(feature = $feature)])? Self::$Name => concat!($($about),+)),* }
            }

            /// Whether it tells how findings stand over time.
            #[must_use]
            pub const fn tells_trend(self) -> bool {
                matches!(self, Self::Html | Self::Json | Self::Markdown)
            }

            /// The report in this format: text or, where the format [is none](Self::is_text), bytes.
            #[must_use]
            pub fn render(self, report: &Report<'_>) -> Vec<u8> {
                match self { $($(#[cfg(feature = $feature)])? Self::$Name => $module::render(report).into()),* }
            }
        }
    };
}

formats! {
    /// For people: what is wrong, where, why and how to fix it
    Text text "txt";
    /// For people: one self-contained page to read, search, print and file
    Html html "html";
    /// Every verdict with its evidence, for programs
    Json json "json";
    /// For GitHub code scanning and other viewers of SARIF 2.1.0
    Sarif sarif "sarif";
    /// For CI systems that show test results: a test per rule and resource
    Junit junit "xml";
    /// For spreadsheets: a line per verdict
    Csv csv "csv";
    /// For merge requests, wikis and GitHub's step summary
    Markdown markdown "md";
    /// GitHub workflow commands: an annotation per rule that found something
    Github github "github.txt";
    /// OCSF 1.6 Compliance Findings, for security lakes
    Ocsf ocsf "ocsf.json";
    /// AWS Security Finding Format, for Security Hub
    Asff asff "asff.json";
    /// A table for Athena, Security Lake and the like; to a file or a pipe
    Parquet parquet "parquet" if "parquet";
}

impl Format {
    /// Whether a terminal can show it.
    #[must_use]
    pub fn is_text(self) -> bool {
        self.word() != "parquet"
    }
}

impl Format {
    /// What a file in this format is to a browser.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Junit => "application/xml",
            Self::Text | Self::Github => "text/plain; charset=utf-8",
            Self::Json | Self::Sarif | Self::Ocsf | Self::Asff => "application/json",
            #[cfg(feature = "parquet")]
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

impl Report<'_> {
    /// What a rule says of itself.
    fn meta(&self, id: &str) -> Option<&RuleMeta> {
        self.packs.iter().find_map(|pack| pack.rule(id)).map(|rule| &rule.meta)
    }

    /// How many findings fail the audit: at or above the threshold and, where it is compared with an earlier one, new
    /// or worse than then.
    #[must_use]
    pub fn failing(&self) -> usize {
        let counts = |finding: &&Finding| {
            let new = self.comparison.is_none_or(|since| since.fails(finding));
            finding.status.is_fail() && finding.severity >= self.fail_on && new
        };
        self.audit.findings.iter().filter(counts).count()
    }

    /// Whether everything the rules rest on was read and every rule could decide.
    #[must_use]
    pub fn complete(&self) -> bool {
        let unknown = self.audit.findings.iter().any(|finding| finding.status.is_unknown());
        !unknown && self.audit.errors.is_empty() && !self.estate.shards.is_empty()
    }

    /// When the report was made, to the second.
    fn time(&self) -> String {
        manifest::time(self.at)
    }

    /// The kind of source.
    fn kind(&self) -> &'static str {
        match self.estate.origin.source {
            SourceKind::Live => "live",
            SourceKind::CliDump => "cli-dump",
            SourceKind::Demo => "demo",
        }
    }

    /// What was audited, in a few words.
    fn subject(&self) -> String {
        let only = self.only.map(|name| format!(", environment {name}")).unwrap_or_default();
        let kind = match self.estate.origin.source {
            SourceKind::Live => "account",
            SourceKind::CliDump => "AWS CLI output",
            SourceKind::Demo => "DEMO",
        };
        format!("{kind} {}{only}", self.estate.origin.label)
    }
}

/// What a finding is about: type and id, and the name its owner gave it.
fn subject(finding: &Finding) -> String {
    let key = &finding.subject.key;
    let name = finding.subject.name.as_ref().filter(|name| **name != key.id);
    let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
    match key.id.strip_suffix('*') {
        Some("") => format!("every {} there may be", key.kind),
        Some(parent) => format!("every {} there may be of {}", key.kind, parent.trim_end_matches('/')),
        None => format!("{} {}{name}", key.kind, key.id),
    }
}

/// Where it is: environment, account and Region. What was not read belongs to no environment yet.
fn place(finding: &Finding) -> String {
    let key = &finding.subject.key;
    if key.kind == Kind::Waiver {
        return finding.environment.clone().unwrap_or_else(|| "any environment".to_owned());
    }
    let environment =
        finding.environment.as_deref().map_or_else(|| format!("no environment ({UNATTRIBUTED})"), str::to_owned);
    let environment = if key.id.ends_with('*') { String::new() } else { format!("{environment}, ") };
    format!("{environment}{} {}", key.account, key.region)
}

/// A field and its value in one line, not yet made safe.
fn evidence(item: &Evidence) -> String {
    let of = item.resource.as_ref().map(|resource| format!("{resource}: ")).unwrap_or_default();
    format!("{of}{} = {}", item.field, item.value)
}

/// What is missing for a verdict that could not be decided, a gap a line.
fn missing(finding: &Finding) -> Vec<String> {
    match &finding.status {
        Status::Unknown { missing, .. } => missing.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

/// The first characters of a text that is too long for where it goes, and how much was cut.
fn cut(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let end = format!("... ({} more characters)", length - most);
    text.chars().take(most.saturating_sub(end.len())).chain(end.chars()).collect()
}

/// The findings of one kind, rule by rule, the rule with the worst first.
fn by_rule<'a>(report: &Report<'a>, of: fn(&Status) -> bool) -> Vec<Vec<&'a Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut known = BTreeMap::new();
    for finding in report.audit.findings.iter().filter(|finding| of(&finding.status)) {
        let index = *known.entry(finding.rule.as_str()).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// Who accepts a fault, why and until when, when somebody does.
fn waiver(finding: &Finding) -> Option<String> {
    let Status::Waived { reason, until, owner, ticket } = &finding.status else { return None };
    let ticket = ticket.as_ref().map(|ticket| format!(", {ticket}")).unwrap_or_default();
    Some(format!("waived until {until} by {owner}{ticket}: {reason}"))
}

/// What became of a finding, in words.
fn gone(gone: &Gone) -> String {
    let why = if gone.why.is_empty() { String::new() } else { format!(" ({})", gone.why) };
    format!("{}{why}", gone.now.told())
}

/// What stands for a finding among those of an earlier audit: `new`, `changed`, `known`, or nothing.
fn change(report: &Report<'_>, finding: &Finding) -> Option<&'static str> {
    let comparison = report.comparison?;
    if comparison.new.contains(&finding.id) {
        Some("new")
    } else if comparison.changed.contains_key(&finding.id) {
        Some("changed")
    } else if comparison.known.contains(&finding.id) {
        Some("known")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;

/// What the words to fill in stand for in one finding. Nobody acts on what passes: there they stay words.
fn here(manifest: &manifest::Manifest<'_>, finding: &Finding) -> Placeholders {
    let resource = match finding.status {
        Status::Pass | Status::NotApplicable => None,
        _ => manifest.resource(finding),
    };
    resource.map(|resource| Placeholders::of_resource(resource, &finding.subject.key)).unwrap_or_default()
}

/// What the words to fill in stand for: the resource, when there is one only.
fn filled(report: &Report<'_>, findings: &[&Finding]) -> Placeholders {
    match findings {
        [finding] => Placeholders::of(report.estate, &finding.subject.key),
        _ => Placeholders::default(),
    }
}
