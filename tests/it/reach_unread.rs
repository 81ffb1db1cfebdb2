//! Chains in worlds of which something was not read, against the same worlds read whole: nothing is reached for certain
//! that is not, and nothing vanishes without a word of what was not read.

use std::collections::BTreeSet;
use std::ops::Range;

use bartizan::model::resource::Route;
use bartizan::model::{Estate, Gap, GapReason, Kind, Resources};
use bartizan::reach::{Mode, Network, Service, Services};

use crate::reach_chains::{Chain, MODES, assert_no_faults, edges, proven};
use crate::simulator::lookup;
use crate::worlds;

/// What is hidden of a world.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Hidden {
    /// The listings of a call, everywhere.
    Listing(&'static str),
    /// The same in one account and Region.
    ListingOf(&'static str, usize),
    /// An account and Region that was not read at all.
    Shard(usize),
    /// A prefix list that is in no listing: another account's.
    List(String),
    /// One load balancer's listeners or target group's targets: a listing that broke off.
    Resource(Kind, String),
}

impl Hidden {
    fn kind(&self) -> String {
        match self {
            Self::Listing(action) => format!("{action} denied"),
            Self::ListingOf(action, _) => format!("{action} denied in one place"),
            Self::Shard(_) => "an account and Region not read".to_owned(),
            Self::List(_) => "a prefix list of another account".to_owned(),
            Self::Resource(kind, _) => format!("one {kind} missing"),
        }
    }

    /// The world as it is read.
    fn hide(&self, estate: &Estate) -> Estate {
        let mut seen = estate.clone();
        match self {
            Self::Listing(action) => (0..seen.shards.len()).for_each(|shard| deny(&mut seen, shard, action)),
            Self::ListingOf(action, shard) => deny(&mut seen, *shard, action),
            Self::Shard(shard) => {
                if *shard < seen.shards.len() {
                    seen.shards.remove(*shard);
                }
            }
            Self::List(id) => {
                for shard in &mut seen.shards {
                    shard.resources.prefix_lists.retain(|list| list.prefix_list_id != id.as_str());
                }
            }
            Self::Resource(kind, id) => {
                for shard in &mut seen.shards {
                    let before = shard.resources.iter().count();
                    shard.resources = only(&shard.resources, |other, one| other != *kind || one != id);
                    if shard.resources.iter().count() < before {
                        shard.gaps.push(Gap::new(kind.list_action(), GapReason::Incomplete, "it broke off"));
                    }
                }
            }
        }
        seen
    }
}

fn deny(estate: &mut Estate, shard: usize, action: &str) {
    let Some(shard) = estate.shards.get_mut(shard).filter(|shard| shard.reads.contains(action)) else { return };
    shard.reads.remove(action);
    shard.gaps.push(Gap::new(action, GapReason::AccessDenied, "not authorized"));
    shard.resources = only(&shard.resources, |kind, _| kind.list_action() != action);
}

/// Those of some resources that are kept, by kind and id.
fn only(resources: &Resources, keep: impl Fn(Kind, &str) -> bool) -> Resources {
    let mut left = Resources::default();
    for kind in Kind::ALL {
        for resource in resources.of_kind(*kind).into_iter().filter(|resource| keep(*kind, resource.id())) {
            left.push_json(*kind, resource.json()).expect("it was one");
        }
    }
    left
}

/// Everything that may be hidden of a world.
fn hideable(estate: &Estate) -> Vec<Hidden> {
    let actions: BTreeSet<_> = estate.resources().map(|(_, resource)| resource.kind().list_action()).collect();
    let mut all: Vec<_> = actions.iter().map(|action| Hidden::Listing(action)).collect();
    let regional = estate.shards.iter().enumerate().filter(|(_, shard)| !shard.provenance.region.is_global());
    let regional: Vec<usize> = regional.map(|(index, _)| index).collect();
    if regional.len() > 1 {
        all.extend(actions.iter().flat_map(|action| regional.iter().map(|shard| Hidden::ListingOf(action, *shard))));
        all.extend(regional.iter().map(|shard| Hidden::Shard(*shard)));
    }
    all.extend(lookup::all(estate, |r| &r.prefix_lists).map(|list| Hidden::List(list.prefix_list_id.to_string())));
    for (_, resource) in estate.resources() {
        if matches!(resource.kind(), Kind::Listener | Kind::TargetGroup | Kind::LoadBalancer) {
            all.push(Hidden::Resource(resource.kind(), resource.id().to_owned()));
        }
    }
    all
}

/// What a chain says wrongly of a world that was not read whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// Reached for certain, and it is not.
    MadeUp(String, u32),
    /// Reached, and neither told nor is anything said to be unread.
    Vanished(String),
    /// Moved on from, and neither told so nor is anything said to be unread.
    NotHeld(String),
    /// Told as reached perhaps, and nothing is said to be unread.
    Unexplained(String),
    /// Reached by fewer services, and nothing is said to be unread.
    Fewer(String, u32),
}

#[derive(Debug, Clone)]
struct Fault {
    hidden: Hidden,
    from: String,
    mode: Mode,
    claim: Claim,
}

impl Fault {
    fn kind(&self) -> String {
        let claim = match &self.claim {
            Claim::MadeUp(..) => "made up",
            Claim::Vanished(_) => "vanished",
            Claim::NotHeld(_) => "no more moved on from",
            Claim::Unexplained(_) => "perhaps, and why is not told",
            Claim::Fewer(..) => "fewer services",
        };
        format!("{claim} ({:?}): {}", self.mode, self.hidden.kind())
    }
}

/// Without any one of these, every chain is told to be incomplete as a whole.
const WHOLE: [Kind; 5] =
    [Kind::Subnet, Kind::NetworkInterface, Kind::SecurityGroup, Kind::NetworkAcl, Kind::RouteTable];

/// Whether the listings alone make the chain incomplete, as `reach blast` tells of each.
fn told_as_a_whole(estate: &Estate) -> bool {
    let regional = || estate.shards.iter().filter(|shard| !shard.provenance.region.is_global());
    WHOLE.iter().any(|kind| regional().any(|shard| shard.missing_kind(*kind).is_some()))
}

/// Whether an interface's VPC was read, or the routes of who sends lead there other than over the internet: one of an
/// account that was not read at all and that no route leads to is nobody's.
fn is_spoken_of(seen: &Estate, estate: &Estate, (from, interface): (&str, &str)) -> bool {
    let vpc = lookup::interface(estate, interface).map_or("", lookup::vpc_of);
    if lookup::all(seen, |r| &r.subnets).any(|subnet| subnet.vpc_id.as_str() == vpc) {
        return true;
    }
    let subnet = lookup::interface(seen, from).and_then(|sender| lookup::subnet_of(seen, sender));
    let table = subnet.and_then(|subnet| lookup::route_table_of(seen, subnet));
    let active = |route: &&Route| route.state.as_deref() != Some("blackhole");
    let routes = || table.into_iter().flat_map(|table| &table.routes).filter(active);
    let mut peerings = lookup::all(seen, |r| &r.vpc_peering_connections);
    peerings.any(|peering| {
        let id = peering.vpc_peering_connection_id.as_str();
        let leads = routes().any(|route| route.vpc_peering_connection_id.as_ref().is_some_and(|to| to.as_str() == id));
        let active = peering.status.as_ref().is_some_and(|status| status.code.as_deref() == Some("active"));
        leads && active && serde_json::to_string(peering).expect("JSON").contains(vpc)
    })
}

/// Everything by which an interface is reached for certain.
fn services(chain: &Chain<'_, '_>, interface: &str) -> Services {
    chain.to(interface).fold(Services::default(), |all, link| all.or(&link.services))
}

/// What one chain says wrongly.
fn wrong(estate: &Estate, seen: &Estate, (whole, less): (&Chain<'_, '_>, &Chain<'_, '_>), told: bool) -> Vec<Claim> {
    let mut found = Vec::new();
    for link in &less.links {
        let id = less.id(link);
        if lookup::interface(estate, id).is_none() {
            continue; // placed by what it belongs to: its interface was not read
        }
        let known = services(whole, id);
        let more = edges(link).into_iter().filter(|service| !known.contains(*service));
        let made_up = more.filter(|service| !proven(estate, less, link, *service));
        found.extend(made_up.map(|service| Claim::MadeUp(id.to_owned(), service)));
    }
    let from = less.links.first().map_or("", |link| less.id(link));
    let silent = less.unread.is_empty() && !told;
    if !silent {
        return found;
    }
    let ids = |links: &[bartizan::reach::Link], held: bool| -> BTreeSet<String> {
        links
            .iter()
            .filter(|link| link.gates.is_empty() && (link.held || !held))
            .map(|link| whole.id(link).to_owned())
            .collect()
    };
    let (all, held) = (ids(&whole.links, false), ids(&whole.links, true));
    let of_less: BTreeSet<String> = less.links.iter().map(|link| less.id(link).to_owned()).collect();
    let held_less: BTreeSet<String> =
        less.links.iter().filter(|link| link.held).map(|link| less.id(link).to_owned()).collect();
    found.extend(less.perhaps.iter().map(|link| Claim::Unexplained(less.id(link).to_owned())));
    // Through a VPC of an account that was not read at all others may be reached: nobody can know of those.
    let known = |id: &str| seen.shards.len() == estate.shards.len() || whole.to(id).any(|link| link.from == Some(0));
    let lost = all.difference(&of_less).filter(|id| known(id) && is_spoken_of(seen, estate, (from, id)));
    found.extend(lost.cloned().map(Claim::Vanished));
    found.extend(held.difference(&held_less).filter(|id| of_less.contains(*id)).cloned().map(Claim::NotHeld));
    for id in all.intersection(&of_less) {
        let lost = services(whole, id).minus(&services(less, id));
        found.extend(lost.first().map(|service| Claim::Fewer(id.clone(), service)));
    }
    found
}

/// The wrong claims of a chain from an interface with something hidden; none if it cannot begin there.
fn claims(estate: &Estate, seen: &Estate, from: &str, mode: Mode) -> Vec<Claim> {
    let (network, less) = (Network::new(estate), Network::new(seen));
    if !less.knows(from) {
        return Vec::new();
    }
    let chains = (&Chain::new(&network, from, mode), &Chain::new(&less, from, mode));
    wrong(estate, seen, chains, told_as_a_whole(seen))
}

fn faults(estate: &Estate) -> Vec<Fault> {
    let network = Network::new(estate);
    let hosts = lookup::all(estate, |r| &r.network_interfaces).filter(|each| lookup::instance_of(each).is_some());
    let starts: Vec<&str> = hosts.map(|host| host.network_interface_id.as_str()).collect();
    let pairs = || starts.iter().flat_map(|from| MODES.map(|mode| (*from, mode)));
    let whole: Vec<_> = pairs().map(|(from, mode)| Chain::new(&network, from, mode)).collect();
    let mut found = Vec::new();
    for hidden in hideable(estate) {
        let seen = hidden.hide(estate);
        let (less, told) = (Network::new(&seen), told_as_a_whole(&seen));
        for ((from, mode), whole) in pairs().zip(&whole).filter(|((from, _), _)| less.knows(from)) {
            let chain = Chain::new(&less, from, mode);
            let claims = wrong(estate, &seen, (whole, &chain), told);
            found.extend(claims.into_iter().map(|claim| Fault {
                hidden: hidden.clone(),
                from: from.to_owned(),
                mode,
                claim,
            }));
        }
    }
    found
}

fn assert_agreement(seeds: Range<u64>, size: usize) {
    let faults = |seed| faults(&worlds::random(seed, size));
    assert_no_faults(seeds, faults, Fault::kind, |seed, fault| smallest(seed, size, fault), 20);
}

/// A counter-example that a person can read.
fn smallest(seed: u64, size: usize, fault: &Fault) -> String {
    let same = |claim: &Claim| match (claim, &fault.claim) {
        (Claim::Fewer(one, _), Claim::Fewer(other, _)) => one == other,
        (one, other) => one == other,
    };
    let small = worlds::thinned(&worlds::random(seed, size), |estate| {
        claims(estate, &fault.hidden.hide(estate), &fault.from, fault.mode).iter().any(same)
    });
    let by = match fault.claim {
        Claim::MadeUp(_, service) | Claim::Fewer(_, service) => Service::of(service).to_string(),
        _ => String::new(),
    };
    let less = fault.hidden.hide(&small);
    let networks = [&small, &less].map(Network::new);
    let [whole, less] = networks.each_ref().map(|network| Chain::new(network, &fault.from, fault.mode).tell());
    format!("world {seed}: {fault:?} {by}\n whole:\n{whole} less:\n{less}{}", worlds::tell_estate(&small))
}

#[test]
fn nothing_unread_is_silent_or_made_up_in_chains_of_small_worlds() {
    assert_agreement(0..30, 2);
}

/// With the million packets: `just soak`.
#[test]
#[ignore = "takes minutes"]
fn soak_nothing_unread_is_silent_or_made_up_in_chains() {
    assert_agreement(1_000..1_150, 3);
}
