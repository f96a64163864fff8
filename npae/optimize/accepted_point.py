"""What is known of the point that a method has accepted, without another evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult

from ..settings.array_types import FloatArray


class AcceptedPoint:
    """Finds the loss and the norm of the gradient at the point that ends an iteration.

    That is the point which was evaluated last, or, if the method has refused this one, the accepted point of before;
    the first one is where the method starts. Methods without a gradient go back further, and give the loss along.
    """

    def __init__(self) -> None:
        self._evaluated: tuple[FloatArray, float, FloatArray | None] | None = None
        self._accepted: tuple[FloatArray, float, float | None] | None = None

    def evaluated(self, x: FloatArray, loss: float, gradient: FloatArray | None) -> None:
        """Remember an evaluation; the arrays must not change."""
        if self._accepted is None:
            self._accepted = x, loss, None if gradient is None else norm(gradient)
        self._evaluated = x, loss, gradient

    def numbers(self, given: Any) -> tuple[float | None, float | None]:
        """Return the loss and the norm of the gradient at the point of a callback, None for what is not known."""
        x, loss = (given.get("x"), given.get("fun")) if isinstance(given, OptimizeResult) else (given, None)
        if self._evaluated is not None and np.array_equal(x, self._evaluated[0]):
            x, own_loss, gradient = self._evaluated
            self._accepted = x, own_loss, None if gradient is None else norm(gradient)
            return self._accepted[1:]
        if self._accepted is not None and np.array_equal(x, self._accepted[0]):
            return self._accepted[1:]
        return None if loss is None else float(loss), None


def norm(gradient: FloatArray) -> float:
    """Return the Euclidean norm."""
    return float(np.linalg.norm(gradient))
