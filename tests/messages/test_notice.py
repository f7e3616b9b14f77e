"""A notice reports the state of a referral, and no more of the prospect than its referrer knows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from goodword.domain.contact import Contact
from goodword.domain.credits.credit import Credit, Posted
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import MilestoneState, Referral
from goodword.domain.referrers.referrer import Account
from goodword.messages.notice import notice_item, offers_of

AT = datetime(2027, 3, 17, 9, tzinfo=UTC)
PAT = Contact("Pat", "pat@practice.example")
REFERRAL = Referral("rf_1", "peers", 1, "ana", "cus_1", "link", PAT, AT, AT + timedelta(days=365))
CREDIT = Credit(
    *("cr_1", "peers", 1, "demo", "rf_1", "cus_1", "ana"),
    Money(5000, "USD"),
    Posted("cbtxn_1", AT),
    AT,
    AT,
)


def said(program, referral=REFERRAL, credits=(), account=None):
    item = notice_item(program, referral, credits, account, AT, earns="yes")
    return None if item is None else [str(each) for each in item.sentences]


def test_a_new_introduction_is_thanked_for_with_its_possible_credit(program):
    result = said(program)
    assert result[:2] == [
        "We have your introduction.",
        "50.00 USD is yours once they attend a demo.",
    ]


def test_the_amount_is_in_the_accounts_currency(program):
    assert "45.00 EUR is yours once they attend a demo." in said(
        program, account=Account("cus_1", AT, "EUR")
    )


def test_a_credit_is_reported_with_its_status(program):
    assert said(program, credits=[CREDIT]) == ["50.00 USD comes off your next invoice."]


def test_a_referral_that_closed_without_a_credit_says_why_once(program):
    closed = replace(REFERRAL, open=False, closed_because=Reason("all_milestones_decided"))
    assert said(program, closed) == ["This one didn't meet the terms."]


def test_a_referral_that_closed_with_a_credit_says_nothing_more(program):
    earned = REFERRAL.with_milestone(MilestoneState("demo", "met", credit="cr_1"))
    assert said(program, replace(earned, open=False)) is None


@pytest.mark.parametrize(
    ("source", "name"), [("form", "Pat"), ("verbal", "Pat"), ("link", ""), ("crm", "")]
)
def test_a_prospect_is_named_only_if_the_referrer_named_them(program, source, name):
    item = notice_item(program, replace(REFERRAL, source=source), (), None, AT, earns="yes")
    assert (item.prospect, item.made_on) == (name, date(2027, 3, 17))


def test_an_offer_is_a_line_for_each_milestone(program):
    assert str(offers_of(program)[0]) == "50.00 USD once they attend a demo"
    assert str(offers_of(program, "EUR")[0]) == "45.00 EUR once they attend a demo"
