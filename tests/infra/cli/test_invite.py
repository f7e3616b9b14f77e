"""goodword invite: contacts of a CSV file or one, by mail or with links to send oneself."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.infra.cli.service import Command, Service, answer

HEADER = "account,name,email,crm_id,company"
AMY = "cus_1,Amy Example,amy@example.com,crm-1,Clinic"
BOB = 'cus_2,"=HYPERLINK(1)",bob@example.com,crm-2,'
LINK = "https://refer.example.com/i/tk_1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    path.write_text(f"{HEADER}\n{AMY}\n{BOB}\n", encoding="utf-8")
    return path


def invited(
    email: str, came: str = "invited", mailed: str = "queued", link: str = LINK
) -> dict[str, Any]:
    until = "2027-04-01T00:00:00.000000Z"
    return {
        "referrer": "cu_1",
        "email": email,
        "came": came,
        "mailed": mailed,
        "link": link,
        "until": until,
    }


def test_contacts_of_a_file_are_invited_and_links_printed(
    goodword: Command, service: Service, file: Path
) -> None:
    shown = [invited("amy@example.com"), invited("bob@example.com", "enrolled", "not_asked", "")]
    service.respond(answer(200, invitations=shown))
    result = goodword("invite", str(file), "--program", "peers")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        "1 invited, 0 invited before, 1 enrolled already; 1 mails on their way.",
        f"amy@example.com  {LINK}",
    ]
    body = service.body()
    assert (body["program"], body["mail"], body["again"]) == ("peers", True, False)
    assert body["contacts"][0] == {
        "account": "cus_1",
        "name": "Amy Example",
        "email": "amy@example.com",
        "crm_id": "crm-1",
        "company": "Clinic",
    }


def test_links_are_returned_as_csv_with_the_crms_ids(
    goodword: Command, service: Service, file: Path, tmp_path: Path
) -> None:
    shown = [
        invited("amy@example.com", mailed="not_asked"),
        invited("bob@example.com", mailed="not_asked"),
    ]
    service.respond(answer(200, invitations=shown))
    links = tmp_path / "links.csv"
    result = goodword("invite", str(file), "--program", "peers", "--no-mail", "--links", str(links))
    assert result.exit_code == 0, result.stderr
    assert service.body()["mail"] is False
    with links.open(newline="", encoding="utf-8") as stored:
        rows = list(csv.DictReader(stored))
    assert [(row["crm_id"], row["link"]) for row in rows] == [("crm-1", LINK), ("crm-2", LINK)]
    assert rows[1]["name"] == "'=HYPERLINK(1)"  # what a spreadsheet would run is text


def test_one_contact_is_invited_by_options(goodword: Command, service: Service) -> None:
    service.respond(answer(200, invitations=[invited("amy@example.com")]))
    options = ("--email", "amy@example.com", "--name", "Amy", "--account", "cus_1")
    assert goodword("invite", "--program", "peers", *options).exit_code == 0
    assert service.body()["contacts"] == [
        {"email": "amy@example.com", "name": "Amy", "account": "cus_1"}
    ]


def test_a_contact_in_conflict_is_named_and_ends_in_one(
    goodword: Command, service: Service, file: Path
) -> None:
    problem = {
        "detail": "referrer 'x' is enrolled with another address",
        "remedy": "Leave the id out.",
    }
    conflict = {"email": "bob@example.com", "problem": problem}
    service.respond(answer(200, invitations=[invited("amy@example.com"), conflict]))
    result = goodword("invite", str(file), "--program", "peers")
    assert result.exit_code == 1
    assert (
        "contacts.csv:3: referrer 'x' is enrolled with another address. Leave the id out."
        in " ".join(result.stderr.split()).replace(" contacts.csv", "contacts.csv")
    )


def test_a_row_that_is_not_right_stops_all_of_them(
    goodword: Command, service: Service, file: Path
) -> None:
    file.write_text(f"{HEADER}\n{AMY}\ncus_2,Bob,no address,,\n", encoding="utf-8")
    result = goodword("invite", str(file), "--program", "peers")
    assert result.exit_code == 1
    assert "no contact was invited" in result.stderr
    assert service.asked == []


@pytest.mark.parametrize(
    "options",
    [
        ("--program", "peers"),
        ("--email", "amy@example.com"),
        ("--program", "peers", "--email", "x"),
    ],
)
def test_what_is_missing_is_said_before_anybody_is_invited(
    goodword: Command, service: Service, options: tuple[str, ...]
) -> None:
    assert goodword("invite", *options).exit_code in (1, 2)
    assert service.asked == []
