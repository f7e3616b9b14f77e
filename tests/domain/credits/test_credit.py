"""Credits: every move is a new revision, and what was once sent never changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.credits import credit as module
from goodword.domain.credits.credit import (
    KEY_LIFE,
    KEYS,
    LEASE,
    QUIET,
    QUIET_AFTER_500,
    STATUSES,
    TRIES,
    Attempt,
    Credit,
    Mark,
    Pending,
    Reverses,
    Sending,
    make_reversal,
)
from goodword.domain.credits.posting import BalanceTransaction
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from tests.credits import altered

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
CREDIT = Credit(
    "cr_1",
    "peers",
    1,
    "demo",
    "rf_1",
    "cus_1",
    "ana",
    Money(5000, "USD"),
    Pending(),
    AT,
    AT,
    limits=("year",),
)
LOST = Reason("deal_lost")
PAST_DUE = Reason("subscription_not_current", {"standing": "past_due"})
REVERSAL = make_reversal(CREDIT, LOST, AT, review=False)
LEASED = replace(CREDIT, state=Sending(AT + HOUR, "tk_1"), attempt=Attempt(sent_at=AT, tries=1))
TAKEN_BACK, NOT_MET = Mark("taken_back", "refund"), Mark("not_met")

# --- the table of moves ---------------------------------------------------------------------------

MOVES = {
    "taken": lambda credit: credit.taken(AT, "tk_2"),
    "as_suspect": lambda credit: credit.as_suspect(AT),
    "renewed": lambda credit: credit.renewed(),
    "as_posted": lambda credit: credit.as_posted("cbtxn_1", AT),
    "as_held": lambda credit: credit.as_held(PAST_DUE, AT),
    "released": lambda credit: credit.released("key-1", AT),
    "marked": lambda credit: credit.marked(TAKEN_BACK),
    "as_ordered": lambda credit: credit.as_ordered("key-1"),
    "as_canceled": lambda credit: credit.as_canceled(LOST),
    "moved_to_deal": lambda credit: credit.moved_to_deal(AT),
    "revived": lambda credit: credit.revived(AT),
    "as_taken_up_again": lambda credit: credit.as_taken_up_again(LOST),
    "with_reversal": lambda credit: credit.with_reversal("cr_1_reversal"),
    "as_applied": lambda credit: credit.as_applied(2000, "in_1"),
    "as_reversed": lambda credit: credit.as_reversed(LOST),
}
BECOMES = {
    ("taken", "pending"): "sending",
    ("taken", "sending"): "sending",
    ("as_suspect", "sending"): "sending",
    ("renewed", "sending"): "pending",
    ("as_posted", "sending"): "posted",
    ("as_held", "pending"): "held",
    ("as_held", "sending"): "held",
    ("released", "held"): "pending",
    ("moved_to_deal", "pending"): "pending",
    ("moved_to_deal", "held"): "held",
    ("moved_to_deal", "over_limit"): "over_limit",
    ("marked", "pending"): "pending",
    ("marked", "held"): "held",
    ("marked", "sending"): "sending",
    ("as_ordered", "pending"): "pending",
    ("as_ordered", "held"): "held",
    ("as_ordered", "sending"): "sending",
    ("as_canceled", "pending"): "canceled",
    ("as_canceled", "held"): "canceled",
    ("as_canceled", "sending"): "canceled",
    ("as_canceled", "over_limit"): "canceled",
    ("revived", "canceled"): "pending",
    ("as_taken_up_again", "canceled"): "pending",
    ("with_reversal", "posted"): "posted",
    ("as_applied", "posted"): "posted",
    ("as_reversed", "posted"): "reversed",
}
OF_A_REVERSAL_ALONE = {"as_ordered", "as_taken_up_again"}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("move", MOVES)
def test_each_move_leads_where_the_table_says(move, status):
    row = altered(REVERSAL if move in OF_A_REVERSAL_ALONE else CREDIT, status)
    if (move, status) in BECOMES:
        after = MOVES[move](row)
        assert (after.status, after.revision) == (BECOMES[move, status], row.revision + 1)
    else:
        with pytest.raises(ValueError, match=f"{row.credit} is {status}; this move needs"):
            MOVES[move](row)


OF_A_REVERSAL = [pair for pair in BECOMES if pair[0] in OF_A_REVERSAL_ALONE]


@pytest.mark.parametrize(("move", "status"), OF_A_REVERSAL)
def test_a_credit_makes_no_move_of_a_reversal(move, status):
    with pytest.raises(ValueError, match="cr_1 is a credit; this move needs a reversal"):
        MOVES[move](altered(CREDIT, status))


def test_the_docstring_has_the_table_of_moves():
    lines = module.__doc__.splitlines()
    start = next(n for n, line in enumerate(lines) if line.split()[:2] == ["move", "pending"])
    head = lines[start]
    columns = {status: head.index(status) for status in STATUSES}
    assert list(columns) == sorted(columns, key=columns.get)
    found = {}
    for line in lines[start + 1 : start + 1 + len(MOVES)]:
        for status, column in columns.items():
            cell = line[column:].split(" ")[0] if len(line) > column else ""
            if cell:
                found[line.split()[0], status] = cell
    assert found == BECOMES


def test_every_public_move_is_in_the_table():
    returned = {
        name
        for name, made in vars(Credit).items()
        if callable(made) and made.__annotations__.get("return") == "Credit" and name[0] != "_"
    }
    assert returned == set(MOVES)


# --- what is to be done ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_waits_or_whose_lease_is_over_is_due(status):
    credit = altered(CREDIT, status, **({"lease_until": AT} if status == "sending" else {}))
    assert credit.due(AT) is (status in ("pending", "sending"))
    assert (credit.next_action(AT) == "wait") is (status not in ("pending", "sending"))


def test_a_credit_is_due_from_its_time_on():
    assert not CREDIT.due(AT - SECOND)
    assert not LEASED.due(AT)
    assert LEASED.due(AT + HOUR)


OLD = AT + KEY_LIFE + SECOND


@pytest.mark.parametrize(
    ("changes", "now", "action"),
    [
        ({}, AT, "send"),
        ({"generation": 2}, AT, "send"),
        ({"sent_at": AT, "tries": TRIES - 1}, AT + KEY_LIFE, "send"),
        ({"sent_at": AT, "tries": TRIES}, AT, "hold_tries"),
        ({"sent_at": AT, "suspect": True, "tries": TRIES}, AT, "hold_tries"),
        ({"sent_at": AT}, OLD, "search"),
        ({"sent_at": AT, "lapsed_at": OLD - QUIET}, OLD, "search"),
        ({"sent_at": AT, "lapsed_at": OLD - QUIET + SECOND}, OLD, "wait"),
        ({"sent_at": AT, "suspect": True, "lapsed_at": AT}, AT, "search"),
        ({"sent_at": AT, "mark": TAKEN_BACK}, AT, "search"),
        ({"sent_at": AT, "mark": NOT_MET, "lapsed_at": AT}, AT + QUIET, "search"),
        ({"sent_at": AT, "mark": NOT_MET, "lapsed_at": AT}, AT + QUIET - SECOND, "wait"),
        ({"generation": 2, "mark": NOT_MET}, AT, "search"),
        ({"mark": TAKEN_BACK}, AT, "cancel"),
    ],
)
def test_what_a_worker_does_next_follows_from_the_key(changes, now, action):
    assert altered(CREDIT, **changes).next_action(now) == action


@pytest.mark.parametrize(("rests", "action"), [(QUIET, "search"), (QUIET - SECOND, "wait")])
def test_an_expired_lease_with_old_key_has_its_quiet_time(rests, action):
    sending = altered(LEASED, lease_until=OLD - rests)
    assert sending.next_action(OLD) == action


def transaction(minor=5000):
    return BalanceTransaction(f"cbtxn_{minor}", "cus_1", Money(minor, "USD"), AT, {})


@pytest.mark.parametrize(
    ("changes", "found", "action"),
    [
        ({"suspect": True, "mark": NOT_MET}, (transaction(),), "adopt"),
        ({}, (transaction(4000),), "hold_several"),
        ({"mark": NOT_MET}, (transaction(), transaction()), "hold_several"),
        ({"suspect": True, "mark": NOT_MET}, (), "hold_suspect"),
        ({"generation": KEYS, "mark": NOT_MET}, (), "cancel"),
        ({"generation": KEYS}, (), "hold_keys"),
        ({"generation": 2 * KEYS}, (), "hold_keys"),
        ({"generation": KEYS - 1}, (), "renew"),
    ],
)
def test_what_follows_a_search_depends_on_what_was_found(changes, found, action):
    assert altered(LEASED, **changes).action_after_search(found) == action


# --- the key and what goes with it ----------------------------------------------------------------


def test_a_key_is_old_once_its_life_is_over():
    sent = altered(CREDIT, sent_at=AT)
    assert not CREDIT.key_is_old(AT + 2 * KEY_LIFE)
    assert not sent.key_is_old(AT + KEY_LIFE)
    assert sent.key_is_old(AT + KEY_LIFE + SECOND)


def test_each_generation_has_its_own_key():
    assert CREDIT.key == "cr_1:credit:1"
    assert altered(CREDIT, generation=2).key == "cr_1:credit:2"


def test_what_is_sent_is_the_same_at_every_try():
    taken = CREDIT.taken(AT, "tk_1")
    assert taken.posting() == CREDIT.posting() == taken.taken(AT + HOUR, "tk_2").posting()
    assert CREDIT.posting().metadata == {
        "goodword_credit": "cr_1",
        "goodword_kind": "credit",
        "goodword_generation": "1",
        "goodword_referral": "rf_1",
        "goodword_program": "peers",
        "goodword_milestone": "demo",
    }


@pytest.mark.parametrize(
    ("change", "sent"), [({}, False), ({"sent_at": AT}, True), ({"generation": 2}, True)]
)
def test_what_may_have_reached_stripe_counts_as_sent(change, sent):
    assert altered(CREDIT, **change).sent() is sent


# --- moves ----------------------------------------------------------------------------------------


def test_a_worker_that_takes_it_has_it_for_a_while():
    taken = CREDIT.taken(AT + HOUR, "tk_1")
    assert (taken.token, taken.lease_until) == ("tk_1", AT + HOUR + LEASE)
    assert taken.attempt == Attempt(sent_at=AT + HOUR, tries=1)
    again = taken.taken(AT + 2 * HOUR, "tk_2")
    assert (again.token, again.attempt) == ("tk_2", Attempt(sent_at=AT + HOUR, tries=2))


def test_a_500_extends_the_lease_over_the_quiet_time():
    suspect = LEASED.as_suspect(AT)
    assert suspect.attempt == replace(LEASED.attempt, suspect=True)
    assert (suspect.lease_until, suspect.token) == (AT + QUIET_AFTER_500, "tk_1")
    assert suspect.due_since() == AT + QUIET_AFTER_500


def test_the_next_key_begins_without_sends():
    assert LEASED.renewed().attempt == Attempt(generation=2)


def test_a_posted_credit_knows_its_transaction():
    posted = LEASED.as_posted("cbtxn_1", AT)
    assert (posted.status, posted.transaction, posted.posted_at) == ("posted", "cbtxn_1", AT)
    assert (posted.lease_until, posted.hold, posted.reasons) == (None, "", ())
    assert LEASED.as_posted("cbtxn_1", AT, "cr_1_reversal").reversal == "cr_1_reversal"


def test_a_held_credit_says_why():
    held = LEASED.as_held(PAST_DUE, AT)
    assert (held.status, held.hold, held.reasons) == ("held", PAST_DUE.code, (PAST_DUE,))
    assert held.held_at == AT


@pytest.mark.parametrize(
    ("hold", "work_list"),
    [
        ("approval_required", "approve"),
        *(
            (hold, "review")
            for hold in ("flagged", "credit_applied_already", "sold_again", "met_again_late")
        ),
        *(
            (hold, "held")
            for hold in ("subscription_not_current", "sign_off_missing", "of_tomorrow")
        ),
    ],
)
def test_a_held_credit_is_on_its_holds_work_list(hold, work_list):
    assert LEASED.as_held(Reason(hold), AT).work_list == work_list


@pytest.mark.parametrize("status", [each for each in STATUSES if each != "held"])
def test_no_other_credit_is_on_a_work_list(status):
    assert altered(CREDIT, status).work_list is None


def test_a_held_credit_keeps_its_last_send_time():
    held = LEASED.as_held(PAST_DUE, AT)
    assert held.lease_until == LEASED.lease_until == held.released("key-1", AT).lease_until


@pytest.mark.parametrize(
    ("hold", "tries", "generation", "suspect"),
    [
        ("server_error_unresolved", 9, 2, False),
        ("stripe_refused", 1, 2, False),
        ("stripe_key_refused", 1, 2, False),
        ("stripe_refused", 9, 1, False),
        ("key_reused", 9, 1, True),
        ("subscription_not_current", 9, 1, False),
        ("keys_unanswered", 9, 2, False),
    ],
)
def test_a_decision_releases_it_under_the_safe_key(hold, tries, generation, suspect):
    held = altered(CREDIT, "held", hold=hold, sent_at=AT, tries=tries, lapsed_at=AT)
    released = held.released("key-1", AT + HOUR)
    assert (released.status, released.hold, released.reasons) == ("pending", "", ())
    assert (released.decided_by, released.due_at) == ("key-1", AT + HOUR)
    same_key = Attempt(1, sent_at=AT, tries=1, suspect=suspect, lapsed_at=AT)
    assert released.attempt == (Attempt(2) if generation == 2 else same_key)


def test_a_released_credit_never_sent_has_no_try():
    assert altered(CREDIT, "held").released("key-1", AT).attempt == Attempt()


def test_a_suspect_that_is_released_stays_one():
    held = altered(CREDIT, "held", hold="tries_unanswered", sent_at=AT, suspect=True)
    assert held.released("key-1", AT).attempt.suspect


def test_a_released_credit_still_rests_for_its_hold_period():
    held = altered(CREDIT, "held", due_at=AT + 2 * HOUR)
    assert held.released("key-1", AT).due_at == AT + 2 * HOUR


@pytest.mark.parametrize("move", ["taken", "as_held", "renewed", "as_suspect"])
def test_a_mark_stays_until_the_outcome_is_known(move):
    assert MOVES[move](LEASED.marked(TAKEN_BACK)).mark == TAKEN_BACK


def test_a_mark_stays_when_a_person_lets_it_go_on():
    assert altered(CREDIT, "held", mark=NOT_MET).released("key-1", AT).mark == NOT_MET


@pytest.mark.parametrize("move", ["as_posted", "as_canceled"])
def test_a_mark_is_gone_once_the_outcome_is_known(move):
    after = MOVES[move](LEASED.marked(TAKEN_BACK))
    assert (after.mark, after.cause, after.given_up()) == (None, "", False)


def test_a_mark_says_what_its_credit_is_taken_back_after():
    marked = LEASED.marked(TAKEN_BACK)
    assert (marked.taken_back, marked.cause, marked.given_up()) == (True, "refund", True)
    other = LEASED.marked(NOT_MET)
    assert (other.taken_back, other.cause, other.given_up()) == (False, "", True)
    assert not marked.marked(None).given_up()


def test_a_canceled_credit_holds_no_limit():
    canceled = LEASED.as_canceled(LOST, cause="refund")
    assert (canceled.status, canceled.limits) == ("canceled", ())
    assert (canceled.reasons, canceled.cause) == ((LOST,), "refund")
    assert canceled.lease_until is None
    assert CREDIT.as_canceled(LOST, "key-1").decided_by == "key-1"
    assert altered(CREDIT, "held", lapsed_at=AT).as_canceled(LOST).lease_until is None


def test_a_revived_credit_has_no_reason_and_its_own_time():
    revived = CREDIT.as_canceled(LOST).revived(AT + HOUR)
    assert (revived.reason, revived.due_at) == (None, AT + HOUR)


def test_a_used_credit_keeps_how_it_was_posted():
    used = altered(CREDIT, "posted", reversal="cr_1_reversal").as_applied(2000, "in_1")
    assert (used.applied_minor, used.applied_on, used.reversal) == (2000, "in_1", "cr_1_reversal")
    assert (used.transaction, used.posted_at) == ("cbtxn_1", AT)


def test_a_reversed_credit_uses_no_limit_and_keeps_its_posting():
    posted = altered(CREDIT, "posted", reversal="cr_1_reversal", applied_minor=2000)
    reversed_ = posted.as_reversed("the deal is refunded", "refund")
    assert (reversed_.status, reversed_.limits) == ("reversed", ())
    assert (reversed_.reason, reversed_.cause) == ("the deal is refunded", "refund")
    assert (reversed_.posted, reversed_.reversal) == (posted.state, "cr_1_reversal")


# --- reversals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("review", "status"), [(False, "pending"), (True, "held")])
def test_a_reversal_is_its_own_row_with_the_opposite_amount(review, status):
    made = make_reversal(altered(CREDIT, "posted"), LOST, AT + HOUR, review=review)
    assert (made.credit, made.of, made.identity) == ("cr_1_reversal", "cr_1", "cr_1")
    assert (made.amount, made.status, made.kind) == (Money(-5000, "USD"), status, "reversal")
    assert made.key == "cr_1:reversal:1"
    assert made.posting().metadata["goodword_credit"] == "cr_1"
    assert made.posting().metadata["goodword_kind"] == "reversal"
    assert (made.earned_at, made.due_at) == (AT + HOUR, AT + HOUR)
    assert made.reason == LOST
    assert made.reasons == ((Reason("credit_applied_already"),) if review else (LOST,))


def test_a_reversal_keeps_why_it_takes_back():
    held = REVERSAL.as_held(PAST_DUE, AT)
    assert (REVERSAL.reason, held.reason, held.reasons) == (LOST, LOST, (PAST_DUE,))
    assert held.released("key-1", AT).reason == LOST
    assert altered(REVERSAL, "posted").reason is None


def test_a_person_may_ask_for_a_reversal_from_the_start():
    made = make_reversal(CREDIT, LOST, AT, review=False, by="key-1")
    assert (made.ordered, made.decided_by) == (True, "key-1")
    assert (REVERSAL.ordered, CREDIT.ordered) == (False, False)


def test_a_reversal_that_a_person_asks_for_loses_its_mark():
    ordered = REVERSAL.marked(Mark("taken_back")).as_ordered("key-1")
    assert (ordered.ordered, ordered.mark, ordered.decided_by) == (True, None, "key-1")


def test_a_reversal_is_taken_up_again_for_its_new_reason():
    refunded = Reason("deal_at_stage", {"stage": "refunded"})
    canceled = altered(REVERSAL, sent_at=AT).as_canceled(Reason("deal_won_again"), "key-1")
    again = canceled.as_taken_up_again(refunded, "refund")
    assert again.reverses == Reverses("cr_1", refunded, "refund")
    assert (again.decided_by, again.attempt.sent_at) == ("", AT)
