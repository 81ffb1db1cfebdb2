//! `bartizan diff`: what changed between two snapshots, reports or sources.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::packs::PackArgs;
use super::source::{self, SourceArgs};
use super::waivers::{self, WaiverArgs};
use super::{Exit, Failure, judge, output};
use crate::audit::{Comparison, Pack, Severity, Side};
use crate::config::Config;
use crate::model::{Difference, Estate};
use crate::report::{self, Diff};

/// Flags of `bartizan diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The earlier one: a JSON report, a snapshot or a directory of AWS CLI output
    #[arg(value_name = "THEN")]
    then: PathBuf,
    /// The later one [default: the account, or what --from or --demo names]
    #[arg(value_name = "NOW")]
    now: Option<PathBuf>,
    #[command(flatten)]
    packs: PackArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: DiffFormat,
    /// Exit with 1 when there is a new or worse finding of this severity or a worse one
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = judge::severities())]
    fail_on: Severity,
    /// Exit with 0 although something that failed then could not be seen now
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

/// One of the two.
struct One {
    side: Side,
    estate: Option<Estate>,
}

/// Compares.
pub(super) fn run(args: &DiffArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    let config = source.config()?;
    let packs = args.packs.load()?;
    let of = |path: Option<&Path>| one(path, args, (source, &config), &packs);
    let then = of(Some(&args.then))?;
    let now = of(args.now.as_deref())?;
    let comparison = Comparison::new(&then.side, &now.side);
    let resources = then.estate.as_ref().zip(now.estate.as_ref()).map(|(then, now)| Difference::new(then, now));
    let diff = Diff { now: &now.side, comparison: &comparison, resources: resources.as_ref(), paint };
    let text = match args.format {
        DiffFormat::Text => diff.text(),
        DiffFormat::Json => diff.json(),
    };
    output::out(&text)?;
    let worse = comparison.failing(&now.side).any(|severity| severity >= args.fail_on);
    let blind = comparison.is_blind() || resources.is_some_and(|resources| !resources.unseen.is_empty());
    Ok(match (worse, blind && !args.allow_unknown) {
        (true, _) => Exit::Findings,
        (false, true) => Exit::Incomplete,
        (false, false) => Exit::Clean,
    })
}

fn one(
    path: Option<&Path>,
    args: &DiffArgs,
    (source, config): (&SourceArgs, &Config),
    packs: &[Pack],
) -> Result<One, Failure> {
    if let Some(report) = path.filter(|path| is_json(path)) {
        return Ok(One { side: report::read(report).map_err(Failure::usage)?, estate: None });
    }
    let estate = match path {
        Some(path) => crate::source::from_path(path)?.estate,
        None => source.open(config, false)?.estate,
    };
    let environments = source::environments(config, &estate);
    let audit = waivers::audit(args.waivers.file(config), (&estate, &environments), packs, &args.packs)?;
    let at = estate.origin.taken_at.map(|at| at.strftime(", read on %Y-%m-%d %H:%M UTC").to_string());
    let name = path.map_or_else(|| estate.origin.label.clone(), |path| path.display().to_string());
    let label = format!("{name}{}", at.unwrap_or_default());
    let demo = if estate.is_demo() { "DEMO " } else { "" };
    let side = Side::new(format!("{demo}{label}"), &audit, &estate, packs);
    Ok(One { side, estate: Some(estate) })
}

/// Whether a file begins as a report does; what it is if not, the sources tell.
fn is_json(path: &Path) -> bool {
    let mut begin = [0; 64];
    let read = File::open(path).and_then(|mut file| file.read(&mut begin)).unwrap_or_default();
    begin.iter().take(read).find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}
