//! Application, Network and Gateway Load Balancers.

use serde::{Deserialize, Serialize};

use crate::model::{Arn, Describe, SecurityGroupId, SubnetId, Tag, VpcId};

/// A load balancer, as `elasticloadbalancing:DescribeLoadBalancers` (version 2) prints it, with its attributes and tags.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancer {
    /// Its ARN.
    pub load_balancer_arn: Arn,
    /// Its name.
    pub load_balancer_name: Option<String>,
    /// Its DNS name.
    #[serde(rename = "DNSName")]
    pub dns_name: Option<String>,
    /// `application`, `network` or `gateway`.
    pub r#type: Option<String>,
    /// `internet-facing` or `internal`.
    pub scheme: Option<String>,
    /// `ipv4` or `dualstack`.
    pub ip_address_type: Option<String>,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// Whether it works.
    pub state: Option<LoadBalancerState>,
    /// Its zones.
    #[serde(default)]
    pub availability_zones: Vec<LoadBalancerZone>,
    /// Its security groups; a Network Load Balancer may have none.
    pub security_groups: Option<Vec<SecurityGroupId>>,
    /// Whether what comes by PrivateLink meets its groups: `on`, the default, or `off`.
    pub enforce_security_group_inbound_rules_on_private_link_traffic: Option<String>,
    /// Its attributes; absent when they could not be read.
    pub attributes: Option<Vec<LoadBalancerAttribute>>,
    /// Its tags, as `elasticloadbalancing:DescribeTags` tells them.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The state of a load balancer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancerState {
    /// `active`, `provisioning`, `active_impaired` or `failed`.
    pub code: Option<String>,
}

/// One zone of a load balancer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancerZone {
    /// The zone.
    pub zone_name: Option<String>,
    /// Its subnet there.
    pub subnet_id: Option<SubnetId>,
    /// Its fixed addresses there.
    #[serde(default)]
    pub load_balancer_addresses: Vec<LoadBalancerAddress>,
}

/// A fixed address of a Network Load Balancer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancerAddress {
    /// The public address.
    pub ip_address: Option<String>,
    /// Its allocation.
    pub allocation_id: Option<String>,
    /// The private address.
    #[serde(rename = "PrivateIPv4Address")]
    pub private_ipv4_address: Option<String>,
}

/// A setting of a load balancer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadBalancerAttribute {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: Option<String>,
}

impl Describe for LoadBalancer {
    fn id(&self) -> &str {
        self.load_balancer_arn.as_str()
    }
    fn name(&self) -> Option<&str> {
        self.load_balancer_name.as_deref()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_id.as_ref()
    }
    fn dns_names(&self) -> Vec<&str> {
        self.dns_name.as_deref().into_iter().collect()
    }
}
