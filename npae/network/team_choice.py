"""Whether threads or processes evaluate the shards of a training: whichever is measured to be faster."""

from __future__ import annotations

import statistics
import time

PATIENCE = 3.0  # seconds of training after which processes, which take about one to start, are worth a trial
BLOCK, BLOCKS = 8, 6  # steps of a block, and blocks of the trial, by turns of threads and of processes
MOST_DATA = 1e9  # bytes that are copied into shared memory although nobody asked for processes
GAIN = 0.95  # of the time of threads that processes may take to be chosen


class TeamChoice:
    """Measures the steps of a training, and says who takes the next one.

    Both give the same bits, so that nothing but time depends on the choice.

    Attributes
    ----------
    wanted : bool
        Whether there should be processes by now.
    over : bool
        Whether the choice is final.
    processes : bool
        Whether processes take the next step, or all further ones if the choice is over.
    """

    def __init__(self) -> None:
        self.wanted = self.over = self.processes = False
        self._first: float | None = None
        self._last = 0.0
        self._times: tuple[list[float], list[float]] = [], []
        self._steps = 0

    def step_begins(self, ready: bool) -> None:
        """Note that a step begins; `ready` says whether there are processes that could take it."""
        now = time.perf_counter()
        self._first = now if self._first is None else self._first
        if self.over:
            return
        self.wanted = now - self._first > PATIENCE
        if ready:
            self._try(now)
        self._last = now

    def give_up(self) -> None:
        """Stay with threads: processes cannot be had."""
        self.over, self.processes = True, False

    def _try(self, now: float) -> None:
        if self._steps % BLOCK > 1:  # the first step of a block pays for the change
            self._times[self.processes].append(now - self._last)
        self._steps += 1
        if self._steps >= BLOCK * BLOCKS:
            threads, processes = (statistics.median(times) for times in self._times)
            self.over, self.processes = True, processes < GAIN * threads
        else:
            self.processes = self._steps // BLOCK % 2 == 1
