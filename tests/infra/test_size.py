"""The figures of a tree are counted from its files."""

from __future__ import annotations

from pathlib import Path

from infra.size import CORE, measure


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_modules_imports_and_the_longest_of_each_are_counted(tmp_path: Path) -> None:
    write(tmp_path, f"{CORE}/domain/links/link.py", "def one():\n    return 1\n")
    write(tmp_path, f"{CORE}/domain/money.py", f"WIDE = '{'x' * 100}'\n")
    imports = "from goodword.domain.links.link import one\nfrom goodword.domain.money import WIDE\n"
    write(tmp_path, "functions/links/record_click/app.py", imports)
    write(tmp_path, "template.yaml", "Resources: {}\n")
    found = measure(tmp_path)
    assert "| domain/links | 1 | 0 |" in found
    assert "| functions/links | 1 | 2 |" in found
    assert "Modules: 3, imports between folders: 2" in found
    assert f"Longest function: {CORE}/domain/links/link.py:one, 2 lines" in found
    assert "without tables: 1" in found
    assert "template.yaml: 14 bytes" in found
