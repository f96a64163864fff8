"""The pictures of a search: its course, what mattered, and where good values lie."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from ..plots.axes import new_figure, new_panels
from ..plots.colours import INKS
from ..settings.array_types import BoolArray
from .identity import brief
from .ranges import Integers, Uniform
from .run_types import Row
from .search_results import SearchResults
from .spaces import Choices

POINT, BEST, OTHER = INKS[0], INKS[1], "0.55"
COLUMNS = 3  # of slices side by side
WIDE = 30  # values farther away than so many interquartile ranges are drawn at the edge


def history_figure(results: SearchResults) -> Figure:
    """Draw the value of each trial and the best so far; trials that did not finish are marks at the edge."""
    figure, ax = _panel(3.4)
    rows, best = results.rows, results.best_so_far
    first = next(i for i, value in enumerate(best) if value is not None)
    ax.step(
        [row["trial"] + 1 for row in rows][first:],
        np.array(best[first:], dtype=float),
        where="post",
        color=BEST,
        label="best so far",
    )
    _points(ax, [row["trial"] + 1 for row in rows], rows, results)
    ax.set(xlabel="trial", ylabel=results.objective, xlim=(0.3, len(rows) + 0.7))
    figure.legend(loc="outside upper right", ncols=3, fontsize=8)
    return figure


def importance_figure(results: SearchResults) -> Figure:
    """Draw a bar for the importance of each choice."""
    importance = results.importance
    names = list(importance)[::-1]
    figure, ax = _panel(1.0 + 0.34 * max(len(names), 2))
    bars = ax.barh(names, [importance[name] for name in names], color=POINT, height=0.6)
    ax.bar_label(bars, [f"{importance[name]:.2f}" for name in names], padding=3, fontsize=8)
    ax.set(xlim=(0, 1.08), xlabel=f"importance for {results.objective}")
    ax.grid(axis="y", visible=False)
    if not names:
        ax.text(0.5, 0.5, "too few trials, or all equally good", transform=ax.transAxes, ha="center", va="center")
        ax.set_yticks([])
    return figure


def slices_figure(results: SearchResults) -> Figure:
    """Draw the value against each choice in a panel of its own; later trials are darker."""
    names, columns = results.names, min(COLUMNS, len(results.names))
    lines = -(-len(names) // columns)
    figure = new_figure(0.5 + 3 * columns, 0.4 + 2.6 * lines)
    axes = new_panels(figure, lines, columns, sharey=True)
    for ax, name in zip(axes.flat, names, strict=False):
        _slice(ax, name, results)
    for ax in axes.flat[len(names) :]:
        ax.set_visible(False)
    for ax in axes[:, 0]:
        ax.set_ylabel(results.objective)
    figure.suptitle("darker: later trials", fontsize=8, x=0.99, ha="right")
    return figure


def _panel(height: float) -> tuple[Figure, Axes]:
    figure = new_figure(6.5, height)
    ax = new_panels(figure)[0, 0]
    ax.grid(color="0.92")
    ax.set_axisbelow(True)
    return figure, ax


def _points(ax: Axes, x: Sequence[float], rows: list[Row], results: SearchResults) -> tuple[PathCollection, BoolArray]:
    """Draw finished trials as points; mark the others, and values far out, at the worse edge."""
    low, high = _limits(rows, results)
    edge = low if results.maximize else high
    value = np.array([np.nan if row["value"] is None else row["value"] for row in rows])
    inside = (value >= low) & (value <= high)
    at, status = np.asarray(x, dtype=float), np.array([row["status"] for row in rows])
    shown = ax.scatter(at[inside], value[inside], s=16, color=POINT, label="trial", zorder=3)
    for marker, label, which in (
        ("^" if not results.maximize else "v", "beyond", (status == "finished") & ~inside),
        ("|", "pruned", status == "pruned"),
        ("x", "failed", status == "failed"),
    ):
        if which.any():
            ax.scatter(
                at[which], np.full(which.sum(), edge), s=22, marker=marker, color=OTHER, label=label, linewidths=1
            )
    margin = 0.05 * (high - low)
    positive = low > 0 and high / low > 30
    ax.set_yscale("log" if positive else "linear")
    ax.set_ylim((low / 1.2, high * 1.2) if positive else (low - margin, high + margin))
    return shown, inside


def _limits(rows: list[Row], results: SearchResults) -> tuple[float, float]:
    """Return the range of values to draw: all, except those that are far on the worse side."""
    values = np.array([row["value"] for row in rows if row["value"] is not None])
    q1, q3 = np.quantile(values, [0.25, 0.75])
    reach = WIDE * (q3 - q1)
    low, high = (
        (max(values.min(), q1 - reach), values.max())
        if results.maximize
        else (values.min(), min(values.max(), q3 + reach))
    )
    return (low, high) if high > low else (low - 0.5 * abs(low or 1), high + 0.5 * abs(high or 1))


def _slice(ax: Axes, name: str, results: SearchResults) -> None:
    choice, rows = results.choices[name], [row for row in results.rows if name in row]
    ax.grid(color="0.92")
    ax.set_axisbelow(True)
    values = [row[name] for row in rows]
    if isinstance(choice, (Uniform, Integers)):
        x = _along_range(ax, choice, values)
    else:
        x = _side_by_side(ax, choice, values)
    points, inside = _points(ax, x, rows, results)
    order = np.array([row["trial"] for row in rows])[inside]
    points.set(color=None, array=order, cmap="Blues", clim=(-0.4 * len(rows), len(rows)))
    ax.set_xlabel(name)


def _along_range(ax: Axes, choice: Uniform | Integers, values: list[float]) -> list[float]:
    """Set the scale of a range's axis; return where to draw the values."""
    if choice.log:
        decades = np.log10(choice.high / choice.low)
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0,) if decades > 2 else (1.0, 2.0, 5.0)))
        ax.xaxis.set(major_formatter="{x:g}", minor_formatter=NullFormatter())
    return values


def _side_by_side(ax: Axes, choice: Choices, values: list[Any]) -> list[float]:
    """Set a tick for each value of a list; return where to draw the values, scattered around their ticks."""
    known = [brief(label) for label in choice.labels]
    ax.set_xticks(
        range(len(known)), ["\n".join(textwrap.wrap(text, 60 // (2 + len(known)))) for text in known], fontsize=7
    )
    ax.set_xlim(-0.5, len(known) - 0.5)
    shifts = np.random.default_rng(0).uniform(-0.15, 0.15, len(values))
    return [known.index(brief(value)) + shift for value, shift in zip(values, shifts, strict=True)]
