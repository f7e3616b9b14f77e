"""Credits over HTTP: listed by status, summed in a statement, decided by a person."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from goodword.domain.access.api_key import Scope
from goodword.domain.credits.credit import Status
from goodword.steps.credits import read_records
from tests.api.cloud import Cloud

STATEMENT = "/v1/accounts/cus_1/statement"
REASON = {"reason": "Ana asked her manager"}


@pytest.fixture
def owing(furnished: Cloud) -> Cloud:
    """Give a deployment with three held credits of one referral."""
    referral = furnished.enter().json["referral"]
    for name in ("cr_one", "cr_two", "cr_three"):
        furnished.owe(referral, name)
    return furnished


def test_held_credits_are_listed_unless_another_status_is_asked_for(owing: Cloud) -> None:
    held = owing.send("GET", "/v1/credits", scope="read").json
    pending = owing.send("GET", "/v1/credits?status=pending", scope="read").json

    assert len(held["credits"]) == 3
    assert held["next"] is None
    assert pending == {"credits": [], "next": None}


def test_an_amount_is_reported_in_minor_units_with_its_currency(owing: Cloud) -> None:
    (first, *_) = owing.send("GET", "/v1/credits", scope="read").json["credits"]

    assert first["amount"] == {"minor": 5000, "currency": "USD", "text": "50.00 USD"}


def test_a_statement_shows_sums_credits_and_referrals(owing: Cloud) -> None:
    result = owing.send("GET", STATEMENT, scope="read").json

    assert result["sums"]["held"] == [{"minor": 15000, "currency": "USD", "text": "150.00 USD"}]
    assert len(result["credits"]) == 3
    assert len(result["referrals"]) == 1


def test_pages_of_a_list_have_no_gap_or_overlap(
    owing: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_records, "PAGE", 1)
    found, after = [], ""
    for _ in range(4):
        page = owing.send("GET", f"/v1/credits{after}", scope="read").json
        found += [credit["credit"] for credit in page["credits"]]
        if page["next"] is None:
            break
        after = f"?after={page['next']}"

    assert sorted(found) == ["cr_one", "cr_three", "cr_two"]


def turned(cursor: str) -> dict[str, str]:
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return {
        "another list's place": urlsafe_b64encode(
            raw[:16] + raw[16:].replace(b"cr_", b"rc_")
        ).decode(),
        "no signature": urlsafe_b64encode(raw[16:]).decode(),
        "another signature": urlsafe_b64encode(bytes(16) + raw[16:]).decode(),
        "cut short": cursor[:-4],
        "one more sign": f"{cursor}AAAA",
        "nothing": "",
        "no base64": "***",
        "not ASCII": "%C3%BC",
        "a number": "7",
        "not text inside": urlsafe_b64encode(b"\xff" * 40).decode(),
        "deep inside": urlsafe_b64encode(bytes(16) + b"[" * 600).decode(),
        "a number of many digits": urlsafe_b64encode(bytes(16) + b"9" * 700).decode(),
    }


CURSOR = urlsafe_b64encode(bytes(16) + b"{}").decode()


@pytest.mark.parametrize("case", turned(CURSOR))
def test_a_cursor_that_was_not_given_is_refused(
    owing: Cloud, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setattr(read_records, "PAGE", 1)
    cursor = str(owing.send("GET", "/v1/credits", scope="read").json["next"])

    owing.refused(422, "GET", f"/v1/credits?after={turned(cursor)[case]}", scope="read")


def test_a_cursor_belongs_to_its_own_list(owing: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_records, "PAGE", 1)
    cursor = owing.send("GET", "/v1/credits", scope="read").json["next"]

    owing.refused(422, "GET", f"/v1/credits?status=pending&after={cursor}", scope="read")
    owing.refused(422, "GET", f"{STATEMENT}?credits_after={cursor}", scope="read")
    owing.refused(422, "GET", f"{STATEMENT}?referrals_after={cursor}", scope="read")


def test_a_statements_two_lists_have_cursors_of_their_own(
    owing: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_records, "PAGE", 1)
    cursor = owing.send("GET", STATEMENT, scope="read").json["next_credits"]

    assert owing.send("GET", f"{STATEMENT}?credits_after={cursor}", scope="read").status == 200
    owing.refused(422, "GET", f"{STATEMENT}?referrals_after={cursor}", scope="read")


def test_a_cursor_of_one_referral_opens_no_others_timeline(
    owing: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_records, "PAGE", 1)
    other = owing.enter(email="kim@other.example.org", name="Kim").json["referral"]
    mine = owing.enter().json["referral"]
    cursor = owing.send("GET", f"/v1/referrals/{mine}", scope="read").json["next"]

    assert owing.send("GET", f"/v1/referrals/{mine}?after={cursor}", scope="read").status == 200
    owing.refused(422, "GET", f"/v1/referrals/{other}?after={cursor}", scope="read")


@pytest.mark.parametrize(
    "query", ["status=held&status=held", "limit=5", "x=1", f"after={'x' * 1025}"]
)
def test_an_unknown_or_repeated_query_parameter_is_refused(owing: Cloud, query: str) -> None:
    owing.refused(400, "GET", f"/v1/credits?{query}", scope="read")


@pytest.mark.parametrize("status", ["gone", "", "HELD", "%00"])
def test_a_status_that_there_is_not_is_refused(owing: Cloud, status: str) -> None:
    problem = owing.refused(422, "GET", f"/v1/credits?status={status}", scope="read")

    assert problem["where"] == "status"


def test_a_statement_of_an_unknown_account_is_not_found(furnished: Cloud) -> None:
    furnished.refused(404, "GET", "/v1/accounts/cus_OTHER/statement", scope="read")


def test_a_held_credit_is_approved_once_and_stays_so(owing: Cloud) -> None:
    first = owing.send("POST", "/v1/credits/cr_one/approve", scope="admin", json=REASON)
    before = owing.contents()
    again = owing.send("POST", "/v1/credits/cr_one/approve", scope="admin", json=REASON)

    assert (first.status, first.json["status"]) == (200, "pending")
    assert first.json["decided_by"] == "key adminKey0001"
    assert again.json == first.json
    assert owing.contents() == before


def test_a_credit_is_canceled_once_and_stays_so(owing: Cloud) -> None:
    first = owing.send("POST", "/v1/credits/cr_one/cancel", scope="admin", json=REASON)
    again = owing.send("POST", "/v1/credits/cr_one/cancel", scope="admin", json=REASON)

    assert (first.status, first.json["status"]) == (200, "canceled")
    assert again.json == first.json


UNDECIDABLE: list[tuple[Status, str]] = [
    *(
        ("pending", "approve"),
        ("posted", "approve"),
        ("over_limit", "approve"),
        ("canceled", "approve"),
    ),
    *(("posted", "cancel"), ("sending", "cancel")),
    *(("pending", "reverse"), ("held", "reverse"), ("sending", "reverse"), ("canceled", "reverse")),
    ("reversed", "reverse"),
]


@pytest.mark.parametrize(("status", "decision"), UNDECIDABLE)
def test_a_decision_that_the_credits_state_forbids_conflicts(
    furnished: Cloud, status: Status, decision: str
) -> None:
    furnished.owe(furnished.enter().json["referral"], "cr_one", status)

    furnished.refused(409, "POST", f"/v1/credits/cr_one/{decision}", scope="admin", json=REASON)


@pytest.mark.parametrize("reason", [None, "", "  ", 1, "x" * 301, "a\x00b", ["because"]])
@pytest.mark.parametrize("decision", ["approve", "cancel", "reverse"])
def test_a_decision_needs_its_reason(owing: Cloud, decision: str, reason: object) -> None:
    problem = owing.refused(
        422, "POST", f"/v1/credits/cr_one/{decision}", scope="admin", json={"reason": reason}
    )

    assert problem["where"] == "reason"


def test_a_posted_credit_is_taken_back_once_and_stays_so(furnished: Cloud) -> None:
    furnished.owe(furnished.enter().json["referral"], "cr_one", "posted")
    first = furnished.send("POST", "/v1/credits/cr_one/reverse", scope="admin", json=REASON)
    before = furnished.contents()
    again = furnished.send("POST", "/v1/credits/cr_one/reverse", scope="admin", json=REASON)

    assert (first.status, first.json["status"], first.json["amount"]["minor"]) == (
        200,
        "pending",
        -5000,
    )
    assert (first.json["credit"], first.json["of"]) == ("cr_one_reversal", "cr_one")
    assert first.json["decided_by"] == "key adminKey0001"
    assert again.json == first.json
    assert furnished.contents() == before


@pytest.mark.parametrize("scope", ["read", "crm"])
def test_only_an_admin_takes_a_credit_back(furnished: Cloud, scope: Scope) -> None:
    furnished.owe(furnished.enter().json["referral"], "cr_one", "posted")

    furnished.refused(403, "POST", "/v1/credits/cr_one/reverse", scope=scope, json=REASON)


@pytest.mark.parametrize("decision", ["approve", "cancel", "reverse"])
def test_a_credit_that_there_is_not_cannot_be_decided(furnished: Cloud, decision: str) -> None:
    furnished.refused(404, "POST", f"/v1/credits/cr_none/{decision}", scope="admin", json=REASON)


def test_no_page_is_reported_without_the_key_that_signs_cursors(furnished: Cloud) -> None:
    furnished.forget_secret("keys/cursors")

    furnished.refused(503, "GET", STATEMENT, scope="read")
