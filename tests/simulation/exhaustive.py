"""All placements of two preemptions and one fault over the boundaries of a few workers.

A schedule is a list of choices: who begins; at each boundary whether the worker goes on or another
comes first; what goes wrong there; who goes on when one is done. Every list with at most two
preemptions and at most one fault is played, by running the steps again along it. Then all heals,
and everything must settle.

Three things are left out, since they bring nothing new: a preemption before a read of what no
worker writes (the program, the connection, the people), more than one way in which a read can
fail (it raises), and a crash at a read (it is the crash after the write before it).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

from tests.simulation.baton import Broken, Worker
from tests.simulation.faults import KINDS, SENDS, Coverage, FaultKind, SendKind
from tests.simulation.healing import heal
from tests.simulation.scenes import STATES, Start
from tests.simulation.world import Task, World

PREEMPTIONS: Final = 2
FAULTS: Final = 1
# Ports of what no worker writes in these scenes.
SETTLED: Final = ("programs.", "connections.", "referrers.", "accounts.", "billing.read_customer")
WRITES: Final = ("commit", "enqueue", "inbox.put", "inbox.applied")
TICK: Final = timedelta(milliseconds=5)


class Script:
    """Follow a list of choices, take the first everywhere beyond it, and note how many there were.

    calm: all further choices are the first. drifted: where a kept list did not fit; from there
    on the first is taken.
    """

    def __init__(self, choices: list[int]) -> None:
        self.choices = choices
        self.taken: list[int] = []
        self.options: list[int] = []
        self.calm = False
        self.preemptions = 0
        self.faults = 0
        self.next: Worker | None = None
        self.waiting: list[Worker] = []
        self.outcome: SendKind = "200"
        self.drifted = ""

    def choose(self, options: int) -> int:
        """Take the next choice of so many."""
        place = len(self.taken)
        choice = self.choices[place] if place < len(self.choices) and not self.drifted else 0
        if choice >= options:
            self.drifted = f"choice {place + 1} of {len(self.choices)} is another one now"
            choice = 0
        self.taken.append(choice)
        self.options.append(options)
        return choice

    def stay(self, worker: Worker, boundary: str) -> bool:
        """Choose whether another comes first, and which."""
        if self.calm or self.preemptions >= PREEMPTIONS or _of_settled(boundary):
            return True
        others = [each for each in self.waiting if each is not worker and not each.done]
        if not others:
            return True
        choice = self.choose(1 + len(others))
        if choice == 0:
            return True
        self.preemptions += 1
        self.next = others[choice - 1]
        return False

    def fault(self, worker: Worker, boundary: str) -> FaultKind | None:
        """Choose what goes wrong."""
        if self.calm:
            return None
        self.outcome = "200"
        if self.faults >= FAULTS:
            return None
        if boundary.endswith("billing.send"):
            choice = self.choose(len(KINDS) + len(SENDS))
            if choice >= len(KINDS) + 1:
                self.outcome = SENDS[choice - len(KINDS)]
                self.faults += 1
                return None
        elif boundary.endswith(WRITES):
            choice = self.choose(1 + len(KINDS))
        elif _of_settled(boundary):
            return None
        else:
            choice = 3 * self.choose(2)
        if choice == 0:
            return None
        self.faults += 1
        return KINDS[choice - 1]

    def send(self, worker: Worker) -> SendKind:
        """Say what was chosen for this send."""
        outcome, self.outcome = self.outcome, "200"
        return outcome

    def passes(self, boundary: str) -> timedelta:
        """Let every call take the same time."""
        return TICK

    def contended(self) -> bool:
        """Let a throttled transaction be a conflict, which a step repeats."""
        return True

    def late_index(self) -> int:
        """Keep the index up to date; the random schedules make it late."""
        return 0

    def following(self) -> list[int] | None:
        """Return the next list of choices in order, or None after the last."""
        taken, options = list(self.taken), list(self.options)
        while taken and taken[-1] + 1 >= options[-1]:
            taken.pop()
            options.pop()
        if not taken:
            return None
        taken[-1] += 1
        return taken


def _of_settled(boundary: str) -> bool:
    return boundary.rpartition(" ")[2].startswith(SETTLED)


# --- play -----------------------------------------------------------------------------------------


@dataclass
class Explored:
    """The outcome of one start state. failed: the choices that broke something, what broke.

    The trace.
    """

    name: str
    schedules: int = 0
    seconds: float = 0.0
    coverage: Coverage = field(default_factory=Coverage)
    failed: list[tuple[list[int], str, list[str]]] = field(default_factory=list)


def play(start: Start, choices: list[int]) -> tuple[Script, World, Broken | None]:
    """Play one list of choices."""
    script = Script(choices)
    world = start.world.fork(Random(2), script)
    workers = [world.start(Task(task.kind, task.what, world.clock.now)) for task in start.cast]
    script.waiting = workers
    broken = None
    try:
        left = [worker for worker in workers if not worker.done]
        script.next = left[script.choose(len(left))]
        while left:
            worker, script.next = script.next or left[script.choose(len(left))], None
            world.resume(worker)
            left = [each for each in workers if not each.done]
        script.calm = True
        heal(world)
    except Broken as error:
        broken = error
    finally:
        script.calm = True
        world.crew.end()
    return script, world, broken


def schedules(start: Start) -> Iterator[tuple[Script, World, Broken | None]]:
    """Play all lists of choices, in order."""
    choices: list[int] | None = []
    while choices is not None:
        script, world, broken = play(start, choices)
        yield script, world, broken
        choices = script.following()


def explore(number: int, most: int | None = None, stop_at: int = 3) -> Explored:
    """Play all schedules of one start state; most: give up after so many, for the mutants."""
    start = STATES[number]().start()
    began = time.monotonic()
    made = Explored(start.name)
    for script, world, broken in schedules(start):
        made.schedules += 1
        made.coverage.add(world.coverage)
        if broken is not None:
            tail = [
                f"{at!s:>20}  {' '.join(str(each) for each in what)}" for at, *what in world.trace
            ]
            made.failed.append((list(script.taken), str(broken), tail))
            if len(made.failed) >= stop_at:
                break
        if most is not None and made.schedules >= most:
            break
    made.seconds = time.monotonic() - began
    return made
