//! Who sends when a resource has several interfaces, under which address, and who has that address elsewhere.

use serde_json::json;

use super::world::*;
use crate::reach::{Mode, Network, Sender, Service};

const APP: Service = Service::tcp(8080);
const HTTPS: Service = Service::tcp(443);

/// `i-app`'s subnet sends everything to `i-nat`, which sends on what it is not asked for, in the public subnet.
fn nat_instance() -> World {
    let mut nat = interface("eni-nat", "subnet-front", "10.0.1.99", Some("203.0.113.99"), "sg-nat");
    nat["SourceDestCheck"] = json!(false);
    base()
        .with(json!({
            "NetworkInterfaces": [nat], "Instances": [instance("i-nat")],
            "SecurityGroups": [{
                "GroupId": "sg-nat", "VpcId": "vpc-1", "IpPermissions": [allow_all("10.0.0.0/16")],
                "IpPermissionsEgress": [allow_all("0.0.0.0/0")],
            }],
        }))
        .unroute("rtb-back", "0.0.0.0/0")
        .route("rtb-back", "0.0.0.0/0", "eni-nat")
}

/// [NAT instances] What it sends out for others has its own public address.
#[test]
fn n47_a_nat_instance_sends_under_its_own_address() {
    let out = nat_instance().ask("i-app", "198.51.100.7", HTTPS).connects();
    out.via(&["eni-app", "eni-nat", "igw-1"]).back_via(&["igw-1", "eni-nat", "eni-app"]).says("as a NAT instance does");
    // A host on the internet in another VPC knows it by that address.
    let two = |admitted: &str| {
        super::chains::apart(admitted)
            .with(json!({
                "NetworkInterfaces": [{
                    "NetworkInterfaceId": "eni-nat", "SubnetId": "subnet-front", "PrivateIpAddress": "10.0.1.99",
                    "Status": "in-use", "InterfaceType": "interface", "SourceDestCheck": false,
                    "PrivateIpAddresses": [{
                        "PrivateIpAddress": "10.0.1.99", "Primary": true, "Association": {"PublicIp": "203.0.113.99"},
                    }],
                    "Groups": [{"GroupId": "sg-web"}], "Attachment": {"InstanceId": "i-nat", "DeviceIndex": 0},
                }],
                "Instances": [instance("i-nat")],
            }))
            .rules("sg-web", "IpPermissions", &[allow_all("10.0.0.0/16")])
            .unroute("rtb-back", "0.0.0.0/0")
            .route("rtb-back", "0.0.0.0/0", "eni-nat")
    };
    two("203.0.113.99/32").ask("i-app", "203.0.113.30", Service::tcp(22)).connects();
    two("203.0.113.98/32").ask("i-app", "203.0.113.30", Service::tcp(22)).denied(&["ENI_SG_RULES_MISMATCH"]);
    let reached = |world: &World| {
        let estate = world.estate();
        let network = Network::new(&estate);
        let chain = network.blast("i-app", Mode::Login).unwrap();
        chain.links.iter().filter_map(|link| network.linked_party(link)).any(|party| party.interface == "eni-two")
    };
    assert!(reached(&two("203.0.113.99/32")) && !reached(&two("203.0.113.98/32")));
    // Without a public address it has nothing to send it under.
    let bare = nat_instance().set("eni-nat", "PrivateIpAddresses", json!([{"PrivateIpAddress": "10.0.1.99"}]));
    bare.ask("i-app", "198.51.100.7", HTTPS).denied(&["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]);
}

/// An instance that is named sends from any of its interfaces; an interface that is named, or an address, only from there.
#[test]
fn n04_an_instance_sends_from_all_its_interfaces() {
    let mut second = interface("eni-second", "subnet-far", "10.0.3.11", None, "sg-web");
    second["Attachment"] = json!({"InstanceId": "i-app", "DeviceIndex": 1, "Status": "attached"});
    let world = base().with(json!({"NetworkInterfaces": [second]}));
    base().ask("i-app", "10.0.3.10", APP).denied(&["ENI_SG_RULES_MISMATCH"]);
    world.ask("i-app", "10.0.3.10", APP).connects().via(&["eni-second"]).says("sent from eni-second");
    world.ask("eni-app", "10.0.3.10", APP).denied(&["ENI_SG_RULES_MISMATCH"]);
    world.ask("i-app@10.0.2.10", "10.0.3.10", APP).denied(&["ENI_SG_RULES_MISMATCH"]);
    let estate = world.estate();
    let network = Network::new(&estate);
    let services = |name: &str| {
        let sender = Sender::Resource(name.to_owned());
        network.services(&sender, None, "10.0.3.10".parse().unwrap()).unwrap().connects.services()
    };
    assert!(services("i-app").contains(APP.number()) && services("eni-app").is_empty());
}

/// Of two VPCs with one range, who is asked for by name is not reached at an address that is the other's from there.
#[test]
fn n22_an_address_is_whose_it_is_where_the_packet_goes() {
    let world = peered()
        .set("vpc-2", "CidrBlock", json!("10.0.0.0/16"))
        .set("subnet-two", "CidrBlock", json!("10.0.2.0/24"))
        .set_in("NetworkInterfaces", "eni-two", "PrivateIpAddress", json!("10.0.2.10"))
        .set_in("NetworkInterfaces", "eni-two", "PrivateIpAddresses", json!([{"PrivateIpAddress": "10.0.2.10"}]));
    let estate = world.estate();
    let network = Network::new(&estate);
    let verdicts = |to: &str| {
        let sender = Sender::Resource("i-web".to_owned());
        let ways = network.between(&sender, None, to, APP).unwrap();
        ways.into_iter().map(|way| way.answer.verdict).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(verdicts("i-app"), [crate::reach::Verdict::Connects].into());
    assert_eq!(verdicts("i-two"), [crate::reach::Verdict::Denied].into());
}

/// [VPC prefix delegation] An IPv4 prefix has no public addresses, whatever its range.
#[test]
fn n43_a_prefix_of_ipv4_is_not_public() {
    let world = base().set("vpc-1", "CidrBlock", json!("198.18.0.0/15")).set(
        "eni-web",
        "Ipv4Prefixes",
        json!([{"Ipv4Prefix": "10.0.1.16/28"}, {"Ipv4Prefix": "8.8.1.16/28"}]),
    );
    let told = world.ask("198.51.100.7", "8.8.1.20", HTTPS);
    assert_eq!(told.0.verdict, crate::reach::Verdict::Denied, "{}", told.story());
}

/// [tgw] Who is associated with which table is for the owner of the transit gateway to tell.
#[test]
fn n27_the_association_of_a_shared_transit_gateway_is_its_owners_to_tell() {
    let bare = transit().set_in("TransitGatewayAttachments", "tgw-attach-1", "Association", json!(null));
    bare.ask("i-app", "10.2.1.10", APP).denied(&["TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION"]);
    bare.set_in("TransitGateways", "tgw-1", "OwnerId", json!("999999999999"))
        .ask("i-app", "10.2.1.10", APP)
        .unknown("the account of its transit gateway was not read");
}
