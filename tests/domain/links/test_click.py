"""Clicks: who clicked, and what is kept of it."""

from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.links.click import KEPT_DAYS, Click, judge

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


def click(**more):
    return Click("c", "code", "peers", AT, "source", **more)


def test_a_click_is_stored_for_the_longest_window():
    assert click().expires_at() - AT == timedelta(days=KEPT_DAYS)
    assert KEPT_DAYS >= 180


@pytest.mark.parametrize(
    ("more", "known", "codes", "kind"),
    [
        ({}, False, 1, "person"),
        ({}, True, 1, "machine"),
        ({"network": "a cloud"}, False, 1, "machine"),
        ({"hints": ("no-accept", "prefetch")}, False, 1, "machine"),
        ({"hints": ("no-agent",)}, False, 1, "uncertain"),
        ({}, False, 5, "person"),
        ({}, False, 6, "machine"),
    ],
)
def test_people_and_machines_are_distinguished(more, known, codes, kind):
    assert judge(click(**more), known_agent=known, codes_of_source=codes, mailed_at=None) == kind


@pytest.mark.parametrize(
    ("seconds", "hints", "kind"),
    [
        (0, (), "machine"),
        (1, (), "machine"),
        (1.1, (), "person"),
        (-1, (), "person"),
        (86_400, ("no-agent",), "uncertain"),
    ],
)
def test_a_click_within_a_second_of_mail_is_a_scanner(seconds, hints, kind):
    mailed_at = AT - timedelta(seconds=seconds)
    assert (
        judge(click(hints=hints), known_agent=False, codes_of_source=1, mailed_at=mailed_at) == kind
    )
