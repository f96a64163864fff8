"""Codes on the way from one code to another."""

from __future__ import annotations

import math

import numpy as np

from ..settings.array_types import ArrayLike, FloatArray
from ..settings.checks import positive_integer


def interpolate(start: ArrayLike, end: ArrayLike, n: int, spherical: bool = False) -> FloatArray:
    """Return n codes at equal steps from one code to another, both included.

    The way is a straight line, or with `spherical` an arc around the origin,

        (sin((1 - t) a) start + sin(t a) end) / sin(a),   a the angle between the two,

    which stays where N(0, I) has its mass: in many dimensions that is a shell, and a line leaves it [1]_. Where start
    and end are parallel the arc is the line.

    Parameters
    ----------
    start, end : arrays of shape (L,)
        The two codes.
    n : int
        How many codes, at least 1, which is the first one alone.
    spherical : bool, default False
        Whether the way is an arc.

    Returns
    -------
    array of shape (n, L)
        The codes.

    Raises
    ------
    ValueError
        For codes of different shapes.

    References
    ----------
    .. [1] T. White, "Sampling generative networks", 2016, sec. 2.1.

    Examples
    --------
    >>> interpolate([1.0, 0.0], [0.0, 1.0], 3, spherical=True).round(3).tolist()
    [[1.0, 0.0], [0.707, 0.707], [0.0, 1.0]]
    """
    start, end, n = np.asarray(start, dtype=float), np.asarray(end, dtype=float), positive_integer("n", n)
    if start.shape != end.shape or start.ndim != 1:
        raise ValueError(f"start and end must be codes of one shape (L,), got {start.shape} and {end.shape}.")
    t = np.linspace(0, 1, n)[:, None]
    cosine = float(_direction(start) @ _direction(end)) if start.any() and end.any() else 1.0
    if not spherical or abs(cosine) > 1 - 1e-12:
        line: FloatArray = (1 - t) * start + t * end
        return line
    angle = math.acos(cosine)
    arc: FloatArray = (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / math.sin(angle)
    return arc


def _direction(code: FloatArray) -> FloatArray:
    """Return a code that is not 0 as a vector of length 1, whatever its numbers' size."""
    scaled: FloatArray = code / np.abs(code).max()
    return scaled / np.linalg.norm(scaled)
