//! What the internet reaches in one estate and not in another: newly exposed and newly closed ports, and those that
//! cannot be told any more. It rests on the same search as `bartizan reach exposed`.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::exposed::{self, Exposed, Key, Opening};
use super::json;
use super::tell::{self, everyone};
use crate::cli::Failure;
use crate::model::{AccountId, Environment, Estate, Kind, Region, Resource, Scope, Shard};
use crate::reach::door::DoorKind;
use crate::reach::service::describe;
use crate::reach::{Boxes, Verdict, shown};
use crate::report::{Became, PortChange, PortChanges};

/// An estate with the environments in force in it.
type Judged<'e> = (&'e Estate, &'e [Environment]);

/// One of the two, and what the internet reaches in it.
struct Side<'e> {
    estate: &'e Estate,
    exposed: BTreeMap<Key, Exposed>,
    /// Where resources are, by type and id.
    places: BTreeMap<(String, &'e str), Place<'e>>,
    /// What was not read and may lead to anything.
    doors: Vec<String>,
}

/// An account and Region.
type Place<'e> = (&'e AccountId, &'e Region);

/// A resource in both.
struct One<'s, 'e> {
    key: &'s Key,
    exposed: &'s Exposed,
    place: Option<Place<'e>>,
}

/// What decides of every interface.
const DECIDING: [Kind; 7] = [
    Kind::Subnet,
    Kind::NetworkInterface,
    Kind::SecurityGroup,
    Kind::RouteTable,
    Kind::NetworkAcl,
    Kind::Vpc,
    Kind::InternetGateway,
];
/// What tells whose an interface is.
const OWNERS: [Kind; 9] = [
    Kind::Instance,
    Kind::LoadBalancer,
    Kind::ClassicLoadBalancer,
    Kind::DbInstance,
    Kind::CacheCluster,
    Kind::Domain,
    Kind::EcsService,
    Kind::TargetGroup,
    Kind::NatGateway,
];
/// What tells where load balancers lead.
const BALANCERS: [Kind; 5] =
    [Kind::LoadBalancer, Kind::ClassicLoadBalancer, Kind::Listener, Kind::ListenerRule, Kind::TargetGroup];

/// Compares what the internet reaches.
pub(in crate::cli) fn newly(then: Judged<'_>, now: Judged<'_>) -> Result<PortChanges, Failure> {
    let (mut then, mut now) = (Side::new(then)?, Side::new(now)?);
    let names: BTreeMap<String, Key> = then.names().chain(now.names()).collect();
    then.rename(&names);
    now.rename(&names);
    let keys: BTreeSet<&Key> = then.exposed.keys().chain(now.exposed.keys()).collect();
    let mut changes = Vec::new();
    for key in keys {
        let Some(exposed) = now.exposed.get(key).or_else(|| then.exposed.get(key)) else { continue };
        let one = One { key, exposed, place: now.place(key).or_else(|| then.place(key)) };
        opened(&one, &then, &now, &mut changes);
        closed(&one, &then, &now, &mut changes);
    }
    changes.sort_by_key(|change| change.became);
    let (earlier, later) = (then.not_judged(), now.not_judged());
    let all = earlier.iter().chain(later.iter().filter(|what| !earlier.contains(what)));
    let not_judged = all.map(|what| match (earlier.contains(what), later.contains(what)) {
        (true, true) => format!("then and now: {what}"),
        (true, false) => format!("then: {what}"),
        _ => format!("now: {what}"),
    });
    Ok(PortChanges { not_judged: not_judged.collect(), changes })
}

/// What gets there now and did not; and what cannot be told.
fn opened(one: &One<'_, '_>, then: &Side<'_>, now: &Side<'_>, changes: &mut Vec<PortChange>) {
    for opening in now.openings(one.key) {
        let [was_sure, was_perhaps] = [true, false].map(|sure| then.reached(one.key, opening, sure));
        let is_sure = now.reached(one.key, opening, true);
        let all = opening.boxes();
        let blind = one.blind(opening, [then, now]);
        let not_sure = all.minus(&was_sure);
        let (seen_closed, not_known) = match &blind {
            Some(_) => (Boxes::default(), not_sure),
            None => (not_sure.minus(&was_perhaps), not_sure.and(&was_perhaps)),
        };
        if opening.verdict == Verdict::Unknown {
            let why = format!("not read: {}", opening.unread.join("; "));
            let lost = all.and(&was_sure).or(&seen_closed).minus(&is_sure);
            one.add(opening, &lost, (Became::Unknown, &why), changes);
        } else {
            let why = blind.as_deref().unwrap_or("something that decides was not read then");
            let why = format!("reached now; whether it was then cannot be told: {why}");
            one.add(opening, &seen_closed, (Became::Opened, ""), changes);
            one.add(opening, &not_known, (Became::Unknown, &why), changes);
        }
    }
}

/// What got there and does not any more, or is not seen to.
fn closed(one: &One<'_, '_>, then: &Side<'_>, now: &Side<'_>, changes: &mut Vec<PortChange>) {
    for opening in then.openings(one.key).iter().filter(|opening| opening.verdict != Verdict::Unknown) {
        let reached = now.reached(one.key, opening, true).or(&now.reached(one.key, opening, false));
        let gone = opening.boxes().minus(&reached);
        match one.blind(opening, [now, then]) {
            Some(why) => one.add(opening, &gone, (Became::Unknown, &why), changes),
            None => one.add(opening, &gone, (Became::Closed, ""), changes),
        }
    }
}

impl<'e> Side<'e> {
    fn new((estate, environments): Judged<'e>) -> Result<Self, Failure> {
        let (exposed, doors) = exposed::found(estate, environments)?;
        let place = |(shard, resource): (&'e Shard, &'e dyn Resource)| {
            let place = &shard.provenance;
            ((resource.kind().to_string(), resource.id()), (&place.account, &place.region))
        };
        let exposed = exposed.into_iter().map(|one| (one.key(), one)).collect();
        Ok(Self { estate, exposed, places: estate.resources().map(place).collect(), doors })
    }

    /// The owners of interfaces, where they are known.
    fn names(&self) -> impl Iterator<Item = (String, Key)> {
        let known = self.exposed.iter().filter(|(key, _)| !is_bare(key));
        known.flat_map(|(key, one)| one.interfaces.iter().map(|interface| (interface.clone(), key.clone())))
    }

    /// Calls an interface whose owner is not known here by the owner that the other one knows.
    fn rename(&mut self, names: &BTreeMap<String, Key>) {
        for (key, one) in std::mem::take(&mut self.exposed) {
            let owner = one.interfaces.iter().find_map(|interface| names.get(interface)).filter(|_| is_bare(&key));
            match self.exposed.entry(owner.cloned().unwrap_or(key)) {
                Entry::Vacant(place) => {
                    place.insert(one);
                }
                Entry::Occupied(mut known) => exposed::merge(&mut known.get_mut().openings, one.openings),
            }
        }
    }

    /// Without these, something may be exposed that is nowhere mentioned.
    fn not_judged(&self) -> Vec<String> {
        let unread = exposed::not_judged(self.estate, &[Kind::Subnet, Kind::NetworkInterface]);
        unread.into_iter().chain(self.doors.iter().cloned()).collect()
    }

    fn place(&self, (kind, id, vpc): &Key) -> Option<Place<'e>> {
        let of = |kind: &str, id: &str| self.places.get(&(kind.to_owned(), id)).copied();
        of(kind, id).or_else(|| of(Kind::Vpc.name(), vpc))
    }

    fn openings(&self, key: &Key) -> &[Opening] {
        self.exposed.get(key).map(|one| one.openings.as_slice()).unwrap_or_default()
    }

    /// What gets to a resource by the same door for sure, or perhaps.
    fn reached(&self, key: &Key, by: &Opening, sure: bool) -> Boxes {
        let alike = |opening: &&Opening| opening.door == by.door && (opening.verdict != Verdict::Unknown) == sure;
        let openings = self.openings(key).iter().filter(alike);
        openings.fold(Boxes::default(), |all, opening| all.or(&opening.boxes()))
    }

    /// What is missing of a listing at a place; of one that is kept for whole accounts, or where the place is not
    /// known, of any.
    fn missing(&self, place: Option<Place<'_>>, kind: Kind) -> Option<String> {
        let here = |shard: &&Shard| {
            let at = (&shard.provenance.account, &shard.provenance.region);
            shard.holds(kind) && (kind.scope() == Scope::Global || place.is_none_or(|place| place == at))
        };
        self.estate.shards.iter().filter(here).find_map(|shard| shard.missing_kind(kind)).map(|gap| gap.to_string())
    }
}

/// Whether nothing tells whose an interface is.
fn is_bare((kind, _, _): &Key) -> bool {
    kind == Kind::NetworkInterface.name()
}

/// The listings that tell what is behind a door.
fn behind(door: DoorKind) -> Vec<Kind> {
    let (own, balancers): (&[Kind], &[Kind]) = match door {
        DoorKind::LoadBalancer => (&[], &BALANCERS),
        DoorKind::Distribution => (&[Kind::Distribution, Kind::VpcOrigin], &BALANCERS),
        DoorKind::AnyDistribution => (&[Kind::PrefixList], &BALANCERS),
        DoorKind::Api => (&[Kind::Api, Kind::VpcLink], &BALANCERS),
        DoorKind::FunctionUrl => (&[Kind::Function], &[]),
        DoorKind::ClientVpn => (&[Kind::ClientVpnEndpoint], &[]),
        DoorKind::Accelerator => (&[], &[]),
    };
    [own, balancers].concat()
}

impl One<'_, '_> {
    /// Why it cannot be said that something gets nowhere on the first side although nothing shows it there, when the
    /// other shows it: a listing that was not read may hold it, or may stop it on the other.
    fn blind(&self, opening: &Opening, [absent, shown]: [&Side<'_>; 2]) -> Option<String> {
        if let Some((account, region)) = self.place
            && absent.estate.shard(account, region).is_none()
        {
            return Some(format!("{account} {region} was not looked at"));
        }
        let (kind, ..) = self.key;
        let door = opening.door.as_ref().map(|(door, _)| behind(*door)).unwrap_or_default();
        let both: Vec<Kind> = DECIDING.into_iter().chain(door).collect();
        let mut own = Kind::of_name(kind).into_iter().chain(both.iter().copied());
        let missing = |side: &Side<'_>, kind: Kind| side.missing(self.place, kind);
        let gap = own.find_map(|kind| missing(absent, kind));
        let gap = gap.or_else(|| both.iter().find_map(|kind| missing(shown, *kind)));
        // Under the name of an interface nothing is new whose owner only the other side can tell.
        let bare =
            || OWNERS.into_iter().filter(|kind| missing(absent, *kind).is_none()).find_map(|k| missing(shown, k));
        gap.or_else(|| if is_bare(self.key) { bare() } else { None })
    }

    /// Adds what became of some services and sources.
    fn add(&self, opening: &Opening, boxes: &Boxes, (became, why): (Became, &str), changes: &mut Vec<PortChange>) {
        let (resource_type, resource, vpc) = self.key.clone();
        for (services, sources) in exposed::by_sources(boxes) {
            changes.push(PortChange {
                became,
                why: why.to_owned(),
                account: self.place.map(|(account, _)| account.to_string()),
                region: self.place.map(|(_, region)| region.to_string()),
                resource_type: resource_type.clone(),
                resource: resource.clone(),
                name: self.exposed.name.clone(),
                vpc: vpc.clone(),
                environment: self.exposed.environment.clone(),
                services: describe(&services),
                ports: serde_json::json!(json::ports(&services)),
                from: everyone(&sources),
                source_cidrs: json::cidrs(&sources),
                addresses: opening.addresses.iter().map(shown).collect(),
                through: opening.through.clone(),
                needs: opening.needs.clone(),
                path: tell::short(&opening.forward_path_components),
                forward_path_components: serde_json::json!(opening.forward_path_components),
            });
        }
    }
}

#[cfg(test)]
mod tests;
