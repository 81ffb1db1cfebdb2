//! The table of every IAM action that is used, and the least-privilege policy made of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::Kind;

/// What is asked to find the account and its Regions.
const CONNECTION: [&str; 2] = ["ec2:DescribeRegions", "sts:GetCallerIdentity"];

/// What telemetry asks: metrics, alarms and log lines.
const TELEMETRY: [&str; 4] =
    ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "logs:DescribeLogGroups", "logs:FilterLogEvents"];

/// What is read of API Gateway. IAM knows one action for all reading there and tells apart by path, so that keys are out
/// of reach; the table has the operations.
const GATEWAY: [&str; 7] = [
    "/apis",
    "/apis/*/integrations",
    "/apis/*/routes",
    "/restapis",
    "/restapis/*/resources",
    "/restapis/*/resources/*",
    "/vpclinks",
];

/// Every action, sorted; without telemetry, those of an audit alone.
#[must_use]
pub fn actions(telemetry: bool) -> BTreeSet<&'static str> {
    let audit = Kind::ALL.iter().flat_map(|kind| kind.actions()).copied().chain(CONNECTION);
    audit.chain(TELEMETRY.into_iter().filter(|_| telemetry)).collect()
}

/// The least-privilege policy as an IAM document.
#[must_use]
pub fn policy(telemetry: bool) -> Value {
    let actions = actions(telemetry);
    let gateway = actions.iter().copied().filter(|action| action.starts_with("apigateway:")).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "BartizanReadOnly",
            "Effect": "Allow",
            "Action": actions.difference(&gateway).collect::<Vec<_>>(),
            "Resource": "*",
        }, {
            "Sid": "BartizanReadOnlyApiGateway",
            "Effect": "Allow",
            "Action": "apigateway:GET",
            "Resource": GATEWAY.map(|path| format!("arn:aws:apigateway:*::{path}")),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_reading_is_ever_asked() {
        for action in actions(true) {
            let (service, operation) = action.split_once(':').unwrap();
            assert!(service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{action}");
            assert!(
                ["Describe", "Get", "List", "Search", "FilterLogEvents"].iter().any(|verb| operation.starts_with(verb)),
                "{action}"
            );
        }
    }

    #[test]
    fn an_audit_alone_reads_no_log_line() {
        assert!(actions(true).contains("logs:FilterLogEvents"));
        assert!(!actions(false).contains("logs:FilterLogEvents"));
    }

    #[test]
    fn the_policy_fits_a_managed_policy() {
        let document = policy(true).to_string();
        assert!(document.len() < 6144, "{} characters", document.len());
        assert!(document.contains("ec2:DescribeVpcs"));
    }

    #[test]
    fn of_api_gateway_only_what_leads_into_vpcs_may_be_read() {
        let statements = policy(true)["Statement"].clone();
        assert!(!statements.to_string().contains("apigateway:GetApis"), "IAM knows no such action");
        assert_eq!(statements[1]["Action"], "apigateway:GET");
        let paths = statements[1]["Resource"].as_array().unwrap();
        assert!(!paths.is_empty() && paths.iter().all(|path| !path.as_str().unwrap().contains("keys") && path != "*"));
    }
}
