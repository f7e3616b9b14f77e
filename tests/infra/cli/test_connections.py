"""goodword connections: files with lines in their errors, PUT with If-Match.

And the files that ship.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from goodword.domain.stage import STAGES
from goodword.http.api.read import read_connection
from infra.cli.connections import read_file
from infra.cli.errors import CliError
from infra.cli.files import FILE_LIMIT, read_text
from tests.infra.cli.service import Command, Service, answer, problem

SHIPPED = Path(__file__).parents[3] / "infra" / "connections"
FILE = """\
connection: crm
kind: standard
programs: [peers]
properties:
  deal.stage:
    attribute: stage
    values:
      0123: won
      yes: demo_attended
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "crm.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def stored(version: int) -> dict[str, Any]:
    mapping = {"attribute": "stage", "values": {"0123": "won"}}
    return {
        "connection": "crm",
        "version": version,
        "kind": "standard",
        "programs": ["peers"],
        "properties": {"deal.stage": mapping, "deal.amount": {"attribute": "value", "values": {}}},
        "api_base": "",
        "referral_property": "",
        "currency": "USD",
        "applied_at": "2027-03-01T12:00:00.000000Z",
    }


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.yaml")))
def test_shipped_connections_parse_alike_in_any_yaml_reader(name: str) -> None:
    path = SHIPPED / f"{name}.yaml"
    connection, terms = read_file(path)
    assert read_connection(connection, terms).kind == terms["kind"]
    plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert plain.pop("connection") == connection
    assert plain == terms
    for program in terms["programs"]:
        assert (SHIPPED.parent / "programs" / f"{program}.yaml").exists()


def test_the_standard_connection_maps_every_stage_to_itself() -> None:
    name, terms = read_file(SHIPPED / "standard.yaml")
    assert terms["properties"]["deal.stage"]["values"] == {stage: stage for stage in STAGES}
    assert name == "crm"


def test_no_hubspot_stage_before_the_presentation_is_an_attended_demo() -> None:
    stages = read_file(SHIPPED / "hubspot.yaml")[1]["properties"]["deal.dealstage"]["values"]
    early = ("appointmentscheduled", "qualifiedtobuy", "presentationscheduled")
    assert {stages[each] for each in early} == {"demo_booked"}
    assert (stages["closedwon"], stages["closedlost"]) == ("won", "lost")


def test_what_a_hubspot_range_says_is_a_number_here() -> None:
    terms = read_connection("hubspot", read_file(SHIPPED / "hubspot.yaml")[1])
    assert all(
        each.isdecimal() for each in terms.properties["contact.numemployees"].values.values()
    )


def test_a_new_connection_is_put_with_every_value_as_written(
    goodword: Command, service: Service, file: Path
) -> None:
    service.respond(problem(404), answer(**stored(1)))
    result = goodword("connections", "apply", str(file))
    assert (result.exit_code, service.lines[-1]) == (0, "PUT /v1/connections/crm")
    assert service.asked[-1].headers["if-match"] == '"0"'
    assert service.body()["properties"]["deal.stage"]["values"] == {
        "0123": "won",
        "yes": "demo_attended",
    }
    assert "connection" not in service.body()
    assert "crm is new: version 1." in result.stdout
    assert "0123 → won" in result.stdout
    assert "as it is" in result.stdout


def test_a_change_names_its_versions_and_a_repeat_does_not(
    goodword: Command, service: Service, file: Path
) -> None:
    service.respond(
        answer(**stored(1)), answer(**stored(2)), answer(**stored(2)), answer(**stored(2))
    )
    assert "crm: version 1 → 2." in goodword("connections", "apply", str(file)).stdout
    assert service.asked[1].headers["if-match"] == '"1"'
    assert "crm: nothing changed; version 2" in goodword("connections", "apply", str(file)).stdout


@pytest.mark.parametrize(
    ("find", "put", "where"),
    [
        ("kind: standard", "kind: telex", ":2: kind"),
        ("0123: won", "0123: sold", ":8: properties.deal.stage.values.0123"),
        ("attribute: stage", "attribute: mood", ":6: properties.deal.stage.attribute"),
        ("deal.stage:", "stage:", ":5: properties.stage"),
        ("programs: [peers]", "programs: peers", ":3: programs"),
        ("programs: [peers]", "programms: [peers]", ":3: programms"),
        ("programs: [peers]", "programs: ['']", ":3: programs[0]"),
        ("connection: crm\n", "", ":1: connection"),
        ("connection: crm", "connection: ../x", ":1: connection"),
        ("kind: standard", "connection: again", ":2"),
        ("kind: standard", "kind: [", ":4"),
    ],
)
def test_an_error_names_file_line_field_and_nothing_is_sent(
    goodword: Command, service: Service, file: Path, find: str, put: str, where: str
) -> None:
    file.write_text(FILE.replace(find, put), encoding="utf-8")
    result = goodword("connections", "apply", str(file))
    assert (result.exit_code, result.stdout, service.asked) == (1, "", [])
    assert f"where: {file}{where}\n" in result.stderr


@pytest.mark.parametrize("text", ["", "- a\n", "text", "\x00", "[" * 500])
def test_a_file_without_fields_is_reported_as_such(
    goodword: Command, file: Path, text: str
) -> None:
    file.write_text(text, encoding="utf-8")
    result = goodword("connections", "apply", str(file))
    assert (result.exit_code, f"where: {file}" in result.stderr) == (1, True)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(FILE_LIMIT + 1)
    with pytest.raises(CliError, match="too large"):
        read_text(path)
    with pytest.raises(CliError, match="cannot be read"):
        read_text(tmp_path / "none")


def test_show_and_apply_print_raw_json(goodword: Command, service: Service, file: Path) -> None:
    service.respond(answer(**stored(2)))
    assert goodword.json("connections", "show", "crm") == stored(2)
    assert goodword.json("connections", "apply", str(file)) == stored(2)
    assert "2027-03-01 12:00:00 UTC" in goodword("connections", "show", "crm").stdout
