"""How labels find room among many points: beside them, in a legend, or in a colour scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.legend import Legend
from matplotlib.patheffects import Stroke
from matplotlib.transforms import Bbox

from ..settings.array_types import AnyArray, FloatArray, IntArray
from .colours import INKS, MORE_INKS

if TYPE_CHECKING:
    from matplotlib.axes._base import _AxesBase

__all__ = ["AROUND", "UPWARD", "draw_points", "frame_of", "place_labels", "write_labels"]

DIRECTIONS = np.exp(1j * np.pi / 8 * np.arange(16))
AROUND = np.array([(gap * d.real, gap * d.imag) for gap in (3, 5, 8, 12, 17, 23, 30, 38, 48, 60) for d in DIRECTIONS])
UPWARD = np.array([(x, y) for y in range(5, 105, 9) for x in (0, -3, 3)], dtype=float)  # in points, like AROUND

HUES, MARKERS = INKS + MORE_INKS, "os^DvPX*<h"  # of classes
MARKS = frozenset("_-|/\\'`.,:;^~\"\N{MINUS SIGN}")
FRAMED = {"facecolor": "white", "edgecolor": "0.6", "linewidth": 0.5, "boxstyle": "round,pad=0.15"}
LINE = {"arrowstyle": "-", "linewidth": 0.5, "color": "0.4", "shrinkA": 0, "shrinkB": 0}  # from a label to its point


def draw_points(
    ax: Axes, points: FloatArray, labels: Sequence[Any] | AnyArray | None = None, offsets: FloatArray = AROUND
) -> None:
    """Draw points (N, 2), in the units of the data, so that each shows its label.

    Up to 150 strings are written beside their points if they all differ, or have more than 8 values. Up to 10 classes,
    8 of numbers with decimals, get a colour and a marker each in a legend; more get a colour scale. Without labels all
    points look the same. The limits and the layout of the Axes should be final, so that written labels do not overlap.
    """
    values = np.zeros(len(points)) if labels is None else np.array(list(labels))
    names, index = np.unique(values, return_inverse=True)
    text, (x, y) = values.dtype.kind == "U", points.T
    if text and len(values) <= 150 and (len(names) > 8 or len(names) == len(values)):
        ax.scatter(x, y, s=12, color=INKS[0], edgecolors="white", linewidths=0.5)
        write_labels(ax, points, values, offsets)
    elif len(names) <= (8 if values.dtype.kind == "f" else len(HUES)):
        for i, name in enumerate(names):
            own = index == i
            ax.scatter(x[own], y[own], s=14, c=HUES[i], marker=MARKERS[i], label=f"{name}")
        if len(names) > 1:
            columns = 8 if len(names) <= 8 else len(names) if max(len(f"{name}") for name in names) <= 3 else 5
            style = {"frameon": False, "fontsize": 8, "ncols": columns, "columnspacing": 2.0 if columns <= 8 else 1.0}
            legend = ax.legend(loc="lower left", bbox_to_anchor=(0, 1), **style)
            _lift_title(ax, legend)
    else:
        dots = ax.scatter(x, y, s=12, c=index if text else values, cmap="viridis")
        ax.figure.colorbar(dots, ax=ax, label="label, by its place in order" if text else "label")


@dataclass(frozen=True)
class _PlaceOf:
    """Where a legend is, as matplotlib asks for the place of Axes inside others."""

    legend: Legend

    def __call__(self, ax: _AxesBase, renderer: RendererBase) -> Bbox:
        extent = self.legend.get_window_extent(renderer)
        return Bbox(ax.figure.transSubfigure.inverted().transform(extent))


def _lift_title(ax: Axes, legend: Legend) -> None:
    """Let the title of the Axes stand above the legend, whenever it is set: it keeps clear of inner Axes."""
    strip = ax.inset_axes((0, 1, 1, 0), visible=False)
    strip.set_axes_locator(_PlaceOf(legend))


def write_labels(ax: Axes, points: FloatArray, labels: Sequence[str] | AnyArray, offsets: FloatArray = AROUND) -> None:
    """Write labels beside points (N, 2): the denser the crowd, the farther off, with a line back to the point.

    Over an image they are bold and blue, on white. A label that is only a mark, such as "_", has a frame, so that it
    does not look like a line of the picture. The Axes must have their final limits. `offsets` (K, 2) are
    the gaps between point and label to choose from, in points (1/72 inch).
    """
    size, inch = 9.0 if len(labels) <= 40 else 7.5, ax.figure.dpi / 72
    ax.figure.figure.draw_without_rendering()  # only the final layout shows what overlaps
    boxes = np.array([[size * (0.4 + 0.6 * len(label)), 1.15 * size] for label in labels])
    moves = place_labels(ax.transData.transform(points) / inch, boxes, offsets, ax.bbox.get_points() / inch)
    style: dict[str, Any] = {"ha": "center", "va": "center", "size": size, "family": "monospace", "parse_math": False}
    if ax.images:
        rim = [Stroke(linewidth=2.5, foreground="white"), Stroke(linewidth=0, snap=False)]  # snapped, a "_" can vanish
        ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "boxstyle": "round,pad=0.1"}
        style |= {"weight": "bold", "color": INKS[0], "path_effects": rim, "bbox": ground}
    for label, point, move, box in zip(labels, points, moves, boxes, strict=True):
        arrow = LINE if np.hypot(*move) > 6 + box.max() / 2 else None
        own = style | frame_of(label)
        text = ax.annotate(label, point, move, textcoords="offset points", arrowprops=arrow, **own)
        text.set_in_layout(False)  # it was placed in the final layout and must not change that


def frame_of(label: object) -> dict[str, Any]:
    """Return the properties of a Text that frame a label which is only a mark, such as "_" or "`"; {} for others."""
    return {"bbox": FRAMED} if label and MARKS.issuperset(str(label)) else {}


def place_labels(anchors: FloatArray, boxes: FloatArray, offsets: FloatArray, frame: FloatArray) -> FloatArray:
    """Choose where each label goes: near its anchor, clear of other labels, their lines and the edge of the frame.

    The labels in the densest crowd choose first, each the cheapest of its K places. All lengths are in points.

    Parameters
    ----------
    anchors : array of shape (N, 2)
        What the labels belong to.
    boxes : array of shape (N, 2)
        The width and the height of each label.
    offsets : array of shape (K, 2)
        The gaps to choose from, none of them zero; half the label's size is added to each.
    frame : array of shape (2, 2)
        The lower left and the upper right corner of the area that should contain the labels.

    Returns
    -------
    array of shape (N, 2)
        The way from each anchor to the centre of its label.
    """

    def hits(centres: FloatArray, others: FloatArray, reach: FloatArray) -> IntArray:
        near = np.abs(centres[:, None] - others) < reach
        count: IntArray = np.count_nonzero(near[..., 0] & near[..., 1], axis=1)
        return count

    gaps, along = np.hypot(*offsets.T), np.array([0.2, 0.35, 0.5, 0.65, 0.8])
    placed, obstacles = np.empty_like(anchors), anchors
    crowd = np.exp(-np.hypot(*(anchors[:, None] - anchors).T) / 20).sum(axis=1)
    order = np.argsort(-crowd)
    for position, i in enumerate(order):
        before, sizes = placed[order[:position]], boxes[order[:position]]
        moves = offsets * (1 + boxes[i] / (2 * gaps[:, None]))
        centres = anchors[i] + moves
        cost = gaps + 200 * hits(centres, before, (sizes + boxes[i]) / 2)
        cost += 60 * hits(centres, obstacles, boxes[i] / 2 + 1.5)
        cost += 60 * sum(hits(anchors[i] + part * moves, before, sizes / 2) for part in along)
        cost += 200 * (np.abs(centres - frame.mean(axis=0)) > (frame[1] - frame[0] - boxes[i]) / 2).any(axis=1)
        placed[i] = centres[np.argmin(cost)]
        obstacles = np.vstack([obstacles, anchors[i] + np.outer(along, placed[i] - anchors[i])])
    return placed - anchors
