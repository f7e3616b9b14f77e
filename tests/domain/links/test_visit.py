"""Visits: where a click came from, what is kept of its agent, and the token that it hands on."""

from dataclasses import MISSING, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.links.link import Link
from goodword.domain.links.visit import KnownLink, Visit, hand_on, source_of, spellings_of


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
        ("https://www.example.com/?gw=old&a", "https://www.example.com/?a&gw=t"),
        ("https://www.example.com/?", "https://www.example.com/?gw=t"),
    ],
)
def test_the_token_goes_into_the_query(target, address):
    assert hand_on(target, "", "t") == address


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("", "https://www.example.com/?plan=team#demo"),
        ("a=1&&b", "https://www.example.com/?plan=team&a=1&b#demo"),
        ("plan=free&pl%61n=none", "https://www.example.com/?plan=team#demo"),
        ("a=1&a=2", "https://www.example.com/?plan=team&a=1&a=2#demo"),
        ("gw=x&g%77=y&GW=z&gw[]=v&+gw=u&gw%5B0%5D=w", "https://www.example.com/?plan=team#demo"),
        ("gwen=1", "https://www.example.com/?plan=team&gwen=1#demo"),
        ("a=%C3%A9", "https://www.example.com/?plan=team&a=%C3%A9#demo"),
        ("a=é\r\nx: y#z", "https://www.example.com/?plan=team&a=%C3%A9%0D%0Ax:%20y%23z#demo"),
        (f"a={'x' * 3000}&b=1", "https://www.example.com/?plan=team&b=1#demo"),
    ],
)
def test_the_redirect_passes_on_the_query_without_foreign_tokens(query, address):
    assert hand_on("https://www.example.com/?plan=team#demo", query) == address


def test_a_target_without_a_query_gets_none():
    assert hand_on("https://www.example.com/#demo", "gw=x") == "https://www.example.com/#demo"


@given(st.text(max_size=80))
def test_no_query_breaks_the_address_or_brings_a_token(query):
    location = hand_on("https://www.example.com/?plan=team#demo", query, "t")
    assert location.isascii()
    assert location.isprintable()
    assert " " not in location
    address, _, fragment = location.partition("#")
    names = [pair.partition("=")[0] for pair in address.partition("?")[2].split("&")]
    assert (fragment, names[0], names[-1]) == ("demo", "plan", "gw")
    assert names.count("gw") == 1


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("tide-water", ["tide-water"]),
        ("TIDE-WATER", ["tide-water"]),
        ("Tide-Water).", ["tide-water"]),
        ("tidewater1", ["tidewater1"]),
        ("\u201ctide", []),
        ("tide\u201d \u00a0", ["tide"]),
        ("Xk3mQ9tw", ["Xk3mQ9tw", "xk3mq9tw"]),
        ("Xk3mQ9tw/", ["Xk3mQ9tw", "xk3mq9tw"]),
        ("Texas", ["Texas", "texas"]),
        ("TIDAL", ["tidal"]),
        ("...", []),
        ("ab.", []),
        ("a/b", []),
        ("abc\n", []),
        ("", []),
    ],
)
def test_a_typed_code_means_the_one_that_was_made(typed, codes):
    assert list(spellings_of(typed)) == codes
