"""The figures of vae_search.py: the best bound over trials, and the bounds of each optimiser."""

import numpy as np

from experiments.shared.figures import counted, plain, plain_numbers
from npae.plots import INKS, titled

BOUND = "minus the bound (nats per image)"
SAMPLERS = {
    "grid": {"color": INKS[5], "linestyle": ":"},
    "random": {
        "color": INKS[0],
        "linestyle": (0, (4, 3)),
        "zorder": 3,
    },  # its first trials are those of bayesian too
    "bayesian": {"color": INKS[2], "linestyle": "-", "linewidth": 2.6},
}
OPTIMISERS = {
    "SGD": {"color": INKS[5], "linestyle": ":"},
    "momentum": {"color": INKS[0], "linestyle": "--"},
    "RMSprop": {"color": INKS[3], "linestyle": "-."},
    "Adam": {"color": INKS[2], "linestyle": "-"},
}
MARKERS = "os^Dv"
STEPS = (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 8)  # ticks of bounds, times powers of ten


def samplers_figure(entries):
    """Draw the best value so far over trials: the medians of the searches above, median and quartiles of each below."""
    from matplotlib.figure import Figure

    lines = {name: np.array(entry["best_so_far"], dtype=float) for name, entry in entries.items()}
    figure = Figure(figsize=(7.2, 5.4), layout="constrained")
    cells = figure.subplot_mosaic([["all"] * len(lines), list(lines)], height_ratios=[1.5, 1])
    for name, (low, median, high) in lines.items():
        trials = range(1, len(median) + 1)
        own = cells[name]
        own.fill_between(trials, low, high, color=SAMPLERS[name]["color"], alpha=0.25, linewidth=0, step="mid")
        for ax in (cells["all"], own):
            ax.step(trials, median, where="mid", label=name, **{"linewidth": 1.8} | SAMPLERS[name])
        own.set_title(f"{name}: median, quartiles", fontsize=9)
    for ax in cells.values():
        plain(ax).set(xlim=(0.5, len(trials) + 0.5), ylim=limits(lines.values()))
        ax.set_xlabel("trials", fontsize=9)
    for name in list(lines)[1:]:
        cells[name].tick_params(labelleft=False)
    cells["all"].set_ylabel(f"validation images:\n{BOUND}", fontsize=9)
    cells["all"].legend(title="median", fontsize=9, title_fontsize=9, frameon=False)
    ends = {name: line[1][-1] for name, line in lines.items()}
    best, searches = min(ends, key=ends.get), len(next(iter(entries.values()))["best"])
    title = f"After {len(trials)} trials, {best} search is best: " + ", ".join(f"{n} {v:.1f}" for n, v in ends.items())
    note = f"MNIST, 2,500 images to learn from; {searches} searches of each kind; lower is better. The best value so "
    note += "far: the "
    note += "median of the searches (lines) and their quartiles (bands)."
    return titled(figure, title, note)


def limits(lines):
    """Return the range of the y axis: from the best value to the worst median from the third trial on."""
    low = min(np.nanmin(line) for line in lines)
    high = max(np.nanmax(line[1][min(2, len(line[1]) - 1) :]) for line in lines)
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def optimisers_figure(entries, best):
    """Draw the validation bound over epochs, mean and range of the seeds: constant eta, and the best schedule."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    constant = {entry["optimiser"]: entry for entry in entries if entry["schedule"] == "constant"}
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for ax, title, group in ((left, "Constant eta", constant), (right, "Best schedule of each", best)):
        plain(ax).set_title(title, fontsize=10)
        ax.set(xlabel="epochs", yscale="log")
        for name, entry in group.items():
            course(ax, entry, name if ax is left else f"{name}, {entry['schedule']}", OPTIMISERS[name])
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend(fontsize=8, frameon=False)
    left.set_ylabel(f"validation images (logarithmic):\n{BOUND}", fontsize=9)
    plain_numbers(left.yaxis, STEPS)
    ends = {name: entry["curve"][1][-1] for name, entry in constant.items() if entry["curve"]}
    title = "With a constant eta, the optimisers end at " + ", ".join(f"{name} {end:.0f}" for name, end in ends.items())
    return titled(figure, title, f"{source(entries)} Lines: means of the seeds; bands: least and greatest.")


def source(entries):
    """Return what was trained, and how often, as text."""
    seeds = max(len(entry["test"]) for entry in entries)
    return f"MNIST, 2,500 images to learn from, 784-64-10-64-784; {counted(seeds)}, each optimiser at its own best eta."


def course(ax, entry, label, style):
    """Draw one line with its band, or nothing if all runs failed."""
    if not entry["curve"]:
        return
    low, mean, high = entry["curve"]
    epochs = range(1, len(mean) + 1)
    ax.fill_between(epochs, low, high, color=style["color"], alpha=0.2, linewidth=0)
    ax.plot(epochs, mean, label=label, linewidth=1.6, **style)


def schedules_figure(entries):
    """Draw the test bound of every network: a panel for each optimiser, a row for each schedule and its eta.

    A diamond is the mean, the dashed line the mean with a constant eta.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 5.0), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True)
    idle = 0
    for ax, name in zip(axes.flat, OPTIMISERS, strict=True):
        group = [entry for entry in entries if entry["optimiser"] == name]
        plain(ax).set_title(name, fontsize=10)
        constant = next((entry["test"] for entry in group if entry["schedule"] == "constant"), None)
        labels = []
        for row, entry in enumerate(group):
            spots(ax, row, entry["test"])
            same = entry["schedule"] != "constant" and bool(entry["test"]) and entry["test"] == constant
            idle += same
            labels.append(f"{entry['schedule']} ({entry['eta']:.2g}){' *' if same else ''}")
            if entry["schedule"] == "constant" and entry["test"]:
                ax.axvline(entry["mean"], color="0.4", linestyle="--", linewidth=1)
        ax.locator_params(axis="x", nbins=5)
        ax.set_yticks(range(len(group)), labels, fontsize=8)
        ax.invert_yaxis()
    for ax in axes[1]:
        ax.set_xlabel(f"test images:\n{BOUND}", fontsize=9)
    best = {
        name: min((e for e in entries if e["optimiser"] == name and e["test"]), key=lambda e: e["mean"], default=None)
        for name in OPTIMISERS
    }
    found = ", ".join(f"{name} {entry['schedule']}" for name, entry in best.items() if entry)
    note = f"{source(entries)} Dots: single networks; orange diamond: their mean; dashed: the mean with a constant "
    note += "eta. In brackets: eta."
    if idle:
        note += " *: the rule never changed eta, so that the networks are those of the constant eta."
    return titled(figure, f"Best schedule by the mean test bound:\n{found}", note)


def spots(ax, row, values):
    ax.scatter(values, [row] * len(values), s=14, color=INKS[0], alpha=0.7, linewidths=0, zorder=3)
    if values:
        ax.scatter(np.mean(values), row, marker="D", s=30, facecolor="none", color=INKS[5], zorder=4)


def etas_figure(tuning):
    """Draw the last bound over eta: a panel for each optimiser, a line for each schedule."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 5.2), layout="constrained")
    axes = figure.subplots(2, 2, sharey=True)
    for ax, name in zip(axes.flat, OPTIMISERS, strict=True):
        plain(ax).set_title(name, fontsize=10)
        sensitivity(ax, [row for row in tuning if row["optimiser"] == name and row.get("validation") is not None])
        ax.set(xscale="log", yscale="log")
    plain_numbers(axes[0, 0].yaxis, STEPS)
    for ax in axes[1]:
        ax.set_xlabel("eta")
    figure.supylabel(f"validation images: {BOUND}", fontsize=10)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=6, fontsize=8)
    return figure


def sensitivity(ax, rows):
    for number, schedule in enumerate(dict.fromkeys(row["schedule"] for row in rows)):
        points = sorted((row["eta"], row["validation"]) for row in rows if row["schedule"] == schedule)
        style = {"marker": MARKERS[number % len(MARKERS)], "color": INKS[number], "markersize": 5, "linewidth": 1}
        style["markerfacecolor"] = "none"
        ax.plot(*zip(*points, strict=True), label=schedule, **style)
