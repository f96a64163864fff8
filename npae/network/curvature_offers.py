"""What layers and losses offer for a Gauss-Newton matrix: a layer as a linear map, and how a loss is curved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..layers import Layer
from ..layers.context import Context
from ..layers.linearization import Linearization, linearized_by_differences, linearized_by_second_order
from ..losses import Loss
from ..penalties import WeightPenalty
from ..settings.array_types import FloatArray, Views
from .hessian import offers_second_order


def linearized(layer: Layer, x: FloatArray, params: Views, context: Context) -> Linearization:
    """Return a layer as a linear map at x."""
    if offers(layer, "linearize"):
        assert layer.linearize is not None
        return layer.linearize(x, params, context)
    if offers_second_order(layer):
        assert layer.second_order is not None
        return linearized_by_second_order(layer.second_order, x, params, context)
    return linearized_by_differences(layer, x, params, context)


def offers(part: Layer | Loss | WeightPenalty, method: str, of: str = "forward") -> bool:
    """Return whether a layer, loss or penalty has a method that belongs to its `forward`, or to another one.

    One that is inherited by a class with a `forward` of its own is about another function, and does not count.
    """
    owner = next(cls for cls in type(part).__mro__ if not vars(cls).keys().isdisjoint({of, method}))
    return vars(owner).get(method) is not None


def offers_linearization(layer: Layer) -> bool:
    """Return whether a layer can be taken as a linear map, exactly."""
    return offers(layer, "linearize") or offers_second_order(layer)


def offered_curvature(loss: Loss) -> Any:
    """Return a method that `check_gauss_newton` has seen."""
    assert loss.curvature is not None
    return loss.curvature


def check_gauss_newton(layers: Iterable[Layer], loss: Loss) -> None:
    """Raise ValueError if a layer or the loss does not offer what a Gauss-Newton matrix is made of."""
    for layer in layers:
        if not offers_linearization(layer):
            hint = "Give it a linearize as npae.Linearization describes, or a second_order."
            raise ValueError(f"layers must offer linearize for a Gauss-Newton matrix, got {layer!r}. {hint}")
    check_curvature(loss)


def check_curvature(loss: Loss) -> None:
    """Raise ValueError if a loss does not say how it is curved."""
    if not offers(loss, "curvature"):
        hint = "Give it a curvature as npae.LossCurvature describes, or use 'mse', 'bce' or 'cross_entropy'."
        raise ValueError(f"loss must offer curvature for a Gauss-Newton matrix, got {loss!r}. {hint}")
