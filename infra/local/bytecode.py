"""Copy a folder with bytecode for the Python that runs here.

SAM builds for Lambda's Python, without bytecode. Without bytecode each worker of the local cloud
would compile boto3 and all else before its first answer.
"""

from __future__ import annotations

import importlib.util
import py_compile
import shutil
from collections.abc import Iterator
from pathlib import Path


def copy_with_bytecode(source: Path, kept: Path) -> None:
    """Make `kept` a copy of `source` with bytecode for every module; rewrite changed files only.

    The bytecode is unchecked, so that a changed date does not invalidate it.
    """
    wanted = {path.relative_to(source) for path in _files(source)}
    for path in list(_files(kept)):
        if path.relative_to(kept) not in wanted:
            _bytecode_of(path).unlink(missing_ok=True)
            path.unlink()
    for name in sorted(wanted):
        origin, copy = source / name, kept / name
        if copy.exists() and copy.read_bytes() == origin.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, copy)
        if copy.suffix == ".py":
            _compile(copy, name)


def _compile(path: Path, shown_as: Path) -> None:
    # A library may include a module for a newer Python. It gets no bytecode, and fails only if
    # imported.
    py_compile.compile(
        str(path),
        cfile=str(_bytecode_of(path)),
        dfile=str(shown_as),
        doraise=False,
        quiet=2,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def _bytecode_of(path: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(path)))


def _files(folder: Path) -> Iterator[Path]:
    return (
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
