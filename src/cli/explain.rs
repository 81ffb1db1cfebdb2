//! `bartizan explain`: one finding in full.

use clap::Args;

use super::packs::PackArgs;
use super::source::{self, SourceArgs};
use super::waivers::{self, WaiverArgs};
use super::{Exit, Failure, output};
use crate::audit::{Finding, Severity};
use crate::clock;
use crate::report::{self, Report};

/// Flags of `bartizan explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The finding's id, as `bartizan audit` prints it
    #[arg(value_name = "FINDING-ID")]
    id: String,
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
}

/// An unknown id names this many that are like it.
const NEAR: usize = 3;

/// Judges the estate anew and writes the finding.
pub(super) fn run(args: &ExplainArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    let config = source.config()?;
    let packs = args.packs.load()?;
    let estate = source.open(&config, false)?.estate;
    let environments = source::environments(&config, &estate);
    let audit = waivers::audit(args.waivers.file(&config), (&estate, &environments), &packs, &args.packs)?;
    let finding = audit.findings.iter().find(|finding| finding.id == args.id);
    let finding = finding.ok_or_else(|| unknown(&args.id, &audit.findings))?;
    let report = Report {
        audit: &audit,
        estate: &estate,
        packs: &packs,
        environments: &environments,
        only: None,
        comparison: None,
        trend: None,
        fail_on: Severity::High,
        at: clock::now(),
        paint,
        again: "",
    };
    output::out(&report::explain(&report, finding))?;
    Ok(Exit::Clean)
}

/// That there is no such finding, and which are like it.
pub(super) fn unknown(id: &str, findings: &[Finding]) -> Failure {
    let mut near: Vec<(usize, &Finding)> =
        findings.iter().map(|finding| (likeness(id, &finding.id), finding)).collect();
    // Ids of other estates are alike by chance: half of one has to be the same.
    let enough = id.chars().count().div_ceil(2).max(4);
    near.retain(|(likeness, _)| *likeness >= enough);
    near.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
    let near: Vec<String> =
        near.iter().take(NEAR).map(|(_, f)| format!("\n  {}  {} [{}]", f.id, f.title, f.rule)).collect();
    let hint = if near.is_empty() {
        "it may be another estate's; `bartizan audit` with the same flags prints the ids there are".to_owned()
    } else {
        format!("near it are{}", near.concat())
    };
    Failure::usage(format!("there is no finding `{id}` here: {hint}"))
}

/// How many characters stand at the same place, from either end.
fn likeness(one: &str, other: &str) -> usize {
    let same = one.chars().zip(other.chars()).filter(|(a, b)| a == b).count();
    let from_the_end = one.chars().rev().zip(other.chars().rev()).filter(|(a, b)| a == b).count();
    same.max(from_the_end)
}
