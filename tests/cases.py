"""The one table of cases: every public layer and every loss, each with samples it works on.

A new layer is one line in CASES, a new loss another.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from npae import (
    LSTM,
    AveragePool1D,
    AveragePool2D,
    BetaWarmUp,
    Conv1D,
    Conv2D,
    ConvTranspose1D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    FlipPixels,
    Gaussian,
    GaussianCode,
    GaussianNoise,
    Layer,
    Loss,
    MaxPool1D,
    MaxPool2D,
    Network,
    Noisy,
    Repeat,
    Reshape,
    SaltAndPepper,
    Upsample,
)
from npae.activations import ACTIVATIONS
from npae.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError

FEATURES = 4
MSE = MeanSquaredError()


@dataclass(frozen=True)
class Shaped(Layer):
    """Give every sample another shape, so that any layer can stand between two Dense."""

    shape: tuple

    def out_shape(self, in_shape):
        return self.shape

    def forward(self, x, params, context):
        return x.reshape(len(x), *self.shape), lambda dy, grads: dy.reshape(x.shape)

    def second_order(self, x, params, context):
        def along(rx, v):
            return rx.reshape(len(x), *self.shape), lambda rdy, products: rdy.reshape(x.shape)

        return x.reshape(len(x), *self.shape), lambda dy: (dy.reshape(x.shape), along)

    def onnx_nodes(self, graph, x, params, in_shape):
        return graph.reshaped(x, self.shape)


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
    loss: Loss = MSE
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
    Case(Conv2D(2, 3, stride=2, activation="tanh"), in_shape=(5, 4, 1)),
    Case(Conv2D(2, (2, 3), (1, 2), "valid", dilation=(2, 1)), in_shape=(4, 5, 3)),
    Case(Conv2D(3, 2, padding=((0, 1), 1)), in_shape=(3, 2, 8)),
    Case(Conv1D(3, 3, stride=2, activation="tanh"), in_shape=(7, 2)),
    Case(Conv1D(2, 3, padding=(2, 0), dilation=2), in_shape=(6, 3)),
    Case(ConvTranspose2D(1, 3, stride=2, activation="tanh"), in_shape=(2, 3, 2)),
    Case(ConvTranspose2D(2, (2, 3), (1, 2), "valid", (2, 1), output_padding=(0, 1)), in_shape=(2, 3, 2)),
    Case(ConvTranspose1D(8, 2, stride=3, padding="valid", output_padding=2), in_shape=(3, 2)),
    Case(ConvTranspose1D(2, 3, stride=2, padding=(1, 0)), in_shape=(3, 3)),
    Case(MaxPool2D(2), in_shape=(5, 4, 2)),
    Case(MaxPool2D((2, 3), stride=(1, 2), padding="same"), in_shape=(3, 5, 2)),
    Case(MaxPool1D(3, stride=2, padding=1), in_shape=(6, 2)),
    Case(AveragePool2D(2), in_shape=(5, 4, 2)),
    Case(AveragePool2D((2, 3), stride=(1, 2), padding="same"), in_shape=(3, 5, 2)),
    Case(AveragePool1D(3, stride=2, padding=1), in_shape=(6, 2)),
    Case(Upsample((2, 3)), in_shape=(2, 3, 2)),
    Case(Upsample(2, size=(3, 7)), in_shape=(2, 3, 2)),
    Case(Upsample(3, size=(8,)), in_shape=(2, 2)),
    Case(GaussianCode(3), in_shape=(5,)),
    Case(GaussianCode(1, BetaWarmUp(4, 0.3)), in_shape=(1,), loss=BinaryCrossEntropy("sum")),
    Case(GaussianCode(3, free_bits=0.2), in_shape=(5,)),
    Case(Flatten(), in_shape=(2, 3, 2)),
    Case(Reshape((3, 4)), in_shape=(2, 6)),
    Case(Repeat(3), in_shape=(4,)),
]
