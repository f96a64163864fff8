"""Are `linearize` of a layer and `curvature` of a loss right? Both against central differences, along directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from ..layers import Layer
from ..layers.context import Context
from ..layers.linearization import Linearization
from ..layers.parameters import Group, Layout
from ..losses import LossCurvature
from ..samples import Samples
from ..settings.array_types import FloatArray, IntArray
from .curvature_contracts import check_curvature, entered
from .curvature_offers import linearized, offered_curvature, offers, offers_linearization
from .filled_gradients import named_gradients
from .gradient_report import GradientReport
from .network import Network
from .promised_linearization import checked_along, checked_linearization

STEP = 6e-6  # eps^(1/3): rounding and truncation errors of a central difference balance
TRIES = 2  # directions of which one must agree: another one may cross a corner
AGREES = 1e-7  # an error that needs no second try
MANY = 10**9  # numbers that the root of a loss's curvature is not multiplied out for

Begin: TypeAlias = Callable[[Context], None]  # begins a pass
Dot: TypeAlias = Callable[[Any, FloatArray], Any]
Draws: TypeAlias = Callable[[], np.random.Generator | None]
Reports: TypeAlias = Iterator[GradientReport]


def report_of_layer(
    layer: Layer, group: Group, x: FloatArray, theta: FloatArray, rng: np.random.Generator, begin: Begin
) -> GradientReport | None:
    """Return the worst entry of what `linearize` of a layer returns, None if it has none.

    Its arrays are those of a group of a layout, and lie in theta.
    """
    if not offers_linearization(layer):
        return None

    def forward(share: float, rx: FloatArray, v: FloatArray) -> FloatArray:
        context = Context(x.dtype)
        begin(context)
        (params,) = Layout([group]).by_layer(theta + share * v)
        return np.array(layer.forward(x + share * rx, params, context)[0])

    def tried() -> GradientReport:
        context = Context(x.dtype)
        begin(context)
        rx, v = _direction(rng, x, theta)
        check = _LayerCheck(layer, group, x, forward(0.0, rx, v), theta, context, rng)
        found = [*check.along(rx, v, forward(STEP, rx, v), forward(-STEP, rx, v)), *check.back(moves=True)]
        if theta.size:
            still = np.zeros_like(x)
            found += check.along(None, v, forward(STEP, still, v), forward(-STEP, still, v))
        return _worst(found)

    return _least(tried)


def report_of_network(
    network: Network, theta: FloatArray, samples: Samples, rng: np.random.Generator, draws: Draws
) -> GradientReport | None:
    """Return the worst entry of what `linearize` of all layers and `curvature` of the loss return, None if none has.

    Each layer is looked at along the direction in which what enters it moves if theta does.
    """
    groups = network.encoder.groups + network.decoder.groups
    ends = np.cumsum([Layout([group]).size for group in groups])
    first = int(np.argmax(ends > 0))

    def tried() -> GradientReport | None:
        (v,) = _direction(rng, theta)
        paths = [_outputs(network, theta + share * v, samples, draws()) for share in (0.0, STEP, -STEP)]
        found: list[GradientReport] = []
        context = Context(network.dtype)
        _, t, seen = entered(network, samples, context, draws())
        for index, (layer, group) in enumerate(zip(network.layers, groups, strict=True)):
            (x, ahead, behind), (y, *moved) = (tuple(path[i] for path in paths) for i in (index, index + 1))
            own = slice(ends[index] - Layout([group]).size, ends[index])
            context.feeds_loss = index == len(groups) - 1
            if index < first or not offers_linearization(layer):
                layer.forward(x, Layout([group]).by_layer(theta[own])[0], context)  # draws what it draws
                continue
            check = _LayerCheck(layer, group, x, y, theta[own], context, rng)
            rx = None if index == first else (ahead - behind) / (2 * STEP)
            found += [*check.along(rx, v[own], *moved), *check.back(moves=index > first)]
        context.observed, context.seen = seen
        if offers(network.loss, "curvature"):
            found += _of_loss(network, paths[0][-1], t, context, rng)
        return _worst(found) if found else None

    return _least(tried)


class _LayerCheck:
    """The linearization of a layer at x and theta, where its output is y."""

    def __init__(
        self,
        layer: Layer,
        group: Group,
        x: FloatArray,
        y: FloatArray,
        theta: FloatArray,
        context: Context,
        rng: np.random.Generator,
    ) -> None:
        method = "linearize" if offers(layer, "linearize") else "second_order"
        self._layout, self._name = Layout([group]), f"{group[0]}.{method}"
        self._layer, self._x, self._y, self._context, self._rng = layer, x, y, context, rng
        made: Linearization = linearized(layer, x, self._layout.by_layer(theta)[0], context)
        self._part = checked_linearization(made, self._name, y.shape)
        self._mark = context.scratch.mark()

    def along(self, rx: FloatArray | None, v: FloatArray, ahead: FloatArray, behind: FloatArray) -> Reports:
        """Compare y with the output, and `along` with the outputs STEP ahead and behind."""
        yield _compared(f"{self._name}.y", self._part.y, self._y, ("linearize", "forward"))
        numeric, rounding = (ahead - behind) / (2 * STEP), _rounding(self._y)
        ry, _ = self._along(rx, v)
        yield _compared(f"{self._name}.along", ry, numeric, ("along", "central differences"), rounding)

    def back(self, moves: bool) -> Reports:
        """Compare `back` with the transpose of `along`, for x, if it moves, and each array alone."""
        still = np.zeros_like(self._x) if moves else None
        if moves:
            rx = self._rng.standard_normal(self._x.shape)
            yield self._transposed("dx", rx, np.zeros(self._layout.size), lambda dx, _: np.vdot(rx, dx))
        for name in self._layout.specs:
            v = np.zeros(self._layout.size)
            own = self._layout.indices([name])
            v[own] = self._rng.standard_normal(own.size)
            yield self._transposed(name.rpartition(".")[2], still, v, _dot_of(v, own))

    def _transposed(self, what: str, rx: FloatArray | None, v: FloatArray, dot: Dot) -> GradientReport:
        """Compare <v, J' u> with <J v, u>, for a random u; a layer that charges adds r' K r to both."""
        ry, back = self._along(rx, v)
        u = self._rng.standard_normal(ry.shape)
        charged = sum(float(np.vdot(r, Kr)) for r, Kr in self._context.charged_along)
        product = np.full(self._layout.size, np.nan)  # what is not filled shows
        (products,) = self._layout.by_layer(product)
        dx = back(u.copy(), named_gradients(self._layer, self._name, products))
        other, scale = float(np.vdot(ry, u)) + charged, float(np.linalg.norm(ry) * np.linalg.norm(u)) + abs(charged)
        ways = ("back", "the transpose of along")
        return _compared(f"{self._name}.back: {what}", dot(dx, product), other, ways, scale=scale)

    def _along(self, rx: FloatArray | None, v: FloatArray) -> tuple[FloatArray, Callable[..., FloatArray | None]]:
        self._context.scratch.rewind(self._mark)
        self._context.charged_along = []
        ry, back = checked_along(self._part.along(rx, *self._layout.by_layer(v)), self._name, self._y)
        return ry.copy(), back


def _dot_of(v: FloatArray, own: IntArray) -> Dot:
    """Return the function of (dx, product) that is the part of <v, product> at some entries."""
    return lambda _, product: np.vdot(v[own], product[own])


def _outputs(
    network: Network, theta: FloatArray, samples: Samples, rng: np.random.Generator | None
) -> list[FloatArray]:
    """Return what enters each layer, and the logits."""
    context = Context(network.dtype)
    x, _, _ = entered(network, samples, context, rng)
    outputs = [np.array(x)]
    for index, (layer, params) in enumerate(zip(network.layers, network._layout.by_layer(theta), strict=True)):
        context.feeds_loss = index == len(network.layers) - 1
        outputs.append(np.array(layer.forward(outputs[-1], params, context)[0]))
    return outputs


def _of_loss(network: Network, z: FloatArray, t: FloatArray, context: Context, rng: np.random.Generator) -> Reports:
    """Compare `times` with differences of the loss's gradient in z, and `draw` and `total` with `times`."""
    loss, name = network.loss, f"{type(network.loss).__name__}.curvature"
    made: LossCurvature = offered_curvature(loss)(z, t, context)
    check_curvature(made, type(loss).__name__, z, t)
    (v,) = _direction(rng, z)
    ahead, behind = (np.array(loss.forward(z + share * v, t, context)[1]()) for share in (STEP, -STEP))
    numeric, product = (ahead - behind) / (2 * STEP), np.array(made.times(v.copy()))
    report = _compared(f"{name}.times", product, numeric, ("times", "central differences"), _rounding(ahead))
    yield report
    if not report.error <= AGREES:  # nothing else can be compared with it
        return
    rows = len(z)
    if z.size * z[0].size <= MANY:
        drawn = np.zeros_like(z)
        for entry in range(z[0].size):
            unit = np.zeros_like(z)
            unit.reshape(rows, -1)[:, entry] = 1.0
            column = np.array(made.draw(unit)).reshape(rows, -1)
            drawn += (column * (column * v.reshape(rows, -1)).sum(axis=1, keepdims=True)).reshape(z.shape)
        yield _compared(f"{name}.draw", drawn, product, ("the covariance of draw", "times"))
    if made.total is not None and z.ndim == 2:
        total, same = made.total(), np.broadcast_to(v[0], z.shape)
        one = total * v[0] if total.ndim == 1 else total @ v[0]
        yield _compared(f"{name}.total", one, made.times(same.copy()).sum(axis=0), ("total", "times"))


def _direction(rng: np.random.Generator, *arrays: FloatArray) -> list[FloatArray]:
    """Return a random direction of length 1 in which arrays move together."""
    parts = [rng.standard_normal(array.shape) for array in arrays]
    length = np.sqrt(sum(float(np.vdot(part, part)) for part in parts)) or 1.0
    return [part / length for part in parts]


def _rounding(values: FloatArray) -> float:
    """Return what rounding makes of a central difference of such values."""
    return 4 * float(np.abs(values).max(initial=0.0)) * float(np.finfo(values.dtype).eps) / STEP


def _compared(
    name: str,
    one: FloatArray | float,
    other: FloatArray | float,
    ways: tuple[str, str],
    rounding: float = 0.0,
    scale: float | None = None,
) -> GradientReport:
    """Return the entry at which two arrays differ most, relative to the largest number of the other."""
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    size = float(np.abs(second).max(initial=0.0)) if scale is None else scale
    with np.errstate(all="ignore"):
        error = np.maximum(np.abs(first - second) - rounding, 0.0) / (size or 1.0)
    if error.size == 0:
        return GradientReport(0.0, name, 0.0, 0.0, 0, ways)
    at = np.unravel_index(int(np.argmax(np.where(np.isfinite(error), error, np.inf))), error.shape)
    entry = f"{name}[{', '.join(map(str, at))}]" if at else name
    return GradientReport(float(error[at]), entry, float(first[at]), float(second[at]), error.size, ways)


def _worst(reports: list[GradientReport]) -> GradientReport:
    """Return the report of the largest error; NaN is larger than all."""
    return max(reports, key=lambda report: report.error if np.isfinite(report.error) else np.inf)


def _least(tried: Callable[[], GradientReport | None]) -> GradientReport | None:
    """Return the better of some tries, or the first that agrees."""
    best: GradientReport | None = None
    for _ in range(TRIES):
        report = tried()
        if report is None or report.error < AGREES:
            return report
        best = report if best is None or report.error < best.error else best
    return best
