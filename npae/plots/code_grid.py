"""Pictures decoded from a grid of codes, laid out as one image whose axes count in codes."""

import numpy as np
from matplotlib import colormaps

from .plot_data import check, checked_shape, flat


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
