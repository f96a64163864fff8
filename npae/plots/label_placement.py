"""Where labels go in a crowd of points: beside them, in a legend, or into a colour scale."""

import numpy as np
from matplotlib.patheffects import Stroke

from .colours import OKABE_ITO

__all__ = ["AROUND", "UPWARD", "mark", "places", "write"]

TURNS = np.exp(1j * np.pi / 8 * np.arange(16))
AROUND = np.array([(gap * t.real, gap * t.imag) for gap in (3, 5, 8, 12, 17, 23, 30, 38, 48, 60) for t in TURNS])
UPWARD = np.array([(x, y) for y in range(5, 105, 9) for x in (0, -3, 3)], dtype=float)  # points, as AROUND


def mark(ax, points, labels=None, offsets=AROUND):
    """Draw points so that each shows its label.

    Up to 150 strings are written beside their points if they differ, or have more than 8 values; up to 8 classes
    get a colour, a marker and a legend; more get a colour scale.

    Parameters
    ----------
    ax : Axes to draw on. Its limits and layout should be final, so that written labels can keep clear.
    points : array (N, 2), in the units of the data.
    labels : N strings or numbers, or None (default): the points are then all alike.
    offsets : array (K, 2), as in `write`; default AROUND.
    """
    labels = np.zeros(len(points)) if labels is None else np.array(list(labels))
    names, index = np.unique(labels, return_inverse=True)
    text = labels.dtype.kind == "U"
    if text and len(labels) <= 150 and (len(names) > 8 or len(names) == len(labels)):
        ax.scatter(*points.T, s=12, color=OKABE_ITO[0], edgecolors="white", linewidths=0.5)
        write(ax, points, labels, offsets)
    elif len(names) <= 8:
        for i, name in enumerate(names):
            ax.scatter(*points[index == i].T, s=14, c=OKABE_ITO[i], marker="os^DvPX*"[i], label=f"{name}")
        if len(names) > 1:
            ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=8, frameon=False, fontsize=8)
    else:
        dots = ax.scatter(*points.T, s=12, c=index if text else labels, cmap="viridis")
        ax.figure.colorbar(dots, ax=ax, label="label, by its place in order" if text else "label")


def write(ax, points, labels, offsets=AROUND):
    """Write labels beside their points, farther off in a crowd, with a line back to the point.

    Over an image they are bold and blue, with a white rim.

    Parameters
    ----------
    ax : Axes to write on, with its final limits.
    points : array (N, 2), in the units of the data.
    labels : N strings.
    offsets : array (K, 2) of gaps between point and label to choose from, in points (1/72 inch); default AROUND.
    """
    size, inch = 9.0 if len(labels) <= 40 else 7.5, ax.figure.dpi / 72
    ax.figure.figure.draw_without_rendering()  # the layout must be final to see what overlaps
    boxes = np.array([[size * (0.4 + 0.6 * len(label)), 1.15 * size] for label in labels])
    moves = places(ax.transData.transform(points) / inch, boxes, offsets, ax.bbox.get_points() / inch)
    style = {"ha": "center", "va": "center", "size": size, "family": "monospace", "parse_math": False}
    if ax.images:
        rim = [Stroke(linewidth=2.5, foreground="white"), Stroke(linewidth=0, snap=False)]  # snapped, a "_" can vanish
        style |= {"weight": "bold", "color": OKABE_ITO[0], "path_effects": rim}
    line = {"arrowstyle": "-", "linewidth": 0.5, "color": "0.4", "shrinkA": 0, "shrinkB": 0}
    for label, point, move, box in zip(labels, points, moves, boxes, strict=True):
        arrow = line if np.hypot(*move) > 6 + box.max() / 2 else None
        text = ax.annotate(label, point, move, textcoords="offset points", arrowprops=arrow, **style)
        text.set_in_layout(False)  # it was placed in the final layout and must not move that


def places(anchors, boxes, offsets, frame):
    """Choose where each label stands: near its anchor, clear of the others, of their lines and of the frame's edge.

    The labels in the thickest crowd choose first, each the cheapest of its K places. All lengths are in points.

    Parameters
    ----------
    anchors : array (N, 2), what the labels belong to.
    boxes : array (N, 2), width and height of each label.
    offsets : array (K, 2), the gaps to choose from, none of them zero; half the label's size is added to them.
    frame : array (2, 2), the lower left and the upper right corner of what the labels should stay in.

    Returns
    -------
    array (N, 2) : the way from each anchor to the centre of its label.
    """

    def hits(centres, others, reach):
        near = np.abs(centres[:, None] - others) < reach
        return np.count_nonzero(near[..., 0] & near[..., 1], axis=1)

    gaps, along = np.hypot(*offsets.T), np.array([0.2, 0.35, 0.5, 0.65, 0.8])
    placed, obstacles = np.empty_like(anchors), anchors
    crowd = np.exp(-np.hypot(*(anchors[:, None] - anchors).T) / 20).sum(axis=1)
    order = np.argsort(-crowd)
    for turn, i in enumerate(order):
        before, sizes = placed[order[:turn]], boxes[order[:turn]]
        moves = offsets * (1 + boxes[i] / (2 * gaps[:, None]))
        centres = anchors[i] + moves
        cost = gaps + 200 * hits(centres, before, (sizes + boxes[i]) / 2)
        cost += 60 * hits(centres, obstacles, boxes[i] / 2 + 1.5)
        cost += 60 * sum(hits(anchors[i] + part * moves, before, sizes / 2) for part in along)
        cost += 200 * (np.abs(centres - frame.mean(axis=0)) > (frame[1] - frame[0] - boxes[i]) / 2).any(axis=1)
        placed[i] = centres[np.argmin(cost)]
        obstacles = np.vstack([obstacles, anchors[i] + np.outer(along, placed[i] - anchors[i])])
    return placed - anchors
