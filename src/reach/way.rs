//! Ways: where routing takes a packet from a subnet, and the filters of subnets that it passes. No packet is stopped
//! here by a filter; that is for the walk, which knows the packet's source and service.

use std::sync::LazyLock;

use super::network::{Holder, Id, Network, SubnetNode, VpcNode, at, zone};
use super::path::{Component, Explanation, Unread};
use super::route::{Entry, Target};
use super::set::{Addresses, address, ends, is_v4, parse_net};
use crate::model::Kind;

/// Something on a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Out of a subnet, by its network ACL.
    AclOut(Id),
    /// Into a subnet, by its network ACL.
    AclIn(Id),
    /// The route of a table that won: table, and entry in it.
    Route(Id, usize),
    /// A peering connection.
    Peering(Id),
    /// A transit gateway.
    Transit(Id),
    /// An attachment to a transit gateway.
    Attachment(Id),
    /// The route of a transit gateway's table that won: table, and entry in it.
    TransitRoute(Id, usize),
    /// Through an appliance's interface: its groups in and out.
    Appliance(Id),
    /// Through the endpoint of an appliance behind a Gateway Load Balancer.
    ApplianceEndpoint(Id),
}

/// Where a way ends.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// At an interface.
    Interface(Id),
    /// At an internet gateway, outwards.
    Outside(Id),
    /// At an egress-only internet gateway, outwards.
    OutsideOnly,
    /// At a NAT gateway.
    Nat(Id),
    /// At a service of AWS, by a gateway endpoint.
    Service(Id),
    /// At a network beyond a VPN connection.
    Remote(Component),
    /// Nowhere.
    Stopped(Box<Explanation>),
    /// It cannot be told.
    Unread(Box<Unread>),
}

/// A way through the network.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
    /// Whether security group rules that name a group recognise the sender at the end of it.
    pub(super) references: bool,
    /// The interface that has the destination's address, when the way does not get there.
    pub(super) toward: Option<Id>,
}

/// No packet passes more routers than this; more is a loop.
const MOST_ROUTERS: usize = 12;

impl<'e> Network<'e> {
    /// Where a packet goes that an interface in a subnet sends to an address.
    pub(super) fn way(&self, subnet: Id, destination: u128) -> Way {
        let mut way = Way { steps: Vec::new(), end: End::OutsideOnly, references: true, toward: None };
        let Some(node) = at(&self.subnets, subnet) else {
            way.end = stopped(Explanation::new("NO_PATH", "it is in no subnet"));
            return way;
        };
        if node.range.contains(destination) && !reserved(destination) {
            way.end = self.local(node.vpc, destination);
            if matches!(way.end, End::Interface(_)) {
                return way;
            }
        }
        way.steps.push(Step::AclOut(subnet));
        self.follow(&mut way, subnet, destination);
        if matches!(way.end, End::Stopped(_)) {
            self.perhaps_a_service(&mut way, node.table, destination);
        }
        if matches!(way.end, End::Stopped(_) | End::Unread(_)) {
            way.toward = self.intended(node.vpc, destination);
        }
        way
    }

    fn table_unread(&self, node: &SubnetNode<'e>) -> Unread {
        let what = format!("the route table of {}", node.resource.subnet_id);
        let foreign = "no route table that was listed is its own (a shared VPC's is its owner's)";
        let gap = self.missing(node.shard, Kind::RouteTable);
        gap.map_or_else(|| Unread::never(what.as_str(), foreign), |gap| Unread::of(what.as_str(), &gap))
    }

    /// What is missing to know where a subnet sends everything, if anything is.
    pub(super) fn routes_unread(&self, subnet: Id) -> Option<Unread> {
        let node = at(&self.subnets, subnet)?;
        let Some(table) = node.table.and_then(|table| at(&self.tables, table)) else {
            return Some(self.table_unread(node));
        };
        let what = format!("where every route of {} leads", table.resource.route_table_id);
        if let Some((_, list)) = table.table.unread_lists.first() {
            return Some(Unread {
                what,
                action: Some("ec2:GetManagedPrefixListEntries".to_owned()),
                why: format!("the entries of {list} were not read"),
            });
        }
        let strange =
            table.table.entries.iter().any(|entry| !entry.blackhole && matches!(entry.target, Target::NotModelled));
        strange.then(|| Unread::never(what, "a target is of a kind that is not modelled, or was not read"))
    }

    /// Follows the route table of a subnet that the packet is in.
    pub(super) fn follow(&self, way: &mut Way, subnet: Id, destination: u128) {
        let routers = way.steps.iter().filter(|step| matches!(step, Step::Route(..))).count();
        if routers > MOST_ROUTERS {
            way.end = stopped(Explanation::new("NO_PATH", "it goes round in a circle of route tables"));
            return;
        }
        let Some(node) = at(&self.subnets, subnet) else { return };
        let Some((table_id, table)) = node.table.and_then(|id| Some((id, at(&self.tables, id)?))) else {
            way.end = End::Unread(Box::new(self.table_unread(node)));
            return;
        };
        let winning = table.table.winning(destination);
        let local = winning.is_some_and(|(_, entry)| matches!(entry.target, Target::Local));
        if let Some((index, list)) = table.table.unread_lists.first().filter(|_| !local) {
            let what = format!("where route {index} of {} leads: the entries of {list}", table.resource.route_table_id);
            let why = "the prefix list's entries were not read";
            let action = Some("ec2:GetManagedPrefixListEntries".to_owned());
            way.end = End::Unread(Box::new(Unread { what, action, why: why.to_owned() }));
            return;
        }
        let Some((place, entry)) = winning else {
            way.end = stopped(self.no_route(table_id, subnet, destination));
            return;
        };
        way.steps.push(Step::Route(table_id, place));
        self.enter(way, (subnet, table_id), entry, destination);
    }

    /// A way that ends nowhere may lead to a service of AWS, if a gateway endpoint's prefix list that could not be read
    /// says so.
    fn perhaps_a_service(&self, way: &mut Way, table: Option<Id>, destination: u128) {
        let Some(table) = table.and_then(|table| at(&self.tables, table)) else { return };
        if let Some((index, list)) = table.table.unread_services.first()
            && Addresses::internet().contains(destination)
        {
            let name = &table.resource.route_table_id;
            let what = format!("what route {index} of {name} carries to a gateway endpoint: the entries of {list}");
            let action = Some("ec2:GetManagedPrefixListEntries".to_owned());
            way.end = End::Unread(Box::new(Unread { what, action, why: "they were not read".to_owned() }));
        }
    }

    /// Goes where a route leads.
    fn enter(&self, way: &mut Way, (subnet, table): (Id, Id), entry: &Entry, destination: u128) {
        let vpc = at(&self.subnets, subnet).map_or(Id::MAX, |node| node.vpc);
        let explain = |code: &str, text: String| self.by_route(code, text, table, entry);
        if entry.blackhole {
            way.end =
                stopped(explain("BAD_STATE_ROUTE", format!("the route for {} is a blackhole", address(destination))));
            return;
        }
        match entry.target {
            Target::Local => {
                way.end = self.local(vpc, destination);
                self.step_in(way, subnet);
            }
            Target::InternetGateway(gateway) => self.out(way, (vpc, table), (gateway, entry), destination),
            Target::EgressOnly => way.end = End::OutsideOnly,
            Target::Nat(nat) => self.to_nat(way, (subnet, table), (nat, entry), destination),
            Target::Peering(peering) => self.across(way, (vpc, table), (peering, entry), destination),
            Target::ServiceEndpoint(_) if way.steps.iter().any(|step| matches!(step, Step::Transit(_))) => {
                let text = "a gateway endpoint takes nothing from outside its VPC".to_owned();
                way.end = stopped(explain("NO_POSSIBLE_DESTINATION", text));
            }
            Target::ServiceEndpoint(endpoint) => {
                let node = at(&self.endpoints, endpoint);
                let state = node.and_then(|node| node.state.as_deref()).unwrap_or("available");
                way.end = End::Service(endpoint);
                if !state.eq_ignore_ascii_case("available") {
                    way.end = stopped(explain("BAD_STATE", format!("the gateway endpoint is {state}")));
                }
            }
            Target::Interface(interface) => self.through(way, subnet, interface, destination),
            Target::ApplianceEndpoint(endpoint) => self.through_endpoint(way, subnet, endpoint, destination),
            Target::TransitGateway(gateway) => self.transit(way, (subnet, table), (gateway, entry), destination),
            Target::VpnGateway(gateway) => self.to_vpn(way, (vpc, table), (gateway, entry), destination),
            Target::Gone => {
                way.end = stopped(explain("BAD_STATE_ROUTE", "the route's target does not exist".to_owned()));
            }
            Target::NotModelled | Target::Attachment(_) => {
                let shard = at(&self.subnets, subnet).map_or(0, |node| node.shard);
                way.end = self.untold_end(shard, (table, entry), destination);
            }
        }
    }

    /// Where a route leads whose target is in no listing, or of a kind that is not modelled.
    fn untold_end(&self, shard: usize, (table, entry): (Id, &Entry), destination: u128) -> End {
        let what = format!("where {} sends {}", self.table_name(table), address(destination));
        let gap = self.untold(table, entry).and_then(|kind| self.missing(shard, kind));
        let why = "its target is of a kind that is not modelled, or was not read";
        End::Unread(Box::new(
            gap.map_or_else(|| Unread::never(what.clone(), why), |gap| Unread::of(what.clone(), &gap)),
        ))
    }

    /// The kind of a target that is in no listing, by its id.
    fn untold(&self, table: Id, entry: &Entry) -> Option<Kind> {
        let target = self.route_component(table, entry)?.target;
        match target.id()?.split('-').next()? {
            "igw" => Some(Kind::InternetGateway),
            "nat" => Some(Kind::NatGateway),
            "pcx" => Some(Kind::VpcPeeringConnection),
            "eni" => Some(Kind::NetworkInterface),
            "i" => Some(Kind::Instance),
            "vgw" => Some(Kind::VpnGateway),
            "vpce" => Some(Kind::VpcEndpoint),
            "tgw" => Some(Kind::TransitGateway),
            _ => None,
        }
    }

    /// The interface that has an address in a VPC.
    pub(super) fn local(&self, vpc: Id, destination: u128) -> End {
        if let Some(interface) = self.interface_at(vpc, destination) {
            return End::Interface(interface);
        }
        let node = at(&self.vpcs, vpc);
        let gap = node.and_then(|node| self.missing_address(node, destination));
        if let Some(gap) = gap {
            let what = format!("what has the address {}", address(destination));
            return End::Unread(Box::new(Unread::of(what, &gap)));
        }
        let mut why = Explanation::new("NO_PATH", format!("nothing has the address {}", address(destination)));
        why.address = Some(address(destination).to_string());
        why.vpc = node.map(|node| Component::new(node.id));
        stopped(why)
    }

    /// What is missing to tell that nothing in a VPC has an address.
    fn missing_address(&self, node: &VpcNode<'_>, destination: u128) -> Option<crate::model::Gap> {
        // The VPC's own resolver is at its first address plus two, and ranges begin at multiples of 16.
        let resolver = (node.resource.is_none() && destination & 0xf == 2).then_some(Kind::Vpc);
        let kinds = [Some(Kind::NetworkInterface), Some(Kind::Subnet), resolver];
        kinds.into_iter().flatten().find_map(|kind| self.missing(node.shard, kind))
    }

    /// Into the subnet of the interface at the end of the way, unless it is the one the packet comes from.
    pub(super) fn step_in(&self, way: &mut Way, from: Id) {
        if let End::Interface(interface) = way.end
            && let Some(there) = at(&self.interfaces, interface).map(|interface| interface.subnet)
            && there != from
        {
            way.steps.push(Step::AclIn(there));
        }
    }

    fn out(&self, way: &mut Way, (vpc, table): (Id, Id), (gateway, entry): (Id, &Entry), destination: u128) {
        let node = at(&self.gateways, gateway);
        if node.is_none_or(|node| node.vpc != Some(vpc)) {
            let text = format!("{} is not attached to the VPC", node.map_or("the internet gateway", |node| node.id));
            way.end = stopped(self.by_route("BAD_STATE_ATTACHMENT", text, table, entry));
        } else if !Addresses::internet().contains(destination) {
            let text = format!("{} is no address on the internet", address(destination));
            let code = if shared(destination) {
                "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS"
            } else {
                "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"
            };
            way.end = stopped(self.by_route(code, text, table, entry));
        } else {
            way.end = End::Outside(gateway);
        }
    }

    fn to_nat(&self, way: &mut Way, (subnet, table): (Id, Id), (nat, entry): (Id, &Entry), destination: u128) {
        let Some(node) = at(&self.nats, nat) else { return };
        let state = node.resource.state.as_deref();
        if !matches!(state, None | Some("available")) {
            let text = format!("{} is {}", node.resource.nat_gateway_id, state.unwrap_or("in no state"));
            way.end = stopped(self.by_route("BAD_STATE", text, table, entry));
        } else if !is_v4(destination) {
            let text = "a NAT gateway carries IPv6 only as NAT64, which is not modelled";
            way.end = End::Unread(Box::new(Unread::never(format!("how {} is reached", address(destination)), text)));
        } else {
            if let Some(there) = node.subnet.filter(|there| *there != subnet) {
                way.steps.push(Step::AclIn(there));
            }
            way.end = End::Nat(nat);
        }
    }

    fn across(&self, way: &mut Way, (vpc, table): (Id, Id), (peering, entry): (Id, &Entry), destination: u128) {
        let Some(node) = at(&self.peerings, peering) else { return };
        let status = node.resource.status.as_ref().and_then(|status| status.code.as_deref());
        let peer = match node.vpcs {
            [Some(one), other] if one == vpc => other,
            [one, Some(other)] if other == vpc => one,
            _ => None,
        };
        let there = peer.and_then(|peer| Some((peer, at(&self.vpcs, peer)?)));
        let stop = |code: &str, text: String| stopped(self.by_route(code, text, table, entry));
        let name = &node.resource.vpc_peering_connection_id;
        way.end = match (status, there) {
            (Some(other), _) if other != "active" => stop("BAD_STATE", format!("{name} is {other}")),
            (_, None) => stop("BAD_STATE", format!("{name} does not belong to this VPC")),
            (_, Some((_, there))) if !there.cidrs.is_empty() && !there.cidrs.contains(destination) => {
                let text =
                    format!("{} is not in {}, the VPC at the other end of {name}", address(destination), there.id);
                stop("PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", text)
            }
            (_, Some((_, there))) if there.resource.is_none() => {
                way.steps.push(Step::Peering(peering));
                let what = format!("what is in {}, the VPC at the other end of {name}", there.id);
                self.end_unlisted(what, &[Kind::Vpc])
            }
            (_, Some((peer, _))) => {
                way.steps.push(Step::Peering(peering));
                way.references &= node.same_region;
                self.local(peer, destination)
            }
        };
        self.step_in(way, Id::MAX);
    }

    /// Through an appliance: an instance that routes, and whatever it does with packets.
    fn through(&self, way: &mut Way, subnet: Id, interface: Id, destination: u128) {
        let Some(node) = at(&self.interfaces, interface) else { return };
        way.references = false;
        if self.owns(interface, destination) {
            way.end = End::Interface(interface);
            return self.step_in(way, subnet);
        }
        if node.subnet != subnet {
            way.steps.push(Step::AclIn(node.subnet));
        }
        if node.checks {
            let text = format!("{} refuses packets that are not addressed to it", node.id);
            let mut why = Explanation::new("ENI_SOURCE_DEST_CHECK_RESTRICTION", text);
            why.component = Some(Component::new(node.id));
            way.end = stopped(why);
            return;
        }
        way.steps.push(Step::Appliance(interface));
        self.go_on(way, node.subnet, destination);
    }

    fn through_endpoint(&self, way: &mut Way, subnet: Id, endpoint: Id, destination: u128) {
        let resource = at(&self.endpoints, endpoint);
        let place = resource.and_then(|e| e.subnet_ids.first()).and_then(|s| self.by_id.subnet.get(s.as_str()));
        way.references = false;
        way.steps.push(Step::ApplianceEndpoint(endpoint));
        let Some(place) = place else {
            let what = format!("where {} is", resource.map_or("the endpoint", |e| e.vpc_endpoint_id.as_str()));
            way.end = End::Unread(Box::new(Unread::never(what, "its subnet is not in this estate")));
            return;
        };
        if place != subnet {
            way.steps.push(Step::AclIn(place));
        }
        self.go_on(way, place, destination);
    }

    /// On from an appliance in a subnet.
    pub(super) fn go_on(&self, way: &mut Way, subnet: Id, destination: u128) {
        let Some(node) = at(&self.subnets, subnet) else { return };
        if node.range.contains(destination) {
            way.end = self.local(node.vpc, destination);
            return;
        }
        way.steps.push(Step::AclOut(subnet));
        self.follow(way, subnet, destination);
    }

    /// From an internet gateway towards an interface: by the gateway's own route table, if it has one.
    pub(super) fn way_in(&self, gateway: Id, interface: Id, private: u128) -> Way {
        let table = at(&self.gateways, gateway).and_then(|gateway| gateway.table);
        self.way_in_by(table, (interface, private), true)
    }

    /// From a gateway towards an interface, by the gateway's own route table. What an internet gateway sends to an
    /// appliance needs a public address there.
    pub(super) fn way_in_by(&self, table: Option<Id>, (interface, private): (Id, u128), public: bool) -> Way {
        let mut way =
            Way { steps: Vec::new(), end: End::Interface(interface), references: false, toward: Some(interface) };
        if let Some((table_id, table)) = table.and_then(|id| Some((id, at(&self.tables, id)?)))
            && let Some((place, entry)) = table.table.winning(private)
        {
            way.steps.push(Step::Route(table_id, place));
            match entry.target {
                _ if entry.blackhole => {
                    let text = format!("the route of {} for what enters is a blackhole", self.table_name(table_id));
                    way.end = stopped(self.by_route("BAD_STATE_ROUTE", text, table_id, entry));
                }
                Target::Interface(appliance) if appliance != interface => {
                    match self.no_middlebox(appliance).filter(|_| public) {
                        Some(text) => {
                            way.end = stopped(self.by_route("INGRESS_RTB_NO_PUBLIC_IP", text, table_id, entry));
                        }
                        None => self.through(&mut way, Id::MAX, appliance, private),
                    }
                    return way;
                }
                Target::ApplianceEndpoint(endpoint) => {
                    self.through_endpoint(&mut way, Id::MAX, endpoint, private);
                    return way;
                }
                Target::Gone => {
                    let text = "the route's target does not exist".to_owned();
                    way.end = stopped(self.by_route("BAD_STATE_ROUTE", text, table_id, entry));
                }
                Target::NotModelled => {
                    let subnet = at(&self.interfaces, interface).and_then(|node| at(&self.subnets, node.subnet));
                    let shard = subnet.map_or(0, |subnet| subnet.shard);
                    way.end = self.untold_end(shard, (table_id, entry), private);
                }
                _ => {}
            }
        }
        self.step_in(&mut way, Id::MAX);
        way
    }

    /// Why an interface cannot take what an internet gateway's route table sends it: it needs a public address, and an
    /// instance.
    fn no_middlebox(&self, interface: Id) -> Option<String> {
        let node = at(&self.interfaces, interface)?;
        if node.addresses.iter().all(|(private, public)| is_v4(*private) && public.is_none()) {
            return Some(format!("{} has no public address, so no internet gateway sends it anything", node.id));
        }
        let gone = matches!(node.holder, Holder::Nobody);
        gone.then(|| format!("{} is attached to nothing, so no internet gateway sends it anything", node.id))
    }

    /// Whether an internet gateway's route table sends what is for an address to an appliance first.
    pub(super) fn redirected(&self, gateway: Id, interface: Id, private: u128) -> bool {
        self.way_in(gateway, interface, private).passes_appliance()
    }

    /// The interface that the packet is meant for, wherever in the estate, for telling what else would stop it there.
    fn intended(&self, vpc: Id, destination: u128) -> Option<Id> {
        let peers = self.peerings.iter().filter_map(|peering| match peering.vpcs {
            [Some(one), Some(other)] if one == vpc => Some(other),
            [Some(one), Some(other)] if other == vpc => Some(one),
            _ => None,
        });
        let near = std::iter::once(vpc).chain(peers).find_map(|vpc| self.interface_at(vpc, destination));
        near.or_else(|| self.public_at(destination).map(|(interface, _)| interface))
    }

    fn no_route(&self, table: Id, subnet: Id, destination: u128) -> Explanation {
        let text = format!("{} has no route for {}", self.table_name(table), address(destination));
        let mut why = Explanation::new("NO_ROUTE_TO_DESTINATION", text);
        why.route_table = Some(Component::new(self.table_name(table)));
        why.subnet = at(&self.subnets, subnet).map(|node| Component::new(node.resource.subnet_id.as_str()));
        why.address = Some(address(destination).to_string());
        why
    }

    pub(super) fn by_route(&self, code: &str, text: String, table: Id, entry: &Entry) -> Explanation {
        let mut why = Explanation::new(code, text);
        why.route_table = Some(Component::new(self.table_name(table)));
        why.route_table_route = self.route_component(table, entry);
        why
    }

    pub(super) fn table_name(&self, table: Id) -> &'e str {
        at(&self.tables, table).map_or("", |node| node.resource.route_table_id.as_str())
    }

    /// Whether two subnets are in the same zone.
    pub(super) fn same_zone(&self, one: Id, other: Id) -> bool {
        let zone_of = |subnet: Id| at(&self.subnets, subnet).and_then(|node| zone(node.resource));
        zone_of(one).is_some() && zone_of(one) == zone_of(other)
    }
}

pub(super) fn stopped(why: Explanation) -> End {
    End::Stopped(Box::new(why))
}

/// Addresses that no route carries, whatever it says (NETWORK.md item 27, and link-local ones).
pub(super) fn reserved(destination: u128) -> bool {
    static RESERVED: LazyLock<Addresses> = LazyLock::new(|| Addresses::parse(["169.254.0.0/16", "fd00:ec2::/32"]));
    RESERVED.contains(destination)
}

/// Whether an address is of the shared range (RFC 6598).
pub(super) fn shared(address: u128) -> bool {
    static SHARED: LazyLock<Addresses> = LazyLock::new(|| Addresses::parse(["100.64.0.0/10"]));
    SHARED.contains(address)
}

/// Where AWS itself answers every instance, unfiltered: DNS, instance and task metadata, Pod Identity, licence
/// activation and time (VPC guide, "Security groups": what they do not filter).
static ANSWERED: LazyLock<Addresses> = LazyLock::new(|| {
    Addresses::parse([
        "169.254.169.253",
        "fd00:ec2::253",
        "169.254.169.254",
        "fd00:ec2::254",
        "169.254.170.2",
        "169.254.170.23",
        "fd00:ec2::23",
        "169.254.169.250",
        "169.254.169.251",
        "fd00:ec2::250",
        "fd00:ec2::251",
        "169.254.169.123",
        "fd00:ec2::123",
    ])
});

impl Way {
    /// Whether it leads through an appliance.
    pub(super) fn passes_appliance(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Appliance(_) | Step::ApplianceEndpoint(_)))
    }

    /// Whether it leads through the endpoint of an appliance behind a Gateway Load Balancer.
    pub(super) fn passes_endpoint(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::ApplianceEndpoint(_)))
    }

    /// AWS's code for why rules that name a group do not recognise the sender at the end of the way.
    pub(super) fn forgets(&self) -> Option<&'static str> {
        let transit = self.steps.iter().any(|step| matches!(step, Step::Transit(_)));
        let code =
            if transit && !self.passes_appliance() { "SG_REFERENCING_SUPPORT" } else { "SG_REFERENCES_NOT_PRESERVED" };
        (!self.references).then_some(code)
    }
}

impl Network<'_> {
    /// Whether the VPC itself answers on an address: `None` when the address is not its own to answer on or to drop.
    pub(super) fn vpc_answers(&self, vpc: Id, destination: u128) -> Option<bool> {
        if reserved(destination) {
            return Some(ANSWERED.contains(destination));
        }
        let first = at(&self.vpcs, vpc)?.resource?.cidr_block.as_deref().and_then(parse_net).map(|net| ends(&net).0);
        let resolver = first.is_some_and(|first| first + 2 == destination);
        (resolver && self.interface_at(vpc, destination).is_none()).then_some(true)
    }

    /// The peering connection at the end of a way whose other VPC is in an account that is not in this estate.
    pub(super) fn foreign_peer(&self, way: &Way) -> Option<Id> {
        let Some(Step::Peering(peering)) = way.steps.last() else { return None };
        self.is_foreign(*peering).then_some(*peering)
    }

    /// The end of a way in what one of these listings would tell, of whatever account.
    pub(super) fn end_unlisted(&self, what: String, kinds: &[Kind]) -> End {
        let why = "it is not in this estate; read that account and Region as well";
        End::Unread(Box::new(match self.missing_anywhere(kinds) {
            Some(gap) => Unread::of(what, &gap),
            None => Unread::never(what, why),
        }))
    }

    /// Whether a VPC of a peering connection is in an account that is not in this estate.
    pub(super) fn is_foreign(&self, peering: Id) -> bool {
        let Some(resource) = at(&self.peerings, peering).map(|node| node.resource) else { return false };
        let sides = [resource.requester_vpc_info.as_ref(), resource.accepter_vpc_info.as_ref()];
        sides.into_iter().flatten().any(|side| {
            let owner = side.owner_id.as_deref();
            owner.is_some_and(|owner| self.estate.shards.iter().all(|s| s.provenance.account.as_str() != owner))
        })
    }
}
