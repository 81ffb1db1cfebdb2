//! `bartizan reach exposed`: every resource and port that the internet reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use clap::Args;
use ipnet::IpNet;
use serde::{Serialize, Serializer};

use super::ask::{Asked, Asker};
use super::end::{End, Place};
use super::json::{self, Ports};
use super::onward::{self, Onward};
use super::tell::{self, everyone};
use crate::cli::only::Only;
use crate::cli::source::{self, SourceArgs};
use crate::cli::{Exit, Failure, output};
use crate::model::{Attribution, Environment, Estate, Kind, Resource, Shard, UNATTRIBUTED, undetermined};
use crate::reach::door::{Behind, DoorKind};
use crate::reach::service::describe;
use crate::reach::{
    Addresses, Boxes, Exposure, Network, Party, PathComponent, Reach, Service, Services, Verdict, shown,
};
use crate::report::wrap::{BOLD, DIM, PLAIN, Page};

/// Flags of `bartizan reach exposed`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ExposedArgs {
    /// Only what belongs to this environment, or may; `unattributed` is what belongs to none
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Every resource with the services that get to it from the internet, by whom, at which addresses and
by which path: through security groups, network ACLs both ways, routes and gateways, and through
load balancers to their targets. `connects` and `delivers` (packets arrive, replies do not come
back) are certain; `unknown` rests on what was not read.

Exit codes:
  0  nothing is exposed
  1  something is
  2  wrong usage or input
  3  nothing is for certain, and not everything could be judged
  4  the account could not be reached, or it did not let us in";

/// A resource that the internet reaches.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Exposed {
    resource_type: String,
    resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    vpc: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,
    pub(super) openings: Vec<Opening>,
    /// What a function opens connections to, when it is called.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    onward: Vec<Onward>,
    /// The interfaces that it is reached by: what it is called by whoever cannot tell whose they are.
    #[serde(skip)]
    pub(super) interfaces: BTreeSet<String>,
}

/// Services that get there alike.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Opening {
    pub(super) verdict: Verdict,
    services: String,
    ports: Vec<Ports>,
    source_cidrs: Vec<String>,
    #[serde(serialize_with = "told_all")]
    pub(super) addresses: Vec<IpNet>,
    /// The load balancer in front.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) through: Option<String>,
    /// The door in front, a load balancer or another: its type and id.
    #[serde(skip)]
    pub(super) door: Option<(DoorKind, String)>,
    pub(super) forward_path_components: Vec<PathComponent>,
    return_path_components: Vec<PathComponent>,
    /// What requests need besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) needs: Vec<String>,
    /// What was not read, and decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unread: Vec<String>,
    #[serde(skip)]
    sources: Addresses,
    #[serde(skip)]
    set: Services,
    /// The environment of the load balancer in front.
    #[serde(skip)]
    environment: Option<String>,
    /// From which hop on the path is told in text.
    #[serde(skip)]
    shown: usize,
}

/// Everything that is exposed, and what is not judged.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Everything {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    demo: bool,
    exposed: Vec<Exposed>,
    not_judged: Vec<String>,
}

/// Tells what is exposed.
pub(super) fn run(args: &ExposedArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    let config = source.config()?;
    let estate = source.open(&config, args.json)?.estate;
    let environments = source::environments(&config, &estate);
    let only = args.env.as_deref().map(|name| Only::named(name, &environments)).transpose()?;
    let attribution = Attribution::new(&estate, &environments);
    if let Some(Only::Environment(name)) = only
        && attribution.count(name) == 0
    {
        return Err(Failure::usage(format!("nothing belongs to `{name}`: check its selectors")));
    }
    let network = Network::new(&estate);
    let finder = Finder { network: &network, estate: &estate, owners: owners(&estate, &attribution) };
    let mut exposed = finder.exposed()?;
    if let Some(only) = only {
        let may_be = |one: &Exposed| finder.owners.get(&one.key()).is_none_or(|owner| owner.unsure);
        exposed.retain(|one| only.leaves(one.environment.as_deref(), || may_be(one)));
    }
    let everything =
        Everything { demo: estate.is_demo(), exposed, not_judged: not_exposed_for_sure(&estate, &network) };
    let text = if args.json { json::pretty(&everything) } else { page(&everything, paint) };
    output::out(&text)?;
    Ok(everything.exit())
}

/// Everything that is exposed, and what was not read of the doors that may lead to it.
pub(super) fn found(estate: &Estate, environments: &[Environment]) -> Result<(Vec<Exposed>, Vec<String>), Failure> {
    let attribution = Attribution::new(estate, environments);
    let network = Network::new(estate);
    let finder = Finder { network: &network, estate, owners: owners(estate, &attribution) };
    Ok((finder.exposed()?, network.doors_unread().iter().map(ToString::to_string).collect()))
}

impl Everything {
    fn exit(&self) -> Exit {
        let mut all = self.exposed.iter().flat_map(|one| &one.openings);
        if all.clone().any(|opening| opening.verdict != Verdict::Unknown) {
            Exit::Findings
        } else if all.next().is_some() || !self.not_judged.is_empty() {
            Exit::Incomplete
        } else {
            Exit::Clean
        }
    }
}

impl Opening {
    /// Its services, each with its sources.
    pub(super) fn boxes(&self) -> Boxes {
        Boxes::product(&self.set, &self.sources)
    }
}

impl Exposed {
    pub(super) fn key(&self) -> Key {
        (self.resource_type.clone(), self.resource_id.clone(), self.vpc.clone())
    }
}

/// What is known of a resource besides its network.
struct Owner {
    environment: Option<String>,
    unsure: bool,
}

/// Type, id and VPC.
pub(super) type Key = (String, String, String);

/// The environment of everything that can have addresses, by type, id and VPC.
fn owners(estate: &Estate, attribution: &Attribution) -> BTreeMap<Key, Owner> {
    let owner = |(shard, resource): (&Shard, &dyn Resource)| {
        let vpc = resource.vpc_id().map_or("", |vpc| vpc.as_str());
        let key = (resource.kind().to_string(), resource.id().to_owned(), vpc.to_owned());
        let environment = attribution.get(&shard.key(resource)).map(str::to_owned);
        (key, Owner { environment, unsure: undetermined(shard, resource) })
    };
    estate.resources().map(owner).collect()
}

/// The type of what is behind a door and has no interface, as its id tells; `None` for a host of which only the name
/// or address is known.
fn kind_of(id: &str) -> Option<Kind> {
    const PARTS: [(&str, Kind); 8] = [
        (":function:", Kind::Function),
        (":loadbalancer/", Kind::LoadBalancer),
        (":targetgroup/", Kind::TargetGroup),
        ("vpc-", Kind::Vpc),
        ("subnet-", Kind::Subnet),
        ("eni-", Kind::NetworkInterface),
        ("vo_", Kind::VpcOrigin),
        ("i-", Kind::Instance),
    ];
    let is = |part: &str| if part.starts_with(':') { id.contains(part) } else { id.starts_with(part) };
    PARTS.into_iter().find(|(part, _)| is(part)).map(|(_, kind)| kind)
}

/// What is exposed, by type, id and VPC of its owner.
#[derive(Default)]
struct All<'e>(BTreeMap<(Kind, &'e str, &'e str), Reached<'e>>);

/// What is reached of one owner.
struct Reached<'e> {
    party: Party<'e>,
    interfaces: BTreeSet<String>,
    openings: Vec<Opening>,
}

impl<'e> All<'e> {
    fn add(&mut self, party: &Party<'e>, found: Vec<Opening>) {
        if found.is_empty() {
            return;
        }
        let first = || Reached { party: party.clone(), interfaces: BTreeSet::new(), openings: Vec::new() };
        let one = self.0.entry((party.kind, party.id, party.vpc)).or_insert_with(first);
        one.interfaces.insert(party.interface.to_owned());
        merge(&mut one.openings, found);
    }
}

/// Finds what is exposed.
struct Finder<'n, 'e> {
    network: &'n Network<'e>,
    estate: &'e Estate,
    owners: BTreeMap<Key, Owner>,
}

impl<'e> Finder<'_, 'e> {
    fn exposed(&self) -> Result<Vec<Exposed>, Failure> {
        let mut all = All::default();
        let mut functions: BTreeMap<(String, Option<String>), Vec<Opening>> = BTreeMap::new();
        let exposures = self.network.exposures();
        for exposure in exposures.addresses() {
            let (Some(reach), Some(party)) = (exposures.reach(exposure), self.network.exposed_party(exposure)) else {
                continue;
            };
            let passed_on = self.network.passed_on(exposure, reach);
            let found = self.openings(exposure, reach, &party)?;
            all.add(&party, found);
            for one in passed_on {
                let Some(target) = one.party.clone() else {
                    let found = vec![behind_door(&one)];
                    merge(functions.entry((one.target.id, one.target.name)).or_default(), found);
                    continue;
                };
                all.add(&target, self.behind(exposure, &party, (&one, &target))?);
            }
        }
        // Load balancers are told above, with what is behind them.
        for behind in
            self.network.exposed_behind(&exposures).into_iter().filter(|one| one.kind != DoorKind::LoadBalancer)
        {
            let found = vec![behind_door(&behind)];
            match behind.party {
                Some(party) => all.add(&party, found),
                None => merge(functions.entry((behind.target.id, behind.target.name)).or_default(), found),
            }
        }
        let mut exposed: Vec<Exposed> =
            all.0.into_values().map(|one| self.resource(&one.party, one.interfaces, one.openings)).collect();
        for ((resource_id, name), openings) in functions {
            exposed.push(Exposed {
                resource_type: kind_of(&resource_id).map_or("Host", Kind::name).to_owned(),
                environment: self.of_interfaceless(&resource_id),
                onward: onward::of(self.network, &resource_id)?,
                resource_id,
                name,
                vpc: String::new(),
                openings,
                interfaces: BTreeSet::new(),
            });
        }
        // What faces the internet itself comes first.
        exposed.sort_by_key(|one| one.openings.iter().all(|opening| opening.through.is_some()));
        Ok(exposed)
    }

    /// The environment of what has no interface.
    fn of_interfaceless(&self, id: &str) -> Option<String> {
        let mut known = self.owners.iter().filter(|((_, name, _), _)| name == id);
        known.find_map(|(_, owner)| owner.environment.clone())
    }

    fn resource(&self, party: &Party<'e>, interfaces: BTreeSet<String>, mut openings: Vec<Opening>) -> Exposed {
        openings.sort_by(|a, b| {
            b.verdict
                .cmp(&a.verdict)
                .then_with(|| (&a.through, &a.set, &a.sources).cmp(&(&b.through, &b.set, &b.sources)))
        });
        // What is behind a load balancer of an environment, and says no other, is taken for a part of it.
        let in_front = openings.iter().find_map(|opening| opening.environment.clone());
        let mut one = Exposed {
            resource_type: party.kind.to_string(),
            resource_id: party.id.to_owned(),
            name: party.name.map(str::to_owned),
            vpc: party.vpc.to_owned(),
            environment: None,
            openings,
            onward: Vec::new(),
            interfaces,
        };
        one.environment = self.owner(party).and_then(|owner| owner.environment.clone()).or(in_front);
        one
    }

    fn owner(&self, party: &Party<'e>) -> Option<&Owner> {
        let key = |vpc: &str| (party.kind.to_string(), party.id.to_owned(), vpc.to_owned());
        // A few types do not say in which VPC they are; an instance that could not be listed is in that of its interface.
        let interface = (Kind::NetworkInterface.to_string(), party.interface.to_owned(), party.vpc.to_owned());
        let known = [key(party.vpc), key(""), interface];
        known.iter().find_map(|key| self.owners.get(key))
    }

    /// What gets to an address, by verdict, services and sources.
    fn openings(&self, exposure: &Exposure, reach: &Reach, party: &Party<'e>) -> Result<Vec<Opening>, Failure> {
        let unknown = reach.may_connect().minus(&reach.connects).or(&reach.may_deliver().minus(&reach.delivers));
        let delivers = reach.delivers.minus(&reach.connects).minus(&unknown);
        let unread: Vec<String> = reach.unread.iter().map(ToString::to_string).collect();
        let mut found = Vec::new();
        for (verdict, boxes) in
            [(Verdict::Connects, &reach.connects), (Verdict::Delivers, &delivers), (Verdict::Unknown, &unknown)]
        {
            for (set, sources) in by_sources(boxes) {
                let asked = self.ask(exposure.public(), party, (&set, &sources))?;
                let asked = asked.into_iter().find(|asked| asked.through.is_none());
                let unread = if verdict == Verdict::Unknown { unread.clone() } else { Vec::new() };
                found.push(opening(verdict, (set, sources), asked, (exposure.range(), unread)));
            }
        }
        Ok(found)
    }

    /// What a load balancer passes on to one of its targets.
    fn behind(
        &self,
        exposure: &Exposure,
        balancer: &Party<'e>,
        (one, target): (&Behind<'e>, &Party<'e>),
    ) -> Result<Vec<Opening>, Failure> {
        let Some(service) = one.service.map(Service::number) else { return Ok(vec![behind_door(one)]) };
        let (services, sources) = (Services::range(service, service), one.sources.clone());
        let asked = self.ask(None, target, (&services, &sources))?;
        let mine = |asked: &Asked| {
            asked.through.as_ref().is_some_and(|one| one.id == balancer.id) && asked.destination == exposure.public()
        };
        let mut found = asked.into_iter().filter(mine);
        let Some(best) = found.next().filter(|asked| asked.answer.verdict != Verdict::Denied) else {
            return Ok(vec![behind_door(one)]);
        };
        let unread = one.unread.iter().map(ToString::to_string).collect();
        let mut found = opening(one.verdict, (services, sources), Some(best), (exposure.range(), unread));
        found.needs = one.gates.iter().map(ToString::to_string).collect();
        found.door = Some((one.kind, one.door.to_owned()));
        found.environment = self.owner(balancer).and_then(|owner| owner.environment.clone());
        // How the load balancer is reached is told with it.
        let door = found.forward_path_components.iter().position(|hop| hop.component.id == balancer.id);
        found.shown = door.unwrap_or_default();
        Ok(vec![found])
    }

    /// The answers for one of some services, from one of some sources, to an address or to all of a resource.
    fn ask(
        &self,
        to: Option<IpAddr>,
        party: &Party<'e>,
        (set, sources): (&Services, &Addresses),
    ) -> Result<Vec<Asked>, Failure> {
        let Some(service) = super::ask::sample(set) else { return Ok(Vec::new()) };
        let to = to.map_or_else(|| End::Place(Place::of(party)), |address| End::Address(address, None));
        let source = super::ask::somebody(sources);
        let asker = Asker { network: self.network, estate: self.estate, from: End::Internet(source), to, source };
        asker.service(service)
    }
}

/// The services of boxes that come from the same sources.
pub(super) fn by_sources(boxes: &Boxes) -> Vec<(Services, Addresses)> {
    let mut by: BTreeMap<&Addresses, Vec<(u32, u32)>> = BTreeMap::new();
    for (range, sources) in boxes.cells() {
        by.entry(sources).or_default().push(*range);
    }
    by.into_iter().map(|(sources, ranges)| (Services::of(ranges), sources.clone())).collect()
}

fn opening(
    verdict: Verdict,
    (set, sources): (Services, Addresses),
    asked: Option<Asked>,
    (address, unread): (Option<IpNet>, Vec<String>),
) -> Opening {
    let through = asked.as_ref().and_then(|asked| asked.through.as_ref());
    let through = through.map(|one| one.name.clone().unwrap_or_else(|| one.id.clone()));
    let answer = asked.map(|asked| asked.answer);
    let (forward, back) = answer.map(|answer| (answer.forward_path_components, answer.return_path_components)).unzip();
    let back = back.filter(|_| verdict != Verdict::Delivers);
    Opening {
        verdict,
        services: describe(&set),
        ports: json::ports(&set),
        source_cidrs: json::cidrs(&sources),
        addresses: address.into_iter().collect(),
        through,
        door: None,
        forward_path_components: forward.unwrap_or_default(),
        return_path_components: back.unwrap_or_default(),
        needs: Vec::new(),
        unread,
        sources,
        set,
        environment: None,
        shown: 0,
    }
}

/// Addresses and ranges as JSON has them.
fn told_all<S: Serializer>(all: &[IpNet], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(all.iter().map(shown))
}

/// What a distribution, an API or the like passes on.
fn behind_door(behind: &Behind<'_>) -> Opening {
    let number = |service: &Service| (service.number(), service.number());
    // A call of a function has no port of its own: it is the door's.
    let set = behind
        .service
        .as_ref()
        .map_or_else(|| Services::of(behind.by.iter().map(number)), |service| Services::of([number(service)]));
    let (sources, unread) = (behind.sources.clone(), behind.unread.iter().map(ToString::to_string).collect());
    let mut found = opening(behind.verdict, (set, sources), None, (None, unread));
    found.door = Some((behind.kind, behind.door.to_owned()));
    found.through = Some(format!("{} {}", behind.kind.name(), behind.name.unwrap_or(behind.door)));
    found.forward_path_components.clone_from(&behind.path);
    found.needs = behind.gates.iter().map(ToString::to_string).collect();
    found
}

/// Adds openings; what differs by the address only is told once.
pub(super) fn merge(known: &mut Vec<Opening>, found: Vec<Opening>) {
    for one in found {
        let alike = |other: &&mut Opening| {
            (other.verdict, &other.set, &other.sources, &other.through, &other.door, &other.needs)
                == (one.verdict, &one.set, &one.sources, &one.through, &one.door, &one.needs)
        };
        match known.iter_mut().find(alike) {
            Some(other) => {
                other.addresses.extend(one.addresses);
                other.addresses.sort_unstable();
                other.addresses.dedup();
            }
            None => known.push(one),
        }
    }
}

/// What is missing of the listings of some types.
pub(super) fn not_judged(estate: &Estate, kinds: &[Kind]) -> Vec<String> {
    let regional = estate.shards.iter().filter(|shard| !shard.provenance.region.is_global());
    let of = |shard: &Shard| {
        let (account, region) = (&shard.provenance.account, &shard.provenance.region);
        let missing =
            |kind: &Kind| Some(format!("{} of {account}/{region}: {}", kind.collection(), shard.missing_kind(*kind)?));
        kinds.iter().filter_map(missing).collect::<Vec<_>>()
    };
    regional.flat_map(of).collect()
}

/// Without these, something may be exposed that is nowhere mentioned.
fn not_exposed_for_sure(estate: &Estate, network: &Network<'_>) -> Vec<String> {
    let mut told = not_judged(estate, &[Kind::Subnet, Kind::NetworkInterface]);
    told.extend(network.doors_unread().iter().map(ToString::to_string));
    told
}

fn page(everything: &Everything, paint: bool) -> String {
    let mut page = Page::new(paint);
    if everything.exposed.is_empty() {
        page.line(&[(PLAIN, "The internet reaches nothing here.")]);
    }
    for (nth, one) in everything.exposed.iter().enumerate() {
        if nth > 0 {
            page.line(&[]);
        }
        let name = tell::call(&one.resource_id, one.name.as_deref());
        let environment = one.environment.as_deref().unwrap_or(UNATTRIBUTED);
        let vpc = if one.vpc.is_empty() { String::new() } else { format!(" in {}", one.vpc) };
        let place = format!("  {}{vpc}, {environment}", one.resource_type);
        page.line(&[(BOLD, &name), (DIM, &place)]);
        one.openings.iter().for_each(|opening| told(&mut page, opening));
        onward::tell(&mut page, &one.onward);
    }
    if !everything.not_judged.is_empty() {
        page.line(&[]);
        page.line(&[(BOLD, "Not judged"), (PLAIN, ":")]);
        everything.not_judged.iter().for_each(|what| page.folded(2, what));
    }
    tell::demo(&mut page, everything.demo);
    page.finish()
}

fn told(page: &mut Page, opening: &Opening) {
    let at = match opening.addresses.as_slice() {
        [] => "a public address that is not known".to_owned(),
        all => all.iter().map(shown).collect::<Vec<_>>().join(", "),
    };
    let at = match &opening.through {
        Some(door) if opening.addresses.is_empty() => door.clone(),
        Some(door) => format!("{door}, {at}"),
        None => at,
    };
    let by = if opening.through.is_some() { "through" } else { "at" };
    let text = format!("  {}  from {}  {by} {at}", opening.services, everyone(&opening.sources));
    let verdict = opening.verdict.name();
    page.line(&[(PLAIN, "  "), (tell::of_verdict(opening.verdict), verdict), (PLAIN, &text)]);
    let hops = opening.forward_path_components.get(opening.shown..).unwrap_or_default();
    if !hops.is_empty() {
        page.folded(6, &format!("by {}", tell::short(hops)));
    }
    opening.needs.iter().for_each(|need| page.folded(6, need));
    for unread in &opening.unread {
        page.folded(6, &format!("not read: {unread}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_interface_is_called_by_what_its_id_tells() {
        for (id, kind) in [
            ("arn:aws:lambda:eu-west-1:1:function:resize", Some(Kind::Function)),
            ("arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/5", Some(Kind::LoadBalancer)),
            ("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/5", Some(Kind::TargetGroup)),
            ("subnet-0a1b", Some(Kind::Subnet)),
            ("vpc-0a1b", Some(Kind::Vpc)),
            ("origin.example.com", None),
            ("10.0.1.7", None),
        ] {
            assert_eq!(kind_of(id), kind, "{id}");
        }
    }
}
