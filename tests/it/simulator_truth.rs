//! The packet simulator against an independent engine's verdicts on every recorded flow.

use std::collections::BTreeMap;

use bartizan::model::Estate;

use crate::flows::{self, Flow};
use crate::simulator::{Packet, Source, Verdict, simulate};
use crate::worlds;

fn wrong(estate: &Estate, flows: &[Flow]) -> Vec<String> {
    let mut wrong = Vec::new();
    for flow in flows {
        let outcome = simulate(estate, &flow.packet);
        let right = if flow.asymmetric_nat_return {
            outcome.verdict == Verdict::Delivers
        } else {
            (outcome.verdict == Verdict::Connects) == flow.connects
        };
        if !right {
            wrong.push(format!("{:?}: expected connects={}, got {outcome:?}", flow.packet, flow.connects));
        }
    }
    wrong
}

#[test]
fn every_flow_of_every_world_is_as_recorded() {
    let mut count = 0;
    for name in flows::worlds() {
        let (estate, flows) = flows::world(&name);
        count += flows.len();
        assert_eq!(wrong(&estate, &flows), Vec::<String>::new(), "{name}");
    }
    assert_eq!(count, 67_979, "every recorded flow was tried");
}

#[test]
fn every_flow_of_every_snapshot_is_as_recorded() {
    for name in flows::SNAPSHOTS {
        let (estate, flows) = flows::snapshot(name);
        assert!(flows.iter().any(|flow| flow.connects), "{name}");
        assert_eq!(wrong(&estate, &flows), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn random_worlds_repeat() {
    assert_eq!(worlds::random(7, 4), worlds::random(7, 4));
    assert_eq!(worlds::packets(&worlds::random(7, 4), 1, 50), worlds::packets(&worlds::random(7, 4), 1, 50));
    assert_ne!(worlds::random(7, 4), worlds::random(8, 4));
}

/// A comparison over worlds in which nothing gets anywhere would prove nothing.
#[test]
fn random_worlds_hold_every_kind_of_thing_and_end_in_every_way() {
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..100 {
        let estate = worlds::random(seed, 4);
        assert_eq!(estate.gaps().count(), 0);
        for (_, resource) in estate.resources() {
            *kinds.entry(resource.kind().name()).or_default() += 1;
        }
        for packet in worlds::packets(&estate, seed, 600) {
            let outcome = simulate(&estate, &packet);
            let whole = outcome.why.split(" of subnet-").next().unwrap_or_default();
            let why =
                if outcome.verdict == Verdict::Denied { whole.split(": ").next().unwrap_or_default() } else { whole };
            let beyond = if matches!(packet.source, Source::Beyond(_)) { " (from beyond)" } else { "" };
            *ends.entry(format!("{:?}: {why}{beyond}", outcome.verdict)).or_default() += 1;
        }
    }
    let expected = [
        "Connects: a Classic Load Balancer answers",
        "Connects: a host beyond a VPN answers",
        "Connects: a host on the internet answers",
        "Connects: a target answers",
        "Connects: an AWS service answers",
        "Connects: an Application Load Balancer answers",
        "Connects: an interface answers",
        "Connects: an interface answers (from beyond)",
        "Delivers: the reply: it gets somewhere else",
        "Delivers: the reply: no VPN connection carries it (from beyond)",
        "Delivers: the reply: network ACLs let no port through",
        "Delivers: the reply: no route",
        "Delivers: the reply: the route is a blackhole",
        "Denied: no target of the Network Load Balancer is reached",
        "Denied: the NAT gateway's route leads back into it",
        "Denied: the attachment has no subnet in the sender's Availability Zone",
        "Denied: the network ACL",
        "Denied: the peering connection is not active",
        "Denied: the receiver's groups do not let it in",
        "Denied: the transit gateway's route is a blackhole",
    ];
    let missing: Vec<_> = expected.iter().filter(|end| ends.get(**end).is_none_or(|count| *count < 5)).collect();
    assert!(missing.is_empty(), "{missing:#?} of {ends:#?}");
    assert!(kinds.len() >= 21 && kinds.values().all(|count| *count >= 15), "{kinds:#?}");
}

#[test]
fn a_counter_example_shrinks_to_what_matters() {
    let connects = |estate: &Estate, packet: &Packet| simulate(estate, packet).why == "an interface answers";
    let found = (3..).map(|seed| (seed, worlds::random(seed, 3))).find_map(|(seed, estate)| {
        let packets = worlds::packets(&estate, seed, 1_000);
        let packet = packets.into_iter().find(|packet| connects(&estate, packet))?;
        Some((estate, packet))
    });
    let (estate, packet) = found.expect("a connection");
    let (small, packet) = worlds::shrink(&estate, &packet, connects);
    assert!(connects(&small, &packet));
    assert!(small.resources().count() <= 20 && small.resources().count() < estate.resources().count() / 3);
    let told = worlds::tell(&small, &packet);
    assert!(told.starts_with("Packet {") && told.contains("\n111122223333/us-east-1 SecurityGroup: {"), "{told}");
    assert_eq!(told.lines().count(), 1 + small.resources().count(), "a line for the packet and each resource");
}
