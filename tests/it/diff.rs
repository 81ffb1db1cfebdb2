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
        assert!(told.ends_with("resources: not compared, because a report does not hold them\n"), "{told}");
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
