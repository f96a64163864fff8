"""The figures of pretraining.py: test loss and test accuracy against steps, for each start."""

import json

import numpy as np

from experiments.shared.figures import counted, plain
from npae.plots import INKS, titled

STARTS = {  # the label and the style of a line
    "random": {"label": "random weights", "color": INKS[0], "linestyle": "--"},
    "whole": {"label": "pre-trained as a whole", "color": INKS[5], "linestyle": "-"},
    "greedy": {"label": "pre-trained layer by layer", "color": INKS[2], "linestyle": "-."},
}
CURVES = {  # the column of a row, and the label, the scale and the ticks of the axis
    "loss": ("curve", "test loss (logarithmic)", "log", (0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3)),
    "accuracy": ("accuracy_curve", "accuracy (%)", "linear", range(0, 101, 10)),
}


def draw(rows, activations, labels, curve):
    """Draw "loss" or "accuracy" on test images: a line for the mean of the seeds, and a band for their range."""
    from matplotlib.figure import Figure  # here: worker processes import this file too, and draw nothing

    figure = Figure(figsize=(7.2, 0.9 + 1.85 * len(activations)), layout="constrained")
    cells = figure.subplots(len(activations), len(labels), squeeze=False, sharex=True, sharey=True)
    for line, activation in zip(cells, activations, strict=True):
        line[0].set_ylabel(f"{activation}\n{CURVES[curve][1]}", fontsize=9)
        for ax, n in zip(line, labels, strict=True):
            _draw_curves(ax, [row for row in rows if row["activation"] == activation], n, curve)
    for ax, n in zip(cells[0], labels, strict=True):
        ax.set_title(f"{n:,} labels", fontsize=10)
    for ax in cells[-1]:
        ax.set_xlabel("steps (logarithmic)", fontsize=9)
    _set_limits(cells, rows, labels, curve)
    figure.legend(
        *cells[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=3, fontsize=9, frameon=False
    )
    seeds = len({row["seed"] for row in rows})
    note = "Test images of MNIST; classifiers 784-256-128-64-10 that learn from so many labels. Lines: means of "
    note += (
        f"{counted(seeds)}, bands: least and greatest. All panels have the same axes; a curve begins after the first "
    )
    note += "epoch."
    return titled(figure, f"{_best(rows, activations, labels)}", note)


def _best(rows, activations, labels):
    """Return where a pre-trained start ends with a higher accuracy than random weights, as a sentence."""
    ends = {}
    for row in rows:
        if row["status"] == "finished":
            for n in labels:
                ends.setdefault((row["activation"], n, row["start"]), []).append(row[f"accuracy {n}"])
    mean = {key: np.mean(values) for key, values in ends.items()}
    won = [
        f"{activation}, {n:,}"
        for activation in activations
        for n in labels
        if any(
            mean.get((activation, n, start), -1) > mean.get((activation, n, "random"), 101)
            for start in ("whole", "greedy")
        )
    ]
    cases = f"{len(won)} of {len(activations) * len(labels)} cases"
    return f"A pre-trained start ends more accurate in {cases} (activation, labels): {'; '.join(won)}"


def _set_limits(cells, rows, labels, curve):
    """Give all panels the range of all curves, and ticks as plain numbers."""
    from matplotlib.ticker import NullLocator

    column, _, scale, marks = CURVES[curve]
    pairs = [json.loads(row[f"{column} {n}"]) for row in rows if row["status"] == "finished" for n in labels]
    for axis, ticks, values in (
        ("x", (10, 20, 50, 100, 200, 600), [step for steps, _ in pairs for step in steps]),
        ("y", marks, [value for _, curve_values in pairs for value in curve_values]),
    ):
        if not values:
            continue
        low, high = min(values), max(values)
        more = 0.04 * (high - low) if axis == "y" and scale == "linear" else 0.0
        low, high = (low - more, high + more) if more else (low / 1.06, high * 1.06)
        inside = [tick for tick in ticks if low <= tick <= high]
        for ax in cells.flat:
            ax.set(**{f"{axis}lim": (low, high)})
            side = ax.xaxis if axis == "x" else ax.yaxis
            side.set_ticks(inside, [f"{tick:g}" for tick in inside])
            side.set_minor_locator(NullLocator())


def _draw_curves(ax, rows, n, curve):
    column, _, scale, _ = CURVES[curve]
    finished = [row for row in rows if row["status"] == "finished"]
    for start, style in STARTS.items():
        curves = [json.loads(row[f"{column} {n}"]) for row in finished if row["start"] == start]
        if curves:
            steps, values = curves[0][0], np.array([each for _, each in curves])
            ax.fill_between(steps, values.min(axis=0), values.max(axis=0), color=style["color"], alpha=0.2, linewidth=0)
            ax.plot(steps, values.mean(axis=0), **style)
    ax.set(xscale="log", yscale=scale)
    plain(ax)
