//! Services: a protocol with a port, or for ICMP a type and code, as one number so that sets of them are ranges.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::set::Services;

/// The last number that stands for a service.
pub const LAST: u32 = 0xff_ffff;
/// ICMP's protocol number.
pub const ICMP: u8 = 1;
/// TCP's protocol number.
pub const TCP: u8 = 6;
/// UDP's protocol number.
pub const UDP: u8 = 17;
/// ICMPv6's protocol number.
pub const ICMPV6: u8 = 58;

/// A protocol number and a destination port; for ICMP the port is 256 times the type plus the code, and protocols
/// that have neither use 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Service {
    /// The protocol number (IANA).
    pub protocol: u8,
    /// The destination port, or the ICMP type and code.
    pub port: u16,
}

impl Service {
    /// A TCP port.
    #[must_use]
    pub const fn tcp(port: u16) -> Self {
        Self { protocol: TCP, port }
    }

    /// A UDP port.
    #[must_use]
    pub const fn udp(port: u16) -> Self {
        Self { protocol: UDP, port }
    }

    /// An ICMP echo request of either family.
    #[must_use]
    pub const fn echo(v4: bool) -> Self {
        if v4 { Self { protocol: ICMP, port: 8 << 8 } } else { Self { protocol: ICMPV6, port: 128 << 8 } }
    }

    /// It as a number.
    #[must_use]
    pub const fn number(self) -> u32 {
        ((self.protocol as u32) << 16) | self.port as u32
    }

    /// The service that a number stands for.
    #[must_use]
    pub fn of(number: u32) -> Self {
        let protocol = u8::try_from(number >> 16).unwrap_or(u8::MAX);
        Self { protocol, port: u16::try_from(number & 0xffff).unwrap_or(0) }
    }

    /// Whether it has ports.
    #[must_use]
    pub const fn has_ports(self) -> bool {
        self.protocol == TCP || self.protocol == UDP
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            TCP | UDP => write!(f, "{}/{}", protocol_name(self.protocol), self.port),
            ICMP | ICMPV6 => {
                write!(f, "{} type {} code {}", protocol_name(self.protocol), self.port >> 8, self.port & 0xff)
            }
            other => write!(f, "protocol {other}"),
        }
    }
}

/// A protocol as AWS writes it: `tcp`, `udp`, `icmp`, `icmpv6` or its number.
#[must_use]
pub fn protocol_name(protocol: u8) -> String {
    match protocol {
        TCP => "tcp".to_owned(),
        UDP => "udp".to_owned(),
        ICMP => "icmp".to_owned(),
        ICMPV6 => "icmpv6".to_owned(),
        other => other.to_string(),
    }
}

/// The number of a protocol by name or number; `None` for `-1`, which is every protocol.
///
/// # Errors
/// When it is neither.
pub fn protocol_number(text: &str) -> Result<Option<u8>, String> {
    const NAMES: [(&str, Option<u8>); 6] = [
        ("tcp", Some(TCP)),
        ("-1", None),
        ("udp", Some(UDP)),
        ("icmp", Some(ICMP)),
        ("icmpv6", Some(ICMPV6)),
        ("all", None),
    ];
    match NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        Some((_, protocol)) => Ok(*protocol),
        None => text.parse().map(Some).map_err(|_| format!("`{text}` is no protocol")),
    }
}

/// Every service of a protocol; of all protocols for `None`.
#[must_use]
pub fn whole(protocol: Option<u8>) -> (u32, u32) {
    match protocol {
        None => (0, LAST),
        Some(protocol) => {
            let first = u32::from(protocol) << 16;
            (first, first | 0xffff)
        }
    }
}

/// The services of a rule: protocol, and first and last port or ICMP type and code, where absent and -1 are all.
/// `None` when the protocol cannot be told.
#[must_use]
pub fn of_rule(protocol: Option<&str>, from: Option<i32>, to: Option<i32>) -> Option<(u32, u32)> {
    let protocol = protocol_number(protocol.unwrap_or("-1")).ok()?;
    let all = whole(protocol);
    let (Some(number), Some(from)) = (protocol, from.and_then(|port| u16::try_from(port).ok())) else {
        return Some(all);
    };
    let to = to.and_then(|port| u16::try_from(port).ok());
    let ports = match number {
        TCP | UDP => (from, to.unwrap_or(if from == 0 { u16::MAX } else { from })),
        ICMP | ICMPV6 => {
            let kind = from.min(255) << 8;
            to.map_or((kind, kind | 255), |code| (kind | code.min(255), kind | code.min(255)))
        }
        _ => return Some(all),
    };
    Some((all.0 | u32::from(ports.0), all.0 | u32::from(ports.1)))
}

/// A set of services as people write them: `tcp/22, tcp/80-90, icmp type 8, udp, everything`.
#[must_use]
pub fn describe(services: &Services) -> String {
    let mut parts = Vec::new();
    for &(first, last) in services.ranges() {
        if first == 0 && last >= LAST {
            return "everything".to_owned();
        }
        let (from, to) = (Service::of(first), Service::of(last.min(LAST)));
        for protocol in from.protocol..=to.protocol {
            let low = if protocol == from.protocol { from.port } else { 0 };
            let high = if protocol == to.protocol { to.port } else { u16::MAX };
            parts.push((protocol, low, high));
        }
    }
    let mut texts: Vec<String> = Vec::new();
    let mut others: Vec<u8> = Vec::new();
    for (protocol, low, high) in parts {
        match protocol {
            TCP | UDP | ICMP | ICMPV6 => texts.push(part(protocol, low, high)),
            other => others.push(other),
        }
    }
    if let (Some(first), Some(last)) = (others.first(), others.last()) {
        texts.push(if first == last { format!("protocol {first}") } else { "other protocols".to_owned() });
    }
    texts.join(", ")
}

fn part(protocol: u8, low: u16, high: u16) -> String {
    let name = protocol_name(protocol);
    match (protocol, low, high) {
        (_, 0, u16::MAX) => name,
        (TCP | UDP, low, high) if low == high => format!("{name}/{low}"),
        (TCP | UDP, low, high) => format!("{name}/{low}-{high}"),
        (_, low, high) if low >> 8 == high >> 8 && low.trailing_zeros() >= 8 && high & 255 == 255 => {
            format!("{name} type {}", low >> 8)
        }
        (_, low, high) if low == high => format!("{name} type {} code {}", low >> 8, low & 255),
        (_, low, high) => format!("{name} types {}-{}", low >> 8, high >> 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n11_icmp_ports_hold_type_and_code_and_minus_one_is_all() {
        assert_eq!(of_rule(Some("icmp"), Some(8), Some(-1)), Some(((1 << 16) | 0x800, (1 << 16) | 0x8ff)));
        assert_eq!(of_rule(Some("icmp"), Some(3), Some(4)), Some(((1 << 16) | 0x304, (1 << 16) | 0x304)));
        assert_eq!(of_rule(Some("icmp"), Some(-1), Some(-1)), Some(whole(Some(ICMP))));
        assert_eq!(of_rule(Some("-1"), None, None), Some((0, LAST)));
        assert_eq!(of_rule(Some("-1"), Some(22), Some(22)), Some((0, LAST)), "ports of protocol -1 mean nothing");
        assert_eq!(
            of_rule(Some("6"), Some(22), Some(23)),
            Some((Service::tcp(22).number(), Service::tcp(23).number()))
        );
        assert_eq!(of_rule(Some("tcp"), None, None), Some(whole(Some(TCP))));
        assert_eq!(of_rule(Some("47"), Some(1), Some(2)), Some(whole(Some(47))));
        assert_eq!(of_rule(Some("nonsense"), None, None), None);
    }

    #[test]
    fn services_are_printed_as_people_write_them() {
        let tcp = |low, high| Services::range(Service::tcp(low).number(), Service::tcp(high).number());
        assert_eq!(describe(&tcp(22, 22)), "tcp/22");
        assert_eq!(
            describe(&tcp(80, 90).or(&Services::range(whole(Some(UDP)).0, whole(Some(UDP)).1))),
            "tcp/80-90, udp"
        );
        assert_eq!(describe(&Services::range(0, LAST)), "everything");
        let icmp = of_rule(Some("icmp"), Some(8), Some(-1)).unwrap();
        assert_eq!(describe(&Services::range(icmp.0, icmp.1)), "icmp type 8");
    }
}
