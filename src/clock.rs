//! The one place that reads the clock. Everything else is handed its times.

use jiff::Timestamp;

/// The time now, or the one `SOURCE_DATE_EPOCH` fixes for reproducible reports.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn now() -> Timestamp {
    std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(|text| text.parse().ok())
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or_else(Timestamp::now)
}

/// Whether `SOURCE_DATE_EPOCH` fixes the time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn is_fixed() -> bool {
    std::env::var_os("SOURCE_DATE_EPOCH").is_some()
}
