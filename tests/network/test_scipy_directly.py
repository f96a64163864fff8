"""A network's value, gradient and Hessian, handed to every method of `scipy.optimize.minimize` as they are."""

import numpy as np
import pytest
import scipy.optimize
from looped import in_one_test

import npae

METHODS = {  # what each method takes: jac, hess, hessp; as they are listed in the docstring of minimize
    **dict.fromkeys(("Nelder-Mead", "Powell", "COBYLA", "COBYQA"), ()),
    **dict.fromkeys(("CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP"), ("jac",)),
    **dict.fromkeys(("Newton-CG", "trust-ncg", "trust-krylov"), ("jac", "hessp")),
    "trust-constr": ("jac", "hessp"),
    **dict.fromkeys(("dogleg", "trust-exact"), ("jac", "hess")),
}
X = np.random.default_rng(0).random((6, 3))


def network(dtype):
    return npae.Network([npae.Dense(1, "tanh")], [npae.Dense(3)], in_shape=(3,), dtype=dtype)


def test_all_methods_of_scipy_are_in_the_table():
    known = {method.lower() for method in scipy.optimize._minimize.MINIMIZE_METHODS}
    assert {method.lower() for method in METHODS} == known


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_takes_what_a_network_returns(method, dtype):
    net, takes = network(dtype), METHODS[method]
    theta = net.init(np.random.default_rng(0)).astype(float)
    hessian = net.hessian(X)
    second = {
        "hessp": hessian.product,
        "hess": lambda theta: (
            np.stack([hessian.product(theta, e) for e in np.eye(theta.size)]) + 2 * np.eye(theta.size)
        ),
    }
    with np.errstate(all="ignore"):
        result = scipy.optimize.minimize(
            (lambda theta: net.value_and_gradient(theta, X)) if "jac" in takes else (lambda theta: net.value(theta, X)),
            theta,
            jac=True if "jac" in takes else None,
            method=method,
            options={"maxfun" if method == "TNC" else "maxiter": 30},
            **{name: second[name] for name in takes if name in second},
        )
    assert result.fun < net.value(theta, X)
    assert result.x.dtype == np.float64


@in_one_test("network_dtype", [np.float32, np.float64])
@in_one_test("theta_dtype", [np.float32, np.float64])
def test_derivatives_have_the_wider_dtype_and_the_bits_of_the_network(network_dtype, theta_dtype):
    net = network(network_dtype)
    theta = net.init(np.random.default_rng(0)).astype(theta_dtype)
    value, gradient = net.value_and_gradient(theta, X)
    product = net.hessian_product(theta, theta, X)
    assert type(value) is float
    assert gradient.dtype == product.dtype == max(np.dtype(network_dtype), np.dtype(theta_dtype))
    own = theta.astype(network_dtype)
    np.testing.assert_array_equal(gradient, net.value_and_gradient(own, X)[1])
    np.testing.assert_array_equal(product, net.hessian_product(own, own, X))
