//! Client VPN endpoints.

use serde::{Deserialize, Serialize};

use crate::model::{Describe, SecurityGroupId, SubnetId, Tag, TransitGatewayAttachmentId, VpcId};

/// A Client VPN endpoint, as `ec2:DescribeClientVpnEndpoints` prints it, with who may go where through it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClientVpnEndpoint {
    /// Its id.
    pub client_vpn_endpoint_id: String,
    /// What its owner says it is for.
    pub description: Option<String>,
    /// Whether it works.
    pub status: Option<ClientVpnStatus>,
    /// Where its clients' addresses are from.
    pub client_cidr_block: Option<String>,
    /// Its DNS name.
    pub dns_name: Option<String>,
    /// `udp` or `tcp`.
    pub transport_protocol: Option<String>,
    /// The port it listens on.
    pub vpn_port: Option<i32>,
    /// Whether clients send only what its routes name.
    pub split_tunnel: Option<bool>,
    /// Its VPC; one that ends at a transit gateway has none.
    pub vpc_id: Option<VpcId>,
    /// The security groups of its interfaces.
    #[serde(default)]
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Who may go where, as `ec2:DescribeClientVpnAuthorizationRules` tells it; absent when not all could be read.
    pub authorization_rules: Option<Vec<ClientVpnAuthorizationRule>>,
    /// Where it is, as `ec2:DescribeClientVpnTargetNetworks` tells it; absent when not all could be read.
    pub target_networks: Option<Vec<ClientVpnTargetNetwork>>,
    /// Its routes, as `ec2:DescribeClientVpnRoutes` tells them; absent when not all could be read.
    pub routes: Option<Vec<ClientVpnRoute>>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// How an endpoint, or a part of it, is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClientVpnStatus {
    /// `available`, `active` or `associated` when it works, each of its own sort.
    pub code: Option<String>,
}

/// Who may go where.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClientVpnAuthorizationRule {
    /// Where to.
    pub destination_cidr: Option<String>,
    /// The group of users.
    pub group_id: Option<String>,
    /// Whether every client may.
    pub access_all: Option<bool>,
    /// Whether it is in force.
    pub status: Option<ClientVpnStatus>,
}

/// A subnet that an endpoint has an interface in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClientVpnTargetNetwork {
    /// The association's id.
    pub association_id: Option<String>,
    /// The VPC.
    pub vpc_id: Option<VpcId>,
    /// The subnet.
    pub target_network_id: Option<SubnetId>,
    /// The security groups of the interface.
    #[serde(default)]
    pub security_groups: Vec<SecurityGroupId>,
    /// Whether it is in force.
    pub status: Option<ClientVpnStatus>,
}

/// A route of an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ClientVpnRoute {
    /// Where to.
    pub destination_cidr: Option<String>,
    /// By which subnet.
    pub target_subnet: Option<SubnetId>,
    /// By which attachment, when the endpoint ends at a transit gateway.
    pub transit_gateway_attachment_id: Option<TransitGatewayAttachmentId>,
    /// `associate` or `add-route`.
    pub origin: Option<String>,
    /// Whether it is in force.
    pub status: Option<ClientVpnStatus>,
}

impl Describe for ClientVpnEndpoint {
    fn id(&self) -> &str {
        &self.client_vpn_endpoint_id
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
