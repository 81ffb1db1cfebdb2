//! Who is meant: the ends of a path as people name them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::tell::call;
use crate::cli::Failure;
use crate::model::Kind;
use crate::model::text::sanitise;
use crate::reach::{Addresses, Neighbour, Network, Party, Sender, set};

/// Something in the estate that has addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place<'e> {
    pub(super) kind: Kind,
    pub(super) id: &'e str,
    pub(super) name: Option<&'e str>,
    vpc: &'e str,
    interfaces: Vec<&'e str>,
    /// Its private addresses, each with its public one; IPv6 addresses are their own.
    pub(super) addresses: Vec<(IpAddr, Option<IpAddr>)>,
    /// Its delegated prefixes.
    prefixes: Vec<IpNet>,
}

/// One end of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End<'e> {
    /// The internet: any host of it, or the one with this address.
    Internet(Option<IpAddr>),
    /// Something in the estate, whichever of its addresses serves.
    Place(Place<'e>),
    /// One address, with what has it, where something does.
    Address(IpAddr, Option<Place<'e>>),
    /// A network beyond the estate, with the address of it that sends, when that was named.
    Beyond(Neighbour<'e>, Option<IpAddr>),
}

/// Everything that can be named, in order: in the estate, and beyond it.
#[derive(Debug)]
pub(super) struct Places<'e> {
    places: Vec<Place<'e>>,
    neighbours: Vec<Neighbour<'e>>,
}

/// An error names this many candidates.
const NAMED: usize = 10;

impl<'e> Places<'e> {
    /// Those of a network.
    pub(super) fn of(network: &Network<'e>) -> Self {
        let mut all: BTreeMap<(Kind, &str, &str), Place<'e>> = BTreeMap::new();
        for party in network.parties() {
            let mut add = |kind, id, name, whole: &'e str| {
                let place = all.entry((kind, whole, id)).or_insert_with(|| Place {
                    kind,
                    id,
                    name,
                    vpc: party.vpc,
                    interfaces: Vec::new(),
                    addresses: Vec::new(),
                    prefixes: Vec::new(),
                });
                place.interfaces.push(party.interface);
                place.addresses.extend(party.addresses.iter().copied());
                place.prefixes.extend(party.prefixes.iter().copied());
            };
            // A Classic Load Balancer's or database's name is its own in its Region only.
            let whole = if party.id.starts_with("arn:") || party.kind == Kind::Instance { "" } else { party.vpc };
            add(party.kind, party.id, party.name, whole);
            if party.kind != Kind::NetworkInterface && party.interface != party.id {
                add(Kind::NetworkInterface, party.interface, None, party.vpc);
            }
        }
        Self { places: all.into_values().collect(), neighbours: network.neighbours_beyond() }
    }

    /// The sender that a text means.
    pub(super) fn source(&self, text: &str) -> Result<End<'e>, Failure> {
        let Some(address) = address(text)? else { return self.sender(text) };
        let End::Address(address, None) = address else { return Ok(address) };
        let behind = self.behind(&Addresses::one(set::number(address)));
        let place = match self.having(address).as_slice() {
            [] if !behind.is_empty() => {
                return match behind.as_slice() {
                    [one] => Ok(End::Beyond((*one).clone(), Some(address))),
                    several => Err(Failure::usage(format!("{address} is behind {}: say which", ids(several)))),
                };
            }
            [] if Addresses::internet().contains(set::number(address)) => return Ok(End::Internet(Some(address))),
            [] => {
                let message = format!("nothing in this estate has the address {address}, and no internet host has it");
                return Err(Failure::usage(message));
            }
            [one] => (*one).clone(),
            several => return Err(ambiguous(&address.to_string(), several)),
        };
        // It leaves with the private address, whichever one names it.
        let own = place.addresses.iter().find(|(_, public)| *public == Some(address));
        Ok(End::Address(own.map_or(address, |(private, _)| *private), Some(place)))
    }

    /// The sender that has an id or name: in the estate, or a network beyond it.
    pub(super) fn sender(&self, text: &str) -> Result<End<'e>, Failure> {
        let called = |one: &&Neighbour<'_>| one.id == text || one.name == Some(text);
        let known = self.places.iter().any(|place| place.id == text || place.name == Some(text));
        match self.neighbours.iter().filter(called).collect::<Vec<_>>().as_slice() {
            [one] if !known => Ok(End::Beyond((*one).clone(), None)),
            [_, _, ..] if !known => {
                Err(Failure::usage(format!("`{text}` is the name of several; say which by its id")))
            }
            _ => self.named(text),
        }
    }

    /// The networks beyond the estate that have one of these addresses.
    fn behind(&self, addresses: &Addresses) -> Vec<&Neighbour<'e>> {
        let has = |one: &&Neighbour<'_>| one.addresses.as_ref().is_some_and(|own| !own.and(addresses).is_empty());
        self.neighbours.iter().filter(has).collect()
    }

    /// What a CIDR, VPC, subnet, group or customer gateway as source means, when a text names one.
    pub(super) fn members(&self, network: &Network<'e>, text: &str) -> Result<Option<Vec<End<'e>>>, Failure> {
        let customers = || self.neighbours.iter().filter(|one| one.customer_gateway == Some(text));
        if customers().next().is_some() {
            return Ok(Some(customers().map(|one| End::Beyond(one.clone(), None)).collect()));
        }
        members(network, text).map_err(|failure| {
            let net = text.contains('/').then(|| set::parse_net(text)).flatten().map(|net| Addresses::net(&net));
            match net.map(|net| self.behind(&net)).filter(|behind| !behind.is_empty()) {
                Some(behind) => {
                    Failure::usage(format!("{}; addresses of it are behind {}", failure.message, ids(&behind)))
                }
                None => failure,
            }
        })
    }

    /// The destination that a text means.
    pub(super) fn destination(&self, text: &str) -> Result<End<'e>, Failure> {
        match address(text)? {
            // A packet goes to an address, whatever has it; only a name for it must be sure.
            Some(End::Address(address, _)) => Ok(End::Address(
                address,
                match self.having(address).as_slice() {
                    [one] => Some((*one).clone()),
                    _ => None,
                },
            )),
            Some(end) => Ok(end),
            None => self.named(text),
        }
    }

    /// What has an address: interfaces, and what they belong to only where no listing shows them.
    fn having(&self, address: IpAddr) -> Vec<&Place<'e>> {
        let has = |place: &&Place<'_>| {
            place.owns(address) || place.addresses.iter().any(|(_, public)| *public == Some(address))
        };
        let mut found: Vec<&Place<'e>> = self.places.iter().filter(has).collect();
        if found.iter().any(|place| place.kind == Kind::NetworkInterface) {
            found.retain(|place| place.kind == Kind::NetworkInterface);
        }
        found
    }

    /// What has an id or name.
    pub(super) fn named(&self, text: &str) -> Result<End<'e>, Failure> {
        let by_id: Vec<&Place<'e>> = self.places.iter().filter(|place| place.id == text).collect();
        let by_name = || self.places.iter().filter(|place| place.name == Some(text)).collect();
        let found: Vec<&Place<'e>> = if by_id.is_empty() { by_name() } else { by_id };
        match found.as_slice() {
            [] => Err(self.nothing(text)),
            [one] => Ok(End::Place((*one).clone())),
            several => Err(ambiguous(text, several)),
        }
    }

    fn nothing(&self, text: &str) -> Failure {
        if self.neighbours.iter().any(|one| one.id == text || one.name == Some(text)) {
            let message =
                format!("`{text}` leads to a network beyond this estate: name an address there as destination");
            return Failure::usage(message);
        }
        if text.starts_with("pcx-") {
            let hint = "name something in one of its two VPCs, or a VPC as source; one that is not read at its other end is a sender";
            return Failure::usage(format!("`{text}` sends nothing of its own: {hint}"));
        }
        let wanted = text.to_lowercase();
        let like = |name: &str| {
            let name = name.to_lowercase();
            name.contains(&wanted) || (name.len() > 3 && wanted.contains(&name))
        };
        let near = self.places.iter().filter(|place| place.name.is_some_and(like) || like(place.id));
        let near: Vec<&Place<'e>> = near.collect();
        let hint = if near.is_empty() {
            "name an instance, a network interface, a load balancer or a VPN connection by its id or Name tag, an address, \
             or `internet`"
                .to_owned()
        } else {
            format!("like it are{}", list(&near))
        };
        Failure::usage(format!("nothing in this estate is called `{text}`: {hint}"))
    }
}

/// Everything that sends in a VPC, subnet, security group or CIDR, when a text names one; an address in the CIDR is
/// the one sent from.
fn members<'e>(network: &Network<'e>, text: &str) -> Result<Option<Vec<End<'e>>>, Failure> {
    let net = text.contains('/').then(|| set::parse_net(text)).flatten().map(|net| Addresses::net(&net));
    if net.is_none() && !["vpc-", "subnet-", "sg-"].iter().any(|kind| text.starts_with(kind)) {
        return Ok(None);
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    // What passes a load balancer was sent by somebody else.
    let passed = [Kind::LoadBalancer, Kind::ClassicLoadBalancer];
    for party in network.parties().filter(|party| !party.silent && !passed.contains(&party.kind)) {
        let place = Place::of(&party);
        if let Some(net) = &net {
            let own = party.addresses.iter().map(|(own, _)| *own).filter(|own| net.contains(set::number(*own)));
            let shared = party.prefixes.iter().filter_map(|prefix| net.and(&Addresses::net(prefix)).first());
            let own: BTreeSet<IpAddr> = own.chain(shared.map(set::address)).collect();
            found.extend(own.into_iter().map(|own| End::Address(own, Some(place.clone()))));
        } else {
            let inside = party.vpc == text || party.subnet == text || party.groups.contains(&text);
            if inside && seen.insert((party.kind, party.id, party.vpc)) {
                found.push(End::Place(place));
            }
        }
    }
    if found.is_empty() {
        let message = format!(
            "no interface that sends is in `{text}`; for a host of the internet write `internet` or `internet:ADDRESS`"
        );
        return Err(Failure::usage(message));
    }
    Ok(Some(found))
}

impl<'e> Place<'e> {
    /// The owner of an interface.
    pub(super) fn of(party: &Party<'e>) -> Self {
        let (interfaces, addresses, prefixes) =
            (vec![party.interface], party.addresses.clone(), party.prefixes.clone());
        Self { kind: party.kind, id: party.id, name: party.name, vpc: party.vpc, interfaces, addresses, prefixes }
    }

    /// Whether an address is one of its private ones, or of a prefix delegated to it.
    pub(super) fn owns(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|(private, _)| *private == address)
            || self.prefixes.iter().any(|net| net.contains(&address))
    }

    /// It as a sender.
    pub(super) fn sender(&self) -> Sender {
        let own = if self.kind == Kind::Instance { None } else { self.interfaces.first() };
        Sender::Resource(own.copied().unwrap_or(self.id).to_owned())
    }

    /// It as an answer calls it: its name and id.
    pub(super) fn label(&self) -> String {
        call(self.id, self.name)
    }
}

impl End<'_> {
    /// It as a sender.
    pub(super) fn sender(&self) -> Sender {
        match self {
            Self::Internet(_) | Self::Address(_, None) => Sender::Internet,
            Self::Place(place) | Self::Address(_, Some(place)) => place.sender(),
            Self::Beyond(one, _) => Sender::Beyond(one.id.to_owned()),
        }
    }

    /// The address that was named.
    pub(super) const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Internet(address) | Self::Beyond(_, address) => *address,
            Self::Place(_) => None,
            Self::Address(address, _) => Some(*address),
        }
    }

    /// It as an answer calls it.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Internet(_) => "internet".to_owned(),
            Self::Place(place) | Self::Address(_, Some(place)) => place.label(),
            Self::Beyond(one, _) => call(one.id, one.name),
            Self::Address(address, None) => address.to_string(),
        }
    }
}

/// The internet or an address, when a text is one.
fn address<'e>(text: &str) -> Result<Option<End<'e>>, Failure> {
    if text == "internet" {
        return Ok(Some(End::Internet(None)));
    }
    match text.strip_prefix("internet:") {
        Some(address) => internet(address).map(Some),
        None => Ok(text.parse().ok().map(|address| End::Address(address, None))),
    }
}

fn internet<'e>(address: &str) -> Result<End<'e>, Failure> {
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    let parsed: IpAddr = bare.parse().map_err(|_| {
        Failure::usage(format!("`{address}` is no address: write `internet:198.51.100.7`, for example"))
    })?;
    if Addresses::internet().contains(set::number(parsed)) {
        Ok(End::Internet(Some(parsed)))
    } else {
        Err(Failure::usage(format!("no host on the internet has the address {parsed}: it is private or reserved")))
    }
}

fn ambiguous(text: &str, candidates: &[&Place<'_>]) -> Failure {
    Failure::usage(format!("`{text}` is more than one thing here; say which by its id:{}", list(candidates)))
}

fn ids(neighbours: &[&Neighbour<'_>]) -> String {
    neighbours.iter().map(|one| one.id).collect::<Vec<_>>().join(", ")
}

fn list(places: &[&Place<'_>]) -> String {
    let line = |place: &&Place<'_>| {
        let name = place.name.filter(|name| *name != place.id).map(|name| format!("  {name}")).unwrap_or_default();
        format!("\n  {}", sanitise(&format!("{}{name}  ({} in {})", place.id, place.kind, place.vpc)))
    };
    let mut lines: Vec<String> = places.iter().take(NAMED).map(line).collect();
    if places.len() > NAMED {
        lines.push(format!("\n  and {} more", places.len() - NAMED));
    }
    lines.concat()
}
/// A destination's text without the port that may follow it: `web:443`, `10.0.0.1:443`, `[2001:db8::1]:443`.
pub(super) fn split_port(text: &str) -> Result<(&str, Option<u16>), Failure> {
    let (prefix, rest) = text.strip_prefix("internet:").map_or((0, text), |rest| (text.len() - rest.len(), rest));
    if rest.parse::<IpAddr>().is_ok() {
        return Ok((text, None));
    }
    if let Some((address, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let number = after.strip_prefix(':').map(|digits| port(text, digits)).transpose()?;
        if number.is_none() && !after.is_empty() {
            return Err(Failure::usage(format!("`{text}`: after `]` comes `:PORT`")));
        }
        let bracketed = text.get(..prefix + address.len() + 2).unwrap_or(text);
        return Ok((if prefix > 0 { bracketed } else { address }, number));
    }
    match text.rsplit_once(':') {
        Some((place, digits)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            Ok((place, Some(port(text, digits)?)))
        }
        _ => Ok((text, None)),
    }
}

fn port(text: &str, digits: &str) -> Result<u16, Failure> {
    digits.parse().map_err(|_| Failure::usage(format!("`{text}`: `{digits}` is no port, which is 0 to 65535")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_follows_the_last_colon_and_is_no_part_of_an_address() {
        for (text, place, port) in [
            ("web", "web", None),
            ("web:443", "web", Some(443)),
            ("10.0.0.1", "10.0.0.1", None),
            ("10.0.0.1:22", "10.0.0.1", Some(22)),
            ("2001:db8::1", "2001:db8::1", None),
            ("2001:db8::443", "2001:db8::443", None),
            ("[2001:db8::1]:443", "2001:db8::1", Some(443)),
            ("[2001:db8::1]", "2001:db8::1", None),
            ("internet:443", "internet", Some(443)),
            ("internet:198.51.100.7:443", "internet:198.51.100.7", Some(443)),
            ("internet:2001:db8::7", "internet:2001:db8::7", None),
            ("internet:[2001:db8::7]:443", "internet:[2001:db8::7]", Some(443)),
            (
                "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/5",
                "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/5",
                None,
            ),
            (
                "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/5:80",
                "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/5",
                Some(80),
            ),
            ("stack:web", "stack:web", None),
        ] {
            assert_eq!(split_port(text).unwrap(), (place, port), "{text}");
        }
        assert!(split_port("web:70000").unwrap_err().message.contains("70000"));
        assert!(split_port("[2001:db8::1]443").unwrap_err().message.contains(":PORT"));
    }

    #[test]
    fn only_hosts_of_the_internet_are_on_the_internet() {
        assert_eq!(internet("198.51.100.7").unwrap(), End::Internet(Some("198.51.100.7".parse().unwrap())));
        assert_eq!(internet("[2001:db8::7]").unwrap(), End::Internet(Some("2001:db8::7".parse().unwrap())));
        assert!(internet("10.0.0.1").unwrap_err().message.contains("private"));
        assert!(internet("nonsense").unwrap_err().message.contains("is no address"));
    }
}
