"""Every text that people read is there in every language.

What is compiled is what is written.
"""

from __future__ import annotations

import ast
import re

import pytest

from infra.local.texts import CATALOGUES, TRANSLATED, catalogue, compiled, gather, missing
from tests.tidy.project import ROOT, modules

HOLE = re.compile(r"%\((\w+)\)")

# What the English text says, what its Spanish says for it, and what that would be taken for: a
# loan, a talk, a credit that was never posted, a co-worker, a customer, a CRM contact, a dashboard.
SPANISH = (
    (r"\bcredits?\b", "abono", "crédito"),
    (r"\bintroductions?\b", "recomendaci", "presentaci"),
    (r"\b(?:taken|takes|take) (?:%\(amount\)s )?back\b", "revert|reviert|revirt", "retir|anul"),
    (r"\bcancel(?:ed)?\b|\bwithdrawn\b", "an[uú]l", "retir|reviert|revirt"),
    (r"\bpeers?\b", "", "colega"),
    (r"(?<!\()\breferrers?\b", "recomendante", "cliente|referente"),
    (r"\bprospects?\b", "prospecto", "contacto|persona recomendada"),
    (r"\bbilling accounts?\b", "cuentas? de facturación", "cuenta de cobro"),
    (r"\bconsole\b", "consola", "panel"),
)


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_catalogue_says_all_that_is_said_and_nothing_else(locale: str) -> None:
    stored = catalogue(ROOT, locale)
    said = {message.id for message in gather(ROOT) if message.id}
    assert {message.id for message in stored if message.id} == said, "run `make texts`"
    assert missing(stored) == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_translation_has_the_holes_of_its_text(locale: str) -> None:
    for message in catalogue(ROOT, locale):
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        wanted = set(HOLE.findall(ids[-1]))
        # One form of a plural may leave the number out: "a referral".
        assert all(set(HOLE.findall(form)) <= wanted for form in forms), message.id
        assert set(HOLE.findall(forms[-1])) == wanted, message.id


@pytest.mark.parametrize("locale", TRANSLATED)
def test_what_is_compiled_is_what_is_written(locale: str) -> None:
    stored = ROOT / CATALOGUES / locale / "LC_MESSAGES/goodword.mo"
    assert stored.read_bytes() == compiled(catalogue(ROOT, locale)), "run `make texts`"


@pytest.mark.parametrize(("english", "said", "mistaken"), SPANISH)
def test_spanish_has_one_term_for_what_english_has_one_for(
    english: str, said: str, mistaken: str
) -> None:
    pairs = [
        (message.id, message.string)
        for message in catalogue(ROOT, "es")
        if isinstance(message.id, str)
        and isinstance(message.string, str)
        and re.search(english, message.id, re.IGNORECASE)
    ]
    assert pairs
    assert [pair for pair in pairs if not re.search(said, pair[1], re.IGNORECASE)] == []
    assert [pair for pair in pairs if re.search(mistaken, pair[1], re.IGNORECASE)] == []


@pytest.mark.parametrize("layer", ["domain", "ports", "steps", "http"])
def test_no_sentence_is_made_outside_messages(layer: str) -> None:
    makers = {"say", "Sentence"}
    made = [
        f"{module}:{node.lineno}"
        for module, tree in modules().items()
        if module.startswith(f"{layer}/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers
    ]
    assert made == []
