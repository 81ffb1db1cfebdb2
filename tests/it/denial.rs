//! What cannot be read makes verdicts UNKNOWN and changes none: no fault is hidden, none is made up, and nothing that
//! was judged before vanishes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use bartizan::audit::{Audit, Limits, Options, Pack, Status, run};
use bartizan::model::{Attribution, Environment, Estate, Gap, GapReason, Kind, ResourceKey, Resources};
use bartizan::source;

fn demo() -> Estate {
    source::demo::open(source::demo::DEFAULT, Arc::new(|| jiff::Timestamp::UNIX_EPOCH)).unwrap().estate
}

fn environments(estate: &Estate) -> Vec<Environment> {
    if estate.environments.is_empty() { Environment::usual() } else { estate.environments.clone() }
}

/// The estate as it is read when one action is denied: the types it lists are not there.
fn denied(estate: &Estate, action: &str) -> Estate {
    let mut denied = estate.clone();
    for shard in &mut denied.shards {
        if !shard.reads.remove(action) {
            continue;
        }
        shard.gaps.push(Gap::new(action, GapReason::AccessDenied, "not authorized"));
        let mut left = Resources::default();
        for kind in Kind::ALL.iter().filter(|kind| kind.list_action() != action) {
            for resource in shard.resources.of_kind(*kind) {
                left.push_json(*kind, resource.json()).unwrap();
            }
        }
        shard.resources = left;
    }
    denied
}

fn verdicts(audit: &Audit) -> BTreeMap<(&str, &ResourceKey), &Status> {
    audit.findings.iter().map(|finding| ((finding.rule.as_str(), &finding.subject.key), &finding.status)).collect()
}

/// What is wrong with the verdicts of a denied run, compared with those of a whole one.
fn changed(whole: &Audit, less: &Audit) -> Vec<String> {
    let after = verdicts(less);
    let mut wrong = Vec::new();
    for ((rule, key), before) in verdicts(whole) {
        let listing = ResourceKey { id: "*".to_owned(), ..key.clone() };
        match after.get(&(rule, key)).or_else(|| after.get(&(rule, &listing))) {
            None => wrong.push(format!("{rule} on {key} vanished")),
            Some(now) if now.is_unknown() || now.word() == before.word() => {}
            Some(now) => wrong.push(format!("{rule} on {key}: {} became {}", before.word(), now.word())),
        }
    }
    wrong
}

fn denials_only_make_unknown(estate: &Estate) {
    let packs = Pack::embedded().unwrap();
    // Who an environment belongs to may be told by what is denied; the verdicts are compared as they are attributed.
    let environments = environments(estate);
    let limits = Limits { time: std::time::Duration::from_secs(20), ..Limits::default() };
    let audit = |estate: &Estate| run(estate, &environments, &packs, Options { limits });
    let whole = audit(estate);
    assert_eq!(whole.errors, []);
    let read = |action: &str| estate.shards.iter().any(|shard| shard.reads.contains(action));
    let listings: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.list_action()).collect();
    let mut wrong = Vec::new();
    for action in listings.into_iter().filter(|action| read(action)) {
        let less = audit(&denied(estate, action));
        wrong.extend(changed(&whole, &less).into_iter().map(|told| format!("without {action}: {told}")));
        wrong.extend(less.errors.into_iter().map(|error| format!("without {action}: {}", error.message)));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn without_any_one_listing_the_demo_is_unknown_and_not_otherwise() {
    let estate = demo();
    assert!(Attribution::new(&estate, &environments(&estate)).count("production") > 0);
    denials_only_make_unknown(&estate);
}

#[test]
fn without_any_one_listing_a_real_account_is_unknown_and_not_otherwise() {
    let worlds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estates/aws-cli");
    for world in ["load-balancer", "nat-gateway"] {
        denials_only_make_unknown(&source::from_path(&worlds.join(world)).unwrap().estate);
    }
}
