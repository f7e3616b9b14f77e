"""The landing page: the recommendation as signed off, and whether a signup is accepted."""

from __future__ import annotations

from goodword.domain.links.link import Link
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.referrers.sign_off import shown_now
from goodword.domain.referrers.story import visible_story

# The choice of a prospect who matches none of the listed segments.
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What a page may say about the referrer.

    name, company, story: empty unless signed off. earns: whether a credit may result.
    internal_only: whether the link is for colleagues of the referrer's own company.
    """

    name: str
    company: str
    story: str
    earns: bool
    internal_only: bool


@dataclass(frozen=True, slots=True)
class Landing:
    """One prospect's landing page.

    token: the click's, to be passed on. program: the terms in force at the click. closed: why the
    program accepts no referrals now, if so. expired: whether the click is outside the attribution
    window.
    """

    code: str
    token: str
    program: Program
    recommendation: Recommendation
    closed: Reason | None = None
    expired: bool = False


def recommendation_of(link: Link, referrer: Referrer, program: Program) -> Recommendation:
    """Return what the page may say: only what was signed off, if the program requires that.

    Colleagues may read a story on an internal link before it is signed off.
    """
    shown = shown_now(program, referrer)
    return Recommendation(
        name=referrer.name if shown == "name" else "",
        company=referrer.company if shown != "nothing" else "",
        story=visible_story(program, referrer, internal_only=link.internal_only),
        earns=referrer.earns != "no",
        internal_only=link.internal_only,
    )
