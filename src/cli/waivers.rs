//! The flag that says which waivers hold, and the audit with them in it.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Failure;
use super::packs::{self, PackArgs};
use crate::audit::{self, Audit, Options, Pack, Waiver, Waiving};
use crate::clock;
use crate::config::Config;
use crate::model::{Environment, Estate};

/// Which waivers: those of the file given, else of the file that the configuration names, else none.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct WaiverArgs {
    /// Read waivers from this file instead of the one the configuration names
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
}

impl WaiverArgs {
    /// The flag, when it was given, with its value.
    pub(super) fn given(&self) -> Option<(&'static str, String)> {
        self.waivers.as_ref().map(|file| ("--waivers", file.display().to_string()))
    }

    /// The file, when there is one.
    pub(super) fn file<'a>(&'a self, config: &'a Config) -> Option<&'a Path> {
        self.waivers.as_deref().or_else(|| config.waivers.as_ref().map(|file| file.value.as_path()))
    }
}

/// Judges an estate, with the waivers of a file considered.
pub(super) fn audit(
    waivers: Option<&Path>,
    judged: (&Estate, &[Environment]),
    packs: &[Pack],
    args: &PackArgs,
) -> Result<Audit, Failure> {
    audit_at(waivers, judged, packs, args, clock::now())
}

/// The same as it was at a time: some waivers have expired since.
pub(super) fn audit_at(
    waivers: Option<&Path>,
    (estate, environments): (&Estate, &[Environment]),
    packs: &[Pack],
    args: &PackArgs,
    at: Timestamp,
) -> Result<Audit, Failure> {
    // Before the audit, which takes its time.
    let waivers = waivers.map(Waiver::read).transpose().map_err(|faults| packs::failure(&faults))?;
    let mut audit = audit::run(estate, environments, packs, Options::default());
    if let Some(waivers) = waivers {
        let today = at.to_zoned(TimeZone::UTC).date();
        let narrowed = !args.pack.is_empty();
        Waiving { estate, environments, packs, narrowed, today }.apply(&waivers, &mut audit);
    }
    Ok(audit)
}
