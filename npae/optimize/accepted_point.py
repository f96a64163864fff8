"""What is known of the point that a method has accepted, without another evaluation."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import OptimizeResult

from ..settings.array_types import FloatArray


class _Known(NamedTuple):
    x: FloatArray
    loss: float
    gradient_norm: float | None


class AcceptedPoint:
    """Finds the loss and the norm of the gradient at the point that ends an iteration.

    That is the point which was evaluated last, or, if the method has refused this one, the accepted point of before;
    the first one is where the method starts. Methods without a gradient go back further, and give the loss along.
    """

    def __init__(self) -> None:
        self._evaluated: _Known | None = None
        self._accepted: _Known | None = None

    def evaluated(self, x: FloatArray, loss: float, gradient: FloatArray | None) -> None:
        """Remember an evaluation; x must not change."""
        norm = None if gradient is None else math.sqrt(gradient.dot(gradient))
        self._evaluated = _Known(x, loss, norm)
        start = self._accepted
        if start is None or (start.gradient_norm is None and norm is not None and np.array_equal(x, start.x)):
            self._accepted = self._evaluated

    def numbers(self, given: Any) -> tuple[float | None, float | None]:
        """Return the loss and the norm of the gradient at the point of a callback, None for what is not known."""
        x, loss = (given.get("x"), given.get("fun")) if isinstance(given, OptimizeResult) else (given, None)
        last, before = self._evaluated, self._accepted
        if last is not None and before is not None and self._is(last, before, x, loss):
            self._accepted = before = last
        if before is not None and self._is(before, last, x, loss):
            return before.loss, before.gradient_norm
        return None if loss is None else float(loss), None

    @staticmethod
    def _is(point: _Known, other: _Known | None, x: Any, loss: float | None) -> bool:
        """Return whether a point has this x; the loss alone tells if the other point has another one."""
        if loss is None or other is None or other is point or other.loss == loss:
            return np.array_equal(x, point.x)
        return bool(point.loss == loss)
