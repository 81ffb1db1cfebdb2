//! What a security group's openings to the internet are worth: which of the resources that have the group are reached
//! from there through them, and why the others are not.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::FactContext;
use super::context::{Place, own};
use super::internet::{Internet, Open, Ports, Way, WayIn, ports};
use super::opening::{Opening, Openings};
use crate::model::resource::SecurityGroup;
use crate::model::{Describe, Gap, Kind, Resource};
use crate::reach::service::{TCP, UDP};
use crate::reach::{Addresses, Boxes, Party, Service, Services, Verdict};

/// Enough to recognise them by; the counts are complete.
const SHOWN: usize = 10;
/// Of so many the reason is looked for that they are not reached.
const ASKED: usize = 100;

/// The openings of a group to the internet, with who is reached through each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReachedBy {
    /// How many resources have the group.
    pub(super) users: usize,
    /// TCP and UDP openings that hold addresses of the internet.
    pub(super) openings: Vec<OpeningReached>,
    /// What was not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unread: Vec<Gap>,
    /// What no call would tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) doubts: Vec<String>,
}

/// One opening, with who is reached through it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpeningReached {
    /// The opening, as the fact `admits` has it.
    pub(super) opening: Opening,
    /// The ports by which connections are made.
    pub(super) reached: Vec<Part>,
    /// The ports by which they may be made.
    pub(super) unknown: Vec<Part>,
    /// The first of the ways in.
    pub(super) ways: Vec<WayIn>,
    /// How many resources with the group are not reached through it.
    pub(super) kept: usize,
    /// Why, in words with counts; empty when all are reached.
    pub(super) because: String,
}

/// Ports by which resources are reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    /// The first port.
    pub(super) from: u16,
    /// The last port.
    pub(super) to: u16,
    /// How many resources are reached by them.
    pub(super) count: usize,
    /// The first of these, by name and address.
    pub(super) first: String,
    /// By how much of the internet, 0 to 1: the largest share of any way in.
    pub(super) share: f64,
}

pub(super) fn compute(
    context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<ReachedBy, Vec<Gap>> {
    let group = own::<SecurityGroup>(resource)?;
    let admitted = Openings::of_group(at, group)?;
    let openings = admitted.tcp.into_iter().chain(admitted.udp);
    let openings: Vec<Opening> = openings.filter(|opening| !opening.internet.is_empty()).collect();
    if openings.is_empty() {
        return Ok(ReachedBy::default());
    }
    let internet = context.internet();
    let (parties, mut open) = (internet.parties_in(group.id()), Open::default());
    let users: BTreeSet<_> = parties.iter().map(|party| (party.kind, party.id)).collect();
    let mut missing: BTreeSet<Gap> = internet.hidden(at).iter().cloned().collect();
    missing.extend(internet.untold(&parties).cloned());
    missing.extend(nowhere(at, group.id(), &parties));
    let mut told = Vec::new();
    for opening in openings {
        let sources = sources(at, &opening)?;
        let mut one = reached(internet, at, (&opening, &sources), &parties, &mut open);
        if !missing.is_empty() {
            let (from, to, first) = (opening.from, opening.to, String::new());
            one.unknown.push(Part { from, to, count: 0, first, share: opening.share });
        }
        told.push(OpeningReached { opening, ..one });
    }
    open.unread.extend(missing);
    let (unread, doubts) = (open.unread.into_iter().collect(), open.doubts.into_iter().collect());
    Ok(ReachedBy { users: users.len(), openings: told, unread, doubts })
}

/// Interfaces with the group that are in no subnet that was listed: nobody knows where they are.
fn nowhere(at: &Place<'_>, group: &str, parties: &[&Party<'_>]) -> Vec<Gap> {
    let known: BTreeSet<&str> = parties.iter().map(|party| party.interface).collect();
    let interfaces = at.shard.resources.network_interfaces.iter().filter(|interface| {
        let mut groups = interface.groups.iter().filter_map(|one| one.group_id.as_ref());
        groups.any(|one| one.as_str() == group) && !known.contains(interface.network_interface_id.as_str())
    });
    let subnets = interfaces.filter_map(|interface| interface.subnet_id.as_ref());
    let lost = subnets.filter(|subnet| !at.subnets.contains_key(subnet.as_str()));
    lost.map(|subnet| at.absent(Kind::Subnet, subnet.as_str())).collect()
}

/// The addresses of the internet that an opening holds.
fn sources(at: &Place<'_>, opening: &Opening) -> Result<Addresses, Vec<Gap>> {
    let mut all = Addresses::default();
    for evidence in &opening.internet {
        let Some(text) = evidence.value.as_str() else { continue };
        let list = text.starts_with("pl-").then(|| at.prefix_list(text)).transpose()?;
        let part =
            list.map_or_else(|| Addresses::parse([text]), |list| Addresses::parse(list.iter().map(String::as_str)));
        all = all.or(&part);
    }
    Ok(all.and(Addresses::internet()))
}

fn reached<'i, 'e>(
    internet: &'i Internet<'e>,
    at: &Place<'_>,
    (opening, sources): (&Opening, &Addresses),
    parties: &[&'i Party<'e>],
    open: &mut Open,
) -> OpeningReached {
    let protocol = if opening.protocol == "udp" { UDP } else { TCP };
    let number = |port: u16| Service { protocol, port }.number();
    let services = Services::range(number(opening.from), number(opening.to));
    let within = Boxes::product(&services, sources);
    let (mut ways, mut kept): (Vec<Way<'_, 'e>>, Vec<&Party<'e>>) = Default::default();
    for &party in parties {
        let found = internet.ways(at, party, Some(&within), open);
        if found.is_empty() {
            kept.push(party);
        }
        ways.extend(found);
    }
    ways.sort_by_key(|way| std::cmp::Reverse(way.verdict));
    let open_ways: Vec<_> = ways.iter().filter(|way| way.is_open()).collect();
    let of = |verdict| ways.iter().filter(|way| way.verdict == verdict).collect::<Vec<_>>();
    let delivered: BTreeSet<_> = of(Verdict::Delivers).iter().map(|way| way.resource()).collect();
    OpeningReached {
        opening: opening.clone(),
        reached: parts(&open_ways, &services),
        unknown: parts(&of(Verdict::Unknown), &services),
        kept: kept.iter().map(|party| (party.kind, party.id)).collect::<BTreeSet<_>>().len(),
        because: because(internet, &kept, (&services, sources), delivered.len()),
        ways: ways.iter().take(SHOWN).map(|way| internet.tell(way, &[])).collect(),
    }
}

/// Divides the ports wherever a way in begins or ends, and counts who is reached in between.
fn parts(ways: &[&Way<'_, '_>], within: &Services) -> Vec<Part> {
    let ranges: Vec<(Vec<Ports>, &Way<'_, '_>)> =
        ways.iter().map(|way| (ports(&way.services.and(within)), *way)).collect();
    let mut cuts = BTreeSet::new();
    for range in ranges.iter().flat_map(|(all, _)| all) {
        cuts.extend([u32::from(range.from), u32::from(range.to) + 1]);
    }
    let cuts: Vec<u32> = cuts.into_iter().collect();
    let mut found: Vec<Part> = Vec::new();
    for pair in cuts.windows(2) {
        let [first, next] = *pair else { continue };
        let (Ok(from), Ok(to)) = (u16::try_from(first), u16::try_from(next - 1)) else { continue };
        let holds = |range: &Ports| range.from <= from && to <= range.to;
        let here: Vec<&Way<'_, '_>> =
            ranges.iter().filter(|(all, _)| all.iter().any(holds)).map(|(_, way)| *way).collect();
        let Some(one) = here.first() else { continue };
        let users: BTreeSet<_> = here.iter().map(|way| way.resource()).collect();
        let share = here.iter().map(|way| way.share()).fold(0.0, f64::max);
        found.push(Part { from, to, count: users.len(), first: one.called(), share });
    }
    found
}

/// Why resources are not reached: reasons with how many they hold for.
fn because<'e>(
    internet: &Internet<'e>,
    kept: &[&Party<'e>],
    (services, sources): (&Services, &Addresses),
    delivered: usize,
) -> String {
    let mut reasons: BTreeMap<&str, BTreeSet<(Kind, &str)>> = BTreeMap::new();
    for party in kept.iter().take(ASKED) {
        let reason = internet.why_not(party, services, sources);
        reasons.entry(reason).or_default().insert((party.kind, party.id));
    }
    let mut told: Vec<(usize, &str)> = reasons.iter().map(|(reason, of)| (of.len(), *reason)).collect();
    told.extend((delivered > 0).then_some((delivered, "no reply comes back")));
    told.sort_by_key(|(count, reason)| (std::cmp::Reverse(*count), *reason));
    let mut told: Vec<String> = told.iter().map(|(count, reason)| format!("{reason} ({count})")).collect();
    if kept.len() > ASKED {
        told.push(format!("not asked ({})", kept.len() - ASKED));
    }
    told.join(", ")
}
