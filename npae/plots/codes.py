"""Pictures of the code space: where samples lie in it, and what its points decode to."""

import numpy as np

from ..estimator import check_fitted
from ..labels import AROUND, UPWARD, mark
from ..tiles import bounds_of, check, checked_shape, flat, mosaic, show, tile
from .axes import axes_or_new


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
    ax = axes_or_new(ax, 6.5, 3.0 if size == 1 else 6.0)
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
    ax = axes_or_new(ax, width, (width - 0.7) * tall + 0.6)
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
    ax = axes_or_new(ax, n * inches, height / step * inches + 0.4)
    for i, pixels in enumerate(pictures):
        tile(ax, pixels, shape, left=i * step)
    parts = np.linspace(0, 1, 3 if n % 2 else 2)
    ax.set_xticks(width / 2 + (n - 1) * step * parts, [f"{part:.0%}".replace("%", " %") for part in parts])
    ax.tick_params(length=0)
    ax.set(xlim=(-0.1, (n - 1) * step + width + 0.1), ylim=(height + 0.1, -0.1), aspect=1, yticks=[], frame_on=False)
    return ax


def _encoded(model, data, labels=None):
    X = getattr(data, "pixels", data)
    labels = getattr(data, "labels", None) if labels is None and X is not data else labels
    given = len(X) if labels is None else len(labels)
    check("labels", given, f"one a sample ({len(X)})", given == len(X))
    return flat(model.encode(X)), labels
