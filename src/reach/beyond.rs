//! Networks beyond the estate that have addresses of their own: behind a VPN connection, or the VPC at the other end of
//! a peering connection that was not read. What they send enters by the gateway that they are joined to.
//!
//! What filters and routes it on its own side is not read; that it is sent at all, and that a reply is taken, is
//! assumed.
//!
//! Source: Site-to-Site VPN guide; VPC guide, "Gateway route tables"; VPC Peering guide, "Limitations"; Transit Gateways
//! guide, "How transit gateways work".

use std::net::IpAddr;

use super::network::{Id, Network, VpcNode, at, id};
use super::path::{Answer, Component, Explanation, PathComponent, Unread, Verdict};
use super::set::{self, Addresses, address, is_v4};
use super::transit::Attached;
use super::vpn::{carries, works};
use super::walk::{Landing, Leg, Seen, Walk};
use super::way::{End, Step, Way, stopped};
use super::{Boxes, PacketError, Reach, Services, service};
use crate::model::resource::VpnConnection;
use crate::model::{Describe, Kind};

/// A network beyond, by what joins it to the estate: its place among VPN connections or peering connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beyond {
    Vpn(usize),
    Peer(Id),
}

/// A network beyond the estate that sends to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour<'e> {
    /// VPN connection or peering connection.
    pub kind: Kind,
    /// Its id.
    pub id: &'e str,
    /// Its name.
    pub name: Option<&'e str>,
    /// The customer gateway at the other end of a VPN connection.
    pub customer_gateway: Option<&'e str>,
    /// Its addresses, where they are known.
    pub addresses: Option<Addresses>,
}

impl Neighbour<'_> {
    /// The address of a family that stands for any of them.
    #[must_use]
    pub fn usual(&self, v4: bool) -> Option<IpAddr> {
        self.addresses.as_ref().and_then(|all| usual(all, v4)).map(address)
    }
}

/// The first address of a family; not a range's very first, which is often the network's own.
fn usual(all: &Addresses, v4: bool) -> Option<u128> {
    let own = all.and(&Addresses::family(v4));
    own.ranges().first().map(|(first, last)| if last > first { first + 1 } else { *first })
}

impl<'e> Network<'e> {
    /// The networks beyond the estate that send to it, in the order of the estate.
    #[must_use]
    pub fn neighbours_beyond(&self) -> Vec<Neighbour<'e>> {
        let vpns = self.vpns.iter().enumerate().map(|(place, vpn)| Neighbour {
            kind: Kind::VpnConnection,
            id: vpn.vpn_connection_id.as_str(),
            name: vpn.name(),
            customer_gateway: vpn.customer_gateway_id.as_deref(),
            addresses: self.addresses_beyond(Beyond::Vpn(place)),
        });
        let peers = self.peerings.iter().enumerate().filter_map(|(place, peering)| {
            self.sides(id(place))?;
            Some(Neighbour {
                kind: Kind::VpcPeeringConnection,
                id: peering.resource.vpc_peering_connection_id.as_str(),
                name: peering.resource.name(),
                customer_gateway: None,
                addresses: self.addresses_beyond(Beyond::Peer(id(place))),
            })
        });
        vpns.chain(peers).collect()
    }

    /// The network beyond a connection.
    pub(super) fn beyond(&self, name: &str) -> Option<Beyond> {
        let vpn = self.vpns.iter().position(|vpn| vpn.vpn_connection_id.as_str() == name).map(Beyond::Vpn);
        let peer = || self.by_id.peering.get(name).filter(|peering| self.sides(*peering).is_some()).map(Beyond::Peer);
        vpn.or_else(peer)
    }

    /// The VPC of the estate at one end of a peering connection and the one at the other, of which only the ranges are
    /// known.
    fn sides(&self, peering: Id) -> Option<(Id, Id)> {
        let [Some(one), Some(other)] = at(&self.peerings, peering)?.vpcs else { return None };
        let read = |vpc: Id| at(&self.vpcs, vpc).is_some_and(|node| node.resource.is_some());
        match (read(one), read(other)) {
            (true, false) => Some((one, other)),
            (false, true) => Some((other, one)),
            _ => None,
        }
    }

    /// The addresses that a network beyond has: the static routes of a VPN connection, what a transit gateway's tables
    /// send to it, the ranges of a peer's VPC. `None` where none is known.
    pub(super) fn addresses_beyond(&self, beyond: Beyond) -> Option<Addresses> {
        let known = match beyond {
            Beyond::Vpn(vpn) => {
                let vpn = self.vpns.get(vpn)?;
                let routes = vpn.routes.iter().filter(|route| route.state.as_deref().is_none_or(|s| s == "available"));
                let fixed = Addresses::parse(routes.filter_map(|route| route.destination_cidr_block.as_deref()));
                let tables = self.transit_tables.iter().flat_map(|table| &table.table.entries);
                let led = tables.filter(|entry| !entry.blackhole && self.leads_to(entry.target, vpn));
                led.fold(fixed, |all, entry| all.or(&Addresses::range(entry.prefix.0, entry.prefix.1)))
            }
            Beyond::Peer(peering) => at(&self.vpcs, self.sides(peering)?.1)?.cidrs.clone(),
        };
        (!known.is_empty()).then_some(known)
    }

    fn leads_to(&self, target: super::route::Target, vpn: &VpnConnection) -> bool {
        let super::route::Target::Attachment(attachment) = target else { return false };
        let attached = at(&self.attachments, attachment).map(|node| &node.attached);
        matches!(attached, Some(Attached::Vpn(name)) if *name == vpn.vpn_connection_id.as_str())
    }

    /// The address that a network beyond sends from, when none is named: one that stands for them all.
    ///
    /// # Errors
    /// When it has none of that family; nothing is known of one whose addresses are not known.
    pub(super) fn source_beyond(&self, beyond: Beyond, v4: bool) -> Result<Option<u128>, PacketError> {
        let Some(all) = self.addresses_beyond(beyond) else { return Ok(None) };
        let usual = usual(&all, v4);
        if usual.is_none() { Err(self.no_address_beyond(beyond, v4)) } else { Ok(usual) }
    }

    pub(super) fn no_address_beyond(&self, beyond: Beyond, v4: bool) -> PacketError {
        PacketError::NoAddress(self.name_beyond(beyond).to_owned(), if v4 { "IPv4" } else { "IPv6" })
    }

    fn name_beyond(&self, beyond: Beyond) -> &'e str {
        match beyond {
            Beyond::Vpn(vpn) => self.vpns.get(vpn).map_or("", |vpn| vpn.vpn_connection_id.as_str()),
            Beyond::Peer(peering) => {
                at(&self.peerings, peering).map_or("", |p| p.resource.vpc_peering_connection_id.as_str())
            }
        }
    }

    /// What is missing where a network's addresses are not known.
    fn unknown_addresses(&self, beyond: Beyond) -> Unread {
        let what = format!("which addresses are behind {}", self.name_beyond(beyond));
        let why = "nothing here tells them (it learns routes by BGP, or its routes were not read); name the one that \
                   sends as the source address";
        Unread::never(what, why)
    }

    /// The answer for a packet from a network whose addresses are not known.
    pub(super) fn answer_unknown(&self, beyond: Beyond) -> Answer {
        Answer {
            verdict: Verdict::Unknown,
            forward_path_components: Vec::new(),
            return_path_components: Vec::new(),
            explanations: Vec::new(),
            unread: vec![self.unknown_addresses(beyond)],
            notes: Vec::new(),
        }
    }

    /// What of a network beyond reaches an address: one of its addresses stands for all between two edges of rules and
    /// routes.
    pub(super) fn reach_from_beyond(&self, beyond: Beyond, source: Option<IpAddr>, destination: u128) -> Reach {
        let every = Services::range(0, service::LAST);
        let known = source.map(|source| Addresses::one(set::number(source))).or_else(|| self.addresses_beyond(beyond));
        let Some(own) = known else {
            let all = Boxes::product(&every, &Addresses::family(is_v4(destination)));
            return Reach::unknown(all, self.unknown_addresses(beyond));
        };
        let own = own.and(&Addresses::family(is_v4(destination)));
        let mut edges = self.edges();
        for vpn in &self.vpns {
            let routes = vpn.routes.iter().filter_map(|route| route.destination_cidr_block.as_deref());
            let ranges = Addresses::parse(routes);
            edges
                .extend(ranges.ranges().iter().flat_map(|(first, last)| [Some(*first), last.checked_add(1)]).flatten());
        }
        edges.sort_unstable();
        let mut found = Reach::default();
        for (first, last) in own.ranges() {
            let from = edges.partition_point(|edge| edge <= first);
            let inside = edges.iter().skip(from).take_while(|edge| *edge <= last);
            let begins: Vec<u128> = std::iter::once(*first).chain(inside.copied()).collect();
            let ends = begins.iter().skip(1).map(|next| next - 1).chain([*last]);
            for (begin, end) in begins.iter().copied().zip(ends).filter(|(begin, end)| begin <= end) {
                let one = self.reach_of(&Boxes::product(&every, &Addresses::one(begin)), |walk| {
                    walk.come_from_beyond(beyond, begin, destination);
                });
                found.add(one, &Addresses::range(begin, end));
            }
        }
        found
    }

    /// Into the VPC of a virtual private gateway, by the gateway's own route table if it has one.
    fn way_from_gateway(&self, vpc: Id, table: Option<Id>, destination: u128) -> Way {
        let end = self.local(vpc, destination);
        let End::Interface(interface) = end else {
            let end = match end {
                End::Stopped(mut why) => {
                    "VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS".clone_into(&mut why.explanation_code);
                    End::Stopped(why)
                }
                other => other,
            };
            return Way { steps: Vec::new(), end, references: false, toward: None };
        };
        self.way_in_by(table, (interface, destination), false)
    }

    /// Out of a peering connection into the VPC of this estate.
    fn way_from_peer(&self, ours: Id, destination: u128) -> Way {
        let (steps, end) = (Vec::new(), self.local(ours, destination));
        let mut way = Way { steps, end, references: false, toward: None };
        self.step_in(&mut way, Id::MAX);
        way
    }

    /// From a VPN connection into its transit gateway and on.
    fn way_from_attachment(&self, vpn: &VpnConnection, destination: u128) -> Way {
        let (steps, end) = (Vec::new(), End::OutsideOnly);
        let mut way = Way { steps, end, references: false, toward: None };
        let name = vpn.vpn_connection_id.as_str();
        let own = self.attachments.iter().position(|node| node.attached == Attached::Vpn(name));
        let Some((place, node)) = own.and_then(|place| Some((id(place), self.attachments.get(place)?))) else {
            way.end = match self.missing_anywhere(&[Kind::TransitGatewayAttachment]) {
                Some(gap) => End::Unread(Box::new(Unread::of(format!("the attachment of {name}"), &gap))),
                None => stopped(by("BAD_STATE_ATTACHMENT", format!("{name} is attached to no transit gateway"), name)),
            };
            return way;
        };
        if !node.available {
            let text = format!("{} is not available", node.id);
            way.end = stopped(by("BAD_STATE_ATTACHMENT", text, node.id));
            return way;
        }
        way.steps.push(Step::Attachment(place));
        way.steps.extend(self.by_id.transit.get(node.gateway).map(Step::Transit));
        self.switch(&mut way, (place, Id::MAX), destination, 0);
        if way.references {
            way.references = false;
        }
        way
    }

    /// Whether a way leads an address back to a network beyond: by the connection that it sent by, or by another to the
    /// same customer gateway. A gateway with several sends by those that hold the address.
    fn leads_back(&self, beyond: Beyond, way: &Way, to: u128) -> Option<Component> {
        match (beyond, &way.end) {
            (Beyond::Vpn(vpn), End::Remote(by)) => {
                let vpn = self.vpns.get(vpn)?;
                let same = |other: &&&VpnConnection| {
                    let of_gateway = other.vpn_gateway_id.as_ref().is_some_and(|gateway| gateway.as_str() == by.id);
                    let named =
                        other.vpn_connection_id.as_str() == by.id || (of_gateway && works(other) && carries(other, to));
                    let customer =
                        vpn.customer_gateway_id.is_some() && other.customer_gateway_id == vpn.customer_gateway_id;
                    named && (customer || other.vpn_connection_id == vpn.vpn_connection_id)
                };
                self.vpns.iter().find(same).map(|_| by.clone())
            }
            (Beyond::Peer(peering), End::Unread(_)) => {
                let (_, there) = self.sides(peering)?;
                let here = way.steps.last() == Some(&Step::Peering(peering));
                at(&self.vpcs, there).filter(|_| here).map(|vpc| Component::new(vpc.id))
            }
            _ => None,
        }
    }
}

fn by(code: &str, text: String, component: &str) -> Explanation {
    let mut why = Explanation::new(code, text);
    why.component = Some(Component::new(component));
    why
}

impl Walk<'_, '_> {
    /// What a network beyond sends.
    pub(super) fn come_from_beyond(&mut self, beyond: Beyond, source: u128, destination: u128) -> Landing {
        let name = self.net.name_beyond(beyond);
        self.note(format!("assumed: what filters and routes {} behind {name} lets it through", address(source)));
        let way = match beyond {
            Beyond::Vpn(vpn) => self.through_vpn(vpn, destination),
            Beyond::Peer(peering) => self.through_peering(peering, source, destination),
        };
        let Some(way) = way else { return Landing::Nowhere };
        self.steps(&way, Seen::As(source), destination);
        match &way.end {
            End::Interface(to) => {
                self.legs.push(Leg::Beyond { to: *to, source, destination, by: beyond });
                self.arrive_as(*to, Seen::As(source), destination, None)
            }
            End::Stopped(why) => {
                self.stop((**why).clone());
                Landing::Nowhere
            }
            End::Unread(what) => {
                self.unread((**what).clone());
                Landing::Nowhere
            }
            End::Nat(_) => {
                let text = format!("a NAT gateway takes nothing from {name}");
                self.stop(by("NGW_REQUIRES_SOURCE_IN_VPC", text, name));
                Landing::Nowhere
            }
            End::Remote(other) => {
                let why = "what one VPN sends to another is not modelled";
                self.unread(Unread::never(format!("whether {other} sends back to {name}"), why));
                Landing::Remote
            }
            End::Outside(_) | End::OutsideOnly | End::Service(_) => {
                let text = format!("what {name} sends does not leave AWS's network again by another gateway");
                self.stop(by("NO_PATH", text, name));
                Landing::Nowhere
            }
        }
    }

    /// Through a VPN connection to the gateway at AWS's side of it.
    fn through_vpn(&mut self, vpn: usize, destination: u128) -> Option<Way> {
        let net = self.net;
        let vpn = net.vpns.get(vpn)?;
        let name = vpn.vpn_connection_id.as_str();
        self.hop(PathComponent::new(Component { id: name.to_owned(), name: vpn.name().map(str::to_owned) }));
        if !works(vpn) {
            let code = if vpn.transit_gateway_id.is_some() { "TGW_BAD_STATE_VPN" } else { "BAD_STATE_VPN" };
            self.stop(by(code, format!("{name} is not available with a tunnel that is up"), name));
        }
        if vpn.transit_gateway_id.is_some() {
            return Some(net.way_from_attachment(vpn, destination));
        }
        let Some(gateway) = vpn.vpn_gateway_id.as_ref() else {
            self.unread(Unread::never(format!("where {name} leads"), "Cloud WAN is not modelled"));
            return None;
        };
        let node = net.by_id.vpn_gateway.get(gateway.as_str()).and_then(|node| at(&net.vpn_gateways, node));
        let Some(node) = node else {
            let what = format!("the VPC of {gateway}");
            let gap = net.estate.shards.iter().find_map(|shard| shard.missing_kind(Kind::VpnGateway));
            let unread =
                gap.map_or_else(|| Unread::never(&what, "it is not in this estate"), |gap| Unread::of(&what, &gap));
            self.unread(unread);
            return None;
        };
        self.hop(PathComponent::new(Component::new(gateway.as_str())));
        let Some(vpc) = node.vpc.filter(|_| node.resource.state.as_deref().is_none_or(|state| state == "available"))
        else {
            self.stop(by("BAD_STATE_ATTACHMENT", format!("{gateway} is not attached to a VPC"), gateway.as_str()));
            return None;
        };
        Some(net.way_from_gateway(vpc, node.table, destination))
    }

    /// Through a peering connection, from the VPC that was not read into the one that was.
    fn through_peering(&mut self, peering: Id, source: u128, destination: u128) -> Option<Way> {
        let net = self.net;
        let (ours, there) = net.sides(peering)?;
        let (node, there, here) = (at(&net.peerings, peering)?, at(&net.vpcs, there)?, at(&net.vpcs, ours)?);
        self.hop(PathComponent::new(Component::new(there.id)));
        self.hop_peering(peering);
        let name = node.resource.vpc_peering_connection_id.as_str();
        let status = node.resource.status.as_ref().and_then(|status| status.code.as_deref());
        if let Some(other) = status.filter(|status| *status != "active") {
            self.stop(by("BAD_STATE", format!("{name} is {other}"), name));
        }
        let lacks = |vpc: &VpcNode<'_>, one: u128| !vpc.cidrs.is_empty() && !vpc.cidrs.contains(one);
        for (vpc, one) in [(there, source), (here, destination)] {
            if lacks(vpc, one) {
                let text =
                    format!("{} is not in {}, and {name} carries nothing from or to beyond", address(one), vpc.id);
                self.stop(by("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", text, name));
            }
        }
        self.peer = Some(peering);
        Some(net.way_from_peer(ours, destination))
    }

    /// The reply to a network beyond.
    pub(super) fn reply_beyond(&mut self, to: Id, (source, destination): (u128, u128), by: Beyond) {
        let net = self.net;
        let Some(subnet) = at(&net.interfaces, to).map(|interface| interface.subnet) else { return };
        self.hop_interface(to);
        let way = net.way(subnet, source);
        self.steps(&way, Seen::As(destination), source);
        match net.leads_back(by, &way, source) {
            Some(component) => self.hop(PathComponent::new(component)),
            None => self.lost(&way.end, source),
        }
    }
}
