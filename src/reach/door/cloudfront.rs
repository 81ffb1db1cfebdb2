//! Distributions of CloudFront: to origins with a public name, and to VPC origins, which have no public address.
//!
//! An origin sees CloudFront's addresses. AWS keeps them in a prefix list, which every distribution of every account
//! passes: it is no gate. Origins that are asked for by IPv6 are not modelled, nor are geographic restrictions and
//! signed URLs.
//!
//! Source: CloudFront guide, "Restrict access to Application Load Balancers", "Locations and IP address ranges of
//! CloudFront edge servers", "Restrict access with VPC origins".

use super::behind::{Coming, Found, Front, Outcome, Reached};
use super::story::Stretch;
use super::{Door, DoorKind};
use crate::model::resource::{CacheBehavior, Distribution, DistributionConfig, Origin, VpcOrigin};
use crate::model::{Describe, Kind, Shard};
use crate::reach::balancer::BalancerKind;
use crate::reach::block::{Crossing, Permit};
use crate::reach::filter::{Direction, Peer};
use crate::reach::network::{Id, Interface, Network, at};
use crate::reach::path::{Component, PathComponent, Unread};
use crate::reach::service::{self, Service};
use crate::reach::set::{Addresses, Boxes, Services, is_v4, number};
use crate::reach::walk::{Seen, Walk};

const HTTP: Service = Service::tcp(80);
const HTTPS: Service = Service::tcp(443);

/// The group that AWS gives to the interfaces of VPC origins.
const MANAGED_GROUP: &str = "CloudFront-VPCOrigins-Service-SG";

/// A custom origin has one of these ports, but for 80 and 443.
const ORIGIN_PORTS: (u16, u16) = (1024, u16::MAX);

/// Where a public name leads.
pub(super) enum Leads {
    /// To interfaces, each with its private address; of a load balancer or a host.
    To(Vec<(Id, u128)>),
    /// To a service of AWS's that is in no VPC.
    Outside,
    /// It cannot be told.
    Unread(Unread),
}

impl<'e> Network<'e> {
    pub(super) fn distribution_doors(&self) -> Vec<Door<'e>> {
        self.distributions().map(|(shard, distribution)| self.distribution_door(shard, distribution)).collect()
    }

    fn distributions(&self) -> impl Iterator<Item = (&'e Shard, &'e Distribution)> {
        let all = self.estate.shards.iter().flat_map(|s| s.resources.distributions.iter().map(move |d| (s, d)));
        all.filter(|(_, d)| d.distribution_config.as_ref().is_none_or(|config| config.enabled != Some(false)))
    }

    fn distribution_door(&self, shard: &'e Shard, distribution: &'e Distribution) -> Door<'e> {
        let mut unread = Vec::new();
        let mut services = vec![HTTP, HTTPS];
        match &distribution.distribution_config {
            None => {
                let what = format!("where the distribution {} fetches from", distribution.id);
                unread.push(match shard.missing("cloudfront:GetDistribution", Some(&distribution.id)) {
                    Some(gap) => Unread::of(what, &gap),
                    None => Unread::never(what, "its configuration was not read"),
                });
            }
            Some(config) => {
                if behaviours(config).all(|one| one.viewer_protocol_policy.as_deref() == Some("https-only")) {
                    services.remove(0);
                }
                for origin in origins(config).filter(|origin| origin.vpc_origin_config.is_none()) {
                    if let (Some(_), Leads::Unread(what)) =
                        (&origin.custom_origin_config, self.leads(origin.domain_name.as_deref()))
                    {
                        unread.push(what);
                    }
                }
            }
        }
        let (id, name) = (distribution.id.as_str(), called(distribution));
        Door { kind: DoorKind::Distribution, id, name, services, gates: Vec::new(), unread }
    }

    pub(super) fn behind_distributions(&self, found: &mut Found<'e>) {
        let edge = self.edge();
        for (shard, distribution) in self.distributions() {
            let mut front = Front::new(DoorKind::Distribution, &distribution.id, called(distribution));
            front.sources = Some(Addresses::internet().clone());
            let name = called(distribution).map(str::to_owned);
            front.path.push(PathComponent::new(Component { id: distribution.id.clone(), name }));
            let Some(config) = &distribution.distribution_config else {
                let door = self.distribution_door(shard, distribution);
                (front.by, front.gates) = (door.services, door.gates);
                door.unread.iter().for_each(|unread| self.unknown(&front, &distribution.id, unread, found));
                continue;
            };
            if config.web_acl_id.as_deref().is_some_and(|acl| !acl.is_empty()) {
                front.notes.push("a web ACL looks at requests first; what it lets pass is not modelled".to_owned());
            }
            for origin in origins(config) {
                let Some(by) = asked_by(config, &origin.id) else { continue };
                front.headers = sent(origin);
                if let Some(vpc_origin) = &origin.vpc_origin_config {
                    let id = vpc_origin.vpc_origin_id.as_deref().unwrap_or_default();
                    self.behind_vpc_origin(&front, (shard, id, &by), &edge, found);
                } else {
                    self.behind_custom(&front, (origin, &by), &edge, found);
                }
            }
        }
        self.behind_any_distribution(&edge, found);
    }

    /// An origin that is neither a bucket nor in a VPC.
    fn behind_custom(
        &self,
        front: &Front<'e>,
        (origin, by): (&'e Origin, &[Service]),
        edge: &Edge,
        found: &mut Found<'e>,
    ) {
        let (Some(custom), Some(name)) = (&origin.custom_origin_config, origin.domain_name.as_deref()) else { return };
        let (policy, ports) = (custom.origin_protocol_policy.as_deref(), (custom.http_port, custom.https_port));
        for (by, to) in fetched(policy, ports, by) {
            let front = Front { by, ..front.clone() };
            if let Leads::Unread(what) = self.leads(Some(name)) {
                self.unknown(&front, name, &what, found);
            }
            self.behind_origin(&front, (Some(name), to), edge, found);
        }
    }

    /// An origin by its public name.
    pub(super) fn behind_origin(
        &self,
        front: &Front<'e>,
        (name, to): (Option<&str>, Service),
        edge: &Edge,
        found: &mut Found<'e>,
    ) {
        let Leads::To(places) = self.leads(name) else { return };
        for (interface, private) in places {
            let coming = self.edge_reaches((interface, private), &Services::range(to.number(), to.number()), edge);
            match self.balancer_of(interface) {
                Some(balancer) => self.behind_balancer(front, (balancer, interface), &coming, found),
                None => self.host(front, (interface, to), &coming, found),
            }
        }
    }

    /// What CloudFront's packets to a public address come to.
    fn edge_reaches(&self, (interface, private): (Id, u128), services: &Services, edge: &Edge) -> Coming<'e> {
        let reach = self.reach_of(&Boxes::product(services, &edge.addresses), |walk| {
            (walk.edge, walk.short) = (edge.cloudfront, true);
            walk.enter(interface, private, Seen::Original);
        });
        let stretch = Stretch::Enter { interface, private, edge: edge.cloudfront };
        edge.coming(Coming { by: Some(stretch), ..Coming::of(&reach) })
    }

    /// A host that a door opens connections to itself.
    fn host(&self, front: &Front<'e>, (interface, to): (Id, Service), coming: &Coming<'e>, found: &mut Found<'e>) {
        let Some(node) = at(&self.interfaces, interface) else { return };
        let of = |boxes: &Boxes| boxes.at(to.number()).cloned().unwrap_or_default();
        let result = Outcome {
            certain: of(&coming.certain),
            maybe: of(&coming.maybe),
            delivered: Addresses::default(),
            unread: coming.unread.clone(),
        };
        let (_, id, name) = self.owner(node);
        let target = Component { id: id.to_owned(), name: name.map(str::to_owned) };
        let (interface, service) = (Some(interface), Some(to));
        let mut front = front.clone();
        front.pass(to, coming.by.clone());
        self.tell(&front, Reached { target, interface, service, result, name: node.id }, found);
    }

    /// Where a public name leads.
    pub(super) fn leads(&self, name: Option<&str>) -> Leads {
        let name = name.unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        let plain = name.strip_prefix("dualstack.").unwrap_or(&name);
        let outside = |interface: Id| {
            let node = at(&self.interfaces, interface)?;
            let own =
                node.addresses.iter().find(|(private, public)| is_v4(*private) && (node.public || public.is_some()));
            own.map(|(private, _)| (interface, *private))
        };
        for (balancer, names) in self.balancer_names() {
            if names.iter().any(|own| own.trim_end_matches('.').eq_ignore_ascii_case(plain)) {
                let interfaces = at(&self.balancers, balancer).map(|b| b.interfaces.as_slice()).unwrap_or_default();
                return Leads::To(interfaces.iter().filter_map(|interface| outside(*interface)).collect());
            }
        }
        if let Some(public) = public_address(&name) {
            // A public address that no interface has is another's.
            return Leads::To(self.public_at(public).into_iter().collect());
        }
        let host = name.strip_suffix(".amazonaws.com").or_else(|| name.strip_suffix(".amazonaws.com.cn"));
        if name.ends_with(".on.aws") || host.is_some_and(|host| host.split('.').all(|part| part != "elb")) {
            return Leads::Outside;
        }
        let what = format!("where {name} leads");
        Leads::Unread(if host.is_some() {
            Unread::never(what, "no load balancer of this estate has that name")
        } else {
            Unread::never(what, "DNS records are not read")
        })
    }

    /// The DNS names of the load balancers.
    fn balancer_names(&self) -> Vec<(Id, Vec<&'e str>)> {
        let resources = || self.estate.shards.iter().map(|shard| &shard.resources);
        let new = resources().flat_map(|r| &r.load_balancers).map(|one| (one.id(), one.dns_names()));
        let classic = resources().flat_map(|r| &r.classic_load_balancers).map(|one| (one.id(), one.dns_names()));
        new.chain(classic).filter_map(|(id, names)| Some((self.by_id.balancer.get(id)?, names))).collect()
    }

    /// What any distribution of anybody's reaches: whatever names CloudFront's prefix list, and is not open anyway.
    fn behind_any_distribution(&self, edge: &Edge, found: &mut Found<'e>) {
        if !self.lists.iter().any(|list| list.origin_facing) {
            return;
        }
        let all = Addresses::internet().and(&Addresses::family(true));
        for (interface, private) in self.faces() {
            let Some(node) = at(&self.interfaces, interface) else { continue };
            let named = self.services_for_edge(node);
            if named.is_empty() {
                continue;
            }
            let open = self.reach_from_internet(interface, private).connects;
            let public = |service: u32| open.at(service).is_some_and(|set| set.covers(&all));
            let mut coming = self.edge_reaches((interface, private), &named, edge);
            let closed =
                |boxes: &Boxes| Boxes::union(boxes.cells().iter().filter(|(range, _)| !public(range.0)).cloned());
            (coming.certain, coming.maybe) = (closed(&coming.certain), closed(&coming.maybe));
            let name = "any distribution of CloudFront, of any account";
            let mut front = Front::new(DoorKind::AnyDistribution, "cloudfront", Some(name));
            (front.by, front.sources) = (vec![HTTP, HTTPS], Some(Addresses::internet().clone()));
            front.path.push(PathComponent::new(Component { id: "cloudfront".to_owned(), name: Some(name.to_owned()) }));
            if let Some(balancer) = self.balancer_of(interface) {
                self.behind_balancer(&front, (balancer, interface), &coming, found);
                continue;
            }
            for (range, _) in coming.maybe.cells() {
                for port in ports(*range) {
                    self.host(&front, (interface, port), &coming, found);
                }
            }
        }
    }

    /// The interfaces with a public IPv4 address, known or not, and the private address behind it.
    fn faces(&self) -> impl Iterator<Item = (Id, u128)> {
        let all = self.interfaces.iter().enumerate();
        let one = |(index, node): (usize, &Interface<'e>)| {
            let own = node.addresses.iter().filter(|(private, _)| is_v4(*private));
            let own = own.filter(|(_, public)| node.public || public.is_some());
            own.map(|(private, _)| (crate::reach::network::id(index), *private)).collect::<Vec<_>>()
        };
        all.flat_map(one)
    }

    /// The services for which an interface's groups name CloudFront's prefix list.
    fn services_for_edge(&self, node: &Interface<'e>) -> Services {
        let groups = self.groups_of(node).iter().filter_map(|group| at(&self.groups, *group));
        let openings = groups.filter_map(|group| group.group.openings.first()).flatten();
        let named = openings.filter(|opening| match opening.peer {
            Peer::PrefixList(list) => at(&self.lists, list).is_some_and(|list| list.origin_facing),
            _ => false,
        });
        let tcp = service::whole(Some(service::TCP));
        Services::of(named.map(|opening| opening.services)).and(&Services::of([tcp]))
    }

    /// The addresses that CloudFront fetches from.
    fn edge(&self) -> Edge {
        let known = self.lists.iter().filter(|list| list.origin_facing).filter_map(|list| list.entries.as_ref());
        let known = known.fold(Addresses::default(), |all, these| all.or(these)).and(&Addresses::family(true));
        let standing = known.is_empty();
        let all = Addresses::internet().and(&Addresses::family(true));
        Edge { addresses: if standing { all } else { known }, cloudfront: true, standing }
    }

    /// A VPC origin: interfaces that AWS keeps in the subnets of a load balancer or instance.
    fn behind_vpc_origin(
        &self,
        front: &Front<'e>,
        (shard, id, by): (&'e Shard, &'e str, &[Service]),
        edge: &Edge,
        found: &mut Found<'e>,
    ) {
        let origin = self.estate.shards.iter().flat_map(|s| &s.resources.vpc_origins).find(|origin| origin.id == id);
        let config = origin.and_then(|origin| origin.vpc_origin_endpoint_config.as_ref());
        let mut front = front.clone();
        front.path.push(PathComponent::new(Component {
            id: id.to_owned(),
            name: origin.and_then(VpcOrigin::name).map(str::to_owned),
        }));
        let everybody = Addresses::internet().clone();
        let unknown = |unread: Unread| Outcome { maybe: everybody.clone(), unread: vec![unread], ..Outcome::default() };
        let Some(config) = config else {
            let what = format!("what is behind the VPC origin {id}");
            let gap =
                shard.missing("cloudfront:GetVpcOrigin", Some(id)).or_else(|| shard.missing_kind(Kind::VpcOrigin));
            let unread = gap.map_or_else(
                || Unread::never(what.clone(), "it is in no listing"),
                |gap| Unread::of(what.clone(), &gap),
            );
            let result = unknown(unread);
            front.by = by.to_vec();
            self.tell(
                &front,
                Reached { target: Component::new(id), interface: None, service: None, result, name: id },
                found,
            );
            return;
        };
        let arn = config.arn.as_ref().map_or("", crate::model::Arn::as_str);
        let name = arn.rsplit_once(":instance/").map_or(arn, |(_, instance)| instance);
        let balancer = self.by_id.balancer.get(name).and_then(|balancer| at(&self.balancers, balancer));
        let interfaces = match balancer {
            Some(balancer) => balancer.interfaces.clone(),
            None => self.instance_named(name).into_iter().collect(),
        };
        for (by, to) in fetched(config.origin_protocol_policy.as_deref(), (config.http_port, config.https_port), by) {
            front.by = by;
            if interfaces.is_empty() {
                let result = unknown(Unread::never(format!("what {name} is"), "it is not in this estate"));
                let target = Component::new(name);
                self.tell(&front, Reached { target, interface: None, service: Some(to), result, name }, found);
            }
            for &interface in &interfaces {
                let coming = self.managed_reaches(interface, to, edge);
                match balancer {
                    // One without groups is not taken as an origin.
                    Some(one) if one.kind == BalancerKind::Network && one.open => {}
                    Some(balancer) => self.behind_balancer(&front, (balancer, interface), &coming, found),
                    None => self.host(&front, (interface, to), &coming, found),
                }
            }
        }
    }

    /// What comes to an interface from those that AWS keeps beside it for a VPC origin: by its groups, which name the
    /// managed group, CloudFront's prefix list or addresses. Their own addresses are not told by AWS.
    fn managed_reaches(&self, interface: Id, to: Service, edge: &Edge) -> Coming<'e> {
        let Some(node) = at(&self.interfaces, interface) else { return Coming::default() };
        let near = at(&self.vpcs, node.vpc).map(|vpc| vpc.cidrs.and(&Addresses::family(true))).unwrap_or_default();
        let sources = edge.addresses.or(&near);
        let all = Boxes::product(&Services::range(to.number(), to.number()), &sources);
        let mut walk = Walk::new(self, all.clone(), false);
        walk.edge = true;
        let managed = self.managed_groups(node.vpc);
        let (passed, maybe, mut unread) = walk.admitted(interface, Direction::Ingress, Seen::Original, &managed);
        // The prefix list lets CloudFront in, whichever address of its own the packet shows.
        let whole = passed.addresses().covers(&edge.addresses) || passed == all;
        let mut coming = Coming {
            certain: if whole { all.clone() } else { Boxes::default() },
            maybe: if passed.or(&maybe).is_empty() { Boxes::default() } else { all },
            unread: Vec::new(),
            edge: true,
            whole: Some(sources),
            relayed: false,
            by: Some(Stretch::Managed { interface, groups: managed }),
        };
        if !whole && !coming.maybe.is_empty() {
            unread.push(Unread::never("which addresses the interfaces of the VPC origin have", "AWS does not tell"));
        }
        match self.permit((node.vpc, Some(node.subnet)), Crossing::In, false) {
            Permit::Yes | Permit::Assumed => {}
            Permit::No(_) => (coming.certain, coming.maybe) = (Boxes::default(), Boxes::default()),
            Permit::Unread(what) => {
                coming.certain = Boxes::default();
                unread.push(*what);
            }
        }
        coming.unread = unread;
        coming
    }

    /// The groups that AWS keeps in a VPC for its VPC origins.
    fn managed_groups(&self, vpc: Id) -> Vec<Id> {
        let vpc = at(&self.vpcs, vpc).map(|vpc| vpc.id);
        let managed = |id: &Id| {
            let group = at(&self.groups, *id).and_then(|group| group.resource);
            group.is_some_and(|group| {
                group.group_name.as_deref() == Some(MANAGED_GROUP)
                    && group.vpc_id.as_ref().map(crate::model::VpcId::as_str) == vpc
            })
        };
        (0..self.groups.len()).map(crate::reach::network::id).filter(managed).collect()
    }
}

/// The addresses that CloudFront fetches from.
pub(super) struct Edge {
    addresses: Addresses,
    /// Whether it is CloudFront, whose prefix list then admits it.
    cloudfront: bool,
    /// Whether they are not known, and every address stands for them.
    standing: bool,
}

impl Edge {
    /// A service of AWS's that sends from addresses of the internet that are not known.
    pub(super) fn unknown() -> Self {
        Self { addresses: Addresses::internet().and(&Addresses::family(true)), cloudfront: false, standing: true }
    }

    /// Where the addresses are not known, only what lets all of them in surely lets CloudFront in.
    fn coming<'e>(&self, mut coming: Coming<'e>) -> Coming<'e> {
        coming.edge = self.cloudfront;
        if !self.standing {
            return coming;
        }
        let certain = coming.certain.cells().iter().filter(|(_, set)| *set == self.addresses).cloned();
        coming.certain = Boxes::union(certain);
        coming.whole = Some(self.addresses.clone());
        if coming.certain != coming.maybe {
            coming.unread.push(if self.cloudfront {
                let action = Some("ec2:GetManagedPrefixListEntries".to_owned());
                let (what, why) =
                    ("which addresses CloudFront fetches from".to_owned(), "they were not read".to_owned());
                Unread { what, action, why }
            } else {
                Unread::never("which addresses API Gateway sends from", "AWS does not tell")
            });
        }
        coming
    }
}

/// What an owner calls a distribution: one of its own names, else CloudFront's.
fn called(distribution: &Distribution) -> Option<&str> {
    distribution.dns_names().first().copied()
}

fn origins(config: &DistributionConfig) -> impl Iterator<Item = &Origin> {
    config.origins.iter().flat_map(|origins| &origins.items)
}

fn behaviours(config: &DistributionConfig) -> impl Iterator<Item = &CacheBehavior> {
    config.cache_behaviors.iter().flat_map(|list| &list.items).chain(&config.default_cache_behavior)
}

/// The headers that a distribution sends to an origin.
fn sent(origin: &Origin) -> Vec<&str> {
    let headers = origin.custom_headers.iter().flat_map(|headers| &headers.items);
    headers.filter_map(|header| header.header_name.as_deref()).collect()
}

/// The services by which viewers get something from an origin; `None` when no behaviour names it. A behaviour whose
/// target is no origin names a group of them, which may hold this one.
fn asked_by(config: &DistributionConfig, origin: &str) -> Option<Vec<Service>> {
    let known = |id: &str| origins(config).any(|origin| origin.id == id);
    let mut mine = behaviours(config)
        .filter(|one| one.target_origin_id.as_deref().is_none_or(|id| id == origin || !known(id)))
        .peekable();
    mine.peek()?;
    let clear =
        mine.any(|one| !matches!(one.viewer_protocol_policy.as_deref(), Some("redirect-to-https" | "https-only")));
    Some(if clear { vec![HTTP, HTTPS] } else { vec![HTTPS] })
}

/// The services that are asked of an origin, each with those of the viewers for which it is.
fn fetched(
    policy: Option<&str>,
    (http, https): (Option<i32>, Option<i32>),
    by: &[Service],
) -> Vec<(Vec<Service>, Service)> {
    let port = |port: Option<i32>, or: u16| Service::tcp(port.and_then(|port| u16::try_from(port).ok()).unwrap_or(or));
    let (http, https) = (port(http, 80), port(https, 443));
    match policy {
        Some("http-only") => vec![(by.to_vec(), http)],
        Some("https-only") => vec![(by.to_vec(), https)],
        _ => by.iter().map(|one| (vec![*one], if *one == HTTP { http } else { https })).collect(),
    }
}

/// The ports of a range that an origin may have: all of a few, else those of HTTP.
fn ports((first, last): (u32, u32)) -> Vec<Service> {
    const FEW: u32 = 16;
    let possible = |one: &Service| matches!(one.port, 80 | 443) || one.port >= ORIGIN_PORTS.0;
    if last - first < FEW {
        return (first..=last).map(Service::of).filter(possible).collect();
    }
    [HTTP, HTTPS].into_iter().filter(|one| (first..=last).contains(&one.number())).collect()
}

/// The address of which a name of EC2's tells: `ec2-203-0-113-10.eu-west-1.compute.amazonaws.com`; or the address
/// itself.
fn public_address(name: &str) -> Option<u128> {
    if let Ok(address) = name.parse() {
        return Some(number(address));
    }
    let (host, domain) = name.strip_prefix("ec2-")?.split_once('.')?;
    let ec2 = domain.contains("compute") && domain.contains(".amazonaws.com");
    ec2.then(|| host.replace('-', ".").parse().ok().map(number)).flatten()
}
