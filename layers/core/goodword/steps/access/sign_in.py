"""Sign in by a mailed link: request one, view one, use it once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.session import Kind, Session, open_session
from goodword.domain.access.staff import person_of
from goodword.domain.access.token import Purpose, Token, used_before
from goodword.domain.errors import Gone
from goodword.domain.identity import mailbox_recipient, source_of_sign_in, staff_recipient
from goodword.domain.links.visit import source_of
from goodword.domain.mails.mail import MailKind
from goodword.domain.record import dataclass
from goodword.ports.services import Clock, Enqueue, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert
from goodword.steps.access.limit_requests import limit_requests
from goodword.steps.access.spend_token import look_at_token, spend_token
from goodword.steps.mails.queue_mail import message_of, new_mail
from goodword.steps.mails.unsubscribe import mailbox_of
from goodword.steps.repeat import repeat

# A person who mistypes their address or loses the mail requests it a few times.
AN_HOUR: Final = 5
# From all sources: a mailbox must not be flooded, and requests of a stranger must leave some for
# its owner.
AN_HOUR_FROM_ALL: Final = 20
# Requests from one source in a day.
A_DAY: Final = 50


@dataclass(frozen=True)
class SignInDeps:
    """The dependencies of signing in."""

    stores: Stores
    now: Clock
    new_id: NewId
    enqueue: Enqueue
    identity_key: str
    session_keys: Keyring
    address_key: str


def ask_to_sign_in(email: str, kind: Kind, source: str, locale: str, *, deps: SignInDeps) -> None:
    """Enqueue a mail to sign in, for a referrer or for staff.

    The sender of the mail looks up the address, so that neither this answer nor its duration shows
    whether it is known. source: the caller's address. locale: of the page; it is the language of
    mails to staff, whose own is not stored. Raises RateLimited if a source asks too often. After
    five requests an hour from one source, and twenty from all, an address gets no more mail,
    without an error.
    """
    limit_requests(
        source,
        "sign-in",
        address_key=deps.address_key,
        stores=deps.stores,
        now=deps.now,
        most=A_DAY,
    )
    staff = kind == "staff"
    name = person_of(deps.identity_key, email) if staff else mailbox_of(deps.identity_key, email)
    recipient = staff_recipient(name) if staff else mailbox_recipient(name)
    at = deps.now()
    hour, count, forgotten = f"{at:%Y-%m-%dT%H}", deps.stores.visits.count, at + timedelta(hours=2)
    here = source_of(source, hour, deps.address_key)
    # The source is counted first, so that its excess requests do not use up the others' share.
    if count(source_of_sign_in(recipient, hour, here), forgotten) > AN_HOUR:
        return
    if count(f"sign-in#{recipient}#{hour}", forgotten) > AN_HOUR_FROM_ALL:
        return
    what: MailKind = "staff_sign_in" if staff else "sign_in"
    mail = new_mail(
        recipient, what, now=deps.now, new_id=deps.new_id, locale=locale if staff else ""
    )
    deps.stores.commit([Insert(mail)])
    deps.enqueue(message_of(mail))


def look_at_sign_in(text: str, *, deps: SignInDeps) -> Token:
    """Return the token of a sign-in link without using it; raise Forged or Gone."""
    token = _token(text, deps)
    if token.used_at is not None:
        raise used_before()
    return token


def sign_in(text: str, *, deps: SignInDeps) -> Session:
    """Use the link once and return the session that it opens; raise Forged or Gone."""

    def attempt() -> Session:
        token = _token(text, deps)
        staff = token.purpose == "staff_sign_in"
        if not (_may_enter_staff if staff else _may_enter)(token.subject, deps):
            raise Gone(
                "this address may no longer sign in",
                where="expired",
                remedy="Ask the operator of this program to add the address.",
            )
        deps.stores.commit([spend_token(token, now=deps.now)])
        return open_session("staff" if staff else "referrer", token.subject, deps.now())

    return repeat(attempt)


def kind_of(text: str, *, deps: SignInDeps) -> Kind:
    """Return the kind of sign-in that a link is for, also if used or expired; default: referrer."""
    stored = deps.stores.tokens.get(text.partition(".")[0][:40] or "-")
    return "staff" if stored is not None and stored.purpose == "staff_sign_in" else "referrer"


def _token(text: str, deps: SignInDeps) -> Token:
    """Return the token of a link of either kind, since both have the same address.

    Each is valid for its own purpose only.
    """
    purpose: Purpose = "staff_sign_in" if kind_of(text, deps=deps) == "staff" else "sign_in"
    return look_at_token(text, purpose, keys=deps.session_keys, stores=deps.stores, now=deps.now)


def _may_enter(referrer_id: str, deps: SignInDeps) -> bool:
    referrer = deps.stores.referrers.get(referrer_id)
    return referrer is not None and referrer.erased_at is None


def _may_enter_staff(person: str, deps: SignInDeps) -> bool:
    staff = deps.stores.staff.get(person)
    return staff is not None and not staff.revoked
