//! Items 52 to 55 and 57: load balancers as single packets meet them. What is behind them is in `doors`.

use serde_json::{Value, json};

use super::world::{World, allow, base, interface};
use crate::reach::Service;

const HTTPS: Service = Service::tcp(443);
const OUTSIDE: &str = "198.51.100.7";
const LB: &str = "203.0.113.50";

fn arn(what: &str) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:{what}")
}

/// A Network Load Balancer in `subnet-front` that forwards 443 to a target's 8080, with these groups of its own.
fn network(groups: &[&str], target: &str, attributes: &Value) -> World {
    let own: Vec<Value> = groups.iter().map(|group| json!({"GroupId": group})).collect();
    let mut face = interface("eni-lb", "subnet-front", "10.0.1.50", Some(LB), "sg-web");
    (face["Groups"], face["Description"]) = (json!(own), json!("ELB net/lb/1"));
    face["Attachment"] = json!({"InstanceOwnerId": "amazon-elb"});
    let kind = if target.starts_with("i-") { "instance" } else { "ip" };
    let mut balancer = json!({
        "LoadBalancerArn": arn("loadbalancer/net/lb/1"), "LoadBalancerName": "lb", "Type": "network",
        "Scheme": "internet-facing", "VpcId": "vpc-1", "State": {"Code": "active"},
        "AvailabilityZones": [{"SubnetId": "subnet-front"}], "Attributes": [],
    });
    if !groups.is_empty() {
        balancer["SecurityGroups"] = json!(groups);
    }
    base().with(json!({
        "LoadBalancers": [balancer],
        "Listeners": [{
            "ListenerArn": arn("listener/net/lb/1/1"), "LoadBalancerArn": arn("loadbalancer/net/lb/1"), "Port": 443,
            "Protocol": "TCP", "DefaultActions": [{"Type": "forward", "TargetGroupArn": arn("targetgroup/app/1")}],
        }],
        "TargetGroups": [{
            "TargetGroupArn": arn("targetgroup/app/1"), "TargetGroupName": "app", "Protocol": "TCP", "Port": 8080,
            "TargetType": kind, "VpcId": "vpc-1", "Attributes": attributes,
            "TargetHealthDescriptions": [{"Target": {"Id": target, "Port": 8080}, "TargetHealth": {"State": "healthy"}}],
        }],
        "NetworkInterfaces": [face],
    }))
}

fn admitting(world: World, peer: &str) -> World {
    world.rules("sg-app", "IpPermissions", &[allow("tcp", 8080, peer)])
}

/// [NLB, load-balancer-security-groups] Made without groups, it lets everything to its listeners; made with some, their
/// rules count.
#[test]
fn n52_a_network_load_balancer_without_groups_lets_everything_to_its_listeners() {
    let open = admitting(network(&[], "i-app", &json!([])), "0.0.0.0/0");
    open.ask(OUTSIDE, LB, HTTPS).connects().via(&["igw-1", "eni-lb", "sg-app", "eni-app"]);
    open.ask(OUTSIDE, LB, Service::tcp(444)).denied(&["ELBV2_LISTENERS_MISMATCH"]);
    let shut = admitting(network(&["sg-app"], "i-app", &json!([])), "0.0.0.0/0");
    shut.ask(OUTSIDE, LB, HTTPS).denied(&["ENI_SG_RULES_MISMATCH"]);
    admitting(network(&["sg-web"], "i-app", &json!([])), "0.0.0.0/0")
        .ask(OUTSIDE, LB, HTTPS)
        .connects()
        .via(&["sg-web"]);
}

/// [NLB, load-balancer-target-groups] Instances see the client's address unless that is turned off, `ip` targets of TCP
/// the balancer's; a rule that names the balancer's group admits both.
#[test]
fn n53_targets_see_the_clients_address_or_the_balancers() {
    let ask = |target: &str, attributes: Value, peer: &str| {
        admitting(network(&["sg-web"], target, &attributes), peer).ask(OUTSIDE, LB, HTTPS)
    };
    let client = "198.51.100.0/24";
    let own = "10.0.1.50/32";
    ask("i-app", json!([]), client).connects();
    ask("i-app", json!([]), own).denied(&["ENI_SG_RULES_MISMATCH"]);
    ask("i-app", json!([]), "sg-web").connects();
    ask("10.0.2.10", json!([]), own).connects();
    ask("10.0.2.10", json!([]), client).denied(&["ENI_SG_RULES_MISMATCH"]);
    let set = |value: &str| json!([{"Key": "preserve_client_ip.enabled", "Value": value}]);
    ask("i-app", set("false"), own).connects();
    ask("i-app", set("false"), client).denied(&["ENI_SG_RULES_MISMATCH"]);
    ask("10.0.2.10", set("true"), client).connects();
}

/// [ALB] An internal load balancer has no public address and is reached from inside.
#[test]
fn n54_internal_load_balancers_are_reached_from_inside_only() {
    let private = json!([{"PrivateIpAddress": "10.0.1.50", "Primary": true}]);
    let world = admitting(network(&["sg-web"], "i-app", &json!([])), "0.0.0.0/0");
    let world = world.set("eni-lb", "PrivateIpAddresses", private).set(
        &arn("loadbalancer/net/lb/1"),
        "Scheme",
        json!("internal"),
    );
    world.ask(OUTSIDE, LB, HTTPS).denied(&["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]);
    world.ask("i-web", "10.0.1.50", HTTPS).connects();
}

/// [NLB, ALB: fail open] Targets that are not healthy get traffic when none is: health hides nothing.
#[test]
fn n55_unhealthy_targets_are_reached() {
    let sick = json!([{"Target": {"Id": "i-app", "Port": 8080}, "TargetHealth": {"State": "unhealthy"}}]);
    let world = admitting(network(&["sg-web"], "i-app", &json!([])), "0.0.0.0/0");
    let sick = world.set(&arn("targetgroup/app/1"), "TargetHealthDescriptions", sick);
    sick.ask(OUTSIDE, LB, HTTPS).connects().via(&["eni-app"]);
    let none = sick.set(&arn("targetgroup/app/1"), "TargetHealthDescriptions", json!([]));
    none.ask(OUTSIDE, LB, HTTPS).denied(&["ELBV2_LISTENER_HAS_NO_TG"]);
}

/// [EC GWLB_...; NAAw] A Gateway Load Balancer speaks GENEVE, UDP 6081, to its targets and takes no connections; an
/// endpoint of it is a route's target, and what is behind is taken to let everything pass.
#[test]
fn n57_gateway_load_balancers_speak_geneve_to_their_targets() {
    let mut face = interface("eni-gwlb", "subnet-front", "10.0.1.60", None, "sg-web");
    (face["Groups"], face["Description"]) = (json!([]), json!("ELB gwy/gwlb/1"));
    (face["InterfaceType"], face["Attachment"]) =
        (json!("gateway_load_balancer"), json!({"InstanceOwnerId": "amazon-elb"}));
    let world = base()
        .with(json!({
            "NetworkInterfaces": [face],
            "LoadBalancers": [{
                "LoadBalancerArn": arn("loadbalancer/gwy/gwlb/1"), "LoadBalancerName": "gwlb", "Type": "gateway",
                "VpcId": "vpc-1", "AvailabilityZones": [{"SubnetId": "subnet-front"}], "Attributes": [],
            }],
        }))
        .rules("sg-app", "IpPermissions", &[allow("-1", -1, "10.0.1.0/24")]);
    world.ask("eni-gwlb", "10.0.2.10", Service::udp(6081)).connects();
    world.ask("eni-gwlb", "10.0.2.10", Service::udp(53)).denied(&["GWLB_DESTINATION_PORT_RESTRICTION"]);
    world.ask("eni-gwlb", "10.0.2.10", HTTPS).denied(&["GWLB_PROTOCOL_RESTRICTION"]);
    world.ask("i-app", "10.0.1.60", Service::udp(6081)).denied(&["ELBV2_LISTENERS_MISMATCH"]);
}
