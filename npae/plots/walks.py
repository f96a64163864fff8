"""Pictures along a path through the code space: from one sample to another, or up and down each entry of a code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..datasets.fonts import Font
from ..datasets.picture_form import PictureShape, picture_shape, samples_for, value_range
from ..estimators.autoencoder import Autoencoder
from ..estimators.interpolation import interpolate
from ..estimators.sklearn_contract import check_fitted
from ..samples.passed_on import passed_on
from ..settings.array_types import AnyArray, ArrayLike, FloatArray, Shape
from ..settings.checks import number_in
from ..settings.data_set import DataSet
from .axes import axes_or_new
from .picture_tiles import tile_among
from .plot_data import check, compare_names, decoded_shape, flat, limits_for, mask_of_one, one_sample, shown
from .shades import Limits, draw_bar


def interpolation(
    model: Autoencoder,
    start: Font | ArrayLike,
    end: Font | ArrayLike | None = None,
    shape: PictureShape | None = None,
    n: int = 9,
    spherical: bool = False,
    ax: Axes | None = None,
    *,
    mask: ArrayLike | None = None,
) -> Axes:
    """Draw what the model decodes on the path from the code of one sample to that of another.

    Values are drawn as in `glyph`, in the range of the two samples. Decoded values beyond it are drawn like its ends,
    and the colour bar gets arrows.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    start : one sample, or Font or array of shape (N, ...)
        The sample from whose code the first picture is decoded: an array, or a Font of one glyph. Without `end`, the
        first of several samples, such as ``font.select("AB")``.
    end : one sample, default None
        The sample from whose code the last picture is decoded. None takes the last of `start`.
    shape : tuple of 2 or 3 ints, or Font, default None
        (H, W) of one picture, or (H, W, C) with C = 3 colours (and alpha, 4) per pixel. None takes that of the Font,
        or of the images which the model was fitted to.
    n : int, default 9
        The number of pictures, at least 2: both ends, and codes at equal steps between them. The ends and the picture
        in the middle, if there is one, are marked in per cent of the path.
    spherical : bool, default False
        Whether the path is an arc around the origin, as in `npae.interpolate`, rather than a straight line.
    ax : Axes, default None
        Where to draw; None makes a new figure.
    mask : bool array of shape (2, T), or (N, T) without `end`, default None
        False where a step of series is padding, as in `fit`: of start and end, or of the samples in `start`.

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
    for data, what in ((start, "start"), (end, "end")):
        compare_names(model, data, what)
    ends = _ends(start, end, model.network_.in_shape)
    masks = _masks_of_ends(mask, 2 if end is not None else len(samples_for(start)))
    codes = [passed_on(model.encode, sample, real)[0] for sample, real in zip(ends, masks, strict=True)]
    path = interpolate(codes[0].ravel(), codes[1].ravel(), n, spherical).reshape(n, *codes[0].shape)
    pictures = flat(model.decode(path))
    shape = _, width, channels = picture_shape(shape, pictures.shape[1], _own_shape(model, start), "start as a Font, ")
    ax = _strips(pictures, n, shape, ax, _range_of_ends(ends, masks, channels))
    parts = np.linspace(0, 1, 3 if n % 2 else 2)
    marks = [f"{part:.0%}".replace("%", " %") for part in parts]
    ax.set_xticks(width / 2 + (n - 1) * 1.2 * width * parts, marks)
    return ax


def traversal(
    model: Autoencoder,
    shape: PictureShape | None = None,
    sample: Font | ArrayLike | None = None,
    entries: Sequence[int] | None = None,
    n: int = 9,
    limit: float = 3.0,
    ax: Axes | None = None,
    *,
    mask: ArrayLike | None = None,
) -> Axes:
    """Draw what the model decodes while one entry of the code moves and the others stay: one row per entry.

    Values are drawn as in `glyph`, in the range of `sample`. Without one it is that of pictures decoded from the
    distribution of the training data's codes, or 0 to 1 if they overshoot that but little. Values beyond are drawn
    like its ends, and the colour bar gets arrows.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    shape : tuple of 2 or 3 ints, or Font, default None
        (H, W) of one picture, or (H, W, C) with C = 3 colours (and alpha, 4) per pixel. None takes that of the Font,
        or of the images which the model was fitted to.
    sample : one sample, or Font of one glyph, default None
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
    mask : bool array of shape (T,), default None
        False where a step of the series `sample` is padding, as in `fit`.

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
    compare_names(model, sample, "sample")
    known = None if sample is None else one_sample(sample, "sample", model.network_.in_shape)
    middle = mean if known is None else passed_on(model.encode, known, mask_of_one(mask)).ravel()
    codes, steps = np.tile(middle, (moved.size, n, 1)), np.linspace(-limit, limit, n)
    for row, entry in zip(codes, moved, strict=True):
        row[:, entry] = mean[entry] + steps * std[entry]
    pictures = flat(model.decode(codes.reshape(-1, *model.network_.code_shape)))
    shape = height, width, channels = picture_shape(
        shape, pictures.shape[1], _own_shape(model, sample), "sample=font.select('A'), "
    )
    limits = limits_for(model, known, channels, None if known is None else mask_of_one(mask))
    ax = _strips(pictures, n, shape, ax, limits)
    ax.set_xticks(width / 2 + 1.2 * width * np.array([0, (n - 1) / 2, n - 1]), [f"{-limit:g}", "0", f"{limit:g}"])
    ax.set_yticks(height / 2 + 1.2 * height * np.arange(moved.size), [f"{entry + 1}" for entry in moved])
    ax.set(xlabel="standard deviations", ylabel="code")
    return ax


def _spread(model: Autoencoder) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of each entry of the code: the prior's, or those of the data's codes."""
    if model.network_.variational:
        return np.zeros_like(model.code_mean_), np.ones_like(model.code_mean_)
    return model.code_mean_, np.sqrt(model.code_variance_)


def _ends(start: Font | ArrayLike, end: Font | ArrayLike | None, in_shape: Shape) -> list[AnyArray]:
    """Return two samples, each (1, ...): both given, or the first and the last of `start`."""
    if end is not None:
        return [one_sample(start, "start", in_shape), one_sample(end, "end", in_shape)]
    samples = np.asarray(samples_for(start, in_shape))
    several = samples.ndim > len(in_shape) and len(samples) > 1
    check("start", f"an array of shape {samples.shape}", "two samples or more where end is None", several)
    return [samples[:1], samples[-1:]]


def _masks_of_ends(mask: ArrayLike | None, count: int) -> list[AnyArray | None]:
    """Return the masks (1, T) of both ends: the first and the last of `count` masks."""
    if mask is None:
        return [None, None]
    masks = np.asarray(mask)
    check(
        "mask",
        f"an array of shape {masks.shape}",
        f"bools of shape ({count}, T)",
        masks.ndim == 2 and len(masks) == count,
    )
    return [masks[:1], masks[-1:]]


def _range_of_ends(ends: list[AnyArray], masks: list[AnyArray | None], channels: int) -> Limits:
    return value_range(np.concatenate([shown(*pair) for pair in zip(ends, masks, strict=True)]), channels)


def _own_shape(model: Autoencoder, data: Font | ArrayLike | None) -> Shape:
    """Return the shape that a Font has, or that of the samples which the model was fitted to."""
    return decoded_shape(model, data if isinstance(data, DataSet) else None)


def _strips(pictures: FloatArray, n: int, shape: tuple[int, int, int], ax: Axes | None, limits: Limits) -> Axes:
    """Draw pictures (N, D) in rows of n; return Axes without ticks, measured in pixels."""
    height, width, channels = shape
    rows, across, down = len(pictures) // n, 1.2 * width, 1.2 * height
    scale = min(6.5 / n, 1.1) / across
    ax = axes_or_new(ax, n * across * scale + 0.7 * (limits != (0, 1)), rows * down * scale + 0.4)
    ends = pictures[[0, -1]]  # what is between two black-and-white pictures has lines as they have
    for i, pixels in enumerate(pictures):
        tile_among(ax, pixels, shape, ends, i % n * across, i // n * down, limits=limits)
    ax.tick_params(length=0)
    ax.set(xlim=(-0.1, (n - 1) * across + width + 0.1), ylim=((rows - 1) * down + height + 0.1, -0.1))
    ax.set(aspect=1, xticks=[], yticks=[], frame_on=False)
    draw_bar(limits, channels, pictures, ax)
    return ax
