//! Where a subnet's route table lets its traffic go: to the internet, only out to it, elsewhere, or nowhere.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::FactContext;
use super::address::{self, AddressSet, Family};
use super::context::Place;
use crate::audit::Evidence;
use crate::model::resource::{Route, RouteTable, Subnet};
use crate::model::{Describe, Gap, Kind, Resource};

/// The class of a subnet and the routes that decide it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubnetClass {
    /// The more exposed of the two families' classes.
    pub(super) class: Class,
    /// What IPv4 may do.
    pub(super) ipv4: FamilyClass,
    /// What IPv6 may do; absent when the subnet has no IPv6 range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ipv6: Option<FamilyClass>,
    /// The route table.
    pub(super) route_table: String,
    /// Whether it is used only because it is the VPC's main one.
    pub(super) implicit_main: bool,
}

/// What one address family may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FamilyClass {
    /// The class.
    pub(super) class: Class,
    /// How much of the internet is routed to an internet gateway, 0 to 1.
    pub(super) internet_share: f64,
    /// The routes that decide.
    pub(super) evidence: Vec<Evidence>,
}

/// What a route table lets a subnet's traffic do, the least exposed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Class {
    /// Nothing leaves the VPC, gateway endpoints aside.
    Isolated,
    /// To other networks (peering, transit gateway, VPN, an appliance), not to the internet directly.
    Other,
    /// Out to the internet through a NAT or egress-only internet gateway, not in.
    Egress,
    /// In and out for a part of the internet.
    PartlyPublic,
    /// In and out.
    Public,
}

impl Class {
    /// Whether an internet gateway carries some of the traffic.
    pub(super) fn is_public(self) -> bool {
        self >= Self::PartlyPublic
    }
}

pub(super) fn compute(
    context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<SubnetClass, Vec<Gap>> {
    of_subnet(context, at, resource.id())
}

/// The class of a subnet by id. In a shared VPC only the owner sees the route tables, so they are looked for there.
pub(super) fn of_subnet(context: &FactContext<'_>, at: &Place<'_>, id: &str) -> Result<SubnetClass, Vec<Gap>> {
    let subnet = at.get(&at.subnets, Kind::Subnet, id)?;
    let place = &at.shard.provenance;
    match subnet.owner_id.as_deref() {
        Some(owner) if owner != place.account.as_str() => {
            let owners = context.place_of(owner, place.region.as_str())?;
            classify(owners, owners.subnets.get(id).copied().unwrap_or(subnet))
        }
        _ => classify(at, subnet),
    }
}

fn classify(at: &Place<'_>, subnet: &Subnet) -> Result<SubnetClass, Vec<Gap>> {
    let (table, implicit_main) = at.route_table(subnet)?;
    let ipv4 = of_family(at, subnet, table, Family::V4)?;
    let ipv6 = if has_ipv6(subnet) { Some(of_family(at, subnet, table, Family::V6)?) } else { None };
    let class = ipv6.as_ref().map_or(ipv4.class, |ipv6| ipv6.class.max(ipv4.class));
    Ok(SubnetClass { class, ipv4, ipv6, route_table: table.id().to_owned(), implicit_main })
}

fn has_ipv6(subnet: &Subnet) -> bool {
    subnet.ipv6_cidr_block_association_set.iter().any(|a| {
        let state = a.ipv6_cidr_block_state.as_ref().and_then(|s| s.state.as_deref());
        state.is_none_or(|state| state == "associated")
    })
}

/// One route with what it leads to.
struct Way<'t> {
    at: usize,
    route: &'t Route,
    leads: Leads,
    /// Lower is preferred among routes of the same length.
    rank: u8,
    net: ipnet::IpNet,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Leads {
    Local,
    Nowhere,
    InternetGateway,
    OutOnly,
    Endpoint,
    Elsewhere,
}

/// Divides the internet among the routes, the most specific first, and looks at who gets a part.
fn of_family(at: &Place<'_>, subnet: &Subnet, table: &RouteTable, family: Family) -> Result<FamilyClass, Vec<Gap>> {
    let ways = ways(at, subnet, table, family)?;
    let internet = family.internet();
    let mut undecided = internet.clone();
    let mut internet_share = 0.0;
    let mut deciding: Vec<(Class, &Way<'_>)> = Vec::new();
    for way in &ways {
        let prefix = AddressSet::of([way.net]);
        let won = undecided.and(&prefix);
        undecided = undecided.minus(&prefix);
        match way.leads {
            Leads::InternetGateway if !won.is_empty() => {
                internet_share += won.share_of(internet);
                deciding.push((Class::PartlyPublic, way));
            }
            Leads::OutOnly if !won.is_empty() => deciding.push((Class::Egress, way)),
            Leads::Elsewhere => deciding.push((Class::Other, way)),
            _ => {}
        }
    }
    let highest = deciding.iter().map(|(class, _)| *class).max().unwrap_or(Class::Isolated);
    let evidence =
        deciding.iter().filter(|(class, _)| *class == highest).map(|(_, way)| evidence(table, way)).collect();
    let whole = highest == Class::PartlyPublic && internet_share >= 0.5;
    let class = if whole { Class::Public } else { highest };
    Ok(FamilyClass { class, internet_share, evidence })
}

/// The routes of one family, the one that wins first.
fn ways<'t>(at: &Place<'_>, subnet: &Subnet, table: &'t RouteTable, family: Family) -> Result<Vec<Way<'t>>, Vec<Gap>> {
    let mut ways = Vec::new();
    for (index, route) in table.routes.iter().enumerate() {
        let leads = leads(at, subnet, route)?;
        let propagated = route.origin.as_deref() == Some("EnableVgwRoutePropagation");
        let listed = route.destination_prefix_list_id.as_deref();
        // An endpoint's list holds the addresses of one AWS service: it takes nothing from the internet at large.
        let entries = match listed {
            Some(list) if leads != Leads::Endpoint => at.prefix_list(list)?,
            _ => &[],
        };
        let rank = u8::from(listed.is_some()) + 2 * u8::from(propagated);
        let single = route.destination_cidr_block.iter().chain(&route.destination_ipv6_cidr_block);
        let nets = single.chain(entries).filter_map(|text| address::parse(text));
        let of_family = nets.filter(|net| Family::of(net) == family);
        ways.extend(of_family.map(|net| Way { at: index, route, leads, rank, net }));
    }
    ways.sort_by_key(|way| (u8::MAX - way.net.prefix_len(), way.rank, way.at));
    Ok(ways)
}

fn leads(at: &Place<'_>, subnet: &Subnet, route: &Route) -> Result<Leads, Vec<Gap>> {
    if route.state.as_deref() == Some("blackhole") {
        return Ok(Leads::Nowhere);
    }
    if let Some(nat) = &route.nat_gateway_id {
        let nat = at.get(&at.nat_gateways, Kind::NatGateway, nat)?;
        let private = nat.connectivity_type.as_deref() == Some("private");
        return Ok(if private { Leads::Elsewhere } else { Leads::OutOnly });
    }
    if route.egress_only_internet_gateway_id.is_some() {
        return Ok(Leads::OutOnly);
    }
    Ok(match route.gateway_id.as_deref() {
        Some("local") => Leads::Local,
        Some(gateway) if gateway.starts_with("igw-") => Leads::InternetGateway,
        Some(gateway) if gateway.starts_with("vpce-") && route.destination_prefix_list_id.is_some() => Leads::Endpoint,
        _ if comes_back_through(at, subnet, route) => Leads::InternetGateway,
        _ => Leads::Elsewhere,
    })
}

/// Whether the internet gateway's own route table sends what is for this subnet to the same appliance: then the
/// subnet is public, only inspected on the way.
fn comes_back_through(at: &Place<'_>, subnet: &Subnet, route: &Route) -> bool {
    let Some((_, appliance)) = target(route).filter(|(field, _)| is_appliance(field)) else { return false };
    let Some(own) = subnet.cidr_block.as_deref().and_then(address::parse) else { return false };
    let of_internet_gateway = |table: &&RouteTable| {
        table.associations.iter().any(|a| a.gateway_id.as_deref().is_some_and(|id| id.starts_with("igw-")))
    };
    let sends_here = |back: &Route| {
        let to = back.destination_cidr_block.as_deref().and_then(address::parse);
        to.is_some_and(|net| net.contains(&own)) && target(back).is_some_and(|(_, id)| id == appliance)
    };
    at.gateway_tables(subnet.vpc_id.as_str())
        .iter()
        .copied()
        .filter(of_internet_gateway)
        .any(|t| t.routes.iter().any(sends_here))
}

fn is_appliance(field: &str) -> bool {
    matches!(field, "GatewayId" | "NetworkInterfaceId" | "InstanceId")
}

/// The field that names where a route leads, and its value.
fn target(route: &Route) -> Option<(&'static str, &str)> {
    let fields = [
        ("NatGatewayId", &route.nat_gateway_id),
        ("EgressOnlyInternetGatewayId", &route.egress_only_internet_gateway_id),
        ("TransitGatewayId", &route.transit_gateway_id),
        ("VpcPeeringConnectionId", &route.vpc_peering_connection_id),
        ("NetworkInterfaceId", &route.network_interface_id),
        ("InstanceId", &route.instance_id),
        ("LocalGatewayId", &route.local_gateway_id),
        ("CarrierGatewayId", &route.carrier_gateway_id),
        ("CoreNetworkArn", &route.core_network_arn),
        ("GatewayId", &route.gateway_id),
    ];
    fields.into_iter().find_map(|(field, value)| Some((field, value.as_deref()?)))
}

/// A deciding route as evidence: which way it leads, and what for.
fn evidence(table: &RouteTable, way: &Way<'_>) -> Evidence {
    let (field, value) = target(way.route).unwrap_or(("State", "active"));
    let value: Value = json!(format!("{} -> {value}", way.net));
    Evidence { resource: Some(table.id().to_owned()), field: format!("Routes[{}].{field}", way.at), value }
}
