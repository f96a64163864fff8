"""The loss as SciPy needs it while it refines theta: one function that does not change."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from ..network import Evaluator, Network
from ..network.frozen_curvature import FrozenCurvature
from ..samples import Samples
from ..settings.array_types import FloatArray


class FrozenObjective:
    """The loss on all training samples, or on a fixed choice of them: float64, with the same draws at every call.

    Parameters
    ----------
    network : Network
        What is trained.
    evaluator : Evaluator
        What evaluates it.
    samples : Samples
        The training data.
    rng : numpy.random.Generator
        The training's source of randomness.
    sample : int, default None
        How many samples to draw for this refinement; None for all.
    """

    def __init__(
        self,
        network: Network,
        evaluator: Evaluator,
        samples: Samples,
        rng: np.random.Generator,
        sample: int | None = None,
    ) -> None:
        self._network, self._evaluator = network, evaluator
        self.epsilon = np.finfo(network.dtype).eps
        self.indices = network.indices
        self._seed = int(rng.integers(2**63)) if network.stochastic else None
        if sample is not None and sample < len(samples):
            samples = samples[np.sort(rng.choice(len(samples), sample, replace=False))]
        self._samples = samples

    def value(self, x: FloatArray) -> float:
        """Return the loss at x."""
        return self._evaluate(x, gradient=False)

    def value_and_gradient(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Return the loss at x and a fresh float64 gradient."""
        value = self._evaluate(x, gradient=True)
        return value, self._evaluator.gradient.astype(np.float64)

    @cached_property
    def hessian_product(self) -> Callable[[FloatArray, FloatArray], FloatArray] | None:
        """A function (x, v) -> H v, exact, or None if the network has none."""
        exact = self._network.has_exact_hessian and not self._network.stochastic and self._samples.mask is None
        return self._network.hessian(self._samples).product if exact else None

    @cached_property
    def gauss_newton_product(self) -> Callable[[FloatArray, FloatArray], FloatArray] | None:
        """A function (x, v) -> B v, or None if the network has none."""
        return None if self.residual_map is None else self.residual_map.product

    @cached_property
    def curvature_diagonal(self) -> Callable[[FloatArray, int, int], FloatArray] | None:
        """A function (x, draws, seed) -> an estimate of the diagonal of B, or None if the network has no B."""
        return None if self.residual_map is None else self.residual_map.diagonal

    @cached_property
    def residual_map(self) -> FrozenCurvature | None:
        """The loss to second order, and its residuals; None if the network has none."""
        return self._evaluator.curvature_on(self._samples, self._seed) if self._network.has_gauss_newton else None

    def _evaluate(self, x: FloatArray, gradient: bool) -> float:
        rng = None if self._seed is None else np.random.default_rng(self._seed)
        return self._evaluator.evaluate(x, self._samples, rng=rng, gradient=gradient)
