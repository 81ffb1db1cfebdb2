//! Virtual private gateways and VPN connections: the way out to networks beyond them.
//!
//! Source: Site-to-Site VPN guide, "Route tables and VPN route priority" and "Tunnel options"; explanation codes
//! VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS, BAD_STATE_VPN and TGW_BAD_STATE_VPN.

use super::network::{Id, Network, at, id};
use super::path::{Component, Explanation, Unread};
use super::route::Entry;
use super::set::{Addresses, address};
use super::way::{End, Way, stopped};
use crate::model::resource::{VpnConnection, VpnGateway};
use crate::model::{Kind, Shard};

/// A virtual private gateway.
#[derive(Debug)]
pub(super) struct VpnGatewayNode<'e> {
    pub(super) resource: &'e VpnGateway,
    /// The VPC that it is attached to.
    pub(super) vpc: Option<Id>,
    /// The route table for what enters through it.
    pub(super) table: Option<Id>,
    shard: usize,
}

impl<'e> Network<'e> {
    pub(super) fn add_vpns(&mut self, place: usize, shard: &'e Shard) {
        for gateway in &shard.resources.vpn_gateways {
            let attached = gateway.vpc_attachments.iter().find(|a| a.state.as_deref() == Some("attached"));
            let vpc = attached.and_then(|a| a.vpc_id.as_ref()).and_then(|vpc| self.by_id.vpc.get(vpc.as_str()));
            self.by_id.vpn_gateway.insert(gateway.vpn_gateway_id.as_str(), id(self.vpn_gateways.len()));
            self.vpn_gateways.push(VpnGatewayNode { resource: gateway, vpc, table: None, shard: place });
        }
        self.vpns.extend(&shard.resources.vpn_connections);
    }

    /// From a subnet by a virtual private gateway.
    pub(super) fn to_vpn(&self, way: &mut Way, from: (Id, Id), (gateway, entry): (Id, &Entry), to: u128) {
        let (vpc, table) = from;
        let Some(node) = at(&self.vpn_gateways, gateway) else { return };
        let name = node.resource.vpn_gateway_id.as_str();
        if node.vpc != Some(vpc) || node.resource.state.as_deref().is_some_and(|state| state != "available") {
            let text = format!("{name} is not attached to the VPC");
            way.end = stopped(self.by_route("BAD_STATE_ATTACHMENT", text, table, entry));
            return;
        }
        let ours = self.vpns.iter().filter(|vpn| vpn.vpn_gateway_id.as_ref().is_some_and(|g| g.as_str() == name));
        let ours: Vec<&VpnConnection> = ours.copied().collect();
        if let Some(gap) = self.missing(node.shard, Kind::VpnConnection) {
            way.end = End::Unread(Box::new(Unread::of(format!("the VPN connections of {name}"), &gap)));
            return;
        }
        if ours.is_empty() {
            // Direct Connect may be behind it, of which nothing is read.
            let what = format!("what is behind {name}");
            let why = "it has no VPN connection, and Direct Connect is not modelled";
            way.end = End::Unread(Box::new(Unread::never(what, why)));
            return;
        }
        let working: Vec<&VpnConnection> = ours.iter().copied().filter(|vpn| works(vpn)).collect();
        if working.is_empty() {
            let text = format!("no VPN connection of {name} is available with a tunnel that is up");
            let mut why = Explanation::new("BAD_STATE_VPN", text);
            why.component = ours.first().map(|vpn| Component::new(vpn.vpn_connection_id.as_str()));
            way.end = stopped(why);
        } else if working.iter().any(|vpn| carries(vpn, to)) {
            way.end = End::Remote(Component::new(name));
        } else {
            let text = format!("no static route of the VPN connections of {name} holds {}", address(to));
            let mut why = Explanation::new("NO_POSSIBLE_DESTINATION", text);
            why.component = Some(Component::new(name));
            way.end = stopped(why);
        }
    }

    /// Where the attachment of a VPN connection to a transit gateway leads.
    pub(super) fn to_attached_vpn(&self, name: &str, attachment: &str, shard: usize) -> End {
        let vpn = self.vpns.iter().find(|vpn| vpn.vpn_connection_id.as_str() == name);
        match (vpn, self.missing(shard, Kind::VpnConnection)) {
            (Some(vpn), _) if works(vpn) => End::Remote(Component::new(name)),
            (Some(_), _) => {
                let mut why = Explanation::new("TGW_BAD_STATE_VPN", format!("{name} has no tunnel that is up"));
                why.component = Some(Component::new(name));
                stopped(why)
            }
            (None, Some(gap)) => End::Unread(Box::new(Unread::of(format!("whether {name} works"), &gap))),
            (None, None) => {
                let why = "the VPN connection is not in this estate; its owner's account tells it";
                End::Unread(Box::new(Unread::never(format!("what is behind {attachment}"), why)))
            }
        }
    }
}

/// Whether a connection is there and a tunnel of it is up. One that tells nothing of its tunnels is taken to work.
pub(super) fn works(vpn: &VpnConnection) -> bool {
    let up = vpn.vgw_telemetry.is_empty() || vpn.vgw_telemetry.iter().any(|t| t.status.as_deref() == Some("UP"));
    up && vpn.state.as_deref().is_none_or(|state| state == "available")
}

/// Whether a connection leads to an address: by its static routes, or by BGP, whose routes the table had.
pub(super) fn carries(vpn: &VpnConnection, to: u128) -> bool {
    let fixed = vpn.options.as_ref().and_then(|options| options.static_routes_only) == Some(true);
    let routes = vpn.routes.iter().filter(|route| route.state.as_deref().is_none_or(|state| state == "available"));
    let routes = Addresses::parse(routes.filter_map(|route| route.destination_cidr_block.as_deref()));
    !fixed || routes.contains(to)
}
