//! The two kinds of IP address, each with its part of the internet.

use std::sync::LazyLock;

use ipnet::IpNet;

use crate::reach::Addresses;

/// The two kinds of IP address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    /// The family of a range.
    pub(super) fn of(net: &IpNet) -> Self {
        if net.addr().is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// Every address of the family that hosts on the internet can have.
    pub(super) fn internet(self) -> &'static Addresses {
        static PARTS: LazyLock<[Addresses; 2]> =
            LazyLock::new(|| [true, false].map(|v4| Addresses::internet().and(&Addresses::family(v4))));
        let [v4, v6] = &*PARTS;
        if self == Self::V4 { v4 } else { v6 }
    }

    /// The union of those ranges that are of the family.
    pub(super) fn union(self, nets: impl IntoIterator<Item = IpNet>) -> Addresses {
        let own = nets.into_iter().filter(|net| Self::of(net) == self).map(|net| Addresses::net(&net));
        Addresses::of(own.flat_map(|set| set.ranges().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::set::parse_net;

    fn set(ranges: &[&str]) -> Addresses {
        Addresses::parse(ranges.iter().copied())
    }

    #[test]
    fn the_internet_split_in_any_way_is_still_the_internet() {
        let internet = Family::V4.internet();
        for parts in [&["0.0.0.0/0"][..], &["128.0.0.0/1", "0.0.0.0/1"], &["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/1"]] {
            assert!(set(parts).covers(internet), "{parts:?}");
        }
        assert!(!set(&["0.0.0.0/1"]).covers(internet));
        assert!(!set(&["0.0.0.0/0"]).minus(&set(&["8.8.8.8/32"])).covers(internet));
        let slash_eights: Vec<String> =
            (1..224).filter(|n| *n != 10 && *n != 127).map(|n| format!("{n}.0.0.0/8")).collect();
        assert!(Family::V4.union(slash_eights.iter().map(|t| parse_net(t).unwrap())).covers(internet));
        assert!(set(&["::/1", "8000::/1"]).covers(Family::V6.internet()));
        assert!(set(&["2000::/3"]).covers(Family::V6.internet()));
        assert!(!set(&["::/0"]).covers(internet), "a range of IPv6 holds no IPv4 address");
    }

    #[test]
    fn private_addresses_are_no_part_of_the_internet() {
        let private = set(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]);
        assert!(private.and(Family::V4.internet()).is_empty());
        assert!(private.share_of(Family::V4.internet()).abs() < f64::EPSILON);
        assert!(set(&["fd00::/8"]).and(Family::V6.internet()).is_empty());
    }

    #[test]
    fn a_union_holds_one_family_and_shares_are_exact() {
        let nets = ["10.0.0.0/9", "10.128.0.0/9", "2001:db8::/32"].map(|text| parse_net(text).unwrap());
        assert_eq!(Family::V4.union(nets), set(&["10.0.0.0/8"]));
        assert_eq!(Family::V6.union(nets), set(&["2001:db8::/32"]));
        assert!((set(&["10.0.0.0/9"]).share_of(&set(&["10.0.0.0/8"])) - 0.5).abs() < 1e-12);
        assert!(set(&["10.0.0.0/9"]).share_of(&Addresses::default()).abs() < 1e-12, "of nothing there is no share");
    }
}
