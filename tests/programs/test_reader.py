"""Reading a program file: valid text becomes a program, violations are reported with their line."""

import contextlib
import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.errors import BadInput, Refused, TooLarge, Unreadable
from goodword.domain.money import Money
from goodword.domain.programs.criterion import AllOf, StageReached, Within
from goodword.programs.reader import TEXT_LIMIT, read_program, schema

SHIPPED = Path(__file__).parents[2] / "infra" / "programs"
TEXT = """\
program: peers
name: Introduce a peer
starts: 2027-01-01
time_zone: America/New_York
prospect_gets: The first month free.
targets: [www.example.com]
default_target: https://www.example.com/demo
milestones:
  - milestone: demo
    condition_text: they attend a demo
    pays: [50.00 USD]
    qualifies:
      stage: demo_attended
"""


def refused(text, error=Refused, **more):
    with pytest.raises(error) as result:
        read_program(text, file="peers.yaml", **more)
    assert result.value.what
    assert result.value.remedy
    return result.value


def changed(old, new):
    assert old in TEXT
    return TEXT.replace(old, new, 1)


# --- what holds -----------------------------------------------------------------------------------


def test_a_file_becomes_a_program():
    program = read_program(TEXT, "peers")
    assert (program.program, program.version, program.starts) == ("peers", 0, date(2027, 1, 1))
    assert program.milestones[0].pays == (Money(5000, "USD"),)
    assert program.milestones[0].qualifies == StageReached("demo_attended", ("refunded",))


def test_the_shipped_practice_program_pays_50_for_small_private_practices():
    program = read_program(
        (SHIPPED / "private-practice.yaml").read_text(encoding="utf-8"), "private-practice"
    )
    (milestone,) = program.milestones
    assert milestone.pays == (Money(5000, "USD"),)
    assert isinstance(milestone.qualifies, AllOf)
    assert program.limits.account_year == (Money(50000, "USD"),)
    assert "lawyer" in (SHIPPED / "private-practice.yaml").read_text(encoding="utf-8")


def test_the_shipped_practice_program_has_no_page_and_two_languages():
    program = read_program((SHIPPED / "private-practice.yaml").read_text(encoding="utf-8"))
    assert not program.has_page
    assert program.fields() == ("name", "email", "phone")
    assert program.localized("thank_you_note").in_locale("es") != program.thank_you_note != ""
    assert program.brand.logo


def test_the_shipped_two_milestone_program_pays_for_demo_and_deal():
    program = read_program(
        (SHIPPED / "demo-and-deal.yaml").read_text(encoding="utf-8"), "demo-and-deal"
    )
    demo, deal = program.milestones
    assert (demo.pays, deal.pays) == ((Money(5000, "USD"),), (Money(20000, "USD"),))
    assert demo.taken_back_on == ()
    assert isinstance(deal.qualifies, Within)
    assert deal.qualifies.days == 180


def test_json_is_read_as_well():
    document = yaml.safe_load(TEXT) | {"starts": "2027-01-01", "name": "Ünï · 紹介"}
    for text in (json.dumps(document), json.dumps(document, indent=2, ensure_ascii=False)):
        assert read_program(text).name == "Ünï · 紹介"


def test_the_document_is_plain_json_and_reads_the_same_again():
    program = read_program(TEXT)
    assert program.document["starts"] == "2027-01-01"
    assert read_program(json.dumps(program.document)) == program


def test_a_day_may_be_quoted_or_not():
    assert read_program(changed("2027-01-01", '"2027-01-01"')) == read_program(TEXT)


def test_every_field_of_the_schema_is_described_once():
    assert schema()["required"] == sorted(
        schema()["required"], key=list(schema()["properties"]).index
    )
    assert schema() is schema()


# --- errors name file, line and field -------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "where", "parts"),
    [
        ("name: Introduce a peer\n", "", "peers.yaml:1", "lacks: name"),
        ("name: Introduce", "nme: x\nname: Introduce", "peers.yaml:1", "unknown field: nme"),
        ("name: Introduce a peer", "name: ''", "peers.yaml:2: name", "name must be longer"),
        ("name: Introduce a peer", "name: 7", "peers.yaml:2: name", "name must be string"),
        ("2027-01-01", "soon", "peers.yaml:3: starts", "is not valid"),
        ("2027-01-01", '"2027-02-30"', "peers.yaml:3: starts", "is not a day"),
        ("America/New_York", "Mars/Olympus", "peers.yaml:4: time_zone", "not a time zone"),
        ("[www.example.com]", "[]", "peers.yaml:6: targets", "at least 1"),
        ("[www.example.com]", "[a, 'b c']", "peers.yaml:6: targets[1]", "targets[1]"),
        (
            "https://www.example.com/demo",
            "https://evil.example",
            "peers.yaml:7: default_target",
            "not an allowed address",
        ),
        (
            "milestone: demo",
            "milestone: A demo",
            "peers.yaml:9: milestones[0].milestone",
            "milestone",
        ),
        (
            "    condition_text: they attend a demo\n",
            "",
            "peers.yaml:9: milestones[0]",
            "lacks: condition_text",
        ),
        (
            "50.00 USD",
            "50 dollars",
            "peers.yaml:11: milestones[0].pays[0]",
            "is not valid",
        ),
        (
            "50.00 USD",
            "50.001 USD",
            "peers.yaml:11: milestones[0].pays[0]",
            "too many decimals",
        ),
        ("50.00 USD", "5.001 KWD", "peers.yaml:11: milestones[0].pays[0]", "Stripe"),
        ("50.00 USD", "10.50 ISK", "peers.yaml:11: milestones[0].pays[0]", "Stripe"),
        ("50.00 USD", "0.00 USD", "peers.yaml:11: milestones[0].pays", "above zero"),
        ("50.00 USD", "5.00 USD, 6.00 USD", "peers.yaml:11: milestones[0].pays", "twice"),
        ("50.00 USD", "50.00 XXX", "peers.yaml:11: milestones[0].pays[0]", "XXX"),
        (
            "demo_attended",
            "champagne",
            "peers.yaml:13: milestones[0].qualifies.stage",
            "must be one of",
        ),
        (
            "demo_attended",
            "won\n      segment: [a]",
            "peers.yaml:12: milestones[0].qualifies",
            "one of a kind",
        ),
        (
            "stage: demo_attended",
            "within_days: 5",
            "peers.yaml:12: milestones[0].qualifies",
            "one of a kind",
        ),
        (
            "stage: demo_attended",
            "all:\n        - new_customer: true\n        - stage: never",
            "peers.yaml:15: milestones[0].qualifies.all[1].stage",
            "must be one of",
        ),
        (
            "stage: demo_attended",
            "company_size: {}",
            "peers.yaml:13: milestones[0].qualifies.company_size",
            "at least",
        ),
    ],
)
def test_violations_are_reported_with_file_line_and_field(old, new, where, parts):
    error = refused(changed(old, new), BadInput)
    assert error.where == where
    assert parts in error.what


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        ("posting: later", "posting"),
        ("on_applied_credit: forget", "on_applied_credit"),
        ("attribution_days: 0", "attribution_days"),
        ("attribution_days: 181", "attribution_days"),
        ("closes_after_days: 1096", "closes_after_days"),
        ("review_days: '7'", "review_days"),
        ("region: us", "region"),
        ("pause: {from: 2027-02-01}", "pause"),
        ("pause: {from: 2027-02-01, in_flight: close}", "pause.in_flight"),
        ("pause: {from: 2027-02-03, until: 2027-02-01, in_flight: wait}", "pause.until"),
        ("ends: {on: 2027-02-01, in_flight: wait}", "ends.in_flight"),
        ("ends: {on: 2026-01-01, in_flight: close}", "ends.on"),
        ("limits: {account_year: []}", "limits.account_year"),
        ("limits: {budget: {amounts: [5.00 USD]}}", "limits.budget"),
        ("limits: {budget: {amounts: [5.00 USD], period: week}}", "limits.budget.period"),
    ],
)
def test_every_optional_field_is_checked_too(extra, field):
    error = refused(TEXT + extra + "\n", BadInput)
    assert error.where == f"peers.yaml:14: {field}"


def test_a_duplicate_milestone_is_reported_with_its_line():
    second = TEXT[TEXT.index("  - milestone") :]
    assert refused(TEXT + second, BadInput).where == "peers.yaml:14: milestones[1].milestone"


def test_the_file_must_name_the_requested_program():
    error = refused(TEXT, BadInput, program="others")
    assert error.where == "peers.yaml:1: program"
    assert "'peers', not 'others'" in error.what


@pytest.mark.parametrize("text", ["", "\n", "# nothing"])
def test_a_file_with_nothing_in_it_is_called_empty(text: str) -> None:
    with pytest.raises(BadInput, match="the file is empty") as refused:
        read_program(text, file="peers.yaml")
    assert (refused.value.where, "infra/programs" in refused.value.remedy) == ("peers.yaml", True)


@pytest.mark.parametrize("text", ["", "# nothing", "just text", "- a\n- list", "7", "null"])
def test_what_is_no_mapping_is_no_program(text):
    assert refused(text, BadInput).where.startswith("peers.yaml")


# --- what cannot be read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: b: c", 1),
        ("a: 1\nb: [", 2),
        ("a: 1\n\tb: 2", 2),
        ("a: 'x", 1),
        ("%", 1),
        ("--- a\n--- b", 2),
    ],
)
def test_what_is_not_yaml_is_reported_with_its_line(text, line):
    assert refused(text, Unreadable).where == f"peers.yaml:{line}"


@pytest.mark.parametrize(
    "text", ["a: &x 1\nb: *x", "a: &x [1]\nb: {<<: *x}", "&a [*a]", "a: *nothing"]
)
def test_anchors_and_aliases_are_refused(text):
    error = refused(text, BadInput)
    assert "anchors" in error.what
    assert error.where == "peers.yaml:1"


def test_an_oversized_file_is_refused_before_it_is_parsed():
    fill = TEXT_LIMIT - len(TEXT) - 1
    assert read_program(TEXT + "#" * fill + "\n")
    refused(TEXT + "#" * (fill + 1) + "\n", TooLarge)
    refused("[" * (TEXT_LIMIT + 1), TooLarge)
    refused(TEXT + "#" + "ü" * (TEXT_LIMIT // 2), TooLarge)


HOSTILE = {
    "a python tag": "name: !!python/object/apply:os.system [ls]",
    "an unknown tag": "name: !thing x",
    "a tagged integer that is none": "name: !!int abc",
    "a tagged integer of nothing": "name: !!int ''",
    "a set": "targets: !!set {a, b}",
    "an ordered map": "targets: !!omap [a: b]",
    "pairs": "targets: !!pairs [a: b]",
    "a binary": "name: !!binary aGVsbG8=",
    "a binary that is none": "name: !!binary '*'",
    "a list as a key": "? [a, b]\n: c",
    "a map as a key": "? {a: b}\n: c",
    "a number as a key": "7: x",
    "nothing as a key": "~: x",
    "a truth as a key": "true: x",
    "a day as a key": "2027-01-01: x",
    "a merge of no map": "<<: 7",
    "a day that does not exist": "starts: 2027-02-30",
    "a month that does not exist": "starts: 2027-13-01",
    "a time": "starts: 2027-01-01T10:00:00Z",
    "a time of an odd zone": "starts: 2027-01-01T10:00:00+99:99",
    "the year zero": "starts: 0000-01-01",
    "a very large integer": "attribution_days: " + "9" * 5000,
    "a large integer": "attribution_days: " + "9" * 60,
    "a negative integer": "attribution_days: -1",
    "a base of sixty": "attribution_days: 190:20:30",
    "not a number": "attribution_days: .nan",
    "without end": "attribution_days: .inf",
    "a truth for a number": "attribution_days: true",
    "a number for a truth": "posting: 1",
    "nothing for a text": "name: ~",
    "half a character": 'name: "\\ud800"',
    "a NUL character": 'name: "a\\0b"',
    "an address that is none": 'default_target: "https://[::1/"',
    "an odd port": 'default_target: "https://www.example.com:x/"',
    "a zone with a NUL": 'time_zone: "a\\0b"',
    "a zone that climbs": 'time_zone: "../../etc/passwd"',
    "a zone that is a folder": "time_zone: America",
    "a very large company": (
        "milestones: [{milestone: a, condition_text: b, pays: [1.00 USD], "
        "qualifies: {company_size: {at_least: " + "9" * 60 + "}}}]"
    ),
}


def with_line(line):
    field = line.partition(":")[0]
    kept = (
        []
        if field not in TEXT
        else [each for each in TEXT.splitlines() if not each.startswith(f"{field}:")]
    )
    if field == "milestones":
        kept = kept[: kept.index("  - milestone: demo")]
    return "\n".join([*(kept or TEXT.splitlines()), line, ""])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_refused_and_never_leads_to_another_error(name):
    refused(with_line(HOSTILE[name]))


@pytest.mark.parametrize("line", ["name: =", "name: NO", "name: 'on'", "region: NO"])
def test_what_yaml_once_read_otherwise_is_plain_text(line):
    field, _, text = line.partition(": ")
    assert getattr(read_program(with_line(line)), field) == text.rpartition(" ")[2].strip("'")


@pytest.mark.parametrize("field", ["attribution_days: 90.0", "closes_after_days: 365.0"])
def test_a_number_with_a_point_is_no_whole_number(field):
    """Such a number would pass as an integer, and then could not be stored."""
    refused(TEXT + field, BadInput)


@pytest.mark.parametrize(
    "text", ["[" * 60_000, "{a: " * 3000, "- " * 3000, "a: " + "[" * 500 + "]" * 500]
)
def test_deep_nesting_is_refused(text):
    refused(text)


@pytest.mark.parametrize("depth", [20, 60, 100, 150, 200, 250, 300, 400, 600])
def test_criteria_nested_too_deep_to_be_stored_are_refused(depth):
    """An item of DynamoDB may be nested 32 deep."""
    nested = "{not: " * depth + "{new_customer: true}" + "}" * depth
    refused(changed("\n      stage: demo_attended", f" {nested}"))


def test_a_field_that_is_there_twice_is_reported():
    refused(TEXT + "name: Another\n", Refused)


PHRASES = st.sampled_from(
    [
        "a",
        ":",
        " ",
        "\n",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "!",
        "!!int ",
        "&",
        "*",
        "<<",
        "?",
        "|",
        ">",
        "#",
        "%",
        "@",
        "`",
        "7",
        ".",
        "~",
        "=",
        "\t",
        "\0",
        "\\",
        "é",
        "milestones: ",
        "2027-02-30",
    ]
)


@given(st.lists(PHRASES, max_size=20).map("".join))
def test_no_text_leads_to_another_error_than_a_refusal(text):
    with pytest.raises(Refused):
        read_program(text)


@given(st.text())
def test_no_characters_lead_to_another_error_than_a_refusal(text):
    with pytest.raises(Refused):
        read_program(text)


LINES = TEXT.splitlines(keepends=True)


@given(st.integers(0, len(LINES) - 1), st.lists(PHRASES, max_size=6).map("".join))
def test_a_file_with_a_mutated_line_is_valid_or_refused(place, parts):
    lines = list(LINES)
    lines[place] = lines[place].partition(":")[0] + ": " + parts + "\n"
    with contextlib.suppress(Refused):
        assert read_program("".join(lines)).program
