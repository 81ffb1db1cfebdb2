//! `bartizan verify` through the binary: what it confirms, what it refuses, and how it ends.

use serde_json::Value;

use super::audit::{World, ended, out};

const WAIVERS: &str = "[[waiver]]\nrule = \"group-without-owner\"\nresource = { id = \"sg-2\" }\nowner = \"anna\"\n\
    reason = \"r\"\nexpires = 2023-11-14\n";

/// A world with a snapshot and the report of it.
fn world() -> World {
    let world = World::new();
    world.unread("us-east-1");
    world.write("w.toml", WAIVERS);
    world.run(&["snapshot", "--from", "dump", "-q", "-o", "s.bzn"]);
    world.write("r.json", &out(&world.audit(&["--format", "json", "--waivers", "w.toml"])));
    world
}

fn verify(world: &World, report: &str, more: &[&str]) -> (Option<i32>, String) {
    let flags = ["verify", report, "--rules", "packs", "--pack", "our-pack", "--waivers", "w.toml"];
    // The day after: the waiver has expired meanwhile.
    let output = world.command(&[&flags, more].concat()).env("SOURCE_DATE_EPOCH", "1800000000").output().unwrap();
    (output.status.code(), out(&output) + &ended(&output).1)
}

#[test]
fn a_report_is_confirmed_whenever_and_wherever_its_estate_is_judged_again() {
    let world = world();
    let (code, told) = verify(&world, "r.json", &["--from", "s.bzn"]);
    assert_eq!(code, Some(0), "{told}");
    for part in ["CONFIRMED: r.json is what", "pack      our-pack ", "INCOMPLETE", "not verified:\n  $.generated_at: "]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(verify(&world, "r.json", &["--from", "dump"]).0, Some(0), "a snapshot is the estate it is of");
    let report: Value = serde_json::from_slice(&std::fs::read(world.path().join("r.json")).unwrap()).unwrap();
    world.write("compact.json", &report.to_string());
    assert_eq!(verify(&world, "compact.json", &["--from", "s.bzn"]).0, Some(0), "written otherwise, it says the same");
    let demo = out(&world.run(&["audit", "--demo", "--format", "json", "--env", "staging"]));
    world.write("demo.json", &demo);
    let (code, told) = ended(&world.run(&["verify", "demo.json", "--demo"]));
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(world.run(&["verify", "demo.json", "--demo", "--pack", "multi-az"]).status.code(), Some(1));
}

#[test]
fn the_first_difference_is_named_with_both_values() {
    let world = world();
    let report = std::fs::read_to_string(world.path().join("r.json")).unwrap();
    let forged = |from: &str, to: &str| {
        assert!(report.contains(from), "{from}: {report}");
        world.write("forged.json", &report.replacen(from, to, 1));
        verify(&world, "forged.json", &["--from", "s.bzn"])
    };
    let version = format!("\"tool_version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    for (from, to, parts) in [
        (
            version.as_str(),
            "\"tool_version\": \"0.0.1\"",
            &["written by Bartizan 0.0.1: verify it with that version"][..],
        ),
        ("\"digest\": \"sha256:", "\"digest\": \"sha256:0", &["$.packs[0].digest", "`our-pack`"]),
        ("\"estate_digest\": \"sha256:", "\"estate_digest\": \"sha256:0", &["at $.manifest.estate_digest\n"]),
        (
            "\"status\": \"WAIVED\"",
            "\"status\": \"PASS\"",
            &[
                "].status: finding ",
                "group-without-owner of SecurityGroup sg-2",
                "says: \"PASS\"",
                "again:     \"WAIVED\"",
            ],
        ),
        ("\"evidence\": [\n", "\"evidence\": [{},\n", &["].evidence["]),
        ("\"resource\": \"sg-1\"", "\"resource\": \"sg-\\u001b[31m\"", &["].resource: "]),
    ] {
        let (code, told) = forged(from, to);
        assert_eq!(code, Some(1), "{to}: {told}");
        assert!(told.starts_with("DIFFERS: forged.json") && !told.contains('\u{1b}'), "{told}");
        let lacking: Vec<_> = parts.iter().filter(|part| !told.contains(**part)).collect();
        assert!(lacking.is_empty(), "{lacking:?}: {told}");
    }
    world.group("eu-west-1", "sg-9", "another", "other");
    let (code, told) = verify(&world, "r.json", &["--from", "dump"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("first difference, at $.manifest.estate_digest"), "{told}");
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let world = world();
    let report = std::fs::read_to_string(world.path().join("r.json")).unwrap();
    for (text, told) in [
        (report.split_at(report.len() / 2).0.to_owned(), "bad.json: not a JSON report"),
        (report.replace("bartizan-audit", "other"), "bad.json: not a JSON report"),
        (report.replace("\"version\": 1,", "\"version\": 2,"), "bad.json: the report has version 2"),
        (
            report.replace("\"status\": \"WAIVED\"", "\"status\": \"PASS\", \"status\": \"WAIVED\""),
            "`status` is there twice",
        ),
        (report.replace("\"fail_on\": \"high\"", "\"fail_on\": \"grave\""), "bad.json: damaged report"),
        (String::new(), "bad.json: not a JSON report"),
    ] {
        world.write("bad.json", &text);
        let (code, said) = verify(&world, "bad.json", &["--from", "s.bzn"]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(told), "{told}: {said}");
    }
    assert_eq!(verify(&world, "none.json", &["--from", "s.bzn"]).0, Some(2));
    assert_eq!(verify(&world, "r.json", &["--from", "none.bzn"]).0, Some(2));
}
