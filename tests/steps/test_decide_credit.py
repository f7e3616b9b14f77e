"""A person decides on a credit that waits for one."""

from datetime import timedelta

import pytest

from goodword.domain.errors import BadInput, Clash, NotFound
from goodword.steps.decide_credit import decide_credit
from tests.steps.world import DEAL, DEMO


@pytest.fixture
def held(bare):
    bare.program(DEMO, DEAL, posting="approve", limits={"account_year": ["500.00 USD"]})
    bare.referral()
    bare.stage("demo_attended")
    assert bare.credit().status == "held"
    return bare


def decide(world, decision, reason="looked at it", credit=None, by="key-1"):
    return decide_credit(
        credit or world.credit().credit,
        decision,
        reason,
        by=by,
        stores=world.stores,
        now=world.clock,
        new_id=world.new_id,
        wake=world.wake,
    )


def test_an_approved_credit_goes_on_and_its_worker_is_woken(held):
    held.clock.advance(days=1)
    credit = decide(held, "approve")
    assert (credit.status, credit.hold, credit.reason) == ("pending", "", "")
    assert (credit.decided_by, credit.due_at) == ("key-1", held.clock())
    assert held.credit() == credit
    assert held.wake == [credit.credit]
    assert held.sums() == {"pending#USD": 5000}
    assert held.post(credit.credit) == "posted"


def test_an_approved_credit_still_rests_for_its_hold_period(bare):
    bare.program({**DEMO, "hold_days": 5}, posting="approve")
    bare.referral()
    bare.stage("demo_attended")
    due = bare.clock() + timedelta(days=5)
    assert decide(bare, "approve").due_at == due
    assert bare.wake == []


def test_a_voided_credit_gives_back_its_limits(held):
    credit = decide(held, "void", "  not one of ours ")
    assert (credit.status, credit.reason, credit.decided_by) == ("void", "not one of ours", "key-1")
    assert list(held.tables.used.values()) == [0]
    assert held.sums() == {"void#USD": 5000}
    assert held.wake == []


def test_what_a_person_voided_stays_void_when_the_stage_is_reached_again(held):
    decide(held, "void")
    held.stage("won")
    assert held.credit("demo").status == "void"


@pytest.mark.parametrize("decision", ["approve", "void"])
def test_the_reason_and_who_gave_it_are_on_the_timeline(held, decision):
    decide(held, decision, " it is fine ")
    entry = max(
        (each for each in held.entries() if "by a person" in each.sentence), key=lambda each: each.entry
    )
    assert entry.sentence.endswith("by a person: it is fine")
    assert entry.actor == "key-1"


@pytest.mark.parametrize("decision", ["approve", "void"])
def test_deciding_the_same_again_changes_nothing(held, decision):
    first = decide(held, decision)
    entries = held.entries()
    assert decide(held, decision) == first
    assert held.entries() == entries


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_decision_needs_a_reason(held, reason):
    with pytest.raises(BadInput) as refused:
        decide(held, "approve", reason)
    assert refused.value.where == "reason"
    assert held.credit().status == "held"


def test_a_credit_that_is_not_there_is_not_found(held):
    with pytest.raises(NotFound):
        decide(held, "approve", credit="cr_nobody")


@pytest.mark.parametrize("status", ["pending", "posted", "capped", "void", "sending"])
def test_only_a_held_credit_can_be_approved(held, status):
    held.change_credit(status=status)
    with pytest.raises(Clash, match=f"is {status}, not held"):
        decide(held, "approve")


@pytest.mark.parametrize("status", ["pending", "capped", "held"])
def test_what_was_never_sent_can_be_voided(held, status):
    held.change_credit(status=status)
    assert decide(held, "void").status == "void"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"status": "sending"}, "is sending"),
        ({"status": "posted"}, "is posted"),
        ({"status": "held", "sent_at": timedelta()}, "has been sent"),
        ({"status": "pending", "sent_at": timedelta()}, "has been sent"),
    ],
)
def test_what_may_have_reached_stripe_cannot_be_voided(held, change, match):
    if "sent_at" in change:
        change = change | {"sent_at": held.clock()}
    held.change_credit(**change)
    with pytest.raises(Clash, match=match):
        decide(held, "void")


def test_of_two_who_decide_at_once_the_second_finds_it_decided(held):
    held.tables.meanwhile.append(lambda: decide(held, "void", by="key-2"))
    with pytest.raises(Clash, match="is void"):
        decide(held, "approve")
    assert held.credit().decided_by == "key-2"


def test_of_two_who_approve_at_once_one_is_on_the_record(held):
    held.tables.meanwhile.append(lambda: decide(held, "approve", by="key-2"))
    assert decide(held, "approve").decided_by == "key-2"
    assert held.sums() == {"pending#USD": 5000}


def test_a_lost_wake_up_call_costs_only_time(held):
    held.wake.lost = True
    credit = decide(held, "approve")
    assert held.stores.credits.due(held.clock(), 9) == (credit.credit,)


def test_an_approved_credit_that_was_voided_with_its_deal_can_revive(bare):
    bare.program(DEAL, posting="approve")
    bare.referral()
    bare.stage("won")
    decide(bare, "approve", credit=bare.credit("deal").credit)
    bare.stage("lost")
    assert bare.credit("deal").status == "void"
    bare.stage("won")
    assert bare.credit("deal").status in ("held", "pending")
