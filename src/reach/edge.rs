//! The edge of a VPC on a walk: Block Public Access, Regional NAT gateways, and what both ways at an internet gateway
//! have to do with each other.
//!
//! Source: Amazon VPC guide, "NAT gateways", "Regional NAT gateways for automatic multi-AZ expansion" and "Gateway route
//! tables".

use super::balancer::BalancerKind;
use super::block::{Crossing, Permit};
use super::network::{Holder, Id, Interface, Network, at};
use super::path::{Component, Explanation, Unread};
use super::service::{self, ICMP, Service, TCP, UDP};
use super::set::{Addresses, Boxes, Services, address, is_v4};
use super::walk::{Landing, Leg, Seen, Walk};
use super::way::{Step, Way};
use crate::model::Kind;

/// What a Gateway Load Balancer speaks to its targets.
const GENEVE: (u32, u32) = (Service::udp(6081).number(), Service::udp(6081).number());

impl Interface<'_> {
    /// Why it opens no connections, with AWS's code, if it does not.
    pub(super) fn opens_nothing(&self) -> Option<(&'static str, String)> {
        let silent = match self.holder {
            Holder::Silent(what) if what != "a Lambda function" => format!("{} belongs to {what}", self.id),
            Holder::Nobody => format!("{} is attached to nothing", self.id),
            _ if self.mute => {
                let text = format!("{} is an endpoint's, which opens no connections", self.id);
                return Some(("VPCE_INTRA_VPC_TRAFFIC", text));
            }
            _ => return None,
        };
        Some(("NO_PATH", format!("{silent}, and opens no connections")))
    }
}

impl Network<'_> {
    /// Whether a NAT gateway is a Regional one, which is in no subnet.
    pub(super) fn is_regional(&self, nat: Id) -> bool {
        at(&self.nats, nat).is_some_and(|nat| nat.resource.availability_mode.as_deref() == Some("regional"))
    }

    /// The public address that a Regional NAT gateway gives to what a subnet sends: its zone's, else another.
    fn regional_address(&self, nat: Id, subnet: Id) -> Option<u128> {
        let addresses = &at(&self.nats, nat)?.resource.nat_gateway_addresses;
        let zone = at(&self.subnets, subnet).and_then(|subnet| subnet.resource.availability_zone.as_deref());
        let near = addresses.iter().find(|a| zone.is_some() && a.availability_zone.as_deref() == zone);
        let public = near.into_iter().chain(addresses).find_map(|a| a.public_ip.as_deref())?;
        public.parse().ok().map(super::set::number)
    }
}

impl Walk<'_, '_> {
    /// Whether an interface may open connections, and which: endpoints none, Gateway Load Balancers GENEVE ones.
    pub(super) fn opens_connections(&mut self, from: Id) {
        let net = self.net;
        let Some(node) = at(&net.interfaces, from) else { return };
        if let Some((code, text)) = node.opens_nothing() {
            self.stop(Explanation::new(code, text));
        }
        if net.balancer_of(from).is_none_or(|balancer| balancer.kind != BalancerKind::Gateway) {
            return;
        }
        let text = "a Gateway Load Balancer speaks GENEVE, UDP port 6081, to its targets";
        for (carried, code) in
            [(service::whole(Some(UDP)), "GWLB_PROTOCOL_RESTRICTION"), (GENEVE, "GWLB_DESTINATION_PORT_RESTRICTION")]
        {
            let passed = self.alive.with_services(&Services::of([carried]));
            let stopped = passed.is_empty();
            self.keep(passed, &Boxes::default(), |_| Explanation::new(code, text), Vec::new());
            if stopped {
                return;
            }
        }
    }

    /// Notes that an interface endpoint's service is not followed.
    pub(super) fn private_link(&mut self, interface: &str) {
        if self.story.is_none() {
            return;
        }
        let endpoint = self.net.endpoints.iter().find(|e| e.network_interface_ids.iter().any(|id| id == interface));
        if let Some(endpoint) = endpoint {
            let service = endpoint.service_name.as_deref().unwrap_or("a service");
            self.note(format!(
                "what is behind {}, an endpoint of {service}, is not followed",
                endpoint.vpc_endpoint_id
            ));
        }
    }

    /// Crosses an internet gateway, as far as Block Public Access lets it.
    pub(super) fn cross(&mut self, place: (Id, Option<Id>), crossing: Crossing, appliance: bool) {
        match self.net.permit(place, crossing, appliance) {
            Permit::Yes => {}
            Permit::Assumed => {
                self.note("assumed: VPC Block Public Access is off, which the source does not tell".to_owned());
            }
            Permit::No(why) => self.stop(*why),
            Permit::Unread(what) => self.unread(*what),
        }
    }

    /// What enters by an appliance has to leave by it as well.
    pub(super) fn straight(&mut self, gateway: Id, (interface, private): (Id, u128), way: &Way) {
        if way.passes_appliance() || !self.net.redirected(gateway, interface, private) {
            return;
        }
        let name = at(&self.net.gateways, gateway).map_or("", |gateway| gateway.id);
        let text =
            format!("{name} sends what is for {} to an appliance, so it may not leave past it", address(private));
        let mut why = Explanation::new("INGRESS_RTB_TRAFFIC_REDIRECTION", text);
        why.component = Some(Component::new(name));
        self.stop(why);
    }

    /// What an appliance that has a public address sends out for others it sends as its own: a NAT instance. Its interface
    /// and the address that the packet has from there on.
    pub(super) fn by_nat_instance(
        &mut self,
        (from, source): (Id, u128),
        way: &Way,
        destination: u128,
    ) -> Option<(Id, u128)> {
        let net = self.net;
        let sends = &at(&net.interfaces, from)?.addresses;
        if !is_v4(source) || sends.iter().any(|(private, public)| *private == source && public.is_some()) {
            return None;
        }
        let router = way.steps.iter().rev().find_map(|step| match step {
            Step::Appliance(router) => Some(*router),
            _ => None,
        })?;
        let node = at(&net.interfaces, router)?;
        let (private, _) = *node.addresses.iter().find(|(private, public)| is_v4(*private) && public.is_some())?;
        self.legs.push(Leg::Direct { from, to: router, source, destination });
        self.note(format!("assumed: {} sends it out under its own address, as a NAT instance does", node.id));
        Some((router, private))
    }

    /// A NAT gateway carries TCP, UDP and ICMP.
    pub(super) fn nat_protocols(&mut self) {
        let carried = Services::of([TCP, UDP, ICMP].map(|protocol| service::whole(Some(protocol))));
        let passed = self.alive.with_services(&carried);
        let text = "a NAT gateway carries TCP, UDP and ICMP only";
        self.keep(passed, &Boxes::default(), |_| Explanation::new("PROTOCOL_RESTRICTION", text), Vec::new());
    }

    /// Out to the internet by a Regional NAT gateway: straight to the VPC's internet gateway.
    pub(super) fn by_regional_nat(
        &mut self,
        (from, source): (Id, u128),
        nat: Id,
        way: &Way,
        destination: u128,
    ) -> Landing {
        let net = self.net;
        let (Some(node), Some(interface)) = (at(&net.nats, nat), at(&net.interfaces, from)) else {
            return Landing::Nowhere;
        };
        let name = node.resource.nat_gateway_id.as_str();
        let unread = |what: &str, why: &str| Unread::never(format!("{what} {name}"), why);
        let Some((vpc, place)) = node.vpc.and_then(|vpc| Some((vpc, at(&net.vpcs, vpc)?))) else {
            self.unread(unread("the VPC of", "it is not in this estate"));
            return Landing::Nowhere;
        };
        if way.steps.iter().any(|step| matches!(step, Step::Transit(_))) {
            self.unread(unread("the way back from", "a Regional NAT gateway behind a transit gateway is not modelled"));
            return Landing::Nowhere;
        }
        self.hop_nat(nat, source);
        self.nat_protocols();
        let Some(gateway) = place.gateway else {
            if let Some(gap) = net.missing(place.shard, Kind::InternetGateway) {
                self.unread(Unread::of(format!("the internet gateway of {}", place.id), &gap));
            } else {
                let text = format!("no internet gateway is attached to {}", place.id);
                self.stop(Explanation::new("BAD_STATE_ATTACHMENT", text));
            }
            return Landing::Nowhere;
        };
        if !Addresses::internet().contains(destination) || !is_v4(destination) {
            let text = format!("{} is no address on the internet", address(destination));
            self.stop(Explanation::new("IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS", text));
            return Landing::Nowhere;
        }
        let Some(public) = net.regional_address(nat, interface.subnet) else {
            self.unread(unread("the public address of", "none is told"));
            return Landing::Nowhere;
        };
        self.cross((vpc, None), Crossing::OutOnly, false);
        self.legs.push(Leg::Regional { from, source, nat, gateway, destination });
        self.hop_gateway(gateway, source, public);
        self.come_in(Seen::As(public), destination)
    }
}
