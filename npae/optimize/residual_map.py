"""Residuals of a sum of squares and their derivative, as SciPy's least_squares sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from scipy.sparse.linalg import LinearOperator

from ..settings.array_types import FloatArray, IntArray
from .counted_objective import ScipyObjective


class ResidualMap(Protocol):
    """Residuals r of x: the loss is the sum of their squares, halved.

    Attributes
    ----------
    count : int
        How many there are.
    """

    count: int

    def residuals(self, x: FloatArray, /) -> FloatArray:
        """Return r (count,)."""

    def along(self, x: FloatArray, v: FloatArray, /) -> FloatArray:
        """Return J v (count,), the derivative of r along v."""

    def back(self, x: FloatArray, u: FloatArray, /) -> FloatArray:
        """Return J^T u, like x."""


class BlockResiduals:
    """Residuals of the coordinates of x at `positions`; the others stay as they are in `point`."""

    def __init__(self, residual_map: ResidualMap, point: FloatArray, positions: slice | IntArray) -> None:
        self._map, self._point, self._positions = residual_map, point.copy(), positions
        self.count = residual_map.count

    def residuals(self, x: FloatArray) -> FloatArray:
        """Return r (count,)."""
        return self._map.residuals(self._at(x))

    def along(self, x: FloatArray, v: FloatArray) -> FloatArray:
        """Return J v (count,)."""
        direction = np.zeros_like(self._point)
        direction[self._positions] = v
        return self._map.along(self._at(x), direction)

    def back(self, x: FloatArray, u: FloatArray) -> FloatArray:
        """Return J^T u, like x."""
        whole = self._map.back(self._at(x), u)
        return whole[self._positions]

    def _at(self, x: FloatArray) -> FloatArray:
        self._point[self._positions] = x
        return self._point


class CountedResiduals:
    """Residuals as SciPy calls them: each call is counted, and the best point is kept.

    A product with J^T counts as an evaluation, and the one with J that goes with it is free. The matrix J counts as one
    for each column. The gradient J^T r, which curves of refinements have, is computed once at each point that SciPy
    accepts, and counts when SciPy asks for it.
    """

    def __init__(self, residual_map: ResidualMap, objective: ScipyObjective, dense: bool) -> None:
        self._map, self._objective, self._dense = residual_map, objective, dense
        self._iterations = -1

    def residuals(self, x: FloatArray) -> FloatArray:
        """Return the residuals at x; all are infinite if the loss there is not finite."""
        residuals, value = self._objective.residuals(x, self._map.residuals)
        self._last = x.copy(), value, residuals.copy()
        return residuals

    def jacobian(self, x: FloatArray) -> Any:
        """Return J at x, a matrix or products with it. SciPy asks for it at each point that it accepts."""
        self._iterations += 1
        known: tuple[FloatArray, FloatArray] | None = None
        if self._iterations:
            at, value, residuals = self._last
            known = residuals, self._map.back(at, residuals)
            self._objective.accepted(at, value, known[1])
        x = x.copy()
        if self._dense:
            return np.stack([self._counted(self._map.along, x, e) for e in np.eye(x.size)], axis=1)

        def back(u: FloatArray) -> FloatArray:
            if known is not None and np.array_equal(u, known[0]):
                self._objective.count_evaluation()
                return known[1].copy()
            return self._counted(self._map.back, x, u)

        return LinearOperator(
            (self._map.count, x.size),
            matvec=lambda v: self._map.along(x, np.ravel(v)),
            rmatvec=lambda u: back(np.ravel(u)),
            dtype=np.float64,
        )

    def _counted(
        self, function: Callable[[FloatArray, FloatArray], FloatArray], x: FloatArray, vector: FloatArray
    ) -> FloatArray:
        self._objective.count_evaluation()
        return function(x, vector)
