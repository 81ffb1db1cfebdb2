//! `bartizan audit`: judges an estate with packs of rules, for people and for pipelines.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::packs::PackArgs;
use super::source::{self, SourceArgs};
use super::waivers::{self, WaiverArgs};
use super::{Exit, Failure, output};
use crate::audit::{Audit, Finding, Severity};
use crate::clock;
use crate::config::Config;
use crate::model::{Environment, Estate, Kind, UNATTRIBUTED, undetermined};
use crate::report::{Format, Report, Summary};

/// Flags of `bartizan audit`.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Only what belongs to this environment, and what could not be read; `unattributed` is what belongs to none
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
    /// How to write the findings
    #[arg(long, value_name = "FORMAT", default_value = Format::Text.word(), value_parser = formats())]
    format: Format,
    /// Exit with 1 when there is a finding of this severity or a worse one [default: high]
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    fail_on: Option<Severity>,
    /// Exit with 0 although something could not be decided
    #[arg(long)]
    allow_unknown: bool,
    /// For pipelines: no progress, and a short summary on standard error besides the findings on standard output
    #[arg(long)]
    ci: bool,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    let value = |format: &Format| PossibleValue::new(format.word()).help(format.about().trim());
    PossibleValuesParser::new(Format::ALL.iter().map(value))
        .try_map(|word| Format::ALL.iter().copied().find(|format| format.word() == word).ok_or("not a format"))
}

fn severities() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::word)).try_map(|word| word.parse::<Severity>())
}

/// Judges the estate and writes what was found.
pub(super) fn run(args: &AuditArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    let config = source.config()?;
    let fail_on = fail_on(args, &config)?;
    let packs = args.packs.load()?;
    let estate = source.open(&config, args.ci)?.estate;
    let environments = source::environments(&config, &estate);
    let only = args.env.as_deref().map(|name| known(name, &environments)).transpose()?;
    let mut audit = waivers::audit(args.waivers.file(&config), (&estate, &environments), &packs, &args.packs)?;
    if let Some(only) = only {
        keep(&mut audit, only, &estate);
        // An environment that nothing belongs to would pass every audit; that nothing belongs to none is as it should be.
        if let Only::Environment(name) = only
            && audit.findings.iter().all(|finding| finding.subject.key.kind == Kind::Waiver)
        {
            let message = format!("no resource that a rule judges belongs to `{name}`: check its selectors");
            return Err(Failure::usage(message));
        }
    }
    let again = source::typed(source.given().into_iter().chain(args.packs.given()).chain(args.waivers.given()));
    let (at, again) = (clock::now(), again.as_str());
    let report = Report { audit: &audit, estate: &estate, packs: &packs, fail_on, at, paint, again };
    output::out(&args.format.render(&report))?;
    let summary = Summary::new(&report);
    if args.ci {
        for line in summary.lines(&report) {
            output::err(&line);
        }
    }
    Ok(exit(&summary, &audit, &estate, (fail_on, args.allow_unknown)))
}

fn fail_on(args: &AuditArgs, config: &Config) -> Result<Severity, Failure> {
    if let Some(severity) = args.fail_on {
        return Ok(severity);
    }
    let Some(setting) = &config.fail_on else { return Ok(Severity::High) };
    setting.value.parse().map_err(|told: String| Failure::usage(format!("{}: fail_on: {told}", setting.origin)))
}

/// What `--env` leaves.
#[derive(Debug, Clone, Copy)]
enum Only<'e> {
    /// What belongs to this environment.
    Environment(&'e str),
    /// What belongs to none.
    Unattributed,
}

/// The environment meant, as it is declared; one that is declared under the word for none is meant by it.
fn known<'e>(name: &str, environments: &'e [Environment]) -> Result<Only<'e>, Failure> {
    if let Some(found) = environments.iter().find(|environment| environment.name.eq_ignore_ascii_case(name)) {
        return Ok(Only::Environment(&found.name));
    }
    if name.eq_ignore_ascii_case(UNATTRIBUTED) {
        return Ok(Only::Unattributed);
    }
    let known = environments.iter().map(|environment| environment.name.as_str());
    let known: Vec<&str> = known.chain([UNATTRIBUTED]).collect();
    Err(Failure::usage(format!("there is no environment `{name}`: there are {}", known.join(", "))))
}

/// Leaves the findings of one environment, and those that may be its: what could not be read, and resources whose
/// environment could not be told because their tags, or what they inherit it from, could not be read.
fn keep(audit: &mut Audit, only: Only<'_>, estate: &Estate) {
    let may_be = |finding: &Finding| {
        let key = &finding.subject.key;
        let found = estate.shard(&key.account, &key.region).zip(estate.resource(key));
        found.is_none_or(|(shard, resource)| undetermined(shard, resource))
    };
    audit.findings.retain(|finding| match (only, finding.environment.as_deref()) {
        (Only::Environment(meant), Some(name)) => name == meant,
        (Only::Environment(_), None) => may_be(finding),
        (Only::Unattributed, name) => name.is_none(),
    });
}

/// How the run ends. A finding at or above the threshold says more than an incomplete audit; a broken rule is mended
/// by its writer, not by another permission, so no flag accepts it.
fn exit(summary: &Summary, audit: &Audit, estate: &Estate, (fail_on, allow_unknown): (Severity, bool)) -> Exit {
    let incomplete = summary.unknown > 0 || estate.shards.is_empty();
    if summary.at_or_above(fail_on) > 0 {
        Exit::Findings
    } else if !audit.errors.is_empty() {
        Exit::Usage
    } else if incomplete && !allow_unknown {
        Exit::Incomplete
    } else {
        Exit::Clean
    }
}
