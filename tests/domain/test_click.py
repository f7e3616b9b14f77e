"""Clicks: who clicked, and what is kept of it."""

from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.click import KEPT_DAYS, Click, judge

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


def click(**more):
    return Click("c", "code", "peers", AT, "source", **more)


def test_a_click_is_kept_for_as_long_as_any_window_lasts():
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
        ({"mailed_at": AT}, False, 1, "machine"),
        ({"mailed_at": AT - timedelta(seconds=1)}, False, 1, "machine"),
        ({"mailed_at": AT - timedelta(seconds=1.1)}, False, 1, "person"),
        ({"mailed_at": AT + timedelta(seconds=1)}, False, 1, "person"),
        ({"mailed_at": AT - timedelta(days=1), "hints": ("no-agent",)}, False, 1, "uncertain"),
    ],
)
def test_people_and_machines_are_told_apart(more, known, codes, kind):
    assert judge(click(**more), known_agent=known, codes_of_source=codes) == kind
