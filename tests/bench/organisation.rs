//! An organisation of any size, made from nothing: VPCs with public and private subnets in two zones, each with its
//! security groups, network ACLs and interfaces. The same numbers give the same organisation.

use bartizan::model::resource::{
    CidrBlockAssociation, GroupIdentifier, InternetGateway, InternetGatewayAttachment, IpPermission, IpRange,
    NetworkAcl, NetworkAclAssociation, NetworkAclEntry, NetworkInterface, NetworkInterfaceAssociation,
    NetworkInterfaceAttachment, NetworkInterfacePrivateIpAddress, PortRange, Route, RouteTable, RouteTableAssociation,
    SecurityGroup, Subnet, UserIdGroupPair, Vpc,
};
use bartizan::model::{Estate, Kind, Shard};

/// How large it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) interfaces: usize,
    pub(crate) groups: usize,
    pub(crate) vpcs: usize,
}

impl Size {
    /// The proportions of the target: 100 interfaces and 10 groups in each VPC.
    pub(crate) const fn of(interfaces: usize) -> Self {
        Self { interfaces, groups: interfaces / 10, vpcs: interfaces.div_ceil(100) }
    }
}

const REGION: &str = "us-east-1";
const ACCOUNT: &str = "111122223333";
const SUBNETS: usize = 4;

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }
}

/// Makes it.
pub(crate) fn organisation(size: Size) -> Estate {
    let mut dice = Dice(42);
    let mut shard = Shard::new(ACCOUNT, REGION);
    shard.reads = Kind::ALL.iter().flat_map(|kind| kind.actions()).map(|action| (*action).to_owned()).collect();
    let (groups, interfaces) = (size.groups / size.vpcs, size.interfaces / size.vpcs);
    for vpc in 0..size.vpcs {
        add_vpc(&mut shard, vpc);
        for group in 0..groups {
            add_group(&mut shard, &mut dice, (vpc, group), groups);
        }
        for interface in 0..interfaces {
            add_interface(&mut shard, &mut dice, (vpc, interface), groups);
        }
    }
    let mut estate = Estate::default();
    estate.shards.push(shard);
    estate
}

/// 10.x.y.0/20 for each VPC, and again from the start once 4,096 are used up.
fn base(vpc: usize) -> u32 {
    (10 << 24) | (u32::try_from(vpc % 4096).unwrap() << 12)
}

fn dotted(address: u32) -> String {
    std::net::Ipv4Addr::from(address).to_string()
}

fn name(kind: &str, vpc: usize, index: usize) -> String {
    format!("{kind}-{vpc:06x}{index:05x}")
}

fn add_vpc(shard: &mut Shard, vpc: usize) {
    let id = format!("vpc-{vpc:08x}");
    let cidr = format!("{}/20", dotted(base(vpc)));
    let resources = &mut shard.resources;
    resources.vpcs.push(Vpc {
        vpc_id: id.as_str().into(),
        cidr_block: Some(cidr.clone()),
        cidr_block_association_set: vec![CidrBlockAssociation {
            cidr_block: Some(cidr.clone()),
            cidr_block_state: None,
        }],
        ..Vpc::default()
    });
    let gateway = format!("igw-{vpc:08x}");
    resources.internet_gateways.push(InternetGateway {
        internet_gateway_id: gateway.as_str().into(),
        attachments: vec![InternetGatewayAttachment {
            vpc_id: Some(id.as_str().into()),
            state: Some("available".to_owned()),
        }],
        ..InternetGateway::default()
    });
    let local = Route { destination_cidr_block: Some(cidr), gateway_id: Some("local".to_owned()), ..Route::default() };
    let out =
        Route { destination_cidr_block: Some("0.0.0.0/0".to_owned()), gateway_id: Some(gateway), ..Route::default() };
    for (kind, routes) in [(0, vec![local.clone()]), (1, vec![local, out])] {
        let subnets = (0..SUBNETS).filter(|subnet| kind == 1 && subnet % 2 == 0);
        let mut associations: Vec<RouteTableAssociation> = subnets
            .map(|subnet| RouteTableAssociation {
                subnet_id: Some(name("subnet", vpc, subnet).into()),
                ..RouteTableAssociation::default()
            })
            .collect();
        if kind == 0 {
            associations.push(RouteTableAssociation { main: Some(true), ..RouteTableAssociation::default() });
        }
        resources.route_tables.push(RouteTable {
            route_table_id: name("rtb", vpc, kind).into(),
            vpc_id: id.as_str().into(),
            associations,
            routes,
            ..RouteTable::default()
        });
    }
    for subnet in 0..SUBNETS {
        resources.subnets.push(Subnet {
            subnet_id: name("subnet", vpc, subnet).into(),
            vpc_id: id.as_str().into(),
            availability_zone: Some(format!("{REGION}{}", if subnet < 2 { "a" } else { "b" })),
            cidr_block: Some(format!("{}/22", dotted(base(vpc) + (u32::try_from(subnet).unwrap() << 10)))),
            ..Subnet::default()
        });
    }
    add_acls(shard, vpc, &id);
}

/// The default ACL lets everything pass; every third VPC filters its public subnets.
fn add_acls(shard: &mut Shard, vpc: usize, id: &str) {
    let entry = |number: i32, egress: bool, action: &str, ports: Option<(i32, i32)>| NetworkAclEntry {
        rule_number: Some(number),
        egress: Some(egress),
        protocol: Some(if ports.is_some() { "6" } else { "-1" }.to_owned()),
        rule_action: Some(action.to_owned()),
        cidr_block: Some("0.0.0.0/0".to_owned()),
        port_range: ports.map(|(from, to)| PortRange { from: Some(from), to: Some(to) }),
        ..NetworkAclEntry::default()
    };
    let open = [false, true].map(|egress| entry(100, egress, "allow", None));
    let strict = [
        entry(90, false, "deny", Some((3389, 3389))),
        entry(100, false, "allow", Some((0, 65535))),
        entry(100, true, "allow", Some((1024, 65535))),
    ];
    let associated = (0..SUBNETS).filter(|subnet| vpc.is_multiple_of(3) && subnet.is_multiple_of(2)).map(|subnet| {
        NetworkAclAssociation {
            subnet_id: Some(name("subnet", vpc, subnet).into()),
            ..NetworkAclAssociation::default()
        }
    });
    let associations: Vec<NetworkAclAssociation> = associated.collect();
    for (index, default, entries, associations) in
        [(0, true, open.to_vec(), Vec::new()), (1, false, strict.to_vec(), associations)]
    {
        shard.resources.network_acls.push(NetworkAcl {
            network_acl_id: name("acl", vpc, index).into(),
            vpc_id: Some(id.into()),
            is_default: Some(default),
            associations,
            entries,
            ..NetworkAcl::default()
        });
    }
}

/// Seven or eight rules: mostly by group of the same VPC, some by range, few for everybody.
fn add_group(shard: &mut Shard, dice: &mut Dice, (vpc, group): (usize, usize), groups: usize) {
    const PORTS: [i32; 8] = [22, 80, 443, 3306, 5432, 6379, 8080, 9200];
    let mut permissions = Vec::new();
    for rule in 0..6 + usize::from(group.is_multiple_of(2)) {
        let port = PORTS[dice.below(PORTS.len())];
        let mut permission = IpPermission {
            ip_protocol: Some("tcp".to_owned()),
            from_port: Some(port),
            to_port: Some(port + if rule == 5 { 10 } else { 0 }),
            ..IpPermission::default()
        };
        match dice.below(20) {
            0 => permission.ip_ranges.push(range("0.0.0.0/0")),
            1..=6 => {
                let quarter = u32::try_from(dice.below(4)).unwrap() << 10;
                permission.ip_ranges.push(range(&format!("{}/22", dotted(base(vpc) + quarter))));
            }
            7..=9 => permission.ip_ranges.push(range(&format!("203.0.{}.0/24", dice.below(256)))),
            _ => permission.user_id_group_pairs.push(UserIdGroupPair {
                group_id: Some(name("sg", vpc, dice.below(groups)).into()),
                ..UserIdGroupPair::default()
            }),
        }
        permissions.push(permission);
    }
    let everything = IpPermission {
        ip_protocol: Some("-1".to_owned()),
        ip_ranges: vec![range("0.0.0.0/0")],
        ..IpPermission::default()
    };
    shard.resources.security_groups.push(SecurityGroup {
        group_id: name("sg", vpc, group).into(),
        vpc_id: Some(format!("vpc-{vpc:08x}").into()),
        ip_permissions: permissions,
        ip_permissions_egress: vec![everything],
        ..SecurityGroup::default()
    });
}

fn range(cidr: &str) -> IpRange {
    IpRange { cidr_ip: Some(cidr.to_owned()), description: None }
}

fn add_interface(shard: &mut Shard, dice: &mut Dice, (vpc, interface): (usize, usize), groups: usize) {
    let subnet = interface % SUBNETS;
    let host = u32::try_from(interface / SUBNETS + 10).unwrap();
    let private = dotted(base(vpc) + (u32::try_from(subnet).unwrap() << 10) + host);
    let serial = u32::try_from(vpc * 1000 + interface).unwrap();
    let public = subnet.is_multiple_of(2).then(|| dotted((20 << 24) + serial));
    let association = public.map(|public| NetworkInterfaceAssociation {
        public_ip: Some(public),
        ..NetworkInterfaceAssociation::default()
    });
    let group = |index: usize| GroupIdentifier { group_id: Some(name("sg", vpc, index).into()), group_name: None };
    let mut carried = vec![group(dice.below(groups))];
    if dice.below(3) == 0 {
        carried.push(group(dice.below(groups)));
    }
    shard.resources.network_interfaces.push(NetworkInterface {
        network_interface_id: name("eni", vpc, interface).into(),
        vpc_id: Some(format!("vpc-{vpc:08x}").into()),
        subnet_id: Some(name("subnet", vpc, subnet).into()),
        interface_type: Some("interface".to_owned()),
        status: Some("in-use".to_owned()),
        private_ip_address: Some(private.clone()),
        private_ip_addresses: vec![NetworkInterfacePrivateIpAddress {
            private_ip_address: Some(private),
            primary: Some(true),
            association: association.clone(),
        }],
        association,
        attachment: Some(NetworkInterfaceAttachment {
            status: Some("attached".to_owned()),
            ..NetworkInterfaceAttachment::default()
        }),
        groups: carried,
        ..NetworkInterface::default()
    });
}
