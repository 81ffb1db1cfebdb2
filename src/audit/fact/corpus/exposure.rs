//! What security groups let in, and who uses them.

use serde_json::{Value, json};

use super::*;

fn group(permissions: Value) -> Estate {
    estate(json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissions": permissions}],
        "PrefixLists": [
            {"PrefixListId": "pl-world", "Cidrs": ["0.0.0.0/1", "128.0.0.0/1"]},
            {"PrefixListId": "pl-office", "Cidrs": ["203.0.113.0/24"]},
            {"PrefixListId": "pl-opaque"}],
    }))
}

/// The opening that holds a TCP port.
fn opening(permissions: Value, port: u64) -> Option<Value> {
    let admits = fact(&group(permissions), "admits", Kind::SecurityGroup, "sg-1");
    let found = |o: &&Value| o["from"].as_u64().unwrap() <= port && port <= o["to"].as_u64().unwrap();
    admits["tcp"].as_array().unwrap().iter().find(found).cloned()
}

fn is_world(permissions: Value) -> bool {
    opening(permissions, 22).is_some_and(|opening| opening["world"] == true)
}

fn tcp(from: u16, to: u16, ranges: &[&str]) -> Value {
    let ranges: Vec<Value> = ranges.iter().map(|range| json!({"CidrIp": range})).collect();
    json!({"IpProtocol": "tcp", "FromPort": from, "ToPort": to, "IpRanges": ranges})
}

#[test]
fn ssh_from_the_world_split_in_two() {
    assert!(is_world(json!([tcp(22, 22, &["0.0.0.0/1", "128.0.0.0/1"])])));
    assert!(is_world(json!([tcp(22, 22, &["0.0.0.0/1"]), tcp(20, 25, &["128.0.0.0/1"])])), "over two permissions");
    let half = opening(json!([tcp(22, 22, &["0.0.0.0/1"])]), 22).unwrap();
    assert_eq!(half["world"], false);
    assert!(half["share"].as_f64().unwrap() > 0.5, "{half}");
}

#[test]
fn ssh_from_a_prefix_list_that_is_the_world() {
    let list = |id: &str| json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": id}]}]);
    let open = opening(list("pl-world"), 22).unwrap();
    assert_eq!(open["world"], true);
    assert_eq!(open["internet"][0]["field"], "IpPermissions[0].PrefixListIds[0].PrefixListId");
    assert_eq!(opening(list("pl-office"), 22).unwrap()["world"], false);
    for (id, action) in
        [("pl-opaque", "ec2:GetManagedPrefixListEntries"), ("pl-foreign", "ec2:DescribeManagedPrefixLists")]
    {
        let gaps = try_fact(&group(list(id)), "admits", Kind::SecurityGroup, "sg-1").unwrap_err();
        assert_eq!(
            (gaps[0].action.as_str(), gaps[0].resource.as_deref()),
            (action, Some(id)),
            "unreadable is never empty"
        );
    }
}

#[test]
fn ssh_inside_a_range_of_ports_and_inside_all_protocols() {
    assert!(is_world(json!([tcp(0, 1024, &["0.0.0.0/0"])])));
    assert!(is_world(json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])));
    assert!(is_world(
        json!([{"IpProtocol": "6", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    ));
    assert!(!is_world(
        json!([{"IpProtocol": "udp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    ));
    assert!(!is_world(json!([tcp(443, 443, &["0.0.0.0/0"]), tcp(22, 22, &["10.0.0.0/8"])])));
}

#[test]
fn ssh_over_ipv6_only() {
    let ipv6 = |ranges: Value| json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": ranges}]);
    assert!(is_world(ipv6(json!([{"CidrIpv6": "::/0"}]))));
    assert!(is_world(ipv6(json!([{"CidrIpv6": "::/1"}, {"CidrIpv6": "8000::/1"}]))));
    assert!(!is_world(ipv6(json!([{"CidrIpv6": "2001:db8::/32"}]))));
}

#[test]
fn a_rule_for_the_group_itself_comes_first() {
    let open = opening(
        json!([
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]},
            tcp(22, 22, &["0.0.0.0/0"]),
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": "sg-other"}]}]),
        22,
    )
    .unwrap();
    assert_eq!((&open["world"], &open["itself"]), (&json!(true), &json!(true)));
    assert_eq!(open["internet"][0], json!({"field": "IpPermissions[1].IpRanges[0].CidrIp", "value": "0.0.0.0/0"}));
    assert_eq!(open["groups"][0]["value"], "sg-other");
}

#[test]
fn private_ranges_and_the_vpc_are_not_the_internet() {
    let private =
        opening(json!([tcp(22, 22, &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"])]), 22);
    let private = private.unwrap();
    assert_eq!((&private["share"], private["internet"].as_array().unwrap().len()), (&json!(0.0), 0));
    assert_eq!((&private["whole_vpc"], private["private"].as_array().unwrap().len()), (&json!(true), 4));

    let odd = estate(json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "172.68.0.0/16"}],
        "SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissions": [tcp(5432, 5432, &["172.68.0.0/16"])]}]}));
    let opening = &fact(&odd, "admits", Kind::SecurityGroup, "sg-1")["tcp"][0];
    assert_eq!((&opening["internet"], &opening["whole_vpc"]), (&json!([]), &json!(true)), "a VPC outside RFC 1918");
}

#[test]
fn garbage_for_a_range_is_not_nothing() {
    let gaps =
        try_fact(&group(json!([tcp(22, 22, &["anywhere"])])), "admits", Kind::SecurityGroup, "sg-1").unwrap_err();
    assert_eq!(
        gaps[0].to_string(),
        "ec2:DescribeSecurityGroups for `sg-1`: malformed answer: `anywhere` does not hold address ranges"
    );
}

#[test]
fn ports_are_divided_where_permissions_begin_and_end() {
    let admits = fact(
        &group(
            json!([tcp(22, 22, &["0.0.0.0/0"]), tcp(20, 30, &["10.0.0.0/8"]), {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "192.168.0.0/16"}]}]),
        ),
        "admits",
        Kind::SecurityGroup,
        "sg-1",
    );
    let ranges: Vec<_> =
        admits["tcp"].as_array().unwrap().iter().map(|o| (o["from"].clone(), o["to"].clone())).collect();
    assert_eq!(json!(ranges), json!([[0, 19], [20, 21], [22, 22], [23, 30], [31, 65535]]));
    assert_eq!(admits["udp"].as_array().unwrap().len(), 1);
    assert_eq!(admits["other"][0]["protocol"], "all");
}

fn used(interfaces: Value) -> Estate {
    estate(json!({
        "SecurityGroups": [{"GroupId": "sg-1", "VpcId": "vpc-1"}, {"GroupId": "sg-2", "VpcId": "vpc-1"}],
        "Instances": [{"InstanceId": "i-1", "PublicIpAddress": "203.0.113.5", "SecurityGroups": [{"GroupId": "sg-1"}],
            "Tags": [{"Key": "Name", "Value": "Bastion"}, {"Key": "env", "Value": "prod"}]}],
        "DBInstances": [{"DBInstanceIdentifier": "db", "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}]}],
        "NetworkInterfaces": interfaces,
    }))
}

#[test]
fn users_of_a_group_are_named_and_an_unused_one_has_none() {
    let estate = used(json!([
        {"NetworkInterfaceId": "eni-1", "Attachment": {"InstanceId": "i-1"}, "Groups": [{"GroupId": "sg-1"}]},
        {"NetworkInterfaceId": "eni-2", "Description": "ELB app/lb/1", "Groups": [{"GroupId": "sg-1"}]}]));
    let users = fact(&estate, "attachments", Kind::SecurityGroup, "sg-1");
    assert_eq!((&users["count"], &users["public"]), (&json!(3), &json!(1)));
    assert_eq!(users["kinds"], json!({"DbInstance": 1, "Instance": 1, "NetworkInterface": 1}));
    assert_eq!(users["users"][0]["name"], "Bastion");
    assert_eq!(users["environments"], json!(["production"]));
    assert_eq!(fact(&estate, "attachments", Kind::SecurityGroup, "sg-2")["count"], 0);

    let denied = without(estate, "ec2:DescribeNetworkInterfaces");
    let gaps = try_fact(&denied, "attachments", Kind::SecurityGroup, "sg-2").unwrap_err();
    assert_eq!(gaps[0].action, "ec2:DescribeNetworkInterfaces", "nobody is known to use it is not nobody uses it");
}

#[test]
fn a_bastion_is_judged_over_all_its_groups_and_who_lets_it_in_is_listed() {
    let estate = estate(json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "SecurityGroups": [
            {"GroupId": "sg-a", "VpcId": "vpc-1", "IpPermissions": [tcp(22, 22, &["0.0.0.0/1"])]},
            {"GroupId": "sg-b", "VpcId": "vpc-1", "IpPermissions": [tcp(22, 22, &["128.0.0.0/1"])]},
            {"GroupId": "sg-app", "GroupName": "app", "VpcId": "vpc-1", "IpPermissions": [
                {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}]},
            {"GroupId": "sg-db", "VpcId": "vpc-1", "IpPermissions": [
                {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": "sg-b"}]}]},
            {"GroupId": "sg-lb", "VpcId": "vpc-1", "IpPermissions": [tcp(443, 443, &["0.0.0.0/0"])]},
            {"GroupId": "sg-other-vpc", "VpcId": "vpc-2", "IpPermissions": [tcp(22, 22, &["10.0.0.0/16"])]}],
        "Instances": [{"InstanceId": "i-1", "VpcId": "vpc-1", "PrivateIpAddress": "10.0.0.5", "PublicIpAddress": "203.0.113.5",
            "SecurityGroups": [{"GroupId": "sg-a"}], "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "Groups": [{"GroupId": "sg-b"}]}]}],
    }));
    let bastion = fact(&estate, "bastion", Kind::Instance, "i-1");
    assert_eq!(bastion["addresses"], json!(["203.0.113.5"]));
    assert_eq!(
        (&bastion["open"][0]["world"], &bastion["open"][0]["internet"][1]["resource"]),
        (&json!(true), &json!("sg-b"))
    );
    let denied = without(estate.clone(), "ec2:DescribeSecurityGroups");
    let let_in = fact(&estate, "let_in", Kind::Instance, "i-1");
    assert_eq!(let_in["groups"], json!(["sg-app", "sg-db", "sg-lb"]));
    let app = json!({"groups": ["sg-app"], "names": ["app"],
        "evidence": [{"resource": "sg-app", "field": "IpPermissions[0].IpRanges[0].CidrIp", "value": "10.0.0.0/16"}]});
    assert_eq!(let_in["everywhere"], json!([app]));
    assert!(try_fact(&denied, "let_in", Kind::Instance, "i-1").is_err());
}

#[test]
fn a_prefix_in_a_subnet_that_is_public_is_a_way_in() {
    let with = |to: &str| {
        estate(json!({
            "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
            "Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24",
                "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2600:1f00:0:1::/64"}]}],
            "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"State": "available", "VpcId": "vpc-1"}]}],
            "RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}],
                "Routes": [{"DestinationIpv6CidrBlock": to, "GatewayId": "igw-1", "State": "active"}]}],
            "Instances": [{"InstanceId": "i-1", "VpcId": "vpc-1", "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1",
                "SubnetId": "subnet-1", "Ipv6Prefixes": [{"Ipv6Prefix": "2600:1f00:0:1:5::/80"}]}]}],
        }))
    };
    let addresses = |to: &str| fact(&with(to), "bastion", Kind::Instance, "i-1")["addresses"].clone();
    assert_eq!(addresses("::/0"), json!(["2600:1f00:0:1:5::/80"]));
    assert_eq!(addresses("fd00::/8"), json!([]));
}

/// A host `i-1` at 10.0.0.5 and 2600::5 with the group `sg-own`, groups with these permissions, and what wears which.
fn host(groups: &[(&str, Value)], worn: &[&[&str]]) -> Estate {
    let groups =
        groups.iter().map(|(id, permissions)| json!({"GroupId": id, "VpcId": "vpc-1", "IpPermissions": permissions}));
    let groups: Vec<Value> = groups.collect();
    let wears = |ids: &[&str]| ids.iter().map(|id| json!({"GroupId": id})).collect::<Vec<_>>();
    let interfaces = worn.iter().enumerate();
    let interfaces = interfaces.map(|(n, ids)| json!({"NetworkInterfaceId": format!("eni-{n}"), "Groups": wears(ids)}));
    estate(json!({
        "SecurityGroups": groups,
        "PrefixLists": [{"PrefixListId": "pl-in", "Cidrs": ["10.0.0.0/24"]}, {"PrefixListId": "pl-out", "Cidrs": ["10.9.0.0/24"]}, {"PrefixListId": "pl-opaque"}],
        "Instances": [{"InstanceId": "i-1", "VpcId": "vpc-1", "PrivateIpAddress": "10.0.0.5", "Ipv6Address": "2600::5", "SecurityGroups": [{"GroupId": "sg-own"}]}],
        "NetworkInterfaces": interfaces.collect::<Vec<_>>(),
    }))
}

/// The groups that let the host in on every port.
fn everywhere(estate: &Estate) -> Result<Value, Vec<Gap>> {
    let let_in = try_fact(estate, "let_in", Kind::Instance, "i-1")?;
    Ok(let_in["everywhere"].as_array().unwrap().iter().map(|way| way["groups"].clone()).collect())
}

#[test]
fn every_port_is_the_union_of_permissions_however_they_name_the_host() {
    let alone = |permissions: Value| everywhere(&host(&[("sg-1", permissions)], &[])).unwrap();
    let all = json!([["sg-1"]]);
    assert_eq!(alone(json!([tcp(0, 1023, &["10.0.0.0/8"]), tcp(1024, 65_535, &["10.0.0.5/32"])])), all);
    assert_eq!(alone(json!([tcp(0, 1023, &["10.0.0.0/8"]), tcp(1024, 65_535, &["10.0.1.0/24"])])), json!([]));
    let both = tcp(0, 65_535, &["0.0.0.0/1", "128.0.0.0/1"]);
    assert_eq!((alone(json!([both])), alone(json!([tcp(0, 65_535, &["0.0.0.0/0"])]))), (all.clone(), all.clone()));
    let ipv6 = |range: &str| json!([{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": range}]}]);
    assert_eq!((alone(ipv6("2600::/16")), alone(ipv6("2601::/16"))), (all.clone(), json!([])));
    let mut pods = host(&[("sg-1", json!([tcp(0, 65_535, &["10.0.0.70/32"])]))], &[]);
    assert_eq!(everywhere(&pods).unwrap(), json!([]));
    let own = serde_json::from_value(
        json!({"NetworkInterfaceId": "eni-9", "Ipv4Prefixes": [{"Ipv4Prefix": "10.0.0.64/28"}]}),
    );
    pods.shards[0].resources.instances[0].network_interfaces.push(own.unwrap());
    assert_eq!(everywhere(&pods).unwrap(), all);
    let mixed = json!([
        tcp(0, 99, &["10.0.0.0/8"]),
        {"IpProtocol": "tcp", "FromPort": 100, "ToPort": 999, "UserIdGroupPairs": [{"GroupId": "sg-own"}]},
        {"IpProtocol": "tcp", "FromPort": 1000, "ToPort": 65_535, "PrefixListIds": [{"PrefixListId": "pl-in"}]}]);
    assert_eq!(alone(mixed), all);
}

#[test]
fn a_prefix_list_that_cannot_be_read_may_name_the_host() {
    let list = |id: &str| json!([{"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": id}]}]);
    let of = |permissions: Value| everywhere(&host(&[("sg-1", permissions)], &[]));
    assert_eq!(of(list("pl-in")).unwrap(), json!([["sg-1"]]));
    assert_eq!(of(list("pl-out")).unwrap(), json!([]));
    assert_eq!(of(list("pl-opaque")).unwrap_err()[0].action, "ec2:GetManagedPrefixListEntries");
    assert_eq!(of(list("pl-foreign")).unwrap_err()[0].action, "ec2:DescribeManagedPrefixLists");
    let narrow =
        json!([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-opaque"}]}]);
    assert_eq!(of(narrow).unwrap(), json!([]), "whoever is in it, one port is not every port");
    let decided = host(&[("sg-1", list("pl-opaque")), ("sg-2", json!([tcp(0, 65_535, &["10.0.0.0/8"])]))], &[]);
    assert_eq!(everywhere(&decided).unwrap(), json!([["sg-2"]]), "what is known to be open stays so");
    assert_eq!(of(json!([tcp(0, 65_535, &["somewhere"])])).unwrap_err()[0].reason, crate::model::GapReason::Malformed);
}

#[test]
fn groups_that_are_worn_together_are_judged_together() {
    let halves =
        [("sg-low", json!([tcp(0, 1023, &["10.0.0.0/8"])])), ("sg-high", json!([tcp(1024, 65_535, &["10.0.0.0/8"])]))];
    let together = host(&halves, &[&["sg-low"], &["sg-low", "sg-high"]]);
    assert_eq!(everywhere(&together).unwrap(), json!([["sg-high", "sg-low"]]));
    assert_eq!(fact(&together, "let_in", Kind::Instance, "i-1")["everywhere"][0]["user"], "NetworkInterface eni-1");
    assert_eq!(everywhere(&host(&halves, &[&["sg-low"], &["sg-high"]])).unwrap(), json!([]));
    let unseen = without(host(&halves, &[]), "ec2:DescribeNetworkInterfaces");
    assert_eq!(everywhere(&unseen).unwrap_err()[0].action, "ec2:DescribeNetworkInterfaces");
    // Its own group lets it in to whatever else wears it, not to itself.
    let own = [("sg-own", json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-own"}]}]))];
    assert_eq!(everywhere(&host(&own, &[&["sg-own"]])).unwrap(), json!([["sg-own"]]));
    assert_eq!(everywhere(&host(&own, &[])).unwrap(), json!([]));
}
