//! What an answer is made of: hops, what stops a packet, what could not be read. The shapes and codes are those of
//! AWS's Reachability Analyzer (ForwardPathComponents, Explanations), so that both can be compared.
//!
//! Source: EC2 API Reference, types PathComponent and Explanation; VPC Reachability Analyzer, "Explanation codes".

use std::fmt;

use serde::{Deserialize, Serialize};

use super::filter::Direction;
use crate::model::Gap;

/// An object on a path.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Component {
    /// Its id; `internet` and addresses stand for what lies outside.
    pub id: String,
    /// Its name, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Component {
    /// An object by its id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), name: None }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} ({name})", self.id),
            None => f.write_str(&self.id),
        }
    }
}

/// A range of ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PortRange {
    /// The first.
    pub from: u16,
    /// The last.
    pub to: u16,
}

/// The entry of a network ACL that decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AclRule {
    /// Its range of addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr: Option<String>,
    /// Whether it is for what leaves the subnet.
    pub egress: bool,
    /// Its ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_range: Option<PortRange>,
    /// Its protocol, as AWS writes it.
    pub protocol: String,
    /// `allow` or `deny`.
    pub rule_action: String,
    /// Its number.
    pub rule_number: i32,
}

/// The rule of a security group that decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroupRule {
    /// Its range of addresses, when it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr: Option<String>,
    /// `ingress` or `egress`.
    pub direction: String,
    /// The group that it names, when it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_id: Option<String>,
    /// The prefix list that it names, when it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix_list_id: Option<String>,
    /// Its ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_range: Option<PortRange>,
    /// Its protocol, as AWS writes it.
    pub protocol: String,
}

/// The route that wins.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTableRoute {
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_cidr: Option<String>,
    /// Where to, as a prefix list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_prefix_list_id: Option<String>,
    /// Its target, in the field that AWS has for such a target.
    #[serde(flatten)]
    pub target: RouteTarget,
    /// How it came about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// `active` or `blackhole`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// The target of a route.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RouteTarget {
    /// `local`, an internet or virtual private gateway, an endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_id: Option<String>,
    /// An egress-only internet gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress_only_internet_gateway_id: Option<String>,
    /// An instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// A NAT gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_gateway_id: Option<String>,
    /// A network interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<String>,
    /// A transit gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_gateway_id: Option<String>,
    /// A peering connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_peering_connection_id: Option<String>,
}

impl RouteTarget {
    /// The target's id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let ids = [
            &self.gateway_id,
            &self.egress_only_internet_gateway_id,
            &self.nat_gateway_id,
            &self.network_interface_id,
            &self.instance_id,
            &self.transit_gateway_id,
            &self.vpc_peering_connection_id,
        ];
        ids.into_iter().find_map(|id| id.as_deref())
    }
}

/// The route of a transit gateway's table that wins.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayRouteTableRoute {
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_cidr: Option<String>,
    /// `active` or `blackhole`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `static` or `propagated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_origin: Option<String>,
    /// The attachment that it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_id: Option<String>,
}

/// A packet's addresses at a hop.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PacketHeader {
    /// From where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source_addresses: Vec<String>,
    /// To where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destination_addresses: Vec<String>,
    /// To which ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destination_port_ranges: Vec<PortRange>,
    /// By which protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
}

/// One hop of a path, with the rule, entry or route that let the packet through.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PathComponent {
    /// Its place in the path, from 1.
    pub sequence_number: usize,
    /// What the packet passes.
    pub component: Component,
    /// The ACL entry that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl_rule: Option<AclRule>,
    /// The security group rule that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_rule: Option<SecurityGroupRule>,
    /// The route that wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_table_route: Option<RouteTableRoute>,
    /// The transit gateway's route that wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_gateway_route_table_route: Option<TransitGatewayRouteTableRoute>,
    /// The listener that takes the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic_load_balancer_listener: Option<Component>,
    /// The subnet it is in or filters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet: Option<Component>,
    /// The VPC it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc: Option<Component>,
    /// What it is attached to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attached_to: Option<Component>,
    /// The packet as it leaves, where the hop changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbound_header: Option<PacketHeader>,
    /// Bartizan's own word on it: that something was assumed or derived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl PathComponent {
    /// A hop that is only passed.
    pub fn new(component: Component) -> Self {
        Self { component, ..Self::default() }
    }
}

/// One setting that stops the packet. All of an answer's have to change before it gets through.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Explanation {
    /// AWS's code.
    pub explanation_code: String,
    /// `ingress` or `egress`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// What stops it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<Component>,
    /// The ACL and its entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<Component>,
    /// The ACL's entry; absent when it is the final one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl_rule: Option<AclRule>,
    /// The security groups, none of which admits it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_groups: Vec<Component>,
    /// The route table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_table: Option<Component>,
    /// The route that wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_table_route: Option<RouteTableRoute>,
    /// The transit gateway's route that wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_gateway_route_table_route: Option<TransitGatewayRouteTableRoute>,
    /// The subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet: Option<Component>,
    /// The VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc: Option<Component>,
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether it stops the reply and not the first packet.
    pub reply: bool,
    /// The same in a sentence.
    pub text: String,
}

impl Explanation {
    /// A setting that stops a packet.
    pub fn new(code: &str, text: impl Into<String>) -> Self {
        Self { explanation_code: code.to_owned(), text: text.into(), ..Self::default() }
    }

    /// The same, for what passes one way.
    #[must_use]
    pub fn way(mut self, direction: Direction) -> Self {
        self.direction = Some(direction.name().to_owned());
        self
    }
}

/// Something an answer rests on that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Unread {
    /// What: `the network ACL of subnet-1`.
    pub what: String,
    /// The IAM action that reads it; absent when no call would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Why it was not read.
    pub why: String,
}

impl Unread {
    /// What a gap leaves open.
    pub fn of(what: impl Into<String>, gap: &Gap) -> Self {
        Self { what: what.into(), action: Some(gap.action.clone()), why: gap.to_string() }
    }

    /// What no call would tell.
    pub fn never(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), action: None, why: why.into() }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// Whether a connection can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing arrives.
    Denied,
    /// Packets arrive, but no reply comes back.
    Delivers,
    /// Something that was not read decides.
    Unknown,
    /// Connections are taken, but a condition above the network decides: a secret header, an authorizer.
    Gated,
    /// Connections are made.
    Connects,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Delivers => "delivers",
            Self::Unknown => "unknown",
            Self::Gated => "gated",
            Self::Connects => "connects",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The answer for one packet: the verdict and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Answer {
    /// Whether a connection can be made.
    pub verdict: Verdict,
    /// The hops of the first packet, as far as it would get if nothing stopped it.
    pub forward_path_components: Vec<PathComponent>,
    /// The hops of the reply.
    pub return_path_components: Vec<PathComponent>,
    /// What stops it: the settings that all have to change.
    pub explanations: Vec<Explanation>,
    /// What would have to be read to know.
    pub unread: Vec<Unread>,
    /// What was assumed, and what limits the connection without stopping it.
    pub notes: Vec<String>,
}
