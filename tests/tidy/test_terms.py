"""Names are made of the glossary's terms: what a term replaced is in none of them."""

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
        *("anew", "bump", "cancelled", "capped", "clash", "colour", "desk", "draft", "edge"),
        *(
            "enrol",
            "heard",
            "hot",
            "news",
            "house",
            "nobody",
            "somebody",
            "told",
            "untold",
            "void",
            "voided",
        ),
        *("wake", "waken", "whoever", "woken", "word", "worded", "wording", "words"),
    ]
)
# Whole names, whose words are in use elsewhere.
RETIRED_NAMES = frozenset(["made_at", "too_many"])
# What a method of a store is called no more, and the usual verb for it.
RETIRED_METHODS = {"several": "get_many", "newest": "list_newest", "of_": "list_by_"}
# Names that others gave: stages of an invoice or a note at Stripe, which the local Stripe has too,
# and a parameter of textwrap.
STRIPE = frozenset(["draft", "is_draft", "void", "void_credit_note", "void_invoice", "void_note"])
ALLOWED = STRIPE | {"_VOID", "voided_at", "break_long_words"}
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def parts_of(name: str) -> set[str]:
    """Return the parts of a name, in lower case: due_at, DueAt and due-at have the same."""
    return {part.lower() for part in _PART.findall(name)}


def retired_in(names: Iterator[tuple[str, str]]) -> list[str]:
    return sorted(
        f"{where}: {name}"
        for where, name in set(names)
        if name not in ALLOWED and (parts_of(name) & RETIRED or name in RETIRED_NAMES)
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


def test_no_identifier_has_a_retired_part() -> None:
    found = list(_identifiers())
    assert len(found) > 10_000
    assert retired_in(iter(found)) == []


def retired_methods(text: str) -> list[str]:
    """Return the public methods in a module that have a retired name."""
    return [
        name
        for name in re.findall(r"^    def ([a-z]\w*)\(", text, re.MULTILINE)
        if any(
            name == old or (old.endswith("_") and name.startswith(old)) for old in RETIRED_METHODS
        )
    ]


def test_no_method_of_a_store_has_a_retired_name() -> None:
    core = ROOT / "layers/core/goodword"
    modules = [core / "ports/stores.py", *sorted((core / "store").glob("*.py"))]
    assert len(modules) > 10
    assert {shown(path): retired_methods(text_of(path)) for path in modules} == {
        shown(path): [] for path in modules
    }


@pytest.mark.parametrize("name", ["several", "newest", "of_account"])
def test_a_retired_method_is_seen(name: str) -> None:
    assert retired_methods(f"class A:\n    def {name}(self) -> int:\n") == [name]


def test_no_public_name_has_a_retired_part() -> None:
    found = list(_public())
    assert len(found) > 300
    assert retired_in(iter(found)) == []


def test_exceptions_are_few_and_used() -> None:
    used = {name for _, name in _identifiers()}
    assert len(ALLOWED) <= 30
    assert used >= ALLOWED - {"draft"}


@pytest.mark.parametrize(
    "name", ["open_house", "OpenHouse", "serve-desk", "WAKE_SECONDS", "made_at"]
)
def test_a_retired_part_is_seen_in_every_spelling(name: str) -> None:
    assert retired_in(iter([("here", name)])) == [f"here: {name}"]
