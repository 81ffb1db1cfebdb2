"""Which AWS operation a request asks for, and which IAM action allows it.

Query, EC2, JSON and CBOR requests name their operation. REST requests do not: they are matched
against botocore's service models (method, path template, query markers), so that no list is
kept by hand. Only where IAM calls an operation by another name is there a table.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs, unquote

import botocore.loaders
from botocore.model import ServiceModel

# Signing name in the credential scope -> botocore's service, where they differ.
SERVICE_OF_SIGNING_NAME = {"monitoring": "cloudwatch", "es": "opensearch"}

# Both load balancer services sign as one; the API version tells them apart.
LOAD_BALANCING_OF_VERSION = {"2012-06-01": "elb", "2015-12-01": "elbv2"}

# Both versions of API Gateway sign as one, and so do those of SES; the path tells the second apart.
SECOND_VERSION = {"apigateway": "apigatewayv2", "ses": "sesv2"}
SECOND_PATH = "/v2/"

# botocore's service -> IAM prefix, where they differ. IAM calls all reading of API Gateway `GET`; operations are told
# apart here.
IAM_PREFIX = {"apigatewayv2": "apigateway", "opensearch": "es", "sesv2": "ses", "elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}

# Operations that IAM calls by another name (Service Authorization Reference).
IAM_NAME = {
    "s3": {
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketCors": "GetBucketCORS",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBuckets": "ListAllMyBuckets",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
    },
}


@dataclass(frozen=True)
class Call:
    """One API call as it came over the wire."""

    service: str
    operation: str
    protocol: str
    region: str

    @property
    def action(self):
        """The IAM action, for example `ec2:DescribeVpcs`."""
        prefix = IAM_PREFIX.get(self.service, self.service)
        name = IAM_NAME.get(self.service, {}).get(self.operation, self.operation)
        return f"{prefix}:{name}"


@lru_cache(maxsize=None)
def model(service):
    """botocore's model of a service."""
    description = botocore.loaders.Loader().load_service_model(service, "service-2")
    return ServiceModel(description, service)


def identify(environ, body):
    """The call that a request makes, or None if it is no signed AWS request."""
    signing_name, region = credential_scope(environ.get("HTTP_AUTHORIZATION", ""))
    if signing_name is None:
        return None
    service = SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name)
    path = environ["PATH_INFO"]
    if path.startswith(SECOND_PATH):
        service = SECOND_VERSION.get(service, service)
    if cbor := re.fullmatch(r"/service/[^/]+/operation/([^/]+)", path):
        return Call(service, cbor.group(1), "cbor", region)
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return Call(service, target.rpartition(".")[2], "json", region)
    if "Action=" in (form := body.decode("utf-8", "replace")) and is_form(environ):
        fields = parse_qs(form)
        service = LOAD_BALANCING_OF_VERSION.get(fields["Version"][0], service)
        protocol = "ec2" if service == "ec2" else "query"
        return Call(service, fields["Action"][0], protocol, region)
    operation = rest_operation(service, environ["REQUEST_METHOD"], path, environ["QUERY_STRING"])
    return Call(service, operation, model(service).protocol, region)


def credential_scope(authorization):
    """Signing name and Region of a SigV4 header, (None, None) without one."""
    match = re.search(r"Credential=[^/]+/\d{8}/([^/]*)/([^/]+)/aws4_request", authorization)
    return (match.group(2), match.group(1)) if match else (None, None)


def is_form(environ):
    """Whether the body is an HTML form, as the query protocols send it."""
    return environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")


def rest_operation(service, method, path, query):
    """The operation whose URI template fits best, `?` with method and path if none does."""
    given = parse_qs(query, keep_blank_values=True)
    hint = given.get("x-id", [""])[0]
    best = None
    for name, template in templates(service):
        score = template.score(method, path, given)
        if score is None:
            continue
        # The SDKs' own hint decides between operations that share a URI.
        rank = (score, name == hint, not template.deprecated)
        if best is None or rank > best[0]:
            best = (rank, name)
    return best[1] if best else f"?{method} {unquote(path)}"


@dataclass(frozen=True)
class Template:
    """The request line that a REST operation expects."""

    method: str
    path: re.Pattern
    literals: int
    markers: dict
    required: tuple
    deprecated: bool

    def score(self, method, path, given):
        """How closely a request fits; None if it does not."""
        if method != self.method or not self.path.fullmatch(path):
            return None
        for key, value in self.markers.items():
            if key not in given or (value and value not in given[key]):
                return None
        if any(key not in given for key in self.required):
            return None
        return (len(self.markers) + len(self.required), self.literals)


@lru_cache(maxsize=None)
def templates(service):
    """Every operation of a REST service with its template, in name order."""
    return [(name, template(model(service).operation_model(name))) for name in sorted(model(service).operation_names)]


def template(operation):
    """The template of one operation, from the model's `requestUri` and query members."""
    uri, _, query = operation.http["requestUri"].partition("?")
    pattern = "/".join(segment_pattern(part) for part in uri.rstrip("/").split("/"))
    literals = sum(1 for part in uri.split("/") if part and not part.startswith("{"))
    markers = {key: values[0] for key, values in parse_qs(query, keep_blank_values=True).items()}
    members = operation.input_shape.members if operation.input_shape else {}
    required = tuple(
        members[name].serialization.get("name", name)
        for name in (operation.input_shape.required_members if operation.input_shape else ())
        if members[name].serialization.get("location") == "querystring"
    )
    return Template(operation.http["method"], re.compile(pattern + "/?"), literals, markers, required, operation.deprecated)


def segment_pattern(segment):
    """One path segment of a template as a regular expression."""
    if segment.startswith("{"):
        return ".+" if segment.endswith("+}") else "[^/]+"
    return re.escape(segment)


def record(call, environ):
    """A log entry for `GET /_bartizan/calls`."""
    return {
        "action": call.action,
        "service": call.service,
        "operation": call.operation,
        "region": call.region,
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
    }


def to_json(entries):
    """The call log as JSON bytes."""
    return json.dumps(entries).encode()
