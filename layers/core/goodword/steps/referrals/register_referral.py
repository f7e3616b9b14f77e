"""Make a referral, or find the one that the prospect has already.

The first referral keeps the prospect.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from goodword.domain.contact import Contact, company_key, keyed_hash, plain_email
from goodword.domain.errors import Failed
from goodword.domain.event import Event
from goodword.domain.identity import (
    Identity,
    alias_identity,
    later_try_identity,
    payee_identity,
    person_identity,
    phone_identity,
    referrer_identity,
    source_of_click,
    source_of_day,
)
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass
from goodword.domain.referrals.flag import CLICK_DAYS, Signs, flags_for, is_busy
from goodword.domain.referrals.referral import MilestoneState, Referral, Source
from goodword.domain.referrals.search_term import search_terms_of_referral
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.referrers.sign_off import waits_for_sign_off
from goodword.domain.timeline import entry_for, referral_subject
from goodword.ports.services import Clock, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update, Write
from goodword.steps.repeat import repeat


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who introduces whom, how, and under which terms.

    internal_only: by a link for sharing inside the referrer's company. disposable: the prospect's
    address is of a provider of throw-away mailboxes.
    """

    referrer: Referrer
    prospect: Contact
    program: Program
    source: Source
    link: str = ""
    click: str = ""
    attestation: str = ""
    internal_only: bool = False
    disposable: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """The referral, and whether this call made it. reason: why a later try made none."""

    referral: Referral
    new: bool
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class RegisterReferralDeps:
    """What making a referral needs from outside. identity_key: under which addresses are hashed."""

    identity_key: str
    stores: Stores
    now: Clock
    new_id: NewId


def register_referral(introduction: Introduction, *, deps: RegisterReferralDeps) -> Made:
    """Make the referral with the rows that keep it unique, in one transaction.

    A prospect who has a referral in this program already keeps it; this try goes on that one's
    timeline with its reason, unless it is the same introduction once more.
    """
    identity_key, stores, new_id = deps.identity_key, deps.stores, deps.new_id
    person = person_identity(
        identity_key, introduction.program.program, introduction.prospect.email
    )

    def attempt() -> Made:
        stored = stores.identities.get(person)
        if stored is not None:
            first = stores.referrals.get(stored.owner)
            if first is not None and first.holds():
                return _later_try(introduction, first, stores, deps.now(), new_id)
        at = deps.now()
        seen, signs = _look(introduction, identity_key, stores, at)
        referral = _referral(introduction, signs, identity_key, at, new_id)
        if stored is not None:
            referral = replace(referral, earlier=stored.owner)
        owner = (
            Insert(Identity(person, referral.referral))
            if stored is None
            else Update(Identity(person, referral.referral, stored.revision + 1))
        )
        writes: list[Write] = [Insert(referral), owner]
        writes.extend(Insert(Identity(name, referral.referral)) for name in seen)
        writes.extend(Insert(part) for part in search_terms_of_referral(referral, identity_key))
        subject, program = referral_subject(referral.referral), referral.program
        made = Event("made", {"source": referral.source})
        writes.append(Insert(entry_for(subject, program, at, new_id("en"), made)))
        if referral.flags:
            flagged = Event("flagged", {"flags": referral.flags})
            writes.append(Insert(entry_for(subject, program, at, new_id("en"), flagged)))
        writes.extend(claims(referral, referral.keys, stores, at, new_id))
        stores.commit(writes)
        return Made(referral, True)

    return repeat(attempt)


def claims(
    referral: Referral, keys: tuple[str, ...], stores: Stores, at: datetime, new_id: NewId
) -> list[Write]:
    """Return the writes by which a referral claims the companies and deals without a holder.

    A company that an earlier referral holds stays with it as long as that one is open or has a
    credit; the timeline says so.
    """
    writes: list[Write] = []
    for key in keys:
        name = payee_identity(referral.program, key)
        stored = stores.identities.get(name)
        if stored is None:
            writes.append(Insert(Identity(name, referral.referral)))
        elif stored.owner != referral.referral:
            holder = stores.referrals.get(stored.owner)
            if holder is None or not holder.holds():
                writes.append(Update(Identity(name, referral.referral, stored.revision + 1)))
            else:
                kind = key.partition(":")[0]
                behind = Event("behind", {"holder": stored.owner, "by": kind})
                subject, new = referral_subject(referral.referral), new_id("en")
                writes.append(Insert(entry_for(subject, referral.program, at, new, behind)))
    return writes


def _look(
    introduction: Introduction, identity_key: str, stores: Stores, at: datetime
) -> tuple[list[str], Signs]:
    """Find reasons for a review; return them with the rows that are new with this prospect.

    Two prospects at once with one mailbox or phone put the same row, so the later one is checked
    again.
    """
    prospect, program = introduction.prospect, introduction.program.program
    mailbox = alias_identity(identity_key, program, prospect.email)
    phone = phone_identity(identity_key, program, prospect.phone) if prospect.phone else ""
    names = [name for name in (mailbox, phone) if name]
    stored = {name: stores.identities.get(name) for name in names}
    others = {
        name
        for name, row in stored.items()
        if row is not None and _is_another(row, prospect, stores)
    }
    of_link = _of_link(introduction, identity_key, stores, at)
    signs = Signs(
        # After the sign-off, a link for colleagues is no reason to pay for a colleague.
        internal_only=introduction.internal_only
        and waits_for_sign_off(introduction.program, introduction.referrer),
        disposable=introduction.disposable,
        same_mailbox=mailbox in others,
        same_phone=phone in others,
        enrolled=_is_referrer(prospect.email, identity_key, stores),
        of_day=_count(
            source_of_day("velocity", introduction.referrer.referrer, at),
            prospect,
            identity_key,
            stores,
            at,
        ),
        of_click=_count(source_of_click(introduction.click), prospect, identity_key, stores, at)
        if introduction.click
        else 1,
        of_link=of_link,
        clicks=_clicks(introduction.link, stores, at) if is_busy(of_link) else 0,
    )
    return [name for name, row in stored.items() if row is None], signs


def _is_another(row: Identity, prospect: Contact, stores: Stores) -> bool:
    holder = stores.referrals.get(row.owner)
    return holder is not None and holder.prospect.email != prospect.email


def _is_referrer(email: str, identity_key: str, stores: Stores) -> bool:
    names = {referrer_identity(identity_key, each) for each in (email, plain_email(email))}
    return any(stores.identities.get(name) is not None for name in sorted(names))


def _count(source: str, prospect: Contact, identity_key: str, stores: Stores, at: datetime) -> int:
    """Count the different prospects of a source.

    The same one again is not another. Forgotten in two days.
    """
    mark = keyed_hash(identity_key, source, prospect.email)
    return stores.visits.different(source, mark, at + timedelta(days=2))


def _of_link(introduction: Introduction, identity_key: str, stores: Stores, at: datetime) -> int:
    if not introduction.link:
        return 1
    source = source_of_day("burst", introduction.link, at)
    return _count(source, introduction.prospect, identity_key, stores, at)


def _clicks(code: str, stores: Stores, at: datetime) -> int:
    """Count the clicks on a link in a week that no machine made."""
    first = at - timedelta(days=CLICK_DAYS - 1)
    kinds = stores.counts.clicks(code, f"{first:%Y-%m-%d}", f"{at:%Y-%m-%d}")
    return kinds.get("person", 0) + kinds.get("uncertain", 0)


def _referral(
    introduction: Introduction, signs: Signs, identity_key: str, at: datetime, new_id: NewId
) -> Referral:
    program = introduction.program
    company = company_key(introduction.prospect)
    keys = (f"company:{keyed_hash(identity_key, company)}",) if company else ()
    return Referral(
        referral=new_id("rf"),
        program=program.program,
        version=program.version,
        referrer=introduction.referrer.referrer,
        account=introduction.referrer.account,
        source=introduction.source,
        prospect=introduction.prospect,
        created_at=at,
        deadline=program.deadline(at),
        link=introduction.link,
        click=introduction.click,
        milestones=tuple(MilestoneState(each.milestone) for each in program.milestones),
        keys=keys,
        flags=flags_for(introduction.prospect, introduction.referrer, signs),
        attestation=introduction.attestation,
    )


def _later_try(
    introduction: Introduction, first: Referral, stores: Stores, at: datetime, new_id: NewId
) -> Made:
    """Write a later try on the first referral's timeline, once per try."""
    this = (introduction.referrer.referrer, introduction.source, introduction.click)
    if this == (first.referrer, first.source, first.click):
        return Made(first, False, Reason("same_referral_again"))
    if introduction.referrer.referrer == first.referrer:
        reason = Reason("referred_before_by_same_referrer")
    else:
        reason = Reason("referred_before_by_another_referrer")
    marks = "#".join(this)
    once = later_try_identity(first.referral, hashlib.sha256(marks.encode()).hexdigest()[:32])
    later = Event(
        "duplicate_referral",
        {
            "reason": reason,
            "referrer": introduction.referrer.referrer,
            "source": introduction.source,
        },
    )
    subject, new = referral_subject(first.referral), new_id("en")
    entry = entry_for(subject, first.program, at, new, later)
    with contextlib.suppress(Failed):  # this very try is on the record already
        stores.commit([Insert(Identity(once, first.referral)), Insert(entry)])
    return Made(first, False, reason)
