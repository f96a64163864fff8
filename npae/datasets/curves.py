"""Pictures of smooth curves, each through three random points."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from ..settings.array_types import FloatArray, IntArray
from ..settings.checks import number_in, positive_integer

MARGIN = 0.125  # of a picture's side, where no point lies
PER_PIXEL = 6  # places along a curve for each pixel of a side: about half a pixel apart on the longest curves
AT_A_TIME = 500  # curves


@dataclass(frozen=True, eq=False)
class Curves:
    """N pictures of a curve, S x S pixels each.

    Parameters
    ----------
    pixels : float32 array of shape (N, S * S)
        0 is paper and 1 is ink, row by row from the top.
    points : float array of shape (N, 3, 2)
        The three points that each curve runs through, as (x, y) in pixels from the upper left corner; the middle of the
        first pixel is (0.5, 0.5).

    Examples
    --------
    >>> import npae
    >>> data = npae.datasets.curves(20)
    >>> data.images.shape, data.points.shape
    ((20, 28, 28), (20, 3, 2))
    """

    pixels: FloatArray
    points: FloatArray

    def __len__(self) -> int:
        return len(self.pixels)

    def __repr__(self) -> str:
        side = self.images.shape[1]
        return f"Curves({len(self)} of {side} x {side} pixels)"

    @property
    def images(self) -> FloatArray:
        """The pictures as an array (N, S, S), a view of `pixels`."""
        side = round(self.pixels.shape[1] ** 0.5)
        return self.pixels.reshape(-1, side, side)


def curves(
    n: int = 100, *, size: int = 28, width: float = 2.0, random_state: int | np.random.Generator | None = 0
) -> Curves:
    """Draw pictures of curves through three random points, after the set CURVES of Hinton and Salakhutdinov [1]_.

    The points are uniform in the middle three quarters of the picture. A curve is the parabola through them in order,
    p(t) of degree 2, where t is the length of the way from point to point. The ink of a pixel falls from 1 to 0 while
    its distance d from the curve grows by a pixel: it is width / 2 + 1/2 - d, kept in [0, 1].

    So each picture follows from six numbers. These are not the pictures of [1]_, whose file is not at hand, and errors
    published for those are a guide only.

    Parameters
    ----------
    n : int, default 100
        The number of pictures. The first of many are those of few.
    size : int, default 28
        S, the pixels of a side.
    width : float, default 2.0
        How wide a line is, in pixels; positive.
    random_state : int or numpy.random.Generator or None, default 0
        The source of randomness; None takes a fresh one.

    Returns
    -------
    Curves
        Its `pixels` have the shape (n, size * size).

    Raises
    ------
    ValueError
        If the numbers make no picture.

    References
    ----------
    .. [1] Hinton & Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 313 (2006).

    Examples
    --------
    >>> from npae.datasets import curves
    >>> data = curves(5, size=12)
    >>> data
    Curves(5 of 12 x 12 pixels)
    >>> ["".join(".o#"[round(2 * float(ink))] for ink in row) for row in data.images[0]][:4]
    ['.oo.........', 'o###o.......', 'o#####o.....', '.o#oo###....']
    """
    n, size = positive_integer("n", n), positive_integer("size", size)
    number_in("width", width, 0, np.inf, closed=False)
    rng = np.random.default_rng(random_state)
    points = size * rng.uniform(MARGIN, 1 - MARGIN, (n, 3, 2))
    pixels = np.empty((n, size * size), np.float32)
    for start in range(0, n, AT_A_TIME):
        piece = slice(start, start + AT_A_TIME)
        distances = _distances(_places(points[piece], PER_PIXEL * size), size, width / 2 + 0.5)
        pixels[piece] = np.clip(width / 2 + 0.5 - distances, 0, 1)
    return Curves(pixels, points)


def _places(points: FloatArray, count: int) -> FloatArray:
    """Return places (N, count, 2) along the parabolas through points (N, 3, 2)."""
    first, second, third = points.swapaxes(0, 1)
    ways = np.linalg.norm(np.diff(points, axis=1), axis=2)
    middle, end = (ways.cumsum(axis=1) + 1e-9 * np.arange(1, 3)).T[:, :, None]  # t at the second and the third point
    slope = (second - first) / middle  # Newton's divided differences
    bend = ((third - second) / (end - middle) - slope) / end
    t = np.linspace(0, 1, count)[:, None] * end[:, None]  # (N, count, 1)
    places: FloatArray = first[:, None] + t * (slope[:, None] + (t - middle[:, None]) * bend[:, None])
    return places


def _distances(places: FloatArray, size: int, reach: float) -> FloatArray:
    """Return the distance (N, size * size) of the middle of each pixel from the next place, at most `reach`."""
    radius = math.ceil(reach)
    side = size + 4 * radius  # a frame takes the ink that falls outside, so that nobody has to look where it falls
    corners: IntArray = np.floor(places).astype(np.int64)
    near = ((corners >= -radius) & (corners < size + radius)).all(axis=2)
    (x, y), (column, row) = places[near].T, corners[near].T
    picture = np.nonzero(near)[0]
    position = (picture * side + row + 2 * radius) * side + column + 2 * radius
    squares = np.full(len(places) * side * side, reach**2)
    for down, right in itertools.product(range(-radius, radius + 1), repeat=2):
        square = (column + (right + 0.5) - x) ** 2 + (row + (down + 0.5) - y) ** 2
        np.minimum.at(squares, position + (down * side + right), square)
    kept = slice(2 * radius, 2 * radius + size)
    distances: FloatArray = np.sqrt(squares.reshape(-1, side, side)[:, kept, kept])
    return distances.reshape(len(places), -1)
