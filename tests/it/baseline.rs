//! `bartizan audit --baseline`: only what is new or worse fails, and nothing is gone because it could not be read.

use std::fs;
use std::process::{Command, Output};

use super::audit::{World, ended, err, out};

/// A world with one open group, whose report is the baseline.
fn world() -> World {
    let world = World::new();
    world.write("base.json", &out(&world.audit(&["--format", "json"])));
    world
}

fn against(world: &World, more: &[&str]) -> Output {
    world.audit(&[&["--baseline", "base.json", "--fail-on", "low", "--ci"], more].concat())
}

#[test]
fn what_was_known_fails_nothing_and_is_still_told() {
    let world = world();
    let output = against(&world, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let told = err(&output);
    for part in [
        "since the report base.json of dump at 2023-11-14 22:13 UTC: new: 0; changed: 0; known: 1; no longer failing: none",
        "new or worse, at or above --fail-on low: 0 of 1",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(out(&output).contains("KNOWN"), "{}", out(&output));
}

#[test]
fn what_is_new_fails_and_is_told_first() {
    let world = world();
    world.group("eu-west-1", "sg-1a", "fresh", "other");
    world.group("eu-west-1", "sg-2", "mended", "owner");
    world.group("eu-west-1", "sg-3", "also", "other");
    let output = against(&world, &[]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("baseline_text", out(&output));
    let sarif = out(&against(&world, &["--format", "sarif"]));
    assert_eq!(sarif.matches("\"baselineState\": \"new\"").count(), 2, "{sarif}");
    assert_eq!(world.audit(&["--baseline", "base.json"]).status.code(), Some(0), "a low finding is below the default");
}

#[test]
fn what_cannot_be_read_any_more_is_not_gone() {
    let world = world();
    fs::remove_dir_all(world.path().join("dump/111122223333/eu-west-1")).unwrap();
    world.unread("eu-west-1");
    let output = against(&world, &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        err(&output).contains("no longer failing: 1 cannot be decided now; it may still be there"),
        "{}",
        err(&output)
    );
    assert!(out(&output).contains("UNSEEN"), "{}", out(&output));
}

#[test]
fn an_environment_is_compared_with_its_own_past() {
    let world = world();
    world.group("eu-west-1", "sg-2", "mended", "owner");
    let counts = |environment: &str| {
        let told = err(&against(&world, &["--env", environment]));
        told.lines()
            .find(|line| line.starts_with("since "))
            .unwrap_or_default()
            .split(": new")
            .nth(1)
            .unwrap()
            .to_owned()
    };
    assert_eq!(counts("production"), ": 0; changed: 0; known: 0; no longer failing: 1 passes now");
    assert_eq!(counts("unattributed"), ": 0; changed: 0; known: 0; no longer failing: none");
}

#[test]
fn a_waiver_that_is_over_is_new_whatever_the_baseline_knows() {
    let world = World::new();
    let waiver = "[[waiver]]\nrule = \"group-without-owner\"\nresource = { id = \"sg-2\" }\nowner = \"anna\"\n\
                  reason = \"r\"\nexpires = 2023-11-14\n";
    world.write("w.toml", waiver);
    let waivers = ["--waivers", "w.toml"];
    world.write("base.json", &out(&world.audit(&[&waivers[..], &["--format", "json"]].concat())));
    assert_eq!(against(&world, &waivers).status.code(), Some(0));
    world.write("w.toml", &waiver.replace("11-14", "11-13"));
    assert_eq!(against(&world, &waivers).status.code(), Some(1));
}

#[test]
fn a_baseline_that_is_none_is_refused() {
    let world = World::new();
    world.write("base.json", "[]");
    let (code, told) = ended(&against(&world, &[]));
    assert_eq!(code, Some(2));
    assert!(told.starts_with("error: base.json: not a JSON report"), "{told}");
    assert_eq!(ended(&world.audit(&["--baseline", "none.json"])).0, Some(2));
}

/// What a pipeline's author sees of a finding that is new among many that are known.
#[test]
fn a_new_finding_is_told_in_one_screen() {
    let home = tempfile::tempdir().unwrap();
    let audit = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
        command.args(["audit", "--demo", "--ci"]).args(more).current_dir(home.path());
        command.env("XDG_CONFIG_HOME", home.path()).env("XDG_DATA_HOME", home.path()).output().unwrap()
    };
    audit(&["--format", "json=then.json"]);
    let path = home.path().join("then.json");
    let mut then: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let findings = then["findings"].as_array_mut().unwrap();
    let all = findings.len();
    findings.retain(|finding| finding["rule"] != "ssh-open-to-world" || finding["status"] != "FAIL");
    assert_eq!(findings.len(), all - 1);
    fs::write(&path, then.to_string()).unwrap();
    let output = audit(&["--baseline", "then.json"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().count() < 70, "{text}");
    let at = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word}: {text}"));
    let parts =
        ["NEW CRITICAL", "  where     SecurityGroup", "  what      port 22", "  why ", "  fix ", "KNOWN  as in"];
    assert!(parts.map(at).is_sorted(), "{text}");
    // The hops of the path are a line each, what is known a word and a number.
    assert!(text.contains("\n              igw-063d1a401f23d85a9\n"), "{text}");
    assert!(text.contains("  high      bucket-open-to-world 9,"), "{text}");
}
