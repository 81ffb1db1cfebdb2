//! VPCs attached to transit gateways.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, SubnetId, Tag, TransitGatewayAttachmentId, TransitGatewayId, VpcId};

/// A VPC's attachment, as `ec2:DescribeTransitGatewayVpcAttachments` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayVpcAttachment {
    /// Its id.
    pub transit_gateway_attachment_id: TransitGatewayAttachmentId,
    /// The transit gateway.
    pub transit_gateway_id: TransitGatewayId,
    /// The VPC.
    pub vpc_id: VpcId,
    /// The account that owns that.
    pub vpc_owner_id: Option<String>,
    /// Its subnets, one in each zone it serves.
    #[serde(default)]
    pub subnet_ids: Vec<SubnetId>,
    /// `available` when it works.
    pub state: Option<String>,
    /// Its settings.
    pub options: Option<TransitGatewayVpcAttachmentOptions>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The settings of a VPC's attachment; each is `enable` or `disable`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayVpcAttachmentOptions {
    /// Whether both directions of a connection pass the same zone.
    pub appliance_mode_support: Option<String>,
    /// Whether security groups may name groups behind another attachment.
    pub security_group_referencing_support: Option<String>,
    /// Whether it carries IPv6.
    pub ipv6_support: Option<String>,
    /// Whether names of other VPCs are answered with private addresses.
    pub dns_support: Option<String>,
}

impl Describe for TransitGatewayVpcAttachment {
    fn id(&self) -> &str {
        self.transit_gateway_attachment_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        Some(&self.vpc_id)
    }
}
