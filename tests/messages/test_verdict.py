"""The verdict: one sentence each for the referrer, the rep and finance."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.contact import Contact
from goodword.domain.credits.credit import Credit, Pending, make_reversal
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import (
    COMPANY_OR_DEAL_TAKEN,
    EARNS_NO_CREDIT,
    PROGRAM_CLOSED,
    MilestoneState,
    Referral,
)
from goodword.messages.verdict import closing_sentence, credit_sentence, promise, verdict
from tests.credits import altered

AT = datetime(2027, 3, 17, 9, tzinfo=UTC)
BY = datetime(2027, 9, 1, 2, tzinfo=UTC)  # still August in New York
PAT = Contact("Pat", "pat@practice.example")
REFERRAL = Referral("rf_1", "peers", 1, "ana", "cus_1", "link", PAT, AT, AT + timedelta(days=365))
CREDIT = Credit(
    *("cr_1", "peers", 1, "demo", "rf_1", "cus_1", "ana"),
    Money(4500, "EUR"),
    Pending(),
    AT,
    AT,
)
OVER = Reason("closed_time_over", {"count": 365})
DECIDED = Reason("all_milestones_decided")
MISSING = Reason("contact_missing", {"field": "phone"})
NEW = Reason("stage_is", {"stage": "new"})
SMALL = Reason("company_size_is", {"count": 9})


def say(program, credit=None, open=True, currency="", earns="yes", **state):
    referral = replace(REFERRAL, open=open, closed_because=None if open else OVER)
    changed = referral.with_milestone(MilestoneState("demo", **state))
    return verdict(program, changed, "demo", credit, AT, currency=currency, earns=earns)


@pytest.mark.parametrize(
    ("state", "open", "sentence"),
    [
        ({"answer": "not_yet"}, True, "50.00 USD is yours once they attend a demo."),
        ({"answer": "met"}, True, "50.00 USD is yours once they attend a demo."),
        ({"answer": "not_met"}, True, "This one does not meet the terms for now."),
        (
            {"answer": "never", "by": BY, "reasons": (Reason("time_over", {"count": 180}),)},
            True,
            "No demo by 31 August 2027, so this closed.",
        ),
        (
            {"answer": "never", "by": BY, "reasons": (Reason("met_too_late", {"count": 180}),)},
            False,
            "No demo by 31 August 2027, so this closed.",
        ),
        ({"answer": "never", "by": BY}, True, "This one didn't meet the terms."),
        ({"answer": "not_yet", "by": BY}, False, "No demo by 16 March 2028, so this closed."),
        (
            {"answer": "met", "refused": COMPANY_OR_DEAL_TAKEN},
            False,
            "This one didn't meet the terms.",
        ),
        (
            {"answer": "met", "refused": COMPANY_OR_DEAL_TAKEN},
            True,
            "This one didn't meet the terms.",
        ),
        (
            {"answer": "met", "refused": EARNS_NO_CREDIT},
            True,
            "Thank you. Your account receives no credit for it.",
        ),
    ],
)
def test_the_referrer_sees_the_state_without_the_pipeline(program, state, open, sentence):
    result = {"reasons": (Reason("stage_is", {"stage": "proposal"}),)} | state
    assert str(say(program, open=open, **result).for_referrer) == sentence


@pytest.mark.parametrize(
    ("credit", "referrer", "finance"),
    [
        (
            {},
            "Qualified: 45.00 EUR posts today.",
            "45.00 EUR is owed for demo, due 17 March 2027.",
        ),
        (
            {"due_at": AT + timedelta(days=2)},
            "Qualified: 45.00 EUR posts on 19 March 2027.",
            "45.00 EUR is owed for demo, due 19 March 2027.",
        ),
        (
            {"status": "sending"},
            "Qualified: 45.00 EUR is being posted.",
            "45.00 EUR is owed for demo; its posting is under way.",
        ),
        (
            {"status": "posted", "at": AT, "transaction": "cbtxn_1"},
            "45.00 EUR comes off your next invoice.",
            "45.00 EUR is posted for demo.",
        ),
        (
            {"status": "held", "holds": (Reason("program_paused"),)},
            "We're checking one detail; you'll hear by 31 March 2027.",
            "45.00 EUR for demo is held: the program is paused.",
        ),
        (
            {"status": "held", "hold": "program_paused", "since": AT - timedelta(days=15)},
            "We're still checking one detail. It is taking longer than we said.",
            "45.00 EUR for demo is held: the program is paused.",
        ),
        (
            {
                "status": "posted",
                "at": AT,
                "transaction": "t",
                "applied_minor": 4500,
                "applied_on": "in_1042",
            },
            "45.00 EUR came off invoice in_1042.",
            "45.00 EUR is posted for demo.",
        ),
        (
            {
                "status": "posted",
                "at": AT,
                "transaction": "t",
                "applied_minor": 1000,
                "applied_on": "in_1042",
            },
            "10.00 EUR of 45.00 EUR came off invoice in_1042; "
            "35.00 EUR comes off your next invoice.",
            "45.00 EUR is posted for demo.",
        ),
        (
            {"status": "posted", "at": AT, "transaction": "t", "applied_minor": 4500},
            "45.00 EUR came off an invoice.",
            "45.00 EUR is posted for demo.",
        ),
        (
            {
                "status": "over_limit",
                "reason": Reason("account_limit_reached", {"amount": Money(50000, "EUR")}),
            },
            "Qualified; your account reached this year's limit.",
            "45.00 EUR for demo is over a limit and not owed: "
            "the account reached this year's limit of 500.00 EUR.",
        ),
        (
            {
                "status": "over_limit",
                "reason": Reason("budget_used_up", {"amount": Money(50000, "EUR")}),
            },
            "Qualified; the program's budget is used up.",
            "45.00 EUR for demo is over a limit and not owed: "
            "the program's budget of 500.00 EUR is used up.",
        ),
        (
            {"status": "canceled", "reason": Reason("deal_lost")},
            "45.00 EUR was canceled.",
            "45.00 EUR for demo is canceled: the deal was lost.",
        ),
    ],
)
def test_a_credit_is_reported_to_the_referrer_and_to_finance(program, credit, referrer, finance):
    said = say(program, altered(CREDIT, **credit), answer="met")
    assert str(said.for_referrer) == referrer
    assert str(said.for_finance) == finance


def test_the_referrer_sees_the_expected_invoice_of_a_posted_credit(program):
    monthly = replace(program, invoice_day=1)
    posted = altered(CREDIT, status="posted", at=AT)
    expected = "45.00 EUR comes off your next invoice, expected 1 April 2027."
    assert str(credit_sentence(monthly, posted, AT)) == expected
    later = "45.00 EUR comes off your next invoice, expected 1 May 2027."
    assert str(credit_sentence(monthly, posted, AT + timedelta(days=20))) == later


def test_what_is_still_open_is_promised_in_the_accounts_currency(program):
    first = REFERRAL.with_milestone(MilestoneState("demo"))
    assert (
        str(promise(program, first, "", "yes")[0]) == "50.00 USD is yours once they attend a demo."
    )
    result = [str(each) for each in promise(program, first, "EUR", "yes")]
    assert result[0] == "45.00 EUR is yours once they attend a demo."
    for state in (
        {"answer": "never"},
        {"answer": "met", "credit": "cr_1"},
        {"refused": PROGRAM_CLOSED},
    ):
        changed = first.with_milestone(MilestoneState("demo", **state))
        assert promise(program, changed, "", "yes") == promise(program, first, "", "yes")[1:]


def test_the_portal_promises_in_the_accounts_currency(program):
    assert (
        str(say(program, currency="EUR").for_referrer)
        == "45.00 EUR is yours once they attend a demo."
    )
    assert (
        str(say(program, currency="EUR").for_finance)
        == "Nothing is owed for demo yet; 45.00 EUR would be."
    )


def test_who_recommends_without_earning_is_promised_nothing(program):
    thanks = "Thank you. Your account receives no credit for it."
    assert str(say(program, earns="no").for_referrer) == thanks
    assert [str(each) for each in promise(program, REFERRAL, "", "no")] == [thanks]
    closed = replace(REFERRAL, open=False).with_milestone(
        MilestoneState("demo", refused=EARNS_NO_CREDIT)
    )
    assert str(closing_sentence(program, closed)) == thanks


def test_a_referral_closes_with_the_sentence_of_its_first_milestone(program):
    closed = replace(REFERRAL, open=False, closed_because=OVER)
    assert str(closing_sentence(program, closed)) == "No demo by 16 March 2028, so this closed."


def test_an_id_that_makes_no_sentence_is_left_out(program):
    (milestone, *rest) = program.milestones
    named = replace(program, milestones=(replace(milestone, milestone="qualified"), *rest))
    closed = replace(REFERRAL, open=False, closed_because=OVER)
    result = "This did not qualify by 16 March 2028, so it closed."
    assert str(closing_sentence(named, closed)) == result


def test_what_waits_for_the_referrers_own_company_says_so(program):
    changed = altered(CREDIT, status="held", hold="sign_off_missing")
    result = "45.00 EUR waits for your company's sign-off. Ask for it in your portal."
    assert str(say(program, changed, answer="met").for_referrer) == result


@pytest.mark.parametrize(
    ("state", "open", "sentence"),
    [
        ({}, True, "demo: Not yet: nothing is known yet."),
        (
            {"reasons": (MISSING, NEW), "by": BY},
            True,
            "demo: Not yet: phone is missing; the sale is at “new” (until 31 August 2027).",
        ),
        ({"answer": "met", "reasons": (SMALL,), "by": BY}, True, "demo: Met: company size is 9."),
        ({"answer": "not_met", "reasons": (SMALL,)}, True, "demo: Not met: company size is 9."),
        (
            {"answer": "never", "reasons": (SMALL,)},
            False,
            "demo: Can no longer be met: company size is 9. Closed: 365 days are over.",
        ),
        (
            {"answer": "met", "reasons": (SMALL,), "refused": COMPANY_OR_DEAL_TAKEN},
            True,
            "demo: Met: company size is 9. "
            "No credit: an earlier referral has this company or deal; one deal pays once.",
        ),
    ],
)
def test_the_rep_learns_what_is_missing(program, state, open, sentence):
    assert str(say(program, open=open, **state).for_rep) == sentence


def test_finance_learns_what_would_be_owed_or_why_nothing_is(program):
    assert str(say(program).for_finance) == "Nothing is owed for demo yet; 50.00 USD would be."
    refused = say(program, answer="met", refused=COMPANY_OR_DEAL_TAKEN)
    assert str(refused.for_finance) == (
        "Nothing is owed for demo: an earlier referral has this company or deal; "
        "one deal pays once."
    )


def test_finance_reads_each_flag(program):
    flags = (Reason("velocity", {"count": 20}), Reason("same_phone"))
    changed = altered(CREDIT, status="held", reasons=(Reason("flagged", {"flags": flags}),))
    assert str(say(program, changed, answer="met").for_finance) == (
        "45.00 EUR for demo is held: the referrer introduced more than 20 prospects in a day; "
        "another prospect of the program has this phone number."
    )


def test_what_a_person_typed_is_said_as_typed(program):
    typed = Reason("decided_by_person", {"typed": "duplicate: see ticket 4411; ask Ana"})
    canceled = altered(CREDIT, "canceled", reason=typed)
    assert str(say(program, canceled, answer="met").for_finance) == (
        "45.00 EUR for demo is canceled: a person decided so: duplicate: see ticket 4411; ask Ana."
    )


def test_a_verdict_carries_its_answer_and_reasons(program):
    said = say(program, answer="not_met", reasons=(SMALL,))
    assert (said.milestone, said.answer, said.reasons) == ("demo", "not_met", (SMALL,))


def test_a_reversed_credit_is_reported_to_referrer_and_finance(program):
    taken_back = altered(CREDIT, status="reversed", transaction="cbtxn_1")
    said = say(program, taken_back, answer="met")
    assert str(said.for_referrer) == "45.00 EUR was taken back."
    refunded = say(program, altered(taken_back, cause="refund"), answer="met")
    assert str(refunded.for_referrer) == "45.00 EUR was taken back after a refund."
    assert str(said.for_finance) == "45.00 EUR for demo was posted and taken back."


def test_a_cancellation_until_met_again_is_reported_with_the_condition(program):
    reopened = altered(
        CREDIT, "canceled", cause="not_met", reason=Reason("no_longer_met", {"reasons": (NEW,)})
    )
    said = say(program, reopened, answer="not_yet")
    assert str(said.for_referrer).startswith("45.00 EUR is ")
    assert str(said.for_referrer).endswith("; it is yours once they attend a demo.")
    assert "proposal" not in str(said.for_referrer)


@pytest.mark.parametrize(
    ("used", "sentence"),
    [
        ({"applied_minor": 4500, "applied_on": "in_1"}, "45.00 EUR came off invoice in_1."),
        ({"applied_minor": 9999, "applied_on": "in_1"}, "45.00 EUR came off invoice in_1."),
        ({"applied_minor": 4500}, "45.00 EUR came off an invoice."),
        (
            {"applied_minor": 1500},
            "15.00 EUR of 45.00 EUR came off an invoice; 30.00 EUR comes off your next invoice.",
        ),
        (
            {"applied_minor": 1500, "applied_on": "in_1"},
            "15.00 EUR of 45.00 EUR came off invoice in_1; 30.00 EUR comes off your next invoice.",
        ),
    ],
)
def test_the_referrer_sees_how_much_an_invoice_used(program, used, sentence):
    posted = altered(CREDIT, status="posted", at=AT, **used)
    assert str(credit_sentence(program, posted, AT)) == sentence


@pytest.mark.parametrize(
    ("reversal", "sentence"),
    [
        ({}, "45.00 EUR is to be taken back."),
        (
            {"reason": Reason("decided_by_person", {"typed": "no"})},
            "45.00 EUR is to be taken back.",
        ),
        ({"status": "held", "hold": "credit_applied_already"}, "45.00 EUR is to be taken back."),
        ({"status": "posted", "at": AT}, "45.00 EUR was taken back on 17 March 2027."),
        (
            {"status": "posted", "at": AT, "cause": "refund"},
            "45.00 EUR was taken back after a refund, on 17 March 2027.",
        ),
        ({"status": "canceled"}, "You keep 45.00 EUR."),
    ],
)
def test_a_reversal_is_reported_with_the_reversed_amount(program, reversal, sentence):
    row = make_reversal(CREDIT, Reason("deal_lost"), AT, review=False)
    assert str(credit_sentence(program, altered(row, **reversal), AT)) == sentence
