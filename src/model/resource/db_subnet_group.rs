//! Subnet groups of databases.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, SubnetId, VpcId};

/// A DB subnet group, as `rds:DescribeDBSubnetGroups` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DbSubnetGroup {
    /// Its name.
    #[serde(rename = "DBSubnetGroupName")]
    pub db_subnet_group_name: String,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// Its subnets.
    #[serde(default)]
    pub subnets: Vec<DbSubnet>,
}

/// One subnet of a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DbSubnet {
    /// The subnet.
    pub subnet_identifier: Option<SubnetId>,
    /// Its zone.
    pub subnet_availability_zone: Option<DbAvailabilityZone>,
    /// `Active` when usable.
    pub subnet_status: Option<String>,
}

/// A zone by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DbAvailabilityZone {
    /// The zone.
    pub name: Option<String>,
}

impl Describe for DbSubnetGroup {
    fn id(&self) -> &str {
        &self.db_subnet_group_name
    }
    fn name(&self) -> Option<&str> {
        Some(&self.db_subnet_group_name)
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_id.as_ref()
    }
}
