"""Deployed bytecode is valid for all file dates and made by the runtime's Python, or absent."""

from __future__ import annotations

import os
import py_compile
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from infra import release

# Imports a module, and fails if anything of its folder had to be compiled for it.
TRY = """
import sys
from importlib import _bootstrap_external as loading
def refuse(self, data, path, **more):
    raise AssertionError(f"{path} was compiled")
loading.SourceLoader.source_to_code = refuse
sys.path.insert(0, sys.argv[1])
import parcel.room
print(parcel.room.handle())
"""
THE_ZIPS_DATE = 315_532_800  # 1980-01-01, as SAM's zips have it
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parcel").mkdir()
    (tmp_path / "parcel" / "__init__.py").write_text("")
    (tmp_path / "parcel" / "room.py").write_text("def handle(): pass\n")
    (tmp_path / "parcel" / "newer.py").write_text("this is of no Python =\n")
    return tmp_path


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    for path in folder.rglob("*.py"):
        os.utime(path, (THE_ZIPS_DATE, THE_ZIPS_DATE))
    return subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-B", "-c", TRY, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_bytecode_holds_with_the_dates_of_a_zip(folder: Path) -> None:
    assert release.compile_folder(sys.executable, folder, "/opt/python") == 2
    result = run(folder)
    assert result.stderr == ""
    assert result.stdout.strip() == "None"
    (written,) = (path.read_bytes() for path in folder.rglob("room.*.pyc"))
    assert b"/opt/python/parcel/room.py" in written
    assert str(folder).encode() not in written, "nothing of this machine is deployed"


def test_without_bytecode_all_is_compiled(folder: Path) -> None:
    assert "was compiled" in run(folder).stderr


def test_bytecode_of_before_is_replaced(folder: Path) -> None:
    release.compile_folder(sys.executable, folder, "/a")
    (folder / "parcel" / "room.py").write_text("def handle(): return 1\n")
    (folder / "parcel" / "newer.py").unlink()
    assert release.compile_folder(sys.executable, folder, "/b") == 2
    assert run(folder).stdout.strip() == "1"


def test_the_version_is_that_of_the_template() -> None:
    assert release.runtime_version(Path(__file__).resolve().parents[2]) == "3.13"


def test_a_python_of_another_version_or_broken_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python2.0"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert release.find_python("2.0", tmp_path, fetch=False) is None
    assert release.find_python("2.0", tmp_path, sys.executable, fetch=False) is None
    assert release.find_python(HERE, tmp_path, fetch=False) == sys.executable


def test_what_hangs_is_no_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*asked: object, **how: object) -> None:
        raise subprocess.TimeoutExpired("python", 30)

    monkeypatch.setattr(subprocess, "run", hang)
    assert not release.is_version("python", HERE)


def left(folder: Path) -> set[str]:
    return {path.name for path in release.without_bytecode([folder], sys.executable)}


def test_modules_that_have_no_bytecode_are_named(folder: Path) -> None:
    assert left(folder) == {"__init__.py", "room.py", "newer.py"}
    release.compile_folder(sys.executable, folder, "/opt/python")
    assert left(folder) == {"newer.py"}


def test_dated_or_foreign_bytecode_does_not_count(folder: Path) -> None:
    release.compile_folder(sys.executable, folder, "/opt/python")
    first, room = str(folder / "parcel/__init__.py"), folder / "parcel/room.py"
    py_compile.compile(first, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    assert left(folder) == {"newer.py", "__init__.py"}
    py_compile.compile(first, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    assert left(folder) == {"newer.py", "__init__.py"}
    stored = Path(cache_from_source(str(room)))
    stored.write_bytes(b"\0\0" + stored.read_bytes()[2:])
    assert left(folder) == {"newer.py", "__init__.py", "room.py"}, "its name alone says nothing"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to the root of a project that SAM has built."""
    (tmp_path / "functions" / "noun" / "one_job").mkdir(parents=True)
    (tmp_path / "functions" / "noun" / "one_job" / "app.py").write_text("")
    for name in ("OneLayer", "OtherLayer"):
        (tmp_path / release.BUILT / name / "python").mkdir(parents=True)
        (tmp_path / release.BUILT / name / "python" / "one.py").write_text("")
    (tmp_path / release.BUILT / "template.yaml").write_text(
        "      CodeUri: ../../functions/noun/one_job\n"
    )
    (tmp_path / "template.yaml").write_text(
        "Resources:\n"
        "  OneLayer: {Type: AWS::Serverless::LayerVersion}\n"
        "  OtherLayer: {Type: AWS::Serverless::LayerVersion}\n"
        "  Queue: {Type: AWS::SQS::Queue}\n"
        f"Globals: {{Function: {{Runtime: python{HERE}}}}}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bytecode(root: Path) -> int:
    return sum(1 for _ in (root / release.BUILT).rglob("*.pyc"))


def test_a_build_has_bytecode_for_all_that_is_deployed(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["release"])
    assert release.main() == 0
    assert f"3 modules of 3 folders have bytecode of Python {HERE}" in capsys.readouterr().out
    assert bytecode(built) == 3


def test_without_the_runtimes_python_a_build_has_no_bytecode(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["release", "--offline"])
    monkeypatch.setattr(release, "find_python", lambda *_, **__: None)
    assert release.main() == 0
    assert f"Install python{HERE}" in capsys.readouterr().out
    assert bytecode(built) == 0
    assert (built / release.BUILT / "functions/noun/one_job/app.py").exists()


def test_a_named_python_that_does_not_fit_fails_the_build(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["release", "--python", "/bin/false"])
    assert release.main() == 1
    assert f"/bin/false is not Python {HERE}" in capsys.readouterr().out
    assert bytecode(built) == 0


def test_functions_are_copied_into_the_build_with_its_template(
    tmp_path: Path,
) -> None:
    job = tmp_path / "functions" / "noun" / "one_job"
    (job / "__pycache__").mkdir(parents=True)
    (job / "app.py").write_text("")
    (job / "__pycache__" / "app.cpython-311.pyc").write_text("")
    built = tmp_path / release.BUILT
    built.mkdir(parents=True)
    (built / "template.yaml").write_text(
        "      CodeUri: ../../functions/noun/one_job\n      Other: x\n"
    )
    release.copy_functions(tmp_path, built)
    assert (
        built / "template.yaml"
    ).read_text() == "      CodeUri: functions/noun/one_job\n      Other: x\n"
    assert [path.name for path in (built / "functions" / "noun" / "one_job").rglob("*")] == [
        "app.py"
    ]
