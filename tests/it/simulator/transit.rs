//! Transit gateways: items 19 and 42 to 44.

use std::net::IpAddr;

use bartizan::model::Estate;
use bartizan::model::resource::{
    Subnet, TransitGatewayAttachment, TransitGatewayRoute, TransitGatewayRouteTable, TransitGatewayVpcAttachment,
};
use ipnet::IpNet;

use super::filters::Direction;
use super::routing::{Journey, Way, route_for};
use super::{beyond, lookup};

/// From a subnet whose table says `tgw-...`, through the gateway's own table, into another VPC.
pub(crate) fn travel<'a>(estate: &'a Estate, from: &'a Subnet, id: &str, mut journey: Journey<'a>) -> Journey<'a> {
    let gateway = lookup::all(estate, |r| &r.transit_gateways).find(|gateway| gateway.transit_gateway_id == id);
    if gateway.and_then(|gateway| gateway.state.as_deref()) != Some("available") {
        return journey.lost("the transit gateway is not available");
    }
    let Some(here) = attachment_of_vpc(estate, id, from.vpc_id.as_str()) else {
        return journey.lost("the VPC has no available attachment to the transit gateway");
    };
    let Some(entry) = subnet_in_zone_of(estate, here, from) else {
        return journey.lost("the attachment has no subnet in the sender's Availability Zone"); // item 43
    };
    // Item 19: leaving, both ACLs are asked, even when they are one.
    journey.gate(entry, Direction::In);
    let Some(table) = table_of(estate, here) else { return journey.lost("the attachment has no route table") };
    let there = match route(estate, table, journey.arrived.destination) {
        Some(Hop::To(attachment)) => attachment,
        Some(Hop::Blackhole) => return journey.lost("the transit gateway's route is a blackhole"),
        None => return journey.lost("the transit gateway has no route"),
    };
    if let Some(vpn) = vpn_of(estate, &there) {
        return beyond::out_by_connection(estate, vpn, journey);
    }
    let there = lookup::all(estate, |r| &r.transit_gateway_vpc_attachments)
        .find(|attachment| attachment.transit_gateway_attachment_id == there.as_str() && is_available(attachment));
    let Some(there) = there else { return journey.lost("the other attachment is no available VPC attachment") };
    let Some(exit) = exit_subnet(estate, there, from) else {
        return journey.lost("the other attachment has no subnet");
    };
    journey.way = Way::TransitGateway(id.to_owned());
    into_vpc(estate, exit, journey)
}

/// The VPN connection of an attachment that is available.
fn vpn_of<'a>(estate: &'a Estate, attachment: &str) -> Option<&'a str> {
    let all = lookup::all(estate, |r| &r.transit_gateway_attachments);
    let mut vpns =
        all.filter(|each| each.resource_type.as_deref() == Some("vpn") && each.state.as_deref() == Some("available"));
    vpns.find(|each| each.transit_gateway_attachment_id == attachment)?.resource_id.as_deref()
}

/// From a VPN connection, through the table of its attachment, into a VPC: by one of the subnets of its attachment.
pub(crate) fn from_vpn<'a>(estate: &'a Estate, vpn: &str, journey: Journey<'a>) -> Vec<Journey<'a>> {
    let mut all = lookup::all(estate, |r| &r.transit_gateway_attachments);
    let of = |each: &&TransitGatewayAttachment| each.resource_id.as_deref() == Some(vpn);
    let Some(here) = all.find(of).filter(|here| here.state.as_deref() == Some("available")) else {
        return vec![journey.lost("the VPN's attachment is not available")];
    };
    let Some(table) = associated_table(estate, here) else {
        return vec![journey.lost("the attachment has no route table")];
    };
    let there = match route(estate, table, journey.arrived.destination) {
        Some(Hop::To(attachment)) => attachment,
        Some(Hop::Blackhole) => return vec![journey.lost("the transit gateway's route is a blackhole")],
        None => return vec![journey.lost("the transit gateway has no route")],
    };
    let there = lookup::all(estate, |r| &r.transit_gateway_vpc_attachments)
        .find(|attachment| attachment.transit_gateway_attachment_id == there.as_str() && is_available(attachment));
    let Some(there) = there else { return vec![journey.lost("the other attachment is no available VPC attachment")] };
    subnets(estate, there).into_iter().map(|exit| into_vpc(estate, exit, journey.clone())).collect()
}

/// Item 44: the table of the attachment's subnet decides what happens in the VPC; item 19: its ACL is asked only
/// about what leaves it for another subnet.
fn into_vpc<'a>(estate: &'a Estate, exit: &'a Subnet, journey: Journey<'a>) -> Journey<'a> {
    let destination = journey.arrived.destination;
    let route = route_for(estate, exit, destination);
    let within = lookup::subnet_contains(exit, destination);
    let active = route.filter(|route| route.state.as_deref() != Some("blackhole"));
    if within || active.is_some_and(|route| route.gateway_id.as_deref() == Some("local")) {
        return match lookup::interface_with(estate, exit.vpc_id.as_str(), destination) {
            Some(interface) => journey.reach_interface(estate, Some(exit), interface),
            None => journey.lost("no interface in the attached VPC has that address"),
        };
    }
    let Some(route) = active else { return journey.lost("the attachment's subnet has no route") };
    if let Some(nat) = &route.nat_gateway_id {
        return super::routing::into_nat_gateway(estate, exit, nat, journey);
    }
    journey.lost("what came by transit gateway goes to interfaces and NAT gateways only")
}

fn is_available(attachment: &TransitGatewayVpcAttachment) -> bool {
    attachment.state.as_deref() == Some("available")
}

fn attachment_of_vpc<'a>(estate: &'a Estate, gateway: &str, vpc: &str) -> Option<&'a TransitGatewayVpcAttachment> {
    lookup::all(estate, |r| &r.transit_gateway_vpc_attachments)
        .find(|each| each.transit_gateway_id == gateway && each.vpc_id == vpc && is_available(each))
}

fn subnets<'a>(estate: &'a Estate, attachment: &TransitGatewayVpcAttachment) -> Vec<&'a Subnet> {
    let mut found: Vec<_> = attachment.subnet_ids.iter().filter_map(|id| lookup::subnet(estate, id.as_str())).collect();
    found.sort_by_key(|subnet| &subnet.subnet_id);
    found
}

fn subnet_in_zone_of<'a>(
    estate: &'a Estate,
    attachment: &TransitGatewayVpcAttachment,
    from: &Subnet,
) -> Option<&'a Subnet> {
    subnets(estate, attachment).into_iter().find(|subnet| subnet.availability_zone == from.availability_zone)
}

/// In the sender's Zone if the attachment has a subnet there, else its first one.
fn exit_subnet<'a>(estate: &'a Estate, attachment: &TransitGatewayVpcAttachment, from: &Subnet) -> Option<&'a Subnet> {
    subnet_in_zone_of(estate, attachment, from).or_else(|| subnets(estate, attachment).first().copied())
}

/// Item 42: the one table an attachment is associated with.
fn table_of<'a>(estate: &'a Estate, attachment: &TransitGatewayVpcAttachment) -> Option<&'a TransitGatewayRouteTable> {
    let of = |each: &&TransitGatewayAttachment| {
        each.transit_gateway_attachment_id == attachment.transit_gateway_attachment_id
    };
    associated_table(estate, lookup::all(estate, |r| &r.transit_gateway_attachments).find(of)?)
}

fn associated_table<'a>(
    estate: &'a Estate,
    attachment: &TransitGatewayAttachment,
) -> Option<&'a TransitGatewayRouteTable> {
    let association = attachment.association.as_ref()?;
    if association.state.as_deref() != Some("associated") {
        return None;
    }
    lookup::all(estate, |r| &r.transit_gateway_route_tables).find(|table| {
        association.transit_gateway_route_table_id.as_ref() == Some(&table.transit_gateway_route_table_id)
    })
}

/// What a transit gateway's table says.
enum Hop {
    To(String),
    Blackhole,
}

/// Item 42: the longest prefix; at equal length static, then by prefix list, then propagated.
fn route(estate: &Estate, table: &TransitGatewayRouteTable, destination: IpAddr) -> Option<Hop> {
    let mut found = Vec::new();
    for route in table.routes.iter().flatten() {
        let rank = match (route.r#type.as_deref(), &route.prefix_list_id) {
            (Some("propagated"), _) => 0,
            (_, Some(_)) => 1,
            (_, None) => 2,
        };
        for cidr in destinations(estate, route) {
            found.push((cidr, rank, hop(route)));
        }
    }
    for propagation in table.propagations.iter().flatten() {
        let enabled = propagation.state.as_deref() == Some("enabled");
        let attachment = propagation.transit_gateway_attachment_id.as_ref().map_or("", |id| id.as_str());
        let vpc = lookup::all(estate, |r| &r.transit_gateway_vpc_attachments)
            .find(|each| each.transit_gateway_attachment_id == attachment && enabled && is_available(each));
        for cidr in vpc.into_iter().flat_map(|vpc| lookup::vpc_cidrs(estate, vpc.vpc_id.as_str())) {
            found.push((cidr, 0, Some(Hop::To(attachment.to_owned()))));
        }
    }
    found.retain(|(cidr, ..)| cidr.contains(&destination));
    found.sort_by_key(|(cidr, rank, _)| (cidr.prefix_len(), *rank));
    found.pop()?.2
}

fn destinations(estate: &Estate, route: &TransitGatewayRoute) -> Vec<IpNet> {
    match (&route.prefix_list_id, &route.destination_cidr_block) {
        (Some(list), _) => {
            let entries = lookup::prefix_list(estate, list).and_then(|list| list.cidrs.clone());
            entries.into_iter().flatten().filter_map(|cidr| cidr.parse().ok()).collect()
        }
        (None, cidr) => cidr.iter().filter_map(|cidr| cidr.parse().ok()).collect(),
    }
}

fn hop(route: &TransitGatewayRoute) -> Option<Hop> {
    if route.state.as_deref() == Some("blackhole") {
        return Some(Hop::Blackhole);
    }
    let to = route.transit_gateway_attachments.first()?.transit_gateway_attachment_id.as_ref()?;
    Some(Hop::To(to.as_str().to_owned()))
}

/// Item 6: whether references to groups match across: the gateway and both attachments must have it on.
pub(crate) fn carries_groups(estate: &Estate, id: &str, vpcs: [&str; 2]) -> bool {
    let gateway = lookup::all(estate, |r| &r.transit_gateways).find(|gateway| gateway.transit_gateway_id == id);
    let option = gateway.and_then(|gateway| gateway.options.as_ref()?.security_group_referencing_support.as_deref());
    option == Some("enable")
        && vpcs.iter().all(|vpc| {
            let options = attachment_of_vpc(estate, id, vpc).and_then(|attachment| attachment.options.as_ref());
            options.and_then(|options| options.security_group_referencing_support.as_deref()).unwrap_or("enable")
                == "enable"
        })
}
