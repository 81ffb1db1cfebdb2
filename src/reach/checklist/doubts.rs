//! Chains where something was not read: what is certain stays, what may be reached is told apart, and nothing vanishes
//! without a word of what to read. And where the quick judgement of chains must not differ from the walk's.

use serde_json::json;

use super::world::*;
use crate::model::Kind;
use crate::reach::{Chain, Mode, Network};

/// The ids of what is reached for certain and perhaps, and what is said of what was not read.
#[derive(Debug, PartialEq)]
struct Reached {
    sure: Vec<String>,
    perhaps: Vec<String>,
    unread: Vec<String>,
}

fn reached(network: &Network<'_>, chain: &Chain) -> Reached {
    let ids = |links: &[crate::reach::Link]| {
        let ids = links.iter().filter_map(|link| Some(network.linked_party(link)?.interface.to_owned()));
        let mut ids: Vec<String> = ids.collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let begins = usize::from(chain.links.first().is_some_and(|link| link.services.is_empty()));
    let unread = chain.unread.iter().map(|what| format!("{what} {}", what.action.as_deref().unwrap_or_default()));
    Reached { sure: ids(&chain.links[begins..]), perhaps: ids(&chain.perhaps), unread: unread.collect() }
}

fn from(world: &World, source: &str) -> Reached {
    let estate = world.estate();
    let network = Network::new(&estate);
    reached(&network, &network.blast(source, Mode::Any).unwrap())
}

#[track_caller]
fn says(reached: &Reached, sure: &[&str], perhaps: &[&str], unread: &str) {
    assert_eq!((&*reached.sure, &*reached.perhaps), (&*owned(sure), &*owned(perhaps)), "{reached:?}");
    let told = reached.unread.iter().any(|what| what.contains(unread));
    assert!(if unread.is_empty() { reached.unread.is_empty() } else { told }, "{reached:?}");
}

fn owned(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

/// [`peered`], where `i-far` gets to the peer by a private NAT gateway only, whose address `sg-two` admits.
fn translated() -> World {
    peered()
        .set("nat-1", "ConnectivityType", json!("private"))
        .set("nat-1", "NatGatewayAddresses", json!([{"PrivateIp": "10.0.1.250"}]))
        .route("rtb-main", "10.2.0.0/16", "nat-1")
        .rules("sg-two", "IpPermissions", &[allow("tcp", 8080, "10.0.1.250/32")])
}

#[test]
fn n37_chains_pass_private_nat_gateways_under_their_address() {
    translated().ask("i-far", "10.2.1.10", crate::reach::Service::tcp(8080)).connects().via(&["nat-1", "pcx-1"]);
    says(&from(&translated(), "i-far"), &["eni-app", "eni-two", "eni-web"], &[], "");
    let others = translated().rules("sg-two", "IpPermissions", &[allow("tcp", 8080, "10.0.1.251/32")]);
    says(&from(&others, "i-far"), &["eni-app", "eni-web"], &[], "");
    // By a transit gateway to a NAT gateway in another VPC, and from there to that one's peer.
    let through = transit()
        .with(json!({
            "Vpcs": [{"VpcId": "vpc-3", "CidrBlock": "10.3.0.0/16"}],
            "Subnets": [
                {"SubnetId": "subnet-three", "VpcId": "vpc-3", "CidrBlock": "10.3.1.0/24", "AvailabilityZoneId": "euw1-az1"},
                {"SubnetId": "subnet-nat", "VpcId": "vpc-2", "CidrBlock": "10.2.9.0/24", "AvailabilityZoneId": "euw1-az1"},
            ],
            "RouteTables": [
                {
                    "RouteTableId": "rtb-three", "VpcId": "vpc-3",
                    "Routes": [route("10.3.0.0/16", "local"), route("10.2.0.0/16", "pcx-1")],
                    "Associations": [{"Main": true, "AssociationState": {"State": "associated"}}],
                },
                {
                    "RouteTableId": "rtb-nat", "VpcId": "vpc-2", "Routes": [
                        route("10.2.0.0/16", "local"), route("10.3.0.0/16", "pcx-1"), route("10.0.0.0/16", "tgw-1"),
                    ],
                    "Associations": [{"SubnetId": "subnet-nat", "AssociationState": {"State": "associated"}}],
                },
            ],
            "NetworkAcls": [{"NetworkAclId": "acl-3", "VpcId": "vpc-3", "IsDefault": true, "Entries": open_entries()}],
            "SecurityGroups": [{
                "GroupId": "sg-three", "VpcId": "vpc-3", "IpPermissions": [allow("tcp", 22, "10.2.9.250/32")],
                "IpPermissionsEgress": [],
            }],
            "NetworkInterfaces": [interface("eni-three", "subnet-three", "10.3.1.10", None, "sg-three")],
            "Instances": [instance("i-three")],
            "NatGateways": [{
                "NatGatewayId": "nat-2", "VpcId": "vpc-2", "SubnetId": "subnet-nat", "State": "available",
                "ConnectivityType": "private", "NatGatewayAddresses": [{"PrivateIp": "10.2.9.250"}],
            }],
        }))
        .with(json!({"VpcPeeringConnections": [{
            "VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "active"},
            "RequesterVpcInfo": {"VpcId": "vpc-2", "OwnerId": ACCOUNT, "Region": REGION, "CidrBlock": "10.2.0.0/16"},
            "AccepterVpcInfo": {"VpcId": "vpc-3", "OwnerId": ACCOUNT, "Region": REGION, "CidrBlock": "10.3.0.0/16"},
        }]}))
        .add("tgw-rtb-1", "Routes", json!({
            "DestinationCidrBlock": "10.3.0.0/16", "Type": "static", "State": "active", "TransitGatewayAttachments": [{
                "TransitGatewayAttachmentId": "tgw-attach-2", "ResourceType": "vpc", "ResourceId": "vpc-2",
            }],
        }))
        .route("rtb-back", "10.3.0.0/16", "tgw-1")
        .route("rtb-two", "10.3.0.0/16", "nat-2");
    through.ask("i-app", "10.3.1.10", crate::reach::Service::tcp(22)).connects().via(&["tgw-1", "nat-2", "pcx-1"]);
    assert!(from(&through, "i-app").sure.contains(&"eni-three".to_owned()));
}

/// Two ACLs that let replies back to ports of which none is the other's let no reply back.
#[test]
fn n16_a_chain_needs_one_port_that_all_acls_let_replies_pass_to() {
    let everything = |way| entry(100, [way, "allow"], "-1", (0, 0), "0.0.0.0/0");
    let acl = |id: &str, subnet: &str, entries: &[serde_json::Value]| {
        json!({"NetworkAcls": [{
            "NetworkAclId": id, "VpcId": "vpc-1", "IsDefault": false, "Entries": entries,
            "Associations": [{"SubnetId": subnet}],
        }]})
    };
    let world = |first: i32, last: i32| {
        let into_front = [entry(100, ["in", "allow"], "tcp", (first, last), "0.0.0.0/0"), everything("out")];
        let out_of_back = [everything("in"), entry(100, ["out", "allow"], "tcp", (32768, 40000), "0.0.0.0/0")];
        base()
            .with(acl("acl-front", "subnet-front", &into_front))
            .with(acl("acl-back", "subnet-back", &out_of_back))
            .without("eni-far")
    };
    says(&from(&world(50000, 65535), "i-web"), &[], &[], "");
    says(&from(&world(40000, 65535), "i-web"), &["eni-app"], &[], "");
}

/// An interface of a load balancer that is in no listing is none of the instances of its subnet and groups.
#[test]
fn n70_chains_know_no_listener_of_an_unknown_balancer() {
    let mut face = interface("eni-lb", "subnet-back", "10.0.2.50", None, "sg-app");
    face["Description"] = json!("ELB app/lb/1");
    face["Attachment"] = json!({"InstanceOwnerId": "amazon-elb"});
    let world = base().with(json!({"NetworkInterfaces": [face]})).without("eni-far");
    says(&from(&world, "i-web"), &["eni-app"], &[], "");
    let action = "elasticloadbalancing:DescribeLoadBalancers";
    says(&from(&world.deny(action), "i-web"), &["eni-app"], &["eni-lb"], action);
}

/// Rules that name a prefix list nobody may read, and groups that are not listed.
#[test]
fn n12_chains_tell_what_unread_rules_may_open() {
    let shut = base().without("eni-far").rules("sg-app", "IpPermissions", &[allow("tcp", 22, "pl-1")]);
    says(&from(&shut, "i-web"), &[], &["eni-app"], "the entries of pl-1");
    // Who is reached anyway may be reached by more.
    let open = shut.add("sg-app", "IpPermissions", allow("tcp", 8080, "sg-web"));
    says(&from(&open, "i-web"), &["eni-app"], &["eni-app"], "the entries of pl-1");
    let same = open.rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "sg-web"), allow("tcp", 8080, "pl-1")]);
    says(&from(&same, "i-web"), &["eni-app"], &[], "");
    let groups = base().without("eni-far").deny("ec2:DescribeSecurityGroups");
    says(&from(&groups, "i-web"), &[], &["eni-app"], "ec2:DescribeSecurityGroups");
}

/// What lies where routes lead that were not read has no name here: it is told all the same, if anything may go there.
#[test]
fn n35_chains_tell_where_they_lead_to_a_vpc_that_was_not_read() {
    let world = base()
        .with(peering("999999999999", "eu-west-1"))
        .route("rtb-back", "10.0.0.0/8", "pcx-1")
        .without("eni-far")
        .rules("sg-app", "IpPermissions", &[]);
    says(&from(&world, "i-app"), &["eni-web"], &[], "what is in vpc-2, the VPC at the other end of pcx-1");
    let kept = world.rules("sg-app", "IpPermissionsEgress", &[allow_all("10.0.0.0/16")]);
    says(&from(&kept, "i-app"), &["eni-web"], &[], "");
    let elsewhere = base().without("eni-far").route("rtb-front", "10.9.0.0/16", "pcx-9");
    let action = "ec2:DescribeVpcPeeringConnections";
    says(&from(&elsewhere.deny(action), "i-web"), &["eni-app"], &[], action);
}

/// Networks that use the same addresses are not mistaken for each other.
#[test]
fn n22_a_chain_reaches_who_has_the_address_where_the_packet_goes() {
    let twin = transit()
        .set("vpc-2", "CidrBlock", json!("10.0.0.0/16"))
        .set("subnet-two", "CidrBlock", json!("10.0.2.0/24"))
        .set_in(
            "NetworkInterfaces",
            "eni-two",
            "PrivateIpAddresses",
            json!([{"PrivateIpAddress": "10.0.2.10", "Primary": true}]),
        )
        .set("eni-two", "PrivateIpAddress", json!("10.0.2.10"))
        .set("rtb-two", "Routes", json!([route("10.0.0.0/16", "local")]));
    says(&from(&twin, "i-web"), &["eni-app", "eni-far"], &[], "");
}

/// Whatever listing or detail is denied: what was certain of everything known is certain still, or told as perhaps
/// with what to read; and nothing that full knowledge denies becomes certain.
#[test]
fn n70_nothing_vanishes_from_a_chain_without_a_word() {
    let balanced = super::doors::balanced("internet-facing").rules(
        "sg-app",
        "IpPermissions",
        &[allow("tcp", 8080, "sg-lb"), allow("tcp", 8080, "sg-web")],
    );
    let mut lost = 0;
    for (world, sources) in [
        (base(), &["i-web", "i-app"][..]),
        (peered(), &["i-app", "i-two"]),
        (translated(), &["i-far", "i-app"]),
        (transit(), &["i-app", "i-two"]),
        (balanced, &["i-web", "i-far"]),
    ] {
        for source in sources {
            let whole = from(&world, source);
            for action in Kind::ALL.iter().flat_map(|kind| kind.actions()) {
                let denied = world.clone().deny(action);
                let estate = denied.estate();
                let network = Network::new(&estate);
                if !network.knows(source) {
                    continue;
                }
                let less = reached(&network, &network.blast(source, Mode::Any).unwrap());
                assert!(less.sure.iter().all(|one| whole.sure.contains(one)), "{source} {action}: {less:?}");
                let gone: Vec<_> = whole.sure.iter().filter(|one| !less.sure.contains(one)).collect();
                lost += gone.len();
                // Whom no listing shows has no name; its listing is told to be missing by whoever asks.
                let listed = |one: &&&String| network.parties().any(|party| party.interface == one.as_str());
                let silent = gone.iter().filter(listed).filter(|one| !less.perhaps.contains(**one));
                if silent.count() > 0 {
                    assert!(!less.unread.is_empty(), "{source} {action}: {gone:?} vanished: {less:?}");
                }
                if gone.iter().any(|one| listed(&one)) {
                    assert!(less.unread.iter().any(|what| what.contains(action)), "{source} {action}: {less:?}");
                }
            }
        }
    }
    assert!(lost > 50, "{lost} times something was not certain any more");
}

/// Who holds an instance sends from all its interfaces; what opens no connections begins no chain.
#[test]
fn n61_chains_go_on_from_every_interface_of_a_host_and_from_nothing_that_is_silent() {
    let mut second = interface("eni-web2", "subnet-far", "10.0.3.11", None, "sg-inner");
    second["Attachment"] = json!({"InstanceId": "i-web", "DeviceIndex": 1, "Status": "attached"});
    let world = base().with(json!({
        "NetworkInterfaces": [second, interface("eni-deep", "subnet-back", "10.0.2.30", None, "sg-deep")],
        "Instances": [instance("i-deep")],
        "SecurityGroups": [
            {
                "GroupId": "sg-inner", "VpcId": "vpc-1", "IpPermissions": [],
                "IpPermissionsEgress": [allow_all("0.0.0.0/0")],
            },
            {
                "GroupId": "sg-deep", "VpcId": "vpc-1", "IpPermissions": [allow("tcp", 22, "sg-inner")],
                "IpPermissionsEgress": [],
            },
        ],
    }));
    for source in ["i-web", "eni-web", "eni-web2", "i-app"] {
        let found = from(&world, source);
        assert!(found.sure.contains(&"eni-deep".to_owned()), "{source}: {found:?}");
    }
    for (field, value) in [("Status", json!("available")), ("InterfaceType", json!("vpc_endpoint"))] {
        let silent = base().set("eni-web", field, value).set("eni-web", "Attachment", json!(null));
        says(&from(&silent, "eni-web"), &[], &[], "");
    }
}

/// By logging in, a target behind a load balancer is reached by its own port, whatever the listener's.
#[test]
fn n51_nobody_logs_in_to_a_load_balancer() {
    let world = super::doors::balanced("internal")
        .rules("sg-app", "IpPermissions", &[allow("tcp", 22, "sg-lb"), allow("tcp", 8080, "sg-lb")])
        .set(&super::doors::arn("listener/app/lb/1/443"), "DefaultActions", json!([super::doors::forward("app")]))
        .rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "0.0.0.0/0")]);
    let held = |world: &World| {
        let estate = world.estate();
        let network = Network::new(&estate);
        let chain = network.blast("i-web", Mode::Login).unwrap();
        ["eni-lb", "eni-app"].map(|id| {
            let is = |link: &&crate::reach::Link| network.linked_party(link).is_some_and(|it| it.interface == id);
            chain.links.iter().find(is).map(|link| link.held)
        })
    };
    assert_eq!(held(&world), [Some(true), Some(false)], "8080 is no port of logins");
    let target = json!([{"Target": {"Id": "i-app", "Port": 22}}]);
    let ssh = world.set(&super::doors::arn("targetgroup/app/1"), "TargetHealthDescriptions", target);
    assert_eq!(held(&ssh), [Some(true), Some(true)]);
}

/// A connection over two internet gateways has one port at the client: all ACLs on its way must let that one back.
#[test]
fn n16_internet_gateways_keep_the_clients_port() {
    let everything = |way| entry(100, [way, "allow"], "-1", (0, 0), "0.0.0.0/0");
    let acl = |id: &str, vpc: &str, subnet: &str, entries: &[serde_json::Value]| {
        json!({"NetworkAcls": [{
            "NetworkAclId": id, "VpcId": vpc, "IsDefault": false, "Entries": entries,
            "Associations": [{"SubnetId": subnet}],
        }]})
    };
    let ask = |first: i32| {
        let into_front = [entry(100, ["in", "allow"], "tcp", (32768, 40000), "0.0.0.0/0"), everything("out")];
        let out_of_two = [everything("in"), entry(100, ["out", "allow"], "tcp", (first, 65535), "0.0.0.0/0")];
        super::chains::apart("0.0.0.0/0")
            .with(acl("acl-front", "vpc-1", "subnet-front", &into_front))
            .with(acl("acl-two", "vpc-2", "subnet-two", &out_of_two))
            .ask("i-web", "203.0.113.30", crate::reach::Service::tcp(22))
    };
    ask(50000).delivers(&["SUBNET_ACL_RESTRICTION"]);
    ask(40000).connects();
}

/// Rules of a listener that ask for the client's address tell hosts apart that are alike otherwise.
#[test]
fn n55_a_rule_for_one_host_is_no_rule_for_its_neighbour() {
    use super::doors::{arn, balanced, forward};
    let rule = json!({"Rules": [{
        "RuleArn": arn("listener-rule/app/lb/1/443/1"), "Priority": "1", "IsDefault": false,
        "Conditions": [{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.1.61/32"]}}],
        "Actions": [forward("app")],
    }]});
    let world = balanced("internal")
        .with(rule)
        .with(json!({
            "NetworkInterfaces": [
                interface("eni-one", "subnet-front", "10.0.1.60", None, "sg-pair"),
                interface("eni-other", "subnet-front", "10.0.1.61", None, "sg-pair"),
            ],
            "Instances": [instance("i-one"), instance("i-other")],
            "SecurityGroups": [{
                "GroupId": "sg-pair", "VpcId": "vpc-1", "IpPermissions": [allow("tcp", 22, "sg-web")],
                "IpPermissionsEgress": [allow("tcp", 443, "sg-lb")],
            }],
        }))
        .rules("sg-lb", "IpPermissions", &[allow("tcp", 443, "sg-pair")])
        .rules("sg-app", "IpPermissions", &[allow("tcp", 8080, "sg-lb")]);
    assert!(!from(&world, "i-one").sure.contains(&"eni-app".to_owned()));
    assert!(from(&world, "i-other").sure.contains(&"eni-app".to_owned()));
    assert!(from(&world, "i-web").sure.contains(&"eni-app".to_owned()), "by the one that gets through");
}
