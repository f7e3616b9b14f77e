"""A stable address in front of the local HTTP API, like the domain of the real one.

Ministack serves an API under a path with the API's id, which changes at every start. This proxy
passes the request on unchanged, byte for byte, and adds the headers of the real gateway that
ministack lacks.
"""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from infra.local.cloud import HOST, refuse_taken_port

# An HTTP API rejects larger bodies itself, with this message.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
BODY_LIMIT_BYTES = 10 * 1024 * 1024
TOO_LARGE = b'{"message":"Request Entity Too Large"}'
# The time limit of an HTTP API for a function.
ANSWER_SECONDS = 30.0

# Headers of the connection, not of the request (RFC 9110, section 7.6.1).
HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
    )
)


class Front:
    """A reverse proxy on loopback, as a context manager; point_to() sets the target of requests.

    port: 0 for any free one.
    """

    def __init__(self, port: int = 0) -> None:
        if port:
            refuse_taken_port(port)
        self._server = _Server((HOST, port), _Handler)
        self.url = f"http://{HOST}:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def point_to(self, port: int, prefix: str) -> None:
        """Send all following requests to this port, with the prefix before their path."""
        self._server.target = (port, prefix)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    target: tuple[int, str] | None = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are sent in one packet; two would wait for each other.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 75
    server: _Server

    def forward(self) -> None:
        """Pass the request on, and return the answer."""
        body = self._read_body()
        if body is None:
            self.close_connection = True
            self._answer(413, [("Content-Type", "application/json")], TOO_LARGE)
            return
        if self.server.target is None or not self.path.startswith("/"):
            self._answer(
                503, [("Content-Type", "application/json")], b'{"message":"Service Unavailable"}'
            )
            return
        port, prefix = self.server.target
        upstream = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
        try:
            upstream.putrequest(
                self.command, prefix + self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self._headers_onward(len(body)):
                upstream.putheader(name, value)
            upstream.endheaders(body or None)
            answer = upstream.getresponse()
            self._answer(answer.status, _headers_back(answer), answer.read())
        except (OSError, http.client.HTTPException):
            self._answer(
                503, [("Content-Type", "application/json")], b'{"message":"Service Unavailable"}'
            )
        finally:
            upstream.close()

    def log_message(self, *_: object) -> None:
        """Log nothing: the functions have logs of their own."""

    def _headers_onward(self, length: int) -> list[tuple[str, str]]:
        dropped = HOP_BY_HOP | {
            "content-length",
            "x-forwarded-for",
            "x-forwarded-port",
            "x-forwarded-proto",
        }
        kept = [
            (name, value) for name, value in self.headers.items() if name.lower() not in dropped
        ]
        # The real gateway appends the caller's address to the caller's header: only the last one is
        # reliable.
        claimed = self.headers.get_all("x-forwarded-for", [])
        kept.append(("x-forwarded-for", ", ".join([*claimed, str(self.client_address[0])])))
        kept.append(("x-forwarded-port", str(self.server.server_port)))
        kept.append(("x-forwarded-proto", "http"))
        if length or self.command in ("POST", "PUT", "PATCH"):
            kept.append(("content-length", str(length)))
        return kept

    def _read_body(self) -> bytes | None:
        """Read the whole body, or return None if it is larger than the gateway takes."""
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        length = int(self.headers.get("content-length") or 0)
        if length <= BODY_LIMIT_BYTES:
            return self.rfile.read(length)
        # Read and discarded: a caller that is still sending would not see the answer.
        while length > 0 and (taken := self.rfile.read(min(length, 1 << 16))):
            length -= len(taken)
        return None

    def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            if len(body) + size > BODY_LIMIT_BYTES:
                return None
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return bytes(body)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        bodiless = self.command == "HEAD" or status in (204, 304)
        if not bodiless:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not bodiless:
            self.wfile.write(body)


for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
    setattr(_Handler, f"do_{_method}", _Handler.forward)


def _headers_back(answer: http.client.HTTPResponse) -> list[tuple[str, str]]:
    """Return the answer's headers without those of the connection.

    Ministack allows every origin on every answer; the real API does so only if the template says
    so.
    """
    length_is_ours = set() if answer.status in (204, 304) else {"content-length"}
    return [
        (name, value)
        for name, value in answer.getheaders()
        if name.lower() not in HOP_BY_HOP | length_is_ours
        and not name.lower().startswith("access-control-")
    ]
