"""Connections over HTTP: what a CRM's properties mean here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.cloud import Cloud
from tests.world import CONNECTION

STAGE = {"attribute": "stage", "values": {"done": "won"}}


def put(cloud: Cloud, match: str = '"1"', **other: object) -> Any:
    wanted = {**CONNECTION, **other}
    return cloud.send("PUT", "/v1/connections/crm", scope="admin", if_match=match, json=wanted)


def test_a_connection_is_applied_and_read_back(cloud: Cloud) -> None:
    applied = cloud.connect()
    read = cloud.send("GET", "/v1/connections/crm", scope="read")

    assert applied.status == read.status == 200
    assert applied.json == read.json
    assert read.headers["etag"] == '"1"'
    assert read.json["properties"] == CONNECTION["properties"]


def test_the_same_again_is_the_same_version(furnished: Cloud) -> None:
    assert put(furnished, '"9"').json["version"] == 1


def test_other_meanings_are_the_next_version(furnished: Cloud) -> None:
    answer = put(furnished, properties={"deal.dealstage": STAGE})

    assert (answer.status, answer.headers["etag"]) == (200, '"2"')


def test_a_new_version_needs_if_match_of_the_current_one(furnished: Cloud) -> None:
    wanted = {**CONNECTION, "currency": "USD"}
    target = "/v1/connections/crm"

    furnished.refused(428, "PUT", target, scope="admin", json=wanted)
    furnished.refused(412, "PUT", target, scope="admin", json=wanted, if_match='"0"')


WRONG: dict[str, dict[str, object]] = {
    "a kind that there is not": {"kind": "abacus"},
    "a kind that is a list": {"kind": ["standard"]},
    "no kind": {"kind": None},
    "a currency that is not known": {"currency": "XXX"},
    "programs that are a text": {"programs": "peers"},
    "a program that is no id": {"programs": ["a b"]},
    "too many programs": {"programs": ["peers"] * 21},
    "properties that are a list": {"properties": []},
    "a property that is a text": {"properties": {"deal.stage": "stage"}},
    "a property without its object": {"properties": {"stage": STAGE}},
    "a property of an object that there is not": {"properties": {"ticket.stage": STAGE}},
    "an attribute that there is not": {"properties": {"deal.stage": {"attribute": "mood"}}},
    "a stage that there is not": {
        "properties": {"deal.stage": {**STAGE, "values": {"done": "fun"}}}
    },
    "a value that is a number": {"properties": {"deal.stage": {**STAGE, "values": {"done": 1}}}},
    "values that are a list": {"properties": {"deal.stage": {**STAGE, "values": ["done"]}}},
    "a value of no name": {"properties": {"deal.stage": {**STAGE, "values": {"": "won"}}}},
    "an unknown field inside": {"properties": {"deal.stage": {**STAGE, "color": "red"}}},
    "half a character in a property": {"properties": {"deal.\ud800": STAGE}},
    "half a character in a value": {
        "properties": {"deal.stage": {**STAGE, "values": {"\udc00": "won"}}}
    },
    "a control character in a value": {
        "properties": {"deal.stage": {**STAGE, "values": {"a\0": "won"}}}
    },
    "a long property": {"properties": {"deal." + "x" * 200: STAGE}},
    "a long value": {"properties": {"deal.stage": {**STAGE, "values": {"x" * 200: "won"}}}},
    "too many properties": {"properties": {f"deal.p{n}": STAGE for n in range(51)}},
    "an api_base that is a number": {"api_base": 5},
}


@pytest.mark.parametrize("case", WRONG)
def test_meanings_that_do_not_hold_are_refused(furnished: Cloud, case: str) -> None:
    wanted = {**CONNECTION, **WRONG[case]}

    problem = furnished.refused(
        422, "PUT", "/v1/connections/crm", scope="admin", json=wanted, if_match='"1"'
    )

    assert problem["where"]


@pytest.mark.parametrize("name", ["unknown", "a%20b", "%00"])
def test_a_connection_that_there_is_not_is_not_found(furnished: Cloud, name: str) -> None:
    furnished.refused(404, "GET", f"/v1/connections/{name}", scope="read")


def test_null_is_the_same_as_missing(furnished: Cloud) -> None:
    answer = put(furnished, api_base=None, referral_property=None, currency=None)

    assert (answer.status, answer.json["version"]) == (200, 1)
