"""Programs over HTTP: applied as YAML or JSON, versioned.

Never changed by what cannot be read.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.cloud import Cloud
from tests.world import PROGRAM
from tests.world import TERMS as DOCUMENT

DEMO = "{ stage: demo_attended }"
NAME = "name: Introduce a peer"


def refused(
    cloud: Cloud, status: int, text: str | bytes, media: str = "application/yaml"
) -> dict[str, Any]:
    return cloud.refused(
        *(status, "PUT", "/v1/programs/peers", text),
        scope="admin",
        content_type=media,
        if_match='"1"',
    )


def test_a_program_is_applied_and_read_back_with_its_offer(cloud: Cloud) -> None:
    applied = cloud.apply_program()
    read = cloud.send("GET", "/v1/programs/peers", scope="read")

    assert applied.status == read.status == 200
    assert applied.json == read.json
    assert read.headers["etag"] == '"1"'
    assert read.json["source"] == PROGRAM
    assert read.json["offer"].startswith(
        "Introduce a peer and your account gets 50.00 USD once they attend"
    )


def test_the_same_text_is_the_same_version_despite_if_match(furnished: Cloud) -> None:
    answer = furnished.apply_program(PROGRAM, '"7"')

    assert (answer.status, answer.json["version"]) == (200, 1)


def test_a_new_text_is_the_next_version(furnished: Cloud) -> None:
    answer = furnished.apply_program(PROGRAM.replace("50.00", "75.00"), '"1"')

    assert (answer.status, answer.headers["etag"]) == (200, '"2"')


def test_a_new_version_needs_if_match(furnished: Cloud) -> None:
    problem = furnished.refused(
        *(428, "PUT", "/v1/programs/peers", PROGRAM + "posting: approve\n"),
        scope="admin",
        content_type="application/yaml",
    )

    assert problem["where"] == "If-Match"
    assert '"1"' in problem["remedy"]


@pytest.mark.parametrize("match", ['"0"', '"2"', '"one"', "*", 'W/"1"', "", '"1", "2"'])
def test_if_match_of_another_version_changes_nothing(furnished: Cloud, match: str) -> None:
    furnished.refused(
        *(412, "PUT", "/v1/programs/peers", PROGRAM + "posting: approve\n"),
        scope="admin",
        content_type="application/yaml",
        if_match=match,
    )


def test_a_program_in_json_may_have_any_characters_and_whitespace(furnished: Cloud) -> None:
    text = json.dumps({**DOCUMENT, "name": "Refer a friend \U0001f389"}, indent="\t")

    answer = furnished.send(
        *("PUT", "/v1/programs/peers", text),
        scope="admin",
        content_type="application/json",
        if_match='"1"',
    )

    assert answer.status == 200
    assert answer.json["document"]["name"] == "Refer a friend \U0001f389"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"program": NaN}',
        '{"program": "a", "program": "b"}',
        '{"a":' * 9000 + "1" + "}" * 9000,
        "[]",
    ],
    ids=["cut short", "NaN", "a field twice", "9000 deep", "a list"],
)
def test_json_that_is_none_is_refused(furnished: Cloud, text: str) -> None:
    refused(furnished, 400, text, "application/json")


@pytest.mark.parametrize("deep", [30, 300, 500, 700, 900])
def test_json_that_nests_deeply_is_refused(furnished: Cloud, deep: int) -> None:
    text = '{"a":' * deep + "1" + "}" * deep

    answer = furnished.send(
        *("PUT", "/v1/programs/peers", text),
        scope="admin",
        content_type="application/json",
        if_match='"1"',
    )

    assert answer.status in (400, 422)


def test_half_a_character_is_refused_in_json(furnished: Cloud) -> None:
    refused(furnished, 422, json.dumps({**DOCUMENT, "name": "a\ud83d"}), "application/json")


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        PROGRAM.encode("utf-16"),
        "a: [",
        "a: b: c",
        "\ta: b",
        f"{PROGRAM}---\n{PROGRAM}",
        "x" * 2000 + ": y",
        "a: " + "[" * 5000 + "]" * 5000,
    ],
    ids=[
        "bytes",
        "UTF-16",
        "an open list",
        "two colons",
        "a tab",
        "two documents",
        "a long name",
        "very deep",
    ],
)
def test_what_is_no_yaml_is_refused(furnished: Cloud, text: str | bytes) -> None:
    problem = furnished.send(
        *("PUT", "/v1/programs/peers", text),
        scope="admin",
        content_type="application/yaml",
        if_match='"1"',
    )

    assert problem.status in (400, 422)
    assert furnished.send("GET", "/v1/programs/peers", scope="read").json["version"] == 1


WRONG = {
    "an amount that is no whole number of cents": ("50.00 USD", "50.005 USD"),
    "a number in place of an amount": ("50.00 USD", "50"),
    "an amount of nothing": ("50.00 USD", "0.00 USD"),
    "an amount below nothing": ("50.00 USD", "-5.00 USD"),
    "an amount that is not finite": ("50.00 USD", ".nan"),
    "an amount of many digits": ("50.00 USD", f"{'9' * 400}.00 USD"),
    "a currency that is not known": ("50.00 USD", "50.00 XXX"),
    "an unknown field": (NAME, f"{NAME}\namuont: 5"),
    "an unknown criterion": (DEMO, "{ moon: full }"),
    "two criteria at once": (DEMO, "{ stage: won, new_to_us: true }"),
    "a text in place of a number": (NAME, f"{NAME}\nattribution_days: many"),
    "a number out of bounds": (NAME, f"{NAME}\nattribution_days: 181"),
    "a number that is not finite": (NAME, f"{NAME}\nattribution_days: .inf"),
    "a number that is none": (NAME, f"{NAME}\nattribution_days: .nan"),
    "a host that is not allowed": ("https://www.example.com", "https://evil.example.net"),
    "a target in plain http": ("https://www.example.com", "http://www.example.com"),
    "a time zone that there is not": ("America/New_York", "America/Atlantis"),
    "a time zone that is a file": ("America/New_York", "../../etc/passwd"),
    "another program's id": ("program: peers", "program: others"),
    "an id with capitals": ("program: peers", "program: Peers"),
    "a name of nothing": (NAME, "name: ''"),
    "a name that is a list": (NAME, "name: [a]"),
    "a day with a time": ("2020-01-01", "2020-01-01 10:00:00"),
}


@pytest.mark.parametrize("case", WRONG)
def test_terms_that_do_not_hold_are_refused_with_their_line(furnished: Cloud, case: str) -> None:
    problem = refused(furnished, 422, PROGRAM.replace(*WRONG[case]))

    assert problem["where"].startswith("the program:")


def test_an_empty_body_is_refused(furnished: Cloud) -> None:
    refused(furnished, 422, "")


HOSTILE = {
    "a tag": (NAME, "name: !secret x"),
    "a tag of Python": (NAME, "name: !!python/object/apply:os.getcwd []"),
    "a tag that does not fit": (NAME, "name: !!int abc"),
    "a list as a name": (NAME, f"{NAME}\n? [a, b]\n: c"),
    "a day that there is not": ("2020-01-01", "2020-13-45"),
    "a number of 5000 digits": (NAME, f"{NAME}\nattribution_days: {'9' * 5000}"),
    "a number with a point": (NAME, f"{NAME}\nattribution_days: 5.0"),
    "minutes and seconds": (NAME, f"{NAME}\nattribution_days: 1:30"),
    "half a character": (NAME, 'name: "a\\ud800b"'),
    "a control character": (NAME, 'name: "a\\0b"'),
    "a field twice": (NAME, f"{NAME}\n{NAME}"),
    "criteria 40 deep": (DEMO, "{ not: " * 40 + DEMO + " }" * 40),
    "criteria 200 deep": (DEMO, "{ not: " * 200 + DEMO + " }" * 200),
    "lists of criteria 60 deep": (DEMO, "{ all: [" * 60 + DEMO + "] }" * 60),
    "a target with half an address": ("https://www.example.com/demo", "'https://[::1/'"),
    "digits of another script": ("50.00 USD", "'٥٠ USD'"),
    "an anchor": (NAME, "name: &a x"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_yaml_allows_and_a_program_does_not_is_refused(furnished: Cloud, case: str) -> None:
    problem = refused(furnished, 422, PROGRAM.replace(*HOSTILE[case]))

    assert problem["where"].startswith("the program:")


def test_a_program_can_end(furnished: Cloud) -> None:
    answer = furnished.apply_program(
        PROGRAM + "ends: { on: 2030-12-31, in_flight: close }\n", '"1"'
    )

    assert answer.status == 200
    assert answer.json["document"]["ends"] == {"on": "2030-12-31", "in_flight": "close"}


def test_norway_is_a_region(furnished: Cloud) -> None:
    answer = furnished.apply_program(PROGRAM + "region: NO\n", '"1"')

    assert answer.status == 200
    assert answer.json["document"]["region"] == "NO"


@pytest.mark.parametrize("text", [PROGRAM + "#" * 64 * 1024, "é" * 40_000])
def test_a_program_over_64_kilobytes_is_refused(furnished: Cloud, text: str) -> None:
    refused(furnished, 413, text)


@pytest.mark.parametrize("media", ["text/yaml", "text/plain", "application/x-yaml", ""])
def test_a_program_of_another_media_type_is_refused(furnished: Cloud, media: str) -> None:
    refused(furnished, 415, PROGRAM, media)


@pytest.mark.parametrize("name", ["unknown", "a%20b", "%00"])
def test_a_program_that_there_is_not_is_not_found(furnished: Cloud, name: str) -> None:
    furnished.refused(404, "GET", f"/v1/programs/{name}", scope="read")
