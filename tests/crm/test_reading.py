"""Values of an unverified body."""

from datetime import UTC, datetime

import pytest

from goodword.crm import reading
from goodword.domain.errors import Unreadable


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[Infinity]",
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"9" * 5000,
        b"\x00",
        '{"a": "ä"}'.encode("latin-1"),
    ],
)
def test_what_would_choke_a_database_later_is_refused_at_once(body):
    with pytest.raises(Unreadable) as refused:
        reading.parse_json(body)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_numbers_with_a_fraction_stay_the_crms_text():
    assert reading.parse_json(b'[2500.50, 1e999, -0.0, 7, "\\ud83d\\ude00"]') == [
        "2500.50",
        "1e999",
        "-0.0",
        7,
        "😀",
    ]


def test_a_byte_order_mark_is_no_obstacle():
    assert reading.parse_json(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("", None), ("x", "x"), (True, "true"), (False, "false"), (0, "0"), (-5, "-5")],
)
def test_a_scalar_becomes_text_and_a_cleared_one_none(value, expected):
    assert reading.text(value, "f") == expected


@pytest.mark.parametrize("value", [[], {}, ["x"]])
def test_an_array_or_object_is_no_text(value):
    with pytest.raises(Unreadable, match="text"):
        reading.text(value, "f")


@pytest.mark.parametrize("value", ["77", 77, "006000000000001AAA", "a_b.c:d@e-f"])
def test_an_id_is_a_number_or_a_plain_term(value):
    assert reading.object_id(value, "f") == str(value)


@pytest.mark.parametrize(
    "value", [None, "", True, 1.5, "a/b", "a b", "ä", "x" * 129, 10**200, [], "1\n", "٣"]
)
def test_anything_else_is_no_id(value):
    with pytest.raises(Unreadable):
        reading.object_id(value, "f")


@pytest.mark.parametrize("value", [None, "", 5, "n" * 256])
def test_a_property_needs_a_name_of_bounded_length(value):
    with pytest.raises(Unreadable):
        reading.property_name(value, "f")


EXPECTED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T09:30:00Z",
        "2026-03-01T09:30:00.000Z",
        "2026-03-01T09:30:00.000+0000",
        "2026-03-01T10:30:00+01:00",
        "2026-03-01 09:30:00+00:00",
        1772357400,
        "1772357400",
        1772357400000,
        "1772357400000",
    ],
)
def test_one_moment_is_understood_in_every_crms_spelling(value):
    assert reading.moment(value, "f") == EXPECTED


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        True,
        "now",
        -1,
        0,
        10**13,
        10**300,
        "2026-03-01T09:30:00",
        "2026-03-01",
        "2026-02-30T00:00:00Z",
        "2026-03-01T25:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59Z",
        "2026-03-01T09:30:00+99:99",
        {},
        [],
    ],
)
def test_anything_else_or_far_away_is_no_time(value):
    with pytest.raises(Unreadable):
        reading.moment(value, "f")


def test_addresses_are_listed_once_in_order():
    given = [
        "ana@example.com",
        None,
        5,
        "none",
        " bo@example.org ",
        "ana@example.com",
        "x@" + "y" * 300,
    ]
    assert reading.addresses(given) == ("ana@example.com", "bo@example.org")


def test_a_hundred_addresses_are_enough():
    assert len(reading.addresses(f"p{n}@example.com" for n in range(500))) == 100


@pytest.mark.parametrize("value", [[], "x", None, 5])
def test_an_object_is_asked_for_by_name(value):
    with pytest.raises(Unreadable) as refused:
        reading.mapping(value, "data")
    assert refused.value.where == "data"


@pytest.mark.parametrize("value", [{}, "x", None, [1, 2, 3]])
def test_an_array_is_bounded(value):
    with pytest.raises(Unreadable):
        reading.sequence(value, "events", most=2)


def test_a_fingerprint_does_not_depend_on_the_order_of_keys():
    assert reading.fingerprint({"a": 1, "b": "ä"}) == reading.fingerprint({"b": "ä", "a": 1})
    assert len(reading.fingerprint("x" * 10_000)) == 64
