//! Items 9, 41 and 47, the other way round: what networks beyond the estate send, behind VPN connections and in the
//! VPCs of peers that were not read.

use serde_json::{Value, json};

use super::connections::{fixed, with_vpn};
use super::world::{World, allow, allow_all, base, entry, peering, route, transit};
use crate::reach::{Network, Sender, Service, Verdict};

const APP: Service = Service::tcp(8080);
const IN: &str = "IpPermissions";

/// [`base`] with a VPN to 192.168.0.0/16 whose network may open 8080 of `sg-app`.
fn world() -> World {
    with_vpn("UP", true).rules("sg-app", IN, &[allow("tcp", 8080, "192.168.0.0/16")])
}

/// [EC VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS, BAD_STATE_VPN] What comes by a virtual private gateway reaches the private
/// addresses of its VPC, through ACLs and groups, and its reply needs a route back to the gateway.
#[test]
fn n47_networks_behind_a_vpn_send_by_the_gateways_vpc() {
    world()
        .ask("vpn-1", "10.0.2.10", APP)
        .connects()
        .via(&["vpn-1", "vgw-1", "acl-1", "sg-app", "eni-app"])
        .back_via(&["eni-app", "acl-1", "rtb-back", "vgw-1"]);
    world().ask("vpn-1@192.168.7.7", "10.0.2.10", APP).connects().says("assumed");
    world().ask("vpn-1", "10.0.2.10", Service::tcp(22)).denied(&["ENI_SG_RULES_MISMATCH"]);
    // The group admits a part of the network, and the route is for a part.
    let part = world().rules("sg-app", IN, &[allow("tcp", 8080, "192.168.7.0/24")]);
    part.ask("vpn-1@192.168.7.7", "10.0.2.10", APP).connects();
    part.ask("vpn-1@192.168.8.7", "10.0.2.10", APP).denied(&["ENI_SG_RULES_MISMATCH"]);
    // The reply of another subnet finds no way.
    let far = world().ask("vpn-1", "10.0.3.10", APP);
    far.delivers(&["NO_ROUTE_TO_DESTINATION"]);
    // Public addresses and addresses of nobody are not behind the gateway.
    for to in ["203.0.113.10", "10.0.2.99", "198.51.100.7"] {
        world().ask("vpn-1", to, APP).denied(&["VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]);
    }
    let shut = world().set("acl-1", "Entries", json!([entry(100, ["out", "allow"], "-1", (0, 0), "0.0.0.0/0")]));
    shut.ask("vpn-1", "10.0.2.10", APP).denied(&["SUBNET_ACL_RESTRICTION"]);
    let down = world().set("vpn-1", "VgwTelemetry", json!([{"Status": "DOWN"}]));
    down.ask("vpn-1", "10.0.2.10", APP).denied(&["BAD_STATE_VPN"]);
    let apart = world().set("vgw-1", "VpcAttachments", json!([]));
    apart.ask("vpn-1", "10.0.2.10", APP).denied(&["BAD_STATE_ATTACHMENT"]);
    world().deny("ec2:DescribeVpnGateways").ask("vpn-1", "10.0.2.10", APP).unknown("ec2:DescribeVpnGateways");
}

/// Of several VPN connections of a gateway, the reply takes those whose static routes hold the address.
#[test]
fn n47_the_reply_takes_the_connection_that_holds_the_address() {
    let two = |customer: &str| {
        let static_route = |to: &str| json!([{"DestinationCidrBlock": to, "State": "available"}]);
        let world = world().set("vpn-1", "Routes", static_route("192.168.7.0/24")).set(
            "vpn-1",
            "CustomerGatewayId",
            json!("cgw-1"),
        );
        world.with(json!({"VpnConnections": [{
            "VpnConnectionId": "vpn-3", "VpnGatewayId": "vgw-1", "State": "available", "CustomerGatewayId": customer,
            "Options": {"StaticRoutesOnly": true}, "Routes": static_route("192.168.8.0/24"),
            "VgwTelemetry": [{"Status": "UP"}],
        }]}))
    };
    two("cgw-2").ask("vpn-1@192.168.7.7", "10.0.2.10", APP).connects();
    two("cgw-2").ask("vpn-1@192.168.8.7", "10.0.2.10", APP).delivers(&["MORE_SPECIFIC_ROUTE"]);
    two("cgw-1").ask("vpn-1@192.168.8.7", "10.0.2.10", APP).connects();
}

/// Where a VPN learns its routes by BGP nobody knows who is behind it, until an address is named.
#[test]
fn n47_a_network_whose_addresses_are_not_known_is_asked_about_by_address() {
    let learned = world().set("vpn-1", "Routes", json!([])).set("vpn-1", "Options", json!({"StaticRoutesOnly": false}));
    learned.ask("vpn-1", "10.0.2.10", APP).unknown("source address");
    learned.ask("vpn-1@192.168.7.7", "10.0.2.10", APP).connects();
    let estate = learned.estate();
    let sender = Sender::Beyond("vpn-1".to_owned());
    let reach = Network::new(&estate).services(&sender, None, "10.0.2.10".parse().unwrap()).unwrap();
    assert!(reach.connects.is_empty() && !reach.may_connect().is_empty() && !reach.unread.is_empty());
}

/// [RT, gateway route tables] The table of the virtual private gateway diverts what enters.
#[test]
fn n28_a_virtual_private_gateways_table_diverts_what_enters() {
    let table = |target: &str| {
        world().set("eni-far", "SourceDestCheck", json!(false)).rules("sg-app", IN, &[allow_all("0.0.0.0/0")]).with(
            json!({"RouteTables": [{
                "RouteTableId": "rtb-edge", "VpcId": "vpc-1", "Routes": [route("10.0.2.0/24", target)],
                "Associations": [{"GatewayId": "vgw-1", "AssociationState": {"State": "associated"}}],
            }]}),
        )
    };
    table("eni-far").ask("vpn-1", "10.0.2.10", APP).via(&["vgw-1", "rtb-edge", "eni-far", "eni-app"]);
    table("eni-gone").ask("vpn-1", "10.0.3.10", APP).never_via("rtb-edge");
}

/// A VPN at a transit gateway, whose table leads back to it.
fn at_transit() -> World {
    let mut home = fixed("192.168.0.0/16", "tgw-attach-vpn");
    home["TransitGatewayAttachments"][0]["ResourceType"] = json!("vpn");
    let association = json!({"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"});
    transit()
        .with(json!({
            "TransitGatewayAttachments": [{
                "TransitGatewayAttachmentId": "tgw-attach-vpn", "TransitGatewayId": "tgw-1", "State": "available",
                "ResourceType": "vpn", "ResourceId": "vpn-2", "Association": association,
            }],
            "VpnConnections": [{
                "VpnConnectionId": "vpn-2", "TransitGatewayId": "tgw-1", "State": "available",
                "VgwTelemetry": [{"Status": "UP"}],
            }],
        }))
        .add("tgw-rtb-1", "Routes", home)
        .route("rtb-back", "192.168.0.0/16", "tgw-1")
        .rules("sg-app", IN, &[allow("tcp", 8080, "192.168.0.0/16")])
}

/// [TGW] What comes by a VPN to a transit gateway goes where the table of the VPN's attachment says. Its addresses are
/// those that the transit gateway's tables lead to it.
#[test]
fn n47_a_vpn_at_a_transit_gateway_sends_by_its_attachments_table() {
    at_transit().ask("vpn-2", "10.0.2.10", APP).connects().via(&[
        "vpn-2",
        "tgw-attach-vpn",
        "tgw-1",
        "tgw-rtb-1",
        "tgw-attach-1",
        "eni-app",
    ]);
    at_transit().ask("vpn-2@192.168.9.9", "10.0.2.10", APP).connects();
    at_transit().ask("vpn-2@172.16.9.9", "10.0.2.10", APP).denied(&["ENI_SG_RULES_MISMATCH"]);
    at_transit().ask("vpn-2", "10.9.2.10", APP).denied(&["TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"]);
    let gone = at_transit().set_in("TransitGatewayAttachments", "tgw-attach-vpn", "State", json!("deleted"));
    gone.ask("vpn-2@192.168.9.9", "10.0.2.10", APP).denied(&["BAD_STATE_ATTACHMENT"]);
    let down = at_transit().set_in("VpnConnections", "tgw-1", "VgwTelemetry", json!([{"Status": "DOWN"}]));
    down.ask("vpn-2", "10.0.2.10", APP).denied(&["TGW_BAD_STATE_VPN"]);
    // By which zone it enters matters where the subnets of the attachment differ.
    let two = at_transit().set_in(
        "TransitGatewayVpcAttachments",
        "tgw-attach-1",
        "SubnetIds",
        json!(["subnet-front", "subnet-far"]),
    );
    two.ask("vpn-2", "10.0.2.10", APP).unknown("by which of its subnets");
    // So it does where they are alike and one holds the address, unless that neither filters nor routes it away.
    let both = json!([{"SubnetId": "subnet-back"}, {"SubnetId": "subnet-far"}]);
    let alike = at_transit().set("rtb-back", "Associations", both).set_in(
        "TransitGatewayVpcAttachments",
        "tgw-attach-1",
        "SubnetIds",
        json!(["subnet-back", "subnet-far"]),
    );
    alike.ask("vpn-2", "10.0.2.10", APP).connects();
    let entries = [("in", "192.168.0.0/16"), ("out", "0.0.0.0/0")];
    let entries = entries.map(|(way, peer)| entry(100, [way, "allow"], "-1", (0, 0), peer));
    alike
        .clone()
        .set("acl-1", "Entries", json!(entries))
        .ask("vpn-2", "10.0.2.10", APP)
        .unknown("by which of its subnets");
    alike.route("rtb-back", "10.0.2.0/24", "nat-1").ask("vpn-2", "10.0.2.10", APP).unknown("by which of its subnets");
    // NAT gateways serve VPCs only.
    let out = at_transit().route("rtb-front", "198.51.100.0/24", "nat-1").add(
        "tgw-rtb-1",
        "Routes",
        fixed("198.51.100.0/24", "tgw-attach-1"),
    );
    out.ask("vpn-2", "198.51.100.7", APP).denied(&["NGW_REQUIRES_SOURCE_IN_VPC"]);
}

fn from_peer(rules: &[Value]) -> World {
    let world = base().with(peering("999999999999", "eu-west-1")).route("rtb-back", "10.2.0.0/16", "pcx-1");
    world.rules("sg-app", IN, rules)
}

/// [PCX] A peer's VPC that was not read sends from its own range to that of the estate's, and gets its reply by the
/// same connection; its groups are not known.
#[test]
fn n41_a_peers_vpc_that_was_not_read_sends_from_its_range() {
    let open = || from_peer(&[allow("tcp", 8080, "10.2.0.0/16")]);
    open()
        .ask("pcx-1", "10.0.2.10", APP)
        .connects()
        .via(&["vpc-2", "pcx-1", "acl-1", "sg-app", "eni-app"])
        .back_via(&["rtb-back", "pcx-1", "vpc-2"]);
    open()
        .ask("pcx-1@10.9.9.9", "10.0.2.10", APP)
        .denied(&["ENI_SG_RULES_MISMATCH", "PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"]);
    open().unroute("rtb-back", "10.2.0.0/16").ask("pcx-1", "10.0.2.10", APP).delivers(&["MORE_SPECIFIC_ROUTE"]);
    open().ask("pcx-1", "10.0.3.10", APP).delivers(&["NO_ROUTE_TO_DESTINATION"]);
    open().set("pcx-1", "Status", json!({"Code": "deleted"})).ask("pcx-1", "10.0.2.10", APP).denied(&["BAD_STATE"]);
    let theirs = from_peer(&[allow("tcp", 8080, "sg-theirs")]);
    theirs.ask("pcx-1", "10.0.2.10", APP).denied(&["UNKNOWN_PEERED_SGS"]).says("sg-theirs");
    theirs.ask("pcx-1", "10.0.2.10", Service::tcp(22)).denied(&["ENI_SG_RULES_MISMATCH"]);
    from_peer(&[allow("tcp", 8080, "sg-web")]).ask("pcx-1", "10.0.2.10", APP).denied(&["ENI_SG_RULES_MISMATCH"]);
}

/// Sets say for every address of the network what single packets say.
#[test]
fn n47_sets_of_a_networks_addresses_hold_what_packets_say() {
    let world = world()
        .rules("sg-app", IN, &[allow("tcp", 8080, "192.168.7.0/24"), allow("tcp", 22, "0.0.0.0/0")])
        .route("rtb-back", "192.168.7.128/25", "igw-1");
    let estate = world.estate();
    let network = Network::new(&estate);
    let sender = Sender::Beyond("vpn-1".to_owned());
    let reach = network.services(&sender, None, "10.0.2.10".parse().unwrap()).unwrap();
    for from in ["192.168.0.0", "192.168.6.255", "192.168.7.0", "192.168.7.127", "192.168.7.128", "192.168.8.0"] {
        for port in [22, 23, 8080] {
            let told = world.ask(&format!("vpn-1@{from}"), "10.0.2.10", Service::tcp(port)).0.verdict;
            let source = crate::reach::set::number(from.parse().unwrap());
            let (delivers, connects) = (&reach.delivers, &reach.connects);
            let number = Service::tcp(port).number();
            let set = (delivers.contains(number, source), connects.contains(number, source));
            let expected = (told != Verdict::Denied, told == Verdict::Connects);
            assert_eq!(set, expected, "{from} {port} {told:?}");
        }
    }
    assert!(
        !reach.delivers.contains(Service::tcp(22).number(), crate::reach::set::number("10.9.9.9".parse().unwrap()))
    );
}
