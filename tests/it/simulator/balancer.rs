//! Load balancers: items 50 to 55.

use std::net::IpAddr;

use bartizan::model::resource::{
    Action, ClassicLoadBalancer, Listener, LoadBalancer, LoadBalancerAttribute, NetworkInterface, Subnet, TargetGroup,
};
use bartizan::model::{Estate, Resource};

use super::filters::Direction;
use super::routing::{self, End, Journey};
use super::{GATEWAY_PORTS, Header, Outcome, Stage, Start, TCP, UDP, Verdict, lookup};

const NO_TARGET: &str = "no target of the Network Load Balancer is reached";

/// The load balancer behind an interface.
pub(super) enum Balancer<'a> {
    /// An Application or Network Load Balancer.
    New(&'a LoadBalancer),
    Classic(&'a ClassicLoadBalancer),
}

/// AWS writes into the interface's description whose it is: `ELB app/NAME/ID`, `ELB net/NAME/ID` or `ELB NAME`.
pub(super) fn of_interface<'a>(estate: &'a Estate, interface: &NetworkInterface) -> Option<Balancer<'a>> {
    let name = interface.description.as_deref()?.strip_prefix("ELB ")?;
    let vpc = lookup::vpc_of(interface);
    if name.contains('/') {
        let ending = format!(":loadbalancer/{name}");
        let all = lookup::all(estate, |r| &r.load_balancers);
        return all
            .filter(|balancer| balancer.vpc_id.as_ref().is_some_and(|id| id.as_str() == vpc))
            .find(|balancer| balancer.load_balancer_arn.as_str().ends_with(&ending))
            .map(Balancer::New);
    }
    lookup::all(estate, |r| &r.classic_load_balancers)
        .filter(|balancer| balancer.vpc_id.as_ref().is_some_and(|id| id.as_str() == vpc))
        .find(|balancer| balancer.load_balancer_name == name)
        .map(Balancer::Classic)
}

/// The first leg has arrived at one of the balancer's interfaces.
pub(super) fn receive(
    estate: &Estate,
    leg: &Stage<'_>,
    interface: &NetworkInterface,
    balancer: &Balancer<'_>,
) -> Outcome {
    let header = leg.journey.arrived;
    let heard = match balancer {
        Balancer::Classic(balancer) => balancer.listener_descriptions.iter().any(|each| {
            let port = each.listener.as_ref().and_then(|listener| listener.load_balancer_port);
            header.protocol == TCP && port == Some(i32::from(header.port))
        }),
        Balancer::New(balancer) => !listeners(estate, balancer, header).is_empty(),
    };
    if !heard {
        return Outcome::denied("the load balancer has no listener there"); // item 50
    }
    match balancer {
        // Item 51: it answers by itself, and opens connections of its own to its targets.
        Balancer::Classic(balancer) => {
            let targets = classic_targets(estate, balancer, header.port);
            behind(estate, interface, Outcome::connects("a Classic Load Balancer answers"), targets)
        }
        Balancer::New(balancer) if balancer.r#type.as_deref() == Some("application") => {
            let groups = groups_behind(estate, balancer, header);
            let targets = groups.into_iter().flat_map(|group| targets(estate, group));
            let targets = targets.map(|(target, port)| (target.address, port)).collect();
            behind(estate, interface, Outcome::connects("an Application Load Balancer answers"), targets)
        }
        Balancer::New(balancer) if balancer.r#type.as_deref() == Some("network") => {
            to_targets(estate, leg, interface, balancer)
        }
        Balancer::New(_) => Outcome::denied("a Gateway Load Balancer is no destination"),
    }
}

/// Item 50: the listeners of a balancer for a packet's port and protocol.
fn listeners<'a>(estate: &'a Estate, balancer: &LoadBalancer, header: Header) -> Vec<&'a Listener> {
    lookup::all(estate, |r| &r.listeners)
        .filter(|listener| {
            listener.load_balancer_arn == balancer.load_balancer_arn
                && listener.port == Some(i32::from(header.port))
                && match listener.protocol.as_deref() {
                    Some("HTTP" | "HTTPS" | "TCP" | "TLS") => header.protocol == TCP,
                    Some("UDP" | "QUIC") => header.protocol == UDP,
                    Some("TCP_UDP" | "TCP_QUIC") => matches!(header.protocol, TCP | UDP),
                    _ => false,
                }
        })
        .collect()
}

/// What else a load balancer that answers by itself connects to, from the interface that was addressed.
fn behind(estate: &Estate, node: &NetworkInterface, mut own: Outcome, targets: Vec<(IpAddr, u16)>) -> Outcome {
    for (destination, port) in targets {
        let Some(source) = address_of(node, destination) else { continue };
        let sent = Header { source, destination, protocol: TCP, port };
        own.reached.extend(super::from_interface(estate, node, sent, GATEWAY_PORTS).reached_by_connecting());
    }
    own
}

fn classic_targets(estate: &Estate, balancer: &ClassicLoadBalancer, port: u16) -> Vec<(IpAddr, u16)> {
    let listeners = balancer.listener_descriptions.iter().filter_map(|each| each.listener.as_ref());
    let listeners = listeners.filter(|listener| listener.load_balancer_port == Some(i32::from(port)));
    let ports: Vec<_> = listeners.filter_map(|listener| u16::try_from(listener.instance_port?).ok()).collect();
    let instances = balancer.instances.iter().filter_map(|each| each.instance_id.as_deref());
    let addresses = instances.filter_map(|id| {
        lookup::interfaces_of_instance(estate, id).first()?.private_ip_address.as_deref()?.parse::<IpAddr>().ok()
    });
    addresses.flat_map(|address| ports.iter().map(move |port| (address, *port))).collect()
}

/// The target groups that a packet is forwarded to.
fn groups_behind<'a>(estate: &'a Estate, balancer: &LoadBalancer, header: Header) -> Vec<&'a TargetGroup> {
    let listeners = listeners(estate, balancer, header).into_iter();
    listeners.flat_map(|listener| &listener.default_actions).flat_map(|action| groups_of(estate, action)).collect()
}

/// The address of an interface that speaks to another address: of the same family.
fn address_of(node: &NetworkInterface, other: IpAddr) -> Option<IpAddr> {
    lookup::addresses(node).into_iter().find(|address| address.is_ipv4() == other.is_ipv4())
}

/// A Network Load Balancer passes the connection on: the best that any target gives.
fn to_targets(estate: &Estate, leg: &Stage<'_>, node: &NetworkInterface, balancer: &LoadBalancer) -> Outcome {
    let mut best = Outcome::denied(NO_TARGET);
    let mut reached = Vec::new();
    for group in groups_behind(estate, balancer, leg.journey.arrived) {
        for (target, port) in targets(estate, group) {
            if !cross_zone(balancer) && target.availability_zone != node.availability_zone {
                continue; // item 50
            }
            let outcome = to_target(estate, leg, node, (group, target, port));
            reached.extend(outcome.reached.clone());
            if outcome.verdict > best.verdict {
                best = outcome;
            } else if best.verdict == Verdict::Denied {
                best.why = format!("{NO_TARGET}: {}", outcome.why);
            }
        }
    }
    Outcome { reached, ..best }
}

fn groups_of<'a>(estate: &'a Estate, action: &Action) -> Vec<&'a TargetGroup> {
    let several = action.forward_config.iter().flat_map(|forward| &forward.target_groups);
    let several = several.filter(|each| each.weight != Some(0)).filter_map(|each| each.target_group_arn.as_ref());
    let arns: Vec<_> = match &action.target_group_arn {
        Some(arn) => vec![arn],
        None => several.collect(),
    };
    lookup::all(estate, |r| &r.target_groups).filter(|group| arns.contains(&&group.target_group_arn)).collect()
}

/// The interface, address and port of each target; health is not asked (item 55). An instance is its primary
/// private address.
fn targets<'a>(estate: &'a Estate, group: &TargetGroup) -> Vec<(Target<'a>, u16)> {
    let mut found = Vec::new();
    for description in group.target_health_descriptions.iter().flatten().filter_map(|each| each.target.as_ref()) {
        let port = description.port.or(group.port).and_then(|port| u16::try_from(port).ok()).unwrap_or_default();
        let target = match group.target_type.as_deref() {
            Some("instance") => lookup::interfaces_of_instance(estate, &description.id)
                .first()
                .and_then(|interface| Some((Some(*interface), interface.private_ip_address.as_deref()?.parse().ok()?))),
            Some("ip") => description.id.parse().ok().map(|address: IpAddr| {
                let vpc = group.vpc_id.as_ref().map_or("", |id| id.as_str());
                (lookup::interface_with(estate, vpc, address), address)
            }),
            _ => None,
        };
        if let Some((interface, address)) = target {
            let zone = interface.and_then(|interface| interface.availability_zone.clone());
            let availability_zone = zone.or_else(|| description.availability_zone.clone());
            found.push((Target { interface, address, availability_zone }, port));
        }
    }
    found
}

#[derive(Debug)]
struct Target<'a> {
    /// Its interface in the target group's VPC, if it has one there.
    interface: Option<&'a NetworkInterface>,
    address: IpAddr,
    availability_zone: Option<String>,
}

fn to_target(
    estate: &Estate,
    leg: &Stage<'_>,
    node: &NetworkInterface,
    (group, target, port): (&TargetGroup, Target<'_>, u16),
) -> Outcome {
    let arrived = leg.journey.arrived;
    // Item 53: between the families the balancer translates, and cannot keep the address.
    if preserves_client(group) && arrived.source.is_ipv4() == target.address.is_ipv4() {
        let Some(interface) = target.interface.filter(|interface| lookup::vpc_of(interface) == lookup::vpc_of(node))
        else {
            return Outcome::denied("a target whose client's address is preserved is in the balancer's VPC");
        };
        let itself = matches!(leg.start, Start::Interface(start)
            if start.network_interface_id == interface.network_interface_id);
        if itself {
            return Outcome::denied("a target does not reach itself through the balancer");
        }
        return second_leg(estate, node, Header { destination: target.address, port, ..arrived }, leg.ports);
    }
    // Otherwise the interface that the client addressed speaks for itself.
    let Some(source) = address_of(node, target.address) else {
        return Outcome::denied("the balancer's interface has no address of the target's family");
    };
    second_leg(estate, node, Header { source, destination: target.address, port, ..arrived }, GATEWAY_PORTS)
}

/// Item 53: who the target sees.
fn preserves_client(group: &TargetGroup) -> bool {
    let by_default = group.target_type.as_deref() == Some("instance")
        || matches!(group.protocol.as_deref(), Some("UDP" | "TCP_UDP"));
    // By its JSON, because the model may not hold the attributes.
    let json = group.json();
    let attributes = json.get("Attributes").and_then(|list| list.as_array()).into_iter().flatten();
    let set = attributes
        .filter(|each| each.get("Key").and_then(|key| key.as_str()) == Some("preserve_client_ip.enabled"))
        .find_map(|each| Some(each.get("Value")?.as_str()? == "true"));
    set.unwrap_or(by_default)
}

fn cross_zone(balancer: &LoadBalancer) -> bool {
    let named = |each: &&LoadBalancerAttribute| each.key == "load_balancing.cross_zone.enabled";
    let attributes = balancer.attributes.iter().flatten();
    attributes.clone().find(named).and_then(|each| each.value.as_deref()) == Some("true")
}

/// From the balancer's interface to a target. The target may refer to the balancer's groups, whatever address it
/// sees (item 53); with the client's address preserved its answer goes to the balancer all the same, by the subnets
/// that the packet came through, and needs no route.
fn second_leg(estate: &Estate, node: &NetworkInterface, sent: Header, ports: (u16, u16)) -> Outcome {
    let Some(subnet) = lookup::subnet_of(estate, node) else { return Outcome::denied("the balancer has no subnet") };
    let journey = routing::travel(estate, subnet, Journey::new(sent));
    let stage = Stage { start: Start::Interface(node), sent, ports, journey };
    if lookup::has(node, sent.source) {
        let outcome = super::connect(estate, stage);
        return match outcome.verdict {
            Verdict::Connects => Outcome { why: "a target answers".to_owned(), ..outcome },
            _ => Outcome { why: format!("the second leg: {}", outcome.why), reached: Vec::new(), ..outcome },
        };
    }
    if let Err(why) = super::passes(estate, &stage) {
        return Outcome::denied(format!("the second leg: {why}"));
    }
    let End::Interface(target) = stage.journey.end else {
        return Outcome::denied("the second leg gets to no interface");
    };
    match super::some_port_passes(estate, &backwards(&stage.journey), ports) {
        Ok(()) => Outcome::connects("a target answers").at(target, stage.journey.arrived),
        Err(why) => Outcome::delivers(format!("a target's reply: {why}")),
    }
}

/// The network ACLs of a journey, for the reply, in the other direction.
fn backwards<'a>(journey: &Journey<'a>) -> Vec<(&'a Subnet, Direction, Header)> {
    let other = |direction| if direction == Direction::In { Direction::Out } else { Direction::In };
    journey
        .gates
        .iter()
        .rev()
        .map(|(subnet, direction, header)| (*subnet, other(*direction), header.reply(0)))
        .collect()
}
