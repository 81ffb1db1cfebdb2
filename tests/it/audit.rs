//! `bartizan audit`, `explain` and `rules` through the binary: what they print and how they end.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bartizan::report::Format;
use serde_json::Value;
use tempfile::TempDir;

const RULE: &str = "group-without-owner";

/// A directory with a pack of one rule and an AWS CLI dump of one account.
pub(crate) struct World {
    directory: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self { directory: tempfile::tempdir().unwrap() };
        let done = world.run(&["rules", "new", &format!("our-pack/{RULE}"), "--directory", "packs"]);
        assert_eq!(done.status.code(), Some(0), "{}", err(&done));
        world.group("eu-west-1", "sg-1", "web", "owner");
        world.group("eu-west-1", "sg-2", "open", "other");
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A security group with one tag.
    pub(crate) fn group(&self, region: &str, id: &str, name: &str, tag: &str) {
        let group = serde_json::json!({"SecurityGroups": [{"GroupId": id, "GroupName": name,
            "Tags": [{"Key": tag, "Value": "production"}, {"Key": "env", "Value": "prod"}]}]});
        self.write(&format!("dump/111122223333/{region}/{id}.json"), &group.to_string());
    }

    /// A Region of which the security groups were not read.
    pub(crate) fn unread(&self, region: &str) {
        self.write(&format!("dump/111122223333/{region}/Vpcs.json"), r#"{"Vpcs": []}"#);
    }

    pub(crate) fn rego(&self, change: impl Fn(&str) -> String) {
        let path = self.path().join(format!("packs/our-pack/{RULE}.rego"));
        fs::write(&path, change(&fs::read_to_string(&path).unwrap())).unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The program, whose time, place and home are this world's.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
        command.args(arguments).current_dir(self.path());
        command.env("SOURCE_DATE_EPOCH", "1700000000").env("HOME", self.path().join("home"));
        command.env("XDG_CONFIG_HOME", self.path()).env_remove("XDG_DATA_HOME");
        command.env_remove("NO_COLOR");
        command.env_remove("CLICOLOR_FORCE");
        command
    }

    pub(crate) fn audit(&self, more: &[&str]) -> Output {
        let flags = ["audit", "--from", "dump", "--rules", "packs", "--pack", "our-pack"];
        self.run(&[&flags, more].concat())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&out(&self.audit(&["--format", "json"]))).unwrap()
    }
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The exit code, and the error the user reads.
pub(crate) fn ended(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), err(output))
}

#[test]
fn the_exit_code_tells_the_outcome() {
    let world = World::new();
    assert_eq!(world.audit(&[]).status.code(), Some(0), "a low finding is below the default");
    assert_eq!(world.audit(&["--fail-on", "low"]).status.code(), Some(1));
    assert_eq!(world.audit(&["--fail-on", "medium"]).status.code(), Some(0));
    world.unread("us-east-1");
    assert_eq!(world.audit(&[]).status.code(), Some(3));
    assert_eq!(world.audit(&["--allow-unknown"]).status.code(), Some(0));
    assert_eq!(world.audit(&["--fail-on", "low"]).status.code(), Some(1), "a finding says more than a gap");
    world.write("bartizan.toml", "fail_on = \"low\"\n");
    assert_eq!(world.audit(&[]).status.code(), Some(1));
    world.write("bartizan.toml", "fail_on = \"grave\"\n");
    let (code, told) = ended(&world.audit(&[]));
    assert_eq!(code, Some(2));
    assert!(told.contains("bartizan.toml: fail_on: `grave` is not a severity"), "{told}");
}

#[test]
fn what_is_wrong_with_usage_or_rules_ends_with_two_and_its_place() {
    let world = World::new();
    for (flags, text) in [
        (vec!["--format", "xml"], "xml"),
        (vec!["--fail-on", "grave"], "grave"),
        (vec!["--pack", "nonesuch"], "there is no pack `nonesuch`: there are "),
        (vec!["--env", "nowhere"], "there is no environment `nowhere`: there are production, staging, dev"),
        (vec!["--rules", "dump"], "no pack here"),
    ] {
        let (code, told) = ended(&world.audit(&flags));
        assert_eq!(code, Some(2), "{flags:?}");
        assert!(told.contains(text), "{flags:?}: {told}");
    }
    world.rego(|text| text.replace("pass if owned", "pass if owned {"));
    let (code, told) = ended(&world.audit(&[]));
    assert_eq!(code, Some(2));
    assert!(told.starts_with(&format!("error: packs/our-pack/{RULE}.rego:27:6: ")), "{told}");
}

#[test]
fn a_rule_that_contradicts_itself_is_unknown_and_no_flag_accepts_it() {
    let world = World::new();
    world.rego(|text| text.replace("pass if owned", "pass if input.resource"));
    let output = world.audit(&["--allow-unknown"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).contains("broken rule: group-without-owner: packs/our-pack/"), "{}", out(&output));
    assert_eq!(world.json()["summary"]["unknown"], 1);
    let (code, told) = ended(&world.run(&["rules", "test", "--rules", "packs", "--pack", "our-pack"]));
    assert_eq!(code, Some(2));
    assert!(told.contains("`bad[0]` should be FAIL and is both PASS and FAIL"), "{told}");
}

#[test]
fn every_format_holds_the_same_findings_and_is_the_same_twice() {
    let world = World::new();
    world.unread("us-east-1");
    for format in Format::ALL.iter().filter(|format| format.is_text()) {
        let format = format.word();
        let report = out(&world.audit(&["--format", format]));
        assert_eq!(report, out(&world.audit(&["--format", format])));
        insta::assert_snapshot!(format!("audit_{format}"), stable(&report));
    }
}

/// A report without what changes with every version or resource type, and without style and script.
fn stable(report: &str) -> String {
    let mut text = report.replace(env!("CARGO_PKG_VERSION"), "VERSION").replace("\r\n", "\n");
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>"), ("'sha256-", "'"), ("sha256:", "")] {
        let (before, rest) = text.split_once(open).unwrap_or((&text, ""));
        let mut kept = before.to_owned();
        for part in rest.split(open).filter(|_| text.contains(open)) {
            let (_, after) = if close.is_empty() { part.split_at(64) } else { part.split_once(close).unwrap() };
            kept = format!("{kept}{open}{close}{after}");
        }
        text = kept;
    }
    text
}

#[test]
fn a_report_goes_to_files_in_several_formats() {
    let world = World::new();
    let path = |name: &str| world.path().join(name);
    world.write("report.json", "an older one");
    let done = world.audit(&["--format", "json=report.json", "--format=csv=report.csv", "--format", "markdown"]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert!(out(&done).starts_with("# AWS audit of "), "{}", out(&done));
    let json: Value = serde_json::from_str(&fs::read_to_string(path("report.json")).unwrap()).unwrap();
    assert_eq!(json["format"], "bartizan-audit");
    assert!(fs::read_to_string(path("report.csv")).unwrap().starts_with("\"status\","));
    let (code, told) = ended(&world.audit(&["--format", "json", "--format", "html"]));
    assert_eq!((code, told.contains("--format html=FILE")), (Some(2), true), "{told}");
    assert_eq!(ended(&world.audit(&["--format", "json="])).0, Some(2));
    fs::remove_file(path("report.csv")).unwrap();
    let (code, told) = ended(&world.audit(&["--format", "json=nowhere/x.json", "--format", "csv=report.csv"]));
    assert_eq!((code, told.contains("nowhere/x.json cannot be written")), (Some(2), true), "{told}");
    assert!(path("report.csv").exists(), "one file that cannot be written keeps no other back");
    let left = fs::read_dir(world.path()).unwrap().filter(|e| e.as_ref().unwrap().path().ends_with(".part")).count();
    assert_eq!(left, 0);
}

#[test]
fn a_snapshot_is_the_estate_it_was_taken_of() {
    let world = World::new();
    let digest = |source: &str| {
        let flags = ["audit", "--from", source, "--rules", "packs", "--pack", "our-pack", "--format", "json"];
        let report: Value = serde_json::from_str(&out(&world.run(&flags))).unwrap();
        report["manifest"]["estate_digest"].as_str().unwrap().to_owned()
    };
    assert_eq!(world.run(&["snapshot", "--from", "dump", "-q", "-o", "s.bzn"]).status.code(), Some(0));
    assert_eq!(digest("s.bzn"), digest("dump"));
    world.group("eu-west-1", "sg-2", "open", "another");
    assert_ne!(digest("s.bzn"), digest("dump"));
}

#[test]
fn a_pipeline_gets_a_short_summary_beside_the_findings() {
    let world = World::new();
    for area in ["af", "ap", "ca", "eu", "us"] {
        for side in ["north", "east", "south", "west"] {
            world.unread(&format!("{area}-{side}-2"));
            world.unread(&format!("{area}-{side}-3"));
        }
    }
    let output = world.audit(&["--ci", "--format", "json"]);
    assert_eq!(output.status.code(), Some(3));
    let told = err(&output);
    assert!(told.lines().count() <= 20, "{told}");
    assert!(told.lines().nth(1).unwrap().starts_with("INCOMPLETE: 40 verdicts could not be decided"), "{told}");
    let json: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(json["coverage"]["missing"].as_array().unwrap().len(), 40);
}

#[test]
fn an_environment_keeps_its_own_findings_and_what_could_not_be_read() {
    let world = World::new();
    world.unread("us-east-1");
    let of = |environment| {
        let report: Value =
            serde_json::from_str(&out(&world.audit(&["--format", "json", "--env", environment]))).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        findings.iter().map(|f| f["resource"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("production"), ["sg-2", "*", "sg-1"]);
    assert_eq!(of("staging"), ["*"]);
    world.write(
        "dump/111122223333/eu-west-1/sg-3.json",
        r#"{"SecurityGroups": [{"GroupId": "sg-3", "GroupName": "nobody's", "Tags": []}]}"#,
    );
    assert_eq!(of("Unattributed"), ["sg-3", "*"], "what belongs to no environment, and what may");
}

#[test]
fn what_strangers_wrote_cannot_steer_the_terminal() {
    let world = World::new();
    world.group("eu-west-1", "sg-3", "x\u{1b}]0;owned\u{7}\u{202e}y\u{9b}2J\nz", "\u{1b}[31mred");
    for format in Format::ALL.iter().filter(|format| format.is_text()).map(|format| format.word()) {
        let report = out(&world.audit(&["--format", format, "--fail-on", "low"])).replace("\r\n", "\n");
        let hostile = |c: &char| (c.is_control() && *c != '\n') || ('\u{200b}'..='\u{202e}').contains(c);
        assert_eq!(report.chars().find(hostile), None, "{format}");
        assert!(report.contains("sg-3"));
    }
    let name = "x\u{1b}]0;owned\u{7}\u{202e}y\u{9b}2J\nz";
    let json = world.json();
    let finding = json["findings"].as_array().unwrap().iter().find(|f| f["resource"] == "sg-3").unwrap().clone();
    assert_eq!(finding["name"], name, "JSON escapes and loses nothing");
}

#[test]
fn a_finding_is_explained_and_a_mistyped_id_is_told_its_neighbours() {
    let world = World::new();
    let id = world.json()["findings"][0]["id"].as_str().unwrap().to_owned();
    let explain = |id: &str| world.run(&["explain", id, "--from", "dump", "--rules", "packs", "--pack", "our-pack"]);
    let told = explain(&id);
    assert_eq!(told.status.code(), Some(0));
    for part in ["SecurityGroup sg-2 (open) in production", "evidence", "decides", "verify", "Terraform:", &id] {
        assert!(out(&told).contains(part), "{part}: {}", out(&told));
    }
    let (code, told) = ended(&explain(&id.replace(|c: char| c == id.chars().last().unwrap(), "z")));
    assert_eq!(code, Some(2));
    assert!(told.contains("near it are") && told.contains(&id), "{told}");
    // What has a few characters at the same places is not near.
    let some = |(place, c): (usize, char)| if place % 3 == 0 { c } else { '_' };
    let (code, told) = ended(&explain(&id.chars().enumerate().map(some).collect::<String>()));
    assert_eq!((code, told.contains("near it are")), (Some(2), false), "{told}");
    let (code, told) = ended(&explain("nonsense"));
    assert_eq!(code, Some(2));
    assert!(told.contains("`bartizan audit` with the same flags"), "{told}");
}

#[test]
fn rules_are_listed_shown_tested_and_linted() {
    let world = World::new();
    let rules = |command: &str, more: &[&str]| {
        world.run(&[&["rules", command], more, &["--rules", "packs", "--pack", "our-pack"]].concat())
    };
    assert!(out(&rules("list", &[])).contains("group-without-owner"));
    assert!(out(&rules("show", &[RULE])).contains("package bartizan.our_pack.group_without_owner"));
    let (code, told) = ended(&rules("show", &["group-with-owner"]));
    assert_eq!((code, told.contains("near it are group-without-owner")), (Some(2), true), "{told}");
    assert_eq!(out(&rules("test", &[])), "our-pack: 1 rules, 5 passed, 0 failed, 100 % of 7 lines covered\n");
    assert_eq!(out(&rules("lint", &[])), "1 rules in 1 packs: nothing wrong\n");

    world.rego(|text| text.replace("not owned", "not startswith(input.id, \"x\")"));
    let (code, told) = ended(&rules("lint", &[]));
    assert_eq!(code, Some(2));
    assert!(told.starts_with(&format!("error: packs/our-pack/{RULE}.rego:29:5: `not` over a call")), "{told}");
    let (code, told) = ended(&rules("test", &[]));
    assert_eq!(code, Some(2));
    assert!(told.contains("`good[0]` should be PASS and is both PASS and FAIL"), "{told}");
}

#[test]
fn a_new_rule_is_not_written_over_another() {
    let world = World::new();
    let new = |name: &str, more: &[&str]| {
        ended(&world.run(&[&["rules", "new", name, "--directory", "packs"], more].concat()))
    };
    let (code, told) = new(&format!("our-pack/{RULE}"), &[]);
    assert_eq!((code, told.contains("exists: choose another name")), (Some(2), true), "{told}");
    assert_eq!(new("our-pack/vpc-without-owner", &["--resource", "Vpc"]).0, Some(0), "beside it");
    let (code, told) = new("our-pack/x", &["--resource", "Castle"]);
    assert_eq!((code, told.contains("there is no resource type `Castle`: there are Vpc, ")), (Some(2), true), "{told}");
    for name in ["Pack/rule", "pack", "pack/../../x", "pack/ru_le"] {
        assert_eq!(new(name, &[]).0, Some(2), "{name}");
    }
}

#[test]
fn the_hint_of_a_finding_can_be_typed_again() {
    let world = World::new();
    world.write("w/waivers.toml", "");
    fs::rename(world.path().join("dump"), world.path().join("my dump")).unwrap();
    let flags = ["--from", "my dump", "--rules", "packs", "--pack", "our-pack", "--waivers", "w/waivers.toml"];
    let told = out(&world.run(&[&["audit"], &flags[..]].concat()));
    let hint = told.lines().find_map(|line| line.strip_prefix("  more      bartizan ")).expect("a hint");
    let typed = "--from 'my dump' --pack our-pack --rules packs --waivers w/waivers.toml";
    assert!(hint.ends_with(typed), "{hint}");
    let id = hint.split(' ').nth(1).unwrap();
    let explained = world.run(&[&["explain", id], &flags[..]].concat());
    assert_eq!(explained.status.code(), Some(0), "{}", err(&explained));
}

#[test]
fn a_remedy_names_the_resource_it_is_for() {
    let world = World::new();
    world.rego(|text| text.replace("--resource-arn-list ARN", "--resource-arn-list {account}/{region}/{id} {name}"));
    world.group("eu-west-1", "sg-4", "$(reboot)", "other");
    let told = out(&world.audit(&[]));
    assert!(told.contains("--resource-arn-list 111122223333/eu-west-1/sg-2 open --tags"), "{told}");
    assert!(
        told.contains("--resource-arn-list 111122223333/eu-west-1/sg-4 NAME --tags"),
        "no stranger's command: {told}"
    );
    let shown = out(&world.run(&["rules", "show", RULE, "--rules", "packs"]));
    assert!(shown.contains("--resource-arn-list ACCOUNT/REGION/ID NAME"), "{shown}");
    world.rego(|text| text.replace("{account}", "{acount}"));
    let (code, told) = ended(&world.run(&["rules", "lint", "--rules", "packs", "--pack", "our-pack"]));
    assert_eq!(code, Some(2));
    assert!(told.contains("the placeholder `{acount}` stands for nothing: there are `{id}`"), "{told}");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let world = World::new();
    let id = world.json()["findings"][0]["id"].as_str().unwrap().to_owned();
    let flags = ["--from", "dump", "--rules", "packs", "--pack", "our-pack"];
    let pages = [
        [&["audit"], &flags[..]].concat(),
        [&["explain", &id], &flags[..]].concat(),
        vec!["rules", "list", "--rules", "packs", "--pack", "our-pack"],
        vec!["rules", "show", RULE, "--rules", "packs", "--pack", "our-pack"],
    ];
    let plain = |text: &str| {
        let mut parts = text.split('\u{1b}');
        let first = parts.next().unwrap().to_owned();
        parts.fold(first, |page, part| page + part.split_once('m').unwrap().1)
    };
    for (nth, page) in pages.iter().enumerate() {
        let with = |color: &str| out(&world.run(&[page, &["--color", color][..]].concat()));
        let (never, always) = (with("never"), with("always"));
        assert_eq!((out(&world.run(page)), &with("auto")), (never.clone(), &never), "a pipe is no terminal");
        assert!(!never.contains('\u{1b}') && plain(&always) == never, "{page:?}: {always:?}");
        if nth != 3 {
            insta::assert_snapshot!(format!("colour_{nth}"), always.replace('\u{1b}', "ESC"));
        }
        assert!(always.contains("\u{1b}["), "{page:?}");
    }
    let json = [&["audit", "--color", "always", "--format", "json"], &flags[..]].concat();
    assert!(!out(&world.run(&json)).contains('\u{1b}'));
}

#[test]
fn a_flag_that_a_command_does_not_use_is_refused() {
    let world = World::new();
    for (arguments, told) in [
        (&["rules", "list", "--from", "dump"][..], "error: `bartizan rules` reads no estate: leave out --from\n"),
        (&["--demo", "rules", "lint"], "error: `bartizan rules` reads no estate: leave out --demo\n"),
        (&["rules", "list", "--config", "x.toml"], "error: `bartizan rules` reads no estate: leave out --config\n"),
        #[cfg(feature = "aws")]
        (&["iam-policy", "--region", "all"], "error: `bartizan iam-policy` reads no estate: leave out --region\n"),
        #[cfg(feature = "aws")]
        (&["--profile", "x", "iam-policy"], "error: `bartizan iam-policy` reads no estate: leave out --profile\n"),
        #[cfg(feature = "tui")]
        (
            &["--theme", "x", "audit", "--demo"],
            "error: --theme is for the dashboard, not for a command: leave it out\n",
        ),
    ] {
        assert_eq!(ended(&world.run(arguments)), (Some(2), told.to_owned()), "{arguments:?}");
    }
}

#[test]
fn a_checkout_of_the_built_in_packs_is_the_built_in_packs() {
    let world = World::new();
    let theirs = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let list = |more: &[&str]| world.run(&[&["rules", "list"], more].concat());
    let same = list(&["--rules", theirs.to_str().unwrap()]);
    assert_eq!((ended(&same), out(&same)), ((Some(0), String::new()), out(&list(&[]))));
    for file in ["pack.toml", "single-zone-nat.rego"] {
        let text = fs::read_to_string(theirs.join("multi-az").join(file)).unwrap();
        world.write(&format!("changed/multi-az/{file}"), &text);
    }
    let (code, told) = ended(&list(&["--rules", "changed"]));
    assert_eq!(code, Some(2));
    let start =
        "error: changed/multi-az: there is another pack `multi-az`, built into this program, and the two differ: ";
    assert!(told.starts_with(start) && told.lines().count() == 1, "{told}");

    let new = |more: &[&str]| ended(&world.run(&[&["rules", "new", "multi-az/a-new-rule"], more].concat()));
    let (code, told) = new(&["--rules", "packs"]);
    assert_eq!(code, Some(2));
    assert!(
        told.contains("`multi-az` is a pack built into this program, and packs/multi-az does not hold it"),
        "{told}"
    );
    assert!(!world.path().join("packs/multi-az").exists());
    assert_eq!(new(&["--rules", "changed"]).0, Some(0), "there it is");
    fs::remove_file(world.path().join("changed/multi-az/a-new-rule.rego")).unwrap();
    fs::remove_file(world.path().join("changed/multi-az/a-new-rule_test.rego")).unwrap();
    fs::remove_file(world.path().join("changed/multi-az/fixtures/a-new-rule.json")).unwrap();
    assert_eq!(new(&["--rules", "changed/multi-az"]).0, Some(0), "the pack's own directory");
    assert!(world.path().join("changed/multi-az/a-new-rule.rego").exists());
    let (code, told) = new(&["--rules", "packs/our-pack"]);
    assert_eq!((code, told.contains("the directory of another pack than `multi-az`")), (Some(2), true), "{told}");
}

#[test]
fn the_demo_is_marked() {
    let world = World::new();
    let output = world.run(&["audit", "--demo", "--rules", "packs", "--pack", "our-pack"]);
    assert!(out(&output).starts_with("audit of DEMO "), "{}", out(&output));
    assert!(out(&output).ends_with("DEMO: this estate is made up; its accounts do not exist.\n"));
}
