"""The account as AWS CLI JSON, the way somebody without Bartizan would have saved it.

`DIRECTORY/<account>/<region>/<Result>.json`, one file per `describe-*` call with its pages joined,
each with the key the CLI prints. Where the CLI needs one call per resource, the answers are
collected: `{"LoadBalancerAttributes": [{"LoadBalancerArn": ..., "Attributes": [...]}]}`.
"""

import json
import pathlib
import sys
from functools import partial

from botocore.exceptions import ClientError

import account

GLOBAL = "aws-global"

# Service, operation, key of the answer that holds the resources. Its last part names the file.
LISTS = [
    ("ec2", "describe_vpcs", "Vpcs"),
    ("ec2", "describe_subnets", "Subnets"),
    ("ec2", "describe_route_tables", "RouteTables"),
    ("ec2", "describe_internet_gateways", "InternetGateways"),
    ("ec2", "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways"),
    ("ec2", "describe_nat_gateways", "NatGateways"),
    ("ec2", "describe_network_acls", "NetworkAcls"),
    ("ec2", "describe_security_groups", "SecurityGroups"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces"),
    ("ec2", "describe_instances", "Reservations"),
    ("ec2", "describe_addresses", "Addresses"),
    ("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints"),
    ("ec2", "describe_transit_gateways", "TransitGateways"),
    ("ec2", "describe_transit_gateway_attachments", "TransitGatewayAttachments"),
    ("ec2", "describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments"),
    ("ec2", "describe_transit_gateway_route_tables", "TransitGatewayRouteTables"),
    ("ec2", "describe_vpn_gateways", "VpnGateways"),
    ("ec2", "describe_vpn_connections", "VpnConnections"),
    ("ec2", "describe_vpc_block_public_access_options", "VpcBlockPublicAccessOptions"),
    ("ec2", "describe_vpc_block_public_access_exclusions", "VpcBlockPublicAccessExclusions"),
    ("ec2", "describe_vpc_endpoint_service_configurations", "ServiceConfigurations"),
    ("ec2", "describe_client_vpn_endpoints", "ClientVpnEndpoints"),
    ("ec2", "describe_flow_logs", "FlowLogs"),
    ("elbv2", "describe_load_balancers", "LoadBalancers"),
    ("elbv2", "describe_target_groups", "TargetGroups"),
    ("elb", "describe_load_balancers", "LoadBalancerDescriptions"),
    ("rds", "describe_db_instances", "DBInstances"),
    ("rds", "describe_db_clusters", "DBClusters"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups"),
    ("elasticache", "describe_cache_clusters", "CacheClusters"),
    ("elasticache", "describe_replication_groups", "ReplicationGroups"),
    ("elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups"),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups"),
    ("logs", "describe_log_groups", "logGroups"),
    ("cloudwatch", "describe_alarms", "MetricAlarms"),
]


def write(endpoint, directory):
    """Writes the dump; answers with the files written."""
    connect = partial(account.client, endpoint)
    owner = connect("sts").get_caller_identity()["Account"]
    regional = {key: list_all(connect(service), operation, key) for service, operation, key in LISTS}
    for collect in (prefix_lists, transit_routes, endpoint_services, client_vpn, functions, gateways, load_balancing, classic_load_balancing, containers, domains):
        regional |= collect(connect, regional)
    worldwide = distributions(connect) | vpc_origins(connect) | buckets(connect) | hosted_zones(connect)
    root = pathlib.Path(directory, owner)
    return write_all(root / account.REGION, regional) + write_all(root / GLOBAL, worldwide)


def write_all(directory, answers):
    """One file per answer, named by its key."""
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    for key, resources in answers.items():
        file = directory / f"{key[0].upper()}{key[1:]}.json"
        file.write_text(json.dumps({key: resources}, indent=1, default=lambda moment: moment.isoformat()))
        files.append(str(file))
    return files


def list_all(client, operation, key, **arguments):
    """The resources of every page."""
    if not client.can_paginate(operation):
        return getattr(client, operation)(**arguments)[key]
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[key]]


def each(names, label, ask, *keys):
    """One answer per resource, marked with the name that was asked about."""
    answers = ((name, ask(name)) for name in names)
    return [{label: name} | {key: answer[key] for key in keys} for name, answer in answers]


def prefix_lists(connect, _):
    """Prefix lists with their entries."""
    ec2 = connect("ec2")
    found = list_all(ec2, "describe_managed_prefix_lists", "PrefixLists")
    for one in found:
        entries = list_all(ec2, "get_managed_prefix_list_entries", "Entries", PrefixListId=one["PrefixListId"])
        one["Cidrs"] = [entry["Cidr"] for entry in entries]
    return {"PrefixLists": found}


def transit_routes(connect, regional):
    """Routes and propagations of transit gateway route tables."""
    ec2 = connect("ec2")
    tables = [one["TransitGatewayRouteTableId"] for one in regional["TransitGatewayRouteTables"]]
    every = [{"Name": "state", "Values": ["active", "blackhole"]}]

    def routes(table):
        return ec2.search_transit_gateway_routes(TransitGatewayRouteTableId=table, Filters=every)

    def propagations(table):
        return ec2.get_transit_gateway_route_table_propagations(TransitGatewayRouteTableId=table)

    label, found = "TransitGatewayRouteTableId", "TransitGatewayRouteTablePropagations"
    return {
        "TransitGatewayStaticRoutes": each(tables, label, routes, "Routes", "AdditionalRoutesAvailable"),
        "TransitGatewayPropagations": each(tables, label, propagations, found),
    }


def endpoint_services(connect, regional):
    """Who may use endpoint services."""
    services = [one["ServiceId"] for one in regional["ServiceConfigurations"]]

    def allowed(service):
        return connect("ec2").describe_vpc_endpoint_service_permissions(ServiceId=service)

    return {"VpcEndpointServicePermissions": each(services, "ServiceId", allowed, "AllowedPrincipals")}


def client_vpn(connect, regional):
    """Rules, networks and routes of Client VPN endpoints."""
    ec2 = connect("ec2")
    label, answers = "ClientVpnEndpointId", {}
    endpoints = [one[label] for one in regional["ClientVpnEndpoints"]]
    for name, key in {"authorization_rules": "AuthorizationRules", "target_networks": "ClientVpnTargetNetworks", "routes": "Routes"}.items():
        ask = getattr(ec2, f"describe_client_vpn_{name}")
        file = key if key.startswith("ClientVpn") else f"ClientVpn{key}"
        answers[file] = each(endpoints, label, lambda endpoint, ask=ask: ask(ClientVpnEndpointId=endpoint), key)
    return answers


def functions(connect, _):
    """Lambda functions, those in VPCs with their URLs."""
    found = list_all(connect("lambda"), "list_functions", "Functions")
    for one in (one for one in found if one.get("VpcConfig", {}).get("VpcId")):
        urls = connect("lambda").list_function_url_configs(FunctionName=one["FunctionArn"])
        one["FunctionUrlConfigs"] = urls["FunctionUrlConfigs"]
    return {"Functions": found}


def gateways(connect, _):
    """VPC links and APIs of both versions of API Gateway, in the words of the second."""
    first, second = connect("apigateway"), connect("apigatewayv2")
    links = second.get_vpc_links()["Items"]
    for link in list_all(first, "get_vpc_links", "items"):
        links.append({
            "VpcLinkId": link["id"], "Name": link["name"], "VpcLinkVersion": "V1", "VpcLinkStatus": link["status"],
            "TargetArns": link["targetArns"],
        })
    apis = second.get_apis()["Items"]
    for api in apis:
        api["Integrations"] = second.get_integrations(ApiId=api["ApiId"])["Items"]
        api["Routes"] = second.get_routes(ApiId=api["ApiId"])["Items"]
    rest = [rest_api(first, api) for api in list_all(first, "get_rest_apis", "items")]
    return {"VpcLinks": links, "Apis": apis + rest}


def rest_api(client, api):
    """A REST API whose methods are routes."""
    integrations, routes = [], []
    for resource in list_all(client, "get_resources", "items", restApiId=api["id"], embed=["methods"]):
        for verb, method in resource.get("resourceMethods", {}).items():
            to, name = method["methodIntegration"], f"{resource['id']}/{verb}"
            integrations.append({
                "IntegrationId": name, "IntegrationType": to["type"], "ConnectionType": to.get("connectionType"),
                "ConnectionId": to.get("connectionId"), "IntegrationUri": to["uri"],
            })
            routes.append({
                "RouteKey": f"{verb} {resource['path']}", "Target": f"integrations/{name}",
                "AuthorizationType": method["authorizationType"], "ApiKeyRequired": method.get("apiKeyRequired"),
            })
    return {
        "ApiId": api["id"], "Name": api["name"], "ProtocolType": "REST", "EndpointTypes": api["endpointConfiguration"]["types"],
        "DisableExecuteApiEndpoint": api["disableExecuteApiEndpoint"], "Integrations": integrations, "Routes": routes,
    }


def load_balancing(connect, regional):
    """Listeners, rules, attributes, health and tags of load balancers."""
    elbv2 = connect("elbv2")
    balancers = [one["LoadBalancerArn"] for one in regional["LoadBalancers"]]
    targets = [one["TargetGroupArn"] for one in regional["TargetGroups"]]
    listeners = [one for arn in balancers for one in list_all(elbv2, "describe_listeners", "Listeners", LoadBalancerArn=arn)]
    rules = [one for listener in listeners for one in list_all(elbv2, "describe_rules", "Rules", ListenerArn=listener["ListenerArn"])]

    def attributes(arn):
        return elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)

    def health(arn):
        return elbv2.describe_target_health(TargetGroupArn=arn)

    def settings(arn):
        return elbv2.describe_target_group_attributes(TargetGroupArn=arn)

    return {
        "Listeners": listeners,
        "Rules": rules,
        "LoadBalancerAttributes": each(balancers, "LoadBalancerArn", attributes, "Attributes"),
        "LoadBalancerTargetHealth": each(targets, "TargetGroupArn", health, "TargetHealthDescriptions"),
        "TargetGroupAttributes": each(targets, "TargetGroupArn", settings, "Attributes"),
        "TagDescriptions": elbv2.describe_tags(ResourceArns=balancers + targets)["TagDescriptions"],
    }


def classic_load_balancing(connect, regional):
    """Tags of classic load balancers, in one file with the others'."""
    names = [one["LoadBalancerName"] for one in regional["LoadBalancerDescriptions"]]
    tags = connect("elb").describe_tags(LoadBalancerNames=names)["TagDescriptions"]
    return {"TagDescriptions": regional["TagDescriptions"] + tags}


def containers(connect, _):
    """ECS clusters and services."""
    ecs = connect("ecs")
    arns = list_all(ecs, "list_clusters", "clusterArns")
    clusters = ecs.describe_clusters(clusters=arns, include=["SETTINGS", "TAGS"])["clusters"]
    services = []
    for arn in arns:
        names = list_all(ecs, "list_services", "serviceArns", cluster=arn)
        services += ecs.describe_services(cluster=arn, services=names, include=["TAGS"])["services"]
    return {"clusters": clusters, "services": services}


def domains(connect, _):
    """OpenSearch domains with their tags."""
    opensearch = connect("opensearch")
    names = [one["DomainName"] for one in opensearch.list_domain_names()["DomainNames"]]
    found = opensearch.describe_domains(DomainNames=names)["DomainStatusList"]
    for one in found:
        one["Tags"] = opensearch.list_tags(ARN=one["ARN"])["TagList"]
    return {"DomainStatusList": found}


def hosted_zones(connect):
    """Route 53 hosted zones with their tags."""
    route53 = connect("route53")
    found = list_all(route53, "list_hosted_zones", "HostedZones")
    for one in found:
        zone = one["Id"].removeprefix("/hostedzone/")
        tags = route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone)
        one["Tags"] = tags["ResourceTagSet"]["Tags"]
    return {"HostedZones": found}


def distributions(connect):
    """CloudFront distributions as `get-distribution` prints them, with their tags."""
    cloudfront = connect("cloudfront")
    pages = cloudfront.get_paginator("list_distributions").paginate()
    ids = [one["Id"] for page in pages for one in page["DistributionList"].get("Items", [])]
    found = [cloudfront.get_distribution(Id=one)["Distribution"] for one in ids]
    for one in found:
        one["Tags"] = cloudfront.list_tags_for_resource(Resource=one["ARN"])["Tags"]["Items"]
    return {"Distributions": found}


def vpc_origins(connect):
    """VPC origins as `get-vpc-origin` prints them."""
    cloudfront = connect("cloudfront")
    ids = [one["Id"] for one in cloudfront.list_vpc_origins()["VpcOriginList"].get("Items", [])]
    return {"VpcOrigins": [cloudfront.get_vpc_origin(Id=one)["VpcOrigin"] for one in ids]}


def buckets(connect):
    """S3 buckets, each with what has to be asked one by one; null stands for what a bucket does not have."""
    s3 = connect("s3")
    found = s3.list_buckets()["Buckets"]
    for bucket in found:
        name = bucket["Name"]
        for key, ask in {
            "PublicAccessBlockConfiguration": s3.get_public_access_block,
            "PolicyStatus": s3.get_bucket_policy_status,
            "Policy": s3.get_bucket_policy,
        }.items():
            answer = existing(ask, name)
            bucket[key] = answer[key] if answer else None
        bucket["Grants"] = s3.get_bucket_acl(Bucket=name)["Grants"]
        bucket["WebsiteConfiguration"] = existing(s3.get_bucket_website, name)
        bucket["TagSet"] = (existing(s3.get_bucket_tagging, name) or {"TagSet": []})["TagSet"]
    return {"Buckets": found}


def existing(ask, name):
    """One setting of a bucket, None where it has none."""
    try:
        answer = ask(Bucket=name)
    except ClientError as problem:
        if problem.response["Error"]["Code"].startswith("NoSuch"):
            return None
        raise
    del answer["ResponseMetadata"]
    return answer


if __name__ == "__main__":
    print("\n".join(write(sys.argv[1], sys.argv[2])))
