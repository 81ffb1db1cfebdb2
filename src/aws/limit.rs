//! How fast an account may be asked: one token bucket per API of EC2 and per other service, which slows down when
//! AWS says so and recovers slowly.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The pace of one account and Region.
#[derive(Debug)]
pub(super) struct Limits {
    start: Instant,
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { start: Instant::now(), buckets: Mutex::default() }
    }
}

impl Limits {
    /// Waits until `action` may be asked.
    pub(super) async fn wait(&self, action: &str) {
        let delay = self.with(action, Bucket::take);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// AWS answered: the pace may rise again.
    pub(super) fn answered(&self, action: &str) {
        self.with(action, |bucket, _| bucket.raise());
    }

    /// AWS refused because of the pace: halve it.
    pub(super) fn throttled(&self, action: &str) {
        self.with(action, Bucket::halve);
    }

    /// How many calls of `action` a second are allowed now.
    #[cfg(test)]
    pub(super) fn rate(&self, action: &str) -> f64 {
        self.with(action, |bucket, _| bucket.rate)
    }

    fn with<T>(&self, action: &str, change: impl FnOnce(&mut Bucket, Duration) -> T) -> T {
        let key = key(action);
        let now = self.start.elapsed();
        let mut buckets: MutexGuard<'_, _> = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        change(buckets.entry(key.to_owned()).or_insert_with(|| Bucket::of(key)), now)
    }
}

/// EC2 counts each API by itself; of the others only the service's name is known to share a limit.
fn key(action: &str) -> &str {
    let service = action.split(':').next().unwrap_or(action);
    if service == "ec2" { action } else { service }
}

#[derive(Debug, Clone, PartialEq)]
struct Bucket {
    capacity: f64,
    /// May be negative: then it is owed to callers already waiting.
    tokens: f64,
    /// Tokens per second now, between [`SLOWEST`] and `fastest`.
    rate: f64,
    fastest: f64,
    /// When `tokens` was counted.
    at: Duration,
}

/// Throttled again and again, one call in two seconds is still made.
const SLOWEST: f64 = 0.5;

impl Bucket {
    fn new(capacity: f64, rate: f64, fastest: f64) -> Self {
        Self { capacity, tokens: capacity, rate, fastest, at: Duration::ZERO }
    }

    /// EC2 publishes its numbers; Route 53 allows five requests a second per account; the rest is the common
    /// experience of those who read many accounts, as a start.
    fn of(key: &str) -> Self {
        match key {
            "route53" => Self::new(5.0, 5.0, 5.0),
            "cloudfront" => Self::new(10.0, 5.0, 5.0),
            "s3" => Self::new(50.0, 50.0, 200.0),
            ec2 if ec2.starts_with("ec2:") => Self::new(100.0, 20.0, 20.0),
            _ => Self::new(10.0, 10.0, 40.0),
        }
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(self.capacity);
        self.at = now;
    }

    /// Takes a token, which may still have to arrive: how long to wait for it.
    fn take(&mut self, now: Duration) -> Duration {
        self.refill(now);
        self.tokens -= 1.0;
        Duration::from_secs_f64((-self.tokens).max(0.0) / self.rate)
    }

    fn raise(&mut self) {
        self.rate = (self.rate + 0.1).min(self.fastest);
    }

    fn halve(&mut self, now: Duration) {
        self.refill(now);
        self.rate = (self.rate / 2.0).max(SLOWEST);
        self.tokens = self.tokens.min(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn a_burst_is_free_and_then_callers_queue() {
        let mut bucket = Bucket::of("ec2:DescribeVpcs");
        let waits: Vec<_> = (0..103).map(|_| bucket.take(ms(0))).collect();
        assert_eq!(waits[99], ms(0));
        assert_eq!(waits[100..], [ms(50), ms(100), ms(150)]);
        assert_eq!(bucket.take(ms(200)), ms(0), "four tokens arrived in 200 ms");
    }

    #[test]
    fn a_full_bucket_holds_no_more_than_its_capacity() {
        let mut bucket = Bucket::of("route53");
        bucket.refill(Duration::from_hours(1));
        assert!((bucket.tokens - 5.0).abs() < f64::EPSILON);
    }

    #[test]
    fn throttling_halves_the_pace_and_answers_raise_it_slowly() {
        let mut bucket = Bucket::of("rds");
        bucket.halve(ms(0));
        assert!((bucket.rate - 5.0).abs() < f64::EPSILON);
        assert_eq!(bucket.take(ms(0)), ms(200), "the burst is gone");
        (0..1000).for_each(|_| bucket.raise());
        assert!((bucket.rate - bucket.fastest).abs() < f64::EPSILON);
        (0..100).for_each(|_| bucket.halve(ms(0)));
        assert!((bucket.rate - SLOWEST).abs() < f64::EPSILON);
    }

    #[test]
    fn ec2_counts_each_api_and_other_services_all_of_theirs() {
        assert_eq!(key("ec2:DescribeVpcs"), "ec2:DescribeVpcs");
        assert_eq!(key("rds:DescribeDBInstances"), "rds");
    }
}
