//! The class of a subnet.

use serde_json::{Value, json};

use super::*;

/// A VPC with one subnet `subnet-1`, beside the default VPC whose main route table leads to the internet.
fn vpc(tables: Value, subnet: Value) -> Estate {
    let mut all = vec![json!({"RouteTableId": "rtb-default", "VpcId": "vpc-default", "Associations": [{"Main": true}],
        "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-default", "State": "active"}]})];
    all.extend(tables.as_array().unwrap().clone());
    let mut own =
        json!({"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a"});
    own.as_object_mut().unwrap().extend(subnet.as_object().unwrap().clone());
    estate(json!({
        "Vpcs": [{"VpcId": "vpc-default", "IsDefault": true}, {"VpcId": "vpc-1"}],
        "Subnets": [own],
        "NatGateways": [
            {"NatGatewayId": "nat-1", "ConnectivityType": "public"},
            {"NatGatewayId": "nat-private", "ConnectivityType": "private"}],
        "PrefixLists": [{"PrefixListId": "pl-s3", "OwnerId": "AWS"}, {"PrefixListId": "pl-half", "Cidrs": ["0.0.0.0/1"]}],
        "RouteTables": all,
    }))
}

fn main_with(routes: Value) -> Value {
    json!([{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": routes}])
}

fn classify(routes: Value) -> Value {
    fact(&vpc(main_with(routes), json!({})), "subnet_class", Kind::Subnet, "subnet-1")
}

fn class(routes: Value) -> String {
    classify(routes)["class"].as_str().unwrap().to_owned()
}

fn to(destination: &str, field: &str, target: &str) -> Value {
    json!({"DestinationCidrBlock": destination, field: target, "State": "active"})
}

#[test]
fn a_private_subnet_on_its_own_main_table_beside_a_default_vpc() {
    let found = classify(json!([to("10.0.0.0/16", "GatewayId", "local")]));
    assert_eq!(
        (&found["class"], &found["route_table"], &found["implicit_main"]),
        (&json!("isolated"), &json!("rtb-1"), &json!(true))
    );
}

#[test]
fn an_explicit_table_wins_over_the_main_one() {
    let tables = json!([
        {"RouteTableId": "rtb-main", "VpcId": "vpc-1", "Associations": [{"Main": true}]},
        {"RouteTableId": "rtb-own", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1", "AssociationState": {"State": "associated"}}],
            "Routes": [to("0.0.0.0/0", "GatewayId", "igw-1")]},
        {"RouteTableId": "rtb-old", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1", "AssociationState": {"State": "disassociated"}}]}]);
    let found = fact(&vpc(tables, json!({})), "subnet_class", Kind::Subnet, "subnet-1");
    assert_eq!((&found["class"], &found["implicit_main"]), (&json!("public"), &json!(false)));
    let evidence = json!({"resource": "rtb-own", "field": "Routes[0].GatewayId", "value": "0.0.0.0/0 -> igw-1"});
    assert_eq!(found["ipv4"]["evidence"], json!([evidence]));
}

#[test]
fn nat_is_a_way_out_and_not_in() {
    assert_eq!(class(json!([to("0.0.0.0/0", "NatGatewayId", "nat-1")])), "egress");
    assert_eq!(class(json!([to("0.0.0.0/0", "NatGatewayId", "nat-private")])), "other");
    assert_eq!(
        class(json!([to("0.0.0.0/0", "NatGatewayId", "nat-1"), to("8.0.0.0/8", "GatewayId", "igw-1")])),
        "partly-public"
    );
}

#[test]
fn what_leads_elsewhere_or_nowhere() {
    assert_eq!(class(json!([to("0.0.0.0/0", "TransitGatewayId", "tgw-1")])), "other");
    assert_eq!(class(json!([to("10.1.0.0/16", "VpcPeeringConnectionId", "pcx-1")])), "other");
    assert_eq!(class(json!([to("0.0.0.0/0", "GatewayId", "vgw-1")])), "other");
    assert_eq!(
        class(json!([{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-gone", "State": "blackhole"}])),
        "isolated"
    );
    assert_eq!(
        class(json!([{"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-1", "State": "active"}])),
        "isolated"
    );
}

#[test]
fn the_more_specific_route_decides() {
    assert_eq!(
        class(json!([to("0.0.0.0/1", "GatewayId", "igw-1"), to("128.0.0.0/1", "GatewayId", "igw-1")])),
        "public"
    );
    let stolen = json!([
        to("0.0.0.0/0", "GatewayId", "igw-1"),
        to("0.0.0.0/1", "NatGatewayId", "nat-1"),
        to("128.0.0.0/1", "NatGatewayId", "nat-1")
    ]);
    assert_eq!(class(stolen), "egress");
    assert_eq!(class(json!([to("198.51.100.0/24", "GatewayId", "igw-1")])), "partly-public");
    assert_eq!(class(json!([to("10.9.0.0/16", "GatewayId", "igw-1")])), "isolated", "no internet address is there");
    assert_eq!(
        class(json!([{"DestinationPrefixListId": "pl-half", "GatewayId": "igw-1", "State": "active"}])),
        "public"
    );
}

#[test]
fn ipv6_is_judged_by_itself() {
    let routes = |field: &str, target: &str| {
        main_with(json!([
            to("0.0.0.0/0", "NatGatewayId", "nat-1"),
            {"DestinationIpv6CidrBlock": "::/0", field: target, "State": "active"}]))
    };
    let ipv6 = json!({"Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8::/64", "Ipv6CidrBlockState": {"State": "associated"}}]});
    let found =
        |tables: Value, subnet: &Value| fact(&vpc(tables, subnet.clone()), "subnet_class", Kind::Subnet, "subnet-1");
    let open = found(routes("GatewayId", "igw-1"), &ipv6);
    assert_eq!(
        (&open["class"], &open["ipv4"]["class"], &open["ipv6"]["class"]),
        (&json!("public"), &json!("egress"), &json!("public"))
    );
    let out = found(routes("EgressOnlyInternetGatewayId", "eigw-1"), &ipv6);
    assert_eq!((&out["class"], &out["ipv6"]["class"]), (&json!("egress"), &json!("egress")));
    let none = found(routes("GatewayId", "igw-1"), &json!({}));
    assert_eq!(
        (&none["class"], none.get("ipv6")),
        (&json!("egress"), None),
        "a subnet without IPv6 has no IPv6 exposure"
    );
}

#[test]
fn an_inspected_subnet_is_public_when_the_internet_comes_back_through_the_firewall() {
    let firewall = json!([
        {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [to("0.0.0.0/0", "GatewayId", "vpce-fw")]},
        {"RouteTableId": "rtb-edge", "VpcId": "vpc-1", "Associations": [{"GatewayId": "igw-1"}], "Routes": [to("10.0.1.0/24", "GatewayId", "vpce-fw")]}]);
    assert_eq!(fact(&vpc(firewall, json!({})), "subnet_class", Kind::Subnet, "subnet-1")["class"], "public");
    assert_eq!(class(json!([to("0.0.0.0/0", "GatewayId", "vpce-fw")])), "other");
}

#[test]
fn ipv6_through_a_firewall_is_as_public_as_ipv4() {
    let ipv6 = json!({"Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2600:1f18::/64", "Ipv6CidrBlockState": {"State": "associated"}}]});
    let through = |back: Value| {
        let routes = [
            to("0.0.0.0/0", "NatGatewayId", "nat-1"),
            json!({"DestinationIpv6CidrBlock": "::/0", "GatewayId": "vpce-fw", "State": "active"}),
        ];
        json!([
            {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1"}], "Routes": routes},
            {"RouteTableId": "rtb-edge", "VpcId": "vpc-1", "Associations": [{"GatewayId": "igw-1"}], "Routes": [back]}])
    };
    let found = |back: Value| fact(&vpc(through(back), ipv6.clone()), "subnet_class", Kind::Subnet, "subnet-1");
    let inspected = found(json!({"DestinationIpv6CidrBlock": "2600:1f18::/64", "GatewayId": "vpce-fw"}));
    assert_eq!((&inspected["ipv4"]["class"], &inspected["ipv6"]["class"]), (&json!("egress"), &json!("public")));
    for other in [
        to("10.0.1.0/24", "GatewayId", "vpce-fw"),
        json!({"DestinationIpv6CidrBlock": "2600:1f18::/64", "GatewayId": "vpce-other"}),
        json!({"DestinationIpv6CidrBlock": "2600:1f18::/64", "GatewayId": "vpce-fw", "State": "blackhole"}),
        json!({"DestinationIpv6CidrBlock": "2600:1f18:0:1::/64", "GatewayId": "vpce-fw"}),
    ] {
        assert_eq!(found(other.clone())["ipv6"]["class"], "other", "{other}");
    }
    // Only some of the tables were read: the internet gateway's may be among the others.
    let tables = through(to("10.9.9.0/24", "GatewayId", "vpce-fw"));
    let partial = without(vpc(tables, ipv6), "ec2:DescribeRouteTables");
    let gaps = try_fact(&partial, "subnet_class", Kind::Subnet, "subnet-1").unwrap_err();
    assert_eq!(gaps[0].action, "ec2:DescribeRouteTables");
}

#[test]
fn a_firewall_may_be_routed_to_by_prefix_list() {
    let by_list = |list: &str, endpoint: &str| {
        let routes = json!([{"DestinationPrefixListId": list, "GatewayId": endpoint, "State": "active"}]);
        let mut estate = vpc(
            json!([
                {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": routes},
                {"RouteTableId": "rtb-edge", "VpcId": "vpc-1", "Associations": [{"GatewayId": "igw-1"}], "Routes": [to("10.0.0.0/16", "GatewayId", "vpce-fw")]}]),
            json!({}),
        );
        let endpoints = [("vpce-fw", "GatewayLoadBalancer"), ("vpce-s3", "Gateway")];
        for (id, kind) in endpoints {
            let endpoint = json!({"VpcEndpointId": id, "VpcEndpointType": kind, "VpcId": "vpc-1"});
            let shard = estate.shard_mut(&ACCOUNT.into(), &REGION.into());
            shard.resources.push_json(Kind::VpcEndpoint, endpoint).unwrap();
        }
        try_fact(&estate, "subnet_class", Kind::Subnet, "subnet-1").map(|found| found["class"].clone())
    };
    assert_eq!(by_list("pl-half", "vpce-fw").unwrap(), "public");
    assert_eq!(by_list("pl-half", "vpce-s3").unwrap(), "isolated", "a gateway endpoint leads to one service");
    assert_eq!(by_list("pl-s3", "vpce-unlisted").unwrap(), "isolated", "AWS's own list is of one service");
    let unknown = by_list("pl-unlisted", "vpce-unlisted").unwrap_err();
    assert_eq!(unknown[0].action, "ec2:DescribeManagedPrefixLists");
}

#[test]
fn a_subnet_for_ipv6_only_is_not_judged_by_its_ipv4_routes() {
    let native = json!({"Ipv6Native": true, "CidrBlock": null, "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2600:1f18::/64", "Ipv6CidrBlockState": {"State": "associated"}}]});
    let with = |routes: Value| fact(&vpc(main_with(routes), native.clone()), "subnet_class", Kind::Subnet, "subnet-1");
    let unused = to("0.0.0.0/0", "GatewayId", "igw-1");
    let ipv6 =
        |to: &str, field: &str, target: &str| json!({"DestinationIpv6CidrBlock": to, field: target, "State": "active"});
    let closed = with(json!([unused]));
    assert_eq!((&closed["class"], closed.get("ipv4")), (&json!("isolated"), None), "there is no IPv4 address in it");
    let out = with(json!([unused, ipv6("::/0", "EgressOnlyInternetGatewayId", "eigw-1")]));
    assert_eq!(out["class"], "egress");
    let open = with(json!([ipv6("::/0", "GatewayId", "igw-1")]));
    assert_eq!((&open["class"], &open["ipv6"]["internet_share"]), (&json!("public"), &json!(1.0)));
    let nat64 = with(json!([ipv6("64:ff9b::/96", "NatGatewayId", "nat-1")]));
    assert_eq!(nat64["class"], "egress", "out to the IPv4 internet");
    assert_eq!(with(json!([ipv6("::/0", "GatewayId", "eigw-1")]))["class"], "egress");
}

#[test]
fn a_table_that_cannot_be_seen_is_a_gap() {
    let foreign = vpc(main_with(json!([])), json!({"OwnerId": "444455556666"}));
    let gaps = try_fact(&foreign, "subnet_class", Kind::Subnet, "subnet-1").unwrap_err();
    assert!(gaps[0].detail.contains("444455556666"), "the owner of a shared subnet has its route tables: {gaps:?}");

    let no_main = try_fact(&vpc(json!([]), json!({})), "subnet_class", Kind::Subnet, "subnet-1").unwrap_err();
    assert_eq!(no_main[0].action, "ec2:DescribeRouteTables");

    let denied = without(vpc(main_with(json!([])), json!({})), "ec2:DescribeRouteTables");
    assert_eq!(try_fact(&denied, "subnet_class", Kind::Subnet, "subnet-1").unwrap_err()[0].detail, "not authorized");

    let unknown_nat = vpc(main_with(json!([to("0.0.0.0/0", "NatGatewayId", "nat-unlisted")])), json!({}));
    assert_eq!(
        try_fact(&unknown_nat, "subnet_class", Kind::Subnet, "subnet-1").unwrap_err()[0].action,
        "ec2:DescribeNatGateways"
    );
}

#[test]
fn a_database_may_move_to_any_subnet_of_its_group() {
    let mut base = vpc(
        json!([
            {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}]},
            {"RouteTableId": "rtb-2", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-2"}], "Routes": [to("0.0.0.0/0", "GatewayId", "igw-1")]}]),
        json!({}),
    );
    let shard = base.shard_mut(&ACCOUNT.into(), &REGION.into());
    let members = json!([{"SubnetIdentifier": "subnet-1"}, {"SubnetIdentifier": "subnet-2"}]);
    shard
        .resources
        .push_json(Kind::Subnet, json!({"SubnetId": "subnet-2", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1b"}))
        .unwrap();
    shard
        .resources
        .push_json(
            Kind::DbInstance,
            json!({"DBInstanceIdentifier": "db",
        "DBSubnetGroup": {"DBSubnetGroupName": "g", "VpcId": "vpc-1", "Subnets": members}}),
        )
        .unwrap();
    let placed = fact(&base, "placement", Kind::DbInstance, "db");
    let public: Vec<_> = placed["subnets"].as_array().unwrap().iter().map(|s| (&s["subnet"], &s["public"])).collect();
    assert_eq!(json!(public), json!([["subnet-1", false], ["subnet-2", true]]));
    let half_known = without(base, "ec2:DescribeRouteTables");
    let placed = fact(&half_known, "placement", Kind::DbInstance, "db");
    assert_eq!(placed["subnets"][0]["subnet"], "subnet-2", "what is known to be public stays so");
}
