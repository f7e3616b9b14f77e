"""Links: made once, named by chance or by choice, paused at will."""

from dataclasses import replace
from datetime import timedelta

import pytest

from goodword.domain.errors import BadInput, Conflict, NotFound
from goodword.domain.links.link import MOST_LINKS, Link
from goodword.messages.sentence import say
from goodword.ports.writes import Insert
from goodword.steps.links.create_link import (
    CreateLinkDeps,
    LinkWish,
    change_link,
    create_link,
    make_portal_link,
    read_link,
)
from goodword.steps.referrers.serve_portal import portal_referrer, serve_portal
from tests.cases.load import only

WISH = LinkWish("ana", "peers", "mail")
VANITY = replace(WISH, code="anas-friends")


def make(world, wish=WISH, request="condition_text"):
    return create_link(
        wish,
        request,
        deps=CreateLinkDeps(
            public_url="https://refer.example.com",
            address_key="address key",
            stores=world.stores,
            now=world.clock,
            new_id=world.new_id,
        ),
    )


def test_a_target_with_a_token_is_refused_or_loses_it(world):
    case = only("links", "a target that carries a token is refused or loses it")
    wish = case["events"][0]["create_link"]
    world.link(case["given"]["links"][0]["code"])
    target = wish["target"].replace("<token of tide-water>", world.token("tide-water"))
    with pytest.raises(BadInput) as refused:
        make(world, replace(WISH, code=wish["code"], target=target))
    assert refused.value.where == case["expect"][0]["one_of"][0]["where"]
    assert world.stores.links.get(wish["code"]) is None


def test_a_link_leads_to_the_programs_target_with_generated_code(world):
    link, new = make(world)
    assert new
    assert world.stores.links.get(link.code) == link
    assert (link.referrer, link.account, link.program, link.channel) == (
        "ana",
        "cus_1",
        "peers",
        "mail",
    )
    assert link.target == "https://www.example.com/demo"
    assert len(link.code) == 11
    assert len(link.token_key) == 40
    assert link.address_key == "address key"


def test_without_a_program_page_links_lead_to_the_landing_page(world):
    world.program(targets=[], default_target="", brand={"name": "Example Software"})
    link, _ = make(world)
    assert link.target == f"https://refer.example.com/l/{link.code}"
    assert make(world) == (link, False)
    assert make(world, VANITY, None)[0].target == "https://refer.example.com/l/anas-friends"
    with pytest.raises(BadInput) as refused:
        make(world, replace(WISH, target="https://www.example.com/"), "other")
    assert (refused.value.where, "landing page" in refused.value.what) == ("target", True)


def test_a_referrer_has_so_many_links_and_no_more(world):
    for number in range(MOST_LINKS - len(world.stores.links.list_by_referrer("ana"))):
        make(world, request=f"call-{number}")
    with pytest.raises(Conflict) as refused:
        make(world, request="one too many")
    assert (refused.value.where, refused.value.remedy) == (
        "referrer",
        "Reuse one of their links; a paused one can be resumed.",
    )
    assert make(world, request="call-0")[1] is False, "what was made before is still given again"
    assert len(world.stores.links.list_by_referrer("ana")) == MOST_LINKS


def test_the_same_call_again_gives_the_same_link(world):
    first, _ = make(world)
    assert make(world) == (first, False)
    assert make(world, request="twice")[0] != first


def test_the_same_key_for_another_wish_is_refused(world):
    make(world)
    with pytest.raises(Conflict) as refused:
        make(world, replace(WISH, channel="print"))
    assert refused.value.where == "Idempotency-Key"


def test_the_same_key_of_another_referrer_is_another_call(world):
    world.referrer("max")
    assert make(world)[0] != make(world, replace(WISH, referrer="max"))[0]


def test_only_a_generated_code_needs_an_idempotency_key(world):
    with pytest.raises(BadInput) as refused:
        make(world, request=None)
    assert refused.value.where == "Idempotency-Key"
    assert make(world, VANITY, None)[0].code == "anas-friends"


def test_the_same_chosen_code_again_is_the_same_link(world):
    first, _ = make(world, VANITY, None)
    assert make(world, VANITY, None) == (first, False)
    assert make(world, replace(VANITY, target=first.target), "a key")[0] == first


@pytest.mark.parametrize(
    "other",
    [
        {"referrer": "max"},
        {"channel": "print"},
        {"internal_only": True},
        {"target": "https://www.example.com/other"},
    ],
)
def test_a_chosen_code_that_is_taken_is_refused(world, other):
    world.referrer("max")
    make(world, VANITY, None)
    with pytest.raises(Conflict) as refused:
        make(world, replace(VANITY, **other), None)
    assert refused.value.where == "code"


def test_a_chosen_code_taken_concurrently_is_refused(world):
    world.referrer("max")
    theirs = make(world, replace(VANITY, referrer="max", code="theirs"), None)[0]
    taken = replace(theirs, code=VANITY.code)
    world.tables.meanwhile.append(lambda: world.stores.commit([Insert(taken)]))
    with pytest.raises(Conflict):
        make(world, VANITY)
    assert world.stores.links.get(VANITY.code) == taken


def test_a_code_that_chance_gives_twice_is_drawn_again(world):
    world.link("2" * 10 + "3")
    world.new_id.made = 0
    link, new = make(world)
    assert new
    assert link.code != "2" * 10 + "3"


def test_reserved_terms_are_no_codes(world):
    with pytest.raises(BadInput):
        make(world, replace(WISH, code="admin"), None)


def test_a_link_leads_only_to_hosts_of_its_program(world):
    with pytest.raises(BadInput) as refused:
        make(world, replace(WISH, target="https://evil.example/"))
    assert refused.value.where == "target"
    assert make(world, replace(WISH, target="https://www.example.com/x"))[0].target.endswith("/x")


@pytest.mark.parametrize("missing", [{"referrer": "unknown"}, {"program": "nothing"}])
def test_a_link_needs_its_referrer_and_program(world, missing):
    with pytest.raises(NotFound):
        make(world, replace(WISH, **missing))


def test_a_lost_reply_is_made_good_by_the_same_call(world):
    world.tables.lost_replies = 1
    with pytest.raises(ConnectionError):
        make(world)
    link, new = make(world)
    assert not new
    assert {each.code for each in world.tables.all(Link)} == {"ana-link", link.code}


def test_a_link_is_paused_and_goes_on(world):
    link, _ = make(world)

    def change(paused):
        return change_link(link.code, paused=paused, mailed_at=None, stores=world.stores)

    assert (change(True).paused, change(True).revision) == (True, 2)
    assert (change(False).paused, change(None).revision) == (False, 3)
    assert world.stores.links.get(link.code) == replace(link, revision=3)


def test_a_link_keeps_its_mail_time_paused_or_not(world):
    link, _ = make(world)
    change_link(link.code, paused=True, mailed_at=None, stores=world.stores)
    changed = change_link(link.code, paused=None, mailed_at=world.clock(), stores=world.stores)
    assert (changed.paused, changed.mailed_at) == (True, world.clock())


def test_two_changes_at_once_both_hold(world):
    link, _ = make(world)
    world.tables.meanwhile.append(
        lambda: change_link(link.code, paused=None, mailed_at=world.clock(), stores=world.stores)
    )
    changed = change_link(link.code, paused=True, mailed_at=None, stores=world.stores)
    assert (changed.paused, changed.mailed_at, changed.revision) == (True, world.clock(), 3)


def test_an_unknown_link_is_neither_read_nor_changed(world):
    with pytest.raises(NotFound):
        change_link("unknown", paused=True, mailed_at=None, stores=world.stores)
    with pytest.raises(NotFound):
        read_link("unknown", stores=world.stores, now=world.clock)


def test_a_link_has_its_clicks_of_the_last_400_days(world):
    days = [world.clock() - timedelta(days=each) for each in (0, 399, 402)]
    world.tables.totals |= {
        ("link#ana-link", f"{days[0]:%Y-%m-%d}#person"): 2,
        ("link#ana-link", f"{days[1]:%Y-%m-%d}#person"): 3,
        ("link#ana-link", f"{days[1]:%Y-%m-%d}#uncertain"): 1,
        ("link#ana-link", f"{days[2]:%Y-%m-%d}#person"): 100,
    }
    link, clicks = read_link("ana-link", stores=world.stores, now=world.clock)
    assert link.code == "ana-link"
    assert clicks == {"person": 5, "machine": 0, "uncertain": 1}


def test_before_a_sign_off_links_are_internal_only(world):
    world.program(sign_off=["hospital"])
    world.referrer("bo", segment="hospital")
    with pytest.raises(Conflict) as refused:
        make(world, replace(WISH, referrer="bo"))
    assert refused.value.where == "internal_only"
    assert make(world, replace(WISH, referrer="bo", internal_only=True))[0].internal_only


def press(world, portal):
    make_portal_link(
        portal,
        deps=CreateLinkDeps(
            public_url="https://refer.example.com",
            address_key="key",
            stores=world.stores,
            now=world.clock,
            new_id=world.new_id,
        ),
    )


def portal_of(world, referrer="ana"):
    stored = portal_referrer(referrer, stores=world.stores)
    return serve_portal(stored, "peers", None, stores=world.stores, now=world.clock)


def test_a_portal_without_a_link_gets_one(world):
    world.referrer("bo", terms=("peers@1",))
    press(world, portal_of(world, "bo"))
    press(world, portal_of(world, "bo"))
    (link,) = world.stores.links.list_by_referrer("bo")
    assert (link.program, link.channel, link.internal_only) == ("peers", "other", False)


def test_a_portal_with_a_link_gets_no_other(world):
    before = world.stores.links.list_by_referrer("ana")
    press(world, portal_of(world))
    assert world.stores.links.list_by_referrer("ana") == before


def test_the_portal_of_a_closed_program_gets_no_link(world):
    world.referrer("bo", terms=("peers@1",))
    closed = replace(portal_of(world, "bo"), closed=say("It is over."))
    with pytest.raises(Conflict) as refused:
        press(world, closed)
    assert refused.value.where == "program"
    assert world.stores.links.list_by_referrer("bo") == ()
