//! The table of every IAM action that is used, and the least-privilege policy made of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::Kind;

/// What is asked to find the account and its Regions.
const CONNECTION: [&str; 2] = ["ec2:DescribeRegions", "sts:GetCallerIdentity"];

/// What telemetry asks: metrics, alarms and log lines.
const TELEMETRY: [&str; 4] =
    ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "logs:DescribeLogGroups", "logs:FilterLogEvents"];

/// Every action, sorted; without telemetry, those of an audit alone.
#[must_use]
pub fn actions(telemetry: bool) -> BTreeSet<&'static str> {
    let audit = Kind::ALL.iter().flat_map(|kind| kind.actions()).copied().chain(CONNECTION);
    audit.chain(TELEMETRY.into_iter().filter(|_| telemetry)).collect()
}

/// The least-privilege policy as an IAM document.
#[must_use]
pub fn policy(telemetry: bool) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "BartizanReadOnly",
            "Effect": "Allow",
            "Action": actions(telemetry),
            "Resource": "*",
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
}
