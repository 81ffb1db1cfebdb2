//! Item 49: Client VPN [clientvpn, client-authorization; cvpn-working-rules; cvpn-working-routes; ad-group-auth-rules].
//! `cvpn-1` is associated with `subnet-front` and has the group `sg-web`, from which `i-app` takes 8080.

use serde_json::{Value, json};

use super::world::*;
use crate::reach::{Behind, Mode, Network, Sender, Service, Verdict};

const APP: Service = Service::tcp(8080);

fn rule(to: &str, group: Option<&str>) -> Value {
    json!({"DestinationCidr": to, "GroupId": group, "AccessAll": group.is_none(), "Status": {"Code": "active"}})
}

fn route_by(to: &str, subnet: &str) -> Value {
    json!({"DestinationCidr": to, "TargetSubnet": subnet, "Status": {"Code": "active"}})
}

fn endpoint(rules: &[Value], routes: &[Value]) -> World {
    base().with(json!({"ClientVpnEndpoints": [{
        "ClientVpnEndpointId": "cvpn-1", "VpcId": "vpc-1", "TransportProtocol": "udp", "VpnPort": 443,
        "Status": {"Code": "available"}, "SecurityGroupIds": ["sg-web"], "AuthorizationRules": rules, "Routes": routes,
        "TargetNetworks": [{"TargetNetworkId": "subnet-front", "Status": {"Code": "associated"}}],
    }]}))
}

fn usual(rules: &[Value]) -> World {
    endpoint(rules, &[route_by("10.0.0.0/16", "subnet-front")])
}

#[track_caller]
fn gated(world: &World, to: &str, by: &str) {
    let told = world.ask("cvpn-1", to, APP);
    assert!(told.0.verdict == Verdict::Gated && told.0.notes.iter().any(|note| note == by), "{}", told.story());
}

#[test]
fn n49_clients_get_where_a_rule_a_route_and_the_associations_groups_let_them() {
    let open = usual(&[rule("10.0.0.0/16", None)]);
    gated(&open, "10.0.2.10", "after logging in to the Client VPN");
    open.ask("cvpn-1", "10.0.2.10", Service::tcp(22)).denied(&["ENI_SG_RULES_MISMATCH"]);
    usual(&[])
        .ask("cvpn-1", "10.0.2.10", APP)
        .denied(&["NO_PATH"])
        .says("no authorization rule of cvpn-1 allows 10.0.2.10");
    usual(&[rule("10.0.3.0/24", None)]).ask("cvpn-1", "10.0.2.10", APP).denied(&["NO_PATH"]);
    for elsewhere in [route_by("10.0.0.0/16", "subnet-back"), route_by("10.9.0.0/16", "subnet-front")] {
        let unrouted = endpoint(&[rule("0.0.0.0/0", None)], &[elsewhere]);
        unrouted.ask("cvpn-1", "10.0.2.10", APP).denied(&["NO_PATH"]).says("no route of cvpn-1 leads to 10.0.2.10");
    }
    // The groups are the association's: sg-app is not let in to i-app.
    let other = json!([{"TargetNetworkId": "subnet-front", "SecurityGroups": ["sg-app"]}]);
    open.set("cvpn-1", "TargetNetworks", other).ask("cvpn-1", "10.0.2.10", APP).denied(&["ENI_SG_RULES_MISMATCH"]);
}

#[test]
fn n49_the_rules_of_the_longest_prefix_decide_and_name_the_groups() {
    let rules = [rule("0.0.0.0/0", None), rule("10.0.2.0/24", Some("S-14")), rule("10.0.2.0/24", Some("S-15"))];
    let world = usual(&rules);
    gated(&world, "10.0.2.10", "after logging in to the Client VPN as a member of S-14 or S-15");
    gated(&world, "10.0.3.10", "after logging in to the Client VPN");
    let all = usual(&[&rules[..], &[rule("10.0.2.0/24", None)]].concat());
    gated(&all, "10.0.2.10", "after logging in to the Client VPN");
    let mut gone = rule("10.0.2.0/24", None);
    gone["Status"]["Code"] = json!("failed");
    gated(
        &usual(&[rule("10.0.0.0/16", Some("S-14")), gone]),
        "10.0.2.10",
        "after logging in to the Client VPN as a member of S-14",
    );
}

#[test]
fn n49_what_was_not_read_of_an_endpoint_is_unknown_and_what_does_not_work_carries_nothing() {
    let world = usual(&[rule("10.0.0.0/16", None)]);
    let without = |field: &str| world.clone().set("cvpn-1", field, Value::Null);
    without("AuthorizationRules").ask("cvpn-1", "10.0.2.10", APP).unknown("ec2:DescribeClientVpnAuthorizationRules");
    without("Routes").ask("cvpn-1", "10.0.2.10", APP).unknown("ec2:DescribeClientVpnRoutes");
    let off = world.clone().set("cvpn-1", "Status", json!({"Code": "deleting"}));
    off.ask("cvpn-1", "10.0.2.10", APP).denied(&["NO_PATH"]).says("cvpn-1 is not available");
    let v6 = usual(&[rule("2600:1f00:1::/56", None)]);
    v6.ask("cvpn-1", "2600:1f00:1:2::10", APP).unknown("IPv6 through a Client VPN");
    let six = world.estate();
    let network = Network::new(&six);
    let reach = network.services(&Sender::Resource("cvpn-1".to_owned()), None, "10.0.2.10".parse().unwrap()).unwrap();
    assert!(reach.connects.services().contains(APP.number()));
}

#[test]
fn n49_any_of_several_associations_will_do() {
    let rules = [rule("10.0.0.0/16", None)];
    let both = endpoint(&rules, &[route_by("10.0.0.0/16", "subnet-back")]).set(
        "cvpn-1",
        "TargetNetworks",
        json!([
            {"TargetNetworkId": "subnet-front"}, {"TargetNetworkId": "subnet-back"},
            {"TargetNetworkId": "subnet-far", "Status": {"Code": "disassociating"}},
        ]),
    );
    gated(&both, "10.0.2.10", "for clients that are connected by subnet-back");
    let estate = both.estate();
    let network = Network::new(&estate);
    let app = "10.0.2.10".parse().unwrap();
    let reach = network.services(&Sender::Resource("cvpn-1".to_owned()), None, app).unwrap();
    assert!(reach.connects.services().contains(APP.number()));
    let chain = network.blast("cvpn-1", Mode::Any).unwrap();
    let named = both.clone().set("cvpn-1", "Tags", json!([{"Key": "Name", "Value": "staff"}])).estate();
    assert!(Network::new(&named).parties().any(|party| party.name == Some("staff")));
    assert!(chain.links.iter().filter_map(|link| network.linked_party(link)).any(|party| party.id == "i-app"));
}

/// Interfaces of one subnet and group are told apart by the rules of the endpoint.
#[test]
fn n49_chains_keep_to_the_rules() {
    let reached = |rules: &[Value]| {
        let near = json!({
            "NetworkInterfaces": [interface("eni-near", "subnet-back", "10.0.2.20", None, "sg-app")],
            "Instances": [instance("i-near")],
        });
        let quiet = usual(rules).rules("sg-app", "IpPermissionsEgress", &[]);
        let estate = quiet.rules("sg-web", "IpPermissions", &[]).with(near).estate();
        let network = Network::new(&estate);
        let chain = network.blast("cvpn-1", Mode::Any).unwrap();
        let links = chain.links.iter().filter(|link| !link.services.is_empty());
        let mut ids: Vec<_> = links.filter_map(|link| network.linked_party(link)).map(|party| party.id).collect();
        ids.sort_unstable();
        ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(reached(&[rule("10.0.0.0/16", None)]), ["i-app", "i-far", "i-near"]);
    assert_eq!(reached(&[rule("10.0.2.20/32", None)]), ["i-near"]);
    assert_eq!(reached(&[]), Vec::<String>::new());
}

#[test]
fn n49_an_endpoint_is_a_door_to_where_it_leads() {
    let told = |world: &World| {
        let estate = world.estate();
        let line = |one: &Behind<'_>| {
            let gates: Vec<_> = one.gates.iter().map(ToString::to_string).collect();
            let unread: Vec<_> = one.unread.iter().filter_map(|unread| unread.action.clone()).collect();
            format!("{} {} {} {}", one.target.id, one.verdict, gates.join(""), unread.join(""))
        };
        Network::new(&estate).behind_doors().iter().map(|one| line(one).trim_end().to_owned()).collect::<Vec<_>>()
    };
    let open = usual(&[rule("10.0.0.0/16", None)]);
    assert_eq!(told(&open), ["subnet-front gated after logging in to the Client VPN"]);
    let of_group = told(&usual(&[rule("10.0.0.0/16", Some("S-1"))]));
    assert_eq!(of_group, ["subnet-front gated after logging in to the Client VPN as a member of S-1"]);
    assert_eq!(told(&usual(&[])), Vec::<String>::new());
    assert_eq!(told(&usual(&[rule("192.168.0.0/16", None)])), Vec::<String>::new());
    let unread = |field: &str| told(&open.clone().set("cvpn-1", field, Value::Null)).concat();
    let after = "after logging in to the Client VPN ec2:DescribeClientVpn";
    assert_eq!(unread("AuthorizationRules"), format!("subnet-front unknown {after}AuthorizationRules"));
    assert_eq!(unread("Routes"), format!("subnet-front unknown {after}Routes"));
    assert_eq!(unread("TargetNetworks"), format!("vpc-1 unknown {after}TargetNetworks"));
}
