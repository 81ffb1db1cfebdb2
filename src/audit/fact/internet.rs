//! What the internet reaches, worked out once for all facts: every way in, and what could not be read about it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::Place;
use crate::audit::Evidence;
use crate::model::{AccountId, Describe, Estate, Gap, GapReason, Kind, Region, Shard};
use crate::reach::service::{self, describe};
use crate::reach::set::address;
use crate::reach::{
    Addresses, Answer, Behind, Boxes, Component, Exposure, Exposures, Network, Party, PathComponent, Reach, Service,
    Services, Unread, Verdict, words,
};

/// The security group of the interfaces that VPC origins of CloudFront have in a VPC.
const ORIGINS_GROUP: &str = "CloudFront-VPCOrigins-Service-SG";
/// So many ranges of sources are told.
const RANGES: usize = 20;
/// The ports that a path is told for, where several are reached alike.
const TELLING: [u16; 8] = [22, 3389, 5432, 3306, 1433, 6379, 443, 80];

/// The network of an estate, with what the internet reaches in it.
#[derive(Debug)]
pub(super) struct Internet<'e> {
    pub(super) network: Network<'e>,
    exposures: Exposures,
    behind: Vec<Behind<'e>>,
    parties: Vec<Party<'e>>,
    /// By VPC and interface: names of derived interfaces are unique in an account only.
    exposed: BTreeMap<(&'e str, &'e str), Vec<usize>>,
    passed_on: BTreeMap<(&'e str, &'e str), Vec<usize>>,
    of_resource: BTreeMap<(Kind, &'e str), Vec<usize>>,
    of_group: BTreeMap<&'e str, Vec<usize>>,
    hidden: BTreeMap<(&'e AccountId, &'e Region), Vec<Gap>>,
    /// The VPCs into which something leads that was not read, each with what: VPC origins of CloudFront, and target groups
    /// behind doors.
    untold: BTreeMap<&'e str, Vec<Gap>>,
}

/// Something that the internet reaches, or may.
#[derive(Debug, Clone)]
pub(super) struct Way<'i, 'e> {
    pub(super) party: &'i Party<'e>,
    pub(super) verdict: Verdict,
    pub(super) services: Services,
    pub(super) sources: Addresses,
    by: By<'i, 'e>,
}

/// By what it is reached.
#[derive(Debug, Clone, Copy)]
enum By<'i, 'e> {
    Address(&'i Exposure),
    Door(&'i Behind<'e>),
}

/// A way in from the internet, as rules are handed it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WayIn {
    /// What is reached: its type.
    pub(super) kind: String,
    /// Its id.
    pub(super) id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// `connects`, `gated` (a condition above the network decides), `delivers` (no reply comes back) or `unknown`.
    pub(super) verdict: String,
    /// The services, in words.
    pub(super) services: String,
    /// Their TCP and UDP ports.
    pub(super) ports: Vec<Ports>,
    /// From where: the first ranges.
    pub(super) sources: Vec<String>,
    /// Whether that is the whole internet, over IPv4 or IPv6.
    pub(super) everyone: bool,
    /// How much of the internet it is, 0 to 1: the larger of both families' shares.
    pub(super) share: f64,
    /// At which address; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
    /// The load balancer or other door in front.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) via: Option<String>,
    /// The path, hop by hop, with what decides at each.
    pub(super) evidence: Vec<Evidence>,
}

/// A range of ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ports {
    /// `tcp` or `udp`.
    pub(super) protocol: String,
    /// The first port.
    pub(super) from: u16,
    /// The last port.
    pub(super) to: u16,
}

/// What an answer may need and does not have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    /// What was not read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) unread: BTreeSet<Gap>,
    /// What no call would tell.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) doubts: BTreeSet<String>,
}

impl Open {
    pub(super) fn add(&mut self, at: &Place<'_>, unread: &[Unread]) {
        for one in unread {
            let Some(action) = &one.action else {
                self.doubts.insert(one.to_string());
                continue;
            };
            let gap = at.shard.missing(action, None);
            self.unread.insert(gap.unwrap_or_else(|| Gap::new(action, GapReason::NotInSource, one.to_string())));
        }
    }
}

impl<'e> Internet<'e> {
    pub(super) fn new(estate: &'e Estate) -> Self {
        let network = Network::new(estate);
        let exposures = network.exposures();
        let behind = network.exposed_behind(&exposures);
        let parties: Vec<Party<'e>> = network.parties().collect();
        let mut exposed: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, exposure) in exposures.addresses().iter().enumerate() {
            let Some(party) = network.exposed_party(exposure) else { continue };
            exposed.entry((party.vpc, party.interface)).or_default().push(place);
        }
        let mut passed_on: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, one) in behind.iter().enumerate() {
            let Some(party) = &one.party else { continue };
            passed_on.entry((party.vpc, party.interface)).or_default().push(place);
        }
        let (mut of_resource, mut of_group): (BTreeMap<_, Vec<usize>>, BTreeMap<_, Vec<usize>>) = Default::default();
        for (place, party) in parties.iter().enumerate() {
            of_resource.entry((party.kind, party.id)).or_default().push(place);
            if party.kind != Kind::NetworkInterface {
                of_resource.entry((Kind::NetworkInterface, party.interface)).or_default().push(place);
            }
            party.groups.iter().for_each(|group| of_group.entry(*group).or_default().push(place));
        }
        let place = |shard: &'e Shard| (&shard.provenance.account, &shard.provenance.region);
        let hidden = estate.shards.iter().map(|shard| (place(shard), hidden(shard))).collect();
        let mut untold = origins(estate);
        for (vpc, gaps) in targets(estate, &behind) {
            untold.entry(vpc).or_default().extend(gaps);
        }
        Self { network, exposures, behind, parties, exposed, passed_on, of_resource, of_group, hidden, untold }
    }

    /// What was not read of origins and targets, where these may be in the VPCs of these interfaces.
    pub(super) fn untold<'i>(&'i self, parties: &'i [&Party<'e>]) -> impl Iterator<Item = &'i Gap> {
        parties.iter().filter_map(|party| self.untold.get(party.vpc)).flatten()
    }

    /// The interfaces of a resource.
    pub(super) fn parties_of(&self, kind: Kind, id: &str, vpc: Option<&str>) -> Vec<&Party<'e>> {
        let all = self.of_resource.get(&(kind, id)).into_iter().flatten();
        let all = all.filter_map(|place| self.parties.get(*place));
        all.filter(|party| vpc.is_none_or(|vpc| party.vpc == vpc)).collect()
    }

    /// The interfaces that have a security group.
    pub(super) fn parties_in(&self, group: &str) -> Vec<&Party<'e>> {
        let all = self.of_group.get(group).into_iter().flatten();
        all.filter_map(|place| self.parties.get(*place)).collect()
    }

    /// What was not read without which a way in may be nowhere mentioned.
    pub(super) fn hidden(&self, at: &Place<'_>) -> &[Gap] {
        let place = &at.shard.provenance;
        let mut hidden = self.hidden.iter();
        let found = hidden.find(|((account, region), _)| **account == place.account && **region == place.region);
        found.map(|(_, gaps)| gaps).map(Vec::as_slice).unwrap_or_default()
    }

    /// The addresses of an interface that the internet can send to.
    pub(super) fn addresses(&self, party: &Party<'e>) -> impl Iterator<Item = &Exposure> {
        let places = self.exposed.get(&(party.vpc, party.interface)).into_iter().flatten();
        places.filter_map(|place| self.exposures.addresses().get(*place))
    }

    /// The ways in to an interface; of those to its own addresses only what is `within`.
    pub(super) fn ways<'i>(
        &'i self,
        at: &Place<'_>,
        party: &'i Party<'e>,
        within: Option<&Boxes>,
        open: &mut Open,
    ) -> Vec<Way<'i, 'e>> {
        let mut ways = Vec::new();
        for exposure in self.addresses(party) {
            let Some(reach) = self.exposures.reach(exposure) else { continue };
            for (verdict, boxes) in verdicts(at, reach, open) {
                let boxes = within.map_or_else(|| boxes.clone(), |within| boxes.and(within));
                let mut alike: Vec<(Addresses, Vec<(u32, u32)>)> = Vec::new();
                for (services, sources) in boxes.cells() {
                    match alike.iter_mut().find(|(known, _)| known == sources) {
                        Some((_, all)) => all.push(*services),
                        None => alike.push((sources.clone(), vec![*services])),
                    }
                }
                let by = By::Address(exposure);
                ways.extend(alike.into_iter().map(|(sources, services)| {
                    let services = Services::of(services);
                    Way { party, verdict, services, sources, by }
                }));
            }
        }
        let doors = self.passed_on.get(&(party.vpc, party.interface)).into_iter().flatten();
        for behind in doors.filter_map(|place| self.behind.get(*place)) {
            let Some(service) = behind.service else { continue };
            let services = Services::range(service.number(), service.number());
            if within.is_none_or(|within| within.services().meets(&services)) {
                open.add(at, &behind.unread);
                let (verdict, sources, by) = (behind.verdict, behind.sources.clone(), By::Door(behind));
                ways.push(Way { party, verdict, services, sources, by });
            }
        }
        ways
    }

    /// Whether the internet gets to an interface at all.
    pub(super) fn reaches(&self, party: &Party<'e>) -> bool {
        let connects = |exposure| self.exposures.reach(exposure).is_some_and(|reach| !reach.connects.is_empty());
        self.addresses(party).any(connects) || self.passed_on.contains_key(&(party.vpc, party.interface))
    }

    /// A way in, told; the path is told for one of the ports named first, where it is reached.
    pub(super) fn tell(&self, way: &Way<'_, 'e>, first: &[u16]) -> WayIn {
        let hops = self.hops(way, first);
        let (address, via) = match way.by {
            By::Address(exposure) => (exposure.told(), None),
            By::Door(behind) => (None, Some(behind.name.unwrap_or(behind.door).to_owned())),
        };
        let field = "path from the internet".to_owned();
        let evidence = Evidence { resource: Some(way.party.id.to_owned()), field, value: json!(hops) };
        WayIn {
            kind: way.party.kind.name().to_owned(),
            id: way.party.id.to_owned(),
            name: way.party.name.map(str::to_owned),
            verdict: way.verdict.name().to_owned(),
            services: describe(&way.services),
            ports: ports(&way.services),
            sources: way.sources.nets().iter().take(RANGES).map(ToString::to_string).collect(),
            everyone: way.everyone(),
            share: way.share(),
            address,
            via,
            evidence: if hops.is_empty() { Vec::new() } else { vec![evidence] },
        }
    }

    /// Why nothing reaches an interface by some services from some sources, in few words.
    pub(super) fn why_not(&self, party: &Party<'e>, services: &Services, sources: &Addresses) -> &'static str {
        let mut addresses = self.addresses(party).peekable();
        if addresses.peek().is_none() {
            return "no public address";
        }
        let answer = addresses.find_map(|exposure| self.answer(exposure, services, sources, &[]));
        let Some(answer) = answer else { return "no address of that family" };
        let codes = answer.explanations.iter().map(|why| (why.explanation_code.as_str(), why.reply));
        codes.map(|(code, reply)| reason(code, reply)).next().unwrap_or("not on every port")
    }

    fn hops(&self, way: &Way<'_, 'e>, first: &[u16]) -> Vec<String> {
        match way.by {
            By::Door(behind) => {
                let gates = behind.gates.iter().map(ToString::to_string);
                behind.path.iter().map(hop).chain(gates).collect()
            }
            By::Address(exposure) => {
                let Some(answer) = self.answer(exposure, &way.services, &way.sources, first) else { return Vec::new() };
                let forward = answer.forward_path_components.iter().map(hop);
                let back = answer.return_path_components.iter().map(|one| format!("reply: {}", hop(one)));
                forward.chain(back).collect()
            }
        }
    }

    /// The answer for one packet out of many.
    pub(super) fn answer(
        &self,
        exposure: &Exposure,
        services: &Services,
        sources: &Addresses,
        first: &[u16],
    ) -> Option<Answer> {
        let telling = first.iter().chain(&TELLING).map(|port| Service::tcp(*port));
        let mut telling = telling.filter(|service| services.contains(service.number()));
        let service = telling.next().or_else(|| services.first().map(Service::of))?;
        let v4 = exposure.private().is_ipv4();
        let source = sources.and(&Addresses::family(v4)).first()?;
        Some(self.network.path_to(exposure, address(source), service))
    }
}

impl Way<'_, '_> {
    /// Whether connections are made, if need be under a condition above the network.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.verdict, Verdict::Connects | Verdict::Gated)
    }

    pub(super) fn everyone(&self) -> bool {
        [true, false].into_iter().any(|v4| self.sources.covers(&family(v4)))
    }

    pub(super) fn share(&self) -> f64 {
        let shares = [true, false].map(|v4| self.sources.share_of(&family(v4)));
        shares.into_iter().fold(0.0, f64::max)
    }

    /// Who is reached, and where.
    pub(super) fn called(&self) -> String {
        let who = self.party.name.unwrap_or(self.party.id);
        match self.by {
            By::Address(exposure) => match exposure.told() {
                Some(address) => format!("{who} at {address}"),
                None => who.to_owned(),
            },
            By::Door(behind) => format!("{who} through {}", behind.name.unwrap_or(behind.door)),
        }
    }

    /// What tells it from others.
    pub(super) fn resource(&self) -> (Kind, &str) {
        (self.party.kind, self.party.id)
    }
}

impl WayIn {
    /// A way in to something of which nothing is known.
    pub(super) fn unknown(kind: Kind, id: &str) -> Self {
        let ports = ["tcp", "udp"].map(|protocol| Ports { protocol: protocol.to_owned(), from: 0, to: u16::MAX });
        Self {
            kind: kind.name().to_owned(),
            id: id.to_owned(),
            verdict: Verdict::Unknown.name().to_owned(),
            services: "everything".to_owned(),
            ports: ports.to_vec(),
            ..Self::default()
        }
    }
}

fn family(v4: bool) -> Addresses {
    Addresses::internet().and(&Addresses::family(v4))
}

/// What reaches an address, by verdict. A table or ACL that may be among those that were not read could stop what
/// seems to connect.
fn verdicts(at: &Place<'_>, reach: &Reach, open: &mut Open) -> Vec<(Verdict, Boxes)> {
    let missing = [Kind::RouteTable, Kind::NetworkAcl].into_iter().filter_map(|kind| at.shard.missing_kind(kind));
    let missing: Vec<Gap> = missing.collect();
    open.add(at, &reach.unread);
    if !missing.is_empty() && !reach.may_deliver().is_empty() {
        open.unread.extend(missing);
        return vec![(Verdict::Unknown, reach.may_deliver().clone())];
    }
    let perhaps = reach.may_connect().minus(&reach.connects);
    let only_delivered = reach.delivers.minus(&reach.connects);
    let delivered = only_delivered.minus(&perhaps);
    let all =
        [(Verdict::Connects, reach.connects.clone()), (Verdict::Unknown, perhaps), (Verdict::Delivers, delivered)];
    all.into_iter().filter(|(_, boxes)| !boxes.is_empty()).collect()
}

/// The VPCs that have the group that CloudFront makes for VPC origins, each with what was not read of distributions and
/// VPC origins.
fn origins(estate: &Estate) -> BTreeMap<&str, Vec<Gap>> {
    let mut found = BTreeMap::new();
    for shard in &estate.shards {
        let made = |group: &&crate::model::resource::SecurityGroup| group.group_name.as_deref() == Some(ORIGINS_GROUP);
        let vpcs = shard.resources.security_groups.iter().filter(made).filter_map(|group| group.vpc_id.as_ref());
        let own = estate.shards.iter().filter(|one| one.provenance.account == shard.provenance.account);
        let kinds = [Kind::Distribution, Kind::VpcOrigin];
        let gaps =
            own.flat_map(|one| kinds.into_iter().filter(|kind| one.holds(*kind)).map(|kind| one.missing_kind(kind)));
        let gaps: Vec<Gap> = gaps.flatten().collect();
        if !gaps.is_empty() {
            found.extend(vpcs.map(|vpc| (vpc.as_str(), gaps.clone())));
        }
    }
    found
}

/// The VPCs of target groups that the internet gets to and whose targets were not read, each with what is missing.
fn targets<'e>(estate: &'e Estate, behind: &[Behind<'e>]) -> BTreeMap<&'e str, Vec<Gap>> {
    let mut found: BTreeMap<&str, Vec<Gap>> = BTreeMap::new();
    for one in behind.iter().filter(|one| one.party.is_none() && !one.unread.is_empty()) {
        for shard in &estate.shards {
            let groups = shard.resources.target_groups.iter().filter(|group| group.id() == one.target.id);
            for vpc in groups.filter_map(|group| group.vpc_id.as_ref()) {
                let actions = one.unread.iter().filter_map(|unread| Some((unread.action.as_deref()?, unread)));
                let gaps = actions.map(|(action, unread)| {
                    let gap = shard.missing(action, Some(&one.target.id));
                    gap.unwrap_or_else(|| Gap::new(action, GapReason::NotInSource, unread.to_string()))
                });
                found.entry(vpc.as_str()).or_default().extend(gaps);
            }
        }
    }
    found
}

/// What of a shard was not read without which ways in are nowhere mentioned. Load balancers show by their interfaces.
fn hidden(shard: &Shard) -> Vec<Gap> {
    let first = [Kind::NetworkInterface, Kind::Subnet].into_iter().filter_map(|kind| shard.missing_kind(kind));
    let mut gaps: Vec<Gap> = first.collect();
    let interfaces = &shard.resources.network_interfaces;
    let balanced = |text: &str| text.starts_with("ELB ");
    let balanced = interfaces.iter().any(|one| one.description.as_deref().is_some_and(balanced));
    if balanced || !gaps.is_empty() {
        let kinds = [Kind::LoadBalancer, Kind::ClassicLoadBalancer, Kind::Listener, Kind::TargetGroup];
        gaps.extend(kinds.into_iter().filter_map(|kind| shard.missing_kind(kind)));
    }
    gaps
}

/// What stops a packet, by AWS's code for it.
fn reason(code: &str, reply: bool) -> &'static str {
    match (code, reply) {
        ("SUBNET_ACL_RESTRICTION" | "ELB_ACL_RESTRICTION", false) => "stopped by a network ACL",
        ("SUBNET_ACL_RESTRICTION" | "ELB_ACL_RESTRICTION", true) => "replies stopped by a network ACL",
        ("BAD_STATE_ATTACHMENT", _) => "no internet gateway",
        ("ELB_LISTENERS_MISMATCH" | "ELBV2_LISTENERS_MISMATCH", _) => "no listener for it",
        ("ELBV2_LISTENER_HAS_NO_TG", _) => "a listener without targets",
        ("ENI_SG_RULES_MISMATCH", _) => "stopped by security groups",
        (_, true) => "no route back",
        (_, false) => "nothing there takes connections",
    }
}

/// The TCP and UDP ports of services.
pub(super) fn ports(services: &Services) -> Vec<Ports> {
    let mut found = Vec::new();
    for protocol in [service::TCP, service::UDP] {
        let (first, last) = service::whole(Some(protocol));
        for (from, to) in services.and(&Services::range(first, last)).ranges() {
            let (from, to) = (Service::of(*from).port, Service::of(*to).port);
            found.push(Ports { protocol: service::protocol_name(protocol), from, to });
        }
    }
    found
}

/// A hop in one line: what is passed, what decides there, and where it is.
fn hop(hop: &PathComponent) -> String {
    let named = |component: &Component| component.to_string();
    let parts = [words::decision(hop, named), words::place(hop, named), hop.note.clone()];
    let told: Vec<String> = parts.into_iter().flatten().collect();
    if told.is_empty() { named(&hop.component) } else { format!("{}: {}", hop.component, told.join(", ")) }
}
