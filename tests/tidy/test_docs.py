"""What the documents name is there: paths, links, targets, commands, numbers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import typer.main

from infra.cli.main import app
from tests.tidy.project import ROOT, files, names, shown, text_of

PAGES = [path for path in files() if path.suffix == ".md"]
DECISIONS = ROOT / "docs" / "decisions"
NEEDED = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/openapi.yaml")
# Made by a build or by a person, and so not in the project.
MADE = (".aws-sam/", ".venv/", ".local/", "samconfig.toml")
SUFFIXES = (".md", ".py", ".yaml", ".yml", ".toml", ".json", ".txt", ".in", ".svg")

_FENCE = re.compile(r"(?ms)^\s*```.*?^\s*```\s*$")
_QUOTED = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_MAKE = re.compile(r"(?:^|[\s`(])make ([a-z][a-z-]*)")
_COMMAND = re.compile(r"(?:^|[\s`/])goodword ((?:[^`\n|&;#]|\{[^}]*\})+)")


def _codes(path: Path) -> list[str]:
    """Return what stands as code in a page: what is quoted, and the lines of its blocks."""
    text = text_of(path)
    blocks = [line for block in _FENCE.findall(text) for line in block.strip().splitlines()[1:-1]]
    prose = _FENCE.sub("", text)
    return [" ".join(quoted.split()) for quoted in _QUOTED.findall(prose)] + blocks


def test_the_documents_that_a_reader_looks_for_are_there() -> None:
    assert [name for name in NEEDED if name not in names()] == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    missing = []
    for target in _LINK.findall(_FENCE.sub("", text_of(page))):
        if "://" in target or target.startswith("mailto:"):
            continue
        place, _, anchor = target.partition("#")
        path = (page.parent / place).resolve() if place else page
        there = path.is_relative_to(ROOT) and shown(path) in names()
        if not there or (anchor and anchor not in _anchors(path)):
            missing.append(target)
    assert missing == []


@pytest.mark.parametrize("page", ["README.md", "docs/deploy.md"])
def test_a_page_names_the_place_of_its_commands(page: str) -> None:
    text = text_of(ROOT / page)
    for command in ("sam deploy", "goodword init"):
        assert 0 < text.find("source .venv/bin/activate") < text.find(command)
    assert ".venv/bin/sam" not in text


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.+)$", text_of(path))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    missing = [
        part
        for code in _codes(page)
        for part in code.split()
        if _is_path(part) and not _is_there(part.strip(",;:()"), page)
    ]
    assert missing == []


def _is_path(part: str) -> bool:
    part = part.strip(",;:()")
    if (
        not re.fullmatch(r"[\w.<>{}*/-]+", part)
        or part.startswith(("/", *MADE))
        or part.startswith(".")
    ):
        return False
    first = part.split("/", 1)[0]
    return part.endswith(SUFFIXES) or ("/" in part and first in names())


def _is_there(part: str, page: Path) -> bool:
    """Look from the root, beside the page.

    By the end of a path, as `steps/repeat.py` is written.
    """
    pattern = re.sub(r"<[^>]*>|\{[^}]*\}", "*", part.rstrip("/"))
    beside = str((page.parent / pattern).relative_to(ROOT)) if page.parent != ROOT else pattern
    return any(
        fnmatch(name, pattern) or fnmatch(name, f"*/{pattern}") or fnmatch(name, beside)
        for name in names()
    )


# ---- Commands ------------------------------------------------------------------------------------


def _targets() -> frozenset[str]:
    return frozenset(re.findall(r"(?m)^([a-z][a-z-]*):", text_of(ROOT / "Makefile")))


@pytest.mark.parametrize("page", [*PAGES, ROOT / ".ci" / "run"], ids=shown)
def test_every_make_target_that_is_named_is_there(page: Path) -> None:
    codes = _codes(page) if page.suffix == ".md" else text_of(page).splitlines()
    named = {target for code in codes for target in _MAKE.findall(code)}
    assert named - _targets() == set()


def test_every_target_says_what_it_does() -> None:
    said = set(re.findall(r"(?m)^([a-z][a-z-]*):.*## \S", text_of(ROOT / "Makefile")))
    assert _targets() - said == set()


def _commands() -> Iterator[tuple[str, str]]:
    """Yield where each `goodword …` is written: in the pages, and in what the program says."""
    for path in files():
        if path.suffix == ".md":
            lines = _codes(path)
        elif path.suffix in (".py", ".yaml") and not path.is_relative_to(ROOT / "tests"):
            lines = [f"`{quoted}`" for quoted in _QUOTED.findall(" ".join(text_of(path).split()))]
        else:
            continue
        for line in lines:
            yield from (
                (shown(path), result.strip())
                for result in _COMMAND.findall(f" {line}")
                if result.strip()
            )


def _what_is_wrong(command: str) -> str:
    """Follow a command down the tree; return what it names that is not there."""
    stored: Any = typer.main.get_command(app)
    parts = [part for part in command.split() if part not in ("…", "...")]
    known = {option for each in stored.params for option in each.opts}
    while parts and hasattr(stored, "commands") and re.fullmatch(r"[a-z][a-z-]*", parts[0]):
        if parts[0] not in stored.commands:
            return f"no command {parts[0]!r}"
        stored = stored.commands[parts.pop(0)]
        known |= {option for each in stored.params for option in each.opts}
    options = {
        part.partition("=")[0] for part in parts if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", part)
    }
    unknown = options - known - {"--help"}
    return f"no option {', '.join(sorted(unknown))}" if unknown else ""


def test_every_command_that_is_named_is_there_with_its_options() -> None:
    result = list(_commands())
    assert len(result) > 10, "the commands are not found any more"
    wrong = {
        f"{where}: goodword {command}: {why}"
        for where, command in result
        if (why := _what_is_wrong(command))
    }
    assert sorted(wrong) == []


def _command_of(command: str) -> tuple[Any, list[str]]:
    """Return the command that is named, and the words that follow its name."""
    stored: Any = typer.main.get_command(app)
    parts = command.split()
    while parts and hasattr(stored, "commands") and parts[0] in stored.commands:
        stored = stored.commands[parts.pop(0)]
    return stored, parts


def _lacks(command: str) -> list[str]:
    """Return the required options that a written command lacks."""
    stored, parts = _command_of(command)
    if not parts or "…" in parts:
        return []
    return [
        each.opts[0]
        for each in stored.params
        if getattr(each, "required", False)
        and each.opts[0].startswith("--")
        and not set(each.opts) & {*parts}
    ]


def _asks_for_the_stack(command: str) -> bool:
    """Say whether a command would ask for the stack.

    One without its arguments is only spoken of.
    """
    stored, parts = _command_of(command)
    needed = [
        each for each in stored.params if each.param_type_name == "argument" and each.required
    ]
    takes = any("--stack" in each.opts for each in stored.params)
    return takes and "--stack" not in parts and (bool(parts) or not needed)


def test_a_written_command_has_its_required_options() -> None:
    assert {command: lacks for _, command in _commands() if (lacks := _lacks(command))} == {}


@pytest.mark.parametrize(
    "page", ["README.md", "docs/deploy.md", "docs/runbook.md", "docs/staff.md"]
)
def test_a_page_names_the_stack_before_its_commands(page: str) -> None:
    text = " ".join(text_of(ROOT / page).split())
    for where, command in _commands():
        if where == page and _asks_for_the_stack(command):
            before = text[: text.find(f"goodword {command}")]
            assert re.search(r"GOODWORD_STACK=\S+ AWS_REGION=\S", before), command


# ---- Numbers -------------------------------------------------------------------------------------


def test_decisions_are_numbered_each_once_and_listed() -> None:
    found = sorted(
        path.name for path in files() if path.parent == DECISIONS and path.name != "README.md"
    )
    numbers = [int(name[:4]) for name in found]
    assert found
    assert len(set(numbers)) == len(numbers)
    listed = re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", text_of(DECISIONS / "README.md"))
    assert listed == found


def test_the_architecture_lists_the_kernel_of_the_import_rules() -> None:
    rules = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in rules if each.get("containers") == ["goodword.domain"])
    listed = re.search(r"kernel files flat \(([^)]*)\)", text_of(ROOT / "ARCHITECTURE.md"))
    assert listed is not None
    assert re.findall(r"\w+", listed[1]) == re.findall(r"\w+", layers[-1])


def test_the_changelog_begins_with_the_version_of_the_project() -> None:
    version = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["version"]
    headings = re.findall(r"(?m)^## \[?([0-9.]+|Unreleased)\]?", text_of(ROOT / "CHANGELOG.md"))
    assert version in headings[:2], "the newest version, or the one below what is not released yet"
