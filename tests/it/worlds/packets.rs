//! Packets that are interesting in an estate: between its interfaces, to its public addresses and load balancers,
//! from and to the internet, with ports at the edges of its rules.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bartizan::model::Estate;
use bartizan::model::resource::{NetworkInterface, VpcPeeringConnectionVpcInfo};
use ipnet::Ipv4Net;

use super::Dice;
use crate::simulator::{Packet, Protocol, Source, lookup};

const OUTSIDE: [&str; 9] = [
    "8.8.8.8",
    "198.51.100.7",
    "203.0.113.9",
    "203.0.113.200",
    "198.51.100.8",
    "52.216.7.7",
    "54.250.250.250",
    "2001:4860::8888",
    "2a00:1450::1",
];
const ODD: [&str; 8] = [
    "10.250.0.1",
    "10.0.0.2",
    "100.64.0.9",
    "192.168.7.7",
    "169.254.169.254",
    "169.254.168.9",
    "224.0.0.5",
    "2600:1f00:1:100::eeee",
];

/// What there is to aim at.
struct Marks<'a> {
    /// Those of instances.
    interfaces: Vec<&'a NetworkInterface>,
    /// Those of NAT gateways, functions, endpoints and nobody.
    others: Vec<&'a NetworkInterface>,
    balancers: Vec<&'a NetworkInterface>,
    publics: Vec<IpAddr>,
    /// VPN connections and peering connections to VPCs that are not read.
    beyond: Vec<String>,
    ports: Vec<u16>,
}

/// Interesting packets; the same seed gives the same ones.
pub(crate) fn packets(estate: &Estate, seed: u64, count: usize) -> Vec<Packet> {
    let mut dice = Dice::new(seed ^ 0x7061_636b_6574_7321);
    let marks = marks(estate);
    (0..count).map(|_| packet(estate, &marks, &mut dice)).collect()
}

fn marks(estate: &Estate) -> Marks<'_> {
    let all: Vec<_> = lookup::all(estate, |r| &r.network_interfaces).collect();
    let associations = all.iter().flat_map(|each| &each.private_ip_addresses).filter_map(|a| a.association.as_ref());
    let publics = associations.filter_map(|a| a.public_ip.as_deref()?.parse().ok()).collect();
    let of_balancer = |each: &NetworkInterface| each.description.as_deref().is_some_and(|d| d.starts_with("ELB "));
    let (balancers, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|each| of_balancer(each));
    let (interfaces, others) = rest.into_iter().partition(|each| lookup::instance_of(each).is_some());
    Marks { interfaces, others, balancers, publics, beyond: beyond(estate), ports: ports(estate) }
}

fn beyond(estate: &Estate) -> Vec<String> {
    let vpns = lookup::all(estate, |r| &r.vpn_connections).map(|vpn| vpn.vpn_connection_id.to_string());
    let peerings = lookup::all(estate, |r| &r.vpc_peering_connections);
    let unread = |info: Option<&VpcPeeringConnectionVpcInfo>| {
        info.and_then(|info| info.owner_id.as_deref()) == Some("999988887777")
    };
    let foreign = peerings
        .filter(|one| unread(one.requester_vpc_info.as_ref()) || unread(one.accepter_vpc_info.as_ref()))
        .map(|one| one.vpc_peering_connection_id.to_string());
    vpns.chain(foreign).collect()
}

/// Whether a VPN connection ends at a transit gateway.
fn transit(estate: &Estate, id: &str) -> bool {
    lookup::all(estate, |r| &r.vpn_connections)
        .any(|vpn| vpn.vpn_connection_id == id && vpn.transit_gateway_id.is_some())
}

/// The VPCs that a network beyond is joined to.
fn homes(estate: &Estate, id: &str) -> Vec<String> {
    let peering = lookup::peering(estate, id);
    let sides = peering.into_iter().flat_map(|one| [&one.requester_vpc_info, &one.accepter_vpc_info]).flatten();
    let vpn = lookup::all(estate, |r| &r.vpn_connections).find(|vpn| vpn.vpn_connection_id == id);
    let gateway = vpn.and_then(|vpn| vpn.vpn_gateway_id.as_ref());
    let gateways = lookup::all(estate, |r| &r.vpn_gateways).filter(|one| Some(&one.vpn_gateway_id) == gateway);
    let own = gateways.flat_map(|gateway| &gateway.vpc_attachments).map(|attached| &attached.vpc_id);
    let transit = vpn.and_then(|vpn| vpn.transit_gateway_id.as_ref());
    let attached = lookup::all(estate, |r| &r.transit_gateway_vpc_attachments)
        .filter(|one| transit.is_some_and(|id| one.transit_gateway_id == *id))
        .map(|one| one.vpc_id.to_string());
    let own = sides.map(|side| &side.vpc_id).chain(own).flatten().map(ToString::to_string);
    own.chain(attached).collect()
}

/// A packet from a network beyond, most often with an address that it may have.
fn from_beyond(estate: &Estate, id: &str, marks: &Marks<'_>, dice: &mut Dice) -> (IpAddr, IpAddr) {
    let peering = lookup::peering(estate, id);
    let sides = peering.into_iter().flat_map(|one| [&one.requester_vpc_info, &one.accepter_vpc_info]).flatten();
    let theirs = sides.filter_map(|side| side.cidr_block.as_ref()).find(|cidr| cidr.starts_with("172.31."));
    let from = match theirs {
        Some(cidr) => cidr.replace(".0/24", dice.word(&[".9", ".200"])),
        None if transit(estate, id) => dice.word(&["192.168.20.5", "192.168.20.5", "192.168.7.7"]).to_owned(),
        None => dice.word(&["192.168.7.7", "192.168.7.200", "192.168.8.9", "192.168.20.5"]).to_owned(),
    };
    let odd = dice.percent(6).then(|| dice.word(&["203.0.113.9", "10.1.0.77"]));
    let home = homes(estate, id);
    let near = |of: &[&'_ NetworkInterface]| -> Vec<String> {
        let near = of.iter().filter(|each| home.iter().any(|vpc| vpc == lookup::vpc_of(each)));
        near.map(|each| each.network_interface_id.to_string()).collect()
    };
    let of = match dice.below(10) {
        0 => &marks.others,
        1 | 2 => &marks.balancers,
        _ => &marks.interfaces,
    };
    let aimed = dice.maybe(&near(of)).and_then(|id| lookup::interface(estate, id)).filter(|_| dice.percent(85));
    let to = match aimed {
        Some(interface) => some_address(&[interface], None, dice),
        None if dice.percent(30) => parse(dice.word(&["10.250.0.1", "10.0.0.2"])),
        None => some_address(&marks.interfaces, None, dice),
    };
    let to = if to.is_ipv4() { to } else { parse(OUTSIDE[0]) };
    (odd.map_or_else(|| parse(&from), parse), to)
}

/// The first and last port of every rule, and those beside them.
fn ports(estate: &Estate) -> Vec<u16> {
    let mut edges: Vec<i32> = vec![22, 80, 443];
    for group in lookup::all(estate, |r| &r.security_groups) {
        for permission in group.ip_permissions.iter().chain(&group.ip_permissions_egress) {
            edges.extend(permission.from_port.iter().chain(&permission.to_port));
        }
    }
    for entry in lookup::all(estate, |r| &r.network_acls).flat_map(|acl| &acl.entries) {
        edges.extend(entry.port_range.iter().flat_map(|range| [range.from, range.to]).flatten());
    }
    edges.extend(lookup::all(estate, |r| &r.listeners).filter_map(|listener| listener.port));
    let beside = edges.into_iter().flat_map(|edge| [edge, edge, edge - 1, edge + 1]);
    beside.filter_map(|port| u16::try_from(port).ok()).collect()
}

fn packet(estate: &Estate, marks: &Marks<'_>, dice: &mut Dice) -> Packet {
    let sender = match dice.below(100) {
        0..=27 => None,
        28..=31 => dice.maybe(&marks.balancers).copied(),
        32..=34 => dice.maybe(&marks.others).copied(),
        _ => dice.maybe(&marks.interfaces).copied(),
    };
    let mut to = destination(estate, marks, sender, dice);
    let beyond = dice.maybe(&marks.beyond).filter(|_| dice.percent(12)).cloned();
    let source = match sender {
        _ if beyond.is_some() => Source::Beyond(beyond.clone().unwrap_or_default()),
        None => Source::Internet,
        Some(interface) => match lookup::instance_of(interface).filter(|_| dice.percent(40)) {
            Some(instance) => Source::Instance(instance.to_owned()),
            None => Source::Interface(interface.network_interface_id.to_string()),
        },
    };
    let mut own = sender.map_or_else(|| OUTSIDE.into_iter().map(parse).collect(), some_of);
    if !own.iter().any(|address| address.is_ipv4() == to.is_ipv4()) {
        to = parse(OUTSIDE[0]);
    }
    own.retain(|address| address.is_ipv4() == to.is_ipv4());
    let mut from = *dice.pick(&own);
    let checked = sender.is_none_or(|sender| sender.source_dest_check == Some(true));
    let routes = !checked && sender.is_some_and(|sender| lookup::instance_of(sender).is_some());
    if (checked && dice.percent(2)) || (routes && dice.percent(15)) {
        let [near, far] =
            if to.is_ipv4() { ["10.0.0.77", "203.0.113.99"] } else { ["2600:1f00:1:100::77", "2600::77"] };
        // No host on the internet has an IPv6 address of a VPC.
        from = if sender.is_none() && to.is_ipv6() { parse(far) } else { parse(dice.word(&[near, far])) };
    }
    if let Some(id) = &beyond {
        (from, to) = from_beyond(estate, id, marks, dice);
    }
    let aimed = if dice.percent(65) { aim(estate, marks, to, dice) } else { None };
    let (protocol, port) = aimed.unwrap_or_else(|| {
        let port = if dice.percent(85) { *dice.pick(&marks.ports) } else { any_port(dice) };
        (any_protocol(dice), port)
    });
    let ported = matches!(protocol, Protocol::Tcp | Protocol::Udp);
    let source_port = match dice.below(100) {
        0..=7 => Some(*dice.pick(&[1024, 32768, 40000, 50001, 60999, 61000, 65535, 100])),
        8..=11 => Some(*dice.pick(&marks.ports)),
        12..=14 => Some(any_port(dice)),
        _ => None,
    };
    let port = if ported { port } else { 0 };
    Packet { source, from, to, protocol, port, source_port: source_port.filter(|_| ported) }
}

/// What a rule of the interface at an address, or a listener behind it, is about.
fn aim(estate: &Estate, marks: &Marks<'_>, to: IpAddr, dice: &mut Dice) -> Option<(Protocol, u16)> {
    let at = lookup::private_of(estate, to).map(|found| found.0);
    let of_all = marks.interfaces.iter().chain(&marks.balancers).chain(&marks.others);
    let interface = at.or_else(|| of_all.copied().find(|each| lookup::has(each, to)))?;
    if marks.balancers.iter().any(|each| each.network_interface_id == interface.network_interface_id) {
        let name = interface.description.as_deref()?.strip_prefix("ELB ")?;
        let listeners: Vec<_> = lookup::all(estate, |r| &r.listeners)
            .filter(|listener| listener.load_balancer_arn.as_str().ends_with(&format!(":loadbalancer/{name}")))
            .collect();
        let Some(listener) = dice.maybe(&listeners) else { return Some((Protocol::Tcp, 80)) };
        let udp = listener.protocol.as_deref().is_some_and(|protocol| protocol.contains("UDP"));
        let protocol = if udp && dice.percent(85) { Protocol::Udp } else { Protocol::Tcp };
        return Some((protocol, u16::try_from(listener.port?).ok()?));
    }
    let groups: Vec<_> = interface.groups.iter().filter_map(|group| group.group_id.as_ref()).collect();
    let all = lookup::all(estate, |r| &r.security_groups).filter(|group| groups.contains(&&group.group_id));
    let permissions: Vec<_> = all.flat_map(|group| &group.ip_permissions).collect();
    let permission = dice.maybe(&permissions)?;
    let protocol = match permission.ip_protocol.as_deref()? {
        "tcp" | "6" => Protocol::Tcp,
        "udp" | "17" => Protocol::Udp,
        "icmp" | "icmpv6" | "58" => Protocol::Icmp,
        "50" => Protocol::Other(50),
        _ => any_protocol(dice),
    };
    let edges = [permission.from_port, permission.to_port, permission.from_port.map(|port| port - 1)];
    let edge = dice.pick(&edges).and_then(|edge| u16::try_from(edge).ok());
    Some((protocol, edge.unwrap_or_else(|| *dice.pick(&marks.ports))))
}

fn any_protocol(dice: &mut Dice) -> Protocol {
    match dice.below(100) {
        0..=67 => Protocol::Tcp,
        68..=81 => Protocol::Udp,
        82..=93 => Protocol::Icmp,
        _ => Protocol::Other(*dice.pick(&[50, 47])),
    }
}

fn any_port(dice: &mut Dice) -> u16 {
    u16::try_from(dice.below(65536)).expect("below 65536")
}

fn parse(address: &str) -> IpAddr {
    address.parse().expect("an address")
}

fn destination(estate: &Estate, marks: &Marks<'_>, sender: Option<&NetworkInterface>, dice: &mut Dice) -> IpAddr {
    let choice = dice.below(100);
    let share = if sender.is_none() { 70 } else { 18 };
    if let Some(public) = dice.maybe(&marks.publics).filter(|_| choice < share) {
        return *public;
    }
    let v6: Vec<_> = marks.interfaces.iter().flat_map(|each| aims(each)).filter(IpAddr::is_ipv6).collect();
    if let Some(address) = dice.maybe(&v6).filter(|_| sender.is_none() && choice < 90) {
        return *address;
    }
    match choice {
        96.. => parse(dice.word(&ODD)),
        86..=95 => parse(dice.word(&OUTSIDE)),
        85 => resolver(estate, sender).unwrap_or_else(|| parse(OUTSIDE[0])),
        65..=84 => some_address(&marks.balancers, sender, dice),
        62..=64 => some_address(&marks.others, sender, dice),
        _ => some_address(&marks.interfaces, sender, dice),
    }
}

/// One address of one of several interfaces, more often of the sender's own VPC.
fn some_address(of: &[&NetworkInterface], sender: Option<&NetworkInterface>, dice: &mut Dice) -> IpAddr {
    let itself =
        |each: &NetworkInterface| sender.is_some_and(|sender| sender.network_interface_id == each.network_interface_id);
    let others: Vec<_> = of.iter().filter(|each| !itself(each)).copied().collect();
    let near: Vec<_> =
        others.iter().filter(|each| sender.is_some_and(|sender| sender.vpc_id == each.vpc_id)).copied().collect();
    let from = match dice.below(100) {
        0..=1 => of,
        2..=49 if !near.is_empty() => &near,
        _ => &others,
    };
    let addresses = dice.maybe(from).map(|interface| aims(interface)).unwrap_or_default();
    dice.maybe(&addresses).copied().unwrap_or_else(|| parse(OUTSIDE[0]))
}

/// The addresses of an interface, and of each prefix delegated to it one for every piece that rules cut it into.
pub(crate) fn some_of(interface: &NetworkInterface) -> Vec<IpAddr> {
    let mut found = lookup::addresses(interface);
    for prefix in lookup::prefixes(interface) {
        let half = 1_i64 << (prefix.max_prefix_len() - prefix.prefix_len() - 1);
        found.extend([0, 5, 6, half].map(|place| beside(prefix.network(), place)));
    }
    found
}

/// The same, and the addresses just outside its prefixes.
fn aims(interface: &NetworkInterface) -> Vec<IpAddr> {
    let mut found = some_of(interface);
    for prefix in lookup::prefixes(interface) {
        found.extend([beside(prefix.network(), -1), beside(prefix.broadcast(), 1)]);
    }
    found
}

/// The address so many further on.
fn beside(address: IpAddr, more: i64) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            IpAddr::V4(Ipv4Addr::from(u32::from(v4).wrapping_add_signed(i32::try_from(more).expect("a small step"))))
        }
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6).wrapping_add_signed(more.into()))),
    }
}

/// The DNS resolver of the sender's VPC.
fn resolver(estate: &Estate, sender: Option<&NetworkInterface>) -> Option<IpAddr> {
    let vpc = lookup::vpc(estate, lookup::vpc_of(sender?))?;
    let cidr: Ipv4Net = vpc.cidr_block.as_deref()?.parse().ok()?;
    Some(IpAddr::V4((u32::from(cidr.network()) + 2).into()))
}
