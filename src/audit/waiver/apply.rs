//! Waivers at work: what they cover becomes WAIVED, and each of them is judged itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::json;

use super::Waiver;
use crate::audit::{Audit, Evidence, Finding, Fingerprint, Pack, Severity, Status, Subject, run};
use crate::model::{Environment, Estate, Gap, Kind, Region, ResourceKey};

/// The pack that the verdicts on waivers are shown under.
const PACK: &str = "waivers";

/// A waiver whose day is over: nobody answers for the fault any more. It weighs as much as the worst that it leaves
/// open; this much where nothing of that is seen.
const EXPIRED: (&str, &str, Severity) = ("waiver-expired", "A waiver has expired", Severity::Medium);

/// A waiver that covers nothing: it would silently cover what comes.
const UNMATCHED: (&str, &str, Severity) = ("waiver-unmatched", "A waiver covers no finding", Severity::Low);

/// What waivers are applied with.
#[derive(Debug, Clone, Copy)]
pub struct Waiving<'a> {
    /// What was audited.
    pub estate: &'a Estate,
    /// The environments in force.
    pub environments: &'a [Environment],
    /// The packs it was audited with.
    pub packs: &'a [Pack],
    /// Whether other packs were left out on purpose, so that a rule nobody knows may be one of theirs.
    pub narrowed: bool,
    /// The day it is, in UTC.
    pub today: Date,
}

impl Waiving<'_> {
    /// Makes WAIVED what a waiver covers, and adds two verdicts for each waiver: whether it has expired and whether
    /// it covers anything. Only a fault can be waived: what could not be decided stays UNKNOWN.
    pub fn apply(&self, waivers: &[Waiver], audit: &mut Audit) {
        let mut used: BTreeSet<usize> = BTreeSet::new();
        let mut open: BTreeMap<usize, Severity> = BTreeMap::new();
        for finding in audit.findings.iter_mut().filter(|finding| finding.status.is_fail()) {
            let covering: Vec<usize> =
                waivers.iter().enumerate().filter(|(_, w)| w.covers(finding, self.estate)).map(|(i, _)| i).collect();
            used.extend(&covering);
            let each = covering.iter().filter_map(|index| waivers.get(*index));
            // Of several, the one that holds longest; of equals, the first of the file.
            let best = each.reduce(|best, other| if other.expires > best.expires { other } else { best });
            if let Some(waiver) = best {
                self.cover(finding, waiver);
            }
            for index in covering.into_iter().filter(|_| finding.status.is_fail()) {
                let worst = open.entry(index).or_default();
                *worst = finding.severity.max(*worst);
            }
        }
        let verdicts = waivers.iter().enumerate().flat_map(|(index, waiver)| {
            let expired = if waiver.is_expired(self.today) {
                (Status::Fail, format!("it ended on {}: {}", waiver.expires, waiver.reason))
            } else {
                (Status::Pass, format!("it holds until {}", waiver.expires))
            };
            let unmatched = if used.contains(&index) {
                (Status::Pass, "it covers a finding".to_owned())
            } else {
                self.unmatched(waiver, audit)
            };
            let (rule, title, usual) = EXPIRED;
            let severity = open.get(&index).copied().unwrap_or(usual);
            [self.verdict(waiver, (rule, title, severity), expired), self.verdict(waiver, UNMATCHED, unmatched)]
        });
        let verdicts: Vec<Finding> = verdicts.collect();
        audit.findings.extend(verdicts);
        run::sort(&mut audit.findings);
    }

    fn cover(&self, finding: &mut Finding, waiver: &Waiver) {
        finding.owner.get_or_insert_with(|| waiver.owner.clone());
        if waiver.is_expired(self.today) {
            let (until, place) = (waiver.expires, &waiver.place);
            finding.message = format!("{}; its waiver ended on {until} ({place})", finding.message);
            return;
        }
        finding.status = Status::Waived {
            reason: waiver.reason.clone(),
            until: waiver.expires.to_string(),
            owner: waiver.owner.clone(),
            ticket: waiver.ticket.clone(),
        };
    }

    /// The verdict on a waiver that covers nothing that was found.
    fn unmatched(&self, waiver: &Waiver, audit: &Audit) -> (Status, String) {
        let selector = &waiver.resource;
        let places = || self.estate.shards.iter().map(|shard| &shard.provenance);
        let elsewhere = !places().any(|place| selector.here(place.account.as_str(), place.region.as_str()));
        let judged = self.packs.iter().any(|pack| pack.rule(&waiver.rule).is_some());
        let declared = |name: &String| self.environments.iter().any(|e| e.name.eq_ignore_ascii_case(name));
        let way = format!("remove it from {}, or mend what it selects", waiver.place);
        if !judged && self.narrowed {
            return (Status::NotApplicable, "its rule is not part of this audit".to_owned());
        }
        if !judged {
            return (Status::Fail, format!("there is no rule `{}`: {way}", waiver.rule));
        }
        if let Some(name) = selector.environment.as_ref().filter(|name| !declared(name)) {
            return (Status::Fail, format!("there is no environment `{name}`: {way}"));
        }
        if self.estate.shards.is_empty() {
            return unseen(Vec::new(), "nothing was read");
        }
        if elsewhere {
            return (Status::NotApplicable, "its account or Region is not part of this audit".to_owned());
        }
        let may_be = |finding: &&Finding| finding.rule == waiver.rule && selector.may_fit(finding, self.estate, true);
        for finding in audit.findings.iter().filter(may_be) {
            if let Status::Unknown { missing, reason } = &finding.status {
                return unseen(missing.clone(), reason);
            }
        }
        (Status::Fail, format!("nothing that it selects has this fault: {way}"))
    }

    fn verdict(
        &self,
        waiver: &Waiver,
        (rule, title, severity): (&str, &str, Severity),
        (status, told): (Status, String),
    ) -> Finding {
        let selector = &waiver.resource;
        let key = ResourceKey {
            account: selector.account.as_deref().unwrap_or("*").into(),
            region: selector.region.as_deref().map_or_else(Region::global, Region::from),
            kind: Kind::Waiver,
            id: waiver.label(),
        };
        let declared = selector.environment.as_ref().and_then(|name| {
            let found = self.environments.iter().find(|environment| environment.name.eq_ignore_ascii_case(name));
            found.map(|environment| environment.name.clone())
        });
        let evidence = if status.is_fail() {
            let field = |field: &str, value| Evidence { resource: None, field: field.to_owned(), value };
            vec![
                field("place", json!(waiver.place)),
                field("expires", json!(waiver.expires.to_string())),
                field("ticket", json!(waiver.ticket)),
            ]
        } else {
            Vec::new()
        };
        Finding {
            id: Fingerprint::new(rule, &key).id(),
            rule: rule.to_owned(),
            pack: PACK.to_owned(),
            title: title.to_owned(),
            severity,
            status,
            subject: Subject { key, name: None },
            environment: declared,
            owner: Some(waiver.owner.clone()),
            message: format!("the waiver of {}: {told}", waiver.label()),
            evidence,
        }
    }
}

fn unseen(missing: Vec<Gap>, reason: &str) -> (Status, String) {
    let told = format!("it cannot be told whether it covers anything: {reason}");
    (Status::Unknown { missing, reason: reason.to_owned() }, told)
}
