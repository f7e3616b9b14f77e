"""Docstrings and comments of the product use plain technical English."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.tidy.project import ROOT, files, shown, text_of

PRODUCT = ("layers/", "functions/", "infra/")
# pyproject.toml still allows 110, for the tests and the files of NOT_YET.
COLUMNS = 100
RETIRED = (
    *("nobody", "somebody", "whoever", "anew", "in vain", "any more", "woken", "wakes"),
    *("told", "heard", "comes of it"),
)
_RETIRED = re.compile(rf"\b(?:{'|'.join(RETIRED)})\b", re.IGNORECASE)

_CORE = "layers/core/goodword/"
# Files whose prose is still to be rewritten; each entry is a file or the start of a path.
NOT_YET = (
    *(f"{_CORE}{folder}/" for folder in ("crm", "domain/crm_copy", "ports", "steps/crm_copy")),
    f"{_CORE}store/",
    *(f"{_CORE}domain/programs/{name}.py" for name in ("criterion", "program", "terms")),
    *(f"{_CORE}domain/referrals/{name}.py" for name in ("erasure", "flag", "referral")),
    f"{_CORE}domain/stage.py",
    *(f"{_CORE}messages/{name}.py" for name in ("console", "events", "reasons", "vocabulary")),
    *(f"{_CORE}steps/credits/{name}.py" for name in ("earn_credit", "follow_credit")),
    *(
        f"{_CORE}steps/referrals/{name}.py"
        for name in (
            "erase_person",
            "evaluation",
            "match_referral",
            "qualify_referral",
            "register_referral",
        )
    ),
    "infra/twins/crm.py",
)


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
    """Return each retired expression in the prose of a module, with its line."""
    return [
        f"{line}: {found}"
        for line, prose in prose_of(text)
        for found in _RETIRED.findall(" ".join(prose.split()))
    ]


def test_prose_has_no_retired_expression() -> None:
    paths = [
        path
        for path in files()
        if path.suffix == ".py"
        and shown(path).startswith(PRODUCT)
        and not shown(path).startswith(NOT_YET)
    ]
    assert len(paths) > 200
    found = {shown(path): wrong for path in paths if (wrong := retired_in(text_of(path)))}
    assert found == {}


def test_every_exception_still_exists() -> None:
    assert [start for start in NOT_YET if not (ROOT / start).exists()] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('"""Nobody reads it."""\n', ["1: Nobody"]),
        (
            'def f():\n    """Return it.\n\n    It is not used any\n    more.\n    """\n',
            ["2: any more"],
        ),
        ("a = 1  # whoever asks\n", ["1: whoever"]),
        ("# It is not read any\n# more.\na = 1\n", ["1: any more"]),
        ('class A:\n    """A queue that is woken."""\n', ["2: woken"]),
    ],
)
def test_a_retired_expression_is_seen(text: str, wrong: list[str]) -> None:
    assert retired_in(text) == wrong


@pytest.mark.parametrize("text", ['a = "nobody"\n', "# A nobodyish name\na = 1\n", "nobody = 1\n"])
def test_only_prose_is_searched_for_whole_expressions(text: str) -> None:
    assert retired_in(text) == []


def too_long(text: str) -> list[int]:
    """Return the lines of a text that have more than COLUMNS columns."""
    return [number for number, line in enumerate(text.splitlines(), 1) if len(line) > COLUMNS]


def test_lines_fit_the_columns() -> None:
    found = {
        shown(path): lines
        for path in files()
        if path.suffix == ".py"
        and shown(path).startswith(PRODUCT)
        and not shown(path).startswith(NOT_YET)
        and (lines := too_long(text_of(path)))
    }
    assert found == {}


def test_a_long_line_is_seen() -> None:
    assert too_long("a = 1\n" + "x" * 101 + "\n" + "y" * 100) == [2]
