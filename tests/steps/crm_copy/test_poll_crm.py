"""What webhooks dropped is found by asking the CRM."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.crm_copy.connection import Connection, PropertyMapping
from goodword.domain.crm_copy.fact import CrmObject, ObjectRef
from goodword.domain.errors import NotReady, Unavailable
from goodword.domain.referrals.referral import Referral
from goodword.ports.writes import Insert, Update
from goodword.steps.crm_copy.poll_crm import MARK, PAGE, poll_crm

BUDGET = timedelta(minutes=5)
DEAL_77 = ObjectRef("crm", "deal", "77")


@pytest.fixture
def booked(world):
    """Give a world with Pat's deal 77, at which a demo is booked."""
    world.referral()
    world.stage("demo_booked")
    world.clock.advance(hours=1)
    return world


def poll(world, budget=BUDGET, **changes):
    return poll_crm(budget, deps=replace(world.applying, **changes))


def holds(world, ref=DEAL_77, at=None, **properties):
    """Let the CRM hold a deal, changed now."""
    world.lookup.put(CrmObject(ref, properties, at or world.clock()))


def many(world, count):
    """Make referrals of other practices with a deal each, d0 and on."""
    for number in range(count):
        email = f"p{number}@p{number}.example"
        world.referral(email, contact={"phone": f"+1202555{100 + number:04d}"})
        world.stage("demo_booked", emails=(email,), id=f"d{number}")
    world.lookup.asked.clear()


def test_a_stage_that_no_webhook_reported_is_found(booked):
    holds(booked, stage="crm won")
    assert poll(booked).recorded == 1
    assert sorted(booked.credits()) == ["deal", "demo"]


def test_every_mapped_property_is_asked_for_and_no_other(booked):
    holds(booked, stage="crm demo_attended", amount="12.50 USD", color="blue", segment="private")
    assert poll(booked).recorded == 2
    (referral,) = {each.referral for each in booked.credits().values()}
    facts = {each.property: each.value for each in booked.stores.facts.list_by_referral(referral)}
    assert facts == {"stage": "demo_attended", "amount": "12.50 USD"}


def test_to_ask_again_records_nothing_new(booked):
    holds(booked, stage="crm demo_attended")
    poll(booked)
    commits = booked.tables.commits
    found = poll(booked)
    assert (found.asked, found.recorded, booked.tables.commits) == (1, 0, commits)


def test_what_the_crm_has_older_than_we_changes_nothing(booked):
    holds(booked, at=booked.clock() - timedelta(days=1), stage="crm won")
    assert poll(booked).recorded == 0
    assert booked.credits() == {}


def test_a_stage_that_means_nothing_here_is_passed_over(booked):
    holds(booked, stage="a stage of theirs")
    assert poll(booked).recorded == 0


def test_a_deal_that_is_gone_is_passed_over(booked):
    found = poll(booked)
    assert (found.asked, found.recorded, found.failed) == (1, 0, ())


def test_a_referral_without_a_deal_is_not_asked_for(world):
    world.referral()
    found = poll(world)
    assert (found.referrals, found.asked, found.finished) == (1, 0, True)


def test_a_sale_that_was_lost_after_it_had_paid_is_found(booked):
    booked.stage("won")
    booked.clock.advance(hours=1)
    holds(booked, stage="crm lost")
    found = poll(booked)
    assert (found.referrals, found.recorded, found.finished) == (1, 1, True)
    assert booked.credits()["deal"].status == "canceled"


def test_after_its_deadline_a_closed_referral_is_not_asked_for(booked):
    booked.stage("won")
    booked.lookup.asked.clear()
    referral = booked.kept(booked.credits()["deal"].referral)
    booked.clock.now = referral.deadline
    assert poll(booked).referrals == 1
    booked.clock.advance(seconds=1)
    assert poll(booked).referrals == 0
    assert len(booked.lookup.asked) == 1


def test_a_referral_that_closed_without_a_credit_is_not_asked_for(booked):
    (referral,) = booked.stores.referrals.still_open(9).items
    held = booked.kept(referral)
    booked.stores.commit([Update(replace(held, open=False, revision=held.revision + 1))])
    booked.lookup.asked.clear()
    assert poll(booked).referrals == 0
    assert booked.lookup.asked == []


def test_a_late_index_asks_for_no_referral_that_closed_without_a_credit(booked):
    booked.tables.freeze_indexes()
    (referral,) = booked.stores.referrals.still_open(9).items
    held = booked.kept(referral)
    booked.stores.commit([Update(replace(held, open=False, revision=held.revision + 1))])
    booked.lookup.asked.clear()
    assert poll(booked).referrals == 1
    assert booked.lookup.asked == []


def test_a_run_that_is_out_of_time_after_the_open_ones_goes_on_with_the_closed(world):
    many(world, 2)
    world.stage("won", emails=("p1@p1.example",), id="d1")
    world.lookup.asked.clear()

    class Slow:
        def look_up(self, ref):
            asked.append(ref.id)
            world.clock.advance(minutes=6)

    asked = []
    runs = [poll(world, lookup_for=lambda _: Slow()) for _ in range(3)]
    assert asked == ["d0", "d1", "d0"]
    assert [each.finished for each in runs] == [False, True, False]


@pytest.mark.parametrize("programs", [("others",), ()])
def test_a_connection_that_does_not_serve_the_program_any_more_is_not_asked(booked, programs):
    held = booked.stores.connections.latest("crm")
    booked.stores.commit([Insert(replace(held, version=held.version + 1, programs=programs))])
    booked.lookup.asked.clear()
    assert poll(booked).asked == 0


@pytest.mark.parametrize("error", [Unavailable("no answer"), NotReady("no token")])
def test_a_crm_that_does_not_answer_ends_its_connections_turn(world, error):
    class Silent:
        asked = 0

        def look_up(self, ref):
            self.asked += 1
            raise error

    many(world, 3)
    silent = Silent()
    found = poll(world, lookup_for=lambda _: silent)
    assert (silent.asked, found.referrals, found.silent, found.failed) == (1, 3, ("crm",), ())


def test_another_connection_is_asked_all_the_same(booked):
    stages = {"deal.stage": PropertyMapping("stage", {"crm won": "won"})}
    booked.stores.commit([Insert(Connection("other", 1, "standard", ("peers",), stages))])
    ref = ObjectRef("other", "deal", "5")
    referral = next(iter(booked.stores.referrals.still_open(1).items))
    booked.qualify(referral, keys=(f"deal:{ref}",))
    holds(booked, ref, stage="crm won")

    class Silent:
        def look_up(self, ref):
            raise Unavailable("no answer")

    found = poll(
        booked, lookup_for=lambda each: booked.lookup if each.connection == "other" else Silent()
    )
    assert (found.silent, found.recorded) == (("crm",), 1)
    assert booked.kept(referral).stage == "won"


def test_a_referral_that_fails_holds_up_no_other(world):
    many(world, 3)

    class Odd:
        def look_up(self, ref):
            if ref.id == "d1":
                raise LookupError("poisoned")
            return CrmObject(
                ref, {"stage": "crm demo_attended"}, world.clock() + timedelta(minutes=1)
            )

    found = poll(world, lookup_for=lambda _: Odd())
    ((_, error),) = found.failed
    assert (str(error), found.recorded, found.finished) == ("poisoned", 2, True)


def test_a_referral_that_is_gone_between_two_of_its_news_fails_and_is_not_counted_as_reported(
    booked,
):
    def remove(kind):
        if kind is Referral and booked.credits():  # the first of the two is recorded
            booked.tables.rows[Referral].clear()

    holds(booked, stage="crm demo_attended", amount="12.50 USD")
    booked.tables.on_read = remove
    found = poll(booked)
    assert (len(found.failed), found.recorded) == (1, 1)


def test_a_run_that_is_out_of_time_goes_on_where_it_stopped(world):
    many(world, PAGE + 2)

    class Slow:
        def look_up(self, ref):
            asked.append(ref.id)
            world.clock.advance(minutes=1)

    asked = []
    first = poll(world, lookup_for=lambda _: Slow())
    assert (first.referrals, first.finished) == (PAGE, False)
    second = poll(world, lookup_for=lambda _: Slow())
    assert (second.referrals, second.finished) == (2, True)
    assert sorted(asked) == sorted(f"d{number}" for number in range(PAGE + 2))
    third = poll(world, timedelta(hours=1), lookup_for=lambda _: Slow())
    assert (third.referrals, third.finished) == (PAGE + 2, True)


def test_a_run_that_reaches_the_end_at_once_leaves_no_mark(booked):
    poll(booked)
    assert booked.stores.requests.get(MARK) is None
