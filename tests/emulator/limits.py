"""Requests that moto accepts and AWS refuses: page sizes and lists outside their bounds.

botocore's models hold most bounds; the others are from the API references, in two small tables.
"""

import re

from actions import model
from paging import parameters

# Page sizes of services whose models do not say them.
PAGE_SIZES = {
    ("ec2", "DescribeInstances", "MaxResults"): (5, 1000),
    ("rds", None, "MaxRecords"): (20, 100),
    ("elasticache", None, "MaxRecords"): (20, 100),
    ("autoscaling", None, "MaxRecords"): (1, 100),
    ("ecs", None, "maxResults"): (1, 100),
}

# How many names one call may ask about.
LIST_SIZES = {
    ("elbv2", "DescribeTags", "ResourceArns"): 20,
    ("elbv2", "DescribeLoadBalancers", "LoadBalancerArns"): 20,
    ("elb", "DescribeTags", "LoadBalancerNames"): 20,
    ("ecs", "DescribeServices", "services"): 10,
    ("ecs", "DescribeClusters", "clusters"): 100,
    ("opensearch", "DescribeDomains", "DomainNames"): 5,
}

# The service's word for a value out of bounds.
CODES = {"ec2": "InvalidParameterValue", "elb": "ValidationError", "elbv2": "ValidationError", "s3": "InvalidArgument"}


def refusal(call, environ, body):
    """Code and message of the error AWS would answer with, None if the request is fine."""
    given = parameters(call, environ, body)
    shape = model(call.service).operation_model(call.operation).input_shape
    for name, member in (shape.members if shape else {}).items():
        key = member.serialization.get("name", name) if call.protocol.startswith("rest") else name
        low, high = bounds(call, key, member)
        if member.type_name == "list":
            count = length(given, key)
            if high is not None and count > high:
                return code(call), f"{name} has {count} members, at most {high} are allowed"
        elif key in given and member.type_name in ("integer", "long"):
            value = int(given[key])
            if (low is not None and value < low) or (high is not None and value > high):
                return code(call), f"{name} is {value}, allowed is {low} to {high}"
    return None


def bounds(call, key, member):
    """The smallest and largest value or length of a parameter."""
    if member.type_name == "list":
        return None, LIST_SIZES.get((call.service, call.operation, key), member.metadata.get("max"))
    for operation in (call.operation, None):
        if (call.service, operation, key) in PAGE_SIZES:
            return PAGE_SIZES[call.service, operation, key]
    return member.metadata.get("min"), member.metadata.get("max")


def length(given, key):
    """The length of a list in JSON (a list) or in a form (`Key.member.3`, `Key.3`)."""
    if isinstance(given.get(key), list):
        return len(given[key])
    return sum(1 for name in given if re.fullmatch(rf"{key}(\.\w+)?\.\d+", name))


def code(call):
    """The error code for a value out of bounds."""
    return CODES.get(call.service, "InvalidParameterValue" if call.protocol == "query" else "ValidationException")
