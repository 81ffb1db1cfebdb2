//! The house style that no compiler checks: module docs, file length, who may import whom, and words that do not
//! belong in a repository.

use std::fs;
use std::path::{Path, PathBuf};

const LONGEST_FILE: usize = 600;
const LONGEST_ARCHITECTURE: usize = 200;

/// For each layer, the layers it may name; `cli` may name all of them.
const MAY_NAME: [(&str, &[&str]); 13] = [
    ("model", &[]),
    ("reach", &["model"]),
    ("telemetry", &["model"]),
    ("audit", &["model", "reach"]),
    ("history", &["audit", "model", "telemetry"]),
    ("report", &["audit", "model", "telemetry"]),
    ("publish", &["model"]),
    ("schedule", &["model"]),
    ("deliver", &["audit", "model"]),
    ("config", &["deliver", "model"]),
    ("tui", &["audit", "model", "reach", "telemetry"]),
    ("aws", &["deliver", "model", "telemetry"]),
    ("source", &["aws", "model", "reach", "telemetry"]),
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
    let layers = || MAY_NAME.iter().map(|(layer, _)| *layer).chain(["cli"]);
    for (layer, may_name) in MAY_NAME {
        let inside = format!("src/{layer}/");
        let strangers = || layers().filter(|other| *other != layer && !may_name.contains(other));
        for (path, text) in files_below("src", &["rs"]).into_iter().filter(|(path, _)| path.starts_with(&inside)) {
            for other in strangers().filter(|other| text.contains(&format!("crate::{other}::"))) {
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
const MUTATING: [&str; 42] = [
    "abort",
    "accept",
    "add",
    "allocate",
    "assign",
    "associate",
    "attach",
    "authorize",
    "batch",
    "cancel",
    "complete",
    "copy",
    "create",
    "delete",
    "deregister",
    "detach",
    "disable",
    "disassociate",
    "enable",
    "execute",
    "import",
    "invoke",
    "modify",
    "publish",
    "put",
    "reboot",
    "register",
    "release",
    "replace",
    "reset",
    "restore",
    "revoke",
    "run",
    "send",
    "start",
    "stop",
    "subscribe",
    "tag",
    "terminate",
    "untag",
    "update",
    "upload",
];

/// The calls that change something: deliveries, where the user configured them, and nothing else.
const DELIVERIES: [(&str, &str); 3] = [
    ("src/aws/deliver/mail.rs", "send_email"),
    ("src/aws/deliver/s3.rs", "put_object"),
    ("src/aws/deliver/sns.rs", "publish"),
];

/// The services that are spoken to only to deliver.
const TO_DELIVER: [&str; 2] = ["aws_sdk_sesv2", "aws_sdk_sns"];

/// What in a line is the call of an operation that changes something: `.put_object()`, `operation::put_object`.
fn mutating_calls(line: &str) -> Vec<String> {
    let name =
        |text: &str| text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_' || c.is_ascii_digit()).collect();
    let called = line.split('.').skip(1).map(|rest| -> (String, &str) { (name(rest), rest) });
    let called = called.filter(|(name, rest)| rest.get(name.len()..).is_some_and(|after| after.starts_with("()")));
    let named = line.split("operation::").skip(1).map(|rest| -> (String, &str) { (name(rest), rest) });
    let all = called.chain(named).map(|(name, _)| name);
    all.filter(|name| name != "send" && MUTATING.contains(&name.split('_').next().unwrap_or_default())).collect()
}

#[test]
fn nothing_changes_aws_but_deliveries() {
    let mut found = Vec::new();
    for (path, text) in files_below("src/aws", &["rs"]) {
        found.extend(text.lines().flat_map(mutating_calls).map(|call| (path.clone(), call)));
        let elsewhere = !path.starts_with("src/aws/deliver/");
        found.extend(
            TO_DELIVER
                .iter()
                .filter(|sdk| elsewhere && text.contains(**sdk))
                .map(|sdk| (path.clone(), (*sdk).to_owned())),
        );
    }
    let expected: Vec<(String, String)> = DELIVERIES.map(|(path, call)| (path.to_owned(), call.to_owned())).into();
    assert_eq!(found, expected);
    for (line, call) in [
        ("clients.ec2.delete_vpc().vpc_id(id).send()", "delete_vpc"),
        ("reader.clients.ec2.terminate_instances()", "terminate_instances"),
        ("use aws_sdk_s3::operation::put_object::PutObjectError;", "put_object"),
        ("client.publish()", "publish"),
    ] {
        assert_eq!(mutating_calls(line), [call], "{line}");
    }
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
