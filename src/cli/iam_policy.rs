//! `bartizan iam-policy`: prints the IAM policy that allows what Bartizan reads, and nothing else; or the one that
//! deliveries need besides.

use clap::Args;

use super::source::SourceArgs;
use super::{Exit, Failure, output};
use crate::aws::permissions;
use crate::config::Config;
use crate::deliver::Destination;

/// Flags of `bartizan iam-policy`.
#[derive(Debug, Args)]
pub(super) struct IamPolicyArgs {
    /// Leave out what only the dashboard's metrics and logs need
    #[arg(long)]
    without_telemetry: bool,
    /// Print instead what delivering to this destination of the configuration needs; repeat it for several
    #[arg(long, value_name = "NAME", conflicts_with = "without_telemetry")]
    deliver: Vec<String>,
}

impl IamPolicyArgs {
    /// Whether the configuration is read.
    pub(super) fn configures(&self) -> bool {
        !self.deliver.is_empty()
    }
}

/// Prints the policy, ready for `aws iam create-policy --policy-document`.
pub(super) fn run(args: &IamPolicyArgs, source: &SourceArgs) -> Result<Exit, Failure> {
    let policy = if args.deliver.is_empty() {
        permissions::policy(!args.without_telemetry)
    } else {
        let config = source.config()?;
        let destinations = args.deliver.iter().map(|name| destination(&config, name));
        permissions::deliveries(&destinations.collect::<Result<Vec<_>, _>>()?)
    };
    output::out(&format!("{policy:#}\n"))?;
    Ok(Exit::Clean)
}

/// A destination that AWS is asked to deliver to.
fn destination(config: &Config, name: &str) -> Result<Destination, Failure> {
    let usage = |error: crate::config::ConfigError| Failure::usage(error.to_string());
    let kind = config.declared(name).map_err(usage)?.value.kind;
    if !kind.is_of_aws() {
        let word = kind.word();
        return Err(Failure::usage(format!("[deliver.{name}] is of kind `{word}`, which needs no permission in AWS")));
    }
    config.destination(name, &|_| None).map_err(usage)
}
