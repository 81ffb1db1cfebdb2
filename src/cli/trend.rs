//! How findings stand over time, for a report of the audit at hand.

use super::only::Only;
use crate::audit::{Audit, Side, Trend};
use crate::history::{Filter, History, HistoryError, Run};

/// What the history tells of the accounts of a run and of what `--env` leaves, with the run as its latest: one that is
/// not recorded yet, or was as the run of that number. Ages are those at the time of reading, so that the same reading gives the same report. A history that cannot
/// tell keeps no report back: the trend says why.
pub(super) fn trend(
    history: &History,
    (run, side): (&Run, &Side),
    recorded: Option<i64>,
    (audit, only): (&Audit, Option<Only<'_>>),
) -> Trend {
    let environment = only.map(|only| match only {
        Only::Environment(name) => name.to_owned(),
        Only::Unattributed => String::new(),
    });
    let filter = Filter { environment, accounts: Some(run.accounts.clone()) };
    let told = |error: &HistoryError| format!("This audit is not in the trend: {error}.");
    let mut trend = match history.trend_with((run, side), recorded, &filter) {
        Ok(trend) => trend,
        // What is known of later runs says nothing of this one.
        Err(error @ HistoryError::Older { .. }) => return Trend { notes: vec![told(&error)], ..Trend::default() },
        Err(error) => {
            let mut before = history.trend(&filter, run.at).unwrap_or_default();
            before.notes.push(told(&error));
            return before;
        }
    };
    if let Some(only) = only {
        trend.notes.push(format!("Only findings of {}.", only.name()));
        let failing = audit.findings.iter().filter(|finding| finding.status.is_fail()).count();
        let more = failing.saturating_sub(trend.total().saturating_sub(trend.unseen));
        if more > 0 {
            trend
                .notes
                .push(format!("Findings here that are not in it, as it could not be told where they belong: {more}."));
        }
    }
    trend
}
