"""What a referral went through, and what an account earned."""

from dataclasses import replace

import pytest

from goodword.domain.errors import MissingRecord, NotFound
from goodword.domain.money import Money
from goodword.domain.programs.program import Program
from goodword.domain.referrers.referrer import Referrer
from goodword.steps.credits import read_records as module
from goodword.steps.credits.read_records import list_credits, read_records, statement
from tests.world import DEMO


def story(world, referral, after=None):
    return read_records(referral, after, stores=world.stores, now=world.clock)


def account(world, name="cus_1", **after):
    return statement(name, **after, stores=world.stores, now=world.clock)


def test_a_story_has_referral_terms_verdicts_and_facts(world):
    referral = world.referral()
    world.program({**DEMO, "pays": ["75.00 USD"]})
    world.stage("demo_attended")
    result = story(world, referral)
    assert result.referral == world.kept(referral)
    assert result.program.version == 1
    assert [each.milestone for each in result.verdicts] == ["demo", "deal"]
    assert str(result.verdicts[0].for_referrer) == "Qualified: 50.00 USD posts today."
    assert (
        str(result.verdicts[1].for_referrer) == "200.00 USD is yours once they become a customer."
    )
    assert result.facts == world.stores.facts.list_by_referral(referral)
    assert [each.event.kind for each in result.timeline.items] == world.kinds(referral)


def test_first_contact_names_the_referrer_and_local_day(world):
    world.clock.now = world.clock.now.replace(hour=3)  # still the evening before in New York
    result = story(world, world.referral())
    first = (
        "Ana Example gave us your name on 28 February 2027, and may receive a bill credit for it."
    )
    assert str(result.first_contact) == first


def test_a_long_timeline_comes_in_pages(world, monkeypatch):
    monkeypatch.setattr(module, "PAGE", 2)
    referral = world.referral()
    world.stage("demo_attended")
    seen, after = [], None
    while True:
        page = story(world, referral, after).timeline
        assert len(page.items) <= 2
        seen += page.items
        if (after := page.more) is None:
            break
    assert [each.event.kind for each in seen] == world.kinds(referral)


def test_a_referral_that_is_not_there_is_not_found(world):
    with pytest.raises(NotFound):
        story(world, "rf_nobody")


@pytest.mark.parametrize("kind", [Program, Referrer])
def test_a_referral_without_its_records_raises(world, kind):
    referral = world.referral()
    world.tables.rows[kind].clear()
    with pytest.raises(MissingRecord):
        story(world, referral)


def test_a_statement_has_sums_and_a_sentence_per_credit(world):
    world.referral()
    world.stage("won")
    world.post(world.credit("demo").credit)
    result = account(world)
    assert result.sums["posted"] == (Money(5000, "USD"),)
    assert result.sums["pending"] == (Money(20000, "USD"),)
    assert result.sums["canceled"] == ()
    assert {str(line.sentence) for line in result.lines.items} == {
        "50.00 USD comes off your next invoice.",
        "Qualified: 200.00 USD posts today.",
    }
    assert [each.referral for each in result.referrals.items] == [world.credit("demo").referral]
    assert result.at == world.clock()


def test_a_sum_that_fell_to_nought_is_left_out(world):
    world.referral()
    world.stage("won")
    world.stage("lost")
    assert account(world).sums["pending"] == (Money(5000, "USD"),)
    assert account(world).sums["canceled"] == (Money(20000, "USD"),)


def test_a_statement_of_two_currencies_keeps_them_apart(world):
    world.tables.totals |= {("account#cus_1", "posted#USD"): 1, ("account#cus_1", "posted#EUR"): 2}
    assert account(world).sums["posted"] == (Money(2, "EUR"), Money(1, "USD"))


def test_what_is_counted_under_another_name_is_no_sum(world):
    world.tables.totals[("account#cus_1", "clicks#2027")] = 3
    assert all(amounts == () for amounts in account(world).sums.values())


def test_both_lists_of_a_statement_come_in_pages(world, monkeypatch):
    monkeypatch.setattr(module, "PAGE", 1)
    for number in range(2):
        world.clock.advance(minutes=1)
        world.referral(f"pat@practice{number}.example")
        world.stage("demo_attended", id=str(number), emails=(f"pat@practice{number}.example",))
    first = account(world)
    second = account(world, credits_after=first.lines.more, referrals_after=first.referrals.more)
    assert first.lines.items[0].credit.earned_at > second.lines.items[0].credit.earned_at
    assert first.referrals.items[0].created_at > second.referrals.items[0].created_at
    assert (second.lines.more, second.referrals.more) == (None, None)


def test_an_account_that_is_not_there_is_not_found(world):
    with pytest.raises(NotFound):
        account(world, "cus_nobody")


def test_a_credit_without_its_program_raises(world):
    world.referral()
    world.stage("demo_attended")
    world.tables.rows[Program].clear()
    with pytest.raises(MissingRecord, match="program version peers 1"):
        account(world)


def test_credits_are_listed_by_status(world, monkeypatch):
    monkeypatch.setattr(module, "PAGE", 1)
    world.referral()
    world.stage("won")
    first = list_credits("pending", None, stores=world.stores)
    second = list_credits("pending", first.more, stores=world.stores)
    assert {each.items[0].milestone for each in (first, second)} == {"demo", "deal"}
    assert list_credits("held", None, stores=world.stores).items == ()


def test_a_late_index_tells_an_earlier_state(world):
    world.referral()
    world.stage("demo_attended")
    world.tables.freeze_indexes()
    before = world.credit()
    world.post(before.credit)
    assert account(world).lines.items[0].credit == before
    world.tables.thaw_indexes()
    assert account(world).lines.items[0].credit == replace(world.credit())
