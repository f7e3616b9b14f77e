"""Say which referral a deal belongs to (section 2, rules 1 to 7).

`View.choose` is the whole of it. It names the possible referrals with their matches, the one that
the rules choose, and the doubts that only a person can settle. Rule 8 and the flags of rule 9
concern credits and are in `owed.py`; the flags themselves are found here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cached_property

from tests.reference.copy import Copy, canonical_addresses, canonical_phone, domains
from tests.reference.history import (
    CONTACT,
    DEAL,
    DEAL_TYPE,
    LOST,
    PIPELINE,
    Action,
    Connection,
    Decision,
    Deleted,
    History,
    Milestone,
    ObjectId,
    Referral,
)
from tests.reference.milestones import Judge, is_customer, last_moment

TWO_IDS = "two_ids"
ID_WITHOUT_MATCH = "id_without_match"
EARLIER_MATCH = "earlier_match"
COMPANY_MATCH = "company_match"
CONTACT_MOVED = "contact_moved"

EXISTING_CUSTOMER = "existing_customer"
PARTNER = "partner"


class Match(IntEnum):
    """How strongly a deal points at a referral; the greater one counts."""

    ID_ONLY = 0
    COMPANY_DOMAIN = 1
    COMPANY_ID = 2
    PERSON = 3


@dataclass(frozen=True)
class Possible:
    """A possible referral of a deal with its strongest match."""

    referral: Referral
    match: Match


@dataclass(frozen=True)
class Choice:
    """Whose a deal is. `trace` names the rules that spoke, with their outcome."""

    deal: ObjectId
    possible: tuple[Possible, ...] = ()
    chosen: Referral | None = None
    doubts: frozenset[str] = frozenset()
    trace: tuple[tuple[int, str], ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Return the ids of the possible referrals."""
        return frozenset(each.referral.id for each in self.possible)


@dataclass(frozen=True)
class Record:
    """What matching needs to know about a credit that exists."""

    referral: str
    milestone: str
    deal: ObjectId | None
    sent_at: datetime | None
    reversed_at: datetime | None
    live: bool


@dataclass
class View:
    """Everything that is known at one time, by which deals are matched.

    `decisions` are those in force: made by then and not revoked. `canceled` are the credits that a
    person canceled.
    """

    history: History
    copy: Copy
    records: Sequence[Record] = ()
    decisions: Sequence[Decision] = ()
    canceled: frozenset[tuple[str, str]] = frozenset()
    _people: dict[tuple[str, str], list[ObjectId]] = field(default_factory=dict)
    _choices: dict[ObjectId, Choice] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """Return the time of the view."""
        return self.copy.now

    # --- which deals, which referrals ---

    def connection(self, system: str) -> Connection | None:
        """Return the connection to a system as it is in force."""
        return self.history.connection(system, self.now)

    @cached_property
    def deals(self) -> list[ObjectId]:
        """Return all deals."""
        return self.copy.objects(DEAL)

    def new_business(self, deal: ObjectId) -> bool:
        """Say whether a deal is in a pipeline and of a type that count."""
        connection = self.connection(deal.system)
        if connection is None:
            return False
        wanted = ((PIPELINE, connection.pipelines), (DEAL_TYPE, connection.deal_types))
        return all(
            names is None or self.copy.value(deal, property_) in names
            for property_, names in wanted
        )

    def referrals(self, system: str) -> list[Referral]:
        """Return the referrals that exist and that a system's connection serves."""
        connection = self.connection(system)
        served = connection.programs if connection else frozenset()
        return [
            each
            for each in self.history.referrals
            if each.created_at <= self.now and each.program in served
        ]

    def created(self, deal: ObjectId) -> datetime:
        """Return when a deal was created; a deal without a creation time counts as of now."""
        return self.copy.created_at(deal) or self.now

    def deadline(self, referral: Referral) -> datetime:
        """Return the last moment of a referral."""
        terms = self.history.terms_of(referral)
        return terms.last_moment(referral.created_at, terms.closes_after_days)

    def erased_at(self, referral: Referral) -> datetime | None:
        """Say since when the prospect is erased, here or by a privacy deletion in the CRM.

        The erasure of a person concerns all referrals of their address.
        """
        address = canonical_addresses(referral.email)
        times = [
            each.at
            for each in self.history.erased
            if each.at <= self.now
            and canonical_addresses(self.history.referral(each.referral).email) & address
        ]
        for fact in self.history.facts:
            if isinstance(fact, Deleted) and fact.privacy and fact.at <= self.now:
                known = self.copy.at(fact.at).people_of(referral, fact.object.system)
                if fact.object in known:
                    times.append(fact.at)
        return min(times, default=None)

    def in_window(self, referral: Referral, deal: ObjectId) -> bool:
        """Say whether a referral was open at the deal's creation, or was made soon after."""
        created, terms = self.created(deal), self.history.terms_of(referral)
        erased = self.erased_at(referral)
        if erased and erased <= created:
            return False
        if created < referral.created_at:
            return referral.created_at <= terms.last_moment(created, terms.deal_grace_days)
        return created <= self.deadline(referral)

    def completed(self, referral: Referral, at: datetime) -> bool:
        """Say whether a referral had no undecided milestone at a time.

        A milestone is decided when its credit was sent and not reversed, when a person canceled
        it, or when its last day had passed.
        """
        terms = self.history.terms_of(referral)

        def decided(milestone: Milestone) -> bool:
            sent = any(
                (each.referral, each.milestone) == (referral.id, milestone.name)
                and each.sent_at is not None
                and each.sent_at <= at
                and (each.reversed_at is None or each.reversed_at > at)
                for each in self.records
            )
            late = last_moment(terms, referral, milestone) < at
            return sent or late or (referral.id, milestone.name) in self.canceled

        return all(decided(each) for each in terms.milestones)

    # --- matches ---

    def people(self, referral: Referral, system: str) -> list[ObjectId]:
        """Return the contacts and leads that are the prospect, as of an erasure."""
        key = (referral.id, system)
        if key not in self._people:
            self._people[key] = self._copy_for(referral).people_of(referral, system)
        return self._people[key]

    def _copy_for(self, referral: Referral) -> Copy:
        erased = self.erased_at(referral)
        return self.copy.at(erased) if erased else self.copy

    def company_domains(self, referral: Referral) -> frozenset[str]:
        """Return the prospect's mail domains that stand for a company."""
        terms = self.history.terms_of(referral)
        none = self.history.shared_domains | terms.no_company_domains | terms.partner_domains
        return domains(canonical_addresses(referral.email)) - none

    def is_partner(self, referral: Referral) -> bool:
        """Say whether the prospect's mail domain is one of a partner."""
        partners = self.history.terms_of(referral).partner_domains
        return bool(domains(canonical_addresses(referral.email)) & partners)

    def companies(self, referral: Referral, system: str) -> set[ObjectId]:
        """Return the CRM companies of the prospect's contacts."""
        copy = self._copy_for(referral)
        found = {copy.company(each) for each in self.people(referral, system)}
        return {self.copy.survivor(each) for each in found if each}

    def match(self, referral: Referral, deal: ObjectId) -> Match | None:
        """Return the strongest match of a deal at any time, under any settings of the program."""
        copy, deal = self._copy_for(referral), self.copy.survivor(deal)
        prospect = self.people(referral, deal.system)
        if set(prospect) & set(copy.people(deal)):
            return Match.PERSON
        if self.is_partner(referral):
            return None
        companies, company = self.companies(referral, deal.system), copy.company(deal)
        if company and (company in companies or referral.id in copy.referral_ids(company)):
            return Match.COMPANY_ID
        for person in copy.people(deal):
            if not domains(copy.addresses(person)) & self.company_domains(referral):
                continue
            theirs = company or copy.company(person)
            if not (companies and theirs) or theirs in companies:
                return Match.COMPANY_DOMAIN  # the CRM names no other company
        return None

    def own_deals(self, referral: Referral) -> list[ObjectId]:
        """Return the deals of a referral by id or person that are in the window and not lost."""
        return [
            deal
            for deal in self.deals
            if self.new_business(deal)
            and self.in_window(referral, deal)
            and not self._unrelated(referral, deal)
            and not self.is_lost(deal)
            and (
                self.match(referral, deal) is Match.PERSON
                or referral.id in self.copy.referral_ids(deal)
                or self._credited(deal) == referral.id
            )
        ]

    def is_lost(self, deal: ObjectId) -> bool:
        """Say whether a deal is lost, or deleted where that is not ignored."""
        connection = self.connection(deal.system)
        if connection is None:
            return False
        if self.copy.deleted_since(deal) and connection.on_delete != "ignore":
            return True
        stages = self.copy.mapped(deal, "stage", connection)
        return bool(stages) and stages[-1].value == LOST

    def _unrelated(self, referral: Referral, deal: ObjectId) -> bool:
        return any(
            each.action is Action.NOT_RELATED
            and each.deal is not None
            and self.copy.survivor(each.deal) == deal
            and each.referral in {None, referral.id}
            for each in self.decisions
        )

    def _credited(self, deal: ObjectId) -> str | None:
        """Return the referral to which a person credited a deal, the last one counting."""
        credited = [
            each
            for each in self.decisions
            if each.action is Action.CREDIT
            and each.deal is not None
            and self.copy.survivor(each.deal) == deal
        ]
        return credited[-1].referral if credited else None

    def candidates(self, deal: ObjectId) -> list[Referral]:
        """Return the referrals that may be asked about a deal: not unrelated, not erased.

        An erased referral stays possible only for the deal of a credit that it has.
        """
        return [
            each
            for each in self.referrals(deal.system)
            if not self._unrelated(each, deal)
            and (self.erased_at(each) is None or self._has_credit(each, deal))
        ]

    def _has_credit(self, referral: Referral, deal: ObjectId) -> bool:
        return any(
            each.live
            and each.referral == referral.id
            and each.deal is not None
            and self.copy.survivor(each.deal) == deal
            for each in self.records
        )

    def possible(self, deal: ObjectId) -> list[Possible]:
        """Return the possible referrals by match, before any id and any rule.

        A referral without an undecided milestone at the deal's creation is possible only where
        none other is, and only by person: its own sale may come again, but it is in no way of the
        next.
        """
        found, finished = [], []
        for referral in self.candidates(deal):
            match, terms = self.match(referral, deal), self.history.terms_of(referral)
            if match is None or not self.in_window(referral, deal):
                continue
            if match is not Match.PERSON:
                ends = terms.last_moment(referral.created_at, terms.company_claim_days)
                own = [each for each in self.own_deals(referral) if each != deal]
                if terms.company_match == "off" or self.created(deal) > ends or own:
                    continue
            if not self.completed(referral, self.created(deal)):
                found.append(Possible(referral, match))
            elif match is Match.PERSON:
                finished.append(Possible(referral, match))
        return found or finished

    # --- the rules ---

    def choose(self, deal: ObjectId) -> Choice:
        """Say whose a deal is, by the rules in their order."""
        deal = self.copy.survivor(deal)
        if deal not in self._choices:
            choice = self._choose(deal)
            if self._ignores_company(deal):
                choice = replace(choice, trace=(*choice.trace, (5, "off does not count")))
            self._choices[deal] = choice
        return self._choices[deal]

    def _ignores_company(self, deal: ObjectId) -> bool:
        return self.new_business(deal) and any(
            self.history.terms_of(each).company_match == "off"
            and self.match(each, deal) in {Match.COMPANY_ID, Match.COMPANY_DOMAIN}
            and self.in_window(each, deal)
            for each in self.candidates(deal)
        )

    def _choose(self, deal: ObjectId) -> Choice:
        if not self.new_business(deal):
            return Choice(deal, trace=((0, "not new business"),))
        possible = self.possible(deal)
        candidates = {each.id: each for each in self.candidates(deal)}
        on_deal = sorted(self.copy.referral_ids(deal) & candidates.keys())
        on_people = {
            each for person in self.copy.people(deal) for each in self.copy.referral_ids(person)
        } & candidates.keys()
        named = [*on_deal, *sorted(on_people)] if on_deal else []
        known = {each.referral.id for each in possible}
        for name in dict.fromkeys(named):
            if name not in known:
                match = self.match(candidates[name], deal) or Match.ID_ONLY
                possible.append(Possible(candidates[name], match))

        def choice(
            chosen: Referral | None, rule: int, outcome: str, doubts: frozenset[str] = frozenset()
        ) -> Choice:
            return Choice(deal, tuple(possible), chosen, doubts, ((rule, outcome),))

        # Rule 1: a person's decision counts until it is revoked, outside the window too.
        credited = self._credited(deal)
        if credited is not None:
            referral = self.history.referral(credited)
            if credited not in {each.referral.id for each in possible}:
                possible.append(Possible(referral, self.match(referral, deal) or Match.ID_ONLY))
            return choice(referral, 1, "credited by a person")

        # Rule 2: our referral id on the deal.
        if on_deal:
            if len(set(named)) > 1:
                return choice(None, 2, "two ids", frozenset({TWO_IDS}))
            referral = candidates[on_deal[0]]
            agreed = self.match(referral, deal)
            if agreed is None:
                return choice(None, 2, "no match agrees", frozenset({ID_WITHOUT_MATCH}))
            off = self.history.terms_of(referral).company_match == "off"
            although = " although off" if off and agreed is not Match.PERSON else ""
            return choice(referral, 2, f"{agreed.name.lower()} agrees{although}")

        if not possible:
            ruled_out = any(
                each.action is Action.NOT_RELATED
                and each.deal is not None
                and self.copy.survivor(each.deal) == deal
                for each in self.decisions
            )
            if ruled_out:
                return choice(None, 1, "not related")
            matches = [self.match(each, deal) for each in candidates.values()]
            return choice(None, 3, "match out of its time" if any(matches) else "no match")
        return self._by_match(deal, possible)

    def _by_match(self, deal: ObjectId, possible: Sequence[Possible]) -> Choice:
        """Apply rules 3 to 6."""
        trace: list[tuple[int, str]] = []
        doubts: set[str] = set()

        # Rule 3: the strongest match; among equals the earliest that was recorded.
        best = max(each.match for each in possible)
        equals = [each for each in possible if each.match is best]
        first = min(equals, key=lambda each: (each.referral.created_at, each.referral.id))
        chosen = first.referral
        trace.append((3, best.name.lower()))
        if len(equals) > 1:
            trace.append((3, "earliest of equals"))
            if len({each.referral.program for each in equals}) > 1:
                trace.append((7, "one of several programs"))

        # Rule 4: a weaker match that is earlier and could earn.
        for each in possible:
            if each.match < best and each.referral.created_at < chosen.created_at:
                if self.could_earn(each.referral, deal):
                    doubts.add(EARLIER_MATCH)
                    trace.append((4, "asked"))
                else:
                    trace.append((4, "could not earn"))

        # Rule 5: a company match alone.
        if best is not Match.PERSON:
            setting = self.history.terms_of(chosen).company_match
            clear = (
                setting == "clear"
                and best is Match.COMPANY_ID
                and len(possible) == 1
                and self.created(deal) >= chosen.created_at
            )
            trace.append((5, "clear" if clear else f"{setting} asks"))
            if not clear:
                doubts.add(COMPANY_MATCH)

        # Rule 6: the prospect's contact moved to another company before the deal.
        if self.moved(chosen, deal):
            doubts.add(CONTACT_MOVED)
            trace.append((6, "contact moved"))
        return Choice(deal, tuple(possible), chosen, frozenset(doubts), tuple(trace))

    def moved(self, referral: Referral, deal: ObjectId) -> bool:
        """Say whether the contact went from one known company to another before the deal."""
        if self.created(deal) <= referral.created_at:
            return False
        before = self.copy.at(referral.created_at)
        after = self.copy.at(self.created(deal))
        for person in self.people(referral, deal.system):
            old, new = before.company(person), after.company(person)
            if old and new and self.copy.survivor(old) != self.copy.survivor(new):
                return True
        return False

    def judge(
        self, referral: Referral, system: str, siblings: Sequence[ObjectId] = ()
    ) -> Judge | None:
        """Return the judge of a referral's milestones in one CRM system."""
        connection = self.connection(system)
        if connection is None:
            return None
        return Judge(
            self.copy,
            connection,
            self.history.terms_of(referral),
            referral,
            self.people(referral, system),
            siblings,
        )

    def could_earn(self, referral: Referral, deal: ObjectId) -> bool:
        """Say whether a referral could still be paid for a milestone by a deal (rule 4)."""
        if self.history.referrer_of(referral).earns == "no":
            return False
        judge = self.judge(referral, deal.system)
        paid = {
            each.milestone
            for each in self.records
            if each.referral == referral.id and each.sent_at and not each.reversed_at
        }
        return judge is not None and any(
            milestone.name not in paid
            and (referral.id, milestone.name) not in self.canceled
            and (
                judge.verdict(milestone, deal).met
                or self.now <= last_moment(judge.terms, referral, milestone)
            )
            for milestone in judge.terms.milestones
        )

    # --- possible matches and flags ---

    def only_possible(self, deal: ObjectId) -> list[Referral]:
        """Return referrals to which a deal points by phone or by a related mail domain only.

        Listed while the deal has no possible referral, and for those that are open, could earn
        and have no deal of their own.
        """
        if not self.new_business(deal) or self.is_lost(deal) or self.choose(deal).possible:
            return []
        found = []
        for referral in self.candidates(deal):
            created, deadline = self.created(deal), self.deadline(referral)
            if not referral.created_at <= created <= deadline or self.now > deadline:
                continue
            if self.match(referral, deal) or not self.could_earn(referral, deal):
                continue
            if self._related(referral, deal) and not self.own_deals(referral):
                found.append(referral)
        return found

    def _related(self, referral: Referral, deal: ObjectId) -> bool:
        phone = canonical_phone(referral.phone)
        none = self.history.shared_domains
        for person in self.copy.people(deal):
            if phone and phone in self.copy.phones(person):
                return True
            for theirs in domains(self.copy.addresses(person)) - none:
                for ours in self.company_domains(referral):
                    if theirs.endswith("." + ours) or ours.endswith("." + theirs):
                        return True
        return False

    def flags(self, referral: Referral) -> frozenset[str]:
        """Return what raises a question about a referral itself (rule 9).

        Stripe: a customer of that address with a paid invoice before the referral is one more.
        """
        found = set(referral.flags)
        if self.is_partner(referral):
            found.add(PARTNER)
        for referrer in self.history.referrers:
            theirs = domains(canonical_addresses(referrer.email))
            if referrer.enrolled_at > referral.created_at:
                continue
            if theirs & self.company_domains(referral):
                found.add(EXISTING_CUSTOMER)
        for system in sorted({each.system for each in self.history.connections}):
            if self._known_customer(referral, system):
                found.add(EXISTING_CUSTOMER)
        return frozenset(found)

    def _known_customer(self, referral: Referral, system: str) -> bool:
        """Ask the CRM: an enrolled referrer's company, or a mark as it was at the referral."""
        connection = self.connection(system)
        if connection is None or referral.program not in connection.programs:
            return False
        companies = self.companies(referral, system)
        for referrer in self.history.referrers:
            if referrer.enrolled_at > referral.created_at or not referrer.email:
                continue
            for person in self.copy.objects(CONTACT):
                if canonical_addresses(referrer.email) & self.copy.addresses_ever(person):
                    company = self.copy.company(person)
                    if company and company in companies:
                        return True
        asked = [*self.people(referral, system), *companies]
        day_after = referral.created_at + timedelta(days=1)
        return any(
            is_customer(self.copy, each, connection, at)
            for each in asked
            for at in (referral.created_at, min(day_after, self.now))
        )
