//! The live account, over the wire: a small account in an emulator, read whole.

use std::collections::{BTreeMap, BTreeSet};

use bartizan::aws::permissions;
use bartizan::model::{Estate, Kind, Resource};
use bartizan::source;
use serde_json::{Value, json};

use crate::emulator::{Emulator, REGION, audit, bare_bartizan, snapshot, text};

/// What the project promises that reading the small account costs at most.
const MOST_CALLS: usize = 60;
/// Asked only to check Regions that the user names.
const WHEN_REGIONS_ARE_NAMED: &str = "ec2:DescribeRegions";
/// Asked only of accounts that show that they use it.
const WHERE_USED: [&str; 25] = [
    "apigateway:GetApis",
    "apigateway:GetIntegrations",
    "apigateway:GetResources",
    "apigateway:GetRestApis",
    "apigateway:GetRoutes",
    "apigateway:GetVpcLinks",
    "cloudfront:GetVpcOrigin",
    "cloudfront:ListVpcOrigins",
    "ec2:DescribeClientVpnAuthorizationRules",
    "ec2:DescribeClientVpnEndpoints",
    "ec2:DescribeClientVpnRoutes",
    "ec2:DescribeClientVpnTargetNetworks",
    "ec2:DescribeEgressOnlyInternetGateways",
    "ec2:DescribeTransitGatewayAttachments",
    "ec2:DescribeTransitGatewayRouteTables",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:DescribeVpcBlockPublicAccessExclusions",
    "ec2:DescribeVpcEndpointServiceConfigurations",
    "ec2:DescribeVpcEndpointServicePermissions",
    "ec2:DescribeVpnConnections",
    "ec2:GetTransitGatewayRouteTablePropagations",
    "ec2:SearchTransitGatewayRoutes",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "lambda:ListFunctionUrlConfigs",
    "lambda:ListFunctions",
];
/// How a run ends that no account lets in.
const NO_ACCOUNT: Option<i32> = Some(4);

/// Faults that the peers miss, then their twins: rule, resource, verdict.
const EXPECTED: [(&str, &str, &str); 40] = [
    ("ssh-open-to-world", "ssh-world", "FAIL"),
    ("ssh-open-to-world", "ssh-world-split", "FAIL"),
    ("ssh-open-to-world", "ssh-world-prefix-list", "FAIL"),
    ("ssh-open-to-world", "ssh-world-ipv6", "FAIL"),
    ("ssh-open-to-world", "ssh-world-all-protocols", "FAIL"),
    ("ssh-open-to-world", "ssh-world-port-range", "FAIL"),
    ("ssh-open-to-world", "ssh-office", "PASS"),
    ("ssh-open-to-world", "ssh-office-prefix-list", "PASS"),
    ("ssh-open-to-world", "ssh-from-bastion", "PASS"),
    ("private-subnet-routed-to-internet", "production-private-leak", "FAIL"),
    ("private-subnet-routed-to-internet", "staging-private-implicit-leak", "FAIL"),
    ("private-subnet-routed-to-internet", "production-app-a", "PASS"),
    ("private-subnet-routed-to-internet", "production-data-a", "PASS"),
    ("database-publicly-accessible", "orders", "FAIL"),
    ("database-publicly-accessible", "ledger", "PASS"),
    ("database-in-public-subnet", "orders", "FAIL"),
    ("database-in-public-subnet", "ledger", "PASS"),
    ("bucket-open-to-world", "harbour-public", "FAIL"),
    ("bucket-open-to-world", "harbour-private", "PASS"),
    ("bucket-website-over-http", "harbour-public", "FAIL"),
    ("single-zone-database", "orders", "FAIL"),
    ("single-zone-database", "ledger", "PASS"),
    ("single-zone-cache", "sessions-single", "FAIL"),
    ("single-zone-cache", "sessions", "PASS"),
    ("single-zone-auto-scaling-group", "batch", "FAIL"),
    ("single-zone-auto-scaling-group", "fleet", "PASS"),
    ("single-zone-service", "worker", "FAIL"),
    ("single-zone-service", "web", "PASS"),
    ("service-with-one-task", "worker", "FAIL"),
    ("service-with-one-task", "web", "PASS"),
    ("classic-listener-in-clear-text", "legacy", "FAIL"),
    ("log-group-without-retention", "/harbour/forever", "FAIL"),
    ("log-group-without-retention", "/harbour/web", "PASS"),
    ("alarm-without-action", "orders-cpu", "FAIL"),
    ("alarm-without-action", "ledger-cpu", "PASS"),
    ("vpc-without-flow-logs", "harbour-staging", "FAIL"),
    ("vpc-without-flow-logs", "harbour-production", "PASS"),
    ("cluster-without-container-insights", "harbour", "PASS"),
    ("cache-in-clear-text", "sessions-single", "FAIL"),
    ("cache-in-clear-text", "sessions", "PASS"),
];

#[test]
fn live_snapshot_and_dump_agree() {
    let emulator = Emulator::with_account(true);
    let (file, estate) = snapshot(&emulator, "small.bzn");
    assert_eq!(estate.gaps().map(|(_, gap)| gap.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
    for kind in Kind::ALL {
        assert!(count(&estate, *kind) > 0, "the small account has a {kind}");
    }
    let dump = emulator.directory().join("dump");
    emulator.dump(&dump);

    let dumped = source::from_path(&dump).expect("a dump").estate;
    for kind in JOINING_NETWORKS {
        assert_eq!(json_of(&estate, kind), json_of(&dumped, kind), "{kind}");
    }

    // The function's environment and the VPN's configuration, which has its keys.
    for estate in [&estate, &dumped] {
        let kept = serde_json::to_string(estate).expect("JSON");
        assert!(["hush", "ipsec_tunnel"].iter().all(|secret| !kept.contains(secret)));
    }

    let live = audit(&emulator, &["--region", REGION]);
    assert_eq!(live.differences(&audit(&emulator, &["--from", text(&file)])), Vec::<String>::new());
    assert_eq!(live.differences(&audit(&emulator, &["--from", text(&dump)])), Vec::<String>::new());

    let wrong = EXPECTED.into_iter().filter(|(rule, resource, status)| live.get(rule, resource).status != *status);
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::new());
    for (rule, kind, failing, passing) in [
        ("listener-forwarding-clear-text", Kind::Listener, vec![80, 8080], vec![80]),
        ("listener-with-old-tls", Kind::Listener, vec![8443], vec![443, 443]),
    ] {
        assert_eq!(ports(&estate, &live.with_status(rule, "FAIL")), failing, "{rule} {kind}");
        assert_eq!(ports(&estate, &live.with_status(rule, "PASS")), passing, "{rule} {kind}");
    }
    assert_eq!(live.with_status("distribution-serving-clear-text", "FAIL").len(), 1);
    assert_eq!(live.with_status("distribution-serving-clear-text", "PASS").len(), 1);
    // However their owners spell it.
    for (rule, resource, environment) in [
        ("database-publicly-accessible", "orders", "production"),
        ("private-subnet-routed-to-internet", "staging-private-implicit-leak", "staging"),
        ("instance-without-imdsv2", "scratch", "dev"),
    ] {
        assert_eq!(live.get(rule, resource).environment.as_deref(), Some(environment), "{resource}");
    }
}

/// What no rule judges, and verdicts therefore cannot compare.
const JOINING_NETWORKS: [Kind; 15] = [
    Kind::EgressOnlyInternetGateway,
    Kind::TransitGateway,
    Kind::TransitGatewayAttachment,
    Kind::TransitGatewayVpcAttachment,
    Kind::TransitGatewayRouteTable,
    Kind::VpnGateway,
    Kind::VpnConnection,
    Kind::VpcBlockPublicAccessOptions,
    Kind::VpcBlockPublicAccessExclusion,
    Kind::VpcEndpointServiceConfiguration,
    Kind::ClientVpnEndpoint,
    Kind::VpcOrigin,
    Kind::Function,
    Kind::VpcLink,
    Kind::Api,
];

fn json_of(estate: &Estate, kind: Kind) -> Vec<Value> {
    estate.shards.iter().flat_map(|shard| shard.resources.of_kind(kind)).map(Resource::json).collect()
}

/// The ports of listeners, in order.
fn ports(estate: &Estate, arns: &[&str]) -> Vec<i32> {
    let listeners = estate.shards.iter().flat_map(|shard| &shard.resources.listeners);
    let mut ports: Vec<i32> =
        listeners.filter(|listener| arns.contains(&listener.listener_arn.as_str())).filter_map(|l| l.port).collect();
    ports.sort_unstable();
    ports
}

#[test]
fn the_calls_are_those_of_the_permission_table_and_few() {
    let emulator = Emulator::with_account(false);
    audit(&emulator, &[]);
    let small = calls(&emulator);
    let mut table = permissions::actions(false);
    assert!(table.remove(WHEN_REGIONS_ARE_NAMED));
    let beyond: Vec<_> = small.keys().filter(|action| !table.contains(action.as_str())).collect();
    assert_eq!(beyond, Vec::<&String>::new());
    let total: usize = small.values().sum();
    assert!(total <= MOST_CALLS, "{total} calls: {small:#?}");

    // What the small account shows no sign of is not asked for.
    let unused: BTreeSet<&str> = table.iter().copied().filter(|action| !small.contains_key(*action)).collect();
    assert_eq!(unused, WHERE_USED.into_iter().collect());
    let twins = Emulator::with_account(true);
    audit(&twins, &[]);
    let made = calls(&twins);
    assert_eq!(made.keys().map(String::as_str).collect::<BTreeSet<_>>(), table);

    // Growth costs pages and nothing else.
    emulator.grow(200, 500);
    let page = 100;
    let paged = [("ec2:DescribeSubnets", Kind::Subnet), ("ec2:DescribeSecurityGroups", Kind::SecurityGroup)];
    emulator.faults(&json!({ "page_size": BTreeMap::from(paged.map(|(action, _)| (action, page))) }));
    let (_, grown) = snapshot(&emulator, "grown.bzn");
    let mut large = calls(&emulator);
    assert_eq!(large.remove(WHEN_REGIONS_ARE_NAMED), Some(1));
    let expected = small.into_iter().map(|(action, times)| {
        let kind = paged.iter().find(|(paged, _)| *paged == action).map(|(_, kind)| *kind);
        (action, kind.map_or(times, |kind| count(&grown, kind).div_ceil(page)))
    });
    assert_eq!(large, expected.collect());
    assert!(count(&grown, Kind::Subnet) > 200 && count(&grown, Kind::SecurityGroup) > 500);
}

#[test]
fn without_a_way_into_the_account_it_says_so() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let arguments = ["audit", "--region", REGION];
    let without = |more: &[(&str, &str)]| {
        let output = bare_bartizan(home.path()).args(arguments).envs(more.iter().copied()).output().expect("it runs");
        assert_eq!(output.stdout, b"", "no verdict without an account");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = without(&[]);
    assert_eq!(code, NO_ACCOUNT, "{said}");
    assert!(said.contains("credentials"), "{said}");

    let keys = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
    // Port 9 is for discarding; nothing listens there on a test machine.
    let (code, said) = without(&[keys[0], keys[1], ("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]);
    assert_eq!(code, NO_ACCOUNT, "{said}");
    assert!(said.contains("could not be reached"), "{said}");
}

/// How often each action was called since the last time this was asked.
fn calls(emulator: &Emulator) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for action in emulator.calls() {
        *times.entry(action).or_default() += 1;
    }
    emulator.reset_calls();
    times
}

fn count(estate: &Estate, kind: Kind) -> usize {
    estate.shards.iter().map(|shard| shard.resources.count(kind)).sum()
}
