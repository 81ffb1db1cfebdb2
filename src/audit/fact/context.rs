//! What facts look things up in: an estate, indexed once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::alarms::{self, ByDimension};
use super::family::Family;
use super::internet::Internet;
use super::let_in::Sources;
use super::user::{self, Users};
use crate::model::resource::{
    CacheCluster, CacheSubnetGroup, CidrBlockState, DbInstance, DbSubnetGroup, Instance, ListenerRule, LoadBalancer,
    MetricAlarm, NatGateway, PrefixList, RouteTable, RouteTableAssociation, SecurityGroup, Subnet, TargetGroup, Vpc,
    VpcEndpoint, VpcPeeringConnection,
};
use crate::model::{Attribution, Describe, Estate, Gap, GapReason, Kind, Resource, Shard, VpcId};
use crate::reach::Addresses;
use crate::reach::set::parse_net;

/// An estate, indexed for facts. Building it is one pass over the estate.
#[derive(Debug)]
pub struct FactContext<'e> {
    /// By account, then Region.
    places: BTreeMap<&'e str, BTreeMap<&'e str, Place<'e>>>,
    estate: &'e Estate,
    internet: OnceLock<Internet<'e>>,
}

/// One account and Region, indexed.
#[derive(Debug)]
pub(super) struct Place<'e> {
    pub(super) shard: &'e Shard,
    pub(super) vpcs: Index<'e, Vpc>,
    pub(super) subnets: Index<'e, Subnet>,
    pub(super) groups: Index<'e, SecurityGroup>,
    pub(super) nat_gateways: Index<'e, NatGateway>,
    pub(super) vpc_endpoints: Index<'e, VpcEndpoint>,
    pub(super) load_balancers: Index<'e, LoadBalancer>,
    pub(super) target_groups: Index<'e, TargetGroup>,
    pub(super) instances: Index<'e, Instance>,
    pub(super) db_instances: Index<'e, DbInstance>,
    pub(super) db_subnet_groups: Index<'e, DbSubnetGroup>,
    pub(super) cache_clusters: Index<'e, CacheCluster>,
    pub(super) cache_subnet_groups: Index<'e, CacheSubnetGroup>,
    pub(super) rules_of_listener: BTreeMap<String, Vec<&'e ListenerRule>>,
    pub(super) alarms: ByDimension<'e>,
    pub(super) query_alarms: Vec<&'e MetricAlarm>,
    pub(super) sources: Sources<'e>,
    pub(super) users: Users<'e>,
    prefix_lists: Index<'e, PrefixList>,
    tables: Tables<'e>,
}

/// Resources of one type by id.
pub(super) type Index<'e, T> = BTreeMap<&'e str, &'e T>;

/// Which route table a subnet, a VPC or a gateway uses.
#[derive(Debug, Default)]
struct Tables<'e> {
    of_subnet: Index<'e, RouteTable>,
    main_of_vpc: Index<'e, RouteTable>,
    of_gateways: BTreeMap<&'e str, Vec<&'e RouteTable>>,
}

impl<'e> FactContext<'e> {
    /// Indexes an estate.
    #[must_use]
    pub fn new(estate: &'e Estate, attribution: &'e Attribution) -> Self {
        let mut places: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for shard in &estate.shards {
            let place = &shard.provenance;
            places
                .entry(place.account.as_str())
                .or_default()
                .insert(place.region.as_str(), Place::new(shard, attribution));
        }
        Self { places, estate, internet: OnceLock::new() }
    }

    /// What the internet reaches: worked out when the first fact asks for it, and then once.
    pub(super) fn internet(&self) -> &Internet<'e> {
        self.internet.get_or_init(|| Internet::new(self.estate))
    }

    /// The parts of the estate that hosts of a VPC may get to inside AWS: its own, and all of them where it is joined
    /// to other VPCs.
    pub(super) fn shards_joined(&self, at: &Place<'_>, vpc: Option<&VpcId>) -> Vec<&'e Shard> {
        let resources = &at.shard.resources;
        let sides = |one: &VpcPeeringConnection| [one.requester_vpc_info.clone(), one.accepter_vpc_info.clone()];
        let peered = resources.vpc_peering_connections.iter().flat_map(sides).flatten();
        let peered = peered.into_iter().any(|side| side.vpc_id.as_ref() == vpc);
        let attached = resources.transit_gateway_vpc_attachments.iter().any(|one| Some(&one.vpc_id) == vpc);
        let joined = peered || attached;
        let regional = self.estate.shards.iter().filter(|shard| !shard.provenance.region.is_global());
        regional.filter(|shard| joined || shard.provenance == at.shard.provenance).collect()
    }

    /// The index of a shard.
    pub(super) fn place(&self, shard: &Shard) -> Result<&Place<'e>, Vec<Gap>> {
        self.place_of(shard.provenance.account.as_str(), shard.provenance.region.as_str())
    }

    /// The index of an account and Region.
    pub(super) fn place_of(&self, account: &str, region: &str) -> Result<&Place<'e>, Vec<Gap>> {
        self.places.get(account).and_then(|regions| regions.get(region)).ok_or_else(|| {
            let detail = format!("account {account} was not read in {region}");
            vec![Gap::new("sts:AssumeRole", GapReason::NotInSource, detail)]
        })
    }
}

/// A resource as its own type.
pub(super) fn own<T: 'static>(resource: &dyn Resource) -> Result<&T, Vec<Gap>> {
    resource.as_any().downcast_ref().ok_or_else(|| {
        let detail = format!("{} `{}` is of another type than the fact expects", resource.kind(), resource.id());
        vec![Gap::new(resource.kind().list_action(), GapReason::Malformed, detail)]
    })
}

fn by_id<T: Describe>(resources: &[T]) -> Index<'_, T> {
    resources.iter().map(|resource| (resource.id(), resource)).collect()
}

impl<'e> Place<'e> {
    fn new(shard: &'e Shard, attribution: &Attribution) -> Self {
        let resources = &shard.resources;
        let mut rules_of_listener: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for rule in &resources.listener_rules {
            rules_of_listener.entry(rule.listener().as_str().to_owned()).or_default().push(rule);
        }
        Self {
            shard,
            vpcs: by_id(&resources.vpcs),
            subnets: by_id(&resources.subnets),
            groups: by_id(&resources.security_groups),
            nat_gateways: by_id(&resources.nat_gateways),
            vpc_endpoints: by_id(&resources.vpc_endpoints),
            load_balancers: by_id(&resources.load_balancers),
            target_groups: by_id(&resources.target_groups),
            instances: by_id(&resources.instances),
            db_instances: by_id(&resources.db_instances),
            db_subnet_groups: by_id(&resources.db_subnet_groups),
            cache_clusters: by_id(&resources.cache_clusters),
            cache_subnet_groups: by_id(&resources.cache_subnet_groups),
            rules_of_listener,
            alarms: alarms::index(&resources.metric_alarms),
            query_alarms: alarms::queries(&resources.metric_alarms),
            sources: Sources::new(&resources.security_groups),
            users: user::users(shard, attribution),
            prefix_lists: by_id(&resources.prefix_lists),
            tables: Tables::new(&resources.route_tables),
        }
    }

    /// One resource of an index, or the gap that hides it.
    pub(super) fn get<T>(&self, index: &Index<'e, T>, kind: Kind, id: &str) -> Result<&'e T, Vec<Gap>> {
        index.get(id).copied().ok_or_else(|| vec![self.absent(kind, id)])
    }

    /// Why a resource that something refers to is not here.
    pub(super) fn absent(&self, kind: Kind, id: &str) -> Gap {
        let unread = self.shard.missing_kind(kind).map(|gap| gap.about(id));
        unread.unwrap_or_else(|| {
            let detail = format!("{kind} `{id}` is referred to, and is not among those that were listed");
            Gap::new(kind.list_action(), GapReason::NotInSource, detail).about(id)
        })
    }

    /// Nothing, when the listing of a kind is complete; otherwise what it lacks.
    pub(super) fn complete(&self, kind: Kind) -> Result<(), Vec<Gap>> {
        self.shard.missing_kind(kind).map_or(Ok(()), |gap| Err(vec![gap]))
    }

    /// The route table a subnet uses, and whether only because it is its VPC's main one.
    pub(super) fn route_table(&self, subnet: &Subnet) -> Result<(&'e RouteTable, bool), Vec<Gap>> {
        if let Some(table) = self.tables.of_subnet.get(subnet.subnet_id.as_str()) {
            return Ok((table, false));
        }
        // The subnet may have one of its own among those that were not read.
        self.complete(Kind::RouteTable)?;
        let main = self.tables.main_of_vpc.get(subnet.vpc_id.as_str()).ok_or_else(|| {
            let detail = format!("no main route table of `{}` was listed", subnet.vpc_id);
            vec![Gap::new(Kind::RouteTable.list_action(), GapReason::NotInSource, detail).about(subnet.id())]
        })?;
        Ok((main, true))
    }

    /// The route tables that gateways of a VPC use for what enters it.
    pub(super) fn gateway_tables(&self, vpc: &str) -> &[&'e RouteTable] {
        self.tables.of_gateways.get(vpc).map(Vec::as_slice).unwrap_or_default()
    }

    /// The ranges of a prefix list; one that cannot be read is never empty.
    pub(super) fn prefix_list(&self, id: &str) -> Result<&'e [String], Vec<Gap>> {
        let list = self.get(&self.prefix_lists, Kind::PrefixList, id)?;
        list.cidrs.as_deref().ok_or_else(|| {
            let action = "ec2:GetManagedPrefixListEntries";
            let gap = self
                .shard
                .missing(action, Some(id))
                .unwrap_or_else(|| Gap::new(action, GapReason::NotInSource, "the list is known, its ranges are not"));
            vec![gap.about(id)]
        })
    }

    /// Who keeps a prefix list.
    pub(super) fn owner_of_prefix_list(&self, id: &str) -> Result<Option<&'e str>, Vec<Gap>> {
        Ok(self.get(&self.prefix_lists, Kind::PrefixList, id)?.owner_id.as_deref())
    }

    /// The ranges of a VPC; `None` when it was not read.
    pub(super) fn vpc_ranges(&self, vpc: &str, family: Family) -> Option<Addresses> {
        let vpc = self.vpcs.get(vpc)?;
        let lasting = |state: &Option<CidrBlockState>| {
            let state = state.as_ref().and_then(|s| s.state.as_deref());
            state.is_none_or(|state| state == "associated")
        };
        let ipv4 = vpc.cidr_block_association_set.iter().filter(|a| lasting(&a.cidr_block_state));
        let ipv6 = vpc.ipv6_cidr_block_association_set.iter().filter(|a| lasting(&a.ipv6_cidr_block_state));
        let texts = ipv4.filter_map(|a| a.cidr_block.as_deref()).chain(vpc.cidr_block.as_deref());
        let texts = texts.chain(ipv6.filter_map(|a| a.ipv6_cidr_block.as_deref()));
        Some(family.union(texts.filter_map(parse_net)))
    }
}

impl<'e> Tables<'e> {
    fn new(tables: &'e [RouteTable]) -> Self {
        let mut index = Self::default();
        for table in tables {
            for association in table.associations.iter().filter(|a| in_force(a)) {
                if let Some(subnet) = &association.subnet_id {
                    index.of_subnet.insert(subnet.as_str(), table);
                } else if association.main == Some(true) {
                    index.main_of_vpc.insert(table.vpc_id.as_str(), table);
                } else if association.gateway_id.is_some() {
                    index.of_gateways.entry(table.vpc_id.as_str()).or_default().push(table);
                }
            }
        }
        index
    }
}

fn in_force(association: &RouteTableAssociation) -> bool {
    let state = association.association_state.as_ref().and_then(|s| s.state.as_deref());
    state.is_none_or(|state| state == "associated" || state == "associating")
}
