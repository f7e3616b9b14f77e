"""The company changes what it says of a referrer.

A referrer what is theirs, up to what was signed off.
"""

from dataclasses import replace

import pytest

from goodword.domain.errors import BadInput, Conflict, Forbidden, NotFound
from goodword.domain.referrals.erasure import erase_referrer
from goodword.domain.referrers.sign_off import (
    SignOffWish,
    declined,
    may_ask_to_earn,
    shown_now,
    signed_off,
)
from goodword.domain.referrers.story import visible_story
from goodword.ports.writes import Update
from goodword.steps.referrals.search_records import search_records
from goodword.steps.referrers.enroll_referrer import enroll_referrer
from goodword.steps.referrers.update_referrer import (
    ReferrerChange,
    change_locale,
    change_shown,
    change_story,
    update_referrer,
)
from tests.steps.world import World


@pytest.fixture
def world():
    world = World()
    world.program(stories=True, sign_off=["hospital"])
    world.referrer()
    return world


@pytest.fixture
def program(world):
    return world.stores.programs.latest("peers")


def test_a_language_is_kept_and_the_same_again_writes_nothing(world):
    after = change_locale("ana", "es", stores=world.stores)
    assert (after.locale, after.revision) == ("es", 2)
    assert change_locale("ana", "es", stores=world.stores).revision == 2


def test_who_needs_no_sign_off_shows_what_they_like(world, program):
    for shown in ("nothing", "name", "company"):
        assert change_shown("ana", shown, program, stores=world.stores).shown == shown


def test_who_was_signed_off_shows_less_and_never_more(world, program):
    world.referrer(
        "bo",
        segment="hospital",
        shown="company",
        signed_shown="company",
        signed_off_at=world.clock(),
    )
    with pytest.raises(Forbidden):
        change_shown("bo", "name", program, stores=world.stores)
    assert change_shown("bo", "nothing", program, stores=world.stores).shown == "nothing"
    assert change_shown("bo", "company", program, stores=world.stores).shown == "company"


def test_a_choice_made_without_sign_off_waits_where_required(world, program):
    free = world.program(program="free", stories=True)
    world.referrer("bo", segment="hospital")
    asked = world.stores.referrers.get("bo")
    world.stores.commit(
        [Update(signed_off(asked, SignOffWish("company", "yes"), "hash", world.clock()))]
    )
    change_shown("bo", "name", free, stores=world.stores)
    bo = change_story("bo", "From 40 to 12.", free, publish=True, stores=world.stores)
    assert (shown_now(free, bo), shown_now(program, bo)) == ("name", "company")
    assert visible_story(free, bo, internal_only=False) == "From 40 to 12."
    assert visible_story(program, bo, internal_only=False) == ""


def test_who_waits_for_a_sign_off_shows_nothing(world, program):
    world.referrer("bo", segment="hospital", shown="nothing")
    with pytest.raises(Forbidden):
        change_shown("bo", "nothing", program, stores=world.stores)


def test_a_story_without_required_sign_off_is_shown_at_once(world, program):
    after = change_story("ana", "From 40 to 12.", program, publish=True, stores=world.stores)
    assert (after.story, after.story_shown) == ("From 40 to 12.", True)


def test_a_story_waits_for_a_required_sign_off(world, program):
    world.referrer("bo", segment="hospital", signed_off_at=world.clock())
    after = change_story("bo", "From 40 to 12.", program, publish=True, stores=world.stores)
    assert (after.story, after.story_shown) == ("From 40 to 12.", False)


def test_a_program_without_stories_takes_none(world):
    with pytest.raises(BadInput, match="accepts no stories"):
        change_story("ana", "One.", world.program(), publish=True, stores=world.stores)


def test_an_unknown_referrers_locale_is_not_changed(world):
    with pytest.raises(NotFound):
        change_locale("unknown", "es", stores=world.stores)


# --- what the company says ------------------------------------------------------------------------


def change(world, referrer="ana", **said):
    return update_referrer(
        referrer,
        ReferrerChange(**said),
        by="key k1",
        identity_key=world.identity_key,
        stores=world.stores,
        now=world.clock,
    )


def enrolled(world, **fields):
    stored = replace(world.referrer("bo"), referrer="zoe", email="zoe@example.com", **fields)
    return enroll_referrer(stored, "", identity_key=world.identity_key, stores=world.stores)[0]


def found(world, text):
    hits = search_records(text, identity_key=world.identity_key, stores=world.stores).hits
    return [hit.label for hit in hits if hit.id == "zoe"]


def test_what_is_said_takes_its_place_and_the_rest_stays(world):
    stored = world.stores.referrers.get("ana")
    world.clock.advance(days=1)
    after = change(world, rep="sam", nps=0, products=())
    wanted = replace(
        stored, rep="sam", nps=0, products=(), changed_at=world.clock(), changed_by="key k1"
    )
    assert (
        after == replace(wanted, revision=stored.revision + 1) == world.stores.referrers.get("ana")
    )


def test_a_text_can_be_emptied(world):
    change(world, rep="sam", crm_id="7")
    assert (change(world, rep="").rep, world.stores.referrers.get("ana").crm_id) == ("", "7")


def test_the_same_change_again_writes_nothing(world):
    first = change(world, group="north")
    world.clock.advance(days=1)
    assert change(world, group="north") == first == world.stores.referrers.get("ana")


def test_a_change_meanwhile_is_kept(world):
    world.tables.meanwhile.append(lambda: change_locale("ana", "es", stores=world.stores))
    change(world, rep="sam")
    stored = world.stores.referrers.get("ana")
    assert (stored.locale, stored.rep, stored.revision) == ("es", "sam", 3)


def test_an_unknown_or_erased_referrer_is_not_changed(world):
    with pytest.raises(NotFound):
        change(world, "unknown", rep="sam")
    world.stores.commit([Update(erase_referrer(world.stores.referrers.get("ana"), world.clock()))])
    with pytest.raises(NotFound):
        change(world, rep="sam")


def test_a_referrer_is_found_only_by_their_current_name(world):
    enrolled(world, name="Zoe Old", company="Acme", crm_id="77")
    change(world, "zoe", name="Zoe New", crm_id="78")
    assert found(world, "zoe@example.com") == found(world, "acme") == ["Zoe New, Acme"]
    assert found(world, "new") == found(world, "78") == ["Zoe New, Acme"]
    assert found(world, "old") == found(world, "77") == []


def test_a_changed_referrer_equals_the_same_enrollment(world):
    stored = enrolled(world, nps=6)
    after = change(world, "zoe", nps=9)
    again = enroll_referrer(
        replace(stored, nps=9), "", identity_key=world.identity_key, stores=world.stores
    )
    assert again == (after, False)


@pytest.mark.parametrize("earns", ["yes", "no", "ask"])
def test_the_company_decides_on_earning_until_an_approver_has(world, earns):
    assert change(world, earns=earns).earns == earns
    assert change(world, earns="yes").earns == "yes"


def answered(world, answer):
    stored = world.stores.referrers.get("ana")
    after = (
        declined(stored, "hash", world.clock())
        if answer == "declined"
        else signed_off(stored, SignOffWish("name", answer), "hash", world.clock())
    )
    world.stores.commit([Update(after)])


@pytest.mark.parametrize(("answer", "stays"), [("yes", "yes"), ("no", "no"), ("declined", "no")])
def test_to_ask_leaves_an_approvers_answer(world, answer, stays):
    answered(world, answer)
    assert change(world, earns="ask", rep="sam").earns == stays


@pytest.mark.parametrize("answer", ["no", "declined"])
def test_no_yes_goes_over_an_approvers_no(world, answer):
    answered(world, answer)
    with pytest.raises(Conflict, match="approver declined"):
        change(world, earns="yes", rep="sam")
    assert change(world, earns="no").earns == "no"
    assert may_ask_to_earn(world.stores.referrers.get("ana"))


@pytest.mark.parametrize("back", ["yes", "ask"])
def test_an_approvers_yes_can_be_taken_away_and_given_back(world, back):
    answered(world, "yes")
    for _ in range(2):
        ruled_out = change(world, earns="no")
        assert (ruled_out.earns, may_ask_to_earn(ruled_out)) == ("no", False)
    given = change(world, earns=back)
    assert (given.earns, given.signed_earns, may_ask_to_earn(given)) == ("yes", "", True)
