"""Erase a person, the prospect of a referral or a referrer, from every store with their data.

Each part is idempotent. The contact is erased last, because it leads to the other parts: the next
call completes an interrupted erasure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from goodword.domain.crm_copy.delivery import Unmatched
from goodword.domain.crm_copy.fact import Fact
from goodword.domain.crm_copy.hint import email_hint, object_hint, referral_hint
from goodword.domain.errors import NotFound
from goodword.domain.event import Event
from goodword.domain.identity import (
    Identity,
    alias_identity,
    invitation_identity,
    invitee_identity,
    no_mail_identity,
    person_identity,
    phone_identity,
    referrer_identity,
)
from goodword.domain.referrals.erasure import close_for_erasure, erase_fact, erase_prospect
from goodword.domain.referrals.erasure import erase_referrer as without_the_person
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrals.search_term import search_terms_of_referral, search_terms_of_referrer
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.timeline import entry_for, referral_subject
from goodword.messages.erasure import Erasure, erasure_of_prospect, erasure_of_referrer
from goodword.ports.services import Clock, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Remove, Update, Write
from goodword.steps.mails.unsubscribe import mailbox_of, weighs_more
from goodword.steps.referrers.ask_sign_off import empty_question
from goodword.steps.referrers.find_referrer import enrolled_referrer
from goodword.steps.repeat import repeat

# Far below the hundred items that a transaction takes.
AT_ONCE = 50


def erase_referral(
    referral_id: str,
    *,
    by: str,
    log_days: int,
    identity_key: str,
    stores: Stores,
    now: Clock,
    new_id: NewId,
) -> Erasure:
    """Erase the prospect of a referral and of those that they had before in the same program.

    From the first write on the referral gets no events; its credits stay as they are. Idempotent.
    Raises NotFound without such a referral.
    """
    asked = _referral(referral_id, stores)
    for name in _of_the_person(asked, identity_key, stores):
        marked = _close(name, by, stores, now, new_id)
        _drop_what_waits(marked, identity_key, stores)
        _empty_facts(marked, stores)
        _empty_contact(name, identity_key, stores)
    at = _referral(referral_id, stores).erased_at or now()
    return erasure_of_prospect(referral_id, at, log_days)


def _referral(name: str, stores: Stores) -> Referral:
    stored = stores.referrals.get(name)
    if stored is None:
        raise NotFound(f"there is no referral {name!r}", where="referral", remedy="Check the id.")
    return stored


def _of_the_person(asked: Referral, identity_key: str, stores: Stores) -> list[str]:
    """Return the person's referrals in this program: the one asked for, the latest.

    All before those.
    """
    person = person_identity(identity_key, asked.program, asked.prospect.email)
    latest = stores.identities.get(person) if asked.prospect.email else None
    names: dict[str, None] = {}
    for start in (asked.referral, "" if latest is None else latest.owner):
        stored = stores.referrals.get(start) if start else None
        while stored is not None and stored.referral not in names:
            names[stored.referral] = None
            stored = stores.referrals.get(stored.earlier) if stored.earlier else None
    return list(names)


def _close(name: str, by: str, stores: Stores, now: Clock, new_id: NewId) -> Referral:
    """Mark the referral as erased, so that nothing is recorded under it from now on."""

    def attempt() -> Referral:
        stored = _referral(name, stores)
        if stored.erased_at is not None:
            return stored
        at = now()
        closed = close_for_erasure(stored, at)
        subject, new = referral_subject(name), new_id("en")
        entry = entry_for(subject, stored.program, at, new, Event("erased"), actor=by)
        stores.commit([Update(closed), Insert(entry)])
        return closed

    return repeat(attempt)


def _drop_what_waits(referral: Referral, identity_key: str, stores: Stores) -> None:
    """Remove the person's unmatched events, under each hint, with their requests' bodies."""
    hints = [referral_hint(referral.referral)]
    if referral.prospect.email:
        hints.append(email_hint(identity_key, referral.prospect.email))
    objects = {
        fact.object
        for fact in stores.facts.list_by_referral(referral.referral)
        if fact.object.kind != "company"
    }
    hints += sorted(object_hint(ref) for ref in objects)
    rows: dict[tuple[str, str], Unmatched] = {}
    for hint in hints:
        for event in stores.unmatched.list_by_hint(hint):
            for each in event.hints or (hint,):
                rows[(each, event.event)] = replace(event, hint=each)
    for delivery in sorted({event.rpartition("#")[0] for _, event in rows}):
        stores.inbox.forget(delivery)
    _commit([Remove(row) for row in rows.values()], stores)


def _empty_facts(referral: Referral, stores: Stores) -> None:
    """Empty the requests in which the facts were received.

    Then the facts, which name the requests.
    """
    facts = stores.facts.list_by_referral(referral.referral)
    for delivery in sorted({each for fact in facts for each in fact.deliveries}):
        stores.inbox.forget(delivery)
    _commit(_writes_for(facts), stores)


def _writes_for(facts: Iterable[Fact]) -> list[Write]:
    writes: list[Write] = []
    for fact in facts:
        emptied = erase_fact(fact)
        if emptied is None:
            writes.append(Remove(fact))
        elif emptied is not fact:
            writes.append(Update(emptied))
    return writes


def _empty_contact(name: str, identity_key: str, stores: Stores) -> None:
    """Take the contact out of the referral.

    The rows by which it is found and compared with others.
    """

    def attempt() -> None:
        stored = _referral(name, stores)
        if not stored.prospect.email:
            return
        rows = [
            alias_identity(identity_key, stored.program, stored.prospect.email),
            phone_identity(
                identity_key, stored.program, stored.prospect.phone
            ),  # without a phone number there is no row
        ]
        terms = [Remove(part) for part in search_terms_of_referral(stored, identity_key)]
        stores.commit([Update(erase_prospect(stored)), *terms, *_removals(rows, name, stores)])

    repeat(attempt)


def _removals(rows: Iterable[str], owner: str, stores: Stores) -> list[Write]:
    """Return the writes that remove these identities, as far as they are the owner's."""
    stored = [stores.identities.get(row) for row in rows]
    return [Remove(each) for each in stored if each is not None and each.owner == owner]


def _commit(writes: Sequence[Write], stores: Stores) -> None:
    for start in range(0, len(writes), AT_ONCE):
        stores.commit(writes[start : start + AT_ONCE])


def erase_referrer(
    referrer_id: str, *, log_days: int, identity_key: str, stores: Stores, now: Clock
) -> Erasure:
    """Erase an enrolled or invited referrer, and pause their links.

    The id, their referrals and their credits stay. Idempotent. Raises NotFound without an enrolled
    or invited referrer of this id.
    """
    invitee = stores.identities.get(invitee_identity(referrer_id))
    if invitee is not None:
        _empty_invitations(invitee.owner, stores)
        if stores.referrers.get(referrer_id) is None:
            return erasure_of_referrer(referrer_id, now(), log_days)
    for link in stores.links.list_by_referrer(referrer_id):
        if not link.paused:
            stores.commit([Update(replace(link, paused=True, revision=link.revision + 1))])

    def attempt() -> Erasure:
        stored = enrolled_referrer(referrer_id, stores=stores)
        if stored.erased_at is not None:
            return erasure_of_referrer(referrer_id, stored.erased_at, log_days)
        at = now()
        _empty_invitations(mailbox_of(identity_key, stored.email), stores)
        mailbox = referrer_identity(identity_key, stored.email)
        removals = _removals([mailbox], referrer_id, stores)
        terms = [Remove(part) for part in search_terms_of_referrer(stored, identity_key)]
        question = empty_question(stored.asked, stores)
        kept = _still_no_mail(stored, identity_key, stores)
        stores.commit([Update(without_the_person(stored, at)), *terms, *removals, *question, *kept])
        return erasure_of_referrer(referrer_id, at, log_days)

    return repeat(attempt)


def _still_no_mail(referrer: Referrer, identity_key: str, stores: Stores) -> list[Write]:
    """Keep, by the address's hash, that it bounced or complained.

    The row goes, the heavier reason stays.
    """
    if referrer.mail_off not in ("bounced", "complained"):
        return []
    name = no_mail_identity(mailbox_of(identity_key, referrer.email))
    stored = stores.identities.get(name)
    if stored is None:
        return [Insert(Identity(name, referrer.mail_off))]
    if not weighs_more(referrer.mail_off, stored.owner):
        return []
    return [Update(replace(stored, owner=referrer.mail_off, revision=stored.revision + 1))]


def _empty_invitations(mailbox: str, stores: Stores) -> None:
    """Empty every invitation that an address ever had, the latest first.

    Forget which was the last.
    """
    row = stores.identities.get(invitation_identity(mailbox))
    token = None if row is None else stores.tokens.get(row.owner)
    while token is not None:
        before = token.data.get("before", "")
        if "email" in token.data:
            data = {"before": before} if before else {}
            stores.commit([Update(replace(token, data=data, revision=token.revision + 1))])
        token = stores.tokens.get(before) if before else None
    if row is not None:
        stores.commit([Remove(row)])
