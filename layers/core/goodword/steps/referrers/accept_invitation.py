"""Accept an invitation: view it, then enroll with one button. Viewing changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.token import Token, check_token_text, expired, used_before
from goodword.domain.errors import Conflict, Gone, OutOfDate, RateLimited
from goodword.domain.identity import (
    Identity,
    invitation_identity,
    mailbox_recipient,
    no_mail_identity,
    referrer_identity,
    source_of_day,
    token_recipient,
)
from goodword.domain.links.link import Link, leads_to, link_of
from goodword.domain.mails.mail import Mail
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrals.search_term import search_terms_of_referrer
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.referrers.sign_off import waits_for_sign_off
from goodword.ports.services import Clock, Enqueue, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Remove, Update, Write
from goodword.steps.access.limit_requests import limit_requests
from goodword.steps.access.spend_token import look_at_token, mint_token, spend_token
from goodword.steps.mails.queue_mail import message_of, new_mail
from goodword.steps.mails.unsubscribe import mailbox_of
from goodword.steps.programs.find_program import current_program
from goodword.steps.referrers.enroll_referrer import account_writes
from goodword.steps.repeat import repeat

# The remaining data of a used invitation: enough to say so and to offer a fresh mail.
_STAYS: Final = ("program", "locale", "before")
_AGAIN_A_DAY: Final = 5
_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class AcceptInvitationDeps:
    """The dependencies of accepting."""

    stores: Stores
    now: Clock
    new_id: NewId
    enqueue: Enqueue
    identity_key: str
    session_keys: Keyring
    address_key: str
    public_url: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """The data of an invitation's page.

    referrer: as they would be enrolled, or as they are.
    """

    token: Token
    program: Program
    referrer: Referrer
    currency: str


def look_at_invitation(text: str, *, deps: AcceptInvitationDeps) -> Invitation:
    """Return an invitation; raise Forged, or Gone if it was used or has expired."""
    token = look_at_token(
        text, "invitation", keys=deps.session_keys, stores=deps.stores, now=deps.now
    )
    if token.used_at is not None:
        raise used_before()
    if "email" not in token.data:  # emptied by an erasure
        raise expired()
    program = current_program(token.data["program"], stores=deps.stores)
    stored = deps.stores.referrers.get(token.subject)
    referrer = stored if stored is not None else _as_invited(token, deps.now())
    return Invitation(token, program, referrer, token.data.get("currency", ""))


def _as_invited(token: Token, at: datetime) -> Referrer:
    result = token.data
    return Referrer(
        referrer=token.subject,
        account=result["account"],
        name=result["name"],
        email=result["email"],
        created_at=at,
        crm_id=result.get("crm_id", ""),
        rep=result.get("rep", ""),
        group=result.get("group", ""),
        nps=int(result["nps"]) if "nps" in result else None,
        products=tuple(result["products"].split(";")) if "products" in result else (),
        company=result.get("company", ""),
        segment=result.get("segment", ""),
        locale=result.get("locale", "en"),
    )


@dataclass(frozen=True, slots=True)
class Accepted:
    """The person who accepted, and whether that enrolled them; one enrolled before must sign in."""

    referrer: Referrer
    new: bool


def accept_invitation(text: str, version: int, *, deps: AcceptInvitationDeps) -> Accepted:
    """Enroll the invited person with their first link, and use the invitation, in one transaction.

    version: of the terms that they saw. Raises Forged or Gone for an invalid link, OutOfDate if the
    terms changed since, Conflict if the program is over or the address is another referrer's by
    now.
    """

    def attempt() -> Accepted:
        seen = look_at_invitation(text, deps=deps)
        if seen.program.ended(seen.program.day(deps.now())):
            raise Conflict(
                "the program ended", where="program", remedy="Ask the person who invited you."
            )
        if seen.program.version != version:
            raise OutOfDate(
                "the terms changed since you opened this page",
                where="terms",
                remedy="Load the page again, read the terms, then accept.",
            )
        referrer, writes = _enrolled(seen, deps)
        writes.append(Insert(_first_link(referrer, seen.program, deps)))
        kept = {name: value for name, value in seen.token.data.items() if name in _STAYS}
        writes.append(spend_token(replace(seen.token, data=kept), now=deps.now))
        deps.stores.commit(writes)
        return Accepted(referrer, new=Insert(referrer) in writes)

    return repeat(attempt)


def _enrolled(seen: Invitation, deps: AcceptInvitationDeps) -> tuple[Referrer, list[Write]]:
    """Return the referrer after accepting, and the writes of it."""
    at = deps.now()
    accepted = f"{seen.program.program}@{seen.program.version}"
    stored = deps.stores.referrers.get(seen.referrer.referrer)
    if stored is not None:
        terms = (*(each for each in stored.terms if each != accepted), accepted)
        signed = replace(stored, terms=terms, accepted_at=at, revision=stored.revision + 1)
        return signed, [Update(signed)]
    mailbox = referrer_identity(deps.identity_key, seen.referrer.email)
    if deps.stores.identities.get(mailbox) is not None:
        raise Conflict(
            "this address is enrolled already", where="email", remedy="Sign in with it instead."
        )
    referrer = replace(seen.referrer, terms=(accepted,), accepted_at=at)
    if seen.program.needs_sign_off(referrer.segment):
        referrer = replace(referrer, earns="ask", shown="nothing")
    writes: list[Write] = [Insert(Identity(mailbox, referrer.referrer))]
    stop = deps.stores.identities.get(
        no_mail_identity(mailbox_of(deps.identity_key, referrer.email))
    )
    if stop is not None:
        # A person who enrolls themselves wants mail again; a mailbox that bounced or complained
        # stays stopped.
        if stop.owner != "unsubscribed":
            referrer = replace(
                referrer, mail_off="complained" if stop.owner == "complained" else "bounced"
            )
        writes.append(Remove(stop))
    writes.append(Insert(referrer))
    writes.extend(Insert(part) for part in search_terms_of_referrer(referrer, deps.identity_key))
    # If the account is billed in another currency by now, that one applies: the person who accepts
    # cannot correct it.
    account = deps.stores.accounts.get(referrer.account)
    writes.extend(account_writes(account, referrer, seen.currency))
    return referrer, writes


def _first_link(referrer: Referrer, program: Program, deps: AcceptInvitationDeps) -> Link:
    """Make the first link that the portal shows; internal only while a sign-off is missing."""
    code = deps.new_id.code()
    return link_of(
        referrer,
        program,
        code,
        target=leads_to(program, code, deps.public_url),
        token_key=deps.new_id.secret(),
        address_key=deps.address_key,
        at=deps.now(),
        internal_only=waits_for_sign_off(program, referrer),
    )


def invite_again(text: str, source: str, *, deps: AcceptInvitationDeps) -> None:
    """Send a fresh mail for an invitation that was used or has expired.

    An enrolled person gets a mail to sign in, another person a new invitation. It goes to the
    invited address, regardless of who requests it. source: the caller's address. Raises Forged,
    RateLimited.
    """
    limit_requests(source, "again", address_key=deps.address_key, stores=deps.stores, now=deps.now)
    name = check_token_text(text, "invitation", deps.session_keys, _ANY_TIME)
    token = deps.stores.tokens.get(name)
    if token is None:
        raise Gone(
            "this link is too old",
            where="expired",
            remedy="Ask the person who invited you for a new invitation.",
        )
    at = deps.now()
    if (
        deps.stores.visits.count(source_of_day("again", token.token, at), at + timedelta(days=2))
        > _AGAIN_A_DAY
    ):
        raise RateLimited(
            "this invitation was requested too often today",
            where="link",
            remedy="Try again tomorrow.",
        )
    mail = repeat(lambda: _fresh(token, deps))
    if mail is not None:
        deps.enqueue(message_of(mail))


def _fresh(token: Token, deps: AcceptInvitationDeps) -> Mail | None:
    referrer = deps.stores.referrers.get(token.subject)
    if referrer is not None and referrer.erased_at is None and token.used_at is not None:
        mailbox = mailbox_of(deps.identity_key, referrer.email)
        mail = new_mail(mailbox_recipient(mailbox), "sign_in", now=deps.now, new_id=deps.new_id)
        deps.stores.commit([Insert(mail)])
        return mail
    if token.used_at is not None or "email" not in token.data:
        return None
    mailbox = mailbox_of(deps.identity_key, token.data["email"])
    row = deps.stores.identities.get(invitation_identity(mailbox))
    if row is None:
        return None  # erased since the invitation was read: no more mail to the person
    latest = deps.stores.tokens.get(row.owner)
    writes: list[Write] = []
    if latest is None or latest.used_at is not None or latest.expires_at <= deps.now():
        # The chain that an erasure follows begins at the latest invitation, regardless of which
        # link was used.
        data = {**token.data, "before": row.owner}
        latest, kept = mint_token(
            "invitation", token.subject, data, now=deps.now, new_id=deps.new_id
        )
        writes = [kept, Update(replace(row, owner=latest.token, revision=row.revision + 1))]
    mail = new_mail(token_recipient(latest.token), "invitation", now=deps.now, new_id=deps.new_id)
    deps.stores.commit([*writes, Insert(mail)])
    return mail
