"""Make what would be deployed, compiled by the Python that is measured, with the dates of a zip."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import botocore

from infra.local.build import build
from infra.local.template import load_template
from infra.release import compile_folder

ZIP_DATE = 315_532_800  # 1980-01-01, which SAM's zips give every file


# What pynamodb needs, as far as botocore's descriptions of services are concerned.
DESCRIPTIONS = ("endpoints.json", "dynamodb")


class Artefact:
    """The layers and functions as Lambda has them. folder: where to.

    library: the packages of the core layer as they are installed, with nothing cut out of them: what others
    are compared with.
    """

    def __init__(self, root: Path, folder: Path, python: Path) -> None:
        built = build(root).parent
        shutil.rmtree(folder, ignore_errors=True)
        self.core, self.functions = folder / "core", folder / "functions"
        self.library = folder / "library"
        self._shared = {"StripeLayer": folder / "stripe", "PagesLayer": folder / "pages"}
        self._layers = _layers_of(root)
        for source, target in (
            (built / "CoreLayer/python", self.core),
            *((built / name / "python", target) for name, target in self._shared.items()),
            (root / "functions", self.functions),
        ):
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(self.core, self.library, ignore=shutil.ignore_patterns("goodword"))
        for name in DESCRIPTIONS:
            _put_back(name, self.library)
        for place in (self.core, self.library, *self._shared.values()):
            compile_folder(str(python), place, "/opt/python")
        compile_folder(str(python), self.functions, "/var/task")
        _date_as_in_a_zip(folder)
        self._python = str(python)

    def redirect_alone(self, folder: Path, python: Path, *, compiled: bool) -> str:
        """Copy the redirect and what it imports, and return where it looks for modules.

        compiled: with bytecode as Python itself keeps it, fresh and checked against dates; else none, as SAM
        builds it.
        """
        shutil.rmtree(folder, ignore_errors=True)
        places = (
            (self.functions / "record_click", folder / "own"),
            (self.core / "goodword", folder / "core/goodword"),
        )
        for source, target in places:
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        if compiled:
            compiling = [str(python), "-I", "-m", "compileall", "-qq", str(folder)]
            subprocess.run(compiling, check=True)  # noqa: S603  # a Python that was found, and our folders
        else:
            _date_as_in_a_zip(folder)
        return os.pathsep.join((str(folder / "own"), str(folder / "core")))

    def without_bytecode(self) -> tuple[int, int]:
        """Return how many modules have no bytecode that is valid at run time, and how many there are."""
        places = (self.core, self.functions, *self._shared.values())
        return count_without_bytecode(places, self._python)

    def path_of(self, job: str) -> str:
        """Return where a function looks for modules, in Lambda's order: itself, then its layers."""
        own = [self._shared[name] for name in self._layers[job]]
        return os.pathsep.join(map(str, (self.functions / job, self.core, *own)))

    def jobs(self) -> list[str]:
        """Return every function of the template, by name."""
        return sorted(self._layers)

    def with_stripe(self, job: str) -> bool:
        """Say whether a function has Stripe's library."""
        return "StripeLayer" in self._layers[job]

    def stripe_path(self) -> str:
        """Return where Stripe's library and what it needs are."""
        return os.pathsep.join(map(str, (self.core, self._shared["StripeLayer"])))


def count_without_bytecode(places: Iterable[Path], python: str) -> tuple[int, int]:
    """Return how many modules have no bytecode that holds whatever their date, and how many there are.

    Such bytecode is of this Python, and says that it is not to be checked against its source (PEP 552: the
    first of its flags is set, and the second is not).
    """
    done = subprocess.run(  # noqa: S603  # a Python that was found
        [python, "-I", "-c", _HOW_BYTECODE_BEGINS], check=True, capture_output=True, text=True
    )
    tag, magic = done.stdout.split()
    wanted = bytes.fromhex(magic) + (1).to_bytes(4, "little")
    modules = [path for place in places for path in place.rglob("*.py")]
    valid = [_bytecode_of(path, tag)[: len(wanted)] == wanted for path in modules]
    return valid.count(False), len(valid)


_HOW_BYTECODE_BEGINS = """\
import importlib.util, sys
print(sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER.hex())"""


def _bytecode_of(module: Path, tag: str) -> bytes:
    held = module.parent / "__pycache__" / f"{module.stem}.{tag}.pyc"
    return held.read_bytes() if held.exists() else b""


def _date_as_in_a_zip(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (ZIP_DATE, ZIP_DATE))


def _put_back(name: str, library: Path) -> None:
    """Put what botocore's data have by this name in place of what the layer's build has left of it."""
    whole, cut = Path(botocore.__file__).parent / "data" / name, library / "botocore/data" / name
    if whole.is_dir():
        shutil.rmtree(cut)
        shutil.copytree(whole, cut)
    else:
        shutil.copy(whole, cut)


def _layers_of(root: Path) -> dict[str, list[str]]:
    """Return the layers that each function has beside the one of all, by the template."""
    resources = load_template(root / "template.yaml")["Resources"]
    return {
        Path(each["Properties"]["CodeUri"]).name: [
            layer["Ref"] for layer in each["Properties"].get("Layers", [])
        ]
        for each in resources.values()
        if each["Type"] == "AWS::Serverless::Function"
    }


def clean_python(python: str, folder: Path) -> Path:
    """Make an environment with nothing in it, so that a bare start is one."""
    shutil.rmtree(folder, ignore_errors=True)
    making = [python, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(making, check=True)  # noqa: S603  # a Python that was found, and our folder
    return folder / "bin" / "python"
