"""Clicks: who clicked, and what is kept of it."""

from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.click import KEPT_DAYS, Click, judge, source_of

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


def test_a_source_compares_within_one_day_and_key_only():
    one = source_of("192.0.2.7", "2027-03-01", "key")
    assert one == source_of("192.0.2.7", "2027-03-01", "key")
    assert (
        len({one, source_of("192.0.2.7", "2027-03-02", "key"), source_of("192.0.2.7", "2027-03-01", "k")})
        == 3
    )
    assert one != source_of("192.0.2.8", "2027-03-01", "key")
    assert "192" not in one


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::1", True),
        ("2001:DB8:1:2::9", "2001:0db8:0001:0002::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::1", "::2", True),
        ("2001:db8::1", "2001:db8:0:0:9::1", True),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", True),
    ],
)
def test_ipv6_counts_by_its_network(one, other, same):
    assert (source_of(one, "day", "key") == source_of(other, "day", "key")) is same
