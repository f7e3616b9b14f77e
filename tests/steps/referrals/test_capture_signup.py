"""A signup is attributed by its token and becomes a referral."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.errors import BadInput, Conflict, Forged, NotFound
from goodword.domain.links.visit import write_token
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import Referral
from goodword.ports.writes import Update
from goodword.steps.referrals.capture_signup import Signup, capture_signup
from goodword.steps.referrals.register_referral import RegisterReferralDeps


def sign_up(world, token=None, **more):
    given = {"name": "Pat Doe", "email": "Pat@Practice.example"} | more
    return capture_signup(
        Signup(world.token() if token is None else token, **given),
        contacts=world.contacts,
        deps=RegisterReferralDeps(
            identity_key=world.identity_key,
            stores=world.stores,
            now=world.clock,
            new_id=world.new_id,
        ),
    )


def refused(world, error, token=None, **more):
    with pytest.raises(error) as result:
        sign_up(world, token, **more)
    assert world.tables.all(Referral) == []
    return result.value


def test_a_signup_becomes_a_referral_of_the_links_referrer(world):
    made = sign_up(
        world,
        phone=" +1 202 555 0143 ",
        company="  The   Practice ",
        said={"segment": "private", "region": ""},
    )
    referral = made.referral
    assert made.new
    assert (referral.referrer, referral.source, referral.link, referral.click) == (
        "ana",
        "link",
        "ana-link",
        "click-1",
    )
    assert referral.prospect.email == "pat@practice.example"
    assert referral.prospect.phone == "+1 202 555 0143"
    assert referral.prospect.company == "The Practice"
    assert referral.prospect.said == {"segment": "private"}


def test_a_link_of_an_erased_referrer_makes_no_referral(world):
    ana = world.stores.referrers.get("ana")
    world.stores.commit([Update(replace(ana, erased_at=world.clock(), revision=2))])
    assert refused(world, NotFound).where == "code"


@pytest.mark.parametrize("phone", ["", "   "])
def test_a_phone_that_is_not_given_is_not_read(world, phone):
    assert sign_up(world, phone=phone).referral.prospect.phone == ""


def test_the_same_signup_twice_is_one_referral(world):
    first = sign_up(world)
    assert sign_up(world).referral == first.referral
    assert len(world.tables.all(Referral)) == 1


def test_the_terms_are_those_at_the_click(world):
    token = world.token()
    world.clock.advance(hours=1)
    world.program(name="Other terms")
    assert sign_up(world, token).referral.version == 1
    world.clock.advance(seconds=1)
    assert (
        sign_up(world, world.token(click="click-2"), email="sam@clinic.example").referral.version
        == 2
    )


def test_a_click_before_any_version_has_the_present_terms(world):
    held = world.tables.rows[Program]
    held[("peers", 1)] = replace(
        held[("peers", 1)], applied_at=world.clock() + timedelta(seconds=1)
    )
    assert sign_up(world).referral.version == 1


def test_a_signup_without_a_token_is_reported_what_to_send(world):
    assert refused(world, BadInput, "").where == "gw"


@pytest.mark.parametrize("token", ["nonsense", "a.b.c.d", "ana-link.click-1.1.mac"])
def test_a_token_that_is_not_ours_is_refused(world, token):
    refused(world, Forged, token)


def test_a_token_under_another_key_is_refused(world):
    forged = write_token("ana-link", "click-1", world.clock(), "another key")
    refused(world, Forged, forged)


def test_a_token_of_one_link_does_not_hold_for_another(world):
    world.link("other-link", token_key="their key")
    stolen = world.token().replace("ana-link", "other-link")
    refused(world, Forged, stolen)


def test_a_token_of_a_missing_link_is_refused(world):
    refused(world, Forged, write_token("nobody", "click-1", world.clock(), "token key"))


def test_a_click_of_the_future_is_refused(world):
    refused(world, Forged, world.token(at=world.clock() + timedelta(minutes=5, seconds=1)))
    assert sign_up(world, world.token(at=world.clock() + timedelta(minutes=5))).new


def test_the_window_is_the_programs(world):
    token = world.token()
    world.clock.advance(days=90, seconds=1)
    assert refused(world, Conflict, token).where == "gw"
    world.clock.advance(seconds=-1)
    assert sign_up(world, token).new


def test_contact_data_that_does_not_hold_is_reported(world):
    assert refused(world, BadInput, email="nobody").where == "email"


def test_a_paused_program_takes_no_new_signup(world):
    world.program(pause={"from": "2027-02-01", "in_flight": "continue"})
    assert refused(world, Conflict).where == "program"


@pytest.mark.parametrize(("in_flight", "taken"), [("continue", True), ("wait", False)])
def test_a_click_before_a_pause_may_sign_up(world, in_flight, taken):
    token = world.token()
    world.clock.advance(days=7)
    world.program(pause={"from": "2027-03-05", "in_flight": in_flight})
    if taken:
        assert sign_up(world, token).new
    else:
        refused(world, Conflict, token)


def test_a_referrer_who_is_gone_has_no_signups(world):
    world.tables.rows[type(world.stores.referrers.get("ana"))].clear()
    refused(world, NotFound)


def test_the_phone_is_read_as_one_of_the_programs_region(bare):
    bare.program(region="DE")
    bare.link()
    asked = []
    bare.contacts.phone = lambda text, region: asked.append((text, region)) or text
    sign_up(bare, phone="030 123456")
    assert asked == [("030 123456", "DE")]


def test_a_colleague_by_an_internal_link_is_not_flagged(world):
    world.program(sign_off=["hospital"])
    world.referrer("bo", segment="hospital")
    world.link("inside-link", "bo", internal_only=True)
    token = world.token("inside-link")
    assert sign_up(world, token, email="max@referrer.example").referral.flags == ()


def test_a_throw_away_mailbox_is_taken_and_flagged(world):
    (flag,) = sign_up(world, email="pat@throwaway.example").referral.flags
    assert flag == Reason("disposable")
