//! What is asked of the engine for a source and a destination: each way to each address, and, where no port is named,
//! each service that gets there.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::end::End;
use crate::cli::Failure;
use crate::model::{Estate, Kind};
use crate::reach::service::{self, Service};
use crate::reach::{
    Addresses, Answer, Boxes, Component, Explanation, Network, Packet, PacketError, Sender, Services, Verdict, set,
};

/// What stands for any host of the internet: addresses kept for examples (RFC 5737, RFC 3849), which no host has.
const SOMEBODY: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7))];

/// A question and its answer.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) from: String,
    pub(super) sender: Sender,
    /// The address sent from, when it was named or stands for the internet.
    pub(super) source: Option<IpAddr>,
    pub(super) to: String,
    /// The address sent to; `None` when it is not known.
    pub(super) destination: Option<IpAddr>,
    /// The load balancer in front.
    pub(super) through: Option<Component>,
    /// The service asked for, and all that are answered alike.
    pub(super) service: Service,
    pub(super) services: Services,
    /// The hosts of the internet that get in, when anyone was asked about.
    pub(super) admitted: Option<Addresses>,
    pub(super) answer: Answer,
}

/// A source and a destination to ask about.
#[derive(Debug)]
pub(super) struct Asker<'n, 'e> {
    pub(super) network: &'n Network<'e>,
    pub(super) estate: &'e Estate,
    pub(super) from: End<'e>,
    pub(super) to: End<'e>,
    /// The source address, when it was named.
    pub(super) source: Option<IpAddr>,
}

impl Asker<'_, '_> {
    /// The answers for one service, the best first.
    pub(super) fn service(&self, service: Service) -> Result<Vec<Asked>, Failure> {
        let alike = Services::range(service.number(), service.number());
        let mut found = Vec::new();
        for family in SOMEBODY {
            let source = self.source.or_else(|| self.stands_for_all(family));
            found.extend(self.ways(service, &alike, source, family.is_ipv4())?);
        }
        for asked in &mut found {
            self.anyone(asked)?;
        }
        found.sort_by_key(|asked| std::cmp::Reverse(asked.answer.verdict));
        Ok(found)
    }

    /// The address that stands for any of a source outside the estate, in the family of an internet host's.
    fn stands_for_all(&self, internet: IpAddr) -> Option<IpAddr> {
        match &self.from {
            End::Beyond(network, None) => network.usual(internet.is_ipv4()),
            from => (from.sender() == Sender::Internet).then_some(internet),
        }
    }

    /// The ways to the addresses of one family.
    fn ways(
        &self,
        service: Service,
        alike: &Services,
        source: Option<IpAddr>,
        v4: bool,
    ) -> Result<Vec<Asked>, Failure> {
        let sender = self.from.sender();
        if source.is_some_and(|source| source.is_ipv4() != v4) {
            return Ok(Vec::new());
        }
        let asked = |to, through, service, answer| Asked {
            from: self.from.label(),
            sender: sender.clone(),
            source,
            to: self.to.label(),
            destination: to,
            through,
            service,
            services: alike.clone(),
            admitted: None,
            answer,
        };
        let place = match &self.to {
            End::Place(place) => place,
            End::Address(address, _) | End::Internet(Some(address)) if address.is_ipv4() == v4 => {
                return Ok(vec![asked(Some(*address), None, service, self.one(source, *address, service)?)]);
            }
            End::Internet(None) => {
                let [four, six] = SOMEBODY;
                let answer = self.one(source, if v4 { four } else { six }, service)?;
                let unheard = self.has(v4);
                let asked = asked(Some(if v4 { four } else { six }), None, service, answer);
                return Ok(if unheard { vec![asked] } else { Vec::new() });
            }
            _ => return Ok(Vec::new()),
        };
        let ways = self.network.between(&sender, source, place.id, service).map_err(usage)?;
        let here = ways.into_iter().filter(|way| way.to.is_none_or(|to| to.is_ipv4()) == v4);
        Ok(here
            .map(|way| {
                // A listener's port is another one than the target's.
                let mut one = asked(way.to, way.through, way.service, way.answer);
                if one.through.is_some() || way.service != service {
                    one.services = Services::range(way.service.number(), way.service.number());
                }
                one
            })
            .collect())
    }

    /// Whether the source sends packets of a family.
    fn has(&self, v4: bool) -> bool {
        match &self.from {
            End::Place(place) => place.addresses.iter().any(|(own, _)| own.is_ipv4() == v4),
            End::Internet(None) => true,
            End::Internet(Some(address)) | End::Address(address, _) | End::Beyond(_, Some(address)) => {
                address.is_ipv4() == v4
            }
            End::Beyond(network, None) => network.addresses.is_none() || network.usual(v4).is_some(),
        }
    }

    /// The answer for one address.
    fn one(&self, source: Option<IpAddr>, destination: IpAddr, service: Service) -> Result<Answer, Failure> {
        let service = match service.protocol {
            service::ICMP | service::ICMPV6 => Service::echo(destination.is_ipv4()),
            _ => service,
        };
        let sender = self.from.sender();
        answer(self.network, &Packet { sender, source, destination, service, source_port: None })
    }

    /// Whom of the internet an answer is about. When anyone was asked about and only some get in, one of these.
    fn anyone(&self, asked: &mut Asked) -> Result<(), Failure> {
        let (End::Internet(None) | End::Beyond(_, None), None, Some(to)) = (&self.from, self.source, asked.destination)
        else {
            return Ok(());
        };
        let reach = self.network.services(&asked.sender, None, to).map_err(usage)?;
        let number = asked.service.number();
        let sets = [&reach.connects, reach.may_connect(), &reach.delivers, reach.may_deliver()];
        let Some(admitted) = sets.into_iter().find_map(|boxes| boxes.at(number).filter(|set| !set.is_empty())) else {
            return Ok(());
        };
        if !asked.source.is_some_and(|source| admitted.contains(set::number(source)))
            && let Some(first) = admitted.first()
        {
            let one = set::address(first);
            let ways = self.ways(asked.service, &asked.services, Some(one), to.is_ipv4())?;
            let same = |way: &Asked| way.destination == asked.destination && way.through == asked.through;
            if let Some(way) = ways.into_iter().find(same).filter(|way| way.answer.verdict > asked.answer.verdict) {
                *asked = way;
            }
        }
        asked.admitted = Some(admitted.clone());
        Ok(())
    }

    /// The answers for every service that gets there, or may.
    pub(super) fn services(&self, protocol: Option<u8>) -> Result<Vec<Asked>, Failure> {
        let wanted = service::whole(protocol);
        let wanted = Services::range(wanted.0, wanted.1);
        let mut found: Vec<Asked> = Vec::new();
        for alike in self.offered(&wanted)? {
            let Some(service) = sample(&alike) else { continue };
            for mut asked in self.service(service)? {
                if asked.through.is_none() && asked.answer.verdict != Verdict::Denied {
                    asked.services = alike.clone();
                    found.push(asked);
                }
            }
        }
        for service in self.behind().into_iter().filter(|service| wanted.contains(service.number())) {
            let ways = self.service(service)?.into_iter();
            found.extend(ways.filter(|asked| asked.through.is_some() && asked.answer.verdict != Verdict::Denied));
        }
        found.sort_by_key(|asked| std::cmp::Reverse(asked.answer.verdict));
        Ok(found)
    }

    /// Ranges of services that are answered alike, of all that get to any of the addresses for anyone.
    fn offered(&self, wanted: &Services) -> Result<Vec<Services>, Failure> {
        let mut ranges = BTreeSet::new();
        for to in self.addresses() {
            let sender = self.from.sender();
            let reach = match self.network.services(&sender, self.source, to) {
                Err(PacketError::NoAddress(..)) => continue,
                other => other.map_err(usage)?,
            };
            for boxes in [&reach.connects, &reach.delivers, reach.may_connect(), reach.may_deliver()] {
                ranges.extend(cells(boxes, wanted));
            }
        }
        // What connects also delivers: each service is asked about once, in its narrowest range.
        let mut left = wanted.clone();
        let mut ranges: Vec<(u32, u32)> = ranges.into_iter().collect();
        ranges.sort_by_key(|(first, last)| (last - first, *first));
        let mut offered: Vec<Services> = Vec::new();
        for (first, last) in ranges {
            let fresh = Services::range(first, last).and(&left);
            left = left.minus(&fresh);
            if !fresh.is_empty() {
                offered.push(fresh);
            }
        }
        offered.sort_by_key(Services::first);
        Ok(offered)
    }

    /// The addresses of the destination that the source would send to.
    fn addresses(&self) -> Vec<IpAddr> {
        let outside = self.from.sender() == Sender::Internet;
        let place = match &self.to {
            End::Place(place) => place,
            End::Address(address, _) | End::Internet(Some(address)) => return vec![*address],
            End::Beyond(..) => return Vec::new(),
            End::Internet(None) => return SOMEBODY.into_iter().filter(|one| self.has(one.is_ipv4())).collect(),
        };
        let private = place.addresses.iter().map(|(private, _)| *private).filter(|_| !outside);
        let beyond = matches!(self.from, End::Beyond(..));
        let public = place.addresses.iter().filter_map(|(_, public)| *public).filter(|_| !beyond);
        let mut seen = BTreeSet::new();
        private.chain(public).filter(|address| seen.insert(*address)).collect()
    }

    /// The services that load balancers ask the destination for.
    fn behind(&self) -> Vec<Service> {
        let End::Place(place) = &self.to else { return Vec::new() };
        let own = |target: &str| target == place.id || target.parse().is_ok_and(|address| place.owns(address));
        let mut found = BTreeSet::new();
        for shard in &self.estate.shards {
            for group in &shard.resources.target_groups {
                let protocol = match group.protocol.as_deref() {
                    Some("UDP") => &[service::UDP][..],
                    Some("TCP_UDP") => &[service::TCP, service::UDP],
                    _ => &[service::TCP],
                };
                let targets = group.target_health_descriptions.iter().flatten().filter_map(|one| one.target.as_ref());
                let ports = targets
                    .filter(|target| own(&target.id))
                    .filter_map(|target| u16::try_from(target.port.or(group.port)?).ok());
                found.extend(ports.flat_map(|port| protocol.iter().map(move |one| Service { protocol: *one, port })));
            }
            for balancer in &shard.resources.classic_load_balancers {
                let mut instances = balancer.instances.iter().filter_map(|one| one.instance_id.as_deref());
                if place.kind == Kind::Instance && instances.any(|one| one == place.id) {
                    let listeners = balancer.listener_descriptions.iter().filter_map(|one| one.listener.as_ref());
                    let ports = listeners.filter_map(|one| u16::try_from(one.instance_port?).ok());
                    found.extend(ports.map(Service::tcp));
                }
            }
        }
        found.into_iter().collect()
    }
}

/// The ranges of a set of services and sources, cut to what is wanted.
fn cells(boxes: &Boxes, wanted: &Services) -> Vec<(u32, u32)> {
    let of = |cell: &((u32, u32), Addresses)| Services::range(cell.0.0, cell.0.1).and(wanted).ranges().to_vec();
    boxes.cells().iter().flat_map(of).collect()
}

/// One host of a set: the one that stands for any if it is among them.
pub(super) fn somebody(sources: &Addresses) -> Option<IpAddr> {
    let any = SOMEBODY.into_iter().find(|one| sources.contains(set::number(*one)));
    any.or_else(|| sources.first().map(set::address))
}

/// One service of a set: a well-known one if there is any.
pub(super) fn sample(services: &Services) -> Option<Service> {
    let known = [443, 80, 22].into_iter().map(Service::tcp).chain([Service::echo(true), Service::udp(53)]);
    let ported = [service::TCP, service::UDP].into_iter().filter_map(|protocol| {
        let (first, last) = service::whole(Some(protocol));
        services.and(&Services::range(first, last)).first().map(Service::of)
    });
    let any = services.first().map(Service::of);
    known.filter(|one| services.contains(one.number())).chain(ported).chain(any).next()
}

/// The answer for a packet. One that cannot even be sent is denied.
pub(super) fn answer(network: &Network<'_>, packet: &Packet) -> Result<Answer, Failure> {
    match network.answer(packet) {
        Ok(answer) => Ok(answer),
        Err(error @ PacketError::NoAddress(..)) => Ok(denied(&error.to_string())),
        Err(error) => Err(usage(error)),
    }
}

/// A plain no.
pub(super) fn denied(why: &str) -> Answer {
    Answer {
        verdict: Verdict::Denied,
        forward_path_components: Vec::new(),
        return_path_components: Vec::new(),
        explanations: vec![Explanation::new("NO_PATH", why)],
        unread: Vec::new(),
        notes: Vec::new(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn usage(error: PacketError) -> Failure {
    Failure::usage(error.to_string())
}
