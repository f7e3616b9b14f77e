"""Define the input of the reference model: the complete true history, as plain records.

Nothing here decides anything. A `History` has what really happened in the CRM, in true order with
true times, and beside it the referrals, the terms, the connections and the actions of persons.
What was heard, when and how often is no part of it. The one exception is an undated `Read`: where
the CRM gives no time of a change, the history has what was read and when.

`Play` adds what only a run of the production code can say: the order of commits and the times of
sending. Without it the model judges each event at once and sends each credit when it is due.

What Stripe knows (payments, refunds, disputes) is not here yet. It will be one more tuple of
`History`, and criteria and take-backs that need it are marked with *Stripe* in the other modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DISTANT = datetime(1970, 1, 1, tzinfo=UTC)

STAGES = ("contacted", "demo_booked", "demo_attended", "proposal", "won")
LOST = "lost"

CONTACT, LEAD, COMPANY, DEAL = "contact", "lead", "company", "deal"
PEOPLE = (CONTACT, LEAD)

EMAIL, PHONE, REFERRAL_ID = "email", "phone", "goodword_referral"
PIPELINE, DEAL_TYPE = "pipeline", "dealtype"


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units with its currency."""

    minor: int
    currency: str


# --- CRM objects and what happened to them (section 1) ------------------------------------------


@dataclass(frozen=True, order=True)
class ObjectId:
    """One object of one CRM system."""

    system: str
    kind: str
    id: str


@dataclass(frozen=True)
class Created:
    """The object exists from this time on: its own creation time in the CRM."""

    object: ObjectId
    at: datetime


@dataclass(frozen=True)
class Change:
    """A property changed to a raw value; None or an empty text is *no value*.

    `at` is the CRM's own time. A change of which only a range is known (a day without an hour) was
    after `at` and at the latest at `by`.
    """

    object: ObjectId
    property: str
    value: str | None
    at: datetime
    by: datetime | None = None


@dataclass(frozen=True)
class Read:
    """A property was read at `at` without a time of its change; undated evidence.

    `updated_at` is the CRM's time of the last edit of the whole object, where it says one. The
    value is not younger than that.
    """

    object: ObjectId
    property: str
    value: str | None
    at: datetime
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Associated:
    """An association begins. A lead converted into a deal is associated with it."""

    one: ObjectId
    other: ObjectId
    at: datetime


@dataclass(frozen=True)
class Dissociated:
    """An association ends."""

    one: ObjectId
    other: ObjectId
    at: datetime


@dataclass(frozen=True)
class Merged:
    """An object is merged into another; from then on it is only a pointer."""

    gone: ObjectId
    into: ObjectId
    at: datetime


@dataclass(frozen=True)
class Deleted:
    """An object is deleted; `privacy` says that the person asked for it."""

    object: ObjectId
    at: datetime
    privacy: bool = False


@dataclass(frozen=True)
class Restored:
    """A deleted object is there again."""

    object: ObjectId
    at: datetime


Fact = Created | Change | Read | Associated | Dissociated | Merged | Deleted | Restored


# --- terms (tests/cases/README.md) -------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """The sale reached this stage."""

    stage: str


@dataclass(frozen=True)
class MinimumValue:
    """The deal is worth at least this, in its own currency; a sum of deals within `sum_days`."""

    amounts: tuple[Money, ...]
    sum_days: int | None = None


@dataclass(frozen=True)
class NewCustomer:
    """No data shows that the prospect was a customer already."""


@dataclass(frozen=True)
class HasValue:
    """The CRM, or else the signup, gives the attribute one of these values."""

    attribute: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Within:
    """The criterion was met within so many days after the referral."""

    criterion: Criterion
    days: int


@dataclass(frozen=True)
class All:
    """Each of these criteria is met."""

    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class Any:
    """At least one of these criteria is met."""

    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class Not:
    """The criterion is known not to be met."""

    criterion: Criterion


# Stripe: a criterion `Paid(invoices)` joins this list with the books.
Criterion = Stage | MinimumValue | NewCustomer | HasValue | Within | All | Any | Not


@dataclass(frozen=True)
class Milestone:
    """What is paid for: an amount per currency, a criterion, and when it is taken back."""

    name: str
    pays: tuple[Money, ...]
    qualifies: Criterion
    hold_days: int = 0
    taken_back_on: frozenset[str] = frozenset({LOST, "refunded"})

    def amount_in(self, currency: str) -> Money | None:
        """Return what is paid in a currency."""
        return next((each for each in self.pays if each.currency == currency), None)


@dataclass(frozen=True)
class Budget:
    """A limit of a whole program per period: month, quarter, year or total."""

    amounts: tuple[Money, ...]
    period: str


@dataclass(frozen=True)
class Pause:
    """Days on which credits wait; `until` is the first day after it."""

    starts: date
    until: date | None = None


@dataclass(frozen=True)
class Terms:
    """One version of a program file, in force from `applied_at` on."""

    program: str
    version: int
    applied_at: datetime
    milestones: tuple[Milestone, ...]
    time_zone: str = "America/New_York"
    company_match: str = "ask"  # ask, clear or off
    company_claim_days: int = 180
    pay_once_per: str = "company"  # or deal
    deal_grace_days: int = 14
    reversal_grace_days: int = 14
    decision_days: int = 14
    closes_after_days: int = 365
    approve: bool = False
    approve_above: tuple[Money, ...] = ()
    account_year: tuple[Money, ...] = ()
    budget: Budget | None = None
    partner_domains: frozenset[str] = frozenset()
    no_company_domains: frozenset[str] = frozenset()
    pause: Pause | None = None

    def day(self, at: datetime) -> date:
        """Return the day of a time in the program's time zone."""
        return at.astimezone(ZoneInfo(self.time_zone)).date()

    def start_of(self, day: date) -> datetime:
        """Return the first moment of a day in the program's time zone."""
        return datetime.combine(day, time(), ZoneInfo(self.time_zone)).astimezone(UTC)

    def last_moment(self, start: datetime, days: int) -> datetime:
        """Return the end of the last of so many days (section 3)."""
        next_day = self.day(start) + timedelta(days=days + 1)
        return self.start_of(next_day) - timedelta(microseconds=1)


@dataclass(frozen=True)
class Mapped:
    """How one CRM property is read: which attribute, and the neutral names of raw values.

    Without `values` the raw value is the neutral one. A value that is not known changes nothing.
    """

    attribute: str
    values: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Connection:
    """One version of the connection to one CRM system, in force from `applied_at` on.

    `maps` is keyed by kind and property, such as `("deal", "dealstage")`. The attributes are
    stage, value, customer, segment, region, product and company_size.
    """

    system: str
    applied_at: datetime
    programs: frozenset[str]
    maps: Mapping[tuple[str, str], Mapped]
    currency: str | None = None
    pipelines: frozenset[str] | None = None
    deal_types: frozenset[str] | None = None
    on_delete: str = "ask"  # ask, lost or ignore


# --- people --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """The referrer's billing account; `currency` None is not known yet."""

    id: str
    currency: str | None = "USD"
    standing: str = "good"


@dataclass(frozen=True)
class AccountChange:
    """Something new is known about an account from this time on."""

    account: str
    at: datetime
    currency: str | None = None
    standing: str | None = None


@dataclass(frozen=True)
class Referrer:
    """A person who refers; `earns` is yes, no or ask."""

    id: str
    account: str
    email: str | None = None
    earns: str = "yes"
    enrolled_at: datetime = DISTANT


@dataclass(frozen=True)
class Referral:
    """A prospect's way through one version of a program; `said_on` is shown and never orders."""

    id: str
    program: str
    version: int
    referrer: str
    email: str
    created_at: datetime
    phone: str | None = None
    said_on: date | None = None
    flags: frozenset[str] = frozenset()
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Erased:
    """The prospect of a referral is erased."""

    referral: str
    at: datetime


class Action(StrEnum):
    """What a person can do on *Needs a decision*."""

    CREDIT = "credit this referral"
    NOT_RELATED = "not related"
    PAY = "pay"
    CANCEL = "cancel"
    REVOKE = "revoke"
    REVERSE = "reverse"


@dataclass(frozen=True)
class Decision:
    """An action of a person.

    `credit` and `not related` name a deal and a referral (*not related* without one means all).
    `pay`, `cancel` and `reverse` name a referral and a milestone. `revoke` names a decision.
    """

    id: str
    at: datetime
    action: Action
    role: str = "finance"
    deal: ObjectId | None = None
    referral: str | None = None
    milestone: str | None = None
    revokes: str | None = None


# --- the whole -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """Everything that is true; `facts` are in true order, also where times are equal."""

    facts: tuple[Fact, ...]
    terms: tuple[Terms, ...]
    connections: tuple[Connection, ...]
    accounts: tuple[Account, ...]
    referrers: tuple[Referrer, ...]
    referrals: tuple[Referral, ...]
    account_changes: tuple[AccountChange, ...] = ()
    erased: tuple[Erased, ...] = ()
    decisions: tuple[Decision, ...] = ()
    shared_domains: frozenset[str] = frozenset()  # mailbox providers and professional domains

    def terms_of(self, referral: Referral) -> Terms:
        """Return the version under which a referral was made."""
        return next(
            each
            for each in self.terms
            if (each.program, each.version) == (referral.program, referral.version)
        )

    def terms_in_force(self, program: str, now: datetime) -> Terms:
        """Return the version of a program that is in force."""
        versions = [each for each in self.terms if each.program == program]
        applied = [each for each in versions if each.applied_at <= now]
        return max(applied or versions[:1], key=lambda each: each.applied_at)

    def connection(self, system: str, now: datetime) -> Connection | None:
        """Return the connection to a system as it is in force."""
        applied = [
            each for each in self.connections if each.system == system and each.applied_at <= now
        ]
        return max(applied, key=lambda each: each.applied_at, default=None)

    def referral(self, referral: str) -> Referral:
        """Return a referral by its id."""
        return next(each for each in self.referrals if each.id == referral)

    def referrer_of(self, referral: Referral) -> Referrer:
        """Return who made a referral."""
        return next(each for each in self.referrers if each.id == referral.referrer)

    def account(self, account: str, now: datetime) -> Account:
        """Return what is known about an account at a time."""
        known = next(each for each in self.accounts if each.id == account)
        for change in sorted(self.account_changes, key=lambda each: each.at):
            if change.account == account and change.at <= now:
                known = Account(
                    account, change.currency or known.currency, change.standing or known.standing
                )
        return known


@dataclass(frozen=True)
class Sending:
    """A credit went from pending to sending for the first time."""

    at: datetime
    referral: str
    milestone: str
    deal: ObjectId | None
    amount: Money


@dataclass(frozen=True)
class Commit:
    """A credit was made by a transaction."""

    at: datetime
    referral: str
    milestone: str


@dataclass(frozen=True)
class Play:
    """What a run adds to the history.

    `sendings` None: each credit is sent when it is due, but not before `sends_from`. A tuple: just
    these were sent, and a credit that is due and not among them stays pending. `commits` are in
    their order.
    """

    sendings: tuple[Sending, ...] | None = None
    commits: tuple[Commit, ...] = ()
    sends_from: datetime = DISTANT
