//! The subnets a resource is placed in, each with its class.

use serde::{Deserialize, Serialize};

use super::FactContext;
use super::context::{Place, own};
use super::subnet_class::{self, Class};
use crate::audit::Evidence;
use crate::model::resource::{
    AutoScalingGroup, CacheCluster, ClassicLoadBalancer, DbCluster, DbInstance, Domain, EcsService, Instance,
    LoadBalancer, NatGateway, VpcEndpoint,
};
use crate::model::{Describe, Gap, GapReason, Kind, Resource};

/// Where a resource is placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Placement {
    /// Every subnet it is in or may move to.
    pub(super) subnets: Vec<PlacedSubnet>,
}

/// A subnet with its class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlacedSubnet {
    /// Its id.
    pub(super) subnet: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Its zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) zone: Option<String>,
    /// Its class.
    pub(super) class: Class,
    /// Whether an internet gateway carries some of its traffic.
    pub(super) public: bool,
    /// Its route table, and whether it is used only because it is the VPC's main one.
    pub(super) route_table: String,
    /// See `route_table`.
    pub(super) implicit_main: bool,
    /// The routes that decide.
    pub(super) evidence: Vec<Evidence>,
}

pub(super) fn compute(
    context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<Placement, Vec<Gap>> {
    let mut placed = Vec::new();
    let mut gaps = Vec::new();
    for id in subnets(at, resource)? {
        match place(context, at, &id) {
            Ok(subnet) => placed.push(subnet),
            Err(missing) => gaps.extend(missing),
        }
    }
    // One public subnet that is known decides, whatever is not known of the others.
    if gaps.is_empty() || placed.iter().any(|subnet| subnet.public) {
        Ok(Placement { subnets: placed })
    } else {
        gaps.dedup();
        Err(gaps)
    }
}

fn place(context: &FactContext<'_>, at: &Place<'_>, id: &str) -> Result<PlacedSubnet, Vec<Gap>> {
    let subnet = at.get(&at.subnets, Kind::Subnet, id)?;
    let class = subnet_class::of_subnet(context, at, id)?;
    let evidence = class.evidence().to_vec();
    Ok(PlacedSubnet {
        subnet: id.to_owned(),
        name: subnet.name().map(str::to_owned),
        zone: subnet.availability_zone.clone(),
        class: class.class,
        public: class.class.is_public(),
        route_table: class.route_table,
        implicit_main: class.implicit_main,
        evidence,
    })
}

/// The subnets a resource is in or may move to, in order. Without any there is nothing to judge, which is a gap.
pub(super) fn subnets(at: &Place<'_>, resource: &dyn Resource) -> Result<Vec<String>, Vec<Gap>> {
    let mut ids = match resource.kind() {
        Kind::DbInstance | Kind::DbCluster => of_database(at, resource)?,
        Kind::CacheCluster => of_cache(at, resource)?,
        Kind::EcsService => of_service(at, own(resource)?)?,
        _ => of_compute(resource),
    };
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        let detail = "it does not say which subnets it uses";
        return Err(vec![Gap::new(resource.kind().list_action(), GapReason::NotInSource, detail).about(resource.id())]);
    }
    Ok(ids)
}

fn of_database(at: &Place<'_>, resource: &dyn Resource) -> Result<Vec<String>, Vec<Gap>> {
    let any = resource.as_any();
    let group = if let Some(database) = any.downcast_ref::<DbInstance>() {
        database.db_subnet_group.as_ref()
    } else if let Some(name) = any.downcast_ref::<DbCluster>().and_then(|cluster| cluster.db_subnet_group.as_ref()) {
        Some(at.get(&at.db_subnet_groups, Kind::DbSubnetGroup, name)?)
    } else {
        None
    };
    let members = group.into_iter().flat_map(|group| &group.subnets);
    Ok(members.filter_map(|member| Some(member.subnet_identifier.as_ref()?.to_string())).collect())
}

fn of_cache(at: &Place<'_>, resource: &dyn Resource) -> Result<Vec<String>, Vec<Gap>> {
    let cache = resource.as_any().downcast_ref::<CacheCluster>();
    let Some(name) = cache.and_then(|cache| cache.cache_subnet_group_name.as_ref()) else { return Ok(Vec::new()) };
    let group = at.get(&at.cache_subnet_groups, Kind::CacheSubnetGroup, name)?;
    Ok(group.subnets.iter().filter_map(|member| Some(member.subnet_identifier.as_ref()?.to_string())).collect())
}

/// Where a service is told to be or, when its tasks use the network of their hosts, where these are.
fn of_service(at: &Place<'_>, service: &EcsService) -> Result<Vec<String>, Vec<Gap>> {
    let network = service.network_configuration.as_ref().and_then(|n| n.awsvpc_configuration.as_ref());
    if let Some(network) = network {
        return Ok(network.subnets.iter().map(ToString::to_string).collect());
    }
    let host = |id: &str| {
        let instance = at.get(&at.instances, Kind::Instance, id)?;
        instance.subnet_id.as_ref().map(ToString::to_string).ok_or_else(|| vec![unread_hosts(service)])
    };
    hosts(at, service)?.into_iter().map(host).collect()
}

/// The instances that all of a service's tasks run on now: those that one of its target groups names.
fn hosts<'e>(at: &Place<'e>, service: &EcsService) -> Result<Vec<&'e str>, Vec<Gap>> {
    for arn in service.load_balancers.iter().filter_map(|one| one.target_group_arn.as_ref()) {
        let group = at.get(&at.target_groups, Kind::TargetGroup, arn.as_str())?;
        let targets = group.target_health_descriptions.iter().flatten().filter_map(|one| one.target.as_ref());
        let targets: Vec<&str> = targets.map(|target| target.id.as_str()).collect();
        let of_instances = group.target_type.as_deref() == Some("instance");
        let tasks = service.running_count.and_then(|count| usize::try_from(count).ok());
        if of_instances && !targets.is_empty() && tasks.is_some_and(|tasks| targets.len() >= tasks) {
            return Ok(targets);
        }
    }
    Err(vec![unread_hosts(service)])
}

/// What is not known of a service whose tasks use the network of their hosts: which hosts its cluster has.
pub(super) fn unread_hosts(service: &EcsService) -> Gap {
    let detail = "its tasks use the network of their container instances, which are not read";
    let gap = Gap::new("ecs:DescribeContainerInstances", GapReason::NotInSource, detail);
    gap.about(service.service_arn.as_str())
}

fn of_compute(resource: &dyn Resource) -> Vec<String> {
    let any = resource.as_any();
    if let Some(instance) = any.downcast_ref::<Instance>() {
        let interfaces = instance.network_interfaces.iter().filter_map(|interface| interface.subnet_id.as_ref());
        instance.subnet_id.iter().chain(interfaces).map(ToString::to_string).collect()
    } else if let Some(balancer) = any.downcast_ref::<LoadBalancer>() {
        balancer.availability_zones.iter().filter_map(|zone| Some(zone.subnet_id.as_ref()?.to_string())).collect()
    } else if let Some(gateway) = any.downcast_ref::<NatGateway>() {
        gateway.subnet_id.iter().map(ToString::to_string).collect()
    } else if let Some(endpoint) = any.downcast_ref::<VpcEndpoint>() {
        endpoint.subnet_ids.iter().map(ToString::to_string).collect()
    } else if let Some(balancer) = any.downcast_ref::<ClassicLoadBalancer>() {
        balancer.subnets.iter().map(ToString::to_string).collect()
    } else if let Some(group) = any.downcast_ref::<AutoScalingGroup>() {
        let listed = group.vpc_zone_identifier.as_deref().unwrap_or_default();
        listed.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
    } else if let Some(options) = any.downcast_ref::<Domain>().and_then(|domain| domain.vpc_options.as_ref()) {
        options.subnet_ids.iter().map(ToString::to_string).collect()
    } else {
        Vec::new()
    }
}
