"""Every entry of a timeline is published; what the bus refuses comes again."""

from goodword.messages.events import event_sentence
from goodword.steps.credits.mark_applied import mark_applied
from goodword.steps.events.publish_events import publish_events
from infra.cost import load_prices
from tests.fakes import FakeEventBus


def test_every_entry_is_published_as_it_was_written(world):
    referral = world.referral()
    world.stage("demo_attended")
    entries, events = world.entries(), world.publish()
    assert [each.id for each in events] == [each.entry for each in entries]
    assert [each.kind for each in events] == [each.event.kind for each in entries]
    assert {each.subject for each in events} == {f"referral#{referral}"}
    assert {each.program for each in events} == {"peers"}


def test_no_sentence_and_no_name_is_published(world):
    world.referral(contact={"name": "Robin Prospect"})
    world.stage("demo_attended")
    published = repr(world.publish())
    assert "Robin" not in published
    assert "practice.example" not in published
    sentences = [str(event_sentence(each.event)) for each in world.entries()]
    assert not [each for each in sentences if each in published]


def test_what_the_bus_refuses_is_named(world):
    world.referral()
    world.stage("demo_attended")
    entries, bus = world.entries(), FakeEventBus()
    bus.refuses = {entries[1].entry}
    assert publish_events(entries, bus=bus) == {entries[1].entry}
    assert len(bus.published) == len(entries) - 1


def test_a_referral_that_earns_twice_makes_so_many_events(world):
    world.referral()
    for stage in ("contacted", "demo_booked", "demo_attended", "proposal", "won"):
        world.stage(stage)
    world.clock.advance(days=30)
    for milestone in ("demo", "deal"):
        world.post(world.credit(milestone).credit)
    world.billing.bill("cus_1", 25_000, "in_1")
    mark_applied("cus_1", deps=world.posting)
    assert len(world.publish()) == load_prices()["counted"]["referral_events"]
