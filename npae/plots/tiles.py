"""Small pictures and their captions: one by one, and in rows of cells."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from .colours import WRONG


def tile(ax, pixels, shape, left=0.0, top=0.0, scale=1.0, original=None):
    """Draw a picture in Axes whose y points down; cross out and count the pixels that differ from `original`."""
    x, y = left + scale * np.arange(shape[1] + 1), top + scale * np.arange(shape[0] + 1)
    lines = {"edgecolors": "0.8", "linewidth": 0.3} if np.size(pixels) <= 400 else {"rasterized": True}
    ax.pcolormesh(x, y, np.reshape(pixels, shape), cmap="Greys", vmin=0, vmax=1, **lines)
    if original is None:
        return 0
    wrong = np.argwhere(np.reshape((np.ravel(original) > 0.5) != (pixels > 0.5), shape))[:, ::-1]
    strokes = np.array([[[0.15, 0.15], [0.85, 0.85]], [[0.15, 0.85], [0.85, 0.15]]])
    crosses = [scale * (corner + stroke) + (left, top) for corner in wrong for stroke in strokes]
    ax.add_collection(LineCollection(crosses, colors=WRONG, linewidths=1.2), autolim=False)
    return len(wrong)


def caption(ax, x, y, text, **style):
    """Write text at (x, y), small and centred."""
    ax.text(x, y, text, **{"fontsize": 7.5, "ha": "center", "va": "center", "parse_math": False, **style})


def board(n, width, height, margin=0.0):
    """Return Axes measured in inches from the upper left corner, and the (middle, top) of n cells in them."""
    columns = max(1, min(n, int((7.0 - margin) / width)))
    size = (max(margin + columns * width, 3.5), -(-n // columns) * height + 0.4)
    ax = Figure(figsize=size).add_axes((0, 0, 1, 1), xlim=(0, size[0]), ylim=(size[1], 0))
    ax.set_axis_off()
    return ax, [(margin + (i % columns + 0.5) * width, 0.5 + i // columns * height) for i in range(n)]
