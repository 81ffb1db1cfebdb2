//! `bartizan audit`: judges an estate with packs of rules, for people and for pipelines.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;

use super::baseline::BaselineArgs;
use super::judge::{self, JudgeArgs};
use super::only::Only;
use super::source::{self, SourceArgs};
use super::{Exit, Failure, output};
use crate::clock;
use crate::report::{Format, Report, Summary};

/// Flags of `bartizan audit`.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Only what belongs to this environment, and what could not be read; `unattributed` is what belongs to none
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    #[command(flatten)]
    judge: JudgeArgs,
    #[command(flatten)]
    baseline: BaselineArgs,
    /// How to write the findings, and where: to standard output, or with =FILE to a file; repeat it for several
    #[arg(long, value_name = "FORMAT[=FILE]", default_value = Format::Text.word(), value_parser = FormatParser)]
    format: Vec<Destination>,
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

/// A format as a value of a flag.
pub(super) fn possible(format: Format) -> PossibleValue {
    PossibleValue::new(format.word()).help(format.about().trim())
}

/// Judges the estate and writes what was found.
pub(super) fn run(args: &AuditArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    refuse_what_cannot_be_printed(&args.format, output::is_terminal())?;
    let config = source.config()?;
    let fail_on = args.judge.fail_on(&config)?;
    let packs = args.judge.packs.load()?;
    let mut baseline = args.baseline.prepare(&config, source)?;
    let estate = source.open(&config, args.ci)?.estate;
    let environments = source::environments(&config, &estate);
    let only = args.env.as_deref().map(|name| Only::named(name, &environments)).transpose()?;
    let mut audit = args.judge.audit(&config, (&estate, &environments), &packs)?;
    let (mut comparison, now) = baseline.compare(&audit, &estate, &packs)?.unzip();
    if let Some(only) = only {
        judge::narrow(&mut audit, comparison.as_mut(), only, &estate)?;
    }
    let wanted = args.format.iter().any(|destination| destination.format.tells_trend());
    let told = now.as_ref().filter(|_| wanted);
    let trend = told.and_then(|now| baseline.trend(&estate, now, (&audit, only)));
    let again = source::typed(source.given().into_iter().chain(args.judge.given()));
    let comparison = comparison.as_ref().filter(|_| baseline.compares());
    let report = Report {
        audit: &audit,
        estate: &estate,
        packs: &packs,
        environments: &environments,
        only: only.map(Only::name),
        comparison,
        trend: trend.as_ref(),
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
    Ok(judge::exit(report.failing(), &summary, &report, args.judge.allow_unknown))
}

/// Two formats on standard output would be mixed up, and a terminal would act on what is no text.
fn refuse_what_cannot_be_printed(destinations: &[Destination], is_terminal: bool) -> Result<(), Failure> {
    let mut printed = destinations.iter().filter(|destination| destination.file.is_none());
    let (first, second) = (printed.next(), printed.next());
    if let (Some(_), Some(second)) = (first, second) {
        let word = second.format.word();
        let told = format!("two formats would be mixed on standard output: give one a file: --format {word}=FILE");
        return Err(Failure::usage(told));
    }
    match first.filter(|first| is_terminal && !first.format.is_text()) {
        Some(first) => {
            let word = first.format.word();
            Err(Failure::usage(format!("{word} is no text for a terminal: give it a file: --format {word}=FILE")))
        }
        None => Ok(()),
    }
}

/// Writes every format; that one file cannot be written keeps none of the others back.
fn write(destinations: &[Destination], report: &Report<'_>) -> Result<(), Failure> {
    let mut written = Ok(());
    for Destination { format, file } in destinations {
        let done = match file {
            // What is in colour on a terminal is not in a file.
            Some(path) => {
                judge::rendered(*format, &Report { paint: false, ..*report }).and_then(|it| output::file(path, it))
            }
            None => judge::rendered(*format, report).and_then(|it| output::bytes(&it)),
        };
        written = written.and(done);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_goes_to_a_file_or_a_pipe() {
        for format in Format::ALL.iter().copied() {
            let to = |file: Option<&str>| [Destination { format, file: file.map(PathBuf::from) }];
            assert!(refuse_what_cannot_be_printed(&to(None), false).is_ok());
            assert!(refuse_what_cannot_be_printed(&to(Some("x")), true).is_ok());
            let refused = refuse_what_cannot_be_printed(&to(None), true).err().map(|failure| failure.message);
            let told = format!("{0} is no text for a terminal: give it a file: --format {0}=FILE", format.word());
            assert_eq!(refused, (format.word() == "parquet").then_some(told));
        }
    }
}
