//! Waivers through the binary: written, seen in every format, ended and refused.

use std::fs;

use serde_json::Value;

use super::audit::{World, ended, err, out};

const DAY: &str = "2023-11-14"; // of the tests' clock

fn id(world: &World) -> String {
    world.json().pointer("/findings/0/id").and_then(Value::as_str).unwrap().to_owned()
}

fn waive(world: &World, id: &str, more: &[&str]) -> std::process::Output {
    let flags = ["waive", id, "--from", "dump", "--rules", "packs", "--pack", "our-pack"];
    world.run(&[&flags, more].concat())
}

const BECAUSE: [&str; 6] = ["--waivers", "w.toml", "--reason", "moves soon", "--owner", "anna"];

#[test]
fn a_waived_finding_is_seen_in_every_format_and_fails_nothing() {
    let world = World::new();
    let id = id(&world);
    let done = waive(&world, &id, &[&BECAUSE[..], &["--until", "2023-12-31", "--ticket", "SHOP-1"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert_eq!(
        out(&done),
        "w.toml: group-without-owner: id = \"sg-2\", account = \"111122223333\", region = \"eu-west-1\" is waived \
         until 2023-12-31\n"
    );
    for format in ["text", "json", "sarif"] {
        let output = world.audit(&["--waivers", "w.toml", "--fail-on", "low", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{format}");
        insta::assert_snapshot!(format!("waived_{format}"), out(&output).replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }
    let ci = err(&world.audit(&["--waivers", "w.toml", "--ci"]));
    assert!(ci.contains("waived: 1"), "{ci}");
    let explained = world.run(&["explain", &id, "--from", "dump", "--rules", "packs", "--waivers", "w.toml"]);
    assert!(out(&explained).starts_with("WAIVED  "), "{}", out(&explained));

    world.write("bartizan.toml", "waivers = \"w.toml\"\n");
    assert_eq!(world.audit(&["--fail-on", "low"]).status.code(), Some(0), "the configuration names them as well");
    world.write("other.toml", "");
    assert_eq!(world.audit(&["--fail-on", "low", "--waivers", "other.toml"]).status.code(), Some(1), "a flag wins");
}

#[test]
fn a_waiver_that_is_over_brings_the_finding_back() {
    let world = World::new();
    let id = id(&world);
    assert_eq!(waive(&world, &id, &[&BECAUSE[..], &["--until", DAY]].concat()).status.code(), Some(0));
    let audit = ["--waivers", "w.toml", "--fail-on", "low"];
    assert_eq!(world.audit(&audit).status.code(), Some(0), "its last day counts");
    let text = fs::read_to_string(world.path().join("w.toml")).unwrap();
    world.write("w.toml", &text.replace(DAY, "2023-11-13"));
    let output = world.audit(&audit);
    assert_eq!(output.status.code(), Some(1));
    for told in ["LOW  A waiver has expired  [waiver-expired]", "its waiver ended on 2023-11-13"] {
        assert!(out(&output).contains(told), "{}", out(&output));
    }
    let again = waive(&world, &id, &[&BECAUSE[..], &["--until", "2024-01-31"]].concat());
    assert_eq!(again.status.code(), Some(0), "{}", err(&again));
    assert_eq!(fs::read_to_string(world.path().join("w.toml")).unwrap(), text.replace(DAY, "2024-01-31"), "renewed");
}

#[test]
fn an_environment_sees_its_waivers_and_those_of_all() {
    let world = World::new();
    let waiver = |environment: &str| {
        format!(
            "[[waiver]]\nrule = \"group-without-owner\"\nresource = {{ environment = \"{environment}\" }}\n\
             owner = \"anna\"\nreason = \"r\"\nexpires = 2024-01-01\n"
        )
    };
    world.write("w.toml", &[waiver("production"), waiver("dev")].concat());
    let seen = |environment: &str| -> Vec<(String, String)> {
        let flags = ["--waivers", "w.toml", "--env", environment, "--format", "json"];
        let report: Value = serde_json::from_str(&out(&world.audit(&flags))).unwrap();
        let text = |f: &Value, field: &str| f[field].as_str().unwrap().to_owned();
        report["findings"].as_array().unwrap().iter().map(|f| (text(f, "rule"), text(f, "status"))).collect()
    };
    let own = |rule: &str, status: &str| (rule.to_owned(), status.to_owned());
    let production = seen("production");
    assert!(production.contains(&own("group-without-owner", "WAIVED")), "it is inherited by what belongs to it");
    assert!(!production.contains(&own("waiver-unmatched", "FAIL")), "dev's waiver is not production's");
    let (code, told) = ended(&world.audit(&["--waivers", "w.toml", "--env", "dev"]));
    assert_eq!(code, Some(2), "a waiver is no resource: {told}");
}

#[test]
fn what_cannot_be_waived_is_refused_and_writes_nothing() {
    let world = World::new();
    world.unread("us-east-1");
    let findings = world.json()["findings"].as_array().unwrap().clone();
    let of = |status: &str| findings.iter().find(|f| f["status"] == status).unwrap()["id"].as_str().unwrap().to_owned();
    let until = ["--until", "2024-01-01"];
    for (id, flags, told) in [
        (of("UNKNOWN"), [&BECAUSE[..], &until].concat(), "it is UNKNOWN"),
        (of("PASS"), [&BECAUSE[..], &until].concat(), "it is no fault but PASS"),
        (of("FAIL"), [&BECAUSE[..4], &until].concat(), "nobody answers for it: give --owner"),
        (of("FAIL"), [&BECAUSE[..], &["--until", "2023-11-13"]].concat(), "--until 2023-11-13 is over"),
        (of("FAIL"), [&BECAUSE[..], &["--until", "soon"]].concat(), "soon"),
        (of("FAIL"), [&BECAUSE[2..], &until].concat(), "give --waivers FILE"),
        ("nonsense".to_owned(), [&BECAUSE[..], &until].concat(), "there is no finding `nonsense`"),
    ] {
        let (code, said) = ended(&waive(&world, &id, &flags));
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(told), "{said}");
    }
    assert!(!world.path().join("w.toml").exists());
    world.write("w.toml", "# mine\n[[waiver]]\nrule = \"x\"\n");
    let (code, said) = ended(&waive(&world, &of("FAIL"), &[&BECAUSE[..], &until].concat()));
    assert_eq!(code, Some(2));
    assert!(said.starts_with("error: w.toml:2: missing field `resource`"), "{said}");
    assert_eq!(fs::read_to_string(world.path().join("w.toml")).unwrap(), "# mine\n[[waiver]]\nrule = \"x\"\n");
    assert_eq!(ended(&world.audit(&["--waivers", "w.toml"])).0, Some(2), "no audit with half of the waivers");
    assert_eq!(ended(&world.audit(&["--waivers", "none.toml"])).0, Some(2));
}

#[test]
fn two_who_waive_at_once_lose_nothing() {
    let world = World::new();
    for nth in 3..11 {
        world.group("eu-west-1", &format!("sg-{nth}"), "open", "other");
    }
    let findings = world.json()["findings"].as_array().unwrap().clone();
    let ids = findings.iter().filter(|f| f["status"] == "FAIL").map(|f| f["id"].as_str().unwrap());
    let ids: Vec<&str> = ids.collect();
    std::thread::scope(|scope| {
        for id in &ids {
            let world = &world;
            scope.spawn(move || {
                let done = waive(world, id, &[&BECAUSE[..], &["--until", "2024-01-01"]].concat());
                assert_eq!(done.status.code(), Some(0), "{}", err(&done));
            });
        }
    });
    let output = world.audit(&["--waivers", "w.toml", "--fail-on", "low"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let files: Vec<_> = fs::read_dir(world.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(files.iter().all(|name| !name.to_string_lossy().ends_with(".part")), "{files:?}");
}
