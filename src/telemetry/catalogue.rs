//! Which metrics to look at first: `catalogue.toml` tells them by kind of subject, this module finds the subjects
//! in an estate and makes the panels.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use super::subject::{Class, Subject, Trait, subjects};
use super::{MetricQuery, Stat, Unit};
use crate::model::{Estate, ResourceKey};

/// Metrics that are read together: one subject, one unit, one chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricPanel {
    /// What it shows, such as `requests`.
    pub title: String,
    /// The resource it is about.
    pub subject: ResourceKey,
    /// What to ask for.
    pub lines: Vec<MetricQuery>,
    /// What the values count.
    pub unit: Unit,
}

/// How many resources of a class show all their panels before the next ones show any: a fleet of hundreds must not
/// push the one database off a bounded screen.
const ROUND: usize = 4;

/// The panels of the resources that are `wanted`, at most `limit`, in an order that depends on nothing but the
/// estate: the subjects customers meet first come first, by the order of the catalogue.
#[must_use]
pub fn panels(estate: &Estate, wanted: impl Fn(&ResourceKey) -> bool, limit: usize) -> Vec<MetricPanel> {
    let mut subjects: Vec<Subject> = estate.shards.iter().flat_map(subjects).filter(|s| wanted(&s.key)).collect();
    subjects.sort_by(|a, b| (a.class, &a.key).cmp(&(b.class, &b.key)));
    let mut of_class = BTreeMap::<Class, usize>::new();
    let mut ranked = Vec::new();
    for subject in &subjects {
        let ordinal = of_class.entry(subject.class).or_default();
        let round = *ordinal / ROUND;
        *ordinal += 1;
        let rows = CATALOGUE.iter().enumerate().filter(|(_, row)| row.fits(subject));
        ranked.extend(rows.map(|(rank, row)| ((round, rank, *ordinal), row, subject)));
    }
    ranked.sort_by_key(|(place, ..)| *place);
    ranked.into_iter().take(limit).map(|(_, row, subject)| row.panel(subject)).collect()
}

/// What a metric counts, as far as the catalogue knows: GetMetricData does not tell.
#[must_use]
pub fn unit(namespace: &str, metric: &str, stat: Stat) -> Unit {
    if stat == Stat::SampleCount {
        return Unit::Count;
    }
    let rows = CATALOGUE.iter().filter(|row| row.namespace == namespace);
    let mut known = rows.filter(|row| row.lines.iter().any(|line| line.metric == metric)).map(|row| row.unit);
    known.next().unwrap_or_default()
}

/// The rows of `catalogue.toml`; a test reads it too, so that a broken one is never built.
static CATALOGUE: LazyLock<Vec<Row>> = LazyLock::new(|| read().map(|file| file.panel).unwrap_or_default());

fn read() -> Result<File, toml::de::Error> {
    toml::from_str(include_str!("catalogue.toml"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    panel: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    subject: Class,
    when: Option<Trait>,
    title: String,
    namespace: String,
    #[serde(deserialize_with = "parsed")]
    unit: Unit,
    period: u32,
    detailed: Option<u32>,
    lines: Vec<Line>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    metric: String,
    stats: Vec<Statistic>,
    #[expect(dead_code, reason = "for the reader of the file, who must find one on every line")]
    source: Source,
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Statistic(#[serde(deserialize_with = "parsed")] Stat);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    Dashboards,
    Alarms,
    Guide,
    Ours,
}

fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

impl Row {
    fn fits(&self, subject: &Subject) -> bool {
        self.subject == subject.class && self.when.is_none_or(|needed| subject.traits.contains(&needed))
    }

    fn panel(&self, subject: &Subject) -> MetricPanel {
        let lines = self.lines.iter().flat_map(|line| {
            line.stats.iter().map(|stat| MetricQuery {
                account: subject.key.account.clone(),
                region: subject.region.clone(),
                namespace: self.namespace.clone(),
                metric: line.metric.clone(),
                dimensions: subject.dimensions.clone(),
                stat: stat.0,
                period: self.period_of(subject),
            })
        });
        MetricPanel { title: self.title.clone(), subject: subject.key.clone(), lines: lines.collect(), unit: self.unit }
    }

    fn period_of(&self, subject: &Subject) -> u32 {
        let detailed = self.detailed.filter(|_| subject.traits.contains(&Trait::Detailed));
        detailed.unwrap_or(self.period)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::model::{Kind, Shard};

    fn shard(region: &str, resources: serde_json::Value) -> Shard {
        let mut shard = Shard::new("123456789012", region);
        shard.resources = serde_json::from_value(resources).unwrap();
        shard
    }

    fn estate() -> Estate {
        let balancer = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/50dc6c495c0c9188";
        let network = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/mail/aa";
        let regional = shard(
            "eu-west-1",
            json!({
                "LoadBalancers": [
                    {"LoadBalancerArn": balancer},
                    {"LoadBalancerArn": network},
                    {"LoadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/gwy/wall/bb"},
                ],
                "LoadBalancerDescriptions": [{"LoadBalancerName": "old"}],
                "TargetGroups": [
                    {"TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/73e2", "LoadBalancerArns": [balancer]},
                    {"TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/smtp/74", "LoadBalancerArns": [network]},
                    {"TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orphan/75"},
                ],
                "clusters": [{"clusterArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/prod", "settings": [{"name": "containerInsights", "value": "enabled"}]}],
                "services": [
                    {"serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/prod/web", "clusterArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/prod"},
                    {"serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/legacy", "clusterArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/old"},
                ],
                "DBInstances": [
                    {"DBInstanceIdentifier": "main", "Engine": "postgres", "DBInstanceClass": "db.t4g.medium"},
                    {"DBInstanceIdentifier": "au-1", "Engine": "aurora-postgresql", "DBInstanceClass": "db.r6g.large"},
                ],
                "CacheClusters": [
                    {"CacheClusterId": "redis-001", "Engine": "redis", "ReplicationGroupId": "redis"},
                    {"CacheClusterId": "mem", "Engine": "memcached"},
                ],
                "DomainStatusList": [{"DomainName": "logs"}],
                "NatGateways": [{"NatGatewayId": "nat-1"}],
                "Instances": [
                    {"InstanceId": "i-1", "InstanceType": "m5.large", "State": {"Name": "running"}, "Monitoring": {"State": "enabled"}},
                    {"InstanceId": "i-2", "InstanceType": "t3.small", "State": {"Name": "running"}, "Monitoring": {"State": "disabled"}},
                    {"InstanceId": "i-3", "State": {"Name": "stopped"}},
                ],
                "AutoScalingGroups": [{"AutoScalingGroupName": "workers"}],
            }),
        );
        let global = shard("aws-global", json!({"Distributions": [{"Id": "E1"}]}));
        Estate { shards: vec![global, regional], ..Estate::default() }
    }

    fn all() -> Vec<MetricPanel> {
        panels(&estate(), |_| true, usize::MAX)
    }

    fn line(id: &str, metric: &str) -> MetricQuery {
        let all = all();
        let of_subject = all.iter().filter(|p| p.subject.id.ends_with(id)).flat_map(|p| &p.lines);
        of_subject.into_iter().find(|q| q.metric == metric).expect(metric).clone()
    }

    fn dimensions(id: &str, metric: &str) -> String {
        let pairs: Vec<String> = line(id, metric).dimensions.iter().map(|(k, v)| format!("{k}={v}")).collect();
        pairs.join(" ")
    }

    #[test]
    fn the_file_is_well_formed_and_every_row_is_used() {
        let file = read().unwrap();
        assert!(file.panel.iter().all(|row| !row.lines.is_empty() && row.lines.iter().all(|l| !l.stats.is_empty())));
        assert!(file.panel.iter().all(|row| row.period % 60 == 0 && row.unit != Unit::None));
        let subjects: Vec<Subject> = estate().shards.iter().flat_map(subjects).collect();
        for row in &file.panel {
            let burst_aurora = row.subject == Class::AuroraInstance && row.when == Some(Trait::Burstable);
            assert!(burst_aurora || subjects.iter().any(|s| row.fits(s)), "nothing fits {row:?}");
        }
        let classes: BTreeSet<Class> = file.panel.iter().map(|row| row.subject).collect();
        assert!(subjects.iter().all(|s| classes.contains(&s.class)));
    }

    #[test]
    fn dimensions_are_what_cloudwatch_knows_the_resource_by() {
        assert_eq!(dimensions("9188", "RequestCount"), "LoadBalancer=app/shop/50dc6c495c0c9188");
        assert_eq!(
            dimensions("/73e2", "HealthyHostCount"),
            "LoadBalancer=app/shop/50dc6c495c0c9188 TargetGroup=targetgroup/web/73e2"
        );
        assert_eq!(line("/74", "UnHealthyHostCount").namespace, "AWS/NetworkELB");
        assert_eq!(dimensions("/web", "MemoryUtilization"), "ClusterName=prod ServiceName=web");
        assert_eq!(dimensions("/legacy", "CPUUtilization"), "ClusterName=old ServiceName=legacy");
        assert_eq!(dimensions("main", "FreeStorageSpace"), "DBInstanceIdentifier=main");
        assert_eq!(dimensions("redis-001", "ReplicationLag"), "CacheClusterId=redis-001");
        assert_eq!(dimensions("nat-1", "ErrorPortAllocation"), "NatGatewayId=nat-1");
        assert_eq!(dimensions("logs", "JVMMemoryPressure"), "ClientId=123456789012 DomainName=logs");
        assert_eq!(dimensions("workers", "GroupDesiredCapacity"), "AutoScalingGroupName=workers");
        assert_eq!(dimensions("old", "Latency"), "LoadBalancerName=old");
    }

    #[test]
    fn cloudfront_is_asked_in_us_east_1_but_stays_in_its_own_shard() {
        let query = line("E1", "Requests");
        assert_eq!(query.region, "us-east-1");
        assert_eq!(dimensions("E1", "Requests"), "DistributionId=E1 Region=Global");
        assert_eq!(all().first().unwrap().subject.region, "aws-global");
    }

    #[test]
    fn what_has_no_metrics_has_no_panel() {
        let of = |id: &str| all().iter().filter(|p| p.subject.id.ends_with(id)).count();
        assert_eq!((of("i-3"), of("/75"), of("gwy/wall/bb")), (0, 0, 0), "stopped, without load balancer, gateway");
        let titles = |id: &str| -> Vec<String> {
            all().iter().filter(|p| p.subject.id.ends_with(id)).map(|p| p.title.clone()).collect()
        };
        assert!(titles("/web").contains(&"tasks".to_owned()), "its cluster has Container Insights");
        assert!(!titles("/legacy").contains(&"tasks".to_owned()));
        assert!(titles("main").contains(&"CPU credits".to_owned()));
        assert!(!titles("au-1").contains(&"CPU credits".to_owned()));
    }

    #[test]
    fn the_period_is_the_native_one() {
        assert_eq!(line("i-1", "CPUUtilization").period, 60);
        assert_eq!(line("i-2", "CPUUtilization").period, 300);
        assert_eq!(line("i-2", "StatusCheckFailed").period, 60);
    }

    #[test]
    fn a_limit_cuts_the_tail_and_a_fleet_does_not_hide_the_database() {
        let mut crowded = estate();
        let fleet = (0..300).map(|n| serde_json::from_value(json!({"InstanceId": format!("i-{n:04}")})).unwrap());
        crowded.shards[1].resources.instances.extend(fleet);
        let some = panels(&crowded, |_| true, 60);
        assert_eq!(some.len(), 60);
        assert!(some.iter().any(|p| p.subject.kind == Kind::DbInstance));
        assert_eq!(some, panels(&crowded, |_| true, 60));
        assert!(panels(&crowded, |key| key.kind == Kind::Bucket, 60).is_empty());
    }

    #[test]
    fn units_are_known_for_what_is_asked() {
        assert_eq!(unit("AWS/ApplicationELB", "TargetResponseTime", Stat::Percentile(950)), Unit::Seconds);
        assert_eq!(unit("AWS/RDS", "FreeableMemory", Stat::Average), Unit::Bytes);
        assert_eq!(unit("AWS/RDS", "FreeableMemory", Stat::SampleCount), Unit::Count);
        assert_eq!(unit("Shop", "Orders", Stat::Sum), Unit::None);
    }
}
