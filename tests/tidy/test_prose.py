"""Pages, templates, docstrings and comments use the glossary's terms, in at most 100 columns.

Ruff checks the columns of code.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.tidy.project import ROOT, files, shown, text_of

COLUMNS = 100
RETIRED = re.compile(
    r"(?i)\b(nobody|somebody|anybody|everybody|whoever|whomever|whatever|anew|told|heard|desk|woken|wakes"
    r"|cancelled|colour|enrol|in\s+vain|any\s+more|comes\s+of\s+it)\b"
)
# Each is written by a program from texts that other tests read.
GENERATED = ("docs/access.md", "docs/screenshots.md", "infra/generated/")
# The glossary lists the retired words beside the terms that replace them.
MAY_NAME_RETIRED = ("docs/glossary.md", "tests/cases/README.md")
PAGES = [path for path in files() if path.suffix == ".md"]
TEXTS = [
    path
    for path in files()
    if not shown(path).startswith(GENERATED)
    and (
        path.suffix == ".md"
        or shown(path) in ("Makefile", "pyproject.toml", "template.yaml", "docs/openapi.yaml")
        or re.fullmatch(r"infra/((programs|connections|local)/)?[\w-]+\.yaml", shown(path))
    )
]
# The tests may name what they forbid.
MODULES = [
    path
    for path in files()
    if path.suffix == ".py" and shown(path).startswith(("layers/", "functions/", "infra/"))
]

_FENCE = re.compile(r"(?ms)^\s*```.*?^\s*```\s*$")
_CODE = re.compile(r"`[^`]*`")
_PRINTED = re.compile(r"(?s)<!-- make cost -->.*")
# One word that cannot be split: an address, a pattern, an inline image.
_LONG_WORD = re.compile(r"\S{60,}")


def retired_words(text: str) -> list[str]:
    """Return the retired words of a text outside code, and outside what a command printed."""
    prose = _CODE.sub("", _FENCE.sub("", _PRINTED.sub("", text)))
    return [" ".join(match[0].lower().split()) for match in RETIRED.finditer(prose)]


def long_lines(text: str) -> Iterator[int]:
    """Yield the numbers of lines that are too long, except table rows and unsplittable words."""
    for number, line in enumerate(text.splitlines(), 1):
        row = line.lstrip().startswith("|")
        if len(line) > COLUMNS and not row and not _LONG_WORD.search(line):
            yield number


def test_the_texts_are_found() -> None:
    names = {shown(path) for path in TEXTS}
    wanted = {"README.md", "docs/runbook.md", "docs/openapi.yaml", "infra/alarms.yaml", "Makefile"}
    assert wanted <= names
    assert len(names) > 50


@pytest.mark.parametrize("path", TEXTS, ids=shown)
def test_a_text_has_no_retired_term(path: Path) -> None:
    if shown(path) not in MAY_NAME_RETIRED:
        assert retired_words(text_of(path)) == []


@pytest.mark.parametrize("path", TEXTS, ids=shown)
def test_a_line_has_at_most_100_columns(path: Path) -> None:
    assert list(long_lines(text_of(path))) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Nobody waits.", ["nobody"]),
        ("It is not read any\n  more.", ["any more"]),
        ("# retried in vain", ["in vain"]),
        ("Whoever asks is told.", ["whoever", "told"]),
        ("`test_nobody_waits` and\n```\nanybody\n```\n", []),
        ("two more, any moreover, a newer one, a desktop", []),
    ],
)
def test_the_checker_finds_retired_terms(text: str, found: list[str]) -> None:
    assert retired_words(text) == found


@pytest.mark.parametrize(
    ("line", "too_long"),
    [
        ("a word " * 15, True),
        ("a word " * 14, False),
        ("| a cell | " + "a word " * 15 + "|", False),
        ("    pattern: " + "x" * 90, False),
        ("    description: " + "a word " * 13, True),
    ],
)
def test_the_checker_finds_long_lines(line: str, too_long: bool) -> None:
    assert list(long_lines(f"short\n{line}\n")) == ([2] if too_long else [])


# ---- Docstrings and comments ---------------------------------------------------------------------


def prose_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield each docstring and each comment of a module with its line."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring:
                yield node.body[0].lineno, docstring
    block: list[str] = []
    begun = last = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            if block and token.start[0] != last + 1:
                yield begun, " ".join(block)
                block = []
            begun = begun if block else token.start[0]
            last = token.start[0]
            block.append(token.string.lstrip("# "))
    if block:
        yield begun, " ".join(block)


def retired_in(text: str) -> list[str]:
    """Return each retired word in the docstrings and comments of a module, with its line."""
    return [f"{line}: {word}" for line, prose in prose_of(text) for word in retired_words(prose)]


def test_docstrings_and_comments_have_no_retired_term() -> None:
    assert len(MODULES) > 200
    found = {shown(path): wrong for path in MODULES if (wrong := retired_in(text_of(path)))}
    assert found == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"""Nobody reads it."""\n', ["1: nobody"]),
        ('def f():\n    """Return it.\n\n    Not used any\n    more.\n    """\n', ["2: any more"]),
        ("a = 1  # whoever asks\n", ["1: whoever"]),
        ("# It is not read any\n# more.\na = 1\n", ["1: any more"]),
        ('class A:\n    """A queue that is woken."""\n', ["2: woken"]),
        ('a = "nobody"\n', []),
        ("# A nobodyish name\nnobody = 1\n", []),
    ],
)
def test_the_checker_reads_docstrings_and_comments(text: str, found: list[str]) -> None:
    assert retired_in(text) == found


# ---- What to do next -----------------------------------------------------------------------------


def _next_command(alarm: str, runbook: str) -> str:
    section = re.search(rf"(?ms)^### {alarm}\n(.*?)(?=^##|\Z)", runbook)
    command = re.search(r"(?m)^    (goodword \S.*)$", section[1]) if section else None
    return command[1] if command else "no command"


def test_an_alarm_ends_with_the_command_of_its_runbook_section() -> None:
    runbook = text_of(ROOT / "docs/runbook.md")
    alarms = yaml.safe_load(text_of(ROOT / "infra/alarms.yaml"))["alarms"]
    wrong = [
        name
        for name, alarm in alarms.items()
        if not alarm["AlarmDescription"].endswith(
            f"Next (docs/runbook.md): {_next_command(name, runbook)}"
        )
    ]
    assert wrong == []


def test_a_section_without_a_command_is_found() -> None:
    runbook = "### a-failed\n\nIt failed.\n\n### b-failed\n\n    goodword redrive b --stack NAME\n"
    assert _next_command("a-failed", runbook) == "no command"
    assert _next_command("b-failed", runbook) == "goodword redrive b --stack NAME"


# ---- Headings ------------------------------------------------------------------------------------

CHANGES = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
DECISIONS = [path for path in PAGES if re.match(r"docs/decisions/\d", shown(path))]


def changelog_errors(text: str) -> list[str]:
    """Return the headings of a changelog that Keep a Changelog does not have."""
    versions = re.findall(r"(?m)^## (.+)$", text)
    version = re.compile(r"\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d")
    wrong = [heading for heading in versions if not version.fullmatch(heading)]
    return wrong + [each for each in re.findall(r"(?m)^### (.+)$", text) if each not in CHANGES]


def has_status_and_date(text: str) -> bool:
    status = r"\*\*Status:\*\* (accepted|superseded by|proposed).*?"
    return bool(re.search(rf"(?s)\A# \d+\. [^\n]+\n\n{status}\n\n\*\*Date:\*\* \d{{4}}-", text))


def test_the_changelog_has_the_headings_of_keep_a_changelog() -> None:
    assert changelog_errors(text_of(ROOT / "CHANGELOG.md")) == []
    assert changelog_errors("## Next\n### News\n## [1.0.0]\n") == ["Next", "[1.0.0]", "News"]


def test_each_decision_has_its_status_and_date() -> None:
    assert len(DECISIONS) > 20
    assert [shown(path) for path in DECISIONS if not has_status_and_date(text_of(path))] == []
    assert not has_status_and_date("# 1. A row\n\n**Date:** 2027-01-01\n")
