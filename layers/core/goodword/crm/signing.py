"""Shared parts of verifiers: keys, keyed hashes, constant-time comparison, age of a request.

Signatures are compared as the text in which they are sent, never after decoding: base64 has several
spellings of the same bytes, and only one of them is what the sender wrote.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from goodword.domain.errors import Forged, NotReady
from goodword.ports.services import SecretPair, WebhookRequest

TOLERANCE_SECONDS = 300
_DIGITS = re.compile(r"[0-9]{1,16}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def secrets_of(pair: SecretPair) -> tuple[str, ...]:
    """Return the secrets that hold now.

    Raise NotReady when ours is empty, which would sign anything.
    """
    if not pair.current:
        raise NotReady("the secret of this connection is empty")
    return tuple(secret for secret in pair.both() if secret)


def header(request: WebhookRequest, name: str) -> str:
    """Return a header that must be there and must not be empty; raise Forged otherwise. name.

    Lower case.
    """
    value = request.headers.get(name, "")
    if not value:
        raise Forged(
            "A header that proves the sender is missing.",
            where=name,
            remedy="Check the secret and the signature settings of the sender.",
        )
    return value


def as_bytes(text: str) -> bytes:
    """Return UTF-8 of any text of a request, also of lone surrogates. Never fails."""
    return text.encode("utf-8", "backslashreplace")


def sign(key: bytes, *parts: bytes) -> bytes:
    """Return HMAC-SHA256 of the parts, joined without separators."""
    return hmac.digest(key, b"".join(parts), hashlib.sha256)


def require_match(given: Iterable[str], expected: Iterable[bytes], *, where: str) -> None:
    """Raise Forged unless one of the given texts is one of those expected.

    Every pair is compared, each in constant time, so that the time reveals neither the place of the
    first difference nor which of two secrets matched.
    """
    wanted = tuple(expected)
    stored = False
    for text in given:
        for candidate in wanted:
            stored |= hmac.compare_digest(as_bytes(text), candidate)
    if not stored:
        raise Forged(
            "The signature or key does not hold.",
            where=where,
            remedy="Sign the bytes that are sent, with this connection's secret of now.",
        )


def check_age(stamp: str, now: datetime, *, ticks_per_second: int = 1, where: str) -> None:
    """Raise Forged unless the request's time is within 300 s of now, on either side.

    stamp: whole ticks since 1970, as digits. A clock may run a little ahead; a request signed for
    later than that could be kept and played again, so the future is refused like the past.
    """
    if not _DIGITS.fullmatch(stamp):
        raise Forged(
            "The time of the request is not a whole number.",
            where=where,
            remedy="Send the digits of a time since 1970.",
        )
    passed = (now - _EPOCH) // timedelta(seconds=1) * ticks_per_second
    if abs(passed - int(stamp)) > TOLERANCE_SECONDS * ticks_per_second:
        raise Forged(
            "The request is too old, or from the future.",
            where=where,
            remedy=f"Set the clock, and send within {TOLERANCE_SECONDS} seconds of signing.",
        )
