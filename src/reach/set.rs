//! Exact sets: of addresses, of services, and of both together. Sorted ranges that neither touch nor overlap, so
//! that union, intersection and difference are exact however the rules were split.
//!
//! One number line holds both families: an IPv4 address is its IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2), which
//! no packet carries. A service is a protocol number and a port in one number; for ICMP the port is type and code.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};

use ipnet::{IpNet, Ipv4Net};

use super::few::Few;

/// What a range is made of.
pub trait Unit: Copy + Ord + std::fmt::Debug {
    /// The one after it.
    fn next(self) -> Option<Self>;
    /// The one before it.
    fn previous(self) -> Option<Self>;
}

macro_rules! unit {
    ($($t:ty),*) => {$(
        impl Unit for $t {
            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }
            fn previous(self) -> Option<Self> {
                self.checked_sub(1)
            }
        }
    )*};
}
unit!(u32, u128);

/// A set of numbers: inclusive ranges in order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ranges<T>(Few<(T, T)>);

/// A set of addresses of both families.
pub type Addresses = Ranges<u128>;

/// A set of services.
pub type Services = Ranges<u32>;

impl<T> Default for Ranges<T> {
    fn default() -> Self {
        Self(Few::default())
    }
}

/// Joins a range with one that overlaps or touches it.
fn join<T: Unit>(range: &mut (T, T), next: (T, T)) -> bool {
    let apart = |before: T, after: T| before.next().is_some_and(|end| end < after);
    if apart(range.1, next.0) || apart(next.1, range.0) {
        return false;
    }
    *range = (range.0.min(next.0), range.1.max(next.1));
    true
}

impl<T: Unit> Ranges<T> {
    /// Every number from the first to the last.
    #[must_use]
    pub fn range(first: T, last: T) -> Self {
        if first <= last { Self(Few::one((first, last))) } else { Self::default() }
    }

    /// The union of ranges in any order.
    #[must_use]
    pub fn of(ranges: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut ranges = ranges.into_iter().filter(|(first, last)| first <= last);
        let Some(mut one) = ranges.next() else { return Self::default() };
        // Mostly they join, one after the other, to one range.
        let Some(other) = ranges.find(|next| !join(&mut one, *next)) else { return Self(Few::one(one)) };
        let mut all: Vec<(T, T)> = [one, other].into_iter().chain(ranges).collect();
        all.sort_unstable();
        all.dedup_by(|next, before| join(before, *next));
        Self(all.into())
    }

    /// The ranges, in order.
    #[must_use]
    pub fn ranges(&self) -> &[(T, T)] {
        &self.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The smallest member.
    #[must_use]
    pub fn first(&self) -> Option<T> {
        self.0.first().map(|range| range.0)
    }

    /// Whether `one` is in it.
    #[must_use]
    pub fn contains(&self, one: T) -> bool {
        let after = self.0.partition_point(|range| range.0 <= one);
        after.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|range| one <= range.1)
    }

    /// What is in either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        if other.is_empty() || self.spans(other) || self == other {
            return self.clone();
        }
        if self.is_empty() || other.spans(self) {
            return other.clone();
        }
        Self::of(self.0.iter().chain(other.0.iter()).copied())
    }

    /// Whether it is one range that holds all of the other.
    fn spans(&self, other: &Self) -> bool {
        match (self.ranges(), other.0.first(), other.0.last()) {
            ([(first, last)], Some((low, _)), Some((_, high))) => first <= low && high <= last,
            _ => false,
        }
    }

    /// The ranges from the first on that does not end before the other set begins.
    fn beside(&self, other: &Self) -> &[(T, T)] {
        let begins = other.first();
        self.0.get(self.0.partition_point(|range| Some(range.1) < begins)..).unwrap_or_default()
    }

    /// The ranges of what is in both.
    fn common(&self, other: &Self) -> impl Iterator<Item = (T, T)> {
        let (mut mine, mut theirs) = (self.beside(other), other.beside(self));
        std::iter::from_fn(move || {
            while let ([(a, b), my_rest @ ..], [(c, d), their_rest @ ..]) = (mine, theirs) {
                if b <= d {
                    mine = my_rest;
                } else {
                    theirs = their_rest;
                }
                if a.max(c) <= b.min(d) {
                    return Some((*a.max(c), *b.min(d)));
                }
            }
            None
        })
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if self.spans(other) || self == other {
            return other.clone();
        }
        if other.spans(self) {
            return self.clone();
        }
        Self(self.common(other).collect())
    }

    /// What is in this one only.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        if other.spans(self) {
            return Self::default();
        }
        let mut left = Vec::new();
        for &(first, last) in &self.0 {
            let mut next = Some(first);
            let start = other.0.partition_point(|range| range.1 < first);
            for &(from, to) in other.0.iter().skip(start).take_while(|range| range.0 <= last) {
                if let (Some(at), Some(before)) = (next, from.previous())
                    && at <= before
                {
                    left.push((at, before));
                }
                next = to.next().map(|after| next.map_or(after, |at| at.max(after)));
            }
            if let Some(at) = next.filter(|at| *at <= last) {
                left.push((at, last));
            }
        }
        Self(left.into())
    }

    /// Whether all of `other` is in it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.minus(self).is_empty()
    }

    /// Whether they have anything in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.common(other).next().is_some()
    }
}

/// The first number that stands for an IPv4 address.
pub(super) const MAPPED: u128 = 0xffff_0000_0000;
/// The last one.
pub(super) const MAPPED_LAST: u128 = 0xffff_ffff_ffff;

/// An address as a number.
#[must_use]
pub fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => MAPPED | u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// The address that a number stands for.
#[must_use]
pub fn address(number: u128) -> IpAddr {
    u32::try_from(number.wrapping_sub(MAPPED))
        .map_or_else(|_| IpAddr::V6(Ipv6Addr::from(number)), |v4| IpAddr::V4(Ipv4Addr::from(v4)))
}

/// Whether a number stands for an IPv4 address.
#[must_use]
pub const fn is_v4(number: u128) -> bool {
    number >= MAPPED && number <= MAPPED_LAST
}

/// The first and last number of a CIDR.
#[must_use]
pub fn ends(net: &IpNet) -> (u128, u128) {
    (number(net.network()), number(net.broadcast()))
}

impl Addresses {
    /// A CIDR. An IPv6 one never holds IPv4 addresses.
    #[must_use]
    pub fn net(net: &IpNet) -> Self {
        let whole = Self(Few::one(ends(net)));
        match net {
            IpNet::V4(_) => whole,
            IpNet::V6(_) if net.prefix_len() > 96 => whole,
            IpNet::V6(_) => whole.minus(&Self::family(true)),
        }
    }

    /// The union of CIDRs as AWS writes them; what is none is left out.
    #[must_use]
    pub fn parse<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let nets = texts.into_iter().filter_map(parse_net);
        let mut ranges = Vec::new();
        nets.for_each(|net| ranges.extend_from_slice(Self::net(&net).ranges()));
        Self::of(ranges)
    }

    /// One address.
    #[must_use]
    pub fn one(address: u128) -> Self {
        Self(Few::one((address, address)))
    }

    /// Every address.
    #[must_use]
    pub fn all() -> Self {
        Self(Few::one((0, u128::MAX)))
    }

    /// Every address of IPv4 or of IPv6.
    #[must_use]
    pub fn family(v4: bool) -> Self {
        let four = Self(Few::one((MAPPED, MAPPED_LAST)));
        if v4 { four } else { Self::all().minus(&four) }
    }

    /// Every address that a host on the internet can have: what an internet gateway carries (RFC 6890, RFC 4291).
    #[must_use]
    pub fn internet() -> &'static Self {
        static INTERNET: LazyLock<Addresses> = LazyLock::new(|| {
            let never = [
                "0.0.0.0/8",
                "10.0.0.0/8",
                "100.64.0.0/10",
                "127.0.0.0/8",
                "169.254.0.0/16",
                "172.16.0.0/12",
                "192.168.0.0/16",
                "224.0.0.0/3",
            ];
            Addresses::parse(["0.0.0.0/0"]).minus(&Addresses::parse(never)).or(&Addresses::parse(["2000::/3"]))
        });
        &INTERNET
    }

    /// How much of `whole` is in it: 0 is nothing, 1 everything.
    #[must_use]
    pub fn share_of(&self, whole: &Self) -> f64 {
        let all = whole.count();
        if all > 0.0 { self.and(whole).count() / all } else { 0.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "a share is for comparing with a threshold, not for counting")]
    fn count(&self) -> f64 {
        self.0.iter().map(|(first, last)| (last - first) as f64 + 1.0).sum()
    }

    /// The set as CIDRs, in order.
    #[must_use]
    pub fn nets(&self) -> Vec<IpNet> {
        let mut nets = Vec::new();
        for &(first, last) in self.ranges() {
            let mut at = first;
            loop {
                let v4 = is_v4(at);
                let width = if v4 { 32 } else { 128 };
                let low = if v4 { at - MAPPED } else { at };
                let end = if v4 {
                    last.min(MAPPED_LAST)
                } else if at < MAPPED {
                    last.min(MAPPED - 1)
                } else {
                    last
                };
                let mut bits = low.trailing_zeros().min(width);
                while bits > 0 && (1_u128.checked_shl(bits).map_or(u128::MAX, |size| size - 1)) > end - at {
                    bits -= 1;
                }
                let prefix = u8::try_from(width - bits).unwrap_or(0);
                nets.extend(IpNet::new(address(at), prefix));
                let size = 1_u128.checked_shl(bits).map_or(u128::MAX, |size| size - 1);
                match at.checked_add(size).and_then(Unit::next) {
                    Some(next) if next <= last => at = next,
                    _ => break,
                }
            }
        }
        nets
    }
}

/// A CIDR, or one address, as AWS writes it; host bits that are set do not matter.
#[must_use]
pub fn parse_net(text: &str) -> Option<IpNet> {
    let other = || text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    parse_v4_net(text).map(IpNet::V4).or_else(other)
}

/// The same for what nearly all are, and quicker.
fn parse_v4_net(text: &str) -> Option<Ipv4Net> {
    let (address, prefix) = text.split_once('/')?;
    let digits = prefix.len() <= 2 && prefix.bytes().all(|digit| digit.is_ascii_digit());
    Ipv4Net::new(address.parse().ok()?, prefix.parse().ok().filter(|_| digits)?).ok()
}

/// A set of pairs of service and address: ranges of services, in order, each with the addresses it goes with. Copies
/// share them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Boxes(Arc<[((u32, u32), Addresses)]>);

impl Boxes {
    /// Every pair of both sets.
    #[must_use]
    pub fn product(services: &Services, addresses: &Addresses) -> Self {
        if addresses.is_empty() {
            return Self::default();
        }
        Self(services.ranges().iter().map(|range| (*range, addresses.clone())).collect())
    }

    /// Every pair there is.
    #[must_use]
    pub fn everything() -> Self {
        Self([((0, super::service::LAST), Addresses::all())].into())
    }

    /// The union of boxes in any order.
    #[must_use]
    pub fn union(boxes: impl IntoIterator<Item = ((u32, u32), Addresses)>) -> Self {
        let mut boxes: Vec<_> =
            boxes.into_iter().filter(|(services, set)| services.0 <= services.1 && !set.is_empty()).collect();
        if boxes.len() < 2 {
            return Self::merged(boxes);
        }
        boxes.sort_unstable_by_key(|(services, _)| *services);
        if boxes.windows(2).all(|pair| matches!(pair, [(before, _), (after, _)] if before.1 < after.0)) {
            return Self::merged(boxes);
        }
        let mut edges: Vec<u32> =
            boxes.iter().flat_map(|((first, last), _)| [Some(*first), last.next()]).flatten().collect();
        edges.sort_unstable();
        edges.dedup();
        let mut cells = Vec::with_capacity(edges.len());
        for (at, first) in edges.iter().enumerate() {
            let last = edges.get(at + 1).map_or(u32::MAX, |next| next - 1);
            let here = boxes.iter().filter(|((from, to), _)| from <= first && *to >= last);
            let set = Addresses::of(here.flat_map(|(_, set)| set.ranges().iter().copied()));
            if !set.is_empty() {
                cells.push(((*first, last), set));
            }
        }
        Self::merged(cells)
    }

    /// Joins neighbours that have the same addresses.
    fn merged(mut cells: Vec<((u32, u32), Addresses)>) -> Self {
        cells.dedup_by(|next, before| {
            let joined = before.0.1.next() == Some(next.0.0) && before.1 == next.1;
            if joined {
                before.0.1 = next.0.1;
            }
            joined
        });
        if cells.is_empty() { Self::default() } else { Self(cells.into()) }
    }

    /// The boxes: services in order, each with its addresses.
    #[must_use]
    pub fn cells(&self) -> &[((u32, u32), Addresses)] {
        &self.0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a pair is in it.
    #[must_use]
    pub fn contains(&self, service: u32, address: u128) -> bool {
        self.at(service).is_some_and(|set| set.contains(address))
    }

    /// The addresses that go with a service.
    #[must_use]
    pub fn at(&self, service: u32) -> Option<&Addresses> {
        let after = self.0.partition_point(|cell| cell.0.0 <= service);
        let cell = after.checked_sub(1).and_then(|at| self.0.get(at))?;
        (service <= cell.0.1).then_some(&cell.1)
    }

    /// The services that go with an address.
    #[must_use]
    pub fn slice(&self, address: u128) -> Services {
        Services::of(self.0.iter().filter(|cell| cell.1.contains(address)).map(|cell| cell.0))
    }

    /// Every service in it.
    #[must_use]
    pub fn services(&self) -> Services {
        Services::of(self.0.iter().map(|cell| cell.0))
    }

    /// Every address in it.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        Addresses::of(self.0.iter().flat_map(|cell| cell.1.ranges().iter().copied()))
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut cells = Vec::with_capacity(self.0.len().max(other.0.len()));
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(a), Some(b)) = (mine.peek(), theirs.peek()) {
            let (low, high) = (a.0.0.max(b.0.0), a.0.1.min(b.0.1));
            if low <= high {
                let set = a.1.and(&b.1);
                if !set.is_empty() {
                    cells.push(((low, high), set));
                }
            }
            if a.0.1 <= b.0.1 {
                mine.next();
            } else {
                theirs.next();
            }
        }
        Self::merged(cells)
    }

    /// What of it has one of these services.
    #[must_use]
    pub fn with_services(&self, services: &Services) -> Self {
        let mut cells = Vec::new();
        for (range, set) in self.cells() {
            for &(low, high) in Services::range(range.0, range.1).and(services).ranges() {
                cells.push(((low, high), set.clone()));
            }
        }
        Self::merged(cells)
    }

    /// What of it has one of these addresses.
    #[must_use]
    pub fn with_addresses(&self, addresses: &Addresses) -> Self {
        let cells = self.0.iter().map(|(range, set)| (*range, set.and(addresses)));
        Self::merged(cells.filter(|(_, set)| !set.is_empty()).collect())
    }

    /// What is in either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        Self::union(self.0.iter().chain(other.0.iter()).cloned())
    }

    /// What is in this one only.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut cells = Vec::new();
        for (range, set) in self.cells() {
            let mut next = Some(range.0);
            for (there, taken) in other.0.iter().filter(|(there, _)| there.0 <= range.1 && there.1 >= range.0) {
                if let (Some(at), Some(before)) = (next, there.0.previous())
                    && at <= before
                {
                    cells.push(((at, before), set.clone()));
                }
                let left = set.minus(taken);
                if !left.is_empty() {
                    cells.push(((there.0.max(range.0), there.1.min(range.1)), left));
                }
                next = there.1.next();
            }
            if let Some(at) = next.filter(|at| *at <= range.1) {
                cells.push(((at, range.1), set.clone()));
            }
        }
        Self::merged(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> Addresses {
        Addresses::parse(texts.iter().copied())
    }

    #[test]
    fn both_families_share_a_line_without_meeting() {
        assert!(!set(&["::/0"]).meets(&set(&["0.0.0.0/0"])));
        assert_eq!(set(&["::/0"]).or(&set(&["0.0.0.0/0"])), Addresses::all());
        assert_eq!(address(number("10.1.2.3".parse().unwrap())).to_string(), "10.1.2.3");
        assert_eq!(address(number("2001:db8::1".parse().unwrap())).to_string(), "2001:db8::1");
    }

    #[test]
    fn the_internet_has_no_private_address() {
        for private in ["10.0.0.1", "100.64.0.1", "169.254.169.254", "172.31.0.1", "192.168.0.1", "fd00::1", "fe80::1"]
        {
            assert!(!Addresses::internet().contains(number(private.parse().unwrap())), "{private}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2600::1"] {
            assert!(Addresses::internet().contains(number(public.parse().unwrap())), "{public}");
        }
    }

    #[test]
    fn a_set_is_printed_as_the_cidrs_it_came_from() {
        let texts = ["8.0.0.0/8", "10.0.0.0/9", "11.0.0.0/24", "11.0.1.0/25", "2001:db8::/32"];
        let printed: Vec<String> = set(&texts).nets().iter().map(ToString::to_string).collect();
        assert_eq!(printed, texts);
        assert_eq!(set(&["0.0.0.0/0"]).nets().len(), 1);
        assert_eq!(set(&["8.8.8.8"]).nets()[0].to_string(), "8.8.8.8/32");
    }

    #[test]
    fn boxes_subtract_and_intersect_exactly() {
        let everything = Boxes::product(&Services::range(0, 0xff_ffff), &set(&["0.0.0.0/0"]));
        let hole = Boxes::product(&Services::range(100, 200), &set(&["10.0.0.0/8"]));
        let rest = everything.minus(&hole);
        assert!(!rest.contains(150, number("10.1.1.1".parse().unwrap())));
        assert!(rest.contains(150, number("11.1.1.1".parse().unwrap())));
        assert!(rest.contains(99, number("10.1.1.1".parse().unwrap())));
        assert!(rest.contains(201, number("10.1.1.1".parse().unwrap())));
        assert!(rest.and(&hole).is_empty());
        assert_eq!(rest.or(&hole), everything);
    }
}
