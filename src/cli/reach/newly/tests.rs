//! No change is told that is none: every listing is denied on either side, whole and in part.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::model::{Gap, GapReason, Resources};
use crate::source;

const REFUSED: &str = "not authorized";

fn demo(name: &'static str) -> (&'static str, Estate) {
    (name, source::demo::open(name, Arc::new(|| jiff::Timestamp::UNIX_EPOCH)).unwrap().estate)
}

fn real(name: &'static str) -> (&'static str, Estate) {
    let worlds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estates/aws-cli");
    (name, source::from_path(&worlds.join(name)).unwrap().estate)
}

/// Every listing that was read, whole, and those that hold something in part as well.
fn denials(estate: &Estate) -> BTreeSet<(&'static str, bool)> {
    let read = |kind: &&Kind| estate.shards.iter().any(|shard| shard.reads.contains(kind.list_action()));
    let some = |kind: Kind| estate.shards.iter().any(|shard| shard.resources.count(kind) > 0);
    let read = Kind::ALL.iter().filter(read);
    read.flat_map(|kind| [(kind.list_action(), false), (kind.list_action(), some(*kind))]).collect()
}

/// The estate as it is read when a listing is denied: after so many of its resources, each second or none.
fn denied(estate: &Estate, action: &str, half: bool) -> Estate {
    let mut denied = estate.clone();
    for shard in denied.shards.iter_mut().filter(|shard| shard.reads.contains(action)) {
        shard.reads.remove(action);
        shard.gaps.push(Gap::new(action, GapReason::AccessDenied, REFUSED));
        let mut left = Resources::default();
        for kind in Kind::ALL {
            for (nth, resource) in shard.resources.of_kind(*kind).into_iter().enumerate() {
                if kind.list_action() != action || (half && nth % 2 == 0) {
                    left.push_json(*kind, resource.json()).unwrap();
                }
            }
        }
        shard.resources = left;
    }
    denied
}

/// The estate with security groups that let nothing in: every third one from the nth on.
fn shut(estate: &Estate, nth: usize) -> Estate {
    let mut shut = estate.clone();
    for shard in &mut shut.shards {
        for group in shard.resources.security_groups.iter_mut().skip(nth).step_by(3) {
            group.ip_permissions.clear();
        }
    }
    shut
}

fn changes(then: &Estate, now: &Estate) -> Vec<PortChange> {
    newly((then, &[]), (now, &[])).unwrap().changes
}

/// What is claimed to have opened or closed, without how whoever has it is called.
fn claims(changes: &[PortChange]) -> BTreeSet<String> {
    let sure = changes.iter().filter(|change| change.became != Became::Unknown);
    sure.flat_map(|one| {
        let at = (&one.source_cidrs, &one.addresses, &one.through, &one.needs);
        one.ports.as_array().unwrap().iter().map(move |ports| format!("{:?} {} {ports} {at:?}", one.became, one.vpc))
    })
    .collect()
}

#[test]
fn what_was_not_read_on_one_side_is_no_change() {
    let (mut wrong, mut unknown) = (Vec::new(), 0);
    for (name, estate) in [demo("ror"), demo("treepli")] {
        assert_eq!(changes(&estate, &estate), [], "{name}");
        for (action, half) in denials(&estate) {
            let less = denied(&estate, action, half);
            for (side, found) in [("now", changes(&estate, &less)), ("then", changes(&less, &estate))] {
                let place = format!("{name} without {action} {side}, in part: {half}");
                let unsure = found.iter().filter(|change| change.became == Became::Unknown);
                unknown += unsure.clone().count();
                let nameless = unsure.filter(|change| change.why.is_empty());
                wrong.extend(nameless.map(|one| format!("{place}: {} has no reason", one.resource)));
                wrong.extend(claims(&found).into_iter().map(|told| format!("{place}: {told}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unknown > 1000, "only {unknown} changes were unknown");
}

#[test]
fn what_was_not_read_on_one_side_adds_to_no_change() {
    let (mut wrong, mut told) = (Vec::new(), 0);
    for (name, estate) in [demo("magecloudkit"), real("load-balancer")] {
        let (then, now) = (shut(&estate, 0), shut(&estate, 1));
        let known = claims(&changes(&then, &now));
        told += known.len();
        for (action, half) in denials(&estate) {
            let now_less = claims(&changes(&then, &denied(&now, action, half)));
            let then_less = claims(&changes(&denied(&then, action, half), &now));
            for (side, found) in [("now", now_less), ("then", then_less)] {
                let place = format!("{name} without {action} {side}, in part: {half}");
                wrong.extend(found.difference(&known).map(|told| format!("{place}: {told}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(told > 5, "only {told} changes");
}
