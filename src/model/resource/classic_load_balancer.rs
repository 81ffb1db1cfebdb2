//! Classic Load Balancers.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, SecurityGroupId, SubnetId, Tag, VpcId};

/// A classic load balancer, as `elasticloadbalancing:DescribeLoadBalancers` (version 1) prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassicLoadBalancer {
    /// Its name.
    pub load_balancer_name: String,
    /// Its DNS name.
    #[serde(rename = "DNSName")]
    pub dns_name: Option<String>,
    /// `internet-facing` or `internal`.
    pub scheme: Option<String>,
    /// Its VPC.
    #[serde(rename = "VPCId")]
    pub vpc_id: Option<VpcId>,
    /// Its zones.
    #[serde(default)]
    pub availability_zones: Vec<String>,
    /// Its subnets.
    #[serde(default)]
    pub subnets: Vec<SubnetId>,
    /// Its security groups.
    #[serde(default)]
    pub security_groups: Vec<SecurityGroupId>,
    /// Its listeners.
    #[serde(default)]
    pub listener_descriptions: Vec<ListenerDescription>,
    /// Its instances.
    #[serde(default)]
    pub instances: Vec<ClassicInstance>,
    /// Its tags, as `elasticloadbalancing:DescribeTags` tells them.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A listener with its policies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListenerDescription {
    /// The listener.
    pub listener: Option<ClassicListener>,
    /// Its policies.
    #[serde(default)]
    pub policy_names: Vec<String>,
}

/// A listener.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassicListener {
    /// `HTTP`, `HTTPS`, `TCP` or `SSL`.
    pub protocol: Option<String>,
    /// The port it listens on.
    pub load_balancer_port: Option<i32>,
    /// The protocol spoken to instances.
    pub instance_protocol: Option<String>,
    /// The port spoken to.
    pub instance_port: Option<i32>,
    /// Its certificate.
    #[serde(rename = "SSLCertificateId")]
    pub ssl_certificate_id: Option<String>,
}

/// An instance behind it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClassicInstance {
    /// Its id.
    pub instance_id: Option<String>,
}

impl Describe for ClassicLoadBalancer {
    fn id(&self) -> &str {
        &self.load_balancer_name
    }
    fn name(&self) -> Option<&str> {
        Some(&self.load_balancer_name)
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
