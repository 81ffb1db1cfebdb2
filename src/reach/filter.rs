//! What a packet must pass: security groups and network ACLs, each compiled once into exact sets.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use ipnet::IpNet;
use std::sync::Arc;

use super::service::{self, ICMP, ICMPV6, TCP, UDP};
use super::set::{Addresses, Boxes, Services, ends, is_v4, parse_net};
use crate::model::resource::{IpPermission, NetworkAcl, NetworkAclEntry, SecurityGroup};

/// Which way a packet passes a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Towards the interface, or into the subnet.
    Ingress,
    /// Away from it.
    Egress,
}

impl Direction {
    /// `ingress` or `egress`, as AWS writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// The ports that a client opens connections from: Linux uses 32768 to 60999, Windows and IANA 49152 to 65535.
pub const CLIENT_PORTS: (u16, u16) = (32768, 65535);
/// The ports that NAT gateways, load balancers and Lambda open connections from.
pub const SERVICE_PORTS: (u16, u16) = (1024, 65535);

/// One rule of a security group in one direction.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    pub(super) services: (u32, u32),
    pub(super) peer: Peer,
}

/// Whom a security group rule names.
#[derive(Debug, Clone)]
pub(super) enum Peer {
    Net(IpNet),
    Group(u32),
    PrefixList(u32),
}

/// A security group, or a set of them, in one direction.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate {
    /// What it admits by address.
    pub(super) by_address: Boxes,
    /// What it admits of carriers of a group.
    pub(super) by_group: Vec<((u32, u32), u32)>,
    /// What it may admit, if a prefix list that could not be read says so.
    pub(super) unread: Vec<((u32, u32), u32)>,
}

/// A security group compiled.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub(super) openings: [Vec<Opening>; 2],
    pub(super) gates: [Gate; 2],
}

/// What resolves the names that a security group rule mentions.
pub(super) trait Names<'e> {
    fn group(&mut self, id: &'e str) -> u32;
    fn prefix_list(&mut self, id: &'e str) -> u32;
    fn entries(&self, prefix_list: u32) -> Option<&Addresses>;
}

impl Group {
    pub(super) fn compile<'e>(group: &'e SecurityGroup, names: &mut impl Names<'e>) -> Self {
        let openings = [&group.ip_permissions, &group.ip_permissions_egress].map(|permissions| {
            let mut openings = Vec::with_capacity(permissions.len());
            for permission in permissions {
                open(permission, names, &mut openings);
            }
            openings
        });
        let gates = [gate(&openings[0], names), gate(&openings[1], names)];
        Self { openings, gates }
    }
}

fn open<'e>(permission: &'e IpPermission, names: &mut impl Names<'e>, openings: &mut Vec<Opening>) {
    let Some(services) = service::of_rule(permission.ip_protocol.as_deref(), permission.from_port, permission.to_port)
    else {
        return;
    };
    let v4 = permission.ip_ranges.iter().filter_map(|range| range.cidr_ip.as_deref());
    let v6 = permission.ipv6_ranges.iter().filter_map(|range| range.cidr_ipv6.as_deref());
    for net in v4.chain(v6).filter_map(parse_net) {
        openings.push(Opening { services, peer: Peer::Net(net) });
    }
    for pair in &permission.user_id_group_pairs {
        if let Some(id) = &pair.group_id {
            openings.push(Opening { services, peer: Peer::Group(names.group(id.as_str())) });
        }
    }
    for list in &permission.prefix_list_ids {
        if let Some(id) = &list.prefix_list_id {
            openings.push(Opening { services, peer: Peer::PrefixList(names.prefix_list(id.as_str())) });
        }
    }
}

fn gate<'e>(openings: &[Opening], names: &impl Names<'e>) -> Gate {
    let groups = openings.iter().filter(|opening| matches!(opening.peer, Peer::Group(_))).count();
    let mut gate = Gate { by_group: Vec::with_capacity(groups), ..Gate::default() };
    let mut boxes = Vec::with_capacity(openings.len() - groups);
    for opening in openings {
        match &opening.peer {
            Peer::Net(net) => boxes.push((opening.services, Addresses::net(net))),
            Peer::Group(group) => gate.by_group.push((opening.services, *group)),
            Peer::PrefixList(list) => match names.entries(*list) {
                Some(set) => boxes.push((opening.services, set.clone())),
                None => gate.unread.push((opening.services, *list)),
            },
        }
    }
    gate.by_address = Boxes::union(boxes);
    gate
}

/// One entry of a network ACL.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its place among the ACL's entries, as AWS lists them.
    pub(super) index: usize,
    pub(super) services: (u32, u32),
    number: i32,
    net: IpNet,
    allow: bool,
}

/// What decides about an entry's effect: ACLs whose entries agree in it are compiled once.
pub(super) type EntryKey = (bool, i32, bool, (u32, u32), IpNet);

/// The replies that an ACL lets pass, for the first packets' services.
#[derive(Debug, Clone, Default)]
pub(super) struct Replies {
    /// At least one of the client's ports gets through.
    pub(super) some: Boxes,
    /// All of them do.
    pub(super) every: Boxes,
    /// Whether the two differ.
    pub(super) partial: bool,
}

/// What an ACL lets pass in one direction.
#[derive(Debug, Clone, Default)]
pub(super) struct Passage {
    pub(super) allowed: Boxes,
    /// Whether that is everything of IPv6, and of IPv4.
    pub(super) open: [bool; 2],
    /// Replies to clients, and to services of AWS, which use more ports.
    pub(super) replies: [Replies; 2],
}

impl Passage {
    /// Whether it lets everything from or to an address pass.
    pub(super) fn opens(&self, peer: u128) -> bool {
        let [v6, v4] = self.open;
        if is_v4(peer) { v4 } else { v6 }
    }
}

/// A network ACL compiled: per direction the entries in order, and what they let pass.
#[derive(Debug, Clone, Default)]
pub(super) struct Acl {
    pub(super) entries: [Vec<Entry>; 2],
    pub(super) passages: Arc<[Passage; 2]>,
}

impl Acl {
    /// Compiles an ACL, or takes what one with the same entries was compiled to.
    pub(super) fn compile(acl: &NetworkAcl, known: &mut BTreeMap<Vec<EntryKey>, Arc<[Passage; 2]>>) -> Self {
        let entries = [false, true].map(|egress| entries(acl, egress));
        let key = |egress: bool| {
            let side = entries.get(usize::from(egress)).into_iter().flatten();
            side.map(move |entry| (egress, entry.number, entry.allow, entry.services, entry.net))
        };
        let key: Vec<EntryKey> = key(false).chain(key(true)).collect();
        let passages = known.entry(key).or_insert_with(|| Arc::new([passage(&entries[0]), passage(&entries[1])]));
        let passages = Arc::clone(passages);
        Self { entries, passages }
    }

    /// What it lets pass in a direction.
    pub(super) fn passage(&self, direction: Direction) -> &Passage {
        let [ingress, egress] = &*self.passages;
        if direction == Direction::Ingress { ingress } else { egress }
    }

    /// The entry that decides about one packet; `None` when none matches, which denies it.
    pub(super) fn deciding(&self, direction: Direction, service: u32, address: u128) -> Option<(&Entry, bool)> {
        let [ingress, egress] = &self.entries;
        let entries = if direction == Direction::Ingress { ingress } else { egress };
        entries
            .iter()
            .find(|e| e.services.0 <= service && service <= e.services.1 && holds(&e.net, address))
            .map(|entry| (entry, entry.allow))
    }
}

/// Whether an address is in a CIDR.
pub(super) fn holds(net: &IpNet, address: u128) -> bool {
    let (first, last) = ends(net);
    is_v4(address) == matches!(net, IpNet::V4(_)) && first <= address && address <= last
}

fn passage(entries: &[Entry]) -> Passage {
    let allowed = allowed(entries);
    let all = Services::range(0, service::LAST);
    let open = [false, true].map(|v4| Boxes::product(&all, &Addresses::family(v4)).minus(&allowed).is_empty());
    let replies = [CLIENT_PORTS, SERVICE_PORTS].map(|ports| replies(&allowed, ports));
    Passage { allowed, open, replies }
}

fn entries(acl: &NetworkAcl, egress: bool) -> Vec<Entry> {
    let here = acl.entries.iter().enumerate().filter(|(_, entry)| entry.egress.unwrap_or(false) == egress);
    let mut entries: Vec<Entry> = here.filter_map(|(index, entry)| compile_entry(index, entry)).collect();
    entries.sort_by_key(|entry| entry.number);
    entries
}

fn compile_entry(index: usize, entry: &NetworkAclEntry) -> Option<Entry> {
    let ports = |from: Option<i32>, to: Option<i32>| service::of_rule(entry.protocol.as_deref(), from, to);
    let services = match (&entry.port_range, &entry.icmp_type_code) {
        (Some(range), _) => ports(range.from, range.to),
        (None, Some(icmp)) => ports(icmp.r#type, icmp.code),
        (None, None) => ports(None, None),
    }?;
    let allow = entry.rule_action.as_deref() == Some("allow");
    let net = entry.cidr_block.as_deref().or(entry.ipv6_cidr_block.as_deref()).and_then(parse_net)?;
    Some(Entry { index, number: entry.rule_number.unwrap_or(i32::MAX), services, net, allow })
}

/// First match wins: what each entry decides is taken out of what is left for the next.
fn allowed(entries: &[Entry]) -> Boxes {
    let mut left = Boxes::everything();
    let mut passed = Vec::new();
    for entry in entries {
        let reach = Boxes::product(&Services::range(entry.services.0, entry.services.1), &Addresses::net(&entry.net));
        if entry.allow {
            passed.extend(left.and(&reach).cells().iter().cloned());
        }
        left = left.minus(&reach);
        if left.is_empty() {
            break;
        }
    }
    Boxes::union(passed)
}

/// Which first packets' replies pass: TCP's and UDP's go to the client's ports, an echo's is an echo reply, and other
/// protocols' have no ports.
pub(super) fn replies(allowed: &Boxes, ports: (u16, u16)) -> Replies {
    let mut edges = vec![0, 1, 2, 6, 7, 17, 18, 58, 59];
    edges.extend(allowed.cells().iter().flat_map(|((first, last), _)| [first >> 16, (last >> 16) + 1]));
    edges.sort_unstable();
    edges.dedup();
    edges.retain(|edge| *edge < 256);
    let mut some = Vec::new();
    let mut every = Vec::new();
    for (at, first) in edges.iter().enumerate() {
        // Protocols between two edges are treated alike, so the first stands for all of them.
        let after = edges.get(at + 1).copied().unwrap_or(256);
        let whole = (first << 16, (after << 16) - 1);
        let back = match u8::try_from(*first).unwrap_or(u8::MAX) {
            TCP | UDP => (whole.0 | u32::from(ports.0), whole.0 | u32::from(ports.1)),
            ICMP => (whole.0, whole.0),
            ICMPV6 => (whole.0 | (129 << 8), whole.0 | (129 << 8)),
            _ => (whole.0, whole.0 | 0xffff),
        };
        let passing = allowed.with_services(&Services::range(back.0, back.1));
        some.push((whole, passing.addresses()));
        every.push((whole, through_all(&passing, back)));
    }
    let (some, every) = (Boxes::union(some), Boxes::union(every));
    let partial = some != every;
    Replies { some, every, partial }
}

/// The addresses that pass with every service of a range.
fn through_all(passing: &Boxes, range: (u32, u32)) -> Addresses {
    if passing.services() != Services::range(range.0, range.1) {
        return Addresses::default();
    }
    let mut sets = passing.cells().iter().map(|(_, set)| set);
    let first = sets.next().cloned().unwrap_or_default();
    sets.fold(first, |common, set| common.and(set))
}

/// Ids to numbers. Only looked up, never iterated, so that its order reaches nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Index<K: std::hash::Hash + Eq, V = u32>(FxHashMap<K, V>);

impl<K: std::hash::Hash + Eq, V: Copy> Index<K, V> {
    pub(super) fn get<Q: std::hash::Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.0.get(key).copied()
    }

    /// Keeps the first of two with the same key.
    pub(super) fn insert(&mut self, key: K, value: V) -> V {
        *self.0.entry(key).or_insert(value)
    }

    pub(super) fn reserve(&mut self, more: usize) {
        self.0.reserve(more);
    }
}
