//! VPC Block Public Access: the setting of a Region.

use serde::{Deserialize, Serialize};

use crate::model::Describe;

/// A Region's setting, as `ec2:DescribeVpcBlockPublicAccessOptions` prints it. There is one in each Region.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcBlockPublicAccessOptions {
    /// The Region, which is all that names it.
    #[serde(default)]
    pub aws_region: String,
    /// `default-state`, `update-in-progress` or `update-complete`.
    pub state: Option<String>,
    /// What internet gateways are kept from: `off`, `block-bidirectional` or `block-ingress`.
    pub internet_gateway_block_mode: Option<String>,
    /// Whether VPCs and subnets may be excluded: `allowed` or `not-allowed`.
    pub exclusions_allowed: Option<String>,
}

impl Describe for VpcBlockPublicAccessOptions {
    fn id(&self) -> &str {
        &self.aws_region
    }
}
