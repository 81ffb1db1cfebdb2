//! Availability Zones, and the alarms that watch.

use serde_json::{Value, json};

use super::*;

fn subnet(id: &str, zone: &str) -> Value {
    json!({"SubnetId": id, "VpcId": "vpc-1", "AvailabilityZone": format!("eu-west-1{zone}"), "CidrBlock": "10.0.0.0/24"})
}

fn table(id: &str, subnets: &[&str], field: &str, target: &str) -> Value {
    let associations: Vec<Value> = subnets.iter().map(|id| json!({"SubnetId": id})).collect();
    json!({"RouteTableId": id, "VpcId": "vpc-1", "Associations": associations,
        "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", field: target, "State": "active"}]})
}

fn gateway(id: &str, subnet: &str) -> Value {
    json!({"NatGatewayId": id, "VpcId": "vpc-1", "SubnetId": subnet, "ConnectivityType": "public", "State": "available"})
}

fn network(gateways: Value, tables: Value) -> Estate {
    estate(json!({
        "Vpcs": [{"VpcId": "vpc-1"}],
        "Subnets": [subnet("public-a", "a"), subnet("public-b", "b"), subnet("private-a", "a"), subnet("private-b", "b")],
        "NatGateways": gateways,
        "RouteTables": tables,
    }))
}

#[test]
fn public_in_one_zone_and_private_in_another_is_no_spread() {
    let estate = estate(json!({
        "Vpcs": [{"VpcId": "vpc-1"}],
        "Subnets": [subnet("public-a", "a"), subnet("private-b", "b")],
        "NatGateways": [gateway("nat-1", "public-a")],
        "RouteTables": [table("rtb-1", &["public-a"], "GatewayId", "igw-1"), table("rtb-2", &["private-b"], "NatGatewayId", "nat-1")],
    }));
    let tiers = fact(&estate, "tiers", Kind::Vpc, "vpc-1");
    assert_eq!(tiers["tiers"]["public"]["zones"], json!(["eu-west-1a"]));
    assert_eq!(tiers["tiers"]["egress"]["zones"], json!(["eu-west-1b"]));
}

#[test]
fn one_nat_gateway_for_two_zones() {
    let one = network(
        json!([gateway("nat-a", "public-a")]),
        json!([
            table("rtb-public", &["public-a", "public-b"], "GatewayId", "igw-1"),
            table("rtb-private", &["private-a", "private-b"], "NatGatewayId", "nat-a")
        ]),
    );
    let zones = fact(&one, "nat_zones", Kind::Vpc, "vpc-1");
    assert_eq!(
        (&zones["gateway_zones"], &zones["subnet_zones"]),
        (&json!(["eu-west-1a"]), &json!(["eu-west-1a", "eu-west-1b"]))
    );
    assert_eq!(
        (zones["crossing"].as_array().unwrap().len(), &zones["crossing"][0]["subnet"]),
        (1, &json!("private-b"))
    );
    assert_eq!(zones["crossing"][0]["evidence"]["resource"], "rtb-private");
}

#[test]
fn a_nat_gateway_in_each_zone_helps_only_when_routed_to() {
    let routed = |b: &str| {
        network(
            json!([gateway("nat-a", "public-a"), gateway("nat-b", "public-b")]),
            json!([
                table("rtb-public", &["public-a", "public-b"], "GatewayId", "igw-1"),
                table("rtb-a", &["private-a"], "NatGatewayId", "nat-a"),
                table("rtb-b", &["private-b"], "NatGatewayId", b)
            ]),
        )
    };
    assert_eq!(fact(&routed("nat-b"), "nat_zones", Kind::Vpc, "vpc-1")["crossing"], json!([]));
    assert_eq!(fact(&routed("nat-a"), "nat_zones", Kind::Vpc, "vpc-1")["crossing"].as_array().unwrap().len(), 1);
    let regional = network(
        json!([{"NatGatewayId": "nat-r", "VpcId": "vpc-1", "AvailabilityMode": "regional", "ConnectivityType": "public"}]),
        json!([table("rtb", &["public-a", "public-b", "private-a", "private-b"], "NatGatewayId", "nat-r")]),
    );
    assert_eq!(
        fact(&regional, "nat_zones", Kind::Vpc, "vpc-1")["crossing"],
        json!([]),
        "a Regional one stands in every zone"
    );
}

fn zones(resources: Value, kind: Kind, id: &str) -> Result<Value, Vec<Gap>> {
    let mut all = json!({"Subnets": [subnet("a", "a"), subnet("b", "b"), subnet("also-a", "a")]});
    all.as_object_mut().unwrap().extend(resources.as_object().unwrap().clone());
    try_fact(&estate(all), "zones", kind, id)
}

#[test]
fn a_service_is_where_its_subnets_are() {
    let service = |subnets: Value| {
        json!({"services": [{"serviceArn": "s", "clusterArn": "c", "desiredCount": 2,
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets}}}]})
    };
    let spread = zones(service(json!(["a", "b"])), Kind::EcsService, "s").unwrap();
    assert_eq!((&spread["least"], &spread["copies"]), (&json!(2), &json!(2)));
    assert_eq!(zones(service(json!(["a", "also-a"])), Kind::EcsService, "s").unwrap()["least"], 1);
    let bridge =
        zones(json!({"services": [{"serviceArn": "s", "clusterArn": "c"}]}), Kind::EcsService, "s").unwrap_err();
    assert_eq!(bridge[0].action, "ecs:DescribeContainerInstances");
}

#[test]
fn a_service_on_the_network_of_its_hosts_is_where_its_targets_are() {
    let world = |targets: &[&str], running: i32| {
        let targets: Vec<Value> = targets.iter().map(|id| json!({"Target": {"Id": id, "Port": 32768}})).collect();
        json!({
            "services": [{"serviceArn": "s", "clusterArn": "c", "desiredCount": 3, "runningCount": running,
                "loadBalancers": [{"targetGroupArn": "t"}]}],
            "TargetGroups": [{"TargetGroupArn": "t", "TargetType": "instance", "TargetHealthDescriptions": targets}],
            "Instances": [{"InstanceId": "i-a", "SubnetId": "a"}, {"InstanceId": "i-b", "SubnetId": "b"}]})
    };
    let spread = zones(world(&["i-a", "i-b", "i-a"], 3), Kind::EcsService, "s").unwrap();
    assert_eq!((&spread["least"], &spread["most"], &spread["copies"]), (&json!(2), &json!(3), &json!(3)));
    for (targets, running, why) in [
        (&["i-a", "i-a"][..], 2, "they may move to another zone"),
        (&["i-a", "i-b"], 3, "a task is somewhere else"),
        (&[], 0, "none runs"),
    ] {
        let gaps = zones(world(targets, running), Kind::EcsService, "s").unwrap_err();
        assert_eq!(gaps[0].action, "ecs:DescribeContainerInstances", "{why}");
    }
    assert_eq!(zones(world(&["i-x", "i-b"], 2), Kind::EcsService, "s").unwrap_err()[0].action, "ec2:DescribeInstances");
}

#[test]
fn databases_and_caches_are_where_their_copies_are() {
    let instance = |extra: Value| {
        let mut db = json!({"DBInstanceIdentifier": "db", "AvailabilityZone": "eu-west-1a"});
        db.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        zones(json!({"DBInstances": [db]}), Kind::DbInstance, "db").unwrap()
    };
    assert_eq!(instance(json!({"MultiAZ": true, "SecondaryAvailabilityZone": "eu-west-1b"}))["least"], 2);
    assert_eq!(instance(json!({"MultiAZ": false}))["copies"], 1);
    assert_eq!(instance(json!({})).get("copies"), None, "absent is not false");

    let cluster = |second: &str| {
        zones(json!({
            "DBInstances": [{"DBInstanceIdentifier": "w", "AvailabilityZone": "eu-west-1a"}, {"DBInstanceIdentifier": "r", "AvailabilityZone": second}],
            "DBClusters": [{"DBClusterIdentifier": "c", "AvailabilityZones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
                "DBClusterMembers": [{"DBInstanceIdentifier": "w"}, {"DBInstanceIdentifier": "r"}]}]}), Kind::DbCluster, "c").unwrap()
    };
    assert_eq!(cluster("eu-west-1b")["least"], 2);
    assert_eq!(cluster("eu-west-1a")["least"], 1, "where storage is does not count");

    let cache = zones(json!({"ReplicationGroups": [{"ReplicationGroupId": "r", "NodeGroups": [
        {"NodeGroupMembers": [{"PreferredAvailabilityZone": "eu-west-1a"}, {"PreferredAvailabilityZone": "eu-west-1b"}]},
        {"NodeGroupMembers": [{"PreferredAvailabilityZone": "eu-west-1a"}, {"PreferredAvailabilityZone": "eu-west-1a"}]}]}]}), Kind::ReplicationGroup, "r").unwrap();
    assert_eq!((&cache["least"], cache["zones"].as_array().unwrap().len()), (&json!(1), 2), "every shard must survive");
}

#[test]
fn a_member_whose_zone_is_not_known_is_no_member_less() {
    let cluster = |members: &[(&str, Option<&str>)], listed: usize| {
        let instances = members.iter().take(listed);
        let instances: Vec<Value> =
            instances.map(|(id, zone)| json!({"DBInstanceIdentifier": id, "AvailabilityZone": zone})).collect();
        let members: Vec<Value> = members.iter().map(|(id, _)| json!({"DBInstanceIdentifier": id})).collect();
        let cluster = json!({"DBClusterIdentifier": "c", "DBClusterMembers": members});
        zones(json!({"DBInstances": instances, "DBClusters": [cluster]}), Kind::DbCluster, "c")
    };
    let (a, b) = (Some("eu-west-1a"), Some("eu-west-1b"));
    let unknown = cluster(&[("w", a), ("r", None)], 2).unwrap_err();
    assert_eq!((unknown[0].action.as_str(), unknown[0].resource.as_deref()), ("rds:DescribeDBInstances", Some("r")));
    assert!(cluster(&[("w", a), ("r", a), ("gone", b)], 2).is_err(), "it may be the one that is elsewhere");
    let decided = cluster(&[("w", a), ("r", b), ("new", None)], 3).unwrap();
    let numbers = (&decided["least"], &decided["most"], &decided["copies"]);
    assert_eq!(numbers, (&json!(2), &json!(3), &json!(3)), "two zones are two zones, and perhaps three");
    assert_eq!(cluster(&[("w", a), ("r", b), ("gone", a)], 2).unwrap()["least"], 2);

    let group = |shards: &[&[Option<&str>]]| {
        let member = |zone: Option<&str>| json!({"PreferredAvailabilityZone": zone});
        let shard = |zones: &&[Option<&str>]| json!({"NodeGroupMembers": zones.iter().copied().map(member).collect::<Vec<_>>()});
        let shards: Vec<Value> = shards.iter().map(shard).collect();
        let group = json!({"ReplicationGroupId": "r", "NodeGroups": shards});
        zones(json!({"ReplicationGroups": [group]}), Kind::ReplicationGroup, "r")
    };
    assert!(group(&[&[a, None]]).is_err());
    assert!(group(&[&[a, b], &[a, None]]).is_err());
    assert_eq!(group(&[&[a, b], &[a, b, None]]).unwrap()["least"], 2);
    assert_eq!(group(&[&[a, a], &[a, None]]).unwrap()["least"], 1, "one shard in one zone is enough to know");
}

fn watched(alarms: Value) -> Result<Value, Vec<Gap>> {
    let estate = estate(json!({
        "services": [{"serviceArn": "arn:aws:ecs:eu-west-1:1:service/default/api", "serviceName": "api", "clusterArn": "arn:aws:ecs:eu-west-1:1:cluster/default"}],
        "MetricAlarms": alarms,
    }));
    try_fact(&estate, "alarms", Kind::EcsService, "arn:aws:ecs:eu-west-1:1:service/default/api")
}

fn alarm(name: &str, actions: &[&str], service: &str) -> Value {
    json!({"AlarmName": name, "ActionsEnabled": true, "AlarmActions": actions, "Namespace": "AWS/ECS", "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "ServiceName", "Value": service}, {"Name": "ClusterName", "Value": "default"}]})
}

#[test]
fn an_alarm_watches_when_its_dimensions_name_the_resource_and_tells_when_it_acts() {
    let topic = "arn:aws:sns:eu-west-1:111122223333:on-call";
    let scaling =
        "arn:aws:autoscaling:eu-west-1:111122223333:scalingPolicy:u:resource/ecs/service/default/api:policyName/cpu";
    let found = watched(json!([alarm("cpu", &[topic], "api"), alarm("other", &[topic], "reconcile")])).unwrap();
    assert_eq!(found, json!({"acting": ["cpu"], "scaling": [], "silent": []}));
    let scales = watched(json!([alarm("TargetTracking-api", &[scaling], "api")])).unwrap();
    assert_eq!(scales, json!({"acting": [], "scaling": ["TargetTracking-api"], "silent": []}), "scaling tells nobody");
    let maths = json!([{"AlarmName": "errors", "ActionsEnabled": true, "AlarmActions": [topic], "Metrics": [
        {"Id": "e", "Expression": "a/b"}, {"Id": "a", "MetricStat": {"Metric": {"Namespace": "AWS/ECS", "Dimensions": [
            {"Name": "ClusterName", "Value": "default"}, {"Name": "ServiceName", "Value": "api"}]}}}]}]);
    assert_eq!(watched(maths).unwrap()["acting"], json!(["errors"]));
    assert_eq!(watched(json!([])).unwrap()["acting"], json!([]));
}

#[test]
fn an_alarm_that_may_tell_in_a_way_that_is_not_read_is_a_gap() {
    let silent = watched(json!([alarm("cpu", &[], "api")])).unwrap_err();
    assert!(silent[0].detail.contains("composite alarm"), "{silent:?}");
    let query = watched(json!([{"AlarmName": "fleet", "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:x"],
        "Metrics": [{"Id": "q", "Expression": "SELECT MAX(CPUUtilization) FROM SCHEMA(\"AWS/ECS\", ServiceName)"}]}]))
    .unwrap_err();
    assert!(query[0].detail.starts_with("`fleet` watches a query"), "{query:?}");
}

#[test]
fn flow_logs_watch_a_vpc_whole_or_subnet_by_subnet() {
    let logged = |logs: Value| {
        let estate = estate(
            json!({"Vpcs": [{"VpcId": "vpc-1"}], "Subnets": [subnet("a", "a"), subnet("b", "b")], "FlowLogs": logs}),
        );
        fact(&estate, "flow_logs", Kind::Vpc, "vpc-1")
    };
    let log = |id: &str, of: &str| json!({"FlowLogId": id, "ResourceId": of, "FlowLogStatus": "ACTIVE", "DeliverLogsStatus": "SUCCESS"});
    assert_eq!(logged(json!([log("fl-1", "vpc-1")])), json!({"whole": ["fl-1"], "failing": [], "unwatched": []}));
    assert_eq!(logged(json!([log("fl-1", "a")]))["unwatched"], json!(["b"]));
    assert_eq!(logged(json!([log("fl-1", "a"), log("fl-2", "b")]))["unwatched"], json!([]));
    assert_eq!(logged(json!([log("fl-1", "vpc-other")]))["unwatched"], json!(["a", "b"]));
    let failed =
        json!([{"FlowLogId": "fl-1", "ResourceId": "vpc-1", "FlowLogStatus": "ACTIVE", "DeliverLogsStatus": "FAILED"}]);
    assert_eq!(logged(failed), json!({"whole": [], "failing": ["fl-1"], "unwatched": ["a", "b"]}));
}

#[test]
fn a_search_domain_is_spread_only_when_it_is_aware_of_zones() {
    let domain = |config: Value| {
        zones(
            json!({"DomainStatusList": [{"DomainName": "d", "ClusterConfig": config,
            "VPCOptions": {"AvailabilityZones": ["eu-west-1a", "eu-west-1b"]}}]}),
            Kind::Domain,
            "d",
        )
        .unwrap()
    };
    assert_eq!(domain(json!({"InstanceCount": 2, "ZoneAwarenessEnabled": true}))["least"], 2);
    assert_eq!(domain(json!({"InstanceCount": 3, "ZoneAwarenessEnabled": false}))["least"], 1);
    let three = json!({"ZoneAwarenessEnabled": true, "ZoneAwarenessConfig": {"AvailabilityZoneCount": 3}});
    assert_eq!(domain(three)["least"], 3);
}
