"""Where the schedules of seeds begin, and at which rare places their faults are aimed.

Three seeds of four begin deep inside a life, in one of the start states, with a fault aimed at a
boundary that chance alone would strike too seldom; from there they go on by chance like all others.
The fourth begins with nothing, and two of three of those are aimed at the rare boundaries that it
may meet. Which states lead to which boundary was counted, and the floor of the coverage
(coverage.py) fails when that is no longer so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.simulation.faults import KINDS, FaultKind


@dataclass(frozen=True)
class Rare:
    """How a boundary that is seldom struck is reached.

    scenes: start states from which it is. share: how many turns it has; none where it is struck
    often enough beside others. first: the fault elsewhere that leads to it. yields: where its
    worker lets another come first. last: the kind of task that comes a moment after the others of
    the start state. late: the index of credits is late.
    """

    scenes: tuple[str, ...]
    share: int = 1
    first: tuple[str, FaultKind] | None = None
    yields: tuple[str, ...] = ()
    last: str = ""
    late: bool = False

    @property
    def particular(self) -> bool:
        """Say whether it is reached only in a particular way, which other faults would spoil."""
        return self.first is not None or bool(self.yields or self.last) or self.late


@dataclass(frozen=True)
class Aim:
    """Where a seed begins.

    The faults that are to strike at the first crossings of named boundaries.
    """

    scene: str = ""
    strikes: dict[str, tuple[FaultKind, ...]] = field(default_factory=dict)
    yields: tuple[str, ...] = ()
    last: str = ""
    late: bool = False

    @property
    def particular(self) -> bool:
        """Say whether other faults would spoil it."""
        return bool(self.yields or self.last) or self.late


_LOST: Final[FaultKind] = "reply lost after"
_SIGNUP: Final = Rare(("nobody_yet", "waiting", "signup_and_event"), 0)
_AUDIT: Final = Rare(("audited",))
_POLL: Final = Rare(("asked", "lost_and_not_reported"))
_JUDGED: Final = Rare(("two_on_one_deal", "room_for_one", "room_given_back"))

RARE: Final[dict[str, Rare]] = {
    "post_credit.post_credit billing.read_customer": Rare(("pending_due", "sending_lapsed"), 0),
    "post_credit._take commit": Rare(
        ("key_old", "key_old_nothing", "pending_due", "key_old_lost"), 0
    ),
    "post_credit._take credits.get": Rare(
        ("pending_due", "key_old", "suspect", "sending_lapsed"),
        4,
        ("post_credit._take commit", _LOST),
    ),
    "post_credit._send billing.send": Rare(("pending_due", "sending_lapsed")),
    "post_credit._posted commit": Rare(("key_old", "suspect", "taken_back_while_sending"), 3),
    "post_credit._record commit": Rare(("pending_due",), 18),
    "post_credit._hold commit": Rare(("suspect_nothing",), 4),
    "post_credit._cancel commit": Rare(("canceled_credit_that_was_sent", "key_old_lost"), 10),
    "post_credit._adopt commit": Rare(("key_old_nothing",), 7),
    "post_credit._adopt billing.list_transactions": Rare(
        ("key_old_nothing", "key_old", "suspect_nothing"), 2
    ),
    "post_credit._stands billing.list_transactions": Rare(("approved_after_500",), 3),
    "post_credit._reversed credits.get": Rare(("reversal_sending_won_again",), 5),
    "post_credit.attempt credits.get": Rare(
        ("taken_back_while_sending", "key_old_lost", "suspect"),
        14,
        yields=("post_credit._adopt billing.list_transactions", "post_credit._send billing.send"),
        last="hear",
    ),
    "sweep_credits.sweep_credits enqueue": Rare(("suspect", "sending_lapsed", "key_old_nothing")),
    "decide_credit.decide_credit enqueue": Rare(("suspect_approved", "held_approved"), 7),
    "decide_credit.attempt credits.get": Rare(("suspect_approved", "held_approved")),
    "decide_credit._approve commit": Rare(("suspect_approved", "held_approved"), 5),
    "decide_credit._cancel commit": Rare(("held_canceled",), 8),
    "decide_credit._reverse credits.get": Rare(("called_off", "taken_back_twice"), 2, last="hear"),
    "decide_credit._amount_now accounts.get": Rare(("held_for_currency",), 6),
    "decide_credit.terms_of programs.get": Rare(("taken_back_by_persons",), 3, last="hear"),
    "decide_credit._begin commit": Rare(("taken_back_by_persons",), 5, last="hear"),
    "decide_credit._confirm commit": Rare(("taken_back_twice",), 6, last="hear"),
    "decide_credit._take_up_again commit": Rare(("called_off",), 6, last="hear"),
    "evaluate_referral.evaluate_referral enqueue": Rare(("applied_and_lost", "room_for_one")),
    "follow_credit._find_reversal credits.get": Rare(
        ("reversal_pending", "reversal_sending_won_again"), 2
    ),
    "follow_credit.follow_credit credits.get": Rare(("sending_lapsed_lost", "posted_then_lost"), 0),
    "evaluate_referral.attempt commit": Rare(("sending_and_lost", "posted_then_lost"), 0),
    "earn_credit._claim identities.get": _JUDGED,
    "earn_credit._claim referrals.get": Rare(("two_on_one_deal",), 5),
    "evaluation.people accounts.get": Rare(("two_on_one_deal", "room_for_one", "room_given_back")),
    "evaluation.people referrers.get": Rare(
        ("two_on_one_deal", "room_for_one", "room_given_back"), 0
    ),
    "expire_referrals.expire_referrals referrals.overdue": Rare(("won_again_looked_at",), 4),
    "mark_applied.mark_applied billing.list_transactions": Rare(("applied_and_lost",), 2),
    "mark_applied._mark credits.get": Rare(("applied_and_lost",), 3),
    "mark_applied._mark commit": Rare(("applied_and_lost",), 8),
    "apply_event.apply_delivery inbox.applied": Rare(("signup_and_event",)),
    "apply_event.apply_one commit": Rare(
        ("unknown_and_known",), 14, yields=("apply_event._keep commit",), last="signup"
    ),
    "apply_event._keep commit": Rare(("signup_and_event",), 3),
    "apply_event._is_erased referrals.get": Rare(("asked",), 0),
    "apply_event._enqueue_accounts enqueue": Rare(("reported_by_stripe",), 4),
    "apply_event._enqueue_accounts accounts.get": Rare(("reported_by_stripe",), 2),
    "apply_event.find_referrals crm.look_up": Rare(("signup_and_event", "key_old_lost"), 0),
    "apply_event._by_object identities.get": Rare(("signup_and_event", "key_old_lost"), 0),
    "apply_event.record_waiting commit": Rare(("waiting",), 13),
    "apply_event.record_waiting connections.latest": Rare(("waiting",), 3),
    "apply_event.record_waiting unmatched.list_by_hint": Rare(("waiting",)),
    "apply_event.record_waiting referrals.get": Rare(("waiting",), 2),
    "apply_event._record_tied unmatched.list_by_hint": Rare(("tied_later",), 2),
    "apply_event._apply ask": Rare(("refunded",)),
    "ask_refund.ask_refund inbox.get": Rare(("refunded",)),
    "ask_refund.ask_refund refunds.read_credited": Rare(("refunded",), 4),
    "ask_refund.ask_refund refunds.still_pays": Rare(("refunded",), 3),
    "ask_refund.ask_refund refunds.read_email": Rare(("refunded",), 2),
    "ask_refund.ask_refund inbox.put": Rare(("refunded",), 4),
    "ask_refund.ask_refund inbox.applied": Rare(("refunded",), 4),
    "ask_refund.ask_refund inbox.forget": Rare(("refunded",), 4),
    "qualify_referral.qualify_referral referrals.get": _SIGNUP,
    "register_referral.attempt commit": _SIGNUP,
    "register_referral.attempt identities.get": _SIGNUP,
    "register_referral._count visits.different": _SIGNUP,
    "register_referral._is_referrer identities.get": _SIGNUP,
    "register_referral._is_another referrals.get": Rare(("nobody_yet",), 3),
    "register_referral._look identities.get": _SIGNUP,
    "register_referral.claims identities.get": Rare(
        ("nobody_yet", "two_on_one_deal", "signup_and_event")
    ),
    "register_referral.claims referrals.get": Rare(("two_on_one_deal",), 3),
    "audit_ledger._from_where_it_ended audits.latest": _AUDIT,
    "audit_ledger._credits credits.list_by_account": Rare(("audited",), 2),
    "audit_ledger._read credits.get": Rare(("audited",), 2),
    "audit_ledger._read ledger.list_by_credit": Rare(("audited",), 3),
    "audit_ledger._read counts.of": Rare(("audited",), 3),
    "audit_ledger._transactions billing.list_transactions": Rare(("audited",), 4),
    "audit_ledger._differences credits.get": Rare(("audited",), 22, late=True),
    "audit_ledger._compare enqueue": Rare(("audited",), 6),
    "audit_ledger.audit_ledger audits.put": Rare(("audited",), 2),
    "poll_crm.poll_crm requests.get": Rare(("asked", "lost_and_not_reported"), 0),
    "poll_crm.poll_crm requests.put": Rare(("asked",), 4),
    "poll_crm._page referrals.still_open": Rare(("asked", "lost_and_not_reported"), 0),
    "poll_crm._page referrals.closed_early": Rare(("asked", "lost_and_not_reported"), 4),
    "poll_crm._poll_safely referrals.get": Rare(("asked", "lost_and_not_reported"), 2),
    "poll_crm._poll facts.list_by_referral": Rare(("asked", "lost_and_not_reported"), 3),
    "poll_crm._poll crm.look_up": Rare(("asked",), 3),
    "poll_crm._connection connections.latest": Rare(("asked", "lost_and_not_reported"), 4),
}
ALSO: Final = 0.4  # of the other rare boundaries of a start state are aimed at as well
ALSO_OF_THE_STEP: Final = 0.08  # of those in the same step, where the first strike hides the others
# What one attempt of a worker runs through is one step, in however many modules it is written.
_ONE_STEP: Final = dict.fromkeys(
    ("evaluation", "earn_credit", "follow_credit"), "evaluate_referral"
)
_TURNS: Final = tuple(name for name, rare in RARE.items() for _ in range(rare.share))


def aim_of(seed: int, chance: Random) -> Aim:
    """Return the aim of a seed; each rare boundary has its turn with each kind of fault."""
    quarter, place = divmod(seed, 4)
    if not place:
        names = RARE if quarter % 3 else ()
        return Aim(
            strikes={each: (chance.choice(KINDS),) for each in names if chance.random() < 0.3}
        )
    round_, at = divmod(3 * quarter + place - 1, len(_TURNS))
    name = _TURNS[at]
    rare = RARE[name]
    scene = chance.choice(rare.scenes)
    strikes: dict[str, tuple[FaultKind, ...]] = {}
    if not rare.particular:
        strikes = {each: (chance.choice(KINDS),) for each in _near(name, scene, chance)}
    if rare.first is not None:
        strikes[rare.first[0]] = (rare.first[1],) * 2
    strikes[name] = tuple(
        KINDS[(round_ + at + further) % len(KINDS)] for further in (0, 2, 4, 1, 3)
    )
    return Aim(scene, strikes, rare.yields, rare.last, rare.late)


def _near(name: str, scene: str, chance: Random) -> Iterator[str]:
    """Draw some of the other rare boundaries of a start state."""
    step = _step_of(name)
    for other, rare in RARE.items():
        if scene in rare.scenes and not rare.particular:
            same = _step_of(other) == step
            if chance.random() < (ALSO_OF_THE_STEP if same else ALSO):
                yield other


def _step_of(boundary: str) -> str:
    module = boundary.partition(".")[0]
    return _ONE_STEP.get(module, module)
