//! Endpoint services: load balancers offered to other VPCs by PrivateLink.

use serde::{Deserialize, Serialize};

use crate::model::{Arn, Describe, Kind, Tag};

/// An endpoint service of this account, as `ec2:DescribeVpcEndpointServiceConfigurations` prints it, with who may use
/// it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcEndpointServiceConfiguration {
    /// Its id.
    pub service_id: String,
    /// Its name, by which endpoints name it.
    pub service_name: Option<String>,
    /// `Pending`, `Available`, `Deleting`, `Deleted` or `Failed`.
    pub service_state: Option<String>,
    /// Whether each endpoint needs consent.
    pub acceptance_required: Option<bool>,
    /// The Network Load Balancers behind it.
    #[serde(default)]
    pub network_load_balancer_arns: Vec<Arn>,
    /// The Gateway Load Balancers behind it.
    #[serde(default)]
    pub gateway_load_balancer_arns: Vec<Arn>,
    /// Who may make endpoints to it, as `ec2:DescribeVpcEndpointServicePermissions` tells it; absent when that could
    /// not be read.
    pub allowed_principals: Option<Vec<AllowedPrincipal>>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// Who may make endpoints to a service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllowedPrincipal {
    /// `All`, `Service`, `OrganizationUnit`, `Account`, `User` or `Role`.
    pub principal_type: Option<String>,
    /// The ARN; `*` is everybody.
    pub principal: Option<String>,
}

impl Describe for VpcEndpointServiceConfiguration {
    fn id(&self) -> &str {
        &self.service_id
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        let balancers = self.network_load_balancer_arns.iter().chain(&self.gateway_load_balancer_arns);
        balancers.map(|arn| (Kind::LoadBalancer, arn.as_str())).collect()
    }
}
