"""A name that differs from a known one in its case, - or _ alone is not taken for it, but the known one is offered."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder

X = np.random.default_rng(0).random((10, 4))


@in_one_test(
    "params, known",
    [
        ({"activation": "ReLU"}, "relu"),
        ({"loss": "MSE"}, "mse"),
        ({"loss": "Bce"}, "bce"),
        ({"optimizer": "Adam"}, "adam"),
        ({"optimizer": "k-fac"}, "kfac"),
        ({"optimizer": "Gradient-Descent"}, "gradient_descent"),
        ({"activation": "leaky-relu"}, "leaky_relu"),
        ({"loss": "cross-entropy"}, "cross_entropy"),
        ({"init": "Glorot", "refine": None, "optimizer": "adam"}, "glorot"),
    ],
    ids=str,
)
def test_the_known_name_is_offered(params, known):
    with pytest.raises(ValueError, match=rf"must be one of .* Did you mean '{known}'\?$"):
        Autoencoder([3, 2], **params).fit(X)


@pytest.mark.parametrize(
    "method, known", [("hessian_free", "hessian-free"), ("least-squares", "least_squares"), ("lbfgsb", "L-BFGS-B")]
)
def test_the_known_method_is_offered(method, known):
    with pytest.raises(ValueError, match=rf"method must be one of .* got '{method}'\. Did you mean '{known}'\?$"):
        npae.Refine(method)


def test_another_method_gets_no_offer():
    with pytest.raises(ValueError, match=r"method must be one of .* or a callable, got 'hessian'\.$"):
        npae.Refine("hessian")


@in_one_test("loss", ["msee", "", 3, None, "m se"], ids=str)
def test_other_names_get_no_offer(loss):
    with pytest.raises(ValueError, match="loss must be one of ") as caught:
        Autoencoder([2], loss=loss).fit(X)
    assert "Did you mean" not in str(caught.value)


@in_one_test(
    "code, hint",
    [
        ([0.1, -0.4], "Give codes (N, L), one code in a list: [[0.1, -0.4]]."),
        ((1, 2), "Give codes (N, L), one code in a list: [[1, 2]]."),
        (np.array([0.1, -0.4]), "Give codes (N, L), such as numpy.reshape(Z, (1, -1)) for one code."),
        (np.zeros(99), "Give codes (N, L), such as numpy.reshape(Z, (1, -1)) for one code."),
    ],
    ids=range(4),
)
def test_one_code_becomes_a_row(code, hint):
    ae = npae.Autoencoder([2], epochs=1, random_state=0).fit(X)
    with pytest.raises(ValueError, match="Z must be at least 2-D") as caught:
        ae.decode(code)
    assert str(caught.value) == f"Z must be at least 2-D (N, ...), got an array of shape {np.shape(code)}. {hint}"
