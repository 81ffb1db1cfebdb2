//! The live account when it does not answer well: what cannot be read becomes a gap and an UNKNOWN, nothing else.

use std::collections::BTreeMap;

use bartizan::aws::permissions;
use bartizan::model::{Estate, GapReason};
use serde_json::json;

use crate::emulator::{Emulator, audit, snapshot, text};

/// Not part of an estate: they lead into the account.
const WAYS_IN: [&str; 2] = ["ec2:DescribeRegions", "sts:GetCallerIdentity"];

#[test]
fn denying_any_call_leads_to_unknown_and_nothing_else() {
    let emulator = Emulator::with_account(true);
    let (file, whole) = snapshot(&emulator, "whole.bzn");
    let verdicts = audit(&emulator, &["--from", text(&file)]);
    let mut broken = Vec::new();
    for action in permissions::actions(false).into_iter().filter(|action| !WAYS_IN.contains(action)) {
        emulator.faults(&json!({ "deny": [action] }));
        let (file, denied) = snapshot(&emulator, "denied.bzn");
        if !denied.gaps().any(|(_, gap)| gap.action == action && gap.reason == GapReason::AccessDenied) {
            broken.push(format!("{action} denied: no gap says so"));
        }
        let lines = vanished(&whole, &denied);
        let less = audit(&emulator, &["--from", text(&file)]);
        if !less.agree(&verdicts) && !less.missing_actions().contains(action) {
            broken.push(format!("{action} denied: no UNKNOWN says so"));
        }
        let lines = lines.into_iter().chain(less.worse_than_unknown(&verdicts, &whole));
        broken.extend(lines.map(|line| format!("{action} denied: {line}")));
    }
    assert!(broken.is_empty(), "{} broken promises:\n{}", broken.len(), broken.join("\n"));
}

/// Resources that are gone without a gap in the listing of their kind, or of their parent's part of it. What a parent
/// that is gone itself would have led to needs no further gap.
fn vanished(whole: &Estate, rest: &Estate) -> Vec<String> {
    let mut gone = Vec::new();
    for (shard, resource) in whole.resources() {
        let key = shard.key(resource);
        let there = rest.shard(&key.account, &key.region).expect("the same accounts and Regions");
        let parents = resource.parents();
        let explained = there.gaps.iter().any(|gap| {
            let part = gap.resource.as_deref();
            gap.action == key.kind.list_action() && part.is_none_or(|part| parents.iter().any(|(_, id)| *id == part))
        });
        let orphan = parents
            .iter()
            .any(|(kind, id)| shard.resources.find(*kind, id).is_some() && there.resources.find(*kind, id).is_none());
        if there.resources.find(key.kind, &key.id).is_none() && !explained && !orphan {
            gone.push(format!("{key} vanished from the estate without a gap"));
        }
    }
    gone
}

#[test]
fn every_way_of_failing_is_named() {
    let emulator = Emulator::with_account(true);
    let (file, whole) = snapshot(&emulator, "whole.bzn");
    let verdicts = audit(&emulator, &["--from", text(&file)]);
    // One service of each protocol at least, and each way of failing.
    emulator.faults(&json!({
        "throttle": { "ec2:DescribeAddresses": 1000, "ec2:DescribeNatGateways": 1, "s3:GetBucketPolicy": 1000 },
        "garbage": ["s3:GetBucketAcl", "ec2:DescribeVpcs", "rds:DescribeDBInstances", "ecs:ListClusters", "cloudfront:ListDistributions",
            "route53:ListHostedZones", "es:ListDomainNames", "cloudwatch:DescribeAlarms", "lambda:ListFunctions",
            "apigateway:GetRestApis", "ec2:SearchTransitGatewayRoutes"],
        "hang": ["ec2:DescribeFlowLogs"],
        "cut": ["elasticache:DescribeCacheClusters"],
        "repeat_token": ["ec2:DescribeSubnets", "elasticloadbalancing:DescribeTargetGroups", "logs:DescribeLogGroups",
            "ec2:DescribeTransitGatewayVpcAttachments"],
    }));
    let (file, estate) = snapshot(&emulator, "faulty.bzn");
    let reasons: BTreeMap<&str, GapReason> = estate.gaps().map(|(_, gap)| (gap.action.as_str(), gap.reason)).collect();
    for (reason, actions) in [
        (GapReason::Throttled, &["ec2:DescribeAddresses", "s3:GetBucketPolicy"][..]),
        (
            GapReason::Malformed,
            &[
                "ec2:DescribeVpcs",
                "rds:DescribeDBInstances",
                "ecs:ListClusters",
                "cloudfront:ListDistributions",
                "s3:GetBucketAcl",
                "route53:ListHostedZones",
                "es:ListDomainNames",
                "cloudwatch:DescribeAlarms",
                "lambda:ListFunctions",
                "apigateway:GetRestApis",
                "ec2:SearchTransitGatewayRoutes",
            ],
        ),
        (GapReason::TimedOut, &["ec2:DescribeFlowLogs"]),
        (GapReason::Unreachable, &["elasticache:DescribeCacheClusters"]),
        (
            GapReason::Incomplete,
            &[
                "ec2:DescribeSubnets",
                "elasticloadbalancing:DescribeTargetGroups",
                "logs:DescribeLogGroups",
                "ec2:DescribeTransitGatewayVpcAttachments",
            ],
        ),
    ] {
        for action in actions {
            assert_eq!(reasons.get(action), Some(&reason), "{action}: {reasons:#?}");
        }
    }
    assert_eq!(reasons.get("ec2:DescribeNatGateways"), None, "a call that was throttled once is made again");
    assert_eq!(vanished(&whole, &estate), Vec::<String>::new());
    let less = audit(&emulator, &["--from", text(&file)]);
    assert_eq!(less.worse_than_unknown(&verdicts, &whole), Vec::<String>::new());
}
