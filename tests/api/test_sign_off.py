"""An approver's page: a scanner that follows it changes nothing, one press decides, once."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from goodword.contact_validation.reader import ContactFields
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.referrers.sign_off import SignOffWish
from goodword.http.wiring import utc_now
from goodword.ids import NewIds
from goodword.ports.writes import Update
from goodword.steps.access.spend_token import token_text
from goodword.steps.referrers.ask_sign_off import AskSignOffDeps, ask_sign_off
from tests.api.cloud import Cloud
from tests.api.gateway import Answer
from tests.api.test_portal import PAYLOADS, RICH
from tests.world import SECRETS

FORM = "application/x-www-form-urlencoded"
ALL = SignOffWish("name", "yes", True)
STORY = "Waiting times fell from 40 to 12 minutes."


class Approver:
    """A browser that has the link of the mail."""

    def __init__(self, cloud: Cloud, wish: SignOffWish = ALL) -> None:
        self.cloud = cloud
        services = AskSignOffDeps(cloud.stores, ContactFields(), utc_now, NewIds(), lambda _: None)
        program = cloud.stores.programs.latest("peers")
        assert program is not None
        token = ask_sign_off("ana", program, wish, "chief@referrer.example", deps=services)
        self.path = f"/sign-off/{token_text(token, SECRETS['keys/sessions'])}"

    def get(self, **headers: str) -> Answer:
        return self.cloud.send("GET", self.path, **headers)

    def answer(self, **fields: str) -> Answer:
        seen = re.search(r'name="seen" value="([^"]+)"', self.get().text)
        given = {"seen": seen[1] if seen else "", "decision": "yes", **fields}
        return self.cloud.send("POST", self.path, urlencode(given), content_type=FORM)


@pytest.fixture
def asked(furnished: Cloud) -> Approver:
    furnished.apply_program(RICH, '"1"')
    furnished.create_link(internal_only=True)
    stored = ana(furnished)
    changed: dict[str, Any] = {
        "segment": "hospital",
        "earns": "ask",
        "shown": "nothing",
        "story": STORY,
    }
    furnished.commit(Update(replace(stored, revision=stored.revision + 1, **changed)))
    return Approver(furnished)


def ana(cloud: Cloud) -> Referrer:
    stored = cloud.stores.referrers.get("ana")
    assert stored is not None
    return stored


def test_looking_changes_nothing_however_often_a_scanner_does_it(asked: Approver) -> None:
    before = asked.cloud.contents()
    for _ in range(2):
        answer = asked.get()
        assert answer.status == 200
        assert "Ana Example would like to recommend Introduce a peer" in answer.text
        assert STORY in answer.text
    assert asked.cloud.contents() == before


def test_one_press_signs_off_and_a_reload_confirms_it(asked: Approver) -> None:
    answer = asked.answer(shown="company", earns="yes", story="yes")
    assert answer.status == 303
    stored = ana(asked.cloud)
    assert (stored.shown, stored.earns, stored.story_shown) == ("company", "yes", True)
    assert [link.internal_only for link in asked.cloud.stores.links.list_by_referrer("ana")].count(
        False
    ) == 1
    thanks = asked.cloud.send("GET", answer.headers["location"])
    assert (thanks.status, "Thank you, it is signed off" in thanks.text) == (200, True)
    assert '<span class="brand">Introduce a peer</span>' in thanks.text
    assert asked.get().status == 410
    assert "This request was already answered" in asked.get().text
    again = asked.answer(shown="name", earns="yes")
    assert again.status == 410
    assert '<span class="brand">Introduce a peer</span>' in again.text
    assert "This request was already answered" in again.text
    assert ana(asked.cloud).shown == "company"


def test_a_no_is_one_press_too(asked: Approver) -> None:
    answer = asked.answer(decision="no")
    assert answer.status == 303
    assert "Thank you, you declined" in asked.cloud.send("GET", answer.headers["location"]).text
    assert (ana(asked.cloud).earns, ana(asked.cloud).shown) == ("no", "nothing")


def test_no_page_thanks_for_what_was_not_done(asked: Approver) -> None:
    assert "Thank you" not in asked.cloud.send("GET", f"{asked.path}?notice=yes").text


def test_more_than_was_asked_is_neither_offered_nor_possible(asked: Approver) -> None:
    again = Approver(asked.cloud, SignOffWish("company", "no", False))
    page = again.get().text
    assert 'value="name"' not in page
    assert STORY not in page
    assert again.answer(shown="name", earns="yes", story="yes").status == 303
    stored = ana(asked.cloud)
    assert (stored.shown, stored.earns, stored.story_shown) == ("company", "no", False)


def test_a_choice_that_is_missing_is_asked_for(asked: Approver) -> None:
    answer = asked.answer(shown="name")
    assert answer.status == 422
    assert "Please answer both questions." in answer.text
    assert ana(asked.cloud).signed_off_at is None


def test_a_story_that_changed_meanwhile_is_shown_again(asked: Approver) -> None:
    answer = asked.answer(shown="name", earns="yes", story="yes", seen="0123456789abcdef")
    assert answer.status == 422
    assert "The story has changed" in answer.text
    assert STORY in answer.text


@pytest.mark.parametrize("text", ["x", "tk_1.99999999999.xxxxxxxxxxxxxxxxxxxxxxxx", "%00"])
def test_a_link_that_is_not_ours_is_a_friendly_page(cloud: Cloud, text: str) -> None:
    answer = cloud.send("GET", f"/sign-off/{text}")
    assert answer.status in (401, 404)
    assert answer.media == "text/html"
    assert "<h1>" in answer.text


def test_the_page_speaks_the_referrers_language(asked: Approver) -> None:
    stored = ana(asked.cloud)
    asked.cloud.commit(Update(replace(stored, locale="es", revision=stored.revision + 1)))
    assert "quiere recomendar" in asked.get().text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_and_stories_show_as_text(asked: Approver, payload: str) -> None:
    stored = ana(asked.cloud)
    changed = replace(stored, name=f"a{payload}", story=payload, revision=stored.revision + 1)
    asked.cloud.commit(Update(changed))
    page = asked.get().text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "1337" not in page
    assert payload in unescape(page)
