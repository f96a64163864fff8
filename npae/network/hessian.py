"""Exact products of the Hessian with a vector: forward and back once more, along a direction."""

import numpy as np

from ..layers.context import Context


class Hessian:
    """The second derivatives H of a network's loss on X, as products H v.

    Where `forward` returns the way back, a layer's `second_order` leads through four passes, each of which returns
    the next. An r in front means: derivative along v, which is a direction to move theta in.

        y, backward = layer.second_order(x, params, context)
        dx, along = backward(dy)
        ry, backward_along = along(rx, v)                   rx is None where x is the data, which does not move
        rdx = backward_along(rdy, products)                 writes the layer's part of H v; no rdx where rx was None

    The first two depend on theta alone, and are kept until it changes: Newton methods ask for many products at one
    theta, and call each `along` that often. So what `along` and `backward_along` see of the first two stays as it is.
    `params`, `v` and `products` are views {name: array}. An object serves one thread at a time; X and T must not
    change meanwhile. Source: Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994).

    Parameters
    ----------
    layers, loss : all layers from the samples to the loss, and the loss. layout : their parameters in theta.
    X, T : samples and targets, arrays of the dtype to compute in. samples : rows of the batch that they are part of:
        the products of its parts add up to the batch's.
    """

    def __init__(self, layers, loss, layout, X, T, samples):
        self._layers, self._loss, self._X, self._T, self._samples = layers, loss, X, T, samples
        self._context, self._at = Context(X.dtype), None
        self._theta, self._v, self._product = np.zeros((3, layout.size), X.dtype)
        self._params, self._directions, self._products = map(layout.by_layer, (self._theta, self._v, self._product))

    def product(self, theta, v):
        """Return H v at theta, a fresh vector: for vectors like theta, which are not checked."""
        if not np.array_equal(theta, self._at):
            self._move(theta)
        np.copyto(self._v, v, casting="same_kind")
        rx, ways_back = None, []
        for along, direction in zip(self._alongs, self._directions, strict=True):
            rx, backward = along(rx, direction)
            ways_back.append(backward)
        rdx = self._loss_along(rx)
        for backward, products in zip(reversed(ways_back), reversed(self._products), strict=True):
            rdx = backward(rdx, products)
        return self._product.copy()

    def _move(self, theta):
        """Go forward and back at theta, and keep what the ways along v need."""
        self._at = None
        np.copyto(self._theta, theta, casting="same_kind")
        self._context.begin(self._samples)
        x, ways_back, alongs = self._X, [], []
        for layer, params in zip(self._layers, self._params, strict=True):
            x, backward = layer.second_order(x, params, self._context)
            ways_back.append(backward)
        self._loss_along = self._loss.second_order(x, self._T, self._context)
        dx = self._loss.forward(x, self._T, self._context)[1]()
        for backward in reversed(ways_back):
            dx, along = backward(dx)
            alongs.append(along)
        self._alongs, self._at = alongs[::-1], theta.copy()


def offers_second_order(part):
    """Return whether a layer or loss has a `second_order` that belongs to its `forward`, and draws no numbers.

    One that is inherited past a `forward` of the subclass's own does not: it would differentiate another function.
    """
    owner = next(cls for cls in type(part).__mro__ if not vars(cls).keys().isdisjoint({"forward", "second_order"}))
    return vars(owner).get("second_order") is not None and not getattr(part, "stochastic", False)


def check_second_order(parts):
    """Raise ValueError if one of these layers and losses does not offer `second_order`."""
    for part in parts:
        if not offers_second_order(part):
            hint = "Use differences of gradients, or give it a second_order as npae.Layer describes."
            raise ValueError(f"layers and loss must offer second_order for an exact Hessian, got {part!r}. {hint}")
