//! Items 58 to 60, 64 to 66, 68 and 69: endpoints, and services whose interfaces are in VPCs.

use serde_json::{Value, json};

use super::world::{World, base, interface, route, transit};
use crate::reach::{Mode, Network, Service};

const HTTPS: Service = Service::tcp(443);
const APP: Service = Service::tcp(8080);
const OUTSIDE: &str = "198.51.100.7";

/// An interface that a service manages.
fn managed(id: &str, subnet: &str, private: &str, public: Option<&str>, kind: &str) -> Value {
    let mut face = interface(id, subnet, private, public, "sg-web");
    (face["InterfaceType"], face["RequesterManaged"]) = (json!(kind), json!(true));
    face["Attachment"] = json!({"InstanceOwnerId": "amazon-aws", "DeviceIndex": 1, "Status": "attached"});
    face
}

fn with_gateway_endpoint(world: World, table: &str) -> World {
    world
        .with(json!({
            "PrefixLists": [{"PrefixListId": "pl-s3", "Cidrs": ["52.216.0.0/15"]}],
            "VpcEndpoints": [{
                "VpcEndpointId": "vpce-s3", "VpcEndpointType": "Gateway", "VpcId": "vpc-1", "State": "available",
            }],
        }))
        .route(table, "pl-s3", "vpce-s3")
}

/// [gateway-endpoints; EC VPCE_GATEWAY_...] Its prefix list beats the default route; it carries TCP and ICMP echo, is of
/// no use from other VPCs, and nothing comes in by it.
#[test]
fn n58_gateway_endpoints_lead_out_only_and_from_their_vpc_only() {
    let world = with_gateway_endpoint(base(), "rtb-back");
    world.ask("i-app", "52.216.7.7", HTTPS).connects().via(&["rtb-back", "vpce-s3"]).never_via("nat-1");
    world.ask("i-app", "52.218.7.7", HTTPS).connects().via(&["rtb-back", "nat-1"]);
    world.ask("i-app", "52.216.7.7", Service::udp(443)).denied(&["VPCE_GATEWAY_PROTOCOL_RESTRICTION"]);
    let told = world.ask(OUTSIDE, "10.0.2.10", APP);
    told.denied(&["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS", "ENI_SG_RULES_MISMATCH"]);
    // From vpc-2 by the transit gateway, whose attachment is in subnet-front.
    let far = json!({
        "DestinationCidrBlock": "52.216.0.0/15", "Type": "static", "State": "active",
        "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-1", "ResourceType": "vpc"}],
    });
    let other = with_gateway_endpoint(transit(), "rtb-front").add("tgw-rtb-1", "Routes", far);
    other.ask("i-two", "52.216.7.7", HTTPS).denied(&["NO_POSSIBLE_DESTINATION"]);
    other.ask("i-web", "52.216.7.7", HTTPS).connects().via(&["vpce-s3"]);
}

/// [create-interface-endpoint; EC VPCE_INTRA_VPC_TRAFFIC] An interface endpoint has groups, and opens no connections.
#[test]
fn n59_interface_endpoints_have_groups_and_open_no_connections() {
    let world = base().with(json!({
        "NetworkInterfaces": [managed("eni-vpce", "subnet-back", "10.0.2.70", None, "vpc_endpoint")],
    }));
    world.ask("i-app", "10.0.2.70", HTTPS).connects().via(&["sg-web", "eni-vpce"]);
    world.ask("i-app", "10.0.2.70", APP).denied(&["ENI_SG_RULES_MISMATCH"]);
    world.ask("eni-vpce", "10.0.2.10", APP).denied(&["VPCE_INTRA_VPC_TRAFFIC"]);
    // Nor do chains go on from there: sg-web is admitted by eni-far, and only the endpoint has it.
    let estate = world.set("eni-web", "Groups", json!([{"GroupId": "sg-app"}])).estate();
    let network = Network::new(&estate);
    let links = network.blast("i-app", Mode::Any).unwrap().links;
    let reached: Vec<(&str, bool)> =
        links.iter().skip(1).filter_map(|link| Some((network.linked_party(link)?.interface, link.held))).collect();
    assert_eq!(reached, [("eni-vpce", false)]);
}

/// What is behind an endpoint of PrivateLink is not followed, neither from the consumer's side nor from the provider's;
/// the answer says where it ends. Not modelled.
#[test]
fn n60_what_is_behind_private_link_is_not_followed_and_said_so() {
    let world = base().with(json!({
        "NetworkInterfaces": [managed("eni-vpce", "subnet-back", "10.0.2.70", None, "vpc_endpoint")],
        "VpcEndpoints": [{
            "VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "State": "available",
            "ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-1", "NetworkInterfaceIds": ["eni-vpce"],
        }],
    }));
    world.ask("i-app", "10.0.2.70", HTTPS).connects().says("vpce-svc-1, is not followed");
}

/// A function's interfaces take no connections and never have public addresses.
#[test]
fn n64_functions_in_a_vpc_take_no_connections() {
    let world = base().with(json!({
        "NetworkInterfaces": [managed("eni-fn", "subnet-front", "10.0.1.80", None, "lambda")],
    }));
    world.ask("i-app", "10.0.1.80", HTTPS).denied(&["NO_PATH"]).says("Lambda");
    world.ask("eni-fn", "10.0.2.10", APP).connects();
    world.ask("eni-fn", OUTSIDE, HTTPS).denied(&["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]);
}

/// [ECS API, AwsVpcConfiguration] A task in `awsvpc` mode has an interface with groups of its own, and a public address
/// only where that was assigned.
#[test]
fn n65_tasks_have_interfaces_of_their_own() {
    let task = |public: Option<&str>| {
        base().with(json!({
            "NetworkInterfaces": [managed("eni-task", "subnet-front", "10.0.1.90", public, "interface")],
        }))
    };
    task(Some("203.0.113.90")).ask(OUTSIDE, "203.0.113.90", HTTPS).connects();
    task(Some("203.0.113.90")).ask(OUTSIDE, "203.0.113.90", APP).denied(&["ENI_SG_RULES_MISMATCH"]);
    task(None).ask(OUTSIDE, "203.0.113.90", HTTPS).denied(&["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]);
    task(None).ask("i-app", "10.0.1.90", HTTPS).connects();
}

/// [ModifyDBInstance] A database is reached from the internet if it has a public address, is in a public subnet and its
/// groups let it; its interface is the truth.
#[test]
fn n66_databases_are_reached_by_their_interfaces() {
    let database = |subnet: &str, private: &str| {
        base().with(json!({
            "NetworkInterfaces": [managed("eni-db", subnet, private, Some("203.0.113.66"), "interface")],
        }))
    };
    database("subnet-front", "10.0.1.66").ask(OUTSIDE, "203.0.113.66", HTTPS).connects();
    database("subnet-back", "10.0.2.66").ask(OUTSIDE, "203.0.113.66", HTTPS).delivers(&["MORE_SPECIFIC_ROUTE"]);
    let shut = database("subnet-front", "10.0.1.66").rules("sg-web", "IpPermissions", &[]);
    shut.ask(OUTSIDE, "203.0.113.66", HTTPS).denied(&["SG_HAS_NO_RULES"]);
}

/// [RA considerations] A firewall's rules are not read: it is taken to let everything pass, and the answer says so.
#[test]
fn n68_firewalls_are_taken_to_let_everything_pass() {
    let world = base()
        .with(json!({
            "VpcEndpoints": [{
                "VpcEndpointId": "vpce-fw", "VpcEndpointType": "GatewayLoadBalancer", "VpcId": "vpc-1",
                "SubnetIds": ["subnet-far"], "State": "available",
            }],
            "RouteTables": [{
                "RouteTableId": "rtb-edge", "VpcId": "vpc-1", "Routes": [route("10.0.1.0/24", "vpce-fw")],
                "Associations": [{"GatewayId": "igw-1", "AssociationState": {"State": "associated"}}],
            }],
        }))
        .unroute("rtb-front", "0.0.0.0/0")
        .route("rtb-front", "0.0.0.0/0", "vpce-fw")
        .route("rtb-main", "0.0.0.0/0", "igw-1");
    world
        .ask(OUTSIDE, "203.0.113.10", HTTPS)
        .connects()
        .says("assumed: what is behind vpce-fw")
        .via(&["igw-1", "rtb-edge", "vpce-fw", "eni-web"])
        .back_via(&["eni-web", "rtb-front", "vpce-fw", "rtb-main", "igw-1"]);
}

/// Accelerators are not read: an address of one is none that the estate knows, and the answer says no more than that.
/// Not modelled.
#[test]
fn n69_addresses_of_accelerators_are_not_known() {
    let told = base().ask(OUTSIDE, "75.2.60.5", HTTPS).denied(&["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]);
    told.says("nothing in this estate has the public address");
}
