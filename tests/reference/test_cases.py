"""Play the cases through the reference, and say which are out of its scope."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.reference.cases import Case, check, load

IN_SCOPE = (
    "addresses",
    "associations",
    "companies",
    "deals",
    "decisions",
    "limits",
    "possible_referrals",
    "stages",
    "times",
    "typed_fields",
)

# Single cases of files that are out of scope as a whole.
ALSO_IN_SCOPE = {
    "posting": {
        "a credit is sent as earned, whatever terms are applied meanwhile",
        "the hold period restarts when a canceled credit revives",
        "a deal won again rests for its hold period after approval",
        "a pause that ends before the hold period does not shorten it",
    },
}

OUT_OF_SCOPE = {
    "an address at the same mailbox provider cannot approve a sign-off": "asks the portal",
    "limits that leave out a currency of pays are refused": "asks the check of a program file",
}

FILES_OUT_OF_SCOPE = {
    "api": "sessions, secrets and requests are no part of what is owed",
    "cookies": "reads a header",
    "links": "codes, parameters and targets of links",
    "mail_headers": "reads the bytes of a mail",
    "paid": "needs the books of Stripe, which join the reference later",
    "phones": "asks the form; the reference knows a phone only as digits",
    "portal": "asks pages",
    "posting": "the protocol with Stripe: leases, retries, frozen amounts, invoices and balances",
    "refunds": "needs the books of Stripe, which join the reference later",
}


def in_scope() -> list[Case]:
    """Return each case that the reference plays."""
    found = [case for file in IN_SCOPE for case in load(file) if case.name not in OUT_OF_SCOPE]
    for file, names in ALSO_IN_SCOPE.items():
        found += [case for case in load(file) if case.name in names]
    return found


@pytest.mark.parametrize("case", in_scope(), ids=lambda case: case.id)
def test_the_reference_agrees_with_the_case(case: Case) -> None:
    assert check(case) == []


def test_each_file_is_in_scope_or_has_a_reason() -> None:
    from tests.reference.cases import FILES

    names = {path.stem for path in FILES.glob("*.yaml")}
    assert names == set(IN_SCOPE) | set(FILES_OUT_OF_SCOPE)


def test_each_name_that_is_set_apart_exists() -> None:
    known = {case.name for file in (*IN_SCOPE, *ALSO_IN_SCOPE) for case in load(file)}
    apart = set(OUT_OF_SCOPE).union(*ALSO_IN_SCOPE.values())
    assert apart <= known


def test_the_reference_imports_nothing_of_the_product() -> None:
    for path in Path(__file__).parent.glob("*.py"):
        imports = [
            name
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [each.name for each in getattr(node, "names", ())]
                if isinstance(node, ast.Import)
                else []
            )
        ]
        assert not [each for each in imports if each.startswith("goodword")], path.name
