//! The dashboard: what the program does without a command.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::packs::PackArgs;
use super::source::environments;
use super::{Exit, Failure, SourceArgs};
use crate::audit::{self, Options};
use crate::clock;
use crate::config::Variables;
use crate::tui::{self, Abilities, RuleText, Start};

/// Opens the dashboard on the estate the flags name.
pub(super) fn run(source: &SourceArgs) -> Result<Exit, Failure> {
    let config = source.config()?;
    let packs = PackArgs::default().load()?;
    let opened = source.open(&config, false)?;
    let environments = environments(&config, &opened.estate);
    let audit = audit::run(&opened.estate, &environments, &packs, Options::default());
    let rules = packs.iter().flat_map(|pack| &pack.rules);
    let start = Start {
        source_label: opened.estate.origin.label.clone(),
        estate: Arc::new(opened.estate),
        environments,
        audit: Arc::new(audit),
        rules: rules.map(|rule| (rule.meta.id.clone(), RuleText::from(&rule.meta))).collect::<BTreeMap<_, _>>(),
        telemetry: opened.telemetry,
        theme: config.theme.map(|setting| setting.value),
        abilities: abilities(&Variables::read()),
        now: clock::now,
    };
    tui::run(start).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Exit::Clean)
}

fn abilities(variables: &Variables) -> Abilities {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (term, colorterm, locale) = (text(&variables.term), text(&variables.colorterm), text(&variables.locale));
    Abilities::detect(&term, &colorterm, &locale, variables.no_color)
}
