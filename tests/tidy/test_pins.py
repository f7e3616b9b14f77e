"""Every package is pinned once, by hash, and nothing says from where it comes."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from tests.tidy.project import ROOT, names, text_of

FOLDER = ROOT / "requirements"
TOGETHER = ("core", "stripe", "pages", "dev", "uv")
# Installed into an environment of its own, since it pins what the others need in other versions.
APART = ("checkov",)
LOCKS = (*TOGETHER, *APART)
_PIN = re.compile(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)(.*)")


def _pins(name: str) -> dict[str, tuple[str, str]]:
    """Return the version of each pinned package, and what stands behind it."""
    found = _PIN.findall(text_of(FOLDER / f"{name}.txt").replace("\\\n", " "))
    return {
        re.sub(r"[-_.]+", "-", package).lower(): (version, rest) for package, version, rest in found
    }


def test_every_list_of_wishes_has_its_lock() -> None:
    stored = {name for name in names() if name.startswith("requirements/")}
    assert stored == {
        f"requirements/{name}{suffix}" for name in LOCKS for suffix in (".in", ".txt")
    }


@pytest.mark.parametrize(("one", "other"), list(combinations(TOGETHER, 2)))
def test_what_two_lists_share_is_pinned_alike(one: str, other: str) -> None:
    first, second = _pins(one), _pins(other)
    unlike = {
        package: (first[package][0], second[package][0])
        for package in first.keys() & second.keys()
        if first[package][0] != second[package][0]
    }
    assert unlike == {}


@pytest.mark.parametrize("layer", ["core", "stripe", "pages"])
def test_what_ships_is_what_is_tested(layer: str) -> None:
    assert _pins(layer).keys() - _pins("dev").keys() == set()


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_its_hashes(name: str) -> None:
    pins = _pins(name)
    assert pins
    assert [package for package, (_, rest) in pins.items() if "--hash=sha256:" not in rest] == []
    loose = [
        line
        for line in text_of(FOLDER / f"{name}.txt").splitlines()
        if line.strip() and not line.lstrip().startswith(("--hash=", "#")) and "==" not in line
    ]
    assert loose == []


@pytest.mark.parametrize(
    "name", [name for name in sorted(names()) if name.startswith("requirements/")]
)
def test_no_list_names_a_registry(name: str) -> None:
    text = text_of(ROOT / name)
    assert "://" not in text
    assert (
        re.search(r"(?m)^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text)
        is None
    )
