"""The best step among the combinations of a few directions, by the exact quadratic model of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..settings.array_types import FloatArray


class Quadratic(Protocol):
    """The gradient, and products with the curvature."""

    @property
    def gradient(self) -> FloatArray:
        """The gradient."""

    def products(self, vectors: Sequence[FloatArray], /) -> FloatArray:
        """Return v_i^T B v_j for all pairs of vectors."""

    def inner_products(self, vectors: Sequence[FloatArray], /) -> FloatArray:
        """Return v_i^T v_j for all pairs of vectors."""


@dataclass(frozen=True)
class Combination:
    """A step, the sum of c_i d_i, and what the model promises of it.

    Parameters
    ----------
    directions : sequence of k arrays like theta
        d.
    coefficients : array of shape (k,)
        c.
    slope, bend : float
        g^T step, and step^T (B + lambda I) step.
    """

    directions: Sequence[FloatArray]
    coefficients: FloatArray
    slope: float
    bend: float

    @property
    def promised(self) -> float:
        """How much the loss changes, by the model: at most 0."""
        return self.promised_at(1.0)

    def promised_at(self, eta: float) -> float:
        """Return how much the loss changes, by the model, along a share of the step."""
        return eta * self.slope + 0.5 * eta * eta * self.bend


def best_combination(
    directions: Sequence[FloatArray], model: Quadratic, damping: float, *, last_in: tuple[float, float] | None = None
) -> Combination:
    """Return the minimum of g^T v + v^T (B + damping I) v / 2 among v = sum of c_i d_i.

    c solves a system of as many equations as there are directions; those that depend on others get the least c.
    Directions are compared at length 1, as they may differ by orders of magnitude. `last_in` bounds the last c.
    """
    dots = model.inner_products([*directions, model.gradient])
    dots, slopes, norms = dots[:-1, :-1], dots[-1, :-1], np.sqrt(np.diagonal(dots)[:-1])
    norms[norms == 0] = 1.0
    bends, slopes = (model.products(directions) + damping * dots) / np.outer(norms, norms), slopes / norms
    if not (np.isfinite(bends).all() and np.isfinite(slopes).all()):
        return Combination(directions, np.zeros(len(directions)), 0.0, 0.0)
    solved = _solved(bends, -slopes)
    if last_in is not None and len(solved) > 1:
        last = np.clip(solved[-1] / norms[-1], *last_in) * norms[-1]
        if last != solved[-1]:
            solved = np.append(_solved(bends[:-1, :-1], -slopes[:-1] - last * bends[:-1, -1]), last)
    return Combination(directions, solved / norms, float(slopes @ solved), float(solved @ bends @ solved))


def _solved(A: FloatArray, b: FloatArray) -> FloatArray:
    x: FloatArray = np.linalg.lstsq(A, b, rcond=1e-10)[0]
    return x
