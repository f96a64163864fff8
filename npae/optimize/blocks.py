"""Theta in blocks of coordinates, each minimised while the others stay where they are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..settings.array_types import FloatArray, IntArray
from .counted_objective import Objective, precision
from .residual_map import BlockResiduals, ResidualMap


def random_blocks(positions: IntArray, size: int, rng: np.random.Generator | None) -> list[IntArray]:
    """Cut positions in theta into random blocks of `size`, each in rising order; the last one may be smaller."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a numpy.random.Generator if block_size is set, got {rng!r}.")
    order = rng.permutation(positions)
    return [np.sort(order[i : i + size]) for i in range(0, order.size, size)]


class BlockObjective:
    """An objective of the coordinates of x at `positions`, in rising order; the others stay as they are in `point`."""

    def __init__(self, objective: Objective, point: FloatArray, positions: IntArray) -> None:
        self._objective, self._point = objective, point.copy()
        first, last = positions[0], positions[-1]
        contiguous = last - first + 1 == len(positions)
        self._positions = slice(first, last + 1) if contiguous else positions  # slices copy faster
        self.epsilon = precision(objective)

    def value(self, x: FloatArray) -> float:
        """Return the loss with x in these coordinates."""
        self._point[self._positions] = x
        return self._objective.value(self._point)

    def value_and_gradient(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Return the loss and its gradient in these coordinates, a fresh vector."""
        self._point[self._positions] = x
        value, gradient = self._objective.value_and_gradient(self._point)
        return value, gradient[self._positions]

    @property
    def hessian_product(self) -> Callable[[FloatArray, FloatArray], FloatArray] | None:
        """The function (x, v) -> H v in these coordinates, or None if the objective has none."""
        exact = getattr(self._objective, "hessian_product", None)
        if exact is None:
            return None

        def product(x: FloatArray, v: FloatArray) -> FloatArray:
            direction = np.zeros_like(self._point)
            self._point[self._positions], direction[self._positions] = x, v
            along: FloatArray = exact(self._point, direction)
            return along[self._positions]

        return product

    @property
    def curvature_diagonal(self) -> Callable[[FloatArray, int, int], FloatArray] | None:
        """The function that estimates the diagonal of B in these coordinates, or None if the objective has none."""
        whole = getattr(self._objective, "curvature_diagonal", None)
        if whole is None:
            return None

        def diagonal(x: FloatArray, draws: int, seed: int) -> FloatArray:
            self._point[self._positions] = x
            found: FloatArray = whole(self._point, draws, seed)
            return found[self._positions]

        return diagonal

    @property
    def residual_map(self) -> ResidualMap | None:
        """The residuals of these coordinates, or None if the objective has none."""
        whole = getattr(self._objective, "residual_map", None)
        return None if whole is None else BlockResiduals(whole, self._point, self._positions)
