"""The Gauss-Newton matrix of a network's loss: exact products with it, and its Kronecker factors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..layers import Dense
from ..layers.context import Context
from ..layers.linearization import Factors, LinearBack, Linearization, random_signs
from ..losses import LossCurvature
from ..settings.array_types import AnyArray, BoolArray, FloatArray, Views
from .curvature_offers import linearized, offered_curvature, offers
from .sides import both_filled, both_scaled

if TYPE_CHECKING:
    from .network import Network

LONG = 2**16  # numbers of a vector that is not copied


class GaussNewton:
    """The Gauss-Newton matrix B = J^T H J of a network's loss: exact products B v, and Kronecker factors [1]_.

    J is the derivative of the logits with respect to theta, and H that of the loss with respect to the logits, twice. B
    is what is left of the Hessian if the network is taken for a linear function of theta. It is positive semi-definite
    for a convex loss, and the Fisher matrix for the losses of npae. Layers that charge for the code add their
    curvature, and penalties on weights theirs, if they say one. One object serves one thread at a time.

    Parameters
    ----------
    network : Network
        Its layers, its loss and its penalties on weights. Those on codes do not count.

    References
    ----------
    .. [1] Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", Neural Computation 14
       (2002).
    """

    def __init__(self, network: Network) -> None:
        self._network, self._context = network, Context(network.dtype)
        layout = network._layout
        self._theta, self._v, self._product = (np.zeros(layout.size, network.dtype) for _ in range(3))
        self._parts: list[Linearization] = []
        self._params, self._directions, self._products = map(layout.by_layer, (self._theta, self._v, self._product))
        self._weights = tuple(map(layout.weights, (self._theta, self._v, self._product)))
        self._point, self._seen = self._theta, self._v
        learns = (index for index, params in enumerate(self._params) if params)
        self._first = next(learns, len(self._params))  # nothing moves before the first layer that learns

    def move(
        self,
        theta: FloatArray,
        X: FloatArray,
        T: AnyArray,
        rng: np.random.Generator | None = None,
        *,
        samples: int | None = None,
        mask: BoolArray | None = None,
        real: float | None = None,
        weights: FloatArray | None = None,
        seen: float = 1.0,
        epoch: float = float("inf"),
        copy: bool = True,
    ) -> None:
        """Go to theta and to samples; the arguments are those of `Network.evaluate`.

        Theta is not copied if `copy` is False: it must stay as it is until the next move then.
        """
        network, context = self._network, self._context
        self._at(theta, copy)
        context.epoch = epoch
        context.begin(samples or len(X), rng, mask, real, weights=weights)
        self._share = len(X) / context.samples
        observed = None
        if network.fill is not None:
            X, T, observed = both_filled(network, X, T, seen)
        noisy = X if rng is None or network.noise is None else network.noise.apply(X, rng)
        x, t = (noisy, T) if network._unscaled else both_scaled(network, noisy, X, T, context.scratch)
        x, self._parts = context.without_padding(x), []
        for index, (layer, params) in enumerate(zip(network.layers, self._params, strict=True)):
            context.feeds_loss = index == len(network.layers) - 1
            part = linearized(layer, x, params, context)
            self._parts.append(part)
            x = part.y
        context.observed, context.seen = observed, seen
        self._curvature: LossCurvature = offered_curvature(network.loss)(x, t, context)
        self._z, self._t, context.observed = x, t, None
        self._mark = context.scratch.mark()

    def leave(self) -> None:
        """Have no samples: the matrix is 0."""
        self._parts = []

    def products(self, vectors: Sequence[FloatArray]) -> FloatArray:
        """Return v_i^T B v_j for all pairs of vectors."""
        if not self._parts:
            return np.zeros((len(vectors), len(vectors)))
        moved = [self.along(v) for v in vectors]
        dots = [[sum(float(np.vdot(r, h)) for (r, _), (_, h) in zip(a, b, strict=True)) for b in moved] for a in moved]
        return np.array(dots)

    def along(self, v: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
        """Return pairs (r, H r) of how what the loss depends on changes along v.

        The first pair is that of the logits, others are those of layers that charge and of penalties. v^T B w is the
        sum of the products of one's r and the other's H r.
        """
        rz, _ = self._forward(v)
        rz = rz.copy()
        pairs = [(rz, self._times(rz)), *((r.copy(), Kr.copy()) for r, Kr in self._context.charged_along)]
        return [*pairs, *((w.copy(), Hw) for w, Hw, _ in self._penalties())]

    def product(self, v: FloatArray) -> FloatArray:
        """Return B v, a fresh vector in the network's dtype."""
        rz, backs = self._forward(v)
        self._back_through(backs, self._times(rz))
        for _, Hw, product in self._penalties():
            product += Hw
        return self._product.copy()

    def residuals(self) -> FloatArray:
        """Return r = sqrt(H) (z - t), the sum of whose squares is twice the loss if this is a squared error."""
        return self._root() * (self._z - self._t)

    def residuals_along(self, v: FloatArray) -> FloatArray:
        """Return sqrt(H) J v, how the residuals change along v, a fresh array like the logits."""
        return self._root() * self._forward(v)[0]

    def residuals_back(self, u: FloatArray) -> FloatArray:
        """Return (sqrt(H) J)^T u for u like the logits, a fresh vector in the network's dtype."""
        _, backs = self._forward(np.zeros_like(self._v))
        self._back_through(backs, self._root() * u)
        return self._product.copy()

    def squared_draw(self, rng: np.random.Generator) -> FloatArray:
        """Return squares, like theta, whose mean over draws is the diagonal of B, except for what layers charge.

        They are those of J^T sqrt(H) s for random signs s.
        """
        self._context.factor_rng = rng
        signs = random_signs(self._z.shape, self._context)
        self._context.factor_rng = None
        _, backs = self._forward(np.zeros_like(self._v))
        self._back_through(backs, self._curvature.draw(signs) * self._z.dtype.type(self._network.loss_unit**0.5))
        return np.square(self._product)

    def factors(self, rng: np.random.Generator, rows: tuple[slice, int] | None = None) -> list[Factors]:
        """Return the Kronecker factors of each layer's arrays, from one draw: see `Linearization`.

        `rows`: which of how many samples these are, so that the draw does not depend on who looks at which.
        Those of the columns of the last layer are exact, if it is affine and the loss knows the sum of its curvature.
        """
        if not self._parts:
            return []
        context = self._context
        context.scratch.rewind(self._mark)
        context.factor_rng, context.factor_rows = rng, rows
        signs = random_signs(self._z.shape, context)
        dy: FloatArray | None = self._curvature.draw(signs) * self._z.dtype.type(self._network.loss_unit**0.5)
        made: list[Factors] = [{} for _ in self._parts]
        for index in range(len(self._parts) - 1, self._first - 1, -1):
            context.wants_dx = index > self._first
            assert dy is not None
            dy, made[index] = self._back(index, dy)
        context.factor_rng = context.factor_rows = None
        self._take_exact(made[-1])
        return made

    def _forward(self, v: FloatArray) -> tuple[FloatArray, list[LinearBack]]:
        self._context.scratch.rewind(self._mark)
        self._see(v)
        self._context.charged_along = []
        rx: FloatArray | None = None
        backs = []
        for part, direction in zip(self._parts[self._first :], self._directions[self._first :], strict=True):
            rx, back = part.along(rx, direction)
            backs.append(back)
        return np.zeros_like(self._z) if rx is None else rx, backs

    def _at(self, theta: FloatArray, copy: bool) -> None:
        """Take theta for the point."""
        if copy:
            np.copyto(self._theta, theta, casting="same_kind")
            theta = self._theta
        if theta is not self._point:
            layout, self._point = self._network._layout, theta
            self._params, self._weights = layout.by_layer(theta), (layout.weights(theta), *self._weights[1:])

    def _see(self, v: FloatArray) -> None:
        """Take v for the direction: where it lies if it is long, for a copy costs more than views then."""
        if v.size < LONG or v.dtype != self._v.dtype or not v.flags.c_contiguous:
            np.copyto(self._v, v, casting="same_kind")
            v = self._v
        if v is not self._seen:
            layout, self._seen = self._network._layout, v
            self._directions = layout.by_layer(v)
            self._weights = self._weights[0], layout.weights(v), self._weights[2]

    def _back_through(self, backs: list[LinearBack], dz: FloatArray) -> None:
        """Go back from the logits to the first layer that learns, and fill the product."""
        dy: FloatArray | None = dz
        for back, products in zip(reversed(backs), reversed(self._products[self._first :]), strict=True):
            assert dy is not None
            dy = back(dy, products)

    def _penalties(self) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
        """Yield for each array of weights that a penalty curves: v, H v, and its part of the product."""
        for penalty in self._network._on_weights:
            if offers(penalty, "curvature", of="charge"):
                assert penalty.curvature is not None
                for w, v, product in zip(*self._weights, strict=True):
                    yield v, penalty.curvature(w, v, self._share), product

    def _root(self) -> FloatArray:
        """Return the root of H, of a loss whose H is diagonal."""
        root = self._curvature.draw(np.ones_like(self._z))
        root *= self._network.loss_unit**0.5
        return root

    def _times(self, rz: FloatArray) -> FloatArray:
        product = self._curvature.times(rz)
        if self._network.loss_unit != 1.0:
            product = product * self._network.loss_unit
        return product

    def _back(self, index: int, dy: FloatArray) -> tuple[FloatArray | None, Factors]:
        """Go back through a layer, with its factors, if it has any."""
        part = self._parts[index]
        if part.factors is not None:
            return part.factors(dy)
        rx = None if index == self._first else np.zeros_like(self._parts[index - 1].y)
        zero: Views = {name: np.zeros_like(array) for name, array in self._params[index].items()}
        _, back = part.along(rx, zero)
        return back(dy, zero), {}

    def _take_exact(self, last: Factors) -> None:
        """Put the exact factor of the last layer's columns in the place of that of the draw."""
        layer, total = self._network.layers[-1], self._curvature.total
        if isinstance(layer, Dense) and layer.activation == "identity" and self._z.ndim == 2 and total is not None:
            rows, _ = last["Wb"]
            last["Wb"] = rows, (total() * self._network.loss_unit).astype(self._z.dtype, copy=False)
