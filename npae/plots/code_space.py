"""Pictures of the code space: where samples lie in it, and what its points decode to."""

import numpy as np

from ..estimators.sklearn_contract import check_fitted
from .axes import axes_or_new
from .code_grid import bounds_of, mosaic, show
from .label_placement import AROUND, UPWARD, mark
from .plot_data import check, flat, samples_and_labels


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


def _encoded(model, data, labels=None):
    X, labels = samples_and_labels(data, labels)
    return flat(model.encode(X)), labels
