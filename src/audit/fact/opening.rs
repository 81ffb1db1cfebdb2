//! What security groups let in, port by port: the union of every permission, whatever the ranges were split into.

use std::collections::BTreeSet;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::Place;
use super::family::Family;
use crate::audit::Evidence;
use crate::model::resource::{IpPermission, SecurityGroup};
use crate::model::{Describe, Gap, GapReason, Kind};
use crate::reach::Addresses;
use crate::reach::set::parse_net;

/// What is let in, by protocol.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Openings {
    /// TCP, with what all protocols are open to.
    pub(super) tcp: Vec<Opening>,
    /// UDP, with what all protocols are open to.
    pub(super) udp: Vec<Opening>,
    /// Every other protocol that is named; `all` is what is open for every protocol.
    pub(super) other: Vec<Opening>,
}

/// A range of ports with everyone who is let in there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    /// `tcp`, `udp`, `all`, or the protocol as the permission names it.
    pub(super) protocol: String,
    /// The first port.
    pub(super) from: u16,
    /// The last port.
    pub(super) to: u16,
    /// Whether the whole internet is let in, over IPv4 or IPv6.
    pub(super) world: bool,
    /// How much of the internet is let in: the larger of the two shares that follow.
    pub(super) share: f64,
    /// How much of the IPv4 internet, 0 to 1.
    pub(super) ipv4_share: f64,
    /// How much of the IPv6 internet, 0 to 1.
    pub(super) ipv6_share: f64,
    /// Whether every IPv4 address of the group's own VPC is let in; absent when the VPC was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) whole_vpc: Option<bool>,
    /// Whether members of the group let each other in.
    pub(super) itself: bool,
    /// The sources that hold addresses of the internet.
    pub(super) internet: Vec<Evidence>,
    /// The sources that hold none.
    pub(super) private: Vec<Evidence>,
    /// The other groups whose members are let in.
    pub(super) groups: Vec<Evidence>,
}

impl Openings {
    /// What one group lets in.
    pub(super) fn of_group(at: &Place<'_>, group: &SecurityGroup) -> Result<Self, Vec<Gap>> {
        Self::of_groups(at, &[group], group.vpc_id().map(AsRef::as_ref), false)
    }

    /// What an interface with all these groups lets in; `named` puts the group's id into the evidence.
    pub(super) fn of_groups(
        at: &Place<'_>,
        groups: &[&SecurityGroup],
        vpc: Option<&str>,
        named: bool,
    ) -> Result<Self, Vec<Gap>> {
        let own = Own {
            ipv4: vpc.and_then(|vpc| at.vpc_ranges(vpc, Family::V4)),
            ipv6: vpc.and_then(|vpc| at.vpc_ranges(vpc, Family::V6)),
        };
        let mut permissions = Vec::new();
        for group in groups {
            for (index, permission) in group.ip_permissions.iter().enumerate() {
                permissions.push(Permission::new(at, group, (index, permission), (named, &own))?);
            }
        }
        let explicit: BTreeSet<&str> = permissions.iter().map(|p| p.protocol.as_str()).collect();
        let others = explicit.iter().filter(|protocol| !matches!(**protocol, "tcp" | "udp"));
        Ok(Self {
            tcp: openings("tcp", &permissions, &own),
            udp: openings("udp", &permissions, &own),
            other: others.flat_map(|protocol| openings(protocol, &permissions, &own)).collect(),
        })
    }
}

/// The ranges of the group's own VPC, which are not the internet whatever they are.
struct Own {
    ipv4: Option<Addresses>,
    ipv6: Option<Addresses>,
}

/// One permission with its sources resolved.
struct Permission {
    protocol: String,
    ports: (u16, u16),
    nets: Vec<IpNet>,
    itself: bool,
    internet: Vec<Evidence>,
    private: Vec<Evidence>,
    groups: Vec<Evidence>,
}

impl Permission {
    fn new(
        at: &Place<'_>,
        group: &SecurityGroup,
        (index, permission): (usize, &IpPermission),
        (named, own): (bool, &Own),
    ) -> Result<Self, Vec<Gap>> {
        let protocol = protocol(permission);
        let ports = if matches!(protocol.as_str(), "tcp" | "udp") { ports(permission) } else { (0, u16::MAX) };
        let mut resolved = Self {
            protocol,
            ports,
            nets: Vec::new(),
            itself: false,
            internet: Vec::new(),
            private: Vec::new(),
            groups: Vec::new(),
        };
        let evidence = |field: String, value: &str| Evidence {
            resource: named.then(|| group.id().to_owned()),
            field: format!("IpPermissions[{index}].{field}"),
            value: json!(value),
        };
        for (field, text) in ranges(permission) {
            let net = parse_net(text).ok_or_else(|| malformed(group, text))?;
            resolved.add(&[net], own, evidence(field, text));
        }
        for (place, list) in permission.prefix_list_ids.iter().enumerate() {
            let Some(id) = &list.prefix_list_id else { continue };
            let entries = at.prefix_list(id.as_str())?;
            let nets: Option<Vec<_>> = entries.iter().map(|text| parse_net(text)).collect();
            let nets = nets.ok_or_else(|| malformed(group, id.as_str()))?;
            let field = format!("PrefixListIds[{place}].PrefixListId");
            resolved.add(&nets, own, evidence(field, id.as_str()));
        }
        for (place, pair) in permission.user_id_group_pairs.iter().enumerate() {
            let Some(id) = &pair.group_id else { continue };
            if *id == group.group_id {
                resolved.itself = true;
            } else {
                resolved.groups.push(evidence(format!("UserIdGroupPairs[{place}].GroupId"), id.as_str()));
            }
        }
        Ok(resolved)
    }

    fn add(&mut self, nets: &[IpNet], own: &Own, evidence: Evidence) {
        let public = [Family::V4, Family::V6].iter().any(|family| !public_part(nets, own, *family).is_empty());
        if public { &mut self.internet } else { &mut self.private }.push(evidence);
        self.nets.extend(nets);
    }
}

/// The IPv4 and IPv6 ranges of a permission, each with the field it stands in.
fn ranges(permission: &IpPermission) -> Vec<(String, &str)> {
    let ipv4 = permission.ip_ranges.iter().enumerate();
    let ipv6 = permission.ipv6_ranges.iter().enumerate();
    let ipv4 = ipv4.filter_map(|(n, r)| Some((format!("IpRanges[{n}].CidrIp"), r.cidr_ip.as_deref()?)));
    let ipv6 = ipv6.filter_map(|(n, r)| Some((format!("Ipv6Ranges[{n}].CidrIpv6"), r.cidr_ipv6.as_deref()?)));
    ipv4.chain(ipv6).collect()
}

fn malformed(group: &SecurityGroup, text: &str) -> Vec<Gap> {
    let detail = format!("`{text}` does not hold address ranges");
    vec![Gap::new(Kind::SecurityGroup.list_action(), GapReason::Malformed, detail).about(group.id())]
}

fn protocol(permission: &IpPermission) -> String {
    match permission.ip_protocol.as_deref() {
        None | Some("-1") => "all",
        Some("6") => "tcp",
        Some("17") => "udp",
        Some("1") => "icmp",
        Some("58") => "icmpv6",
        Some(other) => other,
    }
    .to_ascii_lowercase()
}

/// The ports of a TCP or UDP permission; without any, all of them.
fn ports(permission: &IpPermission) -> (u16, u16) {
    let port = |value: Option<i32>, all: u16| match value {
        None | Some(-1) => all,
        Some(port) => u16::try_from(port).unwrap_or(all),
    };
    (port(permission.from_port, 0), port(permission.to_port, u16::MAX))
}

/// Divides the ports of one protocol wherever a permission begins or ends, and unites what holds in between.
fn openings(protocol: &str, permissions: &[Permission], own: &Own) -> Vec<Opening> {
    let meant: Vec<&Permission> =
        permissions.iter().filter(|p| p.protocol == protocol || p.protocol == "all").collect();
    let ports = |p: &Permission| if p.protocol == protocol { p.ports } else { (0, u16::MAX) };
    let mut cuts = BTreeSet::new();
    for permission in &meant {
        let (from, to) = ports(permission);
        cuts.extend([u32::from(from), u32::from(to) + 1]);
    }
    let cuts: Vec<u32> = cuts.into_iter().collect();
    let mut found: Vec<(u16, u16, Vec<usize>)> = Vec::new();
    for pair in cuts.windows(2) {
        let [first, next] = *pair else { continue };
        let (Ok(first), Ok(last)) = (u16::try_from(first), u16::try_from(next - 1)) else { continue };
        let covers = |p: &&Permission| ports(p).0 <= first && last <= ports(p).1;
        let here: Vec<usize> = meant.iter().enumerate().filter(|(_, p)| covers(p)).map(|(index, _)| index).collect();
        match found.last_mut() {
            Some((_, to, before)) if *before == here && u32::from(*to) + 1 == u32::from(first) => *to = last,
            _ if !here.is_empty() => found.push((first, last, here)),
            _ => {}
        }
    }
    let pick = |indexes: Vec<usize>| indexes.into_iter().filter_map(|i| meant.get(i).copied()).collect::<Vec<_>>();
    found.into_iter().map(|(from, to, indexes)| unite(protocol, (from, to), &pick(indexes), own)).collect()
}

fn unite(protocol: &str, (from, to): (u16, u16), permissions: &[&Permission], own: &Own) -> Opening {
    let nets: Vec<IpNet> = permissions.iter().flat_map(|p| p.nets.iter().copied()).collect();
    let share = |family: Family| public_part(&nets, own, family).share_of(family.internet());
    let covers = |family: Family| family.union(nets.iter().copied()).covers(family.internet());
    let (ipv4_share, ipv6_share) = (share(Family::V4), share(Family::V6));
    let gather = |list: fn(&Permission) -> &Vec<Evidence>| permissions.iter().flat_map(|p| list(p).clone()).collect();
    Opening {
        protocol: protocol.to_owned(),
        from,
        to,
        world: covers(Family::V4) || covers(Family::V6),
        share: ipv4_share.max(ipv6_share),
        ipv4_share,
        ipv6_share,
        whole_vpc: own.ipv4.as_ref().map(|vpc| !vpc.is_empty() && Family::V4.union(nets.iter().copied()).covers(vpc)),
        itself: permissions.iter().any(|p| p.itself),
        internet: gather(|p| &p.internet),
        private: gather(|p| &p.private),
        groups: gather(|p| &p.groups),
    }
}

/// What of these ranges is the internet, seen from inside the VPC.
fn public_part(nets: &[IpNet], own: &Own, family: Family) -> Addresses {
    let inside = match family {
        Family::V4 => own.ipv4.as_ref(),
        Family::V6 => own.ipv6.as_ref(),
    };
    let public = family.union(nets.iter().copied()).and(family.internet());
    inside.map_or_else(|| public.clone(), |inside| public.minus(inside))
}
