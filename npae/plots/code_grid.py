"""Pictures decoded from a grid of codes, laid out as one image whose axes count in codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..datasets.picture_form import PictureShape, picture_shape
from ..estimators.autoencoder import Autoencoder
from ..settings.array_types import ArrayLike, FloatArray, Shape
from .plot_data import check, flat
from .shades import FAINT, GAP, GREYS, Limits, in_colour


def mosaic(model: Autoencoder, grid: list[FloatArray], shape: PictureShape | None, known: Shape) -> FloatArray:
    """Decode the grid and lay out the pictures as one, with NaN between them: codes grow to the right and up.

    The mosaic is (height, width, C). The shape of one picture is `shape`, or `known` if that is None.
    """
    codes = np.stack(np.meshgrid(*grid), axis=-1).reshape(-1, len(grid[0]), len(grid))[::-1]
    pictures = flat(model.decode(codes.reshape(-1, *model.network_.code_shape)))
    height, width, channels = picture_shape(shape, pictures.shape[1], known, "data=font, ")
    pictures = pictures.reshape(*codes.shape[:2], height, width, channels)
    pictures = np.pad(pictures, [(0, 0), (0, 0), (0, 1), (0, 1), (0, 0)], constant_values=np.nan)
    return pictures.swapaxes(1, 2).reshape(len(codes) * (height + 1), -1, channels)


def draw_mosaic(
    ax: Axes, image: FloatArray, grid: list[FloatArray], aspect: float, faint: bool, limits: Limits
) -> None:
    """Draw a mosaic on axes that count in codes; `aspect` is its height divided by its width."""
    edges = [1.5 * values[[0, -1]] - 0.5 * values[[1, -2]] for values in grid]
    left, right, bottom, top = np.concatenate([*edges, (0.0, 1.0)])[:4].tolist()
    part, (low, high), extent = FAINT if faint else 1.0, limits, (left, right, bottom, top)
    if image.shape[2] == 1:
        shades: dict[str, Any] = {"cmap": GREYS.with_extremes(bad=GAP), "vmin": low, "vmax": low + (high - low) / part}
        ax.imshow(image[..., 0], **shades, extent=extent, aspect="auto", interpolation="nearest")
    else:
        paled = 1 - part * (1 - in_colour(image, limits))
        ax.imshow(paled, extent=extent, aspect="auto", interpolation="nearest")
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="code 1", ylabel="code 2", box_aspect=aspect)
    if len(grid) == 1:
        ax.set(yticks=[], ylabel="", ylim=(0, aspect * image.shape[1] / image.shape[0]))


def bounds_of(bounds: ArrayLike | None, codes: FloatArray, size: int) -> FloatArray:
    """Return (size, 2), the (low, high) of each code: those given, or the range of the codes and 5 % more on each side.

    Codes that are all alike get a little room around them.
    """
    pairs = np.tile([-1.0, 1.0], size) if bounds is None else np.ravel(bounds)
    if bounds is None and len(codes):
        codes = np.asarray(codes, np.float64)
        span, size_of_codes = np.ptp(codes, axis=0), np.abs(codes).max(axis=0)
        more = np.where(span > 1e-9 * size_of_codes, 0.05 * span, 1e-3 * np.maximum(1.0, size_of_codes))
        pairs = np.column_stack([codes.min(axis=0) - more, codes.max(axis=0) + more]).ravel()
    good = pairs.size == 2 * size and (pairs[::2] < pairs[1::2]).all()
    check("bounds", bounds, f"{size} times (low, high) with low < high", good)
    return pairs.reshape(size, 2)
