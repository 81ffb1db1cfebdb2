//! The network of an estate: every object that decides about packets, interned and compiled once.
//!
//! Ids become numbers here and are read again only where an answer is written. Objects that a listing should have
//! held but that could not be read are kept as unread, so that answers that rest on them are unknown.

use ipnet::IpNet;

use super::balancer::{BalancerNode, TargetGroupNode};
use super::block::Block;
use super::delegated::Delegated;
use super::directory::Directory;
use super::few::Few;
use super::filter::{Acl, Group, Index};
use super::route::{Table, Target};
use super::set::{Addresses, Boxes, parse_net};
use super::transit::{AttachmentNode, TransitNode, TransitTableNode};
use super::vpn::VpnGatewayNode;
use crate::model::resource::{
    Instance, NatGateway, NetworkAcl, NetworkInterface, PrefixList, RouteTable, SecurityGroup, Subnet, Vpc,
    VpcEndpoint, VpcPeeringConnection, VpnConnection,
};
use crate::model::{Estate, Kind};

/// An object of the network by its number.
pub(super) type Id = u32;

/// What an index of a vector is as a number.
pub(super) fn id(index: usize) -> Id {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The element with a number.
pub(super) fn at<T>(all: &[T], id: Id) -> Option<&T> {
    all.get(usize::try_from(id).ok()?)
}

/// A network compiled from an estate. Nothing in it changes but by [`Network::replace_group`].
#[derive(Debug)]
pub struct Network<'e> {
    pub(super) estate: &'e Estate,
    pub(super) vpcs: Vec<VpcNode<'e>>,
    pub(super) subnets: Vec<SubnetNode<'e>>,
    pub(super) tables: Vec<TableNode<'e>>,
    pub(super) acls: Vec<AclNode<'e>>,
    pub(super) groups: Vec<GroupNode<'e>>,
    pub(super) lists: Vec<ListNode<'e>>,
    pub(super) interfaces: Vec<Interface<'e>>,
    pub(super) group_sets: Vec<Few<Id>>,
    /// The interfaces of Global Accelerator.
    pub(super) accelerators: Vec<Id>,
    pub(super) gateways: Vec<GatewayNode<'e>>,
    pub(super) nats: Vec<NatNode<'e>>,
    pub(super) peerings: Vec<PeeringNode<'e>>,
    pub(super) endpoints: Vec<&'e VpcEndpoint>,
    pub(super) transits: Vec<TransitNode<'e>>,
    pub(super) attachments: Vec<AttachmentNode<'e>>,
    pub(super) transit_tables: Vec<TransitTableNode<'e>>,
    pub(super) balancers: Vec<BalancerNode<'e>>,
    pub(super) target_groups: Vec<TargetGroupNode<'e>>,
    pub(super) vpn_gateways: Vec<VpnGatewayNode<'e>>,
    pub(super) vpns: Vec<&'e VpnConnection>,
    /// What each shard keeps from its internet gateways.
    pub(super) blocks: Vec<Block<'e>>,
    pub(super) by_id: Ids<'e>,
    pub(super) directory: Directory<'e>,
    pub(super) delegated: Delegated,
    /// Every service from everywhere on the internet, for IPv6 and IPv4. The estate's own IPv6 ranges are addresses of
    /// the internet but not of strangers.
    pub(super) strangers: [Boxes; 2],
    /// Room for the groups of the interface being added.
    pub(super) scratch: Vec<Id>,
}

/// Ids of AWS to numbers, by kind of object.
#[derive(Debug, Default)]
pub(super) struct Ids<'e> {
    pub(super) vpc: Index<&'e str>,
    pub(super) subnet: Index<&'e str>,
    pub(super) group: Index<&'e str>,
    pub(super) list: Index<&'e str>,
    pub(super) gateway: Index<&'e str>,
    pub(super) nat: Index<&'e str>,
    pub(super) peering: Index<&'e str>,
    pub(super) endpoint: Index<&'e str>,
    pub(super) transit: Index<&'e str>,
    pub(super) transit_table: Index<&'e str>,
    pub(super) vpn_gateway: Index<&'e str>,
    pub(super) balancer: Index<&'e str>,
    pub(super) target_group: Index<&'e str>,
    pub(super) group_set: Index<Few<Id>>,
}

/// A VPC. One that is only spoken of (a peer's) has no `resource`.
#[derive(Debug)]
pub(super) struct VpcNode<'e> {
    pub(super) id: &'e str,
    pub(super) resource: Option<&'e Vpc>,
    pub(super) shard: usize,
    pub(super) cidrs: Addresses,
    /// The internet gateway attached and available.
    pub(super) gateway: Option<Id>,
    pub(super) main_table: Option<Id>,
    pub(super) default_acl: Option<Id>,
}

/// A subnet.
#[derive(Debug)]
pub(super) struct SubnetNode<'e> {
    pub(super) resource: &'e Subnet,
    pub(super) vpc: Id,
    pub(super) shard: usize,
    pub(super) range: Addresses,
    pub(super) table: Option<Id>,
    pub(super) acl: Option<Id>,
    /// Whether its route table leaves what is for the VPC itself to the VPC.
    pub(super) inside: bool,
}

/// A route table.
#[derive(Debug)]
pub(super) struct TableNode<'e> {
    pub(super) resource: &'e RouteTable,
    pub(super) table: Table,
    /// The internet gateway it sends to and what it sends there, when nothing else has a say in it.
    pub(super) outside: Option<(Id, Addresses)>,
}

/// A network ACL.
#[derive(Debug)]
pub(super) struct AclNode<'e> {
    pub(super) resource: &'e NetworkAcl,
    pub(super) acl: Acl,
}

/// A security group. One that is only referred to has no `resource`.
#[derive(Debug)]
pub(super) struct GroupNode<'e> {
    pub(super) id: &'e str,
    pub(super) resource: Option<&'e SecurityGroup>,
    pub(super) group: Group,
    /// The number of the set that has no other group.
    pub(super) alone: Option<Id>,
}

/// A prefix list; `entries` is `None` when they could not be read.
#[derive(Debug)]
pub(super) struct ListNode<'e> {
    pub(super) id: &'e str,
    pub(super) entries: Option<Addresses>,
    /// The same as its owner wrote them: routes win by the length of each.
    pub(super) nets: Vec<IpNet>,
    /// Whether it is AWS's list of the addresses from which CloudFront fetches.
    pub(super) origin_facing: bool,
}

impl ListNode<'_> {
    /// Takes over what is known of the list.
    pub(super) fn read(&mut self, list: &PrefixList) {
        let entries = list.cidrs.as_ref();
        self.entries = entries.map(|cidrs| Addresses::parse(cidrs.iter().map(String::as_str)));
        self.nets = entries.into_iter().flatten().filter_map(|cidr| parse_net(cidr)).collect();
        self.origin_facing = list.prefix_list_name.as_deref().is_some_and(super::door::is_origin_facing);
    }
}

/// An internet gateway.
#[derive(Debug)]
pub(super) struct GatewayNode<'e> {
    pub(super) id: &'e str,
    pub(super) vpc: Option<Id>,
    /// The route table for what enters through it.
    pub(super) table: Option<Id>,
}

/// A NAT gateway.
#[derive(Debug)]
pub(super) struct NatNode<'e> {
    pub(super) resource: &'e NatGateway,
    pub(super) vpc: Option<Id>,
    pub(super) subnet: Option<Id>,
    pub(super) private: Option<u128>,
    pub(super) public: Option<u128>,
}

/// A peering connection: its two VPCs.
#[derive(Debug)]
pub(super) struct PeeringNode<'e> {
    pub(super) resource: &'e VpcPeeringConnection,
    pub(super) vpcs: [Option<Id>; 2],
    pub(super) same_region: bool,
}

/// Who is behind an interface.
#[derive(Debug, Clone, Copy)]
pub(super) enum Holder<'e> {
    /// An EC2 instance.
    Instance(&'e Instance),
    /// A load balancer.
    Balancer(Id),
    /// A load balancer that is in no listing.
    UnknownBalancer,
    /// Something that answers nobody: a NAT or transit gateway, a Lambda function, an appliance endpoint.
    Silent(&'static str),
    /// A managed resource to which a listed interface could be matched.
    Managed(Kind, &'e str),
    /// What opens connections from here and takes none: a VPC link, a Client VPN endpoint. Placed by its subnets and
    /// groups.
    Sender(Kind, &'e str),
    /// A resource whose interface no listing shows: placed by its subnets and groups.
    Derived(Kind, &'e str),
    /// Attached to nothing.
    Nobody,
    /// Anything else: a database, a cache, a task, an interface endpoint.
    Other,
}

/// A network interface.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of it, and none rests on another")]
pub(super) struct Interface<'e> {
    pub(super) id: &'e str,
    pub(super) resource: Option<&'e NetworkInterface>,
    pub(super) vpc: Id,
    pub(super) subnet: Id,
    /// Private addresses, each with its public one; IPv6 addresses are their own. Last come those that stand for its
    /// delegated prefixes.
    pub(super) addresses: Few<(u128, Option<u128>)>,
    pub(super) groups: Id,
    pub(super) checks: bool,
    pub(super) holder: Holder<'e>,
    /// Whether it has a public address that is not known.
    pub(super) public: bool,
    /// Whether it takes connections and opens none: an endpoint's.
    pub(super) mute: bool,
}

impl<'e> Network<'e> {
    /// The interface and private address of a NAT gateway.
    pub(super) fn nat_address(&self, nat: Id) -> Option<(Id, u128)> {
        let node = at(&self.nats, nat)?;
        let private = node.private?;
        Some((self.interface_at(node.vpc?, private)?, private))
    }

    /// The addresses whose packets leave a subnet through an internet gateway, with the subnets of the appliances
    /// that they pass.
    pub(super) fn ways_out(&self, subnet: Id, gateway: Id, depth: usize) -> Vec<(Addresses, Vec<Id>)> {
        let table = at(&self.subnets, subnet).and_then(|subnet| subnet.table).and_then(|table| at(&self.tables, table));
        let Some(table) = table else { return Vec::new() };
        if let Some((by, outside)) = &table.outside {
            return if *by == gateway { vec![(outside.clone(), Vec::new())] } else { Vec::new() };
        }
        let mut ways = Vec::new();
        let direct = table.table.won_by(|entry| !entry.blackhole && entry.target == Target::InternetGateway(gateway));
        if !direct.is_empty() {
            ways.push((direct, Vec::new()));
        }
        let mut places: Vec<(Target, Id)> = Vec::new();
        for entry in table.table.entries.iter().filter(|entry| !entry.blackhole) {
            let place = match entry.target {
                Target::ApplianceEndpoint(endpoint) => at(&self.endpoints, endpoint)
                    .and_then(|endpoint| self.by_id.subnet.get(endpoint.subnet_ids.first()?.as_str())),
                Target::Interface(interface) => at(&self.interfaces, interface)
                    .filter(|interface| !interface.checks)
                    .map(|interface| interface.subnet),
                _ => None,
            };
            if let Some(place) = place.filter(|place| !places.contains(&(entry.target, *place))) {
                places.push((entry.target, place));
            }
        }
        for (target, place) in places.into_iter().filter(|_| depth > 0) {
            let there = table.table.won_by(|entry| !entry.blackhole && entry.target == target);
            for (beyond, mut passed) in self.ways_out(place, gateway, depth - 1) {
                passed.insert(0, place);
                ways.push((beyond.and(&there), passed));
            }
        }
        ways
    }

    /// Whether an address is one of the internet that no VPC of the estate has for itself.
    pub(super) fn outside(&self, destination: u128) -> bool {
        let own = |vpc: &VpcNode<'_>| !super::set::is_v4(destination) && vpc.cidrs.contains(destination);
        Addresses::internet().contains(destination) && !self.vpcs.iter().any(own)
    }

    /// Whether security groups filter what an interface sends: not a NAT gateway's, nor those of a Network Load
    /// Balancer that was made without groups.
    pub(super) fn filtered(&self, interface: &Interface<'e>) -> bool {
        match interface.holder {
            Holder::Silent(what) => what == "a Lambda function",
            Holder::Balancer(balancer) => at(&self.balancers, balancer).is_none_or(|balancer| !balancer.open),
            _ => true,
        }
    }

    /// The groups of an interface.
    pub(super) fn groups_of(&self, interface: &Interface<'e>) -> &[Id] {
        at(&self.group_sets, interface.groups).map_or(&[], |set| set)
    }

    /// What is missing of these listings in any shard that holds them.
    pub(super) fn missing_anywhere(&self, kinds: &[Kind]) -> Option<crate::model::Gap> {
        let missing = |shard: &crate::model::Shard| {
            let mut kinds = kinds.iter().filter(|kind| shard.holds(**kind));
            kinds.find_map(|kind| shard.missing_kind(*kind))
        };
        self.estate.shards.iter().find_map(missing)
    }

    /// What is missing of a listing in the shard of a subnet.
    pub(super) fn missing(&self, shard: usize, kind: Kind) -> Option<crate::model::Gap> {
        self.estate.shards.get(shard)?.missing_kind(kind)
    }
}

/// The zone of a subnet: by its id, which is the same in every account, else by name.
pub(super) fn zone(subnet: &Subnet) -> Option<&str> {
    subnet.availability_zone_id.as_deref().or(subnet.availability_zone.as_deref())
}
