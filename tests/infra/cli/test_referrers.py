"""goodword referrers: enroll one, import a CSV file of them, show one."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.infra.cli.service import Command, Service, answer, problem

HEADER = "referrer,account,name,email"
AMY = "amy,cus_1,Amy Example,amy@example.com"
BOB = "bob,cus_1,Bob Example,bob@example.com"
ENROLLED = {
    "referrer": "amy",
    "account": "cus_1",
    "name": "Amy Example",
    "created_at": "2027-03-01T12:00:00.0Z",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "referrers.csv"
    path.write_text(f"{HEADER}\n{AMY}\n{BOB}\n", encoding="utf-8")
    return path


def enroll(goodword: Command, *more: str) -> tuple[int, str, str]:
    result = goodword(
        "referrers",
        "enroll",
        "amy",
        "--account",
        "cus_1",
        "--name",
        "Amy Example",
        *("--email", "amy@example.com"),
        *more,
    )
    return result.exit_code, result.stdout, result.stderr


def test_a_referrer_is_enrolled_with_what_was_said(goodword: Command, service: Service) -> None:
    service.respond(answer(201, **ENROLLED))
    said = ("--nps", "9", "--product", "a", "--product", "b", "--earns", "ask", "--currency", "USD")
    assert enroll(goodword, *said) == (0, "amy is enrolled, of account cus_1.\n", "")
    assert service.body() == {
        "referrer": "amy",
        "account": "cus_1",
        "name": "Amy Example",
        "email": "amy@example.com",
        "nps": 9,
        "products": ["a", "b"],
        "earns": "ask",
        "currency": "USD",
    }


def test_landing_page_and_sign_off_fields_can_be_set(goodword: Command, service: Service) -> None:
    service.respond(answer(201, **ENROLLED))
    enroll(goodword, "--company", "Acme", "--segment", "hospital", "--locale", "es")
    outcome = service.body()
    assert (outcome["company"], outcome["segment"], outcome["locale"]) == ("Acme", "hospital", "es")


def test_nought_is_a_score_and_is_sent(goodword: Command, service: Service) -> None:
    service.respond(answer(201, **ENROLLED))
    enroll(goodword, "--nps", "0")
    assert service.body()["nps"] == 0


def test_the_same_again_is_reported_as_such(goodword: Command, service: Service) -> None:
    service.respond(answer(200, **ENROLLED))
    assert "was enrolled already" in enroll(goodword)[1]
    assert json.loads(enroll(goodword, "--json")[1]) == ENROLLED


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--email", "amy"), 1),
        (("--currency", "XX"), 1),
        (("--locale", "fr"), 1),
        (("--earns", "maybe"), 2),
        (("--nps", "11"), 2),
    ],
)
def test_a_field_that_is_not_right_is_not_sent(
    goodword: Command, service: Service, more: tuple[str, ...], code: int
) -> None:
    assert enroll(goodword, *more)[0] == code
    assert service.asked == []


def test_a_file_is_imported_row_by_row_and_reported(
    goodword: Command, service: Service, file: Path
) -> None:
    service.respond(answer(201, **ENROLLED), answer(200, **ENROLLED))
    result = goodword("referrers", "import", str(file))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "1 enrolled, 1 already there, 0 failed, 0 skipped.\n"
    assert [service.body(place)["referrer"] for place in (0, 1)] == ["amy", "bob"]


def test_every_column_has_its_field(goodword: Command, service: Service, file: Path) -> None:
    file.write_text(
        "\ufeffEmail,referrer, account ,name,earns,crm_id,rep,group,nps,products,currency\r\n"
        'amy@example.com,amy,cus_1,"Example, Amy",no,77,rita,north,10,care; billing;,USD\r\n'
        "\r\n"
        "bob@example.com,bob,cus_1,Bob Example,,,,,,,\r\n"
        "cat@example.com,cat,cus_1,=Cat Example\r\n",
        encoding="utf-8",
    )
    service.respond(answer(201, **ENROLLED))
    assert goodword("referrers", "import", str(file)).exit_code == 0
    assert service.body(0) == {
        "referrer": "amy",
        "account": "cus_1",
        "name": "Example, Amy",
        "email": "amy@example.com",
        "earns": "no",
        "crm_id": "77",
        "rep": "rita",
        "group": "north",
        "nps": 10,
        "products": ["care", "billing"],
        "currency": "USD",
    }
    assert service.body(1) == {
        "referrer": "bob",
        "account": "cus_1",
        "name": "Bob Example",
        "email": "bob@example.com",
    }
    assert service.body(2)["name"] == "=Cat Example"


BAD = f"""\
{HEADER},nps,products
{AMY},9,
bob,cus_1,Bob Example,bob at example.com,,
"c d",cus_1,"Cat
Example",cat@example.com,,
dan,cus_1,Dan Example,dan@example.com,many,
eve,cus_1,Eve Example,AMY@example.com,,
amy,cus_2,Amy Example,amy@example.com,9,
amy,cus_1,Amy Example,amy@example.com,9,
fay,,Fay Example,fay@example.com,,
"""


def test_all_invalid_rows_are_named_and_nothing_is_sent(
    goodword: Command, service: Service, file: Path
) -> None:
    file.write_text(BAD, encoding="utf-8")
    result = goodword("referrers", "import", str(file))
    assert (result.exit_code, result.stdout, service.asked) == (1, "", [])
    lines = result.stderr.splitlines()
    assert [line.split(": ")[:2] for line in lines[:6]] == [
        [f"{file}:3", "email"],
        [f"{file}:4", "referrer"],
        [f"{file}:6", "nps"],
        [f"{file}:7", "email"],
        [f"{file}:8", "referrer"],
        [f"{file}:10", "account"],
    ]
    assert lines[4].endswith("is on line 2 with other data. Keep one of the rows.")
    assert lines[6] == "error: 6 of 8 rows have errors; none was sent"


def test_bad_rows_can_be_skipped(goodword: Command, service: Service, file: Path) -> None:
    file.write_text(BAD, encoding="utf-8")
    service.respond(answer(201, **ENROLLED), answer(200, **ENROLLED))
    result = goodword("referrers", "import", str(file), "--skip-bad")
    assert (result.exit_code, len(service.asked)) == (0, 2)
    assert result.stdout == "1 enrolled, 1 already there, 0 failed, 6 skipped.\n"
    assert f"{file}:3: email: " in result.stderr


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "", "the file is empty"),
        ("\n , \n", "", "the file is empty"),
        ("referrer,account,name\n", ":1", "columns are missing: email"),
        (f"{HEADER},e-mail\n", ":1", "e-mail is an unknown column"),
        (f"{HEADER},\n", ":1", "an empty name is an unknown column"),
        (f"{HEADER},name\n", ":1", "name is repeated"),
        ("referrer;account;name;email\n", ":1", "the columns are separated by semicolons"),
        (f"{HEADER}\n{AMY},more\n", ":2", "the row has 5 cells, and there are 4 columns"),
        (f'{HEADER}\n"amy\n', ":2", "this is not CSV"),
    ],
)
def test_an_unreadable_file_of_referrers_is_reported_with_its_reason(
    goodword: Command, service: Service, file: Path, text: str, where: str, what: str
) -> None:
    file.write_text(text, encoding="utf-8")
    result = goodword("referrers", "import", str(file), "--skip-bad")
    assert (result.exit_code, service.asked) == (1, [])
    assert f"error: {what}" in result.stderr
    assert f"where: {file}{where}\n" in result.stderr


def test_a_row_that_the_service_refuses_does_not_stop_others(
    goodword: Command, service: Service, file: Path
) -> None:
    service.respond(
        problem(409, "this e-mail address belongs to another referrer", "email"),
        answer(201, **ENROLLED),
    )
    result = goodword("referrers", "import", str(file), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "enrolled": 1,
        "already": 0,
        "changed": 0,
        "failed": [
            {
                "line": 2,
                "referrer": "amy",
                "what": "this e-mail address belongs to another referrer",
            }
        ],
        "skipped": 0,
    }
    assert result.stderr.startswith(f"{file}:2: email: this e-mail address")


def test_an_invalid_key_stops_at_the_first_row(
    goodword: Command, service: Service, file: Path
) -> None:
    service.respond(problem(401, "the bearer key is not valid", "Authorization"))
    result = goodword("referrers", "import", str(file))
    assert (result.exit_code, len(service.asked), result.stdout) == (1, 1, "")


def test_a_network_that_fails_says_how_far_it_got(
    goodword: Command, service: Service, file: Path
) -> None:
    service.respond(answer(201, **ENROLLED), httpx.ReadTimeout("slow"))
    result = goodword("referrers", "import", str(file))
    assert result.exit_code == 3
    assert "after 1 of 2 rows" in result.stderr
    assert f"where: {file}:3\n" in result.stderr


def test_a_referrer_is_shown(goodword: Command, service: Service) -> None:
    service.respond(answer(**ENROLLED, products=["a", "b"], nps=None))
    shown = goodword("referrers", "show", "amy").stdout
    assert "2027-03-01 12:00:00 UTC" in shown
    assert "a, b" in shown
    assert "nps" not in shown
    assert goodword.json("referrers", "show", "amy")["nps"] is None


def test_changed_values_are_sent_including_empty_text(goodword: Command, service: Service) -> None:
    service.respond(answer(**ENROLLED, earns="no"))
    said = ("--rep", "", "--nps", "0", "--product", "a", "--product", "b", "--earns", "no")
    result = goodword("referrers", "change", "amy", *said)
    assert (result.exit_code, result.stdout) == (0, "amy is up to date.\n")
    assert service.asked[0].url.path.endswith("/v1/referrers/amy")
    assert service.body() == {"rep": "", "nps": 0, "products": ["a", "b"], "earns": "no"}


def test_an_empty_product_means_none(goodword: Command, service: Service) -> None:
    service.respond(answer(**ENROLLED))
    assert goodword.json("referrers", "change", "amy", "--product", "") == ENROLLED
    assert service.body() == {"products": []}


def test_an_existing_answer_of_an_approver_is_reported(goodword: Command, service: Service) -> None:
    service.respond(answer(**ENROLLED, earns="yes"))
    outcome = goodword("referrers", "change", "amy", "--earns", "ask").stdout
    assert outcome == "amy is up to date; earns stays yes, as their approver answered.\n"


@pytest.mark.parametrize(
    ("said", "code"),
    [((), 2), (("--nps", "11"), 2), (("--earns", "maybe"), 2), (("--name", "·"), 1)],
)
def test_a_change_that_is_not_right_is_not_sent(
    goodword: Command, service: Service, said: tuple[str, ...], code: int
) -> None:
    assert goodword("referrers", "change", "amy", *said).exit_code == code
    assert service.asked == []


OTHER = problem(409, "referrer 'amy' is enrolled with other data", "referrer")


def test_an_import_changes_enrolled_referrers_only_with_its_option(
    goodword: Command, service: Service, file: Path
) -> None:
    file.write_text(f"{HEADER},nps,locale\n{AMY},9,es\n{BOB},,\n", encoding="utf-8")
    service.respond(OTHER, answer(**ENROLLED), answer(200, **ENROLLED), answer(201, **ENROLLED))
    result = goodword("referrers", "import", str(file), "--update")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "1 enrolled, 0 already there, 1 changed, 0 failed, 0 skipped.\n"
    assert [request.method for request in service.asked] == ["POST", "PATCH", "POST", "POST"]
    assert service.body(1) == {"name": "Amy Example", "nps": 9}


@pytest.mark.parametrize("where", ["account", "email"])
def test_an_import_changes_nobodys_account_or_address(
    goodword: Command, service: Service, file: Path, where: str
) -> None:
    service.respond(problem(409, f"enrolled with another {where}", where), answer(201, **ENROLLED))
    result = goodword("referrers", "import", str(file), "--update")
    assert (result.exit_code, [request.method for request in service.asked]) == (
        1,
        ["POST", "POST"],
    )
    assert result.stdout == "1 enrolled, 0 already there, 0 changed, 1 failed, 0 skipped.\n"


def test_an_import_reports_what_a_change_cannot_fix(
    goodword: Command, service: Service, file: Path
) -> None:
    currency = problem(409, "the account is billed in EUR", "currency")
    service.respond(OTHER, answer(**ENROLLED), currency, answer(201, **ENROLLED))
    result = goodword("referrers", "import", str(file), "--update")
    assert result.exit_code == 1
    assert f"{file}:2: currency: the account is billed in EUR." in result.stderr
