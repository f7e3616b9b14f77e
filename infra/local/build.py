"""Build the template with SAM, when something that the build reads has changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.local.cloud import CloudError

# Not the folder of `make build`, which has bytecode and copies of the functions.
BUILT = Path(".local/build/template.yaml")
# The first build downloads packages; later ones take about fifteen seconds.
BUILD_SECONDS = 600
STAMP = Path(".local/build/inputs.sha256")


def build(root: Path) -> Path:
    """Build into .local/build if its input changed, and return the built template's path.

    Raise CloudError if SAM fails.
    """
    inputs = digest_inputs(root)
    stamp, built = root / STAMP, root / BUILT
    if built.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == inputs:
        return built
    _run_sam(root)
    stamp.write_text(inputs, encoding="ascii")
    return built


def digest_inputs(root: Path) -> str:
    """Hash all input of `sam build`: the templates, the layers and the locked packages.

    Functions are not included: the built template refers to their source folders.
    """
    digest = hashlib.sha256()
    for path in sorted(_inputs(root)):
        digest.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _inputs(root: Path) -> Iterator[Path]:
    yield root / "template.yaml"
    yield from (root / "infra").glob("*.yaml")
    yield from (root / "infra/generated").glob("*.yaml")
    yield from (root / "requirements" / name for name in ("core.txt", "stripe.txt", "pages.txt"))
    for path in (root / "layers").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def _run_sam(root: Path) -> None:
    sam = Path(sys.executable).with_name("sam")
    # The environment may name a proxy or certificate. AWS is not called, so its variables are
    # removed.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    try:
        done = subprocess.run(  # noqa: S603  # the sam of this environment
            [sam, "build", "--template", "template.yaml", "--build-dir", BUILT.parent],
            cwd=root,
            env={**environment, "SAM_CLI_TELEMETRY": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CloudError(
            f"sam build took longer than {BUILD_SECONDS} s. Check the way to the package index."
        ) from None
    if done.returncode != 0:
        raise CloudError(f"sam build failed:\n{done.stdout.strip()}")
