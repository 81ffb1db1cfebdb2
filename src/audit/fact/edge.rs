//! The two hops of a CloudFront distribution: from the viewer to the edge, and from the edge to the origin.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FactContext;
use super::context::{Place, own};
use crate::audit::Evidence;
use crate::model::resource::{CacheBehavior, Distribution, DistributionConfig, Origin};
use crate::model::{Describe, Gap, GapReason, Resource};

/// The hops of a distribution.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edge {
    /// What it does with viewers, path by path; the default last.
    pub(super) behaviours: Vec<Behaviour>,
    /// Where it fetches from.
    pub(super) origins: Vec<OriginHop>,
    /// The oldest TLS version a viewer may use: `SSLv3`, `1.0`, `1.1`, `1.2` or `1.3`; absent when not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) oldest: Option<String>,
    /// Whether it has a certificate of its own; CloudFront's cannot have a TLS floor.
    pub(super) own_certificate: bool,
}

/// What a distribution does with some paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Behaviour {
    /// The paths; `default` for those no other behaviour matches.
    pub(super) path: String,
    /// Whether a viewer is served over plain HTTP; absent when the policy is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) clear_text: Option<bool>,
    /// The policy.
    pub(super) evidence: Vec<Evidence>,
}

/// Where a distribution fetches from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OriginHop {
    /// Its id.
    pub(super) origin: String,
    /// Its DNS name.
    pub(super) domain: String,
    /// Whether it is an S3 website endpoint, which speaks HTTP only.
    pub(super) website: bool,
    /// Whether it is fetched from over plain HTTP; absent when that is decided elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) clear_text: Option<bool>,
    /// SSL and TLS versions older than 1.2 that CloudFront may use to reach it.
    pub(super) old_versions: Vec<String>,
    /// The settings.
    pub(super) evidence: Vec<Evidence>,
}

pub(super) fn compute(_context: &FactContext<'_>, at: &Place<'_>, resource: &dyn Resource) -> Result<Edge, Vec<Gap>> {
    let distribution = own::<Distribution>(resource)?;
    let config = distribution.distribution_config.as_ref().ok_or_else(|| {
        let action = "cloudfront:GetDistribution";
        let gap = Gap::new(action, GapReason::NotInSource, "its configuration was not read");
        vec![at.shard.missing(action, Some(distribution.id())).unwrap_or(gap).about(distribution.id())]
    })?;
    let origins = config.origins.iter().flat_map(|origins| &origins.items).enumerate();
    let certificate = config.viewer_certificate.as_ref();
    let own_certificate = certificate.is_some_and(|c| c.cloud_front_default_certificate != Some(true));
    let minimum = certificate.and_then(|c| c.minimum_protocol_version.as_deref());
    // Under CloudFront's own certificate the floor is TLSv1, whatever the configuration says.
    let oldest = if own_certificate { minimum.and_then(version) } else { Some("1.0") };
    Ok(Edge {
        behaviours: behaviours(config),
        origins: origins.map(|(index, origin)| hop(config, index, origin)).collect(),
        oldest: oldest.map(str::to_owned),
        own_certificate,
    })
}

/// `TLSv1.2_2021` is TLS 1.2 and newer, with the ciphers of 2021.
fn version(policy: &str) -> Option<&'static str> {
    match policy.split('_').next()? {
        "SSLv3" => Some("SSLv3"),
        "TLSv1" => Some("1.0"),
        "TLSv1.1" => Some("1.1"),
        "TLSv1.2" => Some("1.2"),
        "TLSv1.3" => Some("1.3"),
        _ => None,
    }
}

fn behaviours(config: &DistributionConfig) -> Vec<Behaviour> {
    let ordered = config.cache_behaviors.iter().flat_map(|list| &list.items).enumerate();
    let ordered = ordered.map(|(n, behaviour)| (format!("CacheBehaviors.Items[{n}]"), behaviour));
    let default = config.default_cache_behavior.iter().map(|behaviour| ("DefaultCacheBehavior".to_owned(), behaviour));
    ordered
        .chain(default)
        .map(|(field, behaviour)| Behaviour {
            path: behaviour.path_pattern.clone().unwrap_or_else(|| "default".to_owned()),
            clear_text: serves_clear_text(behaviour),
            evidence: vec![setting(
                &format!("{field}.ViewerProtocolPolicy"),
                behaviour.viewer_protocol_policy.as_deref(),
            )],
        })
        .collect()
}

fn serves_clear_text(behaviour: &CacheBehavior) -> Option<bool> {
    match behaviour.viewer_protocol_policy.as_deref() {
        Some("allow-all") => Some(true),
        Some("redirect-to-https" | "https-only") => Some(false),
        _ => None,
    }
}

fn setting(field: &str, value: Option<&str>) -> Evidence {
    Evidence { resource: None, field: format!("DistributionConfig.{field}"), value: json!(value) }
}

fn hop(config: &DistributionConfig, index: usize, origin: &Origin) -> OriginHop {
    let field = format!("Origins.Items[{index}]");
    let domain = origin.domain_name.clone().unwrap_or_default();
    let website = is_website(&domain);
    let mut evidence = vec![setting(&format!("{field}.DomainName"), origin.domain_name.as_deref())];
    let mut old_versions = Vec::new();
    let clear_text = if let Some(custom) = &origin.custom_origin_config {
        let policy = custom.origin_protocol_policy.as_deref();
        evidence.push(setting(&format!("{field}.CustomOriginConfig.OriginProtocolPolicy"), policy));
        if policy != Some("http-only") {
            let versions = custom.origin_ssl_protocols.iter().flat_map(|list| &list.items);
            old_versions.extend(versions.filter(|v| !matches!(v.as_str(), "TLSv1.2" | "TLSv1.3")).cloned());
        }
        match policy {
            Some("http-only") => Some(true),
            Some("https-only") => Some(false),
            Some("match-viewer") => may_be_clear(config, &origin.id),
            _ => None,
        }
    } else if origin.vpc_origin_config.is_some() {
        None
    } else {
        // A bucket is asked with the protocol that the viewer used.
        may_be_clear(config, &origin.id)
    };
    if !old_versions.is_empty() {
        let field = format!("DistributionConfig.{field}.CustomOriginConfig.OriginSslProtocols.Items");
        evidence.push(Evidence { resource: None, field, value: json!(old_versions) });
    }
    OriginHop { origin: origin.id.clone(), domain, website, clear_text, old_versions, evidence }
}

/// `<bucket>.s3-website-<region>.amazonaws.com`, or with a dot before the Region.
fn is_website(domain: &str) -> bool {
    domain.contains(".s3-website-") || domain.contains(".s3-website.")
}

/// Whether some viewer of this origin may use plain HTTP, when the edge takes over the viewer's protocol. A behaviour
/// whose target is no origin names a group of them, which may hold this one.
fn may_be_clear(config: &DistributionConfig, origin: &str) -> Option<bool> {
    let known = |id: &str| config.origins.iter().flat_map(|list| &list.items).any(|origin| origin.id == id);
    let ordered = config.cache_behaviors.iter().flat_map(|list| &list.items);
    let policies: Vec<Option<bool>> = ordered
        .chain(&config.default_cache_behavior)
        .filter(|b| b.target_origin_id.as_deref().is_none_or(|id| id == origin || !known(id)))
        .map(serves_clear_text)
        .collect();
    if policies.contains(&Some(true)) {
        return Some(true);
    }
    policies.iter().all(Option::is_some).then_some(false)
}
