"""Pages where moto answers everything at once, and pages that never end.

Names of tokens and results come from botocore's paginator models, so this works for EC2, query,
JSON, CBOR (which arrives here as JSON) and REST services alike.
"""

import json
import xml.etree.ElementTree as ET
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

import botocore.loaders

import cbor_adapter
from actions import model

SAME_TOKEN = "the-same-page-again"


@lru_cache(maxsize=None)
def paginator(service, operation):
    """How an operation pages, by botocore; None if it does not."""
    pages = botocore.loaders.Loader().load_service_model(service, "paginators-1")["pagination"].get(operation)
    if pages is None:
        return None
    first = {key: pages[key][0] if isinstance(pages[key], list) else pages[key] for key in ("input_token", "output_token", "result_key")}
    return first | {"limit_key": pages.get("limit_key"), "more_results": pages.get("more_results")}


def parameters(call, environ, body):
    """The top-level parameters of a request; text, but for JSON and CBOR."""
    if call.protocol in ("ec2", "query"):
        return dict(parse_qsl(body.decode()))
    if call.protocol in ("json", "rest-json") and body:
        return json.loads(body)
    if call.protocol == "cbor":
        return cbor_adapter.decode(environ, body)
    return dict(parse_qsl(environ["QUERY_STRING"]))


def whole(call, environ, body):
    """The request without its token and page size: a changed environment and body."""
    pages = paginator(call.service, call.operation)
    dropped = (pages["input_token"], pages["limit_key"])
    kept = {key: value for key, value in parameters(call, environ, body).items() if key not in dropped}
    if call.protocol in ("ec2", "query"):
        body = urlencode(kept).encode()
    elif call.protocol in ("json", "rest-json") and body:
        body = json.dumps(kept).encode()
    else:
        query = urlencode([pair for pair in parse_qsl(environ["QUERY_STRING"]) if pair[0] not in dropped])
        environ = environ | {"QUERY_STRING": query}
    return environ, body


def cut_page(call, given, answer, size):
    """At most `size` resources of a whole answer, from where the request's token says."""
    pages = paginator(call.service, call.operation)
    limit = int(given.get(pages["limit_key"]) or size)
    start = int(given.get(pages["input_token"]) or 0)
    document = open_document(call, answer)
    stop = start + min(limit, size)
    if document.keep(pages["result_key"], start, stop) > stop:
        document.put(pages["output_token"], str(stop))
    return document.dump()


def repeat_token(call, answer):
    """The answer with a token that always leads back to itself."""
    pages = paginator(call.service, call.operation)
    document = open_document(call, answer)
    document.put(pages["output_token"], SAME_TOKEN)
    if pages["more_results"]:
        document.put(pages["more_results"], "true")
    return document.dump()


def open_document(call, answer):
    """The answer in whichever form the protocol gives it."""
    if call.protocol in ("json", "rest-json", "cbor"):
        return JsonDocument(answer)
    return XmlDocument(call, answer)


class JsonDocument:
    """A JSON answer."""

    def __init__(self, answer):
        self._root = json.loads(answer)

    def keep(self, key, start, stop):
        """Keeps a slice of a list; returns how long it was."""
        items = self._root.get(key, [])
        self._root[key] = items[start:stop]
        return len(items)

    def put(self, key, value):
        """Sets a top-level text."""
        self._root[key] = value

    def dump(self):
        """The answer as bytes."""
        return json.dumps(self._root).encode()


class XmlDocument:
    """An XML answer, addressed by the names of botocore's output shape."""

    def __init__(self, call, answer):
        self._root = ET.fromstring(answer)
        self._shape = model(call.service).operation_model(call.operation).output_shape
        self._result = self._root.find(f"{{*}}{call.operation}Result") if call.protocol == "query" else self._root

    def keep(self, key, start, stop):
        """Keeps a slice of a list; returns how long it was."""
        container = self._find(key)
        items = list(container)
        for item in items[:start] + items[stop:]:
            container.remove(item)
        return len(items)

    def put(self, key, value):
        """Sets the text of an element, making it where it is missing."""
        self._find(key).text = value

    def _find(self, key):
        """The element of a dotted path of member names."""
        element, shape = self._result, self._shape
        for name in key.split("."):
            member = shape.members[name]
            if shape.serialization.get("payload") != name:
                element = child(element, member.serialization.get("name", name))
            shape = member
        return element

    def dump(self):
        """The answer as bytes."""
        namespace = self._root.tag.partition("}")[0].lstrip("{") if "}" in self._root.tag else ""
        if namespace:
            ET.register_namespace("", namespace)
        return ET.tostring(self._root, encoding="utf-8", xml_declaration=True)


def child(parent, name):
    """The child element of a name, made in the parent's namespace if it is missing."""
    found = parent.find(f"{{*}}{name}")
    if found is None:
        namespace = parent.tag.partition("}")[0] + "}" if "}" in parent.tag else ""
        found = ET.SubElement(parent, namespace + name)
    return found
