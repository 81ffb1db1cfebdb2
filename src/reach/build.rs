//! Compiles an estate into a network: interns every id, then compiles filters and tables after everything they name.

use super::balancer::described;
use super::block::Block;
use super::delegated::Delegated;
use super::directory::Directory;
use super::few::Few;
use super::filter::{Acl, Group, Index, Names};
use super::network::{
    AclNode, GatewayNode, GroupNode, Holder, Id, Ids, Interface, ListNode, NatNode, Network, PeeringNode, SubnetNode,
    TableNode, VpcNode, at, id,
};
use super::route::{self, Table, Target};
use super::service;
use super::set::{Addresses, Boxes, Services, is_v4, number};
use crate::model::resource::{Instance, NetworkInterface, RouteTable, SecurityGroup, Vpc, VpcPeeringConnection};
use crate::model::{Estate, Kind, Shard};

impl<'e> Network<'e> {
    /// Compiles the network of an estate.
    #[must_use]
    pub fn new(estate: &'e Estate) -> Self {
        let mut network = Self {
            estate,
            vpcs: Vec::new(),
            subnets: Vec::new(),
            tables: Vec::new(),
            acls: Vec::new(),
            groups: Vec::new(),
            lists: Vec::new(),
            interfaces: Vec::new(),
            group_sets: Vec::new(),
            accelerators: Vec::new(),
            gateways: Vec::new(),
            nats: Vec::new(),
            peerings: Vec::new(),
            endpoints: Vec::new(),
            transits: Vec::new(),
            attachments: Vec::new(),
            transit_tables: Vec::new(),
            balancers: Vec::new(),
            target_groups: Vec::new(),
            vpn_gateways: Vec::new(),
            vpns: Vec::new(),
            blocks: estate.shards.iter().map(Block::new).collect(),
            by_id: Ids::default(),
            directory: Directory::default(),
            delegated: Delegated::default(),
            strangers: <[Boxes; 2]>::default(),
            scratch: Vec::new(),
        };
        let shards = || estate.shards.iter().enumerate();
        for (place, shard) in shards() {
            network.add_places(place, shard);
        }
        for (place, shard) in shards() {
            network.add_gateways(shard);
            network.add_groups(shard);
            network.add_transits(shard);
            network.add_vpns(place, shard);
            network.add_balancers(place, shard);
        }
        for (_, shard) in shards() {
            network.add_interfaces(shard);
        }
        network.add_nat_interfaces();
        for (_, shard) in shards() {
            network.derive(shard);
        }
        network.derive_balancers();
        for (place, shard) in shards() {
            network.add_transit_tables(place, shard);
            network.add_filters(shard);
        }
        network.settle();
        network.stand_in();
        network.add_targets();
        for (_, shard) in shards() {
            network.name_tasks(shard);
        }
        network
    }

    fn add_places(&mut self, place: usize, shard: &'e Shard) {
        for vpc in &shard.resources.vpcs {
            let node = self.vpc(vpc.vpc_id.as_str());
            if let Some(node) = self.vpcs.get_mut(node as usize) {
                (node.resource, node.shard, node.cidrs) = (Some(vpc), place, cidrs(vpc));
            }
        }
        for subnet in &shard.resources.subnets {
            let vpc = self.vpc(subnet.vpc_id.as_str());
            let v6 = subnet.ipv6_cidr_block_association_set.iter().filter_map(|block| block.ipv6_cidr_block.as_deref());
            let range = Addresses::parse(subnet.cidr_block.as_deref().into_iter().chain(v6));
            self.by_id.subnet.insert(subnet.subnet_id.as_str(), id(self.subnets.len()));
            self.subnets.push(SubnetNode {
                resource: subnet,
                vpc,
                shard: place,
                range,
                table: None,
                acl: None,
                inside: false,
            });
        }
        for list in &shard.resources.prefix_lists {
            let node = self.prefix_list_id(list.prefix_list_id.as_str());
            if let Some(node) = self.lists.get_mut(node as usize) {
                node.read(list);
            }
        }
    }

    fn add_gateways(&mut self, shard: &'e Shard) {
        for gateway in &shard.resources.internet_gateways {
            let working =
                gateway.attachments.iter().find(|a| matches!(a.state.as_deref(), Some("available" | "attached")));
            let vpc = working.and_then(|a| a.vpc_id.as_ref()).and_then(|vpc| self.by_id.vpc.get(vpc.as_str()));
            let node = id(self.gateways.len());
            self.by_id.gateway.insert(gateway.internet_gateway_id.as_str(), node);
            self.gateways.push(GatewayNode { id: gateway.internet_gateway_id.as_str(), vpc, table: None });
            if let Some(vpc) = vpc.and_then(|vpc| self.vpcs.get_mut(vpc as usize)) {
                vpc.gateway = Some(node);
            }
        }
        for nat in &shard.resources.nat_gateways {
            let first = nat.nat_gateway_addresses.first();
            let parse = |text: Option<&String>| text.and_then(|text| text.parse().ok()).map(number);
            self.by_id.nat.insert(nat.nat_gateway_id.as_str(), id(self.nats.len()));
            self.nats.push(NatNode {
                resource: nat,
                vpc: nat.vpc_id.as_ref().and_then(|vpc| self.by_id.vpc.get(vpc.as_str())),
                subnet: nat.subnet_id.as_ref().and_then(|subnet| self.by_id.subnet.get(subnet.as_str())),
                private: parse(first.and_then(|address| address.private_ip.as_ref())),
                public: parse(first.and_then(|address| address.public_ip.as_ref())),
            });
        }
        for peering in &shard.resources.vpc_peering_connections {
            self.add_peering(peering);
        }
        for endpoint in &shard.resources.vpc_endpoints {
            self.by_id.endpoint.insert(endpoint.vpc_endpoint_id.as_str(), id(self.endpoints.len()));
            self.endpoints.push(endpoint);
        }
    }

    fn add_peering(&mut self, peering: &'e VpcPeeringConnection) {
        let key = peering.vpc_peering_connection_id.as_str();
        if self.by_id.peering.get(key).is_some() {
            return; // the same connection, as the other account or Region lists it
        }
        let sides = [peering.requester_vpc_info.as_ref(), peering.accepter_vpc_info.as_ref()];
        let vpcs = sides.map(|side| {
            let info = side?;
            let vpc = self.vpc(info.vpc_id.as_ref()?.as_str());
            let node = self.vpcs.get_mut(vpc as usize)?;
            if node.resource.is_none() && node.cidrs.is_empty() {
                let v4 = info.cidr_block_set.iter().filter_map(|block| block.cidr_block.as_deref());
                let v6 = info.ipv6_cidr_block_set.iter().filter_map(|block| block.ipv6_cidr_block.as_deref());
                node.cidrs = Addresses::parse(v4.chain(v6).chain(info.cidr_block.as_deref()));
            }
            Some(vpc)
        });
        let region = |side: Option<&'e crate::model::resource::VpcPeeringConnectionVpcInfo>| {
            side.and_then(|s| s.region.as_deref())
        };
        let [one, other] = sides.map(region);
        self.by_id.peering.insert(key, id(self.peerings.len()));
        self.peerings.push(PeeringNode { resource: peering, vpcs, same_region: one == other });
    }

    fn add_groups(&mut self, shard: &'e Shard) {
        self.by_id.group.reserve(shard.resources.security_groups.len());
        for group in &shard.resources.security_groups {
            let node = self.group_id(group.group_id.as_str());
            if let Some(node) = self.groups.get_mut(node as usize) {
                node.resource = Some(group);
            }
        }
    }

    /// Compiles security groups, ACLs and route tables: after everything that they name is known.
    fn add_filters(&mut self, shard: &'e Shard) {
        for group in &shard.resources.security_groups {
            self.compile_group(group);
        }
        let mut known = std::collections::BTreeMap::new();
        for acl in &shard.resources.network_acls {
            let node = id(self.acls.len());
            self.acls.push(AclNode { resource: acl, acl: Acl::compile(acl, &mut known) });
            let vpc = acl.vpc_id.as_ref().and_then(|vpc| self.by_id.vpc.get(vpc.as_str()));
            if let Some(vpc) = vpc.and_then(|vpc| self.vpcs.get_mut(vpc as usize))
                && acl.is_default == Some(true)
            {
                vpc.default_acl = Some(node);
            }
            for subnet in acl.associations.iter().filter_map(|a| a.subnet_id.as_ref()) {
                if let Some(subnet) = self.subnet_mut(subnet.as_str()) {
                    subnet.acl = Some(node);
                }
            }
        }
        for table in &shard.resources.route_tables {
            self.add_table(table);
        }
    }

    /// Compiles a security group into its place.
    pub(super) fn compile_group(&mut self, group: &'e SecurityGroup) -> Id {
        let place = self.group_id(group.group_id.as_str());
        let compiled = Group::compile(group, &mut GroupNames(self));
        if let Some(node) = self.groups.get_mut(place as usize) {
            (node.resource, node.group) = (Some(group), compiled);
        }
        place
    }

    fn add_table(&mut self, resource: &'e RouteTable) {
        let node = id(self.tables.len());
        let vpc = self.vpc(resource.vpc_id.as_str());
        let table = self.compile_table(resource);
        let outside = leaves(&table);
        self.tables.push(TableNode { resource, table, outside });
        let lasting = |state: Option<&str>| !matches!(state, Some("disassociating" | "disassociated" | "failed"));
        for association in &resource.associations {
            if !lasting(association.association_state.as_ref().and_then(|state| state.state.as_deref())) {
                continue;
            }
            if association.main == Some(true)
                && let Some(vpc) = self.vpcs.get_mut(vpc as usize)
            {
                vpc.main_table = Some(node);
            }
            if let Some(subnet) = association.subnet_id.as_ref().and_then(|subnet| self.subnet_mut(subnet.as_str())) {
                subnet.table = Some(node);
            }
            let edge = association.gateway_id.as_deref();
            if let Some(vpn) = edge.and_then(|edge| self.by_id.vpn_gateway.get(edge)) {
                if let Some(vpn) = self.vpn_gateways.get_mut(vpn as usize) {
                    vpn.table = Some(node);
                }
                continue;
            }
            let gateway = edge.and_then(|gateway| self.by_id.gateway.get(gateway));
            if let Some(gateway) = gateway.and_then(|gateway| self.gateways.get_mut(gateway as usize)) {
                gateway.table = Some(node);
            }
        }
    }

    fn compile_table(&self, resource: &'e RouteTable) -> Table {
        let mut entries = Vec::with_capacity(resource.routes.len());
        let (mut unread, mut services) = (Vec::new(), Vec::new());
        for (index, route) in resource.routes.iter().enumerate() {
            let target = self.target(route);
            let blackhole = route.state.as_deref() == Some("blackhole");
            let propagated = route.origin.as_deref() == Some("EnableVgwRoutePropagation");
            let mut push = |prefix, preference| {
                entries.push(route::Entry { prefix, target, blackhole, preference, index, ambiguous: false });
            };
            if let Some(prefix) = route::destination(route) {
                push(prefix, if propagated { 2 } else { 0 });
            } else if let Some(list) = route.destination_prefix_list_id.as_deref() {
                let known = self.by_id.list.get(list).and_then(|list| at(&self.lists, list));
                match known.filter(|list| list.entries.is_some()) {
                    Some(list) => list.nets.iter().for_each(|net| push(super::set::ends(net), 1)),
                    None if matches!(target, Target::ServiceEndpoint(_)) => services.push((index, list.to_owned())),
                    None => unread.push((index, list.to_owned())),
                }
            }
        }
        let mut table = Table::new(entries, unread);
        table.unread_services = services;
        table
    }

    fn add_interfaces(&mut self, shard: &'e Shard) {
        let resources = &shard.resources;
        let mut instances: Index<&'e str> = Index::default();
        instances.reserve(resources.instances.len());
        for (index, instance) in resources.instances.iter().enumerate() {
            instances.insert(instance.instance_id.as_str(), id(index));
        }
        let first = self.interfaces.len();
        self.interfaces.reserve(resources.network_interfaces.len());
        for interface in &resources.network_interfaces {
            let attachment = interface.attachment.as_ref();
            let instance = attachment.and_then(|a| a.instance_id.as_deref()).and_then(|i| instances.get(i));
            self.add_interface(interface, instance.and_then(|index| at(&resources.instances, index)));
        }
        self.name_unlisted_instances(shard, first);
        // Where interfaces could not be listed, the instances still tell their own.
        for instance in &resources.instances {
            for interface in &instance.network_interfaces {
                if self.interface_named(interface.network_interface_id.as_str()).is_none() {
                    self.add_interface(interface, Some(instance));
                }
            }
        }
    }

    /// Where instances could not be listed, the attachments still tell whose the interfaces are.
    fn name_unlisted_instances(&mut self, shard: &'e Shard, first: usize) {
        if shard.missing_kind(Kind::Instance).is_none() {
            return;
        }
        for node in self.interfaces.iter_mut().skip(first).filter(|node| matches!(node.holder, Holder::Other)) {
            let attachment = node.resource.and_then(|resource| resource.attachment.as_ref());
            if let Some(instance) = attachment.and_then(|attachment| attachment.instance_id.as_deref()) {
                node.holder = Holder::Managed(Kind::Instance, instance);
            }
        }
    }

    fn add_interface(&mut self, resource: &'e NetworkInterface, instance: Option<&'e Instance>) {
        let state = instance.and_then(|instance| instance.state.as_ref()).and_then(|state| state.name.as_deref());
        if state == Some("terminated") {
            return;
        }
        let place = resource.subnet_id.as_ref().or(instance.and_then(|instance| instance.subnet_id.as_ref()));
        let Some(subnet) = place.and_then(|subnet| self.by_id.subnet.get(subnet.as_str())) else { return };
        let Some(vpc) = at(&self.subnets, subnet).map(|subnet| subnet.vpc) else { return };
        let mut groups = std::mem::take(&mut self.scratch);
        groups.clear();
        for group in resource.groups.iter().filter_map(|group| group.group_id.as_ref()) {
            groups.push(self.group_id(group.as_str()));
        }
        groups.sort_unstable();
        groups.dedup();
        let node = id(self.interfaces.len());
        let described = described(resource);
        let balancer = described.and_then(|name| self.by_id.balancer.get(name));
        let holder = match (balancer, described) {
            (Some(balancer), _) => Holder::Balancer(balancer),
            (None, Some(_)) => Holder::UnknownBalancer,
            _ => holder(resource, instance),
        };
        if let Some(balancer) = balancer.and_then(|balancer| self.balancers.get_mut(balancer as usize)) {
            balancer.interfaces.push(node);
            groups.clone_from(&balancer.groups);
            groups.sort_unstable();
        }
        let interface = Interface {
            id: resource.network_interface_id.as_str(),
            resource: Some(resource),
            vpc,
            subnet,
            addresses: addresses(resource),
            groups: self.group_set(&groups),
            checks: resource.source_dest_check != Some(false),
            holder,
            public: false,
            mute: resource.interface_type.as_deref() == Some("vpc_endpoint"),
        };
        self.scratch = groups;
        if resource.interface_type.as_deref() == Some("global_accelerator_managed") {
            self.accelerators.push(node);
        }
        self.delegate(node, vpc, resource);
        self.add(interface);
    }

    /// NAT gateways answer at addresses that a listing of interfaces may lack.
    fn add_nat_interfaces(&mut self) {
        for nat in 0..self.nats.len() {
            let Some(node) = self.nats.get(nat) else { continue };
            let (Some(vpc), Some(subnet), Some(private)) = (node.vpc, node.subnet, node.private) else { continue };
            let (name, public) = (node.resource.nat_gateway_id.as_str(), node.public);
            let holder = Holder::Silent("a NAT gateway");
            let Some(known) = self.interface_at(vpc, private) else {
                let (groups, addresses) = (self.group_set(&[]), Few::one((private, public)));
                self.add(Interface {
                    id: name,
                    resource: None,
                    vpc,
                    subnet,
                    addresses,
                    groups,
                    checks: false,
                    holder,
                    public: false,
                    mute: false,
                });
                continue;
            };
            self.manage(known, holder);
            if let Some(node) = self.interfaces.get_mut(known as usize) {
                let own = |known: Option<u128>, address| known.or(public.filter(|_| address == private));
                node.addresses =
                    node.addresses.iter().map(|(address, known)| (*address, own(*known, *address))).collect();
            }
        }
    }

    /// What is so by default: the main route table and the default ACL.
    fn settle(&mut self) {
        let own = self.vpcs.iter().flat_map(|vpc| vpc.cidrs.ranges().iter().copied()).filter(|range| !is_v4(range.0));
        let strange = Addresses::internet().minus(&Addresses::of(own));
        let services = Services::range(0, service::LAST);
        self.strangers = [false, true].map(|v4| Boxes::product(&services, &strange.and(&Addresses::family(v4))));
        let whole = |kind: Kind| move |shard: &Shard| shard.missing_kind(kind).is_none();
        let [tables, acls] = [Kind::RouteTable, Kind::NetworkAcl]
            .map(|kind| self.estate.shards.iter().map(whole(kind)).collect::<Vec<_>>());
        for subnet in &mut self.subnets {
            let vpc = at(&self.vpcs, subnet.vpc);
            // Only a listing that was read to its end tells that a subnet has none of its own.
            let [by_table, by_acl] = [&tables, &acls].map(|all| {
                vpc.filter(|vpc| [subnet.shard, vpc.shard].iter().all(|shard| all.get(*shard) == Some(&true)))
            });
            subnet.table = subnet.table.or_else(|| by_table.and_then(|vpc| vpc.main_table));
            subnet.acl = subnet.acl.or_else(|| by_acl.and_then(|vpc| vpc.default_acl));
            let inside = |table: &TableNode<'_>| {
                vpc.filter(|vpc| !vpc.cidrs.is_empty()).is_some_and(|vpc| {
                    table.table.won_by(|entry| entry.target == Target::Local && !entry.blackhole).covers(&vpc.cidrs)
                })
            };
            subnet.inside = subnet.table.and_then(|table| at(&self.tables, table)).is_some_and(inside);
        }
    }

    fn subnet_mut(&mut self, subnet: &str) -> Option<&mut SubnetNode<'e>> {
        let subnet = self.by_id.subnet.get(subnet)?;
        self.subnets.get_mut(subnet as usize)
    }

    pub(super) fn vpc(&mut self, name: &'e str) -> Id {
        let next = id(self.vpcs.len());
        let node = self.by_id.vpc.insert(name, next);
        if node == next {
            let cidrs = Addresses::default();
            let (main_table, default_acl, gateway) = (None, None, None);
            self.vpcs.push(VpcNode { id: name, resource: None, shard: 0, cidrs, gateway, main_table, default_acl });
        }
        node
    }

    pub(super) fn group_id(&mut self, name: &'e str) -> Id {
        let next = id(self.groups.len());
        let node = self.by_id.group.insert(name, next);
        if node == next {
            self.groups.push(GroupNode { id: name, resource: None, group: Group::default(), alone: None });
        }
        node
    }

    fn prefix_list_id(&mut self, name: &'e str) -> Id {
        let next = id(self.lists.len());
        let node = self.by_id.list.insert(name, next);
        if node == next {
            self.lists.push(ListNode { id: name, entries: None, nets: Vec::new(), origin_facing: false });
        }
        node
    }

    pub(super) fn group_set(&mut self, groups: &[Id]) -> Id {
        let next = id(self.group_sets.len());
        // Most sets are of one group, which knows its own.
        let alone = if let &[only] = groups { self.groups.get_mut(only as usize) } else { None };
        let node = match alone {
            Some(group) => *group.alone.get_or_insert(next),
            None => self.by_id.group_set.get(groups).unwrap_or(next),
        };
        if node == next {
            let set: Few<Id> = groups.iter().copied().collect();
            if groups.len() != 1 {
                self.by_id.group_set.insert(set.clone(), node);
            }
            self.group_sets.push(set);
        }
        node
    }
}

/// Lets a security group be compiled while it is part of the network.
struct GroupNames<'n, 'e>(&'n mut Network<'e>);

impl<'e> Names<'e> for GroupNames<'_, 'e> {
    fn group(&mut self, id: &'e str) -> Id {
        self.0.group_id(id)
    }
    fn prefix_list(&mut self, id: &'e str) -> Id {
        self.0.prefix_list_id(id)
    }
    fn entries(&self, prefix_list: Id) -> Option<&Addresses> {
        at(&self.0.lists, prefix_list)?.entries.as_ref()
    }
}

fn cidrs(vpc: &Vpc) -> Addresses {
    let gone = |state: Option<&crate::model::resource::CidrBlockState>| {
        matches!(
            state.and_then(|s| s.state.as_deref()),
            Some("disassociating" | "disassociated" | "failing" | "failed")
        )
    };
    let v4 = vpc.cidr_block_association_set.iter().filter(|block| !gone(block.cidr_block_state.as_ref()));
    let v6 = vpc.ipv6_cidr_block_association_set.iter().filter(|block| !gone(block.ipv6_cidr_block_state.as_ref()));
    let v4 = v4.filter_map(|block| block.cidr_block.as_deref());
    let v6 = v6.filter_map(|block| block.ipv6_cidr_block.as_deref());
    Addresses::parse(vpc.cidr_block.as_deref().into_iter().chain(v4).chain(v6))
}

/// The gateway that a table sends to the internet by, and what it sends there; `None` when there are several, or
/// appliances on the way.
fn leaves(table: &Table) -> Option<(Id, Addresses)> {
    let mut gateways = table.entries.iter().filter_map(|entry| match entry.target {
        Target::InternetGateway(gateway) => Some(Some(gateway)),
        Target::Interface(_) | Target::ApplianceEndpoint(_) => Some(None),
        _ => None,
    });
    let gateway = gateways.next()??;
    if gateways.any(|other| other != Some(gateway)) {
        return None;
    }
    Some((gateway, table.won_by(|entry| !entry.blackhole && entry.target == Target::InternetGateway(gateway))))
}

/// Every address of an interface, the primary first.
fn addresses(interface: &NetworkInterface) -> Few<(u128, Option<u128>)> {
    let parse = |text: &str| text.parse().ok().map(number);
    let public = |association: Option<&crate::model::resource::NetworkInterfaceAssociation>| {
        association.and_then(|a| a.public_ip.as_deref()).and_then(parse)
    };
    // Nearly all have one.
    if let ([only], []) = (interface.private_ip_addresses.as_slice(), interface.ipv6_addresses.as_slice())
        && (only.primary == Some(true) || interface.private_ip_address.is_none())
        && let Some(private) = only.private_ip_address.as_deref().and_then(parse)
    {
        let associations = [only.association.as_ref(), interface.association.as_ref()];
        return Few::one((private, associations.into_iter().find_map(public)));
    }
    let mut all: Vec<(u128, Option<u128>)> = Vec::new();
    let mut primary = None;
    for address in &interface.private_ip_addresses {
        let Some(private) = address.private_ip_address.as_deref().and_then(parse) else { continue };
        if address.primary == Some(true) {
            primary = Some(all.len());
        }
        all.push((private, public(address.association.as_ref())));
    }
    if let Some(primary) = primary {
        all.swap(0, primary);
    } else if let Some(own) = interface.private_ip_address.as_deref().and_then(parse) {
        let known = all.iter().position(|(private, _)| *private == own);
        let at = known.unwrap_or_else(|| {
            all.push((own, None));
            all.len() - 1
        });
        all.swap(0, at);
    }
    if let Some(first) = all.first_mut().filter(|first| first.1.is_none()) {
        first.1 = public(interface.association.as_ref());
    }
    let v6 = interface.ipv6_addresses.iter().filter_map(|address| parse(address.ipv6_address.as_deref()?));
    all.extend(v6.map(|address| (address, None)));
    all.into()
}

fn holder<'e>(interface: &'e NetworkInterface, instance: Option<&'e Instance>) -> Holder<'e> {
    if let Some(instance) = instance {
        return Holder::Instance(instance);
    }
    match interface.interface_type.as_deref() {
        Some("nat_gateway") => return Holder::Silent("a NAT gateway"),
        Some("transit_gateway") => return Holder::Silent("a transit gateway"),
        Some("gateway_load_balancer_endpoint") => return Holder::Silent("a Gateway Load Balancer endpoint"),
        Some("lambda") => return Holder::Silent("a Lambda function"),
        _ => {}
    }
    match interface.status.as_deref() {
        Some("available") => Holder::Nobody,
        _ if interface.attachment.is_none() && interface.status.is_none() && interface.interface_type.is_none() => {
            Holder::Nobody
        }
        _ => Holder::Other,
    }
}
