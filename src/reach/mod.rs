//! True reachability: who can open a connection to what, by which path.
//!
//! [`Network::new`] compiles an estate once: security groups and network ACLs into exact sets, route tables into
//! longest-prefix partitions. [`Network::answer`] then follows one packet and its reply, hop by hop, and says which
//! rule, entry or route decided at each; what stops a packet is told as the settings that all have to change. What
//! could not be read makes the answers that rest on it unknown, with the call that would tell.
//!
//! Offline and deterministic. Semantics: AWS's user guides, as the numbered items that the tests are named after.

mod admitted;
mod balancer;
mod between;
mod beyond;
pub mod blast;
mod block;
mod build;
mod class;
mod client_vpn;
pub mod condition;
mod delegated;
mod derive;
mod directory;
pub mod door;
mod edge;
pub mod exposed;
mod few;
mod filter;
pub mod gate;
mod gates;
mod network;
mod party;
pub mod path;
mod reply;
mod route;
pub mod service;
pub mod set;
mod target;
mod target_group;
mod tell;
mod transit;
mod vpn;
mod walk;
mod way;
pub mod words;

#[cfg(test)]
mod checklist;

use std::net::IpAddr;

pub use admitted::{Admissions, Admitted};
pub use between::Approach;
pub use beyond::Neighbour;
pub use blast::{Chain, Link, Mode};
pub use door::{Behind, Door, DoorKind};
pub use exposed::{Exposure, Exposures, Reach, shown};
pub use filter::{CLIENT_PORTS, Direction, SERVICE_PORTS};
pub use gate::Gate;
pub use network::Network;
pub use party::Party;
pub use path::{Answer, Component, Explanation, PathComponent, Unread, Verdict};
pub use service::Service;
pub use set::{Addresses, Boxes, Services};

use crate::model::Kind;
use beyond::Beyond;
use network::{Holder, Id, at};
use set::number;
use walk::{Landing, Seen, Walk};

/// Who sends a packet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    /// A host on the internet.
    Internet,
    /// An instance or a network interface, by its id.
    Resource(String),
    /// A network beyond the estate, by the VPN connection that it is behind, or the peering connection to its VPC.
    Beyond(String),
}

/// One packet: the first of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Who sends it.
    pub sender: Sender,
    /// From which address; the sender's primary one when it is not told.
    pub source: Option<IpAddr>,
    /// To which address.
    pub destination: IpAddr,
    /// To which service.
    pub service: Service,
    /// From which port; any of those that clients use when it is not told.
    pub source_port: Option<u16>,
}

/// Where a packet begins.
#[derive(Debug, Clone, Copy)]
enum Start {
    Internet,
    Interface(Id),
    Beyond(Beyond),
}

/// A packet that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// The estate has no such sender.
    #[error(
        "`{0}` is no instance, network interface or VPN connection of this estate, nor a peering connection out of it"
    )]
    NoSender(String),
    /// The sender has no address of the destination's family.
    #[error("`{0}` has no {1} address to send from")]
    NoAddress(String, &'static str),
    /// The estate has no such target.
    #[error("`{0}` has no network interface in this estate")]
    NoTarget(String),
    /// An internet host's address is not known.
    #[error("a packet from the internet needs the address it comes from")]
    NoSource,
}

impl Network<'_> {
    /// Follows one packet and its reply.
    ///
    /// # Errors
    /// When the packet cannot be sent at all.
    pub fn answer(&self, packet: &Packet) -> Result<Answer, PacketError> {
        if let Some(answer) = self.answer_client(packet) {
            return Ok(answer);
        }
        let destination = number(packet.destination);
        let (start, source) = match self.start(&packet.sender, packet.source, set::is_v4(destination))? {
            (Start::Beyond(beyond), None) => return Ok(self.answer_unknown(beyond)),
            (start, source) => (start, source.unwrap_or_default()),
        };
        let mut answer = self.answer_from(start, source, packet);
        for (other, own) in self.further_senders(packet) {
            let further = self.answer_from(Start::Interface(other), own, packet);
            if rank(further.verdict) > rank(answer.verdict) {
                answer = further;
                let name = at(&self.interfaces, other).map_or("", |other| other.id);
                answer.notes.push(format!("sent from {name}: its first interface does not get there"));
            }
        }
        Ok(answer)
    }

    /// The other interfaces of a sender that is named as a whole, and the address that each sends from.
    fn further_senders(&self, packet: &Packet) -> Vec<(Id, u128)> {
        let Sender::Resource(name) = &packet.sender else { return Vec::new() };
        if packet.source.is_some() || self.interface_named(name).is_some() {
            return Vec::new();
        }
        let (first, v4) = (self.instance_named(name), packet.destination.is_ipv4());
        let others = self.owned(name).iter().copied().filter(|other| Some(*other) != first);
        let own = |other: Id| at(&self.interfaces, other)?.addresses.iter().find(|(own, _)| set::is_v4(*own) == v4);
        others.filter_map(|other| Some((other, own(other)?.0))).collect()
    }

    /// The same from where the packet begins.
    fn answer_from(&self, start: Start, source: u128, packet: &Packet) -> Answer {
        let destination = number(packet.destination);
        let service = packet.service.number();
        let alive = Boxes::product(&Services::range(service, service), &Addresses::one(source));
        let mut walk = Walk::new(self, alive, true);
        walk.source_port = packet.source_port;
        let landing = match start {
            Start::Interface(interface) => walk.send(interface, source, destination),
            Start::Internet => self.send_from_internet(&mut walk, source, destination),
            Start::Beyond(beyond) => walk.come_from_beyond(beyond, source, destination),
        };
        if landing == Landing::Nowhere
            && walk.story.as_ref().is_some_and(|s| s.blocks.is_empty() && s.unread.is_empty())
        {
            walk.stop(nowhere(destination));
        }
        walk.reply();
        verdict(walk, landing)
    }

    /// Where a sender's packets begin, and the address that they are sent from; none where a network's addresses are not
    /// known.
    fn start(&self, sender: &Sender, source: Option<IpAddr>, v4: bool) -> Result<(Start, Option<u128>), PacketError> {
        let source = source.map(number);
        match sender {
            Sender::Internet => Ok((Start::Internet, Some(source.ok_or(PacketError::NoSource)?))),
            Sender::Resource(name) => {
                let (interface, source) = self.sender(name, source, v4)?;
                Ok((Start::Interface(interface), Some(source)))
            }
            Sender::Beyond(name) => {
                let beyond = self.beyond(name).ok_or_else(|| PacketError::NoSender(name.clone()))?;
                let source = match source {
                    Some(source) if set::is_v4(source) == v4 => Some(source),
                    Some(_) => return Err(self.no_address_beyond(beyond, v4)),
                    None => self.source_beyond(beyond, v4)?,
                };
                Ok((Start::Beyond(beyond), source))
            }
        }
    }

    /// The interface and address that a named sender sends from.
    fn sender(&self, name: &str, source: Option<u128>, v4: bool) -> Result<(Id, u128), PacketError> {
        let primary = self.interface_named(name).or_else(|| self.instance_named(name));
        let primary = primary.ok_or_else(|| PacketError::NoSender(name.to_owned()))?;
        let Some(source) = source else {
            let own =
                at(&self.interfaces, primary).and_then(|i| i.addresses.iter().find(|(a, _)| set::is_v4(*a) == v4));
            let family = if v4 { "IPv4" } else { "IPv6" };
            let own = own.ok_or_else(|| PacketError::NoAddress(name.to_owned(), family))?;
            return Ok((primary, own.0));
        };
        if self.owns(primary, source) {
            return Ok((primary, source));
        }
        let same = |interface: &network::Interface<'_>| match interface.holder {
            Holder::Instance(instance) => instance.instance_id == *name,
            Holder::Managed(Kind::Instance, instance) => instance == name,
            _ => false,
        };
        let mut all = self.interfaces.iter().enumerate().map(|(index, interface)| (network::id(index), interface));
        let other = all.find(|(id, interface)| same(interface) && self.owns(*id, source));
        Ok((other.map_or(primary, |(id, _)| id), source))
    }

    fn send_from_internet(&self, walk: &mut Walk<'_, '_>, source: u128, destination: u128) -> Landing {
        if self.public_at(destination).is_some() {
            return walk.come_in(Seen::As(source), destination);
        }
        self.reaches_nobody(walk, destination);
        // What else would stop it at the one interface that it can be meant for.
        let mut having = (0..self.vpcs.len()).filter_map(|vpc| self.interface_at(network::id(vpc), destination));
        if let (Some(interface), None) = (having.next(), having.next()) {
            walk.enter(interface, destination, Seen::As(source));
        }
        Landing::Nowhere
    }

    /// A packet from the internet for which nothing has the address.
    fn reaches_nobody(&self, walk: &mut Walk<'_, '_>, destination: u128) {
        match self.unlisted().filter(|_| Addresses::internet().contains(destination)) {
            Some(gap) => walk.unread(Unread::of(format!("what has {}", set::address(destination)), &gap)),
            None => walk.stop(nowhere(destination)),
        }
    }

    /// What is missing of the listings that tell which addresses there are.
    fn unlisted(&self) -> Option<crate::model::Gap> {
        let kinds = [Kind::NetworkInterface, Kind::Subnet];
        let shards = self.estate.shards.iter().filter(|shard| shard.holds(Kind::Subnet));
        shards.flat_map(|shard| kinds.map(|kind| shard.missing_kind(kind))).flatten().next()
    }
}

/// The better of two answers is the one that tells more of what gets there.
const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Connects => 4,
        Verdict::Gated => 3,
        Verdict::Unknown => 2,
        Verdict::Delivers => 1,
        Verdict::Denied => 0,
    }
}

/// The verdict on one packet, by what its story met.
fn verdict(walk: Walk<'_, '_>, landing: Landing) -> Answer {
    let gates = walk.gates;
    let mut story = walk.story.unwrap_or_default();
    let replied = story.blocks.len() == story.forward_blocks;
    let verdict = if story.forward_blocks > 0 {
        Verdict::Denied
    } else if story.forward_unread > 0 {
        Verdict::Unknown
    } else if !replied {
        Verdict::Delivers
    } else if story.unread.is_empty() && landing != Landing::Nowhere {
        if gates.is_empty() { Verdict::Connects } else { Verdict::Gated }
    } else {
        Verdict::Unknown
    };
    if verdict != Verdict::Denied {
        story.notes.extend(gates.iter().map(ToString::to_string));
    }
    Answer {
        verdict,
        forward_path_components: story.forward,
        return_path_components: story.back,
        explanations: story.blocks,
        unread: if verdict == Verdict::Denied { Vec::new() } else { story.unread },
        notes: story.notes,
    }
}

/// Why nothing has an address.
fn nowhere(destination: u128) -> Explanation {
    let shown = set::address(destination);
    let private = !Addresses::internet().contains(destination);
    let text = if private {
        format!("{shown} is no address that the internet routes")
    } else {
        format!("nothing in this estate has the public address {shown}")
    };
    let mut why = Explanation::new("IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS", text);
    why.address = Some(shown.to_string());
    why
}
