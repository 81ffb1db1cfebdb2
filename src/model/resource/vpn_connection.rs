//! Site-to-Site VPN connections.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Kind, Tag, TransitGatewayId, VpnConnectionId, VpnGatewayId};

/// A VPN connection, as `ec2:DescribeVpnConnections` prints it, without its configuration and tunnel options: they
/// hold the pre-shared keys.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpnConnection {
    /// Its id.
    pub vpn_connection_id: VpnConnectionId,
    /// The virtual private gateway on AWS's side.
    pub vpn_gateway_id: Option<VpnGatewayId>,
    /// The transit gateway on AWS's side.
    pub transit_gateway_id: Option<TransitGatewayId>,
    /// The Cloud WAN core network on AWS's side.
    pub core_network_arn: Option<String>,
    /// The other side.
    pub customer_gateway_id: Option<String>,
    /// `pending`, `available`, `deleting` or `deleted`.
    pub state: Option<String>,
    /// Its settings.
    pub options: Option<VpnConnectionOptions>,
    /// Its static routes.
    #[serde(default)]
    pub routes: Vec<VpnStaticRoute>,
    /// How its tunnels are.
    #[serde(default)]
    pub vgw_telemetry: Vec<VgwTelemetry>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The settings of a VPN connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpnConnectionOptions {
    /// Whether it has static routes; otherwise it learns them by BGP.
    pub static_routes_only: Option<bool>,
}

/// A static route of a VPN connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpnStaticRoute {
    /// Where to, on the other side.
    pub destination_cidr_block: Option<String>,
    /// `pending`, `available`, `deleting` or `deleted`.
    pub state: Option<String>,
}

/// How a tunnel is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VgwTelemetry {
    /// `UP` or `DOWN`.
    pub status: Option<String>,
    /// How many routes were learned by BGP.
    pub accepted_route_count: Option<i32>,
}

impl Describe for VpnConnection {
    fn id(&self) -> &str {
        self.vpn_connection_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        let vpn = self.vpn_gateway_id.iter().map(|id| (Kind::VpnGateway, id.as_str()));
        vpn.chain(self.transit_gateway_id.iter().map(|id| (Kind::TransitGateway, id.as_str()))).collect()
    }
}
