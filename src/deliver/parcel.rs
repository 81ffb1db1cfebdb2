//! What is delivered: the files of a report and its sum.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::audit::Severity;
use crate::model::digest;

/// A report on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// What it is of, as people call it: an environment, or everything.
    pub environment: String,
    /// The folder of that, which is the same wherever reports are put.
    pub shelf: String,
    /// The folder of this report in it, such as `20261121T180000Z`.
    pub folder: String,
    /// What tells this run from every other: the same run delivered again has the same.
    pub run: String,
    /// When the report was made.
    pub at: Timestamp,
    /// Whether it is of the demo.
    pub demo: bool,
    /// The files; only a bucket gets them.
    pub files: Vec<ParcelFile>,
    /// `latest.json` for the shelf, as it says of itself: see [`Latest`](super::Latest).
    pub latest: Vec<u8>,
    /// The sum, for everybody else.
    pub brief: Brief,
}

/// One file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelFile {
    /// Its name, without a folder.
    pub name: String,
    /// What it is, such as `text/html; charset=utf-8`.
    pub content_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The sum of a report: nothing in it names a resource or quotes evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brief {
    /// The outcome in one line, as the report itself says it.
    pub outcome: String,
    /// Whether everything that was needed was read and decided.
    pub complete: bool,
    /// What fails, by severity.
    pub open: BTreeMap<Severity, usize>,
    /// What could not be decided.
    pub unknown: usize,
    /// What somebody answers for.
    pub waived: usize,
    /// What changed, when there is something to compare with.
    pub since: Option<Since>,
    /// The IAM actions whose answers are missing.
    pub missing: Vec<String>,
}

/// What changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Since {
    /// Findings that are new.
    pub new: usize,
    /// Findings that were seen to be mended.
    pub mended: usize,
}

impl Parcel {
    /// The path of this report: `production/20261121T180000Z`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.shelf, self.folder)
    }

    /// A name in it that cannot stand in a key, an address and a mail as it is.
    #[must_use]
    pub fn odd_name(&self) -> Option<&str> {
        let names = [&self.shelf, &self.folder].into_iter().chain(self.files.iter().map(|file| &file.name));
        names.map(String::as_str).find(|name| !is_plain(name))
    }

    /// The page that people read: the HTML one, else the first file.
    #[must_use]
    pub fn page(&self) -> Option<&ParcelFile> {
        let html = self.files.iter().find(|file| file.content_type.starts_with("text/html"));
        html.or_else(|| self.files.first())
    }

    /// The same for the same run and destination, whenever and however often it is tried, and for no other.
    #[must_use]
    pub fn idempotency_key(&self, destination: &str) -> String {
        let digest = digest::of_parts(["bartizan-delivery-1", &self.run, &self.environment, destination]);
        digest.trim_start_matches("sha256:").chars().take(32).collect()
    }
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.len() <= 128 && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A parcel with something in every field.
    pub(in crate::deliver) fn parcel() -> Parcel {
        let file = |name: &str, content_type: &str, bytes: &[u8]| ParcelFile {
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            bytes: bytes.to_vec(),
        };
        Parcel {
            environment: "production".to_owned(),
            shelf: "production".to_owned(),
            folder: "20261121T180000Z".to_owned(),
            run: "sha256:77".to_owned(),
            at: "2026-11-21T18:00:00.5Z".parse().expect("a time"),
            demo: false,
            files: vec![
                file("report.json", "application/json", b"{}"),
                file("report.html", "text/html; charset=utf-8", b"<p>"),
            ],
            latest: Vec::new(),
            brief: Brief {
                outcome: "FAILED and INCOMPLETE: 3 findings at or above high; 2 verdicts could not be decided"
                    .to_owned(),
                complete: false,
                open: BTreeMap::from([(Severity::Critical, 1), (Severity::High, 2), (Severity::Low, 4)]),
                unknown: 2,
                waived: 1,
                since: Some(Since { new: 1, mended: 5 }),
                missing: vec!["ec2:DescribeVpcs".to_owned()],
            },
        }
    }

    #[test]
    fn a_run_and_a_destination_have_one_key() {
        let key = parcel().idempotency_key("ops");
        assert_eq!(key.len(), 32);
        assert_eq!(key, Parcel { at: Timestamp::UNIX_EPOCH, ..parcel() }.idempotency_key("ops"));
        assert_ne!(key, parcel().idempotency_key("other"));
        assert_ne!(key, Parcel { run: "sha256:78".to_owned(), ..parcel() }.idempotency_key("ops"));
        assert_ne!(key, Parcel { environment: "staging".to_owned(), ..parcel() }.idempotency_key("ops"));
    }

    #[test]
    fn the_page_is_the_html_one() {
        assert_eq!(parcel().page().map(|file| file.name.as_str()), Some("report.html"));
    }

    #[test]
    fn names_that_do_not_stand_for_themselves_are_seen() {
        assert_eq!(parcel().odd_name(), None);
        for odd in ["", "../x", "a/b", ".x", "a b", "a\u{202e}", "%2e"] {
            assert_eq!(Parcel { shelf: odd.to_owned(), ..parcel() }.odd_name(), Some(odd));
            let file = ParcelFile { name: odd.to_owned(), ..parcel().files.remove(0) };
            assert_eq!(Parcel { files: vec![file], ..parcel() }.odd_name(), Some(odd));
        }
    }
}
