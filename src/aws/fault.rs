//! What went wrong with a call, in the words of a gap.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::model::{Gap, GapReason, text};

/// A failed call: why, the service's error code, and what it said, safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Why, as a gap tells it.
    pub(super) reason: GapReason,
    /// The service's error code, when it gave one.
    pub(super) code: Option<String>,
    /// What was said, sanitised and short.
    pub(super) detail: String,
}

/// An error message may carry a whole encoded policy decision; this much of it is worth keeping.
const LONGEST_DETAIL: usize = 300;

const DENIED: [&str; 8] = [
    "AccessDenied",
    "Unauthorized",
    "NotAuthorized",
    "AuthorizationError",
    "AuthFailure",
    "Forbidden",
    "OptInRequired",
    "SubscriptionRequired",
];

const BAD_CREDENTIALS: [&str; 9] = [
    "ExpiredToken",
    "InvalidClientTokenId",
    "UnrecognizedClient",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSignature",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "RequestExpired",
];

const THROTTLED: [&str; 9] = [
    "Throttl",
    "RequestLimitExceeded",
    "RequestThrottled",
    "TooManyRequests",
    "SlowDown",
    "BandwidthLimitExceeded",
    "ProvisionedThroughputExceeded",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];

const TIMED_OUT: [&str; 1] = ["RequestTimeout"];

/// Whether a service says by `code` that it was asked too often.
pub(super) fn is_throttling(code: &str) -> bool {
    begins(code, &THROTTLED)
}

impl Fault {
    /// The fault behind an error of the SDK.
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match error {
            SdkError::TimeoutError(_) => Self::new(GapReason::TimedOut, "no answer in time"),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                Self::new(GapReason::TimedOut, "no connection in time")
            }
            SdkError::DispatchFailure(_) => Self::new(GapReason::Unreachable, innermost(error)),
            SdkError::ResponseError(answer) => Self::unreadable(error, answer.raw().status().as_u16()),
            SdkError::ServiceError(service) => Self::answered(service.err(), service.raw().status().as_u16()),
            _ => Self::new(GapReason::Failed, innermost(error)),
        }
    }

    /// The fault in an answer that arrived.
    fn answered<E: ProvideErrorMetadata + Error + 'static>(error: &E, status: u16) -> Self {
        let Some(code) = error.code().filter(|code| !code.is_empty()) else {
            return Self::unreadable(error, status);
        };
        let message = error.message().unwrap_or_default();
        // EC2 appends kilobytes of ciphertext that only `sts:DecodeAuthorizationMessage` can read.
        let message = message.split("Encoded authorization failure message").next().unwrap_or_default().trim();
        let detail = if message.is_empty() { code.to_owned() } else { format!("{code}: {message}") };
        Self { code: Some(code.to_owned()), ..Self::new(reason(code, status), detail) }
    }

    /// The fault in an answer that is not the service's: a proxy's page, a cut-off document.
    fn unreadable(error: &(dyn Error + 'static), status: u16) -> Self {
        let reason = match status {
            200..300 => return Self::new(GapReason::Malformed, innermost(error)),
            401 | 403 => GapReason::AccessDenied,
            429 => GapReason::Throttled,
            _ => GapReason::Failed,
        };
        Self::new(reason, format!("HTTP {status}"))
    }

    fn new(reason: GapReason, detail: impl AsRef<str>) -> Self {
        let safe = text::sanitise(detail.as_ref());
        let detail = match safe.char_indices().nth(LONGEST_DETAIL) {
            Some((end, _)) => format!("{}...", safe.get(..end).unwrap_or_default()),
            None => safe,
        };
        Self { reason, code: None, detail }
    }

    /// Whether the service does not know the caller at all, so that every other call would fail as well.
    pub(super) fn is_about_credentials(&self) -> bool {
        self.code.as_deref().is_some_and(|code| begins(code, &BAD_CREDENTIALS))
    }

    /// The gap this fault makes in what `action` reads.
    pub(super) fn gap(&self, action: &str, resource: Option<&str>) -> Gap {
        let gap = Gap::new(action, self.reason, self.detail.clone());
        match resource {
            Some(resource) => gap.about(resource),
            None => gap,
        }
    }
}

fn reason(code: &str, status: u16) -> GapReason {
    if begins(code, &DENIED) || begins(code, &BAD_CREDENTIALS) {
        GapReason::AccessDenied
    } else if is_throttling(code) || status == 429 {
        GapReason::Throttled
    } else if begins(code, &TIMED_OUT) {
        GapReason::TimedOut
    } else {
        GapReason::Failed
    }
}

/// EC2 and the SOAP-age services put `Client.` or `Server.` before some codes.
fn begins(code: &str, families: &[&str]) -> bool {
    let code = code.strip_prefix("Client.").or_else(|| code.strip_prefix("Server.")).unwrap_or(code);
    families.iter().any(|family| code.starts_with(family))
}

/// The SDK's outer errors only say where it went wrong; the innermost says what.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_service_have_a_reason() {
        for (code, expected) in [
            ("AccessDenied", GapReason::AccessDenied),
            ("AccessDeniedException", GapReason::AccessDenied),
            ("Client.UnauthorizedOperation", GapReason::AccessDenied),
            ("AuthFailure", GapReason::AccessDenied),
            ("ExpiredTokenException", GapReason::AccessDenied),
            ("Throttling", GapReason::Throttled),
            ("ThrottlingException", GapReason::Throttled),
            ("SlowDown", GapReason::Throttled),
            ("RequestTimeout", GapReason::TimedOut),
            ("InternalError", GapReason::Failed),
            ("NoSuchBucket", GapReason::Failed),
        ] {
            assert_eq!(reason(code, 400), expected, "{code}");
        }
    }

    #[test]
    fn what_is_said_is_short_and_safe() {
        let fault = Fault::new(GapReason::Failed, format!("\u{1b}[2J{}", "\u{e9}".repeat(1000)));
        assert_eq!(fault.detail.chars().count(), LONGEST_DETAIL + 3);
        assert!(!fault.detail.contains('\u{1b}'));
    }
}
