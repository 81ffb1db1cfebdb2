//! What security groups and network ACLs let pass.

use std::net::IpAddr;

use bartizan::model::Estate;
use bartizan::model::resource::{
    IpPermission, NetworkAcl, NetworkAclEntry, NetworkInterface, SecurityGroup, Subnet, UserIdGroupPair,
};
use ipnet::IpNet;

use super::{Header, ICMP, ICMP6, TCP, UDP, lookup};

/// Seen from the interface or subnet that filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
}

impl Direction {
    /// The address of the other end.
    fn peer(self, header: Header) -> IpAddr {
        match self {
            Self::In => header.source,
            Self::Out => header.destination,
        }
    }
}

/// Item 2: several groups on one interface are a union; groups only allow; no group or no rule allows nothing.
/// `peer` is the interface at the other end, where a reference to its groups can match.
pub(crate) fn groups_admit(
    estate: &Estate,
    interface: &NetworkInterface,
    direction: Direction,
    header: Header,
    peer: Option<&NetworkInterface>,
) -> bool {
    if interface.interface_type.as_deref() == Some("nat_gateway") {
        return true; // item 36: a NAT gateway has no groups
    }
    if interface.interface_type.as_deref() == Some("network_load_balancer") && interface.groups.is_empty() {
        return true; // item 52
    }
    interface.groups.iter().any(|group| {
        let id = group.group_id.as_ref().map_or("", |id| id.as_str());
        let found = lookup::all(estate, |r| &r.security_groups).find(|group| group.group_id == id);
        found.is_some_and(|group| group_admits(estate, group, direction, header, peer))
    })
}

fn group_admits(
    estate: &Estate,
    group: &SecurityGroup,
    direction: Direction,
    header: Header,
    peer: Option<&NetworkInterface>,
) -> bool {
    let permissions = match direction {
        Direction::In => &group.ip_permissions,
        Direction::Out => &group.ip_permissions_egress,
    };
    permissions.iter().any(|permission| {
        permission_is_about(permission, header) && permission_opens_to(estate, permission, direction.peer(header), peer)
    })
}

/// Item 11: protocol -1 is everything, whatever the ports say; for ICMP the "ports" are type and code.
fn permission_is_about(permission: &IpPermission, header: Header) -> bool {
    let number = match permission.ip_protocol.as_deref() {
        Some("-1") => return true,
        Some("tcp") => TCP,
        Some("udp") => UDP,
        Some("icmp") => ICMP,
        Some("icmpv6") => ICMP6,
        Some(number) => match number.parse() {
            Ok(number) => number,
            Err(_) => return false,
        },
        None => return false,
    };
    if number != header.protocol {
        return false;
    }
    match number {
        TCP | UDP => port_within(header.port, permission.from_port, permission.to_port),
        ICMP | ICMP6 => icmp_matches(header.port, permission.from_port, permission.to_port),
        _ => true,
    }
}

/// Absent or -1 is every port.
fn port_within(port: u16, from: Option<i32>, to: Option<i32>) -> bool {
    match (from.filter(|port| *port != -1), to.filter(|port| *port != -1)) {
        (Some(from), Some(to)) => (from..=to).contains(&i32::from(port)),
        _ => true,
    }
}

/// Absent or -1 is every type, or every code; the packets here have code 0.
fn icmp_matches(packet: u16, kind: Option<i32>, code: Option<i32>) -> bool {
    let any_or = |wanted: Option<i32>, is: i32| wanted.is_none_or(|wanted| wanted == -1 || wanted == is);
    any_or(kind, i32::from(packet)) && any_or(code, 0)
}

/// Item 3: ranges of both families, prefix lists and groups.
fn permission_opens_to(
    estate: &Estate,
    permission: &IpPermission,
    address: IpAddr,
    peer: Option<&NetworkInterface>,
) -> bool {
    permission.ip_ranges.iter().any(|range| cidr_contains(range.cidr_ip.as_deref(), address))
        || permission.ipv6_ranges.iter().any(|range| cidr_contains(range.cidr_ipv6.as_deref(), address))
        || permission.prefix_list_ids.iter().any(|list| {
            let id = list.prefix_list_id.as_ref().map_or("", |id| id.as_str());
            let entries = lookup::prefix_list(estate, id).and_then(|list| list.cidrs.as_ref());
            entries.is_some_and(|cidrs| cidrs.iter().any(|cidr| cidr_contains(Some(cidr), address))) // item 12
        })
        || permission.user_id_group_pairs.iter().any(|pair| pair_matches(pair, peer))
}

/// Items 4, 5 and 7: a reference matches interfaces that carry the group; nobody carries a group that is gone.
fn pair_matches(pair: &UserIdGroupPair, peer: Option<&NetworkInterface>) -> bool {
    pair.group_id.is_some() && peer.is_some_and(|peer| peer.groups.iter().any(|group| group.group_id == pair.group_id))
}

fn cidr_contains(cidr: Option<&str>, address: IpAddr) -> bool {
    cidr.and_then(|cidr| cidr.parse::<IpNet>().ok()).is_some_and(|cidr| cidr.contains(&address))
}

/// Items 14 to 18: whether the network ACL of a subnet lets a packet leave or enter it.
pub(crate) fn acl_admits(estate: &Estate, subnet: &Subnet, direction: Direction, header: Header) -> bool {
    let Some(acl) = lookup::network_acl_of(estate, subnet) else { return false };
    first_match(acl, direction, header).is_some_and(|entry| entry.rule_action.as_deref() == Some("allow"))
}

/// Item 15: the lowest number that matches decides.
fn first_match(acl: &NetworkAcl, direction: Direction, header: Header) -> Option<&NetworkAclEntry> {
    let mut entries: Vec<_> =
        acl.entries.iter().filter(|entry| entry.egress == Some(direction == Direction::Out)).collect();
    entries.sort_by_key(|entry| entry.rule_number);
    entries.into_iter().find(|entry| entry_is_about(entry, direction, header))
}

fn entry_is_about(entry: &NetworkAclEntry, direction: Direction, header: Header) -> bool {
    let peer = direction.peer(header);
    if !cidr_contains(entry.cidr_block.as_deref(), peer) && !cidr_contains(entry.ipv6_cidr_block.as_deref(), peer) {
        return false;
    }
    let number = match entry.protocol.as_deref() {
        Some("-1") => return true,
        Some(number) => number.parse::<u8>().ok(),
        None => None,
    };
    if number != Some(header.protocol) {
        return false;
    }
    match header.protocol {
        TCP | UDP => entry.port_range.as_ref().is_none_or(|range| port_within(header.port, range.from, range.to)),
        ICMP | ICMP6 => {
            entry.icmp_type_code.as_ref().is_none_or(|icmp| icmp_matches(header.port, icmp.r#type, icmp.code))
        }
        _ => true,
    }
}

/// The ports of a range at which the answer of a subnet's network ACL can change. Trying these is trying all.
pub(crate) fn telling_ports(estate: &Estate, subnet: &Subnet, first: u16, last: u16) -> Vec<u16> {
    let mut ports = vec![first];
    let ranges = lookup::network_acl_of(estate, subnet).into_iter().flat_map(|acl| &acl.entries);
    for range in ranges.filter_map(|entry| entry.port_range.as_ref()) {
        let edges = [range.from, range.to.map(|to| to + 1)].into_iter().flatten();
        ports.extend(edges.filter_map(|edge| u16::try_from(edge).ok()).filter(|port| (first..=last).contains(port)));
    }
    ports
}
