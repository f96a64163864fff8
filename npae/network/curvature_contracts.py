"""Does what is one's own return the derivatives that Gauss-Newton matrices are made of? Two samples tell."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layers import Layer
from ..layers.context import Context
from ..layers.second_moment import SecondMoment, is_finite
from ..losses import LossCurvature
from ..samples import Samples
from ..settings.array_types import BoolArray, FloatArray, Views
from ..settings.returned import has_shape, is_pair, promise
from .curvature_offers import linearized, offered_curvature, offers
from .filled_gradients import named_gradients, refuse_replaced
from .promised_linearization import checked_along, checked_linearization, promise_finite
from .sides import both_filled, both_scaled

if TYPE_CHECKING:
    from .network import Network

DIRECTIONS = 3  # along which the second derivatives of a loss must not be negative
ENTRIES = 50  # of a sample's logits, along which they must not be either
ROUNDING = 1 / 3  # power of the precision that two ways to the same output may differ by


def check_curved_parts(network: Network, theta: FloatArray, samples: Samples, epoch: float) -> None:
    """Raise BrokenPromise for the first own `linearize` or `curvature` that returns something else than promised."""
    context, rng = Context(network.dtype), np.random.default_rng(0) if network.stochastic else None
    context.epoch = epoch
    x, t, seen = entered(network, samples, context, rng)
    views = network._layout.by_layer(theta)
    for index, (name, layer) in enumerate(zip(network.layer_names, network.layers, strict=True)):
        context.feeds_loss = index == len(network.layers) - 1
        if is_own(layer) and offers(layer, "linearize"):
            x = _checked_layer(layer, name, x, views[index], context, first=index == 0)
        else:
            x = linearized(layer, x, views[index], context).y
    context.observed, context.seen = seen
    if is_own(network.loss) and offers(network.loss, "curvature"):
        check_curvature(offered_curvature(network.loss)(x, t, context), type(network.loss).__name__, x, t)


def entered(
    network: Network, samples: Samples, context: Context, rng: np.random.Generator | None
) -> tuple[FloatArray, FloatArray, tuple[BoolArray | None, float]]:
    """Begin a pass; return what enters the first layer, the targets, and what of them the loss observes."""
    X, shares, observed = np.array(samples.X, network.dtype), samples.shares(), None
    T = X if samples.T is None else np.array(samples.T, network.dtype)
    context.begin(len(X), rng, samples.mask, shares["real"], weights=shares["weights"])
    if network.fill is not None:
        X, T, observed = both_filled(network, X, T, shares["seen"])
    noisy = X if rng is None or network.noise is None else network.noise.apply(X, rng)
    x, t = (noisy, T) if network._unscaled else both_scaled(network, noisy, X, T, context.scratch)
    return context.without_padding(x), t, (observed, shares["seen"])


def is_own(part: object) -> bool:
    """Return whether a class is the user's."""
    return not type(part).__module__.startswith("npae.")


def check_curvature(made: Any, name: str, z: FloatArray, t: FloatArray) -> None:
    """Raise BrokenPromise unless `curvature` of a loss made the second derivatives of a convex function of z."""
    what, known = f"curvature of {name}", np.isfinite(z).all() and np.isfinite(t).all()
    promise(isinstance(made, LossCurvature), what, "an npae.LossCurvature", made)
    rng = np.random.default_rng(0)
    signs = np.where(rng.random(z.shape) < 0.5, -1, 1).astype(z.dtype)
    for function, argument in (("times", "rz"), ("draw", "signs")):
        result = getattr(made, function)(signs.copy())
        promise(has_shape(result, z.shape), f"{what}: {function}({argument})", f"an array like z, {z.shape}", result)
        promise_finite(result, f"{what}: {function}({argument})", *((z,) if known else ()))
    if made.total is not None and z.ndim == 2:
        result, size = made.total(), z.shape[1]
        rule = f"an array ({size}, {size}) or ({size},) for z {z.shape}"
        promise(has_shape(result, (size, size)) or has_shape(result, (size,)), f"{what}: total()", rule, result)
        promise_finite(result, f"{what}: total()", *((z,) if known else ()))
    if known:
        _check_convex(made, what, z, rng)


def _checked_layer(layer: Layer, name: str, x: FloatArray, params: Views, context: Context, first: bool) -> FloatArray:
    """Return a layer's output; look at all that its `linearize` returns."""
    what, rng = f"{name} ({type(layer).__name__}): linearize", context.rng
    context.rng = context.code_rng = copy.deepcopy(rng)  # draws what linearize draws
    y = np.array(layer.forward(x, params, context)[0])
    context.rng = context.code_rng = rng
    part = checked_linearization(linearized(layer, x, params, context), what, y.shape)
    _check_same(part.y, y, what)
    moves = None if first else np.ones_like(x)
    ones = {key: np.ones_like(array) for key, array in params.items()}
    _, back = checked_along(part.along(moves, ones), what, y)
    products = {key: np.zeros_like(array) for key, array in params.items()}
    named = named_gradients(layer, what, products)
    dx = back(np.ones_like(y), named)
    refuse_replaced(what, named, products)
    promise(has_shape(dx, x.shape) or (first and dx is None), f"{what}: back", f"dx of the shape of x, {x.shape}", dx)
    if part.factors is not None:
        _check_factors(part.factors, what, x, y, params, context, first)
    return y


def _check_same(y: FloatArray, known: FloatArray, what: str) -> None:
    """Raise BrokenPromise unless y is what `forward` has returned."""
    if np.isfinite(known).all():
        off = float(np.abs(y - known).max(initial=0.0))
        most = float(np.finfo(known.dtype).eps) ** ROUNDING * float(np.abs(known).max(initial=0.0))
        promise(off <= most, what, "the y of forward", y, f"They differ by up to {off:.3g}.")


def _check_factors(
    factors: Callable[..., Any], what: str, x: FloatArray, y: FloatArray, params: Views, context: Context, first: bool
) -> None:
    context.factor_rng = np.random.default_rng(0)
    made = factors(np.ones_like(y))
    context.factor_rng = None
    what = f"{what}: factors"
    promise(is_pair(made) and isinstance(made[1], Mapping), what, "two, (dx, {name: (L, R)})", made)
    dx, pairs = made
    promise(has_shape(dx, x.shape) or (first and dx is None), what, f"dx of the shape of x, {x.shape}", dx)
    for name, pair in pairs.items():
        promise(name in params, what, f"factors of {', '.join(map(repr, params)) or 'no array'}", name)
        columns = params[name].shape[-1]
        promise(is_pair(pair), what, f"two factors, (L, R), of {name!r}", pair)
        for side, factor, size in zip("LR", pair, (params[name].size // max(columns, 1), columns), strict=True):
            rule = f"{side} of shape ({size}, {size}) for {name!r} of shape {params[name].shape}"
            square = isinstance(factor, (np.ndarray, SecondMoment)) and factor.shape == (size, size)
            promise(square, what, rule, factor)
            finite = not np.isfinite(y).all() or is_finite(factor)
            promise(finite, what, f"finite numbers as {side} of {name!r}", factor, "Some are NaN or infinite.")


def _check_convex(made: LossCurvature, what: str, z: FloatArray, rng: np.random.Generator) -> None:
    """Raise BrokenPromise for a direction v with v'Hv < 0: of all logits, of a sample's, or of one number of each."""
    directions = [rng.standard_normal(z.shape).astype(z.dtype) for _ in range(DIRECTIONS)]
    for entry in range(min(z[0].size, ENTRIES)):
        unit = np.zeros_like(z)
        unit.reshape(len(z), -1)[:, entry] = 1.0
        directions.append(unit)
    least = float(np.finfo(z.dtype).eps) ** 0.5
    for v in directions:
        product = (v * made.times(v.copy())).reshape(len(z), -1)
        forms, sizes = product.sum(axis=1), np.abs(product).sum(axis=1)
        form = float(forms.min(initial=0.0))
        hint = "Is the loss convex in z? If it is not, leave curvature out, or leave out what makes it negative."
        rule = "H with v'Hv >= 0 for each sample's v"
        promise(bool((forms >= -least * sizes).all()), f"{what}: times", rule, form, hint)
