//! Interfaces that no listing shows, or shows without saying whose they are: databases, caches, search domains, load
//! balancers. They are placed by the resource's subnets and security groups, which is all that decides about packets
//! but for the address; the address is one of the subnet that nothing has, and stands for any of it.

use super::client_vpn::in_force;
use super::few::Few;
use super::network::{Holder, Id, Interface, Network, at, id, zone};
use super::set::{ends, parse_net};
use crate::model::resource::DbInstance;
use crate::model::{Describe, Kind, Shard, SubnetId};

/// How a service describes the interfaces of a resource.
enum Described {
    /// So that the resource can be told.
    As(String),
    /// Alike for all of the service's.
    Alike(&'static str),
}

/// A managed resource and where its interfaces are.
struct Place<'e> {
    kind: Kind,
    id: &'e str,
    /// How its interfaces are described, where AWS lists them.
    described: Described,
    subnets: Vec<Id>,
    groups: Vec<Id>,
    public: bool,
}

impl<'e> Network<'e> {
    /// Places managed resources: after every interface that was listed.
    pub(super) fn derive(&mut self, shard: &'e Shard) {
        self.derive_senders(shard);
        let mut places = Vec::new();
        for database in &shard.resources.db_instances {
            places.extend(self.database(database));
        }
        for cache in &shard.resources.cache_clusters {
            let group = cache.cache_subnet_group_name.as_deref();
            let known = shard.resources.cache_subnet_groups.iter().find(|known| Some(known.id()) == group);
            let subnets = known.into_iter().flat_map(|group| &group.subnets);
            let subnets = subnets.filter_map(|subnet| subnet.subnet_identifier.as_ref()).map(SubnetId::as_str);
            let zone = cache.preferred_availability_zone.as_deref();
            let subnets = self.in_zone(subnets, zone);
            let groups = cache.security_groups.iter().filter_map(|group| group.security_group_id.as_ref());
            let groups = groups.map(|group| self.group_id(group.as_str())).collect();
            let described = Described::As(format!("ElastiCache {}", cache.id()));
            places.push(Place { kind: Kind::CacheCluster, id: cache.id(), described, subnets, groups, public: false });
        }
        for domain in &shard.resources.domains {
            let Some(options) = &domain.vpc_options else { continue };
            let subnets = self.in_zone(options.subnet_ids.iter().map(SubnetId::as_str), None);
            let described = Described::As(format!("ES {}", domain.domain_name));
            let groups = options.security_group_ids.iter().map(|group| self.group_id(group.as_str())).collect();
            places.push(Place { kind: Kind::Domain, id: domain.id(), described, subnets, groups, public: false });
        }
        if places.is_empty() {
            return;
        }
        let spare: Vec<usize> = (0..self.interfaces.len())
            .filter(|index| self.interfaces.get(*index).is_some_and(|one| matches!(one.holder, Holder::Other)))
            .collect();
        for place in places {
            self.place(place, &spare);
        }
    }

    /// Places what opens connections and takes none: VPC links of version 2 and Client VPN endpoints.
    fn derive_senders(&mut self, shard: &'e Shard) {
        let links = shard.resources.vpc_links.iter().flat_map(|link| {
            let groups = link.security_group_ids.as_slice();
            link.subnet_ids.iter().map(move |subnet| (Kind::VpcLink, link.id(), subnet, groups))
        });
        let endpoints = shard.resources.client_vpn_endpoints.iter().flat_map(|endpoint| {
            let networks = endpoint.target_networks.iter().flatten().filter(|one| in_force(one.status.as_ref()));
            networks.filter_map(|network| {
                let own = Some(network.security_groups.as_slice()).filter(|groups| !groups.is_empty());
                let groups = own.unwrap_or(&endpoint.security_group_ids);
                Some((Kind::ClientVpnEndpoint, endpoint.id(), network.target_network_id.as_ref()?, groups))
            })
        });
        let all: Vec<_> = links.chain(endpoints).collect();
        for (kind, name, subnet, groups) in all {
            let Some(subnet) = self.by_id.subnet.get(subnet.as_str()) else { continue };
            let mut groups: Vec<Id> = groups.iter().map(|group| self.group_id(group.as_str())).collect();
            if groups.is_empty() {
                groups.extend(self.default_group(subnet));
            }
            groups.sort_unstable();
            groups.dedup();
            let (groups, before) = (self.group_set(&groups), self.interfaces.len());
            self.derived((kind, name), subnet, groups, false);
            if let Some(interface) = self.interfaces.get_mut(before) {
                interface.holder = Holder::Sender(kind, name);
            }
        }
    }

    /// The default security group of a subnet's VPC, which interfaces have that were given none.
    fn default_group(&self, subnet: Id) -> Option<Id> {
        let vpc = at(&self.subnets, subnet).map(|subnet| &subnet.resource.vpc_id);
        let is_default = |group: &super::network::GroupNode<'e>| {
            let own = group.resource.filter(|resource| resource.group_name.as_deref() == Some("default"));
            own.is_some_and(|resource| resource.vpc_id.as_ref() == vpc)
        };
        self.groups.iter().position(is_default).map(id)
    }

    fn database(&mut self, database: &'e DbInstance) -> Option<Place<'e>> {
        let group = database.db_subnet_group.as_ref()?;
        let subnets = group.subnets.iter().filter_map(|subnet| subnet.subnet_identifier.as_ref());
        let zone = database.availability_zone.as_deref();
        let subnets = self.in_zone(subnets.map(SubnetId::as_str), zone);
        let groups = database.vpc_security_groups.iter().filter_map(|group| group.vpc_security_group_id.as_ref());
        let groups = groups.map(|group| self.group_id(group.as_str())).collect();
        let public = database.publicly_accessible == Some(true);
        Some(Place {
            kind: Kind::DbInstance,
            id: database.id(),
            described: Described::Alike("RDSNetworkInterface"),
            subnets,
            groups,
            public,
        })
    }

    /// The subnets of a list that are in a zone, or all when the zone is not known.
    fn in_zone<'t>(&self, subnets: impl Iterator<Item = &'t str>, wanted: Option<&str>) -> Vec<Id> {
        let all: Vec<Id> = subnets.filter_map(|subnet| self.by_id.subnet.get(subnet)).collect();
        let here = |subnet: &Id| {
            at(&self.subnets, *subnet).is_some_and(|node| {
                wanted.is_some()
                    && (node.resource.availability_zone.as_deref() == wanted || zone(node.resource) == wanted)
            })
        };
        let near: Vec<Id> = all.iter().copied().filter(here).collect();
        if near.is_empty() { all } else { near }
    }

    /// Gives a resource the interfaces that are listed as its service's and fit it alone, or else derived ones.
    fn place(&mut self, place: Place<'e>, spare: &[usize]) {
        let mut groups = place.groups;
        groups.sort_unstable();
        groups.dedup();
        let groups = self.group_set(&groups);
        let fits = |interface: &Interface<'e>| {
            let text = interface.resource.and_then(|resource| resource.description.as_deref()).unwrap_or_default();
            matches!(interface.holder, Holder::Other)
                && match &place.described {
                    Described::As(own) => text == own,
                    Described::Alike(own) => {
                        text == *own && interface.groups == groups && place.subnets.contains(&interface.subnet)
                    }
                }
        };
        let fitting: Vec<usize> =
            spare.iter().copied().filter(|index| self.interfaces.get(*index).is_some_and(fits)).collect();
        let certain = matches!(place.described, Described::As(_)) || fitting.len() == 1;
        if certain && !fitting.is_empty() {
            for index in fitting {
                self.manage(id(index), Holder::Managed(place.kind, place.id));
            }
            return;
        }
        for subnet in place.subnets {
            self.derived((place.kind, place.id), subnet, groups, place.public);
        }
    }

    /// The tasks of services: the interfaces behind the services' target groups.
    pub(super) fn name_tasks(&mut self, shard: &'e Shard) {
        for service in &shard.resources.ecs_services {
            let groups = service.load_balancers.iter().filter_map(|balancer| balancer.target_group_arn.as_ref());
            let groups = groups.filter_map(|group| self.by_id.target_group.get(group.as_str()));
            let targets = groups.filter_map(|group| at(&self.target_groups, group)?.targets.as_ref()).flatten();
            let tasks: Vec<Id> = targets.filter_map(|target| target.interface).collect();
            for task in tasks {
                if at(&self.interfaces, task).is_some_and(|node| matches!(node.holder, Holder::Other)) {
                    self.manage(task, Holder::Managed(Kind::EcsService, service.id()));
                }
            }
        }
    }

    fn derived(&mut self, (kind, name): (Kind, &'e str), subnet: Id, groups: Id, public: bool) {
        let Some(vpc) = at(&self.subnets, subnet).map(|node| node.vpc) else { return };
        let Some(address) = self.free_address(subnet) else { return };
        self.add(Interface {
            id: name,
            resource: None,
            vpc,
            subnet,
            addresses: Few::one((address, None)),
            groups,
            checks: true,
            holder: Holder::Derived(kind, name),
            public,
            mute: false,
        });
    }

    /// The last address of a subnet that nothing has.
    fn free_address(&self, subnet: Id) -> Option<u128> {
        let node = at(&self.subnets, subnet)?;
        let net = parse_net(node.resource.cidr_block.as_deref()?)?;
        let (first, last) = ends(&net);
        // The first four addresses and the last one of a subnet are AWS's.
        let mut free = last.checked_sub(1)?;
        while free > first + 3 {
            if self.interface_at(node.vpc, free).is_none() {
                return Some(free);
            }
            free -= 1;
        }
        None
    }

    /// Load balancers whose interfaces no listing shows.
    pub(super) fn derive_balancers(&mut self) {
        for index in 0..self.balancers.len() {
            let Some(node) = self.balancers.get(index).filter(|node| node.interfaces.is_empty()) else { continue };
            let (mut groups, subnets, public, name) =
                (node.groups.clone(), node.subnets.clone(), node.internet_facing, node.id);
            groups.sort_unstable();
            let groups = self.group_set(&groups);
            for subnet in subnets {
                let before = self.interfaces.len();
                self.derived((Kind::LoadBalancer, name), subnet, groups, public);
                let made = self.interfaces.get_mut(before);
                if let (Some(interface), Some(balancer)) = (made, self.balancers.get_mut(index)) {
                    interface.holder = Holder::Balancer(id(index));
                    balancer.interfaces.push(id(before));
                }
            }
        }
    }
}
