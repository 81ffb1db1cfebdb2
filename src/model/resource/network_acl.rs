//! Network ACLs.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, NetworkAclId, SubnetId, Tag, VpcId};

/// A network ACL, as `ec2:DescribeNetworkAcls` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAcl {
    /// Its id.
    pub network_acl_id: NetworkAclId,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// Whether subnets without one of their own use it.
    pub is_default: Option<bool>,
    /// The subnets that use it.
    #[serde(default)]
    pub associations: Vec<NetworkAclAssociation>,
    /// Its entries, both directions; the lowest number that matches decides.
    #[serde(default)]
    pub entries: Vec<NetworkAclEntry>,
    /// The account that owns it.
    pub owner_id: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A subnet's use of a network ACL.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAclAssociation {
    /// Its id.
    pub network_acl_association_id: Option<String>,
    /// The ACL.
    pub network_acl_id: Option<NetworkAclId>,
    /// The subnet.
    pub subnet_id: Option<SubnetId>,
}

/// One entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkAclEntry {
    /// Its place; 32767 is the final deny.
    pub rule_number: Option<i32>,
    /// Whether it is about what leaves.
    pub egress: Option<bool>,
    /// The IP protocol number; `-1` is all.
    pub protocol: Option<String>,
    /// `allow` or `deny`.
    pub rule_action: Option<String>,
    /// The IPv4 range.
    pub cidr_block: Option<String>,
    /// The IPv6 range.
    pub ipv6_cidr_block: Option<String>,
    /// The ports, for TCP and UDP.
    pub port_range: Option<PortRange>,
    /// Type and code, for ICMP.
    pub icmp_type_code: Option<IcmpTypeCode>,
}

/// An ICMP type and code; `-1` is all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IcmpTypeCode {
    /// The code.
    pub code: Option<i32>,
    /// The type.
    pub r#type: Option<i32>,
}

impl Describe for NetworkAcl {
    fn id(&self) -> &str {
        self.network_acl_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_id.as_ref()
    }
}

/// A range of ports, both ends included.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PortRange {
    /// The first.
    pub from: Option<i32>,
    /// The last.
    pub to: Option<i32>,
}
