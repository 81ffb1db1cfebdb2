"""An account as the AWS CLI would print it, put together resource by resource.

What AWS alone decides (ids, ARNs, MAC addresses, the interfaces it puts into subnets) is made here, each from the
names of what it belongs to, so that the same description always gives the same files. What a system's owner decides
is in the system's own file.
"""

import base64
import hashlib
import ipaddress
import json
from pathlib import Path

# What an account is read for and may have none of, with the name that the files give it.
REGIONAL = """Addresses Apis AutoScalingGroups CacheClusters CacheSubnetGroups ClientVpnEndpoints DBClusters
    DBInstances DBSubnetGroups DomainStatusList EgressOnlyInternetGateways FlowLogs Functions InternetGateways
    Listeners LoadBalancerAttributes LoadBalancerDescriptions LoadBalancerTargetHealth LoadBalancers MetricAlarms
    NatGateways NetworkAcls NetworkInterfaces PrefixLists ReplicationGroups Reservations RouteTables Rules
    SecurityGroups ServiceConfigurations Subnets TargetGroupAttributes TargetGroups TransitGatewayAttachments
    TransitGatewayRouteTables TransitGatewayVpcAttachments TransitGateways VpcBlockPublicAccessExclusions
    VpcEndpoints VpcLinks VpcPeeringConnections Vpcs VpnConnections VpnGateways clusters logGroups services""".split()
GLOBAL = ["Buckets", "Distributions", "HostedZones", "VpcOrigins"]

ANYWHERE = "0.0.0.0/0"
WIDTH = 110


def text(value, indent=0):
    """JSON with what fits on a line on one line."""
    short = json.dumps(value)
    if not value or not isinstance(value, (dict, list)) or len(short) + indent <= WIDTH and nests(value) < 3:
        return short
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        lines = [f"{pad}{json.dumps(key)}: {text(item, indent + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{' ' * indent}}}"
    return "[\n" + ",\n".join(pad + text(item, indent + 1) for item in value) + f"\n{' ' * indent}]"


def nests(value):
    """How deep objects and lists are nested."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(nests, inner), default=0)


def tags(**named):
    """Tags as most services print them."""
    return [{"Key": key, "Value": value} for key, value in named.items()]


class Account:
    """One account with one Region in use."""

    def __init__(self, number, region, public):
        self.number, self.region = number, region
        self.lists = {name: [] for name in REGIONAL + GLOBAL}
        self.public = ipaddress.ip_network(public).hosts()
        self.used = {}

    # --- what AWS makes up ---

    def digits(self, *names, length=16):
        return hashlib.sha256("/".join([self.number, *names]).encode()).hexdigest()[:length]

    def id(self, prefix, *names):
        return f"{prefix}-0{self.digits(prefix, *names)}"

    def word(self, *names, length=12):
        """Letters and digits, as in the ids of distributions and hosted zones."""
        return base64.b32encode(hashlib.sha256("/".join([self.number, *names]).encode()).digest()).decode()[:length]

    def arn(self, service, resource, region=None):
        return f"arn:aws:{service}:{self.region if region is None else region}:{self.number}:{resource}"

    def add(self, collection, item):
        self.lists[collection].append(item)
        return item

    def public_name(self, address):
        inside = "compute-1" if self.region == "us-east-1" else f"{self.region}.compute"
        return f"ec2-{address.replace('.', '-')}.{inside}.amazonaws.com"

    def private_name(self, address):
        inside = "ec2.internal" if self.region == "us-east-1" else f"{self.region}.compute.internal"
        return f"ip-{address.replace('.', '-')}.{inside}"

    # --- networks ---

    def vpc(self, name, cidr, tagged=(), default=False):
        vpc = self.id("vpc", name)
        self.add("Vpcs", {
            "VpcId": vpc,
            "CidrBlock": cidr,
            "CidrBlockAssociationSet": [{
                "AssociationId": self.id("vpc-cidr-assoc", name),
                "CidrBlock": cidr,
                "CidrBlockState": {"State": "associated"},
            }],
            "Ipv6CidrBlockAssociationSet": [],
            "DhcpOptionsId": self.id("dopt"),
            "InstanceTenancy": "default",
            "IsDefault": default,
            "OwnerId": self.number,
            "State": "available",
            "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
            "Tags": list(tagged),
        })
        gateway = self.id("igw", name)
        self.add("InternetGateways", {
            "InternetGatewayId": gateway,
            "OwnerId": self.number,
            "Attachments": [{"State": "available", "VpcId": vpc}],
            "Tags": list(tagged),
        })
        main = self.table(vpc, cidr, f"{name}/main", [("0.0.0.0/0", gateway)] if default else [], main=True)
        # The group and the ACL that every VPC is made with.
        group = self.id("sg", name, "default")
        itself = [{"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [],
                   "UserIdGroupPairs": [{"GroupId": group, "UserId": self.number}]}]
        self.group_of(group, "default", "default VPC security group", vpc, itself)
        self.add("NetworkAcls", {
            "NetworkAclId": self.id("acl", name),
            "VpcId": vpc,
            "IsDefault": True,
            "OwnerId": self.number,
            "Associations": [],
            "Entries": [
                {"CidrBlock": ANYWHERE, "Egress": egress, "Protocol": "-1", "RuleAction": action, "RuleNumber": number}
                for egress in (True, False) for action, number in (("allow", 100), ("deny", 32767))
            ],
            "Tags": [],
        })
        return {"id": vpc, "name": name, "cidr": cidr, "igw": gateway, "main": main}

    def table(self, vpc, cidr, name, routes, main=False, tagged=()):
        """A route table; routes are pairs of a range and what it leads to."""
        table = self.id("rtb", name)

        def route(to, target):
            kind = {"igw": "GatewayId", "nat": "NatGatewayId", "eigw": "EgressOnlyInternetGatewayId"}
            field = "DestinationIpv6CidrBlock" if ":" in to else "DestinationCidrBlock"
            return {field: to, kind[target.split("-")[0]]: target, "Origin": "CreateRoute", "State": "active"}

        local = {"DestinationCidrBlock": cidr, "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}
        self.add("RouteTables", {
            "RouteTableId": table,
            "VpcId": vpc,
            "OwnerId": self.number,
            "PropagatingVgws": [],
            "Routes": [local, *(route(*one) for one in routes)],
            "Associations": [{
                "Main": True,
                "RouteTableAssociationId": self.id("rtbassoc", name),
                "RouteTableId": table,
                "AssociationState": {"State": "associated"},
            }] if main else [],
            "Tags": list(tagged),
        })
        return table

    def subnet(self, vpc, name, cidr, zone, table=None, public=False, default=False, tagged=()):
        """A subnet; without a table of its own it follows the VPC's main one."""
        subnet = self.id("subnet", vpc["name"], name)
        zones = {"eu-west-1": "euw1", "eu-west-2": "euw2", "us-east-1": "use1", "us-west-1": "usw1"}
        self.add("Subnets", {
            "SubnetId": subnet,
            "SubnetArn": self.arn("ec2", f"subnet/{subnet}"),
            "VpcId": vpc["id"],
            "CidrBlock": cidr,
            "AvailabilityZone": self.region + zone,
            "AvailabilityZoneId": f"{zones[self.region]}-az{'abc'.index(zone) + 1}",
            "MapPublicIpOnLaunch": public,
            "DefaultForAz": default,
            "AssignIpv6AddressOnCreation": False,
            "Ipv6CidrBlockAssociationSet": [],
            "Ipv6Native": False,
            "OwnerId": self.number,
            "State": "available",
            "Tags": list(tagged),
        })
        if table:
            found = next(one for one in self.lists["RouteTables"] if one["RouteTableId"] == table)
            found["Associations"].append({
                "Main": False,
                "RouteTableAssociationId": self.id("rtbassoc", vpc["name"], name),
                "RouteTableId": table,
                "SubnetId": subnet,
                "AssociationState": {"State": "associated"},
            })
        acl = next(one for one in self.lists["NetworkAcls"] if one["VpcId"] == vpc["id"])
        acl["Associations"].append({
            "NetworkAclAssociationId": self.id("aclassoc", vpc["name"], name),
            "NetworkAclId": acl["NetworkAclId"],
            "SubnetId": subnet,
        })
        return {"id": subnet, "vpc": vpc["id"], "cidr": cidr, "zone": self.region + zone}

    def group_of(self, group, name, description, vpc, ingress, egress=True, tagged=()):
        out = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}], "Ipv6Ranges": [], "PrefixListIds": [],
               "UserIdGroupPairs": []}
        self.add("SecurityGroups", {
            "GroupId": group,
            "GroupName": name,
            "Description": description,
            "VpcId": vpc,
            "OwnerId": self.number,
            "SecurityGroupArn": self.arn("ec2", f"security-group/{group}"),
            "IpPermissions": ingress,
            "IpPermissionsEgress": [out] if egress else [],
            "Tags": list(tagged),
        })
        return {"id": group, "name": name}

    def group(self, vpc, name, description, ingress, egress=True, tagged=()):
        """A security group; ingress is a list of ports, or pairs of ports, with ranges and groups let in."""

        def permission(ports, *sources):
            first, last = ports if isinstance(ports, tuple) else (ports, ports)
            return {
                "IpProtocol": "tcp",
                "FromPort": first,
                "ToPort": last,
                "IpRanges": [{"CidrIp": one} for one in sources if isinstance(one, str)],
                "Ipv6Ranges": [],
                "PrefixListIds": [],
                "UserIdGroupPairs": [
                    {"GroupId": one["id"], "UserId": self.number} for one in sources if isinstance(one, dict)
                ],
            }

        group = self.id("sg", vpc["name"], name)
        rules = [permission(*one) for one in ingress]
        return self.group_of(group, name, description, vpc["id"], rules, egress, tagged)

    def address(self, subnet):
        """The next free private address of a subnet, well above the ones that AWS keeps."""
        number = self.used[subnet["id"]] = self.used.get(subnet["id"], 9) + 1
        return str(ipaddress.ip_network(subnet["cidr"])[number])

    def interface(self, name, subnet, groups, description, requester=None, kind="interface", public=None, checks=True,
                  instance=None, since=None):
        """A network interface; `public` is what owns its public address: an allocation, or a service."""
        private = self.address(subnet)
        eni = self.id("eni", name)
        owner = {}
        if public:
            allocation = public if isinstance(public, dict) else {"IpOwnerId": public, "PublicIp": str(next(self.public))}
            owner = {"Association": {**allocation, "PublicDnsName": self.public_name(allocation["PublicIp"])}}
        held = {"InstanceId": instance, "InstanceOwnerId": self.number} if instance else {"InstanceOwnerId": "amazon-aws"}
        attachment = {
            **({"AttachTime": since} if instance else {}),
            "AttachmentId": self.id("eni-attach" if instance else "ela-attach", name),
            "DeleteOnTermination": bool(instance),
            "DeviceIndex": 0 if instance else 1,
            **held,
            "Status": "attached",
        }
        digits = self.digits("mac", name, length=10)
        self.add("NetworkInterfaces", {
            "NetworkInterfaceId": eni,
            "InterfaceType": kind,
            "Status": "in-use",
            "Description": description,
            "AvailabilityZone": subnet["zone"],
            "SubnetId": subnet["id"],
            "VpcId": subnet["vpc"],
            "OwnerId": self.number,
            **({"RequesterId": requester} if requester else {}),
            "RequesterManaged": bool(requester),
            "SourceDestCheck": checks,
            "MacAddress": "06:" + ":".join(digits[at:at + 2] for at in range(0, 10, 2)),
            "PrivateDnsName": self.private_name(private),
            "PrivateIpAddress": private,
            "PrivateIpAddresses": [{
                "Primary": True,
                "PrivateDnsName": self.private_name(private),
                "PrivateIpAddress": private,
                **owner,
            }],
            "Groups": [{"GroupId": one["id"], "GroupName": one["name"]} for one in groups],
            "Ipv6Addresses": [],
            **owner,
            "Attachment": attachment,
            "TagSet": [],
        })
        return self.lists["NetworkInterfaces"][-1]

    def elastic(self, name, make, instance=None, tagged=()):
        """An Elastic IP on the interface that `make` returns for it."""
        allocation = {"AllocationId": self.id("eipalloc", name), "AssociationId": self.id("eipassoc", name),
                      "IpOwnerId": self.number, "PublicIp": str(next(self.public))}
        interface = make(allocation)
        self.add("Addresses", {
            "AllocationId": allocation["AllocationId"],
            "AssociationId": allocation["AssociationId"],
            "Domain": "vpc",
            "NetworkBorderGroup": self.region,
            "NetworkInterfaceId": interface["NetworkInterfaceId"],
            "NetworkInterfaceOwnerId": self.number,
            "PrivateIpAddress": interface["PrivateIpAddress"],
            "PublicIp": allocation["PublicIp"],
            "PublicIpv4Pool": "amazon",
            **({"InstanceId": instance} if instance else {}),
            "Tags": list(tagged),
        })
        return allocation, interface

    def nat(self, name, subnet, since):
        gateway = self.id("nat", name)
        allocation, interface = self.elastic(f"nat/{name}", lambda allocation: self.interface(
            f"nat/{name}", subnet, [], f"Interface for NAT Gateway {gateway}", "602817634529", "nat_gateway",
            allocation, checks=False))
        self.add("NatGateways", {
            "NatGatewayId": gateway,
            "VpcId": subnet["vpc"],
            "SubnetId": subnet["id"],
            "State": "available",
            "ConnectivityType": "public",
            "CreateTime": since,
            "NatGatewayAddresses": [{
                "AllocationId": allocation["AllocationId"],
                "AssociationId": allocation["AssociationId"],
                "NetworkInterfaceId": interface["NetworkInterfaceId"],
                "PrivateIp": interface["PrivateIpAddress"],
                "PublicIp": allocation["PublicIp"],
                "IsPrimary": True,
                "Status": "succeeded",
            }],
            "Tags": [],
        })
        return gateway

    # --- files ---

    def files(self):
        """The files' paths below the demo's directory, with their text."""
        here, everywhere = f"{self.number}/{self.region}", f"{self.number}/aws-global"
        found = {f"{here}/{name}.json": {name: self.lists[name]} for name in REGIONAL}
        found.update((f"{everywhere}/{name}.json", {name: self.lists[name]}) for name in GLOBAL)
        for name in ("clusters", "services"):
            found[f"{here}/{name}.json"]["failures"] = []
        found[f"{here}/VpcBlockPublicAccessOptions.json"] = {"VpcBlockPublicAccessOptions": {
            "AwsAccountId": self.number, "AwsRegion": self.region, "State": "default-state",
            "InternetGatewayBlockMode": "off", "ExclusionsAllowed": "allowed"}}
        return {Path(path): text(value) + "\n" for path, value in found.items()}
