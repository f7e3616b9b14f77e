"""Say what is owed at a time, and what waits for a person (sections 2 to 4).

`owed(history, now)` walks through all moments at which something can change: facts, actions of
persons, last days, due times, default outcomes. At each it judges everything that is then true, and
keeps what cannot be taken back by judging again: what was sent, what a person answered, who had
room in a limit, and since when a question is open.

Stripe: net paid, disputes, payments and applied credits join here with the books: as one more
take-back beside `_take_back`, and as holds beside `_questions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.reference.copy import Copy
from tests.reference.history import (
    DEAL,
    DISTANT,
    LOST,
    PEOPLE,
    Action,
    Change,
    Decision,
    History,
    Milestone,
    Money,
    ObjectId,
    Play,
    Referral,
    Sending,
    Terms,
)
from tests.reference.matching import (
    COMPANY_MATCH,
    CONTACT_MOVED,
    EARLIER_MATCH,
    ID_WITHOUT_MATCH,
    TWO_IDS,
    Record,
    View,
)
from tests.reference.milestones import (
    MET_AGAIN_LATE,
    MET_BEFORE,
    NO_MINIMUM,
    UNDATED,
    Verdict,
    last_moment,
)

APPROVAL = "approval"
FLAGGED = "flagged"
COMPANY_PAID = "company_paid"
DELETED = "deleted"
SOLD_AGAIN = "sold_again"
CURRENCY = "currency"
STANDING = "standing"
PAUSED = "paused"
SENT_CHANGED = "sent_changed"
POSSIBLE_MATCH = "possible_match"

PAY, CANCEL, KEEP, NONE, EXPIRES = "pay", "cancel", "keep", "none", "expires"

# The default outcome of each kind of question (section 2).
DEFAULTS = {
    APPROVAL: PAY,
    EARLIER_MATCH: PAY,
    COMPANY_MATCH: CANCEL,
    TWO_IDS: CANCEL,
    ID_WITHOUT_MATCH: CANCEL,
    FLAGGED: CANCEL,
    COMPANY_PAID: CANCEL,
    UNDATED: CANCEL,
    MET_BEFORE: CANCEL,
    MET_AGAIN_LATE: CANCEL,
    CONTACT_MOVED: CANCEL,
    DELETED: CANCEL,
    SOLD_AGAIN: CANCEL,
    SENT_CHANGED: KEEP,
    CURRENCY: NONE,
    NO_MINIMUM: NONE,
    STANDING: NONE,
    PAUSED: NONE,
    POSSIBLE_MATCH: EXPIRES,
}
# What a person's *pay* does not settle: it settles itself, or the file has to change.
NOT_FOR_A_PERSON = {STANDING, CURRENCY, PAUSED}
MAY_PAY_OVER_LIMIT = {"finance", "admin"}

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class OwedCredit:
    """A credit as it should stand. `number` 1 is the first of its milestone, 2 follows it."""

    referral: str
    milestone: str
    account: str
    number: int
    status: str  # pending, held, over_limit, canceled, posted or reversed
    amount: Money
    deal: ObjectId | None
    met_at: datetime
    due: datetime
    counts_in: int
    sent_at: datetime | None
    holds: frozenset[str]


@dataclass(frozen=True)
class Item:
    """An open item of *Needs a decision*."""

    kind: str
    deal: ObjectId | None
    possible: frozenset[str]
    default: str
    since: datetime
    takes_effect: datetime | None


@dataclass(frozen=True)
class Owed:
    """What is owed, what waits for a person, the flags, and which rules had which outcome."""

    credits: tuple[OwedCredit, ...]
    items: tuple[Item, ...]
    flags: dict[str, frozenset[str]]
    notes: frozenset[str]
    outcomes: frozenset[str]

    def credit(self, referral: str, milestone: str, number: int = 0) -> OwedCredit | None:
        """Return a credit, by default the last one of its milestone."""
        found = [
            each
            for each in self.credits
            if (each.referral, each.milestone) == (referral, milestone)
            and number in {0, each.number}
        ]
        return found[-1] if found else None


@dataclass
class _Credit:
    """A credit on its way through the walk."""

    referral: Referral
    milestone: Milestone
    number: int
    made: int  # the order of commits
    deal: ObjectId | None
    amount: Money
    met_at: datetime
    first_met: datetime
    standing_since: datetime
    state: str = "open"  # open, canceled, sent or reversed
    room: bool = False
    waits: bool = False  # over the limit since an earlier moment
    over_limit_paid: bool = False
    sold_again: bool = False
    moved_away: bool = False  # a person credited its deal to another referral
    revived_at: datetime = DISTANT
    sent_at: datetime | None = None
    reversed_at: datetime | None = None
    taken_back_since: datetime = DISTANT
    questions: dict[str, datetime] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.referral.id, self.milestone.name

    @property
    def live(self) -> bool:
        return self.state in {"open", "sent"}


# A question: the referral, the milestone, the number of its credit, the deal, the kind.
_Question = tuple[str, str, int, ObjectId | None, str]


def owed(history: History, now: datetime, play: Play | None = None) -> Owed:
    """Return what is owed at a time."""
    return _Walk(history, play or Play()).until(now)


class _Walk:
    """The walk through all moments up to a time."""

    def __init__(self, history: History, play: Play) -> None:
        self.history = history
        self.play = play
        self.credits: list[_Credit] = []
        self.made = 0
        self.in_force: list[Decision] = []
        self.answers: dict[_Question, str] = {}
        self.canceled: dict[tuple[str, str], str] = {}
        self.lapsed: set[_Question] = set()  # the default outcome has canceled it
        self.without_credit: dict[_Question, datetime] = {}
        self.contradicted: dict[tuple[str, ObjectId, frozenset[str]], datetime] = {}
        self.kept: set[tuple[str, ObjectId, frozenset[str]]] = set()
        self.sendings = sorted(play.sendings or (), key=lambda each: each.at)
        self.decisions = sorted(history.decisions, key=lambda each: each.at)
        self.notes: set[str] = set()
        self.outcomes: set[str] = set()
        self.wake: set[datetime] = set()
        self.view = View(history, Copy(history.facts, DISTANT))

    # --- the moments ---

    def until(self, now: datetime) -> Owed:
        """Walk up to a time and say what is owed then."""
        self.wake = {each for each in self._moments() if each <= now} | {now}
        while self.wake:
            moment = min(self.wake)
            self.wake.discard(moment)
            for _ in range(10):
                if not self._step(moment):
                    break
            self.wake |= {each for each in self._wake_ups() if moment < each <= now}
        return self._result(now)

    def _moments(self) -> Iterator[datetime]:
        """Return all times that the history names, and the last days that follow from them."""
        history = self.history
        for fact in history.facts:
            yield fact.at
            if isinstance(fact, Change) and fact.by:
                yield fact.by
        for terms in history.terms:
            yield terms.applied_at
        for connection in history.connections:
            yield connection.applied_at
        for change in history.account_changes:
            yield change.at
        for erased in history.erased:
            yield erased.at
        for decision in history.decisions:
            yield decision.at
        for sending in self.sendings:
            yield sending.at
        for commit in self.play.commits:
            yield commit.at
        yield self.play.sends_from
        for referral in history.referrals:
            yield referral.created_at
            yield referral.created_at + timedelta(days=1)
            terms = history.terms_of(referral)
            yield terms.last_moment(referral.created_at, terms.closes_after_days) + MOMENT
            for milestone in terms.milestones:
                yield last_moment(terms, referral, milestone) + MOMENT

    def _wake_ups(self) -> Iterator[datetime]:
        """Return when what is known now will change by itself."""
        for credit in self.credits:
            if credit.state == "open":
                yield self._ready(credit)
                for kind, since in credit.questions.items():
                    if DEFAULTS[kind] in {PAY, CANCEL}:
                        yield self._expiry(self._terms(credit), since)
            if credit.state == "sent" and credit.taken_back_since > DISTANT:
                yield self._reversal(credit)
        for question, since in self.without_credit.items():
            yield self._expiry(self.history.terms_of(self.history.referral(question[0])), since)
        for (referral, _, _), since in self.contradicted.items():
            yield self._expiry(self.history.terms_of(self.history.referral(referral)), since)

    def _expiry(self, terms: Terms, since: datetime) -> datetime:
        return terms.last_moment(since, terms.decision_days) + MOMENT

    def _terms(self, credit: _Credit) -> Terms:
        return self.history.terms_of(credit.referral)

    # --- one moment ---

    def _step(self, now: datetime) -> bool:
        """Judge everything at a moment; say whether it changed what stays."""
        before = self._snapshot()
        self.view = self._look(now)
        self._decide(now)
        self.view = self._look(now)
        self._follow_merges()
        self.without_credit = {
            question: self.without_credit.get(question, now) for question in self._open_deals()
        }
        self._compare_sent(now)
        for referral in self.history.referrals:
            if referral.created_at <= now:
                for milestone in self.history.terms_of(referral).milestones:
                    self._judge(referral, milestone, now)
        self._pay_once(now)
        self._let_lapse(now)
        self._give_room(now)
        self._send(now)
        self._apply_sendings(now)
        return before != self._snapshot()

    def _snapshot(self) -> object:
        credits = [
            (each.state, each.deal, each.room, tuple(each.questions)) for each in self.credits
        ]
        return credits, len(self.lapsed), len(self.kept), len(self.answers)

    def _look(self, now: datetime) -> View:
        return View(
            self.history,
            Copy(self.history.facts, now),
            [
                Record(
                    each.referral.id,
                    each.milestone.name,
                    self._claim(each),
                    each.sent_at,
                    each.reversed_at,
                    each.live,
                )
                for each in self.credits
            ],
            tuple(self.in_force),
            frozenset(self.canceled),
        )

    def _claim(self, credit: _Credit) -> ObjectId | None:
        """Return the deal whose claim has a credit.

        A credit for a contact's own stage is on the claim of the contact's first deal.
        """
        if credit.deal is not None:
            return self.view.copy.survivor(credit.deal)
        deals = [
            deal
            for system in {each.system for each in self.history.connections}
            for person in self.view.people(credit.referral, system)
            for deal in self._deals_that_speak(credit.referral, person)
        ]
        return min(deals, key=lambda each: (self.view.created(each), each), default=None)

    # --- what persons do ---

    def _decide(self, now: datetime) -> None:
        """Apply the actions that persons took by now."""
        while self.decisions and self.decisions[0].at <= now:
            decision = self.decisions.pop(0)
            match decision.action:
                case Action.CREDIT | Action.NOT_RELATED:
                    self.in_force.append(decision)
                case Action.PAY:
                    self._pay(decision)
                case Action.CANCEL:
                    self._cancel(decision)
                case Action.REVERSE:
                    self._reverse_by_person(decision)
                case Action.REVOKE:
                    self._revoke(decision)

    def _current(self, referral: str | None, milestone: str | None) -> _Credit | None:
        found = [each for each in self.credits if each.key == (referral, milestone)]
        return found[-1] if found else None

    def _pay(self, decision: Decision) -> None:
        """Settle all questions about a credit that are open now; a later one is asked again."""
        credit = self._current(decision.referral, decision.milestone)
        if credit is None or credit.state != "open":
            return
        if not credit.room:
            if decision.role not in MAY_PAY_OVER_LIMIT:
                self.outcomes.add("limit: refused to pay over it")
                return
            credit.over_limit_paid = True
            self.outcomes.add("limit: paid over it by a person")
        for kind in credit.questions:
            if kind not in NOT_FOR_A_PERSON:
                self.answers[self._question(credit, kind)] = decision.id
                self.outcomes.add(f"person: pay {kind}")
        self.in_force.append(decision)

    def _cancel(self, decision: Decision) -> None:
        """Cancel a credit that is not sent; it stays so, on any deal, until revoked."""
        credit = self._current(decision.referral, decision.milestone)
        if credit and credit.state == "open":
            self.canceled[credit.key] = decision.id
            self.in_force.append(decision)
            self.outcomes.add("person: cancel")

    def _reverse_by_person(self, decision: Decision) -> None:
        credit = self._current(decision.referral, decision.milestone)
        if credit and credit.state == "sent":
            self._reverse(credit, decision.at, decision.at)
            self.outcomes.add("person: reverse")

    def _revoke(self, decision: Decision) -> None:
        """Take an action back, unless a credit was sent that it concerns."""
        revoked = next((each for each in self.in_force if each.id == decision.revokes), None)
        if revoked is None:
            return
        for credit in self.credits:
            deal = self._claim(credit)
            same_deal = revoked.deal and deal == self.view.copy.survivor(revoked.deal)
            same_credit = credit.key == (revoked.referral, revoked.milestone)
            sent_since = credit.sent_at is not None and credit.sent_at >= revoked.at
            if sent_since and credit.state == "sent" and (same_deal or same_credit):
                self.outcomes.add("person: revoke refused")
                return
        self.in_force.remove(revoked)
        self.answers = {k: v for k, v in self.answers.items() if v != revoked.id}
        self.canceled = {k: v for k, v in self.canceled.items() if v != revoked.id}
        self.outcomes.add("person: revoke")

    def _question(self, credit: _Credit, kind: str) -> _Question:
        return (*credit.key, credit.number, credit.deal, kind)

    def _follow_merges(self) -> None:
        """Let what was answered about a deal hold for the deal that it was merged into."""

        def moved(question: _Question) -> _Question:
            referral, milestone, number, deal, kind = question
            survivor = self.view.copy.survivor(deal) if deal else None
            return referral, milestone, number, survivor, kind

        self.answers = {moved(key): value for key, value in self.answers.items()}
        self.lapsed = {moved(each) for each in self.lapsed}
        self.without_credit = {moved(key): at for key, at in self.without_credit.items()}

    # --- sent credits and the claim of their deal ---

    def _sent_on(self, deal: ObjectId) -> list[_Credit]:
        sent = [each for each in self.credits if each.state == "sent" and self._claim(each) == deal]
        return sorted(sent, key=lambda each: (each.sent_at or DISTANT, each.made))

    def _holder(self, deal: ObjectId) -> Referral | None:
        """Return the referral that a deal pays (rule 7).

        Once a credit was sent, the deal stays with that referral, until a person moves it.
        """
        choice, sent = self.view.choose(deal), self._sent_on(deal)
        if not sent or any(each.referral == choice.chosen for each in sent):
            return choice.chosen
        return sent[0].referral

    def _contradiction(self, credit: _Credit) -> tuple[str, ObjectId, frozenset[str]] | None:
        """Say whether the rules now choose another referral than the one that was paid.

        An association that ended is no contradiction: where no referral is chosen, and no id asks,
        it makes only a note.
        """
        deal = self._claim(credit)
        if deal is None:
            return None
        choice = self.view.choose(deal)
        if choice.chosen == credit.referral:
            return None
        if choice.chosen is None and not choice.doubts:
            if credit.referral.id not in choice.names:
                self.notes.add(f"the deal of {credit.referral.id} is no longer associated")
            return None
        return credit.referral.id, deal, choice.names | {credit.referral.id}

    def _compare_sent(self, now: datetime) -> None:
        """Ask about sent credits whose deal now belongs to another referral.

        Where a person credited the other referral, that moves the money: the sent credit is
        reversed first, and the new one is made after it.
        """
        contradicted = {}
        for credit in self.credits:
            if credit.state != "sent":
                continue
            found = self._contradiction(credit)
            if found is None:
                continue
            choice = self.view.choose(found[1])
            if choice.chosen and choice.trace[0][0] == 1:
                self._reverse(credit, now, DISTANT)
                credit.moved_away = True
                self.outcomes.add("sent: moved by a person")
                continue
            contradicted[found] = self.contradicted.get(found, now)
            self.outcomes.add("sent: the chosen referral changed")
        self.contradicted = contradicted
        for found, since in contradicted.items():
            terms = self.history.terms_of(self.history.referral(found[0]))
            if now >= self._expiry(terms, since) and found not in self.kept:
                self.kept.add(found)
                self.outcomes.add("default: keep")

    def _apply_sendings(self, now: datetime) -> None:
        """Take over what a run has sent by now, regardless of the rules."""
        while self.sendings and self.sendings[0].at <= now:
            self._take_over(self.sendings.pop(0))

    def _take_over(self, sending: Sending) -> None:
        credit = self._current(sending.referral, sending.milestone)
        if credit and credit.state == "sent":
            self.notes.add(f"{sending.referral}/{sending.milestone} was sent twice")
            return
        if credit is None or credit.state == "reversed":
            referral = self.history.referral(sending.referral)
            milestone = next(
                each
                for each in self.history.terms_of(referral).milestones
                if each.name == sending.milestone
            )
            number = credit.number + 1 if credit else 1
            credit = self._make(
                referral, milestone, number, sending.deal, sending.amount, sending.at
            )
        credit.state, credit.room, credit.questions = "sent", True, {}
        credit.deal, credit.amount, credit.sent_at = sending.deal, sending.amount, sending.at

    # --- verdicts and credits ---

    def _open_deals(self) -> Iterator[_Question]:
        """Return the questions about deals for which no rule could choose (rule 2).

        Only where money is at stake: some possible referral has met a milestone by the deal.
        """
        for deal in self.view.deals:
            choice = self.view.choose(deal)
            self.outcomes |= {f"rule {rule}: {outcome}" for rule, outcome in choice.trace}
            if choice.chosen or not choice.doubts or self._sent_on(deal):
                continue
            for each in choice.possible:
                referral = each.referral
                judge = self.view.judge(referral, deal.system)
                if judge is None or self.history.referrer_of(referral).earns == "no":
                    continue
                for milestone in judge.terms.milestones:
                    current = self._current(referral.id, milestone.name)
                    if current and current.state == "sent":
                        continue
                    if judge.verdict(milestone, deal).met:
                        for kind in sorted(choice.doubts):
                            yield referral.id, milestone.name, 0, deal, kind

    def _deals_that_speak(self, referral: Referral, person: ObjectId) -> list[ObjectId]:
        """Return the deals of a contact that silence its own stage.

        Those of new business that are not older than the grace days before the referral.
        """
        terms = self.history.terms_of(referral)
        return [
            deal
            for deal in self.view.copy.deals(person)
            if self.view.new_business(deal)
            and terms.last_moment(self.view.created(deal), terms.deal_grace_days)
            >= referral.created_at
        ]

    def _sources(self, referral: Referral) -> Iterator[ObjectId]:
        """Return what can meet a referral's milestones: its deals, or its contact without one."""
        for deal in self.view.deals:
            if self.view.new_business(deal) and self._holder(deal) == referral:
                yield deal
        for system in sorted({each.system for each in self.history.connections}):
            for person in self.view.people(referral, system):
                silenced = self._deals_that_speak(referral, person)
                if not silenced and self._owner_of_stage(person) == referral:
                    yield person

    def _owner_of_stage(self, person: ObjectId) -> Referral | None:
        """Return the referral that a contact's own stage pays.

        As with a deal, it is the earliest that was open when the contact got one of its stages, or
        was made in the grace days after, and that had an undecided milestone then.
        """
        connection = self.view.connection(person.system)
        if connection is None:
            return None
        entries = self.view.copy.mapped(person, "stage", connection)
        entered = [each.since for each in entries if each.value not in {None, LOST}]
        found = []
        for referral in self.view.referrals(person.system):
            terms, deadline = self.history.terms_of(referral), self.view.deadline(referral)
            if person not in self.view.people(referral, person.system):
                continue
            if self.view.erased_at(referral) and not any(
                each.live and each.referral == referral for each in self.credits
            ):
                continue
            while_open = [
                since
                for since in entered
                if since.after <= deadline
                and terms.last_moment(since.by, terms.deal_grace_days) >= referral.created_at
            ]
            if while_open and not self.view.completed(referral, while_open[0].after):
                found.append(referral)
        return min(found, key=lambda each: (each.created_at, each.id), default=None)

    def _verdicts(self, referral: Referral, milestone: Milestone) -> list[Verdict]:
        """Return all verdicts on a milestone, the one that met it first before the others."""
        sources = list(self._sources(referral))
        found = []
        for source in sources:
            deals = [each for each in sources if each.kind == DEAL and each.system == source.system]
            judge = self.view.judge(referral, source.system, deals)
            if judge:
                found.append(judge.verdict(milestone, source))
                alone = replace(judge, siblings=()).verdict(milestone, source)
                if found[-1].met and not alone.met:
                    self.outcomes.add("met: by a sum of deals")
        return sorted(found, key=lambda each: (each.since or DISTANT, each.source))

    def _judge(self, referral: Referral, milestone: Milestone, now: datetime) -> None:
        """Let the credit of a milestone follow its verdict (section 3)."""
        credit = self._current(referral.id, milestone.name)
        verdicts = self._verdicts(referral, milestone)
        self._note_verdicts(verdicts)
        met = self._preferred(credit, [each for each in verdicts if each.met])
        if self.history.referrer_of(referral).earns == "no":
            if met:
                self.outcomes.add("earns: no")
            met = []
        if credit and credit.state == "sent":
            self._take_back(credit, met, now)
        elif credit and credit.state == "reversed":
            since = credit.taken_back_since
            again = [each for each in met if (each.standing_since or DISTANT) > since]
            if again:
                self._new(referral, milestone, again[0], now, follows=credit)
        elif met:
            if credit is None:
                self._new(referral, milestone, met[0], now)
            else:
                self._follow(credit, met[0], now)
        elif credit and credit.state == "open":
            credit.questions = {}
            self._close(credit)

    def _preferred(self, credit: _Credit | None, met: list[Verdict]) -> list[Verdict]:
        """Put deals that are deleted, or whose question lapsed, behind the others."""
        lapsed = {(each[:3], each[3]) for each in self.lapsed}

        def passed_over(verdict: Verdict) -> bool:
            mine = credit and ((*credit.key, credit.number), verdict.source) in lapsed
            connection = self.view.connection(verdict.source.system)
            asks = connection is not None and connection.on_delete == "ask"
            return bool(mine) or (asks and self.view.copy.deleted_since(verdict.source) is not None)

        return sorted(met, key=passed_over)

    def _note_verdicts(self, verdicts: list[Verdict]) -> None:
        for verdict in verdicts:
            self.outcomes |= {f"met: {doubt}" for doubt in verdict.doubts}
            if verdict.too_early:
                self.outcomes.add("rule 6: met too early")
            if MET_BEFORE in verdict.doubts:
                self.outcomes.add("rule 6: met before, in the grace days")
            if verdict.met and verdict.source.kind in PEOPLE:
                self.outcomes.add("met: by a contact's own stage")
            if verdict.since and verdict.lost_at and self.view.copy.deleted_since(verdict.source):
                self.outcomes.add("deleted: lost")

    def _new(
        self,
        referral: Referral,
        milestone: Milestone,
        verdict: Verdict,
        now: datetime,
        follows: _Credit | None = None,
    ) -> None:
        """Make a credit; one that follows a reversed one is asked about, unless a person did it."""
        amount = self._amount(referral, milestone, now)
        number = follows.number + 1 if follows else 1
        credit = self._make(referral, milestone, number, None, amount, now)
        if follows and not follows.moved_away:
            credit.sold_again = True
            self.outcomes.add("sold again")
        self._follow(credit, verdict, now)

    def _make(
        self,
        referral: Referral,
        milestone: Milestone,
        number: int,
        deal: ObjectId | None,
        amount: Money,
        at: datetime,
    ) -> _Credit:
        self.made += 1
        credit = _Credit(referral, milestone, number, self.made, deal, amount, at, at, at)
        self.credits.append(credit)
        return credit

    def _amount(self, referral: Referral, milestone: Milestone, now: datetime) -> Money:
        account = self.history.account(self.history.referrer_of(referral).account, now)
        wanted = milestone.amount_in(account.currency) if account.currency else None
        return wanted or milestone.pays[0]

    def _follow(self, credit: _Credit, verdict: Verdict, now: datetime) -> None:
        """Bring an unsent credit to its verdict: make it, revive it, move it, question it."""
        assert verdict.since is not None
        assert verdict.first_met is not None
        assert verdict.standing_since is not None
        deal = verdict.source if verdict.source.kind == DEAL else None
        terms = self._terms(credit)
        if credit.deal not in {None, deal} and credit.state == "open":
            self.outcomes.add("moved to another deal")
        before = (credit.amount, self._year(credit))
        credit.deal = deal
        credit.met_at, credit.first_met = verdict.since, verdict.first_met
        credit.standing_since = verdict.standing_since
        credit.amount = self._amount(credit.referral, credit.milestone, now)
        if credit.state == "open" and before != (credit.amount, self._year(credit)):
            credit.room = False
        asked = {
            kind
            for kind in self._questions(credit, verdict, terms, now)
            if self._question(credit, kind) not in self.answers
        }
        asked |= {COMPANY_PAID} & credit.questions.keys()  # judged after all credits are known
        credit.questions = {kind: credit.questions.get(kind, now) for kind in sorted(asked)}
        self.outcomes |= {f"asked: {kind}" for kind in asked}
        if credit.key in self.canceled:
            credit.questions = {}
            self._close(credit)
        elif any(self._question(credit, kind) in self.lapsed for kind in credit.questions):
            self._close(credit)
        elif credit.state == "canceled":
            self.made += 1
            credit.state, credit.made, credit.revived_at = "open", self.made, now
            self.outcomes.add("revived")

    def _close(self, credit: _Credit) -> None:
        if credit.state == "open":
            credit.state, credit.room, credit.waits = "canceled", False, False
            credit.over_limit_paid = False
            self.outcomes.add("canceled")

    def _questions(
        self, credit: _Credit, verdict: Verdict, terms: Terms, now: datetime
    ) -> Iterator[str]:
        """Return the kinds of questions that hold a credit. Stripe: an open dispute joins them."""
        referrer = self.history.referrer_of(credit.referral)
        account = self.history.account(referrer.account, now)
        yield from verdict.doubts
        if credit.deal:
            choice = self.view.choose(credit.deal)
            if choice.chosen == credit.referral:
                yield from choice.doubts
            contradictions = [self._contradiction(each) for each in self._sent_on(credit.deal)]
            if any(each and each not in self.kept for each in contradictions):
                yield SENT_CHANGED
            connection = self.view.connection(credit.deal.system)
            if connection and self.view.copy.deleted_since(credit.deal):
                self.outcomes.add(f"deleted: {connection.on_delete}")
                if connection.on_delete == "ask":
                    yield DELETED
        flags = self.view.flags(credit.referral)
        if flags:
            self.outcomes |= {f"rule 9: {flag}" for flag in flags}
            yield FLAGGED
        if referrer.earns == "ask" or (terms.approve and _above(credit.amount, terms)):
            yield APPROVAL
        if account.currency is None and len(credit.milestone.pays) > 1:
            yield CURRENCY
        if account.currency and not credit.milestone.amount_in(account.currency):
            yield CURRENCY
        if account.standing != "good":
            yield STANDING
        if terms.pause and terms.pause.until is None and terms.day(now) >= terms.pause.starts:
            yield PAUSED
        if credit.sold_again:
            yield SOLD_AGAIN

    # --- take-backs (section 4) ---

    def _take_back(self, credit: _Credit, met: list[Verdict], now: datetime) -> None:
        """Reverse a sent credit if its deal is lost and no other deal of the referral is won."""
        deal, credit.taken_back_since = self._claim(credit), DISTANT
        if deal is None:
            return
        judge = self.view.judge(credit.referral, deal.system)
        lost_at = judge.verdict(credit.milestone, deal).lost_at if judge else None
        if lost_at is None:
            return
        if any(each.source != deal for each in met):
            self.outcomes.add("lost: another deal keeps the credit")
            return
        credit.taken_back_since = lost_at
        if now >= self._reversal(credit):
            self._reverse(credit, now, lost_at)
            self.outcomes.add("lost: reversed")

    def _reversal(self, credit: _Credit) -> datetime:
        """Return when a loss takes a sent credit back: at once, or after the last grace day."""
        terms = self._terms(credit)
        if terms.reversal_grace_days == 0:
            return credit.taken_back_since
        return terms.last_moment(credit.taken_back_since, terms.reversal_grace_days) + MOMENT

    def _reverse(self, credit: _Credit, at: datetime, since: datetime) -> None:
        credit.state, credit.room, credit.questions = "reversed", False, {}
        credit.reversed_at, credit.taken_back_since = at, since

    # --- one company once (rule 8) ---

    def _company(self, credit: _Credit) -> tuple[str, object] | None:
        """Return the company that a credit is for: the CRM's, else the prospect's mail domain."""
        deal = self._claim(credit)
        if deal:
            company = self.view.copy.company(deal)
            if company:
                return credit.referral.program, company
            known = self.view.companies(credit.referral, deal.system)
            if known:
                return credit.referral.program, min(known)
        names = self.view.company_domains(credit.referral)
        return (credit.referral.program, min(names)) if names else None

    def _pay_once(self, now: datetime) -> None:
        """Hold each credit for a company for which the program pays another referral."""
        live = [each for each in self.credits if each.live]
        live.sort(key=lambda each: (each.state != "sent", each.made))
        owners: dict[tuple[str, object], Referral] = {}
        for credit in live:
            company = self._company(credit)
            if company:
                owners.setdefault(company, credit.referral)
        for credit in self.credits:
            if credit.state != "open" and COMPANY_PAID not in credit.questions:
                continue
            company = self._company(credit)
            owner = owners.get(company) if company else None
            if self._terms(credit).pay_once_per == "deal":
                if owner and owner != credit.referral:
                    self.outcomes.add("rule 8: paid per deal")
                continue
            question = self._question(credit, COMPANY_PAID)
            if owner and owner != credit.referral and question not in self.answers:
                credit.questions.setdefault(COMPANY_PAID, now)
                self.outcomes |= {"rule 8: company paid", f"asked: {COMPANY_PAID}"}
            elif credit.questions.pop(COMPANY_PAID, None):
                self.outcomes.add("rule 8: released or answered")

    # --- default outcomes ---

    def _let_lapse(self, now: datetime) -> None:
        """Let each question that was not answered in `decision_days` take its default outcome."""
        for credit in self.credits:
            if credit.state != "open" or not credit.room:
                continue
            for kind, since in list(credit.questions.items()):
                if now < self._expiry(self._terms(credit), since):
                    continue
                if DEFAULTS[kind] == PAY:
                    self.answers[self._question(credit, kind)] = "default"
                    del credit.questions[kind]
                    self.outcomes.add(f"default: pay {kind}")
                elif DEFAULTS[kind] == CANCEL:
                    self.lapsed.add(self._question(credit, kind))
                    self.outcomes.add(f"default: cancel {kind}")
            if any(self._question(credit, kind) in self.lapsed for kind in credit.questions):
                self._close(credit)
        for question, since in self.without_credit.items():
            terms = self.history.terms_of(self.history.referral(question[0]))
            if now >= self._expiry(terms, since) and question not in self.lapsed:
                self.lapsed.add(question)
                self.outcomes.add(f"default: cancel {question[4]}")

    # --- limits (section 3) ---

    def _year(self, credit: _Credit) -> int:
        return self._terms(credit).day(credit.first_met).year

    def _give_room(self, now: datetime) -> None:
        """Give room to open credits: freed room to the earliest over-limit one that fits.

        New credits come after those that wait, in the order of commits. A credit asks for room
        when it is committed, and its milestone's day says in which period.
        """
        committed: dict[tuple[str, str], datetime] = {}
        for commit in self.play.commits:
            committed.setdefault((commit.referral, commit.milestone), commit.at)
        asking = [each for each in self.credits if each.state == "open" and not each.room]
        waiting = [each for each in asking if each.waits]
        new = [each for each in asking if not each.waits]
        waiting.sort(key=lambda each: (each.first_met, each.made))
        new.sort(key=lambda each: (committed.get(each.key, DISTANT), each.made))
        for credit in [*waiting, *new]:
            if committed.get(credit.key, now) > now:
                continue
            if credit.over_limit_paid or self._fits(credit, now):
                if credit.waits:
                    credit.questions = dict.fromkeys(credit.questions, now)  # asked from now on
                    self.outcomes.add("limit: room became free")
                credit.room, credit.waits = True, False
            else:
                credit.waits = True
                self.outcomes.add("limit: over")

    def _fits(self, credit: _Credit, now: datetime) -> bool:
        """Say whether a credit fits; the higher of the version's limit and that in force counts."""
        own = self._terms(credit)
        both = (own, self.history.terms_in_force(own.program, now))
        year = any(self._fits_year(credit, terms) for terms in both)
        return year and any(self._fits_budget(credit, terms) for terms in both)

    def _with_room(self, credit: _Credit) -> list[_Credit]:
        """Return the other credits of the program that take room, in the same currency."""
        return [
            each
            for each in self.credits
            if each is not credit
            and each.live
            and each.room
            and each.referral.program == credit.referral.program
            and each.amount.currency == credit.amount.currency
        ]

    def _fits_year(self, credit: _Credit, terms: Terms) -> bool:
        account = self.history.referrer_of(credit.referral).account
        used = [
            each.amount.minor
            for each in self._with_room(credit)
            if self.history.referrer_of(each.referral).account == account
            and self._year(each) == self._year(credit)
        ]
        return _within(terms.account_year, credit.amount, sum(used))

    def _fits_budget(self, credit: _Credit, terms: Terms) -> bool:
        if terms.budget is None:
            return True
        period = terms.budget.period
        used = [
            each.amount.minor
            for each in self._with_room(credit)
            if _period(terms, each.first_met, period) == _period(terms, credit.first_met, period)
        ]
        return _within(terms.budget.amounts, credit.amount, sum(used))

    # --- sending ---

    def _due(self, credit: _Credit) -> datetime:
        """Return when the hold period is over: it restarts with a revival or another win."""
        start = max(credit.standing_since, credit.revived_at)
        return start + timedelta(hours=24 * credit.milestone.hold_days)

    def _ready(self, credit: _Credit) -> datetime:
        """Return when a credit may be sent: a pause moves it, and never makes it earlier."""
        due, terms = self._due(credit), self._terms(credit)
        if terms.pause and terms.pause.until:
            ends = terms.start_of(terms.pause.until)
            if terms.start_of(terms.pause.starts) <= max(due, self.view.now) < ends:
                return ends
        return due

    def _send(self, now: datetime) -> None:
        """Send what is due, has room and no open question."""
        if self.play.sendings is not None or now < self.play.sends_from:
            return
        for credit in self.credits:
            free = credit.state == "open" and credit.room and not credit.questions
            if free and self._ready(credit) <= now:
                credit.state, credit.sent_at = "sent", now
                self.outcomes.add("sent")

    # --- the result ---

    def _result(self, now: datetime) -> Owed:
        referrals = [each for each in self.history.referrals if each.created_at <= now]
        return Owed(
            tuple(self._owed(each) for each in self.credits),
            tuple(self._items()),
            {each.id: self.view.flags(each) for each in referrals},
            frozenset(self.notes),
            frozenset(self.outcomes),
        )

    def _owed(self, credit: _Credit) -> OwedCredit:
        status = {"sent": "posted", "reversed": "reversed", "canceled": "canceled"}.get(
            credit.state,
            "over_limit" if not credit.room else "held" if credit.questions else "pending",
        )
        return OwedCredit(
            credit.referral.id,
            credit.milestone.name,
            self.history.referrer_of(credit.referral).account,
            credit.number,
            status,
            credit.amount,
            credit.deal,
            credit.met_at,
            self._due(credit),
            self._year(credit),
            credit.sent_at,
            frozenset(credit.questions) if status == "held" else frozenset(),
        )

    def _items(self) -> Iterator[Item]:
        """Return the open items, one for each kind of question and deal."""
        open_: dict[tuple[str, ObjectId | None, str], tuple[set[str], list[datetime], Terms]] = {}

        def add(kind: str, deal: ObjectId | None, referral: str, since: datetime) -> None:
            key = (kind, deal, "" if deal else referral)
            terms = self.history.terms_of(self.history.referral(referral))
            names, times, _ = open_.setdefault(key, (set(), [], terms))
            names |= {referral} | (self.view.choose(deal).names if deal else set())
            times.append(since)

        for credit in self.credits:
            if credit.state == "open" and credit.room:
                deal = credit.deal and self.view.copy.survivor(credit.deal)
                for kind, since in credit.questions.items():
                    add(kind, deal, credit.referral.id, since)
        for question, since in self.without_credit.items():
            if question not in self.lapsed:
                add(question[4], question[3], question[0], since)
        for found, since in self.contradicted.items():
            if found not in self.kept:
                add(SENT_CHANGED, found[1], found[0], since)
        for (kind, deal, _), (names, times, terms) in open_.items():
            takes_effect = None
            if DEFAULTS[kind] in {PAY, CANCEL, KEEP}:
                takes_effect = self._expiry(terms, min(times))
            yield Item(kind, deal, frozenset(names), DEFAULTS[kind], min(times), takes_effect)
        for deal in self.view.deals:
            referrals = self.view.only_possible(deal)
            if referrals:
                self.outcomes.add("possible match")
                yield Item(
                    POSSIBLE_MATCH,
                    deal,
                    frozenset(each.id for each in referrals),
                    EXPIRES,
                    self.view.created(deal),
                    max(self.view.deadline(each) for each in referrals) + MOMENT,
                )


def _above(amount: Money, terms: Terms) -> bool:
    """Say whether an amount needs approval; a currency that is not named always does."""
    limit = next((each for each in terms.approve_above if each.currency == amount.currency), None)
    return limit is None or amount.minor > limit.minor


def _within(limits: tuple[Money, ...], amount: Money, used: int) -> bool:
    """Say whether an amount fits beside what is used; no limit for a currency is none."""
    limit = next((each for each in limits if each.currency == amount.currency), None)
    return limit is None or used + amount.minor <= limit.minor


def _period(terms: Terms, at: datetime, period: str) -> tuple[int, ...]:
    """Return the period of a budget in which a time lies, in the program's time zone."""
    day = terms.day(at)
    return {
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month - 1) // 3),
        "year": (day.year,),
        "total": (),
    }[period]
