//! EC2 instances.

use serde::{Deserialize, Serialize};

use super::NetworkInterface;
use crate::model::{Describe, InstanceId, SecurityGroupId, SubnetId, Tag, VpcId};

/// An instance, as `ec2:DescribeInstances` prints it inside its reservation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Instance {
    /// Its id.
    pub instance_id: InstanceId,
    /// The image it started from.
    pub image_id: Option<String>,
    /// Its type.
    pub instance_type: Option<String>,
    /// The key pair it started with.
    pub key_name: Option<String>,
    /// When it started.
    pub launch_time: Option<String>,
    /// What it is doing.
    pub state: Option<InstanceState>,
    /// Where it is.
    pub placement: Option<Placement>,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// The subnet of its primary interface.
    pub subnet_id: Option<SubnetId>,
    /// Its primary private address.
    pub private_ip_address: Option<String>,
    /// Its public address.
    pub public_ip_address: Option<String>,
    /// Its public DNS name.
    pub public_dns_name: Option<String>,
    /// Its IPv6 address.
    pub ipv6_address: Option<String>,
    /// The security groups of its primary interface.
    #[serde(default)]
    pub security_groups: Vec<GroupIdentifier>,
    /// Its interfaces.
    #[serde(default)]
    pub network_interfaces: Vec<NetworkInterface>,
    /// How its metadata service answers.
    pub metadata_options: Option<MetadataOptions>,
    /// Whether its metrics are detailed.
    pub monitoring: Option<Monitoring>,
    /// Its instance profile.
    pub iam_instance_profile: Option<IamInstanceProfile>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The state of an instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceState {
    /// Its number.
    pub code: Option<i32>,
    /// `pending`, `running`, `shutting-down`, `terminated`, `stopping` or `stopped`.
    pub name: Option<String>,
}

/// Where an instance is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Placement {
    /// The zone.
    pub availability_zone: Option<String>,
}

/// A security group by id and name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupIdentifier {
    /// Its id.
    pub group_id: Option<SecurityGroupId>,
    /// Its name.
    pub group_name: Option<String>,
}

/// How an instance's metadata service answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetadataOptions {
    /// `required` is IMDSv2 only.
    pub http_tokens: Option<String>,
    /// `enabled` or `disabled`.
    pub http_endpoint: Option<String>,
    /// How many hops an answer may go.
    pub http_put_response_hop_limit: Option<i32>,
}

/// Whether metrics come each minute.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Monitoring {
    /// `enabled` for one minute, `disabled` for five.
    pub state: Option<String>,
}

/// An instance profile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IamInstanceProfile {
    /// Its ARN.
    pub arn: Option<String>,
}

impl Describe for Instance {
    fn id(&self) -> &str {
        self.instance_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_id.as_ref()
    }
    fn dns_names(&self) -> Vec<&str> {
        self.public_dns_name.as_deref().filter(|n| !n.is_empty()).into_iter().collect()
    }
}
