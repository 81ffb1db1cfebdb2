//! `bartizan report`: audits once, and files a report of each environment where people and programs find it.

mod check;
mod delivery;
mod filing;

use std::fmt;
use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::SignedDuration;

use super::baseline::RecordArgs;
use super::judge::JudgeArgs;
use super::only::Only;
use super::source::{self, SourceArgs};
use super::{Exit, Failure, audit, output};
use crate::audit::Side;
use crate::clock;
use crate::config::Config;
use crate::history::{Delivery, History, Run};
use crate::publish::{self, Lock, Retain};
use crate::report::{self, Format};
use delivery::{Heartbeat, Post};
use filing::{Desk, Filed};

/// Flags of `bartizan report`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ReportArgs {
    /// Report this environment; repeat it for several. Without it, one report of the whole estate
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Vec<String>,
    /// Where the reports go: DIR/<environment>/<time of reading>/, and DIR/<environment>/latest.json that points there
    #[arg(long, value_name = "DIR|s3://BUCKET/PREFIX")]
    out: String,
    /// The formats to write, with commas between them
    #[arg(long, value_name = "FORMAT,...", value_delimiter = ',', default_value = "html,json", value_parser = formats())]
    format: Vec<Format>,
    /// Lead with what changed since the last report in the history (and record this one), since this JSON report, or
    /// compare with nothing
    #[arg(long, value_name = "last|FILE|none", default_value = "last")]
    since: String,
    /// Take older reports away: keep this many, or those of this age, such as 30 or 90d; the latest is always kept
    #[arg(long, value_name = "N|AGE")]
    retain: Option<Retain>,
    /// Deliver each report to this destination of the configuration as well; repeat it for several
    #[arg(long, value_name = "NAME")]
    deliver: Vec<String>,
    /// Ask for this address at the end, and with /fail after it when the run failed; findings are no failure
    #[arg(long, value_name = "URL", conflicts_with = "heartbeat_from")]
    heartbeat: Option<Hidden>,
    /// The same with the address in this environment variable, where no list of processes shows it
    #[arg(long, value_name = "VARIABLE")]
    heartbeat_from: Option<String>,
    /// Report nothing: check that the latest report of each environment is younger, such as 26h; exit 3 when one is not
    #[arg(long, value_name = "AGE", value_parser = publish::age, conflicts_with_all = NOT_CHECKED)]
    max_age: Option<SignedDuration>,
    #[command(flatten)]
    judge: JudgeArgs,
    #[command(flatten)]
    record: RecordArgs,
}

/// What a check leaves unread.
const NOT_CHECKED: [&str; 10] =
    ["format", "since", "retain", "pack", "rules", "waivers", "fail_on", "allow_unknown", "record", "history"];

const AFTER_HELP: &str = "\
One run at a time reports an environment; another one ends at once with 5. A report is there
whole or not at all, and a second run over the same reading writes nothing new. Findings and gaps
do not keep a report from being written; the exit code is that of `bartizan audit` without a
baseline, 2 when a report could not be written, and 6 when one could not be delivered.

  bartizan report --env production --env staging --format html,json --out reports --retain 90d
  bartizan report --out s3://acme-reports/audits --deliver team --heartbeat-from HEARTBEAT_URL
  bartizan report --out reports --max-age 26h          # for a monitoring system";

/// A value that is not shown where the flags are.
#[derive(Clone)]
struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

impl From<&str> for Hidden {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

fn formats() -> impl TypedValueParser<Value = Format> {
    let known = PossibleValuesParser::new(Format::ALL.iter().copied().map(audit::possible));
    known.map(|word| Format::ALL.iter().copied().find(|format| format.word() == word).unwrap_or(Format::Json))
}

impl ReportArgs {
    /// Whether it reads no estate.
    pub(super) fn only_checks(&self) -> bool {
        self.max_age.is_some()
    }

    /// What to report: the environments, each once, or the whole estate.
    fn targets(&self) -> Vec<Option<&str>> {
        let mut targets: Vec<Option<&str>> = self.env.iter().map(|name| Some(name.as_str())).collect();
        targets.sort_by_key(|name| publish::folder(*name));
        targets.dedup_by_key(|name| publish::folder(*name));
        if targets.is_empty() { vec![None] } else { targets }
    }
}

/// What a report is compared with.
#[derive(Debug)]
pub(super) enum Since {
    /// What the history knows.
    Last,
    /// An earlier report.
    Report(Side),
    /// Nothing.
    Nothing,
}

impl Since {
    fn of(word: &str) -> Result<Self, Failure> {
        match word {
            "last" => Ok(Self::Last),
            "none" => Ok(Self::Nothing),
            file => Ok(Self::Report(report::read(Path::new(file)).map_err(Failure::usage)?)),
        }
    }
}

/// The history, and whether this run goes into it.
#[derive(Debug)]
pub(super) struct Memory {
    history: Option<History>,
    record: bool,
    /// The number of this run, once it is recorded.
    run: Option<i64>,
}

impl Memory {
    fn open(args: &ReportArgs, config: &Config, since: &Since) -> Result<Self, Failure> {
        let last = matches!(since, Since::Last);
        let record = args.record.wanted(config, last);
        let asked = if last { Ok(()) } else { Err("--since last") };
        Ok(Self { history: args.record.open(config, record, asked)?, record, run: None })
    }

    /// Refuses early what could not be recorded later.
    fn takes(&self, run: &Run) -> Result<(), Failure> {
        let Some(history) = self.history.as_ref().filter(|_| self.record) else { return Ok(()) };
        if history.recorded(run)?.is_none() {
            history.takes(run)?;
        }
        Ok(())
    }

    /// Records the run, once, and of which environments it was reported.
    fn record(&mut self, run: &Run, side: &Side, environments: &[Option<&str>]) -> Result<(), Failure> {
        let Some(history) = self.history.as_mut().filter(|_| self.record) else { return Ok(()) };
        if run.accounts.is_empty() {
            output::err("not recorded: nothing was read");
            return Ok(());
        }
        let number = match history.recorded(run)? {
            Some(number) => number,
            None => history.record(run, side)?.run,
        };
        for environment in environments {
            history.reported(number, *environment)?;
        }
        self.run = Some(number);
        Ok(())
    }

    /// Whether a report arrived somewhere before, as far as is known.
    fn has_arrived(&self, report: &str, destination: &str) -> Result<bool, Failure> {
        Ok(self.history.as_ref().map_or(Ok(false), |history| history.has_arrived(report, destination))?)
    }

    /// Records what became of a delivery, when the run was recorded.
    fn delivered(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        let Some((history, run)) = self.history.as_mut().zip(self.run) else { return Ok(()) };
        Ok(history.delivered(run, delivery)?)
    }
}

/// Audits, files the reports, delivers them and tells that it did.
pub(super) fn run(args: &ReportArgs, source: &SourceArgs) -> Result<Exit, Failure> {
    if let Some(most) = args.max_age {
        return check::run(args, most);
    }
    let heartbeat = Heartbeat::of(args)?;
    heartbeat.tell(report(args, source))
}

fn report(args: &ReportArgs, source: &SourceArgs) -> Result<Exit, Failure> {
    let config = source.config()?;
    let targets = args.targets();
    if !config.environments.is_empty() {
        only(&targets, &config.environments)?;
    }
    let fail_on = args.judge.fail_on(&config)?;
    let packs = args.judge.packs.load()?;
    let since = Since::of(&args.since)?;
    let post = Post::of(args, &config)?;
    let lock = |target| Lock::take(&post.directory, target, clock::now());
    let locks = targets.iter().copied().map(lock).collect::<Result<Vec<Lock>, _>>()?;
    let mut memory = Memory::open(args, &config, &since)?;
    let estate = source.open(&config, false)?.estate;
    let environments = source::environments(&config, &estate);
    let targets = only(&targets, &environments)?;
    let run = Run::new(&estate, source.from.is_none(), clock::now());
    memory.takes(&run)?;
    let audit = args.judge.audit(&config, (&estate, &environments), &packs)?;
    let side = Side::new(estate.origin.label.clone(), &audit, &estate, &packs);
    let again = source::typed(source.given().into_iter().chain(args.judge.given()));
    let desk = Desk {
        args,
        directory: &post.directory,
        audit: &audit,
        estate: &estate,
        packs: &packs,
        environments: &environments,
        fail_on,
        again: &again,
        side: &side,
        since: &since,
        run: &run,
    };
    // That one report cannot be written keeps none of the others back.
    let filed: Vec<_> = targets.iter().zip(&locks).map(|(only, lock)| desk.file(*only, lock, &memory)).collect();
    let mut ends: Vec<Exit> = filed.iter().map(|done| done.as_ref().map_or_else(told, |filed| filed.exit)).collect();
    let filed: Vec<Filed> = filed.into_iter().flatten().collect();
    let reported: Vec<Option<&str>> = filed.iter().map(|filed| filed.environment.as_deref()).collect();
    if let Err(failure) = memory.record(&run, &side, &reported) {
        ends.push(told(&failure));
    }
    for filed in &filed {
        filed.tell()?;
        ends.extend(post.deliver(filed, &mut memory));
    }
    Ok(worst(&ends))
}

/// Environments as they are declared.
fn only<'e>(
    targets: &[Option<&str>],
    environments: &'e [crate::model::Environment],
) -> Result<Vec<Option<Only<'e>>>, Failure> {
    targets.iter().map(|name| name.map(|name| Only::named(name, environments)).transpose()).collect()
}

fn told(failure: &Failure) -> Exit {
    output::err(&format!("error: {failure}"));
    failure.exit
}

/// How the run ends: what has to be mended here says more than what was found.
fn worst(ends: &[Exit]) -> Exit {
    let order = [Exit::Locked, Exit::Account, Exit::Usage, Exit::Undelivered, Exit::Findings, Exit::Incomplete];
    order.into_iter().find(|exit| ends.contains(exit)).unwrap_or(Exit::Clean)
}
