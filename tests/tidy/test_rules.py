"""What the rooms of the layer keep away from: the environment, the clock, the screen, scans."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.tidy.project import LAYER, ROOT, files, modules, shown, text_of

CLOCKS = {"now", "utcnow", "today", "monotonic", "perf_counter", "time", "time_ns", "sleep"}
CHANCE = {"random", "secrets", "uuid", "shortuuid"}


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _imports(tree: ast.Module) -> set[str]:
    """Return every module that is imported, and every name taken out of one."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_only_app_py_reads_the_environment() -> None:
    readers = [
        f"{module}:{node.lineno}"
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("os", "environ"), ("os", "getenv"), ("os", "environb")}
    ]
    taken = [
        module for module, tree in modules().items() if _imports(tree) & {"os.environ", "os.getenv"}
    ]
    assert (readers, taken) == ([], [])


def test_nothing_in_the_layer_prints() -> None:
    loud = [
        f"{module}:{call.lineno}"
        for module, tree in modules().items()
        for call in _calls(tree)
        if isinstance(call.func, ast.Name) and call.func.id in ("print", "breakpoint", "input")
    ]
    assert loud == []


def test_domain_and_steps_read_no_clock_and_no_chance() -> None:
    """A clock and a maker of ids are handed in, so that any run can be replayed."""
    found = []
    for module, tree in modules().items():
        if not module.startswith(("domain/", "steps/")):
            continue
        found += [f"{module}: imports {name}" for name in _imports(tree) & (CHANCE | {"time"})]
        found += [
            f"{module}:{call.lineno}: {ast.unparse(call)}"
            for call in _calls(tree)
            if isinstance(call.func, ast.Attribute)
            and call.func.attr in CLOCKS
            and ast.unparse(call.func.value) in ("datetime", "date", "datetime.datetime", "time")
        ]
    assert found == []


def test_no_line_of_domain_and_steps_is_excluded() -> None:
    left_out = [
        f"{shown(path)}:{number}"
        for path in files()
        if path.is_relative_to(LAYER / "domain") or path.is_relative_to(LAYER / "steps")
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if re.search(r"#\s*pragma", line)
    ]
    assert left_out == []


def test_csv_is_written_in_one_place_which_neutralises_formulas() -> None:
    writers = [
        f"{folder.name}/{module}:{call.lineno}"
        for folder in (ROOT / "functions", ROOT / "infra", ROOT / "layers" / "core" / "goodword")
        for module, tree in modules(folder).items()
        for call in _calls(tree)
        if ast.unparse(call.func).rpartition(".")[2].lower() in ("writer", "dictwriter")
    ]
    assert {place.partition(":")[0] for place in writers} == {"goodword/pages/csv.py"}


def test_no_store_scans() -> None:
    scans = [
        f"{module}:{call.lineno}"
        for module, tree in modules().items()
        for call in _calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("scan", "batch_scan", "parallel_scan")
    ]
    assert scans == []


def test_no_client_is_built_at_import() -> None:
    """Only wire() builds clients, so that an import is cheap and tests can pass their own."""
    early = []
    for folder in (ROOT / "functions", ROOT / "layers" / "core" / "goodword"):
        for module, tree in modules(folder).items():
            outside = [
                node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)
            ]
            early += [
                f"{module}:{call.lineno}"
                for node in outside
                for call in ast.walk(node)
                if isinstance(call, ast.Call)
                and ast.unparse(call.func) in ("boto3.client", "boto3.resource", "wire")
            ]
    assert early == []
