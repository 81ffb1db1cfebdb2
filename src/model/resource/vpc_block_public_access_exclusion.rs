//! VPC Block Public Access: what is excluded from it.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Kind, Tag};

/// A VPC or subnet that is excluded, as `ec2:DescribeVpcBlockPublicAccessExclusions` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcBlockPublicAccessExclusion {
    /// Its id.
    pub exclusion_id: String,
    /// `allow-bidirectional` or `allow-egress`.
    pub internet_gateway_exclusion_mode: Option<String>,
    /// The VPC or subnet.
    pub resource_arn: Option<String>,
    /// `create-complete` or `update-complete` when it is in force; also others, of which `disable-complete` and
    /// `delete-complete` are ends.
    pub state: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

impl Describe for VpcBlockPublicAccessExclusion {
    fn id(&self) -> &str {
        &self.exclusion_id
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        let named = self.resource_arn.as_deref().and_then(|arn| arn.rsplit_once('/'));
        let kind = |of: &str| if of.ends_with(":subnet") { Kind::Subnet } else { Kind::Vpc };
        named.map(|(of, id)| (kind(of), id)).into_iter().collect()
    }
}
