"""Play a history of the reference through the production steps, in memory.

Each fact becomes the event by which a CRM reports it. After each, what is due is posted and swept,
as the functions do. The credits that come of it are compared with the same expectations as the
reference's own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from goodword.domain.credits.credit import Credit
from goodword.domain.crm_copy.connection import Connection, PropertyMapping
from goodword.domain.crm_copy.fact import (
    ASSOCIATION,
    CREATED,
    DELETED,
    MERGED_INTO,
    CrmEvent,
    CrmObject,
    ObjectKind,
    ObjectRef,
)
from goodword.domain.errors import Conflict
from goodword.domain.programs.program import Program
from goodword.domain.programs.terms import build_program
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.domain.stage import STAGES
from goodword.ports.writes import Insert
from goodword.steps.decisions.decide_credit import DecideCreditDeps, decide_credit
from goodword.steps.referrals.expire_referrals import expire_referrals
from tests.reference import history as h
from tests.reference import owed
from tests.steps.world import World

KINDS: Final[dict[str, ObjectKind]] = {
    h.CONTACT: "contact",
    h.LEAD: "contact",
    h.COMPANY: "company",
    h.DEAL: "deal",
}
ATTRIBUTES: Final = {"customer": "existing_customer"}
DECISIONS: Final = {"pay": "approve", "cancel": "cancel", "reverse": "reverse"}
# The names of the cases for the reasons for which a credit is held.
HOLDS: Final = {"approval_required": "approval"}


class NotPlayedError(Exception):
    """The steps cannot do this yet."""


def _amount(money: h.Money) -> str:
    return f"{money.minor // 100}.{money.minor % 100:02d} {money.currency}"


def _criterion(criterion: h.Criterion) -> dict[str, Any]:
    if isinstance(criterion, h.Stage):
        return {"stage": criterion.stage}
    if isinstance(criterion, h.MinimumValue):
        amounts: dict[str, Any] = {"minimum_value": [_amount(each) for each in criterion.amounts]}
        return amounts | ({"sum_days": criterion.sum_days} if criterion.sum_days else {})
    if isinstance(criterion, h.NewCustomer):
        return {"new_customer": True}
    if isinstance(criterion, h.HasValue):
        return {criterion.attribute: list(criterion.values)}
    if isinstance(criterion, h.Within):
        return {**_criterion(criterion.criterion), "within_days": criterion.days}
    if isinstance(criterion, h.Not):
        return {"not": _criterion(criterion.criterion)}
    name = "all" if isinstance(criterion, h.All) else "any"
    return {name: [_criterion(each) for each in criterion.criteria]}


def program_of(terms: h.Terms, version: int, applied_at: datetime) -> Program:
    """Return a version of a program as a file would say it."""
    document: dict[str, Any] = {
        "program": terms.program,
        "name": "Introduce a peer",
        "starts": "2020-01-01",
        "time_zone": terms.time_zone,
        "prospect_gets": "The first month free.",
        "targets": ["www.example.com"],
        "default_target": "https://www.example.com/start",
        "posting": "approve" if terms.approve else "automatic",
        "approve_above": [_amount(each) for each in terms.approve_above],
        "closes_after_days": terms.closes_after_days,
        "deal_grace_days": terms.deal_grace_days,
        "reversal_grace_days": terms.reversal_grace_days,
        "milestones": [
            {
                "milestone": each.name,
                "condition_text": "they buy",
                "pays": [_amount(amount) for amount in each.pays],
                "qualifies": _criterion(each.qualifies),
                "hold_days": each.hold_days,
                "taken_back_on": sorted(each.taken_back_on),
            }
            for each in terms.milestones
        ],
    }
    limits: dict[str, Any] = {}
    if terms.account_year:
        limits["account_year"] = [_amount(each) for each in terms.account_year]
    if terms.budget is not None:
        amounts = [_amount(each) for each in terms.budget.amounts]
        limits["budget"] = {"amounts": amounts, "period": terms.budget.period}
    if limits:
        document["limits"] = limits
    if terms.pause is not None:
        days = {"from": str(terms.pause.starts), "in_flight": "wait"}
        until = {} if terms.pause.until is None else {"until": str(terms.pause.until)}
        document["pause"] = days | until
    made = build_program(document)
    return Program(
        **{
            **{name: getattr(made, name) for name in made.__match_args__},
            "version": version,
            "applied_at": applied_at,
        }
    )


class Production:
    """The steps at work on one history."""

    def __init__(self, history: h.History) -> None:
        self.history = history
        self.world = World()
        self.ids: dict[str, str] = {}
        self.people: dict[ObjectRef, dict[ObjectRef, None]] = {}
        self.values: dict[ObjectRef, dict[str, str | None]] = {}
        self.changed: dict[ObjectRef, datetime] = {}
        self.merged: dict[ObjectRef, ObjectRef] = {}
        self.posts = True

    # --- what there is ---

    def run(self, until: datetime) -> owed.Owed:
        """Play everything up to a time, in true order, and return what came of it."""
        entries: list[tuple[datetime, int, Any]] = []
        for number, terms in enumerate(self.history.terms):
            entries.append((terms.applied_at, 0, (terms, number)))
        entries += [(each.applied_at, 1, each) for each in self.history.connections]
        entries += [(each.enrolled_at, 2, each) for each in self.history.referrers]
        entries += [(each.created_at, 3, each) for each in self.history.referrals]
        entries += [(each.at, 4, each) for each in self.history.account_changes]
        entries += [(each.at, 5, each) for each in self.history.facts]
        entries += [(each.at, 6, each) for each in self.history.erased]
        entries += [(each.at, 7, each) for each in self.history.decisions]
        for at, _, what in sorted(entries, key=lambda each: (each[0], each[1])):
            if at > until:
                break
            self._wait(at)
            self._enter(what)
            self._work()
        self._wait(until)
        self._work()
        return self.result()

    def _wait(self, until: datetime) -> None:
        """Let time pass, with the sweeps of each day that has something to do."""
        until = max(until, self.world.clock.now)
        while self.posts:
            due = [at for at in self._times() if self.world.clock.now < at <= until]
            if not due:
                break
            self.world.clock.now = min(due) + timedelta(microseconds=1)
            self._work()
        self.world.clock.now = until

    def _times(self) -> list[datetime]:
        rows = self.world.tables.all(Credit)
        times = [each.due_at for each in rows if each.status == "pending"]
        for referral in self.ids.values():
            kept = self.world.kept(referral)
            if kept.awaits():
                times.append(kept.judged_next())
        return times

    def _work(self) -> None:
        for _ in range(5):
            expire_referrals(deps=self.world.qualifying)
            if not self.posts:
                return
            due = [each for each in self.world.tables.all(Credit) if each.due(self.world.clock.now)]
            for credit in due:
                self.world.post(credit.credit)
            if not due:
                return

    def _enter(self, what: Any) -> None:
        world, now = self.world, self.world.clock.now
        if isinstance(what, tuple):
            terms, _ = what
            stored = world.stores.programs.latest(terms.program)
            version = 1 if stored is None else stored.version + 1
            world.stores.commit([Insert(program_of(terms, version, now))])
        elif isinstance(what, h.Connection):
            world.stores.commit([Insert(self._connection(what))])
        elif isinstance(what, h.Referrer):
            self._enroll(what)
        elif isinstance(what, h.Referral):
            made = world.made(
                what.email,
                what.referrer,
                program=what.program,
                contact={"phone": what.phone or "", "said": dict(what.answers)},
            )
            self.ids[what.id] = made.referral.referral
            world.qualify(made.referral.referral)
        elif isinstance(what, h.Decision):
            self._decide(what)
        elif isinstance(what, h.AccountChange | h.Erased):
            raise NotPlayedError(type(what).__name__)
        else:
            self._hear(what)

    def _connection(self, said: h.Connection) -> Connection:
        if said.pipelines is not None or said.deal_types is not None or said.on_delete != "ask":
            raise NotPlayedError("new_business, on_delete")
        properties = {}
        for (kind, name), mapped in said.maps.items():
            values = dict(mapped.values or {})
            if mapped.attribute == "stage" and not values:
                values = {stage: stage for stage in STAGES}
            attribute = ATTRIBUTES.get(mapped.attribute, mapped.attribute)
            if attribute == "existing_customer":
                values = dict.fromkeys(values, "true") or values
            properties[f"{KINDS[kind]}.{name}"] = PropertyMapping(attribute, values)
        stored = self.world.stores.connections.latest(said.system)
        return Connection(
            connection=said.system,
            version=1 if stored is None else stored.version + 1,
            kind="standard",
            programs=tuple(sorted(said.programs)),
            properties=properties,
            currency=said.currency or "",
            applied_at=self.world.clock.now,
        )

    def _enroll(self, said: h.Referrer) -> None:
        account = self.history.account(said.account, self.world.clock.now)
        email = said.email or f"{said.id}@referrer.example"
        made = Referrer(
            said.id,
            said.account,
            said.id.title(),
            email,
            said.enrolled_at,
            said.earns,  # type: ignore[arg-type]
        )
        self.world.stores.commit([Insert(made)])
        if self.world.stores.accounts.get(said.account) is None:
            row = Account(said.account, said.enrolled_at, account.currency or "")
            self.world.stores.commit([Insert(row)])
            self.world.billing.add_customer(said.account, account.currency or "USD")

    def _decide(self, said: h.Decision) -> None:
        if said.action.value not in DECISIONS:
            raise NotPlayedError(said.action.value)
        world = self.world
        rows = [
            each
            for each in world.tables.all(Credit)
            if each.kind == "credit"
            and (each.referral, each.milestone) == (self.ids[said.referral or ""], said.milestone)
        ]
        if not rows:
            raise NotPlayedError("a decision on no credit")
        deps = DecideCreditDeps(world.stores, world.clock, world.new_id, world.enqueue)
        credit = max(rows, key=lambda each: each.credit).credit
        with contextlib.suppress(Conflict):  # the person gets an error, and nothing changes
            decide_credit(credit, DECISIONS[said.action.value], "Decided.", by="fin", deps=deps)  # type: ignore[arg-type]

    # --- the CRM ---

    def _ref(self, of: h.ObjectId) -> ObjectRef:
        return ObjectRef(of.system, KINDS[of.kind], of.id)

    def _hear(self, fact: h.Fact) -> None:
        now = self.world.clock.now
        if isinstance(fact, h.Created):
            ref = self._ref(fact.object)
            self.changed[ref] = fact.at
            self._say(CrmEvent(ref, CREATED, "true", fact.at))
        elif isinstance(fact, h.Change):
            if fact.by is not None:
                raise NotPlayedError("a change without a time")
            ref = self._ref(fact.object)
            value = fact.value or None
            if fact.property == h.REFERRAL_ID and value is not None:
                value = self.ids.get(value, value)
            self.values.setdefault(ref, {})[fact.property] = value
            self._say(CrmEvent(ref, fact.property, value, fact.at))
        elif isinstance(fact, h.Associated | h.Dissociated):
            self._associate(fact)
        elif isinstance(fact, h.Merged):
            gone, into = self._ref(fact.gone), self._ref(fact.into)
            self.merged[gone] = into
            self._say(CrmEvent(gone, MERGED_INTO, into.id, fact.at))
        elif isinstance(fact, h.Deleted | h.Restored):
            gone_now = "true" if isinstance(fact, h.Deleted) else "false"
            self._say(CrmEvent(self._ref(fact.object), DELETED, gone_now, now))
        else:
            raise NotPlayedError(type(fact).__name__)

    def _associate(self, fact: h.Associated | h.Dissociated) -> None:
        one, other = self._ref(fact.one), self._ref(fact.other)
        begins = isinstance(fact, h.Associated)
        for this, that in ((one, other), (other, one)):
            if begins:
                self.people.setdefault(this, {})[that] = None
            else:
                self.people.get(this, {}).pop(that, None)
        value = "true" if begins else None
        self._say(CrmEvent(one, f"{ASSOCIATION}:{other.kind}:{other.id}", value, fact.at))

    def _say(self, event: CrmEvent) -> None:
        """Let the CRM hold what it says, and report it."""
        for ref in (event.object, *self.people.get(event.object, {})):
            self.world.lookup.put(self._object(ref, event.version))
        self.world.deliver_to(event.object.connection, event)

    def _object(self, ref: ObjectRef, at: datetime) -> CrmObject:
        near = [ref] if ref.kind == "contact" else list(self.people.get(ref, {}))
        emails = [
            str(self.values.get(each, {}).get(h.EMAIL))
            for each in near
            if each.kind == "contact" and self.values.get(each, {}).get(h.EMAIL)
        ]
        values = dict(self.values.get(ref, {}))
        referral = values.pop(h.REFERRAL_ID, None)
        return CrmObject(ref, values, at, tuple(emails), referral)

    # --- what came of it ---

    def result(self) -> owed.Owed:
        """Return the credits as the reference names them."""
        names = {referral: name for name, referral in self.ids.items()}
        rows = [each for each in self.world.tables.all(Credit) if each.kind == "credit"]
        found = [self._credit(row, names) for row in sorted(rows, key=lambda each: each.credit)]
        flags = {
            name: frozenset(flag.code for flag in self.world.kept(referral).flags)
            for name, referral in self.ids.items()
        }
        return owed.Owed(tuple(found), (), flags, frozenset(), frozenset())

    def _credit(self, row: Credit, names: Mapping[str, str]) -> owed.OwedCredit:
        _, _, deal = row.deal.rpartition("/")
        system = row.deal.partition("/")[0]
        met = row.met_at or row.earned_at
        terms = self.world.stores.programs.get(row.program, row.version)
        assert terms is not None
        return owed.OwedCredit(
            referral=names[row.referral],
            milestone=row.milestone,
            account=row.account,
            number=2 if row.follows else 1,
            status="posted" if row.status == "sending" else row.status,
            amount=h.Money(row.amount.minor, row.amount.currency),
            deal=h.ObjectId(system, h.DEAL, deal) if deal else None,
            met_at=met.astimezone(UTC),
            due=row.due_at,
            counts_in=terms.day(row.counts_at or met).year,
            sent_at=row.attempt.sent_at,
            holds=frozenset(HOLDS.get(each.code, each.code) for each in row.holds),
        )


def play(history: h.History, until: datetime, *, sends_from: datetime = h.DISTANT) -> owed.Owed:
    """Play a history through production up to a time, and return what came of it."""
    production = Production(history)
    production.world.clock.now = h.DISTANT
    if sends_from == h.DISTANT or sends_from >= until:
        production.posts = sends_from == h.DISTANT
        return production.run(until)
    production.posts = False
    production.run(sends_from)
    production.posts = True
    production._wait(until)
    production._work()
    return production.result()
