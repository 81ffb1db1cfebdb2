"""MageCloudKit: a shop on ECS with its own instances, over three zones, with a bastion, Aurora and two Redis nodes.

What its Terraform code makes (magecloudkit/magecloudkit at a78a3ef, examples/magecloudkit-simple-vpc), once for each
of two workspaces: the code puts every workspace into a VPC of its own, and each of these has the same range. Names
that the example gives once are told apart by the workspace. Account, ids and addresses are invented.
"""

import json

from account import ANYWHERE, Account, tags
from services import (
    ELB_LOGS, aurora, balancer, bucket, cluster, db_subnets, forward, function, instance, listener, log_group, redis,
    scaling_alarm, scaling_group, service, target_group, zone)

ZONES = "abc"
RANGE = "172.31.0.0/16"


def account():
    aws = Account("444455556666", "us-east-1", "203.0.113.64/27")
    # How far the cluster is filled decides what its scaling alarms say; staging is never filled at all.
    environment(aws, "production", "magecloudkit-example", "2020-05-13", {
        "CPUReservation": "OK", "MemoryReservation": "OK"}, stored=1)
    environment(aws, "staging", "magecloudkit-staging", "2020-05-14", {
        "CPUReservation": "ALARM", "MemoryReservation": "OK"}, stored=0.04)
    return aws


def network(aws, project, mark):
    """Three kinds of subnet in three zones; the persistence subnets have no route table but the main one."""
    vpc = aws.vpc(project, RANGE, [*mark, *tags(Name=project)])
    only_out = aws.id("eigw", project)
    aws.add("EgressOnlyInternetGateways", {"EgressOnlyInternetGatewayId": only_out,
                                           "Attachments": [{"State": "attached", "VpcId": vpc["id"]}], "Tags": []})

    def named(kind, number):
        return [*mark, *tags(Name=f"{project}-{kind}-00{number + 1}")]

    outside = aws.table(vpc["id"], RANGE, f"{project}/public", [(ANYWHERE, vpc["igw"])], tagged=named("public", 0))
    rows = {"public": [], "private": [], "persistence": []}
    for number, letter in enumerate(ZONES):
        rows["public"].append(aws.subnet(vpc, f"public-{letter}", f"172.31.{number}.0/24", letter, outside,
                                         public=True, tagged=named("public", number)))
    for number, letter in enumerate(ZONES):
        nat = aws.nat(f"{project}/{letter}", rows["public"][number], "2020-05-13T10:20:00+00:00")
        table = aws.table(vpc["id"], RANGE, f"{project}/private-{letter}", [(ANYWHERE, nat), ("::/0", only_out)],
                          tagged=named("private", number))
        rows["private"].append(aws.subnet(vpc, f"private-{letter}", f"172.31.{number + 3}.0/24", letter, table,
                                          tagged=named("private", number)))
    for number, letter in enumerate(ZONES):
        rows["persistence"].append(aws.subnet(vpc, f"persistence-{letter}", f"172.31.{number + 6}.0/24", letter,
                                              tagged=named("persistence", number)))
    return vpc, rows


def environment(aws, name, project, day, states, stored):
    mark = tags(Environment=name)
    since = f"{day}T10:40:00+00:00"
    vpc, rows = network(aws, project, mark)

    bastion = aws.group(vpc, "bastion01", "Security group for the Bastion instance", [(22, ANYWHERE)])
    web = aws.group(vpc, f"{name}-sg-alb-web", "Security group for the ALB that allows web traffic from internet",
                    [(80, ANYWHERE), (443, ANYWHERE)], tagged=[*mark, *tags(Name=f"{name}-sg-alb-web")])
    hosts = aws.group(vpc, "ecs-instances", "Security group for the ECS instances that allows inbound SSH access and "
                      "all outbound traffic.", [(22, ANYWHERE, bastion), ((32768, 61000), web)])
    # Nothing may leave these: Terraform takes the rule away that AWS gives.
    stores = {kind: aws.group(vpc, kind, about, [(port, hosts)], egress=False) for kind, about, port in (
        ("rds", "Security group for the Aurora cluster", 3306),
        ("redis-cache", "Security group for the Redis ElastiCache resources", 6379),
        ("redis-session", "Security group for the Redis ElastiCache resources", 6379),
        ("efs", "Security group for the EFS mount targets", 2049))}

    instance(aws, f"{name}/bastion01", rows["public"][0], [bastion], "t2.micro", aws.id("ami", "xenial-16.04"), since,
             key=project, tagged=[*mark, *tags(Name="bastion01")], elastic=True, checks=False)
    app = f"{name}-app"
    servers = [instance(aws, f"{app}/{number}", rows["private"][number], [hosts], "c5.large",
                        aws.id("ami", "amzn2-ecs"), since, key=project, profile=f"{app}-instance",
                        tagged=[*mark, *tags(Name=app)]) for number in range(2)]
    scaling_group(aws, app, rows["private"], servers, 2, 6, since, tagged=[*mark, *tags(Name=app)])

    logs = f"{project}-alb-logs"
    alb = balancer(aws, f"{name}-app-alb", vpc, rows["public"], [web], since, logs=(logs, "app-alb-logs"), tagged=mark)
    shop = target_group(aws, f"{project}-web", vpc, alb, [(servers[0], 32768), (servers[1], 32771)],
                        "/health_check.php", mark)
    listener(aws, alb, 80, forward(shop))
    writer = f"arn:aws:iam::{ELB_LOGS[aws.region]}:root"
    bucket(aws, logs, since, json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": writer}, "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{logs}/app-alb-logs/AWSLogs/{aws.number}/*"}]}))
    of = cluster(aws, app, 2, 1, 2, since)
    service(aws, "app-service", of, 2, 31, shop, ("nginx", 80), since, least=50)

    database = aurora(aws, f"{project}-aurora-cluster", "5.7.12", "db.t2.medium", ("magento2", "magento2"),
                      (db_subnets(aws, f"{project}-aurora", rows["persistence"]), rows["persistence"]),
                      rows["persistence"][:2], [stores["rds"]], since, 7)
    caches = [redis(aws, f"{name}-{kind}", "3.2.4", "cache.t2.small", rows["persistence"], rows["persistence"][0],
                    [stores[f"redis-{kind}"]], since, mark) for kind in ("cache", "session")]
    files = aws.id("fs", project)
    for one in rows["persistence"]:
        target = aws.id("fsmt", one["id"])
        aws.interface(f"efs/{one['id']}", one, [stores["efs"]], f"EFS mount target for {files} ({target})",
                      "amazon-elasticfilesystem", "efs")
    inside = f"{aws.region}.magecloudkit.internal"
    zone(aws, "magecloudkit.internal", [
        (f"db.{inside}", "CNAME", database), (f"redis-cache.{inside}", "CNAME", caches[0]),
        (f"redis-session.{inside}", "CNAME", caches[1]),
        (f"media.efs.{inside}", "CNAME", f"{files}.efs.{aws.region}.amazonaws.com")],
        f"{name} zone", vpc, mark)

    observed(aws, app, name, since, states, stored)


def observed(aws, app, name, since, states, stored):
    """What is logged, and the alarms that scale; none tells a person."""
    drain = f"{app}-lambda-ecs-drain"
    function(aws, drain, "python2.7", since)
    log_group(aws, app, 3, int(stored * 412_000_000))
    log_group(aws, f"{name}-cron", 3, int(stored * 9_400_000))
    log_group(aws, f"/aws/lambda/{drain}", 3, 0)
    for number, file in enumerate(("dmesg", "messages", "docker", "ecs/ecs-init.log", "ecs/ecs-agent.log",
                                   "ecs/audit.log")):
        agent = file.endswith("agent.log")
        log_group(aws, f"{app}-/var/log/{file}", None, int(stored * 71_000_000) if agent else 0)
    # The nightly reindexing fills the memory for a while; the rest has been so since the last deployment.
    deployed, night = "2026-11-12T14:31:20+00:00", "2026-11-16T04:55:41+00:00"
    for metric, high in (("CPUReservation", 89.0), ("MemoryReservation", 50.0)):
        low = states[metric]
        quiet = ("OK", "Threshold Crossed: the datapoints are on the quiet side of the threshold.")
        loud = (low, "Threshold Crossed: 4 datapoints were less than the threshold (10.0).") if low == "ALARM" else quiet
        filled = name == "production" and metric == "MemoryReservation"
        scaling_alarm(aws, app, metric, "scale_out", 2, high, quiet, night if filled else deployed)
        scaling_alarm(aws, app, metric, "scale_in", 4, 10.0, loud, deployed)
