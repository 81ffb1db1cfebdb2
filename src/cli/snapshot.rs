//! `bartizan snapshot`: saves an estate to a file that every command reads with `--from`.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, SourceArgs, output, source};
use crate::source::snapshot;

/// Flags of `bartizan snapshot`.
#[derive(Debug, Args)]
pub(super) struct SnapshotArgs {
    /// The file to write; an older one there is replaced
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Show no progress
    #[arg(short, long)]
    quiet: bool,
}

/// Reads the estate and saves it. What could not be read is named, and makes the exit code 3.
pub(super) fn run(args: &SnapshotArgs, source: &SourceArgs) -> Result<Exit, Failure> {
    let config = source.config()?;
    let mut estate = source.open(&config, args.quiet)?.estate;
    estate.environments = source::environments(&config, &estate);
    snapshot::save(&estate, &args.output)?;
    let resources = estate.resources().count();
    output::out(&format!("{}: {resources} resources saved\n", args.output.display()))?;
    for (shard, gap) in estate.gaps() {
        let place = &shard.provenance;
        output::err(&crate::model::text::sanitise(&format!("not read in {} {}: {gap}", place.account, place.region)));
    }
    Ok(if estate.gaps().next().is_some() { Exit::Incomplete } else { Exit::Clean })
}
