"""The figure of where_each_wins.py: weights against samples, and who wins there."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from experiments.shared.figures import counted, plain
from experiments.solvers.contenders import CONTENDERS
from experiments.solvers.winners import FACTOR, wins
from npae.plots import INKS, titled

HUES = dict(zip(CONTENDERS, (INKS[2], INKS[4], INKS[6], INKS[3], INKS[7], INKS[5], INKS[0], INKS[1]), strict=True))
MARKERS = dict(zip(CONTENDERS, "s^DXPovh", strict=True))
NONE = "0.5"  # where no method has reached the target
NAMES = {"circles": "circles", "letters": "letters", "series": "series", "digits": "digits", "mnist": "MNIST"}
LEGEND = {"frameon": False, "fontsize": 8, "ncols": 4, "columnspacing": 1.5, "handletextpad": 0.3}
CLOSE = 6  # ratio of weights below which labels stand above and below by turns
MARGINS = ((0.35, 0.75), (0.35, 0.45))  # in powers of ten around the tasks


def map_figure(outcomes, seeds, seconds, factor=FACTOR):
    """Return the Figure of all tasks; `seconds` are the shortest and the longest limit of a run."""
    figure = Figure(figsize=(7.4, 4.6), layout="constrained")
    ax = plain(figure.subplots(), spines=False)
    ax.set(xscale="log", yscale="log")
    ax.set_xlabel("number of weights (log axis)", fontsize=9)
    ax.set_ylabel("number of samples (log axis)", fontsize=9)
    for name, margins in zip("xy", MARGINS, strict=True):
        values = np.log10([each["weights" if name == "x" else "samples"] for each in outcomes])
        ax.set(**{f"{name}lim": (10 ** (values.min() - margins[0]), 10 ** (values.max() + margins[1]))})
        getattr(ax, f"{name}axis").set(minor_formatter=NullFormatter())
    for row in rows_of(outcomes):
        above = True
        for before, each in zip([None, *row], row, strict=False):
            above = not above if before and each["weights"] < CLOSE * before["weights"] else True
            draw_task(ax, each, above)
    present = [method for method in CONTENDERS if any(each["winner"] == method for each in outcomes)]
    figure.legend(handles=[key(method) for method in present], loc="outside upper left", **LEGEND)
    limits = f"{seconds[0]:.3g} to {seconds[1]:.3g} s"
    note = (
        f"Below a network: how many times as long the second method takes; alone: no other gets there in {limits}. "
        f"Target: {factor:g} times the least error of any method, at least 0.1 % of the mean's. "
        f"Medians of {counted(seeds)}."
    )
    return titled(figure, title_of(outcomes), note)


def title_of(outcomes):
    """Return who wins how often, as text."""
    won = ", ".join(f"{name} {count}" for name, count in wins(outcomes).items())
    return f"First to the target in {len(outcomes)} tasks: {won or 'no method'}"


def rows_of(outcomes):
    """Return the tasks of each number of samples, by their weights."""
    counts = sorted({each["samples"] for each in outcomes})
    return [
        sorted((each for each in outcomes if each["samples"] == count), key=lambda each: each["weights"])
        for count in counts
    ]


def draw_task(ax, outcome, above):
    """Draw a task, with its network and the factor above or below its mark."""
    winner = outcome["winner"]
    colour = HUES.get(winner, NONE)
    at = outcome["weights"], outcome["samples"]
    edge = {"markeredgecolor": "white", "markeredgewidth": 0.6} if winner else {"fillstyle": "none"}
    ax.plot(*at, MARKERS.get(winner, "o"), color=colour, markersize=8, **edge)
    factor = outcome["factor"]
    said = "no method" if winner is None else "alone" if factor is None else f"{factor:.{1 if factor < 10 else 0}f} x"
    ax.annotate(
        f"{NAMES[outcome['data']]} {outcome['label']}\n{said}",
        at,
        (0, 6 if above else -6),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
        color=colour if winner else "0.3",
        fontsize=7,
        linespacing=1.1,
    )


def key(method):
    """Return the entry of a method in the legend."""
    return Line2D(
        [], [], linestyle="", marker=MARKERS[method], color=HUES[method], markersize=7, label=CONTENDERS[method].label
    )
