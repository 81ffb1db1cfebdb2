//! VPCs.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, Tag, VpcId};

/// A VPC, as `ec2:DescribeVpcs` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Vpc {
    /// Its id.
    pub vpc_id: VpcId,
    /// Its primary IPv4 range.
    pub cidr_block: Option<String>,
    /// Every IPv4 range it has or had.
    #[serde(default)]
    pub cidr_block_association_set: Vec<CidrBlockAssociation>,
    /// Every IPv6 range it has or had.
    #[serde(default)]
    pub ipv6_cidr_block_association_set: Vec<Ipv6CidrBlockAssociation>,
    /// Whether it is the Region's default VPC.
    pub is_default: Option<bool>,
    /// The account that owns it.
    pub owner_id: Option<String>,
    /// `pending` or `available`.
    pub state: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// An IPv4 range of a VPC.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CidrBlockAssociation {
    /// The range.
    pub cidr_block: Option<String>,
    /// Whether it is associated.
    pub cidr_block_state: Option<CidrBlockState>,
}

/// An IPv6 range of a VPC or subnet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6CidrBlockAssociation {
    /// The range.
    pub ipv6_cidr_block: Option<String>,
    /// Whether it is associated.
    pub ipv6_cidr_block_state: Option<CidrBlockState>,
}

/// The state of an association.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CidrBlockState {
    /// `associating`, `associated`, `disassociating`, `disassociated`, `failing` or `failed`.
    pub state: Option<String>,
}

impl Describe for Vpc {
    fn id(&self) -> &str {
        self.vpc_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        Some(&self.vpc_id)
    }
}
