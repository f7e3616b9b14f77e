"""What one attempt of a judging reads and gathers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.reason import Reason
from goodword.domain.referrals.evidence import Sale, sale
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.stage import Progress, StageRun
from goodword.ports.writes import Insert, Release, Update
from goodword.steps.referrals.evaluation import Evaluation


@pytest.fixture
def evaluation(world):
    referral = world.kept(world.referral())
    terms = world.stores.programs.latest(referral.program)
    seen = sale(referral, (), world.clock(), terms.zone, 14)
    return Evaluation(referral, referral, terms, terms, seen, world.clock(), world.qualifying, {})


def test_the_referrer_and_the_account_are_read_once(world, evaluation):
    referrer, account = evaluation.people()
    assert (referrer.referrer, account.account) == (
        evaluation.referral.referrer,
        evaluation.referral.account,
    )
    del world.tables.rows[Referrer][(referrer.referrer,)]
    assert evaluation.people() == (referrer, account)


def test_a_deal_is_lost_for_the_milestones_that_say_so(world, evaluation):
    world.stage("won")
    demo, deal = evaluation.terms.milestones
    lost = Progress((StageRun("lost", world.clock()),))
    credit = replace(world.credit("deal"), deal="")
    evaluation.sale = Sale(replace(evaluation.sale.own, progress=lost))
    assert (evaluation.lost(credit, demo), evaluation.lost(credit, deal)) == (False, True)
    assert not evaluation.lost(replace(credit, deal="crm/deal/gone"), deal)


def test_the_earliest_time_to_judge_again_counts(world, evaluation):
    for hours in (2, 1, 3):
        evaluation.judge_again_at(world.clock() + timedelta(hours=hours))
    assert evaluation.look_again == world.clock() + timedelta(hours=1)


def test_a_note_is_a_timeline_entry_of_its_time(evaluation):
    evaluation.note("closed", reason=Reason("all_milestones_decided"))
    (write,) = evaluation.writes
    assert isinstance(write, Insert)
    assert write.record.subject == f"referral#{evaluation.referral.referral}"
    assert write.record.at == evaluation.at


def test_a_move_has_ledger_sums_limits_and_timeline(world, evaluation):
    world.stage("demo_attended")
    credit = replace(world.credit("demo"), limits=("budget",))
    lost = Reason("deal_lost")
    evaluation.add_move(credit, credit.as_canceled(lost), reason=lost)
    assert isinstance(evaluation.writes[0], Update)
    assert [each for each in evaluation.writes if isinstance(each, Release)] == [
        Release("budget", credit.amount.minor)
    ]
