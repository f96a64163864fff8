"""Exact products of the Hessian with a vector: forward and back once more, along a direction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np

from ..layers import Layer
from ..layers.context import Context
from ..layers.parameters import Layout
from ..losses import Loss
from ..settings.array_types import AnyArray, BoolArray, FloatArray

Method = TypeVar("Method", bound=Callable[..., object])


class Hessian:
    """The second derivatives H of a network's loss on X, as products H v [1]_.

    Each layer takes part with the four passes of its `second_order`, which `npae.Layer` describes. The first two depend
    on theta alone, and are kept until theta changes: Newton methods ask for many products at one theta. The other two,
    along v, are made for each product. One object serves one thread at a time, and X and T must not change as long as
    it is used.

    Parameters
    ----------
    layers : sequence of Layer
        All layers from the samples to the loss.
    loss : Loss
        The loss.
    layout : Layout
        Where the layers' parameters lie in theta.
    X, T : arrays of shape (N, ...)
        The samples and targets, in the dtype to compute in.
    samples : int
        The size of the batch that X is a part of: products of the parts add up to the batch's.
    unit : float, default 1.0
        What a loss of 1 is worth: the loss is multiplied by it.
    weights : array of shape (N,), default None
        How much each sample counts, 1 on average; None if all count alike.

    Attributes
    ----------
    observed : array of bool like T, or None
        False where an entry of T is not observed and does not count.
    seen : float
        The share of the batch's entries that are observed.

    References
    ----------
    .. [1] Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994).
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        loss: Loss,
        layout: Layout,
        X: FloatArray,
        T: AnyArray,
        samples: int,
        unit: float = 1.0,
        weights: FloatArray | None = None,
    ) -> None:
        self._layers, self._loss, self._X, self._T, self._samples = layers, loss, X, T, samples
        self._unit, self._weights = unit, weights
        self.observed: BoolArray | None = None
        self.seen = 1.0
        self._context = Context(X.dtype)
        self._at: FloatArray | None = None
        self._theta, self._v, self._product = np.zeros((3, layout.size), X.dtype)
        self._params, self._directions, self._products = map(layout.by_layer, (self._theta, self._v, self._product))

    def product(self, theta: FloatArray, v: FloatArray) -> FloatArray:
        """Return H v at theta, a fresh vector in the wider of the dtypes of theta and network.

        Both vectors have the shape of theta, which is not checked.
        """
        if self._at is None or not np.array_equal(theta, self._at):
            self._move(theta)
        np.copyto(self._v, v, casting="same_kind")
        rx: FloatArray | None = None
        ways_back = []
        for along, direction in zip(self._alongs, self._directions, strict=True):
            rx, backward = along(rx, direction)
            ways_back.append(backward)
        assert rx is not None
        rdx: FloatArray | None = self._loss_along(rx)
        for backward, products in zip(reversed(ways_back), reversed(self._products), strict=True):
            assert rdx is not None
            rdx = backward(rdx, products)
        product = self._product * self._unit
        return product.astype(np.result_type(product.dtype, theta.dtype), copy=False)

    def _move(self, theta: FloatArray) -> None:
        """Go forward and back at theta, and keep the passes along v."""
        self._at = None
        np.copyto(self._theta, theta, casting="same_kind")
        self._context.begin(self._samples, weights=self._weights)
        x, ways_back, alongs = self._X, [], []
        for layer, params in zip(self._layers, self._params, strict=True):
            x, backward = _offered(layer.second_order)(x, params, self._context)
            ways_back.append(backward)
        self._context.observed, self._context.seen = self.observed, self.seen
        self._loss_along = _offered(self._loss.second_order)(x, self._T, self._context)
        if self._weights is not None or self.observed is not None:
            self._context.check_weighed("loss", self._loss)
        dx = self._loss.forward(x, self._T, self._context)[1]()
        for backward in reversed(ways_back):
            dx, along = backward(dx)
            alongs.append(along)
        self._alongs, self._at = alongs[::-1], theta.copy()


def _offered(second_order: Method | None) -> Method:
    """Return a method that `check_second_order` has seen."""
    assert second_order is not None
    return second_order


def offers_second_order(part: Layer | Loss) -> bool:
    """Return whether a layer or loss has a `second_order` that belongs to its `forward`, and draws no numbers.

    A `second_order` that is inherited by a class with a `forward` of its own differentiates another function, and does
    not count.
    """
    owner = next(cls for cls in type(part).__mro__ if not vars(cls).keys().isdisjoint({"forward", "second_order"}))
    return vars(owner).get("second_order") is not None and not getattr(part, "stochastic", False)


def check_second_order(parts: Iterable[Layer | Loss]) -> None:
    """Raise ValueError if one of these layers and losses does not offer `second_order`."""
    for part in parts:
        if not offers_second_order(part):
            hint = "Use differences of gradients, or give it a second_order as npae.Layer describes."
            raise ValueError(f"layers and loss must offer second_order for an exact Hessian, got {part!r}. {hint}")
