"""The one table of cases: every public layer and every loss, each with samples it works on.

A new layer is one line in CASES, a new loss another.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from npae import LSTM, Dense, Dropout, FlipPixels, Gaussian, GaussianNoise, Layer, Loss, Network, Noisy, SaltAndPepper
from npae.activations import ACTIVATIONS
from npae.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError

FEATURES = 4


@dataclass(frozen=True)
class Shaped(Layer):
    """Give every sample another shape, so that any layer can stand between two Dense."""

    shape: tuple

    def out_shape(self, in_shape):
        return self.shape

    def forward(self, x, params, run):
        return x.reshape(len(x), *self.shape), lambda dy, grads: dy.reshape(x.shape)

    def second_order(self, x, params, run):
        def along(rx, v):
            return rx.reshape(len(x), *self.shape), lambda rdy, products: rdy.reshape(x.shape)

        return x.reshape(len(x), *self.shape), lambda dy: (dy.reshape(x.shape), along)


def fractions(rng, shape):
    """Return targets in [0, 1], neither all 0 nor all 1."""
    return rng.random(shape)


def probabilities(rng, shape):
    """Return targets that add up to 1 in each row."""
    return rng.dirichlet(np.ones(shape[1]), shape[0])


@dataclass(frozen=True)
class Case:
    """A layer on samples of `in_shape`, within a network that ends in `loss`; `targets` draws what it aims at."""

    layer: Layer
    in_shape: tuple
    loss: Loss = MeanSquaredError()
    targets: Callable = fractions

    def __str__(self):
        return f"{self.layer} on {self.in_shape}, {type(self.loss).__name__}"

    def samples(self):
        """Return (N, *in_shape) samples for the layer itself."""
        return np.random.default_rng(5).standard_normal((5, *self.in_shape))

    def data(self):
        """Return samples X and targets T, both (N, FEATURES), for the network."""
        rng = np.random.default_rng(6)
        return rng.random((5, FEATURES)), self.targets(rng, (5, FEATURES))

    def network(self, dtype=np.float64):
        """Return a network that has the layer in its middle: a layer before it needs its dx."""
        width, code = math.prod(self.in_shape), self.layer.out_shape(self.in_shape)
        encoder = [Dense(width, "tanh"), *_bridge((width,), self.in_shape), self.layer]
        decoder = [*_bridge(code, (math.prod(code),)), Dense(FEATURES)]
        return Network(encoder, decoder, self.loss, in_shape=(FEATURES,), init=Gaussian(0.6), dtype=dtype)

    def objective(self):
        """Return f(theta) -> (value, gradient), a theta without zeros, and a direction to walk in."""
        network, (X, T) = self.network(), self.data()
        rng = np.random.default_rng(7)
        theta = network.init(rng) + 0.1 * rng.standard_normal(network.n_parameters)

        def f(theta):
            frozen = np.random.default_rng(8) if network.stochastic else None
            return network.value_and_gradient(theta, X, T, rng=frozen)

        return f, theta, rng.standard_normal(theta.size)


def _bridge(before, after):
    return [] if before == after else [Shaped(after)]


CASES = [
    *(Case(Dense(3, name), in_shape=(5,)) for name in ACTIVATIONS),
    Case(Dense(1, "tanh"), in_shape=(1,)),
    Case(Dense(3, "tanh"), in_shape=(5,), loss=BinaryCrossEntropy()),
    Case(Dense(3, "tanh"), in_shape=(5,), loss=CrossEntropy(), targets=probabilities),
    Case(Dropout(0.4), in_shape=(5,)),
    Case(Dropout(0.4), in_shape=(2, 3, 2)),
    *(Case(Noisy(noise), in_shape=(5,)) for noise in (GaussianNoise(0.2), FlipPixels(2), SaltAndPepper(0.4))),
    Case(Noisy(GaussianNoise(0.2)), in_shape=(2, 3)),
    Case(Dense(3, "tanh"), in_shape=(2, 5)),
    Case(LSTM(3), in_shape=(4, 2)),
    Case(LSTM(3, sequences=True), in_shape=(4, 2)),
    Case(LSTM(1), in_shape=(1, 1)),
]
