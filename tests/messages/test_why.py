"""Why a referral has not been paid, in one sentence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from goodword.domain.contact import Contact
from goodword.domain.credits.credit import Credit, Pending, Status, make_reversal
from goodword.domain.money import Money
from goodword.domain.programs.program import Program
from goodword.domain.programs.terms import build_program
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import EARNS_NO_CREDIT, MilestoneState, Referral
from goodword.messages.why import is_paid, why_of_milestone, why_unpaid
from tests.credits import altered
from tests.domain.conftest import DOCUMENT

AT = datetime(2027, 3, 17, 9, tzinfo=UTC)
LATER = AT + timedelta(days=2)
PAT = Contact("Pat", "pat@practice.example")
REFERRAL = Referral("rf_1", "peers", 1, "ana", "cus_1", "link", PAT, AT, AT + timedelta(days=90))
CREDIT = Credit(
    *("cr_1", "peers", 1, "demo", "rf_1", "cus_1", "ana"),
    Money(5000, "USD"),
    Pending(),
    AT,
    AT,
)
AHEAD = Reason("stage_not_reached", {"stage": "new", "needed": "demo_attended"})
MISSING = Reason("contact_missing", {"field": "phone"})
LOST = Reason("deal_lost")


def why(program: Program, *credits_: Credit, referral: Referral = REFERRAL, **state: Any) -> str:
    changed = referral.with_milestone(MilestoneState("demo", **state))
    return str(why_unpaid(program, changed, {each.credit: each for each in credits_}, AT))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({}, "Not paid for demo yet: the CRM has reported nothing about this prospect."),
        (
            {"reasons": (AHEAD,), "by": LATER},
            "Not paid for demo yet: the sale is at “new”, not yet at “demo attended”; "
            "it can still be met until 19 March 2027.",
        ),
        (
            {"reasons": (MISSING, Reason("value_unknown"))},
            "Not paid for demo yet: phone is missing; the deal's value is not known; "
            "it can still be met until 15 June 2027.",
        ),
        (
            {"answer": "not_met", "reasons": (Reason("stage_is", {"stage": "lost"}),)},
            "Not paid for demo for now: the sale is at “lost”.",
        ),
        (
            {"answer": "never", "reasons": (Reason("time_over", {"count": 30}),)},
            "Not paid for demo, and it no longer can be: 30 days are over.",
        ),
        (
            {"answer": "never"},
            "Not paid for demo, and it no longer can be: its deadline has passed.",
        ),
        ({"answer": "met"}, "demo is met; its credit is being made."),
        (
            {"answer": "met", "refused": EARNS_NO_CREDIT},
            "Not paid for demo: this referrer recommends without earning.",
        ),
    ],
)
def test_what_is_not_earned_says_what_is_missing(
    program: Program, state: dict[str, Any], sentence: str
) -> None:
    assert why(program, **state) == sentence


def test_a_referral_that_closed_says_why(program: Program) -> None:
    closed = replace(
        REFERRAL, open=False, closed_because=Reason("closed_time_over", {"count": 365})
    )
    assert (
        why(program, referral=closed)
        == "Not paid for demo: the referral closed, 365 days are over."
    )
    erased = replace(closed, erased_at=AT)
    assert why(program, referral=erased) == "Not paid for demo: the person's data was erased."


@pytest.mark.parametrize(
    ("credit", "sentence"),
    [
        ({}, "50.00 USD is on its way to Stripe; look again in a few minutes."),
        ({"status": "sending"}, "50.00 USD is on its way to Stripe; look again in a few minutes."),
        ({"due_at": LATER}, "50.00 USD is earned and not paid yet: it posts on 19 March 2027."),
        (
            {"status": "sending", "suspect": True, "lease_until": LATER},
            "50.00 USD is not known to be paid: Stripe gave no clear answer, and is asked again on "
            "19 March 2027.",
        ),
        (
            {"due_at": LATER, "suspect": True, "lapsed_at": AT},
            "50.00 USD is not known to be paid: Stripe gave no clear answer, and is asked again on "
            "19 March 2027.",
        ),
        (
            {
                "status": "held",
                "holds": (
                    Reason("flagged", {"flags": (Reason("same_phone"),)}),
                    Reason("program_paused"),
                ),
            },
            "50.00 USD is earned and not paid: it needs a decision, because "
            "another prospect of the program has this phone number; the program is paused.",
        ),
        (
            {
                "status": "over_limit",
                "reason": Reason("budget_used_up", {"amount": Money(100, "USD")}),
            },
            "50.00 USD was earned and is not paid: the program's budget of 1.00 USD is used up.",
        ),
        (
            {"status": "canceled", "reason": LOST},
            "50.00 USD was earned and canceled: the deal was lost.",
        ),
        ({"status": "reversed"}, "50.00 USD was paid and taken back."),
        (
            {"status": "posted", "at": AT},
            "Paid: 50.00 USD was posted on 17 March 2027; it comes off the next invoice.",
        ),
        (
            {"status": "posted", "at": AT, "applied_minor": 2000, "applied_on": "in_1"},
            "Paid: 50.00 USD was posted on 17 March 2027, and 20.00 USD came off invoice in_1.",
        ),
    ],
)
def test_a_credit_says_how_far_it_is(
    program: Program, credit: dict[str, Any], sentence: str
) -> None:
    assert why(program, altered(CREDIT, **credit), answer="met", credit="cr_1") == sentence


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (
            "held",
            "50.00 USD was paid and is to be taken back: it needs a decision, "
            "because the credit is used "
            "up; taking it back raises the next invoice.",
        ),
        ("pending", "50.00 USD was paid and is being taken back: the deal was lost."),
        ("canceled", "Paid: 50.00 USD was posted on 17 March 2027; it comes off the next invoice."),
    ],
)
def test_a_credit_that_is_taken_back_says_so(program: Program, status: str, sentence: str) -> None:
    posted = altered(CREDIT, status="posted", at=AT, reversal="cr_1_reversal")
    made = make_reversal(posted, LOST, AT, review=status == "held")
    reversal = altered(made, status=status)
    assert why(program, posted, reversal, answer="met", credit="cr_1") == sentence


def two_milestones() -> Program:
    document: dict[str, Any] = dict(DOCUMENT)
    deal = document["milestones"][0] | {"milestone": "deal", "pays": ["200.00 USD"]}
    return build_program({**document, "milestones": [*document["milestones"], deal]})


@pytest.mark.parametrize(
    ("demo", "deal", "about"),
    [
        ("posted", "held", "deal"),
        ("held", "posted", "demo"),
        ("posted", None, "deal"),
        ("canceled", None, "deal"),
        ("held", None, "demo"),
        ("posted", "canceled", "deal"),
        ("over_limit", "posted", "demo"),
    ],
)
def test_of_two_milestones_the_most_actionable_is_described(
    demo: str, deal: str | None, about: str
) -> None:
    program = two_milestones()
    made = {
        name: altered(CREDIT, status, credit=f"cr_{name}", milestone=name)
        for name, status in (("demo", demo), ("deal", deal))
        if status is not None
    }
    referral = REFERRAL
    for name, credit in made.items():
        referral = referral.with_milestone(MilestoneState(name, "met", credit=credit.credit))
    credits_ = {each.credit: each for each in made.values()}
    one = next(each for each in program.milestones if each.milestone == about)
    result = str(why_unpaid(program, referral, credits_, AT))
    assert result == str(why_of_milestone(program, one, referral, credits_, AT))


def test_what_was_paid_is_said_last() -> None:
    closed = replace(REFERRAL, open=False, closed_because=Reason("all_milestones_decided"))
    posted = altered(CREDIT, status="posted", at=AT)
    states = (
        MilestoneState("demo", "met", credit="cr_1"),
        MilestoneState("deal", "never", (Reason("time_over", {"count": 9}),)),
    )
    result = str(
        why_unpaid(two_milestones(), replace(closed, milestones=states), {"cr_1": posted}, AT)
    )
    assert result == "Not paid for deal, and it no longer can be: 9 days are over."


def test_a_reversal_that_waits_for_a_person_comes_first() -> None:
    posted = altered(CREDIT, status="posted", at=AT, reversal="cr_1_reversal")
    reversal = make_reversal(posted, LOST, AT, review=True)
    states = (MilestoneState("demo", "met", credit="cr_1"), MilestoneState("deal"))
    referral = replace(REFERRAL, milestones=states)
    result = why_unpaid(two_milestones(), referral, {"cr_1": posted, reversal.credit: reversal}, AT)
    assert "taken back: it needs a decision" in str(result)


@pytest.mark.parametrize(
    ("demo", "deal", "paid"),
    [
        ("posted", "posted", True),
        ("posted", None, False),
        ("posted", "canceled", False),
        ("held", "posted", False),
    ],
)
def test_paid_is_the_unreversed_payment_of_each_milestone(
    demo: Status, deal: Status | None, paid: bool
) -> None:
    made = {
        name: altered(CREDIT, credit=f"cr_{name}", milestone=name, status=status)
        for name, status in (("demo", demo), ("deal", deal))
        if status is not None
    }
    referral = REFERRAL
    for name, credit in made.items():
        referral = referral.with_milestone(MilestoneState(name, "met", credit=credit.credit))
    by_id = {each.credit: each for each in made.values()}
    assert is_paid(two_milestones(), referral, by_id) is paid
    reversal = make_reversal(altered(CREDIT, credit="cr_demo"), LOST, AT, review=False)
    by_id |= {
        "cr_demo": altered(by_id["cr_demo"], "posted", reversal=reversal.credit),
        reversal.credit: reversal,
    }
    assert not is_paid(two_milestones(), referral, by_id)
