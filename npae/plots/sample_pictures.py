"""Pictures of samples: one by one, and beside what was made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from .. import metrics
from ..estimators.construction import generator
from ..estimators.sklearn_contract import check_fitted
from ..noise import Noise
from ..settings.checks import positive_integer
from ..settings.data_set import DataSet, samples_of
from .axes import axes_or_new
from .colours import QUIET, WRONG
from .plot_data import check, checked_shape, flat
from .tiles import caption, cells, tile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..datasets import Font
    from ..estimators.autoencoder import Autoencoder
    from ..settings.array_types import AnyArray, ArrayLike, FloatArray


def glyph(pixels: ArrayLike, shape: tuple[int, int], ax: Axes | None = None, original: ArrayLike | None = None) -> Axes:
    """Draw one picture, dark where its pixels are on.

    Parameters
    ----------
    pixels : array of H * W numbers
        The picture in [0, 1], row by row from the top.
    shape : tuple of 2 ints
        (H, W).
    ax : Axes, default None
        Where to draw; None makes a new figure.
    original : array of H * W numbers, default None
        What the picture is compared with. Pixels that are on the other side of 0.5 are crossed out, and their number
        is written below.

    Returns
    -------
    Axes
        What was drawn on, measured in pixels from the upper left corner.

    Raises
    ------
    ValueError
        If the shape does not fit the pixels.
    """
    pixels = np.ravel(np.asarray(pixels, dtype=float))
    height, width = checked_shape(shape, pixels.size)
    ax = axes_or_new(ax, 2.0, 0.4 + 2.0 * height / width)
    wrong = tile(ax, pixels, shape, original=original)
    ax.set_xlabel("" if original is None else f"{wrong} wrong", color=WRONG if wrong else QUIET)
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect=1, xticks=[], yticks=[], frame_on=False)
    return ax


def reconstructions(
    model: Autoencoder, data: Font | ArrayLike, shape: tuple[int, int] | None = None, n: int | None = None
) -> Figure:
    """Draw samples above what the model reconstructs from their codes.

    Wrong pixels of black-and-white samples are crossed out and counted; for other samples the mean squared error is
    written below.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    data : Font or array of shape (N, D)
        The samples.
    shape : tuple of 2 ints, default None
        (H, W) of one sample; None takes that of the Font.
    n : int, default None
        How many samples to draw, starting with the first. None draws 96, or all if there are fewer.

    Returns
    -------
    Figure
        The new figure.

    Raises
    ------
    ValueError
        If shape or n are impossible.
    NotFittedError
        If the model is not fitted (a ValueError).
    """
    X, labels, shape = _first(model, data, shape, n)
    return _sheet({"original": X, "decoded": model.reconstruct(X)}, labels, shape)


def denoising(
    model: Autoencoder,
    data: Font | ArrayLike,
    noise: Noise | None = None,
    shape: tuple[int, int] | None = None,
    n: int | None = None,
    random_state: int | np.random.Generator | None = None,
) -> Figure:
    """Draw noisy samples, below them what the model makes of them, and below that the clean samples.

    Wrong pixels of black-and-white samples are crossed out in the input and in the decoded picture, and counted in the
    latter; for other samples the mean squared error of the decoded picture is written below.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    data : Font or array of shape (N, D)
        The clean samples.
    noise : Noise, default None
        Such as `npae.FlipPixels(2)`. None takes the noise that the model was trained with.
    shape : tuple of 2 ints, default None
        (H, W) of one sample; None takes that of the Font.
    n : int, default None
        How many samples to draw, starting with the first. None draws 96, or all if there are fewer.
    random_state : int or numpy.random.Generator, default None
        The source of randomness; None takes a fresh one, for noise that the model never saw.

    Returns
    -------
    Figure
        The new figure.

    Raises
    ------
    ValueError
        If noise, shape or n are impossible.
    NotFittedError
        If the model is not fitted (a ValueError).
    """
    X, labels, shape = _first(model, data, shape, n)
    noise = model.network_.noise if noise is None else noise
    if not isinstance(noise, Noise):
        hint = "A model that was trained with a noise needs no other."
        raise ValueError(f"noise must be a noise such as FlipPixels(2), got {noise!r}. {hint}")
    noise.check(X.shape[1:])
    noisy = noise.apply(X, generator(random_state))
    return _sheet({"input": noisy, "decoded": model.reconstruct(noisy), "original": X}, labels, shape)


def new_glyphs(
    pixels: Sequence[ArrayLike] | AnyArray,
    nearest: Sequence[ArrayLike] | AnyArray,
    labels: Sequence[str],
    distances: Sequence[float] | AnyArray,
    shape: tuple[int, int],
) -> Figure:
    """Draw new pictures, each beside the training picture nearest to it.

    Parameters
    ----------
    pixels : array of shape (N, H * W)
        The new pictures, in [0, 1].
    nearest : array of shape (N, H * W)
        The training pictures, in [0, 1].
    labels : sequence of N strings
        The labels of `nearest`.
    distances : sequence of N numbers
        How many pixels differ, as from `npae.metrics.nearest`.
    shape : tuple of 2 ints
        (H, W) of one picture.

    Returns
    -------
    Figure
        The new figure.

    Raises
    ------
    ValueError
        If there is no picture, if the numbers of entries differ, or if the shape does not fit.
    """
    counts = [len(pixels), len(nearest), len(labels), len(distances)]
    check("pixels, nearest, labels and distances", counts, "equally many, at least one", len({*counts, 0}) == 2)
    height, width = checked_shape(shape, np.size(pixels[0]))
    scale = min(0.6 / height, 1.5 / width)
    figure, ax, places = cells(len(pixels), max(1.3, 2 * width * scale + 0.4), height * scale + 0.4)
    for i, (x, y) in enumerate(places):
        tile(ax, pixels[i], shape, x - 0.06 - width * scale, y, scale)
        tile(ax, nearest[i], shape, x + 0.06, y, scale)
        unit = "pixel" if distances[i] == 1 else "pixels"
        caption(ax, x, y + height * scale + 0.1, f"{distances[i]:g} {unit} from {labels[i]}")
    figure.suptitle("new (left), nearest (right)", fontsize=9)
    return figure


def _first(
    model: Autoencoder, data: Any, shape: tuple[int, int] | None, n: int | None
) -> tuple[FloatArray, Sequence[str], tuple[int, int] | None]:
    """Return the first n samples as floats, all labels, and the shape of one sample."""
    check_fitted(model)
    n = 96 if n is None else positive_integer("n", n)
    labels = [""] * len(data)
    if isinstance(data, DataSet):
        labels, shape = data.labels, data.picture_shape if shape is None else shape
    return np.asarray(samples_of(data), dtype=float)[:n], labels, shape


def _sheet(pictures: dict[str, FloatArray], labels: Sequence[str], shape: tuple[int, int] | None) -> Figure:
    """Draw pictures {name: (N, ...)}, "original" and "decoded" among them: a row for each name, a column per sample."""
    rows = {name: flat(samples) for name, samples in pictures.items()}
    X, decoded = rows["original"], rows["decoded"]
    shape = height, width = checked_shape(shape, X[0].size)
    scale, binary = min(0.42 / height, 1.2 / width), bool(np.isin(X, (0, 1)).all())
    down, below = height * scale + 0.08, len(rows) * (height * scale + 0.08) + 0.02
    figure, ax, places = cells(len(X), max(0.4 if binary else 0.5, width * scale + 0.1), below + 0.4, margin=0.6)
    for row, name in enumerate(rows):
        caption(ax, 0.08, places[0][1] + (row + 0.5) * down, name, ha="left", color=QUIET)
        for pixels, original, (x, y) in zip(rows[name], X, places, strict=True):
            truth = original if binary and name != "original" else None
            tile(ax, pixels, shape, x - width * scale / 2, y + row * down, scale, truth)
    caption(ax, 0.08, places[0][1] + below, "wrong" if binary else "mse", ha="left", color=QUIET)
    errors = metrics.pixel_errors(X, decoded)
    for i, (x, y) in enumerate(places):
        caption(ax, x, y - 0.09, labels[i])
        text = errors[i] if binary else f"{metrics.mse(X[i], decoded[i]):.2g}"
        caption(ax, x, y + below, text, color=WRONG if binary and errors[i] else QUIET)
    mse = f"mean squared error {metrics.mse(X, decoded):.3g}"
    figure.suptitle(f"0 wrong pixels in {np.sum(errors == 0)} of {len(X)}" if binary else mse, fontsize=9)
    return figure
