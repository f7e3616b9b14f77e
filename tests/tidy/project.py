"""What the tidy tests look at: its files, its modules, its template."""

from __future__ import annotations

import ast
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from infra.local.template import load_stack, load_template, resources_of

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "core" / "goodword"


@cache
def files() -> tuple[Path, ...]:
    """Return every file of the project: what git tracks, and what it would."""
    git = shutil.which("git")
    assert git is not None, "git says which files are the project's"
    result = subprocess.run(  # noqa: S603
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = {ROOT / name for name in result.split("\0") if name}
    return tuple(sorted(path for path in paths if path.is_file()))


@cache
def names() -> frozenset[str]:
    """Return the path of every file and of every folder that holds one, as seen from the root."""
    found = set()
    for path in files():
        own = path.relative_to(ROOT)
        found |= {str(own), *(str(parent) for parent in own.parents)}
    return frozenset(found - {"."})


@cache
def text_of(path: Path) -> str:
    """Return a file's text."""
    return path.read_text(encoding="utf-8")


def shown(path: Path) -> str:
    """Return a path as seen from the root."""
    return str(path.relative_to(ROOT))


@cache
def modules(folder: Path = LAYER) -> dict[str, ast.Module]:
    """Return the syntax tree of every module below a folder, by its path in the folder."""
    return {
        str(path.relative_to(folder)): ast.parse(text_of(path), shown(path))
        for path in files()
        if path.is_relative_to(folder) and path.suffix == ".py"
    }


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


@cache
def jobs() -> frozenset[str]:
    """Return the folders in functions/."""
    return frozenset(path.parent.name for path in files() if path.parents[2] == ROOT / "functions")
