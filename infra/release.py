"""Complete `sam build`: add bytecode for every deployed module, by the runtime's own Python.

SAM ships sources only, and a zip gives them dates that would invalidate dated bytecode on a
read-only disk. So every cold start would compile all imports: two to three times the work.
Unchecked bytecode is valid regardless of dates, but only for the Python that wrote it. So 3.13 must
be on this machine, or is downloaded. Without it the build is complete and slower.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from infra.local.template import load_template, resources_of

BUILT = Path(".aws-sam/build")
FETCHED = Path(".local/python")
FETCH_SECONDS = 300
# A layer takes about five seconds.
COMPILE_SECONDS = 120
_CODE = re.compile(r"(?m)^(\s+CodeUri: ).*?functions/(\w+/\w+)/?$")

FOUND = "{count} modules of {places} folders have bytecode of Python {version}, by {python}"
LEFT = "Without bytecode, since that Python cannot read them: {names}"
NOT_FITTING = (
    "{named} is not Python {version}, on which the functions run; so the build has no bytecode."
)
NOT_FOUND = """\
Python {version} is missing on this machine, and its download failed. So the build has no bytecode.
It is whole and works; only each cold start compiles what it imports (docs/performance.md, goal 4).
Install python{version} (as a package, with pyenv or `uv python install {version}`), or name one
with `make build RUNTIME_PYTHON=/path/to/python{version}`, and build again."""


def main() -> int:
    """Compile the build; print the result, or why nothing was compiled."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--python", default="", help="the runtime's Python; looked for if not given"
    )
    parser.add_argument("--offline", action="store_true", help="fetch none")
    asked = parser.parse_args()
    root = Path.cwd()
    built = root / BUILT
    version = runtime_version(root)
    python = find_python(version, root, asked.python, fetch=not asked.offline)
    copy_functions(root, built)
    if python is None and asked.python:
        print(NOT_FITTING.format(named=asked.python, version=version))
        return 1
    if python is None:
        print(NOT_FOUND.format(version=version))
        return 0
    places = list(compile_build(root, built, python))
    count = sum(1 for folder in places for _ in folder.rglob("*.pyc"))
    print(FOUND.format(count=count, places=len(places), version=version, python=python))
    left = sorted(path.name for path in without_bytecode(places, python))
    if left:
        print(LEFT.format(names=", ".join(left)))
    return 1 if left else 0


def runtime_version(root: Path) -> str:
    """Return the version of Python that the template's functions run on, such as 3.13."""
    runtime: str = load_template(root / "template.yaml")["Globals"]["Function"]["Runtime"]
    return runtime.removeprefix("python")


def find_python(version: str, root: Path, named: str = "", *, fetch: bool) -> str | None:
    """Return a Python of exactly this version.

    In order: the named one, this one, one on the path, one of uv, a download.
    """
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
    """Return whether this executable runs and has this version.

    A placeholder on the path may not.
    """
    try:
        result = subprocess.run(  # noqa: S603  # it says what it is, and is asked nothing else
            [python, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.stdout.strip() == version


def copy_functions(root: Path, built: Path) -> None:
    """Copy each function's source into the build, whose template refers to the original."""
    template = built / "template.yaml"
    text = template.read_text(encoding="utf-8")
    for name in _CODE.findall(text):
        target = built / "functions" / name[1]
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(
            root / "functions" / name[1],
            target,
            ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
        )
    template.write_text(_CODE.sub(r"\1functions/\2", text), encoding="utf-8")


def compile_build(root: Path, built: Path, python: str) -> Iterator[Path]:
    """Compile every layer and function of a build, and yield each folder once it is done."""
    for name in layers_of(root):
        compile_folder(python, built / name / "python", "/opt/python")
        yield built / name / "python"
    for folder in sorted((built / "functions").glob("*/*")):
        compile_folder(python, folder, "/var/task")
        yield folder


def layers_of(root: Path) -> list[str]:
    """Return every layer of the template, by name."""
    return list(
        resources_of(load_template(root / "template.yaml"), "AWS::Serverless::LayerVersion")
    )


def compile_folder(python: str, folder: Path, shown: str) -> int:
    """Compile every module of a folder; return how many have bytecode that needs no source.

    shown: the folder's path at run time, for tracebacks.
    """
    for stored in folder.rglob("__pycache__"):
        shutil.rmtree(stored)
    # A package may include a module for another version; it gets no bytecode, and fails only if
    # imported.
    options = ["-qq", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", shown]
    # A module left at the time limit has no bytecode; without_bytecode reports it.
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603  # our own modules, by a Python that was found
            [python, "-I", "-m", "compileall", *options, str(folder)],
            timeout=COMPILE_SECONDS,
            check=False,
        )
    return sum(1 for _ in folder.rglob("*.pyc"))


def without_bytecode(folders: Iterable[Path], python: str) -> Iterator[Path]:
    """Yield each module without bytecode that is valid regardless of its date.

    Valid bytecode is of this Python and unchecked (PEP 552: the first of its flags is set, and the
    second is not).
    """
    asked = [python, "-I", "-c", _HOW_BYTECODE_BEGINS]
    done = subprocess.run(  # noqa: S603  # a Python that was found
        asked, capture_output=True, text=True, timeout=30, check=True
    )
    tag, magic = done.stdout.split()
    wanted = bytes.fromhex(magic) + (1).to_bytes(4, "little")
    for path in (each for folder in folders for each in folder.rglob("*.py")):
        stored = path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc"
        if not stored.exists() or stored.read_bytes()[: len(wanted)] != wanted:
            yield path


_HOW_BYTECODE_BEGINS = """\
import importlib.util, sys
print(sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER.hex())"""


def _on_path(name: str) -> Iterator[str]:
    for place in os.environ.get("PATH", "").split(os.pathsep):
        found = shutil.which(name, path=place)
        if found:
            yield found


def _of_uv(version: str, root: Path) -> Iterator[str]:
    for folder in (root / FETCHED, Path.home() / ".local/share/uv/python"):
        yield from map(
            str, sorted(folder.glob(f"cpython-{version}.*/bin/python{version}"), reverse=True)
        )


def _fetch(version: str, root: Path) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        return
    try:
        subprocess.run(  # noqa: S603  # the uv that was found
            [
                uv,
                "python",
                "install",
                "--quiet",
                "--no-bin",
                "--install-dir",
                root / FETCHED,
                version,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return


if __name__ == "__main__":
    sys.exit(main())
