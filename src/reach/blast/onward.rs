//! Onward from where a chain has got to: to the targets behind a load balancer, and over the internet to public addresses
//! of the estate.
//!
//! What asks for more than a connection (a login, a secret header) is no step that an attacker takes: it is told, with
//! what it asks for, and nothing is reached from there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::doubt::Doubts;
use super::{Held, Link, Search};
use crate::model::Kind;
use crate::reach::balancer::{BalancerKind, BalancerNode, ListenerNode, TargetNode};
use crate::reach::exposed::Exposures;
use crate::reach::gate::Gate;
use crate::reach::network::{Id, Interface, Network, at};
use crate::reach::path::Unread;
use crate::reach::route::Target;
use crate::reach::service::Service;
use crate::reach::set::{self, Addresses, Boxes, Services, is_v4};
use crate::reach::walk::{Seen, Walk};

/// A target behind a load balancer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Onward {
    pub(super) target: Id,
    /// The services that it is reached by.
    pub(super) services: Services,
    /// What a request needs besides a connection.
    pub(super) gates: Vec<Gate>,
    /// What could not be read, and had a say.
    pub(super) unread: Vec<Unread>,
}

/// What hosts of the estate may reach over the internet.
#[derive(Debug)]
pub(super) struct Outward {
    /// Interfaces with a public address that some host of the estate may get in to: the address, and for IPv4 the public
    /// addresses of the estate that get in.
    doors: Vec<(Id, u128, Addresses)>,
    /// The public addresses of NAT gateways.
    nats: Addresses,
}

impl<'e> Network<'e> {
    /// The targets that a load balancer reaches from one of its interfaces, for what came in by some services from
    /// some sources each, each with the service that it is reached by and what a request needs besides.
    pub(super) fn behind(
        &self,
        (balancer, interface): (&BalancerNode<'e>, Id),
        reached: &Boxes,
        doubts: &mut Doubts,
    ) -> Vec<Onward> {
        let mut found = Vec::new();
        self.untold_behind(balancer, doubts);
        let fronts = balancer.listeners.iter().flat_map(|l| l.services.iter().map(move |service| (l, service)));
        // By family, because the balancer treats clients of the other family than the target's differently.
        let fronts = fronts.flat_map(|(l, service)| [true, false].map(|v4| (l, service, Addresses::family(v4))));
        for (listener, service, family) in fronts {
            let one = Services::range(service.number(), service.number());
            let clients = reached.with_services(&one).with_addresses(&family);
            for (preserves, target) in self.targets_of(listener) {
                let Some(to) = target.interface else { continue };
                let number = Service { protocol: service.protocol, port: target.port }.number();
                for (gates, senders, mut unread) in self.senders_by_gates(listener, &target, doubts) {
                    let mine = clients.with_addresses(&senders);
                    let door = (balancer, interface);
                    let (gets, more) = self.gets_behind(door, (preserves, &target), &mine, doubts.hopeful);
                    unread.extend(more);
                    doubts.unread.extend(unread.iter().filter(|_| !gets).cloned());
                    let services = Services::range(number, number);
                    found.extend(gets.then_some(Onward { target: to, services, gates, unread }));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a load balancer gets to a target for some clients, and what had a say in it that could not be read.
    fn gets_behind(
        &self,
        door: (&BalancerNode<'e>, Id),
        target: (bool, &TargetNode<'e>),
        clients: &Boxes,
        hopeful: bool,
    ) -> (bool, Vec<Unread>) {
        if clients.is_empty() {
            return (false, Vec::new());
        }
        let mut walk = Walk::new(self, clients.clone(), false);
        walk.hopeful = hopeful;
        let there = walk.to_target(door, target, Seen::Original, clients);
        let zones = self.zones_unread(door.0);
        let (alive, mut unread) = there.map_or_else(Default::default, |(walk, _)| (walk.alive, walk.unsure));
        unread.extend(zones);
        (!alive.is_empty(), unread)
    }

    /// What a load balancer sends to that nobody can name, because it was not read.
    fn untold_behind(&self, balancer: &BalancerNode<'e>, doubts: &mut Doubts) {
        let listeners = self.missing(balancer.shard, Kind::Listener).filter(|_| balancer.kind != BalancerKind::Classic);
        let name = balancer.name.unwrap_or(balancer.id);
        doubts.blind.extend(listeners.map(|gap| Unread::of(format!("the listeners of {name}"), &gap)));
        for listener in &balancer.listeners {
            doubts.blind.extend(self.groups_unread(balancer, listener));
            let groups = listener.forwards.iter().filter_map(|forward| self.target_group(forward.group));
            let unread = groups.filter(|group| group.targets.is_none()).map(|group| self.targets_unread(group));
            doubts.blind.extend(unread);
        }
    }

    /// Whose requests a listener may forward to a target, by what they need besides: first those that need nothing.
    /// What rests on rules that were not read counts only in hope.
    fn senders_by_gates(
        &self,
        listener: &ListenerNode<'e>,
        target: &TargetNode<'e>,
        doubts: &mut Doubts,
    ) -> Vec<(Vec<Gate>, Addresses, Vec<Unread>)> {
        if listener.instances.is_some() {
            return vec![(Vec::new(), Addresses::all(), Vec::new())];
        }
        let mut all: BTreeMap<(Vec<Gate>, Vec<Unread>), Addresses> = BTreeMap::new();
        for forward in self.forwards_to(listener, target) {
            if !forward.unread.is_empty() && !doubts.hopeful {
                doubts.unread.extend(forward.unread.iter().cloned());
                continue;
            }
            let known = all.entry((forward.gates.clone(), forward.unread.clone())).or_default();
            *known = known.or(&forward.sources);
        }
        let open = all.get(&<(Vec<Gate>, Vec<Unread>)>::default()).cloned().unwrap_or_default();
        let rest = all.into_iter().map(|((gates, unread), senders)| {
            let plain = gates.is_empty() && unread.is_empty();
            (gates, if plain { senders } else { senders.minus(&open) }, unread)
        });
        rest.filter(|(_, senders, _)| !senders.is_empty()).collect()
    }

    /// What hosts of the estate may reach over the internet: public addresses to which the estate's own get in.
    pub(super) fn outward(&self, exposures: &Exposures) -> Outward {
        let publics = self.interfaces.iter().flat_map(|interface| interface.addresses.iter().filter_map(|a| a.1));
        let nats = self.nats.iter().filter_map(|nat| nat.public);
        let regional = self.nats.iter().flat_map(|nat| &nat.resource.nat_gateway_addresses);
        let regional = regional.filter_map(|a| a.public_ip.as_deref()?.parse().ok()).map(set::number);
        let routers = self.routers().into_iter().filter_map(|router| at(&self.interfaces, router));
        let instances = routers.filter(|one| !one.checks).flat_map(|one| one.addresses.iter().filter_map(|a| a.1));
        let nats = Addresses::of(nats.chain(regional).chain(instances).map(|one| (one, one)));
        let own = Addresses::of(publics.map(|one| (one, one))).or(&nats);
        let doors = exposures.addresses().iter().filter_map(|exposure| {
            let public = set::number(exposure.public()?);
            if !is_v4(public) {
                return Some((exposure.interface(), public, Addresses::default()));
            }
            let reach = exposures.reach(exposure)?;
            let admitted = reach.may_connect().addresses().and(&own);
            (!admitted.is_empty()).then_some((exposure.interface(), public, admitted))
        });
        Outward { doors: doors.collect(), nats }
    }

    /// Whether a host's subnet sends anything out of the VPC towards the internet, or may.
    pub(super) fn leaves(&self, interface: &Interface<'e>) -> bool {
        let table = at(&self.subnets, interface.subnet).and_then(|subnet| subnet.table);
        let Some(table) = table.and_then(|table| at(&self.tables, table)) else { return true };
        let entries = &table.table.entries;
        let out = |target: Target| {
            matches!(
                target,
                Target::InternetGateway(_)
                    | Target::Nat(_)
                    | Target::EgressOnly
                    | Target::TransitGateway(_)
                    | Target::Interface(_)
                    | Target::ApplianceEndpoint(_)
                    | Target::NotModelled
            )
        };
        entries.iter().any(|entry| !entry.blackhole && out(entry.target))
    }

    /// The connections that an interface makes to a public address over the internet, by the address that it is seen
    /// with there.
    pub(super) fn boxes_outward(&self, (from, to): (Id, Id), public: u128, doubts: &mut Doubts) -> Boxes {
        let Some(sender) = at(&self.interfaces, from) else { return Boxes::default() };
        let own = sender.addresses.iter().map(|(own, _)| *own).filter(|own| is_v4(*own) == is_v4(public));
        own.fold(Boxes::default(), |found, own| found.or(&self.boxes_from((from, to), (own, public), doubts)))
    }
}

impl Outward {
    /// The doors that a host may get in to: the interface and its public address.
    pub(super) fn doors(&self, sender: &Interface<'_>) -> Vec<(Id, u128)> {
        let v6 = sender.addresses.iter().any(|(own, _)| !is_v4(*own));
        let publics: Vec<u128> = sender.addresses.iter().filter_map(|(_, public)| *public).collect();
        let may = |(_, public, admitted): &&(Id, u128, Addresses)| {
            if !is_v4(*public) {
                return v6;
            }
            publics.iter().any(|own| admitted.contains(*own)) || !admitted.and(&self.nats).is_empty()
        };
        self.doors.iter().filter(may).map(|(interface, public, _)| (*interface, *public)).collect()
    }
}

impl<'n, 'e> Search<'n, 'e> {
    /// Adds what asks for more than a connection, and was reached by no other way: each class once, by what asks least.
    pub(super) fn tell_gated(&mut self) {
        let mut waiting = std::mem::take(&mut self.gated);
        waiting.sort_by_key(|(.., gates)| gates.len());
        let mut told = BTreeSet::new();
        for (class, before, services, gates) in waiting {
            if self.touched.get(class as usize).copied().unwrap_or(true) || !told.insert(class) {
                continue;
            }
            let (from, sender) = (before.map(|held| held.link), before.map(|held| held.by));
            let depth = from.and_then(|from| self.links.get(from)).map_or(0, |link| link.depth + 1);
            let services = Arc::new(services);
            for &interface in self.classes.members(class) {
                let (services, gates) = (Arc::clone(&services), gates.clone());
                self.links.push(Link { from, sender, interface, services, depth, held: false, gates });
            }
        }
    }

    /// Reaches what an interface reaches at public addresses of the estate, over the internet.
    pub(super) fn over_the_internet(&mut self, held: Held) {
        let from = held.by;
        let net = self.net;
        let Some(node) = at(&net.interfaces, from) else { return };
        let doors = self.outward.get_or_insert_with(|| net.outward(&net.exposures())).doors(node);
        for (to, public) in doors.into_iter().filter(|(to, _)| *to != from) {
            let Some(class) = self.classes.of(to).filter(|class| self.waits(*class)) else {
                continue;
            };
            let mut doubts = self.doubts();
            let boxes = net.boxes_outward((from, to), public, &mut doubts);
            self.enter(class, (to, held), &boxes, doubts);
        }
    }

    /// The connections of a client to a load balancer: inside, and over the internet.
    pub(super) fn coming(&self, client: Id, door: Id, doubts: &mut Doubts) -> Boxes {
        let net = self.net;
        let inside = net.boxes_between(client, door, doubts);
        let (Some(outward), Some(node)) = (&self.outward, at(&net.interfaces, client)) else { return inside };
        let doors = outward.doors(node).into_iter().filter(|(to, _)| *to == door);
        doors.fold(inside, |all, (_, public)| all.or(&net.boxes_outward((client, door), public, doubts)))
    }

    /// Behind a load balancer that others reached before: what only this client gets to.
    pub(super) fn through_again(
        &mut self,
        (balancer, door): (&'n BalancerNode<'e>, Id),
        coming: &Boxes,
        held: Held,
        doubts: &Doubts,
    ) {
        let mut behind = self.doubts();
        let classes = self.net.behind((balancer, door), coming, &mut behind).into_iter().filter_map(|onward| {
            let class = self.classes.of(onward.target).filter(|_| onward.target != held.by)?;
            self.gains(class, &onward.services).then_some((class, onward))
        });
        let classes: Vec<_> = classes.collect();
        self.told(behind);
        if classes.is_empty() {
            return;
        }
        let depth = self.links.get(held.link).map_or(0, |link| link.depth + 1);
        let here = self.links.len();
        let (from, sender) = (Some(held.link), Some(held.by));
        let (services, gates) = (Arc::new(coming.services()), Vec::new());
        let open = classes.iter().any(|(_, onward)| onward.gates.is_empty());
        if open {
            self.links.push(Link { from, sender, interface: door, services, depth, held: true, gates });
        }
        for (class, onward) in classes {
            let from = if open { Held { link: here, by: door } } else { held };
            self.go_on(class, from, onward, &doubts.unread);
        }
    }

    /// To a target of a load balancer, or to be told later as gated.
    pub(super) fn go_on(&mut self, class: Id, held: Held, onward: Onward, before: &[Unread]) {
        self.learn(class, &onward.services, before.iter().chain(&onward.unread));
        if onward.gates.is_empty() {
            self.reach(class, Some(held), &onward.services);
        } else {
            self.gated.push((class, Some(held), onward.services, onward.gates));
        }
    }
}
