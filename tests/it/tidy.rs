//! The house style that no compiler checks: module docs, file length, who may import whom, and words that do not
//! belong in a repository.

use std::fs;
use std::path::{Path, PathBuf};

const LONGEST_FILE: usize = 600;
const LONGEST_ARCHITECTURE: usize = 200;

/// For each layer, the layers it must not name.
const FORBIDDEN: [(&str, &[&str]); 11] = [
    ("model", &["audit", "aws", "cli", "config", "history", "publish", "report", "source", "telemetry", "tui"]),
    ("reach", &["audit", "aws", "cli", "config", "history", "publish", "report", "source", "telemetry", "tui"]),
    ("telemetry", &["audit", "aws", "cli", "config", "history", "publish", "report", "source", "tui"]),
    ("audit", &["aws", "cli", "config", "history", "publish", "report", "source", "telemetry", "tui"]),
    ("history", &["aws", "cli", "config", "publish", "report", "source", "tui"]),
    ("report", &["aws", "cli", "config", "history", "publish", "source", "tui"]),
    ("publish", &["audit", "aws", "cli", "config", "history", "reach", "report", "source", "telemetry", "tui"]),
    (
        "schedule",
        &[
            "audit",
            "aws",
            "cli",
            "config",
            "history",
            "model",
            "publish",
            "reach",
            "report",
            "source",
            "telemetry",
            "tui",
        ],
    ),
    ("tui", &["aws", "cli", "config", "history", "publish", "source"]),
    ("aws", &["audit", "cli", "config", "history", "publish", "report", "source", "tui"]),
    ("source", &["audit", "cli", "config", "history", "publish", "report", "tui"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| endings.iter().any(|ending| kind == *ending)) {
                found.push((relative(&path), fs::read_to_string(&path).expect("text")));
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    PathBuf::from(path.strip_prefix(root()).expect("below the root")).display().to_string()
}

#[test]
fn every_file_begins_with_its_documentation() {
    let sources = files_below("src", &["rs"]).into_iter().chain(files_below("tests", &["rs"]));
    let bare: Vec<_> = sources.filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert_eq!(bare, Vec::<String>::new(), "files without `//!`");
}

#[test]
fn no_file_is_too_long() {
    let sources = files_below("src", &["rs"]).into_iter().chain(files_below("tests", &["rs"]));
    let long: Vec<_> = sources
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(path, lines)| *lines > LONGEST_FILE && path != "src/model/resource/mod.rs")
        .collect();
    assert_eq!(long, Vec::new(), "files of more than {LONGEST_FILE} lines");
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it is there");
    assert!(architecture.lines().count() <= LONGEST_ARCHITECTURE, "ARCHITECTURE.md is too long");
}

#[test]
fn layers_name_only_what_they_may() {
    let mut broken = Vec::new();
    for (layer, forbidden) in FORBIDDEN {
        let inside = format!("src/{layer}/");
        for (path, text) in files_below("src", &["rs"]).into_iter().filter(|(path, _)| path.starts_with(&inside)) {
            for other in forbidden.iter().filter(|other| text.contains(&format!("crate::{other}::"))) {
                broken.push(format!("{path} names crate::{other}"));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn only_one_module_names_each_outside_world() {
    let named = |word: &str, home: &str| -> Vec<String> {
        let strangers = files_below("src", &["rs"]).into_iter().filter(|(path, _)| !path.starts_with(home));
        strangers.filter(|(_, text)| text.contains(word)).map(|(path, _)| path).collect()
    };
    assert_eq!(named("aws_sdk_", "src/aws/"), Vec::<String>::new());
    assert_eq!(named("ratatui::", "src/tui/"), Vec::<String>::new());
    assert_eq!(named("crossterm::", "src/tui/"), Vec::<String>::new());
}

/// The first part of AWS's names for operations that change something.
const MUTATING: [&str; 22] = [
    "accept",
    "add",
    "associate",
    "attach",
    "authorize",
    "cancel",
    "copy",
    "create",
    "delete",
    "deregister",
    "detach",
    "disable",
    "disassociate",
    "enable",
    "import",
    "modify",
    "put",
    "reboot",
    "register",
    "restore",
    "revoke",
    "update",
];

#[test]
fn nothing_changes_aws() {
    let mut found = Vec::new();
    for (path, text) in files_below("src/aws", &["rs"]) {
        for line in text.lines() {
            let call = |verb: &&&str| {
                line.contains(&format!(".{verb}_")) && line.contains("().")
                    || line.contains(&format!("operation::{verb}_"))
            };
            if MUTATING.iter().any(|verb| call(&verb)) && line.contains("clients") {
                found.push(format!("{path}: {line}"));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
    let actions = bartizan::model::Kind::ALL.iter().flat_map(|kind| kind.actions());
    let reading = |action: &&str| {
        action
            .split_once(':')
            .is_some_and(|(_, verb)| ["Describe", "Get", "List", "Search"].iter().any(|v| verb.starts_with(v)))
    };
    let writing: Vec<_> = actions.filter(|action| !reading(action)).collect();
    assert_eq!(writing, Vec::<&&str>::new());
}

#[test]
fn no_note_to_self_stays() {
    let words = ["TODO", "FIXME", "XXX", "HACK"];
    let sources = files_below("src", &["rs"]).into_iter().chain(files_below("rules", &["rego", "toml"]));
    let notes: Vec<_> =
        sources.filter(|(_, text)| words.iter().any(|word| text.contains(word))).map(|(path, _)| path).collect();
    assert_eq!(notes, Vec::<String>::new());
}
