"""Start states deep inside a credit's life, each built by running the steps without a fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any, Final

from goodword.domain.crm_copy.fact import ASSOCIATION, CrmEvent
from goodword.steps.credits.handle_credit_message import account_work
from tests.simulation.baton import Worker
from tests.simulation.faults import FaultKind, SendKind
from tests.simulation.healing import work_off
from tests.simulation.stories import Deal, Prospect, Scene, make_deal, make_program
from tests.simulation.stripe import Late
from tests.simulation.world import Task, World

TICK: Final = timedelta(milliseconds=5)


class Calm:
    """No faults and no preemptions; outcome: what Stripe does with the next send."""

    def __init__(self) -> None:
        self.outcome: SendKind = "200"

    def stay(self, worker: Worker, boundary: str) -> bool:
        """Let the worker go on."""
        return True

    def fault(self, worker: Worker, boundary: str) -> FaultKind | None:
        """Let nothing go wrong."""
        return None

    def send(self, worker: Worker) -> SendKind:
        """Say what was asked for."""
        return self.outcome

    def passes(self, boundary: str) -> timedelta:
        """Let every call take the same time."""
        return TICK

    def contended(self) -> bool:
        """Answer a question that comes up only under throttling."""
        return False

    def late_index(self) -> int:
        """Keep the index up to date."""
        return 0


@dataclass
class Start:
    """A start state: its world, and the tasks that meet in it."""

    name: str
    world: World
    cast: list[Task]


@dataclass
class Scenery:
    """Builds one start state step by step, without faults."""

    stages: tuple[str, ...]
    others: tuple[str, ...] = ()
    two: bool = False
    cap: str = ""
    posting: str = "automatic"
    milestones: int = 1
    signed_up: bool = True
    one_phone: bool = False
    by_stripe: bool = False
    world: World = field(init=False)
    calm: Calm = field(default_factory=Calm)
    cast: list[Task] = field(default_factory=list)
    name: str = ""

    def __post_init__(self) -> None:
        notified = (self.stages, self.others) if self.others else (self.stages,)
        deals: tuple[Deal, ...] = tuple(
            make_deal(number, stages) for number, stages in enumerate(notified)
        )
        prospects = [Prospect("p0@company0.example", "ana", 0)]
        if self.two or self.others:
            phone = prospects[0].phone if self.one_phone else "+12025550144"
            prospects.append(Prospect("p1@company1.example", "bob", len(deals) - 1, phone))
        program = make_program(
            cap=self.cap,
            posting=self.posting,
            milestones=self.milestones,
            on_applied_credit="reverse",
        )
        self.world = World(
            Scene(program, deals, tuple(prospects), by_stripe=self.by_stripe), Random(1), self.calm
        )
        self.world.crew.threads = False
        self.world.stripe.late_waits = (200,)
        for number in range(len(prospects) if self.signed_up else 0):
            self.do("signup", number)
            work_off(self.world)

    def do(self, kind: str, what: Any, outcome: SendKind = "200") -> None:
        """Do one thing now, alone; what Stripe answers to a send is given."""
        self.calm.outcome = outcome
        worker = self.world.start(Task(kind, what, self.world.clock.now))
        self.world.resume(worker)
        self.calm.outcome = "200"

    def hear(self, place: int, person: int = 0) -> None:
        """Apply one event of its deal to a referral.

        The messages that come of it are lost.
        """
        self.do("hear", (self.world.referrals[person], place))
        self.world.queue.clear()

    def coming(self, place: int, person: int = 0) -> None:
        """Add the processing of an event to the cast."""
        self.meets("hear", (self.world.referrals[person], place))

    def meets(self, kind: str, what: Any) -> None:
        """Put a task into the cast."""
        self.cast.append(Task(kind, what, self.world.clock.now))

    def later(self, **by: float) -> None:
        """Let time go by."""
        self.world.clock.now += timedelta(**by)
        self.world.stripe.settle()

    def credit(self, number: int = 0) -> str:
        """Return the id of the credit of a prospect's deal."""
        return f"cr_{self.world.referrals[number].removeprefix('rf_')}_deal"

    def post(self, outcome: SendKind = "200", number: int = 0) -> None:
        """Post a credit; the queue does not bring it again by itself."""
        self.do("post", self.credit(number), outcome)
        self.world.queue.clear()

    def reverse(self, outcome: SendKind = "200") -> None:
        """Post a credit's reversal."""
        self.do("post", f"{self.credit()}_reversal", outcome)
        self.world.queue.clear()

    def start(self) -> Start:
        """Return what was built, named after who built it."""
        self.world.queue.clear()
        return Start(self.name, self.world, self.cast)


STATES: Final[list[Callable[[], Scenery]]] = []


BEGINNINGS: Final[list[Callable[[], Scenery]]] = []


@cache
def start_of(name: str) -> Start:
    """Return a start state or a beginning by its name, built once.

    A schedule plays on a fork of it.
    """
    return next(each for each in (*STATES, *BEGINNINGS) if each.__name__ == name)().start()


def state(build: Callable[[], Scenery]) -> Callable[[], Scenery]:
    """Add a start state, named after its function."""

    def named() -> Scenery:
        made = build()
        made.name = build.__name__
        return made

    named.__name__ = build.__name__

    STATES.append(named)
    return named


def beginning(build: Callable[[], Scenery]) -> Callable[[], Scenery]:
    """Add a beginning of random schedules, too long to be played exhaustively."""
    named = state(build)
    STATES.remove(named)
    BEGINNINGS.append(named)
    return named


@state
def pending_due() -> Scenery:
    """A credit is due; two workers want to post it."""
    made = Scenery(("won",))
    made.hear(0)
    made.meets("post", made.credit())
    made.meets("post", made.credit())
    return made


@state
def pending_lost() -> Scenery:
    """A credit is due, and its deal is being lost."""
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.meets("post", made.credit())
    made.coming(1)
    return made


@state
def sending_fresh() -> Scenery:
    """A worker died a moment ago in the middle of a send that took effect.

    The deal is being lost.
    """
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post("late effect")
    made.meets("post", made.credit())
    made.coming(1)
    return made


@state
def sending_lapsed() -> Scenery:
    """The lease of a send without an answer is over; two workers come."""
    made = Scenery(("won",))
    made.hear(0)
    made.post("late effect")
    made.later(seconds=65)
    made.meets("post", made.credit())
    made.meets("post", made.credit())
    return made


@state
def sending_lapsed_lost() -> Scenery:
    """The lease of a send without an answer is over, and the deal is being lost."""
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post("late effect")
    made.later(seconds=65)
    made.meets("post", made.credit())
    made.coming(1)
    return made


@state
def suspect() -> Scenery:
    """Stripe answered 500, 48 hours ago; the deal is being lost."""
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post("500 immediate effect")
    made.later(hours=48, seconds=5)
    made.meets("post", made.credit())
    made.coming(1)
    return made


@state
def suspect_nothing() -> Scenery:
    """Stripe answered 500 and did nothing, 48 hours ago; two workers look."""
    made = Scenery(("won",))
    made.hear(0)
    made.post("500 no effect")
    made.later(hours=48, seconds=5)
    made.meets("post", made.credit())
    made.meets("post", made.credit())
    return made


@state
def suspect_approved() -> Scenery:
    """A 500 left nothing, the credit is held.

    A person approves it while the deal is being lost.
    """
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post("500 no effect")
    made.later(hours=48, seconds=5)
    made.post()
    made.meets("decide", (made.credit(), "approve"))
    made.coming(1)
    return made


@state
def key_old() -> Scenery:
    """A key is 21 hours old and the outcome is unknown; two workers come."""
    made = Scenery(("won",))
    made.hear(0)
    made.post("late effect")
    made.later(hours=21)
    made.meets("post", made.credit())
    made.meets("post", made.credit())
    return made


@state
def key_old_lost() -> Scenery:
    """A key is 21 hours old, Stripe never had it, and the deal is being lost."""
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post("never")
    made.later(hours=21)
    made.meets("post", made.credit())
    made.coming(1)
    return made


@state
def taken_back_while_sending() -> Scenery:
    """The deal was lost while a send was under way; now it is won again."""
    made = Scenery(("won", "lost", "won"))
    made.hear(0)
    made.post("late effect")
    made.hear(1)
    made.later(hours=1, seconds=90)
    made.meets("post", made.credit())
    made.coming(2)
    return made


@state
def posted_then_lost() -> Scenery:
    """A posted credit's deal is being lost, and won again."""
    made = Scenery(("won", "lost", "won"))
    made.hear(0)
    made.post()
    made.coming(1)
    made.coming(2)
    return made


@state
def reversal_pending() -> Scenery:
    """A reversal is due while the deal is being won again."""
    made = Scenery(("won", "lost", "won"))
    made.hear(0)
    made.post()
    made.hear(1)
    made.meets("post", f"{made.credit()}_reversal")
    made.coming(2)
    return made


@state
def reversal_sending_won_again() -> Scenery:
    """A reversal is under way, the deal was won again, and is being lost once more."""
    made = Scenery(stages=("won", "lost", "won", "lost"))
    made.hear(0)
    made.post()
    made.hear(1)
    made.reverse("late effect")
    made.hear(2)
    made.later(hours=1, seconds=90)
    made.meets("post", f"{made.credit()}_reversal")
    made.coming(3)
    return made


@state
def won_again_looked_at() -> Scenery:
    """A reversal is under way, the deal was won again.

    The hourly look comes while it is posted.
    """
    made = Scenery(("won", "lost", "won"))
    made.hear(0)
    made.post()
    made.hear(1)
    made.reverse("late effect")
    made.hear(2)
    made.later(hours=1, seconds=90)
    made.meets("post", f"{made.credit()}_reversal")
    made.meets("close", "")
    return made


@state
def reopened_while_sending() -> Scenery:
    """A send that Stripe never had: its key is being looked for while the deal is reopened."""
    made = Scenery(("won", "proposal"))
    made.hear(0)
    made.post("never")
    made.later(hours=21)
    made.meets("post", made.credit())
    made.coming(1)
    return made


@state
def reopened_and_won() -> Scenery:
    """A send is unknown, its deal was reopened, and is won again during the search."""
    made = Scenery(("won", "proposal", "won"))
    made.hear(0)
    made.post("late effect")
    made.hear(1)
    made.later(hours=2)
    made.meets("post", made.credit())
    made.coming(2)
    return made


@state
def taken_back_and_won() -> Scenery:
    """A credit was taken back, and two workers process that its deal was won again."""
    made = Scenery(("won", "lost", "won"))
    made.hear(0)
    made.post()
    made.hear(1)
    made.reverse()
    made.coming(2)
    made.coming(2)
    return made


@state
def won_again_held() -> Scenery:
    """A deal was won again after its reversal.

    A person approves while it is being lost once more.
    """
    made = Scenery(("won", "lost", "won", "lost"))
    made.hear(0)
    made.post()
    made.hear(1)
    made.reverse()
    made.hear(2)
    made.meets("decide", (f"{made.credit()}_2", "approve"))
    made.coming(3)
    return made


@state
def reopened() -> Scenery:
    """A due credit is being posted while its deal is reopened."""
    made = Scenery(("won", "proposal", "won"))
    made.hear(0)
    made.meets("post", made.credit())
    made.coming(1)
    return made


@state
def held_approved() -> Scenery:
    """A person approves a held credit while its deal is being lost."""
    made = Scenery(("won", "lost"), posting="approve")
    made.hear(0)
    made.meets("decide", (made.credit(), "approve"))
    made.coming(1)
    return made


@state
def taken_back_by_a_person() -> Scenery:
    """A person takes a posted credit back while its deal is being lost."""
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post()
    made.meets("decide", (made.credit(), "reverse"))
    made.coming(1)
    return made


@state
def taken_back_after_all() -> Scenery:
    """A lost deal's reversal is due, its deal is being won again.

    A person takes the credit back.
    """
    made = Scenery(("won", "lost", "won"))
    made.hear(0)
    made.post()
    made.hear(1)
    made.meets("decide", (made.credit(), "reverse"))
    made.coming(2)
    return made


@state
def held_sent_approved() -> Scenery:
    """A send had no answer, then the referrer was past due; a person approved.

    The deal is being lost.
    """
    made = Scenery(("won", "lost"))
    made.world.stripe.late_waits = (1790,)
    made.hear(0)
    made.post("late effect")
    made.later(seconds=65)
    there = made.world.stripe.customers
    good = there["cus_1"]
    there["cus_1"] = type(good)("cus_1", False, "USD", "past_due")
    made.post()
    there["cus_1"] = good
    made.do("decide", (made.credit(), "approve"))
    made.world.queue.clear()
    made.meets("post", made.credit())
    made.coming(1)
    return made


@state
def canceled_credit_that_was_sent() -> Scenery:
    """A send that Stripe never had was given up when the deal was lost; now it is won again."""
    made = Scenery(("won", "lost", "won"))
    made.hear(0)
    made.post("never")
    made.hear(1)
    made.later(hours=2)
    made.meets("post", made.credit())
    made.coming(2)
    return made


@state
def key_old_nothing() -> Scenery:
    """A key is 21 hours old, and Stripe never had it; two workers come."""
    made = Scenery(("won",))
    made.hear(0)
    made.post("never")
    made.later(hours=21)
    made.meets("post", made.credit())
    made.meets("post", made.credit())
    return made


@state
def sending_and_lost() -> Scenery:
    """A credit is due, its deal is being lost and won again, all at once."""
    made = Scenery(("won", "lost", "won"))
    made.hear(0)
    made.meets("post", made.credit())
    made.coming(1)
    made.coming(2)
    return made


@state
def two_on_one_deal() -> Scenery:
    """Two referrals lead to one deal, which is being won; each processes it by itself."""
    made = Scenery(("won",), two=True)
    made.coming(0, 0)
    made.coming(0, 1)
    return made


@state
def room_for_one() -> Scenery:
    """Two deals are being won at once, and the limit has room for one."""
    made = Scenery(("won",), ("won",), cap="200.00 USD")
    made.coming(0, 0)
    made.coming(0, 1)
    return made


@state
def room_given_back() -> Scenery:
    """One deal is being lost and gives its room back while another is being won."""
    made = Scenery(("won", "lost"), ("won",), cap="200.00 USD")
    made.hear(0, 0)
    made.coming(1, 0)
    made.coming(0, 1)
    return made


@state
def applied_and_lost() -> Scenery:
    """An invoice took a posted credit, Stripe reports it, and its deal is being lost."""
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post()
    made.world.stripe.invoice("cus_1", 120_00)
    made.meets("post", account_work("cus_1"))
    made.coming(1)
    return made


@state
def signup_and_event() -> Scenery:
    """The CRM reports a deal while its prospect signs up."""
    made = Scenery(("won",), signed_up=False)
    made.do("webhook", ("d0e0", made.world.crm.says(made.world.event(0, 0))))
    made.cast += [task for task in made.world.queue if task.kind == "apply"]
    made.meets("signup", 0)
    return made


@state
def welcome_and_event() -> Scenery:
    """A referral is new, and the first events of its deal come in the wrong order."""
    made = Scenery(("won", "lost"))
    made.coming(1)
    made.coming(0)
    return made


@state
def later_than_promised() -> Scenery:
    """What a 500 left came after the 48 hours, and after a person had allowed the next key."""
    made = Scenery(("won",))
    made.hear(0)
    made.post("500 no effect")
    credit = made.world.credit(made.credit())
    assert credit is not None
    made.later(hours=48, seconds=5)
    made.post()
    made.do("decide", (made.credit(), "approve"))
    made.world.stripe.late.append(Late(made.world.clock.now, credit.posting(), "500 late effect"))
    made.later(hours=1)
    made.world.queue.clear()
    made.meets("post", made.credit())
    made.meets("post", made.credit())
    return made


@state
def lost_and_not_reported() -> Scenery:
    """A credit is being posted, the webhook that reported its lost deal was dropped.

    The CRM is asked.
    """
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.world.dropped.add(0)
    made.meets("post", made.credit())
    made.meets("poll", "0")
    return made


@beginning
def two_credits_applied() -> Scenery:
    """An invoice took a part of what two credits of one account had brought."""
    made = Scenery(("won",), ("won",))
    for number in (0, 1):
        made.hear(0, number)
        made.post(number=number)
        made.later(seconds=10)
    made.world.stripe.invoice("cus_1", 120_00)
    made.meets("post", account_work("cus_1"))
    return made


@beginning
def held_canceled() -> Scenery:
    """A person cancels a held credit while its deal is being lost and won again."""
    made = Scenery(("won", "lost", "won"), posting="approve")
    made.hear(0)
    made.meets("decide", (made.credit(), "cancel"))
    made.coming(1)
    made.coming(2)
    return made


@beginning
def called_off() -> Scenery:
    """A reversal was called off when its deal was won again; now a person takes the credit back."""
    made = Scenery(("won", "lost", "won", "lost"))
    made.hear(0)
    made.post()
    made.hear(1)
    made.hear(2)
    for _ in range(3):
        made.meets("decide", (made.credit(), "reverse"))
    made.coming(3)
    return made


@beginning
def taken_back_by_persons() -> Scenery:
    """Three persons take the same posted credit back while its deal is being lost."""
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post()
    for _ in range(3):
        made.meets("decide", (made.credit(), "reverse"))
    made.coming(1)
    return made


@beginning
def taken_back_twice() -> Scenery:
    """A lost deal's reversal is due, persons take the credit back too.

    The deal is being won again.
    """
    made = Scenery(("won", "lost", "won"))
    made.hear(0)
    made.post()
    made.hear(1)
    for _ in range(3):
        made.meets("decide", (made.credit(), "reverse"))
    made.coming(2)
    return made


@beginning
def held_for_currency() -> Scenery:
    """Stripe billed the customer in another currency for a while.

    A person approves the credit.
    """
    made = Scenery(("won", "lost"))
    made.hear(0)
    customers = made.world.stripe.customers
    dollars = customers["cus_1"]
    customers["cus_1"] = replace(dollars, currency="EUR")
    made.post()
    customers["cus_1"] = dollars
    made.meets("decide", (made.credit(), "approve"))
    made.coming(1)
    return made


@beginning
def two_at_stripe() -> Scenery:
    """A 500 left its effect, a person made a second one by hand, and 48 hours are over."""
    made = Scenery(("won",))
    made.hear(0)
    made.post("500 immediate effect")
    made.world.copy_by_hand(made.credit())
    made.later(hours=48, seconds=5)
    made.meets("post", made.credit())
    return made


@beginning
def nobody_yet() -> Scenery:
    """Two prospects of one deal sign up while the CRM reports it."""
    made = Scenery(("demo_attended", "won"), two=True, signed_up=False, one_phone=True)
    made.meets("signup", 0)
    made.meets("signup", 1)
    return made


@beginning
def waiting() -> Scenery:
    """What the CRM reported of an unknown person is stored; now they sign up."""
    made = Scenery(("demo_attended", "won"), two=True, signed_up=False)
    made.do("webhook", ("d0e1", made.world.crm.says(made.world.event(0, 1))))
    work_off(made.world)
    made.meets("signup", 0)
    made.meets("signup", 1)
    return made


@beginning
def tied_later() -> Scenery:
    """The CRM reported a deal without a contact; now it reports only the association."""
    made = Scenery(("demo_attended", "won"))
    (deal,) = made.world.scene.deals
    alone = replace(made.world.objects[deal.ref], emails=())
    made.world.objects[deal.ref] = (
        alone  # a schedule plays on a fork, whose deals have their contacts
    )
    made.do("webhook", ("d0e1", made.world.crm.says(made.world.event(0, 1, bare=True))))
    work_off(made.world)
    tie = CrmEvent(
        deal.ref, f"{ASSOCIATION}:contact:5", "tied", deal.last()[0] + timedelta(minutes=1)
    )
    made.meets("webhook", ("tie", made.world.crm.says(tie)))
    return made


@beginning
def asked() -> Scenery:
    """The webhook that reported the end was lost, and the CRM is asked."""
    made = Scenery(("demo_attended", "won"))
    made.hear(0)
    for minutes in ("0", "0", "4"):
        made.meets("poll", minutes)
    return made


@beginning
def audited() -> Scenery:
    """An invoice took a credit that was posted a moment ago, without a report.

    The audit looks.
    """
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post()
    made.world.stripe.invoice("cus_1", 120_00)
    for _ in range(3):
        made.meets("audit", "")
    return made


@beginning
def reported_by_stripe() -> Scenery:
    """Stripe reports an invoice that took a posted credit."""
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post()
    body = made.world.crm.says()
    made.world.stripe.invoice("cus_1", 120_00)
    made.world.moved[body] = "cus_1"
    made.meets("webhook", ("invoice", body))
    return made


@beginning
def refunded() -> Scenery:
    """Stripe reports two refunds, by a charge and by a credit note.

    Each leaves something out.
    """
    made = Scenery(("won", "refunded"), ("won", "refunded"), by_stripe=True)
    made.hear(0)
    made.hear(0, 1)
    made.post()
    made.do("webhook", ("charge", made.world.refund(0)))
    made.do("webhook", ("note", made.world.refund(1, "in_1")))
    made.cast += [task for task in made.world.queue if task.kind == "apply"]
    return made


@beginning
def unknown_and_known() -> Scenery:
    """The CRM reports a deal while its prospect signs up, and presses the button twice."""
    made = Scenery(("won",), signed_up=False)
    made.do("webhook", ("d0e0", made.world.crm.says(made.world.event(0, 0))))
    made.cast += [task for task in made.world.queue if task.kind == "apply"]
    made.meets("signup", 0)
    made.meets("signup", 0)
    return made


@beginning
def approved_after_500() -> Scenery:
    """A 500 left nothing for 48 hours, and a person allowed the next key."""
    made = Scenery(("won", "lost"))
    made.hear(0)
    made.post("500 no effect")
    made.later(hours=48, seconds=5)
    made.post()
    made.do("decide", (made.credit(), "approve"))
    made.world.queue.clear()
    made.meets("post", made.credit())
    made.meets("post", made.credit())
    return made
