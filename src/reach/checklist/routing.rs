//! Items 21 to 30: route tables.

use serde_json::json;

use super::world::{World, allow_all, base, instance, interface, route};
use crate::reach::Service;

const HTTPS: Service = Service::tcp(443);
const APP: Service = Service::tcp(8080);

/// [RT] A subnet has the table that is associated with it, else the VPC's main one.
#[test]
fn n21_a_subnet_has_its_own_table_or_the_main_one() {
    base().ask("i-far", "198.51.100.7", HTTPS).denied(&["NO_ROUTE_TO_DESTINATION"]).via(&["eni-far"]);
    base().route("rtb-main", "0.0.0.0/0", "nat-1").ask("i-far", "198.51.100.7", HTTPS).connects().via(&["rtb-main"]);
    let own = json!([{"SubnetId": "subnet-far", "AssociationState": {"State": "associated"}}]);
    let mut table = base().route("rtb-main", "0.0.0.0/0", "nat-1");
    table = table.with(json!({"RouteTables": [{
        "RouteTableId": "rtb-far", "VpcId": "vpc-1", "Routes": [route("10.0.0.0/16", "local")], "Associations": own,
    }]}));
    table.ask("i-far", "198.51.100.7", HTTPS).denied(&["NO_ROUTE_TO_DESTINATION"]);
    let gone = json!([{"SubnetId": "subnet-far", "AssociationState": {"State": "disassociated"}}]);
    table.set("rtb-far", "Associations", gone).ask("i-far", "198.51.100.7", HTTPS).connects().via(&["rtb-main"]);
}

/// [RT] The most specific route wins. A default route to the internet gateway neither makes a subnet public nor is
/// needed for that.
#[test]
fn n22_a_more_specific_route_takes_the_reply_and_a_narrow_one_exposes() {
    let stolen = base().route("rtb-front", "198.51.100.0/24", "nat-1");
    stolen.ask("198.51.100.7", "203.0.113.10", HTTPS).delivers(&["MORE_SPECIFIC_ROUTE"]).says("nat-1");
    stolen.ask("192.0.2.7", "203.0.113.10", HTTPS).connects();
    let hole = base().route("rtb-front", "198.51.100.0/24", "igw-gone");
    hole.ask("198.51.100.7", "203.0.113.10", HTTPS).delivers(&["BAD_STATE_ROUTE"]);
    let narrow = base().unroute("rtb-front", "0.0.0.0/0").route("rtb-front", "8.0.0.0/8", "igw-1");
    narrow.ask("8.8.8.8", "203.0.113.10", HTTPS).connects();
    narrow.ask("9.9.9.9", "203.0.113.10", HTTPS).delivers(&["NO_ROUTE_TO_DESTINATION"]);
    // The families have routes of their own.
    base().unroute("rtb-front", "0.0.0.0/0").ask("2a00::7", "2600:1f00:1:1::10", HTTPS).connects();
    base()
        .unroute("rtb-front", "::/0")
        .ask("2a00::7", "2600:1f00:1:1::10", HTTPS)
        .delivers(&["NO_ROUTE_TO_DESTINATION"]);
}

/// A router in `subnet-far`, with everything let through, that the others may be sent by.
fn with_router(world: World, checks: bool) -> World {
    let mut router = interface("eni-box", "subnet-far", "10.0.3.99", None, "sg-box");
    router["SourceDestCheck"] = json!(checks);
    world.with(json!({
        "NetworkInterfaces": [router], "Instances": [instance("i-box")],
        "SecurityGroups": [{
            "GroupId": "sg-box", "VpcId": "vpc-1", "IpPermissions": [allow_all("0.0.0.0/0")],
            "IpPermissionsEgress": [allow_all("0.0.0.0/0")],
        }],
    }))
}

/// [RT] Every range of the VPC has a `local` route; a more specific one leads a subnet's traffic to an interface, and
/// the target of the local route itself can be replaced.
#[test]
fn n23_local_routes_and_what_is_more_specific() {
    base().ask("i-app", "10.0.1.10", HTTPS).connects().via(&["rtb-back", "sg-web"]);
    let sent = with_router(base(), false).route("rtb-back", "10.0.1.0/24", "eni-box");
    sent.ask("i-app", "10.0.1.10", HTTPS).connects().via(&["rtb-back", "eni-box", "rtb-main", "eni-web"]);
    sent.ask("i-app", "10.0.3.10", HTTPS).denied(&["ENI_SG_RULES_MISMATCH"]).never_via("eni-box");
    let replaced = with_router(base(), false).unroute("rtb-back", "10.0.0.0/16");
    let replaced = replaced.route("rtb-back", "10.0.0.0/16", "eni-box");
    replaced.ask("i-app", "10.0.1.10", HTTPS).connects().via(&["rtb-back", "eni-box", "eni-web"]);
}

/// [RT] For the same destination a static route beats a propagated one.
#[test]
fn n24_static_routes_beat_propagated_ones() {
    let mut learned = route("198.51.100.0/24", "igw-gone");
    learned["Origin"] = json!("EnableVgwRoutePropagation");
    let world = base().add("rtb-front", "Routes", learned);
    world.ask("198.51.100.7", "203.0.113.10", HTTPS).delivers(&["BAD_STATE_ROUTE"]);
    world.route("rtb-front", "198.51.100.0/24", "igw-1").ask("198.51.100.7", "203.0.113.10", HTTPS).connects();
}

/// [RT] A static range beats a prefix list for the same destination, a list beats a propagated route, and a more
/// specific entry wins always; overlapping lists with different targets are told, for AWS does not say which one wins.
#[test]
fn n25_prefix_lists_come_between_static_and_propagated_routes() {
    let list = |id: &str, cidr: &str| json!({"PrefixLists": [{"PrefixListId": id, "Cidrs": [cidr]}]});
    let ask = |world: &World| world.ask("198.51.100.7", "203.0.113.10", HTTPS);
    let world = base().with(list("pl-1", "198.51.100.0/24")).route("rtb-front", "pl-1", "nat-1");
    ask(&world).delivers(&["MORE_SPECIFIC_ROUTE"]);
    ask(&world.clone().route("rtb-front", "198.51.100.0/24", "igw-1")).connects();
    let mut learned = route("198.51.100.0/24", "igw-1");
    learned["Origin"] = json!("EnableVgwRoutePropagation");
    ask(&world.clone().add("rtb-front", "Routes", learned)).delivers(&["MORE_SPECIFIC_ROUTE"]);
    ask(&world.clone().route("rtb-front", "198.51.100.0/25", "igw-1")).connects();
    let both = world.with(list("pl-2", "198.51.100.0/24")).route("rtb-front", "pl-2", "igw-1");
    ask(&both).says("AWS does not say which one wins");
}

/// [EC BAD_STATE_ROUTE] A blackhole drops what it wins for.
#[test]
fn n26_blackholes_drop() {
    let mut hole = route("10.0.1.0/24", "eni-gone");
    hole["State"] = json!("blackhole");
    base().ask("i-app", "10.0.1.10", HTTPS).connects();
    base().add("rtb-back", "Routes", hole).ask("i-app", "10.0.1.10", HTTPS).denied(&["BAD_STATE_ROUTE"]);
}

/// [RT] Nothing is ever forwarded to 169.254.168.0/22 and fd00:ec2::/32, whatever a route says.
#[test]
fn n27_no_route_leads_to_addresses_of_the_vpc_itself() {
    let world = with_router(base(), false);
    let world = world.route("rtb-front", "169.254.168.0/22", "eni-box").route("rtb-front", "fd00:ec2::/32", "eni-box");
    world.ask("i-web", "169.254.171.9", HTTPS).denied(&["NO_PATH"]).never_via("rtb-front");
    world.ask("i-web", "fd00:ec2::9", HTTPS).denied(&["NO_PATH"]).never_via("rtb-front");
    world.ask("i-web", "169.254.169.254", Service::tcp(80)).connects().never_via("rtb-front");
}

/// [RT, gateway route tables; EC INGRESS_RTB_NO_PUBLIC_IP, INGRESS_RTB_TRAFFIC_REDIRECTION] A table of the internet
/// gateway can send what enters to an interface with a public address and an instance; replies must leave by it too.
#[test]
fn n28_gateway_route_tables_divert_what_enters() {
    let mut edge = with_router(base(), false).with(json!({"RouteTables": [{
        "RouteTableId": "rtb-edge", "VpcId": "vpc-1",
        "Routes": [route("10.0.0.0/16", "local"), route("10.0.1.0/24", "eni-box")],
        "Associations": [{"GatewayId": "igw-1", "AssociationState": {"State": "associated"}}],
    }]}));
    edge = edge.route("rtb-main", "0.0.0.0/0", "igw-1");
    let ask = |world: &World| world.ask("198.51.100.7", "203.0.113.10", HTTPS);
    ask(&edge).denied(&["INGRESS_RTB_NO_PUBLIC_IP"]);
    let public = json!([{
        "PrivateIpAddress": "10.0.3.99", "Primary": true, "Association": {"PublicIp": "203.0.113.99"},
    }]);
    let open = edge.set("eni-box", "PrivateIpAddresses", public);
    ask(&open).delivers(&["INGRESS_RTB_TRAFFIC_REDIRECTION"]).via(&["igw-1", "rtb-edge", "eni-box", "eni-web"]);
    let back = open.clone().unroute("rtb-front", "0.0.0.0/0").route("rtb-front", "0.0.0.0/0", "eni-box");
    ask(&back).connects().via(&["igw-1", "rtb-edge", "eni-box", "eni-web"]).back_via(&[
        "eni-web",
        "rtb-front",
        "eni-box",
        "rtb-main",
        "igw-1",
    ]);
    open.ask("i-web", "198.51.100.7", HTTPS).denied(&["INGRESS_RTB_TRAFFIC_REDIRECTION"]);
    // What is exposed in sets agrees with what single packets do.
    for (world, connects) in [(&open, false), (&back, true)] {
        let estate = world.estate();
        let network = crate::reach::Network::new(&estate);
        let exposures = network.exposures();
        let web = exposures.addresses().iter().find(|e| e.private().to_string() == "10.0.1.10").unwrap();
        let reach = exposures.reach(web).unwrap();
        assert_eq!((reach.delivers.is_empty(), reach.connects.is_empty()), (false, !connects));
    }
}

/// [RT] Within a subnet there is no routing.
#[test]
fn n29_route_tables_do_not_apply_within_a_subnet() {
    let mut hole = route("10.0.2.0/24", "eni-gone");
    hole["State"] = json!("blackhole");
    let world = base().add("rtb-back", "Routes", hole.clone()).add("rtb-front", "Routes", hole).with(json!({
        "NetworkInterfaces": [interface("eni-near", "subnet-back", "10.0.2.20", None, "sg-web")],
        "Instances": [instance("i-near")],
    }));
    world.ask("i-near", "10.0.2.10", APP).connects().never_via("rtb-back");
    world.ask("i-web", "10.0.2.10", APP).denied(&["BAD_STATE_ROUTE"]);
}

/// [EC ENI_SOURCE_DEST_CHECK_RESTRICTION; VPC_NAT_Instance] An interface takes and sends only what is its own, unless
/// the check is off.
#[test]
fn n30_an_interface_that_checks_neither_forwards_nor_forges() {
    let by = |checks: bool| with_router(base(), checks).route("rtb-back", "10.0.1.0/24", "eni-box");
    by(true).ask("i-app", "10.0.1.10", HTTPS).denied(&["ENI_SOURCE_DEST_CHECK_RESTRICTION"]);
    by(false).ask("i-app", "10.0.1.10", HTTPS).connects().says("assumed");
    let forged = |checks: bool| with_router(base(), checks).ask("i-box@10.9.9.9", "10.0.1.10", HTTPS);
    let told = forged(true);
    assert_eq!(told.0.explanations[0].explanation_code, "ENI_SOURCE_DEST_CHECK_RESTRICTION");
    assert_eq!(told.0.verdict, crate::reach::Verdict::Denied);
    assert_eq!(forged(false).0.verdict, crate::reach::Verdict::Delivers);
}
