//! A directory of `aws ... describe-*` output as an estate.
//!
//! What a file holds is told by the names inside it (`{"Vpcs": [...]}`), so it may be called `Vpcs.json`,
//! `describe-vpcs.json` or anything else; only a bare list (`--query Vpcs`) is told by its file's name. Account and
//! Region are told by the path (`111122223333/eu-west-1/Vpcs.json`) or else by what the resources say of themselves.
//! What is not understood is listed in the estate, never ignored, and every listing that is not there is unread.

mod collection;
mod place;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::SourceError;
use crate::model::{Estate, Origin, Region, SourceKind};
use collection::Loader;
use place::Places;

/// One file of a dump.
#[derive(Debug)]
pub(super) struct DumpFile {
    /// Its path below the dump's directory.
    pub(super) path: PathBuf,
    /// What it holds.
    pub(super) json: Value,
}

/// Reads a directory of AWS CLI output.
///
/// # Errors
/// When the directory or a file cannot be read, a file is not JSON, or nothing in it is AWS CLI output.
pub fn open(directory: &Path) -> Result<Estate, SourceError> {
    let mut paths = Vec::new();
    walk(directory, &mut paths)?;
    paths.sort();
    let mut files = Vec::new();
    let mut strangers = Vec::new();
    for path in paths {
        let relative = path.strip_prefix(directory).unwrap_or(&path).to_owned();
        if path.extension().is_none_or(|kind| kind != "json") {
            strangers.push(relative.display().to_string());
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| SourceError::input(&path, error.to_string()))?;
        files.push(parse(relative, &text).map_err(|message| SourceError::input(&path, message))?);
    }
    let mut estate = load(&files);
    estate.not_understood.extend(strangers.into_iter().map(|path| format!("{path}: not a .json file")));
    estate.not_understood.sort();
    estate.origin = Origin {
        source: SourceKind::CliDump,
        label: directory.display().to_string(),
        taken_at: None,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
    };
    if estate.shards.iter().all(|shard| shard.reads.is_empty()) {
        let hint = "no AWS CLI output in it; expected files such as `Vpcs.json` holding {\"Vpcs\": [...]}";
        return Err(SourceError::input(directory, hint));
    }
    Ok(estate)
}

/// Parses one file's text.
///
/// # Errors
/// What is wrong with it and where, for the user.
pub(super) fn parse(path: PathBuf, text: &str) -> Result<DumpFile, String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err("the file is empty: run the `aws` command again".to_owned());
    }
    let json = serde_json::from_str(text).map_err(|error| {
        format!(
            "not whole JSON at line {}, column {} ({error}): run the `aws` command again",
            error.line(),
            error.column()
        )
    })?;
    Ok(DumpFile { path, json })
}

/// The estate that files hold, with a part for every account and Region and for each account's global services.
pub(super) fn load(files: &[DumpFile]) -> Estate {
    let places = Places::new(files);
    let mut loader = Loader::default();
    for file in files {
        let (account, region) = places.of(&file.path);
        loader.file(file, &account, &region);
    }
    let mut estate = loader.finish();
    let accounts: BTreeSet<_> = estate.shards.iter().map(|shard| shard.provenance.account.clone()).collect();
    for account in accounts {
        estate.shard_mut(&account, &Region::global());
    }
    for shard in &mut estate.shards {
        for rule in &mut shard.resources.listener_rules {
            // AWS prints a rule without its listener.
            rule.listener_arn = Some(rule.listener());
        }
        shard.resources.sort();
    }
    estate
}

fn walk(directory: &Path, paths: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    let unreadable = |error: std::io::Error| SourceError::input(directory, error.to_string());
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            walk(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
