"""Workers that run one at a time, each in a thread, and hand over the baton only at port calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


class Died(BaseException):
    """The function died here.

    Nothing in it may catch this, as nothing catches a process that is gone.
    """


class Broken(BaseException):
    """An invariant does not hold; no step can catch it."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant
        self.what = what


@dataclass(eq=False)
class Worker:
    """One invocation of a function: what it runs, with its own idea of the time and its time limit.

    outcome: what the step returned, or the name of what it raised; empty while it runs. writes: how
    many of its writes took effect. notes: what invariants remember of this worker.
    """

    name: str
    run: Callable[[], object]
    began: datetime
    limit: timedelta
    skew: timedelta = timedelta()
    done: bool = False
    failed: bool = False
    result: object = None
    outcome: str = ""
    writes: int = 0
    crossings: int = 0
    notes: dict[str, object] = field(default_factory=dict)
    thread: _Thread | None = None
    inline: bool = False


class _Thread:
    """A thread that waits for jobs.

    It is kept for the next one, since starting threads is what costs.
    """

    def __init__(self) -> None:
        self.go = threading.Lock()
        self.go.acquire()
        self.back = threading.Lock()
        self.back.acquire()
        self.job: Callable[[], None] | None = None
        threading.Thread(target=self._loop, daemon=True).start()

    def _loop(self) -> None:
        while True:
            self.go.acquire()
            if self.job is not None:
                self.job()
                self.job = None
            self.back.release()


class Crew:
    """The workers of one schedule. `current` has the baton; broken: the first failure.

    threads: whether workers may step by turns, each in a thread. Otherwise a worker that gives the
    baton back is stopped within its call, and `meanwhile` lets others run to their end there.
    """

    _idle: list[_Thread] = []  # noqa: RUF012 - shared by all schedules of a process on purpose

    def __init__(self) -> None:
        self.threads = True
        self.meanwhile: Callable[[], None] = _nothing
        self.active: list[Worker] = []
        self.current: Worker | None = None
        self.broken: Broken | None = None
        self._ending = False

    def start(self, worker: Worker) -> None:
        """Let a worker join; it does nothing before it is resumed."""
        if not self.threads:
            self.active.append(worker)
            return
        thread = Crew._idle.pop() if Crew._idle else _Thread()
        thread.job = lambda: self._work(worker)
        worker.thread = thread
        self.active.append(worker)

    def resume(self, worker: Worker) -> None:
        """Hand the baton to a worker until it gives it back or is done.

        Raise Broken if it broke a rule.
        """
        before, self.current = self.current, worker
        thread = worker.thread
        if thread is None:
            worker.inline = True
            self._work(worker)
        else:
            thread.go.release()
            thread.back.acquire()
        self.current = before
        if worker.done:
            self.active.remove(worker)
            if thread is not None:
                worker.thread = None
                Crew._idle.append(thread)
        if self.broken is not None and not self._ending:
            raise self.broken

    def give_back(self, worker: Worker) -> None:
        """Give the baton back and wait until it comes again; called from within the worker."""
        thread = worker.thread
        if thread is None:
            self.meanwhile()
            return
        thread.back.release()
        thread.go.acquire()
        if self._ending:
            raise Died

    def end(self) -> None:
        """Let every remaining worker die at its boundary."""
        self._ending = True
        for worker in list(self.active):
            if worker.crossings == 0:
                worker.run = _nothing
            if worker.thread is not None:
                self.resume(worker)

    def _work(self, worker: Worker) -> None:
        try:
            worker.result = worker.run()
            worker.outcome = "done"
        except Died:
            worker.outcome, worker.failed = "died", True
        except Broken as broken:
            worker.outcome, worker.failed = "broke an invariant", True
            self.broken = self.broken or broken
        except BaseException as error:  # the schedule has to continue and judge every error
            worker.outcome, worker.failed = type(error).__name__, True
            worker.result = error
        worker.done = True


def _nothing() -> None:
    return None
