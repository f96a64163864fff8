"""The figures of pretraining.py: test loss and test accuracy against steps, for each start."""

import json

import numpy as np

from experiments.shared.figures import plain
from npae.plots.colours import OKABE_ITO

STARTS = {  # the label and the style of a line
    "random": {"label": "random weights", "color": OKABE_ITO[0], "linestyle": "--"},
    "whole": {"label": "pre-trained as a whole", "color": OKABE_ITO[5], "linestyle": "-"},
    "greedy": {"label": "pre-trained layer by layer", "color": OKABE_ITO[2], "linestyle": "-."},
}
CURVES = {  # the column of a row, and the label, the scale and the ticks of the axis
    "loss": ("curve", "test loss", "log", (0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3)),
    "accuracy": ("accuracy_curve", "accuracy (%)", "linear", range(0, 101, 10)),
}


def draw(rows, activations, labels, curve):
    """Draw "loss" or "accuracy" on test images: a line for the mean of the seeds, and a band for their range."""
    from matplotlib.figure import Figure  # here: worker processes import this file too, and draw nothing

    figure = Figure(figsize=(6.5, 0.9 + 1.75 * len(activations)), layout="constrained")
    cells = figure.subplots(len(activations), len(labels), squeeze=False, sharex=True, sharey="col")
    for line, activation in zip(cells, activations, strict=True):
        line[0].set_ylabel(f"{activation}: {CURVES[curve][1]}", fontsize=9)
        for ax, n in zip(line, labels, strict=True):
            _draw_curves(ax, [row for row in rows if row["activation"] == activation], n, curve)
    for ax, n in zip(cells[0], labels, strict=True):
        ax.set_title(f"{n:,} labels", fontsize=10)
    for ax in cells[-1]:
        ax.set_xlabel("steps", fontsize=9)
    figure.legend(
        *cells[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9, frameon=False
    )
    return figure


def _draw_curves(ax, rows, n, curve):
    from matplotlib.ticker import NullLocator

    column, _, scale, marks = CURVES[curve]
    finished = [row for row in rows if row["status"] == "finished"]
    for start, style in STARTS.items():
        curves = [json.loads(row[f"{column} {n}"]) for row in finished if row["start"] == start]
        if curves:
            steps, values = curves[0][0], np.array([each for _, each in curves])
            ax.fill_between(steps, values.min(axis=0), values.max(axis=0), color=style["color"], alpha=0.2, linewidth=0)
            ax.plot(steps, values.mean(axis=0), **style)
    ax.set(xscale="log", yscale=scale)
    for axis, ticks in ((ax.xaxis, (20, 50, 100, 200, 600)), (ax.yaxis, marks)):
        low, high = axis.get_view_interval()
        inside = [tick for tick in ticks if low <= tick <= high]
        axis.set_ticks(inside, [f"{tick:g}" for tick in inside])
        axis.set_minor_locator(NullLocator())
    plain(ax)
