"""The figures of mnist_dense.py."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from experiments.shared.figures import plain, set_name
from npae.plots import INKS, caption, titled

GREY, MARKERS = "0.4", "os^DvPX*"


def curves(rows, data):
    """Draw loss and binary accuracy over the epochs for each network: training solid, test dashed."""
    figure = Figure(figsize=(7.4, 4), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    for i, (row, colour) in enumerate(zip(rows, INKS, strict=False)):
        history = row["history"]
        for ax, train, test in ((loss, "loss", "val_loss"), (accuracy, "binary_accuracy", "val_binary_accuracy")):
            epochs = np.arange(1, len(history[train]) + 1)
            mark = {"marker": MARKERS[i % 8], "markersize": 4.5, "markevery": max(1, len(epochs) // 6), "color": colour}
            ax.plot(epochs, history[train], label=row["name"], linewidth=1.2, **mark)
            ax.plot(epochs, history[test], linestyle="--", linewidth=1.6, markerfacecolor="white", **mark)
    loss.set(ylabel="mean squared error (logarithmic)", yscale="log")
    accuracy.set(ylabel="binary accuracy: share of equal pixels")
    decimal(loss, [row["history"][name] for row in rows for name in ("loss", "val_loss")])
    for ax in (loss, accuracy):
        plain(ax, spines=False).set(xlabel="epoch")
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=True))
    for style, face, text in (("-", GREY, "training"), ("--", "white", "test")):
        loss.plot([], [], color=GREY, linestyle=style, marker="o", markerfacecolor=face, markersize=4.5, label=text)
    figure.legend(*loss.get_legend_handles_labels(), loc="outside upper left", ncols=3, frameon=False, fontsize=8)
    last = [(row["history"]["val_loss"][-1], row["name"]) for row in rows]
    title = f"Test error after {len(rows[0]['history']['loss'])} epochs: {min(last)[0]:.2g} ({min(last)[1]}) to "
    title += f"{max(last)[0]:.2g} ({max(last)[1]})"
    note = (
        f"{set_name(data)}, seed {rows[0]['seed']}, one network of each size. The training loss is that of the epoch "
    )
    note += "itself, with dropout where the network has it, and thus above the test loss; all else is without dropout. "
    note += "Where dashes hide a line, both coincide."
    return titled(figure, title, note)


def noise(noisy, model, shape, name, data):
    """Draw digits with more and more noise, and below each its reconstruction, with its error on the right."""
    (height, width), gap, margin = shape, 3, 2 * shape[1]
    clean, count = next(iter(noisy.values())), len(next(iter(noisy.values())))
    pair, wide = 2 * height + 3 * gap, margin + count * (width + gap)
    page = np.zeros((len(noisy) * pair + gap, wide + 2 * width))
    ax = Figure(figsize=(7.2, 7.2 * len(page) / page.shape[1])).add_axes((0, 0, 1, 1))
    for i, (level, digits) in enumerate(noisy.items()):
        for top, pictures, text in (
            (gap + i * pair, digits, f"noise {level:g}"),
            (2 * gap + i * pair + height, model.reconstruct(digits), "rebuilt"),
        ):
            colour = GREY if text == "rebuilt" else "black"
            caption(ax, gap, top + height / 2, text, ha="left", color=colour)
            error = np.mean((pictures - clean) ** 2)
            caption(ax, wide + gap, top + height / 2, f"mse {error:.3f}" if error else "", ha="left", color=colour)
            for j, picture in enumerate(pictures):
                left = margin + j * (width + gap)
                page[top : top + height, left : left + width] = picture.reshape(shape)
    ax.imshow(page, cmap="Greys", vmin=0, vmax=1, extent=(0, page.shape[1], len(page), 0), interpolation="nearest")
    ax.set_axis_off()
    note = f"The first test image of each digit of {set_name(data)}; noise: the share of pixels that salt and pepper "
    note += "makes white or black. mse: the mean squared difference of the ten pictures from the clean ones. Seed 0."
    least, most = (np.mean((model.reconstruct(noisy[level]) - clean) ** 2) for level in (min(noisy), max(noisy)))
    title = f"What {name} makes of noisy digits: an error of {least:.3f} without noise, of {most:.3f} at {max(noisy):g}"
    return titled(ax.figure, title, note)


def levels(rows, data):
    """Draw the error and the readability of the pictures against the noise, for each way to clean them.

    Principal components are dashed, with open marks, in the colour of the first network with a code of that size, or
    black if all networks have codes of one size.
    """
    figure = Figure(figsize=(7.4, 4), layout="constrained")
    ways, axes = {row["way"]: row["code"] for row in rows}, figure.subplots(1, 2)
    networks = [way for way in ways if way != "untouched" and not way.endswith("components")]
    single = len({ways[network] for network in networks}) == 1
    for ax, name, label in zip(
        axes, ("mse", "readable"), ("mean squared error", "share read as the right digit"), strict=True
    ):
        for way, code in ways.items():
            like = [way] if way in networks else [network for network in networks if ways[network] == code]
            index = networks.index(like[0]) if like else None
            points = [(row["level"], row[name]) for row in rows if row["way"] == way]
            style = style_of(index, way in networks, single)
            ax.plot(*zip(*points, strict=True), **style, label=way.replace("components", "principal components"))
        ax.set(ylabel=label, ylim=(0, None if name == "mse" else 1))
        plain(ax, spines=False).set(xlabel="share of pixels made black or white")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=3, frameon=False, fontsize=8)
    worst = max(row["level"] for row in rows)
    readable = {row["way"]: row["readable"] for row in rows if row["level"] == worst}
    best = max(networks, key=readable.get)
    title = f"With {worst:.0%} of the pixels changed, {readable['untouched']:.0%} of the digits can be read untouched, "
    title += f"{readable[best]:.0%} as a network rebuilds them that was {best}"
    note = (
        f"10,000 test images of {set_name(data)} with salt and pepper; read: the first 1,000, by the nearest of 10,000 "
    )
    note += "training images. Seed 0, one network of each kind. Marks on top of one another: the lines coincide."
    return titled(figure, title.replace("%", " %"), note)


def style_of(index, is_network, single=False):
    """Return the style of a line: a network has the colour of its index; its principal components are dashed."""
    if index is None:
        return {"color": GREY, "linestyle": ":", "linewidth": 1.4}
    look = {"color": INKS[index % len(INKS)], "marker": MARKERS[index % 8], "markersize": 5}
    if is_network:
        return look
    look |= {"linestyle": "--", "linewidth": 1.2, "markerfacecolor": "white", "markersize": 6.5 - 0.7 * index}
    return look | ({"color": "black", "marker": "P"} if single else {})


def sizes(rows, pca, data):
    """Draw the test error against the size of the code, and pca(size), that of as many principal components."""
    codes = sorted({row["code"] for row in rows})
    figure = Figure(figsize=(6.5, 4), layout="constrained")
    ax, errors = figure.subplots(), [pca(code) for code in codes]
    ax.plot(codes, errors, "s--", color="black", label="as many principal components, test")
    ordered = sorted(rows, key=lambda row: row["code"])
    for name, text, mark in (("test_mse", "network, test", "o"), ("train_mse", "network, training", "^")):
        colour, look = INKS[5 if mark == "^" else 0], {"markerfacecolor": "white"} if mark == "^" else {}
        y = [row[name] for row in ordered]
        ax.plot([row["code"] for row in ordered], y, f"{mark}-", color=colour, label=text, linewidth=1, **look)
    ax.set(xscale="log", yscale="log", ylabel="mean squared error (logarithmic)")
    ax.xaxis.set(major_locator=FixedLocator(codes), minor_locator=NullLocator(), major_formatter="{x:g}")
    decimal(ax, [errors, *([row["test_mse"], row["train_mse"]] for row in rows)])
    plain(ax, spines=False).set(xlabel="numbers in the code (logarithmic)")
    ax.legend(frameon=False, fontsize=8)
    better = [str(row["code"]) for row, error in zip(ordered, errors, strict=False) if row["test_mse"] < error]
    title = f"The network beats as many principal components where the code has {' or '.join(better)} numbers"
    if not better:
        title = "No network beats as many principal components"
    return titled(figure, title, f"{set_name(data)}, seed {rows[0]['seed']}, one network for each size of the code.")


def decimal(ax, values):
    """Mark a logarithmic axis at 1, 2 and 5 times powers of ten, as plain numbers, and let it end at such marks."""
    values = np.concatenate([np.ravel(each) for each in values])
    low, high = np.floor(np.log10(values.min())), np.ceil(np.log10(values.max()))
    places = np.array([m * 10.0**e for e in np.arange(low, high + 1) for m in (1, 2, 5)])
    ax.set_ylim(places[places <= values.min()][-1], places[places >= values.max()][0])
    shown = places if high - low < 3 else places[::3]  # a tick at each power of ten is enough for many of them
    ax.yaxis.set(major_locator=FixedLocator(shown), minor_locator=NullLocator())
    ax.yaxis.set_major_formatter(lambda y, _: np.format_float_positional(float(f"{y:.1g}"), trim="-"))
