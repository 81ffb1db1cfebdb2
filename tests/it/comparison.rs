//! Group-only rules against paths, on the same estates: the figures of `COMPARISON.md`, counted.
//! `UPDATE_COMPARISON=1` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

use bartizan::model::Estate;
use bartizan::model::resource::{IpPermission, NetworkInterface, SecurityGroup};
use bartizan::reach::service::of_rule;
use bartizan::reach::{Addresses, Behind, Exposure, Network, Service, Verdict};
use bartizan::source;

use crate::worlds;

/// TCP ports that auditors ask about: administration, databases, caches, the web.
const PORTS: [u16; 18] =
    [21, 22, 23, 25, 80, 135, 443, 445, 1433, 1521, 3306, 3389, 5432, 5900, 6379, 8080, 9200, 27017];
/// As good as the whole internet, as in the packs.
const NEAR_WORLD: f64 = 0.001;
/// Random worlds, and how many VPCs each has.
const RANDOM: (u64, usize) = (200, 4);

/// An interface and a port.
type Place = (String, u16);

/// What three methods say of one estate, or of several together.
#[derive(Debug, Default)]
struct Counted {
    interfaces: usize,
    groups: usize,
    groups_useless: usize,
    groups_missed: usize,
    public: usize,
    public_useless: usize,
    public_missed: usize,
    reached: usize,
    unknown: usize,
    why_useless: BTreeMap<String, usize>,
    why_missed: BTreeMap<&'static str, usize>,
}

/// What the internet reaches of an estate.
#[derive(Debug, Default)]
struct Reached {
    certain: BTreeMap<Place, &'static str>,
    unknown: BTreeSet<Place>,
}

/// Why a rule that looks for everybody in so many words does not see these sources.
fn hidden(sources: &Addresses) -> &'static str {
    let whole = |v4| sources.covers(&Addresses::internet().and(&Addresses::family(v4)));
    if whole(true) || whole(false) {
        "the whole internet, by ranges that add up, a prefix list, or a load balancer without groups"
    } else {
        "a large part of the internet, a thousandth at least"
    }
}

fn wide(sources: &Addresses) -> bool {
    [true, false].into_iter().any(|v4| {
        let family = Addresses::internet().and(&Addresses::family(v4));
        sources.share_of(&family) >= NEAR_WORLD
    })
}

/// Whether a rule is open to everybody, in so many words.
fn names_everybody(rule: &IpPermission, port: u16) -> bool {
    let number = Service::tcp(port).number();
    let services = of_rule(rule.ip_protocol.as_deref(), rule.from_port, rule.to_port);
    services.is_some_and(|(first, last)| first <= number && number <= last)
        && (rule.ip_ranges.iter().any(|range| range.cidr_ip.as_deref() == Some("0.0.0.0/0"))
            || rule.ipv6_ranges.iter().any(|range| range.cidr_ipv6.as_deref() == Some("::/0")))
}

fn has_public_address(interface: &NetworkInterface) -> bool {
    let further = interface.private_ip_addresses.iter().filter_map(|address| address.association.as_ref());
    let mut public =
        interface.association.iter().chain(further).filter_map(|association| association.public_ip.as_ref());
    public.next().is_some() || !interface.ipv6_addresses.is_empty() || !interface.ipv6_prefixes.is_empty()
}

fn reached(network: &Network<'_>) -> Reached {
    let (mut reached, exposures) = (Reached::default(), network.exposures());
    for exposure in exposures.addresses() {
        let (Some(reach), Some(party)) = (exposures.reach(exposure), network.exposed_party(exposure)) else { continue };
        for port in PORTS {
            let place = (party.interface.to_owned(), port);
            let number = Service::tcp(port).number();
            if let Some(sources) = reach.connects.at(number).filter(|sources| wide(sources)) {
                reached.certain.insert(place, hidden(sources));
            } else if reach.may_connect().at(number).is_some_and(wide) {
                reached.unknown.insert(place);
            }
        }
    }
    for behind in network.exposed_behind(&exposures) {
        let Behind { party: Some(party), service: Some(service), verdict, sources, .. } = &behind else { continue };
        if !PORTS.contains(&service.port) || *service != Service::tcp(service.port) || !wide(sources) {
            continue;
        }
        let place = (party.interface.to_owned(), service.port);
        match verdict {
            Verdict::Connects | Verdict::Gated => {
                reached.certain.entry(place).or_insert("behind a load balancer or a distribution");
            }
            Verdict::Unknown => drop(reached.unknown.insert(place)),
            _ => {}
        }
    }
    reached.unknown.retain(|place| !reached.certain.contains_key(place));
    reached
}

/// Why no packet from the internet can use what a group opens.
fn why(network: &Network<'_>, exposures: &[(String, Exposure)], (interface, port): &Place) -> String {
    let mut why = "no public address";
    for (_, exposure) in exposures.iter().filter(|(id, _)| id == interface) {
        let source = if exposure.private().is_ipv4() { "198.51.100.7" } else { "2606:4700::1111" };
        let answer = network.path_to(exposure, source.parse().expect("an address"), Service::tcp(*port));
        why = match answer.explanations.first().map(|first| first.explanation_code.as_str()) {
            Some("SUBNET_ACL_RESTRICTION" | "ELB_ACL_RESTRICTION") => "a network ACL, in or out",
            Some("BAD_STATE_ATTACHMENT") => "no internet gateway is attached",
            Some("ELBV2_LISTENERS_MISMATCH" | "ELB_LISTENERS_MISMATCH" | "ELBV2_LISTENER_HAS_NO_TG") => {
                "a load balancer that does not listen there, or has no target for it"
            }
            Some("ENI_SG_RULES_MISMATCH") => "the address is of the other family than the rule",
            Some("NO_PATH") => "nothing at the address takes connections",
            Some(_) => "no route back to the internet",
            None => "only a part of the internet gets through",
        };
    }
    why.to_owned()
}

fn count(estate: &Estate, into: &mut Counted) {
    let network = Network::new(estate);
    let reached = reached(&network);
    let all = network.exposures();
    let exposures: Vec<(String, Exposure)> = all
        .addresses()
        .iter()
        .filter_map(|exposure| Some((network.exposed_party(exposure)?.interface.to_owned(), *exposure)))
        .collect();
    let resources = || estate.shards.iter().map(|shard| &shard.resources);
    let groups: BTreeMap<&str, &SecurityGroup> =
        resources().flat_map(|all| &all.security_groups).map(|group| (group.group_id.as_str(), group)).collect();
    let (mut by_group, mut by_public, mut known) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for interface in resources().flat_map(|all| &all.network_interfaces) {
        known.insert(interface.network_interface_id.as_str().to_owned());
        let worn = interface.groups.iter().filter_map(|group| groups.get(group.group_id.as_ref()?.as_str()));
        let rules: Vec<&IpPermission> = worn.flat_map(|group| &group.ip_permissions).collect();
        for port in PORTS.into_iter().filter(|port| rules.iter().any(|rule| names_everybody(rule, *port))) {
            let place = (interface.network_interface_id.as_str().to_owned(), port);
            by_public.extend(has_public_address(interface).then(|| place.clone()));
            by_group.insert(place);
        }
    }
    // Only interfaces that every method can see are compared.
    let certain: BTreeSet<Place> = reached.certain.keys().filter(|(id, _)| known.contains(id)).cloned().collect();
    let useless = |said: &BTreeSet<Place>| {
        said.iter().filter(|place| !certain.contains(*place) && !reached.unknown.contains(*place)).count()
    };
    into.interfaces += known.len();
    into.groups += by_group.len();
    into.groups_useless += useless(&by_group);
    into.groups_missed += certain.difference(&by_group).count();
    into.public += by_public.len();
    into.public_useless += useless(&by_public);
    into.public_missed += certain.difference(&by_public).count();
    into.reached += certain.len();
    into.unknown += reached.unknown.iter().filter(|(id, _)| known.contains(id)).count();
    for place in by_group.difference(&certain).filter(|place| !reached.unknown.contains(*place)) {
        *into.why_useless.entry(why(&network, &exposures, place)).or_default() += 1;
    }
    for place in certain.difference(&by_group) {
        let reason = reached.certain.get(place).expect("it is reached");
        *into.why_missed.entry(reason).or_default() += 1;
    }
}

fn folder(name: &str) -> Counted {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estates").join(name);
    let entries = fs::read_dir(&root).expect("the estates are there");
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    let mut counted = Counted::default();
    for path in &folders {
        count(&source::from_path(path).expect("an estate").estate, &mut counted);
    }
    counted
}

fn demo() -> Counted {
    let mut counted = Counted::default();
    let opened = source::demo::open(source::demo::DEFAULT, Arc::new(|| jiff::Timestamp::UNIX_EPOCH));
    count(&opened.expect("the demo").estate, &mut counted);
    counted
}

fn random() -> Counted {
    let mut counted = Counted::default();
    for seed in 0..RANDOM.0 {
        count(&worlds::random(seed, RANDOM.1), &mut counted);
    }
    counted
}

/// The part of the page that is counted.
fn page() -> String {
    let sets = [
        ("ten small random worlds (`tests/estates/reach-worlds`)".to_owned(), folder("reach-worlds")),
        ("six snapshots of real accounts (`tests/estates/aws-cli`)".to_owned(), folder("aws-cli")),
        ("the demo".to_owned(), demo()),
        (format!("{} random worlds (`tests/it/worlds`)", RANDOM.0), random()),
    ];
    let mut text = String::new();
    writeln!(text, "| estates | interfaces | group only: reported | no packet can use | missed | with a public address: reported | no packet can use | missed | paths: reached | not known |").expect("text");
    writeln!(text, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|").expect("text");
    let (mut useless, mut missed): (BTreeMap<String, usize>, BTreeMap<&str, usize>) = Default::default();
    for (name, one) in sets {
        let figures = [
            one.interfaces,
            one.groups,
            one.groups_useless,
            one.groups_missed,
            one.public,
            one.public_useless,
            one.public_missed,
            one.reached,
            one.unknown,
        ];
        let figures = figures.map(|figure| figure.to_string()).join(" | ");
        writeln!(text, "| {name} | {figures} |").expect("text");
        for (why, count) in one.why_useless {
            *useless.entry(why).or_default() += count;
        }
        for (why, count) in one.why_missed {
            *missed.entry(why).or_default() += count;
        }
    }
    let mut reasons = |title: &str, all: Vec<(&str, usize)>| {
        let mut all = all;
        all.sort_by_key(|(why, count)| (std::cmp::Reverse(*count), *why));
        writeln!(text, "\n{title}\n\n| why | times |\n|---|--:|").expect("text");
        for (why, count) in all {
            writeln!(text, "| {why} | {count} |").expect("text");
        }
    };
    reasons("What a group opens and no packet can use:", useless.iter().map(|(why, n)| (why.as_str(), *n)).collect());
    reasons("What is reached and no group-only rule reports:", missed.into_iter().collect());
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a developer's switch, not a setting of the program")]
fn the_page_has_the_figures_that_are_counted() {
    const MARKS: (&str, &str) = ("<!-- counted -->\n", "<!-- end -->\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("COMPARISON.md");
    let text = fs::read_to_string(&path).expect("the page");
    let (before, rest) = text.split_once(MARKS.0).expect("a mark where the figures begin");
    let (figures, after) = rest.split_once(MARKS.1).expect("a mark where they end");
    let counted = page();
    if env::var_os("UPDATE_COMPARISON").is_some() {
        fs::write(&path, format!("{before}{}{counted}{}{after}", MARKS.0, MARKS.1)).expect("written");
        return;
    }
    assert_eq!(figures, counted, "UPDATE_COMPARISON=1 writes them anew");
}
