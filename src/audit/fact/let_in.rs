//! Which security groups let an instance in, and what lets it in on every TCP port: one group, or the groups that
//! something wears together. It tells who is let in, never that a path leads there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FactContext;
use super::bastion::group_ids;
use super::context::{Place, own};
use super::user::User;
use crate::audit::Evidence;
use crate::model::resource::{Instance, IpPermission, NetworkInterface, SecurityGroup};
use crate::model::{Describe, Gap, GapReason, Kind, Resource, SecurityGroupId};
use crate::reach::set::parse_net;

/// Who lets an instance in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LetIn {
    /// Every group of its VPC besides its own that lets it in somewhere.
    pub(super) groups: BTreeSet<String>,
    /// What lets it in on every TCP port.
    pub(super) everywhere: Vec<Everywhere>,
}

/// What lets an instance in on every TCP port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Everywhere {
    /// The group, or those that only together do.
    pub(super) groups: Vec<String>,
    /// What they are called.
    pub(super) names: Vec<String>,
    /// One of those that wear them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    /// The permissions.
    pub(super) evidence: Vec<Evidence>,
}

/// Whom security groups let in, by source, so that a host is looked up instead of every group being asked.
#[derive(Debug, Default)]
pub(super) struct Sources<'e> {
    groups: BTreeMap<&'e str, Vec<Entry<'e>>>,
    ranges: BTreeMap<IpNet, Vec<Entry<'e>>>,
    lists: BTreeMap<&'e str, Vec<Entry<'e>>>,
    /// Sources that are no ranges, though they should be.
    garbage: Vec<Entry<'e>>,
}

/// A permission and the source it names.
#[derive(Debug, Clone)]
struct Entry<'e> {
    group: &'e SecurityGroup,
    permission: &'e IpPermission,
    field: String,
    value: &'e str,
}

impl<'e> Sources<'e> {
    /// Indexes the permissions of all groups.
    pub(super) fn new(groups: &'e [SecurityGroup]) -> Self {
        let mut index = Self::default();
        for group in groups {
            for (at, permission) in group.ip_permissions.iter().enumerate() {
                index.add(group, (at, permission));
            }
        }
        index
    }

    fn add(&mut self, group: &'e SecurityGroup, (at, permission): (usize, &'e IpPermission)) {
        let entry = |field: String, value: &'e str| {
            let field = format!("IpPermissions[{at}].{field}");
            Entry { group, permission, field, value }
        };
        for (n, pair) in permission.user_id_group_pairs.iter().enumerate() {
            let Some(value) = pair.group_id.as_ref().map(SecurityGroupId::as_str) else { continue };
            self.groups.entry(value).or_default().push(entry(format!("UserIdGroupPairs[{n}].GroupId"), value));
        }
        for (n, list) in permission.prefix_list_ids.iter().enumerate() {
            let Some(value) = list.prefix_list_id.as_ref() else { continue };
            let entry = entry(format!("PrefixListIds[{n}].PrefixListId"), value.as_str());
            self.lists.entry(value.as_str()).or_default().push(entry);
        }
        let ipv4 = permission.ip_ranges.iter().map(|range| range.cidr_ip.as_deref()).enumerate();
        let ipv6 = permission.ipv6_ranges.iter().map(|range| range.cidr_ipv6.as_deref()).enumerate();
        let ipv4 = ipv4.filter_map(|(n, value)| Some((format!("IpRanges[{n}].CidrIp"), value?)));
        let ipv6 = ipv6.filter_map(|(n, value)| Some((format!("Ipv6Ranges[{n}].CidrIpv6"), value?)));
        for (field, value) in ipv4.chain(ipv6) {
            match parse_net(value) {
                Some(net) => self.ranges.entry(net).or_default().push(entry(field, value)),
                None => self.garbage.push(entry(field, value)),
            }
        }
    }
}

/// A permission that lets the instance in on some TCP ports, or may: then with what is missing to know.
struct Admission<'e> {
    group: &'e SecurityGroup,
    ports: (u16, u16),
    evidence: Evidence,
    missing: Vec<Gap>,
}

pub(super) fn compute(_context: &FactContext<'_>, at: &Place<'_>, resource: &dyn Resource) -> Result<LetIn, Vec<Gap>> {
    let instance = own::<Instance>(resource)?;
    at.complete(Kind::SecurityGroup)?;
    let admissions = Admissions::new(at, instance);
    let everywhere = admissions.everywhere(true);
    if everywhere.is_empty() {
        admissions.undecided(at)?;
    }
    let others = admissions.of_group.iter().filter(|(id, _)| !admissions.own.contains(**id));
    let groups = others.filter(|(_, list)| list.iter().any(|one| one.missing.is_empty()));
    Ok(LetIn { groups: groups.map(|(id, _)| (*id).to_owned()).collect(), everywhere })
}

/// Everything that lets an instance in, or may.
struct Admissions<'e> {
    of_group: BTreeMap<&'e str, Vec<Admission<'e>>>,
    /// The groups that are the instance's own: they let it in to what else wears them.
    own: BTreeSet<&'e str>,
    /// What wears some of the groups, the instance itself aside, with those it wears.
    users: BTreeMap<(&'e str, &'e str), BTreeSet<&'e str>>,
}

impl<'e> Admissions<'e> {
    fn new(at: &'e Place<'_>, instance: &'e Instance) -> Self {
        let own = group_ids(instance);
        let mut of_group: BTreeMap<&str, Vec<Admission<'_>>> = BTreeMap::new();
        for (entry, missing) in entries(at, instance, &own) {
            let here = entry.group.vpc_id == instance.vpc_id;
            if let Some(ports) = tcp_ports(entry.permission).filter(|_| here) {
                let (group, resource) = (entry.group, Some(entry.group.id().to_owned()));
                let evidence = Evidence { resource, field: entry.field.clone(), value: json!(entry.value) };
                of_group.entry(group.id()).or_default().push(Admission { group, ports, evidence, missing });
            }
        }
        let mut all = Self { of_group, own, users: BTreeMap::new() };
        // Who wears what matters only where the groups could be everywhere together.
        if covers(all.of_group.values().flatten()) {
            for group in all.of_group.keys() {
                let others = at.users.get(group).into_iter().flatten().filter(|user| !is(user, instance));
                for user in others {
                    all.users.entry((&user.kind, &user.id)).or_default().insert(group);
                }
            }
        }
        all
    }

    /// The admissions of some groups; `sure` leaves out what may and may not.
    fn of_groups<'s>(&'s self, groups: &BTreeSet<&str>, sure: bool) -> Vec<&'s Admission<'e>> {
        let all = groups.iter().filter_map(|id| self.of_group.get(*id)).flatten();
        all.filter(|one| !sure || one.missing.is_empty()).collect()
    }

    /// What lets it in on every port: `sure` leaves out what may and may not.
    fn everywhere(&self, sure: bool) -> Vec<Everywhere> {
        let mut found: BTreeMap<BTreeSet<&str>, Option<String>> = BTreeMap::new();
        for id in self.of_group.keys().filter(|id| !self.own.contains(*id)) {
            let alone = BTreeSet::from([*id]);
            if covers(self.of_groups(&alone, sure)) {
                found.insert(alone, None);
            }
        }
        for ((kind, id), groups) in &self.users {
            let enough = groups.iter().any(|id| found.contains_key(&BTreeSet::from([*id])));
            if !enough && covers(self.of_groups(groups, sure)) {
                found.entry(groups.clone()).or_insert_with(|| Some(format!("{kind} {id}")));
            }
        }
        let told = found.into_iter().map(|(groups, user)| everywhere(&self.of_groups(&groups, sure), user));
        told.collect()
    }

    /// What is missing to say that nothing lets it in on every port.
    fn undecided(&self, at: &Place<'_>) -> Result<(), Vec<Gap>> {
        let may = self.everywhere(false);
        let unsure = may.iter().flat_map(|one| &one.groups).filter_map(|id| self.of_group.get(id.as_str())).flatten();
        let missing: BTreeSet<Gap> = unsure.flat_map(|one| one.missing.clone()).collect();
        if !missing.is_empty() {
            return Err(missing.into_iter().collect());
        }
        if covers(self.of_group.values().flatten()) { at.complete(Kind::NetworkInterface) } else { Ok(()) }
    }
}

fn is(user: &User, instance: &Instance) -> bool {
    user.kind == Kind::Instance.name() && user.id == instance.id()
}

/// The permissions that name the instance, or may, each with what is missing to know.
fn entries<'e>(at: &'e Place<'_>, instance: &Instance, own: &BTreeSet<&'e str>) -> Vec<(&'e Entry<'e>, Vec<Gap>)> {
    let hosts = addresses(instance);
    // Of a delegated prefix a rule may name a part.
    let holds = |net: &IpNet| hosts.iter().any(|host| net.contains(host) || host.contains(net));
    let by_group = own.iter().filter_map(|id| at.sources.groups.get(id)).flatten();
    let by_range = at.sources.ranges.iter().filter(|(net, _)| holds(net)).flat_map(|(_, entries)| entries);
    let mut found: Vec<(&Entry<'_>, Vec<Gap>)> = by_group.chain(by_range).map(|entry| (entry, Vec::new())).collect();
    for (list, entries) in &at.sources.lists {
        let missing = match at.prefix_list(list) {
            Ok(ranges) => {
                let nets: Vec<Option<IpNet>> = ranges.iter().map(|text| parse_net(text)).collect();
                match nets.iter().flatten().any(holds) {
                    true => Vec::new(),
                    false if nets.contains(&None) => vec![malformed(Kind::PrefixList, list, list)],
                    false => continue,
                }
            }
            Err(gaps) => gaps,
        };
        found.extend(entries.iter().map(|entry| (entry, missing.clone())));
    }
    let garbage = at.sources.garbage.iter();
    found.extend(garbage.map(|e| (e, vec![malformed(Kind::SecurityGroup, e.group.id(), e.value)])));
    found
}

fn malformed(kind: Kind, id: &str, text: &str) -> Gap {
    let detail = format!("`{text}` does not hold address ranges");
    Gap::new(kind.list_action(), GapReason::Malformed, detail).about(id)
}

/// All its addresses, private and public, of both families, and the prefixes delegated to it.
fn addresses(instance: &Instance) -> BTreeSet<IpNet> {
    let interfaces = &instance.network_interfaces;
    let private = interfaces.iter().flat_map(|i| &i.private_ip_addresses);
    let associations = private.clone().filter_map(|a| a.association.as_ref());
    let associations = associations.chain(interfaces.iter().filter_map(|i| i.association.as_ref()));
    let of_interfaces = private.filter_map(|a| a.private_ip_address.as_deref());
    let ipv6 = interfaces.iter().flat_map(|i| &i.ipv6_addresses).filter_map(|a| a.ipv6_address.as_deref());
    let all = of_interfaces.chain(ipv6).chain(associations.filter_map(|a| a.public_ip.as_deref()));
    let own = [&instance.private_ip_address, &instance.public_ip_address, &instance.ipv6_address];
    let all = all.chain(own.into_iter().flatten().map(String::as_str));
    let all = all.filter_map(|text| text.parse::<IpAddr>().ok().map(IpNet::from));
    all.chain(interfaces.iter().flat_map(NetworkInterface::prefixes).filter_map(|text| text.parse().ok())).collect()
}

/// The TCP ports of a permission. ICMP has types where TCP has ports, and no login comes over UDP.
fn tcp_ports(permission: &IpPermission) -> Option<(u16, u16)> {
    let port = |value: Option<i32>, all: u16| match value {
        None | Some(-1) => all,
        Some(port) => u16::try_from(port).unwrap_or(all),
    };
    match permission.ip_protocol.as_deref() {
        None | Some("-1") => Some((0, u16::MAX)),
        Some("tcp" | "6") => Some((port(permission.from_port, 0), port(permission.to_port, u16::MAX))),
        Some(_) => None,
    }
}

/// Whether permissions are for every port together; nothing listens on port 0.
fn covers<'a, 'e: 'a>(admissions: impl IntoIterator<Item = &'a Admission<'e>>) -> bool {
    let mut ports: Vec<(u16, u16)> = admissions.into_iter().map(|one| one.ports).collect();
    ports.sort_unstable();
    let mut next = 1;
    for (from, to) in ports {
        if u32::from(from) > next {
            return false;
        }
        next = next.max(u32::from(to) + 1);
    }
    next > u32::from(u16::MAX)
}

/// What groups do together; where one permission is for every port, the others add nothing.
fn everywhere(admissions: &[&Admission<'_>], user: Option<String>) -> Everywhere {
    let whole = admissions.iter().find(|one| covers([**one]));
    let told = whole.map_or(admissions, std::slice::from_ref);
    let groups: BTreeMap<&str, &SecurityGroup> = told.iter().map(|one| (one.group.id(), one.group)).collect();
    let name = |group: &SecurityGroup| group.name().unwrap_or_else(|| group.id()).to_owned();
    Everywhere {
        groups: groups.keys().map(|id| (*id).to_owned()).collect(),
        names: groups.values().map(|group| name(group)).collect(),
        user,
        evidence: told.iter().map(|one| one.evidence.clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(permissions: &[(&str, Option<i32>, Option<i32>)]) -> bool {
        let group = SecurityGroup::default();
        let evidence = Evidence { resource: None, field: String::new(), value: json!(null) };
        let permissions = permissions.iter().filter_map(|(protocol, from_port, to_port)| {
            let ip_protocol = Some((*protocol).to_owned());
            tcp_ports(&IpPermission {
                ip_protocol,
                from_port: *from_port,
                to_port: *to_port,
                ..IpPermission::default()
            })
        });
        let admission = |ports| Admission { group: &group, ports, evidence: evidence.clone(), missing: Vec::new() };
        covers(&permissions.map(admission).collect::<Vec<_>>())
    }

    #[test]
    fn all_ports_are_those_of_tcp_from_0_or_1() {
        assert!(every(&[("-1", None, None)]));
        assert!(every(&[("tcp", Some(0), Some(65_535))]));
        assert!(every(&[("6", Some(1), Some(65_535))]));
        assert!(every(&[("tcp", Some(-1), Some(-1))]));
        assert!(every(&[("tcp", Some(1024), Some(65_535)), ("6", Some(0), Some(1023))]), "together");
        assert!(every(&[
            ("tcp", Some(1), Some(40_000)),
            ("tcp", Some(100), Some(200)),
            ("tcp", Some(9), Some(65_535))
        ]));
        assert!(!every(&[("tcp", Some(0), Some(1022)), ("tcp", Some(1024), Some(65_535))]), "1023 is missing");
        assert!(!every(&[("tcp", Some(22), Some(22))]));
        assert!(!every(&[("icmp", Some(-1), Some(-1))]), "ICMP has no ports");
        assert!(!every(&[("udp", Some(0), Some(65_535))]), "no login comes over UDP");
        assert!(!every(&[]));
    }
}
