//! Route tables compiled: the whole address line cut into pieces, each with the route that wins there.

use super::set::{Addresses, MAPPED, MAPPED_LAST, ends, parse_net};
use crate::model::resource::Route;

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The VPC itself.
    Local,
    /// An internet gateway.
    InternetGateway(u32),
    /// An egress-only internet gateway.
    EgressOnly,
    /// A NAT gateway.
    Nat(u32),
    /// A peering connection.
    Peering(u32),
    /// A transit gateway.
    TransitGateway(u32),
    /// A gateway endpoint of an AWS service.
    ServiceEndpoint(u32),
    /// An endpoint of a firewall or other appliance behind a Gateway Load Balancer.
    ApplianceEndpoint(u32),
    /// A network interface: a NAT instance, a router.
    Interface(u32),
    /// A virtual private gateway.
    VpnGateway(u32),
    /// An attachment, in the route table of a transit gateway.
    Attachment(u32),
    /// A target that is in no listing, such as a deleted gateway.
    Gone,
    /// One that is not modelled: a local, carrier or outpost gateway, Cloud WAN.
    NotModelled,
}

/// One route with the prefix it wins for.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) prefix: (u128, u128),
    pub(super) target: Target,
    pub(super) blackhole: bool,
    /// Lower wins for the same prefix: static, then prefix list, then propagated.
    pub(super) preference: u8,
    /// Its place among the table's routes, as AWS lists them.
    pub(super) index: usize,
    /// Whether another prefix list sends the same prefix elsewhere; AWS does not say which wins.
    pub(super) ambiguous: bool,
}

/// A table: the entries, and the pieces of the address line with the entry that wins in each.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) entries: Vec<Entry>,
    pieces: Vec<(u128, Option<u32>)>,
    /// Prefix lists that could not be read: what they route is not known.
    pub(super) unread_lists: Vec<(usize, String)>,
    /// The same of gateway endpoints: they lead out of the VPC to a service of AWS.
    pub(super) unread_services: Vec<(usize, String)>,
}

/// The addresses of IPv4, in the order of prefixes: wider ones first.
const WALL: (u128, std::cmp::Reverse<u128>) = (MAPPED, std::cmp::Reverse(MAPPED_LAST));

impl Table {
    /// Cuts the address line by the prefixes of the entries.
    pub(super) fn new(mut entries: Vec<Entry>, unread_lists: Vec<(usize, String)>) -> Self {
        // Wider prefixes first, and of equal ones the preferred last, so that what comes later covers what was before.
        entries.sort_by(|a, b| {
            let key = |entry: &Entry| (entry.prefix.0, std::cmp::Reverse(entry.prefix.1));
            key(a).cmp(&key(b)).then(b.preference.cmp(&a.preference)).then(b.index.cmp(&a.index))
        });
        mark_ambiguous(&mut entries);
        // IPv4 lies inside the line of IPv6, so a wall keeps `::/0` from routing it; `0.0.0.0/0` covers the wall.
        let wall = entries.partition_point(|entry| (entry.prefix.0, std::cmp::Reverse(entry.prefix.1)) < WALL);
        let mut nested: Vec<((u128, u128), Option<u32>)> = Vec::with_capacity(entries.len() + 1);
        for (at, entry) in entries.iter().enumerate() {
            if at == wall {
                nested.push(((WALL.0, WALL.1.0), None));
            }
            nested.push((entry.prefix, u32::try_from(at).ok()));
        }
        if wall == entries.len() {
            nested.push(((WALL.0, WALL.1.0), None));
        }
        let mut pieces: Vec<(u128, Option<u32>)> = vec![(0, None)];
        let mut open: Vec<(u128, Option<u32>)> = Vec::new();
        for (prefix, entry) in nested {
            close(&mut pieces, &mut open, prefix.0.checked_sub(1));
            begin(&mut pieces, prefix.0, entry);
            open.push((prefix.1, entry));
        }
        close(&mut pieces, &mut open, Some(u128::MAX));
        Self { entries, pieces, unread_lists, unread_services: Vec::new() }
    }

    /// The entry that wins for an address.
    pub(super) fn winner(&self, address: u128) -> Option<&Entry> {
        self.winning(address).map(|(_, entry)| entry)
    }

    /// The same, with its place among the entries.
    pub(super) fn winning(&self, address: u128) -> Option<(usize, &Entry)> {
        let after = self.pieces.partition_point(|piece| piece.0 <= address);
        let (_, entry) = after.checked_sub(1).and_then(|at| self.pieces.get(at))?;
        let place = usize::try_from((*entry)?).ok()?;
        Some((place, self.entries.get(place)?))
    }

    /// The pieces of the address line with what wins there.
    pub(super) fn pieces(&self) -> impl Iterator<Item = ((u128, u128), Option<&Entry>)> {
        self.pieces.iter().enumerate().map(|(at, (first, entry))| {
            let last = self.pieces.get(at + 1).map_or(u128::MAX, |next| next.0 - 1);
            ((*first, last), entry.and_then(|at| self.entries.get(usize::try_from(at).unwrap_or(usize::MAX))))
        })
    }

    /// The addresses for which an entry wins that satisfies a condition.
    pub(super) fn won_by(&self, wanted: impl Fn(&Entry) -> bool) -> Addresses {
        Addresses::of(self.pieces().filter(|(_, entry)| entry.is_some_and(&wanted)).map(|(range, _)| range))
    }
}

fn mark_ambiguous(entries: &mut [Entry]) {
    for at in 1..entries.len() {
        let Some([before, here]) = entries.get_mut(at - 1..=at) else { continue };
        // Of two propagated ranges that are the same, AWS takes the first; a table without its routes does not tell it.
        let untold = here.preference == 2 && before.index == usize::MAX && here.index == usize::MAX;
        if before.prefix == here.prefix
            && before.preference == here.preference
            && (here.preference == 1 || untold)
            && before.target != here.target
        {
            here.ambiguous = true;
        }
    }
}

/// A piece begins; it replaces one that began at the same address.
fn begin(pieces: &mut Vec<(u128, Option<u32>)>, at: u128, entry: Option<u32>) {
    match pieces.last_mut() {
        Some(last) if last.0 == at => last.1 = entry,
        _ => pieces.push((at, entry)),
    }
}

/// Ends the prefixes that are over at an address; what is below them goes on.
fn close(pieces: &mut Vec<(u128, Option<u32>)>, open: &mut Vec<(u128, Option<u32>)>, until: Option<u128>) {
    let Some(until) = until else { return };
    while let Some((last, _)) = open.last().copied().filter(|(last, _)| *last <= until) {
        open.pop();
        // Equal prefixes end together: the one below is over as well.
        if let Some(next) = last.checked_add(1)
            && open.last().is_none_or(|(below, _)| *below > last)
        {
            begin(pieces, next, open.last().and_then(|(_, at)| *at));
        }
    }
}

/// The first and last address of a route's destination.
pub(super) fn destination(route: &Route) -> Option<(u128, u128)> {
    let text = route.destination_cidr_block.as_deref().or(route.destination_ipv6_cidr_block.as_deref())?;
    let net = parse_net(text)?;
    Some(ends(&net))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::set::number;

    fn entry(index: usize, net: &str, target: Target, preference: u8) -> Entry {
        let prefix = ends(&net.parse().unwrap());
        Entry { prefix, target, blackhole: false, preference, index, ambiguous: false }
    }

    fn target(table: &Table, address: &str) -> Option<Target> {
        table.winner(number(address.parse().unwrap())).map(|entry| entry.target)
    }

    #[test]
    fn n22_longest_prefix_wins() {
        let table = Table::new(
            vec![
                entry(0, "10.0.0.0/16", Target::Local, 0),
                entry(1, "0.0.0.0/0", Target::InternetGateway(1), 0),
                entry(2, "10.0.4.0/24", Target::Nat(2), 0),
                entry(3, "8.0.0.0/8", Target::Peering(3), 0),
                entry(4, "8.8.8.8/32", Target::Gone, 0),
            ],
            Vec::new(),
        );
        assert_eq!(target(&table, "10.0.3.255"), Some(Target::Local));
        assert_eq!(target(&table, "10.0.4.0"), Some(Target::Nat(2)));
        assert_eq!(target(&table, "10.0.5.0"), Some(Target::Local));
        assert_eq!(target(&table, "10.1.0.0"), Some(Target::InternetGateway(1)));
        assert_eq!(target(&table, "8.8.8.8"), Some(Target::Gone));
        assert_eq!(target(&table, "8.8.8.9"), Some(Target::Peering(3)));
        assert_eq!(target(&table, "9.0.0.0"), Some(Target::InternetGateway(1)));
        assert_eq!(target(&table, "2001:db8::1"), None);
    }

    #[test]
    fn n24_n25_static_beats_prefix_list_beats_propagated() {
        let table = Table::new(
            vec![
                entry(0, "10.0.0.0/16", Target::Gone, 2),
                entry(1, "10.0.0.0/16", Target::Peering(1), 0),
                entry(2, "10.0.0.0/16", Target::Nat(1), 1),
                entry(3, "10.1.0.0/16", Target::Nat(1), 1),
                entry(4, "10.1.0.0/16", Target::Nat(2), 1),
                entry(5, "10.1.0.0/16", Target::Gone, 2),
                entry(6, "10.1.7.0/24", Target::Gone, 2),
            ],
            Vec::new(),
        );
        assert_eq!(target(&table, "10.0.1.1"), Some(Target::Peering(1)));
        assert_eq!(target(&table, "10.1.1.1"), Some(Target::Nat(1)));
        assert!(table.winner(number("10.1.1.1".parse().unwrap())).unwrap().ambiguous);
        assert_eq!(target(&table, "10.1.7.1"), Some(Target::Gone), "more specific always wins");
        assert_eq!(target(&table, "10.2.0.0"), None);
    }

    #[test]
    fn n22_families_are_independent() {
        let table = Table::new(
            vec![entry(0, "::/0", Target::EgressOnly, 0), entry(1, "10.0.0.0/8", Target::Local, 0)],
            Vec::new(),
        );
        assert_eq!(target(&table, "2600::1"), Some(Target::EgressOnly));
        assert_eq!(target(&table, "10.0.0.1"), Some(Target::Local));
        assert_eq!(target(&table, "8.8.8.8"), None, "a default route for IPv6 is none for IPv4");
    }
}
