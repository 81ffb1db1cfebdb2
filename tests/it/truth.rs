//! The patterns that auditors commonly judge wrong, each a small estate in AWS's own JSON, judged by the packs as a
//! user would have them judged.

use bartizan::audit::{Audit, Finding, Options, run};
use bartizan::model::{Environment, Estate, Kind, Region};
use serde_json::{Value, json};

use crate::packs::packs;

fn judged(resources: &Value) -> Audit {
    let mut estate = Estate::default();
    for region in [Region::from("eu-west-1"), Region::global()] {
        let shard = estate.shard_mut(&"111122223333".into(), &region);
        shard.reads = Kind::ALL.iter().flat_map(|kind| kind.actions()).map(|action| (*action).to_owned()).collect();
        shard.resources = serde_json::from_value(resources.clone()).expect("AWS's own JSON");
    }
    run(&estate, &Environment::usual(), &packs(), Options::default())
}

fn finding<'a>(audit: &'a Audit, rule: &str, id: &str) -> &'a Finding {
    let of = |finding: &&Finding| finding.rule == rule && finding.subject.key.id == id;
    audit.findings.iter().find(of).expect("a verdict on every resource of the rule's type")
}

fn verdict(resources: &Value, rule: &str, id: &str) -> &'static str {
    finding(&judged(resources), rule, id).status.word()
}

fn ssh(permissions: &Value) -> &'static str {
    let group = json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": ["0.0.0.0/1", "128.0.0.0/1"]}],
        "SecurityGroups": [{"GroupId": "sg-1", "GroupName": "app", "VpcId": "vpc-1", "IpPermissions": permissions}]});
    verdict(&group, "ssh-open-to-world", "sg-1")
}

#[test]
fn ssh_open_to_the_world_in_every_disguise() {
    let tcp = |from: u16, to: u16, sources: Value| {
        let mut permission = json!({"IpProtocol": "tcp", "FromPort": from, "ToPort": to});
        let fields = sources.as_object().expect("sources").clone();
        permission.as_object_mut().expect("a permission").extend(fields);
        permission
    };
    let halves = json!({"IpRanges": [{"CidrIp": "0.0.0.0/1"}, {"CidrIp": "128.0.0.0/1"}]});
    let world = json!({"IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
    let itself = json!({"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]});
    for (pattern, permissions) in [
        ("split in two", json!([tcp(22, 22, halves)])),
        ("a prefix list", json!([tcp(22, 22, json!({"PrefixListIds": [{"PrefixListId": "pl-1"}]}))])),
        ("inside a range", json!([tcp(0, 1024, world.clone())])),
        ("all protocols", json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])),
        ("IPv6 alone", json!([tcp(22, 22, json!({"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}))])),
        ("after a rule for itself", json!([itself, tcp(22, 22, world.clone())])),
    ] {
        assert_eq!(ssh(&permissions), "FAIL", "{pattern}");
    }
    for (pattern, permissions) in [
        ("from private ranges", json!([tcp(22, 22, json!({"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}))])),
        ("from an office", json!([tcp(22, 22, json!({"IpRanges": [{"CidrIp": "203.0.113.0/24"}]}))])),
        ("another port", json!([tcp(443, 443, world)])),
        ("from itself", json!([itself])),
    ] {
        assert_eq!(ssh(&permissions), "PASS", "{pattern}");
    }
    let unreadable = json!([tcp(22, 22, json!({"PrefixListIds": [{"PrefixListId": "pl-of-another-account"}]}))]);
    assert_eq!(ssh(&unreadable), "UNKNOWN");
}

#[test]
fn an_open_group_behind_a_closed_network_acl_is_an_open_group_and_no_path() {
    let audit = judged(&json!({
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": true, "Entries": []}],
        "SecurityGroups": [{"GroupId": "sg-1", "GroupName": "app", "VpcId": "vpc-1", "IpPermissions": [
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}]}));
    let finding = finding(&audit, "ssh-open-to-world", "sg-1");
    assert_eq!(finding.message, "port 22 is open to the whole internet; nothing uses it now");
    assert_eq!(finding.severity.word(), "low");
}

fn database(route: &Value) -> &'static str {
    let open = json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-default", "State": "active"});
    let estate = json!({
        "Vpcs": [{"VpcId": "vpc-default", "IsDefault": true}, {"VpcId": "vpc-1"}],
        "Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a"}],
        "NatGateways": [{"NatGatewayId": "nat-1", "ConnectivityType": "public"}],
        "RouteTables": [
            {"RouteTableId": "rtb-default", "VpcId": "vpc-default", "Associations": [{"Main": true}], "Routes": [open]},
            {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": [route]}],
        "DBInstances": [{"DBInstanceIdentifier": "db", "DBSubnetGroup": {"DBSubnetGroupName": "g",
            "Subnets": [{"SubnetIdentifier": "subnet-1"}]}}]});
    verdict(&estate, "database-in-public-subnet", "db")
}

#[test]
fn a_private_subnet_is_one_that_its_own_vpcs_routes_make_private() {
    let to = |field: &str, target: &str| json!({"DestinationCidrBlock": "0.0.0.0/0", field: target, "State": "active"});
    assert_eq!(database(&json!({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"})), "PASS", "main table");
    assert_eq!(database(&to("NatGatewayId", "nat-1")), "PASS", "through NAT");
    assert_eq!(database(&to("GatewayId", "igw-1")), "FAIL", "implicitly public");
    let partly = json!({"DestinationCidrBlock": "8.0.0.0/8", "GatewayId": "igw-1", "State": "active"});
    assert_eq!(database(&partly), "FAIL", "partly public");
}

fn balancer(listeners: &Value, rules: &Value) -> Value {
    json!({
        "LoadBalancers": [{"LoadBalancerArn": "lb", "LoadBalancerName": "lb", "Type": "application", "Scheme": "internet-facing"}],
        "Listeners": listeners,
        "Rules": rules})
}

fn listener(arn: &str, protocol: &str, action: &Value) -> Value {
    json!({"ListenerArn": arn, "LoadBalancerArn": "lb", "Protocol": protocol, "Port": 80, "DefaultActions": [action]})
}

#[test]
fn clear_text_is_served_by_any_listener_and_any_rule_that_can_be_reached() {
    const RULE: &str = "listener-forwarding-clear-text";
    let forward = json!({"Type": "forward", "TargetGroupArn": "x:targetgroup/app/1"});
    let redirect = |protocol: &str| json!({"Type": "redirect", "RedirectConfig": {"Protocol": protocol}});
    let rule = |priority: &str, action: &Value| {
        json!({"RuleArn": priority, "ListenerArn": "one", "Priority": priority, "Actions": [action],
            "Conditions": [{"Field": "host-header", "Values": ["api.example.org"]}]})
    };
    let of = |default: &Value, rules: &Value| {
        verdict(&balancer(&json!([listener("one", "HTTP", default)]), rules), RULE, "one")
    };
    assert_eq!(of(&forward, &json!([rule("1", &redirect("HTTPS"))])), "FAIL", "the default forwards");
    assert_eq!(of(&redirect("HTTPS"), &json!([rule("1", &forward)])), "FAIL", "a rule forwards");
    let shadowed = json!([rule("1", &redirect("HTTPS")), rule("2", &forward)]);
    assert_eq!(of(&redirect("HTTPS"), &shadowed), "PASS", "the rule is never reached");
    assert_eq!(of(&redirect("HTTP"), &json!([])), "FAIL", "a redirect to HTTP");
    assert_eq!(of(&redirect("HTTPS"), &json!([])), "PASS");

    let https_alone = balancer(&json!([listener("one", "HTTPS", &forward)]), &json!([]));
    assert_eq!(verdict(&https_alone, RULE, "one"), "NOT-APPLICABLE");
    let two = json!([listener("one", "HTTP", &redirect("HTTPS")), listener("two", "HTTP", &forward)]);
    let two = balancer(&two, &json!([]));
    assert_eq!(
        (verdict(&two, RULE, "one"), verdict(&two, RULE, "two")),
        ("PASS", "FAIL"),
        "one does not excuse the other"
    );
}

#[test]
fn one_behaviour_of_a_distribution_is_enough() {
    let distribution = |policy: &str| {
        json!({"Distributions": [{"Id": "E1", "DistributionConfig": {"Enabled": true,
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "redirect-to-https"},
            "CacheBehaviors": {"Items": [{"PathPattern": "/a", "TargetOriginId": "o", "ViewerProtocolPolicy": policy}]}}}]})
    };
    assert_eq!(verdict(&distribution("allow-all"), "distribution-serving-clear-text", "E1"), "FAIL");
    assert_eq!(verdict(&distribution("https-only"), "distribution-serving-clear-text", "E1"), "PASS");
}

#[test]
fn zones_are_counted_within_each_tier() {
    let vpc = |private_zones: &[&str]| {
        let subnet = |id: String, zone: &str| json!({"SubnetId": id, "VpcId": "vpc-1", "AvailabilityZone": zone});
        let mut subnets = vec![subnet("public-a".into(), "a"), subnet("public-b".into(), "b")];
        subnets.extend(private_zones.iter().map(|zone| subnet(format!("private-{zone}"), zone)));
        let public = json!([{"SubnetId": "public-a"}, {"SubnetId": "public-b"}]);
        let igw = json!([{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}]);
        json!({"Vpcs": [{"VpcId": "vpc-1"}], "Subnets": subnets, "RouteTables": [
            {"RouteTableId": "rtb-main", "VpcId": "vpc-1", "Associations": [{"Main": true}]},
            {"RouteTableId": "rtb-public", "VpcId": "vpc-1", "Associations": public, "Routes": igw}]})
    };
    assert_eq!(verdict(&vpc(&["b"]), "single-zone-tier", "vpc-1"), "FAIL");
    assert_eq!(verdict(&vpc(&["a", "b"]), "single-zone-tier", "vpc-1"), "PASS");
}
