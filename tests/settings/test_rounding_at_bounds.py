"""Rounding is no reason to refuse a number, and what is refused is printed in digits that say why."""

import re

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import metrics
from npae.datasets.picture_form import value_range
from npae.losses import BinaryCrossEntropy, CrossEntropy
from npae.settings.checks import number_in

DTYPES = [np.float16, np.float32, np.float64]
EDGES = np.array([[0.0, 1.0, 0.25, 0.5, 0.75, 1.0], [1.0, 0.0, 0.5, 0.25, 1.0, 0.75]] * 8)


def beyond(X, units=3):
    """Return X with every 0 and 1 a few units in the last place outside."""
    eps = np.finfo(X.dtype).eps
    return np.where(X == 1, 1 + units * eps, np.where(X == 0, -units * eps, X)).astype(X.dtype)


@in_one_test("held", [np.float32, np.float64], ids=["float32 in float64", "float64"])
@in_one_test("network", ["float32", "float64"])
def test_rounding_beyond_0_and_1_trains_as_0_and_1_do(held, network):
    X = beyond(EDGES.astype(held)).astype(float)
    assert X.min() < 0 and X.max() > 1
    for callbacks in ((), [npae.EarlyStopping("val_loss", patience=50)]):
        losses = [
            npae.Autoencoder([2], loss="bce", epochs=20, callbacks=callbacks, dtype=network, random_state=0)
            .fit(data, validation_data=data)
            .history_["val_loss"]
            for data in (X, np.clip(X, 0, 1))
        ]
        np.testing.assert_allclose(*losses, rtol=1e-5)


@in_one_test("dtype", DTYPES)
def test_a_loss_allows_rounding_in_the_type_of_the_data(dtype):
    BinaryCrossEntropy().check_target(beyond(EDGES.astype(dtype)))
    if dtype != np.float16:  # its rows do not add up to 1 to 1e-4
        CrossEntropy().check_target(beyond(np.eye(3, dtype=dtype)))
    with pytest.raises(ValueError, match="targets must lie"):
        BinaryCrossEntropy().check_target(beyond(EDGES.astype(dtype), units=30))


@in_one_test("outside", [1 + 1e-9, 1 + 1e-7, -1e-9, 1.0001, -3.0])
def test_what_is_outside_is_printed_in_digits_that_show_it(outside):
    with pytest.raises(ValueError, match="got values from") as caught:
        BinaryCrossEntropy().check_target(np.array([[0.0, outside, 1.0]]))
    low, high = map(float, re.search(r"from (\S+) to (\S+)\. ", str(caught.value)).groups())
    assert (low, high) == (min(outside, 0), max(outside, 1))


@in_one_test(
    ("target", "got"),
    [
        ([[1.5, -0.5]], "a value of -0.5"),
        ([[0.5, 0.4]], "a row that adds up to 0.9"),
        ([[[1.0, 0.0]]], r"an array of shape \(1, 1, 2\)"),
    ],
)
def test_probabilities_that_are_refused_are_named(target, got):
    with pytest.raises(ValueError, match=f"add up to 1 for 'cross_entropy', got {got}"):
        CrossEntropy().check_target(np.array(target))


ONE, ZERO = 1 + 2e-16, -1e-17
TAKEN = {
    "quantile": lambda: npae.Autoencoder([2], epochs=2, random_state=0).fit(EDGES).threshold(EDGES, ONE),
    "quantile 0": lambda: npae.Autoencoder([2], epochs=2, random_state=0).fit(EDGES).threshold(EDGES, ZERO),
    "contamination": lambda: npae.AnomalyDetector(contamination=0.5 + 1e-16).fit(EDGES).threshold_,
    "flipped": lambda: npae.FlipPixels(p=ONE).apply(EDGES, np.random.default_rng(0)),
    "masked": lambda: npae.MaskPixels(ONE).apply(EDGES, np.random.default_rng(0)),
    "salted": lambda: npae.SaltAndPepper(ONE).apply(EDGES, np.random.default_rng(0)),
    "dropout": lambda: npae.Autoencoder([npae.Dropout(ZERO), 2], epochs=2, random_state=0).fit(EDGES).theta_,
    "converged": lambda: npae.Converged(ONE, floor=ZERO).floor,
    "step decay": lambda: npae.StepDecay(factor=ONE).factor,
    "momentum": lambda: npae.Momentum(momentum=ZERO).momentum,
    "adam": lambda: npae.Adam(beta1=ZERO).beta1,
}


@in_one_test("name", TAKEN)
def test_a_share_beyond_its_range_by_rounding_is_taken(name):
    assert np.isfinite(TAKEN[name]()).all()


@in_one_test(("value", "end"), [(ONE, 1), (ZERO, 0), (np.float32(1.0000002), 1), (1 / 3 * 3 + 2e-16, 1)])
def test_rounding_beyond_an_end_stands_for_the_end(value, end):
    assert number_in("p", value, 0, 1) == end


@in_one_test("value", [1 + 1e-9, -1e-9, np.float32(1.00001)])
def test_what_is_beyond_an_end_by_more_is_refused(value):
    with pytest.raises(ValueError, match=r"p must be a number in \[0, 1\], got .*"):
        number_in("p", value, 0, 1)


def test_pictures_with_rounding_are_drawn_and_compared_like_those_without():
    rough = np.array([[1e-17, ONE], [ONE, ZERO]])
    assert value_range(np.array([0.3, ONE])) == value_range(np.array([ZERO, 0.7])) == (0, 1)
    assert metrics.crispness(rough).max() <= 1
    letters = npae.datasets.load_font("capitals").pixels[:8]
    ae = npae.Autoencoder([2], activation="tanh", loss="bce", epochs=300, random_state=0).fit(letters)
    exact = npae.discover(ae, letters, candidates=400, least_crispness=0, random_state=0)
    off = npae.discover(ae, beyond(letters), candidates=400, least_crispness=0, random_state=0)
    np.testing.assert_allclose(exact.samples, off.samples, rtol=1e-12)
    assert set(npae.study.repeat(ae, beyond(letters), seeds=1, executor="serial").rows[0]) >= {"wrong_pixels", "exact"}


@in_one_test(
    ("call", "message"),
    [
        (lambda: npae.Classifier([2], epochs=1).fit(np.eye(3), [0, 1, 2 + 1e-9]), "got 2.000000001"),
        (lambda: npae.Dropout(ONE), "got 1.0000000000000002"),
        (lambda: npae.series.ChannelScaler.fit(np.full((2, 5, 1), 1.23456789)), "got 1.23456789 at every step"),
        (
            lambda: npae.Refine("SLSQP", max_memory=2.4e10 - 1).check_memory(31_623),
            "max_memory = 24 GB, got 'SLSQP', whose dense 31,623 x 31,623 matrices need about 24.0003 GB",
        ),
    ],
)
def test_two_numbers_that_a_message_compares_are_printed_apart(call, message):
    with pytest.raises((ValueError, MemoryError), match=re.escape(message)):
        call()


def test_a_gradient_that_is_barely_wrong_is_not_printed_as_right():
    @npae_layer
    class Slope(npae.Layer):
        def forward(self, x, params, context):
            return 2 * x, lambda dy, grads: dy * (2 + 2.08e-6)

    network = npae.Network([npae.Dense(2), Slope()], [npae.Dense(3)], in_shape=(3,))
    with pytest.raises(npae.GradientMismatch, match=r"to 1e-06: .*relative error 1.0[1-9]e-06"):
        npae.check_gradients(network)


def npae_layer(cls):
    """Make a class a frozen dataclass."""
    from dataclasses import dataclass

    return dataclass(frozen=True)(cls)
