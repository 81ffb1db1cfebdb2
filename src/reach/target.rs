//! What a route's target is.

use super::network::{Id, Network, at};
use super::route::Target;
use crate::model::Kind;
use crate::model::resource::Route;

impl Network<'_> {
    /// What a route leads to.
    pub(super) fn target(&self, route: &Route) -> Target {
        // What is not listed is gone only where all are listed.
        let known = |found: Option<Id>, make: fn(Id) -> Target, kind: Kind| match found {
            Some(found) => make(found),
            None if self.read_all(kind) => Target::Gone,
            None => Target::NotModelled,
        };
        if let Some(nat) = route.nat_gateway_id.as_deref() {
            return known(self.by_id.nat.get(nat), Target::Nat, Kind::NatGateway);
        }
        if let Some(peering) = route.vpc_peering_connection_id.as_deref() {
            return known(self.by_id.peering.get(peering), Target::Peering, Kind::VpcPeeringConnection);
        }
        if let Some(gateway) = route.transit_gateway_id.as_deref() {
            return self.by_id.transit.get(gateway).map_or(Target::NotModelled, Target::TransitGateway);
        }
        if let Some(interface) = route.network_interface_id.as_deref() {
            return known(self.interface_named(interface), Target::Interface, Kind::NetworkInterface);
        }
        if let Some(instance) = route.instance_id.as_deref() {
            return known(self.instance_named(instance), Target::Interface, Kind::Instance);
        }
        if route.egress_only_internet_gateway_id.is_some() {
            return Target::EgressOnly;
        }
        match route.gateway_id.as_deref() {
            Some("local") => Target::Local,
            Some(gateway) if gateway.starts_with("igw-") => {
                known(self.by_id.gateway.get(gateway), Target::InternetGateway, Kind::InternetGateway)
            }
            Some(gateway) if gateway.starts_with("vpce-") => {
                let found = self.by_id.endpoint.get(gateway);
                let kind =
                    found.and_then(|found| at(&self.endpoints, found)).and_then(|e| e.vpc_endpoint_type.as_deref());
                match (found, kind) {
                    (Some(found), Some("GatewayLoadBalancer")) => Target::ApplianceEndpoint(found),
                    (Some(found), _) => Target::ServiceEndpoint(found),
                    (None, _) if self.read_all(Kind::VpcEndpoint) => Target::Gone,
                    (None, _) if route.destination_prefix_list_id.is_some() => Target::ServiceEndpoint(u32::MAX),
                    (None, _) => Target::NotModelled,
                }
            }
            Some(gateway) => self.by_id.vpn_gateway.get(gateway).map_or(Target::NotModelled, Target::VpnGateway),
            None if route.carrier_gateway_id.is_some()
                || route.local_gateway_id.is_some()
                || route.core_network_arn.is_some() =>
            {
                Target::NotModelled
            }
            None => Target::Gone,
        }
    }

    /// Whether every listing of a kind was read to its end.
    fn read_all(&self, kind: Kind) -> bool {
        self.estate.shards.iter().filter(|shard| shard.holds(kind)).all(|shard| shard.missing_kind(kind).is_none())
    }
}
