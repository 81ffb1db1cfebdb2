//! Chains: what somebody who holds one host reaches next, and from there, until nothing new is reached.
//!
//! Interfaces that every filter and route treats alike form one class, and a class is reached once. What a class
//! reaches is looked for among the group sets of its VPC and of the VPCs connected to it, by their security group
//! rules first; only what those admit is walked.

mod onward;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::balancer::BalancerNode;
use super::exposed::Exposures;
use super::filter::{Direction, Index};
use super::gate::Gate;
use super::network::{Holder, Id, Interface, Network, at, id};
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

/// Interfaces that are filtered and routed alike, as senders and as receivers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct ClassKey {
    subnet: Id,
    groups: Id,
    holder: Id,
    /// The pieces of the address line that its first address and the public one of that are in, between the edges of
    /// every rule and route.
    pieces: (u32, u32),
    /// Those of its further addresses.
    further: Vec<(u32, u32)>,
    /// What load balancers know it as: one that is a target is reached where its neighbours are not.
    targeted: Vec<(Id, u16)>,
}

#[derive(Debug)]
struct Class {
    vpc: Id,
    groups: Id,
    /// One interface stands for all.
    one: Id,
    members: Vec<Id>,
}

/// The state of a search.
struct Search<'n, 'e> {
    net: &'n Network<'e>,
    mode: Mode,
    classes: Vec<Class>,
    class_of: Vec<Id>,
    /// Per VPC the group sets that interfaces there carry, each with its classes.
    sets: Vec<Vec<(Id, Vec<Id>)>>,
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
        search.run();
        search.links
    }

    /// What is reached from the internet on.
    #[must_use]
    pub fn chain_from_internet(&self, exposures: &Exposures, mode: Mode) -> Vec<Link> {
        let mut search = Search::new(self, mode);
        search.exposures = Some(exposures);
        for exposure in exposures.addresses() {
            let Some(reach) = exposures.reach(exposure).filter(|reach| !reach.connects.is_empty()) else { continue };
            let Some(class) = search.class_of.get(exposure.interface() as usize).copied() else { continue };
            if !search.held.get(class as usize).copied().unwrap_or(true) {
                search.reach(class, None, &reach.connects.services());
            }
        }
        for one in self.behind_doors() {
            let interface = one.party.and_then(|party| self.by_id.interface.get(party.interface));
            let class = interface.and_then(|interface| search.class_of.get(interface as usize).copied());
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

    /// The edges of every range of addresses that a rule, an ACL entry or a route names.
    pub(super) fn edges(&self) -> Vec<u128> {
        let mut edges: Vec<u128> = Vec::new();
        let mut add = |set: &Addresses| {
            for (first, last) in set.ranges() {
                edges.push(*first);
                edges.extend(last.checked_add(1));
            }
        };
        for group in &self.groups {
            for gate in &group.group.gates {
                gate.by_address.cells().iter().for_each(|(_, set)| add(set));
            }
        }
        for acl in &self.acls {
            acl.acl.passages.iter().for_each(|one| one.allowed.cells().iter().for_each(|(_, set)| add(set)));
        }
        for table in &self.tables {
            table.table.entries.iter().for_each(|entry| add(&Addresses::range(entry.prefix.0, entry.prefix.1)));
        }
        for table in &self.transit_tables {
            table.table.entries.iter().for_each(|entry| add(&Addresses::range(entry.prefix.0, entry.prefix.1)));
        }
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// The interfaces that load balancers send to, each with the target groups and ports that it is sent to by.
    fn targeted(&self) -> BTreeMap<Id, Vec<(Id, u16)>> {
        let mut all: BTreeMap<Id, Vec<(Id, u16)>> = BTreeMap::new();
        let of_groups = self.target_groups.iter().map(|group| group.targets.as_deref().unwrap_or_default().to_vec());
        let classic = self.balancers.iter().flat_map(|balancer| &balancer.listeners);
        let classic = classic.map(|listener| self.classic_targets(listener)).filter(|targets| !targets.is_empty());
        for (place, targets) in of_groups.chain(classic).enumerate() {
            for target in targets {
                if let Some(interface) = target.interface {
                    all.entry(interface).or_default().push((id(place), target.port));
                }
            }
        }
        all
    }

    /// The VPCs that packets may get to from each VPC other than by the internet.
    fn neighbours(&self) -> Vec<Vec<Id>> {
        let mut all: Vec<Vec<Id>> = vec![Vec::new(); self.vpcs.len()];
        let mut join = |one: Id, other: Id| {
            if let Some(near) = all.get_mut(one as usize)
                && one != other
                && !near.contains(&other)
            {
                near.push(other);
            }
        };
        for peering in &self.peerings {
            if let [Some(one), Some(other)] = peering.vpcs {
                join(one, other);
                join(other, one);
            }
        }
        let attached = self.attached_vpcs();
        for &one in &attached {
            for &other in &attached {
                join(one, other);
            }
        }
        all
    }
}

impl<'n, 'e> Search<'n, 'e> {
    fn new(net: &'n Network<'e>, mode: Mode) -> Self {
        let edges = net.edges();
        let mut known: Index<ClassKey> = Index::default();
        let mut classes: Vec<Class> = Vec::new();
        let mut by_interface = Vec::with_capacity(net.interfaces.len());
        let mut targeted = net.targeted();
        for (index, interface) in net.interfaces.iter().enumerate() {
            let fresh = id(classes.len());
            let mut key = class_key(interface, id(index), &edges);
            key.targeted = targeted.remove(&id(index)).unwrap_or_default();
            let whose = known.insert(key, fresh);
            if whose == fresh {
                let (vpc, groups) = (interface.vpc, interface.groups);
                classes.push(Class { vpc, groups, one: id(index), members: Vec::new() });
            }
            if let Some(class) = classes.get_mut(whose as usize) {
                class.members.push(id(index));
            }
            by_interface.push(whose);
        }
        let mut sets: Vec<Vec<(Id, Vec<Id>)>> = vec![Vec::new(); net.vpcs.len()];
        for (index, class) in classes.iter().enumerate() {
            let Some(here) = sets.get_mut(class.vpc as usize) else { continue };
            match here.iter_mut().find(|(groups, _)| *groups == class.groups) {
                Some((_, all)) => all.push(id(index)),
                None => here.push((class.groups, vec![id(index)])),
            }
        }
        let count = classes.len();
        Self {
            net,
            mode,
            classes,
            class_of: by_interface,
            sets,
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
            at(&self.classes, class).and_then(|class| at(&self.net.interfaces, class.one)).is_some_and(opens_none);
        let holds = self.mode.holds(services) && !mute;
        let (Some(touched), Some(held), Some(node)) =
            (self.touched.get_mut(index), self.held.get_mut(index), self.classes.get(index))
        else {
            return;
        };
        if *held || (*touched && !holds) {
            return;
        }
        let start =
            self.links.first().filter(|link| link.services.is_empty() && link.depth == 0).map(|link| link.interface);
        let depth = from.and_then(|from| self.links.get(from)).map_or(0, |link| link.depth + 1);
        (*touched, *held) = (true, *held || holds);
        let services = Arc::new(services.clone());
        let mut first = true;
        for interface in node.members.iter().copied().filter(|interface| Some(*interface) != start) {
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
            while let Some((groups, classes)) = at(&self.sets, vpc).and_then(|sets| sets.get(place)) {
                let waiting: Vec<Id> = classes.iter().copied().filter(|class| self.waits(*class)).collect();
                if waiting.is_empty() {
                    self.forget(vpc, place);
                    continue;
                }
                place += 1;
                if self.admits(*groups, node, &waiting) {
                    self.try_each(interface, &waiting, link);
                }
            }
        }
        // What the internet reaches at all is where a chain from there begins.
        if self.exposures.is_none() && net.leaves(node) {
            self.over_the_internet(interface, link);
        }
    }

    fn try_each(&mut self, from: Id, classes: &[Id], link: usize) {
        for class in classes {
            self.try_reach(from, *class, link);
        }
    }

    /// A group set whose classes are reached for good is not to be looked at again.
    fn forget(&mut self, vpc: Id, place: usize) {
        if let Some(sets) = self.sets.get_mut(vpc as usize) {
            sets.swap_remove(place);
        }
    }

    /// Whether a class may still be reached, or reached better.
    fn waits(&self, class: Id) -> bool {
        let balancer = at(&self.classes, class).and_then(|class| self.net.balancer_of(class.one));
        self.may_be_reached(class) || balancer.is_some_and(|balancer| self.passes_on(balancer))
    }

    /// Whether something behind a load balancer may still be reached: by another of its listeners, or by a client that
    /// the ones before were not.
    fn passes_on(&self, balancer: &BalancerNode<'e>) -> bool {
        let targets = balancer.listeners.iter().flat_map(|listener| self.net.targets_of(listener));
        let classes = targets.filter_map(|(_, target)| self.class_of.get(target.interface? as usize).copied());
        classes.into_iter().any(|class| self.may_be_reached(class))
    }

    fn may_be_reached(&self, class: Id) -> bool {
        let index = class as usize;
        !self.held.get(index).copied().unwrap_or(true)
            && (self.mode == Mode::Login || !self.touched.get(index).copied().unwrap_or(true))
    }

    /// Whether a set of groups lets anything in from an interface.
    fn admits(&self, groups: Id, from: &Interface<'e>, classes: &[Id]) -> bool {
        let net = self.net;
        let carried = net.groups_of(from);
        let balanced = |class: &Id| {
            at(&self.classes, *class).and_then(|class| net.balancer_of(class.one)).is_some_and(|balancer| balancer.open)
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
        let Some(one) = at(&self.classes, class).map(|class| {
            // A member other than the sender itself.
            class.members.iter().copied().find(|member| *member != from).unwrap_or(class.one)
        }) else {
            return;
        };
        if one == from {
            return;
        }
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
            let Some(class) = self.class_of.get(onward.target as usize).copied() else { continue };
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

/// Stands for interfaces that take connections and open none.
const MUTE: Id = Id::MAX / 2;

/// Whether an interface takes connections and opens none: an endpoint's.
fn opens_none(interface: &Interface<'_>) -> bool {
    interface.resource.and_then(|resource| resource.interface_type.as_deref()) == Some("vpc_endpoint")
}

fn class_key(interface: &Interface<'_>, index: Id, edges: &[u128]) -> ClassKey {
    let holder = match interface.holder {
        Holder::Balancer(balancer) => balancer,
        Holder::Silent(_) | Holder::Nobody => Id::MAX,
        _ if opens_none(interface) => MUTE,
        // What is known of it only by derivation stays apart.
        Holder::Derived(..) | Holder::Sender(..) => Id::MAX - 2 - index,
        _ => Id::MAX - 1,
    };
    let piece = |address: u128| id(edges.partition_point(|edge| *edge <= address));
    let mut pieces = interface.addresses.iter().map(|(private, public)| (piece(*private), public.map_or(0, piece)));
    let first = pieces.next().unwrap_or_default();
    let (further, targeted) = (pieces.collect(), Vec::new());
    ClassKey { subnet: interface.subnet, groups: interface.groups, holder, pieces: first, further, targeted }
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
        if sender.vpc != receiver.vpc
            || matches!(receiver.holder, Holder::Silent(_) | Holder::Sender(..) | Holder::Nobody | Holder::Balancer(_))
        {
            return None;
        }
        let ([(source, _)], [(destination, _)]) = (sender.addresses.as_slice(), receiver.addresses.as_slice()) else {
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
        if both.is_empty() || sender.subnet == receiver.subnet || (here.plain && there.plain) {
            return Some(both);
        }
        let (here, there) = (at(&self.acls, here.acl?)?, at(&self.acls, there.acl?)?);
        let service = usize::from(matches!(sender.holder, Holder::Silent(_)));
        let first = [(here, Direction::Egress, *destination), (there, Direction::Ingress, *source)];
        let replies = [(there, Direction::Egress, *source), (here, Direction::Ingress, *destination)];
        let passing = first.iter().map(|(acl, way, peer)| acl.acl.passage(*way).allowed.slice(*peer));
        let answered = replies.iter().map(|(acl, way, peer)| {
            acl.acl.passage(*way).replies.get(service).map(|replies| replies.some.slice(*peer)).unwrap_or_default()
        });
        Some(passing.chain(answered).fold(both, |left, open| left.and(&open)))
    }

    /// The services that an interface's groups let pass, from or to an address and its interface; `None` where
    /// something that they name was not read.
    fn let_through(&self, node: &Interface<'e>, way: Direction, peer: u128, other: &Interface<'e>) -> Option<Services> {
        let side = usize::from(way == Direction::Egress);
        let carried = self.groups_of(other);
        let mut open = Vec::new();
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
