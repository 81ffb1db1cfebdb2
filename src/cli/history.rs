//! `bartizan history`: the runs that were recorded, and what became of the findings.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::source::SourceArgs;
use super::{Exit, Failure, output};
use crate::audit::{OVERDUE_AFTER, RunLine, Severity, Trend, span};
use crate::clock;
use crate::config::{Config, Variables};
use crate::history::{Delivery, Filter, History, HistoryError};
use crate::model::text::sanitise;

/// The flag that says where the history is.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct HistoryArgs {
    /// Use this history instead of the one the configuration names, or of bartizan/history.db in the user's data
    /// directory
    #[arg(long, value_name = "FILE")]
    pub(super) history: Option<PathBuf>,
}

impl HistoryArgs {
    /// The file, whether or not it is there.
    pub(super) fn file(&self, config: &Config) -> Result<PathBuf, Failure> {
        let usual = || Some(Variables::read().data_home?.join("bartizan/history.db"));
        let named = self.history.clone().or_else(|| config.history.as_ref().map(|file| file.value.clone()));
        let told = "it is not said where the history is kept, and there is no HOME: give --history FILE";
        named.or_else(usual).ok_or_else(|| Failure::usage(told))
    }
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        let exit = if matches!(error, HistoryError::Locked(_)) { Exit::Locked } else { Exit::Usage };
        Self { exit, message: error.to_string() }
    }
}

/// So much of what the last run could not read is told to people.
const UNREAD: usize = 5;

/// Flags of `bartizan history`.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only findings of this environment
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    #[command(flatten)]
    history: HistoryArgs,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: ListFormat,
    /// How many runs to list, the last ones; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    last: usize,
}

/// How a history is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Lists runs and what became of the findings.
pub(super) fn run(args: &ListArgs, source: &SourceArgs) -> Result<Exit, Failure> {
    let config = source.config()?;
    let path = args.history.file(&config)?;
    let history = History::open(&path)?;
    let environments = history.environments()?;
    let environment = args.env.as_ref().map(|name| {
        let known = environments.iter().find(|known| known.eq_ignore_ascii_case(name));
        known.cloned().ok_or_else(|| {
            let known = if environments.is_empty() { "none".to_owned() } else { environments.join(", ") };
            Failure::usage(format!("{}: no finding was in environment `{name}`: there are {known}", path.display()))
        })
    });
    let filter = Filter { environment: environment.transpose()?, ..Filter::default() };
    let mut trend = history.trend(&filter, clock::now())?;
    let all = trend.runs.len();
    if args.last > 0 {
        trend.runs.drain(..all.saturating_sub(args.last));
    }
    let mut failed = history.undelivered()?;
    failed.retain(|delivery| filter.environment.is_none() || delivery.environment == filter.environment);
    let text = match args.format {
        ListFormat::Text => text(&path, &filter, &trend, all) + &undelivered(&failed),
        ListFormat::Json => json(&filter, &trend, &failed),
    };
    output::out(&text)?;
    Ok(Exit::Clean)
}

fn text(path: &Path, filter: &Filter, trend: &Trend, all: usize) -> String {
    let mut page = String::new();
    let of = filter.environment.as_ref().map(|name| format!(", environment {name}")).unwrap_or_default();
    let mut put = |line: &str| {
        let _ = writeln!(page, "{}", sanitise(line).trim_end());
    };
    put(&format!("history {}{of}: {all} runs", path.display()));
    put(&format!(
        "{:>5}  {:16}  {:>4} {:>4} {:>4} {:>4} {:>4}  {:>6} {:>7} {:>7}  {:>4} {:>6}  of",
        "run", "read (UTC)", "crit", "high", "med", "low", "info", "waived", "unknown", "missing", "new", "mended"
    ));
    for run in &trend.runs {
        put(&line(run));
    }
    for unread in trend.unread.iter().take(UNREAD) {
        let why = unread.why.as_deref().unwrap_or("the run did not keep why");
        put(&format!("not read in the last run: {} in {} {}: {why}", unread.action, unread.account, unread.region));
    }
    if trend.unread.len() > UNREAD {
        put(&format!("not read in the last run: {} more", trend.unread.len() - UNREAD));
    }
    put("");
    for (severity, open) in trend.open.iter().rev() {
        let (mean, oldest) = (span(open.mean), span(open.oldest));
        put(&format!("open, {severity}: {}, for {mean} on average, the oldest for {oldest}", open.count));
    }
    if trend.open.is_empty() {
        put("open: none");
    }
    if trend.unseen > 0 {
        put(&format!("open, but not looked at in the last run of its account: {}", trend.unseen));
    }
    for (severity, fixed) in trend.fixed.iter().rev() {
        put(&format!("mended, {severity}: {}, after {} on average", fixed.count, span(fixed.mean)));
    }
    if trend.reopened > 0 {
        put(&format!("came back after it was mended: {}", trend.reopened));
    }
    if !trend.overdue.is_empty() {
        put("open for more than 7 days, by owner:");
    }
    for overdue in &trend.overdue {
        let owner = overdue.owner.as_deref().unwrap_or("nobody");
        let open: Vec<String> =
            overdue.open.iter().rev().map(|(severity, count)| format!("{count} {severity}")).collect();
        let worst = overdue.worst.first().map(|late| late.id.as_str()).unwrap_or_default();
        let (open, oldest) = (open.join(", "), span(overdue.oldest));
        put(&format!("  {owner}: {open}; the oldest for {oldest}; the worst is {worst}"));
    }
    page
}

/// The deliveries that have to be made up for.
fn undelivered(failed: &[Delivery]) -> String {
    let line = |delivery: &Delivery| {
        let of = delivery.environment.as_deref().unwrap_or("the whole estate");
        let at = delivery.at.strftime("%Y-%m-%d %H:%M UTC");
        sanitise(&format!("{of}, {at}: {}", delivery.told)) + "\n"
    };
    failed.iter().map(line).collect()
}

fn line(run: &RunLine) -> String {
    let open = |severity: Severity| run.open.get(&severity).copied().unwrap_or_default();
    let [informational, low, medium, high, critical] = Severity::ALL.map(open);
    let at = run.at.strftime("%Y-%m-%d %H:%M");
    let demo = if run.demo { "DEMO " } else { "" };
    format!(
        "{:>5}  {at}  {critical:>4} {high:>4} {medium:>4} {low:>4} {informational:>4}  {:>6} {:>7} {:>7}  {:>4} {:>6}  {demo}{}",
        run.run, run.waived, run.unknown, run.missing, run.new, run.resolved, run.source
    )
}

fn json(filter: &Filter, trend: &Trend, failed: &[Delivery]) -> String {
    let runs = trend.runs.iter().map(|run| {
        json!({
            "run": run.run,
            "read_at": run.at.to_string(),
            "source": run.source,
            "demo": run.demo,
            "open": counts(&run.open),
            "waived": run.waived,
            "unknown": run.unknown,
            "reads_missing": run.missing,
            "new": run.new,
            "mended": run.resolved,
        })
    });
    let open = trend.open.iter().map(|(severity, open)| {
        let value = json!({"count": open.count, "mean_seconds": open.mean, "oldest_seconds": open.oldest});
        (severity.word().to_owned(), value)
    });
    let fixed = trend.fixed.iter().map(|(severity, fixed)| {
        (severity.word().to_owned(), json!({"count": fixed.count, "mean_seconds": fixed.mean}))
    });
    let overdue = trend.overdue.iter().map(|overdue| {
        json!({
            "owner": overdue.owner,
            "open": counts(&overdue.open),
            "oldest_seconds": overdue.oldest,
            "worst": overdue.worst.first().map(|late| &late.id),
        })
    });
    let unread = trend.unread.iter().map(|unread| {
        json!({"account": unread.account, "region": unread.region, "action": unread.action, "why": unread.why})
    });
    crate::report::json_page(&json!({
        "format": "bartizan-history",
        "version": 1,
        "environment": filter.environment,
        "runs": runs.collect::<Vec<_>>(),
        "unread_in_the_last_run": unread.collect::<Vec<_>>(),
        "open": open.collect::<serde_json::Map<_, _>>(),
        "open_not_seen": trend.unseen,
        "mended": fixed.collect::<serde_json::Map<_, _>>(),
        "overdue_after_seconds": OVERDUE_AFTER,
        "overdue": overdue.collect::<Vec<_>>(),
        "reopened": trend.reopened,
        "undelivered": failed.iter().map(|delivery| json!({
            "environment": delivery.environment,
            "destination": delivery.destination,
            "at": delivery.at.to_string(),
            "told": delivery.told,
        })).collect::<Vec<_>>(),
    }))
}

fn counts(of: &std::collections::BTreeMap<Severity, usize>) -> serde_json::Value {
    Severity::ALL.iter().map(|severity| (severity.word(), of.get(severity).copied().unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_run_that_holds_the_history_has_an_exit_code_of_its_own() {
        let path = || PathBuf::from("h.db");
        assert_eq!(Failure::from(HistoryError::Locked(path())).exit, Exit::Locked);
        assert_eq!(Failure::from(HistoryError::Foreign(path())).exit, Exit::Usage);
    }
}
