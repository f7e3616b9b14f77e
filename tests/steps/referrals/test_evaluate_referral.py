"""From facts to verdict and credit, in one transaction."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.credits.credit import Credit
from goodword.domain.crm_copy.fact import Fact
from goodword.domain.errors import Contended, MissingRecord
from goodword.domain.money import Money
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.ports.writes import Insert
from goodword.steps.referrals.qualify_referral import qualify_referral
from tests.steps.world import World
from tests.world import DEAL, DEMO

# --- one credit per milestone ---------------------------------------------------------------------


def test_a_stage_that_is_reached_earns_the_credit_and_enqueues_it(world):
    referral = world.referral()
    world.stage("demo_attended")
    credit = world.credit("demo")
    assert (credit.amount, credit.status, credit.account) == (
        Money(5000, "USD"),
        "pending",
        "cus_1",
    )
    assert (credit.earned_at, credit.due_at) == (world.clock(), world.clock())
    assert credit.description == "Referral credit: Introduce a peer"
    assert world.enqueue == [credit.credit]
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
    assert len(world.enqueue) == 2


def test_a_deal_won_at_once_earns_both(world):
    world.referral()
    world.stage("won")
    assert sorted(world.credits()) == ["deal", "demo"]


def test_what_is_not_met_earns_nothing(world):
    referral = world.referral()
    world.stage("demo_booked")
    assert world.credits() == {}
    assert world.kept(referral).stage == "demo_booked"
    assert world.kept(referral).milestone("demo").reasons == (
        Reason("stage_not_reached", {"stage": "demo_booked", "needed": "demo_attended"}),
    )


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
    assert [
        sentence for sentence in world.sentences(referral) if sentence.startswith("demo: ")
    ] == ["demo: met: the sale reached “demo attended”."]
    assert "The sale is at “demo attended”." in world.sentences(referral)
    assert "50.00 USD was earned and is due on 1 March 2027." in world.sentences(referral)


def test_the_terms_are_those_under_which_the_referral_was_made(world):
    world.referral()
    world.program({**DEMO, "pays": ["75.00 USD"]}, DEAL)
    world.stage("demo_attended")
    assert world.credit().amount == Money(5000, "USD")
    assert world.credit().version == 1


def test_an_account_is_paid_in_its_own_currency(bare):
    bare.program({**DEMO, "pays": ["50.00 USD", "45.00 EUR"]})
    bare.referrer("eva", "cus_eur", "EUR")
    bare.referral(referrer="eva")
    bare.stage("demo_attended")
    assert bare.credit().amount == Money(4500, "EUR")
    assert bare.credit().status == "pending"


@pytest.mark.parametrize(
    ("pays", "currency", "hold"),
    [
        (["50.00 USD", "45.00 EUR"], "", "account_currency_unknown"),
        (["50.00 USD"], "", ""),
        (["50.00 USD"], "GBP", "no_amount_in_currency"),
    ],
)
def test_where_the_currency_is_in_doubt_a_person_is_asked(bare, pays, currency, hold):
    bare.program({**DEMO, "pays": pays})
    bare.referrer("eva", "cus_2", currency)
    bare.referral(referrer="eva")
    bare.stage("demo_attended")
    credit = bare.credit()
    assert (credit.amount, credit.status) == (Money(5000, "USD"), "held" if hold else "pending")
    assert credit.hold == hold


# --- contention -----------------------------------------------------------------------------------


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
    assert world.stores.facts.list_by_referral(referral) == ()


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
    """The second commits between the first's read of the referral and its commit, at each read."""
    for place in itertools.count():
        fresh = _racing_world()
        reads = itertools.count()
        referral, segment, stage = fresh.setup

        def meanwhile(
            kind, fresh=fresh, reads=reads, place=place, referral=referral, segment=segment
        ):
            if next(reads) == place:
                fresh.tables.on_read = None
                fresh.qualify(referral, facts=(segment,))

        fresh.tables.on_read = meanwhile
        fresh.qualify(referral, facts=(stage,))
        if fresh.tables.on_read is not None:
            break
        assert fresh.kept(referral).milestone("demo").credit == fresh.credit().credit, (
            f"at read {place}"
        )
        assert fresh.kept(referral).stage == "contacted", f"at read {place}"
    assert place > 3


def _racing_world():
    world = World()
    world.program(
        {**DEMO, "qualifies": {"any": [{"stage": "demo_attended"}, {"segment": ["practice"]}]}}
    )
    world.referrer()
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
        world.referrer()
        connection = world.connection()
        referral = world.referral(contact={"said": {"region": "FR"}})
        world.qualify(referral)
        segment = connection.interpret(
            referral, world.event("practice", property="segment", kind="contact")
        )
        region = replace(segment, property="country", attribute="region", value="US", raw="US")
        reads = itertools.count()

        def meanwhile(
            kind, world=world, reads=reads, place=place, referral=referral, region=region
        ):
            if next(reads) == place:
                world.tables.on_read = None
                world.qualify(referral, facts=(region,))

        world.tables.on_read = meanwhile
        world.qualify(referral, facts=(segment,))
        if world.tables.on_read is not None:
            break
        assert "demo" in world.credits(), f"at read {place}"
    assert place > 3


# --- the end of a referral ------------------------------------------------------------------------


def test_a_referral_closes_when_every_milestone_is_decided(world):
    referral = world.referral()
    world.stage("demo_attended")
    assert world.kept(referral).open
    world.stage("won")
    assert not world.kept(referral).open
    assert world.kept(referral).closed_because == Reason("all_milestones_decided")
    assert world.kinds(referral).count("closed") == 1


def test_a_referral_closes_when_its_time_is_over(world):
    referral = world.referral()
    world.clock.now = world.kept(referral).deadline
    world.qualify(referral)
    assert world.kept(referral).open
    world.clock.advance(seconds=1)
    world.qualify(referral)
    assert world.kept(referral).closed_because == Reason("closed_time_over", {"count": 365})


def test_a_deal_won_too_late_can_never_earn(world):
    referral = world.referral()
    world.clock.advance(days=181)
    world.deliver(world.event("won"))
    state = world.kept(referral).milestone("deal")
    assert (state.answer, state.credit) == ("never", None)
    assert world.kept(referral).open is False


@pytest.mark.parametrize("grown", ["5000.00 USD", "6000.00 USD"])
def test_what_a_crm_says_again_after_the_time_is_over_takes_no_credit_away(bare, grown):
    all_of = [{"stage": "won"}, {"minimum_value": ["1000.00 USD"]}, {"segment": ["practice"]}]
    bare.program(DEAL | {"qualifies": {"all": all_of, "within_days": 30}, "hold_days": 30})
    bare.referral()
    bare.clock.advance(days=20)
    whole = [
        ("won", "stage", "deal"),
        ("practice", "segment", "contact"),
        ("5000.00 USD", "amount", "deal"),
    ]
    bare.deliver(*(bare.event(value, name, kind=kind) for value, name, kind in whole))
    assert bare.credit("deal").status == "pending"
    bare.clock.advance(days=15)  # somebody changes the deal's title, and the CRM sends all of it
    bare.deliver(*(bare.event(value, name, kind=kind) for value, name, kind in whole))
    bare.deliver(bare.event(grown, "amount"))
    assert bare.credit("deal").status == "pending"


def test_what_is_met_after_the_referral_closed_earns_nothing(bare):
    bare.program(DEMO, closes_after_days=30)
    referral = bare.referral()
    bare.clock.advance(days=31)
    bare.deliver(bare.event("demo_attended"))
    state = bare.kept(referral).milestone("demo")
    assert (state.answer, state.reasons) == ("never", (Reason("met_after_closing"),))
    assert state.by == bare.kept(referral).deadline
    assert bare.credits() == {}


def test_an_event_that_comes_late_of_something_in_time_still_earns(bare):
    bare.program(DEMO, closes_after_days=30)
    bare.referral()
    in_time = bare.event("demo_attended")
    bare.clock.advance(days=40)
    bare.deliver(in_time)
    assert bare.credit().status == "pending"


# --- what must not be missing ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Program, Referrer, Account, Credit])
def test_a_referral_without_its_records_raises(world, kind):
    referral = world.referral()
    if kind is Credit:
        world.stage("demo_attended")
    world.tables.rows[kind].clear()
    fact = world.stores.connections.latest("crm").interpret(referral, world.event("won"))
    with pytest.raises(MissingRecord):
        world.qualify(referral, facts=(fact,))


# --- order does not matter ------------------------------------------------------------------------

STORY = ("contacted", "demo_booked", "demo_attended", "won", "lost", "won")


@given(st.permutations(range(len(STORY))), st.lists(st.integers(0, len(STORY) - 1), max_size=4))
def test_events_in_any_order_and_number_give_the_same_facts_stage_and_credits(order, again):
    world = World()
    world.program()
    world.referrer()
    world.connection()
    referral = world.referral()
    start = world.clock()
    events = [
        world.event(stage, version=start + timedelta(minutes=place))
        for place, stage in enumerate(STORY)
    ]
    world.clock.advance(hours=1)
    for place in (*order, *again):
        world.deliver(events[place])
    (fact,) = world.stores.facts.list_by_referral(referral)
    assert (fact.value, fact.version) == ("won", start + timedelta(minutes=5))
    assert [(change.value, change.at - start) for change in fact.changes] == [
        (stage, timedelta(minutes=place)) for place, stage in enumerate(STORY)
    ]
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
    world.referrer()
    world.connection()
    emails = ("pat@practice.example", "sam@clinic.example")
    for step in order:
        world.clock.advance(minutes=1)
        if step == "deal":
            world.deliver(world.event("demo_attended", emails=emails))
        else:
            name = world.referral(next(email for email in emails if email.startswith(step)))
            qualify_referral(name, deps=world.applying)
    assert len(world.tables.all(Credit)) == 1


def test_a_fact_is_kept_with_what_it_was_and_under_which_mapping(world):
    referral = world.referral()
    world.stage("demo_attended")
    (fact,) = world.stores.facts.list_by_referral(referral)
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
    assert credit.reasons == (Reason("flagged", {"flags": (Reason("open_deal", {"count": 2}),)}),)
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
