//! Items 41 to 49: peering, transit gateways, VPNs, Direct Connect.

use serde_json::{Value, json};

use super::world::{World, allow, base, instance, interface, peered, route, transit};
use crate::reach::Service;

const APP: Service = Service::tcp(8080);
const TWO: &str = "10.2.1.10";

/// [PCX; EC PCX_REQUIRES_ADDRESS_IN_VPC_CIDR] A peering connection must be active and routed on both sides, leads to
/// addresses of the other VPC only, and neither on to a third VPC nor out by the other one's gateways.
#[test]
fn n41_peering_is_active_routed_both_ways_and_ends_in_the_other_vpc() {
    peered().ask("i-app", TWO, APP).connects();
    let status = |code: &str| peered().set("pcx-1", "Status", json!({"Code": code}));
    status("pending-acceptance").ask("i-app", TWO, APP).denied(&["BAD_STATE"]);
    peered().unroute("rtb-two", "10.0.0.0/16").ask("i-app", TWO, APP).delivers(&["NO_ROUTE_TO_DESTINATION"]);
    peered().ask("i-far", TWO, APP).denied(&["NO_ROUTE_TO_DESTINATION"]);
    peered().ask("i-app", "10.2.1.99", APP).denied(&["NO_PATH"]);
    // A third VPC behind the second: its addresses are not the second's.
    let third = peered().route("rtb-back", "10.3.0.0/16", "pcx-1");
    third.ask("i-app", "10.3.1.10", APP).denied(&["PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"]);
    // The first one's internet and NAT gateways are of no use to the second.
    let edge = peered().route("rtb-two", "0.0.0.0/0", "pcx-1");
    edge.ask("i-two", "198.51.100.7", APP).denied(&["PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"]).never_via("nat-1");
}

/// What the transit gateway's table holds, changed.
fn with_routes(routes: &[Value]) -> World {
    transit().set("tgw-rtb-1", "Routes", json!(routes))
}

pub(super) fn fixed(to: &str, attachment: &str) -> Value {
    json!({
        "DestinationCidrBlock": to, "Type": "static", "State": "active",
        "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": attachment, "ResourceType": "vpc"}],
    })
}

/// [TGW, how-transit-gateways-work] An attachment is associated with one table; it decides by longest prefix, static
/// before propagated; a blackhole drops.
#[test]
fn n42_a_transit_gateway_routes_by_the_table_of_the_attachment() {
    transit().ask("i-app", TWO, APP).connects();
    let both = [fixed("10.0.0.0/16", "tgw-attach-1"), fixed("10.2.0.0/16", "tgw-attach-2")];
    let mut hole = fixed("10.2.1.0/24", "tgw-attach-2");
    hole["State"] = json!("blackhole");
    with_routes(&both).ask("i-app", TWO, APP).connects();
    with_routes(&[&both[..], &[hole.clone()]].concat()).ask("i-app", TWO, APP).denied(&["TGW_RTB_BAD_STATE_ROUTE"]);
    hole["DestinationCidrBlock"] = json!("10.2.0.0/16");
    let learned = transit().add("tgw-rtb-1", "Routes", hole);
    learned.ask("i-app", TWO, APP).denied(&["TGW_RTB_BAD_STATE_ROUTE"]);
    let bare = transit().set("tgw-rtb-1", "Propagations", json!([])).set("tgw-rtb-1", "Routes", json!([both[0]]));
    bare.ask("i-app", TWO, APP).denied(&["TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"]);
    let alone = transit().set_in("TransitGatewayAttachments", "tgw-attach-1", "Association", json!(null));
    alone.ask("i-app", TWO, APP).denied(&["TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION"]);
    let gone = transit().set_in("TransitGatewayVpcAttachments", "tgw-attach-1", "State", json!("deleted"));
    let gone = gone.set_in("TransitGatewayAttachments", "tgw-attach-1", "State", json!("deleted"));
    gone.ask("i-app", TWO, APP).denied(&["BAD_STATE_ATTACHMENT"]);
    transit().deny("ec2:SearchTransitGatewayRoutes").ask("i-app", TWO, APP).unknown("ec2:SearchTransitGatewayRoutes");
}

/// [TGW; EC TGW_ROUTE_AZ_RESTRICTION] Only zones in which the attachment has a subnet can send to it.
#[test]
fn n43_the_attachment_needs_a_subnet_in_the_senders_zone() {
    // i-far is in another zone than the attachment's only subnet.
    let world = transit().route("rtb-main", "10.2.0.0/16", "tgw-1");
    world.ask("i-far", TWO, APP).denied(&["TGW_ROUTE_AZ_RESTRICTION"]);
    let wide = world.set_in(
        "TransitGatewayVpcAttachments",
        "tgw-attach-1",
        "SubnetIds",
        json!(["subnet-front", "subnet-far"]),
    );
    wide.ask("i-far", TWO, APP).connects();
}

/// [TGW] Any subnet of an attached VPC is reached; the attachment's subnet's table says how.
#[test]
fn n44_any_subnet_of_an_attached_vpc_is_reached_by_the_attachments_subnet() {
    let deep = || {
        transit().with(json!({
            "Subnets": [{
                "SubnetId": "subnet-deep", "VpcId": "vpc-2", "CidrBlock": "10.2.9.0/24",
                "AvailabilityZoneId": "euw1-az3",
            }],
            "NetworkInterfaces": [interface("eni-deep", "subnet-deep", "10.2.9.10", None, "sg-two")],
            "Instances": [instance("i-deep")],
        }))
    };
    deep().ask("i-app", "10.2.9.10", APP).via(&["tgw-attach-2", "acl-2", "rtb-two", "acl-2", "eni-deep"]);
    let mut hole = route("10.2.9.0/24", "eni-gone");
    hole["State"] = json!("blackhole");
    deep().add("rtb-two", "Routes", hole).ask("i-app", "10.2.9.10", APP).denied(&["BAD_STATE_ROUTE"]);
    // Its reply comes from a zone without attachment.
    deep().ask("i-app", "10.2.9.10", APP).delivers(&["TGW_ROUTE_AZ_RESTRICTION"]);
}

/// [TGW] Transit gateways that are peered have static routes; VPCs whose ranges are the same are not both propagated,
/// so without the list of routes it cannot be told which one is.
#[test]
fn n45_peered_transit_gateways_and_overlapping_propagations() {
    // vpc-2 moves behind a second gateway, peered with the first.
    let peer = |gateway: &str, table: &str| {
        json!({
            "TransitGatewayAttachmentId": "tgw-attach-peer", "TransitGatewayId": gateway, "State": "available",
            "ResourceType": "peering",
            "Association": {"TransitGatewayRouteTableId": table, "State": "associated"},
        })
    };
    let mut away = fixed("10.2.0.0/16", "tgw-attach-peer");
    away["TransitGatewayAttachments"][0]["ResourceType"] = json!("peering");
    let mut home = fixed("10.0.0.0/16", "tgw-attach-peer");
    home["TransitGatewayAttachments"][0]["ResourceType"] = json!("peering");
    let world = transit()
        .set_in("TransitGatewayVpcAttachments", "tgw-attach-2", "TransitGatewayId", json!("tgw-2"))
        .set_in("TransitGatewayAttachments", "tgw-attach-2", "TransitGatewayId", json!("tgw-2"))
        .set_in(
            "TransitGatewayAttachments",
            "tgw-attach-2",
            "Association",
            json!({"TransitGatewayRouteTableId": "tgw-rtb-2", "State": "associated"}),
        )
        .unroute("rtb-two", "0.0.0.0/0")
        .route("rtb-two", "0.0.0.0/0", "tgw-2")
        .with(json!({
            "TransitGateways": [{"TransitGatewayId": "tgw-2", "State": "available"}],
            "TransitGatewayAttachments": [peer("tgw-1", "tgw-rtb-1")],
            "TransitGatewayRouteTables": [{
                "TransitGatewayRouteTableId": "tgw-rtb-2", "TransitGatewayId": "tgw-2",
                "Routes": [fixed("10.2.0.0/16", "tgw-attach-2"), home], "Propagations": [],
            }],
        }))
        .set("tgw-rtb-1", "Routes", json!([fixed("10.0.0.0/16", "tgw-attach-1"), away]))
        .set("tgw-rtb-1", "Propagations", json!([]))
        .with_in(
            "111122223333",
            "us-east-1",
            json!({
                "TransitGatewayAttachments": [peer("tgw-2", "tgw-rtb-2")],
            }),
        );
    world.ask("i-app", TWO, APP).connects().via(&["tgw-1", "tgw-rtb-1", "tgw-attach-peer", "tgw-rtb-2", "eni-two"]);
    let no_route = world.set("tgw-rtb-1", "Routes", json!([fixed("10.0.0.0/16", "tgw-attach-1")]));
    no_route.ask("i-app", TWO, APP).denied(&["TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT"]);

    let twin = json!({
        "Vpcs": [{"VpcId": "vpc-3", "CidrBlock": "10.2.0.0/16"}],
        "TransitGatewayAttachments": [{
            "TransitGatewayAttachmentId": "tgw-attach-3", "TransitGatewayId": "tgw-1", "State": "available",
            "ResourceType": "vpc", "ResourceId": "vpc-3",
        }],
    });
    let propagation = json!({
        "TransitGatewayAttachmentId": "tgw-attach-3", "ResourceType": "vpc", "ResourceId": "vpc-3", "State": "enabled",
    });
    let both = transit().with(twin).add("tgw-rtb-1", "Propagations", propagation);
    // The routes say which one it was; without them it is not known.
    both.ask("i-app", TWO, APP).connects();
    both.set("tgw-rtb-1", "Routes", json!([])).ask("i-app", TWO, APP).unknown("which of");
}

/// [TGW; EC TGW_ATTACH_VPC_AZ_RESTRICTION] In appliance mode the gateway picks the attachment's zone by flow: where that
/// matters, because the zones' subnets differ in table or ACL, it cannot be told.
#[test]
fn n46_appliance_mode_leaves_the_zone_open() {
    let shut = |mode: &str| {
        transit()
            .with(json!({
                "Subnets": [{
                    "SubnetId": "subnet-up", "VpcId": "vpc-2", "CidrBlock": "10.2.8.0/24",
                    "AvailabilityZoneId": "euw1-az2",
                }],
                "NetworkAcls": [{
                    "NetworkAclId": "acl-up", "VpcId": "vpc-2", "Entries": [],
                    "Associations": [{"SubnetId": "subnet-up"}],
                }],
            }))
            .set_in("TransitGatewayVpcAttachments", "tgw-attach-2", "SubnetIds", json!(["subnet-two", "subnet-up"]))
            .set_in("TransitGatewayVpcAttachments", "tgw-attach-2", "Options", json!({"ApplianceModeSupport": mode}))
    };
    shut("disable").ask("i-app", TWO, APP).connects();
    shut("enable").ask("i-app", TWO, APP).unknown("appliance mode");
    shut("enable").without("acl-up").ask("i-app", TWO, APP).connects();
}

pub(super) fn with_vpn(telemetry: &str, fixed: bool) -> World {
    base()
        .with(json!({
            "VpnGateways": [{
                "VpnGatewayId": "vgw-1", "State": "available",
                "VpcAttachments": [{"VpcId": "vpc-1", "State": "attached"}],
            }],
            "VpnConnections": [{
                "VpnConnectionId": "vpn-1", "VpnGatewayId": "vgw-1", "State": "available",
                "Options": {"StaticRoutesOnly": fixed},
                "Routes": [{"DestinationCidrBlock": "192.168.0.0/16", "State": "available"}],
                "VgwTelemetry": [{"Status": telemetry}],
            }],
        }))
        .route("rtb-back", "192.168.0.0/16", "vgw-1")
        .route("rtb-back", "172.16.0.0/12", "vgw-1")
}

/// [EC VGW_..., BAD_STATE_VPN] A virtual private gateway carries what its VPC's interfaces send to networks behind a VPN
/// connection that works, by static routes or BGP; it takes nothing to the internet.
#[test]
fn n47_virtual_private_gateways_lead_to_networks_beyond_a_vpn() {
    let world = with_vpn("UP", true);
    world.ask("i-app", "192.168.7.7", APP).connects().via(&["eni-app", "sg-app", "acl-1", "rtb-back", "vgw-1"]);
    world.ask("i-app", "172.16.7.7", APP).denied(&["NO_POSSIBLE_DESTINATION"]);
    with_vpn("UP", false).ask("i-app", "172.16.7.7", APP).connects();
    with_vpn("DOWN", true).ask("i-app", "192.168.7.7", APP).denied(&["BAD_STATE_VPN"]);
    let apart = world.clone().set("vgw-1", "VpcAttachments", json!([{"VpcId": "vpc-1", "State": "detached"}]));
    apart.ask("i-app", "192.168.7.7", APP).denied(&["BAD_STATE_ATTACHMENT"]);
    let one_way = [super::world::entry(100, ["out", "allow"], "-1", (0, 0), "0.0.0.0/0")];
    let stopped = world.clone().set("acl-1", "Entries", json!(one_way));
    stopped.ask("i-app", "192.168.7.7", APP).delivers(&["SUBNET_ACL_RESTRICTION"]);
    for action in ["ec2:DescribeVpnGateways", "ec2:DescribeVpnConnections"] {
        let told = world.clone().deny(action).ask("i-app", "192.168.7.7", APP);
        told.unknown(action);
    }
    // A VPN connection at a transit gateway.
    let at_transit = |telemetry: &str| {
        let mut far = fixed("192.168.0.0/16", "tgw-attach-vpn");
        far["TransitGatewayAttachments"][0]["ResourceType"] = json!("vpn");
        transit()
            .with(json!({
                "TransitGatewayAttachments": [{
                    "TransitGatewayAttachmentId": "tgw-attach-vpn", "TransitGatewayId": "tgw-1", "State": "available",
                    "ResourceType": "vpn", "ResourceId": "vpn-2",
                }],
                "VpnConnections": [{
                    "VpnConnectionId": "vpn-2", "TransitGatewayId": "tgw-1", "State": "available",
                    "VgwTelemetry": [{"Status": telemetry}],
                }],
            }))
            .add("tgw-rtb-1", "Routes", far)
            .route("rtb-back", "192.168.0.0/16", "tgw-1")
            .ask("i-app", "192.168.7.7", APP)
    };
    at_transit("UP").connects().via(&["rtb-back", "tgw-1", "tgw-rtb-1", "tgw-attach-vpn", "vpn-2"]);
    at_transit("DOWN").denied(&["TGW_BAD_STATE_VPN"]);
}

/// Direct Connect is not read, so what is behind a gateway without VPN connection, or behind such an attachment, is
/// unknown. Not modelled.
#[test]
fn n48_what_direct_connect_leads_to_is_unknown() {
    with_vpn("UP", true).without("vpn-1").ask("i-app", "192.168.7.7", APP).unknown("Direct Connect");
    let mut far = fixed("192.168.0.0/16", "tgw-attach-dx");
    far["TransitGatewayAttachments"][0]["ResourceType"] = json!("direct-connect-gateway");
    transit()
        .with(json!({"TransitGatewayAttachments": [{
            "TransitGatewayAttachmentId": "tgw-attach-dx", "TransitGatewayId": "tgw-1", "State": "available",
            "ResourceType": "direct-connect-gateway", "ResourceId": "dx-1",
        }]}))
        .add("tgw-rtb-1", "Routes", far)
        .route("rtb-back", "192.168.0.0/16", "tgw-1")
        .ask("i-app", "192.168.7.7", APP)
        .unknown("direct-connect-gateway");
}

/// [clientvpn, client-authorization] Clients are seen as the endpoint's interfaces, with the groups of the association
/// [cvpn: what-is-best-practices, address translation]: what those reach, authorised clients reach; who is: `client_vpn`.
#[test]
fn n49_client_vpn_is_seen_as_its_interfaces() {
    let mut door = interface("eni-cvpn", "subnet-back", "10.0.2.60", None, "sg-web");
    door["Description"] = json!("ClientVPN Endpoint resource");
    door["Attachment"] = json!({"InstanceOwnerId": "amazon-aws", "DeviceIndex": 1});
    let world = base().with(json!({"NetworkInterfaces": [door]}));
    world.ask("eni-cvpn", "10.0.2.10", APP).connects();
    world.ask("eni-cvpn", "10.0.3.10", APP).connects();
    let other = world.rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "sg-app")]);
    other.ask("eni-cvpn", "10.0.2.10", APP).denied(&["ENI_SG_RULES_MISMATCH"]);
}
