//! The embedded demo estates: one directory each, with the account as the AWS CLI prints it, `estate.toml` (title,
//! time, caller, environments) and `telemetry.toml` (what its metrics and logs would have recorded).
//!
//! Nothing behind this module can tell a demo from an account: its files are read like any other dump, and its
//! telemetry answers the same questions. No number in it comes from code. To add a demo is to add a directory.

mod chance;
mod events;
mod judge;
mod line;
mod recording;
#[cfg(test)]
mod sample;
mod telemetry;
#[cfg(test)]
mod tests;
mod wave;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::{Opened, SourceError, cli_dump};
use crate::embedded;
use crate::model::{Environment, Estate, Origin, SourceKind};
use recording::Recording;
use telemetry::DemoTelemetry;

/// Tells the time by which a demo moves.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The demo that is opened when none is named.
pub const DEFAULT: &str = "ror";

/// What `estate.toml` says of a demo.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    title: String,
    taken_at: Timestamp,
    caller: String,
    #[serde(rename = "environment")]
    environments: Vec<Environment>,
}

/// The names of the demos there are.
pub fn names() -> Vec<&'static str> {
    let about = |(path, _): &(&'static str, &str)| path.strip_suffix("/estate.toml");
    embedded::DEMO.iter().filter_map(about).collect()
}

/// Opens a demo whose telemetry moves with `clock`.
///
/// # Errors
/// When there is no demo of that name.
pub fn open(name: &str, clock: Clock) -> Result<Opened, SourceError> {
    let estate = estate(name)?;
    let recording = parsed(name, "telemetry.toml", Recording::parse)?;
    let telemetry = DemoTelemetry::new(recording, Arc::new(estate.clone()), clock);
    Ok(Opened { estate, telemetry: Some(Arc::new(telemetry)) })
}

fn estate(name: &str) -> Result<Estate, SourceError> {
    let about: About = parsed(name, "estate.toml", |text| toml::from_str(text).map_err(|error| error.to_string()))?;
    let mut files = Vec::new();
    for (path, text) in embedded::DEMO {
        let below = path.strip_prefix(name).and_then(|rest| rest.strip_prefix('/'));
        if let Some(below) = below.filter(|below| is_json(below)) {
            let file = cli_dump::parse(PathBuf::from(below), text);
            files.push(file.map_err(|message| SourceError::input(Path::new(path), message))?);
        }
    }
    let mut estate = cli_dump::load(&files);
    for shard in &mut estate.shards {
        shard.provenance.taken_at = Some(about.taken_at);
        shard.provenance.caller = Some(about.caller.clone());
    }
    estate.origin = Origin {
        source: SourceKind::Demo,
        label: about.title,
        taken_at: Some(about.taken_at),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
    };
    estate.environments = about.environments;
    Ok(estate)
}

fn is_json(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|kind| kind == "json")
}

/// One of a demo's own files, read.
fn parsed<T>(name: &str, file: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, SourceError> {
    let wanted = format!("{name}/{file}");
    let text = embedded::DEMO.iter().find(|(path, _)| *path == wanted).map(|(_, text)| *text);
    let missing = || SourceError::Usage(format!("there is no demo `{name}`; there are: {}", names().join(", ")));
    parse(text.ok_or_else(missing)?).map_err(|message| SourceError::input(Path::new(&wanted), message))
}
