"""Call DynamoDB: signed requests over one persistent connection, on the standard library.

Sources: the Signature Version 4 chapter of the IAM user guide; the DynamoDB developer guide,
"Low-level API" and "Error handling"; the SDK reference guide, "Container credential provider".
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import select
import socket
import ssl
import time
import zlib
from _thread import allocate_lock, start_new_thread

TYPE_CHECKING = False  # like typing's own, whose import alone would cost a tenth of a cold start
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

TRY_SECONDS = 0.5  # the limit of one try, so that a limit of a second has room for another
FIRST_PAUSE_SECONDS = 0.02
LAST_SECONDS = 0.02  # with less time left, nothing is retried
IDLE_SECONDS = 20.0  # a connection that was idle for longer is opened again
# credentials of the container endpoint are refreshed this long before they expire
RENEW_SECONDS = 300
# the limit of a refresh while the old ones are valid, so that the click has the rest
REFRESH_SECONDS = 0.1
ASK_AGAIN_SECONDS = 10  # the pause after a failed refresh while the old ones are valid
LONGEST = 65_536  # the most bytes of a head, or of an answer without a length
ROOTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "roots.pem")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# The endpoints of containers and SnapStart functions: the only allowed addresses besides loopback.
CONTAINER_HOSTS = (*LOOPBACK, "169.254.170.2", "169.254.170.23")

_THROTTLED = frozenset(
    (
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
    )
)
# The credentials expired earlier than announced.
_ENDED = frozenset(("ExpiredTokenException", "UnrecognizedClientException"))


class DynamoError(Exception):
    """An error response from DynamoDB.

    code: DynamoDB's own name of the error.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unreachable(DynamoError):
    """No answer in time; the operation may have been done."""


class _NoCredentials(Unreachable):
    """No credentials were available, so nothing was sent."""


class _Unsure(Exception):
    """The connection broke after something was sent: the operation may have been done."""


# --- signing --------------------------------------------------------------------------------------


def sign(
    method: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key: bytes,
    access_key: str,
    scope: str,
) -> str:
    """Return the Authorization header of a request to the path "/".

    headers: all signed headers, by lower-case name, with host and x-amz-date. key: of signing_key.
    scope: date/region/service/aws4_request.
    """
    names = sorted(headers)
    signed = ";".join(names)
    listed = "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical = f"{method}\n/\n\n{listed}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{digest}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"Credential={access_key}/{scope}"
    return f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={signed}, Signature={signature}"


def signing_key(secret_key: str, scope: str) -> bytes:
    """Derive the key of one day, region and service."""
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


# --- credentials ----------------------------------------------------------------------------------


class Credentials:
    """Access key, secret key and session token, of the environment or the container endpoint."""

    def __init__(self, environ: Mapping[str, str], clock: Callable[[], float] = time.time) -> None:
        self._environ = environ
        self._clock = clock
        self._held: tuple[str, str, str] | None = None
        self._ends = self._ask_again = 0.0

    def get(self, until: float) -> tuple[str, str, str]:
        """Return the three, cached only if a read is costly; raise Unreachable without any.

        until: how long to wait, by time.monotonic. Credentials of the endpoint are refreshed five
        minutes before they expire, and used until then if the endpoint does not answer.
        """
        environ = self._environ
        if environ.get("AWS_ACCESS_KEY_ID"):
            return (
                environ["AWS_ACCESS_KEY_ID"],
                environ["AWS_SECRET_ACCESS_KEY"],
                environ.get("AWS_SESSION_TOKEN", ""),
            )
        now = self._clock()
        holds = self._held is not None and now < self._ends
        if not holds or (now > self._ends - RENEW_SECONDS and now >= self._ask_again):
            try:
                self._ask(min(until, time.monotonic() + REFRESH_SECONDS) if holds else until)
            except (OSError, ValueError, KeyError, TypeError, _Unsure) as error:
                self._ask_again = now + ASK_AGAIN_SECONDS
                if not holds:
                    raise _NoCredentials("NoCredentials") from error
        assert self._held is not None
        return self._held

    def forget(self) -> bool:
        """Drop rejected credentials of the endpoint; return False if there are none."""
        stored, self._held = self._held, None
        return stored is not None

    def _ask(self, until: float) -> None:
        environ = self._environ
        address = environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") or (
            "http://169.254.170.2" + environ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
        )
        secure, host, port, path = split_address(address)
        if not secure and host not in CONTAINER_HOSTS:
            raise ValueError("the container endpoint is neither on this machine nor over TLS")
        headers = {"host": f"{host}:{port}", "connection": "close"}
        token = environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
            with open(environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"], encoding="ascii") as file:
                token = file.read().strip()
        if token:
            headers["authorization"] = token
        wire = Wire(secure, host, port)
        try:
            wire.open(until)
            # HTTP/1.0, so that the answer is not chunked: it ends at its length, or with the
            # connection.
            status, _, answer = wire.exchange(
                _request("GET", path, headers, b"", "1.0"), until, ends=True
            )
        finally:
            wire.close()
        if status != 200:
            raise ValueError(f"the container endpoint answered {status}")
        from calendar import timegm  # imported here, since it is slow and rarely needed

        result = json.loads(answer)
        self._held = (result["AccessKeyId"], result["SecretAccessKey"], result.get("Token", ""))
        self._ends = timegm(time.strptime(result["Expiration"][:19], "%Y-%m-%dT%H:%M:%S"))


# --- the wire -------------------------------------------------------------------------------------


def split_address(address: str) -> tuple[bool, str, int, str]:
    """Return whether TLS is used, the host, the port and the path of an http or https address."""
    scheme, _, rest = address.partition("://")
    if scheme not in ("http", "https"):
        raise ValueError("the endpoint is not an http or https address")
    authority, slash, path = rest.partition("/")
    host, colon, port = (
        authority.rpartition(":") if not authority.endswith("]") else (authority, "", "")
    )
    if not colon:
        host, port = authority, "443" if scheme == "https" else "80"
    return scheme == "https", host.strip("[]"), int(port), slash + path or "/"


class Wire:
    """One connection to one server, opened on demand and again when it has broken."""

    def __init__(self, secure: bool, host: str, port: int, roots: str = ROOTS) -> None:
        self._secure, self._host, self._port = secure, host, port
        self._roots = roots
        self._context: ssl.SSLContext | None = None
        self._socket: socket.socket | None = None
        self._used = 0.0
        self._failed = 0  # times; each retry uses another of the host's addresses

    def alive(self) -> bool:
        """Return whether the connection is open, as far as this side can detect."""
        stored = self._socket
        if stored is None or time.monotonic() - self._used > IDLE_SECONDS:
            return False
        # No request is pending, so readable data means that the server closed the connection.
        return not select.select([stored], [], [], 0)[0]

    def open(self, until: float) -> None:
        """Reconnect; raise OSError if that fails or takes too long."""
        self.close()
        found = _resolve(self._host, self._port, until)
        family, kind, protocol, _, address = found[self._failed % len(found)]
        stored = socket.socket(family, kind, protocol)
        try:
            stored.settimeout(_left(until))
            stored.connect(address)
            stored.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._secure:
                stored.settimeout(_left(until))
                stored = self._trust().wrap_socket(stored, server_hostname=self._host)
        except BaseException:
            self._failed += 1
            stored.close()
            raise
        self._socket = stored

    def exchange(
        self, request: bytes, until: float, *, ends: bool = False
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request and return status, headers and body.

        Raises _Unsure if the connection breaks. The connection is closed if its state is unknown
        afterwards. ends: an answer without a length may end with the connection.
        """
        stored = self._socket
        assert stored is not None
        stored.settimeout(_left(until))  # the time is up already: nothing was sent
        try:
            stored.sendall(request)
            status, headers, body = _answer(stored, until, ends=ends)
        except (OSError, ValueError) as error:
            self._failed += 1
            self.close()
            raise _Unsure from error
        self._used = time.monotonic()
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, headers, body

    def close(self) -> None:
        """Close the connection."""
        stored, self._socket = self._socket, None
        if stored is not None:
            stored.close()

    def _trust(self) -> ssl.SSLContext:
        if self._context is None:
            # This kind of context verifies certificate and host name; it has no roots until some
            # are loaded.
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._context.load_verify_locations(self._roots)
        return self._context


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _resolve(host: str, port: int, until: float) -> list[Any]:
    """Resolve the host's addresses in a thread of its own, since the resolver has no time-out."""
    if host in ("127.0.0.1", "169.254.170.2", "169.254.170.23"):
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, port))]
    found: list[Any] = []
    done = allocate_lock()
    done.acquire()

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        except OSError:
            pass
        finally:
            done.release()

    start_new_thread(ask, ())
    if not done.acquire(timeout=_left(until)) or not found:
        raise TimeoutError
    return found


def _request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, version: str = "1.1"
) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (
        f"{method} {path} HTTP/{version}\r\n{lines}content-length: {len(body)}\r\n\r\n".encode()
        + body
    )


def _answer(
    stored: socket.socket, until: float, *, ends: bool
) -> tuple[int, dict[str, str], bytes]:
    """Read one answer; raise OSError if it is incomplete, ValueError if it is malformed."""
    read = bytearray()
    while (end := read.find(b"\r\n\r\n")) < 0:
        if len(read) > LONGEST:
            raise ValueError("the head is too long")
        read += _some(stored, until)
    first, *lines = read[:end].decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if "content-length" in headers:
        size = end + 4 + int(headers["content-length"])
        while len(read) < size:
            read += _some(stored, until)
    elif not ends:
        raise ValueError("no length")  # DynamoDB always sends it
    else:
        while some := _some(stored, until, ends=True):
            read += some
            if len(read) > LONGEST:
                raise ValueError("the answer is too long")
    body = bytes(read[end + 4 :])
    if "x-amz-crc32" in headers and int(headers["x-amz-crc32"]) != zlib.crc32(body):
        raise ValueError("the answer's checksum does not match")
    return int(first.partition(" ")[2][:3]), headers, body


def _some(stored: socket.socket, until: float, *, ends: bool = False) -> bytes:
    stored.settimeout(_left(until))
    some = stored.recv(65_536)
    if not some and not ends:
        raise ConnectionError("closed")
    return some


# --- DynamoDB -------------------------------------------------------------------------------------


class Dynamo:
    """A client for one region."""

    def __init__(self, region: str, environ: Mapping[str, str], *, roots: str = ROOTS) -> None:
        endpoint = (
            environ.get("AWS_ENDPOINT_URL_DYNAMODB")
            or environ.get("AWS_ENDPOINT_URL")
            or f"https://dynamodb.{region}.amazonaws.com"
        )
        secure, host, port, _ = split_address(endpoint)
        if not secure and host not in LOOPBACK:
            raise ValueError("DynamoDB needs TLS, unless it is on this machine")
        self._host = host if secure and port == 443 else f"{host}:{port}"
        self._wire = Wire(secure, host, port, roots)
        self._region = region
        self._credentials = Credentials(environ)
        self._key: tuple[str, str, bytes] | None = None

    def call(
        self, operation: str, request: dict[str, Any], *, until: float, again: bool
    ) -> dict[str, Any]:
        """Do one operation and return its answer.

        until: when to give up, by time.monotonic. again: whether it may be retried after it may
        have been done. Throttling is retried while there is time. Raises DynamoError with
        DynamoDB's name of the error, Unreachable without an answer.
        """
        body = json.dumps(request, separators=(",", ":")).encode()
        pause, result = FIRST_PAUSE_SECONDS, "NoAnswer"
        while True:
            try:
                status, answer = self._try(operation, body, until)
            except _Unsure:
                if not again:
                    raise Unreachable("MaybeDone") from None
            except _NoCredentials as error:
                result = error.code
            except OSError as error:
                result = type(error).__name__
            else:
                if status == 200:
                    return answer
                result = str(answer.get("__type", status)).rpartition("#")[2]
                if not self._may_pass(result, status, again):
                    raise DynamoError(result)
            pause = _pause(pause, until, result)

    def _may_pass(self, result: str, status: int, again: bool) -> bool:
        """Return whether a retry is allowed: it was not done, or is harmless when done twice."""
        if result in _ENDED:
            return self._credentials.forget()
        return result in _THROTTLED or (status >= 500 and again)

    def _try(self, operation: str, body: bytes, until: float) -> tuple[int, dict[str, Any]]:
        until = min(until, time.monotonic() + TRY_SECONDS)
        request = self._signed(operation, body, until)
        if not self._wire.alive():
            self._wire.open(until)
        status, _, answer = self._wire.exchange(request, until)
        try:
            result = json.loads(answer)
        except ValueError:
            result = None
        if isinstance(result, dict):
            return status, result
        self._wire.close()
        if status == 200:
            raise _Unsure  # it was done, but its result is unknown
        return status, {}

    def _signed(self, operation: str, body: bytes, until: float) -> bytes:
        access, secret, token = self._credentials.get(until)
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{stamp[:8]}/{self._region}/dynamodb/aws4_request"
        if self._key is None or self._key[:2] != (scope, secret):
            self._key = (scope, secret, signing_key(secret, scope))
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "host": self._host,
            "x-amz-date": stamp,
            "x-amz-target": f"DynamoDB_20120810.{operation}",
        }
        if token:
            headers["x-amz-security-token"] = token
        headers["authorization"] = sign(
            "POST", headers, body, key=self._key[2], access_key=access, scope=scope
        )
        return _request("POST", "/", headers, body)


def _pause(pause: float, until: float, result: str) -> float:
    """Sleep for half to all of a pause, and return the next one; raise if there is no time.

    A pause is at most half of the remaining time, so that it is retried while there is time.
    """
    left = until - time.monotonic()
    if left < LAST_SECONDS:
        raise Unreachable(result)
    pause = min(pause, left / 2)
    time.sleep(pause * (0.5 + os.urandom(1)[0] / 510))
    return pause * 2
