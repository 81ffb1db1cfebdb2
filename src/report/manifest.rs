//! What a report rests on: the rules with their digests, what was read and when, by whom, and what was not.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Report;
use crate::audit::{Finding, Pack, Rule};
use crate::model::{AccountId, Estate, Gap, GapReason, Index, Region, Resource};

/// A rule with what names it exactly.
pub(super) struct Judge<'a> {
    /// Its pack.
    pub(super) pack: &'a Pack,
    /// The rule.
    pub(super) rule: &'a Rule,
    /// The digest of its text.
    pub(super) digest: String,
}

/// How far one IAM action was read in one account and Region.
pub(super) struct Read {
    /// The account.
    pub(super) account: AccountId,
    /// The Region.
    pub(super) region: Region,
    /// The IAM action.
    pub(super) action: String,
    /// What is missing of it; empty when it was read to its end.
    pub(super) gaps: Vec<Gap>,
}

/// What a report rests on.
pub(super) struct Manifest<'a> {
    rules: Vec<Judge<'a>>,
    by_id: BTreeMap<&'a str, usize>,
    read_at: BTreeMap<(&'a AccountId, &'a Region), Timestamp>,
    estate: &'a Estate,
    /// Made when the first one asks.
    resources: OnceCell<Index<'a>>,
    /// The ARNs of those who read.
    pub(super) callers: BTreeSet<&'a str>,
    /// Every read, in a stable order.
    pub(super) reads: Vec<Read>,
}

impl<'a> Manifest<'a> {
    /// Works it out.
    pub(super) fn new(report: &Report<'a>) -> Self {
        let rules = report.packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule)));
        let rules: Vec<_> = rules.map(|(pack, rule)| Judge { pack, rule, digest: rule.digest() }).collect();
        let places = report.estate.shards.iter().map(|shard| &shard.provenance);
        let at = |at: Option<Timestamp>| at.or(report.estate.origin.taken_at);
        Self {
            by_id: rules.iter().enumerate().map(|(index, judge)| (judge.rule.meta.id.as_str(), index)).collect(),
            rules,
            estate: report.estate,
            resources: OnceCell::new(),
            read_at: places.clone().filter_map(|p| Some(((&p.account, &p.region), at(p.taken_at)?))).collect(),
            callers: places.filter_map(|place| place.caller.as_deref()).collect(),
            reads: reads(report),
        }
    }

    /// Every rule, pack by pack.
    pub(super) fn rules(&self) -> impl Iterator<Item = &Judge<'a>> {
        self.rules.iter()
    }

    /// Which of [`Self::rules`] is that of a finding.
    pub(super) fn index(&self, finding: &Finding) -> Option<usize> {
        self.by_id.get(finding.rule.as_str()).copied()
    }

    /// The rule of a finding.
    pub(super) fn rule(&self, finding: &Finding) -> Option<&Judge<'a>> {
        self.index(finding).and_then(|index| self.rules.get(index))
    }

    /// When what a finding is about was read.
    pub(super) fn read_at(&self, finding: &Finding) -> Option<String> {
        self.taken_at(finding).map(time)
    }

    /// The same as a time.
    pub(super) fn taken_at(&self, finding: &Finding) -> Option<Timestamp> {
        let key = &finding.subject.key;
        self.read_at.get(&(&key.account, &key.region)).copied()
    }

    /// What a finding is about.
    pub(super) fn resource(&self, finding: &Finding) -> Option<&'a dyn Resource> {
        self.resources.get_or_init(|| Index::new(self.estate)).get(&finding.subject.key)
    }

    /// When the first and the last part of the estate were begun to be read.
    pub(super) fn interval(&self) -> Option<(String, String)> {
        let (from, to) = (self.read_at.values().min()?, self.read_at.values().max()?);
        Some((time(*from), time(*to)))
    }
}

impl Read {
    /// `read`, `partly` or `missing`.
    pub(super) fn word(&self) -> &'static str {
        match self.gaps.iter().any(|gap| gap.resource.is_none()) {
            true => "missing",
            false if self.gaps.is_empty() => "read",
            false => "partly",
        }
    }
}

/// A time to the second.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Every action that was read or tried, and every one that a rule rests on and nobody tried.
fn reads(report: &Report<'_>) -> Vec<Read> {
    let mut reads: BTreeMap<(AccountId, Region, String), BTreeSet<Gap>> = BTreeMap::new();
    for shard in &report.estate.shards {
        let key = |action: &String| {
            let place = &shard.provenance;
            (place.account.clone(), place.region.clone(), action.clone())
        };
        for action in &shard.reads {
            reads.entry(key(action)).or_default();
        }
        for gap in &shard.gaps {
            reads.entry(key(&gap.action)).or_default().insert(gap.clone());
        }
    }
    for missing in &report.audit.coverage.missing {
        let key = (missing.account.clone(), missing.region.clone(), missing.gap.action.clone());
        let gaps = reads.entry(key).or_default();
        if gaps.is_empty() || missing.gap.reason != GapReason::NotInSource {
            gaps.insert(missing.gap.clone());
        }
    }
    let read = |((account, region, action), gaps): (_, BTreeSet<Gap>)| {
        let gaps = gaps.into_iter().collect();
        Read { account, region, action, gaps }
    };
    reads.into_iter().map(read).collect()
}
