//! Who uses which security group: what an estate's resources say themselves, and its network interfaces.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::resource::{GroupIdentifier, NetworkInterface, VpcSecurityGroupMembership};
use crate::model::{Attribution, Describe, Resource, Resources, SecurityGroupId, Shard};

/// A resource that uses a security group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    /// Its type.
    pub(super) kind: String,
    /// Its id.
    pub(super) id: String,
    /// What its owner, or the service that manages it, calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Its environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,
    /// Whether it has a public address or name.
    pub(super) public: bool,
    /// The subnets in which it has IPv6 addresses: these are public where the subnet is.
    #[serde(skip)]
    pub(super) ipv6_subnets: BTreeSet<String>,
}

/// Users by the id of the group.
pub(super) type Users<'e> = BTreeMap<&'e str, Vec<User>>;

/// Every user in a shard. An instance's interfaces are not listed beside the instance.
pub(super) fn users<'e>(shard: &'e Shard, attribution: &Attribution) -> Users<'e> {
    let mut index = Users::new();
    let resources = &shard.resources;
    for use_ in
        of_compute(resources).chain(of_interfaces(resources)).chain(of_balancers(resources)).chain(of_data(resources))
    {
        let user = User {
            kind: use_.resource.kind().name().to_owned(),
            id: use_.resource.id().to_owned(),
            name: use_.name.map(str::to_owned),
            environment: attribution.get(&shard.key(use_.resource)).map(str::to_owned),
            public: use_.public,
            ipv6_subnets: use_.ipv6_subnets.iter().map(|id| (*id).to_owned()).collect(),
        };
        for group in use_.groups {
            index.entry(group).or_default().push(user.clone());
        }
    }
    index
}

/// One resource and the groups it uses.
struct Use<'e> {
    resource: &'e dyn Resource,
    name: Option<&'e str>,
    public: bool,
    groups: BTreeSet<&'e str>,
    ipv6_subnets: BTreeSet<&'e str>,
}

impl<'e> Use<'e> {
    fn new(resource: &'e dyn Resource, public: bool, groups: impl Iterator<Item = &'e SecurityGroupId>) -> Self {
        let name = Some(resource.name().unwrap_or_else(|| resource.id()));
        let groups = groups.map(SecurityGroupId::as_str).collect();
        Self { resource, name, public, groups, ipv6_subnets: BTreeSet::new() }
    }
}

fn of_compute(resources: &Resources) -> impl Iterator<Item = Use<'_>> {
    let instances = resources.instances.iter().map(|instance| {
        let interfaces = &instance.network_interfaces;
        let public = instance.public_ip_address.is_some() || interfaces.iter().any(is_public);
        let groups = ids(&instance.security_groups).chain(interfaces.iter().flat_map(|i| ids(&i.groups)));
        let ipv6_subnets = interfaces.iter().filter_map(ipv6_subnet).collect();
        Use { ipv6_subnets, ..Use::new(instance, public, groups) }
    });
    let services = resources.ecs_services.iter().filter_map(|service| {
        let network = service.network_configuration.as_ref()?.awsvpc_configuration.as_ref()?;
        let public = network.assign_public_ip.as_deref() == Some("ENABLED");
        Some(Use::new(service, public, network.security_groups.iter()))
    });
    instances.chain(services)
}

fn of_interfaces(resources: &Resources) -> impl Iterator<Item = Use<'_>> {
    let instances: BTreeSet<&str> = resources.instances.iter().map(Describe::id).collect();
    let own = resources.network_interfaces.iter().filter(move |interface| {
        let instance = interface.attachment.as_ref().and_then(|a| a.instance_id.as_deref());
        !instance.is_some_and(|id| instances.contains(id))
    });
    let interfaces = own.map(|interface| {
        let name = interface.description.as_deref().filter(|text| !text.is_empty());
        let ipv6_subnets = ipv6_subnet(interface).into_iter().collect();
        Use { name, ipv6_subnets, ..Use::new(interface, is_public(interface), ids(&interface.groups)) }
    });
    let endpoints = resources.vpc_endpoints.iter().map(|endpoint| Use {
        name: endpoint.service_name.as_deref(),
        ..Use::new(endpoint, false, ids(&endpoint.groups))
    });
    interfaces.chain(endpoints)
}

fn of_balancers(resources: &Resources) -> impl Iterator<Item = Use<'_>> {
    let faces = |scheme: &Option<String>| scheme.as_deref() == Some("internet-facing");
    let classic = resources.classic_load_balancers.iter();
    let classic = classic.map(move |b| Use::new(b, faces(&b.scheme), b.security_groups.iter()));
    let balancers = resources.load_balancers.iter();
    balancers.map(move |b| Use::new(b, faces(&b.scheme), b.security_groups.iter().flatten())).chain(classic)
}

fn of_data(resources: &Resources) -> impl Iterator<Item = Use<'_>> {
    let databases = resources.db_instances.iter();
    let databases =
        databases.map(|db| Use::new(db, db.publicly_accessible == Some(true), members(&db.vpc_security_groups)));
    let clusters = resources.db_clusters.iter();
    let clusters =
        clusters.map(|db| Use::new(db, db.publicly_accessible == Some(true), members(&db.vpc_security_groups)));
    let caches = resources.cache_clusters.iter().map(|cache| {
        Use::new(cache, false, cache.security_groups.iter().filter_map(|group| group.security_group_id.as_ref()))
    });
    let domains = resources
        .domains
        .iter()
        .filter_map(|domain| Some(Use::new(domain, false, domain.vpc_options.as_ref()?.security_group_ids.iter())));
    databases.chain(clusters).chain(caches).chain(domains)
}

fn ids(groups: &[GroupIdentifier]) -> impl Iterator<Item = &SecurityGroupId> {
    groups.iter().filter_map(|group| group.group_id.as_ref())
}

fn members(groups: &[VpcSecurityGroupMembership]) -> impl Iterator<Item = &SecurityGroupId> {
    groups.iter().filter_map(|group| group.vpc_security_group_id.as_ref())
}

/// Whether an interface has a public IPv4 address, primary or not.
pub(super) fn is_public(interface: &NetworkInterface) -> bool {
    let of_address = interface.private_ip_addresses.iter().filter_map(|address| address.association.as_ref());
    interface.association.iter().chain(of_address).any(|association| association.public_ip.is_some())
}

/// The subnet of an interface that has an IPv6 address, or a prefix of them.
fn ipv6_subnet(interface: &NetworkInterface) -> Option<&str> {
    let subnet = interface.subnet_id.as_ref()?;
    (!interface.ipv6_addresses.is_empty() || !interface.ipv6_prefixes.is_empty()).then_some(subnet.as_str())
}
