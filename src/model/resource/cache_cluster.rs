//! ElastiCache clusters: Memcached, and the members of replication groups.

use serde::{Deserialize, Serialize};

use super::{CacheSecurityGroupMembership, Endpoint};
use crate::model::{Describe, Kind, Tag};

/// A cache cluster, as `elasticache:DescribeCacheClusters` prints it with its nodes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CacheCluster {
    /// Its id.
    pub cache_cluster_id: String,
    /// Its ARN.
    #[serde(rename = "ARN")]
    pub arn: Option<String>,
    /// `redis`, `valkey` or `memcached`.
    pub engine: Option<String>,
    /// The engine's version.
    pub engine_version: Option<String>,
    /// Its node type.
    pub cache_node_type: Option<String>,
    /// What it is doing.
    pub cache_cluster_status: Option<String>,
    /// How many nodes it has.
    pub num_cache_nodes: Option<i32>,
    /// Its zone, or `Multiple`.
    pub preferred_availability_zone: Option<String>,
    /// Its nodes.
    #[serde(default)]
    pub cache_nodes: Vec<CacheNode>,
    /// The replication group it is a member of.
    pub replication_group_id: Option<String>,
    /// Its subnet group.
    pub cache_subnet_group_name: Option<String>,
    /// Its security groups.
    #[serde(default)]
    pub security_groups: Vec<CacheSecurityGroupMembership>,
    /// Whether connections are encrypted.
    pub transit_encryption_enabled: Option<bool>,
    /// Where a Memcached cluster is asked for its nodes.
    pub configuration_endpoint: Option<Endpoint>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CacheNode {
    /// Its id.
    pub cache_node_id: Option<String>,
    /// Its zone.
    pub customer_availability_zone: Option<String>,
    /// Where it listens.
    pub endpoint: Option<Endpoint>,
}

impl Describe for CacheCluster {
    fn id(&self) -> &str {
        &self.cache_cluster_id
    }
    fn name(&self) -> Option<&str> {
        Some(&self.cache_cluster_id)
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        self.replication_group_id.iter().map(|id| (Kind::ReplicationGroup, id.as_str())).collect()
    }
}
