//! Auto Scaling groups.

use serde::{Deserialize, Serialize};

use crate::model::{Arn, Describe, Tag};

/// An Auto Scaling group, as `autoscaling:DescribeAutoScalingGroups` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AutoScalingGroup {
    /// Its name.
    pub auto_scaling_group_name: String,
    /// Its ARN.
    #[serde(rename = "AutoScalingGroupARN")]
    pub auto_scaling_group_arn: Option<String>,
    /// The fewest instances it keeps.
    pub min_size: Option<i32>,
    /// The most.
    pub max_size: Option<i32>,
    /// How many it wants.
    pub desired_capacity: Option<i32>,
    /// Its zones.
    #[serde(default)]
    pub availability_zones: Vec<String>,
    /// Its subnets, with commas between.
    #[serde(rename = "VPCZoneIdentifier")]
    pub vpc_zone_identifier: Option<String>,
    /// `EC2` or `ELB`.
    pub health_check_type: Option<String>,
    /// The target groups it registers with.
    #[serde(rename = "TargetGroupARNs", default)]
    pub target_group_arns: Vec<Arn>,
    /// Its instances.
    #[serde(default)]
    pub instances: Vec<AutoScalingInstance>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// An instance of a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AutoScalingInstance {
    /// Its id.
    pub instance_id: Option<String>,
    /// Its zone.
    pub availability_zone: Option<String>,
    /// `InService` when it works.
    pub lifecycle_state: Option<String>,
    /// `Healthy` or `Unhealthy`.
    pub health_status: Option<String>,
}

impl Describe for AutoScalingGroup {
    fn id(&self) -> &str {
        &self.auto_scaling_group_name
    }
    fn name(&self) -> Option<&str> {
        Some(&self.auto_scaling_group_name)
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
