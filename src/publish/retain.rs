//! How many reports are kept. Only what is known to be ours is ever taken away, and never the latest.

use std::collections::BTreeSet;
use std::fs;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use super::shelf::{Kept, SUMMARY, Shelf};
use super::{Lock, PublishError, age};

/// Which reports are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retain {
    /// This many, the newest.
    Newest(usize),
    /// Those of an account that was read this recently.
    Younger(SignedDuration),
}

/// What became of old reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The folders that were taken away.
    pub removed: Vec<String>,
    /// The folders that are old and hold something that Bartizan did not write.
    pub foreign: Vec<String>,
}

impl FromStr for Retain {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<usize>() {
            Ok(0) => Err("0 would keep no report: keep 1 at least".to_owned()),
            Ok(number) => Ok(Self::Newest(number)),
            Err(_) => match age(text) {
                Ok(age) => Ok(Self::Younger(age)),
                Err(_) => Err("write a number of reports such as 30, or an age such as 90d or 12w".to_owned()),
            },
        }
    }
}

impl Shelf {
    /// Takes away what is not to be kept: never the latest report, nor `made`, nor anything that is not ours.
    ///
    /// # Errors
    /// When a report cannot be taken away.
    pub fn prune(&self, retain: Retain, made: &Kept, now: Timestamp, lock: &Lock) -> Result<Pruned, PublishError> {
        let mut reports = self.reports()?;
        let keep = match retain {
            Retain::Newest(number) => number.min(reports.len()),
            Retain::Younger(age) => reports.iter().filter(|kept| now.duration_since(kept.report.read_at) < age).count(),
        };
        reports.truncate(reports.len() - keep);
        let latest = self.latest().map(|latest| latest.folder);
        reports.retain(|kept| kept.folder != made.folder && latest.as_ref() != Some(&kept.folder));
        let mut pruned = Pruned::default();
        for kept in reports {
            if self.is_only_ours(&kept) {
                self.remove(&kept, lock)?;
                pruned.removed.push(kept.folder);
            } else {
                pruned.foreign.push(kept.folder);
            }
        }
        Ok(pruned)
    }

    /// Whether there is nothing in a report's folder but its files.
    fn is_only_ours(&self, kept: &Kept) -> bool {
        let mut ours: BTreeSet<&str> = kept.report.files.iter().map(|file| file.name.as_str()).collect();
        ours.insert(SUMMARY);
        let Ok(entries) = fs::read_dir(self.path().join(&kept.folder)) else { return false };
        let mut entries = entries.map(|entry| entry.map(|entry| entry.file_name()));
        entries.all(|name| name.is_ok_and(|name| name.to_str().is_some_and(|name| ours.contains(name))))
    }
}
