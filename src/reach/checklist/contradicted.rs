//! What the packet simulator of the integration tests contradicted in random worlds, each as the smallest world that
//! shows it, named after the item it is about.

use serde_json::{Value, json};

use super::world::{World, allow, allow_all, base, entry, instance, interface, peered, transit};
use crate::reach::{Mode, Network, Sender, Service, Verdict};

const APP: Service = Service::tcp(8080);
const TWO: &str = "10.2.1.10";

fn verdict(world: &World, source: &str, to: &str) -> Verdict {
    world.ask(source, to, APP).0.verdict
}

/// Two ACLs that each let some of the client's ports through let nothing through unless they have a port in common.
#[test]
fn n16_one_port_has_to_pass_every_acl_on_the_replys_way() {
    let acl = |id: &str, subnet: &str, way: &str, ports: (i32, i32)| {
        let other = if way == "in" { "out" } else { "in" };
        let all = entry(100, [other, "allow"], "-1", (0, 0), "0.0.0.0/0");
        let own = entry(90, [way, "allow"], "tcp", (8080, 8080), "0.0.0.0/0");
        let some = entry(100, [way, "allow"], "tcp", ports, "0.0.0.0/0");
        json!({
            "NetworkAclId": id, "VpcId": "vpc-1", "IsDefault": false, "Entries": [all, own, some],
            "Associations": [{"SubnetId": subnet}],
        })
    };
    let world = |inbound: (i32, i32)| {
        base().with(json!({"NetworkAcls": [
            acl("acl-there", "subnet-back", "out", (32768, 50000)), acl("acl-here", "subnet-front", "in", inbound),
        ]}))
    };
    assert_eq!(verdict(&world((40000, 65535)), "i-web", "10.0.2.10"), Verdict::Connects);
    let apart = world((50001, 65535));
    assert_eq!(verdict(&apart, "i-web", "10.0.2.10"), Verdict::Delivers);
    // As a set, too.
    let estate = apart.estate();
    let sender = Sender::Resource("i-web".to_owned());
    let reach = Network::new(&estate).services(&sender, None, "10.0.2.10".parse().unwrap()).unwrap();
    assert!(reach.delivers.services().contains(APP.number()) && !reach.connects.services().contains(APP.number()));
}

/// NAT gateways, endpoints and what is attached to nothing send nothing of their own.
#[test]
fn n36_nat_gateways_and_idle_interfaces_open_no_connections() {
    let idle = base().set("eni-web", "Status", json!("available")).set("eni-web", "Attachment", json!(null));
    assert_eq!(verdict(&idle, "eni-web", "10.0.2.10"), Verdict::Denied);
    assert_eq!(verdict(&idle, "eni-web", "10.0.0.2"), Verdict::Denied, "not even to the resolver");
}

/// The sender of a packet under a foreign address is not known by its groups.
#[test]
fn n04_a_foreign_source_address_is_no_member_of_the_senders_groups() {
    let world = base().set("eni-web", "SourceDestCheck", json!(false));
    assert_eq!(verdict(&world, "i-web", "10.0.2.10"), Verdict::Connects);
    assert_eq!(verdict(&world, "i-web@10.0.1.77", "10.0.2.10"), Verdict::Denied);
}

/// A peering connection carries what one of its VPCs sends to the other, and nothing from beyond.
#[test]
fn n41_what_comes_from_beyond_does_not_cross_a_peering_connection() {
    let world = peered().set("eni-app", "SourceDestCheck", json!(false));
    assert_eq!(verdict(&world, "i-app", TWO), Verdict::Connects);
    assert_eq!(verdict(&world, "i-app@10.9.9.9", TWO), Verdict::Denied);
}

/// What came by a transit gateway does not leave the VPC by its other gateways, and needs no route within the subnet
/// of the attachment.
#[test]
fn n44_what_a_transit_gateway_brings_stays_in_the_vpc() {
    let to_two = |cidr: &str, target: &str| transit().route("rtb-two", cidr, target);
    assert_eq!(verdict(&transit(), "i-app", TWO), Verdict::Connects);
    // A route for one address of the attachment's own subnet is not asked.
    assert_eq!(verdict(&to_two("10.2.1.10/32", "eni-two"), "i-app", TWO), Verdict::Connects);
    let mut beyond = json!({"DestinationCidrBlock": "10.9.0.0/16", "Type": "static", "State": "active"});
    beyond["TransitGatewayAttachments"] =
        json!([{"TransitGatewayAttachmentId": "tgw-attach-2", "ResourceType": "vpc"}]);
    let again = to_two("10.9.0.0/16", "tgw-1").route("rtb-back", "10.9.0.0/16", "tgw-1");
    assert_eq!(verdict(&again.add("tgw-rtb-1", "Routes", beyond), "i-app", "10.9.1.1"), Verdict::Denied);
}

/// A Network Load Balancer with these listeners (port, target), in `subnet-front`, without groups.
fn balanced(listeners: &[(u16, &str, &str)]) -> World {
    let arn = |what: &str| format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{what}");
    let mut face = interface("eni-lb", "subnet-front", "10.0.1.50", None, "sg-web");
    (face["Groups"], face["Description"]) = (json!([]), json!("ELB net/lb/1"));
    face["Attachment"] = json!({"InstanceOwnerId": "amazon-elb"});
    let heard: Vec<Value> = listeners
        .iter()
        .map(|(port, ..)| {
            json!({
                "ListenerArn": arn(&format!("listener/net/lb/1/{port}")), "Port": port, "Protocol": "TCP",
                "LoadBalancerArn": arn("loadbalancer/net/lb/1"),
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": arn(&format!("targetgroup/tg-{port}/1"))}],
            })
        })
        .collect();
    let groups: Vec<Value> = listeners
        .iter()
        .map(|(port, kind, target)| {
            json!({
                "TargetGroupArn": arn(&format!("targetgroup/tg-{port}/1")), "Protocol": "TCP", "Port": 8080,
                "TargetType": kind, "VpcId": "vpc-1", "Attributes": [],
                "TargetHealthDescriptions": [{"Target": {"Id": target, "Port": 8080}}],
            })
        })
        .collect();
    base().with(json!({
        "LoadBalancers": [{
            "LoadBalancerArn": arn("loadbalancer/net/lb/1"), "LoadBalancerName": "lb", "Type": "network",
            "Scheme": "internal", "VpcId": "vpc-1", "State": {"Code": "active"},
            "AvailabilityZones": [{"SubnetId": "subnet-front"}],
            "Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}],
        }],
        "Listeners": heard, "TargetGroups": groups, "NetworkInterfaces": [face],
    }))
}

/// A balancer that only has an IPv4 address reaches no IPv6 target.
#[test]
fn n53_a_balancer_speaks_the_family_of_its_own_addresses() {
    let open = |world: World| world.rules("sg-app", "IpPermissions", &[allow_all("0.0.0.0/0"), allow_all("::/0")]);
    let ask = |world: World| world.ask("i-web", "10.0.1.50", Service::tcp(443)).0.verdict;
    assert_eq!(ask(open(balanced(&[(443, "ip", "10.0.2.10")]))), Verdict::Connects);
    assert_eq!(ask(open(balanced(&[(443, "ip", "2600:1f00:1:2::10")]))), Verdict::Denied);
    let both = balanced(&[(443, "ip", "2600:1f00:1:2::10")]);
    let both = both.set("eni-lb", "Ipv6Addresses", json!([{"Ipv6Address": "2600:1f00:1:1::50"}]));
    assert_eq!(ask(open(both)), Verdict::Connects);
}

/// A route that leads what the balancer sends into a NAT gateway: there is no doubt that the target is not reached.
#[test]
fn n53_a_route_that_leads_elsewhere_is_told_as_such() {
    let world = balanced(&[(443, "instance", "i-app")]).rules("sg-app", "IpPermissions", &[allow_all("0.0.0.0/0")]);
    let ask = |world: World| world.ask("i-web", "10.0.1.50", Service::tcp(443)).0.verdict;
    assert_eq!(ask(world.clone().route("rtb-front", "10.0.2.0/24", "igw-1")), Verdict::Denied);
    assert_eq!(ask(world), Verdict::Connects);
}

/// A balancer that one host reaches by one listener is reached again by the next host, by another listener.
#[test]
fn n50_chains_go_through_every_listener_that_somebody_reaches() {
    let world = balanced(&[(443, "instance", "i-app"), (444, "instance", "i-deep")])
        .with(json!({
            "NetworkInterfaces": [interface("eni-deep", "subnet-far", "10.0.3.30", None, "sg-deep")],
            "Instances": [instance("i-deep")],
            "SecurityGroups": [{
                "GroupId": "sg-deep", "VpcId": "vpc-1", "IpPermissions": [allow("tcp", 8080, "10.0.2.10/32")],
                "IpPermissionsEgress": [],
            }],
        }))
        .rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "10.0.1.10/32")])
        .rules("sg-web", "IpPermissionsEgress", &[allow("tcp", 443, "10.0.1.50/32")]);
    let estate = world.estate();
    let network = Network::new(&estate);
    let links = network.blast("i-web", Mode::Any).unwrap().links;
    let names: Vec<&str> = links.iter().filter_map(|link| network.linked_party(link)).map(|p| p.interface).collect();
    assert!(names.contains(&"eni-app") && names.contains(&"eni-deep"), "{names:?}");
}

/// Behind a balancer are its targets, not their neighbours that are filtered alike.
#[test]
fn n51_chains_reach_targets_and_not_what_is_like_them() {
    let mut beside = interface("eni-beside", "subnet-back", "10.0.2.11", None, "sg-app");
    beside["Ipv6Addresses"] = json!([{"Ipv6Address": "2600:1f00:1:2::11"}]);
    let world = balanced(&[(443, "instance", "i-app")])
        .with(json!({"NetworkInterfaces": [beside], "Instances": [instance("i-beside")]}))
        .rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "10.0.1.50/32"), allow("tcp", 8080, "10.0.1.10/32")])
        .rules("sg-web", "IpPermissionsEgress", &[allow("tcp", 443, "10.0.1.50/32")]);
    let estate = world.estate();
    let network = Network::new(&estate);
    let links = network.blast("i-web", Mode::Any).unwrap().links;
    let names: Vec<&str> = links.iter().filter_map(|link| network.linked_party(link)).map(|p| p.interface).collect();
    assert!(names.contains(&"eni-app") && !names.contains(&"eni-beside"), "{names:?}");
}

/// As a set, too, nothing arrives at an address of another VPC that nobody has.
#[test]
fn n35_sets_know_that_nobody_has_an_address() {
    let estate = peered().estate();
    let network = Network::new(&estate);
    let nobody = "2600:1f00:1:1::eeee".parse().unwrap();
    let web = Sender::Resource("i-web".to_owned());
    assert!(network.services(&web, None, nobody).unwrap().delivers.is_empty());
    let vpc = json!([{"Ipv6CidrBlock": "2600:1f00:2::/56"}]);
    let estate = peered().set("vpc-2", "Ipv6CidrBlockAssociationSet", vpc).estate();
    let network = Network::new(&estate);
    let beyond = "2600:1f00:2:1::eeee".parse().unwrap();
    assert!(network.services(&web, None, beyond).unwrap().delivers.is_empty());
}
