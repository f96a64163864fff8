"""The peak memory of public functions grows like the data and the weights, never like the product of two sizes.

The bound: FIXED bytes, and MULTIPLE times what goes in, what comes out and the weights take together.
"""

import copy
import tracemalloc
from functools import partial

import numpy as np
import pytest
from public_calls import CALLS, Kit

from npae import Autoencoder, Dense, discover
from npae.estimators import discovery

FIXED, MULTIPLE = 12e6, 20
SIDE = 45  # 2,025 features, and a code of 6,075 numbers: squares of these take 33 and 295 MB
HELD = 4 * 8 * discovery.HELD  # discover holds candidates up to this size, and some copies
PLOTS = ("plots", "explorer")


@pytest.fixture(scope="module")
def kit():
    return Kit.of(6, SIDE)


def size_of(kit):
    """Return the bytes of all data and weights of a kit, and of the codes."""
    arrays = [*kit.data, *(getattr(model, "autoencoder_", model).theta_ for model in kit.models)]
    return sum(array.nbytes for array in arrays) + 3 * kit.conv.code_mean_.nbytes


def peak_of(call, *arguments):
    """Return how far the traced memory rises during a call."""
    tracemalloc.start()
    try:
        call(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in CALLS if name.startswith(PLOTS)]
FAST = [name for name in CALLS if not name.startswith(PLOTS)]


@pytest.mark.parametrize("name", FAST + SLOW)
def test_peak_memory_grows_like_the_data(name, kit, monkeypatch):
    monkeypatch.setattr(discovery, "HELD", 2**18)
    monkeypatch.setattr(discovery, "PIECE", 2**18)
    own = copy.deepcopy(kit)
    CALLS[name](Kit.of(4, 6))  # what is imported, or read once, does not count
    assert peak_of(CALLS[name], own) < FIXED + MULTIPLE * size_of(kit)


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_peak_memory_of_40_000_features_and_120_000_codes(name, large):
    own = copy.deepcopy(large)
    CALLS[name](Kit.of(4, 6))
    held = HELD if name == "discover" else 0
    assert peak_of(CALLS[name], own) < FIXED + held + MULTIPLE * size_of(large)


@pytest.fixture(scope="module")
def large():
    return Kit.of(6, 200)


@pytest.mark.slow
def test_a_flat_code_of_40_000_numbers_costs_what_its_weights_cost():
    X = np.random.default_rng(0).random((5, 10))

    def use():
        ae = Autoencoder([Dense(40_000, "tanh")], optimizer="adam", epochs=2, threads=1, random_state=0).fit(X)
        ae.partial_fit(X).decode(ae.encode(X))
        ae.sample(2, X=X)
        ae.score(X)

    use()
    assert peak_of(use) < 200e6  # of 840,010 weights: 6.7 MB; the covariance would take 12,800 MB


def test_peak_memory_does_not_grow_like_pairs_of_samples(monkeypatch):
    """What compares samples with samples holds some distances at a time: twice the samples, twice the memory."""
    monkeypatch.setattr(discovery, "DISTANCES", 10_000)
    peaks = []
    for N in (500, 1000):
        X = (np.random.default_rng(0).random((N, 16)) > 0.5).astype(float)
        ae = Autoencoder([2], loss="bce", optimizer="adam", epochs=1, random_state=0).fit(X)
        options = {"least_crispness": 0, "least_distance": 0, "candidates": N, "n": N // 10}
        peaks.append(peak_of(partial(discover, ae, X, **options)))
    assert peaks[1] < 2.2 * peaks[0]
    assert peaks[1] < 3 * (X.nbytes + 1000 * 16 * 8 + 8 * 10_000)
