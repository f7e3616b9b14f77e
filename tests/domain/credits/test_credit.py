"""Credits: every move is a new revision, and what was once sent never changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.credits.credit import KEY_LIFE, LEASE, STATUSES, Credit, reversal_of
from goodword.domain.money import Money

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
CREDIT = Credit(
    "cr_1",
    "peers",
    1,
    "demo",
    "rf_1",
    "cus_1",
    "ana",
    Money(5000, "USD"),
    "pending",
    AT,
    AT,
    limits=("year",),
)
LEASED = replace(CREDIT, status="sending", lease_until=AT + HOUR)


@pytest.mark.parametrize("status", STATUSES)
def test_only_what_waits_or_whose_lease_is_over_is_due(status):
    credit = replace(CREDIT, status=status, lease_until=AT)
    assert credit.due(AT) is (status in ("pending", "sending"))


def test_a_credit_is_due_from_its_time_on():
    assert not CREDIT.due(AT - timedelta(seconds=1))
    assert not LEASED.due(AT)
    assert LEASED.due(AT + HOUR)
    assert not replace(LEASED, lease_until=None).due(AT)


def test_a_key_is_old_once_its_life_is_over():
    sent = replace(CREDIT, sent_at=AT)
    assert not CREDIT.key_is_old(AT + 2 * KEY_LIFE)
    assert not sent.key_is_old(AT + KEY_LIFE)
    assert sent.key_is_old(AT + KEY_LIFE + timedelta(seconds=1))


def test_each_generation_has_its_own_key():
    assert CREDIT.key == "cr_1:credit:1"
    assert replace(CREDIT, generation=2).key == "cr_1:credit:2"


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


def test_a_worker_that_takes_it_has_it_for_a_while():
    taken = CREDIT.taken(AT + HOUR, "tk_1")
    assert (taken.status, taken.lease_until, taken.sent_at) == ("sending", AT + HOUR + LEASE, AT + HOUR)
    assert (taken.tries, taken.revision, taken.token) == (1, 2, "tk_1")
    again = taken.taken(AT + 2 * HOUR, "tk_2")
    assert (again.sent_at, again.tries, again.token) == (AT + HOUR, 2, "tk_2")


def test_a_posted_credit_knows_its_transaction():
    posted = replace(LEASED, hold="x", reason="y").as_posted("cbtxn_1", AT)
    assert (posted.status, posted.transaction, posted.posted_at) == ("posted", "cbtxn_1", AT)
    assert (posted.lease_until, posted.hold, posted.reason, posted.revision) == (None, "", "", 2)


def test_a_held_credit_says_why():
    held = LEASED.as_held("standing", "past due", AT)
    assert (held.status, held.hold, held.reason) == ("held", "standing", "past due")
    assert (held.held_at, held.revision) == (AT, 2)


@pytest.mark.parametrize(
    ("hold", "work_list"),
    [
        ("approval", "approve"),
        *((hold, "review") for hold in ("flagged", "used_up", "won_again", "late")),
        *((hold, "held") for hold in ("standing", "sign_off", "suspect", "a kind of tomorrow", "")),
    ],
)
def test_a_held_credit_is_on_the_work_list_of_its_hold(hold, work_list):
    assert LEASED.as_held(hold, "why", AT).work_list == work_list


@pytest.mark.parametrize("status", [each for each in STATUSES if each != "held"])
def test_no_other_credit_is_on_a_work_list(status):
    assert replace(CREDIT, status=status, hold="flagged").work_list is None


def test_a_held_credit_keeps_the_time_of_its_last_send_so_that_its_quiet_time_counts():
    assert LEASED.as_held("standing", "past due", AT).lease_until == LEASED.lease_until


@pytest.mark.parametrize(
    ("hold", "tries", "generation", "suspect"),
    [
        ("suspect", 9, 2, False),
        ("rejected", 1, 2, False),
        ("rejected", 9, 1, False),
        ("mismatch", 9, 1, True),
        ("standing", 9, 1, False),
        ("keys", 9, 2, False),
    ],
)
def test_a_persons_word_lets_it_go_on_under_the_key_that_is_safe(hold, tries, generation, suspect):
    held = replace(CREDIT, status="held", hold=hold, reason="why", sent_at=AT, tries=tries)
    released = held.released("key-1", AT + HOUR)
    assert (released.status, released.hold, released.reason) == ("pending", "", "")
    assert released.tries == (0 if generation == 2 else 1)
    assert (released.decided_by, released.due_at, released.revision) == ("key-1", AT + HOUR, 2)
    assert (released.generation, released.suspect) == (generation, suspect)
    assert released.sent_at == (None if generation == 2 else AT)


def test_a_released_credit_still_rests_for_its_hold_period():
    held = replace(CREDIT, status="held", due_at=AT + 2 * HOUR)
    assert held.released("key-1", AT).due_at == AT + 2 * HOUR


def test_a_void_credit_holds_no_limit():
    void = replace(LEASED, hold="x").as_void("the deal is lost")
    assert (void.status, void.hold, void.reason, void.limits) == ("void", "", "the deal is lost", ())
    assert (void.lease_until, void.revision) == (None, 2)
    assert CREDIT.as_void("no", "key-1").decided_by == "key-1"


def test_a_reversed_credit_holds_no_limit():
    reversed_ = replace(CREDIT, status="posted").as_reversed("the deal is refunded")
    assert (reversed_.status, reversed_.limits, reversed_.revision) == ("reversed", (), 2)
    assert reversed_.reason == "the deal is refunded"


@pytest.mark.parametrize(
    ("change", "sent"), [({}, False), ({"sent_at": AT}, True), ({"generation": 2}, True)]
)
def test_what_may_have_reached_stripe_counts_as_sent(change, sent):
    assert replace(CREDIT, **change).sent() is sent


@pytest.mark.parametrize(("review", "status"), [(False, "pending"), (True, "held")])
def test_a_reversal_is_a_row_of_its_own_with_the_opposite_amount(review, status):
    made = reversal_of(replace(CREDIT, status="posted"), "the deal is lost", AT + HOUR, review=review)
    assert (made.credit, made.of, made.identity) == ("cr_1_reversal", "cr_1", "cr_1")
    assert (made.amount, made.status, made.kind) == (Money(-5000, "USD"), status, "reversal")
    assert made.key == "cr_1:reversal:1"
    assert made.posting().metadata["goodword_credit"] == "cr_1"
    assert made.posting().metadata["goodword_kind"] == "reversal"
    assert (made.earned_at, made.due_at) == (AT + HOUR, AT + HOUR)
    assert ("used up" in made.reason) is review
