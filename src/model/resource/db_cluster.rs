//! Aurora and Multi-AZ DB clusters.

use serde::{Deserialize, Serialize};

use super::VpcSecurityGroupMembership;
use crate::model::{Describe, Tag};

/// A DB cluster, as `rds:DescribeDBClusters` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DbCluster {
    /// Its identifier.
    #[serde(rename = "DBClusterIdentifier")]
    pub db_cluster_identifier: String,
    /// Its ARN.
    #[serde(rename = "DBClusterArn")]
    pub db_cluster_arn: Option<String>,
    /// Its engine.
    pub engine: Option<String>,
    /// The engine's version.
    pub engine_version: Option<String>,
    /// What it is doing.
    pub status: Option<String>,
    /// The writer's DNS name.
    pub endpoint: Option<String>,
    /// The readers' DNS name.
    pub reader_endpoint: Option<String>,
    /// Its port.
    pub port: Option<i32>,
    /// Whether it has instances in more than one zone.
    #[serde(rename = "MultiAZ")]
    pub multi_az: Option<bool>,
    /// The zones its storage may use, which is not where its instances are.
    #[serde(default)]
    pub availability_zones: Vec<String>,
    /// Its instances.
    #[serde(rename = "DBClusterMembers", default)]
    pub db_cluster_members: Vec<DbClusterMember>,
    /// The name of its subnet group.
    #[serde(rename = "DBSubnetGroup")]
    pub db_subnet_group: Option<String>,
    /// Its security groups.
    #[serde(default)]
    pub vpc_security_groups: Vec<VpcSecurityGroupMembership>,
    /// Whether its name resolves to a public address; Multi-AZ DB clusters only.
    pub publicly_accessible: Option<bool>,
    /// Whether its storage is encrypted.
    pub storage_encrypted: Option<bool>,
    /// For how many days backups are kept.
    pub backup_retention_period: Option<i32>,
    /// The logs it publishes.
    #[serde(default)]
    pub enabled_cloudwatch_logs_exports: Vec<String>,
    /// Its tags.
    #[serde(default)]
    pub tag_list: Vec<Tag>,
}

/// An instance of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DbClusterMember {
    /// Its identifier.
    #[serde(rename = "DBInstanceIdentifier")]
    pub db_instance_identifier: Option<String>,
    /// Whether it is the writer.
    pub is_cluster_writer: Option<bool>,
}

impl Describe for DbCluster {
    fn id(&self) -> &str {
        &self.db_cluster_identifier
    }
    fn name(&self) -> Option<&str> {
        Some(&self.db_cluster_identifier)
    }
    fn tags(&self) -> &[Tag] {
        &self.tag_list
    }
}
