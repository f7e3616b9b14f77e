"""News: what a referrer hears of a referral, from how it stands now."""

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
class NewsItem:
    """What is told of one referral. prospect.

    Only where the referrer handed the contact over themselves.
    """

    program: str
    made_on: date
    sentences: tuple[Sentence, ...]
    prospect: str = ""


def news_item(
    terms: Program,
    referral: Referral,
    credits: Sequence[Credit],
    account: Account | None,
    now: datetime,
    *,
    earns: Earns,
) -> NewsItem | None:
    """Say the latest of a referral to its referrer, or None where there is nothing to say.

    credits: those of which there is news; without any, it is that the introduction came, or that it
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
    return NewsItem(referral.program, terms.day(referral.created_at), result, prospect)


def offers_of(program: Program, currency: str = "") -> tuple[Sentence, ...]:
    """Say what each milestone pays, as the lines of a list.

    In this currency where the program pays in it.
    """
    return tuple(
        say(
            "%(amount)s once %(condition)s",
            amount=each.amount_for(currency),
            condition=program.condition_for(each),
        )
        for each in program.milestones
    )
