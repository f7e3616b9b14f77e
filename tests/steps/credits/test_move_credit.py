"""Every move of a credit carries its sums, its limits and its line on the timeline."""

from dataclasses import replace

import pytest

from goodword.domain.errors import Failed
from goodword.domain.reason import Reason
from goodword.domain.timeline import account_subject
from goodword.ports.writes import Increment, Insert, Release, Update
from goodword.steps.credits.move_credit import commit_move, move
from tests.credits import altered

DATA = {"reasons": (Reason("program_paused"),)}


@pytest.fixture
def credit(world):
    world.referral()
    world.stage("demo_attended")
    return replace(world.credit(), limits=("year", "budget"))


def writes_of(kind, writes):
    return [each for each in writes if isinstance(each, kind)]


def moved(world, before, after):
    return move(before, after, DATA, at=world.clock(), new_id=world.new_id, actor="key-1")


def test_a_new_credit_is_put_and_counted(world, credit):
    writes = moved(world, None, credit)
    assert writes[0] == Insert(credit)
    assert writes_of(Increment, writes) == [Increment("account#cus_1", "pending#USD", 5000)]
    assert writes_of(Release, writes) == []


def test_a_new_status_moves_the_amount_between_sums(world, credit):
    after = altered(credit, status="held", revision=credit.revision + 1)
    writes = moved(world, credit, after)
    assert writes[0] == Update(after)
    assert writes_of(Increment, writes) == [
        Increment("account#cus_1", "pending#USD", -5000),
        Increment("account#cus_1", "held#USD", 5000),
    ]


def test_the_same_status_moves_no_sum(world, credit):
    after = altered(credit, tries=1, revision=credit.revision + 1)
    assert writes_of(Increment, moved(world, credit, after)) == []


def test_limits_that_it_no_longer_holds_are_given_back(world, credit):
    after = altered(credit, status="canceled", limits=("budget",), revision=credit.revision + 1)
    assert writes_of(Release, moved(world, credit, after)) == [Release("year", 5000)]


def test_the_timeline_says_what_happened_and_who_did_it(world, credit):
    after = altered(credit, status="held", revision=credit.revision + 1)
    entry = next(
        each.record
        for each in moved(world, credit, after)
        if getattr(each, "record", None).__class__.__name__ == "Entry"
    )
    assert (entry.event.kind, entry.actor) == ("credit_held", "key-1")
    assert entry.event.data == {
        "credit": credit.credit,
        "milestone": "demo",
        "amount": credit.amount,
        "before": credit.status,
        **DATA,
    }


def test_a_move_is_committed_as_one(world, credit):
    held = world.credit()
    after = altered(held, status="held", revision=held.revision + 1)

    def commit():
        return commit_move(
            held,
            after,
            DATA,
            stores=world.stores,
            at=world.clock(),
            new_id=world.new_id,
            actor="key-1",
        )

    assert commit() == after
    assert world.credit() == after
    assert world.sums() == {"held#USD": 5000}
    with pytest.raises(Failed):
        commit()
    assert world.sums() == {"held#USD": 5000}


def test_an_accounts_sums_have_a_name_of_their_own():
    assert account_subject("cus_1") == "account#cus_1"
