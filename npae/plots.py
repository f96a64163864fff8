"""Pictures of a trained autoencoder, legible in print and safe for colour-blind readers.

What takes `ax` draws there, or on a figure of its own, and returns the Axes (its figure is `ax.figure`); the
others return a Figure. Nothing here touches pyplot, its settings or its open figures.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from . import metrics
from .description import positive_integer
from .estimator import check_fitted
from .labels import AROUND, OKABE_ITO, UPWARD, mark
from .tiles import WRONG, board, bounds_of, caption, check, checked_shape, flat, mosaic, show, tile

__all__ = ["glyph", "history", "interpolation", "latent_space", "manifold", "new_glyphs", "reconstructions"]

BLUE, ORANGE, GREEN, QUIET = *OKABE_ITO[:3], "0.4"


def glyph(pixels, shape, ax=None, original=None):
    """Draw one picture, dark where its pixels are on.

    Parameters
    ----------
    pixels : array of H * W numbers in [0, 1], row by row from the top.
    shape : (H, W).
    ax : Axes, or None (default).
    original : array like pixels, or None (default). Pixels on the other side of 0.5 than there are crossed out,
        and their number stands below.

    Returns
    -------
    Axes, measured in pixels from the upper left corner.

    Raises
    ------
    ValueError if `shape` does not fit the pixels.
    """
    pixels = np.ravel(np.asarray(pixels, dtype=float))
    height, width = checked_shape(shape, pixels.size)
    ax = _axes(ax, 2.0, 0.4 + 2.0 * height / width)
    wrong = tile(ax, pixels, shape, original=original)
    ax.set_xlabel("" if original is None else f"{wrong} wrong", color=WRONG if wrong else QUIET)
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect=1, xticks=[], yticks=[], frame_on=False)
    return ax


def latent_space(model, data, labels=None, ax=None, dimensions=(0, 1)):
    """Draw the code of each sample, with its label beside it or shown as a colour.

    Parameters
    ----------
    model : fitted Autoencoder. Its codes have L numbers; one number is drawn along a line.
    data : Font, or samples (N, D).
    labels : N strings or numbers, or None (default): those of the Font. Up to 150 strings are written if they
        differ, or have more than 8 values; up to 8 classes get a colour and a marker each, more a colour scale.
    ax : Axes, or None (default).
    dimensions : two different entries of the code, counted from 0; default (0, 1).

    Returns
    -------
    Axes.

    Raises
    ------
    ValueError for labels or dimensions that do not fit, and for a model that is not fitted (NotFittedError).
    """
    check_fitted(model)
    codes, labels = _encoded(model, data, labels)
    size = codes.shape[1]
    ax = _axes(ax, 6.5, 3.0 if size == 1 else 6.0)
    if size == 1:
        ax.axhline(0, color="0.85", zorder=0)
        ax.set(xlabel="code 1", ylim=(-1, 1), yticks=[])
        mark(ax, np.pad(codes, [(0, 0), (0, 1)]), labels, np.vstack([UPWARD, -UPWARD]))
        return ax
    good = np.shape(dimensions) == (2,) and len({*dimensions} & {*range(size)}) == 2
    check("dimensions", dimensions, f"two different numbers from 0 to {size - 1}", good)
    ax.set(xlabel=f"code {dimensions[0] + 1}", ylabel=f"code {dimensions[1] + 1}")
    mark(ax, codes[:, dimensions], labels, AROUND)
    return ax


def reconstructions(model, data, shape=None, n=None):
    """Draw samples above what the model rebuilds from their codes.

    Wrong pixels of black-and-white samples are crossed out and counted; others get their mean squared error.

    Parameters
    ----------
    model : fitted Autoencoder.
    data : Font, or samples (N, D).
    shape : (H, W), of one sample; None (default) for that of the Font.
    n : number of samples to draw, from the first on; None (default) for 96, or all if they are fewer.

    Returns
    -------
    Figure.

    Raises
    ------
    ValueError for a shape or n that cannot be, and for a model that is not fitted (NotFittedError).
    """
    check_fitted(model)
    n = 96 if n is None else positive_integer("n", n)
    X, labels = getattr(data, "pixels", data), getattr(data, "labels", [""] * len(data))
    shape = data.shape if shape is None and X is not data else shape
    X, rebuilt = (flat(values)[:n] for values in (X, model.reconstruct(X)))
    height, width = checked_shape(shape, X[0].size)
    scale = min(0.42 / height, 1.2 / width)
    down, left, binary = height * scale + 0.08, width * scale / 2, bool(np.isin(X, (0, 1)).all())
    ax, places = board(len(X), max(0.4 if binary else 0.5, 2 * left + 0.1), 2 * down + 0.42, margin=0.6)
    for y, text in ((down / 2, "original"), (1.5 * down, "decoded"), (2 * down + 0.02, "wrong" if binary else "mse")):
        caption(ax, 0.08, places[0][1] + y, text, ha="left", color=QUIET)
    for i, (x, y) in enumerate(places):
        caption(ax, x, y - 0.09, labels[i])
        tile(ax, X[i], shape, x - left, y, scale)
        wrong = tile(ax, rebuilt[i], shape, x - left, y + down, scale, X[i] if binary else None)
        text = wrong if binary else f"{metrics.mse(X[i], rebuilt[i]):.2g}"
        caption(ax, x, y + 2 * down + 0.02, text, color=WRONG if wrong else QUIET)
    exact = np.sum(metrics.pixel_errors(X, rebuilt) == 0)
    title = f"0 wrong pixels in {exact} of {len(X)}" if binary else f"mean squared error {metrics.mse(X, rebuilt):.3g}"
    ax.figure.suptitle(title, fontsize=9)
    return ax.figure


def manifold(model, shape, bounds=None, n=20, data=None, ax=None):
    """Draw what the model decodes from a grid of codes, each picture in the place of its code.

    Parameters
    ----------
    model : fitted Autoencoder, whose code has one or two numbers.
    shape : (H, W), of one picture.
    bounds : a (low, high) for each number of the code, the centres of the outermost pictures. None (default): the
        range of the codes of `data` and 5 % more, or -1 to 1 without.
    n : pictures along each number of the code, at least 2; default 20. With labels on top, 16 are easier to read.
    data : Font, or samples (N, D), whose codes are drawn on top, as in `latent_space`; None (default) for none.
    ax : Axes, or None (default).

    Returns
    -------
    Axes, measured in codes.

    Raises
    ------
    ValueError for a longer code, a shape, bounds or n that cannot be, and for a model that is not fitted.
    """
    check_fitted(model)
    size = int(np.prod(model.network_.code_shape))
    check("code", f"{size} (latent_space draws any two of them)", "of one or two numbers", size <= 2)
    check("n", n, "at least 2", n >= 2)
    codes, labels = (np.empty((0, size)), None) if data is None else _encoded(model, data)
    grid = [np.linspace(low, high, n) for low, high in bounds_of(bounds, codes, size)]
    page = mosaic(model, grid, shape)
    tall = page.shape[0] / page.shape[1] * (1 if data is None or size == 2 else 3)
    width = min(6.5, 7.0 / tall + 0.7)
    ax = _axes(ax, width, (width - 0.7) * tall + 0.6)
    show(ax, page, grid, tall, faint=data is not None)
    if data is not None:
        points, offsets = (codes, AROUND) if size == 2 else (np.pad(codes, [(0, 0), (0, 1)], constant_values=1), UPWARD)
        mark(ax, points, labels, offsets)
    return ax


def interpolation(model, start, end, shape, n=9, ax=None):
    """Draw what the model decodes along the straight line from the code of one sample to that of another.

    Parameters
    ----------
    model : fitted Autoencoder.
    start, end : samples (D,); the first picture is decoded from the code of `start`, the last from that of `end`.
    shape : (H, W), of one picture.
    n : number of pictures, both ends included, at equal steps of the code; at least 2, default 9. The ends and
        the picture in the middle, if there is one, are marked in per cent of the way.
    ax : Axes, or None (default).

    Returns
    -------
    Axes, measured in pixels from the upper left corner.

    Raises
    ------
    ValueError for samples, a shape or n that cannot be, and for a model that is not fitted (NotFittedError).
    """
    check_fitted(model)
    check("n", n, "at least 2", n >= 2)
    codes = [model.encode(np.asarray(sample)[np.newaxis])[0] for sample in (start, end)]
    pictures = flat(model.decode(np.linspace(*codes, n)))
    height, width = checked_shape(shape, pictures.shape[1])
    step, inches = 1.2 * width, min(6.5 / n, 1.1)
    ax = _axes(ax, n * inches, height / step * inches + 0.4)
    for i, pixels in enumerate(pictures):
        tile(ax, pixels, shape, left=i * step)
    parts = np.linspace(0, 1, 3 if n % 2 else 2)
    ax.set_xticks(width / 2 + (n - 1) * step * parts, [f"{part:.0%}".replace("%", " %") for part in parts])
    ax.tick_params(length=0)
    ax.set(xlim=(-0.1, (n - 1) * step + width + 0.1), ylim=(height + 0.1, -0.1), aspect=1, yticks=[], frame_on=False)
    return ax


def history(model, ax=None):
    """Draw the loss after each epoch on a logarithmic scale, and with it the learning rate eta.

    Refinements are ticks at the lower edge. What is zero or not finite leaves a gap.

    Parameters
    ----------
    model : fitted Autoencoder.
    ax : Axes for the loss alone, or None (default) for a figure of loss and eta.

    Returns
    -------
    Figure, or `ax` if given.

    Raises
    ------
    NotFittedError (a ValueError) before the first epoch.
    """
    check_fitted(model)
    if ax is not None:
        return _draw_loss(ax, model.history_)
    above, below = Figure(figsize=(6.5, 4.6), layout="constrained").subplots(2, sharex=True, height_ratios=[2, 1])
    _draw_loss(above, model.history_).set_xlabel("")
    _draw_series(below, model.history_["eta"], color=GREEN)
    below.set(xlabel="epoch", ylabel="eta")
    return below.figure


def new_glyphs(pixels, nearest, labels, distances, shape):
    """Draw new pictures beside the training pictures nearest to them.

    Parameters
    ----------
    pixels, nearest : arrays (N, H * W) in [0, 1], the new pictures and those they are compared with.
    labels : N strings, those of `nearest`.
    distances : N numbers of differing pixels, as from `npae.metrics.nearest`.
    shape : (H, W), of one picture.

    Returns
    -------
    Figure.

    Raises
    ------
    ValueError if there is no picture, if the numbers of entries differ or if `shape` does not fit.
    """
    counts = [len(values) for values in (pixels, nearest, labels, distances)]
    check("pixels, nearest, labels and distances", counts, "equally many, at least one", len({*counts, 0}) == 2)
    height, width = checked_shape(shape, np.size(pixels[0]))
    scale = min(0.6 / height, 1.5 / width)
    ax, places = board(len(pixels), max(1.3, 2 * width * scale + 0.4), height * scale + 0.4)
    for i, (x, y) in enumerate(places):
        tile(ax, pixels[i], shape, x - 0.06 - width * scale, y, scale)
        tile(ax, nearest[i], shape, x + 0.06, y, scale)
        unit = "pixel" if distances[i] == 1 else "pixels"
        caption(ax, x, y + height * scale + 0.1, f"{distances[i]:g} {unit} from {labels[i]}")
    ax.figure.suptitle("new (left), nearest (right)", fontsize=9)
    return ax.figure


def _axes(ax, width, height):
    return Figure(figsize=(width, height), layout="constrained").subplots() if ax is None else ax


def _encoded(model, data, labels=None):
    X = getattr(data, "pixels", data)
    labels = getattr(data, "labels", None) if labels is None and X is not data else labels
    given = len(X) if labels is None else len(labels)
    check("labels", given, f"one a sample ({len(X)})", given == len(X))
    return flat(model.encode(X)), labels


def _draw_loss(ax, record):
    if "val_loss" in record:
        _draw_series(ax, record["val_loss"], label="validation loss", color=ORANGE, linestyle="--")
    _draw_series(ax, record["loss"], label="loss", color=BLUE)
    epochs = [refinement["epoch"] for refinement in record["refinements"]]
    ticks = {"transform": ax.get_xaxis_transform(), "label": "refinement" if epochs else None}
    ax.plot(epochs, np.full(len(epochs), 0.03), "|", color=WRONG, **ticks)
    ax.set(xlabel="epoch", ylabel="loss")
    ax.legend(fontsize=8)
    return ax


def _draw_series(ax, values, **style):
    values = np.asarray(values, dtype=float)
    values = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    ax.plot(np.arange(1, len(values) + 1), values, marker="." if len(values) <= 40 else "", **style)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if np.isfinite(values).any():
        ax.set_yscale("log")
        span = np.nanmax(values) / np.nanmin(values)
        locator = MaxNLocator(4) if 1 < span < 3 else LogLocator(subs=(1, 2, 5) if span < 99 else (1,))
        ax.yaxis.set(major_locator=locator, major_formatter="{x:g}", minor_formatter=NullFormatter())
