"""The loss as SciPy needs it while it refines theta: one function that does not change."""

from functools import cached_property

import numpy as np


class FrozenObjective:
    """The loss on all training rows, or on a fixed sample of them: float64, the same random draws at every call.

    Parameters
    ----------
    network : Network. shards : Shards that evaluate it. data : Samples. rng : numpy.random.Generator of the run.
    sample : rows to draw for the refinement, or None for all.
    """

    def __init__(self, network, shards, data, rng, sample=None):
        self._network, self._shards = network, shards
        self.epsilon = np.finfo(network.dtype).eps
        self.indices = network.indices
        self._seed = rng.integers(2**63) if network.stochastic else None
        if sample is not None and sample < len(data):
            data = data[np.sort(rng.choice(len(data), sample, replace=False))]
        self._data = data

    def _evaluate(self, x, gradient):
        rng = None if self._seed is None else np.random.default_rng(self._seed)
        data = self._data
        return self._shards.evaluate(x, data.X, data.T, mask=data.mask, rng=rng, gradient=gradient)

    def value(self, x):
        """Return the loss at x."""
        return self._evaluate(x, gradient=False)

    def value_and_gradient(self, x):
        """Return the loss at x and a fresh float64 gradient."""
        value = self._evaluate(x, gradient=True)
        return value, self._shards.gradient.astype(np.float64)

    @cached_property
    def hessian_product(self):
        """A function (x, v) -> H v, exact, or None where the network has none."""
        exact = self._network.has_exact_hessian and not self._network.stochastic and self._data.mask is None
        return self._network.hessian(self._data.X, self._data.T).product if exact else None
