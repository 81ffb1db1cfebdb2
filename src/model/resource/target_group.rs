//! Target groups.

use serde::{Deserialize, Serialize};

use crate::model::{Arn, Describe, Kind, Tag, VpcId};

/// A target group, as `elasticloadbalancing:DescribeTargetGroups` prints it, with the health of its targets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetGroup {
    /// Its ARN.
    pub target_group_arn: Arn,
    /// Its name.
    pub target_group_name: Option<String>,
    /// The protocol spoken to targets.
    pub protocol: Option<String>,
    /// The port spoken to.
    pub port: Option<i32>,
    /// `instance`, `ip`, `lambda` or `alb`.
    pub target_type: Option<String>,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// The load balancers that use it.
    #[serde(default)]
    pub load_balancer_arns: Vec<Arn>,
    /// The protocol of its health check.
    pub health_check_protocol: Option<String>,
    /// The path of its health check.
    pub health_check_path: Option<String>,
    /// Its targets; absent when they could not be read.
    pub target_health_descriptions: Option<Vec<TargetHealthDescription>>,
    /// Its attributes; absent when they could not be read, and where no Network Load Balancer can use it.
    pub attributes: Option<Vec<TargetGroupAttribute>>,
    /// Its tags, as `elasticloadbalancing:DescribeTags` tells them.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A setting of a target group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetGroupAttribute {
    /// Its name, such as `preserve_client_ip.enabled`.
    pub key: String,
    /// Its value.
    pub value: Option<String>,
}

/// One target and how it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetHealthDescription {
    /// The target.
    pub target: Option<TargetDescription>,
    /// How it is.
    pub target_health: Option<TargetHealth>,
}

/// A target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetDescription {
    /// An instance, an address, a function or a load balancer.
    pub id: String,
    /// Its port.
    pub port: Option<i32>,
    /// Its zone; `all` for an address outside the VPC.
    pub availability_zone: Option<String>,
}

/// How a target is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetHealth {
    /// `initial`, `healthy`, `unhealthy`, `unused`, `draining` or `unavailable`.
    pub state: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl Describe for TargetGroup {
    fn id(&self) -> &str {
        self.target_group_arn.as_str()
    }
    fn name(&self) -> Option<&str> {
        self.target_group_name.as_deref()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_id.as_ref()
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        self.load_balancer_arns.iter().map(|arn| (Kind::LoadBalancer, arn.as_str())).collect()
    }
}
