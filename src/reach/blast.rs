//! Chains: what somebody who holds one host reaches next, and from there, until nothing new is reached.
//!
//! Interfaces that every filter and route treats alike form one class, and a class is reached once. What a class
//! reaches is looked for among the group sets of its VPC and of the VPCs connected to it, by their security group
//! rules first; only what those admit is walked.

mod doubt;
mod onward;
mod pair;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::balancer::BalancerNode;
use super::class::Classes;
use super::exposed::{Exposures, Reach};
use super::gate::Gate;
use super::network::{Holder, Id, Interface, Network, at};
use super::path::{Unread, Verdict};
use super::service::Service;
use super::set::{Addresses, Boxes, Services};
use doubt::{Doubts, Sure};
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
    /// The interface that the connection is opened from: of the link before, or another one of its host.
    sender: Option<Id>,
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

    pub(super) const fn sender(&self) -> Option<Id> {
        self.sender
    }
}

/// What somebody reaches who moves on from host to host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// What is reached for certain, nearest first.
    pub links: Vec<Link>,
    /// What is reached only if what could not be read says so, or by more services then. Where from is not told.
    pub perhaps: Vec<Link>,
    /// What would have to be read to know all that is reached, in order.
    pub unread: Vec<Unread>,
}

/// Who moves on: a link, and the interface of its host that sends.
#[derive(Debug, Clone, Copy)]
struct Held {
    link: usize,
    by: Id,
}

/// The state of a search.
struct Search<'n, 'e> {
    net: &'n Network<'e>,
    mode: Mode,
    classes: Classes,
    neighbours: Vec<Vec<Id>>,
    touched: Vec<bool>,
    held: Vec<bool>,
    /// The subnets and groups of those who send.
    senders: BTreeSet<(Id, Id)>,
    /// The classes of which one has gone on for all.
    spread: Vec<bool>,
    /// The other interfaces of the instance that an interface is of.
    siblings: BTreeMap<Id, Vec<Id>>,
    links: Vec<Link>,
    queue: VecDeque<Held>,
    /// What the internet reaches, when the search begins there.
    exposures: Option<&'n Exposures>,
    /// What is reached over the internet, once somebody gets out.
    outward: Option<Outward>,
    /// What asks for more than a connection: class, link before, services and gates.
    gated: Vec<(Id, Option<Held>, Services, Vec<Gate>)>,
    /// What is reached for certain, when the search is one in hope.
    sure: Option<Sure>,
    /// Whether anything that could not be read had a say.
    in_doubt: bool,
    unread: Vec<Unread>,
    /// The private addresses of NAT gateways.
    nats: Addresses,
    /// Which of them a subnet may send by.
    sent_as: BTreeMap<Id, Addresses>,
}

impl Network<'_> {
    /// What is reached from one interface on.
    #[must_use]
    pub(super) fn chain_from(&self, interface: Id, mode: Mode) -> Chain {
        Search::new(self, mode).chain(|search| search.begin(interface))
    }

    /// What is reached from the internet on.
    #[must_use]
    pub fn chain_from_internet(&self, exposures: &Exposures, mode: Mode) -> Chain {
        let mut search = Search::new(self, mode);
        search.exposures = Some(exposures);
        search.links.reserve(self.interfaces.len());
        search.chain(|search| search.begin_outside(exposures))
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
        // A NAT gateway passes on to the peers of its VPC what a transit gateway brought there.
        let nats: Vec<Id> = self.nats.iter().filter_map(|nat| nat.vpc).filter(|vpc| attached.contains(vpc)).collect();
        let beyond: Vec<Id> = nats.iter().filter_map(|vpc| all.get(*vpc as usize)).flatten().copied().collect();
        for one in attached {
            if let Some(near) = all.get_mut(one as usize) {
                near.extend(beyond.iter().copied().filter(|other| *other != one));
            }
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
        let siblings = net.siblings();
        let classes = Classes::new(net, &siblings);
        let count = classes.count();
        Self {
            net,
            mode,
            classes,
            neighbours: net.neighbours(),
            touched: vec![false; count],
            held: vec![false; count],
            senders: BTreeSet::new(),
            spread: vec![false; count],
            siblings,
            links: Vec::new(),
            queue: VecDeque::new(),
            exposures: None,
            outward: None,
            gated: Vec::new(),
            sure: None,
            in_doubt: false,
            unread: Vec::new(),
            nats: net.nat_addresses(),
            sent_as: BTreeMap::new(),
        }
    }

    /// Follows the chain for certain, and where something could not be read in hope as well.
    fn chain(mut self, begin: impl Fn(&mut Self)) -> Chain {
        begin(&mut self);
        self.run();
        let mut perhaps = Vec::new();
        let mut unread = self.blind_routes();
        if self.in_doubt || !self.net.joined_unread().is_empty() {
            let mut hopeful = self.in_hope();
            begin(&mut hopeful);
            hopeful.run();
            if !hopeful.unread.is_empty() {
                perhaps = hopeful.perhaps();
            }
            unread.append(&mut hopeful.blind_routes());
            unread.extend(hopeful.unread);
        }
        unread.extend(self.unread);
        Chain { links: self.links, perhaps, unread: unread.into_iter().collect() }
    }

    /// The connections that count: in hope those as well that what could not be read may let through.
    fn connecting<'r>(&self, reach: &'r Reach) -> &'r Boxes {
        if self.hopeful() { reach.may_connect() } else { &reach.connects }
    }

    /// Begins at everything that the internet reaches.
    fn begin_outside(&mut self, exposures: &Exposures) {
        // Of both families, and of all addresses.
        let mut by_class: Vec<Option<(Id, Services)>> = vec![None; self.classes.count()];
        for exposure in exposures.addresses() {
            let class = self.classes.of(exposure.interface()).and_then(|class| by_class.get_mut(class as usize));
            let (Some(known), Some(reach)) = (class, exposures.reach(exposure)) else { continue };
            if known.as_ref().is_some_and(|(alike, _)| *alike == exposure.class()) {
                continue;
            }
            let connects = self.connecting(reach);
            let services = connects.services();
            let all = known.take().map_or_else(|| services.clone(), |(_, before)| before.or(&services));
            *known = Some((exposure.class(), all));
        }
        for exposure in exposures.addresses() {
            let Some(reach) = exposures.reach(exposure) else { continue };
            self.in_doubt |= !reach.unread.is_empty();
            let connects = self.connecting(reach);
            let Some(class) = self.classes.of(exposure.interface()).filter(|_| !connects.is_empty()) else { continue };
            if !self.held.get(class as usize).copied().unwrap_or(true) {
                let services = by_class.get(class as usize).cloned().flatten().map(|(_, all)| all).unwrap_or_default();
                self.learn(class, &services, reach.unread.iter());
                self.reach(class, None, &services);
            }
        }
        for one in self.net.behind_doors() {
            let interface = one.party.and_then(|party| self.net.interface_named(party.interface));
            let class = interface.and_then(|interface| self.classes.of(interface));
            if class.is_none() && one.verdict == Verdict::Unknown {
                self.unread.extend(one.unread.iter().cloned());
            }
            let (Some(class), Some(service)) = (class, one.service.map(Service::number)) else { continue };
            let services = Services::range(service, service);
            match one.verdict {
                Verdict::Connects => self.reach(class, None, &services),
                Verdict::Gated => self.gated.push((class, None, services, one.gates)),
                Verdict::Unknown => {
                    self.learn(class, &services, one.unread.iter());
                    if self.hopeful() {
                        self.reach(class, None, &services);
                    }
                }
                _ => {}
            }
        }
    }

    /// Begins at one interface: its class is left to be reached by others of it.
    fn begin(&mut self, interface: Id) {
        self.links.push(Link {
            from: None,
            sender: None,
            interface,
            services: Arc::default(),
            depth: 0,
            held: true,
            gates: Vec::new(),
        });
        self.go_on_from(interface, 0);
        let nodes = self.net.balancer_of(interface).map(|balancer| balancer.interfaces.as_slice()).unwrap_or_default();
        let others = nodes.iter().filter(|node| **node != interface);
        self.queue.extend(others.map(|node| Held { link: 0, by: *node }));
        self.queue.extend(self.net.other_associations(interface).into_iter().map(|by| Held { link: 0, by }));
    }

    /// Whoever holds a host sends from all its interfaces.
    fn go_on_from(&mut self, interface: Id, link: usize) {
        let held = Held { link, by: interface };
        // What is behind a load balancer is nearer than what hosts reach that were reached with it.
        if self.net.balancer_of(interface).is_some() {
            return self.queue.push_front(held);
        }
        self.queue.push_back(held);
        let siblings = self.siblings.get(&interface).into_iter().flatten();
        self.queue.extend(siblings.map(|sibling| Held { link, by: *sibling }));
    }

    fn run(&mut self) {
        while let Some(held) = self.queue.pop_front() {
            self.spread(held);
        }
        self.tell_gated();
    }

    /// Marks the members of a class as reached.
    fn reach(&mut self, class: Id, held: Option<Held>, services: &Services) {
        let index = class as usize;
        let one = self.classes.get(class).and_then(|class| at(&self.net.interfaces, class.one));
        // Nobody has to log in to a load balancer to get to what is behind it.
        let passes_on = one.is_some_and(|one| matches!(one.holder, Holder::Balancer(_)));
        let holds = passes_on || (self.mode.holds(services) && !one.is_some_and(|one| one.mute));
        let (Some(touched), Some(taken)) = (self.touched.get_mut(index), self.held.get_mut(index)) else { return };
        if *taken || (*touched && !holds) {
            return;
        }
        let start =
            self.links.first().filter(|link| link.services.is_empty() && link.depth == 0).map(|link| link.interface);
        let (from, sender) = (held.map(|held| held.link), held.map(|held| held.by));
        let depth = from.and_then(|from| self.links.get(from)).map_or(0, |link| link.depth + 1);
        (*touched, *taken) = (true, *taken || holds);
        let services = Arc::new(services.clone());
        let (mut first, mut onward) = (true, Vec::new());
        let siblings = start.and_then(|start| self.siblings.get(&start)).map(Vec::as_slice).unwrap_or_default();
        let members = self.classes.members(class).iter().copied();
        for interface in members.filter(|one| Some(*one) != start && !siblings.contains(one)) {
            let link = self.links.len();
            let (services, gates) = (Arc::clone(&services), Vec::new());
            self.links.push(Link { from, sender, interface, services, depth, held: holds, gates });
            // Members of a class reach the same: one of them goes on for all, but each by its host's other interfaces.
            if holds && (std::mem::take(&mut first) || self.siblings.contains_key(&interface)) {
                onward.push((interface, link));
            }
        }
        for (interface, link) in onward {
            self.go_on_from(interface, link);
        }
    }

    /// Reaches everything that an interface reaches.
    fn spread(&mut self, held: Held) {
        let Held { link, by: interface } = held;
        let net = self.net;
        // Who holds a load balancer itself sends what it likes.
        let begins = self.links.get(link).is_some_and(|link| link.services.is_empty() && link.from.is_none());
        if let Some(balancer) = net.balancer_of(interface).filter(|_| !begins) {
            return self.through(balancer, held);
        }
        let Some(node) = at(&net.interfaces, interface) else { return };
        let class = self.classes.of(interface).and_then(|class| self.spread.get_mut(class as usize));
        if class.is_none_or(|spread| std::mem::replace(spread, true)) || node.opens_nothing().is_some() {
            return;
        }
        self.senders.insert((node.subnet, node.groups));
        let near = at(&self.neighbours, node.vpc).cloned().unwrap_or_default();
        let nats = &self.nats;
        let sent_as = self.sent_as.entry(node.subnet).or_insert_with(|| net.sent_as(node.subnet, nats)).clone();
        for vpc in std::iter::once(node.vpc).chain(near) {
            let mut place = 0;
            while let Some(set) = self.classes.set(vpc, place) {
                if !self.classes.in_set(set).iter().any(|class| self.waits(*class)) {
                    // All are reached for good.
                    self.classes.put_away(vpc, place);
                    continue;
                }
                place += 1;
                if self.may_enter(set, node, &sent_as) {
                    self.try_each(held, set);
                }
            }
        }
        // What the internet reaches at all is where a chain from there begins.
        if self.exposures.is_none() && net.leaves(node) {
            self.over_the_internet(held);
        }
    }

    fn try_each(&mut self, held: Held, set: Id) {
        for index in 0..self.classes.in_set(set).len() {
            let class = self.classes.in_set(set).get(index).copied();
            if let Some(class) = class.filter(|class| self.waits(*class)) {
                self.try_reach(held, class);
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

    /// Whether a class is not yet reached, or these services are the first by which somebody moves on from it.
    fn gains(&self, class: Id, services: &Services) -> bool {
        let touched = self.touched.get(class as usize).copied().unwrap_or(true);
        self.may_be_reached(class) && (!touched || self.mode.holds(services))
    }

    fn may_be_reached(&self, class: Id) -> bool {
        let index = class as usize;
        !self.held.get(index).copied().unwrap_or(true)
            && (self.mode == Mode::Login || !self.touched.get(index).copied().unwrap_or(true))
    }

    /// Whether a set of groups lets anything in from an interface, by its own addresses or those that it is sent under.
    fn may_enter(&mut self, set: Id, from: &Interface<'e>, sent_as: &Addresses) -> bool {
        let (net, classes) = (self.net, self.classes.in_set(set));
        let groups = classes.first().and_then(|class| self.classes.get(*class)).map_or(Id::MAX, |class| class.groups);
        let balanced = |class: &Id| {
            self.classes.get(*class).and_then(|class| net.balancer_of(class.one)).is_some_and(|balancer| balancer.open)
        };
        if classes.iter().any(balanced) {
            return true;
        }
        // A load balancer that is not known may be one that was made without groups.
        let bare = at(&net.group_sets, groups).is_none_or(|set| set.is_empty());
        let unknown = |class: &Id| {
            let one = self.classes.get(*class).and_then(|class| at(&net.interfaces, class.one));
            one.is_some_and(|one| matches!(one.holder, Holder::UnknownBalancer))
        };
        let admitted = net.admits(groups, from, sent_as).filter(|_| !(bare && classes.iter().any(unknown)));
        self.in_doubt |= admitted.is_none();
        admitted.unwrap_or(self.hopeful())
    }

    fn try_reach(&mut self, held: Held, class: Id) {
        let from = held.by;
        // A member other than the sender itself.
        let Some(one) = self.classes.members(class).iter().copied().find(|member| *member != from) else { return };
        let mut doubts = self.doubts();
        let services = self.net.services_between(from, one, &mut doubts);
        if services.is_empty() || self.may_be_reached(class) || self.net.balancer_of(one).is_none() {
            return self.step(class, &services, held, doubts);
        }
        let boxes = self.net.boxes_between(from, one, &mut doubts);
        self.enter(class, (one, held), &boxes, doubts);
    }

    /// To a class by some connections, or through a load balancer of it that others reached before.
    fn enter(&mut self, class: Id, (one, held): (Id, Held), boxes: &Boxes, doubts: Doubts) {
        match self.net.balancer_of(one).filter(|_| !boxes.is_empty() && !self.may_be_reached(class)) {
            Some(balancer) => {
                self.in_doubt |= !doubts.unread.is_empty();
                self.through_again((balancer, one), boxes, held, &doubts);
            }
            None => self.step(class, &boxes.services(), held, doubts),
        }
    }

    fn step(&mut self, class: Id, services: &Services, held: Held, doubts: Doubts) {
        if services.is_empty() {
            return self.told(doubts);
        }
        self.learn(class, services, doubts.unread.iter());
        self.reach(class, Some(held), services);
    }

    /// Behind a load balancer: the targets of the listeners by which it was reached.
    fn through(&mut self, balancer: &'n BalancerNode<'e>, held: Held) {
        let Held { link, by: interface } = held;
        let Some((services, client)) = self.links.get(link).map(|link| (Arc::clone(&link.services), link.sender))
        else {
            return;
        };
        let mut doubts = self.doubts();
        let reached = match client {
            Some(client) => self.coming(client, interface, &mut doubts),
            None => self.outside(interface).unwrap_or_else(|| Boxes::product(&services, Addresses::internet())),
        };
        let before = std::mem::take(&mut doubts.unread);
        for onward in self.net.behind((balancer, interface), &reached, &mut doubts) {
            // Who gets back to itself gets nowhere.
            if let Some(class) = self.classes.of(onward.target).filter(|_| Some(onward.target) != client) {
                self.go_on(class, held, onward, &before);
            }
        }
        self.in_doubt |= !before.is_empty();
        self.told(doubts);
    }

    /// What reaches an interface from the internet.
    fn outside(&self, interface: Id) -> Option<Boxes> {
        let exposures = self.exposures?;
        let here = exposures.addresses().iter().filter(|exposure| exposure.interface() == interface);
        let reaches = here.filter_map(|exposure| exposures.reach(exposure));
        let connects = reaches.map(|reach| self.connecting(reach));
        Some(connects.fold(Boxes::default(), |all, connects| all.or(connects)))
    }
}
