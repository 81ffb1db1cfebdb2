//! Prefixes delegated to interfaces: AWS delivers what is for any address of one to its interface, which may send from
//! there as well. An IPv4 prefix has no public addresses; an IPv6 one is public like any IPv6 address.
//!
//! Whoever looks at a single address finds the prefix that holds it. Sets are worked out with stand-ins: among the
//! addresses of an interface is one for every stretch of its prefixes that no rule and no route divides.
//!
//! Source: EC2 guide, "Prefix delegation for Amazon EC2 network interfaces".

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::network::{Id, Network, at};
use super::set::{Addresses, ends, is_v4, parse_net};
use crate::model::resource::NetworkInterface;

/// The prefixes of a network.
#[derive(Debug, Default)]
pub(super) struct Delegated {
    /// By VPC and first address. A public one can be asked for without its VPC.
    all: BTreeMap<(Option<Id>, u128), (IpNet, Id)>,
}

impl Delegated {
    /// The prefix that holds an address, and its interface.
    fn holding(&self, vpc: Option<Id>, address: u128) -> Option<(IpNet, Id)> {
        let (begin, (net, interface)) = self.all.range(..=(vpc, address)).next_back()?;
        (begin.0 == vpc && address <= ends(net).1).then_some((*net, *interface))
    }
}

impl Network<'_> {
    /// Learns the prefixes of an interface.
    pub(super) fn delegate(&mut self, interface: Id, vpc: Id, resource: &NetworkInterface) {
        for net in resource.prefixes().filter_map(parse_net) {
            let (first, last) = ends(&net);
            let public = !is_v4(first) && [first, last].iter().all(|end| Addresses::internet().contains(*end));
            for vpc in [Some(vpc), None].into_iter().take(1 + usize::from(public)) {
                self.delegated.all.entry((vpc, first)).or_insert((net, interface));
            }
        }
    }

    /// The interface that an address of a VPC is delegated to; without a VPC, a public address.
    pub(super) fn delegate_at(&self, vpc: Option<Id>, address: u128) -> Option<Id> {
        self.delegated.holding(vpc, address).map(|(_, interface)| interface)
    }

    /// Whether an address is one of an interface's.
    pub(super) fn owns(&self, interface: Id, address: u128) -> bool {
        at(&self.interfaces, interface).is_some_and(|node| {
            node.addresses.iter().any(|(private, _)| *private == address)
                || self.delegate_at(Some(node.vpc), address) == Some(interface)
        })
    }

    /// The prefix of an interface that an address is of.
    pub(super) fn prefix_at(&self, interface: Id, address: u128) -> Option<IpNet> {
        let vpc = at(&self.interfaces, interface)?.vpc;
        self.delegated.holding(Some(vpc), address).filter(|(_, owner)| *owner == interface).map(|(net, _)| net)
    }

    /// Gives interfaces with prefixes an address for each stretch of them.
    pub(super) fn stand_in(&mut self) {
        if !self.delegated.all.is_empty() {
            let edges = self.edges();
            self.divide(&edges);
        }
    }

    /// Divides them once more, at the edges of a group that changed.
    pub(super) fn divide_by_group(&mut self, group: Id) {
        let Some(node) = at(&self.groups, group).filter(|_| !self.delegated.all.is_empty()) else { return };
        let cells = node.group.gates.iter().flat_map(|gate| gate.by_address.cells());
        let ranges = cells.flat_map(|(_, set)| set.ranges());
        let mut edges: Vec<u128> = ranges.flat_map(|(first, last)| [*first, last.saturating_add(1)]).collect();
        edges.sort_unstable();
        edges.dedup();
        self.divide(&edges);
    }

    /// Divides the prefixes at the edges of what rules and routes name, which are in order.
    fn divide(&mut self, edges: &[u128]) {
        for (&(vpc, first), &(net, interface)) in &self.delegated.all {
            let Some(node) = self.interfaces.get_mut(interface as usize).filter(|_| vpc.is_some()) else { continue };
            let place = |address| edges.partition_point(|edge| *edge <= address);
            let inside = edges.get(place(first)..place(ends(&net).1)).unwrap_or_default();
            let begins = std::iter::once(first).chain(inside.iter().copied());
            let fresh = begins.filter(|begin| node.addresses.iter().all(|(known, _)| known != begin));
            let fresh: Vec<_> = fresh.map(|begin| (begin, None)).collect();
            if !fresh.is_empty() {
                node.addresses = node.addresses.iter().copied().chain(fresh).collect();
            }
        }
    }
}
