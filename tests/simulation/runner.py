"""One random schedule from its seed, and many of them on all cores."""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing import get_context
from random import Random
from typing import Any, Final, TypeVar

from goodword.domain.credits.credit import Credit
from tests.simulation.baton import Broken, Worker
from tests.simulation.boundaries import Aim, aim_of
from tests.simulation.choices import Choices, Followed, Noted
from tests.simulation.faults import Coverage, FaultKind, Faults, SendKind
from tests.simulation.healing import heal
from tests.simulation.scenes import start_of
from tests.simulation.stories import draw
from tests.simulation.world import Task, World, poison

AT_ONCE: Final = 4
# Hours by which the clock jumps: a lease, a quiet time, the life of a key here and at Stripe, and
# beyond.
JUMPS: Final = (
    0.018,
    0.018,
    0.018,
    0.1,
    0.1,
    0.4,
    1.02,
    1.1,
    5,
    12,
    19.9,
    20.1,
    21.2,
    24.5,
    30,
    40,
    48.1,
)
BY_TURNS: Final = 0.25  # of the schedules have workers that step by turns; the others nest
# How long a call takes, in milliseconds: mostly little.
_TAKES: Final = {
    3: 20,
    8: 20,
    20: 20,
    50: 15,
    120: 10,
    400: 6,
    900: 4,
    4_000: 3,
    9_000: 1,
    19_000: 1,
}
TAKES: Final = [
    timedelta(milliseconds=each) for each, weight in _TAKES.items() for _ in range(weight)
]


@dataclass
class Outcome:
    """The outcome of one schedule. broken: the invariant that failed, with what was wrong.

    drifted: where the list of choices that was followed fitted no more.
    """

    seed: int
    crossings: int
    coverage: Coverage
    trace: list[tuple[object, ...]] = field(default_factory=list, repr=False)
    broken: str = ""
    invariant: str = ""
    tail: list[str] = field(default_factory=list)
    drifted: str = ""

    @property
    def digest(self) -> str:
        """Return the hash of its trace, call by call, by which schedules are compared."""
        return hashlib.sha256(repr(self.trace).encode()).hexdigest()


class SeedDirector:
    """Everything is drawn from the seed's one source."""

    def __init__(self, chance: Random, aim: Aim) -> None:
        self.chance = chance
        self.yields = set(aim.yields)
        self.holding_on = chance.choice((0.3, 0.6, 0.85, 0.97))
        if aim.yields:
            self.holding_on = 0.97
        self.lateness = chance.choice((0.0, 0.2))
        if aim.late:
            self.lateness = 0.9
        self.faults = Faults(chance, dict(aim.strikes), few=aim.particular)
        self.skews = chance.random() < 0.7
        self.healed = False

    def stay(self, worker: Worker, boundary: str) -> bool:
        """Draw whether the worker keeps the baton."""
        if boundary in self.yields and not self.healed:
            self.yields.remove(boundary)
            return False
        return self.healed or self.chance.random() < self.holding_on

    def fault(self, worker: Worker, boundary: str) -> FaultKind | None:
        """Draw what goes wrong."""
        return self.faults.at(boundary)

    def send(self, worker: Worker) -> SendKind:
        """Draw what Stripe does."""
        return self.faults.send()

    def passes(self, boundary: str) -> timedelta:
        """Draw how long the call takes."""
        if self.healed:
            return TAKES[40]
        return self.chance.choice(TAKES)

    def contended(self) -> bool:
        """Draw whether a throttled transaction is a conflict."""
        return self.chance.random() < 0.6

    def late_index(self) -> int:
        """Draw by how many transactions the index is late."""
        if self.healed or self.chance.random() >= self.lateness:
            return 0
        return self.chance.randint(1, 3)

    def skew(self) -> timedelta:
        """Draw how far a worker's clock is off."""
        if self.healed or not self.skews:
            return timedelta()
        return timedelta(milliseconds=self.chance.randint(-30_000, 30_000))


class Play:
    """One schedule: a world, and the hub that hands the baton about.

    chance: what else than the seed's own is drawn from. aim: as it was when it was kept.
    """

    def __init__(self, seed: int, chance: Random | None = None, aim: Aim | None = None) -> None:
        self.seed = seed
        self.chance = Random(seed) if chance is None else chance
        self.aim = aim = aim_of(seed, self.chance) if aim is None else aim
        self.director = SeedDirector(self.chance, aim)
        self.start = start_of(aim.scene) if aim.scene else None
        if self.start is None:
            self.world = World(draw(self.chance), self.chance, self.director)
        else:
            self.world = self.start.world.fork(self.chance, self.director)
        self.world.crew.threads = self.chance.random() < BY_TURNS
        self.world.crew.meanwhile = self._meanwhile
        self.turns = 0
        self.budget = 0

    def run(self) -> Outcome:
        """Play it to its end and return the outcome."""
        broken: Broken | None = None
        try:
            if self.start is not None:
                for task in self.start.cast:
                    self.world.put(task.kind, task.what)
            self._cast()
            for task in self.world.queue:
                if task.kind == self.aim.last:
                    task.at = max(task.at, self.world.clock.now + timedelta(milliseconds=1))
            if self.start is None:
                self._prologue()
            self._chaos()
            self.director.healed = self.director.faults.healed = True
            heal(self.world)
        except Broken as error:
            broken = error
        finally:
            self.world.crew.end()
        return self._outcome(broken)

    def _outcome(self, broken: Broken | None) -> Outcome:
        world = self.world
        crossings = sum(world.coverage.crossed.values())
        made = Outcome(self.seed, crossings, world.coverage, world.trace)
        made.drifted = getattr(self.chance, "drifted", "")
        if broken is not None:
            made.broken, made.invariant = str(broken), broken.invariant
            made.tail = [
                f"{at!s:>20}  {' '.join(str(each) for each in what)}" for at, *what in world.trace
            ]
        return made

    # --- what is to happen ------------------------------------------------------------------------

    def _cast(self) -> None:
        """Draw who signs up when.

        How often, late and in what order the CRM delivers its events.
        """
        world, chance = self.world, self.chance
        spread = chance.choice((60, 3_600, 30 * 3_600))
        for number in range(len(world.scene.prospects)):
            world.put("signup", number, timedelta(seconds=chance.choice((0, 0, 1, 5, spread // 2))))
        for deal in range(len(world.scene.deals)):
            places = list(range(len(world.scene.at_crm(deal))))
            while places:
                taken = [places.pop(0)]
                if places and chance.random() < 0.2:
                    taken.append(places.pop(0))
                self._deliver(deal, taken, spread)
        if chance.random() < 0.2:
            body = world.crm.says(
                *(world.event(0, place) for place in range(len(world.scene.at_crm(0))))
            )
            world.put("forged", ("forged", body), timedelta(seconds=chance.randint(0, spread)))
        if chance.random() < 0.1:
            world.put("webhook", poison(), timedelta(seconds=chance.randint(0, spread)))

    def _deliver(self, deal: int, places: list[int], spread: int) -> None:
        world, chance = self.world, self.chance
        bare = chance.random() < 0.25
        body = world.crm.says(*(world.event(deal, place, bare=bare) for place in places))
        name = f"d{deal}e{'+'.join(map(str, places))}"
        last = places == [len(world.scene.deals[deal].story) - 1]
        if last and len(world.scene.deals[deal].story) > 1 and chance.random() < 0.15:
            world.dropped.add(deal)  # for good: the CRM has to be asked
            return
        for copy in range(chance.choice((1, 1, 2, 3))):
            after = chance.randint(0, spread)
            if chance.random() < 0.15:  # dropped on the way; the CRM delivers it again later
                after += chance.randint(60, 30 * 3_600)
            other = copy and chance.random() < 0.5
            world.put(
                "webhook", (f"{name}.{copy}" if other else name, body), timedelta(seconds=after)
            )

    def _prologue(self) -> None:
        """Play the beginning without a fault, so that faults strike deep inside the story."""
        world, chance = self.world, self.chance
        if chance.random() < 0.3:
            return
        self.director.healed = self.director.faults.healed = True
        threads, world.crew.threads = world.crew.threads, False
        notified = [
            task for task in world.queue if task.kind == "webhook" and task.what[0].startswith("d")
        ]
        chance.shuffle(notified)
        begins = [task for task in world.queue if task.kind == "signup"]
        begins += notified[: chance.randint(1, len(notified))]
        for task in begins:
            world.queue.remove(task)
            world.resume(world.start(task))
        while True:
            following = [task for task in world.queue if task.kind in ("apply", "welcome")]
            if not following:
                break
            world.queue.remove(following[0])
            world.resume(world.start(following[0]))
        self.director.healed = self.director.faults.healed = False
        world.crew.threads = threads
        world.note("faults begin")

    def _chaos(self) -> None:
        self.budget = self.world.crossings + (
            120 if self.aim.particular else self.chance.choice((30, 50, 80))
        )
        while self._on() and self._turn():
            pass

    def _on(self) -> bool:
        return self.world.crossings < self.budget and self.turns < 300

    def _meanwhile(self) -> None:
        """Let others run to their end while a worker is stopped within a call."""
        for _ in range(self.chance.choice((1, 1, 2))):
            if self._on() and len(self.world.crew.active) < AT_ONCE:
                self._turn()

    def _turn(self) -> bool:
        """Give the baton to a worker; say whether anything may still come."""
        world, chance = self.world, self.chance
        self.turns += 1
        self._something()
        ready = [task for task in world.queue if task.at <= world.clock.now]
        active = [] if not world.crew.threads else world.crew.active
        if not active and not ready:
            if world.crew.active:
                return True
            if not world.queue:
                return self.turns < 100 and chance.random() < 0.9
            world.clock.now = min(task.at for task in world.queue)
            world.stripe.settle()
            return True
        number = chance.randrange(len(active) + (len(ready) if len(active) < AT_ONCE else 0))
        if number < len(active):
            world.resume(active[number])
        else:
            self._begin(ready[number - len(active)])
        return True

    def _begin(self, task: Task) -> None:
        """Let a worker begin a task; queues bring it twice at times, and lose a message."""
        world, chance = self.world, self.chance
        world.queue.remove(task)
        drawn = chance.random()
        if task.kind == "post" and drawn < 0.15:
            return
        if drawn > 0.9:
            world.queue.append(
                replace(task, at=task.at + timedelta(seconds=chance.choice((1, 30, 400))))
            )
        world.resume(world.start(task, self.director.skew()))

    def _something(self) -> None:
        """Let something happen beside the workers.

        A sweep, a jump of the clock, a person, Stripe's side.
        """
        world, chance = self.world, self.chance
        drawn = chance.random()
        if drawn < 0.05:
            world.put("sweep", "")
        elif drawn < 0.10:
            self._jump()
        elif drawn < 0.12:
            there = list(world.tables.rows[Credit].values())
            if there:  # a message that was delivered before, or is only now
                world.put("post", chance.choice(there).credit)
        elif drawn < 0.18:
            held = [
                each.credit for each in world.tables.rows[Credit].values() if each.status == "held"
            ]
            if held:
                decision = "approve" if chance.random() < 0.75 else "cancel"
                world.put("decide", (chance.choice(held), decision))
        elif drawn < 0.22:
            account = chance.choice(("cus_1", "cus_2"))
            customer = world.stripe.customers[account]
            change: dict[str, Any] = chance.choice(
                (
                    {"standing": "past_due"},
                    {"standing": "good"},
                    {"currency": "EUR"},
                    {"currency": "USD"},
                )
            )
            if chance.random() < 0.04:
                change = {"deleted": True}
            world.stripe.customers[account] = replace(customer, **change)
            world.note("Stripe's customer", account, str(change))
        elif drawn < 0.235:
            if world.scene.used:
                self._move_balance()
        elif drawn < 0.243:
            world.put("audit", "")
        elif drawn < 0.251:
            world.put("poll", chance.choice(("4", "4", "0")))
        elif drawn < 0.266:
            posted = [
                each for each in world.tables.rows[Credit].values() if each.status == "posted"
            ]
            if posted:  # or its reversal, which is refused
                world.put("decide", (chance.choice(posted).credit, "reverse"))
        elif drawn < 0.276:
            world.put("close", "")

    def _move_balance(self) -> None:
        """Move a balance; Stripe reports it a little later, as a rule."""
        world, chance = self.world, self.chance
        body = world.move_balance(chance.choice(("cus_1", "cus_2")))
        if chance.random() < 0.85:
            world.put(
                "webhook", (body.decode(), body), timedelta(seconds=chance.choice((0, 5, 4_000)))
            )

    def _jump(self) -> None:
        world, chance = self.world, self.chance
        hours = chance.choice(
            JUMPS if not world.crew.active or chance.random() < 0.2 else JUMPS[:1]
        )
        world.clock.now += timedelta(hours=hours)
        world.note("the clock jumps", hours)
        world.stripe.settle()


def replay_command(seed: int) -> str:
    """Return the command that plays one seed again and prints its trace where it fails."""
    return f"PYTHONPATH=layers/core .venv/bin/python -m tests.simulation {seed} 1"


def run_seed(seed: int) -> Outcome:
    """Play the schedule of one seed."""
    return Play(seed).run()


def note_choices(seed: int) -> tuple[Outcome, Choices]:
    """Play the schedule of one seed, and note what was chosen."""
    chance = Noted(seed)
    aim = aim_of(seed, chance)
    begun = len(chance.numbers)  # the aim is kept as it is, and not what it was drawn from
    outcome = Play(seed, chance, aim).run()
    return outcome, Choices(seed, aim, tuple(chance.numbers[begun:]), tuple(chance.ids))


def follow(kept: Choices) -> Outcome:
    """Play a list of choices that was kept."""
    return Play(kept.seed, Followed(kept), kept.aim).run()


# --- many -----------------------------------------------------------------------------------------


@dataclass
class Sum:
    """The outcome of many schedules."""

    schedules: int = 0
    crossings: int = 0
    seconds: float = 0.0
    coverage: Coverage = field(default_factory=Coverage)
    failed: list[Outcome] = field(default_factory=list)

    def add(self, other: Sum) -> None:
        """Add the sum of another batch."""
        self.schedules += other.schedules
        self.crossings += other.crossings
        self.coverage.add(other.coverage)
        self.failed += other.failed


def run_batch(seeds: Iterable[int]) -> Sum:
    """Play several seeds one after another."""
    total = Sum()
    gc.collect()
    gc.disable()  # a batch is short, and its worlds are gone with it
    for seed in seeds:
        outcome = run_seed(seed)
        total.schedules += 1
        total.crossings += outcome.crossings
        total.coverage.add(outcome.coverage)
        if outcome.broken:
            outcome.trace = []
            total.failed.append(outcome)
    gc.enable()
    return total


BATCH: Final = 50
P = TypeVar("P")
R = TypeVar("R")


def run_many(start: int, count: int, *, progress: bool = True, stop_at: int = 5) -> Sum:
    """Play the seeds from start on, on all cores; give up where several have failed."""
    batches = [
        range(at, min(at + BATCH, start + count)) for at in range(start, start + count, BATCH)
    ]
    total, began = Sum(), time.monotonic()
    for part in spread(run_batch, batches):
        total.add(part)
        total.seconds = time.monotonic() - began
        if progress:
            _progress(f"{total.schedules:,} of {count:,} schedules, {len(total.failed)} failed")
        if len(total.failed) >= stop_at:
            break
    if progress:
        _progress("", last=True)
    total.failed.sort(key=lambda each: each.seed)
    return total


def spread(work: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
    """Do the work on all cores and give the results in the order of the parts."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(work, part) for part in parts]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


def _progress(text: str, *, last: bool = False) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()
