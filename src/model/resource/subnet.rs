//! Subnets.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, SubnetId, Tag, VpcId};

use super::Ipv6CidrBlockAssociation;

/// A subnet, as `ec2:DescribeSubnets` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Subnet {
    /// Its id.
    pub subnet_id: SubnetId,
    /// Its VPC.
    pub vpc_id: VpcId,
    /// Its ARN.
    pub subnet_arn: Option<String>,
    /// The name of its zone, which differs between accounts.
    pub availability_zone: Option<String>,
    /// The id of its zone, the same in every account.
    pub availability_zone_id: Option<String>,
    /// Its IPv4 range.
    pub cidr_block: Option<String>,
    /// Its IPv6 ranges.
    #[serde(default)]
    pub ipv6_cidr_block_association_set: Vec<Ipv6CidrBlockAssociation>,
    /// Whether it is for IPv6 only.
    pub ipv6_native: Option<bool>,
    /// Whether an instance launched here gets a public IPv4 address unless it says otherwise.
    pub map_public_ip_on_launch: Option<bool>,
    /// Whether an interface made here gets an IPv6 address.
    pub assign_ipv6_address_on_creation: Option<bool>,
    /// Whether it is its zone's default subnet.
    pub default_for_az: Option<bool>,
    /// The account that owns it.
    pub owner_id: Option<String>,
    /// `pending`, `available` or `unavailable`.
    pub state: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

impl Describe for Subnet {
    fn id(&self) -> &str {
        self.subnet_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        Some(&self.vpc_id)
    }
}
