"""VPCs, subnets, routes, security groups and instances of the small account."""

OFFICE = "203.0.113.0/24"

# Who may use SSH, by name of the group: the defects, then their correct twins.
SSH_GROUPS = {
    "ssh-world": {"FromPort": 22, "ToPort": 22, "IpRanges": ["0.0.0.0/0"]},
    "ssh-world-split": {"FromPort": 22, "ToPort": 22, "IpRanges": ["0.0.0.0/1", "128.0.0.0/1"]},
    "ssh-world-prefix-list": {"FromPort": 22, "ToPort": 22, "PrefixListIds": ["world"]},
    "ssh-world-ipv6": {"FromPort": 22, "ToPort": 22, "Ipv6Ranges": ["::/0"]},
    "ssh-world-all-protocols": {"IpProtocol": "-1", "IpRanges": ["0.0.0.0/0"]},
    "ssh-world-port-range": {"FromPort": 0, "ToPort": 1024, "IpRanges": ["0.0.0.0/0"]},
    "ssh-office": {"FromPort": 22, "ToPort": 22, "IpRanges": [OFFICE]},
    "ssh-office-prefix-list": {"FromPort": 22, "ToPort": 22, "PrefixListIds": ["office"]},
    "ssh-from-bastion": {"FromPort": 22, "ToPort": 22, "UserIdGroupPairs": ["ssh-office"]},
}

# Name of the subnet: VPC, block, zone, tier as tagged, route table (None: the VPC's main one).
SUBNETS = {
    "production-public-a": ("production", "10.10.0.0/24", "a", "public", "public"),
    "production-public-b": ("production", "10.10.1.0/24", "b", "public", "public"),
    "production-app-a": ("production", "10.10.10.0/24", "a", "private", "nat"),
    "production-app-b": ("production", "10.10.11.0/24", "b", "private", "nat"),
    "production-data-a": ("production", "10.10.20.0/24", "a", "private", None),
    "production-data-b": ("production", "10.10.21.0/24", "b", "private", None),
    "production-private-leak": ("production", "10.10.30.0/24", "a", "private", "public"),
    "staging-public-a": ("staging", "10.20.0.0/24", "a", "public", None),
    "staging-private-implicit-leak": ("staging", "10.20.10.0/24", "a", "private", None),
}

# The same three environments, as their owners spell them.
ENVIRONMENT_TAGS = {
    "production": {"Environment": "production"},
    "staging": {"environment": "Staging"},
    "dev": {"Env": "dev"},
}

# Name of the instance: subnet and groups. Those in public subnets get a public address.
INSTANCES = {
    "bastion-office": ("production-public-a", ["ssh-office"]),
    "bastion-world": ("production-public-b", ["ssh-world", "ssh-world-split", "ssh-world-prefix-list"]),
    "jump-world": ("production-public-a", ["ssh-world-ipv6", "ssh-world-all-protocols", "ssh-world-port-range"]),
    "app-1": ("production-app-a", ["ssh-from-bastion", "app"]),
    "app-2": ("production-app-b", ["ssh-from-bastion", "app"]),
}


def tags(name, **more):
    """Tags as EC2 takes them."""
    return [{"Key": key, "Value": value} for key, value in ({"Name": name} | more).items()]


def tagged(kind, name, **more):
    """Tags for the call that makes a resource."""
    return [{"ResourceType": kind, "Tags": tags(name, **more)}]


def create(connect):
    """Makes the network; answers with ids by kind and name."""
    ec2 = connect("ec2")
    made = {"vpcs": {}, "subnets": {}, "groups": {}, "instances": {}}
    create_vpcs(ec2, made)
    create_subnets(ec2, made)
    create_groups(ec2, made)
    create_instances(ec2, made)
    create_connections(ec2, made)
    return made


def create_connections(ec2, made):
    """What else a VPC has: a peering and a gateway endpoint."""
    production, staging = made["vpcs"]["production"], made["vpcs"]["staging"]
    peering = ec2.create_vpc_peering_connection(VpcId=production, PeerVpcId=staging)["VpcPeeringConnection"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    ec2.create_vpc_endpoint(VpcId=production, ServiceName="com.amazonaws.eu-west-1.s3", VpcEndpointType="Gateway")


def create_vpcs(ec2, made):
    """Two VPCs with an internet gateway each; staging's main route table leads to it."""
    for name, block in (("production", "10.10.0.0/16"), ("staging", "10.20.0.0/16")):
        marks = ENVIRONMENT_TAGS[name]
        vpc = ec2.create_vpc(CidrBlock=block, TagSpecifications=tagged("vpc", f"harbour-{name}", **marks))["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway", name))
        gateway = gateway["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        made["vpcs"][name] = vpc
        made[f"{name}-gateway"] = gateway
    egress = ec2.create_egress_only_internet_gateway(VpcId=made["vpcs"]["production"])
    made["egress-gateway"] = egress["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    mine = [{"Name": "vpc-id", "Values": [made["vpcs"]["staging"]]}]
    main = ec2.describe_route_tables(Filters=mine)["RouteTables"][0]["RouteTableId"]
    to_internet(ec2, main, made["staging-gateway"])


def to_internet(ec2, table, gateway):
    """The default route of a public subnet."""
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


def create_subnets(ec2, made):
    """Subnets of every kind of routing: explicit, implicit, by NAT, and two that leak."""
    for name, (vpc, block, zone, tier, _) in SUBNETS.items():
        marks = {"Tier": tier} | ENVIRONMENT_TAGS[vpc]
        subnet = ec2.create_subnet(
            VpcId=made["vpcs"][vpc], CidrBlock=block, AvailabilityZone=f"eu-west-1{zone}",
            TagSpecifications=tagged("subnet", name, **marks),
        )
        made["subnets"][name] = subnet["Subnet"]["SubnetId"]
        if tier == "public":
            ec2.modify_subnet_attribute(SubnetId=made["subnets"][name], MapPublicIpOnLaunch={"Value": True})
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", "production-nat"))
    nat = ec2.create_nat_gateway(
        SubnetId=made["subnets"]["production-public-a"], AllocationId=address["AllocationId"],
        TagSpecifications=tagged("natgateway", "production-nat"),
    )["NatGateway"]["NatGatewayId"]
    tables = {}
    for name in ("public", "nat"):
        table = ec2.create_route_table(VpcId=made["vpcs"]["production"], TagSpecifications=tagged("route-table", name))
        tables[name] = table["RouteTable"]["RouteTableId"]
    made["nat-table"] = tables["nat"]
    to_internet(ec2, tables["public"], made["production-gateway"])
    ec2.create_route(RouteTableId=tables["nat"], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    for name, (_, _, _, _, table) in SUBNETS.items():
        if table:
            ec2.associate_route_table(RouteTableId=tables[table], SubnetId=made["subnets"][name])


def create_groups(ec2, made):
    """Security groups: SSH in all the ways to open it to the world, and what the tiers need."""
    lists = {"world": ["0.0.0.0/1", "128.0.0.0/1"], "office": [OFFICE]}
    for name, blocks in lists.items():
        made[f"{name}-list"] = ec2.create_managed_prefix_list(
            PrefixListName=name, MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": block} for block in blocks],
        )["PrefixList"]["PrefixListId"]
    groups = SSH_GROUPS | {
        "web": {"FromPort": 443, "ToPort": 443, "IpRanges": ["0.0.0.0/0"]},
        "app": {"FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": ["web"]},
        "data": {"FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": ["app"]},
    }
    for name in groups:
        group = ec2.create_security_group(
            GroupName=name, Description=name, VpcId=made["vpcs"]["production"],
            TagSpecifications=tagged("security-group", name),
        )
        made["groups"][name] = group["GroupId"]
    for name, permission in groups.items():
        ec2.authorize_security_group_ingress(GroupId=made["groups"][name], IpPermissions=[expand(permission, made)])


def expand(permission, made):
    """A permission as the API takes it, from its short form above."""
    keys = {"IpRanges": "CidrIp", "Ipv6Ranges": "CidrIpv6", "PrefixListIds": "PrefixListId", "UserIdGroupPairs": "GroupId"}
    full = {"IpProtocol": "tcp"} | permission
    for kind in keys.keys() & permission.keys():
        values = permission[kind]
        if kind == "PrefixListIds":
            values = [made[f"{name}-list"] for name in values]
        elif kind == "UserIdGroupPairs":
            values = [made["groups"][name] for name in values]
        full[kind] = [{keys[kind]: value} for value in values]
    return full


def create_instances(ec2, made):
    """Bastions and application servers, and one server of the dev environment in the default VPC."""
    for name, (subnet, groups) in INSTANCES.items():
        made["instances"][name] = run(
            ec2, tagged("instance", name, Environment="production"),
            SubnetId=made["subnets"][subnet], SecurityGroupIds=[made["groups"][group] for group in groups],
        )
    default = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][0]
    made["instances"]["scratch"] = run(ec2, tagged("instance", "scratch", **ENVIRONMENT_TAGS["dev"]), SubnetId=default["SubnetId"])


def run(ec2, marks, **where):
    """One small instance."""
    return ec2.run_instances(
        ImageId="ami-12345678", InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=marks, **where
    )["Instances"][0]["InstanceId"]
