"""The landing page: who recommends, as far as that was signed off, and why no signup is taken."""

from __future__ import annotations

from datetime import datetime

from goodword.domain.links.link import Link
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrers.customer import Customer
from goodword.domain.referrers.sign_off import shown_now
from goodword.domain.referrers.story import story_told
from goodword.domain.sentence import Sentence, say

# What a prospect chooses to whom nothing fits that the milestones list.
OTHER = "other"
# What is said where a page cannot be shown, and what its button then says.
INCOMPLETE = (say("This address is not complete"), say("Part of it was lost on the way."))
TOO_LONG = (
    say("This page has expired"),
    say("You followed the link long ago. Follow it again, then sign up."),
)
AGAIN = say("Follow the link again")


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What a page may say of whoever recommends.

    name, company, story: empty where they were not signed off. earns: whether a credit may come of it.
    inside: whether the link is for colleagues of the customer's own company.
    """

    name: str
    company: str
    story: str
    earns: bool
    inside: bool


@dataclass(frozen=True, slots=True)
class Landing:
    """One prospect's landing page.

    token: the click's, to be handed on. program: the terms in force at the click. closed: a heading and
    sentences where the program takes nobody now. expired: whether the click is too long ago to count.
    """

    code: str
    token: str
    program: Program
    recommendation: Recommendation
    closed: tuple[Sentence, ...] = ()
    expired: bool = False


def recommendation_of(link: Link, customer: Customer, program: Program) -> Recommendation:
    """Return what the page may say: never more than was signed off, where the program asks for that.

    A story is for colleagues first, who read it on a link for inside before anybody signed it off.
    """
    shown = shown_now(program, customer)
    return Recommendation(
        name=customer.name if shown == "name" else "",
        company=customer.company if shown != "nothing" else "",
        story=story_told(program, customer, inside=link.inside),
        earns=customer.may_earn != "no",
        inside=link.inside,
    )


def closed_sentences(program: Program, at: datetime) -> tuple[Sentence, ...]:
    """Say in a heading and sentences why the program takes nobody at this time, and what to do."""
    day, pause = program.day(at), program.pause
    if day < program.starts:
        begins = say("It begins on %(day)s. Keep the link, and open it again then.", day=program.starts)
        return say("This offer has not begun yet"), begins
    if program.ended(day):
        ask = say(
            "If you would like to talk to us all the same, ask whoever gave you the link how to reach us."
        )
        return say("This offer has ended"), ask
    until = pause.until if pause is not None else None
    if until is None:
        again = say("Keep the link, and open it again in a few weeks.")
    else:
        again = say("It continues on %(day)s. Keep the link, and open it again then.", day=until)
    return say("This offer is paused"), again
