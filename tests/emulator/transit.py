"""What joins networks, and what keeps them apart: a transit gateway between production and staging, a VPN, a way out
for IPv6, an endpoint service, and Block Public Access with an exclusion.

moto gives attachments no network interfaces; it fails to list routes and loses their attachments. It loses the VPC
link of a REST integration.
"""

import lacking
import network


def create(connect, made):
    """Makes all of it."""
    create_transit_gateway(connect("ec2"), made)
    create_vpn(connect("ec2"), made)
    create_endpoint_service(connect, made)
    create_client_vpn(connect("ec2"), made)
    create_vpc_origin(made)
    create_function(connect("ec2"), made)
    create_apis(connect, made)
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
    targets = connect("elbv2").create_target_group(
        Name="offered", Protocol="TCP", Port=5432, VpcId=made["vpcs"]["production"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    connect("elbv2").create_listener(
        LoadBalancerArn=balancer, Protocol="TCP", Port=5432, DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}]
    )
    made["offered"] = balancer
    service = connect("ec2").create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[balancer])
    connect("ec2").modify_vpc_endpoint_service_permissions(
        ServiceId=service["ServiceConfiguration"]["ServiceId"], AddAllowedPrincipals=["arn:aws:iam::444455556666:root"]
    )


def create_client_vpn(ec2, made):
    """An endpoint in production that lets everybody into it; moto knows none, but its interface."""
    subnet, group = made["subnets"]["production-app-a"], made["groups"]["app"]
    ec2.create_network_interface(SubnetId=subnet, Groups=[group], Description="ClientVPN Endpoint resource")
    endpoint = {"ClientVpnEndpointId": "cvpn-endpoint-1"}
    details = {
        "Endpoints": {"ClientVpnEndpoints": [endpoint | {
            "Status": {"Code": "available"}, "ClientCidrBlock": "10.99.0.0/22", "TransportProtocol": "udp", "VpnPort": 443,
            "SplitTunnel": True, "VpcId": made["vpcs"]["production"], "SecurityGroupIds": [group],
        }]},
        "AuthorizationRules": {"AuthorizationRules": [
            endpoint | {"DestinationCidr": "10.10.0.0/16", "GroupId": "", "AccessAll": True, "Status": {"Code": "active"}},
        ]},
        "TargetNetworks": {"ClientVpnTargetNetworks": [endpoint | {
            "AssociationId": "cvpn-assoc-1", "VpcId": made["vpcs"]["production"], "TargetNetworkId": subnet,
            "SecurityGroups": [group], "Status": {"Code": "associated"},
        }]},
        "Routes": {"Routes": [endpoint | {
            "DestinationCidr": "10.10.0.0/16", "TargetSubnet": subnet, "Origin": "associate", "Status": {"Code": "active"},
        }]},
    }
    for name, answer in details.items():
        lacking.give("ec2", f"DescribeClientVpn{name}", answer)


def managed_interface(ec2, made, sort):
    """An interface of an AWS service beside the application servers; moto would make it one of ours."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ec2.models import ec2_backends

    interface = ec2.create_network_interface(SubnetId=made["subnets"]["production-app-a"], Groups=[made["groups"]["app"]])
    interface = interface["NetworkInterface"]["NetworkInterfaceId"]
    ec2_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].enis[interface].interface_type = sort


def create_function(ec2, made):
    """A function with an interface in production and a URL for everybody; moto would want a role and an image."""
    managed_interface(ec2, made, "lambda")
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:report"
    inside = {
        "VpcId": made["vpcs"]["production"], "SubnetIds": [made["subnets"]["production-app-a"]],
        "SecurityGroupIds": [made["groups"]["app"]],
    }
    function = {"FunctionName": "report", "FunctionArn": arn, "VpcConfig": inside, "Environment": {"Variables": {"PASSWORD": "hush"}}}
    url = {
        "FunctionUrl": "https://report.lambda-url.eu-west-1.on.aws/", "FunctionArn": arn, "AuthType": "NONE",
        "CreationTime": "2024-01-01T00:00:00Z", "LastModifiedTime": "2024-01-01T00:00:00Z",
    }
    lacking.give("lambda", "ListFunctions", {"Functions": [function]})
    lacking.give("lambda", "ListFunctionUrlConfigs", {"FunctionUrlConfigs": [url]})


def create_apis(connect, made):
    """An API of each version through a VPC link of its own."""
    managed_interface(connect("ec2"), made, "api_gateway_managed")
    second = connect("apigatewayv2")
    link = second.create_vpc_link(
        Name="inside", SubnetIds=[made["subnets"]["production-app-a"]], SecurityGroupIds=[made["groups"]["app"]]
    )["VpcLinkId"]
    api = second.create_api(Name="orders", ProtocolType="HTTP")["ApiId"]
    integration = second.create_integration(
        ApiId=api, IntegrationType="HTTP_PROXY", IntegrationMethod="ANY", ConnectionType="VPC_LINK", ConnectionId=link,
        IntegrationUri=f"{made['offered']}/listener", PayloadFormatVersion="1.0",
    )["IntegrationId"]
    second.create_route(ApiId=api, RouteKey="ANY /orders", Target=f"integrations/{integration}", AuthorizationType="NONE")
    first = connect("apigateway")
    link = first.create_vpc_link(name="offered", targetArns=[made["offered"]])["id"]
    api = first.create_rest_api(name="stock", endpointConfiguration={"types": ["REGIONAL"]})["id"]
    root = first.get_resources(restApiId=api)["items"][0]["id"]
    first.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="AWS_IAM")
    first.put_integration(
        restApiId=api, resourceId=root, httpMethod="GET", type="HTTP_PROXY", integrationHttpMethod="GET",
        uri="http://stock.harbour.example/", connectionType="VPC_LINK", connectionId=link,
    )


def create_vpc_origin(made):
    """A distribution fetches from the offered load balancer; moto keeps no VPC origins."""
    from moto.cloudfront.models import cloudfront_backends
    from moto.core import DEFAULT_ACCOUNT_ID

    distributions = cloudfront_backends[DEFAULT_ACCOUNT_ID]["aws"].distributions.values()
    tight = next(one for one in distributions if one.distribution_config.Comment == "tight")
    tight.distribution_config.Origins["Items"][0].vpc_origin_config = {"VpcOriginId": "vo_1"}
    known = {"Id": "vo_1", "Arn": "arn:aws:cloudfront::123456789012:vpcorigin/vo_1", "Status": "Deployed"}
    times = dict.fromkeys(("CreatedTime", "LastModifiedTime"), "2024-01-01T00:00:00Z")
    config = {"Name": "offered", "Arn": made["offered"], "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
    listed = known | times | {"Name": "offered", "OriginEndpointArn": made["offered"]}
    page = {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": 1, "Items": [listed]}
    lacking.give("cloudfront", "ListVpcOrigins", {"VpcOriginList": page})
    lacking.give("cloudfront", "GetVpcOrigin", {"VpcOrigin": known | times | {"VpcOriginEndpointConfig": config}})


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
