//! What a report says of itself in `summary.json`, and `latest.json`. Their shapes are frozen: a change that could break
//! a reader raises `version`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::digest;

/// What `summary.json` says it is.
pub(super) const FORMAT: &str = "bartizan-report";
const LATEST: &str = "bartizan-latest";
/// The version of both shapes.
pub(super) const VERSION: u32 = 1;

/// A report that was published: what it found, what it rests on, and which files it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// `bartizan-report`.
    pub format: String,
    /// Of this shape.
    pub version: u32,
    /// The version of Bartizan that made it.
    pub tool_version: String,
    /// The environment; null for the whole estate.
    pub environment: Option<String>,
    /// Whether it is about a demo.
    pub demo: bool,
    /// What was audited, as a reader would recognise it.
    pub source: String,
    /// When the account was read; of a source that does not say, when it was first reported.
    pub read_at: Timestamp,
    /// When the report was made.
    pub made_at: Timestamp,
    /// The exit code that this report leads to.
    pub exit: u8,
    /// The outcome in one line.
    pub outcome: String,
    /// Whether everything that the rules rest on was read and every rule could decide.
    pub complete: bool,
    /// What makes it incomplete, the sum of it first.
    pub missing: Vec<String>,
    /// The severity from which a finding fails it.
    pub fail_on: String,
    /// How many verdicts there are of each kind.
    pub counts: Counts,
    /// What changed, when it was compared with something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// The digest of what was read.
    pub estate_digest: String,
    /// The packs it was judged with.
    pub packs: Vec<PackOf>,
    /// The files.
    pub files: Vec<File>,
}

/// How many verdicts there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Findings of severity critical.
    pub critical: usize,
    /// Of severity high.
    pub high: usize,
    /// Of severity medium.
    pub medium: usize,
    /// Of severity low.
    pub low: usize,
    /// Of severity informational.
    pub informational: usize,
    /// What could not be decided.
    pub unknown: usize,
    /// What passed.
    pub passed: usize,
    /// What no rule applies to.
    pub not_applicable: usize,
    /// What somebody answers for.
    pub waived: usize,
}

/// What changed, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// What it was compared with.
    pub with: String,
    /// Findings that did not fail then.
    pub new: usize,
    /// Findings that failed then otherwise.
    pub changed: usize,
    /// Findings that failed then exactly so.
    pub known: usize,
    /// What was seen to be mended.
    pub mended: usize,
    /// What failed then and can no longer be seen, or is waived.
    pub unseen_or_waived: usize,
}

/// A pack of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackOf {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The digest of its files.
    pub digest: String,
}

/// A file of a report. In `summary.json` its name, in `latest.json` its path from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// What it is to a browser.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// The digest of its bytes.
    pub digest: String,
}

/// The newest report of an environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Latest {
    /// `bartizan-latest`.
    pub format: String,
    /// Of this shape.
    pub version: u32,
    /// The environment; null for the whole estate.
    pub environment: Option<String>,
    /// The folder beside this file that the report is in.
    pub folder: String,
    /// When the account was read.
    pub read_at: Timestamp,
    /// When the report was made.
    pub made_at: Timestamp,
    /// The exit code that the report leads to.
    pub exit: u8,
    /// The outcome in one line.
    pub outcome: String,
    /// Whether it is complete.
    pub complete: bool,
    /// How many verdicts there are of each kind.
    pub counts: Counts,
    /// What changed, when it was compared with something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// The files, `summary.json` among them.
    pub files: Vec<File>,
}

impl Published {
    /// What the `format` of one says.
    pub const FORMAT: &'static str = FORMAT;
    /// The version of its shape.
    pub const VERSION: u32 = VERSION;

    /// `summary.json` of it.
    #[must_use]
    pub fn page(&self) -> Vec<u8> {
        page(self)
    }

    /// Reads `summary.json`; nothing when it is none of ours.
    pub(super) fn of_page(page: &[u8]) -> Option<Self> {
        let read: Self = serde_json::from_slice(page).ok()?;
        (read.format == FORMAT && read.version == VERSION).then_some(read)
    }
}

impl File {
    /// Describes a file.
    #[must_use]
    pub fn of(name: &str, media_type: &str, content: &[u8]) -> Self {
        let bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
        Self { name: name.to_owned(), media_type: media_type.to_owned(), bytes, digest: digest::of_bytes(content) }
    }
}

impl Latest {
    /// What points at a report.
    #[must_use]
    pub fn of(report: &Published, folder: &str) -> Self {
        let summary = File::of(super::shelf::SUMMARY, "application/json", &report.page());
        let files = report.files.iter().cloned().chain([summary]);
        let files = files.map(|file| File { name: format!("{folder}/{}", file.name), ..file });
        Self {
            format: LATEST.to_owned(),
            version: VERSION,
            environment: report.environment.clone(),
            folder: folder.to_owned(),
            read_at: report.read_at,
            made_at: report.made_at,
            exit: report.exit,
            outcome: report.outcome.clone(),
            complete: report.complete,
            counts: report.counts,
            since: report.since.clone(),
            files: files.collect(),
        }
    }

    /// `latest.json` of it.
    #[must_use]
    pub fn page(&self) -> Vec<u8> {
        page(self)
    }

    /// Reads `latest.json`; nothing when it is none of ours.
    pub(super) fn of_page(page: &[u8]) -> Option<Self> {
        let read: Self = serde_json::from_slice(page).ok()?;
        (read.format == LATEST && read.version == VERSION).then_some(read)
    }
}

fn page(value: &impl Serialize) -> Vec<u8> {
    let mut page = serde_json::to_vec_pretty(value).unwrap_or_default();
    page.push(b'\n');
    page
}
