//! What an audit said, and how two audits may differ.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use bartizan::model::{Estate, Kind, ResourceKey};
use serde::Deserialize;
use serde_json::Value;

/// One finding, as `bartizan audit --format json` prints it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Verdict {
    id: String,
    pub(crate) status: String,
    severity: String,
    rule: String,
    account: String,
    region: String,
    resource_type: String,
    resource: String,
    name: Option<String>,
    pub(crate) environment: Option<String>,
    message: String,
    evidence: Value,
    #[serde(default)]
    missing: Vec<Missing>,
}

/// What an UNKNOWN verdict lacks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Missing {
    action: String,
}

/// The part of an audit's report that is looked at here.
#[derive(Debug, Deserialize)]
struct Report {
    rule_errors: Vec<Value>,
    findings: Vec<Verdict>,
}

/// Findings by rule and resource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdicts(BTreeMap<(String, ResourceKey), Verdict>);

impl Verdict {
    fn key(&self) -> ResourceKey {
        ResourceKey {
            account: self.account.as_str().into(),
            region: self.region.as_str().into(),
            kind: Kind::of_name(&self.resource_type).expect("a resource type"),
            id: self.resource.clone(),
        }
    }

    fn is_unknown(&self) -> bool {
        self.status == "UNKNOWN"
    }
}

impl Verdicts {
    /// Those that an audit printed.
    pub(crate) fn of(output: &Output) -> Self {
        let errors = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice::<Report>(&output.stdout);
        assert!(report.is_ok(), "{:?}: it ended with {} and said:\n{errors}", report.err(), output.status);
        let Report { rule_errors, findings } = report.expect("asserted");
        assert_eq!(rule_errors, Vec::<Value>::new(), "rules that broke");
        assert!(!findings.is_empty(), "the audit judged nothing:\n{errors}");
        let mut by_place = BTreeMap::new();
        for finding in findings {
            let twice = by_place.insert((finding.rule.clone(), finding.key()), finding);
            assert_eq!(twice, None, "no rule judges a resource twice");
        }
        Self(by_place)
    }

    /// A rule's verdict on a resource, by its id or name.
    pub(crate) fn get(&self, rule: &str, resource: &str) -> &Verdict {
        let of_rule: Vec<_> = self.0.values().filter(|verdict| verdict.rule == rule).collect();
        let named = |verdict: &&&Verdict| verdict.resource == resource || verdict.name.as_deref() == Some(resource);
        let found: Vec<_> = of_rule.iter().filter(named).collect();
        let judged: Vec<_> = of_rule.iter().map(|verdict| (&verdict.name, &verdict.resource)).collect();
        assert_eq!(found.len(), 1, "`{rule}` judges one `{resource}`; it judges {judged:?}");
        found.first().expect("asserted")
    }

    /// The ids of the resources that a rule gives this status.
    pub(crate) fn with_status(&self, rule: &str, status: &str) -> Vec<&str> {
        let wanted = self.0.values().filter(|verdict| verdict.rule == rule && verdict.status == status);
        wanted.map(|verdict| verdict.resource.as_str()).collect()
    }

    /// Where two audits say different things, in whatever part of a finding.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let places: BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        let different = places.into_iter().filter(|place| self.0.get(place) != other.0.get(place));
        different.map(|place| format!("{:#?}\nis not\n{:#?}", self.0.get(place), other.0.get(place))).collect()
    }

    /// Whether two audits come to the same verdicts, whatever else they say.
    pub(crate) fn agree(&self, other: &Self) -> bool {
        let words = |verdicts: &Self| -> Vec<_> {
            verdicts.0.iter().map(|(place, verdict)| (place.clone(), verdict.status.clone())).collect()
        };
        words(self) == words(other)
    }

    /// The IAM actions that UNKNOWN verdicts say are missing.
    pub(crate) fn missing_actions(&self) -> BTreeSet<&str> {
        self.0.values().flat_map(|verdict| &verdict.missing).map(|missing| missing.action.as_str()).collect()
    }

    /// How these verdicts, reached with less to go by, break the promise that not reading something can only lead to
    /// UNKNOWN: a line for each other change, and for each verdict that is gone without an UNKNOWN in its stead.
    /// `estate` is the one that `whole` judged.
    pub(crate) fn worse_than_unknown(&self, whole: &Self, estate: &Estate) -> Vec<String> {
        let mut broken = Vec::new();
        for (place, before) in &whole.0 {
            let (rule, key) = place;
            match self.0.get(place) {
                Some(now) if now.is_unknown() || now.status == before.status => {}
                Some(now) => broken.push(format!("{rule} {key}: {} became {}", before.status, now.status)),
                None if self.says_unknown_of_listing(rule, key, estate) => {}
                None => broken.push(format!("{rule} {key}: {} vanished", before.status)),
            }
        }
        let new = self.0.iter().filter(|(place, now)| !whole.0.contains_key(place) && !now.is_unknown());
        broken.extend(new.map(|((rule, key), now)| format!("{rule} {key}: {} out of nothing", now.status)));
        broken
    }

    /// Whether a rule says UNKNOWN of the listing that a resource was in, or of its parent's part of that.
    fn says_unknown_of_listing(&self, rule: &str, key: &ResourceKey, estate: &Estate) -> bool {
        let parents = estate.resource(key).map(|resource| resource.parents()).unwrap_or_default();
        let parts = parents.into_iter().map(|(_, parent)| format!("{parent}/*"));
        parts.chain(["*".to_owned()]).any(|id| {
            let listing = ResourceKey { id, ..key.clone() };
            self.0.get(&(rule.to_owned(), listing)).is_some_and(Verdict::is_unknown)
        })
    }
}
