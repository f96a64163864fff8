"""The figures of timeseries.py: series and their reconstructions, codes by class, and the scores of a recording."""

import matplotlib.pyplot as plt
import numpy as np

from experiments.shared.principal_components import PrincipalComponents
from npae.plots.colours import OKABE_ITO

NAMES = {"mean": "mean of training", "PCA": "PCA", "dense": "dense", "conv": "Conv1D", "lstm": "LSTM"}
COLOURS = dict(zip(("dense", "conv", "lstm", "PCA"), OKABE_ITO, strict=False)) | {"mean": "0.6"}
SHOWN = 4  # test series of a data set that are drawn


def reconstructions_figure(results):
    """Draw the first channel of some test series of each data set, and their reconstructions."""
    fig, axes = plt.subplots(len(results), SHOWN, figsize=(11, 0.7 + 2.1 * len(results)), squeeze=False)
    for result, line in zip(results, axes, strict=True):
        task, test = result["task"], result["test"]
        for ax, n in zip(line, examples(task.y[1]), strict=True):
            ax.plot(test[n, :, 0], color="black", lw=1.8)
            for way, (series, _) in result["shown"].items():
                style = {"ls": ":"} if way == "mean" else {"ls": "--"} if way == "PCA" else {}
                ax.plot(series[n, :, 0], color=COLOURS[way], lw=1.1, **style)
            ax.set_title(f"class {task.y[1][n]}", fontsize=9)
            ax.tick_params(labelsize=8)
        line[0].set_ylabel(task.name + ("" if test.shape[2] == 1 else ",\nfirst channel"))
    for ax in axes[-1]:
        ax.set_xlabel("step", fontsize=9)
    lines = [plt.Line2D([], [], color="black", lw=1.8)]
    lines += [plt.Line2D([], [], color=COLOURS[w], ls={"mean": ":", "PCA": "--"}.get(w, "-")) for w in NAMES]
    fig.legend(lines, ["test series", *NAMES.values()], ncols=6, loc="upper center", frameon=False, fontsize=9)
    fig.tight_layout(rect=(0, 0, 1, 1 - 0.3 / fig.get_figheight()))
    return fig


def examples(classes):
    """Return the indices of the test series to draw: the first of each class, then the second, ..., SHOWN in all."""
    ranks = np.zeros(len(classes), int)
    for name in np.unique(classes):
        ranks[classes == name] = np.arange((classes == name).sum())
    return np.lexsort((classes, ranks))[:SHOWN]


def codes_figure(results):
    """Draw the codes of the test series by class, in the plane of their two principal components."""
    ways = [way for way in NAMES if way != "mean"]
    fig, axes = plt.subplots(len(results), len(ways), figsize=(11, 0.4 + 2.6 * len(results)), squeeze=False)
    for result, line in zip(results, axes, strict=True):
        for ax, way in zip(line, ways, strict=True):
            codes = result["shown"][way][1]
            points = PrincipalComponents(codes).codes(codes, 2)
            for i, name in enumerate(np.unique(result["task"].y[1])):
                own = points[result["task"].y[1] == name]
                ax.scatter(*own.T, s=9, color=OKABE_ITO[i], marker="os^D"[i % 4], lw=0, alpha=0.6, label=f"{name}")
            ax.set(xticks=[], yticks=[])
            share = next(each["same_class"] for each in result["summary"] if each["way"] == way)
            ax.set_xlabel(f"nearest is of its class: {100 * share:.0f} %", fontsize=8)
        line[0].set_ylabel(f"{result['task'].name},\n{result['task'].code} numbers")
        line[-1].legend(title="class", fontsize=8, title_fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    for ax, way in zip(axes[0], ways, strict=True):
        ax.set_title(NAMES[way])
    fig.tight_layout()
    return fig


def anomaly_figure(watch, watched):
    """Draw the recording after its normal part and the score of each step, as a whole and around the label."""
    fig, axes = plt.subplots(2, 2, figsize=(11, 4.6), sharex="col", sharey="row", width_ratios=(3, 1.4))
    first, last = watched["label"]
    rows = np.arange(watch.normal, len(watch.recording))
    for ax in axes.flat:
        ax.axvspan(first - 0.5, last + 0.5, color=OKABE_ITO[1], alpha=0.35, lw=0, label="labelled")
        ax.tick_params(labelsize=8)
    for top, bottom in axes.T:
        top.plot(rows, watch.recording[watch.normal :, 0], color="black", lw=0.8)
        for way, (scores, limit) in watched["scores"].items():
            bottom.semilogy(rows, scores, color=COLOURS[way], lw=0.8, label=NAMES[way])
            bottom.axhline(limit, color=COLOURS[way], lw=0.8, ls=":")
        bottom.set_xlabel("row")
    axes[0, 0].set(title=f"{watch.name} after its first {watch.normal:,} steps", ylabel="recorded", xlim=rows[[0, -1]])
    axes[0, 1].set(title="around the label", xlim=(first - watch.length, last + watch.length))
    axes[1, 0].set(ylabel="score (dotted: highest\nof the training part)")
    fig.legend(*axes[1, 0].get_legend_handles_labels(), fontsize=9, ncols=4, loc="lower center", frameon=False)
    fig.tight_layout(rect=(0, 0.06, 1, 1))
    return fig
