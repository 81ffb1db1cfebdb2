//! Whether the latest report is young enough: what a monitoring system asks.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use super::shelf::{SUMMARY, Shelf};

/// Clocks of two machines may differ by this much.
const CLOCKS: SignedDuration = SignedDuration::from_mins(1);

/// What the latest report of an environment is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// Young enough: this old.
    Fresh(SignedDuration),
    /// Too old.
    Stale(SignedDuration),
    /// From the future by this much: a clock is or was wrong.
    Future(SignedDuration),
    /// There is none, or it is not whole: why.
    Missing(String),
}

/// Reads an age such as `26h`, `90d` or `1d 12h`; a day is 24 hours.
///
/// # Errors
/// When it is none.
pub fn age(text: &str) -> Result<SignedDuration, String> {
    let told = || "write an age such as 26h, 90m or 7d".to_owned();
    let span: Span = text.parse().map_err(|_| told())?;
    let age = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| told())?;
    if age.is_positive() { Ok(age) } else { Err(told()) }
}

/// Holds the latest report on a shelf against an age. It counts from when the account was read, and only a report that
/// is there with all its files counts.
#[must_use]
pub fn fresh(shelf: &Shelf, most: SignedDuration, now: Timestamp) -> Freshness {
    let Some(latest) = shelf.latest() else {
        return Freshness::Missing("there is no report".to_owned());
    };
    let lost = latest.files.iter().find(|file| !shelf.holds("", file));
    if let Some(lost) = lost {
        let why = if lost.name.ends_with(SUMMARY) { "its summary" } else { "a file" };
        return Freshness::Missing(format!("{why} is missing or was changed: {}", lost.name));
    }
    let old = now.duration_since(latest.read_at);
    if old < -CLOCKS {
        Freshness::Future(-old)
    } else if old < most {
        Freshness::Fresh(old.max(SignedDuration::ZERO))
    } else {
        Freshness::Stale(old)
    }
}
