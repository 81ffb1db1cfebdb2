//! `bartizan diff`: what changed between two snapshots, reports, recorded runs or sources.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::history::HistoryArgs;
use super::packs::PackArgs;
use super::reach::newly;
use super::source::{self, SourceArgs};
use super::waivers::{self, WaiverArgs};
use super::{Exit, Failure, judge, output};
use crate::audit::{Comparison, Pack, Severity, Side};
use crate::config::Config;
use crate::history::History;
use crate::model::{Difference, Environment, Estate};
use crate::report::{self, Became, Diff};

/// Flags of `bartizan diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The earlier one: a JSON report, a snapshot, a directory of AWS CLI output, or a run of the history: `run:7`, or
    /// `last` for the last one of the accounts of the other
    #[arg(value_name = "THEN")]
    then: PathBuf,
    /// The later one, likewise [default: the account, or what --from or --demo names]
    #[arg(value_name = "NOW")]
    now: Option<PathBuf>,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: DiffFormat,
    /// Exit with 1 when there is a new or worse finding of this severity or a worse one; a port that the internet newly
    /// reaches counts as high
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = judge::severities())]
    fail_on: Severity,
    /// Exit with 0 although it cannot be told whether something that fails or is exposed changed, because it was not
    /// read then or now
    #[arg(long)]
    allow_unknown: bool,
}

impl DiffArgs {
    /// Whether both are given, so that no other source is read.
    pub(super) fn is_whole(&self) -> bool {
        self.now.is_some()
    }
}

/// How a difference is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// How much a port matters that the internet newly reaches: it is to be looked at now, whatever rules say of it.
const NEWLY_EXPOSED: Severity = Severity::High;

/// One of the two.
struct One {
    side: Side,
    accounts: BTreeSet<String>,
    estate: Option<(Estate, Vec<Environment>)>,
}

/// What a name stands for.
enum Named<'a> {
    Source,
    Path(&'a Path),
    Run(i64),
    Last,
}

/// Compares.
pub(super) fn run(args: &DiffArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    let config = source.config()?;
    let packs = args.packs.load()?;
    let named = [Named::of(Some(&args.then))?, Named::of(args.now.as_deref())?];
    if args.history.history.is_some() && !named.iter().any(Named::is_recorded) {
        return Err(Failure::usage("--history says where the history is: compare with `last` or `run:N`"));
    }
    let reader = Reader { args, source, config: &config, packs: &packs };
    let (then, now) = match named {
        [Named::Last, Named::Last] => return Err(Failure::usage("the last run is no other than the last: name run:N")),
        [then, now @ Named::Last] => {
            let then = reader.one(&then, None)?;
            let now = reader.one(&now, Some(&then.accounts))?;
            (then, now)
        }
        [then, now] => {
            let now = reader.one(&now, None)?;
            (reader.one(&then, Some(&now.accounts))?, now)
        }
    };
    let comparison = Comparison::new(&then.side, &now.side);
    let both = then.estate.as_ref().zip(now.estate.as_ref());
    let resources = both.map(|((then, _), (now, _))| Difference::new(then, now));
    let ports = both.map(|((then, of_then), (now, of_now))| newly((then, of_then), (now, of_now))).transpose()?;
    let diff =
        Diff { now: &now.side, comparison: &comparison, resources: resources.as_ref(), ports: ports.as_ref(), paint };
    let text = match args.format {
        DiffFormat::Text => diff.text(),
        DiffFormat::Json => diff.json(),
    };
    output::out(&text)?;
    let became = |wanted| ports.iter().flat_map(|ports| &ports.changes).any(|port| port.became == wanted);
    let exposed = became(Became::Opened) && NEWLY_EXPOSED >= args.fail_on;
    let worse = exposed || comparison.failing(&now.side).any(|severity| severity >= args.fail_on);
    let unseen = resources.is_some_and(|resources| !resources.unseen.is_empty());
    let blind = comparison.is_blind() || unseen || became(Became::Unknown);
    Ok(match (worse, blind && !args.allow_unknown) {
        (true, _) => Exit::Findings,
        (false, true) => Exit::Incomplete,
        (false, false) => Exit::Clean,
    })
}

impl<'a> Named<'a> {
    fn of(path: Option<&'a Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Source) };
        match path.to_str() {
            Some("last") => Ok(Self::Last),
            Some(text) if text.starts_with("run:") => {
                let number = text.trim_start_matches("run:").parse();
                let told = "is no run: write run:N, with a number of `bartizan history`";
                number.map(Self::Run).map_err(|_| Failure::usage(format!("`{text}` {told}")))
            }
            _ => Ok(Self::Path(path)),
        }
    }

    const fn is_recorded(&self) -> bool {
        matches!(self, Self::Run(_) | Self::Last)
    }
}

/// What everything is read with.
struct Reader<'a> {
    args: &'a DiffArgs,
    source: &'a SourceArgs,
    config: &'a Config,
    packs: &'a [Pack],
}

impl Reader<'_> {
    /// Reads one of the two; the accounts of the other say which run is the last one.
    fn one(&self, named: &Named<'_>, others: Option<&BTreeSet<String>>) -> Result<One, Failure> {
        match named {
            Named::Run(number) => self.recorded(Some(*number), None),
            Named::Last => self.recorded(None, others.filter(|accounts| !accounts.is_empty())),
            Named::Path(path) if is_json(path) => {
                let side = report::read(path).map_err(Failure::usage)?;
                let accounts = side.reads.keys().map(|(account, _, _)| account.clone()).collect();
                Ok(One { side, accounts, estate: None })
            }
            Named::Path(path) => self.judged(crate::source::from_path(path)?.estate, Some(path)),
            Named::Source => self.judged(self.source.open(self.config, false)?.estate, None),
        }
    }

    /// A run of the history, by its number or as the last one.
    fn recorded(&self, number: Option<i64>, accounts: Option<&BTreeSet<String>>) -> Result<One, Failure> {
        let path = self.args.history.file(self.config)?;
        let history = History::open(&path)?;
        let of = accounts.map(|all| format!(" of {}", all.iter().cloned().collect::<Vec<_>>().join(", ")));
        let none = |what: String| {
            let told = "`bartizan history` lists the runs there are; name one with run:N";
            Failure::usage(format!("{}: there is no {what}: {told}", path.display()))
        };
        let number = match number {
            Some(number) => number,
            None => history.latest(accounts)?.ok_or_else(|| none(format!("run{}", of.unwrap_or_default())))?,
        };
        let (side, accounts) = history.at(number)?.ok_or_else(|| none(format!("run {number}")))?;
        Ok(One { side, accounts, estate: None })
    }

    /// An estate, judged.
    fn judged(&self, estate: Estate, path: Option<&Path>) -> Result<One, Failure> {
        let environments = source::environments(self.config, &estate);
        let waivers = self.args.waivers.file(self.config);
        let audit = waivers::audit(waivers, (&estate, &environments), self.packs, &self.args.packs)?;
        let at = estate.origin.taken_at.map(|at| at.strftime(", read on %Y-%m-%d %H:%M UTC").to_string());
        let name = path.map_or_else(|| estate.origin.label.clone(), |path| path.display().to_string());
        let label = format!("{name}{}", at.unwrap_or_default());
        let demo = if estate.is_demo() { "DEMO " } else { "" };
        let side = Side::new(format!("{demo}{label}"), &audit, &estate, self.packs);
        let accounts = estate.shards.iter().map(|shard| shard.provenance.account.to_string()).collect();
        Ok(One { side, accounts, estate: Some((estate, environments)) })
    }
}

/// Whether a file begins as a report does; what it is if not, the sources tell.
fn is_json(path: &Path) -> bool {
    let mut begin = [0; 64];
    let read = File::open(path).and_then(|mut file| file.read(&mut begin)).unwrap_or_default();
    begin.iter().take(read).find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}
