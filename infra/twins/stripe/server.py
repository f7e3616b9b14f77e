"""The twin's HTTP server: loopback only, a thread per connection, one request at a time."""

from __future__ import annotations

import http.client
import json
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast

from infra.twins.stripe.events import Messenger
from infra.twins.stripe.twin import StripeTwin
from infra.twins.stripe.wire import Json, Reply

_ADDRESS = "127.0.0.1"
_LARGEST_BODY = 1_000_000
# Longer than any client here waits; a held reply ends earlier when the twin stops or resets.
_HOLD_SECONDS = 120

Clock = Callable[[], datetime]


def start(port: int = 0, *, clock: Clock | None = None) -> TwinHandle:
    """Start a twin in the background and return its handle; port 0 takes any free one."""
    server = _Server(port, clock or (lambda: datetime.now(UTC)))
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    return TwinHandle(server, thread)


def serve(port: int) -> None:
    """Serve until SIGTERM or SIGINT, after printing the address."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    with start(port) as twin:
        print(f"Stripe twin at {twin.url}", flush=True)
        stopped.wait()


class TwinHandle:
    """A running twin: its address, its switches, and its end."""

    def __init__(self, server: _Server, thread: threading.Thread) -> None:
        self._server = server
        self._thread = thread
        self._port = int(server.server_address[1])
        self.url = f"http://{_ADDRESS}:{self._port}"

    def __enter__(self) -> TwinHandle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Release every held reply, and stop."""
        self._server.release()
        self._server.messenger.stop()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def switch(self, name: str, /, **values: object) -> Json:
        """Call the switch /_twin/{name} and return its answer; raise ValueError on an error."""
        return self._ask("POST", name, json.dumps(values).encode())

    def state(self) -> Json:
        """Return the whole state of the twin."""
        return self._ask("GET", "state", b"")

    def _ask(self, method: str, name: str, body: bytes) -> Json:
        connection = http.client.HTTPConnection(_ADDRESS, self._port, timeout=10)
        try:
            connection.request(method, f"/_twin/{name}", body=body)
            reply = connection.getresponse()
            said = json.loads(reply.read())
        finally:
            connection.close()
        if reply.status != 200:
            raise ValueError(said["error"]["message"])
        return cast("Json", said)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined at the end, so that none outlives the twin
    request_queue_size = 256

    def __init__(self, port: int, clock: Clock) -> None:
        super().__init__((_ADDRESS, port), _Handler)
        self._twin = StripeTwin()
        self._clock = clock
        self.messenger = Messenger()
        self._turn = threading.Lock()
        self._released = threading.Event()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Pass a request to the twin, one at a time."""
        with self._turn:
            now = self._clock()
            reply = self._twin.handle(method, path, headers, body, now)
            self.messenger.send(self._twin.take_events(now))
        if path == "/_twin/reset" and reply.status == 200:
            self.release()
            self._released = threading.Event()
        return reply

    def hold(self) -> None:
        """Wait until held replies are released."""
        self._released.wait(_HOLD_SECONDS)

    def release(self) -> None:
        """Release every held reply."""
        self._released.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore closed connections, as after a client's time-out; print other errors."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "stripe-twin"
    sys_version = ""
    timeout = 30
    server: _Server

    def _answer(self) -> None:
        # One request per connection: no connection stays open when the twin stops.
        self.close_connection = True
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > _LARGEST_BODY:
            self._send(Reply(413, {"Content-Type": "text/plain"}, b"The body is too large."))
            return
        body = self.rfile.read(int(length))
        reply = self.server.answer(self.command, self.path, dict(self.headers.items()), body)
        if reply.delivery == "hold":
            self.server.hold()
        if reply.delivery == "send":
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer()

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing; the state dump lists the requests."""
