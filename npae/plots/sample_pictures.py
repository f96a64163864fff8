"""Pictures of samples: one by one, and beside what was made of them."""

import numpy as np

from .. import metrics
from ..estimators.construction import generator
from ..estimators.sklearn_contract import check_fitted
from ..noise import Noise
from ..settings.checks import positive_integer
from .axes import axes_or_new
from .colours import QUIET, WRONG
from .plot_data import check, checked_shape, flat
from .tiles import board, caption, tile


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
    ax = axes_or_new(ax, 2.0, 0.4 + 2.0 * height / width)
    wrong = tile(ax, pixels, shape, original=original)
    ax.set_xlabel("" if original is None else f"{wrong} wrong", color=WRONG if wrong else QUIET)
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect=1, xticks=[], yticks=[], frame_on=False)
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
    X, labels, shape = _first(model, data, shape, n)
    return _sheet({"original": X, "decoded": model.reconstruct(X)}, labels, shape)


def denoising(model, data, noise=None, shape=None, n=None, random_state=None):
    """Draw noisy samples above what the model makes of them, and the clean samples below.

    Wrong pixels of black-and-white samples are crossed out, in the input and in what is decoded, where they are
    counted; others get the mean squared error of what is decoded.

    Parameters
    ----------
    model : fitted Autoencoder.
    data : Font, or samples (N, D), clean.
    noise : Noise, such as `npae.FlipPixels(2)`; None (default) for the one that the model was trained with.
    shape : (H, W), of one sample; None (default) for that of the Font.
    n : number of samples to draw, from the first on; None (default) for 96, or all if they are fewer.
    random_state : int, numpy.random.Generator or None (default): fresh randomness, that is noise the model never saw.

    Returns
    -------
    Figure.

    Raises
    ------
    ValueError for a noise, shape or n that cannot be, and for a model that is not fitted (NotFittedError).
    """
    X, labels, shape = _first(model, data, shape, n)
    noise = model.network_.noise if noise is None else noise
    rule = "a noise such as FlipPixels(2) (a model that was trained with one has it already)"
    check("noise", repr(noise), rule, isinstance(noise, Noise))
    noise.check(X.shape[1:])
    noisy = noise.apply(X, generator(random_state))
    return _sheet({"input": noisy, "decoded": model.reconstruct(noisy), "original": X}, labels, shape)


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


def _first(model, data, shape, n):
    """Return the first n samples as floats, their labels, and the shape of one."""
    check_fitted(model)
    n = 96 if n is None else positive_integer("n", n)
    X, labels = getattr(data, "pixels", data), getattr(data, "labels", [""] * len(data))
    return np.asarray(X, dtype=float)[:n], labels, data.shape if shape is None and X is not data else shape


def _sheet(rows, labels, shape):
    """Draw rows of pictures {name: (N, ...)}, with "original" and "decoded" among them, as columns side by side."""
    rows = {name: flat(pictures) for name, pictures in rows.items()}
    X, rebuilt = rows["original"], rows["decoded"]
    height, width = checked_shape(shape, X[0].size)
    scale, binary = min(0.42 / height, 1.2 / width), bool(np.isin(X, (0, 1)).all())
    down, below = height * scale + 0.08, len(rows) * (height * scale + 0.08) + 0.02
    ax, places = board(len(X), max(0.4 if binary else 0.5, width * scale + 0.1), below + 0.4, margin=0.6)
    for turn, name in enumerate(rows):
        caption(ax, 0.08, places[0][1] + (turn + 0.5) * down, name, ha="left", color=QUIET)
        for pixels, original, (x, y) in zip(rows[name], X, places, strict=True):
            truth = original if binary and name != "original" else None
            tile(ax, pixels, shape, x - width * scale / 2, y + turn * down, scale, truth)
    caption(ax, 0.08, places[0][1] + below, "wrong" if binary else "mse", ha="left", color=QUIET)
    errors = metrics.pixel_errors(X, rebuilt)
    for i, (x, y) in enumerate(places):
        caption(ax, x, y - 0.09, labels[i])
        text = errors[i] if binary else f"{metrics.mse(X[i], rebuilt[i]):.2g}"
        caption(ax, x, y + below, text, color=WRONG if binary and errors[i] else QUIET)
    mse = f"mean squared error {metrics.mse(X, rebuilt):.3g}"
    ax.figure.suptitle(f"0 wrong pixels in {np.sum(errors == 0)} of {len(X)}" if binary else mse, fontsize=9)
    return ax.figure
