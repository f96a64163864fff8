"""What a refinement minimises, and how SciPy sees it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from scipy.optimize import OptimizeResult

from ..settings.array_types import FloatArray
from .accepted_point import AcceptedPoint
from .best_point import BestPoint
from .budget import Budget
from .curve import Curve
from .time_left import Estimate


class Objective(Protocol):
    """A function to minimise; `Refine.improve` says what else it may have."""

    def value(self, x: FloatArray, /) -> float:
        """Return the loss at x."""

    def value_and_gradient(self, x: FloatArray, /) -> tuple[float, FloatArray]:
        """Return the loss at x and its gradient."""


def precision(objective: Objective) -> float:
    """Return the relative precision of what an objective returns: its `epsilon`, or float64's."""
    epsilon: float = getattr(objective, "epsilon", np.finfo(np.float64).eps)
    return epsilon


class ScipyObjective:
    """An objective as SciPy calls it: each call is counted, the best point is kept, and no value is NaN.

    `hessp`, `hess` and `callback` are named after the arguments of `scipy.optimize.minimize`.
    """

    def __init__(
        self, objective: Objective, budget: Budget, best: BestPoint, estimate: Estimate, curve: Curve | None = None
    ) -> None:
        self._objective, self._budget, self._best, self._estimate = objective, budget, best, estimate
        self._curve, self._accepted, self._precision = curve, AcceptedPoint(), precision(objective)
        self._difference = self._precision ** (1 / 3)

    def value(self, x: FloatArray) -> float:
        """Return the loss at x."""
        self._count_evaluation()
        value = self._seen(x, self._objective.value(x))
        self._accepted.evaluated(x, value, None)
        return value

    def value_and_gradient(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Return the loss and the gradient at x; the gradient is 0 where the loss is not finite."""
        value, gradient = self._value_and_gradient(x)
        self._accepted.evaluated(x, value, gradient)
        return value, gradient

    def _value_and_gradient(self, x: FloatArray) -> tuple[float, FloatArray]:
        self._count_evaluation()
        value, gradient = self._objective.value_and_gradient(x)
        value = self._seen(x, value)
        return value, gradient if math.isfinite(value) else np.zeros_like(gradient)

    def residuals(self, x: FloatArray, function: Callable[[FloatArray], FloatArray]) -> tuple[FloatArray, float]:
        """Return the residuals that a function has at x, infinite where the loss is not finite, and the loss."""
        self._count_evaluation()
        found = function(x)
        value = self._seen(x, 0.5 * float(found @ found))
        return (found if math.isfinite(value) else np.full_like(found, math.inf)), value

    @property
    def residual_map(self) -> Any:
        """The objective's residuals, or None if it has none."""
        return getattr(self._objective, "residual_map", None)

    @cached_property
    def diagonal(self) -> Callable[[FloatArray, int, int], FloatArray] | None:
        """A function (x, draws, seed) that estimates the diagonal of the Gauss-Newton matrix, or None."""
        estimate = getattr(self._objective, "curvature_diagonal", None)
        if estimate is None:
            return None

        def counted(x: FloatArray, draws: int, seed: int) -> FloatArray:
            for _ in range(draws):
                self._count_evaluation()
            return np.asarray(estimate(x, draws, seed), dtype=np.float64)

        return counted

    def count_evaluation(self) -> None:
        """Count an evaluation that a method has made by other means."""
        self._count_evaluation()

    def hessp(self, x: FloatArray, p: FloatArray) -> FloatArray:
        """Return the Hessian at x times p: exact if the objective offers that, else by differences."""
        if self._exact_product is None:
            return self._product_by_differences(x, p)
        self._count_evaluation()
        return np.asarray(self._exact_product(x, p), dtype=np.float64)

    def hess(self, x: FloatArray) -> FloatArray:
        """Return the Hessian at x, one product per column."""
        columns = np.stack([self.hessp(x, e) for e in np.eye(x.size)])
        return (columns + columns.T) / 2

    def firm_hess(self, x: FloatArray) -> FloatArray:
        """Return a positive semi-definite Hessian at x, with enough on its diagonal to be definite despite rounding."""
        matrix = self.hess(x)
        ridge = self._precision**0.5 * float(np.trace(matrix)) / x.size
        return matrix + (ridge or 1.0) * np.eye(x.size)

    def accepted(self, x: FloatArray, value: float, gradient: FloatArray) -> None:
        """Count an iteration that has ended at a point whose loss and gradient a method knows by other means."""
        self._accepted.evaluated(x, value, gradient)
        self.callback(OptimizeResult(x=x, fun=value))

    def callback(self, intermediate_result: Any) -> None:
        """Count an iteration that has ended, and add it to the curve.

        Methods that know its name give this argument an OptimizeResult, the others the point that they have accepted.
        """
        if self._budget.warming_up:
            return
        self._estimate.iteration_ended()
        reason = ""
        if self._curve is not None:
            loss, gradient_norm = self._accepted.numbers(intermediate_result)
            reason = self._curve.add(self._best.loss if loss is None else loss, gradient_norm)
        self._budget.spend_iteration(reason)  # last: it ends the method when the iterations are spent

    def callback_of_any(self, *point: Any) -> None:
        """Count an iteration of a user's own method, which may call this with any arguments."""
        self.callback(point[0] if point else None)

    def _count_evaluation(self) -> None:
        self._estimate.report_if_due(self._budget.spend_evaluation(), self._best.loss)

    def _seen(self, x: FloatArray, value: float) -> float:
        """Return the value, infinite where it is NaN or -infinity: no method may end there."""
        if math.isnan(value) or value == -math.inf:
            return math.inf
        self._best.see(x, value)
        return value

    @cached_property
    def _exact_product(self) -> Callable[[FloatArray, FloatArray], FloatArray] | None:
        return getattr(self._objective, "hessian_product", None)

    def _product_by_differences(self, x: FloatArray, p: FloatArray) -> FloatArray:
        """H p = (g(x + h p) - g(x - h p)) / 2h, to second order in h."""
        norm = np.linalg.norm(p)
        if norm == 0:
            return np.zeros_like(p)
        h: float = self._difference * (1 + np.linalg.norm(x)) / norm
        ahead, back = self._value_and_gradient(x + h * p)[1], self._value_and_gradient(x - h * p)[1]
        return (ahead - back) / (2 * h)
