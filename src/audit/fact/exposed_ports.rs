//! What the internet reaches of a resource: which ports, from where, by which path. It is decided by following
//! packets through gateways, routes, network ACLs, security groups and load balancers, both ways.

use serde::{Deserialize, Serialize};

use super::FactContext;
use super::context::Place;
use super::internet::{Open, WayIn};
use crate::model::resource::{CacheCluster, ClassicLoadBalancer, DbInstance, Domain, Instance};
use crate::model::{Gap, GapReason, Resource, VpcId};
use crate::reach::Party;

/// The ways in to a resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExposedPorts {
    /// Every way in, those that connect first. One that is `unknown` may be none.
    pub(super) ways: Vec<WayIn>,
    /// What was not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unread: Vec<Gap>,
    /// What no call would tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) doubts: Vec<String>,
}

#[expect(clippy::unnecessary_wraps, reason = "all facts are worked out by one signature")]
pub(super) fn compute(
    context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<ExposedPorts, Vec<Gap>> {
    let internet = context.internet();
    let (kind, id) = (resource.kind(), resource.id());
    let mut open = Open::default();
    let parties = internet.parties_of(kind, id, vpc_of(at, resource));
    let own = ports_of(resource);
    let mut ways = Vec::new();
    for party in &parties {
        ways.extend(internet.ways(at, party, None, &mut open));
    }
    ways.sort_by_key(|way| std::cmp::Reverse(way.verdict));
    let mut ways: Vec<WayIn> = ways.iter().map(|way| internet.tell(way, &own)).collect();
    let hidden: Vec<&Gap> = internet.hidden(at).iter().chain(internet.untold(&parties)).collect();
    let doubt = doubt(resource, &parties);
    if !hidden.is_empty() || doubt.is_some() {
        open.unread.extend(hidden.into_iter().cloned());
        match doubt {
            Some(Ok(gap)) => drop(open.unread.insert(gap)),
            Some(Err(text)) => drop(open.doubts.insert(text)),
            None => {}
        }
        ways.push(WayIn::unknown(kind, id));
    }
    Ok(ExposedPorts { ways, unread: open.unread.into_iter().collect(), doubts: open.doubts.into_iter().collect() })
}

/// Why it is not known where a resource is: what was not read, or what nothing tells.
fn doubt(resource: &dyn Resource, parties: &[&Party<'_>]) -> Option<Result<Gap, String>> {
    if let Some(database) = resource.as_any().downcast_ref::<DbInstance>()
        && database.publicly_accessible.is_none()
        && parties.iter().all(|party| party.derived)
    {
        let detail = "PubliclyAccessible is not told";
        let gap = Gap::new(resource.kind().list_action(), GapReason::NotInSource, detail);
        return Some(Ok(gap.about(resource.id())));
    }
    if !parties.is_empty() {
        return None;
    }
    let domain = resource.as_any().downcast_ref::<Domain>();
    if domain.is_some_and(|domain| domain.vpc_options.is_none()) {
        return Some(Err("its endpoint is in no VPC, and no network decides who gets there".to_owned()));
    }
    let instance = resource.as_any().downcast_ref::<Instance>();
    if instance.is_some_and(|instance| instance.network_interfaces.is_empty()) {
        return None; // it has none any more
    }
    Some(Err(format!("no network interface of {} `{}` is known", resource.kind(), resource.id())))
}

/// The VPC of what has a name that others in the estate may have too.
fn vpc_of<'a>(at: &'a Place<'_>, resource: &'a dyn Resource) -> Option<&'a str> {
    let any = resource.as_any();
    if let Some(database) = any.downcast_ref::<DbInstance>() {
        return database.db_subnet_group.as_ref()?.vpc_id.as_ref().map(VpcId::as_str);
    }
    if let Some(balancer) = any.downcast_ref::<ClassicLoadBalancer>() {
        return balancer.vpc_id.as_ref().map(VpcId::as_str);
    }
    if let Some(domain) = any.downcast_ref::<Domain>() {
        return domain.vpc_options.as_ref()?.vpc_id.as_ref().map(VpcId::as_str);
    }
    if let Some(cache) = any.downcast_ref::<CacheCluster>() {
        let group = at.cache_subnet_groups.get(cache.cache_subnet_group_name.as_deref()?)?;
        return group.vpc_id.as_ref().map(VpcId::as_str);
    }
    None
}

/// The ports that a data store listens on.
fn ports_of(resource: &dyn Resource) -> Vec<u16> {
    let any = resource.as_any();
    let ports: Vec<Option<i32>> = if let Some(database) = any.downcast_ref::<DbInstance>() {
        database.endpoint.iter().map(|endpoint| endpoint.port).collect()
    } else if let Some(cache) = any.downcast_ref::<CacheCluster>() {
        let nodes = cache.cache_nodes.iter().filter_map(|node| node.endpoint.as_ref());
        nodes.chain(&cache.configuration_endpoint).map(|endpoint| endpoint.port).collect()
    } else if any.is::<Domain>() {
        vec![Some(443), Some(80)]
    } else {
        Vec::new()
    };
    ports.into_iter().flatten().filter_map(|port| u16::try_from(port).ok()).collect()
}
