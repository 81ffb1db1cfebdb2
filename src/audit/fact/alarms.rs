//! Which CloudWatch alarms watch a resource, and which of them would tell anybody.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::FactContext;
use super::context::Place;
use crate::model::resource::{
    AutoScalingGroup, CacheCluster, ClassicLoadBalancer, DbCluster, DbInstance, Dimension, Distribution, Domain,
    EcsService, Instance, LoadBalancer, MetricAlarm, NatGateway, ReplicationGroup, TargetGroup,
};
use crate::model::{Describe, Gap, GapReason, Kind, Resource};

/// The alarms that watch a resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alarms {
    /// Those that do something beyond scaling when they ring.
    pub(super) acting: Vec<String>,
    /// Those that only scale.
    pub(super) scaling: Vec<String>,
    /// Those with no action, or with their actions switched off.
    pub(super) silent: Vec<String>,
}

/// Alarms by a value of one of their dimensions.
pub(super) type ByDimension<'e> = BTreeMap<&'e str, Vec<&'e MetricAlarm>>;

pub(super) fn index(alarms: &[MetricAlarm]) -> ByDimension<'_> {
    let mut index = ByDimension::new();
    for alarm in alarms {
        let mut values: Vec<&str> = dimension_sets(alarm).flatten().map(|d| d.value.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        for value in values {
            index.entry(value).or_default().push(alarm);
        }
    }
    index
}

/// Alarms that watch a query instead of a metric.
pub(super) fn queries(alarms: &[MetricAlarm]) -> Vec<&MetricAlarm> {
    let expressions =
        |alarm: &&MetricAlarm| alarm.metrics.iter().filter_map(|query| query.expression.as_deref()).any(is_query);
    alarms.iter().filter(expressions).collect()
}

/// The dimensions of each metric of an alarm.
fn dimension_sets(alarm: &MetricAlarm) -> impl Iterator<Item = &[Dimension]> {
    let of_metrics = alarm.metrics.iter().filter_map(|query| query.metric_stat.as_ref()?.metric.as_ref());
    of_metrics.map(|metric| metric.dimensions.as_slice()).chain([alarm.dimensions.as_slice()])
}

pub(super) fn compute(context: &FactContext<'_>, at: &Place<'_>, resource: &dyn Resource) -> Result<Alarms, Vec<Gap>> {
    // CloudFront keeps its metrics, and so its alarms, in one Region.
    let at = match resource.kind() {
        Kind::Distribution => context.place_of(at.shard.provenance.account.as_str(), "us-east-1")?,
        _ => at,
    };
    let mut found = Alarms::default();
    let subjects = subjects(resource);
    for alarm in watching(at, &subjects.dimensions) {
        let name = alarm.alarm_name.clone();
        let on = alarm.actions_enabled != Some(false) && !alarm.alarm_actions.is_empty();
        let list = match (on, alarm.alarm_actions.iter().all(|arn| is_scaling(arn))) {
            (false, _) => &mut found.silent,
            (true, true) => &mut found.scaling,
            (true, false) => &mut found.acting,
        };
        list.push(name);
    }
    if found.acting.is_empty() {
        at.complete(Kind::MetricAlarm)?;
        undecided(at, resource, &subjects, &found)?;
    }
    Ok(found)
}

/// An Auto Scaling policy changes a size; it tells nobody.
fn is_scaling(arn: &str) -> bool {
    arn.starts_with("arn:") && arn.contains(":autoscaling:") && arn.contains(":scalingPolicy:")
}

/// What could still mean that somebody is told, and is not in AWS's list of metric alarms.
fn undecided(at: &Place<'_>, resource: &dyn Resource, subjects: &Subjects, found: &Alarms) -> Result<(), Vec<Gap>> {
    let gap = |detail: String| {
        Err(vec![Gap::new(Kind::MetricAlarm.list_action(), GapReason::NotInSource, detail).about(resource.id())])
    };
    if !found.silent.is_empty() {
        let names = found.silent.join("`, `");
        return gap(format!(
            "`{names}` watch it and do nothing themselves; whether a composite alarm acts on them is not read"
        ));
    }
    let query = at.query_alarms.iter().find(|alarm| {
        let mut texts = alarm.metrics.iter().filter_map(|query| query.expression.as_deref());
        texts.any(|text| subjects.namespaces.iter().any(|namespace| text.contains(namespace)))
    });
    match query {
        Some(alarm) => gap(format!(
            "`{}` watches a query over many resources; whether it covers this one is not decided",
            alarm.alarm_name
        )),
        None => Ok(()),
    }
}

/// A Metrics Insights query names a namespace and no dimensions.
fn is_query(expression: &str) -> bool {
    expression.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

/// How alarms name a resource: one of these sets of dimensions, in one of these namespaces.
struct Subjects {
    dimensions: Vec<Vec<(&'static str, String)>>,
    namespaces: &'static [&'static str],
}

fn watching<'e>(at: &Place<'e>, subjects: &[Vec<(&'static str, String)>]) -> Vec<&'e MetricAlarm> {
    let mut found: BTreeMap<&str, &MetricAlarm> = BTreeMap::new();
    for subject in subjects {
        let Some((_, value)) = subject.first() else { continue };
        for alarm in at.alarms.get(value.as_str()).into_iter().flatten().copied() {
            let named = |set: &[Dimension]| {
                subject.iter().all(|(name, value)| set.iter().any(|d| d.name == *name && d.value == *value))
            };
            if dimension_sets(alarm).any(named) {
                found.insert(alarm.id(), alarm);
            }
        }
    }
    found.into_values().collect()
}

fn subjects(resource: &dyn Resource) -> Subjects {
    let any = resource.as_any();
    let one = |name: &'static str, value: &str| vec![vec![(name, value.to_owned())]];
    let (dimensions, namespaces): (_, &[&str]) = if let Some(balancer) = any.downcast_ref::<LoadBalancer>() {
        let name = balancer.id().split_once(":loadbalancer/").map_or(balancer.id(), |(_, name)| name);
        (one("LoadBalancer", name), &["AWS/ApplicationELB", "AWS/NetworkELB", "AWS/GatewayELB"])
    } else if let Some(group) = any.downcast_ref::<TargetGroup>() {
        let name = group.id().rsplit_once(':').map_or(group.id(), |(_, name)| name);
        (one("TargetGroup", name), &["AWS/ApplicationELB", "AWS/NetworkELB", "AWS/GatewayELB"])
    } else if let Some(balancer) = any.downcast_ref::<ClassicLoadBalancer>() {
        (one("LoadBalancerName", balancer.id()), &["AWS/ELB"])
    } else if let Some(database) = any.downcast_ref::<DbInstance>() {
        (one("DBInstanceIdentifier", database.id()), &["AWS/RDS"])
    } else if let Some(cluster) = any.downcast_ref::<DbCluster>() {
        let members = cluster.db_cluster_members.iter().filter_map(|m| m.db_instance_identifier.as_deref());
        let members = members.flat_map(|member| one("DBInstanceIdentifier", member));
        (one("DBClusterIdentifier", cluster.id()).into_iter().chain(members).collect(), &["AWS/RDS"])
    } else if let Some(service) = any.downcast_ref::<EcsService>() {
        let cluster = service.cluster_arn.as_str();
        let cluster = cluster.rsplit_once('/').map_or(cluster, |(_, name)| name).to_owned();
        let name = service.service_name.clone().unwrap_or_default();
        (vec![vec![("ServiceName", name), ("ClusterName", cluster)]], &["AWS/ECS", "ECS/ContainerInsights"])
    } else if let Some(cache) = any.downcast_ref::<CacheCluster>() {
        (one("CacheClusterId", cache.id()), &["AWS/ElastiCache"])
    } else if let Some(group) = any.downcast_ref::<ReplicationGroup>() {
        let members = group.member_clusters.iter().flat_map(|member| one("CacheClusterId", member));
        (one("ReplicationGroupId", group.id()).into_iter().chain(members).collect(), &["AWS/ElastiCache"])
    } else if let Some(instance) = any.downcast_ref::<Instance>() {
        (one("InstanceId", instance.id()), &["AWS/EC2", "CWAgent"])
    } else if let Some(gateway) = any.downcast_ref::<NatGateway>() {
        (one("NatGatewayId", gateway.id()), &["AWS/NATGateway"])
    } else if let Some(group) = any.downcast_ref::<AutoScalingGroup>() {
        (one("AutoScalingGroupName", group.id()), &["AWS/AutoScaling", "AWS/EC2"])
    } else if let Some(distribution) = any.downcast_ref::<Distribution>() {
        (one("DistributionId", distribution.id()), &["AWS/CloudFront"])
    } else if let Some(domain) = any.downcast_ref::<Domain>() {
        (one("DomainName", domain.id()), &["AWS/ES"])
    } else {
        (Vec::new(), &[])
    };
    Subjects { dimensions, namespaces }
}
