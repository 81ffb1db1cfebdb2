//! What metrics can be about: which resource is which kind of subject, and by which dimensions CloudWatch knows it.

use serde::Deserialize;

use crate::model::resource::{
    CacheCluster, DbInstance, Distribution, Domain, EcsService, Instance, LoadBalancer, TargetGroup,
};
use crate::model::{Region, Resource, ResourceKey, Shard};

/// Where CloudFront's metrics are, wherever the viewers are.
const CLOUDFRONT_REGION: &str = "us-east-1";

/// Kinds of subject, finer than resource types: what has other metrics is another class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Class {
    ApplicationLoadBalancer,
    NetworkLoadBalancer,
    ClassicLoadBalancer,
    ApplicationTargetGroup,
    NetworkTargetGroup,
    EcsService,
    DbInstance,
    AuroraInstance,
    RedisNode,
    MemcachedCluster,
    Domain,
    NatGateway,
    Instance,
    Distribution,
    AutoScalingGroup,
}

/// What decides whether a subject has some of the metrics of its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Trait {
    /// Its instance type earns and spends CPU credits.
    Burstable,
    /// Its cluster has Container Insights switched on.
    ContainerInsights,
    /// It is a member of a replication group.
    Replicated,
    /// It has detailed monitoring.
    Detailed,
}

/// A resource as CloudWatch knows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Subject {
    pub(super) key: ResourceKey,
    pub(super) class: Class,
    pub(super) traits: Vec<Trait>,
    /// The Region its metrics are in.
    pub(super) region: Region,
    pub(super) dimensions: Vec<(String, String)>,
}

type Parts = (Class, Vec<Trait>, Vec<(&'static str, String)>);

/// The resources of a shard that have metrics worth a look, type by type.
pub(super) fn subjects(shard: &Shard) -> Vec<Subject> {
    let all = &shard.resources;
    let mut found = Vec::new();
    let mut add = |resource: &dyn Resource, parts: Option<Parts>| {
        let Some((class, traits, dimensions)) = parts else { return };
        let key = shard.key(resource);
        let region = if key.region.is_global() { Region::from(CLOUDFRONT_REGION) } else { key.region.clone() };
        let dimensions = dimensions.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        found.push(Subject { key, class, traits, region, dimensions });
    };
    all.load_balancers.iter().for_each(|r| add(r, load_balancer(r)));
    all.classic_load_balancers.iter().for_each(|r| {
        add(r, plain(Class::ClassicLoadBalancer, "LoadBalancerName", &r.load_balancer_name));
    });
    all.target_groups.iter().for_each(|r| add(r, target_group(r)));
    all.ecs_services.iter().for_each(|r| add(r, ecs_service(r, shard)));
    all.db_instances.iter().for_each(|r| add(r, db_instance(r)));
    all.cache_clusters.iter().for_each(|r| add(r, cache_cluster(r)));
    all.domains.iter().for_each(|r| add(r, domain(r, shard)));
    all.nat_gateways.iter().for_each(|r| {
        add(r, plain(Class::NatGateway, "NatGatewayId", r.nat_gateway_id.as_str()));
    });
    all.instances.iter().for_each(|r| add(r, instance(r)));
    all.distributions.iter().for_each(|r| add(r, distribution(r)));
    all.auto_scaling_groups.iter().for_each(|r| {
        add(r, plain(Class::AutoScalingGroup, "AutoScalingGroupName", &r.auto_scaling_group_name));
    });
    found
}

/// A subject with one dimension and no traits. The wrapper is what `add` takes.
#[expect(clippy::unnecessary_wraps, reason = "of one shape with the classes that not every resource fits")]
fn plain(class: Class, dimension: &'static str, value: &str) -> Option<Parts> {
    Some((class, Vec::new(), vec![(dimension, value.to_owned())]))
}

/// What an ARN names, its part after the account: `loadbalancer/app/name/id`.
fn arn_resource(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5).filter(|resource| !resource.is_empty())
}

/// A load balancer's dimension: `app/name/id` or `net/name/id`. Gateway Load Balancers have no metrics here.
fn load_balancer_dimension(arn: &str) -> Option<&str> {
    arn_resource(arn)?.strip_prefix("loadbalancer/")
}

fn load_balancer(balancer: &LoadBalancer) -> Option<Parts> {
    let name = load_balancer_dimension(balancer.load_balancer_arn.as_str())?;
    let class = match name.split_once('/')?.0 {
        "app" => Class::ApplicationLoadBalancer,
        "net" => Class::NetworkLoadBalancer,
        _ => return None,
    };
    plain(class, "LoadBalancer", name)
}

/// A target group's health is counted per load balancer in front of it; one without has no metrics.
fn target_group(group: &TargetGroup) -> Option<Parts> {
    let name = arn_resource(group.target_group_arn.as_str())?;
    let balancer = group.load_balancer_arns.iter().min()?;
    let balancer = load_balancer_dimension(balancer.as_str())?;
    let class = match balancer.split_once('/')?.0 {
        "app" => Class::ApplicationTargetGroup,
        "net" => Class::NetworkTargetGroup,
        _ => return None,
    };
    Some((class, Vec::new(), vec![("LoadBalancer", balancer.to_owned()), ("TargetGroup", name.to_owned())]))
}

/// The names are the last parts of the ARNs, also of old service ARNs, which do not tell the cluster.
fn ecs_service(service: &EcsService, shard: &Shard) -> Option<Parts> {
    let last = |arn| arn_resource(arn)?.rsplit('/').next().filter(|name| !name.is_empty());
    let name = last(service.service_arn.as_str())?;
    let cluster = last(service.cluster_arn.as_str())?;
    let insights = shard
        .resources
        .ecs_clusters
        .iter()
        .filter(|c| c.cluster_arn == service.cluster_arn)
        .flat_map(|c| &c.settings)
        .filter(|setting| setting.name.as_deref() == Some("containerInsights"))
        .any(|setting| matches!(setting.value.as_deref(), Some("enabled" | "enhanced")));
    let traits = if insights { vec![Trait::ContainerInsights] } else { Vec::new() };
    Some((Class::EcsService, traits, vec![("ClusterName", cluster.to_owned()), ("ServiceName", name.to_owned())]))
}

/// Whether a type such as `t3.small`, `db.t4g.medium` or `cache.t3.micro` earns and spends CPU credits.
fn burstable(instance_type: Option<&str>) -> Option<Trait> {
    let family = instance_type?.rsplit_once('.')?.0.rsplit('.').next()?;
    let burstable = family.strip_prefix('t').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    burstable.then_some(Trait::Burstable)
}

#[expect(clippy::unnecessary_wraps, reason = "of one shape with the classes that not every resource fits")]
fn db_instance(instance: &DbInstance) -> Option<Parts> {
    let aurora = instance.engine.as_deref().is_some_and(|engine| engine.starts_with("aurora"));
    let class = if aurora { Class::AuroraInstance } else { Class::DbInstance };
    let traits = burstable(instance.db_instance_class.as_deref()).into_iter().collect();
    Some((class, traits, vec![("DBInstanceIdentifier", instance.db_instance_identifier.clone())]))
}

fn cache_cluster(cluster: &CacheCluster) -> Option<Parts> {
    let class = match cluster.engine.as_deref()? {
        "redis" | "valkey" => Class::RedisNode,
        "memcached" => Class::MemcachedCluster,
        _ => return None,
    };
    let replicated = cluster.replication_group_id.as_ref().map(|_| Trait::Replicated);
    Some((class, replicated.into_iter().collect(), vec![("CacheClusterId", cluster.cache_cluster_id.clone())]))
}

/// Domains are known by the account besides their name.
#[expect(clippy::unnecessary_wraps, reason = "of one shape with the classes that not every resource fits")]
fn domain(domain: &Domain, shard: &Shard) -> Option<Parts> {
    let client = shard.provenance.account.to_string();
    Some((Class::Domain, Vec::new(), vec![("ClientId", client), ("DomainName", domain.domain_name.clone())]))
}

/// Instances that do not run have no metrics.
fn instance(instance: &Instance) -> Option<Parts> {
    let state = instance.state.as_ref().and_then(|state| state.name.as_deref());
    if state.is_some_and(|state| state != "running") {
        return None;
    }
    let monitoring = instance.monitoring.as_ref().and_then(|monitoring| monitoring.state.as_deref());
    let detailed = (monitoring == Some("enabled")).then_some(Trait::Detailed);
    let traits = burstable(instance.instance_type.as_deref()).into_iter().chain(detailed).collect();
    Some((Class::Instance, traits, vec![("InstanceId", instance.instance_id.to_string())]))
}

#[expect(clippy::unnecessary_wraps, reason = "of one shape with the classes that not every resource fits")]
fn distribution(distribution: &Distribution) -> Option<Parts> {
    let dimensions = vec![("DistributionId", distribution.id.clone()), ("Region", "Global".to_owned())];
    Some((Class::Distribution, Vec::new(), dimensions))
}
