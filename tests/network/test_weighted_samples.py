"""A sample of weight 2 counts as if it were there twice: in every loss, penalty and divergence."""

from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import L1, L2, LSTM, CodeKL, CodeL1, Dense, GaussianCode, MaxNorm, Network
from npae.network import Shards
from npae.samples import Samples

RNG = np.random.default_rng(0)
WEIGHTS = np.array([2.0, 1.0, 0.0, 3.0, 1.0, 1.0, 4.0])
TWICE = np.repeat(np.arange(7), WEIGHTS.astype(int))
X = RNG.random((7, 5))
CODES = {
    "plain": lambda: Dense(3, "sigmoid"),
    "gaussian": lambda: GaussianCode(3, beta=0.3),
    "free bits": lambda: GaussianCode(3, free_bits=0.2),
}


@dataclass(frozen=True)
class LogCosh(npae.Loss):
    """A loss of one's own, as the docs write it."""

    def forward(self, z, target, context):
        difference, share = z - target, context.share_of_mean(z)
        return float(np.sum(share * np.log(np.cosh(difference)))), lambda: share * np.tanh(difference)


@dataclass(frozen=True)
class Heedless(npae.Loss):
    """A loss that knows nothing of weights."""

    def forward(self, z, target, context):
        return float(np.sum((z - target) ** 2)) / context.samples, lambda: 2 * (z - target) / context.samples


@dataclass(frozen=True)
class HeedlessPenalty(npae.CodePenalty):
    """A penalty that knows nothing of weights."""

    def forward(self, code, context):
        return float(np.sum(code**2)) / context.samples, lambda dcode: None


@dataclass(frozen=True)
class HeedlessLayer(npae.Layer):
    """A layer that charges, and knows nothing of weights."""

    def forward(self, x, params, context):
        if context.samples:
            context.charge(float(np.sum(x**2)) / context.samples)
        return x, lambda dy, grads: dy


def dense(loss="mse", code="plain", penalty=None, dtype=np.float64):
    return Network([Dense(4, "tanh"), CODES[code]()], [Dense(5)], loss, in_shape=5, penalty=penalty, dtype=dtype)


NETWORKS = {
    "mse": dense(),
    "bce": dense("bce"),
    "own loss": dense(LogCosh()),
    "L1": dense(penalty=L1(0.1)),
    "L2": dense(penalty=L2(0.1)),
    "MaxNorm": dense(penalty=MaxNorm(1.0)),
    "CodeL1": dense(penalty=CodeL1(0.3)),
    "CodeKL": dense(penalty=CodeKL(0.1, 0.5)),
    "mse, gaussian": dense(code="gaussian"),
    "bce, gaussian": dense("bce", code="gaussian"),
    "free bits": dense("bce", code="free bits", penalty=[L2(0.1), CodeL1(0.1)]),
}


@in_one_test("network", NETWORKS.values(), ids=NETWORKS)
def test_a_weight_of_two_is_the_sample_twice(network):
    theta = network.init(np.random.default_rng(1))
    value, gradient = network.value_and_gradient(theta, X, sample_weight=WEIGHTS)
    expected, expected_gradient = network.value_and_gradient(theta, X[TWICE])
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(network.value(theta, X, sample_weight=WEIGHTS), expected, rtol=1e-13)


@in_one_test("network", NETWORKS.values(), ids=NETWORKS)
def test_equal_weights_are_none(network):
    theta = network.init(np.random.default_rng(1))
    value, gradient = network.value_and_gradient(theta, X, sample_weight=np.full(7, 0.3))
    expected, expected_gradient = network.value_and_gradient(theta, X)
    np.testing.assert_allclose(value, expected, rtol=1e-14)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-12, atol=1e-16)


@in_one_test("network", NETWORKS.values(), ids=NETWORKS)
def test_the_gradient_of_weighted_samples_is_right(network):
    npae.check_gradients(network, X, sample_weight=WEIGHTS)


@in_one_test("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@in_one_test("at_a_time", [None, 2])
@in_one_test("threads", [1, 2])
@in_one_test("rows", [None, np.array([6, 0, 3, 3, 2])], ids=["all", "some"])
def test_shards_of_weighted_samples_add_up(rows, threads, at_a_time, dtype):
    network = dense("bce", "gaussian", [L2(0.1), CodeL1(0.3)], dtype)
    theta, rtol = network.init(np.random.default_rng(1)), 100 * np.finfo(dtype).eps
    every = WEIGHTS / WEIGHTS.mean()
    chosen = np.arange(7) if rows is None else rows
    # A batch is a part of the data: its loss is a sum of weighted losses, divided by the number of its samples.
    terms = [network.value(theta, X[[i]]) - 0.1 * sum((w**2).sum() for w in weights_of(network, theta)) for i in chosen]
    expected = np.mean(every[chosen] * terms) + 0.1 * sum((w**2).sum() for w in weights_of(network, theta))
    with Shards(network, threads, at_a_time) as shards:
        value = shards.evaluate(theta, Samples(X, weights=WEIGHTS), rows=rows)
        gradient = shards.gradient.copy()
        np.testing.assert_allclose(value, expected, rtol=rtol)
        if rows is None:
            one = network.value_and_gradient(theta, X, sample_weight=WEIGHTS)[1]
            np.testing.assert_allclose(gradient, one, rtol=1000 * rtol, atol=rtol)


def weights_of(network, theta):
    return [view for name, view in network.parameters(theta).items() if name.endswith("W")]


def test_a_weighted_series_counts_by_its_real_steps():
    network = Network([LSTM(3, sequences=True)], [Dense(2)], in_shape=(4, 2))
    series, mask = RNG.random((7, 4, 2)), np.arange(4) < np.array([4, 1, 2, 3, 4, 2, 1])[:, None]
    theta = network.init(np.random.default_rng(1))
    found = network.value_and_gradient(theta, series, mask=mask, sample_weight=WEIGHTS)
    expected = network.value_and_gradient(theta, series[TWICE], mask=mask[TWICE])
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-11, atol=1e-15)
    for threads, at_a_time in ((1, None), (2, None), (1, 2)):
        with Shards(network, threads, at_a_time) as shards:
            value = shards.evaluate(theta, Samples(series, mask=mask, weights=WEIGHTS))
            np.testing.assert_allclose(value, expected[0], rtol=1e-13)
            np.testing.assert_allclose(shards.gradient, expected[1], rtol=1e-11, atol=1e-15)


@in_one_test("loss", ["mse", "bce", "cross_entropy"])
def test_the_hessian_of_weighted_samples_is_that_of_repeated_ones(loss):
    network = Network([Dense(4, "tanh"), Dense(2)], [Dense(5)], loss, in_shape=5)
    T = RNG.dirichlet(np.ones(5), 7)
    theta, v = network.init(np.random.default_rng(1)), RNG.standard_normal(network.n_parameters)
    product = network.hessian_product(theta, v, X, T, sample_weight=WEIGHTS)
    np.testing.assert_allclose(product, network.hessian_product(theta, v, X[TWICE], T[TWICE]), rtol=1e-10, atol=1e-14)
    found = network.value_and_gradient(theta, X, T, sample_weight=WEIGHTS)
    expected = network.value_and_gradient(theta, X[TWICE], T[TWICE])
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-11, atol=1e-15)


@in_one_test(
    ("network", "part"),
    [
        (dense(Heedless()), r"loss must weigh .*got Heedless\(\)"),
        (dense(penalty=HeedlessPenalty()), r"penalty must weigh .*got HeedlessPenalty\(\)"),
        (
            Network([HeedlessLayer(), Dense(2)], [Dense(5)], in_shape=5),
            r"layers that charge must weigh .*HeedlessLayer\(\)",
        ),
    ],
    ids=["loss", "penalty", "layer"],
)
def test_what_takes_no_notice_of_weights_is_refused(network, part):
    theta = network.init(np.random.default_rng(1))
    network.value_and_gradient(theta, X)
    with pytest.raises(ValueError, match=part):
        network.value_and_gradient(theta, X, sample_weight=WEIGHTS)


@in_one_test(
    ("weights", "message"),
    [
        ([1, 2, 3], r"sample_weight must have shape \(7,\), got \(3,\)"),
        (3.0, r"sample_weight must have shape \(7,\), got \(\)"),
        (np.ones((7, 1)), r"sample_weight must have shape \(7,\), got \(7, 1\)"),
        ([1, 1, -2, 1, 1, 1, 1], "sample_weight must be at least 0, got -2 for sample 2"),
        (np.zeros(7), "sample_weight must be above 0 for some sample, got zero for all of them"),
        ([1, np.nan, 1, 1, 1, 1, 1], "sample_weight must be finite, got nan for sample 1"),
        ([1, 1, 1, 1, 1, 1, np.inf], "sample_weight must be finite, got inf for sample 6"),
        (list("abcdefg"), "sample_weight must be numbers, got dtype <U1"),
        ([1, None, "x", 1, 1, 1, 1], "sample_weight must be numbers, got list"),
        ([1j] * 7, "sample_weight must be numbers, got dtype complex128"),
        (np.ma.masked_equal(np.arange(7), 3), "sample_weight must be numbers, got masked entries"),
        ("balanced", "sample_weight must be numbers, got dtype <U8"),
        ({"a": 1}, "sample_weight must be numbers, got dict"),
    ],
    ids=["short", "scalar", "column", "negative", "zero", "nan", "inf", "texts", "objects", "complex", "masked",
         "balanced", "dict"],
)  # fmt: skip
def test_weights_that_cannot_be_are_refused(weights, message):
    network = dense()
    theta = network.init(np.random.default_rng(1))
    with pytest.raises(ValueError, match=message):
        network.value_and_gradient(theta, X, sample_weight=weights)
    with pytest.raises(ValueError, match=message):
        npae.Autoencoder([2], epochs=1).fit(X, sample_weight=weights)


@pytest.mark.parametrize("factor", [1e-300, 1e300])
def test_only_proportions_of_weights_matter(factor):
    network = dense()
    theta = network.init(np.random.default_rng(1))
    found = network.value_and_gradient(theta, X, sample_weight=factor * WEIGHTS)
    np.testing.assert_allclose(found[0], network.value(theta, X, sample_weight=WEIGHTS), rtol=1e-13)
