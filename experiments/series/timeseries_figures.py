"""The figures of timeseries.py: series and their reconstructions, codes by class, and the scores of a recording."""

import numpy as np
from matplotlib.figure import Figure

from experiments.shared.principal_components import PrincipalComponents
from npae.plots import INKS, titled

NAMES = {"mean": "mean of training", "PCA": "PCA", "dense": "dense", "conv": "Conv1D", "lstm": "LSTM"}
COLOURS = dict(zip(("dense", "conv", "lstm", "PCA"), (INKS[0], INKS[5], INKS[2], INKS[3]), strict=True)) | {
    "mean": "0.4"
}
SHOWN = 4  # test series of a data set that are drawn
UNITS = {  # of a step, and of the values
    "ItalyPowerDemand": ("hour of the day", "power demand"),
    "GunPoint": ("frame", "height of the hand"),
    "BasicMotions": ("tenth of a second", "acceleration, first of 6 channels"),
    "sines": ("step", "value"),
}


def reconstructions_figure(results):
    """Draw the first channel of some test series of each data set: a row for each way to rebuild them."""
    figure = Figure(figsize=(7.4, 3.1 * len(results)), layout="constrained")
    for result, part in zip(results, np.atleast_1d(figure.subfigures(len(results))), strict=True):
        draw_task(part, result)
    best = "; ".join(f"{result['task'].name}: {NAMES[least_error(result)]}" for result in results)
    note = (
        "Test series (black; values in standard deviations of the channel) and what networks, PCA and the mean of the "
    )
    note += "training series make of them; the first test series of each class, two where there are two classes. "
    note += "; ".join(numbers_of(result) for result in results) + ". Networks: seed 0."
    return titled(figure, f"Least test error (median of seeds): {best}", note)


def draw_task(figure, result):
    """Draw the test series of one data set: a row for each way to rebuild them, with one range for all."""
    task, test, ways = result["task"], result["test"], list(result["shown"])
    shown = examples(task.y[1])
    axes = figure.subplots(len(ways), SHOWN, sharex=True, sharey="col", squeeze=False)
    step, unit = UNITS.get(task.name, ("step", "value"))
    for way, line in zip(ways, axes, strict=True):
        for ax, n in zip(line, shown, strict=True):
            ax.plot(test[n, :, 0], color="black", lw=1.0)
            ax.plot(result["shown"][way][0][n, :, 0], color=COLOURS[way], lw=1.2, ls="--" if way == "mean" else "-")
            ax.tick_params(labelsize=7)
            ax.locator_params(axis="y", nbins=3)
        line[0].set_ylabel(
            NAMES[way].replace(" of ", "\nof "), fontsize=7.5, color=COLOURS[way], rotation=0, ha="right", va="center"
        )
    for ax, n in zip(axes[0], shown, strict=True):
        ax.set_title(f"class {task.y[1][n]}", fontsize=8)
    for ax in axes[-1]:
        ax.set_xlabel(step, fontsize=8)
    figure.suptitle(f"{task.name}: {unit}", fontsize=9)


def least_error(result):
    """Return the way with the least median test error."""
    return min(result["summary"], key=lambda each: each["test"])["way"]


def numbers_of(result):
    """Return how many series there are, and the size of the codes, as text."""
    task = result["task"]
    return f"{task.name}: {len(task.X[0])} to learn from, {len(task.X[1])} to test on, codes of {task.code} numbers"


def examples(classes):
    """Return the indices of the test series to draw: the first of each class, then the second, ..., SHOWN in all."""
    ranks = np.zeros(len(classes), int)
    for name in np.unique(classes):
        ranks[classes == name] = np.arange((classes == name).sum())
    return np.lexsort((classes, ranks))[:SHOWN]


def codes_figure(results):
    """Draw the codes of the test series by class, in the plane of their two principal components."""
    ways = [way for way in NAMES if way != "mean"]
    fig = Figure(figsize=(7.4, 2.3 * len(results)), layout="constrained")
    axes = fig.subplots(len(results), len(ways), squeeze=False)
    for result, line in zip(results, axes, strict=True):
        classes = list(np.unique(result["task"].y[1]))
        for ax, way in zip(line, ways, strict=True):
            codes = result["shown"][way][1]
            points = PrincipalComponents(codes).codes(codes, 2)
            for i, name in sorted(enumerate(classes), key=lambda each: -np.sum(result["task"].y[1] == each[1])):
                own = points[result["task"].y[1] == name]
                style = {
                    "s": 12 if len(own) > 20 else 24,
                    "color": INKS[(0, 5, 2, 3)[i % 4]],
                    "marker": "os^D"[i % 4],
                    "alpha": 0.6,
                }
                ax.scatter(*own.T, **style, lw=0, label=f"{name}", zorder=3 + (name == "standing"))
            ax.set(xticks=[], yticks=[])
            share = next(each["same_class"] for each in result["summary"] if each["way"] == way)
            ax.set_xlabel(f"class right: {100 * share:.0f} %", fontsize=8)
        line[0].set_ylabel(f"{result['task'].name},\n{result['task'].code} numbers", fontsize=8)
        handles, names = line[-1].get_legend_handles_labels()
        order = np.argsort(names)
        shown = [handles[i] for i in order], [names[i] for i in order]
        line[-1].legend(
            *shown, title="class", fontsize=7.5, title_fontsize=7.5, loc="center left", bbox_to_anchor=(1, 0.5)
        )
    for ax, way in zip(axes[0], ways, strict=True):
        ax.set_title(NAMES[way], fontsize=9)
    shares = [each["same_class"] for result in results for each in result["summary"] if each["same_class"] is not None]
    note = (
        "The codes of the test series, projected from 4 or 16 numbers to the plane of their two principal components "
    )
    note += "(axes without unit: across, the first; up, the second). Class right: the share of test series whose "
    note += "nearest code among "
    note += "those of the training series is of their class, median of seeds; seed 0 is drawn."
    title = (
        f"The nearest code tells the class of {100 * min(shares):.0f} to {100 * max(shares):.0f} % of the test series"
    )
    return titled(fig, title, note)


def anomaly_figure(watch, watched):
    """Draw the recording after its normal part, and below it the score of each step: a panel for each network."""
    ways = list(watched["scores"])
    fig = Figure(figsize=(7.4, 1.3 + 1.15 * (1 + len(ways))), layout="constrained")
    axes = fig.subplots(1 + len(ways), 2, sharex="col", sharey="row", width_ratios=(3, 1.4))
    first, last = watched["label"]
    rows = np.arange(watch.normal, len(watch.recording))
    for ax in axes.flat:
        ax.axvspan(first - 0.5, last + 0.5, color=INKS[4], alpha=0.35, lw=0)
        ax.tick_params(labelsize=7.5)
    for ax in axes[0]:
        ax.plot(rows, watch.recording[watch.normal :, 0], color="black", lw=0.8)
    for line, (way, (scores, limit)) in zip(axes[1:], watched["scores"].items(), strict=True):
        for ax in line:
            ax.semilogy(rows, scores, color=COLOURS[way], lw=1.0)
            ax.axhline(limit, color="black", lw=1.0, ls=":")
        line[0].set_ylabel(f"{NAMES[way]}:\nscore", fontsize=8)
        line[1].annotate(
            "threshold",
            (1, limit),
            (-2, 2),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            fontsize=7,
        )
    axes[0, 0].set_title(f"After the first {watch.normal:,} steps", fontsize=9)
    axes[0, 0].set_ylabel("recorded value\n(no unit is given)", fontsize=8)
    axes[0, 0].set_xlim(rows[0], rows[-1])
    axes[0, 1].set_title("Around the label", fontsize=9)
    axes[0, 1].set_xlim(first - watch.length, last + watch.length)
    for ax in axes[-1]:
        ax.set_xlabel("step", fontsize=8)
    hits = sum(row["hit"] for row in watched["rows"])
    title = f"The highest score falls on the labelled anomaly in {hits} of {len(watched['rows'])} runs"
    note = f"{watch.name}; blue: the labelled steps {first} to {last}. Score: squared error of a step (logarithmic), "
    note += "averaged over the "
    note += f"windows of {watch.length} steps that hold it and the {watch.near} steps around it; threshold: the "
    note += "highest score of the "
    note += "training part. Networks of seed 0."
    return titled(fig, title, note)
