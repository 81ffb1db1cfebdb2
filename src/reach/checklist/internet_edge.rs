//! Items 31 to 40: internet gateways, NAT gateways, VPC Block Public Access, public addresses.

use serde_json::{Value, json};

use super::world::{World, allow, base, instance, interface};
use crate::reach::{Network, Sender, Service, Verdict};

const HTTPS: Service = Service::tcp(443);
const OUTSIDE: &str = "198.51.100.7";
const WEB: &str = "203.0.113.10";

/// All that has to change is told, not only that there is no public address: groups, network ACL, gateway, and the
/// reply's route.
#[test]
fn n31_what_keeps_a_private_address_private_is_told_whole() {
    const NO_ADDRESS: &str = "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS";
    base().ask(OUTSIDE, "10.0.2.10", HTTPS).denied(&[NO_ADDRESS, "ENI_SG_RULES_MISMATCH"]).says("no rule of sg-app");
    let shut = base().set("acl-1", "Entries", json!([]));
    let all = [NO_ADDRESS, "SUBNET_ACL_RESTRICTION", "ENI_SG_RULES_MISMATCH"];
    shut.ask(OUTSIDE, "10.0.2.10", HTTPS).denied(&all);
    let apart = shut.set("igw-1", "Attachments", json!([]));
    apart.ask(OUTSIDE, "10.0.2.10", HTTPS).denied(&[&all[..], &["BAD_STATE_ATTACHMENT"]].concat());
    // An address that two VPCs have is nobody's in particular, unless the resource is named.
    let twin = base().with(json!({
        "Vpcs": [{"VpcId": "vpc-9", "CidrBlock": "10.0.0.0/16"}],
        "Subnets": [{"SubnetId": "subnet-nine", "VpcId": "vpc-9", "CidrBlock": "10.0.3.0/24"}],
        "NetworkInterfaces": [interface("eni-nine", "subnet-nine", "10.0.3.10", None, "sg-app")],
    }));
    twin.ask(OUTSIDE, "10.0.3.10", HTTPS).denied(&[NO_ADDRESS]);
    let estate = twin.estate();
    let ways = Network::new(&estate).between(&Sender::Internet, None, "i-far", HTTPS).unwrap();
    let codes: Vec<&str> = ways[0].answer.explanations.iter().map(|why| why.explanation_code.as_str()).collect();
    assert!(codes.contains(&NO_ADDRESS) && codes.contains(&"ENI_SG_RULES_MISMATCH"), "{codes:?}");
}

/// [EC IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS, BAD_STATE_ATTACHMENT; IGW] What enters is for a public address of an
/// interface, in a VPC with a gateway that is attached; it goes on to the private one.
#[test]
fn n31_an_internet_gateway_lets_in_what_is_for_a_public_address() {
    let told = base().ask(OUTSIDE, WEB, HTTPS).connects();
    let header = told.0.forward_path_components[0].outbound_header.as_ref().expect("translated");
    assert_eq!(header.destination_addresses, ["10.0.1.10"]);
    base().ask(OUTSIDE, "203.0.113.11", HTTPS).denied(&["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]);
    base().ask(OUTSIDE, "10.0.1.10", HTTPS).denied(&["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]);
    let state = |state: &str| base().set("igw-1", "Attachments", json!([{"State": state, "VpcId": "vpc-1"}]));
    state("attached").ask(OUTSIDE, WEB, HTTPS).connects();
    state("detaching").ask(OUTSIDE, WEB, HTTPS).denied(&["BAD_STATE_ATTACHMENT"]);
    base().without("igw-1").ask(OUTSIDE, WEB, HTTPS).denied(&["BAD_STATE_ATTACHMENT"]);
    base().deny("ec2:DescribeInternetGateways").ask(OUTSIDE, WEB, HTTPS).unknown("ec2:DescribeInternetGateways");
}

/// [EC IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS] What leaves needs a public address, and each private address has its own.
#[test]
fn n32_each_private_address_has_its_own_public_one() {
    let addresses = json!([
        {"PrivateIpAddress": "10.0.1.10", "Primary": true},
        {"PrivateIpAddress": "10.0.1.11", "Primary": false, "Association": {"PublicIp": WEB}},
    ]);
    let world = base().set("eni-web", "PrivateIpAddresses", addresses);
    world.ask("i-web@10.0.1.11", OUTSIDE, HTTPS).connects().via(&["rtb-front", "igw-1"]);
    world.ask("i-web@10.0.1.10", OUTSIDE, HTTPS).denied(&["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]);
    world.ask(OUTSIDE, WEB, HTTPS).connects();
}

/// [EC IGW_SOURCE_ADDRESS_NOT_IN_..., IGW_DESTINATION_ADDRESS_NOT_IN_...] No private or shared address crosses it, so a
/// rule for such a range exposes nothing to the internet.
#[test]
fn n33_an_internet_gateway_carries_no_private_addresses() {
    let world =
        base().rules("sg-web", "IpPermissions", &[allow("tcp", 443, "10.0.0.0/8"), allow("tcp", 443, "100.64.0.0/10")]);
    world.ask("10.9.9.9", WEB, HTTPS).denied(&["IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS"]);
    world.ask("100.64.9.9", WEB, HTTPS).denied(&["IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS"]);
    let estate = world.estate();
    let network = Network::new(&estate);
    let exposures = network.exposures();
    let reached = |exposure| exposures.reach(exposure).is_some_and(|reach| !reach.delivers.is_empty());
    assert!(!exposures.addresses().iter().any(|e| e.private().is_ipv4() && reached(e)), "nothing is exposed");
    base().ask("i-web", "192.168.1.1", HTTPS).denied(&["IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"]);
    base().ask("i-web", "100.64.1.1", HTTPS).denied(&["IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS"]);
}

/// [RA sample of ReturnPathComponents] Packets need no route in, but replies need one out by the same gateway: without
/// it they are delivered and no connection is made, for every protocol.
#[test]
fn n34_delivery_needs_no_route_but_a_connection_does() {
    let world =
        base().unroute("rtb-front", "0.0.0.0/0").rules("sg-web", "IpPermissions", &[allow("-1", -1, "0.0.0.0/0")]);
    for service in [HTTPS, Service::udp(53), Service::echo(true)] {
        world.ask(OUTSIDE, WEB, service).delivers(&["NO_ROUTE_TO_DESTINATION"]).via(&["igw-1", "eni-web"]);
        world.clone().route("rtb-front", "198.51.100.0/24", "igw-1").ask(OUTSIDE, WEB, service).connects();
    }
}

/// [IGW, EIGW] IPv6 addresses are reached as they are; an egress-only gateway lets only out.
#[test]
fn n35_ipv6_has_no_translation_and_egress_only_gateways_only_let_out() {
    let (six, outside) = ("2600:1f00:1:1::10", "2a00::7");
    let told = base().ask(outside, six, HTTPS).connects().via(&["igw-1", "eni-web"]);
    assert_eq!(told.0.forward_path_components[0].outbound_header.as_ref().unwrap().destination_addresses, [six]);
    base().ask("i-web", outside, HTTPS).connects().via(&["rtb-front", "igw-1"]);
    let only = base()
        .with(json!({"EgressOnlyInternetGateways": [{
            "EgressOnlyInternetGatewayId": "eigw-1", "Attachments": [{"State": "attached", "VpcId": "vpc-1"}],
        }]}))
        .unroute("rtb-front", "::/0")
        .route("rtb-front", "::/0", "eigw-1");
    only.ask("i-web", outside, HTTPS).connects().via(&["rtb-front"]);
    only.ask(outside, six, HTTPS).delivers(&["MORE_SPECIFIC_ROUTE"]);
    only.clone().without("igw-1").ask(outside, six, HTTPS).denied(&["BAD_STATE_ATTACHMENT"]);
    only.set("acl-1", "Entries", json!([super::world::entry(1, ["out", "allow"], "-1", (0, 0), "::/0")]))
        .ask("i-web", outside, HTTPS)
        .delivers(&["SUBNET_ACL_RESTRICTION"]);
}

/// [NAT; EC NGW_...] A NAT gateway takes no connections, carries TCP, UDP and ICMP, has no group but its subnet's ACL;
/// a private one leads to no internet gateway; in its client's own subnet it loops.
#[test]
fn n36_nat_gateways() {
    base().ask(OUTSIDE, "203.0.113.250", HTTPS).denied(&["NO_PATH"]);
    base().ask("i-web", "10.0.1.250", HTTPS).denied(&["NO_PATH"]);
    for (service, carried) in [
        (HTTPS, true),
        (Service::udp(53), true),
        (Service::echo(true), true),
        (Service { protocol: 47, port: 0 }, false),
    ] {
        let told = base().ask("i-app", OUTSIDE, service);
        if carried {
            told.connects().via(&["nat-1"])
        } else {
            told.denied(&["PROTOCOL_RESTRICTION"])
        };
    }
    base()
        .with(json!({"NetworkAcls": [{
            "NetworkAclId": "acl-front", "VpcId": "vpc-1", "Entries": [], "Associations": [{"SubnetId": "subnet-front"}],
        }]}))
        .ask("i-app", OUTSIDE, HTTPS)
        .denied(&["SUBNET_ACL_RESTRICTION", "SUBNET_ACL_RESTRICTION"])
        .via(&["acl-1", "rtb-back", "acl-front", "nat-1", "acl-front"]);
    let private = base().set("nat-1", "ConnectivityType", json!("private"));
    private
        .set("nat-1", "NatGatewayAddresses", json!([{"PrivateIp": "10.0.1.250"}]))
        .ask("i-app", OUTSIDE, HTTPS)
        .denied(&["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]);
    base().set("nat-1", "State", json!("deleted")).ask("i-app", OUTSIDE, HTTPS).denied(&["BAD_STATE"]);
    let near = base().set("nat-1", "SubnetId", json!("subnet-back"));
    let near =
        near.set("nat-1", "NatGatewayAddresses", json!([{"PrivateIp": "10.0.2.250", "PublicIp": "203.0.113.250"}]));
    near.ask("i-app", OUTSIDE, HTTPS).denied(&["NO_PATH"]).says("circle");
}

/// [NAT, nat-gateways-regional] A Regional NAT gateway is in no subnet: it leads from every zone straight to the VPC's
/// internet gateway, past the routes and ACLs of public subnets, and is no interface that could be reached.
#[test]
fn n37_regional_nat_gateways_are_in_no_subnet() {
    let world = base().without("nat-1").unroute("rtb-back", "0.0.0.0/0").with(json!({
        "NatGateways": [{
            "NatGatewayId": "nat-r", "VpcId": "vpc-1", "State": "available", "ConnectivityType": "public",
            "AvailabilityMode": "regional", "NatGatewayAddresses": [{"PublicIp": "203.0.113.251"}],
        }],
        "NetworkAcls": [{
            "NetworkAclId": "acl-front", "VpcId": "vpc-1", "Entries": [], "Associations": [{"SubnetId": "subnet-front"}],
        }],
    }));
    let world = world.route("rtb-back", "0.0.0.0/0", "nat-r").route("rtb-main", "0.0.0.0/0", "nat-r");
    world
        .ask("i-app", OUTSIDE, HTTPS)
        .connects()
        .via(&["eni-app", "acl-1", "rtb-back", "nat-r", "igw-1"])
        .back_via(&["igw-1", "nat-r", "acl-1", "eni-app"])
        .never_via("acl-front");
    world.ask("i-far", OUTSIDE, HTTPS).connects().via(&["rtb-main", "nat-r", "igw-1"]);
    world.ask(OUTSIDE, "203.0.113.251", HTTPS).denied(&["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]);
    world.clone().without("igw-1").ask("i-app", OUTSIDE, HTTPS).denied(&["BAD_STATE_ATTACHMENT"]);
    world.set("nat-r", "State", json!("failed")).ask("i-app", OUTSIDE, HTTPS).denied(&["BAD_STATE"]);
}

fn blocking(mode: &str) -> World {
    base().with(json!({"VpcBlockPublicAccessOptions": [{
        "AwsRegion": "eu-west-1", "State": "update-complete", "InternetGatewayBlockMode": mode,
        "ExclusionsAllowed": "allowed",
    }]}))
}

fn excluding(world: World, mode: &str, place: &str) -> World {
    world.with(json!({"VpcBlockPublicAccessExclusions": [{
        "ExclusionId": format!("vpcbpa-exclude-{place}"), "InternetGatewayExclusionMode": mode,
        "State": "create-complete", "ResourceArn": format!("arn:aws:ec2:eu-west-1:111122223333:{place}"),
    }]}))
}

/// [EC2 API, BlockPublicAccessStates; VPC guide, BPA basics] `block-bidirectional` blocks internet and egress-only
/// gateways; `block-ingress` leaves NAT and egress-only gateways; a VPC or subnet may be excluded, both ways or for
/// what leaves. What passes an appliance is blocked even where its subnet is excluded.
#[test]
fn n38_vpc_block_public_access() {
    let code = "VPC_BLOCK_PUBLIC_ACCESS_ENABLED";
    let tell = |world: &World| {
        let asks = [(OUTSIDE, WEB), ("2a00::7", "2600:1f00:1:1::10"), ("i-web", OUTSIDE), ("i-app", OUTSIDE)];
        asks.map(|(from, to)| {
            let answer = world.ask(from, to, HTTPS).0;
            let blocked = answer.explanations.iter().any(|why| why.explanation_code == code);
            assert_eq!(answer.verdict == Verdict::Denied, blocked, "{from} {to} {answer:?}");
            !blocked
        })
    };
    // From the internet by either family, straight out, and out by the NAT gateway.
    assert_eq!(tell(&blocking("off")), [true, true, true, true]);
    assert_eq!(tell(&blocking("block-ingress")), [false, false, false, true]);
    let both = blocking("block-bidirectional");
    assert_eq!(tell(&both), [false, false, false, false]);
    assert_eq!(tell(&excluding(both.clone(), "allow-bidirectional", "vpc/vpc-1")), [true, true, true, true]);
    assert_eq!(tell(&excluding(both.clone(), "allow-bidirectional", "subnet/subnet-front")), [true, true, true, true]);
    assert_eq!(tell(&excluding(both.clone(), "allow-bidirectional", "subnet/subnet-back")), [false; 4]);
    assert_eq!(tell(&excluding(both.clone(), "allow-egress", "vpc/vpc-1")), [false, false, true, true]);
    let ended = excluding(both.clone(), "allow-bidirectional", "vpc/vpc-1");
    let ended = ended.set("vpcbpa-exclude-vpc/vpc-1", "State", json!("delete-complete"));
    assert_eq!(tell(&ended), [false; 4]);
    // Inside the VPC nothing changes.
    both.ask("i-web", "10.0.2.10", Service::tcp(8080)).connects();
    let denied = |action: &str, world: World| world.deny(action).ask(OUTSIDE, WEB, HTTPS).unknown(action);
    denied("ec2:DescribeVpcBlockPublicAccessOptions", both.clone());
    denied("ec2:DescribeVpcBlockPublicAccessOptions", base());
    denied("ec2:DescribeVpcBlockPublicAccessExclusions", excluding(both.clone(), "allow-egress", "vpc/vpc-1"));
    // A source that never holds the setting, such as a dump made before it was: off, as by default, and said so.
    let mut estate = base().estate();
    estate.shards[0].reads.remove("ec2:DescribeVpcBlockPublicAccessOptions");
    let packet = crate::reach::Packet {
        sender: Sender::Internet,
        source: OUTSIDE.parse().ok(),
        destination: WEB.parse().unwrap(),
        service: HTTPS,
        source_port: None,
    };
    let answer = Network::new(&estate).answer(&packet).unwrap();
    assert_eq!(
        (answer.verdict, answer.notes),
        (Verdict::Connects, vec!["assumed: VPC Block Public Access is off, which the source does not tell".to_owned()])
    );
    // The egress-only gateway.
    for (mode, passes) in [("off", true), ("block-ingress", true), ("block-bidirectional", false)] {
        let world = blocking(mode).unroute("rtb-front", "::/0").route("rtb-front", "::/0", "eigw-1");
        let told = world.ask("i-web", "2a00::7", HTTPS);
        if passes {
            told.connects()
        } else {
            told.denied(&[code])
        };
    }
    let firewalled = excluding(both, "allow-bidirectional", "vpc/vpc-1").with(firewall());
    firewalled.ask(OUTSIDE, WEB, HTTPS).denied(&[code]).says("excluded or not");
}

/// A firewall endpoint in `subnet-far` that the internet gateway sends everything for `subnet-front` to.
fn firewall() -> Value {
    json!({
        "VpcEndpoints": [{
            "VpcEndpointId": "vpce-fw", "VpcEndpointType": "GatewayLoadBalancer", "VpcId": "vpc-1",
            "SubnetIds": ["subnet-far"], "State": "available",
        }],
        "RouteTables": [{
            "RouteTableId": "rtb-edge", "VpcId": "vpc-1", "Routes": [super::world::route("10.0.1.0/24", "vpce-fw")],
            "Associations": [{"GatewayId": "igw-1", "AssociationState": {"State": "associated"}}],
        }],
    })
}

/// [igw-ingress-routing] What enters is never sent straight on past a route of the gateway's table: a target that is gone
/// takes nothing, and one that was not read may take anything.
#[test]
fn n32_a_route_of_the_gateway_leads_nowhere_but_to_its_target() {
    let edge = |target: &str| {
        base().with(json!({ "RouteTables": [{
            "RouteTableId": "rtb-edge", "VpcId": "vpc-1", "Routes": [super::world::route("10.0.1.0/24", target)],
            "Associations": [{"GatewayId": "igw-1", "AssociationState": {"State": "associated"}}],
        }] }))
    };
    edge("local").ask(OUTSIDE, WEB, HTTPS).connects();
    for (target, action) in [
        ("eni-gone", "ec2:DescribeNetworkInterfaces"),
        ("i-gone", "ec2:DescribeInstances"),
        ("vpce-gone", "ec2:DescribeVpcEndpoints"),
    ] {
        edge(target).ask(OUTSIDE, WEB, HTTPS).denied(&["BAD_STATE_ROUTE"]);
        edge(target).deny(action).ask(OUTSIDE, WEB, HTTPS).unknown(action);
        let estate = edge(target).estate();
        let network = Network::new(&estate);
        let exposures = network.exposures();
        let reached = exposures.addresses().iter().filter(|one| one.public() == WEB.parse().ok());
        let certain = reached.filter(|one| exposures.reach(one).is_some_and(|reach| !reach.connects.is_empty()));
        assert_eq!(certain.count(), 0, "{target}");
    }
}

/// [vpc-ip-addressing] Elastic and lent addresses both are associations; what a subnet gives at launch is no state.
#[test]
fn n39_public_addresses_are_associations_and_not_settings_of_subnets() {
    let lent = json!([{
        "PrivateIpAddress": "10.0.1.10", "Primary": true,
        "Association": {"PublicIp": "203.0.113.77", "IpOwnerId": "amazon"},
    }]);
    base().set("eni-web", "PrivateIpAddresses", lent).ask(OUTSIDE, "203.0.113.77", HTTPS).connects();
    let none = json!([{"PrivateIpAddress": "10.0.1.10", "Primary": true}]);
    let bare =
        base().set("eni-web", "PrivateIpAddresses", none).set("subnet-front", "MapPublicIpOnLaunch", json!(true));
    bare.ask("i-web", OUTSIDE, HTTPS).denied(&["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]);
    bare.ask(OUTSIDE, WEB, HTTPS).denied(&["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]);
    base().set("subnet-front", "MapPublicIpOnLaunch", json!(false)).ask(OUTSIDE, WEB, HTTPS).connects();
}

/// [RA considerations] Whether an address of one's own is announced to the internet is not read: it counts as announced,
/// so that nothing is called private that is not. Not modelled.
#[test]
fn n40_addresses_of_ones_own_count_as_announced() {
    let own = json!({"Addresses": [{
        "PublicIp": "198.18.0.5", "AllocationId": "eipalloc-1", "NetworkInterfaceId": "eni-own", "PublicIpv4Pool": "ipv4pool-ec2-1",
    }]});
    let world = base().with(own).with(json!({
        "NetworkInterfaces": [interface("eni-own", "subnet-front", "10.0.1.40", Some("198.18.0.5"), "sg-web")],
        "Instances": [instance("i-own")],
    }));
    world.ask(OUTSIDE, "198.18.0.5", HTTPS).connects();
}
