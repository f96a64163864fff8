"""A point along a direction that satisfies the strong Wolfe conditions."""

from __future__ import annotations

import warnings

import scipy.optimize

from ..settings.array_types import FloatArray
from .evaluation import CountedFunction, Evaluation
from .line_search import LONGEST, Point, wolfe_step


def wolfe_point(
    function: CountedFunction, here: Evaluation, p: FloatArray, previous: float, c1: float, c2: float
) -> Evaluation | None:
    """Return a point along p from `here`, or None if there is none.

    `previous` is the value one iteration earlier; the first step is chosen from it.
    """
    slope = float(here.gradient @ p)
    first = min(1.0, 2.02 * (here.value - previous) / slope) if slope else 1.0
    last = here

    def phi(step: float) -> tuple[float, float]:
        nonlocal last
        last = function.at(here.x + step * p)
        return last.value, float(last.gradient @ p)

    if wolfe_step(phi, Point(0.0, here.value, slope), first if first >= 0 else 1.0, c1, c2) is not None:
        return last
    return _by_scipy(function, here, p, previous, c1, c2)


def _by_scipy(
    function: CountedFunction, here: Evaluation, p: FloatArray, previous: float, c1: float, c2: float
) -> Evaluation | None:
    """Where the first search fails, try SciPy's other one (Nocedal & Wright 2006, algorithms 3.5 and 3.6)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step, *_ = scipy.optimize.line_search(
            lambda x: function.at(x).value,
            lambda x: function.at(x).gradient,
            here.x,
            p,
            gfk=here.gradient,
            old_fval=here.value,
            old_old_fval=previous,
            c1=c1,
            c2=c2,
            amax=LONGEST,
        )
    there = None if step is None else function.at(here.x + step * p)
    return there if there is not None and there.is_finite else None
