"""A program: the terms of an offer, at one version.

Terms (offer, qualifiers, limits) are kept by a referral for good. The calendar (start, pause, end)
steers the program as a whole, so it is always read from the newest version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from goodword.domain.days import last_moment
from goodword.domain.errors import BadInput
from goodword.domain.localized_text import LocalizedText
from goodword.domain.money import Money
from goodword.domain.programs.brand import Brand
from goodword.domain.programs.criterion import Criterion, contact_parts, values_of
from goodword.domain.reason import Reason, Vocabulary
from goodword.domain.record import dataclass

InFlight = Literal["continue", "wait", "close"]
_NO_BRAND = Brand("")
# Why a program takes no new referral. day: when it begins, ended, or takes referrals again.
PROGRAM_STATES: Final[Vocabulary] = {
    "program_not_begun": {"day": "day"},
    "program_ended": {"day": "day"},
    "program_on_pause": {"day": "day"},
}
CONTACT_FIELDS = ("name", "email", "phone", "company")


@dataclass(frozen=True, slots=True)
class Milestone:
    """A condition that the program pays for, once.

    condition_text: completes the sentence "50.00 USD is yours once …". pays: one amount per
    currency. taken_back_on: exits of the sale that cancel or reverse the credit. hold_days: the
    days between the earning and the posting of a credit.
    """

    milestone: str
    condition_text: str
    pays: tuple[Money, ...]
    qualifies: Criterion
    taken_back_on: tuple[str, ...] = ("lost", "refunded")
    hold_days: int = 0

    def amount_in(self, currency: str) -> Money | None:
        """Return what is paid in this currency; None where no amount is set in it."""
        return next((amount for amount in self.pays if amount.currency == currency), None)

    def amount_for(self, currency: str) -> Money:
        """Return what is paid to an account of this currency.

        The first amount where none is set or said.
        """
        return self.amount_in(currency) or self.pays[0]


@dataclass(frozen=True, slots=True)
class Pause:
    """Days in the program's time zone without new referrals. until: the first day after them."""

    start: date
    until: date | None
    in_flight: InFlight


@dataclass(frozen=True, slots=True)
class Ends:
    """The first day on which no new referral is accepted."""

    on: date
    in_flight: InFlight


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings per currency.

    A credit that would pass one is recorded as over the limit, never paid in part.
    """

    account_year: tuple[Money, ...] = ()
    budget: tuple[Money, ...] = ()
    budget_period: Literal["month", "quarter", "year", "total"] = "year"


@dataclass(frozen=True, slots=True)
class Texts:
    """What a program's file says in one other language; empty where it says nothing.

    condition_text: by milestone. labels: by what a criterion lists, such as private_practice.
    """

    name: str = ""
    prospect_gets: str = ""
    pitch: str = ""
    thank_you_note: str = ""
    condition_text: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Program:
    """The terms at one version.

    targets: the hosts that links may lead to; default_target: where they lead unless they say
    otherwise. Both are empty where the program has no page of its own: its links lead to the
    landing page.

    brand to texts are for pages and mails. pitch: a sentence why a peer would want this;
    thank_you_note: who calls the prospect and when; form_fields: the fields of the landing page's
    form, by default those that the milestones need; labels: the names of its choices; invoice_day:
    the day of the month of the invoices. sign_off: segments of referrers whose contact needs an
    approver's consent; stories: whether referrers may write one. locales: the languages of pages
    and mails, the file's own first; texts: its texts in the others.

    approve_above: with posting by approval, a credit of at most the amount in its currency needs
    none. deal_grace_days: how many days a deal may be older than its referral.
    reversal_grace_days: how many days after the loss of a deal its posted credit is taken back.

    document: the file as plain data; source: its text, as it was applied.
    """

    program: str
    version: int
    name: str
    starts: date
    time_zone: str
    prospect_gets: str
    milestones: tuple[Milestone, ...]
    targets: tuple[str, ...] = ()
    default_target: str = ""
    pause: Pause | None = None
    ends: Ends | None = None
    posting: Literal["automatic", "approve"] = "automatic"
    approve_above: tuple[Money, ...] = ()
    on_applied_credit: Literal["reverse", "review"] = "review"
    attribution_days: int = 90
    closes_after_days: int = 365
    review_days: int = 14
    deal_grace_days: int = 14
    reversal_grace_days: int = 14
    region: str = "US"
    limits: Limits = Limits()
    brand: Brand = _NO_BRAND
    pitch: str = ""
    thank_you_note: str = ""
    form_fields: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    terms_url: str = ""
    invoice_day: int | None = None
    sign_off: tuple[str, ...] = ()
    stories: bool = False
    locales: tuple[str, ...] = ("en",)
    texts: Mapping[str, Texts] = field(default_factory=dict)
    document: dict[str, object] = field(default_factory=dict)
    source: str = ""
    applied_at: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone in which the program's days and years are counted."""
        return ZoneInfo(self.time_zone)

    def day(self, at: datetime) -> date:
        """Return the program's calendar day at this time."""
        return at.astimezone(self.zone).date()

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """Return when a day of the program's time zone begins and ends, in UTC."""
        start, end = (
            datetime.combine(each, time(), self.zone).astimezone(UTC)
            for each in (day, day + timedelta(days=1))
        )
        return start, end

    def refusal(self, at: datetime) -> Reason | None:
        """Return why no new referral is taken at this time, or None where it is."""
        return self.closed_on(self.day(at))

    def closed_on(self, day: date) -> Reason | None:
        """Return why no new referral is taken on this day, or None where it is."""
        if day < self.starts:
            return Reason("program_not_begun", {"day": self.starts})
        if self.ends is not None and self.ended(day):
            return Reason("program_ended", {"day": self.ends.on})
        if self.pause is None or not self.paused(day):
            return None
        until = self.pause.until
        return Reason("program_on_pause", {} if until is None else {"day": until})

    def ended(self, day: date) -> bool:
        """Say whether the program is over on this day."""
        return self.ends is not None and day >= self.ends.on

    def paused(self, day: date) -> bool:
        """Say whether the day lies within the pause."""
        pause = self.pause
        return (
            pause is not None and pause.start <= day and (pause.until is None or day < pause.until)
        )

    def in_flight(self, at: datetime) -> InFlight:
        """Say what happens at this time to referrals that were made before a pause or the end."""
        day = self.day(at)
        if self.ends is not None and self.ended(day):
            return self.ends.in_flight
        if self.paused(day) and self.pause is not None:
            return self.pause.in_flight
        return "continue"

    def needs_approval(self, amount: Money) -> bool:
        """Say whether a person approves a credit of this amount."""
        if self.posting != "approve":
            return False
        most = (each for each in self.approve_above if each.currency == amount.currency)
        return all(amount.minor > each.minor for each in most)

    def milestone(self, name: str) -> Milestone:
        """Return the milestone of this name.

        Every referral's milestones come from its own version.
        """
        return next(each for each in self.milestones if each.milestone == name)

    def deadline(self, created_at: datetime) -> datetime:
        """Return the last moment of the day on which a referral without a result closes."""
        return last_moment(created_at, self.closes_after_days, self.zone)

    def localized(
        self, what: Literal["name", "prospect_gets", "pitch", "thank_you_note"]
    ) -> LocalizedText:
        """Return one of the file's texts in all of its languages."""
        others = {locale: getattr(texts, what) for locale, texts in self.texts.items()}
        return LocalizedText(
            getattr(self, what), {locale: text for locale, text in others.items() if text}
        )

    def condition_for(self, milestone: Milestone) -> LocalizedText:
        """Return the end of the sentence "50.00 USD is yours once …" in each language."""
        name = milestone.milestone
        return LocalizedText(
            milestone.condition_text,
            {
                locale: texts.condition_text[name]
                for locale, texts in self.texts.items()
                if name in texts.condition_text
            },
        )

    def fields(self) -> tuple[str, ...]:
        """Return the fields of the form on the landing page.

        Those that the file names, or what qualifies.
        """
        if self.form_fields:
            return self.form_fields
        needed = frozenset[str]().union(
            *(contact_parts(each.qualifies) for each in self.milestones)
        )
        return tuple(name for name in CONTACT_FIELDS if name in needed or name in ("name", "email"))

    def choices(self, attribute: str) -> tuple[tuple[str, LocalizedText], ...]:
        """Return what the form offers for segment, region or product.

        What milestones list, with a name.
        """
        listed = [
            value for each in self.milestones for value in values_of(each.qualifies, attribute)
        ]
        return tuple((value, self._label(value)) for value in dict.fromkeys(listed))

    def _label(self, value: str) -> LocalizedText:
        plain = value.replace("_", " ").strip()
        others = {
            locale: texts.labels[value]
            for locale, texts in self.texts.items()
            if value in texts.labels
        }
        return LocalizedText(self.labels.get(value, f"{plain[:1].upper()}{plain[1:]}"), others)

    def needs_sign_off(self, segment: str) -> bool:
        """Say whether a referrer of this segment asks an approver before recommending in public."""
        return bool(segment) and segment in self.sign_off

    def invoice_after(self, at: datetime) -> date | None:
        """Return the day of the first invoice after this time, if the file sets the invoice day."""
        if self.invoice_day is None:
            return None
        today = self.day(at)
        if today.day < self.invoice_day:
            return today.replace(day=self.invoice_day)
        first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        return first.replace(day=self.invoice_day)

    @property
    def has_page(self) -> bool:
        """Say whether links lead to a page of the program's own, and not to the landing page."""
        return bool(self.default_target)


def check_calendar(program: Program) -> None:
    """Raise BadInput where the days of a program contradict each other."""
    if program.ends is not None and program.ends.on <= program.starts:
        raise BadInput(
            "the program ends before it starts", where="ends.on", remedy="Choose a later day."
        )
    pause = program.pause
    if pause is not None and pause.until is not None and pause.until <= pause.start:
        raise BadInput(
            "the pause is over before it begins", where="pause.until", remedy="Choose a later day."
        )
