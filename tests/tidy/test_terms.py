"""Names are made of the glossary's terms: a word that a term replaced is in none of them."""

from __future__ import annotations

import io
import json
import keyword
import re
import tokenize
from collections.abc import Iterator

import pytest
import typer.main

from goodword.messages.vocabulary import EVENTS, REASONS
from infra.access import load_access
from infra.cli.main import app
from infra.local.routes import derive_routes
from tests.tidy.project import ROOT, files, shown, template, text_of

PRODUCT = ("layers/", "functions/", "infra/")
# What docs/glossary.md has another term for.
RETIRED = frozenset(
    [
        *("anew", "bump", "cancelled", "clash", "colour", "desk", "draft", "edge", "enrol", "hot"),
        *("house", "nobody", "somebody", "wake", "waken", "whoever", "woken"),
    ]
)
# Names that others gave: a stage of an invoice at Stripe.
ALLOWED = frozenset(["is_draft", "draft"])
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def words_of(name: str) -> set[str]:
    """Return the words of a name, in lower case: due_at, DueAt and due-at have the same."""
    return {word.lower() for word in _WORD.findall(name)}


def retired_in(names: Iterator[tuple[str, str]]) -> list[str]:
    return sorted(
        f"{where}: {name}"
        for where, name in set(names)
        if name not in ALLOWED and words_of(name) & RETIRED
    )


def _identifiers() -> Iterator[tuple[str, str]]:
    for path in files():
        if path.suffix == ".py" and shown(path).startswith(PRODUCT):
            for token in tokenize.generate_tokens(io.StringIO(text_of(path)).readline):
                if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                    yield shown(path), token.string


def _public() -> Iterator[tuple[str, str]]:
    """Yield the names that other people meet."""
    for kind in (*EVENTS, *REASONS):
        yield "event kinds and reasons", kind
    for arguments in (*EVENTS.values(), *REASONS.values()):
        yield from (("arguments", name) for name in arguments)
    access = load_access()
    yield from (("functions", name) for name in access.functions)
    yield from (("tables", name) for name in access.tables())
    for services in access.functions.values():
        yield from (("parameters", name) for name in services.parameters)
    yield from (("routes", route.key) for route in derive_routes(template()))
    schema = json.loads(text_of(ROOT / "layers/core/goodword/programs/schema.json"))
    yield from (("program file", name) for name in schema["properties"])
    yield from (("program file", name) for name in schema["definitions"]["criterion"]["properties"])
    yield from (("files", shown(path)) for path in files() if shown(path).startswith(PRODUCT))
    yield from (("commands", name) for name in typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_no_identifier_has_a_retired_word() -> None:
    found = list(_identifiers())
    assert len(found) > 10_000
    assert retired_in(iter(found)) == []


def test_no_public_name_has_a_retired_word() -> None:
    found = list(_public())
    assert len(found) > 300
    assert retired_in(iter(found)) == []


def test_exceptions_are_few_and_used() -> None:
    used = {name for _, name in _identifiers()}
    assert len(ALLOWED) <= 30
    assert used >= ALLOWED - {"draft"}


@pytest.mark.parametrize("name", ["open_house", "OpenHouse", "serve-desk", "WAKE_SECONDS"])
def test_a_retired_word_is_seen_in_every_spelling(name: str) -> None:
    assert retired_in(iter([("here", name)])) == [f"here: {name}"]
