//! Which addresses the internet carries.

use std::net::IpAddr;

use ipnet::IpNet;

/// Items 5 and 33: not private, shared, loopback, link-local, multicast or reserved; of IPv6 only what is global.
const NOT_PUBLIC: [&str; 9] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
];
const GLOBAL: &str = "2000::/3";

pub(crate) fn is_public(address: IpAddr) -> bool {
    let within = |cidr: &str| cidr.parse::<IpNet>().unwrap().contains(&address);
    match address {
        IpAddr::V4(_) => !NOT_PUBLIC.into_iter().any(within),
        IpAddr::V6(_) => within(GLOBAL),
    }
}
