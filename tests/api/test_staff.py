"""The staff over /v1: let in, let out, list."""

from __future__ import annotations

import pytest

from goodword.domain.access.staff import MAY, ROLES, Role, Staff, person_of
from tests.api.cloud import Cloud
from tests.world import SECRETS

SAM = "sam@example.com"


def add(cloud: Cloud, role: str = "finance", email: str = SAM) -> Staff | None:
    answer = cloud.send("POST", "/v1/staff", scope="admin", json={"email": email, "role": role})
    assert answer.status in (200, 201), answer.text
    return cloud.stores.staff.get(answer.json["person"])


@pytest.mark.parametrize("role", ROLES)
def test_a_person_is_added_with_the_rights_of_the_role(cloud: Cloud, role: Role) -> None:
    first = cloud.send(
        "POST", "/v1/staff", scope="admin", json={"email": "SAM@Example.com", "role": role}
    )
    again = cloud.send("POST", "/v1/staff", scope="admin", json={"email": SAM, "role": role})
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json
    assert (first.json["email"], first.json["added_by"]) == (SAM, "key adminKey0001")
    assert first.json["rights"] == list(MAY[role])
    assert first.json["person"] == person_of(SECRETS["keys/identities"], SAM)


def test_a_person_is_let_out_and_may_nothing(cloud: Cloud) -> None:
    add(cloud)
    gone = cloud.send("POST", "/v1/staff/remove", scope="admin", json={"email": SAM})
    assert (gone.status, gone.json["revoked"], gone.json["rights"]) == (200, True, [])
    listed = cloud.send("GET", "/v1/staff", scope="admin").json
    assert [(each["email"], each["revoked"]) for each in listed["staff"]] == [(SAM, True)]
    assert listed["next"] is None


def test_who_never_was_let_in_is_not_found(cloud: Cloud) -> None:
    problem = cloud.refused(404, "POST", "/v1/staff/remove", scope="admin", json={"email": SAM})
    assert problem["where"] == "email"
    assert SAM not in str(problem)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"role": "read"}, "email"),
        ({"email": "unknown", "role": "read"}, "email"),
        ({"email": SAM}, "role"),
        ({"email": SAM, "role": "root"}, "role"),
        ({"email": SAM, "role": ["admin"]}, "role"),
        ({"email": SAM, "role": "read", "person": "me"}, "person"),
    ],
)
def test_invalid_input_adds_no_staff(cloud: Cloud, body: dict[str, object], where: str) -> None:
    assert cloud.refused(422, "POST", "/v1/staff", scope="admin", json=body)["where"] == where


def test_the_address_is_in_no_key_of_a_table(cloud: Cloud) -> None:
    add(cloud)
    (item,) = cloud.items("staff")
    assert SAM not in str({name: value for name, value in item.items() if name != "record"})
