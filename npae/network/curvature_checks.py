"""What a network must be for methods of second order.

The functions whose first argument is `self` become methods of `Network`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..layers import GaussianCode
from ..layers.context import Context
from ..losses import MeanSquaredError
from ..penalties import L2, MaxNorm
from . import curvature_offers
from .curvature_offers import check_curvature, linearized
from .promised_linearization import checked_linearization

if TYPE_CHECKING:
    from .network import Network


def check_gauss_newton(self: Network) -> None:
    """Raise ValueError unless the network offers Gauss-Newton products."""
    curvature_offers.check_gauss_newton(self.layers, self.loss)


def check_sum_of_squares(self: Network) -> None:
    """Raise ValueError unless the loss is a sum of squares, and nothing else is added to it."""
    if type(self.loss) is not MeanSquaredError:
        hint = "Use Refine('hessian-free')." if self.has_gauss_newton else "Use Refine('trust-ncg')."
        raise ValueError(f"loss must be 'mse' for least squares, got {self.loss!r}. {hint}")
    curvature_offers.check_gauss_newton(self.layers, self.loss)
    for penalty in self.penalties:
        if type(penalty) not in (L2, MaxNorm):
            raise ValueError(f"penalty must be L2 or MaxNorm for least squares, got {penalty!r}. Leave it out.")
    for layer in self.layers:
        if isinstance(layer, GaussianCode):
            hint = "Use Refine('hessian-free')."
            raise ValueError(f"layers must add nothing to the loss for least squares, got {layer!r}. {hint}")


def check_factors(self: Network) -> None:
    """Raise ValueError unless the loss is curved and a layer has Kronecker factors."""
    check_curvature(self.loss)
    if not has_factors(self):
        hint = "Use Adam, or give a layer a linearize with factors as npae.Layer describes."
        raise ValueError(f"layers must have factors for KFAC, got none that has: {list(self.layers)}. {hint}")


def has_factors(network: Network) -> bool:
    """Return whether a layer has Kronecker factors: whether its linearization at a sample of zeros has."""
    context, x = Context(network.dtype), np.zeros((1, *network.in_shape), network.dtype)
    context.begin(1)
    zeros = network._layout.by_layer(np.zeros(network.n_parameters, network.dtype))
    for name, layer, params in zip(network.layer_names, network.layers, zeros, strict=True):
        part = linearized(layer, x, params, context)
        what, shape = f"{name} ({type(layer).__name__}): linearize", layer.out_shape(x.shape[1:])
        checked_linearization(part, what, (1, *shape))
        if part.factors is not None:
            return True
        x = part.y
    return False
