"""Exact BFGS whose cost grows with the steps taken, not with the cube of the unknowns.

    scipy.optimize.minimize(fun, x0, jac=True, method=npae.optimize.bfgs)

The inverse Hessian H starts as the identity and gains, at each step s with change of gradient y,

    H <- H + s v' + v s',    v = r (1 + r y'u) / 2 s - r u,    u = H y,    r = 1 / y's

(Nocedal & Wright 2006, eq. 6.17, written as one symmetric rank-two update). Kept as the rows s and v, it costs
O(n k) numbers and operations after k steps; once that is more than an n x n matrix costs, it becomes one.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import scipy.optimize
from scipy.optimize import OptimizeResult

from .custom import STOPPED, STOPPED_MESSAGE, Path, check_others, scalar, start_of
from .inverse_hessian import InverseHessian
from .line_search import LONGEST, Point, wolfe_step

CONVERGED, ITERATIONS, PRECISION, NOT_A_NUMBER = 0, 1, 2, 3
MESSAGES = {
    CONVERGED: "Optimization terminated successfully.",
    ITERATIONS: "Maximum number of iterations has been exceeded.",
    PRECISION: "Desired error not necessarily achieved due to precision loss.",
    NOT_A_NUMBER: "NaN result encountered.",
    STOPPED: STOPPED_MESSAGE,
}


def bfgs(
    fun,
    x0,
    args=(),
    jac=None,
    callback=None,
    *,
    gtol=None,
    norm=np.inf,
    maxiter=None,
    xrtol=0.0,
    c1=1e-4,
    c2=0.9,
    hess_inv0=None,
    return_all=False,
    disp=False,
    max_memory=1e9,
    tol=None,
    **others,
):
    """Minimise a smooth function of n unknowns by BFGS, for `scipy.optimize.minimize(..., method=npae.optimize.bfgs)`.

    The iterates are those of SciPy's own method="BFGS", up to rounding; an iteration takes O(n k) operations after k
    of them, or O(n^2) where that is less, where SciPy's takes O(n^3). A step along which the gradient did not grow
    leaves the inverse Hessian as it is.

    Parameters
    ----------
    fun, x0, args, jac, callback : as `minimize` passes them on; the gradient must be given (jac=True or a function).
    gtol : stop when the norm of the gradient is at most this; default `tol`, or 1e-5.
    norm : order of that norm; default infinity, the largest entry.
    maxiter : iterations at most; default 200 n.
    xrtol : stop when a step's length is at most xrtol * (xrtol + |x|); default 0.
    c1, c2 : constants of the Wolfe conditions; default 1e-4 and 0.9.
    hess_inv0 : first inverse Hessian: symmetric positive definite (n, n), or a result's `hess_inv`; default identity.
    return_all : keep all iterates, as `allvecs`. disp : print how it ended.
    max_memory : bytes that the inverse Hessian may take on the way; default 1e9. At the bound all steps are forgotten,
        and it starts again as the identity times s'y / y'y of the last step (Shanno & Phua 1978).

    Returns
    -------
    OptimizeResult with x, fun, jac, hess_inv, nfev, njev, nit, status, success, message, and allvecs if asked for.
    `hess_inv` is an array where the method had come to use one, else a LinearOperator.

    Raises
    ------
    ValueError for options or a function that cannot work.
    """
    _check_options(c1, c2, others)
    objective = _Objective(fun, jac, args)
    x0 = start_of(x0)
    gtol = next(given for given in (gtol, tol, 1e-5) if given is not None)
    limits = _Limits(gtol, norm, 200 * x0.size if maxiter is None else maxiter, xrtol)
    H, path = InverseHessian(x0.size, hess_inv0, max_memory), Path(callback, return_all)
    point, iterations, status = _descend(objective, x0, H, limits, (c1, c2), path)
    result = _result(objective, point, H, iterations, status)
    if return_all:
        result.allvecs = path.visited
    if disp:
        _print(result)
    return result


def _descend(objective, x, H, limits, constants, path):
    """Return the last point, the number of iterations and why they ended."""
    here = objective.at(x)
    path.visited.append(here.x)
    previous = here.value + np.linalg.norm(here.gradient) / 2  # a first step of length about 1
    p, iterations, status = _downhill(H, -H.product(here.gradient), here.gradient), 0, limits.reached(here)
    while status is None and iterations < limits.maxiter:
        there = _along(objective, here, p, previous, *constants)
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


def _next_direction(H, here, there, s):
    """Take the step s = there - here into H and return -H g.

    H y is not H g less the product of the step before: where H is small such differences ruin it.
    """
    y, g = there.gradient - here.gradient, there.gradient
    curvature = y @ s
    if not (curvature > 0 and np.isfinite(curvature)):
        return -H.product(g)
    if H.is_full:
        H.restart(curvature / (y @ y))
    Hg, u = H.product(np.stack([g, y]))
    r = 1.0 / curvature
    v = (r * (1.0 + r * (y @ u)) / 2.0) * s - r * u
    H.add(s, v)
    return _downhill(H, -(Hg + (v @ g) * s + (s @ g) * v), g)


def _downhill(H, direction, g):
    """Return the direction, or -g where rounding has spoilt H so far that it does not go down; H then starts again."""
    if direction @ g < 0:
        return direction
    H.restart(1.0)
    return -g


def _along(objective, here, p, previous, c1, c2):
    """Return a point along p that satisfies the strong Wolfe conditions, or None."""
    slope = float(here.gradient @ p)
    first = min(1.0, 2.02 * (here.value - previous) / slope) if slope else 1.0
    last = None

    def phi(step):
        nonlocal last
        last = objective.at(here.x + step * p)
        return last.value, float(last.gradient @ p)

    if wolfe_step(phi, Point(0.0, here.value, slope), first if first >= 0 else 1.0, c1, c2) is not None:
        return last
    return _along_by_scipy(objective, here, p, previous, c1, c2)


def _along_by_scipy(objective, here, p, previous, c1, c2):
    """Where the first search fails, try SciPy's, which brackets and zooms (Nocedal & Wright, alg. 3.5 and 3.6)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step, *_ = scipy.optimize.line_search(
            lambda x: objective.at(x).value,
            lambda x: objective.at(x).gradient,
            here.x,
            p,
            gfk=here.gradient,
            old_fval=here.value,
            old_old_fval=previous,
            c1=c1,
            c2=c2,
            amax=LONGEST,
        )
    there = None if step is None else objective.at(here.x + step * p)
    return there if there is not None and there.is_finite else None


@dataclass(frozen=True)
class _Evaluated:
    """The function at x: its value and its gradient."""

    x: np.ndarray
    value: float
    gradient: np.ndarray

    @property
    def is_finite(self):
        """Whether value and gradient are numbers."""
        return bool(np.isfinite(self.value) and np.isfinite(self.gradient).all())


class _Objective:
    """The user's function and gradient, checked and counted; what it does to its argument stays with it."""

    def __init__(self, fun, jac, args):
        if not callable(jac):
            hint = "Let fun return (value, gradient) and pass jac=True."
            raise ValueError(f"jac must be True or a function for bfgs, got {jac!r}. {hint}")
        self._fun, self._jac, self._args = fun, jac, args
        self.evaluations, self._last = 0, None

    def at(self, x):
        """Return the function at x, from memory if x is where it was asked for last."""
        if self._last is None or not np.array_equal(x, self._last.x):
            self.evaluations += 1
            value, gradient = self._fun(x.copy(), *self._args), self._jac(x.copy(), *self._args)
            self._last = _Evaluated(x, scalar(value), _vector(gradient, x.size))
        return self._last


def _vector(gradient, n):
    gradient = np.array(gradient, dtype=float)  # a copy: the function may use its array again
    if gradient.size == n == 1:
        gradient = gradient.reshape(1)
    if gradient.shape != (n,):
        raise ValueError(f"jac must return a gradient of shape ({n},), got shape {gradient.shape}.")
    return gradient


@dataclass(frozen=True)
class _Limits:
    """When to stop."""

    gtol: float
    norm: float
    maxiter: int
    xrtol: float

    def reached(self, point):
        """Return why to stop at `point`, or None to go on."""
        size = np.linalg.norm(point.gradient, self.norm)
        if np.isnan(size) or np.isnan(point.value):
            return NOT_A_NUMBER
        if size <= self.gtol:
            return CONVERGED
        return None if np.isfinite(point.value) else PRECISION

    def short(self, step, point):
        """Tell whether the last step was too short to go on."""
        return np.linalg.norm(step, self.norm) <= self.xrtol * (self.xrtol + np.linalg.norm(point.x, self.norm))


def _check_options(c1, c2, others):
    if not 0 < c1 < c2 < 1:
        raise ValueError(f"c1 and c2 must satisfy 0 < c1 < c2 < 1, got {c1} and {c2}.")
    check_others("bfgs", others)


def _result(objective, point, H, iterations, status):
    return OptimizeResult(
        x=point.x,
        fun=point.value,
        jac=point.gradient,
        hess_inv=H.result(),
        nfev=objective.evaluations,
        njev=objective.evaluations,
        nit=iterations,
        status=status,
        success=status == CONVERGED,
        message=MESSAGES[status],
    )


def _print(result):
    if not result.success:
        warnings.warn(result.message, RuntimeWarning, stacklevel=5)
    print(
        f"{result.message if result.success else ''}\n"
        f"         Current function value: {result.fun:f}\n"
        f"         Iterations: {result.nit:d}\n"
        f"         Function evaluations: {result.nfev:d}\n"
        f"         Gradient evaluations: {result.njev:d}"
    )
