"""A person's decision holds, unless the account's own approver said no."""

from dataclasses import replace

import pytest

from goodword.domain.credits.credit import Credit
from goodword.domain.errors import Conflict, NotFound
from goodword.domain.reason import Reason
from goodword.ports.writes import Update
from goodword.steps.decisions.decide_as_staff import decide_as_staff
from goodword.steps.decisions.decide_credit import DecideCreditDeps
from tests.credits import altered


@pytest.fixture
def held(world) -> Credit:
    world.referral()
    world.stage("demo_attended")
    return world.change_credit(status="held", holds=(Reason("sign_off_missing"),))


def decide(world, credit: str, decision: str) -> Credit:
    deps = DecideCreditDeps(world.stores, world.clock, world.new_id, world.enqueue)
    return decide_as_staff(credit, decision, "why", by="staff sam", deps=deps)


def earns(world, answer: str) -> None:
    ana = world.stores.referrers.get("ana")
    world.stores.commit([Update(replace(ana, earns=answer, revision=ana.revision + 1))])


@pytest.mark.parametrize("answer", ["yes", "ask"])
def test_a_credit_is_approved_unless_it_was_declined(world, held, answer):
    earns(world, answer)
    assert decide(world, held.credit, "approve").status == "pending"


def test_a_credit_that_the_approver_declined_can_only_be_canceled(world, held):
    earns(world, "no")
    commits = world.tables.commits
    with pytest.raises(Conflict, match="ruled them out"):
        decide(world, held.credit, "approve")
    assert world.tables.commits == commits
    assert decide(world, held.credit, "cancel").status == "canceled"


def test_a_reversal_is_approved_without_permission_to_earn(world):
    world.referral()
    world.stage("demo_attended")
    credit = world.credit()
    assert world.post(credit.credit) == "posted"
    decide(world, credit.credit, "reverse")
    row = world.reversal()
    waiting = altered(row, status="held", hold="credit_applied_already", revision=row.revision + 1)
    world.stores.commit([Update(waiting)])
    earns(world, "no")
    assert decide(world, row.credit, "approve").status == "pending"


def test_an_unknown_credit_is_reported_as_none(world):
    with pytest.raises(NotFound):
        decide(world, "cr_none", "approve")
