//! What connects from one interface to another.

use super::doubt::Doubts;
use crate::reach::filter::{Acl, Direction};
use crate::reach::network::{Holder, Id, Interface, Network, at};
use crate::reach::service;
use crate::reach::set::{Addresses, Boxes, Services, is_v4};
use crate::reach::walk::{Landing, Seen, Walk};

impl<'e> Network<'e> {
    /// The services by which an interface connects to another at its private addresses.
    pub(super) fn services_between(&self, from: Id, to: Id, doubts: &mut Doubts) -> Services {
        let (Some(sender), Some(receiver)) = (at(&self.interfaces, from), at(&self.interfaces, to)) else {
            return Services::default();
        };
        if let Some(services) = self.plainly(sender, receiver) {
            return services;
        }
        self.boxes_between(from, to, doubts).services()
    }

    /// The same with the address that each is opened from.
    pub(super) fn boxes_between(&self, from: Id, to: Id, doubts: &mut Doubts) -> Boxes {
        let (Some(sender), Some(receiver)) = (at(&self.interfaces, from), at(&self.interfaces, to)) else {
            return Boxes::default();
        };
        let mut found = Boxes::default();
        for &(source, _) in &sender.addresses {
            for &(destination, _) in receiver.addresses.iter().filter(|(a, _)| is_v4(*a) == is_v4(source)) {
                if self.kept_out(receiver, source, sender) {
                    continue;
                }
                found = found.or(&self.boxes_from((from, to), (source, destination), doubts));
            }
        }
        found
    }

    /// The connections that an interface makes from one of its addresses to one of another's, by the address that it is
    /// seen with there.
    pub(super) fn boxes_from(
        &self,
        (from, to): (Id, Id),
        (source, destination): (u128, u128),
        doubts: &mut Doubts,
    ) -> Boxes {
        let all = Boxes::product(&Services::range(0, service::LAST), &Addresses::one(source));
        let mut walk = Walk::new(self, all, false);
        walk.hopeful = doubts.hopeful;
        // Networks may use the same addresses: then it is somebody else who gets it.
        match walk.send(from, source, destination) {
            Landing::Interface(there, _) if there != to => return Boxes::default(),
            Landing::Outside | Landing::Service | Landing::Remote => return Boxes::default(),
            Landing::Interface(..) | Landing::Nowhere => {}
        }
        let seen = walk.seen_at_the_end(source);
        walk.reply();
        doubts.unread.append(&mut walk.unsure);
        match seen {
            Seen::As(seen) if seen != source => Boxes::product(&walk.alive.services(), &Addresses::one(seen)),
            _ => walk.alive,
        }
    }

    /// Whether the receiver's groups let nothing in from an address that is not changed on the way.
    fn kept_out(&self, receiver: &Interface<'e>, source: u128, sender: &Interface<'e>) -> bool {
        let balanced = matches!(receiver.holder, Holder::Balancer(_) | Holder::UnknownBalancer);
        !balanced
            && sender.vpc == receiver.vpc
            && at(&self.subnets, sender.subnet).is_some_and(|subnet| subnet.inside)
            && self.let_through(receiver, Direction::Ingress, source, sender).is_some_and(|open| open.is_empty())
    }

    /// Where only security groups and ACLs decide: in one subnet, or in subnets of one VPC whose route tables do not
    /// divert it. The walk would say the same, for longer.
    fn plainly(&self, sender: &Interface<'e>, receiver: &Interface<'e>) -> Option<Services> {
        // A Client VPN endpoint has rules and routes of its own, and load balancers their own ways.
        if sender.vpc != receiver.vpc
            || matches!(sender.holder, Holder::Sender(..) | Holder::Balancer(_) | Holder::UnknownBalancer)
            || matches!(
                receiver.holder,
                Holder::Silent(_) | Holder::Sender(..) | Holder::Nobody | Holder::Balancer(_) | Holder::UnknownBalancer
            )
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
        let sends_for_others = usize::from(matches!(sender.holder, Holder::Silent(_)));
        let first = [(here, Direction::Egress, *destination), (there, Direction::Ingress, *source)];
        let replies = [(there, Direction::Egress, *source), (here, Direction::Ingress, *destination)];
        let closed = |(acl, way, peer): &(&Acl, Direction, u128)| !acl.passage(*way).opens(*peer);
        let passing = first.into_iter().filter(closed).map(|(acl, way, peer)| acl.passage(way).allowed.slice(peer));
        let answers = replies.into_iter().filter(closed);
        let answers =
            answers.filter_map(|(acl, way, peer)| Some((acl.passage(way).replies.get(sends_for_others)?, peer)));
        // Where both let only some ports back, there has to be one that both do: the walk looks for it.
        if answers.clone().filter(|(replies, _)| replies.partial).count() > 1 {
            return None;
        }
        let answered = answers.map(|(replies, peer)| replies.some.slice(peer));
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
            let gate = group.group.gates.get(side).filter(|gate| gate.unread.is_empty())?;
            open.extend(gate.by_address.cells().iter().filter(|(_, set)| set.contains(peer)).map(|(range, _)| *range));
            open.extend(gate.by_group.iter().filter(|(_, named)| carried.contains(named)).map(|(range, _)| *range));
        }
        Some(Services::of(open))
    }
}
