//! What is attached to transit gateways.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Kind, Tag, TransitGatewayAttachmentId, TransitGatewayId, TransitGatewayRouteTableId};

/// An attachment of whatever type, as `ec2:DescribeTransitGatewayAttachments` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayAttachment {
    /// Its id.
    pub transit_gateway_attachment_id: TransitGatewayAttachmentId,
    /// The transit gateway.
    pub transit_gateway_id: TransitGatewayId,
    /// The account that owns that.
    pub transit_gateway_owner_id: Option<String>,
    /// `vpc`, `vpn`, `direct-connect-gateway`, `connect`, `peering`, `tgw-peering`, `network-function` and so on.
    pub resource_type: Option<String>,
    /// What is attached.
    pub resource_id: Option<String>,
    /// The account that owns that.
    pub resource_owner_id: Option<String>,
    /// `available` when it works.
    pub state: Option<String>,
    /// The table that routes what comes in by it; only the transit gateway's owner sees it.
    pub association: Option<TransitGatewayAttachmentAssociation>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The table that an attachment uses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayAttachmentAssociation {
    /// The table.
    pub transit_gateway_route_table_id: Option<TransitGatewayRouteTableId>,
    /// `associating`, `associated`, `disassociating` or `disassociated`.
    pub state: Option<String>,
}

impl Describe for TransitGatewayAttachment {
    fn id(&self) -> &str {
        self.transit_gateway_attachment_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        let attached = self.resource_id.as_deref().filter(|_| self.resource_type.as_deref() == Some("vpc"));
        let gateway = (Kind::TransitGateway, self.transit_gateway_id.as_str());
        attached.map(|vpc| (Kind::Vpc, vpc)).into_iter().chain([gateway]).collect()
    }
}
