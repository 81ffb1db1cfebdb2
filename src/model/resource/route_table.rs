//! Route tables.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, RouteTableId, SubnetId, Tag, VpcId};

/// A route table, as `ec2:DescribeRouteTables` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTable {
    /// Its id.
    pub route_table_id: RouteTableId,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// What uses it.
    #[serde(default)]
    pub associations: Vec<RouteTableAssociation>,
    /// Virtual private gateways that add routes to it.
    #[serde(default)]
    pub propagating_vgws: Vec<PropagatingVgw>,
    /// Its routes.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// The account that owns it.
    pub owner_id: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// What uses a route table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTableAssociation {
    /// Whether it is the VPC's main table: that of every subnet without one of its own.
    pub main: Option<bool>,
    /// The subnet that uses it explicitly.
    pub subnet_id: Option<SubnetId>,
    /// The gateway that uses it for what enters the VPC.
    pub gateway_id: Option<String>,
    /// Whether it is in force.
    pub association_state: Option<AssociationState>,
}

/// The state of a route table association.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociationState {
    /// `associating`, `associated`, `disassociating`, `disassociated` or `failed`.
    pub state: Option<String>,
}

/// A virtual private gateway that adds routes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PropagatingVgw {
    /// Its id.
    pub gateway_id: Option<String>,
}

/// One route.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Route {
    /// Where to, in IPv4.
    pub destination_cidr_block: Option<String>,
    /// Where to, in IPv6.
    pub destination_ipv6_cidr_block: Option<String>,
    /// Where to, as a prefix list.
    pub destination_prefix_list_id: Option<String>,
    /// `local`, an internet gateway, a virtual private gateway or a gateway endpoint.
    pub gateway_id: Option<String>,
    /// A NAT gateway.
    pub nat_gateway_id: Option<String>,
    /// An egress-only internet gateway.
    pub egress_only_internet_gateway_id: Option<String>,
    /// An instance.
    pub instance_id: Option<String>,
    /// A network interface.
    pub network_interface_id: Option<String>,
    /// A transit gateway.
    pub transit_gateway_id: Option<String>,
    /// A peering connection.
    pub vpc_peering_connection_id: Option<String>,
    /// A local gateway.
    pub local_gateway_id: Option<String>,
    /// A carrier gateway.
    pub carrier_gateway_id: Option<String>,
    /// A Cloud WAN core network.
    pub core_network_arn: Option<String>,
    /// `CreateRouteTable`, `CreateRoute` or `EnableVgwRoutePropagation`.
    pub origin: Option<String>,
    /// `active` or `blackhole`.
    pub state: Option<String>,
}

impl Describe for RouteTable {
    fn id(&self) -> &str {
        self.route_table_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        Some(&self.vpc_id)
    }
}
