//! Internet gateways.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, InternetGatewayId, Tag, VpcId};

/// An internet gateway, as `ec2:DescribeInternetGateways` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InternetGateway {
    /// Its id.
    pub internet_gateway_id: InternetGatewayId,
    /// The VPC it is attached to.
    #[serde(default)]
    pub attachments: Vec<InternetGatewayAttachment>,
    /// The account that owns it.
    pub owner_id: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The attachment of an internet gateway to a VPC.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InternetGatewayAttachment {
    /// The VPC.
    pub vpc_id: Option<VpcId>,
    /// `available` when it works.
    pub state: Option<String>,
}

impl Describe for InternetGateway {
    fn id(&self) -> &str {
        self.internet_gateway_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.attachments.iter().find_map(|a| a.vpc_id.as_ref())
    }
}
