"""Visits: where a click came from, what is kept of its agent, and the token that it hands on."""

from dataclasses import MISSING, fields

import pytest

from goodword.domain.links.link import Link
from goodword.domain.links.visit import KnownLink, Visit, add_token, source_of


def test_the_redirects_link_has_the_links_names_and_defaults():
    own = {each.name: each.default for each in fields(Link)}
    said = {name: name for name in KnownLink.__slots__ if own[name] is MISSING}
    left_out = {name: own[name] for name in KnownLink.__slots__ if name not in said}
    known = KnownLink(**said)
    assert {name: getattr(known, name) for name in KnownLink.__slots__} == said | left_out
    assert KnownLink(**said, paused=True).paused


@pytest.mark.parametrize(
    ("agent", "kept"),
    [
        ("", ""),
        ("Browser", "Browser"),
        ("x" * 5000, "x" * 256),
        ("紹" * 5000, "紹" * 85),
        ("a" + "é" * 200, "a" + "é" * 127),
        ("\ud800" * 300, "?" * 256),
    ],
)
def test_an_agent_is_cut_between_characters(agent, kept):
    assert Visit("code", "192.0.2.7", agent).cut_agent() == kept


def test_a_source_compares_within_one_day_and_key_only():
    one = source_of("192.0.2.7", "2027-03-01", "key")
    assert one == source_of("192.0.2.7", "2027-03-01", "key")
    assert (
        len(
            {
                one,
                source_of("192.0.2.7", "2027-03-02", "key"),
                source_of("192.0.2.7", "2027-03-01", "k"),
            }
        )
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


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("https://www.example.com/", "https://www.example.com/?gw=t"),
        ("https://www.example.com/?a=b", "https://www.example.com/?a=b&gw=t"),
        ("https://www.example.com/#top", "https://www.example.com/?gw=t#top"),
        ("https://www.example.com/?a#b?c", "https://www.example.com/?a&gw=t#b?c"),
    ],
)
def test_the_token_goes_into_the_query(target, address):
    assert add_token(target, "t") == address
