"""A layer is one artefact for Lambda's arm64 and for a developer's machine.

Nothing in it is compiled.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest

from infra.local.template import function_folders
from tests.tidy.project import ROOT, functions, stack

# A function's unpacked code and layers may be 250 MB; what is far below starts fast.
LARGEST_MB = 40
# What may need the pages layer beside it.
RENDERING = (
    "goodword.pages.render",
    "goodword.pages.landing",
    "goodword.pages.qr",
    "goodword.http.pages",
    "goodword.http.console",
)
# The templates as Python, which only Jinja2 loads, with names that are no module's.
WRITTEN = "goodword.pages.written."
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

# Formats a day in each language.
DAYS = """
from datetime import date
from goodword.domain.locale import LOCALES
from goodword.pages.render import format_day
for locale in LOCALES:
    assert "2027" in format_day(date(2027, 3, 12), locale)
"""

# What Lambda itself does in a function's name, to bring it what is in its stream or its queue, and
# its log.
LAMBDAS_OWN = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sts:AssumeRole",
}
# A right that is asked for by another operation: a check within a transaction, a mail of one's own
# making.
BY_ANOTHER = {"dynamodb:ConditionCheckItem", "ses:SendRawEmail"}
# Says what a client of each service knows, with the folder of botocore that is first on the path.
DESCRIBE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import botocore, botocore.session
assert botocore.__file__.startswith(sys.argv[1]), botocore.__file__
session = botocore.session.get_session()
def shape(of, seen=()):
    if of is None or of.name in seen:
        return None
    seen = (*seen, of.name)
    inner = {name: shape(each, seen) for name, each in getattr(of, "members", {}).items()}
    if of.type_name == "list":
        inner["each"] = shape(of.member, seen)
    elif of.type_name == "map":
        inner.update(key=shape(of.key, seen), value=shape(of.value, seen))
    required = sorted(getattr(of, "required_members", ()))
    return [of.name, of.type_name, of.serialization, required, inner]
described = {}
for service, names in json.loads(sys.argv[2]).items():
    for region in ("eu-central-1", "us-gov-west-1", "cn-north-1", "ap-southeast-5"):
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        meta = session.create_client(service, region, **keys).meta
        described[f"{service} {region}"] = [meta.endpoint_url, meta.config.signature_version]
    model = meta.service_model
    described[service] = sorted(model.operation_names)
    for name in names:
        of = model.operation_model(name)
        described[f"{service} {name}"] = [
            of.http,
            shape(of.input_shape),
            shape(of.output_shape),
            sorted(each.name for each in of.error_shapes),
        ]
print(json.dumps(described))
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
    done = subprocess.run(  # noqa: S603  # our own build
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


def _modules_of(core: Path) -> list[str]:
    """Return our own modules in the core layer."""
    return [
        ".".join(path.relative_to(core).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((core / "goodword").rglob("*.py"))
    ]


def _failures(
    folders: list[Path], names: list[str], files: list[Path] | None = None
) -> dict[str, str]:
    asked = json.dumps(
        [[str(each) for each in folders], names, [str(each) for each in files or []]]
    )
    done = subprocess.run(  # noqa: S603  # our own build
        [sys.executable, "-S", "-E", "-s", "-P", "-B", "-c", TRY],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_files_linked_to_an_installers_cache_stay(tmp_path: Path) -> None:
    cached, data = tmp_path / "cached.json", tmp_path / "data"
    data.mkdir()
    whole = json.dumps({"partitions": [{"services": {"sqs": {}, "s3": {}}}]})
    cached.write_text(whole)
    (data / "endpoints.json").hardlink_to(cached)
    runpy.run_path(str(ROOT / "layers/core/trim.py"))["trim"](data)
    assert cached.read_text() == whole
    assert "s3" not in (data / "endpoints.json").read_text()


def test_the_core_layer_has_every_template_as_python(core: Path) -> None:
    pages = core / "goodword/pages"
    templates = [path for path in (pages / "templates").rglob("*") if path.is_file()]
    assert len(list((pages / "written").glob("*.py"))) == len(templates) > 0


def _calls() -> dict[str, list[str]]:
    """Return what functions call of each service, by layers/core/trim.py."""
    stored = runpy.run_path(str(ROOT / "layers/core/trim.py"))["OPERATIONS"]
    return {service: sorted(names) for service, names in stored.items()}


def _describe(folder: Path) -> dict[str, object]:
    done = subprocess.run(  # noqa: S603  # our own build
        [sys.executable, "-B", "-c", DESCRIBE, str(folder), json.dumps(_calls())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_layer_describes_called_operations_as_botocore_does(
    core: Path,
) -> None:
    whole = _describe(Path(botocore.__file__).parents[1])
    cut = _describe(core)
    for service, names in _calls().items():
        assert cut.pop(service) == names
        assert set(names) < set(whole.pop(service))
    assert cut == whole


def test_the_layer_describes_what_roles_allow() -> None:
    """A transaction needs no right of its own, but those of its parts."""
    prefixes = {"sesv2": "ses"}
    called = {
        f"{prefixes.get(service, service)}:{name}"
        for service, names in _calls().items()
        for name in names
    }
    allowed = set(_actions(stack())) - LAMBDAS_OWN - BY_ANOTHER
    assert allowed == called - {"dynamodb:TransactWriteItems"}


def _actions(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        stored = part.get("Action", [])
        yield from [stored] if isinstance(stored, str) else stored
        for each in part.values():
            yield from _actions(each)
    elif isinstance(part, list):
        for each in part:
            yield from _actions(each)


@pytest.mark.parametrize("layer", ["core", "stripe", "pages"])
def test_nothing_in_a_layer_is_compiled(layer: str, request: pytest.FixtureRequest) -> None:
    built: Path = request.getfixturevalue(layer)
    stored = [path for path in built.rglob("*") if path.is_file()]
    assert stored
    compiled = [
        path.name
        for path in stored
        if ".so" in path.suffixes or path.suffix in (".pyd", ".dylib", ".pyc")
    ]
    assert compiled == []
    assert sum(path.stat().st_size for path in stored) < LARGEST_MB * 1024 * 1024


def test_every_package_of_the_layer_imports_without_compiled_parts(core: Path) -> None:
    found = list(_top_level(core))
    assert {"goodword", "boto3", "pynamodb", "yaml"} <= set(found)
    assert _failures([core], found) == {}


def test_every_module_imports_from_the_core_layer_alone(core: Path) -> None:
    """Only billing needs the stripe layer beside it, and what renders the pages layer."""
    apart = ("goodword.billing.", WRITTEN, *RENDERING)
    plain = [name for name in _modules_of(core) if not name.startswith(apart)]
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
    rendering = [name for name in _modules_of(core) if name.startswith(RENDERING)]
    assert _failures([core, pages], [*found, *rendering]) == {}


def test_the_pages_layer_has_the_dates_of_every_language(
    core: Path, pages: Path, tmp_path: Path
) -> None:
    file = tmp_path / "days.py"
    file.write_text(DAYS)
    assert _failures([core, pages], [], [file]) == {}


def test_every_function_imports_with_the_layers_that_it_has(
    core: Path, stripe: Path, pages: Path
) -> None:
    folders = {"StripeLayer": stripe, "PagesLayer": pages}
    groups: dict[tuple[str, ...], list[Path]] = {}
    for job, stored in functions().items():
        named = tuple(sorted(each["Ref"] for each in stored.get("Layers", [])))
        groups.setdefault(named, []).append(function_folders()[job] / "app.py")
    for named, apps in groups.items():
        assert _failures([core, *(folders[each] for each in named)], [], apps) == {}, named
