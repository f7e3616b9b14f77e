"""The same seed gives the same trace, and what once found something is played again for good."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation.choices import unpack
from tests.simulation.kept import (
    KEPT,
    KEPT_PLACEMENTS,
    KEPT_STATES,
    KeptPlacement,
    KeptSchedule,
    catches,
    describe_placement,
    describe_schedule,
    fits_no_more,
    follow_placement,
    follow_schedule,
    kept_schedules,
    mutant_of,
    read_schedule,
)
from tests.simulation.mutants import mutated
from tests.simulation.runner import follow, note_choices, replay_command, run_seed
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


# --- by the list of its choices -------------------------------------------------------------------


def look_again(kept, play_it):
    """Play what was kept.

    Where the steps have changed so that it does not fit, say how to record it again.
    """
    broken, drifted = play_it(kept)
    assert not broken, f"{kept.found} was mended, and now: {broken}"
    if kept.mutant:
        with mutated(mutant_of(kept.mutant)):
            broken, drifted = play_it(kept)
    assert not drifted, fits_no_more(drifted, kept.mutant)
    if kept.mutant:
        assert broken == kept.found


@pytest.mark.parametrize("name", kept_schedules())
def test_a_kept_schedule_breaks_nothing_but_under_its_mutant(name):
    look_again(kept_schedules()[name], follow_schedule)


@pytest.mark.parametrize("kept", KEPT_PLACEMENTS, ids=lambda each: each.state)
def test_a_kept_placement_breaks_nothing_but_under_its_mutant(kept):
    look_again(kept, follow_placement)


def test_a_list_that_does_not_fit_fails_with_a_remedy():
    with pytest.raises(AssertionError, match=r"choice 2 of 3 .*kept keep SEED"):
        look_again(KeptPlacement("pending_due", (0, 99, 1), "anything"), follow_placement)


@pytest.mark.parametrize("seed", [1, 4, 20])
def test_the_list_of_a_seeds_choices_is_its_schedule(seed):
    outcome, choices = note_choices(seed)
    again = follow(unpack(choices.pack()))
    assert outcome.digest == again.digest == run_seed(seed).digest
    assert again.drifted == ""


def test_a_list_means_the_same_if_its_seed_changes_meaning():
    outcome, choices = note_choices(4)
    assert follow(replace(choices, seed=99)).digest == outcome.digest


def test_a_list_that_does_not_fit_continues_by_chance():
    _, choices = note_choices(4)
    numbers = list(choices.numbers)
    numbers[100] = (10_007, 3)
    again = follow(replace(choices, numbers=tuple(numbers)))
    assert again.drifted == f"choice 101 of {len(numbers)} is another one now"
    assert not again.broken


def test_one_id_more_shifts_no_choice():
    _, choices = note_choices(4)
    assert follow(replace(choices, ids=("abc", *choices.ids))).drifted == ""


def test_a_placement_that_fits_no_more_says_where():
    broken, drifted = follow_placement(KeptPlacement("pending_due", (0, 99, 1), "anything"))
    assert (broken, drifted) == ("", "choice 2 of 3 is another one now")
    assert "is gone" in follow_placement(KeptPlacement("of_yore", (0,), "anything"))[1]


def test_the_printed_line_of_a_breaking_seed_is_keepable():
    with mutated(mutant_of("an_unanswered_write_is_a_yes")):
        notified = describe_schedule(33)
        kept = read_schedule(notified.partition("\n")[2])
        assert follow_schedule(kept) == ("nothing_is_sent_that_was_not_taken", "")
    assert kept == read_schedule(kept.write())
    assert isinstance(kept, KeptSchedule)


def test_the_printed_line_of_a_breaking_placement_is_keepable():
    notified = describe_placement("pending_due", [0, 1], "no_limit_is_passed: too much")
    line = notified.splitlines()[-1].strip().removesuffix(",")
    kept = eval(line)  # noqa: S307  # our own
    assert kept == KeptPlacement("pending_due", (0, 1), "no_limit_is_passed")
