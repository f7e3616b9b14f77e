"""Make what would be deployed, compiled by the Python that is measured, with the dates of a zip."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from infra.local.build import build
from infra.release import compile_folder

ZIP_DATE = 315_532_800  # 1980-01-01, which SAM's zips give every file


class Artefact:
    """The layers and functions as Lambda has them. folder: where to. compiled: with bytecode or without."""

    def __init__(self, root: Path, folder: Path, python: Path, *, compiled: bool = True) -> None:
        built = build(root).parent
        shutil.rmtree(folder, ignore_errors=True)
        self.core, self.stripe, self.functions = folder / "core", folder / "stripe", folder / "functions"
        for source, target in (
            (built / "CoreLayer/python", self.core),
            (built / "StripeLayer/python", self.stripe),
            (root / "functions", self.functions),
        ):
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        if compiled:
            for place, shown in ((self.core, "/opt/python"), (self.stripe, "/opt/python")):
                compile_folder(str(python), place, shown)
            compile_folder(str(python), self.functions, "/var/task")
        for path in folder.rglob("*"):
            os.utime(path, (ZIP_DATE, ZIP_DATE))

    def path_of(self, job: str, *, stripe: bool = False) -> str:
        """Return where a function looks for modules, in Lambda's order."""
        folders = [self.functions / job, self.core, *([self.stripe] if stripe else [])]
        return os.pathsep.join(map(str, folders))


def clean_python(python: str, folder: Path) -> Path:
    """Make an environment with nothing in it, so that a bare start is one."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)  # noqa: S603
    return folder / "bin" / "python"
