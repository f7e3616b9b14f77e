"""A credit: what an account is owed for one milestone of one referral, and how far its posting is.

    pending ──▶ sending ──▶ posted ──▶ reversed
       │  ▲        │
       ▼  │        ▼
      held ◀───────┘        over_limit: over a limit, never posted
       │
       ▼
      canceled

Its state is one value with its own data. Each move is a method of `Credit` and a compare-and-set on
the revision, so two workers can never both take it. From a state that has no entry in its row, a
move raises ValueError:

    move               pending  held      sending   posted    over_limit  canceled  reversed
    taken              sending            sending
    as_suspect                            sending
    renewed                               pending
    as_posted                             posted
    as_held            held               held
    released                    pending
    marked             pending  held      sending
    as_ordered *       pending  held      sending
    as_canceled        canceled canceled  canceled            canceled
    moved_to_deal      pending  held                          over_limit
    revived                                                               pending
    as_taken_up_again *                                                   pending
    with_reversal                                   posted
    as_applied                                      posted
    as_reversed                                     reversed

    * of a reversal alone

What is posted is never undone in place: a reversal is a row of its own that goes the same way, and
when it is posted the credit is reversed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal, TypeVar

from goodword.domain.credits.posting import BalanceTransaction, Posting
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass

Status = Literal["pending", "held", "sending", "posted", "over_limit", "canceled", "reversed"]
CreditKind = Literal["credit", "reversal"]
# Why a credit is taken back, as its referrer sees it: after a refund, because its conditions are no
# longer met but may be again, or for another reason.
Cause = Literal["", "refund", "not_met"]
# The work lists of held credits: to approve, to review what is flagged, or to correct.
WorkList = Literal["approve", "review", "held"]
WORK_LISTS: Final[tuple[WorkList, ...]] = ("approve", "review", "held")
# The work list of each kind of hold; all other kinds are on the list of corrections.
_LIST_OF_HOLD: Final[dict[str, WorkList]] = {
    "approval_required": "approve",
    "flagged": "review",
    "credit_applied_already": "review",
    "sold_again": "review",
    "met_again_late": "review",
    "met_before_referral": "review",
}

# How long a worker's lease lasts: longer than Stripe's limit of 10 s and the 20 s within which the
# send must begin.
LEASE: Final = timedelta(seconds=60)
# How long to wait after a 500 of Stripe's.
QUIET_AFTER_500: Final = timedelta(hours=48)
SEND_WITHIN: Final = timedelta(seconds=20)
# Stripe may drop a key after 24 h, https://docs.stripe.com/api/idempotent_requests; this leaves
# four hours of margin.
KEY_LIFE: Final = timedelta(hours=20)
# After this long without an answer, a send has either taken effect or never will.
QUIET: Final = timedelta(hours=1)
# How many keys, each sent for 20 h, may get no answer before a person reviews the credit.
KEYS: Final = 5
# How many tries one key may have: one in five minutes for its 20 h, and as many reads of Stripe's
# list.
TRIES: Final = 300

# The next action on a credit. wait: nothing now. send: send it under its present key. search: look
# for the key's transaction at Stripe, and send nothing. cancel: cancel it. hold_tries: hold it for
# a person, since its key has used all its tries.
Action = Literal["wait", "send", "search", "cancel", "hold_tries"]
# The action after a search. adopt: Stripe has exactly one transaction, of its amount. renew: start
# the next key. The holds wait for a person: Stripe has several transactions, or one of another
# amount; Stripe answered 500 and has none; too many keys got no answer.
AfterSearch = Literal["adopt", "renew", "cancel", "hold_several", "hold_suspect", "hold_keys"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Why a credit with an unknown outcome at Stripe is given up, once the outcome is known.

    taken_back: the sale was lost (for a reversal: won again). not_met: the milestone is no longer
    met. A posted credit is reversed after the first and stays after the second; otherwise nothing
    more is sent.
    """

    why: Literal["taken_back", "not_met"]
    cause: Cause = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The idempotency key of a credit, and its sends; it outlives a state.

    generation: counts the keys that the credit has had. sent_at: when this key was first used.
    tries: how often a worker took the credit under it. suspect: Stripe answered 500. lapsed_at:
    when the lease of the last worker ended, for a credit that is or was held.
    """

    generation: int = 1
    sent_at: datetime | None = None
    tries: int = 0
    suspect: bool = False
    lapsed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reverses:
    """The data of a reversal: the credit that it takes back, and why.

    ordered: a person asked for it, so that no sale cancels it.
    """

    credit: str
    reason: Reason | None = None
    cause: Cause = ""
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """The credit waits until it is due."""

    status: ClassVar[Status] = "pending"
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The credit waits for a person.

    reasons: why; the first is its hold. since: when it was held.
    """

    status: ClassVar[Status] = "held"
    reasons: tuple[Reason, ...]
    since: datetime
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """A worker has the credit until its lease expires.

    token: fresh at each take, so that a worker whose write got no answer can distinguish it from
    another worker's.
    """

    status: ClassVar[Status] = "sending"
    lease_until: datetime
    token: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """Stripe has the credit.

    transaction: Stripe's id of the balance transaction. applied_minor: how much of it came off
    invoices. applied_on: the last of these invoices. reversal: the row that takes this credit back,
    if there is one.
    """

    status: ClassVar[Status] = "posted"
    transaction: str
    at: datetime
    applied_minor: int = 0
    applied_on: str = ""
    reversal: str = ""


@dataclass(frozen=True, slots=True)
class OverLimit:
    """The credit is over a limit, and is not owed.

    reason: which limit.
    """

    status: ClassVar[Status] = "over_limit"
    reason: Reason


@dataclass(frozen=True, slots=True)
class Canceled:
    """The credit is not owed, and Stripe never had it."""

    status: ClassVar[Status] = "canceled"
    reason: Reason | None
    cause: Cause = ""


@dataclass(frozen=True, slots=True)
class Reversed:
    """Stripe has the credit, and its reversal."""

    status: ClassVar[Status] = "reversed"
    posted: Posted
    reason: Reason | None
    cause: Cause = ""


State = Pending | Held | Sending | Posted | OverLimit | Canceled | Reversed
STATES: Final[dict[str, type[State]]] = {
    each.status: each for each in (Pending, Held, Sending, Posted, OverLimit, Canceled, Reversed)
}
STATUSES: Final[tuple[Status, ...]] = tuple(each.status for each in STATES.values())
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit of an account, or (a reversal, with a negative amount) what is taken back of one.

    due_at: when it may be posted, at the earliest. attempt: the present key. decided_by: the last
    person who decided on it. limits: the counters that it took from, given back when it is
    canceled. reverses: only for a reversal. follows: the credit of the same milestone that was
    taken back before the deal was won again. deal: the deal by which the milestone was met, as
    connection, kind and id; empty where the CRM has no deal. met_at: when it was met. counts_at:
    when it was met for the first time, in whose period it takes from the limits.
    """

    credit: str
    program: str
    version: int
    milestone: str
    referral: str
    account: str
    referrer: str
    amount: Money
    state: State
    earned_at: datetime
    due_at: datetime
    description: str = ""
    attempt: Attempt = field(default_factory=Attempt)
    decided_by: str = ""
    limits: tuple[str, ...] = ()
    reverses: Reverses | None = None
    follows: str = ""
    deal: str = ""
    met_at: datetime | None = None
    counts_at: datetime | None = None
    revision: int = 1

    # --- as readers see it ------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """Return the name of its state."""
        return self.state.status

    @property
    def kind(self) -> CreditKind:
        """Return whether it is a credit or a reversal."""
        return "credit" if self.reverses is None else "reversal"

    @property
    def of(self) -> str:
        """Return the credit that a reversal takes back."""
        return "" if self.reverses is None else self.reverses.credit

    @property
    def ordered(self) -> bool:
        """Return whether it is a reversal that a person asked for."""
        return self.reverses is not None and self.reverses.ordered

    @property
    def reason(self) -> Reason | None:
        """Return why it is over the limit, canceled or reversed; of an open reversal, its cause."""
        if isinstance(self.state, OverLimit | Canceled | Reversed):
            return self.state.reason
        if self.reverses is None or isinstance(self.state, Posted):
            return None
        return self.reverses.reason

    @property
    def holds(self) -> tuple[Reason, ...]:
        """Return why it is held; empty if it is not held."""
        return self.state.reasons if isinstance(self.state, Held) else ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return the reasons of its state: held, over the limit, canceled or reversed."""
        if self.holds or self.reason is None:
            return self.holds
        return (self.reason,)

    @property
    def cause(self) -> Cause:
        """Return why it is taken back, as its referrer sees it."""
        if self.reverses is not None:
            return self.reverses.cause
        if isinstance(self.state, Canceled | Reversed):
            return self.state.cause
        return self.mark.cause if self.mark is not None else ""

    @property
    def hold(self) -> str:
        """Return the kind of hold: the code of its first reason, or empty where it is not held."""
        return self.holds[0].code if self.holds else ""

    @property
    def held_at(self) -> datetime | None:
        """Return since when it is held."""
        return self.state.since if isinstance(self.state, Held) else None

    @property
    def mark(self) -> Mark | None:
        """Return why it is given up while its outcome at Stripe is unknown."""
        return self.state.mark if isinstance(self.state, Pending | Held | Sending) else None

    @property
    def taken_back(self) -> bool:
        """Return whether it is marked to be taken back (a reversal: to be canceled)."""
        return self.mark is not None and self.mark.why == "taken_back"

    @property
    def token(self) -> str:
        """Return the token of the worker that has the lease; empty if none has."""
        return self.state.token if isinstance(self.state, Sending) else ""

    @property
    def lease_until(self) -> datetime | None:
        """Return when the present or last lease ends."""
        return self.state.lease_until if isinstance(self.state, Sending) else self.attempt.lapsed_at

    @property
    def posted(self) -> Posted | None:
        """Return how it was posted; also for a credit that was reversed since."""
        if isinstance(self.state, Reversed):
            return self.state.posted
        return self.state if isinstance(self.state, Posted) else None

    @property
    def transaction(self) -> str:
        """Return Stripe's id of its balance transaction, once it is posted."""
        return "" if self.posted is None else self.posted.transaction

    @property
    def posted_at(self) -> datetime | None:
        """Return when it was posted."""
        return None if self.posted is None else self.posted.at

    @property
    def applied_minor(self) -> int:
        """Return how much of it came off invoices."""
        return 0 if self.posted is None else self.posted.applied_minor

    @property
    def applied(self) -> Money:
        """Return the part of it that came off invoices, at most all of it."""
        return Money(min(self.applied_minor, self.amount.minor), self.amount.currency)

    @property
    def remaining(self) -> Money:
        """Return the part of it that has not come off an invoice."""
        return Money(self.amount.minor - self.applied.minor, self.amount.currency)

    @property
    def applied_on(self) -> str:
        """Return the last invoice that it came off."""
        return "" if self.posted is None else self.posted.applied_on

    @property
    def reversal(self) -> str:
        """Return the row that takes this credit back, if there is one."""
        return "" if self.posted is None else self.posted.reversal

    @property
    def identity(self) -> str:
        """Return the id of the credit, or of the credit that this reversal takes back."""
        return self.of or self.credit

    @property
    def key(self) -> str:
        """Return the idempotency key of the present generation; the same for every try under it."""
        return f"{self.identity}:{self.kind}:{self.attempt.generation}"

    @property
    def work_list(self) -> WorkList | None:
        """Return the work list of a held credit, or None for all others."""
        return _LIST_OF_HOLD.get(self.hold, "held") if self.status == "held" else None

    # --- the next action
    # ---------------------------------------------------------------------------

    def next_action(self, now: datetime) -> Action:
        """Return the next action of a worker."""
        if not self.due(now):
            return "wait"
        if self.attempt.tries >= TRIES:
            return "hold_tries"
        if self.attempt.suspect or self.key_is_old(now) or (self.given_up() and self.sent()):
            return "search" if self._is_quiet(now) else "wait"
        return "cancel" if self.given_up() else "send"

    def action_after_search(self, found: Sequence[BalanceTransaction]) -> AfterSearch:
        """Return the action after a search.

        found: the transactions at Stripe that name the credit.
        """
        if len(found) == 1 and found[0].amount == self.amount:
            return "adopt"
        if found:
            return "hold_several"
        if self.attempt.suspect:
            return "hold_suspect"
        if self.given_up():
            return "cancel"
        return "hold_keys" if self.attempt.generation % KEYS == 0 else "renew"

    def due(self, now: datetime) -> bool:
        """Return whether a worker may take it now."""
        if isinstance(self.state, Sending):
            return self.state.lease_until <= now
        return isinstance(self.state, Pending) and self.due_at <= now

    def key_is_old(self, now: datetime) -> bool:
        """Return whether the present key is too old to be sent."""
        return self.attempt.sent_at is not None and now - self.attempt.sent_at > KEY_LIFE

    def _is_quiet(self, now: datetime) -> bool:
        """Return whether the last send has had enough time to take effect."""
        # A suspect's lease is its wait already; otherwise the last send was before the last lease
        # expired.
        lease = self.lease_until
        return self.attempt.suspect or lease is None or now - lease >= QUIET

    def given_up(self) -> bool:
        """Return whether nothing more is sent; earlier sends are searched for instead."""
        return self.mark is not None

    def nothing_stands(self) -> bool:
        """Return whether a held credit is known to have no transaction at Stripe.

        This holds after an empty search 48 hours after a 500 or after the last of several keys, and
        after Stripe refused the only send of the key. A refusal after a send without an answer does
        not show the outcome of that send.
        """
        if self.hold in ("server_error_unresolved", "keys_unanswered"):
            return True
        return self.hold in ("stripe_refused", "stripe_key_refused") and self.attempt.tries == 1

    def sent(self) -> bool:
        """Return whether Stripe may have received a send under any key."""
        return self.attempt.sent_at is not None or self.attempt.generation > 1

    def due_since(self) -> datetime:
        """Return since when the present key has been due, regardless of its sends.

        A suspect waits for 48 hours, and is due only after them.
        """
        if self.attempt.suspect and self.attempt.sent_at is not None:
            return self.attempt.sent_at + QUIET_AFTER_500
        return self.attempt.sent_at or self.due_at

    def posting(self) -> Posting:
        """Return the posting to send, which is the same for every try."""
        return Posting(
            account=self.account,
            amount=self.amount,
            description=self.description,
            key=self.key,
            metadata={
                "goodword_credit": self.identity,
                "goodword_kind": self.kind,
                "goodword_generation": str(self.attempt.generation),
                "goodword_referral": self.referral,
                "goodword_program": self.program,
                "goodword_milestone": self.milestone,
            },
        )

    # --- transitions
    # -------------------------------------------------------------------------------

    def taken(self, now: datetime, token: str) -> Credit:
        """Return it as taken by a worker: under a lease, with the key's age counted from now."""
        self._only(Pending, Sending)
        sent_at, tries = self.attempt.sent_at or now, self.attempt.tries + 1
        attempt = replace(self.attempt, sent_at=sent_at, tries=tries)
        return self._with_state(Sending(now + LEASE, token, self.mark), attempt=attempt)

    def as_suspect(self, now: datetime) -> Credit:
        """Return it after a 500 from Stripe: its lease lasts until the wait is over."""
        state = replace(self._only(Sending), lease_until=now + QUIET_AFTER_500)
        return self._with_state(state, attempt=replace(self.attempt, suspect=True))

    def renewed(self) -> Credit:
        """Return it as pending under its next key, after the present key had no effect."""
        self._only(Sending)
        return self._with_state(Pending(self.mark), attempt=Attempt(self.attempt.generation + 1))

    def as_posted(self, transaction: str, now: datetime, reversal: str = "") -> Credit:
        """Return it as posted under Stripe's id of the balance transaction."""
        self._only(Sending)
        return self._with_state(Posted(transaction, now, reversal=reversal))

    def as_held(self, reason: Reason, at: datetime) -> Credit:
        """Return it as held for a person.

        The end of the lease stays on the row: a send under it gets its wait, also when a person
        decides.
        """
        self._only(Pending, Sending)
        attempt = replace(self.attempt, lapsed_at=self.lease_until)
        return self._with_state(Held((reason,), at, self.mark), attempt=attempt)

    def released(self, by: str, now: datetime) -> Credit:
        """Return it as released by a person: pending, due no earlier than its hold period says.

        If a search found nothing, or Stripe refused the key's only send, the approval starts a new
        key. If a key was used with other parameters, Stripe is searched first. Otherwise the key
        stays, so that a send with an unknown outcome is repeated and not doubled.
        """
        self._only(Held)
        attempt = self.attempt
        if self.nothing_stands():
            attempt = Attempt(attempt.generation + 1)
        else:
            suspect = attempt.suspect or self.hold == "key_reused"
            tries = 0 if attempt.sent_at is None else 1
            attempt = replace(attempt, suspect=suspect, tries=tries)
        due_at = max(self.due_at, now)
        return self._with_state(Pending(self.mark), attempt=attempt, due_at=due_at, decided_by=by)

    def marked(self, mark: Mark | None) -> Credit:
        """Return it with this mark, or without one; the mark applies once the outcome is known."""
        return self._with_state(self._with_mark(mark))

    def as_ordered(self, by: str) -> Credit:
        """Return a reversal as ordered by a person: it proceeds even if the sale is won."""
        reverses = replace(self._reverses(), ordered=True)
        return self._with_state(self._with_mark(None), reverses=reverses, decided_by=by)

    def as_canceled(self, reason: Reason, by: str = "", cause: Cause = "") -> Credit:
        """Return it as canceled; the same transaction gives its amount back to the limits.

        by: the person who canceled it. A cancellation by the sale can be undone.
        """
        self._only(Pending, Held, Sending, OverLimit)
        attempt = replace(self.attempt, lapsed_at=None)
        return self._with_state(Canceled(reason, cause), attempt=attempt, decided_by=by, limits=())

    def revived(self, due_at: datetime) -> Credit:
        """Return a canceled credit as pending, since its sale earns it after all."""
        self._only(Canceled)
        return self._with_state(Pending(), due_at=due_at)

    def moved_to_deal(self, due_at: datetime) -> Credit:
        """Return an unsent credit that another deal earns now, with a hold period of its own."""
        self._only(Pending, Held, OverLimit)
        return self._with_state(self.state, due_at=due_at)

    def as_taken_up_again(self, reason: Reason, cause: Cause = "") -> Credit:
        """Return a canceled reversal as pending again, under the key that it had."""
        self._only(Canceled)
        reverses = replace(self._reverses(), reason=reason, cause=cause)
        return self._with_state(Pending(), reverses=reverses, decided_by="")

    def with_reversal(self, reversal: str) -> Credit:
        """Return it with the id of its reversal."""
        return self._with_state(replace(self._only(Posted), reversal=reversal))

    def as_applied(self, applied_minor: int, applied_on: str) -> Credit:
        """Return it with what came off invoices, and the last one, as Stripe's balance shows."""
        return self._with_state(
            replace(self._only(Posted), applied_minor=applied_minor, applied_on=applied_on)
        )

    def as_reversed(self, reason: Reason | None, cause: Cause = "") -> Credit:
        """Return it as reversed; the same transaction gives its amount back to the limits."""
        return self._with_state(Reversed(self._only(Posted), reason, cause), limits=())

    def _with_state(self, state: State, **changes: Any) -> Credit:
        return replace(self, state=state, revision=self.revision + 1, **changes)

    def _only(self, *kinds: type[S]) -> S:
        """Return the state if it is one of these; otherwise raise ValueError."""
        if isinstance(self.state, kinds):
            return self.state
        allowed = " or ".join(kind.__name__.lower() for kind in kinds)
        raise ValueError(f"{self.credit} is {self.status}; this move needs one that is {allowed}")

    def _with_mark(self, mark: Mark | None) -> State:
        self._only(Pending, Held, Sending)
        return replace(self.state, mark=mark)  # type: ignore[arg-type]  # each of these has one

    def _reverses(self) -> Reverses:
        if self.reverses is None:
            raise ValueError(f"{self.credit} is a credit; this move needs a reversal")
        return self.reverses


def of_deal(credit: Credit, deal: str, met_at: datetime, counts_at: datetime) -> Credit:
    """Return the credit as met by this deal; the same deal counts in the period of its first time.

    It is no move: it goes with the one that makes, revives or moves the credit.
    """
    if deal == credit.deal and credit.counts_at is not None:
        counts_at = min(credit.counts_at, counts_at)
    return replace(credit, deal=deal, met_at=met_at, counts_at=counts_at)


def credit_after(credit: Credit, at: datetime, due_at: datetime) -> Credit:
    """Make the row of a milestone that is met again after its credit was taken back.

    It is a new row with its own name, since an identity is credited once and reversed once.
    """
    first, _, number = credit.credit.rpartition("_") if credit.follows else (credit.credit, "", "1")
    return Credit(
        credit=f"{first}_{int(number) + 1}",
        program=credit.program,
        version=credit.version,
        milestone=credit.milestone,
        referral=credit.referral,
        account=credit.account,
        referrer=credit.referrer,
        amount=credit.amount,
        state=Pending(),
        earned_at=at,
        due_at=due_at,
        description=credit.description,
        follows=credit.credit,
    )


def make_reversal(
    credit: Credit, reason: Reason, at: datetime, *, review: bool, cause: Cause = "", by: str = ""
) -> Credit:
    """Make the row that takes a posted credit back.

    review: whether it is held for a person first. by: the person who asked for it, if one did.
    """
    return Credit(
        credit=f"{credit.credit}_reversal",
        program=credit.program,
        version=credit.version,
        milestone=credit.milestone,
        referral=credit.referral,
        account=credit.account,
        referrer=credit.referrer,
        amount=Money(-credit.amount.minor, credit.amount.currency),
        state=Held((Reason("credit_applied_already"),), at) if review else Pending(),
        earned_at=at,
        due_at=at,
        description=f"Taken back: {credit.description}",
        decided_by=by,
        reverses=Reverses(credit.credit, reason, cause, ordered=bool(by)),
    )
