//! Route tables of transit gateways.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Kind, Tag, TransitGatewayAttachmentId, TransitGatewayId, TransitGatewayRouteTableId};

/// A transit gateway's route table, as `ec2:DescribeTransitGatewayRouteTables` prints it, with its routes and what
/// propagates to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayRouteTable {
    /// Its id.
    pub transit_gateway_route_table_id: TransitGatewayRouteTableId,
    /// The transit gateway.
    pub transit_gateway_id: TransitGatewayId,
    /// `pending`, `available`, `deleting` or `deleted`.
    pub state: Option<String>,
    /// Whether new attachments are associated with it.
    pub default_association_route_table: Option<bool>,
    /// Whether new attachments propagate to it.
    pub default_propagation_route_table: Option<bool>,
    /// Its routes, as `ec2:SearchTransitGatewayRoutes` tells them; absent when not all could be read.
    pub routes: Option<Vec<TransitGatewayRoute>>,
    /// What propagates to it, as `ec2:GetTransitGatewayRouteTablePropagations` tells it; absent when not all could be
    /// read.
    pub propagations: Option<Vec<TransitGatewayRouteTablePropagation>>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// One route.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayRoute {
    /// Where to.
    pub destination_cidr_block: Option<String>,
    /// Where to, as a prefix list.
    pub prefix_list_id: Option<String>,
    /// By which attachments; none for a blackhole.
    #[serde(default)]
    pub transit_gateway_attachments: Vec<TransitGatewayRouteAttachment>,
    /// `static` or `propagated`.
    pub r#type: Option<String>,
    /// `active` or `blackhole`.
    pub state: Option<String>,
}

/// An attachment that a route leads to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayRouteAttachment {
    /// The attachment.
    pub transit_gateway_attachment_id: Option<TransitGatewayAttachmentId>,
    /// `vpc`, `vpn` and so on.
    pub resource_type: Option<String>,
    /// What is attached.
    pub resource_id: Option<String>,
}

/// An attachment that adds its routes to a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayRouteTablePropagation {
    /// The attachment.
    pub transit_gateway_attachment_id: Option<TransitGatewayAttachmentId>,
    /// `vpc`, `vpn` and so on.
    pub resource_type: Option<String>,
    /// What is attached.
    pub resource_id: Option<String>,
    /// `enabling`, `enabled`, `disabling` or `disabled`.
    pub state: Option<String>,
}

impl Describe for TransitGatewayRouteTable {
    fn id(&self) -> &str {
        self.transit_gateway_route_table_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        vec![(Kind::TransitGateway, self.transit_gateway_id.as_str())]
    }
}
