"""One address may use an open door only so often in a day."""

import pytest

from goodword.domain.errors import RateLimited
from goodword.steps.access.limit_requests import A_DAY, limit_person, limit_requests


def knock(world, address="192.0.2.7", what="signup", **more):
    limit_requests(address, what, address_key="key", stores=world.stores, now=world.clock, **more)


def test_as_often_as_allowed_and_not_once_more(world):
    for _ in range(3):
        knock(world, most=3)
    with pytest.raises(RateLimited):
        knock(world, most=3)


def test_another_address_another_door_and_another_day_count_for_themselves(world):
    knock(world, most=1)
    knock(world, "192.0.2.8", most=1)
    knock(world, what="webhook", most=1)
    world.clock.advance(days=1)
    knock(world, most=1)
    assert len(world.tables.visits) == 4


def test_network_like_ids_count_for_themselves(world):
    def send(person):
        limit_person(
            person, "portal", address_key="key", stores=world.stores, now=world.clock, most=2
        )

    for number in range(3):
        send(f"crm:acme:eu:1:{number}")
    send("crm:acme:eu:1:0")
    with pytest.raises(RateLimited):
        send("crm:acme:eu:1:0")
    world.clock.advance(days=1)
    send("crm:acme:eu:1:0")
    assert "acme" not in repr(world.tables)


def test_no_address_is_stored(world):
    knock(world)
    assert "192.0.2.7" not in repr(world.tables)


def test_an_office_may_sign_up_a_few_colleagues(world):
    for _ in range(A_DAY):
        knock(world)
    with pytest.raises(RateLimited):
        knock(world)
