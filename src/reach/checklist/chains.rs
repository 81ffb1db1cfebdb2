//! Chains: what is gated is told and not reached, what is behind the doors of AWS's edge is where chains begin, and the
//! estate's own public addresses are reached over the internet.

use serde_json::{Value, json};

use super::cloudfront::private;
use super::doors::{arn, balanced, forward};
use super::world::*;
use crate::reach::service::describe;
use crate::reach::{Link, Mode, Network};

/// Everything that is reached, in order: the interface and how; what is gated says by what.
fn told(network: &Network<'_>, links: &[Link]) -> Vec<String> {
    let line = |link: &Link| {
        let interface = network.linked_party(link).map_or("", |party| party.interface).to_owned();
        let gates: Vec<String> = link.gates.iter().map(ToString::to_string).collect();
        let told = if gates.is_empty() { String::new() } else { format!(" gated {}", gates.join(", ")) };
        assert!(gates.is_empty() || !link.held, "what is gated is not held");
        format!("{interface} {}{told}", describe(&link.services))
    };
    let mut all: Vec<String> = links.iter().filter(|link| !link.services.is_empty()).map(line).collect();
    all.sort();
    all
}

fn from_internet(world: &World) -> Vec<String> {
    let estate = world.estate();
    let network = Network::new(&estate);
    told(&network, &network.chain_from_internet(&network.exposures(), Mode::Any).links)
}

fn from(world: &World, source: &str, mode: Mode) -> Vec<String> {
    let estate = world.estate();
    let network = Network::new(&estate);
    told(&network, &network.blast(source, mode).unwrap().links)
}

/// The load balancer `lb` with a rule that asks for something first; behind `i-app` there is `i-deep`.
fn asking(actions: &[Value], conditions: &Value) -> World {
    balanced("internet-facing").with(json!({
        "Rules": [{
            "RuleArn": arn("listener-rule/app/lb/1/443/1"), "Priority": "1", "IsDefault": false,
            "Conditions": conditions, "Actions": actions,
        }],
        "NetworkInterfaces": [interface("eni-deep", "subnet-far", "10.0.3.30", None, "sg-deep")],
        "Instances": [instance("i-deep")],
        "SecurityGroups": [{
            "GroupId": "sg-deep", "VpcId": "vpc-1", "IpPermissions": [allow("tcp", 22, "10.0.2.10/32")],
            "IpPermissionsEgress": [],
        }],
    }))
}

#[test]
fn n56_what_is_behind_a_gate_is_told_and_not_reached() {
    let path = || json!([{"Field": "path-pattern", "Values": ["/a"]}]);
    let open = from_internet(&asking(&[forward("app")], &path()));
    assert_eq!(open, ["eni-app tcp/8080", "eni-deep tcp/22", "eni-lb tcp/443", "eni-web tcp/443"]);
    let login = [json!({"Type": "authenticate-oidc", "Order": 1}), forward("app")];
    let gated = from_internet(&asking(&login, &path()));
    assert_eq!(gated, ["eni-app tcp/8080 gated after logging in", "eni-lb tcp/443", "eni-web tcp/443"]);
    let header = json!([{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Key", "Values": ["hush"]}}]);
    let gated = from_internet(&asking(&[forward("app")], &header));
    assert_eq!(gated[0], "eni-app tcp/8080 gated needs the header X-Key");
    // From a host inside as well; and by another way it is reached.
    let inside = asking(&login, &path());
    assert!(from(&inside, "i-web", Mode::Any).contains(&"eni-app tcp/8080 gated after logging in".to_owned()));
    let also = inside.rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "sg-lb"), allow("tcp", 22, "sg-web")]);
    let found = from(&also, "i-web", Mode::Any);
    assert!(found.contains(&"eni-app tcp/22".to_owned()), "{found:?}");
    assert!(found.contains(&"eni-deep tcp/22".to_owned()), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("gated")), "{found:?}");
}

#[test]
fn n62_chains_begin_behind_the_doors_of_the_edge() {
    let world = private().rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "sg-managed")]);
    let found = from_internet(&world);
    assert!(found.contains(&"eni-app tcp/8080".to_owned()), "{found:?}");
    let login = json!({"Rules": [{
        "RuleArn": arn("listener-rule/app/lb/1/443/1"), "Priority": "1", "IsDefault": false,
        "Conditions": [{"Field": "path-pattern", "Values": ["*"]}],
        "Actions": [{"Type": "authenticate-oidc", "Order": 1}, forward("app")],
    }]});
    let found = from_internet(&world.with(login));
    assert!(found.contains(&"eni-app tcp/8080 gated after logging in".to_owned()), "{found:?}");
}

/// [`two_vpcs`], not connected; the second has a gateway, and `i-two` a public address.
pub(super) fn apart(admitted: &str) -> World {
    two_vpcs()
        .with(json!({"InternetGateways": [{
            "InternetGatewayId": "igw-2", "Attachments": [{"State": "available", "VpcId": "vpc-2"}],
        }]}))
        .with(json!({"NetworkInterfaces": [interface("eni-two", "subnet-two", "10.2.1.10", Some("203.0.113.30"), "sg-two")]}))
        .route("rtb-two", "0.0.0.0/0", "igw-2")
        .rules("sg-two", "IpPermissions", &[allow("tcp", 22, admitted)])
}

/// A host gets to the estate's public addresses over the internet, with the address that its gateway gives it.
#[test]
fn n36_chains_go_over_the_internet() {
    let two = "eni-two tcp/22".to_owned();
    // By the NAT gateway's address, by its own, and by neither.
    assert!(from(&apart("203.0.113.250/32"), "i-app", Mode::Login).contains(&two));
    assert!(!from(&apart("203.0.113.250/32"), "i-web", Mode::Login).contains(&two));
    assert!(from(&apart("203.0.113.10/32"), "i-web", Mode::Login).contains(&two));
    assert!(!from(&apart("203.0.113.77/32"), "i-app", Mode::Any).contains(&two));
    assert!(from(&apart("0.0.0.0/0"), "i-app", Mode::Any).contains(&two));
    // A subnet without way out, and a sender that may not send.
    assert!(!from(&apart("0.0.0.0/0"), "i-far", Mode::Login).contains(&two));
    let shut = apart("0.0.0.0/0").rules("sg-app", "IpPermissionsEgress", &[allow("tcp", 443, "0.0.0.0/0")]);
    assert!(!from(&shut, "i-app", Mode::Login).contains(&two));
    // And on from there.
    let deep = apart("203.0.113.250/32").with(json!({
        "NetworkInterfaces": [interface("eni-deep", "subnet-two", "10.2.1.11", None, "sg-deep")],
        "Instances": [instance("i-deep")],
        "SecurityGroups": [{
            "GroupId": "sg-deep", "VpcId": "vpc-2", "IpPermissions": [allow("tcp", 22, "sg-two")],
            "IpPermissionsEgress": [],
        }],
    }));
    assert!(from(&deep, "i-app", Mode::Login).contains(&"eni-deep tcp/22".to_owned()));
}

/// Behind a public load balancer that a host gets to over the internet are its targets, for the address that it is seen
/// with.
#[test]
fn n51_chains_go_over_the_internet_to_balancers() {
    let admit = |peer: &str| {
        balanced("internet-facing")
            .set(&arn("listener/app/lb/1/443"), "DefaultActions", json!([forward("app")]))
            .rules("sg-lb", "IpPermissions", &[allow("tcp", 443, peer)])
            .route("rtb-main", "0.0.0.0/0", "nat-1")
            .rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "sg-lb")])
    };
    let found = from(&admit("203.0.113.250/32"), "i-far", Mode::Any);
    assert!(
        found.contains(&"eni-lb tcp/443".to_owned()) && found.contains(&"eni-app tcp/8080".to_owned()),
        "{found:?}"
    );
    let found = from(&admit("203.0.113.77/32"), "i-far", Mode::Any);
    assert!(!found.iter().any(|line| line.starts_with("eni-lb") || line.starts_with("eni-app")), "{found:?}");
}
