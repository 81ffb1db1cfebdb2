//! The oldest TLS version a listener accepts, from AWS's table of predefined security policies.

use serde::{Deserialize, Serialize};

use super::FactContext;
use super::context::{Place, own};
use crate::model::resource::Listener;
use crate::model::{Describe, Gap, GapReason, Resource};

/// The security policy of a listener; null when the listener does not terminate TLS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsPolicy {
    /// Its name.
    pub(super) policy: String,
    /// The oldest version it accepts: `1.0`, `1.1`, `1.2` or `1.3`.
    pub(super) oldest: String,
}

/// Policies named before AWS put the oldest version first, without the prefix they share.
const BY_NAME: [(&str, &str); 11] = [
    ("2015-05", "1.0"),
    ("2016-08", "1.0"),
    ("TLS-1-0-2015-04", "1.0"),
    ("FS-2018-06", "1.0"),
    ("TLS-1-1-2017-01", "1.1"),
    ("FS-1-1-2019-08", "1.1"),
    ("TLS-1-2-2017-01", "1.2"),
    ("TLS-1-2-Ext-2018-06", "1.2"),
    ("FS-1-2-2019-08", "1.2"),
    ("FS-1-2-Res-2019-08", "1.2"),
    ("FS-1-2-Res-2020-10", "1.2"),
];

/// `TLS13-1-2-Res-PQ-2025-09`: TLS 1.3 and everything down to 1.2, then the ciphers, then the edition.
const BY_FAMILY: [(&str, &str); 4] =
    [("TLS13-1-0-", "1.0"), ("TLS13-1-1-", "1.1"), ("TLS13-1-2-", "1.2"), ("TLS13-1-3-", "1.3")];
const CIPHERS: [&str; 20] = [
    "",
    "PQ-",
    "FIPS-",
    "FIPS-PQ-",
    "Res-",
    "Res-PQ-",
    "Res-FIPS-",
    "Res-FIPS-PQ-",
    "Ext0-FIPS-",
    "Ext0-FIPS-PQ-",
    "Ext1-",
    "Ext1-PQ-",
    "Ext1-FIPS-",
    "Ext1-FIPS-PQ-",
    "Ext2-",
    "Ext2-PQ-",
    "Ext2-FIPS-",
    "Ext2-FIPS-PQ-",
    "RFC9151-FIPS-",
    "Ext0-RFC9151-FIPS-",
];
const INTEROPERABLE: &str = "RFC9151-INTEROP";
const EDITIONS: [&str; 4] = ["2021-06", "2023-04", "2023-07", "2025-09"];

pub(super) fn compute(
    _context: &FactContext<'_>,
    _at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<Option<TlsPolicy>, Vec<Gap>> {
    let listener = own::<Listener>(resource)?;
    if !matches!(listener.protocol.as_deref(), Some("HTTPS" | "TLS")) {
        return Ok(None);
    }
    let missing =
        |action: &str, detail: String| vec![Gap::new(action, GapReason::NotInSource, detail).about(listener.id())];
    let Some(policy) = listener.ssl_policy.as_deref() else {
        return Err(missing("elasticloadbalancing:DescribeListeners", "the listener has no `SslPolicy`".to_owned()));
    };
    let oldest = oldest(policy).ok_or_else(|| {
        let detail = format!("`{policy}` is not among the security policies known to this version");
        missing("elasticloadbalancing:DescribeSSLPolicies", detail)
    })?;
    Ok(Some(TlsPolicy { policy: policy.to_owned(), oldest: oldest.to_owned() }))
}

fn oldest(policy: &str) -> Option<&'static str> {
    let name = policy.strip_prefix("ELBSecurityPolicy-")?;
    if let Some((_, oldest)) = BY_NAME.iter().find(|(known, _)| *known == name) {
        return Some(oldest);
    }
    let (rest, oldest) = BY_FAMILY.iter().find_map(|(family, oldest)| Some((name.strip_prefix(family)?, *oldest)))?;
    let ciphers = EDITIONS.iter().find_map(|edition| rest.strip_suffix(edition))?;
    (CIPHERS.contains(&ciphers) || ciphers.starts_with(INTEROPERABLE)).then_some(oldest)
}

#[cfg(test)]
mod tests {
    use super::oldest;

    #[test]
    fn the_name_of_a_policy_tells_its_oldest_version() {
        for (policy, version) in [
            ("ELBSecurityPolicy-2016-08", Some("1.0")),
            ("ELBSecurityPolicy-FS-2018-06", Some("1.0")),
            ("ELBSecurityPolicy-TLS-1-1-2017-01", Some("1.1")),
            ("ELBSecurityPolicy-FS-1-2-Res-2020-10", Some("1.2")),
            ("ELBSecurityPolicy-TLS13-1-0-2021-06", Some("1.0")),
            ("ELBSecurityPolicy-TLS13-1-0-FIPS-PQ-2025-09", Some("1.0")),
            ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", Some("1.2")),
            ("ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP3-FIPS-2023-07", Some("1.2")),
            ("ELBSecurityPolicy-TLS13-1-3-2021-06", Some("1.3")),
            ("ELBSecurityPolicy-TLS13-1-2-Novel-2027-01", None),
            ("ELBSecurityPolicy-2031-08", None),
            ("my-policy", None),
        ] {
            assert_eq!(oldest(policy), version, "{policy}");
        }
    }
}
