"""The same seed gives the same trace, and what once found something is played again for good."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.kept import KEPT, KEPT_STATES, catches, mutant_of
from tests.simulation.runner import replay_command, run_seed
from tests.simulation.scenes import STATES

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


@pytest.mark.parametrize("kept", KEPT, ids=lambda each: f"{each.seed}-{each.mutant}")
def test_a_kept_seed_still_catches_its_mutant_and_nothing_else(kept):
    assert not run_seed(kept.seed).broken, replay_command(kept.seed)
    assert catches(kept.seed, mutant_of(kept.mutant)) == kept.found, "see kept.py"


def test_what_exhaustive_schedules_found_stays_a_start_state():
    assert KEPT_STATES.keys() <= {each.__name__ for each in STATES}
