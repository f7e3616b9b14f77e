"""Build the deployment artefact with the measured Python, as `make build` does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import botocore

from infra.bench.count import BenchError, run
from infra.local.build import build
from infra.local.template import function_folders, load_template
from infra.release import compile_build, compile_folder, copy_functions, without_bytecode

ZIP_DATE = 315_532_800  # 1980-01-01, the date of every file in SAM's zips
MAKE_SECONDS = 120.0

# The service descriptions of botocore that pynamodb needs.
DESCRIPTIONS = ("endpoints.json", "dynamodb")


class Artefact:
    """The layers and functions as in Lambda.

    folder: the target. library: the packages of the core layer as installed, with nothing removed:
    the base of comparisons.
    """

    def __init__(self, root: Path, folder: Path, python: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        built = folder / "built"
        shutil.copytree(build(root).parent, built, ignore=shutil.ignore_patterns("__pycache__"))
        copy_functions(root, built)
        self._places = list(compile_build(root, built, str(python)))
        self._built, self._python = built, str(python)
        self.core, self.functions = built / "CoreLayer/python", built / "functions"
        self._folders = function_folders(built)
        self.library = folder / "library"
        self._layers = _layers_of(root)
        shutil.copytree(
            self.core, self.library, ignore=shutil.ignore_patterns("goodword", "__pycache__")
        )
        for name in DESCRIPTIONS:
            _put_back(name, self.library)
        compile_folder(str(python), self.library, "/opt/python")
        _date_as_in_a_zip(folder)

    def redirect_alone(self, folder: Path, python: Path, *, compiled: bool) -> str:
        """Copy the redirect and its imports, and return its module path.

        compiled: with Python's default bytecode, fresh and checked against dates; else none, as SAM
        builds it.
        """
        shutil.rmtree(folder, ignore_errors=True)
        places = (
            (self.functions / "links/record_click", folder / "own"),
            (self.core / "goodword", folder / "core/goodword"),
        )
        for source, target in places:
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        if compiled:
            compiling = [str(python), "-I", "-m", "compileall", "-qq", str(folder)]
            _run(compiling)
        else:
            _date_as_in_a_zip(folder)
        return os.pathsep.join((str(folder / "own"), str(folder / "core")))

    def without_bytecode(self) -> tuple[int, int]:
        """Return how many modules lack valid bytecode at run time, and how many there are."""
        modules = sum(1 for place in self._places for _ in place.rglob("*.py"))
        return sum(1 for _ in without_bytecode(self._places, self._python)), modules

    def path_of(self, job: str) -> str:
        """Return a function's module path in Lambda's order: its own code, then its layers."""
        own = [self._built / name / "python" for name in self._layers[job]]
        return os.pathsep.join(map(str, (self._folders[job], self.core, *own)))

    def jobs(self) -> list[str]:
        """Return every function of the template, by name."""
        return sorted(self._layers)

    def with_stripe(self, job: str) -> bool:
        """Return whether a function has Stripe's library."""
        return "StripeLayer" in self._layers[job]

    def library_with_stripe(self) -> str:
        """Return the folder of the comparison's packages, with Stripe's library beside them."""
        return os.pathsep.join(map(str, (self.library, self._built / "StripeLayer/python")))


def _date_as_in_a_zip(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (ZIP_DATE, ZIP_DATE))


def _put_back(name: str, library: Path) -> None:
    """Restore botocore's data of this name, which the layer's build has reduced."""
    whole, cut = Path(botocore.__file__).parent / "data" / name, library / "botocore/data" / name
    if whole.is_dir():
        shutil.rmtree(cut)
        shutil.copytree(whole, cut)
    else:
        shutil.copy(whole, cut)


def _layers_of(root: Path) -> dict[str, list[str]]:
    """Return the layers of each function beside the common one, by the template."""
    resources = load_template(root / "template.yaml")["Resources"]
    return {
        Path(each["Properties"]["CodeUri"]).name: [
            layer["Ref"] for layer in each["Properties"].get("Layers", [])
        ]
        for each in resources.values()
        if each["Type"] == "AWS::Serverless::Function"
    }


def clean_python(python: str, folder: Path) -> Path:
    """Make an empty environment, so that a bare start loads nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    making = [python, "-m", "venv", "--without-pip", str(folder)]
    _run(making)
    return folder / "bin" / "python"


def _run(command: list[str]) -> None:
    done = run(command, MAKE_SECONDS)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
