"""Pictures along a path through the code space: from one sample to another, or up and down each entry of a code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..estimators.autoencoder import Autoencoder
from ..estimators.interpolation import interpolate
from ..estimators.sklearn_contract import check_fitted
from ..settings.array_types import ArrayLike, FloatArray
from ..settings.checks import number_in
from .axes import axes_or_new
from .plot_data import check, checked_shape, flat
from .tiles import tile


def interpolation(
    model: Autoencoder,
    start: ArrayLike,
    end: ArrayLike,
    shape: tuple[int, int],
    n: int = 9,
    spherical: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw what the model decodes on the path from the code of one sample to that of another.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    start, end : array of shape (D,)
        The samples. The first picture is decoded from the code of `start`, the last from that of `end`.
    shape : tuple of 2 ints
        (H, W) of one picture.
    n : int, default 9
        The number of pictures, at least 2: both ends, and codes at equal steps between them. The ends and the picture
        in the middle, if there is one, are marked in per cent of the path.
    spherical : bool, default False
        Whether the path is an arc around the origin, as in `npae.interpolate`, rather than a straight line.
    ax : Axes, default None
        Where to draw; None makes a new figure.

    Returns
    -------
    Axes
        What was drawn on, measured in pixels from the upper left corner.

    Raises
    ------
    ValueError
        If samples or shape do not fit the model, or if n is too small.
    NotFittedError
        If the model is not fitted (a ValueError).
    """
    check_fitted(model)
    check("n", n, "at least 2", n >= 2)
    codes = [model.encode(np.asarray(sample)[np.newaxis])[0] for sample in (start, end)]
    path = interpolate(codes[0].ravel(), codes[1].ravel(), n, spherical).reshape(n, *codes[0].shape)
    ax = _strips(flat(model.decode(path)), n, shape, ax)
    parts = np.linspace(0, 1, 3 if n % 2 else 2)
    marks = [f"{part:.0%}".replace("%", " %") for part in parts]
    ax.set_xticks(shape[1] / 2 + (n - 1) * 1.2 * shape[1] * parts, marks)
    return ax


def traversal(
    model: Autoencoder,
    shape: tuple[int, int],
    sample: ArrayLike | None = None,
    entries: Sequence[int] | None = None,
    n: int = 9,
    limit: float = 3.0,
    ax: Axes | None = None,
) -> Axes:
    """Draw what the model decodes while one entry of the code moves and the others stay: one row per entry.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    shape : tuple of 2 ints
        (H, W) of one picture.
    sample : array of shape (D,), default None
        The sample whose code the others stay at. None takes the mean of the training data's codes, or 0, the mean of
        the prior, with a GaussianCode.
    entries : sequence of int, default None
        Which entries of the code to move, counted from 0. None takes the first ten.
    n : int, default 9
        The pictures in a row, at least 2.
    limit : float, default 3.0
        How far an entry moves to either side of its mean, in standard deviations (of the training data's codes, or of
        the prior).
    ax : Axes, default None
        Where to draw; None makes a new figure.

    Returns
    -------
    Axes
        What was drawn on, measured in pixels from the upper left corner.

    Raises
    ------
    ValueError
        If sample or shape do not fit the model, or if entries, n or limit are impossible.
    NotFittedError
        If the model is not fitted (a ValueError).
    """
    check_fitted(model)
    check("n", n, "at least 2", n >= 2)
    number_in("limit", limit, 0, np.inf, closed=False)
    mean, std = _spread(model)
    moved = np.ravel(range(min(10, mean.size)) if entries is None else entries)
    good = moved.size > 0 and np.isin(moved, np.arange(mean.size)).all()
    check("entries", moved.tolist(), f"numbers from 0 to {mean.size - 1}", good)
    middle = mean if sample is None else model.encode(np.asarray(sample)[np.newaxis]).ravel()
    codes, steps = np.tile(middle, (moved.size, n, 1)), np.linspace(-limit, limit, n)
    for row, entry in zip(codes, moved, strict=True):
        row[:, entry] = mean[entry] + steps * std[entry]
    ax = _strips(flat(model.decode(codes.reshape(-1, *model.network_.code_shape))), n, shape, ax)
    height, width = 1.2 * shape[0], 1.2 * shape[1]
    ax.set_xticks(shape[1] / 2 + width * np.array([0, (n - 1) / 2, n - 1]), [f"{-limit:g}", "0", f"{limit:g}"])
    ax.set_yticks(shape[0] / 2 + height * np.arange(moved.size), [f"{entry + 1}" for entry in moved])
    ax.set(xlabel="standard deviations", ylabel="code")
    return ax


def _spread(model: Autoencoder) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of each entry of the code: the prior's, or those of the data's codes."""
    if model.network_.variational:
        return np.zeros_like(model.code_mean_), np.ones_like(model.code_mean_)
    return model.code_mean_, np.sqrt(np.diag(model.code_covariance_))


def _strips(pictures: FloatArray, n: int, shape: tuple[int, int], ax: Axes | None) -> Axes:
    """Draw pictures (N, D) in rows of n; return Axes without ticks, measured in pixels."""
    height, width = checked_shape(shape, pictures.shape[1])
    rows, across, down = len(pictures) // n, 1.2 * width, 1.2 * height
    scale = min(6.5 / n, 1.1) / across
    ax = axes_or_new(ax, n * across * scale, rows * down * scale + 0.4)
    for i, pixels in enumerate(pictures):
        tile(ax, pixels, shape, left=i % n * across, top=i // n * down)
    ax.tick_params(length=0)
    ax.set(xlim=(-0.1, (n - 1) * across + width + 0.1), ylim=((rows - 1) * down + height + 0.1, -0.1))
    ax.set(aspect=1, xticks=[], yticks=[], frame_on=False)
    return ax
