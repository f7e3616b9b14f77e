"""What a milestone that is met earns: who holds it up, who holds the company.

What the limits allow.
"""

from dataclasses import replace
from datetime import timedelta

from goodword.domain.identity import Identity
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import (
    COMPANY_OR_DEAL_TAKEN,
    EARNS_NO_CREDIT,
    PROGRAM_CLOSED,
    Referral,
)
from goodword.ports.writes import Insert, Reserve, Update
from tests.steps.world import limited
from tests.world import DEMO

# --- holds ----------------------------------------------------------------------------------------


def test_a_hold_period_puts_the_credit_off_and_enqueues_nothing(bare):
    bare.program({**DEMO, "hold_days": 5})
    bare.referral()
    bare.stage("demo_attended")
    assert bare.credit().due_at == bare.clock() + timedelta(days=5)
    assert bare.enqueue == []


def test_a_program_that_asks_for_approval_holds_the_credit(bare):
    bare.program(posting="approve")
    bare.referral()
    bare.stage("demo_attended")
    assert (bare.credit().status, bare.credit().hold) == ("held", "approval_required")
    assert bare.sums() == {"held#USD": 5000}
    assert bare.enqueue == []


def test_a_credit_waits_where_the_referrer_needs_a_sign_off_and_nobody_asked_yet(bare):
    bare.program(sign_off=["hospital"])
    bare.referrer("max", segment="hospital", earns="yes")
    bare.referral(referrer="max")
    bare.stage("demo_attended")
    assert (bare.credit().status, bare.credit().hold) == ("held", "sign_off_missing")


def test_all_reasons_to_hold_are_named_and_the_first_gives_its_name(bare):
    bare.program(posting="approve", pause={"from": "2027-02-01", "in_flight": "wait"})
    bare.referrer("max", earns="ask")
    bare.referral("max@referrer.example", "max")
    bare.deliver(bare.event("demo_attended", emails=("max@referrer.example",)))
    credit = bare.credit()
    assert credit.hold == "flagged"
    assert credit.reasons == (
        Reason("flagged", {"flags": (Reason("self_referral"),)}),
        Reason("sign_off_missing"),
        Reason("program_paused"),
        Reason("approval_required"),
    )
    assert any(each.event.kind == "credit_held" for each in bare.entries())


def test_a_referrer_who_recommends_without_earning_earns_nothing(bare):
    bare.program()
    bare.referrer("max", earns="no")
    referral = bare.referral(referrer="max")
    bare.stage("demo_attended")
    assert bare.credits() == {}
    state = bare.kept(referral).milestone("demo")
    assert (state.answer, state.refused) == ("met", EARNS_NO_CREDIT)
    assert any("recommends without earning" in sentence for sentence in bare.sentences(referral))


def test_who_may_earn_later_gets_the_credit_then(bare):
    bare.program()
    max_ = bare.referrer("max", earns="no")
    referral = bare.referral(referrer="max")
    bare.stage("demo_attended")
    bare.stores.commit([Update(replace(max_, earns="yes", revision=2))])
    bare.qualify(referral)
    assert bare.credit().status == "pending"
    assert bare.kept(referral).milestone("demo").refused is None


# --- the calendar ---------------------------------------------------------------------------------


def test_a_pause_with_an_end_lets_the_credit_wait_until_then(bare):
    bare.program(pause={"from": "2027-02-01", "until": "2027-03-15", "in_flight": "wait"})
    bare.referral()
    bare.stage("demo_attended")
    assert bare.credit().status == "pending"
    assert bare.credit().due_at.isoformat() == "2027-03-15T04:00:00+00:00"  # midnight in New York


def test_a_pause_without_an_end_holds_the_credit(bare):
    bare.program(pause={"from": "2027-02-01", "in_flight": "wait"})
    bare.referral()
    bare.stage("demo_attended")
    assert (bare.credit().status, bare.credit().hold) == ("held", "program_paused")


def test_a_pause_in_which_referrals_in_flight_go_on_changes_nothing_for_them(bare):
    bare.program(pause={"from": "2027-02-01", "in_flight": "continue"})
    bare.referral()
    bare.stage("demo_attended")
    assert bare.credit().status == "pending"


def test_a_program_that_ended_and_closed_pays_nothing_any_more(world):
    referral = world.referral()
    world.program(ends={"on": "2027-02-01", "in_flight": "close"})
    world.stage("demo_attended")
    assert world.credits() == {}
    assert world.kept(referral).milestone("demo").refused == PROGRAM_CLOSED


def test_a_program_that_ended_may_still_honour_what_is_in_flight(world):
    world.referral()
    world.program(ends={"on": "2027-02-01", "in_flight": "continue"})
    world.stage("demo_attended")
    assert world.credit().status == "pending"


# --- one deal pays once ---------------------------------------------------------------------------


def test_two_prospects_of_one_company_are_two_referrals_and_one_pays(world):
    first = world.referral("pat@practice.example")
    world.referrer("max", "cus_2")
    second = world.referral("sam@practice.example", "max")
    world.stage("demo_attended", emails=("sam@practice.example",), id="78")
    world.stage("demo_attended", emails=("pat@practice.example",))
    assert world.credit().referral == first
    state = world.kept(second).milestone("demo")
    assert state.refused == COMPANY_OR_DEAL_TAKEN
    assert "behind" in world.kinds(second)


def test_one_deal_of_two_companies_pays_the_first_referral_alone(world):
    first = world.referral("pat@practice.example")
    world.clock.advance(minutes=1)
    second = world.referral("sam@clinic.example")
    world.stage("demo_attended", emails=("sam@clinic.example", "pat@practice.example"))
    assert world.credit().referral == first
    assert world.kept(second).milestone("demo").refused == COMPANY_OR_DEAL_TAKEN


def test_when_the_first_referral_is_over_without_a_credit_the_next_takes_the_company(world):
    first = world.referral("pat@practice.example")
    world.clock.advance(days=200)
    second = world.referral("sam@practice.example")
    world.clock.advance(days=166)
    world.qualify(first)
    assert not world.kept(first).open
    world.deliver(world.event("demo_attended", emails=("sam@practice.example",)))
    assert world.credit().referral == second


def test_a_first_referral_that_has_a_credit_keeps_the_company_even_when_it_is_closed(world):
    first = world.referral("pat@practice.example")
    world.stage("won")
    assert not world.kept(first).open
    second = world.referral("sam@practice.example")
    world.stage("won", emails=("sam@practice.example",), id="78")
    assert {credit.referral for credit in world.credits().values()} == {first}
    assert world.kept(second).milestone("deal").refused == COMPANY_OR_DEAL_TAKEN


def test_a_company_that_nobody_holds_is_claimed_with_the_credit(world):
    referral = world.referral()
    (key,) = world.kept(referral).keys
    del world.tables.rows[Identity][(f"payee#peers#{key}",)]
    world.stage("demo_attended")
    assert world.stores.identities.get(f"payee#peers#{key}").owner == referral


def test_a_deal_that_the_referral_holds_already_is_not_claimed_again(world):
    referral = world.referral()
    name = "payee#peers#deal:crm/deal/77"
    world.stores.commit([Insert(Identity(name, referral))])
    world.stage("contacted")
    assert world.stores.identities.get(name) == Identity(name, referral)
    assert "deal:crm/deal/77" in world.kept(referral).keys


def test_where_the_holder_of_a_company_is_gone_the_referral_takes_it_over(world):
    referral = world.referral()
    (key,) = world.kept(referral).keys
    name = f"payee#peers#{key}"
    world.stores.commit([Update(Identity(name, "rf_gone", 2))])
    world.stage("demo_attended")
    assert world.stores.identities.get(name) == Identity(name, referral, 3)


def test_two_referrals_that_race_for_a_deal_do_not_both_get_it(world):
    pat = world.referral("pat@practice.example")
    sam = world.referral("sam@clinic.example")
    event = world.event("demo_attended", emails=())
    facts = {
        name: world.stores.connections.latest("crm").interpret(name, event) for name in (pat, sam)
    }
    key = "deal:crm/deal/77"
    # Sam's worker has read and decided when Pat's commits.
    world.tables.meanwhile.append(lambda: world.qualify(pat, facts=(facts[pat],), keys=(key,)))
    world.qualify(sam, facts=(facts[sam],), keys=(key,))
    assert world.credit().referral == pat
    assert world.kept(sam).milestone("demo").refused == COMPANY_OR_DEAL_TAKEN


# --- limits ---------------------------------------------------------------------------------------


def test_a_limit_caps_the_credit_whole(world):
    world = limited(account_year=["120.00 USD"])
    for number in range(3):
        world.referral(f"pat@practice{number}.example")
        world.stage("demo_attended", id=str(number), emails=(f"pat@practice{number}.example",))
    assert sorted(each.status for each in world.credits().values()) == [
        "over_limit",
        "pending",
        "pending",
    ]
    over_limit = next(each for each in world.credits().values() if each.status == "over_limit")
    assert over_limit.reason == Reason("account_limit_reached", {"amount": Money(12000, "USD")})
    assert over_limit.amount == Money(5000, "USD")
    assert over_limit.limits == ()
    assert world.sums() == {"pending#USD": 10000, "over_limit#USD": 5000}
    assert list(world.tables.used.values()) == [10000]
    assert len(world.enqueue) == 2


def test_an_over_limit_credit_says_so_on_the_timeline(world):
    world = limited(account_year=["10.00 USD"])
    referral = world.referral()
    world.stage("demo_attended")
    assert "credit_over_limit" in world.kinds(referral)


def test_where_two_credits_come_at_once_and_one_fits_one_is_paid(world):
    world = limited(account_year=["200.00 USD"])
    world.referral()
    world.stage("won")
    assert {name: each.status for name, each in world.credits().items()} == {
        "demo": "pending",
        "deal": "over_limit",
    }
    assert list(world.tables.used.values()) == [5000]


def test_where_two_credits_come_at_once_and_neither_fits_both_are_over_limit(world):
    world = limited(account_year=["49.00 USD"])
    world.referral()
    world.stage("won")
    assert {each.status for each in world.credits().values()} == {"over_limit"}
    assert sum(world.tables.used.values()) == 0


def test_every_limit_has_to_hold(world):
    world = limited(
        account_year=["500.00 USD"], budget={"amounts": ["40.00 USD"], "period": "total"}
    )
    world.referral()
    world.stage("demo_attended")
    assert world.credit().status == "over_limit"
    assert world.credit().reason == Reason("budget_used_up", {"amount": Money(4000, "USD")})
    assert sum(world.tables.used.values()) == 0


def test_what_a_credit_took_from_limits_is_written_on_it(world):
    world = limited(
        account_year=["500.00 USD"], budget={"amounts": ["400.00 USD"], "period": "quarter"}
    )
    world.referral()
    world.stage("demo_attended")
    assert world.credit().limits == ("account#cus_1#peers#USD#2027", "program#peers#USD#2027-Q1")
    assert set(world.tables.used.values()) == {5000}


def test_a_full_limit_of_another_currency_does_not_count(world):
    world = limited(account_year=["1.00 EUR"])
    world.referral()
    world.stage("demo_attended")
    assert world.credit().limits == ()
    assert world.credit().status == "pending"


def test_a_limit_that_fills_up_between_reading_and_writing_caps_the_credit(world):
    world = limited(account_year=["120.00 USD"])
    world.referral()
    name = "account#cus_1#peers#USD#2027"
    fact = world.stores.connections.latest("crm").interpret(
        world.tables.all(Referral)[0].referral, world.event("demo_attended")
    )
    world.tables.meanwhile.append(lambda: world.stores.commit([Reserve(name, 10000, 12000)]))
    world.qualify(fact.referral, facts=(fact,))
    assert world.credit().status == "over_limit"
    assert world.tables.used == {name: 10000}
