//! The NAT gateways of a VPC, and which subnets depend on one in another Availability Zone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FactContext;
use super::context::Place;
use crate::audit::Evidence;
use crate::model::resource::{NatGateway, Subnet};
use crate::model::{Describe, Gap, Kind, Resource};

/// How a VPC leaves through NAT gateways.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NatZones {
    /// The gateways its subnets route to.
    pub(super) gateways: BTreeSet<String>,
    /// The zones of those gateways; a Regional one is in all of them and is not listed.
    pub(super) gateway_zones: BTreeSet<String>,
    /// The zones of the subnets that depend on them.
    pub(super) subnet_zones: BTreeSet<String>,
    /// Subnets whose way out is in another zone than they are.
    pub(super) crossing: Vec<Crossing>,
}

/// A subnet whose NAT gateway is in another zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Crossing {
    /// The subnet.
    pub(super) subnet: String,
    /// Its zone.
    pub(super) zone: String,
    /// The gateway.
    pub(super) gateway: String,
    /// The gateway's zone.
    pub(super) gateway_zone: String,
    /// The route.
    pub(super) evidence: Evidence,
}

pub(super) fn compute(
    _context: &FactContext<'_>,
    at: &Place<'_>,
    resource: &dyn Resource,
) -> Result<NatZones, Vec<Gap>> {
    at.complete(Kind::Subnet)?;
    at.complete(Kind::RouteTable)?;
    let mut found = NatZones::default();
    for subnet in at.subnets.values().filter(|subnet| subnet.vpc_id == *resource.id()) {
        let (table, _) = at.route_table(subnet)?;
        for (index, route) in table.routes.iter().enumerate() {
            if route.state.as_deref() == Some("blackhole") {
                continue;
            }
            let Some(id) = &route.nat_gateway_id else { continue };
            let gateway = at.get(&at.nat_gateways, Kind::NatGateway, id)?;
            let evidence = Evidence {
                resource: Some(table.id().to_owned()),
                field: format!("Routes[{index}].NatGatewayId"),
                value: json!(id),
            };
            found.add(subnet, gateway, zone_of(at, gateway)?, evidence);
        }
    }
    Ok(found)
}

/// The zone a gateway stands in; `None` for a Regional one.
fn zone_of<'e>(at: &Place<'e>, gateway: &NatGateway) -> Result<Option<&'e str>, Vec<Gap>> {
    if gateway.availability_mode.as_deref() == Some("regional") {
        return Ok(None);
    }
    let subnet = gateway.subnet_id.as_ref().ok_or_else(|| vec![at.absent(Kind::NatGateway, gateway.id())])?;
    Ok(at.get(&at.subnets, Kind::Subnet, subnet.as_str())?.availability_zone.as_deref())
}

impl NatZones {
    fn add(&mut self, subnet: &Subnet, gateway: &NatGateway, gateway_zone: Option<&str>, evidence: Evidence) {
        self.gateways.insert(gateway.id().to_owned());
        self.gateway_zones.extend(gateway_zone.map(str::to_owned));
        let zone = subnet.availability_zone.as_deref().unwrap_or_default();
        self.subnet_zones.insert(zone.to_owned());
        let Some(gateway_zone) = gateway_zone.filter(|other| *other != zone) else { return };
        let known = self.crossing.iter().any(|c| c.subnet == subnet.id() && c.gateway == gateway.id());
        if !known {
            self.crossing.push(Crossing {
                subnet: subnet.id().to_owned(),
                zone: zone.to_owned(),
                gateway: gateway.id().to_owned(),
                gateway_zone: gateway_zone.to_owned(),
                evidence,
            });
        }
    }
}
