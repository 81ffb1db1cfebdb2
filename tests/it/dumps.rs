//! Other people's `aws ... describe-*` output loads completely.

use std::path::Path;

use bartizan::model::{Estate, Kind};
use bartizan::source;

fn open(path: &str) -> Estate {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estates").join(path);
    source::from_path(&path).expect("a dump").estate
}

#[test]
fn every_world_loads_without_a_gap() {
    for world in 1..=10 {
        let estate = open(&format!("reach-worlds/w{world:02}"));
        assert_eq!(estate.gaps().count(), 0, "w{world:02}: {:?}", estate.gaps().map(|(_, g)| g).collect::<Vec<_>>());
        assert_eq!(estate.not_understood, Vec::<String>::new(), "w{world:02}");
        let shard = estate.shards.iter().find(|s| !s.provenance.region.is_global()).expect("a Region");
        assert_eq!(shard.provenance.account.as_str(), "111122223333");
        assert_eq!(shard.provenance.region.as_str(), "us-east-1");
        for kind in [Kind::Vpc, Kind::Subnet, Kind::RouteTable, Kind::SecurityGroup, Kind::NetworkAcl, Kind::Instance] {
            assert!(shard.resources.count(kind) > 0, "w{world:02} has {kind}");
        }
    }
}

#[test]
fn every_real_snapshot_loads_and_lists_what_it_does_not_understand() {
    let counts = |name: &str| {
        let estate = open(&format!("aws-cli/{name}"));
        let gaps: Vec<_> = estate.gaps().map(|(_, gap)| gap.to_string()).collect();
        let of = |kind| estate.shards.iter().map(|s| s.resources.count(kind)).sum::<usize>();
        let counts = [Kind::Vpc, Kind::Subnet, Kind::NetworkInterface, Kind::Instance].map(of);
        (counts, gaps, estate.not_understood)
    };
    let names = [
        "load-balancer",
        "nat-gateway",
        "public-private-subnet",
        "transit-gateway",
        "vpc-endpoint-gateway",
        "vpc-peering",
    ];
    let found: Vec<_> = names.iter().map(|name| (name, counts(name))).collect();
    insta::assert_debug_snapshot!(found);
}

#[test]
fn listeners_and_target_health_come_out_of_their_wrappers() {
    let estate = open("aws-cli/load-balancer");
    let shard = estate.shards.iter().find(|s| !s.provenance.region.is_global()).expect("a Region");
    assert!(!shard.resources.listeners.is_empty());
    assert!(shard.resources.target_groups.iter().any(|group| group.target_health_descriptions.is_some()));
    assert!(shard.resources.load_balancers.iter().any(|balancer| balancer.attributes.is_some()));
}

#[test]
fn transit_gateways_have_their_routes_and_propagations() {
    let estate = open("aws-cli/transit-gateway");
    let shard = estate.shards.iter().find(|s| !s.provenance.region.is_global()).expect("a Region");
    assert_eq!((shard.resources.transit_gateways.len(), shard.resources.transit_gateway_attachments.len()), (1, 3));
    assert_eq!(shard.resources.transit_gateway_vpc_attachments.len(), 2);
    let table = shard.resources.transit_gateway_route_tables.first().expect("one table");
    assert_eq!(table.routes, Some(Vec::new()));
    assert_eq!(table.propagations.as_ref().map(Vec::len), Some(2));
    for action in Kind::TransitGatewayRouteTable.actions() {
        assert_eq!(shard.missing(action, None), None);
    }
}
