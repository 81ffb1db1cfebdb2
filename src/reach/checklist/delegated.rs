//! Prefixes delegated to interfaces [EC2 guide, "Prefix delegation for Amazon EC2 network interfaces"]: `i-app` has
//! 10.0.2.64/28, `i-web` 2600:1f00:1:1:5::/80.

use std::collections::BTreeSet;

use serde_json::json;

use super::doors::{arn, balanced, forward};
use super::world::*;
use crate::reach::{Mode, Network, Sender, Service, Verdict};

const APP: Service = Service::tcp(8080);
const HTTPS: Service = Service::tcp(443);
const OUTSIDE: &str = "198.51.100.7";
const STRANGER_V6: &str = "2a00:1450::1";

fn delegated(world: World) -> World {
    let world = world.set("eni-app", "Ipv4Prefixes", json!([{"Ipv4Prefix": "10.0.2.64/28"}]));
    world.set("eni-web", "Ipv6Prefixes", json!([{"Ipv6Prefix": "2600:1f00:1:1:5::/80"}]))
}

#[test]
fn every_address_of_a_prefix_is_the_interfaces_and_none_beside_it() {
    let world = delegated(base());
    for inside in ["10.0.2.64", "10.0.2.70", "10.0.2.79"] {
        world.ask("i-web", inside, APP).connects().via(&["sg-app", "eni-app"]).back_via(&["eni-app", "eni-web"]);
        world.ask("i-web", inside, HTTPS).denied(&["ENI_SG_RULES_MISMATCH"]);
    }
    for beside in ["10.0.2.63", "10.0.2.80"] {
        world.ask("i-web", beside, APP).denied(&["NO_PATH"]);
    }
    base().ask("i-web", "10.0.2.70", APP).denied(&["NO_PATH"]);
}

#[test]
fn an_interface_sends_from_its_prefixes_and_rules_know_it_there() {
    let world = delegated(base()).rules("sg-web", "IpPermissions", &[allow("tcp", 443, "10.0.2.70/32")]);
    world.ask("i-app@10.0.2.70", "10.0.1.10", HTTPS).connects().via(&["eni-app", "eni-web"]);
    world.ask("i-app@10.0.2.71", "10.0.1.10", HTTPS).denied(&["ENI_SG_RULES_MISMATCH"]);
    let beside = world.ask("i-app@10.0.2.80", "10.0.1.10", HTTPS);
    assert_eq!(beside.0.verdict, Verdict::Denied);
    beside.says("eni-app sends only from its own addresses, and 10.0.2.80 is none");
    let by_group = world.rules("sg-web", "IpPermissions", &[allow("tcp", 443, "sg-app")]);
    by_group.ask("i-app@10.0.2.70", "10.0.1.10", HTTPS).connects();
    // Out by the NAT gateway and back; out by an internet gateway it lacks a public address.
    by_group.ask("i-app@10.0.2.70", OUTSIDE, HTTPS).connects().via(&["nat-1"]).back_via(&["nat-1", "eni-app"]);
    let direct = by_group.unroute("rtb-back", "0.0.0.0/0").route("rtb-back", "0.0.0.0/0", "igw-1");
    direct.ask("i-app@10.0.2.70", OUTSIDE, HTTPS).denied(&["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]);
    // To itself.
    direct.ask("i-app", "10.0.2.70", HTTPS).connects();
}

#[test]
fn the_internet_reaches_an_ipv6_prefix() {
    let world = delegated(base());
    world.ask(STRANGER_V6, "2600:1f00:1:1:5::77", HTTPS).connects().via(&["igw-1", "eni-web"]);
    world.ask(STRANGER_V6, "2600:1f00:1:1:6::77", HTTPS).denied(&["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]);
    let estate = world.estate();
    let network = Network::new(&estate);
    let exposures = network.exposures();
    let told: Vec<_> = exposures.addresses().iter().filter_map(crate::reach::Exposure::told).collect();
    assert_eq!(
        told,
        ["2600:1f00:1:2::10", "203.0.113.10", "2600:1f00:1:1::10", "2600:1f00:1:1:5::/80", "203.0.113.250"]
    );
    let prefix = exposures
        .addresses()
        .iter()
        .find(|one| one.range().is_some_and(|range| range.prefix_len() == 80))
        .expect("the prefix");
    let reach = exposures.reach(prefix).expect("judged");
    assert!(reach.connects.contains(HTTPS.number(), crate::reach::set::number(STRANGER_V6.parse().expect("one"))));
    assert!(!reach.may_deliver().services().contains(APP.number()));
    // The private prefix is no way in, and closed groups close the public one.
    assert!(told.iter().all(|told| !told.starts_with("10.")), "{told:?}");
    let shut = world.rules("sg-web", "IpPermissions", &[allow("tcp", 443, "0.0.0.0/0")]);
    shut.ask(STRANGER_V6, "2600:1f00:1:1:5::77", HTTPS).denied(&["ENI_SG_RULES_MISMATCH"]);
}

#[test]
fn whoever_is_let_in_from_part_of_a_prefix_is_reached_from_there() {
    let far = |peer: &str| {
        let world = delegated(base()).with(json!({"SecurityGroups": [{
            "GroupId": "sg-far", "VpcId": "vpc-1", "IpPermissions": [allow("tcp", 5432, peer)],
            "IpPermissionsEgress": [],
        }]}));
        let estate = world.set("eni-far", "Groups", json!([{"GroupId": "sg-far"}])).estate();
        let network = Network::new(&estate);
        let chain = network.blast("i-app", Mode::Any).expect("a sender");
        chain.links.iter().filter_map(|link| network.linked_party(link)).any(|party| party.id == "i-far")
    };
    assert!(far("10.0.2.64/28") && far("10.0.2.72/29") && far("10.0.2.77/32") && far("10.0.2.10/32"));
    assert!(!far("10.0.2.80/28") && !far("10.0.2.63/32"));
}

/// A rule that a change brings may divide a prefix anew.
#[test]
fn a_changed_group_divides_prefixes_anew() {
    let estate = delegated(base()).estate();
    let changed = base().rules("sg-web", "IpPermissions", &[allow("tcp", 22, "10.0.2.77/32")]).estate();
    let changed = changed.shards.iter().flat_map(|shard| &shard.resources.security_groups);
    let changed = changed.into_iter().find(|group| group.group_id == "sg-web").expect("it").clone();
    let mut network = Network::new(&estate);
    let mut exposures = network.exposures();
    let reached = |network: &Network<'_>| {
        let chain = network.blast("i-app", Mode::Any).expect("a sender");
        chain.links.iter().filter_map(|link| network.linked_party(link)).any(|party| party.id == "i-web")
    };
    network.replace_group(&changed, &mut exposures);
    assert!(reached(&network));
}

/// What is said of a resource has one address of every prefix: each is asked of.
#[test]
fn the_ways_to_a_resource_lead_to_its_prefixes_too() {
    let estate = delegated(base()).rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "10.0.1.0/24")]).estate();
    let network = Network::new(&estate);
    let ways = network.between(&Sender::Resource("i-web".to_owned()), None, "i-app", APP).expect("known");
    let reached = ways.iter().filter(|way| way.answer.verdict == Verdict::Connects);
    let reached: BTreeSet<String> = reached.filter_map(|way| way.to).map(|to| to.to_string()).collect();
    assert!(reached.contains("10.0.2.10") && reached.contains("10.0.2.64"), "{reached:?}");
}

/// How pods are registered: by their address, which is of a prefix of their node.
#[test]
fn a_target_may_be_an_address_of_a_prefix() {
    let behind = |target: &str| {
        let world = delegated(balanced("internet-facing"));
        let world = world.set(&arn("listener/app/lb/1/443"), "DefaultActions", json!([forward("app")]));
        let targets = json!([{"Target": {"Id": target, "Port": 8080}, "TargetHealth": {"State": "healthy"}}]);
        let world = world.set(&arn("targetgroup/app/1"), "TargetHealthDescriptions", targets);
        let estate = world.set(&arn("targetgroup/app/1"), "TargetType", json!("ip")).estate();
        let network = Network::new(&estate);
        let chain = network.chain_from_internet(&network.exposures(), Mode::Any);
        chain.links.iter().filter_map(|link| network.linked_party(link)).any(|party| party.id == "i-app")
    };
    assert!(behind("10.0.2.10") && behind("10.0.2.66"));
    assert!(!behind("10.0.2.99"));
}

/// A snapshot of before prefixes were read, and a dump of an older AWS CLI.
#[test]
fn an_interface_without_the_field_has_none() {
    let interface: crate::model::resource::NetworkInterface =
        serde_json::from_value(json!({"NetworkInterfaceId": "eni-old"})).expect("it loads");
    assert_eq!(interface.prefixes().count(), 0);
}
