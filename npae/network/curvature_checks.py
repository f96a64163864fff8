"""What a network must be for methods of second order.

The functions whose first argument is `self` become methods of `Network`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers import GaussianCode
from ..losses import MeanSquaredError
from ..penalties import L2, MaxNorm
from . import gauss_newton

if TYPE_CHECKING:
    from .network import Network


def check_gauss_newton(self: Network) -> None:
    """Raise ValueError unless the network offers Gauss-Newton products."""
    gauss_newton.check_gauss_newton(self.layers, self.loss)


def check_sum_of_squares(self: Network) -> None:
    """Raise ValueError unless the loss is a sum of squares, and nothing else is added to it."""
    if type(self.loss) is not MeanSquaredError:
        hint = "Use Refine('hessian-free')." if self.has_gauss_newton else "Use Refine('trust-ncg')."
        raise ValueError(f"loss must be 'mse' for least squares, got {self.loss!r}. {hint}")
    gauss_newton.check_gauss_newton(self.layers, self.loss)
    for penalty in self.penalties:
        if type(penalty) not in (L2, MaxNorm):
            raise ValueError(f"penalty must be L2 or MaxNorm for least squares, got {penalty!r}. Leave it out.")
    for layer in self.layers:
        if isinstance(layer, GaussianCode):
            hint = "Use Refine('hessian-free')."
            raise ValueError(f"layers must add nothing to the loss for least squares, got {layer!r}. {hint}")
