//! Subnet groups of caches.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, SubnetId, VpcId};

/// A cache subnet group, as `elasticache:DescribeCacheSubnetGroups` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CacheSubnetGroup {
    /// Its name.
    pub cache_subnet_group_name: String,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// Its subnets.
    #[serde(default)]
    pub subnets: Vec<CacheSubnet>,
}

/// One subnet of a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CacheSubnet {
    /// The subnet.
    pub subnet_identifier: Option<SubnetId>,
    /// Its zone.
    pub subnet_availability_zone: Option<CacheAvailabilityZone>,
}

/// A zone by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CacheAvailabilityZone {
    /// The zone.
    pub name: Option<String>,
}

impl Describe for CacheSubnetGroup {
    fn id(&self) -> &str {
        &self.cache_subnet_group_name
    }
    fn name(&self) -> Option<&str> {
        Some(&self.cache_subnet_group_name)
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_id.as_ref()
    }
}
