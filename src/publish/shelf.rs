//! The folder of one environment: its reports, and which of them is the latest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::published::{File, Latest, Published};
use super::{Lock, PublishError, atomic};
use crate::model::digest;

/// What a report says of itself.
pub const SUMMARY: &str = "summary.json";
/// What points at the newest report.
pub(super) const LATEST: &str = "latest.json";
/// The folder of the whole estate.
const ALL: &str = "all";

/// The folder of one environment in the directory of reports.
#[derive(Debug)]
pub struct Shelf {
    path: PathBuf,
}

/// A report on a shelf.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The name of its folder.
    pub folder: String,
    /// What it says of itself.
    pub report: Published,
}

/// The name of an environment's folder. It is in lower case, because an environment is the same however it is written.
/// A name that had to be changed otherwise tells that it was, so that no two environments share a folder.
#[must_use]
pub fn folder(environment: Option<&str>) -> String {
    let Some(environment) = environment else { return ALL.to_owned() };
    let name = environment.to_lowercase();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).take(64).collect();
    if plain == name && name != ALL && name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return name;
    }
    let digest = digest::of_parts([name.as_str()]);
    let digits = digest::short(&digest, 8);
    let plain = plain.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    if plain.is_empty() { digits } else { format!("{plain}-{digits}") }
}

impl Shelf {
    /// That of an environment; none for the whole estate.
    #[must_use]
    pub fn of(directory: &Path, environment: Option<&str>) -> Self {
        Self { path: directory.join(folder(environment)) }
    }

    /// Every shelf in a directory, by name.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn all(directory: &Path) -> Result<Vec<Self>, PublishError> {
        let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.map_err(PublishError::io(directory, "read"))?;
        let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        paths.retain(|path| path.join(LATEST).is_file());
        paths.sort();
        Ok(paths.into_iter().map(|path| Self { path }).collect())
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it ready to be written: what a crash left is swept.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn prepare(&self, _: &Lock) -> Result<(), PublishError> {
        let fail = || PublishError::io(&self.path, "written");
        fs::create_dir_all(&self.path).map_err(fail())?;
        atomic::sweep(&self.path).map_err(fail())
    }

    /// The reports on it, the oldest first. What is none of ours is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn reports(&self) -> Result<Vec<Kept>, PublishError> {
        let fail = || PublishError::io(&self.path, "read");
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(fail())? {
            let entry = entry.map_err(fail())?;
            let folder = entry.file_name().to_string_lossy().into_owned();
            let page = fs::read(entry.path().join(SUMMARY)).ok().filter(|_| is_ours(&folder));
            if let Some(report) = page.and_then(|page| Published::of_page(&page)) {
                kept.push(Kept { folder, report });
            }
        }
        kept.sort_by_key(|kept| (kept.report.read_at, number(&kept.folder)));
        Ok(kept)
    }

    /// Whether every file of a report is there as it was written.
    #[must_use]
    pub fn is_whole(&self, kept: &Kept) -> bool {
        kept.report.files.iter().all(|file| self.holds(&kept.folder, file))
    }

    /// Whether a file of a report is there as it was written.
    #[must_use]
    pub fn holds(&self, folder: &str, file: &File) -> bool {
        let content = fs::read(self.path.join(folder).join(&file.name));
        content.is_ok_and(|content| File::of(&file.name, &file.media_type, &content) == *file)
    }

    /// Puts a report on the shelf, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written; then nothing of it is there.
    pub fn put(&self, report: &Published, files: &[(String, Vec<u8>)], _: &Lock) -> Result<Kept, PublishError> {
        let name = report.read_at.strftime("%Y%m%dT%H%M%SZ").to_string();
        let numbered = |number: usize| if number == 1 { name.clone() } else { format!("{name}-{number}") };
        let free = (1..=usize::MAX).map(numbered).find(|folder| fs::symlink_metadata(self.path.join(folder)).is_err());
        let folder = free.unwrap_or(name.clone());
        let path = self.path.join(&folder);
        let page = report.page();
        let contents = files.iter().map(|(name, content)| (name.as_str(), content.as_slice()));
        atomic::folder(&path, contents.chain([(SUMMARY, page.as_slice())]))
            .map_err(PublishError::io(&path, "written"))?;
        Ok(Kept { folder, report: report.clone() })
    }

    /// Writes what is missing of a report, or was changed, anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mend(&self, kept: &Kept, files: &[(String, Vec<u8>)], _: &Lock) -> Result<(), PublishError> {
        for (name, content) in files {
            let known = kept.report.files.iter().find(|file| file.name == *name);
            if !known.is_some_and(|file| self.holds(&kept.folder, file)) {
                let path = self.path.join(&kept.folder).join(name);
                atomic::replace_swept(&path, content).map_err(PublishError::io(&path, "written"))?;
            }
        }
        Ok(())
    }

    /// What `latest.json` points at; nothing when there is none that can be understood.
    #[must_use]
    pub fn latest(&self) -> Option<Latest> {
        Latest::of_page(&fs::read(self.path.join(LATEST)).ok()?)
    }

    /// Makes a report the latest, unless a newer one is. One that claims to come from the future is not newer: a clock
    /// was wrong then. Tells whether it is the latest now.
    ///
    /// # Errors
    /// When it cannot be written; the old one is still there then.
    pub fn point(&self, kept: &Kept, now: Timestamp, _: &Lock) -> Result<bool, PublishError> {
        let there = self.latest().filter(|there| self.path.join(&there.folder).join(SUMMARY).is_file());
        if there.is_some_and(|there| there.read_at > kept.report.read_at && there.read_at <= now) {
            return Ok(false);
        }
        let path = self.path.join(LATEST);
        let page = Latest::of(&kept.report, &kept.folder).page();
        if fs::read(&path).ok().as_ref() != Some(&page) {
            atomic::replace_swept(&path, &page).map_err(PublishError::io(&path, "written"))?;
        }
        Ok(true)
    }

    /// Takes a report away.
    pub(super) fn remove(&self, kept: &Kept, _: &Lock) -> Result<(), PublishError> {
        let path = self.path.join(&kept.folder);
        atomic::remove(&path).map_err(PublishError::io(&path, "removed"))
    }
}

/// Whether a folder's name is one that we give: a time, and a number when there are several of that time.
fn is_ours(folder: &str) -> bool {
    let (time, number) = folder.split_once('-').map_or((folder, None), |(time, number)| (time, Some(number)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let time = time.strip_suffix('Z').and_then(|time| time.split_once('T'));
    time.is_some_and(|(day, hour)| day.len() == 8 && hour.len() == 6 && digits(day) && digits(hour))
        && number.is_none_or(digits)
}

fn number(folder: &str) -> usize {
    folder.split_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(1)
}
