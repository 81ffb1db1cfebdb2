//! `bartizan audit --baseline`: only what is new or worse fails, and nothing is gone because it could not be read.

use std::fs;
use std::process::Output;

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
