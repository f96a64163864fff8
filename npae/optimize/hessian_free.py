"""Hessian-free optimisation: truncated Newton steps with a damped Gauss-Newton matrix.

scipy.optimize.minimize(fun, x0, jac=grad, hessp=product, method=npae.optimize.hessian_free)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from ..settings.array_types import ArrayLike, FloatArray
from .counted_functions import CountedFunctions, like
from .hessian_free_options import HessianFreeOptions
from .minimizer_arguments import STOPPED, STOPPED_MESSAGE, Callback, Path, check_others, start_of
from .truncated_cg import truncated_cg

CONVERGED, ITERATIONS, PRECISION, NOT_A_NUMBER = 0, 1, 2, 3
MESSAGES = {
    CONVERGED: "Optimization terminated successfully.",
    ITERATIONS: "Maximum number of iterations has been exceeded.",
    PRECISION: "Desired error not necessarily achieved due to precision loss.",
    NOT_A_NUMBER: "NaN result encountered.",
    STOPPED: STOPPED_MESSAGE,
}
DAMP_MORE, DAMP_LESS = 3 / 2, 2 / 3  # factors of lambda, by the reduction ratio
TRUSTED, DISTRUSTED = 0.75, 0.25
ARMIJO, SHORTEN, SHORTENINGS = 1e-2, 0.8, 60  # of the line search
KEEP, EXPONENT = 0.7, 0.75  # of the preconditioner: share of the average that stays, and the power of the diagonal
FAILURES = 20  # steps in a row that the line search refuses, although lambda grows: the end
FIRST_SHARE = 0.1  # first lambda, as a share of the curvature along the gradient


def hessian_free(
    fun: Callable[..., Any],
    x0: ArrayLike,
    args: tuple[Any, ...] = (),
    jac: Callable[..., Any] | None = None,
    hessp: Callable[..., Any] | None = None,
    callback: Callback | None = None,
    *,
    gtol: float | None = None,
    maxiter: int | None = None,
    damping: float | None = None,
    decay: float = 0.95,
    cg_tolerance: float = 5e-4,
    cg_maxiter: int = 250,
    diagonal: Callable[[FloatArray, int, int], ArrayLike] | None = None,
    draws: int = 5,
    return_all: bool = False,
    tol: float | None = None,
    **others: Any,
) -> OptimizeResult:
    """Minimise a function of many unknowns by Martens's Hessian-free method, as a method of `scipy.optimize.minimize`.

    Call it as `scipy.optimize.minimize(fun, x0, jac=grad, hessp=product, method=npae.optimize.hessian_free)`. Each
    iteration minimises q(d) = g^T d + d^T (B + lambda I) d / 2 by conjugate gradients ([1]_, algorithm 2), where B is
    what `hessp` multiplies by: positive semi-definite, such as the Gauss-Newton matrix.

    - Conjugate gradients begin at `decay` times the solution of before ([1]_, sec. 4.5; [2]_, sec. 10), and end when
      the relative progress of q per step falls below `cg_tolerance` ([1]_, sec. 4.4).
    - Their iterates are tried from the last one back, as long as `fun` gets less ([1]_, sec. 4.6).
    - lambda is multiplied by 2/3 if `fun` has fallen by more than 3/4 of what q promised, and by 3/2 if by less than
      1/4 ([1]_, sec. 4.1).
    - With a `diagonal`, they are preconditioned by (D + lambda)^0.75 ([1]_, sec. 4.7), where D is a running average of
      it, 0.7 of the one before.
    - The step is shortened until `fun` falls by 1 % of its slope, or refused ([2]_, sec. 8.8).

    Parameters
    ----------
    fun : callable
        f(x, *args) -> value.
    x0 : array of shape (n,)
        Where to start.
    args : tuple, default ()
        Further arguments of `fun`, `jac` and `hessp`.
    jac : callable or None, default None
        f(x, *args) -> gradient of shape (n,). Values are asked for more often than gradients: give two functions
        rather than jac=True.
    hessp : callable or None, default None
        f(x, v, *args) -> B v of shape (n,). Required, like `jac`: None raises ValueError.
    callback : callable or None, default None
        Called after each iteration, in either form that `minimize` knows; it may raise StopIteration.
    gtol : float or None, default None
        Stop when no entry of the gradient is larger than this; None for `tol`, or 1e-5 if that is None too.
    maxiter : int or None, default None
        Largest number of iterations; None for 200 n.
    damping : float or None, default None
        First lambda, positive; None for a tenth of the curvature along the first gradient, g^T B g / g^T g.
    decay : float, default 0.95
        Share of the solution of before that conjugate gradients begin at, in [0, 1].
    cg_tolerance : float, default 5e-4
        Progress per step, relative to q, at which conjugate gradients end; positive.
    cg_maxiter : int, default 250
        Their largest number of steps.
    diagonal : callable or None, default None
        f(x, draws, seed) -> an estimate of the diagonal of B, at least 0, from so many draws. `Refine` gives one. None
        for no preconditioner.
    draws : int, default 5
        Draws of it for each iteration.
    return_all : bool, default False
        Whether to keep all iterates, as `allvecs`.
    tol : float or None, default None
        What `minimize` calls so; see `gtol`.
    **others : Any
        What `minimize` passes on to every method. Unknown options give an OptimizeWarning; `Refine` refuses them.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With x, fun, jac, nfev, njev, nhev, nit, status, success, message and `damping`, the last lambda; and allvecs
        if asked for.

    Raises
    ------
    ValueError
        If `jac` or `hessp` is not a function, if an option is invalid, if there are bounds or constraints, or if a
        function returns a wrong shape.

    Notes
    -----
    The paper's D is the sum of squared gradients of single samples, this one an estimate of the diagonal of B: see
    docs/decisions.md. The method holds about 30 vectors of n numbers.

    References
    ----------
    .. [1] Martens, "Deep learning via Hessian-free optimization", ICML 2010.
    .. [2] Martens & Sutskever, "Training deep and recurrent networks with Hessian-free optimization", in "Neural
       networks: tricks of the trade", 2nd ed. (2012), chapter 20.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.optimize import minimize, rosen, rosen_der
    >>> import npae
    >>> def gauss_newton(x, v):
    ...     J = np.array([[-20 * x[0], 10], [-1, 0]])  # of the residuals 10 (x1 - x0^2) and 1 - x0
    ...     return 2 * J.T @ (J @ v)
    >>> result = minimize(rosen, [-1.2, 1], jac=rosen_der, hessp=gauss_newton, method=npae.optimize.hessian_free)
    >>> result.success, result.x.round(3).tolist()
    (True, [1.0, 1.0])
    """
    check_others("hessian_free", others)
    options = HessianFreeOptions(
        next(given for given in (gtol, tol, 1e-5) if given is not None),
        maxiter,
        damping,
        decay,
        cg_tolerance,
        cg_maxiter,
        diagonal,
        draws,
    )
    function = CountedFunctions(fun, jac, hessp, args)
    x, path = start_of(x0), Path(callback, return_all)
    descent = _Descent(function, options, x)
    path.visited.append(x)
    status = descent.run(200 * x.size if maxiter is None else maxiter, path)
    result = descent.result(status)
    if return_all:
        result.allvecs = path.visited
    return result


class _Descent:
    """Where the method is: x, its value and gradient, lambda, and the last solution of conjugate gradients."""

    def __init__(self, functions: CountedFunctions, options: HessianFreeOptions, x: FloatArray) -> None:
        self._functions, self._options, self.x = functions, options, x
        self.value, self.gradient = functions.value(x), functions.gradient(x)
        self.damping, self.iterations, self._failures = options.damping or 0.0, 0, 0
        self._solution = np.zeros_like(x)
        self._diagonal: FloatArray | None = None

    def run(self, maxiter: int, path: Path) -> int:
        """Iterate; return why it ended."""
        status = self._reached()
        while status is None and self.iterations < maxiter:
            self._iterate()
            self.iterations += 1
            if path.is_at(self.x, self.value):
                return STOPPED
            status = self._reached()
        return ITERATIONS if status is None else status

    def _iterate(self) -> None:
        """Solve for a step, and take as much of it as makes the value less."""
        options, g = self._options, self.gradient
        self.damping = self.damping or self._first_damping()

        def product(v: FloatArray) -> FloatArray:
            return self._functions.product(self.x, v) + self.damping * v

        start = options.decay * self._solution
        found = truncated_cg(product, -g, start, self._scale(), options.cg_tolerance, options.cg_maxiter)
        self._solution = found[-1][0]
        step, promised, value = self._best_iterate(found)
        ratio = (value - self.value) / promised if promised < 0 else -math.inf
        if not ratio >= DISTRUSTED:
            self.damping *= DAMP_MORE
        elif ratio > TRUSTED:
            self.damping *= DAMP_LESS
        self._take(step, value)

    def _scale(self) -> FloatArray | None:
        """Return the diagonal of the preconditioner, or None if there is none."""
        estimate, draws = self._options.diagonal, self._options.draws
        if estimate is None:
            return None
        new = like(self.x, estimate(self.x.copy(), draws, self.iterations), "diagonal")
        new = np.where(np.isfinite(new), np.maximum(new, 0.0), 0.0)
        self._diagonal = new if self._diagonal is None else KEEP * self._diagonal + (1 - KEEP) * new
        scale: FloatArray = (self._diagonal + self.damping) ** EXPONENT
        return scale

    def _first_damping(self) -> float:
        """Return a share of the curvature along the gradient."""
        g = self.gradient
        curvature = float(g @ self._functions.product(self.x, g) / (g @ g))
        return FIRST_SHARE * curvature if curvature > 0 and math.isfinite(curvature) else 1.0

    def _best_iterate(self, found: list[tuple[FloatArray, float]]) -> tuple[FloatArray, float, float]:
        """Return the iterate before which the value gets no less, what it promised, and the value there."""
        step, promised = found[-1]
        value = self._functions.value(self.x + step)
        for earlier, its_promise in reversed(found[:-1]):
            its_value = self._functions.value(self.x + earlier)
            if its_value >= value:
                break
            step, promised, value = earlier, its_promise, its_value
        return step, promised, value

    def _take(self, step: FloatArray, value: float) -> None:
        """Move along the step, as far as the line search allows."""
        slope, share = float(self.gradient @ step), 1.0
        for _ in range(SHORTENINGS if slope < 0 else 0):
            if value <= self.value + ARMIJO * share * slope:
                self.x = self.x + share * step
                self.value, self.gradient, self._failures = value, self._functions.gradient(self.x), 0
                return
            share *= SHORTEN
            value = self._functions.value(self.x + share * step)
        self._failures += 1
        self._solution = np.zeros_like(step)

    def _reached(self) -> int | None:
        """Return why to stop here, or None to go on."""
        if not (math.isfinite(self.value) and np.isfinite(self.gradient).all()):
            return NOT_A_NUMBER
        if np.abs(self.gradient).max() <= self._options.gtol:
            return CONVERGED
        return PRECISION if self._failures >= FAILURES else None

    def result(self, status: int) -> OptimizeResult:
        """Return what `minimize` returns."""
        return OptimizeResult(
            x=self.x,
            fun=self.value,
            jac=self.gradient,
            damping=self.damping,
            nfev=self._functions.values,
            njev=self._functions.gradients,
            nhev=self._functions.products,
            nit=self.iterations,
            status=status,
            success=status == CONVERGED,
            message=MESSAGES[status],
        )
