"""Keys: who may call what, and how a key is made."""

from __future__ import annotations

import pytest

from goodword.domain.access.api_key import Scope
from tests.api.cloud import SCOPES, Cloud, bearer
from tests.api.gateway import routes
from tests.world import PROSPECT, REFERRER

# Every route behind a key, with the smallest scope that opens it.
DOORS: dict[str, Scope] = {
    "PUT /v1/programs/peers": "admin",
    "GET /v1/programs/peers": "read",
    "PUT /v1/connections/crm": "admin",
    "GET /v1/connections/crm": "read",
    "POST /v1/keys": "admin",
    "GET /v1/keys": "admin",
    "POST /v1/keys/readKey0001/revoke": "admin",
    "POST /v1/staff": "admin",
    "POST /v1/staff/remove": "admin",
    "GET /v1/staff": "admin",
    "POST /v1/referrers": "crm",
    "GET /v1/referrers/ana": "read",
    "PATCH /v1/referrers/ana": "crm",
    "POST /v1/referrers/ana/links": "crm",
    "GET /v1/links/spring": "read",
    "PATCH /v1/links/spring": "crm",
    "POST /v1/referrals": "crm",
    "GET /v1/referrals/rf_one": "read",
    "GET /v1/accounts/cus_1/statement": "read",
    "GET /v1/credits": "read",
    "GET /v1/audits/latest": "read",
    "POST /v1/referrals/rf_one/erase": "admin",
    "POST /v1/referrers/ana/erase": "admin",
    "POST /v1/credits/cr_one/approve": "admin",
    "POST /v1/credits/cr_one/cancel": "admin",
    "POST /v1/credits/cr_one/reverse": "admin",
    "POST /v1/invitations": "crm",
}
COVERS = {"admin": {"admin", "crm", "read"}, "crm": {"crm", "read"}, "read": {"read"}}
GOOD = bearer("admin")

NO_KEYS = {
    "none": "",
    "only the scheme": "Bearer",
    "an empty key": "Bearer ",
    "another scheme": f"Basic {GOOD}",
    "no scheme": GOOD,
    "an unknown key": "Bearer gw_unknownKey_" + "x" * 40,
    "another secret": GOOD.join(("Bearer ", ""))[:-1] + "y",
    "a secret cut short": f"Bearer {GOOD[:-30]}",
    "a secret with more": f"Bearer {GOOD}" + "x" * 40,
    "two keys": f"Bearer {GOOD}, Bearer {GOOD}",
    "other signs": "Bearer gw_ключКлюч_" + "x" * 40,
    "a very long key": "Bearer gw_" + "x" * 9000,
    "the name alone": "Bearer gw_adminKey0001",
}


def test_every_route_that_takes_a_key_is_tried_here() -> None:
    behind = {route.key for route in routes() if " /v1/" in route.key} - {"POST /v1/signups"}

    tried = {
        route.key
        for door in DOORS
        for route in routes()
        if route.match(*door.split(" ")) is not None
    }

    assert tried == behind


@pytest.mark.parametrize("door", DOORS)
def test_every_door_is_shut_without_a_key(furnished: Cloud, door: str) -> None:
    method, _, target = door.partition(" ")

    problem = furnished.refused(401, method, target, json={} if method != "GET" else None)

    assert problem["where"] == "Authorization"


@pytest.mark.parametrize("key", NO_KEYS)
def test_every_invalid_key_gets_the_same_error(furnished: Cloud, key: str) -> None:
    wrong = furnished.refused(401, "GET", "/v1/referrers/ana", authorization=NO_KEYS[key])
    missing = furnished.refused(401, "GET", "/v1/referrers/ana")

    assert wrong == missing


def test_a_missing_key_is_answered_with_the_scheme_to_use(cloud: Cloud) -> None:
    answer = cloud.send("GET", "/v1/credits")

    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("door", DOORS)
def test_a_scope_opens_what_it_covers_and_nothing_else(
    furnished: Cloud, door: str, scope: Scope
) -> None:
    method, _, target = door.partition(" ")

    answer = furnished.send(method, target, scope=scope, json={} if method != "GET" else None)

    assert (answer.status == 403) == (DOORS[door] not in COVERS[scope])


def test_an_insufficient_scope_is_named_and_nothing_is_written(furnished: Cloud) -> None:
    body = {**REFERRER, "referrer": "kim"}

    problem = furnished.refused(403, "POST", "/v1/referrers", scope="read", json=body)

    assert "'crm'" in problem["detail"]


def test_the_scheme_may_be_written_in_any_case(furnished: Cloud) -> None:
    answer = furnished.send("GET", "/v1/referrers/ana", authorization=f"bEARER {bearer('read')}")

    assert answer.status == 200


def test_a_created_key_grants_its_scope(furnished: Cloud) -> None:
    wish = {"scopes": ["read"], "label": "the dashboard"}
    made = furnished.send("POST", "/v1/keys", scope="admin", idempotency_key="one", json=wish)
    authorization = f"Bearer {made.json['bearer']}"

    assert made.status == 201
    assert made.json["scopes"] == ["read"]
    assert furnished.send("GET", "/v1/referrers/ana", authorization=authorization).status == 200
    assert (
        furnished.send("POST", "/v1/referrers", authorization=authorization, json={}).status == 403
    )


def test_the_secret_of_a_key_is_stored_nowhere(cloud: Cloud) -> None:
    wish = {"scopes": ["crm"], "label": "the CRM"}
    made = cloud.send("POST", "/v1/keys", scope="admin", idempotency_key="one", json=wish)
    secret = made.json["bearer"].rpartition("_")[2]

    assert secret not in str(cloud.contents())


def test_a_repeated_call_makes_no_second_key(cloud: Cloud) -> None:
    wish = {"scopes": ["crm"], "label": "the CRM"}
    cloud.send("POST", "/v1/keys", scope="admin", idempotency_key="one", json=wish)

    problem = cloud.refused(
        409, "POST", "/v1/keys", scope="admin", idempotency_key="one", json=wish
    )

    assert problem["where"] == "Idempotency-Key"


def test_a_revoked_key_is_refused_from_its_next_request_on(furnished: Cloud) -> None:
    assert furnished.send("GET", "/v1/referrers/ana", scope="read").status == 200

    gone = furnished.send("POST", "/v1/keys/readKey0001/revoke", scope="admin")

    assert (gone.status, gone.json["revoked"], gone.json["revoked_by"]) == (
        200,
        True,
        "adminKey0001",
    )
    furnished.refused(401, "GET", "/v1/referrers/ana", scope="read")


def test_a_key_cannot_shut_itself_out(cloud: Cloud) -> None:
    cloud.refused(409, "POST", "/v1/keys/adminKey0001/revoke", scope="admin")

    assert cloud.send("GET", "/v1/keys", scope="admin").status == 200


def test_a_key_that_there_is_not_cannot_be_revoked(cloud: Cloud) -> None:
    cloud.refused(404, "POST", "/v1/keys/unknownKey1/revoke", scope="admin")


def test_keys_are_listed_without_what_could_open_anything(cloud: Cloud) -> None:
    result = cloud.send("GET", "/v1/keys", scope="admin")

    assert {each["key"] for each in result.json["keys"]} == {f"{scope}Key0001" for scope in SCOPES}
    for scope in SCOPES:
        stored = cloud.stores.keys.get(f"{scope}Key0001")
        assert stored is not None
        assert stored.secret_hash not in result.text


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ключ"])
def test_an_idempotency_key_that_cannot_be_one_is_refused(cloud: Cloud, key: str) -> None:
    wish = {"scopes": ["crm"], "label": "the CRM"}

    problem = cloud.refused(400, "POST", "/v1/keys", scope="admin", idempotency_key=key, json=wish)

    assert problem["where"] == "Idempotency-Key"


def test_a_key_is_not_made_without_an_idempotency_key(cloud: Cloud) -> None:
    wish = {"scopes": ["crm"], "label": "the CRM"}

    problem = cloud.refused(400, "POST", "/v1/keys", scope="admin", json=wish)

    assert problem["where"] == "Idempotency-Key"


@pytest.mark.parametrize(
    "scopes", [None, [], ["root"], ["read", "root"], ["read"] * 4, "read", [1], [None]]
)
def test_scopes_that_there_are_not_make_no_key(cloud: Cloud, scopes: object) -> None:
    wish = {"scopes": scopes, "label": "the CRM"}

    problem = cloud.refused(
        422, "POST", "/v1/keys", scope="admin", idempotency_key="one", json=wish
    )

    assert problem["where"].startswith("scopes")


def test_no_response_without_a_key_contains_personal_data(furnished: Cloud) -> None:
    answer = furnished.send("POST", "/v1/referrals", json={"referrer": "ana", **PROSPECT})

    assert answer.status == 401
    assert PROSPECT["email"] not in answer.text
