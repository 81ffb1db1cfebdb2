//! `bartizan reach scope` through the binary: what AWS Network Access Scopes find, and what is refused.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test that does not find what it looks for fails")]

use std::fs;
use std::net::Ipv4Addr;
use std::process::Output;

use serde_json::{Map, Value, json};

use crate::reach_cli::{Dump, connected, err, estate, objects, out, reach, recording};

const WEB: &str = "i-0c8ce8bbdd98cc4e8";

fn scope(text: &str, more: &[&str]) -> Output {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("scope.json");
    fs::write(&path, text).expect("written");
    reach(&[&["scope", path.to_str().expect("text")], more].concat(), "")
}

fn findings(output: &Output) -> Vec<Value> {
    let page: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", err(output)));
    page["AnalysisFindings"].as_array().expect("findings").clone()
}

/// Whether an address is on the internet's side of a finding.
fn is_outside(finding: &Value, address: &Value) -> bool {
    let number = |text: &str| u32::from(text.parse::<Ipv4Addr>().expect("an address"));
    let address = number(address.as_str().expect("text"));
    let v4 = finding["InternetCidrs"].as_array().into_iter().flatten().filter_map(Value::as_str);
    v4.filter(|cidr| !cidr.contains(':')).filter_map(|cidr| cidr.split_once('/')).any(|(base, bits)| {
        let mask = u32::MAX.checked_shl(32 - bits.parse::<u32>().expect("bits")).unwrap_or(0);
        number(base) & mask == address & mask
    })
}

/// Whether a finding is about a flow.
fn finds(finding: &Value, flow: &Map<String, Value>) -> bool {
    let side = |side: &str, address: &str| match finding[side]["Id"].as_str() {
        Some("internet") => is_outside(finding, &flow[address]),
        _ => finding[side]["Address"] == flow[address],
    };
    let protocol = flow["proto"].as_str().expect("text").to_lowercase();
    let port = flow["dstPort"].as_u64();
    let serves = |ports: &Value| {
        let end = |end: &str| ports["PortRange"][end].as_u64();
        (ports["Protocol"] == "-1" || ports["Protocol"] == protocol.as_str())
            && end("From").is_none_or(|from| port.is_some_and(|port| from <= port))
            && end("To").is_none_or(|to| port.is_some_and(|port| port <= to))
    };
    finding["Verdict"] == "connects"
        && finding["Source"]["Id"] == flow["src"]
        && side("Source", "srcIp")
        && side("Destination", "dstIp")
        && finding["Ports"].as_array().expect("ports").iter().any(serves)
}

#[test]
fn a_scope_of_everything_finds_what_an_independent_engine_lets_pass() {
    for world in ["w03", "w06", "w09"] {
        let output = scope(r#"{"MatchPaths": [{}]}"#, &["--json", "--from", &estate(&format!("reach-worlds/{world}"))]);
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        let findings = findings(&output);
        let flows = objects(&recording(&format!("reach-worlds/{world}.verdicts")));
        assert!(flows.iter().any(connected));
        for flow in flows {
            let expected = connected(&flow) && flow.get("asymmetric_nat_return") != Some(&json!(true));
            let found = findings.iter().any(|finding| finds(finding, &flow));
            assert_eq!(found, expected, "{world}: {flow:?}");
        }
    }
}

const INBOUND: &str =
    r#""MatchPaths": [{"Source": {"ResourceStatement": {"ResourceTypes": ["AWS::EC2::InternetGateway"]}}}]"#;

#[test]
fn a_scope_is_judged_by_its_conditions() {
    let dump = estate("aws-cli/load-balancer");
    let output = scope(&format!("{{{INBOUND}}}"), &["--from", &dump]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("scope", out(&output));
    let but =
        |exclude: &str| scope(&format!("{{{INBOUND}, \"ExcludePaths\": [{exclude}]}}"), &["--json", "--from", &dump]);
    let told = |output: &Output| -> Vec<(Value, Value)> {
        findings(output).into_iter().map(|one| (one["Services"].clone(), one["InternetCidrs"].clone())).collect()
    };
    let (icmp, ssh, everyone) = (json!("icmp type 8 code 0"), json!("tcp/22"), json!(["0.0.0.0/0"]));
    let without_ssh = but(r#"{"Destination": {"PacketHeaderStatement": {"DestinationPorts": ["20-22"]}}}"#);
    assert_eq!(told(&without_ssh), [(icmp.clone(), everyone.clone())], "no protocol means TCP and UDP");
    let half = but(r#"{"Source": {"PacketHeaderStatement": {"SourceAddresses": ["0.0.0.0/1", "160.0.0.0/3"]}}}"#);
    let rest = json!(["128.0.0.0/3", "192.0.0.0/9", "192.128.0.0/11", "192.160.0.0/13", "192.169.0.0/16"]);
    let told_half = told(&half);
    assert_eq!(told_half[0], (icmp, everyone));
    assert_eq!(told_half[1].0, ssh);
    assert!(rest.as_array().unwrap().iter().all(|cidr| told_half[1].1.as_array().unwrap().contains(cidr)), "{half:?}");
    for nothing in [
        format!(r#"{{"Destination": {{"ResourceStatement": {{"Resources": ["{WEB}"]}}}}}}"#),
        r#"{"Destination": {"ResourceStatement": {"ResourceTypes": ["AWS::EC2::Instance"]}}}"#.to_owned(),
    ] {
        let output = but(&nothing);
        assert_eq!((told(&output), output.status.code()), (Vec::new(), Some(0)), "{nothing}");
    }

    let transit = estate("aws-cli/transit-gateway");
    let through = |kind: &str| {
        let source = r#""Source": {"ResourceStatement": {"Resources": ["i-06ba034d88c84ef07"]}}"#;
        let passed = format!(r#""ThroughResources": [{{"ResourceStatement": {{"ResourceTypes": ["{kind}"]}}}}]"#);
        scope(&format!(r#"{{"MatchPaths": [{{{source}, {passed}}}]}}"#), &["--from", &transit]).status.code()
    };
    assert_eq!(through("AWS::EC2::TransitGatewayAttachment"), Some(1));
    assert_eq!(through("AWS::EC2::NatGateway"), Some(0));
}

#[test]
fn a_scope_that_cannot_be_judged_is_refused_with_its_place() {
    let dump = estate("aws-cli/load-balancer");
    let source = |statement: &str| format!(r#"{{"MatchPaths": [{{}}, {{"Source": {statement}}}]}}"#);
    let resource = |fields: &str| source(&format!(r#"{{"ResourceStatement": {{{fields}}}}}"#));
    let header = |fields: &str| source(&format!(r#"{{"PacketHeaderStatement": {{{fields}}}}}"#));
    for (text, told) in [
        ("[]".to_owned(), "$: it should be an object"),
        ("{".to_owned(), "EOF"),
        ("{}".to_owned(), "at least one match condition"),
        (r#"{"MatchPath": []}"#.to_owned(), "$.MatchPath: it is not known"),
        (source(r#"{"Resource": {}}"#), "$.MatchPaths[1].Source.Resource: it is not known"),
        (
            resource(r#""ResourceTypes": ["AWS::EC2::VPNGateway"]"#),
            "$.MatchPaths[1].Source.ResourceStatement.ResourceTypes[0]: `AWS::EC2::VPNGateway` cannot be judged here",
        ),
        (resource(r#""Resources": ["i-0"]"#), "Resources[0]: `i-0` is not in this estate"),
        (resource(r#""Resources": ["rtb-1"]"#), "Resources[0]: `rtb-1` cannot be judged here"),
        (
            header(r#""SourcePorts": ["53"]"#),
            "SourcePorts[0]: `53`: source ports cannot be judged here but for all that",
        ),
        (header(r#""SourcePorts": ["1024-40000"]"#), "SourcePorts[0]: `1024-40000`: source ports"),
        (header(r#""SourcePorts": ["all"]"#), "SourcePorts[0]: `all` is neither a port nor a range"),
        (header(r#""DestinationPorts": ["a-b"]"#), "DestinationPorts[0]: `a-b` is neither"),
        (header(r#""DestinationPorts": [22]"#), "DestinationPorts[0]: it should be a text"),
        (header(r#""Protocols": ["icmp"]"#), "Protocols[0]: `icmp` is neither tcp nor udp"),
        (header(r#""SourceAddresses": ["10.0.0.0/33"]"#), "SourceAddresses[0]: `10.0.0.0/33`"),
        (header(r#""SourcePrefixLists": ["pl-0"]"#), "SourcePrefixLists[0]: `pl-0` is not in this estate"),
    ] {
        let output = scope(&text, &["--from", &dump]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(err(&output).contains("scope.json: ") && err(&output).contains(told), "{text}: {}", err(&output));
    }
    let content =
        r#"{"NetworkInsightsAccessScopeContent": {"NetworkInsightsAccessScopeId": "nis-1", "MatchPaths": [{}]}}"#;
    assert_eq!(scope(content, &["--from", &dump]).status.code(), Some(1), "as AWS prints a scope");
}

#[test]
fn a_path_that_ends_at_an_endpoint_does_not_end_on_the_internet() {
    let dump = estate("aws-cli/vpc-endpoint-gateway");
    let kind =
        |side: &str, kind: &str| format!(r#""{side}": {{"ResourceStatement": {{"ResourceTypes": ["{kind}"]}}}}"#);
    let through =
        |kind: &str| format!(r#""ThroughResources": [{{"ResourceStatement": {{"ResourceTypes": ["{kind}"]}}}}]"#);
    let ends = |condition: &str| -> Vec<bool> {
        let output = scope(&format!(r#"{{"MatchPaths": [{{{condition}}}]}}"#), &["--json", "--from", &dump]);
        let passes = |finding: &Value| {
            let hops = finding["FindingComponents"].as_array().expect("components");
            hops.iter().any(|hop| hop["Component"]["Id"].as_str().expect("an id").starts_with("vpce-"))
        };
        findings(&output).iter().map(passes).collect()
    };
    let (endpoint, internet) = ("AWS::EC2::VPCEndpoint", "AWS::EC2::InternetGateway");
    let at_endpoint = ends(&kind("Destination", endpoint));
    assert!(!at_endpoint.is_empty() && at_endpoint.iter().all(|passes| *passes), "{at_endpoint:?}");
    assert_eq!(ends(&through(endpoint)), at_endpoint);
    let ports = |ports: &str| ends(&format!(r#""Source": {{"PacketHeaderStatement": {{"SourcePorts": [{ports}]}}}}"#));
    assert_eq!(ports(r#""1024-65535""#), ports(r#""0-40000", "40001-65535""#), "all that clients use");
    let outside = ends(&kind("Destination", internet));
    assert!(outside.iter().all(|passes| !passes), "{outside:?}");
    let all = ends("");
    assert_eq!(all.iter().filter(|passes| **passes).count(), at_endpoint.len());
}

#[test]
fn a_classic_load_balancer_is_passed_by_its_arn_and_by_its_type() {
    let (dump, name) = (Dump::new(), "old");
    let listener = json!({"Listener": {
        "Protocol": "TCP", "LoadBalancerPort": 22, "InstanceProtocol": "TCP", "InstancePort": 22,
    }});
    let target = "i-055b0db7be365202c";
    dump.write(
        "LoadBalancerDescriptions.json",
        &json!({"LoadBalancerDescriptions": [{
            "LoadBalancerName": name, "Scheme": "internet-facing", "VPCId": "vpc-015b20578b48c1349",
            "Subnets": ["subnet-065a3676df7fa9fd9"], "SecurityGroups": ["sg-0a74e5595da78724d"],
            "ListenerDescriptions": [listener], "Instances": [{"InstanceId": target}],
            "Attributes": {"CrossZoneLoadBalancing": {"Enabled": true}},
        }]}),
    );
    let found = |statement: &str| {
        let text = format!(r#"{{"MatchPaths": [{{"ThroughResources": [{{"ResourceStatement": {{{statement}}}}}]}}]}}"#);
        let output = scope(&text, &["--json", "--from", dump.path()]);
        findings(&output).iter().map(|finding| finding["Destination"]["Id"].clone()).collect::<Vec<_>>()
    };
    let by_type = found(r#""ResourceTypes": ["AWS::ElasticLoadBalancing::LoadBalancer"]"#);
    assert!(by_type.contains(&json!(target)), "{by_type:?}");
    let arn = format!("arn:aws:elasticloadbalancing:us-east-2:554773406868:loadbalancer/{name}");
    assert_eq!(found(&format!(r#""Resources": ["{arn}"]"#)), by_type);
    assert_eq!(found(r#""ResourceTypes": ["AWS::EC2::NatGateway"]"#), Vec::<Value>::new());
}

/// Two VPCs of this demo have the same ranges.
#[test]
fn a_finding_is_about_the_interface_that_its_path_ends_at() {
    let output = scope(r#"{"MatchPaths": [{}]}"#, &["--json", "--demo=magecloudkit"]);
    let all = findings(&output);
    let inside: Vec<&Value> = all.iter().filter(|one| one["Verdict"] != "unknown").collect();
    let inside: Vec<&Value> = inside.into_iter().filter(|one| one["Destination"]["InterfaceId"].is_string()).collect();
    assert!(inside.len() > 50, "{}", inside.len());
    for finding in inside {
        let hops = finding["FindingComponents"].as_array().expect("components");
        let end = &finding["Destination"]["InterfaceId"];
        assert!(hops.iter().any(|hop| hop["Component"]["Id"] == *end), "{finding}");
    }
}
