"""Referrers over HTTP."""

from __future__ import annotations

import pytest

from tests.api.cloud import Cloud
from tests.world import REFERRER


def test_a_referrer_is_enrolled_once_and_read_back(cloud: Cloud) -> None:
    first = cloud.enroll(nps=9, products=["records"], rep="sam", group="north", crm_id="77")
    again = cloud.enroll(nps=9, products=["records"], rep="sam", group="north", crm_id="77")
    read = cloud.send("GET", "/v1/referrers/ana", scope="read")

    assert (first.status, again.status, read.status) == (201, 200, 200)
    assert first.json == again.json
    assert read.json == {**first.json, "links": []}
    assert read.json["products"] == ["records"]
    assert read.headers["cache-control"] == "no-store"


def test_a_referrer_is_read_with_their_links(furnished: Cloud) -> None:
    code = furnished.create_link()

    (link,) = furnished.send("GET", "/v1/referrers/ana", scope="read").json["links"]

    assert link["url"] == f"https://refer.example.com/r/{code}"
    assert not {"token_key", "address_key"} & link.keys()


def test_the_same_referrer_with_other_data_is_in_conflict(cloud: Cloud) -> None:
    cloud.enroll()

    problem = cloud.refused(
        409, "POST", "/v1/referrers", scope="crm", json={**REFERRER, "name": "Kim"}
    )

    assert problem["where"] == "referrer"


def test_an_address_belongs_to_one_referrer(cloud: Cloud) -> None:
    cloud.enroll()
    body = {**REFERRER, "referrer": "kim", "email": "ANA@referrer.example"}

    problem = cloud.refused(409, "POST", "/v1/referrers", scope="crm", json=body)

    assert problem["where"] == "email"


def test_an_account_is_billed_in_one_currency(cloud: Cloud) -> None:
    cloud.enroll()
    body = {**REFERRER, "referrer": "kim", "email": "kim@example.com", "currency": "EUR"}

    problem = cloud.refused(409, "POST", "/v1/referrers", scope="crm", json=body)

    assert problem["where"] == "currency"


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "-a", "ü", "a" * 65, "a\n", "../x", "a#b"])
def test_an_id_has_only_letters_digits_and_a_few_signs(cloud: Cloud, name: str) -> None:
    for field in ("referrer", "account"):
        problem = cloud.refused(
            422, "POST", "/v1/referrers", scope="crm", json={**REFERRER, field: name}
        )
        assert problem["where"] == field


@pytest.mark.parametrize(
    "email", ["ana", "@example.com", "ana@", "a b@example.com", "d@localhost", "d@1.2.3"]
)
def test_what_is_no_address_is_refused(cloud: Cloud, email: str) -> None:
    problem = cloud.refused(
        422, "POST", "/v1/referrers", scope="crm", json={**REFERRER, "email": email}
    )

    assert problem["where"] == "email"


@pytest.mark.parametrize("currency", ["XXX", "usd", "US", "US$"])
def test_a_currency_that_is_not_known_is_refused(cloud: Cloud, currency: str) -> None:
    body = {**REFERRER, "currency": currency}

    problem = cloud.refused(422, "POST", "/v1/referrers", scope="crm", json=body)

    assert problem["where"] == "currency"


@pytest.mark.parametrize(
    "products", ["records", [1], [None], [""], ["x" * 61], ["x"] * 21, [["x"]]]
)
def test_products_are_a_short_list_of_texts(cloud: Cloud, products: object) -> None:
    body = {**REFERRER, "products": products}

    problem = cloud.refused(422, "POST", "/v1/referrers", scope="crm", json=body)

    assert problem["where"].startswith("products")


@pytest.mark.parametrize(
    "name", ["unknown", "%C3%BC", "a%20b", "%00", "a%2Fb", "..", "a" * 65, "%ED%A0%80"]
)
def test_a_referrer_that_there_is_not_is_not_found(furnished: Cloud, name: str) -> None:
    furnished.refused(404, "GET", f"/v1/referrers/{name}", scope="read")


def test_a_query_that_is_not_known_is_refused(furnished: Cloud) -> None:
    problem = furnished.refused(400, "GET", "/v1/referrers/ana?fields=name", scope="read")

    assert problem["where"] == "query"


def test_a_change_of_a_referrer_is_stored_with_its_key(furnished: Cloud) -> None:
    change = {"rep": "alex", "nps": 10, "company": "Example Clinic", "products": [], "earns": "no"}
    before = furnished.send("GET", "/v1/referrers/ana", scope="read").json

    first = furnished.send("PATCH", "/v1/referrers/ana", scope="crm", json=change)
    again = furnished.send("PATCH", "/v1/referrers/ana", scope="crm", json=change)
    read = furnished.send("GET", "/v1/referrers/ana", scope="read").json

    assert (first.status, again.status, again.json) == (200, 200, first.json)
    assert {name: read[name] for name in change} == change
    assert read["changed_at"] is not None
    assert read["changed_by"].startswith("key ")
    result = {*change, "changed_at", "changed_by"}
    assert all(read[name] == before[name] for name in before.keys() - result)


def test_a_read_key_changes_no_referrer(furnished: Cloud) -> None:
    furnished.refused(403, "PATCH", "/v1/referrers/ana", scope="read", json={"rep": "alex"})


def test_an_unknown_referrer_is_not_changed(furnished: Cloud) -> None:
    furnished.refused(404, "PATCH", "/v1/referrers/unknown", scope="crm", json={"rep": "alex"})


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({}, "body"),
        ({"rep": None}, "body"),
        ({"nps": 11}, "nps"),
        ({"name": ""}, "name"),
        ({"name": "·"}, "name"),
        ({"earns": "maybe"}, "earns"),
        ({"account": "cus_2"}, "account"),
        ({"email": "kim@example.com"}, "email"),
        ({"locale": "es"}, "locale"),
    ],
)
def test_a_change_of_what_cannot_be_changed_so_is_refused(
    furnished: Cloud, change: dict[str, object], where: str
) -> None:
    problem = furnished.refused(422, "PATCH", "/v1/referrers/ana", scope="crm", json=change)

    assert problem["where"] == where
