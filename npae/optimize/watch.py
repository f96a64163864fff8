"""What stands between SciPy and the objective: it counts, keeps the best point, ends what is over budget, reports."""

import math
import time
from dataclasses import dataclass

import numpy as np

REPORT_EVERY = 0.2  # seconds


class Stop(Exception):
    """A budget is spent."""


@dataclass(frozen=True)
class Status:
    """How far a refinement has come; `str` makes a line of it.

    method : its name. loss : the least so far. seconds : since it began.
    share : of the refinement that is done, in [0, 1], or None where no budget tells.
    seconds_left : an estimate, or None.

    >>> print(Status("Powell", loss=0.123, seconds=20.0, share=0.34))
    refining by Powell, loss 0.123, 34 %, about 39 s left
    """

    method: str
    loss: float
    seconds: float
    share: float | None

    @property
    def seconds_left(self):
        """What is left if the rest goes as fast as what was done."""
        return self.seconds * (1 - self.share) / self.share if self.share else None

    def __str__(self):
        text = f"refining by {self.method}, loss {self.loss:.4g}"
        if self.seconds_left is None:
            return f"{text}, {_duration(self.seconds)} so far"
        return f"{text}, {100 * self.share:.0f} %, about {_duration(self.seconds_left)} left"


def _duration(seconds):
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def precision(objective):
    """Return the relative precision of what an objective returns: its `epsilon`, or float64's."""
    return getattr(objective, "epsilon", np.finfo(np.float64).eps)


class Part:
    """An objective of some coordinates of x; the others stay where they are.

    Parameters
    ----------
    objective : of the whole vector. point : the whole vector; `where` : positions in it, in rising order.
    """

    def __init__(self, objective, point, where):
        self._objective, self._point = objective, point.copy()
        contiguous = where[-1] - where[0] + 1 == len(where)
        self.where = slice(where[0], where[-1] + 1) if contiguous else where  # slices copy faster
        self.epsilon = precision(objective)

    def value(self, x):
        """Return the loss with x in these coordinates."""
        self._point[self.where] = x
        return self._objective.value(self._point)

    def value_and_gradient(self, x):
        """Return the loss and its gradient in these coordinates, a fresh vector."""
        self._point[self.where] = x
        value, gradient = self._objective.value_and_gradient(self._point)
        return value, gradient[self.where]

    @property
    def hessian_product(self):
        """The function (x, v) -> H v in these coordinates, or None where the objective has none."""
        return self._hessian_product if getattr(self._objective, "hessian_product", None) else None

    def _hessian_product(self, x, v):
        direction = np.zeros_like(self._point)
        self._point[self.where], direction[self.where] = x, v
        return self._objective.hessian_product(self._point, direction)[self.where]


class Watch:
    """Counts, keeps the best point, ends what is over budget, and tells how far it is, for all blocks together.

    Parameters
    ----------
    refine : Refine. objective : of the whole vector. point : vector that the refinement starts from.
    report : None, or a function of a Status that is called now and then.

    Attributes
    ----------
    point : the best vector, up to date after every block. over : whether the whole refinement has to end.
    """

    def __init__(self, refine, objective, point, report=None):
        self._refine, self._report, self._began = refine, report, time.perf_counter()
        self._deadline = math.inf if refine.max_seconds is None else self._began + refine.max_seconds
        self._most = math.inf if refine.max_evaluations is None else refine.max_evaluations
        self._due = math.inf if report is None else self._began + REPORT_EVERY
        self._iterations, self._evaluations, self._blocks, self._of_blocks = 0, 1, 0, 1
        self.point, self.over = point, False
        self._before = self._least = objective.value(point)

    def block(self, objective, start, of_blocks=1):
        """Begin with a block: `objective` is of its coordinates, `start` where they are."""
        self._objective, self._best, self._of_blocks = objective, start, of_blocks
        self._step = precision(objective) ** (1 / 3)
        traits, self._at_block, self._done = self._refine.traits, self._evaluations, 0
        self._warm_up = traits.warm_up * start.size
        self._at_iteration = self._at_block + self._warm_up
        self._an_iteration = max(1, traits.sweep * start.size)

    def end_block(self, where, stopped):
        """Take the best point over into the whole vector, and heed why the method ended."""
        self.point[where] = self._best
        self.over = stopped in ("max_evaluations", "max_seconds", "interrupted")
        self._blocks += not self.over

    def value(self, x):
        """Return the loss at x."""
        self._spend()
        return self._seen(x, self._objective.value(x))

    def value_and_gradient(self, x):
        """Return the loss and the gradient at x; no slope where the loss is not finite."""
        self._spend()
        value, gradient = self._objective.value_and_gradient(x)
        value = self._seen(x, value)
        return value, gradient if math.isfinite(value) else np.zeros_like(gradient)

    def hessp(self, x, p):
        """H p, exact if the objective offers it, else (g(x + h p) - g(x - h p)) / 2h, to second order in h."""
        exact = getattr(self._objective, "hessian_product", None)
        if exact is not None:
            self._spend()
            return np.asarray(exact(x, p), dtype=np.float64)
        norm = np.linalg.norm(p)
        if norm == 0:
            return np.zeros_like(p)
        h = self._step * (1 + np.linalg.norm(x)) / norm
        return (self.value_and_gradient(x + h * p)[1] - self.value_and_gradient(x - h * p)[1]) / (2 * h)

    def hess(self, x):
        """Return the Hessian, column by column as products."""
        columns = np.stack([self.hessp(x, e) for e in np.eye(x.size)])
        return (columns + columns.T) / 2

    def iterated(self, *_):
        """Count an iteration; SciPy calls this after each."""
        if self._evaluations <= self._at_block + self._warm_up:
            return
        self._iterations, self._done = self._iterations + 1, self._done + 1
        self._an_iteration = (self._an_iteration + self._evaluations - self._at_iteration) / 2
        self._at_iteration = self._evaluations
        if self._refine.max_iterations is not None and self._done >= self._refine.max_iterations:
            raise Stop("max_iterations")

    def record(self, stopped):
        """Return what the history keeps of the refinement."""
        return {
            "method": self._refine.name,
            "loss_before": self._before,
            "loss_after": self._least,
            "iterations": self._iterations,
            "evaluations": self._evaluations,
            **({} if self._refine.block_size is None else {"blocks": self._blocks}),
            "seconds": time.perf_counter() - self._began,
            "stopped": stopped,
        }

    def _spend(self):
        now = time.perf_counter()
        if self._evaluations >= self._most:
            raise Stop("max_evaluations")
        if now >= self._deadline:
            raise Stop("max_seconds")
        self._evaluations += 1
        if now >= self._due:
            self._due = now + REPORT_EVERY
            seconds = now - self._began
            self._report(Status(self._refine.name, self._least, seconds, self._share(seconds)))

    def _seen(self, x, value):
        """Keep the best point; nothing, and less than all numbers, is as bad as can be."""
        if math.isnan(value) or value == -math.inf:
            return math.inf
        if value < self._least:
            self._least, self._best = value, np.array(x, dtype=np.float64)
        return value

    def _share(self, seconds):
        """Return the share done of the budget that will be spent first, or None before any tells."""
        refine, swept = self._refine, (self._blocks + self._share_of_block()) / self._of_blocks
        of_seconds = 0.0 if refine.max_seconds is None else seconds / refine.max_seconds
        of_evaluations = 0.0 if refine.max_evaluations is None else self._evaluations / refine.max_evaluations
        return min(1.0, max(swept, of_seconds, of_evaluations)) or None

    def _share_of_block(self):
        """An iteration is taken to need as many evaluations as those before, the latest most of all, or as usual."""
        if self._refine.max_iterations is None:
            return 0.0
        warm = min(self._evaluations - self._at_block, self._warm_up)
        inside = min(max(0, self._evaluations - self._at_iteration), self._an_iteration)
        whole = self._warm_up + self._refine.max_iterations * self._an_iteration
        return (warm + self._done * self._an_iteration + inside) / whole
