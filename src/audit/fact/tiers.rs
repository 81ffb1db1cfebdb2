//! The tiers of a VPC - its subnets by class - and the Availability Zones of each.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::FactContext;
use super::context::Place;
use super::subnet_class::{self, Class};
use crate::model::{Describe, Gap, Kind, Resource};

/// The tiers of a VPC.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tiers {
    /// By class: `public`, `egress`, `other`, `isolated`; a partly public subnet counts as public.
    pub(super) tiers: BTreeMap<String, Tier>,
}

/// The subnets of one class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tier {
    /// Their ids.
    pub(super) subnets: Vec<String>,
    /// Their zones.
    pub(super) zones: BTreeSet<String>,
}

pub(super) fn compute(context: &FactContext<'_>, at: &Place<'_>, resource: &dyn Resource) -> Result<Tiers, Vec<Gap>> {
    at.complete(Kind::Subnet)?;
    let mut found = Tiers::default();
    for subnet in at.subnets.values().filter(|subnet| subnet.vpc_id == *resource.id()) {
        let tier = match subnet_class::of_subnet(context, at, subnet.id())?.class {
            Class::Public | Class::PartlyPublic => "public",
            Class::Egress => "egress",
            Class::Other => "other",
            Class::Isolated => "isolated",
        };
        let tier = found.tiers.entry(tier.to_owned()).or_default();
        tier.subnets.push(subnet.id().to_owned());
        tier.zones.extend(subnet.availability_zone.clone());
    }
    Ok(found)
}
