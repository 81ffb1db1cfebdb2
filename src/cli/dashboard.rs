//! The dashboard: what the program does without a command.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clap::Args;

use super::color::ColorArgs;
use super::history::HistoryArgs;
use super::packs::PackArgs;
use super::source::{environments, typed};
use super::waivers::{self, WaiverArgs};
use super::{Exit, Failure, SourceArgs};
use crate::audit::Trend;
use crate::clock;
use crate::config::{Config, Setting, Variables};
use crate::history::{Filter, History, HistoryError, Run};
use crate::model::{Environment, Estate};
use crate::tui::{self, Abilities, Past, RuleText, Start, TuiError};

/// Flags of the dashboard.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Dashboard")]
pub(super) struct DashboardArgs {
    /// Begin with this theme
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
}

impl DashboardArgs {
    /// The first of these flags that was given.
    pub(super) fn given(&self) -> Option<&'static str> {
        self.theme.as_ref().map(|_| "--theme")
    }
}

/// Opens the dashboard on the estate the flags name.
pub(super) fn run(args: &DashboardArgs, source: &SourceArgs, color: ColorArgs) -> Result<Exit, Failure> {
    let mut config = source.config()?;
    if let Some(theme) = &args.theme {
        config.theme = Some(Setting::flag("--theme", theme.clone()));
    }
    let pack_args = PackArgs::default();
    let packs = pack_args.load()?;
    let opened = source.open(&config, false)?;
    let environments = environments(&config, &opened.estate);
    let estate = (&opened.estate, environments.as_slice());
    let audit = waivers::audit(WaiverArgs::default().file(&config), estate, &packs, &pack_args)?;
    let past = past(&config, source, &opened.estate, &environments);
    let rules = packs.iter().flat_map(|pack| &pack.rules);
    let start = Start {
        source_label: opened.estate.origin.label.clone(),
        estate: Arc::new(opened.estate),
        environments,
        audit: Arc::new(audit),
        rules: rules.map(|rule| (rule.meta.id.clone(), RuleText::from(&rule.meta))).collect::<BTreeMap<_, _>>(),
        telemetry: opened.telemetry,
        past,
        theme: config.theme.as_ref().map(|theme| theme.value.clone()),
        abilities: abilities(&Variables::read(), color),
        now: clock::now,
    };
    tui::run(start).map_err(|error| match (&error, &config.theme) {
        (TuiError::UnknownTheme { .. }, Some(theme)) => Failure::usage(format!("{}: {error}", theme.origin)),
        _ => Failure::usage(error.to_string()),
    })?;
    Ok(Exit::Clean)
}

fn abilities(variables: &Variables, color: ColorArgs) -> Abilities {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (term, colorterm, locale) = (text(&variables.term), text(&variables.colorterm), text(&variables.locale));
    Abilities::detect(&term, &colorterm, &locale, color.forbids(variables))
}

/// What the usual history tells of the accounts of an estate, for the dashboard. One that is not there yet is none;
/// one that cannot be read keeps the dashboard from nothing else.
fn past(config: &Config, source: &SourceArgs, estate: &Estate, environments: &[Environment]) -> Past {
    let begin = format!("bartizan audit{} --record", typed(source.given()));
    let past = Past { begin, ..Past::default() };
    let Ok(path) = HistoryArgs::default().file(config) else { return past };
    match History::open(&path).and_then(|history| tell(&history, estate, environments)) {
        Ok((all, parts)) => Past { all, parts, ..past },
        Err(HistoryError::Absent(_)) => past,
        Err(error) => Past { trouble: Some(error.to_string()), ..past },
    }
}

/// How all findings of an estate stand, and those of each environment.
fn tell(
    history: &History,
    estate: &Estate,
    environments: &[Environment],
) -> Result<(Trend, BTreeMap<String, Trend>), HistoryError> {
    let now = clock::now();
    let accounts = Run::new(estate, true, now).accounts;
    if accounts.is_empty() {
        return Ok((Trend::NONE, BTreeMap::new()));
    }
    let of = |environment| history.trend(&Filter { environment, accounts: Some(accounts.clone()) }, now);
    let declared = environments.iter().map(|environment| environment.name.clone());
    let names: BTreeSet<String> = history.environments()?.into_iter().chain(declared).chain([String::new()]).collect();
    let parts = names.into_iter().map(|name| Ok((name.clone(), of(Some(name))?)));
    Ok((of(None)?, parts.collect::<Result<_, HistoryError>>()?))
}
