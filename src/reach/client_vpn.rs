//! Client VPN endpoints: where those who have logged in get to. An endpoint carries a packet that one of its
//! authorization rules allows and one of its routes sends by the association that the client is connected to; the packet
//! goes on from the association's interface, with that one's address and security groups.
//!
//! The rules of the longest prefix decide, and no others; none means that it is not allowed. Which users are in a group
//! is not read: a rule for a group is a gate that names it. IPv6 through an endpoint is not modelled.
//!
//! Source: Client VPN administrator guide, "Authorization rules", "Routes", "Rules and best practices".

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::gate::Gate;
use super::network::{Holder, Id, Network, at, id};
use super::path::{Answer, Component, Explanation, Unread, Verdict};
use super::set::{Addresses, address, ends, is_v4, number, parse_net};
use super::walk::Walk;
use super::{Packet, Sender, Start};
use crate::model::resource::{ClientVpnAuthorizationRule, ClientVpnEndpoint, ClientVpnStatus};
use crate::model::{Describe, Kind, Shard, SubnetId, VpcId};

const RULES: &str = "ec2:DescribeClientVpnAuthorizationRules";
const ROUTES: &str = "ec2:DescribeClientVpnRoutes";
const NETWORKS: &str = "ec2:DescribeClientVpnTargetNetworks";

/// What an endpoint makes of a packet to an address.
enum Carried {
    /// It carries it for those.
    For(Gate),
    /// It drops it.
    Dropped(String),
    /// It cannot be told.
    Unread(Unread),
}

/// Whether a part of an endpoint is in force: one that tells nothing of itself is taken to be.
pub(super) fn in_force(status: Option<&ClientVpnStatus>) -> bool {
    let code = status.and_then(|status| status.code.as_deref());
    matches!(code, None | Some("active" | "available" | "associated"))
}

fn holds(cidr: Option<&str>, address: u128) -> Option<u8> {
    let net = parse_net(cidr?)?;
    let (first, last) = ends(&net);
    (first <= address && address <= last && is_v4(first) == is_v4(address)).then(|| net.prefix_len())
}

/// What the rules ask of who sends to an address; nothing when none allows it.
fn asked(rules: &[ClientVpnAuthorizationRule], to: u128) -> Option<Gate> {
    let matching = rules.iter().filter(|rule| in_force(rule.status.as_ref()));
    let matching = matching.filter_map(|rule| Some((holds(rule.destination_cidr.as_deref(), to)?, rule)));
    let matching: Vec<_> = matching.collect();
    let longest = matching.iter().map(|(length, _)| *length).max()?;
    let winning = || matching.iter().filter(|(length, _)| *length == longest).map(|(_, rule)| rule);
    let everybody = winning().any(|rule| rule.access_all == Some(true) || rule.group_id.is_none());
    let groups: BTreeSet<String> = winning().filter_map(|rule| rule.group_id.clone()).collect();
    Some(Gate::ClientVpn(if everybody { Vec::new() } else { groups.into_iter().collect() }))
}

fn unread(shard: &Shard, endpoint: &ClientVpnEndpoint, (action, what): (&str, &str)) -> Unread {
    let what = format!("the {what} of {}", endpoint.id());
    shard.missing(action, Some(endpoint.id())).map_or_else(
        || Unread { what: what.clone(), action: Some(action.to_owned()), why: "they were not read".to_owned() },
        |gap| Unread::of(what.clone(), &gap),
    )
}

/// What an endpoint makes of a packet to an address that came by the association with a subnet.
fn carried((shard, endpoint): (&Shard, &ClientVpnEndpoint), subnet: &str, to: u128) -> Carried {
    let (name, shown) = (endpoint.id(), address(to));
    if !in_force(endpoint.status.as_ref()) {
        return Carried::Dropped(format!("{name} is not available"));
    }
    let Some(rules) = &endpoint.authorization_rules else {
        return Carried::Unread(unread(shard, endpoint, (RULES, "authorization rules")));
    };
    let Some(gate) = asked(rules, to) else {
        return Carried::Dropped(format!("no authorization rule of {name} allows {shown}"));
    };
    let Some(routes) = &endpoint.routes else {
        return Carried::Unread(unread(shard, endpoint, (ROUTES, "routes")));
    };
    let mut routes = routes.iter().filter(|route| in_force(route.status.as_ref()));
    let leads = routes.any(|route| {
        route.target_subnet.as_ref().is_some_and(|target| target.as_str() == subnet)
            && holds(route.destination_cidr.as_deref(), to).is_some()
    });
    if leads {
        Carried::For(gate)
    } else {
        Carried::Dropped(format!("no route of {name} leads to {shown} by {subnet}"))
    }
}

impl<'e> Network<'e> {
    /// The Client VPN endpoint that has an interface.
    fn endpoint_of(&self, interface: Id) -> Option<(&'e Shard, &'e ClientVpnEndpoint)> {
        let Holder::Sender(Kind::ClientVpnEndpoint, name) = at(&self.interfaces, interface)?.holder else {
            return None;
        };
        self.endpoints_of_clients().find(|(_, endpoint)| endpoint.id() == name)
    }

    /// The interfaces of a Client VPN endpoint, one for each association.
    pub(super) fn associations(&self, name: &str) -> Vec<Id> {
        let own = |holder: &Holder<'_>| matches!(holder, Holder::Sender(Kind::ClientVpnEndpoint, id) if *id == name);
        let all = self.interfaces.iter().enumerate().filter(|(_, node)| own(&node.holder));
        all.map(|(index, _)| id(index)).collect()
    }

    /// The ranges that rules and routes of Client VPN endpoints name.
    pub(super) fn nets_of_clients(&self) -> impl Iterator<Item = IpNet> {
        let named = self.endpoints_of_clients().flat_map(|(_, endpoint)| {
            let rules = endpoint.authorization_rules.iter().flatten().map(|rule| &rule.destination_cidr);
            rules.chain(endpoint.routes.iter().flatten().map(|route| &route.destination_cidr))
        });
        named.filter_map(|cidr| parse_net(cidr.as_deref()?))
    }

    /// The answer for a packet of a client, by whichever association it is connected to; nothing when the sender is no
    /// Client VPN endpoint.
    pub(super) fn answer_client(&self, packet: &Packet) -> Option<Answer> {
        let Sender::Resource(name) = &packet.sender else { return None };
        let associations = self.associations(name);
        let (shard, endpoint) = self.endpoint_of(*associations.first()?)?;
        let to = number(packet.destination);
        if !is_v4(to) {
            return unknown_v6(shard, endpoint, to);
        }
        let mut answers: Vec<(Id, Answer)> = Vec::new();
        for association in associations {
            let Some(own) = at(&self.interfaces, association).and_then(|node| node.addresses.first()) else { continue };
            if packet.source.is_none_or(|source| number(source) == own.0) {
                answers.push((association, self.answer_from(Start::Interface(association), own.0, packet)));
            }
        }
        let best = answers.iter().map(|(_, answer)| answer.verdict).max()?;
        let several = answers.iter().any(|(_, answer)| answer.verdict != best);
        let (association, mut answer) = answers.into_iter().find(|(_, answer)| answer.verdict == best)?;
        if several {
            let subnet = at(&self.interfaces, association).and_then(|node| at(&self.subnets, node.subnet))?;
            answer.notes.push(format!("for clients that are connected by {}", subnet.resource.subnet_id));
        }
        Some(answer)
    }

    /// The other interfaces of the endpoint that one is of.
    pub(super) fn other_associations(&self, interface: Id) -> Vec<Id> {
        let name = self.endpoint_of(interface).map(|(_, endpoint)| endpoint.id());
        let mut all = name.map(|name| self.associations(name)).unwrap_or_default();
        all.retain(|other| *other != interface);
        all
    }

    pub(super) fn endpoints_of_clients(&self) -> impl Iterator<Item = (&'e Shard, &'e ClientVpnEndpoint)> {
        let shards = self.estate.shards.iter();
        shards.flat_map(|shard| shard.resources.client_vpn_endpoints.iter().map(move |endpoint| (shard, endpoint)))
    }
}

/// The ranges that clients may go to, each with what is asked of them.
pub(super) type Led = BTreeMap<IpNet, Gate>;

/// Where an endpoint leads: by each subnet that it is associated with, what clients may go to, and who.
pub(super) fn led_by<'e>(shard: &Shard, endpoint: &'e ClientVpnEndpoint) -> Vec<(&'e str, Result<Led, Unread>)> {
    let Some(networks) = &endpoint.target_networks else {
        let place = endpoint.vpc_id.as_ref().map_or(endpoint.id(), VpcId::as_str);
        return vec![(place, Err(unread(shard, endpoint, (NETWORKS, "target networks"))))];
    };
    let mut led = Vec::new();
    for network in networks.iter().filter(|network| in_force(network.status.as_ref())) {
        let Some(subnet) = network.target_network_id.as_ref().map(SubnetId::as_str) else { continue };
        led.push((subnet, led_to(shard, endpoint, subnet)));
    }
    for attachment in endpoint.routes.iter().flatten().filter_map(|r| r.transit_gateway_attachment_id.as_ref()) {
        let what = format!("what clients of {} reach by {attachment}", endpoint.id());
        led.push((attachment.as_str(), Err(Unread::never(what, "endpoints at transit gateways are not modelled"))));
    }
    led
}

/// The ranges to which a route leads by a subnet, each with what the rules for it ask.
fn led_to(shard: &Shard, endpoint: &ClientVpnEndpoint, subnet: &str) -> Result<Led, Unread> {
    let mut led = BTreeMap::new();
    if !in_force(endpoint.status.as_ref()) {
        return Ok(led);
    }
    let missing = |part| unread(shard, endpoint, part);
    let rules = endpoint.authorization_rules.as_ref().ok_or_else(|| missing((RULES, "authorization rules")))?;
    let routes = endpoint.routes.as_ref().ok_or_else(|| missing((ROUTES, "routes")))?;
    let own = routes.iter().filter(|route| in_force(route.status.as_ref()));
    let own = own.filter(|route| route.target_subnet.as_ref().is_some_and(|target| target.as_str() == subnet));
    let led_there = Addresses::parse(own.filter_map(|route| route.destination_cidr.as_deref()));
    for rule in rules.iter().filter(|rule| in_force(rule.status.as_ref())) {
        let Some(net) = rule.destination_cidr.as_deref().and_then(parse_net) else { continue };
        let alike: Vec<_> = rules.iter().filter(|one| one.destination_cidr == rule.destination_cidr).cloned().collect();
        if !led_there.and(&Addresses::net(&net)).is_empty()
            && let Some(gate) = asked(&alike, ends(&net).0)
        {
            led.insert(net, gate);
        }
    }
    Ok(led)
}

/// Of IPv6 no packet is followed: what no rule names is not carried, the rest cannot be told.
fn unknown_v6(shard: &Shard, endpoint: &ClientVpnEndpoint, to: u128) -> Option<Answer> {
    let unread = match &endpoint.authorization_rules {
        None => unread(shard, endpoint, (RULES, "authorization rules")),
        Some(rules) => {
            asked(rules, to)?;
            let what = format!("what {} carries to {}", endpoint.id(), address(to));
            Unread::never(what, "IPv6 through a Client VPN is not modelled")
        }
    };
    let (forward_path_components, return_path_components) = Default::default();
    let (explanations, notes) = Default::default();
    let (verdict, unread) = (Verdict::Unknown, vec![unread]);
    Some(Answer { verdict, forward_path_components, return_path_components, explanations, unread, notes })
}

impl Walk<'_, '_> {
    /// Whether a Client VPN endpoint carries what its clients send to an address.
    pub(super) fn carried_for_clients(&mut self, from: Id, to: u128) {
        let Some(endpoint) = self.net.endpoint_of(from) else { return };
        let subnet = at(&self.net.interfaces, from).and_then(|node| at(&self.net.subnets, node.subnet));
        match carried(endpoint, subnet.map_or("", |subnet| subnet.resource.subnet_id.as_str()), to) {
            Carried::For(gate) => self.gates.push(gate),
            Carried::Dropped(text) => {
                let mut why = Explanation::new("NO_PATH", text);
                why.component = Some(Component::new(endpoint.1.id()));
                self.stop(why);
            }
            Carried::Unread(what) => self.unread(what),
        }
    }
}
