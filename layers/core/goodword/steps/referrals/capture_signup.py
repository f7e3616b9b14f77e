"""Accept the signup of a prospect who followed a link and gives their contact data."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from typing import Protocol

from goodword.domain.contact import Contact
from goodword.domain.errors import BadInput, Conflict, Forged, NotFound
from goodword.domain.links.link import ClickToken, Link, check_token, split_token
from goodword.domain.programs.program import Program
from goodword.domain.programs.token_parameter import TOKEN_PARAMETER
from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Referrer
from goodword.ports.stores import Stores
from goodword.steps.programs.find_program import current_program
from goodword.steps.referrals.register_referral import (
    Introduction,
    Made,
    RegisterReferralDeps,
    register_referral,
)

SKEW = timedelta(minutes=5)


class ContactReader(Protocol):
    """Validates and normalizes typed data; raises BadInput with the field and the remedy."""

    def email(self, text: str) -> str: ...
    def phone(self, text: str, region: str) -> str: ...
    def name(self, text: str) -> str: ...
    def disposable(self, email: str) -> bool:
        """Return whether an address is at a provider of disposable mailboxes."""
        ...


@dataclass(frozen=True, slots=True)
class Signup:
    """The fields of the form or the JSON, as typed."""

    token: str
    name: str
    email: str
    phone: str = ""
    company: str = ""
    said: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrival:
    """The click of a prospect.

    terms: in force at the click. current: the program as it is now.
    """

    token: ClickToken
    link: Link
    terms: Program
    current: Program

    def in_time(self, at: datetime) -> bool:
        """Return whether a signup at this time is inside the click's attribution window."""
        return at - self.token.at <= timedelta(days=self.terms.attribution_days)


def arrive(text: str, *, stores: Stores, at: datetime) -> Arrival:
    """Find a click's link and terms by its token; raise BadInput without one, Forged if invalid."""
    token, link = _attributed(text, stores)
    if token.at > at + SKEW:
        raise Forged(
            "the click's time is in the future",
            where=TOKEN_PARAMETER,
            remedy="Follow the link again.",
        )
    current = current_program(link.program, stores=stores)
    # The token has whole seconds, so terms that were applied within that second were in force.
    terms = stores.programs.at(link.program, token.at + timedelta(seconds=1)) or current
    return Arrival(token, link, terms, current)


def capture_signup(
    signup: Signup,
    *,
    contacts: ContactReader,
    deps: RegisterReferralDeps,
) -> Made:
    """Attribute the signup by its click token and make the referral.

    The terms are those in force at the click. Raises Forged for an invalid token, BadInput for
    invalid contact data, Conflict if the program accepts no referrals now or the window is over.
    """
    at = deps.now()
    arrival = arrive(signup.token, stores=deps.stores, at=at)
    token, link, terms = arrival.token, arrival.link, arrival.terms
    check_open(arrival.current, at, token.at)
    if not arrival.in_time(at):
        raise Conflict(
            f"the link was followed more than {terms.attribution_days} days ago",
            where=TOKEN_PARAMETER,
            remedy="Follow the link again, then sign up.",
        )
    prospect = read_contact(signup, terms, contacts)
    introduction = Introduction(
        referrer=referrer_of(link, stores=deps.stores),
        prospect=prospect,
        program=terms,
        source="link",
        link=link.code,
        click=token.click,
        internal_only=link.internal_only,
        disposable=contacts.disposable(prospect.email),
    )
    return register_referral(introduction, deps=deps)


def referrer_of(link: Link, *, stores: Stores) -> Referrer:
    """Return the referrer of a link; raise NotFound where they were erased."""
    referrer = stores.referrers.get(link.referrer)
    if referrer is None or referrer.erased_at is not None:
        raise NotFound(
            "this link is no longer in use",
            where="code",
            remedy="Ask the person who gave you the link for a new one.",
        )
    return referrer


def read_contact(signup: Signup, terms: Program, contacts: ContactReader) -> Contact:
    """Validate and normalize the contact; a local phone number is of the program's region."""
    return Contact(
        name=contacts.name(signup.name),
        email=contacts.email(signup.email),
        phone=contacts.phone(signup.phone, terms.region) if signup.phone.strip() else "",
        company=" ".join(signup.company.split()),
        said={name: value for name, value in signup.said.items() if value},
    )


def check_open(program: Program, at: datetime, clicked_at: datetime | None = None) -> None:
    """Raise Conflict if the program accepts no new referral now.

    A prospect who clicked while it did may still sign up, while referrals in progress continue.
    """
    refusal = program.refusal(at)
    if refusal is not None and not takes_still(program, at, clicked_at):
        from goodword.messages.reasons import reason_sentence

        why = str(reason_sentence(refusal))
        raise Conflict(
            why,
            where="program",
            remedy="Nothing was stored; try again when the program accepts referrals.",
        )


def takes_still(program: Program, at: datetime, clicked_at: datetime | None) -> bool:
    """Return whether the program accepts a referral at this time for a click at that time."""
    if program.refusal(at) is None:
        return True
    in_time = clicked_at is not None and program.refusal(clicked_at) is None
    return in_time and program.in_flight(at) == "continue"


def _attributed(text: str, stores: Stores) -> tuple[ClickToken, Link]:
    """Return the token and its link, after verifying the token with the link's own key."""
    if not text:
        raise BadInput(
            "the click token is missing",
            where=TOKEN_PARAMETER,
            remedy=f"Send the {TOKEN_PARAMETER} parameter that the link's redirect added.",
        )
    token = split_token(text)
    link = stores.links.get(token.code)
    if link is None:
        raise Forged(
            "the click token is not valid",
            where=TOKEN_PARAMETER,
            remedy=f"Send the {TOKEN_PARAMETER} parameter unchanged, as the redirect added it.",
        )
    check_token(text, link.token_key)
    return token, link
