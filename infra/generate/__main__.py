"""Generate files from the tables, infra/access.yaml and infra/alarms.yaml.

generate [--check]. The files are committed, so that a reader and CloudFormation need no generator.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from infra.generate.alarms import render_alarms
from infra.generate.page import render_page
from infra.generate.roles import render_roles
from infra.generate.tables import render_tables

ROOT = Path(__file__).resolve().parents[2]
ROLES = "infra/generated/roles.yaml"
ALARMS = "infra/generated/alarms.yaml"
TABLES = "infra/generated/tables.yaml"
PAGE = "docs/access.md"
_FILES: dict[str, Callable[[], str]] = {
    ROLES: render_roles,
    ALARMS: render_alarms,
    TABLES: render_tables,
    PAGE: render_page,
}


def main() -> int:
    """Write every generated file; with --check write none, and fail if one is stale."""
    stale = {name: text for name, text in generate().items() if text != _read(ROOT / name)}
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"{name} is stale. Run: make generate")
        return 1 if stale else 0
    for name, text in stale.items():
        (ROOT / name).write_text(text, encoding="utf-8")
        print(f"Wrote {name}")
    return 0


def generate() -> dict[str, str]:
    """Return the text of every generated file, by its path from the root."""
    return {name: render() for name, render in _FILES.items()}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
