"""Print the size of the code: modules and imports of each folder, and what is longest.

`make size` prints this tree. `python -m infra.size FOLDER` prints another one, such as a worktree
of an older commit, so that a change of the layout can be compared.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORE = "layers/core/goodword"
COLUMNS = 100


def measure(root: Path) -> str:
    """Return the figures of a tree as a Markdown table for its folders and one line each."""
    modules = {path: ast.parse(path.read_text("utf-8")) for path in _modules(root)}
    folders = Counter(_folder(path, root) for path in modules)
    arrows = {
        (_folder(path, root), target)
        for path, tree in modules.items()
        for target in _imported(tree)
        if target in folders and target != _folder(path, root)
    }
    lines = ["| folder | modules | imports of other folders |", "|---|---:|---:|"]
    for folder, count in sorted(folders.items()):
        lines.append(f"| {folder} | {count} | {sum(source == folder for source, _ in arrows)} |")
    longest = max(modules, key=_length)
    function, size = max(_functions(modules, root), key=lambda each: each[1])
    wide = sum(_wide(path) for path in [*modules, *root.glob("*.md"), *root.glob("docs/**/*.md")])
    return "\n".join(
        [
            *lines,
            "",
            f"Modules: {len(modules)}, imports between folders: {len(arrows)}",
            f"Longest module: {longest.relative_to(root)}, {_length(longest)} lines",
            f"Longest function: {function}, {size} lines",
            f"Lines over {COLUMNS} columns in modules and pages, without tables: {wide}",
            f"template.yaml: {(root / 'template.yaml').stat().st_size} bytes",
        ]
    )


def _modules(root: Path) -> Iterator[Path]:
    for place in (CORE, "functions"):
        yield from sorted((root / place).rglob("*.py"))


def _folder(path: Path, root: Path) -> str:
    """Name the folder of a module: a package of the layer, with its noun if it has one."""
    parts = path.relative_to(root).parts
    inner = parts[len(Path(CORE).parts) :] if parts[0] == "layers" else parts
    return "/".join(inner[:-1][:2]) or "goodword"


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            parts = node.module.split(".")
            if parts[0] == "goodword":
                yield "/".join(parts[1:3])
                yield "/".join(parts[1:-1][:2]) or "goodword"


def _functions(modules: dict[Path, ast.Module], root: Path) -> Iterator[tuple[str, int]]:
    for path, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                yield f"{path.relative_to(root)}:{node.name}", node.end_lineno - node.lineno + 1


def _length(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def _wide(path: Path) -> int:
    lines = path.read_text("utf-8").splitlines()
    return sum(len(line) > COLUMNS and not re.match(r"\s*\|", line) for line in lines)


if __name__ == "__main__":
    print(measure(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT))
