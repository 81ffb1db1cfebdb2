"""What joins networks, and what keeps them apart: a transit gateway between production and staging, a VPN, a way out
for IPv6, an endpoint service, and Block Public Access with an exclusion.

moto gives attachments no network interfaces; it fails to list routes and loses their attachments.
"""

import lacking
import network


def create(connect, made):
    """Makes all of it."""
    create_transit_gateway(connect("ec2"), made)
    create_vpn(connect("ec2"), made)
    create_endpoint_service(connect, made)
    block_public_access(made)
    connect("ec2").create_route(
        RouteTableId=made["nat-table"], DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=made["egress-gateway"]
    )


def create_vpn(ec2, made):
    """A connection with a static route to staging's virtual private gateway."""
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=made["vpcs"]["staging"])
    customer = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.9", BgpAsn=65000)["CustomerGateway"]
    ec2.create_vpn_connection(
        Type="ipsec.1", CustomerGatewayId=customer["CustomerGatewayId"], VpnGatewayId=gateway, Options={"StaticRoutesOnly": True}
    )


def create_endpoint_service(connect, made):
    """A Network Load Balancer offered to another account."""
    balancer = connect("elbv2").create_load_balancer(
        Name="offered", Scheme="internal", Type="network", Subnets=[made["subnets"]["production-app-a"]],
        Tags=[{"Key": "Environment", "Value": "production"}],
    )["LoadBalancers"][0]["LoadBalancerArn"]
    service = connect("ec2").create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[balancer])
    connect("ec2").modify_vpc_endpoint_service_permissions(
        ServiceId=service["ServiceConfiguration"]["ServiceId"], AddAllowedPrincipals=["arn:aws:iam::444455556666:root"]
    )


def block_public_access(made):
    """Nothing comes in by internet gateways, but to production."""
    lacking.give("ec2", "DescribeVpcBlockPublicAccessOptions", {"VpcBlockPublicAccessOptions": {
        "AwsAccountId": "123456789012", "AwsRegion": "eu-west-1", "State": "update-complete",
        "InternetGatewayBlockMode": "block-ingress", "ExclusionsAllowed": "allowed",
    }})
    lacking.give("ec2", "DescribeVpcBlockPublicAccessExclusions", {"VpcBlockPublicAccessExclusions": [{
        "ExclusionId": "vpcbpa-exclude-1", "InternetGatewayExclusionMode": "allow-bidirectional", "State": "create-complete",
        "ResourceArn": f"arn:aws:ec2:eu-west-1:123456789012:vpc/{made['vpcs']['production']}",
    }]})


def create_transit_gateway(ec2, made):
    """Two attachments, a table with a static route and a blackhole."""
    gateway = ec2.create_transit_gateway(
        Description="hub", TagSpecifications=network.tagged("transit-gateway", "hub", Environment="production"),
    )["TransitGateway"]["TransitGatewayId"]
    attachments = {}
    for vpc, subnet in (("production", "production-app-a"), ("staging", "staging-public-a")):
        attachments[vpc] = ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway, VpcId=made["vpcs"][vpc], SubnetIds=[made["subnets"][subnet]],
            Options={"ApplianceModeSupport": "enable"},
        )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    table = ec2.create_transit_gateway_route_table(TransitGatewayId=gateway)["TransitGatewayRouteTable"]
    table = table["TransitGatewayRouteTableId"]
    ec2.enable_transit_gateway_route_table_propagation(
        TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=attachments["production"]
    )
    give_routes(made, table, attachments)


def give_routes(made, table, attachments):
    """The routes of the table: to staging, nowhere, and to production, which propagates."""

    def to(vpc):
        there = {"ResourceId": made["vpcs"][vpc], "ResourceType": "vpc", "TransitGatewayAttachmentId": attachments[vpc]}
        return {"TransitGatewayAttachments": [there], "State": "active"}

    routes = [
        {"DestinationCidrBlock": "10.20.0.0/16", "Type": "static"} | to("staging"),
        {"DestinationCidrBlock": "10.66.0.0/16", "Type": "static", "State": "blackhole"},
        {"DestinationCidrBlock": "10.10.0.0/16", "Type": "propagated"} | to("production"),
    ]

    def answer(parameters):
        here = parameters["TransitGatewayRouteTableId"] == table
        return {"Routes": routes if here else [], "AdditionalRoutesAvailable": False}

    lacking.give("ec2", "SearchTransitGatewayRoutes", answer)
