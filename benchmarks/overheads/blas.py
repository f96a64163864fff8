"""How far from the machine's limit? An evaluation next to its matrix products alone, one thread."""

import dataclasses
from unittest import mock

import numpy as np

import npae
from benchmarks.shared.digits import mnist_like
from benchmarks.shared.harness import benchmark, clock, compare, on
from benchmarks.shared.letter_network import letter_network
from npae.layers import affine


@benchmark("blas-share")
def blas_share(quick):
    """Value and gradient against only the same matrix products, in the same memory."""
    yield _share("letters: value and gradient, bce", *letter_network("bce"), quick)
    for units in (64, 512):
        network = npae.Network([npae.Dense(units, "relu")], [npae.Dense(784)], in_shape=(784,), dtype="float32")
        what, theta = f"784-{units}-784: value and gradient of 1,000 rows", network.init(np.random.default_rng(0))
        yield _share(what, network, theta, mnist_like(1_000), quick)


def _share(what, network, theta, X, quick):
    workspace = network.new_workspace()
    products = products_of(network, workspace, theta, X)

    def multiply():
        for product, operands, out in products:
            product(*operands, out=out)

    ours, alone = clock(lambda: network.evaluate(workspace, theta, X, X)), clock(multiply)
    row = compare(what, on(1, ours), "its matrix products alone", on(1, alone), repetitions=3 if quick else 50)
    return dataclasses.replace(row, note=f"{100 / row.ratio:.0f} % of the time is matrix products")


def products_of(network, workspace, theta, X):
    """Return the products of one evaluation, [(function, operands, out), ...], with the arrays that it uses."""
    recorder = _Recorder()
    with mock.patch.object(affine, "np", recorder), mock.patch.object(affine, "dot", recorder.dot):
        network.evaluate(workspace, theta, X, X)
    wanted = 3 * len(network.layers) - 1  # forward, to the weights, to the layer before, which the first lacks
    assert len(recorder.products) == wanted, f"products must be {wanted}, got {len(recorder.products)}"
    return recorder.products


class _Recorder:
    """NumPy, whose matrix products are recorded."""

    def __init__(self):
        self.products = []

    def __getattr__(self, name):
        return getattr(np, name)

    def matmul(self, *operands, out):
        return self._product(np.matmul, operands, out)

    def dot(self, *operands, out):
        return self._product(np.dot, operands, out)

    def _product(self, function, operands, out):
        self.products.append((function, operands, out))
        return function(*operands, out=out)
