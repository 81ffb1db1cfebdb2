//! The ends of paths: who can open a connection, what takes it, and on which ports. Finding a path is done here as
//! well, for one question at a time; nothing here knows the screen.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use ipnet::IpNet;

use crate::model::resource::{CacheCluster, ClassicLoadBalancer, DbInstance, Domain, LoadBalancer, SecurityGroup};
use crate::model::{Describe, Estate, Kind, Resource, ResourceKey, SecurityGroupId, Shard};
use crate::reach::service::{self, Service};
use crate::reach::{
    Addresses, Answer, Approach, Explanation, Exposures, Network, Packet, PacketError, Sender, Unread, Verdict, set,
};

/// Something with addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// What it is.
    pub key: ResourceKey,
    /// What its owner calls it.
    pub name: Option<String>,
    /// The interface it sends from.
    pub interface: String,
    /// Its private addresses, each with the public one that it has. IPv6 addresses are their own.
    pub addresses: Vec<(IpAddr, Option<IpAddr>)>,
    /// The prefixes delegated to its interfaces, of which only some addresses are among those.
    pub prefixes: Vec<IpNet>,
    /// Whether its interfaces are in no listing, so that its addresses stand for any of its subnets.
    pub derived: bool,
    /// Its security groups.
    pub groups: BTreeSet<String>,
    /// What it listens on, or, where that is not known, what its security groups let in.
    pub services: Vec<Service>,
}

/// An end of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Any host of the internet.
    Internet,
    /// Something of the estate.
    End(Arc<End>),
}

/// Whether one can open a connection to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Who opens it.
    pub from: Node,
    /// To what.
    pub to: Node,
    /// To which port.
    pub service: Service,
}

/// What is to be found out about the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// What can be asked about.
    Ends,
    /// Paths.
    Paths(Vec<Query>),
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// What was asked.
    pub query: Query,
    /// The host of the internet that was asked for, where not any host would do; and the ranges it was taken from.
    pub host: Option<(IpAddr, Vec<String>)>,
    /// Every way there, the one that gets furthest first; never empty.
    pub ways: Vec<Approach>,
}

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Everything that has an address.
    Ends(Vec<Arc<End>>),
    /// The answers, those that get furthest first.
    Paths(Vec<Traced>),
    /// Nothing: the search broke.
    Failed(String),
}

/// Stands for any host of the internet: an address kept for examples (RFC 5737), which no host has.
const SOMEBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

/// Ports to ask about where a wide range of them is open.
const USUAL: [u16; 3] = [22, 443, 3389];

/// The network of an estate, ready to be searched.
#[derive(Debug)]
pub(crate) struct Searcher<'e> {
    estate: &'e Estate,
    network: Network<'e>,
    /// Worked out when it is first asked for.
    exposures: Option<Exposures>,
}

impl<'e> Searcher<'e> {
    /// Compiles the network of an estate.
    pub(crate) fn new(estate: &'e Estate) -> Self {
        Self { estate, network: Network::new(estate), exposures: None }
    }

    /// Finds out.
    pub(crate) fn search(&mut self, search: &Search) -> Found {
        match search {
            Search::Ends => Found::Ends(self.ends()),
            Search::Paths(queries) => {
                let mut traced: Vec<Traced> = queries.iter().map(|query| self.trace(query)).collect();
                traced.sort_by_key(|traced| std::cmp::Reverse(traced.verdict()));
                Found::Paths(traced)
            }
        }
    }

    fn trace(&mut self, query: &Query) -> Traced {
        let host = self.host(query);
        let source = host.as_ref().map(|(host, _)| *host);
        let sender = match &query.from {
            Node::Internet => Sender::Internet,
            Node::End(end) => Sender::Resource(end.interface.clone()),
        };
        let found = match &query.to {
            Node::End(end) => self.network.between(&sender, source, &end.key.id, query.service),
            Node::Internet => self.outside(sender, query.service),
        };
        let no_family = || {
            let text = "it has no address of a family that the destination has".to_owned();
            (Verdict::Denied, vec![Explanation::new("NO_PATH", text)], Vec::new())
        };
        let ways = match found {
            Ok(ways) if ways.is_empty() => vec![without_way(query.service, no_family())],
            Ok(ways) => ways,
            Err(PacketError::NoAddress(..)) => vec![without_way(query.service, no_family())],
            Err(error) => {
                let unread = vec![Unread::never("whether there is a way", error.to_string())];
                vec![without_way(query.service, (Verdict::Unknown, Vec::new(), unread))]
            }
        };
        Traced { query: query.clone(), host, ways }
    }

    fn outside(&self, sender: Sender, service: Service) -> Result<Vec<Approach>, PacketError> {
        let packet = Packet { sender, source: None, destination: SOMEBODY, service, source_port: None };
        let answer = self.network.answer(&packet)?;
        Ok(vec![Approach { to: Some(SOMEBODY), service, through: None, answer }])
    }

    /// A host of the internet that gets as far as any does, where not every host gets that far.
    fn host(&mut self, query: &Query) -> Option<(IpAddr, Vec<String>)> {
        let (Node::Internet, Node::End(to)) = (&query.from, &query.to) else { return None };
        let exposures = self.exposures.get_or_insert_with(|| self.network.exposures());
        let own = |exposure: &&crate::reach::Exposure| {
            to.addresses.iter().any(|(private, _)| *private == exposure.private())
                && self.network.exposed_party(exposure).is_some_and(|party| party.id == to.key.id)
        };
        let reached: Vec<_> =
            exposures.addresses().iter().filter(own).filter_map(|exposure| exposures.reach(exposure)).collect();
        let sets = [
            reached.iter().find_map(|reach| reach.connects.at(query.service.number())),
            reached.iter().find_map(|reach| reach.may_connect().at(query.service.number())),
            reached.iter().find_map(|reach| reach.delivers.at(query.service.number())),
            reached.iter().find_map(|reach| reach.may_deliver().at(query.service.number())),
        ];
        let furthest = sets.into_iter().flatten().find(|set| !set.is_empty())?;
        let all = |v4: bool| furthest.covers(&Addresses::internet().and(&Addresses::family(v4)));
        if all(true) || all(false) {
            return None;
        }
        let ranges = furthest.nets().iter().map(ToString::to_string).collect();
        let first = furthest.first()?;
        // The first address of a range is rarely a host's.
        let host = if furthest.contains(first + 1) { first + 1 } else { first };
        Some((set::address(host), ranges))
    }

    /// Everything that has an address, in order.
    fn ends(&self) -> Vec<Arc<End>> {
        let mut of_subnet: BTreeMap<&str, (&Shard, usize)> = BTreeMap::new();
        let mut groups: Vec<Groups<'_>> = Vec::new();
        let mut of_interface: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for shard in &self.estate.shards {
            let resources = &shard.resources;
            of_subnet.extend(resources.subnets.iter().map(|subnet| (subnet.id(), (shard, groups.len()))));
            groups.push(resources.security_groups.iter().map(|group| (group.id(), group)).collect());
            let own = resources.instances.iter().flat_map(|instance| &instance.network_interfaces);
            for interface in own.chain(&resources.network_interfaces) {
                let groups = interface.groups.iter().filter_map(|group| Some(group.group_id.as_ref()?.as_str()));
                of_interface.insert(interface.id(), groups.collect());
            }
        }
        let mut found: BTreeMap<ResourceKey, (usize, End)> = BTreeMap::new();
        for party in self.network.parties() {
            let Some((shard, at)) = of_subnet.get(party.subnet).copied() else { continue };
            let place = &shard.provenance;
            let (account, region, kind) = (place.account.clone(), place.region.clone(), party.kind);
            let key = ResourceKey { account, region, kind, id: party.id.to_owned() };
            let (_, end) = found.entry(key.clone()).or_insert_with(|| {
                let (groups, services) = described(shard, kind, party.id);
                let name = party.name.filter(|name| *name != party.id).map(str::to_owned);
                let (interface, derived) = (party.interface.to_owned(), party.derived);
                (
                    at,
                    End {
                        key,
                        name,
                        interface,
                        addresses: Vec::new(),
                        prefixes: Vec::new(),
                        derived,
                        groups,
                        services,
                    },
                )
            });
            end.addresses.extend(party.addresses);
            end.prefixes.extend(party.prefixes);
            end.groups.extend(of_interface.get(party.interface).into_iter().flatten().map(|id| (*id).to_owned()));
        }
        let opened = |(at, mut end): (usize, End)| {
            if end.services.is_empty() {
                end.services = groups.get(at).map(|groups| open(groups, &end.groups)).unwrap_or_default();
            }
            end
        };
        let mut ends: Vec<End> = found.into_values().map(opened).collect();
        ends.sort_by(|a, b| (a.key.kind, a.title(), &a.key).cmp(&(b.key.kind, b.title(), &b.key)));
        ends.into_iter().map(Arc::new).collect()
    }
}

impl Traced {
    /// The verdict on the way that gets furthest.
    pub(crate) fn verdict(&self) -> Verdict {
        self.ways.first().map_or(Verdict::Unknown, |way| way.answer.verdict)
    }
}

impl End {
    /// What it is called: its name, or its id.
    pub(crate) fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| super::verdict::short_id(&self.key.id).to_owned())
    }

    /// Its public addresses.
    pub(crate) fn public(&self) -> impl Iterator<Item = IpAddr> {
        self.addresses.iter().filter_map(|(_, public)| *public)
    }
}

/// The answer where no packet can be sent.
fn without_way(service: Service, told: (Verdict, Vec<Explanation>, Vec<Unread>)) -> Approach {
    let (verdict, explanations, unread) = told;
    let (forward_path_components, return_path_components, notes) = (Vec::new(), Vec::new(), Vec::new());
    let answer = Answer { verdict, forward_path_components, return_path_components, explanations, unread, notes };
    Approach { to: None, service, through: None, answer }
}

/// The security groups and the ports that a managed resource says it has; others have those of their interfaces.
fn described(shard: &Shard, kind: Kind, id: &str) -> (BTreeSet<String>, Vec<Service>) {
    let says = matches!(
        kind,
        Kind::LoadBalancer | Kind::ClassicLoadBalancer | Kind::DbInstance | Kind::CacheCluster | Kind::Domain
    );
    let resource = if says { shard.resources.find(kind, id) } else { None };
    resource.map(|resource| (groups_of(resource), listening(shard, resource))).unwrap_or_default()
}

fn groups_of(resource: &dyn Resource) -> BTreeSet<String> {
    let any = resource.as_any();
    let mut groups: Vec<&str> = Vec::new();
    if let Some(balancer) = any.downcast_ref::<LoadBalancer>() {
        groups.extend(balancer.security_groups.iter().flatten().map(SecurityGroupId::as_str));
    } else if let Some(balancer) = any.downcast_ref::<ClassicLoadBalancer>() {
        groups.extend(balancer.security_groups.iter().map(SecurityGroupId::as_str));
    } else if let Some(database) = any.downcast_ref::<DbInstance>() {
        let own = database.vpc_security_groups.iter().filter_map(|group| group.vpc_security_group_id.as_ref());
        groups.extend(own.map(SecurityGroupId::as_str));
    } else if let Some(cache) = any.downcast_ref::<CacheCluster>() {
        let own = cache.security_groups.iter().filter_map(|group| group.security_group_id.as_ref());
        groups.extend(own.map(SecurityGroupId::as_str));
    } else if let Some(options) = any.downcast_ref::<Domain>().and_then(|domain| domain.vpc_options.as_ref()) {
        groups.extend(options.security_group_ids.iter().map(SecurityGroupId::as_str));
    }
    groups.into_iter().map(str::to_owned).collect()
}

/// The ports a resource says it listens on.
fn listening(shard: &Shard, resource: &dyn Resource) -> Vec<Service> {
    let resources = &shard.resources;
    let port = |port: Option<i32>| port.and_then(|port| u16::try_from(port).ok());
    let any = resource.as_any();
    let mut ports: Vec<Service> = match resource.kind() {
        Kind::LoadBalancer => {
            let own = resources.listeners.iter().filter(|l| l.load_balancer_arn == *resource.id());
            let udp = |protocol: Option<&str>| matches!(protocol, Some("UDP" | "QUIC"));
            let service = |p: u16, protocol| if udp(protocol) { Service::udp(p) } else { Service::tcp(p) };
            own.filter_map(|l| Some(service(port(l.port)?, l.protocol.as_deref()))).collect()
        }
        Kind::ClassicLoadBalancer => {
            let own = any.downcast_ref::<ClassicLoadBalancer>();
            let listeners = own.into_iter().flat_map(|b| &b.listener_descriptions).filter_map(|l| l.listener.as_ref());
            listeners.filter_map(|l| port(l.load_balancer_port)).map(Service::tcp).collect()
        }
        Kind::DbInstance => {
            let own = any.downcast_ref::<DbInstance>().and_then(|db| db.endpoint.as_ref());
            own.and_then(|endpoint| port(endpoint.port)).map(Service::tcp).into_iter().collect()
        }
        Kind::CacheCluster => {
            let own = any.downcast_ref::<CacheCluster>();
            let nodes = own.into_iter().flat_map(|cache| &cache.cache_nodes).filter_map(|n| n.endpoint.as_ref());
            nodes.filter_map(|endpoint| port(endpoint.port)).map(Service::tcp).collect()
        }
        // A search domain listens on these and no others.
        Kind::Domain => vec![Service::tcp(443), Service::tcp(80)],
        _ => Vec::new(),
    };
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// Security groups by their id.
type Groups<'e> = BTreeMap<&'e str, &'e SecurityGroup>;

/// The ports that security groups let something in to: each that a rule names, and of wide ranges the usual ones.
fn open(all: &Groups<'_>, groups: &BTreeSet<String>) -> Vec<Service> {
    let permissions = groups.iter().filter_map(|id| all.get(id.as_str())).flat_map(|group| &group.ip_permissions);
    let mut services = BTreeSet::new();
    for permission in permissions {
        let ports = service::of_rule(permission.ip_protocol.as_deref(), permission.from_port, permission.to_port);
        let Some((first, last)) = ports else { continue };
        let one = Service::of(first);
        if first == last && one.has_ports() {
            services.insert(one);
        } else {
            let usual = USUAL.map(Service::tcp);
            services.extend(usual.into_iter().filter(|service| (first..=last).contains(&service.number())));
        }
    }
    if services.is_empty() {
        // Nothing is let in, or it is not known: one can ask all the same.
        services.insert(Service::tcp(443));
    }
    services.into_iter().collect()
}
