"""Pictures along a way through the code space: from one sample to another, or up and down each entry of a code."""

import numpy as np

from ..estimators.interpolation import interpolate
from ..estimators.sklearn_contract import check_fitted
from ..settings.checks import number_in
from .axes import axes_or_new
from .plot_data import check, checked_shape, flat
from .tiles import tile


def interpolation(model, start, end, shape, n=9, spherical=False, ax=None):
    """Draw what the model decodes on the way from the code of one sample to that of another.

    Parameters
    ----------
    model : fitted Autoencoder.
    start, end : samples (D,); the first picture is decoded from the code of `start`, the last from that of `end`.
    shape : (H, W), of one picture.
    n : number of pictures, both ends included, at equal steps of the code; at least 2, default 9. The ends and
        the picture in the middle, if there is one, are marked in per cent of the way.
    spherical : whether the way is an arc around the origin, as in `npae.interpolate`; default: a straight line.
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
    way = interpolate(*(code.ravel() for code in codes), n, spherical).reshape(n, *codes[0].shape)
    ax = _strips(flat(model.decode(way)), n, shape, ax)
    parts = np.linspace(0, 1, 3 if n % 2 else 2)
    marks = [f"{part:.0%}".replace("%", " %") for part in parts]
    ax.set_xticks(shape[1] / 2 + (n - 1) * 1.2 * shape[1] * parts, marks)
    return ax


def traversal(model, shape, sample=None, entries=None, n=9, limit=3.0, ax=None):
    """Draw what the model decodes while one entry of the code moves and the others stay: a row for each entry.

    Parameters
    ----------
    model : fitted Autoencoder.
    shape : (H, W), of one picture.
    sample : (D,), whose code the others stay at; None (default) for the mean of the training data's codes, or 0, the
        mean of the prior, with a GaussianCode.
    entries : which entries of the code to move, counted from 0; None (default) for the first ten.
    n : pictures in a row, at least 2; default 9.
    limit : how far an entry moves to both sides of its mean, in standard deviations (of the training data's codes, or
        of the prior); default 3.
    ax : Axes, or None (default).

    Returns
    -------
    Axes, measured in pixels from the upper left corner.

    Raises
    ------
    ValueError for a sample, a shape, entries, n or a limit that cannot be, and for a model that is not fitted.
    """
    check_fitted(model)
    check("n", n, "at least 2", n >= 2)
    number_in("limit", limit, 0, np.inf, closed=False)
    mean, std = _spread(model)
    entries = np.ravel(range(min(10, mean.size)) if entries is None else entries)
    good = entries.size > 0 and np.isin(entries, np.arange(mean.size)).all()
    check("entries", entries.tolist(), f"numbers from 0 to {mean.size - 1}", good)
    middle = mean if sample is None else model.encode(np.asarray(sample)[np.newaxis]).ravel()
    codes, steps = np.tile(middle, (entries.size, n, 1)), np.linspace(-limit, limit, n)
    for row, entry in zip(codes, entries, strict=True):
        row[:, entry] = mean[entry] + steps * std[entry]
    ax = _strips(flat(model.decode(codes.reshape(-1, *model.network_.code_shape))), n, shape, ax)
    height, width = 1.2 * shape[0], 1.2 * shape[1]
    ax.set_xticks(shape[1] / 2 + width * np.array([0, (n - 1) / 2, n - 1]), [f"{-limit:g}", "0", f"{limit:g}"])
    ax.set_yticks(shape[0] / 2 + height * np.arange(entries.size), entries + 1)
    ax.set(xlabel="standard deviations", ylabel="code")
    return ax


def _spread(model):
    """Return mean and standard deviation of each entry of the code: the prior's, or those of the data's codes."""
    if model.network_.variational:
        return np.zeros_like(model.code_mean_), np.ones_like(model.code_mean_)
    return model.code_mean_, np.sqrt(np.diag(model.code_covariance_))


def _strips(pictures, n, shape, ax):
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
