//! Random but plausible estates, and packets that are interesting in them. The same seed gives the same world.

#![expect(clippy::indexing_slicing, reason = "a world that cannot be made is a broken test")]

mod balancers;
mod beyond;
mod dice;
mod filters;
mod interfaces;
mod packets;
mod routes;
mod shrink;

use std::collections::BTreeMap;

use bartizan::model::{Estate, Kind, Region};
use serde_json::{Map, Value, json};

pub(crate) use dice::Dice;
pub(crate) use packets::{packets, some_of};
pub(crate) use shrink::{shrink, tell, tell_estate, thinned};

/// An account and a Region.
type Place = (&'static str, &'static str);

/// What is known of a VPC while its world is made.
#[derive(Debug, Clone)]
struct Vpc {
    id: String,
    place: Place,
    /// Its ranges, the first one of its subnets.
    cidrs: Vec<String>,
    v6: Option<String>,
    /// Its range is that of another VPC too, so that nothing can connect the two.
    overlaps: bool,
    internet_gateway: Option<String>,
    egress_only: Option<String>,
    endpoint: Option<String>,
    subnets: Vec<Subnet>,
    tables: Vec<Table>,
    groups: Vec<String>,
    nats: Vec<Nat>,
    instances: Vec<Instance>,
    /// Prefixes delegated to its interfaces, of IPv4 and of IPv6.
    delegated: [Vec<String>; 2],
    /// Gateways to networks beyond: the field of a route, the target, the destination.
    beyond: Vec<(&'static str, String, String)>,
}

#[derive(Debug, Clone)]
struct Subnet {
    id: String,
    cidr: String,
    /// The first three numbers of its addresses.
    stem: String,
    v6_stem: Option<String>,
    zone: String,
    /// The next free host number.
    next: usize,
    /// How many prefixes of it are delegated, from its end on.
    delegated: usize,
}

#[derive(Debug, Clone)]
struct Table {
    id: String,
    associations: Vec<Value>,
    /// By destination, which is unique.
    routes: BTreeMap<String, Value>,
}

#[derive(Debug, Clone)]
struct Instance {
    id: String,
    address: String,
    public: Option<String>,
    v6: Option<String>,
    zone: String,
    /// The place of its subnet and the groups of its first interface, for others to be like it.
    subnet: usize,
    groups: Vec<String>,
}

/// A customer's prefix list.
#[derive(Debug, Clone)]
struct PrefixList {
    place: Place,
    id: String,
    /// Whether it is of the internet alone.
    outside: bool,
    cidrs: Vec<String>,
}

impl PrefixList {
    /// Whether it names a part of a VPC: no route by it may lead out of that.
    fn cuts(&self, vpc: &Vpc) -> bool {
        let nets = |cidrs: &[String]| cidrs.iter().filter_map(|cidr| cidr.parse().ok()).collect::<Vec<ipnet::IpNet>>();
        let own: Vec<String> = vpc.cidrs.iter().chain(&vpc.v6).cloned().collect();
        nets(&own).iter().any(|own| nets(&self.cidrs).iter().any(|cidr| own.contains(cidr)))
    }
}

/// A NAT gateway.
#[derive(Debug, Clone)]
struct Nat {
    id: String,
    address: String,
    public: Option<String>,
}

/// A world in the making.
struct World {
    dice: Dice,
    vpcs: Vec<Vpc>,
    /// Resources by place and by the name of their collection.
    resources: BTreeMap<Place, BTreeMap<&'static str, Vec<Value>>>,
    /// Pairs of VPCs with their peering connection.
    peerings: Vec<(usize, usize, String)>,
    /// VPCs with the transit gateway they are attached to.
    attachments: Vec<(usize, String)>,
    prefix_lists: Vec<PrefixList>,
    made: usize,
    public: usize,
    /// Whether rules name single hosts more often than the world.
    tight: bool,
}

/// A random estate; a greater size gives more VPCs and more in them.
pub(crate) fn random(seed: u64, size: usize) -> Estate {
    let mut world = World {
        dice: Dice::new(seed),
        vpcs: Vec::new(),
        resources: BTreeMap::new(),
        peerings: Vec::new(),
        attachments: Vec::new(),
        prefix_lists: Vec::new(),
        made: 0,
        public: 0,
        tight: false,
    };
    world.tight = world.dice.percent(35);
    for index in 0..world.dice.between(1, size.max(2)) {
        world.vpc(index);
    }
    world.prefix_lists();
    for vpc in 0..world.vpcs.len() {
        world.gateways(vpc);
        world.groups(vpc);
        world.nat_gateways(vpc);
        world.instances(vpc, size);
        world.lone_interfaces(vpc);
    }
    for vpc in 0..world.vpcs.len() {
        world.beyond(vpc);
    }
    world.peering_connections();
    world.transit_gateways();
    for vpc in 0..world.vpcs.len() {
        world.routes(vpc);
        world.permissions(vpc);
        world.network_acls(vpc);
        world.load_balancers(vpc);
    }
    world.estate(seed)
}

impl World {
    fn id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}-{:08x}", self.made)
    }

    /// A public address that nobody has yet.
    fn public_address(&mut self) -> String {
        self.public += 1;
        format!("54.{}.{}.{}", self.public / 200, self.public % 7, self.public % 200 + 1)
    }

    fn put(&mut self, place: Place, collection: &'static str, resource: Value) {
        self.resources.entry(place).or_default().entry(collection).or_default().push(resource);
    }

    fn vpc(&mut self, index: usize) {
        let account = if self.dice.percent(85) { "111122223333" } else { "444455556666" };
        let region = if self.dice.percent(75) { "us-east-1" } else { "eu-west-1" };
        let overlaps = index > 0 && self.dice.percent(8);
        let number = if overlaps { 0 } else { index };
        let id = self.id("vpc");
        let mut cidrs = vec![format!("10.{number}.0.0/16")];
        if self.dice.percent(20) {
            cidrs.push(format!("100.64.{}.0/20", number * 16));
        }
        let v6 = self.dice.percent(50).then(|| format!("2600:1f00:{}:100::/56", index + 1));
        let mut vpc = Vpc {
            id,
            place: (account, region),
            cidrs,
            v6,
            overlaps,
            internet_gateway: None,
            egress_only: None,
            endpoint: None,
            subnets: Vec::new(),
            tables: Vec::new(),
            groups: Vec::new(),
            nats: Vec::new(),
            instances: Vec::new(),
            delegated: <[Vec<String>; 2]>::default(),
            beyond: Vec::new(),
        };
        let associated = json!({"State": "associated"});
        let v4 = |cidr: &String| json!({"CidrBlock": cidr, "CidrBlockState": associated});
        let v6 = |cidr: &String| json!({"Ipv6CidrBlock": cidr, "Ipv6CidrBlockState": associated});
        let resource = json!({
            "VpcId": vpc.id, "CidrBlock": vpc.cidrs[0], "OwnerId": account, "State": "available", "IsDefault": false,
            "CidrBlockAssociationSet": vpc.cidrs.iter().map(v4).collect::<Vec<_>>(),
            "Ipv6CidrBlockAssociationSet": vpc.v6.iter().map(v6).collect::<Vec<_>>()});
        self.put(vpc.place, "Vpcs", resource);
        for number in 0..self.dice.between(2, 5) {
            let subnet = self.subnet(&vpc, number);
            vpc.subnets.push(subnet);
        }
        self.vpcs.push(vpc);
    }

    fn subnet(&mut self, vpc: &Vpc, number: usize) -> Subnet {
        let (account, region) = vpc.place;
        let of = if self.dice.percent(85) { &vpc.cidrs[0] } else { vpc.cidrs.last().expect("one at least") };
        let mut numbers = of.split('.');
        let (first, second, third) =
            (numbers.next().expect("a number"), numbers.next().expect("a number"), numbers.next().expect("a number"));
        let stem = format!("{first}.{second}.{}", third.parse::<usize>().expect("a number") + number);
        let cidr = format!("{stem}.0/24");
        let v6_stem = vpc.v6.as_ref().filter(|_| self.dice.percent(70)).map(|cidr| {
            let stem = cidr.trim_end_matches("0::/56");
            format!("{stem}{number}")
        });
        let zone = format!("{region}{}", self.dice.pick(&["a", "b", "b", "c"]));
        let id = self.id("subnet");
        let v6: Vec<_> = v6_stem
            .iter()
            .map(|stem| json!({"Ipv6CidrBlock": format!("{stem}::/64"), "Ipv6CidrBlockState": {"State": "associated"}}))
            .collect();
        self.put(
            vpc.place,
            "Subnets",
            json!({
                "SubnetId": id, "VpcId": vpc.id, "AvailabilityZone": zone, "CidrBlock": cidr, "OwnerId": account,
                "State": "available", "MapPublicIpOnLaunch": false, "Ipv6CidrBlockAssociationSet": v6}),
        );
        Subnet { id, cidr, stem, v6_stem, zone, next: 4, delegated: 0 }
    }

    /// Everything that was made, as if all of it had been read.
    fn estate(mut self, seed: u64) -> Estate {
        for vpc in std::mem::take(&mut self.vpcs) {
            for table in vpc.tables {
                let routes: Vec<_> = table.routes.into_values().collect();
                self.put(
                    vpc.place,
                    "RouteTables",
                    json!({
                        "RouteTableId": table.id, "VpcId": vpc.id, "OwnerId": vpc.place.0,
                        "Associations": table.associations, "Routes": routes}),
                );
            }
        }
        let mut estate = Estate::default();
        estate.origin.label = format!("random world {seed}");
        let reads = || Kind::ALL.iter().flat_map(|kind| kind.actions()).map(|action| (*action).to_owned()).collect();
        for ((account, region), collections) in self.resources {
            let collections: Map<String, Value> =
                collections.into_iter().map(|(name, list)| (name.to_owned(), Value::Array(list))).collect();
            let shard = estate.shard_mut(&account.into(), &region.into());
            shard.reads = reads();
            shard.resources = serde_json::from_value(Value::Object(collections)).expect("AWS's own JSON");
            shard.resources.sort();
            estate.shard_mut(&account.into(), &Region::global()).reads = reads();
        }
        estate
    }
}
