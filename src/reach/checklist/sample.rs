//! The worlds that tests begin with, and the pieces that they change them by.

use serde_json::{Value, json};

use super::world::{ACCOUNT, REGION, World};
use crate::reach::Service;

/// A permission of a security group: from or to a range, a group or a prefix list.
pub(super) fn allow(protocol: &str, port: i32, peer: &str) -> Value {
    let peer = if peer.starts_with("sg-") {
        ("UserIdGroupPairs", json!([{"GroupId": peer}]))
    } else if peer.starts_with("pl-") {
        ("PrefixListIds", json!([{"PrefixListId": peer}]))
    } else if peer.contains(':') {
        ("Ipv6Ranges", json!([{"CidrIpv6": peer}]))
    } else {
        ("IpRanges", json!([{"CidrIp": peer}]))
    };
    let mut rule = json!({"IpProtocol": protocol, "FromPort": port, "ToPort": port});
    rule[peer.0] = peer.1;
    rule
}

/// A permission for everything.
pub(super) fn allow_all(peer: &str) -> Value {
    allow("-1", -1, peer)
}

/// An entry of a network ACL: `in` or `out`, `allow` or `deny`, for one protocol and its ports.
pub(super) fn entry(number: i32, does: [&str; 2], protocol: &str, ports: (i32, i32), cidr: &str) -> Value {
    let [way, action] = does;
    let family = if cidr.contains(':') { "Ipv6CidrBlock" } else { "CidrBlock" };
    let mut entry = json!({"RuleNumber": number, "Egress": way == "out", "RuleAction": action, "Protocol": protocol});
    if protocol != "-1" {
        entry["PortRange"] = json!({"From": ports.0, "To": ports.1});
    }
    entry[family] = json!(cidr);
    entry
}

/// The entries of an ACL that lets everything pass, of both families.
pub(super) fn open_entries() -> Vec<Value> {
    let all =
        |way| [entry(100, [way, "allow"], "-1", (0, 0), "0.0.0.0/0"), entry(101, [way, "allow"], "-1", (0, 0), "::/0")];
    [all("in"), all("out")].concat()
}

/// A route, its target in the field that AWS has for it.
pub(super) fn route(to: &str, target: &str) -> Value {
    let field = match target.split_once('-').map(|(kind, _)| kind) {
        Some("nat") => "NatGatewayId",
        Some("pcx") => "VpcPeeringConnectionId",
        Some("tgw") => "TransitGatewayId",
        Some("eni") => "NetworkInterfaceId",
        Some("i") => "InstanceId",
        Some("eigw") => "EgressOnlyInternetGatewayId",
        _ => "GatewayId",
    };
    let destination = match to {
        list if list.starts_with("pl-") => "DestinationPrefixListId",
        six if six.contains(':') => "DestinationIpv6CidrBlock",
        _ => "DestinationCidrBlock",
    };
    let origin = if target == "local" { "CreateRouteTable" } else { "CreateRoute" };
    let mut route = json!({"State": "active", "Origin": origin});
    route[destination] = json!(to);
    route[field] = json!(target);
    route
}

/// An instance's interface, with a public address perhaps. The instance is named like it: `eni-web`, `i-web`.
pub(super) fn interface(id: &str, subnet: &str, private: &str, public: Option<&str>, group: &str) -> Value {
    let association = public.map(|ip| json!({"PublicIp": ip}));
    let mut address = json!({"PrivateIpAddress": private, "Primary": true});
    if let Some(association) = association {
        address["Association"] = association;
    }
    json!({
        "NetworkInterfaceId": id, "SubnetId": subnet, "PrivateIpAddress": private, "Status": "in-use",
        "InterfaceType": "interface", "SourceDestCheck": true, "PrivateIpAddresses": [address],
        "Groups": [{"GroupId": group}],
        "Attachment": {"InstanceId": id.replace("eni-", "i-"), "DeviceIndex": 0, "Status": "attached"},
    })
}

/// An instance.
pub(super) fn instance(id: &str) -> Value {
    json!({"InstanceId": id, "State": {"Name": "running"}})
}

/// One VPC, 10.0.0.0/16: `i-web` (10.0.1.10, 203.0.113.10, 2600:1f00:1:1::10) in `subnet-front`, which has the internet
/// gateway; `i-app` (10.0.2.10) in `subnet-back`, which has the NAT gateway; `i-far` (10.0.3.10) in `subnet-far` of
/// another zone, which has the main table only. Everybody may open 443 of `sg-web`, and `sg-web` 8080 of `sg-app`.
pub(super) fn base() -> World {
    let subnet = |id: &str, n: u8, zone: &str| {
        json!({
            "SubnetId": id, "VpcId": "vpc-1", "CidrBlock": format!("10.0.{n}.0/24"), "AvailabilityZoneId": zone,
            "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": format!("2600:1f00:1:{n}::/64")}],
        })
    };
    let local = || [route("10.0.0.0/16", "local"), route("2600:1f00:1::/56", "local")];
    let table = |id: &str, subnet: &str, routes: &[Value]| {
        json!({
            "RouteTableId": id, "VpcId": "vpc-1", "Routes": ([&local(), routes].concat()),
            "Associations": [{"SubnetId": subnet, "AssociationState": {"State": "associated"}}],
        })
    };
    let mut web = interface("eni-web", "subnet-front", "10.0.1.10", Some("203.0.113.10"), "sg-web");
    web["Ipv6Addresses"] = json!([{"Ipv6Address": "2600:1f00:1:1::10"}]);
    let mut app = interface("eni-app", "subnet-back", "10.0.2.10", None, "sg-app");
    app["Ipv6Addresses"] = json!([{"Ipv6Address": "2600:1f00:1:2::10"}]);
    let out = || json!([allow_all("0.0.0.0/0"), allow_all("::/0")]);
    World::default().with(json!({
        "Vpcs": [{
            "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16",
            "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2600:1f00:1::/56"}],
        }],
        "Subnets": [
            subnet("subnet-front", 1, "euw1-az1"), subnet("subnet-back", 2, "euw1-az1"),
            subnet("subnet-far", 3, "euw1-az2"),
        ],
        "InternetGateways": [{
            "InternetGatewayId": "igw-1", "Attachments": [{"State": "available", "VpcId": "vpc-1"}],
        }],
        "NatGateways": [{
            "NatGatewayId": "nat-1", "VpcId": "vpc-1", "SubnetId": "subnet-front", "State": "available",
            "ConnectivityType": "public",
            "NatGatewayAddresses": [{"PrivateIp": "10.0.1.250", "PublicIp": "203.0.113.250"}],
        }],
        "RouteTables": [
            table("rtb-front", "subnet-front", &[route("0.0.0.0/0", "igw-1"), route("::/0", "igw-1")]),
            table("rtb-back", "subnet-back", &[route("0.0.0.0/0", "nat-1")]),
            {
                "RouteTableId": "rtb-main", "VpcId": "vpc-1", "Routes": local(),
                "Associations": [{"Main": true, "AssociationState": {"State": "associated"}}],
            },
        ],
        "NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": true, "Entries": open_entries()}],
        "SecurityGroups": [
            {
                "GroupId": "sg-web", "VpcId": "vpc-1", "IpPermissionsEgress": out(),
                "IpPermissions": [allow("tcp", 443, "0.0.0.0/0"), allow("tcp", 443, "::/0")],
            },
            {
                "GroupId": "sg-app", "VpcId": "vpc-1", "IpPermissionsEgress": out(),
                "IpPermissions": [allow("tcp", 8080, "sg-web")],
            },
        ],
        "NetworkInterfaces": [web, app, interface("eni-far", "subnet-far", "10.0.3.10", None, "sg-app")],
        "Instances": [instance("i-web"), instance("i-app"), instance("i-far")],
    }))
}

/// [`base`] and a second VPC, 10.2.0.0/16, with `i-two` (10.2.1.10) in `subnet-two` of the first zone. It is in
/// `sg-two`, which lets 10.0.0.0/16 open 8080. Nothing connects the two yet.
pub(super) fn two_vpcs() -> World {
    base().with(second_vpc())
}

/// The second VPC of [`two_vpcs`].
pub(super) fn second_vpc() -> Value {
    json!({
        "Vpcs": [{"VpcId": "vpc-2", "CidrBlock": "10.2.0.0/16"}],
        "Subnets": [{
            "SubnetId": "subnet-two", "VpcId": "vpc-2", "CidrBlock": "10.2.1.0/24", "AvailabilityZoneId": "euw1-az1",
        }],
        "RouteTables": [{
            "RouteTableId": "rtb-two", "VpcId": "vpc-2", "Routes": [route("10.2.0.0/16", "local")],
            "Associations": [{"Main": true, "AssociationState": {"State": "associated"}}],
        }],
        "NetworkAcls": [{"NetworkAclId": "acl-2", "VpcId": "vpc-2", "IsDefault": true, "Entries": open_entries()}],
        "SecurityGroups": [{
            "GroupId": "sg-two", "VpcId": "vpc-2", "IpPermissionsEgress": [allow_all("0.0.0.0/0")],
            "IpPermissions": [allow("tcp", 8080, "10.0.0.0/16")],
        }],
        "NetworkInterfaces": [interface("eni-two", "subnet-two", "10.2.1.10", None, "sg-two")],
        "Instances": [instance("i-two")],
    })
}

/// A peering connection between the two VPCs of an account.
pub(super) fn peering(other_account: &str, other_region: &str) -> Value {
    json!({"VpcPeeringConnections": [{
        "VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "active"},
        "RequesterVpcInfo": {
            "VpcId": "vpc-1", "OwnerId": ACCOUNT, "Region": REGION, "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}],
        },
        "AccepterVpcInfo": {
            "VpcId": "vpc-2", "OwnerId": other_account, "Region": other_region,
            "CidrBlockSet": [{"CidrBlock": "10.2.0.0/16"}],
        },
    }]})
}

/// [`two_vpcs`], peered, with routes on both sides: from `subnet-front` and `subnet-back`, and to all of `vpc-1`.
pub(super) fn peered() -> World {
    let world = two_vpcs().with(peering(ACCOUNT, REGION)).route("rtb-front", "10.2.0.0/16", "pcx-1");
    world.route("rtb-back", "10.2.0.0/16", "pcx-1").route("rtb-two", "10.0.0.0/16", "pcx-1")
}

/// [`two_vpcs`], both attached to `tgw-1` (in `subnet-front` and `subnet-two`) with one table that both propagate to.
pub(super) fn transit() -> World {
    let attachment = |n: u8, subnet: &str| {
        json!({
            "TransitGatewayAttachmentId": format!("tgw-attach-{n}"), "TransitGatewayId": "tgw-1", "State": "available",
            "VpcId": format!("vpc-{n}"), "SubnetIds": [subnet], "Options": {"SecurityGroupReferencingSupport": "enable"},
        })
    };
    let association = |n: u8| {
        json!({
            "TransitGatewayAttachmentId": format!("tgw-attach-{n}"), "TransitGatewayId": "tgw-1", "State": "available",
            "ResourceType": "vpc", "ResourceId": format!("vpc-{n}"),
            "Association": {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"},
        })
    };
    let learned = |n: u8, to: &str| {
        json!({
            "DestinationCidrBlock": to, "Type": "propagated", "State": "active", "TransitGatewayAttachments": [{
                "TransitGatewayAttachmentId": format!("tgw-attach-{n}"), "ResourceType": "vpc",
                "ResourceId": format!("vpc-{n}"),
            }],
        })
    };
    let propagation = |n: u8| {
        json!({
            "TransitGatewayAttachmentId": format!("tgw-attach-{n}"), "ResourceType": "vpc",
            "ResourceId": format!("vpc-{n}"), "State": "enabled",
        })
    };
    let world = two_vpcs().with(json!({
        "TransitGateways": [{"TransitGatewayId": "tgw-1", "State": "available"}],
        "TransitGatewayAttachments": [association(1), association(2)],
        "TransitGatewayVpcAttachments": [attachment(1, "subnet-front"), attachment(2, "subnet-two")],
        "TransitGatewayRouteTables": [{
            "TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1",
            "Routes": [learned(1, "10.0.0.0/16"), learned(2, "10.2.0.0/16")],
            "Propagations": [propagation(1), propagation(2)],
        }],
    }));
    let world = world.route("rtb-front", "10.2.0.0/16", "tgw-1").route("rtb-back", "10.2.0.0/16", "tgw-1");
    world.route("rtb-two", "0.0.0.0/0", "tgw-1")
}

#[test]
fn the_base_worlds_work_and_tell_the_whole_way() {
    let tcp = Service::tcp;
    base()
        .ask("198.51.100.7", "203.0.113.10", tcp(443))
        .connects()
        .via(&["igw-1", "acl-1", "sg-web", "eni-web"])
        .back_via(&["eni-web", "acl-1", "rtb-front", "igw-1"]);
    base()
        .ask("i-web", "10.0.2.10", tcp(8080))
        .connects()
        .via(&["eni-web", "sg-web", "acl-1", "rtb-front", "acl-1", "sg-app", "eni-app"])
        .back_via(&["eni-app", "acl-1", "rtb-back", "acl-1", "eni-web"]);
    base()
        .ask("i-app", "198.51.100.7", tcp(443))
        .connects()
        .via(&["eni-app", "sg-app", "acl-1", "rtb-back", "acl-1", "nat-1", "acl-1", "rtb-front", "igw-1"])
        .back_via(&["igw-1", "acl-1", "nat-1", "acl-1", "rtb-front", "acl-1", "eni-app"]);
    two_vpcs().ask("i-app", "10.2.1.10", tcp(8080)).denied(&["IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"]);
    peered()
        .ask("i-app", "10.2.1.10", tcp(8080))
        .connects()
        .via(&["eni-app", "sg-app", "acl-1", "rtb-back", "pcx-1", "acl-2", "sg-two", "eni-two"])
        .back_via(&["eni-two", "acl-2", "rtb-two", "pcx-1", "acl-1", "eni-app"]);
    transit()
        .ask("i-app", "10.2.1.10", tcp(8080))
        .connects()
        .via(&["eni-app", "acl-1", "rtb-back", "tgw-attach-1", "tgw-1", "tgw-rtb-1", "tgw-attach-2", "eni-two"])
        .back_via(&["eni-two", "rtb-two", "tgw-attach-2", "tgw-1", "tgw-rtb-1", "tgw-attach-1", "eni-app"]);
}
