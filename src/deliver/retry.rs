//! How often, how long and how patiently something is tried.

use std::time::Duration;

use crate::model::digest;

/// How often, how long and how patiently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// At most this many attempts.
    pub attempts: u32,
    /// How long one attempt may take.
    pub attempt: Duration,
    /// How long all of them may take, with the waiting in between.
    pub deadline: Duration,
    /// The first wait, at most; each further one is twice as long.
    pub first_wait: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 5,
            attempt: Duration::from_secs(10),
            deadline: Duration::from_mins(1),
            first_wait: Duration::from_secs(1),
        }
    }
}

impl Policy {
    /// How long to wait after so many attempts: half of it surely, the rest by chance. The chance is in `key`, so that
    /// one delivery waits the same every time and two do not wait alike.
    #[must_use]
    pub fn wait(&self, attempts: u32, key: &str) -> Duration {
        let whole = self.first_wait.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(self.deadline);
        whole.div_f64(2.0) + whole.div_f64(2.0).mul_f64(jitter(key, attempts))
    }
}

/// A number from 0 to 1 for an attempt.
#[must_use]
pub fn jitter(key: &str, attempt: u32) -> f64 {
    let digest = digest::of_parts([key, &attempt.to_string()]);
    let digits = digest::short(&digest, 8);
    u32::from_str_radix(&digits, 16).map_or(0.0, |number| f64::from(number) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_differ() {
        let policy = Policy::default();
        let waits = |key: &str| [1, 2, 3, 4].map(|attempt| policy.wait(attempt, key));
        for key in ["a", "b", "c"] {
            for (wait, most) in waits(key).into_iter().zip([1, 2, 4, 8]) {
                let most = Duration::from_secs(most);
                assert!((most / 2..=most).contains(&wait), "{key}: {wait:?} of {most:?}");
            }
        }
        assert_eq!(waits("a"), waits("a"));
        assert_ne!(waits("a"), waits("b"));
        assert!(policy.wait(u32::MAX, "a") <= policy.deadline);
    }
}
