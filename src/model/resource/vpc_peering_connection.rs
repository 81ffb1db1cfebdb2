//! VPC peering connections.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Tag, VpcId, VpcPeeringConnectionId};

/// A peering connection, as `ec2:DescribeVpcPeeringConnections` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcPeeringConnection {
    /// Its id.
    pub vpc_peering_connection_id: VpcPeeringConnectionId,
    /// The side that accepted.
    pub accepter_vpc_info: Option<VpcPeeringConnectionVpcInfo>,
    /// The side that asked.
    pub requester_vpc_info: Option<VpcPeeringConnectionVpcInfo>,
    /// Whether it works.
    pub status: Option<VpcPeeringConnectionStatus>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// One side of a peering connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcPeeringConnectionVpcInfo {
    /// The VPC.
    pub vpc_id: Option<VpcId>,
    /// Its account.
    pub owner_id: Option<String>,
    /// Its Region.
    pub region: Option<String>,
    /// Its primary range.
    pub cidr_block: Option<String>,
    /// Its IPv4 ranges.
    #[serde(default)]
    pub cidr_block_set: Vec<CidrBlock>,
    /// Its IPv6 ranges.
    #[serde(default)]
    pub ipv6_cidr_block_set: Vec<Ipv6CidrBlock>,
}

/// An IPv4 range.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CidrBlock {
    /// The range.
    pub cidr_block: Option<String>,
}

/// An IPv6 range.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6CidrBlock {
    /// The range.
    pub ipv6_cidr_block: Option<String>,
}

/// The state of a peering connection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcPeeringConnectionStatus {
    /// `active` when it works.
    pub code: Option<String>,
    /// More about it.
    pub message: Option<String>,
}

impl Describe for VpcPeeringConnection {
    fn id(&self) -> &str {
        self.vpc_peering_connection_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
