"""Pictures of the code space: where samples lie in it, and what its points decode to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..datasets import Font
from ..datasets.picture_form import PictureShape
from ..estimators.autoencoder import Autoencoder
from ..estimators.sklearn_contract import check_fitted
from ..samples.masks import mask_option
from ..settings.array_types import AnyArray, ArrayLike, FloatArray
from .axes import axes_or_new
from .code_grid import bounds_of, draw_mosaic, mosaic
from .label_placement import AROUND, UPWARD, draw_points
from .plot_data import check, decoded_shape, flat, limits_for, samples_and_labels
from .shades import draw_bar


def latent_space(
    model: Autoencoder,
    data: Font | ArrayLike,
    labels: Sequence[Any] | AnyArray | None = None,
    ax: Axes | None = None,
    dimensions: tuple[int, int] = (0, 1),
    *,
    mask: ArrayLike | None = None,
) -> Axes:
    """Draw the code of each sample, with its label beside it or shown as a colour.

    Parameters
    ----------
    model : Autoencoder
        A fitted model. Codes of one number are drawn along a line.
    data : Font or array of shape (N, ...)
        The samples.
    labels : sequence of N strings or numbers, default None
        None takes those of the Font. Up to 150 strings are written if they all differ, or have more than 8 values. Up
        to 10 classes (8 of numbers with decimals) get a colour and a marker each in a legend, more a colour scale.
    ax : Axes, default None
        Where to draw; None makes a new figure.
    dimensions : tuple of 2 ints, default (0, 1)
        The two different entries of longer codes to draw, counted from 0.
    mask : bool array of shape (N, T), default None
        False where a step of series is padding, as in `fit`.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If labels or dimensions do not fit.
    NotFittedError
        If the model is not fitted (a ValueError).
    """
    check_fitted(model)
    codes, labels = _encoded(model, data, labels, mask)
    size = codes.shape[1]
    ax = axes_or_new(ax, 6.5, 3.0 if size == 1 else 6.0)
    if size == 1:
        check("dimensions", dimensions, "left out for codes of one number", tuple(dimensions) in ((0, 1), (0,)))
        ax.axhline(0, color="0.85", zorder=0)
        ax.set(xlabel="code 1", ylim=(-1, 1), yticks=[])
        draw_points(ax, np.pad(codes, [(0, 0), (0, 1)]), labels, np.vstack([UPWARD, -UPWARD]))
        return ax
    good = np.shape(dimensions) == (2,) and len({*dimensions} & {*range(size)}) == 2
    check("dimensions", dimensions, f"two different numbers from 0 to {size - 1}", good)
    ax.set(xlabel=f"code {dimensions[0] + 1}", ylabel=f"code {dimensions[1] + 1}")
    draw_points(ax, codes[:, dimensions], labels, AROUND)
    return ax


def manifold(
    model: Autoencoder,
    shape: PictureShape | None = None,
    bounds: ArrayLike | None = None,
    n: int = 20,
    data: Font | ArrayLike | None = None,
    ax: Axes | None = None,
    *,
    mask: ArrayLike | None = None,
) -> Axes:
    """Draw what the model decodes from a grid of codes, each picture at the place of its code.

    Values are drawn as in `glyph`, in the range of `data`. Without data it is that of pictures decoded from the
    distribution of the training data's codes, or 0 to 1 if they overshoot that but little. Values beyond are drawn
    like its ends, and the colour bar gets arrows.

    Parameters
    ----------
    model : Autoencoder
        A fitted model whose code has one or two numbers.
    shape : tuple of 2 or 3 ints, or Font, default None
        (H, W) of one picture, or (H, W, C) with C = 3 colours (and alpha, 4) per pixel. None takes that of `data`, if
        it is a Font or has axes (N, H, W) or (N, H, W, C), or that of the images which the model was fitted to.
    bounds : sequence of (low, high), default None
        The centres of the outermost pictures, for each number of the code. None takes the range of the codes of
        `data` and 5 % more, or -1 to 1 without data.
    n : int, default 20
        The pictures along each number of the code, at least 2. With labels on top, 16 are easier to read.
    data : Font or array of shape (N, ...), default None
        Samples whose codes are drawn on top, as in `latent_space`.
    ax : Axes, default None
        Where to draw; None makes a new figure.
    mask : bool array of shape (N, T), default None
        False where a step of the series `data` is padding, as in `fit`.

    Returns
    -------
    Axes
        What was drawn on, measured in codes.

    Raises
    ------
    ValueError
        If the code is longer, or if shape, bounds or n are impossible.
    NotFittedError
        If the model is not fitted (a ValueError).
    """
    check_fitted(model)
    size = int(np.prod(model.network_.code_shape))
    check("code", size, "of one or two numbers", size <= 2, "latent_space draws any two of them.")
    check("n", n, "at least 2", n >= 2)
    codes, labels = (np.empty((0, size)), None) if data is None else _encoded(model, data, mask=mask)
    grid = [np.linspace(low, high, n) for low, high in bounds_of(bounds, codes, size)]
    image = mosaic(model, grid, shape, decoded_shape(model, data))
    channels = image.shape[2]
    limits = limits_for(model, data, channels, mask)
    aspect = image.shape[0] / image.shape[1] * (1 if data is None or size == 2 else 3)
    width = min(6.5, 7.0 / aspect + 0.7)
    ax = axes_or_new(ax, width + 0.7 * (limits != (0, 1)), (width - 0.7) * aspect + 0.6)
    draw_mosaic(ax, image, grid, aspect, data is not None, limits)
    draw_bar(limits, channels, image, ax, faint=data is not None)
    if data is not None:
        points, offsets = (codes, AROUND) if size == 2 else (np.pad(codes, [(0, 0), (0, 1)], constant_values=1), UPWARD)
        draw_points(ax, points, labels, offsets)
    return ax


def _encoded(
    model: Autoencoder,
    data: Font | ArrayLike,
    labels: Sequence[Any] | AnyArray | None = None,
    mask: ArrayLike | None = None,
) -> tuple[FloatArray, Sequence[Any] | AnyArray | None]:
    X, labels = samples_and_labels(data, labels, model.network_.in_shape)
    return flat(model.encode(X, **mask_option(mask))), labels
