"""Post a credit to Stripe, once.

The credit is taken by compare-and-set before Stripe is called. Every send of one generation has the
same key and the same parameters. A key that is too old is never sent again, but its transaction is
searched for in the customer's balance transactions. An unclear outcome waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from goodword.domain.credits.credit import SEND_WITHIN, TRIES, Credit, make_reversal
from goodword.domain.credits.posting import BalanceTransaction, BillingCustomer, SendResult
from goodword.domain.errors import Contended, Failed, MissingRecord, NotFound, Unavailable
from goodword.domain.reason import Argument, Reason
from goodword.domain.record import dataclass
from goodword.ports.services import Billing, Clock, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Check, Write
from goodword.steps.credits.move_credit import move
from goodword.steps.repeat import repeat

# The outcomes in which Stripe and the ledger disagree about a send; an alarm notifies a person.
UNCLEAR = frozenset({"key_reused", "several_transactions", "server_error_unresolved"})


@dataclass(frozen=True)
class PostCreditDeps:
    """The dependencies of posting."""

    stores: Stores
    billing: Billing
    now: Clock
    new_id: NewId


def post_credit(credit_id: str, *, deps: PostCreditDeps) -> str:
    """Post the credit (or its reversal) if it is due, and return the outcome.

    The outcome is posted, canceled, again, suspect, not_due, taken, or the kind of hold.
    Idempotent, also with several workers at once. If Stripe cannot be read, nothing was sent, and
    the sweep enqueues the credit again. The message itself must not be retried then, since each
    sweep of an outage would add one more.
    """
    credit = deps.stores.credits.get(credit_id)
    if credit is None:
        return "not_due"
    try:
        match credit.next_action(deps.now()):
            case "hold_tries":
                return _hold(credit, Reason("tries_unanswered", {"count": TRIES}), deps)
            case "search":
                return _search(credit, deps)
            case "cancel":
                return _cancel(credit, deps)
            case "send":
                obstacle = _obstacle(credit, deps.billing.read_customer(credit.account))
                return _send(credit, deps) if obstacle is None else _hold(credit, obstacle, deps)
        return "not_due"  # wait
    except Failed:
        return "taken"
    except Unavailable:
        return "again"


def _obstacle(credit: Credit, there: BillingCustomer | None) -> Reason | None:
    """Return the state of the Stripe customer that requires a person before a send, if any."""
    currency = credit.amount.currency
    if there is None or there.deleted:
        return Reason("stripe_customer_missing")
    if there.currency is None:
        return Reason("stripe_currency_unset")
    if there.currency != currency:
        return Reason("stripe_currency_differs", {"billed": there.currency, "currency": currency})
    if there.standing != "good":
        return Reason("subscription_not_current", {"standing": there.standing})
    return None


def _send(credit: Credit, deps: PostCreditDeps) -> str:
    """Take the credit, send it within 20 s of that, and store the outcome."""
    if credit.attempt.generation > 1 and _stands(credit, deps):
        # A send under the previous key may take effect after its wait. Its transaction is then
        # adopted, not doubled. Every try searches for it, since a worker may have stopped between
        # taking the credit and adopting the transaction.
        return _search(credit, deps)
    began = deps.now()
    taken = _take(credit, "sending", deps)
    if deps.now() - began > SEND_WITHIN:
        return "again"  # a slow write used up the lease; the sweep enqueues the credit again
    result = deps.billing.send(taken.posting())
    return _on_latest(taken, lambda latest: _record(latest, result, deps), deps)


def _on_latest(taken: Credit, write_down: Callable[[Credit], str], deps: PostCreditDeps) -> str:
    """Store an outcome on the current row, which the sale may have marked in the meantime.

    Only while this worker's token is on the row; raises Failed otherwise.
    """

    def attempt() -> str:
        latest = deps.stores.credits.get(taken.credit)
        if latest is None or latest.token != taken.token:
            raise Failed(Check(taken))
        return write_down(latest)

    try:
        return write_down(taken)
    except Failed:
        return repeat(attempt)


def _take(credit: Credit, came: str, deps: PostCreditDeps) -> Credit:
    """Take the credit by compare-and-set, which freezes its key and parameters.

    If the write gets no answer, the token on the row shows whether this worker has it.
    """
    taken = credit.taken(deps.now(), deps.new_id("tk"))
    try:
        _move(credit, taken, {"count": taken.attempt.tries}, deps, came)
    except Contended:
        raise
    except Exception:
        if deps.stores.credits.get(credit.credit) != taken:
            raise
    return taken


def _record(taken: Credit, result: SendResult, deps: PostCreditDeps) -> str:
    """Store Stripe's answer.

    If the outcome is unknown, the lease expires and the same key is sent again.
    """
    if result.kind == "posted" and result.transaction:
        return _posted(taken, result.transaction, deps)
    if result.kind == "suspect":
        _move(taken, taken.as_suspect(deps.now()), {}, deps, "unclear")
        return "suspect"
    if result.kind in ("mismatch", "rejected"):
        code = "key_reused" if result.kind == "mismatch" else "stripe_refused"
        return _hold(taken, result.reason or Reason(code), deps)
    return "again"


def _search(credit: Credit, deps: PostCreditDeps) -> str:
    """Take the credit, and adopt its transaction at Stripe; send nothing."""
    taken = _take(credit, "searched", deps)
    return _on_latest(taken, lambda latest: _adopt(latest, deps), deps)


def _adopt(taken: Credit, deps: PostCreditDeps) -> str:
    """Adopt the one transaction at Stripe, or do the other action that the search implies."""
    try:
        stands = deps.billing.list_transactions(taken.account)
    except NotFound:
        return _hold(taken, Reason("stripe_customer_missing"), deps)
    found = [each for each in stands if _is_of(each, taken)]
    match taken.action_after_search(found):
        case "adopt":
            return _posted(taken, found[0].transaction, deps)
        case "hold_suspect":
            return _hold(taken, Reason("server_error_unresolved"), deps)
        case "cancel":
            return _cancel(taken, deps)
        case "hold_keys":
            keys = taken.attempt.generation
            return _hold(taken, Reason("keys_unanswered", {"count": keys}), deps)
        case "renew":
            _move(taken, taken.renewed(), {}, deps, "key_renewed")
            return "again"
    return _hold(taken, Reason("several_transactions"), deps)


def _stands(credit: Credit, deps: PostCreditDeps) -> bool:
    return any(_is_of(each, credit) for each in deps.billing.list_transactions(credit.account))


def _is_of(transaction: BalanceTransaction, credit: Credit) -> bool:
    result = transaction.metadata
    return (
        result.get("goodword_credit") == credit.identity
        and result.get("goodword_kind") == credit.kind
    )


def _posted(taken: Credit, transaction: str, deps: PostCreditDeps) -> str:
    """Store the credit as posted, with the consequences in the same transaction."""
    at = deps.now()
    data = {"transaction": transaction}
    if taken.kind == "credit" and taken.taken_back:
        why = Reason("deal_lost_while_posting")
        reversal = make_reversal(taken, why, at, review=False, cause=taken.cause)
        posted = taken.as_posted(transaction, at, reversal.credit)
        writes = _moves(taken, posted, data, deps)
        writes += _moves(None, reversal, {"reason": why}, deps)
    else:
        writes = _moves(taken, taken.as_posted(transaction, at), data, deps)
        writes += _reversed(taken, deps) if taken.kind == "reversal" else []
    deps.stores.commit(writes)
    return "posted"


def _reversed(taken: Credit, deps: PostCreditDeps) -> list[Write]:
    """Return the writes by which a posted reversal reverses its credit."""
    credit = deps.stores.credits.get(taken.of)
    if credit is None:
        raise MissingRecord("credit", taken.of)
    # If the deal was won again in the meantime, evaluate_referral evaluates the referral again.
    reversed_ = credit.as_reversed(taken.reason, taken.cause)
    return _moves(credit, reversed_, {}, deps)


def _cancel(credit: Credit, deps: PostCreditDeps) -> str:
    """Cancel a given-up credit that has no transaction at Stripe."""
    if credit.kind == "reversal":
        why = Reason("deal_won_again")
    elif credit.taken_back:
        why = Reason("deal_lost")
    else:
        why = Reason("milestone_not_met")
    canceled = credit.as_canceled(why, cause="not_met" if why.code == "milestone_not_met" else "")
    _move(credit, canceled, {"reason": why}, deps)
    return "canceled"


def _hold(credit: Credit, hold: Reason, deps: PostCreditDeps) -> str:
    """Hold the credit for a person, and return the kind of hold."""
    _move(credit, credit.as_held(hold, deps.now()), {"reasons": (hold,)}, deps)
    return hold.code


def _move(
    before: Credit,
    after: Credit,
    data: Mapping[str, Argument],
    deps: PostCreditDeps,
    came: str = "",
) -> None:
    deps.stores.commit(_moves(before, after, data, deps, came))


def _moves(
    before: Credit | None,
    after: Credit,
    data: Mapping[str, Argument],
    deps: PostCreditDeps,
    came: str = "",
) -> list[Write]:
    return move(before, after, data, at=deps.now(), new_id=deps.new_id, came=came)
