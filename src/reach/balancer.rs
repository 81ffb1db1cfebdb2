//! Load balancers: their interfaces and listeners, and what passes through a Network Load Balancer.
//!
//! An Application or Classic Load Balancer ends the client's connection and opens its own; a Network Load Balancer
//! passes it on, so that the client only connects if a target does. Whether targets are healthy is left out: with
//! none healthy, they all get traffic.
//!
//! Source: Elastic Load Balancing guides for Application, Network and Classic Load Balancers.

use super::condition;
use super::filter::Direction;
use super::gate::{self, Forward};
use super::network::{Holder, Id, Network, at, id, zone};
use super::path::{Component, Explanation, PathComponent, Unread};
use super::service::Service;
use super::set::{Addresses, Boxes, Services, address, is_v4};
use super::target_group::{across_zones, preserves};
use super::walk::{Landing, Leg, Seen, Story, Walk};
use super::way::End;
use crate::model::resource::{ClassicLoadBalancer, Listener, LoadBalancer, NetworkInterface, TargetGroup};
use crate::model::{Describe, Kind, Shard};

/// The types of load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BalancerKind {
    Application,
    Network,
    Gateway,
    Classic,
}

/// A load balancer.
#[derive(Debug)]
pub(super) struct BalancerNode<'e> {
    /// Its ARN, or a Classic Load Balancer's name.
    pub(super) id: &'e str,
    pub(super) name: Option<&'e str>,
    pub(super) kind: BalancerKind,
    pub(super) internet_facing: bool,
    /// Whoever has an address of a family that it speaks.
    pub(super) clients: Addresses,
    pub(super) shard: usize,
    pub(super) groups: Vec<Id>,
    /// A Network Load Balancer that was made without security groups: everything reaches its listeners.
    pub(super) open: bool,
    /// Whether it sends to targets in other zones; `None` when its attributes were not read.
    pub(super) cross_zone: Option<bool>,
    pub(super) interfaces: Vec<Id>,
    pub(super) subnets: Vec<Id>,
    pub(super) listeners: Vec<ListenerNode<'e>>,
}

/// A listener.
#[derive(Debug)]
pub(super) struct ListenerNode<'e> {
    pub(super) id: &'e str,
    pub(super) services: Vec<Service>,
    /// The target groups that it forwards to, and for whom.
    pub(super) forwards: Vec<Forward<'e>>,
    /// The instances and port that a Classic Load Balancer's listener forwards to.
    pub(super) instances: Option<(&'e ClassicLoadBalancer, u16)>,
}

/// A target group.
#[derive(Debug)]
pub(super) struct TargetGroupNode<'e> {
    pub(super) resource: &'e TargetGroup,
    /// Its targets; `None` when they were not read.
    pub(super) targets: Option<Vec<TargetNode<'e>>>,
    pub(super) preserves: bool,
    pub(super) shard: usize,
}

/// A target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TargetNode<'e> {
    pub(super) id: &'e str,
    pub(super) interface: Option<Id>,
    pub(super) address: u128,
    pub(super) port: u16,
    /// Whether load balancers send to it in other zones, where its target group says so itself.
    pub(super) across: Option<bool>,
}

/// The name that the description of a load balancer's interface gives: `app/NAME/ID`, `net/NAME/ID` or `NAME`.
pub(super) fn described(interface: &NetworkInterface) -> Option<&str> {
    interface.description.as_deref()?.strip_prefix("ELB ")
}

impl<'e> Network<'e> {
    pub(super) fn add_balancers(&mut self, place: usize, shard: &'e Shard) {
        for balancer in &shard.resources.load_balancers {
            let Some((_, name)) = balancer.id().split_once(":loadbalancer/") else { continue };
            let node = self.balancer_node(place, balancer);
            self.by_id.balancer.insert(name, id(self.balancers.len()));
            self.by_id.balancer.insert(balancer.id(), id(self.balancers.len()));
            self.balancers.push(node);
        }
        let rules = gate::rules_by_listener(shard);
        for listener in &shard.resources.listeners {
            let balancer = self.by_id.balancer.get(listener.load_balancer_arn.as_str());
            if let Some(balancer) = balancer.and_then(|balancer| self.balancers.get_mut(balancer as usize)) {
                let rules = rules.get(listener.id()).map(Vec::as_slice).unwrap_or_default();
                let forwards = gate::forwards(shard, listener, rules, &balancer.clients);
                let services = services(listener);
                balancer.listeners.push(ListenerNode { id: listener.id(), services, forwards, instances: None });
            }
        }
        for balancer in &shard.resources.classic_load_balancers {
            let node = self.classic_node(place, balancer);
            self.by_id.balancer.insert(balancer.load_balancer_name.as_str(), id(self.balancers.len()));
            self.balancers.push(node);
        }
        for group in &shard.resources.target_groups {
            self.by_id.target_group.insert(group.id(), id(self.target_groups.len()));
            let preserves = preserves(group);
            self.target_groups.push(TargetGroupNode { resource: group, targets: None, preserves, shard: place });
        }
    }

    fn balancer_node(&mut self, shard: usize, balancer: &'e LoadBalancer) -> BalancerNode<'e> {
        let kind = match balancer.r#type.as_deref() {
            Some("network") => BalancerKind::Network,
            Some("gateway") => BalancerKind::Gateway,
            _ => BalancerKind::Application,
        };
        let attribute = balancer
            .attributes
            .as_ref()
            .map(|all| across_zones(all.iter().map(|set| (set.key.as_str(), set.value.as_deref()))) == Some(true));
        let groups: Vec<Id> = balancer.security_groups.iter().flatten().map(|g| self.group_id(g.as_str())).collect();
        BalancerNode {
            id: balancer.id(),
            name: balancer.name(),
            kind,
            internet_facing: balancer.scheme.as_deref() == Some("internet-facing"),
            clients: condition::clients(balancer.ip_address_type.as_deref()),
            shard,
            open: matches!(kind, BalancerKind::Network | BalancerKind::Gateway) && groups.is_empty(),
            groups,
            cross_zone: if kind == BalancerKind::Network { attribute } else { Some(true) },
            interfaces: Vec::new(),
            subnets: balancer
                .availability_zones
                .iter()
                .filter_map(|zone| self.by_id.subnet.get(zone.subnet_id.as_ref()?.as_str()))
                .collect(),
            listeners: Vec::new(),
        }
    }

    fn classic_node(&mut self, shard: usize, balancer: &'e ClassicLoadBalancer) -> BalancerNode<'e> {
        let listeners = balancer.listener_descriptions.iter().filter_map(|description| description.listener.as_ref());
        let port = |port: Option<i32>| port.and_then(|port| u16::try_from(port).ok());
        let listeners = listeners.filter_map(|listener| {
            Some(ListenerNode {
                id: balancer.id(),
                services: vec![Service::tcp(port(listener.load_balancer_port)?)],
                forwards: Vec::new(),
                instances: Some((balancer, port(listener.instance_port)?)),
            })
        });
        let listeners = listeners.collect();
        BalancerNode {
            id: balancer.id(),
            name: balancer.name(),
            kind: BalancerKind::Classic,
            internet_facing: balancer.scheme.as_deref() == Some("internet-facing"),
            clients: Addresses::all(),
            shard,
            groups: balancer.security_groups.iter().map(|group| self.group_id(group.as_str())).collect(),
            open: false,
            cross_zone: Some(true),
            interfaces: Vec::new(),
            subnets: balancer.subnets.iter().filter_map(|subnet| self.by_id.subnet.get(subnet.as_str())).collect(),
            listeners,
        }
    }

    /// The load balancer that an interface belongs to.
    pub(super) fn balancer_of(&self, interface: Id) -> Option<&BalancerNode<'e>> {
        match at(&self.interfaces, interface)?.holder {
            Holder::Balancer(balancer) => at(&self.balancers, balancer),
            _ => None,
        }
    }
}

fn services(listener: &Listener) -> Vec<Service> {
    let Some(port) = listener.port.and_then(|port| u16::try_from(port).ok()) else { return Vec::new() };
    match listener.protocol.as_deref() {
        Some("UDP" | "QUIC") => vec![Service::udp(port)],
        Some("TCP_UDP" | "TCP_QUIC") => vec![Service::tcp(port), Service::udp(port)],
        Some("GENEVE") => Vec::new(),
        _ => vec![Service::tcp(port)],
    }
}

impl<'n, 'e> Walk<'n, 'e> {
    /// At a load balancer's interface: to its listeners, and through a Network Load Balancer to its targets.
    pub(super) fn at_balancer(&mut self, interface: Id, source: Seen) {
        let net = self.net;
        let Some(balancer) = net.balancer_of(interface) else { return };
        let listening = balancer.listeners.iter().flat_map(|listener| &listener.services);
        let listening = Services::of(listening.map(|service| (service.number(), service.number())));
        let passed = self.alive.with_services(&listening);
        let (code, name) = (listener_code(balancer.kind), balancer.name.unwrap_or(balancer.id));
        let gap = net.missing(balancer.shard, Kind::Listener).filter(|_| balancer.kind != BalancerKind::Classic);
        let unread = gap.map(|gap| Unread::of(format!("the listeners of {name}"), &gap));
        let maybe = if unread.is_some() { self.alive.clone() } else { Boxes::default() };
        let stopped = passed.is_empty();
        let why = |_: &Self| {
            let mut why = Explanation::new(code, format!("{name} has no listener for it"));
            why.component = Some(Component::new(balancer.id));
            why
        };
        self.keep(passed, &maybe, why, unread.into_iter().collect());
        if stopped {
            return;
        }
        if self.story.is_some() {
            let wanted = self.alive.cells().first().map(|(services, _)| services.0);
            let taking = balancer.listeners.iter().find(|l| l.services.iter().any(|s| Some(s.number()) == wanted));
            let mut hop =
                PathComponent::new(Component { id: balancer.id.to_owned(), name: balancer.name.map(str::to_owned) });
            hop.elastic_load_balancer_listener = taking.map(|listener| Component::new(listener.id));
            self.hop(hop);
        }
        if balancer.kind == BalancerKind::Network && !self.short {
            self.through_balancer(balancer, interface, source);
        }
    }

    /// What of the walk gets through a Network Load Balancer to at least one target, and what gets its reply.
    fn through_balancer(&mut self, balancer: &'n BalancerNode<'e>, interface: Id, source: Seen) {
        let (mut delivered, mut connected) = (Boxes::default(), Boxes::default());
        let mut best: Option<(u8, Story)> = None;
        let mut missing = Vec::new();
        for (listener, service) in balancer.listeners.iter().flat_map(|l| l.services.iter().map(move |s| (l, *s))) {
            let one = Services::range(service.number(), service.number());
            let mine = self.alive.with_services(&one);
            if mine.is_empty() {
                continue;
            }
            let groups = listener.forwards.iter().filter_map(|forward| self.net.target_group(forward.group));
            missing.extend(self.net.groups_unread(balancer, listener));
            missing.extend(groups.filter(|g| g.targets.is_none()).map(|group| self.net.targets_unread(group)));
            for (preserves, target) in self.net.targets_of(listener) {
                let there = self.to_target((balancer, interface), (preserves, &target), source, &mine);
                let Some((mut walk, arrived)) = there else {
                    missing.extend(self.net.zones_unread(balancer));
                    continue;
                };
                let back = |alive: &Boxes| Boxes::product(&one, &alive.addresses());
                delivered = delivered.or(&back(&arrived).and(&mine));
                if walk.story.as_ref().is_none_or(|s| s.blocks.is_empty() && s.unread.is_empty()) {
                    connected = connected.or(&back(&walk.alive).and(&mine));
                }
                self.unsure.append(&mut walk.unsure);
                let told = walk.story.take().map(|story| (rank(&story), story));
                if told.as_ref().map(|told| told.0) > best.as_ref().map(|best| best.0) {
                    best = told;
                }
            }
        }
        if self.story.is_some() {
            return self.tell_target(best, missing, balancer);
        }
        let hope = self.hopeful && !missing.is_empty();
        self.unsure.extend(missing);
        if self.hopeful {
            // What is left although no listener is known for it may have one that was not read.
            let listening = balancer.listeners.iter().flat_map(|listener| &listener.services);
            let listening = Services::of(listening.map(|service| (service.number(), service.number())));
            let unread = self.alive.with_services(&Services::range(0, super::service::LAST).minus(&listening));
            (delivered, connected) = (delivered.or(&unread), connected.or(&unread));
        }
        if !hope {
            self.limit = Some(self.limit.take().map_or(connected.clone(), |limit| limit.and(&connected)));
            self.alive = delivered;
        }
    }

    /// The second leg, from a load balancer's interface to a target and back. `None` when the target is in a zone
    /// that the interface does not send to.
    pub(super) fn to_target(
        &self,
        (balancer, interface): (&BalancerNode<'e>, Id),
        (preserves, target): (bool, &TargetNode<'e>),
        source: Seen,
        mine: &Boxes,
    ) -> Option<(Walk<'n, 'e>, Boxes)> {
        let net = self.net;
        let from = at(&net.interfaces, interface)?;
        let zone_of = |subnet: Id| at(&net.subnets, subnet).and_then(|subnet| zone(subnet.resource));
        let there = target.interface.and_then(|target| at(&net.interfaces, target)).map(|target| target.subnet);
        let confined = target.across.or(balancer.cross_zone).map_or(!self.hopeful, |across| !across);
        let elsewhere = there.is_some_and(|there| zone_of(there) != zone_of(from.subnet));
        if confined && elsewhere {
            return None;
        }
        // Between IPv4 and IPv6 the balancer translates, and cannot keep the client's address.
        let client = match source {
            Seen::As(client) => Some(client),
            Seen::Original => mine.addresses().first(),
        };
        let same_family = client.is_some_and(|client| is_v4(client) == is_v4(target.address));
        let keeps = preserves && same_family && balancer.kind == BalancerKind::Network && target.interface.is_some();
        if keeps && target.interface == self.origin() && self.sent_by(self.origin()) {
            return None; // a target's own packets come back to it with its own address
        }
        let (own, _) = *from.addresses.iter().find(|(own, _)| is_v4(*own) == is_v4(target.address))?;
        let protocol =
            mine.cells().first().map_or(super::service::TCP, |(services, _)| Service::of(services.0).protocol);
        let service = Service { protocol, port: target.port }.number();
        let alive = Boxes::product(&Services::range(service, service), &mine.addresses());
        let mut walk = Walk::new(net, alive, self.story.is_some());
        walk.edge = self.edge;
        (walk.hopeful, walk.for_service) = (self.hopeful, self.sent_by_service());
        walk.unsure.extend(net.zones_unread(balancer).filter(|_| elsewhere && target.across.is_none()));
        walk.source_port = self.source_port.filter(|_| keeps && !walk.for_service);
        if keeps {
            walk.passed_on((balancer, interface), target, source);
        } else {
            walk.by_balancer_itself((interface, own), target);
        }
        let arrived = walk.alive.clone();
        let whole = walk.story.as_ref().is_none_or(|story| story.blocks.is_empty());
        if keeps {
            walk.second_reply(interface, target, source);
        } else {
            walk.reply();
        }
        Some((walk, if whole { arrived } else { Boxes::default() }))
    }

    /// A connection of the balancer's own.
    fn by_balancer_itself(&mut self, (interface, own): (Id, u128), target: &TargetNode<'e>) {
        let landing = self.send_on(interface, own, target.address);
        if matches!(landing, Landing::Outside | Landing::Remote | Landing::Service) {
            let text = format!("{} does not lead to an interface of this estate", address(target.address));
            self.unread(Unread::never(format!("whether the target {} answers", target.id), text));
        }
    }

    /// The client's connection, with the client's address.
    fn passed_on(&mut self, (balancer, interface): (&BalancerNode<'e>, Id), target: &TargetNode<'e>, seen: Seen) {
        let Some(from) = at(&self.net.interfaces, interface) else { return };
        let carrier = (!balancer.open).then_some(interface);
        if !balancer.open {
            self.groups(interface, Direction::Egress, Seen::As(target.address), target.interface);
        }
        let way = self.net.way(from.subnet, target.address);
        self.steps(&way, seen, target.address);
        let own = from.addresses.first().map_or(0, |address| address.0);
        match &way.end {
            End::Interface(to) => {
                self.legs.push(Leg::Direct { from: interface, to: *to, source: own, destination: target.address });
                self.arrive_as(*to, seen, target.address, carrier.filter(|_| way.references));
            }
            End::Stopped(why) => self.stop((**why).clone()),
            End::Unread(what) => self.unread((**what).clone()),
            _ => {
                let text = format!("the route for {} does not lead to an interface", address(target.address));
                let mut why = Explanation::new("NO_ROUTE_TO_DESTINATION", text);
                why.component = Some(Component::new(balancer.id));
                self.stop(why);
            }
        }
    }

    /// The target's reply. With the client's address kept it is addressed to the client, and the balancer takes it.
    fn second_reply(&mut self, interface: Id, target: &TargetNode<'e>, client: Seen) {
        let net = self.net;
        let ends = (at(&net.interfaces, interface), target.interface.and_then(|target| at(&net.interfaces, target)));
        let (Some(from), Some(to)) = ends else { return };
        self.begin_reply();
        if from.subnet != to.subnet {
            self.legs.clear();
            let (from, to) = (from.subnet, to.subnet);
            self.by_one_port(|walk| {
                walk.acl(to, Direction::Egress, Seen::As(target.address), client);
                walk.acl(from, Direction::Ingress, Seen::As(target.address), client);
            });
        }
    }

    /// Writes the story of the best target into this walk's.
    fn tell_target(&mut self, best: Option<(u8, Story)>, missing: Vec<Unread>, balancer: &BalancerNode<'e>) {
        let Some(story) = &mut self.story else { return };
        let Some((rank, mut second)) = best else {
            if missing.is_empty() {
                let name = balancer.name.unwrap_or(balancer.id);
                let text = format!("the listener of {name} has no target that its zone may send to");
                let mut why = Explanation::new("ELBV2_LISTENER_HAS_NO_TG", text);
                why.component = Some(Component::new(balancer.id));
                story.blocks.push(why);
            }
            story.unread.extend(missing);
            return;
        };
        for mut hop in second.forward.drain(..) {
            hop.sequence_number = story.forward.len() + 1;
            story.forward.push(hop);
        }
        story.notes.extend(second.notes.drain(..).filter(|note| !note.is_empty()));
        if rank < CONNECTS && !missing.is_empty() {
            story.unread.extend(missing);
            return;
        }
        let (blocks, unread) = (second.forward_blocks, second.forward_unread);
        story.blocks.extend(second.blocks.drain(..blocks));
        story.unread.extend(second.unread.drain(..unread));
        self.pending = Some(second);
    }
}

const CONNECTS: u8 = 3;

/// How far a story got: denied, unknown, delivered, connected.
fn rank(story: &Story) -> u8 {
    if story.forward_blocks > 0 {
        0
    } else if story.forward_unread > 0 {
        1
    } else if !story.blocks.is_empty() || !story.unread.is_empty() {
        2
    } else {
        CONNECTS
    }
}

const fn listener_code(kind: BalancerKind) -> &'static str {
    match kind {
        BalancerKind::Classic => "ELB_LISTENERS_MISMATCH",
        _ => "ELBV2_LISTENERS_MISMATCH",
    }
}
