"""What the tidy tests look at: its files, its modules, its template."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from infra.local.template import load_stack, load_template, resources_of

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "core" / "goodword"


# What stands in place of files, by path, while a test is shown a broken tree; None: no such file.
_changed: dict[Path, str | None] = {}


@contextmanager
def changed_tree(changes: Mapping[str, str | None]) -> Iterator[None]:
    """Let the project have these texts in its files for a while; None takes a file away."""
    _changed.update({ROOT / name: text for name, text in changes.items()})
    try:
        yield
    finally:
        _changed.clear()


@cache
def _tracked() -> frozenset[Path]:
    git = shutil.which("git")
    assert git is not None, "git says which files are the project's"
    listed = subprocess.run(  # noqa: S603
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = {ROOT / name for name in listed.split("\0") if name}
    return frozenset(path for path in paths if path.is_file())


def files() -> tuple[Path, ...]:
    """Return every file of the project: what git tracks, and what it would."""
    return _files(frozenset(_changed.items()))


@cache
def _files(changes: frozenset[tuple[Path, str | None]]) -> tuple[Path, ...]:
    gone = {path for path, text in changes if text is None}
    return tuple(sorted((_tracked() | {path for path, _ in changes}) - gone))


def names() -> frozenset[str]:
    """Return the path of every file and of every folder that holds one, as seen from the root."""
    return _names(files())


@cache
def _names(paths: tuple[Path, ...]) -> frozenset[str]:
    found = set()
    for path in paths:
        own = path.relative_to(ROOT)
        found |= {str(own), *(str(parent) for parent in own.parents)}
    return frozenset(found - {"."})


def text_of(path: Path) -> str:
    """Return a file's text."""
    text = _changed.get(path)
    return _stored(path) if text is None else text


@cache
def _stored(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def shown(path: Path) -> str:
    """Return a path as seen from the root."""
    return str(path.relative_to(ROOT))


def modules(folder: Path = LAYER) -> dict[str, ast.Module]:
    """Return the syntax tree of every module below a folder, by its path in the folder."""
    return _modules(folder, frozenset(_changed.items()))


@cache
def _modules(folder: Path, changes: frozenset[tuple[Path, str | None]]) -> dict[str, ast.Module]:
    return {
        str(path.relative_to(folder)): _parsed(text_of(path), shown(path))
        for path in _files(changes)
        if path.is_relative_to(folder) and path.suffix == ".py"
    }


@cache
def _parsed(text: str, name: str) -> ast.Module:
    return ast.parse(text, name)


@cache
def template(name: str = "template.yaml") -> dict[str, Any]:
    """Return a template as plain data."""
    return load_template(ROOT / name)


@cache
def stack() -> dict[str, Any]:
    """Return template.yaml with the templates that it nests, as plain data."""
    return load_stack(ROOT / "template.yaml")


@cache
def functions() -> dict[str, dict[str, Any]]:
    """Return the functions of the template by the folder of their code."""
    found = resources_of(template(), "AWS::Serverless::Function")
    return {
        properties["CodeUri"].rstrip("/").rpartition("/")[2]: properties
        for properties in found.values()
    }


def jobs() -> frozenset[str]:
    """Return the folders in functions/."""
    return frozenset(path.parent.name for path in files() if path.parents[2] == ROOT / "functions")
