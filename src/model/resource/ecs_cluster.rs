//! ECS clusters. ECS writes its field names in camel case.

use serde::{Deserialize, Serialize};

use crate::model::{Arn, Describe, Tag};

/// A cluster, as `ecs:DescribeClusters` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EcsCluster {
    /// Its ARN.
    pub cluster_arn: Arn,
    /// Its name.
    pub cluster_name: Option<String>,
    /// `ACTIVE` when it works.
    pub status: Option<String>,
    /// How many tasks run.
    pub running_tasks_count: Option<i32>,
    /// How many services it has.
    pub active_services_count: Option<i32>,
    /// Its settings, Container Insights among them.
    #[serde(default)]
    pub settings: Vec<ClusterSetting>,
    /// Its tags.
    #[serde(with = "crate::model::tag::camel", default)]
    pub tags: Vec<Tag>,
}

/// A setting of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterSetting {
    /// Its name, such as `containerInsights`.
    pub name: Option<String>,
    /// Its value.
    pub value: Option<String>,
}

impl Describe for EcsCluster {
    fn id(&self) -> &str {
        self.cluster_arn.as_str()
    }
    fn name(&self) -> Option<&str> {
        self.cluster_name.as_deref()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
