"""Accounts and referrers: the billing customer, and the person who recommends."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

from goodword.domain.errors import BadInput
from goodword.domain.record import dataclass

Earns = Literal["yes", "no", "ask"]
# What a landing page may show of a referrer: name and company, the company only, nothing.
Shown = Literal["name", "company", "nothing"]
MailOff = Literal["", "unsubscribed", "bounced", "complained"]
# The fields of an enrollment: the required ones, the ones that can change later, and all of them.
# The referrer sets the others.
REQUIRED_FIELDS = ("referrer", "account", "name", "email")
CHANGEABLE_FIELDS = (
    "name",
    "company",
    "segment",
    "crm_id",
    "rep",
    "group",
    "nps",
    "products",
    "earns",
)
ENROLLED_FIELDS = (
    *REQUIRED_FIELDS,
    *(each for each in CHANGEABLE_FIELDS if each not in REQUIRED_FIELDS),
    "locale",
)
# The characters of an external id, which is used in addresses, keys and log lines.
OWN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Account:
    """A billing account: a Stripe customer, which several referrers may share.

    currency: the one it is billed in, if known; required if a program pays in several.
    """

    account: str
    created_at: datetime
    currency: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Referrer:
    """A person who refers, of one account.

    earns: whether a credit may be earned; "ask" holds it. company, segment: of the referrer's own
    company. shown: what a landing page may show of them; signed_off_at, signed_off_by: when an
    approver, by the keyed hash of their address, signed off; signed_shown: the most that the
    approver allowed, regardless of the referrer's later choices; signed_story: story_seen of the
    text that they allowed, or empty; signed_earns: their answer on earning if the company ruled
    credits out since, or empty. asked: the token of the open question to them; declined_at: when
    the last question was declined. terms: the accepted versions, as program@version. story: in the
    referrer's own text; story_shown: whether the referrer wants it on landing pages. mail_off: why
    no more mail is sent. changed_at, changed_by: when the company last changed its data of them,
    and by which key. erased_at: when the person's data was erased.
    """

    referrer: str
    account: str
    name: str
    email: str
    created_at: datetime
    earns: Earns = "yes"
    crm_id: str = ""
    rep: str = ""
    group: str = ""
    nps: int | None = None
    products: tuple[str, ...] = ()
    company: str = ""
    segment: str = ""
    locale: str = "en"
    shown: Shown = "name"
    signed_off_at: datetime | None = None
    signed_off_by: str = ""
    signed_shown: Shown = "nothing"
    signed_story: str = ""
    signed_earns: Literal["", "yes"] = ""
    asked: str = ""
    declined_at: datetime | None = None
    terms: tuple[str, ...] = ()
    accepted_at: datetime | None = None
    story: str = ""
    story_shown: bool = False
    mail_off: MailOff = ""
    changed_at: datetime | None = None
    changed_by: str = ""
    erased_at: datetime | None = None
    revision: int = 1


def check_id(value: str, where: str) -> str:
    """Return the id, or raise BadInput if it has characters that are not allowed."""
    if OWN_ID.fullmatch(value) is None:
        raise BadInput(
            f"{where} is not a valid id",
            where=where,
            remedy="Use 1 to 64 letters, digits and . _ : -; begin with a letter or digit.",
        )
    return value
