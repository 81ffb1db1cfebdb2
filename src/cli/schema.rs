//! `bartizan schema`: the shapes of files, for editors and for programs that read reports.

use clap::{Args, ValueEnum};

use super::{Exit, Failure, output};
use crate::config::Config;
use crate::{audit, report};

/// Flags of `bartizan schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Which file
    #[arg(value_name = "FILE")]
    file: Schema,
}

/// The files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Schema {
    /// The configuration, bartizan.toml
    Config,
    /// The waivers
    Waivers,
    /// The JSON report
    Report,
}

/// Prints it.
pub(super) fn run(args: &SchemaArgs) -> Result<Exit, Failure> {
    let schema = match args.file {
        Schema::Config => Config::schema(),
        Schema::Waivers => audit::waivers_schema(),
        Schema::Report => report::json_schema(),
    };
    output::out(&report::json_page(&schema))?;
    Ok(Exit::Clean)
}
