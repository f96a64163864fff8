import math

import numpy as np
import pytest
from looped import in_one_test
from scipy.special import expit

from npae.activations import ACTIVATIONS, SELU_ALPHA, SELU_SCALE, check_activation
from npae.layers.scratch import Scratch

Z = np.concatenate([[-1000.0, -50.0, 50.0, 1000.0], np.linspace(-6, 6, 40)])  # no 0: there, relu has no slope


def softplus(z):
    return math.log1p(math.exp(z)) if z < 30 else z + math.exp(-z)


# name: (f, f') of one number z
FORMULAS = {
    "identity": (lambda z: z, lambda z: 1.0),
    "tanh": (math.tanh, lambda z: 1 - math.tanh(z) ** 2),
    "sigmoid": (expit, lambda z: expit(z) * expit(-z)),
    "relu": (lambda z: max(z, 0.0), lambda z: float(z > 0)),
    "leaky_relu": (lambda z: z if z > 0 else 0.01 * z, lambda z: 1.0 if z > 0 else 0.01),
    "elu": (lambda z: z if z > 0 else math.expm1(z), lambda z: 1.0 if z > 0 else math.exp(z)),
    "selu": (
        lambda z: SELU_SCALE * (z if z > 0 else SELU_ALPHA * math.expm1(z)),
        lambda z: SELU_SCALE * (1.0 if z > 0 else SELU_ALPHA * math.exp(z)),
    ),
    "softplus": (softplus, expit),
}


# name: f'' of one number z
SECOND_DERIVATIVES = {
    "identity": lambda z: 0.0,
    "tanh": lambda z: -2 * math.tanh(z) * (1 - math.tanh(z) ** 2),
    "sigmoid": lambda z: expit(z) * expit(-z) * (expit(-z) - expit(z)),
    "relu": lambda z: 0.0,
    "leaky_relu": lambda z: 0.0,
    "elu": lambda z: 0.0 if z > 0 else math.exp(z),
    "selu": lambda z: 0.0 if z > 0 else SELU_SCALE * SELU_ALPHA * math.exp(z),
    "softplus": lambda z: expit(z) * expit(-z),
}


def applied(name, z):
    y = np.array(z)
    ACTIVATIONS[name].apply(y, Scratch(y.dtype))
    return y


def back_through(name, z, dy):
    dz = np.array(dy)
    ACTIVATIONS[name].times_derivative(applied(name, z), dz, Scratch(dz.dtype))
    return dz


def test_every_activation_has_a_formula_here():
    assert set(FORMULAS) == set(ACTIVATIONS)


@in_one_test("name", ACTIVATIONS)
def test_value_equals_the_formula(name):
    f, _ = FORMULAS[name]
    np.testing.assert_allclose(applied(name, Z), [f(z) for z in Z], rtol=1e-14, atol=1e-15)


@in_one_test("name", ACTIVATIONS)
def test_times_derivative_multiplies_by_the_analytic_derivative(name):
    _, slope = FORMULAS[name]
    dy = np.random.default_rng(0).standard_normal(Z.size)
    np.testing.assert_allclose(back_through(name, Z, dy), dy * [slope(z) for z in Z], rtol=1e-9, atol=1e-15)


@in_one_test("name", ACTIVATIONS)
def test_times_derivative_agrees_with_central_differences(name):
    h = 6e-6
    numeric = (applied(name, Z + h) - applied(name, Z - h)) / (2 * h)
    np.testing.assert_allclose(back_through(name, Z, np.ones_like(Z)), numeric, rtol=1e-6, atol=1e-9)


def derivatives_of(name, z):
    y = applied(name, z)
    before = y.copy()
    slope, second = ACTIVATIONS[name].derivatives(y, Scratch(y.dtype))
    np.testing.assert_array_equal(y, before)
    return slope, second


@in_one_test("name", ACTIVATIONS)
def test_derivatives_are_the_analytic_derivatives(name):
    slope, second = derivatives_of(name, Z)
    np.testing.assert_allclose(slope, [FORMULAS[name][1](z) for z in Z], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(second, [SECOND_DERIVATIVES[name](z) for z in Z], rtol=1e-9, atol=1e-15)


@in_one_test("name", ACTIVATIONS)
def test_the_second_derivative_agrees_with_central_differences_of_the_slope(name):
    h = 6e-6
    numeric = (derivatives_of(name, Z + h)[0] - derivatives_of(name, Z - h)[0]) / (2 * h)
    np.testing.assert_allclose(derivatives_of(name, Z)[1], numeric, rtol=1e-6, atol=1e-9)


@in_one_test("name", ACTIVATIONS)
def test_derivatives_keep_dtype_and_memory_order(name):
    z = np.asfortranarray(Z.reshape(4, 11).astype(np.float32))
    for array, expected in zip(derivatives_of(name, z), derivatives_of(name, Z), strict=True):
        assert array.dtype == np.float32
        assert array.flags.f_contiguous
        np.testing.assert_allclose(array.ravel(), expected, rtol=1e-5, atol=1e-6)


@in_one_test("name", ACTIVATIONS)
def test_float32_stays_float32(name):
    f, slope = FORMULAS[name]
    z = Z.astype(np.float32)
    y, dz = applied(name, z), back_through(name, z, np.ones_like(z))
    assert y.dtype == dz.dtype == np.float32
    np.testing.assert_allclose(y, [f(float(v)) for v in z], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(dz, [slope(float(v)) for v in z], rtol=1e-5, atol=1e-6)


@in_one_test("name", ACTIVATIONS)
@in_one_test("dtype", [np.float32, np.float64])
def test_a_thousand_gives_no_warning_and_no_infinity(name, dtype):
    z = np.array([-1000, 1000], dtype)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        y, dz = applied(name, z), back_through(name, z, np.ones_like(z))
    assert np.isfinite(y).all()
    assert np.isfinite(dz).all()


@in_one_test(("name", "low", "high"), [("sigmoid", 0, 1), ("softplus", 0, 1000), ("elu", -1, 1000), ("tanh", -1, 1)])
def test_saturates_exactly(name, low, high):
    np.testing.assert_array_equal(applied(name, [-1000.0, 1000.0]), [low, high])


@in_one_test("name", ACTIVATIONS)
@in_one_test("order", ["C", "F"])
def test_works_in_place_on_both_memory_orders(name, order):
    z = np.asarray(Z.reshape(4, 11), order=order)
    y, dy = z.copy(order="K"), np.ones_like(z)
    assert ACTIVATIONS[name].apply(y, Scratch()) is None
    np.testing.assert_array_equal(y, applied(name, Z).reshape(4, 11))
    assert ACTIVATIONS[name].times_derivative(y, dy, Scratch()) is None
    np.testing.assert_array_equal(dy, back_through(name, Z, np.ones_like(Z)).reshape(4, 11))


@in_one_test("name", ["tnh", "", None, 3, ["tanh"], ACTIVATIONS["tanh"]])
def test_an_unknown_activation_is_refused_with_the_known_ones_listed(name):
    with pytest.raises(ValueError, match=r"activation must be one of 'identity', 'tanh', .*'softplus', got "):
        check_activation(name)


def test_a_known_activation_is_returned():
    assert check_activation("selu") == "selu"
