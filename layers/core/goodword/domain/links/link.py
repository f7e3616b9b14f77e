"""Links: a referrer's code, its target, and the validity of a click's token."""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from goodword.domain.errors import BadInput, Forged
from goodword.domain.links.visit import CODE, token_mac
from goodword.domain.programs.target import check_target
from goodword.domain.programs.token_parameter import TOKEN_PARAMETER
from goodword.domain.record import dataclass

if TYPE_CHECKING:
    from goodword.domain.programs.program import Program
    from goodword.domain.referrers.referrer import Referrer

_VANITY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
RESERVED = frozenset(
    """about account accounts admin api app apply assets auth billing click clicks credit
    credits referrer referrers demo docs favicon goodword health help index invite
    invitations landing legal link links login logout mail me new null offer portal privacy
    program programs public r referral referrals register root robots settings sign-in
    sign-up signup signups staff static status stripe support terms test undefined
    unsubscribe v1 webhook webhooks www""".split()  # noqa: SIM905 - as text it reads better
)
# All links of a referrer are read at once; this many of the longest fit in one query
# (tests/redirect/test_tables.py).
MOST_LINKS = 500
CHANNELS = ("mail", "linkedin", "whatsapp", "text", "site", "print", "other")


@dataclass(frozen=True, slots=True)
class Link:
    """A link of one referrer.

    token_key and address_key are random, so that the redirect needs no other secret: the first
    signs this link's click tokens, the second makes the daily address hash comparable across links.
    mailed_at: when a mail with this link was last delivered, to distinguish its scanners from
    people.
    """

    code: str
    referrer: str
    account: str
    program: str
    target: str
    channel: str
    token_key: str
    address_key: str
    created_at: datetime
    paused: bool = False
    internal_only: bool = False
    mailed_at: datetime | None = None
    revision: int = 1


def check_vanity(code: str) -> str:
    """Return a vanity code, or raise BadInput with the rule that it breaks."""
    if code in RESERVED:
        raise BadInput(f"{code!r} is reserved", where="code", remedy="Choose another code.")
    if not 3 <= len(code) <= 40 or _VANITY.fullmatch(code) is None:
        raise BadInput(
            f"{code!r} is not a valid code",
            where="code",
            remedy="Use 3 to 40 of a-z, 0-9 and -, with no - at either end or twice in a row.",
        )
    return code


def landing_path(code: str) -> str:
    """Return the path of a link's landing page."""
    return f"/l/{code}"


def leads_to(program: Program, code: str, public_url: str) -> str:
    """Return the target of a link without one: the program's own page, or the landing page."""
    if not program.has_page:
        return f"{public_url}{landing_path(code)}"
    return check_target(program.default_target, program.targets)


def link_of(
    referrer: Referrer,
    program: Program,
    code: str,
    *,
    target: str,
    token_key: str,
    address_key: str,
    at: datetime,
    channel: str = "other",
    internal_only: bool = False,
) -> Link:
    """Make a referrer's link in a program.

    internal_only: for sharing inside the referrer's company only.
    """
    return Link(
        code=code,
        referrer=referrer.referrer,
        account=referrer.account,
        program=program.program,
        target=target,
        channel=channel,
        token_key=token_key,
        address_key=address_key,
        created_at=at,
        internal_only=internal_only,
    )


@dataclass(frozen=True, slots=True)
class ClickToken:
    """The data that a click passes on to the signup: link, click, time."""

    code: str
    click: str
    at: datetime


def split_token(text: str) -> ClickToken:
    """Split a token without verifying it; the code shows which link's key must have signed it."""
    parts = text.split(".")
    if len(text) > 200 or len(parts) != 4 or not text.isascii():
        raise _no_token()
    code, click, seconds, _ = parts
    if not (
        CODE.fullmatch(code)
        and CODE.fullmatch(click)
        and seconds.isdecimal()
        and len(seconds) <= 11
    ):
        raise _no_token()
    return ClickToken(code, click, datetime.fromtimestamp(int(seconds), UTC))


def check_token(text: str, key: str) -> None:
    """Raise Forged unless the MAC was made with this key; compare in constant time."""
    body, _, mac = text.rpartition(".")
    if not hmac.compare_digest(mac.encode(), token_mac(body, key).encode()):
        raise _no_token()


def _no_token() -> Forged:
    return Forged(
        "the click token is not valid",
        where=TOKEN_PARAMETER,
        remedy=f"Send the {TOKEN_PARAMETER} parameter unchanged, as the link's redirect added it.",
    )
