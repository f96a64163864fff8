"""A picture of a network: what it makes of a sample, layer by layer, from the input through the code to the output."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from ..estimators.anomaly_detector import AnomalyDetector
from ..estimators.autoencoder import Autoencoder
from ..estimators.classifier import Classifier
from ..estimators.notebook_view import shown_network
from ..estimators.sklearn_contract import check_fitted
from ..layers import Layer
from ..network import LayerSummary, Network
from ..settings.array_types import Shape
from .axes import axes_or_new
from .colours import OKABE_ITO, QUIET

BLUE, ORANGE, GREEN, PINK = OKABE_ITO[:4]
COLOURS = {"Dense": BLUE, "GaussianCode": BLUE, "Conv": ORANGE, "LSTM": PINK, "Pool": GREEN, "Upsample": GREEN}
GREY = "0.6"
GAP, TALL, LEAST = 0.72, 2.1, 0.09  # inches: between arrays, of the longest axis, and of the shortest
THIN, DEEP = 0.1, 0.35  # of the length of an axis: how thick channels are, and how far a picture goes back
SIZE, LINE, LETTER = 8.0, 0.135, 0.068  # of the text: points; inches of a line, and of a letter


@dataclass(frozen=True)
class _Box:
    """An array as it is drawn: its left edge, the width and height of its front, and how far it goes back."""

    shape: Shape
    left: float
    width: float
    height: float
    back: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width + self.back


def architecture(
    model: Autoencoder | Classifier | AnomalyDetector | Network,
    in_shape: int | Sequence[int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the layers of a network: encoder, code and decoder, with shapes and numbers of parameters.

    Each block is an array for one sample: a bar for numbers side by side, a sheet of steps for a series, and a body for
    images, whose thickness are the channels. Lengths are logarithms of the numbers. Between them stand the layers, and
    how many parameters each has. Lines below connect a layer of the decoder with the layer of the encoder that it
    mirrors. A code with a halo is a GaussianCode.

    Parameters
    ----------
    model : Autoencoder, Classifier, AnomalyDetector or Network
        A fitted model or a network.
    in_shape : int or tuple of int, default None
        For an autoencoder that is not fitted: the number of features, or the shape of one sample.
    ax : Axes, default None
        Where to draw; None makes a figure, which is as wide as the network is deep.

    Returns
    -------
    Axes
        Its figure is `ax.figure`.

    Raises
    ------
    NotFittedError
        For an estimator that is not fitted, without `in_shape` (a ValueError).
    TypeError
        If the model is neither an estimator nor a network.

    Examples
    --------
    >>> import npae
    >>> ax = npae.plots.architecture(npae.Autoencoder([29, 23, 2], loss="bce"), 35)
    >>> ax.figure.savefig("architecture.png")
    """
    network = _network_of(model, in_shape)
    layers = network.summary().layers
    texts = [_text_of(layer, summary) for layer, summary in zip(network.layers, layers, strict=True)]
    boxes = _boxes([network.in_shape, *(layer.out_shape for layer in layers)], texts)
    levels = _levels(layers)
    width, low = boxes[-1].right + 0.5, -TALL / 2 - 0.55 - 0.17 * max(levels.values(), default=0)
    high = max(box.height / 2 + box.back for box in boxes) + 0.45 + LINE * max(map(len, texts))
    ax = axes_or_new(ax, width + 0.5, high - low)
    ax.set(xlim=(-0.5, width), ylim=(low, high))
    ax.set_axis_off()
    size = _text_size(ax, width + 0.5)
    for box, after, lines in zip(boxes, boxes[1:], texts, strict=False):
        _draw_layer(ax, box, after, lines, high, size)
    code = len(network.encoder.layers)
    for i, box in enumerate(boxes):
        _draw_box(ax, box, ORANGE if i == code else "white", network.variational and i == code)
        what = {0: "input", code: "code", len(boxes) - 1: "output"}.get(i, "")
        middle = (box.left + box.right) / 2
        text = " x ".join(map(str, box.shape)).replace("x", "\N{MULTIPLICATION SIGN}")
        ax.text(middle, -TALL / 2 - 0.12, f"{text}\n{what}", ha="center", va="top", fontsize=size)
    _draw_parts(ax, boxes, code, layers, high, size)
    _draw_mirrors(ax, boxes, layers, levels)
    return ax


def _network_of(model: Any, in_shape: Any) -> Network:
    if isinstance(model, Network):
        return model
    if isinstance(model, Autoencoder):
        return shown_network(model, in_shape, "architecture(model, 35)")
    if isinstance(model, (AnomalyDetector, Classifier)):
        check_fitted(model)
        fitted: Any = getattr(model, "autoencoder_", model)
        return cast(Network, fitted.network_)
    known = "an Autoencoder, a Classifier, an AnomalyDetector or a Network"
    raise TypeError(f"model must be {known}, got {model!r}.")


def _text_size(ax: Axes, width: float) -> float:
    """Return the size of the text for Axes that may be narrower than the picture was made for."""
    figure = ax.figure.figure
    inches = float(ax.get_position().width * figure.get_size_inches()[0])
    return max(3.0, SIZE * min(1.0, 1.1 * inches / width))


def _boxes(shapes: Sequence[Shape], texts: Sequence[list[str]]) -> list[_Box]:
    """Return the arrays from left to right; the longest axis of all is TALL, and texts fit between them."""
    unit, boxes, left = TALL / math.log1p(max(max(shape) for shape in shapes)), list[_Box](), 0.0

    def length(n: int) -> float:
        return max(LEAST, unit * math.log1p(n))

    gaps = [max(GAP, LETTER * max(map(len, text))) for text in texts]
    for shape, gap in zip(shapes, [*gaps, 0.0], strict=True):
        if len(shape) == 1:
            width, height, back = LEAST, length(shape[0]), 0.0
        elif len(shape) == 2:  # steps go to the right, and their numbers upwards
            width, height, back = max(LEAST, DEEP * length(shape[0])), length(shape[-1]), 0.0
        else:
            width, height, back = max(LEAST, THIN * length(shape[-1])), length(shape[0]), 0.3 * length(shape[-2])
        boxes.append(_Box(shape, left, width, height, back))
        left = boxes[-1].right + gap
    return boxes


def _draw_box(ax: Axes, box: _Box, colour: str, halo: bool) -> None:
    left, right, low, high, back = box.left, box.left + box.width, -box.height / 2, box.height / 2, box.back
    for reach in (0.16, 0.11, 0.06) if halo else ():
        corners = _rectangle(left - reach, right + reach, low - reach, high + reach)
        ax.add_patch(Polygon(corners, facecolor=colour, alpha=0.2, edgecolor="none", zorder=2))
    style: dict[str, Any] = {"edgecolor": "0.2", "linewidth": 0.8, "zorder": 3, "joinstyle": "round"}
    ax.add_patch(Polygon(_rectangle(left, right, low, high), facecolor=colour, **style))
    if back:
        top = [(left, high), (left + back, high + back), (right + back, high + back), (right, high)]
        side = [(right, low), (right + back, low + back), (right + back, high + back), (right, high)]
        ax.add_patch(Polygon(top, facecolor="0.93", **style))
        ax.add_patch(Polygon(side, facecolor="0.85", **style))
    if len(box.shape) == 2:
        steps = min(box.shape[0], 12)
        for i in range(1, steps):
            x = left + box.width * i / steps
            ax.plot([x, x], [low, high], color="0.75", linewidth=0.5, zorder=3)


def _rectangle(left: float, right: float, low: float, high: float) -> list[tuple[float, float]]:
    return [(left, low), (right, low), (right, high), (left, high)]


def _draw_layer(ax: Axes, before: _Box, after: _Box, lines: Sequence[str], high: float, size: float) -> None:
    """Draw what leads from one array to the next, and write above it what it is."""
    colour = next((colour for kind, colour in COLOURS.items() if kind in lines[0]), GREY)
    start, end = before.right, after.left
    one, other = before.height / 2, after.height / 2
    corners = [(start, before.back - one), (start, before.back + one), (end, other), (end, -other)]
    ax.add_patch(Polygon(corners, facecolor=colour, alpha=0.25, edgecolor="none", zorder=1))
    place = (start + end) / 2, high - 0.32
    ax.text(*place, "\n".join(lines), ha="center", va="top", fontsize=size, linespacing=1.15)


def _text_of(layer: Layer, summary: LayerSummary) -> list[str]:
    """Return the lines that say what a layer is; the last one is how many parameters it has."""
    activation = summary.activation if summary.activation != "identity" else ""
    count = f"{summary.parameters:,}" if summary.parameters else ""
    return [line for line in (type(layer).__name__, *_details(layer), activation, count) if line]


def _details(layer: Any) -> list[str]:
    """Return what the shapes do not say of a layer."""
    details = []
    if hasattr(layer, "kernel"):
        details.append(f"kernel {_sizes(layer.kernel)}")
    own = [field for field in ("stride", "dilation") if getattr(layer, field, 1) not in (1, None)]
    details += [f"{field} {_sizes(getattr(layer, field))}" for field in own]
    if getattr(layer, "sequences", False):
        details.append("all steps")
    if isinstance(getattr(layer, "p", None), float):
        details.append(f"p = {layer.p:g}")
    return details


def _sizes(value: Any) -> str:
    sizes = value if isinstance(value, tuple) else (value,)
    return "\N{MULTIPLICATION SIGN}".join(map(str, sizes if len(set(sizes)) > 1 else sizes[:1]))


def _draw_parts(
    ax: Axes, boxes: Sequence[_Box], code: int, layers: Sequence[LayerSummary], high: float, size: float
) -> None:
    """Write above the layers which of them are the encoder, and which the decoder."""
    for what, first, last in (("encoder", 0, code), ("decoder", code, len(boxes) - 1)):
        left, right = boxes[first].right + 0.04, boxes[last].left - 0.04
        count = sum(layer.parameters for layer in layers[first:last])
        ax.plot([left, right], [high - 0.24] * 2, color=QUIET, linewidth=0.8)
        text = what if last - first == 1 else f"{what}: {count:,}" + (" parameters" if right - left > 1.5 else "")
        ax.text((left + right) / 2, high - 0.2, text, ha="center", va="bottom", fontsize=size)


def _levels(layers: Sequence[LayerSummary]) -> dict[str, int]:
    """Return how far below the picture the line of each mirrored layer runs: the outermost is the lowest."""
    names = dict.fromkeys(layer.mirrors for layer in layers if layer.mirrors)
    return {name: level for level, name in enumerate(names, 1)}


def _draw_mirrors(ax: Axes, boxes: Sequence[_Box], layers: Sequence[LayerSummary], levels: dict[str, int]) -> None:
    places = [(before.right + after.left) / 2 for before, after in itertools.pairwise(boxes)]
    start = -TALL / 2 - 0.45
    for name, level in levels.items():
        one = next(place for place, layer in zip(places, layers, strict=True) if layer.name == name)
        others = [place for place, layer in zip(places, layers, strict=True) if layer.mirrors == name]
        y = start - 0.17 * level
        ax.plot([one, one, others[-1], others[-1]], [start, y, y, start], color=QUIET, linewidth=0.7)
        for other in others[:-1]:
            ax.plot([other, other], [start, y], color=QUIET, linewidth=0.7)
