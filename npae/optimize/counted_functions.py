"""A user's functions for methods with products of a matrix, checked and counted."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..settings.array_types import FloatArray
from .minimizer_arguments import scalar


class CountedFunctions:
    """A user's value, gradient and product, counted; they get copies, and what they return is copied and checked."""

    def __init__(self, fun: Callable[..., Any], jac: Any, hessp: Any, args: tuple[Any, ...]) -> None:
        for name, given in (("jac", jac), ("hessp", hessp)):
            if not callable(given):
                hint = "Pass jac=grad and hessp=product to minimize."
                raise ValueError(f"{name} must be a function for hessian_free, got {given!r}. {hint}")
        self._fun, self._jac, self._hessp, self._args = fun, jac, hessp, args
        self.values = self.gradients = self.products = 0

    def value(self, x: FloatArray) -> float:
        """Return the value at x, infinite if it is NaN."""
        self.values += 1
        value = scalar(self._fun(x.copy(), *self._args))
        return math.inf if math.isnan(value) else value

    def gradient(self, x: FloatArray) -> FloatArray:
        """Return the gradient at x."""
        self.gradients += 1
        return like(x, self._jac(x.copy(), *self._args), "jac")

    def product(self, x: FloatArray, v: FloatArray) -> FloatArray:
        """Return B v at x."""
        self.products += 1
        return like(x, self._hessp(x.copy(), v.copy(), *self._args), "hessp")


def like(x: FloatArray, given: Any, name: str) -> FloatArray:
    """Return what a function has returned as a fresh vector like x; ValueError for another shape."""
    vector: FloatArray = np.array(given, dtype=np.float64)
    if vector.shape != x.shape:
        raise ValueError(f"{name} must return a vector of shape {x.shape}, got shape {vector.shape}.")
    return vector
