"""A milestone is judged on each deal, and met by the first that meets it."""

from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.contact import Contact
from goodword.domain.money import Money
from goodword.domain.programs.criterion import Evidence, StageReached, Within
from goodword.domain.programs.program import Milestone
from goodword.domain.reason import Reason
from goodword.domain.referrals.evidence import Sale
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrals.verdict import judge
from goodword.domain.stage import Progress, StageRun

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
PAT = Contact("Pat", "pat@practice.example")
REFERRAL = Referral("rf_1", "peers", 1, "ana", "cus_1", "link", PAT, AT, AT + timedelta(days=365))
PAYS = (Money(5000, "USD"),)
DEMO = Milestone("demo", "they attend", PAYS, StageReached("demo_attended"), ())
WON = Milestone("deal", "they buy", PAYS, StageReached("won", ("lost", "refunded")))


def day(number):
    return AT + timedelta(days=number)


def evidence(**stages):
    """Return the evidence of a deal with these stages, by the day; a suffix makes a name unique."""
    runs = [StageRun(name.rstrip("0123456789"), day(at)) for name, at in stages.items()]
    return Evidence(AT, day(400), progress=Progress(tuple(runs)))


def verdict(milestone, *deals, own=None, too_old=()):
    named = {f"crm/deal/{number}": each for number, each in enumerate(deals)}
    return judge(milestone, REFERRAL, Sale(own or evidence(), named, too_old), 14)


def test_of_several_deals_the_first_to_meet_it_counts():
    found = verdict(DEMO, evidence(demo_attended=5), evidence(demo_attended=3), evidence(lost=1))
    assert (found.finding.answer, found.finding.since, found.deal) == ("met", day(3), "crm/deal/1")


def test_without_a_deal_the_contact_is_judged():
    found = verdict(DEMO, own=evidence(demo_attended=2))
    assert (found.finding.since, found.deal) == (day(2), "")


def test_a_deal_at_a_reversing_exit_does_not_meet_it():
    taken_back = Milestone("demo", "they attend", PAYS, StageReached("demo_attended"), ("lost",))
    left = evidence(demo_attended=1, lost=2)
    assert verdict(DEMO, left).finding.answer == "met"
    found = verdict(taken_back, left, evidence(demo_booked=1)).finding
    assert (found.answer, found.reasons) == ("not_met", (Reason("stage_is", {"stage": "lost"}),))


@pytest.mark.parametrize(
    ("met", "answer", "early"),
    [(0, "met", False), (-1, "met", True), (-14, "met", True), (-15, "never", False)],
)
def test_a_milestone_met_before_the_referral_pays_nothing_by_itself(met, answer, early):
    found = verdict(DEMO, evidence(demo_attended=met))
    assert (found.finding.answer, found.early) == (answer, early)


def test_a_referral_takes_what_happens_until_its_last_moment():
    assert verdict(DEMO, evidence(demo_attended=365)).finding.answer == "met"
    late = verdict(DEMO, evidence(demo_attended=366)).finding
    assert (late.answer, late.reasons) == ("never", (Reason("met_after_closing"),))


def test_a_reopened_deal_counts_from_its_first_win():
    found = verdict(WON, evidence(won=2, proposal=3, won2=40))
    assert (found.finding.since, found.first) == (day(40), day(2))
    assert verdict(WON, evidence(won=2)).first == day(2)


WITHIN = Milestone("demo", "they attend", PAYS, Within(30, StageReached("demo_attended")), ())


@pytest.mark.parametrize(
    ("stages", "answer", "late"),
    [
        ({"demo_attended": 10, "demo_booked": 11, "demo_attended2": 40}, "met", True),
        ({"demo_booked": 10, "demo_attended": 40}, "never", False),
        ({"demo_attended": 10, "demo_booked": 11}, "never", False),
        ({"demo_attended": -20, "demo_booked": 11, "demo_attended2": 40}, "never", False),
        ({}, "never", False),
    ],
)
def test_a_milestone_met_again_too_late_is_late(stages, answer, late):
    found = verdict(WITHIN, evidence(**stages))
    assert (found.finding.answer, found.late) == (answer, late)
    if late:
        assert (found.finding.since, found.first) == (day(40), day(10))


def test_a_lost_sale_is_not_met_again_late():
    won = Milestone("deal", "they buy", PAYS, Within(30, StageReached("won", ("lost",))))
    assert not verdict(won, evidence(won=10, proposal=11, won2=40, lost=41)).late


def test_deals_that_are_too_old_are_the_reason():
    found = verdict(DEMO, too_old=("crm/deal/9",)).finding
    assert (found.answer, found.reasons) == ("not_yet", (Reason("deal_too_old", {"count": 14}),))
