"""How far a refinement is, and how long the rest will take."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .budget import Budget

REPORT_EVERY = 0.2  # seconds


@dataclass(frozen=True)
class Status:
    """How far a refinement is; `str` turns it into one line.

    Parameters
    ----------
    method : str
        Name of the method.
    loss : float
        The least loss so far.
    seconds : float
        Seconds since the refinement began.
    share : float or None
        Share of the refinement that is done, in [0, 1]; None where no budget tells.
    iteration : int, default 0
        How many iterations have ended.

    Examples
    --------
    >>> print(Status("Powell", loss=0.123, seconds=20.0, share=0.34, iteration=7))
    refining by Powell, iteration 7, loss 0.123, 34 %, about 39 s left
    """

    method: str
    loss: float
    seconds: float
    share: float | None
    iteration: int = 0

    @property
    def seconds_left(self) -> float | None:
        """Seconds left if the rest goes as fast as what is done; None where `share` is None."""
        return self.seconds * (1 - self.share) / self.share if self.share else None

    def __str__(self) -> str:
        iteration = f", iteration {self.iteration:,}" if self.iteration else ""
        text = f"refining by {self.method}{iteration}, loss {self.loss:.4g}"
        if self.share is None or self.seconds_left is None:
            return f"{text}, {_duration(self.seconds)} so far"
        return f"{text}, {100 * self.share:.0f} %, about {_duration(self.seconds_left)} left"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


class Pace:
    """How many evaluations an iteration of a block takes: a guess at first, then a mean that favours recent iterations.

    It begins with the block.
    """

    def __init__(self, budget: Budget, guess: int) -> None:
        self._budget, self._start, self._last_iteration_at = budget, budget.evaluations, budget.warm_up_ends
        self._per_iteration: float = max(1, guess)

    def iteration_ended(self) -> None:
        """Take the iteration that has just ended into the mean."""
        evaluations = self._budget.evaluations
        self._per_iteration = (self._per_iteration + evaluations - self._last_iteration_at) / 2
        self._last_iteration_at = evaluations

    @property
    def share(self) -> float:
        """Share of the block that is done if it takes all its iterations; 0 if they are not limited."""
        budget, warm_up = self._budget, self._budget.warm_up_ends - self._start
        if math.isinf(budget.max_iterations):
            return 0.0
        of_warm_up = min(budget.evaluations - self._start, warm_up)
        of_iterations = budget.iterations_of_block * self._per_iteration
        of_this_one = min(max(0, budget.evaluations - self._last_iteration_at), self._per_iteration)
        whole = warm_up + budget.max_iterations * self._per_iteration
        return (of_warm_up + of_iterations + of_this_one) / whole


class Estimate:
    """Reports now and then how far a refinement is: as far as the budget that will be spent first."""

    def __init__(self, name: str, budget: Budget, n_blocks: int, report: Callable[[Status], object] | None) -> None:
        self._name, self._budget, self._report = name, budget, report
        self._due = math.inf if report is None else REPORT_EVERY
        self._n_blocks, self._finished_blocks = n_blocks, -1

    def begin_block(self, guess: int) -> None:
        """Begin the next block, whose iterations may take as many evaluations as `guess`."""
        self._finished_blocks += 1
        self._pace = Pace(self._budget, guess)

    def iteration_ended(self) -> None:
        """Learn from the iteration that has just ended."""
        self._pace.iteration_ended()

    def report_if_due(self, seconds: float, loss: float) -> None:
        """Report the least loss so far if the last report is `REPORT_EVERY` seconds old."""
        if seconds >= self._due and self._report is not None:
            self._due = seconds + REPORT_EVERY
            self._report(Status(self._name, loss, seconds, self._share(seconds), self._budget.iterations))

    def _share(self, seconds: float) -> float | None:
        budget = self._budget
        of_blocks = (self._finished_blocks + self._pace.share) / self._n_blocks
        of_evaluations, of_seconds = budget.evaluations / budget.max_evaluations, seconds / budget.max_seconds
        return min(1.0, max(of_blocks, of_evaluations, of_seconds)) or None
