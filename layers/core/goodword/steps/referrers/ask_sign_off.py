"""Ask a referrer's approver what may be shown of them, and whether their account may earn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from goodword.domain.access.token import Token
from goodword.domain.errors import BadInput, RateLimited
from goodword.domain.identity import source_of_day, token_recipient
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrers.sign_off import SignOffWish, asked, check_approver, may_ask_to_earn
from goodword.ports.services import Clock, Enqueue, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update, Write
from goodword.steps.access.spend_token import mint_token
from goodword.steps.mails.queue_mail import message_of, new_mail
from goodword.steps.referrals.capture_signup import ContactReader
from goodword.steps.referrers.find_referrer import recommending_referrer
from goodword.steps.repeat import repeat

# Allows a deputy for an absent approver, and prevents flooding of a mailbox.
A_DAY: Final = 5


@dataclass(frozen=True)
class AskSignOffDeps:
    """The dependencies of asking.

    enqueue: the sender of mails.
    """

    stores: Stores
    contacts: ContactReader
    now: Clock
    new_id: NewId
    enqueue: Enqueue


def ask_sign_off(
    referrer_id: str, program: Program, wish: SignOffWish, approver: str, *, deps: AskSignOffDeps
) -> Token:
    """Mail the approver a one-time link, which replaces an earlier question.

    Raises BadInput for an address that is not a colleague's, or a program without sign-off;
    RateLimited after five questions a day.
    """
    email = _address(approver, deps)

    def attempt() -> Token:
        referrer = recommending_referrer(referrer_id, stores=deps.stores)
        if not program.needs_sign_off(referrer.segment):
            raise BadInput(
                "this program needs no sign-off",
                where="approver",
                remedy="Share your link; no sign-off is required.",
            )
        check_approver(email, referrer)
        earns = wish.earns if may_ask_to_earn(referrer) else "no"
        data = {
            "email": email,
            "program": program.program,
            "shown": wish.shown,
            "earns": earns,
            "story": "yes" if wish.story and referrer.story else "no",
        }
        token, kept = mint_token("sign_off", referrer_id, data, now=deps.now, new_id=deps.new_id)
        mail = new_mail(token_recipient(token.token), "sign_off", now=deps.now, new_id=deps.new_id)
        writes: list[Write] = [kept, Insert(mail), Update(asked(referrer, token.token))]
        writes.extend(empty_question(referrer.asked, deps.stores))
        deps.stores.commit(writes)
        deps.enqueue(message_of(mail))
        return token

    _count(referrer_id, deps)
    return repeat(attempt)


def empty_question(token: str, stores: Stores) -> list[Write]:
    """Return the write that removes the approver's address from a replaced question."""
    stored = stores.tokens.get(token) if token else None
    if stored is None or not stored.data:
        return []
    return [Update(replace(stored, data={}, revision=stored.revision + 1))]


def _address(text: str, deps: AskSignOffDeps) -> str:
    try:
        return deps.contacts.email(text)
    except BadInput as error:
        raise BadInput(error.what, where="approver", remedy=error.remedy) from None


def _count(referrer_id: str, deps: AskSignOffDeps) -> None:
    at = deps.now()
    source = source_of_day("ask", referrer_id, at)
    if deps.stores.visits.count(source, at + timedelta(days=2)) > A_DAY:
        raise RateLimited(
            "you asked for a sign-off too often today",
            where="approver",
            remedy="Try again tomorrow.",
        )
