//! `bartizan iam-policy`: prints the IAM policy that allows what Bartizan reads, and nothing else.

use clap::Args;

use super::{Exit, Failure, output};
use crate::aws::permissions;

/// Flags of `bartizan iam-policy`.
#[derive(Debug, Args)]
pub(super) struct IamPolicyArgs {
    /// Leave out what only the dashboard's metrics and logs need
    #[arg(long)]
    without_telemetry: bool,
}

/// Prints the policy, ready for `aws iam create-policy --policy-document`.
pub(super) fn run(args: &IamPolicyArgs) -> Result<Exit, Failure> {
    output::out(&format!("{:#}\n", permissions::policy(!args.without_telemetry)))?;
    Ok(Exit::Clean)
}
