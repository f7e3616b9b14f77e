"""Erasure: what is taken out of each record."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from goodword.domain.contact import Contact
from goodword.domain.crm_copy.fact import Change, Fact, ObjectRef
from goodword.domain.reason import Reason
from goodword.domain.referrals.erasure import (
    BECAUSE,
    close_for_erasure,
    erase_fact,
    erase_prospect,
    erase_referrer,
)
from goodword.domain.referrals.referral import MilestoneState, Referral
from goodword.domain.referrers.referrer import Referrer

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
PAT = Contact("Pat", "pat@practice.example", "+12025550143", "Practice", {"region": "here"})
REFERRAL = Referral("rf_1", "peers", 1, "ana", "cus_1", "link", PAT, AT, AT, "ana-link", "click-1")


def test_an_erased_prospect_leaves_terms_and_credits():
    earned = (MilestoneState("demo", "met", credit="cr_1"),)
    held = replace(REFERRAL, milestones=earned, keys=("company:ab",), attestation="Pat said yes.")
    erased = erase_prospect(held)
    assert erased.prospect == Contact("", "")
    assert (erased.attestation, erased.click) == ("", "")
    assert (erased.milestones, erased.keys, erased.link) == (earned, ("company:ab",), "ana-link")
    assert erased.revision == held.revision + 1


def test_a_closed_referral_keeps_its_reason():
    closed = close_for_erasure(REFERRAL, AT)
    assert (closed.open, closed.closed_because, closed.erased_at) == (False, BECAUSE, AT)
    over = replace(REFERRAL, open=False, closed_because=Reason("all_milestones_decided"))
    assert close_for_erasure(over, AT).closed_because == Reason("all_milestones_decided")


def fact(kind="deal", attribute="stage", value="won"):
    ref = ObjectRef("crm", kind, "77")
    return Fact("rf_1", ref, "p", attribute, value, "raw", AT, 1, (Change(AT, value),))


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
def test_only_stage_and_value_of_facts_stay(held, kept):
    emptied = erase_fact(held)
    wanted = None if kept is None else ("", kept, (Change(AT, kept),) if kept else ())
    found = None if emptied is None else (emptied.raw, emptied.value, emptied.changes)
    assert found == wanted


def test_a_fact_that_is_empty_is_left_as_it_is():
    emptied = erase_fact(fact())
    assert emptied is not None
    assert emptied.revision == 2
    assert erase_fact(emptied) is emptied


def test_an_erased_referrer_leaves_the_account():
    ana = Referrer(
        "ana", "cus_1", "Ana", "ana@referrer.example", AT, "ask", "501", "rep", "north", 9, ("pro",)
    )
    erased = erase_referrer(ana, AT)
    assert (erased.name, erased.email, erased.crm_id, erased.nps) == ("", "", "", None)
    assert (erased.referrer, erased.account, erased.earns, erased.rep) == (
        "ana",
        "cus_1",
        "ask",
        "rep",
    )
    assert (erased.erased_at, erased.revision) == (AT, 2)
