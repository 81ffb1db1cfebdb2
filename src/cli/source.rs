//! The flags that say which estate a command works on; every command takes them.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::Failure;
use crate::clock;
use crate::config::{Config, Setting, Variables};
use crate::model::text::shell;
use crate::model::{Environment, Estate};
use crate::source::{self, Opened};

/// Which estate to work on: a live account unless `--from` or `--demo` is given.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Source")]
pub(super) struct SourceArgs {
    /// Use an embedded demo estate: no account, no network; marked DEMO
    #[arg(long, global = true, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_missing_value = source::demo::DEFAULT, value_parser = PossibleValuesParser::new(source::demo::names()),
          conflicts_with_all = ["from", "profile", "region"])]
    pub(super) demo: Option<String>,
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

impl SourceArgs {
    /// The flags that were given, with their values.
    pub(super) fn given(&self) -> Vec<(&'static str, String)> {
        let path = |path: &PathBuf| path.display().to_string();
        let demo = self.demo.clone().map(|name| ("--demo", name));
        let from = self.from.as_ref().map(|from| ("--from", path(from)));
        let profile = self.profile.clone().map(|name| ("--profile", name));
        let regions = self.region.iter().map(|region| ("--region", region.clone()));
        let config = self.config.as_ref().map(|config| ("--config", path(config)));
        demo.into_iter().chain(from).chain(profile).chain(regions).chain(config).collect()
    }

    /// The configuration, with these flags on top.
    pub(super) fn config(&self) -> Result<Config, Failure> {
        let mut config = Config::load(self.config.as_deref(), &Variables::read())
            .map_err(|error| Failure::usage(error.to_string()))?;
        if let Some(profile) = &self.profile {
            config.profile = Some(Setting::flag("--profile", profile.clone()));
        }
        if !self.region.is_empty() {
            config.regions = Some(Setting::flag("--region", self.region.clone()));
        }
        Ok(config)
    }

    /// Opens the estate these flags name; a `quiet` read shows no progress.
    pub(super) fn open(&self, config: &Config, quiet: bool) -> Result<Opened, Failure> {
        if let Some(name) = &self.demo {
            return Ok(source::demo::open(name, Arc::new(clock::now))?);
        }
        if let Some(path) = &self.from {
            return Ok(source::from_path(path)?);
        }
        live(config, quiet)
    }
}

/// Flags as a shell takes them, each behind a space.
pub(super) fn typed(flags: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let typed = flags.into_iter().map(|(flag, value)| match flag {
        "--demo" if value == source::demo::DEFAULT => format!(" {flag}"),
        "--demo" => format!(" {flag}={}", shell(&value)),
        _ => format!(" {flag} {}", shell(&value)),
    });
    typed.collect()
}

/// The environments in force: the configured ones, else those the source declares, else the usual ones.
pub(super) fn environments(config: &Config, estate: &Estate) -> Vec<Environment> {
    let declared = [&config.environments, &estate.environments].into_iter().find(|declared| !declared.is_empty());
    declared.map_or_else(Environment::usual, Clone::clone)
}

#[cfg(feature = "aws")]
fn live(config: &Config, quiet: bool) -> Result<Opened, Failure> {
    use crate::source::{live, progress};

    let options = live::LiveOptions {
        profile: config.profile.as_ref().map(|profile| profile.value.clone()),
        regions: config.regions.as_ref().map(|regions| regions.value.clone()).unwrap_or_default(),
    };
    let progress = if quiet { Box::new(progress::Quiet) } else { progress::on_stderr() };
    Ok(super::runtime()?.block_on(live::open(options, progress.as_ref()))?)
}

#[cfg(not(feature = "aws"))]
fn live(_: &Config, _: bool) -> Result<Opened, Failure> {
    Err(Failure::usage("this build cannot read an account (it lacks the feature `aws`): use --from PATH or --demo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_can_be_typed_again() {
        let source = SourceArgs {
            from: Some("a b/it's".into()),
            region: vec!["eu-west-1".into(), "all".into()],
            ..SourceArgs::default()
        };
        assert_eq!(typed(source.given()), r" --from 'a b/it'\''s' --region eu-west-1 --region all");
        let demo = |name: &str| typed(SourceArgs { demo: Some(name.into()), ..SourceArgs::default() }.given());
        assert_eq!((demo(source::demo::DEFAULT).as_str(), demo("ror-2").as_str()), (" --demo", " --demo=ror-2"));
        assert_eq!(typed([("--pack", String::new())]), " --pack ''");
    }
}
