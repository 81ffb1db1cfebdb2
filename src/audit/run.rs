//! Judging an estate: every rule on every resource of its type. It cannot fail; what cannot be decided is UNKNOWN.

use std::collections::{BTreeMap, BTreeSet};

use regorus::Value;

use super::engine::{Evaluator, Limits, Verdict, on_deep_stack, value};
use super::fact::{self, FactContext};
use super::needs::{Gaps, Ledger, Needs};
use super::{Audit, Evidence, Finding, Fingerprint, Pack, Rule, RuleError, Severity, Status, Subject};
use crate::model::{
    AccountId, Attribution, Environment, Estate, Gap, GapReason, Kind, Region, Resource, ResourceKey, Scope, Shard, Tag,
};

/// A rule that ran out of its time or memory so often is not asked again.
const MAX_STOPS: usize = 3;

/// How an audit is run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// What one evaluation of a rule may take.
    pub limits: Limits,
}

/// Judges an estate with packs; the same estate, environments and packs give the same audit.
#[must_use]
pub fn run(estate: &Estate, environments: &[Environment], packs: &[Pack], options: Options) -> Audit {
    let judged = on_deep_stack(|| {
        let attribution = Attribution::new(estate, environments);
        let run = Run {
            estate,
            environments,
            facts: FactContext::new(estate, &attribution),
            attribution: &attribution,
            gaps: Gaps::new(estate),
        };
        run.judge(packs, options)
    });
    judged.unwrap_or_else(|error| {
        let message = format!("no thread to run rules on: {error}");
        Audit { errors: vec![RuleError { rule: String::new(), message, resources: 0 }], ..Audit::default() }
    })
}

struct Run<'e> {
    estate: &'e Estate,
    environments: &'e [Environment],
    attribution: &'e Attribution,
    facts: FactContext<'e>,
    gaps: Gaps<'e>,
}

/// A rule at work.
struct Judge<'p> {
    rule: &'p Rule,
    evaluator: Result<Evaluator<'p>, String>,
    parameters: Result<Value, String>,
    stops: usize,
    errors: BTreeMap<String, usize>,
}

/// A resource to be judged.
struct Case<'c> {
    shard: &'c Shard,
    resource: &'c dyn Resource,
    subject: Subject,
    environment: Option<String>,
    owner: Option<String>,
    input: Result<Value, String>,
    facts: BTreeMap<String, Result<Fact, Lack>>,
}

/// A fact, with what it says that it may need and does not have.
#[derive(Clone)]
struct Fact {
    value: Value,
    open: Open,
}

/// What was not read, and what nothing tells: it matters only to a rule that decides nothing.
#[derive(Clone, Default)]
struct Open {
    unread: Vec<Gap>,
    doubts: Vec<String>,
}

impl Open {
    /// Of a fact's JSON; most say nothing of the kind.
    fn of(json: &serde_json::Value) -> Self {
        let part = |name: &str| json.get(name).cloned().unwrap_or_default();
        let (unread, doubts) = (part("unread"), part("doubts"));
        Self {
            unread: serde_json::from_value(unread).unwrap_or_default(),
            doubts: serde_json::from_value(doubts).unwrap_or_default(),
        }
    }
}

/// Why a rule cannot be asked.
#[derive(Clone)]
enum Lack {
    /// Something was not read.
    Gaps(Vec<Gap>),
    /// Its input could not be made.
    Told(String),
}

/// A verdict with what goes with it.
struct Outcome {
    status: Status,
    severity: Severity,
    message: String,
    evidence: Vec<Evidence>,
}

impl<'e> Run<'e> {
    fn judge(&self, packs: &[Pack], options: Options) -> Audit {
        let mut judges: BTreeMap<Kind, Vec<Judge<'_>>> = BTreeMap::new();
        for pack in packs {
            let parameters = value(pack.parameters.clone());
            for rule in &pack.rules {
                let judge = Judge::new(rule, parameters.clone(), options);
                judges.entry(rule.meta.resource).or_default().push(judge);
            }
        }
        let mut findings = Vec::new();
        let mut ledger = Ledger::default();
        for (kind, judges) in &mut judges {
            for shard in self.estate.shards.iter().filter(|shard| shard.holds(*kind)) {
                self.judge_shard(judges, shard, &mut findings, &mut ledger);
            }
            findings.extend(self.nowhere(*kind, judges));
        }
        sort(&mut findings);
        let mut errors: Vec<RuleError> = judges.into_values().flatten().flat_map(Judge::into_errors).collect();
        errors.sort();
        Audit { findings, unattributed: self.attribution.unattributed, errors, coverage: ledger.coverage() }
    }

    /// Judges the resources of one type in one part of the estate.
    fn judge_shard(
        &self,
        judges: &mut [Judge<'_>],
        shard: &'e Shard,
        findings: &mut Vec<Finding>,
        ledger: &mut Ledger,
    ) {
        let Some(kind) = judges.first().map(|judge| judge.rule.meta.resource) else { return };
        let needs: Vec<Needs> =
            judges.iter().map(|judge| Needs::of(&judge.rule.meta, &self.gaps, shard, ledger)).collect();
        for (judge, needs) in judges.iter().zip(&needs) {
            for (id, missing) in &needs.unlisted {
                let place = &shard.provenance;
                let key =
                    ResourceKey { account: place.account.clone(), region: place.region.clone(), kind, id: id.clone() };
                findings.push(judge.unlisted(key, missing.clone()));
            }
        }
        for resource in shard.resources.of_kind(kind) {
            let mut case = self.case(shard, resource);
            for (judge, needs) in judges.iter_mut().zip(&needs) {
                let outcome = judge.outcome(&mut case, needs, self, ledger);
                findings.push(judge.finding(&case, outcome));
            }
        }
    }

    fn case<'c>(&self, shard: &'c Shard, resource: &'c dyn Resource) -> Case<'c> {
        let key = shard.key(resource);
        let environment = self.attribution.get(&key).map(str::to_owned);
        let mut input = serde_json::json!({
            "resource": resource.json(),
            "kind": key.kind.name(),
            "id": key.id,
            "account": key.account,
            "region": key.region,
        });
        if let Some(fields) = input.as_object_mut() {
            fields.extend(resource.name().map(|name| ("name".to_owned(), name.into())));
            let declared = self.environments.iter().find(|e| Some(e.name.as_str()) == environment.as_deref());
            let tier = declared.map(|e| serde_json::json!({"name": e.name, "tier": e.tier()}));
            fields.extend(tier.map(|environment| ("environment".to_owned(), environment)));
        }
        let subject = Subject { key, name: resource.name().map(str::to_owned) };
        let owner = Tag::find(resource.tags(), "owner").filter(|owner| !owner.is_empty()).map(str::to_owned);
        Case { shard, resource, subject, environment, owner, input: value(input), facts: BTreeMap::new() }
    }

    /// The accounts of which no part holds what a rule judges: nothing of it was read, which is not the same as
    /// nothing being there.
    fn nowhere(&self, kind: Kind, judges: &[Judge<'_>]) -> Vec<Finding> {
        let accounts: BTreeSet<&AccountId> = self.estate.shards.iter().map(|shard| &shard.provenance.account).collect();
        let held = |account: &AccountId| {
            self.estate.shards.iter().any(|shard| shard.provenance.account == *account && shard.holds(kind))
        };
        let mut findings = Vec::new();
        for account in accounts.into_iter().filter(|account| !held(account)) {
            let key = ResourceKey { account: account.clone(), region: Region::global(), kind, id: "*".to_owned() };
            let global = kind.scope() == Scope::Global;
            let unread = if global { "its global services were not read" } else { "no Region of it was read" };
            let gap = Gap::new(kind.list_action(), GapReason::NotInSource, unread);
            findings.extend(judges.iter().map(|judge| judge.unlisted(key.clone(), vec![gap.clone()])));
        }
        findings
    }
}

impl<'p> Judge<'p> {
    fn new(rule: &'p Rule, parameters: Result<Value, String>, options: Options) -> Self {
        let evaluator = Evaluator::new(&rule.source, options.limits)
            .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
        Self { rule, evaluator, parameters, stops: 0, errors: BTreeMap::new() }
    }

    fn outcome(&mut self, case: &mut Case<'_>, needs: &Needs, run: &Run<'_>, ledger: &mut Ledger) -> Outcome {
        let mut missing = needs.everywhere.clone();
        missing.extend(needs.of_resource.get(&case.subject.key.id).into_iter().flatten().cloned());
        if !missing.is_empty() {
            return self.unknown(missing, None);
        }
        match case.input(self.rule, &self.parameters, &run.facts) {
            Ok((input, open)) => {
                let (undecided, outcome) = self.decide(&input);
                if !undecided || open.unread.is_empty() && open.doubts.is_empty() {
                    return outcome;
                }
                for gap in &open.unread {
                    ledger.enter(case.shard, &gap.action, &self.rule.meta.id, Some(gap));
                }
                let doubts = open.unread.is_empty().then(|| open.doubts.join("; "));
                self.unknown(open.unread, doubts)
            }
            Err(Lack::Told(message)) => self.broken(message),
            Err(Lack::Gaps(missing)) => {
                for gap in &missing {
                    ledger.enter(case.shard, &gap.action, &self.rule.meta.id, Some(gap));
                }
                self.unknown(missing, None)
            }
        }
    }

    /// Asks the rule; tells whether it said nothing.
    fn decide(&mut self, input: &Value) -> (bool, Outcome) {
        if self.stops >= MAX_STOPS {
            let reason = format!("the rule is not asked again: it was stopped {MAX_STOPS} times");
            return (false, self.unknown(Vec::new(), Some(reason)));
        }
        let answer = match &mut self.evaluator {
            Err(message) => Err(message.clone()),
            Ok(evaluator) => evaluator.answer(input).map_err(|stopped| {
                self.stops += usize::from(stopped.limit);
                stopped.fault.to_string()
            }),
        };
        let severity = self.rule.meta.severity;
        let verdict = answer.map(|answer| answer.verdict(severity));
        let undecided = matches!(verdict, Ok(Verdict::Undecided));
        let outcome = match verdict {
            Ok(Verdict::Fail { message, evidence, severity }) => {
                Outcome { status: Status::Fail, severity, message, evidence }
            }
            Ok(Verdict::Pass) => self.found_nothing(Status::Pass, "the fault was not found", input),
            Ok(Verdict::NotApplicable) => self.found_nothing(Status::NotApplicable, "the rule does not apply", input),
            Ok(Verdict::Undecided) => self.unknown(Vec::new(), Some("the rule could not decide".to_owned())),
            Ok(Verdict::Contradiction) => {
                let path = &self.rule.source.path;
                self.broken(format!("{path}: the rule is broken: it answers both `pass` and `fail`"))
            }
            Err(message) => self.broken(message),
        };
        (undecided, outcome)
    }

    /// A verdict that found no fault; it rests on what the rule looked at.
    fn found_nothing(&self, status: Status, message: &str, input: &Value) -> Outcome {
        let evidence = self.evaluator.as_ref().map(|evaluator| evaluator.looked_at(input)).unwrap_or_default();
        Outcome { status, severity: self.rule.meta.severity, message: message.to_owned(), evidence }
    }

    fn broken(&mut self, message: String) -> Outcome {
        *self.errors.entry(message.clone()).or_default() += 1;
        self.unknown(Vec::new(), Some(message))
    }

    fn unknown(&self, mut missing: Vec<Gap>, reason: Option<String>) -> Outcome {
        missing.sort();
        missing.dedup();
        let reason = reason.unwrap_or_else(|| {
            let gaps: BTreeSet<String> = missing.iter().map(|gap| format!("{} ({})", gap.action, gap.reason)).collect();
            format!("not read: {}", gaps.into_iter().collect::<Vec<_>>().join(", "))
        });
        let message = format!("could not be decided: {reason}");
        Outcome::plain(Status::Unknown { missing, reason }, self.rule.meta.severity, message)
    }

    /// The verdict on what should be there to be judged and is not.
    fn unlisted(&self, key: ResourceKey, missing: Vec<Gap>) -> Finding {
        self.told(Subject { key, name: None }, self.unknown(missing, None))
    }

    fn finding(&self, case: &Case<'_>, outcome: Outcome) -> Finding {
        let (environment, owner) = (case.environment.clone(), case.owner.clone());
        Finding { environment, owner, ..self.told(case.subject.clone(), outcome) }
    }

    fn told(&self, subject: Subject, outcome: Outcome) -> Finding {
        let meta = &self.rule.meta;
        Finding {
            id: Fingerprint::new(&meta.id, &subject.key).id(),
            rule: meta.id.clone(),
            pack: meta.pack.clone(),
            title: meta.title.clone(),
            severity: outcome.severity,
            status: outcome.status,
            subject,
            environment: None,
            owner: None,
            message: outcome.message,
            evidence: outcome.evidence,
        }
    }

    fn into_errors(self) -> impl Iterator<Item = RuleError> {
        let rule = &self.rule.meta.id;
        self.errors.into_iter().map(|(message, resources)| RuleError { rule: rule.clone(), message, resources })
    }
}

impl Case<'_> {
    /// What a rule is handed.
    fn input(
        &mut self,
        rule: &Rule,
        parameters: &Result<Value, String>,
        context: &FactContext<'_>,
    ) -> Result<(Value, Open), Lack> {
        let (mut facts, mut open) = (Value::new_object(), Open::default());
        let mut missing = Vec::new();
        for name in &rule.meta.facts {
            let fact = self.facts.entry(name.clone()).or_insert_with(|| {
                let json = fact::compute(name, context, self.shard, self.resource).map_err(Lack::Gaps)?;
                let open = Open::of(&json);
                Ok(Fact { value: value(json).map_err(Lack::Told)?, open })
            });
            match fact {
                Ok(fact) => {
                    insert(&mut facts, name, fact.value.clone());
                    open.unread.extend(fact.open.unread.iter().cloned());
                    open.doubts.extend(fact.open.doubts.iter().cloned());
                }
                Err(Lack::Gaps(gaps)) => missing.extend(gaps.iter().cloned()),
                Err(told) => return Err(told.clone()),
            }
        }
        if !missing.is_empty() {
            return Err(Lack::Gaps(missing));
        }
        let mut input = self.input.clone().map_err(Lack::Told)?;
        insert(&mut input, "facts", facts);
        insert(&mut input, "parameters", parameters.clone().map_err(Lack::Told)?);
        Ok((input, open))
    }
}

fn insert(object: &mut Value, field: &str, value: Value) {
    if let Ok(fields) = object.as_object_mut() {
        fields.insert(Value::from(field), value);
    }
}

impl Outcome {
    fn plain(status: Status, severity: Severity, message: impl Into<String>) -> Self {
        Self { status, severity, message: message.into(), evidence: Vec::new() }
    }
}

/// Puts findings in the order of an audit.
pub(super) fn sort(findings: &mut [Finding]) {
    findings.sort_by_cached_key(order);
}

/// What waits for somebody comes first, the worst of it before the rest; then rule and subject.
fn order(finding: &Finding) -> impl Ord + use<> {
    let rank = match finding.status {
        Status::Fail => 0,
        Status::Unknown { .. } => 1,
        Status::Waived { .. } => 2,
        Status::Pass => 3,
        Status::NotApplicable => 4,
    };
    let severity = std::cmp::Reverse(finding.severity);
    (rank > 1, severity, rank, finding.rule.clone(), finding.subject.key.clone())
}

#[cfg(test)]
mod tests;
