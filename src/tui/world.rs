//! What all panels look at: the estate, the verdicts, the alarms, and what is selected among them. Text from outside
//! is made safe here, once.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::alarms::Alarms;
use super::choices::Choices;
use super::rule::RuleText;
use super::subnets::{SubnetRow, Subnets};
use super::verdict::Verdicts;
use super::widget::text::clean;
use super::{Past, Start};
use crate::audit::{Audit, Finding, MissingRead, Trend};
use crate::model::{Attribution, Environment, Estate, ResourceKey, Tier, UNATTRIBUTED};
use crate::telemetry::Budget;

/// What all panels look at.
#[derive(Debug)]
pub(crate) struct World {
    /// What was read.
    pub(crate) estate: Arc<Estate>,
    /// The verdicts.
    pub(crate) audit: Arc<Audit>,
    /// What each rule says about itself.
    pub(crate) rules: BTreeMap<String, RuleText>,
    /// The environments.
    pub(crate) environments: Vec<Environment>,
    /// Which resource belongs to which.
    pub(crate) attribution: Attribution,
    /// A line per finding, and how many there are.
    pub(crate) verdicts: Verdicts,
    /// The alarms.
    pub(crate) alarms: Alarms,
    /// The VPCs with their subnets and what is in them.
    pub(crate) subnets: Subnets,
    /// What a history tells.
    pub(crate) history: Past,
    /// The findings that have been open for more than a week, by their ids: their indices in the audit.
    pub(crate) late: BTreeMap<String, usize>,
    /// What the ends of a path are chosen from; `None` until somebody wants to choose.
    pub(crate) choices: Option<Choices>,
    /// What is selected.
    pub(crate) selected: Selected,
    /// The time of the latest message.
    pub(crate) now: Timestamp,
    /// What the telemetry was asked and what that cost; nothing when there is no telemetry.
    pub(crate) budget: Option<Budget>,
    /// How many questions were asked.
    pub(crate) asked: u64,
    /// Where the estate came from, in the user's words.
    pub(crate) source: String,
}

/// Of a part that the history does not tell of.
static NO_TREND: Trend = Trend::NONE;

/// What is selected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Selected {
    /// Which part of the estate.
    pub(crate) part: Part,
    /// The finding whose detail is shown, by its index in the audit.
    pub(crate) finding: Option<usize>,
    /// The subnet whose detail is shown, by its index in [`Subnets`].
    pub(crate) subnet: Option<usize>,
    /// Which of these the detail is about.
    pub(crate) about: About,
}

/// What the detail is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum About {
    /// The selected finding.
    #[default]
    Finding,
    /// The selected subnet.
    Subnet,
}

/// A part of the estate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// All of it.
    #[default]
    All,
    /// An environment, by its index.
    Environment(usize),
    /// What belongs to no environment.
    Unattributed,
}

impl Part {
    /// Whether something that belongs to an environment, or to none, is in this part.
    pub(crate) fn holds(self, environment: Option<usize>) -> bool {
        match self {
            Self::All => true,
            Self::Environment(index) => environment == Some(index),
            Self::Unattributed => environment.is_none(),
        }
    }
}

impl World {
    /// The world as it is at the start.
    pub(crate) fn new(start: Start, now: Timestamp) -> Self {
        let Start { estate, mut environments, audit, rules, telemetry, source_label, past, .. } = start;
        for name in audit.findings.iter().filter_map(|finding| finding.environment.as_ref()) {
            if !environments.iter().any(|environment| environment.name == *name) {
                environments.push(Environment { name: name.clone(), ..Environment::default() });
            }
        }
        let attribution = Attribution::new(&estate, &environments);
        let verdicts = Verdicts::new(&audit, &environments, &attribution);
        let alarms = Alarms::new(&estate, &environments, &attribution, telemetry.is_some());
        let subnets = Subnets::new(&estate, &environments, &attribution);
        let budget = telemetry.as_ref().map(|telemetry| telemetry.budget());
        let late = past.late(&audit);
        let source = clean(&source_label);
        let selected = Selected::default();
        Self {
            estate,
            audit,
            rules,
            environments,
            attribution,
            verdicts,
            alarms,
            subnets,
            history: past.cleaned(),
            late,
            choices: None,
            selected,
            now,
            budget,
            asked: 0,
            source,
        }
    }

    /// Every part that can be selected, in the order of the list.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let environments = (0..self.environments.len()).map(Part::Environment);
        [Part::All].into_iter().chain(environments).chain([Part::Unattributed]).collect()
    }

    /// What a part is called.
    pub(crate) fn part_name(&self, part: Part) -> String {
        match part {
            Part::All => "everything".to_owned(),
            Part::Environment(index) => self.environment_name(Some(index)),
            Part::Unattributed => UNATTRIBUTED.to_owned(),
        }
    }

    /// What an environment is called.
    pub(crate) fn environment_name(&self, environment: Option<usize>) -> String {
        let found = environment.and_then(|index| self.environments.get(index));
        found.map_or_else(|| UNATTRIBUTED.to_owned(), |environment| clean(&environment.name))
    }

    /// How the findings of the selected part stand over time.
    pub(crate) fn past(&self) -> &Trend {
        let environment = match self.selected.part {
            Part::All => return &self.history.all,
            Part::Environment(index) => self.environments.get(index).map_or("", |environment| &environment.name),
            Part::Unattributed => "",
        };
        self.history.parts.get(environment).unwrap_or(&NO_TREND)
    }

    /// How much a part matters, when it is one environment.
    pub(crate) fn tier(&self, part: Part) -> Option<Tier> {
        match part {
            Part::Environment(index) => self.environments.get(index).map(Environment::tier),
            Part::All | Part::Unattributed => None,
        }
    }

    /// The environment a resource belongs to.
    pub(crate) fn environment_of(&self, key: &ResourceKey) -> Option<usize> {
        let name = self.attribution.get(key)?;
        self.environments.iter().position(|environment| environment.name == name)
    }

    /// The finding whose detail is shown.
    pub(crate) fn finding(&self) -> Option<&Finding> {
        self.audit.findings.get(self.selected.finding?)
    }

    /// The subnet whose detail is shown.
    pub(crate) fn subnet(&self) -> Option<&SubnetRow> {
        self.subnets.rows.get(self.selected.subnet?)
    }

    /// How many things are not known that should be.
    pub(crate) fn gaps(&self) -> usize {
        let unread = self.estate.gaps().count() + self.never_read().count();
        unread + self.estate.not_understood.len() + self.audit.errors.len()
    }

    /// What rules needed and nobody tried to read.
    pub(crate) fn never_read(&self) -> impl Iterator<Item = &MissingRead> {
        let tried = |missing: &&MissingRead| {
            let shard = self.estate.shard(&missing.account, &missing.region);
            shard.is_some_and(|shard| shard.gaps.contains(&missing.gap))
        };
        self.audit.coverage.missing.iter().filter(move |missing| !tried(missing))
    }
}
