"""The landing page: who recommends, as far as that was signed off.

Whether a signup is taken.
"""

from __future__ import annotations

from goodword.domain.links.link import Link
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.referrers.sign_off import shown_now
from goodword.domain.referrers.story import visible_story

# What a prospect chooses to whom nothing fits that the milestones list.
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What a page may say of whoever recommends.

    name, company, story: empty where they were not signed off. earns: whether a credit may come of
    it. internal_only: whether the link is for colleagues of the referrer's own company.
    """

    name: str
    company: str
    story: str
    earns: bool
    internal_only: bool


@dataclass(frozen=True, slots=True)
class Landing:
    """One prospect's landing page.

    token: the click's, to be handed on. program: the terms in force at the click. closed: why the
    program takes no referrals now, if it does not. expired: whether the click is too long ago to
    count.
    """

    code: str
    token: str
    program: Program
    recommendation: Recommendation
    closed: Reason | None = None
    expired: bool = False


def recommendation_of(link: Link, referrer: Referrer, program: Program) -> Recommendation:
    """Return what the page may say: never more than was signed off, where the program asks for that.

    A story is for colleagues first, who read it on a link for inside before anybody signed it off.
    """
    shown = shown_now(program, referrer)
    return Recommendation(
        name=referrer.name if shown == "name" else "",
        company=referrer.company if shown != "nothing" else "",
        story=visible_story(program, referrer, internal_only=link.internal_only),
        earns=referrer.earns != "no",
        internal_only=link.internal_only,
    )
