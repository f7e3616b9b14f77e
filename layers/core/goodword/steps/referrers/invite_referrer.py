"""Invite a contact: make the one link by which they enroll, with their data filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.token import Token
from goodword.domain.errors import Conflict
from goodword.domain.identity import (
    Identity,
    invitation_identity,
    invitee_identity,
    referrer_identity,
    token_recipient,
)
from goodword.domain.mails.mail import Mail
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Referrer
from goodword.ports.services import Clock, Enqueue, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update, Write
from goodword.steps.access.spend_token import mint_token, token_text
from goodword.steps.mails.queue_mail import message_of, new_mail
from goodword.steps.mails.unsubscribe import mailbox_of, why_no_mail
from goodword.steps.programs.find_program import current_program
from goodword.steps.repeat import repeat

Came = Literal["invited", "invited_before", "enrolled"]
Mailed = Literal["queued", "not_asked", "not_again", "stopped"]
# The stored data of a contact until they enroll, beside the program; texts only.
KEPT: Final = ("account", "name", "email", "company", "segment", "locale", "crm_id", "rep", "group")


@dataclass(frozen=True, slots=True)
class InvitationWish:
    """The request to invite: the contact, their id, the program.

    again: mail once more.
    """

    referrer: Referrer
    currency: str
    program: str
    mail: bool
    again: bool = False


@dataclass(frozen=True, slots=True)
class Invited:
    """The outcome.

    token: of the link, empty for an enrolled person. until: when it expires.
    """

    referrer: str
    came: Came
    mailed: Mailed
    token: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class InviteReferrerDeps:
    """The dependencies of inviting."""

    stores: Stores
    now: Clock
    new_id: NewId
    enqueue: Enqueue
    identity_key: str
    session_keys: Keyring


def invite_referrer(wish: InvitationWish, *, deps: InviteReferrerDeps) -> Invited:
    """Invite one contact and return their link; a valid link is returned again.

    Raises NotFound without the program, Conflict if the id is another person's.
    """
    program = current_program(wish.program, stores=deps.stores)

    def attempt() -> tuple[Invited, Mail | None]:
        return _invite(wish, program, deps)

    invited, mail = repeat(attempt)
    if mail is not None:
        deps.enqueue(message_of(mail))
    return invited


def _invite(
    wish: InvitationWish, program: Program, deps: InviteReferrerDeps
) -> tuple[Invited, Mail | None]:
    stored = _enrolled(wish.referrer, deps)
    if stored is not None and any(
        each.partition("@")[0] == program.program for each in stored.terms
    ):
        return Invited(stored.referrer, "enrolled", "not_asked"), None
    mailbox = mailbox_of(deps.identity_key, wish.referrer.email)
    row = deps.stores.identities.get(invitation_identity(mailbox))
    open_ = _still_open(row, program, deps)
    stop = why_no_mail(mailbox, stores=deps.stores) or (
        stored.mail_off if stored is not None else ""
    )
    writes: list[Write] = []
    token = open_
    if token is None:
        referrer = wish.referrer if stored is None else stored
        data = invitation_data(
            referrer, wish.currency, program, before="" if row is None else row.owner
        )
        token, kept = mint_token(
            "invitation", referrer.referrer, data, now=deps.now, new_id=deps.new_id
        )
        writes = [kept, _latest(row, mailbox, token), *_invitee(referrer.referrer, mailbox, deps)]
    mailed: Mailed = _mailed(wish, stop, before=open_ is not None)
    mail: Mail | None = None
    if mailed == "queued":
        mail = new_mail(
            token_recipient(token.token), "invitation", now=deps.now, new_id=deps.new_id
        )
        writes.append(Insert(mail))
    if writes:
        deps.stores.commit(writes)
    came: Came = "invited" if open_ is None else "invited_before"
    text = token_text(token, deps.session_keys.signs)
    return Invited(token.subject, came, mailed, text, token.expires_at), mail


def _mailed(wish: InvitationWish, stop: str, *, before: bool) -> Mailed:
    if not wish.mail:
        return "not_asked"
    if stop:
        return "stopped"
    return "queued" if wish.again or not before else "not_again"


def _enrolled(wanted: Referrer, deps: InviteReferrerDeps) -> Referrer | None:
    """Return the referrer of this address, if any; raise Conflict if the id is another person's."""
    row = deps.stores.identities.get(referrer_identity(deps.identity_key, wanted.email))
    stored = None if row is None else deps.stores.referrers.get(row.owner)
    by_id = deps.stores.referrers.get(wanted.referrer)
    if by_id is not None and (stored is None or stored.referrer != by_id.referrer):
        raise Conflict(
            f"referrer {wanted.referrer!r} is enrolled with another address",
            where="referrer",
            remedy="Omit the id, or use that person's address.",
        )
    return stored


def _still_open(row: Identity | None, program: Program, deps: InviteReferrerDeps) -> Token | None:
    """Return the address's last invitation, if it is to this program and can be used."""
    token = None if row is None else deps.stores.tokens.get(row.owner)
    if token is None or token.used_at is not None or token.expires_at <= deps.now():
        return None
    return token if token.data.get("program") == program.program else None


def _latest(row: Identity | None, mailbox: str, token: Token) -> Write:
    """Return the write that makes this invitation the address's last one."""
    if row is None:
        return Insert(Identity(invitation_identity(mailbox), token.token))
    return Update(replace(row, owner=token.token, revision=row.revision + 1))


def _invitee(referrer: str, mailbox: str, deps: InviteReferrerDeps) -> list[Write]:
    stored = deps.stores.identities.get(invitee_identity(referrer))
    return [Insert(Identity(invitee_identity(referrer), mailbox))] if stored is None else []


def invitation_data(
    referrer: Referrer, currency: str, program: Program, *, before: str
) -> dict[str, str]:
    """Return the stored data of an invitation.

    before: the address's previous invitation.
    """
    result = {name: str(getattr(referrer, name)) for name in KEPT}
    result |= {"program": program.program, "currency": currency, "before": before}
    result["products"] = ";".join(referrer.products)
    result["nps"] = "" if referrer.nps is None else str(referrer.nps)
    return {name: value for name, value in result.items() if value}
