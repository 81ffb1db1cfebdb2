//! What is behind load balancers, for what comes to them by the internet or by another door.

use std::collections::BTreeMap;

use super::story::{Passed, Stretch, Told};
use super::{Behind, Door, DoorKind};
use crate::model::{Describe, Kind};
use crate::reach::balancer::{BalancerKind, BalancerNode, ListenerNode, TargetGroupNode, TargetNode};
use crate::reach::exposed::{Exposure, Exposures, Reach};
use crate::reach::gate::{Forward, Gate};
use crate::reach::network::{Id, Network, at};
use crate::reach::path::{Component, PathComponent, Unread, Verdict};
use crate::reach::service::{self, Service};
use crate::reach::set::{Addresses, Boxes, Services, is_v4};
use crate::reach::walk::{Seen, Walk};

/// What comes to an interface, for certain and perhaps.
#[derive(Debug, Clone, Default)]
pub(in crate::reach) struct Coming<'e> {
    pub(in crate::reach) certain: Boxes,
    pub(in crate::reach) maybe: Boxes,
    pub(in crate::reach) unread: Vec<Unread>,
    /// Whether it is CloudFront that sends.
    pub(in crate::reach) edge: bool,
    /// Addresses that stand for some of them, when it is not known which: all get on, or it cannot be told.
    pub(in crate::reach) whole: Option<Addresses>,
    /// Whether it comes by PrivateLink, so that targets see the balancer's address whatever is set.
    pub(in crate::reach) relayed: bool,
    /// How a door's packets come there; `None` for what comes by itself.
    pub(in crate::reach) by: Option<Stretch<'e>>,
}

impl Coming<'_> {
    pub(in crate::reach) fn of(reach: &Reach) -> Self {
        let (certain, maybe) = (reach.connects.clone(), reach.may_connect().clone());
        Self { certain, maybe, unread: reach.unread.clone(), edge: false, whole: None, relayed: false, by: None }
    }
}

/// The door by which something comes, and what it has passed so far.
#[derive(Debug, Clone)]
pub(in crate::reach) struct Front<'e> {
    pub(in crate::reach) kind: DoorKind,
    pub(in crate::reach) id: &'e str,
    pub(in crate::reach) name: Option<&'e str>,
    /// The services that the internet asks the door for; a listener's own when there are none.
    pub(in crate::reach) by: Vec<Service>,
    /// Whose requests get to the door; whose arrive behind it when `None`.
    pub(in crate::reach) sources: Option<Addresses>,
    pub(in crate::reach) gates: Vec<Gate>,
    /// The headers that the door adds.
    pub(in crate::reach) headers: Vec<&'e str>,
    pub(in crate::reach) path: Vec<PathComponent>,
    /// Where it was filtered on the way.
    pub(in crate::reach) passed: Vec<Passed<'e>>,
    pub(in crate::reach) notes: Vec<String>,
}

impl<'e> Front<'e> {
    /// Notes where it was filtered before the next hop.
    pub(in crate::reach) fn pass(&mut self, service: Service, stretch: Option<Stretch<'e>>) {
        let before = self.path.len();
        self.passed.extend(stretch.map(|stretch| Passed { before, service, stretch }));
    }

    pub(in crate::reach) fn new(kind: DoorKind, id: &'e str, name: Option<&'e str>) -> Self {
        let (by, gates, headers, path, passed, notes) = Default::default();
        Self { kind, id, name, by, sources: None, gates, headers, path, passed, notes }
    }
}

/// A target that is being looked at.
#[derive(Debug)]
pub(in crate::reach) struct Reached<'e> {
    pub(in crate::reach) target: Component,
    pub(in crate::reach) interface: Option<Id>,
    pub(in crate::reach) service: Option<Service>,
    pub(in crate::reach) result: Outcome,
    pub(in crate::reach) name: &'e str,
}

/// What gets somewhere and back, by source.
#[derive(Debug, Clone, Default)]
pub(in crate::reach) struct Outcome {
    pub(in crate::reach) certain: Addresses,
    pub(in crate::reach) maybe: Addresses,
    pub(in crate::reach) delivered: Addresses,
    pub(in crate::reach) unread: Vec<Unread>,
}

/// What tells two entries apart.
type Key<'e> = (DoorKind, &'e str, Vec<(String, Option<String>)>, Option<Service>, Vec<Gate>);

/// What was found behind doors, each once.
#[derive(Debug, Default)]
pub(in crate::reach) struct Found<'e>(BTreeMap<Key<'e>, Behind<'e>>);

impl<'e> Found<'e> {
    pub(in crate::reach) fn add(&mut self, new: Behind<'e>) {
        let hops = new.path.iter().map(|hop| {
            (hop.component.id.clone(), hop.elastic_load_balancer_listener.as_ref().map(|listener| listener.id.clone()))
        });
        let hops = hops.chain([(new.target.id.clone(), None)]).collect();
        let key = (new.kind, new.door, hops, new.service, new.gates.clone());
        match self.0.get_mut(&key) {
            None => {
                self.0.insert(key, new);
            }
            Some(known) => {
                known.by.extend(new.by);
                known.by.sort_unstable();
                known.by.dedup();
                if new.verdict == known.verdict {
                    known.sources = known.sources.or(&new.sources);
                } else if new.verdict > known.verdict {
                    (known.verdict, known.sources, known.unread) = (new.verdict, new.sources, new.unread);
                }
            }
        }
    }

    /// The entries in order, without those that ask for more than another for the same.
    pub(in crate::reach) fn into_list(self) -> Vec<Behind<'e>> {
        let certain = |one: &Behind<'_>| matches!(one.verdict, Verdict::Connects | Verdict::Gated);
        let mut list: Vec<(Key<'e>, Behind<'e>)> = Vec::new();
        let mut all: Vec<(Key<'e>, Behind<'e>)> = self.0.into_iter().collect();
        // Those that ask for less come first.
        all.sort_by(|(a, one), (b, other)| {
            let base = |key: &Key<'e>| (key.0, key.1, key.2.clone(), key.3);
            base(a).cmp(&base(b)).then(one.gates.len().cmp(&other.gates.len())).then(one.gates.cmp(&other.gates))
        });
        for (key, one) in all {
            let covered = list.iter().any(|(known, other)| {
                certain(other)
                    && (known.0, known.1, &known.2, known.3) == (key.0, key.1, &key.2, key.3)
                    && other.gates.iter().all(|gate| one.gates.contains(gate))
                    && one.by.iter().all(|by| other.by.contains(by))
                    && other.sources.covers(&one.sources)
            });
            if !covered {
                list.push((key, one));
            }
        }
        list.into_iter().map(|(_, one)| one).collect()
    }
}

/// Doors behind doors are followed this far.
const MOST_DOORS: usize = 4;

impl<'e> Network<'e> {
    /// What the internet reaches behind load balancers and other doors, in a stable order.
    #[must_use]
    pub fn exposed_behind(&self, exposures: &Exposures) -> Vec<Behind<'e>> {
        let mut found = Found::default();
        self.behind_balancers(exposures, &mut found);
        self.behind_edge(&mut found);
        found.into_list()
    }

    /// What a load balancer with an exposed address passes on; nothing where it is no load balancer's.
    #[must_use]
    pub fn passed_on(&self, exposure: &Exposure, reach: &Reach) -> Vec<Behind<'e>> {
        let mut found = Found::default();
        if let Some(balancer) = self.balancer_of(exposure.interface()) {
            let front = Front::new(DoorKind::LoadBalancer, balancer.id, balancer.name);
            self.behind_balancer(&front, (balancer, exposure.interface()), &Coming::of(reach), &mut found);
        }
        found.into_list()
    }

    /// What is behind the doors of AWS's edge: distributions, APIs, URLs of functions and the like.
    #[must_use]
    pub fn behind_doors(&self) -> Vec<Behind<'e>> {
        let mut found = Found::default();
        self.behind_edge(&mut found);
        found.into_list()
    }

    fn behind_edge(&self, found: &mut Found<'e>) {
        self.behind_distributions(found);
        self.behind_apis(found);
        self.behind_functions(found);
        self.behind_others(found);
    }

    pub(super) fn balancer_doors(&self) -> Vec<Door<'e>> {
        let outside = |balancer: &&BalancerNode<'e>| {
            balancer.interfaces.iter().filter_map(|interface| at(&self.interfaces, *interface)).any(|interface| {
                let public = |(private, public): &(u128, Option<u128>)| {
                    public.is_some() || (!is_v4(*private) && Addresses::internet().contains(*private))
                };
                interface.public || interface.addresses.iter().any(public)
            })
        };
        let door = |balancer: &BalancerNode<'e>| {
            let mut services: Vec<Service> = balancer.listeners.iter().flat_map(|l| l.services.clone()).collect();
            services.sort_unstable();
            services.dedup();
            let gap = self.missing(balancer.shard, Kind::Listener).filter(|_| balancer.kind != BalancerKind::Classic);
            let name = balancer.name.unwrap_or(balancer.id);
            let unread = gap.map(|gap| Unread::of(format!("the listeners of {name}"), &gap)).into_iter().collect();
            let (kind, id, name) = (DoorKind::LoadBalancer, balancer.id, balancer.name);
            Door { kind, id, name, services, gates: Vec::new(), unread }
        };
        self.balancers.iter().filter(outside).map(door).collect()
    }

    fn behind_balancers(&self, exposures: &Exposures, found: &mut Found<'e>) {
        for exposure in exposures.addresses() {
            let interface = exposure.interface();
            let Some(balancer) = self.balancer_of(interface) else { continue };
            let front = Front::new(DoorKind::LoadBalancer, balancer.id, balancer.name);
            if balancer.kind == BalancerKind::Network {
                // What gets through to one target says nothing of another: each is asked for itself.
                let private = exposure.private_number();
                let sources = Addresses::internet().and(&Addresses::family(is_v4(private)));
                let all = Boxes::product(&Services::range(0, service::LAST), &sources);
                let reach = self.reach_of(&all, |walk| {
                    walk.short = true;
                    walk.enter(interface, private, Seen::Original);
                });
                self.behind_balancer(&front, (balancer, interface), &Coming::of(&reach), found);
            } else if let Some(reach) = exposures.reach(exposure) {
                self.behind_balancer(&front, (balancer, interface), &Coming::of(reach), found);
            }
        }
    }

    /// The targets of a load balancer for what comes to one of its interfaces.
    pub(in crate::reach) fn behind_balancer(
        &self,
        front: &Front<'e>,
        (balancer, interface): (&BalancerNode<'e>, Id),
        coming: &Coming<'e>,
        found: &mut Found<'e>,
    ) {
        if front.path.iter().filter(|hop| hop.elastic_load_balancer_listener.is_some()).count() >= MOST_DOORS {
            return;
        }
        for (listener, service) in balancer.listeners.iter().flat_map(|l| l.services.iter().map(move |s| (l, *s))) {
            let of = |boxes: &Boxes| boxes.at(service.number()).cloned().unwrap_or_default();
            let (certain, maybe) = (of(&coming.certain), of(&coming.maybe));
            if maybe.is_empty() {
                continue;
            }
            let here = Outcome { certain, maybe, delivered: Addresses::default(), unread: coming.unread.clone() };
            let mut front = front.clone();
            if front.by.is_empty() {
                front.by.push(service);
            }
            let name = balancer.name.map(str::to_owned);
            let mut hop = PathComponent::new(Component { id: balancer.id.to_owned(), name });
            hop.elastic_load_balancer_listener = Some(Component::new(listener.id));
            front.pass(service, coming.by.clone());
            front.path.push(hop);
            let place = (balancer, interface, service);
            for target in self.classic_targets(listener) {
                let result = self.second(place, (false, &target), &here, coming);
                self.reached((&front, place), coming, (false, &target, result), found);
            }
            self.behind_listener(&front, place, (listener, coming, &here), found);
        }
    }

    fn behind_listener(
        &self,
        front: &Front<'e>,
        place: (&BalancerNode<'e>, Id, Service),
        (listener, coming, here): (&ListenerNode<'e>, &Coming<'e>, &Outcome),
        found: &mut Found<'e>,
    ) {
        for forward in &listener.forwards {
            let Some(here) = through(here, forward, coming) else { continue };
            let mut front = front.clone();
            open(&mut front, &forward.gates);
            let Some(group) = self.target_group(forward.group) else {
                let what = format!("the target group {}", forward.group);
                let unread = match self.missing(place.0.shard, Kind::TargetGroup) {
                    Some(gap) => Unread::of(what, &gap),
                    None => Unread::never(what, "it is in no listing"),
                };
                let result = here.unknown(unread);
                let (target, name) = (Component::new(forward.group), forward.group);
                self.tell(&front, Reached { target, interface: None, service: None, result, name }, found);
                continue;
            };
            let name = group.resource.name().map(str::to_owned);
            if let Some(hop) = front.path.last_mut() {
                hop.note = forward.rule.as_ref().map(ToString::to_string);
            }
            front.path.push(PathComponent::new(Component { id: group.resource.id().to_owned(), name }));
            for target in group.targets.iter().flatten() {
                let preserves = group.preserves && !coming.relayed;
                let result = self.second(place, (preserves, target), &here, coming);
                self.reached((&front, place), coming, (preserves, target, result), found);
            }
            self.unresolved(&front, group, &here, found);
        }
    }

    /// The targets of a group that have no interface in the estate: functions, and what cannot be told.
    fn unresolved(&self, front: &Front<'e>, group: &TargetGroupNode<'e>, here: &Outcome, found: &mut Found<'e>) {
        let id = group.resource.id();
        let mut tell = |name: &'e str, result: Outcome| {
            let target = Component::new(name);
            self.tell(front, Reached { target, interface: None, service: None, result, name }, found);
        };
        let Some(all) = &group.resource.target_health_descriptions else {
            tell(id, here.unknown(self.targets_unread(group)));
            return;
        };
        for target in all.iter().filter_map(|description| description.target.as_ref()) {
            let known = group.targets.iter().flatten().any(|known| known.id == target.id);
            let name = target.id.as_str();
            match group.resource.target_type.as_deref() {
                Some("lambda") => tell(name, here.clone()),
                _ if known => {}
                Some("alb") => {
                    let why = "the load balancer is not in this estate";
                    tell(name, here.unknown(Unread::never(format!("what is behind {name}"), why)));
                }
                _ => {
                    let gap = [Kind::Instance, Kind::NetworkInterface].map(|kind| self.missing(group.shard, kind));
                    // With both listings complete, the instance is gone.
                    if let Some(gap) = gap.into_iter().flatten().next() {
                        tell(name, here.unknown(Unread::of(format!("the interface of {name}"), &gap)));
                    }
                }
            }
        }
    }

    /// From a load balancer to a target and back, for certain and perhaps.
    fn second(
        &self,
        (balancer, interface, service): (&BalancerNode<'e>, Id, Service),
        (preserves, target): (bool, &TargetNode<'e>),
        here: &Outcome,
        coming: &Coming<'e>,
    ) -> Outcome {
        let one = Services::range(service.number(), service.number());
        let run = |hopeful: bool, sources: &Addresses| {
            let mine = Boxes::product(&one, sources);
            let mut walk = Walk::new(self, mine.clone(), false);
            (walk.hopeful, walk.edge) = (hopeful, coming.edge);
            let there = walk.to_target((balancer, interface), (preserves, target), Seen::Original, &mine);
            there.map(|(walk, arrived)| (walk.alive.addresses(), arrived.addresses(), walk.unsure))
        };
        let (maybe, _, mut unread) = run(true, &here.maybe).unwrap_or_default();
        let (mut certain, delivered, _) = run(false, &here.certain).unwrap_or_default();
        if coming.whole.as_ref().is_some_and(|whole| certain != *whole) {
            certain = Addresses::default();
        }
        if maybe != certain && balancer.cross_zone.is_none() {
            let what = format!("whether {} sends to targets in other zones", balancer.name.unwrap_or(balancer.id));
            let action = Some("elasticloadbalancing:DescribeLoadBalancerAttributes".to_owned());
            unread.push(Unread { what, action, why: "its attributes were not read".to_owned() });
        }
        unread.extend(here.unread.iter().cloned());
        Outcome { certain, maybe, delivered, unread }
    }

    /// A target with an interface; behind an Application Load Balancer the way goes on.
    fn reached(
        &self,
        (front, (_, from, listening)): (&Front<'e>, (&BalancerNode<'e>, Id, Service)),
        coming: &Coming<'e>,
        (preserves, target, result): (bool, &TargetNode<'e>, Outcome),
        found: &mut Found<'e>,
    ) {
        let mut front = front.clone();
        let stretch = Stretch::ToTarget { from, preserves, target: *target, edge: coming.edge };
        front.pass(listening, Some(stretch));
        let service = Service::tcp(target.port);
        let service = front.by.first().map_or(service, |by| Service { protocol: by.protocol, port: target.port });
        let next = target.interface.and_then(|interface| Some((self.balancer_of(interface)?, interface)));
        if let Some(next) = next {
            let one = Services::range(service.number(), service.number());
            let further = Coming {
                certain: Boxes::product(&one, &result.certain),
                maybe: Boxes::product(&one, &result.maybe),
                unread: result.unread.clone(),
                edge: coming.edge,
                whole: coming.whole.clone(),
                relayed: false,
                by: None,
            };
            self.behind_balancer(&front, next, &further, found);
        }
        let interface = target.interface;
        let component = match interface.and_then(|interface| at(&self.interfaces, interface)) {
            Some(node) => {
                let (_, id, name) = self.owner(node);
                Component { id: id.to_owned(), name: name.map(str::to_owned) }
            }
            None => Component::new(target.id),
        };
        let reached = Reached { target: component, interface, service: Some(service), result, name: target.id };
        self.tell(&front, reached, found);
    }

    pub(in crate::reach) fn tell(&self, front: &Front<'e>, reached: Reached<'e>, found: &mut Found<'e>) {
        let Reached { target, interface, service, result, name } = reached;
        let sample = [&result.certain, &result.maybe, &result.delivered].into_iter().find_map(Addresses::first);
        let (verdict, sources, unread) = if !result.certain.is_empty() {
            let verdict = if front.gates.is_empty() { Verdict::Connects } else { Verdict::Gated };
            (verdict, result.certain, Vec::new())
        } else if !result.maybe.is_empty() {
            (Verdict::Unknown, result.maybe, result.unread)
        } else if !result.delivered.is_empty() {
            (Verdict::Delivers, result.delivered, Vec::new())
        } else {
            return;
        };
        let party = interface.and_then(|interface| at(&self.interfaces, interface)).map(|node| self.party_of(node));
        let mut path = front.path.clone();
        let mut hop = PathComponent::new(Component::new(party.as_ref().map_or(name, |party| party.interface)));
        if let Some(party) = &party {
            hop.subnet = Some(Component::new(party.subnet));
            hop.vpc = Some(Component::new(party.vpc));
            hop.attached_to = (target.id != party.interface).then(|| target.clone());
        }
        path.push(hop);
        for (place, hop) in path.iter_mut().enumerate() {
            hop.sequence_number = place + 1;
        }
        let mut unread = unread;
        unread.sort_unstable();
        unread.dedup();
        found.add(Behind {
            kind: front.kind,
            door: front.id,
            name: front.name,
            by: front.by.clone(),
            sources: front.sources.clone().unwrap_or(sources),
            target,
            party,
            service,
            verdict,
            gates: front.gates.clone(),
            path,
            notes: front.notes.clone(),
            unread,
            told: Told { passed: front.passed.clone(), sample },
        });
    }
}

impl Outcome {
    /// The same, when it cannot be told whether any of it gets on.
    fn unknown(&self, why: Unread) -> Self {
        let mut unread = self.unread.clone();
        unread.push(why);
        Self { certain: Addresses::default(), maybe: self.maybe.clone(), delivered: Addresses::default(), unread }
    }
}

/// What of it a rule forwards; `None` when that is nothing.
fn through(here: &Outcome, forward: &Forward<'_>, coming: &Coming<'_>) -> Option<Outcome> {
    let maybe = here.maybe.and(&forward.sources);
    let mut certain = here.certain.and(&forward.sources);
    if coming.whole.as_ref().is_some_and(|whole| certain != *whole) || !forward.unread.is_empty() {
        certain = Addresses::default();
    }
    let mut unread = here.unread.clone();
    unread.extend(forward.unread.iter().cloned());
    (!maybe.is_empty()).then(|| Outcome { certain, maybe, delivered: Addresses::default(), unread })
}

/// Passes the gates of a rule: those that the door opens itself are noted, the others remain.
fn open(front: &mut Front<'_>, gates: &[Gate]) {
    for gate in gates {
        match gate {
            Gate::Header(name) if front.headers.iter().any(|header| header.eq_ignore_ascii_case(name)) => {
                let note = format!("the header {name} is sent along; whether with the value asked for is not known");
                front.notes.push(note);
            }
            _ if front.gates.contains(gate) => {}
            _ => front.gates.push(gate.clone()),
        }
    }
    front.gates.sort();
}
