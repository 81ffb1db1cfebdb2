//! What the reachability engine says of whole sets - what the internet reaches, which services a sender reaches,
//! chains - against the packet simulator: a set holds a packet exactly when the simulator says so of that packet.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says what it asked"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::Range;
use std::thread;

use bartizan::model::Estate;
use bartizan::reach::set::{address, number};
use bartizan::reach::{Boxes, Link, Mode, Network, Reach, Sender, Service};

use crate::simulator::{Packet, Protocol, Source, Verdict, lookup, simulate};
use crate::worlds::{self, Dice};

/// What both say of a packet that a set is asked about.
type Said = (&'static str, String);

fn service(packet: &Packet) -> u32 {
    let service = match packet.protocol {
        Protocol::Tcp => Service::tcp(packet.port),
        Protocol::Udp => Service::udp(packet.port),
        Protocol::Icmp => Service::echo(packet.to.is_ipv4()),
        Protocol::Other(protocol) => Service { protocol, port: 0 },
    };
    service.number()
}

/// The packet of a service, if the simulator knows such.
pub(crate) fn packet(source: &Source, (from, to): (IpAddr, IpAddr), number: u32) -> Option<Packet> {
    let Service { protocol, port } = Service::of(number);
    let protocol = match protocol {
        6 => Protocol::Tcp,
        17 => Protocol::Udp,
        1 | 58 if number == Service::echo(to.is_ipv4()).number() => Protocol::Icmp,
        0 | 1 | 58 => return None,
        other => Protocol::Other(other),
    };
    let port = if matches!(protocol, Protocol::Tcp | Protocol::Udp) { port } else { 0 };
    Some(Packet { source: source.clone(), from, to, protocol, port, source_port: None })
}

/// What a reach says of a packet, against what the simulator says.
fn contradicts(reach: &Reach, estate: &Estate, packet: &Packet) -> Option<Said> {
    let (service, from) = (service(packet), number(packet.from));
    let simulated = simulate(estate, packet);
    let delivers = reach.delivers.contains(service, from);
    let connects = reach.connects.contains(service, from);
    let same = match simulated.verdict {
        Verdict::Denied => !delivers && !connects,
        Verdict::Delivers => delivers && !connects,
        Verdict::Connects => delivers && connects,
    };
    // By which zone it enters from beyond, only AWS knows.
    let open = matches!(packet.source, Source::Beyond(_)) && !reach.unread.is_empty();
    if open || (same && reach.unread.is_empty()) {
        return None;
    }
    let unread: Vec<_> = reach.unread.iter().map(ToString::to_string).collect();
    Some(("the set", format!("delivers {delivers} connects {connects} {unread:?}; simulator {simulated:?}")))
}

/// The set that a packet is asked of: what reaches its destination from its sender.
fn by_services(estate: &Estate, network: &Network<'_>, packet: &Packet) -> Option<Said> {
    let (sender, source) = match &packet.source {
        Source::Internet => (Sender::Internet, None),
        Source::Interface(id) | Source::Instance(id) => (Sender::Resource(id.clone()), Some(packet.from)),
        Source::Beyond(id) => (Sender::Beyond(id.clone()), Some(packet.from)),
    };
    match network.services(&sender, source, packet.to) {
        Ok(reach) => contradicts(&reach, estate, packet),
        Err(_) => (simulate(estate, packet).verdict != Verdict::Denied).then(|| ("refused", String::new())),
    }
}

/// The same by the list of everything that the internet reaches.
fn by_exposures(estate: &Estate, network: &Network<'_>, packet: &Packet) -> Option<Said> {
    let exposures = network.exposures();
    let mut of_address =
        exposures.addresses().iter().filter(|one| one.range().is_some_and(|range| range.contains(&packet.to)));
    let nothing = Reach::default();
    let reach = of_address.next().and_then(|exposure| exposures.reach(exposure)).unwrap_or(&nothing);
    contradicts(reach, estate, packet)
}

/// Numbers at and beside the edges of a range.
fn edges(first: u128, last: u128) -> [u128; 4] {
    [first, last, first.saturating_sub(1), last.saturating_add(1)]
}

/// Packets at the edges of what a set holds.
fn at_edges(dice: &mut Dice, estate: &Estate, set: &Boxes, to: IpAddr) -> Option<Packet> {
    let ((first, last), addresses) = dice.maybe(set.cells())?;
    let ends = dice.maybe(addresses.ranges())?;
    let from = address(*dice.pick(&edges(ends.0, ends.1)));
    let service = u32::try_from(*dice.pick(&edges(u128::from(*first), u128::from(*last)))).ok()?;
    if from.is_ipv4() != to.is_ipv4() || is_inside(estate, from) {
        return None;
    }
    packet(&Source::Internet, (from, to), service)
}

/// No stranger on the internet has a public address of the estate, or an IPv6 address of a VPC.
fn is_inside(estate: &Estate, from: IpAddr) -> bool {
    if lookup::private_of(estate, from).is_some() {
        return true;
    }
    let mut vpcs = lookup::all(estate, |r| &r.vpcs);
    from.is_ipv6() && vpcs.any(|vpc| lookup::vpc_contains(estate, vpc.vpc_id.as_str(), from))
}

/// A host that a chain reaches, by the id of its interface.
fn members(network: &Network<'_>, links: &[Link]) -> BTreeSet<String> {
    links.iter().filter_map(|link| network.linked_party(link)).map(|party| party.interface.to_owned()).collect()
}

fn sender_of(estate: &Estate, packet: &Packet) -> Option<String> {
    match &packet.source {
        Source::Internet | Source::Beyond(_) => None,
        Source::Interface(id) => Some(id.clone()),
        Source::Instance(id) => {
            lookup::interfaces_of_instance(estate, id).first().map(|first| first.network_interface_id.to_string())
        }
    }
}

/// Whoever is reached by a packet is in the chain that begins at its sender.
fn by_chain(estate: &Estate, network: &Network<'_>, packet: &Packet) -> Option<Said> {
    let simulated = simulate(estate, packet);
    if simulated.verdict != Verdict::Connects || simulated.reached.is_empty() {
        return None;
    }
    let sender = sender_of(estate, packet).and_then(|id| lookup::interface(estate, &id));
    if sender.is_some_and(|sender| is_balancer(estate, sender.network_interface_id.as_str())) {
        return None;
    }
    let links = match sender_of(estate, packet) {
        Some(sender) => network.blast(&sender, Mode::Any).ok()?.links,
        None => network.chain_from_internet(&network.exposures(), Mode::Any).links,
    };
    let chain = members(network, &links);
    // Nobody has to reach the interfaces of a host that is held.
    let own = |id: &str| {
        let instance = lookup::interface(estate, id).and_then(lookup::instance_of);
        instance.is_some() && instance == sender.and_then(lookup::instance_of)
    };
    let missed = |id: &str| !chain.contains(id) && !own(id);
    let missing: Vec<_> = simulated.reached.iter().filter(|arrival| missed(&arrival.interface)).collect();
    (!missing.is_empty()).then(|| ("the chain", format!("misses who is reached: {missing:?}; {simulated:?}")))
}

type Check = fn(&Estate, &Network<'_>, &Packet) -> Option<Said>;

/// Every packet that a set is wrong about, with the check that tells.
fn wrong_of(seed: u64, size: usize, packets: usize) -> (usize, BTreeMap<String, (Packet, Check)>) {
    let estate = worlds::random(seed, size);
    let network = Network::new(&estate);
    let exposures = network.exposures();
    let mut dice = Dice::new(seed ^ 0x7365_7473);
    let mut asked: Vec<(Packet, Check)> = Vec::new();
    for packet in worlds::packets(&estate, seed ^ 0x5e75, packets) {
        let packet = Packet { source_port: None, ..packet };
        let check: Check = if packet.source == Source::Internet { by_exposures } else { by_services };
        asked.push((packet.clone(), check));
        let own = matches!(&packet.source, Source::Interface(_)) && dice.percent(40);
        if own || (packet.source == Source::Internet && dice.percent(10)) {
            asked.push((packet, by_chain));
        }
    }
    for exposure in exposures.addresses() {
        let (Some(to), Some(reach)) = (exposure.public(), exposures.reach(exposure)) else { continue };
        for set in [&reach.delivers, &reach.connects, &reach.connects] {
            let found = at_edges(&mut dice, &estate, set, to);
            asked.extend(found.map(|packet| (packet, by_exposures as Check)));
        }
    }
    let mut wrong = BTreeMap::new();
    for (packet, check) in &asked {
        if let Some((what, said)) = check(&estate, &network, packet) {
            wrong.entry(format!("{what}: {}", plain(&said))).or_insert((packet.clone(), *check));
        }
    }
    let chain = network.chain_from_internet(&exposures, Mode::Any).links;
    for said in unproven(&estate, &network, &chain, &mut dice) {
        wrong.insert(format!("world {seed}: {said}"), (asked[0].0.clone(), |_, _, _| None));
    }
    for interface in dice.some(&lookup::all(&estate, |r| &r.network_interfaces).collect::<Vec<_>>(), 10) {
        if lookup::instance_of(interface).is_some() {
            let from = interface.network_interface_id.as_str();
            let chain = network.blast(from, Mode::Any).expect("an interface").links;
            for said in unproven(&estate, &network, &chain, &mut dice) {
                wrong.insert(format!("world {seed}: from {from}: {said}"), (asked[0].0.clone(), |_, _, _| None));
            }
        }
    }
    (asked.len(), wrong)
}

/// Links of a chain that the simulator does not confirm: one service of some of them is tried from every address.
fn unproven(estate: &Estate, network: &Network<'_>, links: &[Link], dice: &mut Dice) -> Vec<String> {
    let mut found = Vec::new();
    let id = |link: &Link| network.linked_party(link).map(|party| party.interface.to_owned()).expect("its interface");
    for link in links.iter().filter(|link| !link.services.is_empty()) {
        let Some((first, last)) = dice.maybe(link.services.ranges()).copied().filter(|_| dice.percent(30)) else {
            continue;
        };
        let service = if dice.percent(50) { first } else { last };
        if matches!(Service::of(service).protocol, 0 | 1 | 58) {
            continue; // a set of services says nothing of the family that they are reached by
        }
        let target = id(link);
        let before = link.from.map(|before| &links[before]);
        let balanced = before.filter(|before| is_balancer(estate, &id(before)));
        // Behind a load balancer: whoever reached that, by any of the services that it was reached by.
        let (client, doors, services) = match balanced {
            Some(door) => {
                let all: Vec<u32> = door.services.ranges().iter().flat_map(|(a, b)| *a..=*b).take(64).collect();
                (network.sending_party(door), id(door), all)
            }
            None => (network.sending_party(link), target.clone(), vec![service]),
        };
        let client = client.map(|party| party.interface.to_owned());
        let packets = services.iter().flat_map(|service| between(estate, network, client.clone(), &doors, *service));
        let packets: Vec<_> = packets.collect();
        let proven = packets.is_empty()
            || packets.iter().any(|packet| {
                let simulated = simulate(estate, packet);
                simulated.verdict == Verdict::Connects
                    && simulated.reached.iter().any(|arrival| arrival.interface == target)
            });
        if !proven {
            let by = Service::of(service);
            found.push(format!("the chain says that {client:?} reaches {target} at {doors} by {by}"));
        }
    }
    found
}

fn is_balancer(estate: &Estate, id: &str) -> bool {
    let interface = lookup::interface(estate, id).expect("an interface");
    interface.description.as_deref().is_some_and(|description| description.starts_with("ELB "))
}

/// The packets of a service from every address of a client (for the internet: one of every range that gets in) to every
/// address of an interface.
fn between(estate: &Estate, network: &Network<'_>, client: Option<String>, to: &str, service: u32) -> Vec<Packet> {
    let target = lookup::interface(estate, to).expect("an interface");
    let mut packets = Vec::new();
    if let Some(client) = client {
        let sender = lookup::interface(estate, &client).expect("an interface");
        let publics =
            target.private_ip_addresses.iter().filter_map(|each| each.association.as_ref()?.public_ip.as_ref());
        let publics = publics.filter_map(|public| public.parse().ok());
        for to in worlds::some_of(target).into_iter().chain(publics) {
            let same = worlds::some_of(sender).into_iter().filter(|from| from.is_ipv4() == to.is_ipv4());
            packets.extend(same.filter_map(|from| packet(&Source::Interface(client.clone()), (from, to), service)));
        }
        return packets;
    }
    let exposures = network.exposures();
    let here = exposures.addresses().iter().filter(|e| network.exposed_party(e).is_some_and(|p| p.interface == to));
    for exposure in here {
        let sources = exposures.reach(exposure).and_then(|reach| reach.connects.at(service)).cloned();
        let sources = sources.unwrap_or_default();
        let first = sources.ranges().iter().map(|(first, _)| address(*first));
        let named = named(estate).into_iter().filter(|from| sources.contains(number(*from)));
        for from in first.chain(named).filter(|from| !is_inside(estate, *from)) {
            packets.extend(exposure.public().and_then(|to| packet(&Source::Internet, (from, to), service)));
        }
    }
    packets
}

/// The first address of every range that a rule, a network ACL's entry or a prefix list names.
fn named(estate: &Estate) -> BTreeSet<IpAddr> {
    let groups = lookup::all(estate, |r| &r.security_groups);
    let permissions = groups.flat_map(|group| group.ip_permissions.iter().chain(&group.ip_permissions_egress));
    let of_rules = permissions.flat_map(|permission| {
        let v4 = permission.ip_ranges.iter().filter_map(|range| range.cidr_ip.as_ref());
        v4.chain(permission.ipv6_ranges.iter().filter_map(|range| range.cidr_ipv6.as_ref()))
    });
    let entries = lookup::all(estate, |r| &r.network_acls).flat_map(|acl| &acl.entries);
    let of_acls = entries.flat_map(|entry| entry.cidr_block.iter().chain(&entry.ipv6_cidr_block));
    let of_lists = lookup::all(estate, |r| &r.prefix_lists).flat_map(|list| list.cidrs.iter().flatten());
    let all = of_rules.chain(of_acls).chain(of_lists);
    all.filter_map(|cidr| cidr.parse::<ipnet::IpNet>().ok()).map(|cidr| cidr.network()).collect()
}

/// Without ids, addresses and numbers.
pub(crate) fn plain(text: &str) -> String {
    let words = text.split(' ').filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

fn assert_agreement(seeds: Range<u64>, size: usize, packets: usize) {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let found: Vec<_> = thread::scope(|scope| {
        let mine = |core: usize| seeds.clone().skip(core).step_by(cores);
        let work = move |core| mine(core).map(|seed| (seed, wrong_of(seed, size, packets))).collect::<Vec<_>>();
        let workers: Vec<_> = (0..cores).map(|core| scope.spawn(move || work(core))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    let asked: usize = found.iter().map(|(_, (asked, _))| asked).sum();
    println!("{asked} packets asked of sets");
    let mut kinds: BTreeMap<String, (usize, u64, Packet, Check)> = BTreeMap::new();
    for (seed, (_, wrong)) in found {
        for (said, (packet, check)) in wrong {
            kinds.entry(said).or_insert((0, seed, packet, check)).0 += 1;
        }
    }
    let told: Vec<_> = kinds.iter().map(|(said, (count, ..))| format!("{count} worlds: {said}")).collect();
    let mut kinds: Vec<_> = kinds.into_values().collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.0));
    let examples: Vec<_> =
        kinds.iter().take(6).map(|(_, seed, packet, check)| smallest(*seed, size, packet, *check)).collect();
    assert!(told.is_empty(), "{} kinds\n{}\n{}", told.len(), told.join("\n"), examples.join("\n"));
}

/// A counter-example that a person can read.
fn smallest(seed: u64, size: usize, packet: &Packet, check: Check) -> String {
    let estate = worlds::random(seed, size);
    let kind = |estate: &Estate, packet: &Packet| {
        check(estate, &Network::new(estate), packet).map(|(what, said)| (what, plain(&said)))
    };
    let whole = kind(&estate, packet);
    let (small, packet) =
        worlds::shrink(&estate, packet, |estate, packet| whole.is_some() && kind(estate, packet) == whole);
    let said = check(&small, &Network::new(&small), &packet);
    format!("world {seed}: {said:#?}\n{}", worlds::tell(&small, &packet))
}

#[test]
fn sets_and_simulator_agree_on_small_worlds() {
    assert_agreement(0..40, 3, 150);
}

/// With the million packets: `just soak`.
#[test]
#[ignore = "takes minutes"]
fn soak_sets_and_simulator_agree() {
    assert_agreement(1_000..2_000, 5, 400);
}
