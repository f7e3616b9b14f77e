"""Sign-off: an approver decides what may be shown of a referrer and whether credits are earned.

To show or earn less never requires a sign-off. To show more than was signed off always does.
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
# From the least to the most visible.
SHOWN: Final[tuple[Shown, ...]] = ("nothing", "company", "name")


@dataclass(frozen=True, slots=True)
class SignOffWish:
    """A request to an approver, or their answer, which never exceeds the request.

    shown: what a landing page may show. earns: whether the account may receive credits. story:
    whether the referrer's story may be shown, too.
    """

    shown: Shown
    earns: Answer
    story: bool = False

    def at_most(self, asked: SignOffWish) -> SignOffWish:
        """Return the answer, limited to the request."""
        return SignOffWish(
            less_of(self.shown, asked.shown),
            "yes" if (self.earns, asked.earns) == ("yes", "yes") else "no",
            self.story and asked.story,
        )


def less_of(one: Shown, other: Shown) -> Shown:
    """Return the less visible of the two."""
    return min(one, other, key=SHOWN.index)


def up_to(most: Shown) -> tuple[Shown, ...]:
    """Return the options that show no more than this, the most visible first."""
    return tuple(reversed(SHOWN[: SHOWN.index(most) + 1]))


def waits_for_sign_off(program: Program, referrer: Referrer) -> bool:
    """Return whether a referrer may share only internally, since a sign-off is missing."""
    return program.needs_sign_off(referrer.segment) and referrer.signed_off_at is None


def shown_now(program: Program, referrer: Referrer) -> Shown:
    """Return what a landing page may show of a referrer: nothing while a sign-off is missing.

    A referrer may take part in programs with and without a sign-off, and sets their own choice. So
    the approver's limit is applied here, where a page is made, and not only where they choose.
    """
    if not program.needs_sign_off(referrer.segment):
        return referrer.shown
    return (
        "nothing"
        if referrer.signed_off_at is None
        else less_of(referrer.shown, referrer.signed_shown)
    )


def story_signed_off(referrer: Referrer, story: str) -> bool:
    """Return whether an approver allowed this exact text."""
    return (
        bool(story)
        and referrer.signed_off_at is not None
        and story_seen(story) == referrer.signed_story
    )


def may_ask_to_earn(referrer: Referrer) -> bool:
    """Return whether an approver may be asked to allow credits.

    Not if the company ruled credits out, at first or since.
    """
    return referrer.earns != "no" or (bool(referrer.signed_off_by) and not referrer.signed_earns)


def earning(referrer: Referrer, earns: Earns) -> Referrer:
    """Return the referrer with the company's new value of earns.

    False needs no sign-off. After an approver has answered, their answer applies: True restores it
    after the company ruled credits out, and raises Conflict if they declined. "ask" applies until
    an approver has answered, and leaves their answer unchanged after that.
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
            "the referrer's approver declined credits",
            where="earns",
            remedy="Omit earns; the referrer can ask their approver again from the portal.",
        )
    return referrer


def has_no_company(referrer: Referrer) -> bool:
    """Return whether the referrer's address is at a public mail provider."""
    return domain_of(referrer.email) in FREE_MAIL


def check_approver(email: str, referrer: Referrer) -> str:
    """Return the approver's normalized address; raise BadInput unless it is a colleague's.

    Their mail domain must be the referrer's own, since only the domain shows that the two are of
    one company; so it must not be that of a public mail provider.
    """
    own = domain_of(referrer.email)
    if has_no_company(referrer):
        raise BadInput(
            "your own address is at a public mail provider",
            where="approver",
            remedy="Ask the person who invited you to enroll you with your company's address.",
        )
    if domain_of(email) != own:
        raise BadInput(
            "this address is not at your company",
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
    """Return the referrer with an open question under this token, which replaces an earlier one."""
    return replace(referrer, asked=token, revision=referrer.revision + 1)


def signed_off(referrer: Referrer, allowed: SignOffWish, by: str, at: datetime) -> Referrer:
    """Return the referrer as the approver allowed; by: the keyed hash of the approver's address."""
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
    """Return the referrer after an approver declined.

    An earlier sign-off stays. Without one, nothing is shown and nothing is earned.
    """
    left = replace(
        referrer, asked="", declined_at=at, signed_off_by=by, revision=referrer.revision + 1
    )
    if referrer.signed_off_at is not None:
        return replace(left, signed_off_by=referrer.signed_off_by)
    return replace(left, shown="nothing", earns="no", story_shown=False)


def story_seen(story: str) -> str:
    """Return the fingerprint of a story, so that exactly the text that was read is signed off."""
    return hashlib.sha256(story.encode()).hexdigest()[:16]
