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


@dataclass(frozen=True)
class Combination:
    """A step, and what the model promises of it.

    Parameters
    ----------
    step : array like theta
        The sum of the directions, each times its coefficient.
    coefficients : array of shape (k,)
        Of the directions.
    slope, bend : float
        g^T step, and step^T (B + lambda I) step.
    """

    step: FloatArray
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


def best_combination(directions: Sequence[FloatArray], model: Quadratic, damping: float) -> Combination:
    """Return the minimum of g^T v + v^T (B + damping I) v / 2 among v = sum of c_i d_i.

    c solves a system of as many equations as there are directions; those that depend on others get the least c.
    Directions are compared at length 1, as they may differ by orders of magnitude.
    """
    norms = np.array([float(np.linalg.norm(d)) or 1.0 for d in directions])
    dots = np.array([[float(np.vdot(a, b)) for b in directions] for a in directions])
    bends = (model.products(directions) + damping * dots) / np.outer(norms, norms)
    slopes = np.array([float(np.vdot(model.gradient, d)) for d in directions]) / norms
    if not (np.isfinite(bends).all() and np.isfinite(slopes).all()):
        return Combination(np.zeros_like(directions[0]), np.zeros(len(directions)), 0.0, 0.0)
    solved = -np.linalg.lstsq(bends, slopes, rcond=1e-10)[0]
    coefficients = solved / norms
    step = np.zeros_like(directions[0])
    for direction, coefficient in zip(directions, coefficients, strict=True):
        step += direction * direction.dtype.type(coefficient)
    return Combination(step, coefficients, float(slopes @ solved), float(solved @ bends @ solved))
