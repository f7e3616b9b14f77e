"""The sweep that brings back every credit that is due."""

from datetime import timedelta

from goodword.ports.writes import Update
from goodword.steps.credits.sweep_credits import Settled, sweep_credits
from tests.credits import altered


def settle(world):
    return sweep_credits(stores=world.stores, now=world.clock, enqueue=world.enqueue)


def test_a_credit_whose_message_was_lost_is_found(world):
    world.enqueue.lost = True
    world.referral()
    world.stage("demo_attended")
    world.enqueue.lost = False
    assert settle(world).due == 1
    assert world.enqueue == [world.credit().credit]


def test_the_oldest_are_woken_first(world):
    world.referral()
    world.stage("demo_attended")
    world.stage("won")
    world.change_credit("demo", due_at=world.clock())
    world.change_credit("deal", due_at=world.clock() - timedelta(days=1))
    world.enqueue.clear()
    assert settle(world).due == 2
    assert world.enqueue == [world.credit("deal").credit, world.credit("demo").credit]


def test_what_is_not_due_is_left_alone(world):
    world.referral()
    world.stage("won")
    world.change_credit("demo", due_at=world.clock() + timedelta(seconds=1))
    world.change_credit("deal", status="held")
    world.enqueue.clear()
    assert settle(world).due == 0
    assert world.enqueue == []


def test_a_lease_that_lapsed_brings_a_credit_back(world):
    world.referral()
    world.stage("demo_attended")
    world.change_credit(status="sending", lease_until=world.clock() + timedelta(seconds=60))
    assert settle(world).due == 0
    world.clock.advance(seconds=60)
    assert settle(world).due == 1


def test_a_late_index_enqueues_a_posted_credit_harmlessly(world):
    world.referral()
    world.stage("demo_attended")
    world.tables.freeze_indexes()
    assert world.post(world.credit().credit) == "posted"
    assert settle(world).due == 1
    assert world.post(world.credit().credit) == "not_due"
    world.tables.thaw_indexes()
    assert settle(world).due == 0


def test_a_credit_due_for_an_hour_counts_as_overdue(world):
    world.referral()
    world.stage("demo_attended")
    world.change_credit(due_at=world.clock())
    world.clock.advance(minutes=59)
    assert settle(world) == Settled(due=1, overdue=0)
    world.clock.advance(minutes=1)
    assert settle(world) == Settled(due=1, overdue=1)


def test_retries_for_an_hour_count_as_overdue(world):
    world.referral()
    world.stage("demo_attended")
    world.billing.script += ["again"] * 20
    found = []
    for _ in range(15):
        world.post(world.credit().credit)
        found.append(settle(world).overdue)
        world.clock.advance(minutes=5)
    assert found == [0] * 13 + [1] * 2


def test_a_500_that_is_waited_out_is_not_overdue(world):
    world.referral()
    world.stage("demo_attended")
    world.billing.script.append("suspect")
    world.post(world.credit().credit)
    world.clock.advance(hours=47)
    assert settle(world) == Settled(due=0, overdue=0)


def under_way(world, number):
    """Let so many credits be sent again and again for more than an hour."""
    for each in range(number):
        world.referral(f"pat@practice-{each}.example")
        world.stage("demo_attended", id=str(each), emails=(f"pat@practice-{each}.example",))
    for credit in world.credits().values():
        now, revision = world.clock(), credit.revision + 1
        lease = {"sent_at": now, "lease_until": now + timedelta(days=1)}
        world.stores.commit([Update(altered(credit, "sending", revision=revision, **lease))])
    world.clock.advance(hours=2)


def test_what_is_under_way_is_counted_beyond_the_first_page(world, monkeypatch):
    monkeypatch.setattr("goodword.steps.credits.sweep_credits.BATCH", 2)
    under_way(world, 5)
    assert settle(world).overdue == 5


def test_the_count_of_credits_under_way_has_a_maximum(world, monkeypatch):
    monkeypatch.setattr("goodword.steps.credits.sweep_credits.BATCH", 1)
    monkeypatch.setattr("goodword.steps.credits.sweep_credits.PAGES", 3)
    under_way(world, 5)
    assert settle(world).overdue == 3
