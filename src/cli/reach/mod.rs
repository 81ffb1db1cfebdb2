//! `bartizan reach`: who can open a connection to what, by which path.

mod ask;
mod blast;
mod end;
mod exposed;
mod flows;
mod json;
mod newly;
mod onward;
mod path;
mod scope;
mod tell;

use clap::{Args, Subcommand};

use super::source::SourceArgs;
use super::{Exit, Failure};
use crate::reach::Verdict;
pub(super) use newly::newly;

/// Flags of `bartizan reach`.
#[derive(Debug, Args)]
#[command(subcommand_negates_reqs = true, after_help = AFTER_HELP)]
pub(super) struct ReachArgs {
    #[command(subcommand)]
    command: Option<ReachCommand>,
    #[command(flatten)]
    path: path::PathArgs,
}

const AFTER_HELP: &str = "\
Examples:
  bartizan reach internet web-1:443 --from prod.bzn  is the web server public, and how?
  bartizan reach i-0a1b2c3d db:5432                  or what stops it: all that has to change
  bartizan reach internet:198.51.100.7 bastion:22    from one address outside
  bartizan reach vpn-0a1b2c3d db:5432                from behind a VPN, or a peer's VPC (pcx-...)
  bartizan reach vpc-0a1b2c3d db:5432                who of a VPC, subnet, security group or CIDR?
  bartizan reach app 10.0.7.9 --proto icmp --json    in the shape of AWS's network insights analyses
  bartizan reach test --flows intended.jsonl --from dump/

Verdicts:
  connects  a connection can be made
  gated     it can be made, and something above the network decides: a secret header, an authorizer
  delivers  packets arrive, but no reply comes back
  denied    nothing arrives
  unknown   something that was not read decides; what to read is named

Exit codes:
  0  it connects, or is gated; with several addresses: to one of them
  1  denied, or delivered only
  2  wrong usage or input
  3  unknown
  4  the account could not be reached, or it did not let us in";

#[derive(Debug, Subcommand)]
enum ReachCommand {
    /// Judge flows, one JSON object per line, and compare them with what is expected
    Test(flows::FlowsArgs),
    /// Tell every resource and port that the internet reaches, by whom and by which path
    Exposed(exposed::ExposedArgs),
    /// Tell what somebody who holds a resource reaches next, as a tree; by default for each bastion
    Blast(blast::BlastArgs),
    /// Judge an AWS Network Access Scope: tell every path that it finds
    Scope(scope::ScopeArgs),
}

/// Answers.
pub(super) fn run(args: &ReachArgs, source: &SourceArgs, paint: bool) -> Result<Exit, Failure> {
    if args.command.is_some() && args.path.is_used() {
        let message = "give a source and a destination, or a command; the flags of a command come after its name";
        return Err(Failure::usage(message));
    }
    match &args.command {
        Some(ReachCommand::Test(args)) => flows::run(args, source),
        Some(ReachCommand::Exposed(args)) => exposed::run(args, source, paint),
        Some(ReachCommand::Blast(args)) => blast::run(args, source, paint),
        Some(ReachCommand::Scope(args)) => scope::run(args, source, paint),
        None => path::run(&args.path, source, paint),
    }
}

/// How a run ends that was asked whether a connection can be made.
const fn exit(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Connects | Verdict::Gated => Exit::Clean,
        Verdict::Denied | Verdict::Delivers => Exit::Findings,
        Verdict::Unknown => Exit::Incomplete,
    }
}
