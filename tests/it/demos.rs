//! The demo estates: their files are what their descriptions make, an audit finds in each what its system is known
//! for, and the dashboard opens on each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use bartizan::audit::{Options, Status, run};
use bartizan::reach::{Approach, Network, Sender, Verdict};
use bartizan::source::demo;
use jiff::Timestamp;
use serde::Deserialize;

use crate::packs::packs;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/demos"))
}

fn bartizan(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    command.args(arguments).env("SOURCE_DATE_EPOCH", "1794821407").env("XDG_CONFIG_HOME", folder()).output().unwrap()
}

#[test]
fn the_files_of_the_demos_are_what_their_descriptions_make() {
    let output = Command::new("python3").arg("-B").arg(folder().join("make.py")).arg("--check").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "python3 tests/demos/make.py writes them anew:\n{told}");
}

/// What `tests/demos/<name>.toml` says that an audit finds: by rule, and why it must.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    fail: BTreeMap<String, Verdicts>,
    #[serde(default)]
    unknown: BTreeMap<String, Verdicts>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdicts {
    why: String,
    resources: Vec<String>,
}

/// The resources of each rule, sorted.
type Found = BTreeMap<String, Vec<String>>;

fn expected(verdicts: BTreeMap<String, Verdicts>) -> Found {
    let one = |(rule, mut verdicts): (String, Verdicts)| {
        assert!(verdicts.why.len() > 20, "{rule}: why?");
        verdicts.resources.sort();
        (rule, verdicts.resources)
    };
    verdicts.into_iter().map(one).collect()
}

fn found(name: &str) -> (Found, Found) {
    let estate = demo::open(name, Arc::new(|| Timestamp::UNIX_EPOCH)).unwrap().estate;
    let audit = run(&estate, &estate.environments, &packs(), Options::default());
    let (mut fail, mut unknown) = (Found::new(), Found::new());
    for finding in &audit.findings {
        let id = finding.subject.key.id.as_str();
        // A listener has no name but the end of its ARN.
        let id = id.split_once(":listener/").map_or_else(|| id.to_owned(), |(_, end)| format!("listener/{end}"));
        let resource = finding.subject.name.clone().unwrap_or(id);
        let place = finding.environment.as_deref().unwrap_or("unattributed");
        match finding.status {
            Status::Fail => fail
                .entry(finding.rule.clone())
                .or_default()
                .push(format!("{} {place} {resource}", finding.severity.word())),
            Status::Unknown { .. } => {
                unknown.entry(finding.rule.clone()).or_default().push(format!("{place} {resource}"));
            }
            _ => {}
        }
    }
    fail.values_mut().chain(unknown.values_mut()).for_each(|resources| resources.sort());
    (fail, unknown)
}

/// What is known of ROR is pinned beside the packs, whose first estate it was.
#[test]
fn an_audit_finds_in_each_demo_what_its_system_is_known_for() {
    let mut told = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let wanted: Expected = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let (fail, unknown) = found(&name);
        assert_eq!((fail, unknown), (expected(wanted.fail), expected(wanted.unknown)), "{name}");
        told.insert(name);
    }
    told.insert(demo::DEFAULT.to_owned());
    assert_eq!(told, demo::names().into_iter().map(str::to_owned).collect(), "each demo has its list");
}

#[test]
fn a_pipeline_gets_the_same_of_each_demo() {
    for name in demo::names() {
        let output = bartizan(&["audit", &format!("--demo={name}"), "--ci", "--format=csv"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let rows = String::from_utf8_lossy(&output.stdout).matches("\n\"FAIL\",").count();
        let (fail, unknown) = found(name);
        assert_eq!(rows, fail.values().map(Vec::len).sum::<usize>(), "{name}");
        let summary = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(summary.contains("audit of DEMO ") && summary.contains("at or above --fail-on high: "), "{summary}");
        assert_eq!(summary.contains("INCOMPLETE"), !unknown.is_empty(), "{summary}");
    }
}

#[test]
fn the_demos_are_listed_where_one_is_asked_for() {
    let list = "edroplets, magecloudkit, ror, roronline, treepli";
    let help = bartizan(&["--help"]);
    let help = String::from_utf8_lossy(&help.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains(list), "{help}");
    let wrong = bartizan(&["audit", "--demo=treeply"]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(2), "{said}");
    assert!(said.contains(list) && said.contains("a similar value exists: 'treepli'"), "{said}");
}

/// The golden reports of two small estates, of which each verdict was looked at.
#[test]
fn the_reports_of_small_demos_are_as_they_were() {
    for (demo, format) in [
        ("edroplets", "text"),
        ("edroplets", "markdown"),
        ("edroplets", "junit"),
        ("edroplets", "github"),
        ("roronline", "csv"),
    ] {
        let output = bartizan(&["audit", &format!("--demo={demo}"), "--ci", "--format", format]);
        let report = String::from_utf8(output.stdout).unwrap();
        insta::assert_snapshot!(format!("{demo}_{format}"), without_digests(&report));
    }
}

/// A report without the digests, which change with every word of a rule.
fn without_digests(report: &str) -> String {
    let mut parts = report.split("sha256:");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str("sha256:..");
        plain.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    plain
}

#[cfg(feature = "tui")]
#[test]
fn the_dashboard_opens_on_each_demo() {
    use crate::pty::{self, BARTIZAN};
    use crate::screenshots::steady;

    for name in demo::names() {
        let mut program = pty::start(&[BARTIZAN, &format!("--demo={name}")], (120, 40), &[]);
        program.wait_for("DEMO");
        program.settle();
        program.send("e");
        program.wait_for("\u{258c}");
        program.settle();
        program.settle();
        insta::assert_snapshot!(format!("dashboard_{name}"), steady(&program.text()));
        program.send("\x03");
        program.end();
    }
}

/// What was found behind doors as sets holds for the one request whose path is told.
#[test]
fn paths_behind_doors_are_told_whole_and_nothing_stops_them() {
    let mut told = 0;
    for name in ["ror", "treepli", "magecloudkit", "roronline", "edroplets"] {
        let estate = demo::open(name, Arc::new(|| Timestamp::UNIX_EPOCH)).unwrap().estate;
        let network = Network::new(&estate);
        for one in network.behind_doors() {
            let (Some(party), Some(service)) = (&one.party, one.service) else { continue };
            let ways = network.between(&Sender::Internet, None, party.interface, service).unwrap();
            let by = |way: &&Approach| way.through.as_ref().is_some_and(|through| through.id == one.door);
            let answers: Vec<_> = ways.iter().filter(by).map(|way| &way.answer).collect();
            assert!(answers.iter().any(|answer| answer.verdict == one.verdict), "{name}: {one:?}");
            for answer in answers.into_iter().filter(|answer| answer.verdict != Verdict::Unknown) {
                assert_eq!(answer.explanations, [], "{name}: {one:?}");
                let hops = &answer.forward_path_components;
                let filters = hops.iter().filter(|hop| hop.security_group_rule.is_some()).count();
                let end = hops.last().map(|hop| hop.component.id.as_str());
                assert!(filters >= 2 && end == Some(party.interface), "{name}: {hops:?}");
                assert!(!answer.return_path_components.is_empty(), "{name}: {hops:?}");
                told += 1;
            }
        }
    }
    assert!(told >= 8, "only {told}");
}
