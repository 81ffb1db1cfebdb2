//! Security groups.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, PrefixListId, SecurityGroupId, Tag, VpcId};

/// A security group, as `ec2:DescribeSecurityGroups` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroup {
    /// Its id.
    pub group_id: SecurityGroupId,
    /// Its name.
    pub group_name: Option<String>,
    /// What its owner says it is for.
    pub description: Option<String>,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// The account that owns it.
    pub owner_id: Option<String>,
    /// What may come in.
    #[serde(default)]
    pub ip_permissions: Vec<IpPermission>,
    /// What may go out.
    #[serde(default)]
    pub ip_permissions_egress: Vec<IpPermission>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// What one protocol and port range is open to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpPermission {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for everything.
    pub ip_protocol: Option<String>,
    /// The first port, or the ICMP type; absent or -1 is all.
    pub from_port: Option<i32>,
    /// The last port, or the ICMP code; absent or -1 is all.
    pub to_port: Option<i32>,
    /// IPv4 ranges.
    #[serde(default)]
    pub ip_ranges: Vec<IpRange>,
    /// IPv6 ranges.
    #[serde(default)]
    pub ipv6_ranges: Vec<Ipv6Range>,
    /// Prefix lists.
    #[serde(default)]
    pub prefix_list_ids: Vec<PrefixListReference>,
    /// Security groups.
    #[serde(default)]
    pub user_id_group_pairs: Vec<UserIdGroupPair>,
}

/// An IPv4 range in a permission.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IpRange {
    /// The range.
    pub cidr_ip: Option<String>,
    /// What its owner says it is.
    pub description: Option<String>,
}

/// An IPv6 range in a permission.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6Range {
    /// The range.
    pub cidr_ipv6: Option<String>,
    /// What its owner says it is.
    pub description: Option<String>,
}

/// A prefix list in a permission.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrefixListReference {
    /// Its id.
    pub prefix_list_id: Option<PrefixListId>,
    /// What its owner says it is.
    pub description: Option<String>,
}

/// A security group in a permission.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserIdGroupPair {
    /// Its id.
    pub group_id: Option<SecurityGroupId>,
    /// Its name.
    pub group_name: Option<String>,
    /// Its account.
    pub user_id: Option<String>,
    /// Its VPC, when it is a peer's.
    pub vpc_id: Option<VpcId>,
    /// The peering connection it is reached by.
    pub vpc_peering_connection_id: Option<String>,
    /// The state of that connection.
    pub peering_status: Option<String>,
    /// What its owner says it is.
    pub description: Option<String>,
}

impl Describe for SecurityGroup {
    fn id(&self) -> &str {
        self.group_id.as_str()
    }
    fn name(&self) -> Option<&str> {
        self.group_name.as_deref().or_else(|| Tag::find(&self.tags, "Name"))
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_id.as_ref()
    }
}
