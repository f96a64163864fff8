"""What a refinement may spend, and what it has spent."""

from __future__ import annotations

import math
import time


class Stop(Exception):
    """A budget is spent; the message names it."""


class Budget:
    """Counts evaluations, iterations and seconds, and raises Stop when one of them is spent.

    Evaluations and seconds are limited for all blocks together, iterations for each block. The clock starts at once;
    the loss of the starting point counts as the first evaluation. A limit of None is no limit.
    """

    def __init__(self, max_iterations: int | None, max_evaluations: int | None, max_seconds: float | None) -> None:
        self.max_iterations = math.inf if max_iterations is None else max_iterations
        self.max_evaluations = math.inf if max_evaluations is None else max_evaluations
        self.max_seconds = math.inf if max_seconds is None else max_seconds
        self.evaluations, self.iterations, self.iterations_of_block, self.warm_up_ends = 1, 0, 0, 0
        self.ended = False  # by who watches
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since the refinement began."""
        return time.perf_counter() - self._began

    def begin_block(self, warm_up: int) -> None:
        """Give the next block its own iterations, the first of which comes after `warm_up` evaluations."""
        self.iterations_of_block, self.warm_up_ends = 0, self.evaluations + warm_up

    @property
    def warming_up(self) -> bool:
        """Whether the block's first iteration is still to come, even if SciPy calls each evaluation an iteration."""
        return self.evaluations <= self.warm_up_ends

    def spend_evaluation(self) -> float:
        """Count an evaluation that is about to happen; return the seconds so far."""
        if self.evaluations >= self.max_evaluations:
            raise Stop("max_evaluations")
        seconds = self.seconds
        if seconds >= self.max_seconds:
            raise Stop("max_seconds")
        self.evaluations += 1
        return seconds

    def spend_iteration(self, reason: str = "") -> None:
        """Count an iteration that has ended; `reason` says why it is the last one of all blocks, "" that it is not."""
        self.iterations += 1
        self.iterations_of_block += 1
        if reason:
            self.ended = True
            raise Stop(reason)
        if self.iterations_of_block >= self.max_iterations:
            raise Stop("max_iterations")
