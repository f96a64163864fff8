"""A sheet of samples and what was made of them: a row for each, a column per sample, errors below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .. import metrics
from ..datasets import Font
from ..datasets.picture_form import PictureShape, known_shape, picture_shape, value_range
from ..estimators.autoencoder import Autoencoder
from ..estimators.predicting import schema_of
from ..estimators.sklearn_contract import check_fitted
from ..samples.arrays import checked_array
from ..samples.masks import zero_padding
from ..settings.array_types import AnyArray, ArrayLike, BoolArray, FloatArray, IntArray
from ..settings.checks import positive_integer, zeros_and_ones
from .colours import QUIET, WRONG
from .label_placement import frame_of
from .picture_tiles import bar_below, caption, cells, room_for_bar, tile
from .plot_data import check, compare_names, flat, samples_and_labels, shown
from .shades import Limits


def first_samples(
    model: Autoencoder,
    data: Font | ArrayLike,
    shape: PictureShape | None,
    n: int | None,
    mask: ArrayLike | None,
) -> tuple[FloatArray, BoolArray | None, Sequence[Any] | AnyArray, tuple[int, int, int], Limits]:
    """Return the first n samples as floats, NaN where they are padding, and their mask.

    Then all labels, the shape (H, W, C) of one sample, and the range of values.
    """
    check_fitted(model)
    n = 96 if n is None else positive_integer("n", n)
    in_shape, out_shape = model.network_.in_shape, model.network_.out_shape
    check("model", out_shape, f"one that ends with samples of shape {in_shape}", out_shape == in_shape)
    compare_names(model, data)
    samples, labels = samples_and_labels(data, in_shape=in_shape)
    X = checked_array(zero_padding(samples, mask), "data", schema_of(model).gaps)
    X = np.asarray(shown(X, mask))[:n]
    shape = picture_shape(shape, X[0].size, known_shape(data, in_shape))
    limits = value_range(X, shape[2])
    real = None if mask is None else np.asarray(mask)[:n]
    return X.astype(float), real, [""] * len(X) if labels is None else labels, shape, limits


def sheet(
    pictures: dict[str, FloatArray],
    labels: Sequence[Any] | AnyArray,
    shape: tuple[int, int, int],
    limits: Limits,
    mask: BoolArray | None,
) -> Figure:
    """Draw pictures {name: (N, ...)}, "original" and "decoded" among them: a row for each name, a column per sample."""
    rows = {name: flat(shown(samples, mask)) for name, samples in pictures.items()}
    X, (height, width, channels) = rows["original"], shape
    scale, binary = min(0.42 / height, 1.2 / width), channels == 1 and zeros_and_ones(X[~np.isnan(X)])
    down, below = height * scale + 0.08, len(rows) * (height * scale + 0.08) + 0.02
    wide, room = max(0.4 if binary else 0.5, width * scale + 0.1), room_for_bar(limits)
    figure, ax, places = cells(len(X), wide, below + 0.4, margin=0.6, below=room)
    for row, name in enumerate(rows):
        caption(ax, 0.08, places[0][1] + (row + 0.5) * down, name, ha="left", color=QUIET)
        for pixels, original, (x, y) in zip(rows[name], X, places, strict=True):
            truth = original if binary and name != "original" else None
            tile(ax, pixels, shape, x - width * scale / 2, y + row * down, scale, truth, limits)
    texts, wrong, title = _errors(pictures["original"], pictures["decoded"], binary, mask)
    caption(ax, 0.08, places[0][1] + below, "wrong" if binary else "mse", ha="left", color=QUIET)
    for i, (x, y) in enumerate(places):
        caption(ax, x, y - 0.1, labels[i], **frame_of(labels[i]))
        caption(ax, x, y + below, texts[i], color=WRONG if wrong[i] else QUIET)
    bar_below(figure, limits, channels, np.concatenate([*rows.values()]))
    figure.suptitle(title, fontsize=9)
    return figure


def _errors(
    X: FloatArray, decoded: FloatArray, binary: bool, mask: BoolArray | None
) -> tuple[list[str], BoolArray, str]:
    """Return what is written below each sample, whether it has wrong pixels, and what is written above all."""
    if binary:
        errors = metrics.pixel_errors(X, decoded, mask=mask)
        return [f"{count}" for count in errors], errors > 0, _exact(errors)
    parts = [slice(i, i + 1) for i in range(len(X))]
    each = [metrics.mse(X[i], decoded[i], mask=None if mask is None else mask[i]) for i in parts]
    title = f"Mean squared error {metrics.mse(X, decoded, mask=mask):.3g}"
    return [f"{error:.2g}" for error in each], np.zeros(len(X), bool), title


def _exact(errors: IntArray) -> str:
    """Return how many samples have no wrong pixel, as a title."""
    return (
        f"{np.sum(errors == 0)} of {len(errors)} without a wrong pixel (orange cross: a pixel on the wrong side of 0.5)"
    )
