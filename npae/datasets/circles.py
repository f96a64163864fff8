"""Circles as rows of numbers: the coordinates of points on them, x and y in turn."""

import numbers
from dataclasses import dataclass

import numpy as np

from ..settings.checks import positive_integer


@dataclass(frozen=True, eq=False)
class Circles:
    """N circles around (0, 0), P points each.

    Parameters
    ----------
    points : float array (N, 2 * P), x and y of the first point, x and y of the second, and so on
    radii : float array (N,)
    """

    points: np.ndarray
    radii: np.ndarray

    def __len__(self):
        return len(self.radii)

    def __repr__(self):
        return f"Circles({len(self)} of {self.points.shape[1] // 2} points, {_spanned(self.radii)})"

    @property
    def curves(self):
        """The points (N, P, 2), a view of ``points``."""
        return self.points.reshape(len(self), -1, 2)


def circles(n=100, n_points=21, radii=(0.1, 0.9)):
    """Make circles around (0, 0) whose radii grow evenly.

    The k-th point of a circle lies at the angle 2 pi k / n_points: evenly spaced all the way round, the first point
    is not repeated at the end.

    Parameters
    ----------
    n : number of circles; default 100. One circle has the first of the radii.
    n_points : points of each circle, at least 3; default 21.
    radii : (first, last), the radii of the first and the last circle, positive; default (0.1, 0.9).

    Returns
    -------
    Circles, with ``points`` (n, 2 * n_points) and ``radii`` (n,).

    Raises
    ------
    ValueError for numbers that make no circle.

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


def _checked(radii):
    """Return the radii as an array (2,) of positive numbers."""
    try:
        pair = np.array(radii, dtype=float)
    except (TypeError, ValueError):
        pair = np.empty(0)
    if pair.shape != (2,) or not np.isfinite(pair).all() or not (pair > 0).all():
        raise ValueError(f"radii must be two positive numbers, got {radii!r}. Give (first, last), such as (0.1, 0.9).")
    return pair


def _spanned(radii):
    ends = dict.fromkeys(f"{radius:g}" for radius in radii[[0, -1]]) if len(radii) else ["none"]
    return f"radius {' to '.join(ends)}"
