"""What a customer sees of an introduction: one coarse sentence for each thing it may bring, and by when.

Nothing of the pipeline, and nobody's name but one that the customer gave us: whoever came by a link may not
have told them so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final

from goodword.domain.credits.credit import Credit
from goodword.domain.credits.verdict import verdict
from goodword.domain.money import Money
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.customer import MayEarn
from goodword.domain.sentence import Sentence, Worded, say

_ON_ITS_WAY: Final = ("pending", "held", "sending")


@dataclass(frozen=True, slots=True)
class Line:
    """One introduction. made_on: in the program's days. open_until: by when what is missing must be there."""

    who: Sentence
    made_on: date
    program: Program
    sentences: tuple[Sentence, ...]
    open_until: date | None


@dataclass(frozen=True, slots=True)
class Sums:
    """What an account has: on its way, posted and not used yet, used; one amount per currency."""

    pending: tuple[Money, ...]
    posted: tuple[Money, ...]
    used: tuple[Money, ...]


def line_of(
    program: Program,
    referral: Referral,
    credits: Mapping[str, Credit],
    now: datetime,
    *,
    currency: str,
    may_earn: MayEarn,
) -> Line:
    """Say how a referral stands to whoever made it.

    credits: by their ids, at least those of the referral. currency: the account's, or empty. may_earn: the
    customer's.
    """
    sentences: dict[str, Sentence] = {}
    for milestone in program.milestones:
        credit = credits.get(referral.milestone(milestone.milestone).credit or "")
        told = verdict(
            program, referral, milestone.milestone, credit, now, currency=currency, may_earn=may_earn
        ).for_customer
        sentences.setdefault(str(told), told)
    return Line(
        who=whom(referral),
        made_on=program.day(referral.made_at),
        program=program,
        sentences=tuple(sentences.values()),
        open_until=_open_until(program, referral),
    )


def whom(referral: Referral) -> Sentence:
    """Name a prospect as far as the customer named them to us."""
    if referral.erased_at is not None or not referral.prospect.name:
        return say("Somebody whose data was erased")
    if referral.named_by_customer():
        return Sentence("%(name)s", {"name": Worded(referral.prospect.name)})
    if referral.source == "link":
        return say("Somebody who came through your link")
    return say("Somebody you introduced")


def closed_sentence(program: Program, day: date) -> Sentence | None:
    """Say to a customer why their program takes nobody on this day of its own, or None where it does."""
    if day < program.starts:
        return say("This program begins on %(day)s. Please share it from then on.", day=program.starts)
    if program.ended(day) and program.ends is not None:
        return say("This program ended on %(day)s. It takes no more introductions.", day=program.ends.on)
    if not program.paused(day):
        return None
    if program.pause is not None and program.pause.until is not None:
        again = program.pause.until
        return say("This program is paused. It takes introductions again from %(day)s on.", day=again)
    return say("This program is paused. It takes no new introductions for now.")


def _open_until(program: Program, referral: Referral) -> date | None:
    """Return by when the next thing that is still missing must be there."""
    states = [referral.milestone(each.milestone) for each in program.milestones]
    ends = [
        state.by or referral.deadline
        for state in states
        if state.credit is None and state.answer in ("not_yet", "not_met") and not state.refused
    ]
    return program.day(min(ends)) if ends and referral.open else None


def sums_of(counts: Mapping[str, int], credits: Iterable[Credit]) -> Sums:
    """Sum up an account from its counts (status#currency, minor units) and what is used of its credits."""
    pending: dict[str, int] = {}
    posted: dict[str, int] = {}
    used: dict[str, int] = {}
    for bucket, minor in counts.items():
        status, _, currency = bucket.partition("#")
        if status in _ON_ITS_WAY:
            pending[currency] = pending.get(currency, 0) + minor
        elif status == "posted":
            posted[currency] = posted.get(currency, 0) + minor
    for credit in credits:
        if credit.kind == "credit" and credit.status == "posted":
            currency = credit.amount.currency
            came_off = min(credit.used_minor, credit.amount.minor)
            used[currency] = used.get(currency, 0) + came_off
            posted[currency] = posted.get(currency, 0) - came_off
    return Sums(*(_amounts(each) for each in (pending, posted, used)))


def _amounts(minor: Mapping[str, int]) -> tuple[Money, ...]:
    return tuple(Money(each, currency) for currency, each in sorted(minor.items()) if each)
