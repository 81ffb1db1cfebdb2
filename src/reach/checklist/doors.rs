//! Front doors: what load balancers let through to whom, and what is behind them (items 50 to 56).

use serde_json::{Value, json};

use super::world::*;
use crate::model::Estate;
use crate::reach::{Behind, Network, PathComponent, Sender, Service, Verdict, words};

const RULES: &str = "elasticloadbalancing:DescribeRules";

/// The ARN of something of the load balancer `lb`.
pub(super) fn arn(what: &str) -> String {
    format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:{what}")
}

pub(super) fn target_group(name: &str, port: u16, targets: &[&str]) -> Value {
    let targets: Vec<Value> = targets.iter().map(|id| json!({"Target": {"Id": id, "Port": port}})).collect();
    json!({
        "TargetGroupArn": arn(&format!("targetgroup/{name}/1")), "TargetGroupName": name, "Protocol": "HTTP",
        "Port": port, "TargetType": "instance", "VpcId": "vpc-1", "TargetHealthDescriptions": targets,
        "LoadBalancerArns": [arn("loadbalancer/app/lb/1")],
    })
}

pub(super) fn forward(group: &str) -> Value {
    json!({"Type": "forward", "Order": 9, "TargetGroupArn": arn(&format!("targetgroup/{group}/1"))})
}

/// A rule of the listener of `lb`.
fn rule(priority: &str, conditions: &Value, actions: &[Value]) -> Value {
    json!({
        "RuleArn": arn(&format!("listener-rule/app/lb/1/443/{priority}")), "Priority": priority,
        "IsDefault": priority == "default", "Conditions": conditions, "Actions": actions,
    })
}

fn header(name: &str) -> Value {
    json!({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": ["hush"]}})
}

fn condition(field: &str, value: &str) -> Value {
    json!({"Field": field, "Values": [value]})
}

/// A load balancer in `subnet-front` in front of `i-app`, which listens on 443 and answers 404 when no rule matches.
pub(super) fn balanced(scheme: &str) -> World {
    let public = (scheme == "internet-facing").then_some("203.0.113.20");
    let mut face = interface("eni-lb", "subnet-front", "10.0.1.20", public, "sg-lb");
    face["Description"] = json!("ELB app/lb/1");
    face["Attachment"] = json!({"Status": "attached"});
    let world = base().with(json!({
        "LoadBalancers": [{
            "LoadBalancerArn": arn("loadbalancer/app/lb/1"), "LoadBalancerName": "lb", "Type": "application",
            "Scheme": scheme, "IpAddressType": "ipv4", "VpcId": "vpc-1", "SecurityGroups": ["sg-lb"],
            "DNSName": "lb-1.eu-west-1.elb.amazonaws.com", "State": {"Code": "active"}, "Attributes": [],
            "AvailabilityZones": [{"SubnetId": "subnet-front"}],
        }],
        "Listeners": [{
            "ListenerArn": arn("listener/app/lb/1/443"), "LoadBalancerArn": arn("loadbalancer/app/lb/1"),
            "Port": 443, "Protocol": "HTTPS",
            "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        }],
        "TargetGroups": [target_group("app", 8080, &["i-app"])],
        "NetworkInterfaces": [face],
        "SecurityGroups": [{
            "GroupId": "sg-lb", "VpcId": "vpc-1", "IpPermissions": [allow("tcp", 443, "0.0.0.0/0")],
            "IpPermissionsEgress": [allow_all("0.0.0.0/0")],
        }],
    }));
    world.rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "sg-lb")])
}

/// The same with rules.
fn ruled(rules: &[(&str, Value, Vec<Value>)]) -> World {
    let rules: Vec<Value> = rules.iter().map(|(at, conditions, actions)| rule(at, conditions, actions)).collect();
    balanced("internet-facing").with(json!({"Rules": rules}))
}

fn line(one: &Behind<'_>) -> String {
    let by: Vec<String> = one.by.iter().map(ToString::to_string).collect();
    let to = one.service.map_or_else(|| "call".to_owned(), |service| service.to_string());
    let gates: Vec<String> = one.gates.iter().map(ToString::to_string).collect();
    let gates = if gates.is_empty() { String::new() } else { format!(" {}", gates.join(" and ")) };
    let sources: Vec<String> = one.sources.nets().iter().map(ToString::to_string).collect();
    let from = if sources.len() > 4 { "everybody".to_owned() } else { sources.join(" ") };
    let door = one.name.unwrap_or(one.door);
    format!("{from} > {door} {} > {} {to}: {}{gates}", by.join(" "), one.target.id, one.verdict)
}

/// What is behind the doors of an estate, line by line.
pub(super) fn lines(estate: &Estate) -> Vec<String> {
    let network = Network::new(estate);
    network.exposed_behind(&network.exposures()).iter().map(line).collect()
}

#[track_caller]
pub(super) fn behind(world: &World, expected: &[&str]) {
    assert_eq!(lines(&world.estate()), expected);
}

const OPEN: &str = "everybody > lb tcp/443 > i-app tcp/8080: connects";

#[test]
fn n50_what_a_listener_answers_itself_reaches_no_target() {
    behind(&balanced("internet-facing"), &[]);
    behind(
        &balanced("internet-facing").set(&arn("listener/app/lb/1/443"), "DefaultActions", json!([forward("app")])),
        &[OPEN],
    );
}

#[test]
fn n50_rules_that_ask_for_what_anybody_may_send_are_open() {
    for field in ["host-header", "path-pattern", "http-request-method", "query-string"] {
        behind(&ruled(&[("1", json!([condition(field, "x")]), vec![forward("app")])]), &[OPEN]);
    }
    behind(&ruled(&[("1", json!([condition("host-header", "x")]), vec![json!({"Type": "redirect"})])]), &[]);
}

#[test]
fn n50_the_first_rule_that_matches_decides() {
    let all = || condition("path-pattern", "*");
    let answer = || json!({"Type": "fixed-response", "Order": 1});
    let hidden =
        [("1", json!([all()]), vec![answer()]), ("2", json!([condition("host-header", "x")]), vec![forward("app")])];
    behind(&ruled(&hidden), &[]);
    let before =
        [("2", json!([all()]), vec![answer()]), ("1", json!([condition("host-header", "x")]), vec![forward("app")])];
    behind(&ruled(&before), &[OPEN]);
    // Numbers, not texts: 10 is after 9.
    let tenth =
        [("9", json!([all()]), vec![answer()]), ("10", json!([condition("host-header", "x")]), vec![forward("app")])];
    behind(&ruled(&tenth), &[]);
    // A rule that asks for a header hides nothing from those who do not send it.
    let gated = [
        ("1", json!([header("X")]), vec![answer()]),
        ("2", json!([condition("host-header", "x")]), vec![forward("app")]),
    ];
    behind(&ruled(&gated), &[OPEN]);
}

#[test]
fn n51_the_second_leg_needs_a_rule_for_the_balancer() {
    let world = ruled(&[("1", json!([condition("host-header", "x")]), vec![forward("app")])]);
    behind(&world.clone().rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "sg-web")]), &[]);
    behind(&world.clone().rules("sg-lb", "IpPermissionsEgress", &[allow("tcp", 8081, "0.0.0.0/0")]), &[]);
    behind(&world.rules("sg-lb", "IpPermissions", &[allow("tcp", 80, "0.0.0.0/0")]), &[]);
}

#[test]
fn n56_a_header_is_a_gate_and_a_login_is_one() {
    let rules = [("1", json!([header("X-Origin-Verify")]), vec![forward("app")])];
    behind(&ruled(&rules), &["everybody > lb tcp/443 > i-app tcp/8080: gated needs the header X-Origin-Verify"]);
    for (kind, words) in [
        ("authenticate-oidc", "after logging in"),
        ("authenticate-cognito", "after logging in"),
        ("jwt-validation", "with a valid token"),
    ] {
        let rules =
            [("1", json!([condition("path-pattern", "/a")]), vec![json!({"Type": kind, "Order": 1}), forward("app")])];
        behind(&ruled(&rules), &[&format!("everybody > lb tcp/443 > i-app tcp/8080: gated {words}")]);
    }
    // A login that lets everybody on is none.
    let config = json!({"OnUnauthenticatedRequest": "allow"});
    let login = json!({"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": config});
    let rules = [("1", json!([condition("path-pattern", "/a")]), vec![login, forward("app")])];
    behind(&ruled(&rules), &[OPEN]);
    // What is open by one rule is not gated by another.
    let both = [
        ("1", json!([header("X-Origin-Verify")]), vec![forward("app")]),
        ("2", json!([condition("path-pattern", "/open")]), vec![forward("app")]),
    ];
    behind(&ruled(&both), &[OPEN]);
}

#[test]
fn n56_a_client_certificate_that_is_verified_is_a_gate() {
    const GATED: &str =
        "everybody > lb tcp/443 > i-app tcp/8080: gated with a client certificate that the load balancer trusts";
    let listener = arn("listener/app/lb/1/443");
    let open = ruled(&[("1", json!([condition("host-header", "x")]), vec![forward("app")])]);
    let mutual =
        |world: &World, mode: &str| world.clone().set(&listener, "MutualAuthentication", json!({"Mode": mode}));
    behind(&mutual(&open, "off"), &[OPEN]);
    behind(&mutual(&open, "passthrough"), &[OPEN]);
    behind(&mutual(&open, "verify"), &[GATED]);
    behind(&mutual(&open, "squint"), &["everybody > lb tcp/443 > i-app tcp/8080: unknown"]);
    behind(&open.clone().set(&listener, "MutualAuthentication", json!({})), &[OPEN]);
    // It is asked for before any rule is looked at, by the default action too.
    let default = balanced("internet-facing").set(&listener, "DefaultActions", json!([forward("app")]));
    behind(&mutual(&default, "verify"), &[GATED]);
    let both = ruled(&[("1", json!([header("X-Origin-Verify")]), vec![forward("app")])]);
    let words = "with a client certificate that the load balancer trusts and needs the header X-Origin-Verify";
    behind(&mutual(&both, "verify"), &[&format!("everybody > lb tcp/443 > i-app tcp/8080: gated {words}")]);
    // What is not known of the rules stays unknown behind it.
    behind(&mutual(&open, "verify").deny(RULES), &[&GATED.replace("gated", "unknown")]);
    let estate = mutual(&open, "verify").estate();
    let network = Network::new(&estate);
    let ways = network.between(&Sender::Internet, None, "i-app", Service::tcp(8080)).unwrap();
    let answer = &ways.iter().find(|way| way.through.is_some()).unwrap().answer;
    assert_eq!(answer.verdict, Verdict::Gated);
    assert_eq!(answer.notes, ["with a client certificate that the load balancer trusts"]);
}

#[test]
fn n56_a_condition_on_the_source_is_compared() {
    let from = |range: &str| ruled(&[("1", json!([condition("source-ip", range)]), vec![forward("app")])]);
    behind(&from("198.51.100.0/24"), &["198.51.100.0/24 > lb tcp/443 > i-app tcp/8080: connects"]);
    behind(&from("10.0.0.0/8"), &[]);
    behind(&from("0.0.0.0/0"), &[OPEN]);
    let office = from("198.51.100.0/24").rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "203.0.113.0/24")]);
    behind(&office, &[]);
    let shadowed = [
        ("1", json!([condition("source-ip", "0.0.0.0/1")]), vec![json!({"Type": "redirect"})]),
        ("2", json!([condition("source-ip", "64.0.0.0/8")]), vec![forward("app")]),
    ];
    behind(&ruled(&shadowed), &[]);
}

#[test]
fn n70_what_is_not_understood_or_not_read_is_unknown() {
    const UNKNOWN: &str = "everybody > lb tcp/443 > i-app tcp/8080: unknown";
    let world = ruled(&[("1", json!([condition("phase-of-the-moon", "full")]), vec![forward("app")])]);
    behind(&world, &[UNKNOWN]);
    let world = ruled(&[("1", json!([condition("host-header", "x")]), vec![forward("app")])]);
    let estate = world.clone().deny(RULES).estate();
    assert_eq!(lines(&estate), [UNKNOWN], "any group of the balancer may be behind a rule");
    let network = Network::new(&estate);
    let all = network.exposed_behind(&network.exposures());
    assert_eq!(all[0].unread[0].action.as_deref(), Some(RULES));
    let world = world.deny("elasticloadbalancing:DescribeTargetHealth");
    let group = arn("targetgroup/app/1");
    behind(&world, &[&format!("everybody > lb tcp/443 > {group} call: unknown")]);
}

#[test]
fn targets_that_are_functions_are_called_and_those_that_are_gone_are_not_there() {
    let world = ruled(&[("1", json!([condition("host-header", "x")]), vec![forward("app")])]);
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:f";
    let group = arn("targetgroup/app/1");
    let called = world.clone().set(&group, "TargetType", json!("lambda"));
    let called = called.set(&group, "TargetHealthDescriptions", json!([{"Target": {"Id": function}}]));
    behind(&called, &[&format!("everybody > lb tcp/443 > {function} call: connects")]);
    let gone = json!([{"Target": {"Id": "i-gone", "Port": 80}}]);
    behind(&world.clone().set(&group, "TargetHealthDescriptions", gone.clone()), &[]);
    let unread = world.set(&group, "TargetHealthDescriptions", gone).deny("ec2:DescribeInstances");
    behind(&unread, &["everybody > lb tcp/443 > i-gone call: unknown"]);
}

#[test]
fn the_path_behind_a_door_has_the_listener_the_group_and_the_target() {
    let world = ruled(&[("1", json!([condition("host-header", "x")]), vec![forward("app")])]);
    let estate = world.estate();
    let network = Network::new(&estate);
    let all = network.exposed_behind(&network.exposures());
    let hops: Vec<&str> = all[0].path.iter().map(|hop| hop.component.id.as_str()).collect();
    assert_eq!(hops, [&arn("loadbalancer/app/lb/1"), &arn("targetgroup/app/1"), "eni-app"]);
    assert_eq!(all[0].path[0].elastic_load_balancer_listener.as_ref().unwrap().id, arn("listener/app/lb/1/443"));
    let doors = network.doors();
    assert_eq!(doors.iter().map(|door| door.name).collect::<Vec<_>>(), [Some("lb")]);
    assert_eq!(Network::new(&balanced("internal").estate()).doors(), []);
}

#[test]
fn n56_between_a_client_and_a_target_the_rules_of_the_listener_decide() {
    let asked = |conditions: Value, source: Option<&str>| {
        let estate = ruled(&[("1", conditions, vec![forward("app")])]).estate();
        let network = Network::new(&estate);
        let source = source.map(|source| source.parse().unwrap());
        let ways = network.between(&Sender::Internet, source, "i-app", Service::tcp(8080)).unwrap();
        let way = ways.iter().find(|way| way.through.is_some()).unwrap();
        (way.answer.verdict, way.answer.notes.join("; "))
    };
    assert_eq!(asked(json!([condition("path-pattern", "/a")]), None).0, Verdict::Connects);
    let gated = asked(json!([header("X-Origin-Verify")]), None);
    assert_eq!(gated, (Verdict::Gated, "needs the header X-Origin-Verify".to_owned()));
    let office = || json!([condition("source-ip", "198.51.100.0/28")]);
    assert_eq!(asked(office(), Some("198.51.100.9")).0, Verdict::Connects);
    assert_eq!(asked(office(), Some("198.51.100.99")).0, Verdict::Denied);
    assert_eq!(asked(json!([condition("source-ip", "8.8.8.0/24")]), None).0, Verdict::Connects, "some client may");
}

/// The way to `i-app` on 8080 by the first door that is no balancer on the internet: hop by hop with what decides, and
/// the hops of the reply.
pub(super) fn told(world: &World, door: &str) -> (Vec<String>, Vec<String>) {
    let estate = world.estate();
    let network = Network::new(&estate);
    let ways = network.between(&Sender::Internet, None, "i-app", Service::tcp(8080)).unwrap();
    let by = |way: &&crate::reach::Approach| way.through.as_ref().is_some_and(|through| through.id == door);
    let way = ways.iter().find(by).unwrap_or_else(|| panic!("no way by {door}: {ways:?}"));
    let (forward, back) = (&way.answer.forward_path_components, &way.answer.return_path_components);
    assert!(forward.iter().zip(1..).all(|(hop, number)| hop.sequence_number == number), "{forward:?}");
    let short = |id: &str| id.rsplit(':').next().unwrap_or(id).to_owned();
    let hop = |hop: &PathComponent| {
        let told = [words::decision(hop, |one| short(&one.id)), hop.note.clone()];
        let told: Vec<String> = [Some(short(&hop.component.id))].into_iter().chain(told).flatten().collect();
        told.join(" | ")
    };
    let ids = |hops: &[PathComponent]| hops.iter().map(|hop| short(&hop.component.id)).collect();
    (forward.iter().map(hop).collect(), ids(back))
}
