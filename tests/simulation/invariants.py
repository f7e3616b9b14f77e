"""What must hold, one function with a sentence each, and the model of what was earned.

Each takes the world and what has just happened and returns what is wrong, or nothing. They are
looked at after every transaction, at every send, at every effect at Stripe, after every step, and
when all has healed. The model is written from the terms alone: which stage the CRM gave a deal at
the newest version that any transaction recorded. It never looks at what the steps made of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from goodword.domain.credits.audit import Audit
from goodword.domain.credits.credit import KEYS, TRIES, Credit
from goodword.domain.credits.ledger import LedgerEntry
from goodword.domain.credits.posting import BalanceTransaction, Posting
from goodword.domain.crm_copy.delivery import Delivery
from goodword.domain.programs.program import Milestone
from goodword.domain.referrals.referral import Referral
from tests.simulation.baton import Broken, Worker
from tests.simulation.parts import Change
from tests.simulation.stories import PIPELINE
from tests.simulation.stripe import ROLLED_FORWARD_WITHIN

if TYPE_CHECKING:
    from tests.simulation.world import World

When = Literal[
    "commit", "send", "effect", "step", "two sweeps", "26 hours", "48 hours", "audit", "end"
]

# A key is 20 hours old by a clock that may be a minute off, and its sender lives for one more.
OLDEST_KEY: Final = timedelta(hours=20, minutes=2)
LIVE: Final = ("pending", "held", "sending")
MOVES: Final = {
    (None, "pending"),
    (None, "held"),
    (None, "over_limit"),
    ("pending", "sending"),
    ("pending", "held"),
    ("pending", "canceled"),
    ("held", "pending"),
    ("held", "canceled"),
    ("sending", "pending"),
    ("sending", "held"),
    ("sending", "canceled"),
    ("sending", "posted"),
    ("posted", "reversed"),
    ("over_limit", "canceled"),
    ("canceled", "pending"),
    ("canceled", "held"),
    ("canceled", "over_limit"),
}


@dataclass(frozen=True)
class Invariant:
    """One of them: its name, the sentence, when it is looked at, and how."""

    name: str
    sentence: str
    when: When
    check: Callable[..., str | None]


INVARIANTS: list[Invariant] = []


def holds(when: When) -> Callable[[Callable[..., str | None]], Callable[..., str | None]]:
    """Register a function whose docstring is the sentence."""

    def put(check: Callable[..., str | None]) -> Callable[..., str | None]:
        sentence = (check.__doc__ or "").strip().splitlines()[0]
        INVARIANTS.append(Invariant(check.__name__, sentence, when, check))
        _BY_TIME.setdefault(when, []).append(INVARIANTS[-1])
        return check

    return put


_BY_TIME: dict[When, list[Invariant]] = {}


def look(when: When, world: World, *given: Any) -> None:
    """Look at all that must hold now; raise Broken with the first that does not."""
    for each in _BY_TIME.get(when, ()):
        wrong = each.check(world, *given)
        if wrong:
            raise Broken(each.name, wrong)


# --- the model ------------------------------------------------------------------------------------


def stage_of(world: World, referral: str) -> str:
    """Return the stage that the newest version on record means, by the CRM's own story."""
    newest = world.newest.get(referral)
    return "new" if newest is None else world.deal_of(referral).stage_at(newest)


def is_lost(world: World, referral: str, milestone: Milestone) -> bool:
    """Say whether the sale is at an exit that reverses this milestone's credit."""
    return stage_of(world, referral) in milestone.taken_back_on


def is_met(world: World, referral: str, name: str) -> bool:
    """Say whether the milestone is met by what is on record: its stage was reached.

    Not undone since.
    """
    newest = world.newest.get(referral)
    if newest is None:
        return False
    stage = stage_of(world, referral)
    if name == "deal":
        return stage == "won"
    wanted = PIPELINE.index("demo_attended")
    story = world.deal_of(referral).story
    reached = any(at <= newest and said in PIPELINE[wanted:] for at, said in story)
    return reached and (stage == "lost" or stage in PIPELINE[wanted:])


def _credits(world: World) -> Iterable[Credit]:
    return world.tables.rows[Credit].values()


def _milestone(world: World, credit: Credit) -> Milestone:
    return world.scene.program.milestone(credit.milestone)


def _at_stripe(world: World, credit: Credit) -> list[BalanceTransaction]:
    return world.effects.get((credit.identity, credit.kind), [])


# --- after every transaction ----------------------------------------------------------------------


@holds("commit")
def a_row_moves_by_one_revision(world: World, worker: Worker | None, change: Change) -> str | None:
    """No writer overwrites what another wrote after it looked."""
    for before, after in change.credits:
        if after.revision != (0 if before is None else before.revision) + 1:
            return f"{after.credit} went from {before and before.revision} to {after.revision}"
    return None


@holds("commit")
def a_status_moves_only_as_it_may(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """A credit goes only the ways that its life has."""
    for before, after in change.credits:
        was = None if before is None else before.status
        if was != after.status and (was, after.status) not in MOVES:
            return f"{after.credit} went from {was} to {after.status}"
    return None


@holds("commit")
def no_fact_goes_back(world: World, worker: Worker | None, change: Change) -> str | None:
    """What is known of a deal is never replaced by something older."""
    for before, after in change.facts:
        if before is not None and after.version < before.version:
            return f"{after.fact} of {after.referral} went back to {after.version}"
    return None


@holds("commit")
def a_fact_says_what_the_crm_said(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """A recorded fact has the value that the CRM gave it at the newest version that ever came."""
    for _, after in change.facts:
        if after.value != stage_of(world, after.referral):
            return f"{after.fact} says {after.value}, the CRM {stage_of(world, after.referral)}"
    return None


@holds("commit")
def a_key_never_meets_other_parameters(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """From the first send on, all that goes with one key stays as it was."""
    for before, after in change.credits:
        if (
            before is not None
            and before.attempt.sent_at is not None
            and before.attempt.generation == after.attempt.generation
        ):
            if before.posting() != after.posting():
                return f"the parameters of {after.key} drifted"
    return None


@holds("commit")
def a_canceled_credit_that_was_sent_stays_canceled(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """A credit that may ever have reached Stripe does not come back to life."""
    for before, after in change.credits:
        if (
            before is not None
            and before.status == "canceled"
            and after.kind == "credit"
            and before.sent()
        ):
            if after.status != "canceled":
                return f"{after.credit} was revived"
    return None


@holds("commit")
def only_what_was_earned_becomes_a_credit(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """A credit is earned or revived only while the CRM's last report meets its milestone."""
    for before, after in change.credits:
        born = before is None or (before.status == "canceled" and after.status != "canceled")
        if after.kind == "credit" and born and not is_met(world, after.referral, after.milestone):
            return f"{after.credit} was not earned: the deal is {stage_of(world, after.referral)}"
    return None


@holds("commit")
def only_what_is_met_still_is_taken(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """A first send is leased only while the CRM's last report meets its milestone."""
    for before, after in change.credits:
        first = before is not None and after.status == "sending" and not before.sent()
        if first and after.kind == "credit" and not is_met(world, after.referral, after.milestone):
            return f"{after.credit} is taken, and the deal is {stage_of(world, after.referral)}"
    return None


@holds("commit")
def what_is_not_met_is_given_up(world: World, worker: Worker | None, change: Change) -> str | None:
    """Once a milestone is recorded as not met, its credits that are not posted are given up."""
    touched = {fact.referral for _, fact in change.facts} | {
        each.referral for _, each in change.credits
    }
    for credit in _credits(world):
        if credit.referral in touched and credit.kind == "credit" and credit.status in LIVE:
            if not is_met(world, credit.referral, credit.milestone) and not credit.given_up():
                return (
                    f"{credit.credit} goes on, and the deal is {stage_of(world, credit.referral)}"
                )
    return None


@holds("send")
def nothing_is_sent_that_is_given_up(world: World, worker: Worker, posting: Posting) -> str | None:
    """What was given up when its worker took it is looked for at Stripe, and never sent."""
    took = worker.notes.get("took")
    return f"{took.credit} was given up" if isinstance(took, Credit) and took.given_up() else None


@holds("commit")
def what_is_won_again_waits_for_a_person(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """The credit of a deal won again after a reversal is sent only after an approval."""
    for _, after in change.credits:
        if after.follows and after.kind == "credit" and after.sent() and not after.decided_by:
            return f"{after.credit} is {after.status}, and no person approved it"
    return None


@holds("commit")
def one_credit_of_a_milestone_is_owed(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """At most one credit of a milestone of a referral is owed or posted at any time."""
    touched = {(after.referral, after.milestone) for _, after in change.credits}
    owed = Counter(
        (each.referral, each.milestone)
        for each in _credits(world)
        if each.kind == "credit" and each.status in (*LIVE, "posted")
    )
    several = [name for name in touched if owed[name] > 1]
    return f"{several[0]} has several" if several else None


@holds("commit")
def a_lost_deal_keeps_no_credit(world: World, worker: Worker | None, change: Change) -> str | None:
    """Once a deal is recorded as lost, its credit is canceled, marked, or being reversed."""
    touched = {fact.referral for _, fact in change.facts} | {
        each.referral for _, each in change.credits
    }
    for credit in _credits(world):
        if credit.referral not in touched or credit.kind == "reversal":
            continue
        if not is_lost(world, credit.referral, _milestone(world, credit)):
            continue
        if credit.status in ("canceled", "reversed") or (
            credit.status in LIVE and credit.taken_back
        ):
            continue
        reversal = world.credit(credit.reversal) if credit.reversal else None
        if credit.status == "posted" and reversal is not None:
            if reversal.status in (*LIVE, "posted") and not reversal.taken_back:
                continue
            if reversal.status == "canceled" and reversal.decided_by:
                continue
        return f"{credit.credit} is {credit.status} while its deal is lost"
    return None


@holds("commit")
def a_won_deal_has_no_mark(world: World, worker: Worker | None, change: Change) -> str | None:
    """Once a deal is recorded as won again, no reversal of its credit is left."""
    touched = {fact.referral for _, fact in change.facts}
    for credit in _credits(world):
        if credit.referral in touched and credit.kind == "credit" and credit.status in LIVE:
            if is_met(world, credit.referral, credit.milestone) and credit.given_up():
                if not is_lost(world, credit.referral, _milestone(world, credit)):
                    return f"{credit.credit} is still marked"
    return None


@holds("commit")
def what_a_person_takes_back_stays_so(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """A reversal that a person asked for is canceled by no sale, only by a person."""
    for before, after in change.credits:
        if before is not None and before.ordered:
            given_up = after.status == "canceled" and not after.decided_by
            if given_up or after.taken_back or not after.ordered:
                return f"{after.credit} was asked for by a person, and is {after.status}"
    return None


@holds("commit")
def the_ledger_stands_where_the_credit_does(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """The ledger sums to zero.

    Each credit's amount lies in the place that its status names.
    """
    touched = {after.credit for _, after in change.credits if after.kind == "credit"}
    if not touched and not change.ledger:
        return None
    sums: dict[str, Counter[str]] = {}
    for entry in world.tables.rows[LedgerEntry].values():
        if entry.credit in touched:
            balances = sums.setdefault(entry.credit, Counter())
            balances[entry.source] -= entry.minor
            balances[entry.target] += entry.minor
    for name in touched:
        credit = world.credit(name)
        found = sums.get(name, Counter())
        if credit is None or sum(found.values()) != 0:
            return f"the ledger of {name} does not sum to zero"
        owed = credit.amount.minor if credit.status in LIVE else 0
        stripe = credit.amount.minor if credit.status == "posted" else 0
        if (found["owed"], found["stripe"]) != (owed, stripe):
            return f"{name} is {credit.status}, the ledger says {dict(found)}"
    return None


@holds("commit")
def the_ledger_only_grows(world: World, worker: Worker | None, change: Change) -> str | None:
    """No entry of the ledger is ever changed or gone."""
    world.ledger_size += len(change.ledger)
    there = len(world.tables.rows[LedgerEntry])
    return (
        None
        if there == world.ledger_size
        else f"{there} entries where {world.ledger_size} were written"
    )


@holds("commit")
def an_accounts_sums_are_its_credits(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """The sums by status that an account is shown are those of its credits."""
    if not change.credits:
        return None
    sums: Counter[tuple[str, str]] = Counter()
    for credit in _credits(world):
        if credit.kind == "credit":
            bucket = f"{credit.status}#{credit.amount.currency}"
            sums[f"account#{credit.account}", bucket] += credit.amount.minor
    for name, total in world.tables.totals.items():
        if sums[name] != total:
            return f"{name} says {total}, the credits {sums[name]}"
    missing = [name for name, total in sums.items() if total and name not in world.tables.totals]
    return f"{missing} is not counted" if missing else None


@holds("commit")
def no_limit_is_passed(world: World, worker: Worker | None, change: Change) -> str | None:
    """A limit's counter is what the credits hold of it, and never above the ceiling."""
    if not change.credits:
        return None
    sums: Counter[str] = Counter()
    for credit in _credits(world):
        for name in credit.limits:
            sums[name] += credit.amount.minor
    for name, used in world.tables.used.items():
        if used != sums[name]:
            return f"{name} says {used}, the credits hold {sums[name]}"
        limits = world.scene.program.limits
        ceilings = limits.account_year if name.startswith("account#") else limits.budget
        if used > ceilings[0].minor:
            return f"{name} is at {used}"
    return None


@holds("commit")
def every_credit_counts_towards_its_limits(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """What is owed or posted has taken from every limit of its program.

    What is not has taken nothing.
    """
    limits = world.scene.program.limits
    count = len(limits.account_year) + len(limits.budget)
    for _, after in change.credits:
        if after.kind == "credit":
            wanted = count if after.status in (*LIVE, "posted") else 0
            if len(after.limits) != wanted:
                return f"{after.credit} is {after.status} and holds {len(after.limits)} limits"
    return None


@holds("commit")
def one_deal_pays_once(world: World, worker: Worker | None, change: Change) -> str | None:
    """Of several referrals to one deal, one has credits."""
    owners: dict[int, str] = {}
    for credit in _credits(world):
        deal = world.deal_number(credit.referral)
        if owners.setdefault(deal, credit.referral) != credit.referral:
            return f"deal {deal} has credits of {owners[deal]} and {credit.referral}"
    return None


# --- at every send --------------------------------------------------------------------------------


@holds("send")
def nothing_is_sent_that_was_not_taken(
    world: World, worker: Worker, posting: Posting
) -> str | None:
    """What is sent is the row that this worker took before, with its key and every parameter."""
    took = worker.notes.get("took")
    if not isinstance(took, Credit):
        return f"{posting.key} was sent without being taken"
    if took.posting() != posting:
        return f"what was sent under {posting.key} is not what was taken"
    return None


@holds("send")
def nothing_is_sent_that_was_taken_back(
    world: World, worker: Worker, posting: Posting
) -> str | None:
    """What was to be taken back when the worker took it is not sent."""
    took = worker.notes.get("took")
    if isinstance(took, Credit) and took.taken_back:
        return f"{posting.key} was to be taken back"
    return None


@holds("send")
def a_send_is_under_a_lease(world: World, worker: Worker, posting: Posting) -> str | None:
    """No other worker may lease a credit, by the sender's clock, while it is being sent."""
    took = worker.notes.get("took")
    now = world.clock.now + worker.skew
    if isinstance(took, Credit) and (took.lease_until is None or took.lease_until < now):
        return f"{posting.key} is sent at {now}, its lease was until {took.lease_until}"
    return None


@holds("send")
def a_key_goes_with_one_posting(world: World, worker: Worker, posting: Posting) -> str | None:
    """Stripe never receives a key again with other parameters."""
    stored = world.stripe.keys.get(posting.key)
    return (
        f"{posting.key} went with another posting" if stored and stored.posting != posting else None
    )


@holds("commit")
def a_500_is_waited_out(world: World, worker: Worker | None, change: Change) -> str | None:
    """What a 500 left is called nothing only when Stripe had the time to roll it forward."""
    for before, after in change.credits:
        if (
            before is None
            or not before.attempt.suspect
            or before.status != "sending"
            or after.status != "held"
        ):
            continue
        failed = world.stripe.failed_at.get(before.key)
        unresolved = after.hold == "server_error_unresolved"
        if unresolved and failed and world.clock.now - failed < ROLLED_FORWARD_WITHIN:
            return f"{after.credit} is held {world.clock.now - failed} after the 500"
    return None


@holds("commit")
def after_a_500_only_a_person_gives_a_new_key(
    world: World, worker: Worker | None, change: Change
) -> str | None:
    """A credit that Stripe answered 500 for gets its next key from a person's approval alone."""
    for before, after in change.credits:
        if (
            before is not None
            and before.attempt.suspect
            and after.attempt.generation > before.attempt.generation
        ):
            if before.status != "held" or not after.decided_by:
                return f"{after.credit} got the key {after.key} after a 500, from {before.status}"
    return None


@holds("send")
def the_key_is_the_rows_own(world: World, worker: Worker, posting: Posting) -> str | None:
    """The key is that of the stored row, and no older generation's."""
    row = world.row_of(posting)
    if row is None or row.key != posting.key:
        return f"{posting.key} was sent, the row has {row and row.key}"
    return None


@holds("send")
def no_old_key_is_sent(world: World, worker: Worker, posting: Posting) -> str | None:
    """A key over 20 hours old is not sent, but for two minutes of skew and of its sender."""
    row = world.row_of(posting)
    sent_at = None if row is None else row.attempt.sent_at
    times = [world.stripe.first_seen.get(posting.key), sent_at]
    first = min((each for each in times if each is not None), default=None)
    if first is not None and world.clock.now - first > OLDEST_KEY:
        return f"{posting.key} is {world.clock.now - first} old"
    return None


# --- at every effect ------------------------------------------------------------------------------


@holds("effect")
def at_most_one_effect(world: World, made: BalanceTransaction, posting: Posting) -> str | None:
    """Stripe has at most one credit and one reversal of each credit's identity."""
    notified = made.metadata
    there = world.effects[notified["goodword_credit"], notified["goodword_kind"]]
    return (
        None
        if len(there) == 1
        else f"{notified['goodword_credit']} has {len(there)} {notified['goodword_kind']}s"
    )


@holds("effect")
def an_effect_is_its_rows(world: World, made: BalanceTransaction, posting: Posting) -> str | None:
    """A transaction at Stripe has the amount, currency and account of its row."""
    row = world.row_of(posting)
    if row is None:
        return f"{posting.key} has no row"
    if (made.amount, made.account) != (row.amount, row.account):
        return f"{posting.key} is posted as {made.amount}, the row says {row.amount}"
    return None


@holds("effect")
def an_effect_is_expected(world: World, made: BalanceTransaction, posting: Posting) -> str | None:
    """Posted is at most what Stripe has.

    That at most what is posted or was sent and not given up.
    """
    row = world.row_of(posting)
    if row is None or row.status in ("canceled", "over_limit", "posted", "reversed"):
        return f"{posting.key} took effect while its row is {row and row.status}"
    return None if row.sent() else f"{posting.key} took effect, and its row was never sent"


@holds("effect")
def net_is_nothing_or_the_amount(
    world: World, made: BalanceTransaction, posting: Posting
) -> str | None:
    """What a credit and its reversal leave at Stripe is nothing or the credit's amount."""
    identity = made.metadata["goodword_credit"]
    credit = world.credit(identity)
    kinds = ("credit", "reversal")
    net = sum(
        each.amount.minor for kind in kinds for each in world.effects.get((identity, kind), [])
    )
    if credit is None or net not in (0, credit.amount.minor):
        return f"{identity} leaves {net}"
    return None


# --- after every step -----------------------------------------------------------------------------


@holds("step")
def what_is_posted_stands_at_stripe(world: World, worker: Worker | None) -> str | None:
    """Posted and Stripe match one to one: by id, amount, currency and account."""
    for credit in _credits(world):
        if credit.status not in ("posted", "reversed"):
            continue
        there = _at_stripe(world, credit)
        found = [(each.transaction, each.amount, each.account) for each in there]
        if found != [(credit.transaction, credit.amount, credit.account)]:
            return f"{credit.credit} is {credit.status} as {credit.transaction}, Stripe has {found}"
        reversal = world.credit(f"{credit.credit}_reversal")
        reversed_ = reversal is not None and reversal.status == "posted"
        if credit.kind == "credit" and (credit.status == "reversed") != reversed_:
            return (
                f"{credit.credit} is {credit.status}, its reversal {reversal and reversal.status}"
            )
    return None


@holds("step")
def what_stands_at_stripe_is_not_given_up(world: World, worker: Worker | None) -> str | None:
    """No row with a transaction at Stripe is canceled, over the limit, or never sent."""
    for identity, kind in world.effects:
        row = world.credit(identity if kind == "credit" else f"{identity}_reversal")
        if row is None or row.status in ("canceled", "over_limit") or not row.sent():
            return f"{kind} {identity} is at Stripe and is {row and row.status}"
    return None


@holds("step")
def attempts_are_bounded(world: World, worker: Worker | None) -> str | None:
    """No credit is tried without end: after so many keys a person is asked.

    Each has its life.
    """
    for credit in _credits(world):
        tries, generation = credit.attempt.tries, credit.attempt.generation
        if tries > TRIES or (generation > KEYS and not credit.decided_by):
            return f"{credit.credit} was tried {tries} times with key {generation}"
    return None


@holds("step")
def a_forged_request_writes_nothing(world: World, worker: Worker | None) -> str | None:
    """A request whose signature does not hold changes nothing."""
    if worker is not None and worker.name.startswith("forged") and worker.writes:
        return f"{worker.name} wrote"
    return None


@holds("send")
def only_the_worker_of_the_credit_queue_sends(
    world: World, worker: Worker, posting: Posting
) -> str | None:
    """Neither the audit nor anything else sends to Stripe but the one worker that takes credits."""
    return None if worker.name.startswith("post ") else f"{worker.name} sent {posting.key}"


@holds("step")
def the_audit_writes_nothing(world: World, worker: Worker | None) -> str | None:
    """The audit reads, and moves neither a credit nor anything else."""
    if worker is not None and worker.name.startswith("audit") and worker.writes:
        return f"the audit made {worker.writes} writes"
    return None


@holds("step")
def the_audit_cries_no_wolf(world: World, worker: Worker | None) -> str | None:
    """At any time, the audit names no difference that the protocol excludes.

    Sums differ while the index of credits is late; what is unknown or overdue may just be under
    way.
    """
    if worker is None or not isinstance(worker.result, Audit):
        return None
    found = [
        each
        for each in worker.result.differences
        if each.kind not in ("overdue", "unknown", "sums")
    ]
    found = [each for each in found if not world.stripe.customers[each.account].deleted]
    return f"{found[0].kind}: {found[0].reason}" if found else None


@holds("commit")
def what_is_applied_is_posted(world: World, worker: Worker | None, change: Change) -> str | None:
    """Only a posted credit is used, and never more of it than there is."""
    for before, after in change.credits:
        was = 0 if before is None else before.applied_minor
        if after.applied_minor != was and after.status != "posted":
            return f"{after.credit} is {after.status} and marked used"
        if not 0 <= after.applied_minor <= max(after.amount.minor, 0):
            return f"{after.applied_minor} of {after.credit} is used"
    return None


@holds("step")
def a_step_fails_only_for_reasons_outside(world: World, worker: Worker | None) -> str | None:
    """A step raises only what the outside did to it, or what its caller can correct."""
    if worker is None or not worker.failed:
        return None
    allowed = {"died", "ConnectionError", "Throttled", "Contended", "Failed", "Unavailable"}
    allowed |= {
        "forged": {"Forged"},
        "decide": {"Conflict"},
        "post": {"NotFound"},
        "poison": {"ArithmeticError"},
    }.get(worker.name.partition(" ")[0], set())
    if worker.outcome not in allowed:
        return f"{worker.name} raised {worker.outcome}: {worker.result!r}"
    return None


# --- when all has healed --------------------------------------------------------------------------


def _left_over(world: World, excused: Callable[[Credit], bool]) -> str | None:
    for credit in _credits(world):
        rests = credit.status == "pending" and credit.due_at > world.clock.now
        rests |= credit.kind == "reversal" and world.clock.now - credit.earned_at < timedelta(
            minutes=4
        )
        if credit.status in ("pending", "sending") and not rests and not excused(credit):
            return f"{credit.credit} is still {credit.status} (suspect: {credit.attempt.suspect})"
    return None


@holds("two sweeps")
def all_is_settled_within_two_sweeps(world: World, swept_at: datetime) -> str | None:
    """Once the faults are over, two sweeps settle all but quiet times and calls under way.

    swept_at: when the second began. A key that it found too old may be sent only by the one after
    it.
    """

    def excused(credit: Credit) -> bool:
        waits = credit.given_up() and credit.sent()
        stored = world.stripe.keys.get(credit.key)
        at_it = stored is not None and stored.status == "under way"
        aged = credit.key_is_old(world.clock.now)
        renewed = credit.credit in world.renewed and world.renewed[credit.credit] >= swept_at
        return credit.attempt.suspect or waits or at_it or aged or renewed

    return _left_over(world, excused)


@holds("26 hours")
def an_aged_key_is_settled_within_26_hours(world: World) -> str | None:
    """Where a key aged, or a loss was recorded late, it takes no more than 26 hours."""
    return _left_over(world, lambda credit: credit.attempt.suspect)


@holds("48 hours")
def a_500_is_settled_within_48_hours(world: World) -> str | None:
    """After a 500, within 48 hours and a sweep, it is adopted or held for a person."""
    return _left_over(world, lambda credit: False)


@holds("end")
def every_acknowledged_event_is_applied(world: World) -> str | None:
    """The last report of each deal is recorded, from acknowledged and from lost webhooks.

    Asking finds what was lost for a referral that is open or earned a credit, and that an event
    before tied to its deal.
    """
    for referral in world.referrals.values():
        if referral in world.late:
            continue
        deal = world.deal_of(referral)
        newest = world.newest.get(referral)
        row = world.tables.rows[Referral][(referral,)]
        if world.deal_number(referral) in world.dropped:
            if not (row.open or row.earned()) or f"deal:{deal.ref}" not in row.keys:
                continue
        if newest is None or newest < deal.last()[0]:
            return f"{referral} knows its deal as of {newest}, the CRM said {deal.last()}"
    for row in world.tables.rows[Delivery].values():
        if row.status != "applied" and row.delivery not in world.dead_letters:
            return f"{row.delivery} is not applied"
    return None


@holds("audit")
def the_audit_agrees_once_all_has_healed(world: World) -> str | None:
    """The audit names no difference, except of customers that Stripe deleted."""
    audit = max(world.tables.rows[Audit].values(), key=lambda each: each.at)
    found = [each for each in audit.differences if not world.stripe.customers[each.account].deleted]
    doubles = {each.credit for each in found if each.kind == "double"}
    if doubles != world.copied:
        return (
            f"it names {sorted(doubles)} as double, and copied by hand were {sorted(world.copied)}"
        )
    found = [each for each in found if each.credit not in world.copied]
    if not audit.complete:
        return f"the audit left {audit.left} accounts, and could not read {audit.unread}"
    return f"{found[0].kind}: {found[0].reason}" if found else None


@holds("end")
def what_invoices_took_is_marked(world: World) -> str | None:
    """What an account's invoices took is marked on its credits, the oldest first.

    Foreign credits count too.

    The model is a queue of lots, and looks only at balances of which nothing was reversed.
    """
    for account, there in world.stripe.customers.items():
        own = [each for each in world.stripe.transactions if each.account == account]
        used = None if there.deleted else _taken_by_invoices(own)
        for credit in _credits(world) if used is not None else ():
            if credit.account == account and credit.status == "posted":
                if credit.applied_minor != used.get(credit.identity, 0):
                    return f"{credit.credit}: {credit.applied_minor} applied, Stripe says {used}"
    return None


def _taken_by_invoices(transactions: list[BalanceTransaction]) -> dict[str, int] | None:
    """Return what invoices took of each credit by a queue, or None where there is a reversal."""
    lots: list[list[Any]] = []  # whose, how much there was, how much is left
    taken: dict[str, list[tuple[list[Any], int]]] = {}
    for each in transactions:
        minor = each.amount.minor
        if each.kind == "applied_to_invoice":
            for lot in lots:
                part = min(-minor, lot[2])
                lot[2] -= part
                minor += part
                taken.setdefault(each.invoice, []).append((lot, part))
        elif each.kind == "unapplied_from_invoice":
            for lot, part in taken.pop(each.invoice):
                lot[2] += part
        elif minor < 0:
            return None
        else:
            lots.append([each.metadata.get("goodword_credit", ""), minor, minor])
    return {whose: there - left for whose, there, left in lots if whose}


@holds("end")
def only_the_poisoned_is_left(world: World) -> str | None:
    """A record that breaks its reader ends in the dead-letter queue, alone."""
    others = [each for each in world.dead_letters if each not in world.poisoned]
    return f"{others} are dead letters" if others else None


@holds("end")
def what_is_due_in_the_end_is_at_stripe(world: World) -> str | None:
    """After all has healed, Stripe has what the CRM's last report is worth.

    The amount once, or nothing.
    """
    for referral in world.referrals.values():
        if referral in world.late:
            continue
        row = world.tables.rows[Referral][(referral,)]
        for milestone in world.scene.program.milestones:
            state = row.milestone(milestone.milestone)
            credit = world.credit(state.credit) if state.credit else None
            wrong = _end_of(world, row, milestone, credit) or _end_of_earlier(world, state.earlier)
            if wrong:
                return f"{milestone.milestone} of {referral}, {wrong}"
    return None


def _end_of(world: World, row: Referral, milestone: Milestone, credit: Credit | None) -> str | None:
    last = stage_of(
        world, row.referral
    )  # which every_acknowledged_event_is_applied compares with the CRM's report
    lost = last in milestone.taken_back_on
    met = is_met(world, row.referral, milestone.milestone) and not lost
    if credit is None:
        refused = row.milestone(milestone.milestone).refused
        return "met and without a credit" if met and not refused else None
    net = _net(world, credit.credit)
    reversal = world.credit(credit.reversal) if credit.reversal else None
    if credit.credit in world.copied:
        return (
            None
            if credit.status in ("held", "canceled")
            else f"a copy is at Stripe, and it is {credit.status}"
        )
    stuck = any(
        each is not None and each.status == "held" and world.stripe.customers[each.account].deleted
        for each in (credit, reversal)
    )
    if stuck:
        return None
    if lost and net != 0:
        kept = reversal is not None and reversal.status == "canceled" and reversal.decided_by
        return None if kept else f"{last}, and Stripe keeps {net} ({credit.status})"
    if met and net != credit.amount.minor:
        excused = (
            credit.status == "over_limit"
            or (credit.status == "reversed" and reversal is not None and reversal.ordered)
            or (credit.status == "canceled" and credit.decided_by)
        )
        return (
            None if excused else f"{last}, and Stripe has {net} ({credit.status}: {credit.reasons})"
        )
    if credit.status in LIVE:
        return f"still {credit.status}: {credit.reasons}"
    return None


def _end_of_earlier(world: World, names: Iterable[str]) -> str | None:
    """Check that credits reversed before the deal was won again leave nothing."""
    kept = [name for name in names if _net(world, name) and name not in world.copied]
    return f"Stripe keeps {_net(world, kept[0])} of {kept[0]}" if kept else None


def _net(world: World, identity: str) -> int:
    effects = (world.effects.get((identity, kind), []) for kind in ("credit", "reversal"))
    return sum(each.amount.minor for made in effects for each in made)


@holds("end")
def no_reversal_is_left_under_way(world: World) -> str | None:
    """After all has healed, every reversal is posted, canceled, or held for a deleted customer."""
    for credit in _credits(world):
        if credit.kind == "reversal" and credit.status in LIVE:
            if not world.stripe.customers[credit.account].deleted:
                return f"{credit.credit} is {credit.status}: {credit.reasons}"
    return None
