//! NAT gateways.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, NatGatewayId, SubnetId, Tag, VpcId};

/// A NAT gateway, as `ec2:DescribeNatGateways` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NatGateway {
    /// Its id.
    pub nat_gateway_id: NatGatewayId,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// Its subnet; a Regional NAT gateway has none.
    pub subnet_id: Option<SubnetId>,
    /// `public` or `private`.
    pub connectivity_type: Option<String>,
    /// `zonal` or `regional`.
    pub availability_mode: Option<String>,
    /// Its addresses.
    #[serde(default)]
    pub nat_gateway_addresses: Vec<NatGatewayAddress>,
    /// `pending`, `failed`, `available`, `deleting` or `deleted`.
    pub state: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// An address of a NAT gateway.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NatGatewayAddress {
    /// The Elastic IP address's allocation.
    pub allocation_id: Option<String>,
    /// Its network interface.
    pub network_interface_id: Option<String>,
    /// The private address.
    pub private_ip: Option<String>,
    /// The public address.
    pub public_ip: Option<String>,
    /// The zone it serves.
    pub availability_zone: Option<String>,
}

impl Describe for NatGateway {
    fn id(&self) -> &str {
        self.nat_gateway_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_id.as_ref()
    }
}
