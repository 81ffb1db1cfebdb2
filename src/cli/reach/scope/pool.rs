//! Which ends of paths may belong together. A scope asks about pairs, of which there are too many to ask about each:
//! these look up who may come past the security groups of a destination, by address and by group.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::model::{Estate, Kind, Shard, resource::Route};
use crate::reach::{Admitted, Party, set};

/// Which of the conditions an end may meet, as a source and as a destination: a bit for each, the last one for all
/// further ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    source: u128,
    destination: u128,
}

impl Wanted {
    pub(super) fn new(source: &[bool], destination: &[bool]) -> Self {
        let bits = |all: &[bool]| {
            let met = all.iter().enumerate().filter(|(_, met)| **met);
            met.fold(0, |bits, (place, _)| bits | 1_u128 << place.min(127))
        };
        Self { source: bits(source), destination: bits(destination) }
    }

    /// Whether some condition may be met by a path from here to there.
    pub(super) const fn leads_to(self, to: Self) -> bool {
        self.source & to.destination != 0
    }

    pub(super) const fn is_source(self) -> bool {
        self.source != 0
    }

    pub(super) const fn is_destination(self) -> bool {
        self.destination != 0
    }
}

/// Senders, to be found by address and group.
#[derive(Debug, Default)]
struct Pool<'e> {
    all: Vec<usize>,
    by_address: Vec<(u128, usize)>,
    by_group: BTreeMap<&'e str, Vec<usize>>,
}

/// All senders, and those of each VPC.
#[derive(Debug)]
pub(super) struct Pools<'e> {
    all: Pool<'e>,
    of_vpc: BTreeMap<&'e str, Pool<'e>>,
    /// The VPCs from which packets to private addresses may get into others.
    onward: BTreeSet<&'e str>,
    /// The addresses that packets may get on their way: of NAT gateways and of hosts that pass on.
    given: Vec<u128>,
}

impl<'e> Pool<'e> {
    fn add(&mut self, place: usize, party: &Party<'e>) {
        self.all.push(place);
        let addresses = party.addresses.iter().flat_map(|(private, public)| [Some(*private), *public]);
        self.by_address.extend(addresses.flatten().map(|address| (set::number(address), place)));
        for group in &party.groups {
            self.by_group.entry(group).or_default().push(place);
        }
    }

    fn settle(&mut self) {
        self.by_address.sort_unstable();
    }

    fn likely(&self, admitted: &Admitted<'_>, everybody: bool, found: &mut Vec<usize>) {
        if everybody {
            return found.extend(&self.all);
        }
        for (first, last) in admitted.addresses.ranges() {
            let begin = self.by_address.partition_point(|(address, _)| address < first);
            let here = self.by_address.get(begin..).unwrap_or_default();
            found.extend(here.iter().take_while(|(address, _)| address <= last).map(|(_, place)| *place));
        }
        found.extend(admitted.groups.iter().filter_map(|group| self.by_group.get(group)).flatten());
    }
}

impl<'e> Pools<'e> {
    pub(super) fn new(estate: &'e Estate, parties: &[Party<'e>], senders: &[usize]) -> Self {
        let (mut all, mut of_vpc) = (Pool::default(), BTreeMap::<&str, Pool<'e>>::new());
        for place in senders {
            let Some(party) = parties.get(*place) else { continue };
            all.add(*place, party);
            of_vpc.entry(party.vpc).or_default().add(*place, party);
        }
        all.settle();
        of_vpc.values_mut().for_each(Pool::settle);
        let plain = plain(estate);
        let onward = of_vpc.keys().copied().filter(|vpc| !plain.contains(vpc)).collect();
        Self { all, of_vpc, onward, given: given(estate) }
    }

    /// The senders that may come past the security groups of a destination; in order.
    pub(super) fn likely(&self, to: &Party<'_>, admitted: &Admitted<'_>) -> Vec<usize> {
        let mut found = Vec::new();
        let everybody = admitted.all || self.given.iter().any(|address| admitted.addresses.contains(*address));
        let outside = to.addresses.iter().any(|(_, public)| public.is_some());
        if outside {
            self.all.likely(admitted, everybody, &mut found);
        } else {
            let near = self.of_vpc.get(to.vpc).filter(|_| !self.onward.contains(to.vpc));
            let far = self.onward.iter().filter_map(|vpc| self.of_vpc.get(vpc));
            near.into_iter().chain(far).for_each(|pool| pool.likely(admitted, everybody, &mut found));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether packets from one may get to private addresses of the other at all.
    pub(super) fn lead(&self, from: &Party<'_>, to: &Party<'_>) -> bool {
        from.vpc == to.vpc || self.onward.contains(from.vpc)
    }
}

/// The VPCs whose routes were read, and lead to the internet and AWS only.
fn plain(estate: &Estate) -> BTreeSet<&str> {
    let whole = |shard: &&Shard| shard.missing_kind(Kind::RouteTable).is_none();
    let tables = || estate.shards.iter().filter(whole).flat_map(|shard| &shard.resources.route_tables);
    let mut plain: BTreeSet<&str> = tables().map(|table| table.vpc_id.as_str()).collect();
    for table in tables().filter(|table| table.routes.iter().any(leads_on)) {
        plain.remove(table.vpc_id.as_str());
    }
    plain
}

/// Whether a route may lead into another VPC by private addresses.
fn leads_on(route: &Route) -> bool {
    let gateway = route.gateway_id.as_deref().is_some_and(|id| id != "local" && !id.starts_with("igw-"));
    // A route to an endpoint of a service by its prefix list leads to AWS.
    let service = route.destination_prefix_list_id.is_some()
        && route.gateway_id.as_deref().is_some_and(|id| id.starts_with("vpce-"));
    let plain = route.nat_gateway_id.is_some() || route.egress_only_internet_gateway_id.is_some();
    !service && (gateway || (route.gateway_id.is_none() && !plain))
}

/// The addresses of what sends packets on under an address of its own.
fn given(estate: &Estate) -> Vec<u128> {
    let resources = || estate.shards.iter().map(|shard| &shard.resources);
    let nats = resources().flat_map(|all| &all.nat_gateways).flat_map(|nat| &nat.nat_gateway_addresses);
    let nats = nats.flat_map(|address| [&address.private_ip, &address.public_ip]);
    let hosts = resources().flat_map(|all| &all.network_interfaces).filter(|one| one.source_dest_check == Some(false));
    let hosts = hosts.flat_map(|one| &one.private_ip_addresses).flat_map(|address| {
        [&address.private_ip_address, address.association.as_ref().map_or(&None, |association| &association.public_ip)]
    });
    let number = |text: &String| text.parse::<IpAddr>().ok().map(set::number);
    nats.chain(hosts).flatten().filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_leads_on_unless_it_is_known_not_to() {
        let route = |target: fn(&mut Route)| {
            let mut route = Route::default();
            target(&mut route);
            leads_on(&route)
        };
        assert!(!route(|route| route.gateway_id = Some("local".to_owned())));
        assert!(!route(|route| route.gateway_id = Some("igw-1".to_owned())));
        assert!(!route(|route| route.nat_gateway_id = Some("nat-1".to_owned())));
        assert!(!route(|route| route.egress_only_internet_gateway_id = Some("eigw-1".to_owned())));
        assert!(route(|route| route.gateway_id = Some("vgw-1".to_owned())));
        assert!(route(|route| route.gateway_id = Some("vpce-1".to_owned())), "an appliance");
        assert!(route(|route| route.transit_gateway_id = Some("tgw-1".to_owned())));
        assert!(route(|_| ()), "a target that is not known here");
    }
}
