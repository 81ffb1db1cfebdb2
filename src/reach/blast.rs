//! Chains: what somebody who holds one host reaches next, and from there, until nothing new is reached.
//!
//! Interfaces that every filter and route treats alike form one class, and a class is reached once. What a class
//! reaches is looked for among the group sets of its VPC and of the VPCs connected to it, by their security group
//! rules first; only what those admit is walked.

mod onward;

use std::collections::VecDeque;
use std::sync::Arc;

use super::balancer::BalancerNode;
use super::class::Classes;
use super::exposed::Exposures;
use super::filter::{Acl, Direction};
use super::gate::Gate;
use super::network::{Holder, Id, Interface, Network, at};
use super::path::Verdict;
use super::service::Service;
use super::set::{Addresses, Boxes, Services, is_v4};
use onward::Outward;

/// How an attacker moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// By logging in: SSH, RDP, WinRM. What is reached by other ports is reached, but nothing is reached from there.
    Login,
    /// By any port: every host that is reached may be taken over.
    Any,
}

/// The ports of remote logins: SSH, RDP and WinRM.
pub const LOGIN_PORTS: [u16; 4] = [22, 3389, 5985, 5986];

impl Mode {
    fn holds(self, services: &Services) -> bool {
        match self {
            Self::Any => true,
            Self::Login => LOGIN_PORTS.iter().any(|port| services.contains(Service::tcp(*port).number())),
        }
    }
}

/// A host that a chain reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The link before it in the list; `None` for where the chain begins, and for what the internet reaches.
    pub from: Option<usize>,
    /// The interface reached, by its number in the network.
    interface: Id,
    /// The services by which it is reached; empty for where the chain begins.
    pub services: Arc<Services>,
    /// How far it is from the beginning.
    pub depth: usize,
    /// Whether the attacker can move on from it.
    pub held: bool,
    /// What is asked for besides a connection, where something is: then it is told, and not reached.
    pub gates: Vec<Gate>,
}

impl Link {
    pub(super) const fn interface(&self) -> Id {
        self.interface
    }
}

/// The state of a search.
struct Search<'n, 'e> {
    net: &'n Network<'e>,
    mode: Mode,
    classes: Classes,
    neighbours: Vec<Vec<Id>>,
    touched: Vec<bool>,
    held: Vec<bool>,
    links: Vec<Link>,
    queue: VecDeque<(Id, usize)>,
    /// What the internet reaches, when the search begins there.
    exposures: Option<&'n Exposures>,
    /// What is reached over the internet, once somebody gets out.
    outward: Option<Outward>,
    /// What asks for more than a connection: class, link before, services and gates.
    gated: Vec<(Id, Option<usize>, Services, Vec<Gate>)>,
}

impl Network<'_> {
    /// What is reached from one interface on.
    #[must_use]
    pub(super) fn chain_from(&self, interface: Id, mode: Mode) -> Vec<Link> {
        let mut search = Search::new(self, mode);
        search.begin(interface);
        search.queue.extend(self.other_associations(interface).into_iter().map(|other| (other, 0)));
        search.run();
        search.links
    }

    /// What is reached from the internet on.
    #[must_use]
    pub fn chain_from_internet(&self, exposures: &Exposures, mode: Mode) -> Vec<Link> {
        let mut search = Search::new(self, mode);
        search.exposures = Some(exposures);
        search.links.reserve(self.interfaces.len());
        for exposure in exposures.addresses() {
            let Some(reach) = exposures.reach(exposure).filter(|reach| !reach.connects.is_empty()) else { continue };
            let Some(class) = search.classes.of(exposure.interface()) else { continue };
            if !search.held.get(class as usize).copied().unwrap_or(true) {
                search.reach(class, None, &reach.connects.services());
            }
        }
        for one in self.behind_doors() {
            let interface = one.party.and_then(|party| self.interface_named(party.interface));
            let class = interface.and_then(|interface| search.classes.of(interface));
            let (Some(class), Some(service)) = (class, one.service.map(Service::number)) else { continue };
            let services = Services::range(service, service);
            match one.verdict {
                Verdict::Connects => search.reach(class, None, &services),
                Verdict::Gated => search.gated.push((class, None, services, one.gates)),
                _ => {}
            }
        }
        search.run();
        search.links
    }

    /// The VPCs that packets may get to from each VPC other than by the internet.
    fn neighbours(&self) -> Vec<Vec<Id>> {
        let mut all: Vec<Vec<Id>> = vec![Vec::new(); self.vpcs.len()];
        let mut join = |one: Id, others: &[Id]| {
            if let Some(near) = all.get_mut(one as usize) {
                near.extend(others.iter().copied().filter(|other| *other != one));
            }
        };
        for peering in &self.peerings {
            if let [Some(one), Some(other)] = peering.vpcs {
                join(one, &[other]);
                join(other, &[one]);
            }
        }
        let mut attached = self.attached_vpcs();
        attached.sort_unstable();
        attached.dedup();
        for one in &attached {
            join(*one, &attached);
        }
        for near in &mut all {
            near.sort_unstable();
            near.dedup();
        }
        all
    }
}

impl<'n, 'e> Search<'n, 'e> {
    fn new(net: &'n Network<'e>, mode: Mode) -> Self {
        let classes = Classes::new(net);
        let count = classes.count();
        Self {
            net,
            mode,
            classes,
            neighbours: net.neighbours(),
            touched: vec![false; count],
            held: vec![false; count],
            links: Vec::new(),
            queue: VecDeque::new(),
            exposures: None,
            outward: None,
            gated: Vec::new(),
        }
    }

    /// Begins at one interface: its class is left to be reached by others of it.
    fn begin(&mut self, interface: Id) {
        self.links.push(Link {
            from: None,
            interface,
            services: Arc::default(),
            depth: 0,
            held: true,
            gates: Vec::new(),
        });
        self.queue.push_back((interface, 0));
    }

    fn run(&mut self) {
        while let Some((interface, link)) = self.queue.pop_front() {
            self.spread(interface, link);
        }
        self.tell_gated();
    }

    /// Marks the members of a class as reached.
    fn reach(&mut self, class: Id, from: Option<usize>, services: &Services) {
        let index = class as usize;
        let mute =
            self.classes.get(class).and_then(|class| at(&self.net.interfaces, class.one)).is_some_and(|one| one.mute);
        let holds = self.mode.holds(services) && !mute;
        let (Some(touched), Some(held)) = (self.touched.get_mut(index), self.held.get_mut(index)) else { return };
        if *held || (*touched && !holds) {
            return;
        }
        let start =
            self.links.first().filter(|link| link.services.is_empty() && link.depth == 0).map(|link| link.interface);
        let depth = from.and_then(|from| self.links.get(from)).map_or(0, |link| link.depth + 1);
        (*touched, *held) = (true, *held || holds);
        let services = Arc::new(services.clone());
        let mut first = true;
        let members = self.classes.members(class).iter().copied();
        for interface in members.filter(|interface| Some(*interface) != start) {
            let link = self.links.len();
            let (services, gates) = (Arc::clone(&services), Vec::new());
            self.links.push(Link { from, interface, services, depth, held: holds, gates });
            // Members of a class reach the same: one of them goes on for all.
            if holds && std::mem::take(&mut first) {
                self.queue.push_back((interface, link));
            }
        }
    }

    /// Reaches everything that an interface reaches.
    fn spread(&mut self, interface: Id, link: usize) {
        let net = self.net;
        if let Some(balancer) = net.balancer_of(interface) {
            return self.through(balancer, interface, link);
        }
        let Some(node) = at(&net.interfaces, interface) else { return };
        let near = at(&self.neighbours, node.vpc).cloned().unwrap_or_default();
        for vpc in std::iter::once(node.vpc).chain(near) {
            let mut place = 0;
            while let Some(set) = self.classes.set(vpc, place) {
                if !self.classes.in_set(set).iter().any(|class| self.waits(*class)) {
                    // All are reached for good.
                    self.classes.put_away(vpc, place);
                    continue;
                }
                place += 1;
                if self.admits(set, node) {
                    self.try_each(interface, set, link);
                }
            }
        }
        // What the internet reaches at all is where a chain from there begins.
        if self.exposures.is_none() && net.leaves(node) {
            self.over_the_internet(interface, link);
        }
    }

    fn try_each(&mut self, from: Id, set: Id, link: usize) {
        for index in 0..self.classes.in_set(set).len() {
            let class = self.classes.in_set(set).get(index).copied();
            if let Some(class) = class.filter(|class| self.waits(*class)) {
                self.try_reach(from, class, link);
            }
        }
    }

    /// Whether a class may still be reached, or reached better.
    fn waits(&self, class: Id) -> bool {
        let balancer = self.classes.get(class).and_then(|class| self.net.balancer_of(class.one));
        self.may_be_reached(class) || balancer.is_some_and(|balancer| self.passes_on(balancer))
    }

    /// Whether something behind a load balancer may still be reached: by another of its listeners, or by a client that
    /// the ones before were not.
    fn passes_on(&self, balancer: &BalancerNode<'e>) -> bool {
        let targets = balancer.listeners.iter().flat_map(|listener| self.net.targets_of(listener));
        let classes = targets.filter_map(|(_, target)| self.classes.of(target.interface?));
        classes.into_iter().any(|class| self.may_be_reached(class))
    }

    fn may_be_reached(&self, class: Id) -> bool {
        let index = class as usize;
        !self.held.get(index).copied().unwrap_or(true)
            && (self.mode == Mode::Login || !self.touched.get(index).copied().unwrap_or(true))
    }

    /// Whether a set of groups lets anything in from an interface.
    fn admits(&self, set: Id, from: &Interface<'e>) -> bool {
        let (net, classes) = (self.net, self.classes.in_set(set));
        let groups = classes.first().and_then(|class| self.classes.get(*class)).map_or(Id::MAX, |class| class.groups);
        let carried = net.groups_of(from);
        let balanced = |class: &Id| {
            self.classes.get(*class).and_then(|class| net.balancer_of(class.one)).is_some_and(|balancer| balancer.open)
        };
        if classes.iter().any(balanced) {
            return true;
        }
        at(&net.group_sets, groups).into_iter().flatten().filter_map(|group| at(&net.groups, *group)).any(|group| {
            let [gate, _] = &group.group.gates;
            gate.by_group.iter().any(|(_, named)| carried.contains(named))
                || from.addresses.iter().any(|(a, _)| gate.by_address.cells().iter().any(|(_, set)| set.contains(*a)))
        })
    }

    fn try_reach(&mut self, from: Id, class: Id, link: usize) {
        // A member other than the sender itself.
        let Some(one) = self.classes.members(class).iter().copied().find(|member| *member != from) else { return };
        let services = self.net.services_between(from, one);
        if services.is_empty() {
            return;
        }
        match self.net.balancer_of(one).filter(|_| !self.may_be_reached(class)) {
            Some(balancer) => self.through_again(balancer, one, &self.net.boxes_between(from, one), link),
            None => self.reach(class, Some(link), &services),
        }
    }

    /// Behind a load balancer: the targets of the listeners by which it was reached.
    fn through(&mut self, balancer: &'n BalancerNode<'e>, interface: Id, link: usize) {
        let Some((services, from)) = self.links.get(link).map(|link| (Arc::clone(&link.services), link.from)) else {
            return;
        };
        let reached = match from.and_then(|from| self.links.get(from)) {
            Some(client) => self.coming(client.interface, interface),
            None => self.outside(interface).unwrap_or_else(|| Boxes::product(&services, Addresses::internet())),
        };
        for onward in self.net.behind((balancer, interface), &reached) {
            let Some(class) = self.classes.of(onward.target) else { continue };
            if onward.gates.is_empty() {
                self.reach(class, Some(link), &onward.services);
            } else {
                self.gated.push((class, Some(link), onward.services, onward.gates));
            }
        }
    }

    /// What reaches an interface from the internet.
    fn outside(&self, interface: Id) -> Option<Boxes> {
        let exposures = self.exposures?;
        let here = exposures.addresses().iter().filter(|exposure| exposure.interface() == interface);
        let reaches = here.filter_map(|exposure| exposures.reach(exposure));
        Some(reaches.fold(Boxes::default(), |all, reach| all.or(&reach.connects)))
    }
}

impl<'e> Network<'e> {
    /// The services by which an interface connects to another at its private addresses.
    pub(super) fn services_between(&self, from: Id, to: Id) -> Services {
        let (Some(sender), Some(receiver)) = (at(&self.interfaces, from), at(&self.interfaces, to)) else {
            return Services::default();
        };
        if let Some(services) = self.plainly(sender, receiver) {
            return services;
        }
        self.boxes_between(from, to).services()
    }

    /// The same with the address that each is opened from.
    fn boxes_between(&self, from: Id, to: Id) -> Boxes {
        let (Some(sender), Some(receiver)) = (at(&self.interfaces, from), at(&self.interfaces, to)) else {
            return Boxes::default();
        };
        let mut found = Boxes::default();
        for &(source, _) in &sender.addresses {
            for &(destination, _) in receiver.addresses.iter().filter(|(a, _)| is_v4(*a) == is_v4(source)) {
                if self.kept_out(receiver, source, sender) {
                    continue;
                }
                found = found.or(&self.boxes_from(from, source, destination));
            }
        }
        found
    }

    /// Whether the receiver's groups let nothing in from an address that is not changed on the way.
    fn kept_out(&self, receiver: &Interface<'e>, source: u128, sender: &Interface<'e>) -> bool {
        let balanced = matches!(receiver.holder, Holder::Balancer(_));
        !balanced
            && sender.vpc == receiver.vpc
            && at(&self.subnets, sender.subnet).is_some_and(|subnet| subnet.inside)
            && self.let_through(receiver, Direction::Ingress, source, sender).is_some_and(|open| open.is_empty())
    }

    /// Where only security groups and ACLs decide: in one subnet, or in subnets of one VPC whose route tables do not
    /// divert it. The walk would say the same, for longer.
    fn plainly(&self, sender: &Interface<'e>, receiver: &Interface<'e>) -> Option<Services> {
        // A Client VPN endpoint has rules and routes of its own.
        if sender.vpc != receiver.vpc
            || matches!(sender.holder, Holder::Sender(..))
            || matches!(receiver.holder, Holder::Silent(_) | Holder::Sender(..) | Holder::Nobody | Holder::Balancer(_))
        {
            return None;
        }
        let ([(source, _)], [(destination, _)]) = (&*sender.addresses, &*receiver.addresses) else {
            return None;
        };
        if is_v4(*source) != is_v4(*destination) {
            return Some(Services::default());
        }
        let (here, there) = (at(&self.subnets, sender.subnet)?, at(&self.subnets, receiver.subnet)?);
        if sender.subnet != receiver.subnet && !(here.inside && there.inside) {
            return None;
        }
        let out = self.let_through(sender, Direction::Egress, *destination, receiver)?;
        if out.is_empty() {
            return Some(out);
        }
        let both = out.and(&self.let_through(receiver, Direction::Ingress, *source, sender)?);
        if both.is_empty() || sender.subnet == receiver.subnet {
            return Some(both);
        }
        let (here, there) = (&at(&self.acls, here.acl?)?.acl, &at(&self.acls, there.acl?)?.acl);
        let service = usize::from(matches!(sender.holder, Holder::Silent(_)));
        let first = [(here, Direction::Egress, *destination), (there, Direction::Ingress, *source)];
        let replies = [(there, Direction::Egress, *source), (here, Direction::Ingress, *destination)];
        let closed = |(acl, way, peer): &(&Acl, Direction, u128)| !acl.passage(*way).opens(*peer);
        let passing = first.into_iter().filter(closed).map(|(acl, way, peer)| acl.passage(way).allowed.slice(peer));
        let answered = replies.into_iter().filter(closed).map(|(acl, way, peer)| {
            acl.passage(way).replies.get(service).map(|replies| replies.some.slice(peer)).unwrap_or_default()
        });
        Some(passing.chain(answered).fold(both, |left, open| left.and(&open)))
    }

    /// The services that an interface's groups let pass, from or to an address and its interface; `None` where
    /// something that they name was not read.
    fn let_through(&self, node: &Interface<'e>, way: Direction, peer: u128, other: &Interface<'e>) -> Option<Services> {
        let side = usize::from(way == Direction::Egress);
        let carried = self.groups_of(other);
        let mut open = Vec::with_capacity(8);
        for group in self.groups_of(node) {
            let group = at(&self.groups, *group)?;
            group.resource?;
            let gate = group.group.gates.get(side)?;
            open.extend(gate.by_address.cells().iter().filter(|(_, set)| set.contains(peer)).map(|(range, _)| *range));
            open.extend(gate.by_group.iter().filter(|(_, named)| carried.contains(named)).map(|(range, _)| *range));
        }
        Some(Services::of(open))
    }
}
