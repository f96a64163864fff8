"""Runs that an executor has been given, and that one thread takes back as they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Generic, TypeVar

from .executors import outcome_of
from .run_types import Outcome, Settings, Submit

Run = TypeVar("Run")


@contextmanager
def under_way(submit: Submit, ended: Callable[[Run, Outcome], object]) -> Iterator[UnderWay[Run]]:
    """Wait for all runs at the end of the block; call ended(run, outcome) in this thread.

    If the block raises an exception, runs that wait are cancelled, and runs that have ended are still taken.

    Yields
    ------
    UnderWay
        It takes runs to submit.
    """
    runs = UnderWay(submit, ended)
    try:
        yield runs
        while len(runs):
            runs.take()
    except BaseException:
        runs.cancel()
        raise


class UnderWay(Generic[Run]):
    """The runs that were submitted and have not been taken yet."""

    def __init__(self, submit: Submit, ended: Callable[[Run, Outcome], object]) -> None:
        self._submit, self._ended = submit, ended
        self._runs: dict[Future[Outcome], Run] = {}
        self._queue: SimpleQueue[Future[Outcome]] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._runs)

    def begin(self, run: Run, settings: Settings, seed: int) -> None:
        """Submit a run."""
        future = self._submit(settings, seed)
        self._runs[future] = run
        future.add_done_callback(self._queue.put)

    def take(self) -> None:
        """Wait until one more run has ended."""
        future = self._queue.get()
        self._ended(self._runs.pop(future), outcome_of(future))

    def take_ended(self) -> None:
        """Take the runs that have ended by now."""
        while not self._queue.empty():
            self.take()

    def cancel(self) -> None:
        """Cancel the runs that wait, all of them; then take those that have an outcome, if they can be written down."""
        ended = [(future, run) for future, run in self._runs.items() if not future.cancel()]
        with suppress(OSError):  # the disk is full: the error that led here says so
            for future, run in ended:
                if future.done() and future.exception() is None:
                    self._ended(run, future.result())
