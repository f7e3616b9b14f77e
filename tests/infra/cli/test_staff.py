"""goodword staff: let in, let out, list."""

from __future__ import annotations

from tests.infra.cli.service import Command, Service, answer, problem

SAM = {
    "person": "5a" * 20,
    "email": "sam@example.com",
    "role": "finance",
    "added_at": "2027-03-01T12:00:00.000000Z",
    "added_by": "key adminKey0001",
    "revoked": False,
    "rights": ["look", "approve", "cancel", "reverse"],
}


def test_a_person_is_let_in_with_a_role(goodword: Command, service: Service) -> None:
    service.respond(answer(201, **SAM))
    result = goodword("staff", "add", "sam@example.com", "--role", "finance")
    assert (result.exit_code, result.stdout) == (
        0,
        "sam@example.com may sign in at /staff as finance.\n",
    )
    assert service.lines == ["POST /v1/staff"]
    assert service.body() == {"email": "sam@example.com", "role": "finance"}


def test_without_a_role_a_person_may_only_look(goodword: Command, service: Service) -> None:
    service.respond(answer(201, **{**SAM, "role": "read"}))
    assert goodword.json("staff", "add", "sam@example.com")["role"] == "read"
    assert service.body()["role"] == "read"


def test_an_unknown_role_is_refused_before_anything_is_sent(
    goodword: Command, service: Service
) -> None:
    assert goodword("staff", "add", "sam@example.com", "--role", "root").exit_code == 2
    assert service.asked == []


def test_staff_are_removed_by_email_which_is_in_no_url(goodword: Command, service: Service) -> None:
    service.respond(answer(**{**SAM, "revoked": True}))
    assert "may no longer sign in" in goodword("staff", "remove", "sam@example.com").stdout
    assert service.lines == ["POST /v1/staff/remove"]
    assert service.body() == {"email": "sam@example.com"}


def test_who_never_was_let_in_is_said(goodword: Command, service: Service) -> None:
    service.respond(
        problem(404, "no member of the staff has this address", "email", "List the staff.")
    )
    result = goodword("staff", "remove", "kim@example.com")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "to do: List the staff." in result.stderr


def test_everybody_is_listed_over_all_pages(goodword: Command, service: Service) -> None:
    kim = {**SAM, "email": "kim@example.com", "revoked": True}
    service.respond(answer(staff=[SAM], next="more"), answer(staff=[kim], next=None))
    shown = goodword("staff", "list").stdout
    assert service.lines == ["GET /v1/staff", "GET /v1/staff?after=more"]
    for text in ("sam@example.com", "kim@example.com", "finance", f"staff {'5a' * 20}"):
        assert text in shown
