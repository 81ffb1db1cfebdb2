//! What the internet reaches: for every interface with a public address, which services from which sources.
//!
//! Interfaces that are filtered and routed alike are judged once, as sets of all services and all sources.

use std::net::IpAddr;

use ipnet::IpNet;

use super::balancer::BalancerKind;
use super::filter::{Direction, Index};
use super::network::{Holder, Id, Network, at, id};
use super::path::Unread;
use super::set::{Addresses, Boxes, address, is_v4, number};
use super::walk::{Seen, Walk};
use crate::model::resource::SecurityGroup;

/// What of the internet reaches an interface: pairs of service and source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// First packets arrive.
    pub delivers: Boxes,
    /// Connections are made.
    pub connects: Boxes,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// What arrives and connects if what could not be read says so; `None` when everything was read.
    at_most: Option<Box<(Boxes, Boxes)>>,
}

impl Reach {
    /// Nothing for certain, and perhaps all of this.
    pub(super) fn unknown(all: Boxes, why: Unread) -> Self {
        let (delivers, connects) = Default::default();
        Self { delivers, connects, unread: vec![why], at_most: Some(Box::new((all.clone(), all))) }
    }

    /// With what reaches the same from these sources, for which one of them was asked about.
    pub(super) fn add(&mut self, one: Self, sources: &Addresses) {
        let widely = |boxes: &Boxes| Boxes::product(&boxes.services(), sources);
        let most = (widely(one.may_deliver()), widely(one.may_connect()));
        if self.at_most.is_some() || one.at_most.is_some() {
            let before = (self.may_deliver().or(&most.0), self.may_connect().or(&most.1));
            self.at_most = Some(Box::new(before));
        }
        self.delivers = self.delivers.or(&widely(&one.delivers));
        self.connects = self.connects.or(&widely(&one.connects));
        self.unread.extend(one.unread);
        self.unread.sort_unstable();
        self.unread.dedup();
    }

    /// With what reaches the same by another way.
    pub(super) fn also(&mut self, other: Self) {
        let most = (self.may_deliver().or(other.may_deliver()), self.may_connect().or(other.may_connect()));
        let unsure = self.at_most.is_some() || other.at_most.is_some();
        self.at_most = unsure.then(|| Box::new(most));
        (self.delivers, self.connects) = (self.delivers.or(&other.delivers), self.connects.or(&other.connects));
        self.unread.extend(other.unread);
        self.unread.sort_unstable();
        self.unread.dedup();
    }

    /// Packets that may arrive: those that do, and those that what could not be read may let through.
    #[must_use]
    pub fn may_deliver(&self) -> &Boxes {
        self.at_most.as_ref().map_or(&self.delivers, |most| &most.0)
    }

    /// Connections that may be made.
    #[must_use]
    pub fn may_connect(&self) -> &Boxes {
        self.at_most.as_ref().map_or(&self.connects, |most| &most.1)
    }
}

/// One address that the internet can send to, or a delegated prefix of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposure {
    interface: Id,
    class: Id,
    private: IpAddr,
    public: Option<IpAddr>,
    /// The delegated prefix that the address stands for.
    prefix: Option<IpNet>,
}

/// An address or range in short: without the length where it is one address.
#[must_use]
pub fn shown(net: &IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() { net.addr().to_string() } else { net.to_string() }
}

/// Everything that the internet can send to.
#[derive(Debug, Clone, Default)]
pub struct Exposures {
    classes: Vec<Reach>,
    keys: Vec<Key>,
    /// Per class the first of its addresses, which stands for all.
    ones: Vec<Id>,
    addresses: Vec<Exposure>,
}

/// What decides about an address of a subnet: two with the same key are reached alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Key {
    groups: Id,
    v4: bool,
    /// The load balancer, or how the interface answers.
    holder: Id,
    /// The route by which the gateway's own table sends it on.
    edge: Option<Id>,
}

/// What of the internet gets to the interfaces of a subnet if their security groups let everything through.
#[derive(Debug)]
struct Entrance {
    delivers: Boxes,
    /// What connects of that; `None` is all of it.
    connects: Option<Boxes>,
}

/// The entrances found so far: by subnet and the key of an address but for its groups. `None` where something could not be read,
/// or a load balancer decides.
#[derive(Debug, Default)]
struct Entrances {
    known: Index<(Id, Key)>,
    all: Vec<Option<Entrance>>,
}

impl Exposure {
    /// The address as the internet sees it; `None` for a public address that is not known.
    #[must_use]
    pub fn public(&self) -> Option<IpAddr> {
        self.public
    }

    /// The public address, or the whole delegated prefix that it stands for.
    #[must_use]
    pub fn range(&self) -> Option<IpNet> {
        self.prefix.or_else(|| self.public.map(IpNet::from))
    }

    /// The same as it is told.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        self.range().as_ref().map(shown)
    }

    /// The address behind it.
    #[must_use]
    pub fn private(&self) -> IpAddr {
        self.private
    }

    /// The same as a number.
    pub(super) fn private_number(&self) -> u128 {
        number(self.private)
    }

    /// The interface's number in the network.
    pub(super) const fn interface(&self) -> Id {
        self.interface
    }

    /// The number of what reaches it: the same for those that are reached alike.
    pub(super) const fn class(&self) -> Id {
        self.class
    }
}

impl Exposures {
    /// The addresses, in the order of the estate.
    #[must_use]
    pub fn addresses(&self) -> &[Exposure] {
        &self.addresses
    }

    /// What reaches an address.
    #[must_use]
    pub fn reach(&self, exposure: &Exposure) -> Option<&Reach> {
        at(&self.classes, exposure.class)
    }
}

impl<'e> Network<'e> {
    /// What the internet reaches.
    #[must_use]
    pub fn exposures(&self) -> Exposures {
        let mut exposures = Exposures::default();
        exposures.addresses.reserve(self.interfaces.len());
        // A small index for each subnet stays in the processor's cache.
        let mut known: Vec<Index<Key>> = vec![Index::default(); self.subnets.len()];
        let mut entrances = Entrances::default();
        for (index, interface) in self.interfaces.iter().enumerate() {
            let index = id(index);
            for &(private, public) in &interface.addresses {
                let v4 = is_v4(private);
                let public = if v4 { public } else { Some(private).filter(|a| Addresses::internet().contains(*a)) };
                if public.is_none() && !(interface.public && v4) {
                    continue;
                }
                let key = self.key(interface, private);
                let next = id(exposures.classes.len());
                let class = known.get_mut(interface.subnet as usize).map_or(next, |known| known.insert(key, next));
                if class == next {
                    exposures.classes.push(self.reach_by(&mut entrances, key, (index, private)));
                    exposures.keys.push(key);
                    exposures.ones.push(id(exposures.addresses.len()));
                }
                let prefix = self.prefix_at(index, private);
                let same = |last: &Exposure| (last.interface, last.class, last.prefix) == (index, class, prefix);
                if prefix.is_some() && exposures.addresses.last().is_some_and(same) {
                    continue; // another stretch of it, reached alike
                }
                let (private, public) = (address(private), public.map(address));
                exposures.addresses.push(Exposure { interface: index, class, private, public, prefix });
            }
        }
        exposures
    }

    /// Puts a changed security group in the place of the one of the same id, and judges again what it filters.
    pub fn replace_group(&mut self, changed: &'e SecurityGroup, exposures: &mut Exposures) {
        let group = self.compile_group(changed);
        self.divide_by_group(group);
        let behind_balancer =
            |holder: Id| at(&self.balancers, holder).is_some_and(|balancer| balancer.kind == BalancerKind::Network);
        for (index, key) in exposures.keys.iter().enumerate() {
            let filtered = at(&self.group_sets, key.groups).is_some_and(|set| set.contains(&group));
            if !filtered && !behind_balancer(key.holder) {
                continue;
            }
            let one = exposures.ones.get(index).and_then(|one| at(&exposures.addresses, *one));
            if let (Some(class), Some(one)) = (exposures.classes.get_mut(index), one) {
                *class = self.reach_from_internet(one.interface, one.private_number());
            }
        }
    }

    fn key(&self, interface: &super::network::Interface<'e>, private: u128) -> Key {
        let gateway = at(&self.vpcs, interface.vpc).and_then(|vpc| vpc.gateway).and_then(|g| at(&self.gateways, g));
        let edge = gateway.and_then(|gateway| gateway.table).and_then(|table| at(&self.tables, table));
        let winner = edge.and_then(|table| table.table.winner(private));
        let holder = match interface.holder {
            Holder::Balancer(balancer) => balancer,
            Holder::Silent(_) => Id::MAX,
            Holder::Nobody => Id::MAX - 1,
            Holder::UnknownBalancer => Id::MAX - 2,
            _ => Id::MAX - 3,
        };
        Key { groups: interface.groups, v4: is_v4(private), holder, edge: winner.map(|entry| id(entry.index)) }
    }

    /// What of the internet reaches one address of an interface.
    pub(super) fn reach_from_internet(&self, interface: Id, private: u128) -> Reach {
        let [v6, v4] = &self.strangers;
        self.reach_of(if is_v4(private) { v4 } else { v6 }, |walk| {
            walk.outsiders = true;
            walk.enter(interface, private, Seen::Original);
        })
    }

    /// The same by the entrance of the interface's subnet, if that is known: what its security groups let through there.
    fn reach_by(&self, entrances: &mut Entrances, key: Key, (interface, private): (Id, u128)) -> Reach {
        let subnet = at(&self.interfaces, interface).map_or(Id::MAX, |interface| interface.subnet);
        let place = entrances.known.insert((subnet, Key { groups: Id::MAX, ..key }), id(entrances.all.len()));
        if place == id(entrances.all.len()) {
            entrances.all.push(self.entrance(interface, private));
        }
        let whole = || self.reach_from_internet(interface, private);
        let Some(Some(entrance)) = at(&entrances.all, place) else { return whole() };
        let mut walk = Walk::new(self, entrance.delivers.clone(), false);
        walk.groups(interface, Direction::Ingress, Seen::Original, None);
        if !walk.unsure.is_empty() {
            return whole();
        }
        let delivers = walk.alive;
        let connects = entrance.connects.as_ref().map_or_else(|| delivers.clone(), |connects| delivers.and(connects));
        Reach { delivers, connects, ..Reach::default() }
    }

    /// What gets to an interface if its security groups let everything through; `None` where that is not certain.
    fn entrance(&self, interface: Id, private: u128) -> Option<Entrance> {
        let holder = at(&self.interfaces, interface)?.holder;
        if matches!(holder, Holder::Balancer(_) | Holder::UnknownBalancer) {
            return None;
        }
        let [v6, v4] = &self.strangers;
        let reach = self.reach_of(if is_v4(private) { v4 } else { v6 }, |walk| {
            (walk.outsiders, walk.ungrouped) = (true, true);
            walk.enter(interface, private, Seen::Original);
        });
        let connects = Some(reach.connects).filter(|connects| *connects != reach.delivers);
        reach.unread.is_empty().then_some(Entrance { delivers: reach.delivers, connects })
    }

    /// Walks twice where something could not be read: once as if it let everything pass, once nothing.
    pub(super) fn reach_of(&self, all: &Boxes, walk: impl Fn(&mut Walk<'_, 'e>)) -> Reach {
        let run = |hopeful: bool| {
            let mut one = Walk::new(self, all.clone(), false);
            one.hopeful = hopeful;
            walk(&mut one);
            let delivers = one.alive.clone();
            one.reply();
            (delivers, one.alive, one.unsure)
        };
        let (delivers, connects, mut unread) = run(true);
        if unread.is_empty() {
            return Reach { delivers, connects, unread, at_most: None };
        }
        unread.sort_unstable();
        unread.dedup();
        let most = (delivers, connects);
        let (delivers, connects, _) = run(false);
        Reach { delivers, connects, unread, at_most: Some(Box::new(most)) }
    }
}
