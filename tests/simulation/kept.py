"""Schedules that once found something, each played again in every run of the tests.

A seed is worth what its schedule does, and that changes with all that draws from the seed. So each
seed is kept with the mutant that it catches. Once it no longer does, `python -m
tests.simulation.kept` names the first seed that does, and that takes its place. What exhaustive
schedules found is kept as a start state.

A schedule that breaks what must hold is printed as the list of its choices, and that is kept, since
its seed will mean something else once the steps have changed: a random one as a file in
`kept_schedules/` (`python -m tests.simulation.kept keep SEED NAME` writes it, on the code that
breaks; what was printed is the same), a placement as a line of KEPT_PLACEMENTS. Where later steps
make the list not fit, its test fails and says how to record it again: as the list of a mutant that
breaks the same, or as a start state.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.simulation.baton import Broken
from tests.simulation.choices import Choices, unpack
from tests.simulation.exhaustive import play
from tests.simulation.mutants import MUTANTS, Mutant, mutated
from tests.simulation.runner import follow, note_choices, run_seed
from tests.simulation.scenes import STATES


@dataclass(frozen=True)
class Kept:
    """One seed, the mutant that it catches, and the invariant by which it does."""

    seed: int
    mutant: str
    found: str


KEPT: Final[tuple[Kept, ...]] = (
    Kept(1, "a_random_key", "a_key_never_meets_other_parameters"),
    Kept(5, "one_key_for_both", "no_old_key_is_sent"),
    Kept(1, "parameters_that_drift", "a_key_never_meets_other_parameters"),
    Kept(1, "a_key_without_end", "no_old_key_is_sent"),
    Kept(1, "no_list_after_expiry", "at_most_one_effect"),
    Kept(5, "the_first_page_only", "the_audit_cries_no_wolf"),
    Kept(1, "a_status_before_its_effect", "what_is_posted_stands_at_stripe"),
    Kept(1, "no_taking", "nothing_is_sent_that_was_not_taken"),
    Kept(5, "no_condition", "a_row_moves_by_one_revision"),
    Kept(33, "an_unanswered_write_is_a_yes", "nothing_is_sent_that_was_not_taken"),
    Kept(88, "a_token_per_invocation", "nothing_is_sent_that_was_not_taken"),
    Kept(1, "no_lease", "a_send_is_under_a_lease"),
    Kept(69, "no_quiet_time", "an_effect_is_expected"),
    Kept(14, "no_two_days_after_a_500", "a_500_is_waited_out"),
    Kept(90, "a_500_is_forgotten", "all_is_settled_within_two_sweeps"),
    Kept(14, "a_new_key_after_a_500", "after_a_500_only_a_person_gives_a_new_key"),
    Kept(5, "a_credit_is_canceled_while_it_is_sent", "what_stands_at_stripe_is_not_given_up"),
    Kept(5, "no_mark_while_it_is_sent", "what_is_not_met_is_given_up"),
    Kept(10, "a_mark_that_stays", "a_won_deal_has_no_mark"),
    Kept(5, "a_reversal_in_a_transaction_of_its_own", "a_lost_deal_keeps_no_credit"),
    Kept(14, "an_order_that_the_sale_calls_off", "what_a_person_takes_back_stays_so"),
    Kept(31, "a_credit_again_after_its_reversal", "a_status_moves_only_as_it_may"),
    Kept(165, "a_deal_that_is_won_again_pays_by_itself", "what_is_won_again_waits_for_a_person"),
    Kept(165, "a_deal_that_is_won_again_is_forgotten", "what_is_due_in_the_end_is_at_stripe"),
    Kept(72, "a_deal_that_is_reopened_is_paid", "what_is_not_met_is_given_up"),
    Kept(500, "a_new_key_for_a_deal_that_is_reopened", "what_is_not_met_is_given_up"),
    Kept(10, "a_deal_that_pays_under_two_names", "one_credit_of_a_milestone_is_owed"),
    Kept(
        817,
        "a_canceled_credit_that_was_sent_revives",
        "a_canceled_credit_that_was_sent_stays_canceled",
    ),
    Kept(5, "arrival_order", "no_fact_goes_back"),
    Kept(8, "a_deal_that_pays_each", "one_deal_pays_once"),
    Kept(48, "limits_that_are_not_looked_at", "no_limit_is_passed"),
    Kept(4, "limits_that_are_not_given_back", "no_limit_is_passed"),
    Kept(1, "an_entry_that_is_missing", "the_ledger_stands_where_the_credit_does"),
    Kept(1, "messages_alone", "an_aged_key_is_settled_within_26_hours"),
    Kept(8, "nobody_asks_the_crm", "every_acknowledged_event_is_applied"),
    Kept(267, "a_question_that_is_lost", "every_acknowledged_event_is_applied"),
    Kept(258, "the_whole_under_the_name_of_its_part", "every_acknowledged_event_is_applied"),
    Kept(6, "no_signature", "a_forged_request_writes_nothing"),
    Kept(17752, "the_newest_credit_first", "what_invoices_took_is_marked"),
)
# Found by playing start states exhaustively; the state stays among them.
KEPT_STATES: Final[dict[str, str]] = {
    "later_than_promised": "A worker found the late effect of a 500, took the credit, and died"
    " before it adopted that; the next one sent the new key: two credits."
    " Fixed by a search before each later key.",
}


@dataclass(frozen=True)
class KeptSchedule:
    """A random schedule by its choices. found: the invariant that broke. mutant: on whose code.

    Or none.
    """

    found: str
    mutant: str
    choices: Choices

    def write(self) -> str:
        """Return the text of its file."""
        return f"found: {self.found}\nmutant: {self.mutant}\n{self.choices.pack()}\n"


@dataclass(frozen=True)
class KeptPlacement:
    """A placement of preemptions and faults by its start state and choices.

    The rest as of a schedule.
    """

    state: str
    choices: tuple[int, ...]
    found: str
    mutant: str = ""


FOLDER: Final = Path(__file__).with_name("kept_schedules")
KEPT_PLACEMENTS: Final[tuple[KeptPlacement, ...]] = (
    KeptPlacement(
        "sending_lapsed",
        (0, 0, 0, 0, 3, 0, 0),
        "nothing_is_sent_that_was_not_taken",
        "an_unanswered_write_is_a_yes",
    ),
    KeptPlacement(
        "pending_lost",
        (0, 0, 0, 0, 0, 0, 0, 0, 1, 0),
        "what_is_not_met_is_given_up",
        "no_mark_while_it_is_sent",
    ),
)


def read_schedule(text: str) -> KeptSchedule:
    """Read the text of a kept schedule."""
    found, mutant, packed = text.split("\n", 2)
    return KeptSchedule(
        found.removeprefix("found: "), mutant.removeprefix("mutant:").strip(), unpack(packed)
    )


def kept_schedules() -> dict[str, KeptSchedule]:
    """Return the schedules that are kept, by name."""
    return {path.stem: read_schedule(path.read_text()) for path in sorted(FOLDER.glob("*.txt"))}


def describe_schedule(seed: int) -> str:
    """Return a seed that breaks as text to keep."""
    outcome, choices = note_choices(seed)
    text = KeptSchedule(outcome.invariant, "", choices).write()
    return f"To keep it, put this into tests/simulation/kept_schedules/NAME.txt:\n{text}"


def describe_placement(state: str, choices: Sequence[int], broken: str) -> str:
    """Return a placement that breaks as a line to keep."""
    kept = KeptPlacement(state, tuple(choices), broken.partition(":")[0])
    return (
        f"{broken}\nTo keep it, add this to KEPT_PLACEMENTS in tests/simulation/kept.py:\n"
        f"    {kept!r},"
    )


def follow_schedule(kept: KeptSchedule) -> tuple[str, str]:
    """Play a kept schedule; return the invariant that breaks, and where it did not fit."""
    try:
        outcome = follow(kept.choices)
    except Broken as broken:  # a mutant may break the start state before it is played
        return broken.invariant, ""
    return outcome.invariant, outcome.drifted


def follow_placement(kept: KeptPlacement) -> tuple[str, str]:
    """Play a kept placement; return the invariant that breaks, and where it did not fit."""
    state = next((each for each in STATES if each.__name__ == kept.state), None)
    if state is None:
        return "", f"the start state {kept.state} is gone"
    try:
        script, _, broken = play(state().start(), list(kept.choices))
    except Broken as early:
        return early.invariant, ""
    return "" if broken is None else broken.invariant, script.drifted


def fits_no_more(drifted: str, mutant: str) -> str:
    """Say how to record a kept list again whose choices the steps no longer ask for."""
    name = mutant or "MUTANT"
    return (
        f"This list does not fit: {drifted}. Record it again, so that its find stays covered."
        f" `python -m tests.simulation.kept` names a seed that catches {name}, which breaks"
        f" what was fixed, and `python -m tests.simulation.kept keep SEED NAME {name}` writes its"
        " schedule. A placement is what tests/simulation/test_exhaustive.py prints on"
        " that mutant, or it becomes a start state."
    )


def mutant_of(name: str) -> Mutant:
    """Return a mutant by its name."""
    return next(each for each in MUTANTS if each.name == name)


def catches(seed: int, mutant: Mutant) -> str:
    """Play a seed on a mutant; return the invariant that catches it, or nothing."""
    with mutated(mutant):
        return _play(seed)


def _play(seed: int) -> str:
    """Play a seed; a mutant may break the start state before it is played."""
    try:
        return run_seed(seed).invariant
    except Broken as broken:
        return broken.invariant


def keep(seed: int, name: str, mutant: str = "") -> None:
    """Write the schedule of a seed to a file, as it is on this code, or on a mutant."""
    if mutant:
        with mutated(mutant_of(mutant)):
            outcome, choices = note_choices(seed)
    else:
        outcome, choices = note_choices(seed)
    (FOLDER / f"{name}.txt").write_text(KeptSchedule(outcome.invariant, mutant, choices).write())
    print(f"seed {seed}: {outcome.broken or 'nothing broke'}")


def main() -> None:
    """Keep a seed's schedule, or name each mutant's first seed from the given one on."""
    if sys.argv[1:2] == ["keep"]:
        keep(int(sys.argv[2]), *sys.argv[3:])
        return
    first, most = (int(part) for part in (sys.argv[1:] or ["1", "1500"]))
    for mutant in MUTANTS:
        with mutated(mutant):
            for seed in range(first, first + most):
                found = _play(seed)
                if found:
                    print(f'    Kept({seed}, "{mutant.name}", "{found}"),', flush=True)
                    break


if __name__ == "__main__":
    main()
