"""Adam's direction for what has no Kronecker factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..settings.array_types import BoolArray, FloatArray
from .eta import Memory
from .kronecker import names_in
from .protocols import CurvatureView

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # as in Kingma & Ba (2015)


@dataclass(frozen=True)
class AdamScaling:
    """-m / (sqrt(v) + epsilon) for some entries of theta, with bias-corrected moments m and v of the gradient.

    Parameters
    ----------
    where : array of bool like theta
        Which entries.
    """

    where: BoolArray

    @classmethod
    def of(cls, theta: FloatArray, memory: Memory, curvature: CurvatureView) -> AdamScaling | None:
        """Return the scaling of all entries without factors, or None if there are none; begin its memory."""
        if memory["t"] > 1 and "m" not in memory:
            return None
        uncovered = np.ones_like(theta)
        arrays = curvature.arrays(uncovered)
        for name in names_in(memory):
            arrays[name].fill(0)
        where = uncovered > 0
        if not where.any():
            return None
        if "m" not in memory:
            memory["m"], memory["v"] = np.zeros((2, int(where.sum())), theta.dtype)
        return cls(where)

    def direction(self, gradient: FloatArray, memory: Memory) -> FloatArray:
        """Take a gradient into the moments, and return the direction, 0 elsewhere."""
        t, m, v, g = memory["t"], memory["m"], memory["v"], gradient[self.where]
        m += (1 - BETA1) * (g - m)
        v += (1 - BETA2) * (g * g - v)
        direction = np.zeros_like(gradient)
        direction[self.where] = -m / (1 - BETA1**t) / (np.sqrt(v / (1 - BETA2**t)) + EPSILON)
        return direction

    @staticmethod
    def reset(memory: Memory) -> None:
        """Forget where the gradient led, after theta has been moved elsewhere."""
        if "m" in memory:
            memory["m"].fill(0)
