"""CloudWatch in Smithy RPC v2 CBOR, on top of moto, which only knows its JSON protocol.

`POST /service/GraniteServiceVersion20100801/operation/<Operation>` with a CBOR body (possibly
gzipped) becomes JSON 1.0 with an `X-Amz-Target` header; the answer is encoded by the output shape
of botocore's model: timestamps as tag 1, doubles as floats, blobs as bytes.
"""

import base64
import gzip
import json
import re

import cbor2
from botocore.utils import parse_timestamp

HEADERS = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]


def decode(environ, body):
    """The parameters of a CBOR request."""
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = gzip.decompress(body)
    return cbor2.loads(body) if body else {}


def request_as_json(environ, body, target_prefix):
    """The same request in JSON 1.0: WSGI environment and body."""
    operation = environ["PATH_INFO"].rpartition("/")[2]
    payload = json.dumps(decode(environ, body), default=json_value).encode()
    dropped = ("HTTP_CONTENT_ENCODING", "HTTP_SMITHY_PROTOCOL")
    converted = {key: value for key, value in environ.items() if key not in dropped}
    converted.update({
        "PATH_INFO": "/",
        "REQUEST_URI": "/",
        "RAW_URI": "/",
        "CONTENT_TYPE": "application/x-amz-json-1.0",
        "HTTP_X_AMZ_TARGET": f"{target_prefix}.{operation}",
    })
    return converted, payload


def json_value(value):
    """What JSON has no type for: timestamps as epoch seconds, blobs in base64."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.timestamp()


def response_as_cbor(status, body, operation):
    """moto's JSON answer in CBOR."""
    if status >= 400:
        return cbor2.dumps(error_members(body))
    answer = json.loads(body) if body else {}
    return cbor2.dumps(encode(answer, operation.output_shape) if operation.output_shape else {})


def error_members(body):
    """Type and message of moto's error, which comes as JSON or as XML."""
    try:
        answer = json.loads(body)
        return {"__type": answer["__type"], "message": answer.get("message", "")}
    except (ValueError, KeyError):
        text = body.decode("utf-8", "replace")
        parts = (re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL) for tag in ("Code", "Message"))
        code, message = (part.group(1) if part else "" for part in parts)
        return {"__type": code or "InternalServiceFault", "message": message}


def encode(value, shape):
    """A JSON value as the CBOR value of a shape."""
    kind = shape.type_name
    if value is None:
        return None
    if kind == "structure":
        return {name: encode(value[name], member) for name, member in shape.members.items() if value.get(name) is not None}
    if kind == "list":
        return [encode(item, shape.member) for item in value]
    if kind == "map":
        return {key: encode(item, shape.value) for key, item in value.items()}
    if kind == "timestamp":
        return cbor2.CBORTag(1, parse_timestamp(value).timestamp())
    if kind in ("double", "float"):
        return float(value)
    if kind == "blob":
        return base64.b64decode(value)
    return value
