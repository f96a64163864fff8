"""Complex numbers and text are refused by name, and no imaginary part is dropped in silence."""

import numpy as np
import pytest

import npae

X = np.random.default_rng(0).random((5, 4))
NETWORK = npae.Network([npae.Dense(2, "tanh")], [npae.Dense(4)], in_shape=(4,))
THETA = NETWORK.init(np.random.default_rng(0))
CODES = X[:, :2]


class Bowl:
    def value(self, x):
        return float(x @ x)

    def value_and_gradient(self, x):
        return float(x @ x), 2 * x


CALLS = {
    "value_and_gradient theta": ("theta", lambda wrong: NETWORK.value_and_gradient(wrong(THETA), X)),
    "value_and_gradient X": ("X", lambda wrong: NETWORK.value_and_gradient(THETA, wrong(X))),
    "value_and_gradient T": ("T", lambda wrong: NETWORK.value_and_gradient(THETA, X, wrong(X))),
    "value theta": ("theta", lambda wrong: NETWORK.value(wrong(THETA), X)),
    "value X": ("X", lambda wrong: NETWORK.value(THETA, wrong(X))),
    "hessian_product theta": ("theta", lambda wrong: NETWORK.hessian_product(wrong(THETA), THETA, X)),
    "hessian_product v": ("v", lambda wrong: NETWORK.hessian_product(THETA, wrong(THETA), X)),
    "gauss_newton_product theta": ("theta", lambda wrong: NETWORK.gauss_newton_product(wrong(THETA), THETA, X)),
    "gauss_newton_product v": ("v", lambda wrong: NETWORK.gauss_newton_product(THETA, wrong(THETA), X)),
    "parameters": ("theta", lambda wrong: NETWORK.parameters(wrong(THETA))),
    "encode theta": ("theta", lambda wrong: NETWORK.encode(wrong(THETA), X)),
    "encode X": ("X", lambda wrong: NETWORK.encode(THETA, wrong(X))),
    "decode Z": ("codes", lambda wrong: NETWORK.decode(THETA, wrong(CODES))),
    "errors X": ("X", lambda wrong: NETWORK.errors(THETA, wrong(X))),
    "check_gradients theta": ("theta", lambda wrong: npae.check_gradients(NETWORK, X, theta=wrong(THETA))),
    "check_gradients X": ("X", lambda wrong: npae.check_gradients(NETWORK, wrong(X))),
    "check_gradients of a layer, theta": (
        "theta",
        lambda wrong: npae.check_gradients(npae.Dense(2), X, theta=wrong(np.ones(10))),
    ),
    "check_gradients of a layer, X": ("X", lambda wrong: npae.check_gradients(npae.Dense(2), wrong(X))),
    "improve": ("theta", lambda wrong: npae.Refine("CG").improve(Bowl(), wrong(THETA))),
}


@pytest.mark.parametrize("call", CALLS)
def test_they_are_refused(call):
    what, evaluate = CALLS[call]
    with pytest.raises(ValueError, match=rf"^{what} must hold real numbers, got an array of complex128\.$"):
        evaluate(lambda array: array + 0j)
    with pytest.raises(ValueError, match=rf"^{what} must hold real numbers, got an array of <U"):
        evaluate(lambda array: array.astype(str))


def test_whole_numbers_are_real():
    assert np.isfinite(NETWORK.gauss_newton_product(THETA, np.ones(22, int), X.round().astype(int))).all()
