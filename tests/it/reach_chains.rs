//! Chains against the packet simulator, pair by pair: whoever holds a host reaches exactly what the simulator connects
//! it to, by exactly these services, and from there what the simulator connects that to.
//!
//! Each claim of a chain is one step from one host, so each is judged alone: what a step misses, and what it makes up.

#![expect(clippy::indexing_slicing, reason = "a start without steps is a broken test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::thread;

use bartizan::model::Estate;
use bartizan::model::resource::{IpPermission, NetworkInterface};
use bartizan::reach::blast::LOGIN_PORTS;
use bartizan::reach::service::describe;
use bartizan::reach::{self, Link, Mode, Network, Service, Unread};

use crate::reach_sets::{self, plain};
use crate::simulator::address::is_public;
use crate::simulator::{Arrival, Packet, Source, Verdict, lookup, simulate};
use crate::worlds;

pub(crate) const MODES: [Mode; 2] = [Mode::Any, Mode::Login];
/// Where a chain begins that begins at no interface.
const INTERNET: &str = "internet";
const OUTSIDE: [&str; 4] = ["8.8.8.8", "203.0.113.200", "198.51.100.8", "2a00:1450::1"];

/// What a chain says wrongly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// A host that is held connects to something that the chain does not have, or does not move on from.
    Missed { holder: String, arrival: Arrival },
    /// The chain reaches something by a service by which nobody in it connects.
    MadeUp { target: String, service: u32 },
    /// What is reached by the first step is reached by one more service.
    Fewer { target: String, service: u32 },
    /// Something is told as unread, and all was read.
    Unread,
}

/// A wrong claim of the chain from an interface.
#[derive(Debug, Clone)]
struct Fault {
    from: String,
    mode: Mode,
    claim: Claim,
    /// What proves it.
    packet: Option<Packet>,
    why: String,
}

#[expect(clippy::use_debug, reason = "for whoever reads a failed test")]
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = |service: u32| Service::of(service);
        match &self.claim {
            Claim::Missed { holder, arrival } => {
                write!(f, "from {} ({:?}): {holder} connects to {arrival:?}, {}", self.from, self.mode, self.why)
            }
            Claim::MadeUp { target, service } => {
                write!(f, "from {} ({:?}): made up {target} by {}, {}", self.from, self.mode, by(*service), self.why)
            }
            Claim::Unread => write!(f, "from {} ({:?}): {}", self.from, self.mode, self.why),
            Claim::Fewer { target, service } => {
                write!(f, "from {} ({:?}): {target} also by {}, {}", self.from, self.mode, by(*service), self.why)
            }
        }
    }
}

impl Fault {
    /// What it has in common with others of its kind.
    fn kind(&self) -> String {
        let what = match self.claim {
            Claim::Missed { .. } => "missed",
            Claim::MadeUp { .. } => "made up",
            Claim::Fewer { .. } => "fewer services",
            Claim::Unread => "unread",
        };
        format!("{what} ({:?}): {}", self.mode, plain(&self.why))
    }
}

fn number(arrival: &Arrival) -> u32 {
    match arrival.protocol {
        1 => Service::echo(true).number(),
        58 => Service::echo(false).number(),
        protocol => Service { protocol, port: arrival.port }.number(),
    }
}

/// The packet of a service from an interface, if the simulator knows such.
fn packet(sender: &str, ends: (IpAddr, IpAddr), number: u32) -> Option<Packet> {
    reach_sets::packet(&Source::Interface(sender.to_owned()), ends, number)
}

fn is_balancer(estate: &Estate, id: &str) -> bool {
    let interface = lookup::interface(estate, id);
    interface.and_then(|interface| interface.description.as_deref()).is_some_and(|text| text.starts_with("ELB "))
}

/// What can be sent to at an interface: its own addresses, then its public ones.
fn addresses(interface: &NetworkInterface) -> [Vec<IpAddr>; 2] {
    let publics =
        interface.private_ip_addresses.iter().filter_map(|each| each.association.as_ref()?.public_ip.as_ref());
    [worlds::some_of(interface), publics.filter_map(|public| public.parse().ok()).collect()]
}

/// The services at which what two interfaces say to each other can change: at and beside the edges of every rule.
fn telling(estate: &Estate, one: &NetworkInterface, other: &NetworkInterface) -> Vec<u32> {
    let groups: Vec<_> = one.groups.iter().chain(&other.groups).filter_map(|group| group.group_id.as_ref()).collect();
    let groups = lookup::all(estate, |r| &r.security_groups).filter(|group| groups.contains(&&group.group_id));
    let of_group = |rule: &IpPermission| [rule.from_port, rule.to_port];
    let mut edges: Vec<i32> = groups
        .flat_map(|group| group.ip_permissions.iter().chain(&group.ip_permissions_egress))
        .flat_map(of_group)
        .flatten()
        .collect();
    let subnets: Vec<_> = [one, other].into_iter().filter_map(|each| lookup::subnet_of(estate, each)).collect();
    let acls = subnets.iter().filter_map(|subnet| lookup::network_acl_of(estate, subnet));
    for entry in acls.flat_map(|acl| &acl.entries) {
        edges.extend(entry.port_range.iter().flat_map(|range| [range.from, range.to]).flatten());
    }
    if let Some(name) = other.description.as_deref().and_then(|text| text.strip_prefix("ELB ")) {
        let listeners = lookup::all(estate, |r| &r.listeners);
        let ending = format!(":loadbalancer/{name}");
        edges.extend(listeners.filter(|l| l.load_balancer_arn.as_str().ends_with(&ending)).filter_map(|l| l.port));
        edges.push(80);
    }
    edges.push(22);
    let beside = edges.into_iter().flat_map(|edge| [edge - 1, edge, edge + 1]);
    let ports: BTreeSet<u16> = beside.filter_map(|port| u16::try_from(port).ok()).collect();
    let mut found: Vec<u32> =
        ports.iter().flat_map(|port| [Service::tcp(*port), Service::udp(*port)]).map(Service::number).collect();
    found.extend([Service::echo(true), Service::echo(false)].map(Service::number));
    found.push(Service { protocol: 50, port: 0 }.number());
    found
}

/// A connection that the simulator makes.
#[derive(Debug, Clone)]
struct Step {
    packet: Packet,
    reached: Vec<Arrival>,
    /// Whether it was sent to a private address.
    inside: bool,
}

/// Every connection that an interface makes.
fn steps(estate: &Estate, sender: &NetworkInterface) -> Vec<Step> {
    let own = worlds::some_of(sender);
    let id = sender.network_interface_id.as_str();
    let mut tried = BTreeSet::new();
    let mut found = Vec::new();
    for target in lookup::all(estate, |r| &r.network_interfaces) {
        let services = telling(estate, sender, target);
        let [private, public] = addresses(target);
        let to = private.into_iter().map(|to| (to, true)).chain(public.into_iter().map(|to| (to, false)));
        let to: Vec<_> = to.filter(|(to, _)| !own.contains(to)).collect();
        let pairs = own.iter().flat_map(|from| to.iter().map(|(to, inside)| (*from, *to, *inside)));
        for (from, to, inside) in pairs.filter(|(from, to, _)| from.is_ipv4() == to.is_ipv4()) {
            let fresh = services.iter().filter(|service| tried.insert((from, to, **service)));
            let packets = fresh.filter_map(|service| packet(id, (from, to), *service));
            found.extend(packets.filter_map(|packet| step(estate, packet, inside)));
        }
    }
    found
}

/// Where packets from the internet are tried from: hosts anywhere, and one of every range that a rule names.
fn outsiders(estate: &Estate) -> Vec<IpAddr> {
    let rules = || lookup::all(estate, |r| &r.security_groups).flat_map(|group| &group.ip_permissions);
    let v4 = rules().flat_map(|rule| rule.ip_ranges.iter().filter_map(|range| range.cidr_ip.clone()));
    let v6 = rules().flat_map(|rule| rule.ipv6_ranges.iter().filter_map(|range| range.cidr_ipv6.clone()));
    let lists = lookup::all(estate, |r| &r.prefix_lists).flat_map(|list| list.cidrs.clone().unwrap_or_default());
    let first = v4.chain(v6).chain(lists).filter_map(|cidr| Some(cidr.parse::<ipnet::IpNet>().ok()?.network()));
    let mut all: BTreeSet<IpAddr> = first.collect();
    all.extend(OUTSIDE.map(|host| host.parse::<IpAddr>().expect("an address")));
    let mut vpcs = lookup::all(estate, |r| &r.vpcs);
    let mut inside = |host: &IpAddr| vpcs.any(|vpc| lookup::vpc_contains(estate, vpc.vpc_id.as_str(), *host));
    all.into_iter()
        .filter(|host| is_public(*host) && !inside(host) && lookup::private_of(estate, *host).is_none())
        .collect()
}

/// Every connection that the internet makes.
fn steps_from_internet(estate: &Estate) -> Vec<Step> {
    let outsiders = outsiders(estate);
    let mut found = Vec::new();
    for target in lookup::all(estate, |r| &r.network_interfaces) {
        let [private, public] = addresses(target);
        let to: Vec<IpAddr> = private.into_iter().filter(IpAddr::is_ipv6).chain(public).collect();
        let services = telling(estate, target, target);
        let pairs = to.iter().flat_map(|to| outsiders.iter().map(move |from| (*from, *to)));
        for ends in pairs.filter(|(from, to)| from.is_ipv4() == to.is_ipv4()) {
            let packets = services.iter().filter_map(|service| packet("", ends, *service));
            let packets = packets.map(|packet| Packet { source: Source::Internet, ..packet });
            found.extend(packets.filter_map(|packet| step(estate, packet, false)));
        }
    }
    found
}

/// A packet, if it makes a connection to somebody.
fn step(estate: &Estate, packet: Packet, inside: bool) -> Option<Step> {
    let outcome = simulate(estate, &packet);
    let connects = outcome.verdict == Verdict::Connects && !outcome.reached.is_empty();
    connects.then_some(Step { packet, reached: outcome.reached, inside })
}

/// A chain, as far as it is compared.
pub(crate) struct Chain<'n, 'e> {
    network: &'n Network<'e>,
    pub(crate) links: Vec<Link>,
    pub(crate) perhaps: Vec<Link>,
    pub(crate) unread: Vec<Unread>,
}

impl<'n, 'e> Chain<'n, 'e> {
    pub(crate) fn new(network: &'n Network<'e>, from: &str, mode: Mode) -> Self {
        let reach::Chain { links, perhaps, unread } = if from == INTERNET {
            network.chain_from_internet(&network.exposures(), mode)
        } else {
            network.blast(from, mode).unwrap_or_default()
        };
        Self { network, links, perhaps, unread }
    }

    pub(crate) fn id(&self, link: &Link) -> &'e str {
        self.network.linked_party(link).map_or("", |party| party.interface)
    }

    /// Links to an interface that ask for nothing else.
    pub(crate) fn to(&self, interface: &str) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.gates.is_empty() && self.id(link) == interface)
    }

    /// Its links for a reader.
    pub(crate) fn tell(&self) -> String {
        let told = self.links.iter().map(|link| {
            let before = link.from.and_then(|from| self.links.get(from)).map_or("", |before| self.id(before));
            let held = if link.held { ", held" } else { "" };
            format!("  {before} -> {} by {}{held}\n", self.id(link), describe(&link.services))
        });
        let unread = self.unread.iter().map(|what| format!("  unread: {what}\n"));
        told.chain(unread).collect()
    }

    fn held(&self) -> BTreeSet<&'e str> {
        self.links.iter().filter(|link| link.held).map(|link| self.id(link)).collect()
    }
}

fn is_login(service: u32) -> bool {
    LOGIN_PORTS.iter().any(|port| Service::tcp(*port).number() == service)
}

/// Whether a chain has an arrival, as far as it must.
fn has(estate: &Estate, chain: &Chain<'_, '_>, (from, mode): (&str, Mode), arrival: &Arrival) -> bool {
    let instance = |id: &str| lookup::instance_of(lookup::interface(estate, id)?);
    if arrival.interface == from || instance(from).is_some_and(|own| instance(&arrival.interface) == Some(own)) {
        return true;
    }
    let holds = mode == Mode::Any || is_login(number(arrival));
    let silent = is_balancer(estate, &arrival.interface)
        || lookup::interface(estate, &arrival.interface)
            .is_some_and(|i| i.interface_type.as_deref() == Some("vpc_endpoint"));
    chain.to(&arrival.interface).any(|link| link.held || !holds || silent)
}

/// Whether somebody in the chain connects to a target by a service, as its link says.
pub(crate) fn proven(estate: &Estate, chain: &Chain<'_, '_>, link: &Link, service: u32) -> bool {
    let target = chain.id(link);
    let Some(before) = link.from.and_then(|from| chain.links.get(from)) else { return true };
    let through = is_balancer(estate, chain.id(before)).then_some(before);
    // Whoever holds an instance sends by any of its interfaces.
    let Some(client) = chain.network.sending_party(through.unwrap_or(link)) else { return true };
    let (Some(sender), Some(door)) = (
        lookup::interface(estate, client.interface),
        lookup::interface(estate, through.map_or(target, |door| chain.id(door))),
    ) else {
        return true;
    };
    let services = if through.is_some() { telling(estate, sender, door) } else { vec![service] };
    let [private, public] = addresses(door);
    let to: Vec<_> = private.into_iter().chain(public).collect();
    let own = worlds::some_of(sender);
    let pairs = own.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
    let id = sender.network_interface_id.as_str();
    let packets = pairs
        .filter(|(from, to)| from.is_ipv4() == to.is_ipv4())
        .flat_map(|ends| services.iter().filter_map(move |service| packet(id, ends, *service)));
    let mut packets = packets.peekable();
    // The echo of a family that the two do not share is no packet.
    packets.peek().is_none()
        || packets.any(|packet| {
            let outcome = simulate(estate, &packet);
            outcome.verdict == Verdict::Connects
                && outcome.reached.iter().any(|one| one.interface == target && number(one) == service)
        })
}

/// What of a link the simulator can be asked about: the edges of its services.
pub(crate) fn edges(link: &Link) -> BTreeSet<u32> {
    let simulated = |number: &u32| match Service::of(*number).protocol {
        // A set of services says nothing of the family that they are reached by.
        0 | 1 | 58 => false,
        6 | 17 => true,
        _ => Service::of(*number).port == 0,
    };
    link.services.ranges().iter().flat_map(|(first, last)| [*first, *last]).filter(simulated).collect()
}

/// What a chain is held against: every connection of every interface, and of the internet.
struct Judge<'e> {
    estate: &'e Estate,
    steps: BTreeMap<&'e str, Vec<Step>>,
}

/// Everything that the chains of a world say wrongly.
fn faults(estate: &Estate) -> Vec<Fault> {
    let network = Network::new(estate);
    let ids = lookup::all(estate, |r| &r.network_interfaces).map(|each| each.network_interface_id.as_str());
    let senders = ids.filter(|id| !is_balancer(estate, id)).filter_map(|id| lookup::interface(estate, id));
    let mut steps: BTreeMap<&str, Vec<Step>> =
        senders.map(|each| (each.network_interface_id.as_str(), steps(estate, each))).collect();
    steps.insert(INTERNET, steps_from_internet(estate));
    let judge = Judge { estate, steps };
    let starts = judge.steps.keys().flat_map(|from| MODES.map(|mode| (*from, mode)));
    starts.flat_map(|(from, mode)| judge.wrong(&Chain::new(&network, from, mode), (from, mode))).collect()
}

impl Judge<'_> {
    fn wrong(&self, chain: &Chain<'_, '_>, (from, mode): (&str, Mode)) -> Vec<Fault> {
        let fault = |claim: Claim, packet: Option<Packet>, why: String| {
            let from = from.to_owned();
            Fault { from, mode, claim, packet, why }
        };
        let mut found = Vec::new();
        // Only peers that no world has are not read.
        let unread: Vec<_> =
            chain.unread.iter().map(ToString::to_string).filter(|what| !what.contains("in vpc-foreign")).collect();
        if !unread.is_empty() || !chain.perhaps.is_empty() {
            let why = unread.join("; ");
            found.push(fault(Claim::Unread, None, why));
        }
        for (holder, step, arrival) in self.missed(chain, (from, mode)) {
            let sibling = holder != from && !chain.held().contains(holder);
            let sibling = if sibling { "by another interface of an instance, " } else { "" };
            let internet = if from == INTERNET { "from the internet, " } else { "" };
            let why = format!("{internet}{sibling}{}", how(self.estate, step, arrival, mode));
            let claim = Claim::Missed { holder: holder.to_owned(), arrival: arrival.clone() };
            found.push(fault(claim, Some(step.packet.clone()), why));
        }
        for link in &chain.links {
            for service in edges(link).into_iter().filter(|one| !proven(self.estate, chain, link, *one)) {
                let kind = |id: &str| lookup::interface(self.estate, id).and_then(|i| i.interface_type.clone());
                let [target, start] = [chain.id(link), from].map(|id| kind(id).unwrap_or_default());
                let mute = if self.steps[from].is_empty() { " that sends nothing" } else { "" };
                let claim = Claim::MadeUp { target: chain.id(link).to_owned(), service };
                found.push(fault(claim, None, format!("{target} from {start}{mute}, at depth {}", link.depth)));
            }
        }
        for (step, arrival) in self.fewer(chain, (from, mode)) {
            let claim = Claim::Fewer { target: arrival.interface.clone(), service: number(arrival) };
            found.push(fault(claim, Some(step.packet.clone()), String::new()));
        }
        found
    }

    /// What those connect to who are held, and the chain does not have.
    fn missed<'s>(&'s self, chain: &Chain<'_, '_>, start: (&'s str, Mode)) -> Vec<(&'s str, &'s Step, &'s Arrival)> {
        let held = held_with_siblings(self.estate, chain, start.0);
        // Who gets back to itself gets nowhere.
        let onward = |(holder, _, arrival): &(&str, &Step, &Arrival)| *holder != arrival.interface;
        let of_held = self.steps.iter().filter(|(holder, _)| held.contains(**holder));
        let steps = of_held.flat_map(|(holder, steps)| steps.iter().map(|step| (*holder, step)));
        let all = steps.flat_map(|(holder, step)| step.reached.iter().map(move |arrival| (holder, step, arrival)));
        all.filter(onward).filter(|(.., arrival)| !has(self.estate, chain, start, arrival)).collect()
    }

    /// Services of the first step that its link lacks, where that was made inside.
    fn fewer(&self, chain: &Chain<'_, '_>, (from, mode): (&str, Mode)) -> Vec<(&Step, &Arrival)> {
        let steps = self.steps[from].iter().filter(|step| step.inside && mode == Mode::Any);
        let all = steps.flat_map(|step| step.reached.iter().map(move |arrival| (step, arrival)));
        let lacks = |(step, arrival): &(&Step, &Arrival)| {
            // What is behind a load balancer is no first step.
            let direct = step.reached.last() == Some(*arrival) || is_balancer(self.estate, &arrival.interface);
            let link = chain.to(&arrival.interface).find(|link| link.from == Some(0));
            direct && link.is_some_and(|link| !link.services.contains(number(arrival)))
        };
        all.filter(lacks).collect()
    }
}

/// Who holds an instance by one of its interfaces holds it by all of them.
fn held_with_siblings(estate: &Estate, chain: &Chain<'_, '_>, from: &str) -> BTreeSet<String> {
    let held = chain.held();
    let instances = held.iter().filter_map(|id| lookup::instance_of(lookup::interface(estate, id)?));
    let siblings = instances.flat_map(|instance| lookup::interfaces_of_instance(estate, instance));
    let siblings = siblings.map(|one| one.network_interface_id.to_string());
    let held = held.iter().copied().chain([from]).map(str::to_owned);
    siblings.chain(held).collect()
}

/// By what the chain should have got there.
fn how(estate: &Estate, step: &Step, arrival: &Arrival, mode: Mode) -> String {
    let door = step.reached.iter().find(|each| is_balancer(estate, &each.interface));
    let behind = door.is_some_and(|door| door != arrival);
    let by = match (behind, mode, door.is_some_and(|door| is_login(number(door)))) {
        (true, Mode::Login, false) => "behind a listener that is no login",
        (true, ..) => "behind a load balancer",
        _ if is_balancer(estate, &arrival.interface) => "a load balancer",
        _ => "directly",
    };
    format!("{by}, {}", if step.inside { "inside" } else { "over the internet" })
}

/// Whether a fault is still there.
fn still(estate: &Estate, fault: &Fault) -> bool {
    let network = Network::new(estate);
    let chain = Chain::new(&network, &fault.from, fault.mode);
    match (&fault.claim, &fault.packet) {
        (Claim::Missed { holder, arrival }, Some(packet)) => {
            let outcome = simulate(estate, packet);
            held_with_siblings(estate, &chain, &fault.from).contains(holder)
                && outcome.verdict == Verdict::Connects
                && outcome.reached.contains(arrival)
                && !has(estate, &chain, (&fault.from, fault.mode), arrival)
        }
        (Claim::MadeUp { target, service }, _) => chain
            .to(target)
            .filter(|link| link.services.contains(*service))
            .any(|link| !proven(estate, &chain, link, *service)),
        (Claim::Fewer { target, service }, Some(packet)) => {
            let outcome = simulate(estate, packet);
            outcome.verdict == Verdict::Connects
                && outcome.reached.iter().any(|one| one.interface == *target && number(one) == *service)
                && chain.to(target).any(|link| link.from == Some(0) && !link.services.contains(*service))
        }
        (Claim::Unread, _) => !chain.unread.is_empty() || !chain.perhaps.is_empty(),
        _ => false,
    }
}

/// That no world of some seeds has a fault; otherwise the kinds of faults, and the smallest world for some of them.
pub(crate) fn assert_no_faults<F: Send>(
    seeds: Range<u64>,
    faults: impl Fn(u64) -> Vec<F> + Sync,
    kind: impl Fn(&F) -> String,
    smallest: impl Fn(u64, &F) -> String,
    most_told: usize,
) {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let found: Vec<(u64, Vec<F>)> = thread::scope(|scope| {
        let (seeds, faults) = (&seeds, &faults);
        let mine = move |core: usize| seeds.clone().skip(core).step_by(cores);
        let work = move |core| mine(core).map(|seed| (seed, faults(seed))).collect::<Vec<_>>();
        let workers: Vec<_> = (0..cores).map(|core| scope.spawn(move || work(core))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    let mut kinds: BTreeMap<String, (BTreeSet<u64>, u64, F)> = BTreeMap::new();
    for (seed, faults) in found {
        for fault in faults {
            kinds.entry(kind(&fault)).or_insert_with(|| (BTreeSet::new(), seed, fault)).0.insert(seed);
        }
    }
    let told: Vec<_> = kinds.iter().map(|(kind, (seeds, ..))| format!("{} worlds: {kind}", seeds.len())).collect();
    let examples: Vec<_> = kinds.values().take(most_told).map(|(_, seed, fault)| smallest(*seed, fault)).collect();
    assert!(told.is_empty(), "{} kinds\n{}\n{}", told.len(), told.join("\n"), examples.join("\n"));
}

fn assert_agreement(seeds: Range<u64>, size: usize) {
    let faults = |seed| faults(&worlds::random(seed, size));
    assert_no_faults(seeds, faults, Fault::kind, |seed, fault| smallest(seed, size, fault), 12);
}

/// A counter-example that a person can read.
fn smallest(seed: u64, size: usize, fault: &Fault) -> String {
    let small = worlds::thinned(&worlds::random(seed, size), |estate| still(estate, fault));
    let packet = fault.packet.as_ref().map(|packet| format!("{packet:?}\n")).unwrap_or_default();
    let network = Network::new(&small);
    let chain = Chain::new(&network, &fault.from, fault.mode).tell();
    format!("world {seed}: {fault}\n{packet}{chain}{}", worlds::tell_estate(&small))
}

#[test]
fn chains_and_simulator_agree_on_small_worlds() {
    assert_agreement(0..40, 2);
}

/// With the million packets: `just soak`.
#[test]
#[ignore = "takes minutes"]
fn soak_chains_and_simulator_agree() {
    assert_agreement(1_000..1_300, 3);
}
