"""Small pictures and where they go: one by one, in rows of cells, or as the mosaic of a code plane."""

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from .colours import OKABE_ITO

WRONG = OKABE_ITO[5]


def check(what, value, rule, holds):
    """Raise ValueError in the form "what must be rule, got value." unless `holds`."""
    if not holds:
        raise ValueError(f"{what} must be {rule}, got {value}.")


def flat(values):
    """Return samples (N, ...) as floats (N, D)."""
    return np.asarray(values, dtype=float).reshape(len(values), -1)


def checked_shape(shape, size):
    """Return a shape (H, W) that fits `size` pixels, or raise ValueError."""
    check("shape", shape, f"(H, W) with H * W = {size}", np.shape(shape) == (2,) and np.prod(shape) == size)
    return shape


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


def mosaic(model, grid, shape):
    """Decode the grid and lay the pictures out in one, codes growing to the right and up, nan between them."""
    codes = np.stack(np.meshgrid(*grid), axis=-1).reshape(-1, len(grid[0]), len(grid))[::-1]
    pictures = flat(model.decode(codes.reshape(-1, *model.network_.code_shape)))
    height, width = checked_shape(shape, pictures.shape[1])
    pictures = pictures.reshape(*codes.shape[:2], height, width)
    pictures = np.pad(pictures, [(0, 0), (0, 0), (0, 1), (0, 1)], constant_values=np.nan)
    return pictures.swapaxes(1, 2).reshape(len(codes) * (height + 1), -1)


def show(ax, page, grid, tall, faint):
    """Draw a page of pictures so that the axes count in codes; `tall` is its height in widths."""
    edges = [1.5 * values[[0, -1]] - 0.5 * values[[1, -2]] for values in grid]
    extent = np.ravel([*edges, (0.0, 1.0)][:2])
    greys = colormaps["Greys"].with_extremes(bad="#DCE6F0")
    ax.imshow(page, greys, vmin=0, vmax=2.5 if faint else 1, extent=extent, aspect="auto", interpolation="nearest")
    ax.set(xlim=extent[:2], ylim=extent[2:], xlabel="code 1", ylabel="code 2", box_aspect=tall)
    if len(grid) == 1:
        ax.set(yticks=[], ylabel="", ylim=(0, tall * page.shape[1] / page.shape[0]))


def bounds_of(bounds, codes, size):
    """Return (size, 2), the (low, high) of each code: those given, or the range of the codes and 5 % more."""
    pairs = np.tile([-1.0, 1.0], size) if bounds is None else np.ravel(bounds)
    if bounds is None and len(codes):
        more = 0.05 * np.ptp(codes, axis=0) + 1e-3
        pairs = np.column_stack([codes.min(axis=0) - more, codes.max(axis=0) + more]).ravel()
    good = pairs.size == 2 * size and (pairs[::2] < pairs[1::2]).all()
    check("bounds", bounds, f"{size} times (low, high) with low < high", good)
    return pairs.reshape(size, 2)
