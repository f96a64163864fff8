"""Small pictures and their captions: one by one, and in rows of cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ..settings.array_types import ArrayLike
from .colours import WRONG


def tile(
    ax: Axes,
    pixels: ArrayLike,
    shape: tuple[int, int],
    left: float = 0.0,
    top: float = 0.0,
    scale: float = 1.0,
    original: ArrayLike | None = None,
) -> int:
    """Draw one small picture among others on Axes whose y points down.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    pixels : array of H * W numbers
        The picture in [0, 1], row by row from the top; 1 is black.
    shape : tuple of 2 ints
        (H, W).
    left, top : float, default 0.0
        The upper left corner of the picture, in the units of the Axes.
    scale : float, default 1.0
        The side of a pixel, in the units of the Axes.
    original : array of H * W numbers, default None
        What the picture is compared with. Pixels that are on the other side of 0.5 are crossed out.

    Returns
    -------
    int
        The number of crossed-out pixels.
    """
    x, y = left + scale * np.arange(shape[1] + 1), top + scale * np.arange(shape[0] + 1)
    lines: dict[str, Any] = {"edgecolors": "0.8", "linewidth": 0.3} if np.size(pixels) <= 400 else {"rasterized": True}
    ax.pcolormesh(x, y, np.reshape(pixels, shape), cmap="Greys", vmin=0, vmax=1, **lines)
    if original is None:
        return 0
    wrong = np.argwhere(np.reshape((np.ravel(original) > 0.5) != (np.ravel(pixels) > 0.5), shape))[:, ::-1]
    strokes = np.array([[[0.15, 0.15], [0.85, 0.85]], [[0.15, 0.85], [0.85, 0.15]]])
    crosses = [scale * (corner + stroke) + (left, top) for corner in wrong for stroke in strokes]
    ax.add_collection(LineCollection(crosses, colors=WRONG, linewidths=1.2), autolim=False)
    return len(wrong)


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


def cells(n: int, width: float, height: float, margin: float = 0.0) -> tuple[Figure, Axes, list[tuple[float, float]]]:
    """Return a new figure, its Axes measured in inches from the upper left corner, and the (middle, top) of n cells."""
    columns = max(1, min(n, int((7.0 - margin) / width)))
    size = (max(margin + columns * width, 3.5), -(-n // columns) * height + 0.4)
    figure = Figure(figsize=size)
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, size[0]), ylim=(size[1], 0))
    ax.set_axis_off()
    return figure, ax, [(margin + (i % columns + 0.5) * width, 0.5 + i // columns * height) for i in range(n)]
