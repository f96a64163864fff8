"""Powell's method without a matrix: the points of SciPy's method, bit for bit, in little memory.

    scipy.optimize.minimize(fun, x0, method=npae.optimize.powell)

SciPy's begins by filling an n x n identity: 100 MB for 3,597 unknowns, which takes longer than a short budget. Here a
direction that is still a coordinate is stored as its number, and a step along it touches one number of x. Only a
direction that an iteration has replaced is stored as a vector.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult, minimize_scalar

from ..settings.array_types import ArrayLike, FloatArray
from ..settings.checks import real_number
from .minimizer_arguments import STOPPED, STOPPED_MESSAGE, Callback, Path, check_others, scalar, start_of

CONVERGED, EVALUATIONS, ITERATIONS, NOT_A_NUMBER = 0, 1, 2, 3
MESSAGES = {
    CONVERGED: "Optimization terminated successfully.",
    EVALUATIONS: "Maximum number of function evaluations has been exceeded.",
    ITERATIONS: "Maximum number of iterations has been exceeded.",
    NOT_A_NUMBER: "NaN result encountered.",
    STOPPED: STOPPED_MESSAGE,
}


def powell(
    fun: Callable[..., Any],
    x0: ArrayLike,
    args: tuple[Any, ...] = (),
    callback: Callback | None = None,
    *,
    xtol: float | None = None,
    ftol: float | None = None,
    maxiter: float | None = None,
    maxfev: float | None = None,
    tol: float | None = None,
    **others: Any,
) -> OptimizeResult:
    """Minimise a function of n unknowns without derivatives, as a method of `scipy.optimize.minimize`.

    Call it as `scipy.optimize.minimize(fun, x0, method=npae.optimize.powell)`. An iteration searches along n
    directions, one after another; at first they are the coordinates. Then the step of the whole iteration may replace
    the direction along which the value fell most ([1]_, as in [2]_, sec. 10.7).

    Parameters
    ----------
    fun : callable
        f(x, *args) -> value, as `minimize` passes it on.
    x0 : array of shape (n,)
        Where to start.
    args : tuple, default ()
        Further arguments of `fun`.
    callback : callable or None, default None
        Called after each iteration, in either form that `minimize` knows; it may raise StopIteration.
    xtol : float or None, default None
        A hundredth of the relative precision of a line search; None for `tol`, or 1e-4 if that is None too.
    ftol : float or None, default None
        Stop when an iteration reduces the value by at most this share; None for `tol`, or 1e-4.
    maxiter, maxfev : int or None, default None
        Largest number of iterations and of evaluations. None for 1000 n each; if one is given, the other is unlimited.
    tol : float or None, default None
        What `minimize` calls so; see `xtol` and `ftol`.
    **others : Any
        What `minimize` passes on to every method. Unknown options give an OptimizeWarning.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With x, fun, nfev, nit, status, success and message.

    Raises
    ------
    ValueError
        If there are bounds or constraints, or if x0 or a value of `fun` has a wrong shape.

    References
    ----------
    .. [1] Powell, "An efficient method for finding the minimum of a function of several variables without calculating
       derivatives", The Computer Journal 7 (1964).
    .. [2] Press, Teukolsky, Vetterling & Flannery, "Numerical Recipes".
    """
    check_others("powell", others)
    x0 = start_of(x0)
    xtol, ftol = (next(value for value in (own, tol, 1e-4) if value is not None) for own in (xtol, ftol))
    limit = 1000 * x0.size if maxiter is None and maxfev is None else math.inf
    maxiter, maxfev = (limit if given is None else given for given in (maxiter, maxfev))
    for name, value in {"xtol": xtol, "ftol": ftol, "maxiter": maxiter, "maxfev": maxfev}.items():
        real_number(name, value)
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


def _status(line: _Line, stopped: bool, maxiter: float, maxfev: float) -> int:
    if stopped:
        return STOPPED
    if line.evaluations >= maxfev:
        return EVALUATIONS
    if line.iterations >= maxiter:
        return ITERATIONS
    return CONVERGED if math.isfinite(line.value) else NOT_A_NUMBER


def _iterate(line: _Line, path: Path, ftol: float, maxiter: float) -> bool:
    """Iterate until the value hardly falls, or up to maxiter; return whether the callback wanted to stop."""
    directions: list[int | FloatArray] = list(range(line.x.size))
    corner = line.x.copy()
    while True:
        before = line.value
        gain, best = _sweep(line, directions)
        line.iterations += 1
        if path.is_at(line.x, line.value):
            return True
        if _hardly_differ(before, line.value, ftol) or line.iterations >= maxiter:
            return False
        step: FloatArray = line.x - corner
        corner = line.x.copy()
        if _replaces(before, line.value, line.evaluate(line.x + step), gain):
            step = line.search_along(step)
            if step.any():
                directions[best] = directions[-1]
                directions[-1] = step


def _sweep(line: _Line, directions: list[int | FloatArray]) -> tuple[float, int]:
    """Search along all directions; return the greatest reduction of the value, and the direction that gave it."""
    gain, best = 0.0, 0
    for index, direction in enumerate(directions):
        before = line.value
        line.search(direction)
        if before - line.value > gain:
            gain, best = before - line.value, index
    return gain, best


def _hardly_differ(before: float, after: float, ftol: float) -> bool:
    return 2.0 * (before - after) <= ftol * (abs(before) + abs(after)) + 1e-20 or math.isnan(before + after)


def _replaces(before: float, after: float, beyond: float, gain: float) -> bool:
    """Return whether the step as a whole is to replace the direction of the greatest gain (Press et al., sec. 10.7).

    `beyond` is the value after the same step once more.
    """
    rest, rise = before - after - gain, before - beyond
    return rise > 0 and 2.0 * (before + beyond - 2.0 * after) * (rest * rest) - gain * rise * rise < 0


class _Spent(Exception):
    """The function has been evaluated `maxfev` times."""


class _Line:
    """Moves x to the least value along one line after another, and counts the evaluations."""

    def __init__(
        self, fun: Callable[..., Any], args: tuple[Any, ...], x: FloatArray, tolerance: float, maxfev: float
    ) -> None:
        self._fun, self._args, self._options = fun, args, {"xtol": tolerance}
        self._most = maxfev
        self.x, self.evaluations, self.iterations = x, 0, 0
        self.value = math.nan

    def begin(self) -> None:
        """Evaluate the function where the search starts."""
        self.value = self.evaluate(self.x)

    def evaluate(self, x: FloatArray) -> float:
        """Return the function at x."""
        if self.evaluations >= self._most:
            raise _Spent
        self.evaluations += 1
        return scalar(self._fun(x.copy(), *self._args))

    def search(self, direction: int | FloatArray) -> None:
        """Move x to the least value along a vector, or along the coordinate of that number."""
        if isinstance(direction, int):
            self._search_coordinate(direction)
        else:
            self.search_along(direction)

    def search_along(self, direction: FloatArray) -> FloatArray:
        """Move x to the least value along a vector; return the step."""
        if not direction.any():
            return direction
        start, trial = self.x, np.empty_like(self.x)

        def along(alpha: float) -> float:
            np.multiply(direction, alpha, out=trial)
            return self.evaluate(np.add(start, trial, out=trial))

        step: FloatArray = self._brent(along) * direction
        self.x = start + step
        return step

    def _search_coordinate(self, index: int) -> None:
        x, start = self.x, self.x[index]

        def along(alpha: float) -> float:
            x[index] = start + alpha
            return self.evaluate(x)

        try:
            alpha = self._brent(along)
        except BaseException:
            x[index] = start
            raise
        x[index] = start + alpha

    def _brent(self, along: Callable[[float], float]) -> float:
        """Return the step of the least value, and keep that value."""
        result = minimize_scalar(along, method="brent", options=self._options)
        self.value = result.fun
        step: float = result.x
        return step
