"""What one attempt of a judging reads and gathers."""

from dataclasses import replace

import pytest

from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import evidence
from goodword.domain.referrers.referrer import Referrer
from goodword.ports.writes import Insert, Release, Update
from goodword.steps.referrals.evaluation import Evaluation


@pytest.fixture
def evaluation(world):
    referral = world.kept(world.referral())
    terms = world.stores.programs.latest(referral.program)
    seen = evidence(referral, (), world.clock())
    return Evaluation(referral, referral, terms, terms, seen, world.clock(), world.qualifying, {})


def test_the_referrer_and_the_account_are_read_once(world, evaluation):
    referrer, account = evaluation.people()
    assert (referrer.referrer, account.account) == (
        evaluation.referral.referrer,
        evaluation.referral.account,
    )
    del world.tables.rows[Referrer][(referrer.referrer,)]
    assert evaluation.people() == (referrer, account)


def test_a_sale_is_lost_for_the_milestones_that_say_so(evaluation):
    demo, deal = evaluation.terms.milestones
    evaluation.evidence = replace(
        evaluation.evidence, progress=replace(evaluation.evidence.progress, stage="lost")
    )
    assert (evaluation.lost(demo), evaluation.lost(deal)) == (False, True)


def test_a_note_is_an_entry_of_the_referrals_timeline_of_that_moment(evaluation):
    evaluation.note("closed", reason=Reason("all_milestones_decided"))
    (write,) = evaluation.writes
    assert isinstance(write, Insert)
    assert write.record.subject == f"referral#{evaluation.referral.referral}"
    assert write.record.at == evaluation.at


def test_a_move_brings_its_ledger_sums_limits_and_timeline_with_it(world, evaluation):
    world.stage("demo_attended")
    credit = replace(world.credit("demo"), limits=("budget",))
    lost = Reason("deal_lost")
    evaluation.add_move(credit, credit.as_canceled(lost), reason=lost)
    assert isinstance(evaluation.writes[0], Update)
    assert [each for each in evaluation.writes if isinstance(each, Release)] == [
        Release("budget", credit.amount.minor)
    ]
