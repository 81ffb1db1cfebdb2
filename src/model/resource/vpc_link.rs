//! VPC links of API Gateway.

use serde::{Deserialize, Serialize};

use crate::model::tag::map;
use crate::model::{Arn, Describe, Kind, SecurityGroupId, SubnetId, Tag};

/// A way from API Gateway into a VPC, as `apigateway:GetVpcLinks` prints it, in the words of version 2 of that API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcLink {
    /// Its id, by which integrations name it.
    pub vpc_link_id: String,
    /// Its name.
    pub name: Option<String>,
    /// `V1` leads to Network Load Balancers, `V2` into subnets.
    pub vpc_link_version: Option<String>,
    /// `PENDING`, `AVAILABLE`, `INACTIVE` after weeks without a request, `DELETING` or `FAILED`.
    pub vpc_link_status: Option<String>,
    /// The load balancers, in version 1.
    #[serde(default)]
    pub target_arns: Vec<Arn>,
    /// The subnets, in version 2.
    #[serde(default)]
    pub subnet_ids: Vec<SubnetId>,
    /// The security groups, in version 2.
    #[serde(default)]
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Its tags.
    #[serde(default, with = "map")]
    pub tags: Vec<Tag>,
}

impl Describe for VpcLink {
    fn id(&self) -> &str {
        &self.vpc_link_id
    }
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        let balancers = self.target_arns.iter().map(|arn| (Kind::LoadBalancer, arn.as_str()));
        balancers.chain(self.subnet_ids.iter().map(|subnet| (Kind::Subnet, subnet.as_str()))).collect()
    }
}
