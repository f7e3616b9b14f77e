"""Sessions: a signed cookie that expires, and the CSRF token of a session's forms."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, cast

from goodword.domain.access.keyring import Keyring
from goodword.domain.errors import Forbidden
from goodword.domain.record import dataclass

Kind = Literal["referrer", "staff"]
LASTS: Final[dict[Kind, timedelta]] = {"referrer": timedelta(days=30), "staff": timedelta(hours=12)}
_COOKIE = re.compile(
    r"(?P<kind>referrer|staff)~(?P<subject>[A-Za-z0-9_.:-]{1,64})"
    r"~(?P<expires>[0-9]{1,11})~(?P<mac>[A-Za-z0-9_-]{24})"
)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person.

    subject: the referrer's id, or the hash that identifies a staff member.
    """

    kind: Kind
    subject: str
    expires_at: datetime


def open_session(kind: Kind, subject: str, now: datetime) -> Session:
    """Return a session that begins now."""
    return Session(kind, subject, now + LASTS[kind])


def write_session(session: Session, key: str) -> str:
    """Write the text of the cookie."""
    body = f"{session.kind}~{session.subject}~{int(session.expires_at.timestamp())}"
    return f"{body}~{_mac('session', body, key)}"


def read_session(text: str, kind: Kind, keys: Keyring, now: datetime) -> Session | None:
    """Return the session of this kind, or None if the text is invalid or expired."""
    match = _COOKIE.fullmatch(text)
    if match is None or match["kind"] != kind:
        return None
    body = text.rpartition("~")[0]
    if not keys.holds(match["mac"], lambda key: _mac("session", body, key)):
        return None
    session = Session(
        cast(Kind, match["kind"]),
        match["subject"],
        datetime.fromtimestamp(int(match["expires"]), UTC),
    )
    return session if session.expires_at > now else None


def form_mark(session: Session, key: str) -> str:
    """Return the CSRF token of this session's forms, which another site cannot compute."""
    return _mac("form", write_session(session, key), key)


def has_form_mark(given: str, session: Session, keys: Keyring) -> bool:
    """Return whether a form carries this session's CSRF token."""
    return keys.holds(given, lambda key: form_mark(session, key))


def check_form_mark(given: str, session: Session, keys: Keyring) -> None:
    """Raise Forbidden unless a form carries this session's CSRF token."""
    if not has_form_mark(given, session, keys):
        raise Forbidden(
            "this form is out of date", where="form", remedy="Load the page again and repeat it."
        )


def _mac(what: str, body: str, key: str) -> str:
    digest = hmac.digest(key.encode(), f"{what}.{body}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest[:18]).decode()
