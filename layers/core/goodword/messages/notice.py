"""Notices: the sentence for a referrer about a referral's present state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from goodword.domain.credits.credit import Credit
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Account, Earns
from goodword.messages.sentence import Sentence, say
from goodword.messages.verdict import closing_sentence, credit_sentence, promise


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """The notice about one referral.

    prospect: empty unless the referrer entered the contact themselves.
    """

    program: str
    made_on: date
    sentences: tuple[Sentence, ...]
    prospect: str = ""


def notice_item(
    terms: Program,
    referral: Referral,
    credits: Sequence[Credit],
    account: Account | None,
    now: datetime,
    *,
    earns: Earns,
) -> NoticeItem | None:
    """Return a referral's latest notice for its referrer, or None without any.

    credits: those with events; without any, the notice says that the introduction arrived or was
    closed.
    """
    if credits:
        result = tuple(credit_sentence(terms, credit, now) for credit in credits)
    elif not referral.open:
        result = () if referral.credits() else (closing_sentence(terms, referral),)
    else:
        currency = account.currency if account is not None else ""
        result = (say("We have your introduction."), *promise(terms, referral, currency, earns))
    if not result:
        return None
    prospect = referral.prospect.name if referral.named_by_referrer() else ""
    return NoticeItem(referral.program, terms.day(referral.created_at), result, prospect)


def offers_of(program: Program, currency: str = "") -> tuple[Sentence, ...]:
    """Return the offer of each milestone, as the lines of a list.

    In this currency if the program pays in it.
    """
    return tuple(
        say(
            "%(amount)s once %(condition)s",
            amount=each.amount_for(currency),
            condition=program.condition_for(each),
        )
        for each in program.milestones
    )
