//! Finding things in an estate: by walking through all of it, every time.

use std::net::IpAddr;

use bartizan::model::resource::{
    Instance, InternetGateway, NatGateway, NetworkAcl, NetworkInterface, PrefixList, RouteTable, Subnet, Vpc,
    VpcPeeringConnection,
};
use bartizan::model::{Estate, Resources};
use ipnet::IpNet;

/// Every resource of one type, in every account and Region.
pub(crate) fn all<'a, T: 'a>(estate: &'a Estate, list: fn(&Resources) -> &Vec<T>) -> impl Iterator<Item = &'a T> {
    estate.shards.iter().flat_map(move |shard| list(&shard.resources))
}

pub(crate) fn vpc<'a>(estate: &'a Estate, id: &str) -> Option<&'a Vpc> {
    all(estate, |r| &r.vpcs).find(|vpc| vpc.vpc_id == id)
}

pub(crate) fn subnet<'a>(estate: &'a Estate, id: &str) -> Option<&'a Subnet> {
    all(estate, |r| &r.subnets).find(|subnet| subnet.subnet_id == id)
}

pub(crate) fn interface<'a>(estate: &'a Estate, id: &str) -> Option<&'a NetworkInterface> {
    all(estate, |r| &r.network_interfaces).find(|interface| interface.network_interface_id == id)
}

pub(crate) fn nat_gateway<'a>(estate: &'a Estate, id: &str) -> Option<&'a NatGateway> {
    all(estate, |r| &r.nat_gateways).find(|nat| nat.nat_gateway_id == id)
}

pub(crate) fn peering<'a>(estate: &'a Estate, id: &str) -> Option<&'a VpcPeeringConnection> {
    all(estate, |r| &r.vpc_peering_connections).find(|peering| peering.vpc_peering_connection_id == id)
}

pub(crate) fn prefix_list<'a>(estate: &'a Estate, id: &str) -> Option<&'a PrefixList> {
    all(estate, |r| &r.prefix_lists).find(|list| list.prefix_list_id == id)
}

pub(crate) fn internet_gateway<'a>(estate: &'a Estate, id: &str) -> Option<&'a InternetGateway> {
    all(estate, |r| &r.internet_gateways).find(|gateway| gateway.internet_gateway_id == id)
}

/// The Region a VPC is in.
pub(crate) fn region_of_vpc<'a>(estate: &'a Estate, id: &str) -> Option<&'a str> {
    let shard = estate.shards.iter().find(|shard| shard.resources.vpcs.iter().any(|vpc| vpc.vpc_id == id))?;
    Some(shard.provenance.region.as_str())
}

/// The internet gateway that is attached to a VPC and in force.
pub(crate) fn attached_internet_gateway<'a>(estate: &'a Estate, vpc: &str) -> Option<&'a InternetGateway> {
    all(estate, |r| &r.internet_gateways).find(|gateway| is_attached(gateway, vpc))
}

/// Whether an internet gateway is attached to a VPC and in force.
pub(crate) fn is_attached(gateway: &InternetGateway, vpc: &str) -> bool {
    let to = |id: &str| id == vpc;
    gateway.attachments.iter().any(|attachment| {
        attachment.vpc_id.as_ref().is_some_and(|id| to(id.as_str()))
            && matches!(attachment.state.as_deref(), Some("available" | "attached"))
    })
}

/// Whether a VPC has an address within its ranges.
pub(crate) fn vpc_contains(estate: &Estate, id: &str, address: IpAddr) -> bool {
    vpc_cidrs(estate, id).iter().any(|cidr| cidr.contains(&address))
}

/// The ranges of a VPC that are in force.
pub(crate) fn vpc_cidrs(estate: &Estate, id: &str) -> Vec<IpNet> {
    let Some(vpc) = vpc(estate, id) else { return Vec::new() };
    let mut cidrs: Vec<IpNet> = vpc.cidr_block.iter().filter_map(|cidr| cidr.parse().ok()).collect();
    for association in &vpc.cidr_block_association_set {
        let state = association.cidr_block_state.as_ref().and_then(|state| state.state.as_deref());
        if state.is_none_or(|state| state == "associated") {
            cidrs.extend(association.cidr_block.iter().filter_map(|cidr| cidr.parse::<IpNet>().ok()));
        }
    }
    for association in &vpc.ipv6_cidr_block_association_set {
        let state = association.ipv6_cidr_block_state.as_ref().and_then(|state| state.state.as_deref());
        if state.is_none_or(|state| state == "associated") {
            cidrs.extend(association.ipv6_cidr_block.iter().filter_map(|cidr| cidr.parse::<IpNet>().ok()));
        }
    }
    cidrs
}

/// Whether a subnet has an address within its ranges.
pub(crate) fn subnet_contains(subnet: &Subnet, address: IpAddr) -> bool {
    let v4 = subnet.cidr_block.iter();
    let v6 = subnet.ipv6_cidr_block_association_set.iter().filter_map(|a| a.ipv6_cidr_block.as_ref());
    v4.chain(v6).filter_map(|cidr| cidr.parse::<IpNet>().ok()).any(|cidr| cidr.contains(&address))
}

/// The private IPv4 addresses of an interface and its IPv6 addresses.
pub(crate) fn addresses(interface: &NetworkInterface) -> Vec<IpAddr> {
    let first = interface.private_ip_address.iter();
    let more = interface.private_ip_addresses.iter().filter_map(|a| a.private_ip_address.as_ref());
    let v6 = interface.ipv6_addresses.iter().filter_map(|a| a.ipv6_address.as_ref());
    first.chain(more).chain(v6).filter_map(|address| address.parse().ok()).collect()
}

/// The prefixes delegated to an interface.
pub(crate) fn prefixes(interface: &NetworkInterface) -> Vec<IpNet> {
    let v4 = interface.ipv4_prefixes.iter().filter_map(|prefix| prefix.ipv4_prefix.as_ref());
    let v6 = interface.ipv6_prefixes.iter().filter_map(|prefix| prefix.ipv6_prefix.as_ref());
    v4.chain(v6).filter_map(|prefix| prefix.parse().ok()).collect()
}

/// Whether an address is one of an interface's own, or of a prefix delegated to it.
pub(crate) fn has(interface: &NetworkInterface, address: IpAddr) -> bool {
    addresses(interface).contains(&address) || prefixes(interface).iter().any(|prefix| prefix.contains(&address))
}

/// The interface in a VPC that has a private (or IPv6) address.
pub(crate) fn interface_with<'a>(estate: &'a Estate, vpc: &str, address: IpAddr) -> Option<&'a NetworkInterface> {
    all(estate, |r| &r.network_interfaces).find(|interface| vpc_of(interface) == vpc && has(interface, address))
}

/// Items 31 and 32: the association is per private address. The public address of one of a VPC's private addresses.
pub(crate) fn public_of(estate: &Estate, vpc: &str, private: IpAddr) -> Option<IpAddr> {
    associations(estate).into_iter().find(|a| vpc_of(a.0) == vpc && a.1 == private).map(|a| a.2)
}

/// The interface and its private address that a public IPv4 address belongs to.
pub(crate) fn private_of(estate: &Estate, public: IpAddr) -> Option<(&NetworkInterface, IpAddr)> {
    associations(estate).into_iter().find(|a| a.2 == public).map(|a| (a.0, a.1))
}

/// Every interface, private address and public address that belong together.
fn associations(estate: &Estate) -> Vec<(&NetworkInterface, IpAddr, IpAddr)> {
    let mut found = Vec::new();
    for interface in all(estate, |r| &r.network_interfaces) {
        for each in &interface.private_ip_addresses {
            let public = each.association.as_ref().and_then(|a| a.public_ip.as_deref());
            let pair = (each.private_ip_address.as_deref().map(str::parse), public.map(str::parse));
            if let (Some(Ok(private)), Some(Ok(public))) = pair {
                found.push((interface, private, public));
            }
        }
    }
    found
}

/// The interface in the whole estate that has a global IPv6 address.
pub(crate) fn interface_with_v6(estate: &Estate, address: IpAddr) -> Option<&NetworkInterface> {
    all(estate, |r| &r.network_interfaces).find(|interface| has(interface, address))
}

pub(crate) fn vpc_of(interface: &NetworkInterface) -> &str {
    interface.vpc_id.as_ref().map_or("", |id| id.as_str())
}

pub(crate) fn subnet_of<'a>(estate: &'a Estate, interface: &NetworkInterface) -> Option<&'a Subnet> {
    subnet(estate, interface.subnet_id.as_ref()?.as_str())
}

/// The interfaces of an instance, the primary one first.
pub(crate) fn interfaces_of_instance<'a>(estate: &'a Estate, instance: &str) -> Vec<&'a NetworkInterface> {
    let mut found: Vec<_> = all(estate, |r| &r.network_interfaces)
        .filter(|interface| instance_of(interface).is_some_and(|id| id == instance))
        .collect();
    found.sort_by_key(|interface| interface.attachment.as_ref().and_then(|a| a.device_index));
    found
}

pub(crate) fn instance_of(interface: &NetworkInterface) -> Option<&str> {
    interface.attachment.as_ref()?.instance_id.as_deref()
}

/// Whether an instance is terminated, and so is not there any more.
pub(crate) fn is_terminated(estate: &Estate, instance: &str) -> bool {
    let state = |instance: &Instance| instance.state.as_ref().and_then(|state| state.name.clone());
    all(estate, |r| &r.instances)
        .any(|each| each.instance_id == instance && state(each).as_deref() == Some("terminated"))
}

/// Item 21: the one route table of a subnet, its own or else the VPC's main one.
pub(crate) fn route_table_of<'a>(estate: &'a Estate, subnet: &Subnet) -> Option<&'a RouteTable> {
    let in_force = |state: Option<&str>| state.is_none_or(|state| state == "associated");
    let own = all(estate, |r| &r.route_tables).find(|table| {
        table.associations.iter().any(|a| {
            a.subnet_id.as_ref() == Some(&subnet.subnet_id)
                && in_force(a.association_state.as_ref().and_then(|s| s.state.as_deref()))
        })
    });
    own.or_else(|| {
        all(estate, |r| &r.route_tables)
            .find(|table| table.vpc_id == subnet.vpc_id && table.associations.iter().any(|a| a.main == Some(true)))
    })
}

/// Item 17: the one network ACL of a subnet, its own or else the VPC's default one.
pub(crate) fn network_acl_of<'a>(estate: &'a Estate, subnet: &Subnet) -> Option<&'a NetworkAcl> {
    let own = all(estate, |r| &r.network_acls)
        .find(|acl| acl.associations.iter().any(|a| a.subnet_id.as_ref() == Some(&subnet.subnet_id)));
    own.or_else(|| {
        all(estate, |r| &r.network_acls)
            .find(|acl| acl.vpc_id.as_ref() == Some(&subnet.vpc_id) && acl.is_default == Some(true))
    })
}
