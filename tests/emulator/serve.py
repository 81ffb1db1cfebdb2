"""A stand-in for AWS on the loopback interface: moto, with what it lacks.

Prints one JSON line `{"port": ...}` when it is ready and ends when its standard input closes.
Around moto it adds CloudWatch's CBOR protocol (cbor_adapter), a log of calls by IAM action
(actions), operations it lacks (lacking), faults on purpose (faults), pages (paging) and AWS's bounds on
requests (limits).
Calls made with `account.client` are the test's own: they are neither logged nor disturbed.

    GET  /_bartizan/calls         the calls so far, in order
    POST /_bartizan/reset-calls   forgets them
    POST /_bartizan/faults        the faults from now on (see faults)
    POST /_bartizan/account       makes the small account, {"twins": true} with all twins (see account)
    POST /_bartizan/grow          {"subnets": 200, "security_groups": 500} more
    POST /_bartizan/dump          {"directory": ...}: writes it as AWS CLI JSON (see dump)
    POST /_bartizan/receivers     makes what takes deliveries (see deliveries)
    POST /_bartizan/delivered     what was delivered so far
"""

import io
import json
import os
import socket
import sys
import threading
from dataclasses import replace

# Read by moto when it is imported; loading its list of machine images takes seconds.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

import account  # noqa: E402
import actions  # noqa: E402
import cbor_adapter  # noqa: E402
import deliveries  # noqa: E402
import dump  # noqa: E402
import faults  # noqa: E402
import lacking  # noqa: E402
import limits  # noqa: E402
import paging  # noqa: E402

# Ids repeat from run to run, so that a failing test can be read twice.
SEED = 42

CONTROL = "/_bartizan/"


class Emulator:
    """The WSGI application."""

    def __init__(self):
        self._moto = DomainDispatcherApplication(create_backend_app)
        # moto is not made for threads; only what waits on purpose runs beside it.
        self._moto_lock = threading.Lock()
        self._calls = []
        self._faults = faults.Faults()
        self.port = None

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path = environ["PATH_INFO"]
        if path.startswith(CONTROL):
            status, headers, answer = self.control(path.removeprefix(CONTROL), body)
        elif (call := actions.identify(environ, body)) and account.MARK not in environ.get("HTTP_USER_AGENT", ""):
            self._calls.append(actions.record(call, environ))
            status, headers, answer = self.disturbed(call, environ, body)
        else:
            status, headers, answer = self.forward(call, environ, body)
        if status is None:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError("cut on purpose")
        headers = [pair for pair in headers if pair[0].lower() not in ("content-length", "connection")]
        start_response(f"{status} -", headers + [("Content-Length", str(len(answer)))])
        return [answer]

    def control(self, name, body):
        """Answers a request of the test itself."""
        wanted = json.loads(body) if body else {}
        try:
            answer = self.controls()[name](wanted)
            return 200, [("Content-Type", "application/json")], json.dumps(answer).encode()
        except Exception as problem:  # The test shows it; nothing here can put it right.
            return 500, [("Content-Type", "text/plain")], f"{name}: {problem!r}".encode()

    def controls(self):
        """What a test can ask for."""
        endpoint = f"http://127.0.0.1:{self.port}"
        return {
            "calls": lambda _: list(self._calls),
            "reset-calls": lambda _: self._calls.clear(),
            "faults": self._faults.replace,
            "account": lambda wanted: account.create(endpoint, **wanted),
            "grow": lambda wanted: account.grow(**wanted),
            "receivers": lambda wanted: deliveries.create(endpoint, **wanted),
            "delivered": lambda _: deliveries.delivered(endpoint),
            "dump": lambda wanted: dump.write(endpoint, wanted["directory"]),
        }

    def disturbed(self, call, environ, body):
        """The answer to a call under test: status None stands for a cut connection."""
        wants = self._faults.wants
        if wants("hang", call.action):
            self._faults.hang()
            return None, [], b""
        if wants("cut", call.action) or self._faults.take_cut(call.action):
            return None, [], b""
        if wants("deny", call.action):
            return faults.denied(call)
        if self._faults.take_throttle(call.action):
            return faults.throttled(call)
        if refused := limits.refusal(call, environ, body):
            return faults.error(call, 400, *refused)
        try:
            status, headers, answer = self.paged(call, environ, body)
        except Exception as problem:  # moto lacks the operation, or fails in it.
            return faults.error(call, 500, "InternalFailure", repr(problem))
        if wants("garbage", call.action):
            answer = answer[: len(answer) // 2]
        return status, headers, answer

    def paged(self, call, environ, body):
        """The answer, cut into pages or with a token that repeats where that is wanted."""
        size = self._faults.page_size(call.action)
        repeats = self._faults.wants("repeat_token", call.action)
        if not size and not repeats:
            return self.forward(call, environ, body)

        def rewrite(given, answer):
            return paging.cut_page(call, given, answer, size) if size else paging.repeat_token(call, answer)

        return self.forward(call, environ, body, rewrite)

    def forward(self, call, environ, body, rewrite=None):
        """moto's answer; `rewrite(parameters, answer)` may change a good one."""
        if call and call.protocol == "cbor":
            return self.forward_cbor(call, environ, body, rewrite)
        if rewrite:
            given = paging.parameters(call, environ, body)
            environ, body = paging.whole(call, environ, body)
        lacked = call and lacking.answer(call, lambda: paging.parameters(call, environ, body))
        if lacked:
            status, headers, answer = lacked
        else:
            status, headers, answer = self.ask_moto(environ, body)
        if rewrite and status == 200:
            answer = rewrite(given, answer)
        return status, headers, answer

    def forward_cbor(self, call, environ, body, rewrite):
        """moto's answer to a CBOR request, which it gets as JSON."""
        service = actions.model(call.service)
        environ, body = cbor_adapter.request_as_json(environ, body, service.metadata["targetPrefix"])
        status, _, answer = self.forward(replace(call, protocol="json"), environ, body, rewrite)
        operation = service.operation_model(call.operation)
        return status, cbor_adapter.HEADERS, cbor_adapter.response_as_cbor(status, answer, operation)

    def ask_moto(self, environ, body):
        """Status, headers and whole body of moto's answer."""
        answered = {}

        def start_response(status, headers, _error=None):
            answered["status"] = int(status.split()[0])
            answered["headers"] = headers

        environ = environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        with self._moto_lock:
            parts = self._moto(environ, start_response)
            answer = b"".join(parts)
            if hasattr(parts, "close"):
                parts.close()
        return answered["status"], answered["headers"], answer


class QuietHandler(MotoRequestHandler):
    """Serves without a line per request."""

    def log(self, *_):
        """Says nothing."""


def main():
    """Serves until standard input closes."""
    emulator = Emulator()
    server = make_server("127.0.0.1", 0, emulator, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True
    emulator.port = server.server_port
    account.seed(SEED)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    sys.stdin.read()
    # Requests may hang on purpose; do not wait for them.
    os._exit(0)


if __name__ == "__main__":
    main()
