"""What examples are made of: networks of every kind, data that fits them, and settings of estimators.

Hypothesis draws structure: sizes, names and seeds. Numbers come from NumPy's generator with such a seed, which takes a
hundredth of the time, and a failing example is as easy to read.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import npae
from npae import Dense, GaussianCode, Network
from npae.activations import ACTIVATIONS
from npae.layers import mirrored

SMOOTH = ("identity", "tanh", "sigmoid", "softplus")
KINDS = ("dense", "image", "recording", "recurrent", "variational")

sizes = st.integers(1, 6)
seeds = st.integers(0, 999)
rngs = seeds.map(np.random.default_rng)
nothing, either, double = st.none(), st.booleans(), st.just("float64")
dtypes = st.sampled_from(["float64", "float32"])
activations = st.sampled_from([*ACTIVATIONS])
smooth = st.sampled_from(SMOOTH)

penalties = st.sampled_from(
    [None, npae.L1(0.01), npae.L2(0.1), npae.CodeL1(0.02), [npae.L2(0.01), npae.CodeL1(0.1)], npae.MaxNorm(0.8)]
)
noises = st.sampled_from(
    [None, npae.GaussianNoise(0.1), npae.MaskPixels(0.3), npae.SaltAndPepper(0.2), npae.FlipPixels(p=0.2)]
)
initializers = st.sampled_from(
    [npae.Glorot(), npae.Glorot(0.5), npae.He(), npae.LeCun(), npae.Gaussian(0.3), npae.Orthogonal()]
)


@dataclass
class Example:
    """A network, a theta for it, and samples in [0, 1]."""

    network: Network
    theta: Any
    X: Any

    @property
    def value_and_gradient(self):
        return self.network.value_and_gradient(self.theta, self.X)

    def __repr__(self):
        return f"Example({self.network!r}, {self.network.layers}, {self.network.penalties}, {self.X.shape})"


@st.composite
def encoders(draw, kind, activation):
    """Return layers and the shape of a sample."""
    f, g = draw(activation), draw(activation)
    if kind == "dense":
        widths = draw(st.lists(sizes, max_size=2))
        return [*(Dense(width, f) for width in widths), Dense(draw(sizes), g)], (draw(sizes),)
    if kind == "variational":
        return [Dense(draw(sizes), f), GaussianCode(draw(st.integers(1, 3)))], (draw(sizes),)
    if kind == "image":
        layers = [npae.Conv2D(draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2)), activation=f)]
        pool = draw(st.sampled_from([None, npae.AveragePool2D(2, padding="same"), npae.MaxPool2D(2, padding="same")]))
        return layers + ([] if pool is None else [pool]), (draw(st.integers(3, 5)), draw(st.integers(3, 5)), 1)
    steps, channels = draw(st.integers(3, 6)), draw(st.integers(1, 2))
    if kind == "recording":
        return [npae.Conv1D(2, draw(st.integers(1, 3)), activation=f), npae.MaxPool1D(2)], (steps, channels)
    return [npae.LSTM(draw(st.integers(1, 3)))], (steps, channels)


@st.composite
def networks(draw, kinds=KINDS, activation=smooth, penalty=penalties, noise=nothing, dtype=double, rows=None):
    """Return an Example of one of the kinds."""
    kind, rng = draw(st.sampled_from(kinds)), draw(rngs)
    layers, in_shape = draw(encoders(kind, activation))
    decoder = mirrored(layers, in_shape, "identity")
    network = Network(
        layers,
        decoder,
        draw(st.sampled_from(["mse", "bce"])),
        in_shape=in_shape,
        init=draw(initializers),
        penalty=draw(penalty),
        noise=draw(noise),
        dtype=draw(dtype),
    )
    theta = network.init(rng)
    theta += 0.1 * rng.standard_normal(theta.size).astype(theta.dtype)
    return Example(network, theta, rng.random((draw(st.integers(2, 7)) if rows is None else rows, *in_shape)))


optimizers = st.sampled_from(
    ["adam", npae.Adam(0.02, weight_decay=0.1), "momentum", npae.RMSprop(0.01), npae.GradientDescent(0.1, clip=1.0)]
)
refinements = st.sampled_from([None, npae.Refine("L-BFGS-B", max_iterations=2), npae.Refine("CG", max_iterations=1)])


@st.composite
def settings_of_autoencoders(draw, variational=either):
    """Return parameters of an Autoencoder that learns numbers in [0, 1] in an instant."""
    code = GaussianCode(2) if draw(variational) else draw(st.sampled_from([2, Dense(1, "sigmoid"), Dense(3, "relu")]))
    loss = draw(st.sampled_from(["mse", "bce"]))
    scale = draw(st.sampled_from(["auto", "common", "columns", None])) if loss == "mse" else "auto"
    return {
        "encoder": [draw(st.sampled_from([3, Dense(4, "softplus"), npae.Dropout(0.2)])), code],
        "loss": loss,
        "scale": scale,
        "noise": draw(noises),
        "penalty": draw(penalties),
        "init": draw(st.one_of(st.none(), initializers)),
        "optimizer": draw(optimizers),
        "refine": draw(refinements),
        "epochs": draw(st.integers(1, 3)),
        "batch_size": draw(st.sampled_from([None, 3, 5])),
        "dtype": draw(dtypes),
        "threads": 1,
        "random_state": draw(seeds),
    }


@st.composite
def tables(draw, least=6, most=12):
    """Return numbers in [0, 1], (N, D)."""
    return draw(rngs).random((draw(st.integers(least, most)), draw(st.integers(2, 5))))


def fitted(X, cls=npae.Autoencoder, y=None, **params):
    """Return an estimator that was fitted to X, however little it has learned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", npae.TrainingWarning)
        warnings.simplefilter("ignore", npae.PosteriorCollapse)
        return cls(**params).fit(X, y)
