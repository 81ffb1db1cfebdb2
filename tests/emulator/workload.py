"""What runs in the network: databases, caches, services, groups, and the telemetry of them."""


def create(connect, made):
    """Makes databases, caches, ECS services, Auto Scaling groups, log groups and alarms."""
    create_databases(connect("rds"), made)
    create_caches(connect("elasticache"), made)
    create_services(connect("ecs"), made)
    create_scaling_groups(connect("autoscaling"), connect("ec2"), made)
    create_telemetry(connect("logs"), connect("cloudwatch"))


def subnets(made, *names):
    """Subnet ids by name."""
    return [made["subnets"][f"production-{name}"] for name in names]


def create_databases(rds, made):
    """`orders` in one zone and public, `ledger` in two and private, and a cluster without instances."""
    tiers = {"public": ("public-a", "public-b"), "data": ("data-a", "data-b")}
    for name, members in tiers.items():
        rds.create_db_subnet_group(
            DBSubnetGroupName=name, DBSubnetGroupDescription=name, SubnetIds=subnets(made, *members)
        )
    for name, tier, private in (("orders", "public", False), ("ledger", "data", True)):
        rds.create_db_instance(
            DBInstanceIdentifier=name, DBInstanceClass="db.t3.medium", Engine="postgres", AllocatedStorage=20,
            MasterUsername="owner", MasterUserPassword="not-a-secret", DBSubnetGroupName=tier,
            VpcSecurityGroupIds=[made["groups"]["data"]], MultiAZ=private, PubliclyAccessible=not private,
            BackupRetentionPeriod=7 if private else 0, StorageEncrypted=True,
            EnableCloudwatchLogsExports=["postgresql"] if private else [],
            Tags=[{"Key": "Environment", "Value": "production" if private else "Prod"}],
        )
    rds.create_db_cluster(
        DBClusterIdentifier="catalog", Engine="aurora-postgresql", DBSubnetGroupName="data", StorageEncrypted=True,
        MasterUsername="owner", MasterUserPassword="not-a-secret", VpcSecurityGroupIds=[made["groups"]["data"]],
    )


def create_caches(elasticache, made):
    """`sessions-single` without a replica, `sessions` with one in another zone, `fragments` alone."""
    elasticache.create_cache_subnet_group(
        CacheSubnetGroupName="data", CacheSubnetGroupDescription="data", SubnetIds=subnets(made, "data-a", "data-b")
    )
    for name, redundant in (("sessions-single", False), ("sessions", True)):
        elasticache.create_replication_group(
            ReplicationGroupId=name, ReplicationGroupDescription=name, Engine="redis", CacheNodeType="cache.t3.small",
            NumNodeGroups=1, ReplicasPerNodeGroup=int(redundant), AutomaticFailoverEnabled=redundant, MultiAZEnabled=redundant,
            CacheSubnetGroupName="data", SecurityGroupIds=[made["groups"]["data"]],
            TransitEncryptionEnabled=redundant, AtRestEncryptionEnabled=True,
        )
    elasticache.create_cache_cluster(
        CacheClusterId="fragments", Engine="memcached", CacheNodeType="cache.t3.small", NumCacheNodes=1,
        CacheSubnetGroupName="data", SecurityGroupIds=[made["groups"]["data"]],
    )


def create_services(ecs, made):
    """One task of `worker` in one zone, two of `web` in two."""
    ecs.create_cluster(clusterName="harbour", settings=[{"name": "containerInsights", "value": "enabled"}])
    ecs.register_task_definition(
        family="task", networkMode="awsvpc", cpu="256", memory="512", requiresCompatibilities=["FARGATE"],
        containerDefinitions=[{"name": "main", "image": "app", "cpu": 256, "memory": 512}],
    )
    for name, zones in (("worker", ("app-a",)), ("web", ("app-a", "app-b"))):
        ecs.create_service(
            cluster="harbour", serviceName=name, taskDefinition="task", desiredCount=len(zones), launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {
                "subnets": subnets(made, *zones), "securityGroups": [made["groups"]["app"]], "assignPublicIp": "DISABLED",
            }},
        )


def create_scaling_groups(autoscaling, ec2, made):
    """`batch` in one zone, `fleet` in two."""
    template = {"ImageId": "ami-12345678", "InstanceType": "t3.micro"}
    ec2.create_launch_template(LaunchTemplateName="fleet", LaunchTemplateData=template)
    for name, zones in (("batch", ("app-a",)), ("fleet", ("app-a", "app-b"))):
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name, MinSize=len(zones), MaxSize=4, DesiredCapacity=len(zones),
            LaunchTemplate={"LaunchTemplateName": "fleet", "Version": "1"},
            VPCZoneIdentifier=",".join(subnets(made, *zones)),
        )


def create_telemetry(logs, cloudwatch):
    """A log group kept for ever and one for a month; an alarm that tells nobody and one that does."""
    logs.create_log_group(logGroupName="/harbour/forever")
    logs.create_log_group(logGroupName="/harbour/web")
    logs.put_retention_policy(logGroupName="/harbour/web", retentionInDays=30)
    told = "arn:aws:sns:eu-west-1:123456789012:on-call"
    for name, tells in (("orders-cpu", []), ("ledger-cpu", [told])):
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace="AWS/RDS", MetricName="CPUUtilization", Statistic="Average", Period=60,
            EvaluationPeriods=5, Threshold=90, ComparisonOperator="GreaterThanThreshold", AlarmActions=tells,
            Dimensions=[{"Name": "DBInstanceIdentifier", "Value": name.split("-")[0]}],
        )
