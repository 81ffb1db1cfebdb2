//! How many Availability Zones a resource is spread over.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FactContext;
use super::context::Place;
use super::placement;
use crate::audit::Evidence;
use crate::model::resource::{
    AutoScalingGroup, CacheCluster, ClassicLoadBalancer, DbCluster, DbClusterMember, DbInstance, Domain, EcsService,
    LoadBalancer, NodeGroupMember, ReplicationGroup,
};
use crate::model::{Gap, GapReason, Kind, Resource};

/// The zones of a resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Zones {
    /// All of them.
    pub(super) zones: BTreeSet<String>,
    /// How many the worst placed part has: the shard of a cache, or the whole when there are no parts.
    pub(super) least: usize,
    /// How many that part may have at most: more than `least` when the zones of some members are not known.
    pub(super) most: usize,
    /// How many copies it is meant to have, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) copies: Option<usize>,
    /// The fields that tell.
    pub(super) evidence: Vec<Evidence>,
}

impl Zones {
    fn of<'z>(zones: impl IntoIterator<Item = &'z str>, field: &str) -> Self {
        let zones: BTreeSet<String> = zones.into_iter().map(str::to_owned).collect();
        let evidence = Evidence { resource: None, field: field.to_owned(), value: json!(zones) };
        Self { least: zones.len(), most: zones.len(), zones, copies: None, evidence: vec![evidence] }
    }

    /// The zones of members of which some are not known, and may stand elsewhere: with fewer than two that are known
    /// nobody can tell whether it is spread.
    fn of_known(members: Vec<Member<'_>>, field: &str) -> Result<Self, Vec<Gap>> {
        let (known, missing): (Vec<_>, Vec<_>) = members.into_iter().partition(Result::is_ok);
        let zones: BTreeSet<&str> = known.into_iter().flatten().collect();
        let missing: Vec<Gap> = missing.into_iter().filter_map(Result::err).flatten().collect();
        if zones.len() < 2 && !missing.is_empty() {
            return Err(missing);
        }
        let found = Self::of(zones, field);
        Ok(Self { most: found.least + missing.len(), ..found })
    }

    fn copies(mut self, copies: Option<i32>, field: &str) -> Self {
        self.copies = copies.and_then(|copies| usize::try_from(copies).ok());
        self.evidence.push(Evidence { resource: None, field: field.to_owned(), value: json!(copies) });
        self
    }
}

/// The zone of one of several members, or why it is not known.
type Member<'z> = Result<&'z str, Vec<Gap>>;

/// A member's zone, when it says so.
fn zone_of<'z>(zone: Option<&'z str>, kind: Kind, id: &str) -> Member<'z> {
    zone.ok_or_else(|| {
        let detail = "it does not say which Availability Zone it is in";
        vec![Gap::new(kind.list_action(), GapReason::NotInSource, detail).about(id)]
    })
}

pub(super) fn compute(_context: &FactContext<'_>, at: &Place<'_>, resource: &dyn Resource) -> Result<Zones, Vec<Gap>> {
    let any = resource.as_any();
    let found = if let Some(balancer) = any.downcast_ref::<LoadBalancer>() {
        let zones = balancer.availability_zones.iter().filter_map(|zone| zone.zone_name.as_deref());
        Zones::of(zones, "AvailabilityZones[].ZoneName")
    } else if let Some(balancer) = any.downcast_ref::<ClassicLoadBalancer>() {
        Zones::of(balancer.availability_zones.iter().map(String::as_str), "AvailabilityZones")
    } else if let Some(group) = any.downcast_ref::<AutoScalingGroup>() {
        let zones = Zones::of(group.availability_zones.iter().map(String::as_str), "AvailabilityZones");
        zones.copies(group.desired_capacity, "DesiredCapacity")
    } else if let Some(database) = any.downcast_ref::<DbInstance>() {
        of_database(database)
    } else if let Some(cluster) = any.downcast_ref::<DbCluster>() {
        of_cluster(at, cluster)?
    } else if let Some(cache) = any.downcast_ref::<CacheCluster>() {
        of_cache(cache)?
    } else if let Some(group) = any.downcast_ref::<ReplicationGroup>() {
        of_replication_group(at, group)?
    } else if let Some(service) = any.downcast_ref::<EcsService>() {
        of_service(at, service)?
    } else if let Some(domain) = any.downcast_ref::<Domain>() {
        of_domain(domain)
    } else {
        Zones::default()
    };
    if found.least == 0 {
        let detail = "it does not say which Availability Zones it uses";
        return Err(vec![Gap::new(resource.kind().list_action(), GapReason::NotInSource, detail).about(resource.id())]);
    }
    Ok(found)
}

fn of_database(database: &DbInstance) -> Zones {
    let zones = database.availability_zone.iter().chain(&database.secondary_availability_zone);
    let mut found = Zones::of(zones.map(String::as_str), "AvailabilityZone");
    found.copies = database.multi_az.map(|standby| if standby { 2 } else { 1 });
    let value = json!(database.multi_az);
    found.evidence.push(Evidence { resource: None, field: "MultiAZ".to_owned(), value });
    found
}

/// Where a cluster's instances are; its own `AvailabilityZones` only says where its storage is.
fn of_cluster(at: &Place<'_>, cluster: &DbCluster) -> Result<Zones, Vec<Gap>> {
    let zone = |member: &DbClusterMember| {
        let id = member.db_instance_identifier.as_deref().unwrap_or_default();
        let instance = at.get(&at.db_instances, Kind::DbInstance, id)?;
        zone_of(instance.availability_zone.as_deref(), Kind::DbInstance, id)
    };
    let members = cluster.db_cluster_members.iter().map(zone).collect();
    let copies = i32::try_from(cluster.db_cluster_members.len()).ok();
    Ok(Zones::of_known(members, "DBClusterMembers[].AvailabilityZone")?.copies(copies, "DBClusterMembers"))
}

fn of_cache(cache: &CacheCluster) -> Result<Zones, Vec<Gap>> {
    let id = cache.cache_cluster_id.as_str();
    let own = cache.preferred_availability_zone.as_deref().filter(|zone| *zone != "Multiple");
    let nodes = cache.cache_nodes.iter();
    let mut members: Vec<_> =
        nodes.map(|node| zone_of(node.customer_availability_zone.as_deref().or(own), Kind::CacheCluster, id)).collect();
    // Nodes are only listed when asked for.
    if members.is_empty() {
        members.push(zone_of(own, Kind::CacheCluster, id));
    }
    Ok(Zones::of_known(members, "CacheNodes[].CustomerAvailabilityZone")?
        .copies(cache.num_cache_nodes, "NumCacheNodes"))
}

/// Every shard must survive, so the one with the fewest zones counts: a shard that is known to stand in one zone
/// decides, whatever is not known of the others.
fn of_replication_group(at: &Place<'_>, group: &ReplicationGroup) -> Result<Zones, Vec<Gap>> {
    let field = "NodeGroups[].NodeGroupMembers[].PreferredAvailabilityZone";
    let shards = group.node_groups.iter().map(|shard| {
        let members = shard.node_group_members.iter().map(|member| zone_of_node(at, group, member));
        Zones::of_known(members.collect(), field)
    });
    let (known, missing): (Vec<_>, Vec<_>) = shards.partition(Result::is_ok);
    let known: Vec<Zones> = known.into_iter().flatten().collect();
    let missing: Vec<Gap> = missing.into_iter().filter_map(Result::err).flatten().collect();
    let least = known.iter().map(|shard| shard.least).min().unwrap_or_default();
    if !missing.is_empty() && least != 1 {
        return Err(missing);
    }
    let mut found = Zones::of(known.iter().flat_map(|shard| &shard.zones).map(String::as_str), field);
    found.least = least;
    found.most = known.iter().map(|shard| shard.most).min().unwrap_or_default();
    found.copies = group.node_groups.iter().map(|shard| shard.node_group_members.len()).min();
    Ok(found)
}

/// A node's zone, as its group or else its own cluster tells it.
fn zone_of_node<'z>(at: &Place<'z>, group: &'z ReplicationGroup, member: &'z NodeGroupMember) -> Member<'z> {
    let told = member.preferred_availability_zone.as_deref();
    match member.cache_cluster_id.as_deref() {
        _ if told.is_some() => zone_of(told, Kind::ReplicationGroup, &group.replication_group_id),
        Some(id) => {
            let cluster = at.get(&at.cache_clusters, Kind::CacheCluster, id)?;
            zone_of(cluster.preferred_availability_zone.as_deref(), Kind::CacheCluster, id)
        }
        None => zone_of(None, Kind::ReplicationGroup, &group.replication_group_id),
    }
}

/// Without zone awareness all nodes are in one zone, whatever subnets are named.
fn of_domain(domain: &Domain) -> Zones {
    let config = domain.cluster_config.as_ref();
    let spread = config.and_then(|config| config.zone_awareness_enabled) == Some(true);
    let zones = domain.vpc_options.iter().flat_map(|options| &options.availability_zones).map(String::as_str);
    let mut found = Zones::of(zones, "VPCOptions.AvailabilityZones");
    let count = config.and_then(|config| config.zone_awareness_config.as_ref()?.availability_zone_count);
    // Outside a VPC AWS chooses the zones; it says how many, two unless told otherwise.
    let number = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(2);
    found.least = if spread { number } else { 1 };
    found.most = found.least;
    found.copies(config.and_then(|config| config.instance_count), "ClusterConfig.InstanceCount")
}

fn of_service(at: &Place<'_>, service: &EcsService) -> Result<Zones, Vec<Gap>> {
    let zone = |id: String| {
        let subnet = at.get(&at.subnets, Kind::Subnet, &id)?;
        zone_of(subnet.availability_zone.as_deref(), Kind::Subnet, &id)
    };
    let zones = placement::subnets(at, service)?.into_iter().map(zone).collect();
    let network = service.network_configuration.as_ref().and_then(|n| n.awsvpc_configuration.as_ref());
    if network.is_some() {
        let field = "networkConfiguration.awsvpcConfiguration.subnets[].AvailabilityZone";
        return Ok(Zones::of_known(zones, field)?.copies(service.desired_count, "desiredCount"));
    }
    let mut found = Zones::of_known(zones, "loadBalancers[].targetGroupArn -> Target.Id -> AvailabilityZone")?;
    // Tasks that are in one zone now may be put into others that their cluster has hosts in.
    if found.least < 2 {
        return Err(vec![placement::unread_hosts(service)]);
    }
    found.most =
        service.desired_count.and_then(|count| usize::try_from(count).ok()).unwrap_or(found.most).max(found.most);
    Ok(found.copies(service.desired_count, "desiredCount"))
}
