"""The first theta of the default recipe is the better of two that have been tried."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Dense, Network, Refine
from npae.estimators import good_start as module
from npae.estimators.good_start import good_start
from npae.estimators.principal_start import principal_start
from npae.samples import Samples

TRIAL = Refine("L-BFGS-B", max_iterations=20)
RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 2)) @ RNG.standard_normal((2, 6)) + 0.2 * RNG.standard_normal((60, 6))
NETWORK = Network([Dense(5, "tanh"), Dense(2)], [Dense(5, "tanh"), Dense(6)], in_shape=(6,))


def start(samples, network=NETWORK, refine=TRIAL, seed=0, threads=1):
    return good_start(network, Samples(samples), np.random.default_rng(seed), refine, threads)


@in_one_test("seed", range(5))
@in_one_test("refine", [TRIAL, Refine("L-BFGS-B", max_iterations=1)], ids=["long", "short"])
def test_it_is_no_worse_than_either_start(seed, refine):
    drawn = NETWORK.init(np.random.default_rng(seed))
    principal = principal_start(NETWORK, Samples(X), drawn)
    found = NETWORK.value(start(X, refine=refine, seed=seed), X)
    assert found <= min(NETWORK.value(drawn, X), NETWORK.value(principal, X))


def test_it_is_no_worse_on_all_samples_if_only_some_were_tried(monkeypatch):
    monkeypatch.setattr(module, "ROWS", 5)
    drawn = NETWORK.init(np.random.default_rng(0))
    assert NETWORK.value(start(X), X) <= NETWORK.value(principal_start(NETWORK, Samples(X), drawn), X)


def test_the_same_seed_gives_the_same_bits(monkeypatch):
    monkeypatch.setattr(module, "ROWS", 30)
    np.testing.assert_array_equal(start(X), start(X))
    assert (start(X) != start(X, seed=1)).any()


def test_it_is_drawn_where_there_are_no_components():
    network = Network([Dense(5, "tanh"), Dense(2)], [Dense(6, "tanh")], in_shape=(6,))
    np.testing.assert_array_equal(start(X, network), network.init(np.random.default_rng(0)))


def test_the_generator_is_left_where_drawing_leaves_it():
    """Whether there are components does not change what is drawn later."""
    one, other = np.random.default_rng(0), np.random.default_rng(0)
    good_start(NETWORK, Samples(X), one, TRIAL, 1)
    NETWORK.init(other)
    assert one.bit_generator.state == other.bit_generator.state


def test_it_is_finite_and_silent_where_every_trial_overflows():
    theta = start(1e200 * X)
    assert np.isfinite(theta).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_has_the_dtype_of_the_network(dtype):
    network = Network([Dense(5, "tanh"), Dense(2)], [Dense(5, "tanh"), Dense(6)], in_shape=(6,), dtype=dtype)
    assert start(X.astype(dtype), network).dtype == dtype


def test_ctrl_c_ends_training_with_a_model(monkeypatch):
    def interrupted(self, objective, theta, *arguments, **options):
        return theta, {"stopped": "interrupted"}

    monkeypatch.setattr(npae.Refine, "improve", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start(X)
