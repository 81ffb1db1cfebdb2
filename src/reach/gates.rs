//! The gates on a walk: network ACLs and security groups, and what of the walk passes them.

use super::filter::{CLIENT_PORTS, Direction, SERVICE_PORTS, replies};
use super::network::{Holder, Id, at};
use super::path::{Explanation, Unread};
use super::set::{Boxes, Services};
use super::walk::{Leg, Seen, Walk};
use super::way::{End, Way};
use crate::model::Kind;

/// What is known of who carries the groups that rules name.
enum Members {
    /// No rule names a group.
    None,
    /// They are groups of an account that is not in the estate.
    Foreign(Id, Vec<Id>),
    /// It would have to be read.
    Unread(Boxes, Unread),
}

impl<'n> Walk<'n, '_> {
    /// A network ACL: by source on the way in and by destination on the way out. A reply goes to the client's port.
    pub(super) fn acl(&mut self, subnet: Id, direction: Direction, source: Seen, destination: Seen) {
        self.acl_as("SUBNET_ACL_RESTRICTION", subnet, direction, (source, destination));
    }

    pub(super) fn acl_as(&mut self, code: &str, subnet: Id, direction: Direction, (source, destination): (Seen, Seen)) {
        let net = self.net;
        let Some(node) = at(&net.subnets, subnet) else { return };
        let Some((id, acl)) = node.acl.and_then(|id| Some((id, at(&net.acls, id)?))) else {
            let what = format!("the network ACL of {}", node.resource.subnet_id);
            let unread = match net.missing(node.shard, Kind::NetworkAcl) {
                Some(gap) => Unread::of(what, &gap),
                None => {
                    Unread::never(what, "no network ACL that was listed is its own (a shared VPC's is its owner's)")
                }
            };
            let alive = self.alive.clone();
            return self.keep(Boxes::default(), &alive, |_| Explanation::default(), vec![unread]);
        };
        let peer = if direction == Direction::Ingress { source } else { destination };
        let passage = acl.acl.passage(direction);
        let open = match peer {
            Seen::As(one) => passage.opens(one),
            Seen::Original => passage.open == [true, true],
        };
        if open && self.story.is_none() {
            return;
        }
        let every;
        let passed = if self.replying {
            let known;
            let [to_clients, to_services] = &passage.replies;
            let replies = match (
                self.source_port.filter(|_| !self.sent_by_service()).or(self.one_port),
                self.sent_by_service(),
            ) {
                (Some(port), _) => {
                    known = replies(&passage.allowed, (port, port));
                    &known
                }
                (None, true) => to_services,
                (None, false) => to_clients,
            };
            if replies.partial && !self.partial.contains(&(id, direction)) {
                self.partial.push((id, direction));
            }
            every = self.story.is_some().then(|| self.through(&replies.every, peer));
            self.through(&replies.some, peer)
        } else {
            every = None;
            self.through(&passage.allowed, peer)
        };
        if every.is_some_and(|every| every != passed) && !passed.is_empty() {
            self.note(format!(
                "degraded: {} lets replies pass to some of the ports that clients use, not to all",
                acl.resource.network_acl_id
            ));
        }
        self.hop_acl(subnet, id, direction, peer);
        self.keep(passed, &Boxes::default(), |walk| walk.by_acl(code, (subnet, id), direction, peer), Vec::new());
    }

    /// Takes a part of the reply's way on which the client has one port, whichever it is. Where network ACLs let only
    /// some ports through, there has to be one that all of them let through.
    pub(super) fn by_one_port(&mut self, go: impl Fn(&mut Self)) {
        let (before, blocks) = (self.alive.clone(), self.story.as_ref().map_or(0, |story| story.blocks.len()));
        self.partial.clear();
        go(self);
        let partial = std::mem::take(&mut self.partial);
        let stopped = self.story.as_ref().map_or(self.alive.is_empty(), |story| story.blocks.len() > blocks);
        if partial.len() < 2 || stopped || self.one_port.is_some() {
            return;
        }
        let (story, after, unsure) = (self.story.take(), self.alive.clone(), self.unsure.len());
        let mut passed = Boxes::default();
        for port in self.telling_ports(&partial) {
            (self.alive, self.one_port) = (before.clone(), Some(port));
            go(self);
            passed = passed.or(&self.alive);
        }
        (self.alive, self.one_port, self.story) = (after, None, story);
        self.unsure.truncate(unsure);
        let text = "no port that clients use is let through by all network ACLs on the reply's way";
        let why = |_: &Self| Explanation::new("SUBNET_ACL_RESTRICTION", text);
        self.keep(passed, &Boxes::default(), why, Vec::new());
    }

    /// The ports of the client at which network ACLs change their minds.
    fn telling_ports(&self, acls: &[(Id, Direction)]) -> Vec<u16> {
        let (first, last) = if self.sent_by_service() { SERVICE_PORTS } else { CLIENT_PORTS };
        let acls = acls.iter().filter_map(|(id, direction)| Some(at(&self.net.acls, *id)?.acl.passage(*direction)));
        let edges = acls.flat_map(|passage| passage.allowed.cells()).flat_map(|((a, b), _)| [*a, b.saturating_add(1)]);
        let ports = edges.filter_map(|edge| u16::try_from(edge & 0xffff).ok());
        let mut ports: Vec<u16> = ports.chain([first]).filter(|port| (first..=last).contains(port)).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// The interface that the packets of the present leg come from.
    fn client(&self) -> Option<Id> {
        let mut legs = self.legs.iter().rev();
        match (legs.next(), legs.next()) {
            // Perhaps out of one VPC and into another.
            (Some(Leg::Direct { from, .. } | Leg::Out { from, .. }), _)
            | (Some(Leg::In { .. }), Some(Leg::Out { from, .. })) => Some(*from),
            _ => None,
        }
    }

    /// Whether the packets of the present leg come from an interface.
    pub(super) fn sent_by(&self, interface: Option<Id>) -> bool {
        interface.is_some() && self.client() == interface
    }

    /// Whether the client of the present leg is a NAT gateway or load balancer.
    pub(super) fn sent_by_service(&self) -> bool {
        let mut legs = self.legs.iter().rev();
        match (legs.next(), legs.next()) {
            (Some(Leg::In { .. }), Some(Leg::Regional { .. })) => return true,
            (None, _) => return self.for_service,
            _ => {}
        }
        let Some(from) = self.client() else { return false };
        let named = self.source_port.is_some() && self.origin() == Some(from);
        let service = |holder: &Holder<'_>| matches!(holder, Holder::Silent(_) | Holder::Balancer(_));
        !named && at(&self.net.interfaces, from).is_some_and(|interface| service(&interface.holder))
    }

    /// What of the walk is in a filter's set for the address that the filter looks at.
    pub(super) fn through(&self, filter: &Boxes, peer: Seen) -> Boxes {
        match peer {
            Seen::Original => self.alive.and(filter),
            Seen::As(one) => self.alive.with_services(&filter.slice(one)),
        }
    }

    /// The security groups of an interface.
    pub(super) fn groups(&mut self, interface: Id, direction: Direction, peer: Seen, carrier: Option<Id>) {
        let groups = self.carried(carrier);
        let (passed, mut maybe, mut unread) = self.admitted(interface, direction, peer, groups);
        self.hop_groups(interface, direction, peer, groups);
        let unknown_peer = match self.peer.map(|peering| self.members_unknown(peering, interface, direction)) {
            Some(Members::Foreign(peering, named)) => Some((peering, named)),
            Some(Members::Unread(open, what)) => {
                maybe = maybe.or(&open);
                unread.push(what);
                None
            }
            _ => None,
        };
        let why = |walk: &Self| match unknown_peer {
            Some((peering, named)) => walk.net.by_unknown_peer(peering, (interface, direction), &named),
            None => walk.by_groups(interface, direction, peer),
        };
        self.keep(passed, &maybe, why, unread);
    }

    /// What rules that name groups make of a sender in a peer's VPC that was not read: a group of an account that is not
    /// in the estate admits nobody, as AWS's analyzer has it; of another it cannot be told.
    fn members_unknown(&self, peering: Id, interface: Id, direction: Direction) -> Members {
        let (named, services) = self.naming_groups(interface, direction);
        let open = self.alive.with_services(&services);
        let net = self.net;
        if open.is_empty() {
            return Members::None;
        }
        if net.is_foreign(peering) {
            let theirs = |group: &Id| at(&net.groups, *group).is_some_and(|group| group.resource.is_none());
            let named: Vec<Id> = named.into_iter().filter(theirs).collect();
            return if named.is_empty() { Members::None } else { Members::Foreign(peering, named) };
        }
        let name = at(&net.peerings, peering).map_or("", |node| node.resource.vpc_peering_connection_id.as_str());
        let what = format!("the security groups of who sends by {name}");
        Members::Unread(open, Unread::never(what, "its VPC was not read"))
    }

    /// The security groups of the interface that a way begins at. Rules that name a group admit what goes to its
    /// members; where it cannot be told who is at the end of the way, it cannot be told whether they do.
    pub(super) fn groups_out(&mut self, from: Id, way: &Way, target: Option<Id>, destination: u128) {
        let (side, peer) = (Direction::Egress, Seen::As(destination));
        let groups = self.carried(target.filter(|_| way.references));
        let (passed, mut maybe, mut unread) = self.admitted(from, side, peer, groups);
        let mut unknown_peer = None;
        if let (End::Unread(what), None) = (&way.end, target) {
            let (named, services) = self.naming_groups(from, side);
            let open = self.alive.with_services(&services);
            match self.net.foreign_peer(way) {
                Some(peering) if !open.is_empty() => unknown_peer = Some((peering, named)),
                None if !open.is_empty() => {
                    maybe = maybe.or(&open);
                    unread.push((**what).clone());
                }
                _ => {}
            }
        }
        let before = self.forgot;
        if let (Some(code), Some(target)) = (way.forgets(), target) {
            self.forgot = Some((code, target));
        }
        self.hop_groups(from, side, peer, groups);
        let why = |walk: &Self| match unknown_peer {
            Some((peering, named)) => walk.net.by_unknown_peer(peering, (from, side), &named),
            None => walk.by_groups(from, side, peer),
        };
        self.keep(passed, &maybe, why, unread);
        self.forgot = before;
    }

    /// The groups that an interface carries.
    fn carried(&self, carrier: Option<Id>) -> &'n [Id] {
        let net = self.net;
        carrier.and_then(|carrier| at(&net.interfaces, carrier)).map_or(&[][..], |carrier| net.groups_of(carrier))
    }

    /// The groups that rules of an interface name, and for which services.
    fn naming_groups(&self, interface: Id, direction: Direction) -> (Vec<Id>, Services) {
        let side = usize::from(direction == Direction::Egress);
        let net = self.net;
        let groups = at(&net.interfaces, interface).map_or(&[][..], |node| net.groups_of(node));
        let gates = groups.iter().filter_map(|group| at(&net.groups, *group)?.group.gates.get(side));
        let pairs: Vec<_> = gates.flat_map(|gate| gate.by_group.iter().copied()).collect();
        let services = Services::of(pairs.iter().map(|(services, _)| *services));
        let alive = self.alive.services();
        let meeting = pairs.iter().filter(|(services, _)| alive.meets(&Services::range(services.0, services.1)));
        (meeting.map(|(_, group)| *group).collect(), services)
    }

    /// What the groups of an interface let pass, what they may let pass, and what would have to be read to know.
    pub(super) fn admitted(
        &self,
        interface: Id,
        direction: Direction,
        peer: Seen,
        carried: &[Id],
    ) -> (Boxes, Boxes, Vec<Unread>) {
        let net = self.net;
        let (mut passed, mut maybe, mut unread) = (Boxes::default(), Boxes::default(), Vec::new());
        let Some(node) = at(&net.interfaces, interface) else { return (passed, maybe, unread) };
        let side = usize::from(direction == Direction::Egress);
        for &group in net.groups_of(node) {
            let Some(known) = at(&net.groups, group) else { continue };
            if known.resource.is_none() {
                let shard = at(&net.subnets, node.subnet).map_or(0, |subnet| subnet.shard);
                let what = format!("the rules of {}", known.id);
                unread.push(match net.missing(shard, Kind::SecurityGroup) {
                    Some(gap) => Unread::of(what, &gap),
                    None => Unread::never(what, "the group is not in this estate"),
                });
                maybe = self.alive.clone();
                continue;
            }
            let Some(gate) = known.group.gates.get(side) else { continue };
            passed = passed.or(&self.through(&gate.by_address, peer));
            for (services, named) in &gate.by_group {
                if carried.contains(named) {
                    passed = passed.or(&self.alive.with_services(&Services::range(services.0, services.1)));
                }
            }
            for (services, list) in &gate.unread {
                let open = self.alive.with_services(&Services::range(services.0, services.1));
                if self.edge && at(&net.lists, *list).is_some_and(|list| list.origin_facing) {
                    passed = passed.or(&open);
                } else if !open.is_empty() {
                    let id = at(&net.lists, *list).map_or("a prefix list", |list| list.id);
                    let action = Some("ec2:GetManagedPrefixListEntries".to_owned());
                    let what = format!("the entries of {id}, which {} names", known.id);
                    unread.push(Unread { what, action, why: "they were not read".to_owned() });
                    maybe = maybe.or(&open);
                }
            }
        }
        (passed, maybe, unread)
    }
}
