"""The small account: the five families' defects, each beside its correct twin.

One Region, eu-west-1, three environments whose tags nobody keeps consistent. Everything is made
through the public API with boto3; `grow` alone reaches into moto, because 500 groups over HTTP
take minutes. A full read of the account stays below 60 calls, so its size is part of its purpose:
twins of what costs several calls each (load balancers, distributions, buckets, domains) are made
only for `twins`, and so is what most accounts do not have (transit).

Where moto's answers are wrong, the account cannot show the thing and tests must not expect it:

* NAT gateways have a private address outside their subnet.
* HTTP listeners carry an `SslPolicy`.
* `ListDistributions` lacks the viewer certificate, `GetDistribution` has it.
* ECS tasks are never started: `runningCount` stays 0.
* Members of a replication group do not appear as cache clusters; their zones are in us-east-1.
* An Auto Scaling group starts all its instances in its first subnet.
* A Multi-AZ database has no secondary zone, a classic load balancer no zones at all.
* Load balancer attributes are incomplete.
* Nothing but instances and NAT gateways has network interfaces: load balancers and databases have none.
* Buckets are listed without their Region.
* Every Region has a default VPC.
"""

import sys
from functools import partial

import boto3
from botocore.config import Config

import edge
import network
import transit
import workload

# In the user agent of the test's own calls, so that they are neither logged nor disturbed.
MARK = "bartizan-emulator"
REGION = "eu-west-1"


def client(endpoint, service, region=REGION):
    """A boto3 client of the emulator."""
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(user_agent_extra=MARK, retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def seed(value):
    """Makes moto's ids repeat."""
    from moto.moto_api._internal import mock_random

    mock_random.seed(value)


def create(endpoint, twins=False):
    """Makes the account; answers with ids by name."""
    connect = partial(client, endpoint)
    made = network.create(connect)
    workload.create(connect, made)
    edge.create(connect, made)
    if twins:
        edge.create_twins(connect, made)
        transit.create(connect, made)
    return made


def grow(subnets=0, security_groups=0):
    """Adds a VPC with subnets and groups, quickly and directly in moto."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[DEFAULT_ACCOUNT_ID][REGION]
    vpc = backend.create_vpc("10.200.0.0/16")
    for number in range(subnets):
        backend.create_subnet(vpc.id, f"10.200.{number // 16}.{number % 16 * 16}/28", availability_zone=f"{REGION}a")
    for number in range(security_groups):
        backend.create_security_group(f"grown-{number:04}", "one of many", vpc.id)
    return {"vpc": vpc.id}


if __name__ == "__main__":
    create(sys.argv[1])
