"""Layers that a user writes, and the chain that runs them."""

from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

from npae import Bias, Dense, Layer, Network, Weight, check_gradients
from npae.layers import Chain, mirrored


@dataclass(frozen=True)
class Scale(Layer):
    """y = gain * x + shift, each feature by its own."""

    def parameters(self, in_shape):
        return {"gain": Weight(in_shape, 1, 1), "shift": Bias(in_shape, value=0.5)}

    def forward(self, x, params, context):
        y = x * params["gain"] + params["shift"]

        def backward(dy, grads):
            grads["gain"][...] = (dy * x).sum(axis=0)
            grads["shift"][...] = dy.sum(axis=0)
            return dy * params["gain"]

        return y, backward

    def mirror(self, in_shape, activation):
        return Scale()


@dataclass(frozen=True)
class Jitter(Layer):
    """y = x * (1 + spread * normal) while training, else x."""

    spread: float = 0.5
    stochastic = True

    def forward(self, x, params, context):
        factor = 1 + self.spread * context.rng.standard_normal(x.shape) if context.training else np.ones(x.shape)
        return x * factor, lambda dy, grads: dy * factor


@dataclass(frozen=True)
class Odd(Layer):
    """Takes only samples with an odd number of features."""

    def parameters(self, in_shape):
        if in_shape[0] % 2 == 0:
            raise ValueError(rf"features must be odd, got {in_shape[0]} (\1).")
        return {}


@dataclass(frozen=True)
class Nothing(Layer):
    """Overrides no method."""


X = np.random.default_rng(0).random((6, 4))


def test_a_users_layer_trains_as_part_of_a_network():
    network = Network([Scale(), Dense(3, "tanh"), Scale()], [Dense(4)], in_shape=(4,))
    names = ["encoder.0.gain", "encoder.0.shift", "encoder.1.W", "encoder.1.b", "encoder.2.gain", "encoder.2.shift"]
    theta = network.init(np.random.default_rng(0))
    assert list(network.parameters(theta))[:6] == names
    np.testing.assert_array_equal(network.parameters(theta)["encoder.0.shift"], 0.5)
    assert check_gradients(network).error < 1e-8
    value, gradient = network.value_and_gradient(theta, X)
    assert network.value(theta - 0.01 * gradient, X) < value


def test_a_stochastic_layer_draws_from_the_generator_of_the_pass():
    network = Network([Dense(3, "tanh"), Jitter()], [Dense(4)], in_shape=(4,))
    theta = network.init(np.random.default_rng(0))
    seeded = [network.value_and_gradient(theta, X, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert seeded[0][0] == seeded[1][0] != seeded[2][0]
    np.testing.assert_array_equal(seeded[0][1], seeded[1][1])
    assert check_gradients(network).error < 1e-8


def test_a_stochastic_layer_rests_outside_training():
    noisy, plain = (Network([Dense(3, "tanh"), *extra], [Dense(4)], in_shape=(4,)) for extra in ([Jitter()], []))
    theta = plain.init(np.random.default_rng(0))
    assert noisy.value(theta, X) == plain.value(theta, X)
    np.testing.assert_allclose(noisy.encode(theta, X), plain.encode(theta, X), rtol=1e-15)
    np.testing.assert_allclose(noisy.reconstruct(theta, X), plain.reconstruct(theta, X), rtol=1e-12)


def test_a_network_knows_whether_it_is_stochastic():
    assert Network([Jitter(), Dense(2)], [Dense(4)], in_shape=(4,)).stochastic
    assert not Network([Scale(), Dense(2)], [Dense(4)], in_shape=(4,)).stochastic


def test_a_generator_moves_on_from_pass_to_pass():
    network = Network([Jitter(), Dense(2)], [Dense(4)], in_shape=(4,))
    theta, rng = network.init(np.random.default_rng(0)), np.random.default_rng(1)
    assert network.value(theta, X, rng=rng) != network.value(theta, X, rng=rng)


def test_a_layer_that_keeps_the_shape_needs_no_methods_but_forward():
    assert Nothing().parameters((3, 2)) == {}
    assert Nothing().out_shape((3, 2)) == (3, 2)


def test_a_layer_without_forward_says_so():
    with pytest.raises(NotImplementedError, match=r"Nothing must define forward\(x, params, context\)"):
        Nothing().forward(X, {}, None)


def test_a_layer_without_mirror_says_so():
    with pytest.raises(ValueError, match="Nothing has no mirror. Pass decoder= with the layers that undo it"):
        Nothing().mirror((3,), "tanh")


def test_users_layers_can_have_mirrors():
    assert mirrored([Scale(), Dense(2, "tanh")], (4,), "sigmoid") == [Dense(4, "identity"), Scale()]


def test_a_chain_knows_the_shapes_between_its_layers():
    chain = Chain("encoder", [Dense(3, "tanh"), Scale(), Dense(2)], [4])
    assert chain.shapes == [(4,), (3,), (3,), (2,)]
    assert (chain.in_shape, chain.out_shape) == ((4,), (2,))
    assert [prefix for prefix, _ in chain.groups] == ["encoder.0", "encoder.1", "encoder.2"]


def test_an_empty_chain_changes_nothing():
    chain = Chain("encoder", [], (4,))
    assert chain.out_shape == (4,)
    y, backward = chain.forward(X, [], None)
    assert y is X
    assert backward(X, []) is X


@in_one_test("wrong", [3, "tanh", None, Dense])
def test_a_chain_names_what_is_not_a_layer(wrong):
    with pytest.raises(ValueError, match="decoder.1 must be a layer, a frozen dataclass derived from npae.Layer, got "):
        Chain("decoder", [Dense(3), wrong], (4,))


def test_an_error_of_a_layer_is_raised_with_its_name_and_its_own_words():
    with pytest.raises(ValueError, match=r"^encoder\.1: features must be odd, got 4 \(\\1\)\.$"):
        Chain("encoder", [Dense(4), Odd()], (3,))
    with pytest.raises(ValueError, match=r"^decoder\.0: samples must be flat"):
        Chain("decoder", [Dense(4)], (3, 2, 1))


def test_outputs_are_those_of_the_layers_one_after_another():
    network = Network([Scale()], [Scale()], in_shape=(4,))
    workspace = network.new_workspace()
    theta = np.arange(16.0)
    workspace.bind(theta)
    workspace.context.begin(len(X))
    chain = Chain("", network.layers, (4,))
    first, second = chain.outputs(X, workspace.params, workspace.context)
    np.testing.assert_allclose(first, X * theta[:4] + theta[4:8], rtol=1e-15)
    np.testing.assert_allclose(second, first * theta[8:12] + theta[12:], rtol=1e-15)
