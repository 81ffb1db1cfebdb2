//! What the internet reaches: open groups that nothing gets to, those that something does, and databases.

use serde_json::{Value, json};

use super::*;
use crate::model::{GapReason, Region};

/// A VPC with a public subnet `subnet-1` and a private one `subnet-2`, and a group that is open on port 22.
fn world(more: Value) -> Estate {
    let mut resources = json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "Subnets": [
            {"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a"},
            {"SubnetId": "subnet-2", "VpcId": "vpc-1", "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "eu-west-1a"}],
        "InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}],
        "RouteTables": [
            {"RouteTableId": "rtb-main", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [local()]},
            {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1"}], "Routes": [
                local(), {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]}],
        "NetworkAcls": [acl("allow")],
        "SecurityGroups": [
            {"GroupId": "sg-1", "GroupName": "app", "VpcId": "vpc-1",
                "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
                "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}],
    });
    resources.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    estate(resources)
}

fn local() -> Value {
    json!({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"})
}

fn acl(inbound: &str) -> Value {
    let entry = |number: i32, egress: bool, action: &str| json!({"RuleNumber": number, "Egress": egress, "Protocol": "-1", "RuleAction": action, "CidrBlock": "0.0.0.0/0"});
    json!({"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": true,
        "Entries": [entry(100, false, inbound), entry(100, true, "allow")]})
}

fn interface(id: &str, subnet: &str, address: &str, public: Option<&str>) -> Value {
    let mut interface = json!({
        "NetworkInterfaceId": id, "VpcId": "vpc-1", "SubnetId": subnet, "PrivateIpAddress": address, "Status": "in-use",
        "InterfaceType": "interface", "Attachment": {"InstanceId": format!("i-{id}"), "DeviceIndex": 0},
        "PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": true}],
        "Groups": [{"GroupId": "sg-1"}]});
    if let Some(public) = public {
        interface["PrivateIpAddresses"][0]["Association"] = json!({"PublicIp": public});
    }
    interface
}

fn instance(id: &str, name: &str) -> Value {
    json!({"InstanceId": format!("i-{id}"), "VpcId": "vpc-1", "State": {"Name": "running"},
        "Tags": [{"Key": "Name", "Value": name}], "NetworkInterfaces": [{"NetworkInterfaceId": id}]})
}

fn reached(estate: &Estate) -> Value {
    fact(estate, "reached_by", Kind::SecurityGroup, "sg-1")["openings"][0].clone()
}

#[test]
fn an_open_group_in_a_public_subnet_is_reached_and_the_path_is_told() {
    let public = interface("eni-1", "subnet-1", "10.0.1.10", Some("54.0.0.1"));
    let private = interface("eni-2", "subnet-2", "10.0.2.10", None);
    let instances = json!([instance("eni-1", "web"), instance("eni-2", "app")]);
    let estate = world(json!({"NetworkInterfaces": [public, private], "Instances": instances}));
    let one = reached(&estate);
    assert_eq!(one["reached"], json!([{"from": 22, "to": 22, "count": 1, "first": "web at 54.0.0.1", "share": 1.0}]));
    assert_eq!((&one["kept"], &one["because"]), (&json!(1), &json!("no public address (1)")));
    let way = &one["ways"][0];
    assert_eq!(
        (&way["services"], &way["everyone"], &way["address"]),
        (&json!("tcp/22"), &json!(true), &json!("54.0.0.1"))
    );
    assert_eq!(
        way["evidence"][0]["value"],
        json!([
            "igw-1",
            "acl-1: rule 100 allows everything from 0.0.0.0/0, at the edge of subnet-1",
            "sg-1 (app): lets tcp/22 in from 0.0.0.0/0, at eni-1",
            "eni-1: of i-eni-1 (web), in subnet-1",
            "reply: eni-1: of i-eni-1 (web), in subnet-1",
            "reply: acl-1: rule 100 allows everything to 0.0.0.0/0, at the edge of subnet-1",
            "reply: rtb-1: 0.0.0.0/0 goes to igw-1",
            "reply: igw-1",
        ])
    );
    let ways = fact(&estate, "exposed_ports", Kind::Instance, "i-eni-1")["ways"].clone();
    assert_eq!(ways, json!([way]), "the same, seen from the instance");
    assert_eq!(fact(&estate, "exposed_ports", Kind::NetworkInterface, "eni-1")["ways"], json!([way]));
    assert_eq!(fact(&estate, "exposed_ports", Kind::Instance, "i-eni-2")["ways"], json!([]));
}

#[test]
fn an_open_group_is_not_reached_without_an_address_a_route_an_acl_entry_or_a_gateway() {
    let at = |subnet: &str, address: &str, public: Option<&str>| interface("eni-1", subnet, address, public);
    let public = || at("subnet-1", "10.0.1.10", Some("54.0.0.1"));
    let cases = [
        (json!({"NetworkInterfaces": [at("subnet-1", "10.0.1.10", None)]}), "no public address (1)"),
        (json!({"NetworkInterfaces": [at("subnet-2", "10.0.2.10", Some("54.0.0.1"))]}), "no reply comes back (1)"),
        (json!({"NetworkInterfaces": [public()], "NetworkAcls": [acl("deny")]}), "stopped by a network ACL (1)"),
        (json!({"NetworkInterfaces": [public()], "InternetGateways": []}), "no internet gateway (1)"),
        (json!({"NetworkInterfaces": []}), ""),
    ];
    for (mut more, because) in cases {
        more["Instances"] = json!([instance("eni-1", "web")]);
        let one = reached(&world(more));
        assert_eq!((&one["reached"], &one["unknown"]), (&json!([]), &json!([])), "{because}");
        assert_eq!(one["because"], because);
    }
}

#[test]
fn what_was_not_read_is_never_kept_out() {
    let interfaces = json!([interface("eni-1", "subnet-1", "10.0.1.10", None)]);
    let whole = world(json!({"NetworkInterfaces": interfaces, "Instances": [instance("eni-1", "web")]}));
    for action in ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"] {
        let less = without(whole.clone(), action);
        let all = fact(&less, "reached_by", Kind::SecurityGroup, "sg-1");
        assert_eq!(all["openings"][0]["unknown"][0]["to"], 22, "{action}");
        assert_eq!(all["unread"][0]["Action"], action);
        let ways = fact(&less, "exposed_ports", Kind::Instance, "i-eni-1");
        assert_eq!((&ways["ways"][0]["verdict"], &ways["unread"][0]["Action"]), (&json!("unknown"), &json!(action)));
    }
    let mut lost = interface("eni-1", "subnet-of-another-account", "10.9.1.10", None);
    lost["Groups"] = json!([{"GroupId": "sg-1"}]);
    let lost = world(json!({"NetworkInterfaces": [lost]}));
    let all = fact(&lost, "reached_by", Kind::SecurityGroup, "sg-1");
    assert_eq!(all["unread"][0]["Resource"], "subnet-of-another-account");
}

/// What VPC origins of CloudFront lead to is unknown where they are in use and were not read, and nowhere else.
#[test]
fn origins_that_were_not_read_may_lead_to_what_is_private() {
    let interfaces = json!([interface("eni-1", "subnet-1", "10.0.1.10", None)]);
    let whole = world(json!({"NetworkInterfaces": interfaces, "Instances": [instance("eni-1", "web")]}));
    let marked = |mut estate: Estate| {
        let managed = json!({"GroupId": "sg-cf", "GroupName": "CloudFront-VPCOrigins-Service-SG", "VpcId": "vpc-1"});
        let resources = &mut estate.shard_mut(&ACCOUNT.into(), &REGION.into()).resources;
        resources.push_json(Kind::SecurityGroup, managed).unwrap();
        estate
    };
    for action in ["cloudfront:ListDistributions", "cloudfront:ListVpcOrigins"] {
        let denied = |mut estate: Estate| {
            let shard = estate.shard_mut(&ACCOUNT.into(), &Region::global());
            shard.reads = Kind::ALL.iter().flat_map(|kind| kind.actions()).map(|one| (*one).to_owned()).collect();
            shard.reads.remove(action);
            shard.gaps.push(Gap::new(action, GapReason::AccessDenied, ""));
            estate
        };
        let ways = |estate: &Estate| fact(estate, "exposed_ports", Kind::Instance, "i-eni-1");
        assert_eq!(ways(&denied(whole.clone()))["ways"], json!([]), "{action}");
        assert_eq!(ways(&marked(whole.clone()))["ways"], json!([]));
        let told = ways(&denied(marked(whole.clone())));
        assert_eq!((&told["ways"][0]["verdict"], &told["unread"][0]["Action"]), (&json!("unknown"), &json!(action)));
        let all = fact(&denied(marked(whole.clone())), "reached_by", Kind::SecurityGroup, "sg-1");
        assert_eq!(all["openings"][0]["unknown"][0]["to"], 22, "{action}");
    }
}

#[test]
fn what_decides_and_was_not_read_makes_ways_unknown() {
    let public = interface("eni-1", "subnet-1", "10.0.1.10", Some("54.0.0.1"));
    let whole = world(json!({"NetworkInterfaces": [public], "Instances": [instance("eni-1", "web")]}));
    for action in ["ec2:DescribeRouteTables", "ec2:DescribeNetworkAcls", "ec2:DescribeInternetGateways"] {
        let mut less = without(whole.clone(), action);
        let resources = &mut less.shard_mut(&ACCOUNT.into(), &REGION.into()).resources;
        match action {
            "ec2:DescribeRouteTables" => resources.route_tables.clear(),
            "ec2:DescribeNetworkAcls" => resources.network_acls.clear(),
            _ => resources.internet_gateways.clear(),
        }
        let all = fact(&less, "reached_by", Kind::SecurityGroup, "sg-1");
        assert_eq!(all["openings"][0]["reached"], json!([]), "{action}");
        assert_eq!(all["openings"][0]["unknown"][0]["count"], 1, "{action}");
        assert_eq!(all["unread"][0]["Action"], action);
    }
    // A table that is there, of a listing that broke off: the subnet's own may be among the rest.
    let broken = without(whole, "ec2:DescribeRouteTables");
    assert_eq!(fact(&broken, "exposed_ports", Kind::Instance, "i-eni-1")["ways"][0]["verdict"], "unknown");
}

/// A database in the public subnet.
fn database(public: Value, group: &str) -> Estate {
    let group = json!({"GroupId": "sg-db", "VpcId": "vpc-1", "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": group}]}]});
    world(json!({
        "SecurityGroups": [group],
        "NetworkInterfaces": [],
        "DBInstances": [{"DBInstanceIdentifier": "db", "PubliclyAccessible": public, "Endpoint": {"Port": 5432},
            "AvailabilityZone": "eu-west-1a", "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-db"}],
            "DBSubnetGroup": {"DBSubnetGroupName": "g", "VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-1"}]}}],
    }))
}

#[test]
fn a_public_database_is_reached_by_whom_its_group_admits() {
    let ways = |estate: &Estate| fact(estate, "exposed_ports", Kind::DbInstance, "db")["ways"].clone();
    let open = ways(&database(json!(true), "0.0.0.0/0"));
    assert_eq!(
        (&open[0]["services"], &open[0]["everyone"], &open[0]["share"]),
        (&json!("tcp/5432"), &json!(true), &json!(1.0))
    );
    assert_eq!(open[0].get("address"), None, "its public address is in no listing");
    let office = ways(&database(json!(true), "203.0.113.0/24"));
    assert_eq!((&office[0]["sources"], &office[0]["everyone"]), (&json!(["203.0.113.0/24"]), &json!(false)));
    assert_eq!(ways(&database(json!(true), "10.0.0.0/8")), json!([]));
    assert_eq!(ways(&database(json!(false), "0.0.0.0/0")), json!([]));
    assert_eq!(ways(&database(json!(null), "0.0.0.0/0"))[0]["verdict"], "unknown", "absent is not false");
}

#[test]
fn a_database_of_the_same_name_in_another_account_is_another() {
    let mut estate = database(json!(false), "0.0.0.0/0");
    let mut other = database(json!(true), "0.0.0.0/0").shards.remove(0);
    let text = serde_json::to_string(&other.resources).unwrap();
    let text =
        text.replace("vpc-1", "vpc-2").replace("subnet-", "subnet-2").replace("rtb-", "rtb-2").replace("igw-", "igw-2");
    other.resources = serde_json::from_str(&text.replace("acl-", "acl-2").replace("sg-", "sg-2")).unwrap();
    other.provenance.account = "444455556666".into();
    estate.shards.push(other);
    assert_eq!(fact(&estate, "exposed_ports", Kind::DbInstance, "db")["ways"], json!([]));
}

/// A network load balancer on the internet that sends what comes for a port on to an address in the private subnet.
fn passed_on(port: u16, description: &str, mut more: Value) -> Estate {
    let arn = |what: &str| format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:{what}");
    let (balancer, targets) = (arn("loadbalancer/net/lb/1"), arn("targetgroup/data/1"));
    let own = |id: &str, subnet: &str, address: &str, public: Option<&str>, description: &str| {
        let mut interface = interface(id, subnet, address, public);
        interface["Description"] = json!(description);
        interface["Attachment"] = json!({"Status": "attached"});
        interface
    };
    let mut front = own("eni-lb", "subnet-1", "10.0.1.20", Some("54.0.0.2"), "ELB net/lb/1");
    front["Groups"] = json!([]);
    let open = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]);
    more["SecurityGroups"] =
        json!([{"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissions": open, "IpPermissionsEgress": open}]);
    more["NetworkInterfaces"] = json!([front, own("eni-2", "subnet-2", "10.0.2.20", None, description)]);
    more["LoadBalancers"] = json!([{
        "LoadBalancerArn": balancer, "LoadBalancerName": "lb", "Type": "network", "Scheme": "internet-facing",
        "IpAddressType": "ipv4", "VpcId": "vpc-1", "State": {"Code": "active"}, "Attributes": [],
        "AvailabilityZones": [{"SubnetId": "subnet-1"}]}]);
    more["Listeners"] = json!([{
        "ListenerArn": arn("listener/net/lb/1/2"), "LoadBalancerArn": balancer, "Port": port, "Protocol": "TCP",
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": targets}]}]);
    more["TargetGroups"] = json!([{
        "TargetGroupArn": targets, "TargetGroupName": "data", "Protocol": "TCP", "Port": port, "TargetType": "ip",
        "VpcId": "vpc-1", "LoadBalancerArns": [balancer], "Attributes": [],
        "TargetHealthDescriptions": [{"Target": {"Id": "10.0.2.20", "Port": port}}]}]);
    world(more)
}

/// AWS gives neither a public address: who is reached is reached through something that was put in front.
#[test]
fn a_cache_and_a_search_domain_are_reached_through_a_load_balancer() {
    let cache = json!({
        "CacheClusters": [{"CacheClusterId": "sessions-001", "Engine": "redis", "CacheSubnetGroupName": "private",
            "SecurityGroups": [{"SecurityGroupId": "sg-1", "Status": "active"}],
            "CacheNodes": [{"CacheNodeId": "0001", "Endpoint": {"Port": 6379}}]}],
        "CacheSubnetGroups": [{"CacheSubnetGroupName": "private", "VpcId": "vpc-1",
            "Subnets": [{"SubnetIdentifier": "subnet-2"}]}]});
    let domain = json!({"DomainStatusList": [{"DomainName": "logs", "VPCOptions": {"VPCId": "vpc-1",
        "SubnetIds": ["subnet-2"], "SecurityGroupIds": ["sg-1"]}}]});
    let stores = [
        (Kind::CacheCluster, "sessions-001", "ElastiCache sessions-001", 6379, cache),
        (Kind::Domain, "logs", "ES logs", 443, domain),
    ];
    for (kind, id, description, port, more) in stores {
        let whole = passed_on(port, description, more.clone());
        let ways = fact(&whole, "exposed_ports", kind, id)["ways"].clone();
        assert_eq!(ways.as_array().map(Vec::len), Some(1), "{ways:#?}");
        assert_eq!(
            (&ways[0]["verdict"], &ways[0]["services"], &ways[0]["via"], &ways[0]["share"]),
            (&json!("connects"), &json!(format!("tcp/{port}")), &json!("lb"), &json!(1.0))
        );
        let elsewhere = passed_on(port, "ELB net/other/2", more);
        assert_eq!(fact(&elsewhere, "exposed_ports", kind, id)["ways"], json!([]), "nothing in front of {id} itself");
        let mut less = without(whole, "elasticloadbalancing:DescribeTargetHealth");
        let groups = &mut less.shard_mut(&ACCOUNT.into(), &REGION.into()).resources.target_groups;
        for group in groups {
            group.target_health_descriptions = None;
        }
        let fact = fact(&less, "exposed_ports", kind, id);
        assert_eq!(fact["ways"][0]["verdict"], "unknown", "{fact:#?}");
    }
}

/// The path is told for a port that the store listens on, not for the first that is open as well.
#[test]
fn the_path_to_a_cache_is_told_for_its_own_port() {
    let mut world = passed_on(
        11211,
        "ElastiCache sessions",
        json!({
        "CacheClusters": [{"CacheClusterId": "sessions", "Engine": "memcached", "CacheSubnetGroupName": "private",
            "SecurityGroups": [{"SecurityGroupId": "sg-1"}], "ConfigurationEndpoint": {"Port": 11211}}],
        "CacheSubnetGroups": [{"CacheSubnetGroupName": "private", "VpcId": "vpc-1",
            "Subnets": [{"SubnetIdentifier": "subnet-1"}]}]}),
    );
    let resources = &mut world.shard_mut(&ACCOUNT.into(), &REGION.into()).resources;
    let open = |port: u16| json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
    let group = json!({"GroupId": "sg-1", "VpcId": "vpc-1", "IpPermissions": [open(22), open(11211)]});
    resources.security_groups = vec![serde_json::from_value(group).unwrap()];
    let public = resources.network_interfaces.iter_mut().find(|interface| interface.network_interface_id == "eni-2");
    let moved = json!({"NetworkInterfaceId": "eni-2", "VpcId": "vpc-1", "SubnetId": "subnet-1", "Status": "in-use",
        "PrivateIpAddress": "10.0.1.30", "Description": "ElastiCache sessions", "Groups": [{"GroupId": "sg-1"}],
        "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.30", "Association": {"PublicIp": "54.0.0.3"}}]});
    *public.unwrap() = serde_json::from_value(moved).unwrap();
    let way = fact(&world, "exposed_ports", Kind::CacheCluster, "sessions")["ways"][0].clone();
    let hops = way["evidence"][0]["value"].to_string();
    assert!(hops.contains("lets tcp/11211 in"), "{hops}");
}

#[test]
fn a_bastion_reaches_what_groups_and_logins_let_it() {
    let group = |id: &str, from: &str, port: u16| {
        json!({"GroupId": id, "VpcId": "vpc-1", "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
            "IpPermissions": [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [{"GroupId": from}]}]})
    };
    let mut app = interface("eni-2", "subnet-2", "10.0.2.10", None);
    app["Groups"] = json!([{"GroupId": "sg-app"}]);
    let mut bastion = interface("eni-1", "subnet-1", "10.0.1.10", None);
    bastion["Groups"] = json!([{"GroupId": "sg-bastion"}]);
    let db = |from: &str| {
        let mut estate = database(json!(false), "10.9.0.0/16");
        let shard = estate.shard_mut(&ACCOUNT.into(), &REGION.into());
        let groups = json!([group("sg-app", "sg-bastion", 22), group("sg-db", from, 5432),
            {"GroupId": "sg-bastion", "VpcId": "vpc-1", "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}]);
        shard.resources.security_groups = serde_json::from_value(groups).unwrap();
        shard.resources.network_interfaces = serde_json::from_value(json!([bastion.clone(), app.clone()])).unwrap();
        shard.resources.instances =
            serde_json::from_value(json!([instance("eni-1", "Bastion"), instance("eni-2", "app")])).unwrap();
        estate
    };
    let radius = |estate: &Estate| fact(estate, "blast_radius", Kind::Instance, "i-eni-1");
    let direct = radius(&db("sg-bastion"));
    assert_eq!(direct["login"]["kinds"], json!({"DbInstance": 1, "Instance": 1}));
    assert_eq!(direct["login"]["stores"][0]["hosts_between"], 0);
    let over = radius(&db("sg-app"));
    let store = &over["login"]["stores"][0];
    assert_eq!((&store["hosts_between"], &store["services"]), (&json!(1), &json!("tcp/5432")));
    assert_eq!(store["evidence"][0]["value"], json!(["Bastion", "app", "db"]));
    assert_eq!(radius(&db("sg-nobody"))["login"]["stores_count"], 0);
    assert_eq!(fact(&db("sg-app"), "blast_radius", Kind::Instance, "i-eni-2"), json!(null), "no bastion, not reached");
    let less = radius(&without(db("sg-nobody"), "ec2:DescribeNetworkAcls"));
    assert_eq!((&less["complete"], &less["unread"][0]["Action"]), (&json!(false), &json!("ec2:DescribeNetworkAcls")));
}

#[test]
fn bastions_are_called_what_the_pack_says() {
    let (_, text) =
        crate::embedded::RULES.iter().find(|(path, _)| path.ends_with("bastion-exposure/pack.toml")).unwrap();
    assert!(text.contains(r#"bastion_names = ["bastion", "jump"]"#), "the fact `blast_radius` knows these words");
}
