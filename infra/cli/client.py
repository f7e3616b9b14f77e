"""Call a deployment over HTTP, with explicit time-outs, safe retries and clear errors.

A call is retried only if that is safe: it reads, or it is idempotent. Another call is retried only
while nothing of it was sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from goodword.domain.referrers.referrer import OWN_ID
from infra.cli.errors import CliError, NotNow, Usage

TIMEOUT = httpx.Timeout(connect=5.0, read=30.0, write=15.0, pool=5.0)
WAITS_SECONDS = (0.5, 1.0, 2.0)
LONGEST_WAIT_SECONDS = 10.0
LATER = (429, 502, 503, 504)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
# Nothing was sent yet, so a retry is safe even for a call that is not idempotent.
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Answer:
    """The service's answer: a status below 400 and its JSON object."""

    status: int
    data: dict[str, Any]


class Wire:
    """The connection to one deployment, without a key.

    url: its address; plain http is for this machine only, since a key must not cross a network
    unencrypted. transport: replaces the network in tests. pause: waits this many seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        pause: Callable[[float], None],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = check_url(url)
        self._pause = pause
        # A proxy of the environment is for external hosts; it cannot reach this machine's loopback.
        outside = urlsplit(self.url).hostname not in LOOPBACK
        self._http = httpx.Client(
            timeout=TIMEOUT, transport=transport, follow_redirects=False, trust_env=outside
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(
        self,
        method: str,
        address: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> Answer:
        """Send one request and return the answer.

        Raises CliError for an error response, NotNow without a response.
        """
        for wait in (*WAITS_SECONDS, None):
            try:
                response = self._http.request(method, address, content=content, headers=headers)
            except httpx.InvalidURL:
                raise _no_address() from None
            except httpx.RequestError as error:
                if wait is None or not (repeatable or isinstance(error, _UNSENT)):
                    raise self._silent(error) from None
                self._pause(wait)
                continue
            if response.status_code not in LATER or not repeatable or wait is None:
                return _read(response)
            self._pause(_wanted(response, wait))
        raise AssertionError("the last try returns or raises")

    def _silent(self, error: httpx.RequestError) -> NotNow:
        what = (
            "did not answer in time"
            if isinstance(error, httpx.TimeoutException)
            else "cannot be reached"
        )
        return NotNow(
            f"{self.url} {what} ({type(error).__name__})",
            remedy="Check the address and the network, then run the same command again.",
        )


class Client:
    """The /v1 interface for the commands.

    Every method returns the answer, or raises CliError or NotNow. Paths are given in parts, so that
    an id cannot change which path is called.
    """

    def __init__(self, wire: Wire, key: str) -> None:
        self._wire = wire
        self._headers = {"authorization": f"Bearer {check_key(key)}", "accept": "application/json"}

    def get(self, *path: str, **query: str) -> Answer:
        """Read an object."""
        return self._send("GET", path, query=query)

    def find(self, *path: str) -> dict[str, Any] | None:
        """Read an object that may be missing; None if it is."""
        try:
            return self.get(*path).data
        except CliError as error:
            if error.status == 404:
                return None
            raise

    def put(self, *path: str, content: bytes, media: str, version: int) -> Answer:
        """Write the next version; the same content again changes nothing."""
        headers = {"content-type": media, "if-match": f'"{version}"'}
        return self._send("PUT", path, content=content, headers=headers)

    def post(
        self, *path: str, body: Mapping[str, object], request: str = "", repeatable: bool = True
    ) -> Answer:
        """Write.

        request: the Idempotency-Key, if the endpoint requires one.
        """
        return self._write("POST", path, body, request, repeatable)

    def patch(self, *path: str, body: Mapping[str, object]) -> Answer:
        """Change an object; the same change again changes nothing."""
        return self._write("PATCH", path, body, "", repeatable=True)

    def all_pages(
        self,
        first: dict[str, Any],
        path: tuple[str, ...],
        items: str,
        next_: str,
        after: str,
        **query: str,
    ) -> dict[str, Any]:
        """Return the first page with the items of all following pages.

        items: the name of the list. next_: the name of the cursor. after: the query's parameter for
        it.
        """
        result = dict(first)
        while result[next_]:
            page = self.get(*path, **query, **{after: result[next_]}).data
            if page[next_] == result[next_]:
                raise CliError(
                    f"{next_} returned the same page twice",
                    remedy="Report this to the operator of the deployment.",
                )
            result[items] = [*result[items], *page[items]]
            result[next_] = page[next_]
        return result

    def _write(
        self,
        method: str,
        path: tuple[str, ...],
        body: Mapping[str, object],
        request: str,
        repeatable: bool,
    ) -> Answer:
        headers = {"content-type": "application/json"}
        if request:
            headers["idempotency-key"] = request
        content = json.dumps(body).encode()
        return self._send(method, path, content=content, headers=headers, repeatable=repeatable)

    def _send(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        query: Mapping[str, str] | None = None,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> Answer:
        parts = "/".join(quote(check_part(part), safe="") for part in path)
        address = f"{self._wire.url}/v1/{parts}"
        if query:
            address += f"?{httpx.QueryParams(dict(query))}"
        result = {**self._headers, **(headers or {})}
        return self._wire.send(
            method, address, content=content, headers=result, repeatable=repeatable
        )


def check_url(url: str) -> str:
    """Return the address without a trailing slash; raise Usage unless a key may be sent to it."""
    try:
        parts = urlsplit(url.strip())
        # reading the port raises an error if it is out of range
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    local = host in LOOPBACK
    if (
        not host
        or parts.scheme not in ("https", "http")
        or "@" in parts.netloc
        or parts.query
        or not url.strip().isprintable()
        or " " in host
    ):
        raise _no_address()
    if parts.scheme == "http" and not local:
        raise Usage(
            "the address is not https",
            where="--url or GOODWORD_URL",
            remedy="Use https; plain http is for a cloud on this machine.",
        )
    return url.strip().rstrip("/")


def _no_address() -> Usage:
    return Usage(
        "the address of the deployment is missing or not valid",
        where="--url or GOODWORD_URL",
        remedy="Write it like https://refer.example.com; the stack's output Url names it.",
    )


def check_part(part: str) -> str:
    """Return an id for a path; raise Usage if it is not a valid id."""
    if OWN_ID.fullmatch(part) is None:
        raise Usage(
            f"{part!r} is not a valid id or code",
            where="the command",
            remedy="Use letters, digits and . _ : -.",
        )
    return part


def check_key(key: str) -> str:
    """Return the key if it has the right form; raise Usage, without quoting it, otherwise."""
    if not key.startswith("gw_") or not key.isascii() or not key.isprintable() or " " in key:
        raise Usage(
            "the key is missing or not a Goodword key",
            where="GOODWORD_KEY or --key-file",
            remedy="Set GOODWORD_KEY to a key from `goodword init` or `goodword keys make`.",
        )
    return key


def _wanted(response: httpx.Response, wait: float) -> float:
    """Return how long the service asks to wait, within a limit."""
    text = response.headers.get("retry-after", "")
    return min(float(text), LONGEST_WAIT_SECONDS) if text.isascii() and text.isdecimal() else wait


def _read(response: httpx.Response) -> Answer:
    try:
        data = response.json()
    except ValueError:
        data = None
    if response.status_code < 300 and isinstance(data, dict):
        return Answer(response.status_code, data)
    raise _refusal(response.status_code, data)


def _refusal(status: int, data: Any) -> CliError:
    """Return the error of a problem (RFC 9457), a gateway's message, or another kind of server."""
    kind = NotNow if status in LATER else CliError
    if not isinstance(data, dict):
        remedy = "Check the address: this server does not answer with Goodword's JSON."
        return kind(
            f"the answer ({status}) is not from Goodword",
            where="",
            remedy=remedy,
            status=status,
        )
    what = (
        data.get("detail")
        or data.get("message")
        or data.get("title")
        or f"the service answered {status}"
    )
    where, remedy = str(data.get("where", "")), str(data.get("remedy", ""))
    if kind is NotNow and not remedy:
        remedy = "Wait a minute, then run the same command again."
    return kind(str(what), where=where, remedy=remedy, status=status)
