//! Where a packet goes from a subnet, were there no filter: routes, gateways, peering.

use std::net::IpAddr;

use bartizan::model::Estate;
use bartizan::model::resource::{NatGateway, NetworkInterface, Route, RouteTable, Subnet};
use ipnet::IpNet;

use super::filters::Direction;
use super::{Header, address, beyond, lookup, transit};

/// What a packet did between two ends, or where it was lost.
#[derive(Debug, Clone)]
pub(crate) struct Journey<'a> {
    /// The network ACLs it has to pass, each with the packet as it was there.
    pub(crate) gates: Vec<(&'a Subnet, Direction, Header)>,
    /// What carried it.
    pub(crate) way: Way,
    /// Where it got.
    pub(crate) end: End<'a>,
    /// The packet as it got there.
    pub(crate) arrived: Header,
    /// Whether it answers what an egress-only internet gateway let out, and so is let in by it.
    pub(crate) let_out_before: bool,
}

/// What carries a packet from one end to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// The subnet or VPC that both ends are in.
    Vpc,
    Peering(String),
    TransitGateway(String),
    InternetGateway,
    EgressOnlyInternetGateway,
    GatewayEndpoint,
    /// A gateway to a network beyond.
    Beyond,
}

/// Where a packet gets.
#[derive(Debug, Clone)]
pub(crate) enum End<'a> {
    Interface(&'a NetworkInterface),
    /// A NAT gateway that will send it on under its own address.
    Nat(&'a NatGateway),
    /// A host on the internet.
    Outside,
    /// An AWS service behind a gateway endpoint.
    Service,
    /// A network beyond, by any of these VPN or peering connections.
    Beyond(Vec<String>),
    Nowhere(String),
}

impl<'a> Journey<'a> {
    pub(crate) fn new(header: Header) -> Self {
        Self {
            gates: Vec::new(),
            way: Way::Vpc,
            end: End::Nowhere(String::new()),
            arrived: header,
            let_out_before: false,
        }
    }

    pub(crate) fn lost(mut self, why: impl Into<String>) -> Self {
        self.end = End::Nowhere(why.into());
        self
    }

    /// Item 14: an ACL is passed when leaving or entering a subnet.
    pub(crate) fn gate(&mut self, subnet: &'a Subnet, direction: Direction) {
        self.gates.push((subnet, direction, self.arrived));
    }

    /// The last step within a VPC: from one of its subnets (or from outside of them) to an interface.
    pub(crate) fn reach_interface(
        mut self,
        estate: &'a Estate,
        from: Option<&'a Subnet>,
        interface: &'a NetworkInterface,
    ) -> Self {
        let Some(subnet) = lookup::subnet_of(estate, interface) else {
            return self.lost("the interface has no subnet");
        };
        if from.is_none_or(|from| from.subnet_id != subnet.subnet_id) {
            if let Some(from) = from {
                self.gate(from, Direction::Out);
            }
            self.gate(subnet, Direction::In);
        }
        self.end = End::Interface(interface);
        self
    }
}

/// Sends a packet out of an interface (or NAT gateway) in a subnet.
pub(crate) fn travel<'a>(estate: &'a Estate, subnet: &'a Subnet, journey: Journey<'a>) -> Journey<'a> {
    let header = journey.arrived;
    if lookup::subnet_contains(subnet, header.destination) {
        // Item 29: within a subnet there are neither routes nor ACLs.
        return match lookup::interface_with(estate, subnet.vpc_id.as_str(), header.destination) {
            Some(interface) => journey.reach_interface(estate, Some(subnet), interface),
            None => journey.lost("no interface in the subnet has that address"),
        };
    }
    let Some(route) = route_for(estate, subnet, header.destination) else { return journey.lost("no route") };
    if route.state.as_deref() == Some("blackhole") {
        return journey.lost("the route is a blackhole"); // item 26
    }
    if route.gateway_id.as_deref() == Some("local") {
        return local(estate, subnet, journey);
    }
    if let Some(nat) = &route.nat_gateway_id {
        return into_nat_gateway(estate, subnet, nat, journey);
    }
    let mut journey = journey;
    journey.gate(subnet, Direction::Out);
    if let Some(gateway) = &route.gateway_id {
        if gateway.starts_with("igw-") {
            return internet_gateway_out(estate, subnet, gateway, journey);
        }
        if gateway.starts_with("vgw-") {
            return beyond::out_by_gateway(estate, subnet, gateway, journey);
        }
        if gateway.starts_with("vpce-") {
            return gateway_endpoint(estate, subnet, gateway, journey);
        }
    }
    if let Some(gateway) = &route.egress_only_internet_gateway_id {
        return egress_only_internet_gateway_out(estate, subnet, gateway, journey);
    }
    if let Some(id) = &route.vpc_peering_connection_id {
        return peering(estate, subnet, id, journey);
    }
    if let Some(id) = &route.transit_gateway_id {
        return transit::travel(estate, subnet, id, journey);
    }
    journey.lost("the route's target is not modelled")
}

/// Items 22 to 25: the route for a destination in a subnet's table. The longest prefix wins; at equal length a
/// static range beats a prefix list, which beats what was propagated.
pub(crate) fn route_for<'a>(estate: &'a Estate, subnet: &Subnet, destination: IpAddr) -> Option<&'a Route> {
    let never: [IpNet; 2] = ["169.254.168.0/22".parse().unwrap(), "fd00:ec2::/32".parse().unwrap()];
    if never.iter().any(|range| range.contains(&destination)) {
        return None; // item 27
    }
    let table = lookup::route_table_of(estate, subnet)?;
    let mut matching = destinations(estate, table);
    matching.retain(|(cidr, _)| cidr.contains(&destination));
    let rank = |route: &Route| match (&route.destination_prefix_list_id, route.origin.as_deref()) {
        (_, Some("EnableVgwRoutePropagation")) => 0,
        (Some(_), _) => 1,
        (None, _) => 2,
    };
    matching.sort_by_key(|(cidr, route)| (cidr.prefix_len(), rank(route)));
    matching.last().map(|(_, route)| *route)
}

/// A table's routes, those by prefix list once per entry.
fn destinations<'a>(estate: &Estate, table: &'a RouteTable) -> Vec<(IpNet, &'a Route)> {
    let mut found = Vec::new();
    for route in &table.routes {
        let cidrs = [&route.destination_cidr_block, &route.destination_ipv6_cidr_block].into_iter().flatten();
        found.extend(cidrs.filter_map(|cidr| cidr.parse().ok()).map(|cidr| (cidr, route)));
        let list = route.destination_prefix_list_id.as_deref().and_then(|id| lookup::prefix_list(estate, id));
        let entries = list.and_then(|list| list.cidrs.as_ref()).into_iter().flatten();
        found.extend(entries.filter_map(|cidr| cidr.parse().ok()).map(|cidr| (cidr, route)));
    }
    found
}

/// Item 23: to the interface of the same VPC that has the address.
fn local<'a>(estate: &'a Estate, from: &'a Subnet, journey: Journey<'a>) -> Journey<'a> {
    match lookup::interface_with(estate, from.vpc_id.as_str(), journey.arrived.destination) {
        Some(interface) => journey.reach_interface(estate, Some(from), interface),
        None => journey.lost("no interface in the VPC has that address"),
    }
}

/// Item 36: into a NAT gateway, which serves its own VPC (and what a transit gateway brought into it).
pub(crate) fn into_nat_gateway<'a>(
    estate: &'a Estate,
    from: &'a Subnet,
    id: &str,
    mut journey: Journey<'a>,
) -> Journey<'a> {
    let Some(nat) = lookup::nat_gateway(estate, id) else { return journey.lost("the NAT gateway is gone") };
    if nat.state.as_deref() != Some("available") {
        return journey.lost("the NAT gateway is not available");
    }
    if nat.vpc_id.as_ref() != Some(&from.vpc_id) {
        return journey.lost("the NAT gateway is in another VPC");
    }
    if journey.arrived.destination.is_ipv6() {
        return journey.lost("a NAT gateway does not take IPv6");
    }
    let Some(subnet) = nat.subnet_id.as_ref().and_then(|id| lookup::subnet(estate, id.as_str())) else {
        return journey.lost("the NAT gateway has no subnet");
    };
    if subnet.subnet_id != from.subnet_id {
        journey.gate(from, Direction::Out);
        journey.gate(subnet, Direction::In);
    }
    journey.end = End::Nat(nat);
    journey
}

/// Items 32, 33 and 35: out of a VPC. IPv4 leaves under the sender's public address, IPv6 as it is.
fn internet_gateway_out<'a>(estate: &'a Estate, from: &Subnet, id: &str, mut journey: Journey<'a>) -> Journey<'a> {
    let vpc = from.vpc_id.as_str();
    if !lookup::internet_gateway(estate, id).is_some_and(|gateway| lookup::is_attached(gateway, vpc)) {
        return journey.lost("the internet gateway is not attached to the VPC");
    }
    if !address::is_public(journey.arrived.destination) {
        return journey.lost("the internet gateway drops what goes to private addresses");
    }
    if journey.arrived.source.is_ipv4() {
        match lookup::public_of(estate, vpc, journey.arrived.source) {
            Some(public) => journey.arrived.source = public,
            None => return journey.lost("the sender has no public address"),
        }
    } else if !lookup::vpc_contains(estate, vpc, journey.arrived.source) {
        return journey.lost("the sender's IPv6 address is not of this VPC");
    }
    journey.way = Way::InternetGateway;
    across_the_internet(estate, journey)
}

/// Item 35: IPv6 out, nothing in.
fn egress_only_internet_gateway_out<'a>(
    estate: &'a Estate,
    from: &Subnet,
    id: &str,
    mut journey: Journey<'a>,
) -> Journey<'a> {
    let attached = lookup::all(estate, |r| &r.egress_only_internet_gateways).any(|gateway| {
        gateway.egress_only_internet_gateway_id == id
            && gateway.attachments.iter().any(|attachment| {
                attachment.vpc_id.as_ref() == Some(&from.vpc_id)
                    && matches!(attachment.state.as_deref(), Some("available" | "attached"))
            })
    });
    let header = journey.arrived;
    if !attached || header.source.is_ipv4() || !address::is_public(header.destination) {
        return journey.lost("the egress-only internet gateway does not take it");
    }
    if !lookup::vpc_contains(estate, from.vpc_id.as_str(), header.source) {
        return journey.lost("the sender's IPv6 address is not of this VPC");
    }
    journey.way = Way::EgressOnlyInternetGateway;
    across_the_internet(estate, journey)
}

/// On the internet: to a host outside, or back into a VPC of the estate.
fn across_the_internet<'a>(estate: &'a Estate, mut journey: Journey<'a>) -> Journey<'a> {
    if of_the_estate(estate, journey.arrived.destination) {
        return internet_gateway_in(estate, journey);
    }
    journey.end = End::Outside;
    journey
}

/// Whether an address is one that the internet sends to this estate.
pub(crate) fn of_the_estate(estate: &Estate, address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => lookup::private_of(estate, address).is_some(),
        IpAddr::V6(_) => {
            lookup::all(estate, |r| &r.vpcs).any(|vpc| lookup::vpc_contains(estate, vpc.vpc_id.as_str(), address))
        }
    }
}

/// Items 31, 33 and 34: into a VPC, to the interface the public address belongs to, without any route.
/// What an egress-only gateway let out, it lets back in.
pub(crate) fn internet_gateway_in<'a>(estate: &'a Estate, mut journey: Journey<'a>) -> Journey<'a> {
    if !address::is_public(journey.arrived.source) {
        return journey.lost("the internet does not carry private addresses");
    }
    let found = match journey.arrived.destination {
        IpAddr::V4(_) => lookup::private_of(estate, journey.arrived.destination),
        v6 @ IpAddr::V6(_) => lookup::interface_with_v6(estate, v6).map(|interface| (interface, v6)),
    };
    let Some((interface, private)) = found else { return journey.lost("nobody has that address") };
    if lookup::attached_internet_gateway(estate, lookup::vpc_of(interface)).is_none() && !journey.let_out_before {
        return journey.lost("no internet gateway is attached to the VPC");
    }
    journey.arrived.destination = private;
    journey.reach_interface(estate, None, interface)
}

/// Item 58: to an AWS service, by TCP or ICMP echo.
fn gateway_endpoint<'a>(estate: &'a Estate, from: &Subnet, id: &str, mut journey: Journey<'a>) -> Journey<'a> {
    let endpoint = lookup::all(estate, |r| &r.vpc_endpoints).find(|endpoint| endpoint.vpc_endpoint_id == id);
    let usable = endpoint.is_some_and(|endpoint| {
        endpoint.vpc_id.as_ref() == Some(&from.vpc_id)
            && endpoint.vpc_endpoint_type.as_deref() == Some("Gateway")
            && endpoint.state.as_deref().is_none_or(|state| state.eq_ignore_ascii_case("available"))
    });
    if !usable {
        return journey.lost("the endpoint is no available gateway endpoint of the VPC");
    }
    if !matches!(journey.arrived.protocol, super::TCP | super::ICMP | super::ICMP6) {
        return journey.lost("a gateway endpoint takes TCP and ICMP only");
    }
    if !lookup::vpc_contains(estate, from.vpc_id.as_str(), journey.arrived.source) {
        return journey.lost("a gateway endpoint serves its own VPC only");
    }
    journey.way = Way::GatewayEndpoint;
    journey.end = End::Service;
    journey
}

/// Item 41: to an interface of the other VPC, if the connection is active; nothing beyond.
fn peering<'a>(estate: &'a Estate, from: &Subnet, id: &str, mut journey: Journey<'a>) -> Journey<'a> {
    let Some(connection) = lookup::peering(estate, id) else { return journey.lost("the peering connection is gone") };
    if connection.status.as_ref().and_then(|status| status.code.as_deref()) != Some("active") {
        return journey.lost("the peering connection is not active");
    }
    if let Some(journey) = beyond::out_to_peer(estate, id, &journey) {
        return journey;
    }
    let [one, two] = [&connection.requester_vpc_info, &connection.accepter_vpc_info]
        .map(|info| info.as_ref().and_then(|info| info.vpc_id.as_ref()).map_or("", |id| id.as_str()));
    let other = match from.vpc_id.as_str() {
        here if here == one => two,
        here if here == two => one,
        _ => return journey.lost("the peering connection is of other VPCs"),
    };
    if !lookup::vpc_contains(estate, from.vpc_id.as_str(), journey.arrived.source) {
        return journey.lost("peering is not transitive: the sender is not in this VPC");
    }
    if !lookup::vpc_contains(estate, other, journey.arrived.destination) {
        return journey.lost("the address is not in the peer's ranges");
    }
    let Some(interface) = lookup::interface_with(estate, other, journey.arrived.destination) else {
        return journey.lost("no interface of the peer has that address");
    };
    journey.way = Way::Peering(id.to_owned());
    journey.reach_interface(estate, None, interface)
}
