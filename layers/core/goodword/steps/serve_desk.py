"""Serve the staff's desk: the work that waits, a customer, a referral, the lists, and a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import timedelta
from typing import Final, Literal, cast, get_args

from goodword.domain.credit import Credit, Status
from goodword.domain.customer import Customer
from goodword.domain.delivery import Unmatched
from goodword.domain.errors import Forbidden, NotFound, TooMany
from goodword.domain.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referral import Referral
from goodword.domain.sentence import Sentence, say
from goodword.domain.staff import Right, Staff, check_right, open_decisions
from goodword.domain.timeline import Entry
from goodword.domain.told import known_again
from goodword.domain.why import is_paid, plain_reason, why_unpaid
from goodword.ports import Clock, NewId, Page, Stores, Wake
from goodword.steps.decide_as_person import decide_as_person
from goodword.steps.decide_credit import Decision
from goodword.steps.find_anything import Found, find_anything
from goodword.steps.tell_story import Story, tell_story

# What a page of a list shows; each of its lines reads a record or two.
PAGE: Final = 25
# What a work list shows before it says that there is more.
FIRST: Final = 10
# How far the work lists look for what waits behind one full list: a thousand held credits.
HELD_PAGES: Final = 20
# A referral has one or two credits; an account of many years has more than one page of them.
OF_AN_ACCOUNT: Final = 50
# Finance approves a few hundred in a busy day, by hand.
DECISIONS_A_DAY: Final = 2000
# Far more than a day of telephone calls, and too few to copy the whole list of names.
SEARCHES_A_DAY: Final = 1000

# What a person is told once they decided, by the decision; and where nothing came of it.
DECIDED: Final[dict[str, Sentence]] = {
    "approve": say("Approved. It is on the timeline."),
    "void": say("Made void. It is on the timeline."),
    "reverse": say("It is being taken back. That is on the timeline."),
}
NO_REASON: Final = say("Say in a few words why, in at most 300 characters.")
MEANWHILE: Final = say("Nothing was changed: as the credit stands by now, that cannot be done.")

WorkName = Literal["approve", "review", "held"]
# Which list each kind of hold is on; all others say that something is not as it should be.
_LISTS: Final[dict[str, WorkName]] = {
    "approval": "approve",
    "flagged": "review",
    "used_up": "review",
    "won_again": "review",
    "late": "review",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One credit as a line of a list. may: what this person may decide on it, as it stands."""

    credit: Credit
    referral: Referral | None
    may: tuple[Right, ...] = ()

    @property
    def reason(self) -> Sentence | None:
        """Return why the credit stands as it does, as people read it, if there is a reason."""
        return known_again(plain_reason(self.credit.reason)) if self.credit.reason else None


@dataclass(frozen=True, slots=True)
class Stray:
    """One CRM event that fits nobody. why: in a sentence."""

    event: Unmatched
    why: Sentence


@dataclass(frozen=True, slots=True)
class Work:
    """What waits for a person, each list the newest first. more: lists with more than is shown."""

    approve: tuple[Waiting, ...]
    review: tuple[Waiting, ...]
    held: tuple[Waiting, ...]
    unmatched: tuple[Stray, ...]
    more: frozenset[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One referral as a line of a list, with the sentence that says why it has not been paid."""

    referral: Referral
    why: Sentence


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """A customer with the referrals of their account, and what it earned."""

    customer: Customer
    lines: Page[Line]
    credits: tuple[Credit, ...]


@dataclass(frozen=True, slots=True)
class ReferralFile:
    """All of a referral that its page shows.

    waiting: its credits and the rows that take them back. paid: each milestone was, and that stands. people:
    the address of each person of the staff whom the timeline names, by that name.
    """

    story: Story
    customer: Customer
    why: Sentence
    waiting: tuple[Waiting, ...]
    paid: bool
    people: Mapping[str, str] = field(default_factory=dict)

    @property
    def flags(self) -> tuple[Sentence, ...]:
        """Return what a person should look at, as people read it."""
        return tuple(known_again(plain_reason(flag)) for flag in self.story.referral.flags)


def staff_member(person: str, *, stores: Stores) -> Staff:
    """Return who is signed in; raise Forbidden where they were let out since."""
    staff = stores.staff.get(person)
    if staff is None or staff.revoked:
        raise Forbidden("you may no longer sign in here", where="session", remedy="Ask an administrator.")
    return staff


def work_that_waits(staff: Staff, *, stores: Stores) -> Work:
    """Return the work lists: credits to approve, in review, held, and CRM events that fit nobody."""
    check_right(staff, "look")
    lists, unread = _held(stores)
    strays = stores.unmatched.newest(FIRST)
    more = {name for name, credits_ in lists.items() if len(credits_) > FIRST or unread}
    shown = {name: _waiting(credits_[:FIRST], staff, stores) for name, credits_ in lists.items()}
    return Work(
        shown["approve"],
        shown["review"],
        shown["held"],
        tuple(Stray(event, why_unmatched(event, stores)) for event in strays.items),
        frozenset(more | ({"unmatched"} if strays.more is not None else set())),
    )


def _held(stores: Stores) -> tuple[dict[WorkName, list[Credit]], bool]:
    """Read held credits until each list is full, and say whether some are left unread."""
    lists: dict[WorkName, list[Credit]] = {"approve": [], "review": [], "held": []}
    after: str | None = None
    for _ in range(HELD_PAGES):
        page = stores.credits.of_status("held", PAGE * 2, after)
        for credit in page.items:
            lists[_LISTS.get(credit.hold, "held")].append(credit)
        after = page.more
        if after is None or all(len(credits_) >= FIRST for credits_ in lists.values()):
            break
    return lists, after is not None


def why_unmatched(event: Unmatched, stores: Stores) -> Sentence:
    """Say why a CRM event fits no referral."""
    change = event.change
    if stores.connections.latest(event.connection) is None:
        return say("The connection %(connection)s is not there any more.", connection=event.connection)
    if change.referral:
        return say("It names referral %(referral)s, which is not here.", referral=change.referral)
    if any(hint.startswith("email#") for hint in event.hints):
        return say("Nobody with an e-mail address of this %(kind)s was referred.", kind=change.object.kind)
    return say(
        "The %(kind)s has no contact with an e-mail address, and no referral knows it.",
        kind=change.object.kind,
    )


def unmatched_events(staff: Staff, after: str | None, *, stores: Stores) -> Page[Stray]:
    """Return one page of the CRM events that fit nobody, the newest first."""
    check_right(staff, "look")
    page = stores.unmatched.newest(PAGE, after)
    return Page(tuple(Stray(event, why_unmatched(event, stores)) for event in page.items), page.more)


def search(staff: Staff, text: str, *, identity_key: str, stores: Stores, now: Clock) -> Found:
    """Return what fits the text (steps/find_anything.py); raise TooMany beyond a day's."""
    check_right(staff, "look")
    _count(staff, "search", SEARCHES_A_DAY, stores, now)
    return find_anything(text, identity_key=identity_key, stores=stores)


def newest_customers(staff: Staff, after: str | None, *, stores: Stores) -> Page[Customer]:
    """Return one page of all customers, the newest first."""
    check_right(staff, "look")
    return stores.customers.newest(PAGE, after)


def newest_referrals(staff: Staff, after: str | None, *, stores: Stores, now: Clock) -> Page[Line]:
    """Return one page of all referrals, the newest first, each with why it has not been paid."""
    check_right(staff, "look")
    page = stores.referrals.newest(PAGE, after)
    return Page(_lines(page.items, {}, stores, now), page.more)


def credits_of_status(staff: Staff, status: Status, after: str | None, *, stores: Stores) -> Page[Waiting]:
    """Return one page of the credits of one status, the newest first."""
    check_right(staff, "look")
    page = stores.credits.of_status(status, PAGE, after)
    return Page(_waiting(page.items, staff, stores), page.more)


def customer_file(
    staff: Staff, customer: str, after: str | None, *, stores: Stores, now: Clock
) -> CustomerFile:
    """Return a customer with their account's referrals; raise NotFound without one."""
    check_right(staff, "look")
    held = stores.customers.get(customer)
    if held is None:
        raise NotFound(f"there is no customer {customer!r}", where="customer", remedy="Search for the name.")
    referrals = stores.referrals.of_account(held.account, PAGE, after)
    earned = stores.credits.of_account(held.account, OF_AN_ACCOUNT).items
    known = {credit.credit: credit for credit in earned}
    return CustomerFile(held, Page(_lines(referrals.items, known, stores, now), referrals.more), earned)


def referral_file(
    staff: Staff, referral: str, after: str | None, *, stores: Stores, now: Clock
) -> ReferralFile:
    """Return a referral with its story, its credits and what this person may decide; raise NotFound."""
    check_right(staff, "look")
    story = tell_story(referral, after, stores=stores, now=now)
    customer = stores.customers.get(story.referral.customer)
    if customer is None:
        raise LookupError(f"referral {referral} lost its customer")
    held = _credits_of(story.referral, {}, stores)
    waiting = tuple(
        Waiting(each, story.referral, _may(each, held.get(each.reversal), staff)) for each in held.values()
    )
    why = why_unpaid(story.program, story.referral, held, now())
    paid = is_paid(story.program, story.referral, held)
    return ReferralFile(story, customer, why, waiting, paid, _people(story.timeline.items, stores))


def referral_of_credit(credit: str, *, stores: Stores) -> str:
    """Return the referral on whose page a credit stands; raise NotFound without one."""
    held = stores.credits.get(credit)
    if held is None:
        raise NotFound(f"there is no credit {credit!r}", where="credit", remedy="Search for the name.")
    return held.referral


def decide(
    staff: Staff,
    credit: str,
    right: str,
    read_reason: Callable[[], str],
    *,
    stores: Stores,
    now: Clock,
    new_id: NewId,
    wake: Wake,
) -> Credit:
    """Take a person's decision on a credit, under their name; the right is asked for before all else.

    read_reason: reads why; it is called only once the right is there. Raises Forbidden without the right,
    NotFound for what is no decision, TooMany beyond what a person decides in a day, and what
    decide_as_person raises.
    """
    if right not in get_args(Decision):
        raise NotFound("there is no such decision", where="decision", remedy="Go back to the referral.")
    decision = cast(Decision, right)
    check_right(staff, decision)
    _count(staff, "decide", DECISIONS_A_DAY, stores, now)
    return decide_as_person(
        credit, decision, read_reason(), by=staff.actor, stores=stores, now=now, new_id=new_id, wake=wake
    )


def _count(staff: Staff, what: str, most: int, stores: Stores, now: Clock) -> None:
    """Count what a person does in a day; raise TooMany beyond the most."""
    at = now()
    source = f"desk#{what}#{staff.person}#{at:%Y-%m-%d}"
    if stores.visits.count(source, at + timedelta(days=2)) > most:
        raise TooMany(f"you {what} very often today", where="person", remedy="Go on tomorrow.")


def _may(credit: Credit, reversal: Credit | None, staff: Staff) -> tuple[Right, ...]:
    return tuple(right for right in open_decisions(credit, reversal) if staff.may(right))


def _waiting(credits_: Iterable[Credit], staff: Staff, stores: Stores) -> tuple[Waiting, ...]:
    """Read the referral of each credit, each once."""
    referrals: dict[str, Referral | None] = {}
    found = []
    for credit in credits_:
        if credit.referral not in referrals:
            referrals[credit.referral] = stores.referrals.get(credit.referral)
        reversal = stores.credits.get(credit.reversal) if credit.reversal else None
        found.append(Waiting(credit, referrals[credit.referral], _may(credit, reversal, staff)))
    return tuple(found)


def _lines(
    referrals: Iterable[Referral], known: Mapping[str, Credit], stores: Stores, now: Clock
) -> tuple[Line, ...]:
    programs: dict[tuple[str, int], Program | None] = {}
    lines = []
    for referral in referrals:
        terms = (referral.program, referral.version)
        if terms not in programs:
            programs[terms] = stores.programs.get(*terms)
        program = programs[terms]
        if program is None:
            raise LookupError(f"referral {referral.referral} lost its program")
        held = _credits_of(referral, known, stores)
        lines.append(Line(referral, why_unpaid(program, referral, held, now())))
    return tuple(lines)


def _credits_of(referral: Referral, known: Mapping[str, Credit], stores: Stores) -> dict[str, Credit]:
    """Return the referral's credits, each before the row that takes it back; `known` saves the reading."""
    held: dict[str, Credit] = {}
    for name in referral.credits():
        credit = known.get(name) or stores.credits.get(name)
        if credit is None:
            continue
        held[name] = credit
        reversal = (
            (known.get(credit.reversal) or stores.credits.get(credit.reversal)) if credit.reversal else None
        )
        if reversal is not None:
            held[reversal.credit] = reversal
    return held


def _people(entries: Iterable[Entry], stores: Stores) -> dict[str, str]:
    actors = sorted({entry.actor for entry in entries if entry.actor.startswith("staff ")})
    found = {actor: stores.staff.get(actor.removeprefix("staff ")) for actor in actors}
    return {actor: staff.email for actor, staff in found.items() if staff is not None}
