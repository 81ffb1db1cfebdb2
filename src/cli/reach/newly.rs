//! What the internet reaches in one estate and not in another: newly exposed and newly closed ports, and those that
//! cannot be told any more. It rests on the same search as `bartizan reach exposed`.

use std::collections::{BTreeMap, BTreeSet};

use super::exposed::{self, Exposed, Key, Opening};
use super::json;
use super::tell::{self, everyone};
use crate::cli::Failure;
use crate::model::{AccountId, Environment, Estate, Kind, Region};
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
    places: BTreeMap<(String, &'e str), (&'e AccountId, &'e Region)>,
    /// What was not read and may lead to anything.
    doors: Vec<String>,
}

/// A resource in both.
struct One<'s, 'e> {
    key: &'s Key,
    exposed: &'s Exposed,
    place: Option<(&'e AccountId, &'e Region)>,
}

/// Compares what the internet reaches.
pub(in crate::cli) fn newly(then: Judged<'_>, now: Judged<'_>) -> Result<PortChanges, Failure> {
    let (then, now) = (Side::new(then)?, Side::new(now)?);
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

/// What gets there now and did not, or was not known to; and what is not known any more.
fn opened(one: &One<'_, '_>, then: &Side<'_>, now: &Side<'_>, changes: &mut Vec<PortChange>) {
    let (was_sure, was_perhaps) = (then.reached(one.key, true), then.reached(one.key, false));
    let is_sure = now.reached(one.key, true);
    for opening in now.openings(one.key) {
        let all = opening.boxes();
        let blind = then.blind(one.place, opening);
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
            let why = format!("not known then: {}", blind.as_deref().unwrap_or("something that decides was not read"));
            one.add(opening, &seen_closed, (Became::Opened, ""), changes);
            one.add(opening, &not_known, (Became::Opened, &why), changes);
        }
    }
}

/// What got there and does not any more, or is not seen to.
fn closed(one: &One<'_, '_>, then: &Side<'_>, now: &Side<'_>, changes: &mut Vec<PortChange>) {
    let reached = now.reached(one.key, true).or(&now.reached(one.key, false));
    for opening in then.openings(one.key).iter().filter(|opening| opening.verdict != Verdict::Unknown) {
        let gone = opening.boxes().minus(&reached);
        match now.blind(one.place, opening) {
            Some(why) => one.add(opening, &gone, (Became::Unknown, &why), changes),
            None => one.add(opening, &gone, (Became::Closed, ""), changes),
        }
    }
}

impl<'e> Side<'e> {
    fn new((estate, environments): Judged<'e>) -> Result<Self, Failure> {
        let (exposed, doors) = exposed::found(estate, environments)?;
        let place = |(shard, resource): (&'e crate::model::Shard, &'e dyn crate::model::Resource)| {
            let place = &shard.provenance;
            ((resource.kind().to_string(), resource.id()), (&place.account, &place.region))
        };
        let exposed = exposed.into_iter().map(|one| (one.key(), one)).collect();
        Ok(Self { estate, exposed, places: estate.resources().map(place).collect(), doors })
    }

    /// Without these, something may be exposed that is nowhere mentioned.
    fn not_judged(&self) -> Vec<String> {
        let unread = exposed::not_judged(self.estate, &[Kind::Subnet, Kind::NetworkInterface]);
        unread.into_iter().chain(self.doors.iter().cloned()).collect()
    }

    fn place(&self, (kind, id, _): &Key) -> Option<(&'e AccountId, &'e Region)> {
        self.places.get(&(kind.clone(), id.as_str())).copied()
    }

    fn openings(&self, key: &Key) -> &[Opening] {
        self.exposed.get(key).map(|one| one.openings.as_slice()).unwrap_or_default()
    }

    /// What gets to a resource for sure, or perhaps.
    fn reached(&self, key: &Key, sure: bool) -> Boxes {
        let openings = self.openings(key).iter().filter(|opening| (opening.verdict != Verdict::Unknown) == sure);
        openings.fold(Boxes::default(), |all, opening| all.or(&opening.boxes()))
    }

    /// Why it cannot be said that something gets nowhere here although nothing shows it.
    fn blind(&self, place: Option<(&AccountId, &Region)>, opening: &Opening) -> Option<String> {
        let Some((account, region)) = place else { return Some("nothing tells where it is".to_owned()) };
        let Some(shard) = self.estate.shard(account, region) else {
            return Some(format!("{account} {region} was not looked at"));
        };
        let kinds = [Kind::Subnet, Kind::NetworkInterface];
        let gap = kinds.into_iter().filter(|kind| shard.holds(*kind)).find_map(|kind| shard.missing_kind(kind));
        // What comes through a door needs the door to be seen.
        let door = || self.doors.first().filter(|_| opening.through.is_some()).cloned();
        gap.map(|gap| gap.to_string()).or_else(door)
    }
}

impl One<'_, '_> {
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
