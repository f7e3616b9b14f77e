"""Sign-off: a referrer's own approver says what may be shown of them, and whether their account may earn.

Showing less, and earning less, never needs anybody. Showing more than was signed off always does.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from goodword.domain.contact import FREE_MAIL, domain_of, plain_email
from goodword.domain.errors import BadInput, Conflict
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Earns, Referrer, Shown

Answer = Literal["yes", "no"]
# From what shows least to what shows most.
SHOWN: Final[tuple[Shown, ...]] = ("nothing", "company", "name")


@dataclass(frozen=True, slots=True)
class SignOffWish:
    """What is asked of an approver, or what they allow: never more than was asked.

    shown: what a landing page may show. earns: whether the account may receive credits. story:
    whether the referrer's story may be shown, too.
    """

    shown: Shown
    earns: Answer
    story: bool = False

    def at_most(self, asked: SignOffWish) -> SignOffWish:
        """Return it cut down to what was asked."""
        return SignOffWish(
            less_of(self.shown, asked.shown),
            "yes" if (self.earns, asked.earns) == ("yes", "yes") else "no",
            self.story and asked.story,
        )


def less_of(one: Shown, other: Shown) -> Shown:
    """Return which of the two shows less."""
    return min(one, other, key=SHOWN.index)


def up_to(most: Shown) -> tuple[Shown, ...]:
    """Return what shows no more than this, the most first."""
    return tuple(reversed(SHOWN[: SHOWN.index(most) + 1]))


def waits_for_sign_off(program: Program, referrer: Referrer) -> bool:
    """Say whether a referrer may share inside their company only, since nobody has signed off yet."""
    return program.needs_sign_off(referrer.segment) and referrer.signed_off_at is None


def shown_now(program: Program, referrer: Referrer) -> Shown:
    """Return what a landing page may show of a referrer: nothing, as long as a sign-off is missing.

    A referrer may take part in programs with and without a sign-off, and what they chose is theirs
    alone; so what their approver allowed is the limit here, where a page is made, and not only
    where they choose.
    """
    if not program.needs_sign_off(referrer.segment):
        return referrer.shown
    return (
        "nothing"
        if referrer.signed_off_at is None
        else less_of(referrer.shown, referrer.signed_shown)
    )


def story_signed_off(referrer: Referrer, story: str) -> bool:
    """Say whether an approver allowed this very text."""
    return (
        bool(story)
        and referrer.signed_off_at is not None
        and story_seen(story) == referrer.signed_story
    )


def may_ask_to_earn(referrer: Referrer) -> bool:
    """Say whether an approver may be asked for it.

    Not where the company said no, at first or since.
    """
    return referrer.earns != "no" or (bool(referrer.signed_off_by) and not referrer.signed_earns)


def earning(referrer: Referrer, earns: Earns) -> Referrer:
    """Return the referrer as one who may earn as the company says now.

    No needs nobody. Yes is an approver's word once one has answered, so that it can be given back
    where the company took it away, and not put over a no of theirs: that raises Conflict. "ask"
    stands until one has answered, and after that leaves it with their answer.
    """
    answered = referrer.signed_off_at is not None or referrer.declined_at is not None
    if not answered:
        return replace(referrer, earns=earns)
    if earns == "no":
        theirs: Literal["", "yes"] = "yes" if referrer.earns == "yes" else referrer.signed_earns
        return replace(referrer, earns="no", signed_earns=theirs)
    if referrer.signed_earns:
        return replace(referrer, earns=referrer.signed_earns, signed_earns="")
    if earns == "yes" and referrer.earns != "yes":
        raise Conflict(
            "the referrer's approver said no to credits",
            where="earns",
            remedy="Leave it out; the referrer can ask their approver again.",
        )
    return referrer


def has_no_company(referrer: Referrer) -> bool:
    """Say whether the referrer's address shows no company, so that nobody can be known as a colleague."""
    return domain_of(referrer.email) in FREE_MAIL


def check_approver(email: str, referrer: Referrer) -> str:
    """Return the approver's address (normalized); raise BadInput unless it is a colleague's at the company.

    Their mail domain must be the referrer's own, since it is the only thing that shows that the two
    are of one company; so it must not be one at which anyone can have a mailbox.
    """
    own = domain_of(referrer.email)
    if has_no_company(referrer):
        raise BadInput(
            "your own address is at a provider of mailboxes for everybody",
            where="approver",
            remedy="Ask whoever invited you to enroll you under your company's address.",
        )
    if domain_of(email) != own:
        raise BadInput(
            "this address is not of your company",
            where="approver",
            remedy=f"Use one that ends in @{own}.",
        )
    if plain_email(email) == plain_email(referrer.email):
        raise BadInput(
            "this is your own address",
            where="approver",
            remedy="Name a colleague who may sign off.",
        )
    return email


def asked(referrer: Referrer, token: str) -> Referrer:
    """Return the referrer as one whose approver was asked by this token.

    An earlier one counts no more.
    """
    return replace(referrer, asked=token, revision=referrer.revision + 1)


def signed_off(referrer: Referrer, allowed: SignOffWish, by: str, at: datetime) -> Referrer:
    """Return the referrer as the approver allows; by: the keyed hash of the approver's address."""
    return replace(
        referrer,
        asked="",
        shown=allowed.shown,
        earns=allowed.earns,
        story_shown=allowed.story and bool(referrer.story),
        signed_off_at=at,
        signed_off_by=by,
        signed_shown=allowed.shown,
        signed_story=story_seen(referrer.story) if allowed.story and referrer.story else "",
        declined_at=None,
        revision=referrer.revision + 1,
    )


def declined(referrer: Referrer, by: str, at: datetime) -> Referrer:
    """Return the referrer as the approver left them who said no.

    What was signed off before stays. Where nothing was, nothing is shown and nothing is earned.
    """
    left = replace(
        referrer, asked="", declined_at=at, signed_off_by=by, revision=referrer.revision + 1
    )
    if referrer.signed_off_at is not None:
        return replace(left, signed_off_by=referrer.signed_off_by)
    return replace(left, shown="nothing", earns="no", story_shown=False)


def story_seen(story: str) -> str:
    """Return what tells one text of a story from another, so that only what was read is signed off."""
    return hashlib.sha256(story.encode()).hexdigest()[:16]
