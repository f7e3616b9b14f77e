"""Events that came before their referral are applied when it appears."""

from dataclasses import replace

import pytest

from goodword.domain.crm_copy.connection import PropertyMapping
from goodword.domain.crm_copy.delivery import Unmatched
from goodword.domain.crm_copy.fact import CrmObject, ObjectRef
from goodword.domain.referrals.referral import Referral
from goodword.steps.referrals.qualify_referral import qualify_referral


def welcome(world, referral):
    return qualify_referral(referral, deps=world.applying)


def test_an_event_that_fitted_nobody_is_applied_when_the_referral_appears(world):
    assert world.stage("demo_attended").args["matched"] == 0
    referral = world.referral()
    assert welcome(world, referral) == 1
    assert world.kept(referral).stage == "demo_attended"
    assert world.credit().status == "pending"


def test_several_events_that_waited_are_applied_whatever_their_order(world):
    lost = world.event("lost", version=world.clock())
    world.clock.advance(hours=1)
    world.deliver(world.event("won"))
    world.deliver(lost)
    referral = world.referral()
    assert welcome(world, referral) == 2
    assert world.kept(referral).stage == "won"


def test_what_was_applied_no_longer_waits_under_that_hint(world):
    world.stage("demo_attended")
    referral = world.referral()
    welcome(world, referral)
    assert not [each for each in world.tables.all(Unmatched) if each.hint.startswith("email#")]
    before = world.credit()
    assert welcome(world, referral) == 0
    assert world.credit() == before


def test_no_address_is_kept_with_an_event_that_waits(world):
    world.stage("demo_attended")
    assert world.tables.all(Unmatched)
    assert all(each.change.emails == () for each in world.tables.all(Unmatched))
    assert "practice.example" not in repr(world.tables.all(Unmatched))


def test_a_referral_without_waiting_events_is_judged_all_the_same(bare):
    bare.program(
        {
            "milestone": "given",
            "condition_text": "we have it",
            "pays": ["5.00 USD"],
            "qualifies": {"contact": ["phone"]},
        }
    )
    referral = bare.referral()
    assert welcome(bare, referral) == 0
    assert bare.credit("given").status == "pending"


def test_a_referral_that_is_not_there_is_no_fault(world):
    assert welcome(world, "rf_nobody") == 0


def test_an_event_of_a_connection_that_is_gone_keeps_waiting(world):
    world.stage("demo_attended")
    before = world.tables.all(Unmatched)
    world.tables.rows[type(world.stores.connections.latest("crm"))].clear()
    referral = world.referral()
    assert welcome(world, referral) == 1
    assert world.tables.all(Unmatched) == before
    assert world.credits() == {}


def test_an_event_of_a_connection_of_another_program_keeps_waiting(world):
    world.stage("demo_attended")
    world.connection(programs=("others",))
    referral = world.referral()
    welcome(world, referral)
    assert world.credits() == {}
    assert world.tables.all(Unmatched)


def test_an_event_that_no_longer_means_anything_is_let_go(world):
    world.stage("demo_attended")
    world.connection(properties={})
    referral = world.referral()
    assert welcome(world, referral) == 1
    assert world.stores.facts.list_by_referral(referral) == ()
    assert welcome(world, referral) == 0


def test_an_event_that_names_our_referral_finds_it_when_it_appears(world):
    """The CRM may have our id before the referral can be read, for example after an import."""
    made = world.referral()
    held = world.tables.rows[Referral].pop((made,))
    world.deliver(world.event("demo_attended", emails=(), referral=made))
    assert [each.hint for each in world.tables.all(Unmatched)] == [
        "object#crm/deal/77",
        f"referral#{made}",
    ]

    world.tables.rows[Referral][(made,)] = held
    assert welcome(world, made) == 1
    assert world.credit().referral == made


@pytest.mark.parametrize("kind", ["contact", "company", "deal"])
@pytest.mark.parametrize("addressed", [True, False])
def test_events_of_any_object_wait_and_are_recorded_each_once(world, kind, addressed):
    stages = PropertyMapping("stage", {"crm contacted": "contacted"})
    world.connection(
        properties={f"{kind}.segment": PropertyMapping("segment"), f"{kind}.stage": stages}
    )
    emails = ("pat@practice.example",) if addressed else ()
    for name, value in (("segment", "practice"), ("stage", "contacted")):
        result = f"crm {value}" if name == "stage" else value
        event = replace(world.event(property=name, kind=kind, id="5", emails=emails), value=result)
        world.deliver(event)
        world.clock.advance(minutes=1)
    referral = world.referral()
    waited = welcome(world, referral)
    world.deliver(replace(world.event(property="segment", kind=kind, id="5"), value="clinic"))
    assert waited == (2 if addressed else 0)
    assert {
        (fact.attribute, fact.value) for fact in world.stores.facts.list_by_referral(referral)
    } == {
        ("segment", "clinic"),
        ("stage", "contacted"),
    }
    assert world.kept(referral).stage == "contacted"


def test_an_event_that_waited_ties_its_deal_to_the_referral(world):
    """Else a second referral on the same deal could be paid for it too."""
    world.stage("demo_attended")
    referral = world.referral()
    welcome(world, referral)
    assert "deal:crm/deal/77" in world.kept(referral).keys
    assert world.stores.identities.get("payee#peers#deal:crm/deal/77").owner == referral


def test_what_waits_under_the_deal_alone_comes_with_the_deal(world):
    world.deliver(world.event("won", emails=()))
    world.clock.advance(minutes=1)
    world.deliver(world.event("4000.00 USD", property="amount"))
    referral = world.referral()
    welcome(world, referral)
    assert {fact.attribute for fact in world.stores.facts.list_by_referral(referral)} == {
        "stage",
        "value",
    }
    assert world.kept(referral).stage == "won"


def test_an_event_that_is_kept_while_its_referral_is_being_made_is_applied_all_the_same(world):
    """The referral appears.

    Is welcomed, after the event looked for it and before the event is kept.
    """
    made = []

    def meanwhile():
        made.append(world.referral())
        welcome(world, made[0])

    world.tables.meanwhile.append(meanwhile)
    world.deliver(world.event("demo_attended"))
    assert world.kept(made[0]).stage == "demo_attended"


def test_equal_versions_among_waiting_events_are_read_again_too(world):
    ref = ObjectRef("crm", "deal", "77")
    at = world.clock()
    world.deliver(world.event("won"), world.event("contacted"))
    world.lookup.put(CrmObject(ref, {"stage": "crm contacted"}, at))
    referral = world.referral()
    welcome(world, referral)
    assert world.kept(referral).stage == "contacted"


@pytest.mark.parametrize("email", ["Pat@Practice.example", " pat@practice.example "])
def test_an_address_in_other_letters_is_the_same_address(world, email):
    world.stage("demo_attended", emails=(email,))
    assert welcome(world, world.referral()) == 1
