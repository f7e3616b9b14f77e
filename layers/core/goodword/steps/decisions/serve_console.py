"""Serve the staff's console: work lists, referrers, referrals, credits, search and decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Final, Literal, cast, get_args

from goodword.domain.access.staff import Right, Staff, check_right
from goodword.domain.credits.credit import WORK_LISTS, Credit, Status
from goodword.domain.crm_copy.delivery import Unmatched
from goodword.domain.decisions.open_decisions import open_decisions
from goodword.domain.errors import Forbidden, NotFound, RateLimited
from goodword.domain.identity import source_of_day
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Earns, Referrer
from goodword.domain.timeline import Entry
from goodword.messages.console import why_unmatched
from goodword.messages.reasons import reason_sentence, reasons_sentence
from goodword.messages.sentence import Sentence
from goodword.messages.why import is_paid, why_unpaid
from goodword.ports.services import Clock
from goodword.ports.stores import Page, Stores
from goodword.steps.credits.read_records import Story, read_records
from goodword.steps.decisions.decide_as_staff import decide_as_staff
from goodword.steps.decisions.decide_credit import DecideCreditDeps, Decision
from goodword.steps.programs.find_program import terms_of
from goodword.steps.referrals.search_records import Found, search_records

# The rows of one page of a list.
PAGE: Final = 25
# The rows of a work list before it says that there are more.
FIRST: Final = 10
# A referral has one or two credits; an account of many years has more than one page of them.
OF_AN_ACCOUNT: Final = 50
# Finance approves a few hundred in a busy day, by hand.
DECISIONS_A_DAY: Final = 2000
# More searches than a day of telephone calls needs, and too few to copy all names.
SEARCHES_A_DAY: Final = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """One credit as a line of a list.

    may: the decisions that this person may make on it now. Lists that allow no decisions do not
    read the referrer, so there it does not consider whether they may earn.
    """

    credit: Credit
    referral: Referral | None
    may: tuple[Right, ...] = ()

    @property
    def reason(self) -> Sentence | None:
        """Return the reason of the credit's state for readers, if there is one."""
        return reasons_sentence(self.credit.reasons) if self.credit.reasons else None


@dataclass(frozen=True, slots=True)
class Stray:
    """One CRM event that matches no referral.

    why: in a sentence.
    """

    event: Unmatched
    why: Sentence


@dataclass(frozen=True, slots=True)
class Work:
    """The work lists, each the newest first.

    more: the names of lists with more rows than are shown.
    """

    approve: tuple[Waiting, ...]
    review: tuple[Waiting, ...]
    held: tuple[Waiting, ...]
    unmatched: tuple[Stray, ...]
    more: frozenset[str]


@dataclass(frozen=True, slots=True)
class ConsoleLine:
    """One referral as a line of a list, with the sentence that says why it has not been paid."""

    referral: Referral
    why: Sentence


@dataclass(frozen=True, slots=True)
class ReferrerFile:
    """A referrer with the referrals of their account and its credits."""

    referrer: Referrer
    lines: Page[ConsoleLine]
    credits: tuple[Credit, ...]


@dataclass(frozen=True, slots=True)
class ReferralFile:
    """The data of a referral's page.

    waiting: its credits and their reversals. paid: whether each milestone was paid and not taken
    back. people: the address of each staff member whom the timeline names, by that name.
    """

    story: Story
    why: Sentence
    waiting: tuple[Waiting, ...]
    paid: bool
    people: Mapping[str, str] = field(default_factory=dict)

    @property
    def flags(self) -> tuple[Sentence, ...]:
        """Return the flags for review, as readable text."""
        return tuple(reason_sentence(flag) for flag in self.story.referral.flags)

    @property
    def mood(self) -> Literal["wait", "good", ""]:
        """Return the tone of the sentence: waiting for a person, paid, or neutral."""
        if any(each.credit.status == "held" for each in self.waiting):
            return "wait"
        return "good" if self.paid else ""


def staff_member(person: str, *, stores: Stores) -> Staff:
    """Return the signed-in staff member; raise Forbidden if they were removed since."""
    staff = stores.staff.get(person)
    if staff is None or staff.revoked:
        raise Forbidden(
            "you may no longer sign in here",
            where="session",
            remedy="Ask the operator of this program to add you again.",
        )
    return staff


def work_that_waits(staff: Staff, *, stores: Stores) -> Work:
    """Return the work lists: credits to approve, in review, held; CRM events without a referral."""
    check_right(staff, "look")
    # One row more than is shown tells whether there are more.
    stored = {name: stores.credits.list_by_work_list(name, FIRST + 1).items for name in WORK_LISTS}
    strays = stores.unmatched.list_newest(FIRST + 1).items
    waiting = _waiting(
        [credit for each in stored.values() for credit in each[:FIRST]], staff, stores
    )
    shown = {
        name: tuple(each for each in waiting if each.credit.work_list == name)
        for name in WORK_LISTS
    }
    more: set[str] = {name for name, each in stored.items() if len(each) > FIRST}
    return Work(
        shown["approve"],
        shown["review"],
        shown["held"],
        _strays(strays[:FIRST], stores),
        frozenset(more | ({"unmatched"} if len(strays) > FIRST else set())),
    )


def _strays(events: Sequence[Unmatched], stores: Stores) -> tuple[Stray, ...]:
    """Return why each event matches no referral; each connection is read once."""
    names = dict.fromkeys(event.connection for event in events)
    gone = {name for name in names if stores.connections.latest(name) is None}
    return tuple(
        Stray(event, why_unmatched(event, gone=event.connection in gone)) for event in events
    )


def unmatched_events(staff: Staff, after: str | None, *, stores: Stores) -> Page[Stray]:
    """Return one page of the CRM events that match no referral, the newest first."""
    check_right(staff, "look")
    page = stores.unmatched.list_newest(PAGE, after)
    return Page(_strays(page.items, stores), page.more)


def search(staff: Staff, text: str, *, identity_key: str, stores: Stores, now: Clock) -> Found:
    """Return the results of a search (steps/referrals/search_records.py); raise RateLimited."""
    check_right(staff, "look")
    _count(staff, "search", SEARCHES_A_DAY, stores, now)
    return search_records(text, identity_key=identity_key, stores=stores)


def newest_referrers(staff: Staff, after: str | None, *, stores: Stores) -> Page[Referrer]:
    """Return one page of all referrers, the newest first."""
    check_right(staff, "look")
    return stores.referrers.list_newest(PAGE, after)


def newest_referrals(
    staff: Staff, after: str | None, *, stores: Stores, now: Clock
) -> Page[ConsoleLine]:
    """Return one page of all referrals, the newest first, each with why it has not been paid."""
    check_right(staff, "look")
    page = stores.referrals.list_newest(PAGE, after)
    return Page(_lines(page.items, {}, stores, now), page.more)


def credits_of_status(
    staff: Staff, status: Status, after: str | None, *, stores: Stores
) -> Page[Waiting]:
    """Return one page of the credits of one status, the newest first."""
    check_right(staff, "look")
    page = stores.credits.list_by_status(status, PAGE, after)
    return Page(_waiting(page.items, staff, stores), page.more)


def referrer_file(
    staff: Staff, referrer: str, after: str | None, *, stores: Stores, now: Clock
) -> ReferrerFile:
    """Return a referrer with their account's referrals; raise NotFound without one."""
    check_right(staff, "look")
    stored = stores.referrers.get(referrer)
    if stored is None:
        raise NotFound(
            f"there is no referrer {referrer!r}", where="referrer", remedy="Search for the name."
        )
    referrals = stores.referrals.list_by_account(stored.account, PAGE, after)
    earned = stores.credits.list_by_account(stored.account, OF_AN_ACCOUNT).items
    known = {credit.credit: credit for credit in earned}
    return ReferrerFile(
        stored, Page(_lines(referrals.items, known, stores, now), referrals.more), earned
    )


def referral_file(
    staff: Staff, referral: str, after: str | None, *, stores: Stores, now: Clock
) -> ReferralFile:
    """Return a referral with its story, credits and allowed decisions; raise NotFound."""
    check_right(staff, "look")
    story = read_records(referral, after, stores=stores, now=now)
    earned = story.referral.credits()
    stored = _with_reversals(earned, story.credits, stores)
    # Each credit comes before its reversal.
    ids = (
        name for credit in earned if credit in stored for name in (credit, stored[credit].reversal)
    )
    waiting = tuple(
        Waiting(
            each, story.referral, _may(each, stored.get(each.reversal), staff, story.referrer.earns)
        )
        for each in (stored[name] for name in ids if name in stored)
    )
    why = why_unpaid(story.program, story.referral, stored, now())
    paid = is_paid(story.program, story.referral, stored)
    return ReferralFile(story, why, waiting, paid, _people(story.timeline.items, stores))


def referral_of_credit(credit: str, *, stores: Stores) -> str:
    """Return the referral whose page shows a credit; raise NotFound without one."""
    stored = stores.credits.get(credit)
    if stored is None:
        raise NotFound(
            f"there is no credit {credit!r}", where="credit", remedy="Search for the name."
        )
    return stored.referral


def decide(
    staff: Staff,
    credit: str,
    right: str,
    read_reason: Callable[[], str],
    *,
    deps: DecideCreditDeps,
) -> Credit:
    """Apply a person's decision on a credit under their name, after a check of the right.

    read_reason: reads the reason; it is called only if the person has the right. Raises Forbidden
    without the right, NotFound for an unknown decision, RateLimited over the daily limit, and the
    errors of decide_as_staff.
    """
    if right not in get_args(Decision):
        raise NotFound(
            "there is no such decision",
            where="decision",
            remedy="Go back to the referral, and use one of its buttons.",
        )
    decision = cast(Decision, right)
    check_right(staff, decision)
    _count(staff, "decide", DECISIONS_A_DAY, deps.stores, deps.now)
    return decide_as_staff(credit, decision, read_reason(), by=staff.actor, deps=deps)


def _count(staff: Staff, what: str, most: int, stores: Stores, now: Clock) -> None:
    """Count a person's actions of a day; raise RateLimited over the limit."""
    at = now()
    source = source_of_day(f"console#{what}", staff.person, at)
    if stores.visits.count(source, at + timedelta(days=2)) > most:
        raise RateLimited(
            f"you {what} very often today", where="person", remedy="Continue tomorrow."
        )


def _may(
    credit: Credit, reversal: Credit | None, staff: Staff, earns: Earns = "yes"
) -> tuple[Right, ...]:
    return tuple(right for right in open_decisions(credit, reversal, earns) if staff.may(right))


def _waiting(credits_: Sequence[Credit], staff: Staff, stores: Stores) -> tuple[Waiting, ...]:
    """Make the lines of credits, each with its referral and the allowed decisions."""
    referrals = stores.referrals.get_many(each.referral for each in credits_)
    reversals = stores.credits.get_many(each.reversal for each in credits_ if each.reversal)
    return tuple(
        Waiting(each, referrals.get(each.referral), _may(each, reversals.get(each.reversal), staff))
        for each in credits_
    )


def _lines(
    referrals: Sequence[Referral], known: Mapping[str, Credit], stores: Stores, now: Clock
) -> tuple[ConsoleLine, ...]:
    """Make the lines of referrals; `known` saves reading the credits."""
    stored = _with_reversals([name for each in referrals for name in each.credits()], known, stores)
    lines = []
    for referral in referrals:
        terms = terms_of(referral.program, referral.version, stores=stores)
        lines.append(ConsoleLine(referral, why_unpaid(terms, referral, stored, now())))
    return tuple(lines)


def _with_reversals(
    names: Sequence[str], known: Mapping[str, Credit], stores: Stores
) -> dict[str, Credit]:
    """Return these credits and their reversals by id, with the known ones."""
    stored = {**known, **stores.credits.get_many(name for name in names if name not in known)}
    reversals = {stored[name].reversal for name in names if name in stored} - {"", *stored}
    return stored | stores.credits.get_many(reversals)


def _people(entries: Iterable[Entry], stores: Stores) -> dict[str, str]:
    persons = (
        entry.actor.removeprefix("staff ") for entry in entries if entry.actor.startswith("staff ")
    )
    return {staff.actor: staff.email for staff in stores.staff.get_many(persons).values()}
