//! Classes of interfaces: those that every filter and route treats alike, as senders and as receivers. What one of
//! them reaches all of them reach, so that chains are followed by class.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::filter::Index;
use super::network::{Holder, Id, Interface, Network, at, id};
use super::route::Target;
use super::set::{Addresses, ends};

/// Stands for interfaces that take connections and open none.
const MUTE: Id = Id::MAX / 2;

/// What tells interfaces of a subnet apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Key {
    groups: Id,
    holder: Id,
    /// The pieces of the address line that its first address and the public one of that are in, between the edges of
    /// every rule and route.
    pieces: (Id, Id),
    /// The number of what most do not have; 0 is nothing.
    more: Id,
}

/// What only some interfaces have.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct More {
    /// The pieces of its further addresses.
    further: Vec<(Id, Id)>,
    /// What load balancers know it as: one that is a target is reached where its neighbours are not.
    targeted: Vec<(Id, u16)>,
}

/// A class.
#[derive(Debug)]
pub(super) struct Class {
    vpc: Id,
    pub(super) groups: Id,
    /// One interface stands for all.
    pub(super) one: Id,
}

/// All classes of a network. Those of a VPC whose interfaces carry the same groups form a set.
#[derive(Debug)]
pub(super) struct Classes {
    all: Vec<Class>,
    /// The class of each interface.
    of: Vec<Id>,
    /// The interfaces by class.
    members: Sorted,
    /// The classes by set.
    by_set: Sorted,
    /// The sets by VPC.
    by_vpc: Sorted,
    /// How many sets of each VPC were not yet put away.
    left: Vec<usize>,
}

impl Classes {
    pub(super) fn new(net: &Network<'_>, siblings: &BTreeMap<Id, Vec<Id>>) -> Self {
        let (all, of) = classify(net, siblings);
        let mut known: Index<(Id, Id)> = Index::default();
        let (mut sets, mut vpcs) = (Vec::with_capacity(all.len()), Vec::new());
        for class in &all {
            let set = known.insert((class.vpc, class.groups), id(vpcs.len()));
            if set == id(vpcs.len()) {
                vpcs.push(class.vpc);
            }
            sets.push(set);
        }
        let members = Sorted::new(&of, all.len());
        let (by_set, by_vpc) = (Sorted::new(&sets, vpcs.len()), Sorted::new(&vpcs, net.vpcs.len()));
        let left = (0..net.vpcs.len()).map(|vpc| by_vpc.of(id(vpc)).len()).collect();
        Self { all, of, members, by_set, by_vpc, left }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// A class by its number.
    pub(super) fn get(&self, class: Id) -> Option<&Class> {
        at(&self.all, class)
    }

    /// The class of an interface.
    pub(super) fn of(&self, interface: Id) -> Option<Id> {
        at(&self.of, interface).copied()
    }

    /// The interfaces of a class.
    pub(super) fn members(&self, class: Id) -> &[Id] {
        self.members.of(class)
    }

    /// The set at a place of a VPC.
    pub(super) fn set(&self, vpc: Id, place: usize) -> Option<Id> {
        let left = at(&self.left, vpc)?;
        self.by_vpc.of(vpc).get(..*left)?.get(place).copied()
    }

    /// The classes of a set.
    pub(super) fn in_set(&self, set: Id) -> &[Id] {
        self.by_set.of(set)
    }

    /// Puts away the set at a place of a VPC: the last one takes its place.
    pub(super) fn put_away(&mut self, vpc: Id, place: usize) {
        if let Some(left) = self.left.get_mut(vpc as usize).filter(|left| place < **left) {
            *left -= 1;
            self.by_vpc.swap(vpc, place, *left);
        }
    }
}

/// Numbers sorted by what they belong to.
#[derive(Debug)]
struct Sorted {
    /// Where those of each begin, and where the last end.
    begins: Vec<Id>,
    all: Vec<Id>,
}

impl Sorted {
    /// Sorts the places of a list by the numbers in it, which are below a count.
    fn new(numbers: &[Id], count: usize) -> Self {
        let mut begins = vec![0; count + 2];
        for number in numbers {
            if let Some(begin) = begins.get_mut(*number as usize + 2) {
                *begin += 1;
            }
        }
        let mut sum = 0;
        for begin in &mut begins {
            sum += *begin;
            *begin = sum;
        }
        // While they are filled in, each begins where the one before it ends.
        let mut all = vec![0; numbers.len()];
        for (place, number) in numbers.iter().enumerate() {
            if let Some(next) = begins.get_mut(*number as usize + 1) {
                if let Some(free) = all.get_mut(*next as usize) {
                    *free = id(place);
                }
                *next += 1;
            }
        }
        Self { begins, all }
    }

    fn range(&self, number: Id) -> Range<usize> {
        let number = number as usize;
        let [begin, end] = [number, number + 1].map(|at| self.begins.get(at).map_or(0, |begin| *begin as usize));
        begin..end
    }

    fn of(&self, number: Id) -> &[Id] {
        self.all.get(self.range(number)).unwrap_or_default()
    }

    fn swap(&mut self, number: Id, one: usize, other: usize) {
        let range = self.range(number);
        if let Some(here) = self.all.get_mut(range) {
            here.swap(one, other);
        }
    }
}

/// The classes in the order of their first interfaces, and the class of each interface.
fn classify(net: &Network<'_>, siblings: &BTreeMap<Id, Vec<Id>>) -> (Vec<Class>, Vec<Id>) {
    let pieces = Pieces::new(net);
    let mut targeted = net.targeted();
    let mut apart = net.routers();
    apart.extend(net.behind_doors().iter().filter_map(|one| net.interface_named(one.party.as_ref()?.interface)));
    // A small index for each subnet stays in the processor's cache.
    let mut known: Vec<Index<Key>> = vec![Index::default(); net.subnets.len()];
    let mut extras: Index<More> = Index::default();
    let mut several = 0;
    let mut all: Vec<Class> = Vec::new();
    let mut of = Vec::with_capacity(net.interfaces.len());
    for (index, interface) in net.interfaces.iter().enumerate() {
        let index = id(index);
        let mut key = key(interface, index, &pieces);
        // Who holds its host by another interface sends from it without having reached it; and what routes or doors of
        // the edge lead to is reached where its neighbours are not.
        if siblings.contains_key(&index) || apart.contains(&index) {
            key.holder = own(index);
        }
        let targeted = targeted.remove(&index).unwrap_or_default();
        let further = interface.addresses.get(1..).unwrap_or_default();
        if !further.is_empty() || !targeted.is_empty() {
            let mut further: Vec<_> = further.iter().map(|address| pieces.of(interface.subnet, *address)).collect();
            // Of several prefixes in one piece it does not matter how many there are.
            further.sort_unstable();
            further.dedup();
            key.more = extras.insert(More { further, targeted }, several + 1);
            several = several.max(key.more);
        }
        let fresh = id(all.len());
        let class = known.get_mut(interface.subnet as usize).map_or(fresh, |known| known.insert(key, fresh));
        if class == fresh {
            all.push(Class { vpc: interface.vpc, groups: interface.groups, one: index });
        }
        of.push(class);
    }
    (all, of)
}

/// Stands for one interface alone.
const fn own(index: Id) -> Id {
    Id::MAX - 2 - index
}

fn key(interface: &Interface<'_>, index: Id, pieces: &Pieces) -> Key {
    let holder = match interface.holder {
        Holder::Balancer(balancer) => balancer,
        Holder::Silent(_) | Holder::Nobody => Id::MAX,
        _ if interface.mute => MUTE,
        // What is known of it only by derivation, or only that it is a load balancer's, stays apart.
        Holder::Derived(..) | Holder::Sender(..) | Holder::UnknownBalancer => own(index),
        _ => Id::MAX - 1,
    };
    let first = interface.addresses.first().map(|address| pieces.of(interface.subnet, *address));
    Key { groups: interface.groups, holder, pieces: first.unwrap_or_default(), more: 0 }
}

/// The address line, cut at the edges of every range that a rule, an ACL entry or a route names.
struct Pieces {
    edges: Vec<u128>,
    /// The subnets that are within one piece, with their ranges.
    whole: Vec<Option<((u128, u128), Id)>>,
}

impl Pieces {
    fn new(net: &Network<'_>) -> Self {
        let mut pieces = Self { edges: net.edges(), whole: Vec::new() };
        let whole = net.subnets.iter().map(|subnet| {
            let &[(first, last)] = subnet.range.ranges() else { return None };
            let piece = pieces.find(first);
            (pieces.find(last) == piece).then_some(((first, last), piece))
        });
        pieces.whole = whole.collect();
        pieces
    }

    fn find(&self, address: u128) -> Id {
        id(self.edges.partition_point(|edge| *edge <= address))
    }

    /// The pieces of a private address and of the public one that it has.
    fn of(&self, subnet: Id, (private, public): (u128, Option<u128>)) -> (Id, Id) {
        let here = match at(&self.whole, subnet) {
            Some(Some(((first, last), piece))) if *first <= private && private <= *last => *piece,
            _ => self.find(private),
        };
        (here, public.map_or(0, |public| self.find(public)))
    }
}

impl Network<'_> {
    /// The interfaces that routes lead to.
    pub(super) fn routers(&self) -> BTreeSet<Id> {
        let entries = self.tables.iter().flat_map(|table| &table.table.entries);
        let to = entries.filter_map(|entry| if let Target::Interface(to) = entry.target { Some(to) } else { None });
        to.collect()
    }

    /// The edges of every range of addresses that a rule, an ACL entry or a route names.
    pub(super) fn edges(&self) -> Vec<u128> {
        let mut known: Index<u128> = Index::default();
        let mut edges: Vec<u128> = Vec::new();
        let mut add = |range: (u128, u128)| {
            for edge in [Some(range.0), range.1.checked_add(1)].into_iter().flatten() {
                let fresh = id(edges.len());
                if known.insert(edge, fresh) == fresh {
                    edges.push(edge);
                }
            }
        };
        let mut add_all = |set: &Addresses| set.ranges().iter().for_each(|range| add(*range));
        for group in &self.groups {
            for gate in &group.group.gates {
                gate.by_address.cells().iter().for_each(|(_, set)| add_all(set));
            }
        }
        for acl in &self.acls {
            acl.acl.passages.iter().for_each(|one| one.allowed.cells().iter().for_each(|(_, set)| add_all(set)));
        }
        for table in &self.tables {
            table.table.entries.iter().for_each(|entry| add(entry.prefix));
        }
        for table in &self.transit_tables {
            table.table.entries.iter().for_each(|entry| add(entry.prefix));
        }
        self.nets_of_clients().for_each(|net| add(ends(&net)));
        for forward in self.balancers.iter().flat_map(|balancer| &balancer.listeners).flat_map(|l| &l.forwards) {
            forward.sources.ranges().iter().for_each(|range| add(*range));
        }
        edges.sort_unstable();
        edges
    }

    /// The interfaces that load balancers send to, each with the target groups and ports that it is sent to by.
    fn targeted(&self) -> BTreeMap<Id, Vec<(Id, u16)>> {
        let mut all: BTreeMap<Id, Vec<(Id, u16)>> = BTreeMap::new();
        let of_groups = self.target_groups.iter().map(|group| group.targets.as_deref().unwrap_or_default().to_vec());
        let classic = self.balancers.iter().flat_map(|balancer| &balancer.listeners);
        let classic = classic.map(|listener| self.classic_targets(listener)).filter(|targets| !targets.is_empty());
        for (place, targets) in of_groups.chain(classic).enumerate() {
            for target in targets {
                if let Some(interface) = target.interface {
                    all.entry(interface).or_default().push((id(place), target.port));
                }
            }
        }
        all
    }
}
