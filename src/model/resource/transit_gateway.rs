//! Transit gateways.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Tag, TransitGatewayId, TransitGatewayRouteTableId};

/// A transit gateway of this account or shared with it, as `ec2:DescribeTransitGateways` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGateway {
    /// Its id.
    pub transit_gateway_id: TransitGatewayId,
    /// `pending`, `available`, `modifying`, `deleting` or `deleted`.
    pub state: Option<String>,
    /// The account that owns it; only that one sees its route tables.
    pub owner_id: Option<String>,
    /// Its settings.
    pub options: Option<TransitGatewayOptions>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The settings of a transit gateway; each is `enable` or `disable` but for the ids of its default tables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayOptions {
    /// Whether attachments are associated with the default table when they are made.
    pub default_route_table_association: Option<String>,
    /// The table for that.
    pub association_default_route_table_id: Option<TransitGatewayRouteTableId>,
    /// Whether attachments propagate to the default table when they are made.
    pub default_route_table_propagation: Option<String>,
    /// The table for that.
    pub propagation_default_route_table_id: Option<TransitGatewayRouteTableId>,
    /// Whether attachments that others ask for need no consent.
    pub auto_accept_shared_attachments: Option<String>,
    /// Whether security groups may name groups behind another attachment.
    pub security_group_referencing_support: Option<String>,
    /// Whether the same route by several VPN connections is balanced.
    pub vpn_ecmp_support: Option<String>,
}

impl Describe for TransitGateway {
    fn id(&self) -> &str {
        self.transit_gateway_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
