//! What makes an instance a way in, or a bastion: its public addresses and what it opens to the internet. It tells who
//! is let in, never that a path leads there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::FactContext;
use super::context::{Place, own};
use super::opening::{Opening, Openings};
use super::subnet_class;
use crate::model::resource::Instance;
use crate::model::{Describe, Gap, Kind, Resource};

/// An instance as a way in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bastion {
    /// Its public IPv4 addresses, and its IPv6 addresses where its subnet is public for IPv6.
    pub(super) addresses: Vec<String>,
    /// TCP ports that some of the internet is let in to, over all its groups together.
    pub(super) open: Vec<Opening>,
}

pub(super) fn compute(context: &FactContext<'_>, at: &Place<'_>, resource: &dyn Resource) -> Result<Bastion, Vec<Gap>> {
    let instance = own::<Instance>(resource)?;
    let ids = group_ids(instance);
    let mut groups = Vec::new();
    for id in &ids {
        groups.push(at.get(&at.groups, Kind::SecurityGroup, id)?);
    }
    let openings = Openings::of_groups(at, &groups, instance.vpc_id().map(AsRef::as_ref), true)?;
    let open = openings.tcp.into_iter().filter(|opening| !opening.internet.is_empty()).collect();
    Ok(Bastion { addresses: addresses(context, at, instance)?, open })
}

/// The groups of all its interfaces.
pub(super) fn group_ids(instance: &Instance) -> BTreeSet<&str> {
    let of_interfaces = instance.network_interfaces.iter().flat_map(|interface| &interface.groups);
    instance.security_groups.iter().chain(of_interfaces).filter_map(|g| Some(g.group_id.as_ref()?.as_str())).collect()
}

fn addresses(context: &FactContext<'_>, at: &Place<'_>, instance: &Instance) -> Result<Vec<String>, Vec<Gap>> {
    let interfaces = &instance.network_interfaces;
    let of_addresses = interfaces.iter().flat_map(|i| &i.private_ip_addresses).filter_map(|a| a.association.as_ref());
    let associations = interfaces.iter().filter_map(|i| i.association.as_ref()).chain(of_addresses);
    let public = associations.filter_map(|a| a.public_ip.as_ref());
    let mut all: BTreeSet<&String> = public.chain(&instance.public_ip_address).collect();
    let own = (instance.subnet_id.as_ref(), instance.ipv6_address.iter().collect::<Vec<_>>());
    let of_interfaces = interfaces.iter().map(|i| {
        let addresses = i.ipv6_addresses.iter().filter_map(|a| a.ipv6_address.as_ref());
        let prefixes = i.ipv6_prefixes.iter().filter_map(|prefix| prefix.ipv6_prefix.as_ref());
        (i.subnet_id.as_ref(), addresses.chain(prefixes).collect())
    });
    for (subnet, ipv6) in of_interfaces.chain([own]) {
        let Some(subnet) = subnet.filter(|_| !ipv6.is_empty()) else { continue };
        let class = subnet_class::of_subnet(context, at, subnet.as_str())?;
        if class.ipv6.is_some_and(|ipv6| ipv6.class.is_public()) {
            all.extend(ipv6);
        }
    }
    Ok(all.into_iter().cloned().collect())
}
