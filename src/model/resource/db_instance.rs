//! RDS instances, Aurora members among them.

use serde::{Deserialize, Serialize};

use super::DbSubnetGroup;
use crate::model::{Describe, Kind, SecurityGroupId, Tag, VpcId};

/// A DB instance, as `rds:DescribeDBInstances` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DbInstance {
    /// Its identifier.
    #[serde(rename = "DBInstanceIdentifier")]
    pub db_instance_identifier: String,
    /// Its ARN.
    #[serde(rename = "DBInstanceArn")]
    pub db_instance_arn: Option<String>,
    /// Its class.
    #[serde(rename = "DBInstanceClass")]
    pub db_instance_class: Option<String>,
    /// Its engine.
    pub engine: Option<String>,
    /// The engine's version.
    pub engine_version: Option<String>,
    /// What it is doing.
    #[serde(rename = "DBInstanceStatus")]
    pub db_instance_status: Option<String>,
    /// Where it listens.
    pub endpoint: Option<Endpoint>,
    /// Its storage, in GiB.
    pub allocated_storage: Option<i32>,
    /// The zone it is in.
    pub availability_zone: Option<String>,
    /// The zone of its standby.
    pub secondary_availability_zone: Option<String>,
    /// Whether it has a standby in another zone.
    #[serde(rename = "MultiAZ")]
    pub multi_az: Option<bool>,
    /// Whether its name resolves to a public address from outside.
    pub publicly_accessible: Option<bool>,
    /// Whether its storage is encrypted.
    pub storage_encrypted: Option<bool>,
    /// For how many days backups are kept.
    pub backup_retention_period: Option<i32>,
    /// Its cluster, when it is a member of one.
    #[serde(rename = "DBClusterIdentifier")]
    pub db_cluster_identifier: Option<String>,
    /// Its subnet group.
    #[serde(rename = "DBSubnetGroup")]
    pub db_subnet_group: Option<DbSubnetGroup>,
    /// Its security groups.
    #[serde(default)]
    pub vpc_security_groups: Vec<VpcSecurityGroupMembership>,
    /// The logs it publishes.
    #[serde(default)]
    pub enabled_cloudwatch_logs_exports: Vec<String>,
    /// Its tags.
    #[serde(default)]
    pub tag_list: Vec<Tag>,
}

/// Where a database or cache listens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Endpoint {
    /// The DNS name.
    pub address: Option<String>,
    /// The port.
    pub port: Option<i32>,
}

/// A security group of a database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcSecurityGroupMembership {
    /// Its id.
    pub vpc_security_group_id: Option<SecurityGroupId>,
    /// `active` when in force.
    pub status: Option<String>,
}

impl Describe for DbInstance {
    fn id(&self) -> &str {
        &self.db_instance_identifier
    }
    fn name(&self) -> Option<&str> {
        Some(&self.db_instance_identifier)
    }
    fn tags(&self) -> &[Tag] {
        &self.tag_list
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.db_subnet_group.as_ref()?.vpc_id.as_ref()
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        self.db_cluster_identifier.iter().map(|id| (Kind::DbCluster, id.as_str())).collect()
    }
}
