//! A packet simulator that is as simple as it can be: it takes one packet and follows it through an estate, looking
//! everything up by walking through AWS's own structures. It prepares nothing, merges nothing and is slow. It exists
//! to contradict the reachability engine, so it shares no code and no idea with it; read it as a specification. The
//! items it names are those of the checklist of network semantics that the engine's unit tests are named after.
//!
//! A connection is a row of **stages**: from one end to another, each with addresses of its own (a NAT gateway or a
//! load balancer ends one stage and begins the next). A packet passes a stage when the groups of both ends and every
//! network ACL on the way admit it. A reply is a packet of its own that has to travel back through every stage.

pub(crate) mod address;
mod balancer;
pub(crate) mod beyond;
pub(crate) mod filters;
pub(crate) mod lookup;
mod routing;
mod transit;

use std::net::IpAddr;

use bartizan::model::Estate;
use bartizan::model::resource::{NatGateway, NetworkInterface, Subnet};

use balancer::Balancer;
use filters::Direction;
use routing::{End, Journey, Way};

pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ICMP6: u8 = 58;

/// Where clients (and whoever speaks for them) expect replies.
const CLIENT_PORTS: (u16, u16) = (32768, 65535);
const GATEWAY_PORTS: (u16, u16) = (1024, 65535);

/// Who sends a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Internet,
    Interface(String),
    Instance(String),
    /// A network beyond a VPN connection or a peering connection, by the connection.
    Beyond(String),
}

/// What it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
    /// An echo request, of the family of the addresses.
    Icmp,
    Other(u8),
}

/// The first packet of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) source: Source,
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    pub(crate) protocol: Protocol,
    /// The destination port of TCP and UDP.
    pub(crate) port: u16,
    pub(crate) source_port: Option<u16>,
}

/// How far a flow gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// The packet does not arrive.
    Denied,
    /// It arrives, but no reply can come back.
    Delivers,
    /// It arrives and a reply comes back.
    Connects,
}

/// A verdict and where it was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) why: String,
    /// Where a connection ends: at the interface that it was sent to, and at the targets behind a load balancer.
    pub(crate) reached: Vec<Arrival>,
}

/// An interface at which a connection ends, and by what it is reached there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrival {
    pub(crate) interface: String,
    /// The IP protocol number.
    pub(crate) protocol: u8,
    /// The port of TCP and UDP.
    pub(crate) port: u16,
}

impl Outcome {
    fn denied(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Denied, why: why.into(), reached: Vec::new() }
    }
    fn delivers(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Delivers, why: why.into(), reached: Vec::new() }
    }
    fn connects(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Connects, why: why.into(), reached: Vec::new() }
    }
    /// The interfaces reached, if the connection is made.
    fn reached_by_connecting(self) -> Vec<Arrival> {
        if self.verdict == Verdict::Connects { self.reached } else { Vec::new() }
    }
    fn at(mut self, interface: &NetworkInterface, header: Header) -> Self {
        let (protocol, port) = (header.protocol, header.port);
        self.reached.push(Arrival { interface: interface.network_interface_id.to_string(), protocol, port });
        self
    }
}

/// What filters and routes look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    /// The IP protocol number.
    pub(crate) protocol: u8,
    /// The destination port of TCP and UDP; the type of ICMP, whose code is 0 here.
    pub(crate) port: u16,
}

impl Header {
    fn of(packet: &Packet) -> Self {
        let v6 = packet.to.is_ipv6();
        let (protocol, port) = match packet.protocol {
            Protocol::Tcp => (TCP, packet.port),
            Protocol::Udp => (UDP, packet.port),
            Protocol::Icmp if v6 => (ICMP6, 128),
            Protocol::Icmp => (ICMP, 8),
            Protocol::Other(number) => (number, 0),
        };
        Self { source: packet.from, destination: packet.to, protocol, port }
    }

    /// The reply to it, if its sender listens on `port`; an echo is answered with an echo reply.
    fn reply(self, port: u16) -> Self {
        let port = match self.protocol {
            TCP | UDP => port,
            ICMP6 => 129,
            _ => 0,
        };
        Self { source: self.destination, destination: self.source, protocol: self.protocol, port }
    }
}

/// Where a stage begins.
#[derive(Debug, Clone, Copy)]
enum Start<'a> {
    Interface(&'a NetworkInterface),
    Nat(&'a NatGateway),
    Internet,
    Beyond(&'a str),
}

impl<'a> Start<'a> {
    fn subnet(self, estate: &'a Estate) -> Option<&'a Subnet> {
        match self {
            Self::Interface(interface) => lookup::subnet_of(estate, interface),
            Self::Nat(nat) => lookup::subnet(estate, nat.subnet_id.as_ref()?.as_str()),
            Self::Internet | Self::Beyond(_) => None,
        }
    }
}

/// One part of a connection, with addresses of its own.
#[derive(Debug)]
struct Stage<'a> {
    start: Start<'a>,
    sent: Header,
    /// The range of ports its beginning expects replies on.
    ports: (u16, u16),
    journey: Journey<'a>,
}

/// Follows one packet, and the reply to it.
pub(crate) fn simulate(estate: &Estate, packet: &Packet) -> Outcome {
    let header = Header::of(packet);
    if packet.from.is_ipv4() != packet.to.is_ipv4() {
        return Outcome::denied("the addresses are of different families");
    }
    let chosen = packet.source_port.map(|port| (port, port));
    let interface = match &packet.source {
        Source::Internet => return from_internet(estate, header, chosen.unwrap_or(CLIENT_PORTS)),
        Source::Beyond(id) => return beyond::send(estate, id, header, chosen.unwrap_or(CLIENT_PORTS)),
        Source::Interface(id) => lookup::interface(estate, id),
        Source::Instance(id) => {
            let interfaces = lookup::interfaces_of_instance(estate, id);
            let with_address = interfaces.iter().find(|interface| lookup::has(interface, packet.from));
            with_address.or(interfaces.first()).copied()
        }
    };
    let Some(interface) = interface else { return Outcome::denied("the sender is not there") };
    let ports = chosen.unwrap_or_else(|| own_ports(estate, interface));
    from_interface(estate, interface, header, ports)
}

fn from_internet(estate: &Estate, header: Header, ports: (u16, u16)) -> Outcome {
    if !routing::of_the_estate(estate, header.destination) {
        return Outcome::denied("the destination is not an address of this estate");
    }
    let journey = routing::internet_gateway_in(estate, Journey::new(header));
    let journey = Journey { way: Way::InternetGateway, ..journey };
    connect(estate, Stage { start: Start::Internet, sent: header, ports, journey })
}

fn from_interface(estate: &Estate, interface: &NetworkInterface, header: Header, ports: (u16, u16)) -> Outcome {
    if let Some(why) = nobody_there(estate, interface).or_else(|| never_asks(interface)) {
        return Outcome::denied(why);
    }
    if !lookup::has(interface, header.source) && interface.source_dest_check != Some(false) {
        return Outcome::denied("the source/destination check drops a foreign source address"); // item 30
    }
    if lookup::has(interface, header.destination) {
        return Outcome::connects("to itself");
    }
    if is_amazons_own(estate, interface, header.destination) {
        return Outcome::connects("a service of Amazon's that nothing filters"); // item 10
    }
    let Some(subnet) = lookup::subnet_of(estate, interface) else { return Outcome::denied("the sender has no subnet") };
    let mut journey = routing::travel(estate, subnet, Journey::new(header));
    if journey.gates.is_empty() && matches!(balancer::of_interface(estate, interface), Some(Balancer::Classic(_))) {
        journey.gates.push((subnet, Direction::Out, header)); // item 20: even within its own subnet
    }
    connect(estate, Stage { start: Start::Interface(interface), sent: header, ports, journey })
}

/// Item 10: the DNS resolver, instance metadata and the clock.
fn is_amazons_own(estate: &Estate, interface: &NetworkInterface, destination: IpAddr) -> bool {
    let fixed = ["169.254.169.253", "169.254.169.254", "169.254.169.123"];
    let cidr = lookup::vpc(estate, lookup::vpc_of(interface)).and_then(|vpc| vpc.cidr_block.as_ref());
    let resolver = cidr.and_then(|cidr| cidr.parse::<ipnet::Ipv4Net>().ok()).map(|cidr| u32::from(cidr.network()) + 2);
    fixed.iter().any(|address| address.parse() == Ok(destination))
        || resolver.is_some_and(|resolver| IpAddr::V4(resolver.into()) == destination)
}

/// Why there is nobody at an interface, neither to send nor to receive.
fn nobody_there(estate: &Estate, interface: &NetworkInterface) -> Option<&'static str> {
    if interface.status.as_deref() == Some("available") {
        return Some("the interface is attached to nothing");
    }
    if lookup::instance_of(interface).is_some_and(|instance| lookup::is_terminated(estate, instance)) {
        return Some("the instance is terminated");
    }
    None
}

/// Why an interface begins no connection.
fn never_asks(interface: &NetworkInterface) -> Option<&'static str> {
    match interface.interface_type.as_deref() {
        Some("vpc_endpoint") => Some("an interface endpoint begins no connection"), // item 59
        Some("nat_gateway") => Some("a NAT gateway begins no connection"),
        Some("transit_gateway") => Some("a transit gateway's interface begins no connection"),
        Some("gateway_load_balancer_endpoint") => Some("a Gateway Load Balancer endpoint begins no connection"),
        _ => None,
    }
}

/// Why an interface takes no connection.
fn never_answers(interface: &NetworkInterface) -> Option<&'static str> {
    match interface.interface_type.as_deref() {
        Some("nat_gateway") => Some("a NAT gateway accepts nothing unsolicited"), // item 36
        Some("transit_gateway") => Some("a transit gateway's interface accepts nothing"),
        Some("gateway_load_balancer_endpoint") => Some("a Gateway Load Balancer endpoint is no destination"),
        Some("lambda") => Some("a function's interface accepts nothing"), // item 64
        _ => None,
    }
}

/// The ports that the sender at an interface expects replies on (item 16).
fn own_ports(estate: &Estate, interface: &NetworkInterface) -> (u16, u16) {
    let lambda = interface.interface_type.as_deref() == Some("lambda");
    if lambda || balancer::of_interface(estate, interface).is_some() { GATEWAY_PORTS } else { CLIENT_PORTS }
}

/// Follows a connection from its first stage to its end, then its reply through every stage, the last one first.
fn connect<'a>(estate: &'a Estate, first: Stage<'a>) -> Outcome {
    let mut stages = vec![first];
    let arrived = loop {
        let stage = stages.last().expect("the first one");
        if let Err(why) = passes(estate, stage) {
            return Outcome::denied(why);
        }
        let nat = match &stage.journey.end {
            End::Nat(nat) => *nat,
            End::Interface(interface) => match receive(estate, stage, interface) {
                Outcome { verdict: Verdict::Denied, why, .. } => return Outcome::denied(why),
                outcome => break outcome,
            },
            End::Outside => break Outcome::connects("a host on the internet answers"),
            End::Service => break Outcome::connects("an AWS service answers"),
            End::Beyond(_) => break Outcome::connects("a host beyond a VPN answers"),
            End::Nowhere(why) => return Outcome::denied(why.clone()),
        };
        match through_nat(estate, nat, &stages) {
            Ok(stage) => stages.push(stage),
            Err(why) => return Outcome::denied(why),
        }
    };
    for stage in stages.iter().rev() {
        if let Err(why) = reply_comes_back(estate, stage) {
            return Outcome::delivers(format!("the reply: {why}"));
        }
    }
    arrived
}

/// Item 36: the packet goes on under the gateway's own address, by the route table of its subnet.
fn through_nat<'a>(estate: &'a Estate, nat: &'a NatGateway, stages: &[Stage<'a>]) -> Result<Stage<'a>, String> {
    let again =
        |stage: &Stage| matches!(stage.start, Start::Nat(before) if before.nat_gateway_id == nat.nat_gateway_id);
    if stages.iter().any(again) {
        return Err("the NAT gateway's route leads back into it".to_owned());
    }
    let mut sent = stages.last().expect("the first one").journey.arrived;
    if !matches!(sent.protocol, TCP | UDP | ICMP) {
        return Err("a NAT gateway takes TCP, UDP and ICMP only".to_owned());
    }
    let own = nat.nat_gateway_addresses.first().and_then(|address| address.private_ip.as_ref());
    sent.source = own.and_then(|own| own.parse().ok()).ok_or("the NAT gateway has no address")?;
    let start = Start::Nat(nat);
    let subnet = start.subnet(estate).ok_or("the NAT gateway has no subnet")?;
    let journey = routing::travel(estate, subnet, Journey::new(sent));
    if nat.connectivity_type.as_deref() == Some("private") && journey.way == Way::InternetGateway {
        return Err("a private NAT gateway does not reach the internet".to_owned());
    }
    Ok(Stage { start, sent, ports: GATEWAY_PORTS, journey })
}

/// Whether the groups at both ends and every network ACL on the way admit the packet of a stage.
fn passes(estate: &Estate, stage: &Stage<'_>) -> Result<(), String> {
    let journey = &stage.journey;
    let end = match &journey.end {
        End::Interface(interface) => Some(*interface),
        End::Nowhere(why) => return Err(why.clone()),
        _ => None,
    };
    let start = match stage.start {
        Start::Interface(interface) => Some(interface),
        _ => None,
    };
    let seen = start.zip(end).is_some_and(|(start, end)| groups_are_seen(estate, stage, start, end));
    let peer = |interface: Option<_>| interface.filter(|_| seen);
    if start.is_some_and(|start| !filters::groups_admit(estate, start, Direction::Out, stage.sent, peer(end))) {
        return Err("the sender's groups do not let it out".to_owned());
    }
    for (subnet, direction, header) in &journey.gates {
        if !filters::acl_admits(estate, subnet, *direction, *header) {
            return Err(format!("the network ACL of {} denies it going {direction:?}", subnet.subnet_id));
        }
    }
    if let Some(why) = end.and_then(|end| nobody_there(estate, end).or_else(|| never_answers(end))) {
        return Err(why.to_owned());
    }
    // Whoever receives knows members of a group by their own addresses, and a load balancer by any.
    let known = start
        .filter(|start| lookup::has(start, journey.arrived.source) || balancer::of_interface(estate, start).is_some());
    if end.is_some_and(|end| !filters::groups_admit(estate, end, Direction::In, journey.arrived, peer(known))) {
        return Err("the receiver's groups do not let it in".to_owned());
    }
    Ok(())
}

/// Items 4, 6 and 8: whether references to the groups of the other end can match: of its own addresses, within a
/// VPC, over a peering connection within a Region, over a transit gateway that supports it.
fn groups_are_seen(estate: &Estate, stage: &Stage<'_>, start: &NetworkInterface, end: &NetworkInterface) -> bool {
    let vpcs = [lookup::vpc_of(start), lookup::vpc_of(end)];
    match &stage.journey.way {
        Way::Vpc => true,
        Way::Peering(_) => {
            let [one, two] = vpcs.map(|vpc| lookup::region_of_vpc(estate, vpc));
            one.is_some() && one == two
        }
        Way::TransitGateway(id) => transit::carries_groups(estate, id, vpcs),
        Way::InternetGateway | Way::EgressOnlyInternetGateway | Way::GatewayEndpoint | Way::Beyond => false,
    }
}

/// What an interface does with a packet that its groups let in.
fn receive(estate: &Estate, stage: &Stage<'_>, interface: &NetworkInterface) -> Outcome {
    let outcome = match balancer::of_interface(estate, interface) {
        Some(balancer) => balancer::receive(estate, stage, interface, &balancer),
        None => Outcome::connects("an interface answers"),
    };
    outcome.at(interface, stage.journey.arrived)
}

/// Items 1, 16 and 34: the reply needs no group, but routes and network ACLs of its own, the latter with the port that
/// the sender chose; and it has to arrive where the packet came from, under the address that the packet was sent to.
fn reply_comes_back(estate: &Estate, stage: &Stage<'_>) -> Result<(), String> {
    let let_out_before = stage.journey.way == Way::EgressOnlyInternetGateway;
    let reply = Journey { let_out_before, ..Journey::new(stage.journey.arrived.reply(0)) };
    let back = match &stage.journey.end {
        End::Interface(interface) => {
            routing::travel(estate, lookup::subnet_of(estate, interface).ok_or("no subnet")?, reply)
        }
        End::Nat(nat) => routing::travel(estate, Start::Nat(nat).subnet(estate).ok_or("no subnet")?, reply),
        End::Outside => {
            let way = stage.journey.way.clone();
            routing::internet_gateway_in(estate, Journey { way, ..reply })
        }
        End::Service => {
            let interface = match stage.start {
                Start::Interface(interface) => Some(interface),
                Start::Nat(nat) => {
                    lookup::all(estate, |r| &r.network_interfaces).find(|each| is_interface_of(nat, each))
                }
                Start::Internet | Start::Beyond(_) => None,
            };
            let interface = interface.ok_or("no interface to return to")?;
            if !lookup::has(interface, stage.sent.source) {
                return Err("nobody has that address".to_owned());
            }
            let subnet = stage.start.subnet(estate).ok_or("no subnet")?;
            let mut back = Journey { way: Way::GatewayEndpoint, end: End::Interface(interface), ..reply };
            back.gate(subnet, Direction::In);
            back
        }
        End::Beyond(by) => {
            // By whichever connection and subnet it comes back.
            let mut lost = Err("nothing comes back".to_owned());
            for back in by.iter().flat_map(|id| beyond::come_in(estate, id, reply.clone())) {
                let passed = is_the_way_back(estate, stage, &back);
                lost = passed.and_then(|()| some_port_passes(estate, &back.gates, stage.ports));
                if lost.is_ok() {
                    break;
                }
            }
            return lost;
        }
        End::Nowhere(why) => return Err(why.clone()),
    };
    is_the_way_back(estate, stage, &back)?;
    some_port_passes(estate, &back.gates, stage.ports)
}

/// Whether there is a port in a range with which a reply passes every one of these network ACLs.
fn some_port_passes(estate: &Estate, gates: &[(&Subnet, Direction, Header)], ports: (u16, u16)) -> Result<(), String> {
    let passes = |port: u16| {
        gates.iter().all(|(subnet, direction, header)| {
            let port = if matches!(header.protocol, TCP | UDP) { port } else { header.port };
            filters::acl_admits(estate, subnet, *direction, Header { port, ..*header })
        })
    };
    let telling = gates.iter().flat_map(|(subnet, ..)| filters::telling_ports(estate, subnet, ports.0, ports.1));
    let any = std::iter::once(ports.0).chain(telling).any(passes);
    any.then_some(()).ok_or_else(|| "network ACLs let no port through".to_owned())
}

fn is_the_way_back(estate: &Estate, stage: &Stage<'_>, back: &Journey<'_>) -> Result<(), String> {
    match (stage.start, &back.end) {
        (_, End::Nowhere(why)) => return Err(why.clone()),
        (Start::Interface(start), End::Interface(end)) if start.network_interface_id == end.network_interface_id => {}
        (Start::Nat(nat), End::Interface(end)) if is_interface_of(nat, end) => {}
        (Start::Internet, End::Outside) => {}
        (Start::Beyond(id), End::Beyond(by)) if beyond::is_among(estate, id, by) => {}
        _ => return Err("it gets somewhere else".to_owned()),
    }
    let expected = stage.sent.reply(0);
    if back.arrived.source != expected.source {
        return Err("it comes from another address than the packet was sent to".to_owned());
    }
    let same_way = match (&stage.journey.way, &back.way) {
        // What left a VPC for the internet returns from there.
        (Way::EgressOnlyInternetGateway, Way::EgressOnlyInternetGateway) => matches!(stage.journey.end, End::Outside),
        (Way::InternetGateway | Way::EgressOnlyInternetGateway, way) => *way == Way::InternetGateway,
        // By private ways it may take another one than the packet took.
        (Way::Beyond, way) => *way == Way::Beyond,
        (Way::Vpc | Way::Peering(_) | Way::TransitGateway(_) | Way::GatewayEndpoint, way) => {
            !matches!(way, Way::InternetGateway | Way::EgressOnlyInternetGateway)
        }
    };
    same_way.then_some(()).ok_or_else(|| format!("it takes another way ({:?})", back.way))
}

fn is_interface_of(nat: &NatGateway, interface: &NetworkInterface) -> bool {
    nat.nat_gateway_addresses
        .iter()
        .any(|address| address.network_interface_id.as_deref() == Some(interface.network_interface_id.as_str()))
}
