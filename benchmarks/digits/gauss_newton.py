"""What does a product with the Gauss-Newton matrix cost, next to a gradient? The published deep autoencoder."""

import time

import numpy as np

import npae
from benchmarks.shared.digits import mnist_like
from benchmarks.shared.harness import benchmark, compare, on

UNITS, CODE = (1000, 500, 250), 30


@benchmark("gauss-newton")
def gauss_newton(quick):
    """A Gauss-Newton product of 784-1000-500-250-30, mirrored, against a gradient, in seconds of the processor."""
    rows = 200 if quick else 1_000
    network, X = deep_autoencoder(), mnist_like(rows)
    rng = np.random.default_rng(0)
    theta, v = network.init(rng), rng.standard_normal(network.n_parameters, dtype=np.float32)
    matrix, workspace = network.gauss_newton(), network.new_workspace()
    matrix.move(theta, X, X)
    product = on(1, processor_seconds(lambda: matrix.product(v)))
    moved = on(1, processor_seconds(lambda: matrix.move(theta, X, X)))
    gradient = on(1, processor_seconds(lambda: network.evaluate(workspace, theta, X, X)))
    repetitions = 3 if quick else 20
    yield compare(f"B v, {rows:,} rows", product, "a gradient", gradient, repetitions=repetitions, target=2.5)
    yield compare(f"moving B, {rows:,} rows", moved, "a gradient", gradient, repetitions=repetitions)


def deep_autoencoder():
    """Return 784-1000-500-250-30 and its mirror, tanh, as in Martens and Grosse (2015), in float32."""
    encoder = [*(npae.Dense(units, "tanh") for units in UNITS), npae.Dense(CODE)]
    decoder = [*(npae.Dense(units, "tanh") for units in UNITS[::-1]), npae.Dense(784, "sigmoid")]
    return npae.Network(encoder, decoder, "bce", in_shape=(784,), dtype="float32")


def processor_seconds(function):
    """Return a measure: seconds of this process in one call of function(), whatever else the machine does."""

    def measure(_):
        began = time.process_time()
        function()
        return time.process_time() - began

    return measure
