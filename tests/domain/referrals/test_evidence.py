"""The evidence of a sale: what facts say of each deal by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.contact import Contact
from goodword.domain.crm_copy.fact import Change, Fact, ObjectRef
from goodword.domain.money import Money
from goodword.domain.programs.criterion import Known
from goodword.domain.referrals.evidence import sale
from goodword.domain.referrals.referral import Referral

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
DEAL, OTHER = (ObjectRef("crm", "deal", name) for name in ("77", "78"))
CONTACT = ObjectRef("crm", "contact", "601")
PAT = Contact("Pat", "pat@practice.example", said={"segment": "private", "region": ""})
REFERRAL = Referral("rf_1", "peers", 1, "ana", "cus_1", "link", PAT, AT, AT + timedelta(days=365))


def fact(attribute, value, minutes=0, property=None, of=DEAL):
    at = AT + timedelta(minutes=minutes)
    name, change = property or attribute, Change(at, value)
    return Fact("rf_1", of, name, attribute, value, value, at, 1, (change,))


def sold(*facts):
    return sale(REFERRAL, facts, AT, UTC, 14)


def gather(*facts):
    """Return the evidence of the only deal, or of the contact."""
    found = sold(*facts)
    (evidence,) = found.deals.values() or (found.own,)
    return evidence


def test_what_the_prospect_said_counts_from_the_start():
    found = gather()
    assert found.attributes == {"segment": Known("private")}
    assert found.contact == {"name", "email"}
    assert (found.created_at, found.now, found.value, found.progress.stage) == (AT, AT, None, "new")


def test_what_the_crm_says_stands_above_what_the_prospect_said():
    found = gather(fact("segment", "hospital", 5))
    at = AT + timedelta(minutes=5)
    assert found.attributes["segment"] == Known("hospital", ((at, "hospital"),))


def test_an_emptied_property_is_no_value_even_where_the_prospect_said_one():
    assert gather(fact("segment", "", 5)).attributes == {}


def test_of_two_facts_of_one_meaning_the_newer_holds():
    older, newer = fact("segment", "a", 1, "p1"), fact("segment", "b", 2, "p2")
    assert gather(older, newer).attributes == gather(newer, older).attributes
    assert gather(newer, older).attributes["segment"].value == "b"


def test_a_contacts_stage_counts_only_without_a_deal():
    own = fact("stage", "won", 3, of=CONTACT)
    assert sold(own).own.progress.stage == "won"
    (deal,) = sold(own, fact("stage", "proposal", 1)).deals.values()
    assert deal.progress.stage == "proposal"
    assert "stage" not in deal.attributes


def test_each_deal_has_its_own_stage_and_value():
    found = sold(
        fact("stage", "won", 3),
        fact("value", "120 USD", 3),
        fact("stage", "lost", 5, of=OTHER),
        fact("value", "7500 USD", 5, of=OTHER),
    )
    assert {name: (each.progress.stage, each.value) for name, each in found.deals.items()} == {
        "crm/deal/77": ("won", Money(12000, "USD")),
        "crm/deal/78": ("lost", Money(750000, "USD")),
    }
    assert found.progress.stage == "won"
    assert (found.of("crm/deal/78").progress.stage, found.of("gone").progress.stage) == (
        "lost",
        "new",
    )
    assert found.of("").progress.stage == "won"


def test_a_deal_knows_what_other_won_deals_are_worth():
    found = sold(
        fact("stage", "won", 3),
        fact("value", "600 USD", 2),
        fact("stage", "won", 4, of=OTHER),
        fact("value", "700 USD", 5, of=OTHER),
    )
    minute = timedelta(minutes=1)
    assert found.deals["crm/deal/77"].others == ((AT + 4 * minute, Money(70000, "USD")),)
    assert found.deals["crm/deal/78"].others == ((AT + 3 * minute, Money(60000, "USD")),)


@pytest.mark.parametrize(("days", "old"), [(14, False), (15, True)])
def test_a_deal_older_than_the_days_of_grace_does_not_count(days, old):
    created = fact("created", "true", -days * 24 * 60)
    found = sold(created, fact("stage", "won", 1))
    assert (found.too_old, list(found.deals)) == (
        (("crm/deal/77",), []) if old else ((), ["crm/deal/77"])
    )


def test_a_deal_that_is_only_named_does_not_end_what_the_contact_says():
    found = sold(fact("stage", "won", 3, of=CONTACT), fact("created", "true", 1))
    assert (found.deals, found.own.progress.stage) == ({}, "won")


@pytest.mark.parametrize(("minutes", "stage"), [(2, "won"), (5, "refunded")])
def test_money_back_after_the_win_outweighs_the_deal(minutes, stage):
    refund = fact("stage", "refunded", minutes, property="refund", of=CONTACT)
    found = sold(fact("stage", "won", 3), refund)
    assert found.progress.stage == stage
    assert sold(refund).progress.stage == "refunded"
    assert sold(
        fact("stage", "won", 3), fact("stage", "partial", 9, of=CONTACT)
    ).progress.stage == ("won")


def test_two_contacts_without_a_deal_are_as_far_as_the_one_that_leads():
    second = ObjectRef("crm", "contact", "602")
    found = sold(fact("stage", "proposal", 3, of=CONTACT), fact("stage", "won", 1, of=second))
    assert found.own.progress.stage == "won"


def test_an_emptied_stage_is_a_step_back_to_none():
    history = (Change(AT, "won"), Change(AT + timedelta(minutes=5), ""))
    emptied = replace(fact("stage", "", 5), changes=history)
    assert sold(emptied).progress.reached("won") is None


def test_a_deal_that_one_property_calls_lost_is_lost_at_whatever_stage_the_other_left_it():
    stage = fact("stage", "proposal", 1, property="stage_id")
    lost = gather(stage, fact("stage", "lost", 5, property="status")).progress
    assert (lost.stage, lost.since) == ("lost", AT + timedelta(minutes=5))
    assert lost.reached("proposal") == AT + timedelta(minutes=1)

    # Opened again: as infra/connections/pipedrive.yaml maps it.
    again = gather(stage, fact("stage", "new", 9, property="status")).progress
    assert again.stage == "proposal"


def test_where_one_property_calls_a_deal_won_and_another_lost_the_later_holds():
    won, lost = (
        fact("stage", "won", 5, property="phase"),
        fact("stage", "lost", 9, property="_deleted"),
    )
    assert gather(won, lost).progress.stage == "lost"
    assert gather(fact("stage", "won", 9, property="phase"), lost).progress.stage == "won"
    assert gather(fact("stage", "won", 10, property="phase"), lost).progress.stage == "won"
    assert gather(won, fact("stage", "new", 11, property="_deleted")).progress.stage == "won"


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
    assert found.amounts == ((AT + timedelta(minutes=1), money),)


def test_an_amount_has_it_since_the_first_of_equal_neighbors():
    said = [(0, "80 USD"), (1, "80 USD"), (2, "90 USD"), (3, "much")]
    changes = tuple(Change(AT + timedelta(minutes=at), value) for at, value in said)
    minute = timedelta(minutes=1)
    assert gather(replace(fact("value", "much", 3), changes=changes)).amounts == (
        (AT, Money(8000, "USD")),
        (AT + 2 * minute, Money(9000, "USD")),
        (AT + 3 * minute, None),
    )


def test_a_value_without_a_history_counts_since_its_version():
    long = replace(fact("value", "90 USD", 3), changes=())
    assert gather(long).amounts == ((AT + timedelta(minutes=3), Money(9000, "USD")),)


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
