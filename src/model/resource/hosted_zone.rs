//! Route 53 hosted zones.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Tag};

/// A hosted zone, as `route53:ListHostedZones` prints it, with its tags.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostedZone {
    /// Its id, such as `/hostedzone/Z0EXAMPLE`.
    pub id: String,
    /// The domain, with the dot of the root at its end.
    pub name: String,
    /// What its owner says of it.
    pub config: Option<HostedZoneConfig>,
    /// How many record sets it has.
    pub resource_record_set_count: Option<i64>,
    /// Its tags, as `route53:ListTagsForResources` tells them.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// What its owner says of a hosted zone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostedZoneConfig {
    /// What it is for.
    pub comment: Option<String>,
    /// Whether only VPCs see it.
    pub private_zone: Option<bool>,
}

impl HostedZone {
    /// Its id without the `/hostedzone/` in front, as the calls about its tags want it.
    #[must_use]
    pub fn short_id(&self) -> &str {
        self.id.strip_prefix("/hostedzone/").unwrap_or(&self.id)
    }
}

impl Describe for HostedZone {
    fn id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> Option<&str> {
        Some(self.name.trim_end_matches('.')).filter(|name| !name.is_empty())
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn dns_names(&self) -> Vec<&str> {
        self.name().into_iter().collect()
    }
}
