//! `bartizan diff` through the binary: snapshots, dumps and reports, and what only one of them could see.

use std::fs;

use serde_json::Value;

use super::audit::{World, ended, out};

fn diff(world: &World, more: &[&str]) -> std::process::Output {
    let flags = ["diff", "--rules", "packs", "--pack", "our-pack"];
    world.run(&[&flags, more].concat())
}

/// The dump as it is now, as a snapshot and as a report.
fn keep(world: &World, name: &str) {
    let snapshot = format!("{name}.bzn");
    let done = world.run(&["snapshot", "--from", "dump", "-q", "-o", &snapshot]);
    assert!(matches!(done.status.code(), Some(0 | 3)));
    world.write(&format!("{name}.json"), &out(&world.audit(&["--format", "json"])));
}

/// A world before and after: one group is mended, one is open, one is gone, one has another name.
fn changed() -> World {
    let world = World::new();
    world.group("eu-west-1", "sg-5", "old", "other");
    keep(&world, "then");
    world.group("eu-west-1", "sg-2", "shut", "owner");
    world.group("eu-west-1", "sg-3", "fresh", "other");
    fs::remove_file(world.path().join("dump/111122223333/eu-west-1/sg-5.json")).unwrap();
    keep(&world, "now");
    world
}

#[test]
fn two_snapshots_differ_in_findings_and_resources() {
    let world = changed();
    let output = diff(&world, &["then.bzn", "now.bzn"]);
    assert_eq!(output.status.code(), Some(0), "a low finding is below the default");
    assert_eq!(diff(&world, &["then.bzn", "now.bzn", "--fail-on", "low"]).status.code(), Some(1));
    insta::assert_snapshot!("diff_text", out(&output));
    let json: Value = serde_json::from_str(&out(&diff(&world, &["then.bzn", "now.bzn", "--format", "json"]))).unwrap();
    insta::assert_snapshot!("diff_json", serde_json::to_string_pretty(&json).unwrap());
    let output = world.run(&["diff", "then.bzn", "--from", "dump", "--rules", "packs", "--pack", "our-pack"]);
    assert_eq!(
        out(&output).lines().skip(2).collect::<Vec<_>>(),
        out(&diff(&world, &["then.bzn", "dump"])).lines().skip(2).collect::<Vec<_>>(),
        "the later one may be the source"
    );
}

#[test]
fn a_report_stands_for_the_audit_it_tells_of() {
    let world = changed();
    for (then, now) in [("then.json", "now.json"), ("then.json", "now.bzn"), ("then.bzn", "now.json")] {
        let told = out(&diff(&world, &[then, now]));
        let findings =
            "findings: new: 1; changed: 0; known: 0; no longer failing: 1 passes now, 1 the resource is gone";
        assert_eq!(told.lines().nth(2), Some(findings), "{then} {now}");
        assert!(told.ends_with("reached from the internet: not compared, because only estates tell\n"), "{told}");
    }
    let same = diff(&world, &["now.json", "now.bzn", "--fail-on", "informational"]);
    assert_eq!(same.status.code(), Some(0), "a report knows as much as the estate: {}", out(&same));
}

#[test]
fn what_could_not_be_read_in_one_of_them_is_not_gone() {
    let world = World::new();
    keep(&world, "then");
    fs::remove_dir_all(world.path().join("dump/111122223333/eu-west-1")).unwrap();
    world.unread("eu-west-1");
    keep(&world, "now");
    for (then, now) in [("then.bzn", "now.bzn"), ("then.json", "now.json")] {
        let output = diff(&world, &[then, now]);
        assert_eq!(output.status.code(), Some(3), "{}", out(&output));
        assert!(out(&output).contains("1 cannot be decided now; it may still be there"), "{}", out(&output));
        assert_eq!(diff(&world, &[then, now, "--allow-unknown"]).status.code(), Some(0));
    }
    let told = out(&diff(&world, &["then.bzn", "now.bzn"]));
    assert!(told.contains("resources: added: 0; removed: 0; changed: 0\n"), "{told}");
    assert!(
        told.contains("? SecurityGroup in 111122223333 eu-west-1: not read now: ec2:DescribeSecurityGroups"),
        "{told}"
    );
    let told = out(&diff(&world, &["now.json", "then.json"]));
    assert!(told.contains("note: of the new findings, 1 could not be seen then"), "{told}");
}

#[test]
fn an_input_that_is_neither_is_refused_with_its_place() {
    let world = World::new();
    keep(&world, "then");
    let report = fs::read_to_string(world.path().join("then.json")).unwrap();
    for (text, told) in [
        ("{}".to_owned(), "now.json: not a JSON report"),
        (report.replace("bartizan-audit", "other"), "now.json: not a JSON report"),
        (
            report.replace("\"version\": 1,", "\"version\": 2,"),
            "now.json: the report has version 2, this Bartizan reads up to 1",
        ),
        (report.replace("\"FAIL\"", "\"FINE\""), "has the status `FINE`"),
        (report.replace("\"sg-2\"", "\"sg-9\""), "should have the id"),
        (
            report.replace("\"severity\": \"low\"", "\"severity\": \"grave\""),
            "now.json: damaged report (unknown variant `grave`",
        ),
        (report.split_at(report.len() / 2).0.to_owned(), "now.json: not a JSON report"),
        ("nothing".to_owned(), "now.json: neither a snapshot"),
    ] {
        world.write("now.json", &text);
        let (code, said) = ended(&diff(&world, &["then.json", "now.json"]));
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(told), "{told}: {said}");
    }
    assert_eq!(ended(&diff(&world, &["none.json", "then.json"])).0, Some(2));
    let (code, said) = ended(&diff(&world, &["then.json", "then.json", "--demo"]));
    assert_eq!(code, Some(2));
    assert!(said.contains("reads no estate: leave out --demo"), "{said}");
}

/// The sample of a load balancer, changed; as a dump of that name.
fn sample(world: &World, name: &str, change: impl Fn(&str, String) -> Option<String>) {
    let home = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estates/aws-cli/load-balancer");
    for entry in fs::read_dir(home).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Some(text) = change(&file, fs::read_to_string(&path).unwrap())
            .filter(|_| path.extension().is_some_and(|kind| kind == "json"))
        {
            world.write(&format!("{name}/{file}"), &text);
        }
    }
}

fn ports(world: &World, then: &str, now: &str, more: &[&str]) -> (Option<i32>, String) {
    let flags = ["diff", then, now, "--pack", "observability"];
    let output = world.run(&[&flags, more].concat());
    let told = out(&output);
    let (_, told) = told.split_once("reached from the internet: ").unwrap();
    (output.status.code(), told.to_owned())
}

#[test]
fn ports_that_the_internet_newly_reaches_are_told_with_their_path() {
    let world = World::new();
    sample(&world, "then", |_, text| Some(text));
    sample(&world, "now", |file, text| {
        let moved =
            text.replace("\"FromPort\": 22,", "\"FromPort\": 2222,").replace("\"ToPort\": 22,", "\"ToPort\": 2222,");
        Some(if file == "SecurityGroups.json" { moved } else { text })
    });
    let (code, told) = ports(&world, "then", "now", &["--allow-unknown"]);
    assert_eq!(code, Some(1), "a newly exposed port is high: {told}");
    insta::assert_snapshot!("diff_ports", told);
    let at = |told: &str, word: &str| told.find(word).unwrap_or_else(|| panic!("{word}: {told}"));
    assert!(at(&told, "EXPOSED  tcp/2222 of Instance i-0c8ce8bbdd98cc4e8") < at(&told, "CLOSED   tcp/22 of Instance"));
    assert_ne!(ports(&world, "then", "now", &["--fail-on", "critical", "--allow-unknown"]).0, Some(1));
    assert!(ports(&world, "then", "then", &[]).1.starts_with("newly: 0; no longer: 0; cannot be told: 0\n"));
    let json: Value = serde_json::from_str(&out(&diff(&world, &["then", "now", "--format", "json"]))).unwrap();
    let first = &json["reached_from_the_internet"]["changes"][0];
    assert_eq!((&first["became"], &first["source_cidrs"][0]), (&"opened".into(), &"0.0.0.0/0".into()));
    assert!(first["forward_path_components"].as_array().unwrap().len() > 2, "{first}");
}

#[test]
fn a_port_that_cannot_be_told_any_more_is_neither_closed_nor_open() {
    let world = World::new();
    sample(&world, "then", |_, text| Some(text));
    for (name, unread) in [
        ("acls", &["NetworkAcls.json"][..]),
        ("groups", &["SecurityGroups.json"]),
        // Either tells of the other.
        ("interfaces", &["NetworkInterfaces.json", "Reservations.json"]),
    ] {
        sample(&world, name, |file, text| Some(text).filter(|_| !unread.contains(&file)));
        let (code, told) = ports(&world, "then", name, &[]);
        assert_eq!(code, Some(3), "{name}: {told}");
        assert!(told.starts_with("newly: 0; no longer: 0; cannot be told: ") && told.contains("UNKNOWN"), "{told}");
        let (code, told) = ports(&world, name, "then", &[]);
        assert_eq!(code, Some(3), "it may have been open then: {told}");
        assert!(told.starts_with("newly: 0; no longer: 0; ") && told.contains("whether it was then"), "{told}");
    }
}

#[test]
fn an_instance_that_could_not_be_listed_goes_by_its_id() {
    let world = World::new();
    sample(&world, "then", |_, text| Some(text));
    sample(&world, "nameless", |file, text| Some(text).filter(|_| file != "Reservations.json"));
    for (then, now) in [("then", "nameless"), ("nameless", "then")] {
        let (_, told) = ports(&world, then, now, &[]);
        assert!(told.starts_with("newly: 0; no longer: 0; cannot be told: 0\n"), "{told}");
    }
}

#[test]
fn runs_of_the_history_are_compared_by_name() {
    let world = World::new();
    let record = |day: u64| {
        let flags =
            ["audit", "--from", "dump", "--rules", "packs", "--pack", "our-pack", "--record", "--history", "h.db"];
        let mut command = world.command(&flags);
        command.env("SOURCE_DATE_EPOCH", (1_700_000_000 + day * 86_400).to_string());
        assert!(command.output().unwrap().status.success());
    };
    record(0);
    keep(&world, "first");
    world.group("eu-west-1", "sg-2", "shut", "owner");
    world.group("eu-west-1", "sg-3", "fresh", "other");
    record(1);
    let counts = |then: &str, now: &str| {
        let output = diff(&world, &[then, now, "--history", "h.db"]);
        let told = out(&output);
        told.lines().nth(2).unwrap_or_else(|| panic!("{}", ended(&output).1)).to_owned()
    };
    let changed = "findings: new: 1; changed: 0; known: 0; no longer failing: 1 passes now";
    for (then, now) in
        [("run:1", "run:2"), ("run:1", "last"), ("first.json", "last"), ("first.bzn", "run:2"), ("run:1", "dump")]
    {
        assert_eq!(counts(then, now), changed, "{then} {now}");
    }
    for (then, now) in [("last", "dump"), ("run:2", "last"), ("run:1", "first.json")] {
        let told = counts(then, now);
        assert!(told.contains("new: 0; changed: 0; known: 1; no longer failing: none"), "{then} {now}: {told}");
    }
    for (flags, told) in [
        (&["run:7", "run:2", "--history", "h.db"][..], "h.db: there is no run 7: `bartizan history` lists"),
        (&["run:x", "run:2", "--history", "h.db"], "`run:x` is no run"),
        (&["last", "last", "--history", "h.db"], "name run:N"),
        (&["run:1", "run:2", "--history", "none.db"], "none.db: there is no history here yet"),
        (&["first.json", "first.bzn", "--history", "h.db"], "--history says where the history is"),
        (&["last", "first.json", "--history", "other.db"], "other.db: "),
    ] {
        let (code, said) = ended(&diff(&world, flags));
        assert_eq!(code, Some(2), "{flags:?}: {said}");
        assert!(said.contains(told), "{flags:?}: {said}");
    }
}
