//! Outputs: one file per format. To add one: a file here with `render`, and a line in the table below; the values of
//! `--format` and its help come from it.
//!
//! Every format has its own structs, so that what others read does not change when the program does.

mod json;
mod reading;
mod sarif;
mod summary;
mod text;
pub(crate) mod wrap;

use jiff::Timestamp;

use crate::audit::{Audit, Finding, Pack, RuleMeta, Severity};
use crate::model::{Estate, Kind, SourceKind, UNATTRIBUTED};

pub use reading::read;
pub use summary::Summary;
pub use text::{explain, rule, rules};

/// An audit and what a reader of it must know.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The audit.
    pub audit: &'a Audit,
    /// What was audited.
    pub estate: &'a Estate,
    /// With what.
    pub packs: &'a [Pack],
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
    ($($(#[doc = $about:literal])+ $Name:ident $module:ident;)*) => {
        /// The formats of a report.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Format {
            $($(#[doc = $about])+ $Name,)*
        }

        impl Format {
            /// Every format.
            pub const ALL: &[Self] = &[$(Self::$Name),*];

            /// The word for it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$Name => stringify!($module)),* }
            }

            /// What it is for.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$Name => concat!($($about),+)),* }
            }

            /// The report in this format.
            #[must_use]
            pub fn render(self, report: &Report<'_>) -> String {
                match self { $(Self::$Name => $module::render(report)),* }
            }
        }
    };
}

formats! {
    /// For people: what is wrong, where, why and how to fix it
    Text text;
    /// Every verdict with its evidence, for programs
    Json json;
    /// For GitHub code scanning and other viewers of SARIF 2.1.0
    Sarif sarif;
}

impl Report<'_> {
    /// What a rule says of itself.
    fn meta(&self, id: &str) -> Option<&RuleMeta> {
        self.packs.iter().find_map(|pack| pack.rule(id)).map(|rule| &rule.meta)
    }

    /// Whether everything the rules rest on was read and every rule could decide.
    fn complete(&self) -> bool {
        let unknown = self.audit.findings.iter().any(|finding| finding.status.is_unknown());
        !unknown && self.audit.errors.is_empty() && !self.estate.shards.is_empty()
    }

    /// When the report was made, to the second.
    fn time(&self) -> String {
        self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
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
        let kind = match self.estate.origin.source {
            SourceKind::Live => "account",
            SourceKind::CliDump => "AWS CLI output",
            SourceKind::Demo => "DEMO",
        };
        format!("{kind} {}", self.estate.origin.label)
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
