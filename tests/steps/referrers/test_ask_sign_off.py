"""SignOffAsking an approver: one mail, one link, the latest question counts."""

import pytest

from goodword.domain.errors import BadInput, NotFound, RateLimited
from goodword.domain.referrers.sign_off import SignOffWish
from goodword.steps.referrers.ask_sign_off import A_DAY, AskSignOffDeps, ask_sign_off
from tests.steps.world import World

CHIEF = "chief@referrer.example"


@pytest.fixture
def world():
    world = World()
    world.program(sign_off=["hospital"])
    world.referrer("bo", segment="hospital", earns="ask", shown="nothing", story="From 40 to 12.")
    return world


ALL = SignOffWish("name", "yes", True)


def ask(world, wish=ALL, approver=CHIEF, referrer="bo"):
    deps = AskSignOffDeps(world.stores, world.contacts, world.clock, world.new_id, world.enqueue)
    program = world.stores.programs.latest("peers")
    return ask_sign_off(referrer, program, wish, approver, deps=deps)


def test_asking_mails_the_approver_and_records_only_the_request(world):
    token = ask(world)
    (mail,) = world.mails()
    assert (mail.kind, mail.recipient) == ("sign_off", f"token#{token.token}")
    assert world.enqueue == [f"{mail.recipient} {mail.mail}"]
    stored = world.stores.referrers.get("bo")
    assert (stored.asked, stored.shown, stored.earns, stored.signed_off_at) == (
        token.token,
        "nothing",
        "ask",
        None,
    )
    assert token.data == {
        "email": CHIEF,
        "program": "peers",
        "shown": "name",
        "earns": "yes",
        "story": "yes",
    }


def test_a_question_can_be_mailed(world):
    ask(world)
    assert world.send() == ["sent"]
    (letter,) = world.mailer.letters
    assert letter.to == CHIEF


def test_a_new_question_takes_the_place_of_the_one_before(world):
    first, second = ask(world), ask(world, approver="deputy@referrer.example")
    assert world.stores.tokens.get(first.token).data == {}
    assert world.stores.referrers.get("bo").asked == second.token


def test_a_story_that_is_not_there_is_not_asked_for(world):
    world.referrer("cy", segment="hospital")
    assert ask(world, referrer="cy", approver="chief@referrer.example").data["story"] == "no"


def test_an_approver_is_not_asked_for_credits_already_ruled_out(world):
    world.referrer("cy", segment="hospital", earns="no")
    assert ask(world, referrer="cy").data["earns"] == "no"


@pytest.mark.parametrize("approver", ["no address", "chief@other.example", "bo@referrer.example"])
def test_an_address_outside_the_company_is_refused_without_a_mail(world, approver):
    with pytest.raises(BadInput) as refused:
        ask(world, approver=approver)
    assert refused.value.where == "approver"
    assert world.mails() == []


def test_where_no_sign_off_is_needed_none_is_requested(world):
    world.referrer("cy")
    with pytest.raises(BadInput, match="needs no sign-off"):
        ask(world, referrer="cy")


def test_no_mailbox_is_flooded(world):
    for _ in range(A_DAY):
        ask(world)
    with pytest.raises(RateLimited):
        ask(world)
    world.clock.advance(days=1)
    assert ask(world)


def test_an_unenrolled_referrer_cannot_request_a_sign_off(world):
    with pytest.raises(NotFound):
        ask(world, referrer="unknown")
