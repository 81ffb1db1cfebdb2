//! `bartizan reach` from networks beyond the estate: behind VPN connections, and in peers' VPCs that were not read.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test that does not find what it looks for fails")]

use serde_json::{Value, json};

use crate::reach_cli::{Dump, err, out, reach};

const WEB: &str = "i-0c8ce8bbdd98cc4e8";
const VPC: &str = "vpc-015b20578b48c1349";

/// A dump whose VPC has two VPN connections to one customer gateway and a peer of another account.
fn dump() -> Dump {
    let dump = Dump::new();
    let route = json!({"DestinationCidrBlock": "192.168.0.0/16", "State": "available"});
    let vpn = |id: &str, fixed: bool, routes: Value| {
        json!({
            "VpnConnectionId": id, "VpnGatewayId": "vgw-1", "State": "available", "CustomerGatewayId": "cgw-1",
            "Options": {"StaticRoutesOnly": fixed}, "Routes": routes, "VgwTelemetry": [{"Status": "UP"}],
            "Tags": [{"Key": "Name", "Value": if fixed { "office" } else { "branch" }}],
        })
    };
    dump.write(
        "VpnConnections.json",
        &json!({
            "VpnConnections": [vpn("vpn-1", true, json!([route])), vpn("vpn-2", false, json!([]))],
        }),
    );
    dump.write(
        "VpnGateways.json",
        &json!({"VpnGateways": [{
            "VpnGatewayId": "vgw-1", "State": "available", "VpcAttachments": [{"VpcId": VPC, "State": "attached"}],
        }]}),
    );
    let side = |vpc: &str, owner: &str, cidr: &str| json!({"VpcId": vpc, "OwnerId": owner, "Region": "us-east-2", "CidrBlockSet": [{"CidrBlock": cidr}]});
    dump.write(
        "VpcPeeringConnections.json",
        &json!({"VpcPeeringConnections": [{
            "VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "active"},
            "RequesterVpcInfo": side(VPC, "554773406868", "10.1.0.0/16"),
            "AccepterVpcInfo": side("vpc-theirs", "999999999999", "10.9.0.0/16"),
        }]}),
    );
    // Back to a part of the office, and to the peer.
    let igw = r#""GatewayId": "igw-009e7cccf82ddbc66""#;
    dump.replace(
        "RouteTables.json",
        r#""DestinationCidrBlock": "0.0.0.0/0""#,
        r#""DestinationCidrBlock": "192.168.128.0/17""#,
    );
    dump.replace("RouteTables.json", igw, r#""GatewayId": "vgw-1""#);
    dump
}

/// The analyses and the exit code.
fn asked(dump: &Dump, source: &str, more: &[&str]) -> (Vec<Value>, Option<i32>) {
    let output = reach(&[&[source, &format!("{WEB}:22"), "--json", "--from", dump.path()], more].concat(), "");
    let all: Value = serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}", err(&output)));
    (all["NetworkInsightsAnalyses"].as_array().expect("a list").clone(), output.status.code())
}

#[test]
fn a_network_behind_a_vpn_is_a_source() {
    let dump = dump();
    let (answers, code) = asked(&dump, "vpn-1", &[]);
    assert_eq!((answers[0]["Verdict"].as_str(), code), (Some("connects"), Some(0)), "{answers:#?}");
    // The reply finds its way to a part of the network: one of these is asked about, and they are named.
    assert_eq!(answers[0]["SourceCidrs"], json!(["192.168.128.0/17"]));
    assert_eq!(answers[0]["SourceIp"], "192.168.128.0");
    assert_eq!(asked(&dump, "office", &[]).0, answers, "by name");
    // An address, and the same as a flag; one whose reply does not find back.
    let one = asked(&dump, "192.168.200.1", &[]);
    assert_eq!((one.0[0]["Verdict"].as_str(), one.1), (Some("connects"), Some(0)), "{:#?}", one.0);
    assert_eq!(one.0[0]["Source"], "vpn-1");
    let far = asked(&dump, "vpn-1", &["--source-address", "192.168.3.3"]);
    assert_eq!((far.0[0]["Verdict"].as_str(), far.1), (Some("delivers"), Some(1)), "{:#?}", far.0);
    let text = out(&reach(&["vpn-1", &format!("{WEB}:22"), "--from", dump.path()], ""));
    assert!(text.starts_with("CONNECTS  office (vpn-1) 192.168.128.0 -> "), "{text}");
    assert!(text.contains("from 192.168.128.0/17"), "{text}");
    // Without a port: what of it gets there.
    let every = out(&reach(&["vpn-1", WEB, "--from", dump.path()], ""));
    assert!(every.contains("tcp/22"), "{every}");
}

#[test]
fn a_network_whose_addresses_are_not_known_needs_one_named() {
    let dump = dump();
    let (answers, code) = asked(&dump, "vpn-2", &[]);
    assert_eq!((answers[0]["Verdict"].as_str(), code), (Some("unknown"), Some(3)), "{answers:#?}");
    assert!(answers[0]["StatusMessage"].as_str().expect("why").contains("source address"), "{answers:#?}");
    let named = asked(&dump, "vpn-2", &["--source-address", "192.168.200.1"]);
    assert_eq!((named.0[0]["Verdict"].as_str(), named.1), (Some("connects"), Some(0)), "{:#?}", named.0);
    // A customer gateway is all its connections.
    let both = asked(&dump, "cgw-1", &[]).0;
    let mut verdicts: Vec<_> = both.iter().filter_map(|one| one["Verdict"].as_str()).collect();
    verdicts.sort_unstable();
    assert_eq!(verdicts, ["connects", "unknown"], "{both:#?}");
}

#[test]
fn a_peers_vpc_that_was_not_read_is_a_source() {
    let dump = dump();
    let (answers, code) = asked(&dump, "pcx-1", &[]);
    assert_eq!((answers[0]["Verdict"].as_str(), code), (Some("delivers"), Some(1)), "{answers:#?}");
    assert_eq!(answers[0]["SourceIp"], "10.9.0.1");
    dump.replace("RouteTables.json", "192.168.128.0/17", "10.9.0.0/16");
    dump.replace("RouteTables.json", r#""GatewayId": "vgw-1""#, r#""VpcPeeringConnectionId": "pcx-1""#);
    assert_eq!(asked(&dump, "pcx-1", &[]).1, Some(0));
    let flow = json!({
        "src": "pcx-1", "srcIp": "10.9.7.7", "dstIp": "10.1.250.112", "proto": "tcp", "dstPort": 22,
        "expect": "connects",
    });
    let held = reach(&["test", "--flows", "-", "--from", dump.path()], &flow.to_string());
    assert_eq!(held.status.code(), Some(0), "{}{}", out(&held), err(&held));
}

#[test]
fn what_is_no_source_says_what_to_name() {
    let dump = dump();
    let refused = |arguments: &[&str]| {
        let output = reach(&[arguments, &["--from", dump.path()]].concat(), "");
        assert_eq!(output.status.code(), Some(2), "{}", out(&output));
        err(&output)
    };
    let cidr = refused(&["192.168.0.0/24", &format!("{WEB}:22")]);
    assert!(cidr.contains("behind vpn-1"), "{cidr}");
    let destination = refused(&[WEB, "vpn-1:443"]);
    assert!(destination.contains("name an address there"), "{destination}");
    let chain = refused(&["blast", "vpn-1"]);
    assert!(chain.contains("one path"), "{chain}");
    let unknown = refused(&["vpn-9", &format!("{WEB}:22")]);
    assert!(unknown.contains("nothing in this estate is called `vpn-9`"), "{unknown}");
    dump.replace("VpcPeeringConnections.json", "vpc-theirs", VPC);
    let known = refused(&["pcx-1", &format!("{WEB}:22")]);
    assert!(known.contains("sends nothing of its own"), "{known}");
}
