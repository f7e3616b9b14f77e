"""The landing page of a click: under its terms, for its link, while its referrer recommends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.errors import BadInput, Forged, NotFound
from goodword.ports.writes import Update
from goodword.steps.links.serve_landing import serve_landing, thank


def land(world, token=None, code="ana-link"):
    given = world.token() if token is None else token
    return serve_landing(code, given, stores=world.stores, now=world.clock)


def test_a_visitor_sees_the_referrer_under_the_clicks_terms(world):
    token = world.token()
    world.clock.advance(hours=1)
    world.program(prospect_gets="Something else.")
    landing = land(world, token)
    assert (landing.recommendation.name, landing.program.version) == ("Ana Example", 1)
    assert (landing.token, landing.closed, landing.expired) == (token, None, False)
    assert land(world).program.version == 2


def test_a_token_of_another_link_does_not_open_this_one(world):
    world.link("other-link")
    with pytest.raises(Forged):
        land(world, code="other-link")


@pytest.mark.parametrize(("token", "error"), [("", BadInput), ("nonsense", Forged)])
def test_a_token_that_is_none_opens_nothing(world, token, error):
    with pytest.raises(error):
        land(world, token)


def test_clicks_from_before_a_pause_of_the_link_may_continue(world):
    token = world.token()
    stored = world.stores.links.get("ana-link")
    world.stores.commit([Update(replace(stored, paused=True, revision=2))])
    assert not land(world, token).closed


def test_an_erased_referrer_recommends_nothing(world):
    stored = world.stores.referrers.get("ana")
    world.stores.commit([Update(replace(stored, erased_at=world.clock(), revision=2))])
    with pytest.raises(NotFound):
        land(world)


def test_an_old_click_expires_after_the_programs_window(world):
    token = world.token()
    world.clock.advance(days=90)
    assert not land(world, token).expired
    world.clock.advance(seconds=1)
    assert land(world, token).expired


def test_an_ended_program_is_closed_except_for_earlier_clicks(world):
    token = world.token()
    tomorrow = f"{world.clock() + timedelta(days=1):%Y-%m-%d}"
    world.program(ends={"on": tomorrow, "in_flight": "continue"})
    world.clock.advance(days=2)
    assert land(world, token).closed is None
    closed = land(world).closed
    assert closed is not None
    assert closed.code == "program_ended"


def test_thanks_are_said_for_a_link_that_there_is(world):
    assert thank("ana-link", stores=world.stores).program == "peers"
    with pytest.raises(NotFound):
        thank("unknown", stores=world.stores)
