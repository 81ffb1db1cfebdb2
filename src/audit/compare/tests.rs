//! Audits of a small estate before and after something happened to it.

use super::*;
use crate::audit::pack::{of_files, rego};
use crate::audit::{Options, Pack, run};
use crate::model::resource::SecurityGroup;
use crate::model::{Environment, Estate, Gap, GapReason, Shard};

const BODY: &str = "fail contains {\"message\": sprintf(\"open: %s\", [input.resource.Description]), \
    \"severity\": object.get({\"all\": \"critical\"}, input.resource.Description, \"medium\")} if \
    input.resource.GroupName == \"open\"\n\npass if input.resource.GroupName == \"shut\"";

fn packs(rules: &[&str]) -> Vec<Pack> {
    let rules: Vec<(String, String)> = rules.iter().map(|id| (format!("{id}.rego"), rego(id, "", BODY))).collect();
    let files: Vec<(&str, &str)> = rules.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    vec![of_files("test", &files).unwrap()]
}

fn group(id: &str, name: &str, told: &str) -> SecurityGroup {
    let text = |text: &str| Some(text.to_owned());
    SecurityGroup { group_id: id.into(), group_name: text(name), description: text(told), ..SecurityGroup::default() }
}

fn estate() -> Estate {
    let mut estate = Estate::default();
    let shard = estate.shard_mut(&"111122223333".into(), &"eu-west-1".into());
    shard.reads.extend(["ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"].map(str::to_owned));
    shard.resources.security_groups = vec![group("sg-1", "open", "some"), group("sg-2", "shut", "x")];
    estate
}

fn changed(change: impl Fn(&mut Shard)) -> Estate {
    let mut estate = estate();
    change(&mut estate.shards[0]);
    estate
}

fn audit(estate: &Estate, rules: &[&str]) -> Audit {
    run(estate, &Environment::usual(), &packs(rules), Options::default())
}

fn side(estate: &Estate, rules: &[&str]) -> Side {
    Side::new("before".into(), &audit(estate, rules), estate, &packs(rules))
}

fn compared(earlier: &Estate, now: &Estate) -> Comparison {
    Comparison::new(&side(earlier, &["a"]), &side(now, &["a"]))
}

fn id(resource: &str) -> String {
    let audit = audit(&changed(|s| s.resources.security_groups = vec![group(resource, "open", "x")]), &["a"]);
    audit.findings[0].id.clone()
}

fn denied(shard: &mut Shard) {
    shard.resources.security_groups.clear();
    shard.gaps.push(Gap::new("ec2:DescribeSecurityGroups", GapReason::AccessDenied, "no"));
}

fn groups(groups: &[(&str, &str, &str)]) -> Estate {
    changed(|s| s.resources.security_groups = groups.iter().map(|(id, name, told)| group(id, name, told)).collect())
}

#[test]
fn the_same_audit_twice_has_nothing_new() {
    let comparison = compared(&estate(), &estate());
    assert_eq!(comparison.counts(), "new: 0; changed: 0; known: 1; no longer failing: none");
    assert_eq!((comparison.known, comparison.notes), (BTreeSet::from([id("sg-1")]), vec![]));
    assert_eq!(comparison.with, "before");
}

#[test]
fn what_fails_now_and_did_not_is_new_whatever_it_was() {
    for before in [
        groups(&[("sg-1", "open", "some"), ("sg-2", "shut", "x")]),
        groups(&[("sg-1", "open", "some"), ("sg-2", "neither", "x")]),
        groups(&[("sg-1", "open", "some")]),
    ] {
        let comparison = compared(&before, &groups(&[("sg-1", "open", "some"), ("sg-2", "open", "x")]));
        assert_eq!(comparison.new, BTreeSet::from([id("sg-2")]));
        assert_eq!(comparison.known, BTreeSet::from([id("sg-1")]));
    }
    let comparison = compared(&changed(denied), &estate());
    assert_eq!(comparison.new, BTreeSet::from([id("sg-1")]));
    assert_eq!(
        comparison.notes,
        [
            "of the new findings, 1 could not be seen then",
            "could not be read then, and can be now: ec2:DescribeSecurityGroups in 111122223333 eu-west-1",
        ]
    );
}

#[test]
fn only_what_is_seen_to_be_mended_counts_as_such() {
    let fate = |now: &Estate, rules: &[&str]| {
        let comparison = Comparison::new(&side(&estate(), &["a"]), &side(now, rules));
        let gone = &comparison.gone[0];
        assert_eq!((gone.id.as_str(), gone.now.is_mended()), (id("sg-1").as_str(), !comparison.is_blind()));
        (gone.now, gone.why.clone())
    };
    assert_eq!(fate(&groups(&[("sg-1", "shut", "x")]), &["a"]), (Now::Passes, String::new()));
    assert_eq!(fate(&groups(&[]), &["a"]), (Now::Removed, String::new()));
    let (now, why) = fate(&changed(denied), &["a"]);
    assert_eq!((now, why.as_str()), (Now::Unknown, "not read: ec2:DescribeSecurityGroups (access denied)"));
    let (now, why) = fate(&groups(&[("sg-1", "neither", "x")]), &["a"]);
    assert_eq!((now, why.as_str()), (Now::Unknown, "the rule could not decide"));
    assert_eq!(fate(&estate(), &["b"]), (Now::NotJudged, "its rule was not judged".into()));
    let mut elsewhere = Estate::default();
    elsewhere.shard_mut(&"111122223333".into(), &"eu-west-2".into()).reads.insert("ec2:DescribeSecurityGroups".into());
    assert_eq!(fate(&elsewhere, &["a"]), (Now::NotJudged, "its account or Region was not looked at".into()));
    assert_eq!(fate(&Estate::default(), &["a"]).0, Now::NotJudged, "nothing was read");
}

#[test]
fn a_listing_that_broke_off_hides_what_may_still_be_there() {
    let broken = changed(|shard| {
        shard.resources.security_groups.remove(0);
        shard.gaps.push(Gap::new("ec2:DescribeSecurityGroups", GapReason::Incomplete, "cut").about("parent"));
    });
    let comparison = compared(&estate(), &broken);
    assert_eq!(comparison.gone[0].now, Now::Unknown, "{:?}", comparison.gone);
}

#[test]
fn an_audit_of_one_environment_cannot_say_that_something_is_gone() {
    let mut narrowed = side(&groups(&[]), &["a"]);
    narrowed.only = Some("staging".into());
    let comparison = Comparison::new(&side(&estate(), &["a"]), &narrowed);
    assert_eq!(comparison.gone[0].now, Now::NotJudged);
    assert!(comparison.notes[0].contains("one environment only: `staging`"), "{:?}", comparison.notes);
}

#[test]
fn what_became_worse_fails_again() {
    let worse = groups(&[("sg-1", "open", "all")]);
    let comparison = compared(&estate(), &worse);
    let was = Was { severity: Severity::Medium, message: "open: some".into() };
    assert_eq!(comparison.changed, BTreeMap::from([(id("sg-1"), was)]));
    assert!(comparison.fails(&audit(&worse, &["a"]).findings[0]));
    let told = groups(&[("sg-1", "open", "other")]);
    let comparison = compared(&estate(), &told);
    assert_eq!(comparison.changed.len(), 1);
    assert!(!comparison.fails(&audit(&told, &["a"]).findings[0]), "told otherwise is not worse");
    let milder = compared(&worse, &estate());
    assert!(!milder.fails(&audit(&estate(), &["a"]).findings[0]));
}

#[test]
fn a_waiver_that_ended_is_new_again_and_one_that_began_is_no_repair() {
    let mut waived = side(&estate(), &["a"]);
    let (reason, owner) = ("later".to_owned(), "anna".to_owned());
    for verdict in waived.verdicts.values_mut().filter(|verdict| verdict.status.is_fail()) {
        verdict.status =
            Status::Waived { reason: reason.clone(), until: "2026-12-31".into(), owner: owner.clone(), ticket: None };
    }
    let open = side(&estate(), &["a"]);
    assert_eq!(Comparison::new(&waived, &open).new, BTreeSet::from([id("sg-1")]));
    let comparison = Comparison::new(&open, &waived);
    assert_eq!(
        (comparison.gone[0].now, comparison.gone[0].why.as_str()),
        (Now::Waived, "by anna until 2026-12-31: later")
    );
    assert!(!comparison.gone[0].now.is_mended() && !comparison.is_blind());
}

#[test]
fn what_only_one_of_them_looked_at_is_said() {
    let comparison = Comparison::new(&side(&estate(), &["a", "b"]), &side(&estate(), &["b", "c"]));
    let rules = ["rules that were not judged then: c", "rules that are not judged now: a"];
    assert_eq!(comparison.notes.get(1..), Some(&rules.map(str::to_owned)[..]));
    let comparison = compared(&groups(&[("sg-2", "shut", "x")]), &changed(denied));
    assert_eq!(
        comparison.notes,
        [
            "could be read then, and cannot be now: ec2:DescribeSecurityGroups in 111122223333 eu-west-1",
            "verdicts that passed then and cannot be decided now: 1",
        ]
    );
}
