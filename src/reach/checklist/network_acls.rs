//! Items 14 to 20: network ACLs.

use serde_json::json;

use super::world::{World, base, entry, instance, interface, open_entries, transit};
use crate::reach::Service;

const HTTPS: Service = Service::tcp(443);
const APP: Service = Service::tcp(8080);

/// The base world with an ACL of its own for one subnet.
fn with_acl(world: World, subnet: &str, entries: &[serde_json::Value]) -> World {
    let vpc = if subnet == "subnet-two" { "vpc-2" } else { "vpc-1" };
    world.with(json!({"NetworkAcls": [{
        "NetworkAclId": "acl-own", "VpcId": vpc, "IsDefault": false, "Entries": entries,
        "Associations": [{"SubnetId": subnet}],
    }]}))
}

fn everything(way: &str) -> serde_json::Value {
    entry(100, [way, "allow"], "-1", (0, 0), "0.0.0.0/0")
}

/// [NACL] ACLs are for what enters and leaves a subnet, not for what stays in it.
#[test]
fn n14_acls_do_not_filter_within_a_subnet() {
    let world = with_acl(base(), "subnet-front", &[]).with(json!({
        "NetworkInterfaces": [interface("eni-near", "subnet-front", "10.0.1.20", None, "sg-app")],
        "Instances": [instance("i-near")],
    }));
    world.ask("i-web", "10.0.1.20", APP).connects().never_via("acl-own").never_via("rtb-front");
    world.ask("i-web", "10.0.2.10", APP).denied(&["SUBNET_ACL_RESTRICTION"]);
}

/// [NACL] By number, the first entry that matches decides, whatever comes after; nothing matches: denied.
#[test]
fn n15_the_first_entry_by_number_decides() {
    let deny = |number: i32| entry(number, ["in", "deny"], "tcp", (443, 443), "198.51.100.0/24");
    let ask = |entries: &[serde_json::Value], from: &str| {
        with_acl(base(), "subnet-front", entries).ask(from, "203.0.113.10", HTTPS)
    };
    // Not in the order in which they are listed.
    ask(&[everything("in"), deny(90), everything("out")], "198.51.100.7")
        .denied(&["SUBNET_ACL_RESTRICTION"])
        .says("rule 90");
    ask(&[deny(110), everything("in"), everything("out")], "198.51.100.7").connects();
    ask(&[everything("in"), deny(90), everything("out")], "192.0.2.7").connects();
    let narrow = entry(100, ["in", "allow"], "tcp", (22, 22), "0.0.0.0/0");
    ask(&[narrow, everything("out")], "198.51.100.7").denied(&["SUBNET_ACL_RESTRICTION"]).says("rule *");
    let last = [entry(32767, ["in", "deny"], "-1", (0, 0), "0.0.0.0/0"), everything("in"), everything("out")];
    ask(&last, "198.51.100.7").connects();
}

/// [NACL; EC REMAP_EPHEMERAL_PORT] ACLs know no connections: the reply goes to the client's ephemeral port and needs its
/// own entry. Letting through only some of those ports degrades the connection.
#[test]
fn n16_replies_need_an_entry_for_ephemeral_ports() {
    let out = |from: i32, to: i32| {
        with_acl(
            base(),
            "subnet-front",
            &[everything("in"), entry(100, ["out", "allow"], "tcp", (from, to), "0.0.0.0/0")],
        )
    };
    let ask = |world: World| world.ask("198.51.100.7", "203.0.113.10", HTTPS);
    let told = ask(out(32768, 65535)).connects();
    assert_eq!(told.0.notes, [""; 0], "all of a client's ports");
    ask(out(1024, 65535)).connects();
    ask(out(49152, 65535)).connects().says("degraded");
    ask(out(443, 443)).delivers(&["SUBNET_ACL_RESTRICTION"]);
    ask(out(1024, 32767)).delivers(&["SUBNET_ACL_RESTRICTION"]);
    let from_port = |port: u16| out(49152, 65535).ask_from_port("198.51.100.7", Some(port), "203.0.113.10", HTTPS);
    from_port(50000).connects();
    from_port(40000).delivers(&["SUBNET_ACL_RESTRICTION"]);
    // A NAT gateway opens connections from 1024 on: its subnet's ACL must take replies to those ports in.
    let nat = |from: i32| {
        let back = entry(100, ["in", "allow"], "tcp", (from, 65535), "198.51.100.0/24");
        let near = entry(101, ["in", "allow"], "tcp", (443, 443), "10.0.0.0/16");
        with_acl(base(), "subnet-front", &[back, near, everything("out")]).ask("i-app", "198.51.100.7", HTTPS)
    };
    assert_eq!(nat(1024).connects().0.notes, [""; 0]);
    nat(32768).connects().says("degraded");
}

/// [NACL] A subnet without an ACL of its own has the VPC's default one. One of a VPC's ACLs that was made anew denies
/// everything until it has entries; no default ACL in what was read is no open door.
#[test]
fn n17_a_subnet_without_an_acl_has_the_default_one() {
    let shut = |acl: &str| base().set(acl, "Entries", json!([]));
    shut("acl-1").ask("i-web", "10.0.2.10", APP).denied(&["SUBNET_ACL_RESTRICTION", "SUBNET_ACL_RESTRICTION"]);
    let own = with_acl(shut("acl-1"), "subnet-front", &open_entries());
    own.ask("i-web", "10.0.2.10", APP).denied(&["SUBNET_ACL_RESTRICTION"]).via(&["acl-own", "acl-1"]);
    with_acl(base(), "subnet-back", &[]).ask("i-web", "10.0.2.10", APP).denied(&["SUBNET_ACL_RESTRICTION"]);
    base().without("acl-1").ask("i-web", "10.0.2.10", APP).unknown("the network ACL of subnet-front");
}

/// [NACL] Entries are of one family each.
#[test]
fn n18_entries_for_one_family_say_nothing_of_the_other() {
    let four = with_acl(base(), "subnet-front", &[everything("in"), everything("out")]);
    four.ask("198.51.100.7", "203.0.113.10", HTTPS).connects();
    four.ask("2a00::7", "2600:1f00:1:1::10", HTTPS).denied(&["SUBNET_ACL_RESTRICTION"]);
    let six = ["in", "out"].map(|way| entry(100, [way, "allow"], "-1", (0, 0), "::/0"));
    let six = with_acl(base(), "subnet-front", &six);
    six.ask("2a00::7", "2600:1f00:1:1::10", HTTPS).connects();
    six.ask("198.51.100.7", "203.0.113.10", HTTPS).denied(&["SUBNET_ACL_RESTRICTION"]);
}

/// [TGW, tgw-nacls] Instance and attachment in the same subnet: what goes to the gateway passes the ACL out and in,
/// what comes from it neither.
#[test]
fn n19_acls_at_a_transit_gateway_in_the_same_subnet() {
    // i-web and i-two are in the subnets of the attachments.
    let world = |subnet: &str, entries: &[serde_json::Value]| with_acl(transit(), subnet, entries);
    let open = [everything("in"), everything("out")];
    world("subnet-front", &open).ask("i-web", "10.2.1.10", APP).connects();
    let no_out = [everything("in")];
    world("subnet-front", &no_out).ask("i-web", "10.2.1.10", APP).denied(&["SUBNET_ACL_RESTRICTION"]);
    // In by source address: the sender's own must be let in as well.
    let own_in = [entry(100, ["in", "allow"], "-1", (0, 0), "10.0.1.10/32"), everything("out")];
    world("subnet-front", &own_in).ask("i-web", "10.2.1.10", APP).connects();
    let other_in = [entry(100, ["in", "allow"], "-1", (0, 0), "10.2.0.0/16"), everything("out")];
    world("subnet-front", &other_in).ask("i-web", "10.2.1.10", APP).denied(&["SUBNET_ACL_RESTRICTION"]);
    // From the gateway to the instance no ACL is asked; the reply to it is, both ways, with the replier's address.
    world("subnet-two", &[])
        .ask("i-web", "10.2.1.10", APP)
        .delivers(&["SUBNET_ACL_RESTRICTION", "SUBNET_ACL_RESTRICTION"]);
    let only_reply = [
        entry(100, ["out", "allow"], "tcp", (32768, 65535), "10.0.1.10/32"),
        entry(100, ["in", "allow"], "tcp", (32768, 65535), "10.2.1.10/32"),
    ];
    world("subnet-two", &only_reply).ask("i-web", "10.2.1.10", APP).connects();
}

/// [TGW, tgw-nacls] In different subnets: the instance's subnet out by destination towards the gateway and in by source
/// from it; the attachment's subnet in by source towards the gateway and out by destination from it.
#[test]
fn n19_acls_at_a_transit_gateway_in_different_subnets() {
    // i-app is in subnet-back, the attachment in subnet-front.
    let world = |entries: &[serde_json::Value]| with_acl(transit(), "subnet-front", entries);
    let needed = [
        entry(100, ["in", "allow"], "tcp", (8080, 8080), "10.0.2.10/32"),
        entry(100, ["out", "allow"], "tcp", (32768, 65535), "10.0.2.10/32"),
    ];
    world(&needed).ask("i-app", "10.2.1.10", APP).connects();
    world(&needed[1..]).ask("i-app", "10.2.1.10", APP).denied(&["SUBNET_ACL_RESTRICTION"]);
    world(&needed[..1]).ask("i-app", "10.2.1.10", APP).delivers(&["SUBNET_ACL_RESTRICTION"]);
    let back = |entries: &[serde_json::Value]| with_acl(transit(), "subnet-back", entries);
    let needed = [
        entry(100, ["out", "allow"], "tcp", (8080, 8080), "10.2.1.10/32"),
        entry(100, ["in", "allow"], "tcp", (32768, 65535), "10.2.1.10/32"),
    ];
    back(&needed).ask("i-app", "10.2.1.10", APP).connects();
    back(&needed[1..]).ask("i-app", "10.2.1.10", APP).denied(&["SUBNET_ACL_RESTRICTION"]);
    back(&needed[..1]).ask("i-app", "10.2.1.10", APP).delivers(&["SUBNET_ACL_RESTRICTION"]);
}

/// [EC ELB_ACL_RESTRICTION] A Classic Load Balancer's own traffic passes the ACL out, also to its own subnet.
#[test]
fn n20_classic_load_balancers_pass_the_acl_even_within_their_subnet() {
    let mut face = interface("eni-clb", "subnet-back", "10.0.2.50", None, "sg-web");
    face["Description"] = json!("ELB old");
    face["Attachment"] = json!({"InstanceOwnerId": "amazon-elb", "DeviceIndex": 1});
    let world = |entries: &[serde_json::Value]| {
        let world = base().with(json!({
            "NetworkInterfaces": [face],
            "LoadBalancerDescriptions": [{
                "LoadBalancerName": "old", "VPCId": "vpc-1", "Scheme": "internal", "SecurityGroups": ["sg-web"],
                "Subnets": ["subnet-back"], "Instances": [{"InstanceId": "i-app"}],
                "ListenerDescriptions": [{"Listener": {
                    "Protocol": "HTTP", "LoadBalancerPort": 443, "InstanceProtocol": "HTTP", "InstancePort": 8080,
                }}],
            }],
        }));
        with_acl(world, "subnet-back", entries)
    };
    let out = [everything("out"), everything("in")];
    world(&out).ask("eni-clb", "10.0.2.10", APP).connects();
    world(&[everything("in")]).ask("eni-clb", "10.0.2.10", APP).denied(&["ELB_ACL_RESTRICTION"]);
    world(&out[..1]).ask("eni-clb", "10.0.2.10", APP).connects();
    world(&[everything("in")]).ask("i-app", "10.0.2.50", HTTPS).connects();
}
