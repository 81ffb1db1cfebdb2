//! Virtual private gateways.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Tag, VpcId, VpnGatewayId};

/// A virtual private gateway, as `ec2:DescribeVpnGateways` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpnGateway {
    /// Its id.
    pub vpn_gateway_id: VpnGatewayId,
    /// `pending`, `available`, `deleting` or `deleted`.
    pub state: Option<String>,
    /// The VPCs it is or was attached to; at most one at a time.
    #[serde(default)]
    pub vpc_attachments: Vec<VpcAttachment>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// What a virtual private gateway is attached to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcAttachment {
    /// The VPC.
    pub vpc_id: Option<VpcId>,
    /// `attaching`, `attached`, `detaching` or `detached`.
    pub state: Option<String>,
}

impl Describe for VpnGateway {
    fn id(&self) -> &str {
        self.vpn_gateway_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        let attached = self.vpc_attachments.iter().find(|to| to.state.as_deref() == Some("attached"));
        attached.and_then(|to| to.vpc_id.as_ref())
    }
}
