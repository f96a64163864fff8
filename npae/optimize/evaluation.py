"""A user's function and its gradient at a point, checked and counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..settings.array_types import FloatArray
from .minimizer_arguments import scalar


@dataclass(frozen=True)
class Evaluation:
    """A function at x: its value and its gradient."""

    x: FloatArray
    value: float
    gradient: FloatArray

    @property
    def is_finite(self) -> bool:
        """Whether the value and the gradient are finite."""
        return bool(np.isfinite(self.value) and np.isfinite(self.gradient).all())


class CountedFunction:
    """The user's function and gradient; they get copies of x, and their arrays are copied."""

    def __init__(self, fun: Callable[..., Any], jac: Callable[..., Any] | bool | None, args: tuple[Any, ...]) -> None:
        if not callable(jac):
            hint = "Let fun return (value, gradient) and pass jac=True."
            raise ValueError(f"jac must be True or a function for bfgs, got {jac!r}. {hint}")
        self._fun, self._jac, self._args = fun, jac, args
        self.evaluations = 0
        self._last: Evaluation | None = None

    def at(self, x: FloatArray) -> Evaluation:
        """Return the function at x, from memory if x is the point that was asked for last."""
        if self._last is None or not np.array_equal(x, self._last.x):
            self.evaluations += 1
            value, gradient = self._fun(x.copy(), *self._args), self._jac(x.copy(), *self._args)
            self._last = Evaluation(x, scalar(value), _vector(gradient, x.size))
        return self._last


def _vector(gradient: Any, n: int) -> FloatArray:
    gradient = np.array(gradient, dtype=float)  # a copy: the function may use its array again
    if gradient.size == n == 1:
        gradient = gradient.reshape(1)
    if gradient.shape != (n,):
        raise ValueError(f"jac must return a gradient of shape ({n},), got shape {gradient.shape}.")
    vector: FloatArray = gradient
    return vector
