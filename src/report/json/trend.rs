//! How findings stand over time, for programs. It rests on a history, not on the estate: nobody can judge it again.

use schemars::JsonSchema;
use serde::Serialize;

use super::Severities;
use crate::audit::{Fixed, Late, OVERDUE_AFTER, Open, Overdue, RunLine, Severity, Trend};

/// This many runs at most: the latest ones, and some of those before.
const RUNS: usize = 100;

#[derive(Serialize, JsonSchema)]
pub(super) struct TrendOf<'a> {
    notes: &'a [String],
    /// How many runs there are; of many, `runs` has the latest ones and some of those before.
    runs_in_all: usize,
    runs: Vec<RunOf>,
    open: Vec<StandingOf>,
    /// How many of the open findings could not be looked at in the last run.
    open_not_seen: usize,
    reopened: usize,
    overdue_after_seconds: i64,
    overdue: Vec<OverdueOf<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct RunOf {
    read_at: String,
    open: Severities,
    waived: usize,
    new: usize,
    fixed: usize,
}

#[derive(Serialize, JsonSchema)]
struct StandingOf {
    severity: &'static str,
    open: usize,
    mean_age_seconds: Option<i64>,
    oldest_seconds: Option<i64>,
    fixed: usize,
    mean_seconds_to_fix: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
struct OverdueOf<'a> {
    owner: Option<&'a str>,
    open: Severities,
    oldest_seconds: i64,
    /// The worst of them, at most ten.
    worst: Vec<LateOf<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct LateOf<'a> {
    id: &'a str,
    rule: &'a str,
    severity: &'static str,
    title: &'a str,
    resource: &'a str,
    open_seconds: i64,
}

pub(super) fn of(trend: &Trend) -> TrendOf<'_> {
    TrendOf {
        notes: &trend.notes,
        runs_in_all: trend.runs.len(),
        runs: trend.sample(RUNS).into_iter().map(run).collect(),
        open: trend.severities().into_iter().map(|severity| standing(trend, severity)).collect(),
        open_not_seen: trend.unseen,
        reopened: trend.reopened,
        overdue_after_seconds: OVERDUE_AFTER,
        overdue: trend.overdue.iter().map(overdue).collect(),
    }
}

fn run(run: &RunLine) -> RunOf {
    RunOf {
        read_at: run.at.to_string(),
        open: Severities::of(&run.open),
        waived: run.waived,
        new: run.new,
        fixed: run.resolved,
    }
}

fn standing(trend: &Trend, severity: Severity) -> StandingOf {
    let (open, fixed): (Option<&Open>, Option<&Fixed>) = (trend.open.get(&severity), trend.fixed.get(&severity));
    StandingOf {
        severity: severity.word(),
        open: open.map_or(0, |open| open.count),
        mean_age_seconds: open.map(|open| open.mean),
        oldest_seconds: open.map(|open| open.oldest),
        fixed: fixed.map_or(0, |fixed| fixed.count),
        mean_seconds_to_fix: fixed.map(|fixed| fixed.mean),
    }
}

fn overdue(overdue: &Overdue) -> OverdueOf<'_> {
    OverdueOf {
        owner: overdue.owner.as_deref(),
        open: Severities::of(&overdue.open),
        oldest_seconds: overdue.oldest,
        worst: overdue.worst.iter().map(late).collect(),
    }
}

fn late(late: &Late) -> LateOf<'_> {
    LateOf {
        id: &late.id,
        rule: &late.rule,
        severity: late.severity.word(),
        title: &late.title,
        resource: &late.resource,
        open_seconds: late.age,
    }
}
