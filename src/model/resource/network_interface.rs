//! Network interfaces.

use serde::{Deserialize, Serialize};

use super::GroupIdentifier;
use crate::model::{Describe, Kind, NetworkInterfaceId, SubnetId, Tag, VpcId};

/// A network interface, as `ec2:DescribeNetworkInterfaces` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterface {
    /// Its id.
    pub network_interface_id: NetworkInterfaceId,
    /// Its VPC.
    pub vpc_id: Option<VpcId>,
    /// Its subnet.
    pub subnet_id: Option<SubnetId>,
    /// Its zone.
    pub availability_zone: Option<String>,
    /// `interface`, `nat_gateway`, `network_load_balancer`, `lambda` and so on.
    pub interface_type: Option<String>,
    /// What made it; AWS services write their own name here.
    pub description: Option<String>,
    /// The service that asked for it.
    pub requester_id: Option<String>,
    /// Whether an AWS service manages it.
    pub requester_managed: Option<bool>,
    /// Whether it refuses packets not addressed to it.
    pub source_dest_check: Option<bool>,
    /// `available`, `in-use` and so on.
    pub status: Option<String>,
    /// Its primary private address.
    pub private_ip_address: Option<String>,
    /// Every private IPv4 address, with the public one of each.
    #[serde(default)]
    pub private_ip_addresses: Vec<NetworkInterfacePrivateIpAddress>,
    /// Its IPv6 addresses.
    #[serde(default)]
    pub ipv6_addresses: Vec<NetworkInterfaceIpv6Address>,
    /// The IPv4 prefixes delegated to it: every address of them is its own.
    #[serde(default)]
    pub ipv4_prefixes: Vec<Ipv4PrefixSpecification>,
    /// The IPv6 prefixes delegated to it.
    #[serde(default)]
    pub ipv6_prefixes: Vec<Ipv6PrefixSpecification>,
    /// The public address of the primary private one.
    pub association: Option<NetworkInterfaceAssociation>,
    /// What it is attached to.
    pub attachment: Option<NetworkInterfaceAttachment>,
    /// Its security groups.
    #[serde(default)]
    pub groups: Vec<GroupIdentifier>,
    /// Its tags.
    #[serde(default)]
    pub tag_set: Vec<Tag>,
}

/// A private IPv4 address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterfacePrivateIpAddress {
    /// The address.
    pub private_ip_address: Option<String>,
    /// Whether it is the primary one.
    pub primary: Option<bool>,
    /// Its public address.
    pub association: Option<NetworkInterfaceAssociation>,
}

/// An IPv6 address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterfaceIpv6Address {
    /// The address.
    pub ipv6_address: Option<String>,
}

/// A delegated IPv4 prefix.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv4PrefixSpecification {
    /// The prefix, a /28.
    pub ipv4_prefix: Option<String>,
}

/// A delegated IPv6 prefix.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6PrefixSpecification {
    /// The prefix, a /80.
    pub ipv6_prefix: Option<String>,
}

/// A public address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterfaceAssociation {
    /// The address.
    pub public_ip: Option<String>,
    /// Its DNS name.
    pub public_dns_name: Option<String>,
    /// Whose it is; `amazon` when AWS lent it.
    pub ip_owner_id: Option<String>,
    /// Its allocation, when it is an Elastic IP address.
    pub allocation_id: Option<String>,
}

/// What an interface is attached to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkInterfaceAttachment {
    /// The attachment's id.
    pub attachment_id: Option<String>,
    /// The instance.
    pub instance_id: Option<String>,
    /// Who owns that; a service's name for managed ones.
    pub instance_owner_id: Option<String>,
    /// 0 for the primary interface.
    pub device_index: Option<i32>,
    /// `attaching`, `attached`, `detaching` or `detached`.
    pub status: Option<String>,
}

impl NetworkInterface {
    /// The prefixes delegated to it, of both families.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        let v4 = self.ipv4_prefixes.iter().filter_map(|prefix| prefix.ipv4_prefix.as_deref());
        v4.chain(self.ipv6_prefixes.iter().filter_map(|prefix| prefix.ipv6_prefix.as_deref()))
    }
}

impl Describe for NetworkInterface {
    fn id(&self) -> &str {
        self.network_interface_id.as_str()
    }
    fn tags(&self) -> &[Tag] {
        &self.tag_set
    }
    fn vpc_id(&self) -> Option<&VpcId> {
        self.vpc_id.as_ref()
    }
    fn parents(&self) -> Vec<(Kind, &str)> {
        self.attachment.iter().filter_map(|a| Some((Kind::Instance, a.instance_id.as_deref()?))).collect()
    }
}
