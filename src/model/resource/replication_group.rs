//! ElastiCache replication groups.

use serde::{Deserialize, Serialize};

use super::Endpoint;
use crate::model::{Describe, SecurityGroupId, Tag};

/// A replication group, as `elasticache:DescribeReplicationGroups` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplicationGroup {
    /// Its id.
    pub replication_group_id: String,
    /// Its ARN.
    #[serde(rename = "ARN")]
    pub arn: Option<String>,
    /// What its owner says it is for.
    pub description: Option<String>,
    /// What it is doing.
    pub status: Option<String>,
    /// `enabled`, `disabled`, `enabling` or `disabling`.
    pub automatic_failover: Option<String>,
    /// `enabled` or `disabled`.
    #[serde(rename = "MultiAZ")]
    pub multi_az: Option<String>,
    /// Its clusters.
    #[serde(default)]
    pub member_clusters: Vec<String>,
    /// Its shards.
    #[serde(default)]
    pub node_groups: Vec<NodeGroup>,
    /// Whether it is sharded.
    pub cluster_enabled: Option<bool>,
    /// Whether connections are encrypted.
    pub transit_encryption_enabled: Option<bool>,
    /// `required`, or `preferred`, which accepts connections without TLS as well.
    pub transit_encryption_mode: Option<String>,
    /// Whether its storage is encrypted.
    pub at_rest_encryption_enabled: Option<bool>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A shard.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NodeGroup {
    /// Its id.
    pub node_group_id: Option<String>,
    /// What it is doing.
    pub status: Option<String>,
    /// Where its primary listens.
    pub primary_endpoint: Option<Endpoint>,
    /// Its nodes.
    #[serde(default)]
    pub node_group_members: Vec<NodeGroupMember>,
}

/// A node of a shard.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NodeGroupMember {
    /// Its cluster.
    pub cache_cluster_id: Option<String>,
    /// Its zone.
    pub preferred_availability_zone: Option<String>,
    /// `primary` or `replica`.
    pub current_role: Option<String>,
}

/// A security group of a cache.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CacheSecurityGroupMembership {
    /// Its id.
    pub security_group_id: Option<SecurityGroupId>,
    /// `active` when in force.
    pub status: Option<String>,
}

impl Describe for ReplicationGroup {
    fn id(&self) -> &str {
        &self.replication_group_id
    }
    fn name(&self) -> Option<&str> {
        Some(&self.replication_group_id)
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
