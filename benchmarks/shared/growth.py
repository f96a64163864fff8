"""The plot of growth: seconds against unknowns and against samples, from the rows of the table."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter, StrMethodFormatter

from npae.plots import titled

NPAE, PEER = "#0072B2", "#D55E00"  # of Okabe and Ito; the markers differ as well
PANELS = [  # label, symbol, [(what, entries whose rows with a size are its points), ...]
    ("unknowns", "n", [("20 BFGS iterations", ("bfgs", "bfgs-growth"))]),
    (
        "samples",
        "N",
        [
            ("an epoch of 784-64-784", ("mnist-torch", "mnist-growth")),
            ("value and gradient, letters", ("gradient-growth",)),
        ],
    ),
]


def draw(rows, path, machine=""):
    """Write the plot of [(entry, Row), ...] to a PNG file if there are rows for it; return whether there were.

    `machine` is where they were measured, as text.
    """
    panels = [
        (label, symbol, [(what, _points(rows, entries)) for what, entries in lines]) for label, symbol, lines in PANELS
    ]
    if not any(points for *_, lines in panels for _, points in lines):
        return False
    figure = Figure(figsize=(7.4, 4.0), layout="constrained")
    for ax, panel in zip(figure.subplots(1, 2), panels, strict=True):
        _panel(ax, *panel)
    note = (
        "Medians of one run of the benchmarks; both axes logarithmic. ~ N^p: the slope of the last three points, where "
    )
    note += f"these lie on a line. {machine}"
    titled(figure, "How the time of npae and of its peers grows with the size of the problem", note)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=150, metadata={"Software": None})
    return True


def slope(sizes, seconds):
    """Return p of seconds ~ size^p, fitted on logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def straight(sizes, seconds):
    """Return whether points lie within a tenth of a line on logarithmic axes: otherwise a slope says nothing."""
    x, y = np.log(sizes), np.log(seconds)
    return bool(np.abs(np.polyval(np.polyfit(x, y, 1), x) - y).max() < 0.1)


def _points(rows, entries):
    return sorted((row for name, row in rows if name in entries and row.size), key=lambda row: row.size)


def _panel(ax, label, symbol, lines):
    for (what, points), style in zip(lines, ("-", "--"), strict=False):
        peer = next((row.peer_name.partition(" ")[0].strip(",") for row in points if row.peer), "peer")
        theirs = [(row.size, row.peer) for row in points if row.peer]
        _line(ax, theirs, f"{peer}: {what}", symbol, color=PEER, marker="s", linestyle=style)
        ours = [(row.size, row.npae) for row in points]
        _line(ax, ours, f"npae: {what}", symbol, color=NPAE, marker="o", linestyle=style)
        if theirs and theirs[-1][0] < ours[-1][0]:
            ax.annotate(f"{peer} not\nrun beyond", theirs[-1], (8, 0), textcoords="offset points", va="center")
    ax.set(xscale="log", yscale="log", xlabel=f"{label} ${symbol}$", ylabel="time")
    _ticks(ax)
    ax.grid(color="0.9", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    if ax.lines:
        ax.legend(frameon=False, fontsize=7.5, loc="upper left", handlelength=3, borderaxespad=0.2)
        low, high = ax.get_ylim()
        ax.set_ylim(low, high * (high / low) ** (0.12 * len(ax.lines)))  # room for the legend


def _line(ax, points, label, symbol, **style):
    """Draw a line; the legend gives its slope at the large end, over three points."""
    if not points:
        return
    sizes, seconds = zip(*points, strict=True)
    if len(points) > 2 and straight(sizes[-3:], seconds[-3:]):
        label += rf" ($\sim {symbol}^{{{slope(sizes[-3:], seconds[-3:]):.1f}}}$)"
    ax.plot(sizes, seconds, markersize=5, linewidth=1.4, label=label, **style)


def _ticks(ax):
    low, high = ax.get_xlim()
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.yaxis.set_major_formatter(EngFormatter("s"))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_formatter(NullFormatter())
