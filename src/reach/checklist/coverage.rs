//! Items 67 and 70: what is not known is unknown, whatever it is.

use serde_json::json;

use super::world::{World, allow, base, interface, peered, route, transit};
use crate::model::Kind;
use crate::reach::{Network, Packet, Sender, Service, Verdict};

const APP: Service = Service::tcp(8080);
const HTTPS: Service = Service::tcp(443);

/// [vpc-sharing] A participant sees the subnets shared with it and not the owner's tables and ACLs.
#[test]
fn n67_what_only_the_owner_of_a_shared_vpc_sees_is_unknown() {
    let shared = base().without("acl-1").without("rtb-front").without("rtb-back").without("rtb-main");
    shared.ask("198.51.100.7", "203.0.113.10", HTTPS).unknown("shared VPC");
    shared.ask("i-web", "10.0.2.10", APP).unknown("shared VPC");
    let half = base().without("rtb-front").without("rtb-main");
    half.ask("198.51.100.7", "203.0.113.10", HTTPS).unknown("the route table of subnet-front");
    // Within a subnet neither has a say.
    let near = json!({"NetworkInterfaces": [interface("eni-near", "subnet-front", "10.0.1.20", None, "sg-app")]});
    shared.with(near).ask("i-web", "10.0.1.20", APP).connects();
    // The owner's account, read as well, tells all.
    base().ask("198.51.100.7", "203.0.113.10", HTTPS).connects();
}

/// An internet-facing Network Load Balancer in front of `i-app`, whose zone it is in, and `i-far`, whose it is not.
fn balanced() -> World {
    let arn = |what: &str| format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{what}");
    let mut face = interface("eni-lb", "subnet-front", "10.0.1.50", Some("203.0.113.50"), "sg-web");
    face["Groups"] = json!([]);
    face["Description"] = json!("ELB net/lb/1");
    face["Attachment"] = json!({"InstanceOwnerId": "amazon-elb"});
    let target = |group: &str, listener: u16, target: &str| {
        let group_arn = arn(&format!("targetgroup/{group}/1"));
        json!({
            "TargetGroups": [{
                "TargetGroupArn": group_arn, "TargetGroupName": group, "Protocol": "TCP", "Port": 8080,
                "TargetType": "instance", "VpcId": "vpc-1", "Attributes": [],
                "TargetHealthDescriptions": [{"Target": {"Id": target, "Port": 8080}}],
            }],
            "Listeners": [{
                "ListenerArn": arn(&format!("listener/net/lb/1/{group}")),
                "LoadBalancerArn": arn("loadbalancer/net/lb/1"), "Port": listener, "Protocol": "TCP",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": group_arn}],
            }],
        })
    };
    base()
        .with(json!({
            "LoadBalancers": [{
                "LoadBalancerArn": arn("loadbalancer/net/lb/1"), "LoadBalancerName": "lb", "Type": "network",
                "Scheme": "internet-facing", "VpcId": "vpc-1", "State": {"Code": "active"},
                "AvailabilityZones": [{"SubnetId": "subnet-front"}],
                "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}],
            }],
            "NetworkInterfaces": [face],
        }))
        .with(target("near", 443, "i-app"))
        .with(target("far", 444, "i-far"))
        .rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "0.0.0.0/0")])
}

fn services_of_aws() -> World {
    base()
        .with(json!({
            "PrefixLists": [{"PrefixListId": "pl-s3", "Cidrs": ["52.216.0.0/15"]}],
            "VpcEndpoints": [{
                "VpcEndpointId": "vpce-s3", "VpcEndpointType": "Gateway", "VpcId": "vpc-1", "State": "available",
                "RouteTableIds": ["rtb-main"],
            }],
            "VpnGateways": [{
                "VpnGatewayId": "vgw-1", "State": "available",
                "VpcAttachments": [{"VpcId": "vpc-1", "State": "attached"}],
            }],
            "VpnConnections": [{
                "VpnConnectionId": "vpn-1", "VpnGatewayId": "vgw-1", "State": "available",
                "VgwTelemetry": [{"Status": "UP"}],
            }],
            "VpcBlockPublicAccessOptions": [{
                "AwsRegion": "eu-west-1", "InternetGatewayBlockMode": "block-bidirectional",
            }],
            "VpcBlockPublicAccessExclusions": [{
                "ExclusionId": "vpcbpa-exclude-1", "InternetGatewayExclusionMode": "allow-bidirectional",
                "State": "create-complete", "ResourceArn": "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-front",
            }],
        }))
        .add("rtb-main", "Routes", route("pl-s3", "vpce-s3"))
        .route("rtb-main", "192.168.0.0/16", "vgw-1")
        .rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "pl-s3"), allow("tcp", 8080, "sg-web")])
}

/// Every action that a world is read with.
fn actions() -> Vec<&'static str> {
    let mut actions: Vec<&str> = Kind::ALL.iter().flat_map(|kind| kind.actions().iter().copied()).collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

fn verdicts(world: &World, packets: &[Packet]) -> Vec<Option<Verdict>> {
    let estate = world.estate();
    let network = Network::new(&estate);
    packets.iter().map(|packet| network.answer(packet).ok().map(|answer| answer.verdict)).collect()
}

fn packets() -> Vec<Packet> {
    let names = ["eni-web", "eni-app", "eni-far", "eni-two"];
    let inside = [
        "10.0.1.10",
        "10.0.2.10",
        "10.0.3.10",
        "10.2.1.10",
        "10.0.0.2",
        "10.0.1.50",
        "10.0.1.99",
        "203.0.113.10",
        "198.51.100.7",
        "52.216.7.7",
        "192.168.7.7",
    ];
    let services = [HTTPS, APP, Service::tcp(444), Service::tcp(22), Service::udp(53), Service::echo(true)];
    let mut packets = Vec::new();
    let mut add = |sender: Sender, source: Option<&str>, to: &str, service: Service| {
        let source = source.map(|source| source.parse().unwrap());
        packets.push(Packet { sender, source, destination: to.parse().unwrap(), service, source_port: None });
    };
    for service in services {
        for to in ["203.0.113.10", "203.0.113.50", "203.0.113.250", "203.0.113.99"] {
            add(Sender::Internet, Some("198.51.100.7"), to, service);
        }
        for (name, to) in names.iter().flat_map(|name| inside.iter().map(move |to| (name, to))) {
            add(Sender::Resource((*name).to_owned()), None, to, service);
        }
    }
    packets
}

/// Whatever is denied to whoever reads an estate, a verdict may become unknown and never another one.
#[test]
fn n70_what_is_not_read_makes_verdicts_unknown_and_never_others() {
    let packets = packets();
    let mut wrong = Vec::new();
    let mut unknown = 0;
    let worlds = [
        ("base", base()),
        ("peered", peered()),
        ("transit", transit()),
        ("balanced", balanced()),
        ("services", services_of_aws()),
    ];
    for (name, world) in worlds {
        let whole = verdicts(&world, &packets);
        assert!(whole.contains(&Some(Verdict::Connects)) && whole.contains(&Some(Verdict::Denied)), "{name}");
        assert!(!whole.contains(&Some(Verdict::Unknown)), "{name} is read whole");
        for action in actions() {
            let part = verdicts(&world.clone().deny(action), &packets);
            for ((packet, before), after) in packets.iter().zip(&whole).zip(&part) {
                // A sender that is not known cannot be asked about; that is an error and no verdict.
                if after.is_none() || after == before {
                    continue;
                }
                if *after == Some(Verdict::Unknown) {
                    unknown += 1;
                } else {
                    wrong.push(format!("{name} without {action}: {packet:?} was {before:?}, is {after:?}"));
                }
            }
        }
    }
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{} flips:\n{}",
        wrong.len(),
        wrong.iter().step_by(1 + wrong.len() / 40).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(unknown > 500, "only {unknown} verdicts rested on what was denied");
}

/// The same of whole sets: what the internet surely reaches stays within what it reached when all was read, and what
/// it may reach never shrinks, for every address that is still known.
#[test]
fn n70_what_is_not_read_makes_exposures_wider_and_less_certain() {
    let mut unsure = 0;
    for (name, world) in [("base", base()), ("peered", peered()), ("balanced", balanced())] {
        let (whole, part) = (world.estate(), |action: &str| world.clone().deny(action).estate());
        let network = Network::new(&whole);
        let before = network.exposures();
        for action in actions() {
            let less = part(action);
            let network = Network::new(&less);
            let after = network.exposures();
            for one in after.addresses() {
                let now = after.reach(one).unwrap();
                let same = before.addresses().iter().find(|other| other.public() == one.public());
                let Some(then) = same.and_then(|same| before.reach(same)) else { continue };
                let place = format!("{name} without {action}: {:?}", one.public());
                assert!(now.connects.minus(&then.connects).is_empty(), "{place} connects to more: {now:?}");
                assert!(then.connects.minus(now.may_connect()).is_empty(), "{place} may connect to less: {now:?}");
                assert!(then.delivers.minus(now.may_deliver()).is_empty(), "{place} may deliver less: {now:?}");
                unsure += usize::from(!now.unread.is_empty());
            }
        }
    }
    assert!(unsure > 5, "only {unsure} rested on what was denied");
}

/// [DescribeRouteTables, DescribeNetworkAcls] A listing that broke off does not tell that a subnet has no table or ACL of
/// its own, so that the main table or the default ACL is not taken for it.
#[test]
fn n70_a_listing_that_broke_off_leaves_nobody_to_the_default() {
    let world = base().route("rtb-main", "0.0.0.0/0", "igw-1");
    for (action, lost) in [("ec2:DescribeRouteTables", "rtb-front"), ("ec2:DescribeNetworkAcls", "acl-own")] {
        let mut estate = world.estate();
        let shard = &mut estate.shards[0];
        shard.resources.route_tables.retain(|table| table.route_table_id.as_str() != lost);
        shard.reads.remove(action);
        shard.gaps.push(crate::model::Gap::new(action, crate::model::GapReason::Incomplete, "it broke off"));
        let packet = Packet {
            sender: Sender::Internet,
            source: Some("198.51.100.7".parse().unwrap()),
            destination: "203.0.113.10".parse().unwrap(),
            service: HTTPS,
            source_port: None,
        };
        let network = Network::new(&estate);
        let answer = network.answer(&packet).unwrap();
        assert_eq!(answer.verdict, Verdict::Unknown, "{action}");
        assert!(answer.unread.iter().any(|what| what.action.as_deref() == Some(action)), "{:?}", answer.unread);
        let exposures = network.exposures();
        let mut reaches = exposures.addresses().iter().filter_map(|exposure| exposures.reach(exposure));
        assert!(reaches.all(|reach| reach.connects.is_empty()), "{action}");
    }
}

/// Whether a load balancer sends to other zones was not read: who is behind it there is reached perhaps.
#[test]
fn n53_zones_that_were_not_read_leave_exposures_uncertain() {
    let reach = |world: &World| {
        let estate = world.estate();
        let network = Network::new(&estate);
        let exposures = network.exposures();
        let mut lb = exposures.addresses().iter().filter(|one| one.public() == Some("203.0.113.50".parse().unwrap()));
        let reach = exposures.reach(lb.next().unwrap()).unwrap();
        let has = |port: u16, boxes: &crate::reach::Boxes| boxes.services().contains(Service::tcp(port).number());
        ([443, 444].map(|port| has(port, &reach.connects)), has(444, reach.may_connect()), reach.unread.is_empty())
    };
    assert_eq!(reach(&balanced()), ([true, true], true, true));
    let denied = balanced().deny("elasticloadbalancing:DescribeLoadBalancerAttributes");
    assert_eq!(reach(&denied), ([true, false], true, false));
    // [NLB, "Cross-zone load balancing for target groups"] What the target group says goes before.
    let arn = |what: &str| format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{what}");
    let attributes = |value: &str| json!([{"Key": "load_balancing.cross_zone.enabled", "Value": value}]);
    let group = |world: World, value: &str| world.set(&arn("targetgroup/far/1"), "Attributes", attributes(value));
    let off = balanced().set(&arn("loadbalancer/net/lb/1"), "Attributes", attributes("false"));
    assert_eq!(reach(&off), ([true, false], false, true));
    assert_eq!(reach(&group(off.clone(), "true")), ([true, true], true, true));
    assert_eq!(reach(&group(off, "use_load_balancer_configuration")), ([true, false], false, true));
    assert_eq!(reach(&group(balanced(), "false")), ([true, false], false, true));
}

/// Whether targets see the client's address was refused: then it is not known whom their groups let in. A source that
/// never holds it leaves the default.
#[test]
fn n52_attributes_of_target_groups_that_were_refused_are_not_taken_as_the_default() {
    let action = "elasticloadbalancing:DescribeTargetGroupAttributes";
    let bare = |group: &str| format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/{group}/1");
    let world = balanced().set(&bare("near"), "Attributes", json!(null)).set(&bare("far"), "Attributes", json!(null));
    world.ask("198.51.100.7", "203.0.113.50", HTTPS).connects();
    world.deny(action).ask("198.51.100.7", "203.0.113.50", HTTPS).unknown(action);
}
