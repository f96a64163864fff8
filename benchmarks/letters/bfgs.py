"""BFGS: seconds and memory as the number of unknowns grows, next to SciPy's own BFGS.

SciPy multiplies n x n matrices, on one thread or two, whichever is faster; npae, which has no such matrices, gets one.
"""

import numpy as np
import scipy.optimize

import npae
from benchmarks.shared.digits import mnist_like
from benchmarks.shared.harness import (
    alone,
    benchmark,
    best_threads,
    clock,
    compare,
    in_fresh_process,
    on,
    once,
    peak_megabytes,
)
from benchmarks.shared.letter_network import INIT, letter_network
from npae.optimize.bfgs import bfgs

ITERATIONS = 20
SCIPY_UNKNOWNS = 2_500  # with more, SciPy's 20 iterations take minutes


@benchmark("bfgs")
def bfgs_letters(quick):
    """20 iterations on the letter network, n = 3,597, against SciPy's BFGS; the points must agree to 1e-9."""
    network, theta, X = autoencoder(4) if quick else letter_network("bce")
    yield _race(network, theta, X, 1, target=1 / 500)


@benchmark("bfgs-growth")
def bfgs_growth(quick):
    """20 iterations on networks 35-h-2-h-35 of n = 500 to 8,000 unknowns; SciPy only up to 2,500."""
    for width in (3, 6) if quick else (6, 13, 26, 53, 105):
        network, theta, X = autoencoder(width)
        if theta.size <= SCIPY_UNKNOWNS:
            yield _race(network, theta, X, 1 if quick or theta.size > 1_500 else 5)
        else:
            ours = on(1, clock(lambda case=(network, theta, X): minimum(bfgs, *case, return_all=True)))
            yield alone(_name(theta), ours, repetitions=5, size=theta.size)


@benchmark("bfgs-memory")
def bfgs_memory(quick):
    """Peak memory of 30 iterations in a fresh process, 784-64-784 (n = 101,200), including interpreter and data."""
    rows, iterations = (100, 2) if quick else (2_000, 30)
    peak = in_fresh_process(f"from benchmarks.letters import bfgs; print(bfgs.peak_of_bfgs({rows}, {iterations}))")
    needed = f"SciPy's n x n matrix alone: {8 * wide_network().n_parameters ** 2 / 1e9:.0f} GB"
    what = f"784-64-784: {iterations} BFGS iterations, {rows:,} rows, memory"
    yield alone(what, lambda _: peak, repetitions=1, limit=600, unit="MB", note=needed)


def peak_of_bfgs(rows, iterations):
    """Return the peak memory of this process, in MB, after BFGS on MNIST-shaped data."""
    network = wide_network()
    theta, X = network.init(np.random.default_rng(0)), mnist_like(rows).astype(float)
    result = minimum(bfgs, network, theta, X, iterations)
    assert result.nit == iterations, f"nit must be {iterations}, got {result.nit}: {result.message}"
    return peak_megabytes()


def wide_network():
    """Return the network 784-64-784, float64."""
    return npae.Network([npae.Dense(64, "relu")], [npae.Dense(784)], in_shape=(784,))


def autoencoder(width):
    """Return the network 35-width-2-width-35, a theta and the letters."""
    layers = [[npae.Dense(width, "tanh"), npae.Dense(2, "tanh")], [npae.Dense(width, "tanh"), npae.Dense(35)]]
    network = npae.Network(*layers, "bce", in_shape=(35,), init=INIT)
    return network, network.init(np.random.default_rng(0)), npae.datasets.load_font("capitals").pixels


def minimum(method, network, theta, X, iterations=ITERATIONS, **options):
    """Return SciPy's OptimizeResult after so many iterations of a method."""
    options |= {"maxiter": iterations, "gtol": 0.0}
    evaluate = lambda x: network.value_and_gradient(x, X)  # noqa: E731
    return scipy.optimize.minimize(evaluate, theta, jac=True, method=method, options=options)


def _race(network, theta, X, repetitions, **row):
    """Compare both implementations from the same theta; all points that they visit are kept and compared."""
    visited, H = {}, np.random.default_rng(0).normal(size=(theta.size, theta.size))

    def run(method):
        visited[method] = np.array(minimum(method, network, theta, X, return_all=True).allvecs)

    return compare(
        _name(theta),
        on(1, clock(lambda: run(bfgs))),
        "SciPy BFGS",
        on(best_threads(lambda: H @ H), once(lambda: run("BFGS"))),
        repetitions=repetitions,
        warm_up=False,
        size=theta.size,
        note=lambda: _agreement(visited[bfgs], visited["BFGS"]),
        **row,
    )


def _name(theta):
    return f"{ITERATIONS} BFGS iterations, n = {theta.size:,}"


def _agreement(ours, theirs):
    """Return a note on the largest distance between corresponding points; AssertionError if it is above 1e-9."""
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
    return f"{len(ours) - 1} points, apart by at most {np.abs(ours - theirs).max():.0e}"
