"""Every module and everything public in the layer says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.tidy.project import modules

# Methods that another library asks for and documents.
ASKED_FOR = {"store/row.py: PlainMap.serialize", "store/row.py: PlainMap.deserialize"}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(body: list[ast.stmt], within: str = "") -> Iterator[tuple[str, Definition]]:
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_") and node.name != "Meta":
            yield f"{within}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{within}{node.name}.")


def _is_line_of_a_protocol(node: Definition) -> bool:
    """Tell a method that is nothing but its signature; its class says what it is for."""
    last = node.body[-1]
    bare = (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Constant)
        and last.value.value is Ellipsis
    )
    return not isinstance(node, ast.ClassDef) and bare


def _promised(tree: ast.Module) -> set[str]:
    """Return the methods that a Protocol of the same module documents for all that keep to it."""
    return {
        method.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases)
        for method in node.body
        if isinstance(method, ast.FunctionDef) and ast.get_docstring(method)
    }


def test_every_module_of_the_layer_says_what_it_is() -> None:
    assert [name for name, tree in modules().items() if not ast.get_docstring(tree)] == []


def test_everything_public_in_the_layer_has_a_docstring() -> None:
    silent = [
        f"{module}: {name}"
        for module, tree in modules().items()
        for name, node in _public(tree.body)
        if not ast.get_docstring(node)
        and not _is_line_of_a_protocol(node)
        and not ("." in name and node.name in _promised(tree))
    ]
    assert sorted(set(silent) - ASKED_FOR) == []
    assert ASKED_FOR - set(silent) == set(), "these have a docstring now: take them off the list"


def test_a_docstring_begins_with_a_sentence_that_fits_a_line() -> None:
    long = [
        f"{module}: {name}"
        for module, tree in modules().items()
        for name, node in (("", tree), *_public(tree.body))
        if (text := ast.get_docstring(node))
        and not text.splitlines()[0].rstrip().endswith((".", ":", "?"))
    ]
    assert long == []
