"""Layers that only reshape: order of numbers, memory, what passes through them, errors."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

from npae import (
    Autoencoder,
    AveragePool1D,
    Conv1D,
    Dense,
    Flatten,
    Layer,
    MaxPool1D,
    Network,
    Repeat,
    Reshape,
    Upsample,
)
from npae.layers import mirrored
from npae.layers.context import Context


@dataclass(frozen=True)
class Reverse(Layer):
    """A user's layer without parameters and activation."""

    def forward(self, x, params, context):
        return x[:, ::-1], lambda dy, grads: dy[:, ::-1]

    def mirror(self, in_shape, activation):
        return self


@dataclass(frozen=True)
class Moved(Reverse):
    """The same, said to move numbers only."""

    rearranges = True


@pytest.mark.parametrize("order", ["C", "F"])
def test_flatten_and_reshape_keep_the_order_of_numbers(order):
    x = np.arange(24.0).reshape(2, 3, 4).copy(order=order)
    y, backward = Flatten().forward(x, {}, Context())
    np.testing.assert_array_equal(y, np.arange(24).reshape(2, 12))
    np.testing.assert_array_equal(backward(y, {}), x)
    z, backward = Reshape((4, 3)).forward(x, {}, Context())
    np.testing.assert_array_equal(z, np.arange(24).reshape(2, 4, 3))
    np.testing.assert_array_equal(backward(z, {}), x)


def test_flatten_copies_nothing_that_lies_in_order():
    x = np.zeros((2, 3, 4))
    assert np.shares_memory(Flatten().forward(x, {}, Context())[0], x)


def test_repeat_gives_every_step_the_vector_and_adds_up_what_comes_back():
    x, dy = np.arange(6.0).reshape(2, 3), np.random.default_rng(0).random((2, 4, 3))
    y, backward = Repeat(4).forward(x, {}, Context())
    np.testing.assert_array_equal(y, np.stack([x] * 4, axis=1))
    np.testing.assert_allclose(backward(dy, {}), dy.sum(axis=1))


def test_mirrors_of_shapes_lead_back():
    assert Flatten().mirror((7, 7, 64), "relu") == Reshape((7, 7, 64))
    assert Reshape((7, 7, 64)).mirror((3136,), "relu") == Flatten()
    assert Reshape((49, 64)).mirror((7, 7, 64), "relu") == Reshape((7, 7, 64))


def test_activations_pass_through_layers_that_have_none():
    encoder = [Flatten(), Dense(12, "relu"), Reshape((6, 2)), MaxPool1D(2), Flatten(), Dense(2, "tanh")]
    decoder = mirrored(encoder, (4, 3), "sigmoid")
    assert decoder == [
        Dense(6, "relu"),
        Reshape((3, 2)),
        Upsample((2,), (6,)),
        Flatten(),
        Dense(12, "sigmoid"),
        Reshape((4, 3)),
    ]


def fused_and_plain(after, in_shape=(3, 2)):
    """Return two networks that end in `after`: with a sigmoid before it, and with nothing."""
    return [
        Network([Flatten(), Dense(2)], [Dense(6, end), *after], "bce", in_shape=in_shape)
        for end in ("sigmoid", "identity")
    ]


@in_one_test(
    "after",
    [
        [Reshape((3, 2))],
        [Reshape((1, 6)), Reshape((3, 2))],
        [Reshape((1, 6)), Upsample(3, (1,)), Reshape((3, 2))],
        [Moved(), Reshape((3, 2))],
    ],
    ids=str,
)
def test_a_sigmoid_before_layers_that_rearrange_is_fused_with_bce(after):
    fused, plain = fused_and_plain(after)
    X, theta = np.random.default_rng(0).random((5, 3, 2)), 3 * plain.init(np.random.default_rng(1))
    value, gradient = plain.value_and_gradient(theta, X)
    assert fused.value(theta, X) == value
    np.testing.assert_array_equal(fused.value_and_gradient(theta, X)[1], gradient)
    p = fused.reconstruct(theta, X)
    np.testing.assert_allclose(-np.mean(X * np.log(p) + (1 - X) * np.log1p(-p)), value, rtol=1e-6)


def test_saturated_pixels_after_a_reshape_keep_their_gradient():
    """An unfused sigmoid would have none: its slope is 0 at 800."""
    fused, _ = fused_and_plain([Reshape((3, 2))])
    theta = np.zeros(fused.n_parameters)
    fused.parameters(theta)["decoder.0.b"][...] = 800
    gradient = fused.parameters(fused.value_and_gradient(theta, np.zeros((4, 3, 2)))[1])
    np.testing.assert_allclose(gradient["decoder.0.b"], 1 / 6)


@pytest.mark.parametrize("after", [AveragePool1D(1), Reverse()], ids=str)
def test_a_sigmoid_before_layers_that_may_do_more_is_refused_with_bce(after):
    message = f"decoder must have only layers that rearrange numbers after 'sigmoid', .*, got {re.escape(repr(after))}"
    with pytest.raises(ValueError, match=message):
        Network([Flatten(), Dense(2)], [Dense(6, "sigmoid"), Reshape((3, 2)), after], "bce", in_shape=(3, 2))


def test_what_such_layers_make_of_other_activations_are_logits():
    network = Network([Flatten(), Dense(2)], [Dense(6, "tanh"), Reshape((3, 2)), Reverse()], "bce", in_shape=(3, 2))
    assert network.decoder.layers[0].activation == "tanh"


def test_another_activation_before_a_reshape_is_refused_with_bce():
    with pytest.raises(ValueError, match="output must be 'sigmoid' or 'identity' for the loss BinaryCrossEntropy"):
        Network([Flatten(), Dense(2)], [Dense(6, "tanh"), Reshape((3, 2))], "bce", in_shape=(3, 2))


def test_an_autoencoder_of_images_may_begin_flat():
    X = np.random.default_rng(0).random((20, 4, 3))
    ae = Autoencoder([Flatten(), 6, 3], loss="bce", epochs=30, random_state=0).fit(X)
    assert ae.reconstruct(X).shape == X.shape
    assert ae.history_["loss"][-1] < ae.history_["loss"][0]


def test_codes_may_have_any_shape():
    X = np.random.default_rng(0).random((20, 8, 1))
    ae = Autoencoder([Conv1D(2, 3, stride=2, activation="tanh")], epochs=2, random_state=0).fit(X)
    assert ae.encode(X).shape == (20, 4, 2)
    assert ae.sample(3).shape == (3, 8, 1)


@in_one_test(
    ("make", "message"),
    [
        (lambda: Reshape(6), r"shape must be a tuple of integers such as \(7, 7, 64\), got 6"),
        (lambda: Reshape(()), r"shape must be a tuple of integers .*, got \(\)"),
        (lambda: Reshape((3, -1)), "shape must be an integer of at least 1, got -1"),
        (lambda: Repeat(0), "steps must be an integer of at least 1, got 0"),
        (lambda: Reshape((3, 2)).out_shape((7,)), r"shape must hold the 7 numbers of a sample \(7,\), got \(3, 2\)"),
        (
            lambda: Repeat(3).out_shape((7, 2)),
            r"samples must be flat \(D,\) for Repeat, got shape \(7, 2\). Put a Flatten",
        ),
        (lambda: Repeat(3).mirror((7,), "tanh"), "Repeat has no mirror: .*Pass decoder= with the layers that undo it"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
