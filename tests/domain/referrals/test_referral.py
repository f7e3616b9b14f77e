"""Referrals: their milestones and what they hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from goodword.domain.contact import Contact
from goodword.domain.referrals.referral import SOURCES, MilestoneState, Referral

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
PAT = Contact("Pat", "pat@practice.example", said={"segment": "private", "region": ""})
REFERRAL = Referral("rf_1", "peers", 1, "ana", "cus_1", "link", PAT, AT, AT + timedelta(days=365))


def test_a_milestone_that_nobody_judged_is_not_yet():
    assert REFERRAL.milestone("demo") == MilestoneState("demo")
    assert REFERRAL.credits() == ()


def test_a_milestones_state_takes_the_place_of_the_one_before():
    first = REFERRAL.with_milestone(MilestoneState("demo")).with_milestone(MilestoneState("deal"))
    second = first.with_milestone(MilestoneState("demo", "met", credit="cr_1"))
    assert sorted(each.milestone for each in second.milestones) == ["deal", "demo"]
    assert second.milestone("demo").answer == "met"
    assert second.credits() == ("cr_1",)


def test_an_open_or_credited_referral_keeps_its_company():
    closed = replace(REFERRAL, open=False)
    assert (REFERRAL.holds(), closed.holds()) == (True, False)
    assert closed.with_milestone(MilestoneState("demo", "met", credit="cr_1")).holds()


def test_only_who_was_handed_over_was_named_by_the_referrer():
    named = [source for source in SOURCES if replace(REFERRAL, source=source).named_by_referrer()]
    assert named == ["form", "verbal"]


def test_an_open_referral_is_judged_by_its_deadline():
    soon, late = AT + timedelta(days=1), REFERRAL.deadline + timedelta(days=1)
    assert REFERRAL.judged_next() == REFERRAL.deadline
    assert replace(REFERRAL, look_again_at=soon).judged_next() == soon
    assert replace(REFERRAL, look_again_at=late).judged_next() == REFERRAL.deadline
    assert replace(REFERRAL, look_again_at=late, open=False).judged_next() == late
