"""Pictures of how training went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ..estimators.autoencoder import Autoencoder
from ..estimators.classifier import Classifier
from ..estimators.sklearn_contract import check_fitted
from .axes import new_figure, new_panels
from .colours import INKS, WRONG

BLUE, ORANGE, GREEN = INKS[:3]

if TYPE_CHECKING:

    @overload
    def history(model: Autoencoder | Classifier, ax: None = None) -> Figure: ...
    @overload
    def history(model: Autoencoder | Classifier, ax: Axes) -> Axes: ...


def history(model: Autoencoder | Classifier, ax: Axes | None = None) -> Figure | Axes:
    """Draw the loss after each epoch on a logarithmic scale, and below it the learning rate eta.

    Ticks at the lower edge are refinements. Values that are zero or not finite leave a gap.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    ax : Axes, default None
        Where to draw the loss alone. None makes a figure of loss and eta.

    Returns
    -------
    Figure or Axes
        The new figure, or `ax` if it was given.

    Raises
    ------
    NotFittedError
        Before the first epoch (a ValueError).
    """
    check_fitted(model)
    if ax is not None:
        return _draw_loss(ax, model.history_)
    figure = new_figure(6.5, 4.6)
    above, below = new_panels(figure, 2, sharex=True, height_ratios=[2, 1])[:, 0]
    _draw_loss(above, model.history_).set_xlabel("")
    _draw_series(below, model.history_["eta"], color=GREEN)
    below.set(xlabel="epoch", ylabel="eta")
    return figure


def _draw_loss(ax: Axes, record: dict[str, Any]) -> Axes:
    if "val_loss" in record:
        _draw_series(ax, record["val_loss"], label="validation loss", color=ORANGE, linestyle="--")
    _draw_series(ax, record["loss"], label="loss", color=BLUE)
    epochs = [refinement["epoch"] for refinement in record["refinements"]]
    label, at_lower_edge = "refinement" if epochs else None, ax.get_xaxis_transform()
    ax.plot(epochs, np.full(len(epochs), 0.03), "|", color=WRONG, label=label, transform=at_lower_edge)
    ax.set(xlabel="epoch", ylabel="loss")
    ax.legend(fontsize=8)
    return ax


def _draw_series(ax: Axes, series: Sequence[float], **style: Any) -> None:
    values = np.asarray(series, dtype=float)
    values = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    ax.plot(np.arange(1, len(values) + 1), values, marker="." if len(values) <= 40 else "", **style)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if np.isfinite(values).any():
        ax.set_yscale("log")
        span = np.nanmax(values) / np.nanmin(values)
        locator = MaxNLocator(4) if 1 < span < 3 else LogLocator(subs=(1, 2, 5) if span < 99 else (1,))
        ax.yaxis.set(major_locator=locator, major_formatter="{x:g}", minor_formatter=NullFormatter())
