"""Pictures of a training run."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ..estimators.sklearn_contract import check_fitted
from .colours import OKABE_ITO, WRONG

BLUE, ORANGE, GREEN = OKABE_ITO[:3]


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
