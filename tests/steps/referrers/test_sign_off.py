"""An approver decides once.

The referrer then shares, shows and earns what was allowed and no more.
"""

from dataclasses import replace

import pytest

from goodword.domain.contact import keyed_hash
from goodword.domain.errors import BadInput, Forged, Gone, MissingRecord
from goodword.domain.links.link import Link
from goodword.domain.referrals.referral import EARNS_NO_CREDIT
from goodword.domain.referrers.sign_off import SignOffWish, story_seen
from goodword.ports.writes import Insert, Update
from goodword.steps.access.spend_token import token_text
from goodword.steps.referrals.erase_person import erase_referrer
from goodword.steps.referrers.ask_sign_off import AskSignOffDeps, ask_sign_off
from goodword.steps.referrers.sign_off import SignOffDeps, decline, look_at_question, sign_off
from goodword.steps.referrers.update_referrer import change_story
from tests.steps.world import SESSION_KEYS, World
from tests.world import IDENTITY_KEY, SESSION_KEY, URL

CHIEF = "chief@referrer.example"
STORY = "Waiting times fell from 40 to 12 minutes."
ALL = SignOffWish("name", "yes", True)
SEEN = story_seen(STORY)


@pytest.fixture
def world():
    world = World()
    world.program(sign_off=["hospital"], stories=True)
    world.referrer("bo", segment="hospital", earns="ask", shown="nothing", story=STORY)
    world.link("bo-in", "bo", internal_only=True)
    return world


@pytest.fixture
def deps(world):
    return SignOffDeps(
        world.stores, world.clock, world.new_id, IDENTITY_KEY, SESSION_KEYS, "address key", URL
    )


def ask(world, wish=ALL):
    deps = AskSignOffDeps(world.stores, world.contacts, world.clock, world.new_id, world.enqueue)
    program = world.stores.programs.latest("peers")
    return token_text(ask_sign_off("bo", program, wish, CHIEF, deps=deps), SESSION_KEY)


def bo(world):
    return world.stores.referrers.get("bo")


def links(world):
    return {link.code: link for link in world.tables.all(Link) if link.referrer == "bo"}


def test_looking_changes_nothing_however_often(world, deps):
    text, before = ask(world), bo(world)
    assert look_at_question(text, deps=deps).asked == ALL
    assert look_at_question(text, deps=deps).referrer == before == bo(world)
    assert list(links(world)) == ["bo-in"]


def test_an_approval_is_recorded_and_creates_a_public_link(world, deps):
    sign_off(ask(world), ALL, SEEN, deps=deps)
    stored = bo(world)
    assert (stored.shown, stored.earns, stored.story_shown, stored.asked) == (
        "name",
        "yes",
        True,
        "",
    )
    assert stored.signed_off_at == world.clock()
    assert stored.signed_off_by == keyed_hash(IDENTITY_KEY, CHIEF)
    (public,) = (link for link in links(world).values() if not link.internal_only)
    assert (public.program, public.target) == ("peers", "https://www.example.com/demo")


def test_without_a_program_page_links_lead_to_the_landing_page(world, deps):
    stored = world.stores.programs.latest("peers")
    bare = replace(stored, version=2, targets=(), default_target="")
    world.stores.commit([Insert(bare)])
    sign_off(ask(world), ALL, SEEN, deps=deps)
    (public,) = (link for link in links(world).values() if not link.internal_only)
    assert public.target == f"{URL}/l/{public.code}"


def test_a_request_about_a_missing_program_raises(world, deps):
    text = ask(world)
    stored = world.stores.tokens.get(bo(world).asked)
    lost = replace(stored, data=stored.data | {"program": "gone"}, revision=stored.revision + 1)
    world.stores.commit([Update(lost)])
    with pytest.raises(MissingRecord, match="program gone"):
        look_at_question(text, deps=deps)


def test_an_approver_may_allow_less_and_never_more(world, deps):
    text = ask(world, SignOffWish("company", "yes", False))
    sign_off(text, ALL, SEEN, deps=deps)
    stored = bo(world)
    assert (stored.shown, stored.earns, stored.story_shown) == ("company", "yes", False)


def test_an_open_request_omits_a_credit_ruled_out_since(world, deps):
    text = ask(world)
    world.stores.commit([Update(replace(bo(world), earns="no", revision=bo(world).revision + 1))])
    assert look_at_question(text, deps=deps).asked.earns == "no"
    sign_off(text, ALL, SEEN, deps=deps)
    assert (bo(world).shown, bo(world).earns) == ("name", "no")


def test_a_link_works_once_and_a_second_use_says_so(world, deps):
    text = ask(world)
    sign_off(text, SignOffWish("company", "no"), SEEN, deps=deps)
    for again in (lambda: sign_off(text, ALL, SEEN, deps=deps), lambda: decline(text, deps=deps)):
        with pytest.raises(Gone) as gone:
            again()
        assert gone.value.where == "used"
    assert bo(world).shown == "company"
    assert len(links(world)) == 2


def test_the_approvers_address_is_kept_no_longer_than_the_question(world, deps):
    text = ask(world)
    name = bo(world).asked
    sign_off(text, ALL, SEEN, deps=deps)
    assert CHIEF not in str(world.stores.tokens.get(name))


def test_a_no_is_kept_and_leaves_the_referrer_inside(world, deps):
    decline(ask(world), deps=deps)
    stored = bo(world)
    assert (stored.shown, stored.earns, stored.signed_off_at) == ("nothing", "no", None)
    assert stored.declined_at == world.clock()
    assert list(links(world)) == ["bo-in"]


def test_a_no_to_more_leaves_what_was_allowed_before(world, deps):
    sign_off(
        ask(world, SignOffWish("company", "yes")), SignOffWish("company", "yes"), "", deps=deps
    )
    decline(ask(world), deps=deps)
    assert (bo(world).shown, bo(world).earns) == ("company", "yes")


def test_an_earlier_question_counts_no_more(world, deps):
    first, second = ask(world), ask(world)
    with pytest.raises(Gone) as gone:
        sign_off(first, ALL, SEEN, deps=deps)
    assert gone.value.where == "expired"
    sign_off(second, ALL, SEEN, deps=deps)


def test_a_story_changed_since_it_was_read_is_not_approved(world, deps):
    text = ask(world)
    program = world.stores.programs.latest("peers")
    change_story("bo", "Something else.", program, publish=False, stores=world.stores)
    with pytest.raises(BadInput, match="changed") as refused:
        sign_off(text, ALL, SEEN, deps=deps)
    assert refused.value.where == "story"
    sign_off(text, SignOffWish("name", "yes", False), SEEN, deps=deps)
    assert not bo(world).story_shown


def test_a_foreign_or_expired_link_does_nothing(world, deps):
    text = ask(world)
    with pytest.raises(Forged):
        sign_off(text[:-1], ALL, SEEN, deps=deps)
    world.clock.advance(days=15)
    with pytest.raises(Gone):
        sign_off(text, ALL, SEEN, deps=deps)


def test_a_second_sign_off_makes_no_second_link(world, deps):
    sign_off(ask(world), ALL, SEEN, deps=deps)
    sign_off(ask(world), ALL, SEEN, deps=deps)
    assert len(links(world)) == 2


def test_erasing_a_referrer_removes_request_and_approver(world, deps):
    text, name = ask(world), bo(world).asked
    erase_referrer(
        "bo", log_days=30, identity_key=IDENTITY_KEY, stores=world.stores, now=world.clock
    )
    assert CHIEF not in str(world.stores.tokens.get(name))
    with pytest.raises(Gone):
        look_at_question(text, deps=deps)


@pytest.mark.parametrize(("allowed", "status"), [("yes", "pending"), ("no", None)])
def test_what_is_earned_before_waits_and_after_follows_the_answer(world, deps, allowed, status):
    world.connection()
    world.referral("pat@practice.example", "bo")
    world.stage("demo_attended")
    assert (world.credit().status, world.credit().hold) == ("held", "sign_off_missing")
    sign_off(ask(world), SignOffWish("name", allowed), SEEN, deps=deps)
    second = world.referral("sam@other.example", "bo")
    world.stage("demo_attended", id="78", emails=("sam@other.example",))
    credit = world.credits().get(f"{second}/demo") if status else None
    assert (None if credit is None else credit.status) == status
    if status is None:
        assert world.kept(second).milestone("demo").refused == EARNS_NO_CREDIT
