"""Pictures of how training went, and of which went better."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ..estimators.anomaly_detector import AnomalyDetector
from ..estimators.autoencoder import Autoencoder
from ..estimators.classifier import Classifier
from ..estimators.sklearn_contract import check_fitted
from ..settings.array_types import FloatArray
from .axes import axes_or_new, new_figure, new_panels
from .colours import INKS, WRONG
from .plot_data import check
from .training_course import AXES, Line, check_x, course, ends, refinements

BLUE, ORANGE, GREEN = INKS[:3]
CONTRASTING = [INKS[i] for i in (0, 5, 2, 3, 6, 1, 4, 7)]  # hues that are alike come late, and in another style
STYLES = ("-", "--", "-.", ":")
MARKED = 40  # epochs that get a mark each, at most
INTEGERS = ("epochs", "evaluations")

if TYPE_CHECKING:

    @overload
    def history(model: Autoencoder | Classifier, ax: None = None, x: str = "epochs") -> Figure: ...
    @overload
    def history(model: Autoencoder | Classifier, ax: Axes, x: str = "epochs") -> Axes: ...


def history(model: Autoencoder | Classifier, ax: Axes | None = None, x: str = "epochs") -> Figure | Axes:
    """Draw the loss after each epoch on a logarithmic scale, and below it the learning rate eta, if there is one.

    Ticks at the lower edge are refinements. Lines in their colour are the losses of their iterations, from the loss
    before each. Values that are zero or not finite leave a gap.

    Parameters
    ----------
    model : Autoencoder
        A fitted model.
    ax : Axes, default None
        Where to draw the loss alone. None makes a figure of loss and eta, with the legend above it.
    x : "epochs", "seconds" or "evaluations", default "epochs"
        What to draw over: epochs, in which iterations lie by their share of its evaluations, or seconds or evaluations
        since training began. A batch is an evaluation, and so is each in a refinement.

    Returns
    -------
    Figure or Axes
        The new figure, or `ax` if it was given.

    Raises
    ------
    NotFittedError
        Before the first epoch (a ValueError).
    ValueError
        For another `x`, or if the history of an older version has not counted it.
    """
    check_fitted(model)
    check_x(x)
    record = model.history_
    if ax is not None:
        _draw_loss(ax, record, x).legend(fontsize=8)
        return ax
    if not np.any(np.asarray(record["eta"]) > 0):
        figure = new_figure(6.5, 3.4)
        above = _draw_loss(new_panels(figure)[0, 0], record, x)
    else:
        figure = new_figure(6.5, 4.6)
        above, below = new_panels(figure, 2, sharex=True, height_ratios=[2, 1])[:, 0]
        _draw_loss(above, record, x).set_xlabel("")
        _draw_series(below, ends(record, x), record["eta"], color=GREEN)
        _finish(below, x, "eta")
    figure.legend(*above.get_legend_handles_labels(), loc="outside upper right", ncols=3, frameon=False, fontsize=8)
    return figure


def compare(
    models: Mapping[str, Autoencoder | Classifier | AnomalyDetector | Mapping[str, Any]],
    x: str = "seconds",
    y: str = "loss",
    ax: Axes | None = None,
) -> Axes:
    """Draw the losses of several trainings on a logarithmic scale, over what they took.

    Iterations of refinements are drawn one by one, from the loss before each. A dot is the end of a training. The
    legend has the trainings in the order of their last values. Values that are zero or not finite leave a gap.

    Parameters
    ----------
    models : dict
        Fitted models, or histories such as `model.history_`, by the names that the legend shows.
    x : "seconds", "evaluations" or "epochs", default "seconds"
        What to draw over: seconds or evaluations since training began, or epochs. A batch is an evaluation, and so is
        each in a refinement. Seconds depend on the machine and on what else it does.
    y : str, default "loss"
        A column of the histories, such as "val_loss" or a metric that `Record` has measured. Refinements know the loss
        of their iterations only.
    ax : Axes, default None
        Where to draw; None makes a figure.

    Returns
    -------
    Axes
        `ax`, or those of the new figure.

    Raises
    ------
    NotFittedError
        For a model before its first epoch (a ValueError).
    ValueError
        If there is no model, for another `x`, or if a history does not have `x` or `y`.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> refine = npae.Refine("CG", max_iterations=20)
    >>> cg = npae.Autoencoder([2], optimizer=None, refine=refine, epochs=1, random_state=0).fit(letters)
    >>> adam = npae.Autoencoder([2], optimizer="adam", epochs=40, random_state=0).fit(letters)
    >>> ax = npae.plots.compare({"CG": cg, "Adam": adam}, x="evaluations")
    >>> ax.get_xlabel()
    'evaluations of the loss'
    """
    named = isinstance(models, Mapping) and len(models) > 0
    check("models", type(models).__name__, "a dict of fitted models, at least one", named, "Use {'Adam': model}.")
    check_x(x)
    lines = {name: _line(name, _history_of(model), x, y) for name, model in models.items()}
    ax = axes_or_new(ax, 6.5, 4.2)
    drawn = []
    for number, (name, (places, values)) in enumerate(lines.items()):
        colour, style = CONTRASTING[number % len(INKS)], STYLES[(number + number // len(STYLES)) % len(STYLES)]
        (line,) = ax.plot(places, values, label=str(name), color=colour, linestyle=style)
        ax.plot(places[-1:], values[-1:], "o", markersize=4, color=colour)
        drawn.append((values[-1] if len(values) else math.nan, line))
    drawn.sort(key=lambda item: -math.inf if math.isnan(item[0]) else item[0], reverse=True)
    _finish(ax, x, y)
    ax.legend(handles=[line for _, line in drawn], fontsize=8)
    return ax


def _history_of(model: Any) -> Mapping[str, Any]:
    """Return the history of a model, a detector's autoencoder or itself."""
    if isinstance(model, Mapping):
        return model
    check("models", type(model).__name__, "fitted models or their histories", hasattr(model, "__sklearn_is_fitted__"))
    check_fitted(model)
    found: Mapping[str, Any] = getattr(model, "autoencoder_", model).history_
    return found


def _line(name: str, record: Mapping[str, Any], x: str, y: str) -> tuple[FloatArray, FloatArray]:
    columns = [key for key in record if key not in ("refinements", "notes")]
    what = f"an empty history of {name!r}"
    check("models", what, "fitted models or their histories", bool(columns), "Train it first.")
    check("y", repr(y), f"a column of each history, such as {', '.join(map(repr, columns))} of {name!r}", y in columns)
    places, values = course(record, x, y)
    return places, _positive(values)


def _draw_loss(ax: Axes, record: dict[str, Any], x: str) -> Axes:
    places, curves = ends(record, x), dict(refinements(record, x))
    if "val_loss" in record:
        _draw_series(ax, places, record["val_loss"], label="validation loss", color=ORANGE, linestyle="--")
    _draw_epochs(ax, places, record["loss"], curves)
    for at, losses in curves.values():
        ax.plot(at, _positive(losses), color=WRONG)
    _finish(ax, x, "loss")
    epochs = places[[refinement["epoch"] - 1 for refinement in record["refinements"]]]
    label, at_lower_edge = "refinement" if len(epochs) else None, ax.get_xaxis_transform()
    ax.plot(epochs, np.full(len(epochs), 0.03), "|", color=WRONG, label=label, transform=at_lower_edge)
    return ax


def _draw_epochs(ax: Axes, places: FloatArray, losses: Sequence[float], curves: Mapping[int, Line]) -> None:
    """Draw the losses of epochs; the line between them leaves a gap where the curve of a refinement is."""
    path, marked = [], []
    for epoch, point in enumerate(zip(places, losses, strict=True), 1):
        if epoch in curves:
            at, curve = curves[epoch]
            path += [(at[0], curve[0]), (at[0], math.nan)]
        marked.append(len(path))
        path.append(point)
    few = len(places) <= MARKED or len(curves) == len(places)  # whose line is all gaps
    x, y = np.array(path, dtype=float).reshape(-1, 2).T
    ax.plot(x, _positive(y), marker="." if few else "", markevery=marked, label="loss", color=BLUE, zorder=2.1)


def _draw_series(ax: Axes, places: FloatArray, series: Sequence[float], **style: Any) -> None:
    ax.plot(places, _positive(series), marker="." if len(series) <= MARKED else "", **style)


def _positive(series: Sequence[float] | FloatArray) -> FloatArray:
    """Return values as a logarithmic axis can show them: gaps where they are zero, negative or not finite."""
    values = np.asarray(series, dtype=float)
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def _finish(ax: Axes, x: str, y: str) -> None:
    """Name the axes, and make y logarithmic with legible ticks, for the lines that are there."""
    ax.set(xlabel=AXES[x], ylabel=y)
    ax.xaxis.set_major_locator(MaxNLocator(integer=x in INTEGERS))
    values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.lines] or [np.empty(0)])
    if np.isfinite(values).any():
        ax.set_yscale("log")
        span = np.nanmax(values) / np.nanmin(values)
        locator = MaxNLocator(4) if 1 < span < 3 else LogLocator(subs=(1, 2, 5) if span < 99 else (1,))
        ax.yaxis.set(major_locator=locator, major_formatter="{x:g}", minor_formatter=NullFormatter())
