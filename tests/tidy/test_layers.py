"""A layer is one artefact for Lambda's arm64 and for a developer's machine: nothing in it is compiled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.house import ROOT, functions

# A function's unpacked code and layers may be 250 MB; what is far below starts fast.
LARGEST_MB = 40
# What needs the pages layer beside it.
RENDERING = ("goodword.pages.render", "goodword.pages.landing", "goodword.edge.web", "goodword.edge.portal")
# Tried by itself, with nothing but the standard library beside the given folders.
TRY = """
import importlib, importlib.util, json, sys
folders, names, files = json.loads(sys.stdin.read())
sys.path[:0] = folders
failed = {}
for name in names:
    try:
        module = importlib.import_module(name)
        origin = getattr(module, "__file__", None) or str(list(module.__path__)[0])
        if not origin.startswith(tuple(folders)):
            failed[name] = "came from " + origin
    except BaseException as error:
        failed[name] = f"{type(error).__name__}: {error}"
for place, file in enumerate(files):
    spec = importlib.util.spec_from_file_location(f"function_{place}", file)
    try:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    except BaseException as error:
        failed[file] = f"{type(error).__name__}: {error}"
print(json.dumps(failed))
"""


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the core layer, its packages kept from the last time if nothing about them changed."""
    return _build("core", "CoreLayer", tmp_path_factory.mktemp("core"))


@pytest.fixture(scope="module")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the stripe layer."""
    return _build("stripe", "StripeLayer", tmp_path_factory.mktemp("stripe"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the pages layer."""
    return _build("pages", "PagesLayer", tmp_path_factory.mktemp("pages"))


def _build(layer: str, resource: str, made: Path) -> Path:
    make = shutil.which("make")
    assert make is not None
    done = subprocess.run(  # noqa: S603
        [make, "--silent", f"build-{resource}", f"ARTIFACTS_DIR={made}"],
        cwd=ROOT / "layers" / layer,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return made / "python"


def _top_level(layer: Path) -> Iterator[str]:
    for path in sorted(layer.iterdir()):
        if path.suffix == ".py":
            yield path.stem
        elif path.is_dir() and not path.name.endswith(".dist-info"):
            yield path.name


def _failures(folders: list[Path], names: list[str], files: list[Path] | None = None) -> dict[str, str]:
    asked = json.dumps([[str(each) for each in folders], names, [str(each) for each in files or []]])
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-S", "-E", "-s", "-P", "-B", "-c", TRY],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("layer", ["core", "stripe", "pages"])
def test_nothing_in_a_layer_is_compiled(layer: str, request: pytest.FixtureRequest) -> None:
    built: Path = request.getfixturevalue(layer)
    held = [path for path in built.rglob("*") if path.is_file()]
    assert held
    compiled = [
        path.name for path in held if ".so" in path.suffixes or path.suffix in (".pyd", ".dylib", ".pyc")
    ]
    assert compiled == []
    assert sum(path.stat().st_size for path in held) < LARGEST_MB * 1024 * 1024


def test_every_package_of_the_core_layer_imports_without_its_compiled_part(core: Path) -> None:
    found = list(_top_level(core))
    assert {"goodword", "boto3", "pynamodb", "yaml"} <= set(found)
    assert _failures([core], found) == {}


def test_every_module_of_the_house_imports_from_the_core_layer_alone(core: Path) -> None:
    """Only billing needs the stripe layer beside it, and what renders the pages layer."""
    house = [
        ".".join(path.relative_to(core).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((core / "goodword").rglob("*.py"))
    ]
    apart = ("goodword.billing.", *RENDERING)
    plain = [name for name in house if not name.startswith(apart)]
    assert _failures([core], plain) == {}


def test_the_stripe_layer_imports_beside_the_core_layer(core: Path, stripe: Path) -> None:
    found = list(_top_level(stripe))
    assert "stripe" in found
    assert set(found) & set(_top_level(core)) == set(), "in both layers"
    assert _failures([core, stripe], [*found, "goodword.billing.stripe_billing"]) == {}


def test_the_pages_layer_imports_beside_the_core_layer(core: Path, pages: Path) -> None:
    found = list(_top_level(pages))
    assert {"jinja2", "babel", "segno"} <= set(found)
    assert set(found) & set(_top_level(core)) == set(), "in both layers"
    assert _failures([core, pages], [*found, *RENDERING]) == {}


def test_every_function_imports_with_the_layers_that_it_has(core: Path, stripe: Path, pages: Path) -> None:
    folders = {"StripeLayer": stripe, "PagesLayer": pages}
    groups: dict[tuple[str, ...], list[Path]] = {}
    for job, held in functions().items():
        named = tuple(sorted(each["Ref"] for each in held.get("Layers", [])))
        groups.setdefault(named, []).append(ROOT / "functions" / job / "app.py")
    for named, apps in groups.items():
        assert _failures([core, *(folders[each] for each in named)], [], apps) == {}, named
