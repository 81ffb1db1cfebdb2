//! `bartizan audit`: judges an estate with packs of rules, for people and for pipelines.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;

use super::baseline::BaselineArgs;
use super::only::Only;
use super::packs::PackArgs;
use super::source::{self, SourceArgs};
use super::waivers::{self, WaiverArgs};
use super::{Exit, Failure, output};
use crate::audit::{Audit, Finding, Severity};
use crate::clock;
use crate::config::Config;
use crate::model::{Estate, Kind, undetermined};
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
    #[command(flatten)]
    baseline: BaselineArgs,
    /// How to write the findings, and where: to standard output, or with =FILE to a file; repeat it for several
    #[arg(long, value_name = "FORMAT[=FILE]", default_value = Format::Text.word(), value_parser = FormatParser)]
    format: Vec<Destination>,
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

/// A format and where it goes: to standard output when there is no file.
#[derive(Debug, Clone)]
struct Destination {
    format: Format,
    file: Option<PathBuf>,
}

/// Reads `FORMAT[=FILE]`; help and errors list the formats.
#[derive(Debug, Clone)]
struct FormatParser;

impl TypedValueParser for FormatParser {
    type Value = Destination;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        let text = value.to_string_lossy();
        let (word, file) = text.split_once('=').map_or((&*text, None), |(word, file)| (word, Some(file)));
        let known = PossibleValuesParser::new(Format::ALL.iter().copied().map(possible));
        let word = known.parse_ref(command, argument, OsStr::new(word))?;
        let format = Format::ALL.iter().copied().find(|format| format.word() == word).unwrap_or(Format::Text);
        if file.is_some_and(str::is_empty) {
            let told = format!("`--format {text}` names no file: write {word}=FILE, or {word} for standard output\n");
            return Err(clap::Error::raw(ErrorKind::ValueValidation, told).with_cmd(command));
        }
        Ok(Destination { format, file: file.map(PathBuf::from) })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Format::ALL.iter().copied().map(possible)))
    }
}

fn possible(format: Format) -> PossibleValue {
    PossibleValue::new(format.word()).help(format.about().trim())
}

/// The severities as values of a flag.
pub(super) fn severities() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::word)).try_map(|word| word.parse::<Severity>())
}

/// Judges the estate and writes what was found.
pub(super) fn run(args: &AuditArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    let mut printed = args.format.iter().filter(|destination| destination.file.is_none());
    if let (Some(_), Some(second)) = (printed.next(), printed.next()) {
        let word = second.format.word();
        let told = format!("two formats would be mixed on standard output: give one a file: --format {word}=FILE");
        return Err(Failure::usage(told));
    }
    let config = source.config()?;
    let fail_on = fail_on(args, &config)?;
    let packs = args.packs.load()?;
    let mut baseline = args.baseline.prepare(&config, source)?;
    let estate = source.open(&config, args.ci)?.estate;
    let environments = source::environments(&config, &estate);
    let only = args.env.as_deref().map(|name| Only::named(name, &environments)).transpose()?;
    let mut audit = waivers::audit(args.waivers.file(&config), (&estate, &environments), &packs, &args.packs)?;
    let (mut comparison, now) = baseline.compare(&audit, &estate, &packs)?.unzip();
    if let Some(only) = only {
        keep(&mut audit, only, &estate);
        if let Some(since) = &mut comparison {
            since.narrow(&audit, |environment| only.leaves(environment, || true));
        }
        // An environment that nothing belongs to would pass every audit; that nothing belongs to none is as it should be.
        if let Only::Environment(name) = only
            && audit.findings.iter().all(|finding| finding.subject.key.kind == Kind::Waiver)
        {
            let message = format!("no resource that a rule judges belongs to `{name}`: check its selectors");
            return Err(Failure::usage(message));
        }
    }
    let again = source::typed(source.given().into_iter().chain(args.packs.given()).chain(args.waivers.given()));
    let comparison = comparison.as_ref().filter(|_| baseline.compares());
    let report = Report {
        audit: &audit,
        estate: &estate,
        packs: &packs,
        environments: &environments,
        only: only.map(Only::name),
        comparison,
        fail_on,
        at: clock::now(),
        paint,
        again: &again,
    };
    write(&args.format, &report)?;
    let summary = Summary::new(&report);
    if args.ci {
        for line in summary.lines(&report) {
            output::err(&line);
        }
    }
    if let Some(now) = now {
        baseline.record(&estate, &now)?;
    }
    Ok(exit(&summary, &report, args.allow_unknown))
}

/// Writes every format; that one file cannot be written keeps none of the others back.
fn write(destinations: &[Destination], report: &Report<'_>) -> Result<(), Failure> {
    let mut written = Ok(());
    for Destination { format, file } in destinations {
        let done = match file {
            // What is in colour on a terminal is not in a file.
            Some(path) => output::file(path, format.render(&Report { paint: false, ..*report })),
            None => output::bytes(&format.render(report)),
        };
        written = written.and(done);
    }
    written
}

fn fail_on(args: &AuditArgs, config: &Config) -> Result<Severity, Failure> {
    if let Some(severity) = args.fail_on {
        return Ok(severity);
    }
    let Some(setting) = &config.fail_on else { return Ok(Severity::High) };
    setting.value.parse().map_err(|told: String| Failure::usage(format!("{}: fail_on: {told}", setting.origin)))
}

/// Leaves the findings of one environment, and those that may be its: what could not be read, and resources whose
/// environment could not be told because their tags, or what they inherit it from, could not be read.
pub(super) fn keep(audit: &mut Audit, only: Only<'_>, estate: &Estate) {
    let may_be = |finding: &Finding| {
        let key = &finding.subject.key;
        let found = estate.shard(&key.account, &key.region).zip(estate.resource(key));
        found.is_none_or(|(shard, resource)| undetermined(shard, resource))
    };
    audit.findings.retain(|finding| only.leaves(finding.environment.as_deref(), || may_be(finding)));
}

/// How the run ends. A finding at or above the threshold says more than an incomplete audit; a broken rule is mended
/// by its writer, not by another permission, so no flag accepts it.
fn exit(summary: &Summary, report: &Report<'_>, allow_unknown: bool) -> Exit {
    let incomplete = summary.unknown > 0 || report.estate.shards.is_empty();
    if report.failing() > 0 {
        Exit::Findings
    } else if !report.audit.errors.is_empty() {
        Exit::Usage
    } else if incomplete && !allow_unknown {
        Exit::Incomplete
    } else {
        Exit::Clean
    }
}
