"""Pictures of a trained autoencoder, legible in print and safe for colour-blind readers.

What takes `ax` draws there, or on a figure of its own, and returns the Axes (its figure is `ax.figure`); the
others return a Figure. Nothing here touches pyplot, its settings or its open figures.
"""

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from . import metrics

__all__ = ["glyph", "history", "latent_space", "manifold", "new_glyphs", "reconstructions"]

OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#F0E442")
BLUE, ORANGE, GREEN, WRONG, QUIET = *OKABE_ITO[:3], OKABE_ITO[5], "0.4"
TURNS = np.exp(1j * np.pi / 8 * np.arange(16))
AROUND = np.array([(gap * t.real, gap * t.imag) for gap in (3, 5, 8, 12, 17, 23, 30, 38, 48, 60) for t in TURNS])
UPWARD = np.array([(x, y) for y in range(5, 105, 9) for x in (0, -3, 3)], dtype=float)  # points, as AROUND


def glyph(pixels, shape, ax=None, original=None):
    """Draw one picture of shape (H, W) from its H * W `pixels` in [0, 1], dark where they are on; return the Axes.

    Where `original` is given, pixels on the other side of 0.5 than there are crossed out and counted.
    """
    pixels = np.ravel(np.asarray(pixels, dtype=float))
    height, width = _checked_shape(shape, pixels.size)
    ax = _axes(ax, 2.0, 0.4 + 2.0 * height / width)
    wrong = _tile(ax, pixels, shape, original=original)
    ax.set_xlabel("" if original is None else f"{wrong} wrong", color=WRONG if wrong else QUIET)
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect=1, xticks=[], yticks=[], frame_on=False)
    return ax


def latent_space(model, data, labels=None, ax=None, dimensions=(0, 1)):
    """Draw the code of each sample, with its label beside it or shown as a colour; return the Axes.

    `data` is a Font, or samples (N, D) with or without `labels` (N,). Up to 150 strings are written if they
    differ, or have more than 8 values; up to 8 classes get a colour and a marker each, more a colour scale.
    `dimensions` are the entries of the code to draw, counted from 0; a code of one number is drawn along a line.
    """
    codes, labels = _encoded(model, data, labels)
    size = codes.shape[1]
    ax = _axes(ax, 6.5, 2.2 if size == 1 else 6.0)
    if size == 1:
        ax.axhline(0, color="0.85", zorder=0)
        ax.set(xlabel="code 1", ylim=(-1, 1), yticks=[])
        return _draw_codes(ax, codes[:, 0], 0 * codes[:, 0], labels, np.vstack([UPWARD, -UPWARD]))
    good = np.shape(dimensions) == (2,) and len({*dimensions} & {*range(size)}) == 2
    _check("dimensions", dimensions, f"two different numbers from 0 to {size - 1}", good)
    first, second = dimensions
    ax.set(xlabel=f"code {first + 1}", ylabel=f"code {second + 1}")
    return _draw_codes(ax, codes[:, first], codes[:, second], labels, AROUND)


def reconstructions(model, data, shape=None, n=None):
    """Draw samples above what the model rebuilds from their codes; return the Figure.

    `data` is a Font, or samples (N, D) with their `shape` (H, W); the first `n` are drawn, None stands for 96.
    Wrong pixels of black-and-white samples are crossed out and counted; others get their mean squared error.
    """
    X, labels = getattr(data, "pixels", data), getattr(data, "labels", [""] * len(data))
    shape = data.shape if shape is None and X is not data else shape
    X, rebuilt = (_flat(values)[: 96 if n is None else n] for values in (X, model.reconstruct(X)))
    height, width = _checked_shape(shape, X[0].size)
    scale = min(0.42 / height, 1.2 / width)
    down, left, binary = height * scale + 0.08, width * scale / 2, bool(np.isin(X, (0, 1)).all())
    ax, places = _board(len(X), max(0.4 if binary else 0.5, 2 * left + 0.1), 2 * down + 0.42, margin=0.6)
    for y, text in ((down / 2, "original"), (1.5 * down, "decoded"), (2 * down + 0.02, "wrong" if binary else "mse")):
        _text(ax, 0.08, places[0][1] + y, text, ha="left", color=QUIET)
    for i, (x, y) in enumerate(places):
        _text(ax, x, y - 0.09, labels[i])
        _tile(ax, X[i], shape, x - left, y, scale)
        wrong = _tile(ax, rebuilt[i], shape, x - left, y + down, scale, X[i] if binary else None)
        text = wrong if binary else f"{metrics.mse(X[i], rebuilt[i]):.2g}"
        _text(ax, x, y + 2 * down + 0.02, text, color=WRONG if wrong else QUIET)
    exact = np.sum(metrics.pixel_errors(X, rebuilt) == 0)
    title = f"0 wrong pixels in {exact} of {len(X)}" if binary else f"mean squared error {metrics.mse(X, rebuilt):.3g}"
    ax.figure.suptitle(title, fontsize=9)
    return ax.figure


def manifold(model, shape, bounds=None, n=20, data=None, ax=None):
    """Draw what the model decodes from a grid of codes, each picture in the place of its code; return the Axes.

    The code must have one or two numbers. Along each stand `n` pictures of `shape` (H, W); `bounds`, a (low, high)
    for each, are the centres of the outermost. None: the range of the codes of `data` and 5 % more, or -1 to 1
    without. Where `data` is given, a Font or samples (N, D), its codes are drawn on top.
    """
    size = int(np.prod(model.network_.code_shape))
    _check("code", f"{size} (latent_space draws any two of them)", "of one or two numbers", size <= 2)
    _check("n", n, "at least 2", n >= 2)
    codes, labels = (np.empty((0, size)), None) if data is None else _encoded(model, data)
    grid = [np.linspace(low, high, n) for low, high in _bounds(bounds, codes, size)]
    page = _mosaic(model, grid, shape)
    tall = page.shape[0] / page.shape[1] * (1 if data is None or size == 2 else 3)
    width = min(6.5, 7.0 / tall + 0.7)
    ax = _axes(ax, width, (width - 0.7) * tall + 0.6)
    _show(ax, page, grid, tall, faint=data is not None)
    y, offsets = (codes[:, 1], AROUND) if size == 2 else (np.ones(len(codes)), UPWARD)
    return _draw_codes(ax, codes[:, 0], y, labels, offsets)


def history(model, ax=None):
    """Draw the loss after each epoch above eta, return the Figure; or the loss alone on `ax`, and return that.

    Refinements are ticks at the lower edge. What is zero or not finite leaves a gap in the logarithmic scale.
    """
    if ax is not None:
        return _draw_loss(ax, model.history_)
    above, below = Figure(figsize=(6.5, 4.6), layout="constrained").subplots(2, sharex=True, height_ratios=[2, 1])
    _draw_loss(above, model.history_).set_xlabel("")
    _draw_series(below, model.history_["eta"], color=GREEN)
    below.set(xlabel="epoch", ylabel="eta")
    return below.figure


def new_glyphs(pixels, nearest, labels, distances, shape):
    """Draw new pictures, `pixels` (N, D) of `shape` (H, W), beside the training pictures `nearest` to them.

    `labels` are the N labels of these, and `distances` the N numbers of pixels that differ, as from
    `npae.metrics.nearest`. Returns the Figure.
    """
    counts = [len(values) for values in (pixels, nearest, labels, distances)]
    _check("pixels, nearest, labels and distances", counts, "equally many, at least one", len({*counts, 0}) == 2)
    height, width = _checked_shape(shape, np.size(pixels[0]))
    scale = min(0.6 / height, 1.5 / width)
    ax, places = _board(len(pixels), max(1.3, 2 * width * scale + 0.4), height * scale + 0.4)
    for i, (x, y) in enumerate(places):
        _tile(ax, pixels[i], shape, x - 0.06 - width * scale, y, scale)
        _tile(ax, nearest[i], shape, x + 0.06, y, scale)
        unit = "pixel" if distances[i] == 1 else "pixels"
        _text(ax, x, y + height * scale + 0.1, f"{distances[i]:g} {unit} from {labels[i]}")
    ax.figure.suptitle("new (left), nearest (right)", fontsize=9)
    return ax.figure


def _check(what, value, rule, holds):
    if not holds:
        raise ValueError(f"{what} must be {rule}, got {value}.")


def _axes(ax, width, height):
    return Figure(figsize=(width, height), layout="constrained").subplots() if ax is None else ax


def _flat(values):
    return np.asarray(values, dtype=float).reshape(len(values), -1)


def _encoded(model, data, labels=None):
    X = getattr(data, "pixels", data)
    labels = getattr(data, "labels", None) if labels is None and X is not data else labels
    given = len(X) if labels is None else len(labels)
    _check("labels", given, f"one a sample ({len(X)})", given == len(X))
    return _flat(model.encode(X)), labels


def _checked_shape(shape, size):
    _check("shape", shape, f"(H, W) with H * W = {size}", np.shape(shape) == (2,) and np.prod(shape) == size)
    return shape


def _bounds(bounds, codes, size):
    pairs = np.tile([-1.0, 1.0], size) if bounds is None else np.ravel(bounds)
    if bounds is None and len(codes):
        more = 0.05 * np.ptp(codes, axis=0) + 1e-3
        pairs = np.column_stack([codes.min(axis=0) - more, codes.max(axis=0) + more]).ravel()
    good = pairs.size == 2 * size and (pairs[::2] < pairs[1::2]).all()
    _check("bounds", bounds, f"{size} times (low, high) with low < high", good)
    return pairs.reshape(size, 2)


def _tile(ax, pixels, shape, left=0.0, top=0.0, scale=1.0, original=None):
    """Draw a picture in Axes whose y points down; cross out and count the pixels that differ from `original`."""
    x, y = left + scale * np.arange(shape[1] + 1), top + scale * np.arange(shape[0] + 1)
    lines = {"edgecolors": "0.8", "linewidth": 0.3} if np.size(pixels) <= 400 else {"rasterized": True}
    ax.pcolormesh(x, y, np.reshape(pixels, shape), cmap="Greys", vmin=0, vmax=1, **lines)
    if original is None:
        return 0
    wrong = np.argwhere(np.reshape((np.ravel(original) > 0.5) != (pixels > 0.5), shape))[:, ::-1]
    strokes = np.array([[[0.15, 0.15], [0.85, 0.85]], [[0.15, 0.85], [0.85, 0.15]]])
    crosses = [scale * (corner + stroke) + (left, top) for corner in wrong for stroke in strokes]
    ax.add_collection(LineCollection(crosses, colors=WRONG, linewidths=1.2), autolim=False)
    return len(wrong)


def _text(ax, x, y, text, **style):
    ax.text(x, y, text, **{"fontsize": 7.5, "ha": "center", "va": "center", "parse_math": False, **style})


def _board(n, width, height, margin=0.0):
    """Return Axes measured in inches from the upper left corner, and the (middle, top) of n cells in them."""
    columns = max(1, min(n, int((7.0 - margin) / width)))
    size = (max(margin + columns * width, 3.5), -(-n // columns) * height + 0.4)
    ax = Figure(figsize=size).add_axes((0, 0, 1, 1), xlim=(0, size[0]), ylim=(size[1], 0))
    ax.set_axis_off()
    return ax, [(margin + (i % columns + 0.5) * width, 0.5 + i // columns * height) for i in range(n)]


def _mosaic(model, grid, shape):
    """Decode the grid and lay the pictures out in one, codes growing to the right and up, nan between them."""
    codes = np.stack(np.meshgrid(*grid), axis=-1).reshape(-1, len(grid[0]), len(grid))[::-1]
    pictures = _flat(model.decode(codes.reshape(-1, *model.network_.code_shape)))
    height, width = _checked_shape(shape, pictures.shape[1])
    pictures = pictures.reshape(*codes.shape[:2], height, width)
    pictures = np.pad(pictures, [(0, 0), (0, 0), (0, 1), (0, 1)], constant_values=np.nan)
    return pictures.swapaxes(1, 2).reshape(len(codes) * (height + 1), -1)


def _show(ax, page, grid, tall, faint):
    edges = [1.5 * values[[0, -1]] - 0.5 * values[[1, -2]] for values in grid]
    extent = np.ravel([*edges, (0.0, 1.0)][:2])
    greys = colormaps["Greys"].with_extremes(bad="#DCE6F0")
    ax.imshow(page, greys, vmin=0, vmax=2 if faint else 1, extent=extent, aspect="auto", interpolation="nearest")
    ax.set(xlim=extent[:2], ylim=extent[2:], xlabel="code 1", ylabel="code 2", box_aspect=tall)
    if len(grid) == 1:
        ax.set(yticks=[], ylabel="", ylim=(0, tall * page.shape[1] / page.shape[0]))


def _draw_loss(ax, record):
    if "val_loss" in record:
        _draw_series(ax, record["val_loss"], label="validation loss", color=ORANGE, linestyle="--")
    _draw_series(ax, record["loss"], label="loss", color=BLUE)
    epochs = [refinement["epoch"] for refinement in record["refinements"]]
    ticks = {"transform": ax.get_xaxis_transform(), "label": "refinement" if epochs else None}
    ax.plot(epochs, np.full(len(epochs), 0.03), "|", color=WRONG, **ticks)
    ax.set(xlabel="epoch", ylabel="loss")
    ax.legend(fontsize=8)
    return ax


def _draw_series(ax, values, **style):
    values = np.asarray(values, dtype=float)
    values = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    ax.plot(np.arange(1, len(values) + 1), values, marker="." if len(values) <= 40 else "", **style)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if np.isfinite(values).any():
        ax.set_yscale("log")
        span = np.nanmax(values) / np.nanmin(values)
        locator = MaxNLocator(4) if 1 < span < 3 else LogLocator(subs=(1, 2, 5) if span < 99 else (1,))
        ax.yaxis.set(major_locator=locator, major_formatter="{x:g}", minor_formatter=NullFormatter())


def _draw_codes(ax, x, y, labels, offsets):
    labels = np.zeros(len(x)) if labels is None else np.array(list(labels))
    names, index = np.unique(labels, return_inverse=True)
    text = labels.dtype.kind == "U"
    if text and len(labels) <= 150 and (len(names) > 8 or len(names) == len(labels)):
        ax.scatter(x, y, s=8, color=BLUE)
        _write(ax, np.column_stack([x, y]), labels, offsets)
    elif len(names) <= 8:
        for i, name in enumerate(names):
            ax.scatter(x[index == i], y[index == i], s=14, c=OKABE_ITO[i], marker="os^DvPX*"[i], label=f"{name}")
        if len(names) > 1:
            ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=8, frameon=False, fontsize=8)
    else:
        dots = ax.scatter(x, y, s=12, c=index if text else labels, cmap="viridis")
        ax.figure.colorbar(dots, ax=ax, label="label, by its place in order" if text else "label")
    return ax


def _write(ax, points, labels, offsets):
    """Write labels beside their points, farther off in a crowd, with a line back to the point."""
    size, inch = 9.0 if len(labels) <= 40 else 7.5, ax.figure.dpi / 72
    ax.figure.figure.draw_without_rendering()  # the layout must be final to see what overlaps
    boxes = np.array([[size * (0.4 + 0.6 * len(label)), 1.15 * size] for label in labels])
    moves = _places(ax.transData.transform(points) / inch, boxes, offsets, ax.bbox.get_points() / inch)
    style = {"ha": "center", "va": "center", "size": size, "family": "monospace", "parse_math": False}
    ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.3} if ax.images else None
    line = {"arrowstyle": "-", "linewidth": 0.5, "color": QUIET, "shrinkA": 0, "shrinkB": 0}
    for label, point, move, box in zip(labels, points, moves, boxes, strict=True):
        arrow = line if np.hypot(*move) > 6 + box.max() / 2 else None
        ax.annotate(label, point, move, textcoords="offset points", arrowprops=arrow, bbox=ground, **style)


def _places(anchors, boxes, offsets, frame):
    """Choose the offset of each label from its anchor, all in points: near, and clear of the others and the frame."""

    def hits(centres, others, reach):
        return (np.abs(centres[:, None] - others) < reach).all(axis=2).sum(axis=1)

    gaps, along = np.hypot(*offsets.T), np.array([0.2, 0.35, 0.5, 0.65, 0.8])
    placed, obstacles = np.full_like(anchors, np.nan), anchors
    crowd = np.exp(-np.hypot(*(anchors[:, None] - anchors).T) / 20).sum(axis=1)
    for i in np.argsort(-crowd):
        moves = offsets * (1 + boxes[i] / (2 * gaps[:, None]))
        centres = anchors[i] + moves
        cost = gaps + 200 * hits(centres, placed, (boxes + boxes[i]) / 2)
        cost += 60 * hits(centres, obstacles, boxes[i] / 2 + 1.5)
        cost += 60 * sum(hits(anchors[i] + part * moves, placed, boxes / 2) for part in along)
        cost += 200 * (np.abs(centres - frame.mean(axis=0)) > (frame[1] - frame[0] - boxes[i]) / 2).any(axis=1)
        placed[i] = centres[np.argmin(cost)]
        obstacles = np.vstack([obstacles, anchors[i] + np.outer(along, placed[i] - anchors[i])])
    return placed - anchors
