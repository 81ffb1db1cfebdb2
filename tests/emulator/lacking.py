"""Operations that moto lacks or gets wrong, answered here.

An answer is what botocore would make of it; moto's own serializers write it in the service's
protocol. An account puts its own with `give`.
"""

from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

# What an account that uses nothing of it is answered.
NOTHING = {
    ("ec2", "DescribeVpcBlockPublicAccessOptions"): {"VpcBlockPublicAccessOptions": {
        "AwsAccountId": "123456789012", "AwsRegion": "eu-west-1", "State": "default-state",
        "InternetGatewayBlockMode": "off", "ExclusionsAllowed": "allowed",
    }},
}

_given = {}


def give(service, operation, answer):
    """From now on this is the answer: a dictionary, or a function of the request's parameters."""
    _given[(service, operation)] = answer


def answer(call, parameters):
    """Status, headers and body of the answer to an operation that moto lacks; None if that is moto's to give."""
    key = (call.service, call.operation)
    found = _given.get(key, NOTHING.get(key))
    if found is None:
        return None
    result = found(parameters()) if callable(found) else found
    operation = get_service_model(call.service).operation_model(call.operation)
    written = get_serializer_class(call.service, call.protocol)(operation).serialize(result)
    body = written["body"]
    return written["status_code"], list(written["headers"].items()), body.encode() if isinstance(body, str) else body
