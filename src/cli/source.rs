//! The flags that say which estate a command works on; every command takes them.

use std::path::PathBuf;

use clap::Args;

/// Which estate to work on: a live account unless `--from` or `--demo` is given.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Source")]
pub(super) struct SourceArgs {
    /// Use the embedded demo estate: no account, no network; marked DEMO
    #[arg(long, global = true, conflicts_with_all = ["from", "profile", "region"])]
    pub(super) demo: bool,
    /// Read a snapshot file or a directory of `aws ... describe-*` output instead of an account
    #[arg(long, global = true, value_name = "PATH", conflicts_with_all = ["profile", "region"])]
    pub(super) from: Option<PathBuf>,
    /// Use this profile of the AWS configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Read this Region; repeat it for several, or `all` for every enabled one
    #[arg(long, global = true, value_name = "REGION")]
    pub(super) region: Vec<String>,
    /// Read settings and environments from this file instead of bartizan.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}
