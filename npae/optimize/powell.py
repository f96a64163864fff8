"""Powell's method without a matrix: the points of SciPy's own, bit for bit, in memory for a few vectors.

    scipy.optimize.minimize(fun, x0, method=powell)

SciPy's begins by writing an n x n identity, 100 MB for 3,597 unknowns, which takes longer than a short budget. Here
a direction that is still a coordinate is its number, and moving along it touches one number of x.
"""

import math
from contextlib import suppress

import numpy as np
from scipy.optimize import OptimizeResult, minimize_scalar

from .custom import STOPPED, STOPPED_MESSAGE, Path, check_others, scalar, start_of

CONVERGED, EVALUATIONS, ITERATIONS, NOT_A_NUMBER = 0, 1, 2, 3
MESSAGES = {
    CONVERGED: "Optimization terminated successfully.",
    EVALUATIONS: "Maximum number of function evaluations has been exceeded.",
    ITERATIONS: "Maximum number of iterations has been exceeded.",
    NOT_A_NUMBER: "NaN result encountered.",
    STOPPED: STOPPED_MESSAGE,
}


def powell(fun, x0, args=(), callback=None, *, xtol=None, ftol=None, maxiter=None, maxfev=None, tol=None, **others):
    """Minimise a function of n unknowns without derivatives, for `scipy.optimize.minimize(..., method=powell)`.

    An iteration searches along n directions, at first the coordinates, one after another; then the direction of
    the greatest gain may give way to the way that the iteration went as a whole (Powell 1964, as in Press et al.,
    Numerical Recipes, sec. 10.7).

    Parameters
    ----------
    fun, x0, args, callback : as `minimize` passes them on.
    xtol : relative precision of a line search, times 100; default `tol`, or 1e-4. ftol : stop when an iteration gained
        at most this share of the value; default `tol`, or 1e-4.
    maxiter, maxfev : iterations and evaluations at most; default 1000 n each; if one is given, no limit for the other.

    Returns
    -------
    OptimizeResult with x, fun, nfev, nit, status, success and message.
    """
    check_others("powell", others)
    x0 = start_of(x0)
    xtol, ftol = (next(value for value in (own, tol, 1e-4) if value is not None) for own in (xtol, ftol))
    limit = 1000 * x0.size if maxiter is None and maxfev is None else math.inf
    maxiter, maxfev = (limit if given is None else given for given in (maxiter, maxfev))
    line, stopped = _Line(fun, args, x0, 100 * xtol, maxfev), False
    with suppress(_Spent):
        line.begin()
        stopped = _iterate(line, Path(callback), ftol, maxiter)
    status = _status(line, stopped, maxiter, maxfev)
    return OptimizeResult(
        x=line.x,
        fun=line.value,
        nfev=line.evaluations,
        nit=line.iterations,
        status=status,
        success=status == CONVERGED,
        message=MESSAGES[status],
    )


def _status(line, stopped, maxiter, maxfev):
    if stopped:
        return STOPPED
    if line.evaluations >= maxfev:
        return EVALUATIONS
    if line.iterations >= maxiter:
        return ITERATIONS
    return CONVERGED if math.isfinite(line.value) else NOT_A_NUMBER


def _iterate(line, path, ftol, maxiter):
    """Iterate until nothing is gained any more, or maxiter; return whether the callback wanted to stop."""
    directions, corner = list(range(line.x.size)), line.x.copy()
    while True:
        before = line.value
        gain, best = _sweep(line, directions)
        line.iterations += 1
        if path.is_at(line.x, line.value):
            return True
        if _hardly_differ(before, line.value, ftol) or line.iterations >= maxiter:
            return False
        step, corner = line.x - corner, line.x.copy()
        if _bends(before, line.value, line.evaluate(line.x + step), gain):
            step = line.search(step)
            if step.any():
                directions[best] = directions[-1]
                directions[-1] = step


def _sweep(line, directions):
    """Search along all directions; return the greatest gain and which of them gave it."""
    gain, best = 0.0, 0
    for index, direction in enumerate(directions):
        before = line.value
        line.search(direction)
        if before - line.value > gain:
            gain, best = before - line.value, index
    return gain, best


def _hardly_differ(before, after, ftol):
    return 2.0 * (before - after) <= ftol * (abs(before) + abs(after)) + 1e-20 or math.isnan(before + after)


def _bends(before, after, beyond, gain):
    """Tell whether the way as a whole is a better direction than the one of the greatest gain (Press et al.)."""
    rest, rise = before - after - gain, before - beyond
    return rise > 0 and 2.0 * (before + beyond - 2.0 * after) * (rest * rest) - gain * rise * rise < 0


class _Spent(Exception):
    """The function has been evaluated as often as it may be."""


class _Line:
    """Searches along one line after another, moving x; counts the evaluations."""

    def __init__(self, fun, args, x, tolerance, maxfev):
        self._fun, self._args, self._options = fun, args, {"xtol": tolerance}
        self._most = maxfev
        self.x, self.evaluations, self.iterations = x, 0, 0
        self.value = math.nan

    def begin(self):
        """Evaluate the function where the search starts."""
        self.value = self.evaluate(self.x)

    def evaluate(self, x):
        """Return the function at x, as a number."""
        if self.evaluations >= self._most:
            raise _Spent
        self.evaluations += 1
        return scalar(self._fun(x.copy(), *self._args))

    def search(self, direction):
        """Move x to the least value along a vector, or along the coordinate of that number; return the step."""
        if isinstance(direction, int):
            return self._search_coordinate(direction)
        if not direction.any():
            return direction
        start, trial = self.x, np.empty_like(self.x)

        def along(alpha):
            np.multiply(direction, alpha, out=trial)
            return self.evaluate(np.add(start, trial, out=trial))

        step = self._brent(along) * direction
        self.x = start + step
        return step

    def _search_coordinate(self, index):
        x, start = self.x, self.x[index]

        def along(alpha):
            x[index] = start + alpha
            return self.evaluate(x)

        try:
            alpha = self._brent(along)
        except BaseException:
            x[index] = start
            raise
        x[index] = start + alpha
        return alpha

    def _brent(self, along):
        result = minimize_scalar(along, method="brent", options=self._options)
        self.value = result.fun
        return result.x
