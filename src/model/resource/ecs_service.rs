//! ECS services. ECS writes its field names in camel case.

use serde::{Deserialize, Serialize};

use crate::model::{Arn, Describe, Kind, SecurityGroupId, SubnetId, Tag};

/// A service, as `ecs:DescribeServices` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EcsService {
    /// Its ARN.
    pub service_arn: Arn,
    /// Its name.
    pub service_name: Option<String>,
    /// Its cluster.
    pub cluster_arn: Arn,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: Option<String>,
    /// How many tasks it should run.
    pub desired_count: Option<i32>,
    /// How many it runs.
    pub running_count: Option<i32>,
    /// How many are starting.
    pub pending_count: Option<i32>,
    /// `FARGATE`, `EC2` or `EXTERNAL`.
    pub launch_type: Option<String>,
    /// `REPLICA` or `DAEMON`.
    pub scheduling_strategy: Option<String>,
    /// Its task definition.
    pub task_definition: Option<String>,
    /// The target groups it registers with.
    #[serde(default)]
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// Its network, in `awsvpc` mode.
    pub network_configuration: Option<NetworkConfiguration>,
    /// Its tags.
    #[serde(with = "crate::model::tag::camel", default)]
    pub tags: Vec<Tag>,
}

/// A target group that a service registers with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLoadBalancer {
    /// The target group.
    pub target_group_arn: Option<Arn>,
    /// The container.
    pub container_name: Option<String>,
    /// Its port.
    pub container_port: Option<i32>,
}

/// The network of a service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkConfiguration {
    /// Its interfaces.
    pub awsvpc_configuration: Option<AwsVpcConfiguration>,
}

/// The interfaces of a service's tasks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsVpcConfiguration {
    /// Their subnets.
    #[serde(default)]
    pub subnets: Vec<SubnetId>,
    /// Their security groups.
    #[serde(default)]
    pub security_groups: Vec<SecurityGroupId>,
    /// `ENABLED` or `DISABLED`.
    pub assign_public_ip: Option<String>,
}

impl Describe for EcsService {
    fn id(&self) -> &str {
        self.service_arn.as_str()
    }
    fn name(&self) -> Option<&str> {
        self.service_name.as_deref()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        self.load_balancers
            .iter()
            .filter_map(|lb| Some((Kind::TargetGroup, lb.target_group_arn.as_ref()?.as_str())))
            .chain([(Kind::EcsCluster, self.cluster_arn.as_str())])
            .collect()
    }
}
