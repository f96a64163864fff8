"""The best point that a method has seen, which need not be the last one."""

from __future__ import annotations

import numpy as np

from ..settings.array_types import FloatArray


class BestPoint:
    """The point with the least loss so far; it starts as the point where the method starts."""

    def __init__(self, x: FloatArray, loss: float) -> None:
        self.x, self.loss = x, loss

    def see(self, x: FloatArray, loss: float) -> None:
        """Keep a copy of x if its loss is less than that of every point before."""
        if loss < self.loss:
            self.x, self.loss = np.array(x, dtype=np.float64), loss
