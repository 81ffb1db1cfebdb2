//! CloudFront distributions.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Tag};

/// A distribution, as `cloudfront:GetDistribution` prints it, with its tags.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Distribution {
    /// Its id.
    pub id: String,
    /// Its ARN.
    #[serde(rename = "ARN")]
    pub arn: Option<String>,
    /// `Deployed` or `InProgress`.
    pub status: Option<String>,
    /// Its own DNS name.
    pub domain_name: Option<String>,
    /// Its configuration; absent when it could not be read.
    pub distribution_config: Option<DistributionConfig>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The configuration of a distribution.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DistributionConfig {
    /// What its owner says it is for.
    pub comment: Option<String>,
    /// Whether it answers.
    pub enabled: Option<bool>,
    /// Its other DNS names.
    pub aliases: Option<Items<String>>,
    /// Where it fetches from.
    pub origins: Option<Items<Origin>>,
    /// What it does when no other behaviour matches.
    pub default_cache_behavior: Option<CacheBehavior>,
    /// Its other behaviours, in order.
    pub cache_behaviors: Option<Items<CacheBehavior>>,
    /// Its certificate and TLS floor.
    pub viewer_certificate: Option<ViewerCertificate>,
    /// Where it logs to.
    pub logging: Option<LoggingConfig>,
    /// Its web ACL; empty is none.
    #[serde(rename = "WebACLId")]
    pub web_acl_id: Option<String>,
    /// How many edge locations it uses.
    pub price_class: Option<String>,
}

/// A list as CloudFront writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Items<T> {
    /// The items; absent when there are none.
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

/// Where a distribution fetches from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Origin {
    /// Its id, by which behaviours name it.
    pub id: String,
    /// Its DNS name.
    pub domain_name: Option<String>,
    /// The access control that signs requests to S3; empty is none.
    pub origin_access_control_id: Option<String>,
    /// How it reaches an S3 bucket.
    pub s3_origin_config: Option<S3OriginConfig>,
    /// How it reaches anything else.
    pub custom_origin_config: Option<CustomOriginConfig>,
    /// How it reaches a private load balancer or instance.
    pub vpc_origin_config: Option<VpcOriginConfig>,
    /// Headers it adds; the values may be secrets and are never kept.
    pub custom_headers: Option<Items<OriginCustomHeader>>,
}

/// How a distribution reaches a bucket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct S3OriginConfig {
    /// The access identity; empty is none.
    pub origin_access_identity: Option<String>,
}

/// How a distribution reaches a custom origin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CustomOriginConfig {
    /// The port for HTTP.
    #[serde(rename = "HTTPPort")]
    pub http_port: Option<i32>,
    /// The port for HTTPS.
    #[serde(rename = "HTTPSPort")]
    pub https_port: Option<i32>,
    /// `http-only`, `match-viewer` or `https-only`.
    pub origin_protocol_policy: Option<String>,
    /// The TLS versions it may use.
    pub origin_ssl_protocols: Option<Items<String>>,
}

/// A private origin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcOriginConfig {
    /// Its id.
    pub vpc_origin_id: Option<String>,
}

/// A header added to requests to an origin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OriginCustomHeader {
    /// Its name.
    pub header_name: Option<String>,
}

/// What a distribution does with some paths.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CacheBehavior {
    /// The paths; absent on the default behaviour.
    pub path_pattern: Option<String>,
    /// The origin.
    pub target_origin_id: Option<String>,
    /// `allow-all`, `redirect-to-https` or `https-only`.
    pub viewer_protocol_policy: Option<String>,
}

/// The certificate and TLS floor of a distribution.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ViewerCertificate {
    /// Whether it is CloudFront's own; the TLS floor is then TLSv1.
    pub cloud_front_default_certificate: Option<bool>,
    /// The certificate.
    #[serde(rename = "ACMCertificateArn")]
    pub acm_certificate_arn: Option<String>,
    /// The oldest TLS it accepts.
    pub minimum_protocol_version: Option<String>,
    /// `sni-only`, `vip` or `static-ip`.
    #[serde(rename = "SSLSupportMethod")]
    pub ssl_support_method: Option<String>,
}

/// Where a distribution logs to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoggingConfig {
    /// Whether it logs.
    pub enabled: Option<bool>,
    /// The bucket.
    pub bucket: Option<String>,
    /// The prefix in it.
    pub prefix: Option<String>,
}

impl Describe for Distribution {
    fn id(&self) -> &str {
        &self.id
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn dns_names(&self) -> Vec<&str> {
        let config = self.distribution_config.as_ref();
        let aliases = config.and_then(|c| c.aliases.as_ref()).map(|a| a.items.as_slice()).unwrap_or_default();
        aliases.iter().chain(&self.domain_name).map(String::as_str).collect()
    }
}
