//! The flags that say which packs a command works with.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::audit::{Fault, Pack, together};

/// Which packs: the built-in ones, and those of `--rules`.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct PackArgs {
    /// Only this pack; repeat it for several
    #[arg(long, value_name = "PACK")]
    pub(super) pack: Vec<String>,
    /// Add the packs of this directory; repeat it for several
    #[arg(long, value_name = "DIR")]
    pub(super) rules: Vec<PathBuf>,
}

impl PackArgs {
    /// The flags that were given, with their values.
    pub(super) fn given(&self) -> Vec<(&'static str, String)> {
        let packs = self.pack.iter().map(|pack| ("--pack", pack.clone()));
        packs.chain(self.rules.iter().map(|rules| ("--rules", rules.display().to_string()))).collect()
    }

    /// Reads the packs. Something wrong with any of them is an error: a rule that is silently left out would pass.
    pub(super) fn load(&self) -> Result<Vec<Pack>, Failure> {
        let mut packs = Pack::embedded().map_err(|faults| failure(&faults))?;
        for directory in &self.rules {
            packs.extend(Pack::of_directory(directory).map_err(|faults| failure(&faults))?);
        }
        let mut packs = together(packs).map_err(|faults| failure(&faults))?;
        if let Some(unknown) = self.pack.iter().find(|id| !packs.iter().any(|pack| pack.id == **id)) {
            let known: Vec<&str> = packs.iter().map(|pack| pack.id.as_str()).collect();
            return Err(Failure::usage(format!("there is no pack `{unknown}`: there are {}", known.join(", "))));
        }
        packs.retain(|pack| self.pack.is_empty() || self.pack.contains(&pack.id));
        if packs.is_empty() {
            return Err(Failure::usage("there is no pack to work with: give --rules DIR"));
        }
        Ok(packs)
    }
}

/// Everything that is wrong, as one failure.
pub(super) fn failure(faults: &[Fault]) -> Failure {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Failure::usage(lines.join("\nerror: "))
}
