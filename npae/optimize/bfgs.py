"""Exact BFGS whose cost grows with the number of steps, not with the cube of the number of unknowns.

    scipy.optimize.minimize(fun, x0, jac=True, method=npae.optimize.bfgs)

The inverse Hessian H starts as the identity. Each step s with change of gradient y adds a symmetric term of rank two,

    H <- H + s v' + v s',    v = r (1 + r y'u) / 2 s - r u,    u = H y,    r = 1 / y's

(Nocedal & Wright, "Numerical Optimization" (2006), eq. 6.17, rearranged). While H is kept as the rows s and v, it takes
O(n k) numbers and operations after k steps. When that exceeds what an n x n matrix takes, H becomes one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult
from scipy.sparse.linalg import LinearOperator

from ..settings.array_types import ArrayLike, FloatArray
from ..settings.checks import real_number
from .evaluation import CountedFunction, Evaluation
from .inverse_hessian import InverseHessian
from .minimizer_arguments import STOPPED, STOPPED_MESSAGE, Callback, Path, check_others, start_of
from .wolfe_point import wolfe_point

CONVERGED, ITERATIONS, PRECISION, NOT_A_NUMBER = 0, 1, 2, 3
MESSAGES = {
    CONVERGED: "Optimization terminated successfully.",
    ITERATIONS: "Maximum number of iterations has been exceeded.",
    PRECISION: "Desired error not necessarily achieved due to precision loss.",
    NOT_A_NUMBER: "NaN result encountered.",
    STOPPED: STOPPED_MESSAGE,
}


def bfgs(
    fun: Callable[..., Any],
    x0: ArrayLike,
    args: tuple[Any, ...] = (),
    jac: Callable[..., Any] | bool | None = None,
    callback: Callback | None = None,
    *,
    gtol: float | None = None,
    norm: float = np.inf,
    maxiter: int | None = None,
    xrtol: float = 0.0,
    c1: float = 1e-4,
    c2: float = 0.9,
    hess_inv0: ArrayLike | LinearOperator | None = None,
    return_all: bool = False,
    disp: bool = False,
    max_memory: float = 1e9,
    tol: float | None = None,
    **others: Any,
) -> OptimizeResult:
    """Minimise a smooth function of n unknowns by BFGS, as a method of `scipy.optimize.minimize`.

    Call it as `scipy.optimize.minimize(fun, x0, jac=True, method=npae.optimize.bfgs)`. The iterates are those of
    method="BFGS", up to rounding. After k iterations, the next one takes O(n k) operations, or O(n^2) where that is
    less; SciPy's takes O(n^3).

    Parameters
    ----------
    fun : callable
        f(x, *args) -> value, as `minimize` passes it on.
    x0 : array of shape (n,)
        Where to start.
    args : tuple, default ()
        Further arguments of `fun` and `jac`.
    jac : callable or None, default None
        f(x, *args) -> gradient of shape (n,). Required: None raises ValueError. If `minimize` gets jac=True, it makes
        this function from `fun`.
    callback : callable or None, default None
        Called after each iteration, in either form that `minimize` knows; it may raise StopIteration.
    gtol : float or None, default None
        Stop when the norm of the gradient is at most this; None for `tol`, or 1e-5 if that is None too.
    norm : float, default inf
        Order of that norm; infinity takes the largest entry.
    maxiter : int or None, default None
        Largest number of iterations; None for 200 n.
    xrtol : float, default 0.0
        Stop when a step is not longer than xrtol * (xrtol + |x|).
    c1, c2 : float, default 1e-4 and 0.9
        Constants of the Wolfe conditions, 0 < c1 < c2 < 1.
    hess_inv0 : array of shape (n, n), LinearOperator or None, default None
        First inverse Hessian, symmetric and positive definite, such as `hess_inv` of a result; None for the identity.
    return_all : bool, default False
        Whether to keep all iterates, as `allvecs`.
    disp : bool, default False
        Whether to print how it ended.
    max_memory : float, default 1e9
        Bytes that the inverse Hessian may take while it grows. At the bound all steps are forgotten, and H starts again
        as the identity times s'y / y'y of the last step ([1]_).
    tol : float or None, default None
        What `minimize` calls so; see `gtol`.
    **others : Any
        What `minimize` passes on to every method. Unknown options give an OptimizeWarning.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With x, fun, jac, hess_inv, nfev, njev, nit, status, success and message, and allvecs if asked for. `hess_inv`
        is an array if H has become a matrix, otherwise a LinearOperator.

    Raises
    ------
    ValueError
        If `jac` is not a function, if an option is invalid, if there are bounds or constraints, or if `fun` or `jac`
        returns a wrong shape.

    Notes
    -----
    A step along which the slope does not grow (y's <= 0) leaves H as it is.

    References
    ----------
    .. [1] Shanno & Phua, "Matrix conditioning and nonlinear optimization", Mathematical Programming 14 (1978).
    """
    _check_options(c1, c2, others)
    function = CountedFunction(fun, jac, args)
    x0 = start_of(x0)
    gtol = next(given for given in (gtol, tol, 1e-5) if given is not None)
    limits = _Limits(gtol, norm, 200 * x0.size if maxiter is None else maxiter, xrtol)
    for name in ("gtol", "maxiter", "xrtol"):
        real_number(name, getattr(limits, name))
    H, path = InverseHessian(x0.size, hess_inv0, max_memory), Path(callback, return_all)
    point, iterations, status = _descend(function, x0, H, limits, (c1, c2), path)
    result = _result(function, point, H, iterations, status)
    if return_all:
        result.allvecs = path.visited
    if disp:
        _print(result)
    return result


def _descend(
    function: CountedFunction,
    x: FloatArray,
    H: InverseHessian,
    limits: _Limits,
    constants: tuple[float, float],
    path: Path,
) -> tuple[Evaluation, int, int]:
    """Return the last point, the number of iterations and the status."""
    here = function.at(x)
    path.visited.append(here.x)
    previous = here.value + float(np.linalg.norm(here.gradient)) / 2  # makes the length of the first step about 1
    p, iterations, status = _downhill(H, -H.product(here.gradient), here.gradient), 0, limits.reached(here)
    while status is None and iterations < limits.maxiter:
        there = wolfe_point(function, here, p, previous, *constants)
        if there is None:
            return here, iterations, PRECISION
        iterations += 1
        step, status = there.x - here.x, limits.reached(there)
        if path.is_at(there.x, there.value):
            status = STOPPED
        elif status is None and limits.short(step, there):
            status = CONVERGED
        if status is None:
            p = _next_direction(H, here, there, step)
        previous, here = here.value, there
    return here, iterations, ITERATIONS if status is None else status


def _next_direction(H: InverseHessian, here: Evaluation, there: Evaluation, s: FloatArray) -> FloatArray:
    """Take the step s = there - here into H and return -H g.

    H y is not computed as the difference of H g here and there: where H is small, such a difference is all rounding.
    """
    y, g = there.gradient - here.gradient, there.gradient
    curvature = y @ s
    if not (curvature > 0 and np.isfinite(curvature)):
        return -H.product(g)
    if H.is_full:
        H.restart(float(curvature / (y @ y)))
    Hg, u = H.product(np.stack([g, y]))
    r = 1.0 / curvature
    v = (r * (1.0 + r * (y @ u)) / 2.0) * s - r * u
    H.add(s, v)
    return _downhill(H, -(Hg + (v @ g) * s + (s @ g) * v), g)


def _downhill(H: InverseHessian, direction: FloatArray, g: FloatArray) -> FloatArray:
    """Return the direction; if rounding in H makes it go uphill, restart H and return -g."""
    if direction @ g < 0:
        return direction
    H.restart(1.0)
    return -g


@dataclass(frozen=True)
class _Limits:
    """When to stop."""

    gtol: float
    norm: float
    maxiter: int
    xrtol: float

    def reached(self, point: Evaluation) -> int | None:
        """Return why to stop at `point`, or None to go on."""
        size = np.linalg.norm(point.gradient, self.norm)
        if np.isnan(size) or np.isnan(point.value):
            return NOT_A_NUMBER
        if size <= self.gtol:
            return CONVERGED
        return None if np.isfinite(point.value) else PRECISION

    def short(self, step: FloatArray, point: Evaluation) -> bool:
        """Return whether the last step was too short to go on."""
        bound = self.xrtol * (self.xrtol + np.linalg.norm(point.x, self.norm))
        return bool(np.linalg.norm(step, self.norm) <= bound)


def _check_options(c1: float, c2: float, others: Mapping[str, Any]) -> None:
    if not 0 < real_number("c1", c1) < real_number("c2", c2) < 1:
        raise ValueError(f"c1 and c2 must satisfy 0 < c1 < c2 < 1, got {c1} and {c2}.")
    check_others("bfgs", others)


def _result(
    function: CountedFunction, point: Evaluation, H: InverseHessian, iterations: int, status: int
) -> OptimizeResult:
    return OptimizeResult(
        x=point.x,
        fun=point.value,
        jac=point.gradient,
        hess_inv=H.result(),
        nfev=function.evaluations,
        njev=function.evaluations,
        nit=iterations,
        status=status,
        success=status == CONVERGED,
        message=MESSAGES[status],
    )


def _print(result: OptimizeResult) -> None:
    if not result.success:
        warnings.warn(result.message, RuntimeWarning, stacklevel=5)
    print(
        f"{result.message if result.success else ''}\n"
        f"         Current function value: {result.fun:f}\n"
        f"         Iterations: {result.nit:d}\n"
        f"         Function evaluations: {result.nfev:d}\n"
        f"         Gradient evaluations: {result.njev:d}"
    )
