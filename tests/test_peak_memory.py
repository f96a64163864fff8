"""The peak memory of public functions grows like the data and the weights, never like the product of two sizes.

The bound: FIXED bytes, and MULTIPLE times what goes in, what comes out and the weights take together.
"""

import contextlib
import copy
import gc
import tracemalloc
import weakref
from functools import partial

import numpy as np
import pytest
from public_calls import CALLS, Kit

import npae
from npae import Autoencoder, Conv2D, Dense, Network, discover
from npae.estimators import discovery
from npae.network.pieces import samples_at_a_time

FIXED, MULTIPLE = 12e6, 20
SIDE = 45  # 2,025 features, and a code of 6,075 numbers: squares of these take 33 and 295 MB
HELD = 4 * 8 * discovery.HELD  # discover holds candidates up to this size, and some copies
SOME = (
    "fit i",
    "fit w",
    "partial_fit im",
    "discover",
    "sample l",
    "metrics.n",
    "encode",
    "save and load",
    "Classifier.fit",
)


@pytest.fixture(scope="module")
def kit():
    return Kit.of(6, SIDE)


@pytest.fixture(scope="module")
def small():
    return Kit.of(4, 6)


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


@pytest.mark.parametrize(
    "name", [name if name.startswith(SOME) else pytest.param(name, marks=pytest.mark.slow) for name in CALLS]
)
def test_peak_memory_grows_like_the_data(name, kit, small, monkeypatch):
    monkeypatch.setattr(discovery, "HELD", 2**18)
    monkeypatch.setattr(discovery, "PIECE", 2**18)
    own = copy.deepcopy(kit)
    CALLS[name](copy.deepcopy(small))  # what is imported, or read once, does not count
    assert peak_of(CALLS[name], own) < FIXED + MULTIPLE * size_of(kit)


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_peak_memory_of_40_000_features_and_120_000_codes(name, large, small):
    own = copy.deepcopy(large)
    CALLS[name](copy.deepcopy(small))
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


def test_a_model_keeps_no_large_scratch_memory_after_a_call():
    """Layers of many numbers are held for some samples at a time, and not at all when the call has ended."""
    images = np.random.default_rng(0).random((20, 120, 130, 1), dtype=np.float32)
    conv = Conv2D(16, 3, activation="tanh")
    ae = Autoencoder([conv], optimizer="adam", epochs=1, batch_size=1, dtype="float32", threads=1, random_state=0)
    ae.fit(images[:2])
    tracemalloc.start()
    ae.encode(images)
    ae.score(images)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 1e6


def test_wide_samples_are_held_a_few_at_a_time():
    network = Network([Dense(2)], [Dense(1000)], in_shape=1000)
    assert samples_at_a_time(network) == 1024
    for width, count in ((2**17, 32), (2**19, 32), (2**20, 16), (2**25, 1)):
        network.decoder.shapes = [(2,), (width,)]
        assert samples_at_a_time(network) == count


FITS = {
    "two threads": {"optimizer": "adam", "epochs": 1, "threads": 2},
    "refinement": {"optimizer": None, "refine": npae.Refine("L-BFGS-B", max_iterations=2), "epochs": 1},
    "callbacks": {"optimizer": "adam", "epochs": 1, "callbacks": [npae.Progress(), npae.Record(["mse"])]},
    "default": {},
    "adam": {"optimizer": "adam", "epochs": 2},
    "batches": {"optimizer": "adam", "epochs": 1, "batch_size": 2000, "validation_fraction": 0.1},
}


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("name", FITS)
def test_a_fit_leaves_nothing_of_the_datas_size_behind(name):
    """Neither the samples in the network's dtype nor the layers' outputs wait for Python to look for cycles."""
    X = np.random.default_rng(0).random((6000, 40), dtype=np.float32)

    def fit():
        return Autoencoder([3], random_state=0, **{"threads": 1, **FITS[name]}).fit(X)

    fit()
    gc.collect()
    gc.disable()
    try:
        tracemalloc.start()
        ae = fit().partial_fit(X)
        left = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    finally:
        gc.enable()
    assert left < 1.5e6  # the samples as float64 take 1.9 MB; what inference holds of the layers takes 1.1 MB
    assert ae.theta_.size == 283


def test_a_training_that_fails_leaves_nothing_of_the_datas_size_behind():
    X, trainings = np.random.default_rng(0).random((6000, 40), dtype=np.float32), []

    def fail(training):
        trainings.append(weakref.ref(training))
        raise RuntimeError("no more")

    gc.collect()
    gc.disable()
    try:
        with contextlib.suppress(RuntimeError):
            Autoencoder([3], optimizer="adam", epochs=2, callbacks=[fail]).fit(X)
        assert trainings[0]() is None
    finally:
        gc.enable()
