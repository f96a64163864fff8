"""What is wrong with a layer of one's own is said by the name of its array, and not by NumPy."""

from dataclasses import dataclass

import numpy as np
import pytest
from looped import in_one_test

from npae import Autoencoder, Bias, Layer, Network, Weight, check_gradients

X = np.random.default_rng(0).random((10, 4))


@dataclass(frozen=True)
class Gain(Layer):
    """y = a x, whose derivative in a is not summed over samples."""

    def parameters(self, in_shape):
        return {"a": Bias(in_shape, 0.5)}

    def forward(self, x, params, context):
        def backward(dy, grads):
            grads["a"][...] = dy * x
            return dy * params["a"]

        return x * params["a"], backward

    def mirror(self, in_shape, activation):
        return []


@dataclass(frozen=True)
class Transposed(Gain):
    """y = x W, whose derivative in W has the axes of its transpose."""

    def parameters(self, in_shape):
        return {"W": Weight((*in_shape, 3))}

    def out_shape(self, in_shape):
        return (3,)

    def forward(self, x, params, context):
        def backward(dy, grads):
            grads["W"][:] = dy.T @ x
            return dy @ params["W"].T

        return x @ params["W"], backward


@dataclass(frozen=True)
class Right(Gain):
    def forward(self, x, params, context):
        def backward(dy, grads):
            np.sum(dy[:1] * x[:1], axis=0, out=grads["a"])
            grads["a"] += (dy[1:] * x[1:]).sum(axis=0)
            grads["a"][0] = grads["a"][:1].sum()
            return dy * params["a"]

        return x * params["a"], backward


@dataclass(frozen=True)
class Arrays(Gain):
    def parameters(self, in_shape):
        return {"b": Bias(in_shape), "a": np.zeros(in_shape)}


@pytest.mark.parametrize("n", [4, 7])
def test_check_gradients_names_the_array_that_gets_another_shape(n):
    said = rf"Gain: grads\['a'\] must be filled with shape \(4,\), got \({n}, 4\)\. Sum over the samples\?"
    with pytest.raises(ValueError, match=said):
        check_gradients(Gain(), X[:n])


def test_only_what_looks_like_samples_gets_the_hint():
    with pytest.raises(
        ValueError, match=r"Transposed: grads\['W'\] must be filled with shape \(4, 3\), got \(3, 4\)\.$"
    ):
        check_gradients(Transposed(), in_shape=(4,))


def test_fit_and_a_network_name_it_with_the_place_of_the_layer():
    said = r"encoder.0 \(Gain\): grads\['a'\] must be filled with shape \(4,\), got \(2, 4\)\. Sum over the samples\?"
    with pytest.raises(ValueError, match=said):
        Autoencoder([Gain(), 2], random_state=0).fit(X)
    network = Network([Gain()], [Gain()], in_shape=4)
    for call in (check_gradients, lambda network: network.value_and_gradient(np.ones(8), X)):
        with pytest.raises(ValueError, match=r"decoder.0 \(Gain\): grads\['a'\] must be filled with shape \(4,\)"):
            call(network)


def test_a_right_layer_that_fills_piece_by_piece_passes():
    assert check_gradients(Right(), in_shape=(4,)).error < 1e-8
    Autoencoder([Right(), 2], epochs=1, random_state=0).fit(X)


@in_one_test("in_shape", [4, (4,), [4], np.int64(4)], ids=str)
def test_the_shape_of_one_sample_may_be_a_number_as_for_a_network(in_shape):
    assert check_gradients(Right(), in_shape=in_shape) == check_gradients(Right(), in_shape=(4,))


@in_one_test("in_shape", ["4", 4.0, (0,), (4, "a")], ids=str)
def test_another_shape_of_one_sample_is_refused(in_shape):
    with pytest.raises(ValueError, match="in_shape must be "):
        check_gradients(Right(), in_shape=in_shape)


USED = {
    "Arrays": lambda: check_gradients(Arrays(), in_shape=(4,)),
    "encoder.0 (Arrays)": lambda: Autoencoder([Arrays(), 2]).fit(X),
}


@pytest.mark.parametrize("where", USED)
def test_an_array_in_place_of_a_weight_or_bias_is_named(where):
    with pytest.raises(TypeError) as caught:
        USED[where]()
    got = "got 'a', an array of shape (4,). Write npae.Bias((4,)) or npae.Weight((4,))."
    assert str(caught.value) == f"{where}: parameters must return a dict of Weight and Bias by name, {got}"
