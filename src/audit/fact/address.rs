//! Sets of addresses of one family, kept as sorted ranges that neither touch nor overlap, so that a union, a
//! difference and a count are exact whatever the CIDRs were split into.

use std::sync::LazyLock;

use ipnet::IpNet;

/// The two kinds of IP address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    V4,
    V6,
}

/// What an internet gateway never carries: addresses that are private, shared, local, multicast or reserved.
const NOT_PUBLIC_IPV4: [&str; 8] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
];
const PUBLIC_IPV6: &str = "2000::/3";

impl Family {
    /// The family of a range.
    pub(super) fn of(net: &IpNet) -> Self {
        if net.addr().is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// Every address of the family that hosts on the internet can have.
    pub(super) fn internet(self) -> &'static AddressSet {
        static IPV4: LazyLock<AddressSet> = LazyLock::new(|| {
            let everything = AddressSet(vec![(0, u128::from(u32::MAX))]);
            everything.minus(&AddressSet::of(NOT_PUBLIC_IPV4.iter().filter_map(|text| parse(text))))
        });
        static IPV6: LazyLock<AddressSet> = LazyLock::new(|| AddressSet::of(parse(PUBLIC_IPV6)));
        match self {
            Self::V4 => &IPV4,
            Self::V6 => &IPV6,
        }
    }
}

/// A range as AWS writes it; host bits that are set do not matter.
pub(super) fn parse(text: &str) -> Option<IpNet> {
    text.parse().ok()
}

/// A set of addresses of one family: inclusive ranges in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AddressSet(Vec<(u128, u128)>);

impl AddressSet {
    /// The union of ranges, which are all of one family.
    pub(super) fn of(nets: impl IntoIterator<Item = IpNet>) -> Self {
        let mut ranges: Vec<_> = nets.into_iter().map(|net| ends(&net)).collect();
        ranges.sort_unstable();
        let mut merged: Vec<(u128, u128)> = Vec::new();
        for (first, last) in ranges {
            match merged.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => merged.push((first, last)),
            }
        }
        Self(merged)
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut both = Vec::new();
        for (first, last) in &self.0 {
            for (from, to) in &other.0 {
                let (low, high) = (*first.max(from), *last.min(to));
                if low <= high {
                    both.push((low, high));
                }
            }
        }
        both.sort_unstable();
        Self(both)
    }

    /// What is in this one only.
    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for (first, last) in &self.0 {
            let mut next = Some(*first);
            for (from, to) in other.0.iter().filter(|(from, to)| from <= last && to >= first) {
                if let Some(start) = next.filter(|start| start < from) {
                    left.push((start, from - 1));
                }
                next = to.checked_add(1);
            }
            if let Some(start) = next.filter(|start| start <= last) {
                left.push((start, *last));
            }
        }
        Self(left)
    }

    /// Whether all of `other` is in it.
    pub(super) fn covers(&self, other: &Self) -> bool {
        other.minus(self).is_empty()
    }

    /// How much of `whole` is in it: 0 is nothing, 1 everything.
    pub(super) fn share_of(&self, whole: &Self) -> f64 {
        let all = whole.count();
        if all > 0.0 { self.and(whole).count() / all } else { 0.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "a share is for comparing with a threshold, not for counting")]
    fn count(&self) -> f64 {
        self.0.iter().map(|(first, last)| (last - first) as f64 + 1.0).sum()
    }
}

fn ends(net: &IpNet) -> (u128, u128) {
    match net {
        IpNet::V4(net) => (u128::from(u32::from(net.network())), u128::from(u32::from(net.broadcast()))),
        IpNet::V6(net) => (u128::from(net.network()), u128::from(net.broadcast())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ranges: &[&str]) -> AddressSet {
        AddressSet::of(ranges.iter().map(|text| parse(text).unwrap()))
    }

    #[test]
    fn the_internet_split_in_any_way_is_still_the_internet() {
        let internet = Family::V4.internet();
        assert!(set(&["0.0.0.0/0"]).covers(internet));
        assert!(set(&["128.0.0.0/1", "0.0.0.0/1"]).covers(internet));
        assert!(set(&["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/1"]).covers(internet));
        assert!(!set(&["0.0.0.0/1"]).covers(internet));
        assert!(
            !set(&["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3", "200.1.0.0/16"])
                .minus(&set(&["8.8.8.8/32"]))
                .covers(internet)
        );
        let slash_eights: Vec<String> =
            (1..224).filter(|n| *n != 10 && *n != 127).map(|n| format!("{n}.0.0.0/8")).collect();
        assert!(AddressSet::of(slash_eights.iter().map(|t| parse(t).unwrap())).covers(internet));
        assert!(set(&["::/1", "8000::/1"]).covers(Family::V6.internet()));
        assert!(set(&["2000::/3"]).covers(Family::V6.internet()));
    }

    #[test]
    fn private_addresses_are_no_part_of_the_internet() {
        let private = set(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]);
        assert!(private.and(Family::V4.internet()).is_empty());
        assert!((private.share_of(Family::V4.internet()) - 0.0).abs() < f64::EPSILON);
        assert!(set(&["fd00::/8"]).and(Family::V6.internet()).is_empty());
    }

    #[test]
    fn differences_and_shares_are_exact() {
        assert_eq!(set(&["10.0.0.0/8"]).minus(&set(&["10.0.0.0/9"])), set(&["10.128.0.0/9"]));
        assert_eq!(set(&["10.0.0.0/8"]).minus(&set(&["0.0.0.0/0"])), AddressSet::default());
        assert_eq!(set(&["10.0.0.0/24"]).minus(&set(&["10.0.0.0/30", "10.0.0.128/25"])).0.len(), 1);
        assert_eq!(set(&["::/0"]).minus(&set(&["ffff::/16"])).0.len(), 1);
        assert!((set(&["10.0.0.0/9"]).share_of(&set(&["10.0.0.0/8"])) - 0.5).abs() < 1e-12);
        assert_eq!(set(&["10.0.0.0/9", "10.128.0.0/9"]), set(&["10.0.0.0/8"]));
    }
}
