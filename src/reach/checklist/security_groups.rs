//! Items 1 to 13: security groups.

use serde_json::json;

use super::world::{allow, allow_all, base, instance, interface, peered, peering, route, transit};
use crate::reach::Service;

const IN: &str = "IpPermissions";
const OUT: &str = "IpPermissionsEgress";

/// [SG] "Security groups are stateful": replies pass whatever the rules of the other direction say.
#[test]
fn n01_replies_pass_whatever_the_other_direction_says() {
    let world = base().rules("sg-app", OUT, &[]).rules("sg-web", IN, &[]);
    world.ask("i-web", "10.0.2.10", Service::tcp(8080)).connects();
    world.ask("i-app", "10.0.1.10", Service::tcp(443)).denied(&["SG_HAS_NO_RULES", "SG_HAS_NO_RULES"]);
}

/// [SGR] Rules only allow, and those of all groups of an interface count together. [EC] SG_HAS_NO_RULES.
#[test]
fn n02_rules_of_several_groups_add_up_and_no_rules_admit_nothing() {
    let more = json!({"SecurityGroups": [
        {"GroupId": "sg-more", "VpcId": "vpc-1", "IpPermissions": [allow("tcp", 9090, "10.0.1.0/24")]},
    ]});
    base().with(more.clone()).ask("i-web", "10.0.2.10", Service::tcp(9090)).denied(&["ENI_SG_RULES_MISMATCH"]);
    let world = base().with(more).add("eni-app", "Groups", json!({"GroupId": "sg-more"}));
    world.ask("i-web", "10.0.2.10", Service::tcp(9090)).connects().via(&["sg-more", "eni-app"]);
    world.ask("i-web", "10.0.2.10", Service::tcp(8080)).connects().via(&["sg-app", "eni-app"]);
    let empty = world.rules("sg-more", IN, &[]).rules("sg-app", IN, &[]);
    empty.ask("i-web", "10.0.2.10", Service::tcp(8080)).denied(&["SG_HAS_NO_RULES"]);
}

/// [SGR] A rule's other side is an IPv4 range, an IPv6 range, a prefix list or a group; families are apart.
#[test]
fn n03_a_rule_names_ranges_of_either_family_a_prefix_list_or_a_group() {
    let by = |peer: &str| {
        let list = json!({"PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": ["10.0.1.8/29"]}]});
        base().with(list).rules("sg-app", IN, &[allow("tcp", 8080, peer)])
    };
    let (four, six) = ("10.0.2.10", "2600:1f00:1:2::10");
    for (peer, admits_four, admits_six) in [
        ("10.0.1.0/24", true, false),
        ("0.0.0.0/0", true, false),
        ("2600:1f00:1:1::/64", false, true),
        ("::/0", false, true),
        ("pl-1", true, false),
        ("sg-web", true, true),
        ("10.0.9.0/24", false, false),
    ] {
        for (to, admitted) in [(four, admits_four), (six, admits_six)] {
            let told = by(peer).ask("i-web", to, Service::tcp(8080));
            if admitted {
                told.connects()
            } else {
                told.denied(&["ENI_SG_RULES_MISMATCH"])
            };
        }
    }
}

/// [SGR] A rule that names a group admits the private addresses of its members: not their public ones, not a NAT
/// gateway's. No rules are taken over from the group named.
#[test]
fn n04_group_references_match_private_addresses_only() {
    let world = base().with(json!({
        "NetworkInterfaces": [interface("eni-pub", "subnet-front", "10.0.1.30", Some("203.0.113.30"), "sg-app")],
        "Instances": [instance("i-pub")],
    }));
    world.ask("i-web", "10.0.1.30", Service::tcp(8080)).connects();
    world.ask("i-web", "203.0.113.30", Service::tcp(8080)).denied(&["SG_REFERENCES_NOT_PRESERVED"]).via(&[
        "rtb-front",
        "igw-1",
        "igw-1",
        "eni-pub",
    ]);
    let member = world.set("eni-app", "Groups", json!([{"GroupId": "sg-web"}]));
    member.ask("i-app", "10.0.1.30", Service::tcp(8080)).connects();
    member.ask("i-app", "203.0.113.30", Service::tcp(8080)).denied(&["SG_REFERENCES_NOT_PRESERVED"]).via(&["nat-1"]);
    base().ask("i-web", "10.0.2.10", Service::tcp(443)).denied(&["ENI_SG_RULES_MISMATCH"]);
}

/// [userguide, default-security-group] The first inbound rule of a default group names itself: members only.
#[test]
fn n05_a_group_that_names_itself_admits_its_members_only() {
    let world = base().rules("sg-app", IN, &[allow_all("sg-app")]);
    world.ask("i-far", "10.0.2.10", Service::tcp(5432)).connects();
    world.ask("i-web", "10.0.2.10", Service::tcp(5432)).denied(&["ENI_SG_RULES_MISMATCH"]);
}

/// [SGR, PCX] The group named may be of a peer in the same Region, or behind a transit gateway that supports it:
/// `SecurityGroupReferencingSupport` is off unless enabled on the gateway, on unless disabled on the attachment.
#[test]
fn n06_group_references_reach_peers_of_the_region_and_transit_gateways_that_support_them() {
    let by_group = |world: super::world::World| world.rules("sg-two", IN, &[allow("tcp", 8080, "sg-app")]);
    let ask = |world: &super::world::World| world.ask("i-app", "10.2.1.10", Service::tcp(8080));
    ask(&by_group(peered())).connects();
    let abroad = by_group(peered()).with(peering("111122223333", "us-east-1"));
    ask(&abroad).denied(&["SG_REFERENCES_NOT_PRESERVED"]);
    let world = by_group(transit());
    ask(&world).denied(&["SG_REFERENCING_SUPPORT"]);
    let world = world.set("tgw-1", "Options", json!({"SecurityGroupReferencingSupport": "enable"}));
    ask(&world).connects();
    // The two listings of attachments share their ids: the options are in the one of VPC attachments.
    let silent = world.clone().set_in("TransitGatewayVpcAttachments", "tgw-attach-2", "Options", json!({}));
    ask(&silent).connects();
    let off = json!({"SecurityGroupReferencingSupport": "disable"});
    ask(&world.set_in("TransitGatewayVpcAttachments", "tgw-attach-2", "Options", off))
        .denied(&["SG_REFERENCING_SUPPORT"]);
}

/// [PCX] A stale rule names a group that is gone, or that is a former peer's: it stays listed and admits nobody.
#[test]
fn n07_a_stale_rule_admits_nobody() {
    let gone = base().rules("sg-app", IN, &[allow("tcp", 8080, "sg-gone")]);
    gone.ask("i-web", "10.0.2.10", Service::tcp(8080)).denied(&["ENI_SG_RULES_MISMATCH"]);
    let world = peered().rules("sg-two", IN, &[allow("tcp", 8080, "sg-app")]);
    world.ask("i-app", "10.2.1.10", Service::tcp(8080)).connects();
    let deleted = world.set("pcx-1", "Status", json!({"Code": "deleted"}));
    deleted.ask("i-app", "10.2.1.10", Service::tcp(8080)).denied(&["BAD_STATE"]);
}

/// [EC2 API, AssociateSecurityGroupVpc] A group may also be used in other VPCs of its Region; its members are in all.
#[test]
fn n08_a_group_may_have_members_in_further_vpcs() {
    // sg-app is of vpc-1; an interface of vpc-2 carries it.
    let world = peered().set("eni-two", "Groups", json!([{"GroupId": "sg-app"}]));
    world.ask("i-web", "10.2.1.10", Service::tcp(8080)).connects().via(&["pcx-1", "sg-app", "eni-two"]);
    world.ask("i-web", "10.2.1.10", Service::tcp(9090)).denied(&["ENI_SG_RULES_MISMATCH"]);
    // And a rule that names it knows members there: i-two opens what sg-app members may.
    let named = world.rules("sg-web", IN, &[allow("tcp", 443, "sg-app")]);
    named.ask("i-two", "10.0.1.10", Service::tcp(443)).connects();
    named
        .set("eni-two", "Groups", json!([{"GroupId": "sg-two"}]))
        .ask("i-two", "10.0.1.10", Service::tcp(443))
        .denied(&["ENI_SG_RULES_MISMATCH"]);
}

/// [EC] UNKNOWN_PEERED_SGS: where the peer's VPC is not known, rules that name its groups deny.
#[test]
fn n09_groups_of_an_unknown_peer_deny_and_say_so() {
    let world = base().with(peering("999999999999", "eu-west-1")).route("rtb-back", "10.2.0.0/16", "pcx-1");
    world.ask("i-app", "10.2.1.10", Service::tcp(8080)).unknown("vpc-2");
    let world = world.rules("sg-app", OUT, &[allow("tcp", 8080, "sg-theirs")]);
    world.ask("i-app", "10.2.1.10", Service::tcp(8080)).denied(&["UNKNOWN_PEERED_SGS"]).says("sg-theirs");
    world.ask("i-app", "10.2.1.10", Service::tcp(9090)).denied(&["ENI_SG_RULES_MISMATCH"]);
    // Nothing is denied for a VPC of an account that is in the estate but whose listing could not be read.
    let ours = base().with(peering("111122223333", "eu-west-1")).route("rtb-back", "10.2.0.0/16", "pcx-1");
    let ours = ours.rules("sg-app", OUT, &[allow("tcp", 8080, "sg-theirs")]).deny("ec2:DescribeVpcs");
    ours.ask("i-app", "10.2.1.10", Service::tcp(8080)).unknown("vpc-2");
}

/// [SG, NACL] What neither groups nor ACLs filter: Amazon's DNS at the VPC's base plus two, instance and task
/// metadata, licence activation, time, and the default router.
#[test]
fn n10_what_vpc_itself_answers_is_not_filtered() {
    let shut = base().rules("sg-web", OUT, &[]).set("acl-1", "Entries", json!([]));
    for (to, service) in [
        ("10.0.0.2", Service::udp(53)),
        ("169.254.169.253", Service::udp(53)),
        ("fd00:ec2::253", Service::udp(53)),
        ("169.254.169.254", Service::tcp(80)),
        ("fd00:ec2::254", Service::tcp(80)),
        ("169.254.170.2", Service::tcp(80)),
        ("169.254.169.250", Service::tcp(1688)),
        ("169.254.169.123", Service::udp(123)),
    ] {
        shut.ask("i-web", to, service).connects().never_via("acl-1");
    }
    // Only those: base plus two of a subnet or of a second range is no DNS, and other such addresses answer nobody.
    for to in ["10.0.1.2", "169.254.1.1", "169.254.169.1", "fd00:ec2::1"] {
        let told = base().ask("i-web", to, Service::udp(53));
        told.denied(&["NO_PATH"]);
    }
    base().ask("i-web", "10.0.1.1", Service::tcp(80)).denied(&["NO_PATH"]);
    shut.ask("i-web", "10.0.2.10", Service::tcp(8080)).denied(&[
        "SG_HAS_NO_RULES",
        "SUBNET_ACL_RESTRICTION",
        "SUBNET_ACL_RESTRICTION",
    ]);
}

/// [SGR] For ICMP, FromPort and ToPort hold type and code, -1 being all; protocol -1 is all ports, given or not.
#[test]
fn n11_icmp_rules_hold_type_and_code_and_protocol_minus_one_everything() {
    let by = |rule: serde_json::Value| base().rules("sg-app", IN, &[rule]);
    let icmp = |kind: i32, code: i32| json!({"IpProtocol": "icmp", "FromPort": kind, "ToPort": code, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]});
    let echo = Service::echo(true);
    by(icmp(8, -1)).ask("i-web", "10.0.2.10", echo).connects();
    by(icmp(8, 0)).ask("i-web", "10.0.2.10", echo).connects();
    by(icmp(-1, -1)).ask("i-web", "10.0.2.10", echo).connects();
    by(icmp(0, -1)).ask("i-web", "10.0.2.10", echo).denied(&["ENI_SG_RULES_MISMATCH"]);
    by(icmp(8, 1)).ask("i-web", "10.0.2.10", echo).denied(&["ENI_SG_RULES_MISMATCH"]);
    by(icmp(-1, -1)).ask("i-web", "10.0.2.10", Service::tcp(8)).denied(&["ENI_SG_RULES_MISMATCH"]);
    let bare = json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]});
    for service in [echo, Service::tcp(1), Service::udp(65535), Service { protocol: 47, port: 0 }] {
        by(bare.clone()).ask("i-web", "10.0.2.10", service).connects();
    }
    by(allow("-1", 22, "10.0.0.0/8")).ask("i-web", "10.0.2.10", Service::tcp(8080)).connects();
    by(allow("icmpv6", -1, "::/0")).ask("i-web", "2600:1f00:1:2::10", Service::echo(false)).connects();
    by(allow("icmp", -1, "::/0"))
        .ask("i-web", "2600:1f00:1:2::10", Service::echo(false))
        .denied(&["ENI_SG_RULES_MISMATCH"]);
}

/// [SGR] A prefix list is the union of its entries; one whose entries cannot be read is not empty but unknown.
#[test]
fn n12_a_prefix_list_is_its_entries_and_unknown_without_them() {
    let world = base().rules("sg-app", IN, &[allow("tcp", 8080, "pl-1")]);
    let list = |cidrs: &[&str]| json!({"PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": cidrs}]});
    let ask = |world: super::world::World| world.ask("i-web", "10.0.2.10", Service::tcp(8080));
    ask(world.clone().with(list(&["192.0.2.0/24", "10.0.1.0/28"]))).connects().via(&["sg-app"]);
    ask(world.clone().with(list(&["192.0.2.0/24"]))).denied(&["ENI_SG_RULES_MISMATCH"]);
    let read = world.clone().with(list(&["192.0.2.0/24"]));
    ask(read.deny("ec2:GetManagedPrefixListEntries")).unknown("ec2:GetManagedPrefixListEntries");
    ask(world.clone()).unknown("pl-1"); // another account's
    world.ask("i-web", "10.0.2.10", Service::tcp(8081)).denied(&["ENI_SG_RULES_MISMATCH"]);
}

/// [SGR] Where a middlebox passes packets on, rules that name a group do not know the sender; ranges do.
#[test]
fn n13_group_references_do_not_match_through_a_middlebox() {
    let mut router = interface("eni-box", "subnet-far", "10.0.3.99", None, "sg-box");
    router["SourceDestCheck"] = json!(false);
    let world = base()
        .with(json!({
            "NetworkInterfaces": [router], "Instances": [instance("i-box")],
            "SecurityGroups": [{
                "GroupId": "sg-box", "VpcId": "vpc-1", "IpPermissions": [allow_all("0.0.0.0/0")],
                "IpPermissionsEgress": [allow_all("0.0.0.0/0")],
            }],
        }))
        .add("rtb-front", "Routes", route("10.0.2.0/24", "eni-box"))
        .add("rtb-back", "Routes", route("10.0.1.0/24", "eni-box"));
    world
        .ask("i-web", "10.0.2.10", Service::tcp(8080))
        .denied(&["SG_REFERENCES_NOT_PRESERVED"])
        .via(&["rtb-front", "eni-box"]);
    let ranged = world.rules("sg-app", IN, &[allow("tcp", 8080, "10.0.1.0/24")]);
    ranged
        .ask("i-web", "10.0.2.10", Service::tcp(8080))
        .connects()
        .via(&["eni-web", "rtb-front", "eni-box", "rtb-main", "eni-app"])
        .back_via(&["eni-app", "rtb-back", "eni-box", "rtb-main", "eni-web"])
        .says("assumed");
}
