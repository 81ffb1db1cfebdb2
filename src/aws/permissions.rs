//! The table of every IAM action that is used, and the least-privilege policy made of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::deliver::{self, Channel, Destination};
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

/// The least-privilege policy for deliveries, which the policy for reading does not hold. Only what AWS is asked for:
/// a webhook needs no permission.
#[must_use]
pub fn deliveries(destinations: &[Destination]) -> Value {
    let statements: Vec<Value> = destinations.iter().flat_map(statements).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn statements(destination: &Destination) -> Vec<Value> {
    let sid = |what: &str| {
        let name = destination.name.chars().filter(char::is_ascii_alphanumeric);
        format!("BartizanDeliver{what}{}", name.collect::<String>())
    };
    match &destination.channel {
        Channel::S3(bucket) => {
            let partition = partition(bucket.access.region.as_deref());
            let key = |below: &str| format!("arn:{partition}:s3:::{}/{}", bucket.bucket, bucket.object(below));
            // Reading is for telling whether what is there already is the same, and which report is the latest.
            vec![json!({
                "Sid": sid("Put"),
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": [key("*/*/*"), key(&format!("*/{}", deliver::NAME))],
            })]
        }
        Channel::Sns(topic) => {
            vec![json!({ "Sid": sid("Publish"), "Effect": "Allow", "Action": "sns:Publish", "Resource": topic.arn })]
        }
        Channel::Mail(mail) => {
            let region = mail.access.region.as_deref();
            let partition = partition(region);
            let domain = mail.from.split_once('@').map_or("", |(_, domain)| domain);
            let identity = |name: &str| format!("arn:{partition}:ses:{}:*:identity/{name}", region.unwrap_or("*"));
            vec![json!({
                "Sid": sid("Send"),
                "Effect": "Allow",
                "Action": "ses:SendEmail",
                "Resource": [identity(&mail.from), identity(domain)],
                "Condition": { "StringEquals": { "ses:FromAddress": mail.from } },
            })]
        }
        Channel::Slack(_) | Channel::Webhook(..) => Vec::new(),
    }
}

fn partition(region: Option<&str>) -> &'static str {
    match region {
        Some(region) if region.starts_with("cn-") => "aws-cn",
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::{Access, Bucket, Mail, Topic, Url};

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

    #[test]
    fn a_delivery_may_write_where_it_was_configured_and_nowhere_else() {
        let access = |region: &str| Access { profile: None, region: Some(region.to_owned()) };
        let of = |channel| Destination { name: "to-all".to_owned(), file: "b.toml".into(), link: None, channel };
        let bucket = |prefix: &str| {
            let (bucket, prefix) = ("acme".to_owned(), prefix.to_owned());
            of(Channel::S3(Bucket { bucket, prefix, access: access("us-gov-west-1") }))
        };
        let arn = "arn:aws:sns:eu-west-1:111122223333:reports".to_owned();
        let topic = of(Channel::Sns(Topic { arn: arn.clone(), access: Access::default() }));
        let (from, to) = ("a@b.example".to_owned(), vec!["c@d.example".to_owned()]);
        let mail = of(Channel::Mail(Mail { from, to, attach: false, access: access("eu-west-1") }));
        let hook = of(Channel::Slack(Url::parse("https://hooks.example/x").unwrap()));
        let policy = deliveries(&[bucket("audits"), bucket(""), topic, mail, hook]);
        let statements = policy["Statement"].as_array().unwrap();
        let actions: Vec<String> = statements.iter().map(|one| one["Action"].to_string()).collect();
        let put = r#"["s3:GetObject","s3:PutObject"]"#;
        assert_eq!(actions, [put, put, r#""sns:Publish""#, r#""ses:SendEmail""#]);
        assert_eq!(
            statements[0]["Resource"],
            json!(["arn:aws-us-gov:s3:::acme/audits/*/*/*", "arn:aws-us-gov:s3:::acme/audits/*/latest.json"])
        );
        assert_eq!(statements[1]["Resource"][1], "arn:aws-us-gov:s3:::acme/*/latest.json");
        assert_eq!(statements[2]["Resource"], json!(arn));
        assert_eq!(statements[3]["Resource"][1], "arn:aws:ses:eu-west-1:*:identity/b.example");
        assert_eq!(statements[0]["Sid"], "BartizanDeliverPuttoall");
        let reading = super::policy(true).to_string();
        assert!(["PutObject", "GetObject", "Publish", "Send"].iter().all(|action| !reading.contains(action)));
    }
}
