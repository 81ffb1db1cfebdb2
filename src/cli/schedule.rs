//! `bartizan schedule`: has `bartizan report` run again and again, by whoever schedules things already, or by itself.

mod keeper;
mod run;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgMatches, Args, CommandFactory, Subcommand};
use jiff::tz::TimeZone;

use super::{Arguments, Exit, Failure, output};
use crate::schedule::unit::Unit;
use crate::schedule::{Cron, Every, Job, Schedule, When};

/// Flags of `bartizan schedule`.
#[derive(Debug, Args)]
pub(super) struct ScheduleArgs {
    #[command(subcommand)]
    command: ScheduleCommand,
}

#[derive(Debug, Subcommand)]
enum ScheduleCommand {
    /// Print what a scheduler needs to run the report: units, workflows, templates
    #[command(after_help = PRINT_EXAMPLES)]
    Print(PrintArgs),
    /// Stay, and run the report whenever it is due: once for however many times were missed, never two at once
    #[command(after_help = RUN_EXAMPLES)]
    Run(run::RunArgs),
}

const PRINT_EXAMPLES: &str = "\
Examples:
  bartizan schedule print systemd --cron '0 6 * * MON-FRI' --tz Europe/Berlin -- \\
      --env production --format html,json --out /var/lib/bartizan/reports --since last
  bartizan schedule print ecs --every 6h --image IMAGE -- \\
      --format html,json --out s3://BUCKET/reports";

const RUN_EXAMPLES: &str = "\
Example:
  bartizan schedule run --cron '0 6 * * *' --tz Europe/Berlin -- \\
      --format html,json --out reports --since last";

/// When, and what.
#[derive(Debug, Args)]
struct JobArgs {
    /// So long after the last time: minutes, hours or days, as 90m, 6h or 1d
    #[arg(long, value_name = "INTERVAL", conflicts_with = "cron")]
    every: Option<Every>,
    /// At these times: minute, hour, day of month, month and day of week, as in a crontab
    #[arg(long, value_name = "EXPRESSION")]
    cron: Option<Cron>,
    /// By the clocks of this time zone, as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    tz: TimeZone,
    /// What it is called: letters, digits and `-` [default: bartizan and the environments of the report; for `run` a
    /// digest of the flags as well]
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
    /// The flags of `bartizan report`
    #[arg(last = true, required = true, value_name = "FLAGS OF REPORT")]
    report: Vec<String>,
}

/// Flags of `bartizan schedule print`.
#[derive(Debug, Args)]
struct PrintArgs {
    /// For whom
    #[arg(value_name = "KIND", value_parser = units())]
    unit: Unit,
    #[command(flatten)]
    job: JobArgs,
    /// Where the program is, on the machine or in the image that runs it [default: /usr/local/bin/bartizan, in a GitHub
    /// workflow the one that it installs]
    #[arg(long, value_name = "PATH")]
    program: Option<String>,
    /// The container image that has the program
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// Write the files below this directory instead of printing them
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

fn units() -> impl TypedValueParser<Value = Unit> {
    let value = |unit: &Unit| PossibleValue::new(unit.word()).help(unit.about().trim());
    PossibleValuesParser::new(Unit::ALL.iter().map(value)).try_map(|word| {
        Unit::ALL.iter().copied().find(|unit| unit.word() == word).ok_or_else(|| format!("there is no `{word}`"))
    })
}

fn zone(name: &str) -> Result<TimeZone, String> {
    let zone = TimeZone::get(name);
    zone.map_err(|_| format!("there is no time zone `{name}`: give one of the IANA's, as UTC or Europe/Berlin"))
}

fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if text.chars().all(fits) && ends(text.chars().next()) && ends(text.chars().next_back()) && text.len() <= 52 {
        return Ok(text.to_owned());
    }
    Err("a name is up to 52 lower-case letters, digits and `-`, which neither begins nor ends it".to_owned())
}

impl JobArgs {
    fn schedule(&self) -> Result<Schedule, Failure> {
        let when = match (&self.every, &self.cron) {
            (Some(every), _) => When::Every(every.clone()),
            (None, Some(cron)) => When::Cron(cron.clone()),
            (None, None) => return Err(Failure::usage("say when: give --every or --cron")),
        };
        Ok(Schedule { when, zone: self.tz.clone() })
    }

    /// The arguments of the program, which it understands: a mistake shows now and not at night.
    fn arguments(&self) -> Result<(Vec<String>, ArgMatches), Failure> {
        if let Some(odd) = self.report.iter().find(|word| word.contains(char::is_control)) {
            return Err(Failure::usage(format!("a control character cannot be scheduled: {odd:?}")));
        }
        let arguments: Vec<_> = std::iter::once("report".to_owned()).chain(self.report.iter().cloned()).collect();
        let words = std::iter::once("bartizan".to_owned()).chain(arguments.iter().cloned()).map(OsString::from);
        let matches = Arguments::command().try_get_matches_from(words);
        let matches = matches.map_err(|error| {
            let told = error.render().to_string();
            let told = told.trim_end().trim_start_matches("error: ");
            Failure::usage(format!("the flags after `--` are none that `bartizan report` takes: {told}"))
        })?;
        let Some(("report", report)) = matches.subcommand() else {
            return Err(Failure::usage("give the flags of `bartizan report` after `--`"));
        };
        if report.value_source("max_age").is_some() {
            let told = "`--max-age` checks a report and makes none: leave it out here, and have your monitoring run it";
            return Err(Failure::usage(told));
        }
        Ok((arguments, report.clone()))
    }

    fn name(&self, report: &ArgMatches) -> String {
        let usual = || {
            let environments = report.get_raw("env").into_iter().flatten().map(|name| name.to_string_lossy());
            let words: Vec<_> = std::iter::once("bartizan".into()).chain(environments).collect();
            let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
            let text: String = words.join("-").chars().map(plain).take(52).collect();
            text.trim_end_matches('-').to_owned()
        };
        self.name.clone().unwrap_or_else(usual)
    }
}

/// Prints units, or stays.
pub(super) fn run(args: &ScheduleArgs) -> Result<Exit, Failure> {
    match &args.command {
        ScheduleCommand::Print(args) => print(args),
        ScheduleCommand::Run(args) => run::run(args),
    }
}

fn print(args: &PrintArgs) -> Result<Exit, Failure> {
    let (arguments, report) = args.job.arguments()?;
    let out = report.get_raw("out").into_iter().flatten().map(|out| out.to_string_lossy().into_owned()).next();
    if report.value_source("heartbeat").is_some() {
        output::err(
            "warning: the address of the heartbeat is in what is printed, where others may read it: give \
             --heartbeat-from VARIABLE instead",
        );
    }
    let job = Job {
        name: &args.job.name(&report),
        schedule: &args.job.schedule()?,
        program: args.program.as_deref().unwrap_or(args.unit.program()),
        arguments: &arguments,
        directory: out.as_deref().filter(|out| !out.starts_with("s3://")),
        image: args.image.as_deref(),
    };
    let files = args.unit.files(&job).map_err(Failure::usage)?;
    let several = files.len() > 1;
    for file in files {
        match &args.into {
            Some(directory) => {
                let path = directory.join(file.path.trim_start_matches('/'));
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent)
                        .map_err(|error| Failure::usage(format!("{} cannot be made: {error}", parent.display())))?;
                }
                output::file(&path, &file.text)?;
                output::err(&format!("wrote {}", path.display()));
            }
            None if several => output::out(&format!("# {}\n{}\n", file.path, file.text))?,
            None => output::out(&file.text)?,
        }
    }
    Ok(Exit::Clean)
}
