//! What makes an instance a way in, or a bastion: its public addresses, what it opens to the internet, and which
//! security groups let it further. It tells who is let in, never that a path leads there.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FactContext;
use super::address;
use super::context::{Place, own};
use super::opening::{Opening, Openings};
use super::subnet_class;
use crate::audit::Evidence;
use crate::model::resource::{Instance, IpPermission, SecurityGroup};
use crate::model::{Describe, Gap, Kind, Resource, SecurityGroupId};

/// An instance as a way in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bastion {
    /// Its public IPv4 addresses, and its IPv6 addresses where its subnet is public for IPv6.
    pub(super) addresses: Vec<String>,
    /// TCP ports that some of the internet is let in to, over all its groups together.
    pub(super) open: Vec<Opening>,
    /// Groups of other resources that let it in, by its address or by one of its groups.
    pub(super) admitted_by: Vec<Admission>,
}

/// A group that lets the instance in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Admission {
    /// The group.
    pub(super) group: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// `tcp`, `-1` and so on.
    pub(super) protocol: String,
    /// Whether every port is open to it.
    pub(super) all_ports: bool,
    /// The permission.
    pub(super) evidence: Evidence,
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
    Ok(Bastion { addresses: addresses(context, at, instance)?, open, admitted_by: admitted_by(at, instance, &ids)? })
}

fn group_ids(instance: &Instance) -> BTreeSet<&str> {
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
        let addresses = i.ipv6_addresses.iter().filter_map(|a| a.ipv6_address.as_ref()).collect();
        (i.subnet_id.as_ref(), addresses)
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

fn private_addresses(instance: &Instance) -> BTreeSet<&str> {
    let of_interfaces = instance.network_interfaces.iter().flat_map(|i| &i.private_ip_addresses);
    let all = of_interfaces.filter_map(|a| a.private_ip_address.as_deref());
    all.chain(instance.private_ip_address.as_deref()).collect()
}

/// Whom security groups let in, by source, so that a host is looked up instead of every group being asked.
#[derive(Debug, Default)]
pub(super) struct Sources<'e> {
    groups: BTreeMap<&'e str, Vec<Entry<'e>>>,
    ranges: BTreeMap<IpNet, Vec<Entry<'e>>>,
}

/// A permission and the source it names.
#[derive(Debug, Clone)]
struct Entry<'e> {
    group: &'e SecurityGroup,
    /// Its place among the group's permissions.
    at: usize,
    field: String,
    value: &'e str,
}

impl<'e> Sources<'e> {
    /// Indexes the permissions of all groups; those that let everybody in say nothing of a single host.
    pub(super) fn new(groups: &'e [SecurityGroup]) -> Self {
        let mut index = Self::default();
        for group in groups {
            for (at, permission) in group.ip_permissions.iter().enumerate() {
                for (n, pair) in permission.user_id_group_pairs.iter().enumerate() {
                    let Some(value) = pair.group_id.as_ref().map(SecurityGroupId::as_str) else { continue };
                    let field = format!("UserIdGroupPairs[{n}].GroupId");
                    index.groups.entry(value).or_default().push(Entry { group, at, field, value });
                }
                for (n, range) in permission.ip_ranges.iter().enumerate() {
                    let Some(value) = range.cidr_ip.as_deref() else { continue };
                    let Some(net) = address::parse(value).filter(|net| net.prefix_len() > 0) else { continue };
                    let field = format!("IpRanges[{n}].CidrIp");
                    index.ranges.entry(net).or_default().push(Entry { group, at, field, value });
                }
            }
        }
        index
    }
}

/// The other groups of the VPC that let the instance in where they do not let everybody in.
fn admitted_by(at: &Place<'_>, instance: &Instance, own: &BTreeSet<&str>) -> Result<Vec<Admission>, Vec<Gap>> {
    at.complete(Kind::SecurityGroup)?;
    let hosts: Vec<IpNet> =
        private_addresses(instance).iter().filter_map(|ip| address::parse(&format!("{ip}/32"))).collect();
    let by_group = own.iter().filter_map(|id| at.sources.groups.get(id)).flatten();
    let ranges = at.sources.ranges.iter().filter(|(net, _)| hosts.iter().any(|host| net.contains(host)));
    let by_address = ranges.flat_map(|(_, entries)| entries);
    let mut found = BTreeMap::new();
    for entry in by_group.chain(by_address) {
        let group = entry.group;
        if group.vpc_id == instance.vpc_id && !own.contains(group.id()) {
            let Some(permission) = group.ip_permissions.get(entry.at) else { continue };
            let place = (entry.at, entry.field.clone(), entry.value);
            found.entry((group.id(), entry.at)).or_insert_with(|| admission(group, permission, place));
        }
    }
    Ok(found.into_values().collect())
}

fn admission(
    group: &SecurityGroup,
    permission: &IpPermission,
    (index, field, value): (usize, String, &str),
) -> Admission {
    let protocol = permission.ip_protocol.clone().unwrap_or_else(|| "-1".to_owned());
    // ICMP has types where TCP has ports; and nothing listens on port 0.
    let from = permission.from_port.is_none_or(|port| port <= 1);
    let to = permission.to_port.is_none_or(|port| port == -1 || port == 65_535);
    let all_ports = protocol == "-1" || (matches!(protocol.as_str(), "tcp" | "6") && from && to);
    let field = format!("IpPermissions[{index}].{field}");
    Admission {
        group: group.id().to_owned(),
        name: group.name().map(str::to_owned),
        protocol,
        all_ports,
        evidence: Evidence { resource: Some(group.id().to_owned()), field, value: json!(value) },
    }
}

#[cfg(test)]
mod all_ports {
    use super::admission;
    use crate::model::resource::{IpPermission, SecurityGroup};

    fn every(protocol: &str, from: Option<i32>, to: Option<i32>) -> bool {
        let ip_protocol = Some(protocol.to_owned());
        let permission = IpPermission { ip_protocol, from_port: from, to_port: to, ..IpPermission::default() };
        admission(&SecurityGroup::default(), &permission, (0, "IpRanges[0].CidrIp".into(), "10.0.0.0/8")).all_ports
    }

    #[test]
    fn all_ports_are_those_of_tcp_from_0_or_1() {
        assert!(every("-1", None, None));
        assert!(every("tcp", Some(0), Some(65_535)));
        assert!(every("6", Some(1), Some(65_535)));
        assert!(!every("tcp", Some(22), Some(22)));
        assert!(!every("icmp", Some(-1), Some(-1)), "ICMP has no ports");
        assert!(!every("udp", Some(0), Some(65_535)), "no login comes over UDP");
    }
}
