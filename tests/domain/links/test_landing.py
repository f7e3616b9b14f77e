"""What a landing page may say: never more than was signed off."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from goodword.domain.links.landing import recommendation_of
from goodword.domain.links.link import Link
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.referrers.sign_off import story_seen

AT = datetime(2027, 3, 1, 12, tzinfo=UTC)
ANA = Referrer("ana", "cus_1", "Ana Example", "ana@example.com", AT, company="Bright Dental")
LINK = Link("ana-link", "ana", "cus_1", "peers", "https://x.example/", "mail", "key", "key", AT)


def says(program, link=LINK, **referrer):
    return recommendation_of(link, replace(ANA, **referrer), program)


@pytest.mark.parametrize(
    ("shown", "name", "company"),
    [
        ("name", "Ana Example", "Bright Dental"),
        ("company", "", "Bright Dental"),
        ("nothing", "", ""),
    ],
)
def test_it_shows_what_the_referrer_lets_it(program, shown, name, company):
    result = says(program, shown=shown)
    assert (result.name, result.company) == (name, company)


def test_it_shows_nothing_before_a_required_sign_off(program):
    form_fields = replace(program, sign_off=("enterprise",), stories=True)
    story = {"story": "Nine days became two.", "story_shown": True}
    signed_story = {"signed_story": story_seen("Nine days became two.")}
    waiting = says(form_fields, segment="enterprise", **story)
    assert (waiting.name, waiting.company, waiting.story) == ("", "", "")
    signed = says(
        form_fields,
        segment="enterprise",
        signed_off_at=AT,
        signed_shown="name",
        **signed_story,
        **story,
    )
    assert (signed.name, signed.company, signed.story) == (
        ANA.name,
        ANA.company,
        "Nine days became two.",
    )
    assert says(form_fields, segment="practice").name == ANA.name


@pytest.mark.parametrize(
    ("stories", "referrer", "shown"),
    [
        (True, {"story_shown": True}, True),
        (True, {"story_shown": False}, False),
        (False, {"story_shown": True}, False),
        (True, {"story_shown": True, "shown": "nothing"}, False),
    ],
)
def test_a_story_is_shown_once_it_was_signed_off(program, stories, referrer, shown):
    result = says(replace(program, stories=stories), story="Nine days became two.", **referrer)
    assert bool(result.story) is shown


def test_colleagues_read_a_story_before_it_was_signed_off(program):
    result = replace(ANA, story="Nine days became two.", shown="nothing")
    internal_only = recommendation_of(
        replace(LINK, internal_only=True), result, replace(program, stories=True)
    )
    assert (internal_only.story, internal_only.name, internal_only.company) == (
        "Nine days became two.",
        "",
        "",
    )


@pytest.mark.parametrize(("earns", "shown"), [("yes", True), ("ask", True), ("no", False)])
def test_a_credit_is_named_where_one_may_come(program, earns, shown):
    assert says(program, earns=earns).earns is shown


def test_a_link_for_colleagues_is_one_on_the_page_too(program):
    assert says(program, replace(LINK, internal_only=True)).internal_only
    assert not says(program).internal_only
