//! One of two audits that are compared: what it judged, and what it can say of what it did not.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::{Audit, Finding, Fingerprint, Pack, Severity, Status};
use crate::model::{Estate, Kind};

/// An audit as comparisons see it, whether it was just made, read from a report or recorded in a history.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Side {
    /// What a reader would call it: `the report base.json of 2026-11-20 06:00 UTC`.
    pub label: String,
    /// The environment it was narrowed to, when it was.
    pub only: Option<String>,
    /// The rules that were judged.
    pub rules: BTreeSet<String>,
    /// The accounts and Regions that were looked at: something was read there.
    pub places: BTreeSet<(String, String)>,
    /// What was read by account, Region and IAM action: whether to its end, for every resource.
    pub reads: BTreeMap<(String, String, String), bool>,
    /// Why what was not read to its end was not, where that is known.
    pub gaps: BTreeMap<(String, String, String), String>,
    /// The verdicts.
    pub verdicts: BTreeMap<Fingerprint, Verdict>,
    /// How many more could not be decided, where it is not kept which: a history keeps only what failed.
    pub undecided: usize,
}

/// What comparisons look at in a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The verdict.
    pub status: Status,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: String,
    /// What was found.
    pub message: String,
    /// What its owner calls the resource.
    pub name: Option<String>,
    /// The environment it belongs to.
    pub environment: Option<String>,
    /// Whose it is to mend.
    pub owner: Option<String>,
}

/// What an audit says of a rule and a resource.
#[derive(Debug)]
pub(super) enum State<'s> {
    /// This.
    Judged(&'s Verdict),
    /// The resource is not there, in a listing that was read to its end.
    Removed,
    /// It may be there: the listing was not read to its end.
    Unknown(String),
    /// Nothing: it did not look.
    NotJudged(String),
}

impl Side {
    /// An audit that was just made, of all environments.
    #[must_use]
    pub fn new(label: String, audit: &Audit, estate: &Estate, packs: &[Pack]) -> Self {
        let rules = packs.iter().flat_map(|pack| &pack.rules).map(|rule| rule.meta.id.clone());
        // Without a thread to run rules on, none was judged.
        let ran = audit.errors.iter().all(|error| !error.rule.is_empty());
        let of_waivers = audit.findings.iter().filter(|f| f.subject.key.kind == Kind::Waiver).map(|f| f.rule.clone());
        Self {
            label,
            rules: rules.filter(|_| ran).chain(of_waivers).collect(),
            verdicts: audit.findings.iter().map(|finding| (finding.fingerprint(), Verdict::from(finding))).collect(),
            gaps: gaps(estate),
            ..Self::default()
        }
        .with_reads(reads(estate))
    }

    /// The same with what was read: where nothing was, nobody looked.
    #[must_use]
    pub fn with_reads(mut self, reads: BTreeMap<(String, String, String), bool>) -> Self {
        let whole = reads.iter().filter(|(_, whole)| **whole);
        self.places = whole.map(|((account, region, _), _)| (account.clone(), region.clone())).collect();
        self.reads = reads;
        self
    }

    /// What it says of a rule and a resource.
    pub(super) fn state(&self, print: &Fingerprint) -> State<'_> {
        if let Some(verdict) = self.verdicts.get(print) {
            return State::Judged(verdict);
        }
        if !self.rules.contains(&print.rule) {
            return State::NotJudged("its rule was not judged".to_owned());
        }
        let place = (print.account.clone(), print.region.clone());
        // A waiver is in a file: where the file was read, all of it was.
        if print.resource_type == Kind::Waiver.name() {
            return State::Removed;
        }
        if let Some(reason) = self.unlisted(print) {
            return State::Unknown(reason);
        }
        if !self.places.contains(&place) {
            return State::NotJudged("its account or Region was not looked at".to_owned());
        }
        if self.undecided > 0 {
            let count = self.undecided;
            return State::Unknown(format!("of that run it is not kept which {count} verdicts could not be decided"));
        }
        match &self.only {
            Some(name) => State::NotJudged(format!("it is not, or no longer, in environment `{name}`")),
            None => State::Removed,
        }
    }

    /// How a finding that once failed stands in it.
    #[must_use]
    pub fn standing(&self, print: &Fingerprint) -> Standing {
        match self.state(print) {
            State::Judged(verdict) => match verdict.status {
                Status::Fail | Status::Waived { .. } => Standing::There,
                Status::Pass | Status::NotApplicable => Standing::Mended,
                Status::Unknown { .. } => Standing::Unseen,
            },
            State::Removed => Standing::Mended,
            State::Unknown(_) | State::NotJudged(_) => Standing::Unseen,
        }
    }

    /// Why a listing that should hold the resource was not read to its end.
    fn unlisted(&self, print: &Fingerprint) -> Option<String> {
        let first = Fingerprint { resource: String::new(), ..print.clone() };
        let of_rule = self.verdicts.range(first..).take_while(|(other, _)| {
            (&other.rule, &other.account, &other.region, &other.resource_type)
                == (&print.rule, &print.account, &print.region, &print.resource_type)
        });
        let whole = of_rule.filter(|(other, _)| other.resource == "*" || other.resource.ends_with("/*"));
        whole.into_iter().find_map(|(_, verdict)| match &verdict.status {
            Status::Unknown { reason, .. } => Some(reason.clone()),
            _ => None,
        })
    }
}

impl From<&Finding> for Verdict {
    fn from(finding: &Finding) -> Self {
        Self {
            status: finding.status.clone(),
            severity: finding.severity,
            title: finding.title.clone(),
            message: finding.message.clone(),
            name: finding.subject.name.clone(),
            environment: finding.environment.clone(),
            owner: finding.owner.clone(),
        }
    }
}

fn reads(estate: &Estate) -> BTreeMap<(String, String, String), bool> {
    let mut reads = BTreeMap::new();
    for shard in &estate.shards {
        let place = &shard.provenance;
        let key = |action: &str| (place.account.to_string(), place.region.to_string(), action.to_owned());
        reads.extend(shard.reads.iter().map(|action| (key(action), true)));
        reads.extend(shard.gaps.iter().map(|gap| (key(&gap.action), false)));
    }
    reads
}

/// The gaps of each action: the first one, and how many there are besides.
fn gaps(estate: &Estate) -> BTreeMap<(String, String, String), String> {
    let mut gaps: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (shard, gap) in estate.gaps() {
        let place = &shard.provenance;
        let key = (place.account.to_string(), place.region.to_string(), gap.action.clone());
        let about = gap.resource.as_ref().map(|resource| format!(" of {resource}")).unwrap_or_default();
        gaps.entry(key).or_default().push(format!("{}{about}: {}", gap.reason, gap.detail));
    }
    let told = |(key, all): (_, Vec<String>)| {
        let more = if all.len() > 1 { format!(", and {} more", all.len() - 1) } else { String::new() };
        (key, format!("{}{more}", all.into_iter().next().unwrap_or_default()))
    };
    gaps.into_iter().map(told).collect()
}

/// How a finding that once failed stands in an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It fails, waived or not.
    There,
    /// It is seen to be mended: the rule passes or does not apply, or the resource is gone from a whole listing.
    Mended,
    /// It cannot be told.
    Unseen,
}
