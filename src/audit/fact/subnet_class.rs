//! Where a subnet's route table lets its traffic go: to the internet, only out to it, elsewhere, or nowhere.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::FactContext;
use super::context::Place;
use super::family::Family;
use crate::audit::Evidence;
use crate::model::resource::{Route, RouteTable, Subnet};
use crate::model::{Describe, Gap, GapReason, Kind, Resource};
use crate::reach::Addresses;
use crate::reach::set::parse_net;

/// The class of a subnet and the routes that decide it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubnetClass {
    /// The more exposed of the two families' classes.
    pub class: Class,
    /// What IPv4 may do; absent when the subnet is for IPv6 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv4: Option<FamilyClass>,
    /// What IPv6 may do; absent when the subnet has no IPv6 range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<FamilyClass>,
    /// The route table.
    pub route_table: String,
    /// Whether it is used only because it is the VPC's main one.
    pub implicit_main: bool,
}

/// What one address family may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FamilyClass {
    /// The class.
    pub class: Class,
    /// How much of the internet is routed to an internet gateway, 0 to 1.
    pub internet_share: f64,
    /// The routes that decide.
    pub evidence: Vec<Evidence>,
}

/// What a route table lets a subnet's traffic do, the least exposed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
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

impl SubnetClass {
    /// The routes that decide the class.
    pub(super) fn evidence(&self) -> &[Evidence] {
        let deciding = self.ipv4.iter().chain(&self.ipv6).find(|family| family.class == self.class);
        deciding.map(|family| family.evidence.as_slice()).unwrap_or_default()
    }
}

impl Class {
    /// Whether an internet gateway carries some of the traffic.
    #[must_use]
    pub fn is_public(self) -> bool {
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
    let native = subnet.ipv6_native == Some(true);
    let of = |family: Family| of_family(at, subnet, table, family);
    let ipv4 = if native { None } else { Some(of(Family::V4)?) };
    let ipv6 = if native || !ipv6_ranges(subnet).is_empty() { Some(of(Family::V6)?) } else { None };
    let class = ipv4.iter().chain(&ipv6).map(|family| family.class).max().unwrap_or(Class::Isolated);
    Ok(SubnetClass { class, ipv4, ipv6, route_table: table.id().to_owned(), implicit_main })
}

fn ipv6_ranges(subnet: &Subnet) -> Vec<IpNet> {
    let lasting = subnet.ipv6_cidr_block_association_set.iter().filter(|a| {
        let state = a.ipv6_cidr_block_state.as_ref().and_then(|s| s.state.as_deref());
        state.is_none_or(|state| state == "associated")
    });
    lasting.filter_map(|a| a.ipv6_cidr_block.as_deref().and_then(parse_net)).collect()
}

/// The ranges of a subnet in one family.
fn ranges(subnet: &Subnet, family: Family) -> Vec<IpNet> {
    match family {
        Family::V4 => subnet.cidr_block.as_deref().and_then(parse_net).into_iter().collect(),
        Family::V6 => ipv6_ranges(subnet),
    }
}

/// One route with what it leads to.
struct Way<'t> {
    at: usize,
    route: &'t Route,
    leads: Leads,
    /// Lower is preferred among routes of the same length.
    rank: u8,
    net: IpNet,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Leads {
    Local,
    Nowhere,
    InternetGateway,
    OutOnly,
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
        let prefix = Addresses::net(&way.net);
        let won = undecided.and(&prefix);
        undecided = undecided.minus(&prefix);
        match way.leads {
            Leads::InternetGateway if !won.is_empty() => {
                internet_share += won.share_of(internet);
                deciding.push((Class::PartlyPublic, way));
            }
            Leads::OutOnly if !won.is_empty() || is_nat64(&way.net) => deciding.push((Class::Egress, way)),
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

/// Whether a range stands for the IPv4 internet, as IPv6 hosts see it through a NAT gateway (RFC 6052).
fn is_nat64(net: &IpNet) -> bool {
    parse_net("64:ff9b::/96").is_some_and(|well_known| well_known.contains(net) || net.contains(&well_known))
}

/// The routes of one family, the one that wins first.
fn ways<'t>(at: &Place<'_>, subnet: &Subnet, table: &'t RouteTable, family: Family) -> Result<Vec<Way<'t>>, Vec<Gap>> {
    let mut ways = Vec::new();
    for (index, route) in table.routes.iter().enumerate() {
        let nets = destinations(at, route, family)?;
        if nets.is_empty() {
            continue;
        }
        let leads = leads(at, (subnet, family), route)?;
        let propagated = route.origin.as_deref() == Some("EnableVgwRoutePropagation");
        let rank = u8::from(route.destination_prefix_list_id.is_some()) + 2 * u8::from(propagated);
        ways.extend(nets.into_iter().map(|net| Way { at: index, route, leads, rank, net }));
    }
    ways.sort_by_key(|way| (u8::MAX - way.net.prefix_len(), way.rank, way.at));
    Ok(ways)
}

/// What of one family a route is for. The list of a gateway endpoint holds the addresses of one AWS service: it takes
/// nothing from the internet at large, and need not be readable.
fn destinations(at: &Place<'_>, route: &Route, family: Family) -> Result<Vec<IpNet>, Vec<Gap>> {
    let entries = match route.destination_prefix_list_id.as_deref() {
        Some(list) if !leads_to_service(at, route, list)? => at.prefix_list(list)?,
        _ => &[],
    };
    let single = route.destination_cidr_block.iter().chain(&route.destination_ipv6_cidr_block);
    let mut nets = Vec::new();
    for text in single.chain(entries) {
        let net = parse_net(text).ok_or_else(|| {
            let detail = format!("`{text}` is where a route leads, and no range of addresses");
            vec![Gap::new(Kind::RouteTable.list_action(), GapReason::Malformed, detail)]
        })?;
        nets.extend(Some(net).filter(|net| Family::of(net) == family));
    }
    Ok(nets)
}

/// Whether a route to a prefix list leads to a gateway endpoint; a firewall's endpoint can be routed to like that, too.
fn leads_to_service(at: &Place<'_>, route: &Route, list: &str) -> Result<bool, Vec<Gap>> {
    let Some(endpoint) = route.gateway_id.as_deref().filter(|id| id.starts_with("vpce-")) else { return Ok(false) };
    if let Some(endpoint) = at.vpc_endpoints.get(endpoint) {
        return Ok(endpoint.vpc_endpoint_type.as_deref() == Some("Gateway"));
    }
    Ok(at.owner_of_prefix_list(list)? == Some("AWS"))
}

fn leads(at: &Place<'_>, subnet: (&Subnet, Family), route: &Route) -> Result<Leads, Vec<Gap>> {
    if is_blackhole(route) {
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
        Some(gateway) if gateway.starts_with("eigw-") => Leads::OutOnly,
        _ if comes_back_through(at, subnet, route)? => Leads::InternetGateway,
        _ => Leads::Elsewhere,
    })
}

fn is_blackhole(route: &Route) -> bool {
    route.state.as_deref() == Some("blackhole")
}

/// Whether the internet gateway's own route table sends what is for this subnet to the same appliance: then the
/// subnet is public, only inspected on the way.
fn comes_back_through(at: &Place<'_>, (subnet, family): (&Subnet, Family), route: &Route) -> Result<bool, Vec<Gap>> {
    let Some(appliance) = appliance(route) else { return Ok(false) };
    let own = ranges(subnet, family);
    let of_internet_gateway = |table: &&RouteTable| {
        table.associations.iter().any(|a| a.gateway_id.as_deref().is_some_and(|id| id.starts_with("igw-")))
    };
    let tables = at.gateway_tables(subnet.vpc_id.as_str()).iter().copied().filter(of_internet_gateway);
    for back in tables.flat_map(|table| &table.routes).filter(|back| !is_blackhole(back)) {
        let same = self::appliance(back) == Some(appliance);
        if same && destinations(at, back, family)?.iter().any(|net| own.iter().any(|own| net.contains(own))) {
            return Ok(true);
        }
    }
    // The internet gateway's table may be among those that were not read.
    at.complete(Kind::RouteTable)?;
    Ok(false)
}

/// What inspects or forwards on the way: a firewall's endpoint, an interface or an instance.
fn appliance(route: &Route) -> Option<&str> {
    let (field, id) = target(route)?;
    let may_be = matches!(field, "NetworkInterfaceId" | "InstanceId") || id.starts_with("vpce-");
    may_be.then_some(id)
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
