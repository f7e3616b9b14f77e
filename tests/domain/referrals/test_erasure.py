"""Erasure: what is taken out of each record, and what the answer says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.contact import Contact
from goodword.domain.crm_copy.fact import Fact, ObjectRef
from goodword.domain.referrals.erasure import (
    BECAUSE,
    OF_A_CUSTOMER,
    OF_A_PROSPECT,
    close_for_erasure,
    erase_customer,
    erase_fact,
    erase_prospect,
    erasure_of_customer,
    erasure_of_prospect,
)
from goodword.domain.referrals.referral import MilestoneState, Referral
from goodword.domain.referrers.customer import Customer
from goodword.store.open import all_models

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
PAT = Contact("Pat", "pat@practice.example", "+12025550143", "Practice", {"region": "here"})
REFERRAL = Referral("rf_1", "peers", 1, "ana", "cus_1", "link", PAT, AT, AT, "ana-link", "click-1")
# Tables that never hold anything of a prospect or a customer but the id.
NO_PEOPLE = {"programs", "connections", "keys", "counts", "limits", "audits", "requests", "staff"}


def test_a_prospect_is_taken_out_and_the_terms_and_credits_stay():
    earned = (MilestoneState("demo", "met", credit="cr_1"),)
    held = replace(REFERRAL, milestones=earned, keys=("company:ab",), attestation="Pat said yes.")
    erased = erase_prospect(held)
    assert erased.prospect == Contact("", "")
    assert (erased.attestation, erased.click) == ("", "")
    assert (erased.milestones, erased.keys, erased.link) == (earned, ("company:ab",), "ana-link")
    assert erased.revision == held.revision + 1


def test_a_referral_is_closed_and_one_that_was_keeps_its_reason():
    closed = close_for_erasure(REFERRAL, AT)
    assert (closed.open, closed.closed_because, closed.erased_at) == (False, BECAUSE, AT)
    over = replace(REFERRAL, open=False, closed_because="every milestone is decided")
    assert close_for_erasure(over, AT).closed_because == "every milestone is decided"


def fact(kind="deal", attribute="stage", value="won"):
    return Fact("rf_1", ObjectRef("crm", kind, "77"), "p", attribute, value, "raw", AT, 1, {value: AT})


@pytest.mark.parametrize(
    ("held", "kept"),
    [
        (fact("contact"), None),
        (fact("contact", "region", "here"), None),
        (fact("deal"), "won"),
        (fact("deal", "value", "100 USD"), "100 USD"),
        (fact("deal", "currency", "USD"), "USD"),
        (fact("company", "region", "here"), ""),
        (fact("deal", "product", "a gift for Pat"), ""),
    ],
)
def test_of_facts_only_how_far_the_sale_came_and_what_it_is_worth_stays(held, kept):
    emptied = erase_fact(held)
    assert (None if emptied is None else (emptied.raw, emptied.value, list(emptied.first))) == (
        None if kept is None else ("", kept, [kept] if kept else [])
    )


def test_a_fact_that_is_empty_is_left_as_it_is():
    emptied = erase_fact(fact())
    assert emptied is not None
    assert emptied.revision == 2
    assert erase_fact(emptied) is emptied


def test_a_customer_is_taken_out_and_what_names_the_account_stays():
    ana = Customer(
        "ana", "cus_1", "Ana", "ana@customer.example", AT, "ask", "501", "rep", "north", 9, ("pro",)
    )
    erased = erase_customer(ana, AT)
    assert (erased.name, erased.email, erased.crm_id, erased.nps) == ("", "", "", None)
    assert (erased.customer, erased.account, erased.may_earn, erased.rep) == ("ana", "cus_1", "ask", "rep")
    assert (erased.erased_at, erased.revision) == (AT, 2)


def test_the_answers_name_every_store_that_may_hold_something_of_a_person():
    named = {each.store for each in (*OF_A_PROSPECT, *OF_A_CUSTOMER)}
    assert named | NO_PEOPLE == {str(vars(model)["noun"]) for model in all_models()}
    assert named & NO_PEOPLE == set()
    assert all(each.emptied or each.stays for each in (*OF_A_PROSPECT, *OF_A_CUSTOMER))


def test_the_answers_say_until_when_other_places_hold():
    until = {each.place: each.until for each in erasure_of_prospect("rf_1", AT, 30).still_held}
    days = {place: None if at is None else (at - AT) / timedelta(days=1) for place, at in until.items()}
    assert days == {
        "inbox": 90,
        "clicks": 180,
        "visits": 2,
        "failure queues": 14,
        "stream records": 1,
        "point-in-time recovery": 35,
        "logs": 30,
        "the CRM": None,
    }
    places = [each.place for each in erasure_of_customer("ana", AT, 7).still_held]
    assert {"Stripe", "the CRM", "logs", "point-in-time recovery"} <= set(places)
