"""The offer in one sentence, and the referrer's ready-made texts, which disclose the credit."""

from __future__ import annotations

from typing import Literal

from goodword.domain.localized_text import LocalizedText
from goodword.domain.money import Money
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Referrer
from goodword.messages.sentence import Sentence, say

Way = Literal["mail", "linkedin", "whatsapp", "text"]
WAYS: tuple[Way, ...] = ("mail", "linkedin", "whatsapp", "text")
# An internal link is shared by mail or messenger, and never in a public network.
WAYS_INSIDE: tuple[Way, ...] = ("mail", "text")


@dataclass(frozen=True, slots=True)
class ShareText:
    """A ready-made text.

    paragraphs: each of sentences; subject: of a mail only.
    """

    way: Way
    paragraphs: tuple[tuple[Sentence, ...], ...]
    subject: Sentence | None = None


def offer(program: Program, currency: str) -> Sentence:
    """Return the sentence of what a referrer may earn.

    currency: the account's, or empty if unknown.
    """
    first, *others = program.milestones
    amount, once = first.amount_for(currency), program.condition_for(first)
    if not others:
        return say(
            "Introduce a peer: %(amount)s off your bill once %(condition)s.",
            amount=amount,
            condition=once,
        )
    if len(others) == 1:
        return say(
            "Introduce a peer: %(amount)s off your bill once %(condition)s, "
            "and %(more)s once %(then)s.",
            amount=amount,
            condition=once,
            more=others[0].amount_for(currency),
            then=program.condition_for(others[0]),
        )
    amounts = [each.amount_for(currency) for each in program.milestones]
    total = Money(
        sum(each.minor for each in amounts if each.currency == amount.currency), amount.currency
    )
    return say("Introduce a peer: up to %(amount)s off your bill, step by step.", amount=total)


def offer_without_credit(program: Program) -> Sentence:
    """Return the offer for a referrer whose account does not earn."""
    return say(
        "Introduce a peer to %(name)s.", name=LocalizedText(program.brand.name or program.name)
    )


def share_text(
    program: Program, referrer: Referrer, url: str, way: Way, *, internal_only: bool
) -> ShareText:
    """Write the text for one channel, with the link and the disclosure of the credit."""
    link, brand = LocalizedText(url), LocalizedText(program.brand.name or program.name)
    gets = Sentence("%(gets)s", {"gets": program.localized("prospect_gets")})
    why = (Sentence("%(why)s", {"why": program.localized("pitch")}),) if program.pitch else ()
    closing = say("Best regards,\n%(name)s", name=LocalizedText(referrer.name))
    disclosed = _disclosure(referrer)
    if internal_only:
        more = say("See more here, for our company only: %(link)s", link=link)
        hello = say(
            "Hello colleagues, we work with %(brand)s, and it might help your team, too.",
            brand=brand,
        )
        if way == "mail":
            subject = say("%(brand)s: for our colleagues", brand=brand)
            return ShareText(way, ((hello, *why), (more,), (disclosed,), (closing,)), subject)
        return ShareText(way, ((hello,), (more,), (disclosed,)))
    opening = say("We work with %(brand)s, and it might help you, too.", brand=brand)
    if way == "mail":
        return ShareText(
            way,
            (
                (say("Hello,"),),
                (opening, *why, gets),
                (say("Here is my link: %(link)s", link=link),),
                (disclosed,),
                (closing,),
            ),
            say("%(brand)s: an introduction", brand=brand),
        )
    if way == "linkedin":
        return ShareText(
            way, ((opening, *why, gets), (say("My link: %(link)s", link=link),), (disclosed,))
        )
    return ShareText(way, ((opening, gets), (say("My link: %(link)s", link=link),), (disclosed,)))


def _disclosure(referrer: Referrer) -> Sentence:
    if referrer.earns == "no":
        return say("Full disclosure: we get nothing for it.")
    return say("Full disclosure: if it leads to something, we may get a credit on our bill.")


def describe_terms(program: Program) -> str:
    """Describe the terms in one English sentence, for the operator who applied them."""
    parts = [f"{_either(each.pays)} once {each.condition_text}" for each in program.milestones]
    if program.posting == "approve":
        how = "after a person approved it"
    else:
        holds = sorted({each.hold_days for each in program.milestones} - {0})
        how = f"after {' or '.join(str(days) for days in holds)} days" if holds else "at once"
    posts = "each posts" if len(parts) > 1 else "it posts"
    return (
        f"Introduce a peer and your account gets {_join(parts)}; "
        f"{posts} {how} as a credit on the next Stripe invoice."
    )


def _either(amounts: tuple[Money, ...]) -> str:
    return " or ".join(str(amount) for amount in amounts)


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"
