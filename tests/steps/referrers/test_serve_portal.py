"""The portal shows what a referrer may share, their own introductions.

Their account's credits.
"""

from dataclasses import replace
from datetime import date

import pytest

from goodword.domain.errors import Forbidden, NotFound
from goodword.domain.money import Money
from goodword.ports.writes import Update
from goodword.steps.access.spend_token import mint_token
from goodword.steps.referrers.serve_portal import (
    AT_ONCE,
    PAGES,
    account_statement,
    portal_referrer,
    serve_portal,
)
from tests.steps.world import World
from tests.world import DEMO


@pytest.fixture
def world():
    world = World()
    world.program(invoice_day=1)
    world.referrer()
    world.link()
    world.connection()
    return world


def portal(world, referrer="ana", wanted="", after=None):
    stored = portal_referrer(referrer, stores=world.stores)
    assert stored is not None
    return serve_portal(stored, wanted, after, stores=world.stores, now=world.clock)


def statement(world, *, whole=False):
    stored = portal_referrer("ana", stores=world.stores)
    return account_statement(stored, None, whole=whole, stores=world.stores, now=world.clock)


def earn(world):
    world.referral()
    world.stage("demo_attended")
    world.post(world.credit().credit)


def test_who_was_erased_may_not_come_in(world):
    stored = world.stores.referrers.get("ana")
    world.stores.commit(
        [Update(replace(stored, erased_at=world.clock(), revision=stored.revision + 1))]
    )
    assert portal_referrer("ana", stores=world.stores) is None
    assert portal_referrer("unknown", stores=world.stores) is None


def test_the_newest_public_link_is_the_one_to_share(world):
    world.clock.advance(minutes=1)
    world.link("newest")
    world.clock.advance(minutes=1)
    world.link("paused", paused=True)
    world.link("internal_only", internal_only=True)
    shown = portal(world)
    assert shown.link.code == "newest"
    assert shown.internal_only is False


def test_the_newest_links_program_is_first_unless_another_is_chosen(world):
    world.program(DEMO, program="second")
    world.clock.advance(minutes=1)
    world.link("second-link", program="second")
    assert [each.program for each in portal(world).programs] == ["second", "peers"]
    assert portal(world, wanted="peers").program.program == "peers"
    assert portal(world, wanted="nonesuch").program.program == "second"


def test_who_accepted_terms_without_a_link_can_make_one(world):
    world.referrer("bo", terms=("peers@1",))
    shown = portal(world, "bo")
    assert shown.link is None
    assert shown.program.program == "peers"


def test_who_is_of_no_program_is_reported_so(world):
    world.referrer("bo")
    with pytest.raises(NotFound, match="in no program"):
        portal(world, "bo")


def test_before_a_sign_off_the_link_is_internal_only(world):
    world.program(sign_off=["hospital"])
    world.referrer("bo", segment="hospital")
    world.link("bo-out", "bo")
    assert (portal(world, "bo").link, portal(world, "bo").internal_only) == (None, True)
    world.link("bo-in", "bo", internal_only=True)
    assert portal(world, "bo").link.code == "bo-in"


def test_a_sign_off_request_is_open_until_it_expires(world):
    result = {"email": "boss@referrer.example", "program": "peers"}
    token, kept = mint_token("sign_off", "ana", result, now=world.clock, new_id=world.new_id)
    referrer = world.stores.referrers.get("ana")
    world.stores.commit(
        [kept, Update(replace(referrer, asked=token.token, revision=referrer.revision + 1))]
    )
    assert (portal(world).asked, portal(world).ran_out) == (token, None)
    world.clock.advance(days=400)
    assert (portal(world).asked, portal(world).ran_out) == (None, token)


def test_a_colleagues_introductions_are_not_shown(world):
    world.referrer("bo")
    world.referral("one@practice.example", "ana", source="form")
    world.referral("two@other.example", "bo", source="form", contact={"name": "Kim"})
    (line,) = portal(world).lines.items
    assert str(line.who) == "Pat"


def test_the_possible_credit_is_in_the_accounts_currency(world):
    world.program(DEMO | {"pays": ["50.00 USD", "45.00 EUR"]})
    account = world.stores.accounts.get("cus_1")
    world.stores.commit([Update(replace(account, currency="EUR", revision=account.revision + 1))])
    world.referral()
    result = [str(each) for each in portal(world).lines.items[0].sentences]
    assert result[0] == "45.00 EUR is yours once they attend a demo."


def test_who_recommends_without_earning_is_promised_nothing(world):
    referrer = world.stores.referrers.get("ana")
    world.stores.commit([Update(replace(referrer, earns="no", revision=referrer.revision + 1))])
    world.referral()
    result = [str(each) for each in portal(world).lines.items[0].sentences]
    assert result == ["Thank you. Your account receives no credit for it."]


def test_introductions_come_a_page_at_a_time(world):
    for number in range(AT_ONCE + 1):
        world.clock.advance(minutes=1)
        world.referral(f"pat@practice{number}.example", contact={"phone": ""})
    first = portal(world)
    assert len(first.lines.items) == AT_ONCE
    assert len(portal(world, after=first.lines.more).lines.items) == 1


def colleague_introduces(world, count):
    for number in range(count):
        world.clock.advance(minutes=1)
        world.referral(f"sam@clinic{number}.example", "max", contact={"phone": ""})


def test_behind_a_busy_colleague_the_referrers_own_are_found(world):
    world.referrer("max")
    world.referral()
    colleague_introduces(world, AT_ONCE + 1)
    shown = portal(world)
    assert len(shown.lines.items) == 1
    assert shown.lines.more is None
    assert not shown.earlier


def test_the_scan_for_a_referrers_own_referrals_is_paged(world, monkeypatch):
    monkeypatch.setattr("goodword.steps.referrers.serve_portal.AT_ONCE", 2)
    world.referrer("max")
    world.referral()
    colleague_introduces(world, 2 * PAGES)
    first = portal(world)
    assert (first.lines.items, first.lines.more is None) == ((), False)
    second = portal(world, after=first.lines.more)
    assert len(second.lines.items) == 1
    assert second.earlier


def test_a_posted_credit_is_shown_with_its_expected_invoice(world):
    earn(world)
    shown = portal(world)
    assert [(credit.amount, invoice) for credit, invoice in shown.posted] == [
        (Money(5000, "USD"), date(2027, 4, 1))
    ]
    assert shown.sums.posted == (Money(5000, "USD"),)
    world.change_credit(applied_minor=5000, applied_on="1042")
    shown = portal(world)
    assert shown.posted == ()
    assert (shown.sums.posted, shown.sums.applied) == ((), (Money(5000, "USD"),))


def test_an_introduction_shows_its_credit_from_any_page(world):
    earn(world)
    shown = serve_portal(
        portal_referrer("ana", stores=world.stores), "", None, stores=world.stores, now=world.clock
    )
    assert "comes off your next invoice" in str(shown.lines.items[0].sentences[0])


def test_a_statement_has_amounts_and_their_status(world):
    earn(world)
    result = statement(world)
    (line,) = result.lines.items
    assert str(line.sentence) == "50.00 USD comes off your next invoice, expected 1 April 2027."
    assert line.invoice == date(2027, 4, 1)
    assert result.sums.posted == (Money(5000, "USD"),)


def test_a_statement_as_a_file_is_whole(world, monkeypatch):
    monkeypatch.setattr("goodword.steps.referrers.serve_portal.CREDITS", 1)
    earn(world)
    world.stage("won")
    assert len(statement(world).lines.items) == 1
    assert len(statement(world, whole=True).lines.items) == 2


def test_a_statement_file_is_truncated_at_its_limit(world, monkeypatch):
    monkeypatch.setattr("goodword.steps.referrers.serve_portal.CREDITS", 1)
    monkeypatch.setattr("goodword.steps.referrers.serve_portal.IN_FILE", 2)
    for number in range(3):
        world.referral(f"pat@practice{number}.example")
        world.stage("demo_attended", id=str(number), emails=(f"pat@practice{number}.example",))
    assert len(world.credits()) == 3
    assert len(statement(world, whole=True).lines.items) == 2


def test_a_contact_is_handed_over_only_after_the_sign_off(world):
    shown = portal(world)
    shown.check_outside()
    with pytest.raises(Forbidden):
        replace(shown, internal_only=True).check_outside()
