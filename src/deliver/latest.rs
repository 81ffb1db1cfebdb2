//! `latest.json`: which report of an environment is the newest. It is the only object that is ever replaced, and only
//! by a newer one.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// Its name, in the folder of the environment.
pub const NAME: &str = "latest.json";
/// More than this is no `latest.json`.
pub const LARGEST: usize = 1 << 20;

/// Clocks may differ by this much.
const SKEW: SignedDuration = SignedDuration::from_hours(24);

const FORMAT: &str = "bartizan-latest";
const VERSION: u32 = 1;

/// What has to be known of one to tell which of two is the newer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Latest {
    /// When the account was read.
    pub read_at: Timestamp,
    /// When the report was made.
    pub made_at: Timestamp,
    /// All of it: of two of the same time the greater stays, whoever comes first.
    #[serde(skip)]
    page: Vec<u8>,
}

impl Latest {
    /// Reads one.
    ///
    /// # Errors
    /// When it is not one that this version may replace.
    pub fn read(page: Vec<u8>) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        let stranger = "what is there is not Bartizan's: nothing was overwritten";
        let head: Head = serde_json::from_slice(&page).map_err(|_| stranger.to_owned())?;
        if head.format != FORMAT {
            return Err(stranger.to_owned());
        }
        if head.version > VERSION {
            return Err(format!("what is there is of a newer version ({}): nothing was overwritten", head.version));
        }
        let damaged = |_| "what is there is damaged: nothing was overwritten".to_owned();
        let read: Self = serde_json::from_slice(&page).map_err(damaged)?;
        Ok(Self { page, ..read })
    }

    /// All of it.
    #[must_use]
    pub fn page(&self) -> &[u8] {
        &self.page
    }

    /// Whether it takes the place of `other`. One that claims to come from the future is not newer: a clock was wrong
    /// then.
    #[must_use]
    pub fn replaces(&self, other: &Self, now: Timestamp) -> bool {
        let horizon = now.saturating_add(SKEW).unwrap_or(Timestamp::MAX);
        if self.read_at <= horizon && other.read_at > horizon { self != other } else { self > other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latest(read_at: &str, more: &str) -> Latest {
        let page = format!(
            "{{\"format\": \"bartizan-latest\", \"version\": 1, \"read_at\": \"{read_at}\", \
             \"made_at\": \"2026-11-21T18:05:00Z\", \"more\": \"{more}\"}}"
        );
        Latest::read(page.into_bytes()).expect("one of ours")
    }

    #[test]
    fn only_a_newer_report_takes_the_place() {
        let now = "2026-11-22T00:00:00Z".parse().expect("a time");
        let (older, ours) = (latest("2026-11-21T17:59:59Z", "a"), latest("2026-11-21T18:00:00Z", "a"));
        assert!(ours.replaces(&older, now) && !older.replaces(&ours, now) && !ours.replaces(&ours, now));
        let other = latest("2026-11-21T18:00:00Z", "b");
        assert!(other.replaces(&ours, now) && !ours.replaces(&other, now), "two of one time agree on who stays");
        let future = latest("2027-01-01T00:00:00Z", "a");
        assert!(ours.replaces(&future, now), "a clock was wrong");
        let ahead = latest("2026-11-22T01:00:00Z", "a");
        assert!(!ours.replaces(&ahead, now), "clocks differ a little");
    }

    #[test]
    fn strangers_are_left_alone() {
        let newer = "{\"format\": \"bartizan-latest\", \"version\": 2}";
        let damaged = "{\"format\": \"bartizan-latest\", \"version\": 1, \"read_at\": \"yesterday\"}";
        for (page, why) in [
            ("", "not Bartizan's"),
            ("{}", "not Bartizan's"),
            ("{\"format\": \"other\", \"version\": 1}", "not Bartizan's"),
            (newer, "newer version"),
            (damaged, "damaged"),
        ] {
            assert!(Latest::read(page.into()).expect_err(page).contains(why), "{page}");
        }
    }
}
