"""The picture of a summary: how often runs succeed and what they cost, against what varied."""

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from ..plots.colours import OKABE_ITO
from .identity import brief

MARKERS = "os^DvPX*"


def summary_figure(summary, by, numbers):
    """Draw the rows of `Results.summary(by)`: success rates on top, then medians and quartiles of `numbers`.

    `by` names one or two settings: the horizontal axis, and the lines of different colours and markers. The axis is
    numeric, logarithmic where the values span two decades or more; categories if they are not all numbers.

    Returns
    -------
    Figure, 6.5 inches wide.

    Raises
    ------
    ValueError for more settings, or more than 8 lines.
    """
    if len(by) > 2:
        raise ValueError(f"by must be one or two settings to be drawn, got {', '.join(by)}. Choose with by=.")
    name, *others = [*by, *[""] * (not by)]
    lines = _lines(summary, others)
    if len(lines) > len(MARKERS):
        raise ValueError(f"{others[0]} must have at most {len(MARKERS)} values to be drawn as lines, got {len(lines)}.")
    places = _places([row.get(name) for row in summary])
    axes = _axes(len(numbers), places, name)
    for turn, (label, rows) in enumerate(lines.items()):
        style = {"color": OKABE_ITO[turn], "marker": MARKERS[turn], "label": label, "linewidth": places.linewidth}
        x = [places.at(row.get(name), turn - (len(lines) - 1) / 2) for row in rows]
        for ax, number in zip(axes, ["success", *numbers], strict=True):
            _draw(ax, x, rows, number, style)
    _label(axes, numbers, summary)
    if others:
        handles, labels = axes[0].get_legend_handles_labels()
        axes[0].figure.legend(handles, labels, title=others[0], loc="outside upper left", ncols=3, fontsize=8)
    return axes[0].figure


def _axes(panels, places, name):
    """Return the Axes one below another: one for the success rate, and `panels` more."""
    figure = Figure(figsize=(6.5, 2.6 + 1.9 * panels), layout="constrained")
    axes = figure.subplots(1 + panels, sharex=True, squeeze=False)[:, 0]
    places.finish(axes[-1])
    axes[-1].set_xlabel(name)
    for ax in axes:
        ax.grid(axis="y", color="0.9")
        ax.set_axisbelow(True)
    return axes


def _lines(summary, others):
    lines = {}
    for row in summary:
        lines.setdefault(brief(row[others[0]]) if others else "", []).append(row)
    return lines


def _draw(ax, x, rows, name, style):
    """Draw points, each with a bar from low to high; what is None leaves a gap."""
    names = ("rate", "low", "high") if name == "success" else ("median", "q1", "q3")
    y, low, high = (np.array([row[f"{name}_{part}"] for row in rows], dtype=float) for part in names)
    order, x = np.argsort(x, kind="stable"), np.asarray(x, dtype=float)
    bars = np.maximum([y - low, high - y], 0.0)[:, order]  # medians of equal numbers differ by rounding
    ax.errorbar(x[order], y[order], bars, capsize=3, elinewidth=1.4, markersize=5, **style)


class _Categories:
    """Values side by side in the order they came, not joined by lines."""

    linewidth = 0.0

    def __init__(self, values):
        self.labels = list(dict.fromkeys(map(brief, values)))

    def at(self, value, shift):
        """Return where a value is drawn, `shift` lines to the right of its tick."""
        return self.labels.index(brief(value)) + 0.1 * shift

    def finish(self, ax):
        """Give the axis its scale and its ticks."""
        crowded = sum(map(len, self.labels)) > 60
        ax.set_xticks(
            range(len(self.labels)), self.labels, rotation=30 if crowded else 0, ha="right" if crowded else "center"
        )
        ax.set_xlim(-0.6, len(self.labels) - 0.4)


class _Scale:
    """Numbers where they belong, each with a tick of its own where there is room."""

    linewidth = 0.8

    def __init__(self, values):
        self.values = sorted({*values})
        self.log = self.values[0] > 0 and self.values[-1] / self.values[0] >= 100
        self._positions = np.log10(self.values) if self.log else np.array(self.values, dtype=float)

    def at(self, value, shift):
        """Return where a value is drawn, `shift` lines to the right of its tick."""
        step = 0.012 * np.ptp(self._positions) * shift
        return value * 10**step if self.log else value + step

    def finish(self, ax):
        """Give the axis its scale and its ticks."""
        ax.set_xscale("log" if self.log else "linear")
        ax.xaxis.set(minor_locator=NullLocator(), minor_formatter=NullFormatter())
        ax.set_xticks(self._apart(), [f"{value:g}" for value in self._apart()])

    def _apart(self):
        """Return the values that are far enough from the last one shown for labels to stand side by side."""
        room, shown, last = np.ptp(self._positions) * 0.07, [], -math.inf
        for value, position in zip(self.values, self._positions, strict=True):
            if position - last >= room:
                shown.append(value)
                last = position
        return shown


def _places(values):
    numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return _Scale(values) if numeric and len({*values}) > 1 else _Categories(values)


def _label(axes, numbers, summary):
    axes[0].set(ylim=(-0.04, 1.04), ylabel="success rate")
    for ax, number in zip(axes[1:], numbers, strict=True):
        ax.set_ylabel(number.replace("_", " "))
        _choose_scale(ax, [row[f"{number}_{part}"] for row in summary for part in ("q1", "q3")])
    runs = sorted({row["runs"] for row in summary})
    count = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
    axes[0].set_title(f"{count} runs a value: rate and 95 % interval, medians and quartiles", fontsize=9, loc="right")


def _choose_scale(ax, values):
    """Begin at 0 where numbers are positive; count in decades where they span many."""
    values = [value for value in values if value is not None]
    low, high = min(values, default=0), max(values, default=1)
    if low > 0 and high / low > 30:
        ax.set_yscale("log")
    elif low >= 0:
        ax.set_ylim(-0.04 * (high or 1), 1.08 * (high or 1))
