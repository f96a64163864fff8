"""The figures of deep.py: training and test error over seconds and over epochs, a line for each method."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from experiments.shared.figures import plain, plain_numbers
from experiments.solvers.methods import METHODS, OTHER_PICTURES, PUBLISHED
from experiments.solvers.verdicts import curve_of
from npae.plots import INKS, titled

COLOURS = dict(zip(METHODS, (INKS[5], INKS[3], INKS[2], INKS[7], INKS[0], INKS[1], INKS[6]), strict=True))
PARTS = {"train": "training error", "test": "test error"}
PLACES = 200  # of a median curve
SHOWN = 300  # times the first seconds or epochs that are shown are the last ones
GAP = 0.075  # between labels, of the axes' height


def curves_figure(runs, task, over):
    """Return the Figure of a task over "seconds" or "epochs"; `runs` is {method: rows}."""
    figure = Figure(figsize=(9.6, 4.4), layout="constrained")
    for ax, (part, name) in zip(figure.subplots(1, 2, sharey=True), PARTS.items(), strict=True):
        ends = {method: draw_method(ax, rows, part, over, COLOURS[method]) for method, rows in runs.items()}
        ax.set(xscale="log", yscale="log", xlabel=f"{over} of training (log axis)")
        ax.set_title(f"{name[0].upper()}{name[1:]}", fontsize=9.5)
        plain(ax, spines=False)
        if task not in OTHER_PICTURES:
            draw_published(ax, task, part)
        set_axes(ax, runs, over)
        label_ends(ax, {method: end for method, end in ends.items() if end is not None})
    figure.axes[0].set_ylabel("squared error, summed over pixels (log axis)", fontsize=9)
    seeds = sorted({row["seed"] for rows in runs.values() for row in rows})
    note = f"Line: median of {len(seeds)} seed(s), band: least and largest; equal starts for all methods."
    dotted = "" if task in OTHER_PICTURES else " Dotted: published errors."
    return titled(figure, f"{task.upper()}: {title_of(runs, over)}", f"{note}{dotted}")


def race_figure(runs, target):
    """Return the Figure of runs {method: rows} that end at a target: the training error of each over seconds."""
    figure = Figure(figsize=(7.2, 4.0), layout="constrained")
    ax = figure.subplots()
    for method, rows in runs.items():
        for number, curve in enumerate(map(curve_of, rows)):
            label = METHODS[method].label if number == 0 else None
            ax.plot(curve["seconds"][1:], curve["train"][1:], color=COLOURS[method], linewidth=1.3, label=label)
            ax.plot(curve["seconds"][-1], curve["train"][-1], "o", color=COLOURS[method], markersize=3)
    ax.axhline(target, color="0.4", linestyle=":", linewidth=1)
    ax.annotate(f"target: {target:g}", (0.01, target), xycoords=ax.get_yaxis_transform(), va="bottom", fontsize=8)
    ax.set(xlabel="seconds of training", yscale="log")
    ax.set_ylabel("training error, squared and summed (log axis)", fontsize=9)
    plain(ax, spines=False)
    plain_numbers(ax.yaxis)
    ax.legend(frameon=False)
    longest = max(curve_of(row)["seconds"][-1] for rows in runs.values() for row in rows)
    ax.set_xlim(0, 1.03 * longest)
    count = max(len(rows) for rows in runs.values())
    note = f"A line for each of {count} seeds, whose start all methods share; it ends at the target, or with its time."
    return titled(figure, "MNIST: who is at the target first?", note)


def title_of(runs, over):
    """Return who ends with the least training error, as text."""
    least = {method: np.median([curve_of(row)["train"][-1] for row in rows]) for method, rows in runs.items()}
    best = min(least, key=least.get)
    return f"error over {over}; {METHODS[best].label} ends with the least training error, {least[best]:.2f}"


def draw_method(ax, rows, part, over, colour):
    """Draw a method's median and range over its seeds; return the last point of the median."""
    found = [(np.array(curve[over])[1:], np.array(curve[part])[1:]) for curve in map(curve_of, rows)]
    found = [(x, y) for x, y in found if len(x)]
    if not found:
        return None
    x = np.geomspace(
        max(x[0] for x, _ in found), max(min(x[-1] for x, _ in found), max(x[0] for x, _ in found)), PLACES
    )
    lines = np.exp([np.interp(np.log(x), np.log(own), np.log(np.maximum(y, 1e-12))) for own, y in found])
    middle = np.median(lines, axis=0)
    if len(found) > 1:
        ax.fill_between(x, lines.min(axis=0), lines.max(axis=0), color=colour, alpha=0.15, linewidth=0)
    ax.plot(x, middle, color=colour, linewidth=1.6)
    ax.plot(x[-1], middle[-1], "o", color=colour, markersize=3)
    return x[-1], middle[-1]


def draw_published(ax, task, part):
    """Draw the errors that papers print, each with its method and year on the left: the least one below its line."""
    mine = sorted((each for each in PUBLISHED if each.task == task and each.part == part), key=lambda each: each.error)
    for i, each in enumerate(mine):
        name = METHODS[each.method].label if each.method in METHODS else "pre-trained"
        colour, low = COLOURS.get(each.method, "0.3"), i < len(mine) - 1
        ax.axhline(each.error, color=colour, linestyle=":", linewidth=1)
        ax.annotate(
            f"{name}, {each.year}: {each.error:g}",
            xy=(0.01, each.error),
            xycoords=ax.get_yaxis_transform(),
            xytext=(0, -2 if low else 2),
            textcoords="offset points",
            va="top" if low else "bottom",
            color=colour,
            fontsize=7.5,
        )


def set_axes(ax, runs, over):
    """Fit the axes to what is drawn, with room for labels on the right, and mark them with plain numbers."""
    curves = [curve_of(row) for rows in runs.values() for row in rows]
    x = [value for curve in curves for value in curve[over][1:]]
    if x:
        ax.set_xlim(max(min(x), max(x) / SHOWN), max(x) * 1.1)
    plain_numbers(ax.xaxis, (1,) if x and max(x) > 300 * min(x) else (1, 3))
    plain_numbers(ax.yaxis)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set(minor_locator=NullLocator(), minor_formatter=NullFormatter())


def label_ends(ax, ends):
    """Name the lines at the right of the axes, moved apart, each tied to its end."""
    if not ends:
        return
    low, high = np.log(ax.get_ylim())
    heights = {method: (np.log(y) - low) / (high - low) for method, (_, y) in ends.items()}
    order = sorted(heights, key=heights.get)
    places = apart([heights[method] for method in order])
    for method, place in zip(order, places, strict=True):
        line = {"arrowstyle": "-", "color": COLOURS[method], "linewidth": 0.6, "shrinkA": 0, "shrinkB": 1}
        ax.annotate(
            METHODS[method].label,
            xy=ends[method],
            xytext=(1.03, place),
            textcoords="axes fraction",
            color=COLOURS[method],
            fontsize=8.5,
            va="center",
            arrowprops=line,
            annotation_clip=False,
        )


def apart(heights):
    """Return rising heights, moved until no two are closer than GAP, within [0, 1] if they fit."""
    moved = np.array(heights, dtype=float)
    for _ in range(200):
        for i in range(1, len(moved)):
            short = GAP - (moved[i] - moved[i - 1])
            if short > 0:
                moved[i - 1 : i + 1] += -short / 2, short / 2
        moved = np.clip(moved, 0.0, None)
    return moved.tolist()
