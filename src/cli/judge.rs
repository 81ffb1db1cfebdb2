//! What `bartizan audit` and `bartizan report` have in common: which rules and waivers, what `--env` leaves, and how
//! the run ends.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::only::Only;
use super::packs::PackArgs;
use super::waivers::{self, WaiverArgs};
use super::{Exit, Failure};
use crate::audit::{Audit, Comparison, Finding, Pack, Severity};
use crate::config::Config;
use crate::model::{Environment, Estate, Index, Kind, undetermined};
use crate::report::{Format, Report, Summary};

/// Flags that say what an estate is judged by.
#[derive(Debug, Args)]
pub(super) struct JudgeArgs {
    #[command(flatten)]
    pub(super) packs: PackArgs,
    #[command(flatten)]
    waivers: WaiverArgs,
    /// Exit with 1 when there is a finding of this severity or a worse one [default: high]
    #[arg(long, value_name = "SEVERITY", value_parser = severities())]
    fail_on: Option<Severity>,
    /// Exit with 0 although something could not be decided
    #[arg(long)]
    pub(super) allow_unknown: bool,
}

/// The severities as values of a flag.
pub(super) fn severities() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::word)).try_map(|word| word.parse::<Severity>())
}

impl JudgeArgs {
    /// The severity from which a finding fails the audit: as the flag says, else the configuration, else high.
    pub(super) fn fail_on(&self, config: &Config) -> Result<Severity, Failure> {
        if let Some(severity) = self.fail_on {
            return Ok(severity);
        }
        let Some(setting) = &config.fail_on else { return Ok(Severity::High) };
        setting.value.parse().map_err(|told: String| Failure::usage(format!("{}: fail_on: {told}", setting.origin)))
    }

    /// Judges an estate, with waivers considered.
    pub(super) fn audit(
        &self,
        config: &Config,
        judged: (&Estate, &[Environment]),
        packs: &[Pack],
    ) -> Result<Audit, Failure> {
        waivers::audit(self.waivers.file(config), judged, packs, &self.packs)
    }

    /// The flags that choose rules and waivers, with their values.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.packs.given().into_iter().chain(self.waivers.given())
    }
}

/// Leaves of an audit, and of what changed, what is about one environment.
pub(super) fn narrow(
    audit: &mut Audit,
    comparison: Option<&mut Comparison>,
    only: Only<'_>,
    estate: &Estate,
) -> Result<(), Failure> {
    keep(audit, only, estate);
    if let Some(since) = comparison {
        since.narrow(audit, |environment| only.leaves(environment, || true));
    }
    // An environment that nothing belongs to would pass every audit; that nothing belongs to none is as it should be.
    if let Only::Environment(name) = only
        && audit.findings.iter().all(|finding| finding.subject.key.kind == Kind::Waiver)
    {
        let message = format!("no resource that a rule judges belongs to `{name}`: check its selectors");
        return Err(Failure::usage(message));
    }
    Ok(())
}

/// Leaves the findings of one environment, and those that may be its: what could not be read, and resources whose
/// environment could not be told because their tags, or what they inherit it from, could not be read.
pub(super) fn keep(audit: &mut Audit, only: Only<'_>, estate: &Estate) {
    let index = Index::new(estate);
    let may_be = |finding: &Finding| {
        let key = &finding.subject.key;
        let found = estate.shard(&key.account, &key.region).zip(index.get(key));
        found.is_none_or(|(shard, resource)| undetermined(shard, resource))
    };
    audit.findings.retain(|finding| only.leaves(finding.environment.as_deref(), || may_be(finding)));
}

/// The report in a format. Of a format that is no text, nothing is not a report.
pub(super) fn rendered(format: Format, report: &Report<'_>) -> Result<Vec<u8>, Failure> {
    let bytes = format.render(report);
    if bytes.is_empty() && !format.is_text() {
        return Err(Failure::usage(format!("the report cannot be written as {}: it is too large", format.word())));
    }
    Ok(bytes)
}

/// How the run ends when so many findings fail it. A finding at or above the threshold says more than an incomplete
/// audit; a broken rule is mended by its writer, not by another permission, so no flag accepts it.
pub(super) fn exit(failing: usize, summary: &Summary, report: &Report<'_>, allow_unknown: bool) -> Exit {
    let incomplete = summary.unknown > 0 || report.estate.shards.is_empty();
    if failing > 0 {
        Exit::Findings
    } else if !report.audit.errors.is_empty() {
        Exit::Usage
    } else if incomplete && !allow_unknown {
        Exit::Incomplete
    } else {
        Exit::Clean
    }
}
