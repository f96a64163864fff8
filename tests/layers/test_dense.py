import dataclasses

import numpy as np
import pytest
from looped import in_one_test

from npae import Bias, Dense, Weight
from npae.activations import ACTIVATIONS
from npae.layers import mirrored
from npae.layers.parameters import Layout
from npae.layers.workspace import Workspace

N, D, K = 4, 5, 3


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def bound(layer, theta):
    workspace = Workspace(Layout([("layer", layer.parameters((D,)))]), theta.dtype)
    workspace.bind(theta)
    workspace.context.begin(N)
    workspace.gradient.fill(np.nan)
    return workspace


def passed(layer, x, theta, dy):
    """Return y, dx and the gradient of <dy, y> with respect to theta."""
    workspace = bound(layer, theta)
    y, backward = layer.forward(x, workspace.params[0], workspace.context)
    y = y.copy()
    return y, backward(dy.copy("K"), workspace.grads[0]), workspace.gradient


def drawn(rng):
    """Return random x, theta and dy of the right sizes."""
    return rng.standard_normal((N, D)), rng.standard_normal(D * K + K), rng.standard_normal((N, K))


def slow(activation, x, theta, dy):
    """Compute what `passed` returns with loops over single numbers; f and f' for one z by Activation itself."""
    W, b, f = theta[: D * K].reshape(D, K), theta[D * K :], ACTIVATIONS[activation]
    y, dx, dW, db = np.zeros((N, K)), np.zeros((N, D)), np.zeros((D, K)), np.zeros(K)
    for n in range(N):
        for k in range(K):
            z = np.array([sum(x[n, d] * W[d, k] for d in range(D)) + b[k]])
            dz = np.array([dy[n, k]])
            workspace = bound(Dense(K), theta)
            f.apply(z, workspace.context.scratch)
            y[n, k] = z[0]
            f.times_derivative(z, dz, workspace.context.scratch)
            db[k] += dz[0]
            for d in range(D):
                dW[d, k] += x[n, d] * dz[0]
                dx[n, d] += W[d, k] * dz[0]
    return y, dx, np.concatenate([dW.ravel(), db])


@in_one_test("activation", ACTIVATIONS)
def test_forward_and_backward_equal_the_slow_loop(activation, rng):
    x, theta, dy = drawn(rng)
    results = zip(passed(Dense(K, activation), x, theta, dy), slow(activation, x, theta, dy), strict=True)
    for fast, expected in results:
        np.testing.assert_allclose(fast, expected, rtol=1e-13, atol=1e-14)


@in_one_test("activation", ACTIVATIONS)
def test_an_input_with_a_column_of_ones_gives_the_same(activation, rng):
    x, theta, dy = drawn(rng)
    layer, workspace = Dense(K, activation), bound(Dense(K), theta)
    x1 = workspace.context.scratch.output(N, D)
    x1[...] = x
    y, backward = layer.forward(x1, workspace.params[0], workspace.context)
    plain = passed(layer, x, theta, dy)
    np.testing.assert_allclose(y, plain[0], rtol=1e-13)
    np.testing.assert_allclose(backward(dy.copy(), workspace.grads[0]), plain[1], rtol=1e-13)
    np.testing.assert_allclose(workspace.gradient, plain[2], rtol=1e-13)


def test_the_way_back_of_an_affine_map_is_its_adjoint(rng):
    """<dy, A x> = <A* dy, x> in x, and likewise in W: true only for the exact derivative of a linear map."""
    x, theta, dy = drawn(rng)
    theta[D * K :] = 0
    y, dx, gradient = passed(Dense(K), x, theta, dy)
    np.testing.assert_allclose(np.vdot(dy, y), np.vdot(dx, x), rtol=1e-13)
    np.testing.assert_allclose(np.vdot(dy, y), gradient @ theta, rtol=1e-13)


def test_the_affine_map_is_linear_up_to_its_bias(rng):
    x, theta, dy = drawn(rng)
    b = theta[D * K :]
    y, twice = passed(Dense(K), x, theta, dy)[0], passed(Dense(K), 2 * x, theta, dy)[0]
    np.testing.assert_allclose(twice - b, 2 * (y - b), rtol=1e-12)


def test_no_dx_is_computed_where_nobody_reads_it(rng):
    x, theta, dy = drawn(rng)
    workspace = bound(Dense(K, "tanh"), theta)
    _, backward = Dense(K, "tanh").forward(x, workspace.params[0], workspace.context)
    workspace.context.wants_dx = False
    assert backward(dy.copy(), workspace.grads[0]) is None
    np.testing.assert_array_equal(workspace.gradient, passed(Dense(K, "tanh"), x, theta, dy)[2])


@in_one_test("activation", ACTIVATIONS)
def test_x_and_theta_are_not_changed(activation, rng):
    x, theta, dy = drawn(rng)
    before = x.copy(), theta.copy()
    passed(Dense(K, activation), x, theta, dy)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(theta, before[1])


def test_float32_stays_float32(rng):
    x, theta, dy = (a.astype(np.float32) for a in drawn(rng))
    assert {a.dtype for a in passed(Dense(K, "selu"), x, theta, dy)} == {np.dtype(np.float32)}


@in_one_test("axes", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=["by rows", "turned", "as an LSTM's states"])
@in_one_test("activation", ["identity", "tanh", "elu"])
def test_every_step_of_a_series_is_a_row(activation, axes, rng):
    """Whichever way the series and their derivatives lie in memory."""
    x, theta, dy = rng.standard_normal((N, 6, D)), drawn(rng)[1], rng.standard_normal((N, 6, K))
    rows = passed(Dense(K, activation), x.reshape(-1, D), theta, dy.reshape(-1, K))
    x, dy = (a.transpose(axes).copy().transpose(np.argsort(axes)) for a in (x, dy))
    y, dx, gradient = passed(Dense(K, activation), x, theta, dy)
    np.testing.assert_allclose(y.reshape(-1, K), rows[0], rtol=1e-13)
    np.testing.assert_allclose(dx.reshape(-1, D), rows[1], rtol=1e-13)
    np.testing.assert_allclose(gradient, rows[2], rtol=1e-12)


def test_the_passes_of_second_order_by_steps_are_those_of_rows(rng):
    x, theta, dy = rng.standard_normal((N, 6, D)), drawn(rng)[1], rng.standard_normal((N, 6, K))
    rx, rdy, layer = rng.standard_normal(x.shape), rng.standard_normal(dy.shape), Dense(K, "tanh")

    def passes(x, dy, rx, rdy):
        workspace, v = bound(layer, theta), bound(layer, 1 + theta)
        y, backward = layer.second_order(x, workspace.params[0], workspace.context)
        dx, along = backward(dy)
        ry, backward_along = along(rx, v.params[0])
        return y, dx, ry, backward_along(rdy, workspace.grads[0]), workspace.gradient

    rows = passes(*(a.reshape(-1, a.shape[-1]) for a in (x, dy, rx, rdy)))
    for by_steps, by_rows, shape in zip(passes(x, dy, rx, rdy), rows, (dy, x, dy, x, theta), strict=True):
        np.testing.assert_allclose(by_steps, by_rows.reshape(shape.shape), rtol=1e-12)
    assert passes(x, dy, None, rdy)[3] is None


def test_a_dense_layer_of_series_keeps_their_steps():
    assert Dense(K).out_shape((6, D)) == (6, K)
    assert Dense(K).parameters((6, D)) == Dense(K).parameters((D,))
    assert Dense(K).mirror((6, D), "sigmoid") == Dense(D, "sigmoid")


def test_parameters_are_a_matrix_and_a_bias():
    layer = Dense(K, "relu")
    assert layer.parameters((D,)) == {"W": Weight((D, K), D, K, "he", joined="b"), "b": Bias((K,))}
    assert layer.out_shape((D,)) == (K,)


def test_the_mirror_leads_back_to_the_input():
    assert Dense(K, "relu").mirror((D,), "sigmoid") == Dense(D, "sigmoid")


def test_a_mirrored_stack_gives_each_layer_the_activation_of_what_it_rebuilds():
    layers = [Dense(29, "tanh"), Dense(23, "relu"), Dense(2, "identity")]
    assert mirrored(layers, (35,), "sigmoid") == [Dense(23, "relu"), Dense(29, "tanh"), Dense(35, "sigmoid")]


def test_a_layer_is_immutable_and_known_by_its_fields():
    assert Dense(3) == Dense(3, "identity") != Dense(4)
    assert hash(Dense(3)) == hash(Dense(3, "identity"))
    assert repr(Dense(3, "tanh")) == "Dense(units=3, activation='tanh')"
    with pytest.raises(dataclasses.FrozenInstanceError):
        Dense(3).units = 4


@in_one_test("units", [0, -1, 2.0, "3", None, True])
def test_units_that_are_no_positive_integer_are_refused(units):
    with pytest.raises(ValueError, match="units must be an integer of at least 1, got "):
        Dense(units)


def test_numpy_integers_are_units():
    assert Dense(np.int64(3)) == Dense(3)


def test_an_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="activation must be one of 'identity', .*, got 'tahn'"):
        Dense(3, "tahn")


@in_one_test("in_shape", [(), (2, 2, 2), (1, 7, 5, 3)])
def test_samples_that_are_not_flat_are_refused(in_shape):
    with pytest.raises(
        ValueError, match=r"samples must be flat \(D,\) or series \(T, D\) for Dense, got .* Use Flatten"
    ):
        Dense(3).parameters(in_shape)
