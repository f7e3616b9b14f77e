"""The parts and the steps put together: a world with its queues.

The workers that run the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Protocol

from goodword.domain.contact import Contact
from goodword.domain.credits.audit import Audit
from goodword.domain.credits.credit import Credit
from goodword.domain.credits.posting import (
    BalanceTransaction,
    BillingCustomer,
    CreditedInvoice,
    Posting,
    RefundQuestion,
)
from goodword.domain.crm_copy.connection import Connection
from goodword.domain.crm_copy.fact import CrmEvent, CrmObject, ObjectRef
from goodword.domain.errors import Contended
from goodword.domain.programs.program import Program
from goodword.domain.referrals.referral import Referral, Source
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.ports.services import SecretPair, WebhookRequest
from goodword.steps.credits.ask_refund import AskRefundDeps, ask_refund
from goodword.steps.credits.audit_ledger import AuditLedgerDeps, audit_ledger
from goodword.steps.credits.handle_credit_message import handle_credit_message
from goodword.steps.credits.post_credit import PostCreditDeps as Services
from goodword.steps.credits.sweep_credits import sweep_credits
from goodword.steps.crm_copy.apply_event import ApplyEventDeps, apply_delivery
from goodword.steps.crm_copy.poll_crm import poll_crm
from goodword.steps.crm_copy.receive_webhook import receive_webhook
from goodword.steps.decisions.decide_credit import DecideCreditDeps, decide_credit
from goodword.steps.referrals.evaluate_referral import evaluate_referral
from goodword.steps.referrals.evaluation import QualifyDeps
from goodword.steps.referrals.expire_referrals import expire_referrals
from goodword.steps.referrals.qualify_referral import qualify_referral
from goodword.steps.referrals.register_referral import (
    Introduction,
    RegisterReferralDeps,
    register_referral,
)
from tests import fakes
from tests.simulation.baton import Crew, Died, Worker
from tests.simulation.faults import Coverage, FaultKind, SendKind, boundary_of
from tests.simulation.invariants import look
from tests.simulation.parts import (
    POISON,
    Change,
    GatedBilling,
    GatedLookup,
    GatedRefunds,
    SimClock,
    SimCommit,
    SimCrm,
    SimInbox,
    SimNewId,
    SimTables,
    Throttled,
    gated,
)
from tests.simulation.stories import START, Deal, Scene, make_connection, make_stripe_connection
from tests.simulation.stripe import SimStripe
from tests.world import IDENTITY_KEY, make_referrer

# How long each function may live, as the template says; what sends, within a credit's lease.
LIMITS: Final = {
    "post": 60,
    "ask": 60,
    "apply": 300,
    "hear": 60,
    "poison": 60,
    "welcome": 60,
    "sweep": 60,
    "webhook": 10,
    "forged": 10,
    "signup": 10,
    "decide": 10,
    "audit": 300,
    "poll": 300,
    "close": 300,
}
STREAM_TRIES: Final = 8
QUEUE_TRIES: Final = 5
VISIBILITY: Final = timedelta(seconds=360)
BEFORE_THE_SALE: Final = timedelta(days=1)


class Director(Protocol):
    """Who decides what happens at each boundary: the seed, or a script."""

    def stay(self, worker: Worker, boundary: str) -> bool:
        """Say whether the worker keeps the baton."""
        ...

    def fault(self, worker: Worker, boundary: str) -> FaultKind | None:
        """Say what goes wrong here."""
        ...

    def send(self, worker: Worker) -> SendKind:
        """Say what Stripe does with this send."""
        ...

    def passes(self, boundary: str) -> timedelta:
        """Say how much time goes by in this call."""
        ...

    def contended(self) -> bool:
        """Say whether a throttled transaction comes back as a conflict."""
        ...

    def late_index(self) -> int:
        """Say by how many transactions the index is late."""
        ...


@dataclass
class Task:
    """Something that a worker is to do, not before a time. kind: one of LIMITS."""

    kind: str
    what: Any
    at: datetime
    tries: int = 0

    def name(self) -> str:
        """Name the worker that does it."""
        return f"{self.kind} {self.what if isinstance(self.what, str | int) else self.what[0]}"


class World:
    """One world.

    newest: the newest version on record of each referral's deal. effects: the transactions at
    Stripe, by credit and kind. late: referrals to a deal that has another one, made after the CRM
    had begun to report it; earlier reports were never about them. moved: whose balance a body of
    Stripe's is about. dropped: deals whose last webhook was lost for good. copied: credits with a
    second, manual transaction at Stripe. came: prospects who were introduced before; the next time
    it is in another way. questions: the body of each event of a refund that leaves something out,
    and the whole of it. renewed: when a worker found a key too old and gave the credit its next
    one.
    """

    def __init__(self, scene: Scene, chance: Random, director: Director) -> None:
        self.scene = scene
        self.chance = chance
        self.director = director
        self.crew = Crew()
        self.coverage = Coverage()
        self.trace: list[tuple[object, ...]] = []
        self.clock = SimClock(START)
        self.tables = SimTables()
        self.stripe = SimStripe(chance, lambda: self.clock.now, self._effect, self._count)
        self.stripe.known_suspect = self._known_suspect
        self.queue: list[Task] = []
        self.dead_letters: dict[str, Task] = {}
        self.poisoned: set[str] = set()
        self.newest: dict[str, datetime] = {}
        self.referrals: dict[int, str] = {}
        self.numbers: dict[str, int] = {}
        self.late: set[str] = set()
        self.notified: set[int] = set()
        self.effects: dict[tuple[str, str], list[BalanceTransaction]] = {}
        self.ledger_size = 0
        self.crossings = 0
        self.moved: dict[bytes, str] = {}
        self.dropped: set[int] = set()
        self.copied: set[str] = set()
        self.came: set[int] = set()
        self.questions: dict[bytes, tuple[RefundQuestion, bytes]] = {}
        self.renewed: dict[str, datetime] = {}
        self.crm = SimCrm()
        self.objects: dict[ObjectRef, CrmObject] = {}
        self._wire()
        self._people()

    def _wire(self) -> None:
        tables = self.tables
        # The schedule decides how late an index is.
        tables.late_index = lambda: self.director.late_index()
        self.commit = SimCommit(tables, self._changed)
        stores = replace(
            fakes.fake_stores(tables), commit=self.commit, inbox=SimInbox(tables, self._stored)
        )
        self.stores = gated(stores, self.cross)
        self.new_id = SimNewId(self.chance)
        self.billing = GatedBilling(self.stripe, self.cross, self._sending)
        lookup = GatedLookup(self.objects, self.cross)
        self.qualifying = QualifyDeps(self.stores, self.clock, self.new_id, self._enqueue)
        self.applying = ApplyEventDeps(
            self.qualifying,
            lambda _: self.crm,
            lambda _: lookup,
            IDENTITY_KEY,
            self._whose_balance,
            lambda body: body in self.questions,
            lambda message: self.cross("ask", lambda: self.put("ask", message)),
        )
        self.asking = AskRefundDeps(
            self.stores.inbox,
            GatedRefunds(self.cross),
            self.clock,
            self._question_of,
            self._complete,
        )
        self.posting = Services(self.stores, self.billing, self.clock, self.new_id)
        self.auditing = AuditLedgerDeps(self.stores, self.billing, self.clock, self._enqueue)
        self.secrets = fakes.FakeSecrets()
        for connection in ("crm", "stripe"):
            self.secrets[f"connections/{connection}"] = SecretPair("the secret")

    def _people(self) -> None:
        rows, at = self.tables.rows, START - timedelta(days=20)
        program = self.scene.program
        rows[Program][(program.program, 1)] = program
        for connection in (make_connection(), make_stripe_connection()):
            rows[Connection][(connection.connection, 1)] = connection
        for name, account in (("ana", "cus_1"), ("bob", "cus_1"), ("cy", "cus_2")):
            rows[Referrer][(name,)] = make_referrer(at, name, account)
            rows[Account][(account,)] = Account(account, at, "USD")
            self.stripe.customers[account] = BillingCustomer(account, False, "USD", "good")
        for number, deal in enumerate(self.scene.deals):
            changed_at, stage = self.scene.at_crm(number)[-1]
            emails = tuple(each.email for each in self.scene.prospects if each.deal == number)
            notified = {"stage": f"crm {stage}"}
            self.objects[deal.ref] = CrmObject(deal.ref, notified, changed_at, emails)

    def fork(self, chance: Random, director: Director) -> World:
        """Return a copy of this world that continues independently."""
        made = World(self.scene, chance, director)
        made.tables.rows.update({kind: dict(rows) for kind, rows in self.tables.rows.items()})
        made.tables.used.update(self.tables.used)
        made.tables.totals.update(self.tables.totals)
        made.tables.visits.update(self.tables.visits)
        made.tables.followed.update(
            {name: set(each) for name, each in self.tables.followed.items()}
        )
        made.tables.history += self.tables.history
        made.stripe.customers.update(self.stripe.customers)
        made.stripe.transactions += self.stripe.transactions
        made.stripe.keys.update({key: replace(each) for key, each in self.stripe.keys.items()})
        made.stripe.first_seen.update(self.stripe.first_seen)
        made.stripe.failed_at.update(self.stripe.failed_at)
        made.stripe.late += self.stripe.late
        made.stripe.late_waits = self.stripe.late_waits
        made.queue += [replace(task) for task in self.queue]
        made.newest.update(self.newest)
        made.referrals.update(self.referrals)
        made.numbers.update(self.numbers)
        made.late |= self.late
        made.notified |= self.notified
        made.effects.update({name: list(each) for name, each in self.effects.items()})
        made.ledger_size = self.ledger_size
        made.crm.said.update(self.crm.said)
        made.moved.update(self.moved)
        made.dropped |= self.dropped
        made.copied |= self.copied
        made.came |= self.came
        made.questions.update(self.questions)
        made.clock.now = self.clock.now
        return made

    # --- what is asked of it ----------------------------------------------------------------------

    def credit(self, name: str) -> Credit | None:
        """Return a credit as it is stored."""
        found: Credit | None = self.tables.rows[Credit].get((name,))
        return found

    def row_of(self, posting: Posting) -> Credit | None:
        """Return the row that a posting is of."""
        name = posting.metadata["goodword_credit"]
        return self.credit(
            name if posting.metadata["goodword_kind"] == "credit" else f"{name}_reversal"
        )

    def deal_number(self, referral: str) -> int:
        """Return which deal a referral is about."""
        return self.scene.prospects[self.numbers[referral]].deal

    def deal_of(self, referral: str) -> Deal:
        """Return the deal that a referral is about."""
        return self.scene.deals[self.deal_number(referral)]

    def event(
        self, deal: int, place: int, *, bare: bool = False, person: int | None = None
    ) -> CrmEvent:
        """Return one event of a deal's story.

        bare: it names no contact, so the CRM has to be asked. person: it names this one alone.
        """
        story = self.scene.deals[deal]
        version, stage = story.story[place]
        people = [
            each for each, prospect in enumerate(self.scene.prospects) if prospect.deal == deal
        ]
        if person is not None:
            people = [person]
        return CrmEvent(
            story.ref,
            "stage",
            f"crm {stage}",
            version,
            emails=() if bare else tuple(self.scene.prospects[each].email for each in people),
        )

    # --- boundaries -------------------------------------------------------------------------------

    def cross(self, port: str, act: Callable[..., Any], *, notified: bool = False) -> Any:
        """Let a worker cross a boundary: others may come first, time goes by.

        Something may go wrong.
        """
        worker = self.crew.current
        if worker is None:
            return act(None) if notified else act()
        boundary = boundary_of(port)
        worker.crossings += 1
        self.crossings += 1
        self.clock.now += self.director.passes(boundary)
        if not self.director.stay(worker, boundary):
            self.crew.give_back(worker)
            self.clock.skew = worker.skew
        self.stripe.settle()
        if self.clock.now - worker.began > worker.limit:
            self.note("timed out", worker.name, boundary)
            raise Died
        fault = self.director.fault(worker, boundary)
        self.coverage.crossed[boundary] += 1
        self.note(worker.name, boundary, fault or "")
        if fault is None:
            return act(None) if notified else act()
        self.coverage.struck[boundary, fault] += 1
        if fault == "crash before":
            raise Died
        if notified and fault != "crash after":
            return act(fault)
        if fault == "reply lost before":
            raise ConnectionError("the reply was lost")
        if fault == "throttle":
            raise (
                Contended("a conflict")
                if port == "commit" and self.director.contended()
                else Throttled
            )
        result = act(None) if notified else act()
        if fault == "crash after":
            raise Died
        if port == "enqueue":
            return result
        raise ConnectionError("the reply was lost")

    def _enqueue(self, credit: str) -> None:
        """Queue a message, as the queue's adapter does: a failure of it is not raised."""
        try:
            self.cross("enqueue", lambda: self.put("post", credit))
        except (ConnectionError, Throttled):
            return

    def put(self, kind: str, what: Any, after: timedelta = timedelta()) -> None:
        """Put a task into its queue."""
        self.queue.append(Task(kind, what, self.clock.now + after))

    def copy_by_hand(self, credit: str) -> None:
        """Make a second transaction in the name of a credit by hand, at Stripe."""
        there = next(
            each for each in self.stripe.transactions if each.metadata["goodword_credit"] == credit
        )
        made = replace(there, transaction=f"cbtxn_{len(self.stripe.transactions) + 1:06}")
        self.stripe.transactions.append(made)
        self.effects[credit, "credit"].append(made)
        self.copied.add(credit)

    def move_balance(self, account: str) -> bytes:
        """Let an invoice, its end, or a foreign credit move a balance.

        Return Stripe's report of it.
        """
        self.clock.now += timedelta(milliseconds=1)
        invoices = [each.invoice for each in self.stripe.transactions if each.account == account]
        drawn, minor = self.chance.random(), self.chance.choice((30_00, 120_00, 500_00))
        if drawn < 0.15:
            self.stripe.gain(account, minor)
        elif drawn < 0.35 and any(invoices):
            self.stripe.void_invoice(
                account, self.chance.choice([each for each in invoices if each])
            )
        else:
            self.stripe.invoice(account, minor)
        self.note("the balance moves", account, str(self.stripe.transactions[-1:]))
        body = self.crm.says()
        self.moved[body] = account
        return body

    def _whose_balance(self, body: bytes) -> tuple[str, ...]:
        account = self.moved.get(body)
        return () if account is None else (account, "cus_foreign")

    def refund(self, deal: int, invoice: str = "") -> bytes:
        """Let Stripe report the refund that a deal's story ends with; return its short body.

        invoice: the one that a credit note is of; none for a charge.
        """
        place = len(self.scene.deals[deal].story) - 1
        body = self.crm.says()
        whole = self.crm.says(self.event(deal, place))
        self.questions[body] = RefundQuestion("cus_9", invoice), whole
        return body

    def _question_of(self, body: bytes) -> RefundQuestion | None:
        return self.questions[body][0] if body in self.questions else None

    def _complete(
        self, body: bytes, email: str, credited: CreditedInvoice | None, still_pays: bool
    ) -> bytes:
        return self.questions[body][1]

    # --- what the parts report -------------------------------------------------------------------

    def _changed(self, change: Change) -> None:
        worker = self.crew.current
        for _, fact in change.facts:
            newest = self.newest.get(fact.referral)
            self.newest[fact.referral] = (
                fact.version if newest is None else max(newest, fact.version)
            )
        for before, after in change.credits:
            self.note(
                "  ", after.credit, "" if before is None else before.status, after.status, after.key
            )
            if before is not None and (before.status, after.status) == ("sending", "pending"):
                self.renewed[after.credit] = self.clock.now
            if worker is not None and after.status == "sending":
                if before is None or before.attempt.tries != after.attempt.tries:
                    worker.notes["took"] = after
        if worker is not None:
            worker.writes += 1
        for referral in change.referrals:
            self._made(referral)
            self.put("welcome", referral)
        look("commit", self, worker, change)

    def _made(self, referral: str) -> None:
        email = self.tables.rows[Referral][(referral,)].prospect.email
        number = next(n for n, each in enumerate(self.scene.prospects) if each.email == email)
        deal = self.scene.prospects[number].deal
        others = [each for each in self.numbers if self.deal_number(each) == deal]
        if others and deal in self.notified:
            self.late.add(referral)
        self.referrals[number] = referral
        self.numbers[referral] = number

    def _stored(self, delivery: str) -> None:
        if self.crew.current is not None:
            self.crew.current.writes += 1
        self.notified |= {
            deal for deal in range(len(self.scene.deals)) if delivery.startswith(f"crm#d{deal}e")
        }
        poisoned = delivery.endswith("poison")
        if poisoned:
            self.poisoned.add(delivery)
        self.put("poison" if poisoned else "apply", delivery)

    def _effect(self, made: BalanceTransaction, posting: Posting) -> None:
        notified = made.metadata
        self.effects.setdefault(
            (notified["goodword_credit"], notified["goodword_kind"]), []
        ).append(made)
        self.note("  ", "posted at Stripe", made.transaction, posting.key, str(made.amount))
        look("effect", self, made, posting)

    def _sending(self, posting: Posting) -> SendKind:
        worker = self.crew.current
        if worker is None:
            return "200"
        look("send", self, worker, posting)
        return self.director.send(worker)

    def _count(self, outcome: str) -> None:
        self.coverage.stripe[outcome] += 1
        self.note("  ", "Stripe:", outcome)

    def _known_suspect(self, posting: Posting) -> bool:
        row = self.row_of(posting)
        return row is not None and row.attempt.suspect

    def note(self, *what: object) -> None:
        """Put a line into the trace."""
        self.trace.append((self.clock.now - START, *what))

    # --- workers ----------------------------------------------------------------------------------

    def start(self, task: Task, skew: timedelta = timedelta()) -> Worker:
        """Let a worker begin a task; it does nothing until it is given the baton."""
        work = getattr(self, f"_do_{'apply' if task.kind == 'poison' else task.kind}")

        def run() -> object:
            self.clock.skew = skew
            return work(task.what)

        limit = timedelta(seconds=LIMITS[task.kind])
        worker = Worker(task.name(), run, self.clock.now, limit, skew)
        worker.notes["task"] = task
        self.crew.start(worker)
        return worker

    def resume(self, worker: Worker) -> None:
        """Give a worker the baton, and look at the world when it is done."""
        self.clock.skew = worker.skew
        self.crew.resume(worker)
        self.clock.skew = timedelta()
        if worker.done:
            self.note(worker.name, "ends:", worker.outcome, str(worker.result)[:60])
            self._finished(worker)
            look("step", self, worker)

    def _finished(self, worker: Worker) -> None:
        """Bring the task again where it failed, as its queue does."""
        task = worker.notes["task"]
        if not isinstance(task, Task) or not worker.failed:
            return
        again = replace(
            task, tries=task.tries + 1, at=self.clock.now + timedelta(seconds=2**task.tries)
        )
        if task.kind in ("apply", "hear", "poison", "welcome"):
            if again.tries > STREAM_TRIES:
                self.dead_letters[str(task.what)] = replace(task, tries=0)
            else:
                self.queue.append(again)
        elif task.kind in ("post", "ask"):
            again.at = self.clock.now + VISIBILITY
            if again.tries <= QUEUE_TRIES:
                self.queue.append(again)
            elif task.kind == "ask":  # a credit is found by the sweep
                self.dead_letters[str(task.what)] = replace(task, tries=0)
        elif task.kind in ("webhook", "signup"):
            self.queue.append(again)

    # --- what workers do --------------------------------------------------------------------------

    def _do_signup(self, number: int) -> object:
        prospect = self.scene.prospects[number]
        referrer = self.tables.rows[Referrer][(prospect.referrer,)]
        contact = Contact("Pat", prospect.email, prospect.phone)
        how: Source = "form" if number in self.came else "verbal"
        self.came.add(number)
        return register_referral(
            Introduction(referrer, contact, self.scene.program, how),
            # A sale that is reported before the sign-up took place after it: a stage from before
            # the referral waits for a person, and these schedules are about the posting.
            deps=RegisterReferralDeps(
                identity_key=IDENTITY_KEY,
                stores=self.stores,
                now=lambda: self.clock() - BEFORE_THE_SALE,
                new_id=self.new_id,
            ),
        ).new

    def _receive(self, name: str, body: bytes, signature: str) -> object:
        connection = "stripe" if body in self.moved or body in self.questions else "crm"
        request = WebhookRequest(
            "POST",
            f"https://api.example.com/w/{connection}",
            {"id": name, "signature": signature},
            body,
        )
        return receive_webhook(
            connection,
            request,
            crm_for=lambda _: self.crm,
            secrets=self.secrets,
            stores=self.stores,
            now=self.clock,
        )[2]

    def _do_webhook(self, what: tuple[str, bytes]) -> object:
        return self._receive(*what, "the secret")

    def _do_forged(self, what: tuple[str, bytes]) -> object:
        return self._receive(*what, "a guess")

    def _do_apply(self, delivery: str) -> object:
        return apply_delivery(delivery, deps=self.applying)

    def _do_hear(self, what: tuple[str, int]) -> object:
        """Qualify a referral with the fact of one event, as the end of applying its delivery."""
        referral, place = what
        event = self.event(self.deal_number(referral), place)
        fact = make_connection().interpret(referral, event)
        return evaluate_referral(
            referral,
            facts=() if fact is None else (fact,),
            keys=(f"deal:{event.object}",),
            deps=self.qualifying,
        )

    def _do_welcome(self, referral: str) -> object:
        return qualify_referral(referral, deps=self.applying)

    def _do_post(self, credit: str) -> object:
        return handle_credit_message(credit, deps=self.posting, ask=lambda _: "nothing to ask")

    def _do_ask(self, message: str) -> object:
        return handle_credit_message(
            message, deps=self.posting, ask=lambda delivery: ask_refund(delivery, deps=self.asking)
        )

    def _do_sweep(self, _: str) -> object:
        return sweep_credits(stores=self.stores, now=self.clock, enqueue=self._enqueue)

    def _do_close(self, _: str) -> object:
        return expire_referrals(deps=self.qualifying)

    def _do_audit(self, _: str) -> Audit:
        return audit_ledger(timedelta(minutes=4), deps=self.auditing)

    def _do_poll(self, minutes: str) -> object:
        """Poll as long as so many minutes last; with none, only as far as the first page."""
        return poll_crm(timedelta(minutes=float(minutes)), deps=self.applying)

    def _do_decide(self, what: tuple[str, Any]) -> object:
        credit, decision = what
        return decide_credit(
            credit,
            decision,
            "looked at it",
            by="key-1",
            deps=DecideCreditDeps(
                stores=self.stores, now=self.clock, new_id=self.new_id, enqueue=self._enqueue
            ),
        ).status


def poison() -> tuple[str, bytes]:
    """Return a webhook whose body breaks its reader."""
    return "poison", POISON
