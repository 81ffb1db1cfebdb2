//! The command line: one file per subcommand.

mod audit;
mod baseline;
mod color;
mod completions;
#[cfg(feature = "tui")]
mod dashboard;
mod diff;
mod exit;
mod explain;
mod history;
#[cfg(feature = "aws")]
mod iam_policy;
mod judge;
mod man;
mod only;
mod output;
mod packs;
mod reach;
mod report;
mod rules;
mod schedule;
mod schema;
mod sign;
mod snapshot;
mod source;
mod trend;
mod verify;
mod waive;
mod waivers;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Variables;
pub use exit::{Exit, Failure};
use source::SourceArgs;

/// Watches AWS environments and proves, with evidence, whether they are built the way their owners say. Only reads,
/// but for reports that it is told to deliver.
#[derive(Debug, Parser)]
#[command(name = "bartizan", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Arguments {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    color: color::ColorArgs,
    #[cfg(feature = "tui")]
    #[command(flatten)]
    dashboard: dashboard::DashboardArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
Without a command, opens the dashboard.

Exit codes:
  0  nothing at or above --fail-on
  1  findings at or above it, whether or not the audit is complete
  2  wrong usage, configuration, rule or input file
  3  something needed could not be read
  4  the account could not be reached, or it did not let us in
  5  another run holds the history, or reports of the same environment
  6  a report was made, but not delivered";

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge what is there with packs of rules; the exit code tells the outcome
    Audit(audit::AuditArgs),
    /// Audit once and file the reports, for a scheduler: a folder per environment, whole or not at all
    Report(Box<report::ReportArgs>),
    /// Show one finding in full: what it rests on, why it matters, how to see it by hand, how to fix it
    Explain(explain::ExplainArgs),
    /// Accept a finding until a day: writes a waiver with its reason and owner
    Waive(waive::WaiveArgs),
    /// Show what changed between two snapshots, reports, recorded runs or sources: findings, resources, exposed ports
    Diff(diff::DiffArgs),
    /// List the audits that were recorded, and what became of their findings
    History(history::ListArgs),
    /// List, show, test and lint rules, and begin new ones
    Rules(rules::RulesArgs),
    /// Print the least-privilege IAM policy that Bartizan needs, to read or to deliver
    #[cfg(feature = "aws")]
    IamPolicy(iam_policy::IamPolicyArgs),
    /// Tell who can open a connection to what: the path hop by hop, or everything that stops it
    Reach(reach::ReachArgs),
    /// Confirm that a JSON report is what its estate and rules give, or name the first difference; verify a signature
    Verify(verify::VerifyArgs),
    /// Sign reports, so that others can tell that they are yours and unchanged
    Sign(sign::SignArgs),
    /// Have `bartizan report` run again and again: print units for a scheduler, or be one
    Schedule(schedule::ScheduleArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page of a command, or write all of them
    Man(man::ManArgs),
    /// Print the JSON Schema of a file that Bartizan reads or writes
    Schema(schema::SchemaArgs),
    /// Save everything that is read to a file, which every command reads back with --from
    Snapshot(snapshot::SnapshotArgs),
}

impl Arguments {
    /// A flag that a command would leave unread would seem to have done something.
    fn refuse_what_is_not_used(&self) -> Result<(), Failure> {
        let command = match &self.command {
            Some(Command::Rules(_)) => "rules",
            Some(Command::Sign(_)) => "sign",
            Some(Command::History(_)) => "history",
            Some(Command::Report(args)) if args.only_checks() => "report --max-age",
            Some(Command::Schedule(_)) => "schedule",
            Some(Command::Completions(_)) => "completions",
            Some(Command::Man(_)) => "man",
            Some(Command::Schema(_)) => "schema",
            Some(Command::Diff(args)) if args.is_whole() => "diff THEN NOW",
            #[cfg(feature = "aws")]
            Some(Command::IamPolicy(_)) => "iam-policy",
            _ => "",
        };
        let reads_estate = command.is_empty();
        // Where the history is, and which environments there are, the configuration may say.
        #[cfg(feature = "aws")]
        let policy = matches!(&self.command, Some(Command::IamPolicy(args)) if args.configures());
        #[cfg(not(feature = "aws"))]
        let policy = false;
        let configures = |flag: &str| flag == "--config" && (policy || matches!(command, "history" | "diff THEN NOW"));
        let given = self.source.given();
        if let Some(flag) = given.iter().find(|flag| !reads_estate && !configures(flag.0)) {
            return Err(Failure::usage(format!("`bartizan {command}` reads no estate: leave out {}", flag.0)));
        }
        #[cfg(feature = "tui")]
        if let Some(flag) = self.dashboard.given().filter(|_| self.command.is_some()) {
            return Err(Failure::usage(format!("{flag} is for the dashboard, not for a command: leave it out")));
        }
        Ok(())
    }
}

/// Runs the program and tells how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Clean.into() };
        }
    };
    match dispatch(arguments) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::err(&format!("error: {failure}"));
            failure.exit.into()
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<Exit, Failure> {
    arguments.refuse_what_is_not_used()?;
    let paint = arguments.color.paints(&Variables::read(), output::is_terminal());
    match arguments.command {
        Some(Command::Audit(args)) => audit::run(&args, &arguments.source, paint),
        Some(Command::Report(args)) => report::run(&args, &arguments.source),
        Some(Command::Explain(args)) => explain::run(&args, &arguments.source, paint),
        Some(Command::Waive(args)) => waive::run(&args, &arguments.source),
        Some(Command::Diff(args)) => diff::run(&args, &arguments.source, paint),
        Some(Command::Sign(args)) => sign::run(&args),
        Some(Command::Verify(args)) => verify::run(&args, &arguments.source),
        Some(Command::History(args)) => history::run(&args, &arguments.source),
        Some(Command::Rules(args)) => rules::run(&args, paint),
        Some(Command::Reach(args)) => reach::run(&args, &arguments.source, paint),
        #[cfg(feature = "tui")]
        None => dashboard::run(&arguments.dashboard, &arguments.source, arguments.color),
        #[cfg(not(feature = "tui"))]
        None => Err(Failure::usage("this build has no dashboard: build it with the feature `tui`, or name a command")),
        #[cfg(feature = "aws")]
        Some(Command::IamPolicy(args)) => iam_policy::run(&args, &arguments.source),
        Some(Command::Completions(args)) => completions::run(&args),
        Some(Command::Man(args)) => man::run(&args),
        Some(Command::Schema(args)) => schema::run(&args),
        Some(Command::Schedule(args)) => schedule::run(&args),
        Some(Command::Snapshot(args)) => snapshot::run(&args, &arguments.source),
    }
}

/// The tokio runtime that reading runs on.
#[cfg(feature = "aws")]
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::usage(format!("no threads can be started: {error}")))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Wider lines are folded where a sentence or an example does not expect it.
    #[test]
    fn what_stands_below_the_flags_fits_in_100_columns() {
        let mut open = vec![Arguments::command()];
        let mut seen = 0;
        while let Some(command) = open.pop() {
            let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in below.lines() {
                assert!(line.chars().count() <= 100, "{}: {line}", command.get_name());
                seen += 1;
            }
            open.extend(command.get_subcommands().cloned());
        }
        assert!(seen > 80, "only {seen} lines");
    }
}
