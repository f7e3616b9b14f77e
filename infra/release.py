"""Finish what `sam build` made: bytecode for every module that is deployed, by the runtime's own Python.

SAM ships sources alone, and a zip gives them dates that would make dated bytecode stale on a disk that cannot
be written. So every cold start would compile all that it imports: twice to three times the work. Bytecode
marked as not to be checked against its source holds whatever the dates; but only the Python that wrote it
reads it, so 3.13 has to be found on this machine, or fetched. Without one the build is whole and slower.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from infra.local.template import load_template

BUILT = Path(".aws-sam/build")
FETCHED = Path(".local/python")
FETCH_SECONDS = 300
# A layer takes some five seconds.
COMPILE_SECONDS = 120
LAYERS = ("CoreLayer", "StripeLayer", "PagesLayer")
_CODE = re.compile(r"(?m)^(\s+CodeUri: ).*?functions/(\w+)/?$")

FOUND = "{count} modules of {places} folders have bytecode of Python {version}, by {python}"
LEFT = "Without bytecode, since that Python cannot read them: {names}"
NOT_FITTING = "{named} is no Python {version}, which the functions run on; so the build has no bytecode."
NOT_FOUND = """\
There is no Python {version} on this machine, and none could be fetched, so the build has no bytecode.
It is whole and works; only each cold start compiles what it imports (docs/performance.md, goal 4).
Install python{version} (any way will do: a package, pyenv, `uv python install {version}`), or name one with
`make build RUNTIME_PYTHON=/path/to/python{version}`, and build again."""


def main() -> int:
    """Compile the build; say what was done, or why nothing was."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--python", default="", help="the runtime's Python; looked for if not given")
    parser.add_argument("--offline", action="store_true", help="fetch none")
    asked = parser.parse_args()
    root = Path.cwd()
    version = runtime_version(root)
    python = find_python(version, root, asked.python, fetch=not asked.offline)
    copy_functions(root)
    if python is None and asked.python:
        print(NOT_FITTING.format(named=asked.python, version=version))
        return 1
    if python is None:
        print(NOT_FOUND.format(version=version))
        return 0
    places = dict(places_of(root / BUILT))
    count = sum(compile_folder(python, folder, shown) for folder, shown in places.items())
    print(FOUND.format(count=count, places=len(places), version=version, python=python))
    left = sorted(path.name for folder in places for path in without_bytecode(folder, version))
    if left:
        print(LEFT.format(names=", ".join(left)))
    return 1 if left else 0


def runtime_version(root: Path) -> str:
    """Return the version of Python that the template's functions run on, such as 3.13."""
    runtime: str = load_template(root / "template.yaml")["Globals"]["Function"]["Runtime"]
    return runtime.removeprefix("python")


def find_python(version: str, root: Path, named: str = "", *, fetch: bool) -> str | None:
    """Return a Python of exactly this version: the named one, this, one on the path, uv's, a fetched one."""
    if named:
        return named if is_version(named, version) else None
    for candidate in (sys.executable, *_on_path(f"python{version}"), *_of_uv(version, root)):
        if is_version(candidate, version):
            return candidate
    if fetch:
        _fetch(version, root)
        return next((each for each in _of_uv(version, root) if is_version(each, version)), None)
    return None


def is_version(python: str, version: str) -> bool:
    """Say whether this runs, and is of this version; a placeholder on the path may do neither."""
    try:
        told = subprocess.run(  # noqa: S603  # it says what it is, and is asked nothing else
            [python, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.stdout.strip() == version


def copy_functions(root: Path) -> None:
    """Copy each function's source into the build, whose template points to where it was written."""
    template = root / BUILT / "template.yaml"
    text = template.read_text(encoding="utf-8")
    for name in _CODE.findall(text):
        target = root / BUILT / "functions" / name[1]
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(
            root / "functions" / name[1], target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    template.write_text(_CODE.sub(r"\1functions/\2", text), encoding="utf-8")


def places_of(built: Path) -> Iterator[tuple[Path, str]]:
    """Yield each folder with modules, and where Lambda has it."""
    for name in LAYERS:
        yield built / name / "python", "/opt/python"
    for folder in sorted((built / "functions").iterdir()):
        yield folder, "/var/task"


def compile_folder(python: str, folder: Path, shown: str) -> int:
    """Compile every module below a folder; return how many have bytecode that needs no source.

    shown: where the folder is at run time, for tracebacks.
    """
    for held in folder.rglob("__pycache__"):
        shutil.rmtree(held)
    # A package may carry a module for another version; that one has no bytecode, and fails where imported.
    options = ["-qq", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", shown]
    # What is left when time is up has no bytecode, and whoever counts names it.
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603  # our own modules, by a Python that was found
            [python, "-I", "-m", "compileall", *options, str(folder)], timeout=COMPILE_SECONDS, check=False
        )
    return sum(1 for _ in folder.rglob("*.pyc"))


def without_bytecode(folder: Path, version: str) -> Iterator[Path]:
    """Yield each module that has no bytecode of this version."""
    tag = f"cpython-{version.replace('.', '')}"
    for path in folder.rglob("*.py"):
        if not (path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc").exists():
            yield path


def _on_path(name: str) -> Iterator[str]:
    for place in os.environ.get("PATH", "").split(os.pathsep):
        found = shutil.which(name, path=place)
        if found:
            yield found


def _of_uv(version: str, root: Path) -> Iterator[str]:
    for folder in (root / FETCHED, Path.home() / ".local/share/uv/python"):
        yield from map(str, sorted(folder.glob(f"cpython-{version}.*/bin/python{version}"), reverse=True))


def _fetch(version: str, root: Path) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        return
    try:
        subprocess.run(  # noqa: S603  # the uv that was found
            [uv, "python", "install", "--quiet", "--no-bin", "--install-dir", root / FETCHED, version],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return


if __name__ == "__main__":
    sys.exit(main())
