"""Referrals: their milestones, and the evidence that facts make."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.contact import Contact
from goodword.domain.crm_copy.fact import Fact, ObjectRef
from goodword.domain.money import Money
from goodword.domain.programs.criterion import Known
from goodword.domain.referrals.referral import SOURCES, MilestoneState, Referral, evidence

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
DEAL = ObjectRef("crm", "deal", "77")
PAT = Contact("Pat", "pat@practice.example", said={"segment": "private", "region": ""})
REFERRAL = Referral("rf_1", "peers", 1, "ana", "cus_1", "link", PAT, AT, AT + timedelta(days=365))


def fact(attribute, value, minutes=0, property=None, of=DEAL):
    at = AT + timedelta(minutes=minutes)
    return Fact("rf_1", of, property or attribute, attribute, value, value, at, 1, {value: at})


def gather(*facts):
    return evidence(REFERRAL, facts, AT)


def test_a_milestone_that_nobody_judged_is_not_yet():
    assert REFERRAL.milestone("demo") == MilestoneState("demo")
    assert REFERRAL.credits() == ()


def test_a_milestones_state_takes_the_place_of_the_one_before():
    first = REFERRAL.with_milestone(MilestoneState("demo")).with_milestone(MilestoneState("deal"))
    second = first.with_milestone(MilestoneState("demo", "met", credit="cr_1"))
    assert sorted(each.milestone for each in second.milestones) == ["deal", "demo"]
    assert second.milestone("demo").answer == "met"
    assert second.credits() == ("cr_1",)


def test_a_referral_holds_its_company_while_it_is_open_or_has_a_credit():
    closed = replace(REFERRAL, open=False)
    assert (REFERRAL.holds(), closed.holds()) == (True, False)
    assert closed.with_milestone(MilestoneState("demo", "met", credit="cr_1")).holds()


def test_only_who_was_handed_over_was_named_by_the_referrer():
    named = [source for source in SOURCES if replace(REFERRAL, source=source).named_by_referrer()]
    assert named == ["form", "verbal"]


def test_what_the_prospect_said_counts_from_the_start():
    found = gather()
    assert found.attributes == {"segment": Known("private", AT)}
    assert found.contact == {"name", "email"}
    assert (found.created_at, found.now, found.value, found.progress.stage) == (AT, AT, None, "new")


def test_what_the_crm_says_stands_above_what_the_prospect_said():
    found = gather(fact("segment", "hospital", 5))
    at = AT + timedelta(minutes=5)
    assert found.attributes["segment"] == Known("hospital", at, {"hospital": at})


def test_of_two_facts_of_one_meaning_the_newer_holds():
    older, newer = fact("segment", "a", 1, "p1"), fact("segment", "b", 2, "p2")
    assert gather(older, newer).attributes == gather(newer, older).attributes
    assert gather(newer, older).attributes["segment"].value == "b"


def test_stages_make_the_progress_and_no_attribute():
    found = gather(
        fact("stage", "won", 3), fact("stage", "lost", 5, of=ObjectRef("crm", "deal", "78"))
    )
    assert found.progress.stage == "won"
    assert "stage" not in found.attributes


def test_a_deal_that_one_property_calls_lost_is_lost_at_whatever_stage_the_other_left_it():
    stage = fact("stage", "proposal", 1, property="stage_id")
    lost = gather(stage, fact("stage", "lost", 5, property="status")).progress
    assert (lost.stage, lost.since) == ("lost", AT + timedelta(minutes=5))
    assert lost.reached("proposal") == stage.first["proposal"]

    # Opened again: as infra/connections/pipedrive.yaml maps it.
    again = gather(stage, fact("stage", "new", 9, property="status")).progress
    assert again.stage == "proposal"


def test_where_one_property_calls_a_deal_won_and_another_lost_the_later_holds():
    won, lost = (
        fact("stage", "won", 5, property="phase"),
        fact("stage", "lost", 9, property="_deleted"),
    )
    assert gather(won, lost).progress.stage == "lost"
    assert (
        gather(replace(won, version=AT + timedelta(minutes=12)), lost).progress.stage == "lost"
    )  # said again
    assert gather(fact("stage", "won", 9, property="phase"), lost).progress.stage == "won"
    assert gather(fact("stage", "won", 10, property="phase"), lost).progress.stage == "won"
    assert gather(won, fact("stage", "new", 11, property="_deleted")).progress.stage == "won"


def test_a_lost_deal_says_nothing_of_another():
    other = fact("stage", "proposal", 1, of=ObjectRef("crm", "deal", "78"))
    assert gather(other, fact("stage", "lost", 5)).progress.stage == "proposal"


def test_a_stage_that_is_none_here_is_looked_past():
    assert gather(fact("stage", "champagne")).progress.stage == "new"


@pytest.mark.parametrize(
    ("value", "beside", "money"),
    [
        ("100.50 USD", None, Money(10050, "USD")),
        ("100.5 usd", None, Money(10050, "USD")),
        ("100", "USD", Money(10000, "USD")),
        ("100.9999", "usd", Money(10099, "USD")),
        ("100.999", "usd", None),
        ("100.5", "JPY", Money(100, "JPY")),
        ("100.50 EUR", "USD", Money(10050, "EUR")),
        (" 100 ", "USD", Money(10000, "USD")),
        ("0", "USD", Money(0, "USD")),
        ("-5.50", "USD", Money(-550, "USD")),
        ("100", None, None),
        ("100 XXX", None, None),
        ("a lot", "USD", None),
        ("a.b USD", None, None),
        ("1e3", "USD", Money(100000, "USD")),
        ("1.2345678E7 USD", None, Money(1234567800, "USD")),
        ("1.25E7", "JPY", Money(12500000, "JPY")),
        ("1.2345E+2", "USD", Money(12345, "USD")),
        ("1.5e-3", "USD", None),
        ("1e400", "USD", None),
        ("9" * 5000, "USD", None),
    ],
)
def test_a_deals_value_is_read_with_its_currency_or_not_at_all(value, beside, money):
    facts = [fact("value", value, 1)] + ([] if beside is None else [fact("currency", beside)])
    found = gather(*facts)
    assert found.value == money
    assert found.values == ({} if money is None else {money: AT + timedelta(minutes=1)})


def test_the_newest_value_holds_with_the_currency_of_its_own_deal():
    other = ObjectRef("crm", "deal", "78")
    facts = [
        fact("value", "100", 1),
        fact("currency", "USD"),
        fact("value", "200", 2, of=other),
        fact("currency", "EUR", of=other),
    ]
    assert gather(*facts).value == Money(20000, "EUR")


def test_an_amount_that_is_reported_again_has_it_since_it_was_first_reported():
    at = [AT + timedelta(minutes=each) for each in range(4)]
    result = fact("value", "90 USD", 3)
    result = replace(
        result, first={"80.00 USD": at[1], "80 USD": at[0], "90 USD": at[2], "much": at[0]}
    )
    assert gather(result).values == {Money(8000, "USD"): at[0], Money(9000, "USD"): at[2]}
    bare = replace(result, first={})
    assert gather(bare).values == {Money(9000, "USD"): at[3]}


@given(
    st.permutations(
        [fact("value", "1", 1), fact("currency", "USD"), fact("stage", "won"), fact("segment", "x")]
    )
)
def test_the_order_of_facts_makes_no_difference(facts):
    assert gather(*facts) == gather(*sorted(facts, key=lambda each: each.fact))


@given(st.text(max_size=20), st.text(max_size=5))
def test_no_value_leads_to_an_error(value, currency):
    found = gather(fact("value", value), fact("currency", currency)).value
    assert found is None or isinstance(found, Money)
