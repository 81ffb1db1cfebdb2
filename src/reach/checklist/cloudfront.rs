//! Items 61 and 62: distributions of CloudFront in front of load balancers, hosts and VPC origins.

use serde_json::{Value, json};

use super::doors::{arn, balanced, behind, forward, lines, told};
use super::world::*;
use crate::reach::{DoorKind, Network, Sender, Service, Verdict};

const GLOBAL: &str = "aws-global";
const LIST: &str = "com.amazonaws.global.cloudfront.origin-facing";

/// A distribution that fetches from one origin.
fn distribution(origin: Value) -> Value {
    let mut origin = origin;
    origin["Id"] = json!("o");
    json!({"Distributions": [{
        "Id": "E1", "DomainName": "d1.cloudfront.net", "DistributionConfig": {
            "Enabled": true, "Origins": {"Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "redirect-to-https"},
        },
    }]})
}

fn custom(domain: &str, policy: &str) -> Value {
    json!({"DomainName": domain, "CustomOriginConfig": {
        "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": policy,
    }})
}

const DNS: &str = "lb-1.eu-west-1.elb.amazonaws.com";

/// CloudFront's prefix list in `sg-lb`, with or without its entries.
fn listed(world: World, entries: Option<&[&str]>) -> World {
    let mut list = json!({"PrefixListId": "pl-cf", "PrefixListName": LIST, "OwnerId": "AWS", "AddressFamily": "IPv4"});
    if let Some(entries) = entries {
        list["Cidrs"] = json!(entries);
    }
    world.with(json!({"PrefixLists": [list]})).rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "pl-cf")])
}

fn rules(conditions: &Value) -> Value {
    json!({"Rules": [{
        "RuleArn": arn("listener-rule/app/lb/1/443/1"), "Priority": "1", "IsDefault": false,
        "Conditions": conditions, "Actions": [forward("app")],
    }]})
}

fn fronted(origin: Value) -> World {
    balanced("internet-facing").with_in(ACCOUNT, GLOBAL, distribution(origin))
}

fn open() -> Value {
    rules(&json!([{"Field": "path-pattern", "Values": ["*"]}]))
}

const DIRECT: &str = "everybody > lb tcp/443 > i-app tcp/8080: connects";
/// From the load balancer's listener on, and back to the load balancer.
const ONWARD: [&str; 6] = [
    "targetgroup/app/1",
    "sg-lb | lets everything out to 0.0.0.0/0",
    "acl-1 | rule 100 allows everything to 0.0.0.0/0",
    "rtb-front | 10.0.0.0/16 goes to local",
    "acl-1 | rule 100 allows everything from 0.0.0.0/0",
    "sg-app | lets tcp/8080 in from sg-lb",
];
const BACK: [&str; 5] = ["eni-app", "acl-1", "rtb-back", "acl-1", "eni-lb"];
const BEHIND: &str = "everybody > d1.cloudfront.net tcp/443 > i-app tcp/8080: connects";
const ANY: &str =
    "everybody > any distribution of CloudFront, of any account tcp/80 tcp/443 > i-app tcp/8080: connects";

#[test]
fn n61_a_distribution_leads_to_the_balancer_of_its_origins_name() {
    let world = fronted(custom(DNS, "https-only")).with(open());
    behind(&world, &[DIRECT, BEHIND]);
    behind(
        &fronted(custom(&format!("dualstack.{}", DNS.to_uppercase()), "match-viewer")).with(open()),
        &[DIRECT, BEHIND],
    );
    // The balancer has no listener on 80, and no distribution that is off or names no such origin leads anywhere.
    behind(&fronted(custom(DNS, "http-only")).with(open()), &[DIRECT]);
    // A name that no listing explains may lead anywhere; a bucket's does not lead here.
    for name in ["lb-2.eu-west-1.elb.amazonaws.com", "origin.example.org"] {
        let unknown = format!("everybody > d1.cloudfront.net tcp/443 > {name} call: unknown");
        behind(&fronted(custom(name, "https-only")).with(open()), &[DIRECT, &unknown]);
    }
    behind(&fronted(custom("b.s3-website-eu-west-1.amazonaws.com", "http-only")).with(open()), &[DIRECT]);
    let mut off = distribution(custom(DNS, "https-only"));
    off["Distributions"][0]["DistributionConfig"]["Enabled"] = json!(false);
    behind(&balanced("internet-facing").with(open()).with_in(ACCOUNT, GLOBAL, off), &[DIRECT]);
    let mut unused = distribution(custom(DNS, "https-only"));
    let items = &mut unused["Distributions"][0]["DistributionConfig"]["Origins"]["Items"];
    items[0]["Id"] = json!("unused");
    *items = json!([items[0], {"Id": "o"}]);
    behind(&balanced("internet-facing").with(open()).with_in(ACCOUNT, GLOBAL, unused), &[DIRECT]);
}

#[test]
fn n61_the_prefix_list_lets_in_this_distribution_and_any_other() {
    let world = || fronted(custom(DNS, "https-only")).with(open());
    behind(
        &listed(world(), Some(&["130.176.0.0/17"])),
        &["130.176.0.0/17 > lb tcp/443 > i-app tcp/8080: connects", BEHIND, ANY],
    );
    // By its name also when its entries were not read: then who else gets in is not known.
    behind(&listed(world(), None), &["everybody > lb tcp/443 > i-app tcp/8080: unknown", BEHIND, ANY]);
    // A list of another name is not CloudFront's.
    let other = listed(world(), None).set("pl-cf", "PrefixListName", json!("office"));
    behind(
        &other,
        &[
            "everybody > lb tcp/443 > i-app tcp/8080: unknown",
            "everybody > d1.cloudfront.net tcp/443 > i-app tcp/8080: unknown",
        ],
    );
    // An office's addresses are not CloudFront's, where those are known.
    let known = listed(world(), Some(&["130.176.0.0/17"]));
    let office = known.rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "198.51.100.0/24")]);
    behind(&office, &["198.51.100.0/24 > lb tcp/443 > i-app tcp/8080: connects"]);
}

#[test]
fn n61_a_header_that_the_distribution_sends_opens_the_gate_that_asks_for_it() {
    let gate = rules(&json!([{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Origin-Verify"}}]));
    let mut origin = custom(DNS, "https-only");
    let without = listed(fronted(origin.clone()).with(gate.clone()), Some(&["130.176.0.0/17"]));
    let gated = " gated needs the header X-Origin-Verify";
    let (lb, any) = ("130.176.0.0/17 > lb tcp/443 > i-app tcp/8080:", ANY.strip_suffix(" connects").unwrap());
    let through = BEHIND.strip_suffix(" connects").unwrap();
    behind(&without, &[&format!("{lb}{gated}"), &format!("{through}{gated}"), &format!("{any}{gated}")]);
    origin["CustomHeaders"] = json!({"Items": [{"HeaderName": "x-origin-verify", "HeaderValue": "hush"}]});
    let with = listed(fronted(origin).with(gate), Some(&["130.176.0.0/17"]));
    behind(&with, &[&format!("{lb}{gated}"), BEHIND, &format!("{any}{gated}")]);
    let estate = with.estate();
    let network = Network::new(&estate);
    let all = network.exposed_behind(&network.exposures());
    assert!(all[1].notes[0].contains("whether with the value asked for is not known"), "{:?}", all[1].notes);
}

#[test]
fn n61_a_host_is_an_origin_by_the_name_that_ec2_gives_it() {
    let origin = custom("ec2-203-0-113-10.eu-west-1.compute.amazonaws.com", "https-only");
    let world = base().with_in(ACCOUNT, GLOBAL, distribution(origin));
    behind(&world, &["everybody > d1.cloudfront.net tcp/443 > i-web tcp/443: connects"]);
    behind(&world.rules("sg-web", "IpPermissions", &[allow("tcp", 22, "0.0.0.0/0")]), &[]);
}

#[test]
fn n61_a_name_that_no_listing_explains_is_told() {
    let unread = |domain: &str| {
        let estate = fronted(custom(domain, "https-only")).estate();
        let doors = Network::new(&estate).doors();
        let door = doors.into_iter().find(|door| door.kind == DoorKind::Distribution).unwrap();
        door.unread.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(unread("origin.example.org"), ["where origin.example.org leads: DNS records are not read"]);
    assert_eq!(unread("lb-9.eu-west-1.elb.amazonaws.com").len(), 1);
    assert_eq!(unread("bucket.s3.amazonaws.com").len(), 0);
    assert_eq!(unread(DNS).len(), 0);
}

/// An internal balancer behind a VPC origin.
pub(super) fn private() -> World {
    let world = balanced("internal").with(open()).with(json!({"SecurityGroups": [
        {"GroupId": "sg-managed", "GroupName": "CloudFront-VPCOrigins-Service-SG", "VpcId": "vpc-1"},
    ]}));
    let origin = json!({"DomainName": DNS, "VpcOriginConfig": {"VpcOriginId": "vo_1"}});
    world.with_in(ACCOUNT, GLOBAL, distribution(origin)).with_in(
        ACCOUNT,
        GLOBAL,
        json!({"VpcOrigins": [{
            "Id": "vo_1", "VpcOriginEndpointConfig": {
                "Name": "private", "Arn": arn("loadbalancer/app/lb/1"), "HTTPPort": 80, "HTTPSPort": 443,
                "OriginProtocolPolicy": "https-only",
            },
        }]}),
    )
}

#[test]
fn n62_a_vpc_origin_reaches_what_has_no_public_address() {
    let admit = |peer: &str| private().rules("sg-lb", "IpPermissions", &[allow("tcp", 443, peer)]);
    behind(&admit("sg-managed"), &[BEHIND]);
    behind(&admit("0.0.0.0/0"), &[BEHIND]);
    behind(&listed(private(), None), &[BEHIND]);
    behind(&listed(private(), Some(&["130.176.0.0/17"])), &[BEHIND]);
    behind(&admit("sg-web"), &[]);
    // The managed interfaces have addresses of the VPC, but which is not told.
    behind(&admit("10.0.0.0/16"), &["everybody > d1.cloudfront.net tcp/443 > i-app tcp/8080: unknown"]);
    // The managed group of another VPC is another.
    let far = admit("sg-managed").set("sg-managed", "VpcId", json!("vpc-2"));
    behind(&far, &[]);
    let path = |world: &World| {
        let estate = world.estate();
        let network = Network::new(&estate);
        let all = network.exposed_behind(&network.exposures());
        all[0].path.iter().map(|hop| hop.component.id.clone()).collect::<Vec<_>>()
    };
    let group = arn("targetgroup/app/1");
    assert_eq!(path(&admit("sg-managed")), ["E1", "vo_1", &arn("loadbalancer/app/lb/1"), &group, "eni-app"]);
}

#[test]
fn n38_block_public_access_stops_vpc_origins() {
    let world = private().rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "sg-managed")]);
    let blocked = |mode: &str| {
        let options = json!({"AwsRegion": REGION, "State": "update-complete", "InternetGatewayBlockMode": mode});
        world.clone().with(json!({"VpcBlockPublicAccessOptions": [options]}))
    };
    behind(&blocked("off"), &[BEHIND]);
    behind(&blocked("block-bidirectional"), &[]);
    behind(&blocked("block-ingress"), &[]);
    let excluded = blocked("block-ingress").with(json!({"VpcBlockPublicAccessExclusions": [{
        "ExclusionId": "vpcbpa-exclude-1", "InternetGatewayExclusionMode": "allow-bidirectional",
        "ResourceArn": format!("arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-front"), "State": "create-complete",
    }]}));
    behind(&excluded, &[BEHIND]);
    let unread = world.deny("ec2:DescribeVpcBlockPublicAccessOptions");
    behind(&unread, &["everybody > d1.cloudfront.net tcp/443 > i-app tcp/8080: unknown"]);
}

#[test]
fn n62_a_vpc_origin_that_was_not_read_is_told() {
    let world = private().deny("cloudfront:ListVpcOrigins");
    let told = lines(&world.estate());
    assert_eq!(told, ["everybody > d1.cloudfront.net tcp/443 > vo_1 call: unknown"]);
}

#[test]
fn n62_between_the_internet_and_a_target_leads_through_the_distribution() {
    let world = private().rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "sg-managed")]);
    let estate = world.estate();
    let network = Network::new(&estate);
    let ways = network.between(&Sender::Internet, None, "i-app", Service::tcp(8080)).unwrap();
    let through: Vec<_> = ways.iter().filter_map(|way| Some((way.through.clone()?.id, way.answer.verdict))).collect();
    assert_eq!(through, [("E1".to_owned(), Verdict::Connects)]);
    assert_eq!(ways[0].service, Service::tcp(443));
    let none = network.between(&Sender::Internet, None, "i-app", Service::tcp(22)).unwrap();
    assert!(none.iter().all(|way| way.through.is_none()));
    let inside = network.between(&Sender::Resource("i-far".to_owned()), None, "i-app", Service::tcp(8080)).unwrap();
    assert!(inside.iter().all(|way| way.through.as_ref().is_none_or(|through| through.id != "E1")));
}

#[test]
fn n61_the_path_through_a_distribution_is_told_whole() {
    let api = json!([{"Field": "path-pattern", "Values": ["/api/*"]}]);
    for entries in [None, Some(&["130.176.0.0/17"][..])] {
        let (forward, back) = told(&listed(fronted(custom(DNS, "https-only")).with(rules(&api)), entries), "E1");
        let front = [
            "E1",
            "igw-1",
            "acl-1 | rule 100 allows everything from 0.0.0.0/0",
            "sg-lb | lets tcp/443 in from pl-cf",
            "eni-lb",
            "loadbalancer/app/lb/1 | listener/app/lb/1/443 | by rule 1: path-pattern /api/*",
        ];
        assert_eq!(forward, [&front[..], &ONWARD, &["eni-app"]].concat(), "{entries:?}");
        assert_eq!(back, [&BACK[..], &["acl-1", "rtb-front", "igw-1"]].concat(), "{entries:?}");
    }
}

#[test]
fn n62_the_path_through_a_vpc_origin_is_told_whole() {
    for peer in ["sg-managed", "pl-cf"] {
        let world = listed(private(), Some(&["130.176.0.0/17"]));
        let (forward, back) = told(&world.rules("sg-lb", "IpPermissions", &[allow("tcp", 443, peer)]), "E1");
        let front = [
            "E1",
            "vo_1",
            &format!("sg-lb | lets tcp/443 in from {peer}"),
            "eni-lb",
            "loadbalancer/app/lb/1 | listener/app/lb/1/443 | by rule 1: path-pattern *",
        ];
        assert_eq!(forward, [&front[..], &ONWARD, &["eni-app"]].concat());
        assert_eq!(back, BACK);
    }
}
