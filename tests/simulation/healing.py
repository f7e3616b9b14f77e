"""All faults are over: bring everything again that was not done, and look at how it settles."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from goodword.domain.credits.credit import Credit
from tests.simulation.baton import Broken
from tests.simulation.invariants import look
from tests.simulation.world import World

SOON: Final = 0.02  # hours: a lease is over
FIVE_MINUTES: Final = 0.084
A_QUIET_HOUR: Final = 1.03


def heal(world: World) -> None:
    """Check what must hold two sweeps, 26 hours and 48 hours later, and in the end.

    Its director is calm.
    """
    world.note("all heals")
    while world.crew.active:
        world.resume(world.crew.active[0])
    world.crew.threads = False
    for name, task in list(world.dead_letters.items()):  # a person brings them again
        if name not in world.poisoned:
            del world.dead_letters[name]
            world.queue.append(task)
    for account, there in world.stripe.customers.items():
        world.stripe.customers[account] = replace(there, currency="USD", standing="good")
    work_off(world)
    for _ in range(2):  # the first begins where one that died had stopped
        do(world, "poll", "4")
    sweep(world, SOON)
    swept_at = sweep(world, FIVE_MINUTES)
    look("two sweeps", world, swept_at)
    for hours in (
        21.0,
        FIVE_MINUTES,
        A_QUIET_HOUR,
        FIVE_MINUTES,
        A_QUIET_HOUR,
        FIVE_MINUTES,
        FIVE_MINUTES,
    ):
        sweep(world, hours)
    look("26 hours", world)
    if any(each.attempt.suspect for each in world.tables.rows[Credit].values()):
        for hours in (25.0, FIVE_MINUTES, A_QUIET_HOUR):
            sweep(world, hours)
    look("48 hours", world)
    for _ in range(5):
        do(world, "close")  # which finds a deal that was won again while its credit was taken back
        if not decide(world):
            break
        for hours in (SOON, FIVE_MINUTES, A_QUIET_HOUR, FIVE_MINUTES):
            sweep(world, hours)
    for hours in (15 * 24.0, FIVE_MINUTES):
        sweep(world, hours)
    do(world, "audit")  # which enqueues each account for which Stripe's report of use was lost
    look("audit", world)
    look("end", world)


def work_off(world: World) -> None:
    """Work until nothing is left to do now."""
    turns = 0
    while world.queue:
        turns += 1
        if turns > 2_000:
            raise Broken(
                "the_queues_run_dry", f"{len(world.queue)} tasks are left after 2,000 turns"
            )
        task = min(world.queue, key=lambda each: each.at)
        world.clock.now = max(world.clock.now, task.at)
        world.stripe.settle()
        world.queue.remove(task)
        world.resume(world.start(task))


def sweep(world: World, hours: float) -> datetime:
    """Let time go by, sweep once, and do what follows; return when that began."""
    world.clock.now += timedelta(hours=hours)
    began = world.clock.now
    world.stripe.settle()
    world.put("sweep", "")
    work_off(world)
    return began


def do(world: World, kind: str, what: str = "") -> None:
    """Let one scheduled run begin now, and do what follows."""
    world.put(kind, what)
    work_off(world)


def decide(world: World) -> bool:
    """Let a person approve all that is held and can be posted; say whether there was anything."""
    held = [each for each in world.tables.rows[Credit].values() if each.status == "held"]
    held = [each for each in held if not world.stripe.customers[each.account].deleted]
    for each in held:
        world.put("decide", (each.credit, "approve"))
    work_off(world)
    return bool(held)
