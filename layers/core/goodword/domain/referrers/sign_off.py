"""Sign-off: a customer's own approver says what may be shown of them, and whether their account may earn.

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
from goodword.domain.referrers.customer import Customer, MayEarn, Shown

Answer = Literal["yes", "no"]
# From what shows least to what shows most.
SHOWN: Final[tuple[Shown, ...]] = ("nothing", "company", "name")


@dataclass(frozen=True, slots=True)
class SignOffWish:
    """What is asked of an approver, or what they allow: never more than was asked.

    shown: what a landing page may show. may_earn: whether the account may receive credits. story: whether
    the customer's story may be shown, too.
    """

    shown: Shown
    may_earn: Answer
    story: bool = False

    def at_most(self, asked: SignOffWish) -> SignOffWish:
        """Return it cut down to what was asked."""
        return SignOffWish(
            less_of(self.shown, asked.shown),
            "yes" if (self.may_earn, asked.may_earn) == ("yes", "yes") else "no",
            self.story and asked.story,
        )


def less_of(one: Shown, other: Shown) -> Shown:
    """Return which of the two shows less."""
    return min(one, other, key=SHOWN.index)


def up_to(most: Shown) -> tuple[Shown, ...]:
    """Return what shows no more than this, the most first."""
    return tuple(reversed(SHOWN[: SHOWN.index(most) + 1]))


def waits_for_sign_off(program: Program, customer: Customer) -> bool:
    """Say whether a customer may share inside their company only, since nobody has signed off yet."""
    return program.needs_sign_off(customer.segment) and customer.signed_off_at is None


def shown_now(program: Program, customer: Customer) -> Shown:
    """Return what a landing page may show of a customer: nothing, as long as a sign-off is missing.

    A customer may take part in programs with and without a sign-off, and what they chose is theirs alone; so
    what their approver allowed is the limit here, where a page is made, and not only where they choose.
    """
    if not program.needs_sign_off(customer.segment):
        return customer.shown
    return "nothing" if customer.signed_off_at is None else less_of(customer.shown, customer.signed_shown)


def story_signed_off(customer: Customer, story: str) -> bool:
    """Say whether an approver allowed this very text."""
    return bool(story) and customer.signed_off_at is not None and story_seen(story) == customer.signed_story


def may_ask_to_earn(customer: Customer) -> bool:
    """Say whether an approver may be asked for it: not where the company said no, at first or since."""
    return customer.may_earn != "no" or (bool(customer.signed_off_by) and not customer.signed_may_earn)


def earning(customer: Customer, may_earn: MayEarn) -> Customer:
    """Return the customer as one who may earn as the company says now.

    No needs nobody. Yes is an approver's word once one has answered, so that it can be given back where the
    company took it away, and not put over a no of theirs: that raises Conflict. "ask" stands until one has
    answered, and after that leaves it with their answer.
    """
    answered = customer.signed_off_at is not None or customer.declined_at is not None
    if not answered:
        return replace(customer, may_earn=may_earn)
    if may_earn == "no":
        theirs: Literal["", "yes"] = "yes" if customer.may_earn == "yes" else customer.signed_may_earn
        return replace(customer, may_earn="no", signed_may_earn=theirs)
    if customer.signed_may_earn:
        return replace(customer, may_earn=customer.signed_may_earn, signed_may_earn="")
    if may_earn == "yes" and customer.may_earn != "yes":
        raise Conflict(
            "the customer's approver said no to credits",
            where="may_earn",
            remedy="Leave it out; the customer can ask their approver again.",
        )
    return customer


def has_no_company(customer: Customer) -> bool:
    """Say whether the customer's address shows no company, so that nobody can be known as a colleague."""
    return domain_of(customer.email) in FREE_MAIL


def check_approver(email: str, customer: Customer) -> str:
    """Return the approver's address (normalised); raise BadInput unless it is a colleague's at the company.

    Their mail domain must be the customer's own, since it is the only thing that shows that the two are of
    one company; so it must not be one at which anyone can have a mailbox.
    """
    own = domain_of(customer.email)
    if has_no_company(customer):
        raise BadInput(
            "your own address is at a provider of mailboxes for everybody",
            where="approver",
            remedy="Ask whoever invited you to enrol you under your company's address.",
        )
    if domain_of(email) != own:
        raise BadInput(
            "this address is not of your company", where="approver", remedy=f"Use one that ends in @{own}."
        )
    if plain_email(email) == plain_email(customer.email):
        raise BadInput(
            "this is your own address", where="approver", remedy="Name a colleague who may sign off."
        )
    return email


def asked(customer: Customer, token: str) -> Customer:
    """Return the customer as one whose approver was asked by this token; an earlier one counts no more."""
    return replace(customer, asked=token, revision=customer.revision + 1)


def signed_off(customer: Customer, allowed: SignOffWish, by: str, at: datetime) -> Customer:
    """Return the customer as the approver allows; by: the keyed hash of the approver's address."""
    return replace(
        customer,
        asked="",
        shown=allowed.shown,
        may_earn=allowed.may_earn,
        story_shown=allowed.story and bool(customer.story),
        signed_off_at=at,
        signed_off_by=by,
        signed_shown=allowed.shown,
        signed_story=story_seen(customer.story) if allowed.story and customer.story else "",
        declined_at=None,
        revision=customer.revision + 1,
    )


def declined(customer: Customer, by: str, at: datetime) -> Customer:
    """Return the customer as the approver left them who said no.

    What was signed off before stays. Where nothing was, nothing is shown and nothing is earned.
    """
    left = replace(customer, asked="", declined_at=at, signed_off_by=by, revision=customer.revision + 1)
    if customer.signed_off_at is not None:
        return replace(left, signed_off_by=customer.signed_off_by)
    return replace(left, shown="nothing", may_earn="no", story_shown=False)


def story_seen(story: str) -> str:
    """Return what tells one text of a story from another, so that only what was read is signed off."""
    return hashlib.sha256(story.encode()).hexdigest()[:16]
