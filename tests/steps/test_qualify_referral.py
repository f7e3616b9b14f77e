"""From facts to verdict and credit, in one transaction."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.credit import Credit
from goodword.domain.customer import Account, Customer
from goodword.domain.delivery import Identity
from goodword.domain.errors import Contended
from goodword.domain.fact import Fact
from goodword.domain.money import Money
from goodword.domain.program import Program
from goodword.domain.referral import Referral
from goodword.ports import Insert, Reserve, Update
from goodword.steps.decide_credit import decide_credit
from goodword.steps.welcome_referral import welcome_referral
from tests.steps.world import DEAL, DEMO, World

# --- one credit per milestone ----------------------------------------------------------------------------


def test_a_stage_that_is_reached_earns_the_credit_and_wakes_the_worker(world):
    referral = world.referral()
    world.stage("demo_attended")
    credit = world.credit("demo")
    assert (credit.amount, credit.status, credit.account) == (Money(5000, "USD"), "pending", "cus_1")
    assert (credit.earned_at, credit.due_at) == (world.clock(), world.clock())
    assert credit.description == "Referral credit: Introduce a peer"
    assert world.wake == [credit.credit]
    assert world.kept(referral).milestone("demo").credit == credit.credit
    assert world.sums() == {"pending#USD": 5000}


def test_the_credit_has_a_name_of_its_own_for_good(world):
    referral = world.referral()
    world.stage("demo_attended")
    assert world.credit().credit == f"cr_{referral.removeprefix('rf_')}_demo"


def test_two_milestones_each_pay_once(world):
    world.referral()
    for stage in ("demo_attended", "demo_attended", "won", "won"):
        world.stage(stage)
    assert {name: credit.amount.minor for name, credit in world.credits().items()} == {
        "demo": 5000,
        "deal": 20000,
    }
    assert len(world.wake) == 2


def test_a_deal_won_at_once_earns_both(world):
    world.referral()
    world.stage("won")
    assert sorted(world.credits()) == ["deal", "demo"]


def test_what_is_not_met_earns_nothing(world):
    referral = world.referral()
    world.stage("demo_booked")
    assert world.credits() == {}
    assert world.kept(referral).stage == "demo_booked"
    assert world.kept(referral).milestone("demo").reasons == ("stage is demo_booked, not yet demo_attended",)


def test_the_same_facts_again_change_nothing(world):
    referral = world.referral()
    event = world.event("demo_attended")
    world.deliver(event)
    before = (world.kept(referral), world.credit(), world.entries(), world.tables.commits)
    world.deliver(event)
    world.qualify(referral)
    assert (world.kept(referral), world.credit(), world.entries(), world.tables.commits) == before


def test_a_referral_that_is_not_there_is_no_fault(world):
    world.qualify("rf_nobody")
    assert world.entries() == []


def test_every_verdict_that_changes_is_on_the_timeline(world):
    referral = world.referral()
    world.qualify(referral)
    world.stage("demo_attended")
    assert [sentence for sentence in world.sentences(referral) if sentence.startswith("demo: ")] == [
        "demo: met: stage demo_attended reached."
    ]
    assert "The sale is at stage demo_attended." in world.sentences(referral)
    assert "50.00 USD was earned and is due on 2027-03-01." in world.sentences(referral)


def test_the_terms_are_those_under_which_the_referral_was_made(world):
    world.referral()
    world.program({**DEMO, "pays": ["75.00 USD"]}, DEAL)
    world.stage("demo_attended")
    assert world.credit().amount == Money(5000, "USD")
    assert world.credit().version == 1


def test_an_account_is_paid_in_its_own_currency(bare):
    bare.program({**DEMO, "pays": ["50.00 USD", "45.00 EUR"]})
    bare.customer("eva", "cus_eur", "EUR")
    bare.referral(customer="eva")
    bare.stage("demo_attended")
    assert bare.credit().amount == Money(4500, "EUR")
    assert bare.credit().status == "pending"


@pytest.mark.parametrize(
    ("pays", "currency", "status"),
    [
        (["50.00 USD", "45.00 EUR"], "", "held"),
        (["50.00 USD"], "", "pending"),
        (["50.00 USD"], "GBP", "held"),
    ],
)
def test_where_the_currency_is_in_doubt_a_person_is_asked(bare, pays, currency, status):
    bare.program({**DEMO, "pays": pays})
    bare.customer("eva", "cus_2", currency)
    bare.referral(customer="eva")
    bare.stage("demo_attended")
    credit = bare.credit()
    assert (credit.amount, credit.status) == (Money(5000, "USD"), status)
    assert credit.hold == ("currency" if status == "held" else "")


# --- holds -----------------------------------------------------------------------------------------------


def test_a_hold_period_puts_the_credit_off_and_wakes_nobody(bare):
    bare.program({**DEMO, "hold_days": 5})
    bare.referral()
    bare.stage("demo_attended")
    assert bare.credit().due_at == bare.clock() + timedelta(days=5)
    assert bare.wake == []


def test_a_program_that_asks_for_approval_holds_the_credit(bare):
    bare.program(posting="approve")
    bare.referral()
    bare.stage("demo_attended")
    assert (bare.credit().status, bare.credit().hold) == ("held", "approval")
    assert bare.sums() == {"held#USD": 5000}
    assert bare.wake == []


def test_a_credit_waits_where_the_customer_needs_a_sign_off_and_nobody_asked_yet(bare):
    bare.program(sign_off=["hospital"])
    bare.customer("max", segment="hospital", may_earn="yes")
    bare.referral(customer="max")
    bare.stage("demo_attended")
    assert (bare.credit().status, bare.credit().hold) == ("held", "sign_off")


def test_all_reasons_to_hold_are_named_and_the_first_gives_its_name(bare):
    bare.program(posting="approve", pause={"from": "2027-02-01", "in_flight": "wait"})
    bare.customer("max", may_earn="ask")
    bare.referral("max@customer.example", "max")
    bare.deliver(bare.event("demo_attended", emails=("max@customer.example",)))
    credit = bare.credit()
    assert credit.hold == "flagged"
    assert credit.reason.split("; ") == [
        "self_referral: the prospect's address is the customer's own",
        "the account has not signed off yet that it may earn",
        "the program is paused",
        "the program asks for a person's approval",
    ]
    assert any("is held" in each.sentence for each in bare.entries())


def test_a_customer_who_recommends_without_earning_earns_nothing(bare):
    bare.program()
    bare.customer("max", may_earn="no")
    referral = bare.referral(customer="max")
    bare.stage("demo_attended")
    assert bare.credits() == {}
    state = bare.kept(referral).milestone("demo")
    assert (state.answer, state.refused) == ("met", "This customer recommends without earning.")
    assert any("recommends without earning" in sentence for sentence in bare.sentences(referral))


def test_who_may_earn_later_gets_the_credit_then(bare):
    bare.program()
    max_ = bare.customer("max", may_earn="no")
    referral = bare.referral(customer="max")
    bare.stage("demo_attended")
    bare.stores.commit([Update(replace(max_, may_earn="yes", revision=2))])
    bare.qualify(referral)
    assert bare.credit().status == "pending"
    assert bare.kept(referral).milestone("demo").refused == ""


# --- the calendar ----------------------------------------------------------------------------------------


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
    assert (bare.credit().status, bare.credit().hold) == ("held", "paused")


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
    assert "does not honour" in world.kept(referral).milestone("demo").refused


def test_a_program_that_ended_may_still_honour_what_is_in_flight(world):
    world.referral()
    world.program(ends={"on": "2027-02-01", "in_flight": "continue"})
    world.stage("demo_attended")
    assert world.credit().status == "pending"


# --- one deal pays once ----------------------------------------------------------------------------------


def test_two_prospects_of_one_company_are_two_referrals_and_one_pays(world):
    first = world.referral("pat@practice.example")
    world.customer("max", "cus_2")
    second = world.referral("sam@practice.example", "max")
    world.stage("demo_attended", emails=("sam@practice.example",), id="78")
    world.stage("demo_attended", emails=("pat@practice.example",))
    assert world.credit().referral == first
    state = world.kept(second).milestone("demo")
    assert state.refused == "An earlier referral holds this company or deal; one deal pays once."
    assert "behind" in world.kinds(second)


def test_one_deal_of_two_companies_pays_the_first_referral_alone(world):
    first = world.referral("pat@practice.example")
    world.clock.advance(minutes=1)
    second = world.referral("sam@clinic.example")
    world.stage("demo_attended", emails=("sam@clinic.example", "pat@practice.example"))
    assert world.credit().referral == first
    assert "one deal pays once" in world.kept(second).milestone("demo").refused


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
    assert "one deal pays once" in world.kept(second).milestone("deal").refused


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
    facts = {name: world.stores.connections.latest("crm").interpret(name, event) for name in (pat, sam)}
    key = "deal:crm/deal/77"
    # Sam's worker has read and decided when Pat's commits.
    world.tables.meanwhile.append(lambda: world.qualify(pat, facts=(facts[pat],), keys=(key,)))
    world.qualify(sam, facts=(facts[sam],), keys=(key,))
    assert world.credit().referral == pat
    assert "one deal pays once" in world.kept(sam).milestone("demo").refused


@pytest.mark.parametrize("conflicts", range(6))
def test_contention_is_tried_again_and_pays_once(world, conflicts):
    referral = world.referral()
    fact = world.stores.connections.latest("crm").interpret(referral, world.event("won"))
    world.tables.conflicts = conflicts
    world.qualify(referral, facts=(fact,))
    assert sorted(world.credits()) == ["deal", "demo"]
    assert world.sums() == {"pending#USD": 25000}


def test_contention_without_end_is_given_up_and_leaves_nothing(world):
    referral = world.referral()
    fact = world.stores.connections.latest("crm").interpret(referral, world.event("won"))
    world.tables.conflicts = 6
    with pytest.raises(Contended):
        world.qualify(referral, facts=(fact,))
    assert world.credits() == {}
    assert world.stores.facts.of(referral) == ()


def test_a_lost_reply_is_made_good_by_the_next_try(world):
    referral = world.referral()
    event = world.event("demo_attended")
    world.tables.lost_replies = 1
    with pytest.raises(ConnectionError):
        world.deliver(event, name="d1")
    world.deliver(event, name="d2")
    assert world.credit().status == "pending"
    assert world.sums() == {"pending#USD": 5000}
    assert world.kept(referral).milestone("demo").credit == world.credit().credit


def test_two_workers_who_judge_one_referral_do_not_undo_each_others_work(world):
    """The second commits between the first's reading of the referral and its commit, at every read."""
    for place in itertools.count():
        fresh = _racing_world()
        reads = itertools.count()
        referral, segment, stage = fresh.setup

        def meanwhile(kind, fresh=fresh, reads=reads, place=place, referral=referral, segment=segment):
            if next(reads) == place:
                fresh.tables.on_read = None
                fresh.qualify(referral, facts=(segment,))

        fresh.tables.on_read = meanwhile
        fresh.qualify(referral, facts=(stage,))
        if fresh.tables.on_read is not None:
            break
        assert fresh.kept(referral).milestone("demo").credit == fresh.credit().credit, f"at read {place}"
        assert fresh.kept(referral).stage == "contacted", f"at read {place}"
    assert place > 3


def _racing_world():
    world = World()
    world.program({**DEMO, "qualifies": {"any": [{"stage": "demo_attended"}, {"segment": ["practice"]}]}})
    world.customer()
    connection = world.connection()
    referral = world.referral()
    segment = world.event("practice", property="segment", kind="contact")
    world.setup = (
        referral,
        connection.interpret(referral, segment),
        connection.interpret(referral, world.event("contacted")),
    )
    return world


def test_two_facts_that_only_together_earn_a_credit_are_not_judged_past_each_other(world):
    """Each worker alone sees nothing change; whoever commits last must have seen both facts."""
    criteria = [{"region": ["US"]}, {"segment": ["practice"]}]
    for place in itertools.count():
        world = World()
        world.program({**DEMO, "qualifies": {"all": criteria}})
        world.customer()
        connection = world.connection()
        referral = world.referral(contact={"said": {"region": "FR"}})
        world.qualify(referral)
        segment = connection.interpret(referral, world.event("practice", property="segment", kind="contact"))
        region = replace(segment, property="country", attribute="region", value="US", raw="US")
        reads = itertools.count()

        def meanwhile(kind, world=world, reads=reads, place=place, referral=referral, region=region):
            if next(reads) == place:
                world.tables.on_read = None
                world.qualify(referral, facts=(region,))

        world.tables.on_read = meanwhile
        world.qualify(referral, facts=(segment,))
        if world.tables.on_read is not None:
            break
        assert "demo" in world.credits(), f"at read {place}"
    assert place > 3


# --- limits ----------------------------------------------------------------------------------------------


def limited(*milestones, **limits):
    world = World()
    world.program(*milestones, limits=limits)
    world.customer()
    world.connection()
    return world


def test_a_limit_caps_the_credit_whole(world):
    world = limited(account_year=["120.00 USD"])
    for number in range(3):
        world.referral(f"pat@practice{number}.example")
        world.stage("demo_attended", id=str(number), emails=(f"pat@practice{number}.example",))
    assert sorted(each.status for each in world.credits().values()) == ["capped", "pending", "pending"]
    capped = next(each for each in world.credits().values() if each.status == "capped")
    assert capped.reason == "the account reached this year's limit of 120.00 USD"
    assert capped.amount == Money(5000, "USD")
    assert capped.limits == ()
    assert world.sums() == {"pending#USD": 10000, "capped#USD": 5000}
    assert list(world.tables.used.values()) == [10000]
    assert len(world.wake) == 2


def test_a_capped_credit_says_so_on_the_timeline(world):
    world = limited(account_year=["10.00 USD"])
    referral = world.referral()
    world.stage("demo_attended")
    assert any("is capped" in sentence for sentence in world.sentences(referral))


def test_where_two_credits_come_at_once_and_one_fits_one_is_paid(world):
    world = limited(account_year=["200.00 USD"])
    world.referral()
    world.stage("won")
    assert {name: each.status for name, each in world.credits().items()} == {
        "demo": "pending",
        "deal": "capped",
    }
    assert list(world.tables.used.values()) == [5000]


def test_where_two_credits_come_at_once_and_neither_fits_both_are_capped(world):
    world = limited(account_year=["49.00 USD"])
    world.referral()
    world.stage("won")
    assert {each.status for each in world.credits().values()} == {"capped"}
    assert sum(world.tables.used.values()) == 0


def test_every_limit_has_to_hold(world):
    world = limited(account_year=["500.00 USD"], budget={"amounts": ["40.00 USD"], "period": "total"})
    world.referral()
    world.stage("demo_attended")
    assert world.credit().status == "capped"
    assert "budget of 40.00 USD" in world.credit().reason
    assert sum(world.tables.used.values()) == 0


def test_what_a_credit_took_from_limits_is_written_on_it(world):
    world = limited(account_year=["500.00 USD"], budget={"amounts": ["400.00 USD"], "period": "quarter"})
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
    assert world.credit().status == "capped"
    assert world.tables.used == {name: 10000}


# --- taken back, and revived -----------------------------------------------------------------------------


def test_a_lost_deal_voids_a_pending_credit_and_gives_back_its_limit(world):
    world = limited(DEAL, account_year=["200.00 USD"])
    referral = world.referral()
    world.stage("won")
    assert list(world.tables.used.values()) == [20000]
    world.stage("lost")
    credit = world.credit("deal")
    assert (credit.status, credit.reason, credit.limits) == ("void", "the deal is lost", ())
    assert list(world.tables.used.values()) == [0]
    assert world.sums() == {"void#USD": 20000}
    assert "200.00 USD is void: the deal is lost." in world.sentences(referral)


def test_a_void_credit_revives_when_the_deal_is_won_again(world):
    world = limited(DEAL, account_year=["200.00 USD"])
    world.referral()
    for stage in ("won", "lost", "won"):
        world.stage(stage)
    credit = world.credit("deal")
    assert (credit.status, credit.reason, credit.due_at) == ("pending", "", world.clock())
    assert list(world.tables.used.values()) == [20000]
    assert world.wake == [credit.credit, credit.credit]
    assert world.sums() == {"pending#USD": 20000}


def test_a_revived_credit_that_no_longer_fits_its_limit_is_capped(world):
    world = limited(DEAL, account_year=["200.00 USD"])
    world.referral()
    world.stage("won")
    world.stage("lost")
    world.referral("sam@clinic.example")
    world.stage("won", id="78", emails=("sam@clinic.example",))
    world.stage("won")
    assert sorted(each.status for each in world.credits().values()) == ["capped", "pending"]


def test_a_demo_that_was_attended_stays_paid_when_the_deal_is_lost(world):
    world.referral()
    world.stage("demo_attended")
    world.stage("lost")
    assert world.credit().status == "pending"


def test_a_deal_that_is_lost_before_it_was_ever_judged_earns_no_deal_credit(world):
    world.referral()
    world.deliver(world.event("lost"), world.event("won", version=world.clock() - timedelta(hours=1)))
    assert sorted(world.credits()) == ["demo"]


def test_a_milestone_that_is_met_while_the_deal_is_lost_waits(bare):
    bare.program({**DEMO, "taken_back_on": ["lost"]})
    bare.referral()
    bare.deliver(bare.event("lost"), bare.event("demo_attended", version=bare.clock() - timedelta(hours=1)))
    assert bare.credits() == {}


@pytest.mark.parametrize("status", ["held", "capped"])
def test_a_held_or_capped_credit_is_voided_too(world, status):
    world.referral()
    world.stage("won")
    world.change_credit("deal", status=status)
    world.stage("lost")
    assert world.credit("deal").status == "void"


def test_a_credit_that_is_being_sent_is_marked_to_be_taken_back_once(world):
    referral = world.referral()
    world.stage("won")
    world.change_credit("deal", status="sending", sent_at=world.clock())
    world.stage("lost")
    assert (world.credit("deal").status, world.credit("deal").taken_back) == ("sending", True)
    marked = world.credit("deal")
    world.stage("refunded")
    assert world.credit("deal") == marked
    assert world.kinds(referral).count("take_back") == 1


def test_the_mark_goes_when_the_deal_is_won_again(world):
    referral = world.referral()
    world.stage("won")
    world.change_credit("deal", status="sending", sent_at=world.clock())
    world.stage("lost")
    world.stage("won")
    assert not world.credit("deal").taken_back
    assert world.kinds(referral).count("let_stand") == 1


# --- reversed, and let stand -----------------------------------------------------------------------------


@pytest.fixture
def lost(bare):
    """A deal that was paid, and is lost since."""
    bare.program(DEAL, limits={"account_year": ["200.00 USD"]})
    bare.referral()
    bare.stage("won")
    bare.post(bare.credit("deal").credit)
    bare.wake.clear()
    bare.stage("lost")
    return bare


def change_reversal(world, **changes):
    held = world.reversal("deal")
    world.stores.commit([Update(replace(held, revision=held.revision + 1, **changes))])


def test_a_posted_credit_of_a_lost_deal_gets_its_reversal_once(lost):
    reversal = lost.reversal("deal")
    assert (reversal.status, reversal.amount, reversal.of) == (
        "pending",
        Money(-20000, "USD"),
        lost.credit("deal").credit,
    )
    assert lost.credit("deal").reversal == reversal.credit
    assert lost.wake == [reversal.credit]
    before = (lost.reversal("deal"), lost.credit("deal"))
    lost.stage("refunded")
    assert (lost.reversal("deal"), lost.credit("deal")) == before


@pytest.mark.parametrize(("used_up", "status"), [("review", "held"), ("reverse", "pending")])
def test_whether_a_used_up_credit_is_taken_back_is_the_programs_choice(bare, used_up, status):
    bare.program(DEAL, used_up=used_up)
    bare.referral()
    bare.stage("won")
    bare.post(bare.credit("deal").credit)
    bare.change_credit("deal", used_minor=1)
    bare.wake.clear()
    bare.stage("lost")
    assert bare.reversal("deal").status == status
    assert bare.wake == ([bare.reversal("deal").credit] if status == "pending" else [])


def test_a_reversal_that_was_never_sent_is_void_when_the_deal_is_won_again(lost):
    lost.stage("won")
    assert lost.reversal("deal").status == "void"
    assert lost.credit("deal").status == "posted"
    lost.stage("won")
    assert lost.reversal("deal").status == "void"


def test_a_void_reversal_revives_when_the_deal_is_lost_again(lost):
    lost.stage("won")
    lost.wake.clear()
    lost.stage("lost")
    assert (lost.reversal("deal").status, lost.reversal("deal").reason) == ("pending", "the deal is lost")
    assert lost.wake == [lost.reversal("deal").credit]
    assert lost.post(lost.reversal("deal").credit) == "posted"
    assert lost.billing.balance("cus_1") == 0


def test_a_reversal_that_is_being_sent_is_marked_and_unmarked_as_the_deal_turns(lost):
    change_reversal(lost, status="sending", sent_at=lost.clock())
    lost.stage("won")
    assert lost.reversal("deal").taken_back
    marked = lost.reversal("deal")
    lost.stage("won")
    assert lost.reversal("deal") == marked
    lost.stage("lost")
    assert (lost.reversal("deal").status, lost.reversal("deal").taken_back) == ("sending", False)


@pytest.fixture
def won_again(lost):
    """A deal that was paid, lost and taken back, and is won again since."""
    lost.post(lost.reversal("deal").credit)
    assert list(lost.tables.used.values()) == [0]
    lost.wake.clear()
    lost.stage("won")
    return lost


def decide(world, credit, decision):
    decide_credit(
        credit,
        decision,
        "looked at it",
        by="key-1",
        stores=world.stores,
        now=world.clock,
        new_id=world.new_id,
        wake=world.wake,
    )


def test_a_deal_won_again_after_its_credit_was_taken_back_waits_for_a_person_once(won_again):
    again = won_again.again("deal")
    assert (again.status, again.hold, again.follows) == ("held", "won_again", won_again.credit("deal").credit)
    assert won_again.credit("deal").status == "reversed"
    assert list(won_again.tables.used.values()) == [20000]
    assert won_again.wake == []
    won_again.stage("won")
    assert won_again.again("deal") == again
    (referral,) = won_again.tables.all(Referral)
    assert referral.credits() == (won_again.credit("deal").credit, again.credit)


def test_a_person_lets_a_deal_that_was_won_again_be_paid(won_again):
    decide(won_again, won_again.again("deal").credit, "approve")
    assert won_again.post(won_again.again("deal").credit) == "posted"
    assert won_again.billing.balance("cus_1") == 20000
    assert won_again.sums() == {"posted#USD": 20000, "reversed#USD": 20000}


def test_a_deal_won_again_that_a_person_does_not_pay_stays_unpaid(won_again):
    decide(won_again, won_again.again("deal").credit, "void")
    won_again.stage("lost")
    won_again.stage("won")
    assert won_again.again("deal").status == "void"
    assert [each.credit for each in won_again.tables.all(Credit) if each.follows] == [
        won_again.again("deal").credit
    ]


def test_each_time_a_deal_is_won_again_after_a_reversal_is_a_credit_of_its_own(won_again):
    first = won_again.credit("deal").credit
    for number in (2, 3):
        again = won_again.again("deal")
        assert again.credit == f"{first}_{number}"
        decide(won_again, again.credit, "approve")
        won_again.post(again.credit)
        won_again.stage("lost")
        assert won_again.post(f"{again.credit}_reversal") == "posted"
        assert won_again.billing.balance("cus_1") == 0
        won_again.stage("won")
    assert won_again.again("deal").credit == f"{first}_4"


def test_a_deal_won_again_waits_for_a_person_each_time_it_revives(won_again):
    won_again.stage("lost")
    assert won_again.again("deal").status == "void"
    won_again.stage("won")
    assert (won_again.again("deal").status, won_again.again("deal").hold) == ("held", "won_again")


def test_a_credit_that_was_approved_before_it_was_taken_back_waits_for_a_person_too(bare):
    bare.program(DEAL, posting="approve")
    bare.referral()
    bare.stage("won")
    decide(bare, bare.credit("deal").credit, "approve")
    bare.post(bare.credit("deal").credit)
    bare.stage("lost")
    bare.post(bare.reversal("deal").credit)
    bare.stage("won")
    assert bare.again("deal").status == "held"


def test_what_a_person_took_back_is_not_earned_again(lost):
    decide(lost, lost.credit("deal").credit, "reverse")
    lost.post(lost.reversal("deal").credit)
    lost.stage("won")
    assert lost.credits() == {"deal": lost.credit("deal")}


# --- not met any more --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["pending", "held", "capped"])
def test_a_deal_that_is_reopened_before_its_credit_was_sent_earns_nothing_until_it_is_won(bare, status):
    bare.program(DEAL, limits={"account_year": ["200.00 USD"]})
    referral = bare.referral()
    bare.stage("won")
    bare.change_credit("deal", status=status)
    bare.stage("proposal")
    credit = bare.credit("deal")
    assert (credit.status, credit.cause) == ("void", "not_met")
    assert credit.reason == "no longer met: stage went back to proposal"
    assert list(bare.tables.used.values()) == [0]
    assert "200.00 USD is void: no longer met: stage went back to proposal." in bare.sentences(referral)
    bare.stage("won")
    assert (bare.credit("deal").status, bare.credit("deal").cause) == ("pending", "")
    assert list(bare.tables.used.values()) == [20000]


def test_a_deal_that_turns_out_to_be_too_small_before_its_credit_was_sent_earns_nothing(bare):
    bare.program({**DEAL, "qualifies": {"all": [{"stage": "won"}, {"minimum_value": ["900.00 USD"]}]}})
    bare.referral()
    bare.deliver(bare.event("1000.00 USD", property="amount"), bare.event("won"))
    assert bare.credit("deal").status == "pending"
    bare.deliver(bare.event("500.00 USD", property="amount", version=bare.clock() + timedelta(hours=1)))
    assert bare.credit("deal").status == "void"


def test_what_is_posted_stays_when_a_deal_is_reopened(bare):
    bare.program(DEAL)
    bare.referral()
    bare.stage("won")
    posted = bare.change_credit("deal", sent_at=bare.clock(), status="posted", transaction="cbtxn_1")
    bare.stage("proposal")
    assert bare.credit("deal") == posted


@pytest.mark.parametrize("status", ["pending", "held", "sending"])
def test_what_may_have_been_sent_is_marked_when_a_deal_is_reopened_and_unmarked_when_it_is_won(bare, status):
    bare.program(DEAL)
    referral = bare.referral()
    bare.stage("won")
    bare.change_credit("deal", sent_at=bare.clock(), status=status)
    bare.stage("proposal")
    assert (bare.credit("deal").status, bare.credit("deal").not_met) == (status, True)
    marked = bare.credit("deal")
    bare.stage("contacted")
    assert bare.credit("deal") == marked
    bare.stage("won")
    assert not bare.credit("deal").not_met
    assert bare.kinds(referral).count("take_back") == bare.kinds(referral).count("let_stand") == 1


def recommends_without_earning(world):
    customer = world.stores.customers.get("ana")
    world.stores.commit([Update(replace(customer, may_earn="no", revision=customer.revision + 1))])


@pytest.mark.parametrize("between", ["proposal", "lost"])
def test_a_credit_does_not_revive_for_a_customer_who_does_not_earn_any_more(bare, between):
    bare.program({**DEAL, "hold_days": 30})
    referral = bare.referral()
    bare.stage("won")
    bare.stage(between)
    recommends_without_earning(bare)
    bare.stage("won")
    assert bare.credit("deal").status == "void"
    assert bare.kept(referral).milestone("deal").refused == "This customer recommends without earning."


def test_a_deal_won_again_earns_nothing_for_a_customer_who_does_not_earn_any_more(lost):
    lost.post(lost.reversal("deal").credit)
    recommends_without_earning(lost)
    lost.stage("won")
    assert not [each for each in lost.tables.all(Credit) if each.follows]


def test_what_was_met_in_time_once_and_is_met_again_too_late_waits_for_a_person(bare):
    bare.program({**DEAL, "qualifies": {"stage": "won", "within_days": 30}})
    bare.referral()
    bare.stage("won")
    bare.stage("lost")
    bare.clock.advance(days=40)
    bare.stage("won")
    assert (bare.credit("deal").status, bare.credit("deal").hold) == ("held", "late")


def test_a_deal_that_was_reopened_and_can_never_be_met_any_more_is_told_as_withdrawn(bare):
    bare.program({**DEAL, "qualifies": {"stage": "won", "within_days": 30}})
    referral = bare.referral()
    bare.stage("won")
    bare.clock.advance(days=40)
    bare.stage("proposal")
    assert (bare.credit("deal").status, bare.credit("deal").cause) == ("void", "")
    assert bare.kept(referral).milestone("deal").answer == "never"


@pytest.mark.parametrize("status", ["pending", "held"])
def test_a_credit_that_may_have_been_sent_is_not_voided_but_marked(world, status):
    world.referral()
    world.stage("won")
    world.change_credit("deal", status=status, sent_at=world.clock())
    world.stage("lost")
    assert (world.credit("deal").status, world.credit("deal").taken_back) == (status, True)


@pytest.mark.parametrize(
    ("change", "again"),
    [({"sent_at": World().clock()}, ["held"]), ({"decided_by": "key-1"}, [])],
    ids=["was sent", "by a person"],
)
def test_a_void_credit_that_was_sent_or_decided_on_stays_void(world, change, again):
    world.referral()
    world.stage("won")
    world.stage("lost")
    world.change_credit("deal", **change)
    world.stage("won")
    assert world.credit("deal").status == "void"
    assert [each.status for each in world.tables.all(Credit) if each.follows] == again


def test_a_credit_that_was_held_is_held_again_when_it_revives(bare):
    bare.program(DEAL, posting="approve")
    bare.referral()
    for stage in ("won", "lost", "won"):
        bare.stage(stage)
    assert (bare.credit("deal").status, bare.credit("deal").hold) == ("held", "approval")


def test_a_posted_credit_is_left_alone_when_the_deal_stays_won(world):
    world.referral()
    world.stage("won")
    posted = world.change_credit("deal", status="posted", transaction="cbtxn_1")
    world.stage("won")
    assert world.credit("deal") == posted


# --- the end of a referral -------------------------------------------------------------------------------


def test_a_referral_closes_when_every_milestone_is_decided(world):
    referral = world.referral()
    world.stage("demo_attended")
    assert world.kept(referral).open
    world.stage("won")
    assert not world.kept(referral).open
    assert world.kept(referral).closed_because == "every milestone is decided"
    assert world.kinds(referral).count("closed") == 1


def test_a_referral_closes_when_its_time_is_over(world):
    referral = world.referral()
    world.clock.advance(days=365)
    world.qualify(referral)
    assert world.kept(referral).open
    world.clock.advance(seconds=1)
    world.qualify(referral)
    assert world.kept(referral).closed_because == "365 days are over"


def test_a_deal_won_too_late_can_never_earn(world):
    referral = world.referral()
    world.clock.advance(days=181)
    world.deliver(world.event("won"))
    state = world.kept(referral).milestone("deal")
    assert (state.answer, state.credit) == ("never", None)
    assert world.kept(referral).open is False


def test_what_is_met_after_the_referral_closed_earns_nothing(bare):
    bare.program(DEMO, closes_after_days=30)
    referral = bare.referral()
    bare.clock.advance(days=31)
    bare.deliver(bare.event("demo_attended"))
    state = bare.kept(referral).milestone("demo")
    assert (state.answer, state.reasons) == ("never", ("met after the referral closed",))
    assert state.by == bare.kept(referral).deadline
    assert bare.credits() == {}


def test_an_event_that_comes_late_of_something_in_time_still_earns(bare):
    bare.program(DEMO, closes_after_days=30)
    bare.referral()
    in_time = bare.event("demo_attended")
    bare.clock.advance(days=40)
    bare.deliver(in_time)
    assert bare.credit().status == "pending"


# --- what must not be missing ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Program, Customer, Account, Credit])
def test_a_referral_that_lost_what_it_rests_on_is_a_fault_that_is_told(world, kind):
    referral = world.referral()
    if kind is Credit:
        world.stage("demo_attended")
    world.tables.rows[kind].clear()
    fact = world.stores.connections.latest("crm").interpret(referral, world.event("won"))
    with pytest.raises(LookupError, match=r"lost|gone"):
        world.qualify(referral, facts=(fact,))


# --- order does not matter -------------------------------------------------------------------------------

STORY = ("contacted", "demo_booked", "demo_attended", "won", "lost", "won")


@given(st.permutations(range(len(STORY))), st.lists(st.integers(0, len(STORY) - 1), max_size=4))
def test_events_in_any_order_and_number_give_the_same_facts_stage_and_credits(order, again):
    world = World()
    world.program()
    world.customer()
    world.connection()
    referral = world.referral()
    start = world.clock()
    events = [
        world.event(stage, version=start + timedelta(minutes=place)) for place, stage in enumerate(STORY)
    ]
    world.clock.advance(hours=1)
    for place in (*order, *again):
        world.deliver(events[place])
    (fact,) = world.stores.facts.of(referral)
    assert (fact.value, fact.version) == ("won", start + timedelta(minutes=5))
    assert {stage: at - start for stage, at in fact.first.items()} == {
        stage: timedelta(minutes=STORY.index(stage)) for stage in STORY
    }
    assert world.kept(referral).stage == "won"
    assert {name: each.status for name, each in world.credits().items()} == {
        "demo": "pending",
        "deal": "pending",
    }
    assert world.sums() == {"pending#USD": 25000}


@given(st.permutations(["pat", "sam", "deal"]))
def test_whoever_comes_first_one_deal_pays_once(order):
    world = World()
    world.program(DEMO)
    world.customer()
    world.connection()
    emails = ("pat@practice.example", "sam@clinic.example")
    for step in order:
        world.clock.advance(minutes=1)
        if step == "deal":
            world.deliver(world.event("demo_attended", emails=emails))
        else:
            name = world.referral(next(email for email in emails if email.startswith(step)))
            welcome_referral(name, house=world.applying)
    assert len(world.tables.all(Credit)) == 1


def test_a_fact_is_kept_with_what_it_was_and_under_which_mapping(world):
    referral = world.referral()
    world.stage("demo_attended")
    (fact,) = world.stores.facts.of(referral)
    assert isinstance(fact, Fact)
    assert (fact.value, fact.raw, fact.mapping) == ("demo_attended", "crm demo_attended", 1)


def test_an_insert_of_a_credit_that_is_there_never_takes_its_place(world):
    world.referral()
    world.stage("demo_attended")
    with pytest.raises(Contended):
        world.stores.commit([Insert(world.credit())])
    assert world.credit().status == "pending"


def test_a_sale_that_was_under_way_before_the_referral_is_held_for_a_person(world):
    early = world.clock() - timedelta(days=2, seconds=1)
    referral = world.referral()
    world.deliver(world.event("contacted", version=early))
    world.stage("demo_attended")
    credit = world.credit()
    assert (credit.status, credit.hold) == ("held", "flagged")
    assert credit.reason == "open_deal: the sale was under way more than 2 days before the referral"
    assert world.kinds(referral).count("flagged") == 1


def test_a_sale_that_began_a_day_before_is_not_flagged(world):
    early = world.clock() - timedelta(days=2)
    referral = world.referral()
    world.deliver(world.event("contacted", version=early))
    assert world.kept(referral).flags == ()


def test_a_credit_that_waits_is_held_when_its_sale_turns_out_to_be_older(world):
    early = world.clock() - timedelta(days=3)
    referral = world.referral()
    world.stage("demo_attended")
    assert world.credit().status == "pending"
    world.deliver(world.event("contacted", version=early))
    assert (world.credit().status, world.credit().hold) == ("held", "flagged")
    assert world.sums() == {"held#USD": 5000}
    world.deliver(world.event("proposal", version=early))
    assert world.kinds(referral).count("credit_held") == 1


def test_a_credit_that_was_posted_stays_and_the_flag_is_on_the_record(world):
    early = world.clock() - timedelta(days=3)
    referral = world.referral()
    world.stage("demo_attended")
    world.post(world.credit().credit)
    world.deliver(world.event("contacted", version=early))
    assert world.credit().status == "posted"
    assert "flagged" in world.kinds(referral)
