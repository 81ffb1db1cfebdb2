//! What a rule rests on in one account and Region, and what of it is missing. A gap there makes verdicts UNKNOWN
//! before the rule is asked, so that no rule has to tell "absent" from "unread".

use std::collections::{BTreeMap, BTreeSet};

use super::{Coverage, MissingRead, RuleMeta, fact};
use crate::model::{AccountId, Estate, Gap, GapReason, Kind, Region, Shard};

/// The gaps of an estate by place and action.
pub(super) struct Gaps<'e> {
    estate: &'e Estate,
    of: BTreeMap<(&'e AccountId, &'e Region, &'e str), Vec<&'e Gap>>,
}

/// What is missing of one action in one account and Region.
#[derive(Default)]
struct Missing<'e> {
    /// For every resource.
    whole: Option<Gap>,
    /// For single resources.
    parts: Vec<&'e Gap>,
}

/// What is missing of what a rule rests on in one account and Region.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// For every resource.
    pub(super) everywhere: Vec<Gap>,
    /// For single resources, by id.
    pub(super) of_resource: BTreeMap<String, Vec<Gap>>,
    /// What should be judged and is not there: `*` for a listing, `parent/*` for a part of one, or an id.
    pub(super) unlisted: BTreeMap<String, Vec<Gap>>,
}

impl<'e> Gaps<'e> {
    /// Sorts the gaps of an estate.
    pub(super) fn new(estate: &'e Estate) -> Self {
        let mut of: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (shard, gap) in estate.gaps() {
            let place = &shard.provenance;
            of.entry((&place.account, &place.region, gap.action.as_str())).or_default().push(gap);
        }
        Self { estate, of }
    }

    fn missing(&self, shard: &Shard, action: &str) -> Missing<'e> {
        let place = &shard.provenance;
        let gaps = self.of.get(&(&place.account, &place.region, action)).map(Vec::as_slice).unwrap_or_default();
        if gaps.is_empty() && !shard.reads.contains(action) {
            return Missing { whole: Some(unread(action)), parts: Vec::new() };
        }
        let whole = gaps.iter().find(|gap| gap.resource.is_none()).map(|gap| (*gap).clone());
        Missing { whole, parts: gaps.iter().copied().filter(|gap| gap.resource.is_some()).collect() }
    }

    /// The parts of the estate that hold what a resource in `shard` may be related to.
    fn holding(&self, shard: &'e Shard, kind: Kind) -> Vec<&'e Shard> {
        if shard.holds(kind) {
            return vec![shard];
        }
        let account = &shard.provenance.account;
        self.estate.shards.iter().filter(|other| other.provenance.account == *account && other.holds(kind)).collect()
    }
}

fn unread(action: &str) -> Gap {
    Gap::new(action, GapReason::NotInSource, "it was not read")
}

impl Needs {
    /// What is missing for a rule in a part of the estate; what the rule rests on is entered in `ledger`.
    pub(super) fn of<'e>(meta: &RuleMeta, gaps: &Gaps<'e>, shard: &'e Shard, ledger: &mut Ledger) -> Self {
        let mut needs = Self::default();
        needs.own(meta, gaps, shard, ledger);
        // What else a fact needs, it says itself when it is worked out.
        for kind in meta.facts.iter().filter_map(|name| fact::reads(name)).flatten() {
            needs.related(meta, gaps, (shard, *kind, kind.list_action()), ledger);
        }
        for action in &meta.reads {
            let kinds = Kind::ALL.iter().filter(|kind| kind.actions().contains(&action.as_str()));
            // Of the types an action reads, one that is kept here is meant before one that is kept elsewhere.
            let kind = kinds.max_by_key(|kind| shard.holds(**kind)).copied().unwrap_or(meta.resource);
            needs.related(meta, gaps, (shard, kind, action), ledger);
        }
        needs.everywhere.sort();
        needs.everywhere.dedup();
        needs
    }

    /// What is missing of the resource type itself.
    fn own<'e>(&mut self, meta: &RuleMeta, gaps: &Gaps<'e>, shard: &'e Shard, ledger: &mut Ledger) {
        let kind = meta.resource;
        let resources = shard.resources.of_kind(kind);
        let ids: BTreeSet<&str> = resources.iter().map(|resource| resource.id()).collect();
        let listing = kind.list_action();
        for action in kind.actions().iter().copied().filter(|action| *action == listing || rests_on(meta, action)) {
            let missing = gaps.missing(shard, action);
            ledger.enter(shard, action, &meta.id, missing.first());
            match missing.whole {
                // What a broken listing did bring is known as well as ever.
                Some(gap) if action == listing => self.unlisted.entry("*".to_owned()).or_default().push(gap),
                Some(gap) => self.everywhere.push(gap),
                None => {}
            }
            for gap in missing.parts {
                let id = gap.resource.clone().unwrap_or_default();
                if ids.contains(id.as_str()) {
                    self.of_resource.entry(id).or_default().push(gap.clone());
                } else if action == listing {
                    self.unlisted.entry(format!("{id}/*")).or_default().push(gap.clone());
                } else if !of_another_kind(shard, kind, action, &id) {
                    self.unlisted.entry(id).or_default().push(gap.clone());
                }
            }
        }
    }

    /// What is missing of an action that reads other resources: which of them matter, only the rule knows.
    fn related<'e>(
        &mut self,
        meta: &RuleMeta,
        gaps: &Gaps<'e>,
        (shard, kind, action): (&'e Shard, Kind, &str),
        ledger: &mut Ledger,
    ) {
        let places = gaps.holding(shard, kind);
        if places.is_empty() {
            ledger.enter(shard, action, &meta.id, Some(&unread(action)));
            self.everywhere.push(unread(action));
        }
        for place in places {
            let missing = gaps.missing(place, action);
            ledger.enter(place, action, &meta.id, missing.first());
            self.everywhere.extend(missing.whole.into_iter().chain(missing.parts.into_iter().cloned()));
        }
    }
}

impl Missing<'_> {
    fn first(&self) -> Option<&Gap> {
        self.whole.as_ref().or_else(|| self.parts.first().copied())
    }
}

fn rests_on(meta: &RuleMeta, action: &str) -> bool {
    meta.needs.as_ref().is_none_or(|needs| needs.iter().any(|needed| needed == action))
}

/// Whether an id belongs to a resource of another type that is read with the same action.
fn of_another_kind(shard: &Shard, kind: Kind, action: &str, id: &str) -> bool {
    let others = Kind::ALL.iter().filter(|other| **other != kind && other.actions().contains(&action));
    others.into_iter().any(|other| shard.resources.find(*other, id).is_some())
}

/// What all rules rest on, and what of it is missing.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    reads: BTreeMap<(AccountId, Region, String), Entry>,
}

/// What is missing of one action, and the rules that rest on it.
#[derive(Debug, Default)]
struct Entry {
    missing: Option<Gap>,
    rules: BTreeSet<String>,
}

impl Ledger {
    /// Enters that a rule rests on an action in a part of the estate, and what is missing of it.
    pub(super) fn enter(&mut self, shard: &Shard, action: &str, rule: &str, missing: Option<&Gap>) {
        let place = &shard.provenance;
        let key = (place.account.clone(), place.region.clone(), action.to_owned());
        let entry = self.reads.entry(key).or_default();
        if entry.missing.is_none() {
            entry.missing = missing.cloned();
        }
        entry.rules.insert(rule.to_owned());
    }

    /// The sum of it.
    pub(super) fn coverage(self) -> Coverage {
        let needed = self.reads.len();
        let missing = self.reads.into_iter().filter_map(|((account, region, _), entry)| {
            Some(MissingRead { account, region, gap: entry.missing?, rules: entry.rules.into_iter().collect() })
        });
        Coverage { needed, missing: missing.collect() }
    }
}
