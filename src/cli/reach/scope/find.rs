//! Which paths a scope finds: every pair of ends that a condition names, with the sets of what gets from one to the
//! other, cut by every condition.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::file::{Condition, ENDPOINT, INTERNET_GATEWAY, Resources, Scope, Statement, is_passed};
use super::pool::{Pools, Wanted};
use super::{Finding, Side};
use crate::cli::Failure;
use crate::cli::reach::exposed::by_sources;
use crate::cli::reach::{ask, json, tell};
use crate::model::{Estate, Kind};
use crate::reach::service::describe;
use crate::reach::{
    Addresses, Answer, Boxes, Exposure, Network, Packet, PacketError, Party, Reach, Sender, Services, Verdict, set,
};

/// One end of a path.
#[derive(Clone, Copy)]
enum End<'p, 'e> {
    Internet,
    Interface(&'p Party<'e>),
}

/// What gets from one end to the other by one path.
struct Candidate<'p, 'e> {
    from: End<'p, 'e>,
    to: End<'p, 'e>,
    verdict: Verdict,
    /// The services as they arrive, each with the addresses of the end on the internet, or else the sender's own.
    boxes: Boxes,
    /// The services as they are sent, where a load balancer changes them.
    sent: Option<Services>,
    /// Addresses of what is in the estate, as sent and as they arrive: source, destination.
    sent_by: [Option<IpAddr>; 2],
    arrived_by: [Option<IpAddr>; 2],
    answer: Answer,
    unread: Vec<String>,
}

/// Finds the paths of a scope.
pub(super) struct Finder<'p, 'e> {
    estate: &'e Estate,
    network: &'p Network<'e>,
    parties: &'p [Party<'e>],
    by_interface: BTreeMap<&'e str, usize>,
    scope: &'p Scope,
    /// Which match conditions an end may meet: the internet, and each interface.
    internet: Wanted,
    wanted: Vec<Wanted>,
}

impl<'p, 'e> Finder<'p, 'e> {
    pub(super) fn new(
        (estate, network): (&'e Estate, &'p Network<'e>),
        parties: &'p [Party<'e>],
        scope: &'p Scope,
    ) -> Self {
        let by_interface = parties.iter().enumerate().map(|(place, party)| (party.interface, place)).collect();
        let wanted = |end: End<'_, '_>| {
            let of = |side: fn(&Condition) -> &Statement| {
                let may = |condition: &Condition| accepts(side(condition).resources.as_ref(), end, None);
                scope.matches.iter().map(may).collect::<Vec<bool>>()
            };
            Wanted::new(&of(|condition| &condition.source), &of(|condition| &condition.destination))
        };
        let internet = wanted(End::Internet);
        let wanted = parties.iter().map(|party| wanted(End::Interface(party))).collect();
        Self { estate, network, parties, by_interface, scope, internet, wanted }
    }

    /// Every path found, in the order of the estate: from the internet, to it, and inside.
    pub(super) fn findings(&self) -> Result<Vec<Finding>, Failure> {
        let mut found: BTreeMap<(usize, String, String, String), (Boxes, Candidate<'p, 'e>)> = BTreeMap::new();
        let mut keep = |candidate: Candidate<'p, 'e>| {
            let boxes = self.found(&candidate);
            if boxes.is_empty() {
                return;
            }
            let order = match (candidate.from, candidate.to) {
                (End::Internet, _) => 0,
                (_, End::Internet) => 1,
                _ => 2,
            };
            let (from, to) = candidate.sides();
            let (from, to) = (from.label(), to.label());
            let way = format!("{}{}", candidate.verdict, tell::short(&candidate.answer.forward_path_components));
            let known = found.entry((order, from, to, way)).or_insert_with(|| (Boxes::default(), candidate));
            known.0 = known.0.or(&boxes);
        };
        self.inbound(&mut keep)?;
        self.outbound(&mut keep)?;
        self.inside(&mut keep)?;
        let mut findings = Vec::new();
        for (boxes, candidate) in found.into_values() {
            for (services, addresses) in by_sources(&boxes) {
                findings.push(candidate.finding(findings.len() + 1, &services, &addresses));
            }
        }
        Ok(findings)
    }

    /// What of a candidate some match condition meets and no exclude condition does.
    fn found(&self, candidate: &Candidate<'_, '_>) -> Boxes {
        let met = |conditions: &[Condition]| {
            conditions.iter().fold(Boxes::default(), |all, condition| all.or(&candidate.meets(condition)))
        };
        let matched = met(&self.scope.matches);
        if matched.is_empty() { matched } else { matched.minus(&met(&self.scope.excludes)) }
    }

    /// The place of the party that has an interface.
    fn place(&self, interface: &str) -> Option<usize> {
        self.by_interface.get(interface).copied()
    }

    /// Whether paths from the internet to a party may be asked for.
    fn entered(&self, place: usize) -> Option<&'p Party<'e>> {
        let wanted = self.wanted.get(place).is_some_and(|to| self.internet.leads_to(*to));
        self.parties.get(place).filter(|_| wanted)
    }

    fn inbound(&self, keep: &mut impl FnMut(Candidate<'p, 'e>)) -> Result<(), Failure> {
        if !self.internet.is_source() {
            return Ok(());
        }
        let exposures = self.network.exposures();
        for exposure in exposures.addresses() {
            let party = self.network.exposed_party(exposure).and_then(|party| self.place(party.interface));
            let (Some(reach), Some(party)) = (exposures.reach(exposure), party) else { continue };
            if let Some(party) = self.entered(party) {
                self.inbound_to((exposure, reach), party, keep)?;
            }
            let Some(party) = self.parties.get(party) else { continue };
            for one in self.network.passed_on(exposure, reach) {
                let target = one.party.as_ref().and_then(|target| self.place(target.interface));
                let Some(target) = target.and_then(|target| self.entered(target)) else { continue };
                let Some(service) = one.service.map(crate::reach::Service::number) else { continue };
                let boxes = Boxes::product(&Services::range(service, service), &one.sources);
                self.passed_on((exposure, reach), (party, target), boxes, keep)?;
            }
        }
        Ok(())
    }

    /// What gets to an address from the internet.
    fn inbound_to(
        &self,
        (exposure, reach): (&Exposure, &Reach),
        party: &'p Party<'e>,
        keep: &mut impl FnMut(Candidate<'p, 'e>),
    ) -> Result<(), Failure> {
        let ends = (End::Internet, End::Interface(party));
        for (verdict, boxes) in verdicts(reach) {
            let Some(answer) = self.example(None, exposure.public(), party, &boxes)? else { continue };
            let mut one = candidate(ends, verdict, boxes, answer);
            (one.sent_by[1], one.arrived_by[1]) = (exposure.public(), Some(exposure.private()));
            one.unread = unread(verdict, reach);
            keep(one);
        }
        Ok(())
    }

    /// What a load balancer passes on from the internet to a target.
    fn passed_on(
        &self,
        (exposure, reach): (&Exposure, &Reach),
        (balancer, target): (&Party<'_>, &'p Party<'e>),
        boxes: Boxes,
        keep: &mut impl FnMut(Candidate<'p, 'e>),
    ) -> Result<(), Failure> {
        let ends = (End::Internet, End::Interface(target));
        if let Some(answer) = self.through((balancer, exposure.public()), target, &boxes)? {
            let mut one = candidate(ends, answer.verdict, boxes, answer);
            one.sent = Some(reach.connects.services());
            (one.sent_by[1], one.arrived_by[1]) =
                (exposure.public(), target.addresses.first().map(|(private, _)| *private));
            keep(one);
        }
        Ok(())
    }

    /// From every interface to every part of the internet that rules and routes treat alike.
    fn outbound(&self, keep: &mut impl FnMut(Candidate<'p, 'e>)) -> Result<(), Failure> {
        let wanted = |place: &usize| self.wanted.get(*place).is_some_and(|from| from.leads_to(self.internet));
        let mut senders = self.senders().filter(wanted).peekable();
        if senders.peek().is_none() {
            return Ok(());
        }
        let internet = Internet::new(self.estate, self.parties);
        let mut of_vpc: BTreeMap<&str, Vec<(IpAddr, Addresses)>> = BTreeMap::new();
        for party in senders.filter_map(|place| self.parties.get(place)) {
            let parts = of_vpc.entry(party.vpc).or_insert_with(|| {
                let parts = internet.parts(party.vpc).into_iter();
                parts.filter_map(|part| Some((set::address(part.first()?), part))).collect()
            });
            let pairs = party.addresses.iter().flat_map(|(own, _)| parts.iter().map(move |part| (*own, part)));
            for (own, (to, part)) in pairs.filter(|(own, (to, _))| own.is_ipv4() == to.is_ipv4()) {
                self.out(party, own, (*to, part), keep)?;
            }
        }
        Ok(())
    }

    /// What gets from an address to a part of the internet.
    fn out(
        &self,
        party: &'p Party<'e>,
        own: IpAddr,
        (to, part): (IpAddr, &Addresses),
        keep: &mut impl FnMut(Candidate<'p, 'e>),
    ) -> Result<(), Failure> {
        for (verdict, boxes, unread) in self.between(party, own, to)? {
            let Some(answer) = self.example(Some((party, own)), Some(to), party, &boxes)? else { continue };
            let boxes = Boxes::product(&boxes.services(), part);
            let mut one = candidate((End::Interface(party), End::Internet), verdict, boxes, answer);
            (one.sent_by[0], one.unread) = (Some(own), unread);
            one.arrived_by[0] = one.seen_source().or(Some(own));
            keep(one);
        }
        Ok(())
    }

    fn inside(&self, keep: &mut impl FnMut(Candidate<'p, 'e>)) -> Result<(), Failure> {
        let senders: Vec<usize> =
            self.senders().filter(|place| self.wanted.get(*place).is_some_and(|from| from.is_source())).collect();
        if senders.is_empty() {
            return Ok(());
        }
        let pools = Pools::new(self.estate, self.parties, &senders);
        let services = self.scope.services();
        for (place, to) in self.parties.iter().enumerate() {
            let Some(wanted) = self.wanted.get(place).filter(|to| to.is_destination()) else { continue };
            let Some(admitted) = self.network.admitted(to.interface) else { continue };
            let likely = pools.likely(to, &admitted.of(services.as_ref()));
            let likely =
                likely.into_iter().filter(|from| self.wanted.get(*from).is_some_and(|from| from.leads_to(*wanted)));
            for from in likely.filter(|from| *from != place).filter_map(|from| self.parties.get(from)) {
                for addresses in pairs(from, to).filter(|(_, sent, there)| sent != there || pools.lead(from, to)) {
                    self.across((from, to), addresses, keep)?;
                }
            }
        }
        Ok(())
    }

    /// What gets from an address of an interface to one of another.
    fn across(
        &self,
        (from, to): (&'p Party<'e>, &'p Party<'e>),
        (own, sent, there): (IpAddr, IpAddr, IpAddr),
        keep: &mut impl FnMut(Candidate<'p, 'e>),
    ) -> Result<(), Failure> {
        for (verdict, boxes, unread) in self.between(from, own, sent)? {
            let Some(answer) = self.example(Some((from, own)), Some(sent), to, &boxes)? else { continue };
            // VPCs may have the same ranges: what another one of them has the address of is not reached.
            let mut hops = answer.forward_path_components.iter();
            if verdict != Verdict::Unknown && !hops.any(|hop| hop.component.id == to.interface) {
                continue;
            }
            let mut one = candidate((End::Interface(from), End::Interface(to)), verdict, boxes, answer);
            (one.sent_by, one.unread) = ([Some(own), Some(sent)], unread);
            one.arrived_by = [one.seen_source().or(Some(own)), Some(there)];
            keep(one);
        }
        Ok(())
    }

    /// What sends of its own: a load balancer is passed, and a gateway's interface is none's.
    fn senders(&self) -> impl Iterator<Item = usize> {
        let passed = [Kind::LoadBalancer, Kind::ClassicLoadBalancer, Kind::NatGateway];
        let sends = move |party: &Party<'_>| !party.silent && !party.derived && !passed.contains(&party.kind);
        self.parties.iter().enumerate().filter(move |(_, party)| sends(party)).map(|(place, _)| place)
    }

    /// What gets from one address of an interface to another address, by verdict.
    fn between(
        &self,
        from: &Party<'_>,
        own: IpAddr,
        to: IpAddr,
    ) -> Result<Vec<(Verdict, Boxes, Vec<String>)>, Failure> {
        let sender = Sender::Resource(from.interface.to_owned());
        let reach = match self.network.services(&sender, Some(own), to) {
            Err(PacketError::NoSender(_) | PacketError::NoAddress(..)) => return Ok(Vec::new()),
            other => other.map_err(|error| Failure::usage(error.to_string()))?,
        };
        Ok(verdicts(&reach).into_iter().map(|(verdict, boxes)| (verdict, boxes, unread(verdict, &reach))).collect())
    }

    /// The path of one packet of a set.
    fn example(
        &self,
        from: Option<(&Party<'_>, IpAddr)>,
        to: Option<IpAddr>,
        party: &Party<'_>,
        boxes: &Boxes,
    ) -> Result<Option<Answer>, Failure> {
        let Some(service) = ask::sample(&boxes.services()) else { return Ok(None) };
        let sender = from.map_or(Sender::Internet, |(from, _)| Sender::Resource(from.interface.to_owned()));
        let any = boxes.at(service.number()).and_then(ask::somebody);
        let source = from.map(|(_, own)| own).or(any);
        let Some(destination) = to else {
            let ways = self.network.between(&sender, source, party.id, service);
            let ways = ways.map_err(|error| Failure::usage(error.to_string()))?;
            return Ok(ways.into_iter().find(|way| way.to.is_none()).map(|way| way.answer));
        };
        ask::answer(self.network, &Packet { sender, source, destination, service, source_port: None }).map(Some)
    }

    /// The path through a load balancer to a target.
    fn through(
        &self,
        (balancer, public): (&Party<'_>, Option<IpAddr>),
        target: &Party<'_>,
        boxes: &Boxes,
    ) -> Result<Option<Answer>, Failure> {
        let Some(service) = ask::sample(&boxes.services()) else { return Ok(None) };
        let source = boxes.at(service.number()).and_then(ask::somebody);
        let ways = self.network.by_way_of(&Sender::Internet, source, (balancer.id, target.interface), service);
        let ways = ways.map_err(|error| Failure::usage(error.to_string()))?;
        let mut mine = ways.into_iter().filter(|way| way.to == public);
        Ok(mine.next().map(|way| way.answer).filter(|answer| answer.verdict != Verdict::Denied))
    }
}

/// The internet as the senders of an estate see it. The estate's own addresses are left out: they are inside.
struct Internet<'e> {
    all: Addresses,
    /// Where a route, an ACL entry or a prefix list begins or ends. A packet may go on through another VPC: those of
    /// all of them cut.
    edges: Vec<u128>,
    /// The same of what groups let out, by VPC; of a group without one, for all.
    of_groups: BTreeMap<Option<&'e str>, Vec<u128>>,
}

impl<'e> Internet<'e> {
    fn new(estate: &'e Estate, parties: &[Party<'_>]) -> Self {
        let mut edges: Vec<u128> = Vec::new();
        let mut of_groups: BTreeMap<Option<&str>, Vec<u128>> = BTreeMap::new();
        for shard in &estate.shards {
            let resources = &shard.resources;
            for route in resources.route_tables.iter().flat_map(|table| &table.routes) {
                cut(&mut edges, [&route.destination_cidr_block, &route.destination_ipv6_cidr_block]);
            }
            for entry in resources.network_acls.iter().flat_map(|acl| &acl.entries) {
                cut(&mut edges, [&entry.cidr_block, &entry.ipv6_cidr_block]);
            }
            for list in resources.prefix_lists.iter().filter_map(|list| list.cidrs.as_ref()).flatten() {
                cut_at(&mut edges, list);
            }
            for group in &resources.security_groups {
                let own = of_groups.entry(group.vpc_id.as_ref().map(AsRef::as_ref)).or_default();
                for permission in &group.ip_permissions_egress {
                    cut(own, permission.ip_ranges.iter().map(|range| &range.cidr_ip));
                    cut(own, permission.ipv6_ranges.iter().map(|range| &range.cidr_ipv6));
                }
            }
        }
        let own = parties.iter().flat_map(|party| &party.addresses).filter_map(|(_, public)| *public);
        let own = Addresses::of(own.map(|address| (set::number(address), set::number(address))));
        Self { all: Addresses::internet().minus(&own), edges, of_groups }
    }

    /// The internet in parts, cut wherever a rule, an ACL entry or a route of a VPC begins or ends.
    fn parts(&self, vpc: &str) -> Vec<Addresses> {
        let groups = [None, Some(vpc)].into_iter().filter_map(|vpc| self.of_groups.get(&vpc)).flatten();
        let mut edges: Vec<u128> = self.edges.iter().chain(groups).copied().collect();
        edges.sort_unstable();
        edges.dedup();
        split(&self.all, &edges)
    }
}

fn cut<'t>(edges: &mut Vec<u128>, cidrs: impl IntoIterator<Item = &'t Option<String>>) {
    cidrs.into_iter().flatten().for_each(|cidr| cut_at(edges, cidr));
}

fn cut_at(edges: &mut Vec<u128>, cidr: &str) {
    if let Some((first, last)) = set::parse_net(cidr).map(|net| set::ends(&net)) {
        edges.push(first);
        edges.extend(last.checked_add(1));
    }
}

/// The addresses that one interface sends from and to another, and where that is inside.
fn pairs(from: &Party<'_>, to: &Party<'_>) -> impl Iterator<Item = (IpAddr, IpAddr, IpAddr)> {
    let there = to.addresses.iter().flat_map(|(private, public)| {
        let outside = public.filter(|public| public != private);
        std::iter::once((*private, *private)).chain(outside.map(|public| (public, *private)))
    });
    let there: Vec<(IpAddr, IpAddr)> = there.collect();
    let own = from.addresses.iter().map(|(own, _)| *own);
    let pairs: Vec<_> = own.flat_map(|own| there.iter().map(move |(sent, private)| (own, *sent, *private))).collect();
    pairs.into_iter().filter(|(own, sent, _)| own.is_ipv4() == sent.is_ipv4())
}

/// A set in parts: by family, and by the edges that it holds. Parts that no edge separates stay together.
fn split(all: &Addresses, edges: &[u128]) -> Vec<Addresses> {
    let mut parts: BTreeMap<(bool, usize), Vec<(u128, u128)>> = BTreeMap::new();
    for &(first, last) in all.ranges() {
        let mut at = first;
        while at <= last {
            let piece = edges.partition_point(|edge| *edge <= at);
            let end = edges.get(piece).map_or(last, |edge| last.min(edge - 1));
            parts.entry((set::is_v4(at), piece)).or_default().push((at, end));
            match end.checked_add(1) {
                Some(next) => at = next,
                None => break,
            }
        }
    }
    parts.into_values().map(Addresses::of).collect()
}

/// What gets there, by verdict.
fn verdicts(reach: &Reach) -> Vec<(Verdict, Boxes)> {
    let unknown = reach.may_connect().minus(&reach.connects).or(&reach.may_deliver().minus(&reach.delivers));
    let delivers = reach.delivers.minus(&reach.connects).minus(&unknown);
    let all = [(Verdict::Connects, reach.connects.clone()), (Verdict::Delivers, delivers), (Verdict::Unknown, unknown)];
    all.into_iter().filter(|(_, boxes)| !boxes.is_empty()).collect()
}

fn unread(verdict: Verdict, reach: &Reach) -> Vec<String> {
    if verdict == Verdict::Unknown { reach.unread.iter().map(ToString::to_string).collect() } else { Vec::new() }
}

fn candidate<'p, 'e>(
    (from, to): (End<'p, 'e>, End<'p, 'e>),
    verdict: Verdict,
    boxes: Boxes,
    answer: Answer,
) -> Candidate<'p, 'e> {
    let nothing = [None, None];
    Candidate {
        from,
        to,
        verdict,
        boxes,
        sent: None,
        sent_by: nothing,
        arrived_by: nothing,
        answer,
        unread: Vec::new(),
    }
}

/// Whether an end is among some resources. Before a path is known, any gateway may be the one meant.
fn accepts(resources: Option<&Resources>, end: End<'_, '_>, passed: Option<&[&str]>) -> bool {
    let Some(resources) = resources else { return true };
    let by =
        |kinds: &[&str]| passed.is_none_or(|all| all.iter().any(|id| kinds.iter().any(|kind| id.starts_with(kind))));
    let typed = resources.types.iter().any(|kind| match (kind.as_str(), end) {
        // What leaves by a gateway endpoint ends at that, not on the internet.
        (INTERNET_GATEWAY, End::Internet) => by(&["igw-", "eigw-"]),
        (ENDPOINT, End::Internet) => by(&["vpce-"]),
        ("AWS::EC2::NetworkInterface", End::Interface(_)) => true,
        ("AWS::EC2::Instance", End::Interface(party)) => party.kind == Kind::Instance,
        _ => false,
    });
    typed
        || match end {
            End::Internet => {
                let meant = |id: &&String| id.starts_with("igw-") || id.starts_with("vpce-");
                let mut meant = resources.ids.iter().filter(meant);
                meant.any(|id| passed.is_none_or(|all| all.contains(&id.as_str())))
            }
            End::Interface(party) => {
                let own = [party.interface, party.id, party.subnet, party.vpc];
                own.iter().chain(&party.groups).any(|id| resources.ids.contains(*id))
            }
        }
}

impl Candidate<'_, '_> {
    /// What of it a condition meets.
    fn meets(&self, condition: &Condition) -> Boxes {
        let ids: Vec<&str> = self.answer.forward_path_components.iter().map(|hop| hop.component.id.as_str()).collect();
        let gateways = Some(&ids[..]);
        let (source, destination) = (&condition.source, &condition.destination);
        if !accepts(source.resources.as_ref(), self.from, gateways)
            || !accepts(destination.resources.as_ref(), self.to, gateways)
            || !condition.through.iter().all(|resources| is_passed(resources, &ids))
        {
            return Boxes::default();
        }
        let mut left = self.boxes.clone();
        for (wanted, sent) in [(&source.services, self.sent.as_ref()), (&destination.services, None)] {
            match (wanted, sent) {
                (Some(wanted), Some(sent)) if !sent.meets(wanted) => return Boxes::default(),
                (Some(wanted), None) => left = left.with_services(wanted),
                _ => {}
            }
        }
        let outside = [matches!(self.from, End::Internet), matches!(self.to, End::Internet)];
        for (wanted, own) in [
            ([&source.sources, &source.destinations], self.sent_by),
            ([&destination.sources, &destination.destinations], self.arrived_by),
        ] {
            for ((wanted, own), outside) in wanted.into_iter().zip(own).zip(outside) {
                let Some(wanted) = wanted else { continue };
                if outside {
                    left = left.with_addresses(wanted);
                } else if own.is_some_and(|own| !wanted.contains(set::number(own))) {
                    return Boxes::default();
                }
            }
        }
        left
    }

    /// The source address that the packet has in the end, where the path changes it.
    fn seen_source(&self) -> Option<IpAddr> {
        let changed =
            |hop: &crate::reach::PathComponent| hop.outbound_header.as_ref()?.source_addresses.last().cloned();
        self.answer.forward_path_components.iter().rev().find_map(changed)?.parse().ok()
    }

    fn sides(&self) -> (Side, Side) {
        let [from, to] = self.sent_by;
        (side(self.from, from), side(self.to, to))
    }

    fn finding(&self, number: usize, services: &Services, addresses: &Addresses) -> Finding {
        let outside = matches!(self.from, End::Internet) || matches!(self.to, End::Internet);
        let way = if matches!(self.from, End::Internet) { "from" } else { "to" };
        let (source, destination) = self.sides();
        Finding {
            finding_id: number.to_string(),
            verdict: self.verdict,
            source,
            destination,
            services: describe(services),
            ports: json::ports(services),
            internet_cidrs: if outside { json::cidrs(addresses) } else { Vec::new() },
            finding_components: self.answer.forward_path_components.clone(),
            unread: self.unread.clone(),
            told: if outside { format!("  {way} {}", tell::everyone(addresses)) } else { String::new() },
        }
    }
}

fn side(end: End<'_, '_>, address: Option<IpAddr>) -> Side {
    match end {
        End::Internet => Side { id: "internet".to_owned(), name: None, interface_id: None, address },
        End::Interface(party) => {
            let (id, name) = (party.id.to_owned(), party.name.map(str::to_owned));
            Side { id, name, interface_id: Some(party.interface.to_owned()), address }
        }
    }
}
