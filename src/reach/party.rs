//! Who has the interfaces: what answers show instead of numbers.

use std::net::IpAddr;

use ipnet::IpNet;

use super::blast::{Chain, Link, Mode};
use super::exposed::Exposure;
use super::network::{Holder, Id, Interface, Network, at};
use super::set::{address, is_v4, parse_net};
use super::{Network as Net, PacketError};
use crate::model::{Describe, Kind};

/// An interface and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party<'e> {
    /// The resource's type.
    pub kind: Kind,
    /// The resource's id; the interface's own where nothing tells whose it is.
    pub id: &'e str,
    /// The resource's name.
    pub name: Option<&'e str>,
    /// The interface; for a derived one the resource's id.
    pub interface: &'e str,
    /// Its VPC.
    pub vpc: &'e str,
    /// Its subnet.
    pub subnet: &'e str,
    /// Its private addresses and IPv6 addresses, each with its public one.
    /// Of each delegated prefix there are one or more that stand for all.
    pub addresses: Vec<(IpAddr, Option<IpAddr>)>,
    /// The prefixes delegated to it.
    pub prefixes: Vec<IpNet>,
    /// Its security groups.
    pub groups: Vec<&'e str>,
    /// Whether it sends nothing of its own: a gateway's, or attached to nothing.
    pub silent: bool,
    /// Whether the interface is in no listing, and placed by the resource's subnets and security groups: its
    /// addresses stand for any of the subnet.
    pub derived: bool,
}

impl<'e> Net<'e> {
    /// Everything that has an interface, in the order of the estate.
    pub fn parties(&self) -> impl Iterator<Item = Party<'e>> + '_ {
        self.interfaces.iter().map(|interface| self.party_of(interface))
    }

    /// Whose an exposed address is.
    #[must_use]
    pub fn exposed_party(&self, exposure: &Exposure) -> Option<Party<'e>> {
        at(&self.interfaces, exposure.interface()).map(|interface| self.party_of(interface))
    }

    /// Who a link of a chain is.
    #[must_use]
    pub fn linked_party(&self, link: &Link) -> Option<Party<'e>> {
        at(&self.interfaces, link.interface()).map(|interface| self.party_of(interface))
    }

    /// Whose interface a link's connection is opened from: that of the link before, or another one of the same host.
    #[must_use]
    pub fn sending_party(&self, link: &Link) -> Option<Party<'e>> {
        at(&self.interfaces, link.sender()?).map(|interface| self.party_of(interface))
    }

    /// What somebody who holds a resource reaches next, and from there; the first link is the resource itself.
    ///
    /// # Errors
    /// When nothing of that name has an interface.
    pub fn blast(&self, source: &str, mode: Mode) -> Result<Chain, PacketError> {
        let interface = self.interface_of(source).ok_or_else(|| PacketError::NoSender(source.to_owned()))?;
        Ok(self.chain_from(interface, mode))
    }

    /// The interface of an id: of an interface itself, or the first one of an instance, load balancer or other resource.
    pub(super) fn interface_of(&self, name: &str) -> Option<Id> {
        let known = self.interface_named(name).or_else(|| self.instance_named(name));
        known.or_else(|| {
            let balancer = self.by_id.balancer.get(name).and_then(|balancer| at(&self.balancers, balancer))?;
            balancer.interfaces.first().copied()
        })
    }

    pub(super) fn party_of(&self, interface: &Interface<'e>) -> Party<'e> {
        let (kind, id, name) = self.owner(interface);
        let public = |private: u128, public: Option<u128>| {
            if is_v4(private) { public.map(address) } else { Some(address(private)) }
        };
        let groups = self.groups_of(interface).iter();
        Party {
            kind,
            id,
            name,
            interface: interface.id,
            vpc: at(&self.vpcs, interface.vpc).map_or("", |vpc| vpc.id),
            subnet: at(&self.subnets, interface.subnet).map_or("", |subnet| subnet.resource.subnet_id.as_str()),
            addresses: interface.addresses.iter().map(|(a, b)| (address(*a), public(*a, *b))).collect(),
            prefixes: interface.resource.iter().flat_map(|own| own.prefixes()).filter_map(parse_net).collect(),
            groups: groups.filter_map(|group| at(&self.groups, *group)).map(|group| group.id).collect(),
            silent: matches!(interface.holder, Holder::Silent(_) | Holder::Sender(..) | Holder::Nobody),
            derived: matches!(interface.holder, Holder::Derived(..) | Holder::Sender(..)),
        }
    }

    /// The resource behind an interface: its type, id and name.
    pub(super) fn owner(&self, interface: &Interface<'e>) -> (Kind, &'e str, Option<&'e str>) {
        match interface.holder {
            Holder::Instance(instance) => (Kind::Instance, instance.instance_id.as_str(), instance.name()),
            Holder::Balancer(balancer) => match at(&self.balancers, balancer) {
                Some(balancer) if balancer.id.starts_with("arn:") => (Kind::LoadBalancer, balancer.id, balancer.name),
                Some(balancer) => (Kind::ClassicLoadBalancer, balancer.id, balancer.name),
                None => (Kind::NetworkInterface, interface.id, None),
            },
            Holder::Sender(kind @ Kind::ClientVpnEndpoint, id) => {
                let mut all = self.endpoints_of_clients();
                let named = all.find(|(_, endpoint)| endpoint.id() == id).and_then(|(_, endpoint)| endpoint.name());
                (kind, id, named.or(Some(id)))
            }
            Holder::Derived(kind, id) | Holder::Managed(kind, id) | Holder::Sender(kind, id) => {
                (kind, id, Some(id.rsplit(['/', ':']).next().unwrap_or(id)))
            }
            Holder::Silent("a NAT gateway") if interface.resource.is_none() => (Kind::NatGateway, interface.id, None),
            _ => {
                let described =
                    interface.resource.and_then(|resource| resource.name().or(resource.description.as_deref()));
                (Kind::NetworkInterface, interface.id, described.filter(|text| !text.is_empty()))
            }
        }
    }
}

impl Network<'_> {
    /// Whether anything of the estate has that id or interface.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.interface_of(name).is_some()
    }
}
