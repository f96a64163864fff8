"""Circles as rows of numbers: the coordinates of points on them, x and y in turn."""

from __future__ import annotations

import numbers
from dataclasses import dataclass

import numpy as np

from ..settings.array_types import FloatArray
from ..settings.checks import positive_integer


@dataclass(frozen=True, eq=False)
class Circles:
    """N circles around (0, 0), P points each.

    Parameters
    ----------
    points : float array of shape (N, 2 * P)
        x and y of the first point, x and y of the second, and so on.
    radii : float array of shape (N,)
        The radius of each circle.

    Examples
    --------
    >>> import npae
    >>> circles = npae.datasets.circles(10)
    >>> len(circles), circles.curves.shape
    (10, (10, 21, 2))
    """

    points: FloatArray
    radii: FloatArray

    def __len__(self) -> int:
        return len(self.radii)

    def __repr__(self) -> str:
        return f"Circles({len(self)} of {self.points.shape[1] // 2} points, {_spanned(self.radii)})"

    @property
    def curves(self) -> FloatArray:
        """The points as an array (N, P, 2), a view of `points`."""
        return self.points.reshape(len(self), -1, 2)


def circles(n: int = 100, n_points: int = 21, radii: tuple[float, float] = (0.1, 0.9)) -> Circles:
    """Make circles around (0, 0) whose radii grow evenly.

    The k-th point of a circle lies at the angle 2 pi k / n_points. The points are evenly spaced all the way round; the
    first is not repeated at the end.

    Parameters
    ----------
    n : int, default 100
        The number of circles. One circle has the first of the radii.
    n_points : int, default 21
        The points of each circle, at least 3.
    radii : tuple of 2 floats, default (0.1, 0.9)
        The radii of the first and the last circle, positive.

    Returns
    -------
    Circles
        Its `points` have the shape (n, 2 * n_points), its `radii` (n,).

    Raises
    ------
    ValueError
        If the numbers make no circle.

    Examples
    --------
    >>> from npae.datasets import circles
    >>> data = circles()
    >>> data
    Circles(100 of 21 points, radius 0.1 to 0.9)
    >>> data.points.shape, data.curves.shape
    ((100, 42), (100, 21, 2))
    >>> circles(2, 4, radii=(1, 3)).points.round(9)[1].tolist()
    [3.0, 0.0, 0.0, 3.0, -3.0, 0.0, -0.0, -3.0]
    """
    n = positive_integer("n", n)
    if not isinstance(n_points, numbers.Integral) or n_points < 3:
        raise ValueError(f"n_points must be an integer of at least 3, got {n_points!r}. Fewer points enclose nothing.")
    angles = 2 * np.pi / n_points * np.arange(n_points)
    directions = np.column_stack([np.cos(angles), np.sin(angles)]).ravel()
    sizes = np.linspace(*_checked(radii), n)
    return Circles(sizes[:, None] * directions, sizes)


def _checked(radii: object) -> FloatArray:
    """Return the radii as an array (2,) of positive numbers."""
    try:
        pair: FloatArray = np.array(radii, dtype=float)
    except (TypeError, ValueError):
        pair = np.empty(0)
    if pair.shape != (2,) or not np.isfinite(pair).all() or not (pair > 0).all():
        raise ValueError(f"radii must be two positive numbers, got {radii!r}. Give (first, last), such as (0.1, 0.9).")
    return pair


def _spanned(radii: FloatArray) -> str:
    ends = dict.fromkeys(f"{radius:g}" for radius in radii[[0, -1]]) if len(radii) else ["none"]
    return f"radius {' to '.join(ends)}"
