"""Faults on purpose: what AWS answers when it does not answer well.

`POST /_bartizan/faults` replaces the set of faults; all keys are optional:

    {"deny": ["ec2:DescribeVpcs"],            access denied, in the service's own format
     "throttle": {"ec2:DescribeSubnets": 2},  throttled so often, then let through
     "garbage": [...],                        half of the real answer, with status 200
     "hang": [...],                           no answer for HANG_SECONDS
     "cut": [...],                            connection closed without an answer
     "cut_after": {"s3:PutObject": 1},        the same, after so many calls that were let through
     "repeat_token": [...],                   the same next page, for ever
     "page_size": {"ec2:DescribeSecurityGroups": 100}}
"""

import json
import threading
from xml.sax.saxutils import escape

import cbor2

HANG_SECONDS = 30
REQUEST_ID = "00000000-0000-0000-0000-000000000000"

# What a throttled caller is told: the usual code of the protocol, and the services with their own.
THROTTLED = {"ec2": "RequestLimitExceeded", "s3": "SlowDown", "query": "Throttling", "rest-xml": "Throttling"}
DENIED = {"ec2": "UnauthorizedOperation", "query": "AccessDenied", "rest-xml": "AccessDenied"}

KINDS = ("deny", "throttle", "garbage", "hang", "cut", "cut_after", "repeat_token", "page_size")


class Faults:
    """The faults in force."""

    def __init__(self):
        self._lock = threading.Lock()
        self._wanted = {}
        # Set when the faults change, so that hanging requests end with the test that wanted them.
        self._changed = threading.Event()

    def replace(self, wanted):
        """Puts other faults in force; unknown kinds are an error of the test."""
        unknown = set(wanted) - set(KINDS)
        if unknown:
            raise ValueError(f"unknown faults: {sorted(unknown)}; known are {KINDS}")
        with self._lock:
            self._wanted = wanted
            self._changed.set()
            self._changed = threading.Event()

    def wants(self, kind, action):
        """Whether a fault of this kind is in force for an action."""
        return action in self._wanted.get(kind, ())

    def page_size(self, action):
        """How many resources a page may hold, None if that is not limited."""
        return self._wanted.get("page_size", {}).get(action)

    def take_throttle(self, action):
        """Whether to throttle this call; counts it."""
        with self._lock:
            left = self._wanted.get("throttle", {}).get(action, 0)
            if left > 0:
                self._wanted["throttle"][action] = left - 1
            return left > 0

    def take_cut(self, action):
        """Whether to cut this call; counts those that are let through."""
        with self._lock:
            left = self._wanted.get("cut_after", {}).get(action)
            if left:
                self._wanted["cut_after"][action] = left - 1
            return left == 0

    def hang(self):
        """Waits until the faults change, at most HANG_SECONDS."""
        self._changed.wait(HANG_SECONDS)


def denied(call):
    """Access denied, as the service words it."""
    code = DENIED.get(call.protocol, "AccessDeniedException")
    message = f"User: arn:aws:iam::123456789012:user/auditor is not authorized to perform: {call.action}"
    return error(call, 400 if call.protocol == "json" else 403, code, message)


def throttled(call):
    """Too many requests, as the service words it."""
    code = THROTTLED.get(call.service) or THROTTLED.get(call.protocol, "ThrottlingException")
    status = {"ec2": 503, "s3": 503, "opensearch": 429}.get(call.service, 400)
    return error(call, status, code, "Rate exceeded")


def error(call, status, code, message):
    """Status, headers and body of an error in the call's protocol."""
    if call.protocol == "cbor":
        body = cbor2.dumps({"__type": f"com.amazonaws.{call.service}#{code}", "message": message})
        headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
    elif call.protocol in ("json", "rest-json"):
        body = json.dumps({"__type": code, "message": message}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)]
    else:
        body = xml_error(call, code, message).encode()
        headers = [("Content-Type", "text/xml")]
    return status, headers, body


def xml_error(call, code, message):
    """An error document: EC2, S3 and the other services each nest it in their own way."""
    inner = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    if call.protocol == "ec2":
        return f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
    if call.service == "s3":
        return f"<Error>{inner}<RequestId>{REQUEST_ID}</RequestId></Error>"
    return f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
