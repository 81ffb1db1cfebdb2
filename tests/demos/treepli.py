"""Treepli: a site behind CloudFront and a load balancer locked by a header, an API behind API Gateway and a VPC link,
PostgreSQL, and a bucket of media behind CloudFront.

Its page (Treepli/public at abf1f98) shows production; no code of it is public, so what it does not say is left as AWS
has it. Staging is made up: it is what production becomes by the mistakes that the page's own design invites. Account,
names of hosts, ids and addresses are invented.
"""

import json

from account import ANYWHERE, Account, tags
from services import (
    balancer, bucket, cluster, database, db_subnets, distribution, forward, from_balancer, from_bucket, http_api,
    instance, listener, log_group, refuse, scaling_group, service, target_group, vpc_link, with_header)

HEADER = "X-Origin-Verify"
TLS = "ELBSecurityPolicy-TLS13-1-2-2021-06"
DYNAMIC = (32768, 60999)


def account():
    aws = Account("555566667777", "eu-west-1", "192.0.2.96/27")
    environment(aws, "production", "treepli", "10.20", "treepli.example", sound=True)
    environment(aws, "staging", "treepli-staging", "10.21", "staging.treepli.example", sound=False)
    return aws


def network(aws, project, net, mark):
    vpc = aws.vpc(project, f"{net}.0.0/16", [*mark, *tags(Name=project)])
    rows = {"public": [], "private": [], "data": []}

    def row(kind, number, table, **more):
        start = {"public": 0, "private": 10, "data": 20}[kind]
        rows[kind].append(aws.subnet(vpc, f"{kind}-{'ab'[number]}", f"{net}.{start + number}.0/24", "ab"[number],
                                     table, tagged=[*mark, *tags(Name=f"{project}-{kind}-{'ab'[number]}")], **more))

    out = aws.table(vpc["id"], vpc["cidr"], f"{project}/public", [(ANYWHERE, vpc["igw"])],
                    tagged=[*mark, *tags(Name=f"{project}-public")])
    data = aws.table(vpc["id"], vpc["cidr"], f"{project}/data", [], tagged=[*mark, *tags(Name=f"{project}-data")])
    for number in range(2):
        row("public", number, out, public=True)
        nat = aws.nat(f"{project}/{number}", rows["public"][number], "2021-11-02T09:10:00+00:00")
        row("private", number, aws.table(vpc["id"], vpc["cidr"], f"{project}/private-{number}", [(ANYWHERE, nat)],
                                         tagged=[*mark, *tags(Name=f"{project}-private-{'ab'[number]}")]))
        row("data", number, data)
    return vpc, rows


def environment(aws, name, project, net, domain, sound):
    """All of one environment; `sound` is as the page has it, otherwise with the mistakes."""
    mark, since = tags(Environment=name), "2021-11-02T09:30:00+00:00"
    vpc, rows = network(aws, project, net, mark)

    def group(kind, about, *ingress):
        return aws.group(vpc, f"{project}-{kind}", about, ingress, tagged=mark)

    doors = [(443, ANYWHERE)] if sound else [(80, ANYWHERE), (443, ANYWHERE)]
    front = group("frontend-lb", "frontend load balancer", *doors)
    link = group("vpc-link", "API Gateway VPC link")
    back = group("backend-lb", "backend load balancer", (443, link))
    hosts = group("instance", "container instances", (DYNAMIC, front, back))
    store = group("postgres", "PostgreSQL", (5432, hosts))

    # A mistake: one instance in one zone.
    zones = rows["private"] if sound else rows["private"][:1]
    servers = [instance(aws, f"{project}/{number}", one, [hosts], "t3.small", aws.id("ami", "ecs"),
                        "2026-10-28T06:12:00+00:00", profile=f"{project}-instance", tokens="required",
                        tagged=[*mark, *tags(Name=f"{project}-instance")]) for number, one in enumerate(zones)]
    scaling_group(aws, project, zones, servers, len(zones), 4, since, tagged=[*mark, *tags(Name=f"{project}-instance")])

    certificate = aws.arn("acm", f"certificate/{aws.digits('acm', project, length=32)}")
    frontend = balancer(aws, f"{project}-frontend", vpc, rows["public"], [front], since, tagged=mark)
    # A mistake: what is to be reached over the VPC link alone is on the internet.
    scheme, place = ("internal", rows["private"]) if sound else ("internet-facing", rows["public"])
    backend = balancer(aws, f"{project}-backend", vpc, place, [back], since, scheme, tagged=mark)
    places = [servers[number % len(servers)] for number in range(6)]
    groups = {}
    for kind, alb, at, path in (("frontend", frontend, 0, "/"), ("backend", backend, 3, "/health")):
        groups[kind] = target_group(aws, f"{project}-{kind}", vpc, alb,
                                    [(places[at + number], 32768 + at + number) for number in range(3)], path, mark)
    if sound:
        listener(aws, frontend, 443, refuse(), [([with_header(HEADER)], forward(groups["frontend"]))], certificate, TLS)
    else:
        # Mistakes: the default forwards, and CloudFront fetches, with its secret header, in clear text.
        listener(aws, frontend, 80, forward(groups["frontend"]))
        listener(aws, frontend, 443, forward(groups["frontend"]), [], certificate, TLS)
    to = listener(aws, backend, 443, forward(groups["backend"]), [], certificate, TLS)

    of = cluster(aws, project, len(servers), 2, 6, since, mark)
    for kind, container in (("frontend", ("next", 3000)), ("backend", ("go", 8080))):
        service(aws, kind, of, 3, 57, groups[kind], container, since, tagged=mark)

    http_api(aws, project, vpc_link(aws, project, rows["private"], [link], since, mark), to, f"api.{domain}", since,
             mark)
    at_edge = aws.arn("acm", f"certificate/{aws.digits('acm', project, 'edge', length=32)}", "us-east-1")
    distribution(aws, f"{project}-www", f"www.{domain}",
                 from_balancer(frontend, "https-only" if sound else "http-only", HEADER), at_edge, since, mark)
    media = f"{project}-media"
    cdn = distribution(aws, f"{project}-cdn", f"cdn.{domain}", from_bucket(aws, media, sound), at_edge, since, mark)
    reader = {"Principal": {"Service": "cloudfront.amazonaws.com"},
              "Condition": {"StringEquals": {"AWS:SourceArn": cdn}}} if sound else {"Principal": "*"}
    bucket(aws, media, since, json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{media}/*", **reader}]}),
        public=not sound, blocked=sound, tagged=mark)

    subnets = db_subnets(aws, f"{project}-data", rows["data"])
    database(aws, f"{project}-postgres", ("postgres", "14.13"), "db.t3.small", 5432, ("treepli", "treepli"),
             (subnets, rows["data"][0]), [store], since, logs=["postgresql"], encrypted=True, backup=7, tagged=mark)
    for path, stored in ((f"/ecs/{project}-frontend", 88_000_000), (f"/ecs/{project}-backend", 143_000_000),
                         (f"/aws/apigateway/{project}", 64_000_000),
                         (f"/aws/rds/instance/{project}-postgres/postgresql", 5_100_000)):
        log_group(aws, path, None, stored if sound else stored // 40, "2022")
