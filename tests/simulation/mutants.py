"""Ways to break the protocol, each of which some invariant must catch.

A mutant is the production code with one thing wrong. It is put in place for a while, and start
states are played exhaustively, then some seeds, until an invariant does not hold. One that survives
is a hole in the invariants: the gate fails.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from unittest.mock import patch

from goodword.domain.credits import credit as credits_
from goodword.domain.credits.credit import Credit, Pending
from goodword.domain.credits.ledger import make_ledger_entry
from goodword.domain.credits.pool import applied_by_credit
from goodword.domain.credits.posting import BalanceTransaction
from goodword.domain.credits.posting import Posting as Sent
from goodword.domain.crm_copy.delivery import Delivery
from goodword.domain.crm_copy.fact import Fact
from goodword.domain.reason import Reason
from goodword.ports.services import Billing
from goodword.ports.writes import Check, Release, Reserve, Update, Write
from goodword.steps.credits import (
    ask_refund,
    earn_credit,
    follow_credit,
    mark_applied,
    move_credit,
    post_credit,
    sweep_credits,
)
from goodword.steps.credits.post_credit import PostCreditDeps
from goodword.steps.crm_copy.apply_event import ApplyEventDeps
from goodword.steps.crm_copy.poll_crm import Polled
from goodword.steps.referrals import evaluate_referral
from goodword.steps.referrals import evaluation as evaluation_
from goodword.steps.referrals.evaluation import Evaluation
from tests import fakes
from tests.simulation import world as world_
from tests.simulation.baton import Broken
from tests.simulation.exhaustive import schedules
from tests.simulation.parts import SimCommit, Throttled
from tests.simulation.runner import run_seed
from tests.simulation.scenes import start_of
from tests.simulation.stripe import SimStripe

LOST: Final = Reason("deal_lost")
MOST_EACH: Final = 3_000  # schedules of one start state

Change = tuple[object, str, object]


@dataclass(frozen=True)
class Mutant:
    """One of them. breaks: what it does wrong. scenes: start states to play. seeds.

    So many after those.
    """

    name: str
    breaks: str
    change: Callable[[], Sequence[Change]]
    scenes: tuple[str, ...] = ()
    seeds: int = 0


@dataclass
class Hunt:
    """What became of one mutant. after: how many schedules; by.

    The invariant, empty where it survived.
    """

    mutant: str
    breaks: str
    after: int = 0
    by: str = ""
    where: str = ""
    seconds: float = 0.0


MUTANTS: Final[list[Mutant]] = []


def mutant(*scenes: str, seeds: int = 0) -> Callable[[Callable[[], Sequence[Change]]], None]:
    """Add a mutant, named after the function that makes it.

    Its docstring says what it does wrong.
    """

    def put(make: Callable[[], Sequence[Change]]) -> None:
        MUTANTS.append(Mutant(make.__name__, (make.__doc__ or "").rstrip("."), make, scenes, seeds))

    return put


@contextmanager
def mutated(one: Mutant) -> Iterator[None]:
    """Put a mutant in place; the start states are built again, before and after."""
    patches = [patch.object(where, name, new) for where, name, new in one.change()]
    for each in patches:
        each.start()
    start_of.cache_clear()
    try:
        yield
    finally:
        for each in reversed(patches):
            each.stop()
        start_of.cache_clear()


def hunt(one: Mutant) -> Hunt:
    """Play until an invariant catches the mutant."""
    found, began = Hunt(one.name, one.breaks), time.process_time()
    with mutated(one):
        _hunt(one, found)
    found.seconds = time.process_time() - began
    return found


def hunt_by_place(place: int) -> Hunt:
    """Hunt the mutant at this place of the list, as another process is asked to."""
    return hunt(MUTANTS[place])


def _hunt(one: Mutant, found: Hunt) -> None:
    for scene in one.scenes:
        try:
            start = start_of(scene)
        except Broken as broken:
            found.after, found.by, found.where = found.after + 1, broken.invariant, scene
            return
        for place, (_, _, broke) in enumerate(schedules(start)):
            found.after += 1
            if broke is not None:
                found.by, found.where = broke.invariant, scene
                return
            if place >= MOST_EACH:
                break
    for seed in range(1, one.seeds + 1):
        found.after += 1
        outcome = run_seed(seed)
        if outcome.broken:
            found.by, found.where = outcome.invariant, f"seed {seed}"
            return


# --- the key and what goes with it ----------------------------------------------------------------


@mutant("sending_lapsed")
def a_random_key() -> Sequence[Change]:
    """Each try has a key of its own."""

    def key(self: Credit) -> str:
        return f"{self.identity}:{self.kind}:{self.attempt.tries}"

    return [(Credit, "key", property(key))]


@mutant("reversal_pending")
def one_key_for_both() -> Sequence[Change]:
    """A reversal goes under the key of its credit."""
    return [(Credit, "key", property(lambda self: f"{self.identity}:{self.attempt.generation}"))]


@mutant("sending_lapsed")
def parameters_that_drift() -> Sequence[Change]:
    """The request contains the number of the try."""
    posting = Credit.posting

    def drifts(self: Credit) -> Sent:
        return replace(posting(self), description=f"{self.description} ({self.attempt.tries})")

    return [(Credit, "posting", drifts)]


@mutant("key_old")
def a_key_without_end() -> Sequence[Change]:
    """A key is sent however old it is."""
    return [(credits_, "KEY_LIFE", timedelta(days=999))]


@mutant("key_old")
def no_list_after_expiry() -> Sequence[Change]:
    """Where a key is too old the next one is used without a search for what the old one left."""
    return [(post_credit, "_is_of", lambda transaction, credit: False)]


@mutant(seeds=400)
def the_first_page_only() -> Sequence[Change]:
    """Only the newest of the customer's balance transactions are looked at."""
    whole = SimStripe.list_transactions

    def page(self: SimStripe, account: str) -> tuple[BalanceTransaction, ...]:
        return whole(self, account)[:1]

    return [(SimStripe, "list_transactions", page)]


@mutant("two_at_stripe")
def the_first_of_several() -> Sequence[Change]:
    """Where Stripe holds several, the first is taken for ours."""
    adopt = post_credit._adopt

    class First:
        """Stripe, of whose answers all but the first that is ours are thrown away."""

        def __init__(self, inner: Billing, taken: Credit) -> None:
            self.inner, self.taken = inner, taken

        def list_transactions(self, account: str) -> tuple[BalanceTransaction, ...]:
            ours = [
                each
                for each in self.inner.list_transactions(account)
                if post_credit._is_of(each, self.taken)
            ]
            return tuple(ours[:1])

    def first(taken: Credit, deps: PostCreditDeps) -> str:
        narrow: Any = First(deps.billing, taken)  # it has all of Billing that adopt calls
        return adopt(taken, replace(deps, billing=narrow))

    return [(post_credit, "_adopt", first)]


# --- taking and writing down ----------------------------------------------------------------------


@mutant("pending_due")
def a_status_before_its_effect() -> Sequence[Change]:
    """The credit is posted here first, and sent then."""

    def send(credit: Credit, deps: PostCreditDeps) -> str:
        taken = post_credit._take(credit, "sending", deps)
        post_credit._posted(taken, "cbtxn_000001", deps)
        return deps.billing.send(taken.posting()).kind

    return [(post_credit, "_send", send)]


@mutant("pending_due")
def no_taking() -> Sequence[Change]:
    """The credit is sent as it was read, without a lease."""
    return [
        (post_credit, "_take", lambda credit, _, deps: credit.taken(deps.now(), deps.new_id("tk")))
    ]


@mutant("pending_due")
def no_condition() -> Sequence[Change]:
    """The row of a credit is written without a condition."""
    check = SimCommit._check_conditions

    def unchecked(self: SimCommit, writes: Sequence[Write], sums: Any) -> None:
        loose = (Update, Check)
        kept = [
            each
            for each in writes
            if not (isinstance(each, loose) and isinstance(each.record, Credit))
        ]
        check(self, kept, sums)

    return [(SimCommit, "_check_conditions", unchecked)]


@mutant("pending_lost")
def an_unanswered_write_is_a_yes() -> Sequence[Change]:
    """Where the write that takes a credit brings no answer, it is taken to have been done."""
    take = post_credit._take

    def hopeful(credit: Credit, came: str, deps: PostCreditDeps) -> Credit:
        try:
            return take(credit, came, deps)
        except ConnectionError:
            return credit.taken(deps.now(), deps.new_id("tk"))

    return [(post_credit, "_take", hopeful)]


@mutant("sending_lapsed")
def a_token_per_invocation() -> Sequence[Change]:
    """All workers have one token, and each takes a row with it for its own."""
    taken, take = Credit.taken, post_credit._take

    def one(self: Credit, now: datetime, token: str) -> Credit:
        return taken(self, now, "tk")

    def by_token(credit: Credit, came: str, deps: PostCreditDeps) -> Credit:
        try:
            return take(credit, came, deps)
        except post_credit.Contended:
            raise
        except Exception:
            latest = deps.stores.credits.get(credit.credit)
            if latest is None or latest.token != "tk":
                raise
            return latest

    return [(Credit, "taken", one), (post_credit, "_take", by_token)]


@mutant("pending_due")
def no_lease() -> Sequence[Change]:
    """A credit that is being sent may be taken by the next worker at once."""
    return [(credits_, "LEASE", timedelta())]


@mutant("held_sent_approved")
def no_quiet_time() -> Sequence[Change]:
    """What a send without an answer left is looked for at once."""
    return [(credits_, "QUIET", timedelta())]


@mutant("suspect_nothing", "pending_due")
def no_two_days_after_a_500() -> Sequence[Change]:
    """What a 500 left is looked for after an hour."""
    return [(credits_, "QUIET_AFTER_500", timedelta(hours=1))]


@mutant("pending_due")
def a_500_is_forgotten() -> Sequence[Change]:
    """A 500 is taken for no answer, and the same key is sent again until it is old."""
    record = post_credit._record

    def forgets(taken: Credit, result: Any, deps: PostCreditDeps) -> str:
        return record(
            taken, replace(result, kind="again") if result.kind == "suspect" else result, deps
        )

    return [(post_credit, "_record", forgets)]


@mutant("suspect_nothing")
def a_new_key_after_a_500() -> Sequence[Change]:
    """Without a transaction 48 hours after a 500, the next key is used without an approval."""
    adopt = post_credit._adopt

    def forgets(taken: Credit, deps: PostCreditDeps) -> str:
        return adopt(replace(taken, attempt=replace(taken.attempt, suspect=False)), deps)

    return [(post_credit, "_adopt", forgets)]


@mutant("later_than_promised")
def no_search_after_a_decision() -> Sequence[Change]:
    """An approved key is sent without another search for what the key before left."""
    return [(post_credit, "_stands", lambda credit, deps: False)]


# --- taking back ----------------------------------------------------------------------------------


@mutant("sending_fresh")
def a_credit_is_canceled_while_it_is_sent() -> Sequence[Change]:
    """A credit whose deal is lost while it is being sent is canceled at once."""
    back = follow_credit._take_back

    def cancels(credit: Credit, evaluation: Evaluation) -> None:
        if credit.status == "sending":
            return evaluation.add_move(credit, credit.as_canceled(LOST), reason=LOST)
        return back(credit, evaluation)

    return [(follow_credit, "_take_back", cancels)]


@mutant("sending_fresh")
def no_mark_while_it_is_sent() -> Sequence[Change]:
    """A credit whose deal is lost while it is being sent is left as it is."""
    return [(follow_credit, "_mark", lambda *given: None)]


@mutant("taken_back_while_sending")
def a_mark_that_stays() -> Sequence[Change]:
    """A deal that is won again leaves the mark on its credit."""
    return [(follow_credit, "_let_stand", lambda *given: None)]


@mutant("pending_lost")
def a_reversal_in_a_transaction_of_its_own() -> Sequence[Change]:
    """A credit whose deal was lost while it was sent is posted first.

    Its reversal added afterwards.
    """
    posted = post_credit._posted

    def apart(taken: Credit, transaction: str, deps: PostCreditDeps) -> str:
        if taken.kind == "reversal" or not taken.taken_back:
            return posted(taken, transaction, deps)
        at = deps.now()
        first = taken.as_posted(transaction, at)
        post_credit._move(taken, first, {"transaction": transaction}, deps)
        reversal = credits_.reversal_of(first, LOST, at, review=False)
        writes = post_credit._moves(None, reversal, {"reason": LOST}, deps)
        deps.stores.commit([Update(first.with_reversal(reversal.credit)), *writes])
        return "posted"

    return [(post_credit, "_posted", apart)]


@mutant("taken_back_after_all")
def an_order_that_the_sale_calls_off() -> Sequence[Change]:
    """A manual reversal is undone when its deal is won again."""
    find_reversal = follow_credit._find_reversal

    def forgets(credit: Credit, evaluation: Evaluation) -> Credit | None:
        reversal = find_reversal(credit, evaluation)
        if reversal is None or reversal.reverses is None:
            return None
        return replace(reversal, reverses=replace(reversal.reverses, ordered=False))

    return [(follow_credit, "_find_reversal", forgets)]


@mutant("reversal_pending")
def a_credit_again_after_its_reversal() -> Sequence[Change]:
    """A deal that is won again after its reversal earns the credit once more."""
    earn = follow_credit._earn_again

    def again(credit: Credit, state: Any, *given: Any) -> Any:
        if credit.status != "reversed":
            return earn(credit, state, *given)
        evaluation: Evaluation = given[-1]
        fresh = replace(
            credit,
            state=Pending(),
            attempt=replace(credit.attempt, generation=credit.attempt.generation + 1, sent_at=None),
            revision=credit.revision + 1,
        )
        evaluation.add_move(credit, fresh, due=evaluation.terms.day(evaluation.at))
        return state

    return [(follow_credit, "_earn_again", again)]


@mutant("taken_back_and_won")
def a_deal_that_is_won_again_pays_by_itself() -> Sequence[Change]:
    """The credit of a deal that was won again after a reversal waits for no approval."""
    held_if_needed = follow_credit.held_if_need_be

    def goes_on(credit: Credit, *given: Any, **named: Any) -> Credit:
        return credit if credit.follows else held_if_needed(credit, *given, **named)

    return [(follow_credit, "held_if_need_be", goes_on)]


@mutant("won_again_looked_at")
def a_deal_that_is_won_again_is_forgotten() -> Sequence[Change]:
    """A deal won while its credit was being reversed is not looked at again."""
    return [(evaluate_referral, "_look_again", lambda evaluation: None)]


@mutant("reopened")
def a_deal_that_is_reopened_is_paid() -> Sequence[Change]:
    """A credit that was not sent yet stays when its milestone is no longer met."""
    return [(follow_credit, "_withdraw", lambda *given: None)]


@mutant("reopened_while_sending")
def a_new_key_for_a_deal_that_is_reopened() -> Sequence[Change]:
    """A deal that is reopened with an unknown send is credited under the next key."""
    return [(Credit, "given_up", lambda self: self.taken_back)]


@mutant("reversal_pending")
def a_deal_that_pays_under_two_names() -> Sequence[Change]:
    """A deal that is won again earns a second credit beside the first one."""
    keep = follow_credit._keep

    def doubles(
        credit: Credit, state: Any, finding: Any, milestone: Any, evaluation: Evaluation
    ) -> Any:
        if credit.status == "posted" and not credit.follows:
            second = credits_.credit_after(credit, evaluation.at, evaluation.at)
            earn_credit.put_credit(None, second, evaluation)
            return state
        return keep(credit, state, finding, milestone, evaluation)

    return [(follow_credit, "_keep", doubles)]


@mutant("canceled_credit_that_was_sent")
def a_canceled_credit_that_was_sent_revives() -> Sequence[Change]:
    """A credit that was given up after a send comes back to life when its deal is won again."""
    earn = follow_credit._earn_again

    def revives(credit: Credit, state: Any, *given: Any) -> Any:
        if credit.status == "canceled" and not credit.decided_by:
            evaluation: Evaluation = given[-1]
            live = credit.revived(credit.due_at)
            evaluation.add_move(credit, live, due=evaluation.terms.day(evaluation.at))
            return state
        return earn(credit, state, *given)

    return [(follow_credit, "_earn_again", revives)]


# --- facts, limits, ledger ------------------------------------------------------------------------


@mutant("welcome_and_event")
def arrival_order() -> Sequence[Change]:
    """What is received last is taken for what is newest."""

    def last(stored: Fact | None, received: Fact) -> Fact:
        return received if stored is None else replace(received, revision=stored.revision)

    return [(evaluate_referral, "merge", last)]


@mutant("two_on_one_deal")
def a_deal_that_pays_each() -> Sequence[Change]:
    """The first referral of a deal is not looked up."""
    return [(earn_credit, "_claim", lambda evaluation: True)]


@mutant("room_for_one")
def limits_that_are_not_looked_at() -> Sequence[Change]:
    """A credit adds to its limits without the condition that they have room."""
    return [(earn_credit, "Reserve", lambda limit, minor, ceiling: Reserve(limit, minor, 10**9))]


@mutant("room_given_back")
def limits_that_are_not_given_back() -> Sequence[Change]:
    """What a canceled credit took from its limits stays taken."""
    move = move_credit.move

    def keeps(*given: Any, **named: Any) -> list[Write]:
        return [each for each in move(*given, **named) if not isinstance(each, Release)]

    return [(module, "move", keeps) for module in (move_credit, post_credit, evaluation_)]


@mutant("pending_due")
def an_entry_that_is_missing() -> Sequence[Change]:
    """The ledger does not record what is posted."""

    def forgets(before: Credit | None, after: Credit, at: datetime) -> object:
        return None if after.status == "posted" else make_ledger_entry(before, after, at)

    return [(move_credit, "make_ledger_entry", forgets)]


# --- what finds and what reports -----------------------------------------------------------------


@mutant("pending_due")
def messages_alone() -> Sequence[Change]:
    """There is no sweep, and a lost message is lost."""
    none = sweep_credits.Settled(0, 0)
    return [(world_, "sweep_credits", lambda **given: none)]


@mutant(seeds=300)
def nobody_asks_the_crm() -> Sequence[Change]:
    """What a webhook dropped is never asked for."""
    none = Polled(0, 0, 0, (), (), True)
    return [(world_, "poll_crm", lambda *given, **named: none)]


@mutant("refunded")
def a_question_that_is_lost() -> Sequence[Change]:
    """The failure of the call that asks Stripe about a refund is not reported."""

    def quiet(*given: Any) -> ApplyEventDeps:
        *others, ask = given

        def try_to_ask(message: str) -> None:
            with suppress(ConnectionError, Throttled):
                ask(message)

        return ApplyEventDeps(*others, try_to_ask)

    return [(world_, "ApplyEventDeps", quiet)]


@mutant("refunded")
def the_whole_under_the_name_of_its_part() -> Sequence[Change]:
    """What Stripe says of a refund is stored under the first event's name.

    Taken for its copy.
    """

    def under(name: str, *rest: Any) -> Delivery:
        return Delivery(name.removesuffix("+asked"), *rest)

    return [(ask_refund, "Delivery", under)]


@mutant(seeds=300)
def no_signature() -> Sequence[Change]:
    """A webhook is stored without verification."""
    return [(fakes.FakeCrm, "verify", lambda *given: None)]


@mutant("two_credits_applied")
def the_newest_credit_first() -> Sequence[Change]:
    """An invoice is taken to use the newest credit of a balance first."""

    def newest(transactions: Sequence[BalanceTransaction], currency: str) -> object:
        times = [each.created_at for each in transactions]
        turned = [
            replace(each, created_at=at)
            if each.amount.minor > 0 and each.kind == "adjustment"
            else each
            for each, at in zip(transactions, reversed(times), strict=True)
        ]
        return applied_by_credit(turned, currency)

    return [(mark_applied, "applied_by_credit", newest)]
