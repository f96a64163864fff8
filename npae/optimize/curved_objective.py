"""An objective whose second derivatives are those of a matrix that the user has named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..settings.array_types import FloatArray
from .counted_objective import Objective, precision


class CurvedObjective:
    """An objective whose Hessian is said to be its Gauss-Newton matrix; all else stays as it is.

    Raises ValueError if the objective has none.
    """

    def __init__(self, objective: Objective) -> None:
        product = getattr(objective, "gauss_newton_product", None)
        if product is None:
            hint = "Use curvature='hessian', or give it a function (x, v) -> B v of that name."
            rule = "objective must have a gauss_newton_product for curvature='gauss_newton'"
            raise ValueError(f"{rule}, got {type(objective).__name__} without. {hint}")
        self._objective, self.hessian_product = objective, product
        self.value, self.value_and_gradient = objective.value, objective.value_and_gradient
        self.epsilon = precision(objective)

    def __getattr__(self, name: str) -> Any:
        """Return what else the objective has, such as `indices`."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._objective, name)

    hessian_product: Callable[[FloatArray, FloatArray], FloatArray]
