//! What an audit is compared with, and whether it is recorded.

use std::path::Path;

use clap::Args;

use super::history::HistoryArgs;
use super::only::Only;
use super::{Failure, SourceArgs, output, trend};
use crate::audit::{Audit, Comparison, Pack, Side, Trend};
use crate::clock;
use crate::config::Config;
use crate::history::{History, Run};
use crate::model::Estate;
use crate::report;

/// Flags of an audit that look back or ahead.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct BaselineArgs {
    /// Fail only on findings that are new since this JSON report, or worse than in it; `last` is what the history
    /// knows of the same accounts
    #[arg(long, value_name = "FILE|last")]
    baseline: Option<String>,
    #[command(flatten)]
    record: RecordArgs,
}

/// Flags that say whether the run is recorded, and where.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct RecordArgs {
    /// Record the run in the history, whatever --env leaves of it
    #[arg(long, overrides_with = "no_record")]
    record: bool,
    /// Do not record the run, although the configuration says so
    #[arg(long, overrides_with = "record")]
    no_record: bool,
    #[command(flatten)]
    history: HistoryArgs,
}

impl RecordArgs {
    /// Whether the run is to be recorded; `usual` is what holds when nobody says anything.
    pub(super) fn wanted(&self, config: &Config, usual: bool) -> bool {
        let configured = config.record.as_ref().is_some_and(|record| record.value);
        self.record || ((usual || configured) && !self.no_record)
    }

    /// Opens the history, when the run is recorded in it or compared with what is in it, as `last` says. That is done
    /// before anything is read, so that the audit is not for nothing.
    pub(super) fn open(
        &self,
        config: &Config,
        record: bool,
        last: Result<(), &'static str>,
    ) -> Result<Option<History>, Failure> {
        match (record, last) {
            (true, _) => Ok(Some(History::create(&self.history.file(config)?)?)),
            (false, Ok(())) => Ok(Some(History::open(&self.history.file(config)?)?)),
            (false, Err(flag)) if self.history.history.is_some() => {
                Err(Failure::usage(format!("--history says where the history is: add --record, or {flag}")))
            }
            (false, Err(_)) => Ok(None),
        }
    }
}

/// What was found before the audit begins, so that it is not for nothing.
#[derive(Debug)]
pub(super) struct Baseline {
    earlier: Earlier,
    history: Option<History>,
    record: bool,
    live: bool,
}

/// What there is to compare with.
#[derive(Debug)]
enum Earlier {
    Nothing,
    Report(Side),
    Last,
}

impl BaselineArgs {
    /// Reads the report, or opens the history.
    pub(super) fn prepare(&self, config: &Config, source: &SourceArgs) -> Result<Baseline, Failure> {
        let earlier = match self.baseline.as_deref() {
            None => Earlier::Nothing,
            Some("last") => Earlier::Last,
            Some(file) => Earlier::Report(report::read(Path::new(file)).map_err(Failure::usage)?),
        };
        let record = self.record.wanted(config, false);
        let last = if matches!(earlier, Earlier::Last) { Ok(()) } else { Err("--baseline last") };
        let history = self.record.open(config, record, last)?;
        let live = source.from.is_none();
        Ok(Baseline { earlier, history, record, live })
    }
}

impl Baseline {
    /// Compares an audit of all environments, records it, and tells what changed. What is recorded is what the
    /// comparison was made with: the audit as it is before `--env` takes anything away.
    pub(super) fn compare(
        &self,
        audit: &Audit,
        estate: &Estate,
        packs: &[Pack],
    ) -> Result<Option<(Comparison, Side)>, Failure> {
        if matches!(self.earlier, Earlier::Nothing) && !self.record {
            return Ok(None);
        }
        let now = Side::new(estate.origin.label.clone(), audit, estate, packs);
        let comparison = match &self.earlier {
            Earlier::Nothing => Comparison::default(),
            Earlier::Report(earlier) => Comparison::new(earlier, &now),
            Earlier::Last => Comparison::new(&self.last(estate)?, &now),
        };
        Ok(Some((comparison, now)))
    }

    /// Whether there is anything to compare with.
    pub(super) fn compares(&self) -> bool {
        !matches!(self.earlier, Earlier::Nothing)
    }

    /// What the history knows; of accounts it never saw it knows nothing, and everything is new.
    fn last(&self, estate: &Estate) -> Result<Side, Failure> {
        let Some(history) = &self.history else { return Ok(Side::default()) };
        let last = history.last(&self.run(estate))?;
        let label = format!("nothing: the history {} holds no run of these accounts", history.path().display());
        Ok(last.unwrap_or(Side { label, ..Side::default() }))
    }

    /// How findings stand over time, this audit included, when there is a history.
    pub(super) fn trend(&self, estate: &Estate, now: &Side, left: (&Audit, Option<Only<'_>>)) -> Option<Trend> {
        let history = self.history.as_ref()?;
        let run = self.run(estate);
        (!run.accounts.is_empty()).then(|| trend::trend(history, (&run, now), None, left))
    }

    /// Records the audit, when it is to be.
    pub(super) fn record(&mut self, estate: &Estate, now: &Side) -> Result<(), Failure> {
        let run = self.run(estate);
        let Some(history) = self.history.as_mut().filter(|_| self.record) else { return Ok(()) };
        if run.accounts.is_empty() {
            output::err("not recorded: nothing was read");
            return Ok(());
        }
        history.record(&run, now)?;
        Ok(())
    }

    fn run(&self, estate: &Estate) -> Run {
        Run::new(estate, self.live, clock::now())
    }
}
