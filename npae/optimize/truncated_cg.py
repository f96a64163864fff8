"""Conjugate gradients that end when a quadratic hardly falls any more, and keep iterates on the way."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..settings.array_types import FloatArray

KEEP = 1.3  # the iterates that are kept are those of the steps 1, 2, ..., each this many times the one before
LOOK_BACK, SHARE_BACK = 10, 0.1  # steps over which progress is judged: 10, or a tenth of all if that is more


def truncated_cg(
    product: Callable[[FloatArray], FloatArray],
    b: FloatArray,
    start: FloatArray,
    scale: FloatArray | None,
    tolerance: float,
    most: int,
) -> list[tuple[FloatArray, float]]:
    """Return iterates x towards the minimum of q(x) = x^T A x / 2 - b^T x with q(x), the last of them at the end.

    It stops at step i if q(x_i) < 0 and q(x_i) - q(x_{i-k}) > k tolerance q(x_i), where k = max(10, 0.1 i)
    (Martens 2010, sec. 4.4). A start where q is positive is replaced by 0.

    Parameters
    ----------
    product : callable
        v -> A v, of a symmetric positive definite matrix.
    b, start : array (n,)
        The right-hand side and the first x.
    scale : array (n,) or None
        Diagonal of the preconditioner, positive; None for 1.
    tolerance : float
        Relative progress per step below which to stop.
    most : int
        Largest number of steps.
    """
    x, r = np.zeros_like(b), b.copy()
    if start.any():
        residual = b - product(start)
        if -0.5 * (start @ (residual + b)) < 0:
            x, r = start.copy(), residual
    y = r if scale is None else r / scale
    p, ry, keep_at = y.copy(), r @ y, 1
    values, kept = [-0.5 * float(x @ (r + b))], []
    for step in range(1, most + 1):
        Ap = product(p)
        bend = p @ Ap
        if not (bend > 0 and ry > 0):  # solved to rounding, or not finite
            break
        x += (ry / bend) * p
        r -= (ry / bend) * Ap
        values.append(-0.5 * float(x @ (r + b)))
        if step >= keep_at:
            kept.append((x.copy(), values[-1]))
            keep_at = math.ceil(step * KEEP)
        if _hardly_falls(values, tolerance):
            break
        y = r if scale is None else r / scale
        before, ry = ry, r @ y
        p *= ry / before
        p += y
    if not kept or kept[-1][1] != values[-1]:
        kept.append((x, values[-1]))
    return kept


def _hardly_falls(values: list[float], tolerance: float) -> bool:
    step = len(values) - 1
    k = max(LOOK_BACK, math.ceil(SHARE_BACK * step))
    return step > k and values[-1] < 0 and values[-1] - values[-1 - k] > k * tolerance * values[-1]
