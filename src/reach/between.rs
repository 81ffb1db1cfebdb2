//! Every way from a sender to a resource: to each of its addresses, and through the load balancers in front of it.

use std::net::IpAddr;

use super::balancer::{BalancerNode, ListenerNode, TargetNode};
use super::exposed::Exposure;
use super::network::{Id, Network, at};
use super::path::{Answer, Component, Explanation};
use super::service::{self, Service};
use super::set::{Addresses, Boxes, Services, address, is_v4, number};
use super::walk::{Landing, Seen, Walk};
use super::{Packet, PacketError, Reach, Sender, Start, Verdict, verdict};

/// One way to a resource, and the answer for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approach {
    /// The address that the sender sends to; `None` for a public one that is not known.
    pub to: Option<IpAddr>,
    /// The service that the sender asks for: a listener's, when a load balancer is in front.
    pub service: Service,
    /// The load balancer in front.
    pub through: Option<Component>,
    /// The answer.
    pub answer: Answer,
}

impl<'e> Network<'e> {
    /// Every way from a sender to a service of a resource, the best first. The resource is named by its id, or by
    /// that of one of its interfaces.
    ///
    /// # Errors
    /// When there is no such sender or resource, or the sender has no address to send from.
    pub fn between(
        &self,
        sender: &Sender,
        source: Option<IpAddr>,
        target: &str,
        service: Service,
    ) -> Result<Vec<Approach>, PacketError> {
        let interfaces = self.interfaces_of(target);
        if interfaces.is_empty() {
            return Err(PacketError::NoTarget(target.to_owned()));
        }
        let mut found = Vec::new();
        for &interface in &interfaces {
            for (to, private) in self.targets(sender, interface) {
                let echo =
                    if service.protocol == service::ICMP && !is_v4(private) { Service::echo(false) } else { service };
                if let Some(answer) = self.approach(sender, source, (interface, private, to), echo)? {
                    found.push(Approach { to: to.map(address), service: echo, through: None, answer });
                }
            }
        }
        for &interface in &interfaces {
            self.through_balancers(sender, source, (interface, service), &mut found)?;
        }
        if *sender == Sender::Internet {
            self.through_doors(source, (&interfaces, service), &mut found);
        }
        found.sort_by(|a, b| {
            b.answer.verdict.cmp(&a.answer.verdict).then(a.through.cmp(&b.through)).then(a.to.cmp(&b.to))
        });
        Ok(found)
    }

    /// The services of an address that a sender reaches.
    ///
    /// # Errors
    /// When there is no such sender, or it has no address to send from.
    pub fn services(&self, sender: &Sender, source: Option<IpAddr>, to: IpAddr) -> Result<Reach, PacketError> {
        let destination = number(to);
        let all = Services::range(0, service::LAST);
        match sender {
            Sender::Internet => {
                let sources =
                    source.map_or_else(|| Addresses::internet().clone(), |source| Addresses::one(number(source)));
                Ok(match self.public_at(destination) {
                    Some((interface, private)) => self.reach_of(&Boxes::product(&all, &sources), |walk| {
                        walk.enter(interface, private, Seen::Original);
                    }),
                    None => Reach::default(),
                })
            }
            Sender::Resource(name) => {
                let (interface, own) = self.sender(name, source.map(number), is_v4(destination))?;
                let from = |interface: Id, own: u128| {
                    self.reach_of(&Boxes::product(&all, &Addresses::one(own)), |walk| {
                        walk.send(interface, own, destination);
                    })
                };
                let mut reach = from(interface, own);
                for (other, own) in self.owned(name).iter().filter(|_| source.is_none()).filter_map(|other| {
                    let own = at(&self.interfaces, *other)?
                        .addresses
                        .iter()
                        .find(|(own, _)| is_v4(*own) == is_v4(destination));
                    Some((*other, own?.0)).filter(|_| *other != interface && self.interface_named(name).is_none())
                }) {
                    reach.also(from(other, own));
                }
                for other in self.other_associations(interface).into_iter().filter(|_| source.is_none()) {
                    if let Some((own, _)) = at(&self.interfaces, other).and_then(|node| node.addresses.first()) {
                        reach.also(from(other, *own));
                    }
                }
                Ok(reach)
            }
            Sender::Beyond(name) => {
                let beyond = self.beyond(name).ok_or_else(|| PacketError::NoSender(name.clone()))?;
                Ok(self.reach_from_beyond(beyond, source, destination))
            }
        }
    }

    /// The path of one packet from the internet to an exposed address.
    #[must_use]
    pub fn path_to(&self, exposure: &Exposure, source: IpAddr, service: Service) -> Answer {
        self.entering((exposure.interface(), exposure.private_number()), number(source), service, None)
    }

    /// The interfaces of a resource.
    fn interfaces_of(&self, name: &str) -> Vec<Id> {
        if let Some(balancer) = self.by_id.balancer.get(name).and_then(|balancer| at(&self.balancers, balancer)) {
            return balancer.interfaces.clone();
        }
        self.owned(name).to_vec()
    }

    /// Every way through one load balancer from a sender to a service of an interface.
    ///
    /// # Errors
    /// When there is no such sender or interface.
    pub fn by_way_of(
        &self,
        sender: &Sender,
        source: Option<IpAddr>,
        (balancer, interface): (&str, &str),
        service: Service,
    ) -> Result<Vec<Approach>, PacketError> {
        let target = self.interface_named(interface).ok_or_else(|| PacketError::NoTarget(interface.to_owned()))?;
        let mut found = Vec::new();
        if let Some(balancer) = self.by_id.balancer.get(balancer).and_then(|balancer| at(&self.balancers, balancer)) {
            self.through_balancer_to(sender, source, (balancer, target, service), &mut found)?;
        }
        found.sort_by(|a, b| b.answer.verdict.cmp(&a.answer.verdict).then(a.to.cmp(&b.to)));
        Ok(found)
    }

    /// The addresses of an interface that a sender would use: private ones first from inside; public ones and IPv6
    /// from the internet, where `None` is a public address that is not known.
    fn targets(&self, sender: &Sender, interface: Id) -> Vec<(Option<u128>, u128)> {
        let Some(node) = at(&self.interfaces, interface) else { return Vec::new() };
        let mut targets: Vec<(Option<u128>, u128)> = Vec::new();
        if *sender != Sender::Internet {
            targets.extend(node.addresses.iter().map(|(private, _)| (Some(*private), *private)));
        }
        for &(private, public) in node.addresses.iter().filter(|_| !matches!(sender, Sender::Beyond(_))) {
            let v6 = !is_v4(private) && *sender == Sender::Internet && Addresses::internet().contains(private);
            let public = if v6 { Some(private) } else { public };
            targets.extend(public.map(|public| (Some(public), private)));
        }
        if node.public && *sender == Sender::Internet {
            targets.extend(node.addresses.first().map(|(private, _)| (None, *private)));
        }
        if targets.is_empty() {
            // From the internet to something without a public address: the answer says that it has none.
            targets.extend(node.addresses.first().map(|(private, _)| (Some(*private), *private)));
        }
        targets
    }

    fn approach(
        &self,
        sender: &Sender,
        source: Option<IpAddr>,
        (interface, private, to): (Id, u128, Option<u128>),
        service: Service,
    ) -> Result<Option<Answer>, PacketError> {
        let Some(to) = to else {
            let source = number(source.ok_or(PacketError::NoSource)?);
            let note = Some("derived: its public address is not known");
            return Ok(Some(self.entering((interface, private), source, service, note)));
        };
        let source = source.filter(|source| source.is_ipv4() == is_v4(to) || *sender != Sender::Internet);
        let source = match (sender, source) {
            (Sender::Internet, None) => Some(example(is_v4(to))),
            (_, source) => source,
        };
        let packet = Packet { sender: sender.clone(), source, destination: address(to), service, source_port: None };
        if let (Sender::Internet, Some(source)) = (sender, packet.source.filter(|_| self.public_at(to).is_none())) {
            return Ok(Some(self.unaddressed((interface, private), number(source), service)));
        }
        match self.answer(&packet) {
            Err(PacketError::NoAddress(..)) => Ok(None), // of the other family
            other => other.map(|answer| Some(self.arrived_at(interface, to, answer))),
        }
    }

    /// Where networks use the same addresses, it may be somebody else who got the packet.
    fn arrived_at(&self, interface: Id, to: u128, mut answer: Answer) -> Answer {
        let name = at(&self.interfaces, interface).map_or("", |node| node.id);
        let passed = answer.forward_path_components.iter().any(|hop| hop.component.id == name);
        if !passed && matches!(answer.verdict, Verdict::Connects | Verdict::Delivers | Verdict::Gated) {
            let text = format!("{} is somebody else's where it goes, and not that of {name}", address(to));
            answer.explanations.push(Explanation::new("NO_PATH", text));
            answer.verdict = Verdict::Denied;
        }
        answer
    }

    /// What the rules of a listener make of an answer: whether they send a client's requests to a target at all, and
    /// what they ask for.
    fn by_rules(&self, answer: &mut Answer, (listener, target): (&ListenerNode<'e>, &TargetNode<'e>), seen: Seen) {
        if listener.instances.is_some() {
            return;
        }
        let Seen::As(client) = seen else { return };
        let ways = self.forwards_to(listener, target).into_iter().filter(|forward| forward.sources.contains(client));
        let Some(best) = ways.min_by_key(|forward| (!forward.unread.is_empty(), forward.gates.len())) else {
            let text = format!("no rule of the listener sends what {} asks for to {}", address(client), target.id);
            let mut why = Explanation::new("ELBV2_LISTENERS_MISMATCH", text);
            why.component = Some(Component::new(listener.id));
            answer.explanations.push(why);
            answer.verdict = Verdict::Denied;
            return;
        };
        answer.notes.extend(best.gates.iter().map(ToString::to_string));
        let taking = |hop: &&mut super::PathComponent| {
            hop.elastic_load_balancer_listener.as_ref().is_some_and(|taking| taking.id == listener.id)
        };
        if let Some(hop) = answer.forward_path_components.iter_mut().find(taking) {
            hop.note = best.rule.as_ref().map(ToString::to_string);
        }
        if matches!(answer.verdict, Verdict::Connects | Verdict::Gated) && !best.unread.is_empty() {
            answer.verdict = Verdict::Unknown;
            answer.unread.extend(best.unread.iter().cloned());
        } else if answer.verdict == Verdict::Connects && !best.gates.is_empty() {
            answer.verdict = Verdict::Gated;
        }
    }

    /// Through the doors of AWS's edge, which the internet reaches whatever the addresses of what is behind.
    fn through_doors(
        &self,
        source: Option<IpAddr>,
        (interfaces, service): (&[Id], Service),
        found: &mut Vec<Approach>,
    ) {
        let ids: Vec<&str> = interfaces.iter().filter_map(|id| at(&self.interfaces, *id)).map(|node| node.id).collect();
        for one in self.behind_doors() {
            let here = one.party.as_ref().is_some_and(|party| ids.contains(&party.interface));
            let from = source.is_none_or(|source| one.sources.contains(number(source)));
            if !here || !from || one.service != Some(service) {
                continue;
            }
            let answer = self.tell_behind(&one);
            let through = Some(Component { id: one.door.to_owned(), name: one.name.map(str::to_owned) });
            let by = one.by.last().copied().unwrap_or(service);
            found.push(Approach { to: None, service: by, through, answer });
        }
    }

    /// From the internet through the gateway to an address, whatever its public one is.
    fn entering(&self, (interface, private): (Id, u128), source: u128, service: Service, note: Option<&str>) -> Answer {
        let one = Services::range(service.number(), service.number());
        let mut walk = Walk::new(self, Boxes::product(&one, &Addresses::one(source)), true);
        let landing = walk.enter(interface, private, Seen::As(source));
        if let Some(note) = note {
            walk.note(note.to_owned());
        }
        walk.reply();
        verdict(walk, landing)
    }

    /// What stops a packet from the internet on the way to something that has no public address: that, and what would
    /// stop it if it had one.
    fn unaddressed(&self, (interface, private): (Id, u128), source: u128, service: Service) -> Answer {
        let one = Services::range(service.number(), service.number());
        let mut walk = Walk::new(self, Boxes::product(&one, &Addresses::one(source)), true);
        self.reaches_nobody(&mut walk, private);
        walk.enter(interface, private, Seen::As(source));
        walk.reply();
        verdict(walk, Landing::Nowhere)
    }

    /// Through the load balancers that have an interface among their targets.
    fn through_balancers(
        &self,
        sender: &Sender,
        source: Option<IpAddr>,
        (target, service): (Id, Service),
        found: &mut Vec<Approach>,
    ) -> Result<(), PacketError> {
        for balancer in &self.balancers {
            self.through_balancer_to(sender, source, (balancer, target, service), found)?;
        }
        Ok(())
    }

    fn through_balancer_to(
        &self,
        sender: &Sender,
        source: Option<IpAddr>,
        (balancer, target, service): (&BalancerNode<'e>, Id, Service),
        found: &mut Vec<Approach>,
    ) -> Result<(), PacketError> {
        for (listener, front) in balancer.listeners.iter().flat_map(|l| l.services.iter().map(move |s| (l, *s))) {
            let matching = self.targets_of(listener).into_iter().filter(|(_, one)| {
                one.interface == Some(target) && one.port == service.port && front.protocol == service.protocol
            });
            let doors = || balancer.interfaces.iter().copied();
            for ((preserves, one), door) in matching.flat_map(|one| doors().map(move |door| (one, door))) {
                let place = (balancer, door, front, listener);
                found.extend(self.by_balancer(sender, source, place, (preserves, &one))?);
            }
        }
        Ok(())
    }

    fn by_balancer(
        &self,
        sender: &Sender,
        source: Option<IpAddr>,
        (balancer, door, front, listener): (&BalancerNode<'e>, Id, Service, &ListenerNode<'e>),
        (preserves, target): (bool, &TargetNode<'e>),
    ) -> Result<Vec<Approach>, PacketError> {
        let mut found = Vec::new();
        let senders = self.senders_to(listener, target);
        for (to, private) in self.targets(sender, door) {
            let outside = *sender == Sender::Internet;
            let v4 = is_v4(to.unwrap_or(private));
            let named = source.or_else(|| outside.then(|| address(example_of(&senders, is_v4(private)))));
            let (start, source) = match self.start(sender, named, v4) {
                Ok((start, Some(source))) => (start, source),
                Ok((_, None)) | Err(PacketError::NoAddress(..)) => continue,
                Err(error) => return Err(error),
            };
            if outside && to.is_some_and(|to| self.public_at(to).is_none()) {
                continue;
            }
            let one = Services::range(front.number(), front.number());
            let mine = Boxes::product(&one, &Addresses::one(source));
            let mut walk = Walk::new(self, mine.clone(), true);
            walk.short = true;
            let landing = match (start, to) {
                (Start::Interface(interface), Some(to)) => walk.send(interface, source, to),
                (Start::Beyond(beyond), Some(to)) => walk.come_from_beyond(beyond, source, to),
                (Start::Internet, Some(to)) => walk.come_in(Seen::As(source), to),
                (_, None) => walk.enter(door, private, Seen::As(source)),
            };
            let seen = walk.seen_at_the_end(source);
            let Some((second, _)) = walk.to_target((balancer, door), (preserves, target), seen, &mine) else {
                continue;
            };
            walk.continue_with(second);
            walk.reply();
            let name = balancer.name.map(str::to_owned);
            let through = Some(Component { id: balancer.id.to_owned(), name });
            let mut answer = verdict(walk, landing);
            self.by_rules(&mut answer, (listener, target), seen);
            found.push(Approach { to: to.map(address), service: front, through, answer });
        }
        Ok(found)
    }
}

/// An address of the internet that is among these, if there is one.
fn example_of(senders: &Addresses, v4: bool) -> u128 {
    let usual = number(example(v4));
    let possible = senders.and(Addresses::internet()).and(&Addresses::family(v4));
    if possible.contains(usual) { usual } else { possible.first().unwrap_or(usual) }
}

/// An address that stands for the internet when none is named.
fn example(v4: bool) -> IpAddr {
    if v4 {
        IpAddr::from([198, 51, 100, 7]) // TEST-NET-2 (RFC 5737)
    } else {
        IpAddr::from([0x2606, 0x4700, 0, 0, 0, 0, 0, 0x1111])
    }
}

impl Walk<'_, '_> {
    /// The source address that the end of the walk sees.
    pub(super) fn seen_at_the_end(&self, source: u128) -> Seen {
        match self.legs.last() {
            Some(super::walk::Leg::Direct { source, .. }) => Seen::As(*source),
            Some(super::walk::Leg::In { client: Seen::As(client), .. }) => Seen::As(*client),
            _ => Seen::As(source),
        }
    }

    /// Goes on with the story of the second leg, which has had its reply.
    fn continue_with(&mut self, second: Walk<'_, '_>) {
        let (Some(story), Some(mut second)) = (&mut self.story, second.story) else { return };
        for mut hop in second.forward.drain(..) {
            hop.sequence_number = story.forward.len() + 1;
            story.forward.push(hop);
        }
        let (blocks, unread) = (second.forward_blocks, second.forward_unread);
        story.blocks.extend(second.blocks.drain(..blocks));
        story.unread.extend(second.unread.drain(..unread));
        story.notes.append(&mut second.notes);
        self.pending = Some(second);
    }
}

impl Answer {
    /// Whether connections are made for certain.
    #[must_use]
    pub fn connects(&self) -> bool {
        self.verdict == Verdict::Connects
    }
}
