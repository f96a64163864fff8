import math

import numpy as np
import pytest
from looped import in_one_test

from npae import Dense, Gaussian, Glorot, He, Initializer, LeCun, Network, Orthogonal
from npae.initializers import INITIALIZERS

FAN_IN, FAN_OUT = 300, 200
SPREADS = [
    (Gaussian(0.3), 0, 0.3),
    (Gaussian(std=0.05, mean=-2), -2, 0.05),
    (Glorot(), 0, math.sqrt(2 / (FAN_IN + FAN_OUT))),
    (Glorot(gain=0.5), 0, 0.5 * math.sqrt(2 / (FAN_IN + FAN_OUT))),
    (He(), 0, math.sqrt(2 / FAN_IN)),
    (LeCun(), 0, math.sqrt(1 / FAN_IN)),
]


def weights(initializer, seed=0):
    return initializer.draw(np.random.default_rng(seed), (FAN_IN, FAN_OUT), FAN_IN, FAN_OUT)


@in_one_test(("initializer", "mean", "std"), SPREADS, ids=str)
def test_weights_have_the_mean_and_spread_of_the_formula(initializer, mean, std):
    """Mean within 5 standard errors; standard deviation within 2 % (5 errors of it are 1.5 %)."""
    w = weights(initializer)
    assert w.shape == (FAN_IN, FAN_OUT)
    assert w.dtype == np.float64
    assert abs(w.mean() - mean) < 5 * std / math.sqrt(w.size)
    np.testing.assert_allclose(w.std(), std, rtol=0.02)


def test_glorot_fills_its_bounds_evenly():
    bound = math.sqrt(6 / (FAN_IN + FAN_OUT))
    w = weights(Glorot())
    assert 0.999 * bound < np.abs(w).max() <= bound
    np.testing.assert_allclose(np.quantile(w, [0.25, 0.75]), [-bound / 2, bound / 2], rtol=0.03)


@in_one_test("initializer", [Gaussian(1.0), He(), LeCun()], ids=str)
def test_normal_initialisers_have_normal_tails(initializer):
    w = weights(initializer)
    assert abs(np.mean(np.abs(w) > 2 * w.std()) - 0.0455) < 0.005


@in_one_test("initializer", INITIALIZERS.values(), ids=str)
def test_the_seed_determines_the_weights(initializer):
    np.testing.assert_array_equal(weights(initializer, 3), weights(initializer, 3))
    assert np.any(weights(initializer, 3) != weights(initializer, 4))


@in_one_test("shape", [(40, 40), (40, 7), (2, 20, 7), (1, 1)], ids=str)
def test_no_more_columns_than_rows_are_orthonormal(shape):
    w = Orthogonal().draw(np.random.default_rng(0), shape, 1, 1)
    assert w.shape == shape
    rows = w.reshape(-1, shape[-1])
    np.testing.assert_allclose(rows.T @ rows, np.eye(shape[-1]), atol=1e-13)


def test_more_columns_than_rows_are_square_matrices_side_by_side():
    w = Orthogonal().draw(np.random.default_rng(0), (8, 27), 1, 1)
    parts = [w[:, start : start + 8] for start in range(0, 27, 8)]
    assert len(parts) == 4 and len({float(part[0, 0]) for part in parts}) == 4
    for part in parts:
        np.testing.assert_allclose(part.T @ part, np.eye(part.shape[1]), atol=1e-13)


def test_orthogonal_matrices_are_uniform():
    """Both determinants as often, and the trace of powers as for uniform ones: QR alone favours one sign of R."""
    rng = np.random.default_rng(0)
    drawn = np.array([Orthogonal().draw(rng, (3, 3), 3, 3) for _ in range(4000)])
    assert abs(np.linalg.det(drawn).mean()) < 5 / math.sqrt(4000)
    traces = np.trace(drawn, axis1=1, axis2=2)
    assert abs(traces.mean()) < 5 / math.sqrt(4000)  # the trace has mean 0 and variance 1
    np.testing.assert_allclose(traces.var(), 1, atol=0.1)


def test_zero_spread_gives_the_mean():
    np.testing.assert_array_equal(weights(Gaussian(std=0, mean=0.5)), 0.5)


@in_one_test("std", [-0.1, math.inf, math.nan, "0.3", None, True])
def test_gaussian_refuses_a_bad_std(std):
    with pytest.raises(ValueError, match=r"std must be a number in \[0, inf\[, got "):
        Gaussian(std=std)


@in_one_test("mean", [math.inf, -math.inf, math.nan, "0"])
def test_gaussian_refuses_a_bad_mean(mean):
    with pytest.raises(ValueError, match=r"mean must be a number in \]-inf, inf\[, got "):
        Gaussian(mean=mean)


def test_the_base_class_draws_nothing():
    with pytest.raises(NotImplementedError):
        weights(Initializer())


def network_parameters(activation, **options):
    network = Network([Dense(200, activation)], [Dense(300)], in_shape=(300,), **options)
    return network.parameters(network.init(np.random.default_rng(1)))


@in_one_test(
    ("activation", "std"),
    [
        ("identity", math.sqrt(2 / 500)),
        ("tanh", math.sqrt(2 / 500)),
        ("sigmoid", math.sqrt(2 / 500)),
        ("softplus", math.sqrt(2 / 500)),
        ("relu", math.sqrt(2 / 300)),
        ("leaky_relu", math.sqrt(2 / 300)),
        ("elu", math.sqrt(2 / 300)),
        ("selu", math.sqrt(1 / 300)),
    ],
)
def test_a_network_initialises_each_layer_for_its_activation(activation, std):
    W = network_parameters(activation)["encoder.0.W"]
    np.testing.assert_allclose(W.std(), std, rtol=0.02)


@in_one_test(("init", "std"), [(Gaussian(0.7), 0.7), ("lecun", math.sqrt(1 / 300)), (Gaussian(0.0, 1.0), 0.0)], ids=str)
def test_init_overrules_the_activation(init, std):
    W = network_parameters("relu", init=init)["encoder.0.W"]
    np.testing.assert_allclose(W.std(), std, rtol=0.02, atol=1e-12)


@pytest.mark.parametrize("init", [None, Gaussian(0.5, mean=3)], ids=str)
def test_biases_start_at_zero(init):
    parameters = network_parameters("tanh", init=init)
    np.testing.assert_array_equal(parameters["encoder.0.b"], 0)
    np.testing.assert_array_equal(parameters["decoder.0.b"], 0)


def test_a_network_takes_an_initialiser_of_the_users_own():
    class Counting(Initializer):
        def draw(self, rng, shape, fan_in, fan_out):
            return np.full(shape, 1000 * fan_in + fan_out)

    parameters = network_parameters("tanh", init=Counting())
    np.testing.assert_array_equal(parameters["encoder.0.W"], 300_200)
    np.testing.assert_array_equal(parameters["decoder.0.W"], 200_300)
