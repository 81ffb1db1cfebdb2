//! VPC endpoints.

use serde::{Deserialize, Serialize};

use super::GroupIdentifier;
use crate::model::{Describe, SubnetId, Tag, VpcEndpointId, VpcId};

/// An endpoint, as `ec2:DescribeVpcEndpoints` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcEndpoint {
    /// Its id.
    pub vpc_endpoint_id: VpcEndpointId,
    /// `Interface`, `Gateway` or `GatewayLoadBalancer`.
    pub vpc_endpoint_type: Option<String>,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// The service it leads to.
    pub service_name: Option<String>,
    /// `available` when it works.
    pub state: Option<String>,
    /// Its policy, as JSON text.
    pub policy_document: Option<String>,
    /// The route tables of a gateway endpoint.
    #[serde(default)]
    pub route_table_ids: Vec<String>,
    /// The subnets of an interface endpoint.
    #[serde(default)]
    pub subnet_ids: Vec<SubnetId>,
    /// Its security groups.
    #[serde(default)]
    pub groups: Vec<GroupIdentifier>,
    /// Whether the service's own name leads to it.
    pub private_dns_enabled: Option<bool>,
    /// Its interfaces.
    #[serde(default)]
    pub network_interface_ids: Vec<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

impl Describe for VpcEndpoint {
    fn id(&self) -> &str {
        self.vpc_endpoint_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_id.as_ref()
    }
}
