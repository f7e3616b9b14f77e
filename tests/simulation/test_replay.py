"""The same seed gives the same trace, whatever the hash seed of the interpreter."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import sys
sys.path[:0] = [".", "layers/core"]
from tests.simulation.runner import run_seed
print(*(run_seed(seed).digest for seed in range(1, 21)))
"""


def _digests(hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def test_a_seed_gives_the_same_trace_under_two_hash_seeds():
    first = _digests("1")
    assert len(first.split()) == 20
    assert _digests("2") == first
