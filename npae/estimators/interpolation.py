"""Codes on the way from one code to another."""

import math

import numpy as np

from ..settings.checks import positive_integer


def interpolate(start, end, n, spherical=False):
    """Return n codes, (n, L), on the way from one code to another, both included, at equal steps.

    The way is a straight line, or with `spherical` an arc around the origin,

        (sin((1 - t) a) start + sin(t a) end) / sin(a),   a the angle between the two,

    which stays where N(0, I) has its mass: in many dimensions that is a shell, and a line leaves it (White, "Sampling
    generative networks", 2016, sec. 2.1). Where start and end are parallel the arc is the line.

    >>> interpolate([1.0, 0.0], [0.0, 1.0], 3, spherical=True).round(3).tolist()
    [[1.0, 0.0], [0.707, 0.707], [0.0, 1.0]]
    """
    start, end, n = np.asarray(start, dtype=float), np.asarray(end, dtype=float), positive_integer("n", n)
    if start.shape != end.shape or start.ndim != 1:
        raise ValueError(f"start and end must be codes of one shape (L,), got {start.shape} and {end.shape}.")
    t = np.linspace(0, 1, n)[:, None]
    lengths = np.linalg.norm(start) * np.linalg.norm(end)
    cosine = start @ end / lengths if lengths else 1.0
    if not spherical or abs(cosine) > 1 - 1e-12:
        return (1 - t) * start + t * end
    angle = math.acos(cosine)
    return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / math.sin(angle)
