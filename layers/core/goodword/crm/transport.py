"""Ask a CRM over HTTPS, on the standard library.

Each wait ends after five seconds, redirects are not followed (a token goes to its own host only),
an answer has a largest size, and no message names a token or a person. `Unavailable`: the CRM did
not answer, was too slow or too busy. `NotReady`: it refuses us, since token and address are our
settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from urllib.parse import urlsplit

from goodword.crm.reading import mapping, parse_json
from goodword.domain.errors import NotReady, Unavailable, Unreadable
from goodword.domain.record import dataclass

TIMEOUT_SECONDS = 5.0
MAX_ANSWER_BYTES = 2_000_000
# One page of people: enough to find a referral by, and one request.
MAX_PEOPLE = 100
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Expired(NotReady):
    """The CRM does not take the token, or takes it no longer."""


@dataclass(frozen=True, slots=True)
class Door:
    """One CRM's address and the token that opens it.

    Plain http is for this machine alone, where the twin lives; a token never crosses a network
    unencrypted.
    """

    base_url: str
    token: str = field(repr=False)
    connection: str
    timeout_seconds: float = TIMEOUT_SECONDS

    def __post_init__(self) -> None:
        url = urlsplit(self.base_url)
        if not url.hostname or not (
            url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)
        ):
            raise NotReady(f"{self.connection}: the CRM's address must begin with https://")
        if not self.token.isascii() or not self.token.isprintable() or not self.token:
            raise NotReady(f"{self.connection}: the CRM's token is missing or malformed")

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: object = None
    ) -> dict[str, object] | None:
        """Return the JSON object of the CRM's response, or None if the response is 404.

        body: sent as JSON; a text is sent as it is, and headers say what it is. Raises Expired for
        401.
        """
        try:
            status, answer = self._exchange(method, path, headers, body)
        except (OSError, HTTPException):
            raise Unavailable(f"{self.connection}: the CRM did not answer in time") from None
        if status == 404:
            return None
        if status == 429 or status >= 500:
            raise Unavailable(f"{self.connection}: the CRM answered {status}")
        if status == 401:
            raise Expired(f"{self.connection}: the CRM refused our question with 401")
        if status not in (200, 207):
            raise NotReady(f"{self.connection}: the CRM refused our question with {status}")
        with self.reading():
            return mapping(parse_json(answer), "answer")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn an answer that is not in its documented shape into Unavailable.

        No sender can correct it.
        """
        try:
            yield
        except Unreadable as bad:
            raise Unavailable(
                f"{self.connection}: the CRM's answer cannot be read at {bad.where}"
            ) from None

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: object
    ) -> tuple[int, bytes]:
        url = urlsplit(self.base_url)
        make = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = make(str(url.hostname), url.port, timeout=self.timeout_seconds)
        sent = (
            None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        )
        asked = {"Accept": "application/json", "Content-Type": "application/json", **headers}
        try:
            connection.request(method, url.path.rstrip("/") + path, sent, asked)
            response = connection.getresponse()
            return response.status, self._read(response)
        finally:
            connection.close()

    def _read(self, response: HTTPResponse) -> bytes:
        # The socket's timeout is per wait; a drip of single bytes would otherwise hold us for
        # hours.
        deadline = monotonic() + self.timeout_seconds
        answer = bytearray()
        while chunk := response.read1(65536):
            answer += chunk
            if len(answer) > MAX_ANSWER_BYTES or monotonic() > deadline:
                raise Unavailable(f"{self.connection}: the CRM's answer is too long or too slow")
        return bytes(answer)
