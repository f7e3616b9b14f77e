"""A proxy between a client and a local service, which injects faults into requests.

It reads HTTP/1.1 requests and passes them on unchanged; the fault applies to those that `strikes`
selects. Only the way is broken, never the service.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, Self
from urllib.parse import urlsplit

HOST: Final = "127.0.0.1"
HOLD_SECONDS: Final = 5.0  # longer than any client here waits; healing lets go earlier
Service = Literal["dynamodb", "stripe"]


@dataclass(frozen=True)
class Request:
    """One request: its first line's method and path, its headers, its body."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class Hangup(Exception):
    """The connection is to be closed now. abrupt: with a reset, not in order."""

    def __init__(self, *, abrupt: bool = True) -> None:
        super().__init__()
        self.abrupt = abrupt


class FaultProxy:
    """A running proxy. Use it as a context manager.

    Inside: url is its address; struck counts the requests that met a fault.
    """

    def __init__(self, target: str, service: Service) -> None:
        self._target = urlsplit(target)
        self._service: Service = service
        self._strikes: Callable[[Request], bool] = lambda _: False
        self._fault = ""
        self._left = 0
        self._lock = threading.Lock()
        self._healed = threading.Event()
        self._stopped = False
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._listener = self._listen(0)
        self._port: int = self._listener.getsockname()[1]
        self.url = f"http://{HOST}:{self._port}"
        self.struck = 0

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.heal()
        self._stopped = True
        self._close_listener()
        for connection in list(self._open):  # clients keep theirs for the next request
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(HOLD_SECONDS)

    def strike(self, fault: str, strikes: Callable[[Request], bool], times: int) -> None:
        """Apply this fault to the next requests that `strikes` selects, at most so many times."""
        if fault not in FAULTS:
            raise ValueError(f"there is no fault {fault!r}")
        with self._lock:
            self._fault, self._strikes, self._left, self.struck = fault, strikes, times, 0
            self._healed.clear()

    def heal(self) -> None:
        """Let everything pass again, and let go of what is held."""
        with self._lock:
            self._left = 0
        self._healed.set()
        if self._listener.fileno() == -1:
            self._listener = self._listen(self._port)
            self._start()

    # --- for faults -------------------------------------------------------------------------------

    @property
    def service(self) -> Service:
        """Return what is behind the proxy, whose errors have a shape of their own."""
        return self._service

    def forward(self, request: Request) -> bytes:
        """Pass a request on and return the whole reply."""
        target = http.client.HTTPConnection(
            self._target.hostname or HOST, self._target.port, timeout=30
        )
        try:
            target.putrequest(
                request.method, request.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in request.headers:
                target.putheader(name, value)
            target.endheaders(request.body)
            reply = target.getresponse()
            body = reply.read()
            kept = [
                (name, value)
                for name, value in reply.getheaders()
                if name.lower() not in ("content-length", "transfer-encoding", "connection")
            ]
            return written(reply.status, body, kept)
        finally:
            target.close()

    def hold(self) -> None:
        """Wait until the faults are over."""
        self.wait(HOLD_SECONDS)

    def wait(self, seconds: float) -> None:
        """Wait so long, or until the faults are over."""
        self._healed.wait(seconds)

    def go_away(self) -> None:
        """Refuse connections until the faults are over."""
        self._close_listener()

    # --- inside -----------------------------------------------------------------------------------

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(64)
        return listener

    def _close_listener(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self) -> None:
        self._run(self._accept, self._listener)

    def _run(self, act: Callable[[socket.socket], None], given: socket.socket) -> None:
        thread = threading.Thread(target=act, args=(given,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopped:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._run(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(30)
        self._open.add(connection)
        try:
            for request in requests_of(connection):
                self._answer(connection, request)
        except Hangup as hangup:
            if hangup.abrupt:
                # Closing with nothing to linger for sends a reset.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass  # the client hung up, as one does that waited long enough
        finally:
            self._open.discard(connection)
            connection.close()

    def _answer(self, connection: socket.socket, request: Request) -> None:
        with self._lock:
            struck = self._left > 0 and self._strikes(request)
            self._left -= struck
            self.struck += struck
        if struck:
            FAULTS[self._fault](self, connection, request)
        else:
            connection.sendall(self.forward(request))


def requests_of(connection: socket.socket) -> Iterator[Request]:
    """Read one request after another until the client has no more."""
    with connection.makefile("rb") as stream:
        while True:
            first = stream.readline().decode("latin-1").split()
            if len(first) < 2:
                return
            headers = []
            while line := stream.readline().decode("latin-1").strip():
                name, _, value = line.partition(":")
                headers.append((name.strip(), value.strip()))
            length = next(
                (int(value) for name, value in headers if name.lower() == "content-length"), 0
            )
            yield Request(first[0], first[1], headers, stream.read(length))


def written(status: int, body: bytes, headers: list[tuple[str, str]] | None = None) -> bytes:
    """Write a reply."""
    lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Answer')}"]
    lines += [
        f"{name}: {value}" for name, value in headers or [("Content-Type", "application/json")]
    ]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


# --- faults ---------------------------------------------------------------------------------------

Fault = Callable[[FaultProxy, socket.socket, Request], None]


def _refused(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    proxy.go_away()
    raise Hangup


def _reset_before(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    raise Hangup


def _closed_before(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    raise Hangup(abrupt=False)


def _reset_after(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    proxy.forward(request)
    raise Hangup


def _closed_after(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    proxy.forward(request)
    raise Hangup(abrupt=False)


def _truncated(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    reply = proxy.forward(request)
    connection.sendall(reply[: len(reply) - 1 if reply.endswith(b"{}") else len(reply) * 2 // 3])
    raise Hangup(abrupt=False)


def _cut_in_the_head(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    connection.sendall(proxy.forward(request)[:14])
    raise Hangup(abrupt=False)


def _stalled_before(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    proxy.hold()
    raise Hangup


def _stalled_after(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    proxy.forward(request)
    proxy.hold()
    raise Hangup


def _trickled(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    reply = proxy.forward(request)
    for start in range(0, len(reply), 40):
        connection.sendall(reply[start : start + 40])
        proxy.wait(0.002)


def _doubled(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    proxy.forward(request)
    connection.sendall(proxy.forward(request))


def _garbage(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    connection.sendall(b"\x00\xff\x13 what is this\r\n\r\n")
    raise Hangup(abrupt=False)


def _garbled_body(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
    proxy.forward(request)
    connection.sendall(written(200, b"<html>Welcome to the hotel's network</html>"))


def _error(status: int, code: str, *, effect: bool = False, more: str = "") -> Fault:
    """Answer with an error in the service's own shape. code: DynamoDB's name, a bar.

    Stripe's.
    """

    def act(proxy: FaultProxy, connection: socket.socket, request: Request) -> None:
        if effect:
            proxy.forward(request)
        aws, _, stripe = code.partition("|")
        if proxy.service == "stripe":
            body = {"error": {"type": "api_error", "code": stripe, "message": "It went wrong."}}
            connection.sendall(written(status, json.dumps(body).encode()))
            return
        result: dict[str, object] = {
            "__type": f"com.amazonaws.dynamodb.v20120810#{aws}",
            "message": more or aws,
        }
        if aws == "TransactionCanceledException":
            result["CancellationReasons"] = [
                {"Code": "TransactionConflict", "Message": "It is ongoing."}
            ]
        connection.sendall(written(status if status >= 500 else 400, json.dumps(result).encode()))

    return act


FAULTS: Final[dict[str, Fault]] = {
    "refused from here on": _refused,
    "reset before": _reset_before,
    "closed before": _closed_before,
    "reset after, reply lost": _reset_after,
    "closed after, reply lost": _closed_after,
    "reply truncated": _truncated,
    "reply cut in its head": _cut_in_the_head,
    "stalled before": _stalled_before,
    "stalled after": _stalled_after,
    "reply trickles": _trickled,
    "request doubled": _doubled,
    "garbage": _garbage,
    "reply's body garbled": _garbled_body,
    "500 before": _error(500, "InternalServerError|api_error"),
    "500 after": _error(500, "InternalServerError|api_error", effect=True),
    "503 before": _error(503, "ServiceUnavailable|unavailable"),
    "throttled": _error(429, "ProvisionedThroughputExceededException|rate_limit"),
    "conflict": _error(
        409,
        "TransactionCanceledException|idempotency_key_in_use",
        more="Transaction canceled, please refer cancellation reasons [TransactionConflict]",
    ),
    "conflict after": _error(
        409, "TransactionInProgressException|idempotency_key_in_use", effect=True
    ),
}
