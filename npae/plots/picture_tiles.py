"""Small pictures and their captions: one by one, and in rows of cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ..datasets import Font
from ..datasets.picture_form import PictureShape, value_range
from ..settings.array_types import ArrayLike
from ..settings.data_set import samples_of
from .axes import PictureAxes, new_figure
from .colours import WRONG
from .plot_data import one_picture
from .shades import GREYS, Limits, draw_bar, in_colour

CRISP = 0.75  # from which on a pixel is nearly black; below 1 - CRISP it is nearly white


def tile(
    ax: Axes,
    pixels: Font | ArrayLike,
    shape: PictureShape | None = None,
    left: float = 0.0,
    top: float = 0.0,
    scale: float = 1.0,
    original: Font | ArrayLike | None = None,
    limits: Limits | None = None,
) -> int:
    """Draw one small picture among others on Axes whose y points down.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    pixels : array of H * W or H * W * C numbers, or Font of one glyph
        The picture, row by row from the top.
    shape : tuple of 2 or 3 ints, or Font, default None
        (H, W), or (H, W, C) with C = 3 colours (and alpha, 4) per pixel. None takes that of the array or the Font.
    left, top : float, default 0.0
        The upper left corner of the picture, in the units of the Axes.
    scale : float, default 1.0
        The side of a pixel, in the units of the Axes.
    original : array of as many numbers, or Font of one glyph, default None
        What the picture is compared with. Pixels that are on the other side of the middle of the limits are crossed
        out.
    limits : tuple of 2 floats, default None
        The values that are white and black (of colours: none and all of each); values beyond are drawn like them. None
        takes (0, 1) for a picture in that range, and its least and greatest value for others. Give pictures that are
        to be compared the same limits.

    Returns
    -------
    int
        The number of crossed-out pixels.

    Raises
    ------
    ValueError
        If the shape does not fit the pixels.
    """
    like = pixels if original is None else original
    return tile_among(ax, pixels, shape, like, left, top, scale, original, limits)


def tile_among(
    ax: Axes,
    pixels: Font | ArrayLike,
    shape: PictureShape | None,
    like: Font | ArrayLike,
    left: float = 0.0,
    top: float = 0.0,
    scale: float = 1.0,
    original: Font | ArrayLike | None = None,
    limits: Limits | None = None,
) -> int:
    """Draw a `tile`, with lines between its pixels if those that it stands among, `like`, are black and white."""
    picture, shape = one_picture(pixels, shape)
    height, width, channels = shape
    truth = None if original is None else one_picture(original, shape)[0]
    low, high = limits = value_range(picture, channels) if limits is None else limits
    x, y = left + scale * np.arange(width + 1), top + scale * np.arange(height + 1)
    lines: dict[str, Any] = {"rasterized": True}
    if height * width <= 400 and channels == 1 and limits == (0, 1) and _is_crisp(like):
        lines = {"edgecolors": "0.8", "linewidth": 0.3}
    if channels == 1:
        grey = np.asarray(picture, dtype=float).reshape(height, width)
        ax.pcolormesh(x, y, grey, cmap=GREYS, vmin=low, vmax=high, **lines)
    else:
        ax.pcolormesh(x, y, in_colour(picture.reshape(height, width, channels), limits), **lines)
    if truth is None:
        return 0
    middle = (low + high) / 2
    differ = ((truth > middle) != (picture > middle)).reshape(height, width, channels)
    wrong = np.argwhere(differ.any(axis=-1))[:, ::-1]
    strokes = np.array([[[0.15, 0.15], [0.85, 0.85]], [[0.15, 0.85], [0.85, 0.15]]])
    crosses = [scale * (corner + stroke) + (left, top) for corner in wrong for stroke in strokes]
    ax.add_collection(LineCollection(crosses, colors=WRONG, linewidths=1.2), autolim=False)
    return len(wrong)


def _is_crisp(pixels: Font | ArrayLike) -> bool:
    """Return whether all pixels are nearly black or nearly white: lines between greys would hide their differences."""
    greys = np.asarray(samples_of(pixels), dtype=float)
    return bool((np.abs(greys - 0.5) >= CRISP - 0.5).all())


def caption(ax: Axes, x: float, y: float, text: object, **style: Any) -> None:
    """Write small, centred text. Dollar signs in it are only characters.

    Parameters
    ----------
    ax : Axes
        Where to write.
    x, y : float
        The middle of the text, in the units of the Axes.
    text : object
        What to write, as `str` shows it.
    **style : dict
        Other properties of a matplotlib Text, such as `color` or `ha`.
    """
    ax.text(x, y, str(text), **{"fontsize": 7.5, "ha": "center", "va": "center", "parse_math": False, **style})


def cells(
    n: int, width: float, height: float, margin: float = 0.0, below: float = 0.0, top: float = 0.5
) -> tuple[Figure, Axes, list[tuple[float, float]]]:
    """Return a new figure, its Axes measured in inches from the upper left corner, and the (middle, top) of n cells.

    `below` is the height of the strip that stays free below the cells, `top` that above them.
    """
    columns = max(1, min(n, int((7.0 - margin) / width)))
    size = (max(margin + columns * width, 3.5), -(-n // columns) * height + top - 0.1 + below)
    figure = new_figure(*size, layout=None)
    ax = figure.add_axes((0, 0, 1, 1), axes_class=PictureAxes, xlim=(0, size[0]), ylim=(size[1], 0))
    ax.set_axis_off()
    margin += (size[0] - margin - columns * width) / 2
    return figure, ax, [(margin + (i % columns + 0.5) * width, top + i // columns * height) for i in range(n)]


def room_for_bar(limits: Limits) -> float:
    """Return the height in inches of the strip below the cells that a colour bar needs."""
    return 0.0 if limits == (0, 1) else 0.45


def bar_below(figure: Figure, limits: Limits, channels: int, values: ArrayLike) -> None:
    """Draw the colour bar in the strip that `cells` left free, if the limits want one."""
    if room_for_bar(limits):
        width, height = figure.get_size_inches()
        cax = figure.add_axes((0.5 - 0.8 / width, 0.38 / height, 1.6 / width, 0.09 / height))
        draw_bar(limits, channels, values, cax=cax)
