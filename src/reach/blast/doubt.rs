//! What a chain rests on that could not be read. Where that had a say, the chain is followed again as if everything
//! unread let packets pass: what is reached only so is reached perhaps, and what was unread on the way there is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Link, Search};
use crate::model::Kind;
use crate::reach::network::{Id, Interface, Network, SubnetNode, at, id};
use crate::reach::path::Unread;
use crate::reach::route::{Entry, Target};
use crate::reach::set::{Addresses, Services};
use crate::reach::transit::Attached;
use crate::reach::way::End;

/// What joins VPCs.
const JOINS: [Kind; 5] = [
    Kind::VpcPeeringConnection,
    Kind::TransitGateway,
    Kind::TransitGatewayAttachment,
    Kind::TransitGatewayVpcAttachment,
    Kind::TransitGatewayRouteTable,
];

/// Of one route, so much that was not read is told.
const MOST_TOLD: usize = 8;

/// What asking for connections ran into.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// Whether what could not be read lets things pass.
    pub(super) hopeful: bool,
    /// What could not be read, and had a say.
    pub(super) unread: Vec<Unread>,
    /// What could not be read, so that nobody can say who is behind it.
    pub(super) blind: Vec<Unread>,
}

/// What is reached for certain, by class.
#[derive(Debug)]
pub(super) struct Sure {
    touched: Vec<bool>,
    held: Vec<bool>,
    /// By which services, as its link tells.
    services: BTreeMap<Id, Arc<Services>>,
}

impl Search<'_, '_> {
    pub(super) const fn hopeful(&self) -> bool {
        self.sure.is_some()
    }

    pub(super) fn doubts(&self) -> Doubts {
        Doubts { hopeful: self.hopeful(), ..Doubts::default() }
    }

    /// Takes note of what a question ran into that was answered with no.
    pub(super) fn told(&mut self, doubts: Doubts) {
        self.in_doubt |= !doubts.unread.is_empty();
        self.unread.extend(doubts.blind);
    }

    /// Takes note of what could not be read on the way to a class, if it is reached only by that.
    pub(super) fn learn<'u>(&mut self, class: Id, services: &Services, unread: impl Iterator<Item = &'u Unread>) {
        let Some(sure) = &self.sure else {
            self.in_doubt |= unread.count() > 0;
            return;
        };
        if sure.lacks(class, services, self.mode.holds(services)) {
            self.unread.extend(unread.cloned());
        }
    }

    /// A search in the hope that what could not be read lets packets pass.
    pub(super) fn in_hope(&self) -> Self {
        let mut search = Self::new(self.net, self.mode);
        let mut services: BTreeMap<Id, Arc<Services>> = BTreeMap::new();
        for link in self.links.iter().filter(|link| link.gates.is_empty() && !link.services.is_empty()) {
            let Some(class) = self.classes.of(link.interface) else { continue };
            let known = services.entry(class).or_insert_with(|| Arc::clone(&link.services));
            if !Arc::ptr_eq(known, &link.services) {
                *known = Arc::new(known.or(&link.services));
            }
        }
        search.sure = Some(Sure { touched: self.touched.clone(), held: self.held.clone(), services });
        search.exposures = self.exposures;
        for vpc in self.net.joined_unread() {
            if let Some(near) = search.neighbours.get_mut(vpc as usize) {
                *near = (0..self.net.vpcs.len()).map(id).filter(|other| *other != vpc).collect();
            }
        }
        search
    }

    /// What is reached only in hope.
    pub(super) fn perhaps(&self) -> Vec<Link> {
        let only_so = |link: &&Link| {
            let class = self.classes.of(link.interface);
            self.sure.as_ref().zip(class).is_some_and(|(sure, class)| sure.lacks(class, &link.services, link.held))
        };
        let begins = |link: &&Link| link.services.is_empty() && link.depth == 0;
        self.links.iter().filter(|link| !begins(link)).filter(only_so).cloned().collect()
    }

    /// Where routes lead, nobody knows, of those by which the hosts send that are held.
    pub(super) fn blind_routes(&self) -> BTreeSet<Unread> {
        let net = self.net;
        let unread = UnreadPlaces::of(net);
        let known = |subnet: &SubnetNode<'_>| {
            let table = subnet.table.and_then(|table| at(&net.tables, table)).map(|table| &table.table);
            table.is_some_and(|t| {
                t.unread_lists.is_empty() && !t.entries.iter().any(|entry| net.leads_on(entry.target, &unread))
            })
        };
        if net.subnets.iter().all(known) {
            return BTreeSet::new();
        }
        let mut by_table: BTreeMap<Option<Id>, Vec<(Addresses, Unread)>> = BTreeMap::new();
        let mut told = BTreeSet::new();
        for &(subnet, groups) in &self.senders {
            let table = at(&net.subnets, subnet).and_then(|subnet| subnet.table);
            // A subnet without a table names itself.
            if table.is_none() {
                by_table.remove(&None);
            }
            let ways = by_table.entry(table).or_insert_with(|| net.blind_routes(subnet, &unread, true));
            told.extend(ways.iter().filter(|(to, _)| net.let_out(groups, to)).map(|(_, what)| what.clone()));
        }
        told
    }
}

impl Sure {
    /// Whether a class is not reached for certain, or not by all of these services, or not so that somebody moves on.
    fn lacks(&self, class: Id, services: &Services, holds: bool) -> bool {
        let of = |all: &[bool]| all.get(class as usize).copied().unwrap_or(true);
        let more = || self.services.get(&class).is_some_and(|known| services.and(known) != *services);
        !of(&self.touched) || (!of(&self.held) && holds) || more()
    }
}

impl<'e> Network<'e> {
    /// The VPCs that may be joined with others in ways that were not read.
    pub(super) fn joined_unread(&self) -> BTreeSet<Id> {
        if self.missing_anywhere(&JOINS).is_none() {
            return BTreeSet::new();
        }
        let joins = |entry: &Entry| matches!(entry.target, Target::TransitGateway(_) | Target::NotModelled);
        let tables = self.tables.iter().filter(|table| table.table.entries.iter().any(joins));
        tables.filter_map(|table| self.by_id.vpc.get(table.resource.vpc_id.as_str())).collect()
    }

    /// The addresses to which a subnet sends by routes that lead nobody knows where, with what would tell.
    fn blind_routes(&self, subnet: Id, unread: &UnreadPlaces, by_nat: bool) -> Vec<(Addresses, Unread)> {
        let table = at(&self.subnets, subnet).and_then(|subnet| subnet.table).and_then(|table| at(&self.tables, table));
        let Some(table) = table.filter(|table| table.table.unread_lists.is_empty()) else {
            return self.routes_unread(subnet).map(|what| (Addresses::all(), what)).into_iter().collect();
        };
        let mut found = Vec::new();
        let entries = table.table.entries.iter().filter(|entry| !entry.blackhole);
        for entry in entries.filter(|entry| self.leads_on(entry.target, unread)) {
            let won = table.table.won_by(|one| (one.index, one.prefix) == (entry.index, entry.prefix));
            if let Target::Nat(nat) = entry.target {
                let place = at(&self.nats, nat).and_then(|nat| nat.subnet).filter(|_| by_nat);
                let beyond = place.map(|place| self.blind_routes(place, unread, false)).unwrap_or_default();
                let both = beyond.into_iter().map(|(to, what)| (won.and(&to), what));
                found.extend(both.filter(|(to, _)| !to.is_empty()));
                continue;
            }
            let there = unread.places.iter().filter(|place| won.meets(place)).map(|place| won.and(place));
            let ways = std::iter::once(won.clone()).chain(there).filter_map(|to| {
                let first = to.first()?;
                match self.way(subnet, first).end {
                    End::Unread(what) => Some((to, *what)),
                    _ => None,
                }
            });
            found.extend(ways.take(MOST_TOLD));
        }
        found
    }

    /// Whether a route may lead to where nobody knows.
    fn leads_on(&self, target: Target, places: &UnreadPlaces) -> bool {
        let unread =
            |vpc: &Option<Id>| vpc.and_then(|vpc| at(&self.vpcs, vpc)).is_none_or(|vpc| vpc.resource.is_none());
        match target {
            Target::Peering(peering) => at(&self.peerings, peering).is_some_and(|one| one.vpcs.iter().any(unread)),
            Target::TransitGateway(_) => places.joins || !places.places.is_empty(),
            Target::Nat(nat) => at(&self.nats, nat).and_then(|nat| nat.subnet).is_some_and(|place| {
                let on = self.route_targets(place);
                let mut on = on.filter(|target| !matches!(target, Target::Nat(_) | Target::Local));
                on.any(|target| self.leads_on(target, places))
            }),
            Target::NotModelled | Target::Attachment(_) | Target::ApplianceEndpoint(_) | Target::Interface(_) => true,
            _ => false,
        }
    }

    /// Whether a set of groups lets anything out to some addresses, or may.
    fn let_out(&self, groups: Id, to: &Addresses) -> bool {
        let groups = at(&self.group_sets, groups).into_iter().flatten().filter_map(|group| at(&self.groups, *group));
        groups.into_iter().any(|group| {
            let [_, gate] = &group.group.gates;
            group.resource.is_none()
                || !gate.by_group.is_empty()
                || !gate.unread.is_empty()
                || gate.by_address.cells().iter().any(|(_, open)| open.meets(to))
        })
    }

    /// Whether a set of groups lets anything in from an interface, and whether it may: `None`.
    pub(super) fn admits(&self, groups: Id, from: &Interface<'e>, also_as: &Addresses) -> Option<bool> {
        let carried = self.groups_of(from);
        let mut perhaps = false;
        for group in at(&self.group_sets, groups).into_iter().flatten().filter_map(|group| at(&self.groups, *group)) {
            let [gate, _] = &group.group.gates;
            let by_address = |(_, open): &((u32, u32), Addresses)| {
                from.addresses.iter().any(|(own, _)| open.contains(*own)) || open.meets(also_as)
            };
            if gate.by_group.iter().any(|(_, named)| carried.contains(named))
                || gate.by_address.cells().iter().any(by_address)
            {
                return Some(true);
            }
            perhaps |= group.resource.is_none() || !gate.unread.is_empty();
        }
        (!perhaps).then_some(false)
    }

    /// The private addresses that NAT gateways give to what they pass on, if a subnet may send by one.
    pub(super) fn sent_as(&self, subnet: Id, all: &Addresses) -> Addresses {
        let mut by = Vec::new();
        for target in self.route_targets(subnet) {
            match target {
                Target::Nat(nat) => {
                    let Some(nat) = at(&self.nats, nat) else { continue };
                    let mut on = nat.subnet.into_iter().flat_map(|subnet| self.route_targets(subnet));
                    if on.any(|target| matches!(target, Target::Nat(_)) || is_router(target)) {
                        return all.clone();
                    }
                    by.extend(nat.private);
                }
                router if is_router(router) => return all.clone(),
                _ => {}
            }
        }
        Addresses::of(by.into_iter().map(|one| (one, one)))
    }

    /// The targets of the routes by which a subnet sends.
    fn route_targets(&self, subnet: Id) -> impl Iterator<Item = Target> + '_ {
        let table = at(&self.subnets, subnet).and_then(|subnet| subnet.table).and_then(|table| at(&self.tables, table));
        let entries = table.into_iter().flat_map(|table| &table.table.entries);
        entries.filter(|entry| !entry.blackhole).map(|entry| entry.target)
    }

    /// The private addresses of all NAT gateways.
    pub(super) fn nat_addresses(&self) -> Addresses {
        Addresses::of(self.nats.iter().filter_map(|nat| nat.private).map(|one| (one, one)))
    }
}

/// Where nothing was read.
struct UnreadPlaces {
    /// The addresses of VPCs that were not read, and those that transit gateways send elsewhere than to a VPC of the
    /// estate.
    places: Vec<Addresses>,
    /// Whether what joins VPCs was not all read.
    joins: bool,
}

impl UnreadPlaces {
    fn of(net: &Network<'_>) -> Self {
        let unread = |vpc: Id| at(&net.vpcs, vpc).is_some_and(|vpc| vpc.resource.is_none());
        let peers = net.vpcs.iter().filter(|vpc| vpc.resource.is_none()).map(|vpc| vpc.cidrs.clone());
        // What is behind a VPN connection is nobody's of the estate.
        let elsewhere = |entry: &Entry| match entry.target {
            _ if entry.blackhole => false,
            Target::Attachment(to) => at(&net.attachments, to).is_none_or(|to| match to.attached {
                Attached::Vpc(vpc, _) => unread(vpc),
                Attached::Vpn(_) => false,
                Attached::Peer | Attached::Other(_) => true,
            }),
            _ => true,
        };
        let pieces = net.transit_tables.iter().flat_map(|table| table.table.pieces());
        let sent = pieces.filter(|(_, entry)| entry.is_some_and(elsewhere)).map(|(range, _)| Addresses::of([range]));
        let places = peers.filter(|cidrs| !cidrs.is_empty()).chain(sent);
        Self { places: places.collect(), joins: net.missing_anywhere(&JOINS).is_some() }
    }
}

/// Whether a target passes on to where other tables decide.
const fn is_router(target: Target) -> bool {
    matches!(target, Target::TransitGateway(_) | Target::Interface(_) | Target::ApplianceEndpoint(_))
}
