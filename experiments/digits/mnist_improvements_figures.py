"""The figures of mnist_improvements.py: settings against the first of their family, code sizes, codes by digit."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import NullFormatter, NullLocator

from experiments.shared.figures import counted
from npae.plots import INKS, titled

PANELS = {"test_mse": "Test error", "cpu_seconds": "Processor time", "memory_mb": "Memory"}
GROUPS = {  # families by figure
    "networks": ["networks", "spread", "activations", "activations-depth"],
    "training": ["optimisers", "optimisers-depth", "etas-and-stopping"],
    "penalties": ["penalties", "few-images", "code-size", "sparse-codes"],
    "convolutions": [
        *("conv-networks", "conv-activations-depth", "conv-optimisers-depth", "conv-code-size", "conv-sparse-codes"),
    ],
}
STEPS = (0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 4, 6, 10, 20, 50)  # ticks of shares
DIGIT_INKS = (  # 4 and 9, and 3, 5 and 8, lie on top of one another: they differ in hue and in lightness
    *("#0072B2", "#B86B00", "#00785A", "#C2408F", "#0B8FB8", "#8A2F00", "#000000", "#7A6A00", "#5B3A9D", "#D55E00"),
)
SHOWN = 2000  # codes in the figure of the plane
ERRORS = (0.003, 0.004, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1)  # ticks


def summary_figures(summaries, source=""):
    """Return {group: Figure} of every setting's error, time and memory as shares of those of the first of its family.

    `summaries` is {family: entries}, as in results.json; a family that no group names is in "others". `source` says
    where they come from, if not from a run.
    """
    named = {family for families in GROUPS.values() for family in families}
    groups = GROUPS | {"others": [family for family in summaries if family not in named]}
    chosen = {name: [family for family in families if family in summaries] for name, families in groups.items()}
    return {
        name: summary_figure({family: summaries[family] for family in families}, name, source)
        for name, families in chosen.items()
        if families
    }


def summary_figure(summaries, group="settings", source=""):
    """Return the Figure of a group of families; small dots are single seeds."""
    lines = [line for family, entries in summaries.items() for line in [(family, None), *((None, e) for e in entries)]]
    figure = Figure(figsize=(7.4, 0.7 + 0.185 * len(lines)), layout="constrained")
    axes = figure.subplots(1, len(PANELS), sharey=True, width_ratios=[1.5, 1, 1])
    for ax, (number, title) in zip(axes, PANELS.items(), strict=True):
        draw_shares(ax, lines, number)
        ax.set_title(title, fontsize=9)
        ax.set_xlabel("% of the first (log axis)", fontsize=8)
    names = [family or f"{entry['name']}" for family, entry in lines]
    axes[0].set(yticks=range(len(lines)), yticklabels=names, ylim=(len(lines) - 0.4, -0.6))
    for tick, (family, _) in zip(axes[0].get_yticklabels(), lines, strict=True):
        tick.set(fontsize=8, fontweight="bold" if family else "normal")
    return titled(figure, f"{group.capitalize()}: {least_errors(summaries)}", note_of(summaries, source))


def least_errors(summaries):
    """Return in how many families a setting has less error than the first, as text."""
    better = [
        family
        for family, entries in summaries.items()
        if any(entry["share"]["test_mse"] is not None and entry["share"]["test_mse"] < 0.97 for entry in entries)
    ]
    return f"in {len(better)} of {len(summaries)} families a setting has at least 3 % less error than the first"


def note_of(summaries, source=""):
    """Return what the marks mean, how many runs there are, and where the numbers come from, as text."""
    runs = sorted({entry["runs"] for entries in summaries.values() for entry in entries})
    seeds = counted(runs[0]) if len(runs) == 1 else f"{runs[0]} to {counted(runs[-1])}"
    return (
        "Every setting in per cent of the first of its family (black diamond, 100 %). Blue circle: at most as much as "
        "the "
        f"first; orange triangle: more; means of {seeds}, small dots: single seeds. Test images of MNIST. {source}"
    )


def draw_shares(ax, lines, number):
    shares = []
    for y, (family, entry) in enumerate(lines):
        if family:
            ax.axhline(y, color="0.93", linewidth=9, zorder=0)
            first = lines[y + 1][1]
            continue
        share = entry["share"][number]
        if share is None:
            continue
        seeds = [error / first["test_mse"] for error in entry["errors"]] if number == "test_mse" else []
        ax.plot(seeds, [y] * len(seeds), "o", color=INKS[4], markersize=3, markeredgewidth=0)
        colour = INKS[6] if entry is first else INKS[0] if share <= 1 else INKS[5]
        ax.plot(share, y, "D" if entry is first else "o" if share <= 1 else "^", color=colour, markersize=4.5)
        shares += [share, *seeds]
    ax.axvline(1, color="0.4", linewidth=0.8, zorder=0)
    set_share_axis(ax, min(shares, default=1), max(shares, default=1))


def set_share_axis(ax, low, high):
    """Give an axis of shares a logarithmic scale with ticks in per cent."""
    low, high = min(low / 1.15, 0.8), max(high * 1.15, 1.25)
    ax.set(xscale="log", xlim=(low, high))
    shown = []
    for step in sorted(STEPS, key=lambda step: (step != 1, step)):
        near = [abs(np.log(step / other)) < 0.18 * np.log(high / low) for other in shown]
        if low <= step <= high and not any(near):
            shown.append(step)
    ax.xaxis.set(minor_locator=NullLocator(), minor_formatter=NullFormatter())
    ax.set_xticks(sorted(shown), [f"{100 * step:g}" for step in sorted(shown)])
    ax.tick_params(labelsize=7.5, length=2)
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)


def code_size_figure(sized, pca, source=""):
    """Return a Figure of the test error against the code size, and of that of as many principal components.

    `sized` is {family: entries} whose settings are code sizes; `pca` is {code size: error}; `source` says where they
    come from, if not from a run.
    """
    figure = Figure(figsize=(6.8, 4.0), layout="constrained")
    ax = figure.subplots()
    sizes = sorted({size_of(entry) for entries in sized.values() for entry in entries})
    known = [L for L in sizes if L in pca]
    draw_curve(ax, known, [pca[L] for L in known], "as many principal components", INKS[6], "s", "--")
    titles = {
        "code-size": "dense network, 784-256-64-L",
        "conv-code-size": "convolutions of 8-16-32-64 filters, code L",
    }
    for (family, entries), colour, marker in zip(sized.items(), (INKS[0], INKS[5]), "o^", strict=False):
        shown = sorted((entry for entry in entries if entry.get("test_mse")), key=size_of)
        x = [size_of(entry) for entry in shown]
        draw_curve(ax, x, [entry["test_mse"] for entry in shown], titles.get(family, family), colour, marker, "-")
        seeds = np.array([(size_of(entry), error) for entry in shown for error in entry["errors"]]).reshape(-1, 2)
        ax.plot(*seeds.T, ".", color=colour, markersize=3, alpha=0.6)
    ax.set(xscale="log", yscale="log", xlabel="L, the numbers in the code (logarithmic)")
    ax.set_ylabel("test error: mean square of a pixel (logarithmic)")
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.xaxis.set_minor_locator(NullLocator())
    low, high = ax.get_ylim()
    shown = [error for error in ERRORS if low <= error <= high]
    ax.set_yticks(shown, [f"{error:g}" for error in shown])
    ax.yaxis.set(minor_locator=NullLocator())
    ax.tick_params(labelsize=8)
    ax.grid(color="0.9")
    ax.set_axisbelow(True)
    ax.legend(frameon=False, fontsize=8.5)
    first = next(iter(sized.values()))
    ratios = [
        pca[size_of(entry)] / entry["test_mse"] for entry in first if size_of(entry) in pca and entry.get("test_mse")
    ]
    title = f"As many principal components leave {min(ratios, default=1):.1f} to {max(ratios, default=1):.1f} times "
    title += "the error of the dense network"
    seeds = max(entry["runs"] for entries in sized.values() for entry in entries)
    note = f"Test images of MNIST; means of {counted(seeds)}, small dots: single seeds (mostly hidden by the marks). "
    note += source
    return titled(figure, title, note)


def size_of(entry):
    return int(entry["name"].removeprefix("code "))


def draw_curve(ax, x, y, label, colour, marker, style):
    ax.plot(x, y, style, color=colour, marker=marker, markersize=5, label=label)


def codes_figure(model, images):
    """Draw the codes of the test images by digit: in a plane, or as one ridge per digit along a line.

    Codes are skewed: instead of each number, the share of images with a smaller one is drawn.
    """
    codes = model.encode(images.test)
    ranks = 100 * (np.argsort(np.argsort(codes, axis=0), axis=0) + 0.5) / len(codes)
    one = codes.shape[1] == 1
    figure = Figure(figsize=(6.8, 4.6 if one else 6.8), layout="constrained")
    ax = figure.subplots()
    (draw_line if one else draw_plane)(ax, ranks, images.test_labels)
    error = -model.score(images.test)
    ax.set_xlabel("share of images with a smaller code 1 (%)")
    shown = "all" if one else f"{min(SHOWN, len(codes)):,} of the"
    note = f"{shown} {len(codes):,} test images of {images.name}; seed {model.random_state}, test error {error:.4f}. "
    note += (
        "Height: how many images, the same scale for all digits; bar: median."
        if one
        else "Large: the median of a digit."
    )
    what = "A code of one number" if one else "A code of two numbers"
    return titled(figure, f"{what} separates some digits and mixes others", note[0].upper() + note[1:])


def draw_plane(ax, ranks, labels):
    """Draw images as small digits, and each digit once large near the median of its codes."""
    shown = np.random.default_rng(0).permutation(len(ranks))[:SHOWN]
    classes = np.unique(labels)
    for label in shown_last(classes):
        mine = shown[labels[shown] == label]
        ax.scatter(*ranks[mine].T, s=26, marker=f"${label}$", color=DIGIT_INKS[label % 10], alpha=0.75, linewidths=0)
    medians = np.array([np.median(ranks[labels == label], axis=0) for label in classes])
    rim = [withStroke(linewidth=4, foreground="white")]
    for label, (x, y) in zip(classes, apart(medians, 7.0), strict=True):
        colour = DIGIT_INKS[label % 10]
        ax.text(x, y, label, size=21, weight="bold", color=colour, ha="center", va="center", path_effects=rim)
    ax.set(xlim=(-1, 101), ylim=(-1, 101), aspect=1, ylabel="share of images with a smaller code 2 (%)")


def shown_last(classes):
    """Return the classes in an order in which those that share a place with another one are drawn last."""
    return sorted(classes, key=lambda label: label in (4, 5, 8))


def apart(points, gap):
    """Return the points, pushed apart until no two are closer than about `gap`."""
    points = points + 1e-3 * np.random.default_rng(0).standard_normal(points.shape)
    for _ in range(100):
        ways = points[:, None] - points
        lengths = np.hypot(*np.moveaxis(ways, -1, 0)) + np.eye(len(points)) * 1e9
        push = 0.25 * np.maximum(gap - lengths, 0) / lengths
        points = points + (push[..., None] * ways).sum(axis=1)
    return points


def draw_line(ax, ranks, labels):
    """Draw a ridge for each digit, ordered by median."""
    position, edges = ranks[:, 0], np.linspace(0, 100, 101)
    classes = sorted(np.unique(labels), key=lambda label: np.median(position[labels == label]))
    counts = [smooth(np.histogram(position[labels == label], edges)[0]) for label in classes]
    tallest, middles = max(count.max() for count in counts), (edges[1:] + edges[:-1]) / 2
    for row, (label, count) in enumerate(zip(classes, counts, strict=True)):
        ax.fill_between(
            middles, row, row + 1.6 * count / tallest, color=DIGIT_INKS[label % 10], alpha=0.8, zorder=20 - row
        )
        ax.plot(np.median(position[labels == label]), row, "|", color="black", markersize=7, zorder=30)
    ax.set(yticks=range(len(classes)), yticklabels=classes, xlim=(0, 100), ylim=(-0.3, len(classes) + 0.8))
    ax.set_ylabel("digit")


def smooth(counts, width=2.0):
    """Return counts blurred by a Gaussian of `width` bins, normalised at both ends."""
    kernel = np.exp(-0.5 * (np.arange(-6, 7) / width) ** 2)
    blurred, weight = (np.convolve(values, kernel, mode="same") for values in (counts, np.ones(len(counts))))
    return blurred / weight
