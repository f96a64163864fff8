"""What the site draws itself: the logo, an hourglass of pixels, and the picture of how data flows."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

COLUMNS = (5, 4, 2, 4, 5)
INK = {5: "#0b5394", 4: "#3d85c6", 2: "#e69138"}


def write(folder: Path) -> None:
    """Write logo.svg and favicon.svg into a folder, where they are not there yet as they should be."""
    folder.mkdir(exist_ok=True)
    for name, margin in (("logo", 2), ("favicon", 0)):
        path, picture = folder / f"{name}.svg", hourglass(margin)
        if not path.exists() or path.read_text(encoding="utf-8") != picture:
            path.write_text(picture, encoding="utf-8")


def hourglass(margin: float) -> str:
    """Return the picture as SVG: a column of squares for each layer."""
    side, step = 8, 10
    places = [
        (margin + step * x, margin + step * (y + (5 - n) / 2), n) for x, n in enumerate(COLUMNS) for y in range(n)
    ]
    squares = [f'<rect x="{x}" y="{y:g}" width="{side}" height="{side}" rx="2" fill="{INK[n]}"/>' for x, y, n in places]
    size = 48 + 2 * margin
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" aria-label="npae">'
    return "\n".join([head, *squares, "</svg>\n"])


FORTH, BACK, DATA, MODEL = "#0b5394", "#b45f06", "#eef3f8", "#fdf3e7"
BOXES = {  # place, text, and colour
    "X": (0.6, 3, "X, as you\nhave it", DATA),
    "door": (2.3, 3, "door: shape,\nnames, gaps,\nweights", DATA),
    "scaling": (4.0, 3, "scaling", DATA),
    "noise": (5.5, 3, "noise, only\nin training", DATA),
    "encoder": (7.2, 3, "encoder", MODEL),
    "code": (7.2, 1.6, "code,\nL numbers", DATA),
    "decoder": (5.5, 1.6, "decoder", MODEL),
    "prediction": (4.0, 1.6, "prediction", DATA),
    "loss": (2.3, 1.6, "loss and\npenalties", MODEL),
    "theta": (5.5, 0.3, "theta: all weights, one vector", MODEL),
}
FORWARD = ("X", "door", "scaling", "noise", "encoder", "code", "decoder", "prediction", "loss")
NOTES = [
    (2.55, 2.28, "target", FORTH),
    (2.95, 0.72, "gradient, by\nthe way back", BACK),
    (6.5, 0.9, "weights, for decoder\nand encoder", BACK),
]


def data_flow() -> None:
    """Draw how a sample reaches the loss, and how its gradient reaches theta."""
    from matplotlib import pyplot

    _, axes = pyplot.subplots(figsize=(7.4, 3.6), layout="constrained")
    boxes = {}
    for name, (x, y, text, colour) in BOXES.items():
        style = {"boxstyle": "round,pad=0.45", "facecolor": colour, "edgecolor": "#8a99a8"}
        boxes[name] = axes.text(x, y, text, ha="center", va="center", fontsize=9, bbox=style, zorder=3)
    forward = [*itertools.pairwise(FORWARD), ("scaling", "loss")]
    for start, end in [*forward, ("loss", "theta"), ("theta", "decoder")]:
        _arrow(axes, boxes[start], boxes[end], FORTH if (start, end) in forward else BACK)
    for x, y, text, colour in NOTES:
        axes.text(x, y, text, ha="center", va="center", fontsize=8, color=colour)
    axes.set(xlim=(0, 8.2), ylim=(0, 3.5))
    axes.axis("off")


def _arrow(axes: Axes, start: Text, end: Text, colour: str) -> None:
    line = {
        "arrowstyle": "-|>",
        "color": colour,
        "lw": 1.5,
        "mutation_scale": 12,
    }
    ends = {"patchA": start.get_bbox_patch(), "patchB": end.get_bbox_patch(), "shrinkA": 1, "shrinkB": 2}
    axes.annotate("", end.get_position(), start.get_position(), arrowprops=line | ends, zorder=1)
