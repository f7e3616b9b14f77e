"""goodword programs: check without a network, apply with If-Match, show what is in force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.cli.programs import changed_fields
from tests.infra.cli.service import Command, Service, answer, problem

SHIPPED = Path(__file__).parents[3] / "infra" / "programs"
OFFER = (
    "Introduce a peer and your account gets 50.00 USD once they attend a demo; "
    "it posts at once as a credit "
    "on the next Stripe invoice."
)
DOCUMENT: dict[str, Any] = {
    "program": "peers",
    "name": "Introduce a peer",
    "starts": "2020-01-01",
    "time_zone": "America/New_York",
    "prospect_gets": "A free hour.",
    "targets": ["www.example.com"],
    "default_target": "https://www.example.com/",
    "milestones": [
        {
            "milestone": "demo",
            "condition_text": "they attend a demo",
            "pays": ["50.00 USD"],
            "qualifies": {"stage": "demo_attended"},
        }
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a program's file; JSON is YAML."""
    path = tmp_path / "peers.yaml"
    path.write_text(json.dumps(DOCUMENT, indent=1), encoding="utf-8")
    return path


def stored(version: int, **other: object) -> dict[str, object]:
    outcome = {"program": "peers", "version": version, "applied_at": "2027-03-01T12:00:00.000000Z"}
    return {
        **outcome,
        "offer": OFFER,
        "prospect_gets": "A free hour.",
        "document": DOCUMENT,
        "source": "a: 1",
        **other,
    }


def test_the_shipped_programs_are_good(goodword: Command, service: Service) -> None:
    files = sorted(map(str, SHIPPED.glob("*.yaml")))
    result = goodword("programs", "check", *files)
    assert (result.exit_code, result.stderr, service.asked) == (0, "", [])
    assert [line.partition(": ")[0] for line in result.stdout.splitlines()] == files


def test_a_check_needs_neither_address_nor_key(goodword: Command, file: Path) -> None:
    goodword.environ.clear()
    assert goodword("programs", "check", str(file)).exit_code == 0


def test_every_bad_file_is_named_with_its_line_and_field(
    goodword: Command, file: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        file.read_text(encoding="utf-8").replace("50.00 USD", "50.005 USD"), encoding="utf-8"
    )
    broken = tmp_path / "broken.yaml"
    broken.write_text("program: [", encoding="utf-8")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    result = goodword("programs", "check", str(bad), str(file), str(broken), str(binary))
    assert result.exit_code == 1
    assert result.stdout == f"{file}: {OFFER}\n"
    first, second, third = result.stderr.splitlines()
    assert first.startswith(f"{bad}:16: milestones[0].pays[0]: ")
    assert second.startswith(f"{broken}:1: this is not YAML: ")
    assert third == f"{binary}: the file is not UTF-8. Save it as UTF-8."


def test_a_check_prints_json_of_valid_and_invalid_files(
    goodword: Command, file: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("program: peers\n", encoding="utf-8")
    result = goodword("programs", "check", str(file), str(bad), "--json")
    good, wrong = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (1, "")
    assert (good["ok"], good["offer"], wrong["ok"]) == (True, OFFER, False)
    assert wrong["where"].startswith(f"{bad}:1")


def test_a_file_that_is_not_there_is_a_wrong_use(goodword: Command) -> None:
    assert goodword("programs", "check", "none.yaml").exit_code == 2


def test_a_new_program_is_put_under_version_nought(
    goodword: Command, service: Service, file: Path
) -> None:
    service.respond(problem(404), answer(**stored(1)))
    result = goodword("programs", "apply", str(file))
    assert (result.exit_code, result.stdout) == (0, f"peers is new: version 1.\n{OFFER}\n")
    assert service.lines == ["GET /v1/programs/peers", "PUT /v1/programs/peers"]
    put = service.asked[1]
    assert (put.headers["if-match"], put.headers["content-type"]) == ('"0"', "application/yaml")
    assert put.content == file.read_bytes()


def test_a_change_says_from_which_version_to_which_and_what(
    goodword: Command, service: Service, file: Path
) -> None:
    before = {
        **DOCUMENT,
        "name": "Another",
        "milestones": [{**DOCUMENT["milestones"][0], "pays": ["40.00 USD"]}],
    }
    service.respond(
        answer(**stored(3, document=before, offer="The offer before.")), answer(**stored(4))
    )
    shown = goodword("programs", "apply", str(file)).stdout
    assert service.asked[1].headers["if-match"] == '"3"'
    assert shown.splitlines() == [
        "peers: version 3 → 4; changed: name, demo.pays.",
        "Before: The offer before.",
        "Referrals that were made under version 3 keep it.",
        OFFER,
    ]


def test_the_same_again_changes_nothing(goodword: Command, service: Service, file: Path) -> None:
    service.respond(answer(**stored(3)), answer(**stored(3)))
    shown = goodword("programs", "apply", str(file)).stdout
    assert shown.startswith("peers: nothing changed; version 3 has the same content.")


def test_a_change_of_texts_alone_is_reported_as_such(
    goodword: Command, service: Service, file: Path
) -> None:
    service.respond(answer(**stored(3)), answer(**stored(4)))
    assert "changed: words only." in goodword("programs", "apply", str(file)).stdout


def test_a_bad_file_is_not_sent(goodword: Command, service: Service, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("program: peers\nname: 7\n", encoding="utf-8")
    result = goodword("programs", "apply", str(bad))
    assert (result.exit_code, result.stdout, service.asked) == (1, "", [])
    assert f"where: {bad}:" in result.stderr


def test_a_program_that_another_changed_meanwhile_is_reported(
    goodword: Command, service: Service, file: Path
) -> None:
    service.respond(
        answer(**stored(3)), problem(412, "the current version is 4", "If-Match", "Read it again.")
    )
    result = goodword("programs", "apply", str(file))
    assert (result.exit_code, "error (412): the current version is 4" in result.stderr) == (1, True)


def test_a_refusal_is_not_mistaken_for_a_missing_program(
    goodword: Command, service: Service, file: Path
) -> None:
    service.respond(problem(403))
    assert goodword("programs", "apply", str(file)).exit_code == 1
    assert service.lines == ["GET /v1/programs/peers"]


def test_apply_and_show_print_raw_json(goodword: Command, service: Service, file: Path) -> None:
    service.respond(problem(404), answer(**stored(1)))
    assert goodword.json("programs", "apply", str(file)) == stored(1)
    assert goodword.json("programs", "show", "peers") == stored(1)


def test_show_reads_offer_and_file(goodword: Command, service: Service) -> None:
    service.respond(answer(**stored(2, source="program: peers\nname: A\n")))
    shown = goodword("programs", "show", "peers").stdout
    assert OFFER in shown
    assert "  program: peers\n  name: A\n" in shown
    assert "2027-03-01 12:00:00 UTC" in shown


def test_milestones_that_come_go_or_move_are_named() -> None:
    one, two = (
        {"milestone": "one", "pays": ["1.00 USD"]},
        {"milestone": "two", "pays": ["2.00 USD"]},
    )
    assert changed_fields({"milestones": [one]}, {"milestones": [one, two]}) == [
        "milestone two added"
    ]
    assert changed_fields({"milestones": [one, two]}, {"milestones": [two]}) == [
        "milestone one left out"
    ]
    assert changed_fields({"milestones": [one, two]}, {"milestones": [two, one]}) == [
        "order of milestones"
    ]
