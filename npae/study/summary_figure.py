"""The picture of a summary: how often runs succeed and what they cost, against what varied."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from ..plots.axes import new_figure, new_panels
from ..plots.colours import INKS
from .identity import brief

MARKERS = "os^DvPX*"
Summary: TypeAlias = list[dict[str, Any]]  # its rows, one per setting


def summary_figure(summary: Summary, by: list[str], numbers: list[str]) -> Figure:
    """Draw the rows of `Results.summary(by)`: success rates on top, medians and quartiles of `numbers` below.

    `by` names one or two settings: the horizontal axis, and the lines with their colours and markers. Numbers get a
    numeric axis, logarithmic if they span two decades or more; other values are categories. More than two settings or
    8 lines raise ValueError.
    """
    if len(by) > 2:
        raise ValueError(f"by must be one or two settings to be drawn, got {', '.join(by)}. Choose with by=.")
    name, *others = [*by, *[""] * (not by)]
    lines = _lines(summary, others)
    if len(lines) > len(MARKERS):
        raise ValueError(f"{others[0]} must have at most {len(MARKERS)} values to be drawn as lines, got {len(lines)}.")
    places = _places([row.get(name) for row in summary])
    figure, axes = _axes(len(numbers), places, name)
    for number, (label, rows) in enumerate(lines.items()):
        style = {"color": INKS[number], "marker": MARKERS[number], "label": label, "linewidth": places.linewidth}
        x = [places.at(row.get(name), number - (len(lines) - 1) / 2) for row in rows]
        for ax, column in zip(axes, ["success", *numbers], strict=True):
            _draw(ax, x, rows, column, style)
    _label(axes, numbers, summary)
    if others:
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, title=others[0], loc="outside upper left", ncols=3, fontsize=8)
    return figure


def _axes(panels: int, places: _Categories | _Scale, name: str) -> tuple[Figure, list[Axes]]:
    """Return a figure with one panel for the success rate, and `panels` more below."""
    figure = new_figure(6.5, 2.6 + 1.9 * panels)
    axes = list(new_panels(figure, 1 + panels, sharex=True)[:, 0])
    places.finish(axes[-1])
    axes[-1].set_xlabel(name)
    for ax in axes:
        places.divide(ax)
        ax.grid(axis="y", color="0.9")
        ax.set_axisbelow(True)
    return figure, axes


def _lines(summary: Summary, others: list[str]) -> dict[str, Summary]:
    """Return the rows of each line, by the line's label."""
    lines: dict[str, Summary] = {}
    for row in summary:
        lines.setdefault(brief(row[others[0]]) if others else "", []).append(row)
    return lines


def _draw(ax: Axes, x: list[float], rows: Summary, name: str, style: dict[str, Any]) -> None:
    """Draw points, each with a bar from low to high; None leaves a gap."""
    names = ("rate", "low", "high") if name == "success" else ("median", "q1", "q3")
    y, low, high = (np.array([row[f"{name}_{part}"] for row in rows], dtype=float) for part in names)
    order = np.argsort(x, kind="stable")
    bars = np.maximum([y - low, high - y], 0.0)[:, order]  # the median of equal numbers may differ by rounding
    ax.errorbar(np.array(x, dtype=float)[order], y[order], bars, capsize=3, elinewidth=1.4, markersize=5, **style)


class _Categories:
    """Values side by side, in their order in the summary, not joined by lines."""

    linewidth = 0.0

    def __init__(self, values: list[Any]) -> None:
        self.labels = list(dict.fromkeys(map(brief, values)))

    def at(self, value: Any, shift: float) -> float:
        """Return where to draw a value that is `shift` lines to the right of its tick."""
        return self.labels.index(brief(value)) + 0.1 * shift

    def finish(self, ax: Axes) -> None:
        """Set the scale and the ticks of the axis."""
        crowded = sum(map(len, self.labels)) > 60
        ax.set_xticks(
            range(len(self.labels)), self.labels, rotation=30 if crowded else 0, ha="right" if crowded else "center"
        )
        ax.set_xlim(-0.5, len(self.labels) - 0.5)
        ax.tick_params(axis="x", length=0)

    def divide(self, ax: Axes) -> None:
        """Draw a line between neighbours: the distance of categories means nothing."""
        for place in range(1, len(self.labels)):
            ax.axvline(place - 0.5, color="0.75", linewidth=0.8, zorder=0)


class _Scale:
    """Numbers at their positions, with a tick for each if there is room."""

    linewidth = 0.8

    def __init__(self, values: list[float]) -> None:
        self.values = sorted({*values})
        self.log = self.values[0] > 0 and self.values[-1] / self.values[0] >= 100
        self._positions = np.log10(self.values) if self.log else np.array(self.values, dtype=float)

    def at(self, value: Any, shift: float) -> float:
        """Return where to draw a value that is `shift` lines to the right of its tick."""
        step: float = 0.012 * np.ptp(self._positions) * shift
        return float(value * 10**step if self.log else value + step)

    def finish(self, ax: Axes) -> None:
        """Set the scale and the ticks of the axis."""
        ax.set_xscale("log" if self.log else "linear")
        ax.xaxis.set(minor_locator=NullLocator(), minor_formatter=NullFormatter())
        ax.set_xticks(self._apart(), [f"{value:g}" for value in self._apart()])

    def divide(self, ax: Axes) -> None:
        """Leave the axis in one."""

    def _apart(self) -> list[float]:
        """Return the values whose labels do not overlap."""
        shown: list[float] = []
        room, last = np.ptp(self._positions) * 0.07, -math.inf
        for value, position in zip(self.values, self._positions, strict=True):
            if position - last >= room:
                shown.append(value)
                last = position
        return shown


def _places(values: list[Any]) -> _Categories | _Scale:
    numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return _Scale(values) if numeric and len({*values}) > 1 else _Categories(values)


def _label(axes: list[Axes], numbers: list[str], summary: Summary) -> None:
    axes[0].set(ylim=(-0.04, 1.04), ylabel="success rate")
    for ax, number in zip(axes[1:], numbers, strict=True):
        ax.set_ylabel(number.replace("_", " "))
        _choose_scale(ax, [row[f"{number}_{part}"] for row in summary for part in ("q1", "q3")])
    runs = sorted({row["runs"] for row in summary})
    count = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
    axes[0].set_title(f"{count} runs per value: rate and 95 % interval, medians and quartiles", fontsize=9, loc="right")


def _choose_scale(ax: Axes, values: Sequence[float | None]) -> None:
    """Begin at 0 if the numbers are positive; use a logarithmic scale if they span decades."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=1)
    if low > 0 and high / low > 30:
        ax.set_yscale("log")
    elif low >= 0:
        ax.set_ylim(-0.04 * (high or 1), 1.08 * (high or 1))
