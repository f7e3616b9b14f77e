"""What a CRM's properties mean here is versioned too."""

from dataclasses import replace

import pytest

from goodword.domain.errors import MatchRequired, NotFound, OutOfDate
from goodword.ports.writes import Insert
from goodword.steps.crm_copy.apply_connection import apply_connection, current_connection


@pytest.fixture
def wanted(world):
    return replace(
        world.stores.connections.latest("crm"), connection="fresh", version=0, applied_at=None
    )


def apply(world, wanted, if_match="0"):
    return apply_connection(wanted, if_match, stores=world.stores, now=world.clock)


def test_a_new_connection_is_version_one(world, wanted):
    made = apply(world, wanted)
    assert (made.version, made.applied_at) == (1, world.clock())
    assert current_connection("fresh", stores=world.stores) == made


def test_a_change_is_the_next_version(world, wanted):
    apply(world, wanted)
    assert apply(world, replace(wanted, currency="EUR"), '"1"').version == 2


def test_the_same_again_is_the_same_version(world, wanted):
    made = apply(world, wanted)
    world.clock.advance(days=1)
    assert apply(world, wanted, None) == made
    assert apply(world, replace(wanted, version=9), None) == made


def test_a_change_must_name_the_version_it_has_seen(world, wanted):
    apply(world, wanted)
    with pytest.raises(MatchRequired):
        apply(world, replace(wanted, currency="EUR"), None)
    with pytest.raises(OutOfDate):
        apply(world, replace(wanted, currency="EUR"), "0")


def test_of_two_who_apply_at_once_one_is_reported(world, wanted):
    theirs = replace(wanted, version=1, currency="EUR")
    world.tables.meanwhile.append(lambda: world.stores.commit([Insert(theirs)]))
    with pytest.raises(OutOfDate):
        apply(world, wanted)
    assert current_connection("fresh", stores=world.stores) == theirs


def test_a_connection_that_is_not_there_is_not_found(world):
    with pytest.raises(NotFound, match="nobody"):
        current_connection("nobody", stores=world.stores)
