//! Items 63, 64 and 69: APIs and VPC links, URLs of functions, and doors of which it is only known that they are.

use serde_json::{Value, json};

use super::doors::{arn, balanced, behind, forward, told};
use super::world::*;
use crate::reach::{Network, Sender};

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:f";

/// An internal balancer that a VPC link of version 2 in `subnet-back` leads to, with the API's route and integration.
fn linked(route: Value, integration: Value) -> World {
    let (mut route, mut integration) = (route, integration);
    (route["Target"], integration["IntegrationId"]) = (json!("integrations/1"), json!("1"));
    let world = balanced("internal").set(&arn("listener/app/lb/1/443"), "DefaultActions", json!([forward("app")]));
    let world = world.rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "sg-link")]);
    world.with(json!({
        "SecurityGroups": [{
            "GroupId": "sg-link", "VpcId": "vpc-1", "IpPermissionsEgress": [allow_all("0.0.0.0/0")],
        }],
        "VpcLinks": [{
            "VpcLinkId": "link", "Name": "link", "VpcLinkVersion": "V2", "SubnetIds": ["subnet-back"],
            "SecurityGroupIds": ["sg-link"],
        }],
        "Apis": [{
            "ApiId": "api", "Name": "shop", "ProtocolType": "HTTP", "Routes": [route], "Integrations": [integration],
        }],
    }))
}

fn by_listener() -> Value {
    json!({"ConnectionType": "VPC_LINK", "ConnectionId": "link", "IntegrationUri": arn("listener/app/lb/1/443")})
}

fn open() -> Value {
    json!({"RouteKey": "$default", "AuthorizationType": "NONE"})
}

const SHOP: &str = "everybody > shop tcp/443 > i-app tcp/8080: connects";

#[test]
fn n63_a_vpc_link_of_version_2_has_interfaces_with_groups() {
    behind(&linked(open(), by_listener()), &[SHOP]);
    let refused = linked(open(), by_listener()).rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "sg-web")]);
    behind(&refused, &[]);
    let kept = linked(open(), by_listener()).rules("sg-link", "IpPermissionsEgress", &[]);
    behind(&kept, &[]);
    let estate = linked(open(), by_listener()).estate();
    let network = Network::new(&estate);
    let all = network.exposed_behind(&network.exposures());
    let hops: Vec<&str> = all[0].path.iter().map(|hop| hop.component.id.as_str()).collect();
    assert_eq!(hops, ["api", "link", &arn("loadbalancer/app/lb/1"), &arn("targetgroup/app/1"), "eni-app"]);
}

#[test]
fn n63_nobody_connects_to_a_vpc_link() {
    let world = linked(open(), by_listener()).rules("sg-link", "IpPermissions", &[allow_all("0.0.0.0/0")]);
    let estate = world.estate();
    let network = Network::new(&estate);
    let link = network.parties().find(|party| party.id == "link").unwrap();
    let (to, _) = link.addresses[0];
    let sender = Sender::Resource("i-far".to_owned());
    let reach = network.services(&sender, None, to).unwrap();
    assert!(reach.delivers.is_empty());
    let chain = network.blast("i-far", crate::reach::Mode::Any).unwrap().links;
    assert!(chain.iter().filter_map(|link| network.linked_party(link)).all(|party| party.id != "link"));
}

#[test]
fn n63_an_authorizer_is_a_gate() {
    let asked = |kind: &str| linked(json!({"RouteKey": "GET /", "AuthorizationType": kind}), by_listener());
    let gated = |words: &str| format!("everybody > shop tcp/443 > i-app tcp/8080: gated {words}");
    behind(&asked("JWT"), &[&gated("if the authorizer agrees")]);
    behind(&asked("AWS_IAM"), &[&gated("signed with credentials of AWS IAM")]);
    let key = json!({"RouteKey": "GET /", "AuthorizationType": "NONE", "ApiKeyRequired": true});
    behind(&linked(key, by_listener()), &[&gated("with an API key")]);
    // One open route is enough.
    let mixed = asked("JWT").add("api", "Routes", json!({"RouteKey": "GET /open", "Target": "integrations/1"}));
    behind(&mixed, &[SHOP]);
    let estate = mixed.estate();
    let api = Network::new(&estate).doors().into_iter().find(|door| door.id == "api").unwrap();
    assert_eq!(api.gates, []);
    // A WebSocket is authorized when it is opened.
    let socket = mixed.set("api", "ProtocolType", json!("WEBSOCKET"));
    behind(&socket.clone(), &[SHOP]);
    let opening = json!({"RouteKey": "$connect", "AuthorizationType": "CUSTOM", "Target": "integrations/1"});
    behind(&socket.add("api", "Routes", opening), &[&gated("if the authorizer agrees")]);
}

#[test]
fn n63_a_private_api_is_no_door_to_the_internet() {
    let of = |kind: &str| linked(open(), by_listener()).set("api", "EndpointTypes", json!([kind]));
    behind(&of("REGIONAL"), &[SHOP]);
    behind(&of("PRIVATE"), &[]);
}

/// A VPC link of version 1 to a Network Load Balancer.
fn by_version_1() -> World {
    let uri = json!({
        "ConnectionType": "VPC_LINK", "ConnectionId": "link", "IntegrationUri": "http://lb-1.elb.eu-west-1.amazonaws.com:443/",
    });
    let balancer = arn("loadbalancer/app/lb/1");
    let world = linked(open(), uri).set("link", "VpcLinkVersion", json!("V1"));
    let world = world.set("link", "TargetArns", json!([balancer])).set("link", "SubnetIds", json!([]));
    world.set(&arn("listener/app/lb/1/443"), "Protocol", json!("TCP")).set(&balancer, "Type", json!("network"))
}

#[test]
fn n63_a_vpc_link_of_version_1_leads_to_a_network_load_balancer() {
    let (world, balancer) = (by_version_1(), arn("loadbalancer/app/lb/1"));
    // Without groups it takes everything; targets see its own address, though they are instances.
    let open = world.clone().set(&balancer, "SecurityGroups", json!([]));
    let open = open.rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "10.0.1.20/32")]);
    behind(&open, &[SHOP]);
    behind(&open.clone().rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "10.0.9.0/24")]), &[]);
    // With groups they are asked, unless it is set not to.
    behind(&world, &[]);
    let setting = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic";
    behind(&world.clone().set(&balancer, setting, json!("off")), &[SHOP]);
    let some = world.rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "10.0.0.0/8")]);
    behind(&some, &["everybody > shop tcp/443 > i-app tcp/8080: unknown"]);
}

#[test]
fn n63_what_cannot_be_told_of_an_api_is_unknown() {
    let policy = linked(open(), by_listener()).set("api", "Policy", json!("{}"));
    behind(&policy, &["everybody > shop tcp/443 > i-app tcp/8080: unknown"]);
    let lost = linked(open(), json!({"ConnectionType": "VPC_LINK", "ConnectionId": "other"}));
    behind(&lost, &["everybody > shop tcp/443 > other call: unknown"]);
    let mut world = linked(open(), by_listener());
    world = world.set("api", "Routes", Value::Null);
    behind(&world, &["everybody > shop tcp/443 > api call: unknown"]);
    let map =
        json!({"ConnectionType": "VPC_LINK", "ConnectionId": "link", "IntegrationUri": "arn:aws:servicediscovery:x"});
    behind(&linked(open(), map), &["everybody > shop tcp/443 > link call: unknown"]);
}

#[test]
fn n64_functions_are_called_by_apis_and_urls_and_take_no_connections() {
    let proxy = json!({"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION});
    let called = format!("everybody > shop tcp/443 > {FUNCTION} call: connects");
    behind(&linked(open(), proxy), &[&called]);
    let path = format!("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations");
    behind(&linked(open(), json!({"IntegrationType": "AWS_PROXY", "IntegrationUri": path})), &[&called]);
    let url = |auth: &str| {
        base().with(json!({"Functions": [{
            "FunctionArn": FUNCTION, "FunctionName": "f",
            "FunctionUrlConfigs": [{"FunctionUrl": "https://x.lambda-url.eu-west-1.on.aws/", "AuthType": auth}],
        }]}))
    };
    let line = format!("everybody > f tcp/443 > {FUNCTION} call:");
    behind(&url("NONE"), &[&format!("{line} connects")]);
    behind(&url("AWS_IAM"), &[&format!("{line} gated signed with credentials of AWS IAM")]);
    behind(&url("NONE").set(FUNCTION, "FunctionUrlConfigs", json!([])), &[]);
    let unread = url("NONE").set(FUNCTION, "FunctionUrlConfigs", Value::Null);
    let inside = unread.clone().set(FUNCTION, "VpcConfig", json!({"VpcId": "vpc-1"}));
    behind(&inside, &[&format!("{line} unknown")]);
    behind(&unread.set(FUNCTION, "VpcConfig", json!({"VpcId": ""})), &[]);
}

#[test]
fn n69_interfaces_of_global_accelerator_say_that_there_may_be_a_way() {
    let mut face = interface("eni-ga", "subnet-back", "10.0.2.99", None, "sg-web");
    face["InterfaceType"] = json!("global_accelerator_managed");
    face["Attachment"] = json!({"Status": "attached"});
    behind(&base().with(json!({"NetworkInterfaces": [face.clone()]})), &["everybody > eni-ga  > vpc-1 call: unknown"]);
    face["InterfaceType"] = json!("interface");
    behind(&base().with(json!({"NetworkInterfaces": [face]})), &[]);
}

#[test]
fn n70_listings_of_doors_that_were_not_read_are_told() {
    let told = |world: World| {
        let estate = world.estate();
        let all = Network::new(&estate).doors_unread();
        all.into_iter().filter_map(|unread| unread.action).collect::<Vec<_>>()
    };
    assert_eq!(told(base()), Vec::<String>::new());
    assert_eq!(told(base().deny("apigateway:GetVpcLinks")), ["apigateway:GetVpcLinks"]);
}

#[test]
fn n63_the_path_through_a_vpc_link_is_told_whole() {
    let onward = [
        "targetgroup/app/1",
        "sg-lb | lets everything out to 0.0.0.0/0",
        "acl-1 | rule 100 allows everything to 0.0.0.0/0",
        "rtb-front | 10.0.0.0/16 goes to local",
        "acl-1 | rule 100 allows everything from 0.0.0.0/0",
        "sg-app | lets tcp/8080 in from sg-lb",
        "eni-app",
    ];
    let back = ["eni-app", "acl-1", "rtb-back", "acl-1", "eni-lb"];
    let (forward, reply) = told(&linked(open(), by_listener()), "api");
    let front = [
        "api",
        "link",
        "sg-link | lets everything out to 0.0.0.0/0",
        "acl-1 | rule 100 allows everything to 0.0.0.0/0",
        "rtb-back | 10.0.0.0/16 goes to local",
        "acl-1 | rule 100 allows everything from 0.0.0.0/0",
        "sg-lb | lets tcp/443 in from sg-link",
        "eni-lb",
        "loadbalancer/app/lb/1 | listener/app/lb/1/443 | by the default action",
    ];
    assert_eq!(forward, [&front[..], &onward].concat());
    assert_eq!(reply, [&back[..], &["acl-1", "rtb-front", "acl-1", "link"]].concat());
    // By PrivateLink the balancer's groups are asked, unless it is set not to; a Network Load Balancer has no rules.
    let world = by_version_1().rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "0.0.0.0/0")]);
    let unasked = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic";
    let unasked = world.clone().set(&arn("loadbalancer/app/lb/1"), unasked, json!("off"));
    for (world, asked) in [(world, &["sg-lb | lets tcp/443 in from 0.0.0.0/0"][..]), (unasked, &[])] {
        let (forward, reply) = told(&world, "api");
        let end = ["eni-lb", "loadbalancer/app/lb/1 | listener/app/lb/1/443"];
        assert_eq!(forward, [&["api", "link"][..], asked, &end, &onward].concat());
        assert_eq!(reply, back);
    }
}
