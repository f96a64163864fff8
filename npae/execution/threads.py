"""A team of threads that carry out numbered jobs together."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..settings.checks import positive_integer

if TYPE_CHECKING:
    Inbox: TypeAlias = "SimpleQueue[tuple[_Job, int] | None]"


class Threads:
    """A team of threads; a context manager, with which the threads end.

    The calling thread is number 0, so that a team of one costs nothing.

    Parameters
    ----------
    count : int
        The number of threads, including the calling one.

    Raises
    ------
    ValueError
        If the count is not an integer of at least 1.
    """

    def __init__(self, count: int) -> None:
        self.count = positive_integer("threads", count)
        self._start()

    def _start(self) -> None:
        self._inboxes: list[Inbox] = []
        self._started: list[threading.Thread] = []
        self._process = os.getpid()
        try:
            for number in range(1, self.count):
                inbox: Inbox = SimpleQueue()
                thread = threading.Thread(target=_serve, args=(inbox,), name=f"npae {number}", daemon=True)
                thread.start()
                self._inboxes.append(inbox)
                self._started.append(thread)
        except BaseException:
            self.__exit__()
            raise

    def do(self, job: Callable[[int], object]) -> None:
        """Call job(0), ..., job(count - 1) at the same time, and wait for all of them.

        If some raise, the exception of the lowest number is raised again. Ctrl-C is raised when all have ended, as they
        write to shared arrays until then.
        """
        if self.count == 1:
            job(0)
            return
        if self._process != os.getpid():  # forked: the threads stayed with the parent
            self._start()
        shared, over = _Job(job, self.count), False
        interrupt: BaseException | None = None
        while not over:
            try:
                over = shared.carry_out(self._inboxes)
            except KeyboardInterrupt as error:
                interrupt = error
        raised = interrupt or next((error for error in shared.errors if error is not None), None)
        if raised is not None:
            raise raised

    def part(self, number: int, size: int) -> slice:
        """Return which of `size` items thread `number` takes; the parts differ by at most one item."""
        return part_of(number, self.count, size)

    def share_out(self, jobs: Sequence[tuple[float, Callable[[], object]]]) -> None:
        """Carry out jobs (cost, function), the costliest first, each on the thread that has least to do.

        They must not depend on one another. Which thread does what does not depend on time.
        """
        loads = [0.0] * self.count
        lists: list[list[Callable[[], object]]] = [[] for _ in loads]
        for cost, job in sorted(jobs, key=lambda item: -item[0]):
            least = loads.index(min(loads))
            loads[least] += cost
            lists[least].append(job)

        def work(number: int) -> None:
            for job in lists[number]:
                job()

        self.do(work)

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process != os.getpid():
            return
        for inbox in self._inboxes:
            inbox.put(None)
        for thread in self._started:  # whoever forks next should not find them
            thread.join()


def part_of(number: int, count: int, size: int) -> slice:
    """Return which of `size` items number `number` of `count` takes; the parts differ by at most one item."""
    return slice(number * size // count, (number + 1) * size // count)


class _Job:
    """A job in progress. An interrupt may fall between any two lines, so that each step is noted and done only once."""

    def __init__(self, function: Callable[[int], object], count: int) -> None:
        self._function, self._begun = function, [False] * count
        self._ended = [False] * count
        self._wake: SimpleQueue[None] = SimpleQueue()
        self.errors: list[BaseException | None] = [None] * count

    def carry_out(self, inboxes: list[Inbox]) -> bool:
        """Send the job to the other threads, do number 0, and wait; called again, go on where an interrupt stopped it.

        Returns true when all numbers have ended.
        """
        for number, inbox in enumerate(inboxes, 1):
            if not self._begun[number]:
                inbox.put((self, number))
        self.attempt(0)
        while not all(self._ended):
            with suppress(Empty):
                self._wake.get(timeout=0.1)
        return True

    def attempt(self, number: int) -> None:
        """Do one number of the job, unless it was begun before."""
        if self._begun[number]:
            self._ended[number] = True
            return
        self._begun[number] = True
        try:
            self._function(number)
        except BaseException as error:
            self.errors[number] = error
        self._ended[number] = True
        self._wake.put(None)


def _serve(inbox: Inbox) -> None:
    """Carry out what arrives in the inbox until None does."""
    with np.errstate(all="ignore"):
        while (order := inbox.get()) is not None:
            job, number = order
            job.attempt(number)
