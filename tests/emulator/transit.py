"""What joins networks: a transit gateway between production and staging.

moto gives attachments no network interfaces; it fails to list routes and loses their attachments.
"""

import lacking
import network


def create(connect, made):
    """Makes a transit gateway with two attachments, a table with a static route and a blackhole."""
    ec2 = connect("ec2")
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
