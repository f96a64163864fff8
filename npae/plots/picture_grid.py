"""A grid of pictures, such as samples, decoded codes or filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..datasets import Font
from ..datasets.picture_form import PictureShape, known_shape, picture_shape, value_range
from ..settings.array_types import AnyArray, ArrayLike
from ..settings.checks import positive_integer
from .axes import axes_or_new
from .label_placement import frame_of
from .picture_tiles import caption, tile_among
from .plot_data import check, samples_and_labels
from .shades import Limits, draw_bar

WIDE = 6.5  # inches of a figure
TALL = 0.8  # inches of a picture at most
TITLE = 0.16  # inches of a line of titles
FEW = 5  # pictures that stand in one row
ASPECT = 1.6  # of a grid whose columns are not given


def pictures(
    data: Font | ArrayLike,
    shape: PictureShape | None = None,
    columns: int | None = None,
    titles: Sequence[Any] | AnyArray | None = None,
    ax: Axes | None = None,
    *,
    limits: Limits | None = None,
) -> Axes:
    """Draw pictures in a grid, row by row.

    One range of values holds for all of them, as in `glyph`: 0 to 1 for pictures within it, otherwise from their least
    value to their greatest, which a colour bar names.

    Parameters
    ----------
    data : Font or array of shape (N, ...)
        The pictures, such as samples, or what a model makes of them.
    shape : tuple of 2 or 3 ints, or Font, default None
        (H, W) of one picture, or (H, W, C) with C = 3 colours (and alpha, 4) per pixel. None takes that of the Font,
        or of pictures with axes (N, H, W) or (N, H, W, C).
    columns : int, default None
        How many pictures are side by side. None makes the grid somewhat wider than high.
    titles : sequence of N strings or numbers, default None
        What stands above each picture. None takes the labels of the Font, and nothing above other pictures.
    ax : Axes, default None
        Where to draw; None makes a new figure.
    limits : tuple of 2 floats, default None
        The values that are white and black (of colours: none and all of each). Give grids that are to be compared the
        same limits.

    Returns
    -------
    Axes
        What was drawn on, measured in pixels from the upper left corner of the first picture.

    Raises
    ------
    ValueError
        If there is no picture, or if shape, columns or titles do not fit.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ax = npae.plots.pictures(letters, columns=8)
    >>> [text.get_text() for text in ax.texts][1:4]
    ['A', 'B', 'C']
    """
    samples, labels = samples_and_labels(data)
    X = np.asarray(samples)
    check("data", f"shape {X.shape}", "samples, at least one", X.ndim > 1 and len(X) > 0)
    shape = height, width, channels = picture_shape(shape, X[0].size, known_shape(data))
    limits = value_range(X, channels) if limits is None else limits
    names = labels if titles is None else list(titles)
    if names is not None:
        check("titles", len(names), f"as many as the pictures, {len(X)}", len(names) == len(X))
    columns = _columns(len(X), height / width) if columns is None else positive_integer("columns", columns)
    columns = min(columns, len(X))
    gap = max(1.0, 0.12 * width)  # in pixels, as are all lengths below
    wide = columns * (width + gap) - gap
    inch = wide / min(WIDE, columns * TALL * max(1.0, width / height)) if ax is None else _pixels_per_inch(ax, wide)
    title, edge = (0.0 if names is None else TITLE * inch), 0.02 * inch
    down = height + gap + title
    tall = -(-len(X) // columns) * down - gap
    ax = axes_or_new(ax, wide / inch + 0.1 + 0.7 * (limits != (0, 1)), tall / inch + 0.1)
    for i, pixels in enumerate(X):
        left, top = i % columns * (width + gap), i // columns * down
        tile_among(ax, pixels, shape, X, left, top, limits=limits)
        if names is not None:
            caption(ax, left + width / 2, top - title / 2, names[i], **frame_of(names[i]))
    draw_bar(limits, channels, X, ax)
    ax.set(xlim=(-edge, wide + edge), ylim=(tall - title + edge, -title - edge), aspect=1)
    ax.set_axis_off()
    return ax


def _columns(count: int, steep: float) -> int:
    """Return how many pictures are side by side: all of a few, or as many as give a grid of `ASPECT`.

    `steep` is the height of a picture by its width.
    """
    wide: float = (count * ASPECT * steep) ** 0.5
    return max(min(count, FEW), round(wide))


def _pixels_per_inch(ax: Axes, wide: float) -> float:
    """Return about how many pixels of the grid an inch of the Axes has."""
    return float(wide / (ax.bbox.width / ax.figure.dpi))
