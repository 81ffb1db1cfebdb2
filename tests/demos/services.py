"""What runs in an account, as the AWS CLI prints it: a function for each kind of resource."""

import hashlib

# The hosted zones that names of load balancers and databases are in, and the account that writes load balancers' logs.
ELB_ZONE = {"eu-west-1": "Z32O12XQLNTSW2", "us-east-1": "Z35SXDOTRQ7X7K"}
RDS_ZONE = {"eu-west-1": "Z29XKXDKYMONMX", "eu-west-2": "Z1TTGA775OQIYO", "us-east-1": "Z2R2ITUGPM61AM",
            "us-west-1": "Z10WI91S59XXQN"}
ELB_LOGS = {"us-east-1": "127311923021"}
UNIX = {"2019": 1546300800000, "2020": 1577836800000, "2022": 1640995200000, "2023": 1672531200000,
        "2024": 1704067200000}


def instance(account, name, subnet, groups, kind, image, since, key=None, profile=None, tagged=(), elastic=False,
             checks=True, tokens="optional"):
    """A running instance with its interface, on an Elastic IP if it has one."""
    number = account.id("i", name)

    def interface(public=None):
        return account.interface(name, subnet, groups, "", public=public, checks=checks, instance=number,
                                 since=since)

    made = account.elastic(name, interface, number, tagged)[1] if elastic else interface()
    own = {field: made[field] for field in (
        "NetworkInterfaceId", "InterfaceType", "Status", "Description", "SubnetId", "VpcId", "OwnerId", "MacAddress",
        "PrivateDnsName", "PrivateIpAddress", "PrivateIpAddresses", "Groups", "Ipv6Addresses", "SourceDestCheck")}
    own["Attachment"] = {field: value for field, value in made["Attachment"].items() if not field.startswith("Instance")}
    public = made.get("Association", {})
    account.add("Reservations", {
        "ReservationId": account.id("r", name),
        "OwnerId": account.number,
        "Groups": [],
        "Instances": [{
            "InstanceId": number,
            "ImageId": image,
            "InstanceType": kind,
            **({"KeyName": key} if key else {}),
            "LaunchTime": since,
            "State": {"Code": 16, "Name": "running"},
            "Architecture": "x86_64",
            "RootDeviceType": "ebs",
            "Monitoring": {"State": "disabled"},
            "Placement": {"AvailabilityZone": subnet["zone"], "GroupName": "", "Tenancy": "default"},
            "MetadataOptions": {"State": "applied", "HttpTokens": tokens, "HttpPutResponseHopLimit": 2,
                                "HttpEndpoint": "enabled"},
            **({"IamInstanceProfile": {"Arn": account.arn("iam", f"instance-profile/{profile}", ""),
                                       "Id": f"AIPA{account.word('profile', profile, length=17)}"}} if profile else {}),
            "PrivateDnsName": made["PrivateDnsName"],
            "PrivateIpAddress": made["PrivateIpAddress"],
            "PublicDnsName": public.get("PublicDnsName", ""),
            **({"PublicIpAddress": public["PublicIp"]} if public else {}),
            "SubnetId": subnet["id"],
            "VpcId": subnet["vpc"],
            "SourceDestCheck": checks,
            "SecurityGroups": made["Groups"],
            "NetworkInterfaces": [{**own, **({"Association": made["Association"]} if public else {})}],
            "Tags": list(tagged),
        }],
    })
    return {"id": number, "zone": subnet["zone"], "address": made["PrivateIpAddress"], "public": public.get("PublicIp")}


def scaling_group(account, name, subnets, instances, least, most, since, targets=(), check="EC2", tagged=()):
    account.add("AutoScalingGroups", {
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": account.arn(
            "autoscaling", f"autoScalingGroup:{account.digits('asg', name, length=32)}:autoScalingGroupName/{name}"),
        "MinSize": least,
        "MaxSize": most,
        "DesiredCapacity": len(instances),
        "DefaultCooldown": 300,
        "AvailabilityZones": [subnet["zone"] for subnet in subnets],
        "LoadBalancerNames": [],
        "TargetGroupARNs": list(targets),
        "HealthCheckType": check,
        "HealthCheckGracePeriod": 300,
        "Instances": [{"InstanceId": one["id"], "AvailabilityZone": one["zone"], "LifecycleState": "InService",
                       "HealthStatus": "Healthy", "ProtectedFromScaleIn": False} for one in instances],
        "CreatedTime": since,
        "VPCZoneIdentifier": ",".join(subnet["id"] for subnet in subnets),
        "TerminationPolicies": ["Default"],
        "Tags": [{"ResourceId": name, "ResourceType": "auto-scaling-group", **tag, "PropagateAtLaunch": True}
                 for tag in tagged],
    })


def balancer(account, name, vpc, subnets, groups, since, scheme="internet-facing", logs=None, tagged=()):
    """An Application Load Balancer with its interfaces."""
    path = f"app/{name}/{account.digits('alb', name)}"
    arn = account.arn("elasticloadbalancing", f"loadbalancer/{path}")
    number = int(account.digits("dns", name, length=8), 16)
    inside = "internal-" if scheme == "internal" else ""
    account.add("LoadBalancers", {
        "LoadBalancerArn": arn,
        "LoadBalancerName": name,
        "DNSName": f"{inside}{name}-{number}.{account.region}.elb.amazonaws.com",
        "CanonicalHostedZoneId": ELB_ZONE[account.region],
        "CreatedTime": since,
        "Scheme": scheme,
        "Type": "application",
        "VpcId": vpc["id"],
        "State": {"Code": "active"},
        "IpAddressType": "ipv4",
        "AvailabilityZones": [{"ZoneName": one["zone"], "SubnetId": one["id"], "LoadBalancerAddresses": []}
                              for one in subnets],
        "SecurityGroups": [group["id"] for group in groups],
        "Tags": list(tagged),
    })
    bucket, prefix = logs or ("", "")
    attributes = {
        "access_logs.s3.enabled": str(bool(logs)).lower(), "access_logs.s3.bucket": bucket,
        "access_logs.s3.prefix": prefix, "deletion_protection.enabled": "false", "idle_timeout.timeout_seconds": "60",
        "routing.http2.enabled": "true", "routing.http.drop_invalid_header_fields.enabled": "false",
    }
    account.add("LoadBalancerAttributes", {
        "LoadBalancerArn": arn, "Attributes": [{"Key": key, "Value": value} for key, value in attributes.items()]})
    for one in subnets:
        public = None if scheme == "internal" else "amazon-elb"
        account.interface(f"{name}/{one['id']}", one, groups, f"ELB {path}", "amazon-elb", public=public)
    return {"arn": arn, "path": path, "dns": account.lists["LoadBalancers"][-1]["DNSName"]}


def forward(group):
    return {"Type": "forward", "TargetGroupArn": group, "Order": 1,
            "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group, "Weight": 1}],
                              "TargetGroupStickinessConfig": {"Enabled": False}}}


def refuse():
    return {"Type": "fixed-response", "Order": 1,
            "FixedResponseConfig": {"StatusCode": "403", "ContentType": "text/plain", "MessageBody": "Access denied"}}


def with_header(name):
    """The condition that a request carries a header; its value is a secret and not in these files."""
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": ["not-a-real-secret"]}}


def listener(account, alb, port, default, rules=(), certificate=None, policy=None):
    """A listener with its rules: pairs of conditions and an action, before the default."""
    number = account.digits("listener", alb["path"], str(port))
    arn = account.arn("elasticloadbalancing", f"listener/{alb['path']}/{number}")
    account.add("Listeners", {
        "ListenerArn": arn,
        "LoadBalancerArn": alb["arn"],
        "Port": port,
        "Protocol": "HTTPS" if certificate else "HTTP",
        **({"Certificates": [{"CertificateArn": certificate}], "SslPolicy": policy} if certificate else {}),
        "DefaultActions": [default],
    })
    places = [(str(10 * (place + 1)), *rule) for place, rule in enumerate(rules)] + [("default", [], default)]
    for priority, conditions, action in places:
        rule = account.digits("rule", alb["path"], str(port), priority)
        account.add("Rules", {
            "RuleArn": account.arn("elasticloadbalancing", f"listener-rule/{alb['path']}/{number}/{rule}"),
            "Priority": priority,
            "Conditions": list(conditions),
            "Actions": [action],
            "IsDefault": priority == "default",
        })
    return arn


def target_group(account, name, vpc, alb, targets, health, tagged=()):
    """A group of instances, each with the port that the service's task got on it."""
    arn = account.arn("elasticloadbalancing", f"targetgroup/{name}/{account.digits('tg', name)}")
    account.add("TargetGroups", {
        "TargetGroupArn": arn,
        "TargetGroupName": name,
        "Protocol": "HTTP",
        "ProtocolVersion": "HTTP1",
        "Port": 80,
        "VpcId": vpc["id"],
        "TargetType": "instance",
        "IpAddressType": "ipv4",
        "HealthCheckEnabled": True,
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckPath": health,
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
        "Matcher": {"HttpCode": "200"},
        "LoadBalancerArns": [alb["arn"]],
        "Tags": list(tagged),
    })
    account.add("TargetGroupAttributes", {"TargetGroupArn": arn, "Attributes": [
        {"Key": "deregistration_delay.timeout_seconds", "Value": "300"},
        {"Key": "load_balancing.algorithm.type", "Value": "round_robin"},
        {"Key": "stickiness.enabled", "Value": "false"}]})
    account.add("LoadBalancerTargetHealth", {"TargetGroupArn": arn, "TargetHealthDescriptions": [
        {"HealthCheckPort": str(port), "Target": {"Id": one["id"], "Port": port}, "TargetHealth": {"State": "healthy"}}
        for one, port in targets]})
    return arn


def cluster(account, name, instances, services, tasks, since, tagged=()):
    arn = account.arn("ecs", f"cluster/{name}")
    account.add("clusters", {
        "clusterArn": arn,
        "clusterName": name,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": instances,
        "runningTasksCount": tasks,
        "pendingTasksCount": 0,
        "activeServicesCount": services,
        "statistics": [],
        "tags": [{"key": tag["Key"], "value": tag["Value"]} for tag in tagged],
        "settings": [{"name": "containerInsights", "value": "disabled"}],
        "capacityProviders": [],
        "defaultCapacityProviderStrategy": [],
    })
    return arn


def service(account, name, of, count, revision, group, container, since, least=100, tagged=()):
    """A service on EC2 whose tasks get a port of their instance."""
    task = account.arn("ecs", f"task-definition/{name}:{revision}")
    account.add("services", {
        "serviceArn": account.arn("ecs", f"service/{of.rsplit('/', 1)[1]}/{name}"),
        "serviceName": name,
        "clusterArn": of,
        "loadBalancers": [{"targetGroupArn": group, "containerName": container[0], "containerPort": container[1]}],
        "serviceRegistries": [],
        "status": "ACTIVE",
        "desiredCount": count,
        "runningCount": count,
        "pendingCount": 0,
        "launchType": "EC2",
        "taskDefinition": task,
        "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": False, "rollback": False},
                                    "maximumPercent": 200, "minimumHealthyPercent": least},
        "createdAt": since,
        "placementConstraints": [],
        "placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"},
                              {"type": "spread", "field": "instanceId"}],
        "healthCheckGracePeriodSeconds": 60,
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "tags": [{"key": tag["Key"], "value": tag["Value"]} for tag in tagged],
    })


def db_subnets(account, name, subnets):
    group = {
        "DBSubnetGroupName": name,
        "DBSubnetGroupDescription": name,
        "VpcId": subnets[0]["vpc"],
        "SubnetGroupStatus": "Complete",
        "Subnets": [{"SubnetIdentifier": one["id"], "SubnetAvailabilityZone": {"Name": one["zone"]},
                     "SubnetOutpost": {}, "SubnetStatus": "Active"} for one in subnets],
    }
    account.add("DBSubnetGroups", {**group, "DBSubnetGroupArn": account.arn("rds", f"subgrp:{name}")})
    return group


def database(account, name, engine, kind, port, user, place, groups, since, storage=20, logs=(), encrypted=False,
             backup=1, of=None, tagged=()):
    """A DB instance in one zone with its interface: `place` is its subnet group and its subnet."""
    subnets, subnet = place
    host = f"{name}.c{account.digits('rds', length=11)}.{account.region}.rds.amazonaws.com"
    account.interface(f"rds/{name}", subnet, groups, "RDSNetworkInterface", "amazon-rds")
    account.add("DBInstances", {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": account.arn("rds", f"db:{name}"),
        "DbiResourceId": f"db-{account.word('db', name, length=26)}",
        "DBInstanceClass": kind,
        "Engine": engine[0],
        "EngineVersion": engine[1],
        "DBInstanceStatus": "available",
        "MasterUsername": user[0],
        "DBName": user[1],
        "Endpoint": {"Address": host, "Port": port, "HostedZoneId": RDS_ZONE[account.region]},
        "AllocatedStorage": storage,
        "StorageType": "aurora" if of else "gp2",
        "StorageEncrypted": encrypted,
        "InstanceCreateTime": since,
        "BackupRetentionPeriod": backup,
        "DBSecurityGroups": [],
        "VpcSecurityGroups": [{"VpcSecurityGroupId": group["id"], "Status": "active"} for group in groups],
        "AvailabilityZone": subnet["zone"],
        "DBSubnetGroup": subnets,
        "MultiAZ": False,
        "PubliclyAccessible": False,
        "AutoMinorVersionUpgrade": True,
        "ReadReplicaDBInstanceIdentifiers": [],
        **({"DBClusterIdentifier": of} if of else {}),
        **({"EnabledCloudwatchLogsExports": list(logs)} if logs else {}),
        "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "IAMDatabaseAuthenticationEnabled": False,
        "DeletionProtection": False,
        "TagList": list(tagged),
    })
    return host


def redis(account, name, version, kind, subnets, subnet, groups, since, tagged=()):
    """A Redis cluster of one node, in no replication group."""
    account.interface(f"redis/{name}", subnet, groups, f"ElastiCache {name}", "amazon-elasticache")
    group = f"{name}-subnet-group"
    account.add("CacheSubnetGroups", {
        "CacheSubnetGroupName": group,
        "CacheSubnetGroupDescription": group,
        "VpcId": subnet["vpc"],
        "Subnets": [{"SubnetIdentifier": one["id"], "SubnetAvailabilityZone": {"Name": one["zone"]}}
                    for one in subnets],
        "ARN": account.arn("elasticache", f"subnetgroup:{group}"),
    })
    host = f"{name}.{account.digits('cache', length=6)}.0001.use1.cache.amazonaws.com"
    account.add("CacheClusters", {
        "CacheClusterId": name,
        "ARN": account.arn("elasticache", f"cluster:{name}"),
        "Engine": "redis",
        "EngineVersion": version,
        "CacheNodeType": kind,
        "CacheClusterStatus": "available",
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": subnet["zone"],
        "CacheClusterCreateTime": since,
        "CacheNodes": [{"CacheNodeId": "0001", "CacheNodeStatus": "available", "CacheNodeCreateTime": since,
                        "Endpoint": {"Address": host, "Port": 6379}, "CustomerAvailabilityZone": subnet["zone"]}],
        "CacheSubnetGroupName": group,
        "SecurityGroups": [{"SecurityGroupId": one["id"], "Status": "active"} for one in groups],
        "TransitEncryptionEnabled": False,
        "AtRestEncryptionEnabled": False,
        "Tags": list(tagged),
    })
    return host


def bucket(account, name, since, policy=None, public=False, blocked=None, tagged=()):
    """A bucket; `blocked` is None where Block Public Access was never set."""
    settings = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    owner = hashlib.sha256(account.number.encode()).hexdigest()
    account.add("Buckets", {
        "Name": name,
        "CreationDate": since,
        "BucketRegion": account.region,
        "PublicAccessBlockConfiguration": None if blocked is None else {setting: blocked for setting in settings},
        "Policy": policy,
        "PolicyStatus": {"IsPublic": public} if policy else None,
        "WebsiteConfiguration": None,
        "Grants": [{"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}],
        "TagSet": list(tagged),
    })


def log_group(account, name, days=None, stored=0, year="2020"):
    arn = account.arn("logs", f"log-group:{name}")
    account.add("logGroups", {
        "logGroupName": name,
        "creationTime": UNIX[year],
        **({"retentionInDays": days} if days else {}),
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "storedBytes": stored,
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
    })


def zone(account, name, records, comment="", vpc=None, tagged=()):
    """A hosted zone, private when it belongs to a VPC; records are names, types and values."""
    account.add("HostedZones", {
        "Id": f"/hostedzone/Z{account.word('zone', name, vpc['id'] if vpc else '', length=18)}",
        "Name": f"{name}.",
        "CallerReference": account.digits("zone", name, vpc["id"] if vpc else "", length=32),
        "Config": {"Comment": comment, "PrivateZone": bool(vpc)},
        "ResourceRecordSetCount": len(records) + 2,
        "ResourceRecordSets": [{"Name": f"{record}.", "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": value}]}
                               for record, kind, value in records],
        **({"VPCs": [{"VPCRegion": account.region, "VPCId": vpc["id"]}]} if vpc else {}),
        "Tags": list(tagged),
    })


def aurora(account, name, version, kind, user, place, zones, groups, since, backup, tagged=()):
    """A cluster with an instance in each of the zones given, the first one its writer."""
    subnets, of = place
    members = [f"{name}-{number}" for number in range(len(zones))]
    host = f"{account.region}.rds.amazonaws.com"
    number = f"cluster-c{account.digits('rds', length=11)}"
    account.add("DBClusters", {
        "DBClusterIdentifier": name,
        "DBClusterArn": account.arn("rds", f"cluster:{name}"),
        "Engine": "aurora-mysql",
        "EngineVersion": version,
        "EngineMode": "provisioned",
        "Status": "available",
        "MasterUsername": user[0],
        "DatabaseName": user[1],
        "Endpoint": f"{name}.{number}.{host}",
        "ReaderEndpoint": f"{name}.{number.replace('cluster-', 'cluster-ro-')}.{host}",
        "Port": 3306,
        "MultiAZ": len(zones) > 1,
        "AvailabilityZones": [one["zone"] for one in of],
        "DBClusterMembers": [{"DBInstanceIdentifier": member, "IsClusterWriter": member == members[0],
                              "DBClusterParameterGroupStatus": "in-sync", "PromotionTier": 0} for member in members],
        "DBSubnetGroup": subnets["DBSubnetGroupName"],
        "VpcSecurityGroups": [{"VpcSecurityGroupId": group["id"], "Status": "active"} for group in groups],
        "StorageEncrypted": False,
        "BackupRetentionPeriod": backup,
        "DeletionProtection": False,
        "ClusterCreateTime": since,
        "TagList": list(tagged),
    })
    for member, zone_of in zip(members, zones):
        database(account, member, ("aurora-mysql", version), kind, 3306, user, (subnets, zone_of), groups, since,
                 storage=1, backup=backup, of=name)
    return account.lists["DBClusters"][-1]["Endpoint"]


def scaling_alarm(account, cluster_name, metric, direction, periods, limit, state, since):
    """An alarm that only scales the group of the cluster's name, as the seed's module makes them."""
    name = f"{cluster_name}-{metric}-{direction}"
    policy = f"scalingPolicy:{account.digits('policy', name, length=32)}:autoScalingGroupName/{cluster_name}"
    account.add("MetricAlarms", {
        "AlarmName": name,
        "AlarmArn": account.arn("cloudwatch", f"alarm:{name}"),
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": [account.arn("autoscaling", f"{policy}:policyName/{name}")],
        "InsufficientDataActions": [],
        "StateValue": state[0],
        "StateReason": state[1],
        "StateUpdatedTimestamp": since,
        "MetricName": metric,
        "Namespace": "AWS/ECS",
        "Statistic": "Average",
        "Dimensions": [{"Name": "ClusterName", "Value": cluster_name}],
        "Period": 300,
        "EvaluationPeriods": periods,
        "Threshold": limit,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold" if direction == "scale_out" else "LessThanThreshold",
    })


def function(account, name, runtime, since):
    account.add("Functions", {
        "FunctionName": name,
        "FunctionArn": account.arn("lambda", f"function:{name}"),
        "Runtime": runtime,
        "Role": account.arn("iam", f"role/{name}", ""),
        "Handler": "index.lambda_handler",
        "Timeout": 300,
        "MemorySize": 128,
        "LastModified": since,
        "FunctionUrlConfigs": [],
    })


def vpc_link(account, name, subnets, groups, since, tagged):
    link = account.word("link", name, length=6).lower()
    for one in subnets:
        account.interface(f"link/{name}/{one['id']}", one, groups, f"API Gateway VPC link {link}", "amazon-apigateway",
                          "api_gateway_managed")
    account.add("VpcLinks", {
        "VpcLinkId": link,
        "Name": name,
        "VpcLinkVersion": "V2",
        "VpcLinkStatus": "AVAILABLE",
        "SubnetIds": [one["id"] for one in subnets],
        "SecurityGroupIds": [group["id"] for group in groups],
        "CreatedDate": since,
        "Tags": {tag["Key"]: tag["Value"] for tag in tagged},
    })
    return link


def http_api(account, name, link, to, host, since, tagged):
    """An HTTP API whose one route leads everything over a VPC link to a listener."""
    api, integration = (account.word(kind, name, length=10).lower() for kind in ("api", "integration"))
    account.add("Apis", {
        "ApiId": api,
        "Name": name,
        "ProtocolType": "HTTP",
        "ApiEndpoint": f"https://{api}.execute-api.{account.region}.amazonaws.com",
        "DisableExecuteApiEndpoint": False,
        "RouteSelectionExpression": "$request.method $request.path",
        "CreatedDate": since,
        "Integrations": [{
            "IntegrationId": integration, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
            "ConnectionType": "VPC_LINK", "ConnectionId": link, "IntegrationUri": to, "PayloadFormatVersion": "1.0",
            "TimeoutInMillis": 30000, "TlsConfig": {"ServerNameToVerify": host}}],
        "Routes": [{"RouteId": account.word("route", name, length=7).lower(), "RouteKey": "$default",
                    "AuthorizationType": "NONE", "ApiKeyRequired": False, "Target": f"integrations/{integration}"}],
        "Tags": {tag["Key"]: tag["Value"] for tag in tagged},
    })


def distribution(account, name, alias, origin, certificate, since, tagged=()):
    """A distribution with one origin, which is given as AWS writes it but for what is always the same."""
    number = f"E{account.word('distribution', name, length=13)}"
    empty, off = {"Quantity": 0}, {"Enabled": False, "Quantity": 0}
    account.add("Distributions", {
        "Id": number,
        "ARN": account.arn("cloudfront", f"distribution/{number}", ""),
        "Status": "Deployed",
        "LastModifiedTime": since,
        "DomainName": f"d{account.digits('distribution', name, length=13)}.cloudfront.net",
        "DistributionConfig": {
            "CallerReference": f"terraform-{account.digits('distribution', name, length=26)}",
            "Aliases": {"Quantity": 1, "Items": [alias]},
            "Origins": {"Quantity": 1, "Items": [{
                "Id": name, "OriginPath": "", "CustomHeaders": empty, "ConnectionAttempts": 3, "ConnectionTimeout": 10,
                "OriginShield": {"Enabled": False}, "OriginAccessControlId": "", **origin}]},
            "OriginGroups": empty,
            "DefaultCacheBehavior": {
                "TargetOriginId": name, "TrustedSigners": off, "TrustedKeyGroups": off,
                "ViewerProtocolPolicy": "redirect-to-https", "SmoothStreaming": False, "Compress": True,
                "LambdaFunctionAssociations": empty, "FunctionAssociations": empty, "FieldLevelEncryptionId": ""},
            "CacheBehaviors": empty,
            "CustomErrorResponses": empty,
            "Comment": name,
            "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""},
            "PriceClass": "PriceClass_100",
            "Enabled": True,
            "ViewerCertificate": {
                "CloudFrontDefaultCertificate": False, "ACMCertificateArn": certificate, "SSLSupportMethod": "sni-only",
                "MinimumProtocolVersion": "TLSv1.2_2021", "Certificate": certificate, "CertificateSource": "acm"},
            "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
            "WebACLId": "",
            "HttpVersion": "http2",
            "IsIPV6Enabled": False,
        },
        "Tags": list(tagged),
    })
    return account.lists["Distributions"][-1]["ARN"]


def from_balancer(alb, policy, header):
    """A load balancer as an origin, which is sent a secret header."""
    return {
        "DomainName": alb["dns"],
        "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": header, "HeaderValue": "not-a-real-secret"}]},
        "CustomOriginConfig": {
            "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": policy,
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]}, "OriginReadTimeout": 30,
            "OriginKeepaliveTimeout": 5},
    }


def from_bucket(account, name, control=True):
    """A bucket as an origin, with or without an origin access control."""
    identity = f"E{account.word('oac', name, length=13)}" if control else ""
    return {"DomainName": f"{name}.s3.{account.region}.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""},
            "OriginAccessControlId": identity}
