"""The figures of mnist_dense.py."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from experiments.shared.figures import plain
from npae.plots.colours import OKABE_ITO
from npae.plots.tiles import caption

GREY = "0.45"


def curves(rows):
    """Draw loss and binary accuracy over the epochs for each network: training solid, test dashed."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    for row, colour in zip(rows, OKABE_ITO, strict=False):
        history = row["history"]
        for ax, train, test in ((loss, "loss", "val_loss"), (accuracy, "binary_accuracy", "val_binary_accuracy")):
            epochs = np.arange(1, len(history[train]) + 1)
            ax.plot(epochs, history[train], color=colour, label=row["name"], linewidth=1.4)
            ax.plot(epochs, history[test], color=colour, linestyle="--", linewidth=1.4)
    loss.set(ylabel="mean squared error", yscale="log")
    accuracy.set(ylabel="binary accuracy")
    decimal(loss, [row["history"][name] for row in rows for name in ("loss", "val_loss")])
    for ax in (loss, accuracy):
        plain(ax, spines=False).set(xlabel="epoch")
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=True))
    for style, text in (("-", "training (the loss with dropout)"), ("--", "test")):
        loss.plot([], [], color=GREY, linestyle=style, label=text)
    figure.legend(*loss.get_legend_handles_labels(), loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    return figure


def noise(noisy, model, shape):
    """Draw digits with more and more noise, and below each its reconstruction."""
    (height, width), gap, margin = shape, 3, 2 * shape[1]
    pair, count = 2 * height + 3 * gap, len(next(iter(noisy.values())))
    page = np.zeros((len(noisy) * pair + gap, margin + count * (width + gap)))
    ax = Figure(figsize=(7.0, 7.0 * len(page) / page.shape[1])).add_axes((0, 0, 1, 1))
    for i, (level, digits) in enumerate(noisy.items()):
        for top, pictures, text in (
            (gap + i * pair, digits, f"noise {level:g}"),
            (2 * gap + i * pair + height, model.reconstruct(digits), "rebuilt"),
        ):
            caption(ax, gap, top + height / 2, text, ha="left", color=GREY if text == "rebuilt" else "black")
            for j, picture in enumerate(pictures):
                left = margin + j * (width + gap)
                page[top : top + height, left : left + width] = picture.reshape(shape)
    ax.imshow(page, cmap="Greys", vmin=0, vmax=1, extent=(0, page.shape[1], len(page), 0), interpolation="nearest")
    ax.set_axis_off()
    return ax.figure


def levels(rows):
    """Draw the error and the readability of the pictures against the noise, for each way to clean them.

    Principal components are dashed, in the colour of the first network with a code of that size.
    """
    figure = Figure(figsize=(9, 4), layout="constrained")
    ways, axes = {row["way"]: row["code"] for row in rows}, figure.subplots(1, 2)
    networks = [way for way in ways if way != "untouched" and not way.endswith("components")]
    for ax, name, label in zip(
        axes, ("mse", "readable"), ("mean squared error", "read as the right digit"), strict=True
    ):
        for way, code in ways.items():
            like = [way] if way in networks else [network for network in networks if ways[network] == code]
            index = networks.index(like[0]) if like else None
            points = [(row["level"], row[name]) for row in rows if row["way"] == way]
            ax.plot(*zip(*points, strict=True), **style_of(index, way in networks), label=way)
        ax.set(ylabel=label, ylim=(0, None if name == "mse" else 1))
        plain(ax, spines=False).set(xlabel="share of pixels made black or white")
    columns = min(5, -(-len(ways) // 2))
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=columns, frameon=False, fontsize=8
    )
    return figure


def style_of(index, is_network):
    """Return the style of a line: a network has the colour of its index; its principal components are dashed."""
    if index is None:
        return {"color": GREY, "linestyle": ":", "linewidth": 1.4}
    colour = OKABE_ITO[index % len(OKABE_ITO)]
    if not is_network:
        return {"color": colour, "linestyle": "--", "linewidth": 1.2}
    return {"color": colour, "marker": "os^DvPX*"[index % 8], "markersize": 5}


def sizes(rows, pca):
    """Draw the test error against the size of the code, and pca(size), that of as many principal components."""
    codes = sorted({row["code"] for row in rows})
    figure = Figure(figsize=(5.5, 4), layout="constrained")
    ax, errors = figure.subplots(), [pca(code) for code in codes]
    ax.plot(codes, errors, "s--", color=GREY, label="principal components")
    for name, text, mark in (("test_mse", "network, test", "o"), ("train_mse", "network, training", "^")):
        colour = OKABE_ITO[mark == "^"]
        ax.plot([row["code"] for row in rows], [row[name] for row in rows], mark, color=colour, label=text)
    ax.set(xscale="log", yscale="log", ylabel="mean squared error")
    ax.xaxis.set(major_locator=FixedLocator(codes), minor_locator=NullLocator(), major_formatter="{x:g}")
    decimal(ax, [errors, *([row["test_mse"], row["train_mse"]] for row in rows)])
    plain(ax, spines=False).set(xlabel="numbers in the code")
    ax.legend(frameon=False, fontsize=8)
    return figure


def decimal(ax, values):
    """Mark a logarithmic axis at 1, 2 and 5 times powers of ten, as plain numbers, and let it end at such marks."""
    values = np.concatenate([np.ravel(each) for each in values])
    low, high = np.floor(np.log10(values.min())), np.ceil(np.log10(values.max()))
    places = np.array([m * 10.0**e for e in np.arange(low, high + 1) for m in (1, 2, 5)])
    ax.set_ylim(places[places <= values.min()][-1], places[places >= values.max()][0])
    ax.yaxis.set(major_locator=FixedLocator(places), minor_locator=NullLocator())
    ax.yaxis.set_major_formatter(lambda y, _: np.format_float_positional(float(f"{y:.1g}"), trim="-"))
