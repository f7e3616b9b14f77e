"""What one attempt of a judging reads and gathers."""

from dataclasses import replace

import pytest

from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import evidence
from goodword.domain.referrers.referrer import Referrer
from goodword.ports import Insert, Release, Update
from goodword.steps.referrals.draft import Draft


@pytest.fixture
def draft(world):
    referral = world.kept(world.referral())
    terms = world.stores.programs.latest(referral.program)
    seen = evidence(referral, (), world.clock())
    return Draft(referral, referral, terms, terms, seen, world.clock(), world.qualifying, {})


def test_the_referrer_and_the_account_are_read_once(world, draft):
    referrer, account = draft.people()
    assert (referrer.referrer, account.account) == (draft.referral.referrer, draft.referral.account)
    del world.tables.rows[Referrer][(referrer.referrer,)]
    assert draft.people() == (referrer, account)


def test_a_sale_is_lost_for_the_milestones_that_say_so(draft):
    demo, deal = draft.terms.milestones
    draft.evidence = replace(draft.evidence, progress=replace(draft.evidence.progress, stage="lost"))
    assert (draft.lost(demo), draft.lost(deal)) == (False, True)


def test_a_note_is_an_entry_of_the_referrals_timeline_of_that_moment(draft):
    draft.note("closed", reason=Reason("all_milestones_decided"))
    (write,) = draft.writes
    assert isinstance(write, Insert)
    assert write.record.subject == f"referral#{draft.referral.referral}"
    assert write.record.at == draft.at


def test_a_move_brings_its_ledger_sums_limits_and_timeline_with_it(world, draft):
    world.stage("demo_attended")
    credit = replace(world.credit("demo"), limits=("budget",))
    lost = Reason("deal_lost")
    draft.add_move(credit, credit.as_void(lost), reason=lost)
    assert isinstance(draft.writes[0], Update)
    assert [each for each in draft.writes if isinstance(each, Release)] == [
        Release("budget", credit.amount.minor)
    ]
