//! Egress-only internet gateways: IPv6 out, nothing in.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, EgressOnlyInternetGatewayId, Tag, VpcId};

use super::InternetGatewayAttachment;

/// An egress-only internet gateway, as `ec2:DescribeEgressOnlyInternetGateways` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EgressOnlyInternetGateway {
    /// Its id.
    pub egress_only_internet_gateway_id: EgressOnlyInternetGatewayId,
    /// The VPC it is attached to.
    #[serde(default)]
    pub attachments: Vec<InternetGatewayAttachment>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

impl Describe for EgressOnlyInternetGateway {
    fn id(&self) -> &str {
        self.egress_only_internet_gateway_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.attachments.iter().find_map(|a| a.vpc_id.as_ref())
    }
}
