//! Tests of the dump reader.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::model::{GapReason, Kind};

fn dump(files: &[(&str, &str)]) -> Estate {
    let parse = |(path, text): &(&str, &str)| parse(PathBuf::from(path), text).expect("whole JSON");
    load(&files.iter().map(parse).collect::<Vec<_>>())
}

const VPC: &str = r#"{"Vpcs":[{"VpcId":"vpc-1","OwnerId":"111122223333","CidrBlock":"10.0.0.0/16"}]}"#;
const SUBNET: &str = r#"{"Subnets":[{"SubnetId":"subnet-1","VpcId":"vpc-1","AvailabilityZone":"eu-west-1a","CidrBlock":"10.0.0.0/24"}]}"#;

#[test]
fn any_usual_naming_is_understood() {
    for name in ["Vpcs.json", "vpcs.json", "describe-vpcs.json", "ec2-describe-vpcs.json", "x/y.json"] {
        let estate = dump(&[(name, VPC), ("s.json", SUBNET)]);
        let shard = estate.shard(&"111122223333".into(), &"eu-west-1".into()).expect("told by the resources");
        assert_eq!(shard.resources.vpcs.len(), 1, "{name}");
        assert!(shard.reads.contains("ec2:DescribeVpcs"));
    }
    for name in ["Vpcs.json", "describe-vpcs.json", "ec2-describe-vpcs.json"] {
        let estate = dump(&[(name, r#"[{"VpcId":"vpc-1"}]"#)]);
        assert_eq!(estate.resources().count(), 1, "{name}");
    }
}

#[test]
fn the_path_tells_account_and_region() {
    let estate = dump(&[
        ("444455556666/us-gov-east-1/Vpcs.json", VPC),
        ("444455556666/us-gov-east-1/Buckets.json", r#"{"Buckets":[]}"#),
    ]);
    assert_eq!(estate.shards.len(), 2);
    assert_eq!(estate.shard(&"444455556666".into(), &"us-gov-east-1".into()).map(|s| s.resources.vpcs.len()), Some(1));
    let global = estate.shard(&"444455556666".into(), &Region::global()).expect("global services have their own part");
    assert!(global.missing_kind(Kind::Bucket).is_none());
    assert_eq!(global.missing_kind(Kind::Distribution).map(|gap| gap.reason), Some(GapReason::NotInSource));
}

#[test]
fn what_is_not_there_is_unread_and_what_is_strange_is_listed() {
    let estate = dump(&[
        ("Vpcs.json", VPC),
        ("CustomerGateways.json", r#"{"CustomerGateways":[{"CustomerGatewayId":"cgw-1"}]}"#),
    ]);
    let shard = estate.shards.iter().find(|s| !s.provenance.region.is_global()).expect("one Region");
    assert!(shard.missing_kind(Kind::Vpc).is_none());
    assert_eq!(shard.missing_kind(Kind::Subnet).map(|gap| gap.action), Some("ec2:DescribeSubnets".to_owned()));
    assert_eq!(estate.not_understood, ["CustomerGateways.json: `CustomerGateways` (1 item)"]);
}

#[test]
fn instances_come_out_of_their_reservations() {
    let estate = dump(&[(
        "r.json",
        r#"{"Reservations":[{"Instances":[{"InstanceId":"i-1"}]},{"Instances":[{"InstanceId":"i-2"}]}]}"#,
    )]);
    assert_eq!(estate.resources().map(|(_, r)| r.id().to_owned()).collect::<Vec<_>>(), ["i-1", "i-2"]);
}

#[test]
fn details_join_their_resources() {
    let estate = dump(&[
        (
            "tg.json",
            r#"{"TargetGroups":[{"TargetGroupArn":"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/a/1"}]}"#,
        ),
        (
            "h.json",
            r#"{"LoadBalancerTargetHealth":[{"TargetGroupArn":"arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/a/1","TargetHealthDescriptions":[{"Target":{"Id":"10.0.0.1"}}]}]}"#,
        ),
    ]);
    let shard = estate.shard(&"111122223333".into(), &"eu-west-1".into()).expect("told by the ARN");
    let health = shard.resources.target_groups.first().and_then(|tg| tg.target_health_descriptions.clone());
    assert_eq!(health.map(|h| h.len()), Some(1));
    assert!(shard.missing("elasticloadbalancing:DescribeTargetHealth", None).is_none());
    assert!(shard.missing("elasticloadbalancing:DescribeTags", None).is_some());
}

#[test]
fn a_page_token_makes_the_listing_incomplete() {
    let estate = dump(&[("v.json", r#"{"Vpcs":[{"VpcId":"vpc-1"}],"NextToken":"more"}"#)]);
    let gap = estate.gaps().next().map(|(_, gap)| gap.reason);
    assert_eq!(gap, Some(GapReason::Incomplete));
}

#[test]
fn a_resource_of_the_wrong_shape_is_a_gap_with_its_place() {
    let estate = dump(&[("v.json", r#"{"Vpcs":[{"VpcId":"vpc-1"},{"CidrBlock":"10.0.0.0/16"}]}"#)]);
    let (_, gap) = estate.gaps().next().expect("one gap");
    assert_eq!(gap.reason, GapReason::Malformed);
    assert!(gap.detail.starts_with("v.json: Vpcs[1]: missing field `VpcId`"), "{}", gap.detail);
}

#[test]
fn the_same_resource_twice_must_agree() {
    let twice = r#"{"Vpcs":[{"VpcId":"vpc-1","CidrBlock":"10.0.0.0/16"}]}"#;
    let other = r#"{"Vpcs":[{"VpcId":"vpc-1","CidrBlock":"10.9.0.0/16"}]}"#;
    assert_eq!(dump(&[("a.json", twice), ("b.json", twice)]).gaps().count(), 0);
    assert_eq!(dump(&[("a.json", twice), ("b.json", other)]).gaps().count(), 1);
}

#[test]
fn a_broken_file_is_an_error_that_names_the_place() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("Vpcs.json"), "{\"Vpcs\": [\n").expect("written");
    let error = open(directory.path()).expect_err("broken").to_string();
    assert!(error.contains("Vpcs.json: not whole JSON at line 2"), "{error}");
    fs::write(directory.path().join("Vpcs.json"), "{}").expect("written");
    assert!(open(directory.path()).expect_err("empty").to_string().contains("no AWS CLI output"));
}

#[test]
fn tags_of_classic_load_balancers_are_joined_by_name() {
    let estate = dump(&[
        ("a.json", r#"{"LoadBalancerDescriptions":[{"LoadBalancerName":"legacy"}]}"#),
        ("b.json", r#"{"TagDescriptions":[{"LoadBalancerName":"legacy","Tags":[{"Key":"Env","Value":"dev"}]}]}"#),
    ]);
    let shard = estate.shards.iter().find(|shard| !shard.resources.classic_load_balancers.is_empty()).expect("one");
    assert_eq!(shard.resources.classic_load_balancers[0].tags.len(), 1);
    assert_eq!(shard.gaps, []);
    assert!(shard.reads.contains("elasticloadbalancing:DescribeTags"));
}

const TABLES: &str = r#"{"TransitGatewayRouteTables":[
    {"TransitGatewayRouteTableId":"tgw-rtb-0a","TransitGatewayId":"tgw-1"},
    {"TransitGatewayRouteTableId":"tgw-rtb-0b","TransitGatewayId":"tgw-1"}]}"#;
const SEARCH: &str = "ec2:SearchTransitGatewayRoutes";

/// How many routes each table of a dump has, and what is missing of the table and of its routes.
fn tables(files: &[(&str, &str)]) -> Vec<(String, Option<usize>, Option<GapReason>)> {
    let estate = dump(files);
    let shard = estate.shards.iter().find(|shard| !shard.provenance.region.is_global()).expect("one Region");
    assert!(shard.missing_kind(Kind::TransitGatewayRouteTable).is_none());
    let table = |table: &crate::model::resource::TransitGatewayRouteTable| {
        let id = table.transit_gateway_route_table_id.to_string();
        let missing = shard.missing(SEARCH, Some(&id)).map(|gap| gap.reason);
        (id, table.routes.as_ref().map(Vec::len), missing)
    };
    shard.resources.transit_gateway_route_tables.iter().map(table).collect()
}

#[test]
fn routes_of_a_transit_gateway_join_their_table_and_those_of_the_others_are_not_known() {
    let (unread, cut) = (Some(GapReason::NotInSource), Some(GapReason::Incomplete));
    let told = |a, b| vec![("tgw-rtb-0a".to_owned(), a, b), ("tgw-rtb-0b".to_owned(), None, unread)];
    assert_eq!(tables(&[("t.json", TABLES)]), told(None, unread));
    let merged = r#"{"TransitGatewayStaticRoutes":[{"TransitGatewayRouteTableId":"tgw-rtb-0a","AdditionalRoutesAvailable":false,
        "Routes":[{"DestinationCidrBlock":"10.0.0.0/8","Type":"static","State":"blackhole"}]}]}"#;
    assert_eq!(tables(&[("t.json", TABLES), ("r.json", merged)]), told(Some(1), None));
    assert_eq!(tables(&[("t.json", TABLES), ("r.json", &merged.replace("false", "true"))]), told(None, cut));
    let raw = r#"{"Routes":[{"DestinationCidrBlock":"10.0.0.0/8"}],"AdditionalRoutesAvailable":false}"#;
    assert_eq!(tables(&[("t.json", TABLES), ("search-tgw-rtb-0a.json", raw)]), told(Some(1), None));
    assert_eq!(tables(&[("t.json", TABLES), ("tgw-rtb-0a/x.json", &raw.replace("false", "true"))]), told(None, cut));
}

#[test]
fn an_answer_about_one_table_that_names_none_is_listed_with_the_way_out() {
    let raw = r#"{"TransitGatewayRouteTablePropagations":[{"ResourceId":"vpc-1"}]}"#;
    let estate = dump(&[("t.json", TABLES), ("propagations.json", raw)]);
    assert!(estate.not_understood[0].contains("put that one's id"), "{:?}", estate.not_understood);
    let estate = dump(&[("t.json", TABLES), ("propagations-tgw-rtb-0b.json", raw)]);
    assert_eq!(estate.not_understood, Vec::<String>::new());
    let tables = estate.shards.iter().flat_map(|shard| &shard.resources.transit_gateway_route_tables);
    assert_eq!(tables.map(|t| t.propagations.as_ref().map(Vec::len)).collect::<Vec<_>>(), [None, Some(1)]);
}

#[test]
fn answers_whose_items_name_their_endpoint_join_it() {
    let endpoints = r#"{"ClientVpnEndpoints":[{"ClientVpnEndpointId":"cvpn-1"},{"ClientVpnEndpointId":"cvpn-2"}]}"#;
    let raw =
        r#"{"AuthorizationRules":[{"ClientVpnEndpointId":"cvpn-1","DestinationCidr":"10.0.0.0/8","AccessAll":true}]}"#;
    let networks = r#"{"ClientVpnTargetNetworks":[{"ClientVpnEndpointId":"cvpn-2","TargetNetworkId":"subnet-1"}]}"#;
    let estate = dump(&[("e.json", endpoints), ("r.json", raw), ("n.json", networks)]);
    let found: Vec<_> = estate.shards.iter().flat_map(|shard| &shard.resources.client_vpn_endpoints).collect();
    let rules = |at: usize| found[at].authorization_rules.as_ref().map(Vec::len);
    let networks = |at: usize| found[at].target_networks.as_ref().map(Vec::len);
    assert_eq!((rules(0), rules(1), networks(0), networks(1)), (Some(1), None, None, Some(1)));
    let missing = |gap: &crate::model::Gap| (gap.action.clone(), gap.resource.clone().unwrap_or_default());
    let missing: Vec<_> = estate.gaps().map(|(_, gap)| missing(gap)).collect();
    let expected = [("TargetNetworks", "cvpn-1"), ("AuthorizationRules", "cvpn-2")];
    assert_eq!(missing, expected.map(|(what, id)| (format!("ec2:DescribeClientVpn{what}"), id.to_owned())));
    assert_eq!(estate.not_understood, Vec::<String>::new());
}
