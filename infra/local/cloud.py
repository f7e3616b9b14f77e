"""Start and stop the local cloud: ministack on loopback, with each function's role enforced."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT = "000000000000"
# Ministack's root credentials, which are valid for the local cloud only.
ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105

START_SECONDS = 30.0
STOP_SECONDS = 3.0


class CloudError(RuntimeError):
    """The local cloud cannot do what was requested; the message says why and what to do."""


class Cloud:
    """A running ministack, as a context manager: it stops what it starts.

    folder: for its log, and its scratch files while it runs. port: 0 for any free one.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.port = port or free_port()
        self.endpoint = f"http://{HOST}:{self.port}"
        self.log = folder / "ministack.log"
        self._scratch = folder / f"scratch-{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start ministack and wait until it answers; raise CloudError if it does not."""
        refuse_taken_port(self.port)
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.guard"],
                cwd=Path(__file__).resolve().parents[2],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                # Its own process group: Ctrl-C reaches the launcher only, and stop() reaches the
                # workers too.
                start_new_session=True,
            )
        self._await_health()

    def stop(self) -> None:
        """Stop ministack and every worker that it started; do nothing if it is not running."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            # Ministack's workers are in its group, which remains after its leader has ended.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def client(self, service: str) -> Any:
        """Return a boto3 client for this cloud with an administrator's rights."""
        session: Any = boto3.session.Session()
        return session.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(
                retries={"total_max_attempts": 1}, read_timeout=120, s3={"addressing_style": "path"}
            ),
        )

    def _environment(self) -> dict[str, str]:
        """Return a minimal environment for ministack and the functions."""
        return {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": HOST,
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            # Its listener for devices would bind every interface.
            "IOT_MTLS_ENABLED": "0",
            "TMPDIR": str(self._scratch),
        }

    def _await_health(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if self._answers():
                return
            time.sleep(0.05)
        raise CloudError(
            f"The local cloud did not start. Its log, {self.log}, ends with:\n{tail(self.log)}"
        )

    def _answers(self) -> bool:
        """Return whether ministack answers and enforces roles."""
        try:
            address = f"{self.endpoint}/_ministack/health"
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  # our own
                return bool(json.load(answer).get("auth") == "enabled")
        except (OSError, ValueError):
            return False


def free_port() -> int:
    """Return a free port of the loopback address."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def refuse_taken_port(port: int) -> None:
    """Raise CloudError if the port is in use."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((HOST, port)) == 0:
            raise CloudError(
                f"Port {port} is taken: another local cloud may still be running. "
                "Stop it, or choose another port."
            )


def tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a text file, or a note that there are none."""
    if not path.exists():
        return "(nothing)"
    return (
        "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        or "(nothing)"
    )
