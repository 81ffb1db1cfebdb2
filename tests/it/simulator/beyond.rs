//! Networks beyond the estate: behind VPN connections, and peers whose VPC is not read. Items 41, 47 and 48.

use std::net::IpAddr;

use bartizan::model::Estate;
use bartizan::model::resource::{Subnet, VpcPeeringConnection, VpcPeeringConnectionVpcInfo, VpnConnection};
use ipnet::IpNet;

use super::routing::{End, Journey, Way};
use super::{Header, Outcome, Stage, Start, lookup, transit};

/// Why it cannot be told how a flow ends.
pub(crate) const UNTOLD: &str = "AWS does not tell by which zone it enters";

/// Sends a packet in from a network beyond.
pub(crate) fn send(estate: &Estate, id: &str, sent: Header, ports: (u16, u16)) -> Outcome {
    let outcomes: Vec<_> = come_in(estate, id, Journey::new(sent))
        .into_iter()
        .map(|journey| super::connect(estate, Stage { start: Start::Beyond(id), sent, ports, journey }))
        .collect();
    let first = outcomes.first().cloned().unwrap_or_else(|| Outcome::denied("there is no such network beyond"));
    let same = outcomes.iter().all(|outcome| outcome.verdict == first.verdict);
    if same { first } else { Outcome::denied(UNTOLD) }
}

/// Where a packet of a network beyond gets; several where it may enter by several subnets.
pub(crate) fn come_in<'a>(estate: &'a Estate, id: &str, journey: Journey<'a>) -> Vec<Journey<'a>> {
    if let Some(vpn) = connection(estate, id) {
        if !works(vpn) {
            return vec![journey.lost("the VPN connection does not work")];
        }
        if let Some(gateway) = &vpn.vpn_gateway_id {
            return vec![by_gateway(estate, gateway.as_str(), journey)];
        }
        let mut all = transit::from_vpn(estate, id, journey);
        for journey in &mut all {
            journey.way = Way::Beyond;
            if matches!(journey.end, End::Nat(_)) {
                journey.end = End::Nowhere("a NAT gateway takes nothing from a VPN".to_owned());
            }
        }
        return all;
    }
    let Some((connection, ours, theirs)) = foreign(estate, id) else { return Vec::new() };
    if connection.status.as_ref().and_then(|status| status.code.as_deref()) != Some("active") {
        return vec![journey.lost("the peering connection is not active")];
    }
    let vpc = ours.vpc_id.as_ref().map_or("", |id| id.as_str());
    if !cidrs(theirs).iter().any(|cidr| cidr.contains(&journey.arrived.source))
        || !lookup::vpc_contains(estate, vpc, journey.arrived.destination)
    {
        return vec![journey.lost("an address is not of the two VPCs")];
    }
    vec![into(estate, vpc, journey)]
}

/// Item 47: from a virtual private gateway to interfaces of its VPC, at their own addresses.
fn by_gateway<'a>(estate: &'a Estate, id: &str, journey: Journey<'a>) -> Journey<'a> {
    match vpc_of_gateway(estate, id) {
        Some(vpc) => into(estate, vpc, journey),
        None => journey.lost("the virtual private gateway is attached to no VPC"),
    }
}

fn into<'a>(estate: &'a Estate, vpc: &str, journey: Journey<'a>) -> Journey<'a> {
    let Some(interface) = lookup::interface_with(estate, vpc, journey.arrived.destination) else {
        return journey.lost("no interface of the VPC has that address");
    };
    Journey { way: Way::Beyond, ..journey.reach_interface(estate, None, interface) }
}

fn vpc_of_gateway<'a>(estate: &'a Estate, id: &str) -> Option<&'a str> {
    let gateway = lookup::all(estate, |r| &r.vpn_gateways).find(|gateway| gateway.vpn_gateway_id == id)?;
    let attached = gateway.vpc_attachments.iter().find(|one| one.state.as_deref() == Some("attached"))?;
    let available = gateway.state.as_deref() == Some("available");
    attached.vpc_id.as_ref().map(bartizan::model::VpcId::as_str).filter(|_| available)
}

/// Out by a virtual private gateway: by those of its connections that work and hold the address.
pub(crate) fn out_by_gateway<'a>(estate: &'a Estate, from: &Subnet, id: &str, mut journey: Journey<'a>) -> Journey<'a> {
    if vpc_of_gateway(estate, id) != Some(from.vpc_id.as_str()) {
        return journey.lost("the virtual private gateway is not attached to the VPC");
    }
    let to = journey.arrived.destination;
    let ours = lookup::all(estate, |r| &r.vpn_connections)
        .filter(|vpn| vpn.vpn_gateway_id.as_ref().is_some_and(|gateway| gateway.as_str() == id));
    let by: Vec<_> =
        ours.filter(|vpn| works(vpn) && holds(vpn, to)).map(|vpn| vpn.vpn_connection_id.to_string()).collect();
    if by.is_empty() {
        return journey.lost("no VPN connection carries it");
    }
    (journey.way, journey.end) = (Way::Beyond, End::Beyond(by));
    journey
}

/// Out by a VPN connection of a transit gateway.
pub(crate) fn out_by_connection<'a>(estate: &'a Estate, id: &str, mut journey: Journey<'a>) -> Journey<'a> {
    if !connection(estate, id).is_some_and(works) {
        return journey.lost("the VPN connection does not work");
    }
    (journey.way, journey.end) = (Way::Beyond, End::Beyond(vec![id.to_owned()]));
    journey
}

/// Out to a peer whose VPC is not read, when it is one.
pub(crate) fn out_to_peer<'a>(estate: &'a Estate, id: &str, journey: &Journey<'a>) -> Option<Journey<'a>> {
    let (_, _, theirs) = foreign(estate, id)?;
    let inside = cidrs(theirs).iter().any(|cidr| cidr.contains(&journey.arrived.destination));
    let mut journey = journey.clone();
    (journey.way, journey.end) = (Way::Beyond, End::Beyond(vec![id.to_owned()]));
    Some(if inside { journey } else { journey.lost("the address is not in the peer's ranges") })
}

/// Whether a network beyond is at the other end of one of these connections: they are its own, or lead to the same
/// customer gateway.
pub(crate) fn is_among(estate: &Estate, id: &str, by: &[String]) -> bool {
    let customer = |id: &str| connection(estate, id).and_then(|vpn| vpn.customer_gateway_id.as_deref());
    by.iter().any(|other| other == id || (customer(other).is_some() && customer(other) == customer(id)))
}

fn connection<'a>(estate: &'a Estate, id: &str) -> Option<&'a VpnConnection> {
    lookup::all(estate, |r| &r.vpn_connections).find(|vpn| vpn.vpn_connection_id == id)
}

/// A connection works while one of its tunnels is up.
fn works(vpn: &VpnConnection) -> bool {
    let up = vpn.vgw_telemetry.iter().any(|tunnel| tunnel.status.as_deref() == Some("UP"));
    up && vpn.state.as_deref() == Some("available")
}

fn holds(vpn: &VpnConnection, to: IpAddr) -> bool {
    let ranges = vpn.routes.iter().filter_map(|route| route.destination_cidr_block.as_ref()?.parse::<IpNet>().ok());
    ranges.into_iter().any(|range| range.contains(&to))
}

/// A peering connection out of the estate: our side of it, and theirs.
fn foreign<'a>(
    estate: &'a Estate,
    id: &str,
) -> Option<(&'a VpcPeeringConnection, &'a VpcPeeringConnectionVpcInfo, &'a VpcPeeringConnectionVpcInfo)> {
    let connection = lookup::peering(estate, id)?;
    let [one, two] = [connection.requester_vpc_info.as_ref()?, connection.accepter_vpc_info.as_ref()?];
    let read = |info: &VpcPeeringConnectionVpcInfo| {
        info.vpc_id.as_ref().is_some_and(|vpc| lookup::vpc(estate, vpc.as_str()).is_some())
    };
    match (read(one), read(two)) {
        (true, false) => Some((connection, one, two)),
        (false, true) => Some((connection, two, one)),
        _ => None,
    }
}

fn cidrs(info: &VpcPeeringConnectionVpcInfo) -> Vec<IpNet> {
    info.cidr_block_set.iter().filter_map(|block| block.cidr_block.as_ref()?.parse().ok()).collect()
}
