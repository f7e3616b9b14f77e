"""The portal's sentence of an introduction: one for each possible credit, with its deadline.

It shows nothing of the pipeline, and a prospect's name only if the referrer entered it: a prospect
who came by a link may not have informed the referrer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from goodword.domain.credits.credit import Credit
from goodword.domain.localized_text import LocalizedText
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Earns
from goodword.messages.sentence import Sentence, say
from goodword.messages.verdict import verdict


@dataclass(frozen=True, slots=True)
class Line:
    """One introduction.

    made_on: in the program's days. open_until: the deadline of the next missing item.
    """

    who: Sentence
    made_on: date
    program: Program
    sentences: tuple[Sentence, ...]
    open_until: date | None


def line_of(
    program: Program,
    referral: Referral,
    credits: Mapping[str, Credit],
    now: datetime,
    *,
    currency: str,
    earns: Earns,
) -> Line:
    """Describe a referral's state to its referrer.

    credits: by their ids, at least those of the referral. currency: the account's, or empty. earns:
    the referrer's.
    """
    sentences: dict[str, Sentence] = {}
    for milestone in program.milestones:
        credit = credits.get(referral.milestone(milestone.milestone).credit or "")
        result = verdict(
            program, referral, milestone.milestone, credit, now, currency=currency, earns=earns
        ).for_referrer
        sentences.setdefault(str(result), result)
    return Line(
        who=whom(referral),
        made_on=program.day(referral.created_at),
        program=program,
        sentences=tuple(sentences.values()),
        open_until=_open_until(program, referral),
    )


def whom(referral: Referral) -> Sentence:
    """Name a prospect as the referrer knows them."""
    if referral.erased_at is not None or not referral.prospect.name:
        return say("Someone whose data was erased")
    if referral.named_by_referrer():
        return Sentence("%(name)s", {"name": LocalizedText(referral.prospect.name)})
    if referral.source == "link":
        return say("Someone who came through your link")
    return say("Someone you introduced")


def closed_sentence(closed: Reason) -> Sentence:
    """Say to a referrer why their program accepts no referrals; closed: the program's reason."""
    day = closed.args.get("day")
    if not isinstance(day, date):
        return say("This program is paused. It takes no new introductions for now.")
    if closed.code == "program_not_begun":
        return say("This program starts on %(day)s. Please share it from then on.", day=day)
    if closed.code == "program_ended":
        return say("This program ended on %(day)s. It takes no more introductions.", day=day)
    return say("This program is paused. It takes introductions again from %(day)s on.", day=day)


def _open_until(program: Program, referral: Referral) -> date | None:
    """Return the deadline of the next missing item."""
    states = [referral.milestone(each.milestone) for each in program.milestones]
    ends = [
        state.by or referral.deadline
        for state in states
        if state.credit is None and state.answer in ("not_yet", "not_met") and state.refused is None
    ]
    return program.day(min(ends)) if ends and referral.open else None
