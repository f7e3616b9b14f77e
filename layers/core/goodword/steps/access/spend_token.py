"""Make the links of mails, view one without using it, and use it once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.token import (
    Purpose,
    Token,
    check_token_text,
    expired,
    used_before,
    write_token,
)
from goodword.ports.services import Clock, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update

LIFE: Final[dict[Purpose, timedelta]] = {
    "invitation": timedelta(days=30),
    "sign_in": timedelta(minutes=30),
    "staff_sign_in": timedelta(minutes=15),
    "sign_off": timedelta(days=14),
}


def mint_token(
    purpose: Purpose, subject: str, data: Mapping[str, str], *, now: Clock, new_id: NewId
) -> tuple[Token, Insert]:
    """Return a new token with the write that stores it; token_text makes its text."""
    at = now()
    token = Token(new_id("tk"), purpose, subject, at, at + LIFE[purpose], dict(data))
    return token, Insert(token)


def token_text(token: Token, key: str) -> str:
    """Return the text of a token for its link."""
    return write_token(token.purpose, token.token, token.expires_at, key)


def look_at_token(
    text: str, purpose: Purpose, *, keys: Keyring, stores: Stores, now: Clock
) -> Token:
    """Return the token of a link, used or not, and change nothing.

    Raises Forged for an invalid link, Gone for an expired one.
    """
    stored = stores.tokens.get(check_token_text(text, purpose, keys, now()))
    if stored is None or stored.purpose != purpose:
        raise expired()  # the signature is valid, so the row existed and has expired
    return stored


def spend_token(token: Token, *, now: Clock) -> Update:
    """Return the write that uses the token, for the transaction of its purpose.

    Raises Gone if it was used; a concurrent use fails that write.
    """
    if token.used_at is not None:
        raise used_before()
    return Update(token.used(now()))
