"""How far from the machine's limit? An evaluation next to its matrix products alone, one thread."""

import dataclasses

import numpy as np

import npae
from benchmarks.shared.digits import mnist_like
from benchmarks.shared.harness import benchmark, clock, compare, on
from benchmarks.shared.letter_network import letter_network
from benchmarks.shared.products import products_alone


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
    alone = clock(products_alone(network, theta, X, workspace))
    ours = clock(lambda: network.evaluate(workspace, theta, X, X))
    row = compare(what, on(1, ours), "its matrix products alone", on(1, alone), repetitions=3 if quick else 50)
    return dataclasses.replace(row, note=f"{100 / row.ratio:.0f} % of the time is matrix products")
