"""Repeat the entries of an array along one axis, and add them up again on the way back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..settings.array_types import FloatArray
from .context import Context


def stretch(
    x: FloatArray, axis: int, factor: int, size: int, context: Context
) -> tuple[FloatArray, Callable[[FloatArray], FloatArray]]:
    """Repeat the entries along one axis `factor` times, or as `size` needs it; return y and the way back."""
    n, at, empty = x.shape[axis], (slice(None),) * axis, context.scratch.empty
    y = empty(*x.shape[:axis], size, *x.shape[axis + 1 :])
    parts = [(*at, slice(i, n * factor, factor)) for i in range(min(factor, size))]
    ends = [(*at, slice(i, i + 1)) for i in range(n * factor, size)]
    last = (*at, slice(n - 1, n))
    for part in parts:
        np.copyto(y[part], x[(*at, slice(y[part].shape[axis]))])
    for end in ends:
        np.copyto(y[end], x[last])

    def backward(dy: FloatArray) -> FloatArray:
        dx = empty(*x.shape)
        dx.fill(0.0)
        for part in parts:
            dx[(*at, slice(dy[part].shape[axis]))] += dy[part]
        for end in ends:
            dx[last] += dy[end]
        return dx

    return y, backward
