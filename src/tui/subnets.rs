//! Every VPC with its subnets, the class of each, and what is in it as far as the estate tells.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ipnet::IpNet;

use super::verdict::short_id;
use super::widget::text::clean;
use super::world::Part;
use crate::audit::fact::{self, Class, FactContext, SubnetClass};
use crate::model::resource::{CacheCluster, DbCluster, DbInstance, Instance, NatGateway, Subnet, Vpc, VpcEndpoint};
use crate::model::{Attribution, Describe, Environment, Estate, Gap, Kind, Resource, ResourceKey, Shard};

/// Every VPC with its subnets.
#[derive(Debug, Default)]
pub(crate) struct Subnets {
    /// The VPCs, those with something in them first.
    pub(crate) vpcs: Vec<VpcRow>,
    /// The subnets, VPC by VPC, the most exposed class first.
    pub(crate) rows: Vec<SubnetRow>,
}

/// A VPC, or what of an account and Region is in none.
#[derive(Debug)]
pub(crate) struct VpcRow {
    /// Its name, id and ranges.
    pub(crate) title: String,
    /// Its account and Region.
    pub(crate) place: String,
    /// The environment it belongs to.
    pub(crate) environment: Option<usize>,
    /// Which of the subnets are its own.
    pub(crate) subnets: Range<usize>,
    /// Listings that are missing, so that there may be more than is shown.
    pub(crate) unread: Vec<Gap>,
    /// What should be in a subnet and is not known to be in any.
    pub(crate) homeless: Vec<Resident>,
}

/// A subnet.
#[derive(Debug)]
pub(crate) struct SubnetRow {
    /// Which.
    pub(crate) key: ResourceKey,
    /// What its owner calls it.
    pub(crate) name: Option<String>,
    /// Its ranges, IPv4 first.
    pub(crate) ranges: Vec<String>,
    /// Its Availability Zone.
    pub(crate) zone: String,
    /// Its class, or what is missing to know it.
    pub(crate) class: Result<SubnetClass, Vec<Gap>>,
    /// The environment it belongs to.
    pub(crate) environment: Option<usize>,
    /// What is in it, in the order of [`HOLDS`].
    pub(crate) residents: Vec<Resident>,
    /// Its network interfaces, by their index in the shard.
    pub(crate) interfaces: Vec<usize>,
    /// Everything a filter may look for, in lower case.
    pub(crate) haystack: String,
}

/// Something in a subnet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resident {
    /// What it is, by its index in [`HOLDS`].
    pub(crate) what: usize,
    /// What its owner calls it, or its id.
    pub(crate) name: String,
    /// Which it is.
    pub(crate) key: ResourceKey,
    /// The environment it belongs to.
    pub(crate) environment: Option<usize>,
    /// Whether it is certain to be in this subnet rather than in a sibling of the same zone.
    pub(crate) certain: bool,
}

/// What subnets hold: the resource types, and the words for one, for several, and for little room.
pub(crate) const HOLDS: [(&[Kind], [&str; 3]); 8] = [
    (&[Kind::LoadBalancer, Kind::ClassicLoadBalancer], ["load balancer", "load balancers", "lb"]),
    (&[Kind::NatGateway], ["NAT gateway", "NAT gateways", "nat"]),
    (&[Kind::Instance], ["instance", "instances", "ec2"]),
    (&[Kind::EcsService], ["service", "services", "ecs"]),
    (&[Kind::DbInstance, Kind::DbCluster], ["database", "databases", "db"]),
    (&[Kind::CacheCluster], ["cache", "caches", "cache"]),
    (&[Kind::Domain], ["search domain", "search domains", "search"]),
    (&[Kind::VpcEndpoint], ["endpoint", "endpoints", "vpce"]),
];

/// The listings besides those of [`HOLDS`] without which something is not shown.
const LISTINGS: [Kind; 3] = [Kind::Vpc, Kind::Subnet, Kind::NetworkInterface];

/// What stands for a zone that is not known.
const NO_ZONE: &str = "zone unknown";

impl SubnetRow {
    /// Its class, when that is known.
    pub(crate) fn known_class(&self) -> Option<Class> {
        self.class.as_ref().ok().map(|class| class.class)
    }

    /// What it is called: its name, or its id.
    pub(crate) fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| clean(&self.key.id))
    }

    fn take(&mut self, resident: Resident) {
        for text in [&resident.name, &resident.key.id] {
            self.haystack.push(' ');
            self.haystack.push_str(&text.to_lowercase());
        }
        self.residents.push(resident);
    }

    /// Whether it, or something in it, belongs to a part of the estate.
    pub(crate) fn is_in(&self, part: Part) -> bool {
        part.holds(self.environment) || self.residents.iter().any(|resident| part.holds(resident.environment))
    }
}

/// How exposed a class is, the most exposed first; what is not known may be exposed.
pub(crate) fn rank(class: Option<Class>) -> u8 {
    match class {
        Some(Class::Public) => 0,
        Some(Class::PartlyPublic) => 1,
        None => 2,
        Some(Class::Egress) => 3,
        Some(Class::Other) => 4,
        Some(Class::Isolated) => 5,
    }
}

impl Subnets {
    /// Every VPC of an estate with its subnets.
    pub(crate) fn new(estate: &Estate, environments: &[Environment], attribution: &Attribution) -> Self {
        let facts = FactContext::new(estate, attribution);
        let mut found = Vec::new();
        for shard in estate.shards.iter().filter(|shard| shard.holds(Kind::Subnet)) {
            let survey = Survey { shard, facts: &facts, environments, attribution };
            found.extend(survey.vpcs());
        }
        found.sort_by_key(|(vpc, rows)| {
            let used = !vpc.homeless.is_empty() || rows.iter().any(|row| !row.residents.is_empty());
            Reverse(used)
        });
        let mut subnets = Self::default();
        for (mut vpc, rows) in found {
            let start = subnets.rows.len();
            vpc.subnets = start..start + rows.len();
            subnets.rows.extend(rows);
            subnets.vpcs.push(vpc);
        }
        subnets
    }

    /// The VPC of a subnet.
    pub(crate) fn vpc_of(&self, subnet: usize) -> Option<&VpcRow> {
        self.vpcs.iter().find(|vpc| vpc.subnets.contains(&subnet))
    }
}

/// One account and Region being looked through.
struct Survey<'e> {
    shard: &'e Shard,
    facts: &'e FactContext<'e>,
    environments: &'e [Environment],
    attribution: &'e Attribution,
}

impl Survey<'_> {
    fn vpcs(&self) -> Vec<(VpcRow, Vec<SubnetRow>)> {
        let resources = &self.shard.resources;
        let mut rows: BTreeMap<&str, SubnetRow> =
            resources.subnets.iter().map(|subnet| (subnet.id(), self.row(subnet))).collect();
        for (index, interface) in resources.network_interfaces.iter().enumerate() {
            let row = interface.subnet_id.as_ref().and_then(|id| rows.get_mut(id.as_str()));
            if let Some(row) = row {
                row.interfaces.push(index);
            }
        }
        let homeless = self.settle(&mut rows);
        let mut by_vpc: BTreeMap<&str, Vec<SubnetRow>> =
            resources.vpcs.iter().map(|vpc| (vpc.id(), Vec::new())).collect();
        for subnet in &resources.subnets {
            let row = rows.remove(subnet.id());
            by_vpc.entry(subnet.vpc_id.as_str()).or_default().extend(row);
        }
        let empty = by_vpc.is_empty();
        let mut found: Vec<_> = by_vpc.into_iter().map(|(id, rows)| self.vpc(id, rows)).collect();
        let unread = self.unread();
        if !homeless.is_empty() || empty && !unread.is_empty() {
            let title = "in no subnet that is known".to_owned();
            found.push((VpcRow { title, homeless, ..self.nowhere() }, Vec::new()));
        }
        found
    }

    fn nowhere(&self) -> VpcRow {
        let place = &self.shard.provenance;
        VpcRow {
            title: String::new(),
            place: clean(&format!("{} {}", place.account, place.region)),
            environment: None,
            subnets: 0..0,
            unread: self.unread(),
            homeless: Vec::new(),
        }
    }

    fn unread(&self) -> Vec<Gap> {
        let listed = LISTINGS.iter().chain(HOLDS.iter().flat_map(|(kinds, _)| kinds.iter()));
        let gaps: BTreeSet<Gap> = listed.filter_map(|kind| self.shard.missing_kind(*kind)).collect();
        gaps.into_iter().collect()
    }

    fn environment(&self, resource: &dyn Resource) -> Option<usize> {
        let name = self.attribution.get(&self.shard.key(resource))?;
        self.environments.iter().position(|environment| environment.name == name)
    }

    fn vpc(&self, id: &str, mut rows: Vec<SubnetRow>) -> (VpcRow, Vec<SubnetRow>) {
        let vpc = self.shard.resources.vpcs.iter().find(|vpc| vpc.id() == id);
        let name = vpc.and_then(Describe::name).filter(|name| *name != id).map(|name| format!("{name} "));
        let ranges = vpc.map(ranges_of).unwrap_or_default().join(" ");
        let environment = vpc.and_then(|vpc| self.environment(vpc));
        let title = clean(format!("{}{id}  {ranges}", name.unwrap_or_default()).trim_end());
        for row in &mut rows {
            row.haystack = format!("{} {}", row.haystack, title.to_lowercase());
            row.residents.sort();
        }
        rows.sort_by_key(|row| (rank(row.known_class()), order_of(&row.ranges), row.key.id.clone()));
        (VpcRow { title, environment, ..self.nowhere() }, rows)
    }

    fn row(&self, subnet: &Subnet) -> SubnetRow {
        let ipv6 = subnet.ipv6_cidr_block_association_set.iter().filter_map(|a| a.ipv6_cidr_block.as_deref());
        let ranges: Vec<_> = subnet.cidr_block.as_deref().into_iter().chain(ipv6).map(clean).collect();
        let class = fact::class_of(self.facts, self.shard, subnet.id());
        let zone = subnet.availability_zone.as_deref().map_or_else(|| NO_ZONE.to_owned(), clean);
        let name = subnet.name().map(clean).filter(|name| *name != subnet.id());
        let word = class_word(class.as_ref().ok().map(|class| class.class));
        let haystack = [subnet.id(), name.as_deref().unwrap_or_default(), &ranges.join(" "), &zone, word].join(" ");
        SubnetRow {
            key: self.shard.key(subnet),
            environment: self.environment(subnet),
            residents: Vec::new(),
            interfaces: Vec::new(),
            haystack: haystack.to_lowercase(),
            name,
            ranges,
            zone,
            class,
        }
    }

    /// Puts everything into its subnets; what has none is given back.
    fn settle(&self, rows: &mut BTreeMap<&str, SubnetRow>) -> Vec<Resident> {
        let mut homeless = Vec::new();
        let of_kind = |kind: Kind| self.shard.resources.of_kind(kind);
        let held = HOLDS.iter().enumerate().flat_map(|(what, (kinds, _))| kinds.iter().map(move |kind| (what, *kind)));
        for (what, resource) in held.flat_map(|(what, kind)| of_kind(kind).into_iter().map(move |r| (what, r))) {
            if !belongs_somewhere(resource) {
                continue;
            }
            let resident = Resident {
                what,
                name: clean(resource.name().unwrap_or_else(|| short_id(resource.id()))),
                key: self.shard.key(resource),
                environment: self.environment(resource),
                certain: true,
            };
            let named = fact::subnets_of(self.facts, self.shard, resource).unwrap_or_default();
            let known = narrow(resource, named, rows);
            if known.is_empty() {
                homeless.push(resident.clone());
            }
            for (id, certain) in known {
                if let Some(row) = rows.get_mut(id.as_str()) {
                    row.take(Resident { certain, ..resident.clone() });
                }
            }
        }
        homeless
    }
}

/// Of the subnets a resource names those it may be in, each with whether that is certain: a database names a whole
/// group, and its zones tell in which of them it is.
fn narrow(resource: &dyn Resource, named: Vec<String>, rows: &BTreeMap<&str, SubnetRow>) -> Vec<(String, bool)> {
    let zone_of = |id: &String| rows.get(id.as_str()).map(|row| row.zone.as_str());
    let mut known: Vec<String> = named.into_iter().filter(|id| rows.contains_key(id.as_str())).collect();
    if !matches!(resource.kind(), Kind::DbInstance | Kind::DbCluster | Kind::CacheCluster) {
        return known.into_iter().map(|id| (id, true)).collect();
    }
    let zones = zones_of(resource);
    let in_zones = |id: &String| zone_of(id).is_some_and(|zone| zones.contains(zone));
    let told = known.iter().any(in_zones);
    if told {
        known.retain(in_zones);
    }
    let siblings = |id: &String| known.iter().filter(|other| !told || zone_of(other) == zone_of(id)).count();
    let certain: Vec<bool> = known.iter().map(|id| siblings(id) == 1).collect();
    known.into_iter().zip(certain).collect()
}

/// The zones a database or a cache says it is in.
fn zones_of(resource: &dyn Resource) -> BTreeSet<&str> {
    let any = resource.as_any();
    if let Some(database) = any.downcast_ref::<DbInstance>() {
        let zones = database.availability_zone.iter().chain(&database.secondary_availability_zone);
        zones.map(String::as_str).collect()
    } else if let Some(cache) = any.downcast_ref::<CacheCluster>() {
        let nodes = cache.cache_nodes.iter().filter_map(|node| node.customer_availability_zone.as_deref());
        let own = cache.preferred_availability_zone.as_deref().filter(|zone| *zone != "Multiple");
        nodes.chain(own).collect()
    } else {
        BTreeSet::new()
    }
}

/// Whether a resource should be in a subnet: not what is gone, what AWS keeps beside the subnets, and what stands
/// there with its members.
fn belongs_somewhere(resource: &dyn Resource) -> bool {
    let any = resource.as_any();
    if let Some(instance) = any.downcast_ref::<Instance>() {
        let state = instance.state.as_ref().and_then(|state| state.name.as_deref());
        return !matches!(state, Some("terminated" | "shutting-down"));
    }
    if let Some(gateway) = any.downcast_ref::<NatGateway>() {
        return !matches!(gateway.state.as_deref(), Some("deleted" | "failed"));
    }
    if let Some(endpoint) = any.downcast_ref::<VpcEndpoint>() {
        return !endpoint.subnet_ids.is_empty();
    }
    any.downcast_ref::<DbCluster>().is_none_or(|cluster| cluster.db_cluster_members.is_empty())
}

/// The word for a class.
pub(crate) const fn class_word(class: Option<Class>) -> &'static str {
    match class {
        Some(Class::PartlyPublic) => "PARTLY PUBLIC",
        other => {
            let [word, _] = class_words(other);
            word
        }
    }
}

/// A class in two short lines: its word, and what it means.
pub(crate) const fn class_words(class: Option<Class>) -> [&'static str; 2] {
    match class {
        Some(Class::Public) => ["PUBLIC", "in and out"],
        Some(Class::PartlyPublic) => ["PARTLY", "PUBLIC"],
        None => ["UNKNOWN", "undecided"],
        Some(Class::Egress) => ["EGRESS", "out only"],
        Some(Class::Other) => ["OTHER", "networks"],
        Some(Class::Isolated) => ["ISOLATED", "stays in"],
    }
}

fn ranges_of(vpc: &Vpc) -> Vec<&str> {
    let own = vpc.cidr_block.as_deref();
    let more = vpc.cidr_block_association_set.iter().filter_map(|a| a.cidr_block.as_deref());
    let ipv6 = vpc.ipv6_cidr_block_association_set.iter().filter_map(|a| a.ipv6_cidr_block.as_deref());
    let mut ranges = Vec::new();
    for range in own.into_iter().chain(more).chain(ipv6) {
        if !ranges.contains(&range) {
            ranges.push(range);
        }
    }
    ranges
}

/// Where a range stands among others: by its address, what is none last.
fn order_of(ranges: &[String]) -> (bool, Option<IpNet>) {
    let net = ranges.first().and_then(|range| range.parse().ok());
    (net.is_none(), net)
}
