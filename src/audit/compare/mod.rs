//! What changed between two audits: what is new, what is gone and how that is known, and what can no longer be seen.

mod side;

use std::collections::{BTreeMap, BTreeSet};

use super::{Audit, Finding, Fingerprint, Severity, Status, Subject};
use crate::model::Kind;
use side::State;
pub use side::{Side, Standing, Verdict};

/// A note names this many of the things it is about.
const NAMED: usize = 5;

/// An audit held against an earlier one. Findings of this audit are named by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What it is compared with, as a reader would say it: `the audit of 2026-11-20 06:00 UTC`.
    pub with: String,
    /// What fails now and did not fail then: it passed, could not be decided, was waived, or was not there.
    pub new: BTreeSet<String>,
    /// What fails now as then, but is worse, milder or told otherwise: what it was.
    pub changed: BTreeMap<String, Was>,
    /// What fails now exactly as then.
    pub known: BTreeSet<String>,
    /// What failed then and does not fail now; only some of it was seen to be mended.
    pub gone: Vec<Gone>,
    /// What could not be compared, and why; never empty when something was read in one audit only.
    pub notes: Vec<String>,
}

/// What a finding was in the earlier audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Was {
    /// How much it mattered.
    pub severity: Severity,
    /// What was found.
    pub message: String,
}

/// A finding that failed in the earlier audit and does not fail now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Its id.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// What was wrong, in a few words.
    pub title: String,
    /// How much it mattered.
    pub severity: Severity,
    /// What it was about.
    pub subject: Subject,
    /// The environment it belonged to.
    pub environment: Option<String>,
    /// What became of it.
    pub now: Now,
    /// Why that is so, where there is more to say.
    pub why: String,
}

/// What became of a finding. Only the first two are repairs that were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Now {
    /// The rule passes, or does not apply any more.
    Passes,
    /// The resource is no longer there, in a listing that was read to its end.
    Removed,
    /// It cannot be decided any more; it may well be there.
    Unknown,
    /// Somebody answers for it.
    Waived,
    /// Its rule or its part of the estate was not part of this audit.
    NotJudged,
}

impl Now {
    /// All of them, the surest first.
    pub const ALL: [Self; 5] = [Self::Passes, Self::Removed, Self::Unknown, Self::Waived, Self::NotJudged];

    /// The word for it, for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Removed => "removed",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::NotJudged => "not-judged",
        }
    }

    /// It in words, for people.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::Passes => "passes now",
            Self::Removed => "the resource is gone",
            Self::Unknown => "cannot be decided now; it may still be there",
            Self::Waived => "waived",
            Self::NotJudged => "not judged this time",
        }
    }

    /// Whether it was seen that the fault is no longer there.
    #[must_use]
    pub const fn is_mended(self) -> bool {
        matches!(self, Self::Passes | Self::Removed)
    }
}

impl Comparison {
    /// Holds an audit against an earlier one.
    #[must_use]
    pub fn new(earlier: &Side, now: &Side) -> Self {
        let mut comparison = Self { with: earlier.label.clone(), ..Self::default() };
        let mut unseen = 0;
        for (print, verdict) in now.verdicts.iter().filter(|(_, verdict)| verdict.status.is_fail()) {
            match earlier.state(print) {
                State::Judged(was) if was.status.is_fail() => comparison.still(print.id(), was, verdict),
                State::Judged(was) => {
                    unseen += usize::from(was.status.is_unknown());
                    comparison.new.insert(print.id());
                }
                State::Removed => {
                    comparison.new.insert(print.id());
                }
                State::Unknown(_) | State::NotJudged(_) => {
                    unseen += 1;
                    comparison.new.insert(print.id());
                }
            }
        }
        let mut strangers: BTreeSet<String> = BTreeSet::new();
        for (print, was) in earlier.verdicts.iter().filter(|(_, was)| was.status.is_fail()) {
            if let Some((fate, why)) = fate(now.state(print)) {
                match was.subject(print) {
                    Some(subject) => comparison.gone.push(was.gone(print, subject, (fate, why))),
                    None => strangers.extend([print.resource_type.clone()]),
                }
            }
        }
        comparison.gone.sort_by(|a, b| (a.now, b.severity, &a.id).cmp(&(b.now, a.severity, &b.id)));
        if unseen > 0 {
            comparison.notes.push(format!("of the new findings, {unseen} could not be seen then"));
        }
        let stranger = |kind| format!("findings of then about a {kind}, which this Bartizan does not know");
        comparison.notes.extend(strangers.into_iter().map(stranger));
        comparison.notes.extend(notes(earlier, now));
        comparison
    }

    fn still(&mut self, id: String, was: &Verdict, now: &Verdict) {
        if (was.severity, &was.message) == (now.severity, &now.message) {
            self.known.insert(id);
        } else {
            self.changed.insert(id, Was { severity: was.severity, message: was.message.clone() });
        }
    }

    /// Keeps what is about one environment, or about none: the findings that an audit of it kept, and what is gone from
    /// an environment that is left.
    pub fn narrow(&mut self, audit: &Audit, is_left: impl Fn(Option<&str>) -> bool) {
        let kept: BTreeSet<&str> = audit.findings.iter().map(|finding| finding.id.as_str()).collect();
        self.new.retain(|id| kept.contains(id.as_str()));
        self.known.retain(|id| kept.contains(id.as_str()));
        self.changed.retain(|id, _| kept.contains(id.as_str()));
        self.gone.retain(|gone| is_left(gone.environment.as_deref()));
    }

    /// Whether a finding fails an audit that forgives what was known: it is new, or worse than it was.
    #[must_use]
    pub fn fails(&self, finding: &Finding) -> bool {
        let worse = self.changed.get(&finding.id).is_some_and(|was| was.severity < finding.severity);
        finding.status.is_fail() && (worse || self.new.contains(&finding.id))
    }

    /// The severities of the findings that [`fails`](Self::fails) is true of.
    pub fn failing<'a>(&'a self, now: &'a Side) -> impl Iterator<Item = Severity> + 'a {
        let failing = |print: &Fingerprint, verdict: &Verdict| {
            let id = print.id();
            let worse = self.changed.get(&id).is_some_and(|was| was.severity < verdict.severity);
            worse || self.new.contains(&id)
        };
        now.verdicts.iter().filter(move |(print, verdict)| failing(print, verdict)).map(|(_, verdict)| verdict.severity)
    }

    /// Whether something that failed then could not be seen now.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.gone.iter().any(|gone| matches!(gone.now, Now::Unknown | Now::NotJudged))
    }

    /// It in a few words: `2 new, 1 changed, 14 known, 3 gone (2 passes now, 1 waived)`.
    #[must_use]
    pub fn counts(&self) -> String {
        let fates = Now::ALL.into_iter().filter_map(|now| {
            let count = self.gone.iter().filter(|gone| gone.now == now).count();
            (count > 0).then(|| format!("{count} {}", now.told()))
        });
        let fates = fates.collect::<Vec<_>>().join(", ");
        let fates = if fates.is_empty() { "none".to_owned() } else { fates };
        let (new, changed, known) = (self.new.len(), self.changed.len(), self.known.len());
        format!("new: {new}; changed: {changed}; known: {known}; no longer failing: {fates}")
    }
}

/// What became of a finding that failed, and why that is said; nothing when it still fails.
fn fate(state: State<'_>) -> Option<(Now, String)> {
    Some(match state {
        State::Judged(verdict) => match &verdict.status {
            Status::Fail => return None,
            Status::Pass | Status::NotApplicable => (Now::Passes, String::new()),
            Status::Waived { reason, until, owner, .. } => (Now::Waived, format!("by {owner} until {until}: {reason}")),
            Status::Unknown { reason, .. } => (Now::Unknown, reason.clone()),
        },
        State::Removed => (Now::Removed, String::new()),
        State::Unknown(why) => (Now::Unknown, why),
        State::NotJudged(why) => (Now::NotJudged, why),
    })
}

/// What was judged or read in one of two audits only.
fn notes(earlier: &Side, now: &Side) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |things: Vec<String>, told: &str| {
        if !things.is_empty() {
            let more = things.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            notes.push(format!("{told}: {}{more}", things.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ")));
        }
    };
    let only = |side: &Side| side.only.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    note(only(earlier), "the earlier audit tells of one environment only");
    note(only(now), "this audit tells of one environment only");
    note(now.rules.difference(&earlier.rules).cloned().collect(), "rules that were not judged then");
    note(earlier.rules.difference(&now.rules).cloned().collect(), "rules that are not judged now");
    let place = |(account, region): &(String, String)| format!("{account} {region}");
    note(now.places.difference(&earlier.places).map(place).collect(), "not looked at then");
    note(earlier.places.difference(&now.places).map(place).collect(), "not looked at now");
    let read = |(account, region, action): &(String, String, String)| format!("{action} in {account} {region}");
    let lost = |from: &Side, to: &Side| -> Vec<String> {
        let whole = from.reads.iter().filter(|(key, whole)| **whole && to.reads.get(*key) == Some(&false));
        whole.map(|(key, _)| read(key)).collect()
    };
    note(lost(now, earlier), "could not be read then, and can be now");
    note(lost(earlier, now), "could be read then, and cannot be now");
    let undecided = earlier.verdicts.iter().filter(|(print, was)| {
        let decided = matches!(was.status, Status::Pass | Status::NotApplicable);
        decided
            && matches!(
                now.state(print),
                State::Unknown(_) | State::Judged(Verdict { status: Status::Unknown { .. }, .. })
            )
    });
    let undecided = undecided.count();
    if undecided > 0 {
        notes.push(format!("verdicts that passed then and cannot be decided now: {undecided}"));
    }
    notes
}

impl Verdict {
    fn subject(&self, print: &Fingerprint) -> Option<Subject> {
        let kind = match print.resource_type.as_str() {
            "Waiver" => Kind::Waiver,
            name => Kind::of_name(name)?,
        };
        Some(Subject { key: print.key(kind), name: self.name.clone() })
    }

    fn gone(&self, print: &Fingerprint, subject: Subject, (now, why): (Now, String)) -> Gone {
        Gone {
            id: print.id(),
            rule: print.rule.clone(),
            title: self.title.clone(),
            severity: self.severity,
            subject,
            environment: self.environment.clone(),
            now,
            why,
        }
    }
}

#[cfg(test)]
mod tests;
