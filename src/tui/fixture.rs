//! A small estate with something of everything, and a telemetry that answers, for the tests of the screens.

mod network;
mod past;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::message::{Question, Reply};
use super::theme::Abilities;
use super::{Past, RuleText, Start};
use crate::audit::{Audit, Evidence, Finding, Severity, Status, Subject};
use crate::model::{Environment, Estate, Gap, GapReason, Kind, Origin, ResourceKey, Shard, SourceKind, TagSelector};
use crate::telemetry::{
    Alarm, AlarmState, Answer, Budget, LogEvent, LogPage, LogQuery, MetricQuery, Point, Price, Series, SeriesStatus,
    Telemetry, TelemetryError, Unit, Window, provisional_from,
};

pub(super) const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

pub(super) use network::{
    network, network_half_read, network_hostile, network_with_finding_about, network_without_acls,
};

pub(super) use past::{with_hostile_past, with_past};

/// When the tests happen.
pub(super) fn now() -> Timestamp {
    "2026-11-16T09:30:20Z".parse().expect("a time")
}

/// Everything the dashboard begins with, with telemetry or without.
pub(super) fn start(source: SourceKind, with_telemetry: bool) -> Start {
    let environments = ["production", "staging", "dev"].map(|name| {
        let tags = vec![TagSelector { key: "environment".into(), values: vec![name.into()] }];
        Environment { name: name.into(), tags, names: vec![format!("*{name}*")], ..Environment::default() }
    });
    Start {
        estate: Arc::new(estate(source)),
        environments: environments.into(),
        audit: Arc::new(Audit { findings: findings(), unattributed: 3, ..Audit::default() }),
        rules: rules(),
        telemetry: with_telemetry.then(|| Arc::new(Fake) as Arc<dyn Telemetry>),
        past: Past { begin: "bartizan audit --record".into(), ..Past::default() },
        source_label: "Shop".into(),
        theme: None,
        abilities: Abilities::default(),
        now,
    }
}

pub(super) fn estate(source: SourceKind) -> Estate {
    let balancer =
        |name: &str| format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/{name}/50dc6c49");
    let dimensions = |name: &str| json!([{"Name": "LoadBalancer", "Value": format!("app/{name}/50dc6c49")}]);
    let mut shard = Shard::new(ACCOUNT, REGION);
    shard.resources = serde_json::from_value(json!({
        "Vpcs": [{"VpcId": "vpc-0aa", "CidrBlock": "10.0.0.0/16"}],
        "LoadBalancers": [
            {"LoadBalancerArn": balancer("lb-production"), "LoadBalancerName": "lb-production"},
            {"LoadBalancerArn": balancer("lb-staging"), "LoadBalancerName": "lb-staging"},
        ],
        "DBInstances": [
            {"DBInstanceIdentifier": "db-production", "Engine": "mysql", "DBInstanceClass": "db.m5.large"},
            {"DBInstanceIdentifier": "db-dev", "Engine": "mysql", "DBInstanceClass": "db.t3.micro"},
        ],
        "SecurityGroups": [
            {"GroupId": "sg-0bastion", "GroupName": "bastion", "VpcId": "vpc-0aa"},
            {"GroupId": "sg-0db", "GroupName": "db", "VpcId": "vpc-0aa"},
        ],
        "logGroups": [
            {"logGroupName": "/ecs/api-production", "storedBytes": 912_345_678},
            {"logGroupName": "/ecs/jobs-production", "storedBytes": 12_345},
            {"logGroupName": "/ecs/api-staging", "storedBytes": 4_567_890},
        ],
        "MetricAlarms": [
            {"AlarmName": "api-5xx", "StateValue": "ALARM", "Namespace": "AWS/ApplicationELB",
             "MetricName": "HTTPCode_Target_5XX_Count", "Statistic": "Sum", "Threshold": 25.0,
             "ComparisonOperator": "GreaterThanThreshold", "Dimensions": dimensions("lb-production"),
             "StateReason": "Threshold Crossed: 3 datapoints were greater than the threshold (25.0).",
             "StateUpdatedTimestamp": "2026-11-16T09:12:00Z"},
            {"AlarmName": "db-cpu-production", "StateValue": "OK", "Dimensions": []},
            {"AlarmName": "staging-latency", "StateValue": "INSUFFICIENT_DATA", "Dimensions": dimensions("lb-staging"),
             "StateUpdatedTimestamp": "2026-11-14T09:12:00Z"},
        ],
    }))
    .expect("AWS's shapes");
    shard.reads = Kind::ALL.iter().flat_map(|kind| kind.actions()).map(|action| (*action).to_owned()).collect();
    shard.reads.remove("ec2:DescribeRouteTables");
    shard.gaps = vec![
        Gap::new(
            "ec2:DescribeRouteTables",
            GapReason::AccessDenied,
            "You are not authorized to perform this operation",
        ),
        Gap::new("elasticloadbalancing:DescribeLoadBalancerAttributes", GapReason::Throttled, "Rate exceeded")
            .about("lb-staging"),
    ];
    let taken_at = Some("2026-11-16T06:30:00Z".parse().expect("a time"));
    let origin = Origin { source, label: "shop".into(), taken_at, tool: "bartizan 0.1.0".into() };
    Estate { origin, shards: vec![shard], ..Estate::default() }
}

fn rules() -> BTreeMap<String, RuleText> {
    let text = RuleText {
        rationale: "A port that the whole internet can reach is tried thousands of times a day, and one stolen key or \
                    one unpatched daemon is enough. Session Manager needs no open port at all."
            .into(),
        remediation: vec![
            "Remove the rule, or narrow it to the addresses that need it:".into(),
            "aws ec2 revoke-security-group-ingress --group-id sg-0bastion --protocol tcp --port 22 --cidr 0.0.0.0/0"
                .into(),
            "Reach the instance through Session Manager instead.".into(),
        ],
    };
    BTreeMap::from([("ssh-open-to-world".to_owned(), text)])
}

/// A finding: severity, rule, resource type, id, environment, status.
fn finding(severity: Severity, rule: &str, (kind, id): (Kind, &str), environment: &str, status: Status) -> Finding {
    let key = ResourceKey { account: ACCOUNT.into(), region: REGION.into(), kind, id: id.into() };
    Finding {
        id: format!("{rule}-{id}"),
        rule: rule.into(),
        pack: "bastion-exposure".into(),
        title: format!("Title of {rule}"),
        severity,
        status,
        subject: Subject { key, name: None },
        environment: (!environment.is_empty()).then(|| environment.to_owned()),
        owner: None,
        message: format!("{id} does not keep {rule}"),
        evidence: vec![Evidence { resource: None, field: "State".into(), value: json!("available") }],
    }
}

fn findings() -> Vec<Finding> {
    use Severity::{Critical, High, Informational, Low, Medium};
    let routes = Gap::new("ec2:DescribeRouteTables", GapReason::AccessDenied, "You are not authorized");
    let unknown = Status::Unknown { missing: vec![routes], reason: "the route tables of vpc-0aa are not known".into() };
    let waived = Status::Waived {
        reason: "moves to a new VPC in December".into(),
        until: "2026-12-31".into(),
        owner: "shop-team".into(),
        ticket: Some("SHOP-412".into()),
    };
    let lb = (Kind::LoadBalancer, "lb-production");
    let db = (Kind::DbInstance, "db-production");
    let mut ssh = finding(Critical, "ssh-open-to-world", (Kind::SecurityGroup, "sg-0bastion"), "", Status::Fail);
    ssh.subject.name = Some("bastion".into());
    ssh.message = "Security group `bastion` lets 0.0.0.0/0 reach port 22.".into();
    ssh.evidence = vec![
        Evidence { resource: None, field: "IpPermissions[0].FromPort".into(), value: json!(22) },
        Evidence { resource: None, field: "IpPermissions[0].IpRanges[0].CidrIp".into(), value: json!("0.0.0.0/0") },
        Evidence { resource: Some("i-0bastion".into()), field: "PublicIpAddress".into(), value: json!(null) },
    ];
    vec![
        ssh,
        finding(High, "listener-without-tls", lb, "production", Status::Fail),
        finding(High, "database-without-encryption", db, "production", Status::Fail),
        finding(Medium, "single-zone-database", (Kind::DbInstance, "db-dev"), "dev", Status::Fail),
        finding(
            Medium,
            "log-group-without-retention",
            (Kind::LogGroup, "/ecs/api-production"),
            "production",
            Status::Fail,
        ),
        finding(Low, "old-tls-policy", (Kind::LoadBalancer, "lb-staging"), "staging", Status::Fail),
        finding(High, "subnet-routed-to-internet", (Kind::Subnet, "*"), "production", unknown.clone()),
        finding(High, "subnet-routed-to-internet", (Kind::Subnet, "*"), "staging", unknown),
        finding(Medium, "default-group-open", (Kind::SecurityGroup, "sg-0db"), "", waived),
        finding(High, "database-publicly-accessible", db, "production", Status::Pass),
        finding(Informational, "flow-logs-off", (Kind::Vpc, "vpc-0aa"), "", Status::Pass),
        finding(Low, "classic-balancer", lb, "production", Status::NotApplicable),
    ]
}

/// A name that would take a terminal over.
pub(super) const EVIL: &str = "\u{1b}[31mred\u{7}\u{202e}gpj.exe\u{9b}2J\n日本語";

/// An estate whose owner is not to be trusted with a terminal.
pub(super) fn hostile() -> Start {
    let evil = EVIL;
    let mut start = start(SourceKind::Live, true);
    start.source_label = evil.into();
    start.environments.push(Environment { name: evil.into(), names: vec!["*".into()], ..Environment::default() });
    let mut estate = estate(SourceKind::Live);
    let shard = estate.shards.first_mut().expect("one");
    shard.gaps.push(Gap::new(evil, GapReason::Failed, evil).about(evil));
    for alarm in &mut shard.resources.metric_alarms {
        evil.clone_into(&mut alarm.alarm_name);
        alarm.state_reason = Some(evil.into());
    }
    for group in &mut shard.resources.log_groups {
        group.log_group_name = format!("{evil}{}", group.log_group_name);
    }
    for balancer in &mut shard.resources.load_balancers {
        balancer.load_balancer_name = Some(evil.into());
    }
    estate.not_understood.push(evil.into());
    start.estate = Arc::new(estate);
    let mut audit = Audit { findings: findings(), ..Audit::default() };
    for finding in &mut audit.findings {
        finding.subject.key.id.push_str(evil);
        finding.subject.name = Some(evil.into());
        finding.environment = Some(evil.into());
        for text in [&mut finding.message, &mut finding.title, &mut finding.rule, &mut finding.pack] {
            text.push_str(evil);
        }
        finding.evidence = vec![Evidence { resource: Some(evil.into()), field: evil.into(), value: json!([evil]) }];
    }
    start.audit = Arc::new(audit);
    start
}

/// A telemetry for tests: it answers at once, and always the same.
#[derive(Debug)]
pub(super) struct Fake;

impl Telemetry for Fake {
    fn series(&self, queries: Vec<MetricQuery>, window: Window) -> Answer<'_, Vec<Series>> {
        Box::pin(async move { Ok(series(&queries, window)) })
    }
    fn log_events(&self, query: LogQuery) -> Answer<'_, LogPage> {
        Box::pin(async move { Ok(logs(&query)) })
    }
    fn alarms(&self, _: crate::model::AccountId, _: crate::model::Region) -> Answer<'_, Vec<Alarm>> {
        Box::pin(async move { Ok(alarms()) })
    }
    fn budget(&self) -> Budget {
        budget()
    }
}

pub(super) fn budget() -> Budget {
    Budget { calls: 7, metrics: 24, spent: Price(250) }
}

/// What the fake answers.
pub(super) fn reply(question: &Question) -> Reply {
    match question {
        Question::Series(queries, window) => Reply::Series(Ok(series(queries, *window))),
        Question::Logs(query) => Reply::Logs(Ok(logs(query))),
        Question::Alarms(..) => Reply::Alarms(Ok(alarms())),
    }
}

pub(super) fn refusal(action: &'static str) -> TelemetryError {
    TelemetryError { action, message: "access denied".into(), passing: false }
}

fn alarms() -> Vec<Alarm> {
    let dimension = |name: &str| vec![("LoadBalancer".to_owned(), format!("app/{name}/50dc6c49"))];
    let alarm = |state, name: &str, minutes: i64, dimensions| Alarm {
        state,
        name: name.into(),
        reason: "Threshold Crossed: 3 datapoints were greater than the threshold (25.0).".into(),
        since: Some(now() - SignedDuration::from_mins(minutes)),
        dimensions,
    };
    vec![
        alarm(AlarmState::Alarm, "api-5xx", 18, dimension("lb-production")),
        alarm(AlarmState::Ok, "db-cpu-production", 9000, Vec::new()),
        alarm(AlarmState::InsufficientData, "staging-latency", 2900, dimension("lb-staging")),
    ]
}

/// A wave for every metric, with a hole in the middle and a newest point that is not settled.
fn series(queries: &[MetricQuery], window: Window) -> Vec<Series> {
    let one = |(index, query): (usize, &MetricQuery)| {
        let period = i64::from(query.period);
        let steps = (window.end.as_second() - window.start.as_second()) / period;
        let point = |step: i64| {
            let angle =
                f64::from(i32::try_from(step).unwrap_or(0)) / 14.0 + f64::from(u8::try_from(index % 7).unwrap_or(0));
            let at = Timestamp::from_second(window.start.as_second() + step * period).expect("in range");
            Point { at, value: (20.0 + 14.0 * angle.sin() + 3.0 * (angle * 5.3).cos()).max(0.0) }
        };
        let hole = |step: &i64| !(steps * 4 / 10..steps * 5 / 10).contains(step);
        Series {
            query: query.clone(),
            unit: Unit::None,
            points: (0..steps).filter(hole).map(point).collect(),
            status: SeriesStatus::Complete,
            provisional_from: Some(provisional_from(now(), query.period)),
        }
    };
    queries.iter().enumerate().map(one).collect()
}

const MESSAGES: [&str; 6] = [
    "GET /organizations?query=cern 200 12ms",
    "INFO worker finished batch 4711 in 2.31 s",
    "ERROR upstream timed out while reading response header from upstream, client: 10.0.10.7",
    "{\"level\":\"warn\",\"msg\":\"slow query\",\"ms\":1840}",
    "DEBUG cache miss for key organizations:ror:02mhbdp94",
    "\u{1b}[32mPOST\u{1b}[0m /reconcile 200 44ms",
];

fn logs(query: &LogQuery) -> LogPage {
    let event = |number: i64| {
        let timestamp = now() - SignedDuration::from_secs(number * 3);
        let late = number % 11 == 5;
        let text = MESSAGES.get(usize::try_from(number).unwrap_or(0) % MESSAGES.len()).copied().unwrap_or_default();
        LogEvent {
            id: format!("{}-{number}", timestamp.as_second()),
            stream: format!("ecs/api/{:012x}", number % 3 * 0x1234_5678),
            timestamp,
            ingested: timestamp + SignedDuration::from_secs(if late { 42 } else { 1 }),
            message: text.to_owned(),
        }
    };
    let events = (0..80).rev().map(event).filter(|event| event.timestamp >= query.start).collect();
    LogPage { events, next_token: None }
}
