//! `bartizan report` through the binary: what it files, what it compares with, what it keeps and how it ends.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::audit::{World, ended, err, out};
use super::history::{history, number};

/// The program on a day, at the dump and the pack of a world, writing to `r`.
pub(crate) fn command(world: &World, day: u32, more: &[&str]) -> Command {
    let flags = ["report", "--from", "dump", "--rules", "packs", "--pack", "our-pack", "--out", "r"];
    let mut command = world.command(&[&flags, more].concat());
    command.env("SOURCE_DATE_EPOCH", (1_700_000_000 + day * 86_400).to_string());
    command
}

pub(crate) fn on_day(world: &World, day: u32, more: &[&str]) -> Output {
    command(world, day, more).output().unwrap()
}

pub(crate) fn json(path: &Path) -> Value {
    assert!(path.is_file(), "{} is there", path.display());
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Every file below a directory, with its bytes and when it was written.
fn files(directory: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|kind| kind != "lock") {
                let written = fs::metadata(&path).unwrap().modified().unwrap();
                found.insert(path.clone(), (fs::read(&path).unwrap(), written));
            }
        }
    }
    found
}

/// The names in a directory, in order.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// That every report of an environment is there with all its files as they were written, and that `latest.json`, when
/// there is one, points at one. Tells the reports.
pub(crate) fn assert_whole_reports(shelf: &Path) -> Vec<String> {
    let listed = |file: &Value, folder: &Path| {
        let name = file["name"].as_str().unwrap();
        let content = fs::read(folder.join(name));
        assert!(content.is_ok(), "{name} of {}", folder.display());
        let content = content.unwrap();
        let mut digest = "sha256:".to_owned();
        for byte in Sha256::digest(&content) {
            write!(digest, "{byte:02x}").unwrap();
        }
        assert_eq!(file["digest"], digest, "{name} of {}", folder.display());
        assert_eq!(file["bytes"], content.len(), "{name} of {}", folder.display());
    };
    let reports: Vec<String> = names(shelf).into_iter().filter(|name| name.starts_with("20")).collect();
    for report in &reports {
        let folder = shelf.join(report);
        let summary = json(&folder.join("summary.json"));
        assert_eq!(summary["format"], "bartizan-report");
        let of = summary["files"].as_array().unwrap();
        assert!(!of.is_empty());
        for file in of {
            listed(file, &folder);
        }
        assert_eq!(names(&folder).len(), of.len() + 1, "{report} holds its files and no other");
    }
    if shelf.join("latest.json").exists() {
        let latest = json(&shelf.join("latest.json"));
        assert!(reports.contains(&latest["folder"].as_str().unwrap().to_owned()), "{latest}");
        let of = latest["files"].as_array().unwrap();
        assert!(of.len() > 1);
        for file in of {
            listed(file, shelf);
        }
    }
    reports
}

#[test]
fn every_environment_gets_its_report_and_a_second_run_writes_nothing_new() {
    let world = World::new();
    world.group("eu-west-1", "sg-3", "nobody's", "other");
    let formats = ["--format", "html,json,markdown,html,text,github", "--fail-on", "low"];
    let flags = [&["--env", "production", "--env", "unattributed", "--env", "Production"], &formats[..]].concat();
    let first = on_day(&world, 0, &[&flags[..], &["--env", "staging"]].concat());
    assert_eq!(first.status.code(), Some(2));
    assert!(err(&first).contains("no resource that a rule judges belongs to `staging`"), "{}", err(&first));
    assert_eq!(out(&first).matches("at or above low").count(), 2, "that keeps no other back: {}", out(&first));
    let again = on_day(&world, 0, &flags);
    assert_eq!(again.status.code(), Some(1));
    let there = files(&world.path().join("r"));
    for environment in ["production", "unattributed"] {
        let shelf = world.path().join("r").join(environment);
        assert_eq!(assert_whole_reports(&shelf), ["20231114T221320Z"]);
        assert_eq!(names(&shelf), ["20231114T221320Z", "latest.json"]);
        let files = ["report.github.txt", "report.html", "report.json", "report.md", "report.txt", "summary.json"];
        assert_eq!(names(&shelf.join("20231114T221320Z")), files);
        assert_eq!(json(&shelf.join("latest.json"))["environment"], environment);
    }
    // Hours later, and when nobody knows when the dump was made: the same reading, the same bytes, no new run.
    for day in [0, 1] {
        let output = on_day(&world, day, &flags);
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        assert_eq!(out(&output).matches("(there already, and the same)").count(), 2, "{}", out(&output));
        assert_eq!(files(&world.path().join("r")), there);
    }
    let runs = rusqlite::Connection::open(world.path().join("home/.local/share/bartizan/history.db")).unwrap();
    assert_eq!(number(&runs, "SELECT count(*) FROM run"), 1);
    assert_eq!(number(&runs, "SELECT count(*) FROM report"), 2);
    // Asked otherwise it is another report of the same reading; the first is not touched.
    assert_eq!(on_day(&world, 1, &["--env", "production", "--format", "csv"]).status.code(), Some(0));
    let shelf = world.path().join("r/production");
    assert_eq!(assert_whole_reports(&shelf), ["20231114T221320Z", "20231115T221320Z"]);
    assert_eq!(number(&runs, "SELECT count(*) FROM run"), 1);
    let now = files(&world.path().join("r"));
    assert!(there.iter().all(|(path, file)| path.ends_with("latest.json") || now.get(path) == Some(file)));
}

#[test]
fn the_summary_says_what_was_found_and_what_it_rests_on() {
    let world = World::new();
    assert_eq!(on_day(&world, 0, &["--since", "none"]).status.code(), Some(0));
    let shelf = world.path().join("r/all");
    assert_whole_reports(&shelf);
    let summary = fs::read_to_string(shelf.join("20231114T221320Z/summary.json")).unwrap();
    let stable = |text: String| {
        let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for line in &mut lines {
            if let Some(at) = line.find("sha256:") {
                line.replace_range(at + 7..at + 71, "...");
            }
            if let Some(at) = line.find("\"bytes\": ") {
                line.replace_range(at + 9.., "N,");
            }
        }
        lines.join("\n")
    };
    insta::assert_snapshot!("report_summary", stable(summary));
    insta::assert_snapshot!("report_latest", stable(fs::read_to_string(shelf.join("latest.json")).unwrap()));
    assert!(!world.path().join("home").exists(), "without a comparison nothing is remembered");
}

#[test]
fn it_leads_with_what_changed_since_the_last_report_of_the_environment() {
    let world = World::new();
    let page = |day: u32, environment: &str| {
        let output = on_day(&world, day, &["--env", environment, "--history", "h.db", "--fail-on", "low"]);
        assert_eq!(output.status.code(), Some(1), "what was known is not forgiven: {}", err(&output));
        let latest = json(&world.path().join("r").join(environment).join("latest.json"));
        let folder = world.path().join("r").join(environment).join(latest["folder"].as_str().unwrap());
        (fs::read_to_string(folder.join("report.html")).unwrap(), latest["since"].clone(), out(&output))
    };
    world.write(
        "bartizan.toml",
        "[[environment]]\nname = \"production\"\nregions = [\"eu-west-1\"]\n\
         [[environment]]\nname = \"elsewhere\"\nregions = [\"us-east-1\"]\n",
    );
    world.group("us-east-1", "sg-7", "there", "other");
    let (first, since, _) = page(0, "production");
    assert!(first.contains("not compared with an earlier audit"));
    assert_eq!(since, Value::Null);
    world.group("eu-west-1", "sg-8", "fresh", "other");
    world.group("eu-west-1", "sg-2", "mended", "owner");
    // Another environment is reported in between, which records everything.
    page(1, "elsewhere");
    world.group("us-east-1", "sg-7", "mended", "owner");
    world.group("us-east-1", "sg-9", "worse", "other");
    let (html, since, told) = page(2, "production");
    assert_eq!(since["with"], "run 1 of dump, read on 2023-11-14 22:13 UTC");
    assert_eq!((since["new"].as_u64(), since["known"].as_u64(), since["mended"].as_u64()), (Some(1), Some(0), Some(1)));
    let (head, _) = html.split_once("id=\"findings\"").unwrap();
    assert!(head.contains("<h2 id=\"changes\">Since run 1 of dump") && head.contains("sg-8"), "{head}");
    assert!(
        told.contains("  since run 1 of dump, read on 2023-11-14 22:13 UTC: new: 1; changed: 0; known: 0; mended: 1"),
        "{told}"
    );
    let (_, since, _) = page(2, "elsewhere");
    assert_eq!((since["new"].as_u64(), since["mended"].as_u64()), (Some(1), Some(1)));
    assert_eq!(number(&history(&world), "SELECT count(*) FROM run"), 3, "the second report of one reading is no run");
    // Since a file, and nothing recorded.
    fs::copy(world.path().join("r/production/20231114T221320Z/report.json"), world.path().join("then.json")).unwrap();
    let output = on_day(&world, 3, &["--env", "production", "--since", "then.json"]);
    assert!(
        out(&output).contains("since the report then.json of dump at 2023-11-14 22:13 UTC: new: 1;"),
        "{}",
        out(&output)
    );
    assert!(!world.path().join("home").exists());
}

#[test]
fn what_is_missing_is_told_first_and_a_gap_does_not_keep_the_report_back() {
    let world = World::new();
    world.unread("us-east-1");
    let output = on_day(&world, 0, &["--format", "html,json,text,markdown,github", "--since", "none"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(out(&output).starts_with("the whole estate: INCOMPLETE: "), "{}", out(&output));
    let shelf = world.path().join("r/all");
    let folder = shelf.join(&assert_whole_reports(&shelf)[0]);
    let summary = json(&folder.join("summary.json"));
    assert_eq!((&summary["complete"], &summary["exit"]), (&Value::Bool(false), &Value::from(3)));
    assert!(summary["missing"][1].as_str().unwrap().contains("us-east-1: ec2:DescribeSecurityGroups"), "{summary}");
    for (file, lines) in [("report.html", 10), ("report.txt", 5), ("report.md", 5), ("report.github.txt", 2)] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let head: Vec<&str> = text.lines().take(lines).collect();
        assert!(head.iter().any(|line| line.contains("INCOMPLETE")), "{file}: {head:?}");
    }
    assert_eq!(json(&folder.join("report.json"))["complete"], false);
    let accepted = on_day(&world, 0, &["--format", "csv", "--since", "none", "--allow-unknown"]);
    assert_eq!(accepted.status.code(), Some(0));
}

#[test]
fn old_reports_are_taken_away_when_asked() {
    let world = World::new();
    let shelf = world.path().join("r/all");
    for day in 0..5 {
        world.group("eu-west-1", "sg-1", &format!("name {day}"), "owner");
        let retain = ["--since", "none", "--format", "csv", "--retain", "3"];
        assert_eq!(on_day(&world, day, &retain).status.code(), Some(0));
    }
    let days = ["20231116T221320Z", "20231117T221320Z", "20231118T221320Z"];
    assert_eq!(assert_whole_reports(&shelf), days);
    assert_eq!(names(&shelf), [&days[..], &["latest.json"]].concat());
    fs::write(shelf.join("20231116T221320Z/note"), "mine").unwrap();
    world.group("eu-west-1", "sg-1", "last", "owner");
    let output = on_day(&world, 5, &["--since", "none", "--format", "csv", "--retain", "36h"]);
    assert!(
        err(&output).contains("20231116T221320Z: kept: it holds files that are not of its report"),
        "{}",
        err(&output)
    );
    assert_eq!(names(&shelf), ["20231116T221320Z", "20231118T221320Z", "20231119T221320Z", "latest.json"]);
    let (code, told) = ended(&on_day(&world, 5, &["--retain", "0"]));
    assert_eq!((code, told.contains("0 would keep no report")), (Some(2), true), "{told}");
}

#[test]
fn a_monitoring_system_is_told_whether_reports_are_fresh() {
    let world = World::new();
    let check = |day: u32, more: &[&str]| {
        let mut command = world.command(&[&["report", "--out", "r", "--max-age", "26h"], more].concat());
        let output = command.env("SOURCE_DATE_EPOCH", (1_700_000_000 + day * 86_400).to_string()).output().unwrap();
        (output.status.code(), out(&output), err(&output))
    };
    assert_eq!(check(0, &[]).0, Some(2), "there is no directory");
    fs::create_dir(world.path().join("r")).unwrap();
    let (code, _, told) = check(0, &[]);
    assert_eq!((code, told.contains("there is no report")), (Some(3), true), "{told}");
    on_day(&world, 5, &["--since", "none", "--env", "production"]);
    on_day(&world, 4, &["--since", "none"]);
    let (code, told, _) = check(5, &[]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(
        told,
        "the whole estate: read 24h ago: r/all/20231118T221320Z, PASSED: nothing at or above high\n\
         production: read 0s ago: r/production/20231119T221320Z, PASSED: nothing at or above high\n"
    );
    let (code, told, _) = check(6, &[]);
    assert_eq!(code, Some(3));
    assert!(told.starts_with("the whole estate: TOO OLD: read 48h ago, not within 26h: r/all/"), "{told}");
    assert_eq!(check(6, &["--env", "PRODUCTION"]).0, Some(0));
    let (code, told, _) = check(2, &["--env", "production"]);
    assert_eq!(code, Some(3));
    assert!(told.starts_with("production: FROM THE FUTURE by 72h: the clock was ahead"), "{told}");
    let (code, told, _) = check(6, &["--env", "production", "--env", "staging"]);
    assert_eq!(code, Some(3));
    assert!(told.contains("staging: MISSING: there is no report in r/staging"), "{told}");
    fs::remove_file(world.path().join("r/production/20231119T221320Z/report.html")).unwrap();
    let (code, told, _) = check(5, &["--env", "production"]);
    assert_eq!(code, Some(3));
    assert!(told.contains("MISSING: a file is missing or was changed: 20231119T221320Z/report.html"), "{told}");
    let (code, _, told) = check(5, &["--retain", "3"]);
    assert_eq!((code, told.contains("cannot be used with")), (Some(2), true), "{told}");
    let (code, _, told) = check(5, &["--demo"]);
    assert_eq!((code, told.contains("`bartizan report --max-age` reads no estate: leave out --demo")), (Some(2), true));
}

#[test]
fn what_is_wrong_is_said_before_anything_is_read() {
    let world = World::new();
    world.write("bartizan.toml", "[[environment]]\nname = \"production\"\n");
    world.write("file", "mine");
    for (flags, text) in [
        (vec!["--format", "html,htlm"], "a similar value exists: 'html'"),
        (vec!["--env", "nowhere"], "there is no environment `nowhere`: there are production, unattributed"),
        (vec!["--since", "nofile.json"], "nofile.json"),
        (vec!["--retain", "many"], "write a number of reports such as 30, or an age such as 90d"),
        (vec!["--max-age", "soon"], "write an age such as 26h"),
    ] {
        let (code, told) = ended(&on_day(&world, 0, &flags));
        assert_eq!(code, Some(2), "{flags:?}");
        assert!(told.contains(text), "{flags:?}: {told}");
    }
    for (directory, text) in [("file", "file cannot be used"), ("file/below", "file/below cannot be used")] {
        let (code, told) = ended(&world.run(&["report", "--from", "nowhere", "--out", directory]));
        assert_eq!(code, Some(2));
        assert!(told.contains(text) && told.contains("name a directory with --out"), "{told}");
    }
    let (code, told) = ended(&world.run(&["report", "--from", "dump"]));
    assert_eq!((code, told.contains("--out <DIR|s3://BUCKET/PREFIX>")), (Some(2), true), "{told}");
    assert_eq!(names(world.path()), ["bartizan.toml", "dump", "file", "packs"], "nothing was made");
    let (code, told) = ended(&on_day(&world, 0, &["--since", "none", "--history", "h.db"]));
    assert_eq!((code, told.contains("add --record, or --since last")), (Some(2), true), "{told}");
}

#[cfg(not(feature = "aws"))]
#[test]
fn a_build_that_delivers_nothing_says_so() {
    let world = World::new();
    for flags in [&["--out", "s3://acme-reports/x"][..], &["--out", "r", "--heartbeat", "https://beat.example/x"]] {
        let (code, told) = ended(&world.run(&[&["report", "--from", "dump"], flags].concat()));
        assert_eq!((code, told.contains("lacks the feature `aws`")), (Some(2), true), "{flags:?}: {told}");
    }
    assert_eq!(names(world.path()), ["dump", "packs"]);
}
